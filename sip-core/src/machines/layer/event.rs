//! What a transaction layer tells its user, and what it answers to requests it cannot fulfil.

use thiserror::Error;
use trunkline_sans_io::{ConnectionId, FiveTuple, Key};

use crate::{FailureReason, OwnedMessage, ResponseRefused};

/// Names a client transaction of a [`TransactionLayer`](crate::TransactionLayer). Once that is over the
/// handle finds nothing; it never finds another transaction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClientTransaction(pub(super) Key);

/// Names a server transaction of a [`TransactionLayer`](crate::TransactionLayer). Once that is over the
/// handle finds nothing; it never finds another transaction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ServerTransaction(pub(super) Key);

/// What a transaction layer tells its user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LayerEvent {
    /// A new request, sound enough to be processed. It wants one final response by
    /// [`TransactionLayer::respond`](crate::TransactionLayer::respond).
    Request {
        /// To answer with.
        transaction: ServerTransaction,
        /// The request; its top Via has `received` and `rport` already (RFC 3261 section 18.2.1, RFC 3581).
        message: OwnedMessage,
        /// Where it came from, and at which local address it arrived.
        path: FiveTuple,
        /// The connection over which it came.
        connection: Option<ConnectionId>,
    },
    /// An ACK for a 2xx. It belongs to no transaction; its dialog tells what it acknowledges.
    Ack {
        /// The ACK.
        message: OwnedMessage,
        /// Where it came from, and at which local address it arrived.
        path: FiveTuple,
        /// The connection over which it came.
        connection: Option<ConnectionId>,
    },
    /// The client has cancelled an INVITE that has no final response yet; it wants a 487 now. The layer
    /// has answered the CANCEL itself.
    Cancelled {
        /// The transaction of the INVITE.
        transaction: ServerTransaction,
        /// The CANCEL.
        message: OwnedMessage,
    },
    /// A response: provisional, 100 included, or final. Of a 2xx to an INVITE every repetition is told,
    /// each wants its ACK. A failure of an INVITE is acknowledged by the layer.
    Response {
        /// The transaction of the request.
        transaction: ClientTransaction,
        /// The response.
        message: OwnedMessage,
    },
    /// The request was given up without a final response.
    Failed {
        /// The transaction of the request.
        transaction: ClientTransaction,
        /// Why.
        reason: FailureReason,
    },
    /// The time for an ACK is over: to a failure response none came (Timer H); for a 2xx the transaction
    /// ends now (Timer L) and its user knows whether the ACK came, since that belongs to no transaction.
    AckMissing {
        /// The transaction of the INVITE.
        transaction: ServerTransaction,
    },
    /// A response that matches no transaction though its top Via is ours: a 2xx of a fork that came after
    /// all others, for instance.
    StrayResponse {
        /// The response.
        message: OwnedMessage,
        /// Where it came from, and at which local address it arrived.
        path: FiveTuple,
    },
}

/// Why input was thrown away.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Error)]
#[non_exhaustive]
pub enum DropReason {
    /// It is not a SIP message, or one too large.
    #[error("not a SIP message, or one too large")]
    Malformed,
    /// A request that no answer would find its way to: its top Via is missing or unreadable, or the answer
    /// would not fit into a datagram.
    #[error("a request that cannot be answered")]
    Unanswerable,
    /// A request that breaks the rules. Unless it was an ACK it was answered (400, 505 and the like).
    #[error("a request that breaks the rules")]
    InvalidRequest,
    /// A response that breaks the rules.
    #[error("a response that breaks the rules")]
    InvalidResponse,
    /// A response whose top Via is not ours (RFC 3261 section 18.1.2).
    #[error("a response to somebody else's request")]
    ForeignResponse,
    /// There is no room for a further server transaction: answered by 503 with Retry-After.
    #[error("the table of server transactions is full")]
    TableFull,
    /// A CANCEL that matches no INVITE, or comes from another host than its INVITE: answered by 481.
    #[error("a CANCEL that matches no INVITE")]
    UnmatchedCancel,
    /// A request from somebody who may not send any
    /// ([`LayerConfig::sources`](crate::LayerConfig::sources)).
    #[error("a request from a source that is not allowed")]
    ForbiddenSource,
}

impl DropReason {
    /// How many there are.
    pub(super) const COUNT: usize = 8;
}

/// Why a request was not sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// It is not a complete request (caller).
    #[error("not a complete request")]
    Malformed,
    /// ACK and CANCEL have verbs of their own (caller).
    #[error("this method is not sent by this verb")]
    Method,
    /// It does not fit into a datagram (caller).
    #[error("the request is too large for a datagram")]
    TooLarge,
    /// The local address of the destination is the unspecified one and has no name in
    /// [`LayerConfig::sent_by`](crate::LayerConfig): no answer would find its way (caller).
    #[error("the local address is unspecified")]
    UnspecifiedAddress,
    /// There is no room for a further client transaction (capacity).
    #[error("the table of client transactions is full")]
    TableFull,
}

/// Why an INVITE is not cancelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum CancelError {
    /// The transaction is over.
    #[error("the transaction is over")]
    Unknown,
    /// Only an INVITE is cancelled (RFC 3261 section 9.1).
    #[error("not an INVITE")]
    NotInvite,
    /// The final response is there; a call that it set up ends by BYE.
    #[error("the INVITE has its final response")]
    TooLate,
}

/// Why a response was not sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum RespondError {
    /// The transaction is over.
    #[error("the transaction is over")]
    Unknown,
    /// It is not a response (caller).
    #[error("not a response")]
    Malformed,
    /// It does not fit into a datagram (caller).
    #[error("the response is too large for a datagram")]
    TooLarge,
    /// The transaction does not take it.
    #[error(transparent)]
    Refused(#[from] ResponseRefused),
}
