//! Calls out of single messages: which Call-IDs belong together, and what became of them.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use trunkline_sans_io::{FiveTuple, Instant, Network};

use crate::capture::Capture;
use crate::event::{Direction, Event, MediaCounts, MediaPhase, SipEvent, Start};

#[cfg(test)]
mod tests;

/// So many digits at the end make a number and a longer one the same, where one is not international.
const SHARED: usize = 7;
/// So many INVITEs of one caller are looked at for the leg before one that was sent, so that a flood takes
/// no time that grows with its square.
const CANDIDATES: usize = 256;

/// On which side of the capturing host a leg is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Leg {
    /// Towards the own network: the exchange.
    Internal,
    /// Towards the world: the provider.
    External,
}

/// Marks as internal what has its peer in one of the networks, for [`Correlator::new`].
pub fn internal(networks: &[Network]) -> impl Fn(&FiveTuple) -> Leg + Clone + '_ {
    |path| {
        let peer = path.remote.ip();
        match networks.iter().any(|network| network.contains(peer)) {
            true => Leg::Internal,
            false => Leg::External,
        }
    }
}

/// Joins the legs of a back-to-back user agent's calls.
///
/// Call-IDs belong to one call when their owner said so by [`Capture::join`]. Of the others an INVITE that
/// was sent belongs to one that arrived shortly before with the same number in From and the same in
/// To or Request-URI; where several fit, to the last that has no further leg yet. No more than the last
/// 256 of one caller are looked at.
#[derive(Clone, Debug)]
pub struct Correlator<F> {
    leg: F,
    window: Duration,
}

/// A numbered request or range of time, as a provider's support asks for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Query<'a> {
    /// The number of the caller, in From of either leg.
    pub from: Option<&'a str>,
    /// The number of the callee, in To or Request-URI of either leg.
    pub to: Option<&'a str>,
    /// The call ran at or after this moment ...
    pub begin: Instant,
    /// ... and at or before this one.
    pub end: Instant,
}

impl Default for Query<'_> {
    /// Everything.
    fn default() -> Self {
        Self {
            from: None,
            to: None,
            begin: Instant::ORIGIN,
            end: Instant::MAX,
        }
    }
}

/// What became of a call, as its caller was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// No final response yet.
    Pending,
    /// Answered, and not ended yet.
    Answered,
    /// Answered, and ended by BYE on the caller's leg after this time.
    Ended(Duration),
    /// The caller gave up before an answer.
    Cancelled,
    /// Refused with this status.
    Failed(u16),
    /// The INVITE is not in the capture, so nobody can tell.
    Unknown,
}

/// One leg of a call: one Call-ID.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallLeg<'a> {
    /// The Call-ID.
    pub call_id: &'a str,
    /// On which side it is.
    pub leg: Leg,
    /// The path of its first message.
    pub path: FiveTuple,
}

/// A call over all of its legs.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    first: &'a SipEvent,
    legs: Vec<CallLeg<'a>>,
    events: Vec<&'a Event>,
}

impl<F: Fn(&FiveTuple) -> Leg> Correlator<F> {
    /// A correlator that asks `leg` on which side a path is, see [`internal`]. The second INVITE has two
    /// seconds to follow the first.
    pub const fn new(leg: F) -> Self {
        Self {
            leg,
            window: Duration::from_secs(2),
        }
    }

    /// How long after the INVITE that arrived the one that is sent may follow.
    #[must_use]
    pub fn with_window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// All calls of the capture by the time of their first message. What is no call (OPTIONS, REGISTER)
    /// is left out.
    pub fn calls<'a>(&self, capture: &'a Capture) -> Vec<Call<'a>> {
        let mut dialogs = Dialogs::of(capture);
        dialogs.join(capture);
        dialogs.guess(self.window);
        let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for index in 0..dialogs.list.len() {
            let root = dialogs.root(index);
            parts.entry(root).or_default().push(index);
        }
        let mut calls: Vec<Call<'a>> = parts
            .values()
            .filter_map(|members| {
                let members = members.iter().filter_map(|&index| dialogs.list.get(index));
                let members: Vec<&Dialog<'a>> = members.filter(|dialog| dialog.is_call).collect();
                let mut events: Vec<(usize, &'a Event)> = members
                    .iter()
                    .flat_map(|dialog| &dialog.events)
                    .copied()
                    .collect();
                events.sort_by_key(|&(order, event)| (time(event), order));
                let legs = members.iter().map(|dialog| CallLeg {
                    call_id: dialog.call_id,
                    leg: (self.leg)(&dialog.first.path),
                    path: dialog.first.path,
                });
                Some(Call {
                    first: members.first()?.first,
                    legs: legs.collect(),
                    events: events.into_iter().map(|(_, event)| event).collect(),
                })
            })
            .collect();
        calls.sort_by_key(Call::started);
        calls
    }

    /// The calls that the query asks for, each with exactly its own legs.
    pub fn search<'a>(&self, capture: &'a Capture, query: &Query<'_>) -> Vec<Call<'a>> {
        let mut calls = self.calls(capture);
        calls.retain(|call| call.answers(query));
        calls
    }

    /// The call to which this Call-ID belongs.
    pub fn call<'a>(&self, capture: &'a Capture, call_id: &str) -> Option<Call<'a>> {
        let calls = self.calls(capture);
        calls
            .into_iter()
            .find(|call| call.legs.iter().any(|leg| leg.call_id == call_id))
    }
}

impl<'a> Call<'a> {
    /// The legs by their first message: that of the caller stands first.
    #[must_use]
    pub fn legs(&self) -> &[CallLeg<'a>] {
        &self.legs
    }

    /// Messages and begin and end of media, by time.
    #[must_use]
    pub fn events(&self) -> &[&'a Event] {
        &self.events
    }

    /// The messages, by time.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &'a SipEvent> + '_ {
        self.events.iter().filter_map(|event| match event {
            Event::Sip(event) => Some(event),
            _ => None,
        })
    }

    /// The messages by direction, what arrived before what was sent, and by time within.
    #[must_use]
    pub fn by_direction(&self) -> Vec<&'a SipEvent> {
        let mut events: Vec<&SipEvent> = self.messages().collect();
        events.sort_by_key(|event| event.direction_key());
        events
    }

    /// The number of the caller, as the first message has it in From.
    #[must_use]
    pub fn from(&self) -> &'a str {
        &self.first.from
    }

    /// The number that was called: of the first Request-URI, else of To.
    #[must_use]
    pub fn to(&self) -> &'a str {
        match &self.first.start {
            Start::Request { method, user } if &**method == "INVITE" && !user.is_empty() => user,
            _ => &self.first.to,
        }
    }

    /// The time of the first event.
    #[must_use]
    pub fn started(&self) -> Instant {
        self.events
            .first()
            .map_or(self.first.at, |event| time(event))
    }

    /// The time of the last event.
    #[must_use]
    pub fn last(&self) -> Instant {
        self.events
            .last()
            .map_or(self.first.at, |event| time(event))
    }

    /// What became of it, by what its first leg says.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.first.request() != Some("INVITE") {
            return Outcome::Unknown;
        }
        let finals = || {
            self.messages().filter(|event| {
                event.call_id == self.first.call_id
                    && &*event.method == "INVITE"
                    && event.status().is_some_and(|status| status >= 200)
            })
        };
        // A challenge may come before the answer, and a refused re-INVITE after it.
        let success = finals().find(|event| event.status().is_some_and(|status| status < 300));
        let answer = success.or_else(|| finals().next_back());
        let Some(answer) = answer else {
            return Outcome::Pending;
        };
        // A host that answers after it was given up gets a BYE of its own.
        let ends = |event: &&SipEvent| {
            event.request() == Some("BYE") && event.call_id == self.first.call_id
        };
        match answer.status().unwrap_or_default() {
            200..=299 => self
                .messages()
                .find(ends)
                .map_or(Outcome::Answered, |bye| Outcome::Ended(bye.at - answer.at)),
            487 => Outcome::Cancelled,
            status => Outcome::Failed(status),
        }
    }

    /// What was counted on the legs, by the last end of media on each.
    pub fn media(&self) -> impl Iterator<Item = (Leg, MediaCounts)> + '_ {
        self.legs.iter().filter_map(|leg| {
            self.events.iter().rev().find_map(|event| match event {
                Event::Media(media) if &*media.call_id == leg.call_id => match media.phase {
                    MediaPhase::Ended(counts) => Some((leg.leg, counts)),
                    MediaPhase::Begun => None,
                },
                _ => None,
            })
        })
    }

    fn answers(&self, query: &Query<'_>) -> bool {
        let invites = || {
            self.messages()
                .filter(|event| event.request() == Some("INVITE"))
        };
        let from = query.from.is_none_or(|number| {
            same_number(self.from(), number)
                || invites().any(|event| same_number(&event.from, number))
        });
        let to = query.to.is_none_or(|number| {
            same_number(self.to(), number) || invites().any(|event| calls(event, number))
        });
        from && to && self.started() <= query.end && self.last() >= query.begin
    }
}

/// Whether the request is for this number.
fn calls(event: &SipEvent, number: &str) -> bool {
    same_number(&event.to, number)
        || matches!(&event.start, Start::Request { user, .. } if same_number(user, number))
}

fn time(event: &Event) -> Instant {
    match event {
        Event::Sip(event) => event.at,
        Event::Media(event) => event.at,
        Event::Joined(_) => Instant::MAX,
    }
}

/// One Call-ID and what belongs to it.
struct Dialog<'a> {
    call_id: &'a str,
    first: &'a SipEvent,
    /// With their place in the capture.
    events: Vec<(usize, &'a Event)>,
    is_call: bool,
    /// Of the tree that joins the legs.
    parent: usize,
    /// How many legs were joined to this one.
    joined: usize,
}

struct Dialogs<'a> {
    list: Vec<Dialog<'a>>,
    by_id: BTreeMap<&'a str, usize>,
}

impl<'a> Dialogs<'a> {
    fn of(capture: &'a Capture) -> Self {
        let mut dialogs = Self {
            list: Vec::new(),
            by_id: BTreeMap::new(),
        };
        for (order, event) in capture.events().enumerate() {
            let Event::Sip(message) = event else { continue };
            let list = &mut dialogs.list;
            let index = *dialogs.by_id.entry(&message.call_id).or_insert_with(|| {
                list.push(Dialog {
                    call_id: &message.call_id,
                    first: message,
                    events: Vec::new(),
                    is_call: false,
                    parent: list.len(),
                    joined: 0,
                });
                list.len() - 1
            });
            if let Some(dialog) = list.get_mut(index) {
                dialog.events.push((order, event));
                dialog.is_call |= matches!(&*message.method, "INVITE" | "ACK" | "BYE" | "CANCEL");
            }
        }
        for (order, event) in capture.events().enumerate() {
            if let Event::Media(media) = event
                && let Some(&index) = dialogs.by_id.get(&*media.call_id)
                && let Some(dialog) = dialogs.list.get_mut(index)
            {
                dialog.events.push((order, event));
            }
        }
        dialogs
    }

    fn root(&mut self, index: usize) -> usize {
        let mut at = index;
        while let Some(parent) = self.list.get(at).map(|dialog| dialog.parent)
            && parent != at
        {
            // Halves the way for those who come after.
            let above = self.list.get(parent).map_or(parent, |dialog| dialog.parent);
            if let Some(dialog) = self.list.get_mut(at) {
                dialog.parent = above;
            }
            at = above;
        }
        at
    }

    /// Joins under the older of both.
    fn unite(&mut self, left: usize, right: usize) {
        let (left, right) = (self.root(left), self.root(right));
        let (older, younger) = (left.min(right), left.max(right));
        if older != younger
            && let Some(dialog) = self.list.get_mut(younger)
        {
            dialog.parent = older;
            let legs = dialog.joined + 1;
            if let Some(dialog) = self.list.get_mut(older) {
                dialog.joined += legs;
            }
        }
    }

    /// Joins what the owner said.
    fn join(&mut self, capture: &Capture) {
        for event in capture.events() {
            let Event::Joined(ids) = event else { continue };
            let mut known = ids.iter().filter_map(|id| self.by_id.get(&**id).copied());
            if let Some(first) = known.next() {
                let rest: Vec<usize> = known.collect();
                for other in rest {
                    self.unite(first, other);
                }
            }
        }
    }

    /// Joins what nobody spoke of and looks like one call.
    fn guess(&mut self, window: Duration) {
        // In the order of the capture, which is that of time.
        let invites = |direction: Direction| {
            move |(_, dialog): &(usize, &Dialog<'_>)| {
                dialog.first.request() == Some("INVITE") && dialog.first.direction == direction
            }
        };
        let list = || self.list.iter().enumerate();
        let mut arrived: BTreeMap<Vec<u8>, Vec<(usize, &SipEvent)>> = BTreeMap::new();
        for (index, dialog) in list().filter(invites(Direction::In)) {
            let callers = arrived.entry(tail(&dialog.first.from)).or_default();
            callers.push((index, dialog.first));
        }
        let sent: Vec<(usize, &SipEvent)> = list()
            .filter(invites(Direction::Out))
            .map(|(index, dialog)| (index, dialog.first))
            .collect();
        for (index, invite) in sent {
            let root = self.root(index);
            if root != index || self.list.get(index).is_some_and(|dialog| dialog.joined > 0) {
                continue;
            }
            let arrived = arrived.get(&tail(&invite.from));
            let arrived = arrived.map_or(&[][..], Vec::as_slice);
            let end = arrived.partition_point(|(_, other)| other.at <= invite.at);
            let candidates = arrived.get(..end).unwrap_or_default().iter().rev();
            let mut fitting = None;
            for &(candidate, other) in candidates
                .take_while(|(_, other)| invite.at - other.at <= window)
                .take(CANDIDATES)
            {
                let fits = same_number(&other.from, &invite.from)
                    && (calls(other, &invite.to)
                        || matches!(&invite.start, Start::Request { user, .. } if calls(other, user)));
                if !fits {
                    continue;
                }
                let root = self.root(candidate);
                if self.list.get(root).is_some_and(|dialog| dialog.joined == 0) {
                    fitting = Some(candidate);
                    break;
                }
                fitting = fitting.or(Some(candidate));
            }
            if let Some(candidate) = fitting {
                self.unite(candidate, index);
            }
        }
    }
}

/// What texts have in common that are the same number or name.
fn tail(text: &str) -> Vec<u8> {
    let text = bare(text);
    match digits(text) {
        Some((digits, _)) => digits.rchunks(SHARED).next().unwrap_or_default().to_vec(),
        None => text.to_ascii_lowercase().into(),
    }
}

/// Whether two texts are the same number, or the same name.
///
/// `+4989123456`, `004989123456` and `089 12 34 56` are one number: where one of them is not
/// international, it is enough that it ends the other with seven digits or more. Parameters of the
/// user part (`;phone-context=`) do not count.
#[must_use]
pub fn same_number(left: &str, right: &str) -> bool {
    let (left, right) = (bare(left), bare(right));
    let (Some((left_digits, left_global)), Some((right_digits, right_global))) =
        (digits(left), digits(right))
    else {
        return left.eq_ignore_ascii_case(right);
    };
    if left_digits == right_digits {
        return true;
    }
    let (short, long) = match left_digits.len() < right_digits.len() {
        true => (left_digits, right_digits),
        false => (right_digits, left_digits),
    };
    !(left_global && right_global) && short.len() >= SHARED && long.ends_with(&short)
}

fn bare(text: &str) -> &str {
    text.split(';').next().unwrap_or_default()
}

/// The digits without what leads abroad or out of town, and whether the number is international.
fn digits(text: &str) -> Option<(Vec<u8>, bool)> {
    let mut digits = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'+' if at == 0 => {}
            b'0'..=b'9' | b'*' | b'#' => digits.push(byte),
            b' ' | b'-' | b'.' | b'(' | b')' | b'/' => {}
            _ => return None,
        }
    }
    let global = text.starts_with('+') || digits.starts_with(b"00");
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let digits = digits.split_off(zeros);
    (!digits.is_empty()).then_some((digits, global))
}
