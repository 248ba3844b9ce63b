//! Products on top of the Trunkline crates, and what their tests share.
//!
//! * [`sbc`]: a session border controller between a telephone exchange and a provider.
//! * [`demo`]: three calls through it, on loopback.

#![forbid(unsafe_code)]

pub mod demo;
pub mod sbc;
