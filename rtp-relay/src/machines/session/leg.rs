//! One side of a session.

use trunkline_sans_io::Instant;

use super::{Event, LegConfig, LegStatistics, Traffic};
use crate::machines::peer_reports::PassedReport;
use crate::machines::{
    Component, Direction, DropCounts, DropReason, Latch, Leg, PayloadMap, PeerReports,
    ReceptionStatistics,
};
use crate::wire::SenderInfo;

/// Bits of `LegState::pending`.
const LATCHED_RTP: u8 = 1;
const LATCHED_RTCP: u8 = 2;
const TIMED_OUT: u8 = 4;
const RESUMED: u8 = 8;

/// RTCP of one leg. There is little of it, and a session is to stay small.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct RtcpTraffic {
    packets: u32,
    octets: u32,
}

impl RtcpTraffic {
    pub(super) fn count(&mut self, octets: usize) {
        self.packets = self.packets.saturating_add(1);
        let octets = u32::try_from(octets).unwrap_or(u32::MAX);
        self.octets = self.octets.saturating_add(octets);
    }
}

impl From<RtcpTraffic> for Traffic {
    fn from(rtcp: RtcpTraffic) -> Self {
        Self {
            packets: rtcp.packets.into(),
            octets: rtcp.octets.into(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LegState {
    pub(super) latch: Latch,
    pub(super) direction: Direction,
    pub(super) timed_out: bool,
    /// Events not yet told.
    pub(super) pending: u8,
    pub(super) unsent: u32,
    pub(super) payloads: PayloadMap,
    pub(super) received: ReceptionStatistics,
    pub(super) received_rtcp: RtcpTraffic,
    pub(super) sent: Traffic,
    pub(super) sent_rtcp: RtcpTraffic,
    pub(super) reported: PeerReports,
    /// The last sender report that went to this peer.
    pub(super) passed_report: PassedReport,
    pub(super) last_packet: Instant,
    dropped: DropCounts,
}

impl LegState {
    pub(super) fn new(now: Instant, config: LegConfig) -> Self {
        let mut latch = Latch::new(config.latch);
        if let Some(remote) = config.remote {
            latch.set_remote(now, remote);
        }
        Self {
            latch,
            direction: config.direction,
            timed_out: false,
            pending: 0,
            unsent: 0,
            payloads: config.payloads,
            received: ReceptionStatistics::default(),
            received_rtcp: RtcpTraffic::default(),
            sent: Traffic::default(),
            sent_rtcp: RtcpTraffic::default(),
            reported: PeerReports::default(),
            passed_report: PassedReport::default(),
            last_packet: now,
            dropped: DropCounts::default(),
        }
    }

    pub(super) fn is_multiplexed(&self) -> bool {
        self.latch
            .remote()
            .is_some_and(|remote| remote.is_multiplexed())
    }

    /// A source was accepted just now.
    #[cold]
    pub(super) const fn latched(&mut self, component: Component) {
        self.pending |= match component {
            Component::Rtp => LATCHED_RTP,
            Component::Rtcp => LATCHED_RTCP,
        };
    }

    /// What was accepted before is forgotten.
    pub(super) const fn unlatched(&mut self) {
        self.pending &= !(LATCHED_RTP | LATCHED_RTCP);
    }

    /// An accepted packet came.
    #[inline]
    pub(super) const fn alive(&mut self, now: Instant) {
        self.last_packet = now;
        if self.timed_out {
            self.timed_out = false;
            self.pending = self.pending & !TIMED_OUT | RESUMED;
        }
    }

    pub(super) const fn time_out(&mut self) {
        self.timed_out = true;
        self.pending = self.pending & !RESUMED | TIMED_OUT;
    }

    /// Signalling has changed what is to be expected: silence until now tells nothing any more.
    pub(super) const fn expected(&mut self) {
        self.timed_out = false;
        self.pending &= !TIMED_OUT;
    }

    pub(super) const fn count_drop(&mut self, reason: DropReason) {
        self.dropped.count(reason);
    }

    pub(super) const fn pass_report(&mut self, now: Instant, sender: &SenderInfo) {
        self.passed_report = PassedReport::new(now, sender);
    }

    pub(super) fn poll_event(&mut self, leg: Leg) -> Option<Event> {
        while self.pending != 0 {
            let lowest = self.pending & self.pending.wrapping_neg();
            self.pending &= !lowest;
            let latched = |component| {
                let source = self.latch.source(component)?;
                Some(Event::Latched {
                    leg,
                    component,
                    source,
                })
            };
            let event = match lowest {
                LATCHED_RTP => latched(Component::Rtp),
                LATCHED_RTCP => latched(Component::Rtcp),
                TIMED_OUT => Some(Event::TimedOut { leg }),
                _ => Some(Event::Resumed { leg }),
            };
            if event.is_some() {
                return event;
            }
        }
        None
    }

    pub(super) fn statistics(&self) -> LegStatistics {
        LegStatistics {
            received: self.received,
            received_rtcp: self.received_rtcp.into(),
            sent: self.sent,
            sent_rtcp: self.sent_rtcp.into(),
            unsent: self.unsent,
            reported: self.reported,
            dropped: self.dropped,
            source: self.latch.source(Component::Rtp),
        }
    }
}
