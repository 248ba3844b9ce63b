extern crate std;

use core::net::SocketAddr;
use core::time::Duration;
use std::vec::Vec;

use trunkline_sans_io::{FiveTuple, Handled, Instant};

use super::*;
use crate::machines::{Answer, BindingServer, ServerDrop};
use crate::wire::{Class, ErrorCode, Message, Method, TransactionId, XorMappedAddress};

const CLIENT: &str = "192.168.1.2:50000";
const CONTROL: &str = "192.0.2.1:3478";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// What becomes of a datagram on its way to a port of the server, and of one from there: the address that
/// it seems to be from, or nothing.
type Way = fn(SocketAddr, u16) -> Option<SocketAddr>;

struct World {
    now: Instant,
    test: PortTest,
    server: PortTestServer,
    to_server: Way,
    to_client: Way,
    sent: Vec<(Instant, usize, u16)>,
}

fn passes(from: SocketAddr, _port: u16) -> Option<SocketAddr> {
    Some(from)
}

impl World {
    fn new(ports: TestedPorts) -> Self {
        let (local, control) = (address(CLIENT), address(CONTROL));
        let now = Instant::ORIGIN;
        Self {
            now,
            test: PortTest::new(now, local, control, ports, [7; 32], PortTestConfig::DEFAULT),
            server: PortTestServer::new(control.port(), [8; 32]),
            to_server: passes,
            to_client: passes,
            sent: Vec::new(),
        }
    }

    fn run(&mut self) -> PortTestEvent {
        loop {
            let mut request = [0; 64];
            while let Some(sent) = self.test.poll_transmit(self.now, &mut request).unwrap() {
                self.exchange(sent.path, &request[..sent.len]);
            }
            if let Some(event) = self.test.poll_event() {
                assert_eq!(self.test.poll_timeout(), None);
                return event;
            }
            self.now = self.now.max(self.test.poll_timeout().unwrap());
            self.test.handle_timeout(self.now);
        }
    }

    fn exchange(&mut self, path: FiveTuple, request: &[u8]) {
        let port = path.remote.port();
        self.sent.push((self.now, request.len(), port));
        let Some(seen) = (self.to_server)(path.local, port) else {
            return;
        };
        let seen = FiveTuple::udp(path.remote, seen);
        let mut response = [0; 64];
        let answer = self.server.answer(self.now, seen, request, &mut response);
        let Ok(Answer::Send(answer)) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(answer.path.remote, seen.remote, "to another one");
        assert!(answer.len <= request.len(), "amplified");
        let from = answer.path.local;
        assert!(from == path.remote || from == address(CONTROL));
        if let Some(remote) = (self.to_client)(from, from.port()) {
            let path = FiveTuple { remote, ..path };
            let _ = self
                .test
                .handle_datagram(self.now, path, &response[..answer.len]);
        }
    }

    fn outcomes(&self) -> Vec<(u16, u16, PortOutcome)> {
        let ranges = self.test.outcomes();
        ranges
            .map(|(range, outcome)| (*range.start(), *range.end(), outcome))
            .collect()
    }
}

fn ports(first: u16, last: u16) -> TestedPorts {
    TestedPorts::new(first, last).unwrap()
}

/// C004-203: those that do not pass are found, and in which direction.
#[test]
fn c004_203_closed_ports_are_found() {
    let mut world = World::new(ports(30_000, 33_000));
    world.to_server = |from, port| (!(30_100..=30_199).contains(&port)).then_some(from);
    world.to_client = |from, port| (port != 33_000).then_some(from);
    assert_eq!(world.run(), PortTestEvent::Done);
    assert_eq!(
        world.outcomes(),
        [
            (30_000, 30_099, PortOutcome::Open),
            (30_100, 30_199, PortOutcome::ClosedToServer),
            (30_200, 32_999, PortOutcome::Open),
            (33_000, 33_000, PortOutcome::ClosedFromServer),
        ]
    );
    // The token, each port once, the silent ones three times; then three times the way of the control port
    // and those of which nothing is known.
    let requests = (1 + 3_001 + 2 * 101) + (1 + 101) + 2 * (1 + 100);
    assert_eq!(world.test.requests(), requests);
    // At a steady pace.
    let of_ports = { world.sent.iter() }.filter(|(_, _, port)| *port != 3_478);
    let times: Vec<_> = of_ports.map(|(at, ..)| *at).collect();
    let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(gaps.min() >= Some(PortTestConfig::DEFAULT.interval));
    assert!({ world.sent.iter() }.all(|(_, len, _)| *len == REQUEST_LEN));
    assert_eq!(world.test.outcome(29_999), PortOutcome::Silent);
}

/// C004-203: what lets nothing in that was not asked for, as most firewalls do, lets the answers of the control
/// port in.
#[test]
fn c004_203_directions_are_told_behind_a_firewall_that_remembers() {
    std::thread_local! {
        static ASKED: core::cell::RefCell<std::collections::BTreeSet<u16>> = const { core::cell::RefCell::new(std::collections::BTreeSet::new()) };
    }
    let mut world = World::new(ports(30_000, 30_003));
    world.to_server = |from, port| {
        ASKED.with_borrow_mut(|asked| asked.insert(port));
        (port != 30_001).then_some(from)
    };
    world.to_client = |from, port| {
        let asked = ASKED.with_borrow(|asked| asked.contains(&port));
        (asked && port != 30_002).then_some(from)
    };
    assert_eq!(world.run(), PortTestEvent::Done);
    assert_eq!(
        world.outcomes(),
        [
            (30_000, 30_000, PortOutcome::Open),
            (30_001, 30_001, PortOutcome::ClosedToServer),
            (30_002, 30_002, PortOutcome::ClosedFromServer),
            (30_003, 30_003, PortOutcome::Open),
        ]
    );
}

/// Where the control port falls silent nothing is said of directions.
#[test]
fn directions_are_not_guessed() {
    std::thread_local! {
        static TOKENS: core::cell::Cell<usize> = const { core::cell::Cell::new(0) };
    }
    let mut world = World::new(ports(30_000, 30_001));
    TOKENS.set(0);
    world.to_server = |from, port| match port {
        3_478 => {
            TOKENS.set(TOKENS.get() + 1);
            (TOKENS.get() == 1).then_some(from)
        }
        _ => (port == 30_000).then_some(from),
    };
    assert_eq!(world.run(), PortTestEvent::Done);
    assert_eq!(
        world.outcomes(),
        [
            (30_000, 30_000, PortOutcome::Open),
            (30_001, 30_001, PortOutcome::Silent),
        ]
    );
    assert_eq!(TOKENS.get(), 1 + 7);
}

/// Packets that are lost now and then are not taken for a closed port.
#[test]
fn loss_is_not_silence() {
    for round in 0..3 {
        let mut world = World::new(ports(30_000, 30_099));
        // Each port loses its first packets.
        std::thread_local! {
            static ROUND: core::cell::Cell<usize> = const { core::cell::Cell::new(0) };
            static SEEN: core::cell::RefCell<std::collections::BTreeMap<u16, usize>> = const { core::cell::RefCell::new(std::collections::BTreeMap::new()) };
        }
        ROUND.set(round);
        SEEN.take();
        world.to_server = |from, port| {
            let count = SEEN.with_borrow_mut(|seen| {
                let count = seen.entry(port).or_default();
                *count += 1;
                *count
            });
            (count > ROUND.get()).then_some(from)
        };
        assert_eq!(world.run(), PortTestEvent::Done);
        assert_eq!(world.outcomes(), [(30_000, 30_099, PortOutcome::Open)]);
    }
}

/// C004-240: the NAT of the server sends from other ports.
#[test]
fn c004_240_rewritten_ports_of_the_server_are_found() {
    let mut world = World::new(ports(30_000, 30_009));
    world.to_client = |from, port| match port {
        30_004..=30_005 => Some(SocketAddr::new(from.ip(), 1_024)),
        _ => Some(from),
    };
    assert_eq!(world.run(), PortTestEvent::Done);
    assert_eq!(
        world.outcomes(),
        [
            (30_000, 30_003, PortOutcome::Open),
            (30_004, 30_005, PortOutcome::Rewritten),
            (30_006, 30_009, PortOutcome::Open),
        ]
    );
    assert_eq!(world.test.port_kept(), Some(true));
}

/// C004-240: the NAT of the client does not keep its port, or not always.
#[test]
fn c004_240_rewritten_ports_of_the_client_are_found() {
    let ways: [(Way, bool); 3] = [
        (|_, _| Some(([203, 0, 113, 5], 50_000).into()), true),
        (|_, _| Some(([203, 0, 113, 5], 1_024).into()), false),
        (
            |_, port| Some(([203, 0, 113, 5], 20_000 + port).into()),
            false,
        ),
    ];
    for (way, kept) in ways {
        let mut world = World::new(ports(30_000, 30_009));
        world.to_server = way;
        assert_eq!(world.test.port_kept(), None);
        assert_eq!(world.run(), PortTestEvent::Done);
        assert_eq!(world.test.port_kept(), Some(kept));
        assert_eq!(
            world.test.mapped().map(|mapped| mapped.ip()),
            Some([203, 0, 113, 5].into())
        );
    }
}

/// C004-245.
#[test]
fn c004_245_a_silent_server_is_told() {
    let mut world = World::new(ports(30_000, 33_000));
    world.to_server = |_, _| None;
    assert_eq!(
        world.run(),
        PortTestEvent::Failed(PortTestFailure::NoServer)
    );
    assert_eq!(world.sent.len(), 7);
    assert_eq!(world.now, Instant::ORIGIN + Duration::from_millis(3_500));
    assert_eq!(world.outcomes(), [(30_000, 33_000, PortOutcome::Silent)]);
}

#[test]
fn another_server_is_told() {
    let mut world = World::new(ports(30_000, 30_000));
    let (mut request, mut response) = ([0; 64], [0; 128]);
    let sent = world
        .test
        .poll_transmit(world.now, &mut request)
        .unwrap()
        .unwrap();
    let answer =
        BindingServer::new().answer(sent.path.reversed(), &request[..sent.len], &mut response);
    let Ok(Answer::Send(answer)) = answer else {
        panic!("{answer:?}")
    };
    let _ = world
        .test
        .handle_datagram(world.now, sent.path, &response[..answer.len]);
    let failed = PortTestEvent::Failed(PortTestFailure::OtherServer { code: 420 });
    assert_eq!(world.test.poll_event(), Some(failed));
}

#[test]
fn nobody_is_reached_who_did_not_ask() {
    let now = Instant::ORIGIN;
    let server = PortTestServer::new(3_478, [8; 32]);
    let mut token = [b'0'; NONCE_LEN];
    let ask = |now, from: &str, port, token: &[u8; NONCE_LEN]| {
        let mut request = [0; 64];
        let id = TransactionId::new([1; 12]);
        let writer = MessageWriter::new(&mut request, Class::Request, Method::BINDING, id);
        let len = with_token(writer, token, true).finish().unwrap();
        let path = FiveTuple::udp(([192, 0, 2, 1], port).into(), address(from));
        let mut response = [0; 64];
        let answer = server.answer(now, path, &request[..len], &mut response);
        (answer.unwrap(), response)
    };
    let dropped = Answer::Dropped(ServerDrop::Malformed);
    assert_eq!(ask(now, CLIENT, 30_000, &token).0, dropped);
    let (Answer::Send(sent), response) = ask(now, CLIENT, 3_478, &token) else {
        panic!("no token")
    };
    let message = Message::parse(&response[..sent.len]).unwrap();
    let error = message.get::<ErrorCode<'_>>().unwrap().unwrap();
    assert_eq!(error.code(), 438);
    token.copy_from_slice(message.get::<Nonce<'_>>().unwrap().unwrap().0);
    // Good from here, from any port, for a while.
    for from in [CLIENT, "192.168.1.2:1"] {
        let (Answer::Send(sent), response) = ask(now, from, 30_000, &token) else {
            panic!("no answer")
        };
        assert_eq!(sent.path, FiveTuple::udp(address(CONTROL), address(from)));
        let message = Message::parse(&response[..sent.len]).unwrap();
        assert_eq!(message.get(), Ok(Some(XorMappedAddress(address(from)))));
    }
    assert_eq!(ask(now, "192.168.1.3:50000", 30_000, &token).0, dropped);
    let later = now + Duration::from_secs(599);
    assert!(matches!(
        ask(later, CLIENT, 30_000, &token).0,
        Answer::Send(_)
    ));
    let later = now + Duration::from_secs(600);
    assert_eq!(ask(later, CLIENT, 30_000, &token).0, dropped);
    // What is shorter than its answer gets none.
    let mut request = [0; 64];
    let id = TransactionId::new([1; 12]);
    let len = MessageWriter::new(&mut request, Class::Request, Method::BINDING, id)
        .attribute(&Nonce(b""))
        .finish()
        .unwrap();
    let path = FiveTuple::udp(address(CONTROL), address(CLIENT));
    let answer = server.answer(now, path, &request[..len], &mut [0; 64]);
    assert_eq!(answer, Ok(dropped));
    for data in [&b"hello"[..], &[0; 20], &[0x80; 200], &[]] {
        assert_eq!(
            server.answer(now, path, data, &mut [0; 64]),
            Ok(Answer::NotMine)
        );
    }
}

/// Answers that others make up, or that come from elsewhere, count for nothing.
#[test]
fn forged_answers_do_not_count() {
    let mut world = World::new(ports(30_000, 30_001));
    world.to_client = |_, port| (port == 3_478).then(|| address(CONTROL));
    let mut request = [0; 64];
    let sent = world
        .test
        .poll_transmit(world.now, &mut request)
        .unwrap()
        .unwrap();
    world.exchange(sent.path, &request[..sent.len]);
    let sent = world
        .test
        .poll_transmit(world.now, &mut request)
        .unwrap()
        .unwrap();
    let id = Message::parse(&request[..sent.len])
        .unwrap()
        .transaction_id();
    let mut answer = |id, from: &str| {
        let mut forged = [0; 64];
        let len = MessageWriter::new(&mut forged, Class::Success, Method::BINDING, id)
            .attribute(&XorMappedAddress(address(CLIENT)))
            .finish()
            .unwrap();
        let path = FiveTuple::udp(address(CLIENT), address(from));
        world.test.handle_datagram(world.now, path, &forged[..len])
    };
    let elsewhere = answer(id, "192.0.2.2:30000");
    assert_eq!(elsewhere, Handled::Dropped(PortTestDrop::WrongSource));
    let mut octets = [0; 12];
    octets.copy_from_slice(&id.octets()[4..]);
    octets[5] ^= 1;
    let guessed = answer(TransactionId::new(octets), "192.0.2.1:30000");
    assert_eq!(guessed, Handled::Dropped(PortTestDrop::Unexpected));
    assert_eq!(world.outcomes(), [(30_000, 30_001, PortOutcome::Silent)]);
}

#[test]
fn ranges_are_bounded() {
    for (first, last, error) in [
        (0, 10, TestedPortsError::Empty),
        (10, 9, TestedPortsError::Empty),
        (1, 4_097, TestedPortsError::TooMany),
        (1, u16::MAX, TestedPortsError::TooMany),
    ] {
        assert_eq!(TestedPorts::new(first, last), Err(error));
    }
    let mut world = World::new(ports(u16::MAX - 4_095, u16::MAX));
    assert_eq!(world.run(), PortTestEvent::Done);
    assert_eq!(
        world.outcomes(),
        [(u16::MAX - 4_095, u16::MAX, PortOutcome::Open)]
    );
}
