//! Many sessions, and the ports they live on.

mod config;
mod port_id;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use trunkline_sans_io::{
    AccessList, Deadline, Deadlines, Instant, Key, Network, Owned, Slot, Slots,
};

use super::{
    Component, Direction, DropCounts, DropReason, Event, Leg, LegUpdate, PayloadMap, PortPair,
    PortReservation, Ports, PortsExhausted, RemoteMedia, Session, SessionConfig, SessionStatistics,
    Traffic, Verdict,
};
pub use config::{Interface, InterfaceId, RelayConfig};
pub use port_id::PortId;

/// The two local addresses of a leg.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LegAddresses {
    /// Where the leg receives RTP and sends it from; its port is even.
    pub rtp: SocketAddr,
    /// The same for RTCP, on the port above.
    pub rtcp: SocketAddr,
}

impl LegAddresses {
    /// The address of a component.
    #[must_use]
    pub const fn component(&self, component: Component) -> SocketAddr {
        match component {
            Component::Rtp => self.rtp,
            Component::Rtcp => self.rtcp,
        }
    }
}

/// A pair of ports of an interface that waits for its sockets.
///
/// Give it to [`Relay::create`], [`Relay::cancel`] or [`Relay::reject`].
#[derive(Debug)]
#[must_use = "a reservation that is neither used nor cancelled keeps its ports"]
pub struct RelayReservation {
    interface: InterfaceId,
    addresses: LegAddresses,
    ports: PortReservation,
}

impl RelayReservation {
    /// What to bind.
    #[must_use]
    pub const fn addresses(&self) -> LegAddresses {
        self.addresses
    }
}

/// Why no ports could be reserved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReserveError {
    /// Capacity: answer the call with 503.
    #[error(transparent)]
    PortsExhausted(#[from] PortsExhausted),
    /// The caller's fault: there is no such interface.
    #[error("no such interface")]
    UnknownInterface,
}

/// Why no session was created. The ports that were reserved for it are free again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// Capacity: answer the call with 503.
    #[error("as many sessions as the relay may have")]
    SessionsExhausted,
}

/// There is no such session, or no longer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no such session")]
pub struct UnknownSession;

/// What is to be done with a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum RelayVerdict {
    /// Send the buffer, which may have been changed.
    Forward {
        /// The socket to send from.
        port: PortId,
        /// Where to.
        destination: SocketAddr,
        /// How many bytes of the buffer.
        len: usize,
    },
    /// Do nothing. It has been counted.
    Drop(DropReason),
}

/// What a relay has seen in all its sessions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct RelayStatistics {
    /// Sessions there are.
    pub sessions: usize,
    /// Sessions there have been, those of now included.
    pub created: u64,
    /// Sessions that were not created for want of ports or places; of several workers each counts
    /// those that it sent on to another.
    pub refused: u64,
    /// Packets forwarded, with all their bytes.
    pub forwarded: Traffic,
    /// Of those, packets that the socket did not take.
    pub unsent: u64,
    /// Packets dropped.
    pub dropped: DropCounts,
}

impl RelayStatistics {
    /// Adds what another relay has seen.
    pub fn add(&mut self, other: &Self) {
        self.sessions += other.sessions;
        self.created += other.created;
        self.refused += other.refused;
        self.forwarded.packets += other.forwarded.packets;
        self.forwarded.octets += other.forwarded.octets;
        self.unsent += other.unsent;
        self.dropped.add(&other.dropped);
    }
}

#[derive(Debug)]
struct Place {
    session: Session,
    legs: [(InterfaceId, PortPair, LegAddresses); 2],
}

#[derive(Debug)]
struct LocalInterface {
    address: core::net::IpAddr,
    ports: Ports<Box<[u64]>>,
    access: AccessList<Vec<Network>>,
}

/// A bounded table of sessions with the ports that they use. It owns no sockets.
///
/// A session is made in two steps, since only the owner of the sockets knows whether a port can
/// really be bound: [`Relay::reserve`] sets a pair of ports aside for each leg, and
/// [`Relay::create`] makes the session of both. A pair that somebody else has taken is given to
/// [`Relay::reject`] and the next one reserved.
///
/// ```
/// use trunkline_rtp_relay::{
///     Interface, InterfaceId, Leg, PortRange, Relay, RelayConfig, RemoteMedia, SessionConfig,
/// };
/// use trunkline_sans_io::Instant;
///
/// let interface = Interface::new([192, 0, 2, 1].into(), PortRange::MEDIA);
/// let mut relay = Relay::new(RelayConfig::new(vec![interface], 100, [7; 32]));
///
/// let now = Instant::ORIGIN;
/// let a = relay.reserve(now, InterfaceId(0))?;
/// let b = relay.reserve(now, InterfaceId(0))?;
/// println!("{} goes into the answer", a.addresses().rtp);
/// // ... bind the four sockets ...
/// let session = relay.create(now, SessionConfig::default(), [a, b])?;
/// relay.set_remote(now, session, Leg::A, RemoteMedia::new(([192, 0, 2, 9], 40_000).into()))?;
/// // ... relay.handle_packet(now, port, source, packet) ...
/// let statistics = relay.remove(now, session)?;
/// assert_eq!(statistics.leg(Leg::A).received.packets(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Relay {
    interfaces: Vec<LocalInterface>,
    sessions: Slots<Place, Owned<Slot<Place>>>,
    /// No later than the session's own deadline, which moves on with every packet.
    deadlines: Deadlines<Owned<Deadline>>,
    /// Places whose sessions may have events. Each stands here once at most.
    with_events: VecDeque<usize>,
    has_event: Vec<bool>,
    random: ChaCha8Rng,
    totals: RelayStatistics,
}

impl Relay {
    /// A relay without sessions.
    #[must_use]
    pub fn new(config: RelayConfig) -> Self {
        let limit = config.max_sessions.min(PortId::MAX_SESSIONS);
        let interfaces = config.interfaces.into_iter().filter_map(|interface| {
            let words = vec![0; interface.ports.words()].into_boxed_slice();
            Some(LocalInterface {
                address: interface.address,
                // As many words as the range asks for are always enough.
                ports: Ports::new(interface.ports, interface.quarantine, words)?,
                access: AccessList::new(interface.allow, interface.deny),
            })
        });
        Self {
            interfaces: interfaces.collect(),
            sessions: Slots::with_limit(limit),
            deadlines: Deadlines::with_limit(limit),
            with_events: VecDeque::new(),
            has_event: Vec::new(),
            random: ChaCha8Rng::from_seed(config.seed),
            totals: RelayStatistics::default(),
        }
    }

    /// Sets a pair of ports aside on an interface.
    ///
    /// # Errors
    ///
    /// No port is free, or there is no such interface.
    pub fn reserve(
        &mut self,
        now: Instant,
        interface: InterfaceId,
    ) -> Result<RelayReservation, ReserveError> {
        let local = self
            .interfaces
            .get_mut(interface.0)
            .ok_or(ReserveError::UnknownInterface)?;
        let Ok(ports) = local.ports.reserve(now, self.random.next_u64()) else {
            self.totals.refused += 1;
            return Err(ReserveError::PortsExhausted(PortsExhausted));
        };
        let pair = ports.pair();
        Ok(RelayReservation {
            interface,
            addresses: LegAddresses {
                rtp: SocketAddr::new(local.address, pair.rtp()),
                rtcp: SocketAddr::new(local.address, pair.rtcp()),
            },
            ports,
        })
    }

    /// The ports are not needed: they are free at once.
    pub fn cancel(&mut self, reservation: RelayReservation) {
        if let Some(interface) = self.interfaces.get_mut(reservation.interface.0) {
            interface.ports.cancel(reservation.ports);
        }
    }

    /// The ports could not be bound, since somebody else has one of them: they rest.
    pub fn reject(&mut self, now: Instant, reservation: RelayReservation) {
        if let Some(interface) = self.interfaces.get_mut(reservation.interface.0) {
            interface.ports.reject(now, reservation.ports);
        }
    }

    /// Makes a session on ports that are bound now, those of leg A first.
    ///
    /// # Errors
    ///
    /// The relay has as many sessions as it may. The ports are free again.
    pub fn create(
        &mut self,
        now: Instant,
        config: SessionConfig,
        reservations: [RelayReservation; 2],
    ) -> Result<Key, CreateError> {
        if self.sessions.len() == self.sessions.limit() {
            for reservation in reservations {
                self.cancel(reservation);
            }
            self.totals.refused += 1;
            return Err(CreateError::SessionsExhausted);
        }
        let legs = reservations.map(|reservation| {
            let pair = reservation.ports.pair();
            if let Some(interface) = self.interfaces.get_mut(reservation.interface.0) {
                interface.ports.commit(reservation.ports);
            }
            (reservation.interface, pair, reservation.addresses)
        });
        let session = Session::new(now, config);
        let key = self
            .sessions
            .insert(Place { session, legs })
            .map_err(|_| CreateError::SessionsExhausted)?;
        self.totals.created += 1;
        self.rearm(key);
        Ok(key)
    }

    /// Ends a session and tells what it has seen. Its ports rest before they are used again.
    ///
    /// # Errors
    ///
    /// There is no such session.
    pub fn remove(
        &mut self,
        now: Instant,
        session: Key,
    ) -> Result<SessionStatistics, UnknownSession> {
        let place = self.sessions.remove(session).ok_or(UnknownSession)?;
        self.deadlines.set(session.index(), None);
        for (interface, pair, _) in place.legs {
            if let Some(interface) = self.interfaces.get_mut(interface.0) {
                interface.ports.release(now, pair);
            }
        }
        Ok(place.session.statistics(now))
    }

    /// A session, to look at.
    #[must_use]
    pub fn session(&self, session: Key) -> Option<&Session> {
        self.sessions.get(session).map(|place| &place.session)
    }

    /// All sessions.
    pub fn sessions(&self) -> impl Iterator<Item = (Key, &Session)> {
        self.sessions
            .iter()
            .map(|(key, place)| (key, &place.session))
    }

    /// The local addresses of a leg.
    #[must_use]
    pub fn addresses(&self, session: Key, leg: Leg) -> Option<LegAddresses> {
        let place = self.sessions.get(session)?;
        Some(place.legs[leg.index()].2)
    }

    /// What a session has seen until `now`.
    ///
    /// # Errors
    ///
    /// There is no such session.
    pub fn statistics(
        &self,
        now: Instant,
        session: Key,
    ) -> Result<SessionStatistics, UnknownSession> {
        let session = self.session(session).ok_or(UnknownSession)?;
        Ok(session.statistics(now))
    }

    /// What all sessions have seen, those that are gone included.
    #[must_use]
    pub const fn totals(&self) -> RelayStatistics {
        RelayStatistics {
            sessions: self.sessions.len(),
            ..self.totals
        }
    }

    /// See [`Session::set_remote`].
    ///
    /// # Errors
    ///
    /// There is no such session.
    pub fn set_remote(
        &mut self,
        now: Instant,
        session: Key,
        leg: Leg,
        remote: RemoteMedia,
    ) -> Result<bool, UnknownSession> {
        self.change(session, |session| session.set_remote(now, leg, remote))
    }

    /// See [`Session::configure`].
    ///
    /// # Errors
    ///
    /// There is no such session.
    pub fn configure(
        &mut self,
        now: Instant,
        session: Key,
        updates: [Option<LegUpdate>; 2],
    ) -> Result<[bool; 2], UnknownSession> {
        self.change(session, |session| session.configure(now, updates))
    }

    /// See [`Session::relatch`].
    ///
    /// # Errors
    ///
    /// There is no such session.
    pub fn relatch(&mut self, now: Instant, session: Key, leg: Leg) -> Result<(), UnknownSession> {
        self.change(session, |session| session.relatch(now, leg))
    }

    /// See [`Session::set_direction`].
    ///
    /// # Errors
    ///
    /// There is no such session.
    pub fn set_direction(
        &mut self,
        now: Instant,
        session: Key,
        leg: Leg,
        direction: Direction,
    ) -> Result<(), UnknownSession> {
        self.change(session, |session| {
            session.set_direction(now, leg, direction)
        })
    }

    /// See [`Session::set_payloads`].
    ///
    /// # Errors
    ///
    /// There is no such session.
    pub fn set_payloads(
        &mut self,
        session: Key,
        leg: Leg,
        payloads: PayloadMap,
    ) -> Result<(), UnknownSession> {
        self.change(session, |session| session.set_payloads(leg, payloads))
    }

    /// See [`Session::set_media_timeout`].
    ///
    /// # Errors
    ///
    /// There is no such session.
    pub fn set_media_timeout(
        &mut self,
        now: Instant,
        session: Key,
        timeout: Option<Duration>,
    ) -> Result<(), UnknownSession> {
        self.change(session, |session| session.set_media_timeout(now, timeout))
    }

    fn change<T>(
        &mut self,
        key: Key,
        change: impl FnOnce(&mut Session) -> T,
    ) -> Result<T, UnknownSession> {
        let place = self.sessions.get_mut(key).ok_or(UnknownSession)?;
        let result = change(&mut place.session);
        self.rearm(key);
        Ok(result)
    }

    /// Takes a packet that arrived at a socket and says what to do with it.
    #[inline]
    pub fn handle_packet(
        &mut self,
        now: Instant,
        port: PortId,
        source: SocketAddr,
        packet: &mut [u8],
    ) -> RelayVerdict {
        let key = port.session();
        let Some(place) = self.sessions.get_mut(key) else {
            self.totals.dropped.count(DropReason::UnknownSession);
            return RelayVerdict::Drop(DropReason::UnknownSession);
        };
        let leg = port.leg();
        let interface = self.interfaces.get(place.legs[leg.index()].0.0);
        let verdict =
            place
                .session
                .handle_packet_if(now, leg, port.component(), source, packet, |address| {
                    interface.is_some_and(|interface| interface.access.check(address).is_allowed())
                });
        if place.session.has_event() {
            self.note_event(key);
        }
        match verdict {
            Verdict::Forward {
                leg,
                component,
                destination,
                len,
            } => {
                self.totals.forwarded.count(len);
                RelayVerdict::Forward {
                    port: PortId::new(key, leg, component),
                    destination,
                    len,
                }
            }
            Verdict::Drop(reason) => {
                self.totals.dropped.count(reason);
                RelayVerdict::Drop(reason)
            }
        }
    }

    /// A packet that was to be sent from this socket could not be.
    pub fn handle_unsent(&mut self, port: PortId) {
        self.totals.unsent += 1;
        if let Some(place) = self.sessions.get_mut(port.session()) {
            place.session.handle_unsent(port.leg());
        }
    }

    /// Notices peers that have been silent for too long.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(index) = self.deadlines.pop_due(now) {
            let Some(key) = self.sessions.key_at(index) else {
                continue;
            };
            if let Some(place) = self.sessions.get_mut(key) {
                place.session.handle_timeout(now);
            }
            // What is left lies after `now`, so this ends.
            self.rearm(key);
        }
    }

    /// When [`Relay::handle_timeout`] wants to be called. It may then find that packets came in
    /// the meantime and there is nothing to do yet.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// What happened in one of the sessions.
    pub fn poll_event(&mut self) -> Option<(Key, Event)> {
        while let Some(&index) = self.with_events.front() {
            if let Some(key) = self.sessions.key_at(index)
                && let Some(place) = self.sessions.get_mut(key)
                && let Some(event) = place.session.poll_event()
            {
                return Some((key, event));
            }
            self.with_events.pop_front();
            if let Some(flag) = self.has_event.get_mut(index) {
                *flag = false;
            }
        }
        None
    }

    /// Whether [`Relay::poll_event`] may have something to tell.
    #[must_use]
    pub fn has_event(&self) -> bool {
        !self.with_events.is_empty()
    }

    /// Something in a session changed outside of the packet path.
    fn rearm(&mut self, key: Key) {
        let Some(place) = self.sessions.get(key) else {
            return;
        };
        let has_event = place.session.has_event();
        self.deadlines
            .set(key.index(), place.session.poll_timeout());
        if has_event {
            self.note_event(key);
        }
    }

    #[cold]
    fn note_event(&mut self, key: Key) {
        let index = key.index();
        if self.has_event.len() <= index {
            self.has_event.resize(index + 1, false);
        }
        if !self.has_event[index] {
            self.has_event[index] = true;
            self.with_events.push_back(index);
        }
        // A peer that resumes has to be watched again.
        if let Some(place) = self.sessions.get(key) {
            self.deadlines.set(index, place.session.poll_timeout());
        }
    }
}

#[cfg(test)]
mod tests;
