//! Authorization and Proxy-Authorization (RFC 3261 sections 20.7 and 20.28, RFC 7616 section 3.4).

use super::authentication::{
    Algorithm, AuthParams, ExtendedName, NonceCount, OtherScheme, ParamWriter, Qop, Username, flag,
    header_fields, missing, once, read_value, text, token,
};
use super::{ValueError, display_as_encoded};
use crate::wire::grammar::{Cursor, Malformed};
use crate::wire::quoted::QuotedString;
use crate::wire::write::{Encode, Encoder};

/// What answers a challenge.
#[allow(
    clippy::large_enum_variant,
    reason = "nothing is allocated, and nearly all of them are Digest"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// Digest.
    Digest(DigestCredentials<'a>),
    /// Any other scheme.
    Other(OtherScheme<'a>),
}

/// What answers a Digest challenge.
///
/// `response` and `nonce` may be empty: so a telephone tells its name before it was challenged (3GPP TS
/// 24.229).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestCredentials<'a> {
    /// Who asks.
    pub username: Username<'a>,
    /// The realm of the challenge.
    pub realm: QuotedString<'a>,
    /// The nonce of the challenge.
    pub nonce: QuotedString<'a>,
    /// The Request-URI as the client had it.
    pub uri: QuotedString<'a>,
    /// The digest in hexadecimal digits.
    pub response: QuotedString<'a>,
    /// How it was hashed; `None` means MD5.
    pub algorithm: Option<Algorithm<'a>>,
    /// What the client wants to see hashed. Goes with `qop`.
    pub cnonce: Option<QuotedString<'a>>,
    /// The opaque of the challenge.
    pub opaque: Option<QuotedString<'a>>,
    /// What the digest protects; `None` in a digest as of RFC 2069.
    pub qop: Option<Qop<'a>>,
    /// How often the nonce has been used. Goes with `qop`.
    pub nc: Option<NonceCount>,
    /// Parameters beyond these.
    pub params: AuthParams<'a>,
}

const FIELDS: &[&str] = &[
    "username",
    "username*",
    "userhash",
    "realm",
    "nonce",
    "uri",
    "response",
    "algorithm",
    "cnonce",
    "opaque",
    "qop",
    "nc",
];

impl<'a> DigestCredentials<'a> {
    /// How it was hashed.
    pub fn algorithm(&self) -> Algorithm<'a> {
        self.algorithm.unwrap_or(Algorithm::Md5)
    }

    fn read(cursor: &mut Cursor<'a>) -> Result<Self, ValueError> {
        let (mut username, mut extended, mut userhash) = (None, None, None);
        let (mut realm, mut nonce, mut uri, mut response) = (None, None, None, None);
        let (mut algorithm, mut cnonce, mut opaque) = (None, None, None);
        let (mut qop, mut nc) = (None, None);
        let params = AuthParams::read(cursor, FIELDS, |param| {
            if param.is("username") {
                once(&mut username, text(param)?)
            } else if param.is("realm") {
                once(&mut realm, text(param)?)
            } else if param.is("nonce") {
                once(&mut nonce, text(param)?)
            } else if param.is("uri") {
                once(&mut uri, text(param)?)
            } else if param.is("response") {
                once(&mut response, text(param)?)
            } else if param.is("algorithm") {
                once(&mut algorithm, Algorithm::new(token(param)?))
            } else if param.is("cnonce") {
                once(&mut cnonce, text(param)?)
            } else if param.is("opaque") {
                once(&mut opaque, text(param)?)
            } else if param.is("qop") {
                once(&mut qop, Qop::new(token(param)?))
            } else if param.is("nc") {
                once(&mut nc, nonce_count(token(param)?)?)
            } else if param.is("userhash") {
                once(&mut userhash, flag(param))
            } else if param.is("username*") {
                let value = param.token().ok_or(Malformed { offset: 0 })?;
                once(&mut extended, ExtendedName::parse(value)?)
            } else {
                Ok(())
            }
        })?;
        let username = match (username, extended, userhash == Some(true)) {
            (Some(hash), None, true) => Some(Username::Hashed(hash)),
            (Some(name), None, false) => Some(Username::Plain(name)),
            (None, Some(name), false) => Some(Username::Extended(name)),
            _ => None,
        };
        match (username, realm, nonce, uri, response) {
            (Some(username), Some(realm), Some(nonce), Some(uri), Some(response)) => Ok(Self {
                username,
                realm,
                nonce,
                uri,
                response,
                algorithm,
                cnonce,
                opaque,
                qop,
                nc,
                params,
            }),
            _ => Err(missing(cursor.at())),
        }
    }
}

/// Reads `nc`, of which other headers have one, too.
pub(super) fn nonce_count(digits: &str) -> Result<NonceCount, Malformed> {
    NonceCount::parse(digits).ok_or(Malformed { offset: 0 })
}

impl Encode for DigestCredentials<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(b"Digest ");
        let mut params = ParamWriter::new(out);
        match self.username {
            Username::Plain(name) | Username::Hashed(name) => params.text("username", Some(name)),
            Username::Extended(name) => name.encode(params.name("username*")),
        }
        params.text("realm", Some(self.realm));
        params.text("nonce", Some(self.nonce));
        params.text("uri", Some(self.uri));
        params.text("response", Some(self.response));
        params.token("algorithm", self.algorithm.map(Algorithm::as_str));
        params.text("cnonce", self.cnonce);
        params.text("opaque", self.opaque);
        params.token("qop", self.qop.map(Qop::as_str));
        params.token("nc", self.nc.as_ref().map(NonceCount::as_str));
        params.flag("userhash", matches!(self.username, Username::Hashed(_)));
        params.rest(&self.params);
    }
}

impl<'a> Credentials<'a> {
    /// The credentials, if they are of Digest.
    pub const fn as_digest(&self) -> Option<&DigestCredentials<'a>> {
        match self {
            Self::Digest(digest) => Some(digest),
            Self::Other(_) => None,
        }
    }

    pub(crate) fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        Ok(match read_value(value, DigestCredentials::read)? {
            Ok(digest) => Self::Digest(digest),
            Err(other) => Self::Other(other),
        })
    }
}

impl Encode for Credentials<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        match self {
            Self::Digest(digest) => digest.encode(out),
            Self::Other(other) => other.encode(out),
        }
    }
}

header_fields! {
    "The credentials.":
    /// Authorization: who the client is, for a user agent server or registrar.
    ///
    /// A message may have several of them, for a realm each, each a header field of its own.
    Authorization(Credentials);
    /// Proxy-Authorization: who the client is, for a proxy.
    ///
    /// A message may have several of them, for a realm each, each a header field of its own.
    ProxyAuthorization(Credentials);
}

display_as_encoded!(Credentials<'_>, DigestCredentials<'_>);
