//! Looks for a NAT.

use core::future::poll_fn;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::task::{Context, Poll};
use std::io;

use tokio::io::ReadBuf;
use tokio::net::UdpSocket;
use tokio::time::{Instant as Moment, timeout_at};
use trunkline_sans_io::{FiveTuple, Instant};

use super::{RECEIVE_LEN, is_of_a_peer};
use crate::machines::{DiscoveryConfig, NatDiscovery, NatReport};

/// Finds out how the NAT between this host and a server behaves, in 15 seconds or so where it
/// filters, at once where it does not.
///
/// `local` is the address to ask from; port 0 stands for any, an unspecified address for the one
/// that the system would use. A second port is opened beside it.
/// Nothing should have been sent from the port before; see [`NatDiscovery`].
///
/// Dropping the future ends it and harms nothing.
///
/// # Errors
///
/// What the sockets return when it is not about the server: that shows in the report.
pub async fn discover(
    local: SocketAddr,
    server: SocketAddr,
    seed: [u8; 32],
    config: DiscoveryConfig,
) -> io::Result<NatReport> {
    let ip = match local.ip().is_unspecified() {
        true => source_towards(server).await?,
        false => local.ip(),
    };
    let sockets = [
        UdpSocket::bind((ip, local.port())).await?,
        UdpSocket::bind((ip, 0)).await?,
    ];
    let addresses = [sockets[0].local_addr()?, sockets[1].local_addr()?];
    let mut discovery = NatDiscovery::new(addresses, server, seed, config);
    let origin = Moment::now();
    let now = || {
        let nanos = u64::try_from(origin.elapsed().as_nanos());
        Instant::from_nanos(nanos.unwrap_or(u64::MAX))
    };
    let mut buffer = [0; RECEIVE_LEN];
    loop {
        while let Ok(Some(transmit)) = discovery.poll_transmit(now(), &mut buffer) {
            let path = transmit.path;
            let socket = &sockets[usize::from(path.local != addresses[0])];
            match socket.send_to(&buffer[..transmit.len], path.remote).await {
                Ok(_) => {}
                Err(error) if is_of_a_peer(&error) => discovery.handle_send_failed(now(), path),
                Err(error) => return Err(error),
            }
        }
        if let Some(report) = discovery.poll_event() {
            return Ok(report);
        }
        let Some(deadline) = discovery.poll_timeout() else {
            continue;
        };
        let deadline = origin + (deadline - Instant::ORIGIN);
        let mut first = 0;
        let received = poll_fn(|context| poll_any(&sockets, &mut first, context, &mut buffer));
        match timeout_at(deadline, received).await {
            Ok(Ok((index, len, remote))) => {
                let path = FiveTuple::udp(addresses[index], remote);
                let _ = discovery.handle_datagram(now(), path, &buffer[..len]);
            }
            Ok(Err(error)) if is_of_a_peer(&error) => {}
            Ok(Err(error)) => return Err(error),
            Err(_) => {}
        }
        discovery.handle_timeout(now());
    }
}

/// The address of this host that packets to a server come from.
async fn source_towards(server: SocketAddr) -> io::Result<IpAddr> {
    let any = match server {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    // Nothing is sent by this.
    socket.connect(server).await?;
    Ok(socket.local_addr()?.ip())
}

/// What one of several sockets has received: which, how much, and from whom. `first` is asked
/// first, and the next one next time.
fn poll_any(
    sockets: &[UdpSocket],
    first: &mut usize,
    context: &mut Context<'_>,
    buffer: &mut [u8],
) -> Poll<io::Result<(usize, usize, SocketAddr)>> {
    for step in 0..sockets.len() {
        let index = (*first + step) % sockets.len();
        let mut received = ReadBuf::new(buffer);
        if let Poll::Ready(result) = sockets[index].poll_recv_from(context, &mut received) {
            *first = index + 1;
            return Poll::Ready(result.map(|remote| (index, received.filled().len(), remote)));
        }
    }
    Poll::Pending
}
