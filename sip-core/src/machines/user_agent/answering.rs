//! INVITEs of the peer: the first of a call, and re-INVITEs (RFC 3261 sections 13.3 and 14.2).

use alloc::boxed::Box;
use core::str;

use bytes::Bytes;
use chacha20::rand_core::Rng as _;
use trunkline_sans_io::{Instant, Key, Owned};

use super::compose::{Body, Parts, check_headers, contact_of};
use super::usage::{Received, Stage, Usage, UsageState};
use super::{
    ComposeError, DIALOG_LIMIT, EndCause, UsageError, UsageKey, UserAgent, UserAgentEvent, hex,
    unhex,
};
use crate::header::{CSeq, To};
use crate::{Destination, Dialog, DialogError, OwnedMessage, ServerTransaction, StatusCode};

impl UserAgent {
    /// An INVITE outside of any dialog.
    pub(super) fn on_invite(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        message: OwnedMessage,
        peer: Destination,
    ) {
        let request = message.message();
        if self.usages.len() >= self.usages.limit() {
            return self.answer_busy(now, transaction, &request);
        }
        let tag = self.draw();
        let text = hex(tag);
        let text = str::from_utf8(&text).unwrap_or_default();
        let dialog = match Dialog::callee(Owned::with_limit(DIALOG_LIMIT), &request, text) {
            Ok(dialog) => dialog,
            Err(error) => return self.answer_dialog_error(now, transaction, &request, error),
        };
        let sent_by = self.layer.sent_by(peer.path.local);
        let contact = contact_of(sent_by, peer.path.transport, dialog.is_secure());
        let usage = Usage {
            state: UsageState::Ringing,
            is_caller: false,
            bye: None,
            tag,
            peer,
            pinned: false,
            contact,
            sent: None,
            received: Some(Box::new(Received {
                transaction,
                cseq: dialog.remote_cseq().unwrap_or_default(),
                initial: true,
                stage: Stage::Pending(message.clone()),
            })),
            dialog,
        };
        // There is room, see above.
        let Ok(key) = self.usages.insert(usage) else {
            return;
        };
        self.by_tag.insert(tag, key);
        self.invites.insert(transaction, key);
        self.events.push_back(UserAgentEvent::Invited {
            usage: UsageKey(key),
            message,
            path: peer.path,
            connection: peer.connection,
        });
    }

    /// A re-INVITE, in order, in the dialog of a usage that has not ended.
    pub(super) fn on_reinvite(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        message: OwnedMessage,
        key: Key,
    ) {
        let Some(leg) = self.usages.get_mut(key) else {
            return;
        };
        let request = message.message();
        match leg.received.as_deref().map(|received| &received.stage) {
            None if leg.sent.is_none() && leg.state == UsageState::Established => {}
            Some(Stage::Pending(_)) => {
                // Section 14.2.
                let seconds = match self.random.next_u32() % 11 {
                    0 => "0",
                    1..=5 => "5",
                    _ => "10",
                };
                let headers = [("Retry-After", seconds)];
                let status = StatusCode::SERVER_INTERNAL_ERROR;
                return self.answer(now, transaction, &request, status, "", &headers);
            }
            // Ours is under way, or the peer has not got our last 2xx (RFC 5407 section 3.1.4).
            _ => {
                let status = StatusCode::REQUEST_PENDING;
                return self.answer(now, transaction, &request, status, "", &[]);
            }
        }
        let cseq = request.require::<CSeq<'_>>().map_or(0, |cseq| cseq.number);
        leg.received = Some(Box::new(Received {
            transaction,
            cseq,
            initial: false,
            stage: Stage::Pending(message.clone()),
        }));
        self.invites.insert(transaction, key);
        let usage = UsageKey(key);
        self.events
            .push_back(UserAgentEvent::Reinvited { usage, message });
    }

    /// Answers the pending INVITE or re-INVITE of the peer for the time being: 100 to 199. Repeat it every
    /// minute if the decision takes long: proxies may lose patience (RFC 3261 section 13.3.1.1).
    ///
    /// # Errors
    ///
    /// No INVITE waits for an answer, the status code is another, or the response cannot be composed or sent.
    pub fn provisional(
        &mut self,
        now: Instant,
        usage: UsageKey,
        status: StatusCode,
        headers: &[(&str, &str)],
        body: Option<Body<'_>>,
    ) -> Result<(), UsageError> {
        if !status.is_provisional() {
            return Err(UsageError::Status);
        }
        self.answer_invite(now, usage.0, status, "", headers, body)?;
        self.settle(now);
        Ok(())
    }

    /// Accepts the pending INVITE or re-INVITE of the peer by 200. It is repeated until its ACK comes, which
    /// [`UserAgentEvent::Acknowledged`] tells; without one the call is ended after 64 T1 (RFC 3261 section
    /// 13.3.1.4).
    ///
    /// # Errors
    ///
    /// No INVITE waits for an answer, or the response cannot be composed or sent.
    pub fn accept(
        &mut self,
        now: Instant,
        usage: UsageKey,
        headers: &[(&str, &str)],
        body: Option<Body<'_>>,
    ) -> Result<(), UsageError> {
        let response = self.answer_invite(now, usage.0, StatusCode::OK, "", headers, body)?;
        let interval = self.layer.config().timers.first_interval();
        if let Some(leg) = self.usages.get_mut(usage.0) {
            leg.state = UsageState::Established;
            leg.dialog.confirm();
            if let Some(received) = &mut leg.received {
                let stage = Stage::Accepted(response, interval);
                if let Stage::Pending(invite) = core::mem::replace(&mut received.stage, stage)
                    && !received.initial
                {
                    // Where there is no room for the Contact the old target stays.
                    let _ = leg.dialog.refresh_target(&invite.message());
                }
            }
        }
        self.repetitions.set(usage.0.index(), Some(now + interval));
        self.settle(now);
        Ok(())
    }

    /// Refuses the pending INVITE or re-INVITE of the peer: 300 to 699. Refusing the first INVITE ends the
    /// usage, without an event. An empty `reason` stands for the usual phrase.
    ///
    /// # Errors
    ///
    /// No INVITE waits for an answer, the status code is another, or the response cannot be composed or sent.
    pub fn reject(
        &mut self,
        now: Instant,
        usage: UsageKey,
        status: StatusCode,
        reason: &str,
        headers: &[(&str, &str)],
    ) -> Result<(), UsageError> {
        if status.class() < 3 {
            return Err(UsageError::Status);
        }
        self.answer_invite(now, usage.0, status, reason, headers, None)?;
        self.close_received(usage.0);
        self.settle(now);
        Ok(())
    }

    /// The pending INVITE has its failure response: the usage goes on without it, or ends with it.
    pub(super) fn close_received(&mut self, key: Key) {
        let Some(leg) = self.usages.get_mut(key) else {
            return;
        };
        let Some(received) = leg.received.take() else {
            return;
        };
        self.invites.remove(&received.transaction);
        if received.initial {
            if let Stage::Pending(invite) = &received.stage {
                self.merged.forget(&invite.message());
            }
            self.remove_usage(key);
        }
    }

    /// Sends a response to the pending INVITE of a usage.
    fn answer_invite(
        &mut self,
        now: Instant,
        key: Key,
        status: StatusCode,
        reason: &str,
        headers: &[(&str, &str)],
        body: Option<Body<'_>>,
    ) -> Result<Bytes, UsageError> {
        let leg = self.usages.get(key).ok_or(UsageError::Gone)?;
        let Some(Received {
            transaction,
            stage: Stage::Pending(invite),
            ..
        }) = leg.received.as_deref()
        else {
            return Err(UsageError::State);
        };
        // A redirection has Contacts of its own.
        check_headers(headers, status.class() != 3)?;
        // What makes or refreshes a dialog has a Contact (section 12.1.1).
        let is_trying = status == StatusCode::TRYING;
        let contact = (status.class() <= 2 && !is_trying).then_some(&*leg.contact);
        let tag = (!is_trying).then(|| leg.dialog.local_tag());
        let parts = Parts {
            contact,
            headers,
            body,
        };
        let response = self
            .composer
            .response(&invite.message(), status, reason, tag, parts)?;
        self.layer.respond(now, *transaction, response.clone())?;
        Ok(response)
    }

    /// Refuses the pending INVITE of a usage, if there is one, and forgets it.
    pub(super) fn refuse_received(
        &mut self,
        now: Instant,
        key: Key,
        status: StatusCode,
        headers: &[(&str, &str)],
    ) -> Result<(), ComposeError> {
        let refused = self.answer_invite(now, key, status, "", headers, None);
        // Whatever else stands in the way, the layer has no use for the transaction any more.
        if let Err(UsageError::Compose(error)) = refused {
            return Err(error);
        }
        Ok(())
    }

    /// The peer has cancelled its INVITE.
    pub(super) fn on_cancelled(&mut self, now: Instant, transaction: ServerTransaction) {
        let Some(&key) = self.invites.get(&transaction) else {
            return;
        };
        let Some(received) = self.usages.get(key).and_then(|leg| leg.received.as_deref()) else {
            return;
        };
        let initial = received.initial;
        if !matches!(received.stage, Stage::Pending(_)) {
            return;
        }
        let _ = self.refuse_received(now, key, StatusCode::REQUEST_TERMINATED, &[]);
        self.close_received(key);
        let usage = UsageKey(key);
        self.events
            .push_back(UserAgentEvent::Cancelled { usage, initial });
    }

    /// An ACK to a 2xx of ours, perhaps. Whatever it does not fit is ignored: an ACK has no answer.
    pub(super) fn on_ack(&mut self, now: Instant, message: OwnedMessage) {
        let request = message.message();
        let (Ok(to), Ok(cseq)) = (request.require::<To<'_>>(), request.require::<CSeq<'_>>())
        else {
            return;
        };
        let Some(&key) = to.tag.and_then(unhex).and_then(|tag| self.by_tag.get(&tag)) else {
            return;
        };
        let Some(leg) = self.usages.get_mut(key) else {
            return;
        };
        let awaited = leg.received.as_deref().is_some_and(|received| {
            matches!(received.stage, Stage::Accepted(..)) && received.cseq == cseq.number
        });
        if !awaited || !leg.dialog.matches_request(&request) {
            return;
        }
        if let Some(received) = leg.received.take() {
            self.invites.remove(&received.transaction);
        }
        self.repetitions.set(key.index(), None);
        match leg.bye.take() {
            Some(bye) => self.send_bye(now, key, &bye),
            None => {
                let usage = UsageKey(key);
                self.events
                    .push_back(UserAgentEvent::Acknowledged { usage, message });
            }
        }
    }

    /// 64 T1 have passed since a final response to an INVITE.
    pub(super) fn on_ack_missing(&mut self, now: Instant, transaction: ServerTransaction) {
        let Some(key) = self.invites.remove(&transaction) else {
            return;
        };
        let Some(leg) = self.usages.get_mut(key) else {
            return;
        };
        leg.received = None;
        self.repetitions.set(key.index(), None);
        match leg.bye.take() {
            Some(bye) => self.send_bye(now, key, &bye),
            None => self.abandon(now, key, EndCause::AckMissing),
        }
    }

    /// Repeats a 2xx (section 13.3.1.4): after T1, then after twice the time, up to T2.
    pub(super) fn repeat_2xx(&mut self, now: Instant, index: usize) {
        let Some(key) = self.usages.key_at(index) else {
            return;
        };
        let Some(received) = self
            .usages
            .get_mut(key)
            .and_then(|leg| leg.received.as_deref_mut())
        else {
            return;
        };
        let Stage::Accepted(response, interval) = &mut received.stage else {
            return;
        };
        // Once the transaction is over there is nothing to repeat; its end is told as a missing ACK.
        if self
            .layer
            .respond(now, received.transaction, response.clone())
            .is_ok()
        {
            *interval = self.layer.config().timers.next_interval(*interval);
            self.repetitions.set(index, Some(now + *interval));
        }
    }

    /// Answers a request of which no dialog can be made, or that does not fit its dialog.
    pub(super) fn answer_dialog_error(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        request: &crate::Message<'_>,
        error: DialogError,
    ) {
        let (status, reason) = match error {
            DialogError::OtherDialog => (StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST, ""),
            DialogError::OutOfOrder => (StatusCode::SERVER_INTERNAL_ERROR, "CSeq Out of Order"),
            DialogError::NoRoom => (StatusCode::MESSAGE_TOO_LARGE, ""),
            DialogError::Contact => (StatusCode::BAD_REQUEST, "Bad Contact"),
            DialogError::Header(crate::HeaderError::Missing { .. }) => {
                (StatusCode::BAD_REQUEST, "Missing Header Field")
            }
            _ => (StatusCode::BAD_REQUEST, "Bad Header Field"),
        };
        self.answer(now, transaction, request, status, reason, &[]);
    }
}
