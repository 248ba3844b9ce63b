//! Three hash functions behind one face, and what they give.

use core::fmt;

use subtle::{Choice, ConstantTimeEq};

use super::gather::{Blocks, Gather, General, Md5, Sha256};
use crate::wire::grammar;
use crate::wire::quoted::QuotedString;

/// A hash function of Digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum HashFunction {
    /// MD5 (RFC 1321). Broken for signatures; for a digest it is no weaker than the password, but whoever
    /// records one may try passwords quickly.
    Md5,
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-512/256 (FIPS 180-4): SHA-512 with other initial values, cut to 256 bits.
    Sha512Trunc256,
}

impl HashFunction {
    /// How many hexadecimal digits its digests have.
    pub const fn hex_len(self) -> usize {
        2 * self.len()
    }

    const fn len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha256 | Self::Sha512Trunc256 => 32,
        }
    }

    /// The hash of a name that stands for it where `userhash` is true (RFC 7616 section 3.4.4).
    pub fn user_hash(self, username: &str, realm: &str) -> HexDigest {
        with_hash!(self, user_hash(username, QuotedString::new(realm)))
    }

    /// The same for a realm as a challenge has it.
    #[cfg(feature = "alloc")]
    pub(crate) fn user_hash_of(self, username: &str, realm: QuotedString<'_>) -> HexDigest {
        with_hash!(self, user_hash(username, realm))
    }
}

/// A digest in lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HexDigest {
    digits: [u8; 64],
    len: u8,
}

impl HexDigest {
    /// The digits: 32 of MD5, 64 of the others.
    pub fn as_str(&self) -> &str {
        grammar::text(self.as_bytes())
    }

    /// The same for a header.
    pub fn as_quoted(&self) -> QuotedString<'_> {
        QuotedString::new(self.as_str())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.digits.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Display for HexDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for HexDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A digest as octets.
#[derive(Clone)]
pub(crate) struct Hashed {
    octets: [u8; 32],
    len: usize,
}

impl Hashed {
    pub(super) fn of(octets: &[u8]) -> Self {
        let mut hashed = Self {
            octets: [0; 32],
            len: octets.len().min(32),
        };
        for (place, octet) in hashed.octets.iter_mut().zip(octets) {
            *place = *octet;
        }
        hashed
    }

    /// Reads 32 or 64 hexadecimal digits of either case.
    pub(crate) fn from_hex(digits: QuotedString<'_>) -> Option<Self> {
        // Digits that are escaped nobody writes.
        let (pairs, []) = digits.raw().as_chunks::<2>() else {
            return None;
        };
        if pairs.len() != 16 && pairs.len() != 32 {
            return None;
        }
        let mut octets = [0; 32];
        let mut sound = true;
        for (place, [high, low]) in octets.iter_mut().zip(pairs) {
            sound &= high.is_ascii_hexdigit() & low.is_ascii_hexdigit();
            *place = value_of(*high) << 4 | value_of(*low);
        }
        sound.then_some(Self {
            octets,
            len: pairs.len(),
        })
    }

    pub(crate) fn to_hex(&self) -> HexDigest {
        HexDigest {
            digits: self.digits(),
            len: 2 * self.len as u8,
        }
    }

    /// How many of the digits count.
    pub(super) const fn hex_len(&self) -> usize {
        2 * self.len
    }

    #[inline]
    pub(super) fn digits(&self) -> [u8; 64] {
        // Without a table, so that the compiler makes it a few wide instructions.
        let digit = |value: u8| value + b'0' + if value > 9 { b'a' - b'9' - 1 } else { 0 };
        let mut digits = [0; 64];
        for ([high, low], octet) in digits.as_chunks_mut().0.iter_mut().zip(self.octets) {
            *high = digit(octet >> 4);
            *low = digit(octet & 15);
        }
        digits
    }

    /// The octets in words: wiping and comparing these takes an eighth of the time.
    pub(super) fn words(&self) -> [u64; 4] {
        let mut words = [0; 4];
        for (word, octets) in words.iter_mut().zip(self.octets.as_chunks().0) {
            *word = u64::from_ne_bytes(*octets);
        }
        words
    }

    pub(super) fn from_words(words: [u64; 4], function: HashFunction) -> Self {
        let mut octets = [0; 32];
        for (octets, word) in octets.as_chunks_mut().0.iter_mut().zip(words) {
            *octets = word.to_ne_bytes();
        }
        Self {
            octets,
            len: function.len(),
        }
    }

    /// Whether both are the same, in a time that depends on their lengths only.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let pairs = self.words().into_iter().zip(other.words());
        let same = pairs.fold(Choice::from(1), |same, (one, other)| {
            same & one.ct_eq(&other)
        });
        self.len == other.len && bool::from(same)
    }
}

/// The value of a hexadecimal digit.
const fn value_of(digit: u8) -> u8 {
    (digit & 15).wrapping_add(9 * (digit >> 6))
}

/// The hash of what `fill` gives.
#[inline]
pub(super) fn hash<H: Blocks>(fill: impl FnOnce(&mut Gather<H>)) -> Hashed {
    let mut gather = Gather::new();
    fill(&mut gather);
    gather.finish()
}

/// Calls a function that is generic over the hash with that of `$function`.
macro_rules! with_hash {
    ($function:expr, $call:ident($($argument:expr),*)) => {
        match $function {
            HashFunction::Md5 => $call::<Md5>($($argument),*),
            HashFunction::Sha256 => $call::<Sha256>($($argument),*),
            HashFunction::Sha512Trunc256 => $call::<General<sha2::Sha512_256>>($($argument),*),
        }
    };
}
pub(super) use with_hash;

fn user_hash<H: Blocks>(username: &str, realm: QuotedString<'_>) -> HexDigest {
    hash::<H>(|out| {
        out.update(username);
        out.update(b":");
        out.text(realm);
    })
    .to_hex()
}
