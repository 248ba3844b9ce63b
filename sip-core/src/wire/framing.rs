//! Messages in a stream (RFC 3261 section 18.3, RFC 5626 section 3.5.1).

use thiserror::Error;

use super::error::ParseError;
use super::scan::{MAX_HEAD, NoSink, scan};

/// What the unconsumed octets of a stream start with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Nothing complete yet: append octets and ask again.
    Incomplete,
    /// A keep-alive ping (CRLF CRLF), to be answered with CRLF. A run of them is one frame, so that a
    /// flood is answered once per read.
    Ping {
        /// How many octets to consume.
        len: usize,
    },
    /// A keep-alive pong (CRLF).
    Pong {
        /// How many octets to consume.
        len: usize,
    },
    /// A message, complete with its body.
    Message {
        /// How many octets it has.
        len: usize,
    },
}

impl Frame {
    /// How many octets to consume.
    pub const fn len(self) -> usize {
        match self {
            Self::Incomplete => 0,
            Self::Ping { len } | Self::Pong { len } | Self::Message { len } => len,
        }
    }

    /// Whether there is nothing to consume yet.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// Why a stream cannot be taken apart any more. The connection has to be closed: where the next message
/// starts is unknown. [`Message::parse_head`](crate::Message::parse_head) may still find a request to
/// answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The head is not one of a SIP message, or longer than the limit.
    #[error(transparent)]
    Head(ParseError),
    /// Content-Length is missing. In a stream nothing else tells where the body ends.
    #[error("no Content-Length in a stream")]
    NoContentLength,
    /// The body is longer than the limit.
    #[error("a body of {declared} bytes where {limit} are the limit")]
    BodyTooLong {
        /// The value of Content-Length.
        declared: usize,
        /// The limit.
        limit: usize,
    },
}

/// Finds the messages of one direction of a stream.
///
/// It keeps no octets. The caller has a buffer, appends what arrives, and asks with all unconsumed octets:
///
/// ```
/// use trunkline_sip_core::{Frame, Framer};
///
/// let mut framer = Framer::new();
/// let mut stream = b"\r\n\r\nACK sip:b@example.com SIP/2.0\r\nl: 2\r\n\r\nhiBYE".to_vec();
/// assert_eq!(framer.next(&stream), Ok(Frame::Ping { len: 4 }));
/// stream.drain(..4);
/// assert_eq!(framer.next(&stream), Ok(Frame::Message { len: 41 }));
/// stream.drain(..41);
/// assert_eq!(framer.next(&stream), Ok(Frame::Incomplete));
/// ```
///
/// Whatever arrives has one outcome, and [`Message::parse`](crate::Message::parse) agrees with it:
///
/// | in the stream | outcome |
/// |---|---|
/// | CRLF CRLF, or a run of CRLFs of any length, before a message | one [`Frame::Ping`] for all of it |
/// | CRLF alone before a message | [`Frame::Pong`]; a further CRLF makes a ping of it |
/// | CR before a message without LF | [`ParseError::BareLineEnd`] |
/// | bare CR or bare LF in the head | [`ParseError::BareLineEnd`], once the empty line (CRLF CRLF) is there; no other line end counts |
/// | NUL in a header value | belongs to the value, which most types refuse |
/// | NUL in a name or in Content-Length | [`ParseError::HeaderName`], [`ParseError::ContentLength`] |
/// | a line without colon or name, or one that continues none | [`ParseError::HeaderName`] |
/// | Content-Length that is negative, signed, empty, a list, not decimal, or 2^32 and more | [`ParseError::ContentLength`] |
/// | several Content-Length | the message, where they are equal (`validate` refuses it); else [`ParseError::ContentLength`] |
/// | Content-Length folded, with leading zeros, compact, or with spaces before its colon | its number |
/// | Content-Length above the limit | [`FrameError::BodyTooLong`], before any of the body is there |
/// | no Content-Length | [`FrameError::NoContentLength`] |
/// | a head without end | [`ParseError::HeadTooLong`] at the limit, [`Frame::Incomplete`] before |
/// | header fields without number | a message; who reads it has an index of so many and gets [`ParseError::TooManyHeaders`] |
///
/// What was looked at once is not looked at again: a stream that comes in single octets costs no more
/// than time in proportion to its length. The buffer never needs more room than both limits together.
#[derive(Clone, Debug)]
pub struct Framer {
    max_head: usize,
    max_body: usize,
    /// Octets in which the end of the head is known not to start.
    searched: usize,
    /// The length of the current message, once its head is complete.
    message: Option<usize>,
    /// A single CRLF was just reported; a further one makes it a ping.
    half_ping: bool,
}

impl Framer {
    /// The limit for bodies where the caller sets none: 256 KiB.
    pub const DEFAULT_MAX_BODY: usize = 256 * 1024;

    /// A framer with a head limit of [`MAX_HEAD`] and a body limit of [`Self::DEFAULT_MAX_BODY`].
    pub const fn new() -> Self {
        Self::with_limits(MAX_HEAD, Self::DEFAULT_MAX_BODY)
    }

    /// A framer with limits in octets, empty line included in the head. Heads are limited to [`MAX_HEAD`]
    /// in any case.
    pub const fn with_limits(max_head: usize, max_body: usize) -> Self {
        let max_head = if max_head < MAX_HEAD {
            max_head
        } else {
            MAX_HEAD
        };
        Self {
            max_head,
            max_body,
            searched: 0,
            message: None,
            half_ping: false,
        }
    }

    /// The most octets that a message within the limits has.
    pub const fn max_message(&self) -> usize {
        self.max_head.saturating_add(self.max_body)
    }

    /// Looks at the octets that are not consumed yet, from the first of them on.
    ///
    /// After anything but [`Frame::Incomplete`] the caller consumes as many octets as the frame has and
    /// asks again.
    ///
    /// # Errors
    ///
    /// The stream is lost, see [`FrameError`].
    pub fn next(&mut self, unconsumed: &[u8]) -> Result<Frame, FrameError> {
        if let Some(len) = self.message {
            return Ok(self.message_of(len, unconsumed));
        }
        if unconsumed.first() == Some(&b'\r') {
            return self.keep_alive(unconsumed);
        }
        let Some(end) = self.head_end(unconsumed) else {
            if unconsumed.len() >= self.max_head {
                return Err(FrameError::Head(ParseError::HeadTooLong {
                    limit: self.max_head,
                }));
            }
            return Ok(Frame::Incomplete);
        };
        if end > self.max_head {
            return Err(FrameError::Head(ParseError::HeadTooLong {
                limit: self.max_head,
            }));
        }
        let head = scan(unconsumed.get(..end).unwrap_or_default(), &mut NoSink)
            .map_err(FrameError::Head)?;
        let declared = head
            .body_length()
            .map_err(FrameError::Head)?
            .ok_or(FrameError::NoContentLength)?;
        if declared > self.max_body {
            return Err(FrameError::BodyTooLong {
                declared,
                limit: self.max_body,
            });
        }
        let len = head.body.saturating_add(declared);
        self.message = Some(len);
        Ok(self.message_of(len, unconsumed))
    }

    fn message_of(&mut self, len: usize, unconsumed: &[u8]) -> Frame {
        if unconsumed.len() < len {
            return Frame::Incomplete;
        }
        self.message = None;
        self.searched = 0;
        self.half_ping = false;
        Frame::Message { len }
    }

    /// Looks for the empty line. The scanner refuses whatever else could pass for one.
    fn head_end(&mut self, unconsumed: &[u8]) -> Option<usize> {
        const END: &[u8; 4] = b"\r\n\r\n";
        let rest = unconsumed.get(self.searched..).unwrap_or_default();
        match memchr::memmem::find(rest, END) {
            Some(found) => Some(self.searched + found + END.len()),
            None => {
                // The last three octets may be the start of it.
                self.searched = unconsumed
                    .len()
                    .saturating_sub(END.len() - 1)
                    .max(self.searched);
                None
            }
        }
    }

    /// The stream stands at a CR before a start line.
    fn keep_alive(&mut self, unconsumed: &[u8]) -> Result<Frame, FrameError> {
        let run = unconsumed
            .chunks_exact(2)
            .take_while(|pair| *pair == b"\r\n")
            .count();
        let len = 2 * run;
        if run == 0 {
            return match unconsumed.len() {
                1 => Ok(Frame::Incomplete),
                _ => Err(FrameError::Head(ParseError::BareLineEnd { offset: 0 })),
            };
        }
        if run > 1 || self.half_ping {
            self.half_ping = false;
            return Ok(Frame::Ping { len });
        }
        // It may be the first half of a ping. Waiting for the other half would keep a pong from a client
        // that measures it, so it is reported now and the other half then makes a ping.
        self.half_ping = true;
        Ok(Frame::Pong { len })
    }
}

impl Default for Framer {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a datagram is a keep-alive and no message: line ends and NULs alone, or nothing.
pub fn is_keep_alive(datagram: &[u8]) -> bool {
    datagram
        .iter()
        .all(|byte| matches!(byte, b'\r' | b'\n' | 0))
}

#[cfg(test)]
mod tests;
