//! Decisions: pure functions of a policy and a question, whose results also tell why.

mod decision;
mod discovery;
mod finding;
mod hop;
#[cfg(feature = "alloc")]
mod owned_table;
mod pattern;
mod route;
mod srv_match;
mod srv_order;
mod table;
mod target;
mod trust;

pub use decision::{Decision, Outcome, PassedOver};
pub use discovery::{Discovery, DiscoveryOutcome, discover};
pub use finding::{RouteFinding, RouteFindingKind};
pub use hop::{Gateway, GatewayError, GatewayName, Hop, RouteTransport, UnknownRouteTransport};
#[cfg(feature = "alloc")]
#[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
pub use owned_table::{OwnedRouteTable, RoutesConfig};
pub use pattern::{DomainPattern, DomainPatternError, PatternKind};
pub use route::{Route, RouteFault};
pub use srv_match::{SrvMatch, SrvVerdict, match_srv};
pub use srv_order::SrvOrder;
pub use table::{IndexSlot, RouteTable, TableError};
pub use target::{Target, TargetError};
pub use trust::{Admission, Trust};
