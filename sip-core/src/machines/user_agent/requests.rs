//! Requests other than INVITE, and all responses (RFC 3261 sections 8.1, 8.2.6 and 12.2).

use core::str;

use trunkline_sans_io::Instant;

use super::compose::{Body, Fresh, Parts, check_headers};
use super::usage::UsageState;
use super::{
    EndCause, Outgoing, Purpose, SendError, UsageError, UsageKey, UserAgent, UserAgentEvent, hex,
    target,
};
use crate::header::{CSeq, To};
use crate::machines::dialog::refreshes_target;
use crate::{
    ClientTransaction, FailureReason, HeaderName, Method, OwnedMessage, RespondError,
    ServerTransaction, StatusCode,
};

impl UserAgent {
    /// Sends a request outside of any dialog: OPTIONS, MESSAGE, REGISTER and the like. The outcome is told by
    /// [`UserAgentEvent::Response`] and [`UserAgentEvent::Failed`].
    ///
    /// # Errors
    ///
    /// The method has a verb of its own, or the request cannot be composed or sent.
    pub fn request(
        &mut self,
        now: Instant,
        method: Method<'_>,
        outgoing: &Outgoing<'_>,
    ) -> Result<ClientTransaction, SendError> {
        if has_own_verb(method) {
            return Err(SendError::Method);
        }
        let (tag, call_id) = (hex(self.draw()), self.draw_call_id());
        let fresh = Fresh {
            tag: str::from_utf8(&tag).unwrap_or_default(),
            call_id: str::from_utf8(&call_id).unwrap_or_default(),
            cseq: self.next_cseq(),
        };
        let bytes = self
            .composer
            .request(method, outgoing, fresh, outgoing.contact)?;
        let (transaction, _) = self.send(now, outgoing.destination, &bytes)?;
        self.settle(now);
        Ok(transaction)
    }

    /// Sends a request in the dialog of a call: UPDATE, INFO, OPTIONS, MESSAGE and the like. While we are
    /// calling it goes to the early dialog that made itself heard last. The outcome is told by
    /// [`UserAgentEvent::Response`] and [`UserAgentEvent::Failed`]; whether a 408 or 481 ends the call
    /// (RFC 5057 section 5.1) is for the owner to say.
    ///
    /// # Errors
    ///
    /// The method has a verb of its own, there is no dialog, or the request cannot be composed or sent.
    pub fn request_in_dialog(
        &mut self,
        now: Instant,
        usage: UsageKey,
        method: Method<'_>,
        headers: &[(&str, &str)],
        body: Option<Body<'_>>,
    ) -> Result<ClientTransaction, UsageError> {
        if has_own_verb(method) {
            return Err(UsageError::Method);
        }
        let leg = self.usages.get_mut(usage.0).ok_or(UsageError::Gone)?;
        let dialog = match leg.state {
            UsageState::Calling => {
                let sent = leg.sent.and_then(|key| self.sent.get_mut(key));
                sent.and_then(|sent| sent.early.last_mut())
                    .ok_or(UsageError::State)?
            }
            UsageState::Ringing | UsageState::Established => &mut leg.dialog,
            UsageState::Ending => return Err(UsageError::State),
        };
        let contact = refreshes_target(method).then_some(&*leg.contact);
        let cseq = dialog.next_cseq()?;
        let parts = Parts {
            contact,
            headers,
            body,
        };
        let bytes = self.composer.in_dialog(dialog, method, cseq, parts)?;
        let destination = target::destination(dialog, leg.peer, leg.pinned);
        let (transaction, _) = self.send(now, destination, &bytes)?;
        self.clients.insert(transaction, Purpose::InDialog(usage.0));
        self.settle(now);
        Ok(transaction)
    }

    /// Answers a request that [`UserAgentEvent::Request`] told of. An empty `reason` stands for the usual
    /// phrase. The 2xx to a target refresh request (UPDATE) gets the Contact of the usage unless there is one
    /// among `headers`.
    ///
    /// # Errors
    ///
    /// The request is none of those, has its answer, or is too old; or the response cannot be composed or
    /// sent.
    pub fn respond(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        status: StatusCode,
        reason: &str,
        headers: &[(&str, &str)],
        body: Option<Body<'_>>,
    ) -> Result<(), UsageError> {
        let waiting = self.pending.get(transaction).ok_or(RespondError::Unknown)?;
        check_headers(headers, false)?;
        let request = waiting.message.message();
        let given = headers
            .iter()
            .any(|(name, _)| HeaderName::new(name) == HeaderName::Contact);
        let refreshes =
            !given && status.is_success() && request.method().is_some_and(refreshes_target);
        let leg = waiting
            .usage
            .filter(|_| refreshes)
            .and_then(|key| self.usages.get(key));
        let parts = Parts {
            contact: leg.map(|leg| &*leg.contact),
            headers,
            body,
        };
        let tag = hex(waiting.tag);
        let tag = str::from_utf8(&tag)
            .ok()
            .filter(|_| status != StatusCode::TRYING);
        let response = self
            .composer
            .response(&request, status, reason, tag, parts)?;
        self.layer.respond(now, transaction, response)?;
        if status.is_success()
            && let Some(leg) = waiting.usage.and_then(|key| self.usages.get_mut(key))
            && let Some(dialog) =
                leg.dialog_where(&mut self.sent, |dialog| dialog.matches_request(&request))
        {
            // Where there is no room for the Contact the old target stays.
            let _ = dialog.refresh_target(&request);
        }
        let hung_up = waiting
            .usage
            .filter(|_| status.is_success() && request.method() == Some(Method::Bye));
        let ended = hung_up.map(|key| (key, waiting.message.clone()));
        if status.is_final() {
            self.pending.remove(transaction);
        }
        if let Some((key, bye)) = ended {
            self.hung_up(now, key, bye);
        }
        self.settle(now);
        Ok(())
    }

    pub(super) fn on_response(
        &mut self,
        now: Instant,
        transaction: ClientTransaction,
        message: OwnedMessage,
    ) {
        let response = message.message();
        let Some(status) = response.status() else {
            return;
        };
        let purpose = self.clients.get(&transaction).copied();
        if !matches!(purpose, Some(Purpose::Invite(_))) {
            if status == StatusCode::TRYING {
                return;
            }
            if self.answer_challenge(now, transaction, &response) {
                return;
            }
        }
        let name = match purpose {
            Some(Purpose::Invite(_)) => transaction,
            _ if status.is_final() => {
                self.clients.remove(&transaction);
                let usage = match purpose {
                    Some(Purpose::InDialog(key) | Purpose::Bye(Some(key))) => Some(key),
                    _ => None,
                };
                self.finish(transaction, usage, Some(&response))
            }
            _ => self.name_of(transaction),
        };
        let usage = match purpose {
            Some(Purpose::Invite(key)) => return self.on_invite_response(now, key, message),
            Some(Purpose::Bye(key)) => {
                if let (Some(key), true) = (key, status.is_final()) {
                    self.end(key, EndCause::ByeSent);
                }
                return;
            }
            Some(Purpose::InDialog(usage)) => {
                if status.is_success()
                    && let Some(leg) = self.usages.get_mut(usage)
                    && let Ok(To { tag, .. }) = response.require()
                    && let Some(dialog) =
                        leg.dialog_where(&mut self.sent, |dialog| dialog.remote_tag() == tag)
                {
                    // Where it is no refresh, or the Contact is none, the old target stays.
                    let _ = dialog.refresh_target(&response);
                }
                Some(UsageKey(usage))
            }
            // The repetition of a 2xx so late that its INVITE has been forgotten.
            None if is_invite(&message) => return,
            None => None,
        };
        self.events.push_back(UserAgentEvent::Response {
            usage,
            transaction: name,
            message,
        });
    }

    pub(super) fn on_failed(
        &mut self,
        now: Instant,
        transaction: ClientTransaction,
        reason: FailureReason,
    ) {
        let usage = match self.clients.remove(&transaction) {
            Some(Purpose::Invite(key)) => return self.on_invite_unanswered(now, key, reason),
            Some(Purpose::Bye(key)) => {
                self.finish(transaction, key, None);
                if let Some(key) = key {
                    self.end(key, EndCause::ByeSent);
                }
                return;
            }
            Some(Purpose::InDialog(usage)) => Some(UsageKey(usage)),
            None => None,
        };
        let transaction = self.finish(transaction, None, None);
        self.events.push_back(UserAgentEvent::Failed {
            usage,
            transaction,
            reason,
        });
    }
}

/// Whether the method is not for `request` and `request_in_dialog`.
const fn has_own_verb(method: Method<'_>) -> bool {
    matches!(
        method,
        Method::Invite | Method::Ack | Method::Cancel | Method::Bye
    )
}

fn is_invite(response: &OwnedMessage) -> bool {
    let cseq = response.message().require::<CSeq<'_>>();
    cseq.is_ok_and(|cseq| cseq.method == Method::Invite)
}
