//! The ring of what went over the wire.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use trunkline_sans_io::{FiveTuple, Instant, Network};
use trunkline_sip_core::{Frame, Framer, HeaderSpan, Message};

use crate::call::same_number;
use crate::event::{self, Direction, Event, MediaEvent, MediaPhase, SipEvent};

#[cfg(test)]
pub(crate) mod tests;

/// Header fields that a captured message may have.
const HEADERS: usize = 128;

/// Which messages a capture keeps. The default keeps all.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// The peer has to be in one of these networks; anybody when empty.
    pub peers: Vec<Network>,
    /// This number has to be in From, To or Request-URI; national and international spelling count as
    /// the same.
    pub number: Option<Box<str>>,
}

impl Filter {
    fn admits(&self, event: &SipEvent) -> bool {
        let peer = event.path.remote.ip();
        let by_peer = self.peers.is_empty() || self.peers.iter().any(|net| net.contains(peer));
        let user = match &event.start {
            event::Start::Request { user, .. } => &**user,
            event::Start::Response { .. } => "",
        };
        by_peer
            && self.number.as_ref().is_none_or(|number| {
                [&*event.from, &*event.to, user]
                    .iter()
                    .any(|text| same_number(text, number))
            })
    }
}

/// Keeps what went over the wire until somebody asks for a call: at most a given number of events,
/// of which the oldest fall out.
///
/// Redaction happens at the door: of a message only what [`SipEvent`] lists is kept, and with
/// [`Self::with_text`] what [`redact`](crate::redact) leaves of it. Every text that is kept has a limit of its own, so that no message takes more than a
/// few KiB.
#[derive(Clone, Debug)]
pub struct Capture {
    events: VecDeque<Event>,
    limit: usize,
    text: Option<usize>,
    filter: Option<Filter>,
    fallen_out: u64,
    skipped: u64,
}

impl Capture {
    /// A capture of at most `limit` events that keeps everything from now on.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            events: VecDeque::new(),
            limit,
            text: None,
            filter: Some(Filter::default()),
            fallen_out: 0,
            skipped: 0,
        }
    }

    /// Also keeps the redacted text of messages, up to `limit` octets of each.
    #[must_use]
    pub fn with_text(mut self, limit: usize) -> Self {
        self.text = Some(limit);
        self
    }

    /// Keeps from now on what the filter admits. What is already there stays.
    pub fn start(&mut self, filter: Filter) {
        self.filter = Some(filter);
    }

    /// Keeps nothing from now on. What is already there stays.
    pub fn stop(&mut self) {
        self.filter = None;
    }

    /// Whether messages are being kept.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.filter.is_some()
    }

    /// Takes what a socket received or sent: one datagram, or whole messages of a stream, keep-alives
    /// between them included. Says how many messages were kept.
    ///
    /// `path` is as the capturing host sees it: `local` is its own address in both directions.
    /// What is no message, has no Call-ID or no CSeq, is counted in [`Self::skipped`].
    pub fn sip(
        &mut self,
        at: Instant,
        path: FiveTuple,
        direction: Direction,
        bytes: &[u8],
    ) -> usize {
        if self.filter.is_none() {
            return 0;
        }
        if !path.transport.is_reliable() {
            return usize::from(self.message(at, path, direction, bytes));
        }
        let mut kept = 0;
        let mut rest = bytes;
        let mut framer = Framer::default();
        while !rest.is_empty() {
            let (message, after) = match framer.next(rest) {
                Ok(Frame::Message { len }) => rest.split_at(len.min(rest.len())),
                Ok(frame @ (Frame::Ping { .. } | Frame::Pong { .. })) => {
                    rest = rest.get(frame.len()..).unwrap_or_default();
                    continue;
                }
                // What is left is no whole message; its owner refuses it, or never sends it so.
                _ => {
                    self.skipped += 1;
                    break;
                }
            };
            kept += usize::from(self.message(at, path, direction, message));
            rest = after;
        }
        kept
    }

    fn message(
        &mut self,
        at: Instant,
        path: FiveTuple,
        direction: Direction,
        bytes: &[u8],
    ) -> bool {
        if trunkline_sip_core::is_keep_alive(bytes) {
            return false;
        }
        let mut spans = [HeaderSpan::default(); HEADERS];
        let event = Message::parse(bytes, &mut spans)
            .ok()
            .and_then(|message| SipEvent::new(at, path, direction, &message, self.text));
        let Some(event) = event else {
            self.skipped += 1;
            return false;
        };
        let admitted = self.filter.as_ref().is_some_and(|f| f.admits(&event));
        if admitted {
            self.push(Event::Sip(event));
        }
        admitted
    }

    /// Takes begin or end of media on the leg with this Call-ID.
    pub fn media(&mut self, at: Instant, call_id: &str, phase: MediaPhase) {
        if self.is_running() {
            let call_id = event::call_id(call_id);
            self.push(Event::Media(MediaEvent { at, call_id, phase }));
        }
    }

    /// Takes note that these Call-IDs are the legs of one call. It may be told before, during or after
    /// the call, and again with more of them.
    pub fn join(&mut self, call_ids: &[&str]) {
        /// More attempts than this nobody makes for one call.
        const LEGS: usize = 16;
        if self.is_running() && call_ids.len() > 1 {
            let call_ids = call_ids.iter().take(LEGS).map(|id| event::call_id(id));
            self.push(Event::Joined(call_ids.collect()));
        }
    }

    fn push(&mut self, event: Event) {
        while self.events.len() >= self.limit {
            self.fallen_out += 1;
            if self.events.pop_front().is_none() {
                return;
            }
        }
        self.events.push_back(event);
    }

    /// What is there, in the order in which it came.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter()
    }

    /// The messages, in the order in which they came.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &SipEvent> {
        self.events.iter().filter_map(|event| match event {
            Event::Sip(event) => Some(event),
            _ => None,
        })
    }

    /// The messages by direction, what arrived before what was sent, and by time within.
    #[must_use]
    pub fn by_direction(&self) -> Vec<&SipEvent> {
        let mut events: Vec<&SipEvent> = self.messages().collect();
        events.sort_by_key(|event| event.direction_key());
        events
    }

    /// How many events have fallen out for newer ones.
    #[must_use]
    pub const fn fallen_out(&self) -> u64 {
        self.fallen_out
    }

    /// How often something came that was no message.
    #[must_use]
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Forgets all events; the counts go on.
    pub fn clear(&mut self) {
        self.events.clear();
    }
}
