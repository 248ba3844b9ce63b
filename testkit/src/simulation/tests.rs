use core::cell::RefCell;
use std::rc::Rc;

use trunkline_sans_io::{BufferTooSmall, ConnectionId, Transmit};

use super::*;
use crate::{Fate, Link};

const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 1)), 5060);
const THERE: SocketAddr = SocketAddr::new(IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 2)), 5060);

/// Sends what the test tells it, repeats nothing, and keeps what it saw.
#[derive(Debug, Default)]
struct Recorder {
    pending: Vec<(FiveTuple, Option<ConnectionId>, Vec<u8>)>,
    close: Option<ConnectionId>,
    due: Option<Instant>,
    /// Rearms for so long after each timeout.
    period: Option<Duration>,
    /// How much of a stream is taken at a time.
    chunk: usize,
    seen: Vec<(Instant, Seen)>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Seen {
    Datagram(Vec<u8>),
    Connected(ConnectionId),
    Chunk(Vec<u8>),
    Disconnected,
    SendFailed(FiveTuple),
    Timeout,
}

impl Host for Recorder {
    fn handle_datagram(&mut self, now: Instant, _path: FiveTuple, data: &[u8]) {
        self.seen.push((now, Seen::Datagram(data.to_vec())));
    }

    fn handle_connected(&mut self, now: Instant, connection: ConnectionId, _path: FiveTuple) {
        self.seen.push((now, Seen::Connected(connection)));
    }

    fn handle_bytes(&mut self, now: Instant, _connection: ConnectionId, data: &[u8]) -> usize {
        let chunks = data.chunks_exact(self.chunk.max(1));
        let consumed = data.len() - chunks.remainder().len();
        for chunk in chunks {
            self.seen.push((now, Seen::Chunk(chunk.to_vec())));
        }
        consumed
    }

    fn handle_disconnected(&mut self, now: Instant, _connection: ConnectionId) {
        self.seen.push((now, Seen::Disconnected));
    }

    fn handle_send_failed(
        &mut self,
        now: Instant,
        path: FiveTuple,
        _connection: Option<ConnectionId>,
    ) {
        self.seen.push((now, Seen::SendFailed(path)));
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.due.is_some_and(|due| due <= now) {
            self.seen.push((now, Seen::Timeout));
            self.due = self.period.map(|period| now + period);
        }
    }

    fn poll_transmit(
        &mut self,
        _now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        let Some((path, connection, data)) = self.pending.first() else {
            return Ok(None);
        };
        let (path, connection, len) = (*path, *connection, data.len());
        let room = buf.get_mut(..len).ok_or(BufferTooSmall { needed: len })?;
        room.copy_from_slice(data);
        self.pending.remove(0);
        Ok(Some(Transmit {
            path,
            connection,
            len,
        }))
    }

    fn poll_close(&mut self) -> Option<ConnectionId> {
        self.close.take()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }
}

fn pair(link: Link) -> (Simulation<Recorder>, HostId, HostId) {
    let mut simulation = Simulation::new(Network::new(1, link));
    let here = simulation.add(&[HERE.ip()], Recorder::default());
    let there = simulation.add(&[THERE.ip()], Recorder::default());
    (simulation, here, there)
}

fn datagram(data: &[u8]) -> (FiveTuple, Option<ConnectionId>, Vec<u8>) {
    (FiveTuple::udp(HERE, THERE), None, data.to_vec())
}

fn stream(data: &[u8]) -> (FiveTuple, Option<ConnectionId>, Vec<u8>) {
    (FiveTuple::tcp(HERE, THERE), None, data.to_vec())
}

#[test]
fn steps_come_in_the_order_of_time() {
    let (mut simulation, here, there) = pair(Link::with_delay(Duration::from_millis(20)));
    simulation.host_mut(here).pending.push(datagram(b"a"));
    simulation.host_mut(there).due = Some(Instant::from_millis(10));
    assert_eq!(simulation.next_step(), Some(Instant::from_millis(10)));
    let first = simulation.step(Instant::MAX).expect("the timer");
    assert_eq!((first.host, first.arrived), (there, None));
    let second = simulation.step(Instant::MAX).expect("the datagram");
    assert_eq!(second.at, Instant::from_millis(20));
    let expected = (
        FiveTuple::udp(THERE, HERE),
        Arrival::Datagram(b"a".to_vec()),
    );
    assert_eq!(second.arrived, Some(expected));
    assert_eq!(simulation.next_step(), None);
    assert_eq!(
        simulation.host(there).seen,
        [
            (Instant::from_millis(10), Seen::Timeout),
            (Instant::from_millis(20), Seen::Datagram(b"a".to_vec())),
        ]
    );
    assert_eq!(simulation.hosts_mut().count(), 2);
}

#[test]
fn the_clock_stops_where_it_was_asked_to() {
    let (mut simulation, here, there) = pair(Link::PERFECT);
    let host = simulation.host_mut(here);
    host.due = Some(Instant::from_secs(1));
    host.period = Some(Duration::from_secs(1));
    simulation.run_until(Instant::from_millis(3_500));
    assert_eq!(simulation.now(), Instant::from_millis(3_500));
    assert_eq!(simulation.host(here).seen.len(), 3);
    simulation.run_for(Duration::from_millis(500));
    assert_eq!(simulation.host(here).seen.len(), 4);
    assert!(!simulation.run_until_idle(Instant::from_secs(10)));
    assert_eq!(simulation.now(), Instant::from_secs(10));

    let ten = |simulation: &Simulation<Recorder>| simulation.host(here).seen.len() == 12;
    assert!(simulation.run_until_holds(Instant::from_secs(100), ten));
    assert_eq!(simulation.now(), Instant::from_secs(12));
    assert!(!simulation.run_until_holds(Instant::from_secs(20), |_| false));

    simulation.host_mut(here).period = None;
    assert!(simulation.run_until_idle(Instant::from_secs(100)));
    assert_eq!(simulation.now(), Instant::from_secs(21));
    assert_eq!(simulation.host(there).seen, []);
}

#[test]
fn the_owner_answers_between_steps() {
    let (mut simulation, here, there) = pair(Link::with_delay(Duration::from_millis(5)));
    simulation.host_mut(here).pending.push(datagram(b"ping"));
    simulation.run_until_with(Instant::from_secs(1), |_, id, host| {
        for (_, seen) in host.seen.drain(..) {
            if id == there && seen == Seen::Datagram(b"ping".to_vec()) {
                let path = FiveTuple::udp(THERE, HERE);
                host.pending.push((path, None, b"pong".to_vec()));
            }
        }
    });
    assert_eq!(simulation.network().statistics().delivered, 2);
}

#[test]
fn an_address_nobody_has_swallows() {
    let (mut simulation, here, _) = pair(Link::PERFECT);
    let path = FiveTuple::udp(HERE, ([203, 0, 113, 1], 1).into());
    simulation
        .host_mut(here)
        .pending
        .push((path, None, vec![1]));
    simulation.host_mut(here).pending.push(datagram(b"a"));
    assert!(simulation.run_until_idle(Instant::MAX));
    assert_eq!(simulation.unroutable(), 1);
}

#[test]
fn messages_share_one_connection_and_are_consumed_in_chunks() {
    let (mut simulation, here, there) = pair(Link::with_delay(Duration::from_millis(20)));
    simulation.listen(Transport::Tcp, THERE);
    simulation.host_mut(there).chunk = 4;
    let text = b"one.two.three...four";
    for part in text.chunks(3) {
        simulation.host_mut(here).pending.push(stream(part));
    }
    assert!(simulation.run_until_idle(Instant::MAX));
    let seen = &simulation.host(there).seen;
    let chunks: Vec<_> = seen
        .iter()
        .filter_map(|(_, seen)| match seen {
            Seen::Chunk(chunk) => Some(chunk.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(chunks.concat(), text);
    assert!(chunks.iter().all(|chunk| chunk.len() == 4));

    // The answer goes back over the same connection, named or found by the remote address.
    let Some((_, Seen::Connected(accepted))) = seen.first().cloned() else {
        panic!("{seen:?}");
    };
    let path = simulation.network().connection(accepted).expect("it lives");
    simulation.host_mut(here).chunk = 1;
    let named = (FiveTuple::tcp(THERE, HERE), Some(accepted), b"n".to_vec());
    let found = (path, None, b"f".to_vec());
    simulation.host_mut(there).pending.extend([named, found]);
    assert!(simulation.run_until_idle(Instant::MAX));
    assert_eq!(simulation.network().connections().count(), 2);
    let seen = &simulation.host(here).seen;
    let read: Vec<_> = seen.iter().map(|(_, seen)| seen.clone()).collect();
    assert!(matches!(read[0], Seen::Connected(_)));
    assert_eq!(
        read[1..],
        [Seen::Chunk(b"n".to_vec()), Seen::Chunk(b"f".to_vec())]
    );

    simulation.host_mut(there).close = Some(accepted);
    assert!(simulation.run_until_idle(Instant::MAX));
    let last = simulation.host(here).seen.last();
    assert_eq!(last.map(|(_, seen)| seen), Some(&Seen::Disconnected));
}

#[test]
fn everything_sent_to_a_refusing_address_fails() {
    let (mut simulation, here, _) = pair(Link::with_delay(Duration::from_millis(20)));
    simulation
        .host_mut(here)
        .pending
        .extend([stream(b"a"), stream(b"b")]);
    assert!(simulation.run_until_idle(Instant::MAX));
    let failed = (
        Instant::from_millis(40),
        Seen::SendFailed(FiveTuple::tcp(HERE, THERE)),
    );
    assert_eq!(simulation.host(here).seen, [failed.clone(), failed]);
}

#[test]
fn a_broken_connection_is_told_to_both_hosts_and_replaced() {
    let (mut simulation, here, there) = pair(Link::PERFECT);
    simulation.listen(Transport::Tcp, THERE);
    simulation.host_mut(here).pending.push(stream(b"a"));
    assert!(simulation.run_until_idle(Instant::MAX));
    let now = simulation.now();
    let (connection, _) = simulation.network().connections().next().expect("it lives");
    simulation.network_mut().reset(now, connection);
    assert!(simulation.run_until_idle(Instant::MAX));
    for host in [here, there] {
        let last = simulation.host(host).seen.last();
        assert_eq!(last.map(|(_, seen)| seen), Some(&Seen::Disconnected));
    }
    let (path, _, data) = stream(b"b");
    let again = (path, Some(connection), data);
    simulation.host_mut(here).pending.push(again);
    assert!(simulation.run_until_idle(Instant::MAX));
    let last = simulation.host(there).seen.last();
    assert_eq!(
        last.map(|(_, seen)| seen.clone()),
        Some(Seen::Chunk(b"b".to_vec()))
    );
}

#[test]
fn machines_of_different_types_meet() {
    let keeper = Rc::new(RefCell::new(Recorder::default()));
    let mut simulation: Simulation<Box<dyn Host>> = Simulation::new(Network::new(1, Link::PERFECT));
    simulation.add(
        &[HERE.ip()],
        Box::new(Recorder {
            pending: vec![datagram(b"a")],
            ..Recorder::default()
        }),
    );
    simulation.add(&[THERE.ip()], Box::new(Rc::clone(&keeper)));
    assert!(simulation.run_until_idle(Instant::MAX));
    assert_eq!(keeper.borrow().seen.len(), 1);
}

#[test]
fn lateness_stays_within_its_bound_and_is_used() {
    let (mut simulation, here, _) = pair(Link::PERFECT);
    simulation.set_strain(Strain {
        lateness: Duration::from_millis(20),
        ..Strain::default()
    });
    let mut longest = Duration::ZERO;
    for second in 1..50 {
        let due = Instant::from_secs(second);
        simulation.host_mut(here).due = Some(due);
        assert!(simulation.run_until_idle(Instant::MAX));
        let late = simulation.now() - due;
        assert!(late <= Duration::from_millis(20), "{late:?}");
        longest = longest.max(late);
    }
    assert!(longest > Duration::from_millis(10));
}

#[test]
fn a_host_that_keeps_the_contract_bears_heavy_strain() {
    let run = || {
        let (mut simulation, here, there) = pair(Link {
            loss: 0.1,
            ..Link::with_delay(Duration::from_millis(20))
        });
        simulation.set_strain(Strain::HEAVY);
        for (id, path) in [
            (here, FiveTuple::udp(HERE, THERE)),
            (there, FiveTuple::udp(THERE, HERE)),
        ] {
            let host = simulation.host_mut(id);
            host.due = Some(Instant::from_secs(1));
            host.period = Some(Duration::from_millis(100));
            host.pending = (0..200_u8)
                .map(|n| (path, None, vec![n; 10 * usize::from(n)]))
                .collect();
        }
        simulation.run_until(Instant::from_secs(20));
        let seen = |id| simulation.host(id).seen.clone();
        (seen(here), seen(there))
    };
    let (here, there) = run();
    assert!(here.len() > 300 && there.len() > 300);
    assert_eq!((here, there), run());
}

/// Breaks the contract in one way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Broken {
    Spins,
    SendsWithoutEnd,
    AsksForMoreAndMore,
    SendsEarly(bool),
}

impl Host for Broken {
    fn handle_datagram(&mut self, _now: Instant, _path: FiveTuple, _data: &[u8]) {}

    fn handle_timeout(&mut self, _now: Instant) {
        if let Self::SendsEarly(ready) = self {
            *ready = true;
        }
    }

    fn poll_transmit(
        &mut self,
        _now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        match self {
            Self::SendsWithoutEnd | Self::SendsEarly(true) => Ok(Some(Transmit {
                path: FiveTuple::udp(HERE, THERE),
                connection: None,
                len: 0,
            })),
            Self::AsksForMoreAndMore => Err(BufferTooSmall {
                needed: buf.len() + 1,
            }),
            Self::Spins | Self::SendsEarly(false) => Ok(None),
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        Some(match self {
            Self::Spins => Instant::from_secs(1),
            _ => Instant::from_secs(100),
        })
    }
}

fn run_broken(broken: Broken) {
    let mut network = Network::new(1, Link::PERFECT);
    network.decide_by(|_, _, _| Fate::Lost);
    let mut simulation = Simulation::starting_at(Instant::from_millis(1), network);
    simulation.set_strain(Strain {
        early_timeouts: 1.0,
        ..Strain::default()
    });
    simulation.add(&[HERE.ip()], broken);
    simulation.run_until(Instant::from_secs(100));
}

#[test]
#[should_panic(expected = "HostId(0) spins")]
fn a_spinning_timer_fails_the_test() {
    run_broken(Broken::Spins);
}

#[test]
#[should_panic(expected = "HostId(0) sends without end")]
fn endless_sending_fails_the_test() {
    run_broken(Broken::SendsWithoutEnd);
}

#[test]
#[should_panic(expected = "HostId(0) asked for 2049 bytes")]
fn asking_for_ever_more_buffer_fails_the_test() {
    run_broken(Broken::AsksForMoreAndMore);
}

#[test]
#[should_panic(expected = "HostId(0) sends because of an early timeout")]
fn sending_at_an_early_timeout_fails_the_test() {
    run_broken(Broken::SendsEarly(false));
}
