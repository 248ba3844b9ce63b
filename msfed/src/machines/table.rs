//! Static routes, and the way from a domain to the one that counts.

#[cfg(test)]
mod tests;

use core::fmt;
use core::hash::Hasher as _;

use siphasher::sip::SipHasher13;
use thiserror::Error;

use super::decision::{Decision, Outcome, PassedOver};
use super::pattern::{DomainPattern, PatternKind};
use super::route::{Route, RouteFault};
use super::target::Target;
use crate::{Domain, MsDiagnostic, SrvNameTooLong};

/// A place of the index of a [`RouteTable`]: storage that the caller lends.
#[derive(Clone, Copy, Debug)]
pub struct IndexSlot {
    tag: u32,
    route: u32,
}

impl IndexSlot {
    /// A place that is free.
    pub const EMPTY: Self = Self {
        tag: 0,
        route: u32::MAX,
    };
}

/// Static routes, of which the most specific one counts: first one for the domain itself, then the wildcard
/// of most labels, then the default route `*`. Among routes for the same domains one for telephone numbers
/// alone comes first, where the target is one. Routes that are switched off do not count.
///
/// Where no route counts, the domain is left to open federation, if that is switched on: its server is then
/// found by DNS, see [`discover`](crate::discover).
///
/// The look-up is by hash, keyed by a seed since others choose the domains that are looked up. It costs one
/// probe, and one more for each number of labels that there are wildcards of, however many routes there are.
/// It allocates nothing. `OwnedRouteTable` is the same with storage of its own.
///
/// ```
/// use trunkline_msfed::{Domain, DomainPattern, Gateway, IndexSlot, Route, RouteTable};
///
/// let routes = [
///     Route::new(DomainPattern::new("*.contoso.com")?, Gateway::new("edge.contoso.com")?),
///     Route::new(DomainPattern::new("lab.contoso.com")?, Gateway::new("192.0.2.7")?),
/// ];
/// let mut index = [IndexSlot::EMPTY; RouteTable::<&str>::index_len(2)];
/// let seed = [7; 32]; // at random, outside of examples
/// let table = RouteTable::new(&routes, &mut index, seed)?;
///
/// let decision = table.decide(Domain::parse("LAB.contoso.com")?);
/// assert_eq!(decision.route().map(|route| route.hop().to_string()).as_deref(), Some("mtls:192.0.2.7:5061"));
/// let decision = table.decide(Domain::parse("eu.contoso.com")?);
/// assert_eq!(
///     decision.to_string(),
///     "eu.contoso.com: route 1 for *.contoso.com, the most specific wildcard, leads to \
///      mtls:edge.contoso.com:5061; trusted, since mutual TLS authenticates the peer"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RouteTable<'t, S> {
    routes: &'t [Route<S>],
    index: &'t [IndexSlot],
    shape: Shape,
}

/// What a table is besides its routes and its index.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    key: [u8; 16],
    /// Bit n: there is a wildcard whose domain has n labels.
    depths: u128,
    pub(super) enabled: bool,
    pub(super) discovery: bool,
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shape")
            .field("enabled", &self.enabled)
            .field("discovery", &self.discovery)
            .finish_non_exhaustive()
    }
}

/// Why routes make no table. Counts routes from 0; texts for people count from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum TableError {
    /// Two routes are for the same domains.
    #[error("route {}: for the same domains as route {}", .route + 1, .earlier + 1)]
    Duplicate {
        /// The second one.
        route: usize,
        /// The first one.
        earlier: usize,
    },
    /// A route cannot be used.
    #[error("route {}: {fault}", .route + 1)]
    Route {
        /// The route.
        route: usize,
        /// What is wrong with it.
        fault: RouteFault,
    },
    /// The index that was lent is too small (caller).
    #[error("the index is too small: {needed} places are needed")]
    IndexTooSmall {
        /// How many places would do.
        needed: usize,
    },
    /// There are more than 2^30 routes.
    #[error("too many routes")]
    TooManyRoutes,
}

impl TableError {
    /// The route that it is about, and its field.
    #[must_use]
    pub const fn place(self) -> Option<(usize, &'static str)> {
        match self {
            Self::Duplicate { route, .. } => Some((route, "domain")),
            Self::Route { route, fault } => Some((route, fault.field())),
            _ => None,
        }
    }

    /// The same with the domain of the route, for people: `route 3, *.contoso.com: ..`
    pub fn named<S: AsRef<str>>(self, routes: &[Route<S>]) -> impl fmt::Display + use<'_, S> {
        Named(self, routes)
    }
}

struct Named<'t, S>(TableError, &'t [Route<S>]);

impl<S: AsRef<str>> fmt::Display for Named<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(error, routes) = self;
        let named = error.place().and_then(|(index, _)| routes.get(index));
        let Some(route) = named else {
            return write!(f, "{error}");
        };
        let domain = &route.domain;
        match *error {
            TableError::Duplicate { route, earlier } => {
                let (number, earlier) = (route + 1, earlier + 1);
                write!(
                    f,
                    "route {number}, {domain}: for the same domains as route {earlier}"
                )
            }
            TableError::Route { route, fault } => {
                write!(f, "route {}, {domain}: {fault}", route + 1)
            }
            error => write!(f, "{error}"),
        }
    }
}

/// A name in lower case, with room for what tells patterns apart behind it.
struct Key {
    bytes: [u8; Self::CAPACITY],
    len: usize,
}

impl Key {
    /// Whole words, and room behind the longest name.
    const CAPACITY: usize = Domain::MAX_LEN + 8;

    fn new(name: &str) -> Self {
        let mut bytes = [0; Self::CAPACITY];
        let name = name.as_bytes();
        // Word by word, since what hashes them reads words.
        for (place, part) in bytes.chunks_exact_mut(8).zip(name.chunks(8)) {
            let mut word = [0; 8];
            match part.try_into() {
                Ok(whole) => word = whole,
                Err(_) => word.iter_mut().zip(part).for_each(|(to, from)| *to = *from),
            }
            place.copy_from_slice(&lower_case(word));
        }
        let len = name.len().min(Domain::MAX_LEN);
        Self { bytes, len }
    }

    fn labels(&self) -> u32 {
        let dots = self.name(0).iter().filter(|&&byte| byte == b'.').count();
        let dots = u32::try_from(dots).unwrap_or(u32::MAX);
        if self.len == 0 { 0 } else { dots + 1 }
    }

    fn hash(&mut self, start: usize, is_wildcard: bool, key: &[u8; 16]) -> u64 {
        // No name has these characters.
        let mark = if is_wildcard { b'*' } else { b'=' };
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = mark;
        }
        let text = self.bytes.get(start..=self.len).unwrap_or_default();
        let mut hasher = SipHasher13::new_with_key(key);
        hasher.write(text);
        hasher.finish()
    }

    fn name(&self, start: usize) -> &[u8] {
        self.bytes.get(start..self.len).unwrap_or_default()
    }

    /// Where the label behind the one at `start` begins; the end behind the last one.
    fn next_label(&self, start: usize) -> usize {
        let dot = self.name(start).iter().position(|&byte| byte == b'.');
        dot.map_or(self.len, |dot| start + dot + 1)
    }
}

/// Eight letters at once, all of them ASCII.
const fn lower_case(word: [u8; 8]) -> [u8; 8] {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_ne_bytes(word);
    let from_a = word.wrapping_add((0x80 - b'A' as u64) * ONES);
    let behind_z = word.wrapping_add((0x7f - b'Z' as u64) * ONES);
    // The highest bit of every capital letter, moved to the one that makes it small.
    let capitals = from_a & !behind_z & (0x80 * ONES);
    (word | capitals >> 2).to_ne_bytes()
}

/// What a probe looks for.
struct Probe<'k> {
    name: &'k [u8],
    is_wildcard: bool,
    is_phone: bool,
}

impl Probe<'_> {
    fn is_for<S: AsRef<str>>(&self, pattern: &DomainPattern<S>) -> bool {
        (pattern.kind() != PatternKind::Exact) == self.is_wildcard
            && pattern.name().as_bytes().eq_ignore_ascii_case(self.name)
    }
}

impl<S> Clone for RouteTable<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for RouteTable<'_, S> {}

impl<S> RouteTable<'_, S> {
    /// How many places the index of so many routes needs.
    #[must_use]
    pub const fn index_len(routes: usize) -> usize {
        routes.saturating_mul(2).next_power_of_two()
    }
}

impl<'t, S: AsRef<str>> RouteTable<'t, S> {
    /// A table of these routes, which are switched on; open federation is switched off.
    ///
    /// The seed has to be random, and `index` needs [`RouteTable::index_len`] places; what is in them does
    /// not count.
    ///
    /// # Errors
    ///
    /// [`TableError`]: two routes are for the same domains, a route cannot be used, or there is no room.
    pub fn new(
        routes: &'t [Route<S>],
        index: &'t mut [IndexSlot],
        seed: [u8; 32],
    ) -> Result<Self, TableError> {
        let shape = Shape::index(routes, index, seed)?;
        Ok(Self::from_parts(routes, index, shape))
    }

    pub(super) const fn from_parts(
        routes: &'t [Route<S>],
        index: &'t [IndexSlot],
        shape: Shape,
    ) -> Self {
        Self {
            routes,
            index,
            shape,
        }
    }

    /// Switches all routes on or off.
    #[must_use]
    pub const fn with_routes(mut self, enabled: bool) -> Self {
        self.shape.enabled = enabled;
        self
    }

    /// Switches open federation on or off: whether domains without a route are looked up in DNS.
    #[must_use]
    pub const fn with_discovery(mut self, enabled: bool) -> Self {
        self.shape.discovery = enabled;
        self
    }

    /// The routes, in the order in which they were given.
    #[must_use]
    pub const fn routes(&self) -> &'t [Route<S>] {
        self.routes
    }

    /// Whether routes count at all.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.shape.enabled
    }

    /// Whether domains without a route are looked up in DNS.
    #[must_use]
    pub const fn has_discovery(&self) -> bool {
        self.shape.discovery
    }

    /// Which way a request goes: by the most specific route, else by open federation, else nowhere. The
    /// result displays as a sentence that tells why.
    ///
    /// The target is a [`Domain`], or a [`Target`] where it may be a telephone number.
    pub fn decide<'d>(&self, target: impl Into<Target<'d>>) -> Decision<'t, 'd, S> {
        let target = target.into();
        let mut passed_over = None;
        let selected = if self.shape.enabled {
            let mut key = Key::new(target.domain.as_str());
            self.probe(&mut key, 0, false, target.is_phone, &mut passed_over)
                .or_else(|| self.wildcards(&mut key, target.is_phone, &mut passed_over))
        } else {
            None
        };
        let outcome = match selected {
            Some((index, route)) => Outcome::Route { index, route },
            None if !self.shape.discovery => Outcome::Refuse(MsDiagnostic::CannotRoute),
            None if target.domain.len() > SrvNameTooLong::MAX_DOMAIN_LEN => {
                Outcome::Refuse(MsDiagnostic::NoSrvRecord)
            }
            None => Outcome::Discover,
        };
        Decision {
            target,
            outcome,
            routes_enabled: self.shape.enabled,
            passed_over,
        }
    }

    /// The route that gets the targets of this one, or some of them, where it is switched off.
    pub(super) fn next_of(&self, route: &Route<S>) -> Option<(usize, &'t Route<S>)> {
        let mut key = Key::new(route.domain.name());
        let passed = &mut None;
        let kind = route.domain.kind();
        let wildcard = kind != PatternKind::Exact;
        let is_phone = route.match_only_phone_uri;
        let equal = is_phone.then(|| self.probe(&mut key, 0, wildcard, false, passed));
        let wider = || match kind {
            PatternKind::All => None,
            _ => self.wildcards(&mut key, is_phone, passed),
        };
        equal.flatten().or_else(wider)
    }

    /// The most specific wildcard above the name.
    fn wildcards(
        &self,
        key: &mut Key,
        is_phone: bool,
        passed_over: &mut Option<PassedOver<'t, S>>,
    ) -> Option<(usize, &'t Route<S>)> {
        if self.shape.depths == 0 {
            return None;
        }
        let mut start = 0;
        for labels in (0..key.labels()).rev() {
            let upto = 1_u128
                .checked_shl(labels + 1)
                .map_or(u128::MAX, |bit| bit - 1);
            if self.shape.depths & upto == 0 {
                break;
            }
            start = key.next_label(start);
            if self.shape.depths >> labels & 1 == 1 {
                let found = self.probe(key, start, true, is_phone, passed_over);
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    /// The route for exactly this, if it counts.
    fn probe(
        &self,
        key: &mut Key,
        start: usize,
        is_wildcard: bool,
        is_phone: bool,
        passed_over: &mut Option<PassedOver<'t, S>>,
    ) -> Option<(usize, &'t Route<S>)> {
        let hash = key.hash(start, is_wildcard, &self.shape.key);
        let probe = Probe {
            name: key.name(start),
            is_wildcard,
            is_phone,
        };
        let mut general = None;
        for slot in run(self.index, hash) {
            let Some((index, route)) = self.at(slot, hash) else {
                continue;
            };
            if !probe.is_for(&route.domain) {
                continue;
            }
            if !route.active || (route.match_only_phone_uri && !probe.is_phone) {
                passed_over.get_or_insert(PassedOver { index, route });
            } else if route.match_only_phone_uri || !probe.is_phone {
                return Some((index, route));
            } else {
                general = Some((index, route));
            }
        }
        general
    }

    fn at(&self, slot: &IndexSlot, hash: u64) -> Option<(usize, &'t Route<S>)> {
        let index = usize::try_from(slot.route).ok()?;
        let route = self.routes.get(index).filter(|_| slot.tag == tag(hash))?;
        Some((index, route))
    }
}

/// The places from that of the hash to the first free one.
fn run(index: &[IndexSlot], hash: u64) -> impl Iterator<Item = &IndexSlot> {
    // The length is a power of two; the upper half of the hash is in the tags.
    let mask = index.len().saturating_sub(1);
    let first = usize::try_from(hash & u64::from(u32::MAX)).unwrap_or_default() & mask;
    let places = (0..index.len()).map(move |step| (first + step) & mask);
    let slots = places.filter_map(|place| index.get(place));
    slots.take_while(|slot| slot.route != u32::MAX)
}

const fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

impl Shape {
    /// Fills the index, and checks the routes.
    pub(super) fn index<S: AsRef<str>>(
        routes: &[Route<S>],
        index: &mut [IndexSlot],
        seed: [u8; 32],
    ) -> Result<Self, TableError> {
        if routes.len() > 1 << 30 {
            return Err(TableError::TooManyRoutes);
        }
        let needed = RouteTable::<S>::index_len(routes.len());
        if index.len() < needed {
            return Err(TableError::IndexTooSmall { needed });
        }
        if !index.len().is_power_of_two() {
            return Err(TableError::IndexTooSmall {
                needed: index.len().next_power_of_two(),
            });
        }
        index.fill(IndexSlot::EMPTY);
        let mut shape = Self {
            key: seed.first_chunk().copied().unwrap_or_default(),
            depths: 0,
            enabled: true,
            discovery: false,
        };
        for (number, route) in routes.iter().enumerate() {
            let fault = |fault| TableError::Route {
                route: number,
                fault,
            };
            route.check().map_err(fault)?;
            let is_wildcard = route.domain.kind() != PatternKind::Exact;
            let mut key = Key::new(route.domain.name());
            if is_wildcard {
                shape.depths |= 1_u128.checked_shl(key.labels()).unwrap_or(0);
            }
            let hash = key.hash(0, is_wildcard, &shape.key);
            let table = RouteTable {
                routes,
                index,
                shape,
            };
            let mut taken = 0;
            for slot in run(index, hash) {
                taken += 1;
                let same = table.at(slot, hash).filter(|(_, earlier)| {
                    earlier.domain == route.domain
                        && earlier.match_only_phone_uri == route.match_only_phone_uri
                });
                if let Some((earlier, _)) = same {
                    return Err(TableError::Duplicate {
                        route: number,
                        earlier,
                    });
                }
            }
            let mask = index.len() - 1;
            let first = usize::try_from(hash & u64::from(u32::MAX)).unwrap_or_default() & mask;
            if let Some(place) = index.get_mut((first + taken) & mask) {
                *place = IndexSlot {
                    tag: tag(hash),
                    route: u32::try_from(number).unwrap_or(u32::MAX),
                };
            }
        }
        Ok(shape)
    }
}
