//! What is to be said of a configuration.

use alloc::vec::Vec;
use core::net::IpAddr;

use thiserror::Error;
use trunkline_sans_io::{Network, PRIVATE_NETWORKS, Transport};

use super::PeeringConfig;
use crate::{NextHop, TrunkGroupError};

/// What the media of a G.711 call takes, in kbit/s: packets of 20 ms with their IP headers.
const ONE_CALL: u32 = 80;

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
    /// There is no local address.
    #[error("needed: one local address or two, such as udp:192.0.2.1:5060")]
    NoLocalAddress,
    /// There is no host.
    #[error("needed: one host or two, such as udp:link01.example.com:5060")]
    NoHost,
    /// A local address is to be of a transport that there is not.
    #[error("{0}: {transport} is not supported yet", transport = .0.transport)]
    ListenTransport(&'c NextHop),
    /// A host is to be reached over a transport that there is not.
    #[error("{0}: {transport} is not supported yet", transport = .0.transport)]
    HostTransport(&'c NextHop),
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
    /// Packets to a host, or to a network that is a single address, leave by an address that is none of the local ones.
    #[error("the system reaches {towards} from {from}, which is none of these")]
    OtherLocalAddress {
        /// The address there.
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
    /// A host stands there by an address that no network has.
    #[error("{0} is in none of these: its calls get 403")]
    HostOutside(&'c NextHop),
    /// There is room for no call.
    #[error("0: there is room for no call at all")]
    NoChannel,
    /// There is room for no call.
    #[error("{0} kbit/s: one G.711 call takes {ONE_CALL}, so that there is room for none")]
    LittleBandwidth(u32),
}

impl PeeringFinding<'_> {
    /// Whether nothing can work like this.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        !matches!(
            self,
            Self::HostByAddress(_)
                | Self::OtherLocalAddress { .. }
                | Self::WholeInternet(_)
                | Self::HostOutside(_)
                | Self::NoChannel
                | Self::LittleBandwidth(_)
        )
    }

    /// The field of [`PeeringConfig`] that it is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::NoLocalAddress
            | Self::ListenTransport(_)
            | Self::NotNumeric(_)
            | Self::OtherLocalAddress { .. }
            | Self::TrunkGroup(TrunkGroupError::NoTrunk | TrunkGroupError::TooManyLocals) => {
                "listen"
            }
            Self::NoHost
            | Self::HostTransport(_)
            | Self::NoListener(_)
            | Self::HostByAddress(_)
            | Self::HalfMatrix
            | Self::TrunkGroup(_) => "hosts",
            Self::NoNetworks | Self::WholeInternet(_) | Self::HostOutside(_) => "networks",
            Self::NoChannel => "channels",
            Self::LittleBandwidth(_) => "bandwidth",
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
        if self.listen.is_empty() {
            findings.push(PeeringFinding::NoLocalAddress);
        }
        if self.hosts.is_empty() {
            findings.push(PeeringFinding::NoHost);
        }
        let is_missing = |hop: &&NextHop| !matches!(hop.transport, Transport::Udp | Transport::Tcp);
        let listen = self.listen.iter().filter(is_missing);
        findings.extend(listen.map(PeeringFinding::ListenTransport));
        let hosts = self.hosts.iter().filter(is_missing);
        findings.extend(hosts.map(PeeringFinding::HostTransport));
        let unusable = |hop: &&NextHop| address(hop).is_none_or(|ip| ip.is_unspecified());
        let unusable = self.listen.iter().filter(unusable);
        findings.extend(unusable.map(PeeringFinding::NotNumeric));
        for host in self.hosts.iter().filter(|host| !is_missing(host)) {
            if self.listen.is_empty() {
                break;
            }
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
        if !self.networks.is_empty() {
            let is_outside = |ip| !self.networks.iter().any(|network| network.contains(ip));
            let outside = |host: &&NextHop| address(host).is_some_and(is_outside);
            let outside = self.hosts.iter().filter(outside);
            findings.extend(outside.map(PeeringFinding::HostOutside));
        }
        if self.channels == Some(0) {
            findings.push(PeeringFinding::NoChannel);
        }
        if let Some(bandwidth) = self.bandwidth.filter(|rate| *rate < ONE_CALL) {
            findings.push(PeeringFinding::LittleBandwidth(bandwidth));
        }
        let hosts = self.hosts.iter().filter_map(address);
        let mut told: Vec<IpAddr> = Vec::new();
        // The first address of a network is nobody's.
        let single = networks.iter().map(Network::address);
        let single = single.filter(|ip| networks.contains(&Network::host(*ip)));
        for towards in hosts.chain(single) {
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
