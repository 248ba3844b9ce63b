//! As many Binding transactions as it takes: challenges are answered, other servers are asked.

use core::net::SocketAddr;

use trunkline_sans_io::{
    BufferTooSmall, ConnectionId, DnsName, FiveTuple, Handled, Instant, Transmit,
};

use super::alternates::{self, Alternates, OneRealm};
use super::binding_client::{Protection, Request};
use super::{
    BindingEvent, ClientConfig, ClientDrop, Failure, LongTermAuthentication, ShortTermCredential,
    Verdict,
};
use crate::wire::{Message, MessageWriter, TransactionIds};

#[derive(Clone, Debug)]
struct Credentials<U> {
    short_term: Option<ShortTermCredential<U>>,
    long_term: Option<LongTermAuthentication<U>>,
    realm: OneRealm,
    /// Another realm has asked for it.
    other_realm: bool,
    /// Of the last response with `ALTERNATE-SERVER`.
    alternate_domain: Option<DnsName>,
}

impl<U: AsRef<[u8]>> Protection for Credentials<U> {
    fn protect<'b>(&self, writer: MessageWriter<'b>) -> MessageWriter<'b> {
        match &self.long_term {
            Some(long_term) => long_term.protect(writer),
            None => self.short_term.protect(writer),
        }
    }

    fn judge(&mut self, response: &Message<'_>) -> Verdict {
        let verdict = match &mut self.long_term {
            Some(long_term) => long_term.judge(response),
            None => self.short_term.judge(response),
        };
        if verdict == Verdict::Retry {
            self.other_realm |= !self.realm.admits(response);
        }
        if verdict == Verdict::Accept {
            self.alternate_domain = alternates::domain(response);
        }
        verdict
    }
}

/// Asks for the address that a server sees, in as many transactions as it takes.
///
/// With a [long-term credential](Self::with_long_term), a challenge (401, 438) is answered by a new
/// transaction. A server that names another one (300) is left for that: over UDP and TCP, if it is of
/// the same family of addresses, was not asked before, and is not the fifth. Over TLS the other
/// server has to prove a name to whoever connects to it, so [`BindingEvent::TryAlternate`] tells of it,
/// and [`alternate_domain`](Self::alternate_domain) the name (RFC 8489 section 10). The other server is
/// shown the credential if it is of the same realm.
///
/// It has the verbs of a [`BindingClient`](super::BindingClient), and the path of what it sends may be
/// another than the first.
///
/// ```
/// use trunkline_stun::sans_io::{FiveTuple, Instant};
/// use trunkline_stun::{
///     Answer, BindingEvent, BindingExchange, BindingServer, ClientConfig, LongTermAccount,
///     LongTermAuthentication, LongTermServer, MAX_RESPONSE_LEN, TransactionIds,
/// };
///
/// let now = Instant::ORIGIN;
/// let path = FiveTuple::udp("192.0.2.9:5060".parse()?, "192.0.2.1:3478".parse()?);
/// let ids = TransactionIds::new([7; 32]); // the seed from the system's random source
/// let credential = LongTermAuthentication::new(b"alice", b"secret")?;
/// let mut exchange = BindingExchange::new(path, ids, ClientConfig::default()).with_long_term(credential);
///
/// // A server, which asks for a proof first.
/// let user = LongTermAccount::new(b"alice", b"example.org", b"secret");
/// let long_term = LongTermServer::new(b"example.org", [8; 32]);
/// let event = loop {
///     let (mut request, mut response) = ([0; 512], [0; MAX_RESPONSE_LEN]);
///     let transmit = exchange.poll_transmit(now, &mut request)?.expect("a request");
///     let answer = BindingServer::new().answer_long_term(
///         now,
///         transmit.path.reversed(),
///         &request[..transmit.len],
///         &mut response,
///         &long_term,
///         |asked, algorithm| user.is(asked).then(|| user.key(algorithm)).flatten(),
///     )?;
///     let Answer::Send(transmit) = answer else { panic!("{answer:?}") };
///     let _ = exchange.handle_datagram(now, path, &response[..transmit.len]);
///     if let Some(event) = exchange.poll_event() {
///         break event;
///     }
/// };
/// assert!(matches!(event, BindingEvent::Mapped { address, .. } if address == path.local));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BindingExchange<U = &'static [u8]> {
    request: Request,
    credentials: Credentials<U>,
    config: ClientConfig<U>,
    ids: TransactionIds,
    alternates: Alternates,
    event: Option<BindingEvent>,
    done: bool,
}

impl<U: AsRef<[u8]>> BindingExchange<U> {
    /// An exchange that begins over this path.
    #[must_use]
    pub fn new(path: FiveTuple, mut ids: TransactionIds, mut config: ClientConfig<U>) -> Self {
        let id = ids.next_id();
        Self {
            request: Request::new(path, id),
            credentials: Credentials {
                short_term: config.credential.take(),
                long_term: None,
                realm: OneRealm::default(),
                other_realm: false,
                alternate_domain: None,
            },
            config,
            ids,
            alternates: Alternates::default(),
            event: None,
            done: false,
        }
    }

    /// Uses this credential instead of a short-term one. What it has learnt of the server by an earlier
    /// exchange saves a transaction.
    #[must_use]
    pub fn with_long_term(mut self, long_term: LongTermAuthentication<U>) -> Self {
        self.credentials.long_term = Some(long_term);
        self
    }

    /// Names the connection that carries the first transaction, if one stands already.
    #[must_use]
    pub fn over_connection(mut self, connection: ConnectionId) -> Self {
        self.request.connection = Some(connection);
        self
    }

    /// The path of the latest transaction, which tells the server that was asked last.
    #[must_use]
    pub const fn path(&self) -> FiveTuple {
        self.request.path
    }

    /// The name that the certificate of the server in [`BindingEvent::TryAlternate`] has to be for, as
    /// `ALTERNATE-DOMAIN` tells it (RFC 8489 section 14.16). `None`: the server told none, or what is no name;
    /// then it is the name that the server had to prove that was asked.
    #[must_use]
    pub const fn alternate_domain(&self) -> Option<&DnsName> {
        self.credentials.alternate_domain.as_ref()
    }

    /// The long-term credential, with what it has learnt of the server, for the next exchange with it.
    #[must_use]
    pub fn into_long_term(self) -> Option<LongTermAuthentication<U>> {
        self.credentials.long_term
    }

    /// Whether the exchange has ended and the event has been fetched.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// As [`BindingClient::handle_datagram`](super::BindingClient::handle_datagram).
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        data: &[u8],
    ) -> Handled<ClientDrop> {
        let credentials = &mut self.credentials;
        let handled = self.request.handle_datagram(now, path, data, credentials);
        self.go_on();
        handled
    }

    /// As [`BindingClient::handle_bytes`](super::BindingClient::handle_bytes).
    pub fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize {
        let credentials = &mut self.credentials;
        let used = self
            .request
            .handle_bytes(now, connection, data, credentials);
        self.go_on();
        used
    }

    /// Tells that a connection stands that was opened for a request.
    pub fn handle_connected(&mut self, _now: Instant, connection: ConnectionId, path: FiveTuple) {
        self.request.handle_connected(connection, path);
    }

    /// Tells that a connection is gone. One to a server that was left does not matter.
    pub fn handle_disconnected(&mut self, _now: Instant, connection: ConnectionId) {
        self.request.handle_disconnected(connection);
        self.go_on();
    }

    /// As [`BindingClient::handle_send_failed`](super::BindingClient::handle_send_failed).
    pub fn handle_send_failed(
        &mut self,
        _now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    ) {
        self.request.handle_send_failed(path, connection);
        self.go_on();
    }

    /// Tells that time has passed. Late is fine, early does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.request.handle_timeout(now, &self.config.schedule);
        self.go_on();
    }

    /// Writes the request if one is to be sent now.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] with the size needed; nothing has changed.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        let content = self.config.content();
        let transmit = self
            .request
            .poll_transmit(now, buf, content, &self.credentials);
        self.go_on();
        transmit
    }

    /// How the exchange ended, once.
    pub fn poll_event(&mut self) -> Option<BindingEvent> {
        let event = self.event.take();
        self.done |= event.is_some();
        event
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.request.poll_timeout(&self.config.schedule)
    }

    /// Sees whether another transaction is to follow.
    fn go_on(&mut self) {
        if self.request.challenged {
            if self.credentials.other_realm {
                self.request.fail(Failure::OtherRealm);
            } else {
                self.request.restart(self.ids.next_id());
                return;
            }
        }
        match self.request.poll_event() {
            Some(BindingEvent::TryAlternate { server }) => self.follow(server),
            Some(event) => self.event = Some(event),
            None => {}
        }
    }

    fn follow(&mut self, server: SocketAddr) {
        if self.request.path.transport.is_secure() {
            self.event = Some(BindingEvent::TryAlternate { server });
        } else if self.alternates.follow(&mut self.request.path, server) {
            self.request.connection = None;
            if let Some(long_term) = &mut self.credentials.long_term {
                long_term.forget_server();
            }
            self.request.restart(self.ids.next_id());
        } else {
            self.event = Some(BindingEvent::Failed(Failure::AlternateLoop));
        }
    }
}

#[cfg(test)]
mod tests;
