//! A server that challenges and checks (RFC 3261 section 22, RFC 7616, RFC 8760).

mod config;
mod nonce;
mod store;
mod uses;
mod verdict;

pub use config::{AlgorithmList, BodyIntegrity, DigestRole, DigestServerConfig, SourceBinding};
pub use store::{Account, CredentialStore, Secret};
pub use uses::NonceUse;
pub use verdict::{Authenticated, BadCredentials, ChallengeReason, DigestVerdict, ServerChallenge};

use core::fmt;

use trunkline_sans_io::{FiveTuple, Instant};

use self::nonce::{Binding, Nonce, NonceKey, Stamp};
use self::uses::Uses;
use crate::header::{Credentials, DigestCredentials, Qop, Username};
use crate::uri::Uri;
use crate::{Ha1, HashFunction, Message, Method, QuotedString};

/// The longest name of a user that is looked up, in octets.
const MAX_NAME: usize = 256;

/// Checks who sends requests, as a user agent server, registrar or proxy, and makes the challenges.
///
/// It keeps no nonces: a nonce tells when it was made and proves that it was made here, by a keyed hash.
/// What it keeps is how often the nonces that led to success were used, in a table of a fixed size, so that
/// nobody sends a recorded request again. A nonce that has lost its place in the table is stale: the client
/// is asked to use another, and its user notices nothing.
///
/// `S` is the storage of that table, such as `[NonceUse; 256]` or a slice. An empty one switches the check
/// off. Users that are active at the same time should not be more than its entries.
///
/// ```
/// use trunkline_sans_io::{FiveTuple, Instant};
/// use trunkline_sip_core::{
///     Account, DigestServer, DigestServerConfig, DigestVerdict, HeaderSpan, Message, NonceUse, Secret,
/// };
///
/// let users = [Account { username: "bob", secret: Secret::Password("zanzibar") }];
/// let mut server = DigestServer::new(DigestServerConfig::DEFAULT, [7; 32], [NonceUse::EMPTY; 256]);
///
/// let register = b"REGISTER sip:biloxi.com SIP/2.0\r\n\
///     Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKnashds7\r\n\
///     From: <sip:bob@biloxi.com>;tag=456248\r\n\
///     To: <sip:bob@biloxi.com>\r\n\
///     Call-ID: 843817637684230@998sdasdh09\r\n\
///     CSeq: 1826 REGISTER\r\n\r\n";
/// let mut index = [HeaderSpan::default(); 16];
/// let request = Message::parse(register, &mut index)?;
/// let path = FiveTuple::udp(([192, 0, 2, 1], 5060).into(), ([192, 0, 2, 4], 5060).into());
///
/// let verdict = server.check(Instant::ORIGIN, path, &request, "biloxi.com", &users[..]);
/// let DigestVerdict::Challenge(challenge) = verdict else { panic!("{verdict:?}") };
/// let mut answer = [0; 1024];
/// let len = challenge.write_response(&request, "314159", &mut answer)?;
/// let answer = core::str::from_utf8(&answer[..len])?;
/// assert!(answer.starts_with("SIP/2.0 401 Unauthorized\r\n"));
/// assert!(answer.contains("WWW-Authenticate: Digest realm=\"biloxi.com\", nonce=\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DigestServer<S> {
    config: DigestServerConfig,
    key: NonceKey,
    serial: u32,
    uses: Uses<S>,
}

impl<S> fmt::Debug for DigestServer<S> {
    /// Without the key of the nonces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestServer")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// What the name of an unknown user is checked against, so that it takes as long.
const NOBODY: Account<'static> = Account {
    username: "",
    secret: Secret::Password(""),
};

impl<S: AsRef<[NonceUse]> + AsMut<[NonceUse]>> DigestServer<S> {
    /// A server that has challenged nobody. `seed` is to be random and new with every start: the key of the
    /// nonces is drawn from it. Where several servers share a seed, a nonce of one is good at all of them,
    /// and so is a recorded request, once at each.
    #[must_use]
    pub fn new(config: DigestServerConfig, seed: [u8; 32], uses: S) -> Self {
        Self {
            config,
            key: NonceKey::new(&seed),
            serial: 0,
            uses: Uses::new(uses),
        }
    }

    /// The configuration.
    pub const fn config(&self) -> &DigestServerConfig {
        &self.config
    }

    /// Says whether `request`, which came by `path`, is from a user of `realm`.
    ///
    /// ACK and CANCEL are [`Exempt`](DigestVerdict::Exempt): neither can be challenged (RFC 3261 sections
    /// 22.1 and 9.2). A repetition of a request that was accepted counts as one sent by somebody else; the
    /// transaction layer keeps those away.
    pub fn check<'a, 's, C: CredentialStore + ?Sized>(
        &mut self,
        now: Instant,
        path: FiveTuple,
        request: &Message<'a>,
        realm: &'s str,
        store: &'s C,
    ) -> DigestVerdict<'a, 's> {
        let Some(method) = request.method() else {
            return DigestVerdict::BadRequest(BadCredentials::NoRequest);
        };
        if matches!(method, Method::Ack | Method::Cancel) {
            return DigestVerdict::Exempt;
        }
        let credentials = match self.credentials(request, realm) {
            Ok(Some(credentials)) => credentials,
            Ok(None) => {
                return self.challenged(now, path, realm, ChallengeReason::NoCredentials);
            }
            Err(bad) => return DigestVerdict::BadRequest(bad),
        };
        // A client that tells its name only (3GPP TS 24.229), or uses what was not offered.
        let function = credentials.algorithm().hash();
        let offered = self.config.algorithms.contains(credentials.algorithm());
        let (Some(function), true) = (function, offered) else {
            return self.challenged(now, path, realm, ChallengeReason::Algorithm);
        };
        if credentials.response.raw().is_empty() {
            return self.challenged(now, path, realm, ChallengeReason::NoCredentials);
        }
        if let Err(bad) = self.is_well_formed(&credentials, request) {
            return DigestVerdict::BadRequest(bad);
        }

        let found = find(store, realm, function, &credentials);
        let account = found.unwrap_or(NOBODY);
        let secret = account.secret.ha1(function, account.username, realm);
        let from = |secret: &Ha1| credentials.is_from(secret, method.as_str(), request.body());
        let secret = match (secret, found) {
            (Some(secret), Some(_)) if from(&secret) => Some(secret),
            (Some(secret), None) => {
                // Only for the time that it takes.
                core::hint::black_box(from(&secret));
                None
            }
            _ => None,
        };
        let stamp = self.key.open(credentials.nonce, self.binding(path, realm));
        let fresh = stamp.filter(|stamp| self.is_fresh(now, *stamp));
        let Some(secret) = secret else {
            if self.config.forbid_wrong_credentials && fresh.is_some() {
                return DigestVerdict::Forbidden;
            }
            return self.challenged(now, path, realm, ChallengeReason::WrongCredentials);
        };
        // Who knows the secret is told that it is the nonce alone: so a client need not ask for the
        // password after a restart of the server.
        let Some(stamp) = fresh else {
            return self.challenged(now, path, realm, ChallengeReason::Stale);
        };
        let count = match credentials.qop {
            Some(_) => credentials.nc.map(|nc| nc.value()),
            None => None,
        };
        if !self.uses.note(stamp, count) {
            return self.challenged(now, path, realm, ChallengeReason::Replayed);
        }
        let aged = now.saturating_duration_since(stamp.time) >= self.config.next_nonce_after;
        // A session goes on with the secret of its first nonce, which nobody here remembers.
        let next = (aged || count.is_none()) && !credentials.algorithm().is_session();
        let next_nonce = next.then(|| self.nonce(now, path, realm));
        DigestVerdict::Accepted(Authenticated {
            username: account.username,
            role: self.config.role,
            credentials,
            secret,
            next_nonce,
        })
    }

    /// A challenge with a new nonce, for a server that does not wait for the wrong credentials.
    pub fn challenge<'s>(
        &mut self,
        now: Instant,
        path: FiveTuple,
        realm: &'s str,
    ) -> ServerChallenge<'s> {
        self.make_challenge(now, path, realm, ChallengeReason::NoCredentials)
    }

    fn challenged<'a, 's>(
        &mut self,
        now: Instant,
        path: FiveTuple,
        realm: &'s str,
        reason: ChallengeReason,
    ) -> DigestVerdict<'a, 's> {
        DigestVerdict::Challenge(self.make_challenge(now, path, realm, reason))
    }

    fn make_challenge<'s>(
        &mut self,
        now: Instant,
        path: FiveTuple,
        realm: &'s str,
        reason: ChallengeReason,
    ) -> ServerChallenge<'s> {
        ServerChallenge {
            config: self.config,
            realm,
            nonce: self.nonce(now, path, realm),
            reason,
        }
    }

    fn nonce(&mut self, now: Instant, path: FiveTuple, realm: &str) -> Nonce {
        let stamp = Stamp {
            time: now,
            serial: self.serial,
        };
        self.serial = self.serial.wrapping_add(1);
        self.key.seal(stamp, self.binding(path, realm))
    }

    const fn binding<'r>(&self, path: FiveTuple, realm: &'r str) -> Binding<'r> {
        Binding {
            realm,
            source: path.remote,
            to: self.config.binding,
        }
    }

    /// Neither too old nor from the future: that is one of a server with the same seed and another clock.
    fn is_fresh(&self, now: Instant, stamp: Stamp) -> bool {
        stamp.time <= now && now.saturating_duration_since(stamp.time) < self.config.lifetime
    }

    /// The first Digest credentials for `realm`.
    fn credentials<'a>(
        &self,
        request: &Message<'a>,
        realm: &str,
    ) -> Result<Option<DigestCredentials<'a>>, BadCredentials> {
        let mut malformed = None;
        let name = self.config.role.credentials_header();
        for field in request.headers_named(name) {
            match Credentials::read(field.value()) {
                Ok(Credentials::Digest(digest)) if digest.realm == QuotedString::new(realm) => {
                    return Ok(Some(digest));
                }
                Ok(_) => {}
                Err(error) => {
                    let error = error.named(name).shifted(field.value_offset());
                    malformed.get_or_insert(error);
                }
            }
        }
        match malformed {
            Some(error) => Err(BadCredentials::Malformed(error)),
            None => Ok(None),
        }
    }

    /// What a client must not do whatever its secret is.
    fn is_well_formed(
        &self,
        credentials: &DigestCredentials<'_>,
        request: &Message<'_>,
    ) -> Result<(), BadCredentials> {
        let offered = match (credentials.qop, self.config.integrity) {
            (None, BodyIntegrity::Required) => false,
            (None, _) => self.config.accept_without_qop,
            (Some(Qop::Auth), integrity) => integrity != BodyIntegrity::Required,
            (Some(Qop::AuthInt), integrity) => integrity != BodyIntegrity::None,
            (Some(Qop::Other(_)), _) => false,
        };
        if !offered {
            return Err(BadCredentials::Qop);
        }
        let counted = credentials.nc.is_some_and(|nc| nc.value() > 0);
        if credentials.qop.is_some() && !(counted && credentials.cnonce.is_some()) {
            return Err(BadCredentials::Count);
        }
        if credentials.algorithm().is_session() && credentials.cnonce.is_none() {
            return Err(BadCredentials::Count);
        }
        if self.config.same_uri && !is_same_uri(credentials.uri, request) {
            return Err(BadCredentials::Uri);
        }
        Ok(())
    }
}

fn is_same_uri(uri: QuotedString<'_>, request: &Message<'_>) -> bool {
    let (Some(uri), Some(target)) = (uri.as_str(), request.request_uri()) else {
        return false;
    };
    uri == target
        || matches!(
            (Uri::parse(uri), Uri::parse(target)),
            (Ok(uri), Ok(target)) if uri.is_equivalent(&target)
        )
}

/// Looks the user up whose name the credentials have.
fn find<'s, C: CredentialStore + ?Sized>(
    store: &'s C,
    realm: &str,
    function: HashFunction,
    credentials: &DigestCredentials<'_>,
) -> Option<Account<'s>> {
    let mut buffer = [0; MAX_NAME];
    let name = |len: usize, buffer: &[u8; MAX_NAME]| {
        let name = core::str::from_utf8(buffer.get(..len)?).ok()?;
        store.by_name(realm, name)
    };
    match credentials.username {
        Username::Plain(plain) => match plain.as_str() {
            Some(plain) => store.by_name(realm, plain),
            None => {
                let len = plain.unescape_into(&mut buffer).ok()?;
                name(len, &buffer)
            }
        },
        Username::Extended(extended) => {
            let mut len = 0;
            for byte in extended.bytes() {
                *buffer.get_mut(len)? = byte;
                len += 1;
            }
            name(len, &buffer)
        }
        Username::Hashed(hash) => {
            let len = hash.unescape_into(&mut buffer).ok()?;
            let digits = buffer.get_mut(..len)?;
            digits.make_ascii_lowercase();
            store.by_hash(realm, function, core::str::from_utf8(digits).ok()?)
        }
    }
}

#[cfg(test)]
mod tests;
