//! A session border controller between a telephone exchange and a provider: a back-to-back user
//! agent with media relay, trunks with health, dial plan, limits and call records.
//!
//! It only composes the crates:
//!
//! | file | what it decides |
//! |---|---|
//! | `config` | what an operator can set |
//! | `check` | how the file is read, and what is to be said of it |
//! | `numbers` | which number is called, on which side, and by whom |
//! | `media` | session descriptions, and what the relay is told of them |
//! | `observer` | what is kept of the messages, for ladders |
//! | `sockets` | what the operating system is asked for |
//! | `calls` | what becomes of a call, from its INVITE to its record |
//! | `server` | the names, and the loop that joins it all |

mod calls;
mod check;
mod config;
mod media;
mod numbers;
mod observer;
mod server;
mod sockets;

pub use check::{Finding, load};
pub use config::{
    Config, DscpConfig, LimitsConfig, MediaConfig, OutputConfig, ResolverConfig, RouteConfig, Side,
};
pub use observer::Report;
pub use server::Sbc;
pub use sockets::seed;
pub use trunkline_trace::CallRecord;
