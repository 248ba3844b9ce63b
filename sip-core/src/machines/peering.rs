//! How a system attaches to the one at the other end of its trunks: what is configured, and what follows from it.

mod finding;
#[cfg(feature = "serde")]
mod seconds;
#[cfg(test)]
mod tests;

use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::str::FromStr;
use core::time::Duration;

use trunkline_sans_io::{Network, Transport};

use crate::{AllowedSources, NextHop, PortRange, PublicAddress, Trunk, TrunkGroupConfig};

pub use finding::{PeerRole, PeeringFinding};

/// One side of a session border controller, a gateway or an exchange: where it listens, which hosts it sends
/// to, who may send to it, how their health is watched, and how much they may use.
///
/// This is plain data, ready for a configuration file (feature `serde`; there, unknown keys are errors, lengths are
/// whole seconds, and 0 stands for `None`). What it means for the layers of this crate is told by
/// [`listeners`](Self::listeners), [`sources`](Self::sources), [`sent_by`](Self::sent_by) and
/// [`trunk_group`](Self::trunk_group); what is wrong with it by [`findings`](Self::findings).
///
/// ```
/// use trunkline_sip_core::{PeerRole, PeeringConfig};
///
/// let mut provider = PeeringConfig::new(
///     vec!["tcp:203.0.113.10:5068".parse()?],
///     vec!["tcp:link01.example.com".parse()?, "tcp:link02.example.com".parse()?],
/// );
/// assert_eq!(provider.trunk_group().trunks.len(), 2);
///
/// let findings = provider.findings(PeerRole::Provider, |_| None);
/// assert_eq!(findings[0].field(), "networks");
/// assert!(findings[0].is_fatal());
/// provider.networks.push("198.51.100.0/24".parse()?);
/// assert!(provider.findings(PeerRole::Provider, |_| None).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[non_exhaustive]
pub struct PeeringConfig {
    /// How the system makes itself known. Default: by its address.
    pub mode: PeeringMode,
    /// One or two local addresses, numeric, over one or more transports each. Port 0 is one that the system
    /// chooses: see [`set_bound`](Self::set_bound).
    pub listen: Vec<NextHop>,
    /// The ports of local addresses that name none. Default: [`PortRange::MEDIATION_TCP`], for UDP 5060.
    pub ports: Option<PortRange>,
    /// One or two hosts at the other end, by name where they have one; port 5060 where they name none.
    pub hosts: Vec<NextHop>,
    /// Who may send requests. By default the hosts, if they are addresses.
    pub networks: Vec<Network>,
    /// How the other end knows the local addresses, where they are private ones.
    pub public_address: Option<IpAddr>,
    /// How often a trunk that is up gets an OPTIONS; `None` for never, as hosts need it that answer none.
    /// Default 300 s.
    #[cfg_attr(feature = "serde", serde(with = "seconds::or_none"))]
    pub options_interval: Option<Duration>,
    /// How often any other trunk gets one. Default 10 s.
    #[cfg_attr(feature = "serde", serde(with = "seconds"))]
    pub suspect_interval: Duration,
    /// So many failures in a row make a trunk down. Default 2.
    pub down_after: u32,
    /// So many answers in a row bring it up again. Default 2.
    pub up_after: u32,
    /// After how long without an OPTIONS from a host that is told; `None` for never, as hosts need it that send
    /// none. Default 600 s.
    #[cfg_attr(feature = "serde", serde(with = "seconds::or_none"))]
    pub watchdog: Option<Duration>,
    /// The most calls at once. Admission is up to the owner. Default: any number.
    pub channels: Option<u32>,
    /// The most kbit/s for media. Admission is up to the owner. Default: any number.
    pub bandwidth: Option<u32>,
    /// Whether callers on this side hear what comes before the answer. Left to the owner by default.
    pub early_media: Option<bool>,
}

/// How a system makes itself known to the one at the other end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum PeeringMode {
    /// By its fixed address; nothing is registered. Text form: `static-ip`.
    #[default]
    StaticIp,
}

/// The text is no [`PeeringMode`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the only mode is static-ip; trunks that register are not supported")]
pub struct UnknownPeeringMode;

impl FromStr for PeeringMode {
    type Err = UnknownPeeringMode;

    fn from_str(text: &str) -> Result<Self, UnknownPeeringMode> {
        match text {
            "static-ip" => Ok(Self::StaticIp),
            _ => Err(UnknownPeeringMode),
        }
    }
}

impl fmt::Display for PeeringMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StaticIp => f.write_str("static-ip"),
        }
    }
}

/// Neither local addresses nor hosts.
impl Default for PeeringConfig {
    fn default() -> Self {
        Self::new(Vec::new(), Vec::new())
    }
}

impl PeeringConfig {
    /// These local addresses and hosts, and defaults for everything else.
    #[must_use]
    pub const fn new(listen: Vec<NextHop>, hosts: Vec<NextHop>) -> Self {
        Self {
            mode: PeeringMode::StaticIp,
            listen,
            ports: None,
            hosts,
            networks: Vec::new(),
            public_address: None,
            options_interval: Some(Duration::from_secs(300)),
            suspect_interval: Duration::from_secs(10),
            down_after: 2,
            up_after: 2,
            watchdog: Some(Duration::from_secs(600)),
            channels: None,
            bandwidth: None,
            early_media: None,
        }
    }

    /// Transport and address of every listener. What is no numeric address is left out.
    pub fn listeners(&self) -> impl Iterator<Item = (Transport, SocketAddr)> {
        self.listen
            .iter()
            .filter_map(|hop| Some((hop, hop.host.parse::<IpAddr>().ok()?)))
            .flat_map(|(hop, ip)| {
                let ports = match (hop.port, self.ports, hop.transport) {
                    (Some(port), _, _) => port..=port,
                    (None, Some(ports), _) => ports.into_iter(),
                    (None, None, Transport::Udp) => 5060..=5060,
                    (None, None, _) => PortRange::MEDIATION_TCP.into_iter(),
                };
                ports.map(move |port| (hop.transport, SocketAddr::new(ip, port)))
            })
    }

    /// The local addresses, without ports, each of them once.
    fn locals(&self) -> Vec<IpAddr> {
        let mut locals: Vec<IpAddr> = self.listeners().map(|(_, local)| local.ip()).collect();
        locals.sort_unstable();
        locals.dedup();
        locals
    }

    /// Puts the addresses that were bound in the place of [`listen`](Self::listen), in that order: thereby
    /// ports that were left to the system are known.
    pub fn set_bound(&mut self, bound: impl IntoIterator<Item = (Transport, SocketAddr)>) {
        let hop = |(transport, local): (Transport, SocketAddr)| NextHop {
            transport,
            host: local.ip().to_string(),
            port: Some(local.port()),
        };
        self.listen = bound.into_iter().map(hop).collect();
    }

    /// Every host from every local address: from the first listener there that has the transport.
    #[must_use]
    pub fn trunks(&self) -> Vec<Trunk> {
        let mut trunks = Vec::new();
        for host in &self.hosts {
            let mut used: Vec<IpAddr> = Vec::new();
            for (transport, local) in self.listeners() {
                if transport == host.transport && !used.contains(&local.ip()) {
                    used.push(local.ip());
                    trunks.push(Trunk {
                        host: host.host.as_str().into(),
                        port: host.port.unwrap_or(5060),
                        transport,
                        local,
                    });
                }
            }
        }
        trunks
    }

    /// What a [`TrunkGroup`](crate::TrunkGroup) is made of: the [`trunks`](Self::trunks) and how their health
    /// is watched.
    #[must_use]
    pub fn trunk_group(&self) -> TrunkGroupConfig {
        let mut group = TrunkGroupConfig::new(self.trunks());
        group.options_interval = self.options_interval;
        group.suspect_interval = self.suspect_interval;
        group.down_after = self.down_after;
        group.up_after = self.up_after;
        group.watchdog = self.watchdog;
        group
    }

    /// Who may send requests to each listener, for [`LayerConfig::sources`](crate::LayerConfig::sources).
    #[must_use]
    pub fn sources(&self) -> Vec<AllowedSources> {
        let address = |hop: &NextHop| hop.host.parse().ok().map(Network::host);
        let networks: Vec<Network> = if self.networks.is_empty() {
            self.hosts.iter().filter_map(address).collect()
        } else {
            self.networks.clone()
        };
        self.listeners()
            .map(|(_, local)| AllowedSources::new(local, networks.iter().copied()))
            .collect()
    }

    /// What stands in Via where there is a public address, for
    /// [`LayerConfig::sent_by`](crate::LayerConfig::sent_by).
    #[must_use]
    pub fn sent_by(&self) -> Vec<PublicAddress> {
        let Some(public) = self.public_address else {
            return Vec::new();
        };
        self.listeners()
            .map(|(_, local)| PublicAddress {
                local,
                sent_by: SocketAddr::new(public, local.port()).to_string().into(),
            })
            .collect()
    }
}
