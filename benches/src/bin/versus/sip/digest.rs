//! The check of a digest: a parsed Authorization and the password of its user, and the three hashes that this
//! comes down to.

use core::hint::black_box;

use md5::Md5;
use sha2::{Digest, Sha256};
use trunkline_sip_core::header::{Authorization, DigestCredentials, Header as _};
use trunkline_sip_core::{Ha1, HashFunction};

use crate::facts::Facts;
use crate::suite::Suite;

const USER: &str = "bob";
const REALM: &str = "registrar.example.com";
const PASSWORD: &str = "zanzibar-9157";
const METHOD: &str = "REGISTER";
const URI: &str = "sips:registrar.example.com";
const NONCE: &str = "ea9c8e88df84f1cec4341ae6cbe5a359";
const CNONCE: &str = "0a4f113b7c2e95d1";

pub(super) fn suite(suite: &mut Suite) {
    check::<Md5>(suite, "sip.digest.md5", "MD5", HashFunction::Md5, "md-5");
    check::<Sha256>(
        suite,
        "sip.digest.sha256",
        "SHA-256",
        HashFunction::Sha256,
        "sha2",
    );
}

/// What is hashed: A1, A2, and the two with the nonces.
fn strings<D: Digest>() -> [String; 3] {
    let a1 = format!("{USER}:{REALM}:{PASSWORD}");
    let a2 = format!("{METHOD}:{URI}");
    let (one, other) = (hex::<D>(&a1), hex::<D>(&a2));
    let both = format!("{one}:{NONCE}:00000001:{CNONCE}:auth:{other}");
    [a1, a2, both]
}

fn hex<D: Digest>(text: &str) -> String {
    let hash = D::digest(text);
    hash.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn check<D: Digest + 'static>(
    suite: &mut Suite,
    name: &str,
    algorithm: &str,
    function: HashFunction,
    floor: &'static str,
) {
    let strings = strings::<D>();
    let response = hex::<D>(&strings[2]);
    let value = format!(
        "Digest username=\"{USER}\", realm=\"{REALM}\", nonce=\"{NONCE}\", uri=\"{URI}\", \
         response=\"{response}\", algorithm={algorithm}, cnonce=\"{CNONCE}\", qop=auth, nc=00000001"
    );
    let value: &'static str = value.leak();
    let parsed = Authorization::parse(value.as_bytes()).expect("sound credentials");
    let credentials = *parsed.0.as_digest().expect("Digest");
    assert!(is_right(&credentials, function), "{value}");

    let octets = strings.iter().map(String::len).sum();
    suite
        .operation(name, octets)
        .ours(Facts::new, move || {
            is_right(black_box(&credentials), function)
        })
        .floor(
            floor,
            || Ok(Facts::new()),
            move || black_box(&strings).each_ref().map(|text| D::digest(text)),
        );
}

fn is_right(credentials: &DigestCredentials<'_>, function: HashFunction) -> bool {
    let secret = Ha1::new(function, USER, REALM, black_box(PASSWORD));
    credentials.is_from(&secret, METHOD, b"")
}
