//! Writing: values, messages, and the messages that follow from other messages.

mod encode;
mod follow;
mod message;

pub(crate) use encode::display;
pub use encode::{Encode, Encoder};
pub use follow::{write_ack_for, write_cancel_for, write_response_to};
pub use message::MessageWriter;

use thiserror::Error;

use super::error::HeaderError;
use super::name::HeaderName;

/// Why a message was not written. Apart from [`WriteError::Source`], which the peer is to blame for, the
/// caller gave what cannot be written. The buffer then holds no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The buffer is too small.
    #[error("{needed} bytes are needed")]
    TooSmall {
        /// The size of the whole message.
        needed: usize,
    },
    /// A method that is no token, a Request-URI with other than visible characters, or a reason phrase
    /// with a line end.
    #[error("the start line cannot be written")]
    StartLine,
    /// A header name that is no token of at most 255 characters.
    #[error("a header name is not a token, or too long")]
    HeaderName,
    /// A value that would end its line (CR, LF or NUL in it), or breaks its own grammar.
    #[error("a header value cannot be written")]
    HeaderValue {
        /// The header field, if its name is a known one.
        name: Option<HeaderName<'static>>,
    },
    /// Content-Length was given as a header field. It is written with the body.
    #[error("Content-Length is written with the body")]
    ContentLength,
    /// Two changes of a patch exclude one another.
    #[error("two changes to the same header exclude one another")]
    Conflict,
    /// A patch has more changes than it takes.
    #[error("too many changes")]
    TooManyEdits,
    /// A patch removes more values than there are.
    #[error("fewer values than are to be removed")]
    NothingToPop,
    /// The boundary of a multipart body is none, or stands in one of its parts, or a part lacks its body.
    #[error("a multipart body cannot be delimited")]
    Boundary,
    /// A message that this one follows from lacks a header field, or has a broken one.
    #[error("the message this one follows from: {0}")]
    Source(HeaderError),
}

impl From<HeaderError> for WriteError {
    fn from(error: HeaderError) -> Self {
        Self::Source(error)
    }
}

#[cfg(test)]
mod tests;
