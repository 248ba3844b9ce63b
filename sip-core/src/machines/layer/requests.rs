//! The server side: requests that come, and the responses to them.

use bytes::Bytes;
use trunkline_sans_io::{Instant, Key, Transmit};

use super::compose::{self, Answer};
use super::event::{DropReason, LayerEvent, RespondError, ServerTransaction};
use super::receive::{Origin, keep};
use super::routing::{response_destination, source_destination};
use super::slot::{ServerMachine, ServerSlot};
use super::sources::Stranger;
use super::{MAX_DATAGRAM, TransactionLayer};
use crate::header::{To, Via};
use crate::{
    Message, Method, OwnedMessage, RequestReaction, Rules, ServerInvite, ServerInviteState,
    ServerNonInvite, StatusCode, TransactionEvent, validate,
};

/// How far an answer may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reach {
    /// Wherever the Via says.
    Via,
    /// To the host that the request came from.
    Source,
}

impl TransactionLayer {
    pub(super) fn on_request(
        &mut self,
        now: Instant,
        origin: Origin,
        request: &Message<'_>,
    ) -> Result<(), DropReason> {
        let (Some(method), Ok(Some(via))) = (request.method(), request.typed::<Via<'_>>()) else {
            return Err(DropReason::Unanswerable);
        };
        if method == Method::Ack {
            return self.on_ack(now, origin, request, &via);
        }
        let digest = self.identity.server(request, &via, method);
        if let Some(key) = self.servers.find(digest) {
            self.on_repetition(now, key);
            return Ok(());
        }
        // A response repeats much of the head: one that could not be sent must not be owed.
        if request.body_offset() > self.config.max_head {
            self.reject(now, origin, request, StatusCode::MESSAGE_TOO_LARGE, "")?;
            return Err(DropReason::InvalidRequest);
        }
        let rules = Rules {
            max_body: self.config.max_body,
            ..Rules::DEFAULT
        };
        if let Err(rejection) = validate(request, &rules) {
            if let Some(status) = rejection.status() {
                self.reject(now, origin, request, status, rejection.reason())?;
            }
            return Err(DropReason::InvalidRequest);
        }
        if method == Method::Cancel {
            return self.on_cancel(now, origin, request, &via);
        }
        self.on_new_request(now, origin, request, &via, digest)
    }

    fn on_repetition(&mut self, now: Instant, key: Key) {
        self.statistics.repetitions_absorbed += 1;
        if let Some(slot) = self.servers.get_mut(key) {
            match &mut slot.machine {
                ServerMachine::Invite(machine) => machine.handle_invite(),
                ServerMachine::Other(machine) => machine.handle_request(),
            }
        }
        self.statistics.repetitions_sent += self.settle_server(now, key);
    }

    fn on_new_request(
        &mut self,
        now: Instant,
        origin: Origin,
        request: &Message<'_>,
        via: &Via<'_>,
        digest: u128,
    ) -> Result<(), DropReason> {
        // What is left of the table when it is nearly full is for requests inside dialogs.
        let limit = self.config.max_transactions;
        let in_dialog = request
            .typed::<To<'_>>()
            .is_ok_and(|to| to.is_some_and(|to| to.tag.is_some()));
        let room = if in_dialog { limit } else { limit - limit / 8 };
        if self.servers.len() >= room {
            let answer = Answer {
                status: StatusCode::SERVICE_UNAVAILABLE,
                reason: "",
                to_tag: None,
                retry_after: Some(self.config.retry_after),
            };
            self.answer(now, origin, request, answer)?;
            return Err(DropReason::TableFull);
        }
        let message = compose::stamped(request, origin.path.remote)
            .and_then(|bytes| OwnedMessage::parse(bytes).ok())
            .ok_or(DropReason::Malformed)?;
        let destination = response_destination(via, origin.path, origin.connection);
        let timers = &self.config.timers;
        let machine = if request.method() == Some(Method::Invite) {
            let trying = Answer {
                status: StatusCode::TRYING,
                reason: "",
                to_tag: None,
                retry_after: None,
            };
            let trying = compose::response(&message.message(), trying);
            ServerMachine::Invite(ServerInvite::new(now, destination, trying, timers))
        } else {
            ServerMachine::Other(ServerNonInvite::new(now, destination, timers))
        };
        let slot = ServerSlot {
            machine,
            source: origin.path.remote.ip().to_canonical(),
            cancelled: false,
        };
        let key = self
            .servers
            .insert(digest, slot)
            .ok_or(DropReason::TableFull)?;
        self.statistics.requests += 1;
        self.events.push_back(LayerEvent::Request {
            transaction: ServerTransaction(key),
            message,
            path: origin.path,
            connection: origin.connection,
        });
        self.settle_server(now, key);
        Ok(())
    }

    fn on_ack(
        &mut self,
        now: Instant,
        origin: Origin,
        ack: &Message<'_>,
        via: &Via<'_>,
    ) -> Result<(), DropReason> {
        let digest = self.identity.server(ack, via, Method::Invite);
        if let Some(key) = self.servers.find(digest)
            && let Some(slot) = self.servers.get_mut(key)
            && let ServerMachine::Invite(machine) = &mut slot.machine
        {
            let reaction = machine.handle_ack(now, &self.config.timers);
            self.settle_server(now, key);
            if reaction == RequestReaction::Absorb {
                self.statistics.repetitions_absorbed += 1;
                return Ok(());
            }
        } else if let Ok(Some(to)) = ack.typed::<To<'_>>()
            && to.tag == Some(self.identity.tag(digest).as_str())
        {
            // For a response that was given without a transaction.
            self.statistics.repetitions_absorbed += 1;
            return Ok(());
        }
        validate(ack, &Rules::DEFAULT).map_err(|_| DropReason::InvalidRequest)?;
        let message = compose::stamped(ack, origin.path.remote)
            .and_then(|bytes| OwnedMessage::parse(bytes).ok())
            .ok_or(DropReason::Malformed)?;
        self.events.push_back(LayerEvent::Ack {
            message,
            path: origin.path,
            connection: origin.connection,
        });
        Ok(())
    }

    /// Section 9.2. A CANCEL cannot be challenged, so it has to come from the host that sent the INVITE.
    fn on_cancel(
        &mut self,
        now: Instant,
        origin: Origin,
        cancel: &Message<'_>,
        via: &Via<'_>,
    ) -> Result<(), DropReason> {
        let digest = self.identity.server(cancel, via, Method::Invite);
        let source = origin.path.remote.ip().to_canonical();
        let found = self.servers.find(digest);
        let invite = found.and_then(|key| match self.servers.get_mut(key) {
            Some(slot) if slot.source == source => Some((key, slot)),
            _ => None,
        });
        let Some((key, slot)) = invite else {
            let status = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
            self.reject(now, origin, cancel, status, "")?;
            return Err(DropReason::UnmatchedCancel);
        };
        let mut pending = false;
        let mut answered = None;
        if let ServerMachine::Invite(machine) = &slot.machine {
            pending = machine.state() == ServerInviteState::Proceeding && !slot.cancelled;
            answered = machine.message().cloned();
        }
        slot.cancelled = true;
        // The tag of the responses to the INVITE, where there is one already.
        let mut spans = compose::index();
        let tag = answered
            .as_ref()
            .and_then(|response| Message::parse(response, &mut spans).ok())
            .and_then(|response| response.typed::<To<'_>>().ok().flatten())
            .and_then(|to| to.tag);
        let answer = Answer {
            status: StatusCode::OK,
            reason: "",
            to_tag: tag,
            retry_after: None,
        };
        self.answer(now, origin, cancel, answer)?;
        if pending {
            let message = keep(cancel).ok_or(DropReason::Malformed)?;
            self.events.push_back(LayerEvent::Cancelled {
                transaction: ServerTransaction(key),
                message,
            });
        } else {
            self.statistics.repetitions_absorbed += 1;
        }
        Ok(())
    }

    /// A request of somebody who may not send any. Its connection has had its chance.
    pub(super) fn turn_away(
        &mut self,
        now: Instant,
        origin: Origin,
        request: &Message<'_>,
        stranger: Stranger,
    ) -> DropReason {
        if !stranger.silent {
            let answer = Answer {
                status: StatusCode::FORBIDDEN,
                reason: "",
                to_tag: None,
                retry_after: None,
            };
            // Counted as what it is, also when no answer finds its way.
            let _ = self.answer_to(now, origin, request, answer, Reach::Source);
        }
        if let Some(connection) = origin.connection
            && self.connections.is_strangers(connection)
        {
            self.connections.close(connection);
            self.statistics.connections_closed += 1;
        }
        DropReason::ForbiddenSource
    }

    /// Answers a request without a transaction.
    pub(super) fn reject(
        &mut self,
        now: Instant,
        origin: Origin,
        request: &Message<'_>,
        status: StatusCode,
        reason: &str,
    ) -> Result<(), DropReason> {
        let answer = Answer {
            status,
            reason,
            to_tag: None,
            retry_after: None,
        };
        self.answer(now, origin, request, answer)
    }

    /// The same; without a To tag in the answer one is made that lets its ACK be known again.
    fn answer(
        &mut self,
        now: Instant,
        origin: Origin,
        request: &Message<'_>,
        answer: Answer<'_>,
    ) -> Result<(), DropReason> {
        self.answer_to(now, origin, request, answer, Reach::Via)
    }

    fn answer_to(
        &mut self,
        now: Instant,
        origin: Origin,
        request: &Message<'_>,
        answer: Answer<'_>,
        reach: Reach,
    ) -> Result<(), DropReason> {
        let (Some(method), Ok(Some(via))) = (request.method(), request.typed::<Via<'_>>()) else {
            return Err(DropReason::Unanswerable);
        };
        if method == Method::Ack {
            return Ok(());
        }
        let tag = self
            .identity
            .tag(self.identity.server(request, &via, method));
        let answer = Answer {
            to_tag: answer.to_tag.or(Some(tag.as_str())),
            ..answer
        };
        let stamped =
            compose::stamped(request, origin.path.remote).ok_or(DropReason::Unanswerable)?;
        let mut spans = compose::index();
        let response = Message::parse_head(&stamped, &mut spans)
            .ok()
            .and_then(|request| compose::response(&request, answer))
            .ok_or(DropReason::Unanswerable)?;
        let destination = match reach {
            Reach::Via => response_destination(&via, origin.path, origin.connection),
            Reach::Source => source_destination(&via, origin.path, origin.connection),
        };
        if !destination.path.transport.is_reliable() && response.len() > MAX_DATAGRAM {
            return Err(DropReason::Unanswerable);
        }
        let transmit = Transmit {
            path: destination.path,
            connection: destination.connection,
            len: response.len(),
        };
        self.statistics.stateless_responses += 1;
        self.transmit(now, transmit, response);
        Ok(())
    }

    /// Answers a request: `response` is complete, with the Via of the request as
    /// [`LayerEvent::Request`] showed it. It goes back over the connection of the request or, once that is
    /// gone and for UDP, to where the top Via says (RFC 3261 section 18.2.2, RFC 3581), from the local
    /// address that received the request.
    ///
    /// # Errors
    ///
    /// The transaction is over, has its final response, or takes no such response; or `response` is none.
    pub fn respond(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        response: Bytes,
    ) -> Result<(), RespondError> {
        let key = transaction.0;
        let slot = self.servers.get_mut(key).ok_or(RespondError::Unknown)?;
        let status = status_of(&response).ok_or(RespondError::Malformed)?;
        let transport = slot.machine.destination().path.transport;
        if !transport.is_reliable() && response.len() > MAX_DATAGRAM {
            return Err(RespondError::TooLarge);
        }
        let timers = &self.config.timers;
        match &mut slot.machine {
            ServerMachine::Invite(machine) => machine.respond(now, timers, status, response),
            ServerMachine::Other(machine) => machine.respond(now, timers, status, response),
        }?;
        self.settle_server(now, key);
        Ok(())
    }

    pub(super) fn on_server_event(&mut self, key: Key, event: TransactionEvent) {
        if event == TransactionEvent::AckMissing {
            let transaction = ServerTransaction(key);
            self.events
                .push_back(LayerEvent::AckMissing { transaction });
        }
    }
}

/// The status code of a response.
fn status_of(response: &[u8]) -> Option<StatusCode> {
    let (version, rest) = response.split_at_checked(8)?;
    let (code, rest) = rest.split_at_checked(3)?;
    if !version.eq_ignore_ascii_case(b"SIP/2.0 ") || !matches!(rest.first(), Some(b' ' | b'\r')) {
        return None;
    }
    StatusCode::new(core::str::from_utf8(code).ok()?.parse().ok()?)
}
