//! The server's own part of a nonce: when it was made, and a keyed hash that proves where and for
//! whom.

use core::hash::Hasher as _;
use core::net::IpAddr;

use subtle::ConstantTimeEq as _;

use super::keyed_hash::KeyedHash;
use crate::wire::{from_digits, to_digits};

/// The octets: 4 of time, 8 of the hash.
const LEN: usize = 12;
const TIME: usize = 4;
/// The characters: four for three octets.
pub(super) const NONCE_LEN: usize = LEN / 3 * 4;

#[derive(Clone)]
pub(super) struct NonceKey(pub(super) KeyedHash);

impl NonceKey {
    /// A nonce of this second.
    pub(super) fn seal(&self, time: u32, source: IpAddr, realm: &[u8]) -> [u8; NONCE_LEN] {
        let mut octets = [0; LEN];
        let (place, tag) = octets.split_at_mut(TIME);
        place.copy_from_slice(&time.to_be_bytes());
        tag.copy_from_slice(&self.tag(time, source, realm));
        let mut text = [0; NONCE_LEN];
        let groups = octets.as_chunks::<3>().0.iter();
        for (place, &[a, b, c]) in text.as_chunks_mut::<4>().0.iter_mut().zip(groups) {
            *place = to_digits(u32::from_be_bytes([0, a, b, c]));
        }
        text
    }

    /// The second when it was made, if it was made here for this source and realm.
    pub(super) fn open(&self, nonce: &[u8], source: IpAddr, realm: &[u8]) -> Option<u32> {
        let nonce: &[u8; NONCE_LEN] = nonce.try_into().ok()?;
        let mut octets = [0; LEN];
        let groups = nonce.as_chunks::<4>().0.iter();
        for (place, digits) in octets.as_chunks_mut::<3>().0.iter_mut().zip(groups) {
            let [_, a, b, c] = from_digits(digits)?.to_be_bytes();
            *place = [a, b, c];
        }
        let (time, tag) = octets.split_first_chunk()?;
        let time = u32::from_be_bytes(*time);
        let same = self.tag(time, source, realm)[..].ct_eq(tag);
        bool::from(same).then_some(time)
    }

    fn tag(&self, time: u32, source: IpAddr, realm: &[u8]) -> [u8; LEN - TIME] {
        let mut hasher = self.0.hasher();
        hasher.write_u32(time);
        match source.to_canonical() {
            IpAddr::V4(address) => hasher.write(&address.octets()),
            IpAddr::V6(address) => hasher.write(&address.octets()),
        }
        hasher.write(realm);
        hasher.finish().to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_nonce_tells_its_time_and_nothing_else_opens() {
        let key = NonceKey(KeyedHash::new(&[7; 32]));
        for time in [0, 1, 1_000_000, u32::MAX] {
            let here = ip("192.0.2.1");
            let nonce = key.seal(time, here, b"realm");
            assert_eq!(key.open(&nonce, here, b"realm"), Some(time));
            assert_eq!(
                key.open(&nonce, ip("::ffff:192.0.2.1"), b"realm"),
                Some(time)
            );
            assert_eq!(key.open(&nonce, ip("192.0.2.2"), b"realm"), None);
            assert_eq!(key.open(&nonce, here, b"other"), None);
            let mut seed = [7; 32];
            seed[31] = 8;
            assert_eq!(
                NonceKey(KeyedHash::new(&seed)).open(&nonce, here, b"realm"),
                None
            );
            for at in 0..nonce.len() {
                let mut other = nonce;
                other[at] = if other[at] == b'A' { b'B' } else { b'A' };
                assert_eq!(key.open(&other, here, b"realm"), None, "{at}");
            }
        }
    }

    #[test]
    fn other_texts_are_no_nonces() {
        let key = NonceKey(KeyedHash::new(&[7; 32]));
        for text in ["", "x", "AAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAA=", "+///"] {
            assert_eq!(key.open(text.as_bytes(), ip("::1"), b""), None);
        }
    }
}
