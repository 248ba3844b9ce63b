//! What URIs say of servers and relays.

use core::fmt;
use core::str::FromStr;

use trunkline_sans_io::{DnsName, DnsNameError, Transport};

use super::public_address::{StunServer, StunServerError};

/// The port over TLS (RFC 8489 section 8, RFC 8656 section 3.1).
const SECURE_PORT: u16 = 5_349;

/// What is wanted of a server, and whether its connection is protected.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ServerScheme {
    /// STUN (RFC 7064).
    Stun,
    /// STUN over TLS (RFC 7064).
    Stuns,
    /// A relay (RFC 7065).
    Turn,
    /// A relay over TLS (RFC 7065).
    Turns,
}

impl ServerScheme {
    /// The scheme as it stands in front of a URI.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stun => "stun",
            Self::Stuns => "stuns",
            Self::Turn => "turn",
            Self::Turns => "turns",
        }
    }

    /// The port if neither the URI nor DNS says one: 3478, over TLS 5349.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Stun | Self::Turn => super::STUN_PORT,
            Self::Stuns | Self::Turns => SECURE_PORT,
        }
    }

    /// Whether the connection is TLS.
    #[must_use]
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Stuns | Self::Turns)
    }
}

/// A STUN server or a relay as a URI names it (RFC 7064, RFC 7065).
///
/// A text without a scheme is one of `stun:`. DTLS, which `turns:..?transport=udp` asks for, is not supported.
///
/// ```
/// use trunkline_stun::{ServerScheme, ServerUri, StunServer};
/// use trunkline_stun::sans_io::Transport;
///
/// let relay: ServerUri = "turn:192.0.2.1?transport=tcp".parse()?;
/// assert_eq!(relay.scheme(), ServerScheme::Turn);
/// assert_eq!(relay.server(), StunServer::Address("192.0.2.1:3478".parse()?));
/// assert_eq!(relay.transports(), [Transport::Tcp]);
/// let relay: ServerUri = "turns:turn.example.org".parse()?;
/// assert_eq!(relay.name().map(|name| name.as_str()), Some("turn.example.org"));
/// assert_eq!(relay.transports(), [Transport::Tls]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ServerUri {
    scheme: ServerScheme,
    server: StunServer,
    transport: Option<Transport>,
}

impl ServerUri {
    /// What is wanted of the server.
    #[must_use]
    pub const fn scheme(&self) -> ServerScheme {
        self.scheme
    }

    /// Where it is.
    #[must_use]
    pub const fn server(&self) -> StunServer {
        self.server
    }

    /// The name that its certificate has to be for, the one of the URI whatever DNS says (RFC 8489 section 6.2.3);
    /// `None` if the URI has an address.
    #[must_use]
    pub const fn name(&self) -> Option<&DnsName> {
        match &self.server {
            StunServer::Address(_) => None,
            StunServer::Host(name, _) | StunServer::Domain(name) => Some(name),
        }
    }

    /// Over what it is reached, what is to be tried first in front. A relay whose URI does not say it is reached
    /// over UDP, and over TCP if DNS names hosts for that; a STUN server over UDP.
    #[must_use]
    pub const fn transports(&self) -> &'static [Transport] {
        match (self.scheme, self.transport) {
            (ServerScheme::Stuns | ServerScheme::Turns, _) => &[Transport::Tls],
            (_, Some(Transport::Tcp)) => &[Transport::Tcp],
            (ServerScheme::Turn, None) => &[Transport::Udp, Transport::Tcp],
            _ => &[Transport::Udp],
        }
    }

    /// Reaches it over TCP. The URIs of STUN do not say that; over TLS it changes nothing.
    #[must_use]
    pub const fn over_tcp(mut self) -> Self {
        self.transport = Some(Transport::Tcp);
        self
    }

    /// What SRV records are found under for one of the transports.
    pub(super) const fn service(&self, transport: Transport) -> &'static str {
        match (self.scheme, transport) {
            (ServerScheme::Stun, Transport::Udp) => "_stun._udp",
            (ServerScheme::Stun, _) => "_stun._tcp",
            (ServerScheme::Stuns, _) => "_stuns._tcp",
            (ServerScheme::Turn, Transport::Udp) => "_turn._udp",
            (ServerScheme::Turn, _) => "_turn._tcp",
            (ServerScheme::Turns, _) => "_turns._tcp",
        }
    }
}

/// Over UDP.
impl From<StunServer> for ServerUri {
    fn from(server: StunServer) -> Self {
        Self {
            scheme: ServerScheme::Stun,
            server,
            transport: None,
        }
    }
}

impl fmt::Display for ServerUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme.as_str(), self.server)?;
        match (self.scheme, self.transport) {
            (ServerScheme::Turn | ServerScheme::Turns, Some(Transport::Tcp)) => {
                f.write_str("?transport=tcp")
            }
            (ServerScheme::Turn, Some(_)) => f.write_str("?transport=udp"),
            _ => Ok(()),
        }
    }
}

/// Why a text is no URI of a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerUriError {
    /// The host is neither an address nor a name.
    #[error(transparent)]
    Name(#[from] DnsNameError),
    /// The port is not a number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// What follows the host is not a transport that the scheme has: `?transport=udp` or `?transport=tcp` for
    /// `turn:`, `?transport=tcp` for `turns:`.
    #[error("no transport of this scheme")]
    Transport,
}

impl From<StunServerError> for ServerUriError {
    fn from(error: StunServerError) -> Self {
        match error {
            StunServerError::Name(error) => Self::Name(error),
            _ => Self::Port,
        }
    }
}

impl FromStr for ServerUri {
    type Err = ServerUriError;

    fn from_str(text: &str) -> Result<Self, ServerUriError> {
        const SCHEMES: [ServerScheme; 4] = [
            ServerScheme::Stun,
            ServerScheme::Stuns,
            ServerScheme::Turn,
            ServerScheme::Turns,
        ];
        let after = |scheme: ServerScheme| {
            let (found, rest) = text.split_once(':')?;
            let same = found.eq_ignore_ascii_case(scheme.as_str());
            same.then_some((scheme, rest))
        };
        let found = SCHEMES.into_iter().find_map(after);
        let (scheme, rest) = found.unwrap_or((ServerScheme::Stun, text));
        let (host, query) = match rest.split_once('?') {
            Some((host, query)) => (host, Some(query)),
            None => (rest, None),
        };
        let transport = match (scheme, query) {
            (_, None) => None,
            (ServerScheme::Turn, Some("transport=udp")) => Some(Transport::Udp),
            (ServerScheme::Turn | ServerScheme::Turns, Some("transport=tcp")) => {
                Some(Transport::Tcp)
            }
            _ => return Err(ServerUriError::Transport),
        };
        Ok(Self {
            scheme,
            server: StunServer::parse(host, scheme.default_port())?,
            transport,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::ToString as _;

    #[test]
    fn uris_are_read_and_written() {
        for (text, written, transports) in [
            (
                "stun:192.0.2.1",
                "stun:192.0.2.1:3478",
                &[Transport::Udp][..],
            ),
            ("192.0.2.1:5000", "stun:192.0.2.1:5000", &[Transport::Udp]),
            (
                "STUNS:[2001:db8::1]",
                "stuns:[2001:db8::1]:5349",
                &[Transport::Tls],
            ),
            (
                "turn:a.example",
                "turn:a.example",
                &[Transport::Udp, Transport::Tcp],
            ),
            (
                "turn:a.example:3479?transport=udp",
                "turn:a.example:3479?transport=udp",
                &[Transport::Udp],
            ),
            ("turns:192.0.2.1", "turns:192.0.2.1:5349", &[Transport::Tls]),
            (
                "turns:a.example?transport=tcp",
                "turns:a.example?transport=tcp",
                &[Transport::Tls],
            ),
        ] {
            let uri: ServerUri = text.parse().expect(text);
            assert_eq!(uri.to_string(), written);
            assert_eq!(uri.transports(), transports, "{text}");
        }
        let stun: ServerUri = "stun:a.example".parse().expect("a URI");
        assert_eq!(stun.over_tcp().transports(), [Transport::Tcp]);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "turns:a.example?transport=udp",
            "turn:a.example?transport=sctp",
            "turn:a.example?",
            "stun:a.example?transport=tcp",
        ] {
            assert_eq!(text.parse::<ServerUri>(), Err(ServerUriError::Transport));
        }
        assert_eq!(
            "turn:a.example:0".parse::<ServerUri>(),
            Err(ServerUriError::Port)
        );
        for text in ["", "turn:", "turn:.", "turn:a b", "http://a.example"] {
            let error = text.parse::<ServerUri>();
            assert!(error.is_err(), "{text}");
        }
    }
}
