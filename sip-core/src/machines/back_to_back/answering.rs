//! What the callee says to the INVITE, and the caller to its answer; re-INVITEs alike.

use alloc::vec::Vec;

use trunkline_sans_io::{Instant, Key};

use super::call::{CallState, Exchange, ExchangeKind};
use super::crossing::{Crossed, cross, headers};
use super::{BackToBack, BackToBackEvent, CallKey, EndReason, Party, SessionBodies};
use crate::{Message, StatusCode, UsageError, UsageKey, UserAgent};

impl<B: SessionBodies> BackToBack<B> {
    /// A provisional response to an INVITE or re-INVITE of ours.
    pub(super) fn progress(
        &mut self,
        now: Instant,
        key: Key,
        party: Party,
        message: &Message<'_>,
        agent: &mut UserAgent,
    ) {
        let (Some(call), Some(status)) = (self.calls.get_mut(key), message.status()) else {
            return;
        };
        let initial = call.state == CallState::Calling;
        if initial {
            call.invite = None;
            self.silence.set(key.index(), None);
            self.events.push_back(BackToBackEvent::Progress {
                call: CallKey(key),
                status,
            });
        }
        // The early dialog that has ended (RFC 6228) is none of the other party's.
        if status == StatusCode::EARLY_DIALOG_TERMINATED {
            return;
        }
        let Some(usage) = call.leg(party.other()) else {
            return;
        };
        let late = call.is_late();
        // What a re-INVITE changes, changes with its 2xx: until then it may still be refused.
        let (status, body) = if message.body().is_empty() || !initial {
            (status, None)
        } else if !call.early_media {
            (StatusCode::RINGING, None)
        } else {
            // An unusable early description costs the early media, not the call.
            let body = cross(&mut self.bodies, CallKey(key), party, message);
            (status, body.ok().flatten())
        };
        if body.is_some() && !late {
            self.bodies.agreed(CallKey(key));
        }
        let own = Crossed::headers(body.as_ref());
        let mut headers = headers(&self.config.crossing, message);
        headers.extend(own);
        let body = body.as_ref().map(Crossed::body);
        if let Err(UsageError::Compose(_)) = agent.provisional(now, usage, status, &headers, body) {
            agent.provisional(now, usage, status, own, body).ok();
        }
    }

    /// The first 2xx to an INVITE or re-INVITE of ours.
    pub(super) fn accepted(
        &mut self,
        now: Instant,
        key: Key,
        party: Party,
        message: &Message<'_>,
        agent: &mut UserAgent,
    ) {
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        let Some(usage) = call.leg(party) else {
            return;
        };
        let body = cross(&mut self.bodies, CallKey(key), party, message);
        let late = call.is_late();
        // With a late offer the ACK carries the answer, so it waits for the ACK of the other party.
        if !late || body.is_err() {
            agent.ack(now, usage, None).ok();
        }
        let Ok(body) = body else {
            call.exchange = None;
            self.bodies.disagreed(CallKey(key));
            return self.end(now, key, EndReason::NotAcceptable, agent);
        };
        let Some(other) = call
            .leg(party.other())
            .filter(|other| agent.usage(*other).is_some())
        else {
            // The other party has given up, which is being told already.
            agent.ack(now, usage, None).ok();
            return;
        };
        if call.answered.is_none() {
            call.answered = Some(now);
            call.state = CallState::Established;
            call.invite = None;
            self.ringing.set(key.index(), None);
            self.silence.set(key.index(), None);
            self.events
                .push_back(BackToBackEvent::Answered { call: CallKey(key) });
        }
        let accepted = self.accept(now, other, message, body.as_ref(), agent);
        if let Some(call) = self.calls.get_mut(key) {
            let offered = body.is_some();
            call.exchange = call.exchange.filter(|_| late && accepted.is_ok());
            if let Some(exchange) = &mut call.exchange {
                exchange.kind = ExchangeKind::Late { offered };
            }
        }
        match accepted {
            Ok(()) if late => {}
            Ok(()) => self.bodies.agreed(CallKey(key)),
            // It has cancelled its re-INVITE: nobody has an answer to a late offer.
            Err(UsageError::Gone | UsageError::State) => {
                agent.ack(now, usage, None).ok();
                self.bodies.disagreed(CallKey(key));
            }
            Err(_) => {
                self.bodies.disagreed(CallKey(key));
                self.end(now, key, EndReason::Lost(party.other()), agent);
            }
        }
    }

    fn accept(
        &self,
        now: Instant,
        usage: UsageKey,
        message: &Message<'_>,
        body: Option<&Crossed<'_>>,
        agent: &mut UserAgent,
    ) -> Result<(), UsageError> {
        let mut own = Vec::from(Crossed::headers(body));
        own.push(("Allow", &*self.config.allow));
        let mut all = headers(&self.config.crossing, message);
        all.extend(&own);
        let body = body.map(Crossed::body);
        match agent.accept(now, usage, &all, body) {
            Err(UsageError::Compose(_)) => agent.accept(now, usage, &own, body),
            result => result,
        }
    }

    /// The ACK to a 2xx of ours: where the offer was late, that to the 2xx of the other party follows now.
    pub(super) fn acknowledged(
        &mut self,
        now: Instant,
        key: Key,
        party: Party,
        message: &Message<'_>,
        agent: &mut UserAgent,
    ) {
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        let Some(Exchange {
            from,
            kind: ExchangeKind::Late { offered },
        }) = call.exchange
        else {
            return;
        };
        if from != party {
            return;
        }
        call.exchange = None;
        let other = call.leg(party.other());
        let answer = cross(&mut self.bodies, CallKey(key), party, message);
        let unusable = match &answer {
            Ok(answer) => offered && answer.is_none(),
            Err(_) => true,
        };
        let answer = answer.ok().flatten();
        let body = answer.as_ref().map(Crossed::body);
        let headers = Crossed::headers(answer.as_ref());
        if let Some(other) = other {
            agent.ack_with(now, other, headers, body).ok();
        }
        if unusable {
            self.bodies.disagreed(CallKey(key));
            self.end(now, key, EndReason::NotAcceptable, agent);
        } else {
            self.bodies.agreed(CallKey(key));
        }
    }
}
