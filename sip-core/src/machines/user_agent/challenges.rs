//! Challenges to requests of ours, and their answers (RFC 3261 sections 8.1.3.5 and 22.2).

use alloc::boxed::Box;
use alloc::vec;
use core::fmt;
use core::hash::Hasher as _;
use core::net::IpAddr;

use bytes::Bytes;
use chacha20::rand_core::Rng as _;
use siphasher::sip128::{Hasher128 as _, SipHasher24};
use trunkline_sans_io::{Instant, Key, Owned};

use super::calling::credentials;
use super::usage::UsageState;
use super::{DIALOG_LIMIT, Map, Purpose, UsageKey, UserAgent, UserAgentEvent};
use crate::header::{CSeq, CallId, To};
use crate::{
    AuthorizationHeader, ClientTransaction, Destination, Dialog, DigestAccount, DigestClient,
    DigestSession, HeaderName, Message, OwnedMessage, Patch, RequestError, ServerProof, StatusCode,
    WriteError,
};

/// What a user agent with credentials remembers.
pub(super) struct Authenticator {
    client: DigestClient,
    sessions: Sessions,
    /// The requests under way that are sent again when somebody asks who sends them.
    attempts: Map<ClientTransaction, Attempt>,
}

impl fmt::Debug for Authenticator {
    /// Tells nothing of what was sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// A request under way.
struct Attempt {
    /// By what the owner knows it: the transaction in which it went out first.
    name: ClientTransaction,
    /// As it was handed to the layer.
    request: Bytes,
    destination: Destination,
}

/// What is known of those who challenged, by Call-ID (RFC 3261 section 22.2) and the host the request went
/// to: what a provider asked for is for the provider.
///
/// It is a cache. Where something is missing the server asks once more. Of two generations the older is
/// forgotten once the younger is full.
struct Sessions {
    /// Keyed, since a peer that calls us has chosen the Call-ID.
    hasher: SipHasher24,
    young: Map<u128, DigestSession>,
    old: Map<u128, DigestSession>,
    limit: usize,
}

impl Sessions {
    fn key(&self, request: &Message<'_>, host: IpAddr) -> Option<u128> {
        let call_id = request.require::<CallId<'_>>().ok()?;
        let mut hasher = self.hasher;
        match host {
            IpAddr::V4(host) => hasher.write(&host.octets()),
            IpAddr::V6(host) => hasher.write(&host.octets()),
        }
        hasher.write(call_id.0.as_bytes());
        Some(hasher.finish128().as_u128())
    }

    /// Takes a session out; a new one if there is none.
    fn take(&mut self, key: u128, host: IpAddr) -> DigestSession {
        let found = self.young.remove(&key).or_else(|| self.old.remove(&key));
        found.unwrap_or_else(|| DigestSession::with_peer(host))
    }

    fn put(&mut self, key: u128, session: DigestSession) {
        if session.is_empty() {
            return;
        }
        if self.young.len() >= (self.limit / 2).max(1) {
            self.old = core::mem::take(&mut self.young);
        }
        self.young.insert(key, session);
    }
}

/// A request about to be sent.
#[derive(Default)]
struct Prepared {
    /// The same with credentials, if there are any for it.
    authorized: Option<OwnedMessage>,
    /// Whether a challenge is answered here.
    answered_here: bool,
}

impl Authenticator {
    fn prepare(&mut self, request: &Bytes, destination: Destination) -> Prepared {
        let Ok(request) = OwnedMessage::parse(request.clone()) else {
            return Prepared::default();
        };
        let message = request.message();
        // The owner sees to it.
        if self.client.is_empty() || has_credentials(&message) {
            return Prepared::default();
        }
        Prepared {
            authorized: self.authorize(&message, destination),
            answered_here: true,
        }
    }

    /// With credentials for the nonces that are known the server need not ask.
    fn authorize(
        &mut self,
        message: &Message<'_>,
        destination: Destination,
    ) -> Option<OwnedMessage> {
        let (method, uri) = (message.method()?, message.request_uri()?);
        let host = destination.path.remote.ip();
        let key = self.sessions.key(message, host)?;
        let mut session = self.sessions.take(key, host);
        let headers = self
            .client
            .authorize(&mut session, method.as_str(), uri, message.body());
        self.sessions.put(key, session);
        if headers.is_empty() {
            return None;
        }
        let number = message.require::<CSeq<'_>>().ok()?.number;
        with_credentials(message, number, &headers)
    }

    /// The credentials that a challenge wants.
    fn answer(
        &mut self,
        response: &Message<'_>,
        request: &Message<'_>,
        destination: Destination,
    ) -> Option<vec::Vec<AuthorizationHeader>> {
        let host = destination.path.remote.ip();
        let key = self.sessions.key(request, host)?;
        let mut session = self.sessions.take(key, host);
        let headers = self.client.answer(&mut session, response, request);
        self.sessions.put(key, session);
        headers.ok()
    }

    /// What the owner calls a request under way.
    pub(super) fn name_of(&self, transaction: ClientTransaction) -> ClientTransaction {
        let attempt = self.attempts.get(&transaction);
        attempt.map_or(transaction, |attempt| attempt.name)
    }

    /// A request is over, by this response or without any. Gives what the owner calls it, and what the server has
    /// proved.
    fn finish(
        &mut self,
        transaction: ClientTransaction,
        response: Option<&Message<'_>>,
    ) -> (ClientTransaction, ServerProof) {
        let mut proof = ServerProof::None;
        let Some(attempt) = self.attempts.remove(&transaction) else {
            return (transaction, proof);
        };
        if let Some(response) = response
            && let Ok(request) = OwnedMessage::parse(attempt.request)
            && let message = request.message()
            && has_credentials(&message)
            && let host = attempt.destination.path.remote.ip()
            && let Some(key) = self.sessions.key(&message, host)
        {
            let mut session = self.sessions.take(key, host);
            proof = session.accept(response, &message);
            self.sessions.put(key, session);
        }
        (attempt.name, proof)
    }

    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.attempts.is_empty()
    }
}

impl UserAgent {
    /// Gives the user agent credentials: from now on it answers challenges (401, 407) to its requests where
    /// it has an account for the realm, and sends credentials along with the further requests of the call or
    /// registration (RFC 3261 section 22). The owner sees the response that follows; a challenge that cannot be
    /// answered, or whose answer the server rejects, is the outcome like any other failure.
    ///
    /// A request to which the owner itself has added Authorization or Proxy-Authorization is left alone.
    ///
    /// Say [`in_realm`](DigestAccount::in_realm): without, whomever a request reaches can have a digest of
    /// the password. Even so anybody may claim to be of the realm. Where requests also go to hosts that are
    /// not trusted, say [`for_peers`](DigestAccount::for_peers), too, or have passwords that cannot be guessed and do
    /// without MD5 ([`UserAgentConfig::digest`](super::UserAgentConfig::digest)).
    ///
    /// Credentials that a server has accepted are sent along to the address that asked for them only. A server
    /// whose own proof in Authentication-Info is wrong is told of by
    /// [`UserAgentEvent::WrongProof`](super::UserAgentEvent::WrongProof), and its response counts nevertheless;
    /// one without proof is no event, since most servers give none.
    ///
    /// Here two user agents meet, Alice with a password and a registrar that asks for it:
    ///
    /// ```
    /// use trunkline_sans_io::{FiveTuple, Instant};
    /// use trunkline_sip_core::{
    ///     Account, Destination, DigestAccount, DigestServer, DigestServerConfig, DigestVerdict, Method,
    ///     NonceUse, Outgoing, Secret, StatusCode, UserAgent, UserAgentConfig, UserAgentEvent,
    /// };
    ///
    /// let mut alice = UserAgent::new(UserAgentConfig::default(), [1; 32]);
    /// alice.add_account(DigestAccount::with_password("alice", "wonderland").in_realm("example.com"));
    ///
    /// let mut registrar = UserAgent::new(UserAgentConfig::default(), [2; 32]);
    /// let mut server = DigestServer::new(DigestServerConfig::DEFAULT, [3; 32], [NonceUse::EMPTY; 64]);
    /// let users = [Account { username: "alice", secret: Secret::Password("wonderland") }];
    ///
    /// let (now, mut buf) = (Instant::ORIGIN, [0; 2_000]);
    /// let path = FiveTuple::udp(([192, 0, 2, 1], 5060).into(), ([192, 0, 2, 9], 5060).into());
    /// let of_alice = "<sip:alice@example.com>";
    /// let register = Outgoing {
    ///     contact: Some("<sip:alice@192.0.2.1>"),
    ///     ..Outgoing::new(Destination::new(path), "sip:example.com", of_alice, of_alice)
    /// };
    /// let sent = alice.request(now, Method::Register, &register)?;
    /// for round in 1..=2 {
    ///     while let Some(transmit) = alice.poll_transmit(now, &mut buf)? {
    ///         let _ = registrar.handle_datagram(now, transmit.path.reversed(), &buf[..transmit.len]);
    ///     }
    ///     let Some(UserAgentEvent::Request { transaction, message, path, .. }) = registrar.poll_event()
    ///     else { panic!() };
    ///     match server.check(now, path, &message.message(), "example.com", &users) {
    ///         DigestVerdict::Accepted(user) => {
    ///             assert_eq!((round, user.username), (2, "alice"));
    ///             let proof = user.header(b"");
    ///             let headers: Vec<_> = proof.iter().map(|(name, value)| (*name, &**value)).collect();
    ///             registrar.respond(now, transaction, StatusCode::OK, "", &headers, None)?;
    ///         }
    ///         DigestVerdict::Challenge(challenge) => {
    ///             let headers = challenge.headers();
    ///             let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, &**value)).collect();
    ///             registrar.respond(now, transaction, challenge.status(), "", &headers, None)?;
    ///         }
    ///         other => {
    ///             let status = other.status().unwrap_or(StatusCode::FORBIDDEN);
    ///             registrar.respond(now, transaction, status, "", &[], None)?;
    ///         }
    ///     }
    ///     while let Some(transmit) = registrar.poll_transmit(now, &mut buf)? {
    ///         let _ = alice.handle_datagram(now, transmit.path.reversed(), &buf[..transmit.len]);
    ///     }
    /// }
    /// let Some(UserAgentEvent::Response { transaction, message, .. }) = alice.poll_event()
    /// else { panic!() };
    /// assert_eq!((transaction, message.message().status()), (sent, Some(StatusCode::OK)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_account(&mut self, account: DigestAccount) {
        let Self {
            digest,
            random,
            config,
            ..
        } = self;
        let authenticator = digest.get_or_insert_with(|| {
            let (mut seed, mut key) = ([0; 32], [0; 16]);
            random.fill_bytes(&mut seed);
            random.fill_bytes(&mut key);
            Box::new(Authenticator {
                client: DigestClient::new(config.digest, seed),
                sessions: Sessions {
                    hasher: SipHasher24::new_with_key(&key),
                    young: Map::default(),
                    old: Map::default(),
                    limit: config.max_digest_sessions,
                },
                attempts: Map::default(),
            })
        });
        authenticator.client.add(account);
    }

    /// Forgets all credentials and what was made of them; challenges of requests under way are not answered
    /// any more.
    pub fn remove_accounts(&mut self) {
        if let Some(digest) = self.digest.as_deref_mut() {
            digest.client.clear();
            digest.sessions.young = Map::default();
            digest.sessions.old = Map::default();
        }
    }

    /// Hands a request to the layer, with credentials where some are wanted; gives it as it was sent if there
    /// are.
    pub(super) fn send(
        &mut self,
        now: Instant,
        destination: Destination,
        request: &Bytes,
    ) -> Result<(ClientTransaction, Option<OwnedMessage>), RequestError> {
        let prepared = match self.digest.as_deref_mut() {
            Some(digest) => digest.prepare(request, destination),
            None => Prepared::default(),
        };
        let authorized = prepared.authorized.as_ref().map(OwnedMessage::bytes);
        let request = authorized.unwrap_or(request);
        let transaction = self.layer.send_request(now, destination, request)?;
        if prepared.answered_here
            && let Some(digest) = self.digest.as_deref_mut()
        {
            let attempt = Attempt {
                name: transaction,
                request: request.clone(),
                destination,
            };
            digest.attempts.insert(transaction, attempt);
        }
        Ok((transaction, prepared.authorized))
    }

    /// What the owner calls a transaction.
    pub(super) fn name_of(&self, transaction: ClientTransaction) -> ClientTransaction {
        let digest = self.digest.as_deref();
        digest.map_or(transaction, |digest| digest.name_of(transaction))
    }

    /// A request, of the usage if any, is over, by this response or without any; gives what the owner calls it.
    pub(super) fn finish(
        &mut self,
        transaction: ClientTransaction,
        usage: Option<Key>,
        response: Option<&Message<'_>>,
    ) -> ClientTransaction {
        let Some(digest) = self.digest.as_deref_mut() else {
            return transaction;
        };
        let (transaction, proof) = digest.finish(transaction, response);
        if proof == ServerProof::Wrong {
            self.events.push_back(UserAgentEvent::WrongProof {
                usage: usage.map(UsageKey),
                transaction,
            });
        }
        transaction
    }

    /// Answers a challenge: sends the request once more. `false` where that is not possible, and the response
    /// is the outcome.
    pub(super) fn answer_challenge(
        &mut self,
        now: Instant,
        transaction: ClientTransaction,
        response: &Message<'_>,
    ) -> bool {
        let is_challenge = matches!(
            response.status(),
            Some(StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED)
        );
        is_challenge && self.send_again(now, transaction, response).is_some()
    }

    fn send_again(
        &mut self,
        now: Instant,
        before: ClientTransaction,
        response: &Message<'_>,
    ) -> Option<()> {
        let digest = self.digest.as_deref_mut()?;
        let Attempt {
            name,
            request,
            destination,
        } = digest.attempts.get(&before)?;
        let (name, destination) = (*name, *destination);
        let request = OwnedMessage::parse(request.clone()).ok()?;
        let message = request.message();
        let headers = digest.answer(response, &message, destination)?;
        let purpose = self.clients.get(&before).copied();
        let cseq = self.cseq_again(purpose, &message)?;
        let request = with_credentials(&message, cseq, &headers)?;
        let origin = match purpose {
            Some(Purpose::Invite(key)) if self.sent.get(key)?.initial => {
                let storage = Owned::with_limit(DIALOG_LIMIT);
                Some(Dialog::caller(storage, &request.message()).ok()?)
            }
            _ => None,
        };
        let transaction = self
            .layer
            .send_request(now, destination, request.bytes())
            .ok()?;
        if let Some(digest) = self.digest.as_deref_mut() {
            digest.attempts.remove(&before);
            let attempt = Attempt {
                name,
                request: request.bytes().clone(),
                destination,
            };
            digest.attempts.insert(transaction, attempt);
        }
        if let Some(purpose) = self.clients.remove(&before) {
            self.clients.insert(transaction, purpose);
        }
        if let Some(Purpose::Invite(key)) = purpose
            && let Some(sent) = self.sent.get_mut(key)
        {
            sent.transaction = transaction;
            sent.cseq = cseq;
            sent.authenticated = credentials(request);
            // Whoever had rung has stopped.
            sent.early.clear();
            let leg = sent.usage.and_then(|usage| self.usages.get_mut(usage));
            if let (Some(leg), Some(origin)) = (leg, origin) {
                leg.dialog.clone_from(&origin);
                sent.origin = origin;
            }
        }
        Some(())
    }

    /// The sequence number with which a request is sent once more; `None` if nobody wants it any more.
    fn cseq_again(&mut self, purpose: Option<Purpose>, request: &Message<'_>) -> Option<u32> {
        let before = request.require::<CSeq<'_>>().ok()?.number;
        match purpose {
            None => Some(self.next_cseq().max(before + 1)),
            Some(Purpose::Invite(key)) => self.cseq_of_invite(key),
            Some(Purpose::Bye(Some(key))) => self.usages.get_mut(key)?.dialog.next_cseq().ok(),
            // The last request of a dialog that is not kept.
            Some(Purpose::Bye(None)) => before.checked_add(1),
            Some(Purpose::InDialog(key)) => {
                let tag = request.require::<To<'_>>().ok()?.tag;
                let leg = self.usages.get_mut(key)?;
                if leg.state == UsageState::Ending {
                    return None;
                }
                let dialog =
                    leg.dialog_where(&mut self.sent, |dialog| dialog.remote_tag() == tag)?;
                dialog.next_cseq().ok()
            }
        }
    }

    fn cseq_of_invite(&mut self, key: Key) -> Option<u32> {
        let sent = self.sent.get(key)?;
        if sent.cancelled || !sent.answers.is_empty() {
            return None;
        }
        let leg = self.usages.get_mut(sent.usage?)?;
        if !sent.initial {
            return leg.dialog.next_cseq().ok();
        }
        // Requests in early dialogs have counted on.
        let early = sent.early.iter().map(Dialog::local_cseq).max();
        let before = sent.cseq.max(early.unwrap_or_default());
        Some(self.next_cseq().max(before + 1))
    }
}

/// Whether there are credentials of any kind in a request.
pub(super) fn has_credentials(request: &Message<'_>) -> bool {
    let has = |name| request.header(name).is_some();
    has(HeaderName::Authorization) || has(HeaderName::ProxyAuthorization)
}

/// A request with another sequence number, and these credentials instead of those it had.
fn with_credentials(
    request: &Message<'_>,
    number: u32,
    headers: &[AuthorizationHeader],
) -> Option<OwnedMessage> {
    let method = request.method()?;
    let cseq = CSeq { number, method };
    let mut patch = Patch::new(*request);
    patch
        .set(HeaderName::CSeq, &cseq)
        .remove(HeaderName::Authorization)
        .remove(HeaderName::ProxyAuthorization);
    for header in headers {
        patch.append(header.name(), header);
    }
    let Err(WriteError::TooSmall { needed }) = patch.write(&mut []) else {
        return None;
    };
    let mut buffer = vec![0; needed];
    patch.write(&mut buffer).ok()?;
    OwnedMessage::parse(Bytes::from(buffer)).ok()
}
