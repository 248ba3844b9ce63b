//! CSeq (RFC 3261 section 20.16).

use super::{Header, ValueError, display_as_encoded};
use crate::wire::error::HeaderError;
use crate::wire::grammar::Cursor;
use crate::wire::method::Method;
use crate::wire::name::HeaderName;
use crate::wire::write::{Encode, Encoder};

/// CSeq: the number of the request within its dialog, and its method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CSeq<'a> {
    /// The sequence number. RFC 3261 section 8.1.1.5 keeps new ones below 2^31; any that fits is read.
    pub number: u32,
    /// The method.
    pub method: Method<'a>,
}

impl<'a> CSeq<'a> {
    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let number = cursor.digits()?.ok_or(ValueError::OutOfRange(0))?;
        let gap = cursor.at();
        cursor.skip_lws();
        if cursor.at() == gap {
            return Err(cursor.malformed().into());
        }
        let method = Method::new(cursor.token()?);
        cursor.finish()?;
        Ok(Self { number, method })
    }
}

impl<'a> Header<'a> for CSeq<'a> {
    const NAME: HeaderName<'static> = HeaderName::CSeq;

    fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        Self::read(value).map_err(|error| error.named(Self::NAME))
    }
}

impl Encode for CSeq<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.number.encode(out);
        out.push(b" ");
        out.token(self.method.as_str());
    }
}

display_as_encoded!(CSeq<'_>);
