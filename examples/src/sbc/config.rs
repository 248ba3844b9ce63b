//! What an operator can set, as TOML.

use core::fmt;
use core::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use trunkline_e164::{CallerId, PlanConfig};
use trunkline_sans_io::{DscpRule, EXPEDITED_FORWARDING, Transport};
use trunkline_sip_core::{PeeringConfig, PortRange};

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
    pub const fn other(self) -> Self {
        Self::BOTH[1 - self.index()]
    }

    /// For tables with one entry for each side.
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(["pbx", "trunk"][self.index()])
    }
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

/// Audio.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaConfig {
    /// UDP ports for RTP (even) and RTCP (odd).
    pub ports: PortRange,
    /// Seconds of silence of a party that is not on hold until the call is ended.
    pub timeout: u64,
    /// Relay workers.
    pub workers: usize,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            ports: PortRange::MEDIATION_MEDIA,
            timeout: 60,
            workers: 1,
        }
    }
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

/// How packets are marked. By default as the provider asks for it: media, and signalling.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DscpConfig(pub Vec<DscpRule>);

impl Default for DscpConfig {
    fn default() -> Self {
        let row = |protocol, ports| DscpRule::new(protocol, ports, EXPEDITED_FORWARDING);
        let media = row(Transport::Udp, PortRange::MEDIATION_MEDIA.into_iter());
        Self(vec![media, row(Transport::Tcp, 5_060..=5_068)])
    }
}

/// The whole configuration.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The side of the telephone exchange.
    pub pbx: PeeringConfig,
    /// The side of the provider.
    pub trunk: PeeringConfig,
    /// Numbers.
    pub numbers: PlanConfig,
    /// The number that the callee sees (P-Asserted-Identity stays as the network set it).
    pub caller_id: CallerId,
    /// Numbers that go elsewhere.
    pub route: Vec<RouteConfig>,
    /// Audio.
    pub media: MediaConfig,
    /// How packets are marked.
    pub dscp: DscpConfig,
    /// Limits.
    pub limits: LimitsConfig,
    /// Names.
    pub resolver: ResolverConfig,
    /// Files.
    pub output: OutputConfig,
}

impl Config {
    /// The configuration of one side.
    #[must_use]
    pub const fn side(&self, side: Side) -> &PeeringConfig {
        match side {
            Side::Pbx => &self.pbx,
            Side::Trunk => &self.trunk,
        }
    }
}
