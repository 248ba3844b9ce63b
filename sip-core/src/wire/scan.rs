//! The scanner: one pass over the lines of a head, shared by the parser, the owned form and the framer.
//!
//! Lines end with CRLF. A bare CR or a bare LF is refused wherever it stands in the head: two
//! implementations that disagree about it see different header fields, which is how requests are smuggled.
//! A line that starts with a space or tab continues the one before (RFC 3261 section 7.3.1).

use super::error::ParseError;
use super::grammar::{number, trim};
use super::name::{HeaderName, LineName, name_of_line};
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

impl ContentLength {
    /// Takes one more header field into account.
    #[inline(never)]
    fn note(&mut self, bytes: &[u8], value: usize, value_end: usize) {
        let octets = number(bytes.get(value..value_end).unwrap_or_default());
        *self = match (*self, octets) {
            (Self::Absent, Some(octets)) => Self::Octets(octets),
            (Self::Octets(before), Some(octets)) if before == octets => return,
            (Self::Invalid { .. }, _) => return,
            _ => Self::Invalid { offset: value },
        };
    }
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

/// Octets that are looked at in one step while a line end is looked for. As many as compile to vector
/// operations on any x86-64, and fewer than most lines have.
const STEP: usize = 32;

/// Whether one of `chunk` is not above CR, as line ends are, and little else in a head. One comparison on
/// half of the octets, which costs less than to look for CR and LF.
#[inline]
fn may_hold_line_end(chunk: &[u8; STEP]) -> bool {
    let (left, right) = chunk.split_at(STEP / 2);
    // No early exit, so that it runs in vectors.
    left.iter().zip(right).fold(false, |found, (left, right)| {
        found | (*left.min(right) <= b'\r')
    })
}

/// Where the first octet of `rest` stands that is not above CR.
#[inline]
fn first_control(rest: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let (words, last) = rest.as_chunks();
    let mut at = 0;
    for word in words {
        // The classic test for an octet below a limit; the lowest mark is exact, which is the one used.
        let word = u64::from_le_bytes(*word);
        let marks = word.wrapping_sub(ONES * (u64::from(b'\r') + 1)) & !word & (ONES << 7);
        if marks != 0 {
            return Some(at + (marks.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let found = last.iter().position(|&byte| byte <= b'\r')?;
    Some(at + found)
}

/// Where the line ends of which `from` is part: at a CR or LF, or with `bytes`.
#[inline]
fn find_line_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    for chunk in bytes.get(from..).unwrap_or_default().as_chunks().0 {
        if may_hold_line_end(chunk) {
            match first_control(chunk) {
                Some(offset) if matches!(chunk.get(offset), Some(b'\r' | b'\n')) => {
                    return at + offset;
                }
                _ => break,
            }
        }
        at += STEP;
    }
    find_line_end_slowly(bytes, at)
}

/// The same in the last octets, and where there is a tab or what no one should write.
#[inline(never)]
fn find_line_end_slowly(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(offset) = first_control(bytes.get(at..).unwrap_or_default()) {
        at += offset;
        if matches!(bytes.get(at), Some(b'\r' | b'\n')) {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

/// The CRLF that ends the line of which `from` is part.
pub(super) fn line_end(bytes: &[u8], from: usize) -> Result<usize, ParseError> {
    let at = find_line_end(bytes, from);
    match bytes.get(at..).unwrap_or_default() {
        [b'\r', b'\n', ..] => Ok(at),
        [] | [b'\r'] => Err(ParseError::Truncated {
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
    let end = line_end(bytes, 0)?;
    let start = StartLineSpan::parse(bytes.get(..end).unwrap_or_default())?;
    let mut content_length = ContentLength::Absent;
    let mut line = end + 2;
    // What is rare is done in functions of their own, so that the loop has registers for the rest.
    while bytes.get(line) != Some(&b'\r') {
        let mut end = find_line_end(bytes, line);
        let next = match bytes.get(end..).and_then(|rest| rest.first_chunk()) {
            Some([b'\r', b'\n', next]) => *next,
            _ => after_last_line(bytes, end)?,
        };
        let Some(LineName { len, colon, id }) = name_of_line(bytes, line) else {
            return Err(ParseError::HeaderName { offset: line });
        };
        if matches!(next, b' ' | b'\t') {
            end = end_of_folds(bytes, end)?;
        }
        // There is nearly always one space in front, and nothing behind.
        let colon = usize::from(colon);
        let front = bytes.get(colon + 1..).and_then(|rest| rest.first_chunk());
        let (value, value_end) = match (front, bytes.get(end - 1)) {
            (Some(&[b' ', first]), Some(&last)) if first > b' ' && last > b' ' => (colon + 2, end),
            _ => trimmed(bytes, colon + 1, end),
        };
        if id == const { HeaderName::ContentLength.known_id() } {
            content_length.note(bytes, value, value_end);
        }
        // Offsets fit: the head was cut to MAX_HEAD octets.
        let span = HeaderSpan {
            id,
            name_len: len,
            name: line as u16,
            value: value as u16,
            value_end: value_end as u16,
        };
        if !sink.push(span) {
            return Err(ParseError::TooManyHeaders {
                capacity: sink.capacity(),
            });
        }
        line = end + 2;
    }
    match bytes.get(line + 1) {
        Some(b'\n') => Ok(Head {
            start,
            body: line + 2,
            content_length,
        }),
        Some(_) => Err(ParseError::BareLineEnd { offset: line }),
        None => Err(ParseError::Truncated {
            offset: bytes.len(),
        }),
    }
}

/// Checks a line that ends at `end` with no octet behind it, if at all. Nothing stands for what follows.
#[cold]
fn after_last_line(bytes: &[u8], end: usize) -> Result<u8, ParseError> {
    line_end(bytes, end).map(|_| 0)
}

/// The end of a line that ends at `end` and is continued.
#[inline(never)]
fn end_of_folds(bytes: &[u8], end: usize) -> Result<usize, ParseError> {
    let mut end = end;
    while matches!(bytes.get(end + 2), Some(b' ' | b'\t')) {
        end = line_end(bytes, end + 2)?;
    }
    Ok(end)
}

/// The value between `start` and `end` without white space at its ends.
#[inline(never)]
fn trimmed(bytes: &[u8], start: usize, end: usize) -> (usize, usize) {
    let (value, cut) = trim(bytes.get(start..end).unwrap_or_default());
    (start + cut, start + cut + value.len())
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn a_line_end_is_found_wherever_it_stands() {
        for len in 0..3 * STEP {
            // Octets that differ from line ends in one bit, or would by a borrow from their neighbour.
            for other in [b'x', b'\t', 0, 0x0E, 0x8D, 0x8A, 0xFF] {
                let mut bytes: Vec<u8> = core::iter::repeat_n(other, len).collect();
                let truncated = |bytes: &[u8]| {
                    let offset = bytes.len();
                    Err(ParseError::Truncated { offset })
                };
                assert_eq!(line_end(&bytes, 0), truncated(&bytes));
                bytes.push(b'\r');
                assert_eq!(line_end(&bytes, 0), truncated(&bytes));
                bytes.push(b'\n');
                for after in [&b""[..], b"\r\n", &[b'y'; 2 * STEP]] {
                    let line = [&bytes, after].concat();
                    for from in [0, len / 2, len] {
                        assert_eq!(line_end(&line, from), Ok(len), "{line:?}");
                    }
                }
                for bare in [&b"\rx"[..], b"\r\r\n", b"\n", b"\n\r\n"] {
                    bytes.truncate(len);
                    bytes.extend_from_slice(bare);
                    let expected = Err(ParseError::BareLineEnd { offset: len });
                    assert_eq!(line_end(&bytes, 0), expected, "{bytes:?}");
                }
            }
        }
    }
}
