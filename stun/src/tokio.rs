//! A client and discovery on UDP sockets, a server and allocations at relays on these and on streams, the addresses
//! that DNS tells of them.
//!
//! ```
//! use std::net::Ipv4Addr;
//! use tokio::net::UdpSocket;
//! use trunkline_stun::BindingServer;
//! use trunkline_stun::tokio::{Client, serve};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
//! let server = socket.local_addr()?;
//! tokio::spawn(async move { serve(&socket, &BindingServer::new()).await });
//!
//! let seed = [7; 32]; // from the system's random source in life
//! let mut client = Client::bind((Ipv4Addr::LOCALHOST, 0), seed).await?;
//! assert_eq!(client.mapped_address(server).await?, client.local_addr()?);
//! # Ok(())
//! # }
//! ```

#[cfg(target_os = "linux")]
mod batch;
mod client;
mod discovery;
mod names;
mod port_test;
mod public_address;
mod server;
mod turn;

pub use client::{Client, MappedAddressError, mapped_address_over};
pub use discovery::discover;
#[cfg(feature = "dns")]
pub use names::{Answering, names_by};
pub use names::{ServerAddresses, no_names};
pub use port_test::{PortTestError, PortTestSockets, test_ports};
pub use public_address::{PublicAddressHandle, PublicAddressService};
pub use server::{DiscoverySockets, Responder, StreamLimits, serve, serve_stream, serve_tcp};
pub use turn::{Allocate, TurnReceiver, TurnSender, TurnSocket, TurnSocketError};

use std::io;

/// The largest UDP payload that a receive call is offered room for. STUN stays below 1,280
/// octets (RFC 8489 section 6.1) but for requests with `PADDING`, which are to be refused; a longer
/// datagram is cut and then found malformed.
const RECEIVE_LEN: usize = 2_048;

/// Whether the error tells of a datagram sent before, not of the socket.
fn is_of_a_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::Interrupted
    )
}
