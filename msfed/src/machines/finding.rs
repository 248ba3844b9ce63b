//! What is to be said of routes that work, but hardly as they are meant.

#[cfg(test)]
mod tests;

use core::fmt;
use core::net::IpAddr;

use trunkline_sans_io::PRIVATE_NETWORKS;

use super::hop::RouteTransport;
use super::pattern::PatternKind;
use super::route::Route;
use super::table::RouteTable;

/// Something that is to be said of a route. Displays as a sentence for whoever wrote it, with the route:
/// `route 3, *.contoso.com: ..`
#[derive(Debug)]
pub struct RouteFinding<'t, S> {
    /// The place of the route, counted from 0.
    pub index: usize,
    /// The route.
    pub route: &'t Route<S>,
    /// What is to be said.
    pub kind: RouteFindingKind,
}

/// What [`RouteFinding`] says. Displays as a sentence. Other routes are counted from 0; sentences count from 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum RouteFindingKind {
    /// Messages are accepted from a server that is not known to be in the local network, and does not prove
    /// who it is.
    TrustedOutside,
    /// UDP or TCP through the internet.
    Unprotected,
    /// UDP has no room for large messages.
    Datagrams,
    /// TLS to an address: certificates are for names.
    SecureToAddress,
    /// UDP or TCP to a name: whoever controls DNS gets the messages.
    UnprotectedName,
    /// The name of the server has one label.
    UnqualifiedName,
    /// The port is the usual one of another transport.
    PortOfOtherTransport,
    /// The wildcard is for a whole top-level domain.
    TopLevelWildcard,
    /// The route is switched off, but another one gets what it was for.
    TakenOver {
        /// The other one.
        by: usize,
    },
    /// Without this route, another one would lead to the same.
    Redundant {
        /// The other one.
        by: usize,
    },
    /// A default route leaves nothing to open federation, which is switched on.
    NothingToDiscover,
}

impl RouteFindingKind {
    /// The field of [`Route`] that it is about.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::TrustedOutside => "trusted",
            Self::Unprotected | Self::Datagrams => "transport",
            Self::SecureToAddress | Self::UnprotectedName | Self::UnqualifiedName => "gateway",
            Self::PortOfOtherTransport => "port",
            Self::TopLevelWildcard | Self::Redundant { .. } | Self::NothingToDiscover => "domain",
            Self::TakenOver { .. } => "active",
        }
    }
}

impl fmt::Display for RouteFindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::TrustedOutside => {
                "trusted, though the server does not prove who it is and is not known to be in the local \
                 network: use mtls"
            }
            Self::Unprotected => {
                "anybody on the way reads along: use mtls or tls outside of the local network"
            }
            Self::Datagrams => {
                "udp has no room for messages of more than 65,535 octets: use tcp or mtls"
            }
            Self::SecureToAddress => "certificates are for names: name the server",
            Self::UnprotectedName => {
                "without tls whoever controls DNS gets the messages: use an address, or mtls"
            }
            Self::UnqualifiedName => "the name of the server has no domain: write it in full",
            Self::PortOfOtherTransport => "5060 is usual for udp and tcp, 5061 for tls and mtls",
            Self::TopLevelWildcard => "for every domain below a top-level domain",
            Self::TakenOver { by } => {
                return write!(f, "switched off, but route {} gets its requests", by + 1);
            }
            Self::Redundant { by } => {
                return write!(f, "route {} leads to the same without it", by + 1);
            }
            Self::NothingToDiscover => "the default route leaves nothing to open federation",
        };
        f.write_str(text)
    }
}

impl<S: AsRef<str>> fmt::Display for RouteFinding<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, domain) = (self.index + 1, &self.route.domain);
        write!(f, "route {number}, {domain}: {}", self.kind)
    }
}

impl<S> Clone for RouteFinding<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for RouteFinding<'_, S> {}

impl<'t, S: AsRef<str>> RouteTable<'t, S> {
    /// Everything that is to be said of the routes, in their order. What makes them unusable was said when
    /// the table was made.
    pub fn findings(&self) -> impl Iterator<Item = RouteFinding<'t, S>> + use<'t, S> {
        let table = *self;
        let routes = self.routes().iter().enumerate();
        routes.flat_map(move |(index, route)| {
            let kinds = table.findings_of(route).into_iter().flatten();
            kinds.map(move |kind| RouteFinding { index, route, kind })
        })
    }

    fn findings_of(&self, route: &Route<S>) -> [Option<RouteFindingKind>; 9] {
        use RouteFindingKind::*;

        let address = route.gateway.address();
        let name = route.gateway.name();
        let is_local = address.is_some_and(is_local);
        let is_secure = route.transport.is_secure();
        let other_port = if is_secure { 5060 } else { 5061 };
        let kind = route.domain.kind();
        let one_label = |domain: crate::Domain<'_>| domain.parent().is_none();
        let is_top = kind == PatternKind::Below && route.domain.domain().is_some_and(one_label);
        let is_default = kind == PatternKind::All && route.active && !route.match_only_phone_uri;
        let next = self.next_of(route);
        let by = next.map_or(0, |(by, _)| by);
        let is_same = |(_, next): (usize, &Route<S>)| {
            next.hop() == route.hop()
                && next.trust() == route.trust()
                && next.replace_host_in_request_uri == route.replace_host_in_request_uri
        };
        let mutual = route.transport == RouteTransport::Mtls;
        let found = |kind: RouteFindingKind, is: bool| is.then_some(kind);
        [
            found(TrustedOutside, route.trusted && !mutual && !is_local),
            found(Unprotected, !is_secure && address.is_some() && !is_local),
            found(Datagrams, route.transport == RouteTransport::Udp),
            found(SecureToAddress, is_secure && address.is_some()),
            found(UnprotectedName, !is_secure && name.is_some()),
            found(UnqualifiedName, name.is_some_and(one_label)),
            found(PortOfOtherTransport, route.port == Some(other_port)),
            found(TopLevelWildcard, is_top),
            if !route.active {
                found(TakenOver { by }, next.is_some())
            } else if next.is_some_and(is_same) {
                Some(Redundant { by })
            } else {
                found(NothingToDiscover, is_default && self.has_discovery())
            },
        ]
    }
}

fn is_local(address: IpAddr) -> bool {
    PRIVATE_NETWORKS
        .iter()
        .any(|network| network.contains(address))
}
