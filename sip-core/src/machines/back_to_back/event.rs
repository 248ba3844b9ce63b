//! What a [`BackToBack`](super::BackToBack) tells its owner.

use alloc::boxed::Box;
use core::fmt;

use thiserror::Error;
use trunkline_sans_io::{ConnectionId, FiveTuple, Instant};

use super::{CallKey, Party};
use crate::{OwnedMessage, RejectCause, SendError, StatusCode, UserAgentEvent};

/// What happened. Drain [`BackToBack::poll_event`](super::BackToBack::poll_event) after every verb.
///
/// A call that was [`Offered`](Self::Offered) ends exactly once, by [`Ended`](Self::Ended), whoever ended it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BackToBackEvent {
    /// A new call. It waits for [`connect`](super::BackToBack::connect) or
    /// [`reject`](super::BackToBack::reject).
    Offered {
        /// The call.
        call: CallKey,
        /// The INVITE.
        message: OwnedMessage,
        /// Where it came from, and at which local address it arrived.
        path: FiveTuple,
        /// The connection it came over, if any.
        connection: Option<ConnectionId>,
    },
    /// An INVITE was refused at once: too many hops (483), a loop (482), a malformed header field (400), or
    /// no room or no wish for another call (503).
    TurnedAway {
        /// The INVITE.
        message: OwnedMessage,
        /// Where it came from, and at which local address it arrived.
        path: FiveTuple,
        /// What it was answered with.
        status: StatusCode,
    },
    /// The next hop failed so that another one may be tried, and nothing above 100 was heard of it: it could
    /// not be reached, or was silent for too long ([`RejectCause::Timeout`]), or said 503. The call waits again
    /// for [`connect`](super::BackToBack::connect) or [`reject`](super::BackToBack::reject).
    RouteFailed {
        /// The call.
        call: CallKey,
        /// Why. [`RejectCause::status_across`] is what to reject the call with if there is no other route.
        cause: RejectCause,
    },
    /// The callee has sent a provisional response, 101 to 199. From now on the call stays with this next hop.
    Progress {
        /// The call.
        call: CallKey,
        /// Its status code, as the callee sent it.
        status: StatusCode,
    },
    /// The callee has answered.
    Answered {
        /// The call.
        call: CallKey,
    },
    /// The call is over and its key finds nothing any more: media can be released now. Its legs may take a
    /// while until they are gone, see [`BackToBack::legs`](super::BackToBack::legs).
    Ended {
        /// The call.
        call: CallKey,
        /// What there is to tell of it.
        summary: CallSummary,
    },
    /// An event of the user agent that belongs to no call: a request outside of calls, or the response to one
    /// of the owner's own.
    Other(UserAgentEvent),
}

/// What is told of a call that is over.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct CallSummary {
    /// The Call-IDs of both legs, by [`Party::index`]. That of the callee is the one of the last attempt, and
    /// empty if there was none.
    pub call_ids: [Box<str>; 2],
    /// When the INVITE came.
    pub started: Instant,
    /// When it was answered.
    pub answered: Option<Instant>,
    /// When it was over.
    pub ended: Instant,
    /// How many next hops were called.
    pub attempts: u32,
    /// Why it ended.
    pub reason: EndReason,
}

/// Why a call ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum EndReason {
    /// A party sent BYE.
    HungUp(Party),
    /// The caller gave up before the answer.
    Cancelled,
    /// The callee refused with this status code.
    Refused(StatusCode),
    /// The owner rejected the call with this status code.
    Rejected(StatusCode),
    /// Nobody answered in time.
    NoAnswer,
    /// A party went away: it answered nothing any more, or did not know the call.
    Lost(Party),
    /// A session body could not be used.
    NotAcceptable,
    /// The callee could not be called.
    Unreachable,
    /// No media packet for too long. Only the owner says so.
    MediaTimeout,
    /// The owner ends all calls.
    ShutDown,
}

impl EndReason {
    /// The reason of a call whose last INVITE failed like this.
    pub(super) fn of_cause(cause: &RejectCause) -> Self {
        match cause {
            RejectCause::Response(response) => {
                let status = response.message().status();
                Self::Refused(status.unwrap_or(StatusCode::SERVER_INTERNAL_ERROR))
            }
            RejectCause::Timeout => Self::NoAnswer,
            RejectCause::Cancelled(_) => Self::Cancelled,
            _ => Self::Unreachable,
        }
    }

    /// The response to an INVITE that still waits when the call ends for this reason.
    #[must_use]
    pub const fn as_response(self) -> StatusCode {
        match self {
            Self::HungUp(Party::Caller) | Self::Cancelled => StatusCode::REQUEST_TERMINATED,
            Self::HungUp(Party::Callee) => StatusCode::TEMPORARILY_UNAVAILABLE,
            Self::Refused(status) => super::crossing::status_across(status),
            Self::Rejected(status) => status,
            Self::NoAnswer | Self::Lost(_) | Self::MediaTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE_HERE,
            Self::Unreachable | Self::ShutDown => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HungUp(party) => write!(f, "hung up by the {party}"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Refused(status) => write!(f, "refused with {}", status.code()),
            Self::Rejected(status) => write!(f, "rejected with {}", status.code()),
            Self::NoAnswer => f.write_str("no answer"),
            Self::Lost(party) => write!(f, "the {party} was lost"),
            Self::NotAcceptable => f.write_str("session description not acceptable"),
            Self::Unreachable => f.write_str("unreachable"),
            Self::MediaTimeout => f.write_str("no media"),
            Self::ShutDown => f.write_str("shut down"),
        }
    }
}

/// Why a call was not connected. It waits as before, if it is still there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The call does not wait for a route: it is over (its end is told by
    /// [`BackToBackEvent::Ended`]), or has one (caller).
    #[error("the call does not wait for a route")]
    NotWaiting,
    /// The INVITE cannot be sent.
    #[error(transparent)]
    Send(#[from] SendError),
}
