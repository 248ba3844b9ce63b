//! Where bytes come from and where they go.

use core::fmt;
use core::net::SocketAddr;

/// What carries the bytes between two addresses, by the names of the SIP `Via` transports
/// (RFC 3261 section 20.42, RFC 7118 section 5.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket over TCP.
    Ws,
    /// WebSocket over TLS.
    Wss,
}

impl Transport {
    /// Whether delivery is the transport's own business, so that nothing is retransmitted above it.
    #[must_use]
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp)
    }

    /// Whether the bytes are protected on this hop.
    #[must_use]
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Tls | Self::Wss)
    }

    /// The name as a `Via` header spells it: `UDP`, `TCP`, `TLS`, `WS`, `WSS`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Ws => "WS",
            Self::Wss => "WSS",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no [`Transport`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("neither udp, tcp, tls, ws nor wss")]
pub struct UnknownTransport;

impl core::str::FromStr for Transport {
    type Err = UnknownTransport;

    /// In letters of either case (RFC 3261 section 7.3.1).
    fn from_str(text: &str) -> Result<Self, UnknownTransport> {
        [Self::Udp, Self::Tcp, Self::Tls, Self::Ws, Self::Wss]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(text))
            .ok_or(UnknownTransport)
    }
}

/// The two ends of a path and what runs between them.
///
/// `local` is an address of this host: for input the one that received, for output the one to
/// send from. On a host with several addresses this is what makes an answer leave from the
/// address that was asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiveTuple {
    /// The address on this host.
    pub local: SocketAddr,
    /// The address of the peer.
    pub remote: SocketAddr,
    /// What carries the bytes.
    pub transport: Transport,
}

impl FiveTuple {
    /// The path between `local` and `remote` over `transport`.
    #[must_use]
    pub const fn new(transport: Transport, local: SocketAddr, remote: SocketAddr) -> Self {
        Self {
            local,
            remote,
            transport,
        }
    }

    /// A path over UDP.
    #[must_use]
    pub const fn udp(local: SocketAddr, remote: SocketAddr) -> Self {
        Self::new(Transport::Udp, local, remote)
    }

    /// A path over TCP.
    #[must_use]
    pub const fn tcp(local: SocketAddr, remote: SocketAddr) -> Self {
        Self::new(Transport::Tcp, local, remote)
    }

    /// The same path as the peer sees it.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self {
            local: self.remote,
            remote: self.local,
            transport: self.transport,
        }
    }
}

impl fmt::Debug for FiveTuple {
    /// `UDP 192.0.2.1:5060 <> 192.0.2.9:5060`, the local end first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} <> {}", self.transport, self.local, self.remote)
    }
}

/// Names one connection of a driver, for as long as it lives.
///
/// The driver hands the numbers out and never uses one twice, so that a late answer cannot reach
/// a connection that took the place of an older one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConnectionId(pub u64);

/// One message that a machine has written into the caller's buffer and wants sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Transmit {
    /// From where to where. Over a stream without a `connection` the port of `local` has no
    /// meaning: the driver uses a connection to `remote` that it has, or opens one.
    pub path: FiveTuple,
    /// The connection to use if it still lives. Otherwise the driver falls back to `path`.
    pub connection: Option<ConnectionId>,
    /// How many bytes of the buffer belong to the message.
    pub len: usize,
}

/// What became of input that was offered to a machine.
///
/// `R` is the machine's own list of reasons, small and `Copy`; drivers count them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Handled<R> {
    /// It belonged to this machine and was used.
    Consumed,
    /// It belongs to another machine: offer it there.
    NotMine,
    /// It belonged here and was thrown away.
    Dropped(R),
}

/// The caller's buffer cannot hold the next message. Nothing has changed; call again with more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the buffer is too small: {needed} bytes are needed")]
pub struct BufferTooSmall {
    /// How many bytes would do.
    pub needed: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;

    #[test]
    fn prints_and_reverses() {
        let path = FiveTuple::udp(
            SocketAddr::from(([192, 0, 2, 1], 5060)),
            SocketAddr::from(([192, 0, 2, 9], 5062)),
        );
        assert_eq!(
            std::format!("{path:?}"),
            "UDP 192.0.2.1:5060 <> 192.0.2.9:5062"
        );
        assert_eq!(path.reversed().local, path.remote);
        assert_eq!(path.reversed().reversed(), path);
    }

    #[test]
    fn only_udp_is_unreliable() {
        assert!(!Transport::Udp.is_reliable());
        for transport in [
            Transport::Tcp,
            Transport::Tls,
            Transport::Ws,
            Transport::Wss,
        ] {
            assert!(transport.is_reliable(), "{transport}");
        }
        assert!(Transport::Wss.is_secure() && !Transport::Ws.is_secure());
    }
}
