//! Three hash functions behind one face, and what they give.

use core::fmt;

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};
use subtle::{Choice, ConstantTimeEq};

use crate::wire::grammar::text;
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
        hash(self, |out| {
            out.bytes(username.as_bytes());
            out.bytes(b":");
            out.bytes(realm.as_bytes());
        })
        .to_hex()
    }

    /// The same for a realm as a challenge has it.
    #[cfg(feature = "alloc")]
    pub(crate) fn user_hash_of(self, username: &str, realm: QuotedString<'_>) -> HexDigest {
        hash(self, |out| {
            out.bytes(username.as_bytes());
            out.bytes(b":");
            out.text(realm);
        })
        .to_hex()
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
        text(self.as_bytes())
    }

    /// The same for a header.
    pub fn as_quoted(&self) -> QuotedString<'_> {
        QuotedString::new(self.as_str())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.digits.get(..usize::from(self.len)).unwrap_or_default()
    }

    pub(super) fn zeroize(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.digits);
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
pub(crate) struct Hashed {
    octets: [u8; 32],
    len: usize,
}

impl Hashed {
    fn of(octets: &[u8]) -> Self {
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
        // Of no digit, both bits above the four are set.
        let mut bad = 0;
        for (place, [high, low]) in octets.iter_mut().zip(pairs) {
            let (high, low) = (value_of(*high), value_of(*low));
            bad |= high | low;
            *place = high << 4 | low;
        }
        (bad < 16).then_some(Self {
            octets,
            len: pairs.len(),
        })
    }

    pub(crate) fn to_hex(&self) -> HexDigest {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0; 64];
        for ([high, low], octet) in digits.as_chunks_mut().0.iter_mut().zip(self.octets) {
            *high = DIGITS[usize::from(octet >> 4)];
            *low = DIGITS[usize::from(octet & 15)];
        }
        HexDigest {
            digits,
            len: 2 * self.len as u8,
        }
    }

    /// Whether both are the same, in a time that depends on their lengths only.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let words = |hashed: &Self| {
            let mut words = [0; 4];
            for (word, octets) in words.iter_mut().zip(hashed.octets.as_chunks().0) {
                *word = u64::from_ne_bytes(*octets);
            }
            words
        };
        let pairs = words(self).into_iter().zip(words(other));
        let same = pairs.fold(Choice::from(1), |same, (one, other)| {
            same & one.ct_eq(&other)
        });
        self.len == other.len && bool::from(same)
    }
}

/// The value of a hexadecimal digit; 255 for anything else.
const fn value_of(digit: u8) -> u8 {
    const VALUES: [u8; 256] = {
        let mut values = [255; 256];
        let mut value = 0;
        while value < 16 {
            values[b"0123456789abcdef"[value] as usize] = value as u8;
            values[b"0123456789ABCDEF"[value] as usize] = value as u8;
            value += 1;
        }
        values
    };
    VALUES[digit as usize]
}

/// Takes what is to be hashed.
pub(crate) trait Hasher {
    fn bytes(&mut self, bytes: &[u8]);

    /// The octets that a quoted string means.
    fn text(&mut self, string: QuotedString<'_>) {
        let raw = string.raw();
        if memchr::memchr2(b'\\', b'\r', raw).is_none() {
            return self.bytes(raw);
        }
        for octet in string.unescaped() {
            self.bytes(&[octet]);
        }
    }
}

impl<D: Digest> Hasher for D {
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

/// The hash of what `fill` gives.
#[inline]
pub(crate) fn hash(function: HashFunction, fill: impl Fn(&mut dyn Hasher)) -> Hashed {
    fn of<D: Digest>(fill: impl Fn(&mut dyn Hasher)) -> Hashed {
        let mut hasher = D::new();
        fill(&mut hasher);
        Hashed::of(&hasher.finalize())
    }
    match function {
        HashFunction::Md5 => of::<Md5>(fill),
        HashFunction::Sha256 => of::<Sha256>(fill),
        HashFunction::Sha512Trunc256 => of::<Sha512_256>(fill),
    }
}
