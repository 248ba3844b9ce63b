//! The local address that leads to a peer.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::io;
use std::net::UdpSocket;

/// The address of this host from which packets to `remote` leave, by the routing table.
///
/// A program that listens on an unspecified address needs it before it sends a request: it is what
/// `Via` and `Contact` should say. Nothing is sent, and the call does not block.
///
/// On a host with several networks, [`LocalRoute::check`](trunkline_sans_io::LocalRoute::check) compares it
/// with what it should be.
///
/// # Errors
///
/// What the operating system reports when it has no route to `remote`.
///
/// ```
/// use trunkline_sip_core::tokio::local_address_towards;
///
/// let local = local_address_towards("127.0.0.1:5060".parse().unwrap())?;
/// assert!(local.is_loopback());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn local_address_towards(remote: SocketAddr) -> io::Result<IpAddr> {
    let any = match remote {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
    // Connecting a UDP socket only looks up the route. Some systems refuse port 0.
    let port = if remote.port() == 0 { 9 } else { remote.port() };
    socket.connect(SocketAddr::new(remote.ip(), port))?;
    Ok(socket.local_addr()?.ip())
}
