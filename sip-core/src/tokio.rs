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
//! # When a peer goes away
//!
//! A connection that is refused or reset is told to the machine at once, and requests without any response
//! fail with it: whoever has a second host to try need not wait for a timer of 32 seconds. One that is not
//! answered at all is given up after [`TransportsConfig::connect_timeout`]. A request that finds its
//! connection dead already goes over a new one.
//!
//! Over UDP there is no such thing: a port where nobody listens is silence, since what ICMP says of it is not
//! passed on, and only the timers of the machines tell: timer B and F after 32 s, or
//! [`BackToBackConfig::attempt_limit`](crate::BackToBackConfig::attempt_limit) after 4 s.
//!
//! # Marks
//!
//! [`TransportsConfig::dscp`] tells how the packets of each socket are marked (RFC 2474).
//!
//! # Several local addresses
//!
//! A socket bound to an unspecified address (`0.0.0.0`, `::`) hears all addresses of the host. The
//! path of a datagram then tells the address that received it, and an answer to that path leaves
//! from there. This works on Linux and on Apple systems; elsewhere the path tells the unspecified
//! address and the operating system chooses: bind each address by itself there.
//!
//! [`local_address_towards`] tells the address that the routes of the system choose towards a peer;
//! [`LocalRoute`](trunkline_sans_io::LocalRoute) is a table of what they should choose.
//!
//! # Names
//!
//! With the feature `dns` there is a `Resolver`, for the addresses of hosts (A and AAAA) and for other records (SRV,
//! NAPTR).
//!
//! TLS and WebSocket are not here yet, nor are NAPTR and SRV (RFC 3263).

mod connection;
mod connection_table;
mod dscp;
mod endpoint;
mod listener;
mod local_address;
mod packet_info;
mod transports;
mod udp;

pub use endpoint::{Endpoint, Machine, Traffic};
pub use local_address::local_address_towards;
pub use transports::{Input, Listener, Transports, TransportsConfig, TransportsStatistics};
#[cfg(feature = "dns")]
pub use trunkline_sans_io::tokio::{Addresses, DnsAnswer, ResolveError, Resolver};
