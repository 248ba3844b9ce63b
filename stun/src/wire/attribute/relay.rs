//! The attributes of a relay that are not addresses (RFC 8656 section 18, RFC 6156).

use super::error::ErrorCode;
use super::{Attribute, AttributeType};
use crate::wire::{TransactionId, octets_at};

/// Which addresses are meant (RFC 8656 section 18.6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AddressFamily {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl AddressFamily {
    const fn of(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::V4),
            2 => Some(Self::V6),
            _ => None,
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::V4 => 1,
            Self::V6 => 2,
        }
    }
}

/// `CHANNEL-NUMBER` (RFC 8656 section 18.1): stands for a peer in front of data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChannelNumber(u16);

impl ChannelNumber {
    /// The least, 0x4000.
    pub const MIN: Self = Self(0x4000);
    /// The greatest since RFC 8656, 0x4fff.
    pub const MAX: Self = Self(0x4fff);

    /// A number that may be bound, 0x4000 to 0x4fff (RFC 8656 section 12).
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        match number {
            0x4000..=0x4fff => Some(Self(number)),
            _ => None,
        }
    }

    /// The number. A received one can be any.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl Attribute<'_> for ChannelNumber {
    const TYPE: AttributeType = AttributeType::CHANNEL_NUMBER;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        let [high, low, _, _] = value.try_into().ok()?;
        Some(Self(u16::from_be_bytes([high, low])))
    }

    fn len(&self) -> usize {
        4
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        let [high, low] = self.0.to_be_bytes();
        value.copy_from_slice(&[high, low, 0, 0]);
    }
}

/// `LIFETIME` (RFC 8656 section 18.2): for how many seconds an allocation lasts without refresh.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Lifetime(pub u32);

impl Attribute<'_> for Lifetime {
    const TYPE: AttributeType = AttributeType::LIFETIME;

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

/// `DATA` (RFC 8656 section 18.4): what is relayed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Data<'a>(pub &'a [u8]);

impl<'a> Attribute<'a> for Data<'a> {
    const TYPE: AttributeType = AttributeType::DATA;

    fn read(value: &'a [u8], _: &TransactionId) -> Option<Self> {
        Some(Self(value))
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        value.copy_from_slice(self.0);
    }
}

macro_rules! family {
    ($(#[$doc:meta])* $name:ident, $kind:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct $name(pub AddressFamily);

        impl Attribute<'_> for $name {
            const TYPE: AttributeType = AttributeType::$kind;

            fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
                let [family, _, _, _] = value.try_into().ok()?;
                AddressFamily::of(family).map(Self)
            }

            fn len(&self) -> usize {
                4
            }

            fn write(&self, value: &mut [u8], _: &TransactionId) {
                value.copy_from_slice(&[self.0.number(), 0, 0, 0]);
            }
        }
    };
}

family!(
    /// `REQUESTED-ADDRESS-FAMILY` (RFC 8656 section 18.6, RFC 6156): of the relayed address.
    RequestedAddressFamily,
    REQUESTED_ADDRESS_FAMILY
);
family!(
    /// `ADDITIONAL-ADDRESS-FAMILY` (RFC 8656 section 18.11): a second address, of this family.
    AdditionalAddressFamily,
    ADDITIONAL_ADDRESS_FAMILY
);

/// `EVEN-PORT` (RFC 8656 section 18.7): the relayed port is to be even.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct EvenPort {
    /// The next port is to be kept for a later allocation.
    pub reserve_next: bool,
}

impl Attribute<'_> for EvenPort {
    const TYPE: AttributeType = AttributeType::EVEN_PORT;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        let [flags] = value.try_into().ok()?;
        Some(Self {
            reserve_next: flags & 0x80 != 0,
        })
    }

    fn len(&self) -> usize {
        1
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        value.copy_from_slice(&[u8::from(self.reserve_next) << 7]);
    }
}

/// `REQUESTED-TRANSPORT` (RFC 8656 section 18.7): what runs between relay and peer, by its number
/// in the IP header.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RequestedTransport(pub u8);

impl RequestedTransport {
    /// UDP.
    pub const UDP: Self = Self(17);
    /// TCP (RFC 6062).
    pub const TCP: Self = Self(6);
}

impl Attribute<'_> for RequestedTransport {
    const TYPE: AttributeType = AttributeType::REQUESTED_TRANSPORT;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        let [protocol, _, _, _] = value.try_into().ok()?;
        Some(Self(protocol))
    }

    fn len(&self) -> usize {
        4
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        value.copy_from_slice(&[self.0, 0, 0, 0]);
    }
}

/// `DONT-FRAGMENT` (RFC 8656 section 18.9): the relay is to set the DF bit towards the peer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DontFragment;

impl Attribute<'_> for DontFragment {
    const TYPE: AttributeType = AttributeType::DONT_FRAGMENT;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        value.is_empty().then_some(Self)
    }

    fn len(&self) -> usize {
        0
    }

    fn write(&self, _: &mut [u8], _: &TransactionId) {}
}

/// `RESERVATION-TOKEN` (RFC 8656 section 18.10): names a port that was kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ReservationToken(pub [u8; 8]);

impl Attribute<'_> for ReservationToken {
    const TYPE: AttributeType = AttributeType::RESERVATION_TOKEN;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        value.try_into().ok().map(Self)
    }

    fn len(&self) -> usize {
        8
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        value.copy_from_slice(&self.0);
    }
}

/// `ADDRESS-ERROR-CODE` (RFC 8656 section 18.12): why there is no address of one of two families.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AddressErrorCode<'a> {
    /// The family.
    pub family: AddressFamily,
    /// Why.
    pub error: ErrorCode<'a>,
}

impl<'a> Attribute<'a> for AddressErrorCode<'a> {
    const TYPE: AttributeType = AttributeType::ADDRESS_ERROR_CODE;
    const MAX_LEN: usize = ErrorCode::MAX_LEN;

    fn read(value: &'a [u8], id: &TransactionId) -> Option<Self> {
        Some(Self {
            family: AddressFamily::of(*value.first()?)?,
            // The family stands where the other one has reserved bits.
            error: ErrorCode::read(value, id)?,
        })
    }

    fn len(&self) -> usize {
        self.error.len()
    }

    fn write(&self, value: &mut [u8], id: &TransactionId) {
        self.error.write(value, id);
        value[0] = self.family.number();
    }
}

/// `ICMP` (RFC 8656 section 18.13): an ICMP message that the relay got about what it sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Icmp {
    /// The ICMP type, of ICMPv6 for a peer of IPv6; errors are below 128.
    pub kind: u8,
    /// The ICMP code, of nine bits.
    pub code: u16,
    /// The MTU of "packet too big" and "fragmentation needed", else zero.
    pub data: u32,
}

impl Attribute<'_> for Icmp {
    const TYPE: AttributeType = AttributeType::ICMP;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        if value.len() != 8 {
            return None;
        }
        let [high, low] = octets_at(value, 2)?;
        Some(Self {
            kind: high >> 1,
            code: u16::from_be_bytes([high & 1, low]),
            data: octets_at(value, 4).map(u32::from_be_bytes)?,
        })
    }

    fn len(&self) -> usize {
        8
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        let (head, data) = value.split_at_mut(4);
        let [ninth, low] = self.code.to_be_bytes();
        head.copy_from_slice(&[0, 0, self.kind << 1 | ninth & 1, low]);
        data.copy_from_slice(&self.data.to_be_bytes());
    }
}
