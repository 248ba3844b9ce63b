//! One Binding transaction, the client's side (RFC 8489 sections 6.2 and 6.3).

use core::net::SocketAddr;
use core::time::Duration;

use trunkline_sans_io::{BufferTooSmall, ConnectionId, FiveTuple, Handled, Instant, Transmit};

use super::Schedule;
use crate::wire::{
    AlternateServer, AttributeType, Class, ErrorCode, IntegrityAlgorithm, Key, MappedAddress,
    Message, MessageWriter, Method, Software, TransactionId, Username, WriteError,
    XorMappedAddress, frame_len,
};

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
    /// ask one again that was asked before.
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

#[derive(Clone, Copy, Debug)]
enum State {
    /// A request is to be sent.
    Send {
        sent: u8,
    },
    /// `sent` requests have been sent, the last at `at`.
    Wait {
        sent: u8,
        at: Instant,
    },
    /// The event has not been fetched.
    Ended(BindingEvent),
    Done,
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
    path: FiveTuple,
    connection: Option<ConnectionId>,
    id: TransactionId,
    config: ClientConfig<U>,
    state: State,
    /// A response was thrown away because of its integrity.
    violated: bool,
}

impl<U: AsRef<[u8]>> BindingClient<U> {
    /// A transaction over this path, with an id that nobody can guess. The first request is sent
    /// by the next [`poll_transmit`](Self::poll_transmit).
    #[must_use]
    pub const fn new(path: FiveTuple, id: TransactionId, config: ClientConfig<U>) -> Self {
        Self {
            path,
            connection: None,
            id,
            config,
            state: State::Send { sent: 0 },
            violated: false,
        }
    }

    /// Names the connection that carries the transaction, if one stands already. Otherwise the
    /// driver opens one for the request, and [`handle_connected`](Self::handle_connected) tells.
    #[must_use]
    pub const fn over_connection(mut self, connection: ConnectionId) -> Self {
        self.connection = Some(connection);
        self
    }

    /// The id of the transaction.
    #[must_use]
    pub const fn transaction_id(&self) -> TransactionId {
        self.id
    }

    /// Whether the transaction has ended and the event has been fetched.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
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
        let Ok(message) = Message::parse(data) else {
            return Handled::NotMine;
        };
        let ours = message.transaction_id() == self.id
            && message.class().is_response()
            && message.method() == Method::BINDING;
        if !ours {
            return Handled::NotMine;
        }
        if path != self.path {
            return Handled::Dropped(ClientDrop::WrongSource);
        }
        self.handle_response(now, &message)
    }

    /// Offers what a stream brought, and tells how much of it was used: whole messages only. Keep
    /// the rest in front of what comes next.
    ///
    /// What is no STUN ends the transaction; all of it counts as used then.
    pub fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize {
        if self.connection.is_some_and(|own| own != connection) {
            return 0;
        }
        let mut used = 0;
        while let Some(rest) = data.get(used..) {
            let len = match frame_len(rest) {
                Ok(Some(len)) => len,
                Ok(None) => return used,
                Err(_) => {
                    self.fail(Failure::NotStun);
                    return data.len();
                }
            };
            let Some(frame) = rest.get(..len) else {
                return used;
            };
            let _ = self.handle_datagram(now, self.path, frame);
            used += len;
        }
        used
    }

    /// Tells that the connection stands that was opened for the request.
    pub fn handle_connected(&mut self, _now: Instant, connection: ConnectionId, path: FiveTuple) {
        // The port of this side was not known before.
        let ours = path.remote == self.path.remote && path.transport == self.path.transport;
        if ours && self.connection.is_none() {
            self.connection = Some(connection);
        }
    }

    /// Tells that the connection is gone.
    pub fn handle_disconnected(&mut self, _now: Instant, connection: ConnectionId) {
        if self.connection.is_none_or(|own| own == connection) {
            self.fail(Failure::Unreachable);
        }
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
        if path == self.path && connection == self.connection {
            self.fail(Failure::Unreachable);
        }
    }

    /// Tells that time has passed. Late is fine, early does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        let State::Wait { sent, at } = self.state else {
            return;
        };
        if now < self.deadline(sent, at) {
            return;
        }
        if !self.reliable() && sent < self.config.schedule.max_requests {
            self.state = State::Send { sent };
        } else if self.violated {
            self.fail(Failure::IntegrityViolated);
        } else {
            self.fail(Failure::TimedOut);
        }
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
        let State::Send { sent } = self.state else {
            return Ok(None);
        };
        let len = match self.write_request(buf) {
            Ok(len) => len,
            Err(WriteError::BufferTooSmall(error)) => return Err(error),
            Err(_) => {
                self.fail(Failure::TooLong);
                return Ok(None);
            }
        };
        self.state = State::Wait {
            sent: sent.saturating_add(1),
            at: now,
        };
        Ok(Some(Transmit {
            path: self.path,
            connection: self.connection,
            len,
        }))
    }

    /// How the transaction ended, once.
    pub fn poll_event(&mut self) -> Option<BindingEvent> {
        let State::Ended(event) = self.state else {
            return None;
        };
        self.state = State::Done;
        Some(event)
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Wait { sent, at } => Some(self.deadline(sent, at)),
            _ => None,
        }
    }

    const fn reliable(&self) -> bool {
        self.path.transport.is_reliable()
    }

    fn deadline(&self, sent: u8, at: Instant) -> Instant {
        at + self.config.schedule.wait(sent, self.reliable())
    }

    /// The same octets each time.
    fn write_request(&self, buf: &mut [u8]) -> Result<usize, WriteError> {
        let software = self.config.software.map(Software);
        let mut writer = MessageWriter::new(buf, Class::Request, Method::BINDING, self.id)
            .optional(software.as_ref());
        if let Some(credential) = &self.config.credential {
            writer = writer.attribute(&Username(credential.username.as_ref()));
            if credential.integrity != ClientIntegrity::Sha256 {
                writer = writer.integrity(&credential.key);
            }
            if credential.integrity != ClientIntegrity::Sha1 {
                writer = writer.integrity_sha256(&credential.key);
            }
        }
        if self.config.fingerprint {
            writer = writer.fingerprint();
        }
        writer.finish()
    }

    fn handle_response(&mut self, now: Instant, message: &Message<'_>) -> Handled<ClientDrop> {
        let (sent, at) = match self.state {
            State::Wait { sent, at } => (sent, Some(at)),
            // Due again, but not sent yet; it is still welcome.
            State::Send { sent } if sent > 0 => (sent, None),
            _ => return Handled::Dropped(ClientDrop::Late),
        };
        if !self.authentic(message) {
            self.violated = true;
            if self.reliable() {
                self.fail(Failure::IntegrityViolated);
            }
            return Handled::Dropped(ClientDrop::Integrity);
        }
        let round_trip = at.filter(|_| sent == 1).map(|at| now - at);
        match outcome(message, round_trip) {
            Some(event) => {
                self.state = State::Ended(event);
                Handled::Consumed
            }
            None => Handled::Dropped(ClientDrop::Malformed),
        }
    }

    /// Whether the response is protected as the request asked for.
    fn authentic(&self, message: &Message<'_>) -> bool {
        let Some(credential) = &self.config.credential else {
            return true;
        };
        let key = &credential.key;
        match credential.integrity {
            ClientIntegrity::Sha1 => message.verify_with(key, IntegrityAlgorithm::Sha1).is_ok(),
            ClientIntegrity::Sha256 => message.verify_with(key, IntegrityAlgorithm::Sha256).is_ok(),
            ClientIntegrity::Both => message.verify(key).is_ok(),
        }
    }

    fn fail(&mut self, failure: Failure) {
        if !matches!(self.state, State::Ended(_) | State::Done) {
            self.state = State::Ended(BindingEvent::Failed(failure));
        }
    }
}

/// What is understood in a response; any other attribute that must be is a reason to fail.
const UNDERSTOOD: [AttributeType; 6] = [
    AttributeType::MAPPED_ADDRESS,
    AttributeType::XOR_MAPPED_ADDRESS,
    AttributeType::ERROR_CODE,
    AttributeType::UNKNOWN_ATTRIBUTES,
    // These come with a 401 of the long-term mechanism, which is reported as it is.
    AttributeType::REALM,
    AttributeType::NONCE,
];

/// What a response says, or `None` if it is malformed.
fn outcome(message: &Message<'_>, round_trip: Option<Duration>) -> Option<BindingEvent> {
    if let Some(unknown) = message.unknown_required(&UNDERSTOOD).next() {
        return Some(BindingEvent::Failed(Failure::UnknownAttribute(unknown)));
    }
    if message.class() == Class::Error {
        let code = message.get::<ErrorCode<'_>>().ok()??.code();
        let alternate = message.get::<AlternateServer>().ok()?;
        return Some(match (code, alternate) {
            (300, Some(AlternateServer(server))) => BindingEvent::TryAlternate { server },
            _ => BindingEvent::Rejected { code },
        });
    }
    let xored = message.get::<XorMappedAddress>().ok()?;
    let address = match xored {
        Some(XorMappedAddress(address)) => Some(address),
        None => message.get::<MappedAddress>().ok()?.map(|plain| plain.0),
    };
    Some(match address {
        Some(address) => BindingEvent::Mapped {
            address,
            round_trip,
        },
        None => BindingEvent::Failed(Failure::NoAddress),
    })
}

#[cfg(test)]
mod tests;
