//! Transfers: Refer-To (RFC 3515 section 2.1), Referred-By (RFC 3892 section 3), Refer-Sub (RFC 4488
//! section 4).

use super::fields::{Lead, address_header, value_header};
use super::{DisplayName, ValueError};
use crate::wire::grammar::Cursor;
use crate::wire::quoted::QuotedString;
use crate::wire::write::Encoder;

address_header! {
    /// Refer-To: whom the receiver of a REFER is to contact (RFC 3515 section 2.1).
    ///
    /// The URI may say by which method, and which header fields the request is to have, a Replaces for
    /// instance: [`SipUri::headers`](crate::uri::SipUri::headers), [`unescape_into`](crate::uri::unescape_into)
    /// and [`Replaces`](super::Replaces) read it.
    ReferTo<'a>, bare: true;
}

address_header! {
    /// Referred-By: who sent the REFER that this request follows from (RFC 3892 section 3).
    ReferredBy<'a>, bare: true;
    /// The Content-ID of the part of the body that proves it, without its angle brackets.
    cid: QuotedString<'a> = "cid",
}

impl<'a> ReferredBy<'a> {
    /// The display name.
    pub const fn display_name(&self) -> Option<DisplayName<'a>> {
        self.address.display_name
    }
}

impl<'a> Lead<'a> for bool {
    fn take(cursor: &mut Cursor<'a>) -> Result<Self, ValueError> {
        let at = cursor.at();
        match cursor.token()? {
            word if word.eq_ignore_ascii_case("true") => Ok(true),
            word if word.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(ValueError::Syntax(at)),
        }
    }

    fn put(&self, out: &mut Encoder<'_>) {
        out.push(if *self { b"true" } else { b"false" });
    }
}

value_header! {
    /// Refer-Sub: whether a REFER makes a subscription, which it does where nothing is said (RFC 4488
    /// section 4).
    ReferSub<'a>;
    /// `true` or `false`.
    subscribe: bool,
}
