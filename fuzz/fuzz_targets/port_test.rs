#![no_main]
//! Both ends of a port test under a sequence of operations: of the network between them, of strangers and time.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use trunkline_fuzz::operations::{Driven, run};
use trunkline_sans_io::{FiveTuple, Handled, Instant};
use trunkline_stun::{
    Answer, Class, ErrorCode, Message, MessageWriter, Method, PortOutcome, PortTest,
    PortTestConfig, PortTestEvent, PortTestServer, TestedPorts, XorMappedAddress,
};

const LOCAL: ([u8; 4], u16) = ([192, 168, 1, 2], 50_000);
const CONTROL: ([u8; 4], u16) = ([192, 0, 2, 1], 3_478);
const STRANGER: ([u8; 4], u16) = ([192, 0, 2, 2], 3_478);

// The first octets choose the configuration and what passes.
fuzz_target!(|data: &[u8]| {
    if let [kind, to_server, from_server, data @ ..] = data {
        run(Bench::new(*kind, *to_server, *from_server), data);
    }
});

#[derive(Arbitrary)]
enum Operation<'a> {
    /// The next requests reach the server, and some are damaged on the way.
    ToServer {
        count: u8,
        damaged: Option<(u16, u8)>,
    },
    /// The next of what it sent arrives, or is lost, or arrives and is kept to come again.
    ToClient {
        lost: bool,
        again: bool,
        from_other_port: bool,
    },
    /// It arrives with an octet changed.
    Damaged { at: u16, octet: u8 },
    /// From the address of the server, or a stranger's.
    Raw { stranger: bool, data: &'a [u8] },
    /// An answer to a request that was made up by somebody who has not seen one.
    Forged { port: u16, error: bool },
    /// Somebody else asks the server.
    OtherSource { data: Result<u8, &'a [u8]> },
}

struct Bench {
    test: PortTest,
    server: PortTestServer,
    ports: TestedPorts,
    attempts: u8,
    interval: Duration,
    /// By the last digit of a port.
    to_server: u8,
    from_server: u8,
    requests: VecDeque<(u16, Vec<u8>)>,
    /// From which port, and for which.
    answers: VecDeque<(u16, u16, Vec<u8>)>,
    asked: BTreeMap<u16, usize>,
    /// Ports whose requests arrived, and whose own answers were let through.
    arrived: BTreeSet<u16>,
    answered: BTreeSet<u16>,
    rewritten: BTreeSet<u16>,
    last_sent: Option<Instant>,
    last_request: Vec<u8>,
    sent: u64,
    event: Option<PortTestEvent>,
}

impl Bench {
    fn new(kind: u8, to_server: u8, from_server: u8) -> Self {
        let config = PortTestConfig {
            interval: Duration::from_millis(u64::from(kind & 3)),
            attempts: kind >> 2 & 3,
            patience: Duration::from_millis(u64::from(kind >> 4) * 100),
        };
        let last = 3_476 + u16::from(kind % 40);
        let ports = TestedPorts::new(3_476, last).expect("few");
        let (local, control) = (LOCAL.into(), CONTROL.into());
        let start = Instant::from_secs(1);
        Self {
            test: PortTest::new(start, local, control, ports, [7; 32], config),
            server: PortTestServer::new(CONTROL.1, [8; 32]),
            ports,
            attempts: config.attempts.max(1),
            interval: config.interval,
            to_server,
            from_server,
            requests: VecDeque::new(),
            answers: VecDeque::new(),
            asked: BTreeMap::new(),
            arrived: BTreeSet::new(),
            answered: BTreeSet::new(),
            rewritten: BTreeSet::new(),
            last_sent: None,
            last_request: Vec::new(),
            sent: 0,
            event: None,
        }
    }

    fn passes(ways: u8, port: u16) -> bool {
        port == CONTROL.1 || ways >> (port % 8) & 1 == 1
    }

    fn serve(&mut self, now: Instant, source: SocketAddr, port: u16, request: &[u8]) {
        let path = FiveTuple::udp((CONTROL.0, port).into(), source);
        let mut response = [0; 128];
        let short = self.server.answer(now, path, request, &mut [0; 19]);
        let answer = self.server.answer(now, path, request, &mut response);
        let answer = answer.expect("room");
        let Answer::Send(transmit) = answer else {
            assert_eq!(short, Ok(answer));
            return;
        };
        assert!(short.is_err());
        assert!(transmit.len <= request.len(), "amplified");
        assert_eq!(transmit.path.remote, source, "to another one");
        let from = transmit.path.local.port();
        assert!(from == port || from == CONTROL.1);
        let response = &response[..transmit.len];
        let message = Message::parse(response).expect("sound");
        if source != SocketAddr::from(LOCAL) {
            // Nobody has a token of another address.
            assert_eq!(message.class(), Class::Error);
            return;
        }
        if message.class() == Class::Success {
            self.arrived.insert(port);
        }
        if self.answers.len() < 256 && Self::passes(self.from_server, from) {
            self.answers.push_back((from, port, response.to_vec()));
        }
    }

    fn arrive(&mut self, now: Instant, from: SocketAddr, data: &[u8]) -> bool {
        let path = FiveTuple::udp(LOCAL.into(), from);
        let handled = self.test.handle_datagram(now, path, data);
        handled == Handled::Consumed
    }
}

impl Driven for Bench {
    type Operation<'a> = Operation<'a>;

    fn apply(&mut self, now: Instant, operation: Operation<'_>) {
        match operation {
            Operation::ToServer { count, damaged } => {
                for _ in 0..count {
                    let Some((port, mut request)) = self.requests.pop_front() else {
                        return;
                    };
                    let len = request.len();
                    if let Some((at, octet)) = damaged {
                        request[usize::from(at) % len] = octet;
                    }
                    if Self::passes(self.to_server, port) {
                        self.serve(now, LOCAL.into(), port, &request);
                    }
                }
            }
            Operation::ToClient {
                lost,
                again,
                from_other_port,
            } => {
                let Some((from, port, answer)) = self.answers.pop_front() else {
                    return;
                };
                if again {
                    self.answers.push_back((from, port, answer.clone()));
                }
                if lost {
                    return;
                }
                let seen = from + u16::from(from_other_port) * 10_000;
                if self.arrive(now, (CONTROL.0, seen).into(), &answer) {
                    self.answered.insert(port);
                    if seen != port {
                        self.rewritten.insert(port);
                    }
                }
            }
            Operation::Damaged { at, octet } => {
                let Some((from, port, mut answer)) = self.answers.pop_front() else {
                    return;
                };
                let len = answer.len();
                answer[usize::from(at) % len] = octet;
                if self.arrive(now, (CONTROL.0, from).into(), &answer) {
                    self.answered.insert(port);
                    if from != port {
                        self.rewritten.insert(port);
                    }
                }
            }
            Operation::Raw { stranger, data } => {
                let (from, data) = match (stranger, self.answers.front()) {
                    // Even what the server has sent.
                    (true, Some((.., answer))) => (STRANGER, answer.clone()),
                    (true, None) => (STRANGER, data.to_vec()),
                    (false, _) => (CONTROL, data.to_vec()),
                };
                assert!(!self.arrive(now, from.into(), &data));
            }
            Operation::Forged { port, error } => {
                let mut id = [0; 12];
                id[..2].copy_from_slice(&port.to_be_bytes());
                id[2] = port as u8 % 3;
                let id = trunkline_stun::TransactionId::new(id);
                let mut forged = [0; 64];
                let class = if error { Class::Error } else { Class::Success };
                let address = XorMappedAddress(([203, 0, 113, 66], 666).into());
                let writer = MessageWriter::new(&mut forged, class, Method::BINDING, id)
                    .optional(ErrorCode::new(400, "").filter(|_| error).as_ref())
                    .optional((!error).then_some(&address));
                let len = writer.finish().expect("room");
                assert!(!self.arrive(now, (CONTROL.0, port).into(), &forged[..len]));
            }
            Operation::OtherSource { data } => match data {
                Ok(port) => {
                    let request = self.last_request.clone();
                    self.serve(now, STRANGER.into(), 3_470 + u16::from(port % 16), &request);
                }
                Err(data) => self.serve(now, STRANGER.into(), CONTROL.1, data),
            },
        }
    }

    fn drain(&mut self, now: Instant) -> usize {
        let mut count = 0;
        let mut buffer = [0; 128];
        loop {
            // Too small a buffer changes nothing.
            let short = self.test.poll_transmit(now, &mut buffer[..19]);
            let taken = self.test.poll_transmit(now, &mut buffer).expect("room");
            assert_eq!(short.is_err(), taken.is_some());
            let Some(transmit) = taken else {
                break;
            };
            let remote = transmit.path.remote;
            assert_eq!(transmit.path, FiveTuple::udp(LOCAL.into(), remote));
            assert_eq!(remote.ip(), SocketAddr::from(CONTROL).ip());
            let port = remote.port();
            let tested = self.ports.range().contains(&port);
            assert!(tested || port == CONTROL.1);
            assert!(self.event.is_none());
            // At a steady pace, but for what follows the control port.
            let request = buffer[..transmit.len].to_vec();
            if port != CONTROL.1 {
                let last = self.last_sent.replace(now);
                assert!(last.is_none_or(|last| now >= last + self.interval));
                let asked = self.asked.entry(port).or_default();
                *asked += 1;
                assert!(*asked <= 2 * usize::from(self.attempts));
            }
            self.last_request.clone_from(&request);
            self.requests.push_back((port, request));
            self.requests.truncate(256);
            self.sent += 1;
            count += 1;
            assert!(count <= 256);
        }
        if let Some(event) = self.test.poll_event() {
            assert_eq!(self.event, None, "a second event");
            self.event = Some(event);
            count += 1;
        }
        assert_eq!(self.test.requests(), self.sent);
        count
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.test.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.test.poll_timeout()
    }

    fn check(&self) {
        // Until it has ended something is always armed.
        assert_eq!(self.test.poll_timeout().is_none(), self.event.is_some());
        let ended = self.event == Some(PortTestEvent::Done);
        for port in self.ports.range() {
            let (arrived, answered) = (self.arrived.contains(&port), self.answered.contains(&port));
            match self.test.outcome(port) {
                PortOutcome::Open => assert!(answered),
                PortOutcome::Rewritten => assert!(self.rewritten.contains(&port)),
                PortOutcome::ClosedFromServer => assert!(arrived && answered),
                PortOutcome::ClosedToServer => assert!(ended),
                _ => assert!(!answered || port == CONTROL.1),
            }
        }
        let outcomes: usize = self.test.outcomes().map(|(range, _)| range.len()).sum();
        assert_eq!(outcomes, self.ports.range().len());
    }

    fn abandon(&mut self, _: Instant) {
        self.requests.clear();
        self.answers.clear();
    }

    fn check_rest(&self) {
        assert!(self.event.is_some(), "a test without an end");
    }
}
