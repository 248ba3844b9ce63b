//! The client of a relay (RFC 8656): one allocation, from the first request to the last.

mod peers;
mod refusal;
mod relay;
mod requests;

use core::net::SocketAddr;
use core::time::Duration;

use trunkline_sans_io::{
    BufferTooSmall, ConnectionId, DnsName, FiveTuple, Full, Instant, Key, Slot, Storage, Transmit,
};

pub use self::peers::TurnPeer;
use self::peers::{PeerNews, Peers};
pub use self::refusal::Refusal;
#[cfg(feature = "ms-turn")]
pub(super) use self::relay::put_in_front;
pub use self::relay::{PeerData, Received, SendError, TURN_HEADROOM, TURN_TAILROOM, Wrapped};
use self::requests::Task;
use super::alternates::{Alternates, OneRealm};
use super::transaction::{MeasuredSchedule, Transaction};
use super::{AuthenticationError, LongTermAuthentication, Schedule};
use crate::wire::{AddressFamily, AttributeType, ReservationToken, TransactionIds};

/// Which port of the relay is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum PortRequest {
    /// Any.
    #[default]
    Any,
    /// An even one.
    Even,
    /// An even one, and the next one kept for a later allocation, for RTP and RTCP on two ports:
    /// see [`RelayRequest::Reserved`].
    EvenAndNext,
}

/// Which relayed address is wanted (RFC 8656 section 7.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RelayRequest {
    /// One.
    One {
        /// Of this family; IPv4 is not named in the request, as old servers know nothing else.
        family: AddressFamily,
        /// And with such a port.
        port: PortRequest,
    },
    /// One of IPv4, and one of IPv6 if the server has any.
    Both,
    /// The one that was kept: [`Allocated::reservation`] of another allocation.
    Reserved(ReservationToken),
}

/// What a [`TurnClient`] asks for, and how.
#[derive(Clone, Copy, Debug)]
pub struct TurnConfig {
    /// The times of each request. The RTO is that of the first ones: later it follows from measured round
    /// trips, as by a [`RtoCache`](super::RtoCache).
    pub schedule: Schedule,
    /// Which relayed address is wanted.
    pub relay: RelayRequest,
    /// For how long the allocation is to last without being refreshed. The server decides; without
    /// a wish it mostly is 10 minutes.
    pub lifetime: Option<Duration>,
    /// What is sent to peers must not be fragmented. Servers that cannot do this answer 420.
    pub dont_fragment: bool,
    /// Binds a channel to each peer as soon as it is permitted, so that data has 4 octets in
    /// front instead of 36 to 48.
    pub channels: bool,
    /// After how long without sending anything a Binding indication is sent over UDP, so that NATs
    /// do not forget the way.
    pub keepalive: Option<Duration>,
    /// What `SOFTWARE` tells, if anything; at most 763 octets.
    pub software: Option<&'static str>,
}

impl TurnConfig {
    /// One IPv4 address with any port, channels, keepalive after 15 seconds (RFC 8445 section 11).
    pub const DEFAULT: Self = Self {
        schedule: Schedule::DEFAULT,
        relay: RelayRequest::One {
            family: AddressFamily::V4,
            port: PortRequest::Any,
        },
        lifetime: None,
        dont_fragment: false,
        channels: true,
        keepalive: Some(Duration::from_secs(15)),
        software: None,
    };
}

impl Default for TurnConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What the server gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Allocated {
    /// Where peers are to send to.
    pub relayed: SocketAddr,
    /// The same of the other family, if both were asked for and there are both.
    pub additional: Option<SocketAddr>,
    /// Why there is no address of the other family, if the server tells.
    pub additional_refused: Option<Refusal>,
    /// Where the server sees this side.
    pub mapped: Option<SocketAddr>,
    /// For how long without being refreshed, which happens by itself.
    pub lifetime: Duration,
    /// Names the port that was kept, if that was asked for. It is kept for 30 seconds at least.
    pub reservation: Option<ReservationToken>,
}

/// What becomes of an allocation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TurnEvent {
    /// It stands.
    Allocated(Allocated),
    /// Data goes to the peer from now on, and comes from its host.
    Permitted {
        /// The entry.
        peer: Key,
        /// The peer.
        address: SocketAddr,
    },
    /// There is a channel to the peer. Told once.
    ChannelBound {
        /// The entry.
        peer: Key,
        /// The peer.
        address: SocketAddr,
    },
    /// The server does not bind a channel to the peer, or not any more. Data goes by indications.
    ChannelRefused {
        /// The entry.
        peer: Key,
        /// The peer.
        address: SocketAddr,
        /// Why.
        refusal: Refusal,
    },
    /// The server does not relay to the peer, or not any more. Its entry can be removed.
    PeerRefused {
        /// The entry.
        peer: Key,
        /// The peer.
        address: SocketAddr,
        /// Why.
        refusal: Refusal,
    },
    /// It is deleted, as it was asked for. This is the last event.
    Closed,
    /// There is none, or none any more. This is the last event.
    Failed(TurnFailure),
}

/// Why there is no allocation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TurnFailure {
    /// The server says so.
    #[error("the server refuses: {0}")]
    Refused(Refusal),
    /// The server asks to ask another one (300), which was not followed: it was asked before, it
    /// is one of many, it is no possible server, or the path is TLS, where whoever connects checks the name:
    /// [`TurnClient::alternate_domain`].
    #[error("the server asks to try {0}")]
    TryAlternate(SocketAddr),
    /// The credential leads nowhere.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// Another realm than the first wants the credential, such as that of a server which another one has named.
    #[error("another realm wants the credential")]
    OtherRealm,
    /// Nothing came in time.
    #[error("no response")]
    TimedOut,
    /// All that came was not made with the key (RFC 8489 section 9.2.5).
    #[error("no response that was made with the key")]
    IntegrityViolated,
    /// A response wants an attribute to be understood that is not (RFC 8489 section 6.3.3).
    #[error("a response needs {0:?} to be understood")]
    UnknownAttribute(AttributeType),
    /// The response holds no relayed address, or no error code.
    #[error("a response without what belongs into it")]
    Incomplete,
    /// The network says that the server cannot be reached, or the connection is lost.
    #[error("the server cannot be reached")]
    Unreachable,
    /// What the server sends over the connection is neither STUN nor a channel's data.
    #[error("the server does not speak TURN")]
    NotTurn,
    /// The software is too long for its attribute.
    #[error("the software is too long")]
    TooLong,
}

/// Why something from the server's address was thrown away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TurnDrop {
    /// It cannot be read, or lacks what belongs into it.
    #[error("malformed")]
    Malformed,
    /// Data of somebody who is not in the table, or by a channel that is not bound.
    #[error("from somebody who was not asked for")]
    UnknownPeer,
    /// A response that was not made with the key.
    #[error("not made with the key")]
    Integrity,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Phase {
    Allocating,
    Standing,
    /// The event has not been fetched.
    Ended(TurnEvent),
    Done,
}

/// An allocation at a relay, and the peers that are reached through it (RFC 8656).
///
/// The first request leaves by the next [`poll_transmit`](Self::poll_transmit). Once the server
/// has [`Allocated`] an address, peers are [added](Self::add_peer), and each is asked a permission
/// for and bound a channel to. The allocation, the permissions and the channels are refreshed
/// a minute before they expire, as long as the peer is not [removed](Self::remove_peer). Data
/// is [framed](Self::wrap) and [found](Self::handle_datagram) in place.
///
/// A server that names another one (300) is left for that over UDP and TCP, if it is of the same family of
/// addresses, was not asked before and is not the fifth. The credential is shown in one realm only.
///
/// Requests go out one after the other: what is to be sent next follows from the state, and
/// permissions that are wanted at the same time are asked for together.
///
/// `U` holds the user name. `S` holds the peers: an array of [`Slot::EMPTY`], borrowed or not, or
/// an `Owned`. Neither the number of a channel nor its peer may be bound otherwise for a quarter of
/// an hour: a peer that is removed leaves its place for good only if another one needs it, and
/// then new peers are bound no channel until that time is over.
///
/// ```
/// use trunkline_stun::sans_io::{FiveTuple, Instant, Slot};
/// use trunkline_stun::{LongTermAuthentication, Message, Method, TurnClient, TurnConfig};
///
/// let path = FiveTuple::udp("192.0.2.9:5060".parse()?, "192.0.2.1:3478".parse()?);
/// let credential = LongTermAuthentication::new(b"alice", b"secret")?;
/// let seed = [7; 32]; // random in life
/// let peers = [Slot::EMPTY; 4];
/// let mut client = TurnClient::new(path, seed, TurnConfig::DEFAULT, Some(credential), peers);
///
/// let mut request = [0; 1500];
/// let transmit = client.poll_transmit(Instant::ORIGIN, &mut request)?.expect("a request");
/// assert_eq!(Message::parse(&request[..transmit.len])?.method(), Method::ALLOCATE);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TurnClient<U, S> {
    path: FiveTuple,
    connection: Option<ConnectionId>,
    /// One that is not used any more.
    to_close: Option<ConnectionId>,
    ids: TransactionIds,
    config: TurnConfig,
    schedule: MeasuredSchedule,
    authentication: Option<LongTermAuthentication<U>>,
    peers: Peers<S>,
    phase: Phase,
    transaction: Option<(Task, Transaction)>,
    allocated: Option<Allocated>,
    /// It has not been told.
    allocated_is_new: bool,
    refresh_at: Option<Instant>,
    refresh_wanted: bool,
    closing: bool,
    last_sent: Instant,
    keepalive_at: Option<Instant>,
    keepalive_wanted: bool,
    alternates: Alternates,
    alternate_domain: Option<DnsName>,
    realm: OneRealm,
}

impl<U: AsRef<[u8]>, S: Storage<Slot<TurnPeer>>> TurnClient<U, S> {
    /// An allocation over this path, with a seed that is random, secret and used once. Whatever the
    /// storage holds is dropped.
    pub fn new(
        path: FiveTuple,
        seed: [u8; 32],
        config: TurnConfig,
        credential: Option<LongTermAuthentication<U>>,
        peers: S,
    ) -> Self {
        Self {
            path,
            connection: None,
            to_close: None,
            ids: TransactionIds::new(seed),
            peers: Peers::new(peers, config.channels),
            schedule: MeasuredSchedule::new(config.schedule),
            config,
            authentication: credential,
            phase: Phase::Allocating,
            transaction: None,
            allocated: None,
            allocated_is_new: false,
            refresh_at: None,
            refresh_wanted: false,
            closing: false,
            last_sent: Instant::ORIGIN,
            keepalive_at: None,
            keepalive_wanted: false,
            alternates: Alternates::default(),
            alternate_domain: None,
            realm: OneRealm::default(),
        }
    }

    /// Names the connection to the server, if one stands already. Otherwise the driver opens one
    /// for the first request, and [`handle_connected`](Self::handle_connected) tells.
    #[must_use]
    pub fn over_connection(mut self, connection: ConnectionId) -> Self {
        self.connection = Some(connection);
        self
    }

    /// The path to the server; another one than in the beginning if that named another server.
    pub const fn path(&self) -> FiveTuple {
        self.path
    }

    /// The name that the certificate of the server in [`TurnFailure::TryAlternate`] has to be for, as
    /// `ALTERNATE-DOMAIN` tells it (RFC 8489 section 14.16). `None`: the server told none, or what is no name;
    /// then it is the name that the server had to prove that was asked.
    #[must_use]
    pub const fn alternate_domain(&self) -> Option<&DnsName> {
        self.alternate_domain.as_ref()
    }

    /// What the server gave, while it stands.
    pub fn allocated(&self) -> Option<Allocated> {
        self.allocated.filter(|_| self.is_allocated())
    }

    #[inline]
    fn is_allocated(&self) -> bool {
        matches!(self.phase, Phase::Standing)
    }

    /// Whether the allocation is gone and the last event has been fetched.
    pub fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    /// Puts a peer into the table: data goes to it and comes from its host once it is
    /// [`Permitted`](TurnEvent::Permitted). One that is there already is found again.
    ///
    /// # Errors
    ///
    /// [`Full`] with the peer if there is no place in the table, or nothing left to ask for.
    pub fn add_peer(&mut self, now: Instant, peer: SocketAddr) -> Result<Key, Full<SocketAddr>> {
        // Of an IPv6 address, what only this host knows of it means nothing to the server.
        let address = SocketAddr::new(peer.ip(), peer.port());
        match self.phase {
            Phase::Allocating | Phase::Standing if !self.closing => {
                self.peers.add(now, address).ok_or(Full(peer))
            }
            _ => Err(Full(peer)),
        }
    }

    /// Takes a peer out of the table: nothing is refreshed for it, and nothing of it is delivered
    /// any more. Tells whether it was there.
    pub fn remove_peer(&mut self, peer: Key) -> bool {
        self.peers.remove(peer)
    }

    /// The entry of a peer. The time that this takes grows with the number of peers.
    pub fn find_peer(&self, peer: SocketAddr) -> Option<Key> {
        self.peers.find(SocketAddr::new(peer.ip(), peer.port()))
    }

    /// The address of a peer.
    pub fn peer_address(&self, peer: Key) -> Option<SocketAddr> {
        self.peers.get(peer).map(|peer| peer.address)
    }

    /// Whether data can be sent to a peer.
    pub fn is_permitted(&self, now: Instant, peer: Key) -> bool {
        let peer = self.peers.get(peer);
        peer.is_some_and(|peer| peer.has_channel(now) || peer.is_permitted(now))
    }

    /// How many peers are in the table.
    pub fn peer_count(&self) -> usize {
        self.peers.len()
    }

    /// Deletes the allocation: [`Closed`](TurnEvent::Closed) follows.
    pub fn close(&mut self) {
        if self.closing {
            return;
        }
        self.closing = true;
        match (self.phase, &self.transaction) {
            // What has not reached the server has allocated nothing.
            (Phase::Allocating, None) => self.end(TurnEvent::Closed),
            (Phase::Allocating, Some((_, transaction))) if !transaction.was_sent() => {
                self.end(TurnEvent::Closed);
            }
            (Phase::Allocating, _) => {}
            (Phase::Standing, _) => {
                self.transaction = None;
                self.peers.clear();
                self.refresh_at = None;
                self.refresh_wanted = false;
            }
            _ => {}
        }
    }

    /// Tells that the connection stands that was opened for a request.
    pub fn handle_connected(&mut self, _now: Instant, connection: ConnectionId, path: FiveTuple) {
        // The port of this side was not known before.
        let ours = path.remote == self.path.remote && path.transport == self.path.transport;
        if ours && self.connection.is_none() {
            self.connection = Some(connection);
        }
    }

    /// Tells that the connection is gone, and with it the allocation.
    pub fn handle_disconnected(&mut self, _now: Instant, connection: ConnectionId) {
        if self.connection == Some(connection) {
            self.connection = None;
            self.fail(TurnFailure::Unreachable);
        }
    }

    /// Tells that a message could not be sent, or that the network answered with a hard error
    /// such as "port unreachable" (RFC 8489 section 6.2.1). `path` and `connection` are those of
    /// the [`Transmit`].
    pub fn handle_send_failed(
        &mut self,
        _now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    ) {
        if path == self.path && connection == self.connection {
            self.fail(TurnFailure::Unreachable);
        }
    }

    /// Tells that time has passed. Late is fine, early does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        let reliable = self.reliable();
        if let Some((_, transaction)) = &mut self.transaction
            && transaction.handle_timeout(now, self.schedule.current(), reliable)
        {
            let failure = match transaction.violated {
                true => TurnFailure::IntegrityViolated,
                false => TurnFailure::TimedOut,
            };
            self.fail(failure);
            return;
        }
        if self.refresh_at.is_some_and(|at| at <= now) {
            self.refresh_at = None;
            self.refresh_wanted = true;
        }
        self.peers.handle_timeout(now);
        if let (Some(at), Some(interval)) = (self.keepalive_at, self.config.keepalive)
            && at <= now
        {
            let next = self.last_sent + interval;
            self.keepalive_wanted = next <= now;
            self.keepalive_at = (next > now).then_some(next);
        }
    }

    /// Writes the next request, or the next keepalive. Data is not queued:
    /// see [`wrap`](Self::wrap).
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] with the size needed; nothing has changed. 2,600 octets always are enough
    /// unless a `SOFTWARE` is told.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        let Some(len) = self.write_next(now, buf)? else {
            return Ok(None);
        };
        self.last_sent = now;
        Ok(Some(Transmit {
            path: self.path,
            connection: self.connection,
            len,
        }))
    }

    /// What has become of the allocation and of its peers.
    pub fn poll_event(&mut self) -> Option<TurnEvent> {
        match self.phase {
            Phase::Ended(event) => {
                self.phase = Phase::Done;
                return Some(event);
            }
            Phase::Done => return None,
            _ => {}
        }
        if core::mem::take(&mut self.allocated_is_new) {
            return self.allocated.map(TurnEvent::Allocated);
        }
        let (peer, address, news) = self.peers.poll_news()?;
        Some(match news {
            PeerNews::Permitted => TurnEvent::Permitted { peer, address },
            PeerNews::Bound => TurnEvent::ChannelBound { peer, address },
            PeerNews::Refused(refusal) => TurnEvent::PeerRefused {
                peer,
                address,
                refusal,
            },
            PeerNews::ChannelRefused(refusal) => TurnEvent::ChannelRefused {
                peer,
                address,
                refusal,
            },
        })
    }

    /// The next connection to close: the allocation has ended, or goes on at another server.
    pub fn poll_close(&mut self) -> Option<ConnectionId> {
        self.to_close.take()
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let transaction = self.transaction.as_ref().and_then(|(_, transaction)| {
            transaction.deadline(self.schedule.current(), self.reliable())
        });
        let peers = self.peers.poll_timeout();
        [transaction, self.refresh_at, peers, self.keepalive_at]
            .into_iter()
            .flatten()
            .min()
    }

    const fn reliable(&self) -> bool {
        self.path.transport.is_reliable()
    }

    fn not_stun(&mut self) {
        self.fail(TurnFailure::NotTurn);
    }

    fn fail(&mut self, failure: TurnFailure) {
        self.end(match self.closing {
            true => TurnEvent::Closed,
            false => TurnEvent::Failed(failure),
        });
    }

    fn end(&mut self, event: TurnEvent) {
        if matches!(self.phase, Phase::Ended(_) | Phase::Done) {
            return;
        }
        self.phase = Phase::Ended(event);
        self.transaction = None;
        self.peers.clear();
        self.refresh_at = None;
        self.refresh_wanted = false;
        self.keepalive_at = None;
        self.keepalive_wanted = false;
        self.to_close = self.connection.take();
    }
}

#[cfg(test)]
mod tests;
