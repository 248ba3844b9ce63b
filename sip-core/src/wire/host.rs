//! Hosts and ports (RFC 3261 section 25.1, RFC 5118, RFC 5954).

use core::fmt::{self, Write as _};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::grammar::{Cursor, HOST, Malformed, is, leading_number, span};

/// A host: an address or a domain name.
#[derive(Clone, Copy, Debug)]
pub enum Host<'a> {
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address, in brackets where it is written.
    V6(Ipv6Addr),
    /// A domain name; compares without regard to case.
    Name(&'a str),
}

/// Domain names compare without regard to case, and addresses by their value: `[2001:db8:0::1]` equals
/// `[2001:db8::1]`.
impl PartialEq for Host<'_> {
    fn eq(&self, other: &Host<'_>) -> bool {
        match (self, other) {
            (Self::V4(left), Host::V4(right)) => left == right,
            (Self::V6(left), Host::V6(right)) => left == right,
            (Self::Name(left), Host::Name(right)) => left.eq_ignore_ascii_case(right),
            _ => false,
        }
    }
}

impl Eq for Host<'_> {}

impl<'a> Host<'a> {
    /// The host written `host`; IPv6 addresses in brackets.
    ///
    /// `None` if it is none of the three. A name may hold underscores; four numbers with dots that are no
    /// IPv4 address are not a name. Three colons in a row, which the grammar of RFC 3261 permitted by
    /// mistake, are read as two (RFC 5118 section 4.10).
    pub fn parse(host: &'a str) -> Option<Self> {
        let mut cursor = Cursor::of_str(host);
        let host = Self::read(&mut cursor).ok()?;
        cursor.rest().is_empty().then_some(host)
    }

    /// Takes a host from the front.
    #[inline]
    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        match address(cursor.rest()) {
            Ok((address, len)) => {
                cursor.set(cursor.at() + len);
                return Ok(address.into());
            }
            Err(NoAddress::Name) => {}
            Err(NoAddress::Broken) => return Err(cursor.malformed()),
        }
        match cursor.take_text(HOST) {
            "" => Err(cursor.malformed()),
            name => Ok(Self::Name(name)),
        }
    }

    /// The length of the host that `bytes` start with; 0 if there is none.
    #[inline]
    pub(crate) fn length(bytes: &[u8]) -> usize {
        match address(bytes) {
            Ok((_, len)) => len,
            Err(NoAddress::Name) => span(bytes, HOST),
            Err(NoAddress::Broken) => 0,
        }
    }

    /// The address, where the host is one.
    pub const fn ip(&self) -> Option<IpAddr> {
        match *self {
            Self::V4(address) => Some(IpAddr::V4(address)),
            Self::V6(address) => Some(IpAddr::V6(address)),
            Self::Name(_) => None,
        }
    }

    /// The domain name, where the host is one.
    pub const fn name(&self) -> Option<&'a str> {
        match *self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }
}

impl From<IpAddr> for Host<'_> {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6(address),
        }
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => write!(f, "{address}"),
            Self::V6(address) => write!(f, "[{address}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// A host with an optional port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostPort<'a> {
    /// The host.
    pub host: Host<'a>,
    /// The port, where one is written. Its default depends on the transport.
    pub port: Option<u16>,
}

impl<'a> HostPort<'a> {
    /// A host and an optional port.
    pub const fn new(host: Host<'a>, port: Option<u16>) -> Self {
        Self { host, port }
    }

    /// Takes `host [":" port]`, white space around the colon allowed (the COLON of RFC 3261).
    #[inline]
    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        let host = Host::read(cursor)?;
        if !cursor.take_separator(b':') {
            return Ok(Self { host, port: None });
        }
        let start = cursor.malformed();
        let port = cursor
            .digits()?
            .and_then(|port| u16::try_from(port).ok())
            .ok_or(start)?;
        Ok(Self {
            host,
            port: Some(port),
        })
    }
}

impl From<SocketAddr> for HostPort<'_> {
    fn from(address: SocketAddr) -> Self {
        Self {
            host: address.ip().into(),
            port: Some(address.port()),
        }
    }
}

impl fmt::Display for HostPort<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.host, f)?;
        if let Some(port) = self.port {
            f.write_char(':')?;
            fmt::Display::fmt(&port, f)?;
        }
        Ok(())
    }
}

/// Why octets are no address.
enum NoAddress {
    /// They may be a name.
    Name,
    /// They begin as an address does and are none.
    Broken,
}

/// The address that `bytes` start with, and its length.
#[inline]
fn address(bytes: &[u8]) -> Result<(IpAddr, usize), NoAddress> {
    match bytes.first() {
        Some(b'0'..=b'9') => v4(bytes),
        Some(b'[') => {
            let close = memchr::memchr(b']', bytes).ok_or(NoAddress::Broken)?;
            let address = bytes.get(1..close).and_then(v6);
            let address = address.ok_or(NoAddress::Broken)?;
            Ok((address.into(), close + 1))
        }
        _ => Err(NoAddress::Name),
    }
}

/// The IPv4 address that `bytes` start with, and its length.
fn v4(bytes: &[u8]) -> Result<(IpAddr, usize), NoAddress> {
    let mut octets = [0; 4];
    let mut broken = false;
    let mut len = 0;
    for (index, octet) in octets.iter_mut().enumerate() {
        if index > 0 {
            if bytes.get(len) != Some(&b'.') {
                return Err(NoAddress::Name);
            }
            len += 1;
        }
        let (value, digits) = leading_number(bytes.get(len..).unwrap_or_default());
        // A leading zero means octal to some resolvers: refused, not guessed.
        broken |= match (digits, value) {
            (1, _) => false,
            (2, Some(value)) => value < 10,
            (3, Some(value)) => !(100..=255).contains(&value),
            _ => true,
        };
        *octet = value.unwrap_or(0) as u8;
        len += digits;
    }
    match bytes.get(len) {
        Some(&next) if is(next, HOST) => Err(NoAddress::Name),
        _ if broken => Err(NoAddress::Broken),
        _ => Ok((Ipv4Addr::from(octets).into(), len)),
    }
}

#[cold]
fn v6(bytes: &[u8]) -> Option<Ipv6Addr> {
    // 45 characters are the longest form, with an IPv4 tail.
    if bytes.len() > 46 {
        return None;
    }
    let written = core::str::from_utf8(bytes).ok()?;
    if let Ok(address) = written.parse() {
        return Some(address);
    }
    let (before, after) = written.split_once(":::")?;
    let mut repaired = [0; 46];
    let (head, tail) = repaired.split_at_mut_checked(before.len())?;
    head.copy_from_slice(before.as_bytes());
    let (colons, tail) = tail.split_at_mut_checked(2)?;
    colons.copy_from_slice(b"::");
    tail.get_mut(..after.len())?
        .copy_from_slice(after.as_bytes());
    let len = before.len() + 2 + after.len();
    core::str::from_utf8(repaired.get(..len)?)
        .ok()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_apart() {
        assert_eq!(
            Host::parse("192.0.2.1"),
            Some(Host::V4(Ipv4Addr::new(192, 0, 2, 1)))
        );
        let v6 = Host::parse("[2001:db8::9:1]").unwrap();
        assert_eq!(v6.ip(), "2001:db8::9:1".parse().ok());
        assert_eq!(Host::parse("Example.COM"), Some(Host::Name("example.com")));
        assert_eq!(
            Host::parse("2.example_x.com").and_then(|host| host.name()),
            Some("2.example_x.com")
        );
        assert_eq!(
            Host::parse("[2001:db8:::192.0.2.1]"),
            Host::parse("[2001:db8::192.0.2.1]")
        );
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for bad in [
            "",
            "[",
            "[]",
            "[::1",
            "::1",
            "2001:db8::10",
            "192.0.2.256",
            "192.0.02.1",
            "1..2.3",
            "a b",
            "[:::::]",
            "[1:::2:::3]",
            "[fe80::1%eth0]",
            "a,b",
            "192.0.2.1000",
        ] {
            assert_eq!(Host::parse(bad), None, "{bad}");
        }
    }

    /// E001-68: 0 to 65535.
    #[test]
    fn ports_stay_in_range() {
        let read = |text: &'static str| {
            let mut cursor = Cursor::new(text.as_bytes());
            let parsed = HostPort::read(&mut cursor)?;
            cursor.finish().map(|()| parsed)
        };
        assert_eq!(read("h : 65535").map(|parsed| parsed.port), Ok(Some(65535)));
        assert_eq!(read("h").map(|parsed| parsed.port), Ok(None));
        for bad in ["h:", "h:65536", "h:99999999999", "h:1a", "h:-1"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
