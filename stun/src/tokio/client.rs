//! Asks servers for the address of a socket.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::vec::Vec;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{ToSocketAddrs, UdpSocket};
use tokio::time::{Instant as Moment, timeout_at};
use trunkline_sans_io::{ConnectionId, FiveTuple, Instant};

use super::{RECEIVE_LEN, is_of_a_peer};
use crate::machines::{
    BindingEvent, BindingExchange, ClientConfig, Failure, LongTermAuthentication, RtoCache,
    RtoEntry,
};
use crate::wire::TransactionIds;

/// No address was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MappedAddressError {
    /// The server refuses, with this code.
    #[error("the server answered {code}")]
    Rejected {
        /// The code of RFC 8489 section 14.8.
        code: u16,
    },
    /// The server names another one over TLS, which the caller may ask if it has not been asked before;
    /// [`BindingExchange::alternate_domain`] has the name that it has to prove.
    #[error("the server asks to try {0}")]
    TryAlternate(SocketAddr),
    /// No response that could be used.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The socket does not work.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// How an exchange ended.
fn outcome(event: BindingEvent) -> Result<(SocketAddr, Option<Duration>), MappedAddressError> {
    match event {
        BindingEvent::Mapped {
            address,
            round_trip,
        } => Ok((address, round_trip)),
        BindingEvent::Rejected { code } => Err(MappedAddressError::Rejected { code }),
        BindingEvent::TryAlternate { server } => Err(MappedAddressError::TryAlternate(server)),
        BindingEvent::Failed(failure) => Err(failure.into()),
    }
}

/// A UDP socket whose public address can be asked for.
///
/// While nobody asks, nobody reads: the socket can be taken out by
/// [`into_socket`](Self::into_socket) and used for what its address was wanted for.
#[derive(Debug)]
pub struct Client {
    socket: UdpSocket,
    ids: TransactionIds,
    config: ClientConfig<Vec<u8>>,
    long_term: Option<LongTermAuthentication<Vec<u8>>>,
    /// For whom the nonce is.
    known: Option<SocketAddr>,
    round_trips: RtoCache<[RtoEntry; 4]>,
    origin: Moment,
}

impl Client {
    /// Binds a socket. The seed must come from a random source and be used for nothing else.
    ///
    /// # Errors
    ///
    /// What binding returns.
    pub async fn bind(local: impl ToSocketAddrs, seed: [u8; 32]) -> io::Result<Self> {
        Ok(Self::new(UdpSocket::bind(local).await?, seed))
    }

    /// Uses a socket that is there already, and not connected.
    #[must_use]
    pub fn new(socket: UdpSocket, seed: [u8; 32]) -> Self {
        Self {
            socket,
            ids: TransactionIds::new(seed),
            config: ClientConfig::default(),
            long_term: None,
            known: None,
            round_trips: RtoCache::new([RtoEntry::EMPTY; 4]),
            origin: Moment::now(),
        }
    }

    /// Sets what requests hold and when they are sent. The RTO of its schedule is that for servers whose
    /// round trip is not known.
    #[must_use]
    pub fn with_config(mut self, config: ClientConfig<Vec<u8>>) -> Self {
        self.config = config;
        self
    }

    /// Answers the challenges of servers by this credential.
    #[must_use]
    pub fn with_long_term(mut self, long_term: LongTermAuthentication<Vec<u8>>) -> Self {
        self.long_term = Some(long_term);
        self
    }

    /// The address on this host.
    ///
    /// # Errors
    ///
    /// What the system returns.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// The socket, for other use.
    #[must_use]
    pub fn into_socket(self) -> UdpSocket {
        self.socket
    }

    /// The address that the server sees, within 39.5 seconds for each transaction by the default schedule.
    /// If the server names another one, that is asked.
    ///
    /// Datagrams that are no response to this are thrown away. Dropping the future ends the
    /// transaction and harms nothing.
    ///
    /// # Errors
    ///
    /// [`MappedAddressError`].
    pub async fn mapped_address(
        &mut self,
        server: SocketAddr,
    ) -> Result<SocketAddr, MappedAddressError> {
        let path = FiveTuple::udp(self.socket.local_addr()?, server);
        let mut config = self.config.clone();
        config.schedule = self
            .round_trips
            .schedule(self.now(), server.ip(), config.schedule);
        let mut exchange = BindingExchange::new(path, self.ids.fork(), config);
        if let Some(long_term) = &self.long_term {
            let mut long_term = long_term.clone();
            if self.known != Some(server) {
                long_term.forget_server();
            }
            exchange = exchange.with_long_term(long_term);
        }
        let (address, round_trip) = outcome(self.run(&mut exchange).await?)?;
        let asked = exchange.path().remote;
        self.round_trips.note(self.now(), asked.ip(), round_trip);
        if let Some(long_term) = exchange.into_long_term() {
            self.long_term = Some(long_term);
            self.known = Some(asked);
        }
        Ok(address)
    }

    fn now(&self) -> Instant {
        let nanos = u64::try_from(self.origin.elapsed().as_nanos());
        Instant::from_nanos(nanos.unwrap_or(u64::MAX))
    }

    async fn run(
        &self,
        exchange: &mut BindingExchange<Vec<u8>>,
    ) -> Result<BindingEvent, MappedAddressError> {
        // Longer than any request but that for a server with a realm and a nonce of absurd length.
        let mut buffer = [0; RECEIVE_LEN];
        loop {
            match exchange.poll_transmit(self.now(), &mut buffer) {
                Ok(Some(transmit)) => {
                    let (request, path) = (&buffer[..transmit.len], transmit.path);
                    match self.socket.send_to(request, path.remote).await {
                        Ok(_) => {}
                        Err(error) if is_of_a_peer(&error) => {
                            exchange.handle_send_failed(self.now(), path, None);
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
                Ok(None) => {}
                Err(_) => return Err(Failure::TooLong.into()),
            }
            if let Some(event) = exchange.poll_event() {
                return Ok(event);
            }
            let Some(deadline) = exchange.poll_timeout() else {
                continue;
            };
            let deadline = self.origin + (deadline - Instant::ORIGIN);
            match timeout_at(deadline, self.socket.recv_from(&mut buffer)).await {
                Ok(Ok((len, remote))) => {
                    let path = FiveTuple {
                        remote,
                        ..exchange.path()
                    };
                    let _ = exchange.handle_datagram(self.now(), path, &buffer[..len]);
                }
                Ok(Err(error)) if is_of_a_peer(&error) => {}
                Ok(Err(error)) => return Err(error.into()),
                Err(_) => {}
            }
            // Also when something came: a flood of other datagrams must not hold the time up.
            exchange.handle_timeout(self.now());
        }
    }
}

/// The address that a server sees at the other end of a stream: of TCP, or of TLS, whose handshake is the
/// caller's part. Nothing is sent again; the default schedule gives it 39.5 seconds.
///
/// The exchange is one that begins over the path of the stream. A server that is named instead of this one
/// has to be connected to, so that is told as [`MappedAddressError::TryAlternate`]. What the server sends
/// behind its response is lost: the stream is for STUN alone.
///
/// # Errors
///
/// [`MappedAddressError`].
pub async fn mapped_address_over<S, U>(
    stream: &mut S,
    exchange: &mut BindingExchange<U>,
) -> Result<SocketAddr, MappedAddressError>
where
    S: AsyncRead + AsyncWrite + Unpin,
    U: AsRef<[u8]>,
{
    let origin = Moment::now();
    let now = || {
        let nanos = u64::try_from(origin.elapsed().as_nanos());
        Instant::from_nanos(nanos.unwrap_or(u64::MAX))
    };
    let (connection, first) = (ConnectionId(0), exchange.path());
    exchange.handle_connected(now(), connection, first);
    let mut buffer = [0; RECEIVE_LEN];
    let mut received = [0; RECEIVE_LEN];
    let mut filled = 0;
    loop {
        if exchange.path().remote != first.remote {
            return Err(MappedAddressError::TryAlternate(exchange.path().remote));
        }
        let request = match exchange.poll_transmit(now(), &mut buffer) {
            Ok(transmit) => transmit.map(|transmit| &buffer[..transmit.len]),
            Err(_) => return Err(Failure::TooLong.into()),
        };
        if let Some(event) = exchange.poll_event() {
            return outcome(event).map(|(address, _)| address);
        }
        let Some(deadline) = exchange.poll_timeout() else {
            continue;
        };
        let deadline = origin + (deadline - Instant::ORIGIN);
        if let Some(request) = request {
            let writing = async {
                stream.write_all(request).await?;
                stream.flush().await
            };
            // A server that does not read is one that does not answer.
            match timeout_at(deadline, writing).await {
                Ok(written) => written?,
                Err(_) => {
                    exchange.handle_timeout(now());
                    continue;
                }
            }
        }
        match timeout_at(deadline, stream.read(&mut received[filled..])).await {
            // The end, or a message that no server of STUN sends.
            Ok(Ok(0)) => exchange.handle_disconnected(now(), connection),
            Ok(Ok(count)) => {
                filled += count;
                let used = exchange.handle_bytes(now(), connection, &received[..filled]);
                received.copy_within(used..filled, 0);
                filled -= used;
            }
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => exchange.handle_timeout(now()),
        }
    }
}
