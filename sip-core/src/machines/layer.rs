//! The transaction layer: which transaction a message belongs to, and where an answer goes.

mod compose;
mod config;
mod connections;
mod event;
mod identity;
mod paths;
mod receive;
mod requests;
mod responses;
mod routing;
mod send;
mod slot;
mod sources;
mod statistics;
mod table;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;

use bytes::Bytes;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use trunkline_sans_io::{BufferTooSmall, ConnectionId, Instant, Key, Transmit};

use self::connections::Connections;
use self::identity::{Identity, Tag};
use self::paths::Paths;
use self::slot::{ClientSlot, ServerSlot};
use self::table::Table;
use crate::{Destination, HostPort};

pub use config::{LayerConfig, PublicAddress};
pub use event::{
    CancelError, ClientTransaction, DropReason, LayerEvent, RequestError, RespondError,
    ServerTransaction,
};
pub use sources::AllowedSources;
pub use statistics::LayerStatistics;

/// The largest datagram: what IPv4 leaves for the payload of UDP.
const MAX_DATAGRAM: usize = 65_507;

/// Transactions, and the transports beneath them (RFC 3261 sections 17 and 18), over any number of local
/// addresses.
///
/// Datagrams and bytes of streams come in, and out of them come requests that are new and responses to
/// requests that were sent. Repetition, the ACK to a failure, CANCEL, the choice of transport for large
/// requests and the way of responses are dealt with here. What a request means is for the transaction user:
/// a proxy, or a user agent with its dialogs.
///
/// After every verb, drain [`poll_transmit`](Self::poll_transmit), [`poll_event`](Self::poll_event) and
/// [`poll_close`](Self::poll_close), then call [`handle_timeout`](Self::handle_timeout) when
/// [`poll_timeout`](Self::poll_timeout) says.
///
/// What nobody may do to it from outside is make it grow: transactions and connections are counted, and
/// what does not fit is refused with 503, or closed.
///
/// ```
/// use bytes::Bytes;
/// use trunkline_sans_io::{FiveTuple, Handled, Instant};
/// use trunkline_sip_core::{LayerConfig, LayerEvent, StatusCode, TransactionLayer, write_response_to};
///
/// let mut layer = TransactionLayer::new(LayerConfig::default(), [7; 32]);
/// let path = FiveTuple::udp(([192, 0, 2, 1], 5060).into(), ([192, 0, 2, 9], 40_000).into());
/// let now = Instant::ORIGIN;
///
/// let options = b"OPTIONS sip:192.0.2.1 SIP/2.0\r\n\
///     Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKnashds8;rport\r\n\
///     Max-Forwards: 70\r\n\
///     From: <sip:ping@10.0.0.9>;tag=1928301774\r\n\
///     To: <sip:192.0.2.1>\r\n\
///     Call-ID: a84b4c76e66710@10.0.0.9\r\n\
///     CSeq: 63104 OPTIONS\r\n\
///     Content-Length: 0\r\n\r\n";
/// assert_eq!(layer.handle_datagram(now, path, options), Handled::Consumed);
/// let Some(LayerEvent::Request { transaction, message, .. }) = layer.poll_event() else {
///     panic!("no request");
/// };
///
/// let mut buf = [0; 1024];
/// let len = write_response_to(&message.message(), StatusCode::OK, "", Some("314159"), &mut buf)?;
/// layer.respond(now, transaction, Bytes::copy_from_slice(&buf[..len]))?;
/// let (transmit, bytes) = layer.poll_transmit_bytes(now).expect("the response");
/// assert_eq!(transmit.path, path);
/// // Its Via tells the client from where the request came (RFC 3581).
/// let text = core::str::from_utf8(&bytes)?;
/// assert!(text.contains(";rport=40000;received=192.0.2.9\r\n"));
///
/// // The same request again gets the same response, and is no event.
/// assert_eq!(layer.handle_datagram(now, path, options), Handled::Consumed);
/// assert!(layer.poll_event().is_none());
/// assert_eq!(layer.poll_transmit_bytes(now).map(|(_, again)| again), Some(bytes));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TransactionLayer {
    config: LayerConfig,
    identity: Identity,
    random: ChaCha20Rng,
    clients: Table<ClientSlot>,
    /// The client transactions by where they go.
    paths: Paths,
    servers: Table<ServerSlot>,
    connections: Connections,
    /// Local addresses from which requests went out: responses to them are not foreign.
    locals: Vec<SocketAddr>,
    out: VecDeque<(Transmit, Bytes)>,
    events: VecDeque<LayerEvent>,
    statistics: LayerStatistics,
}

impl fmt::Debug for TransactionLayer {
    /// Without what it draws branches from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionLayer")
            .field("config", &self.config)
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}

impl TransactionLayer {
    /// A layer without transactions. `seed` is to be random: branches, tags and the key of the hash that
    /// finds transactions are drawn from it.
    #[must_use]
    pub fn new(config: LayerConfig, seed: [u8; 32]) -> Self {
        let mut random = ChaCha20Rng::from_seed(seed);
        let mut key = [0; 16];
        random.fill_bytes(&mut key);
        Self {
            identity: Identity::new(&key),
            paths: Paths::new(&key),
            random,
            clients: Table::with_limit(config.max_transactions),
            servers: Table::with_limit(config.max_transactions),
            connections: Connections::new(&config),
            locals: Vec::new(),
            out: VecDeque::new(),
            events: VecDeque::new(),
            statistics: LayerStatistics::default(),
            config,
        }
    }

    /// The configuration.
    pub const fn config(&self) -> &LayerConfig {
        &self.config
    }

    /// What stands as sent-by in the Via of requests that leave from `local`, and what a Contact there
    /// should say.
    pub fn sent_by(&self, local: SocketAddr) -> HostPort<'_> {
        routing::sent_by(&self.config, local)
    }

    /// 128 random bits as a text of 26 lower-case letters and digits.
    fn draw(&mut self) -> Tag {
        let (high, low) = (self.random.next_u64(), self.random.next_u64());
        Tag::of(u128::from(high) << 64 | u128::from(low))
    }

    /// The next message to send, copied into `buf`.
    ///
    /// # Errors
    ///
    /// `buf` cannot hold it; nothing has changed. 65,535 bytes hold every datagram, and streams carry what
    /// the transaction user made.
    pub fn poll_transmit(
        &mut self,
        _now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        let Some((transmit, message)) = self.out.front() else {
            return Ok(None);
        };
        let (transmit, needed) = (*transmit, message.len());
        let room = buf.get_mut(..needed).ok_or(BufferTooSmall { needed })?;
        room.copy_from_slice(message);
        self.out.pop_front();
        Ok(Some(transmit))
    }

    /// The next message to send, not copied.
    pub fn poll_transmit_bytes(&mut self, _now: Instant) -> Option<(Transmit, Bytes)> {
        self.out.pop_front()
    }

    /// What there is to tell the transaction user.
    pub fn poll_event(&mut self) -> Option<LayerEvent> {
        self.events.pop_front()
    }

    /// A connection that the driver has to close. The layer has forgotten it.
    pub fn poll_close(&mut self) -> Option<ConnectionId> {
        self.connections.poll_close()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub fn poll_timeout(&self) -> Option<Instant> {
        let deadlines = [
            self.clients.next_deadline(),
            self.servers.next_deadline(),
            self.connections.next_deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(key) = self.clients.pop_due(now) {
            if let Some(slot) = self.clients.get_mut(key) {
                slot.machine.handle_timeout(now, &self.config.timers);
            }
            self.statistics.repetitions_sent += self.settle_client(now, key);
        }
        while let Some(key) = self.servers.pop_due(now) {
            let mut repetition = false;
            if let Some(slot) = self.servers.get_mut(key) {
                repetition = slot.machine.repeats();
                slot.machine.handle_timeout(now, &self.config.timers);
            }
            let sent = self.settle_server(now, key);
            self.statistics.repetitions_sent += if repetition { sent } else { 0 };
        }
        self.statistics.connections_closed += self.connections.handle_timeout(now);
    }

    /// Counters since the layer was made, and how full it is.
    pub fn statistics(&self) -> LayerStatistics {
        LayerStatistics {
            client_transactions: self.clients.len(),
            server_transactions: self.servers.len(),
            connections: self.connections.len(),
            ..self.statistics
        }
    }

    /// Sends `message` once, outside of any transaction: the repetition of a 2xx, or of the ACK to one.
    pub fn resend(&mut self, now: Instant, destination: Destination, message: Bytes) {
        let transmit = Transmit {
            path: destination.path,
            connection: destination.connection,
            len: message.len(),
        };
        self.transmit(now, transmit, message);
    }

    fn transmit(&mut self, now: Instant, mut transmit: Transmit, message: Bytes) {
        transmit.connection = self.connections.used(now, transmit.connection);
        self.out.push_back((transmit, message));
    }

    /// Takes a client transaction in, if there is room.
    fn insert_client(&mut self, digest: u128, slot: ClientSlot) -> Option<Key> {
        let key = self.clients.insert(digest, slot)?;
        self.paths.link(&mut self.clients, key);
        Some(key)
    }

    /// Sends and tells what a client transaction has to, and forgets it once it is over. Gives the number
    /// of messages sent.
    fn settle_client(&mut self, now: Instant, key: Key) -> u64 {
        let mut sent = 0;
        loop {
            let Some(slot) = self.clients.get_mut(key) else {
                return sent;
            };
            if let Some((transmit, message)) = slot.machine.take_transmit() {
                sent += 1;
                self.transmit(now, transmit, message);
            } else if let Some(event) = slot.machine.poll_event() {
                let internal = slot.internal;
                self.on_client_event(now, key, event, internal);
            } else {
                break;
            }
        }
        if let Some(slot) = self.clients.get(key) {
            if slot.machine.is_finished() {
                self.paths.unlink(&mut self.clients, key);
                self.clients.remove(key);
            } else {
                let deadline = slot.machine.poll_timeout();
                self.clients.set_deadline(key, deadline);
            }
        }
        sent
    }

    /// The same for a server transaction.
    fn settle_server(&mut self, now: Instant, key: Key) -> u64 {
        let mut sent = 0;
        loop {
            let Some(slot) = self.servers.get_mut(key) else {
                return sent;
            };
            if let Some((transmit, message)) = slot.machine.take_transmit() {
                sent += 1;
                self.transmit(now, transmit, message);
            } else if let Some(event) = slot.machine.poll_event() {
                self.on_server_event(key, event);
            } else {
                break;
            }
        }
        if let Some(slot) = self.servers.get(key) {
            if slot.machine.is_finished() {
                self.servers.remove(key);
            } else {
                let deadline = slot.machine.poll_timeout();
                self.servers.set_deadline(key, deadline);
            }
        }
        sent
    }
}

#[cfg(test)]
mod tests;
