//! What a digest server is told when it is made.

use core::time::Duration;

use crate::header::Algorithm;
use crate::{HeaderName, StatusCode};

/// As what a server asks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DigestRole {
    /// A user agent server or registrar: 401, WWW-Authenticate, Authorization.
    UserAgent,
    /// A proxy: 407, Proxy-Authenticate, Proxy-Authorization.
    Proxy,
}

impl DigestRole {
    /// The status of its challenges.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::UserAgent => StatusCode::UNAUTHORIZED,
            Self::Proxy => StatusCode::PROXY_AUTHENTICATION_REQUIRED,
        }
    }

    /// The header field with its challenge.
    pub const fn challenge_header(self) -> HeaderName<'static> {
        match self {
            Self::UserAgent => HeaderName::WwwAuthenticate,
            Self::Proxy => HeaderName::ProxyAuthenticate,
        }
    }

    /// The header field with the credentials.
    pub const fn credentials_header(self) -> HeaderName<'static> {
        match self {
            Self::UserAgent => HeaderName::Authorization,
            Self::Proxy => HeaderName::ProxyAuthorization,
        }
    }

    /// The header field that it adds to a response.
    pub const fn info_header(self) -> HeaderName<'static> {
        match self {
            Self::UserAgent => HeaderName::AuthenticationInfo,
            Self::Proxy => HeaderName::ProxyAuthenticationInfo,
        }
    }
}

/// Algorithms of Digest in an order of preference, the best first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlgorithmList {
    algorithms: [Algorithm<'static>; 6],
    len: usize,
}

impl AlgorithmList {
    /// SHA-256, then MD5 for clients that know nothing else.
    pub const SHA256_THEN_MD5: Self = Self {
        algorithms: [
            Algorithm::Sha256,
            Algorithm::Md5,
            Algorithm::Md5,
            Algorithm::Md5,
            Algorithm::Md5,
            Algorithm::Md5,
        ],
        len: 2,
    };

    /// All six, the strongest first, those with sessions after the others.
    pub const ALL: Self = Self {
        algorithms: [
            Algorithm::Sha512Trunc256,
            Algorithm::Sha256,
            Algorithm::Sha512Trunc256Sess,
            Algorithm::Sha256Sess,
            Algorithm::Md5,
            Algorithm::Md5Sess,
        ],
        len: 6,
    };

    /// These algorithms in this order; a repeated one, and one that cannot be computed here, is left out.
    pub fn new(algorithms: &[Algorithm<'static>]) -> Self {
        let mut list = Self {
            len: 0,
            ..Self::SHA256_THEN_MD5
        };
        for &algorithm in algorithms {
            if algorithm.hash().is_some()
                && !list.contains(algorithm)
                && let Some(place) = list.algorithms.get_mut(list.len)
            {
                *place = algorithm;
                list.len += 1;
            }
        }
        list
    }

    /// All of them in their order.
    pub fn iter(&self) -> impl Iterator<Item = Algorithm<'static>> + use<> {
        self.algorithms.into_iter().take(self.len)
    }

    /// Whether `algorithm` is among them.
    pub fn contains(&self, algorithm: Algorithm<'_>) -> bool {
        self.iter().any(|listed| listed == algorithm)
    }

    /// How far in front `algorithm` is.
    #[cfg(feature = "alloc")]
    pub(crate) fn rank(&self, algorithm: Algorithm<'_>) -> Option<usize> {
        self.iter().position(|listed| listed == algorithm)
    }
}

/// Whether the body is to be protected as well (`auth-int`).
///
/// Proxies, gateways and session border controllers that change bodies break such a digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BodyIntegrity {
    /// Not offered.
    None,
    /// Offered besides `auth`.
    Offered,
    /// Nothing else is taken.
    Required,
}

/// Where a nonce may be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SourceBinding {
    /// Anywhere.
    None,
    /// From the address that was challenged; from others it is stale.
    Address,
    /// From the address and port that was challenged; from others it is stale. A client that moves from
    /// UDP to TCP, and one behind some NATs, is asked anew each time.
    AddressAndPort,
}

/// How a [`DigestServer`](crate::DigestServer) asks and what it takes. Start from
/// [`DEFAULT`](Self::DEFAULT) and change what differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DigestServerConfig {
    /// As what it asks. Default: user agent.
    pub role: DigestRole,
    /// The algorithms that it offers, a challenge each, in this order (RFC 8760 section 2.3). Default:
    /// SHA-256, MD5.
    pub algorithms: AlgorithmList,
    /// Whether bodies are protected. Default: not offered.
    pub integrity: BodyIntegrity,
    /// How long a nonce is good. Default: 5 minutes.
    pub lifetime: Duration,
    /// The age of a nonce from which on Authentication-Info tells the next, which saves the client a
    /// challenge. Default: 4 minutes.
    pub next_nonce_after: Duration,
    /// From where a nonce may be used. Default: the address that was challenged.
    pub binding: SourceBinding,
    /// Whether a digest as of RFC 2069 is taken, without `qop`; its nonce is good for one request. Default:
    /// yes.
    pub accept_without_qop: bool,
    /// Whether clients are told that they may hash the name of the user; the store has to find it then
    /// ([`CredentialStore::by_hash`](crate::CredentialStore::by_hash)). Default: no.
    pub userhash: bool,
    /// Whether the URI of the credentials has to be equivalent to the Request-URI; 400 if not. Proxies
    /// change the Request-URI, so RFC 3261 section 22.4 leaves it open. Default: no.
    pub same_uri: bool,
    /// Whether wrong credentials for a nonce that is good get a 403 instead of another challenge.
    /// Default: no.
    pub forbid_wrong_credentials: bool,
}

impl DigestServerConfig {
    /// What the fields tell as their default.
    pub const DEFAULT: Self = Self {
        role: DigestRole::UserAgent,
        algorithms: AlgorithmList::SHA256_THEN_MD5,
        integrity: BodyIntegrity::None,
        lifetime: Duration::from_secs(300),
        next_nonce_after: Duration::from_secs(240),
        binding: SourceBinding::Address,
        accept_without_qop: true,
        userhash: false,
        same_uri: false,
        forbid_wrong_credentials: false,
    };
}

impl Default for DigestServerConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}
