//! A simulated NAT.

mod rewrite;

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use trunkline_sans_io::Instant;

use crate::Random;

/// On what of the other end something depends (RFC 4787 sections 4.1 and 5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Dependence {
    /// On nothing of it.
    EndpointIndependent,
    /// On its address.
    AddressDependent,
    /// On its address and its port.
    AddressAndPortDependent,
}

impl Dependence {
    /// All three.
    pub const ALL: [Self; 3] = [
        Self::EndpointIndependent,
        Self::AddressDependent,
        Self::AddressAndPortDependent,
    ];

    const fn key(self, remote: SocketAddr) -> (Option<IpAddr>, Option<u16>) {
        match self {
            Self::EndpointIndependent => (None, None),
            Self::AddressDependent => (Some(remote.ip()), None),
            Self::AddressAndPortDependent => (Some(remote.ip()), Some(remote.port())),
        }
    }
}

/// What becomes of datagrams from inside to an outside address of the same NAT
/// (RFC 4787 section 6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hairpin {
    /// They are lost.
    Off,
    /// They come back, from the outside address of their sender.
    ExternalSource,
    /// They come back, from the inside address of their sender.
    InternalSource,
}

/// Which outside port a new mapping gets. None is given twice (there is no overloading).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PortAllocation {
    /// The inside port if it is free, else the next one that is.
    Preserve,
    /// The next after the last one, from this port on.
    Sequential(u16),
    /// Any from 1,024 on.
    Random,
}

/// How a [`Network`](crate::Network) translates the datagrams of some hosts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NatConfig {
    /// The outside address, or `None` for a firewall, which translates nothing and filters only.
    pub external: Option<IpAddr>,
    /// On what of the remote the outside port depends.
    pub mapping: Dependence,
    /// From which remotes datagrams come in.
    pub filtering: Dependence,
    /// What becomes of datagrams to the inside by way of the outside.
    pub hairpin: Hairpin,
    /// For how long a mapping without traffic lasts.
    pub timeout: Duration,
    /// Whether what comes in is traffic in this sense. What goes out always is.
    pub refreshed_by_inbound: bool,
    /// The outside ports.
    pub ports: PortAllocation,
    /// Whether addresses in payloads are translated as well, as bytes and as text.
    pub rewrites_payload: bool,
    /// Whether what was not let in occupies the port towards its sender, so that whoever is sent
    /// to later sees another port: the NAT of Linux does this to a mapping that otherwise is
    /// endpoint-independent.
    pub refused_occupy: bool,
}

impl NatConfig {
    /// A NAT as RFC 4787 wants it, with this outside address: the mapping is
    /// endpoint-independent, the filter address-dependent.
    #[must_use]
    pub const fn new(external: IpAddr) -> Self {
        Self {
            external: Some(external),
            mapping: Dependence::EndpointIndependent,
            filtering: Dependence::AddressDependent,
            hairpin: Hairpin::ExternalSource,
            timeout: Duration::from_secs(120),
            refreshed_by_inbound: false,
            ports: PortAllocation::Preserve,
            rewrites_payload: false,
            refused_occupy: false,
        }
    }

    /// A firewall that lets in what answers to something.
    #[must_use]
    pub const fn firewall(filtering: Dependence) -> Self {
        Self {
            external: None,
            filtering,
            hairpin: Hairpin::Off,
            // Whom this is for is told by its own address.
            ..Self::new(IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED))
        }
    }
}

/// Names a NAT of a [`Network`](crate::Network), in the order in which they were added.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NatId(pub usize);

/// What a NAT has done so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct NatStatistics {
    /// Mappings made.
    pub mappings: u64,
    /// Datagrams from outside that no mapping or no filter let in.
    pub filtered: u64,
    /// Datagrams that went in by way of the outside.
    pub hairpinned: u64,
    /// Datagrams from inside for which no outside port was left.
    pub exhausted: u64,
}

#[derive(Debug)]
struct Mapping {
    inside: SocketAddr,
    key: (Option<IpAddr>, Option<u16>),
    /// Whom it has sent to.
    remotes: BTreeSet<SocketAddr>,
    refreshed: Instant,
}

#[derive(Debug)]
pub(crate) struct Nat {
    config: NatConfig,
    inside: BTreeSet<IpAddr>,
    /// By outside address.
    mappings: BTreeMap<SocketAddr, Mapping>,
    next_port: u16,
    /// What was not let in, and when: outside address and sender.
    refused: BTreeMap<(SocketAddr, SocketAddr), Instant>,
    statistics: NatStatistics,
}

/// What a datagram from outside becomes.
pub(crate) enum Inbound {
    /// This NAT has nothing to do with it.
    NotMine,
    /// It does not come in.
    Dropped,
    /// It goes on, perhaps from another source.
    Inside {
        local: SocketAddr,
        remote: SocketAddr,
    },
}

impl Nat {
    pub(crate) fn new(inside: &[IpAddr], config: NatConfig) -> Self {
        let next_port = match config.ports {
            PortAllocation::Sequential(first) => first,
            _ => 1_024,
        };
        Self {
            config,
            inside: inside.iter().copied().collect(),
            mappings: BTreeMap::new(),
            next_port,
            refused: BTreeMap::new(),
            statistics: NatStatistics::default(),
        }
    }

    pub(crate) const fn statistics(&self) -> NatStatistics {
        self.statistics
    }

    pub(crate) fn forget(&mut self) {
        self.mappings.clear();
        self.refused.clear();
    }

    pub(crate) fn mapped(&self, inside: SocketAddr, remote: SocketAddr) -> Option<SocketAddr> {
        let key = self.config.mapping.key(remote);
        let mut mappings = self.mappings.iter();
        let found = mappings.find(|(_, known)| known.inside == inside && known.key == key);
        found.map(|(outside, _)| *outside)
    }

    fn expire(&mut self, now: Instant) {
        let timeout = self.config.timeout;
        self.mappings
            .retain(|_, mapping| now < mapping.refreshed + timeout);
        self.refused.retain(|_, at| now < *at + timeout);
    }

    /// What the source of a datagram from inside becomes; `None` if it is lost.
    pub(crate) fn outbound(
        &mut self,
        now: Instant,
        random: &mut Random,
        local: SocketAddr,
        remote: SocketAddr,
        data: &mut Vec<u8>,
    ) -> Option<SocketAddr> {
        if !self.inside.contains(&local.ip()) || self.inside.contains(&remote.ip()) {
            return Some(local);
        }
        self.expire(now);
        let mut key = match self.config.external {
            Some(_) => self.config.mapping.key(remote),
            None => (None, None),
        };
        let found = |key| {
            let mut mappings = self.mappings.iter();
            let found = mappings.find(|(_, known)| known.inside == local && known.key == key);
            found.map(|(outside, _)| *outside)
        };
        let mut known = found(key);
        if known.is_some_and(|outside| self.refused.contains_key(&(outside, remote))) {
            key = Dependence::AddressAndPortDependent.key(remote);
            known = found(key);
        }
        let outside = match known {
            Some(outside) => outside,
            None => {
                let Some(outside) = self.allocate(random, local) else {
                    self.statistics.exhausted += 1;
                    return None;
                };
                self.statistics.mappings += 1;
                outside
            }
        };
        let mapping = self.mappings.entry(outside).or_insert_with(|| Mapping {
            inside: local,
            key,
            remotes: BTreeSet::new(),
            refreshed: now,
        });
        mapping.refreshed = now;
        mapping.remotes.insert(remote);
        if self.config.rewrites_payload {
            rewrite::rewrite(data, local, outside);
        }
        Some(outside)
    }

    fn allocate(&mut self, random: &mut Random, local: SocketAddr) -> Option<SocketAddr> {
        let Some(external) = self.config.external else {
            return Some(local);
        };
        const LOWEST: u16 = 1_024;
        let ports = u32::from(u16::MAX - LOWEST) + 1;
        let first = match self.config.ports {
            PortAllocation::Preserve => local.port().max(LOWEST),
            PortAllocation::Sequential(_) => self.next_port.max(LOWEST),
            PortAllocation::Random => {
                let port = LOWEST + random.below(u64::from(ports)) as u16;
                // Never by chance what is meant to be another policy.
                if port == local.port() { port ^ 1 } else { port }
            }
        };
        let mut port = first;
        for _ in 0..ports {
            let outside = SocketAddr::new(external, port);
            let next = port.checked_add(1).unwrap_or(LOWEST);
            if !self.mappings.contains_key(&outside) {
                self.next_port = next;
                return Some(outside);
            }
            port = next;
        }
        None
    }

    /// What the destination of a datagram from outside becomes.
    pub(crate) fn inbound(
        &mut self,
        now: Instant,
        local: SocketAddr,
        remote: SocketAddr,
        data: &mut Vec<u8>,
    ) -> Inbound {
        match self.config.external {
            Some(external) if external == local.ip() => {}
            None if self.inside.contains(&local.ip()) && !self.inside.contains(&remote.ip()) => {}
            // Inside addresses mean nothing outside.
            _ if self.inside.contains(&local.ip()) && !self.inside.contains(&remote.ip()) => {
                self.statistics.filtered += 1;
                return Inbound::Dropped;
            }
            _ => return Inbound::NotMine,
        }
        self.expire(now);
        // Of one of its own, by way of the outside.
        let sender = match self.config.external {
            Some(external) if external == remote.ip() => {
                self.mappings.get(&remote).map(|mapping| mapping.inside)
            }
            _ => None,
        };
        let filtering = self.config.filtering;
        let wanted = filtering.key(remote);
        let mapping = self.mappings.get_mut(&local).filter(|mapping| {
            let mut remotes = mapping.remotes.iter();
            remotes.any(|known| filtering.key(*known) == wanted)
        });
        let (Some(mapping), true) = (
            mapping,
            sender.is_none() || self.config.hairpin != Hairpin::Off,
        ) else {
            self.statistics.filtered += 1;
            if self.config.refused_occupy {
                self.refused.insert((local, remote), now);
            }
            return Inbound::Dropped;
        };
        if self.config.refreshed_by_inbound {
            mapping.refreshed = now;
        }
        let inside = mapping.inside;
        if self.config.rewrites_payload {
            rewrite::rewrite(data, local, inside);
        }
        self.statistics.hairpinned += u64::from(sender.is_some());
        Inbound::Inside {
            local: inside,
            remote: match (self.config.hairpin, sender) {
                (Hairpin::InternalSource, Some(sender)) => sender,
                _ => remote,
            },
        }
    }
}

#[cfg(test)]
mod tests;
