//! Errors of reading messages. All of them are the peer's doing, except where a variant says otherwise.

use thiserror::Error;

use super::name::HeaderName;

/// Why octets are not a message. Offsets count from the first octet of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseError {
    /// There is nothing to parse.
    #[error("empty input")]
    Empty,
    /// The input ends before the empty line that ends the head.
    #[error("the head ends at byte {offset} without an empty line")]
    Truncated {
        /// The end of the input.
        offset: usize,
    },
    /// The head, up to and including its empty line, is longer than 65,535 octets, or longer than the
    /// limit that the caller set.
    #[error("the head is longer than {limit} bytes")]
    HeadTooLong {
        /// The most octets a head may have.
        limit: usize,
    },
    /// A carriage return without line feed, or the reverse, inside the head.
    #[error("bare CR or LF at byte {offset}")]
    BareLineEnd {
        /// Where it is.
        offset: usize,
    },
    /// The first line is neither a request line nor a status line.
    #[error("malformed start line at byte {offset}")]
    StartLine {
        /// Where reading stopped.
        offset: usize,
    },
    /// The status code is not three digits from 100 to 699.
    #[error("invalid status code at byte {offset}")]
    StatusCode {
        /// Where the status code starts.
        offset: usize,
    },
    /// A header line without a colon, or whose name is not a token of at most 255 characters.
    #[error("malformed header name at byte {offset}")]
    HeaderName {
        /// Where the line starts.
        offset: usize,
    },
    /// There are more header fields than the caller's storage takes (capacity).
    #[error("more header fields than there is room for, which is {capacity}")]
    TooManyHeaders {
        /// How many the storage takes.
        capacity: usize,
    },
    /// Content-Length is not a number below 2^32, or stands more than once with different values.
    #[error("invalid or conflicting Content-Length at byte {offset}")]
    ContentLength {
        /// Where the value starts.
        offset: usize,
    },
    /// The input ends before the body does.
    #[error("a body of {declared} bytes is announced, {available} are there")]
    BodyTooShort {
        /// The value of Content-Length.
        declared: usize,
        /// The octets after the head.
        available: usize,
    },
}

impl ParseError {
    /// A reason phrase for the 400 to a request of which at least the head can be read
    /// ([`Message::parse_head`](super::Message::parse_head)).
    pub const fn reason(self) -> &'static str {
        match self {
            Self::ContentLength { .. } => "Bad Content-Length",
            Self::BodyTooShort { .. } => "Body Shorter Than Content-Length",
            _ => "Bad Request",
        }
    }

    /// Where the input is wrong, if one place is.
    pub const fn offset(self) -> Option<usize> {
        match self {
            Self::Truncated { offset }
            | Self::BareLineEnd { offset }
            | Self::StartLine { offset }
            | Self::StatusCode { offset }
            | Self::HeaderName { offset }
            | Self::ContentLength { offset } => Some(offset),
            Self::Empty
            | Self::HeadTooLong { .. }
            | Self::TooManyHeaders { .. }
            | Self::BodyTooShort { .. } => None,
        }
    }
}

/// Why a header field could not be read as its type.
///
/// Offsets count from the start of the message where the error comes from a method of
/// [`Message`](super::Message), and from the start of the value where it comes from
/// [`Header::parse`](super::header::Header::parse).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The message has no such header field.
    #[error("{name} is missing")]
    Missing {
        /// The header field.
        name: HeaderName<'static>,
    },
    /// The value breaks the grammar.
    #[error("{name} is malformed at byte {offset}")]
    Syntax {
        /// The header field.
        name: HeaderName<'static>,
        /// Where reading stopped.
        offset: usize,
    },
    /// A number is larger than the header field permits.
    #[error("{name} has a number out of range at byte {offset}")]
    OutOfRange {
        /// The header field.
        name: HeaderName<'static>,
        /// Where the number starts.
        offset: usize,
    },
}

impl HeaderError {
    /// The header field in question.
    pub const fn name(self) -> HeaderName<'static> {
        match self {
            Self::Missing { name } | Self::Syntax { name, .. } | Self::OutOfRange { name, .. } => {
                name
            }
        }
    }

    /// Where the value is wrong; `None` for a missing header field.
    pub const fn offset(self) -> Option<usize> {
        match self {
            Self::Missing { .. } => None,
            Self::Syntax { offset, .. } | Self::OutOfRange { offset, .. } => Some(offset),
        }
    }

    /// The same error for a value that starts `by` octets into its input.
    #[must_use]
    pub(crate) const fn shifted(self, by: usize) -> Self {
        match self {
            Self::Missing { name } => Self::Missing { name },
            Self::Syntax { name, offset } => Self::Syntax {
                name,
                offset: offset.saturating_add(by),
            },
            Self::OutOfRange { name, offset } => Self::OutOfRange {
                name,
                offset: offset.saturating_add(by),
            },
        }
    }
}
