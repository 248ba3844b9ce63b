//! How a message is refused.

use thiserror::Error;

use super::Fault;
use crate::wire::error::ParseError;
use crate::wire::message::Message;
use crate::wire::method::Method;
use crate::wire::name::HeaderName;
use crate::wire::status::StatusCode;

/// How to refuse a message: what to answer, or that there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The request is to be answered, see [`write_response_to`](crate::write_response_to). Where its top
    /// Via is what is broken, the answer can only go where the request came from.
    #[error("{reason} at byte {offset}: to be answered by {status}")]
    Answer {
        /// The status code of the answer.
        status: StatusCode,
        /// The reason phrase of the answer.
        reason: &'static str,
        /// The header field that is at fault; `None` for the start line.
        header: Option<HeaderName<'static>>,
        /// Where it is at fault, from the start of the message.
        offset: usize,
    },
    /// A response, an ACK, or a request without a Via to answer to: it is to be dropped.
    #[error("{reason} at byte {offset}: to be dropped")]
    Drop {
        /// What is wrong.
        reason: &'static str,
        /// The header field that is at fault; `None` for the start line.
        header: Option<HeaderName<'static>>,
        /// Where it is at fault, from the start of the message.
        offset: usize,
    },
}

impl Rejection {
    /// The status code to answer with; `None` where there is to be no answer.
    pub const fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Answer { status, .. } => Some(*status),
            Self::Drop { .. } => None,
        }
    }

    /// What is wrong, as a reason phrase.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Answer { reason, .. } | Self::Drop { reason, .. } => reason,
        }
    }

    /// The header field that is at fault; `None` for the start line and the body.
    pub const fn header(&self) -> Option<HeaderName<'static>> {
        match self {
            Self::Answer { header, .. } | Self::Drop { header, .. } => *header,
        }
    }

    /// Where the message is at fault, from its start.
    pub const fn offset(&self) -> usize {
        match self {
            Self::Answer { offset, .. } | Self::Drop { offset, .. } => *offset,
        }
    }

    /// How to refuse what [`Message::parse`] failed on, given the head that [`Message::parse_head`] still
    /// finds: 400 to a request whose body is not as announced (RFC 3261 section 18.3).
    ///
    /// Where there is no head either, nothing can be answered.
    pub fn of_unparsed(head: &Message<'_>, error: ParseError) -> Self {
        let (header, offset) = match error {
            ParseError::ContentLength { offset } => (Some(HeaderName::ContentLength), offset),
            ParseError::BodyTooShort { .. } => (None, head.body_offset()),
            _ => (None, error.offset().unwrap_or(0)),
        };
        Self::of(
            head,
            Fault {
                status: StatusCode::BAD_REQUEST,
                reason: error.reason(),
                header,
                offset,
            },
        )
    }

    pub(super) fn of(message: &Message<'_>, fault: Fault) -> Self {
        let Fault {
            status,
            reason,
            header,
            offset,
        } = fault;
        let answerable = message.is_request()
            && message.method() != Some(Method::Ack)
            && message.header(HeaderName::Via).is_some();
        if answerable {
            Self::Answer {
                status,
                reason,
                header,
                offset,
            }
        } else {
            Self::Drop {
                reason,
                header,
                offset,
            }
        }
    }
}
