//! The `c=` line (RFC 8866 section 5.7).

use core::fmt;
use core::net::IpAddr;

use super::{Fault, Fields, Host, Mode, ParseError};

/// The address type of a `c=` or `o=` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressFamily {
    /// `IP4`
    Ip4,
    /// `IP6`
    Ip6,
}

impl AddressFamily {
    /// The family of an address.
    #[must_use]
    pub const fn of(address: &IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::Ip4,
            IpAddr::V6(_) => Self::Ip6,
        }
    }

    /// Reads the network type and the address type.
    pub(crate) fn parse(fields: &mut Fields<'_>) -> Result<Self, ParseError> {
        let strict = fields.is_strict();
        let is = |field: &str, name: &str| match strict {
            true => field == name,
            false => field.eq_ignore_ascii_case(name),
        };
        let start = fields.offset();
        if !is(fields.text()?, "IN") {
            return Err(Fault::UnsupportedNetwork.at(start));
        }
        let start = fields.offset();
        match fields.text()? {
            family if is(family, "IP4") => Ok(Self::Ip4),
            family if is(family, "IP6") => Ok(Self::Ip6),
            _ => Err(Fault::UnsupportedNetwork.at(start)),
        }
    }

    /// Checks, in strict mode, that an address is of this family.
    pub(crate) fn check(self, host: &Host<'_>, mode: Mode) -> Result<(), Fault> {
        match host.ip() {
            Some(ip) if mode == Mode::Strict && Self::of(&ip) != self => {
                Err(Fault::MalformedAddress)
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for AddressFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ip4 => "IN IP4",
            Self::Ip6 => "IN IP6",
        })
    }
}

/// Where media is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Connection<'a> {
    /// The address type as written; in tolerant mode the address may be of the other.
    pub family: AddressFamily,
    /// The address.
    pub host: Host<'a>,
    /// Time to live of an IPv4 multicast group, in hops.
    pub ttl: Option<u8>,
    /// Number of contiguous multicast groups, 1 if not written.
    pub count: u16,
}

impl<'a> Connection<'a> {
    /// A unicast connection.
    #[must_use]
    pub const fn new(address: IpAddr) -> Self {
        Self {
            family: AddressFamily::of(&address),
            host: Host::Ip(address),
            ttl: None,
            count: 1,
        }
    }

    /// Reads the value of a `c=` line.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`. Strict mode wants a TTL for IPv4 multicast and for
    /// nothing else, and an address of the family that is written.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        let family = AddressFamily::parse(&mut fields)?;
        let start = fields.offset();
        let address = fields.text()?;
        fields.end()?;
        let fault = |fault: Fault| fault.at(start);
        let mut parts = address.split('/');
        let host = Host::parse(parts.next().unwrap_or_default()).map_err(fault)?;
        family.check(&host, mode).map_err(fault)?;
        let mut number = |max| {
            parts
                .next()
                .map(|part| super::fields::number(part.as_bytes(), max))
                .transpose()
                .map_err(fault)
        };
        let ttl = match family {
            // both bounds make the conversions below exact
            AddressFamily::Ip4 => number(255)?.map(|ttl| ttl as u8),
            AddressFamily::Ip6 => None,
        };
        let count = number(u64::from(u16::MAX))?.map_or(1, |count| count as u16);
        if parts.next().is_some() || count == 0 {
            return Err(fault(Fault::MalformedAddress));
        }
        if mode == Mode::Strict {
            let multicast = host.ip().map(|ip| ip.is_multicast());
            let grouped = ttl.is_some() || address.contains('/');
            let ttl_missing =
                family == AddressFamily::Ip4 && multicast == Some(true) && ttl.is_none();
            if ttl_missing || (grouped && multicast == Some(false)) {
                return Err(fault(Fault::MalformedAddress));
            }
        }
        Ok(Self {
            family,
            host,
            ttl,
            count,
        })
    }

    /// Whether the address is `0.0.0.0` or `::`: media is not wanted (the hold of RFC 2543).
    #[must_use]
    pub fn is_unspecified(&self) -> bool {
        self.host.ip().is_some_and(|ip| ip.is_unspecified())
    }
}

impl fmt::Display for Connection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.family, self.host)?;
        if let Some(ttl) = self.ttl {
            write!(f, "/{ttl}")?;
        }
        match self.count {
            1 => Ok(()),
            count => write!(f, "/{count}"),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    fn both(value: &str) -> (Option<Fault>, Option<Fault>) {
        let fault = |mode| {
            Connection::parse(value.as_bytes(), mode)
                .err()
                .map(|e| e.fault)
        };
        (fault(Mode::Strict), fault(Mode::Tolerant))
    }

    #[test]
    fn forms_of_rfc_8866() {
        for value in [
            "IN IP4 192.0.2.10",
            "IN IP4 host.example.com",
            "IN IP6 2001:db8::1",
            "IN IP4 233.252.0.1/127",
            "IN IP4 233.252.0.1/127/3",
            "IN IP6 ff00::db8:0:101/3",
        ] {
            let parsed = Connection::parse(value.as_bytes(), Mode::Strict).unwrap();
            assert_eq!(parsed.to_string(), value);
        }
        let groups = Connection::parse(b"IN IP4 233.252.0.1/127/3", Mode::Strict).unwrap();
        assert_eq!((groups.ttl, groups.count), (Some(127), 3));
    }

    #[test]
    fn strict_and_tolerant() {
        let bad_address = Some(Fault::MalformedAddress);
        assert_eq!(both("IN IP4 192.0.2.10 "), (Some(Fault::StraySpace), None));
        assert_eq!(
            both("in ip4 192.0.2.10"),
            (Some(Fault::UnsupportedNetwork), None)
        );
        assert_eq!(both("IN IP6 192.0.2.10"), (bad_address, None));
        assert_eq!(both("IN IP4 233.252.0.1"), (bad_address, None));
        assert_eq!(both("IN IP4 192.0.2.1/127"), (bad_address, None));
        assert_eq!(both("IN IP4 192.0.2.1/1/2/3"), (bad_address, bad_address));
        assert_eq!(both("IN IP4 300.0.2.1"), (bad_address, bad_address));
        assert_eq!(
            both("IN IP4"),
            (Some(Fault::MissingField), Some(Fault::MissingField))
        );
        assert!(
            Connection::parse(b"IN IP4 0.0.0.0", Mode::Strict)
                .unwrap()
                .is_unspecified()
        );
    }
}
