//! The client of Microsoft's relays (\[MS-TURN\]): one allocation over UDP.

mod requests;

use core::net::SocketAddr;
use core::ops::Range;
use core::time::Duration;

use trunkline_sans_io::{
    BufferTooSmall, FiveTuple, Full, Handled, Instant, Key, Slot, Slots, Storage, Transmit,
};

use self::requests::Task;
use super::alternates::{Alternates, OneRealm};
use super::transaction::{MeasuredSchedule, Transaction};
use super::turn_client::put_in_front;
use super::{
    LongTermAuthentication, PeerData, Received, Refusal, Schedule, SendError, TurnDrop,
    TurnFailure, Wrapped,
};
use crate::wire::{
    AttributeType, Class, Data, Generation, HEADER_LEN, Message, Method, MsDestinationAddress,
    MsRemoteAddress, MsVersion, TransactionIds, WriteError,
};

/// How many octets [`MsTurnClient::wrap`] needs in front of the payload at most: those of a Send
/// request.
pub const MS_TURN_HEADROOM: usize = HEADER_LEN + 8 + (4 + 20) + 4;

/// What a client says of itself by `MS-Version`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
#[non_exhaustive]
pub enum MsTurnVersion {
    /// 1: ICE as in \[MS-ICE\].
    Ice,
    /// 2: ICE as in \[MS-ICE2\].
    #[default]
    Ice2,
}

impl MsTurnVersion {
    const fn number(self) -> MsVersion {
        MsVersion(match self {
            Self::Ice => 1,
            Self::Ice2 => 2,
        })
    }
}

/// What a [`MsTurnClient`] asks for, and how.
#[derive(Clone, Copy, Debug)]
pub struct MsTurnConfig {
    /// The times of each request. The RTO is that of the first ones: later it follows from measured round
    /// trips, as by a [`RtoCache`](super::RtoCache).
    pub schedule: Schedule,
    /// What is said of the client.
    pub version: MsTurnVersion,
    /// For how long the allocation is to last without being refreshed. The server decides.
    pub lifetime: Option<Duration>,
}

impl MsTurnConfig {
    /// Version 2.
    pub const DEFAULT: Self = Self {
        schedule: Schedule::DEFAULT,
        version: MsTurnVersion::Ice2,
        lifetime: None,
    };
}

impl Default for MsTurnConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What the server gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct MsAllocated {
    /// Where peers are to send to. The server tells it by `MAPPED-ADDRESS`.
    pub relayed: SocketAddr,
    /// Where the server sees this side.
    pub mapped: Option<SocketAddr>,
    /// For how long without being refreshed, which happens by itself.
    pub lifetime: Duration,
}

/// What becomes of an allocation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum MsTurnEvent {
    /// It stands.
    Allocated(MsAllocated),
    /// Data to and from this peer goes without a frame from now on.
    Active {
        /// The entry.
        peer: Key,
    },
    /// The server does not do that.
    NotActive {
        /// The entry.
        peer: Key,
        /// Why.
        refusal: Refusal,
    },
    /// It is deleted, as it was asked for. This is the last event.
    Closed,
    /// There is none, or none any more. This is the last event.
    Failed(TurnFailure),
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Phase {
    Open,
    /// The event has not been fetched.
    Ended(MsTurnEvent),
    Done,
}

/// An allocation at a relay of Microsoft's (\[MS-TURN\] of versions 1 and 2, over UDP), and the peers
/// that are reached through it.
///
/// There are neither permissions nor channels: a peer is let through by being sent to, by a Send
/// request that nobody answers. Data to and from one of them, the
/// [active destination](Self::set_active), goes without any frame. The allocation is refreshed by
/// Allocate requests. `U` holds the user name, which like the password comes from the server's
/// authentication service, and is taken as it is.
///
/// **Not verified against a live Edge**: it follows what is published, and is tested against a
/// server that was written after the same. Versions 3 to 6, TCP with its pseudo-TLS and multiplexed
/// TURN are not there.
#[derive(Clone, Debug)]
pub struct MsTurnClient<U, S> {
    path: FiveTuple,
    ids: TransactionIds,
    config: MsTurnConfig,
    schedule: MeasuredSchedule,
    authentication: LongTermAuthentication<U>,
    peers: Slots<SocketAddr, S>,
    phase: Phase,
    transaction: Option<(Task, u32, Transaction)>,
    allocated: Option<MsAllocated>,
    /// It has not been told.
    allocated_is_new: bool,
    refresh_at: Option<Instant>,
    /// Allocate is to be sent.
    allocate_wanted: bool,
    /// What the server has named the connection.
    connection: Option<[u8; 20]>,
    sequence: u32,
    /// The peer that is to be active.
    to_be_active: Option<Key>,
    active: Option<Key>,
    active_news: Option<MsTurnEvent>,
    closing: bool,
    alternates: Alternates,
    realm: OneRealm,
}

impl<U: AsRef<[u8]>, S: Storage<Slot<SocketAddr>>> MsTurnClient<U, S> {
    /// An allocation over this path, with a seed that is random, secret and used once. Whatever the
    /// storage holds is dropped.
    pub fn new(
        path: FiveTuple,
        seed: [u8; 32],
        config: MsTurnConfig,
        credential: LongTermAuthentication<U>,
        peers: S,
    ) -> Self {
        Self {
            path,
            ids: TransactionIds::new(seed),
            schedule: MeasuredSchedule::new(config.schedule),
            config,
            authentication: credential,
            peers: Slots::new(peers),
            phase: Phase::Open,
            transaction: None,
            allocated: None,
            allocated_is_new: false,
            refresh_at: None,
            allocate_wanted: true,
            connection: None,
            sequence: 0,
            to_be_active: None,
            active: None,
            active_news: None,
            closing: false,
            alternates: Alternates::default(),
            realm: OneRealm::default(),
        }
    }

    /// The path to the server; another one than in the beginning if that named another server.
    pub const fn path(&self) -> FiveTuple {
        self.path
    }

    /// What the server gave, while it stands.
    pub fn allocated(&self) -> Option<MsAllocated> {
        self.allocated.filter(|_| self.is_open())
    }

    /// Whether the allocation is gone and the last event has been fetched.
    pub fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open)
    }

    /// Puts a peer into the table: data goes to it, and data of it is delivered. One that is there
    /// already is found again. Relays of these versions know IPv4 only.
    ///
    /// # Errors
    ///
    /// [`Full`] with the peer if there is no place in the table, or no allocation any more.
    pub fn add_peer(&mut self, peer: SocketAddr) -> Result<Key, Full<SocketAddr>> {
        if !self.is_open() || self.closing {
            return Err(Full(peer));
        }
        match self.find_peer(peer) {
            Some(key) => Ok(key),
            None => self.peers.insert(peer),
        }
    }

    /// Takes a peer out of the table: nothing of it is delivered any more. Tells whether it was
    /// there.
    pub fn remove_peer(&mut self, peer: Key) -> bool {
        self.peers.remove(peer).is_some()
    }

    /// The entry of a peer. The time that this takes grows with the number of peers.
    pub fn find_peer(&self, peer: SocketAddr) -> Option<Key> {
        let mut peers = self.peers.iter();
        peers.find(|(_, known)| **known == peer).map(|(key, _)| key)
    }

    /// Asks for data to and from this peer to go without a frame, in place of the one before.
    ///
    /// Until the server has answered, what comes without a frame is taken for data of the peer that
    /// was active before, or of this one if none was.
    pub fn set_active(&mut self, peer: Key) {
        self.to_be_active = Some(peer);
    }

    /// Deletes the allocation: [`Closed`](MsTurnEvent::Closed) follows.
    pub fn close(&mut self) {
        if self.closing || !self.is_open() {
            return;
        }
        self.closing = true;
        let may_exist = match &self.transaction {
            Some((_, _, transaction)) => transaction.was_sent(),
            None => false,
        };
        if self.allocated.is_some() {
            self.transaction = None;
            self.forget();
        } else if !may_exist {
            self.end(MsTurnEvent::Closed);
        }
    }

    /// Frames a payload for a peer where it stands in the buffer, as a Send request; to the active
    /// destination it goes as it is.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed.
    pub fn wrap(
        &mut self,
        peer: Key,
        buffer: &mut [u8],
        payload: Range<usize>,
    ) -> Result<Wrapped, SendError> {
        if self.allocated().is_none() || self.closing {
            return Err(SendError::NotAllocated);
        }
        let address = *self.peers.get(peer).ok_or(SendError::UnknownPeer)?;
        if payload.start > payload.end || payload.end > buffer.len() {
            return Err(SendError::NoRoom);
        }
        let range = match self.active == Some(peer) {
            true => payload,
            false => {
                let mut head = [0; MS_TURN_HEADROOM];
                let id = self.ids.next_classic();
                let (room, _) = head.split_at_mut(MS_TURN_HEADROOM - 4);
                let written = Self::begin(room, Method::MS_SEND, id)
                    .attribute(&MsDestinationAddress(address))
                    .finish();
                let len = written.map_err(|_| SendError::NoRoom)?;
                let value_len = u16::try_from(payload.len()).map_err(|_| SendError::TooLong)?;
                let message_len = u16::try_from(len - HEADER_LEN + 4 + payload.len());
                let message_len = message_len.map_err(|_| SendError::TooLong)?;
                head[2..4].copy_from_slice(&message_len.to_be_bytes());
                let [a, b] = AttributeType::DATA.0.to_be_bytes();
                let [high, low] = value_len.to_be_bytes();
                head[len..len + 4].copy_from_slice(&[a, b, high, low]);
                put_in_front(buffer, &head[..len + 4], payload, false)?
            }
        };
        Ok(Wrapped {
            path: self.path,
            connection: None,
            range,
        })
    }

    /// Offers a datagram. Nothing is copied: data of a peer is a part of it.
    pub fn handle_datagram<'a>(
        &mut self,
        now: Instant,
        path: FiveTuple,
        data: &'a [u8],
    ) -> Received<'a> {
        if path != self.path {
            return Received::NotMine;
        }
        let message = Message::parse_any_generation(data);
        let message = message
            .ok()
            .filter(|message| message.generation() == Generation::MsTurn);
        let Some(message) = message else {
            return self.unframed(data);
        };
        match message.class() {
            Class::Indication if message.method() == Method::MS_DATA => {
                self.data_indication(&message)
            }
            Class::Success | Class::Error => match self.handle_response(now, &message) {
                Handled::Consumed => Received::Consumed,
                Handled::NotMine => Received::NotMine,
                Handled::Dropped(reason) => Received::Dropped(reason),
            },
            _ => Received::NotMine,
        }
    }

    fn unframed<'a>(&self, data: &'a [u8]) -> Received<'a> {
        let asked = match self.transaction {
            Some((Task::SetActive { peer, .. }, ..)) => Some(peer),
            _ => None,
        };
        let Some(peer) = self.active.or(asked) else {
            return Received::NotMine;
        };
        match self.peers.get(peer) {
            Some(address) if self.is_open() => Received::Data(PeerData {
                peer: Some(peer),
                address: *address,
                data,
            }),
            _ => Received::Dropped(TurnDrop::UnknownPeer),
        }
    }

    fn data_indication<'a>(&self, message: &Message<'a>) -> Received<'a> {
        let (Ok(Some(MsRemoteAddress(address))), Ok(Some(Data(data)))) =
            (message.get(), message.get())
        else {
            return Received::Dropped(TurnDrop::Malformed);
        };
        let mut of_host = self
            .peers
            .iter()
            .filter(|(_, known)| known.ip() == address.ip())
            .peekable();
        if of_host.peek().is_none() || self.allocated().is_none() {
            return Received::Dropped(TurnDrop::UnknownPeer);
        }
        let exact = of_host.find(|(_, known)| **known == address);
        Received::Data(PeerData {
            peer: exact.map(|(key, _)| key),
            address,
            data,
        })
    }

    /// Tells that a message could not be sent, or that the network answered with a hard error such
    /// as "port unreachable". `path` is that of the [`Transmit`].
    pub fn handle_send_failed(&mut self, _now: Instant, path: FiveTuple) {
        if path == self.path {
            self.fail(TurnFailure::Unreachable);
        }
    }

    /// Tells that time has passed. Late is fine, early does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some((_, _, transaction)) = &mut self.transaction
            && transaction.handle_timeout(now, self.schedule.current(), false)
        {
            let failure = match transaction.violated {
                true => TurnFailure::IntegrityViolated,
                false => TurnFailure::TimedOut,
            };
            self.fail(failure);
        }
        if self.refresh_at.is_some_and(|at| at <= now) {
            self.refresh_at = None;
            self.allocate_wanted = true;
        }
    }

    /// Writes the next request. Data is not queued: see [`wrap`](Self::wrap).
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] with the size needed; nothing has changed. 2,300 octets always are enough.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        if self.transaction.is_none()
            && let Some(task) = self.next_task()
        {
            self.begin_transaction(task);
        }
        let Some((task, sequence, transaction)) = self.transaction else {
            return Ok(None);
        };
        if !transaction.is_due() {
            return Ok(None);
        }
        let len = match self.write_request(task, sequence, transaction.id, buf) {
            Ok(len) => len,
            Err(WriteError::BufferTooSmall(error)) => return Err(error),
            Err(_) => {
                self.fail(TurnFailure::TooLong);
                return Ok(None);
            }
        };
        if let Some((_, _, transaction)) = &mut self.transaction {
            if !transaction.was_sent() {
                self.schedule.begin(now, self.path.remote.ip());
            }
            transaction.sent(now);
        }
        Ok(Some(Transmit {
            path: self.path,
            connection: None,
            len,
        }))
    }

    /// What has become of the allocation.
    pub fn poll_event(&mut self) -> Option<MsTurnEvent> {
        match self.phase {
            Phase::Ended(event) => {
                self.phase = Phase::Done;
                Some(event)
            }
            Phase::Done => None,
            Phase::Open if core::mem::take(&mut self.allocated_is_new) => {
                self.allocated.map(MsTurnEvent::Allocated)
            }
            Phase::Open => self.active_news.take(),
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let transaction = self.transaction.as_ref();
        let deadline = transaction
            .and_then(|(_, _, transaction)| transaction.deadline(self.schedule.current(), false));
        [deadline, self.refresh_at].into_iter().flatten().min()
    }

    fn fail(&mut self, failure: TurnFailure) {
        self.end(match self.closing {
            true => MsTurnEvent::Closed,
            false => MsTurnEvent::Failed(failure),
        });
    }

    fn forget(&mut self) {
        for index in 0..self.peers.limit() {
            if let Some(key) = self.peers.key_at(index) {
                self.peers.remove(key);
            }
        }
        self.refresh_at = None;
        self.allocate_wanted = false;
        self.to_be_active = None;
        self.active = None;
        self.active_news = None;
    }

    fn end(&mut self, event: MsTurnEvent) {
        if self.is_open() {
            self.phase = Phase::Ended(event);
            self.transaction = None;
            self.forget();
        }
    }
}

#[cfg(test)]
mod tests;
