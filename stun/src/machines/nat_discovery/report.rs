//! What discovery finds out.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;

/// The types of RFC 3489 section 5, and what stands for them there when there is no NAT.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum NatType {
    /// No NAT, and everybody gets in.
    OpenInternet,
    /// One public address for all, and everybody gets in.
    FullCone,
    /// One public address for all; who gets in has to have been sent to.
    RestrictedCone,
    /// As the restricted cone, with the port as well as the address.
    RestrictedPortCone,
    /// Another public address for each remote: what a server tells is of no use to others.
    Symmetric,
    /// No NAT, but who gets in has to have been sent to.
    SymmetricUdpFirewall,
    /// Nothing comes back over UDP. A server that is down looks the same: ask a second one.
    UdpBlocked,
    /// It cannot be told, since answers were missing, malformed, or of a server that does not do
    /// what it takes.
    Unknown,
}

impl NatType {
    /// Its name for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenInternet => "open internet",
            Self::FullCone => "full cone",
            Self::RestrictedCone => "restricted cone",
            Self::RestrictedPortCone => "restricted port cone",
            Self::Symmetric => "symmetric",
            Self::SymmetricUdpFirewall => "symmetric UDP firewall",
            Self::UdpBlocked => "UDP blocked",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for NatType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// On what of the remote a mapping or a filter depends (RFC 4787 sections 4.1 and 5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Dependence {
    /// On nothing of it.
    EndpointIndependent,
    /// On its address.
    AddressDependent,
    /// On its address and its port.
    AddressAndPortDependent,
}

impl Dependence {
    /// Its name for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndpointIndependent => "endpoint-independent",
            Self::AddressDependent => "address-dependent",
            Self::AddressAndPortDependent => "address and port-dependent",
        }
    }
}

impl fmt::Display for Dependence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How long a mapping without traffic lasts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BindingLifetime {
    /// After this time it was still there.
    pub at_least: Duration,
    /// After this time it was gone, or `None` if it never was in the time that was looked for.
    pub below: Option<Duration>,
}

/// What was found out. Of everything `None` means that it cannot be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct NatReport {
    /// The type.
    pub nat_type: NatType,
    /// The address on this host.
    pub local: SocketAddr,
    /// The address that the server sees.
    pub mapped: Option<SocketAddr>,
    /// The other address of the server, if it has one.
    pub other: Option<SocketAddr>,
    /// On what the public address depends (RFC 5780 section 4.3).
    pub mapping: Option<Dependence>,
    /// On what it depends who gets in (RFC 5780 section 4.4).
    pub filtering: Option<Dependence>,
    /// Whether two hosts inside reach each other by their public addresses (RFC 5780 section 4.5).
    /// Without a NAT there is nothing to tell.
    pub hairpinning: Option<bool>,
    /// Whether the public port is the one of this host.
    pub port_preserved: Option<bool>,
    /// Whether somebody on the way rewrites addresses in payloads (RFC 5780 section 4.7): what the
    /// server told in the clear is not what it told hidden.
    pub payload_rewritten: Option<bool>,
    /// How long a mapping lasts (RFC 5780 section 4.6), if that was asked for.
    pub lifetime: Option<BindingLifetime>,
    /// The time to the server and back.
    pub round_trip: Option<Duration>,
}

impl NatReport {
    pub(super) const fn new(local: SocketAddr) -> Self {
        Self {
            nat_type: NatType::Unknown,
            local,
            mapped: None,
            other: None,
            mapping: None,
            filtering: None,
            hairpinning: None,
            port_preserved: None,
            payload_rewritten: None,
            lifetime: None,
            round_trip: None,
        }
    }

    /// Whether there is a NAT.
    #[must_use]
    pub fn is_translated(&self) -> Option<bool> {
        self.mapped.map(|mapped| mapped != self.local)
    }
}
