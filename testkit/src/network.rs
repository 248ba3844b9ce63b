//! Packets under way.

mod streams;

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use trunkline_sans_io::{ConnectionId, FiveTuple, Instant, Transport};

use self::streams::End;
use crate::nat::{Inbound, Nat};
use crate::{Link, NatConfig, NatId, NatStatistics, Random, Seed};

/// Something that arrives at a host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// When it arrives.
    pub at: Instant,
    /// The path as the receiver sees it: `local` is the receiver.
    pub path: FiveTuple,
    /// What arrives.
    pub arrival: Arrival,
}

/// What a [`Delivery`] brings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// A datagram.
    Datagram(Vec<u8>),
    /// The connection stands, at the end that opened it as well as at the one that accepted it.
    /// Each end has an id of its own.
    Connected(ConnectionId),
    /// The connection that this host opened was refused, and is gone.
    Refused(ConnectionId),
    /// Bytes of a stream, in order, cut anywhere.
    Bytes(ConnectionId, Vec<u8>),
    /// The other end closed the connection, or it broke. It is gone.
    Disconnected(ConnectionId),
}

/// What becomes of a datagram, decided by the test instead of by chance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// Whatever the [`Link`] does to it.
    ByLink,
    /// It is lost.
    Lost,
    /// It is spared loss, duplication and reordering.
    Spared,
    /// It arrives this much later than the delay of the link, however many overtake it.
    HeldBack(Duration),
    /// It arrives this many times, each after the delay of the link.
    Repeated(u8),
}

/// How many datagrams met which fate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct NetworkStatistics {
    /// Sent into the network.
    pub sent: u64,
    /// Taken out of it, copies included.
    pub delivered: u64,
    /// Lost by chance or by the test.
    pub lost: u64,
    /// Lost because they were larger than the link takes.
    pub too_large: u64,
    /// Copies beyond the first.
    pub duplicated: u64,
    /// Held back, so that later ones could overtake them.
    pub held_back: u64,
}

type Decide = dyn FnMut(Instant, FiveTuple, &[u8]) -> Fate;

/// A network that loses, delays, duplicates and reorders packets by a seed, on a virtual clock.
///
/// Whoever drives it sends packets in with the present moment and takes out what has arrived;
/// [`Simulation`](crate::Simulation) does that for a set of hosts. The same seed and the same
/// calls give the same deliveries.
///
/// ```
/// use core::time::Duration;
/// use trunkline_sans_io::{FiveTuple, Instant};
/// use trunkline_testkit::{Arrival, Link, Network};
///
/// let mut network = Network::new(1, Link::with_delay(Duration::from_millis(20)));
/// let path = FiveTuple::udp(([192, 0, 2, 1], 5060).into(), ([192, 0, 2, 2], 5060).into());
/// network.send(Instant::ORIGIN, path, b"ping");
///
/// let at = Instant::from_millis(20);
/// assert_eq!(network.next_delivery(), Some(at));
/// let delivery = network.poll_delivery(at).expect("it is due");
/// assert_eq!(delivery.path, path.reversed());
/// assert_eq!(delivery.arrival, Arrival::Datagram(b"ping".to_vec()));
/// ```
pub struct Network {
    random: Random,
    link: Link,
    links: BTreeMap<(IpAddr, IpAddr), Link>,
    nats: Vec<Nat>,
    decide: Option<Box<Decide>>,
    /// By time of arrival, then in the order of sending.
    under_way: BTreeMap<(Instant, u64), Delivery>,
    sequence: u64,
    /// When the last datagram of each five-tuple arrives that was not held back.
    last_arrivals: BTreeMap<FiveTuple, Instant>,
    listeners: BTreeSet<(Transport, SocketAddr)>,
    connections: BTreeMap<ConnectionId, End>,
    connections_made: u64,
    statistics: NetworkStatistics,
}

impl Network {
    /// A network in which every path is such a link.
    #[must_use]
    pub fn new(seed: impl Into<Seed>, link: Link) -> Self {
        Self {
            random: Random::new(seed),
            link,
            links: BTreeMap::new(),
            nats: Vec::new(),
            decide: None,
            under_way: BTreeMap::new(),
            sequence: 0,
            last_arrivals: BTreeMap::new(),
            listeners: BTreeSet::new(),
            connections: BTreeMap::new(),
            connections_made: 0,
            statistics: NetworkStatistics::default(),
        }
    }

    /// Makes the path from one address to another one, in this direction only, such a link. What
    /// is under way is not touched.
    pub fn set_link(&mut self, from: IpAddr, to: IpAddr, link: Link) {
        self.links.insert((from, to), link);
    }

    /// Makes every path without a link of its own such a link.
    pub fn set_default_link(&mut self, link: Link) {
        self.link = link;
    }

    /// The link from one address to another one.
    #[must_use]
    pub fn link(&self, from: IpAddr, to: IpAddr) -> Link {
        self.links.get(&(from, to)).copied().unwrap_or(self.link)
    }

    /// Puts a NAT between these inside addresses and all others. Datagrams among the inside
    /// addresses do not pass it. Streams are not translated.
    ///
    /// Links are chosen by the addresses outside: the NAT stands beside its hosts. One that is
    /// behind another one is to be added first, and the other one has its outside address inside.
    pub fn add_nat(&mut self, inside: &[IpAddr], config: NatConfig) -> NatId {
        self.nats.push(Nat::new(inside, config));
        NatId(self.nats.len() - 1)
    }

    /// What a NAT has done.
    ///
    /// # Panics
    ///
    /// When there is none of that name.
    #[must_use]
    pub fn nat_statistics(&self, nat: NatId) -> NatStatistics {
        self.nats[nat.0].statistics()
    }

    /// The outside address by which an inside one talks to a remote, if there is a mapping.
    ///
    /// # Panics
    ///
    /// When there is none of that name.
    #[must_use]
    pub fn mapped(&self, nat: NatId, inside: SocketAddr, remote: SocketAddr) -> Option<SocketAddr> {
        self.nats[nat.0].mapped(inside, remote)
    }

    /// Lets a NAT lose all its mappings, as if it were switched off and on.
    ///
    /// # Panics
    ///
    /// When there is none of that name.
    pub fn restart_nat(&mut self, nat: NatId) {
        self.nats[nat.0].forget();
    }

    /// Asks the closure about every datagram: when it is sent, on which path as its sender sees
    /// it, and its bytes. So a test loses exactly the packet it means to.
    pub fn decide_by(&mut self, decide: impl FnMut(Instant, FiveTuple, &[u8]) -> Fate + 'static) {
        self.decide = Some(Box::new(decide));
    }

    /// Leaves all datagrams to the links again.
    pub fn decide_by_links(&mut self) {
        self.decide = None;
    }

    /// The counts so far.
    #[must_use]
    pub const fn statistics(&self) -> NetworkStatistics {
        self.statistics
    }

    /// The source of chance of this network, for whatever else a test has to draw.
    pub const fn random_mut(&mut self) -> &mut Random {
        &mut self.random
    }

    /// Sends a datagram from `path.local` to `path.remote`.
    pub fn send(&mut self, now: Instant, path: FiveTuple, data: &[u8]) {
        self.statistics.sent += 1;
        let fate = match &mut self.decide {
            Some(decide) => decide(now, path, data),
            None => Fate::ByLink,
        };
        let mut path = path;
        let mut data = data.to_vec();
        for nat in &mut self.nats {
            let random = &mut self.random;
            match nat.outbound(now, random, path.local, path.remote, &mut data) {
                Some(local) => path.local = local,
                None => return,
            }
        }
        let link = self.link(path.local.ip(), path.remote.ip());
        // The same draws whatever their outcome and whatever the fate, so that a packet more or
        // less lost does not change what happens to all later ones.
        let lost = self.random.chance(link.loss);
        let held_back = self.random.chance(link.reordering);
        let duplicated = self.random.chance(link.duplication);
        let held_back_for = self.random.duration_up_to(link.held_back);
        let jitter = self.random.duration_up_to(link.jitter);
        let jitter_of_copy = self.random.duration_up_to(link.jitter);

        if data.len() > link.max_datagram {
            self.statistics.too_large += 1;
            return;
        }
        let (lost, held_back, copies) = match fate {
            Fate::ByLink => (
                lost,
                held_back.then_some(held_back_for),
                u8::from(duplicated),
            ),
            Fate::Lost | Fate::Repeated(0) => (true, None, 0),
            Fate::Spared => (false, None, 0),
            Fate::HeldBack(length) => (false, Some(length), 0),
            Fate::Repeated(times) => (false, None, times - 1),
        };
        if lost {
            self.statistics.lost += 1;
            return;
        }
        let at = match held_back {
            Some(length) => {
                self.statistics.held_back += 1;
                now + link.delay + jitter + length
            }
            None => self.in_order(path, now + link.delay + jitter),
        };
        self.deliver(at, path.reversed(), Arrival::Datagram(data.clone()));
        for _ in 0..copies {
            self.statistics.duplicated += 1;
            let at = at.max(now + link.delay + jitter_of_copy);
            self.deliver(at, path.reversed(), Arrival::Datagram(data.clone()));
        }
    }

    /// Not before what was sent earlier on the same path.
    fn in_order(&mut self, path: FiveTuple, at: Instant) -> Instant {
        let last = self.last_arrivals.entry(path).or_insert(at);
        *last = at.max(*last);
        *last
    }

    fn deliver(&mut self, at: Instant, path: FiveTuple, arrival: Arrival) {
        self.sequence += 1;
        let delivery = Delivery { at, path, arrival };
        self.under_way.insert((at, self.sequence), delivery);
    }

    /// When the next packet arrives, if whom it is for is still there.
    #[must_use]
    pub fn next_delivery(&self) -> Option<Instant> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next packet that has arrived by `now`: in the order of arrival, of equal times in the
    /// order of sending.
    pub fn poll_delivery(&mut self, now: Instant) -> Option<Delivery> {
        loop {
            let next = self.under_way.first_entry()?;
            if next.key().0 > now {
                return None;
            }
            let mut delivery = next.remove();
            if let Arrival::Datagram(data) = &mut delivery.arrival {
                if !pass_in(&mut self.nats, now, &mut delivery.path, data) {
                    continue;
                }
                self.statistics.delivered += 1;
                return Some(delivery);
            }
            if let Some(delivery) = self.arrive_on_stream(now, delivery) {
                return Some(delivery);
            }
        }
    }
}

/// Takes a datagram that has arrived through the NATs in front of its receiver, the outermost
/// first. Tells whether it comes in.
fn pass_in(nats: &mut [Nat], now: Instant, path: &mut FiveTuple, data: &mut Vec<u8>) -> bool {
    for nat in nats.iter_mut().rev() {
        match nat.inbound(now, path.local, path.remote, data) {
            Inbound::NotMine => {}
            Inbound::Dropped => return false,
            Inbound::Inside { local, remote } => (path.local, path.remote) = (local, remote),
        }
    }
    true
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("under_way", &self.under_way.len())
            .field("connections", &self.connections.len())
            .field("statistics", &self.statistics)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
