//! Session-ID (RFC 7989 section 5).

use core::fmt;

use super::ValueError;
use super::fields::{Field, Lead, value_header};
use crate::wire::grammar::{Cursor, Malformed};
use crate::wire::params::Param;
use crate::wire::write::{Encode, Encoder, display};

/// A UUID by which an endpoint knows a session, whatever back-to-back user agents do to its dialogs.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionUuid(
    /// Its octets.
    pub [u8; 16],
);

impl SessionUuid {
    /// The nil UUID, which stands for one that is not known (yet).
    pub const NIL: Self = Self([0; 16]);

    /// 32 hexadecimal digits without hyphens; `None` if that is not what it is. The RFC has them in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let (pairs, rest) = text.as_bytes().as_chunks();
        if pairs.len() != 16 || !rest.is_empty() {
            return None;
        }
        let digit = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
        let mut octets = [0; 16];
        for (octet, [high, low]) in octets.iter_mut().zip(pairs) {
            *octet = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Self(octets))
    }

    /// Whether it is the nil UUID.
    pub fn is_nil(&self) -> bool {
        *self == Self::NIL
    }

    fn write(&self, out: &mut Encoder<'_>) {
        let digit = |value: u8| value + if value < 10 { b'0' } else { b'a' - 10 };
        for octet in self.0 {
            out.push(&[digit(octet >> 4), digit(octet & 15)]);
        }
    }
}

impl Encode for SessionUuid {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.write(out);
    }
}

impl fmt::Display for SessionUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(self, f)
    }
}

impl fmt::Debug for SessionUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(self, f)
    }
}

impl<'a> Lead<'a> for SessionUuid {
    fn take(cursor: &mut Cursor<'a>) -> Result<Self, ValueError> {
        let at = cursor.at();
        Self::parse(cursor.token()?).ok_or(ValueError::Syntax(at))
    }

    fn put(&self, out: &mut Encoder<'_>) {
        self.write(out);
    }
}

impl<'a> Field<'a> for SessionUuid {
    fn read(param: &Param<'a>) -> Result<Self, Malformed> {
        Self::parse(<&str>::read(param)?).ok_or(Malformed { offset: 0 })
    }

    fn write(&self, name: &str, out: &mut Encoder<'_>) {
        format_args!(";{name}={self}").encode(out);
    }
}

value_header! {
    /// Session-ID: the UUIDs of both ends of a session (RFC 7989 section 5).
    SessionId<'a>;
    /// That of the sender, or of the end that an intermediary speaks for.
    local: SessionUuid,
    /// That of the other end; [`SessionUuid::NIL`] where it is not known yet. Missing from endpoints of RFC 7329.
    remote: SessionUuid = "remote",
}
