//! name-addr and addr-spec: what From, To, Contact, Route and others are made of (RFC 3261 section 25.1).

use core::fmt;

use super::ValueError;
use crate::wire::grammar::{Cursor, LWS, Malformed, TOKEN, URI, is, span, trim};
use crate::wire::params::{Param, Params};
use crate::wire::quoted::QuotedString;
use crate::wire::uri::Uri;
use crate::wire::write::{Encode, Encoder};

/// A display name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DisplayName<'a> {
    /// One or more words without quotes.
    Words(&'a [u8]),
    /// In quotes.
    Quoted(QuotedString<'a>),
}

impl<'a> DisplayName<'a> {
    /// A display name with this text; it is written in quotes.
    pub const fn new(text: &'a str) -> Self {
        Self::Quoted(QuotedString::new(text))
    }

    /// The text, where it is UTF-8 and needs no unescaping.
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::Words(words) => core::str::from_utf8(words).ok(),
            Self::Quoted(string) => string.as_str(),
        }
    }

    /// Writes the octets that are meant to `to` and returns their number.
    ///
    /// # Errors
    ///
    /// The number that there would be, if `to` is smaller.
    pub fn unescape_into(&self, to: &mut [u8]) -> Result<usize, usize> {
        match self {
            Self::Words(words) => {
                to.get_mut(..words.len())
                    .ok_or(words.len())?
                    .copy_from_slice(words);
                Ok(words.len())
            }
            Self::Quoted(string) => string.unescape_into(to),
        }
    }
}

impl fmt::Debug for DisplayName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => write!(f, "{}", words.escape_ascii()),
            Self::Quoted(string) => string.fmt(f),
        }
    }
}

/// A URI with an optional display name and the parameters of its header field.
///
/// Both forms are read: `"Alice" <sip:alice@example.com;lr>;tag=1` and `sip:alice@example.com;tag=1`. In
/// the second every parameter belongs to the header field, and a URI with a comma or question mark is
/// refused (RFC 3261 section 20). Written is always the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// The display name.
    pub display_name: Option<DisplayName<'a>>,
    /// The URI.
    pub uri: Uri<'a>,
    /// All parameters, those that the header type has fields for included.
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// An address without display name and parameters.
    pub const fn new(uri: Uri<'a>) -> Self {
        Self {
            display_name: None,
            uri,
            params: Params::EMPTY,
        }
    }

    /// Reads the whole value; without angle brackets only where `bare` permits it.
    #[inline]
    pub(crate) fn read(
        value: &'a [u8],
        bare: bool,
        visit: impl FnMut(&Param<'a>) -> Result<(), Malformed>,
    ) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        cursor.skip_lws();
        let display_name = read_display_name(&mut cursor)?;
        let uri = if cursor.take(b'<') {
            let uri = read_bracketed(&mut cursor)?;
            if !cursor.take(b'>') {
                return Err(cursor.malformed().into());
            }
            uri
        } else if bare {
            read_bare(&mut cursor)?
        } else {
            return Err(cursor.malformed().into());
        };
        let params = Params::read(&mut cursor, visit)?;
        cursor.finish()?;
        Ok(Self {
            display_name,
            uri,
            params,
        })
    }

    /// Writes display name and URI without the parameters.
    pub fn encode_address(&self, out: &mut Encoder<'_>) {
        match self.display_name {
            Some(DisplayName::Words(words)) => {
                // Only what can be read back as words.
                if !words.iter().all(|&byte| is_word(byte) || is(byte, LWS)) {
                    out.refuse();
                }
                out.push(words);
                out.push(b" ");
            }
            Some(DisplayName::Quoted(string)) => {
                string.encode(out);
                out.push(b" ");
            }
            None => {}
        }
        out.push(b"<");
        self.uri.encode(out);
        out.push(b">");
    }
}

/// Tokens by the RFC; octets beyond ASCII, which peers send without quotes too, do no harm.
fn is_word(byte: u8) -> bool {
    is(byte, TOKEN) || byte >= 0x80
}

/// Takes a display name with the white space after it; nothing where an addr-spec follows.
fn read_display_name<'a>(cursor: &mut Cursor<'a>) -> Result<Option<DisplayName<'a>>, ValueError> {
    let start = cursor.at();
    match cursor.peek() {
        Some(b'<') => return Ok(None),
        Some(b'"') => {
            let string = QuotedString::from_message(cursor.quoted()?);
            cursor.skip_lws();
            return match cursor.peek() {
                Some(b'<') => Ok(Some(DisplayName::Quoted(string))),
                _ => Err(cursor.malformed().into()),
            };
        }
        _ => {}
    }
    let rest = cursor.rest();
    let end = rest
        .iter()
        .position(|&byte| !is_word(byte) && !is(byte, LWS))
        .unwrap_or(rest.len());
    match rest.get(end) {
        Some(b'<') => {
            cursor.set(start + end);
            Ok(Some(DisplayName::Words(trim(cursor.since(start)).0)))
        }
        Some(b':') => Ok(None),
        _ => Err(ValueError::Syntax(start + end)),
    }
}

/// Takes the URI after an opening bracket.
#[inline]
fn read_bracketed<'a>(cursor: &mut Cursor<'a>) -> Result<Uri<'a>, ValueError> {
    let start = cursor.at();
    let text = match cursor.rest_text() {
        Some(text) => text,
        // Something else in the value is not text, such as a display name in Latin-1.
        None => cursor.text_between(start, start + span(cursor.rest(), URI)),
    };
    let uri = Uri::read(text).map_err(|error| ValueError::Syntax(start + error.offset()))?;
    cursor.set(start + uri.as_str().len());
    Ok(uri)
}

/// Takes a URI without brackets, which ends before the first parameter.
fn read_bare<'a>(cursor: &mut Cursor<'a>) -> Result<Uri<'a>, ValueError> {
    let start = cursor.at();
    let rest = cursor.rest();
    let end = rest
        .iter()
        .position(|&byte| !is(byte, URI) || matches!(byte, b';' | b',' | b'?'))
        .unwrap_or(rest.len());
    cursor.set(start + end);
    if matches!(cursor.peek(), Some(b',' | b'?')) {
        return Err(cursor.malformed().into());
    }
    let uri = cursor.text_between(start, start + end);
    Uri::parse(uri).map_err(|error| ValueError::Syntax(start + error.offset()))
}

impl Encode for NameAddr<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.encode_address(out);
        self.params.encode(out);
    }
}

super::display_as_encoded!(NameAddr<'_>);
