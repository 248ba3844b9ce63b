//! Location: Geolocation, Geolocation-Error (RFC 6442 section 4).

use super::fields::{Lead, value_header};
use super::{NameAddr, ValueError, header_by_read};
use crate::wire::grammar::Cursor;
use crate::wire::params::Params;
use crate::wire::quoted::QuotedString;
use crate::wire::uri::Uri;
use crate::wire::write::{Encode, Encoder};

/// Geolocation: where the location of the target is told (RFC 6442 section 4.1), a `cid:` URI of a part of the
/// body, or a URI to get it from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geolocation<'a> {
    /// The URI.
    pub uri: Uri<'a>,
    /// The parameters; none are defined.
    pub params: Params<'a>,
}

impl<'a> Geolocation<'a> {
    /// A location without parameters.
    pub const fn new(uri: Uri<'a>) -> Self {
        Self {
            uri,
            params: Params::EMPTY,
        }
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        // Brackets and parameters as in an address, but no display name.
        if value.first() != Some(&b'<') {
            return Err(ValueError::Syntax(0));
        }
        let NameAddr { uri, params, .. } = NameAddr::read(value, false, |_| Ok(()))?;
        Ok(Self { uri, params })
    }
}

impl Encode for Geolocation<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(b"<");
        self.uri.encode(out);
        out.push(b">");
        self.params.encode(out);
    }
}

header_by_read!(Geolocation<'a>, list);

/// One to three digits.
impl<'a> Lead<'a> for u16 {
    fn take(cursor: &mut Cursor<'a>) -> Result<Self, ValueError> {
        let start = cursor.at();
        let digits = cursor.digits()?;
        match digits.and_then(|code| Self::try_from(code).ok()) {
            Some(code) if cursor.at() - start <= 3 => Ok(code),
            _ => Err(ValueError::OutOfRange(start)),
        }
    }

    fn put(&self, out: &mut Encoder<'_>) {
        if *self > 999 {
            out.refuse();
        }
        self.encode(out);
    }
}

value_header! {
    /// Geolocation-Error: what was wrong with the location (RFC 6442 section 4.4), such as
    /// `300;code="Dereference Failure"`.
    GeolocationError<'a>;
    /// The code, at most 999.
    error: u16,
    /// The text for people.
    code: QuotedString<'a> = "code",
}
