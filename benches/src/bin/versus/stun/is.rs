//! `is`, the ICE agent of str0m.
//!
//! Keys are passwords: each message hashes one. `FINGERPRINT` is read, but not compared.

use core::hint::black_box;

use is::stun::{StunMessage, TransId};
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};

use super::{
    CHECK_LEN, PASSWORD, PRIORITY, REQUEST, TIE_BREAKER, USERNAME, read_facts, verified_facts,
    written_facts,
};
use crate::facts::Refused;
use crate::suite::Operation;

const NAME: &str = "is";

fn sha1_hmac(key: &[u8], payloads: &[&[u8]]) -> [u8; 20] {
    DefaultSha1HmacProvider.sha1_hmac(key, payloads)
}

type Read<'a> = (TransId, &'a str, u32, u64);

fn read(bytes: &[u8]) -> Option<Read<'_>> {
    let message = StunMessage::parse(bytes).ok()?;
    let id = message.trans_id();
    let tie_breaker = message.ice_controlled()?;
    Some((id, message.username()?, message.prio()?, tie_breaker))
}

fn accepts(bytes: &[u8], password: &str) -> bool {
    StunMessage::parse(bytes).is_ok_and(|message| message.verify(password.as_bytes(), sha1_hmac))
}

fn write(buffer: &mut [u8], id: TransId) -> usize {
    StunMessage::binding_request(USERNAME, id, false, TIE_BREAKER, PRIORITY, false)
        .to_bytes(Some(PASSWORD.as_bytes()), buffer, sha1_hmac)
        .expect("room")
}

/// The only way to one that is not random.
fn id() -> TransId {
    StunMessage::parse(REQUEST).expect("sound").trans_id()
}

pub(super) fn parse(operation: &mut Operation) {
    operation.peer(
        NAME,
        || {
            StunMessage::parse(REQUEST).map_err(Refused::because)?;
            let read = read(REQUEST).ok_or_else(|| Refused("attributes missing".to_string()));
            let (id, username, priority, tie_breaker) = read?;
            // The id shows itself in hexadecimal digits only, without leading zeros.
            let expected: String = super::ID.iter().map(|octet| format!("{octet:x}")).collect();
            assert_eq!(format!("{id:?}"), expected, "{NAME} reads another id");
            Ok(read_facts(&super::ID, username, priority, tie_breaker))
        },
        || read(black_box(REQUEST)),
    );
}

pub(super) fn verify(operation: &mut Operation) {
    operation
        .peer(
            NAME,
            || verified_facts(accepts),
            || accepts(black_box(REQUEST), black_box(PASSWORD)),
        )
        .differs("another fingerprint", "FINGERPRINT is not compared");
}

pub(super) fn build(operation: &mut Operation) {
    let id = id();
    let mut buffer = [0; CHECK_LEN];
    operation.peer(
        NAME,
        move || {
            let mut buffer = [0; CHECK_LEN];
            let len = write(&mut buffer, id);
            Ok(written_facts(&buffer[..len]))
        },
        move || write(black_box(&mut buffer), id),
    );
}
