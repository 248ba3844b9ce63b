//! User-to-User (RFC 7433 section 4).

use super::fields::value_header;
use crate::wire::params::ParamValue;

value_header! {
    /// User-to-User: information that the users of a call, or their switches, exchange by it (RFC 7433 section
    /// 4). The network passes it on as it is.
    UserToUser<'a>, list;
    /// The data, in the encoding that is told.
    data: ParamValue<'a>,
    /// Which package it belongs to, such as `isdn-uui`.
    purpose: &'a str = "purpose",
    /// What it contains, by the package's word.
    content: &'a str = "content",
    /// How it is encoded: `hex` where nothing is told and the package does not tell.
    encoding: &'a str = "encoding",
}

impl UserToUser<'_> {
    /// Writes the octets of data in the encoding `hex` to `to`, and returns their number. `None` where it is
    /// encoded otherwise, or is not what it claims to be.
    ///
    /// # Errors
    ///
    /// The number that there would be, if `to` is smaller.
    pub fn hex_into(&self, to: &mut [u8]) -> Option<Result<usize, usize>> {
        let hex = |encoding: &str| encoding.eq_ignore_ascii_case("hex");
        let digits = self.data.as_str()?.as_bytes();
        let (pairs, rest) = digits.as_chunks();
        if !self.encoding.is_none_or(hex)
            || !rest.is_empty()
            || !digits.iter().all(u8::is_ascii_hexdigit)
        {
            return None;
        }
        let Some(room) = to.get_mut(..pairs.len()) else {
            return Some(Err(pairs.len()));
        };
        let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or(0) as u8;
        for (octet, [high, low]) in room.iter_mut().zip(pairs) {
            *octet = value(*high) << 4 | value(*low);
        }
        Some(Ok(pairs.len()))
    }
}
