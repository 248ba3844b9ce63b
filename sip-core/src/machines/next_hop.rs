//! A place to send to or to listen at, as people write it.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use trunkline_sans_io::Transport;

/// Transport, host and port in one short text, for configuration files: `tcp:link01.example.com:5060`,
/// `udp:192.0.2.1`, `tcp:[2001:db8::1]:5068`.
///
/// The port is optional; who reads it knows the default (RFC 3261 section 19.1.2: 5060, for TLS 5061).
/// Nothing is resolved.
///
/// ```
/// use trunkline_sip_core::NextHop;
/// use trunkline_sip_core::sans_io::Transport;
///
/// let hop: NextHop = "tcp:link01.example.com:5060".parse()?;
/// assert_eq!((hop.transport, hop.host.as_str(), hop.port), (Transport::Tcp, "link01.example.com", Some(5060)));
/// assert_eq!("udp:[2001:db8::1]".parse::<NextHop>()?.to_string(), "udp:[2001:db8::1]");
/// # Ok::<(), trunkline_sip_core::NextHopError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NextHop {
    /// What it is reached over.
    pub transport: Transport,
    /// A name or an address; an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: Option<u16>,
}

/// Why a text is no [`NextHop`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NextHopError {
    /// It begins with no transport.
    #[error("must begin with udp:, tcp:, tls:, ws: or wss:")]
    Transport,
    /// The host is neither a name nor an address.
    #[error("neither a host name nor an address")]
    Host,
    /// What follows the host is no port.
    #[error("the port is no number from 0 to 65535")]
    Port,
}

impl FromStr for NextHop {
    type Err = NextHopError;

    fn from_str(text: &str) -> Result<Self, NextHopError> {
        let (transport, rest) = text.split_once(':').ok_or(NextHopError::Transport)?;
        let transport = transport.parse().map_err(|_| NextHopError::Transport)?;
        let (host, port) = if let Some(bracketed) = rest.strip_prefix('[') {
            let (host, port) = bracketed.split_once(']').ok_or(NextHopError::Host)?;
            host.parse::<core::net::Ipv6Addr>()
                .map_err(|_| NextHopError::Host)?;
            (host, port)
        } else {
            let (host, port) = rest.split_at(rest.find(':').unwrap_or(rest.len()));
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            if host.is_empty() || host.len() > 253 || !host.bytes().all(legal) {
                return Err(NextHopError::Host);
            }
            (host, port)
        };
        let port = match port.strip_prefix(':') {
            Some(port) if port.starts_with('+') => return Err(NextHopError::Port),
            Some(port) => Some(port.parse().map_err(|_| NextHopError::Port)?),
            None if port.is_empty() => None,
            None => return Err(NextHopError::Port),
        };
        Ok(Self {
            transport,
            host: host.into(),
            port,
        })
    }
}

impl fmt::Display for NextHop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.transport.as_str().chars() {
            write!(f, "{}", letter.to_ascii_lowercase())?;
        }
        if self.host.contains(':') {
            write!(f, ":[{}]", self.host)?;
        } else {
            write!(f, ":{}", self.host)?;
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn what_is_written_reads_the_same() {
        for text in [
            "udp:192.0.2.7:5068",
            "tcp:link01.sip.example",
            "tls:[2001:db8::1]:5061",
            "wss:edge_1.example:443",
        ] {
            assert_eq!(text.parse::<NextHop>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_next_hop_says_why() {
        for (text, error) in [
            ("192.0.2.7:5068", NextHopError::Transport),
            ("sctp:192.0.2.7", NextHopError::Transport),
            ("", NextHopError::Transport),
            ("udp:", NextHopError::Host),
            ("udp:a b", NextHopError::Host),
            ("udp:a\r\nb", NextHopError::Host),
            ("udp:[192.0.2.1]", NextHopError::Host),
            ("udp:[::1", NextHopError::Host),
            ("udp:a:70000", NextHopError::Port),
            ("udp:a:+5060", NextHopError::Port),
            ("udp:2001:db8::1", NextHopError::Port),
            ("udp:[::1]5060", NextHopError::Port),
        ] {
            assert_eq!(text.parse::<NextHop>(), Err(error), "{text}");
        }
    }
}
