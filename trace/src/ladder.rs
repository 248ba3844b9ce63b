//! A call drawn out between its participants.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use core::net::SocketAddr;
use core::time::Duration;

use trunkline_sans_io::{FiveTuple, Instant, Network};

use crate::call::{Call, Leg, Outcome};
use crate::event::{Body, Direction, Event, MediaCounts, MediaPhase, SipEvent};
use crate::plain::line;

mod golden;
mod text;

#[cfg(test)]
pub(crate) mod tests;

pub use golden::{Deviation, Golden, GoldenError};
pub(crate) use text::quality;

/// Characters of a participant's name that are kept.
const NAME: usize = 40;
/// Peers that get a lifeline of their own.
const PEERS: usize = 8;
/// The lifeline of all further ones.
const OTHERS: &str = "others";

/// How the participants of ladders are called. The first rule that fits a path names its peer; a peer
/// without a name is called by its address, without the port where that is a connection it opened.
#[derive(Clone, Debug)]
pub struct Names {
    us: Box<str>,
    rules: Vec<(Rule, Box<str>)>,
}

#[derive(Clone, Copy, Debug)]
enum Rule {
    Peer(SocketAddr),
    Network(Network),
    Local(SocketAddr),
}

impl Names {
    /// Calls the capturing host `us`.
    #[must_use]
    pub fn new(us: &str) -> Self {
        Self {
            us: line(us.as_bytes(), NAME).into(),
            rules: Vec::new(),
        }
    }

    fn with(mut self, rule: Rule, name: &str) -> Self {
        self.rules.push((rule, line(name.as_bytes(), NAME).into()));
        self
    }

    /// Names the peer at this address and port.
    #[must_use]
    pub fn peer(self, address: SocketAddr, name: &str) -> Self {
        self.with(Rule::Peer(address), name)
    }

    /// Names every peer of this network: with [`Network::host`] one host at any port.
    #[must_use]
    pub fn network(self, network: Network, name: &str) -> Self {
        self.with(Rule::Network(network), name)
    }

    /// Names everybody who speaks to this local address: for peers whose own port is not known.
    #[must_use]
    pub fn local(self, address: SocketAddr, name: &str) -> Self {
        self.with(Rule::Local(address), name)
    }

    /// The name of the capturing host.
    #[must_use]
    pub fn us(&self) -> &str {
        &self.us
    }

    /// The name of the peer at the other end of this path.
    #[must_use]
    pub fn of(&self, path: &FiveTuple) -> String {
        let rule = self.rules.iter().find(|(rule, _)| match rule {
            Rule::Peer(address) => *address == path.remote,
            Rule::Network(network) => network.contains(path.remote.ip()),
            Rule::Local(address) => *address == path.local,
        });
        match rule {
            Some((_, name)) => String::from(&**name),
            None => {
                let mut name = String::new();
                let _ = match path.transport.is_reliable() && path.remote.port() >= 0x8000 {
                    true => write!(name, "{}", path.remote.ip()),
                    false => write!(name, "{}", path.remote),
                };
                name
            }
        }
    }
}

/// What a step is.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum StepKind {
    /// A request.
    Request,
    /// A response with this status code.
    Response(u16),
    /// Media may flow between both from here on.
    MediaBegun,
    /// Media has ended, and this was counted. The step goes from the party to the capturing host.
    MediaEnded(MediaCounts),
}

impl StepKind {
    /// Whether this is a message.
    #[must_use]
    pub const fn is_message(self) -> bool {
        matches!(self, Self::Request | Self::Response(_))
    }
}

/// One step of a ladder.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// When.
    pub at: Instant,
    /// From which participant, by its place in [`Ladder::participants`].
    pub from: usize,
    /// To which.
    pub to: usize,
    /// Method or status, such as `INVITE +SDP` or `200 OK (BYE)`.
    pub label: String,
    /// What its session description says, such as `audio 192.0.2.1:4000 sendrecv`; empty without.
    pub media: String,
    /// Parties, CSeq, Call-ID and path, several lines.
    pub detail: String,
    /// On which side.
    pub leg: Leg,
    /// What it is.
    pub kind: StepKind,
    /// Whether it repeats an earlier message: same transaction, same start, body of the same length.
    pub repeated: bool,
    /// The redacted text of the message, where the capture kept it.
    pub text: Option<Box<str>>,
}

/// A call drawn out between its participants. `Display` gives the text form.
///
/// In the text form times are seconds since the first step, and media stands in a line of its own.
#[derive(Clone, PartialEq, Debug)]
pub struct Ladder {
    participants: Vec<Box<str>>,
    us: usize,
    steps: Vec<Step>,
    pub(crate) call_ids: Vec<(Box<str>, Leg)>,
    pub(crate) from: Box<str>,
    pub(crate) to: Box<str>,
    pub(crate) outcome: Outcome,
    pub(crate) started: Instant,
    pub(crate) lasted: Duration,
    pub(crate) media: Vec<(Leg, MediaCounts)>,
}

impl Ladder {
    /// Draws a call. Internal participants stand on the left of the capturing host, external ones on its
    /// right; where all are on one side, the caller stands on the left. Past eight peers the further ones
    /// share the lifeline `others`.
    #[must_use]
    pub fn new(call: &Call<'_>, names: &Names) -> Self {
        let mut left: Vec<Box<str>> = Vec::new();
        let mut right: Vec<Box<str>> = Vec::new();
        let one_side = call
            .legs()
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.leg == b.leg));
        for message in call.messages() {
            let mut name: Box<str> = names.of(&message.path).into();
            // Nobody who sends from everywhere makes the drawing wider without end.
            if left.len() + right.len() >= PEERS && !left.contains(&name) && !right.contains(&name)
            {
                name = OTHERS.into();
            }
            if left.contains(&name) || right.contains(&name) {
                continue;
            }
            let on_left = match one_side {
                true => left.is_empty(),
                false => leg_of(call, &message.call_id) == Leg::Internal,
            };
            match on_left {
                true => left.push(name),
                false => right.push(name),
            }
        }
        let us = left.len();
        let mut participants = left;
        participants.push(names.us.clone());
        participants.append(&mut right);
        let place = |path: &FiveTuple| {
            let name = names.of(path);
            // Whoever has the name of the capturing host would meet itself: its peers stand beside it.
            let find = |name: &str| participants.iter().position(|other| **other == *name);
            let found = find(&name).or_else(|| find(OTHERS));
            found
                .filter(|&found| found != us)
                .unwrap_or_else(|| match us {
                    0 => 1.min(participants.len() - 1),
                    us => us - 1,
                })
        };
        let mut steps: Vec<Step> = Vec::new();
        let mut seen: Vec<(u64, Direction, &str)> = Vec::new();
        for event in call.events() {
            match event {
                Event::Sip(message) => {
                    let peer = place(&message.path);
                    // A ladder of a long call looks back over its last messages alone.
                    let key = (message.digest, message.direction, &*message.call_id);
                    let repeated = seen.iter().rev().take(200).any(|other| *other == key);
                    seen.push(key);
                    steps.push(message_step(call, message, (peer, us), repeated));
                }
                Event::Media(media) => {
                    let Some(leg) = call
                        .legs()
                        .iter()
                        .find(|leg| *leg.call_id == *media.call_id)
                    else {
                        continue;
                    };
                    let (kind, label) = match media.phase {
                        MediaPhase::Begun => (StepKind::MediaBegun, "media begins"),
                        MediaPhase::Ended(counts) => (StepKind::MediaEnded(counts), "media ends"),
                    };
                    steps.push(Step {
                        at: media.at,
                        from: place(&leg.path),
                        to: us,
                        label: label.into(),
                        media: String::new(),
                        detail: String::new(),
                        leg: leg.leg,
                        kind,
                        repeated: false,
                        text: None,
                    });
                }
                Event::Joined(_) => {}
            }
        }
        Self {
            participants,
            us,
            steps,
            call_ids: call
                .legs()
                .iter()
                .map(|leg| (leg.call_id.into(), leg.leg))
                .collect(),
            from: call.from().into(),
            to: call.to().into(),
            outcome: call.outcome(),
            started: call.started(),
            lasted: call.last() - call.started(),
            media: call.media().collect(),
        }
    }

    /// The participants from left to right.
    #[must_use]
    pub fn participants(&self) -> &[Box<str>] {
        &self.participants
    }

    /// The place of the capturing host in [`Self::participants`].
    #[must_use]
    pub const fn us(&self) -> usize {
        self.us
    }

    /// The steps, by time.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The time of the first step.
    #[must_use]
    pub const fn started(&self) -> Instant {
        self.started
    }

    fn name(&self, place: usize) -> &str {
        self.participants.get(place).map_or("?", |name| name)
    }

    /// The steps as lines: a message is one, begin or end of media on several legs at the same time
    /// too.
    pub(crate) fn rows(&self) -> Vec<&[Step]> {
        let mut rows = Vec::new();
        let mut at = 0;
        while let Some(rest) = self.steps.get(at..).filter(|rest| !rest.is_empty()) {
            let one = |left: &Step, right: &Step| {
                !left.kind.is_message()
                    && core::mem::discriminant(&left.kind) == core::mem::discriminant(&right.kind)
                    && left.leg != right.leg
                    && right.at - left.at < Duration::from_millis(500)
            };
            let len = match rest {
                [left, right, ..] if one(left, right) => 2,
                _ => 1,
            };
            rows.push(rest.get(..len).unwrap_or(rest));
            at += len;
        }
        rows
    }
}

fn leg_of(call: &Call<'_>, call_id: &str) -> Leg {
    let leg = call.legs().iter().find(|leg| leg.call_id == call_id);
    leg.map_or(Leg::External, |leg| leg.leg)
}

fn message_step(
    call: &Call<'_>,
    message: &SipEvent,
    (peer, us): (usize, usize),
    repeated: bool,
) -> Step {
    let (from, to) = match message.direction {
        Direction::In => (peer, us),
        Direction::Out => (us, peer),
    };
    let mut media = String::new();
    if let Body::Sdp(streams) = &message.body {
        for stream in streams {
            let separator = if media.is_empty() { "" } else { ", " };
            let _ = write!(media, "{separator}{stream}");
        }
    }
    let label = message.label();
    let mut detail = String::new();
    let _ = write!(
        detail,
        "{label}{}\nFrom {} to {}\nCSeq {} {}\nCall-ID {}\n{:?}",
        if repeated { " (again)" } else { "" },
        message.from,
        message.to,
        message.cseq,
        message.method,
        message.call_id,
        message.path,
    );
    match &message.body {
        Body::Other(content_type) => {
            let _ = write!(detail, "\n{content_type}");
        }
        Body::Sdp(_) => {
            let _ = write!(detail, "\n{media}");
        }
        Body::None => {}
    }
    Step {
        at: message.at,
        from,
        to,
        label,
        media,
        detail,
        leg: leg_of(call, &message.call_id),
        kind: message
            .status()
            .map_or(StepKind::Request, StepKind::Response),
        repeated,
        text: message.text.clone(),
    }
}
