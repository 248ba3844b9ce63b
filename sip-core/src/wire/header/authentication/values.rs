//! The values of Digest parameters (RFC 7616 section 3.3 and 3.4, RFC 8760 section 2).

use core::fmt;

use super::super::ValueError;
use crate::wire::grammar::{Malformed, TOKEN, is, is_token, trim};
use crate::wire::quoted::QuotedString;
use crate::wire::write::{Encode, Encoder};

/// An algorithm of Digest: the hash function, and whether the secret is hashed once more with the nonces
/// of its session.
#[derive(Clone, Copy, Debug)]
pub enum Algorithm<'a> {
    /// `MD5`
    Md5,
    /// `MD5-sess`
    Md5Sess,
    /// `SHA-256`
    Sha256,
    /// `SHA-256-sess`
    Sha256Sess,
    /// `SHA-512-256`: SHA-512/256, which is not a shortened SHA-512.
    Sha512Trunc256,
    /// `SHA-512-256-sess`
    Sha512Trunc256Sess,
    /// Any other, such as `AKAv1-MD5`.
    Other(&'a str),
}

const ALGORITHMS: [(&str, Algorithm<'static>); 6] = [
    ("MD5", Algorithm::Md5),
    ("SHA-256", Algorithm::Sha256),
    ("SHA-512-256", Algorithm::Sha512Trunc256),
    ("MD5-sess", Algorithm::Md5Sess),
    ("SHA-256-sess", Algorithm::Sha256Sess),
    ("SHA-512-256-sess", Algorithm::Sha512Trunc256Sess),
];

impl<'a> Algorithm<'a> {
    /// The algorithm called `name`, in any case.
    pub fn new(name: &'a str) -> Self {
        let mut known = ALGORITHMS.iter();
        known
            .find(|(spelled, _)| spelled.eq_ignore_ascii_case(name))
            .map_or(Self::Other(name), |&(_, algorithm)| algorithm)
    }

    /// Its name.
    pub const fn as_str(self) -> &'a str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
            Self::Sha512Trunc256 => "SHA-512-256",
            Self::Sha512Trunc256Sess => "SHA-512-256-sess",
            Self::Other(name) => name,
        }
    }

    /// Whether it is one of the three that hash the secret once more with the nonces of the session.
    pub const fn is_session(self) -> bool {
        matches!(
            self,
            Self::Md5Sess | Self::Sha256Sess | Self::Sha512Trunc256Sess
        )
    }
}

impl PartialEq for Algorithm<'_> {
    fn eq(&self, other: &Algorithm<'_>) -> bool {
        self.as_str().eq_ignore_ascii_case(other.as_str())
    }
}

impl Eq for Algorithm<'_> {}

/// What a digest protects.
#[derive(Clone, Copy, Debug)]
pub enum Qop<'a> {
    /// `auth`: method and URI.
    Auth,
    /// `auth-int`: method, URI and body.
    AuthInt,
    /// Any other.
    Other(&'a str),
}

impl<'a> Qop<'a> {
    /// The quality of protection called `name`, in any case.
    pub fn new(name: &'a str) -> Self {
        if name.eq_ignore_ascii_case("auth") {
            Self::Auth
        } else if name.eq_ignore_ascii_case("auth-int") {
            Self::AuthInt
        } else {
            Self::Other(name)
        }
    }

    /// Its name.
    pub const fn as_str(self) -> &'a str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
            Self::Other(name) => name,
        }
    }
}

impl PartialEq for Qop<'_> {
    fn eq(&self, other: &Qop<'_>) -> bool {
        self.as_str().eq_ignore_ascii_case(other.as_str())
    }
}

impl Eq for Qop<'_> {}

/// The qualities of protection that a challenge offers.
#[derive(Clone, Copy, Debug)]
pub struct QopOptions<'a>(&'a str);

impl<'a> QopOptions<'a> {
    /// `auth`
    pub const AUTH: QopOptions<'static> = QopOptions("auth");
    /// `auth-int`
    pub const AUTH_INT: QopOptions<'static> = QopOptions("auth-int");
    /// `auth,auth-int`
    pub const AUTH_AND_AUTH_INT: QopOptions<'static> = QopOptions("auth,auth-int");

    /// Names separated by commas; `None` if that is not what it is.
    pub fn parse(list: &'a str) -> Option<Self> {
        let names = list.split(',');
        let mut bytes = names.map(|name| trim(name.as_bytes()).0);
        bytes.all(is_token).then_some(Self(list))
    }

    /// All of them in their order.
    pub fn iter(&self) -> impl Iterator<Item = Qop<'a>> + use<'a> {
        self.0.split(',').map(|name| Qop::new(name.trim_ascii()))
    }

    /// Whether `qop` is among them.
    pub fn contains(&self, qop: Qop<'_>) -> bool {
        self.iter().any(|offered| offered == qop)
    }
}

impl PartialEq for QopOptions<'_> {
    fn eq(&self, other: &QopOptions<'_>) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for QopOptions<'_> {}

impl Encode for QopOptions<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        QuotedString::new(self.0).encode(out);
    }
}

/// How often a nonce has been used, this time included: eight hexadecimal digits, which are hashed as they
/// are spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonceCount([u8; 8]);

impl NonceCount {
    /// The count as it is to be spelled.
    pub const fn new(count: u32) -> Self {
        let mut digits = [0; 8];
        let mut index = 0;
        while index < 8 {
            let digit = (count >> (28 - 4 * index)) as u8 & 0xf;
            digits[index] = digit + if digit < 10 { b'0' } else { b'a' - 10 };
            index += 1;
        }
        Self(digits)
    }

    pub(in crate::wire::header) fn parse(text: &str) -> Option<Self> {
        let digits: [u8; 8] = text.as_bytes().try_into().ok()?;
        digits
            .iter()
            .all(u8::is_ascii_hexdigit)
            .then_some(Self(digits))
    }

    /// The count.
    pub fn value(&self) -> u32 {
        u32::from_str_radix(self.as_str(), 16).unwrap_or(0)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        crate::wire::grammar::text(&self.0)
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Username<'a> {
    /// `username`: the name.
    Plain(QuotedString<'a>),
    /// `username*`: the name, encoded.
    Extended(ExtendedName<'a>),
    /// `username` together with `userhash=true`: the hash of name and realm in hexadecimal digits
    /// (RFC 7616 section 3.4.4).
    Hashed(QuotedString<'a>),
}

/// The value of `username*`: UTF-8 in percent-encoding, `UTF-8''J%C3%A4s%C3%B8n` (RFC 8187).
///
/// Two of them are equal when they mean the same name.
#[derive(Clone, Copy)]
pub struct ExtendedName<'a> {
    text: &'a str,
    /// Whether `text` comes from a message: percent-encoded, and found to be UTF-8.
    encoded: bool,
}

impl<'a> ExtendedName<'a> {
    /// A name, to be encoded when it is written.
    pub const fn new(name: &'a str) -> Self {
        Self {
            text: name,
            encoded: false,
        }
    }

    /// Reads charset, language and the encoded name. The language is of no use to anybody here.
    pub(in crate::wire::header) fn parse(value: &'a str) -> Result<Self, Malformed> {
        let bad = Malformed { offset: 0 };
        let (charset, rest) = value.split_once('\'').ok_or(bad)?;
        let (language, text) = rest.split_once('\'').ok_or(bad)?;
        let tag = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !charset.eq_ignore_ascii_case("UTF-8") || !language.bytes().all(tag) {
            return Err(bad);
        }
        let name = Self {
            text,
            encoded: true,
        };
        let mut rest = text.as_bytes();
        while let Some((&byte, after)) = rest.split_first() {
            rest = match (byte, after) {
                (b'%', [high, low, after @ ..])
                    if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
                {
                    after
                }
                (byte, after) if is_attr_char(byte) => after,
                _ => return Err(bad),
            };
        }
        if !is_utf8(name.bytes()) {
            return Err(bad);
        }
        Ok(name)
    }

    /// The octets of the name, which are UTF-8.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + use<'a> {
        let encoded = self.encoded;
        let mut rest = self.text.bytes();
        core::iter::from_fn(move || {
            let byte = rest.next()?;
            if byte != b'%' || !encoded {
                return Some(byte);
            }
            let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
            Some(digit(rest.next()?) << 4 | digit(rest.next()?))
        })
    }
}

/// Whether octets that come one by one are UTF-8.
fn is_utf8(bytes: impl Iterator<Item = u8>) -> bool {
    let (mut pending, mut len) = ([0; 4], 0);
    for byte in bytes {
        // Four octets without a character among them are none.
        let Some(place) = pending.get_mut(len) else {
            return false;
        };
        *place = byte;
        len += 1;
        match core::str::from_utf8(pending.get(..len).unwrap_or_default()) {
            Ok(_) => len = 0,
            Err(error) if error.error_len().is_some() => return false,
            Err(_) => {}
        }
    }
    len == 0
}

/// RFC 8187 section 3.2.1.
fn is_attr_char(byte: u8) -> bool {
    is(byte, TOKEN) && !matches!(byte, b'*' | b'%' | b'\'')
        || matches!(byte, b'#' | b'$' | b'&' | b'^' | b'|')
}

impl PartialEq for ExtendedName<'_> {
    fn eq(&self, other: &ExtendedName<'_>) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for ExtendedName<'_> {}

impl fmt::Debug for ExtendedName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

impl Encode for ExtendedName<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(b"UTF-8''");
        for byte in self.bytes() {
            if is_attr_char(byte) {
                out.push(&[byte]);
            } else {
                format_args!("%{byte:02X}").encode(out);
            }
        }
    }
}

/// Reads `qop` of a challenge; an empty one offers nothing.
pub(in crate::wire::header) fn qop_options(
    value: QuotedString<'_>,
) -> Result<Option<QopOptions<'_>>, Malformed> {
    match value.as_str() {
        Some("") => Ok(None),
        Some(list) => match QopOptions::parse(list) {
            Some(options) => Ok(Some(options)),
            None => Err(Malformed { offset: 0 }),
        },
        None => Err(Malformed { offset: 0 }),
    }
}

/// What a Digest value must have and has not, told of its end.
pub(in crate::wire::header) const fn missing(end: usize) -> ValueError {
    ValueError::Syntax(end)
}
