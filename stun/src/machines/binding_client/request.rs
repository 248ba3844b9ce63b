//! One request and its response, however it is protected.

use core::time::Duration;

use trunkline_sans_io::{BufferTooSmall, ConnectionId, FiveTuple, Handled, Instant, Transmit};

use super::{BindingEvent, ClientDrop, ClientIntegrity, Failure, ShortTermCredential};
use crate::machines::{Schedule, Verdict};
use crate::wire::{
    AlternateServer, AttributeType, Class, ErrorCode, IntegrityAlgorithm, MappedAddress, Message,
    MessageWriter, Method, Software, TransactionId, Username, WriteError, XorMappedAddress,
    frame_len,
};

/// How requests are protected, and what is to be done about responses.
pub(crate) trait Protection {
    fn protect<'b>(&self, writer: MessageWriter<'b>) -> MessageWriter<'b>;
    fn judge(&mut self, response: &Message<'_>) -> Verdict;
}

impl<U: AsRef<[u8]>> Protection for Option<ShortTermCredential<U>> {
    fn protect<'b>(&self, mut writer: MessageWriter<'b>) -> MessageWriter<'b> {
        let Some(credential) = self else {
            return writer;
        };
        writer = writer.attribute(&Username(credential.username.as_ref()));
        if credential.integrity != ClientIntegrity::Sha256 {
            writer = writer.integrity(&credential.key);
        }
        if credential.integrity != ClientIntegrity::Sha1 {
            writer = writer.integrity_sha256(&credential.key);
        }
        writer
    }

    /// Whether the response is protected as the request asked for.
    fn judge(&mut self, response: &Message<'_>) -> Verdict {
        let Some(credential) = self else {
            return Verdict::Accept;
        };
        let key = &credential.key;
        let verified = match credential.integrity {
            ClientIntegrity::Sha1 => response.verify_with(key, IntegrityAlgorithm::Sha1),
            ClientIntegrity::Sha256 => response.verify_with(key, IntegrityAlgorithm::Sha256),
            ClientIntegrity::Both => response.verify(key).map(drop),
        };
        match verified {
            Ok(()) => Verdict::Accept,
            Err(_) => Verdict::Discard,
        }
    }
}

/// What a request holds besides its protection.
#[derive(Clone, Copy)]
pub(crate) struct Content {
    pub(crate) fingerprint: bool,
    pub(crate) software: Option<&'static str>,
}

/// A request under way.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: FiveTuple,
    pub(crate) connection: Option<ConnectionId>,
    pub(crate) id: TransactionId,
    state: State,
    /// A response was thrown away because of its integrity.
    violated: bool,
    /// The server wants the request anew, as another transaction.
    pub(crate) challenged: bool,
}

impl Request {
    pub(crate) const fn new(path: FiveTuple, id: TransactionId) -> Self {
        Self {
            path,
            connection: None,
            id,
            state: State::Send { sent: 0 },
            violated: false,
            challenged: false,
        }
    }

    /// The same as another transaction, maybe to another server.
    pub(crate) fn restart(&mut self, id: TransactionId) {
        self.id = id;
        self.state = State::Send { sent: 0 };
        self.violated = false;
        self.challenged = false;
    }

    pub(crate) const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    pub(crate) fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        data: &[u8],
        protection: &mut impl Protection,
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
        self.handle_response(now, &message, protection)
    }

    pub(crate) fn handle_bytes(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        data: &[u8],
        protection: &mut impl Protection,
    ) -> usize {
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
            let _ = self.handle_datagram(now, self.path, frame, protection);
            used += len;
        }
        used
    }

    pub(crate) fn handle_connected(&mut self, connection: ConnectionId, path: FiveTuple) {
        // The port of this side was not known before.
        let ours = path.remote == self.path.remote && path.transport == self.path.transport;
        if ours && self.connection.is_none() {
            self.connection = Some(connection);
        }
    }

    pub(crate) fn handle_disconnected(&mut self, connection: ConnectionId) {
        if self.connection.is_none_or(|own| own == connection) {
            self.fail(Failure::Unreachable);
        }
    }

    pub(crate) fn handle_send_failed(&mut self, path: FiveTuple, connection: Option<ConnectionId>) {
        if path == self.path && connection == self.connection {
            self.fail(Failure::Unreachable);
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, schedule: &Schedule) {
        let State::Wait { sent, at } = self.state else {
            return;
        };
        if now < self.deadline(sent, at, schedule) {
            return;
        }
        if !self.reliable() && sent < schedule.max_requests {
            self.state = State::Send { sent };
        } else if self.violated {
            self.fail(Failure::IntegrityViolated);
        } else {
            self.fail(Failure::TimedOut);
        }
    }

    pub(crate) fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
        content: Content,
        protection: &impl Protection,
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        let State::Send { sent } = self.state else {
            return Ok(None);
        };
        let len = match self.write(buf, content, protection) {
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

    pub(crate) fn poll_event(&mut self) -> Option<BindingEvent> {
        let State::Ended(event) = self.state else {
            return None;
        };
        self.state = State::Done;
        Some(event)
    }

    pub(crate) fn poll_timeout(&self, schedule: &Schedule) -> Option<Instant> {
        match self.state {
            State::Wait { sent, at } => Some(self.deadline(sent, at, schedule)),
            _ => None,
        }
    }

    pub(crate) const fn reliable(&self) -> bool {
        self.path.transport.is_reliable()
    }

    fn deadline(&self, sent: u8, at: Instant, schedule: &Schedule) -> Instant {
        at + schedule.wait(sent, self.reliable())
    }

    /// The same octets each time.
    fn write(
        &self,
        buf: &mut [u8],
        content: Content,
        protection: &impl Protection,
    ) -> Result<usize, WriteError> {
        let software = content.software.map(Software);
        let mut writer = MessageWriter::new(buf, Class::Request, Method::BINDING, self.id)
            .optional(software.as_ref());
        writer = protection.protect(writer);
        if content.fingerprint {
            writer = writer.fingerprint();
        }
        writer.finish()
    }

    fn handle_response(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        protection: &mut impl Protection,
    ) -> Handled<ClientDrop> {
        let (sent, at) = match self.state {
            State::Wait { sent, at } => (sent, Some(at)),
            // Due again, but not sent yet; it is still welcome.
            State::Send { sent } if sent > 0 => (sent, None),
            _ => return Handled::Dropped(ClientDrop::Late),
        };
        match protection.judge(message) {
            Verdict::Accept => {}
            Verdict::Retry => {
                self.challenged = true;
                return Handled::Consumed;
            }
            Verdict::Fail(error) => {
                self.fail(Failure::Authentication(error));
                return Handled::Consumed;
            }
            Verdict::Discard => {
                self.violated = true;
                if self.reliable() {
                    self.fail(Failure::IntegrityViolated);
                }
                return Handled::Dropped(ClientDrop::Integrity);
            }
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

    pub(crate) fn fail(&mut self, failure: Failure) {
        if !matches!(self.state, State::Ended(_) | State::Done) {
            self.state = State::Ended(BindingEvent::Failed(failure));
        }
    }
}

/// What is understood in a response; any other attribute that must be is a reason to fail.
const UNDERSTOOD: [AttributeType; 7] = [
    AttributeType::MAPPED_ADDRESS,
    AttributeType::XOR_MAPPED_ADDRESS,
    AttributeType::ERROR_CODE,
    AttributeType::UNKNOWN_ATTRIBUTES,
    // These come with a 401 of the long-term mechanism, which is reported as it is.
    AttributeType::REALM,
    AttributeType::NONCE,
    AttributeType::PASSWORD_ALGORITHM,
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
