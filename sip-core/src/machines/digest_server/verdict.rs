//! What a digest server says to a request.

#[cfg(feature = "alloc")]
use alloc::string::{String, ToString as _};
#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use thiserror::Error;

use super::config::{BodyIntegrity, DigestRole, DigestServerConfig};
use super::nonce::Nonce;
use crate::header::{Challenge, DigestChallenge, DigestCredentials, DigestInfo, QopOptions};
use crate::{
    Ha1, HeaderError, HexDigest, Message, MessageWriter, QuotedString, StatusCode, WriteError,
};

/// What a [`DigestServer`](crate::DigestServer) says to a request.
#[derive(Debug)]
#[non_exhaustive]
pub enum DigestVerdict<'a, 's> {
    /// It is from this user.
    Accepted(Authenticated<'a, 's>),
    /// It is an ACK or CANCEL, which cannot be challenged. An ACK belongs to an INVITE that was checked; a
    /// CANCEL is to come from where its INVITE came from, which the transaction layer sees to.
    Exempt,
    /// It is not known from whom it is: 401 or 407.
    Challenge(ServerChallenge<'s>),
    /// Its credentials can be of no use: 400.
    BadRequest(BadCredentials),
    /// Its credentials are wrong, and the server is not to ask again: 403.
    Forbidden,
}

impl DigestVerdict<'_, '_> {
    /// The status to answer with; `None` for a request that may be processed.
    pub const fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Accepted(_) | Self::Exempt => None,
            Self::Challenge(challenge) => Some(challenge.status()),
            Self::BadRequest(_) => Some(StatusCode::BAD_REQUEST),
            Self::Forbidden => Some(StatusCode::FORBIDDEN),
        }
    }

    /// Writes the whole response that a refusal wants and returns its size; `None` for a request that may be
    /// processed.
    ///
    /// # Errors
    ///
    /// The realm cannot be written, or `buffer` is too small.
    pub fn write_response(
        &self,
        request: &Message<'_>,
        to_tag: &str,
        buffer: &mut [u8],
    ) -> Result<Option<usize>, WriteError> {
        let (status, reason) = match self {
            Self::Accepted(_) | Self::Exempt => return Ok(None),
            Self::Challenge(challenge) => {
                return challenge.write_response(request, to_tag, buffer).map(Some);
            }
            Self::BadRequest(bad) => (StatusCode::BAD_REQUEST, bad.reason()),
            Self::Forbidden => (StatusCode::FORBIDDEN, ""),
        };
        MessageWriter::response_to(buffer, request, status, reason, Some(to_tag))
            .finish()
            .map(Some)
    }
}

/// Why a request is challenged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ChallengeReason {
    /// It has no credentials for the realm, or a name only.
    NoCredentials,
    /// It uses an algorithm that was not offered.
    Algorithm,
    /// The user is unknown or the secret is wrong. Whoever counts failures counts these.
    WrongCredentials,
    /// The secret is right. The nonce is too old, from elsewhere, or not of this server.
    Stale,
    /// The secret is right. The nonce was used as often before, or has lost its place in the table.
    Replayed,
}

/// A challenge with a new nonce.
#[derive(Clone, Copy, Debug)]
pub struct ServerChallenge<'s> {
    pub(super) config: DigestServerConfig,
    pub(super) realm: &'s str,
    pub(super) nonce: Nonce,
    pub(super) reason: ChallengeReason,
}

impl ServerChallenge<'_> {
    /// Why the request is challenged.
    pub const fn reason(&self) -> ChallengeReason {
        self.reason
    }

    /// 401 or 407.
    pub const fn status(&self) -> StatusCode {
        self.config.role.status()
    }

    /// The challenges, one for each algorithm, in the order in which they are to stand.
    pub fn challenges(&self) -> impl Iterator<Item = DigestChallenge<'_>> {
        let stale = matches!(
            self.reason,
            ChallengeReason::Stale | ChallengeReason::Replayed
        );
        self.config.algorithms.iter().map(move |algorithm| {
            let mut challenge = DigestChallenge::new(self.realm, "", algorithm);
            challenge.nonce = self.nonce.as_quoted();
            challenge.stale = stale;
            challenge.userhash = self.config.userhash;
            challenge.qop = Some(match self.config.integrity {
                BodyIntegrity::None => QopOptions::AUTH,
                BodyIntegrity::Offered => QopOptions::AUTH_AND_AUTH_INT,
                BodyIntegrity::Required => QopOptions::AUTH_INT,
            });
            challenge
        })
    }

    /// Adds the header fields to a response.
    pub fn add_to(&self, response: &mut MessageWriter<'_>) {
        for challenge in self.challenges() {
            let name = self.config.role.challenge_header();
            response.header(name, Challenge::Digest(challenge));
        }
    }

    /// The header fields as [`UserAgent::respond`](crate::UserAgent::respond) and
    /// [`UserAgent::reject`](crate::UserAgent::reject) take them, once borrowed.
    #[cfg(feature = "alloc")]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let name = self.config.role.challenge_header().as_str();
        self.challenges()
            .map(|challenge| (name, Challenge::Digest(challenge).to_string()))
            .collect()
    }

    /// Writes a whole response to `request` and returns its size.
    ///
    /// # Errors
    ///
    /// The realm cannot be written, or `buffer` is too small.
    pub fn write_response(
        &self,
        request: &Message<'_>,
        to_tag: &str,
        buffer: &mut [u8],
    ) -> Result<usize, WriteError> {
        let mut response =
            MessageWriter::response_to(buffer, request, self.status(), "", Some(to_tag));
        self.add_to(&mut response);
        response.finish()
    }
}

/// A request that is from a user.
#[derive(Debug)]
pub struct Authenticated<'a, 's> {
    /// The name of the user, as the store has it.
    pub username: &'s str,
    pub(super) role: DigestRole,
    pub(super) credentials: DigestCredentials<'a>,
    pub(super) secret: Ha1,
    pub(super) next_nonce: Option<Nonce>,
}

impl<'a> Authenticated<'a, '_> {
    /// What the request had.
    pub const fn credentials(&self) -> &DigestCredentials<'a> {
        &self.credentials
    }

    /// Adds Authentication-Info or Proxy-Authentication-Info to a response with `body`: that the server
    /// knows the secret as well, and the next nonce where the old one has not long to go. A 2xx should have
    /// it. Adds nothing where there is nothing to tell.
    pub fn add_to(&self, response: &mut MessageWriter<'_>, body: &[u8]) {
        let proof = self.proof(body);
        let info = self.info(proof.as_ref());
        if info != DigestInfo::default() {
            response.header(self.role.info_header(), info);
        }
    }

    /// The header field that [`add_to`](Self::add_to) adds, for
    /// [`UserAgent::respond`](crate::UserAgent::respond) and [`UserAgent::accept`](crate::UserAgent::accept).
    #[cfg(feature = "alloc")]
    pub fn header(&self, body: &[u8]) -> Option<(&'static str, String)> {
        let proof = self.proof(body);
        let info = self.info(proof.as_ref());
        (info != DigestInfo::default())
            .then(|| (self.role.info_header().as_str(), info.to_string()))
    }

    /// The digest of the server; a client as of RFC 2069 knows none.
    fn proof(&self, body: &[u8]) -> Option<HexDigest> {
        self.credentials.qop?;
        self.credentials.response_digest(&self.secret, body)
    }

    fn info<'i>(&'i self, proof: Option<&'i HexDigest>) -> DigestInfo<'i> {
        let next = DigestInfo {
            nextnonce: self.next_nonce(),
            ..DigestInfo::default()
        };
        let Some(proof) = proof else {
            return next;
        };
        DigestInfo {
            qop: self.credentials.qop,
            rspauth: Some(proof.as_quoted()),
            cnonce: self.credentials.cnonce,
            nc: self.credentials.nc,
            ..next
        }
    }

    /// The nonce that the client is to use next, where Authentication-Info tells one.
    pub fn next_nonce(&self) -> Option<QuotedString<'_>> {
        self.next_nonce.as_ref().map(Nonce::as_quoted)
    }
}

/// Why credentials can be of no use, whatever the secret. The client is to blame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum BadCredentials {
    /// The message is no request (caller).
    #[error("not a request")]
    NoRequest,
    /// They break the grammar. The offset counts from the start of the message.
    #[error(transparent)]
    Malformed(HeaderError),
    /// A quality of protection that was not offered, or none where one is needed.
    #[error("a quality of protection that was not offered")]
    Qop,
    /// The nonce count or cnonce is missing, or the count is zero.
    #[error("nc or cnonce is missing")]
    Count,
    /// The URI is not equivalent to the Request-URI
    /// ([`DigestServerConfig::same_uri`](crate::DigestServerConfig::same_uri)).
    #[error("the URI is not the Request-URI")]
    Uri,
}

impl BadCredentials {
    /// A reason phrase for the 400.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoRequest => "Bad Request",
            Self::Malformed(_) => "Malformed Credentials",
            Self::Qop => "Unsupported Quality of Protection",
            Self::Count => "Missing Nonce Count or Cnonce",
            Self::Uri => "Digest URI Is Not Request-URI",
        }
    }
}
