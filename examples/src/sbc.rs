//! A session border controller between a telephone exchange and a provider: a back-to-back user
//! agent with media relay.
//!
//! | file | what it decides |
//! |---|---|
//! | `config` | what an operator can set |
//! | `route` | how a request looks on the other side, and which ones are refused |
//! | `b2bua`, `call` | what happens on one leg, and what that means for the other |
//! | `media` | session descriptions, and what the relay is told of them |
//! | `relay` | the relay, as the calls want it |
//! | `record` | what is told of a call when it is over |
//! | `server` | the sockets, the relay and the loop that joins them |

mod b2bua;
mod call;
mod config;
mod media;
mod record;
mod relay;
mod route;
mod server;

pub use b2bua::{Agents, BackToBack};
pub use config::{Config, Peer, Side, SideConfig};
pub use media::{MediaAnswer, MediaCommand, MediaPorts, Remote};
pub use record::{CallRecord, EndReason, LegMedia, MediaRecord};
pub use server::{Report, Sbc, seed};
