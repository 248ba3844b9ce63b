//! What ties a response to its request (RFC 8489 section 5).

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::header::MAGIC_COOKIE;

/// What a client draws anew for every transaction. Who cannot see the request cannot forge a
/// response, provided that it is unpredictable (RFC 8489 section 5).
///
/// These are the octets 4 to 19 of a message. Since RFC 5389 the first four of them are the magic
/// cookie and 96 bits are drawn; of RFC 3489 all 128 bits are. So the id tells the generations
/// apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId([u8; 16]);

impl TransactionId {
    /// An id with the magic cookie (RFC 8489 section 5).
    #[must_use]
    pub const fn new(random: [u8; 12]) -> Self {
        let mut octets = [0; 16];
        let (cookie, rest) = octets.split_at_mut(4);
        cookie.copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
        rest.copy_from_slice(&random);
        Self(octets)
    }

    /// An id of RFC 3489 section 11.1. One that begins with the magic cookie is no classic one.
    #[must_use]
    pub const fn classic(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// As it stands in the header.
    #[must_use]
    pub const fn octets(&self) -> &[u8; 16] {
        &self.0
    }

    /// Whether it begins with the magic cookie.
    #[must_use]
    pub const fn has_cookie(&self) -> bool {
        let [a, b, c, d, ..] = self.0;
        u32::from_be_bytes([a, b, c, d]) == MAGIC_COOKIE
    }
}

impl fmt::Debug for TransactionId {
    /// In hexadecimal digits, the cookie left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skip = if self.has_cookie() { 4 } else { 0 };
        let mut octets = self.0.iter().skip(skip);
        octets.try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// An endless sequence of transaction ids that only who knows the seed can predict.
///
/// Each is the beginning of an HMAC-SHA256 of its number under the seed.
///
/// ```
/// use trunkline_stun::TransactionIds;
///
/// let mut ids = TransactionIds::new([7; 32]); // from the system's random source
/// assert_ne!(ids.next_id(), ids.next_id());
/// ```
#[derive(Clone)]
pub struct TransactionIds {
    keyed: Hmac<Sha256>,
    next: u64,
}

impl TransactionIds {
    /// The sequence of a seed, which must be random, secret and used once.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        let mut block = [0; 64];
        block[..32].copy_from_slice(&seed);
        Self {
            keyed: Hmac::new(&block.into()),
            next: 0,
        }
    }

    /// The next of them.
    pub fn next_id(&mut self) -> TransactionId {
        let [random @ .., _, _, _, _] = self.next_octets();
        TransactionId::new(random)
    }

    /// The next of them, as an id of RFC 3489.
    pub fn next_classic(&mut self) -> TransactionId {
        let mut octets = self.next_octets();
        // One of four thousand million would be taken for an id with a cookie.
        octets[0] &= 0x0f;
        TransactionId::classic(octets)
    }

    /// A sequence of its own, for a machine that wants one.
    pub fn fork(&mut self) -> Self {
        Self::new(self.next_tag())
    }

    /// A number from 0 to `most`, each as likely as the others but for one in four thousand million.
    pub(crate) fn next_number(&mut self, most: u32) -> u32 {
        let [a, b, c, d, e, f, g, h, ..] = self.next_octets();
        let random = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        let scaled = u128::from(random) * (u128::from(most) + 1);
        u32::try_from(scaled >> 64).unwrap_or(most)
    }

    fn next_octets(&mut self) -> [u8; 16] {
        let mut octets = [0; 16];
        octets.copy_from_slice(&self.next_tag()[..16]);
        octets
    }

    fn next_tag(&mut self) -> [u8; 32] {
        let mut keyed = self.keyed.clone();
        keyed.update(&self.next.to_be_bytes());
        self.next = self.next.wrapping_add(1);
        keyed.finalize().into_bytes().into()
    }
}

impl fmt::Debug for TransactionIds {
    /// Without the seed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionIds")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;

    #[test]
    fn a_seed_gives_one_sequence_and_keeps_secret() {
        let (mut one, mut same) = (TransactionIds::new([1; 32]), TransactionIds::new([1; 32]));
        let mut other = TransactionIds::new([2; 32]);
        let first = one.next_id();
        assert_eq!(first, same.next_id());
        assert_ne!(first, one.next_id());
        assert_ne!(first, other.next_id());
        assert_eq!(std::format!("{one:?}"), "TransactionIds { next: 2, .. }");
        let id = TransactionId::new([
            0xb7, 0xe7, 0xa7, 1, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
        ]);
        assert_eq!(std::format!("{id:?}"), "b7e7a701bc34d686fa87dfae");
        let classic = TransactionIds::new([1; 32]).next_classic();
        assert!(id.has_cookie() && !classic.has_cookie());
        assert_eq!(std::format!("{classic:?}").len(), 32);
    }
}
