//! Ours.

use core::hint::black_box;

use trunkline_stun::{
    Class, IceControlled, Key, Message, MessageWriter, Method, Priority, TransactionId, Username,
};

use super::{
    CHECK_LEN, ID, PASSWORD, PRIORITY, REQUEST, TIE_BREAKER, USERNAME, read_facts, verified_facts,
    written_facts,
};
use crate::suite::Operation;

type Read<'a> = (TransactionId, &'a [u8], u32, u64);

/// `None` too if `FINGERPRINT` is wrong.
fn read(bytes: &[u8]) -> Option<Read<'_>> {
    let message = Message::parse(bytes).ok()?;
    let Username(username) = message.get().ok()??;
    let Priority(priority) = message.get().ok()??;
    let IceControlled(tie_breaker) = message.get().ok()??;
    Some((message.transaction_id(), username, priority, tie_breaker))
}

fn accepts(bytes: &[u8], key: &Key) -> bool {
    Message::parse(bytes).is_ok_and(|message| message.verify(key).is_ok())
}

fn write(buffer: &mut [u8], key: &Key) -> usize {
    MessageWriter::new(
        buffer,
        Class::Request,
        Method::BINDING,
        TransactionId::new(ID),
    )
    .attribute(&Username(USERNAME.as_bytes()))
    .attribute(&IceControlled(TIE_BREAKER))
    .attribute(&Priority(PRIORITY))
    .integrity(key)
    .fingerprint()
    .finish()
    .expect("room")
}

pub(super) fn parse(operation: &mut Operation) {
    operation.ours(
        || {
            let (id, username, priority, tie_breaker) = read(REQUEST).expect("sound");
            let username = str::from_utf8(username).expect("UTF-8");
            read_facts(&id.octets()[4..], username, priority, tie_breaker)
        },
        || read(black_box(REQUEST)),
    );
}

pub(super) fn verify(operation: &mut Operation) {
    let key = Key::short_term(PASSWORD.as_bytes());
    operation.ours(
        || {
            let facts = verified_facts(|bytes, password| {
                accepts(bytes, &Key::short_term(password.as_bytes()))
            });
            facts.expect("ours verifies")
        },
        move || accepts(black_box(REQUEST), &key),
    );
}

pub(super) fn build(operation: &mut Operation) {
    let key = Key::short_term(PASSWORD.as_bytes());
    let for_facts = key.clone();
    let mut buffer = [0; CHECK_LEN];
    operation.ours(
        move || {
            let mut buffer = [0; CHECK_LEN];
            let len = write(&mut buffer, &for_facts);
            written_facts(&buffer[..len])
        },
        move || write(black_box(&mut buffer), &key),
    );
}
