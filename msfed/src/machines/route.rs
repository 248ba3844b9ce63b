//! Static routes.

use core::fmt;
use core::net::IpAddr;

use thiserror::Error;
use trunkline_sip_core::Host;

use super::hop::{Gateway, Hop, RouteTransport};
use super::pattern::DomainPattern;
use super::trust::Trust;

/// A static route: requests for some domains go to a server that the administrator has named.
///
/// `S` is a text, for instance `&str` or `String`.
///
/// ```
/// use trunkline_msfed::{DomainPattern, Gateway, Route, RouteTransport};
///
/// let mut route = Route::new(DomainPattern::new("contoso.com")?, Gateway::new("sip.contoso.com")?);
/// assert_eq!(route.hop().to_string(), "mtls:sip.contoso.com:5061");
/// assert!(route.trust().is_trusted());
/// route.transport = RouteTransport::Tcp;
/// assert_eq!(route.hop().to_string(), "tcp:sip.contoso.com:5060");
/// assert!(!route.trust().is_trusted());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(
        deny_unknown_fields,
        bound(
            serialize = "S: AsRef<str>",
            deserialize = "S: AsRef<str> + serde::Deserialize<'de>"
        )
    )
)]
#[non_exhaustive]
pub struct Route<S> {
    /// For which domains it is.
    pub domain: DomainPattern<S>,
    /// The server.
    pub gateway: Gateway<S>,
    /// The port of the server. Default: 5061 for TLS, else 5060.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub port: Option<u16>,
    /// What it is reached over. Default: mutual TLS.
    #[cfg_attr(feature = "serde", serde(default))]
    pub transport: RouteTransport,
    /// Whether messages from the server are accepted without authorisation of their senders. Makes no difference
    /// for mutual TLS, which is always trusted: see [`Route::trust`]. Default: no.
    #[cfg_attr(feature = "serde", serde(default))]
    pub trusted: bool,
    /// Whether the route is used. Default: yes.
    #[cfg_attr(feature = "serde", serde(default = "yes"))]
    pub active: bool,
    /// The address of this host to connect from. Default: the system chooses.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub bound_to: Option<IpAddr>,
    /// Whether the route is for telephone numbers alone: URIs with `user=phone`. Default: no.
    #[cfg_attr(feature = "serde", serde(default))]
    pub match_only_phone_uri: bool,
    /// Whether the name of the server takes the place of the domain in the Request-URI. Default: no.
    #[cfg_attr(feature = "serde", serde(default))]
    pub replace_host_in_request_uri: bool,
}

#[cfg(feature = "serde")]
const fn yes() -> bool {
    true
}

/// What makes a route unusable. Displays as a hint that names the field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum RouteFault {
    /// Port 0.
    #[error("port: 0 is no port of a server")]
    PortZero,
    /// The server is no single host: `0.0.0.0`, a multicast or broadcast address.
    #[error("gateway: not the address of a single host")]
    GatewayAddress,
    /// The local address is no single one.
    #[error("bound_to: not a single address of this host")]
    BoundTo,
    /// One address is IPv4, the other IPv6.
    #[error("bound_to: no address of the same family as that of the gateway")]
    BoundToFamily,
}

impl RouteFault {
    /// The field of [`Route`] that it is about.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::PortZero => "port",
            Self::GatewayAddress => "gateway",
            Self::BoundTo | Self::BoundToFamily => "bound_to",
        }
    }
}

impl<S> Route<S> {
    /// A route over mutual TLS, with defaults for everything else.
    #[must_use]
    pub const fn new(domain: DomainPattern<S>, gateway: Gateway<S>) -> Self {
        Self {
            domain,
            gateway,
            port: None,
            transport: RouteTransport::Mtls,
            trusted: false,
            active: true,
            bound_to: None,
            match_only_phone_uri: false,
            replace_host_in_request_uri: false,
        }
    }

    /// The port of the server.
    #[must_use]
    pub const fn port(&self) -> u16 {
        match self.port {
            Some(port) => port,
            None => self.transport.default_port(),
        }
    }

    /// Whether messages from the server are accepted without authorisation of their senders, and why.
    #[must_use]
    pub const fn trust(&self) -> Trust {
        match (self.transport, self.trusted) {
            (RouteTransport::Mtls, _) => Trust::MutualTls,
            (_, true) => Trust::Configured,
            (_, false) => Trust::Untrusted,
        }
    }
}

impl<S: AsRef<str>> Route<S> {
    /// Where it leads to.
    #[must_use]
    pub fn hop(&self) -> Hop<'_> {
        Hop {
            transport: self.transport,
            host: self.gateway.host(),
            port: self.port(),
            bound_to: self.bound_to,
        }
    }

    /// The host to put into the Request-URI, where the route replaces it.
    #[must_use]
    pub fn request_uri_host(&self) -> Option<Host<'_>> {
        self.replace_host_in_request_uri
            .then(|| self.gateway.host())
    }

    /// Whether it can be used at all.
    ///
    /// # Errors
    ///
    /// The first [`RouteFault`].
    pub fn check(&self) -> Result<(), RouteFault> {
        let gateway = self.gateway.address();
        if self.port == Some(0) {
            return Err(RouteFault::PortZero);
        }
        if !gateway.is_none_or(is_single) {
            return Err(RouteFault::GatewayAddress);
        }
        let Some(local) = self.bound_to else {
            return Ok(());
        };
        if !is_single(local) {
            return Err(RouteFault::BoundTo);
        }
        if gateway.is_some_and(|gateway| gateway.is_ipv4() != local.is_ipv4()) {
            return Err(RouteFault::BoundToFamily);
        }
        Ok(())
    }
}

fn is_single(address: IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !address.is_unspecified() && !address.is_multicast() && !broadcast
}

impl<S: AsRef<str>> PartialEq for Route<S> {
    fn eq(&self, other: &Self) -> bool {
        let switches = |route: &Self| {
            let replaces = route.replace_host_in_request_uri;
            (
                route.trusted,
                route.active,
                route.match_only_phone_uri,
                replaces,
            )
        };
        self.domain == other.domain
            && self.gateway == other.gateway
            && self.port == other.port
            && self.transport == other.transport
            && self.bound_to == other.bound_to
            && switches(self) == switches(other)
    }
}

impl<S: AsRef<str>> Eq for Route<S> {}

/// Domain and server: `*.contoso.com to mtls:sip.contoso.com:5061`.
impl<S: AsRef<str>> fmt::Display for Route<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.domain, self.hop())
    }
}
