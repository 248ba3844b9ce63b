//! What a peer says in its RTCP of how it sends and receives.

use core::num::NonZeroU32;
use core::time::Duration;

use trunkline_sans_io::Instant;

use crate::wire::{ReportBlock, SenderInfo};

/// What a peer claims to have sent, from its last sender report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SentByPeer {
    /// RTP packets, modulo 2^32.
    pub packets: u32,
    /// Bytes of payload, modulo 2^32.
    pub octets: u32,
}

/// What the peer of a leg reports by RTCP. These are the peer's words, never mixed with what was
/// measured here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PeerReports {
    /// What it claims to have sent, once it has sent a sender report.
    pub sent: Option<SentByPeer>,
    /// How many report blocks it sent about the stream that goes to it.
    pub reports: u32,
    /// Loss since its report before, in 256ths.
    pub fraction_lost: u8,
    /// The highest of those.
    pub worst_fraction_lost: u8,
    /// Loss since the beginning; negative when duplicates outnumber losses.
    pub cumulative_lost: i32,
    /// Interarrival jitter in timestamp units.
    pub jitter_in_ticks: u32,
    /// The highest of those.
    pub worst_jitter_in_ticks: u32,
    /// In microseconds.
    round_trip: Option<NonZeroU32>,
}

/// A sender report on its way to a peer: the middle of its NTP timestamp, and when it passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct PassedReport {
    /// `None` when there was none; a report block says 0 then, which is why 0 cannot be answered.
    ntp_middle: Option<NonZeroU32>,
    at: Instant,
}

impl PassedReport {
    pub(crate) const fn new(now: Instant, sender: &SenderInfo) -> Self {
        Self {
            ntp_middle: NonZeroU32::new(sender.ntp_middle()),
            at: now,
        }
    }
}

impl PeerReports {
    /// The time from here to the peer and back, from a sender report that passed through here and
    /// the report block that answers it (RFC 3550 section 6.4.1). `None` before there is such a
    /// pair.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        let micros = self.round_trip?.get();
        Some(Duration::from_micros(micros.into()))
    }

    pub(crate) const fn handle_sender(&mut self, sender: &SenderInfo) {
        self.sent = Some(SentByPeer {
            packets: sender.packet_count,
            octets: sender.octet_count,
        });
    }

    /// `passed` is the last sender report that went to this peer.
    pub(crate) fn handle_block(&mut self, now: Instant, block: &ReportBlock, passed: PassedReport) {
        self.reports = self.reports.saturating_add(1);
        self.fraction_lost = block.fraction_lost;
        self.worst_fraction_lost = self.worst_fraction_lost.max(block.fraction_lost);
        self.cumulative_lost = block.cumulative_lost;
        self.jitter_in_ticks = block.jitter;
        self.worst_jitter_in_ticks = self.worst_jitter_in_ticks.max(block.jitter);
        if passed
            .ntp_middle
            .is_some_and(|middle| middle.get() == block.last_sender_report)
        {
            let delay = (u64::from(block.delay_since_last_sender_report) * 1_000_000) >> 16;
            let there_and_back = (now - passed.at).checked_sub(Duration::from_micros(delay));
            // A delay longer than the whole is a lie; it tells nothing.
            self.round_trip = there_and_back
                .and_then(|time| u32::try_from(time.as_micros().max(1)).ok())
                .and_then(NonZeroU32::new)
                .or(self.round_trip);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_take_off_the_delay() {
        let sender = SenderInfo {
            ntp_timestamp: 0x1234_8000 << 16,
            ..SenderInfo::default()
        };
        let passed = PassedReport::new(Instant::from_millis(1_000), &sender);
        let mut block = ReportBlock {
            last_sender_report: 0x1234_8000,
            delay_since_last_sender_report: 65_536,
            ..ReportBlock::default()
        };
        let mut reports = PeerReports::default();
        reports.handle_block(Instant::from_millis(2_040), &block, passed);
        assert_eq!(reports.round_trip(), Some(Duration::from_millis(40)));
        // Another report answered, or a delay that cannot be: the old value stays.
        block.last_sender_report = 1;
        reports.handle_block(Instant::from_millis(9_000), &block, passed);
        block.last_sender_report = 0x1234_8000;
        block.delay_since_last_sender_report = u32::MAX;
        reports.handle_block(Instant::from_millis(9_000), &block, passed);
        assert_eq!(reports.round_trip(), Some(Duration::from_millis(40)));
        assert_eq!(reports.reports, 3);
    }
}
