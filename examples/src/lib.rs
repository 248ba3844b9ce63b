//! Products on top of the Trunkline crates, and what their tests share.
//!
//! * [`sbc`]: a session border controller between a telephone exchange and a provider.
//! * [`dialplan`]: dial plans judged, tested, converted and drawn.
//! * [`demo`]: three calls through it, on loopback.

#![forbid(unsafe_code)]

pub mod demo;
pub mod dialplan;
pub mod sbc;
