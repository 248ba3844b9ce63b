//! The client's side of the long-term credential mechanism (RFC 8489 section 9.2).

mod time_limited;

use core::fmt;

use zeroize::Zeroize as _;

pub use self::time_limited::{TimeLimitedPassword, time_limited_until};

use crate::wire::{
    AttributeType, Class, ErrorCode, IntegrityAlgorithm, Key, Message, MessageWriter, Nonce,
    PasswordAlgorithm, Realm, SecurityFeatures, UserHash, Username,
};

/// The longest user name (RFC 8489 section 14.3).
const MAX_USERNAME: usize = 508;
/// The longest password that is taken.
const MAX_PASSWORD: usize = 256;
/// The longest realm and nonce that have to be read (RFC 8489 sections 14.9 and 14.10).
const MAX_TEXT: usize = 763;
/// The longest offer of algorithms that is taken: those of today have eight octets.
const MAX_OFFER: usize = 64;
/// How often in a row a request is made anew because of a challenge.
const MAX_RETRIES: u8 = 3;

/// The name or the password is too long: 508 octets are the most for the one (RFC 8489 section
/// 14.3), 256 for the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the user name or the password is too long")]
pub struct CredentialTooLong;

/// What is to be done about a response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
#[must_use]
pub enum Verdict {
    /// It is to be used: made with the key, or the answer to a request that was not.
    Accept,
    /// The request is to be sent anew, with another transaction id, as a transaction of its own.
    Retry,
    /// It is to be treated as if it had never come. Over UDP the transaction goes on; if nothing
    /// better comes until its end, and over a stream at once, it ends because its integrity was
    /// violated.
    Discard,
    /// The transaction has failed.
    Fail(AuthenticationError),
}

/// Why a server and a client do not get on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticationError {
    /// 401 to a request that was made with the credential: the name or the password is wrong.
    #[error("the server does not accept the credential")]
    Rejected,
    /// A challenge has no realm or no nonce, or one of them is longer than may be.
    #[error("the challenge of the server cannot be used")]
    UnusableChallenge,
    /// The server offers no password algorithm that is known here.
    #[error("the server knows none of our password algorithms")]
    NoCommonAlgorithm,
    /// Each nonce that the server gave was stale when it came back.
    #[error("the nonces of the server are always stale")]
    AlwaysStale,
}

/// Octets of bounded length, wiped when they are dropped.
#[derive(Clone)]
struct Octets<const N: usize> {
    octets: [u8; N],
    len: usize,
}

impl<const N: usize> Octets<N> {
    fn new(value: &[u8]) -> Option<Self> {
        let mut octets = [0; N];
        octets.get_mut(..value.len())?.copy_from_slice(value);
        Some(Self {
            octets,
            len: value.len(),
        })
    }

    fn get(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}

impl<const N: usize> Drop for Octets<N> {
    fn drop(&mut self) {
        self.octets.zeroize();
    }
}

/// What the server has asked for, and what follows from it.
#[derive(Clone)]
struct Challenge {
    realm: Octets<MAX_TEXT>,
    nonce: Octets<MAX_TEXT>,
    /// The offer as it came, and what was chosen of it.
    offer: Option<(Octets<MAX_OFFER>, PasswordAlgorithm<'static>)>,
    /// Stands for the name, if the server can do without it.
    userhash: Option<UserHash>,
    key: Key,
}

impl Challenge {
    fn algorithm(&self) -> Option<PasswordAlgorithm<'static>> {
        self.offer.as_ref().map(|(_, chosen)| *chosen)
    }

    fn is_protected(&self, message: &Message<'_>) -> bool {
        let verified = match self.offer {
            Some(_) => message.verify_with(&self.key, IntegrityAlgorithm::Sha256),
            None => message.verify(&self.key).map(drop),
        };
        verified.is_ok()
    }
}

/// A name and a password, and how a server wants them to be proved (RFC 8489 section 9.2): what a
/// client keeps for a server, from one transaction to the next.
///
/// The first request goes out bare. The response to it brings a realm and a nonce, and what
/// algorithms the server knows; from then on [`protect`](Self::protect) adds what is wanted, and
/// [`judge`](Self::judge) tells what to do about responses. Taking an offer of better algorithms
/// out of a message is noticed, and a server that has made one is held to it.
///
/// It belongs to one transaction at a time, since a request that is sent again must be the same.
/// The key is computed once for each realm. Name and password must be prepared as for [`Key`].
///
/// ```
/// use trunkline_stun::{Class, LongTermAuthentication, Message, MessageWriter, Method, Nonce};
/// use trunkline_stun::{ErrorCode, Realm, TransactionId, Username, Verdict};
///
/// let mut authentication = LongTermAuthentication::new(b"alice", b"secret")?;
///
/// // The server has answered the first request by 401.
/// let mut challenge = [0; 128];
/// let id = TransactionId::new([1; 12]);
/// let len = MessageWriter::new(&mut challenge, Class::Error, Method::BINDING, id)
///     .optional(ErrorCode::new(401, "Unauthenticated").as_ref())
///     .attribute(&Realm(b"example.org"))
///     .attribute(&Nonce(b"f//499k954d6OL34oL9FSTvy64sA"))
///     .finish()?;
/// let verdict = authentication.judge(&Message::parse(&challenge[..len])?);
/// assert_eq!(verdict, Verdict::Retry);
///
/// let mut request = [0; 256];
/// let id = TransactionId::new([2; 12]);
/// let writer = MessageWriter::new(&mut request, Class::Request, Method::BINDING, id);
/// let len = authentication.protect(writer).finish()?;
/// let request = Message::parse(&request[..len])?;
/// assert_eq!(request.get()?, Some(Username(b"alice")));
/// assert_eq!(request.get()?, Some(Realm(b"example.org")));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct LongTermAuthentication<U = &'static [u8]> {
    username: U,
    password: Octets<MAX_PASSWORD>,
    challenge: Option<Challenge>,
    /// How often in a row a challenge was answered.
    retries: u8,
}

impl<U: AsRef<[u8]>> LongTermAuthentication<U> {
    /// Of a server that nothing is known of.
    ///
    /// # Errors
    ///
    /// [`CredentialTooLong`].
    pub fn new(username: U, password: &[u8]) -> Result<Self, CredentialTooLong> {
        if username.as_ref().len() > MAX_USERNAME {
            return Err(CredentialTooLong);
        }
        Ok(Self {
            username,
            password: Octets::new(password).ok_or(CredentialTooLong)?,
            challenge: None,
            retries: 0,
        })
    }

    /// The name.
    pub fn username(&self) -> &[u8] {
        self.username.as_ref()
    }

    /// Whether the server has asked for the credential, so that requests hold it.
    #[must_use]
    pub const fn is_challenged(&self) -> bool {
        self.challenge.is_some()
    }

    /// Forgets what the server asked for, as another server will ask for something else
    /// (RFC 8489 section 10).
    pub fn forget_server(&mut self) {
        self.challenge = None;
        self.retries = 0;
    }

    /// Ends a request with the name, the answer to the challenge and the integrity. Only
    /// `FINGERPRINT` can stand behind it. As long as there was no challenge, nothing is added
    /// (RFC 8489 section 9.2.3.1).
    pub fn protect<'b>(&self, writer: MessageWriter<'b>) -> MessageWriter<'b> {
        let Some(challenge) = &self.challenge else {
            return writer;
        };
        let writer = match &challenge.userhash {
            Some(userhash) => writer.attribute(userhash),
            None => writer.attribute(&Username(self.username.as_ref())),
        };
        let writer = writer
            .attribute(&Realm(challenge.realm.get()))
            .attribute(&Nonce(challenge.nonce.get()));
        match &challenge.offer {
            Some((offer, chosen)) => writer
                .raw(AttributeType::PASSWORD_ALGORITHMS, offer.get())
                .attribute(chosen)
                .integrity_sha256(&challenge.key),
            None => writer.integrity(&challenge.key),
        }
    }

    /// Tells what to do about a response to the latest request (RFC 8489 section 9.2.5). That it
    /// is one, and came from the server, must be known already.
    ///
    /// A response to a bare request is taken as it is, since nothing can be proved by it. Of the
    /// others only 401 and 438 need not be made with the key: they are answered three times in a
    /// row at most.
    pub fn judge(&mut self, message: &Message<'_>) -> Verdict {
        let verdict = match message.get::<ErrorCode<'_>>() {
            Ok(Some(error)) if message.class() == Class::Error => match error.code() {
                code @ (401 | 438) => {
                    // Other responses may hold the nonce, too, and need no offer beside it.
                    let Ok(offer) = message.offered_password_algorithms() else {
                        return Verdict::Discard;
                    };
                    // What the server can do it could do before, and whoever takes it away now
                    // wants a weaker proof.
                    if offer.is_none() && self.has_offer() {
                        return Verdict::Discard;
                    }
                    self.answer(message, code == 438)
                }
                _ => self.verify(message),
            },
            _ => self.verify(message),
        };
        match verdict {
            Verdict::Accept | Verdict::Fail(_) => self.retries = 0,
            Verdict::Retry => self.retries = self.retries.saturating_add(1),
            Verdict::Discard => {}
        }
        verdict
    }

    fn has_offer(&self) -> bool {
        let challenge = self.challenge.as_ref();
        challenge.is_some_and(|challenge| challenge.offer.is_some())
    }

    fn verify(&self, message: &Message<'_>) -> Verdict {
        match &self.challenge {
            Some(challenge) if !challenge.is_protected(message) => Verdict::Discard,
            _ => Verdict::Accept,
        }
    }

    fn answer(&mut self, message: &Message<'_>, stale: bool) -> Verdict {
        let next = match self.next_challenge(message) {
            Ok(next) => next,
            Err(error) => return Verdict::Fail(error),
        };
        if let Some(before) = &self.challenge {
            let changed = before.realm.get() != next.realm.get()
                || before.algorithm() != next.algorithm()
                || before.userhash != next.userhash;
            if !stale && !changed {
                return Verdict::Fail(AuthenticationError::Rejected);
            }
        }
        if self.retries >= MAX_RETRIES {
            return Verdict::Fail(AuthenticationError::AlwaysStale);
        }
        self.challenge = Some(next);
        Verdict::Retry
    }

    fn next_challenge(&self, message: &Message<'_>) -> Result<Challenge, AuthenticationError> {
        const UNUSABLE: AuthenticationError = AuthenticationError::UnusableChallenge;
        let before = self.challenge.as_ref();
        let nonce: Nonce<'_> = message.get().ok().flatten().ok_or(UNUSABLE)?;
        let realm = match message.get() {
            Ok(Some(Realm(realm))) => Octets::new(realm),
            // Of a 438 some leave it out.
            _ => before.map(|before| before.realm.clone()),
        };
        let realm = realm.ok_or(UNUSABLE)?;
        let features = nonce.security_features().unwrap_or_default();
        let username = self.username.as_ref();
        let userhash = features
            .contains(SecurityFeatures::USERNAME_ANONYMITY)
            .then(|| UserHash::new(username, realm.get()));
        let offer = match message.offered_password_algorithms() {
            Ok(Some(algorithms)) => {
                let known = [PasswordAlgorithm::MD5, PasswordAlgorithm::SHA256];
                let chosen = algorithms
                    .iter()
                    .find_map(|offered| known.into_iter().find(|known| *known == offered))
                    .ok_or(AuthenticationError::NoCommonAlgorithm)?;
                let mut raw = message.attributes();
                let raw = raw.find(|raw| raw.kind == AttributeType::PASSWORD_ALGORITHMS);
                let raw = raw.and_then(|raw| Octets::new(raw.value));
                Some((raw.ok_or(UNUSABLE)?, chosen))
            }
            _ => None,
        };
        let algorithm = offer.as_ref().map(|(_, chosen)| *chosen);
        let key = match before {
            Some(before)
                if before.realm.get() == realm.get() && before.algorithm() == algorithm =>
            {
                before.key.clone()
            }
            _ => {
                let (realm, password) = (unquoted(realm.get()), self.password.get());
                match algorithm {
                    Some(PasswordAlgorithm::SHA256) => {
                        Key::long_term_sha256(username, realm, password)
                    }
                    _ => Key::long_term_md5(username, realm, password),
                }
            }
        };
        Ok(Challenge {
            nonce: Octets::new(nonce.0).ok_or(UNUSABLE)?,
            realm,
            offer,
            userhash,
            key,
        })
    }
}

/// A realm as the key is made of it (RFC 8489 section 9.2.2).
fn unquoted(mut realm: &[u8]) -> &[u8] {
    while let Some(rest) = realm.strip_suffix(b"\0") {
        realm = rest;
    }
    let inside = realm.strip_prefix(b"\"");
    inside
        .and_then(|inside| inside.strip_suffix(b"\""))
        .unwrap_or(realm)
}

impl<U> fmt::Debug for LongTermAuthentication<U> {
    /// Tells nothing of the credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongTermAuthentication")
            .field("challenged", &self.challenge.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
