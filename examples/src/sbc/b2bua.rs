//! The back-to-back user agent: what happens on one leg of a call, and what that means for the other.
//!
//! Pure bookkeeping over two [`UserAgent`]s: nothing here waits or touches a socket. What the media
//! relay has to do comes out of [`BackToBack::poll_media`], and its answers go back in.

mod passing;

use core::time::Duration;
use std::collections::{HashMap, HashSet, VecDeque};

use tracing::{debug, info, info_span};
use trunkline_sans_io::{Deadline, Deadlines, Instant, Key, Owned, Slot, Slots};
use trunkline_sip_core::{
    Body, ClientTransaction, EndCause, Message, OwnedMessage, RejectCause, StatusCode, UsageError,
    UsageKey, UserAgent, UserAgentEvent,
};

use self::passing::PassedOn;
use super::call::{Call, State};
use super::config::{Config, Side};
use super::media::{self, MediaAnswer, MediaCommand, MediaPorts, SDP};
use super::record::{CallRecord, EndReason, MediaRecord};
use super::route::{self, ALLOW, Refusal};

/// The user agents of both sides.
#[derive(Debug)]
pub struct Agents<'a> {
    /// Talks to the telephone exchange.
    pub pbx: &'a mut UserAgent,
    /// Talks to the provider.
    pub trunk: &'a mut UserAgent,
}

impl Agents<'_> {
    fn side(&mut self, side: Side) -> &mut UserAgent {
        match side {
            Side::Pbx => self.pbx,
            Side::Trunk => self.trunk,
        }
    }

    /// Refuses the INVITE or re-INVITE that waits on a leg. A reason phrase of the far side that
    /// cannot be written gives way to that of the RFC; where nothing waits any more, nothing is done.
    fn reject(
        &mut self,
        now: Instant,
        leg: (Side, UsageKey),
        status: StatusCode,
        reason: &str,
        headers: &[(&str, &str)],
    ) {
        let (side, usage) = leg;
        let agent = self.side(side);
        if let Err(UsageError::Compose(_)) = agent.reject(now, usage, status, reason, headers) {
            agent.reject(now, usage, status, "", &[]).ok();
        }
    }

    fn refuse(&mut self, now: Instant, leg: (Side, UsageKey), refusal: Refusal) {
        self.reject(now, leg, refusal.status, refusal.reason, refusal.headers());
    }
}

/// How long a call may ring before the controller gives up (RFC 3261 section 16.6, timer C).
const RING_LIMIT: Duration = Duration::from_secs(181);

/// All calls of the controller.
#[derive(Debug)]
pub struct BackToBack {
    config: Config,
    calls: Slots<Call, Owned<Slot<Call>>>,
    by_usage: [HashMap<UsageKey, Key>; 2],
    /// Call-IDs of the legs that were made here. One that comes back in is a loop.
    own_call_ids: HashSet<String>,
    passed_on: HashMap<(Side, ClientTransaction), PassedOn>,
    ringing: Deadlines<Owned<Deadline>>,
    commands: VecDeque<MediaCommand>,
    records: VecDeque<CallRecord>,
    calls_so_far: u64,
    shutting_down: bool,
}

impl BackToBack {
    /// No calls yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let limit = config.max_calls;
        Self {
            config,
            calls: Slots::with_limit(limit),
            by_usage: [HashMap::new(), HashMap::new()],
            own_call_ids: HashSet::new(),
            passed_on: HashMap::new(),
            ringing: Deadlines::with_limit(limit),
            commands: VecDeque::new(),
            records: VecDeque::new(),
            calls_so_far: 0,
            shutting_down: false,
        }
    }

    /// How many calls there are, ending ones included.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// What the media relay has to do next.
    pub fn poll_media(&mut self) -> Option<MediaCommand> {
        self.commands.pop_front()
    }

    /// The record of a call that is over.
    pub fn poll_record(&mut self) -> Option<CallRecord> {
        self.records.pop_front()
    }

    /// When [`BackToBack::handle_timeout`] wants to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.ringing.next()
    }

    /// Gives up calls that ring for too long.
    pub fn handle_timeout(&mut self, now: Instant, agents: &mut Agents<'_>) {
        while let Some(index) = self.ringing.pop_due(now) {
            let Some(key) = self.calls.key_at(index) else {
                continue;
            };
            self.end(now, key, EndReason::NoAnswer, agents);
        }
    }

    /// Refuses new calls from now on and hangs up the ones there are.
    pub fn shut_down(&mut self, now: Instant, agents: &mut Agents<'_>) {
        self.shutting_down = true;
        let keys: Vec<Key> = self.calls.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.end(now, key, EndReason::ShutDown, agents);
        }
    }

    /// What the user agent of `side` reports.
    pub fn handle_event(
        &mut self,
        now: Instant,
        side: Side,
        event: UserAgentEvent,
        agents: &mut Agents<'_>,
    ) {
        match event {
            UserAgentEvent::Invited { usage, message, .. } => {
                self.invited(now, side, usage, message, agents)
            }
            UserAgentEvent::Progress { usage, message } => {
                if let Some(key) = self.find(side, usage) {
                    self.progress(now, key, side, &message, agents);
                }
            }
            UserAgentEvent::Accepted { usage, message } => {
                if let Some(key) = self.find(side, usage) {
                    self.accepted(now, key, side, &message, agents);
                }
            }
            UserAgentEvent::Acknowledged { usage, message } => {
                if let Some(key) = self.find(side, usage) {
                    self.acknowledged(now, key, side, &message, agents);
                }
            }
            UserAgentEvent::Rejected {
                usage,
                initial,
                cause,
            } => {
                if let Some(key) = self.find(side, usage) {
                    self.rejected(now, key, side, initial, &cause, agents);
                }
            }
            UserAgentEvent::Cancelled {
                usage,
                initial: true,
            } => {
                self.leg_ended(now, side, usage, EndReason::Cancelled, agents);
            }
            UserAgentEvent::Cancelled {
                usage,
                initial: false,
            } => {
                let across = self
                    .find(side, usage)
                    .and_then(|key| self.calls.get(key)?.legs[side.other().index()]);
                if let Some(across) = across {
                    agents.side(side.other()).cancel(now, across).ok();
                }
            }
            UserAgentEvent::Ended { usage, cause } => {
                let reason = match cause {
                    EndCause::Bye(_) => EndReason::HungUp(side),
                    _ => EndReason::Lost(side),
                };
                self.leg_ended(now, side, usage, reason, agents);
            }
            UserAgentEvent::Reinvited { usage, message } => {
                if let Some(key) = self.find(side, usage) {
                    self.reinvited(now, key, side, &message, agents);
                }
            }
            UserAgentEvent::Request {
                usage,
                transaction,
                message,
                ..
            } => {
                self.request(now, side, usage, transaction, &message, agents);
            }
            UserAgentEvent::Response {
                transaction,
                message,
                ..
            } => {
                self.response(now, side, transaction, Ok(&message), agents);
            }
            UserAgentEvent::Failed { transaction, .. } => {
                self.response(now, side, transaction, Err(()), agents);
            }
            _ => {}
        }
    }

    fn find(&self, side: Side, usage: UsageKey) -> Option<Key> {
        self.by_usage[side.index()].get(&usage).copied()
    }

    fn invited(
        &mut self,
        now: Instant,
        side: Side,
        usage: UsageKey,
        message: OwnedMessage,
        agents: &mut Agents<'_>,
    ) {
        let refusal = match self.check_invite(side, &message.message()) {
            Ok(route) => {
                self.calls_so_far += 1;
                let number = self.calls_so_far;
                let span = info_span!("call", number, from = route.from_user, to = route.to_user);
                span.in_scope(|| info!(side = %side, "INVITE"));
                let call = Call::new(number, now, side, usage, route, Box::new(message), span);
                match self.calls.insert(call) {
                    Ok(key) => {
                        self.by_usage[side.index()].insert(usage, key);
                        self.ringing.set(key.index(), Some(now + RING_LIMIT));
                        self.commands
                            .push_back(MediaCommand::Allocate { call: key });
                        return;
                    }
                    Err(_) => Refusal {
                        status: StatusCode::SERVICE_UNAVAILABLE,
                        reason: "No Channel Available",
                    },
                }
            }
            Err(refusal) => refusal,
        };
        info!(side = %side, status = refusal.status.code(), "INVITE refused: {}", refusal.reason);
        agents.refuse(now, (side, usage), refusal);
    }

    fn check_invite(&self, side: Side, invite: &Message<'_>) -> Result<route::Route, Refusal> {
        if self.shutting_down {
            return Err(Refusal {
                status: StatusCode::SERVICE_UNAVAILABLE,
                reason: "Shutting Down",
            });
        }
        let route = route::across(invite, self.config.side(side.other()))?;
        if self.own_call_ids.contains(&route.call_id) {
            return Err(Refusal {
                status: StatusCode::LOOP_DETECTED,
                reason: "Loop Detected",
            });
        }
        if !invite.body().is_empty() {
            media::check_offer(invite)?;
        }
        Ok(route)
    }

    /// What the relay has to say.
    pub fn handle_media(&mut self, now: Instant, answer: MediaAnswer, agents: &mut Agents<'_>) {
        match answer {
            MediaAnswer::Allocated { call, ports } => {
                self.media_allocated(now, call, ports, agents)
            }
            MediaAnswer::TimedOut { call } => self.end(now, call, EndReason::MediaTimeout, agents),
            MediaAnswer::Released { call, media } => self.over(call, media),
        }
    }

    fn media_allocated(
        &mut self,
        now: Instant,
        key: Key,
        ports: Option<MediaPorts>,
        agents: &mut Agents<'_>,
    ) {
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        if let Some(ports) = ports {
            call.media.allocated(ports);
        }
        let State::Allocating(invite) = core::mem::replace(&mut call.state, State::Over) else {
            // The caller gave up in the meantime.
            match ports {
                Some(_) => self.commands.push_back(MediaCommand::Release { call: key }),
                None => self.over(key, None),
            }
            return;
        };
        call.state = State::Inviting;
        if ports.is_none() {
            let refusal = Refusal {
                status: StatusCode::SERVICE_UNAVAILABLE,
                reason: "No Media Port Available",
            };
            return self.refuse(now, key, refusal, EndReason::NoMediaPort, agents);
        }
        let from = call.caller;
        let to = from.other();
        let invite = invite.message();
        let body = match Self::translate(call, from, invite.body()) {
            Ok(body) => body,
            Err(refusal) => {
                return self.refuse(now, key, refusal, EndReason::NotAcceptable, agents);
            }
        };
        call.late_offer = body.is_none();
        // The caller's address is good from the start: early media goes there.
        let remote = call.agreeing[from.index()].take();
        self.commands
            .extend(remote.map(|remote| MediaCommand::SetRemote {
                call: key,
                side: from,
                remote,
            }));
        let agent = agents.side(to);
        let result = call
            .route
            .send(&self.config, to, body.as_deref(), |outgoing| {
                agent.invite(now, outgoing)
            });
        match result {
            Ok(usage) => {
                call.legs[to.index()] = Some(usage);
                if let Some(view) = agents.side(to).usage(usage) {
                    let call_id = view.dialog.call_id().to_owned();
                    self.own_call_ids.insert(call_id.clone());
                    call.call_ids[to.index()] = call_id;
                }
                self.by_usage[to.index()].insert(usage, key);
            }
            Err(error) => {
                call.span.in_scope(|| info!("cannot call {to}: {error}"));
                let refusal = Refusal {
                    status: StatusCode::SERVICE_UNAVAILABLE,
                    reason: "Service Unavailable",
                };
                self.refuse(now, key, refusal, EndReason::Unreachable, agents);
            }
        }
    }

    /// Rewrites a body that came from `from` for the other side. What the relay is to be told of it
    /// waits in the call until the other side agrees.
    fn translate(call: &mut Call, from: Side, body: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
        if body.is_empty() {
            return Ok(None);
        }
        let (sdp, remote) = call.media.translate(from, body)?;
        call.agreeing[from.index()] = Some(remote);
        Ok(Some(sdp))
    }

    /// Tells the relay what was agreed on.
    fn agree(&mut self, key: Key) {
        for side in [Side::Pbx, Side::Trunk] {
            let remote = self
                .calls
                .get_mut(key)
                .and_then(|call| call.agreeing[side.index()].take());
            self.commands
                .extend(remote.map(|remote| MediaCommand::SetRemote {
                    call: key,
                    side,
                    remote,
                }));
        }
    }

    /// What was offered is void.
    fn disagree(&mut self, key: Key) {
        if let Some(call) = self.calls.get_mut(key) {
            call.agreeing = [None, None];
        }
    }

    /// Answers the caller's INVITE with a failure of our own and ends the call.
    fn refuse(
        &mut self,
        now: Instant,
        key: Key,
        refusal: Refusal,
        reason: EndReason,
        agents: &mut Agents<'_>,
    ) {
        if let Some(call) = self.calls.get_mut(key) {
            call.reason.get_or_insert(reason);
            let caller = call.caller;
            if let Some(usage) = call.legs[caller.index()] {
                agents.refuse(now, (caller, usage), refusal);
                self.drop_leg(key, caller);
            }
        }
        self.end(now, key, reason, agents);
    }

    fn progress(
        &mut self,
        now: Instant,
        key: Key,
        side: Side,
        message: &OwnedMessage,
        agents: &mut Agents<'_>,
    ) {
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        let message = message.message();
        let Some(status) = message.status() else {
            return;
        };
        // An unusable early description costs the early media, not the call.
        let body = Self::translate(call, side, message.body()).unwrap_or_else(|refusal| {
            debug!("early media dropped: {}", refusal.reason);
            None
        });
        let other = side.other();
        if let Some(usage) = call.legs[other.index()] {
            let reason = String::from_utf8_lossy(message.reason().unwrap_or_default());
            call.span.in_scope(|| debug!("{} {reason}", status.code()));
            agents
                .side(other)
                .provisional(now, usage, status, &[], sdp_body(body.as_deref()))
                .ok();
        }
        if body.is_some() {
            self.agree(key);
        }
    }

    fn accepted(
        &mut self,
        now: Instant,
        key: Key,
        side: Side,
        message: &OwnedMessage,
        agents: &mut Agents<'_>,
    ) {
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        let Some(usage) = call.legs[side.index()] else {
            return;
        };
        let other = side.other();
        let body = Self::translate(call, side, message.message().body());
        // With a late offer the ACK carries the answer, so it waits for the other side's ACK.
        if !call.late_offer || body.is_err() {
            agents.side(side).ack(now, usage, None).ok();
        }
        let Ok(body) = body else {
            return self.end(now, key, EndReason::NotAcceptable, agents);
        };
        if let Some(usage) = call.legs[other.index()] {
            agents
                .side(other)
                .accept(now, usage, &[ALLOW], sdp_body(body.as_deref()))
                .ok();
        }
        if call.answered.is_none() {
            call.span.in_scope(|| info!("answered"));
            call.answered = Some(now);
            call.state = State::Established;
            self.ringing.set(key.index(), None);
            self.commands.push_back(MediaCommand::Watch { call: key });
        }
        if !call.late_offer {
            self.agree(key);
        }
    }

    fn acknowledged(
        &mut self,
        now: Instant,
        key: Key,
        side: Side,
        message: &OwnedMessage,
        agents: &mut Agents<'_>,
    ) {
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        if !core::mem::take(&mut call.late_offer) {
            return;
        }
        let other = side.other();
        let Some(usage) = call.legs[other.index()] else {
            return;
        };
        match Self::translate(call, side, message.message().body()) {
            Ok(body) => {
                agents
                    .side(other)
                    .ack(now, usage, sdp_body(body.as_deref()))
                    .ok();
                self.agree(key);
            }
            Err(_) => {
                agents.side(other).ack(now, usage, None).ok();
                self.end(now, key, EndReason::NotAcceptable, agents);
            }
        }
    }

    fn rejected(
        &mut self,
        now: Instant,
        key: Key,
        side: Side,
        initial: bool,
        cause: &RejectCause,
        agents: &mut Agents<'_>,
    ) {
        let (status, reason) = route::failure_across(cause);
        self.disagree(key);
        let other = side.other();
        if initial {
            self.drop_leg(key, side);
        }
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        call.late_offer = false;
        let usage = call.legs[other.index()];
        call.span
            .in_scope(|| info!(side = %side, status = status.code(), "refused: {reason}"));
        if let Some(usage) = usage {
            agents.reject(now, (other, usage), status, &reason, &[]);
        }
        if initial {
            call.reason.get_or_insert(EndReason::Refused(status));
            self.drop_leg(key, other);
            self.finish(now, key);
        }
    }

    fn reinvited(
        &mut self,
        now: Instant,
        key: Key,
        side: Side,
        message: &OwnedMessage,
        agents: &mut Agents<'_>,
    ) {
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        let Some(usage) = call.legs[side.index()] else {
            return;
        };
        let other = side.other();
        let refusal = match Self::translate(call, side, message.message().body()) {
            Ok(body) => {
                let late_offer = body.is_none();
                let across = call.legs[other.index()];
                let sent = across.map(|across| {
                    agents
                        .side(other)
                        .reinvite(now, across, &[], sdp_body(body.as_deref()))
                        .is_ok()
                });
                if sent == Some(true) {
                    call.late_offer = late_offer;
                    return;
                }
                // Both sides asked at once, or the other side is going away (RFC 3261 section 14.2).
                Refusal {
                    status: StatusCode::REQUEST_PENDING,
                    reason: "Request Pending",
                }
            }
            Err(refusal) => refusal,
        };
        agents.refuse(now, (side, usage), refusal);
    }

    /// Tells of a call of which nothing is left.
    fn over(&mut self, key: Key, media: Option<MediaRecord>) {
        if let Some(call) = self.calls.remove(key) {
            self.records.push_back(call.into_record(media));
        }
    }

    fn leg_ended(
        &mut self,
        now: Instant,
        side: Side,
        usage: UsageKey,
        reason: EndReason,
        agents: &mut Agents<'_>,
    ) {
        if let Some(key) = self.find(side, usage) {
            self.drop_leg(key, side);
            self.end(now, key, reason, agents);
        }
    }

    fn drop_leg(&mut self, key: Key, side: Side) {
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        if let Some(usage) = call.legs[side.index()].take() {
            self.by_usage[side.index()].remove(&usage);
            if side != call.caller {
                self.own_call_ids.remove(&call.call_ids[side.index()]);
            }
        }
    }

    /// Hangs up whatever legs are left.
    fn end(&mut self, now: Instant, key: Key, reason: EndReason, agents: &mut Agents<'_>) {
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        call.reason.get_or_insert(reason);
        call.ended.get_or_insert(now);
        let caller = call.caller;
        let answered = call.answered.is_some();
        for side in [caller.other(), caller] {
            let Some(call) = self.calls.get_mut(key) else {
                return;
            };
            let Some(usage) = call.legs[side.index()] else {
                continue;
            };
            if side == caller && !answered {
                // The caller still waits for the answer to its INVITE.
                let status = call.reason.unwrap_or(reason).as_response();
                agents.reject(now, (side, usage), status, "", &[]);
                self.drop_leg(key, side);
            } else {
                agents.side(side).bye(now, usage, &[]).ok();
            }
        }
        self.finish(now, key);
    }

    /// Releases the media and tells of the call once both legs are gone.
    fn finish(&mut self, now: Instant, key: Key) {
        self.ringing.set(key.index(), None);
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        call.ended.get_or_insert(now);
        if call.legs.iter().any(Option::is_some) || matches!(call.state, State::Over) {
            return;
        }
        let allocating = matches!(call.state, State::Allocating(_));
        call.state = State::Over;
        if call.media.is_allocated() {
            self.commands.push_back(MediaCommand::Release { call: key });
        } else if !allocating {
            self.over(key, None);
        }
        // Otherwise the relay still owes its answer, and the call waits for it.
    }
}

fn sdp_body(bytes: Option<&[u8]>) -> Option<Body<'_>> {
    bytes.map(|bytes| Body {
        content_type: SDP,
        bytes,
    })
}

#[cfg(test)]
mod tests;
