//! What a client remembers between requests.

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use super::account::DigestAccount;
use super::{AnswerError, digest_credentials};
use crate::header::{
    Algorithm, AuthParams, AuthenticationInfo, Confirmation, DigestChallenge, DigestCredentials,
    NonceCount, ProxyAuthenticationInfo, Qop, Username,
};
use crate::{DigestRole, Encode, Encoder, Ha1, HeaderName, Message, QuotedString, StatusCode};

/// The most realms of one session.
const MAX_SPACES: usize = 8;

/// A header field that answers a challenge.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationHeader {
    role: DigestRole,
    value: Box<[u8]>,
}

impl AuthorizationHeader {
    /// Authorization or Proxy-Authorization.
    pub const fn name(&self) -> HeaderName<'static> {
        self.role.credentials_header()
    }

    /// The value.
    pub const fn value(&self) -> &[u8] {
        &self.value
    }
}

impl Encode for AuthorizationHeader {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(&self.value);
    }
}

impl fmt::Display for AuthorizationHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = String::from_utf8_lossy(&self.value);
        write!(f, "{}: {value}", self.name())
    }
}

impl fmt::Debug for AuthorizationHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether a server has shown that it knows the secret as well.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServerProof {
    /// It has not tried; few servers do.
    None,
    /// It has.
    Right,
    /// It has tried and does not: somebody stands between, or has changed the body that `auth-int`
    /// protects.
    Wrong,
}

/// A quoted string that is kept, as it stands between its quotes.
struct Text(Box<[u8]>);

impl Text {
    fn new(string: QuotedString<'_>) -> Self {
        let mut buffer = vec![0; 2 * string.raw().len() + 2];
        let len = {
            let mut out = Encoder::new(&mut buffer);
            string.encode(&mut out);
            out.len()
        };
        buffer.truncate(len.saturating_sub(1));
        Self(buffer.get(1..).unwrap_or_default().into())
    }

    fn get(&self) -> QuotedString<'_> {
        QuotedString::from_message(&self.0)
    }
}

/// What is known of a realm.
pub(super) struct Space {
    role: DigestRole,
    realm: Text,
    nonce: Text,
    opaque: Option<Text>,
    /// As the challenge had it.
    algorithm: Option<Algorithm<'static>>,
    qop: Option<Qop<'static>>,
    username: String,
    hashed: bool,
    cnonce: String,
    /// Of the user, or of the session where the algorithm has one.
    secret: Ha1,
    /// How often the nonce was used.
    count: u32,
    /// Whether the nonce is that of a challenge.
    challenged: bool,
    rounds: u8,
}

impl Space {
    pub(super) fn new(
        role: DigestRole,
        challenge: &DigestChallenge<'_>,
        account: &DigestAccount,
        secret: Ha1,
        qop: Option<Qop<'static>>,
        cnonce: u128,
        rounds: u8,
    ) -> Self {
        let cnonce = alloc::format!("{cnonce:032x}");
        let algorithm = challenge.algorithm.and_then(known);
        let session = challenge.algorithm().is_session();
        let secret = if session {
            secret.session(challenge.nonce, QuotedString::new(&cnonce))
        } else {
            secret
        };
        let realm = Text::new(challenge.realm);
        let username = match (challenge.userhash, challenge.algorithm().hash()) {
            (true, Some(function)) => function
                .user_hash_of(account.username(), challenge.realm)
                .to_string(),
            _ => account.username().into(),
        };
        Self {
            role,
            realm,
            nonce: Text::new(challenge.nonce),
            opaque: challenge.opaque.map(Text::new),
            algorithm,
            qop,
            username,
            hashed: challenge.userhash,
            cnonce,
            secret,
            count: 0,
            challenged: true,
            rounds,
        }
    }

    pub(super) const fn is_answer_to_challenge(&self) -> bool {
        self.challenged
    }

    pub(super) fn is_of(&self, nonce: QuotedString<'_>) -> bool {
        self.nonce.get() == nonce
    }

    pub(super) const fn rounds(&self) -> u8 {
        self.rounds
    }

    fn header(&mut self, method: &str, uri: &str, body: &[u8]) -> Option<AuthorizationHeader> {
        self.count = self.count.saturating_add(1);
        let username = QuotedString::new(&self.username);
        let mut credentials = DigestCredentials {
            username: if self.hashed {
                Username::Hashed(username)
            } else {
                Username::Plain(username)
            },
            realm: self.realm.get(),
            nonce: self.nonce.get(),
            uri: QuotedString::new(uri),
            response: QuotedString::new(""),
            algorithm: self.algorithm,
            cnonce: None,
            opaque: self.opaque.as_ref().map(Text::get),
            qop: self.qop,
            nc: None,
            params: AuthParams::EMPTY,
        };
        let session = self.algorithm.is_some_and(Algorithm::is_session);
        if self.qop.is_some() || session {
            credentials.cnonce = Some(QuotedString::new(&self.cnonce));
        }
        if self.qop.is_some() {
            credentials.nc = Some(NonceCount::new(self.count));
        }
        let digest = credentials.digest(&self.secret, method, body)?;
        credentials.response = digest.as_quoted();
        let mut size = Encoder::new(&mut []);
        credentials.encode(&mut size);
        let mut value = vec![0; size.len()];
        let mut out = Encoder::new(&mut value);
        credentials.encode(&mut out);
        if out.is_refused() {
            return None;
        }
        Some(AuthorizationHeader {
            role: self.role,
            value: value.into(),
        })
    }
}

/// The algorithm without what it borrows.
const fn known(algorithm: Algorithm<'_>) -> Option<Algorithm<'static>> {
    Some(match algorithm {
        Algorithm::Md5 => Algorithm::Md5,
        Algorithm::Md5Sess => Algorithm::Md5Sess,
        Algorithm::Sha256 => Algorithm::Sha256,
        Algorithm::Sha256Sess => Algorithm::Sha256Sess,
        Algorithm::Sha512Trunc256 => Algorithm::Sha512Trunc256,
        Algorithm::Sha512Trunc256Sess => Algorithm::Sha512Trunc256Sess,
        Algorithm::Other(_) => return None,
    })
}

/// What a [`DigestClient`](crate::DigestClient) remembers of the realms that have challenged the requests
/// of one Call-ID: nonces, how often they were used, and the hashed secret.
///
/// Up to eight realms; the secrets are wiped when it is dropped.
#[derive(Default)]
pub struct DigestSession {
    spaces: Vec<Space>,
    peer: Option<IpAddr>,
}

impl fmt::Debug for DigestSession {
    /// Tells how many realms there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestSession")
            .field("realms", &self.spaces.len())
            .finish_non_exhaustive()
    }
}

impl DigestSession {
    /// A session in which nobody has challenged.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            spaces: Vec::new(),
            peer: None,
        }
    }

    /// The same, of requests that go to `peer`: accounts [for certain peers](super::DigestAccount::for_peers) can be
    /// used only then.
    #[must_use]
    pub const fn with_peer(peer: IpAddr) -> Self {
        Self {
            spaces: Vec::new(),
            peer: Some(peer),
        }
    }

    pub(super) const fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// Whether nobody has challenged.
    pub const fn is_empty(&self) -> bool {
        self.spaces.is_empty()
    }

    pub(super) fn space(&self, role: DigestRole, realm: QuotedString<'_>) -> Option<&Space> {
        let mut spaces = self.spaces.iter();
        spaces.find(|space| space.role == role && space.realm.get() == realm)
    }

    pub(super) fn replace(&mut self, space: Space) -> Result<(), AnswerError> {
        let realm = space.realm.get();
        let same = |other: &Space| other.role == space.role && other.realm.get() == realm;
        let full = self.spaces.len() == MAX_SPACES;
        let place = self.spaces.iter().position(same);
        match place.and_then(|place| self.spaces.get_mut(place)) {
            Some(place) => *place = space,
            None if full => return Err(AnswerError::TooManyRealms),
            None => self.spaces.push(space),
        }
        Ok(())
    }

    pub(super) fn headers(
        &mut self,
        method: &str,
        uri: &str,
        body: &[u8],
    ) -> Vec<AuthorizationHeader> {
        let spaces = self.spaces.iter_mut();
        spaces
            .filter_map(|space| space.header(method, uri, body))
            .collect()
    }

    /// Takes what a final response other than a challenge tells: that nobody minds the credentials of
    /// `request`, the next nonce, and the server's own proof. Provisional responses need not be given.
    pub fn accept(&mut self, response: &Message<'_>, request: &Message<'_>) -> ServerProof {
        let mut proof = ServerProof::None;
        let is_content = response.status().is_some_and(|status| {
            let asks = [
                StatusCode::UNAUTHORIZED,
                StatusCode::PROXY_AUTHENTICATION_REQUIRED,
            ];
            status.class() > 1 && !asks.contains(&status)
        });
        for role in [DigestRole::UserAgent, DigestRole::Proxy] {
            let info = match role {
                DigestRole::UserAgent => response
                    .typed::<AuthenticationInfo<'_>>()
                    .map(|header| header.map(|header| header.0)),
                DigestRole::Proxy => response
                    .typed::<ProxyAuthenticationInfo<'_>>()
                    .map(|header| header.map(|header| header.0)),
            };
            let info = info.ok().flatten();
            let info = info.as_ref().and_then(Confirmation::digest);
            let (mut tried, mut right) = (false, false);
            let mut alone = true;
            for credentials in digest_credentials(request, role) {
                let mut spaces = self.spaces.iter_mut();
                let Some(space) = spaces
                    .find(|space| space.role == role && space.realm.get() == credentials.realm)
                else {
                    continue;
                };
                if is_content {
                    space.rounds = 0;
                }
                let Some(info) = info else { continue };
                // The header does not tell its realm. The proof does; without one it is the first.
                let own = match info.rspauth {
                    Some(_) => {
                        tried = true;
                        credentials.is_answered_by(info, &space.secret, response.body())
                    }
                    None => alone,
                };
                alone = false;
                right |= own && tried;
                if let Some(next) = info.nextnonce.filter(|_| own)
                    && space.is_of(credentials.nonce)
                {
                    space.nonce = Text::new(next);
                    space.count = 0;
                    space.challenged = false;
                }
            }
            proof = match (proof, tried, right) {
                (ServerProof::Wrong, _, _) | (_, true, false) => ServerProof::Wrong,
                (_, true, true) => ServerProof::Right,
                (before, false, _) => before,
            };
        }
        proof
    }
}
