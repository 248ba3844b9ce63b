//! What is kept of a call.

use alloc::boxed::Box;

use trunkline_sans_io::{Instant, Key};

use super::{CallSummary, EndReason, Party};
use crate::{OwnedMessage, UsageKey};

/// Names a call of a [`BackToBack`](super::BackToBack) from its INVITE to its end. A key whose call is over
/// finds nothing; it never finds another call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CallKey(pub(super) Key);

impl CallKey {
    /// The key as one number, for logs.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0.to_bits()
    }
}

/// How far a call has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CallState {
    /// It waits for a route.
    Waiting,
    /// The callee was called and has not answered.
    Calling,
    /// The callee has answered.
    Established,
}

/// A look at a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallView<'a> {
    /// How far it has come.
    pub state: CallState,
    /// The usages of its legs, by [`Party::index`]. Look at them as you like; what changes them is for the
    /// machine to do, except [`UserAgent::set_destination`](crate::UserAgent::set_destination) and
    /// [`UserAgent::set_contact`](crate::UserAgent::set_contact).
    pub legs: [Option<UsageKey>; 2],
    /// The Call-IDs of both legs, by [`Party::index`]; empty while there is none.
    pub call_ids: [&'a str; 2],
    /// The INVITE of the caller, as long as another next hop may be called.
    pub invite: Option<&'a OwnedMessage>,
    /// When the INVITE came.
    pub started: Instant,
    /// When it was answered.
    pub answered: Option<Instant>,
    /// How many next hops were called so far.
    pub attempts: u32,
}

/// An offer that has no answer yet (RFC 3264).
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchange {
    /// Who sent the request: the answer goes there, or comes from there in the ACK if it is late.
    pub(super) from: Party,
    pub(super) kind: ExchangeKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ExchangeKind {
    /// The offer stands in an INVITE, the answer in its 2xx.
    Invite,
    /// The offer stands in the 2xx to an INVITE, the answer in its ACK (RFC 3261 section 13.2.1).
    Late {
        /// The 2xx has come, and carried one.
        offered: bool,
    },
    /// The offer stands in an UPDATE, the answer in its 2xx (RFC 3311).
    Update,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) state: CallState,
    /// By [`Party::index`].
    pub(super) legs: [Option<UsageKey>; 2],
    pub(super) call_ids: [Box<str>; 2],
    /// The INVITE, as long as another route may be taken.
    pub(super) invite: Option<Box<OwnedMessage>>,
    pub(super) exchange: Option<Exchange>,
    pub(super) early_media: bool,
    pub(super) started: Instant,
    /// When the present next hop was called.
    pub(super) attempted: Instant,
    pub(super) attempts: u32,
    pub(super) answered: Option<Instant>,
}

impl Call {
    pub(super) fn new(
        now: Instant,
        caller: UsageKey,
        call_id: Box<str>,
        invite: OwnedMessage,
    ) -> Self {
        Self {
            state: CallState::Waiting,
            legs: [Some(caller), None],
            call_ids: [call_id, Box::default()],
            invite: Some(Box::new(invite)),
            exchange: None,
            early_media: true,
            started: now,
            attempted: now,
            attempts: 0,
            answered: None,
        }
    }

    pub(super) const fn leg(&self, party: Party) -> Option<UsageKey> {
        self.legs[party.index()]
    }

    /// Whether the offer that is open came, or is to come, in the 2xx to an INVITE.
    pub(super) const fn is_late(&self) -> bool {
        matches!(
            self.exchange,
            Some(Exchange {
                kind: ExchangeKind::Late { .. },
                ..
            })
        )
    }

    pub(super) fn view(&self) -> CallView<'_> {
        let [caller, callee] = &self.call_ids;
        CallView {
            state: self.state,
            legs: self.legs,
            call_ids: [caller, callee],
            invite: self.invite.as_deref(),
            started: self.started,
            answered: self.answered,
            attempts: self.attempts,
        }
    }

    pub(super) fn into_summary(self, now: Instant, reason: EndReason) -> CallSummary {
        CallSummary {
            call_ids: self.call_ids,
            started: self.started,
            answered: self.answered,
            ended: now,
            attempts: self.attempts,
            reason,
        }
    }
}

/// A usage that belongs to a call, or did so and has not gone yet.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) call: Option<(Key, Party)>,
    /// The Call-ID that was made here. One that comes back in is a loop.
    pub(super) own_call_id: Option<Box<str>>,
}
