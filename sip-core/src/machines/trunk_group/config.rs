//! What a trunk group is told when it is made.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use thiserror::Error;
use trunkline_sans_io::Transport;

use super::MAX_TRUNKS;
use super::peer::parse_host;

/// A root trunk as Skype for Business names it. The five together are its identity.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Trunk {
    /// The host at the far end: a name, or an address (IPv6 with or without brackets). Names are not to be
    /// replaced by what they resolve to: providers move.
    pub host: Box<str>,
    /// The port there.
    pub port: u16,
    /// What leads there.
    pub transport: Transport,
    /// The address of ours that the trunk is used from.
    pub local: SocketAddr,
}

/// A further name of a host.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TrunkAlias {
    /// The name of the host among the trunks.
    pub host: Box<str>,
    /// Its other name.
    pub alias: Box<str>,
}

/// The trunks of a [`TrunkGroup`](super::TrunkGroup) and how their health is watched. Where there is a
/// [`PeeringConfig`](crate::PeeringConfig), its [`trunk_group`](crate::PeeringConfig::trunk_group) makes one.
///
/// Lengths below 100 ms count as 100 ms, and thresholds of 0 as 1.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct TrunkGroupConfig {
    /// The trunks, 16 at most.
    pub trunks: Vec<Trunk>,
    /// Further names of their hosts. None by default.
    pub aliases: Vec<TrunkAlias>,
    /// How often a trunk that is up gets an OPTIONS; with `None` none is ever sent, and a trunk that failed
    /// is tried again by a call every [`suspect_interval`](Self::suspect_interval). Default 300 s.
    ///
    /// Set `None` for hosts that answer no OPTIONS but take calls: by their silence they are down after
    /// [`down_after`](Self::down_after) questions, and calls only go there when nothing better is left.
    pub options_interval: Option<Duration>,
    /// How often any other trunk gets one. Default 10 s.
    pub suspect_interval: Duration,
    /// How long the answer to an OPTIONS may take. Default 5 s.
    pub probe_timeout: Duration,
    /// So many failures in a row make a trunk down. Default 2.
    pub down_after: u32,
    /// So many answers in a row bring one that is down up again. Default 2.
    pub up_after: u32,
    /// The most of a Retry-After that is honoured. Default 60 s.
    pub max_retry_after: Duration,
    /// After how long without an OPTIONS from a host that is told; `None` for a host that sends none.
    /// Default 600 s, twice what the provider takes.
    pub watchdog: Option<Duration>,
    /// Whether names are resolved to IPv6 addresses, too. Default `false`.
    pub ipv6: bool,
}

impl TrunkGroupConfig {
    /// These trunks, and defaults for everything else.
    #[must_use]
    pub const fn new(trunks: Vec<Trunk>) -> Self {
        Self {
            trunks,
            aliases: Vec::new(),
            options_interval: Some(Duration::from_secs(300)),
            suspect_interval: Duration::from_secs(10),
            probe_timeout: Duration::from_secs(5),
            down_after: 2,
            up_after: 2,
            max_retry_after: Duration::from_secs(60),
            watchdog: Some(Duration::from_secs(600)),
            ipv6: false,
        }
    }

    /// Every host (name, port, transport) from every local address.
    #[must_use]
    pub fn every_pair(locals: &[SocketAddr], hosts: &[(&str, u16, Transport)]) -> Self {
        let trunk = |&local, &(host, port, transport): &(&str, _, _)| Trunk {
            host: host.into(),
            port,
            transport,
            local,
        };
        let trunks = locals
            .iter()
            .flat_map(|local| hosts.iter().map(move |host| trunk(local, host)));
        Self::new(trunks.collect())
    }

    /// Checks what [`TrunkGroup::new`](super::TrunkGroup::new) asks for.
    ///
    /// # Errors
    ///
    /// Any [`TrunkGroupError`].
    pub fn check(&self) -> Result<(), TrunkGroupError> {
        let trunks = &self.trunks;
        if trunks.is_empty() {
            return Err(TrunkGroupError::NoTrunk);
        }
        if trunks.len() > MAX_TRUNKS {
            return Err(TrunkGroupError::TooManyTrunks);
        }
        let mut locals: Vec<IpAddr> = Vec::new();
        for (index, trunk) in trunks.iter().enumerate() {
            if parse_host(&trunk.host).is_none() {
                return Err(TrunkGroupError::Host { index });
            }
            if trunk.port == 0 {
                return Err(TrunkGroupError::Port { index });
            }
            let earlier = trunks.iter().take(index);
            if earlier
                .clone()
                .any(|other| is_same_host(trunk, other) && trunk.local == other.local)
            {
                return Err(TrunkGroupError::Duplicate { index });
            }
            let local = trunk.local.ip().to_canonical();
            if !locals.contains(&local) {
                locals.push(local);
            }
        }
        if locals.len() > 2 {
            return Err(TrunkGroupError::TooManyLocals);
        }
        for (index, host) in trunks.iter().enumerate() {
            let reached = |local: &IpAddr| {
                trunks.iter().any(|trunk| {
                    is_same_host(trunk, host) && trunk.local.ip().to_canonical() == *local
                })
            };
            if !locals.iter().all(reached) {
                return Err(TrunkGroupError::IncompleteMatrix { index });
            }
        }
        for (index, alias) in self.aliases.iter().enumerate() {
            let known = trunks.iter().any(|trunk| is_same(&trunk.host, &alias.host));
            if !known || parse_host(&alias.alias).is_none() {
                return Err(TrunkGroupError::Alias { index });
            }
        }
        Ok(())
    }
}

/// Whether two trunks lead to the same host, port and transport.
pub(super) fn is_same_host(one: &Trunk, other: &Trunk) -> bool {
    one.port == other.port && one.transport == other.transport && is_same(&one.host, &other.host)
}

/// Whether two texts name the same host.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    match (parse_host(one), parse_host(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// Why a [`TrunkGroupConfig`] makes no trunk group. All of these are the caller's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum TrunkGroupError {
    /// There is no local address or no host.
    #[error("a trunk needs a local address and a host")]
    NoTrunk,
    /// More than 16.
    #[error("more than 16 trunks")]
    TooManyTrunks,
    /// The trunks are used from more than two local addresses.
    #[error("a trunk has at most two local addresses")]
    TooManyLocals,
    /// Some host is not reached from every local address.
    #[error("the host of trunk {index} is not reached from every local address")]
    IncompleteMatrix {
        /// A trunk to that host.
        index: usize,
    },
    /// A trunk stands there twice.
    #[error("trunk {index} stands there twice")]
    Duplicate {
        /// The second one.
        index: usize,
    },
    /// The host is neither a name nor an address.
    #[error("the host of trunk {index} is neither a name nor an address")]
    Host {
        /// Which trunk.
        index: usize,
    },
    /// The port is 0.
    #[error("the port of trunk {index} is 0")]
    Port {
        /// Which trunk.
        index: usize,
    },
    /// An alias of a host that no trunk leads to, or one that is no name.
    #[error("alias {index} is of an unknown host, or no name")]
    Alias {
        /// Which one.
        index: usize,
    },
}
