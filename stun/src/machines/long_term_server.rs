//! The server's side of the long-term credential mechanism (RFC 8489 section 9.2).

use core::borrow::Borrow;
use core::fmt;
use core::hint::black_box;
use core::net::IpAddr;
use core::time::Duration;

use trunkline_sans_io::Instant;

use super::keyed_hash::KeyedHash;
use super::nonce::{NONCE_LEN, NonceKey};
use crate::wire::{
    IntegrityAlgorithm, Key, Malformed, Message, MessageWriter, NONCE_COOKIE_LEN, Nonce,
    PasswordAlgorithm, PasswordAlgorithms, Realm, SecurityFeatures, UserHash, Username,
};

/// Who a request says that it is from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UserIdentity<'m> {
    /// The name, of `USERNAME`.
    Name(&'m [u8]),
    /// What stands for the name, of `USERHASH`.
    Hash(UserHash),
}

/// A user, with all that a [`LongTermServer`] may ask for: made once, since keys take time.
///
/// ```
/// use trunkline_stun::{LongTermAccount, PasswordAlgorithm, UserHash, UserIdentity};
///
/// let alice = LongTermAccount::new(b"alice", b"example.org", b"secret");
/// assert!(alice.is(&UserIdentity::Name(b"alice")));
/// assert!(alice.is(&UserIdentity::Hash(UserHash::new(b"alice", b"example.org"))));
/// assert!(alice.key(PasswordAlgorithm::SHA256).is_some());
/// ```
#[derive(Clone, Debug)]
pub struct LongTermAccount<U = &'static [u8]> {
    username: U,
    userhash: UserHash,
    md5: Key,
    sha256: Key,
}

impl<U: AsRef<[u8]>> LongTermAccount<U> {
    /// The user of this name in a realm, all three prepared as for [`Key`].
    #[must_use]
    pub fn new(username: U, realm: &[u8], password: &[u8]) -> Self {
        let name = username.as_ref();
        Self {
            userhash: UserHash::new(name, realm),
            md5: Key::long_term_md5(name, realm, password),
            sha256: Key::long_term_sha256(name, realm, password),
            username,
        }
    }

    /// The name.
    pub fn username(&self) -> &[u8] {
        self.username.as_ref()
    }

    /// Whether it is this user.
    pub fn is(&self, user: &UserIdentity<'_>) -> bool {
        match user {
            UserIdentity::Name(name) => *name == self.username.as_ref(),
            UserIdentity::Hash(hash) => *hash == self.userhash,
        }
    }

    /// The key by a password algorithm, `None` for one that is not known here.
    pub fn key(&self, algorithm: PasswordAlgorithm<'_>) -> Option<&Key> {
        match algorithm {
            PasswordAlgorithm::MD5 => Some(&self.md5),
            PasswordAlgorithm::SHA256 => Some(&self.sha256),
            _ => None,
        }
    }
}

/// What a [`LongTermServer`] finds of a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub enum RequestVerdict<'s, K> {
    /// It is from the user whose key this is. Its response is protected with the key, by the same
    /// algorithm.
    Authentic {
        /// The key.
        key: K,
        /// The algorithm.
        algorithm: IntegrityAlgorithm,
    },
    /// To be answered by 400, without integrity.
    BadRequest,
    /// To be answered by 401 or 438.
    Challenge(Challenge<'s>),
}

/// What is to be in a 401 or 438.
#[derive(Clone, Copy, Debug)]
pub struct Challenge<'s> {
    code: u16,
    realm: &'s [u8],
    nonce: NonceText,
    offer: &'s [PasswordAlgorithm<'s>],
}

impl Challenge<'_> {
    /// 401, or 438 if all is well but for the age of the nonce.
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// Appends `REALM`, `NONCE` and, if there is something to choose, `PASSWORD-ALGORITHMS`. The
    /// `ERROR-CODE` is the caller's part.
    pub fn write<'b>(&self, writer: MessageWriter<'b>) -> MessageWriter<'b> {
        let offer = (!self.offer.is_empty()).then(|| PasswordAlgorithms::new(self.offer));
        writer
            .attribute(&Realm(self.realm))
            .attribute(&Nonce(self.nonce.octets()))
            .optional(offer.as_ref())
    }
}

/// A nonce as it is written: with the cookie of its security features in front, or without.
#[derive(Clone, Copy, Debug)]
struct NonceText {
    text: [u8; NONCE_COOKIE_LEN + NONCE_LEN],
    from: usize,
}

impl NonceText {
    fn octets(&self) -> &[u8] {
        self.text.get(self.from..).unwrap_or_default()
    }
}

/// Checks who sends requests, and makes the challenges. It remembers nothing of a request, so
/// that nothing can be filled up: a nonce tells when it was made and proves, by a keyed hash, that
/// it was made here and for whom.
///
/// A nonce is good for its lifetime and for the address that it was given to, whatever the port.
/// Within these a recorded request can be sent again, which for Binding is harmless.
///
/// It offers the password algorithms SHA-256 and MD5, and every nonce tells so
/// ([`SecurityFeatures`]): whoever takes the offer out of a response or changes it is found out by
/// the client, or by the server when the client sends it back (RFC 8489 section 9.2.4).
///
/// A challenge is 80 octets long and as much as the realm, rounded up to four; `FINGERPRINT` is 8
/// more. So up to a realm of 12 octets no response is longer than
/// [`MAX_RESPONSE_LEN`](crate::MAX_RESPONSE_LEN). To whom a challenge goes has not proved that it
/// asked: with the headers of IP and UDP it is at most 2.7 times as long as the shortest request. A
/// [`RateLimiter`](crate::RateLimiter) bounds what can be made of that.
///
/// ```
/// use trunkline_stun::sans_io::{FiveTuple, Instant};
/// use trunkline_stun::{Answer, BindingServer, LongTermAccount, LongTermServer, MAX_RESPONSE_LEN};
/// use trunkline_stun::{Class, ErrorCode, Message, MessageWriter, Method, Realm, TransactionId};
///
/// let users = [LongTermAccount::new(b"alice", b"example.org", b"secret")];
/// let long_term = LongTermServer::new(b"example.org", [7; 32]); // the seed from the system's random source
///
/// let mut request = [0; 64];
/// let id = TransactionId::new([1; 12]);
/// let len = MessageWriter::new(&mut request, Class::Request, Method::BINDING, id).finish()?;
///
/// let path = FiveTuple::udp("192.0.2.1:3478".parse()?, "198.51.100.7:61234".parse()?);
/// let mut response = [0; MAX_RESPONSE_LEN];
/// let answer = BindingServer::new().answer_long_term(
///     Instant::ORIGIN,
///     path,
///     &request[..len],
///     &mut response,
///     &long_term,
///     |user, algorithm| users.iter().find(|known| known.is(user))?.key(algorithm),
/// )?;
/// let Answer::Send(transmit) = answer else { panic!("{answer:?}") };
/// let response = Message::parse(&response[..transmit.len])?;
/// assert_eq!(response.get::<ErrorCode>()?.map(|error| error.code()), Some(401));
/// assert_eq!(response.get()?, Some(Realm(b"example.org")));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct LongTermServer<'a> {
    realm: &'a [u8],
    offer: &'a [PasswordAlgorithm<'a>],
    user_hashes: bool,
    lifetime: Duration,
    nonces: NonceKey,
    /// What the requests of unknown users are compared with.
    nobody: Key,
}

impl<'a> LongTermServer<'a> {
    /// What is offered if nothing else is said.
    const OFFER: [PasswordAlgorithm<'static>; 2] =
        [PasswordAlgorithm::SHA256, PasswordAlgorithm::MD5];

    /// For the users of a realm, prepared as for [`Key`], without the quotation marks of RFC 5389.
    /// The key of the nonces is made of the seed, which is to be random, secret, and new with every
    /// start: servers that share one take each other's nonces, if their clocks have one origin.
    #[must_use]
    pub fn new(realm: &'a [u8], seed: [u8; 32]) -> Self {
        Self {
            realm,
            offer: &Self::OFFER,
            user_hashes: false,
            lifetime: Duration::from_secs(600),
            nonces: NonceKey(KeyedHash::new(&seed)),
            nobody: Key::short_term(&seed),
        }
    }

    /// Offers these password algorithms instead of SHA-256 and MD5, the best first. With none, it
    /// is a server of RFC 5389, which knows MD5 alone. A client of RFC 5389 finds no entrance where
    /// MD5 is not among them.
    #[must_use]
    pub const fn with_algorithms(mut self, offer: &'a [PasswordAlgorithm<'a>]) -> Self {
        self.offer = offer;
        self
    }

    /// Tells that users need not be named, since they are found by [`UserIdentity::Hash`] as well.
    #[must_use]
    pub const fn with_user_hashes(mut self) -> Self {
        self.user_hashes = true;
        self
    }

    /// How long a nonce is good, 10 minutes by default, rounded down to seconds. Clients with an
    /// older one get another by 438, and their users notice nothing.
    #[must_use]
    pub const fn with_nonce_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Says whether `request`, which came from `source`, is from a user (RFC 8489 section 9.2.4).
    ///
    /// `key_of` finds the key of a user by one of the password algorithms that were offered. An
    /// unknown user takes as long to refuse as a wrong password.
    pub fn check<K: Borrow<Key>>(
        &self,
        now: Instant,
        source: IpAddr,
        request: &Message<'_>,
        key_of: impl FnOnce(&UserIdentity<'_>, PasswordAlgorithm<'_>) -> Option<K>,
    ) -> RequestVerdict<'_, K> {
        let challenge = |code| RequestVerdict::Challenge(self.challenge(code, now, source));
        let protected = [IntegrityAlgorithm::Sha1, IntegrityAlgorithm::Sha256]
            .into_iter()
            .any(|algorithm| request.has_integrity(algorithm));
        if !protected {
            return challenge(401);
        }
        let (Ok(Some(user)), Ok(Some(Realm(realm))), Ok(Some(nonce))) =
            (user_of(request), request.get(), request.get::<Nonce<'_>>())
        else {
            return RequestVerdict::BadRequest;
        };
        let Some(algorithm) = self.algorithm(request, nonce) else {
            return RequestVerdict::BadRequest;
        };
        // One that was not offered, or a user of another realm, has no key here.
        let known = realm == self.realm && self.accepts(algorithm);
        let key = known.then(|| key_of(&user, algorithm)).flatten();
        let Some(key) = key else {
            let _ = black_box(request.verify(&self.nobody));
            return challenge(401);
        };
        match request.verify(key.borrow()) {
            Ok(_) if !self.is_fresh(now, source, nonce) => challenge(438),
            Ok(algorithm) => RequestVerdict::Authentic { key, algorithm },
            Err(_) => challenge(401),
        }
    }

    /// The password algorithm that a request was made by, or `None` if it does not say it the way
    /// that it must.
    fn algorithm<'m>(
        &self,
        request: &Message<'m>,
        nonce: Nonce<'_>,
    ) -> Option<PasswordAlgorithm<'m>> {
        let features = nonce.security_features().unwrap_or_default();
        let chosen = request.get::<PasswordAlgorithm<'m>>().ok()?;
        let echoed = request.get::<PasswordAlgorithms<'m>>().ok()?;
        if !features.contains(SecurityFeatures::PASSWORD_ALGORITHMS) {
            return Some(PasswordAlgorithm::MD5);
        }
        match (chosen, echoed) {
            (None, None) => Some(PasswordAlgorithm::MD5),
            (Some(chosen), Some(echoed)) => {
                let same = echoed.iter().eq(self.offer.iter().copied());
                (same && self.offer.contains(&chosen)).then_some(chosen)
            }
            _ => None,
        }
    }

    fn accepts(&self, algorithm: PasswordAlgorithm<'_>) -> bool {
        match self.offer {
            [] => algorithm == PasswordAlgorithm::MD5,
            offer => offer.contains(&algorithm),
        }
    }

    fn features(&self) -> SecurityFeatures {
        let mut features = SecurityFeatures::default();
        if !self.offer.is_empty() {
            features = features.and(SecurityFeatures::PASSWORD_ALGORITHMS);
        }
        if self.user_hashes {
            features = features.and(SecurityFeatures::USERNAME_ANONYMITY);
        }
        features
    }

    fn nonce(&self, now: Instant, source: IpAddr) -> NonceText {
        let features = self.features();
        let mut text = [0; NONCE_COOKIE_LEN + NONCE_LEN];
        let (cookie, own) = text.split_at_mut(NONCE_COOKIE_LEN);
        cookie.copy_from_slice(&features.nonce_cookie());
        own.copy_from_slice(&self.nonces.seal(seconds(now), source, self.realm));
        let from = match features == SecurityFeatures::default() {
            true => NONCE_COOKIE_LEN,
            false => 0,
        };
        NonceText { text, from }
    }

    fn challenge(&self, code: u16, now: Instant, source: IpAddr) -> Challenge<'_> {
        Challenge {
            code,
            realm: self.realm,
            nonce: self.nonce(now, source),
            offer: self.offer,
        }
    }

    /// Neither too old nor from the future: that is one of a server with the same seed and another
    /// clock.
    fn is_fresh(&self, now: Instant, source: IpAddr, nonce: Nonce<'_>) -> bool {
        let features = self.features();
        let own = match features == SecurityFeatures::default() {
            true => Some(nonce.0),
            false => nonce.0.strip_prefix(&features.nonce_cookie()),
        };
        let made = own.and_then(|own| self.nonces.open(own, source, self.realm));
        let age = made.and_then(|made| seconds(now).checked_sub(made));
        age.is_some_and(|age| u64::from(age) < self.lifetime.as_secs())
    }
}

/// The clock of the nonces, good for 136 years.
fn seconds(now: Instant) -> u32 {
    u32::try_from(now.as_nanos() / 1_000_000_000).unwrap_or(u32::MAX)
}

/// Who is named, if anybody.
fn user_of<'m>(request: &Message<'m>) -> Result<Option<UserIdentity<'m>>, Malformed> {
    if let Some(Username(name)) = request.get()? {
        return Ok(Some(UserIdentity::Name(name)));
    }
    let hash = request.get::<UserHash>()?;
    Ok(hash.map(UserIdentity::Hash))
}

impl fmt::Debug for LongTermServer<'_> {
    /// Without the key of the nonces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongTermServer")
            .field("realm", &self.realm)
            .field("offer", &self.offer)
            .field("user_hashes", &self.user_hashes)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
