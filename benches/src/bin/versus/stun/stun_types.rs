//! `stun-types`. It has no attributes of ICE, hence they are read and written raw.

use core::hint::black_box;

use stun_types::attribute::{AttributeType, RawAttribute, Username};
use stun_types::message::{
    BINDING, IntegrityAlgorithm, IntegrityKey, Message, MessageClass, MessageType,
    MessageWriteMutSlice, ShortTermCredentials, TransactionId,
};
use stun_types::prelude::*;

use super::{
    CHECK_LEN, ID, PASSWORD, PRIORITY, REQUEST, TIE_BREAKER, USERNAME, read_facts, verified_facts,
    written_facts,
};
use crate::facts::Refused;
use crate::suite::Operation;

const NAME: &str = "stun-types";
const PRIORITY_TYPE: AttributeType = AttributeType::new(0x0024);
const ICE_CONTROLLED_TYPE: AttributeType = AttributeType::new(0x8029);

fn read<R>(bytes: &[u8], then: impl FnOnce(TransactionId, &Username, u32, u64) -> R) -> Option<R> {
    let message = Message::from_bytes(bytes).ok()?;
    let username: Username = message.attribute().ok()?;
    let priority = message.raw_attribute(PRIORITY_TYPE)?;
    let tie_breaker = message.raw_attribute(ICE_CONTROLLED_TYPE)?;
    Some(then(
        message.transaction_id(),
        &username,
        u32::from_be_bytes((*priority.value).try_into().ok()?),
        u64::from_be_bytes((*tie_breaker.value).try_into().ok()?),
    ))
}

/// It remembers the hashed key once it was used.
fn key(password: &str) -> IntegrityKey {
    ShortTermCredentials::new(password.to_string()).make_key()
}

/// Wrong fingerprints are refused by `from_bytes`.
fn accepts(bytes: &[u8], key: &IntegrityKey) -> bool {
    Message::from_bytes(bytes).is_ok_and(|message| message.validate_integrity_with_key(key).is_ok())
}

fn id() -> TransactionId {
    let mut id = [0; 16];
    id[4..].copy_from_slice(&ID);
    u128::from_be_bytes(id).into()
}

fn write(buffer: &mut [u8], key: &IntegrityKey, id: TransactionId) -> usize {
    let request = MessageType::from_class_method(MessageClass::Request, BINDING);
    let mut message = Message::builder(request, id, MessageWriteMutSlice::new(buffer));
    let priority = PRIORITY.to_be_bytes();
    let tie_breaker = TIE_BREAKER.to_be_bytes();
    let username = Username::new(USERNAME).expect("short");
    message.add_attribute(&username).expect("room");
    let attribute = RawAttribute::new(ICE_CONTROLLED_TYPE, &tie_breaker);
    message.add_attribute(&attribute).expect("room");
    let attribute = RawAttribute::new(PRIORITY_TYPE, &priority);
    message.add_attribute(&attribute).expect("room");
    message
        .add_message_integrity_with_key(key, IntegrityAlgorithm::Sha1)
        .expect("room");
    message.add_fingerprint().expect("room");
    message.finish()
}

pub(super) fn parse(operation: &mut Operation) {
    operation.peer(
        NAME,
        || {
            Message::from_bytes(REQUEST).map_err(Refused::because)?;
            let facts = read(REQUEST, |id, username, priority, tie_breaker| {
                let id = u128::from(id).to_be_bytes();
                read_facts(&id[4..], username.username(), priority, tie_breaker)
            });
            facts.ok_or_else(|| Refused("attributes missing".to_string()))
        },
        || {
            read(black_box(REQUEST), |id, username, priority, tie_breaker| {
                black_box(username);
                (id, priority, tie_breaker)
            })
        },
    );
}

pub(super) fn verify(operation: &mut Operation) {
    let cached = key(PASSWORD);
    operation.peer(
        NAME,
        || verified_facts(|bytes, password| accepts(bytes, &key(password))),
        move || accepts(black_box(REQUEST), &cached),
    );
}

pub(super) fn build(operation: &mut Operation) {
    let (cached, id) = (key(PASSWORD), id());
    let mut buffer = [0; CHECK_LEN];
    operation.peer(
        NAME,
        move || {
            let mut buffer = [0; CHECK_LEN];
            let len = write(&mut buffer, &key(PASSWORD), id);
            Ok(written_facts(&buffer[..len]))
        },
        move || write(black_box(&mut buffer), &cached, id),
    );
}
