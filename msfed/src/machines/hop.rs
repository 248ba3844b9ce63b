//! Servers to which routes lead.

use core::fmt;
use core::net::{IpAddr, Ipv6Addr};
use core::str::FromStr;

use thiserror::Error;
use trunkline_sans_io::Transport;
use trunkline_sip_core::Host;

use crate::{Domain, DomainError};

/// The server of a route: an address, or a name that is resolved for every connection.
///
/// `S` is a text, for instance `&str` or `String`.
#[derive(Clone, Copy, Debug)]
pub enum Gateway<S> {
    /// An address.
    Address(IpAddr),
    /// The name of a host. Made by [`Gateway::new`].
    Name(GatewayName<S>),
}

/// The name of a host that has been checked.
#[derive(Clone, Copy, Debug)]
pub struct GatewayName<S>(S);

/// Why a text is no [`Gateway`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// There is nothing.
    #[error("the server is missing")]
    Empty,
    /// It looks like an address, but is none.
    #[error("no valid address")]
    Address,
    /// It ends with a port, which has a field of its own.
    #[error("the port has a field of its own")]
    Port,
    /// It is no name of a host.
    #[error(transparent)]
    Name(DomainError),
}

impl<S: AsRef<str>> Gateway<S> {
    /// Reads an address or a name. IPv6 addresses may have brackets.
    ///
    /// # Errors
    ///
    /// Any [`GatewayError`].
    pub fn new(text: S) -> Result<Self, GatewayError> {
        let written = text.as_ref();
        if let Ok(address) = written.parse() {
            return Ok(Self::Address(address));
        }
        if let Some(inner) = written.strip_prefix('[') {
            let (inner, rest) = inner.split_once(']').ok_or(GatewayError::Address)?;
            let address: Ipv6Addr = inner.parse().map_err(|_| GatewayError::Address)?;
            return match rest {
                "" => Ok(Self::Address(address.into())),
                _ => Err(GatewayError::Port),
            };
        }
        match Domain::parse(written) {
            Ok(_) => Ok(Self::Name(GatewayName(text))),
            Err(DomainError::Empty) => Err(GatewayError::Empty),
            Err(DomainError::Address) => Err(GatewayError::Address),
            Err(DomainError::Character { offset })
                if written
                    .get(offset..)
                    .is_some_and(|rest| rest.starts_with(':')) =>
            {
                Err(GatewayError::Port)
            }
            Err(error) => Err(GatewayError::Name(error)),
        }
    }

    /// The name, where it is one.
    #[must_use]
    pub fn name(&self) -> Option<Domain<'_>> {
        match self {
            Self::Address(_) => None,
            Self::Name(GatewayName(name)) => {
                let name = name.as_ref();
                Some(Domain::checked(name.strip_suffix('.').unwrap_or(name)))
            }
        }
    }

    /// The address, where it is one.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(*address),
            Self::Name(_) => None,
        }
    }

    /// As it stands in URIs.
    #[must_use]
    pub fn host(&self) -> Host<'_> {
        match (self, self.name()) {
            (Self::Address(address), _) => Host::from(*address),
            (_, name) => Host::Name(name.map_or("", |name| name.as_str())),
        }
    }
}

/// Names compare without regard to case, and a dot at their end does not count.
impl<S: AsRef<str>, T: AsRef<str>> PartialEq<Gateway<T>> for Gateway<S> {
    fn eq(&self, other: &Gateway<T>) -> bool {
        self.host() == other.host()
    }
}

impl<S: AsRef<str>> Eq for Gateway<S> {}

impl<S: AsRef<str> + for<'a> From<&'a str>> FromStr for Gateway<S> {
    type Err = GatewayError;

    fn from_str(text: &str) -> Result<Self, GatewayError> {
        Self::new(S::from(text))
    }
}

impl<S> From<IpAddr> for Gateway<S> {
    fn from(address: IpAddr) -> Self {
        Self::Address(address)
    }
}

/// The text form; IPv6 addresses without brackets.
impl<S: AsRef<str>> fmt::Display for Gateway<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address}"),
            Self::Name(_) => write!(f, "{}", self.host()),
        }
    }
}

/// What a route runs over. Text forms: `udp`, `tcp`, `tls`, `mtls`, in either case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum RouteTransport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS, where the server alone has to show a certificate.
    Tls,
    /// Mutual TLS: both ends show certificates.
    #[default]
    Mtls,
}

/// The text is no [`RouteTransport`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("neither udp, tcp, tls nor mtls")]
pub struct UnknownRouteTransport;

impl RouteTransport {
    /// The port of a route that names none: 5061 for TLS, else 5060 (RFC 3261 section 19.1.2).
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
            Self::Tls | Self::Mtls => 5061,
        }
    }

    /// What carries the messages.
    #[must_use]
    pub const fn transport(self) -> Transport {
        match self {
            Self::Udp => Transport::Udp,
            Self::Tcp => Transport::Tcp,
            Self::Tls | Self::Mtls => Transport::Tls,
        }
    }

    /// Whether messages are protected on the way.
    #[must_use]
    pub const fn is_secure(self) -> bool {
        self.transport().is_secure()
    }

    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Mtls => "mtls",
        }
    }
}

impl FromStr for RouteTransport {
    type Err = UnknownRouteTransport;

    fn from_str(text: &str) -> Result<Self, UnknownRouteTransport> {
        [Self::Udp, Self::Tcp, Self::Tls, Self::Mtls]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(text))
            .ok_or(UnknownRouteTransport)
    }
}

impl fmt::Display for RouteTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a route leads to. Displays as `mtls:sip.contoso.com:5061 from 192.0.2.5`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hop<'t> {
    /// What to connect over.
    pub transport: RouteTransport,
    /// The server. A name is to be resolved for each connection.
    pub host: Host<'t>,
    /// Its port.
    pub port: u16,
    /// The address of this host to connect from, where that is prescribed.
    pub bound_to: Option<IpAddr>,
}

impl fmt::Display for Hop<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.transport, self.host, self.port)?;
        match self.bound_to {
            Some(local) => write!(f, " from {local}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;

    /// E001-93: a gateway is an address or a name; names are kept as such.
    #[test]
    fn e001_93_gateways_are_addresses_or_names() {
        for (text, host) in [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "[2001:db8::1]"),
            ("[2001:DB8:0::1]", "[2001:db8::1]"),
            ("SIP.contoso.com.", "SIP.contoso.com"),
            ("pbx", "pbx"),
        ] {
            let gateway = Gateway::new(text).unwrap();
            assert_eq!(gateway.host().to_string(), host);
            assert_eq!(gateway.name().is_some(), gateway.address().is_none());
            assert_eq!(Gateway::new(gateway.to_string()).unwrap(), gateway);
        }
    }

    /// E001-101: what is wrong with a gateway is said.
    #[test]
    fn e001_101_what_is_no_gateway_says_why() {
        for (text, why) in [
            ("", "the server is missing"),
            ("192.0.2.256", "no valid address"),
            ("192.0.2", "no valid address"),
            ("[::1", "no valid address"),
            ("[::1]:5061", "the port has a field of its own"),
            ("sip.contoso.com:5061", "the port has a field of its own"),
            ("sip contoso", "a character at byte 3 that no domain has"),
            (
                "sip..contoso.com",
                "nothing stands before the dot at byte 4",
            ),
        ] {
            assert_eq!(Gateway::new(text).unwrap_err().to_string(), why, "{text}");
        }
    }

    /// E001-68, E001-118: usual ports.
    #[test]
    fn e001_118_ports_follow_the_transport() {
        for (text, port) in [("UDP", 5060), ("tcp", 5060), ("Tls", 5061), ("mtls", 5061)] {
            let transport: RouteTransport = text.parse().unwrap();
            assert_eq!(transport.default_port(), port);
        }
        assert_eq!("sctp".parse::<RouteTransport>(), Err(UnknownRouteTransport));
        assert_eq!(RouteTransport::default().default_port(), 5061);
    }
}
