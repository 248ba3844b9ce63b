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
    /// How often each port is asked until it counts as silent, and then as often again to find out which
    /// direction is closed. Zero counts as one.
    pub attempts: u8,
    /// How long to wait for answers after the last request of a round.
    pub patience: Duration,
}

impl PortTestConfig {
    /// 500 requests in a second, three for each port, one second of patience: 3,000 open ports take seven
    /// seconds, 3,000 closed ones 42.
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
    /// Requests do not get there: the way to the server is closed, or nobody is there.
    ClosedToServer,
    /// Requests get there, but what the server sends from the port does not come back.
    ClosedFromServer,
    /// Nothing came back, and it is not known why: the test has not ended, or the control port fell silent,
    /// which is to tell.
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
    /// A token is asked for before this round; `sent` requests are out, and the next is due then.
    Token {
        round: u8,
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

impl Stage {
    const fn token(round: u8, due: Instant) -> Self {
        let sent = 0;
        Self::Token { round, sent, due }
    }

    const fn round(round: u8, due: Instant) -> Self {
        let next = 0;
        Self::Round { round, next, due }
    }
}

/// What a request asks for.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(u8)]
enum Way {
    /// A token, at the control port.
    Token,
    /// An answer from the port that is asked.
    Direct,
    /// An answer from the control port.
    ByControl,
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
/// silent is asked again. A port that stays silent is then asked to answer by way of the control port, which is
/// known to pass: that answer comes if the request got there, so that it is known which direction is closed.
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
    /// By the control port it is known that requests get there.
    reached: PortSet,
    /// All silent ports were asked for an answer by the control port, as often as is wanted.
    directions_known: bool,
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
            token: *NO_TOKEN,
            stage: Stage::token(0, now),
            answered: PortSet::EMPTY,
            rewritten: PortSet::EMPTY,
            reached: PortSet::EMPTY,
            directions_known: false,
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
            Some(index) if self.reached.contains(index) => PortOutcome::ClosedFromServer,
            Some(_) if self.directions_known => PortOutcome::ClosedToServer,
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
        let asked = self.asked_by(message.transaction_id());
        match (asked, self.stage) {
            (Some((port, Way::Token)), Stage::Token { round, .. })
                if port == self.control.port() =>
            {
                self.take_token(now, round, &message)
            }
            (Some((_, Way::Token)) | None, _) | (_, Stage::Ended(_) | Stage::Done) => {
                Handled::Dropped(PortTestDrop::Unexpected)
            }
            (Some((port, way)), _) => self.take_answer(port, way, path.remote.port(), &message),
        }
    }

    /// Tells that time has passed. Late is fine, early does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.stage {
            Stage::Token { round, sent, due } if due <= now && sent >= TOKEN_REQUESTS => {
                self.stage = Stage::Ended(match round {
                    0 => PortTestEvent::Failed(PortTestFailure::NoServer),
                    _ => PortTestEvent::Done,
                });
            }
            Stage::Round { round, next, due } if due <= now && self.silent_from(next).is_none() => {
                let until = now + self.config.patience;
                self.stage = Stage::Wait { round, until };
            }
            Stage::Wait { round, until } if until <= now => {
                let (round, attempts) = (round.saturating_add(1), self.attempts());
                self.directions_known = round >= attempts.saturating_mul(2);
                self.stage = if self.directions_known {
                    Stage::Ended(PortTestEvent::Done)
                } else if round >= attempts {
                    // Keeps the way of the control port open, and shows that it is.
                    Stage::token(round, now)
                } else {
                    Stage::round(round, now)
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
        let (port, way, then) = match self.stage {
            Stage::Token { round, sent, due } if due <= now && sent < TOKEN_REQUESTS => {
                let sent = sent + 1;
                let due = now + TOKEN_INTERVAL;
                let then = Stage::Token { round, sent, due };
                (self.control.port(), Way::Token, then)
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
                let way = match round < self.attempts() {
                    true => Way::Direct,
                    false => Way::ByControl,
                };
                (port, way, Stage::Round { round, next, due })
            }
            _ => return Ok(None),
        };
        let id = self.id_of(port, way);
        let token = match way {
            Way::Token => NO_TOKEN,
            _ => &self.token,
        };
        let writer = MessageWriter::new(buf, Class::Request, Method::BINDING, id);
        let len = match with_token(writer, token, way == Way::ByControl).finish() {
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

    fn take_token(
        &mut self,
        now: Instant,
        round: u8,
        message: &Message<'_>,
    ) -> Handled<PortTestDrop> {
        let code = message.get::<ErrorCode<'_>>().ok().flatten();
        let code = code.map_or(0, |error| error.code());
        match (code, message.get()) {
            (438, Ok(Some(Nonce(token)))) if token.len() == NONCE_LEN => {
                self.token.copy_from_slice(token);
                self.stage = Stage::round(round, now);
            }
            (300.., _) if round == 0 => {
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
        way: Way,
        from: u16,
        message: &Message<'_>,
    ) -> Handled<PortTestDrop> {
        let (Some(index), Ok(Some(XorMappedAddress(mapped)))) =
            (self.ports.index(port), message.get())
        else {
            return Handled::Dropped(PortTestDrop::Unexpected);
        };
        if way == Way::ByControl {
            self.reached.insert(index);
        } else {
            self.answered.insert(index);
            if from != port {
                self.rewritten.insert(index);
            }
        }
        self.mapping_varies |= self.mapped.is_some_and(|known| known != mapped);
        self.mapped.get_or_insert(mapped);
        if self.silent_from(0).is_none() {
            self.stage = Stage::Ended(PortTestEvent::Done);
        }
        Handled::Consumed
    }

    fn attempts(&self) -> u8 {
        self.config.attempts.max(1)
    }

    /// The first port from this place on of which nothing is known.
    fn silent_from(&self, index: usize) -> Option<usize> {
        let count = usize::from(self.ports.last - self.ports.first) + 1;
        let known = |index| self.answered.contains(index) || self.reached.contains(index);
        (index..count).find(|index| !known(*index))
    }

    /// The same for each request of this kind to a port: the port, the kind, and what nobody else knows of
    /// them.
    fn id_of(&self, port: u16, way: Way) -> TransactionId {
        let mut hasher = self.ids.hasher();
        hasher.write_u16(port);
        hasher.write_u8(way as u8);
        let mut id = [0; 12];
        let (number, tag) = id.split_at_mut(2);
        number.copy_from_slice(&port.to_be_bytes());
        let tag_octets = hasher.finish().to_be_bytes();
        if let [kind, place @ ..] = tag
            && let Some(place) = place.first_chunk_mut::<8>()
        {
            *kind = way as u8;
            *place = tag_octets;
        }
        TransactionId::new(id)
    }

    fn asked_by(&self, id: TransactionId) -> Option<(u16, Way)> {
        let [_, _, _, _, a, b, kind, ..] = *id.octets();
        let port = u16::from_be_bytes([a, b]);
        let way = match kind {
            0 => Way::Token,
            1 => Way::Direct,
            _ => Way::ByControl,
        };
        let same = self.id_of(port, way).octets().ct_eq(id.octets());
        bool::from(same).then_some((port, way))
    }
}

/// What stands in place of a token: none that a server has made.
const NO_TOKEN: &[u8; NONCE_LEN] = &[b'0'; NONCE_LEN];
/// How often a token is asked for.
const TOKEN_REQUESTS: u8 = 7;
/// The time between two requests for it, and after the last one.
const TOKEN_INTERVAL: Duration = Duration::from_millis(500);
