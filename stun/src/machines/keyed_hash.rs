//! A hash whose values nobody can predict who does not know the seed.

use core::hash::Hasher as _;

use siphasher::sip::SipHasher24;
use siphasher::sip128::{Hasher128 as _, SipHasher24 as SipHasher128};
use zeroize::Zeroize as _;

/// The key of SipHash-2-4.
#[derive(Clone)]
pub(super) struct KeyedHash([u8; 16]);

impl Drop for KeyedHash {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl KeyedHash {
    /// Both halves of the seed go into the key.
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        let (halves, _) = seed.as_chunks::<16>();
        let [first, second] = halves else {
            return Self([0; 16]);
        };
        let mut hasher = SipHasher128::new_with_key(first);
        hasher.write(second);
        Self(hasher.finish128().as_bytes())
    }

    pub(super) fn hasher(&self) -> SipHasher24 {
        SipHasher24::new_with_key(&self.0)
    }
}
