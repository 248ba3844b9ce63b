//! The state machines: transactions, the layer that matches messages to them, and what is built on it.

mod dialog;
#[cfg(feature = "alloc")]
mod layer;
mod timers;
mod transaction;
#[cfg(feature = "alloc")]
mod user_agent;

pub use dialog::*;
#[cfg(feature = "alloc")]
pub use layer::*;
pub use timers::Timers;
pub use transaction::*;
#[cfg(feature = "alloc")]
pub use user_agent::*;
