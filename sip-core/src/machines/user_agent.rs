//! The user agent: calls, and what goes along with them (RFC 3261 sections 8, 12 to 15, RFC 5057).

mod answering;
mod calling;
mod challenges;
mod compose;
mod config;
mod error;
mod event;
mod hangup;
mod inbound;
mod merged;
mod requests;
mod target;
mod usage;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::fmt;
use core::hash::BuildHasherDefault;
use core::net::SocketAddr;

use bytes::Bytes;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use hashbrown::HashMap;
use siphasher::sip::SipHasher13;
use trunkline_sans_io::{
    BufferTooSmall, ConnectionId, Deadline, Deadlines, FiveTuple, Handled, Instant, Key, Owned,
    Slot, Slots, Transmit,
};

use self::challenges::Authenticator;
use self::compose::Composer;
use self::inbound::Pending;
use self::merged::Merged;
use self::usage::{Sent, Usage};
use crate::{
    ClientTransaction, Destination, DropReason, HostPort, LayerEvent, LayerStatistics,
    ServerTransaction, TransactionLayer,
};

pub use compose::Body;
pub(in crate::machines) use compose::is_reserved;
pub use config::{EarlyDialogPolicy, UserAgentConfig};
pub use error::{ComposeError, SendError, UsageError};
pub use event::{EndCause, RejectCause, UserAgentEvent};
pub use usage::{UsageKey, UsageState, UsageView};

/// The most octets of texts that a dialog of ours may have.
const DIALOG_LIMIT: usize = 8_192;

/// The highest sequence number of a request outside of dialogs: half of what a dialog can use.
const MAX_FIRST_CSEQ: u32 = 1 << 30;

/// Hashes what no peer chooses.
type KeyHasher = BuildHasherDefault<SipHasher13>;
type Map<K, V> = HashMap<K, V, KeyHasher>;
type Table<T> = Slots<T, Owned<Slot<T>>>;

/// What is needed to send a request that is not part of a dialog.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Where it goes.
    pub destination: Destination,
    /// The Request-URI.
    pub request_uri: &'a str,
    /// The value of From, without tag.
    pub from: &'a str,
    /// The value of To.
    pub to: &'a str,
    /// The value of Contact. Without one an INVITE gets the address it is sent from as other hosts know it
    /// ([`LayerConfig::sent_by`](crate::LayerConfig)), and other requests have none.
    pub contact: Option<&'a str>,
    /// The Call-ID; a random one by default.
    pub call_id: Option<&'a str>,
    /// How many hops it may take; 70 unless it is forwarded.
    pub max_forwards: u8,
    /// Further header fields, such as Route or Supported.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: Option<Body<'a>>,
}

impl<'a> Outgoing<'a> {
    /// A request with defaults for everything else.
    #[must_use]
    pub const fn new(
        destination: Destination,
        request_uri: &'a str,
        from: &'a str,
        to: &'a str,
    ) -> Self {
        Self {
            destination,
            request_uri,
            from,
            to,
            contact: None,
            call_id: None,
            max_forwards: 70,
            headers: &[],
            body: None,
        }
    }
}

/// What a client transaction of ours is for.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    /// An INVITE: the entry in [`UserAgent::sent`].
    Invite(Key),
    /// A BYE, and the usage that ends with its answer.
    Bye(Option<Key>),
    /// Another request in the dialog of a usage.
    InDialog(Key),
}

/// A user agent: any number of calls in both directions, and requests outside of calls. What a B2BUA, a
/// softphone or a test caller is written on.
///
/// A call is an *INVITE usage* (RFC 5057), named by a [`UsageKey`] from its first INVITE to its end. The user
/// agent keeps its dialog, repeats 2xx and ACK, ends what nobody wants any more, and answers by itself what
/// leaves no choice:
///
/// | answer | to |
/// |---|---|
/// | 400 | an INVITE without usable Contact, a target refresh whose Contact is none, a header that a dialog is made of malformed |
/// | 405 | a method not in [`UserAgentConfig::allow`], if that is not empty |
/// | 420 | an option tag in Require that is not in [`UserAgentConfig::supported`] |
/// | 481 | a request in a dialog that there is not |
/// | 482 | a request that came along two branches (RFC 3261 section 8.2.2.2) |
/// | 491 | a re-INVITE that crosses an INVITE of ours, or comes before the ACK to our last 2xx |
/// | 500 | a CSeq out of order; a second re-INVITE before the first was answered |
/// | 503 | an INVITE beyond [`UserAgentConfig::max_usages`], a request beyond what may wait for an answer |
/// | 200 | BYE, without [`UserAgentConfig::hand_over_bye`] |
/// | 487 | an INVITE that was cancelled, or whose dialog ended by BYE |
/// | 513 | an INVITE whose addresses and route set are longer than a dialog can be, 8,192 octets |
///
/// It is used by the verbs of all machines: put in what arrives, drain [`poll_transmit`](Self::poll_transmit)
/// and [`poll_event`](Self::poll_event), re-arm a timer by [`poll_timeout`](Self::poll_timeout).
///
/// Nothing is resolved: the owner gives the [`Destination`] of requests outside of dialogs. Requests in a
/// dialog go to the address in the route set or remote target; where there is a name, to where the INVITE
/// went, or where the messages of the caller come from. [`UserAgent::set_destination`] overrides both.
///
/// With credentials ([`UserAgent::add_account`]) it answers the challenges of others. To challenge others is
/// the owner's: ask a [`DigestServer`](crate::DigestServer) what to say to an INVITE or another request, and
/// say it by [`UserAgent::reject`] or [`UserAgent::respond`] with
/// [`ServerChallenge::headers`](crate::ServerChallenge::headers). BYE is answered before the owner sees it, unless
/// [`UserAgentConfig::hand_over_bye`] is set.
///
/// Not here: registration state, reliable provisional responses (RFC 3262), session timers (RFC 4028), the
/// end of an INVITE by Expires (RFC 3261 section 13.3.1) and SUBSCRIBE usages. Their
/// requests and header fields pass, except requests in a dialog that a SUBSCRIBE made: they get 481. Who puts
/// 100rel into Supported sends the PRACKs, too.
///
/// ```
/// use trunkline_sans_io::{FiveTuple, Instant};
/// use trunkline_sip_core::{Destination, Outgoing, UserAgent, UserAgentConfig, UserAgentEvent};
///
/// let mut alice = UserAgent::new(UserAgentConfig::default(), [1; 32]);
/// let mut bob = UserAgent::new(UserAgentConfig::default(), [2; 32]);
/// let path = FiveTuple::udp(([192, 0, 2, 1], 5060).into(), ([192, 0, 2, 9], 5060).into());
/// let now = Instant::ORIGIN;
///
/// // Alice calls.
/// let call = Outgoing::new(
///     Destination::new(path),
///     "sip:bob@192.0.2.9",
///     "<sip:alice@example.com>",
///     "<sip:bob@example.com>",
/// );
/// let leg = alice.invite(now, &call)?;
/// let mut buf = [0; 65_535];
/// while let Some(transmit) = alice.poll_transmit(now, &mut buf)? {
///     let _ = bob.handle_datagram(now, transmit.path.reversed(), &buf[..transmit.len]);
/// }
///
/// // Bob answers.
/// let Some(UserAgentEvent::Invited { usage, .. }) = bob.poll_event() else { panic!() };
/// bob.accept(now, usage, &[], None)?;
/// while let Some(transmit) = bob.poll_transmit(now, &mut buf)? {
///     let _ = alice.handle_datagram(now, transmit.path.reversed(), &buf[..transmit.len]);
/// }
/// let Some(UserAgentEvent::Accepted { usage, .. }) = alice.poll_event() else { panic!() };
/// assert_eq!(usage, leg);
/// alice.ack(now, leg, None)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct UserAgent {
    config: UserAgentConfig,
    layer: TransactionLayer,
    random: ChaCha20Rng,
    cseq: u32,
    usages: Table<Usage>,
    /// When the 2xx of a usage is repeated.
    repetitions: Deadlines<Owned<Deadline>>,
    /// The usages by the tag that we gave ourselves.
    by_tag: Map<u64, Key>,
    sent: Table<Sent>,
    /// When an INVITE that got its 2xx is forgotten.
    sent_ends: Deadlines<Owned<Deadline>>,
    clients: Map<ClientTransaction, Purpose>,
    /// The usages whose INVITE from the peer waits for our final response or for its ACK.
    invites: Map<ServerTransaction, Key>,
    pending: Pending,
    merged: Merged,
    events: VecDeque<UserAgentEvent>,
    composer: Composer,
    /// Once there are credentials.
    digest: Option<Box<Authenticator>>,
}

impl fmt::Debug for UserAgent {
    /// Without what it draws tags from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserAgent")
            .field("config", &self.config)
            .field("usages", &self.usages.len())
            .finish_non_exhaustive()
    }
}

impl UserAgent {
    /// A user agent without calls. `seed` is to be random: tags, Call-IDs and branches are drawn from it.
    #[must_use]
    pub fn new(config: UserAgentConfig, seed: [u8; 32]) -> Self {
        let mut random = ChaCha20Rng::from_seed(seed);
        let (mut layer_seed, mut key) = ([0; 32], [0; 16]);
        random.fill_bytes(&mut layer_seed);
        random.fill_bytes(&mut key);
        let max_transactions = config.layer.max_transactions;
        Self {
            layer: TransactionLayer::new(config.layer.clone(), layer_seed),
            random,
            cseq: 0,
            usages: Slots::with_limit(config.max_usages),
            repetitions: Deadlines::with_limit(config.max_usages),
            by_tag: Map::default(),
            sent: Slots::with_limit(max_transactions),
            sent_ends: Deadlines::with_limit(max_transactions),
            clients: Map::default(),
            invites: Map::default(),
            pending: Pending::new(config.max_pending_requests),
            merged: Merged::new(&key, max_transactions),
            events: VecDeque::new(),
            composer: Composer::new(config.product.clone()),
            digest: None,
            config,
        }
    }

    /// A datagram has arrived, see [`TransactionLayer::handle_datagram`].
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        data: &[u8],
    ) -> Handled<DropReason> {
        let handled = self.layer.handle_datagram(now, path, data);
        self.settle(now);
        handled
    }

    /// A connection was accepted or opened, see [`TransactionLayer::handle_connected`].
    pub fn handle_connected(&mut self, now: Instant, connection: ConnectionId, path: FiveTuple) {
        self.layer.handle_connected(now, connection, path);
        self.settle(now);
    }

    /// A connection has brought bytes: `data` is all that was not consumed so far. Gives the number of bytes
    /// consumed, see [`TransactionLayer::handle_bytes`].
    pub fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize {
        let consumed = self.layer.handle_bytes(now, connection, data);
        self.settle(now);
        consumed
    }

    /// A connection is gone. Calls do not depend on it: the next request opens another.
    pub fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId) {
        self.layer.handle_disconnected(now, connection);
        self.settle(now);
    }

    /// A message could not be sent, see [`TransactionLayer::handle_send_failed`].
    pub fn handle_send_failed(
        &mut self,
        now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    ) {
        self.layer.handle_send_failed(now, path, connection);
        self.settle(now);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.layer.handle_timeout(now);
        self.settle(now);
        while let Some(index) = self.repetitions.pop_due(now) {
            self.repeat_2xx(now, index);
        }
        while let Some(index) = self.sent_ends.pop_due(now) {
            if let Some(key) = self.sent.key_at(index) {
                self.forget_sent(now, key);
            }
        }
        self.settle(now);
    }

    /// The next message to send, copied into `buf`.
    ///
    /// # Errors
    ///
    /// `buf` cannot hold it; nothing has changed.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        self.layer.poll_transmit(now, buf)
    }

    /// The next message to send, not copied.
    pub fn poll_transmit_bytes(&mut self, now: Instant) -> Option<(Transmit, Bytes)> {
        self.layer.poll_transmit_bytes(now)
    }

    /// What there is to tell the owner.
    pub fn poll_event(&mut self) -> Option<UserAgentEvent> {
        self.events.pop_front()
    }

    /// A connection that the driver has to close.
    pub fn poll_close(&mut self) -> Option<ConnectionId> {
        self.layer.poll_close()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub fn poll_timeout(&self) -> Option<Instant> {
        let deadlines = [
            self.layer.poll_timeout(),
            self.repetitions.next(),
            self.sent_ends.next(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// What the transaction layer has counted.
    pub fn statistics(&self) -> LayerStatistics {
        self.layer.statistics()
    }

    /// As what peers know a local address ([`LayerConfig::sent_by`](crate::LayerConfig)): what Contact there
    /// should say.
    pub fn sent_by(&self, local: SocketAddr) -> HostPort<'_> {
        self.layer.sent_by(local)
    }

    /// The configuration.
    pub const fn config(&self) -> &UserAgentConfig {
        &self.config
    }

    /// All usages there are.
    pub fn usages(&self) -> impl Iterator<Item = UsageKey> + '_ {
        self.usages.iter().map(|(key, _)| UsageKey(key))
    }

    /// A look at a usage; `None` once it is gone.
    pub fn usage(&self, usage: UsageKey) -> Option<UsageView<'_>> {
        let usage = self.usages.get(usage.0)?;
        let sent = usage.sent.and_then(|key| self.sent.get(key));
        let early = sent.and_then(|sent| sent.early.last());
        let dialog = early.unwrap_or(&usage.dialog);
        Some(UsageView {
            state: usage.state,
            is_caller: usage.is_caller,
            dialog,
            destination: target::destination(dialog, usage.peer, usage.pinned),
            is_proceeding: sent.is_some_and(|sent| self.layer.is_proceeding(sent.transaction)),
        })
    }

    /// From now on requests of this usage go to `destination`, whatever route set and remote target say: for
    /// a peer behind NAT, or a next hop that the owner has resolved. Gives `false` when the usage is gone.
    pub fn set_destination(&mut self, usage: UsageKey, destination: Destination) -> bool {
        let Some(usage) = self.usages.get_mut(usage.0) else {
            return false;
        };
        usage.peer = destination;
        usage.pinned = true;
        true
    }

    /// From now on messages of this usage carry this value in Contact. By default it leads to the address
    /// that sends them or that received the INVITE.
    ///
    /// # Errors
    ///
    /// It is not a single sip or sips URI, or the usage is gone.
    pub fn set_contact(&mut self, usage: UsageKey, contact: &str) -> Result<(), UsageError> {
        compose::check_contact(contact)?;
        let usage = self.usages.get_mut(usage.0).ok_or(UsageError::Gone)?;
        usage.contact = contact.into();
        Ok(())
    }

    /// Deals with all that the layer has to tell.
    fn settle(&mut self, now: Instant) {
        while let Some(event) = self.layer.poll_event() {
            match event {
                LayerEvent::Request {
                    transaction,
                    message,
                    path,
                    connection,
                } => {
                    let peer = Destination { path, connection };
                    self.on_request(now, transaction, message, peer);
                }
                LayerEvent::Ack { message, .. } => self.on_ack(now, message),
                LayerEvent::Cancelled { transaction, .. } => self.on_cancelled(now, transaction),
                LayerEvent::Response {
                    transaction,
                    message,
                } => {
                    self.on_response(now, transaction, message);
                }
                LayerEvent::Failed {
                    transaction,
                    reason,
                } => {
                    self.on_failed(now, transaction, reason);
                }
                LayerEvent::AckMissing { transaction } => self.on_ack_missing(now, transaction),
                // The 2xx of a fork more than 64 T1 after the first one, or after a failure: its sender has
                // given up by now, or does so soon, since no ACK comes.
                LayerEvent::StrayResponse { .. } => {}
            }
        }
    }

    /// 64 random bits, for a tag.
    fn draw(&mut self) -> u64 {
        self.random.next_u64()
    }

    /// 128 random bits as hexadecimal text, for a Call-ID.
    fn draw_call_id(&mut self) -> [u8; 32] {
        let mut text = [0; 32];
        for half in text.chunks_exact_mut(16) {
            half.copy_from_slice(&hex(self.random.next_u64()));
        }
        text
    }

    /// The sequence number of the next request outside of dialogs. They ascend, so that a REGISTER with the
    /// Call-ID of an earlier one is a later one (RFC 3261 section 10.2), and leave room for those of a dialog.
    const fn next_cseq(&mut self) -> u32 {
        self.cseq = if self.cseq >= MAX_FIRST_CSEQ {
            1
        } else {
            self.cseq + 1
        };
        self.cseq
    }

    /// Takes a usage out, with all that leads to it. An INVITE of the peer that still waits for its answer
    /// is handed out with it.
    fn remove_usage(&mut self, key: Key) -> Option<Usage> {
        let usage = self.usages.remove(key)?;
        self.repetitions.set(key.index(), None);
        self.by_tag.remove(&usage.tag);
        if let Some(received) = &usage.received {
            self.invites.remove(&received.transaction);
        }
        if let Some(sent) = usage.sent.and_then(|key| self.sent.get_mut(key)) {
            sent.usage = None;
        }
        Some(usage)
    }
}

/// 64 bits as 16 hexadecimal digits.
fn hex(number: u64) -> [u8; 16] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 16];
    for (place, byte) in text.chunks_exact_mut(2).zip(number.to_be_bytes()) {
        place.copy_from_slice(&[
            DIGITS[usize::from(byte >> 4)],
            DIGITS[usize::from(byte & 15)],
        ]);
    }
    text
}

/// The number of a tag of ours.
fn unhex(tag: &str) -> Option<u64> {
    (tag.len() == 16).then(|| u64::from_str_radix(tag, 16).ok())?
}

#[cfg(test)]
mod tests;
