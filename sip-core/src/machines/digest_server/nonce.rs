//! Nonces that need no memory: when they were made, and a keyed hash that proves where.

use core::hash::Hasher as _;
use core::net::{IpAddr, SocketAddr};

use siphasher::sip128::{Hasher128 as _, SipHasher24};
use subtle::ConstantTimeEq as _;
use trunkline_sans_io::Instant;
use zeroize::Zeroize as _;

use super::config::SourceBinding;
use crate::QuotedString;

/// The octets of a nonce: 8 of time, 4 of the serial number, 12 of the hash.
const LEN: usize = 24;
const STAMP: usize = 12;
/// Its characters: four for three octets.
const TEXT: usize = LEN / 3 * 4;

/// Letters, digits and two characters that need no escaping anywhere (RFC 4648 section 5).
const CHARACTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Which nonce it is: in the order in which they were made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Stamp {
    pub(super) time: Instant,
    pub(super) serial: u32,
}

/// What a nonce is good for.
#[derive(Clone, Copy)]
pub(super) struct Binding<'a> {
    pub(super) realm: &'a str,
    pub(super) source: SocketAddr,
    pub(super) to: SourceBinding,
}

/// A nonce as it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Nonce([u8; TEXT]);

impl Nonce {
    pub(super) fn as_quoted(&self) -> QuotedString<'_> {
        QuotedString::new(core::str::from_utf8(&self.0).unwrap_or(""))
    }
}

pub(super) struct NonceKey([u8; 16]);

impl Drop for NonceKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl NonceKey {
    /// Both halves of the seed go into the key.
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        let (halves, _) = seed.as_chunks::<16>();
        let [first, second] = halves else {
            return Self([0; 16]);
        };
        let mut hasher = SipHasher24::new_with_key(first);
        hasher.write(second);
        Self(hasher.finish128().as_bytes())
    }

    pub(super) fn seal(&self, stamp: Stamp, binding: Binding<'_>) -> Nonce {
        let mut octets = [0; LEN];
        octets[..8].copy_from_slice(&stamp.time.as_nanos().to_be_bytes());
        octets[8..STAMP].copy_from_slice(&stamp.serial.to_be_bytes());
        octets[STAMP..].copy_from_slice(&self.tag(stamp, binding));
        Nonce(encode(&octets))
    }

    /// Which nonce it is, if it was made here for this realm and source.
    pub(super) fn open(&self, nonce: QuotedString<'_>, binding: Binding<'_>) -> Option<Stamp> {
        let octets = decode(nonce.raw())?;
        let (time, rest) = octets.split_first_chunk()?;
        let (serial, tag) = rest.split_first_chunk()?;
        let stamp = Stamp {
            time: Instant::from_nanos(u64::from_be_bytes(*time)),
            serial: u32::from_be_bytes(*serial),
        };
        let same = self.tag(stamp, binding)[..].ct_eq(tag);
        bool::from(same).then_some(stamp)
    }

    fn tag(&self, stamp: Stamp, binding: Binding<'_>) -> [u8; LEN - STAMP] {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write_u64(stamp.time.as_nanos());
        hasher.write_u32(stamp.serial);
        match binding.to {
            SourceBinding::None => hasher.write_u8(0),
            SourceBinding::Address => hasher.write_u8(1),
            SourceBinding::AddressAndPort => {
                hasher.write_u8(2);
                hasher.write_u16(binding.source.port());
            }
        }
        if binding.to != SourceBinding::None {
            match binding.source.ip().to_canonical() {
                IpAddr::V4(address) => hasher.write(&address.octets()),
                IpAddr::V6(address) => hasher.write(&address.octets()),
            }
        }
        hasher.write(binding.realm.as_bytes());
        let mut tag = [0; LEN - STAMP];
        for (place, octet) in tag.iter_mut().zip(hasher.finish128().as_bytes()) {
            *place = octet;
        }
        tag
    }
}

fn encode(octets: &[u8; LEN]) -> [u8; TEXT] {
    let mut text = [0; TEXT];
    let groups = octets.as_chunks::<3>().0.iter();
    for (place, &[a, b, c]) in text.as_chunks_mut::<4>().0.iter_mut().zip(groups) {
        let bits = u32::from_be_bytes([0, a, b, c]);
        *place = [18, 12, 6, 0].map(|shift| CHARACTERS[(bits >> shift) as usize & 63]);
    }
    text
}

fn decode(text: &[u8]) -> Option<[u8; LEN]> {
    let text: &[u8; TEXT] = text.try_into().ok()?;
    let mut octets = [0; LEN];
    let groups = text.as_chunks::<4>().0.iter();
    for (place, group) in octets.as_chunks_mut::<3>().0.iter_mut().zip(groups) {
        let mut bits = 0;
        for &character in group {
            let value = match character {
                b'A'..=b'Z' => character - b'A',
                b'a'..=b'z' => character - b'a' + 26,
                b'0'..=b'9' => character - b'0' + 52,
                b'-' => 62,
                b'_' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        let [_, a, b, c] = bits.to_be_bytes();
        *place = [a, b, c];
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(realm: &'static str, source: &str, to: SourceBinding) -> Binding<'static> {
        Binding {
            realm,
            source: source.parse().expect("an address"),
            to,
        }
    }

    fn stamp(nanos: u64, serial: u32) -> Stamp {
        Stamp {
            time: Instant::from_nanos(nanos),
            serial,
        }
    }

    #[test]
    fn a_nonce_tells_what_went_in_and_nothing_else_opens() {
        let key = NonceKey::new(&[7; 32]);
        for stamp in [
            stamp(0, 0),
            stamp(u64::MAX, u32::MAX),
            stamp(1_234_567_890_123, 42),
        ] {
            let here = binding("a", "192.0.2.1:5060", SourceBinding::Address);
            let nonce = key.seal(stamp, here);
            assert_eq!(key.open(nonce.as_quoted(), here), Some(stamp));
            for there in [
                binding("b", "192.0.2.1:5060", SourceBinding::Address),
                binding("a", "192.0.2.2:5060", SourceBinding::Address),
                binding("a", "192.0.2.1:5060", SourceBinding::None),
            ] {
                assert_eq!(key.open(nonce.as_quoted(), there), None);
            }
            let mapped = binding("a", "[::ffff:192.0.2.1]:9", SourceBinding::Address);
            assert_eq!(key.open(nonce.as_quoted(), mapped), Some(stamp));
            let mut seed = [7; 32];
            seed[31] = 8;
            assert_eq!(NonceKey::new(&seed).open(nonce.as_quoted(), here), None);
            for at in 0..TEXT {
                let mut other = nonce;
                other.0[at] = if other.0[at] == b'A' { b'B' } else { b'A' };
                assert_eq!(key.open(other.as_quoted(), here), None, "{at}");
            }
        }
    }

    #[test]
    fn ports_count_where_they_are_to() {
        let key = NonceKey::new(&[7; 32]);
        let here = binding("a", "192.0.2.1:5060", SourceBinding::AddressAndPort);
        let nonce = key.seal(stamp(1, 2), here);
        let there = binding("a", "192.0.2.1:5061", SourceBinding::AddressAndPort);
        assert_eq!(key.open(nonce.as_quoted(), here), Some(stamp(1, 2)));
        assert_eq!(key.open(nonce.as_quoted(), there), None);
    }

    #[test]
    fn other_texts_are_no_nonces() {
        let key = NonceKey::new(&[7; 32]);
        let here = binding("a", "192.0.2.1:5060", SourceBinding::None);
        for text in [
            "",
            "x",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "+",
        ] {
            assert_eq!(key.open(QuotedString::new(text), here), None);
        }
    }
}
