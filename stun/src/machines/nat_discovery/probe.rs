//! One request of discovery and its answer.

use core::net::SocketAddr;
use core::time::Duration;

use trunkline_sans_io::{FiveTuple, Instant};

use crate::machines::Schedule;
use crate::wire::{
    AttributeType, ChangeRequest, ChangedAddress, Class, ErrorCode, MappedAddress, Message,
    MessageWriter, Method, OtherAddress, ResponsePort, TransactionId, WriteError, XorMappedAddress,
};

/// What a response said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Seen {
    pub(super) mapped: SocketAddr,
    /// Told in the clear besides.
    pub(super) plain: Option<SocketAddr>,
    pub(super) other: Option<SocketAddr>,
    /// If only one request was sent.
    pub(super) round_trip: Option<Duration>,
}

/// How a request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// It was answered, from where the answer was to come.
    Seen(Seen),
    /// What was sent came back to this host: there is a way.
    Arrived,
    Silence,
    /// The server does not do it: it said so, or answered from elsewhere, or made no sense.
    Refused,
    /// The network says that it cannot be reached.
    Unreachable,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Send { sent: u8 },
    Wait { sent: u8, at: Instant },
    Ended(Outcome),
}

/// A request that is sent until it is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    id: TransactionId,
    path: FiveTuple,
    change: Option<ChangeRequest>,
    response_port: Option<u16>,
    /// From where to where the response has to come, as this side sees it.
    expected: FiveTuple,
    /// The request itself is expected, at the other port of this host.
    comes_back: bool,
    state: State,
}

/// What is understood in a response.
const UNDERSTOOD: [AttributeType; 6] = [
    AttributeType::MAPPED_ADDRESS,
    AttributeType::XOR_MAPPED_ADDRESS,
    AttributeType::SOURCE_ADDRESS,
    AttributeType::CHANGED_ADDRESS,
    AttributeType::ERROR_CODE,
    AttributeType::UNKNOWN_ATTRIBUTES,
];

impl Probe {
    pub(super) const fn new(id: TransactionId, from: SocketAddr, to: SocketAddr) -> Self {
        let path = FiveTuple::udp(from, to);
        Self {
            id,
            path,
            change: None,
            response_port: None,
            expected: path,
            comes_back: false,
            state: State::Send { sent: 0 },
        }
    }

    /// Wants the response from elsewhere.
    pub(super) const fn changed(mut self, change: ChangeRequest, from: SocketAddr) -> Self {
        self.change = Some(change);
        self.expected.remote = from;
        self
    }

    /// Wants the response at another local address, whose public port this is.
    pub(super) const fn redirected(mut self, port: u16, to: SocketAddr) -> Self {
        self.response_port = Some(port);
        self.expected.local = to;
        self
    }

    /// Wants the request itself to come back.
    pub(super) const fn comes_back(mut self) -> Self {
        self.comes_back = true;
        self
    }

    pub(super) const fn outcome(&self) -> Option<Outcome> {
        match self.state {
            State::Ended(outcome) => Some(outcome),
            _ => None,
        }
    }

    pub(super) fn is_about(&self, id: TransactionId) -> bool {
        self.id == id
    }

    pub(super) fn deadline(&self, schedule: &Schedule) -> Option<Instant> {
        match self.state {
            State::Wait { sent, at } => Some(at + schedule.wait(sent, false)),
            _ => None,
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, schedule: &Schedule) {
        let due = self.deadline(schedule).is_some_and(|due| due <= now);
        if let (true, State::Wait { sent, .. }) = (due, self.state) {
            self.state = match sent < schedule.max_requests {
                true => State::Send { sent },
                false => State::Ended(Outcome::Silence),
            };
        }
    }

    pub(super) const fn handle_send_failed(&mut self) {
        if !matches!(self.state, State::Ended(_)) {
            self.state = State::Ended(Outcome::Unreachable);
        }
    }

    pub(super) const fn is_to_be_sent(&self) -> bool {
        matches!(self.state, State::Send { .. })
    }

    pub(super) fn write(&self, buf: &mut [u8]) -> Result<usize, WriteError> {
        MessageWriter::new(buf, Class::Request, Method::BINDING, self.id)
            .optional(self.change.as_ref())
            .optional(self.response_port.map(ResponsePort).as_ref())
            .finish()
    }

    /// Tells that it leaves now, and by which path.
    pub(super) const fn sent(&mut self, now: Instant) -> FiveTuple {
        if let State::Send { sent } = self.state {
            self.state = State::Wait {
                sent: sent.saturating_add(1),
                at: now,
            };
        }
        self.path
    }

    /// Takes a message with its id. Tells whether that was expected.
    pub(super) fn handle(&mut self, now: Instant, path: FiveTuple, message: &Message<'_>) -> bool {
        let (sent, at) = match self.state {
            State::Wait { sent, at } => (sent, Some(at)),
            State::Send { sent } if sent > 0 => (sent, None),
            _ => return false,
        };
        if message.class() == Class::Request {
            if self.comes_back && path.local != self.path.local {
                self.state = State::Ended(Outcome::Arrived);
            }
            return self.comes_back;
        }
        let as_asked = path == self.expected;
        if self.comes_back || !(as_asked || path == self.path) {
            return false;
        }
        let round_trip = at.filter(|_| sent == 1).map(|at| now - at);
        let outcome = match (message.class(), seen(message, round_trip)) {
            (Class::Success, Some(seen)) if as_asked => Outcome::Seen(seen),
            // From where the request went to, though it was to come from elsewhere: the server
            // does not know what it was asked.
            _ => Outcome::Refused,
        };
        self.state = State::Ended(outcome);
        true
    }
}

/// What a success says, or `None` if it cannot be used.
fn seen(message: &Message<'_>, round_trip: Option<Duration>) -> Option<Seen> {
    if message.unknown_required(&UNDERSTOOD).next().is_some()
        || message.get::<ErrorCode<'_>>() != Ok(None)
    {
        return None;
    }
    let plain = message.get::<MappedAddress>().ok()?;
    let hidden = message.get::<XorMappedAddress>().ok()?;
    let other = message.get::<OtherAddress>().ok()?.map(|other| other.0);
    let changed = message.get::<ChangedAddress>().ok()?;
    let mapped = match (hidden, plain) {
        (Some(XorMappedAddress(hidden)), _) => hidden,
        (None, Some(MappedAddress(plain))) => plain,
        (None, None) => return None,
    };
    Some(Seen {
        mapped,
        plain: hidden.and(plain).map(|plain| plain.0),
        other: other.or_else(|| changed.map(|changed| changed.0)),
        round_trip,
    })
}
