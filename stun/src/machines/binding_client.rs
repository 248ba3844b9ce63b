//! One Binding transaction, the client's side (RFC 8489 sections 6.2 and 6.3).

mod request;

use request::Content;
pub(super) use request::{Protection, Request};

use core::net::SocketAddr;
use core::time::Duration;

use trunkline_sans_io::{BufferTooSmall, ConnectionId, FiveTuple, Handled, Instant, Transmit};

use super::{AuthenticationError, Schedule};
use crate::wire::{AttributeType, Key, TransactionId};

/// With what a request is protected, and what its response must have.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ClientIntegrity {
    /// `MESSAGE-INTEGRITY`, for servers of RFC 5389 and for ICE.
    Sha1,
    /// `MESSAGE-INTEGRITY-SHA256`. Nothing else is accepted in the response.
    Sha256,
    /// Both; the server chooses (RFC 8489 section 9.1.2). Who can change the request can choose
    /// as well.
    Both,
}

/// A name and a key that were agreed on beforehand (RFC 8489 section 9.1).
#[derive(Clone, Debug)]
pub struct ShortTermCredential<U> {
    /// The name, prepared as for [`Key`], at most 508 octets.
    pub username: U,
    /// The key.
    pub key: Key,
    /// How to use it.
    pub integrity: ClientIntegrity,
}

/// What a [`BindingClient`] sends, and when.
#[derive(Clone, Debug)]
pub struct ClientConfig<U = &'static [u8]> {
    /// The times.
    pub schedule: Schedule,
    /// With `FINGERPRINT`, which is wanted where STUN shares a port (RFC 8489 section 7).
    pub fingerprint: bool,
    /// The credential, if the server wants one.
    pub credential: Option<ShortTermCredential<U>>,
    /// What `SOFTWARE` tells, if anything; at most 763 octets.
    pub software: Option<&'static str>,
}

impl ClientConfig {
    /// The default schedule and nothing in the request. For a user name of another type there is
    /// [`Default`].
    pub const DEFAULT: Self = Self::plain();
}

impl<U> ClientConfig<U> {
    const fn plain() -> Self {
        Self {
            schedule: Schedule::DEFAULT,
            fingerprint: false,
            credential: None,
            software: None,
        }
    }
}

impl<U> ClientConfig<U> {
    pub(super) const fn content(&self) -> Content {
        Content {
            fingerprint: self.fingerprint,
            software: self.software,
        }
    }
}

impl<U> Default for ClientConfig<U> {
    fn default() -> Self {
        Self::plain()
    }
}

/// How a transaction ended. There is exactly one of these for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BindingEvent {
    /// The server told the address.
    Mapped {
        /// Where the server saw the request come from: of `XOR-MAPPED-ADDRESS`, or of
        /// `MAPPED-ADDRESS` if an old server sent only that.
        address: SocketAddr,
        /// The time between request and response, if only one was sent, so that it is known
        /// which one was answered (RFC 6298 section 3).
        round_trip: Option<Duration>,
    },
    /// The server sent an error: 400 bad request, 401 unauthenticated, 420 unknown attribute,
    /// 5xx try again later. Without a credential everybody on the way could have sent it.
    Rejected {
        /// The code, 300 to 699.
        code: u16,
    },
    /// The server asks to ask another one (300, RFC 8489 section 10). Guard against loops: never
    /// ask one again that was asked before. Over TLS
    /// [`BindingExchange::alternate_domain`](super::BindingExchange::alternate_domain) tells the name that it
    /// has to prove.
    TryAlternate {
        /// The other server.
        server: SocketAddr,
    },
    /// There is no address, for a reason of this side or of the path.
    Failed(Failure),
}

/// Why there is no response that could be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Nothing came in time.
    #[error("no response")]
    TimedOut,
    /// All that came was not protected with the key (RFC 8489 section 9.1.4).
    #[error("no response that was made with the key")]
    IntegrityViolated,
    /// The server wants an attribute to be understood that is not (RFC 8489 section 6.3.3).
    #[error("the response needs {0:?} to be understood")]
    UnknownAttribute(AttributeType),
    /// The response holds no address.
    #[error("the response holds no address")]
    NoAddress,
    /// The network says that the server cannot be reached, or the connection is lost.
    #[error("the server cannot be reached")]
    Unreachable,
    /// What the server sends over the connection is not STUN.
    #[error("the server does not speak STUN")]
    NotStun,
    /// The user name or the software is too long for its attribute.
    #[error("the credential or the software is too long")]
    TooLong,
    /// The server and the long-term credential do not get on.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// A server that another one has named wants the long-term credential for another realm.
    #[error("another realm wants the credential")]
    OtherRealm,
    /// The server names another one that was asked before, is one too many, or is of another family
    /// (RFC 8489 section 10).
    #[error("the servers send us round in circles")]
    AlternateLoop,
}

/// Why a datagram for this transaction was thrown away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientDrop {
    /// Not from where the request went to.
    #[error("from another address than that of the server")]
    WrongSource,
    /// An attribute that is needed cannot be read.
    #[error("a malformed response")]
    Malformed,
    /// Not protected with the key.
    #[error("not made with the key")]
    Integrity,
    /// The transaction has ended.
    #[error("a response to a request that is done")]
    Late,
}

/// Asks a server once for the address that it sees: one transaction, plain data.
///
/// `U` holds the name of the credential: a borrowed slice, an array, a `Vec`.
///
/// ```
/// use trunkline_stun::sans_io::{FiveTuple, Instant};
/// use trunkline_stun::{
///     Answer, BindingClient, BindingEvent, BindingServer, ClientConfig, MAX_RESPONSE_LEN,
///     TransactionId,
/// };
///
/// let now = Instant::ORIGIN;
/// let path = FiveTuple::udp("192.0.2.9:5060".parse()?, "192.0.2.1:3478".parse()?);
/// let id = TransactionId::new([3; 12]); // random in life
/// let mut client = BindingClient::new(path, id, ClientConfig::DEFAULT);
///
/// let mut request = [0; 64];
/// let transmit = client.poll_transmit(now, &mut request)?.expect("a request");
///
/// let mut response = [0; MAX_RESPONSE_LEN];
/// let answer = BindingServer::new().answer(path.reversed(), &request[..transmit.len], &mut response)?;
/// let Answer::Send(transmit) = answer else { panic!("{answer:?}") };
///
/// let _ = client.handle_datagram(now, path, &response[..transmit.len]);
/// let event = client.poll_event();
/// assert!(matches!(event, Some(BindingEvent::Mapped { address, .. }) if address == path.local));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BindingClient<U = &'static [u8]> {
    request: Request,
    config: ClientConfig<U>,
}

impl<U: AsRef<[u8]>> BindingClient<U> {
    /// A transaction over this path, with an id that nobody can guess. The first request is sent
    /// by the next [`poll_transmit`](Self::poll_transmit).
    #[must_use]
    pub const fn new(path: FiveTuple, id: TransactionId, config: ClientConfig<U>) -> Self {
        let request = Request::new(path, id);
        Self { request, config }
    }

    /// Names the connection that carries the transaction, if one stands already. Otherwise the
    /// driver opens one for the request, and [`handle_connected`](Self::handle_connected) tells.
    #[must_use]
    pub const fn over_connection(mut self, connection: ConnectionId) -> Self {
        self.request.connection = Some(connection);
        self
    }

    /// The id of the transaction.
    #[must_use]
    pub const fn transaction_id(&self) -> TransactionId {
        self.request.id
    }

    /// Whether the transaction has ended and the event has been fetched.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.request.is_done()
    }

    /// Offers a datagram. Only a response from the server with the id and, with a credential,
    /// made with the key ends the transaction. `path` must be the one that was given to
    /// [`new`](Self::new), at both ends.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        data: &[u8],
    ) -> Handled<ClientDrop> {
        self.request
            .handle_datagram(now, path, data, &mut self.config.credential)
    }

    /// Offers what a stream brought, and tells how much of it was used: whole messages only. Keep
    /// the rest in front of what comes next.
    ///
    /// What is no STUN ends the transaction; all of it counts as used then.
    pub fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize {
        self.request
            .handle_bytes(now, connection, data, &mut self.config.credential)
    }

    /// Tells that the connection stands that was opened for the request.
    pub fn handle_connected(&mut self, _now: Instant, connection: ConnectionId, path: FiveTuple) {
        self.request.handle_connected(connection, path);
    }

    /// Tells that the connection is gone.
    pub fn handle_disconnected(&mut self, _now: Instant, connection: ConnectionId) {
        self.request.handle_disconnected(connection);
    }

    /// Tells that a request could not be sent, or that the network answered with a hard error
    /// such as "port unreachable" (RFC 8489 section 6.2.1). `path` and `connection` are those of
    /// the [`Transmit`].
    pub fn handle_send_failed(
        &mut self,
        _now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    ) {
        self.request.handle_send_failed(path, connection);
    }

    /// Tells that time has passed. Late is fine, early does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.request.handle_timeout(now, &self.config.schedule);
    }

    /// Writes the request if it is to be sent now.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] with the size needed; nothing has changed.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        let content = self.config.content();
        self.request
            .poll_transmit(now, buf, content, &self.config.credential)
    }

    /// How the transaction ended, once.
    pub fn poll_event(&mut self) -> Option<BindingEvent> {
        self.request.poll_event()
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.request.poll_timeout(&self.config.schedule)
    }
}

#[cfg(test)]
mod tests;
