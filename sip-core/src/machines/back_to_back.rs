//! The back-to-back user agent: two legs make a call (RFC 3261 section 6, RFC 7092).

mod answering;
mod bodies;
mod call;
mod calling;
mod changes;
mod config;
mod crossing;
mod ending;
mod event;
mod passing;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::hash::BuildHasherDefault;

use hashbrown::{HashMap, HashSet};
use siphasher::sip::SipHasher13;
use trunkline_sans_io::{Deadline, Deadlines, Instant, Key, Owned, Slot, Slots};

use self::call::{Call, Leg};
use self::passing::Passed;
use crate::{
    ClientTransaction, EndCause, Message, Method, StatusCode, UsageKey, UserAgent, UserAgentEvent,
};

pub use bodies::{Party, Refusal, SessionBodies, UnchangedBodies};
pub use call::{CallKey, CallState, CallView};
pub use config::{BackToBackConfig, ConnectOptions};
pub use event::{BackToBackEvent, CallSummary, ConnectError, EndReason};

/// Hashes what no peer chooses.
type KeyHasher = BuildHasherDefault<SipHasher13>;
type Map<K, V> = HashMap<K, V, KeyHasher>;

/// A back-to-back user agent: what happens on one leg of a call, and what that means for the other.
///
/// It is bookkeeping over one [`UserAgent`], which is lent to each verb. Every event of the user agent goes
/// into [`handle_event`](Self::handle_event); what belongs to no call comes out again as
/// [`BackToBackEvent::Other`]. The owner decides where a call goes: on [`BackToBackEvent::Offered`] it calls
/// [`connect`](Self::connect) with the INVITE that the callee is to get, or [`reject`](Self::reject). The rest
/// is done here:
///
/// | from one party | to the other |
/// |---|---|
/// | provisional response | the same; without early media and with a body: 180 |
/// | 2xx, ACK | the same |
/// | failure of the INVITE | the same, see [`RejectCause::status_across`](crate::RejectCause::status_across) |
/// | re-INVITE, UPDATE | the same; 491 while another offer is open, 500 where that is its own |
/// | INFO, MESSAGE, OPTIONS in the call | the same |
/// | any other request in the call, REFER among them | nothing: 405 |
/// | CANCEL, BYE, silence, 408 and 481 in the call | CANCEL, BYE or a failure, and the end of the call |
///
/// Bodies of sessions go through [`SessionBodies`], others cross as they are. Of the header fields those in
/// [`BackToBackConfig::crossing`] cross; those of the first INVITE are the owner's, see
/// [`crossing_headers`](Self::crossing_headers).
///
/// A next hop that cannot be reached, says 503, or is silent for [`BackToBackConfig::attempt_limit`] is given
/// up as long as nothing above 100 was heard of it: [`BackToBackEvent::RouteFailed`] asks for the next one.
/// Should the one that was given up wake, it gets a CANCEL, and ACK and BYE to a 2xx, so that no callee rings
/// twice.
///
/// Neither SDP nor media, trunks nor numbers are known here, nor reliable provisional responses, session
/// timers, transfers and replacements; the user agent keeps no REGISTER.
///
/// ```
/// use trunkline_sans_io::{FiveTuple, Instant};
/// use trunkline_sip_core::{
///     BackToBack, BackToBackConfig, BackToBackEvent, ConnectOptions, Outgoing, UnchangedBodies,
///     UserAgent, UserAgentConfig,
/// };
///
/// let mut alice = UserAgent::new(UserAgentConfig::default(), [1; 32]);
/// let mut agent = UserAgent::new(UserAgentConfig::default(), [2; 32]);
/// let mut b2bua = BackToBack::new(BackToBackConfig::default(), UnchangedBodies);
/// let now = Instant::ORIGIN;
/// let to_us = FiveTuple::udp(([192, 0, 2, 1], 5060).into(), ([192, 0, 2, 5], 5060).into());
/// let to_bob = FiveTuple::udp(([192, 0, 2, 5], 5060).into(), ([192, 0, 2, 9], 5060).into());
///
/// // Alice calls us.
/// let us = "<sip:bob@192.0.2.5>";
/// let call = Outgoing::new(to_us.into(), "sip:bob@192.0.2.5", "<sip:alice@example.com>", us);
/// alice.invite(now, &call)?;
/// while let Some((transmit, bytes)) = alice.poll_transmit_bytes(now) {
///     let _ = agent.handle_datagram(now, transmit.path.reversed(), &bytes);
/// }
///
/// // We call Bob.
/// while let Some(event) = agent.poll_event() {
///     b2bua.handle_event(now, event, &mut agent);
/// }
/// let Some(BackToBackEvent::Offered { call, message, .. }) = b2bua.poll_event() else { panic!() };
/// let invite = message.message();
/// let outgoing = Outgoing {
///     headers: &b2bua.crossing_headers(&invite),
///     ..Outgoing::new(to_bob.into(), "sip:bob@192.0.2.9", "<sip:alice@192.0.2.5>", us)
/// };
/// b2bua.connect(now, call, &outgoing, ConnectOptions::default(), &mut agent)?;
/// let (transmit, bytes) = agent.poll_transmit_bytes(now).unwrap();
/// assert_eq!(transmit.path, to_bob);
/// assert!(bytes.starts_with(b"INVITE sip:bob@192.0.2.9 SIP/2.0\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct BackToBack<B> {
    config: BackToBackConfig,
    bodies: B,
    calls: Slots<Call, Owned<Slot<Call>>>,
    legs: Map<UsageKey, Leg>,
    /// Call-IDs of the legs that were made here. One that comes back in is a loop.
    own_call_ids: HashSet<Box<str>, KeyHasher>,
    passed: Map<ClientTransaction, Passed>,
    /// When a call has rung long enough.
    ringing: Deadlines<Owned<Deadline>>,
    /// When a next hop has been silent long enough.
    silence: Deadlines<Owned<Deadline>>,
    events: VecDeque<BackToBackEvent>,
    offering: bool,
}

impl<B: SessionBodies> BackToBack<B> {
    /// No calls yet.
    #[must_use]
    pub fn new(config: BackToBackConfig, bodies: B) -> Self {
        let limit = config.max_calls;
        Self {
            config,
            bodies,
            calls: Slots::with_limit(limit),
            legs: Map::default(),
            own_call_ids: HashSet::default(),
            passed: Map::default(),
            ringing: Deadlines::with_limit(limit),
            silence: Deadlines::with_limit(limit),
            events: VecDeque::new(),
            offering: true,
        }
    }

    /// The configuration.
    pub const fn config(&self) -> &BackToBackConfig {
        &self.config
    }

    /// What rewrites the bodies.
    pub const fn bodies(&self) -> &B {
        &self.bodies
    }

    /// What rewrites the bodies.
    pub const fn bodies_mut(&mut self) -> &mut B {
        &mut self.bodies
    }

    /// How many calls there are.
    #[must_use]
    pub const fn calls(&self) -> usize {
        self.calls.len()
    }

    /// How many legs there are, those included whose call is over or has taken another route and whose end the
    /// peer has not confirmed yet. Once it is 0 nothing is left to be said.
    #[must_use]
    pub fn legs(&self) -> usize {
        self.legs.len()
    }

    /// All calls.
    pub fn keys(&self) -> impl Iterator<Item = CallKey> + '_ {
        self.calls.iter().map(|(key, _)| CallKey(key))
    }

    /// A look at a call; `None` once it is over.
    #[must_use]
    pub fn call(&self, call: CallKey) -> Option<CallView<'_>> {
        self.calls.get(call.0).map(Call::view)
    }

    /// The call that a usage is a leg of, and whose.
    #[must_use]
    pub fn call_of(&self, usage: UsageKey) -> Option<(CallKey, Party)> {
        let (key, party) = self.legs.get(&usage)?.call?;
        Some((CallKey(key), party))
    }

    /// The header fields of a message that cross by [`BackToBackConfig::crossing`]: for the INVITE that the owner
    /// composes.
    #[must_use]
    pub fn crossing_headers<'a>(&self, message: &Message<'a>) -> Vec<(&'a str, &'a str)> {
        crossing::headers(&self.config.crossing, message)
    }

    /// Refuses new calls from now on by 503 with Retry-After. The ones there are go on.
    pub const fn stop_offering(&mut self) {
        self.offering = false;
    }

    /// Whether new calls are offered.
    #[must_use]
    pub const fn is_offering(&self) -> bool {
        self.offering
    }

    /// What there is to tell the owner.
    pub fn poll_event(&mut self) -> Option<BackToBackEvent> {
        self.events.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let deadlines = [self.ringing.next(), self.silence.next()];
        deadlines.into_iter().flatten().min()
    }

    /// Time has passed: gives up next hops that are silent, and calls that ring for too long.
    pub fn handle_timeout(&mut self, now: Instant, agent: &mut UserAgent) {
        while let Some(index) = self.ringing.pop_due(now) {
            if let Some(key) = self.calls.key_at(index) {
                self.end(now, key, EndReason::NoAnswer, agent);
            }
        }
        while let Some(index) = self.silence.pop_due(now) {
            if let Some(key) = self.calls.key_at(index) {
                self.silent(now, key, agent);
            }
        }
    }

    /// What the user agent reports: all of it goes in here.
    pub fn handle_event(&mut self, now: Instant, event: UserAgentEvent, agent: &mut UserAgent) {
        if let UserAgentEvent::Invited {
            usage,
            message,
            path,
            connection,
        } = event
        {
            return self.invited(now, usage, message, path, connection, agent);
        }
        match &event {
            UserAgentEvent::Response {
                transaction,
                message,
                ..
            } if self.passed.contains_key(transaction) => {
                return self.response(now, *transaction, Ok(&message.message()), agent);
            }
            UserAgentEvent::Failed {
                transaction,
                reason,
                ..
            } if self.passed.contains_key(transaction) => {
                return self.response(now, *transaction, Err(*reason), agent);
            }
            _ => {}
        }
        let Some((usage, leg)) = usage_of(&event).and_then(|usage| self.legs.get_key_value(&usage))
        else {
            return self.events.push_back(BackToBackEvent::Other(event));
        };
        match leg.call {
            Some((key, party)) => self.leg_event(now, *usage, key, party, event, agent),
            None => self.leftover_event(now, *usage, event, agent),
        }
    }

    fn leg_event(
        &mut self,
        now: Instant,
        usage: UsageKey,
        key: Key,
        party: Party,
        event: UserAgentEvent,
        agent: &mut UserAgent,
    ) {
        match event {
            UserAgentEvent::Progress { message, .. } => {
                self.progress(now, key, party, &message.message(), agent);
            }
            UserAgentEvent::Accepted { message, .. } => {
                self.accepted(now, key, party, &message.message(), agent);
            }
            UserAgentEvent::Acknowledged { message, .. } => {
                self.acknowledged(now, key, party, &message.message(), agent);
            }
            UserAgentEvent::Rejected { initial, cause, .. } => {
                if initial {
                    self.forget_leg(usage);
                    self.attempt_failed(now, key, cause, agent);
                } else {
                    self.change_failed(now, key, party, &cause, agent);
                }
            }
            UserAgentEvent::Cancelled { initial: true, .. } => {
                self.leg_ended(now, usage, key, EndReason::Cancelled, &[], agent);
            }
            UserAgentEvent::Cancelled { initial: false, .. } => {
                self.change_cancelled(now, key, party, agent);
            }
            UserAgentEvent::Reinvited { message, .. } => {
                self.reinvited(now, key, party, &message.message(), agent);
            }
            // The owner would have challenged it before, if it wanted to.
            UserAgentEvent::Request {
                transaction,
                message,
                ..
            } if message.message().method() == Some(Method::Bye) => {
                agent
                    .respond(now, transaction, StatusCode::OK, "", &[], None)
                    .ok();
            }
            UserAgentEvent::Request {
                transaction,
                message,
                ..
            } => {
                self.request_in_call(now, key, party, transaction, &message.message(), agent);
            }
            UserAgentEvent::Ended { cause, .. } => match cause {
                EndCause::Bye(message) => {
                    let reason = EndReason::HungUp(party);
                    let headers = self.crossing_headers(&message.message());
                    self.leg_ended(now, usage, key, reason, &headers, agent);
                }
                _ => self.leg_ended(now, usage, key, EndReason::Lost(party), &[], agent),
            },
            UserAgentEvent::WrongProof { .. } => {
                self.events.push_back(BackToBackEvent::Other(event));
            }
            _ => {}
        }
    }
}

/// The usage that an event is about.
const fn usage_of(event: &UserAgentEvent) -> Option<UsageKey> {
    match event {
        UserAgentEvent::Invited { usage, .. }
        | UserAgentEvent::Cancelled { usage, .. }
        | UserAgentEvent::Acknowledged { usage, .. }
        | UserAgentEvent::Progress { usage, .. }
        | UserAgentEvent::Accepted { usage, .. }
        | UserAgentEvent::Rejected { usage, .. }
        | UserAgentEvent::Reinvited { usage, .. }
        | UserAgentEvent::Ended { usage, .. } => Some(*usage),
        UserAgentEvent::Request { usage, .. }
        | UserAgentEvent::Response { usage, .. }
        | UserAgentEvent::Failed { usage, .. }
        | UserAgentEvent::WrongProof { usage, .. } => *usage,
    }
}

#[cfg(test)]
mod tests;
