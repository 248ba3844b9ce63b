//! Keys, and what is computed with them (RFC 8489 sections 9, 14.5 and 14.6).

mod hmac_sha1;

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use self::hmac_sha1::HmacSha1;

/// Which of the two attributes protects a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum IntegrityAlgorithm {
    /// `MESSAGE-INTEGRITY`: HMAC-SHA1.
    Sha1,
    /// `MESSAGE-INTEGRITY-SHA256`: HMAC-SHA256, which may be cut to 16 octets.
    Sha256,
}

/// A message is not from somebody who has the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntegrityError {
    /// It has no attribute of the kind looked for.
    #[error("the message is not protected")]
    Missing,
    /// What the attribute holds is not what the key gives.
    #[error("the message was made with another key, or changed")]
    Wrong,
}

/// A key, with the work done that does not depend on the message: make it once, use it often.
///
/// Passwords and names must be prepared by the caller: with the OpaqueString profile (RFC 8265)
/// for RFC 8489, with SASLprep (RFC 4013) for RFC 5389. Printable ASCII stays as it is in both.
///
/// ```
/// use trunkline_stun::Key;
///
/// let key = Key::short_term(b"VOkJxbRl1RmTxUk/WvJxBt");
/// assert_eq!(format!("{key:?}"), "Key { .. }"); // never printed, and wiped when it is dropped
/// ```
#[derive(Clone)]
pub struct Key {
    sha1: HmacSha1,
    sha256: Hmac<Sha256>,
}

impl Key {
    /// The key of a short-term credential: the password itself (RFC 8489 section 9.1.1).
    #[must_use]
    pub fn short_term(password: &[u8]) -> Self {
        Self {
            sha1: HmacSha1::new(&block::<Sha1>(password)),
            sha256: Hmac::new((&*block::<Sha256>(password)).into()),
        }
    }

    /// The key of a long-term credential with the password algorithm MD5, that of RFC 5389
    /// (RFC 8489 sections 9.2.2 and 18.5.1.1).
    #[must_use]
    pub fn long_term_md5(username: &[u8], realm: &[u8], password: &[u8]) -> Self {
        let key: Zeroizing<[u8; 16]> =
            Zeroizing::new(long_term::<Md5>(username, realm, password).into());
        Self::short_term(&*key)
    }

    /// The key of a long-term credential with the password algorithm SHA-256
    /// (RFC 8489 sections 9.2.2 and 18.5.1.2).
    #[must_use]
    pub fn long_term_sha256(username: &[u8], realm: &[u8], password: &[u8]) -> Self {
        let key: Zeroizing<[u8; 32]> =
            Zeroizing::new(long_term::<Sha256>(username, realm, password).into());
        Self::short_term(&*key)
    }

    /// The value for a message up to the attribute, as if it ended with it: `len` stands in for
    /// its length.
    pub(super) fn sha1(&self, len: u16, message: &[u8]) -> [u8; 20] {
        self.sha1.tag(len, message)
    }

    /// The value of RFC 3489 section 11.2.8, with `len` as the header says it.
    pub(super) fn sha1_of_blocks(&self, len: u16, message: &[u8]) -> [u8; 20] {
        self.sha1.tag_of_blocks(len, message)
    }

    pub(super) fn sha256(&self, len: u16, message: &[u8]) -> [u8; 32] {
        let mut keyed = self.sha256.clone();
        if let Some(([a, b, _, _], rest)) = message.split_first_chunk() {
            let [high, low] = len.to_be_bytes();
            keyed.update(&[*a, *b, high, low]);
            keyed.update(rest);
        }
        keyed.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Key {
    /// Tells nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}

/// Whether two values are the same, in a time that depends on their length only. Both are whole
/// words, which takes a quarter of the time that octets would. Nothing is not the same as nothing.
pub(super) fn is_same(one: &[u8], other: &[u8]) -> bool {
    let (ones, []) = one.as_chunks::<4>() else {
        return false;
    };
    let (others, []) = other.as_chunks::<4>() else {
        return false;
    };
    if ones.len() != others.len() || ones.is_empty() {
        return false;
    }
    let words = ones.iter().zip(others);
    let same = words.fold(Choice::from(1), |same, (one, other)| {
        same & u32::from_ne_bytes(*one).ct_eq(&u32::from_ne_bytes(*other))
    });
    same.into()
}

/// The secret as HMAC wants it: a block, hashed first if it is longer (RFC 2104 section 2).
fn block<D: Digest>(secret: &[u8]) -> Zeroizing<[u8; 64]> {
    let mut block = Zeroizing::new([0; 64]);
    match block.get_mut(..secret.len()) {
        Some(start) => start.copy_from_slice(secret),
        None => {
            let hash = D::digest(secret);
            block[..hash.len()].copy_from_slice(&hash);
        }
    }
    block
}

fn long_term<D: Digest>(username: &[u8], realm: &[u8], password: &[u8]) -> hmac::digest::Output<D> {
    let mut hash = D::new();
    for part in [username, b":", realm, b":", password] {
        hash.update(part);
    }
    hash.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_longer_than_a_block_is_hashed() {
        // RFC 4231 section 4.7.
        let mut keyed = Key::short_term(&[0xaa; 131]).sha256;
        keyed.update(b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(keyed.finalize().into_bytes()[..4], [0x60, 0xe4, 0x31, 0x59]);
        // RFC 2202 section 3, test case 6; the text has its octets 2 and 3 where the length is.
        let length = u16::from_be_bytes(*b"st");
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let tag = Key::short_term(&[0xaa; 80]).sha1(length, text);
        assert_eq!(tag[..4], [0xaa, 0x4a, 0xe5, 0xe1]);
    }

    #[test]
    fn one_octet_makes_a_difference() {
        let value = [0x5a; 20];
        assert!(is_same(&value, &value));
        for at in 0..20 {
            let mut other = value;
            other[at] ^= 0x80;
            assert!(!is_same(&value, &other), "{at}");
        }
        assert!(!is_same(&[], &[]));
        assert!(!is_same(&value, &value[..16]));
        assert!(!is_same(&value, &value[..19]));
        assert!(!is_same(&value[..19], &value[..19]));
    }

    #[test]
    fn an_empty_and_a_full_block_are_keys() {
        for len in [0, 1, 63, 64, 65] {
            let secret = &[7; 65][..len];
            let general = Hmac::<Sha1>::new_from_slice(secret).expect("any length");
            let tag = Key::short_term(secret).sha1(0x7374, b"test");
            let expected = general.chain_update(b"test").finalize().into_bytes();
            // `st` is 0x7374.
            assert_eq!(tag, expected[..], "{len}");
        }
    }
}
