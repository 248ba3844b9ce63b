//! What an operator can set. The default needs no file and no root.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::ops::RangeInclusive;
use core::str::FromStr;
use core::time::Duration;
use std::fmt;

use trunkline_sans_io::Transport;

/// The side of the controller that a leg belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    /// The telephone exchange.
    Pbx,
    /// The provider.
    Trunk,
}

impl Side {
    /// The side across.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Pbx => Self::Trunk,
            Self::Trunk => Self::Pbx,
        }
    }

    /// For tables with one entry for each side.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pbx => "pbx",
            Self::Trunk => "trunk",
        })
    }
}

/// Where a side sends its new calls: the one static route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    /// UDP or TCP.
    pub transport: Transport,
    /// The address of the next hop.
    pub address: SocketAddr,
}

impl FromStr for Peer {
    type Err = String;

    /// `udp:192.0.2.1:5060` or `tcp:192.0.2.1:5060`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (transport, address) = text
            .split_once(':')
            .ok_or("a peer is written udp:ADDRESS:PORT or tcp:ADDRESS:PORT")?;
        let transport = match transport {
            "udp" => Transport::Udp,
            "tcp" => Transport::Tcp,
            other => return Err(format!("{other} is neither udp nor tcp")),
        };
        let address: SocketAddr = address
            .parse()
            .map_err(|_| format!("{address} is no ADDRESS:PORT"))?;
        Ok(Self { transport, address })
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}",
            self.transport.as_str().to_ascii_lowercase(),
            self.address
        )
    }
}

/// One side of the controller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SideConfig {
    /// Where it listens, over UDP and TCP. A numeric address: it stands in `Via`, `Contact` and SDP.
    pub listen: SocketAddr,
    /// Where calls towards this side go.
    pub peer: Peer,
}

/// The whole configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// The side of the telephone exchange.
    pub pbx: SideConfig,
    /// The side of the provider.
    pub trunk: SideConfig,
    /// UDP ports for RTP (even) and RTCP (odd).
    pub media_ports: RangeInclusive<u16>,
    /// How long a party that is not on hold may be silent before the call is ended.
    pub media_timeout: Duration,
    /// How many calls there may be at once.
    pub max_calls: usize,
    /// How many relay workers there are.
    pub workers: usize,
}

impl Default for Config {
    fn default() -> Self {
        let local = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        let side = |listen, peer| SideConfig {
            listen: local(listen),
            peer: Peer {
                transport: Transport::Udp,
                address: local(peer),
            },
        };
        Self {
            pbx: side(5060, 5062),
            trunk: side(5080, 5090),
            media_ports: 49_152..=57_500,
            media_timeout: Duration::from_secs(60),
            max_calls: 2_000,
            workers: 1,
        }
    }
}

impl Config {
    /// The configuration of one side.
    #[must_use]
    pub const fn side(&self, side: Side) -> &SideConfig {
        match side {
            Side::Pbx => &self.pbx,
            Side::Trunk => &self.trunk,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_names_its_transport() {
        let peer: Peer = "tcp:192.0.2.7:5068".parse().unwrap();
        assert_eq!(peer.transport, Transport::Tcp);
        assert_eq!(peer.to_string(), "tcp:192.0.2.7:5068");
        for wrong in [
            "192.0.2.7:5068",
            "tls:192.0.2.7:5061",
            "udp:pbx:5060",
            "udp:192.0.2.7",
        ] {
            assert!(wrong.parse::<Peer>().is_err(), "{wrong}");
        }
    }
}
