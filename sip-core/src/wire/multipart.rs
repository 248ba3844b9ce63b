//! Bodies of several parts (RFC 2046 section 5.1, RFC 5621).

use memchr::memmem;
use thiserror::Error;

use super::error::{HeaderError, ParseError};
use super::header::{ContentDisposition, ContentType};
use super::header_block::HeaderBlock;

mod writer;

pub use writer::MultipartWriter;

/// The longest boundary (RFC 2046 section 5.1.1).
pub(crate) const MAX_BOUNDARY: usize = 70;

/// Why a body is not a multipart body. Offsets count from the start of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MultipartError {
    /// The type of the body is not `multipart`, or has no `boundary` of 1 to 70 characters.
    #[error("no multipart body with a boundary")]
    ContentType,
    /// The body ends before the delimiter that closes it.
    #[error("the body is not closed by its boundary")]
    Unterminated,
    /// A line of a part's head is no header field.
    #[error("malformed header field of a part at byte {offset}")]
    HeaderField {
        /// Where the line starts.
        offset: usize,
    },
    /// A carriage return without line feed, or the reverse, in a part's head.
    #[error("bare CR or LF in the head of a part at byte {offset}")]
    BareLineEnd {
        /// Where it is.
        offset: usize,
    },
}

/// A multipart body: an iterator over its parts.
///
/// ```
/// use trunkline_sip_core::{HeaderSpan, Message, Multipart, header::ContentType};
///
/// let bytes = b"INVITE sip:b@h SIP/2.0\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n\
///     --b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n\
///     --b\r\nContent-Disposition: render;handling=optional\r\n\r\nhello\r\n--b--\r\n";
/// let mut index = [HeaderSpan::default(); 8];
/// let message = Message::parse(bytes, &mut index)?;
///
/// let mut parts = Multipart::new(&message.require::<ContentType>()?, message.body())?;
/// let sdp = parts.next().ok_or("no part")??;
/// assert!(sdp.content_type()?.is("application", "sdp"));
/// assert_eq!(sdp.body(), b"v=0\r\n");
/// let text = parts.next().ok_or("no part")??;
/// assert!(text.content_type()?.is("text", "plain"));
/// assert!(!text.is_required()?);
/// assert!(parts.next().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// After an error there are no more parts. Parts that are multipart bodies themselves are not looked into.
#[derive(Clone, Debug)]
pub struct Multipart<'a> {
    body: &'a [u8],
    boundary: &'a str,
    /// Where the content of the next part starts; `None` after the last.
    next: Option<usize>,
    failed: Option<MultipartError>,
}

impl<'a> Multipart<'a> {
    /// The parts of a body of the type `content_type`.
    ///
    /// # Errors
    ///
    /// [`MultipartError::ContentType`].
    pub fn new(content_type: &ContentType<'a>, body: &'a [u8]) -> Result<Self, MultipartError> {
        if !content_type.media_type.eq_ignore_ascii_case("multipart") {
            return Err(MultipartError::ContentType);
        }
        let boundary = content_type.params.value("boundary");
        Self::with_boundary(boundary.ok_or(MultipartError::ContentType)?, body)
    }

    /// The parts of a body between delimiters of `boundary`.
    ///
    /// # Errors
    ///
    /// [`MultipartError::ContentType`] for a boundary that has not 1 to 70 characters, or ends with a space.
    pub fn with_boundary(boundary: &'a str, body: &'a [u8]) -> Result<Self, MultipartError> {
        if !is_boundary(boundary) {
            return Err(MultipartError::ContentType);
        }
        let mut parts = Self {
            body,
            boundary,
            next: None,
            failed: None,
        };
        // What precedes the first delimiter says nothing (the preamble).
        match parts.delimiter(0) {
            Some(first) => parts.next = first.content,
            None => parts.failed = Some(MultipartError::Unterminated),
        }
        Ok(parts)
    }

    /// The next delimiter at or after `from`.
    fn delimiter(&self, from: usize) -> Option<Delimiter> {
        let mut at = from;
        loop {
            let rest = self.body.get(at..)?;
            let dashes = if at == 0 && rest.starts_with(b"--") {
                0
            } else {
                memmem::find(rest, b"\r\n--")? + 2
            };
            let end = (at + dashes).saturating_sub(2);
            let start = at + dashes + 2;
            let found = self
                .body
                .get(start..)
                .and_then(|after| after.strip_prefix(self.boundary.as_bytes()));
            let Some(after) = found else {
                at = start;
                continue;
            };
            let mut offset = start + self.boundary.len();
            if after.starts_with(b"--") {
                return Some(Delimiter { end, content: None });
            }
            // White space may pad the line.
            let padding = after
                .iter()
                .take_while(|byte| matches!(byte, b' ' | b'\t'))
                .count();
            offset += padding;
            if after
                .get(padding..)
                .is_some_and(|rest| rest.starts_with(b"\r\n"))
            {
                let content = Some(offset + 2);
                return Some(Delimiter { end, content });
            }
            // A longer boundary, of a part of a part perhaps.
            at = start;
        }
    }
}

struct Delimiter {
    /// Where the part before it ends.
    end: usize,
    /// Where the part after it starts; `None` for the last delimiter.
    content: Option<usize>,
}

/// Whether `text` may be a boundary, as tolerant as its use permits.
fn is_boundary(text: &str) -> bool {
    (1..=MAX_BOUNDARY).contains(&text.len())
        && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && !text.ends_with(' ')
}

impl<'a> Iterator for Multipart<'a> {
    type Item = Result<Part<'a>, MultipartError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            return Some(Err(error));
        }
        let start = self.next.take()?;
        // The line end of one delimiter may be that of the next: a part without anything.
        let Some(delimiter) = self.delimiter(start.saturating_sub(2)) else {
            return Some(Err(MultipartError::Unterminated));
        };
        let content = self.body.get(start..delimiter.end.max(start));
        match HeaderBlock::read(content.unwrap_or_default()) {
            Ok((headers, body)) => {
                self.next = delimiter.content;
                Some(Ok(Part { headers, body }))
            }
            Err(ParseError::BareLineEnd { offset }) => Some(Err(MultipartError::BareLineEnd {
                offset: start + offset,
            })),
            Err(error) => Some(Err(MultipartError::HeaderField {
                offset: start + error.offset().unwrap_or(0),
            })),
        }
    }
}

/// A part of a multipart body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    headers: HeaderBlock<'a>,
    body: &'a [u8],
}

impl<'a> Part<'a> {
    /// The header fields.
    pub const fn headers(&self) -> &HeaderBlock<'a> {
        &self.headers
    }

    /// The type of the body; `text/plain` where the part does not say (RFC 2046 section 5.1).
    ///
    /// # Errors
    ///
    /// The header field is malformed.
    pub fn content_type(&self) -> Result<ContentType<'a>, HeaderError> {
        let given = self.headers.typed::<ContentType<'a>>()?;
        Ok(given.unwrap_or(ContentType::new("text", "plain")))
    }

    /// Whether a receiver that cannot process the part has to refuse the message by 415 (RFC 5621 section
    /// 8.3).
    ///
    /// # Errors
    ///
    /// The header field is malformed.
    pub fn is_required(&self) -> Result<bool, HeaderError> {
        let disposition = self.headers.typed::<ContentDisposition<'a>>()?;
        Ok(disposition.is_none_or(|disposition| disposition.is_required()))
    }

    /// The body, without the line end that belongs to the delimiter.
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }
}

#[cfg(test)]
mod tests;
