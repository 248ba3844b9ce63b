//! What an operator can set, as TOML.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};
use trunkline_sans_io::{DscpRule, EXPEDITED_FORWARDING, Network, Transport};
use trunkline_sip_core::{NextHop, PortRange, Trunk};

/// The side of the controller that a leg belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The telephone exchange.
    Pbx,
    /// The provider.
    Trunk,
}

impl Side {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Pbx, Self::Trunk];

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

/// What the provider sends media to, and what it wants marked.
const MEDIA_PORTS: PortRange = ports(49_152, 57_500);
const SIGNALLING_PORTS: PortRange = ports(5_060, 5_068);

const fn ports(first: u16, last: u16) -> PortRange {
    match PortRange::new(first..=last) {
        Ok(ports) => ports,
        Err(_) => PortRange::MEDIATION_TCP,
    }
}

/// One side of the controller.
#[serde_as]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SideConfig {
    /// One or two local addresses, `tcp:192.0.2.1:5068`. They are numeric: they stand in `Via`, `Contact` and SDP.
    #[serde_as(as = "Vec<DisplayFromStr>")]
    pub listen: Vec<NextHop>,
    /// The ports of listeners that name none: `5068-5068` for TCP and `5060-5060` for UDP.
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub ports: Option<PortRange>,
    /// One or two next hops, `tcp:link01.example.com`, by name where there is one; port 5060 unless told.
    #[serde_as(as = "Vec<DisplayFromStr>")]
    pub hosts: Vec<NextHop>,
    /// Who may send requests. By default the hosts, if they are addresses.
    #[serde_as(as = "Vec<DisplayFromStr>")]
    pub networks: Vec<Network>,
    /// How peers know the local address, where it is a private one.
    pub public_address: Option<IpAddr>,
    /// The most calls at once.
    pub channels: Option<u32>,
    /// The most kbit/s for media.
    pub bandwidth: Option<u32>,
    /// Whether callers on this side hear what comes before the answer.
    pub early_media: Option<bool>,
    /// Seconds between OPTIONS; 0 for none.
    pub options_interval: u64,
    /// The same while a host is suspect.
    pub suspect_interval: u64,
    /// How many failures make a host down.
    pub down_after: u32,
    /// How many answers bring it back.
    pub up_after: u32,
    /// Seconds without OPTIONS from a host until that is told; 0 for never.
    pub watchdog: u64,
}

impl Default for SideConfig {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            ports: None,
            hosts: Vec::new(),
            networks: Vec::new(),
            public_address: None,
            channels: None,
            bandwidth: None,
            early_media: None,
            options_interval: 300,
            suspect_interval: 10,
            down_after: 2,
            up_after: 2,
            watchdog: 600,
        }
    }
}

impl SideConfig {
    /// Transport and address of every listener that has a numeric address.
    pub fn listeners(&self) -> impl Iterator<Item = (Transport, SocketAddr)> {
        let numeric =
            |hop: &NextHop| Some((hop.transport, hop.host.parse::<IpAddr>().ok()?, hop.port));
        self.listen
            .iter()
            .filter_map(numeric)
            .flat_map(|(transport, ip, port)| {
                let ports = match (port, self.ports) {
                    (Some(port), _) => port..=port,
                    (None, Some(ports)) => ports.into_iter(),
                    (None, None) if transport == Transport::Udp => 5060..=5060,
                    (None, None) => PortRange::MEDIATION_TCP.into_iter(),
                };
                ports.map(move |port| (transport, SocketAddr::new(ip, port)))
            })
    }

    /// Every host from every local address.
    #[must_use]
    pub fn trunks(&self) -> Vec<Trunk> {
        let mut trunks = Vec::new();
        for host in &self.hosts {
            let mut used: Vec<IpAddr> = Vec::new();
            for (_, local) in self
                .listeners()
                .filter(|(transport, _)| *transport == host.transport)
            {
                if !used.contains(&local.ip()) {
                    used.push(local.ip());
                    trunks.push(Trunk {
                        host: host.host.as_str().into(),
                        port: host.port.unwrap_or(5060),
                        transport: host.transport,
                        local,
                    });
                }
            }
        }
        trunks
    }

    /// Who may send requests.
    #[must_use]
    pub fn sources(&self) -> Vec<Network> {
        if !self.networks.is_empty() {
            return self.networks.clone();
        }
        let address = |hop: &NextHop| hop.host.parse().ok().map(Network::host);
        self.hosts.iter().filter_map(address).collect()
    }
}

/// Numbers: how what is dialled becomes E.164 towards the trunk.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumbersConfig {
    /// The area code, without its leading 0. With it the German plan is in force: without, only numbers that
    /// are E.164 already are dialled.
    pub area_code: Option<String>,
    /// What an extension is appended to, in E.164.
    pub main_number: Option<String>,
    /// How many digits an extension has.
    pub extension_digits: usize,
    /// Numbers that no limit stops and no rule changes.
    pub emergency: Vec<String>,
    /// Rules of one's own, which come first.
    pub rule: Vec<RuleConfig>,
}

impl Default for NumbersConfig {
    fn default() -> Self {
        Self {
            area_code: None,
            main_number: None,
            extension_digits: 3,
            emergency: vec!["110".to_owned(), "112".to_owned()],
            rule: Vec::new(),
        }
    }
}

/// A normalisation rule in the style of Skype for Business.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleConfig {
    /// What it applies to.
    pub pattern: String,
    /// What becomes of it.
    pub translation: String,
}

/// Where numbers of a side go instead of to the side across.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// The side of the caller.
    pub from: Side,
    /// The numbers, as a pattern.
    pub number: String,
    /// The side of the callee; it may be the same.
    pub to: Side,
    /// What number is called there.
    pub translation: Option<String>,
}

/// The number that the callee sees (P-Asserted-Identity stays as the network set it).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallerIdConfig {
    /// Whether the caller's own number is withheld from the trunk.
    pub suppress: bool,
    /// What stands in its place.
    pub alternate: Option<String>,
}

/// Audio.
#[serde_as]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaConfig {
    /// UDP ports for RTP (even) and RTCP (odd).
    #[serde_as(as = "DisplayFromStr")]
    pub ports: PortRange,
    /// Seconds of silence of a party that is not on hold until the call is ended.
    pub timeout: u64,
    /// Relay workers.
    pub workers: usize,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            ports: MEDIA_PORTS,
            timeout: 60,
            workers: 1,
        }
    }
}

/// How packets are marked: a row of the table.
#[serde_as]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DscpConfig {
    /// `udp` or `tcp`.
    #[serde_as(as = "DisplayFromStr")]
    pub protocol: Transport,
    /// Which ports.
    #[serde_as(as = "DisplayFromStr")]
    pub ports: PortRange,
    /// The codepoint, 0 to 63.
    pub value: u8,
}

/// What there can be at most.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Calls at once, over all sides.
    pub calls: usize,
    /// Seconds that running calls have to end once the controller was told to.
    pub grace: u64,
    /// Seconds of silence before the next host is tried.
    pub attempt: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            calls: 2_000,
            grace: 5,
            attempt: 4,
        }
    }
}

/// Who resolves names.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResolverConfig {
    /// DNS servers; those of the system by default.
    pub servers: Vec<SocketAddr>,
}

/// A file that is written.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutputConfig {
    /// One JSON object for each call.
    pub records: Option<PathBuf>,
    /// The ladders of the latest calls, written at the end.
    pub ladders: Option<PathBuf>,
}

/// The whole configuration.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The side of the telephone exchange.
    pub pbx: SideConfig,
    /// The side of the provider.
    pub trunk: SideConfig,
    /// Numbers.
    pub numbers: NumbersConfig,
    /// The caller's number.
    pub caller_id: CallerIdConfig,
    /// Numbers that go elsewhere.
    pub route: Vec<RouteConfig>,
    /// Audio.
    pub media: MediaConfig,
    /// How packets are marked.
    pub dscp: Vec<DscpConfig>,
    /// Limits.
    pub limits: LimitsConfig,
    /// Names.
    pub resolver: ResolverConfig,
    /// Files.
    pub output: OutputConfig,
}

impl Default for Config {
    fn default() -> Self {
        let row = |protocol, ports| DscpConfig {
            protocol,
            ports,
            value: EXPEDITED_FORWARDING,
        };
        Self {
            pbx: SideConfig::default(),
            trunk: SideConfig::default(),
            numbers: NumbersConfig::default(),
            caller_id: CallerIdConfig::default(),
            route: Vec::new(),
            media: MediaConfig::default(),
            dscp: vec![
                row(Transport::Udp, MEDIA_PORTS),
                row(Transport::Tcp, SIGNALLING_PORTS),
            ],
            limits: LimitsConfig::default(),
            resolver: ResolverConfig::default(),
            output: OutputConfig::default(),
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

    /// The same, to be changed.
    pub const fn side_mut(&mut self, side: Side) -> &mut SideConfig {
        match side {
            Side::Pbx => &mut self.pbx,
            Side::Trunk => &mut self.trunk,
        }
    }

    /// The table of codepoints.
    #[must_use]
    pub fn dscp(&self) -> Vec<DscpRule> {
        let rule = |row: &DscpConfig| DscpRule::new(row.protocol, row.ports.into_iter(), row.value);
        self.dscp.iter().map(rule).collect()
    }
}
