//! Ladders of calls over several legs.

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod call;
mod capture;
mod event;
mod ladder;
mod page;
mod plain;
mod redact;

pub use call::{Call, CallLeg, Correlator, Leg, Outcome, Query, internal, same_number};
pub use capture::{Capture, Filter};
pub use event::{
    Body, Direction, Event, MediaCounts, MediaEvent, MediaPhase, SipEvent, Start, Stream,
};
pub use ladder::{Deviation, Golden, GoldenError, Ladder, Names, Step, StepKind};
pub use page::Page;
pub use plain::REDACTED;
pub use redact::redact;
