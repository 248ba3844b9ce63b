//! Attributes that hold an address.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::attribute::{Attribute, AttributeType};
use super::header::MAGIC_COOKIE;
use super::octets_at;
use super::transaction_id::TransactionId;

/// `XOR-MAPPED-ADDRESS` (RFC 8489 section 14.2): where the server saw the request come from,
/// hidden from NATs that rewrite addresses in the payload.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct XorMappedAddress(pub SocketAddr);

/// `MAPPED-ADDRESS` (RFC 8489 section 14.1): the same in the clear, for old clients.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MappedAddress(pub SocketAddr);

/// `ALTERNATE-SERVER` (RFC 8489 section 14.15): whom to ask instead.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AlternateServer(pub SocketAddr);

const IPV4: u8 = 1;
const IPV6: u8 = 2;

const fn len(address: &SocketAddr) -> usize {
    match address {
        SocketAddr::V4(_) => 8,
        SocketAddr::V6(_) => 20,
    }
}

fn read(value: &[u8]) -> Option<SocketAddr> {
    let [_, family, high, low] = octets_at(value, 0)?;
    let octets = value.get(4..)?;
    let ip = match family {
        IPV4 => IpAddr::from(<[u8; 4]>::try_from(octets).ok()?),
        IPV6 => IpAddr::from(<[u8; 16]>::try_from(octets).ok()?),
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_be_bytes([high, low])))
}

/// `value` has the length that [`len`] tells.
fn write(address: &SocketAddr, value: &mut [u8]) {
    let (head, octets) = value.split_at_mut(4);
    let [high, low] = address.port().to_be_bytes();
    match address.ip() {
        IpAddr::V4(ip) => {
            head.copy_from_slice(&[0, IPV4, high, low]);
            octets.copy_from_slice(&ip.octets());
        }
        IpAddr::V6(ip) => {
            head.copy_from_slice(&[0, IPV6, high, low]);
            octets.copy_from_slice(&ip.octets());
        }
    }
}

/// Hides an address or shows it again: doing it twice changes nothing.
fn xor(address: SocketAddr, id: &TransactionId) -> SocketAddr {
    // The upper half of the cookie.
    let port = address.port() ^ 0x2112;
    let ip = match address.ip() {
        IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() ^ MAGIC_COOKIE)),
        IpAddr::V6(ip) => {
            let mut mask = [0; 16];
            mask[..4].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
            mask[4..].copy_from_slice(&id.0);
            let bits = ip.to_bits() ^ u128::from_be_bytes(mask);
            IpAddr::V6(Ipv6Addr::from_bits(bits))
        }
    };
    SocketAddr::new(ip, port)
}

impl Attribute<'_> for XorMappedAddress {
    const TYPE: AttributeType = AttributeType::XOR_MAPPED_ADDRESS;

    fn read(value: &[u8], id: &TransactionId) -> Option<Self> {
        read(value).map(|address| Self(xor(address, id)))
    }

    fn len(&self) -> usize {
        len(&self.0)
    }

    fn write(&self, value: &mut [u8], id: &TransactionId) {
        write(&xor(self.0, id), value);
    }
}

macro_rules! plain {
    ($name:ident, $kind:ident) => {
        impl Attribute<'_> for $name {
            const TYPE: AttributeType = AttributeType::$kind;

            fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
                read(value).map(Self)
            }

            fn len(&self) -> usize {
                len(&self.0)
            }

            fn write(&self, value: &mut [u8], _: &TransactionId) {
                write(&self.0, value);
            }
        }
    };
}

plain!(MappedAddress, MAPPED_ADDRESS);
plain!(AlternateServer, ALTERNATE_SERVER);

#[cfg(test)]
mod tests {
    use super::*;

    const ID: TransactionId = TransactionId([0x5a; 12]);

    #[test]
    fn families_and_lengths_must_agree() {
        assert!(MappedAddress::read(&[0, 1, 0, 80, 192, 0, 2, 1], &ID).is_some());
        // The first octet is reserved and not looked at.
        assert!(MappedAddress::read(&[9, 1, 0, 80, 192, 0, 2, 1], &ID).is_some());
        for wrong in [
            [0, 2, 0, 80, 192, 0, 2, 1].as_slice(),
            &[0, 3, 0, 80, 192, 0, 2, 1],
            &[0, 1, 0, 80, 192, 0, 2],
            &[0, 1, 0, 80, 192, 0, 2, 1, 0],
            &[0, 1],
            &[],
        ] {
            assert_eq!(MappedAddress::read(wrong, &ID), None);
            assert_eq!(XorMappedAddress::read(wrong, &ID), None);
        }
    }

    #[test]
    fn hiding_twice_changes_nothing() {
        for address in ["192.0.2.1:32853", "[2001:db8::1]:65535", "0.0.0.0:0"] {
            let address = address.parse().expect("an address");
            assert_ne!(xor(address, &ID), address);
            assert_eq!(xor(xor(address, &ID), &ID), address);
        }
    }
}
