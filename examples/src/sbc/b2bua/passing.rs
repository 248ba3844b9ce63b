//! Requests other than those that begin and end calls: UPDATE, INFO, OPTIONS and MESSAGE cross, and
//! so do their responses.

use trunkline_sans_io::{Instant, Key};
use trunkline_sip_core::{
    Body, ClientTransaction, Message, Method, OwnedMessage, ServerTransaction, StatusCode,
    UsageError, UsageKey,
};

use super::{Agents, BackToBack};
use crate::sbc::config::Side;
use crate::sbc::media::SDP;
use crate::sbc::record::EndReason;
use crate::sbc::route::{self, ALLOW, Refusal};

/// A request inside or outside of a call that was passed across and waits for its response.
#[derive(Debug)]
pub(super) struct PassedOn {
    /// Where the request came from and the response goes.
    side: Side,
    transaction: ServerTransaction,
    call: Option<Key>,
}

/// Methods that cross a call unchanged.
const CROSSING: [Method<'static>; 4] = [
    Method::Update,
    Method::Info,
    Method::Options,
    Method::Message,
];

impl BackToBack {
    /// A request other than INVITE, ACK, CANCEL and BYE.
    pub(super) fn request(
        &mut self,
        now: Instant,
        side: Side,
        usage: Option<UsageKey>,
        transaction: ServerTransaction,
        message: &OwnedMessage,
        agents: &mut Agents<'_>,
    ) {
        let view = message.message();
        let key = usage.and_then(|usage| self.find(side, usage));
        match self.pass_on(now, side, key, &view, agents) {
            Ok(Some(sent)) => {
                let passed_on = PassedOn {
                    side,
                    transaction,
                    call: key,
                };
                self.passed_on.insert((side.other(), sent), passed_on);
            }
            // An OPTIONS that asks the controller itself (RFC 3261 section 11.2).
            Ok(None) => {
                let headers = [ALLOW, ("Accept", SDP)];
                agents
                    .side(side)
                    .respond(now, transaction, StatusCode::OK, "OK", &headers, None)
                    .ok();
            }
            Err(refusal) => {
                let headers = refusal.headers();
                agents
                    .side(side)
                    .respond(
                        now,
                        transaction,
                        refusal.status,
                        refusal.reason,
                        headers,
                        None,
                    )
                    .ok();
            }
        }
    }

    /// Sends the request across. `None` when it was meant for the controller itself.
    fn pass_on(
        &mut self,
        now: Instant,
        side: Side,
        key: Option<Key>,
        message: &Message<'_>,
        agents: &mut Agents<'_>,
    ) -> Result<Option<ClientTransaction>, Refusal> {
        const GONE: Refusal = Refusal {
            status: StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST,
            reason: "Call/Transaction Does Not Exist",
        };
        const UNAVAILABLE: Refusal = Refusal {
            status: StatusCode::SERVICE_UNAVAILABLE,
            reason: "Service Unavailable",
        };
        let method = message.method().unwrap_or(Method::Options);
        let other = side.other();
        if let Some(key) = key {
            if !CROSSING.contains(&method) {
                return Err(Refusal {
                    status: StatusCode::METHOD_NOT_ALLOWED,
                    reason: "Method Not Allowed",
                });
            }
            let call = self.calls.get_mut(key).ok_or(GONE)?;
            let usage = call.legs[other.index()].ok_or(GONE)?;
            let content_type = route::content_type(message);
            let body = if content_type.as_deref() == Some(SDP) {
                Self::translate(call, side, message.body())?
            } else {
                Some(message.body().to_vec()).filter(|body| !body.is_empty())
            };
            let body = body.as_deref().map(|bytes| Body {
                content_type: content_type
                    .as_deref()
                    .unwrap_or("application/octet-stream"),
                bytes,
            });
            let sent = agents
                .side(other)
                .request_in_dialog(now, usage, method, &[], body)
                .map_err(|_| UNAVAILABLE)?;
            return Ok(Some(sent));
        }
        if method != Method::Options {
            return Err(Refusal {
                status: StatusCode::METHOD_NOT_ALLOWED,
                reason: "Method Not Allowed",
            });
        }
        if route::is_for_the_controller(message) {
            return Ok(None);
        }
        let route = route::across(message, self.config.side(other))?;
        let agent = agents.side(other);
        let sent = route
            .send(&self.config, other, None, |outgoing| {
                agent.request(now, method, outgoing)
            })
            .map_err(|_| UNAVAILABLE)?;
        Ok(Some(sent))
    }

    pub(super) fn response(
        &mut self,
        now: Instant,
        side: Side,
        transaction: ClientTransaction,
        response: Result<&OwnedMessage, ()>,
        agents: &mut Agents<'_>,
    ) {
        let provisional = response.is_ok_and(|message| {
            message
                .message()
                .status()
                .is_some_and(|s| s.is_provisional())
        });
        if provisional {
            return;
        }
        let Some(passed_on) = self.passed_on.remove(&(side, transaction)) else {
            return;
        };
        let agent = agents.side(passed_on.side);
        let Ok(message) = response else {
            agent
                .respond(
                    now,
                    passed_on.transaction,
                    StatusCode::SERVER_TIMEOUT,
                    "Server Time-out",
                    &[],
                    None,
                )
                .ok();
            if let Some(key) = passed_on.call {
                self.disagree(key);
                self.end(now, key, EndReason::Lost(side), agents);
            }
            return;
        };
        let view = message.message();
        let (status, reason) = route::response_across(&view);
        let content_type = route::content_type(&view);
        let mut body = Some(view.body().to_vec()).filter(|body| !body.is_empty());
        if content_type.as_deref() == Some(SDP) {
            // Outside of a call there is no media to describe.
            body = passed_on
                .call
                .and_then(|key| self.calls.get_mut(key))
                .and_then(|call| Self::translate(call, side, view.body()).ok().flatten());
        }
        match passed_on.call {
            Some(key) if status.is_success() => self.agree(key),
            Some(key) => self.disagree(key),
            None => {}
        }
        let gone = [
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST,
        ]
        .contains(&status);
        let headers = route::capability_headers(&view);
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let body = body.as_deref().map(|bytes| Body {
            content_type: content_type
                .as_deref()
                .unwrap_or("application/octet-stream"),
            bytes,
        });
        let transaction = passed_on.transaction;
        let answered = agent.respond(now, transaction, status, &reason, &headers, body);
        if let Err(UsageError::Compose(_)) = answered {
            // What the far side wrote cannot be written again.
            agent.respond(now, transaction, status, "", &[], None).ok();
        }
        // RFC 3261 section 12.2.1.2: that side does not know the call any more.
        if let Some(key) = passed_on.call.filter(|_| gone) {
            self.end(now, key, EndReason::Lost(side), agents);
        }
    }
}
