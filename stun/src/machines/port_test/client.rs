//! The side that tests.

use core::hash::Hasher as _;
use core::net::SocketAddr;
use core::ops::RangeInclusive;
use core::time::Duration;

use subtle::ConstantTimeEq as _;
use trunkline_sans_io::{BufferTooSmall, FiveTuple, Handled, Instant, Transmit};

use super::super::keyed_hash::KeyedHash;
use super::super::nonce::NONCE_LEN;
use super::{REQUEST_LEN, TestedPorts, with_token};
use crate::wire::{
    Class, ErrorCode, Message, MessageWriter, Method, Nonce, TransactionId, WriteError,
    XorMappedAddress,
};

/// How fast and how often a [`PortTest`] asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PortTestConfig {
    /// The time between two requests. They have 76 octets with their IPv4 header.
    pub interval: Duration,
    /// How often each port is asked until it counts as silent. Zero counts as one.
    pub attempts: u8,
    /// How long to wait for answers after the last request of a round.
    pub patience: Duration,
}

impl PortTestConfig {
    /// 500 requests in a second, three for each port, one second of patience: 3,000 open ports take seven
    /// seconds.
    pub const DEFAULT: Self = Self {
        interval: Duration::from_millis(2),
        attempts: 3,
        patience: Duration::from_secs(1),
    };
}

impl Default for PortTestConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What was found out about a port.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PortOutcome {
    /// A request got there, and its answer came back from the same port.
    Open,
    /// The answer came back from another port: a NAT in front of the server rewrites its outgoing port,
    /// which media cannot bear.
    Rewritten,
    /// Nothing came back: it does not pass in one direction or in the other, or nobody is there.
    Silent,
}

/// Why there is no test.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortTestFailure {
    /// The control port is silent.
    #[error("the control port does not answer")]
    NoServer,
    /// What answers there is no [`PortTestServer`](super::PortTestServer): it said this.
    #[error("the control port answered {code}, as nothing does that tests ports")]
    OtherServer {
        /// The code, 300 to 699.
        code: u16,
    },
}

/// How a test ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PortTestEvent {
    /// All ports were asked; see [`PortTest::outcomes`].
    Done,
    /// No port was asked.
    Failed(PortTestFailure),
}

/// Why a datagram was thrown away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortTestDrop {
    /// Not from the server.
    #[error("from another address than that of the server")]
    WrongSource,
    /// No answer to a request of this test.
    #[error("not an answer to a request")]
    Unexpected,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// A token is asked for; `sent` requests are out, and the next is due then.
    Token {
        sent: u8,
        due: Instant,
    },
    /// The ports from `next` on are still to be asked in this round, the first of them then.
    Round {
        round: u8,
        next: usize,
        due: Instant,
    },
    /// For answers.
    Wait {
        round: u8,
        until: Instant,
    },
    Ended(PortTestEvent),
    Done,
}

/// As many bits as there are ports.
#[derive(Clone, Copy)]
struct PortSet([u64; TestedPorts::MAX / 64]);

impl PortSet {
    const EMPTY: Self = Self([0; TestedPorts::MAX / 64]);

    fn insert(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    fn contains(&self, index: usize) -> bool {
        { self.0.get(index / 64) }.is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}

/// Asks every port of a range at a server, and tells which answer: whether a firewall is open for the media
/// of a gateway, in both directions, and whether NATs keep the ports.
///
/// It takes a [`PortTestServer`](super::PortTestServer) at the other end. Requests leave at a steady pace; what is
/// silent is asked again.
#[derive(Clone)]
pub struct PortTest {
    local: SocketAddr,
    control: SocketAddr,
    ports: TestedPorts,
    config: PortTestConfig,
    ids: KeyedHash,
    token: [u8; NONCE_LEN],
    stage: Stage,
    answered: PortSet,
    rewritten: PortSet,
    mapped: Option<SocketAddr>,
    mapping_varies: bool,
    requests: u64,
}

impl core::fmt::Debug for PortTest {
    /// Without what answers are recognized by.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PortTest")
            .field("local", &self.local)
            .field("control", &self.control)
            .field("ports", &self.ports)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

impl PortTest {
    /// A test from a socket, whose address the driver will tell in paths. `control` is the server's control
    /// port, and its address that of the ports. The seed must come from a random source and be used for
    /// nothing else.
    #[must_use]
    pub fn new(
        now: Instant,
        local: SocketAddr,
        control: SocketAddr,
        ports: TestedPorts,
        seed: [u8; 32],
        config: PortTestConfig,
    ) -> Self {
        Self {
            local,
            control,
            ports,
            config,
            ids: KeyedHash::new(&seed),
            // One that no server has made.
            token: [b'0'; NONCE_LEN],
            stage: Stage::Token { sent: 0, due: now },
            answered: PortSet::EMPTY,
            rewritten: PortSet::EMPTY,
            mapped: None,
            mapping_varies: false,
            requests: 0,
        }
    }

    /// What was found out about a port so far; one that was not to be tested is silent.
    #[must_use]
    pub fn outcome(&self, port: u16) -> PortOutcome {
        match self.ports.index(port) {
            Some(index) if self.rewritten.contains(index) => PortOutcome::Rewritten,
            Some(index) if self.answered.contains(index) => PortOutcome::Open,
            _ => PortOutcome::Silent,
        }
    }

    /// The tested ports in order, those together that are next to each other and alike.
    pub fn outcomes(&self) -> impl Iterator<Item = (RangeInclusive<u16>, PortOutcome)> {
        let mut next = Some(self.ports.first);
        core::iter::from_fn(move || {
            let first = next?;
            let outcome = self.outcome(first);
            let mut last = first;
            while last < self.ports.last && self.outcome(last + 1) == outcome {
                last += 1;
            }
            next = last.checked_add(1).filter(|port| *port <= self.ports.last);
            Some((first..=last, outcome))
        })
    }

    /// The address that the server has seen first.
    #[must_use]
    pub const fn mapped(&self) -> Option<SocketAddr> {
        self.mapped
    }

    /// Whether the NAT in front of this host keeps its port, for all ports of the server.
    #[must_use]
    pub fn port_kept(&self) -> Option<bool> {
        let mapped = self.mapped?;
        Some(mapped.port() == self.local.port() && !self.mapping_varies)
    }

    /// How many requests were sent.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// Offers a datagram that came to the socket.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        data: &[u8],
    ) -> Handled<PortTestDrop> {
        let Ok(message) = Message::parse(data) else {
            return Handled::NotMine;
        };
        if message.method() != Method::BINDING || !message.class().is_response() {
            return Handled::NotMine;
        }
        if path.remote.ip() != self.control.ip() {
            return Handled::Dropped(PortTestDrop::WrongSource);
        }
        let port = self.port_of(message.transaction_id());
        match (port, self.stage) {
            (Some(port), Stage::Token { .. }) if port == self.control.port() => {
                self.take_token(now, &message)
            }
            (Some(port), Stage::Round { .. } | Stage::Wait { .. }) => {
                self.take_answer(port, path.remote.port(), &message)
            }
            _ => Handled::Dropped(PortTestDrop::Unexpected),
        }
    }

    /// Tells that time has passed. Late is fine, early does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.stage {
            Stage::Token { sent, due } if due <= now && sent >= TOKEN_REQUESTS => {
                let failure = PortTestFailure::NoServer;
                self.stage = Stage::Ended(PortTestEvent::Failed(failure));
            }
            Stage::Round { round, next, due } if due <= now && self.silent_from(next).is_none() => {
                let until = now + self.config.patience;
                self.stage = Stage::Wait { round, until };
            }
            Stage::Wait { round, until } if until <= now => {
                let round = round.saturating_add(1);
                let (next, due) = (0, now);
                self.stage = match round < self.config.attempts {
                    true => Stage::Round { round, next, due },
                    false => Stage::Ended(PortTestEvent::Done),
                };
            }
            _ => {}
        }
    }

    /// Writes the request that is due.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] with the size needed; nothing has changed.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        let (port, then) = match self.stage {
            Stage::Token { sent, due } if due <= now && sent < TOKEN_REQUESTS => {
                let sent = sent + 1;
                let due = now + TOKEN_INTERVAL;
                (self.control.port(), Stage::Token { sent, due })
            }
            Stage::Round { round, next, due } if due <= now => {
                let Some(index) = self.silent_from(next) else {
                    return Ok(None);
                };
                let next = index + 1;
                // No requests in a row for time that was missed.
                let due = now + self.config.interval;
                let offset = u16::try_from(index).unwrap_or_default();
                let port = self.ports.first.saturating_add(offset);
                (port, Stage::Round { round, next, due })
            }
            _ => return Ok(None),
        };
        let writer = MessageWriter::new(buf, Class::Request, Method::BINDING, self.id_of(port));
        let len = match with_token(writer, &self.token).finish() {
            Ok(len) => len,
            Err(WriteError::BufferTooSmall(error)) => return Err(error),
            Err(_) => {
                return Err(BufferTooSmall {
                    needed: REQUEST_LEN,
                });
            }
        };
        self.stage = then;
        self.requests += 1;
        let remote = SocketAddr::new(self.control.ip(), port);
        Ok(Some(Transmit {
            path: FiveTuple::udp(self.local, remote),
            connection: None,
            len,
        }))
    }

    /// How the test ended, once.
    pub fn poll_event(&mut self) -> Option<PortTestEvent> {
        let Stage::Ended(event) = self.stage else {
            return None;
        };
        self.stage = Stage::Done;
        Some(event)
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Instant> {
        match self.stage {
            Stage::Token { due, .. } | Stage::Round { due, .. } => Some(due),
            Stage::Wait { until, .. } => Some(until),
            Stage::Ended(_) | Stage::Done => None,
        }
    }

    fn take_token(&mut self, now: Instant, message: &Message<'_>) -> Handled<PortTestDrop> {
        let code = message.get::<ErrorCode<'_>>().ok().flatten();
        let code = code.map_or(0, |error| error.code());
        match (code, message.get()) {
            (438, Ok(Some(Nonce(token)))) if token.len() == NONCE_LEN => {
                self.token.copy_from_slice(token);
                self.stage = Stage::Round {
                    round: 0,
                    next: 0,
                    due: now,
                };
            }
            (300.., _) => {
                let failure = PortTestFailure::OtherServer { code };
                self.stage = Stage::Ended(PortTestEvent::Failed(failure));
            }
            _ => return Handled::Dropped(PortTestDrop::Unexpected),
        }
        Handled::Consumed
    }

    fn take_answer(
        &mut self,
        port: u16,
        from: u16,
        message: &Message<'_>,
    ) -> Handled<PortTestDrop> {
        let (Some(index), Ok(Some(XorMappedAddress(mapped)))) =
            (self.ports.index(port), message.get())
        else {
            return Handled::Dropped(PortTestDrop::Unexpected);
        };
        self.answered.insert(index);
        if from != port {
            self.rewritten.insert(index);
        }
        self.mapping_varies |= self.mapped.is_some_and(|known| known != mapped);
        self.mapped.get_or_insert(mapped);
        if self.silent_from(0).is_none() {
            self.stage = Stage::Ended(PortTestEvent::Done);
        }
        Handled::Consumed
    }

    /// The first port from this place on that has not answered.
    fn silent_from(&self, index: usize) -> Option<usize> {
        let count = usize::from(self.ports.last - self.ports.first) + 1;
        (index..count).find(|index| !self.answered.contains(*index))
    }

    /// The same for each request to a port: the port, and what nobody else knows of it.
    fn id_of(&self, port: u16) -> TransactionId {
        let mut hasher = self.ids.hasher();
        hasher.write_u16(port);
        let mut id = [0; 12];
        let (number, tag) = id.split_at_mut(2);
        number.copy_from_slice(&port.to_be_bytes());
        let tag_octets = hasher.finish().to_be_bytes();
        if let Some(place) = tag.first_chunk_mut::<8>() {
            *place = tag_octets;
        }
        TransactionId::new(id)
    }

    fn port_of(&self, id: TransactionId) -> Option<u16> {
        let [_, _, _, _, a, b, ..] = *id.octets();
        let port = u16::from_be_bytes([a, b]);
        let same = self.id_of(port).octets().ct_eq(id.octets());
        bool::from(same).then_some(port)
    }
}

/// How often a token is asked for.
const TOKEN_REQUESTS: u8 = 7;
/// The time between two requests for it, and after the last one.
const TOKEN_INTERVAL: Duration = Duration::from_millis(500);
