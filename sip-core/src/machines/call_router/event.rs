//! What a [`CallRouter`](super::CallRouter) tells its owner.

use core::net::SocketAddr;

use thiserror::Error;
use trunkline_sans_io::{ConnectionId, FiveTuple};

use super::{GroupId, GroupTrunk};
use crate::{
    CallKey, CallSummary, OwnedMessage, RejectCause, StatusCode, TrunkGroupEvent, UserAgentEvent,
};

/// What happened. Drain [`CallRouter::poll_event`](super::CallRouter::poll_event) after every verb.
///
/// A call that was [`Offered`](Self::Offered) ends exactly once, by [`Ended`](Self::Ended), whoever ended it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CallRouterEvent {
    /// A new call. It waits for [`route`](super::CallRouter::route) or [`reject`](super::CallRouter::reject).
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
    /// An INVITE was refused at once, see
    /// [`BackToBackEvent::TurnedAway`](crate::BackToBackEvent::TurnedAway).
    TurnedAway {
        /// The INVITE.
        message: OwnedMessage,
        /// Where it came from, and at which local address it arrived.
        path: FiveTuple,
        /// What it was answered with.
        status: StatusCode,
    },
    /// A host is called: the first attempt of a call, or the next one.
    Calling {
        /// The call.
        call: CallKey,
        /// Over which trunk.
        trunk: GroupTrunk,
        /// Where the INVITE goes.
        remote: SocketAddr,
    },
    /// That attempt has failed: the host could not be reached, was silent for too long, or said 503. There is
    /// nothing to do: either [`Calling`](Self::Calling) follows at once, or [`Ended`](Self::Ended).
    Failed {
        /// The call.
        call: CallKey,
        /// Over which trunk.
        trunk: GroupTrunk,
        /// Why.
        cause: RejectCause,
    },
    /// The callee has sent a provisional response, 101 to 199. From now on the call stays with this host.
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
    /// The call is over and its key finds nothing any more: media can be released now.
    Ended {
        /// The call.
        call: CallKey,
        /// The trunk that the call took last; `None` where none was tried.
        trunk: Option<GroupTrunk>,
        /// What there is to tell of it.
        summary: CallSummary,
    },
    /// A group has something to tell or to ask: names to resolve, trunks that fail.
    Group {
        /// Which group.
        group: GroupId,
        /// What it is.
        event: TrunkGroupEvent,
    },
    /// An event of the user agent that belongs neither to a call nor to a probe of a group: a request outside
    /// of calls, or the response to one of the owner's own.
    Other(UserAgentEvent),
}

/// Why a call is not routed. It stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum RouteError {
    /// The call does not wait for a route: it is over, which is no fault and is told by
    /// [`CallRouterEvent::Ended`], or it has one already (caller).
    #[error("the call does not wait for a route")]
    NotWaiting,
    /// There is no such group (caller).
    #[error("there is no such group")]
    UnknownGroup,
}
