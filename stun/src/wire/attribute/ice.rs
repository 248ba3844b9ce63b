//! The attributes of connectivity checks (RFC 8445 sections 7.1 and 16.1).

use super::{Attribute, AttributeType};
use crate::wire::TransactionId;

/// `PRIORITY`: that of a peer-reflexive candidate which this check may reveal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Priority(pub u32);

/// `ICE-CONTROLLED`, with the tie-breaker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct IceControlled(pub u64);

/// `ICE-CONTROLLING`, with the tie-breaker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct IceControlling(pub u64);

/// `USE-CANDIDATE`: the controlling agent nominates the pair.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct UseCandidate;

macro_rules! number {
    ($name:ident, $kind:ident, $number:ty) => {
        impl Attribute<'_> for $name {
            const TYPE: AttributeType = AttributeType::$kind;

            fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
                value
                    .try_into()
                    .ok()
                    .map(<$number>::from_be_bytes)
                    .map(Self)
            }

            fn len(&self) -> usize {
                size_of::<$number>()
            }

            fn write(&self, value: &mut [u8], _: &TransactionId) {
                value.copy_from_slice(&self.0.to_be_bytes());
            }
        }
    };
}

number!(Priority, PRIORITY, u32);
number!(IceControlled, ICE_CONTROLLED, u64);
number!(IceControlling, ICE_CONTROLLING, u64);

impl Attribute<'_> for UseCandidate {
    const TYPE: AttributeType = AttributeType::USE_CANDIDATE;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        value.is_empty().then_some(Self)
    }

    fn len(&self) -> usize {
        0
    }

    fn write(&self, _: &mut [u8], _: &TransactionId) {}
}
