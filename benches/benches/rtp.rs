//! The packet path of the relay.

use core::hint::black_box;
use core::net::SocketAddr;
use core::num::NonZeroU32;
use core::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use trunkline_rtp_relay::{
    Component, Leg, LegConfig, PortRange, Ports, ReceptionStatistics, RemoteMedia, ReportBlock,
    Rtcp, RtcpWriter, Rtp, RtpHeader, RtpMut, SenderInfo, Session, SessionConfig, Verdict,
};
use trunkline_sans_io::Instant;

const FRAME: Duration = Duration::from_millis(20);

/// 20 ms of G.711.
fn packet() -> [u8; 172] {
    let mut packet = [0; 172];
    let header = RtpHeader {
        payload_type: 8,
        ssrc: 0x5eed_5eed,
        ..RtpHeader::default()
    };
    header.write(&[0xd5; 160], &mut packet).expect("room");
    packet
}

/// The next packet of the stream, in place.
fn advance(packet: &mut [u8], sequence_number: &mut u16, timestamp: &mut u32) {
    *sequence_number = sequence_number.wrapping_add(1);
    *timestamp = timestamp.wrapping_add(160);
    let mut rtp = RtpMut::parse(packet).expect("RTP");
    rtp.set_sequence_number(*sequence_number);
    rtp.set_timestamp(*timestamp);
}

fn wire(criterion: &mut Criterion) {
    let packet = packet();
    criterion.bench_function("rtp.parse/trunkline", |bencher| {
        bencher.iter(|| {
            let rtp = Rtp::parse(black_box(&packet)).expect("RTP");
            (
                rtp.payload_type(),
                rtp.sequence_number(),
                rtp.ssrc(),
                rtp.payload().len(),
            )
        });
    });

    let mut report = [0; 128];
    let mut writer = RtcpWriter::new(&mut report);
    let blocks = [ReportBlock::default()];
    let written = writer.sender_report(1, &SenderInfo::default(), &blocks);
    written.expect("room");
    writer
        .source_description(1, b"alice@192.0.2.1")
        .expect("room");
    let len = writer.len();
    criterion.bench_function("rtcp.parse/trunkline", |bencher| {
        bencher.iter(|| {
            let rtcp = Rtcp::parse(black_box(&report[..len])).expect("RTCP");
            rtcp.packets().filter(Result::is_ok).count()
        });
    });

    // What the two below do to get a new packet each time.
    let mut packet = packet;
    let (mut sequence_number, mut timestamp) = (0, 0);
    criterion.bench_function("rtp.advance/floor", |bencher| {
        bencher.iter(|| advance(black_box(&mut packet), &mut sequence_number, &mut timestamp));
    });
}

fn statistics(criterion: &mut Criterion) {
    let mut packet = packet();
    let (mut sequence_number, mut timestamp, mut now) = (0, 0, Instant::ORIGIN);
    let mut statistics = ReceptionStatistics::default();
    let clock = NonZeroU32::new(8000);
    criterion.bench_function("rtp.statistics/trunkline", |bencher| {
        bencher.iter(|| {
            advance(&mut packet, &mut sequence_number, &mut timestamp);
            now += FRAME;
            let rtp = Rtp::parse(black_box(&packet)).expect("RTP");
            statistics.handle_packet(now, &rtp, clock)
        });
    });
}

/// Everything but the socket: source check, classification, statistics, destination.
fn core_path(criterion: &mut Criterion) {
    let caller: SocketAddr = ([192, 0, 2, 9], 40_000).into();
    let callee: SocketAddr = ([203, 0, 113, 5], 17_000).into();
    let leg = |remote| LegConfig {
        remote: Some(RemoteMedia::new(remote)),
        ..LegConfig::default()
    };
    let config = SessionConfig {
        legs: [leg(caller), leg(callee)],
        media_timeout: Some(Duration::from_secs(60)),
    };
    let mut session = Session::new(Instant::ORIGIN, config);
    let mut packet = packet();
    let (mut sequence_number, mut timestamp, mut now) = (0, 0, Instant::ORIGIN);
    criterion.bench_function("rtp.core/trunkline", |bencher| {
        bencher.iter(|| {
            advance(&mut packet, &mut sequence_number, &mut timestamp);
            now += FRAME;
            let packet = black_box(&mut packet);
            let verdict = session.handle_packet(now, Leg::A, Component::Rtp, caller, packet);
            assert!(matches!(verdict, Verdict::Forward { .. }));
            verdict
        });
    });
}

/// A pair of ports taken and given back, in a range that is nearly empty and one that is nearly full.
fn ports(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rtp.ports");
    for (name, taken) in [("empty", 0), ("full", PortRange::MEDIA.pairs() - 64)] {
        let words = [0; PortRange::MEDIA.words()];
        let mut ports = Ports::new(PortRange::MEDIA, Duration::ZERO, words).expect("enough words");
        let mut now = Instant::ORIGIN;
        let mut random: u64 = 1;
        let mut draw = move || {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            random >> 16
        };
        for _ in 0..taken {
            let reservation = ports.reserve(now, draw()).expect("a free pair");
            ports.commit(reservation);
        }
        group.bench_function(format!("{name}/trunkline"), |bencher| {
            bencher.iter(|| {
                now += FRAME;
                let reservation = ports.reserve(now, draw()).expect("a free pair");
                let pair = ports.commit(reservation);
                assert!(ports.release(now, pair));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, wire, statistics, core_path, ports);
criterion_main!(benches);
