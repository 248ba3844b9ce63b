//! Header fields outside of a message: those of a part of a multipart body, or of a fragment.

use super::error::{HeaderError, ParseError};
use super::grammar::{text, trim};
use super::header::{Header, Values};
use super::name::HeaderName;
use super::scan::line_end;

/// Header fields without an index: they are looked for when asked for, in time proportional to their size.
///
/// Their lines end with CRLF, as those of a message do; the last may lack its end. A bare CR or a bare LF is refused
/// when they are read, so that nobody sees a header field where another sees none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeaderBlock<'a> {
    /// Complete lines, each a header field or the continuation of one.
    bytes: &'a [u8],
}

impl<'a> HeaderBlock<'a> {
    /// Takes the header fields that `bytes` start with, up to an empty line or the end, and returns them with
    /// what follows the empty line.
    ///
    /// # Errors
    ///
    /// [`ParseError::HeaderName`] for a line that is no header field, also where its name has more than 255 octets, as
    /// in a message; [`ParseError::BareLineEnd`].
    pub(crate) fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), ParseError> {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if let Some(body) = rest.strip_prefix(b"\r\n") {
                return Ok((Self::of(bytes, at), body));
            }
            let start = at;
            loop {
                at = next_line(bytes, at)?;
                if !matches!(bytes.get(at), Some(b' ' | b'\t')) {
                    break;
                }
            }
            if split(bytes.get(start..at).unwrap_or_default()).is_none() {
                return Err(ParseError::HeaderName { offset: start });
            }
        }
        Ok((Self::of(bytes, at), b""))
    }

    fn of(bytes: &'a [u8], end: usize) -> Self {
        Self {
            bytes: bytes.get(..end).unwrap_or_default(),
        }
    }

    /// All header fields in their order: names, and values without white space at their ends.
    pub fn iter(&self) -> impl Iterator<Item = (HeaderName<'a>, &'a [u8])> + use<'a> {
        let mut rest = self.bytes;
        core::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (field, after) = rest.split_at(field_len(rest).min(rest.len()));
            rest = after;
            split(field)
        })
    }

    /// The value of the first header field called `name`.
    pub fn header<'n>(&self, name: impl Into<HeaderName<'n>>) -> Option<&'a [u8]> {
        let name = name.into();
        self.iter()
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    }

    /// The first value of `H`; `None` where there is no such header field.
    ///
    /// # Errors
    ///
    /// As [`Header::parse`]; offsets count from the start of the value.
    pub fn typed<H: Header<'a>>(&self) -> Result<Option<H>, HeaderError> {
        let Some(value) = self.header(H::NAME) else {
            return Ok(None);
        };
        if !H::LIST {
            return H::parse(value).map(Some);
        }
        let first = Values::new(value).next();
        first.map(|(_, value)| H::parse(value)).transpose()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The octets, line ends included.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// Where the line ends of which `at` is part, its CRLF included.
pub(super) fn next_line(bytes: &[u8], at: usize) -> Result<usize, ParseError> {
    match line_end(bytes, at) {
        Ok(end) => Ok(end + 2),
        Err(ParseError::Truncated { offset: end }) => match bytes.last() {
            Some(b'\r') if end > at => Err(ParseError::BareLineEnd { offset: end - 1 }),
            _ => Ok(end),
        },
        Err(error) => Err(error),
    }
}

/// The size of the header field that `bytes` start with: its line, and those that continue it.
fn field_len(bytes: &[u8]) -> usize {
    let mut len = 0;
    loop {
        let rest = bytes.get(len..).unwrap_or_default();
        len += memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        if !matches!(bytes.get(len), Some(b' ' | b'\t')) {
            return len;
        }
    }
}

/// Name and value of a header field.
fn split(field: &[u8]) -> Option<(HeaderName<'_>, &[u8])> {
    let colon = memchr::memchr(b':', field)?;
    let (name, value) = field.split_at(colon);
    // White space may follow the name, but neither precede it nor fold it.
    let blanks = name
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let name = name.get(..name.len() - blanks)?;
    // `text` is empty for what is no UTF-8, and so no name.
    let name = HeaderName::new(text(name));
    if !name.is_valid() {
        return None;
    }
    let (value, _) = trim(value.get(1..).unwrap_or_default());
    Some((name, value))
}
