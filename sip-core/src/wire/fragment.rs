//! Parts of messages: message/sipfrag (RFC 3420).

use super::error::{HeaderError, ParseError};
use super::header::Header;
use super::header_block::{HeaderBlock, next_line};
use super::start_line::{StartLine, StartLineSpan};

/// A fragment of a message: a start line, header fields, a body, each of which may be missing.
///
/// The body of a NOTIFY that tells how a transfer goes is one (RFC 3515 section 2.4.5):
///
/// ```
/// use trunkline_sip_core::{Fragment, StartLine, StatusCode};
///
/// let fragment = Fragment::parse(b"SIP/2.0 180 Ringing\r\n")?;
/// assert!(matches!(fragment.start_line(), Some(StartLine::Response { status: StatusCode::RINGING, .. })));
/// # Ok::<(), trunkline_sip_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    start_line: Option<StartLine<'a>>,
    headers: HeaderBlock<'a>,
    body: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// Reads a fragment. Its last line may lack its end.
    ///
    /// # Errors
    ///
    /// [`ParseError::Empty`]; [`ParseError::HeadTooLong`] for a first line over 65,535 octets;
    /// [`ParseError::BareLineEnd`] for a bare CR or LF before the body; what is wrong with the first line where
    /// that is no header field, and [`ParseError::HeaderName`] for any other line that is none.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        if bytes.is_empty() {
            return Err(ParseError::Empty);
        }
        let end = next_line(bytes, 0)?;
        let line = bytes.get(..end).unwrap_or_default();
        let start_line = line.strip_suffix(b"\r\n").unwrap_or(line);
        let is_header = start_line.is_empty()
            || HeaderBlock::read(start_line).is_ok_and(|(headers, _)| !headers.is_empty());
        let (start_line, rest) = if is_header {
            (None, bytes)
        } else {
            let limit = usize::from(u16::MAX);
            if start_line.len() > limit {
                return Err(ParseError::HeadTooLong { limit });
            }
            let span = StartLineSpan::parse(start_line)?;
            let rest = bytes.get(end..).unwrap_or_default();
            (Some(span.get(start_line)), rest)
        };
        let before = bytes.len() - rest.len();
        let (headers, body) = HeaderBlock::read(rest).map_err(|error| match error {
            ParseError::HeaderName { offset } => ParseError::HeaderName {
                offset: before + offset,
            },
            ParseError::BareLineEnd { offset } => ParseError::BareLineEnd {
                offset: before + offset,
            },
            other => other,
        })?;
        Ok(Self {
            start_line,
            headers,
            body,
        })
    }

    /// The start line.
    pub const fn start_line(&self) -> Option<StartLine<'a>> {
        self.start_line
    }

    /// The header fields.
    pub const fn headers(&self) -> &HeaderBlock<'a> {
        &self.headers
    }

    /// The first value of `H`, see [`HeaderBlock::typed`].
    ///
    /// # Errors
    ///
    /// As [`Header::parse`].
    pub fn typed<H: Header<'a>>(&self) -> Result<Option<H>, HeaderError> {
        self.headers.typed()
    }

    /// What follows the empty line after the header fields.
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Method;
    use crate::header::{CSeq, ContentLength, To};

    fn start(bytes: &[u8]) -> Option<StartLine<'_>> {
        Fragment::parse(bytes).expect("a fragment").start_line()
    }

    #[test]
    fn every_part_may_be_missing() {
        let only_line = Fragment::parse(b"INVITE sip:alice@atlanta.com SIP/2.0").unwrap();
        assert!(only_line.headers().is_empty() && only_line.body().is_empty());
        assert!(matches!(
            only_line.start_line(),
            Some(StartLine::Request {
                method: Method::Invite,
                uri: "sip:alice@atlanta.com"
            })
        ));

        let only_headers = Fragment::parse(b"To : <sip:a@h>;tag=1\r\nl:0").unwrap();
        assert_eq!(only_headers.start_line(), None);
        assert_eq!(
            only_headers.typed::<To<'_>>().unwrap().unwrap().tag,
            Some("1")
        );
        assert_eq!(only_headers.typed(), Ok(Some(ContentLength(0))));
        assert_eq!(only_headers.typed::<CSeq<'_>>(), Ok(None));

        let only_body = Fragment::parse(b"\r\nbody").unwrap();
        assert_eq!(
            (only_body.start_line(), only_body.body()),
            (None, &b"body"[..])
        );

        let all = b"SIP/2.0 603 Declined\r\nFrom: <sip:a@h>\r\n ;tag=1\r\n\r\nbody";
        let all = Fragment::parse(all).unwrap();
        assert_eq!(all.headers().iter().count(), 1);
        assert_eq!(all.body(), b"body");
        assert!(start(b"SIP/2.0 100 \r\n").is_some());
    }

    #[test]
    fn what_is_no_fragment_is_refused() {
        for (bytes, error) in [
            (&b""[..], ParseError::Empty),
            (b"SIP/2.0 20 OK\r\n", ParseError::StatusCode { offset: 8 }),
            (
                b"SIP/2.0 200 O\rK\r\n",
                ParseError::BareLineEnd { offset: 13 },
            ),
            (b"hello", ParseError::StartLine { offset: 5 }),
            (
                b"SIP/2.0 200 OK\r\nx\r\n",
                ParseError::HeaderName { offset: 16 },
            ),
            (b"To: x\r\nx y: z\r\n", ParseError::HeaderName { offset: 7 }),
            // A name that starts with white space, or is folded.
            (
                b"SIP/2.0 200 OK\r\n To: x",
                ParseError::HeaderName { offset: 16 },
            ),
            (
                b"SIP/2.0 200 OK\r\nTo\r\n : x",
                ParseError::HeaderName { offset: 16 },
            ),
            (
                b"SIP/2.0 200 OK\r\n b\n :",
                ParseError::BareLineEnd { offset: 18 },
            ),
            // A line end that others may not take for one.
            (
                b"SIP/2.0 200 OK\nTo: x\r\n",
                ParseError::BareLineEnd { offset: 14 },
            ),
            // A name that is longer than in a message.
            (
                &[b"To: x\r\n", &[b'x'; 256][..], b": y\r\n"].concat(),
                ParseError::HeaderName { offset: 7 },
            ),
            (b"To: x\nl: 0\r\n", ParseError::BareLineEnd { offset: 5 }),
            (
                b"To: x\r\nl: 0\n\r\n",
                ParseError::BareLineEnd { offset: 11 },
            ),
            (
                b"To: x\r\nl: 0\r\n\n",
                ParseError::BareLineEnd { offset: 13 },
            ),
            (b"To: x\r\n y\rz\r\n", ParseError::BareLineEnd { offset: 9 }),
            (b"To: x\r", ParseError::BareLineEnd { offset: 5 }),
            (b"\nbody", ParseError::BareLineEnd { offset: 0 }),
        ] {
            assert_eq!(
                Fragment::parse(bytes),
                Err(error),
                "{}",
                bytes.escape_ascii()
            );
        }
    }
}
