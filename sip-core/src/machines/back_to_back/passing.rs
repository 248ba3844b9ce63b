//! Requests other than those that begin and end calls cross, and so do their responses.

use alloc::string::String;
use alloc::vec::Vec;

use trunkline_sans_io::{Instant, Key};

use super::call::{Exchange, ExchangeKind};
use super::crossing::{
    Crossed, body_headers, cross, headers, hops_left, plain_body, response_across,
};
use super::{BackToBack, CallKey, EndReason, Party, Refusal, SessionBodies};
use crate::{
    Body, ClientTransaction, FailureReason, Message, Method, Outgoing, SendError,
    ServerTransaction, StatusCode, UsageError, UserAgent,
};

/// A request that was passed across and waits for its response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed {
    /// What the response answers.
    transaction: ServerTransaction,
    method: PassedMethod,
    /// In the dialogs of which call, and which party asked.
    call: Option<(Key, Party)>,
}

/// What matters of a method once the response is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum PassedMethod {
    /// An UPDATE, with an offer or without.
    Update {
        offered: bool,
    },
    Options,
    Other,
}

impl<B: SessionBodies> BackToBack<B> {
    /// Passes a request outside of calls, OPTIONS or MESSAGE for instance, that
    /// [`BackToBackEvent::Other`](super::BackToBackEvent::Other) told of: `outgoing` goes out with the method of
    /// `message`, and its response is passed back. Max-Forwards is no more than `message` has left; if that is
    /// nothing, 483 is the answer. Bodies of responses stay here: outside of calls they describe somebody who is
    /// not to be reached.
    ///
    /// # Errors
    ///
    /// It cannot be composed or sent; the request still waits for its answer.
    pub fn pass(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        message: &Message<'_>,
        outgoing: &Outgoing<'_>,
        agent: &mut UserAgent,
    ) -> Result<(), SendError> {
        let hops = match hops_left(message) {
            Ok(hops) => hops,
            Err(status) => {
                agent.respond(now, transaction, status, "", &[], None).ok();
                return Ok(());
            }
        };
        let method = message.method().ok_or(SendError::Method)?;
        let outgoing = Outgoing {
            max_forwards: outgoing.max_forwards.min(hops),
            ..*outgoing
        };
        let sent = agent.request(now, method, &outgoing)?;
        let method = match method {
            Method::Options => PassedMethod::Options,
            _ => PassedMethod::Other,
        };
        let passed = Passed {
            transaction,
            method,
            call: None,
        };
        self.passed.insert(sent, passed);
        Ok(())
    }

    /// A request in the dialog of a call.
    pub(super) fn request_in_call(
        &mut self,
        now: Instant,
        key: Key,
        party: Party,
        transaction: ServerTransaction,
        message: &Message<'_>,
        agent: &mut UserAgent,
    ) {
        match self.request_other(now, key, party, message, agent) {
            Ok((sent, method)) => {
                let call = Some((key, party));
                let passed = Passed {
                    transaction,
                    method,
                    call,
                };
                self.passed.insert(sent, passed);
            }
            Err(refusal) => {
                let allow = [("Allow", &*self.config.allow)];
                let headers = match refusal.status {
                    StatusCode::METHOD_NOT_ALLOWED => &allow[..],
                    _ => refusal.headers,
                };
                let Refusal { status, reason, .. } = refusal;
                respond(now, transaction, status, reason, headers, None, agent);
            }
        }
    }

    fn request_other(
        &mut self,
        now: Instant,
        key: Key,
        party: Party,
        message: &Message<'_>,
        agent: &mut UserAgent,
    ) -> Result<(ClientTransaction, PassedMethod), Refusal> {
        const GLARE: Refusal = Refusal::new(StatusCode::REQUEST_PENDING);
        const TOO_SOON: Refusal = Refusal {
            headers: &[("Retry-After", "5")],
            ..Refusal::new(StatusCode::SERVER_INTERNAL_ERROR)
        };
        const GONE: Refusal = Refusal::new(StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST);
        let method = message.method().unwrap_or(Method::Options);
        let call = self.calls.get_mut(key).ok_or(GONE)?;
        let offered = method == Method::Update && !message.body().is_empty();
        let passed = match method {
            Method::Update => PassedMethod::Update { offered },
            Method::Options => PassedMethod::Options,
            Method::Info | Method::Message => PassedMethod::Other,
            _ => return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED)),
        };
        // RFC 3311 section 5.2: its own offer has no answer yet, or that of the other party has none.
        match call.exchange {
            Some(exchange) if offered => {
                let late = matches!(exchange.kind, ExchangeKind::Late { .. });
                return Err(if exchange.from == party && !late {
                    TOO_SOON
                } else {
                    GLARE
                });
            }
            _ => {}
        }
        let across = call.leg(party.other()).ok_or(match call.answered {
            Some(_) => GONE,
            // The callee has not been called yet.
            None => GLARE,
        })?;
        let crossed = if offered {
            cross(&mut self.bodies, CallKey(key), party, message)?
        } else {
            None
        };
        let body = match method {
            Method::Update => crossed.as_ref().map(Crossed::body),
            _ => plain_body(message),
        };
        let mut headers = headers(&self.config.crossing, message);
        let own = match method {
            Method::Update => Crossed::headers(crossed.as_ref()).to_vec(),
            _ => body_headers(message),
        };
        headers.extend(&own);
        let sent = match agent.request_in_dialog(now, across, method, &headers, body) {
            Err(UsageError::Compose(_)) => agent.request_in_dialog(now, across, method, &own, body),
            result => result,
        };
        match sent {
            Ok(sent) => {
                if offered {
                    call.exchange = Some(Exchange {
                        from: party,
                        kind: ExchangeKind::Update,
                    });
                }
                Ok((sent, passed))
            }
            Err(error) => {
                if offered {
                    self.bodies.disagreed(CallKey(key));
                }
                Err(match error {
                    UsageError::Gone => GONE,
                    // There is no dialog with the callee yet.
                    UsageError::State | UsageError::Pending => GLARE,
                    _ => Refusal::new(StatusCode::SERVER_INTERNAL_ERROR),
                })
            }
        }
    }

    /// The response to a request that was passed across, or its failure.
    pub(super) fn response(
        &mut self,
        now: Instant,
        sent: ClientTransaction,
        response: Result<&Message<'_>, FailureReason>,
        agent: &mut UserAgent,
    ) {
        // RFC 4320 section 4.1: nobody waits for a provisional one.
        if response.is_ok_and(|message| message.status().is_some_and(StatusCode::is_provisional)) {
            return;
        }
        let Some(passed) = self.passed.remove(&sent) else {
            return;
        };
        let transaction = passed.transaction;
        let original = response.ok().and_then(Message::status);
        let mut status = original.unwrap_or(match response {
            Err(FailureReason::Transport) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::SERVER_TIMEOUT,
        });
        let mut phrase = String::new();
        let mut body = None;
        let mut fields = Vec::new();
        if let Ok(message) = response {
            (status, phrase) = response_across(message);
            // 408 is not for requests other than INVITE (RFC 4320 section 4.2).
            if status == StatusCode::REQUEST_TIMEOUT {
                (status, phrase) = (StatusCode::SERVER_TIMEOUT, String::new());
            }
            body = self.body_back(passed, message, &mut status);
            fields = headers(&self.config.crossing, message);
            let options = passed.method == PassedMethod::Options;
            // RFC 3261 sections 11.2, 21.4.6 and 21.4.13.
            for (name, refusal) in [
                ("Allow", StatusCode::METHOD_NOT_ALLOWED),
                ("Accept", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ] {
                if options || status == refusal {
                    let values = message.headers_named(name);
                    let values = values.filter_map(|field| field.value_str());
                    fields.extend(values.map(|value| (name, value)));
                }
            }
        } else {
            self.settle_update(passed, false);
        }
        let plain = match (passed.call, passed.method, response) {
            (Some(_), PassedMethod::Other, Ok(message)) => {
                fields.extend(body_headers(message));
                plain_body(message)
            }
            _ => {
                fields.extend(Crossed::headers(body.as_ref()));
                body.as_ref().map(Crossed::body)
            }
        };
        respond(now, transaction, status, &phrase, &fields, plain, agent);
        // RFC 3261 section 12.2.1.2: that party does not know the call any more.
        let lost = match response {
            Ok(_) => matches!(
                original,
                Some(StatusCode::REQUEST_TIMEOUT | StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST)
            ),
            Err(reason) => reason == FailureReason::Timeout,
        };
        if let (Some((key, party)), true) = (passed.call, lost)
            // Before the answer it may be one branch of many that has gone; the INVITE has an end of its own.
            && self.calls.get(key).is_some_and(|call| call.answered.is_some())
        {
            self.end(now, key, EndReason::Lost(party.other()), agent);
        }
    }

    /// The body of the response to an UPDATE; `status` becomes 488 if it is refused.
    fn body_back<'a>(
        &mut self,
        passed: Passed,
        message: &Message<'a>,
        status: &mut StatusCode,
    ) -> Option<Crossed<'a>> {
        let (key, party) = passed.call?;
        let PassedMethod::Update { offered: true } = passed.method else {
            return None;
        };
        // The call may be over by now.
        self.calls.get(key)?;
        if !status.is_success() {
            self.settle_update(passed, false);
            return None;
        }
        let body = cross(&mut self.bodies, CallKey(key), party.other(), message);
        self.settle_update(passed, body.is_ok());
        match body {
            Ok(body) => body,
            Err(_) => {
                *status = StatusCode::NOT_ACCEPTABLE_HERE;
                None
            }
        }
    }

    /// The offer in an UPDATE has come to its end.
    fn settle_update(&mut self, passed: Passed, agreed: bool) {
        let (Some((key, _)), PassedMethod::Update { offered: true }) = (passed.call, passed.method)
        else {
            return;
        };
        let Some(call) = self.calls.get_mut(key) else {
            return;
        };
        call.exchange = None;
        if agreed {
            self.bodies.agreed(CallKey(key));
        } else {
            self.bodies.disagreed(CallKey(key));
        }
    }
}

/// Answers a request. What the far side wrote and cannot be written again is left out.
fn respond(
    now: Instant,
    transaction: ServerTransaction,
    status: StatusCode,
    phrase: &str,
    headers: &[(&str, &str)],
    body: Option<Body<'_>>,
    agent: &mut UserAgent,
) {
    let answered = agent.respond(now, transaction, status, phrase, headers, body);
    if let Err(UsageError::Compose(_)) = answered {
        agent.respond(now, transaction, status, "", &[], body).ok();
    }
}
