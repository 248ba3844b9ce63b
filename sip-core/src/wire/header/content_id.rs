//! Content-ID (RFC 8262 section 3).

use super::{ValueError, header_by_read};
use crate::wire::grammar::{URI, all, span, text};
use crate::wire::write::{Encode, Encoder};

/// Content-ID: the name by which `cid:` URIs refer to a body, or to a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentId<'a>(
    /// The name without its angle brackets, `local@domain`.
    pub &'a str,
);

impl<'a> ContentId<'a> {
    /// Whether the URI is `cid:` with this name (RFC 2392 section 2).
    pub fn is_meant_by(&self, uri: &crate::uri::Uri<'_>) -> bool {
        let name = uri.as_str().get(4..).unwrap_or_default();
        uri.scheme().eq_ignore_ascii_case("cid") && crate::uri::unescape(name).eq(self.0.bytes())
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let [b'<', rest @ ..] = value else {
            return Err(ValueError::Syntax(0));
        };
        let len = span(rest, URI);
        match rest.get(len..) {
            Some(b">") if len > 0 => Ok(Self(text(rest.get(..len).unwrap_or_default()))),
            Some([b'>', ..]) if len > 0 => Err(ValueError::Syntax(len + 2)),
            _ => Err(ValueError::Syntax(len + 1)),
        }
    }
}

impl Encode for ContentId<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        if !all(self.0.as_bytes(), URI) {
            out.refuse();
        }
        out.push(b"<");
        out.push(self.0.as_bytes());
        out.push(b">");
    }
}

header_by_read!(ContentId<'a>);
