//! Why a request was not carried out.

use super::credentials::readable;
use super::{Attribute, AttributeType};
use crate::wire::TransactionId;

/// `ERROR-CODE` (RFC 8489 section 14.8).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ErrorCode<'a> {
    code: u16,
    reason: &'a str,
}

impl<'a> ErrorCode<'a> {
    /// A code with a phrase for people, or `None` if the code is not within 300 to 699.
    #[must_use]
    pub const fn new(code: u16, reason: &'a str) -> Option<Self> {
        match code {
            300..=699 => Some(Self { code, reason }),
            _ => None,
        }
    }

    /// The code, 300 to 699.
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// The phrase; of one that is not UTF-8 the part before the fault.
    #[must_use]
    pub const fn reason(&self) -> &'a str {
        self.reason
    }
}

impl<'a> Attribute<'a> for ErrorCode<'a> {
    const TYPE: AttributeType = AttributeType::ERROR_CODE;
    const MAX_LEN: usize = 4 + 763;

    fn read(value: &'a [u8], _: &TransactionId) -> Option<Self> {
        let ([_, _, hundreds, number], reason) = value.split_first_chunk()?;
        if *number > 99 {
            return None;
        }
        // The bits before the class are reserved and not looked at.
        let code = u16::from(*hundreds & 7) * 100 + u16::from(*number);
        Self::new(code, readable(reason))
    }

    fn len(&self) -> usize {
        4 + self.reason.len()
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        let (code, reason) = value.split_at_mut(4);
        // Both are below 100 since the code is within its range.
        let [_, hundreds] = (self.code / 100).to_be_bytes();
        let [_, number] = (self.code % 100).to_be_bytes();
        code.copy_from_slice(&[0, 0, hundreds, number]);
        reason.copy_from_slice(self.reason.as_bytes());
    }
}

/// `UNKNOWN-ATTRIBUTES` (RFC 8489 section 14.13): what a server did not understand.
#[derive(Clone, Copy, Debug)]
pub struct UnknownAttributes<'a>(List<'a>);

#[derive(Clone, Copy, Debug)]
enum List<'a> {
    Received(&'a [u8]),
    Given(&'a [AttributeType]),
}

impl<'a> UnknownAttributes<'a> {
    /// A list to send.
    #[must_use]
    pub const fn new(types: &'a [AttributeType]) -> Self {
        Self(List::Given(types))
    }

    /// The types in the list.
    pub fn iter(&self) -> impl Iterator<Item = AttributeType> + 'a {
        let (octets, types) = match self.0 {
            List::Received(octets) => (octets, [].as_slice()),
            List::Given(types) => ([].as_slice(), types),
        };
        let received = octets.chunks_exact(2).map(|pair| match *pair {
            [high, low] => AttributeType(u16::from_be_bytes([high, low])),
            _ => AttributeType(0),
        });
        received.chain(types.iter().copied())
    }
}

impl<'a> Attribute<'a> for UnknownAttributes<'a> {
    const TYPE: AttributeType = AttributeType::UNKNOWN_ATTRIBUTES;

    fn read(value: &'a [u8], _: &TransactionId) -> Option<Self> {
        value
            .len()
            .is_multiple_of(2)
            .then_some(Self(List::Received(value)))
    }

    fn len(&self) -> usize {
        match self.0 {
            List::Received(octets) => octets.len(),
            List::Given(types) => types.len() * 2,
        }
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        for (place, kind) in value.chunks_exact_mut(2).zip(self.iter()) {
            place.copy_from_slice(&kind.0.to_be_bytes());
        }
    }
}
