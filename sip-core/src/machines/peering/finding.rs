//! What is to be said of a configuration.

use alloc::vec::Vec;
use core::net::IpAddr;

use thiserror::Error;
use trunkline_sans_io::{Network, PRIVATE_NETWORKS};

use super::PeeringConfig;
use crate::{NextHop, TrunkGroupError};

/// Who is at the other end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PeerRole {
    /// An exchange of one's own: it may be on a private network, and be known by address.
    Exchange,
    /// A provider of trunks, who knows its customers by their public addresses and moves its hosts.
    Provider,
}

/// Something that is to be said of a [`PeeringConfig`]. Displays as a sentence for whoever wrote it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum PeeringFinding<'c> {
    /// The local address is a name or a wildcard.
    #[error("{0}: must be a numeric address of this host: it stands in Via, Contact and SDP")]
    NotNumeric(&'c NextHop),
    /// Nothing listens over the transport of this host.
    #[error("{0}: nothing listens over its transport")]
    NoListener(&'c NextHop),
    /// Addresses of names change, so that they do not tell who may send requests.
    #[error("needed, since a host is a name: who may send requests?")]
    NoNetworks,
    /// A provider's host is named by an address.
    #[error("{0}: use the name, the provider may move")]
    HostByAddress(&'c NextHop),
    /// Packets to a host or network leave by an address that is none of the local ones.
    #[error("the system reaches {towards} from {from}, which is none of these")]
    OtherLocalAddress {
        /// The first address there.
        towards: IpAddr,
        /// Where packets to it come from.
        from: IpAddr,
    },
    /// There is no trunk group of it.
    #[error("{0}")]
    TrunkGroup(TrunkGroupError),
    /// Two local addresses, but not two hosts, or one that does not reach both.
    #[error("two local addresses need two hosts, and each is to reach both")]
    HalfMatrix,
    /// A provider cannot reach a private address.
    #[error("needed, since a static-IP trunk is bound to the private address {0}")]
    PrivateAddress(IpAddr),
    /// Everybody may send requests.
    #[error("{0} is the whole internet")]
    WholeInternet(Network),
}

impl PeeringFinding<'_> {
    /// Whether nothing can work like this.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        !matches!(
            self,
            Self::HostByAddress(_) | Self::OtherLocalAddress { .. } | Self::WholeInternet(_)
        )
    }

    /// The field of [`PeeringConfig`] that it is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::NotNumeric(_) | Self::OtherLocalAddress { .. } => "listen",
            Self::TrunkGroup(TrunkGroupError::NoTrunk | TrunkGroupError::TooManyLocals) => "listen",
            Self::NoListener(_) | Self::HostByAddress(_) | Self::HalfMatrix => "hosts",
            Self::TrunkGroup(_) => "hosts",
            Self::NoNetworks | Self::WholeInternet(_) => "networks",
            Self::PrivateAddress(_) => "public_address",
        }
    }
}

impl PeeringConfig {
    /// Everything that is to be said of it, where the other end has that `role`.
    ///
    /// `source_towards` tells from which local address the system reaches another one, as far as it knows;
    /// under the feature `tokio`, `local_address_towards` does.
    #[must_use]
    pub fn findings(
        &self,
        role: PeerRole,
        mut source_towards: impl FnMut(IpAddr) -> Option<IpAddr>,
    ) -> Vec<PeeringFinding<'_>> {
        let mut findings = Vec::new();
        let address = |hop: &NextHop| hop.host.parse::<IpAddr>().ok();
        let unusable = |hop: &&NextHop| address(hop).is_none_or(|ip| ip.is_unspecified());
        let unusable = self.listen.iter().filter(unusable);
        findings.extend(unusable.map(PeeringFinding::NotNumeric));
        for host in &self.hosts {
            let transport = host.transport;
            if self.listeners().all(|(offered, _)| offered != transport) {
                findings.push(PeeringFinding::NoListener(host));
            }
        }
        let locals = self.locals();
        let group = self.trunk_group();
        let is_half = locals.len() == 2 && (self.hosts.len() != 2 || group.trunks.len() != 4);
        let fault = match group.check() {
            _ if locals.len() > 2 => Some(TrunkGroupError::TooManyLocals),
            // Why there is none has been told.
            Err(TrunkGroupError::NoTrunk) if !findings.is_empty() => None,
            Err(TrunkGroupError::IncompleteMatrix { .. }) if is_half => None,
            checked => checked.err(),
        };
        if is_half && findings.is_empty() && fault.is_none() {
            findings.push(PeeringFinding::HalfMatrix);
        }
        findings.extend(fault.map(PeeringFinding::TrunkGroup));

        let is_private = |ip: &IpAddr| {
            !ip.is_loopback() && PRIVATE_NETWORKS.iter().any(|network| network.contains(*ip))
        };
        let mut private = locals.iter().copied().filter(is_private);
        if role == PeerRole::Provider
            && self.public_address.is_none()
            && let Some(ip) = private.next()
        {
            findings.push(PeeringFinding::PrivateAddress(ip));
        }

        if self.networks.is_empty() && self.hosts.iter().any(|host| address(host).is_none()) {
            findings.push(PeeringFinding::NoNetworks);
        }
        if role == PeerRole::Provider {
            let by_address = self.hosts.iter().filter(|host| address(host).is_some());
            findings.extend(by_address.map(PeeringFinding::HostByAddress));
        }
        let (internet, networks): (Vec<Network>, Vec<Network>) = self
            .networks
            .iter()
            .partition(|network| network.prefix_len() == 0);
        findings.extend(internet.into_iter().map(PeeringFinding::WholeInternet));
        let hosts = self.hosts.iter().filter_map(address);
        let mut told: Vec<IpAddr> = Vec::new();
        for towards in hosts.chain(networks.iter().map(Network::address)) {
            if let Some(from) = source_towards(towards)
                && !locals.is_empty()
                && !locals.contains(&from)
                && !told.contains(&towards)
            {
                told.push(towards);
                findings.push(PeeringFinding::OtherLocalAddress { towards, from });
            }
        }
        findings
    }
}
