//! SIP over the sockets of tokio: UDP and TCP.
//!
//! [`Endpoint`] runs a [`TransactionLayer`](crate::TransactionLayer) or a
//! [`UserAgent`](crate::UserAgent) and is what a program is written on. [`Transports`] are the
//! sockets alone, for a program that brings its own machine.
//!
//! No protocol decision is made here: which connection a response belongs to, when a request
//! moves to TCP and what is malformed is decided by the machines.
//!
//! # Limits and slow peers
//!
//! Everything is bounded, see [`TransportsConfig`]. Input waits in the sockets of the operating
//! system until [`Transports::recv`] is called; a TCP peer is slowed down by TCP itself. Output
//! never waits for a peer: [`Transports::send`] queues, and a connection whose peer does not read
//! is closed when its queue is full. No connection disturbs another. On Linux a connection whose peer
//! does not acknowledge what was sent for 32 seconds is closed too; elsewhere the operating system
//! decides when it gives up.
//!
//! # Several local addresses
//!
//! A socket bound to an unspecified address (`0.0.0.0`, `::`) hears all addresses of the host. The
//! path of a datagram then tells the address that received it, and an answer to that path leaves
//! from there. This works on Linux and on Apple systems; elsewhere the path tells the unspecified
//! address and the operating system chooses: bind each address by itself there.
//!
//! TLS and WebSocket are not here yet.

mod connection;
mod connection_table;
mod dscp;
mod endpoint;
mod listener;
mod local_address;
mod packet_info;
#[cfg(feature = "dns")]
mod resolver;
mod transports;
mod udp;

pub use endpoint::{Endpoint, Machine, Traffic};
pub use local_address::local_address_towards;
#[cfg(feature = "dns")]
#[cfg_attr(docsrs, doc(cfg(feature = "dns")))]
pub use resolver::{Addresses, ResolveError, Resolver};
pub use transports::{Input, Listener, Transports, TransportsConfig, TransportsStatistics};
