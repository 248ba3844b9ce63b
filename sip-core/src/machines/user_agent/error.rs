//! Why a verb of a [`UserAgent`](super::UserAgent) could not be obeyed. Nothing has been sent then, except
//! where a variant says otherwise.

use thiserror::Error;

use crate::{DialogError, RequestError, RespondError};

/// Why a message cannot be composed of what the caller gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// A header field whose name is not a token, whose value holds a line end, or which the user agent
    /// writes itself: Via, From, To, Call-ID, CSeq, Max-Forwards, Contact, Record-Route, Content-Type,
    /// Content-Length (caller).
    #[error("header field {index} cannot be written")]
    Header {
        /// Which one of the list.
        index: usize,
    },
    /// The Request-URI, From, To, Contact, Call-ID, reason phrase or content type holds characters that it
    /// must not hold, or is not what it should be (caller).
    #[error("a part of the message is malformed")]
    Malformed,
    /// The message would be longer than a message may be (caller).
    #[error("the message is too long")]
    TooLong,
}

/// Why a request that begins something new could not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The message cannot be composed (caller).
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// There are as many usages as the configuration allows (capacity).
    #[error("too many usages")]
    TooManyUsages,
    /// INVITE by `request`, BYE outside of a dialog, or ACK or CANCEL, which have verbs of their own
    /// (caller).
    #[error("the method has a verb of its own")]
    Method,
    /// The transaction layer refused it.
    #[error(transparent)]
    Request(#[from] RequestError),
}

/// Why a verb upon a usage could not be obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UsageError {
    /// The usage is gone; its end has been or is about to be reported (caller).
    #[error("the usage is gone")]
    Gone,
    /// The usage is in a state that has no place for this: nothing to answer, nothing to acknowledge, no
    /// dialog yet (caller).
    #[error("not possible in this state of the usage")]
    State,
    /// An INVITE transaction is under way in the dialog, in one direction or the other; try again when it
    /// is over (RFC 3261 section 14.1).
    #[error("an INVITE is pending in the dialog")]
    Pending,
    /// The status code is not of the class that the verb sends (caller).
    #[error("status code of the wrong class")]
    Status,
    /// ACK, BYE, CANCEL and INVITE have verbs of their own (caller).
    #[error("the method has a verb of its own")]
    Method,
    /// The message cannot be composed (caller).
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The dialog does not allow it.
    #[error(transparent)]
    Dialog(#[from] DialogError),
    /// The transaction layer refused the request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The transaction layer refused the response.
    #[error(transparent)]
    Respond(#[from] RespondError),
}
