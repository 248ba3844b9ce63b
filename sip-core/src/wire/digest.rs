//! Digests computed and compared (RFC 7616 section 3.4, RFC 8760, RFC 3261 section 22.4).

mod gather;
mod hash;
mod secret;

pub use hash::{HashFunction, HexDigest};
pub use secret::{Ha1, InvalidHa1};

use self::gather::{Blocks, General, Md5, Sha256};
use self::hash::{Hashed, hash, with_hash};

use super::header::{Algorithm, DigestCredentials, DigestInfo, NonceCount, Qop};
use super::quoted::QuotedString;

impl Algorithm<'_> {
    /// The hash function of an algorithm that is known here.
    pub const fn hash(self) -> Option<HashFunction> {
        match self {
            Self::Md5 | Self::Md5Sess => Some(HashFunction::Md5),
            Self::Sha256 | Self::Sha256Sess => Some(HashFunction::Sha256),
            Self::Sha512Trunc256 | Self::Sha512Trunc256Sess => Some(HashFunction::Sha512Trunc256),
            Self::Other(_) => None,
        }
    }
}

/// What is hashed together with nonces and secret.
enum Protected<'a> {
    /// The request: its method, and the body that `auth-int` protects.
    Request(&'a str, &'a [u8]),
    /// A response by its body; there is no method.
    Response(&'a [u8]),
}

impl DigestCredentials<'_> {
    /// The digest that one who has `secret` gives; what stands in `response` does not matter.
    ///
    /// `method` and `body` are those of the request. The body counts with `auth-int` only.
    ///
    /// `None` where there is none: the algorithm or quality of protection is not known, the secret belongs
    /// to another hash function, or `qop`, `cnonce` and `nc` do not go together.
    pub fn digest(&self, secret: &Ha1, method: &str, body: &[u8]) -> Option<HexDigest> {
        self.compute(secret, &Protected::Request(method, body))
            .map(|digest| digest.to_hex())
    }

    /// Whether `response` is the digest that [`digest`](Self::digest) gives, compared in constant time.
    pub fn is_from(&self, secret: &Ha1, method: &str, body: &[u8]) -> bool {
        let expected = self.compute(secret, &Protected::Request(method, body));
        let presented = Hashed::from_hex(self.response);
        matches!((expected, presented), (Some(expected), Some(presented)) if expected.is_same(&presented))
    }

    /// The `rspauth` of a server that has `secret`, for a response with `body` to the request with these
    /// credentials (RFC 7616 section 3.5). `None` as for [`digest`](Self::digest).
    pub fn response_digest(&self, secret: &Ha1, body: &[u8]) -> Option<HexDigest> {
        self.compute(secret, &Protected::Response(body))
            .map(|digest| digest.to_hex())
    }

    /// Whether `info` is from a server that has `secret`, in a response with `body` to the request with
    /// these credentials. Compared in constant time; `false` without `rspauth`.
    pub fn is_answered_by(&self, info: &DigestInfo<'_>, secret: &Ha1, body: &[u8]) -> bool {
        // What the server says to have seen is what it hashed.
        let same = info.nc.is_none_or(|nc| Some(nc) == self.nc)
            && info.cnonce.is_none_or(|cnonce| Some(cnonce) == self.cnonce);
        let mut by_server: DigestCredentials<'_> = *self;
        by_server.qop = info.qop.or(self.qop);
        let expected = by_server.compute(secret, &Protected::Response(body));
        let presented = info.rspauth.and_then(Hashed::from_hex);
        same && matches!((expected, presented), (Some(expected), Some(presented)) if expected.is_same(&presented))
    }

    fn compute(&self, secret: &Ha1, protected: &Protected<'_>) -> Option<Hashed> {
        let function = self.algorithm().hash()?;
        if secret.function() != function {
            return None;
        }
        let session;
        let a1 = if self.algorithm().is_session() && !secret.is_session() {
            session = secret.session(self.nonce, self.cnonce?);
            &session
        } else {
            secret
        };
        let (method, body) = match *protected {
            Protected::Request(method, body) => (method.as_bytes(), body),
            Protected::Response(body) => (&b""[..], body),
        };
        let protection = match (self.qop, self.nc, self.cnonce) {
            (None, _, _) => None,
            (Some(qop @ (Qop::Auth | Qop::AuthInt)), Some(nc), Some(cnonce)) => {
                Some((qop, nc, cnonce))
            }
            _ => return None,
        };
        let parts = Parts {
            a1,
            nonce: self.nonce,
            protection,
            method,
            uri: self.uri,
            body,
        };
        Some(with_hash!(function, whole(&parts)))
    }
}

/// What goes into a digest.
struct Parts<'p, 'a> {
    a1: &'p Ha1,
    nonce: QuotedString<'a>,
    protection: Option<(Qop<'a>, NonceCount, QuotedString<'a>)>,
    method: &'p [u8],
    uri: QuotedString<'a>,
    body: &'p [u8],
}

fn whole<H: Blocks>(parts: &Parts<'_, '_>) -> Hashed {
    let a2 = hash::<H>(|out| {
        out.update(parts.method);
        out.update(b":");
        out.text(parts.uri);
        if matches!(parts.protection, Some((Qop::AuthInt, _, _))) {
            out.update(b":");
            out.hex(&hash::<H>(|out| out.update(parts.body)));
        }
    });
    let a1 = parts.a1.hashed();
    hash::<H>(|out| {
        out.hex(&a1);
        out.update(b":");
        out.text(parts.nonce);
        out.update(b":");
        if let Some((qop, nc, cnonce)) = parts.protection {
            out.update(nc.as_str());
            out.update(b":");
            out.text(cnonce);
            out.update(b":");
            out.update(qop.as_str());
            out.update(b":");
        }
        out.hex(&a2);
    })
}

#[cfg(test)]
mod tests;
