//! `rtc-stun`, with its default provider of ciphers (ring).
//!
//! Messages are owned and copy what they read; one is used again and again, as its benches do. The key is hashed
//! for each message. The attributes of ICE are not part of the crate, hence they are read and written raw.

use core::hint::black_box;
use std::sync::Arc;

use rtc_stun::attributes::{ATTR_ICE_CONTROLLED, ATTR_PRIORITY, ATTR_USERNAME};
use rtc_stun::crypto::{RTCCryptoProvider, default_provider};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, Message, Setter, TransactionId};
use rtc_stun::textattrs::{TextAttribute, Username};

use super::{
    ID, PASSWORD, PRIORITY, REQUEST, TIE_BREAKER, USERNAME, read_facts, verified_facts,
    written_facts,
};
use crate::facts::Refused;
use crate::suite::Operation;

const NAME: &str = "rtc-stun";

fn provider() -> Arc<dyn RTCCryptoProvider> {
    default_provider().expect("ring")
}

type Read = (TransactionId, TextAttribute, u32, u64);

fn read(message: &mut Message, bytes: &[u8]) -> Option<Read> {
    message.unmarshal_binary(bytes).ok()?;
    let username = TextAttribute::get_from_as(message, ATTR_USERNAME).ok()?;
    let priority = message.get(ATTR_PRIORITY).ok()?;
    let tie_breaker = message.get(ATTR_ICE_CONTROLLED).ok()?;
    Some((
        message.transaction_id,
        username,
        u32::from_be_bytes(priority.try_into().ok()?),
        u64::from_be_bytes(tie_breaker.try_into().ok()?),
    ))
}

fn accepts(
    message: &mut Message,
    bytes: &[u8],
    password: &str,
    provider: &dyn RTCCryptoProvider,
) -> bool {
    message.unmarshal_binary(bytes).is_ok()
        && MessageIntegrity::check(message, password.as_bytes(), provider.crypto()).is_ok()
        && FINGERPRINT.check(message).is_ok()
}

fn write(message: &mut Message, username: &Username, integrity: &MessageIntegrity<'_>) {
    message.reset();
    message.write_header();
    BINDING_REQUEST.add_to(message).expect("a type");
    TransactionId(ID).add_to(message).expect("an id");
    username.add_to(message).expect("short");
    message.add(ATTR_ICE_CONTROLLED, &TIE_BREAKER.to_be_bytes());
    message.add(ATTR_PRIORITY, &PRIORITY.to_be_bytes());
    integrity.add_to(message).expect("the last but one");
    FINGERPRINT.add_to(message).expect("the last");
}

pub(super) fn parse(operation: &mut Operation) {
    let mut message = Message::new();
    operation.peer(
        NAME,
        || {
            let mut message = Message::new();
            let read = read(&mut message, REQUEST);
            let read = read.ok_or_else(|| Refused("attributes missing".to_string()));
            let (id, username, priority, tie_breaker) = read?;
            Ok(read_facts(&id.0, &username.text, priority, tie_breaker))
        },
        move || read(&mut message, black_box(REQUEST)),
    );
}

pub(super) fn verify(operation: &mut Operation) {
    let provider = provider();
    let for_facts = provider.clone();
    let mut message = Message::new();
    operation.peer(
        NAME,
        move || {
            let mut message = Message::new();
            verified_facts(|bytes, password| accepts(&mut message, bytes, password, &*for_facts))
        },
        move || accepts(&mut message, black_box(REQUEST), PASSWORD, &*provider),
    );
}

pub(super) fn build(operation: &mut Operation) {
    let provider = provider();
    let for_facts = provider.clone();
    let username = || Username::new(ATTR_USERNAME, USERNAME.to_string());
    let used = username();
    let mut message = Message::new();
    operation.peer(
        NAME,
        move || {
            let mut message = Message::new();
            let integrity = integrity(&*for_facts);
            write(&mut message, &username(), &integrity);
            Ok(written_facts(&message.raw))
        },
        move || {
            // It borrows the provider, so that it cannot be kept beside it.
            let integrity = integrity(&*provider);
            write(black_box(&mut message), &used, &integrity);
            message.raw.len()
        },
    );
}

fn integrity(provider: &dyn RTCCryptoProvider) -> MessageIntegrity<'_> {
    MessageIntegrity::new_raw_integrity_with_provider(PASSWORD.as_bytes(), provider.crypto())
}
