//! Identity (RFC 8224 section 4).

use super::fields::Field;
use super::{NameAddr, ValueError, header_by_read};
use crate::wire::grammar::Cursor;
use crate::wire::params::{ParamValue, Params};
use crate::wire::uri::Uri;
use crate::wire::write::{Encode, Encoder};

/// Identity: a signature over who calls whom and when, by somebody who may speak for the number or domain of
/// the caller.
///
/// A request may have several, each in a header field of its own. [`Passport`](super::Passport) makes and
/// verifies them. The older form of RFC 4474, a quoted string beside an Identity-Info, is refused; both stay
/// raw values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    /// The PASSporT: `header.payload.signature`, or `..signature` where the receiver is to make the first two
    /// from the message.
    pub token: &'a str,
    /// Where the certificate is (`info`).
    pub info: Uri<'a>,
    /// The algorithm of the signature (`alg`); ES256 where it is missing.
    pub algorithm: Option<ParamValue<'a>>,
    /// The kind of PASSporT (`ppt`), such as `shaken`; the one of RFC 8225 where it is missing.
    pub extension: Option<ParamValue<'a>>,
    /// All parameters after `info`, those above included.
    pub params: Params<'a>,
}

impl<'a> Identity<'a> {
    /// A signature with the algorithm ES256, and a PASSporT without extension.
    pub const fn new(token: &'a str, info: Uri<'a>) -> Self {
        Self {
            token,
            info,
            algorithm: None,
            extension: None,
            params: Params::EMPTY,
        }
    }

    /// Whether header and payload are left out.
    pub fn is_compact(&self) -> bool {
        self.token.starts_with("..")
    }

    /// Header, payload and signature, each in base64url; the first two are empty in the compact form. `None`
    /// where the token has not three parts.
    pub fn parts(&self) -> Option<[&'a str; 3]> {
        let (header, rest) = self.token.split_once('.')?;
        let (payload, signature) = rest.split_once('.')?;
        (!signature.contains('.')).then_some([header, payload, signature])
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let len = value.iter().position(|&byte| !is_token_byte(byte));
        let token = cursor.text_between(0, len.unwrap_or(value.len()));
        cursor.set(token.len());
        if token.is_empty() || !cursor.take_separator(b';') {
            return Err(cursor.malformed().into());
        }
        let at = cursor.at();
        if !cursor.token()?.eq_ignore_ascii_case("info") {
            return Err(ValueError::Syntax(at));
        }
        if !cursor.take_separator(b'=') || cursor.peek() != Some(b'<') {
            return Err(cursor.malformed().into());
        }
        // What is left reads like an address in brackets with parameters.
        let start = cursor.at();
        let (mut algorithm, mut extension) = (None, None);
        let address = NameAddr::read(cursor.rest(), false, |param| {
            if algorithm.is_none() && param.is("alg") {
                algorithm = Some(ParamValue::read(param)?);
            } else if extension.is_none() && param.is("ppt") {
                extension = Some(ParamValue::read(param)?);
            }
            Ok(())
        });
        let NameAddr { uri, params, .. } = address.map_err(|error| error.shifted(start))?;
        Ok(Self {
            token,
            info: uri,
            algorithm,
            extension,
            params,
        })
    }
}

/// Base64 in either alphabet, and dots.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'/' | b'=' | b'.')
}

impl Encode for Identity<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        if self.token.is_empty() || !self.token.bytes().all(is_token_byte) {
            out.refuse();
        }
        out.push(self.token.as_bytes());
        out.push(b";info=<");
        self.info.encode(out);
        out.push(b">");
        if let Some(algorithm) = &self.algorithm {
            algorithm.write("alg", out);
        }
        if let Some(extension) = &self.extension {
            extension.write("ppt", out);
        }
        self.params.encode_except(&["alg", "ppt"], out);
    }
}

header_by_read!(Identity<'a>);
