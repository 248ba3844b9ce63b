//! Asks servers for the address of a socket.

use core::net::SocketAddr;
use std::io;
use std::vec::Vec;

use tokio::net::{ToSocketAddrs, UdpSocket};
use tokio::time::{Instant as Moment, timeout_at};
use trunkline_sans_io::{FiveTuple, Instant};

use super::{RECEIVE_LEN, is_of_a_peer};
use crate::machines::{BindingClient, BindingEvent, ClientConfig, Failure};
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
    /// The server names another one, which the caller may ask if it has not been asked before.
    #[error("the server asks to try {0}")]
    TryAlternate(SocketAddr),
    /// No response that could be used.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The socket does not work.
    #[error(transparent)]
    Io(#[from] io::Error),
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
        }
    }

    /// Sets what requests hold and when they are sent.
    #[must_use]
    pub fn with_config(mut self, config: ClientConfig<Vec<u8>>) -> Self {
        self.config = config;
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

    /// The address that the server sees, within 39.5 seconds by the default schedule.
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
        let id = self.ids.next_id();
        let origin = Moment::now();
        let now = || {
            let nanos = u64::try_from(origin.elapsed().as_nanos());
            Instant::from_nanos(nanos.unwrap_or(u64::MAX))
        };
        let mut transaction = BindingClient::new(path, id, self.config.clone());
        // Longer than the longest user name and software.
        let mut buffer = [0; RECEIVE_LEN];
        loop {
            match transaction.poll_transmit(now(), &mut buffer) {
                Ok(Some(transmit)) => {
                    self.send(&mut transaction, now(), &buffer[..transmit.len], path)
                        .await?
                }
                Ok(None) => {}
                Err(_) => return Err(Failure::TooLong.into()),
            }
            match transaction.poll_event() {
                Some(BindingEvent::Mapped { address, .. }) => return Ok(address),
                Some(BindingEvent::Rejected { code }) => {
                    return Err(MappedAddressError::Rejected { code });
                }
                Some(BindingEvent::TryAlternate { server }) => {
                    return Err(MappedAddressError::TryAlternate(server));
                }
                Some(BindingEvent::Failed(failure)) => return Err(failure.into()),
                None => {}
            }
            let Some(deadline) = transaction.poll_timeout() else {
                continue;
            };
            let deadline = origin + (deadline - Instant::ORIGIN);
            match timeout_at(deadline, self.socket.recv_from(&mut buffer)).await {
                Ok(Ok((len, remote))) => {
                    let path = FiveTuple { remote, ..path };
                    let _ = transaction.handle_datagram(now(), path, &buffer[..len]);
                }
                Ok(Err(error)) if is_of_a_peer(&error) => {}
                Ok(Err(error)) => return Err(error.into()),
                Err(_) => {}
            }
            // Also when something came: a flood of other datagrams must not hold the time up.
            transaction.handle_timeout(now());
        }
    }

    async fn send(
        &self,
        transaction: &mut BindingClient<Vec<u8>>,
        now: Instant,
        request: &[u8],
        path: FiveTuple,
    ) -> io::Result<()> {
        match self.socket.send_to(request, path.remote).await {
            Ok(_) => Ok(()),
            Err(error) if is_of_a_peer(&error) => {
                transaction.handle_send_failed(now, path, None);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
