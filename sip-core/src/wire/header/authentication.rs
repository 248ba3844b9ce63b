//! What the headers of authentication share (RFC 3261 section 22, RFC 7616, RFC 8760): lists of parameters
//! with commas, schemes that are not read further, and the values of Digest.
//!
//! One header field holds one challenge, or the credentials for one realm. The commas in it separate
//! parameters, so that these header fields, unlike others, are no lists (RFC 3261 section 7.3.1).

mod params;
mod values;

pub use params::AuthParams;
pub use values::{Algorithm, ExtendedName, NonceCount, Qop, QopOptions, Username};
pub(super) use values::{missing, qop_options};

use super::{ValueError, display_as_encoded};
use crate::wire::grammar::{Cursor, LWS, Malformed, TOKEN, VALUE, is, is_token, trim};
use crate::wire::params::{Param, ParamValue};
use crate::wire::quoted::QuotedString;
use crate::wire::write::{Encode, Encoder};

/// A challenge or credentials of a scheme other than Digest: NTLM, Kerberos, TLS-DSK, Negotiate, Bearer ...
///
/// It is kept as it stands and written again octet for octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherScheme<'a> {
    scheme: &'a str,
    raw: &'a [u8],
}

impl<'a> OtherScheme<'a> {
    /// The whole value of a header field, scheme first: `NTLM realm="x", version=4`.
    ///
    /// `None` without a scheme, and for Digest, which has types of its own.
    pub fn new(raw: &'a [u8]) -> Option<Self> {
        let raw = trim(raw).0;
        let mut cursor = Cursor::new(raw);
        match read_scheme(&mut cursor) {
            Ok(scheme) if !is_digest(scheme) => Some(Self { scheme, raw }),
            _ => None,
        }
    }

    /// The scheme, as it is spelled.
    pub const fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// The value, scheme included.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// What stands after the scheme.
    pub fn data(&self) -> &'a [u8] {
        let rest = self.raw.get(self.scheme.len()..).unwrap_or_default();
        trim(rest).0
    }

    /// The parameters, where what stands after the scheme are such.
    pub fn params(&self) -> Option<AuthParams<'a>> {
        AuthParams::parse(self.data())
    }
}

impl Encode for OtherScheme<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(self.raw);
    }
}

display_as_encoded!(OtherScheme<'_>);

/// Header fields that differ by their names alone: each holds one value of the type in parentheses, and is no
/// list.
macro_rules! header_fields {
    ($what:literal: $($(#[$doc:meta])* $type:ident($inner:ident);)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $type<'a>(
                #[doc = $what]
                pub $inner<'a>,
            );

            impl<'a> $type<'a> {
                fn read(value: &'a [u8]) -> Result<Self, crate::wire::header::ValueError> {
                    $inner::read(value).map(Self)
                }
            }

            impl crate::Encode for $type<'_> {
                fn encode(&self, out: &mut crate::Encoder<'_>) {
                    self.0.encode(out);
                }
            }

            crate::wire::header::header_by_read!($type<'a>);
        )*
    };
}
pub(super) use header_fields;

pub(super) fn is_digest(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("Digest")
}

/// Takes the scheme and the white space after it.
pub(super) fn read_scheme<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Malformed> {
    cursor.skip_lws();
    let scheme = cursor.token()?;
    match cursor.peek() {
        None => {}
        Some(byte) if is(byte, LWS) => cursor.skip_lws(),
        Some(_) => return Err(cursor.malformed()),
    }
    Ok(scheme)
}

/// Reads the value of a header field whose scheme may be Digest.
pub(super) fn read_value<'a, D>(
    value: &'a [u8],
    digest: impl FnOnce(&mut Cursor<'a>) -> Result<D, ValueError>,
) -> Result<Result<D, OtherScheme<'a>>, ValueError> {
    let mut cursor = Cursor::new(value);
    let scheme = read_scheme(&mut cursor)?;
    if is_digest(scheme) {
        digest(&mut cursor).map(Ok)
    } else {
        let raw = trim(value).0;
        Ok(Err(OtherScheme { scheme, raw }))
    }
}

/// What `visit` of a parameter fails with; the offset is put to it where the parameter is known.
const BAD: Malformed = Malformed { offset: 0 };

/// Sets what may be set once: which of two nonces counts, sender and receiver might not agree about.
pub(super) fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Malformed> {
    if place.is_some() {
        return Err(BAD);
    }
    *place = Some(value);
    Ok(())
}

/// The value of a parameter that is to be quoted, and is not always.
pub(super) fn text<'a>(param: &Param<'a>) -> Result<QuotedString<'a>, Malformed> {
    match param.value {
        Some(ParamValue::Quoted(string)) => Ok(string),
        Some(ParamValue::Token(token)) if !token.is_empty() => Ok(QuotedString::new(token)),
        _ => Err(BAD),
    }
}

/// The value of a parameter that is to be a token, and is quoted at times.
pub(super) fn token<'a>(param: &Param<'a>) -> Result<&'a str, Malformed> {
    let token = param.value.and_then(|value| value.as_str());
    token.filter(|token| is_token(token.as_bytes())).ok_or(BAD)
}

/// `true` or `false`; anything else counts as `false` (RFC 7616 section 3.3).
pub(super) fn flag(param: &Param<'_>) -> bool {
    let value = param.value.and_then(|value| value.as_str());
    value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Writes `name=value` after a comma where one is needed.
pub(super) struct ParamWriter<'o, 'b> {
    out: &'o mut Encoder<'b>,
    first: bool,
}

impl<'o, 'b> ParamWriter<'o, 'b> {
    pub(super) const fn new(out: &'o mut Encoder<'b>) -> Self {
        Self { out, first: true }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.first
    }

    pub(super) fn name(&mut self, name: &str) -> &mut Encoder<'b> {
        self.bare(name);
        self.out.push(b"=");
        self.out
    }

    pub(super) fn text(&mut self, name: &str, value: Option<QuotedString<'_>>) {
        if let Some(value) = value {
            value.encode(self.name(name));
        }
    }

    pub(super) fn token(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.name(name).checked(value, TOKEN);
        }
    }

    pub(super) fn flag(&mut self, name: &str, value: bool) {
        if value {
            self.token(name, Some("true"));
        }
    }

    pub(super) fn rest(&mut self, params: &AuthParams<'_>) {
        for param in params.iter() {
            match param.value {
                Some(ParamValue::Token("")) => _ = self.name(param.name),
                Some(ParamValue::Token(token)) => {
                    self.name(param.name).checked(token, VALUE);
                }
                Some(ParamValue::Quoted(string)) => self.text(param.name, Some(string)),
                None => self.bare(param.name),
            }
        }
    }

    fn bare(&mut self, name: &str) {
        if !self.first {
            self.out.push(b", ");
        }
        self.first = false;
        self.out.token(name);
    }
}

#[cfg(test)]
mod tests;
