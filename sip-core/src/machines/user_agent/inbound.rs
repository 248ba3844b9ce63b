//! Requests of the peer: which of them is for whom, and which of them leaves no choice.

use alloc::collections::VecDeque;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::str;
use core::time::Duration;

use trunkline_sans_io::{Instant, Key};

use super::compose::Parts;
use super::usage::UsageState;
use super::{Map, UsageKey, UserAgent, UserAgentEvent, hex, unhex};
use crate::header::To;
use crate::{
    Destination, Message, Method, OwnedMessage, Role, ServerTransaction, StatusCode,
    check_extensions, unsupported,
};

/// A request that waits for the owner's answer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) usage: Option<Key>,
    pub(super) message: OwnedMessage,
    pub(super) tag: u64,
}

/// The requests that wait for the owner's answer.
#[derive(Debug)]
pub(super) struct Pending {
    waiting: Map<ServerTransaction, Waiting>,
    /// All of them, and some that were answered, with the time when nobody wants the answer any more.
    order: VecDeque<(Instant, ServerTransaction)>,
    limit: usize,
}

impl Pending {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            waiting: Map::default(),
            order: VecDeque::new(),
            limit,
        }
    }

    /// Takes a request in; `false` if there are too many.
    fn insert(
        &mut self,
        now: Instant,
        lifetime: Duration,
        transaction: ServerTransaction,
        waiting: Waiting,
    ) -> bool {
        while let Some((until, old)) = self.order.front()
            && (*until <= now || !self.waiting.contains_key(old))
        {
            self.waiting.remove(old);
            self.order.pop_front();
        }
        if self.waiting.len() >= self.limit {
            return false;
        }
        // Behind one that is never answered, answered ones must not pile up.
        if self.order.len() >= self.limit.saturating_mul(2) {
            self.order.retain(|(_, old)| self.waiting.contains_key(old));
        }
        self.order.push_back((now + lifetime, transaction));
        self.waiting.insert(transaction, waiting);
        true
    }

    pub(super) fn get(&self, transaction: ServerTransaction) -> Option<&Waiting> {
        self.waiting.get(&transaction)
    }

    pub(super) fn remove(&mut self, transaction: ServerTransaction) {
        self.waiting.remove(&transaction);
    }
}

impl UserAgent {
    /// A new request, other than ACK and CANCEL (RFC 3261 section 8.2).
    pub(super) fn on_request(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        message: OwnedMessage,
        peer: Destination,
    ) {
        let request = message.message();
        let (Some(method), Ok(to)) = (request.method(), request.require::<To<'_>>()) else {
            return self.answer(now, transaction, &request, StatusCode::BAD_REQUEST, "", &[]);
        };
        if !self.is_allowed(method) {
            let allow: Vec<_> = self
                .config
                .allow
                .iter()
                .map(|method| method.as_str())
                .collect();
            let headers = [("Allow", &*allow.join(", "))];
            let status = StatusCode::METHOD_NOT_ALLOWED;
            return self.answer(now, transaction, &request, status, "", &headers);
        }
        let kind = Kind::of(method);
        match to.tag {
            Some(tag) => {
                let key = unhex(tag).and_then(|tag| self.by_tag.get(&tag)).copied();
                self.on_request_in_dialog(now, transaction, message, kind, key, peer);
            }
            None => self.on_request_outside(now, transaction, message, kind, peer),
        }
    }

    fn on_request_outside(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        message: OwnedMessage,
        kind: Kind,
        peer: Destination,
    ) {
        let request = message.message();
        let lifetime = self.layer.config().timers.t1_x64();
        if self.merged.is_repeated(now, &request, lifetime) {
            let status = StatusCode::LOOP_DETECTED;
            return self.answer(now, transaction, &request, status, "Merged Request", &[]);
        }
        if self.lacks_extension(now, transaction, &request) {
            return;
        }
        match kind {
            Kind::Invite => self.on_invite(now, transaction, message, peer),
            // They are nothing without a dialog.
            Kind::Bye | Kind::InDialogOnly => {
                let status = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
                self.answer(now, transaction, &request, status, "", &[]);
            }
            Kind::Other => self.hand_over(now, transaction, message, None, peer),
        }
    }

    fn on_request_in_dialog(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        message: OwnedMessage,
        kind: Kind,
        key: Option<Key>,
        peer: Destination,
    ) {
        let request = message.message();
        let unknown = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
        let Some((key, leg)) = key.and_then(|key| Some((key, self.usages.get_mut(key)?))) else {
            return self.answer(now, transaction, &request, unknown, "", &[]);
        };
        let checked = leg
            .dialog_where(&mut self.sent, |dialog| dialog.matches_request(&request))
            .ok_or(crate::DialogError::OtherDialog)
            .and_then(|dialog| dialog.check_request(&request));
        if let Err(error) = checked {
            return self.answer_dialog_error(now, transaction, &request, error);
        }
        leg.hear_from(peer);
        let ending = leg.state == UsageState::Ending;
        if kind == Kind::Bye && (ending || !self.config.hand_over_bye) {
            return self.on_bye(now, transaction, message, key);
        }
        if ending {
            return self.answer(now, transaction, &request, unknown, "", &[]);
        }
        if self.lacks_extension(now, transaction, &request) {
            return;
        }
        match kind {
            Kind::Invite => self.on_reinvite(now, transaction, message, key),
            _ => self.hand_over(now, transaction, message, Some(key), peer),
        }
    }

    /// Leaves the answer to the owner.
    fn hand_over(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        message: OwnedMessage,
        usage: Option<Key>,
        peer: Destination,
    ) {
        let tag = self.draw();
        let waiting = Waiting {
            usage,
            message: message.clone(),
            tag,
        };
        let lifetime = self.layer.config().timers.t1_x64();
        if !self.pending.insert(now, lifetime, transaction, waiting) {
            return self.answer_busy(now, transaction, &message.message());
        }
        self.events.push_back(UserAgentEvent::Request {
            usage: usage.map(UsageKey),
            transaction,
            message,
            path: peer.path,
            connection: peer.connection,
        });
    }

    fn is_allowed(&self, method: Method<'_>) -> bool {
        self.config.allow.is_empty() || self.config.allow.contains(&method)
    }

    /// Answers 420 if the request requires what the owner does not support (section 8.2.2.3).
    fn lacks_extension(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        request: &Message<'_>,
    ) -> bool {
        let supported = &self.config.supported;
        let Err(rejection) = check_extensions(request, Role::UserAgent, supported) else {
            return false;
        };
        let Some(status) = rejection.status() else {
            return true;
        };
        let lacking: Vec<&str> = unsupported(request, Role::UserAgent, supported).collect();
        let list = lacking.join(", ");
        let headers = [("Unsupported", &*list)];
        let headers = if lacking.is_empty() {
            &[]
        } else {
            &headers[..]
        };
        self.answer(
            now,
            transaction,
            request,
            status,
            rejection.reason(),
            headers,
        );
        true
    }

    /// Answers a request that no owner gets to see.
    pub(super) fn answer(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        request: &Message<'_>,
        status: StatusCode,
        reason: &str,
        headers: &[(&str, &str)],
    ) {
        let tag = hex(self.draw());
        let tag = str::from_utf8(&tag).ok();
        let parts = Parts {
            headers,
            ..Parts::NONE
        };
        if let Ok(response) = self.composer.response(request, status, reason, tag, parts) {
            // If it cannot be sent the transaction is over already.
            let _ = self.layer.respond(now, transaction, response);
        }
    }

    /// Answers a request for which there is no room.
    pub(super) fn answer_busy(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        request: &Message<'_>,
    ) {
        self.merged.forget(request);
        let seconds = self.config.layer.retry_after.to_string();
        let headers = [("Retry-After", &*seconds)];
        self.answer(
            now,
            transaction,
            request,
            StatusCode::SERVICE_UNAVAILABLE,
            "",
            &headers,
        );
    }
}

/// What matters of a method here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Invite,
    Bye,
    /// UPDATE, PRACK, INFO.
    InDialogOnly,
    Other,
}

impl Kind {
    const fn of(method: Method<'_>) -> Self {
        match method {
            Method::Invite => Self::Invite,
            Method::Bye => Self::Bye,
            Method::Update | Method::Prack | Method::Info => Self::InDialogOnly,
            _ => Self::Other,
        }
    }
}
