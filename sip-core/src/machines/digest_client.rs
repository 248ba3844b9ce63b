//! A client that answers challenges (RFC 3261 sections 22.2 and 22.3, RFC 7616, RFC 8760).

mod account;
mod config;
mod session;

pub use account::DigestAccount;
pub use config::{ChallengePreference, DigestClientConfig};
pub use session::{AuthorizationHeader, DigestSession, ServerProof};

use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use thiserror::Error;

use self::session::Space;
use crate::header::{
    Challenge, Credentials, DigestChallenge, DigestCredentials, ProxyAuthenticate, Qop,
    WwwAuthenticate,
};
use crate::{DigestRole, HashFunction, Message, Method, StatusCode};

/// Answers challenges with the credentials of its user.
///
/// What has to be remembered from one request to the next stands in a [`DigestSession`], one for each
/// Call-ID: of a dialog, of a registration, of a single request. RFC 3261 section 22.2 does not let
/// credentials go beyond it.
///
/// ```
/// use trunkline_sip_core::{
///     DigestAccount, DigestClient, DigestClientConfig, DigestSession, HeaderSpan, Message,
/// };
///
/// let mut client = DigestClient::new(DigestClientConfig::default(), [7; 32]);
/// client.add(DigestAccount::with_password("bob", "zanzibar").in_realm("biloxi.com"));
///
/// let register = b"REGISTER sip:biloxi.com SIP/2.0\r\nCall-ID: 8438@a\r\nCSeq: 1 REGISTER\r\n\r\n";
/// let unauthorized = b"SIP/2.0 401 Unauthorized\r\nCall-ID: 8438@a\r\nCSeq: 1 REGISTER\r\n\
///     WWW-Authenticate: Digest realm=\"biloxi.com\", nonce=\"ea9c8e88\", algorithm=MD5, qop=\"auth\"\r\n\r\n";
/// let (mut one, mut other) = ([HeaderSpan::default(); 8], [HeaderSpan::default(); 8]);
/// let request = Message::parse(register, &mut one)?;
/// let response = Message::parse(unauthorized, &mut other)?;
///
/// let mut session = DigestSession::new();
/// let headers = client.answer(&mut session, &response, &request)?;
/// // To be added to the same request with the next CSeq and a new branch.
/// assert!(headers[0].to_string().starts_with(
///     "Authorization: Digest username=\"bob\", realm=\"biloxi.com\", nonce=\"ea9c8e88\", \
///      uri=\"sip:biloxi.com\", response=\""
/// ));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DigestClient {
    config: DigestClientConfig,
    accounts: Vec<DigestAccount>,
    random: ChaCha20Rng,
}

impl fmt::Debug for DigestClient {
    /// Without what it draws cnonces from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestClient")
            .field("config", &self.config)
            .field("accounts", &self.accounts)
            .finish_non_exhaustive()
    }
}

/// Why a challenge is not answered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The response is neither 401 nor 407, or has no challenge (peer).
    #[error("not a challenge")]
    NotChallenged,
    /// The request is none, or of a method that is not sent again: ACK, CANCEL (caller).
    #[error("not a request that can be sent again")]
    Request,
    /// No challenge can be read, or none has a scheme, algorithm and quality of protection that is allowed
    /// here (peer).
    #[error("no challenge that can be answered")]
    Unsupported,
    /// There are no credentials for any of the realms at this peer (caller).
    #[error("no credentials for the realm")]
    NoAccount,
    /// The credentials were wrong: the server has seen them and asks again (caller).
    #[error("the credentials were rejected")]
    Rejected,
    /// The server has asked again and again, with ever new nonces (peer).
    #[error("too many challenges in a row")]
    TooManyChallenges,
    /// More realms ask than are remembered (peer).
    #[error("too many realms")]
    TooManyRealms,
}

/// The challenges of one realm, as far as the best of them.
struct Asked<'a> {
    role: DigestRole,
    challenge: DigestChallenge<'a>,
    /// Where it is in the order of preference.
    rank: usize,
    function: HashFunction,
}

impl DigestClient {
    /// A client without credentials. `seed` is to be random: cnonces are drawn from it.
    #[must_use]
    pub fn new(config: DigestClientConfig, seed: [u8; 32]) -> Self {
        Self {
            config,
            accounts: Vec::new(),
            random: ChaCha20Rng::from_seed(seed),
        }
    }

    /// The configuration.
    pub const fn config(&self) -> &DigestClientConfig {
        &self.config
    }

    /// Adds credentials. Of several that fit a realm, those that name it count, then the first.
    pub fn add(&mut self, account: DigestAccount) {
        self.accounts.push(account);
    }

    /// Forgets all credentials.
    pub fn clear(&mut self) {
        self.accounts.clear();
    }

    /// Whether there are no credentials.
    pub const fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Answers the challenges of `response`, a 401 or 407 to `request`: all header fields that the request
    /// has to have in place of its Authorization and Proxy-Authorization, those for realms that have
    /// challenged before included. It is to be sent with the next CSeq number and a new branch, and the same
    /// Request-URI and body.
    ///
    /// # Errors
    ///
    /// Nothing is to be sent. [`AnswerError::Rejected`] and [`AnswerError::TooManyChallenges`] see to it
    /// that this ends.
    pub fn answer(
        &mut self,
        session: &mut DigestSession,
        response: &Message<'_>,
        request: &Message<'_>,
    ) -> Result<Vec<AuthorizationHeader>, AnswerError> {
        let challenged = matches!(
            response.status(),
            Some(StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED)
        );
        if !challenged {
            return Err(AnswerError::NotChallenged);
        }
        let (Some(method), Some(uri)) = (request.method(), request.request_uri()) else {
            return Err(AnswerError::Request);
        };
        if matches!(method, Method::Ack | Method::Cancel) {
            return Err(AnswerError::Request);
        }
        let asked = self.asked(response, session.peer())?;
        let mut error = AnswerError::NoAccount;
        let mut spaces = Vec::new();
        for asked in &asked {
            match self.space(session, asked, request) {
                Ok(space) => spaces.push(space),
                Err(AnswerError::NoAccount) => {}
                // Another realm may be content, but this one will say the same again.
                Err(AnswerError::Rejected) => return Err(AnswerError::Rejected),
                Err(other) => error = other,
            }
        }
        if spaces.is_empty() {
            return Err(error);
        }
        for space in spaces {
            session.replace(space)?;
        }
        Ok(session.headers(method.as_str(), uri, request.body()))
    }

    /// The header fields for a further request of the session: none as long as nobody has challenged. With
    /// them a server need not ask again (RFC 3261 section 22.2).
    pub fn authorize(
        &self,
        session: &mut DigestSession,
        method: &str,
        uri: &str,
        body: &[u8],
    ) -> Vec<AuthorizationHeader> {
        session.headers(method, uri, body)
    }

    /// The best challenge of each realm.
    fn asked<'a>(
        &self,
        response: &Message<'a>,
        peer: Option<IpAddr>,
    ) -> Result<Vec<Asked<'a>>, AnswerError> {
        let www = response
            .typed_all::<WwwAuthenticate<'_>>()
            .map(|value| (DigestRole::UserAgent, value.map(|header| header.0)));
        let proxy = response
            .typed_all::<ProxyAuthenticate<'_>>()
            .map(|value| (DigestRole::Proxy, value.map(|header| header.0)));
        let mut best: Vec<Asked<'a>> = Vec::new();
        let mut any = false;
        for (role, challenge) in www.chain(proxy) {
            any = true;
            let Ok(Challenge::Digest(challenge)) = challenge else {
                continue;
            };
            let algorithm = challenge.algorithm();
            let (Some(rank), Some(function)) =
                (self.config.algorithms.rank(algorithm), algorithm.hash())
            else {
                continue;
            };
            if self.qop(&challenge).is_none() {
                continue;
            }
            let asked = Asked {
                role,
                challenge,
                rank,
                function,
            };
            let same = |other: &&mut Asked<'a>| {
                other.role == role && other.challenge.realm == challenge.realm
            };
            match best.iter_mut().find(same) {
                None => best.push(asked),
                // What hashes of passwords there are decides, too.
                Some(other) => {
                    let better = self.config.preference == ChallengePreference::Strongest
                        && asked.rank < other.rank;
                    let can = |asked: &Asked<'_>| {
                        let account = account::find(&self.accounts, &asked.challenge.realm, peer);
                        account.is_none_or(|account| account.has(asked.function))
                    };
                    if (better && can(&asked)) || (!can(other) && can(&asked)) {
                        *other = asked;
                    }
                }
            }
        }
        match (best.is_empty(), any) {
            (false, _) => Ok(best),
            (true, true) => Err(AnswerError::Unsupported),
            (true, false) => Err(AnswerError::NotChallenged),
        }
    }

    /// What is to be protected; `None` if nothing that is offered is known, `Some(None)` for a digest as of
    /// RFC 2069.
    fn qop(&self, challenge: &DigestChallenge<'_>) -> Option<Option<Qop<'static>>> {
        let Some(options) = challenge.qop else {
            return Some(None);
        };
        let order = match self.config.prefer_integrity {
            true => [Qop::AuthInt, Qop::Auth],
            false => [Qop::Auth, Qop::AuthInt],
        };
        let mut order = order.into_iter();
        order.find(|qop| options.contains(*qop)).map(Some)
    }

    /// What is to be remembered of a challenge.
    fn space(
        &mut self,
        session: &DigestSession,
        asked: &Asked<'_>,
        request: &Message<'_>,
    ) -> Result<Space, AnswerError> {
        let challenge = &asked.challenge;
        let mut rounds = 1;
        if let Some(presented) = presented(request, asked) {
            let known = session.space(asked.role, challenge.realm);
            if presented.nonce == challenge.nonce {
                return Err(AnswerError::Rejected);
            }
            if let Some(space) = known {
                // An answer to the last challenge itself can be wrong by its secret only. Older nonces may
                // have become stale, and not every server says so.
                let first = presented.nc.is_none_or(|nc| nc.value() == 1);
                let fresh = space.is_answer_to_challenge() && first && space.is_of(presented.nonce);
                if fresh && !challenge.stale {
                    return Err(AnswerError::Rejected);
                }
                rounds = space.rounds() + 1;
                if rounds > self.config.max_challenges {
                    return Err(AnswerError::TooManyChallenges);
                }
            } else if !challenge.stale {
                return Err(AnswerError::Rejected);
            }
        }
        let account = account::find(&self.accounts, &challenge.realm, session.peer())
            .ok_or(AnswerError::NoAccount)?;
        let secret = account
            .ha1(asked.function, &challenge.realm)
            .ok_or(AnswerError::Unsupported)?;
        let qop = self.qop(challenge).ok_or(AnswerError::Unsupported)?;
        // Enough for nobody to have seen it before, in characters that need no escaping.
        let cnonce = u128::from(self.random.next_u64()) << 64 | u128::from(self.random.next_u64());
        Ok(Space::new(
            asked.role, challenge, account, secret, qop, cnonce, rounds,
        ))
    }
}

/// The credentials for the realm that the request had.
fn presented<'a>(request: &Message<'a>, asked: &Asked<'_>) -> Option<DigestCredentials<'a>> {
    let mut all = digest_credentials(request, asked.role);
    all.find(|credentials| credentials.realm == asked.challenge.realm)
}

/// The Digest credentials of a request.
fn digest_credentials<'a>(
    request: &Message<'a>,
    role: DigestRole,
) -> impl Iterator<Item = DigestCredentials<'a>> + use<'a> {
    let fields = request.headers_named(role.credentials_header());
    fields.filter_map(|field| match Credentials::read(field.value()) {
        Ok(Credentials::Digest(digest)) => Some(digest),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
