//! Reliable provisional responses: RAck (RFC 3262 section 7.2). RSeq is a number.

use super::{ValueError, header_by_read};
use crate::wire::grammar::Cursor;
use crate::wire::method::Method;
use crate::wire::write::{Encode, Encoder};

/// RAck: which provisional response a PRACK acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RAck<'a> {
    /// The RSeq of the response.
    pub response_number: u32,
    /// The CSeq number of the response.
    pub number: u32,
    /// The method of the response's CSeq.
    pub method: Method<'a>,
}

impl<'a> RAck<'a> {
    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let mut number = || {
            let at = cursor.at();
            let number = cursor.digits()?.ok_or(ValueError::OutOfRange(at))?;
            let end = cursor.at();
            cursor.skip_lws();
            if cursor.at() == end {
                return Err(cursor.malformed().into());
            }
            Ok::<_, ValueError>(number)
        };
        let (response_number, number) = (number()?, number()?);
        let method = Method::new(cursor.token()?);
        cursor.finish()?;
        Ok(Self {
            response_number,
            number,
            method,
        })
    }
}

impl Encode for RAck<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        format_args!("{} {} ", self.response_number, self.number).encode(out);
        out.token(self.method.as_str());
    }
}

header_by_read!(RAck<'a>);
