//! The state machines. Each is plain data; only the table of sessions needs an allocator.

mod admission;
mod direction;
mod drop_reason;
mod emodel;
mod latch;
mod payload_map;
mod peer_reports;
mod ports;
mod reception;
#[cfg(feature = "alloc")]
mod relay;
mod session;

pub use admission::{
    Admission, AdmissionEvent, AdmissionLimits, AdmissionRequest, AdmissionStatistics, Admitted,
    CallBandwidth, Refused,
};
pub use direction::{Component, Direction, Leg};
pub use drop_reason::{DropCounts, DropReason};
pub use emodel::{EModel, Rating};
pub use latch::{Latch, LatchMode, Learn, Origin, RemoteMedia, SourceCheck};
pub use payload_map::{PayloadEntry, PayloadMap, PayloadMapFull};
pub use peer_reports::{PeerReports, SentByPeer};
pub use ports::{PortPair, PortRange, PortRangeError, PortReservation, Ports, PortsExhausted};
pub use reception::{Arrival, ReceptionStatistics};
#[cfg(feature = "alloc")]
pub use relay::{
    CreateError, Interface, InterfaceId, LegAddresses, PortId, Relay, RelayConfig,
    RelayReservation, RelayStatistics, RelayVerdict, ReserveError, UnknownSession,
};
pub use session::{
    Event, LegConfig, LegStatistics, LegUpdate, Session, SessionConfig, SessionStatistics, Traffic,
    Verdict,
};
