//! What is told of a call when it is over: one JSON object, of both legs and their media.

use core::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tracing::info;
use trunkline_rtp_relay::{EModel, SessionStatistics};
use trunkline_sans_io::Instant;
use trunkline_sip_core::{CallSummary, EndReason, Party};
use trunkline_trace::{Capture, MediaCounts, MediaPhase};

use super::config::Side;
use super::media::leg;
use super::numbers::Dialled;

/// One call.
#[derive(Clone, Debug, Serialize)]
pub struct CallRecord {
    /// Counts from one.
    pub call: u64,
    /// The side that called.
    pub from_side: Side,
    /// The side that was called.
    pub to_side: Side,
    /// The caller's number, as the callee's side saw it.
    pub from: String,
    /// The number that was called, as the callee's side saw it.
    pub to: String,
    /// What the network asserted of the caller.
    pub asserted: Option<String>,
    /// Whether an emergency number was called.
    pub emergency: bool,
    /// The host that the call went to last.
    pub host: Option<String>,
    /// The Call-IDs of the caller's and of the callee's leg; empty for a leg that never was.
    pub call_ids: [String; 2],
    /// When the INVITE came.
    pub started: Timestamp,
    /// When it was answered.
    pub answered: Option<Timestamp>,
    /// When it was over.
    pub ended: Timestamp,
    /// Why, in words.
    pub reason: String,
    /// The same for programs.
    #[serde(skip)]
    pub end: EndReason,
    /// What was measured on the caller's and on the callee's leg, where there was media.
    pub media: Option<[LegMedia; 2]>,
}

/// What the relay measured on one leg.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct LegMedia {
    /// RTP packets that came from the party and went on.
    pub packets_received: u64,
    /// RTP packets that went to the party.
    pub packets_sent: u64,
    /// RTCP packets that came from the party.
    pub rtcp_received: u64,
    /// RTP packets missing in what came from the party (RFC 3550 appendix A.3).
    pub lost: i64,
    /// Mean interarrival jitter of what came from the party (RFC 3550 section 6.4.1).
    pub jitter_ms: f64,
    /// Packets from elsewhere, or otherwise unfit, that were not passed on.
    pub dropped: u64,
    /// The quality of what came from the party, 1 to 4.5 (ITU-T G.107).
    pub mos: Option<f32>,
}

impl LegMedia {
    pub(super) fn both(statistics: &SessionStatistics) -> [Self; 2] {
        [Party::Caller, Party::Callee].map(|party| {
            let (leg, counts) = (leg(party), statistics.leg(leg(party)));
            Self {
                packets_received: counts.received.packets(),
                packets_sent: counts.sent.packets,
                rtcp_received: counts.received_rtcp.packets,
                lost: counts.received.lost(),
                jitter_ms: counts.received.mean_jitter().as_secs_f64() * 1_000.0,
                dropped: counts.dropped.total(),
                mos: EModel::G711
                    .rate_session(statistics, leg)
                    .map(|rating| rating.mos()),
            }
        })
    }
}

impl CallRecord {
    /// `origin` is the time of day at the origin of the clock.
    pub(super) fn new(
        call: u64,
        from_side: Side,
        dialled: &Dialled,
        host: Option<String>,
        summary: &CallSummary,
        media: Option<[LegMedia; 2]>,
        origin: Timestamp,
    ) -> Self {
        let time = |at: Instant| origin + (at - Instant::ORIGIN);
        Self {
            call,
            from_side,
            to_side: dialled.to,
            from: dialled.caller.clone(),
            to: dialled.called.clone(),
            asserted: dialled.asserted.clone(),
            emergency: dialled.emergency,
            host,
            call_ids: summary.call_ids.clone().map(String::from),
            started: time(summary.started),
            answered: summary.answered.map(time),
            ended: time(summary.ended),
            reason: summary.reason.to_string(),
            end: summary.reason,
            media,
        }
    }

    /// Writes the summary line.
    pub(super) fn log(&self) {
        let media = self.media.unwrap_or_default();
        info!(
            reason = self.reason,
            host = self.host,
            seconds = (self.ended - self.started).total(jiff::Unit::Second).unwrap_or_default(),
            answered = self.answered.is_some(),
            received = ?media.map(|leg| leg.packets_received),
            lost = ?media.map(|leg| leg.lost),
            dropped = ?media.map(|leg| leg.dropped),
            "call ended"
        );
    }

    /// Joins the legs in a capture, with what was counted.
    pub(super) fn note(&self, capture: &mut Capture, at: Instant) {
        let [caller, callee] = &self.call_ids;
        capture.join(&[caller, callee]);
        for (call_id, leg) in self.call_ids.iter().zip(self.media.into_iter().flatten()) {
            let counts = MediaCounts {
                received: leg.packets_received,
                sent: leg.packets_sent,
                lost: leg.lost.max(0).unsigned_abs(),
                jitter: Some(Duration::from_secs_f64(leg.jitter_ms / 1_000.0)),
                mos: leg.mos,
            };
            if self.answered.is_some() {
                capture.media(at, call_id, MediaPhase::Ended(counts));
            }
        }
    }
}
