//! One call: two legs, their media, and what is to be told of it at the end.

use tracing::Span;
use trunkline_sans_io::Instant;
use trunkline_sip_core::{OwnedMessage, UsageKey};

use super::config::Side;
use super::media::{Media, Remote};
use super::record::{CallRecord, EndReason, MediaRecord};
use super::route::Route;

/// How far a call has come.
#[derive(Debug)]
pub(super) enum State {
    /// The relay was asked for ports. The caller's INVITE waits.
    Allocating(Box<OwnedMessage>),
    /// The callee was called and has not answered.
    Inviting,
    /// Both parties talk.
    Established,
    /// Both legs are gone; the relay still has to tell its counts.
    Over,
}

#[derive(Debug)]
pub(super) struct Call {
    /// Counts from one; names the call in logs and records.
    pub(super) number: u64,
    pub(super) caller: Side,
    /// By [`Side::index`].
    pub(super) legs: [Option<UsageKey>; 2],
    pub(super) call_ids: [String; 2],
    pub(super) route: Route,
    pub(super) media: Media,
    /// What the relay is told once both sides have agreed, by the side that it speaks of.
    pub(super) agreeing: [Option<Remote>; 2],
    pub(super) state: State,
    /// The offer stands in a 2xx and the answer in its ACK (RFC 3264 section 4, RFC 3261 section 13.2.1).
    pub(super) late_offer: bool,
    pub(super) started: Instant,
    pub(super) answered: Option<Instant>,
    pub(super) ended: Option<Instant>,
    pub(super) reason: Option<EndReason>,
    pub(super) span: Span,
}

impl Call {
    pub(super) fn new(
        number: u64,
        now: Instant,
        caller: Side,
        usage: UsageKey,
        route: Route,
        invite: Box<OwnedMessage>,
        span: Span,
    ) -> Self {
        let mut legs = [None; 2];
        legs[caller.index()] = Some(usage);
        let mut call_ids = [String::new(), String::new()];
        call_ids[caller.index()].clone_from(&route.call_id);
        Self {
            number,
            caller,
            legs,
            call_ids,
            route,
            media: Media::new(number),
            agreeing: [None, None],
            state: State::Allocating(invite),
            late_offer: false,
            started: now,
            answered: None,
            ended: None,
            reason: None,
            span,
        }
    }

    pub(super) fn into_record(self, media: Option<MediaRecord>) -> CallRecord {
        CallRecord {
            number: self.number,
            caller: self.caller,
            from: self.route.from_user,
            to: self.route.to_user,
            call_ids: self.call_ids,
            started: self.started,
            answered: self.answered,
            ended: self.ended.unwrap_or(self.started),
            reason: self.reason.unwrap_or(EndReason::ShutDown),
            media,
            span: self.span,
        }
    }
}
