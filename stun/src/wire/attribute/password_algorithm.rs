//! How the key of a long-term credential is made (RFC 8489 sections 14.11 and 14.12).

use super::{Attribute, AttributeType};
use crate::wire::{TransactionId, octets_at, padded};

/// `PASSWORD-ALGORITHM`: the one that the client chose.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PasswordAlgorithm<'a> {
    /// Its number (RFC 8489 section 18.5).
    pub number: u16,
    /// Its parameters; those below have none.
    pub parameters: &'a [u8],
}

impl PasswordAlgorithm<'_> {
    /// MD5, see [`Key::long_term_md5`](crate::Key::long_term_md5).
    pub const MD5: Self = Self {
        number: 1,
        parameters: &[],
    };

    /// SHA-256, see [`Key::long_term_sha256`](crate::Key::long_term_sha256).
    pub const SHA256: Self = Self {
        number: 2,
        parameters: &[],
    };

    fn write_to(&self, value: &mut [u8]) {
        let (head, rest) = value.split_at_mut(4);
        head[..2].copy_from_slice(&self.number.to_be_bytes());
        let len = u16::try_from(self.parameters.len()).unwrap_or(u16::MAX);
        head[2..].copy_from_slice(&len.to_be_bytes());
        let (parameters, padding) = rest.split_at_mut(self.parameters.len());
        parameters.copy_from_slice(self.parameters);
        padding.fill(0);
    }

    /// With the padding of the parameters, which belongs to the value.
    const fn written_len(&self) -> usize {
        4 + padded(self.parameters.len())
    }
}

/// Takes one algorithm off the front. The padding of the last one may be missing: some count it
/// in, some do not.
fn split(value: &[u8]) -> Option<(PasswordAlgorithm<'_>, &[u8])> {
    let [a, b, high, low] = octets_at(value, 0)?;
    let len = usize::from(u16::from_be_bytes([high, low]));
    let algorithm = PasswordAlgorithm {
        number: u16::from_be_bytes([a, b]),
        parameters: value.get(4..4 + len)?,
    };
    let rest = value.get(4 + padded(len)..).unwrap_or_default();
    Some((algorithm, rest))
}

impl<'a> Attribute<'a> for PasswordAlgorithm<'a> {
    const TYPE: AttributeType = AttributeType::PASSWORD_ALGORITHM;

    fn read(value: &'a [u8], _: &TransactionId) -> Option<Self> {
        match split(value)? {
            (algorithm, []) => Some(algorithm),
            _ => None,
        }
    }

    fn len(&self) -> usize {
        self.written_len()
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        self.write_to(value);
    }
}

/// `PASSWORD-ALGORITHMS`: those that the server offers, the one it likes best first.
#[derive(Clone, Copy, Debug)]
pub struct PasswordAlgorithms<'a>(List<'a>);

#[derive(Clone, Copy, Debug)]
enum List<'a> {
    Received(&'a [u8]),
    Given(&'a [PasswordAlgorithm<'a>]),
}

impl<'a> PasswordAlgorithms<'a> {
    /// A list to send.
    #[must_use]
    pub const fn new(algorithms: &'a [PasswordAlgorithm<'a>]) -> Self {
        Self(List::Given(algorithms))
    }

    /// The algorithms in the list.
    #[must_use]
    pub const fn iter(&self) -> PasswordAlgorithmIter<'a> {
        PasswordAlgorithmIter(self.0)
    }
}

/// What [`PasswordAlgorithms::iter`] returns.
#[derive(Clone, Debug)]
pub struct PasswordAlgorithmIter<'a>(List<'a>);

impl<'a> Iterator for PasswordAlgorithmIter<'a> {
    type Item = PasswordAlgorithm<'a>;

    fn next(&mut self) -> Option<PasswordAlgorithm<'a>> {
        match &mut self.0 {
            List::Received(octets) => {
                let (algorithm, rest) = split(octets)?;
                *octets = rest;
                Some(algorithm)
            }
            List::Given(algorithms) => {
                let (algorithm, rest) = algorithms.split_first()?;
                *algorithms = rest;
                Some(*algorithm)
            }
        }
    }
}

impl<'a> Attribute<'a> for PasswordAlgorithms<'a> {
    const TYPE: AttributeType = AttributeType::PASSWORD_ALGORITHMS;

    fn read(value: &'a [u8], _: &TransactionId) -> Option<Self> {
        let mut rest = value;
        while !rest.is_empty() {
            (_, rest) = split(rest)?;
        }
        Some(Self(List::Received(value)))
    }

    fn len(&self) -> usize {
        self.iter().map(|algorithm| algorithm.written_len()).sum()
    }

    fn write(&self, mut value: &mut [u8], _: &TransactionId) {
        for algorithm in self.iter() {
            let (place, rest) = value.split_at_mut(algorithm.written_len());
            algorithm.write_to(place);
            value = rest;
        }
    }
}
