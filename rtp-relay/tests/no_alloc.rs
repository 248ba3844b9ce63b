//! The path of a packet allocates nothing, and neither do the views, the writers and the machines
//! that work without an allocator.

use core::hint::black_box;
use core::net::SocketAddr;
use core::time::Duration;

use trunkline_rtp_relay::{
    Admission, AdmissionLimits, AdmissionRequest, CallBandwidth, Component, EModel, Interface,
    InterfaceId, LatchMode, Learn, Leg, LegConfig, Origin, PayloadEntry, PayloadMap, PortId,
    PortRange, Ports, Relay, RelayConfig, RelayVerdict, RemoteMedia, ReportBlock, Rtcp, RtcpPacket,
    RtcpWriter, Rtp, RtpHeader, RtpMut, SenderInfo, Session, SessionConfig, Verdict, classify,
};
use trunkline_sans_io::Instant;
use trunkline_testkit::assert_no_allocation;

const CALLER: SocketAddr = SocketAddr::new(
    core::net::IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 9)),
    40_000,
);
const CALLEE: SocketAddr = SocketAddr::new(
    core::net::IpAddr::V4(core::net::Ipv4Addr::new(203, 0, 113, 5)),
    17_000,
);

/// The RTCP port that goes with an RTP port.
const fn rtcp(mut rtp: SocketAddr) -> SocketAddr {
    rtp.set_port(rtp.port() + 1);
    rtp
}

fn compound(buffer: &mut [u8]) -> usize {
    let sender = SenderInfo {
        ntp_timestamp: 1 << 40,
        rtp_timestamp: 160,
        packet_count: 50,
        octet_count: 8_000,
    };
    let block = ReportBlock {
        ssrc: 2,
        ..ReportBlock::default()
    };
    let mut writer = RtcpWriter::new(buffer);
    assert!(writer.sender_report(1, &sender, &[block]).is_ok());
    assert!(writer.source_description(1, b"alice@example.com").is_ok());
    assert!(writer.bye(&[1], b"hung up").is_ok());
    writer.len()
}

#[test]
fn views_and_writers_allocate_nothing() {
    assert_no_allocation(|| {
        let mut buffer = [0; 172];
        let header = RtpHeader {
            payload_type: 8,
            ..RtpHeader::default()
        };
        let len = header.write(&[0xd5; 160], &mut buffer).expect("it fits");
        let rtp = Rtp::parse(black_box(&buffer[..len])).expect("an RTP packet");
        black_box((rtp.csrcs().count(), rtp.extension(), rtp.payload()));
        let mut changed = RtpMut::parse(&mut buffer).expect("an RTP packet");
        changed.set_payload_type(0);
        changed.set_ssrc(7);

        let mut buffer = [0; 256];
        let len = compound(&mut buffer);
        black_box(classify(&buffer[..len]));
        let rtcp = Rtcp::parse(black_box(&buffer[..len])).expect("an RTCP packet");
        for packet in rtcp.packets() {
            match packet.expect("a sound packet") {
                RtcpPacket::SenderReport(report) => assert_eq!(report.blocks().count(), 1),
                RtcpPacket::SourceDescription(description) => {
                    assert!(description.chunks().any(|chunk| chunk.cname().is_some()));
                }
                RtcpPacket::Bye(bye) => assert_eq!(bye.sources().count(), 1),
                other => panic!("{other:?}"),
            }
        }
    });
}

/// The table of sessions needs an allocator; its packet path, once it has room for events, does not.
#[test]
fn packets_through_the_relay_allocate_nothing() {
    const SESSIONS: u16 = 20;
    let interface = Interface::new([192, 0, 2, 1].into(), PortRange::MEDIA);
    let config = RelayConfig::new(vec![interface], usize::from(SESSIONS), [7; 32]);
    let mut relay = Relay::new(config);
    let start = Instant::ORIGIN;
    let peer = |number: u16| SocketAddr::from(([192, 0, 2, 9], 40_000 + 2 * number));
    let mut sessions = Vec::new();
    for number in 0..SESSIONS {
        let a = relay.reserve(start, InterfaceId(0)).expect("ports");
        let b = relay.reserve(start, InterfaceId(0)).expect("ports");
        let config = SessionConfig {
            media_timeout: Some(Duration::from_secs(20)),
            ..SessionConfig::default()
        };
        let session = relay.create(start, config, [a, b]).expect("a place");
        for leg in Leg::BOTH {
            let remote = RemoteMedia::new(peer(number));
            relay
                .set_remote(start, session, leg, remote)
                .expect("the session");
        }
        sessions.push(session);
    }

    let mut second = |second: u64| {
        let mut forwarded = 0;
        for sequence_number in 0..50_u16 {
            let now = Instant::from_millis(second * 1_000 + u64::from(sequence_number) * 20);
            for (number, &session) in (0..).zip(&sessions) {
                let header = RtpHeader {
                    sequence_number,
                    timestamp: u32::from(sequence_number) * 160,
                    ..RtpHeader::default()
                };
                let mut packet = [0; 172];
                header.write(&[0xd5; 160], &mut packet).expect("it fits");
                let port = PortId::new(session, Leg::A, Component::Rtp);
                let verdict = relay.handle_packet(now, port, peer(number), &mut packet);
                forwarded += usize::from(matches!(verdict, RelayVerdict::Forward { .. }));
                let verdict = relay.handle_packet(now, port, CALLEE, &mut packet);
                assert!(matches!(verdict, RelayVerdict::Drop(_)));
            }
            relay.handle_timeout(now);
            while let Some(event) = relay.poll_event() {
                black_box(event);
            }
        }
        assert_eq!(forwarded, 50 * usize::from(SESSIONS));
    };
    second(0);
    assert_no_allocation(|| (1..10).for_each(&mut second));
}

/// Ten seconds of a call, with what happens in one: learning, loss, repetition, RTCP, a stranger,
/// a change of payload type, garbage, silence.
#[test]
fn the_packet_path_allocates_nothing() {
    let mut payloads = PayloadMap::EMPTY;
    let event = PayloadEntry {
        forward_as: 96,
        ..PayloadEntry::new(101)
    };
    payloads.insert(event).expect("room");
    let latch = LatchMode::Learn(Learn {
        origin: Origin::Anywhere,
        ..Learn::default()
    });
    let leg_a = LegConfig {
        remote: Some(RemoteMedia::new(CALLER)),
        payloads,
        ..LegConfig::default()
    };
    let leg_b = LegConfig {
        remote: Some(RemoteMedia::new(([10, 0, 0, 1], 17_000).into())),
        latch,
        ..LegConfig::default()
    };
    let config = SessionConfig {
        legs: [leg_a, leg_b],
        media_timeout: Some(Duration::from_secs(20)),
    };

    let (forwarded, rtcp_forwarded, dropped) = assert_no_allocation(|| {
        let (mut forwarded, mut rtcp_forwarded, mut dropped) = (0, 0, 0);
        let mut session = Session::new(Instant::ORIGIN, config);
        let mut count = |verdict: Verdict| match verdict {
            Verdict::Forward {
                component: Component::Rtp,
                ..
            } => forwarded += 1,
            Verdict::Forward { .. } => rtcp_forwarded += 1,
            Verdict::Drop(_) => dropped += 1,
        };
        let mut now = Instant::ORIGIN;
        for number in 0..500_u16 {
            now = Instant::from_millis(u64::from(number) * 20);
            let header = RtpHeader {
                marker: number == 0,
                payload_type: if number % 50 == 49 { 101 } else { 8 },
                sequence_number: number.wrapping_sub(250),
                timestamp: u32::from(number) * 160,
                ssrc: 1,
            };
            let mut packet = [0; 172];
            header.write(&[0xd5; 160], &mut packet).expect("it fits");
            for (leg, source) in [(Leg::A, CALLER), (Leg::B, CALLEE)] {
                // Every tenth packet is lost, every twentieth comes twice.
                let copies = match number % 20 {
                    3 | 13 => 0,
                    7 => 2,
                    _ => 1,
                };
                for _ in 0..copies {
                    let mut packet = packet;
                    count(session.handle_packet(now, leg, Component::Rtp, source, &mut packet));
                }
            }
            if number % 100 == 99 {
                let mut buffer = [0; 256];
                let len = compound(&mut buffer);
                for (leg, source) in [(Leg::A, rtcp(CALLER)), (Leg::B, rtcp(CALLEE))] {
                    let report = &mut buffer[..len];
                    count(session.handle_packet(now, leg, Component::Rtcp, source, report));
                }
                let stranger = ([198, 51, 100, 66], 9).into();
                count(session.handle_packet(now, Leg::A, Component::Rtp, stranger, &mut packet));
                count(session.handle_packet(now, Leg::A, Component::Rtp, CALLER, &mut [0x80, 8]));
                count(session.handle_packet(now, Leg::A, Component::Rtp, CALLER, &mut []));
            }
            session.handle_timeout(now);
            while session.has_event() {
                black_box(session.poll_event());
            }
        }
        session.handle_unsent(Leg::A);
        while let Some(next) = session.poll_timeout() {
            now = next;
            session.handle_timeout(now);
            black_box(session.poll_event());
        }
        session.relatch(now, Leg::B);
        black_box(session.statistics(now));
        (forwarded, rtcp_forwarded, dropped)
    });
    // 475 packets arrive at each leg; the first two of leg B are probation.
    assert_eq!((forwarded, rtcp_forwarded), (475 + 473, 10));
    assert_eq!(dropped, 2 + 3 * 5);
}

#[test]
fn admission_and_rating_allocate_nothing() {
    assert_no_allocation(|| {
        let mut trunk = Admission::new(AdmissionLimits {
            channels: Some(30),
            kilobits_per_second: Some(2_400),
            soft_limit: Some(20),
        });
        let mut calls = [const { None }; 30];
        let request = AdmissionRequest::new(CallBandwidth::G711);
        for call in &mut calls {
            *call = trunk.admit(request).ok();
        }
        assert!(trunk.admit(request).is_err());
        assert!(trunk.poll_event().is_some());
        for call in calls.into_iter().flatten() {
            trunk.release(call);
        }
        assert_eq!(black_box(trunk.statistics()).calls, 0);

        let rating = EModel::G711.rate(black_box(0.01), Duration::from_millis(80));
        black_box((rating.r(), rating.mos()));
        let session = Session::new(Instant::ORIGIN, SessionConfig::default());
        let statistics = session.statistics(Instant::ORIGIN);
        assert_eq!(EModel::G711.rate_session(&statistics, Leg::A), None);
    });
}

#[test]
fn ports_over_an_array_allocate_nothing() {
    assert_no_allocation(|| {
        let words = [0_u64; PortRange::MEDIA.words()];
        let rest = Duration::from_secs(30);
        let mut ports = Ports::new(PortRange::MEDIA, rest, words).expect("words enough");
        let mut now = Instant::ORIGIN;
        for random in 0..1_000_u64 {
            let reservation = ports.reserve(now, random * 7_919).expect("a free pair");
            let pair = ports.commit(reservation);
            assert!(ports.release(now, pair));
            now += Duration::from_secs(1);
        }
        assert!(black_box(ports.available(now)) > 0);
    });
}
