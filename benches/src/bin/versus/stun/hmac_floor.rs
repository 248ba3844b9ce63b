//! The floor: HMAC-SHA1 with a key that was hashed before, and CRC-32, over the octets that they cover; no
//! attribute is looked at.

use core::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::{CHECK_LEN, PASSWORD, REQUEST};
use crate::facts::Facts;
use crate::suite::Operation;

const NAME: &str = "hmac-sha1-crc32";

fn both(octets: &[u8], integrity_at: usize, fingerprint_at: usize) -> impl FnMut() -> (bool, u32) {
    let keyed = Hmac::<Sha1>::new_from_slice(PASSWORD.as_bytes()).expect("any length");
    let octets = octets.to_vec();
    move || {
        let octets = black_box(&octets[..]);
        let mut keyed = keyed.clone();
        keyed.update(&octets[..integrity_at]);
        let found = &octets[integrity_at + 4..integrity_at + 24];
        let same = keyed.verify_slice(found).is_ok();
        (same, crc32fast::hash(&octets[..fingerprint_at]))
    }
}

pub(super) fn verify(operation: &mut Operation) {
    let end = REQUEST.len();
    let run = both(REQUEST, end - 32, end - 8);
    operation.floor(NAME, || Ok(Facts::new()), run);
}

pub(super) fn build(operation: &mut Operation) {
    let run = both(&[0; CHECK_LEN], CHECK_LEN - 32, CHECK_LEN - 8);
    operation.floor(NAME, || Ok(Facts::new()), run);
}
