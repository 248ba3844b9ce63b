//! What RFC 5780 and RFC 3489 ask a server for, to learn how a NAT behaves.

use super::{Attribute, AttributeType};
use crate::wire::{TransactionId, octets_at};

/// `CHANGE-REQUEST` (RFC 5780 section 7.2): from where the response is to come.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct ChangeRequest {
    /// From the other address.
    pub address: bool,
    /// From the other port.
    pub port: bool,
}

impl Attribute<'_> for ChangeRequest {
    const TYPE: AttributeType = AttributeType::CHANGE_REQUEST;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        let [_, _, _, flags] = value.try_into().ok()?;
        Some(Self {
            address: flags & 4 != 0,
            port: flags & 2 != 0,
        })
    }

    fn len(&self) -> usize {
        4
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        let flags = u8::from(self.address) << 2 | u8::from(self.port) << 1;
        value.copy_from_slice(&[0, 0, 0, flags]);
    }
}

/// `RESPONSE-PORT` (RFC 5780 section 7.5): to which port of the sender the response is to go.
///
/// It is two octets long, but some take the padding for a part of it: both are read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ResponsePort(pub u16);

impl Attribute<'_> for ResponsePort {
    const TYPE: AttributeType = AttributeType::RESPONSE_PORT;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        match value.len() {
            2 | 4 => octets_at(value, 0).map(u16::from_be_bytes).map(Self),
            _ => None,
        }
    }

    fn len(&self) -> usize {
        2
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        value.copy_from_slice(&self.0.to_be_bytes());
    }
}

/// `PADDING` (RFC 5780 section 7.6): makes a message long enough to be cut into fragments.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Padding(
    /// How long it is, in octets, all of which are zero.
    pub usize,
);

impl Attribute<'_> for Padding {
    const TYPE: AttributeType = AttributeType::PADDING;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        Some(Self(value.len()))
    }

    fn len(&self) -> usize {
        self.0
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        value.fill(0);
    }
}

/// `CACHE-TIMEOUT` (RFC 5780 section 7.1): for how many seconds a server may keep what a request
/// told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CacheTimeout(pub u32);

impl Attribute<'_> for CacheTimeout {
    const TYPE: AttributeType = AttributeType::CACHE_TIMEOUT;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        value.try_into().ok().map(u32::from_be_bytes).map(Self)
    }

    fn len(&self) -> usize {
        4
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        value.copy_from_slice(&self.0.to_be_bytes());
    }
}
