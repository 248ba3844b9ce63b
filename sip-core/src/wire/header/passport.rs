//! PASSporTs: what an [`Identity`] signs (RFC 8225, RFC 8224 sections 4.1, 6 and 8).

mod base64;
mod json;

use core::time::Duration;

use thiserror::Error;

use self::base64::{decode, octets};
use self::json::{Json, Lowercase};
use super::{Date, From, Identity, To};
use crate::wire::params::ParamValue;
use crate::wire::status::StatusCode;
use crate::wire::uri::{SipUri, Uri, unescape};
use crate::wire::write::Encoder;

/// Octets that the longest signature takes: RSA with 4,096 bits.
const SIGNATURE: usize = 512;

/// Why a PASSporT was not signed, or must not be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PassportError {
    /// The caller's buffer is too small.
    #[error("{needed} bytes are needed")]
    TooSmall {
        /// The size that is enough.
        needed: usize,
    },
    /// A number without digits, a date before 1970, or names of claims
    /// that are no tokens or not in order.
    #[error("the claims cannot be written")]
    Claims,
    /// The signer did not sign.
    #[error("not signed")]
    NotSigned,
    /// The certificate could not be had from where Identity says.
    #[error("no certificate")]
    NoCertificate,
    /// The certificate is not trusted, or may not speak for the caller.
    #[error("the certificate may not speak for the caller")]
    Credential,
    /// The signature is not that of these claims, or no signature at all.
    #[error("wrong signature")]
    Signature,
    /// The PASSporT in Identity does not say what the message says.
    #[error("the claims are not those of the message")]
    Mismatch,
    /// It was made too long ago, or will be made in the future.
    #[error("not fresh")]
    Stale,
}

impl PassportError {
    /// The response that RFC 8224 section 6.2.2 has a verifier answer with, if it does not let the request pass
    /// as one without Identity. `None` where the fault is not the peer's.
    pub fn status(self) -> Option<StatusCode> {
        let code = match self {
            Self::TooSmall { .. } | Self::Claims | Self::NotSigned => return None,
            Self::NoCertificate => 436,
            Self::Credential => 437,
            Self::Signature | Self::Mismatch => 438,
            Self::Stale => 403,
        };
        StatusCode::new(code)
    }
}

/// Signs. Implement it over a key of your own.
pub trait PassportSigner {
    /// Writes the signature of `input` by the JWS algorithm `algorithm` (`ES256`: r and s of 32 octets each, RFC
    /// 7518 section 3.4) to `signature`, which has room for 512 octets, and returns its length; `None` if that
    /// cannot be done.
    fn sign(&mut self, algorithm: &str, input: &[u8], signature: &mut [u8]) -> Option<usize>;
}

/// Verifies. Implement it over a store of certificates.
pub trait PassportVerifier {
    /// Whether the owner of the certificate at `info` has signed `input` by the JWS algorithm `algorithm`, and may
    /// speak for `origin` (RFC 8224 section 6.2, steps 2, 3 and 5).
    ///
    /// # Errors
    ///
    /// [`PassportError::NoCertificate`], [`PassportError::Credential`], [`PassportError::Signature`]
    fn verify(
        &mut self,
        info: &Uri<'_>,
        algorithm: &str,
        origin: &PassportIdentity<'_>,
        input: &[u8],
        signature: &[u8],
    ) -> Result<(), PassportError>;
}

/// Who calls or is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassportIdentity<'a> {
    /// A telephone number, `tn`. Written are its digits, `*` and `#`; everything else is left out, escapes
    /// resolved (RFC 8224 section 8.3).
    Number(&'a str),
    /// Another URI, `uri`. A sip URI is written without password, port, parameters and headers, in lower case,
    /// with no escapes but those it needs, whose digits are upper case (RFC 8224 section 8.5, RFC 3986 section
    /// 6.2.2).
    Uri(Uri<'a>),
}

impl<'a> PassportIdentity<'a> {
    /// A number for tel URIs, and for sip URIs with `user=phone` or a plus in front of the user part, where
    /// digits, `*`, `#` and visual separators stand there; else the URI (RFC 8224 section 8.1).
    ///
    /// A number without plus is taken as it stands. Who knows the numbering plan makes it a
    /// [`PassportIdentity::Number`] with country code (RFC 8224 section 8.3).
    pub fn of(uri: Uri<'a>) -> Self {
        let number = match &uri {
            Uri::Tel(tel) => tel.as_str().get(4..),
            Uri::Sip(sip) => sip
                .user()
                .filter(|user| sip.is_phone() || unescape(user).next() == Some(b'+')),
            _ => None,
        };
        // Parameters of the number, such as `phone-context`, do not belong to it.
        match number.and_then(|number| number.split(';').next()) {
            Some(number) if is_number(number) => Self::Number(number),
            _ => Self::Uri(uri),
        }
    }

    const fn key(&self) -> &'static str {
        match self {
            Self::Number(_) => "tn",
            Self::Uri(_) => "uri",
        }
    }

    fn write(&self, out: &mut Json<'_, '_>) {
        match self {
            Self::Number(number) => {
                let mut digits = unescape(number).filter(is_digit).peekable();
                if digits.peek().is_none() {
                    out.refuse();
                }
                digits.for_each(|digit| out.raw(&[digit]));
            }
            Self::Uri(Uri::Sip(uri)) => write_normalized(uri, out),
            Self::Uri(uri) => out.text(uri.as_str()),
        }
    }
}

/// What the claim of a number is made of.
const fn is_digit(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'*' | b'#')
}

/// Digits, perhaps behind a plus, and visual separators between them.
fn is_number(text: &str) -> bool {
    let part = |(index, byte)| match byte {
        b'+' => index == 0,
        b'-' | b'.' | b'(' | b')' => true,
        byte => is_digit(&byte),
    };
    unescape(text).enumerate().all(part) && unescape(text).any(|byte| is_digit(&byte))
}

fn write_normalized(uri: &SipUri<'_>, out: &mut Json<'_, '_>) {
    out.raw(if uri.is_secure() { b"sips:" } else { b"sip:" });
    if let Some(user) = uri.user() {
        let mut rest = user.as_bytes();
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            let escaped = match (byte, rest) {
                (b'%', [high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    Some([*high, *low])
                }
                _ => None,
            };
            let Some(digits) = escaped else {
                out.character(byte.to_ascii_lowercase());
                continue;
            };
            rest = rest.get(2..).unwrap_or_default();
            let octet = unescape_one(digits);
            if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
                out.raw(&[octet.to_ascii_lowercase()]);
            } else {
                out.raw(&[
                    b'%',
                    digits[0].to_ascii_uppercase(),
                    digits[1].to_ascii_uppercase(),
                ]);
            }
        }
        out.raw(b"@");
    }
    let _ = core::fmt::Write::write_fmt(&mut Lowercase(out), format_args!("{}", uri.host()));
}

fn unescape_one([high, low]: [u8; 2]) -> u8 {
    let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or(0) as u8;
    value(high) << 4 | value(low)
}

/// What an Identity signs: who calls whom, and when.
///
/// ```
/// use trunkline_sip_core::header::{Date, From, Header, Passport, PassportSigner, To};
/// use trunkline_sip_core::uri::Uri;
///
/// struct Key;
///
/// impl PassportSigner for Key {
///     fn sign(&mut self, _: &str, input: &[u8], signature: &mut [u8]) -> Option<usize> {
///         // ... with a key for P-256.
///         # assert!(input.starts_with(b"eyJhbGciOiJFUzI1NiIs"));
///         signature.get_mut(..64)?.fill(0);
///         Some(64)
///     }
/// }
///
/// let from = From::parse(b"<sip:+12155550101@example.com;user=phone>;tag=1")?;
/// let to = To::parse(b"<tel:+1-215-555-0102>")?;
/// let date = Date::parse(b"Fri, 25 Sep 2015 19:12:25 GMT")?;
/// let passport = Passport::new(Uri::parse("https://cert.example.org/passport.cer")?, &from, &to, date);
///
/// let mut buffer = [0; 1024];
/// let len = passport.write_payload(&mut buffer)?;
/// assert_eq!(
///     buffer[..len].escape_ascii().to_string().replace('\\', ""),
///     r#"{"dest":{"tn":["12155550102"]},"iat":1443208345,"orig":{"tn":"12155550101"}}"#
/// );
/// let len = passport.sign(&mut Key, true, &mut buffer)?;
/// let identity = passport.identity(core::str::from_utf8(&buffer[..len])?);
/// assert!(identity.to_string().ends_with("A;info=<https://cert.example.org/passport.cer>;alg=ES256"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passport<'a> {
    /// The JWS algorithm, `alg`.
    pub algorithm: &'a str,
    /// The kind of PASSporT, `ppt`.
    pub extension: Option<&'a str>,
    /// Where the certificate is, `x5u`.
    pub info: Uri<'a>,
    /// Who calls, `orig`.
    pub origin: PassportIdentity<'a>,
    /// Who is called, `dest`.
    pub destination: PassportIdentity<'a>,
    /// When, `iat`: seconds after 1970-01-01T00:00:00Z.
    pub issued_at: i64,
    /// The claims of the extension: names, in the order of their octets, and values as JSON without white space.
    pub claims: &'a [(&'a str, &'a str)],
}

impl<'a> Passport<'a> {
    /// How old a request may be (RFC 8224 section 6.2, step 4, recommends 60 seconds).
    pub const FRESHNESS: Duration = Duration::from_secs(60);

    /// The PASSporT of a request (RFC 8224 section 4.1): ES256, without extension.
    pub fn new(info: Uri<'a>, from: &From<'a>, to: &To<'a>, date: Date) -> Self {
        Self {
            algorithm: "ES256",
            extension: None,
            info,
            origin: PassportIdentity::of(*from.uri()),
            destination: PassportIdentity::of(*to.uri()),
            issued_at: date.unix(),
            claims: &[],
        }
    }

    /// The PASSporT that an Identity must have signed, if the request is to be believed. Claims of its extension
    /// are for the caller to add. Where the Identity has all of a PASSporT and tells another time than Date, that
    /// time is the one to verify with, and to check the freshness of: [`Identity::issued_at`] (RFC 8224 section
    /// 6.2, step 4).
    ///
    /// # Errors
    ///
    /// [`PassportError::Mismatch`] where algorithm or extension cannot be read.
    pub fn of_request(
        identity: &Identity<'a>,
        from: &From<'a>,
        to: &To<'a>,
        date: Date,
    ) -> Result<Self, PassportError> {
        let text = |value: ParamValue<'a>| value.as_str().ok_or(PassportError::Mismatch);
        Ok(Self {
            algorithm: identity.algorithm.map_or(Ok("ES256"), text)?,
            extension: identity.extension.map(text).transpose()?,
            issued_at: identity.issued_at().unwrap_or_else(|| date.unix()),
            ..Self::new(identity.info, from, to, date)
        })
    }

    /// The Identity with a token that [`sign`](Self::sign) has written.
    pub fn identity(&self, token: &'a str) -> Identity<'a> {
        Identity {
            algorithm: Some(ParamValue::Token(self.algorithm)),
            extension: self.extension.map(ParamValue::Token),
            ..Identity::new(token, self.info)
        }
    }

    /// Whether it was made at most `window` before or after `now`, in seconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// [`PassportError::Stale`]
    pub fn check_freshness(&self, now: i64, window: Duration) -> Result<(), PassportError> {
        if self.issued_at.abs_diff(now) <= window.as_secs() {
            Ok(())
        } else {
            Err(PassportError::Stale)
        }
    }

    /// Writes the header: JSON with its keys in order and without white space (RFC 8225 section 9). Returns its
    /// length.
    ///
    /// # Errors
    ///
    /// [`PassportError::TooSmall`], [`PassportError::Claims`]
    pub fn write_header(&self, to: &mut [u8]) -> Result<usize, PassportError> {
        written(to, |out| self.header(&mut Json::plain(out)))
    }

    /// Writes the payload, likewise.
    ///
    /// # Errors
    ///
    /// [`PassportError::TooSmall`], [`PassportError::Claims`]
    pub fn write_payload(&self, to: &mut [u8]) -> Result<usize, PassportError> {
        written(to, |out| self.payload(&mut Json::plain(out)))
    }

    /// Writes what is signed: header and payload in base64url, a dot between them. Returns its length.
    ///
    /// # Errors
    ///
    /// [`PassportError::TooSmall`], [`PassportError::Claims`]
    pub fn write_input(&self, to: &mut [u8]) -> Result<usize, PassportError> {
        written(to, |out| {
            let mut header = Json::base64(out);
            self.header(&mut header);
            header.finish();
            out.push(b".");
            let mut payload = Json::base64(out);
            self.payload(&mut payload);
            payload.finish();
        })
    }

    /// Signs, and writes the token for an Identity; `compact` leaves header and payload to the receiver to
    /// make, which it can where there are no claims that the message does not tell. Returns its length.
    ///
    /// # Errors
    ///
    /// [`PassportError::TooSmall`] (also the compact form needs room for the full one),
    /// [`PassportError::Claims`], [`PassportError::NotSigned`]
    pub fn sign(
        &self,
        signer: &mut impl PassportSigner,
        compact: bool,
        to: &mut [u8],
    ) -> Result<usize, PassportError> {
        let available = to.len();
        let input = self.write_input(to)?;
        let mut signature = [0; SIGNATURE];
        let signed = to.get(..input).unwrap_or_default();
        let len = signer
            .sign(self.algorithm, signed, &mut signature)
            .ok_or(PassportError::NotSigned)?;
        let signature = signature.get(..len).ok_or(PassportError::NotSigned)?;
        let needed = input + 1 + (len * 4).div_ceil(3);
        if needed > available {
            return Err(PassportError::TooSmall { needed });
        }
        let start = if compact { 0 } else { input };
        let room = to.get_mut(start..).unwrap_or_default();
        let len = written(room, |out| {
            out.push(if compact { b".." } else { b"." });
            let mut encoded = Json::base64(out);
            encoded.raw(signature);
            encoded.finish();
        })?;
        Ok(start + len)
    }

    /// Whether `identity` has signed this. `scratch` takes what is signed.
    ///
    /// Freshness is [a check of its own](Self::check_freshness).
    ///
    /// # Errors
    ///
    /// [`PassportError::TooSmall`], [`PassportError::Claims`], [`PassportError::Mismatch`] where header and payload
    /// are in the Identity and are not those of this PASSporT, and what the verifier says.
    pub fn verify(
        &self,
        identity: &Identity<'_>,
        verifier: &mut impl PassportVerifier,
        scratch: &mut [u8],
    ) -> Result<(), PassportError> {
        let len = self.write_input(scratch)?;
        let input = scratch.get(..len).unwrap_or_default();
        let [header, payload, signature] = identity.parts().ok_or(PassportError::Signature)?;
        if !identity.is_compact() {
            let there = identity.token.get(..header.len() + 1 + payload.len());
            if there.map(str::as_bytes) != Some(input) {
                return Err(PassportError::Mismatch);
            }
        }
        let mut octets = [0; SIGNATURE];
        let len = decode(signature, &mut octets).ok_or(PassportError::Signature)?;
        let octets = octets.get(..len).unwrap_or_default();
        verifier.verify(&self.info, self.algorithm, &self.origin, input, octets)
    }

    fn header(&self, out: &mut Json<'_, '_>) {
        out.raw(b"{\"alg\":\"");
        out.word(self.algorithm);
        if let Some(extension) = self.extension {
            out.raw(b"\",\"ppt\":\"");
            out.word(extension);
        }
        out.raw(b"\",\"typ\":\"passport\",\"x5u\":\"");
        out.text(self.info.as_str());
        out.raw(b"\"}");
    }

    fn payload(&self, out: &mut Json<'_, '_>) {
        if self.issued_at < 0 || !self.claims.is_sorted_by(|left, right| left.0 < right.0) {
            out.refuse();
        }
        let mut claims = self.claims.iter().peekable();
        let mut separator: &[u8] = b"{";
        for own in ["dest", "iat", "orig", ""] {
            // What comes before it among the claims of the extension; all, at the end.
            while let Some((name, value)) =
                claims.next_if(|(name, _)| own.is_empty() || *name < own)
            {
                out.raw(separator);
                out.raw(b"\"");
                out.word(name);
                out.raw(b"\":");
                out.raw(value.as_bytes());
                separator = b",";
            }
            if claims.peek().is_some_and(|(name, _)| *name == own) {
                out.refuse();
            }
            if own.is_empty() {
                break;
            }
            out.raw(separator);
            separator = b",";
            match own {
                "dest" => {
                    out.raw(b"\"dest\":{\"");
                    out.raw(self.destination.key().as_bytes());
                    out.raw(b"\":[\"");
                    self.destination.write(out);
                    out.raw(b"\"]}");
                }
                "iat" => {
                    out.raw(b"\"iat\":");
                    let _ = core::fmt::Write::write_fmt(
                        &mut Lowercase(out),
                        format_args!("{}", self.issued_at),
                    );
                }
                _ => {
                    out.raw(b"\"orig\":{\"");
                    out.raw(self.origin.key().as_bytes());
                    out.raw(b"\":\"");
                    self.origin.write(out);
                    out.raw(b"\"}");
                }
            }
        }
        out.raw(b"}");
    }
}

impl Identity<'_> {
    /// When the PASSporT was made by its own word, `iat`, in seconds after 1970-01-01T00:00:00Z. `None` where the
    /// compact form leaves the time to Date, and where it cannot be read.
    ///
    /// Nothing vouches for it before the PASSporT is verified.
    pub fn issued_at(&self) -> Option<i64> {
        const KEY: &[u8] = b"\"iat\":";
        let [_, payload, _] = self.parts()?;
        let (mut matched, mut seconds) = (0, None);
        for octet in octets(payload) {
            match KEY.get(matched) {
                Some(&next) if next == octet => matched += 1,
                Some(_) => matched = usize::from(octet == b'"'),
                None if octet.is_ascii_digit() => {
                    let digit = i64::from(octet - b'0');
                    let shifted = seconds.unwrap_or(0i64).checked_mul(10)?;
                    seconds = Some(shifted.checked_add(digit)?);
                }
                None => break,
            }
        }
        seconds
    }
}

fn written(to: &mut [u8], write: impl FnOnce(&mut Encoder<'_>)) -> Result<usize, PassportError> {
    let available = to.len();
    let mut out = Encoder::new(to);
    write(&mut out);
    match out.len() {
        _ if out.is_refused() => Err(PassportError::Claims),
        needed if needed > available => Err(PassportError::TooSmall { needed }),
        len => Ok(len),
    }
}

#[cfg(test)]
mod tests;
