//! What is told of a call when it is over.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use trunkline_rtp_relay::{EModel, Leg, SessionStatistics};
use trunkline_sans_io::Instant;
use trunkline_sip_core::{CallSummary, EndReason, Party};

use crate::capture::Capture;
use crate::event::{MediaCounts, MediaPhase};
use crate::plain::line;

#[cfg(feature = "serde")]
mod serialized;
#[cfg(test)]
mod tests;
mod wall_time;

pub use wall_time::WallTime;

/// A call detail record: who called whom and when, how it ended, and how it sounded.
///
/// It joins what the back-to-back user agent tells of a call with what the relay measured; sides, names
/// and numbers are the owner's. Fill in what [`CallRecord::new`] cannot know:
///
/// ```
/// use core::time::Duration;
/// use trunkline_rtp_relay::SessionStatistics;
/// use trunkline_sip_core::CallSummary;
/// use trunkline_trace::{CallRecord, LegMedia};
///
/// fn record(summary: &CallSummary, media: Option<&SessionStatistics>, origin: Duration) -> CallRecord {
///     CallRecord {
///         from_side: "pbx".into(),
///         to_side: "trunk".into(),
///         from: "+498912345".into(),
///         to: "+493012345".into(),
///         media: media.map(LegMedia::of_both),
///         ..CallRecord::new(7, summary, origin)
///     }
/// }
/// ```
///
/// `Display` is one line for a log. The feature `serde` makes it one JSON object for each call, with
/// times as RFC 3339 has them, and with the reason as a keyword for programs, its status code, and its
/// words for people. In both, text from the wire has lost its control characters and marks of
/// writing direction, as in a [`Capture`]: so the Call-IDs of records and ladders are the same.
///
/// Numbers are whole, since who looks for a call needs them together with date and time;
/// [`with_masked_numbers`](Self::with_masked_numbers) hides their ends. Digits that were dialled after
/// the answer are not part of a record.
#[derive(Clone, PartialEq, Debug)]
pub struct CallRecord {
    /// The number by which logs and records name the call.
    pub call: u64,
    /// The side that called, such as `pbx`.
    pub from_side: String,
    /// The side that was called.
    pub to_side: String,
    /// The caller's number.
    pub from: String,
    /// The number that was called.
    pub to: String,
    /// What the network asserted of the caller (RFC 3325): a number, or the value of the header field.
    /// Passwords of URIs in it are not serialised.
    pub asserted: Option<String>,
    /// Whether an emergency number was called.
    pub emergency: bool,
    /// The name of the host that the call went to last.
    pub host: Option<String>,
    /// The Call-IDs of the caller's and of the callee's leg; empty for a leg that never was.
    pub call_ids: [Box<str>; 2],
    /// When the INVITE came.
    pub started: WallTime,
    /// When it was answered.
    pub answered: Option<WallTime>,
    /// When the call was over.
    pub ended: WallTime,
    /// How many next hops were called.
    pub attempts: u32,
    /// Why.
    pub reason: EndReason,
    /// What was measured on the caller's and on the callee's leg, where there was media.
    pub media: Option<[LegMedia; 2]>,
}

/// What the relay measured on one leg.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct LegMedia {
    /// RTP packets that came from the party.
    pub packets_received: u64,
    /// RTP packets that went to the party.
    pub packets_sent: u64,
    /// RTCP packets that came from the party.
    pub rtcp_received: u64,
    /// RTP packets missing in what came from the party (RFC 3550 appendix A.3). Repeated packets make it
    /// negative.
    pub lost: i64,
    /// Mean interarrival jitter of what came from the party (RFC 3550 section 6.4.1).
    pub jitter: Duration,
    /// Its height.
    pub worst_jitter: Duration,
    /// Packets from elsewhere, or otherwise unfit, that were not passed on.
    pub dropped: u64,
    /// The quality of what came from the party as a mean opinion score, 1 to 4.5 (ITU-T G.107); `None`
    /// where too little came.
    pub mos: Option<f32>,
}

impl LegMedia {
    /// Both legs of a session of the relay whose leg [`A`](Leg::A) is the caller's, rated as G.711.
    #[must_use]
    pub fn of_both(statistics: &SessionStatistics) -> [Self; 2] {
        Leg::BOTH.map(|leg| {
            let counts = statistics.leg(leg);
            let rating = EModel::G711.rate_session(statistics, leg);
            Self {
                packets_received: counts.received.packets(),
                packets_sent: counts.sent.packets,
                rtcp_received: counts.received_rtcp.packets,
                lost: counts.received.lost(),
                jitter: counts.received.mean_jitter(),
                worst_jitter: counts.received.worst_jitter(),
                dropped: counts.dropped.total(),
                mos: rating.map(|rating| rating.mos()),
            }
        })
    }
}

impl CallRecord {
    /// What the back-to-back user agent tells of a call, with everything else left empty.
    ///
    /// `call` is the number by which the owner names the call, in its log for instance: count calls from 1
    /// as they come. `origin` is how long after the beginning of 1970 (UTC) [`Instant::ORIGIN`] was: ask
    /// `trunkline_sans_io::Clock::since_1970()` once, of the clock that the user agent runs by.
    #[must_use]
    pub fn new(call: u64, summary: &CallSummary, origin: Duration) -> Self {
        let time = |at| WallTime::at(origin, at);
        Self {
            call,
            from_side: String::new(),
            to_side: String::new(),
            from: String::new(),
            to: String::new(),
            asserted: None,
            emergency: false,
            host: None,
            call_ids: summary.call_ids.clone(),
            started: time(summary.started),
            answered: summary.answered.map(time),
            ended: time(summary.ended),
            attempts: summary.attempts,
            reason: summary.reason,
            media: None,
        }
    }

    /// How long it lasted, from the INVITE to the end.
    #[must_use]
    pub fn lasted(&self) -> Duration {
        self.ended - self.started
    }

    /// How long the parties talked; `None` where nobody answered.
    #[must_use]
    pub fn talked(&self) -> Option<Duration> {
        self.answered.map(|answered| self.ended - answered)
    }

    /// The media of a leg, where there was some.
    #[must_use]
    pub fn leg(&self, party: Party) -> Option<&LegMedia> {
        self.media.as_ref()?.get(party.index())
    }

    /// Replaces the last `digits` digits of the numbers, and of what was asserted, by `x`: for copies
    /// that leave the house. What has no more digits than that, such as 110, stays as it is.
    #[must_use]
    pub fn with_masked_numbers(mut self, digits: usize) -> Self {
        for text in [&mut self.from, &mut self.to]
            .into_iter()
            .chain(&mut self.asserted)
        {
            *text = masked(text, digits);
        }
        self
    }

    /// Joins the legs in a capture, and ends the media of an answered call with what was counted.
    pub fn note(&self, capture: &mut Capture, at: Instant) {
        let legs = self.call_ids.each_ref().map(AsRef::as_ref);
        if legs.iter().all(|call_id| !call_id.is_empty()) {
            capture.join(&legs);
        }
        if self.answered.is_none() {
            return;
        }
        for (call_id, media) in legs.iter().zip(self.media.iter().flatten()) {
            capture.media(at, call_id, MediaPhase::Ended((*media).into()));
        }
    }
}

impl From<LegMedia> for MediaCounts {
    fn from(media: LegMedia) -> Self {
        Self {
            received: media.packets_received,
            sent: media.packets_sent,
            lost: media.lost.max(0).unsigned_abs(),
            jitter: Some(media.jitter),
            mos: media.mos,
        }
    }
}

/// `call 7 from +498912345 to +493012345 by link01: hung up by the callee after 28.4 s, 20.0 s of talk;
/// caller: ..; callee: ..`
impl fmt::Display for CallRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.emergency {
            "emergency call"
        } else {
            "call"
        };
        let (from, to) = (shown(&self.from), shown(&self.to));
        write!(f, "{kind} {} from {from} to {to}", self.call)?;
        if let Some(host) = &self.host {
            write!(f, " by {}", shown(host))?;
        }
        let lasted = self.lasted().as_secs_f64();
        write!(f, ": {} after {lasted:.1} s", self.reason)?;
        if let Some(talked) = self.talked() {
            write!(f, ", {:.1} s of talk", talked.as_secs_f64())?;
        }
        for party in [Party::Caller, Party::Callee] {
            if let Some(media) = self.leg(party) {
                write!(f, "; {party}: {media}")?;
            }
        }
        Ok(())
    }
}

/// `250 RTP in, 249 out, 1 lost, jitter 0.4 ms, MOS 4.4, 2 RTCP in, 0 dropped`
impl fmt::Display for LegMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} RTP in, {} out, {} lost, jitter {:.1} ms",
            self.packets_received,
            self.packets_sent,
            self.lost,
            self.jitter.as_secs_f64() * 1_000.0
        )?;
        if let Some(mos) = self.mos {
            write!(f, ", MOS {mos:.1}")?;
        }
        write!(
            f,
            ", {} RTCP in, {} dropped",
            self.rtcp_received, self.dropped
        )
    }
}

/// Text from the wire, fit to be shown. It is not cut: a number or Call-ID without its end is another one.
fn shown(text: &str) -> String {
    line(text.as_bytes(), usize::MAX)
}

fn masked(text: &str, digits: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_digit = first.is_ascii_digit();
        let end = rest.find(|letter: char| letter.is_ascii_digit() != is_digit);
        let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
        match run.len().checked_sub(digits) {
            // Digits are one octet each.
            Some(kept) if is_digit && kept > 0 => {
                out.push_str(run.get(..kept).unwrap_or_default());
                out.extend(core::iter::repeat_n('x', digits));
            }
            _ => out.push_str(run),
        }
        rest = after;
    }
    out
}
