//! What it takes to test a machine without IO: a network that loses, delays, repeats and reorders
//! packets by a seed, NATs, a virtual clock on which two or more machines talk over it, and a count of
//! what they allocate.
//!
//! The machines are those with the verbs of Trunkline, ours or yours: `handle_datagram`,
//! `handle_bytes`, `handle_timeout`, `poll_transmit`, `poll_timeout`. A test wraps its machine in a
//! [`Host`], puts two of them into a [`Simulation`] and lets hours pass in a moment. The same seed
//! gives the same run, and the simulation watches that the contract of the verbs is kept.
//!
//! A pinger that repeats its ping until the pong comes, over a network that loses every third
//! packet:
//!
//! ```
//! use core::time::Duration;
//! use trunkline_testkit::sans_io::{BufferTooSmall, FiveTuple, Instant, Transmit};
//! use trunkline_testkit::{Host, Link, Network, Simulation, Strain};
//!
//! const REPEAT: Duration = Duration::from_millis(500);
//!
//! enum Peer {
//!     Pinger { path: FiveTuple, due: Option<Instant>, pings: u32, ponged_at: Option<Instant> },
//!     Ponger { reply: Option<FiveTuple> },
//! }
//!
//! impl Host for Peer {
//!     fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]) {
//!         match self {
//!             Self::Pinger { due, ponged_at, .. } if data == b"pong" => {
//!                 *due = None;
//!                 ponged_at.get_or_insert(now);
//!             }
//!             Self::Ponger { reply } if data == b"ping" => *reply = Some(path),
//!             _ => {}
//!         }
//!     }
//!
//!     fn handle_timeout(&mut self, _now: Instant) {} // what is due leaves with poll_transmit
//!
//!     fn poll_transmit(
//!         &mut self,
//!         now: Instant,
//!         buf: &mut [u8],
//!     ) -> Result<Option<Transmit>, BufferTooSmall> {
//!         let (path, text) = match self {
//!             Self::Pinger { path, due: Some(due), .. } if *due <= now => (*path, b"ping"),
//!             Self::Ponger { reply: Some(path) } => (*path, b"pong"),
//!             _ => return Ok(None),
//!         };
//!         let room = buf.get_mut(..4).ok_or(BufferTooSmall { needed: 4 })?;
//!         room.copy_from_slice(text);
//!         match self {
//!             Self::Pinger { due, pings, .. } => {
//!                 *due = Some(now + REPEAT);
//!                 *pings += 1;
//!             }
//!             Self::Ponger { reply } => *reply = None,
//!         }
//!         Ok(Some(Transmit { path, connection: None, len: 4 }))
//!     }
//!
//!     fn poll_timeout(&self) -> Option<Instant> {
//!         match self {
//!             Self::Pinger { due, .. } => *due,
//!             Self::Ponger { .. } => None,
//!         }
//!     }
//! }
//!
//! let link = Link { loss: 0.33, ..Link::with_delay(Duration::from_millis(40)) };
//! let mut simulation = Simulation::new(Network::new(1, link));
//! simulation.set_strain(Strain::HEAVY);
//!
//! let path = FiveTuple::udp(([192, 0, 2, 1], 7000).into(), ([192, 0, 2, 2], 7000).into());
//! let pinger = simulation.add(&[path.local.ip()], Peer::Pinger {
//!     path,
//!     due: Some(Instant::ORIGIN),
//!     pings: 0,
//!     ponged_at: None,
//! });
//! simulation.add(&[path.remote.ip()], Peer::Ponger { reply: None });
//!
//! assert!(simulation.run_until_idle(Instant::from_secs(60)));
//! let Peer::Pinger { pings, ponged_at: Some(at), .. } = simulation.host(pinger) else {
//!     panic!("no pong");
//! };
//! assert!(*pings > 1, "seed 1 loses the first exchange");
//! assert!(*at >= Instant::ORIGIN + REPEAT);
//! ```
//!
//! The example `lossy_network` is the like as a program, with loss and seed as arguments:
//! `cargo run -p trunkline-testkit --example lossy_network`.
//!
//! | what | where |
//! |---|---|
//! | loss, delay, jitter, duplication, reordering, largest datagram, by direction | [`Link`] |
//! | exactly this packet lost, late or repeated | [`Network::decide_by`] |
//! | streams: in order, cut anywhere, refused, closed, broken; loss holds them up | [`Network::connect`] and what stands with it |
//! | NATs and firewalls: mapping and filtering by nothing, address, port; hairpinning, time-outs, allocation of ports, rewritten payloads; one behind another | [`Network::add_nat`], [`NatConfig`] |
//! | hosts on a virtual clock; early and late timeouts, buffers too small | [`Simulation`], [`Strain`] |
//! | a machine that spins, sends without end or asks for ever more buffer fails the test | [`Simulation`] |
//! | allocations of a closure | `assert_no_allocation`, `count_allocations`, `allocations_per_operation`, with the feature `allocation` |
//!
//! Not modelled: NAT of streams, pools of outside addresses, bandwidth, queues, fragmentation, back-pressure of
//! streams.
//!
//! The crate needs `std`. The feature `allocation`, off by default, replaces the global allocator
//! of the program with one that counts for each thread, so use it in tests and benches alone.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use trunkline_sans_io as sans_io;

#[cfg(feature = "allocation")]
mod allocation;
mod host;
mod link;
mod nat;
mod network;
mod random;
mod simulation;

#[cfg(feature = "allocation")]
pub use allocation::{
    Allocations, allocations_per_operation, assert_no_allocation, count_allocations,
};
pub use host::Host;
pub use link::Link;
pub use nat::{Dependence, Hairpin, NatConfig, NatId, NatStatistics, PortAllocation};
pub use network::{Arrival, Delivery, Fate, Network, NetworkStatistics};
pub use random::{Random, Seed};
pub use simulation::{HostId, Simulation, Step, Strain};
