//! What a relay is made of.

use alloc::vec::Vec;
use core::net::IpAddr;
use core::time::Duration;

use trunkline_sans_io::Network;

use crate::machines::PortRange;

/// Names an interface of a relay: its place in [`RelayConfig::interfaces`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InterfaceId(pub usize);

/// A local address that legs can live on, for instance the side of the PBX or of the trunk.
#[derive(Clone, Debug)]
pub struct Interface {
    /// The address to bind.
    pub address: IpAddr,
    /// The ports to use there.
    pub ports: PortRange,
    /// How long ports rest between two sessions.
    pub quarantine: Duration,
    /// The networks that media may come from; empty for all but the denied ones.
    pub allow: Vec<Network>,
    /// The networks that media may not come from, unless they are allowed.
    pub deny: Vec<Network>,
}

impl Interface {
    /// An interface whose ports rest for 10 seconds, with media from everywhere.
    #[must_use]
    pub const fn new(address: IpAddr, ports: PortRange) -> Self {
        Self {
            address,
            ports,
            quarantine: Duration::from_secs(10),
            allow: Vec::new(),
            deny: Vec::new(),
        }
    }
}

/// What a relay is made of.
#[derive(Clone, Debug)]
pub struct RelayConfig {
    /// The local addresses, numbered from 0 on.
    pub interfaces: Vec<Interface>,
    /// How many sessions there may be at a time; never more than 2^30.
    pub max_sessions: usize,
    /// What the choice of ports is derived from. It should be random, or ports can be foretold.
    pub seed: [u8; 32],
}

impl RelayConfig {
    /// A relay on these interfaces.
    #[must_use]
    pub const fn new(interfaces: Vec<Interface>, max_sessions: usize, seed: [u8; 32]) -> Self {
        Self {
            interfaces,
            max_sessions,
            seed,
        }
    }
}
