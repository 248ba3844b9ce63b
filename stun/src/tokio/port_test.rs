//! Tests the UDP ports of a range, on both sides.

use core::convert::Infallible;
use core::net::{IpAddr, SocketAddr};
use std::io;
use std::sync::Arc;
use std::vec::Vec;

use tokio::net::{ToSocketAddrs, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::{Instant as Moment, timeout_at};
use trunkline_sans_io::{Clock, FiveTuple, Instant};

use super::is_of_a_peer;
use crate::machines::{
    Answer, PortTest, PortTestConfig, PortTestEvent, PortTestFailure, PortTestServer, TestedPorts,
};

/// Longer than any message of this; what is cut is no request.
const MESSAGE_LEN: usize = 128;

/// Ports could not be tested.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortTestError {
    /// The server does not take part.
    #[error(transparent)]
    Failed(#[from] PortTestFailure),
    /// The socket does not work.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Tests ports of a server, from one local address. What was found out is in the [`PortTest`] that is
/// given back.
///
/// `control` is the server's control port, `seed` from a random source and used for nothing else.
/// Dropping the future ends the test and harms nothing.
///
/// # Errors
///
/// [`PortTestError`].
pub async fn test_ports(
    local: impl ToSocketAddrs,
    control: SocketAddr,
    ports: TestedPorts,
    seed: [u8; 32],
    config: PortTestConfig,
) -> Result<PortTest, PortTestError> {
    let socket = UdpSocket::bind(local).await?;
    let local = socket.local_addr()?;
    let origin = Moment::now();
    let now = || {
        let nanos = u64::try_from(origin.elapsed().as_nanos());
        Instant::from_nanos(nanos.unwrap_or(u64::MAX))
    };
    let mut test = PortTest::new(now(), local, control, ports, seed, config);
    let mut buffer = [0; MESSAGE_LEN];
    loop {
        while let Ok(Some(transmit)) = test.poll_transmit(now(), &mut buffer) {
            let remote = transmit.path.remote;
            match socket.send_to(&buffer[..transmit.len], remote).await {
                // What a firewall of this host forbids is as silent as the rest.
                Ok(_) => {}
                Err(error) if is_of_a_peer(&error) || is_forbidden(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        match test.poll_event() {
            Some(PortTestEvent::Done) => return Ok(test),
            Some(PortTestEvent::Failed(failure)) => return Err(failure.into()),
            None => {}
        }
        let Some(deadline) = test.poll_timeout() else {
            continue;
        };
        let deadline = origin + (deadline - Instant::ORIGIN);
        match timeout_at(deadline, socket.recv_from(&mut buffer)).await {
            Ok(Ok((len, remote))) => {
                let path = FiveTuple::udp(local, remote);
                let _ = test.handle_datagram(now(), path, &buffer[..len]);
            }
            Ok(Err(error)) if is_of_a_peer(&error) => {}
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => {}
        }
        test.handle_timeout(now());
    }
}

fn is_forbidden(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

/// The sockets of a server whose ports are tested: the control port, and all of a range.
#[derive(Debug)]
pub struct PortTestSockets {
    control: UdpSocket,
    tested: Vec<UdpSocket>,
    taken: Vec<u16>,
}

impl PortTestSockets {
    /// Binds the ports on one address. Those that somebody else has are left out, and
    /// [told](Self::taken): on a gateway at work they belong to calls.
    ///
    /// Each port takes a file descriptor.
    ///
    /// # Errors
    ///
    /// What binding returns, but for a tested port that is taken.
    pub async fn bind(ip: IpAddr, control: u16, ports: TestedPorts) -> io::Result<Self> {
        let control = UdpSocket::bind((ip, control)).await?;
        let (mut tested, mut taken) = (Vec::new(), Vec::new());
        let own = control.local_addr()?.port();
        for port in ports.range().filter(|port| *port != own) {
            match UdpSocket::bind((ip, port)).await {
                Ok(socket) => tested.push(socket),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => taken.push(port),
                Err(error) => return Err(error),
            }
        }
        Ok(Self {
            control,
            tested,
            taken,
        })
    }

    /// The address of the control port.
    ///
    /// # Errors
    ///
    /// What the system returns.
    pub fn control_addr(&self) -> io::Result<SocketAddr> {
        self.control.local_addr()
    }

    /// The ports that somebody else has.
    #[must_use]
    pub fn taken(&self) -> &[u16] {
        &self.taken
    }

    /// Answers until a socket fails or the future is dropped. It has to run on a tokio runtime, where
    /// each port is a task. The seed must come from a random source and be used for nothing else.
    ///
    /// # Errors
    ///
    /// What receiving returns when it is not about a single peer.
    pub async fn serve(self, seed: [u8; 32]) -> io::Result<Infallible> {
        let server = PortTestServer::new(self.control.local_addr()?.port(), seed);
        let shared = Arc::new((server, Clock::new(), self.control));
        let mut tasks = JoinSet::new();
        for socket in self.tested {
            let shared = Arc::clone(&shared);
            tasks.spawn(async move { serve_port(&socket, &shared).await });
        }
        tasks.spawn(async move { serve_port(&shared.2, &shared).await });
        match tasks.join_next().await {
            Some(Ok(ended)) => ended,
            Some(Err(error)) => Err(io::Error::other(error)),
            None => core::future::pending().await,
        }
    }
}

async fn serve_port(
    socket: &UdpSocket,
    (server, clock, control): &(PortTestServer, Clock, UdpSocket),
) -> io::Result<Infallible> {
    let local = socket.local_addr()?;
    let (mut request, mut response) = ([0; MESSAGE_LEN], [0; MESSAGE_LEN]);
    loop {
        let (len, remote) = match socket.recv_from(&mut request).await {
            Ok(received) => received,
            Err(error) if is_of_a_peer(&error) => continue,
            Err(error) => return Err(error),
        };
        let path = FiveTuple::udp(local, remote);
        let answer = server.answer(clock.now(), path, &request[..len], &mut response);
        if let Ok(Answer::Send(transmit)) = answer {
            let by = match transmit.path.local == local {
                true => socket,
                false => control,
            };
            // A response that is lost here is asked for again, like one lost on the way.
            let _ = by.send_to(&response[..transmit.len], remote).await;
        }
    }
}
