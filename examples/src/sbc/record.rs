//! What is told of a call when it is over.

use core::time::Duration;
use std::fmt;

use tracing::{Span, info};
use trunkline_sans_io::Instant;
use trunkline_sip_core::StatusCode;

use super::config::Side;

/// Why a call ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum EndReason {
    /// A party sent BYE.
    HungUp(Side),
    /// The caller gave up before the answer.
    Cancelled,
    /// The callee refused with this status code.
    Refused(StatusCode),
    /// Nobody answered in time.
    NoAnswer,
    /// A side went away: it answered nothing any more, or did not know the call.
    Lost(Side),
    /// No media packet on either leg for too long.
    MediaTimeout,
    /// No media port was left.
    NoMediaPort,
    /// A session description could not be used.
    NotAcceptable,
    /// The callee's side could not be called.
    Unreachable,
    /// The controller was told to end.
    ShutDown,
}

impl EndReason {
    /// The response to an INVITE that still waits when the call ends for this reason.
    pub(super) const fn as_response(self) -> StatusCode {
        match self {
            Self::HungUp(_) | Self::Cancelled => StatusCode::REQUEST_TERMINATED,
            Self::Refused(status) => status,
            Self::NoAnswer | Self::Lost(_) | Self::MediaTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::NoMediaPort | Self::Unreachable | Self::ShutDown => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE_HERE,
        }
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HungUp(side) => write!(f, "hung up by {side}"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Refused(status) => write!(f, "refused with {}", status.code()),
            Self::NoAnswer => f.write_str("no answer"),
            Self::Lost(side) => write!(f, "{side} was lost"),
            Self::MediaTimeout => f.write_str("no media"),
            Self::NoMediaPort => f.write_str("no media port left"),
            Self::NotAcceptable => f.write_str("session description not acceptable"),
            Self::Unreachable => f.write_str("unreachable"),
            Self::ShutDown => f.write_str("shut down"),
        }
    }
}

/// What the relay measured on one leg.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct LegMedia {
    /// RTP packets that came from the party and went on to the other.
    pub received: u64,
    /// RTP packets that went to the party.
    pub sent: u64,
    /// RTCP packets that came from the party.
    pub rtcp_received: u64,
    /// RTP packets missing in what came from the party (RFC 3550 appendix A.3).
    pub lost: i64,
    /// Interarrival jitter of what came from the party (RFC 3550 section 6.4.1).
    pub jitter: Duration,
    /// Packets from elsewhere, or otherwise unfit, that were not passed on.
    pub dropped: u64,
}

/// What the relay measured, by [`Side::index`].
pub type MediaRecord = [LegMedia; 2];

/// One call, told when it is over.
#[derive(Clone, Debug)]
pub struct CallRecord {
    /// Counts from one.
    pub number: u64,
    /// The side that called.
    pub caller: Side,
    /// The user part of `From`.
    pub from: String,
    /// The user part of the Request-URI.
    pub to: String,
    /// The Call-IDs of both legs, by [`Side::index`]; empty for a leg that never was.
    pub call_ids: [String; 2],
    /// When the INVITE came.
    pub started: Instant,
    /// When it was answered.
    pub answered: Option<Instant>,
    /// When the first leg ended.
    pub ended: Instant,
    /// Why.
    pub reason: EndReason,
    /// What the relay counted, where it took part.
    pub media: Option<MediaRecord>,
    /// The tracing span of the call.
    pub span: Span,
}

impl CallRecord {
    /// Writes the summary line into the span of the call.
    pub fn log(&self) {
        let [pbx, trunk] = self.media.unwrap_or_default();
        self.span.in_scope(|| {
            info!(
                reason = %self.reason,
                seconds = (self.ended - self.started).as_secs_f64(),
                answered = self.answered.is_some(),
                pbx_received = pbx.received,
                pbx_lost = pbx.lost,
                pbx_dropped = pbx.dropped,
                trunk_received = trunk.received,
                trunk_lost = trunk.lost,
                trunk_dropped = trunk.dropped,
                "call ended"
            );
        });
    }
}
