//! Why a verb of a [`UserAgent`](super::UserAgent) could not be obeyed. Nothing has been sent then.

use thiserror::Error;

use crate::wire::uri::UriError;
use crate::{DialogError, HeaderError, ParseError, RequestError, RespondError, WriteError};

/// Why a message cannot be composed of what the caller gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// A header field that the user agent writes itself: Via, From, To, Call-ID, CSeq, Max-Forwards,
    /// Record-Route, Content-Type, Content-Length, and, except in `respond`, Contact.
    #[error("header field {index} of the list is not for the caller to write")]
    Reserved {
        /// Which one of the list.
        index: usize,
    },
    /// The Request-URI is none.
    #[error("the Request-URI: {0}")]
    RequestUri(UriError),
    /// From, To or Contact is malformed.
    #[error(transparent)]
    Header(HeaderError),
    /// The Contact of an INVITE is not a single sip or sips URI.
    #[error("the Contact is not a single sip or sips URI")]
    Contact,
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// It would not be understood: its head is too long, for instance.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// No dialog could be made of it: its addresses are too long.
    #[error(transparent)]
    Dialog(DialogError),
}

impl From<UriError> for ComposeError {
    fn from(error: UriError) -> Self {
        Self::RequestUri(error)
    }
}

impl From<HeaderError> for ComposeError {
    fn from(error: HeaderError) -> Self {
        Self::Header(error)
    }
}

impl From<DialogError> for ComposeError {
    fn from(error: DialogError) -> Self {
        Self::Dialog(error)
    }
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
    /// The method has a verb of its own (INVITE, ACK, CANCEL), or needs a dialog (BYE) (caller).
    #[error("this method is not sent by this verb")]
    Method,
    /// The transaction layer refused it.
    #[error(transparent)]
    Request(#[from] RequestError),
}

/// Why a verb upon a usage could not be obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UsageError {
    /// The usage is gone (caller).
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
    #[error("a status code of the wrong class")]
    Status,
    /// The method has a verb of its own: INVITE, ACK, CANCEL, BYE (caller).
    #[error("this method is not sent by this verb")]
    Method,
    /// The message cannot be composed (caller).
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The dialog has used up its sequence numbers.
    #[error(transparent)]
    Dialog(#[from] DialogError),
    /// The transaction layer refused the request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The transaction layer refused the response.
    #[error(transparent)]
    Respond(#[from] RespondError),
}
