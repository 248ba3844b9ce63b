//! The ends of calls, and of legs that nobody wants any more.

use alloc::format;
use alloc::vec::Vec;

use trunkline_sans_io::{Instant, Key};

use super::{BackToBack, BackToBackEvent, CallKey, EndReason, Party, SessionBodies};
use crate::{RejectCause, StatusCode, UsageError, UsageKey, UserAgent, UserAgentEvent};

/// What the parties are told when a call ends: a caller who still waits gets the response, everybody else a
/// BYE or CANCEL.
#[derive(Clone, Copy, Debug)]
pub(super) struct Farewell<'a> {
    pub(super) status: StatusCode,
    /// Empty for the usual phrase.
    pub(super) phrase: &'a str,
    /// For the response, or for the BYE once the call was answered.
    pub(super) headers: &'a [(&'a str, &'a str)],
}

impl<B: SessionBodies> BackToBack<B> {
    /// Ends a call, in whatever state it is: a caller that waits for the answer gets
    /// [`EndReason::as_response`], a callee that was called a CANCEL, and either a BYE once the call was
    /// answered. [`BackToBackEvent::Ended`] follows. A call that is over is left alone.
    pub fn hang_up(
        &mut self,
        now: Instant,
        call: CallKey,
        reason: EndReason,
        agent: &mut UserAgent,
    ) {
        self.end(now, call.0, reason, agent);
    }

    /// Ends all calls there are.
    pub fn hang_up_all(&mut self, now: Instant, reason: EndReason, agent: &mut UserAgent) {
        let keys: Vec<Key> = self.calls.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.end(now, key, reason, agent);
        }
    }

    /// Refuses a call that has not been answered: 300 to 699. An empty `reason` stands for the usual phrase.
    /// A route that is being tried is given up. [`BackToBackEvent::Ended`] follows. A call that is over is
    /// left alone; one that was answered is ended by BYE.
    pub fn reject(
        &mut self,
        now: Instant,
        call: CallKey,
        status: StatusCode,
        reason: &str,
        headers: &[(&str, &str)],
        agent: &mut UserAgent,
    ) {
        let farewell = Farewell {
            status,
            phrase: reason,
            headers,
        };
        self.end_with(now, call.0, EndReason::Rejected(status), farewell, agent);
    }

    /// The same where nobody is left to call: `cause` is why the last attempt failed, and `None` where there was
    /// none. The reason tells of that, not of a wish of the owner.
    pub(in crate::machines) fn give_up(
        &mut self,
        now: Instant,
        call: CallKey,
        cause: Option<&RejectCause>,
        agent: &mut UserAgent,
    ) {
        let seconds = format!("{}", self.config.retry_after);
        let retry_after = [("Retry-After", &*seconds)];
        let farewell = Farewell {
            status: cause.map_or(StatusCode::SERVICE_UNAVAILABLE, RejectCause::status_across),
            phrase: "",
            headers: if cause.is_none() { &retry_after } else { &[] },
        };
        let reason = cause.map_or(EndReason::Unreachable, EndReason::of_cause);
        self.end_with(now, call.0, reason, farewell, agent);
    }

    pub(super) fn end(&mut self, now: Instant, key: Key, reason: EndReason, agent: &mut UserAgent) {
        let seconds = format!("{}", self.config.retry_after);
        let headers = [("Retry-After", &*seconds)];
        // In a BYE it would say nothing.
        let waits = self
            .calls
            .get(key)
            .is_some_and(|call| call.answered.is_none());
        let headers = match reason {
            EndReason::ShutDown if waits => &headers[..],
            _ => &[],
        };
        let farewell = Farewell {
            status: reason.as_response(),
            phrase: "",
            headers,
        };
        self.end_with(now, key, reason, farewell, agent);
    }

    /// Ends a call and tells of it. Its legs are left to themselves.
    pub(super) fn end_with(
        &mut self,
        now: Instant,
        key: Key,
        reason: EndReason,
        farewell: Farewell<'_>,
        agent: &mut UserAgent,
    ) {
        let Some(call) = self.calls.remove(key) else {
            return;
        };
        self.ringing.set(key.index(), None);
        self.silence.set(key.index(), None);
        let answered = call.answered.is_some();
        // The callee first: it must not ring any longer than necessary.
        if let Some(usage) = call.leg(Party::Callee) {
            let headers = if answered { farewell.headers } else { &[] };
            self.leave(now, usage, headers, agent);
        }
        match call.leg(Party::Caller) {
            Some(usage) if answered => self.leave(now, usage, farewell.headers, agent),
            Some(usage) => self.turn_down(now, usage, farewell, agent),
            None => {}
        }
        self.events.push_back(BackToBackEvent::Ended {
            call: CallKey(key),
            summary: call.into_summary(now, reason),
        });
    }

    /// A leg has ended by itself, and the call with it.
    pub(super) fn leg_ended(
        &mut self,
        now: Instant,
        usage: UsageKey,
        key: Key,
        reason: EndReason,
        headers: &[(&str, &str)],
        agent: &mut UserAgent,
    ) {
        self.forget_leg(usage);
        let farewell = Farewell {
            status: reason.as_response(),
            phrase: "",
            headers,
        };
        self.end_with(now, key, reason, farewell, agent);
    }

    /// A usage is gone.
    pub(super) fn forget_leg(&mut self, usage: UsageKey) {
        let Some(leg) = self.legs.remove(&usage) else {
            return;
        };
        if let Some(call_id) = leg.own_call_id {
            self.own_call_ids.remove(&call_id);
        }
        if let Some((key, party)) = leg.call
            && let Some(call) = self.calls.get_mut(key)
        {
            call.legs[party.index()] = None;
        }
    }

    /// Hangs a leg up that is no part of its call any more. Until the user agent tells of its end it stays known,
    /// so that nobody takes what it says for something new.
    pub(super) fn leave(
        &mut self,
        now: Instant,
        usage: UsageKey,
        headers: &[(&str, &str)],
        agent: &mut UserAgent,
    ) {
        if let Some(leg) = self.legs.get_mut(&usage) {
            leg.call = None;
        }
        if let Err(UsageError::Compose(_)) = agent.bye(now, usage, headers) {
            // What the other party wrote cannot be written again.
            agent.bye(now, usage, &[]).ok();
        }
    }

    /// Refuses the INVITE of a caller. There is no event for that.
    fn turn_down(
        &mut self,
        now: Instant,
        usage: UsageKey,
        farewell: Farewell<'_>,
        agent: &mut UserAgent,
    ) {
        let Farewell {
            status,
            phrase,
            headers,
        } = farewell;
        match reject(now, usage, status, phrase, headers, agent) {
            Ok(()) => self.forget_leg(usage),
            // Either its end is being told already, or the INVITE cannot be answered.
            Err(_) => self.leave(now, usage, &[], agent),
        }
    }

    /// Something about a leg that is no part of a call any more.
    pub(super) fn leftover_event(
        &mut self,
        now: Instant,
        usage: UsageKey,
        event: UserAgentEvent,
        agent: &mut UserAgent,
    ) {
        match event {
            UserAgentEvent::Rejected { initial: true, .. }
            | UserAgentEvent::Cancelled { initial: true, .. }
            | UserAgentEvent::Ended { .. } => self.forget_leg(usage),
            // It was accepted just before it was given up: ACK and BYE.
            UserAgentEvent::Accepted { .. } => {
                agent.bye(now, usage, &[]).ok();
            }
            UserAgentEvent::Request { transaction, .. } => {
                let status = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
                agent.respond(now, transaction, status, "", &[], None).ok();
            }
            _ => {}
        }
    }
}

/// Refuses the INVITE or re-INVITE that waits on a leg. A phrase or header field of the far side that cannot be
/// written gives way to the usual one.
pub(super) fn reject(
    now: Instant,
    usage: UsageKey,
    status: StatusCode,
    phrase: &str,
    headers: &[(&str, &str)],
    agent: &mut UserAgent,
) -> Result<(), UsageError> {
    match agent.reject(now, usage, status, phrase, headers) {
        Err(UsageError::Compose(_)) => agent.reject(now, usage, status, "", &[]),
        result => result,
    }
}
