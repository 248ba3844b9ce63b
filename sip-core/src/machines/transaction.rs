//! The four transaction machines of RFC 3261 section 17, as RFC 6026 corrects them.
//!
//! Each is plain data over one retransmission buffer `B` and needs no allocator: a borrowed slice, an
//! inline array or, with `alloc`, a `Bytes` will do. None of them parses; whoever owns them finds the
//! transaction a message belongs to and tells its status code or method. With `alloc`, that is
//! [`TransactionLayer`](crate::TransactionLayer).
//!
//! The lengths of the timers are passed to each verb that needs them, so that a table of transactions keeps
//! one copy of [`Timers`](crate::Timers).

#[macro_use]
mod verbs;

mod client_invite;
mod client_non_invite;
mod held;
mod server_invite;
mod server_non_invite;
#[cfg(test)]
mod testing;

use trunkline_sans_io::{ConnectionId, FiveTuple, Instant};

pub use client_invite::{ClientInvite, ClientInviteState};
pub use client_non_invite::{ClientNonInvite, ClientNonInviteState};
pub use server_invite::{ServerInvite, ServerInviteState};
pub use server_non_invite::{ServerNonInvite, ServerNonInviteState};

/// Where a message goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Destination {
    /// From which address to which address, over what. The local address is the listening one that the
    /// message is to leave from; its port is also what the peer learns from the Via of a request.
    pub path: FiveTuple,
    /// The connection to use while it lives; after that, or with `None`, whatever leads to `path`.
    pub connection: Option<ConnectionId>,
}

impl Destination {
    /// Along `path`, over whichever connection leads there.
    #[must_use]
    pub const fn new(path: FiveTuple) -> Self {
        Self {
            path,
            connection: None,
        }
    }

    /// Over this connection, and along `path` once it is gone.
    #[must_use]
    pub const fn over(connection: ConnectionId, path: FiveTuple) -> Self {
        Self {
            path,
            connection: Some(connection),
        }
    }
}

impl From<FiveTuple> for Destination {
    fn from(path: FiveTuple) -> Self {
        Self::new(path)
    }
}

/// What the owner of a client transaction does with a response that it handed to the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Reaction {
    /// It is news: pass it to the transaction user.
    Deliver,
    /// It is a repetition, or too late: forget it.
    Absorb,
    /// A 2xx after a failure was accepted as the final response: the transaction user learns it as one
    /// that belongs to no transaction, since a call was set up that somebody has to end.
    Stray,
}

/// What the owner of a server transaction does with a request that it handed to the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum RequestReaction {
    /// Pass it to the transaction user.
    Deliver,
    /// The machine has dealt with it.
    Absorb,
}

/// Why a client transaction ended without a final response.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FailureReason {
    /// Timer B or F fired, or a cancelled INVITE got no final response: a 408 for the transaction user
    /// (RFC 3261 section 8.1.3.1).
    #[error("no response in time")]
    Timeout,
    /// The request could not be sent: a 503 for the transaction user (RFC 3261 section 8.1.3.1).
    #[error("the request could not be sent")]
    Transport,
}

/// What a transaction machine has to tell apart from the messages themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TransactionEvent {
    /// A client transaction ended without a final response.
    Failed(FailureReason),
    /// The time for the CANCEL of this INVITE has come: the transaction user wanted it and a provisional
    /// response is there, or Timer C fired.
    CancelDue,
    /// Timer H: no ACK to the failure response of an INVITE. Timer L: the time for the ACK to a 2xx is
    /// over; whether one came, the transaction user knows, since such an ACK belongs to no transaction.
    AckMissing,
    /// A request other than INVITE was not answered in 64 T1: its client has given up, an answer would do
    /// harm (RFC 4320 section 4.2).
    Expired,
}

/// A response that a server transaction cannot send.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseRefused {
    /// The transaction has its final response already, or has ended.
    #[error("the transaction has its final response already")]
    AlreadyAnswered,
    /// A 408 to a request other than INVITE only adds to the storm: its client has timed out by itself
    /// (RFC 4320 section 4.2).
    #[error("408 is not for requests other than INVITE")]
    TimeoutToNonInvite,
    /// A request other than INVITE has no provisional response but 100 (RFC 4320 section 4.1).
    #[error("101 to 199 are not for requests other than INVITE")]
    ProvisionalToNonInvite,
}

/// The earlier of two deadlines.
fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Whether `deadline` has come.
fn is_due(deadline: Option<Instant>, now: Instant) -> bool {
    deadline.is_some_and(|deadline| deadline <= now)
}
