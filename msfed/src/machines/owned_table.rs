//! Static routes with storage of their own.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::decision::Decision;
use super::finding::RouteFinding;
use super::route::Route;
use super::table::{IndexSlot, RouteTable, Shape, TableError};
use super::target::Target;

/// A [`RouteTable`] with storage of its own. Making it allocates, asking it does not.
///
/// It does not change: for other routes make another one, and put it in the place of the old one.
#[derive(Clone, Debug)]
pub struct OwnedRouteTable<S> {
    routes: Box<[Route<S>]>,
    index: Box<[IndexSlot]>,
    shape: Shape,
}

impl<S: AsRef<str>> OwnedRouteTable<S> {
    /// A table of these routes, which are switched on; open federation is switched off. The seed has to be
    /// random.
    ///
    /// # Errors
    ///
    /// [`TableError`]: two routes are for the same domains, or a route cannot be used.
    pub fn new(routes: impl Into<Box<[Route<S>]>>, seed: [u8; 32]) -> Result<Self, TableError> {
        let routes = routes.into();
        let len = RouteTable::<S>::index_len(routes.len());
        let mut index = vec![IndexSlot::EMPTY; len].into_boxed_slice();
        let shape = Shape::index(&routes, &mut index, seed)?;
        Ok(Self {
            routes,
            index,
            shape,
        })
    }

    /// Switches all routes on or off.
    #[must_use]
    pub fn with_routes(mut self, enabled: bool) -> Self {
        self.shape.enabled = enabled;
        self
    }

    /// Switches open federation on or off: whether domains without a route are looked up in DNS.
    #[must_use]
    pub fn with_discovery(mut self, enabled: bool) -> Self {
        self.shape.discovery = enabled;
        self
    }

    /// The table.
    #[must_use]
    pub fn as_table(&self) -> RouteTable<'_, S> {
        RouteTable::from_parts(&self.routes, &self.index, self.shape)
    }

    /// As [`RouteTable::decide`].
    pub fn decide<'d>(&self, target: impl Into<Target<'d>>) -> Decision<'_, 'd, S> {
        self.as_table().decide(target)
    }

    /// As [`RouteTable::findings`].
    pub fn findings(&self) -> impl Iterator<Item = RouteFinding<'_, S>> {
        self.as_table().findings()
    }
}

/// Static routes as they stand in a configuration file.
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use trunkline_msfed::{Domain, RoutesConfig};
///
/// let config: RoutesConfig = toml::from_str(r#"
///     discovery = true
///
///     [[routes]]
///     domain = "*.contoso.com"
///     gateway = "sip.contoso.com"
///
///     [[routes]]
///     domain = "fabrikam.com"
///     gateway = "10.0.0.7"
///     transport = "tcp"
///     trusted = true
/// "#).unwrap();
/// let seed = [7; 32]; // at random, outside of examples
/// let table = config.into_table(seed).unwrap();
/// let decision = table.decide(Domain::parse("fabrikam.com").unwrap());
/// assert_eq!(
///     decision.to_string(),
///     "fabrikam.com: route 2 for fabrikam.com, the domain itself, leads to tcp:10.0.0.7:5060; \
///      trusted, since the route says so"
/// );
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[non_exhaustive]
pub struct RoutesConfig {
    /// Whether the routes count at all. Default: yes.
    pub enabled: bool,
    /// Open federation: whether domains without a route are looked up in DNS. Default: no.
    pub discovery: bool,
    /// The routes.
    pub routes: Vec<Route<String>>,
}

/// No routes, and no open federation.
impl Default for RoutesConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            discovery: false,
            routes: Vec::new(),
        }
    }
}

impl RoutesConfig {
    /// The table. The seed has to be random. To name the route where it fails, keep the configuration and use
    /// [`TableError::named`].
    ///
    /// # Errors
    ///
    /// As [`OwnedRouteTable::new`].
    pub fn into_table(self, seed: [u8; 32]) -> Result<OwnedRouteTable<String>, TableError> {
        let table = OwnedRouteTable::new(self.routes, seed)?;
        Ok(table
            .with_routes(self.enabled)
            .with_discovery(self.discovery))
    }
}
