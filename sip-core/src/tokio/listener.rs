//! The task that accepts TCP connections.

use alloc::sync::Arc;
use core::net::SocketAddr;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::sleep;
use trunkline_sans_io::FiveTuple;

use super::connection::{Event, prepare};
use super::dscp;

/// How many connections the system may hold for us before we accept them.
const BACKLOG: i32 = 1024;
/// How long to wait when the system has no file descriptor or no memory for a new connection.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// Listens on `address`. An IPv6 socket hears IPv6 only.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // Elsewhere it would let a second program take the port from us.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Accepts connections and hands them to the owner, until the owner is gone.
///
/// Those that would leave fewer than `reserved` free places are closed at once and counted in
/// `refused`. An error concerns one
/// connection or passes: it never ends the listener.
pub(super) async fn accept(
    listener: TcpListener,
    events: mpsc::Sender<Event>,
    places: Arc<Semaphore>,
    reserved: usize,
    refused: Arc<AtomicU64>,
    codepoint: Option<u8>,
) {
    loop {
        let (stream, remote) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if concerns_one_connection(&error) => continue,
            Err(_) => {
                sleep(EXHAUSTED_PAUSE).await;
                continue;
            }
        };
        let permit = Arc::clone(&places).try_acquire_owned();
        let Some(permit) = permit
            .ok()
            .filter(|_| places.available_permits() >= reserved)
        else {
            refused.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        let (Ok(local), Ok(())) = (stream.local_addr(), prepare(&stream)) else {
            continue;
        };
        if let Some(codepoint) = codepoint {
            // Most systems have passed the mark of the listener on already.
            let _ = dscp::mark(SockRef::from(&stream), local, codepoint);
        }
        let accepted = Event::Accepted {
            stream,
            path: FiveTuple::tcp(local, remote),
            permit,
        };
        if events.send(accepted).await.is_err() {
            return;
        }
    }
}

/// Whether the next connection can be accepted at once.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
