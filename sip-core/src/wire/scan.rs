//! The scanner: one pass over the lines of a head, shared by the parser, the owned form and the framer.
//!
//! Lines end with CRLF. A bare CR or a bare LF is refused wherever it stands in the head: two
//! implementations that disagree about it see different header fields, which is how requests are smuggled.
//! A line that starts with a space or tab continues the one before (RFC 3261 section 7.3.1).

use super::error::ParseError;
use super::grammar::{LWS, is, is_token, number};
use super::name::{HeaderName, LineName, OTHER, name_of_line};
use super::start_line::StartLineSpan;

/// The most octets a head can have: the index holds 16-bit offsets.
pub const MAX_HEAD: usize = u16::MAX as usize;

/// Where one header field stands in a message: eight bytes of the index that
/// [`Message::parse`](super::Message::parse) fills.
///
/// Callers only make room for them: `[HeaderSpan::default(); 64]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeaderSpan {
    pub(crate) id: u8,
    pub(crate) name_len: u8,
    pub(crate) name: u16,
    pub(crate) value: u16,
    pub(crate) value_end: u16,
}

/// Takes the spans while they are found.
pub(crate) trait Sink {
    /// `false` when there is no room.
    fn push(&mut self, span: HeaderSpan) -> bool;

    /// How many spans there is room for.
    fn capacity(&self) -> usize;
}

/// Fills a slice.
pub(crate) struct SliceSink<'s> {
    pub(crate) spans: &'s mut [HeaderSpan],
    pub(crate) len: usize,
}

impl Sink for SliceSink<'_> {
    #[inline]
    fn push(&mut self, span: HeaderSpan) -> bool {
        match self.spans.get_mut(self.len) {
            Some(slot) => {
                *slot = span;
                self.len += 1;
                true
            }
            None => false,
        }
    }

    fn capacity(&self) -> usize {
        self.spans.len()
    }
}

/// Keeps nothing: for the framer, which only wants the body length.
pub(crate) struct NoSink;

impl Sink for NoSink {
    fn push(&mut self, _: HeaderSpan) -> bool {
        true
    }

    fn capacity(&self) -> usize {
        usize::MAX
    }
}

/// What the Content-Length header fields of a message say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentLength {
    Absent,
    Octets(u32),
    /// Not a number, too large, or two values that differ.
    Invalid {
        offset: usize,
    },
}

/// The result of a scan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) start: StartLineSpan,
    /// Where the body starts.
    pub(crate) body: usize,
    content_length: ContentLength,
}

impl Head {
    /// How many octets of body follow; `None` without Content-Length.
    ///
    /// The one place that decides it, for datagrams and streams alike (RFC 3261 section 18.3).
    pub(crate) fn body_length(&self) -> Result<Option<usize>, ParseError> {
        match self.content_length {
            ContentLength::Absent => Ok(None),
            ContentLength::Octets(octets) => {
                Ok(Some(usize::try_from(octets).unwrap_or(usize::MAX)))
            }
            ContentLength::Invalid { offset } => Err(ParseError::ContentLength { offset }),
        }
    }

    /// Where the message ends in a datagram of `available` octets.
    pub(crate) fn datagram_end(&self, available: usize) -> Result<usize, ParseError> {
        let there = available.saturating_sub(self.body);
        match self.body_length()? {
            None => Ok(available),
            Some(declared) if declared <= there => Ok(self.body + declared),
            Some(declared) => Err(ParseError::BodyTooShort {
                declared,
                available: there,
            }),
        }
    }
}

/// The CRLF that ends the line of which `from` is part.
#[inline]
fn line_end(bytes: &[u8], from: usize) -> Result<usize, ParseError> {
    let rest = bytes.get(from..).unwrap_or_default();
    let Some(found) = memchr::memchr2(b'\r', b'\n', rest) else {
        return Err(ParseError::Truncated {
            offset: bytes.len(),
        });
    };
    let at = from + found;
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Ok(at),
        (Some(b'\r'), None) => Err(ParseError::Truncated {
            offset: bytes.len(),
        }),
        _ => Err(ParseError::BareLineEnd { offset: at }),
    }
}

/// Scans the head of the message that starts with `bytes`.
pub(crate) fn scan(bytes: &[u8], sink: &mut impl Sink) -> Result<Head, ParseError> {
    if bytes.is_empty() {
        return Err(ParseError::Empty);
    }
    let head = bytes.get(..MAX_HEAD).unwrap_or(bytes);
    scan_lines(head, sink).map_err(|error| match error {
        ParseError::Truncated { .. } if bytes.len() > MAX_HEAD => {
            ParseError::HeadTooLong { limit: MAX_HEAD }
        }
        other => other,
    })
}

fn scan_lines(bytes: &[u8], sink: &mut impl Sink) -> Result<Head, ParseError> {
    let mut end = line_end(bytes, 0)?;
    let start = StartLineSpan::parse(bytes.get(..end).unwrap_or_default())?;
    let mut content_length = ContentLength::Absent;
    loop {
        let line = end + 2;
        match bytes.get(line) {
            Some(b'\r') => {
                return match bytes.get(line + 1) {
                    Some(b'\n') => Ok(Head {
                        start,
                        body: line + 2,
                        content_length,
                    }),
                    Some(_) => Err(ParseError::BareLineEnd { offset: line }),
                    None => Err(ParseError::Truncated {
                        offset: bytes.len(),
                    }),
                };
            }
            Some(_) => {}
            None => {
                return Err(ParseError::Truncated {
                    offset: bytes.len(),
                });
            }
        }
        end = line_end(bytes, line)?;

        let bad_name = ParseError::HeaderName { offset: line };
        let LineName { len, colon, id } = name_of_line(bytes, line, end).ok_or(bad_name)?;
        if id == OTHER && !is_token(bytes.get(line..line + len).unwrap_or_default()) {
            return Err(bad_name);
        }
        let name_len = u8::try_from(len).map_err(|_| bad_name)?;

        while matches!(bytes.get(end + 2), Some(b' ' | b'\t')) {
            end = line_end(bytes, end + 2)?;
        }
        let mut value = colon + 1;
        while value < end && bytes.get(value).is_some_and(|&byte| is(byte, LWS)) {
            value += 1;
        }
        let mut value_end = end;
        while value_end > value && bytes.get(value_end - 1).is_some_and(|&byte| is(byte, LWS)) {
            value_end -= 1;
        }

        if id == const { HeaderName::ContentLength.known_id() } {
            let octets = number(bytes.get(value..value_end).unwrap_or_default());
            content_length = match (content_length, octets) {
                (ContentLength::Absent, Some(octets)) => ContentLength::Octets(octets),
                (ContentLength::Octets(before), Some(octets)) if before == octets => content_length,
                (ContentLength::Invalid { .. }, _) => content_length,
                _ => ContentLength::Invalid { offset: value },
            };
        }
        // Offsets fit: the head was cut to MAX_HEAD octets.
        let span = HeaderSpan {
            id,
            name_len,
            name: line as u16,
            value: value as u16,
            value_end: value_end as u16,
        };
        if !sink.push(span) {
            return Err(ParseError::TooManyHeaders {
                capacity: sink.capacity(),
            });
        }
    }
}
