//! The relay on real sockets.
//!
//! A worker is one task that owns the sockets of many sessions behind one epoll instance; there
//! is no task for a leg or a call. A session lives on one worker with all its four sockets, so
//! packets never change threads. Control goes through a bounded channel: when it is full, the
//! caller waits, media does not. Events go through another: when nobody fetches them they stay in
//! the sessions, where newer ones replace older ones of their kind.
//!
//! Works on Linux. Each session takes four file descriptors: raise the limit of the process to
//! fit, or creating sessions fails with [`RelayError::SocketsExhausted`].
//!
//! ```
//! use trunkline_rtp_relay::tokio::{DriverConfig, RelayHandle};
//! use trunkline_rtp_relay::{
//!     Interface, InterfaceId, Leg, LegConfig, PortRange, RelayConfig, RemoteMedia, SessionConfig,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let loopback = [127, 0, 0, 1].into();
//! let pbx = Interface::new(loopback, PortRange::new(30_000, 30_099)?);
//! let trunk = Interface::new(loopback, PortRange::new(30_100, 30_199)?);
//! let config = DriverConfig::new(RelayConfig::new(vec![pbx, trunk], 25, [7; 32]));
//! let (relay, mut events) = RelayHandle::spawn(config)?;
//!
//! // INVITE: the offer names the caller's address. The trunk side goes into the forwarded offer.
//! let mut session = SessionConfig::default();
//! session.legs[0].remote = Some(RemoteMedia::new(([192, 0, 2, 9], 40_000).into()));
//! let call = relay.create([InterfaceId(0), InterfaceId(1)], session).await?;
//! println!("c/m of the offer to the trunk: {}", call.leg(Leg::B).rtp);
//!
//! // 200 OK: the answer names the callee's. The PBX side goes into the forwarded answer.
//! let callee = RemoteMedia::new(([203, 0, 113, 5], 17_000).into());
//! relay.set_remote(call.session, Leg::B, callee).await?;
//! println!("c/m of the answer to the PBX: {}", call.leg(Leg::A).rtp);
//!
//! // BYE.
//! let statistics = relay.remove(call.session).await?;
//! println!("{} packets from the caller", statistics.leg(Leg::A).received.packets());
//! # Ok(())
//! # }
//! ```

mod config;
mod handle;
mod sockets;
mod worker;

pub use config::{DriverConfig, RelayError, SpawnError};
pub use handle::{Allocated, RelayHandle, SessionEvent, SessionId};
