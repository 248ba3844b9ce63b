//! A call from its INVITE to the next hop that takes it.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;

use trunkline_sans_io::{ConnectionId, FiveTuple, Instant, Key};

use super::call::{Call, CallState, Exchange, ExchangeKind, Leg};
use super::crossing::{Crossed, cross, headers, hops_left, response_across};
use super::ending::{Farewell, reject};
use super::{
    BackToBack, BackToBackEvent, CallKey, ConnectError, ConnectOptions, EndReason, Party,
    SessionBodies,
};
use crate::header::CallId;
use crate::{
    Message, Outgoing, OwnedMessage, RejectCause, StatusCode, UsageKey, UsageState, UserAgent,
};

/// How soon at the earliest a next hop that has said 100 is looked at again.
const LEAST_PAUSE: Duration = Duration::from_millis(100);

impl<B: SessionBodies> BackToBack<B> {
    pub(super) fn invited(
        &mut self,
        now: Instant,
        usage: UsageKey,
        message: OwnedMessage,
        path: FiveTuple,
        connection: Option<ConnectionId>,
        agent: &mut UserAgent,
    ) {
        let status = match self.check_invite(&message.message()) {
            Ok(call_id) => {
                let call = Call::new(now, usage, call_id, message.clone());
                match self.calls.insert(call) {
                    Ok(key) => {
                        let leg = Leg {
                            call: Some((key, Party::Caller)),
                            own_call_id: None,
                        };
                        self.legs.insert(usage, leg);
                        self.ringing
                            .set(key.index(), Some(now + self.config.ring_limit));
                        return self.events.push_back(BackToBackEvent::Offered {
                            call: CallKey(key),
                            message,
                            path,
                            connection,
                        });
                    }
                    Err(_) => StatusCode::SERVICE_UNAVAILABLE,
                }
            }
            Err(status) => status,
        };
        let seconds = format!("{}", self.config.retry_after);
        let retry_after = [("Retry-After", &*seconds)];
        let headers = match status {
            StatusCode::SERVICE_UNAVAILABLE => &retry_after[..],
            _ => &[],
        };
        reject(now, usage, status, "", headers, agent).ok();
        self.events.push_back(BackToBackEvent::TurnedAway {
            message,
            path,
            status,
        });
    }

    fn check_invite(&self, invite: &Message<'_>) -> Result<Box<str>, StatusCode> {
        if !self.offering {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        hops_left(invite)?;
        let call_id: CallId<'_> = invite.require().map_err(|_| StatusCode::BAD_REQUEST)?;
        if self.own_call_ids.contains(call_id.0) {
            return Err(StatusCode::LOOP_DETECTED);
        }
        Ok(call_id.0.into())
    }

    /// Calls the callee: the first or the next attempt of a call that waits for a route. `outgoing` is the INVITE
    /// that it gets, except for two things: its body is that of the caller's INVITE, as [`SessionBodies::cross`]
    /// rewrites it, and Max-Forwards is no more than the caller's INVITE has left. If the body is refused, the
    /// caller gets the refusal and the call is over, which [`BackToBackEvent::Ended`] tells.
    ///
    /// # Errors
    ///
    /// The call does not wait for a route, which is no fault: it may have ended since the event that asked for
    /// one. Or the INVITE cannot be composed or sent; then the call still waits.
    pub fn connect(
        &mut self,
        now: Instant,
        call: CallKey,
        outgoing: &Outgoing<'_>,
        options: ConnectOptions,
        agent: &mut UserAgent,
    ) -> Result<(), ConnectError> {
        let key = call.0;
        let entry = self.calls.get_mut(key).ok_or(ConnectError::NotWaiting)?;
        let invite = match (entry.state, entry.invite.take()) {
            (CallState::Waiting, Some(invite)) => invite,
            (_, invite) => {
                entry.invite = invite;
                return Err(ConnectError::NotWaiting);
            }
        };
        let view = invite.message();
        let body = match cross(&mut self.bodies, call, Party::Caller, &view) {
            Ok(body) => body,
            Err(refusal) => {
                let farewell = Farewell {
                    status: refusal.status,
                    phrase: refusal.reason,
                    headers: refusal.headers,
                };
                self.end_with(now, key, EndReason::NotAcceptable, farewell, agent);
                return Ok(());
            }
        };
        let kind = if body.is_some() {
            ExchangeKind::Invite
        } else {
            ExchangeKind::Late { offered: false }
        };
        // The owner may have written some of them.
        let mut headers = Vec::from(outgoing.headers);
        let is_told = |name: &str| {
            let is_same = |(told, _): &(&str, _)| told.eq_ignore_ascii_case(name);
            outgoing.headers.iter().any(is_same)
        };
        let own = Crossed::headers(body.as_ref()).iter();
        headers.extend(own.filter(|(name, _)| !is_told(name)));
        let outgoing = Outgoing {
            headers: &headers,
            max_forwards: outgoing.max_forwards.min(hops_left(&view).unwrap_or(0)),
            body: body.as_ref().map(Crossed::body),
            ..*outgoing
        };
        let sent = agent.invite(now, &outgoing);
        entry.invite = Some(invite);
        let usage = match sent {
            Ok(usage) => usage,
            Err(error) => {
                self.bodies.disagreed(call);
                return Err(error.into());
            }
        };
        let call_id: Box<str> = agent
            .usage(usage)
            .map_or_else(Box::default, |view| view.dialog.call_id().into());
        entry.state = CallState::Calling;
        entry.legs[Party::Callee.index()] = Some(usage);
        entry.call_ids[Party::Callee.index()].clone_from(&call_id);
        entry.exchange = Some(Exchange {
            from: Party::Caller,
            kind,
        });
        entry.early_media = options.early_media;
        entry.attempted = now;
        entry.attempts = entry.attempts.saturating_add(1);
        self.own_call_ids.insert(call_id.clone());
        let leg = Leg {
            call: Some((key, Party::Callee)),
            own_call_id: Some(call_id),
        };
        self.legs.insert(usage, leg);
        self.silence
            .set(key.index(), Some(now + self.config.attempt_limit));
        Ok(())
    }

    /// Nothing above 100 has come from the next hop for a while.
    pub(super) fn silent(&mut self, now: Instant, key: Key, agent: &mut UserAgent) {
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        let Some(usage) = call.leg(Party::Callee) else {
            return;
        };
        // Otherwise its answer or its end is being told already.
        let Some(view) = agent.usage(usage).filter(|view| {
            call.state == CallState::Calling
                && view.state == UsageState::Calling
                && view.dialog.remote_tag().is_none()
        }) else {
            return;
        };
        let until = call.attempted + self.config.trying_limit;
        if view.is_proceeding && now < until {
            // Its connection may end meanwhile, and with it the hope.
            let next = until.min(now + self.config.attempt_limit.max(LEAST_PAUSE));
            self.silence.set(key.index(), Some(next));
            return;
        }
        call.legs[Party::Callee.index()] = None;
        self.leave(now, usage, &[], agent);
        self.route_failed(key, RejectCause::Timeout);
    }

    fn route_failed(&mut self, key: Key, cause: RejectCause) {
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        call.state = CallState::Waiting;
        call.exchange = None;
        self.silence.set(key.index(), None);
        let call = CallKey(key);
        self.bodies.disagreed(call);
        self.events
            .push_back(BackToBackEvent::RouteFailed { call, cause });
    }

    /// Our INVITE to the callee has failed; its leg is gone.
    pub(super) fn attempt_failed(
        &mut self,
        now: Instant,
        key: Key,
        cause: RejectCause,
        agent: &mut UserAgent,
    ) {
        let Some(call) = self.calls.get(key) else {
            return;
        };
        // Once something above 100 was heard the INVITE is not kept.
        if call.invite.is_some() && cause.calls_for_another_route() {
            return self.route_failed(key, cause);
        }
        let reason = EndReason::of_cause(&cause);
        let RejectCause::Response(response) = &cause else {
            let farewell = Farewell {
                status: cause.status_across(),
                phrase: "",
                headers: &[],
            };
            return self.end_with(now, key, reason, farewell, agent);
        };
        let view = response.message();
        let (status, phrase) = response_across(&view);
        let farewell = Farewell {
            status,
            phrase: &phrase,
            headers: &headers(&self.config.crossing, &view),
        };
        self.end_with(now, key, reason, farewell, agent);
    }
}
