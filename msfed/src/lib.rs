//! Federation between organisations: where a domain's server is, and which way requests go.
//!
//! Every decision is a pure function of a policy and a question. It asks nobody, allocates nothing, and its
//! result tells why, as a value and as a sentence: most complaints about federation are about failures that
//! give no reason.
//!
//! ```
//! use trunkline_msfed::{
//!     Domain, DomainPattern, Gateway, IndexSlot, Route, RouteTable, RouteTransport, SrvRecord, Target,
//!     discover, sip_core::uri::Uri,
//! };
//!
//! // The exchange of our laboratory, and whatever is below fabrikam.com.
//! let mut lab = Route::new(DomainPattern::new("lab.contoso.com")?, Gateway::new("10.0.0.7")?);
//! lab.transport = RouteTransport::Tcp;
//! let fabrikam = Route::new(DomainPattern::new("*.fabrikam.com")?, Gateway::new("edge.fabrikam.com")?);
//! let routes = [lab, fabrikam];
//! let mut index = [IndexSlot::EMPTY; 4];
//! let seed = [7; 32]; // at random, outside of examples
//! let table = RouteTable::new(&routes, &mut index, seed)?.with_discovery(true);
//!
//! let uri = Uri::parse("sip:alice@lab.contoso.com")?;
//! let decision = table.decide(Target::of_uri(&uri)?);
//! assert_eq!(
//!     decision.to_string(),
//!     "lab.contoso.com: route 1 for lab.contoso.com, the domain itself, leads to tcp:10.0.0.7:5060; \
//!      not trusted: senders have to authorise themselves"
//! );
//!
//! // Anybody else is found by DNS, where the host has to be in the domain itself.
//! let uri = Uri::parse("sip:bob@partner.example")?;
//! let decision = table.decide(Target::of_uri(&uri)?);
//! let question = decision.question().ok_or("no question")?;
//! assert_eq!(question.to_string(), "_sipfederationtls._tcp.partner.example SRV");
//! let answer = [SrvRecord::parse("0 0 5061 sip.elsewhere.example.")?];
//! let discovery = discover(decision.target.domain, &answer, &["sipfed.online.lync.com"]);
//! assert_eq!(
//!     discovery.to_string(),
//!     "partner.example: sip.elsewhere.example, of its SRV record, is in another domain and not among \
//!      the known servers"
//! );
//! assert_eq!(discovery.diagnostic().map(|diagnostic| diagnostic.id()), Some(1009));
//!
//! // What is hardly meant like this is told, too.
//! let findings: Vec<String> = table.findings().map(|finding| finding.to_string()).collect();
//! assert!(findings.is_empty(), "{findings:?}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In a configuration file routes stand as `RoutesConfig` shows, which makes a table of its own. The example
//! `federation_route` tells which way a domain or a URI goes in a table of some routes, and why:
//! `cargo run -p trunkline-msfed --example federation_route -- eu.contoso.com`.
//!
//! # The order of ways
//!
//! 1. The static route for the domain itself ([`PatternKind::Exact`]).
//! 2. The wildcard of most labels above it, `*.eu.contoso.com` before `*.contoso.com` ([`PatternKind::Below`]).
//! 3. The default route, `*` ([`PatternKind::All`]).
//! 4. Open federation, where it is switched on ([`Outcome::Discover`]): SRV records of
//!    `_sipfederationtls._tcp` and the domain, whose host has to be in the domain itself or to be known
//!    ([`match_srv`]). Nothing else is tried.
//! 5. Nothing: 404 with `ms-diagnostics` 1005.
//!
//! Among routes for the same domains one for telephone numbers alone comes first. A route that is switched off
//! leaves its domains to the next way.
//!
//! # What is supported
//!
//! | what | supported | not supported |
//! |---|---|---|
//! | domains | [`Domain`]: ASCII and A-labels, without regard to case | names in other scripts (U-labels) |
//! | discovery | [`federation_srv_name`], [`SrvRecord`], the order of RFC 2782 or that of the answer ([`SrvOrder`]), the strict rule with known servers, 1008 and 1009 ([`discover`]) | asking DNS; names under which clients sign in |
//! | static routes | [`RouteTable`]: domains, wildcards, default route, telephone numbers alone, local address, replacement of the host in the Request-URI; one switch for all | certificates by route; choice among several servers of a route |
//! | trust | [`Trust`]: mutual TLS always, others if the route says so; what becomes of a request ([`Admission`]) | which route a request came by: the identity of certificates |
//! | mistakes in routes | [`TableError`] with the field for what cannot work; [`RouteTable::findings`] for the rest | routes for one's own domains, which would go in circles |
//! | partners, providers, blocked domains, limits | | all |
//! | certificates, preflight, presence, messages, media paths | | all |
//!
//! # Features
//!
//! | | core (no features) | `alloc` | `std` (default) |
//! |---|---|---|---|
//! | [`Domain`], [`SrvRecord`], [`MsDiagnostic`] | yes | yes | yes |
//! | [`match_srv`], [`discover`], [`SrvOrder`] | yes | yes | yes |
//! | [`Route`], [`RouteTable`] over storage that is lent, [`Decision`], [`RouteFinding`] | yes | yes | yes |
//! | `OwnedRouteTable`, `RoutesConfig` | | yes | yes |
//!
//! The feature `serde` adds the forms that routes have in configuration files. There is no `tokio` feature,
//! since nothing here does IO. Nothing but making an `OwnedRouteTable` and reading a configuration allocates.
//!
//! # Hostile input
//!
//! Others choose the domains that are looked up. A domain has 256 octets at most; a look-up takes one probe of
//! a hash table, keyed by a seed, for the domain and one for each number of labels that there are wildcards of.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub use trunkline_sans_io as sans_io;
pub use trunkline_sip_core as sip_core;

mod machines;
#[cfg(feature = "serde")]
mod serde_impls;
mod wire;

pub use machines::*;
pub use wire::*;
