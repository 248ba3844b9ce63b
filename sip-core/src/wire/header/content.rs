//! Content-Type (RFC 3261 section 20.15).

use super::{Header, ValueError, display_as_encoded};
use crate::wire::error::HeaderError;
use crate::wire::grammar::Cursor;
use crate::wire::name::HeaderName;
use crate::wire::params::Params;
use crate::wire::write::{Encode, Encoder};

/// Content-Type: what the body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentType<'a> {
    /// The type, such as `application`.
    pub media_type: &'a str,
    /// The subtype, such as `sdp`.
    pub subtype: &'a str,
    /// The parameters, such as the boundary of a multipart body.
    pub params: Params<'a>,
}

impl<'a> ContentType<'a> {
    /// `application/sdp`
    pub const SDP: ContentType<'static> = ContentType::new("application", "sdp");

    /// A type without parameters.
    pub const fn new(media_type: &'a str, subtype: &'a str) -> Self {
        Self {
            media_type,
            subtype,
            params: Params::EMPTY,
        }
    }

    /// Whether the body is of this type, in any case and whatever the parameters.
    pub fn is(&self, media_type: &str, subtype: &str) -> bool {
        self.media_type.eq_ignore_ascii_case(media_type)
            && self.subtype.eq_ignore_ascii_case(subtype)
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let media_type = cursor.token()?;
        if !cursor.take_separator(b'/') {
            return Err(cursor.malformed().into());
        }
        let subtype = cursor.token()?;
        let params = Params::read(&mut cursor, |_| Ok(()))?;
        cursor.finish()?;
        Ok(Self {
            media_type,
            subtype,
            params,
        })
    }
}

impl<'a> Header<'a> for ContentType<'a> {
    const NAME: HeaderName<'static> = HeaderName::ContentType;

    fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        Self::read(value).map_err(|error| error.named(Self::NAME))
    }
}

impl Encode for ContentType<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.token(self.media_type);
        out.push(b"/");
        out.token(self.subtype);
        self.params.encode(out);
    }
}

display_as_encoded!(ContentType<'_>);
