//! The state machines: transactions, the layer that matches messages to them, and what is built on it.

#[cfg(feature = "alloc")]
mod back_to_back;
#[cfg(feature = "alloc")]
mod call_router;
mod dialog;
#[cfg(feature = "alloc")]
mod digest_client;
#[cfg(feature = "digest")]
mod digest_server;
#[cfg(feature = "alloc")]
mod layer;
#[cfg(feature = "alloc")]
mod next_hop;
#[cfg(feature = "alloc")]
mod peering;
#[cfg(all(feature = "alloc", feature = "serde"))]
mod text_form;
mod timers;
mod transaction;
#[cfg(feature = "alloc")]
mod trunk_group;
#[cfg(feature = "alloc")]
mod user_agent;

#[cfg(feature = "alloc")]
pub use back_to_back::*;
#[cfg(feature = "alloc")]
pub use call_router::*;
pub use dialog::*;
#[cfg(feature = "alloc")]
pub use digest_client::*;
#[cfg(feature = "digest")]
pub use digest_server::*;
#[cfg(feature = "alloc")]
pub use layer::*;
#[cfg(feature = "alloc")]
pub use next_hop::{NextHop, NextHopError};
#[cfg(feature = "alloc")]
pub use peering::*;
pub use timers::Timers;
pub use transaction::*;
#[cfg(feature = "alloc")]
pub use trunk_group::*;
#[cfg(feature = "alloc")]
pub use user_agent::*;
