//! INVITEs of ours: the first of a call, and re-INVITEs (RFC 3261 sections 13.2 and 14.1).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::str;

use trunkline_sans_io::{Instant, Key, Owned};

use super::challenges::has_credentials;
use super::compose::{Body, Fresh, Parts, check_contact, contact_of};
use super::usage::{Answer, OwnedDialog, Sent, Usage, UsageState};
use super::{
    ComposeError, DIALOG_LIMIT, EarlyDialogPolicy, EndCause, Outgoing, Purpose, RejectCause,
    SendError, UsageError, UsageKey, UserAgent, UserAgentEvent, hex, target,
};
use crate::header::To;
use crate::wire::uri::SipUri;
use crate::{Dialog, FailureReason, Message, Method, OwnedMessage, RequestError, StatusCode};

impl UserAgent {
    /// Calls somebody. The outcome is told by [`UserAgentEvent::Progress`], [`UserAgentEvent::Accepted`] and
    /// [`UserAgentEvent::Rejected`].
    ///
    /// # Errors
    ///
    /// The INVITE cannot be composed or sent; there is no usage then.
    pub fn invite(&mut self, now: Instant, outgoing: &Outgoing<'_>) -> Result<UsageKey, SendError> {
        if self.usages.len() >= self.usages.limit() {
            return Err(SendError::TooManyUsages);
        }
        if self.sent.len() >= self.sent.limit() {
            return Err(RequestError::TableFull.into());
        }
        let path = outgoing.destination.path;
        let contact: Box<str> = match outgoing.contact {
            Some(contact) => {
                check_contact(contact)?;
                contact.into()
            }
            None => {
                let secure = SipUri::parse(outgoing.request_uri).is_ok_and(|uri| uri.is_secure());
                contact_of(self.layer.sent_by(path.local), path.transport, secure)
            }
        };
        let (tag, call_id) = (self.draw(), self.draw_call_id());
        let text = hex(tag);
        let fresh = Fresh {
            tag: str::from_utf8(&text).unwrap_or_default(),
            call_id: str::from_utf8(&call_id).unwrap_or_default(),
            cseq: self.next_cseq(),
        };
        let bytes = self
            .composer
            .request(Method::Invite, outgoing, fresh, Some(&contact))?;
        let invite = OwnedMessage::parse(bytes).map_err(ComposeError::from)?;
        let origin = Dialog::caller(Owned::with_limit(DIALOG_LIMIT), &invite.message())
            .map_err(ComposeError::from)?;
        let (transaction, authorized) = self.send(now, outgoing.destination, invite.bytes())?;
        let usage = Usage {
            state: UsageState::Calling,
            is_caller: true,
            bye: None,
            tag,
            dialog: origin.clone(),
            peer: outgoing.destination,
            pinned: false,
            contact,
            sent: None,
            received: None,
        };
        let key = self
            .usages
            .insert(usage)
            .map_err(|_| SendError::TooManyUsages)?;
        self.by_tag.insert(tag, key);
        self.insert_sent(Sent {
            transaction,
            usage: Some(key),
            initial: true,
            cancelled: false,
            cseq: origin.local_cseq(),
            origin,
            peer: outgoing.destination,
            pinned: false,
            authenticated: credentials(authorized.unwrap_or(invite)),
            early: Vec::new(),
            answers: Vec::new(),
        });
        self.settle(now);
        Ok(UsageKey(key))
    }

    /// Takes note of an INVITE that has just been sent; there is room.
    fn insert_sent(&mut self, sent: Sent) {
        let (transaction, usage) = (sent.transaction, sent.usage);
        let Ok(key) = self.sent.insert(sent) else {
            return;
        };
        self.clients.insert(transaction, Purpose::Invite(key));
        if let Some(leg) = usage.and_then(|usage| self.usages.get_mut(usage)) {
            leg.sent = Some(key);
        }
    }

    /// Changes the session: sends a re-INVITE. The outcome is told as that of [`UserAgent::invite`].
    ///
    /// # Errors
    ///
    /// [`UsageError::Pending`] while any INVITE is under way in the dialog, either way, its ACK included
    /// (RFC 3261 section 14.1). Otherwise that there is no dialog yet, or that the request cannot be composed
    /// or sent.
    pub fn reinvite(
        &mut self,
        now: Instant,
        usage: UsageKey,
        headers: &[(&str, &str)],
        body: Option<Body<'_>>,
    ) -> Result<(), UsageError> {
        let leg = self.usages.get_mut(usage.0).ok_or(UsageError::Gone)?;
        if leg.state != UsageState::Established {
            return Err(UsageError::State);
        }
        if leg.sent.is_some() || leg.received.is_some() {
            return Err(UsageError::Pending);
        }
        if self.sent.len() >= self.sent.limit() {
            return Err(RequestError::TableFull.into());
        }
        let cseq = leg.dialog.next_cseq()?;
        let parts = Parts {
            contact: Some(&leg.contact),
            headers,
            body,
        };
        let bytes = self
            .composer
            .in_dialog(&leg.dialog, Method::Invite, cseq, parts)?;
        let invite = OwnedMessage::parse(bytes).map_err(ComposeError::from)?;
        let destination = target::destination(&leg.dialog, leg.peer, leg.pinned);
        let (origin, peer, pinned) = (leg.dialog.clone(), leg.peer, leg.pinned);
        let (transaction, authorized) = self.send(now, destination, invite.bytes())?;
        let sent = Sent {
            transaction,
            usage: Some(usage.0),
            initial: false,
            cancelled: false,
            cseq,
            origin,
            peer,
            pinned,
            authenticated: credentials(authorized.unwrap_or(invite)),
            early: Vec::new(),
            answers: Vec::new(),
        };
        self.insert_sent(sent);
        self.settle(now);
        Ok(())
    }

    /// Gives up an INVITE or re-INVITE of ours that has no final response yet (RFC 3261 section 9.1). Its end
    /// is told by [`UserAgentEvent::Rejected`]; a 2xx that crosses the CANCEL of a first INVITE is
    /// acknowledged, and ended by BYE. A re-INVITE that is accepted nevertheless is told as accepted.
    ///
    /// # Errors
    ///
    /// There is no such INVITE.
    pub fn cancel(&mut self, now: Instant, usage: UsageKey) -> Result<(), UsageError> {
        self.cancel_invite(now, usage.0)?;
        self.settle(now);
        Ok(())
    }

    /// The same, for use while the events of the layer are dealt with.
    pub(super) fn cancel_invite(&mut self, now: Instant, key: Key) -> Result<(), UsageError> {
        let leg = self.usages.get(key).ok_or(UsageError::Gone)?;
        let sent = leg
            .sent
            .and_then(|key| self.sent.get_mut(key))
            .ok_or(UsageError::State)?;
        if !sent.answers.is_empty() {
            return Err(UsageError::State);
        }
        self.layer
            .cancel(now, sent.transaction)
            .map_err(|_| UsageError::State)?;
        sent.cancelled = true;
        Ok(())
    }

    /// Acknowledges the 2xx that [`UserAgentEvent::Accepted`] told of, with the answer as body if the 2xx
    /// carried the offer. The ACK is repeated whenever the 2xx is.
    ///
    /// # Errors
    ///
    /// There is nothing to acknowledge, or the ACK cannot be composed or sent.
    pub fn ack(
        &mut self,
        now: Instant,
        usage: UsageKey,
        body: Option<Body<'_>>,
    ) -> Result<(), UsageError> {
        self.ack_with(now, usage, &[], body)
    }

    /// The same with header fields, those of the body.
    pub(in crate::machines) fn ack_with(
        &mut self,
        now: Instant,
        usage: UsageKey,
        headers: &[(&str, &str)],
        body: Option<Body<'_>>,
    ) -> Result<(), UsageError> {
        let leg = self.usages.get_mut(usage.0).ok_or(UsageError::Gone)?;
        let sent = leg
            .sent
            .and_then(|key| self.sent.get_mut(key))
            .ok_or(UsageError::State)?;
        // The first is the one that was told; later ones are those of other forks.
        let answer = sent.answers.first().ok_or(UsageError::State)?;
        if answer.ack.is_some() {
            return Err(UsageError::State);
        }
        let parts = Parts {
            headers,
            body,
            ..Parts::NONE
        };
        let bytes = self.composer.ack(&leg.dialog, sent, parts)?;
        let destination = target::destination(&leg.dialog, leg.peer, leg.pinned);
        let bytes = self.layer.send_ack(now, destination, &bytes)?;
        if let Some(answer) = sent.answers.first_mut() {
            answer.ack = Some((destination, bytes));
        }
        sent.usage = None;
        leg.sent = None;
        self.settle(now);
        Ok(())
    }

    /// A response to an INVITE of ours.
    pub(super) fn on_invite_response(&mut self, now: Instant, key: Key, message: OwnedMessage) {
        match message.message().status() {
            Some(StatusCode::TRYING) | None => {}
            Some(status) if status.is_provisional() => self.on_progress(now, key, message),
            Some(status) if status.is_success() => self.on_success(now, key, message),
            Some(_) => {
                let transaction = self.sent.get(key).map(|sent| sent.transaction);
                let again = transaction.is_some_and(|transaction| {
                    self.answer_challenge(now, transaction, &message.message())
                });
                if !again {
                    self.on_invite_failure(now, key, RejectCause::Response(message));
                }
            }
        }
    }

    fn on_progress(&mut self, now: Instant, key: Key, message: OwnedMessage) {
        let Some(sent) = self.sent.get_mut(key) else {
            return;
        };
        let (Some(usage), false) = (sent.usage, sent.cancelled) else {
            return;
        };
        let response = message.message();
        if let (true, Some(tag)) = (sent.initial, to_tag(&response)) {
            let known = sent
                .early
                .iter()
                .position(|early| early.remote_tag() == Some(tag));
            let dialog = match known {
                Some(index) => Some(sent.early.remove(index)),
                None if sent.early.len() < self.config.max_early_dialogs => {
                    let mut dialog = sent.origin.clone();
                    dialog.answered(&response).is_ok().then_some(dialog)
                }
                None => {
                    if self.config.early_dialog_policy == EarlyDialogPolicy::Cancel {
                        let _ = self.cancel_invite(now, usage);
                    }
                    return;
                }
            };
            // The one heard last stands last.
            sent.early.extend(dialog);
        }
        let usage = UsageKey(usage);
        self.events
            .push_back(UserAgentEvent::Progress { usage, message });
    }

    fn on_success(&mut self, now: Instant, key: Key, message: OwnedMessage) {
        let response = message.message();
        if let Some(sent) = self.sent.get(key) {
            self.finish(sent.transaction, sent.usage, Some(&response));
        }
        let Some(sent) = self.sent.get_mut(key) else {
            return;
        };
        let tag = to_tag(&response).unwrap_or_default();
        if let Some(answer) = sent
            .answers
            .iter()
            .find(|answer| &*answer.remote_tag == tag)
        {
            if let Some((destination, ack)) = &answer.ack {
                self.layer.resend(now, *destination, ack.clone());
            }
            return;
        }
        let timers = self.layer.config().timers;
        if sent.answers.is_empty() {
            self.sent_ends.set(key.index(), Some(now + timers.t1_x64()));
        }
        // A peer that invents one fork after the other gets no answer beyond the limit.
        if sent.answers.len() > self.config.max_early_dialogs {
            return;
        }
        let first = sent.answers.is_empty();
        let leg = sent
            .usage
            .filter(|_| first)
            .and_then(|usage| self.usages.get_mut(usage));
        if !sent.initial {
            if sent.origin.remote_tag().unwrap_or_default() != tag {
                return;
            }
            match (leg, sent.usage) {
                (Some(leg), Some(usage)) => {
                    // Where the Contact is none the old target stays.
                    let _ = leg.dialog.refresh_target(&response);
                    sent.answers.push(Answer {
                        remote_tag: tag.into(),
                        ack: None,
                    });
                    let usage = UsageKey(usage);
                    self.events
                        .push_back(UserAgentEvent::Accepted { usage, message });
                }
                _ => {
                    let dialog = sent.origin.clone();
                    self.refuse_fork(now, key, dialog, tag, false);
                }
            }
            return;
        }
        let early = sent
            .early
            .iter()
            .position(|early| early.remote_tag().unwrap_or_default() == tag);
        let mut dialog = match early {
            Some(index) => sent.early.swap_remove(index),
            None => sent.origin.clone(),
        };
        let usable = dialog.answered(&response).is_ok();
        if !usable {
            // ACK and BYE go the way of the INVITE.
            dialog = sent.origin.clone();
            let _ = dialog.answered_by(tag);
        }
        match (leg, sent.usage) {
            (Some(leg), Some(usage)) if usable && !sent.cancelled => {
                leg.state = UsageState::Established;
                leg.dialog = dialog;
                sent.early = Vec::new();
                sent.answers.push(Answer {
                    remote_tag: tag.into(),
                    ack: None,
                });
                let usage = UsageKey(usage);
                self.events
                    .push_back(UserAgentEvent::Accepted { usage, message });
            }
            (Some(_), Some(usage)) => {
                let cancelled = sent.cancelled;
                self.refuse_fork(now, key, dialog, tag, true);
                self.remove_usage(usage);
                self.events.push_back(UserAgentEvent::Rejected {
                    usage: UsageKey(usage),
                    initial: true,
                    cause: if cancelled {
                        RejectCause::Cancelled(message)
                    } else {
                        RejectCause::Unusable(message)
                    },
                });
            }
            _ => self.refuse_fork(now, key, dialog, tag, true),
        }
    }

    /// Acknowledges a 2xx that nobody wants, and ends its dialog (RFC 3261 section 13.2.2.4). What cannot be
    /// sent is left to the time-outs of the peer.
    fn refuse_fork(
        &mut self,
        now: Instant,
        key: Key,
        mut dialog: OwnedDialog,
        tag: &str,
        bye: bool,
    ) {
        let Some(sent) = self.sent.get_mut(key) else {
            return;
        };
        let destination = target::destination(&dialog, sent.peer, sent.pinned);
        let ack = self.composer.ack(&dialog, sent, Parts::NONE).ok();
        let ack = ack.and_then(|ack| self.layer.send_ack(now, destination, &ack).ok());
        sent.answers.push(Answer {
            remote_tag: tag.into(),
            ack: ack.map(|ack| (destination, ack)),
        });
        if bye {
            let destination = target::destination(&dialog, sent.peer, sent.pinned);
            self.send_last_bye(now, &mut dialog, destination);
        }
    }

    /// An INVITE of ours has failed: by a response, or without any.
    pub(super) fn on_invite_failure(&mut self, now: Instant, key: Key, cause: RejectCause) {
        let Some(sent) = self.sent.remove(key) else {
            return;
        };
        self.sent_ends.set(key.index(), None);
        self.clients.remove(&sent.transaction);
        let response = match &cause {
            RejectCause::Response(message) => Some(message.message()),
            _ => None,
        };
        self.finish(sent.transaction, sent.usage, response.as_ref());
        let Some(key) = sent.usage else {
            return;
        };
        if let Some(leg) = self.usages.get_mut(key) {
            leg.sent = None;
        }
        let lost = match &cause {
            RejectCause::Timeout => true,
            RejectCause::Response(message) => matches!(
                message.message().status(),
                Some(StatusCode::REQUEST_TIMEOUT | StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST)
            ),
            _ => false,
        };
        let (usage, initial) = (UsageKey(key), sent.initial);
        self.events.push_back(UserAgentEvent::Rejected {
            usage,
            initial,
            cause,
        });
        if initial {
            self.remove_usage(key);
        } else if lost {
            self.abandon(now, key, EndCause::PeerLost);
        }
    }

    pub(super) fn on_invite_unanswered(&mut self, now: Instant, key: Key, reason: FailureReason) {
        let cause = match reason {
            FailureReason::Timeout => RejectCause::Timeout,
            FailureReason::Transport => RejectCause::Transport,
        };
        self.on_invite_failure(now, key, cause);
    }

    /// 64 T1 after the first 2xx no further one is to be expected.
    pub(super) fn forget_sent(&mut self, now: Instant, key: Key) {
        // A re-INVITE that only others than the peer have answered.
        if self
            .sent
            .get(key)
            .is_some_and(|sent| sent.answers.is_empty())
        {
            return self.on_invite_failure(now, key, RejectCause::Timeout);
        }
        let Some(sent) = self.sent.remove(key) else {
            return;
        };
        self.sent_ends.set(key.index(), None);
        self.clients.remove(&sent.transaction);
        self.finish(sent.transaction, sent.usage, None);
        // The owner has not acknowledged it, and cannot any more.
        if let Some(leg) = sent.usage.and_then(|usage| self.usages.get_mut(usage)) {
            leg.sent = None;
        }
    }
}

/// The INVITE, if an ACK has to repeat its credentials.
pub(super) fn credentials(invite: OwnedMessage) -> Option<Box<OwnedMessage>> {
    has_credentials(&invite.message()).then(|| Box::new(invite))
}

/// The tag of a response.
fn to_tag<'a>(response: &Message<'a>) -> Option<&'a str> {
    response.require::<To<'_>>().ok()?.tag
}
