//! `stun-rs`. Messages are owned; the key is hashed for each message.

use core::hint::black_box;

use stun_rs::attributes::ice::{IceControlled, Priority};
use stun_rs::attributes::stun::{Fingerprint, MessageIntegrity, UserName};
use stun_rs::methods::BINDING;
use stun_rs::{
    DecoderContextBuilder, HMACKey, MessageClass, MessageDecoder, MessageDecoderBuilder,
    MessageEncoder, MessageEncoderBuilder, StunMessage, StunMessageBuilder, TransactionId,
};

use super::{
    CHECK_LEN, ID, PASSWORD, PRIORITY, REQUEST, TIE_BREAKER, USERNAME, read_facts, verified_facts,
    written_facts,
};
use crate::facts::Refused;
use crate::suite::Operation;

const NAME: &str = "stun-rs";

fn key(password: &str) -> HMACKey {
    HMACKey::new_short_term(password).expect("printable")
}

/// It compares integrity and fingerprint.
fn verifier(password: &str) -> MessageDecoder {
    let context = DecoderContextBuilder::default()
        .with_key(key(password))
        .with_validation()
        .build();
    MessageDecoderBuilder::default()
        .with_context(context)
        .build()
}

fn read(decoder: &MessageDecoder) -> Option<(StunMessage, u32, u64)> {
    let (message, _) = decoder.decode(black_box(REQUEST)).ok()?;
    let priority = message.get::<Priority>()?.as_priority().ok()?.as_u32();
    let tie_breaker = message.get::<IceControlled>()?.as_ice_controlled().ok()?;
    let tie_breaker = tie_breaker.as_u64();
    message.get::<UserName>()?;
    Some((message, priority, tie_breaker))
}

fn write(encoder: &MessageEncoder, buffer: &mut [u8], key: &HMACKey) -> usize {
    let message = StunMessageBuilder::new(BINDING, MessageClass::Request)
        .with_transaction_id(TransactionId::from(ID))
        .with_attribute(UserName::new(USERNAME).expect("short"))
        .with_attribute(IceControlled::new(TIE_BREAKER))
        .with_attribute(Priority::new(PRIORITY))
        .with_attribute(MessageIntegrity::new(key.clone()))
        .with_attribute(Fingerprint::default())
        .build();
    encoder.encode(buffer, &message).expect("room")
}

pub(super) fn parse(operation: &mut Operation) {
    let decoder = MessageDecoderBuilder::default().build();
    operation.peer(
        NAME,
        || {
            let read = read(&MessageDecoderBuilder::default().build());
            let (message, priority, tie_breaker) =
                read.ok_or_else(|| Refused("it does not decode".to_string()))?;
            let username = message.get::<UserName>().expect("it was read");
            let username = username.as_user_name().map_err(Refused::because)?;
            let id = message.transaction_id();
            Ok(read_facts(
                id.as_bytes(),
                username.as_str(),
                priority,
                tie_breaker,
            ))
        },
        move || read(&decoder),
    );
}

pub(super) fn verify(operation: &mut Operation) {
    let decoder = verifier(PASSWORD);
    operation.peer(
        NAME,
        || verified_facts(|bytes, password| verifier(password).decode(bytes).is_ok()),
        move || decoder.decode(black_box(REQUEST)).is_ok(),
    );
}

pub(super) fn build(operation: &mut Operation) {
    let encoder = MessageEncoderBuilder::default().build();
    let cached = key(PASSWORD);
    let mut buffer = [0; CHECK_LEN];
    operation.peer(
        NAME,
        || {
            let mut buffer = [0; CHECK_LEN];
            let encoder = MessageEncoderBuilder::default().build();
            let len = write(&encoder, &mut buffer, &key(PASSWORD));
            Ok(written_facts(&buffer[..len]))
        },
        move || write(&encoder, black_box(&mut buffer), &cached),
    );
}
