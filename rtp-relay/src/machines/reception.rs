//! How a stream is received (RFC 3550 appendices A.1, A.3 and A.8).

use core::num::{NonZeroU16, NonZeroU32};
use core::time::Duration;

use trunkline_sans_io::Instant;

use crate::wire::{ReportBlock, Rtp};

/// A jump ahead of this many or more is no loss but a restart (RFC 3550 appendix A.1).
const MAX_DROPOUT: u16 = 3000;
/// A packet fewer than this behind is late, not a restart.
const MAX_MISORDER: u16 = 100;

/// What a packet was for the stream that it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// The next one, or one after a gap.
    InOrder,
    /// One that was passed over before, or one that came already.
    LateOrDuplicate,
    /// Of a source that has not yet sent two packets in sequence.
    Probation,
    /// The second in sequence of a source: it is measured from here on.
    NewSource,
    /// Far from where the stream was; if the next follows on it, the stream has restarted.
    Jump,
    /// The second in sequence after a jump: loss is counted anew from here.
    Restart,
}

/// The time that packets are under way, up to a constant, in 256ths of a timestamp unit and modulo
/// 2^32; with the clock it was counted by.
type Transit = (u32, NonZeroU32);

/// A source that has sent one packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Candidate {
    ssrc: u32,
    next: u16,
    /// The lower half of the clock rate, which is enough to notice that the next packet has another.
    clock: NonZeroU16,
    /// As in [`Transit`].
    transit: u32,
}

/// Sequence state of the measured source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Source {
    ssrc: u32,
    /// First sequence number.
    base: u16,
    /// Highest sequence number, and 65536 for each time it went round.
    max: u16,
    cycles: u32,
    /// What follows the packet that jumped.
    bad: Option<u16>,
    received: u32,
    transit: Option<Transit>,
    /// The jitter in 4096ths of a timestamp unit, and the highest it was.
    jitter: u32,
    worst_jitter: u32,
    /// All that the jitter was, added up, and how many times that is.
    jitter_sum: u64,
    jitter_count: u32,
    /// What had been expected and received at the last report, modulo 2^32.
    reported: (u32, u32),
}

/// Counts, loss and jitter of the packets that one leg receives.
///
/// One source is measured at a time. Another SSRC takes over once it has sent two packets in
/// sequence, so that a single odd packet disturbs nothing; loss of the sources before stays in
/// the totals. All packets count, the two of the probation included.
///
/// Counts, loss and jitter are those that analysers of captures give for the stream, with one
/// difference. Packets without a clock rate, such as telephone events, are no part of the jitter
/// here and there; but the packet after them is compared here with the one before them, and
/// there with the event, whose timestamp has stood still, which lifts their jitter with every event.
///
/// Nothing that the peer reports is mixed in: that is in [`PeerReports`](crate::PeerReports).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ReceptionStatistics {
    source: Option<Source>,
    candidate: Option<Candidate>,
    packets: u64,
    octets: u64,
    late: u32,
    sources: u32,
    restarts: u32,
    /// The time before the next packet is no jitter.
    interrupted: bool,
    /// Highest jitter so far in microseconds.
    worst_jitter: u32,
    /// When the last packet of the measured source came, in microseconds modulo 2^32, unless
    /// signalling has interrupted it.
    last: Option<NonZeroU32>,
    /// Longest time between two packets so far in microseconds.
    longest_gap: u32,
    /// What sources before, or this one before a restart, had expected and received.
    earlier: (u64, u64),
}

impl Source {
    fn new(ssrc: u32, sequence_number: u16, transit: Option<Transit>) -> Self {
        let base = sequence_number.wrapping_sub(1);
        Self {
            ssrc,
            base,
            max: sequence_number,
            cycles: if sequence_number == 0 { 1 << 16 } else { 0 },
            bad: None,
            received: 2,
            transit,
            jitter: 0,
            worst_jitter: 0,
            jitter_sum: 0,
            jitter_count: 0,
            reported: (0, 0),
        }
    }

    const fn highest(&self) -> u32 {
        self.cycles.wrapping_add(self.max as u32)
    }

    fn expected(&self) -> u64 {
        u64::from(self.highest().wrapping_sub(u32::from(self.base))) + 1
    }

    #[inline]
    fn update_sequence(&mut self, sequence_number: u16) -> Arrival {
        let ahead = sequence_number.wrapping_sub(self.max);
        if ahead != 0 && ahead < MAX_DROPOUT {
            if sequence_number < self.max {
                self.cycles = self.cycles.wrapping_add(1 << 16);
            }
            self.max = sequence_number;
            self.received = self.received.saturating_add(1);
            return Arrival::InOrder;
        }
        let behind = ahead.wrapping_neg();
        if behind < MAX_MISORDER {
            self.received = self.received.saturating_add(1);
            return Arrival::LateOrDuplicate;
        }
        if self.bad == Some(sequence_number) {
            return Arrival::Restart;
        }
        self.bad = Some(sequence_number.wrapping_add(1));
        Arrival::Jump
    }

    #[inline]
    fn update_jitter(
        &mut self,
        now: Instant,
        timestamp: u32,
        clock_rate: NonZeroU32,
        interrupted: bool,
    ) {
        let (transit, _) = transit(now, timestamp, clock_rate);
        let Some((before, rate)) = self.transit.replace((transit, clock_rate)) else {
            return;
        };
        if rate != clock_rate {
            // Ticks of another length; the jitter is as long as before (RFC 7160).
            self.jitter = rescaled(self.jitter, rate, clock_rate);
            self.worst_jitter = rescaled(self.worst_jitter, rate, clock_rate);
            (self.jitter_sum, self.jitter_count) = (0, 0);
        } else if !interrupted {
            let difference = transit.wrapping_sub(before).cast_signed().unsigned_abs();
            // Appendix A.8 in whole numbers: J += (|D| - J) / 16, kept sixteenfold. The
            // difference of a timestamp that jumps is no jitter, but must not overflow either.
            let faded = self.jitter.saturating_add(8) >> 4;
            self.jitter = self.jitter.saturating_add(difference) - faded;
            self.jitter_sum = self.jitter_sum.saturating_add(self.jitter.into());
            self.jitter_count = self.jitter_count.saturating_add(1);
        }
    }
}

/// How long a packet was under way, up to a constant. Whole timestamp units would be as coarse as
/// 125 microseconds, and jitter in a local network is less.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "RTP timestamps are modulo 2^32"
)]
const fn transit(now: Instant, timestamp: u32, clock_rate: NonZeroU32) -> Transit {
    const SECOND: u64 = 1_000_000_000;
    const PARTS: u32 = 256;
    let nanos = now.as_nanos();
    let rate = clock_rate.get() as u64;
    // Whole seconds apart, so that nothing overflows: the rest is below 2^30 * 2^32. A second is
    // divisible by 256.
    let whole = (nanos / SECOND).wrapping_mul(rate);
    let parts = nanos % SECOND * rate / (SECOND / PARTS as u64);
    let arrival = (whole as u32)
        .wrapping_mul(PARTS)
        .wrapping_add(parts as u32);
    (
        arrival.wrapping_sub(timestamp.wrapping_mul(PARTS)),
        clock_rate,
    )
}

impl ReceptionStatistics {
    /// Counts a packet that was received at `now`. Without a clock rate it is left out of the
    /// jitter.
    #[inline]
    pub fn handle_packet(
        &mut self,
        now: Instant,
        rtp: &Rtp<'_>,
        clock_rate: Option<NonZeroU32>,
    ) -> Arrival {
        self.packets += 1;
        self.octets += rtp.payload_len() as u64;
        let (ssrc, sequence_number) = (rtp.ssrc(), rtp.sequence_number());
        let arrival = match &mut self.source {
            Some(source) if source.ssrc == ssrc => source.update_sequence(sequence_number),
            _ => self.consider(now, rtp, clock_rate),
        };
        match arrival {
            Arrival::LateOrDuplicate => self.late = self.late.saturating_add(1),
            Arrival::Restart => {
                self.restarts = self.restarts.saturating_add(1);
                self.begin(ssrc, sequence_number, None);
            }
            Arrival::Probation | Arrival::Jump => return arrival,
            Arrival::InOrder | Arrival::NewSource => {}
        }
        let at = NonZeroU32::new(low(now.as_nanos() / 1_000)).unwrap_or(NonZeroU32::MIN);
        if let Some(last) = self.last.replace(at) {
            // A clock that goes back makes no gap.
            let gap = at.get().wrapping_sub(last.get()).cast_signed().max(0);
            self.longest_gap = self.longest_gap.max(gap.unsigned_abs());
        }
        if let (Some(source), Some(clock_rate)) = (&mut self.source, clock_rate) {
            let interrupted = core::mem::take(&mut self.interrupted);
            source.update_jitter(now, rtp.timestamp(), clock_rate, interrupted);
            // The division is for new heights only.
            if source.jitter > source.worst_jitter {
                source.worst_jitter = source.jitter;
                let jitter = micros(source.jitter.into(), clock_rate);
                self.worst_jitter = self.worst_jitter.max(jitter);
            }
        }
        arrival
    }

    /// Signalling interrupts the stream or lets it go on: the time until the next packet is no
    /// jitter and no gap, whatever the sender's timestamps did meanwhile. Many let them stand still
    /// on hold.
    pub const fn handle_interruption(&mut self) {
        self.interrupted = true;
        self.last = None;
    }

    /// A packet of a source that is not the measured one.
    #[cold]
    fn consider(&mut self, now: Instant, rtp: &Rtp<'_>, clock_rate: Option<NonZeroU32>) -> Arrival {
        let (ssrc, sequence_number) = (rtp.ssrc(), rtp.sequence_number());
        let clock = clock_rate.and_then(|rate| NonZeroU16::new(low_half(rate)));
        let clock = clock.unwrap_or(NonZeroU16::MAX);
        if let Some(first) = self.candidate.take()
            && (first.ssrc, first.next) == (ssrc, sequence_number)
        {
            self.sources = self.sources.saturating_add(1);
            let transit = clock_rate.filter(|_| first.clock == clock);
            let transit = transit.map(|rate| (first.transit, rate));
            self.begin(ssrc, sequence_number, transit);
            return Arrival::NewSource;
        }
        let transit = clock_rate.map(|rate| transit(now, rtp.timestamp(), rate));
        self.candidate = Some(Candidate {
            ssrc,
            next: sequence_number.wrapping_add(1),
            clock,
            transit: transit.map_or(0, |(transit, _)| transit),
        });
        Arrival::Probation
    }

    /// Measures a source from the packet before this one on.
    fn begin(&mut self, ssrc: u32, sequence_number: u16, transit: Option<Transit>) {
        self.earlier = (self.expected(), self.received());
        self.source = Some(Source::new(ssrc, sequence_number, transit));
        self.last = None;
        self.candidate = None;
    }

    /// Packets received, whatever they were.
    #[must_use]
    pub const fn packets(&self) -> u64 {
        self.packets
    }

    /// Bytes of payload received, headers and padding not counted.
    #[must_use]
    pub const fn octets(&self) -> u64 {
        self.octets
    }

    /// The measured source, once it has sent two packets in sequence.
    #[must_use]
    pub fn ssrc(&self) -> Option<u32> {
        self.source.map(|source| source.ssrc)
    }

    /// How many sources were measured one after the other.
    #[must_use]
    pub const fn sources(&self) -> u32 {
        self.sources
    }

    /// How often a source jumped to another place of the sequence and went on there.
    #[must_use]
    pub const fn restarts(&self) -> u32 {
        self.restarts
    }

    /// Packets that came late or again.
    #[must_use]
    pub const fn late_or_duplicate(&self) -> u32 {
        self.late
    }

    /// The highest sequence number of the measured source; its upper 16 bits count the times it
    /// went round.
    #[must_use]
    pub fn extended_highest_sequence_number(&self) -> Option<u32> {
        self.source.map(|source| source.highest())
    }

    /// How many packets the sequence numbers of all sources promised.
    #[must_use]
    pub fn expected(&self) -> u64 {
        self.earlier.0 + self.source.map_or(0, |source| source.expected())
    }

    /// How many of those came, late ones and duplicates included.
    fn received(&self) -> u64 {
        self.earlier.1 + self.source.map_or(0, |source| source.received.into())
    }

    /// How many packets were lost (appendix A.3). Negative when duplicates outnumber losses.
    #[must_use]
    pub fn lost(&self) -> i64 {
        self.expected()
            .cast_signed()
            .wrapping_sub(self.received().cast_signed())
    }

    /// Interarrival jitter of the measured source in timestamp units (appendix A.8).
    #[must_use]
    pub fn jitter_in_ticks(&self) -> u32 {
        self.source.map_or(0, |source| source.jitter >> 12)
    }

    /// Interarrival jitter of the measured source as it is now, in whole microseconds.
    #[must_use]
    pub fn jitter(&self) -> Duration {
        self.jitter_of(|source| source.jitter.into())
    }

    /// The mean of what the jitter of the measured source was after each of its packets, in whole
    /// microseconds: the mean jitter that analysers of captures tell. It begins anew when the clock rate
    /// changes.
    #[must_use]
    pub fn mean_jitter(&self) -> Duration {
        self.jitter_of(|source| {
            let mean = source.jitter_sum.checked_div(source.jitter_count.into());
            mean.unwrap_or(0)
        })
    }

    fn jitter_of(&self, jitter: impl FnOnce(&Source) -> u64) -> Duration {
        let micros = self.source.as_ref().and_then(|source| {
            let (_, clock_rate) = source.transit?;
            Some(micros(jitter(source), clock_rate))
        });
        Duration::from_micros(micros.unwrap_or(0).into())
    }

    /// The highest jitter so far, of all sources, in whole microseconds.
    #[must_use]
    pub fn worst_jitter(&self) -> Duration {
        Duration::from_micros(self.worst_jitter.into())
    }

    /// The longest time so far between two packets of a source, in whole microseconds and less
    /// than 35 minutes. What lies before the second packet of a source, or around a change of
    /// direction, is left out.
    #[must_use]
    pub fn longest_gap(&self) -> Duration {
        Duration::from_micros(self.longest_gap.into())
    }

    /// The report block that tells the sender how it is received (RFC 3550 section 6.4.1), with
    /// the loss since the last call. `None` before a source is measured.
    ///
    /// The time since the last sender report is the caller's to fill in.
    #[must_use]
    pub fn report_block(&mut self) -> Option<ReportBlock> {
        let source = self.source.as_mut()?;
        let (expected, received) = (source.expected(), u64::from(source.received));
        let before = source.reported;
        source.reported = (low(expected), low(received));
        let lately = source.reported.0.wrapping_sub(before.0);
        let lost = lately.saturating_sub(source.reported.1.wrapping_sub(before.1));
        let fraction = (u64::from(lost) << 8)
            .checked_div(lately.into())
            .unwrap_or(0);
        let cumulative = expected.cast_signed().wrapping_sub(received.cast_signed());
        let (lowest, highest) = ReportBlock::LOSS_RANGE;
        let cumulative = cumulative.clamp(lowest.into(), highest.into());
        Some(ReportBlock {
            ssrc: source.ssrc,
            // Everything lost is 256/256, which eight bits cannot tell.
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            cumulative_lost: i32::try_from(cumulative).unwrap_or(highest),
            extended_highest_sequence_number: source.highest(),
            jitter: source.jitter >> 12,
            last_sender_report: 0,
            delay_since_last_sender_report: 0,
        })
    }
}

/// The lower 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "the rest is cut off")]
const fn low(count: u64) -> u32 {
    count as u32
}

/// The lower 16 bits.
#[expect(clippy::cast_possible_truncation, reason = "the rest is cut off")]
const fn low_half(rate: NonZeroU32) -> u16 {
    rate.get() as u16
}

/// What was counted by one clock, in ticks of another.
#[cold]
fn rescaled(ticks: u32, from: NonZeroU32, to: NonZeroU32) -> u32 {
    let ticks = u64::from(ticks) * u64::from(to.get()) / u64::from(from.get());
    u32::try_from(ticks).unwrap_or(u32::MAX)
}

/// 4096ths of a clock's tick in microseconds, rounded.
#[inline]
fn micros(jitter: u64, clock_rate: NonZeroU32) -> u32 {
    let second = u64::from(clock_rate.get()) << 12;
    let micros = jitter.saturating_mul(1_000_000).saturating_add(second / 2) / second;
    u32::try_from(micros).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
