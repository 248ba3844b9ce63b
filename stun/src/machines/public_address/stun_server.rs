//! What a configuration says of a server.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::str::FromStr;

use trunkline_sans_io::{DnsName, DnsNameError};

/// The port of STUN over UDP and TCP (RFC 8489 section 8).
pub const STUN_PORT: u16 = 3_478;

/// Where a server is, as a configuration says it.
///
/// As text it is what follows `stun:` in a URI of RFC 7064, with or without that: `stun.example.org`,
/// `stun.example.org:3479`, `192.0.2.1`, `[2001:db8::1]:3478`. As RFC 8489 section 8 has it, a name
/// with a port is a host, one without a port a domain. Relays and other transports are told by a
/// [`ServerUri`](crate::ServerUri).
///
/// ```
/// use trunkline_stun::{STUN_PORT, StunServer};
///
/// let server: StunServer = "192.0.2.1".parse()?;
/// assert_eq!(server, StunServer::Address(([192, 0, 2, 1], STUN_PORT).into()));
/// let server: StunServer = "stun:stun.example.org:3479".parse()?;
/// assert!(matches!(server, StunServer::Host(name, 3479) if name.as_str() == "stun.example.org"));
/// let server: StunServer = "example.org".parse()?;
/// assert!(matches!(server, StunServer::Domain(_)));
/// # Ok::<(), trunkline_stun::StunServerError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StunServer {
    /// An address and a port.
    Address(SocketAddr),
    /// A host, whose addresses DNS tells (A or AAAA), and a port.
    Host(DnsName, u16),
    /// A domain: DNS tells the hosts and ports of its service (SRV, of STUN over UDP that of `_stun._udp`). If it
    /// has no such record, the name is that of a host with the default port, 3478.
    Domain(DnsName),
}

impl StunServer {
    /// Reads what follows the scheme of a URI. An address without a port has the default one.
    pub(in crate::machines) fn parse(text: &str, port: u16) -> Result<Self, StunServerError> {
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Address(SocketAddr::new(ip, port)));
        }
        let bracketed = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if let Some(Ok(ip)) = bracketed.map(str::parse) {
            return Ok(Self::Address(SocketAddr::new(IpAddr::V6(ip), port)));
        }
        let Some((host, port)) = text.rsplit_once(':') else {
            return Ok(Self::Domain(name(text)?));
        };
        let port = port.parse().ok().filter(|port| *port != 0);
        let port = port.ok_or(StunServerError::Port)?;
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        Ok(Self::Host(name(host)?, port))
    }
}

impl fmt::Display for StunServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Host(name, port) => write!(f, "{name}:{port}"),
            Self::Domain(name) => name.fmt(f),
        }
    }
}

/// Why a text names no server.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StunServerError {
    /// It asks for TLS or DTLS (`stuns:`), over which no public address of a UDP port is learnt.
    #[error("`stuns` is not for UDP")]
    Secure,
    /// The host is neither an address nor a name.
    #[error(transparent)]
    Name(#[from] DnsNameError),
    /// The port is not a number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
}

impl FromStr for StunServer {
    type Err = StunServerError;

    fn from_str(text: &str) -> Result<Self, StunServerError> {
        let scheme = |scheme: &str| {
            let (found, rest) = text.split_once(':')?;
            found.eq_ignore_ascii_case(scheme).then_some(rest)
        };
        if scheme("stuns").is_some() {
            return Err(StunServerError::Secure);
        }
        Self::parse(scheme("stun").unwrap_or(text), STUN_PORT)
    }
}

fn name(text: &str) -> Result<DnsName, DnsNameError> {
    match DnsName::parse(text) {
        Ok(name) if name.is_root() => Err(DnsNameError::Empty),
        read => read,
    }
}
