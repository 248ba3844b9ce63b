//! Attributes that hold an address.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::attribute::{Attribute, AttributeType};
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

/// `XOR-PEER-ADDRESS` (RFC 8656 section 18.3): the peer, as the relay sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct XorPeerAddress(pub SocketAddr);

/// `XOR-RELAYED-ADDRESS` (RFC 8656 section 18.5): what the relay has given to the client.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct XorRelayedAddress(pub SocketAddr);

/// `RESPONSE-ORIGIN` (RFC 5780 section 7.3): from where the response was sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ResponseOrigin(pub SocketAddr);

/// `OTHER-ADDRESS` (RFC 5780 section 7.4): from where it comes if both address and port are to
/// be others.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OtherAddress(pub SocketAddr);

/// `RESPONSE-ADDRESS` (RFC 3489 section 11.2.2): where a classic server is to send the response.
/// No server should: it is how floods are made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ResponseAddress(pub SocketAddr);

/// `SOURCE-ADDRESS` (RFC 3489 section 11.2.5): from where a classic response was sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SourceAddress(pub SocketAddr);

/// `CHANGED-ADDRESS` (RFC 3489 section 11.2.3): what [`OtherAddress`] is since RFC 5780.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ChangedAddress(pub SocketAddr);

/// `REFLECTED-FROM` (RFC 3489 section 11.2.11): who asked for a response that went elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ReflectedFrom(pub SocketAddr);

/// `XOR-MAPPED-ADDRESS` with the number of the drafts, 0x8020: of \[MS-TURN\], and of classic
/// servers that tell it besides `MAPPED-ADDRESS`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsXorMappedAddress(pub SocketAddr);

/// `Alternate Server` of \[MS-TURN\].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsAlternateServer(pub SocketAddr);

/// `Destination Address` of \[MS-TURN\]: to whom the relay is to send.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsDestinationAddress(pub SocketAddr);

/// `Remote Address` of \[MS-TURN\]: from whom data came. It is not hidden.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsRemoteAddress(pub SocketAddr);

/// `MS-Alternate Mapped Address` of \[MS-TURN\]: the relayed address of IPv6, besides that of IPv4.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsAlternateMappedAddress(pub SocketAddr);

/// `Remote Site Address` (\[MS-TURNBWM\] section 2.2.4): where the peer is in the network.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsRemoteSiteAddress(pub SocketAddr);

/// `Remote Relay Site Address` (\[MS-TURNBWM\] section 2.2.5): where the relay of the peer is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsRemoteRelaySiteAddress(pub SocketAddr);

/// `Local Site Address` (\[MS-TURNBWM\] section 2.2.6): where the client is, by the address that it asks its
/// relay from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsLocalSiteAddress(pub SocketAddr);

/// `Local Relay Site Address` (\[MS-TURNBWM\] section 2.2.7): where the relay of the client is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsLocalRelaySiteAddress(pub SocketAddr);

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

/// Hides an address or shows it again: doing it twice changes nothing. What it is combined with
/// are the octets of the header behind the length, which begin with the cookie if there is one.
fn xor(address: SocketAddr, id: &TransactionId) -> SocketAddr {
    let mask = u128::from_be_bytes(*id.octets());
    let [a, b, c, d, ..] = *id.octets();
    let port = address.port() ^ u16::from_be_bytes([a, b]);
    let ip = match address.ip() {
        IpAddr::V4(ip) => {
            let bits = ip.to_bits() ^ u32::from_be_bytes([a, b, c, d]);
            IpAddr::V4(Ipv4Addr::from_bits(bits))
        }
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() ^ mask)),
    };
    SocketAddr::new(ip, port)
}

macro_rules! hidden {
    ($name:ident, $kind:ident) => {
        impl Attribute<'_> for $name {
            const TYPE: AttributeType = AttributeType::$kind;

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
    };
}

hidden!(XorMappedAddress, XOR_MAPPED_ADDRESS);
hidden!(XorPeerAddress, XOR_PEER_ADDRESS);
hidden!(XorRelayedAddress, XOR_RELAYED_ADDRESS);
hidden!(MsXorMappedAddress, MS_XOR_MAPPED_ADDRESS);
hidden!(MsRemoteSiteAddress, MS_REMOTE_SITE_ADDRESS);
hidden!(MsRemoteRelaySiteAddress, MS_REMOTE_RELAY_SITE_ADDRESS);
hidden!(MsLocalSiteAddress, MS_LOCAL_SITE_ADDRESS);
hidden!(MsLocalRelaySiteAddress, MS_LOCAL_RELAY_SITE_ADDRESS);

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
plain!(ResponseOrigin, RESPONSE_ORIGIN);
plain!(OtherAddress, OTHER_ADDRESS);
plain!(ResponseAddress, RESPONSE_ADDRESS);
plain!(SourceAddress, SOURCE_ADDRESS);
plain!(ChangedAddress, CHANGED_ADDRESS);
plain!(ReflectedFrom, REFLECTED_FROM);
plain!(MsAlternateServer, MS_ALTERNATE_SERVER);
plain!(MsDestinationAddress, MS_DESTINATION_ADDRESS);
plain!(MsRemoteAddress, MS_REMOTE_ADDRESS);
plain!(MsAlternateMappedAddress, MS_ALT_MAPPED_ADDRESS);

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;

    const ID: TransactionId = TransactionId::new([0x5a; 12]);

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

    /// The example of \[MS-TURNBWM\] section 2.2.6 for the port.
    #[test]
    fn sites_are_hidden_by_the_transaction_id() {
        let mut id = [9; 16];
        id[..4].copy_from_slice(&[0x44, 0x55, 0x66, 0x77]);
        let id = TransactionId::classic(id);
        let address = SocketAddr::from(([192, 0, 2, 1], 0x1122));
        let value = [0, 1, 0x55, 0x77, 192 ^ 0x44, 0x55, 2 ^ 0x66, 1 ^ 0x77];
        assert_eq!(
            MsLocalSiteAddress::read(&value, &id),
            Some(MsLocalSiteAddress(address))
        );
        let mut written = [0xff; 8];
        MsRemoteSiteAddress(address).write(&mut written, &id);
        assert_eq!(written, value);
        // The second address of a relay is not hidden.
        let value = [&[0, 2, 0x11, 0x22][..], &[0xab; 16]].concat();
        let read = MsAlternateMappedAddress::read(&value, &id).expect("an address");
        assert_eq!(read.0, ([0xab; 16], 0x1122).into());
    }

    #[test]
    fn hiding_twice_changes_nothing() {
        for address in ["192.0.2.1:32853", "[2001:db8::1]:65535", "0.0.0.0:0"] {
            let address = address.parse().expect("an address");
            assert_ne!(xor(address, &ID), address);
            assert_eq!(xor(xor(address, &ID), &ID), address);
            let classic = TransactionId::classic([0xa5; 16]);
            assert_eq!(xor(xor(address, &classic), &classic), address);
        }
    }
}
