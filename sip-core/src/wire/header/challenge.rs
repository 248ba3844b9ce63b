//! WWW-Authenticate and Proxy-Authenticate (RFC 3261 sections 20.27 and 20.44, RFC 7616 section 3.3).

use super::authentication::{
    Algorithm, AuthParams, OtherScheme, ParamWriter, QopOptions, flag, header_fields, missing,
    once, qop_options, read_value, text, token,
};
use super::{ValueError, display_as_encoded};
use crate::wire::grammar::Cursor;
use crate::wire::quoted::QuotedString;
use crate::wire::write::{Encode, Encoder};

/// A challenge: what is to be proved, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge<'a> {
    /// Digest.
    Digest(DigestChallenge<'a>),
    /// Any other scheme.
    Other(OtherScheme<'a>),
}

/// A Digest challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestChallenge<'a> {
    /// Where the user is one: the domain of its account, to be shown to people as well.
    pub realm: QuotedString<'a>,
    /// URIs that the challenge is for, separated by white space. SIP makes no use of it.
    pub domain: Option<QuotedString<'a>>,
    /// What the server wants to see hashed.
    pub nonce: QuotedString<'a>,
    /// What the server wants to see again.
    pub opaque: Option<QuotedString<'a>>,
    /// Whether only the nonce was wrong.
    pub stale: bool,
    /// How to hash; `None` means MD5.
    pub algorithm: Option<Algorithm<'a>>,
    /// What may be protected; `None` asks for a digest as of RFC 2069.
    pub qop: Option<QopOptions<'a>>,
    /// The encoding of names and passwords; only `UTF-8` is defined.
    pub charset: Option<&'a str>,
    /// Whether the name of the user may be hashed.
    pub userhash: bool,
    /// Parameters beyond these.
    pub params: AuthParams<'a>,
}

const FIELDS: &[&str] = &[
    "realm",
    "domain",
    "nonce",
    "opaque",
    "stale",
    "algorithm",
    "qop",
    "charset",
    "userhash",
];

impl<'a> DigestChallenge<'a> {
    /// A challenge with `qop="auth"`.
    pub const fn new(realm: &'a str, nonce: &'a str, algorithm: Algorithm<'a>) -> Self {
        Self {
            realm: QuotedString::new(realm),
            domain: None,
            nonce: QuotedString::new(nonce),
            opaque: None,
            stale: false,
            algorithm: Some(algorithm),
            qop: Some(QopOptions::AUTH),
            charset: None,
            userhash: false,
            params: AuthParams::EMPTY,
        }
    }

    /// How to hash.
    pub fn algorithm(&self) -> Algorithm<'a> {
        self.algorithm.unwrap_or(Algorithm::Md5)
    }

    fn read(cursor: &mut Cursor<'a>) -> Result<Self, ValueError> {
        let (mut realm, mut domain, mut nonce, mut opaque) = (None, None, None, None);
        let (mut stale, mut userhash) = (None, None);
        let (mut algorithm, mut qop, mut charset) = (None, None, None);
        let params = AuthParams::read(cursor, FIELDS, |param| {
            if param.is("realm") {
                once(&mut realm, text(param)?)
            } else if param.is("nonce") {
                once(&mut nonce, text(param)?)
            } else if param.is("algorithm") {
                once(&mut algorithm, Algorithm::new(token(param)?))
            } else if param.is("qop") {
                once(&mut qop, qop_options(text(param)?)?)
            } else if param.is("opaque") {
                once(&mut opaque, text(param)?)
            } else if param.is("stale") {
                once(&mut stale, flag(param))
            } else if param.is("domain") {
                once(&mut domain, text(param)?)
            } else if param.is("charset") {
                once(&mut charset, token(param)?)
            } else if param.is("userhash") {
                once(&mut userhash, flag(param))
            } else {
                Ok(())
            }
        })?;
        let (Some(realm), Some(nonce)) = (realm, nonce) else {
            return Err(missing(cursor.at()));
        };
        Ok(Self {
            realm,
            domain,
            nonce,
            opaque,
            stale: stale.unwrap_or(false),
            algorithm,
            qop: qop.flatten(),
            charset,
            userhash: userhash.unwrap_or(false),
            params,
        })
    }
}

impl Encode for DigestChallenge<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(b"Digest ");
        let mut params = ParamWriter::new(out);
        params.text("realm", Some(self.realm));
        params.text("domain", self.domain);
        params.text("nonce", Some(self.nonce));
        params.text("opaque", self.opaque);
        params.flag("stale", self.stale);
        params.token("algorithm", self.algorithm.map(Algorithm::as_str));
        if let Some(qop) = self.qop {
            qop.encode(params.name("qop"));
        }
        params.token("charset", self.charset);
        params.flag("userhash", self.userhash);
        params.rest(&self.params);
    }
}

impl<'a> Challenge<'a> {
    /// The challenge, if it is one of Digest.
    pub const fn as_digest(&self) -> Option<&DigestChallenge<'a>> {
        match self {
            Self::Digest(digest) => Some(digest),
            Self::Other(_) => None,
        }
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        Ok(match read_value(value, DigestChallenge::read)? {
            Ok(digest) => Self::Digest(digest),
            Err(other) => Self::Other(other),
        })
    }
}

impl Encode for Challenge<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        match self {
            Self::Digest(digest) => digest.encode(out),
            Self::Other(other) => other.encode(out),
        }
    }
}

header_fields! {
    "The challenge.":
    /// WWW-Authenticate: the challenge of a user agent server or registrar, in a 401.
    ///
    /// A message may have several of them, each a header field of its own.
    WwwAuthenticate(Challenge);
    /// Proxy-Authenticate: the challenge of a proxy, in a 407.
    ///
    /// A message may have several of them, each a header field of its own.
    ProxyAuthenticate(Challenge);
}

display_as_encoded!(Challenge<'_>, DigestChallenge<'_>);
