//! An allocation at a relay as a socket.

mod driver;

use core::fmt;
use core::net::SocketAddr;
use std::io;
use std::vec;
use std::vec::Vec;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::{mpsc, oneshot, watch};
use trunkline_sans_io::{ConnectionId, FiveTuple, Owned, Transport};

use self::driver::{Command, Driver, Outcome};
use crate::machines::{
    Allocated, LongTermAuthentication, Refusal, SendError, TURN_HEADROOM, TURN_TAILROOM,
    TurnClient, TurnConfig, TurnFailure,
};

/// How many servers are connected to at most, one naming the next.
const MAX_SERVERS: usize = 4;
/// How many commands wait for the task.
const COMMANDS: usize = 32;
/// The longest payload, as of UDP over IPv4.
const MAX_PAYLOAD: usize = 65_507;

/// Something does not go through the relay.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TurnSocketError {
    /// There is no allocation, or none any more.
    #[error(transparent)]
    Failed(#[from] TurnFailure),
    /// The server does not relay to this peer.
    #[error("the server refuses the peer: {0}")]
    PeerRefused(Refusal),
    /// There are as many peers as there may be.
    #[error("there are too many peers")]
    TooManyPeers,
    /// The payload is longer than 65,507 octets.
    #[error("the payload is too long")]
    TooLong,
    /// The socket was closed.
    #[error("the socket is closed")]
    Closed,
    /// No connection to the server.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What is to be allocated: made once, used for one [`TurnSocket`].
///
/// ```no_run
/// use tokio::net::UdpSocket;
/// use trunkline_stun::LongTermAuthentication;
/// use trunkline_stun::tokio::Allocate;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let seed = [7; 32]; // from the system's random source in life
/// let credential = LongTermAuthentication::new(b"alice".to_vec(), b"secret")?;
/// let socket = UdpSocket::bind("0.0.0.0:0").await?;
/// let mut relay = Allocate::new(seed)
///     .with_credential(credential)
///     .over_udp(socket, "192.0.2.1:3478".parse()?)
///     .await?;
/// println!("peers reach us at {}", relay.relayed_addr());
///
/// let peer = "198.51.100.1:6000".parse()?;
/// relay.send_to(b"hello", peer).await?;
/// let mut buffer = [0; 1500];
/// let (len, from) = relay.recv_from(&mut buffer).await?;
/// # let _ = (len, from);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Allocate {
    seed: [u8; 32],
    config: TurnConfig,
    credential: Option<LongTermAuthentication<Vec<u8>>>,
    max_peers: usize,
    queue: usize,
}

impl Allocate {
    /// By the default configuration, with 64 peers at most and room for 256 datagrams that nobody
    /// has fetched yet. The seed must come from a random source and be used for nothing else.
    #[must_use]
    pub const fn new(seed: [u8; 32]) -> Self {
        Self {
            seed,
            config: TurnConfig::DEFAULT,
            credential: None,
            max_peers: 64,
            queue: 256,
        }
    }

    /// Sets what is asked for.
    #[must_use]
    pub const fn with_config(mut self, config: TurnConfig) -> Self {
        self.config = config;
        self
    }

    /// Sets who asks.
    #[must_use]
    pub fn with_credential(mut self, credential: LongTermAuthentication<Vec<u8>>) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Sets how many peers there may be at once.
    #[must_use]
    pub const fn with_max_peers(mut self, max_peers: usize) -> Self {
        self.max_peers = max_peers;
        self
    }

    /// Sets how many datagrams wait to be fetched; those that come when there are as many are
    /// thrown away, as a socket of the system does it. Zero counts as one.
    #[must_use]
    pub const fn with_queue(mut self, datagrams: usize) -> Self {
        self.queue = if datagrams == 0 { 1 } else { datagrams };
        self
    }

    /// Allocates over a UDP socket that is not connected. What comes to it from elsewhere than the
    /// server is thrown away.
    ///
    /// Dropping the future gives the allocation up.
    ///
    /// # Errors
    ///
    /// [`TurnSocketError::Failed`], or [`TurnSocketError::Io`] if the socket does not work.
    pub async fn over_udp(
        self,
        socket: UdpSocket,
        server: SocketAddr,
    ) -> Result<TurnSocket, TurnSocketError> {
        let path = FiveTuple::udp(socket.local_addr()?, server);
        let (parts, driver) = self.parts(path, None);
        tokio::spawn(driver.over_udp(socket));
        parts.ready().await
    }

    /// Connects to a server and allocates over the connection. If the server names another one,
    /// that is connected to.
    ///
    /// # Errors
    ///
    /// As [`over_udp`](Self::over_udp).
    pub async fn over_tcp(self, server: SocketAddr) -> Result<TurnSocket, TurnSocketError> {
        let mut asked = vec![server];
        loop {
            let last = asked[asked.len() - 1];
            let stream = TcpStream::connect(last).await?;
            stream.set_nodelay(true)?;
            let path = FiveTuple::tcp(stream.local_addr()?, last);
            let mut attempt = self.clone();
            // No seed is used twice.
            attempt.seed[0] ^= u8::try_from(asked.len() - 1).unwrap_or(u8::MAX);
            match attempt.over_stream(stream, path).await {
                Err(TurnSocketError::Failed(TurnFailure::TryAlternate(next)))
                    if asked.len() < MAX_SERVERS && !asked.contains(&next) =>
                {
                    asked.push(next);
                }
                result => return result,
            }
        }
    }

    /// Allocates over a stream that stands: TCP, or TLS of the caller's, which `path` tells. If
    /// the server names another one, that is a failure with its address.
    ///
    /// # Errors
    ///
    /// As [`over_udp`](Self::over_udp).
    pub async fn over_stream<T>(
        self,
        stream: T,
        path: FiveTuple,
    ) -> Result<TurnSocket, TurnSocketError>
    where
        T: AsyncRead + AsyncWrite + Send + 'static,
    {
        let transport = match path.transport {
            Transport::Udp => Transport::Tcp,
            transport => transport,
        };
        let path = FiveTuple { transport, ..path };
        let (parts, driver) = self.parts(path, Some(ConnectionId(0)));
        tokio::spawn(driver.over_stream(stream));
        parts.ready().await
    }

    fn parts(self, path: FiveTuple, connection: Option<ConnectionId>) -> (Parts, Driver) {
        let peers = Owned::with_limit(self.max_peers);
        let mut client = TurnClient::new(path, self.seed, self.config, self.credential, peers);
        if let Some(connection) = connection {
            client = client.over_connection(connection);
        }
        let (command_sender, commands) = mpsc::channel(COMMANDS);
        let (data_sender, data) = mpsc::channel(self.queue);
        let (allocated_sender, allocated) = oneshot::channel();
        let (outcome_sender, outcome) = watch::channel(None);
        let driver = Driver::new(
            client,
            commands,
            data_sender,
            allocated_sender,
            outcome_sender,
        );
        let parts = Parts {
            commands: command_sender,
            data,
            allocated,
            outcome,
        };
        (parts, driver)
    }
}

/// What a socket will be made of.
struct Parts {
    commands: mpsc::Sender<Command>,
    data: mpsc::Receiver<(Vec<u8>, SocketAddr)>,
    allocated: oneshot::Receiver<Allocated>,
    outcome: watch::Receiver<Option<Outcome>>,
}

impl Parts {
    async fn ready(self) -> Result<TurnSocket, TurnSocketError> {
        match self.allocated.await {
            Ok(allocated) => Ok(TurnSocket {
                sender: TurnSender {
                    commands: self.commands,
                    allocated,
                    outcome: self.outcome.clone(),
                },
                receiver: TurnReceiver {
                    data: self.data,
                    outcome: self.outcome,
                },
            }),
            Err(_) => Err(told(&self.outcome)),
        }
    }
}

/// Why the task has ended.
fn told(outcome: &watch::Receiver<Option<Outcome>>) -> TurnSocketError {
    match *outcome.borrow() {
        Some(Outcome::Failed(failure)) => failure.into(),
        Some(Outcome::Closed) | None => TurnSocketError::Closed,
    }
}

/// A relayed address as a socket: what is sent leaves from there, and what comes there is
/// received.
///
/// A task holds the connection to the server and refreshes what is to be refreshed, whether
/// anybody receives or not. When the socket is dropped, or both halves of it are, the task
/// deletes the allocation.
#[derive(Debug)]
pub struct TurnSocket {
    sender: TurnSender,
    receiver: TurnReceiver,
}

impl TurnSocket {
    /// Where peers are to send to.
    #[must_use]
    pub const fn relayed_addr(&self) -> SocketAddr {
        self.sender.allocated.relayed
    }

    /// What the server gave.
    #[must_use]
    pub const fn allocated(&self) -> Allocated {
        self.sender.allocated
    }

    /// As [`TurnSender::permit`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn permit(&self, peer: SocketAddr) -> Result<(), TurnSocketError> {
        self.sender.permit(peer).await
    }

    /// As [`TurnSender::forget`].
    pub async fn forget(&self, peer: SocketAddr) {
        self.sender.forget(peer).await;
    }

    /// As [`TurnSender::send_to`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn send_to(&self, data: &[u8], peer: SocketAddr) -> Result<(), TurnSocketError> {
        self.sender.send_to(data, peer).await
    }

    /// As [`TurnReceiver::recv_from`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn recv_from(
        &mut self,
        buffer: &mut [u8],
    ) -> Result<(usize, SocketAddr), TurnSocketError> {
        self.receiver.recv_from(buffer).await
    }

    /// Takes it apart, so that one task sends while another one receives.
    #[must_use]
    pub fn into_split(self) -> (TurnSender, TurnReceiver) {
        (self.sender, self.receiver)
    }

    /// Deletes the allocation and waits until that is done.
    pub async fn close(self) {
        let Self { sender, receiver } = self;
        let mut outcome = receiver.outcome.clone();
        drop((sender, receiver));
        // The task ends in any case, at the latest when the server did not answer.
        let _ = outcome.wait_for(Option::is_some).await;
    }
}

/// The half of a [`TurnSocket`] that sends.
#[derive(Clone)]
pub struct TurnSender {
    commands: mpsc::Sender<Command>,
    allocated: Allocated,
    outcome: watch::Receiver<Option<Outcome>>,
}

impl TurnSender {
    /// What the server gave.
    #[must_use]
    pub const fn allocated(&self) -> Allocated {
        self.allocated
    }

    /// Lets a peer through, and waits until the server has said yes: data from other hosts is
    /// not relayed. It is refreshed until the peer is [forgotten](Self::forget).
    ///
    /// Dropping the future harms nothing; the peer may be let through nevertheless.
    ///
    /// # Errors
    ///
    /// [`TurnSocketError`].
    pub async fn permit(&self, peer: SocketAddr) -> Result<(), TurnSocketError> {
        let (reply, answer) = oneshot::channel();
        self.command(Command::Permit { peer, reply }).await?;
        answer.await.unwrap_or_else(|_| Err(told(&self.outcome)))
    }

    /// Does not refresh anything for a peer any more. Data of it is thrown away from then on.
    pub async fn forget(&self, peer: SocketAddr) {
        let _ = self.command(Command::Forget { peer }).await;
    }

    /// Sends to a peer. Before the first datagram the peer is [let through](Self::permit). Waits
    /// until the datagram was handed to the system, over a stream until there is room for it.
    ///
    /// When the future is dropped, it was sent or was not.
    ///
    /// # Errors
    ///
    /// [`TurnSocketError`].
    pub async fn send_to(&self, data: &[u8], peer: SocketAddr) -> Result<(), TurnSocketError> {
        if data.len() > MAX_PAYLOAD {
            return Err(TurnSocketError::TooLong);
        }
        for last in [false, true] {
            let mut buffer = Vec::with_capacity(TURN_HEADROOM + data.len() + TURN_TAILROOM);
            buffer.resize(TURN_HEADROOM, 0);
            buffer.extend_from_slice(data);
            buffer.resize(buffer.len() + TURN_TAILROOM, 0);
            let (reply, answer) = oneshot::channel();
            let command = Command::Send {
                peer,
                buffer,
                reply,
            };
            self.command(command).await?;
            match answer.await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(SendError::UnknownPeer | SendError::NotPermitted)) if !last => {
                    self.permit(peer).await?;
                }
                Ok(Err(SendError::TooLong | SendError::NoRoom)) => {
                    return Err(TurnSocketError::TooLong);
                }
                _ => return Err(told(&self.outcome)),
            }
        }
        Err(TurnSocketError::Closed)
    }

    async fn command(&self, command: Command) -> Result<(), TurnSocketError> {
        let sent = self.commands.send(command).await;
        sent.map_err(|_| told(&self.outcome))
    }
}

impl fmt::Debug for TurnSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnSender")
            .field("allocated", &self.allocated)
            .finish_non_exhaustive()
    }
}

/// The half of a [`TurnSocket`] that receives.
#[derive(Debug)]
pub struct TurnReceiver {
    data: mpsc::Receiver<(Vec<u8>, SocketAddr)>,
    outcome: watch::Receiver<Option<Outcome>>,
}

impl TurnReceiver {
    /// The next datagram of a peer that is let through, and who sent it. What does not fit into
    /// the buffer is cut off. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// [`TurnSocketError::Failed`] or [`TurnSocketError::Closed`] when there is no allocation any
    /// more and all that came was fetched.
    pub async fn recv_from(
        &mut self,
        buffer: &mut [u8],
    ) -> Result<(usize, SocketAddr), TurnSocketError> {
        let Some((data, peer)) = self.data.recv().await else {
            return Err(told(&self.outcome));
        };
        let len = data.len().min(buffer.len());
        buffer[..len].copy_from_slice(&data[..len]);
        Ok((len, peer))
    }
}
