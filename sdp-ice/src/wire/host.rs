//! Addresses: IPv4, IPv6 with or without zone, host names.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Fault;

/// An address as SDP writes it (RFC 8866 section 5.7, RFC 8839 section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Host<'a> {
    /// An IPv4 or IPv6 address.
    Ip(IpAddr),
    /// An IPv6 address with a zone (RFC 4007 section 11), which some peers put into candidates.
    Zoned(Ipv6Addr, &'a str),
    /// A host name, an mDNS name of a browser included.
    Name(&'a str),
}

impl<'a> Host<'a> {
    /// Reads an address without brackets.
    ///
    /// # Errors
    ///
    /// [`Fault::MalformedAddress`] when it is none of the three.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        if text.bytes().any(|b| b == b':') {
            let (address, zone) = match text.split_once('%') {
                Some((address, zone)) => (address, Some(zone)),
                None => (text, None),
            };
            let address: Ipv6Addr = address.parse().map_err(|_| Fault::MalformedAddress)?;
            return match zone {
                None => Ok(Self::Ip(IpAddr::V6(address))),
                Some(zone) if !zone.is_empty() && zone.bytes().all(is_name_byte) => {
                    Ok(Self::Zoned(address, zone))
                }
                Some(_) => Err(Fault::MalformedAddress),
            };
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Ip(IpAddr::V4(address)));
        }
        // A name of digits and dots alone is a misspelt address.
        let name = text.bytes().all(is_name_byte)
            && text.bytes().any(|b| !b.is_ascii_digit() && b != b'.');
        match name {
            true => Ok(Self::Name(text)),
            false => Err(Fault::MalformedAddress),
        }
    }

    /// The IP address, without its zone; `None` for a name.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        match *self {
            Self::Ip(address) => Some(address),
            Self::Zoned(address, _) => Some(IpAddr::V6(address)),
            Self::Name(_) => None,
        }
    }

    /// Whether this is a name in `.local`, to be resolved by multicast DNS.
    #[must_use]
    pub fn is_mdns(&self) -> bool {
        match self {
            Self::Name(name) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                let split = name.len().saturating_sub(".local".len());
                name.get(split..)
                    .is_some_and(|tail| tail.eq_ignore_ascii_case(".local"))
            }
            _ => false,
        }
    }
}

impl From<IpAddr> for Host<'_> {
    fn from(address: IpAddr) -> Self {
        Self::Ip(address)
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Zoned(address, zone) => write!(f, "{address}%{zone}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names() {
        assert_eq!(
            Host::parse("192.0.2.1"),
            Ok(Host::Ip([192, 0, 2, 1].into()))
        );
        assert_eq!(Host::parse("::1"), Ok(Host::Ip(Ipv6Addr::LOCALHOST.into())));
        assert!(matches!(
            Host::parse("fe80::1%eth0"),
            Ok(Host::Zoned(_, "eth0"))
        ));
        assert_eq!(Host::parse("a.example"), Ok(Host::Name("a.example")));
        assert!(Host::parse("1b2c.LOCAL").is_ok_and(|h| h.is_mdns()));
        assert!(!Host::Name("local").is_mdns());
        for bad in [
            "",
            "192.0.2.256",
            "1.2.3",
            "a b",
            "::g",
            "fe80::1%",
            "[::1]",
            "ä.example",
        ] {
            assert_eq!(Host::parse(bad), Err(Fault::MalformedAddress), "{bad}");
        }
    }
}
