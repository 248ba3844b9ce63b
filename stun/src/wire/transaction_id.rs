//! What ties a response to its request (RFC 8489 section 5).

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// 96 bits that a client draws anew for every transaction. Who cannot see the request cannot
/// forge a response, provided that they are unpredictable (RFC 8489 section 5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(pub [u8; 12]);

impl fmt::Debug for TransactionId {
    /// In hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
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
        let mut keyed = self.keyed.clone();
        keyed.update(&self.next.to_be_bytes());
        self.next = self.next.wrapping_add(1);
        let tag: [u8; 32] = keyed.finalize().into_bytes().into();
        let mut id = [0; 12];
        id.copy_from_slice(&tag[..12]);
        TransactionId(id)
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
        let id = TransactionId([
            0xb7, 0xe7, 0xa7, 1, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
        ]);
        assert_eq!(std::format!("{id:?}"), "b7e7a701bc34d686fa87dfae");
    }
}
