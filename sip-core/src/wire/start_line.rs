//! Request line and status line (RFC 3261 sections 7.1 and 7.2).

use core::fmt;

use super::error::ParseError;
use super::grammar::{is_token, is_visible, text, trim};
use super::method::Method;
use super::status::StatusCode;

/// The first line of a message, without its SIP version.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum StartLine<'a> {
    /// A request line.
    Request {
        /// The method.
        method: Method<'a>,
        /// The Request-URI as it stands there. [`validate`](crate::validate) tells whether it is one.
        uri: &'a str,
    },
    /// A status line.
    Response {
        /// The status code.
        status: StatusCode,
        /// The reason phrase: UTF-8 by the RFC, anything in practice; may be empty.
        reason: &'a [u8],
    },
}

/// With the reason phrase as text; what is not ASCII is escaped.
impl fmt::Debug for StartLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request { method, uri } => f
                .debug_struct("Request")
                .field("method", method)
                .field("uri", uri)
                .finish(),
            Self::Response { status, reason } => f
                .debug_struct("Response")
                .field("status", status)
                .field("reason", &format_args!("\"{}\"", reason.escape_ascii()))
                .finish(),
        }
    }
}

/// Where the parts of the start line are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartLineSpan {
    Request {
        /// `None` for a method without a variant.
        method: Option<Method<'static>>,
        method_len: u16,
        uri: u16,
        uri_end: u16,
        line_end: u16,
    },
    Response {
        status: StatusCode,
        reason: u16,
        line_end: u16,
    },
}

/// `SIP/`, in any case.
fn is_version(bytes: &[u8]) -> bool {
    bytes
        .get(..4)
        .is_some_and(|name| name.eq_ignore_ascii_case(b"SIP/"))
}

impl StartLineSpan {
    /// Splits `line`, which holds no line end and at most 65,535 octets.
    ///
    /// Lenient where the parts are still clear (surplus spaces, a `<` around the URI, another version), so
    /// that the message can be answered; `validate` refuses what is not exactly right.
    #[inline]
    pub(crate) fn parse(line: &[u8]) -> Result<Self, ParseError> {
        match Self::parse_plain_request(line) {
            Some(span) => Ok(span),
            None => Self::parse_any(line),
        }
    }

    /// Splits what nearly all request lines are: a known method and a URI, with one space around it.
    #[inline]
    fn parse_plain_request(line: &[u8]) -> Option<Self> {
        let before_version = line.strip_suffix(b" SIP/2.0")?;
        let space = before_version.iter().position(|&byte| byte == b' ')?;
        let (method, uri) = before_version.split_at_checked(space)?;
        let method = Method::find(method)?;
        // Without the space, which is not visible. Neither is any other in the URI.
        is_visible(uri.get(1..)?).then_some(Self::Request {
            method: Some(method),
            method_len: space as u16,
            uri: (space + 1) as u16,
            uri_end: before_version.len() as u16,
            line_end: line.len() as u16,
        })
    }

    #[inline(never)]
    fn parse_any(line: &[u8]) -> Result<Self, ParseError> {
        let line_end = line.len() as u16;
        let space =
            memchr::memchr(b' ', line).ok_or(ParseError::StartLine { offset: line.len() })?;
        let (first, rest) = (
            line.get(..space).unwrap_or_default(),
            line.get(space..).unwrap_or_default(),
        );
        if is_version(first) {
            let bad = ParseError::StatusCode { offset: space + 1 };
            let [b' ', code @ ..] = rest else {
                return Err(bad);
            };
            let (&[a, b, c], reason) = code.split_first_chunk::<3>().ok_or(bad)?;
            if ![a, b, c].iter().all(u8::is_ascii_digit) || !matches!(reason, [] | [b' ', ..]) {
                return Err(bad);
            }
            let code = [a, b, c]
                .iter()
                .fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
            let status = StatusCode::new(code).ok_or(bad)?;
            return Ok(Self::Response {
                status,
                reason: (space + 5).min(line.len()) as u16,
                line_end,
            });
        }
        if !is_token(first) {
            return Err(ParseError::StartLine { offset: 0 });
        }
        let spaces = rest.iter().take_while(|&&byte| byte == b' ').count();
        let uri = space + spaces;
        let end = line
            .iter()
            .rposition(|&byte| byte != b' ')
            .map_or(0, |last| last + 1);
        let middle = line.get(uri..end).unwrap_or_default();
        let version = memchr::memrchr(b' ', middle).ok_or(ParseError::StartLine { offset: end })?;
        if !middle.get(version + 1..).is_some_and(is_version) {
            return Err(ParseError::StartLine {
                offset: uri + version + 1,
            });
        }
        let target = middle.get(..version).unwrap_or_default();
        let target_len = target
            .iter()
            .rposition(|&byte| byte != b' ')
            .map_or(0, |last| last + 1);
        // No early exit, so that it runs in vectors.
        let visible = |byte: u8| byte.is_ascii_graphic() | (byte == b' ');
        if !target
            .iter()
            .fold(true, |sound, &byte| sound & visible(byte))
        {
            return Err(ParseError::StartLine { offset: uri });
        }
        Ok(Self::Request {
            method: Method::find(first),
            method_len: space as u16,
            uri: uri as u16,
            uri_end: (uri + target_len) as u16,
            line_end,
        })
    }

    /// The parts, read from the message that was parsed.
    pub(crate) fn get<'a>(&self, bytes: &'a [u8]) -> StartLine<'a> {
        let cut = |start: u16, end: u16| {
            bytes
                .get(usize::from(start)..usize::from(end))
                .unwrap_or_default()
        };
        match *self {
            Self::Request {
                method,
                method_len,
                uri,
                uri_end,
                ..
            } => StartLine::Request {
                method: method.unwrap_or_else(|| Method::Other(text(cut(0, method_len)))),
                uri: text(cut(uri, uri_end)),
            },
            Self::Response {
                status,
                reason,
                line_end,
            } => StartLine::Response {
                status,
                reason: cut(reason, line_end),
            },
        }
    }

    /// The SIP version, such as `SIP/2.0`.
    pub(crate) fn version<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let line = bytes
            .get(..usize::from(self.line_end()))
            .unwrap_or_default();
        match *self {
            Self::Request { uri_end, .. } => {
                trim(line.get(usize::from(uri_end)..).unwrap_or_default()).0
            }
            Self::Response { .. } => line.split(|&byte| byte == b' ').next().unwrap_or_default(),
        }
    }

    pub(crate) const fn line_end(&self) -> u16 {
        match *self {
            Self::Request { line_end, .. } | Self::Response { line_end, .. } => line_end,
        }
    }
}
