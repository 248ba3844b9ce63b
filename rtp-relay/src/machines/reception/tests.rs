use super::*;
use crate::wire::RtpHeader;

const CLOCK: Option<NonZeroU32> = NonZeroU32::new(8000);
const PACKET: Duration = Duration::from_millis(20);

/// A sender of 20 ms G.711, whose numbers and clock run on.
struct Stream {
    statistics: ReceptionStatistics,
    now: Instant,
    ssrc: u32,
}

impl Stream {
    fn new() -> Self {
        Self {
            statistics: ReceptionStatistics::default(),
            now: Instant::from_secs(50),
            ssrc: 0xcafe,
        }
    }

    /// A packet arrives 20 ms after the last, with a timestamp that fits its number.
    fn packet(&mut self, sequence_number: u16) -> Arrival {
        let timestamp = u32::from(sequence_number).wrapping_mul(160);
        self.now += PACKET;
        self.packet_at(self.now, sequence_number, timestamp)
    }

    fn packet_at(&mut self, now: Instant, sequence_number: u16, timestamp: u32) -> Arrival {
        let header = RtpHeader {
            sequence_number,
            timestamp,
            ssrc: self.ssrc,
            ..RtpHeader::default()
        };
        let mut buffer = [0; 172];
        header.write(&[0; 160], &mut buffer).unwrap();
        let rtp = Rtp::parse(&buffer).unwrap();
        self.statistics.handle_packet(now, &rtp, CLOCK)
    }

    fn packets(&mut self, sequence_numbers: impl IntoIterator<Item = u16>) {
        for sequence_number in sequence_numbers {
            self.packet(sequence_number);
        }
    }

    fn loss(&self) -> (u64, i64) {
        (self.statistics.expected(), self.statistics.lost())
    }
}

#[test]
fn a_clean_stream_has_no_loss_and_no_jitter() {
    let mut stream = Stream::new();
    assert_eq!(stream.packet(1), Arrival::Probation);
    assert_eq!(stream.statistics.ssrc(), None);
    assert_eq!(stream.packet(2), Arrival::NewSource);
    stream.packets(3..=500);
    assert_eq!(stream.loss(), (500, 0));
    assert_eq!(stream.statistics.packets(), 500);
    assert_eq!(stream.statistics.octets(), 500 * 160);
    assert_eq!(stream.statistics.jitter(), Duration::ZERO);
    assert_eq!(stream.statistics.ssrc(), Some(0xcafe));
}

#[test]
fn numbers_go_round() {
    for first in [65_534, 65_535, 0, 65_500] {
        let mut stream = Stream::new();
        let numbers = (0..100u16).map(|step| u16::wrapping_add(first, step));
        stream.packets(numbers);
        assert_eq!(stream.loss(), (100, 0), "{first}");
    }
    let mut stream = Stream::new();
    stream.packets((0..=u16::MAX).chain(0..=u16::MAX).chain(0..10));
    assert_eq!(stream.loss(), (2 * 65_536 + 10, 0));
    assert_eq!(
        stream.statistics.extended_highest_sequence_number(),
        Some(2 << 16 | 9)
    );
}

#[test]
fn gaps_are_loss() {
    let mut stream = Stream::new();
    stream.packets((1..=100).filter(|number| number % 10 != 5));
    assert_eq!(stream.loss(), (100, 10));
    assert_eq!(stream.packet(3099), Arrival::InOrder);
    assert_eq!(stream.loss(), (3099, 3008));
}

#[test]
fn late_packets_make_good_and_duplicates_count_against_loss() {
    let mut stream = Stream::new();
    stream.packets([1, 2, 4, 5]);
    assert_eq!(stream.loss(), (5, 1));
    assert_eq!(stream.packet(3), Arrival::LateOrDuplicate);
    assert_eq!(stream.loss(), (5, 0));
    assert_eq!(stream.packet(5), Arrival::LateOrDuplicate);
    assert_eq!(stream.loss(), (5, -1));
    assert_eq!(stream.statistics.late_or_duplicate(), 2);
    // Late over the turn of the numbers.
    let mut stream = Stream::new();
    stream.packets([65_533, 65_534, 0, 65_535, 1]);
    assert_eq!(stream.loss(), (5, 0));
}

#[test]
fn a_restart_takes_two_in_sequence() {
    let mut stream = Stream::new();
    stream.packets(1..=100);
    assert_eq!(stream.packet(40_000), Arrival::Jump);
    assert_eq!(
        stream.packet(101),
        Arrival::InOrder,
        "a single odd packet is ignored"
    );
    assert_eq!(stream.loss(), (101, 0));
    assert_eq!(stream.packet(50_000), Arrival::Jump);
    assert_eq!(stream.packet(50_001), Arrival::Restart);
    stream.packets(50_002..50_010);
    assert_eq!(stream.statistics.restarts(), 1);
    assert_eq!(
        stream.loss(),
        (111, 0),
        "what came before stays in the totals"
    );
    // Backwards by 100, and by 99, which passes for late.
    assert_eq!(stream.packet(49_909), Arrival::Jump);
    assert_eq!(stream.packet(49_910), Arrival::LateOrDuplicate);
}

#[test]
fn another_ssrc_takes_over_after_two_in_sequence() {
    let mut stream = Stream::new();
    stream.packets(1..=100);
    stream.ssrc = 0xbeef;
    assert_eq!(stream.packet(7), Arrival::Probation);
    stream.ssrc = 0xcafe;
    assert_eq!(
        stream.packet(101),
        Arrival::InOrder,
        "one packet disturbs nothing"
    );
    assert_eq!(stream.loss(), (101, 0));
    stream.ssrc = 0xbeef;
    assert_eq!(
        stream.packet(9),
        Arrival::Probation,
        "8 would have followed"
    );
    assert_eq!(stream.packet(10), Arrival::NewSource);
    stream.packets(12..=20);
    assert_eq!(stream.statistics.ssrc(), Some(0xbeef));
    assert_eq!(stream.statistics.sources(), 2);
    assert_eq!(stream.loss(), (101 + 12, 1));
}

/// What analysers of captures tell: the mean over all packets, and the longest time between two.
#[test]
fn mean_jitter_and_gaps_are_those_of_the_stream() {
    let mut stream = Stream::new();
    stream.packets(1..=10);
    // One packet comes 60 ms late, and the three after it have caught up with it.
    let late = Duration::from_millis(60);
    stream.now += PACKET + late;
    for number in 11..=14 {
        stream.packet_at(stream.now, number, u32::from(number) * 160);
    }
    stream.packets(15..=100);
    let (mut jitter, mut sum, mut worst) = (0.0_f64, 0.0, 0.0_f64);
    for number in 2..=100 {
        let difference = match number {
            11 => 60.0,
            12..=14 => 20.0,
            _ => 0.0,
        };
        jitter += (difference - jitter) / 16.0;
        sum += jitter;
        worst = worst.max(jitter);
    }
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    let near = |found: Duration, expected: f64| (millis(found) / expected - 1.0).abs() < 0.01;
    let statistics = stream.statistics;
    assert!(near(statistics.mean_jitter(), sum / 99.0));
    assert!(near(statistics.worst_jitter(), worst));
    assert_eq!(statistics.longest_gap(), PACKET + late);

    // What signalling has interrupted is no gap, and the next source begins anew.
    stream.now += Duration::from_secs(30);
    stream.statistics.handle_interruption();
    stream.packets(101..=110);
    stream.ssrc = 0xbeef;
    stream.now += Duration::from_secs(5);
    stream.packets(1..=10);
    assert_eq!(stream.statistics.longest_gap(), PACKET + late);
    assert_eq!(stream.statistics.mean_jitter(), Duration::ZERO);
    assert!(near(stream.statistics.worst_jitter(), worst));
}

/// Appendix A.8 by hand: every second packet is 5 ms late, so each difference is 40 ticks.
#[test]
fn jitter_follows_the_formula() {
    let mut stream = Stream::new();
    let start = stream.now;
    let (mut expected, mut sum) = (0.0_f64, 0.0);
    for number in 0..200u16 {
        let late = Duration::from_millis(u64::from(number % 2) * 5);
        let now = start + PACKET * u32::from(number) + late;
        stream.packet_at(now, number, u32::from(number) * 160);
        if number >= 1 {
            expected += (40.0 - expected) / 16.0;
        }
        sum += expected;
        if number >= 1 {
            let found = stream.statistics.jitter().as_secs_f64() * 8_000.0;
            assert!((found - expected).abs() <= 0.01, "{number}: {found}");
            let found = stream.statistics.mean_jitter().as_secs_f64() * 8_000.0;
            let expected = sum / f64::from(number);
            assert!((found - expected).abs() <= 0.01, "{number}: {found}");
        }
    }
    assert_eq!(stream.statistics.jitter_in_ticks(), 39);
    assert_eq!(stream.statistics.jitter(), stream.statistics.worst_jitter());
    assert_eq!(stream.statistics.longest_gap().as_millis(), 25);
}

#[test]
fn timestamps_go_round_without_jitter() {
    let mut stream = Stream::new();
    for number in 0..100u16 {
        let timestamp = (u32::MAX - 4000).wrapping_add(u32::from(number) * 160);
        stream.now += PACKET;
        stream.packet_at(stream.now, number, timestamp);
    }
    assert_eq!(stream.statistics.jitter_in_ticks(), 0);
}

#[test]
fn packets_without_a_clock_are_left_out_of_the_jitter() {
    let mut stream = Stream::new();
    stream.packets(1..=50);
    for sequence_number in 51..=80 {
        // telephone-event: one timestamp for all of the event.
        let header = RtpHeader {
            sequence_number,
            timestamp: 51 * 160,
            ssrc: stream.ssrc,
            ..RtpHeader::default()
        };
        let mut buffer = [0; 16];
        header.write(&[5, 0x0a, 0, 160], &mut buffer).unwrap();
        stream.now += PACKET;
        let rtp = Rtp::parse(&buffer).unwrap();
        stream.statistics.handle_packet(stream.now, &rtp, None);
    }
    stream.packets(81..=100);
    assert_eq!(stream.loss(), (100, 0));
    assert_eq!(stream.statistics.jitter_in_ticks(), 0);
}

#[test]
fn another_clock_rate_leaves_the_jitter_as_long_as_it_was() {
    let mut stream = Stream::new();
    for number in 0..200u16 {
        let late = Duration::from_millis(u64::from(number % 2) * 5);
        let now = stream.now + PACKET * u32::from(number) + late;
        stream.packet_at(now, number, u32::from(number) * 160);
    }
    let before = stream.statistics.jitter();
    let worst = stream.statistics.worst_jitter();
    stream.now += PACKET * 200;
    for (number, rate) in [(200, 48_000), (201, 48_000), (202, 8_000), (203, 8_000)] {
        let rate = NonZeroU32::new(rate).unwrap();
        let header = RtpHeader {
            sequence_number: number,
            timestamp: u32::from(number) * (rate.get() / 50),
            ssrc: stream.ssrc,
            ..RtpHeader::default()
        };
        let mut packet = [0; 12];
        header.write(&[], &mut packet).unwrap();
        let rtp = Rtp::parse(&packet).unwrap();
        stream.now += PACKET;
        stream
            .statistics
            .handle_packet(stream.now, &rtp, Some(rate));
        let jitter = stream.statistics.jitter();
        assert!(jitter <= before && jitter * 5 > before * 4, "{jitter:?}");
        assert_eq!(stream.statistics.worst_jitter(), worst);
    }
}

#[test]
fn wild_timestamps_do_not_overflow() {
    let mut stream = Stream::new();
    for number in 0..1000u16 {
        let timestamp = if number % 2 == 0 { 0 } else { 1 << 23 };
        stream.packet_at(Instant::MAX, number, timestamp);
    }
    assert!(stream.statistics.jitter_in_ticks() > 0);
}

#[test]
fn report_blocks_tell_the_loss_since_the_last() {
    let mut stream = Stream::new();
    assert_eq!(stream.statistics.report_block(), None);
    stream.packets((1..=100).filter(|number| number % 4 != 0));
    // The last packet, 100, is missing too, but nobody can know that yet.
    let block = stream.statistics.report_block().unwrap();
    assert_eq!(block.ssrc, 0xcafe);
    assert_eq!(block.cumulative_lost, 24);
    assert_eq!(u32::from(block.fraction_lost), 24 * 256 / 99);
    assert_eq!(block.extended_highest_sequence_number, 99);
    stream.packets(100..=199);
    let block = stream.statistics.report_block().unwrap();
    assert_eq!((block.fraction_lost, block.cumulative_lost), (0, 24));
    stream.packets([199; 40]);
    let block = stream.statistics.report_block().unwrap();
    assert_eq!((block.fraction_lost, block.cumulative_lost), (0, -16));
}
