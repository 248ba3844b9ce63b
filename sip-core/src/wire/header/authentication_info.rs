//! Authentication-Info and Proxy-Authentication-Info (RFC 3261 section 20.6, RFC 7615, RFC 7616 section 3.5).

use super::authentication::{
    AuthParams, NonceCount, OtherScheme, ParamWriter, Qop, header_fields, once, read_scheme, text,
    token,
};
use super::authorization::nonce_count;
use super::{ValueError, display_as_encoded};
use crate::wire::grammar::Cursor;
use crate::wire::quoted::QuotedString;
use crate::wire::write::{Encode, Encoder};

/// What a server tells of an authentication that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation<'a> {
    /// Of Digest, whose parameters stand without a scheme.
    Digest(DigestInfo<'a>),
    /// Of a scheme that names itself, as Microsoft's NTLM, Kerberos and TLS-DSK do.
    Other(OtherScheme<'a>),
}

impl<'a> Confirmation<'a> {
    /// That of Digest, if it is one.
    pub const fn digest(&self) -> Option<&DigestInfo<'a>> {
        match self {
            Self::Digest(info) => Some(info),
            Self::Other(_) => None,
        }
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        // A name is followed by an equals sign, a scheme by a name.
        let has_scheme = read_scheme(&mut cursor).is_ok() && cursor.peek() != Some(b'=');
        match OtherScheme::new(value).filter(|_| has_scheme) {
            Some(other) if !other.data().is_empty() => Ok(Self::Other(other)),
            _ => DigestInfo::read(value).map(Self::Digest),
        }
    }
}

impl Encode for Confirmation<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        match self {
            Self::Digest(info) => info.encode(out),
            Self::Other(other) => other.encode(out),
        }
    }
}

display_as_encoded!(Confirmation<'_>);

/// What a server tells of a Digest authentication that succeeded: that it knows the secret as well, and which
/// nonce to use next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DigestInfo<'a> {
    /// The nonce for the next request.
    pub nextnonce: Option<QuotedString<'a>>,
    /// What `rspauth` protects.
    pub qop: Option<Qop<'a>>,
    /// The digest of the server in hexadecimal digits.
    pub rspauth: Option<QuotedString<'a>>,
    /// The cnonce of the request.
    pub cnonce: Option<QuotedString<'a>>,
    /// The nonce count of the request.
    pub nc: Option<NonceCount>,
    /// Parameters beyond these.
    pub params: AuthParams<'a>,
}

const FIELDS: &[&str] = &["nextnonce", "qop", "rspauth", "cnonce", "nc"];

impl<'a> DigestInfo<'a> {
    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let mut info = Self::default();
        info.params = AuthParams::read(&mut cursor, FIELDS, |param| {
            if param.is("nextnonce") {
                once(&mut info.nextnonce, text(param)?)
            } else if param.is("qop") {
                once(&mut info.qop, Qop::new(token(param)?))
            } else if param.is("rspauth") {
                once(&mut info.rspauth, text(param)?)
            } else if param.is("cnonce") {
                once(&mut info.cnonce, text(param)?)
            } else if param.is("nc") {
                once(&mut info.nc, nonce_count(token(param)?)?)
            } else {
                Ok(())
            }
        })?;
        Ok(info)
    }
}

impl Encode for DigestInfo<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        let mut params = ParamWriter::new(out);
        params.text("nextnonce", self.nextnonce);
        params.token("qop", self.qop.map(Qop::as_str));
        params.text("rspauth", self.rspauth);
        params.text("cnonce", self.cnonce);
        params.token("nc", self.nc.as_ref().map(NonceCount::as_str));
        params.rest(&self.params);
        if params.is_empty() {
            out.refuse();
        }
    }
}

header_fields! {
    "What it tells.":
    /// Authentication-Info: what a server adds to a response after an Authorization.
    AuthenticationInfo(Confirmation);
    /// Proxy-Authentication-Info: what a proxy adds to a response after a Proxy-Authorization.
    ProxyAuthenticationInfo(Confirmation);
}

display_as_encoded!(DigestInfo<'_>);
