//! Which way a request goes, and why.

use core::fmt;

use trunkline_sans_io::{DnsQuestion, DnsRecordType};

use super::pattern::PatternKind;
use super::route::Route;
use super::target::Target;
use crate::{MsDiagnostic, federation_srv_name};

/// What a [`RouteTable`](super::RouteTable) says of a target. Displays as a sentence that tells why.
#[derive(Debug)]
pub struct Decision<'t, 'd, S> {
    /// Where the request is to go.
    pub target: Target<'d>,
    /// Which way it goes.
    pub outcome: Outcome<'t, S>,
    /// Whether routes were looked at: they can be switched off all together.
    pub routes_enabled: bool,
    /// The most specific route that would have been for the target, but did not count.
    pub passed_over: Option<PassedOver<'t, S>>,
}

/// Which way a request goes.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome<'t, S> {
    /// By this route.
    Route {
        /// Its place among the routes, counted from 0.
        index: usize,
        /// The route.
        route: &'t Route<S>,
    },
    /// By open federation: ask DNS, and give the answer to [`discover`](crate::discover).
    Discover,
    /// Nowhere. The response has the status of this reason, and says it in `ms-diagnostics`.
    Refuse(MsDiagnostic),
}

/// A route that did not count: it is switched off, or for telephone numbers alone.
#[derive(Debug)]
pub struct PassedOver<'t, S> {
    /// Its place among the routes, counted from 0.
    pub index: usize,
    /// The route.
    pub route: &'t Route<S>,
}

impl<'t, S> Decision<'t, '_, S> {
    /// The route, where there is one.
    #[must_use]
    pub const fn route(&self) -> Option<&'t Route<S>> {
        match self.outcome {
            Outcome::Route { route, .. } => Some(route),
            _ => None,
        }
    }

    /// What to ask DNS, where the domain is left to open federation.
    #[must_use]
    pub fn question(&self) -> Option<DnsQuestion> {
        match self.outcome {
            Outcome::Discover => {
                let name = federation_srv_name(self.target.domain).ok()?;
                Some(DnsQuestion::new(name, DnsRecordType::Srv))
            }
            _ => None,
        }
    }

    /// The reason for the response to send where there is no way.
    #[must_use]
    pub const fn diagnostic(&self) -> Option<MsDiagnostic> {
        match self.outcome {
            Outcome::Refuse(diagnostic) => Some(diagnostic),
            _ => None,
        }
    }
}

impl<S: AsRef<str>> fmt::Display for Decision<'_, '_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.target.domain)?;
        let none = if self.routes_enabled {
            "there is no route"
        } else {
            "routes are switched off"
        };
        match self.outcome {
            Outcome::Route { index, route } => {
                let why = match route.domain.kind() {
                    PatternKind::Exact => "the domain itself",
                    PatternKind::Below => "the most specific wildcard",
                    PatternKind::All => "the default route",
                };
                let numbers = if route.match_only_phone_uri {
                    " and for telephone numbers alone"
                } else {
                    ""
                };
                let (number, pattern) = (index + 1, &route.domain);
                write!(f, "route {number} for {pattern}, {why}{numbers}, ")?;
                write!(f, "leads to {}; {}", route.hop(), route.trust())?;
            }
            Outcome::Discover => match self.question() {
                Some(question) => {
                    write!(
                        f,
                        "{none}, ask DNS for the SRV records of {}",
                        question.name
                    )?;
                }
                None => f.write_str(none)?,
            },
            Outcome::Refuse(MsDiagnostic::NoSrvRecord) => {
                write!(
                    f,
                    "{none}, and DNS has no room for the SRV record of a name that long"
                )?;
            }
            Outcome::Refuse(_) => write!(f, "{none}, and open federation is switched off")?,
        }
        match &self.passed_over {
            Some(PassedOver { index, route }) => {
                let why = if route.active {
                    "which is for telephone numbers alone"
                } else {
                    "which is switched off"
                };
                write!(
                    f,
                    "; passed over: route {} for {}, {why}",
                    index + 1,
                    route.domain
                )
            }
            None => Ok(()),
        }
    }
}

impl<S> Clone for Decision<'_, '_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Decision<'_, '_, S> {}

impl<S> Clone for Outcome<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Outcome<'_, S> {}

impl<S> Clone for PassedOver<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for PassedOver<'_, S> {}
