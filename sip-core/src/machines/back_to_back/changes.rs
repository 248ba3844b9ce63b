//! Changes of the session by re-INVITE (RFC 3261 section 14).

use trunkline_sans_io::{Instant, Key};

use super::call::{Exchange, ExchangeKind};
use super::crossing::{Crossed, cross, headers, response_across};
use super::ending::reject;
use super::{BackToBack, CallKey, Party, Refusal, SessionBodies};
use crate::{Message, RejectCause, StatusCode, UsageError, UserAgent};

impl<B: SessionBodies> BackToBack<B> {
    /// A party has sent a re-INVITE.
    pub(super) fn reinvited(
        &mut self,
        now: Instant,
        key: Key,
        party: Party,
        message: &Message<'_>,
        agent: &mut UserAgent,
    ) {
        let Some(usage) = self.calls.get(key).and_then(|call| call.leg(party)) else {
            return;
        };
        if let Err(refusal) = self.reinvite_other(now, key, party, message, agent) {
            let Refusal {
                status,
                reason,
                headers,
            } = refusal;
            reject(now, usage, status, reason, headers, agent).ok();
        }
    }

    fn reinvite_other(
        &mut self,
        now: Instant,
        key: Key,
        party: Party,
        message: &Message<'_>,
        agent: &mut UserAgent,
    ) -> Result<(), Refusal> {
        const GLARE: Refusal = Refusal::new(StatusCode::REQUEST_PENDING);
        let call = self.calls.get_mut(key).ok_or(GLARE)?;
        if call.exchange.is_some() {
            return Err(GLARE);
        }
        let across = call.leg(party.other()).ok_or(GLARE)?;
        let body = cross(&mut self.bodies, CallKey(key), party, message)?;
        let kind = if body.is_some() {
            ExchangeKind::Invite
        } else {
            ExchangeKind::Late { offered: false }
        };
        let own = Crossed::headers(body.as_ref());
        let mut headers = headers(&self.config.crossing, message);
        headers.extend(own);
        let body = body.as_ref().map(Crossed::body);
        let sent = match agent.reinvite(now, across, &headers, body) {
            Err(UsageError::Compose(_)) => agent.reinvite(now, across, own, body),
            result => result,
        };
        match sent {
            Ok(()) => {
                call.exchange = Some(Exchange { from: party, kind });
                Ok(())
            }
            Err(error) => {
                self.bodies.disagreed(CallKey(key));
                Err(match error {
                    // Both have asked at once, or the other party is going away (section 14.2).
                    UsageError::Pending | UsageError::State | UsageError::Gone => GLARE,
                    _ => Refusal::new(StatusCode::SERVER_INTERNAL_ERROR),
                })
            }
        }
    }

    /// A re-INVITE of ours has failed. If the party does not know the call any more, its end follows.
    pub(super) fn change_failed(
        &mut self,
        now: Instant,
        key: Key,
        party: Party,
        cause: &RejectCause,
        agent: &mut UserAgent,
    ) {
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        call.exchange = None;
        let other = call.leg(party.other());
        self.bodies.disagreed(CallKey(key));
        let Some(other) = other else {
            return;
        };
        match cause {
            RejectCause::Response(response) => {
                let view = response.message();
                let (status, phrase) = response_across(&view);
                let headers = headers(&self.config.crossing, &view);
                reject(now, other, status, &phrase, &headers, agent).ok();
            }
            cause => {
                reject(now, other, cause.status_across(), "", &[], agent).ok();
            }
        }
    }

    /// A party has given its re-INVITE up.
    pub(super) fn change_cancelled(
        &self,
        now: Instant,
        key: Key,
        party: Party,
        agent: &mut UserAgent,
    ) {
        let across = self.calls.get(key).and_then(|call| call.leg(party.other()));
        if let Some(across) = across {
            agent.cancel(now, across).ok();
        }
    }
}
