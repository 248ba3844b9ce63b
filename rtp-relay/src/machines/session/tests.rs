mod silence;

use super::*;
use crate::machines::{EModel, Learn, Origin, PayloadEntry};
use crate::wire::{ReportBlock, RtcpWriter, RtpHeader, SenderInfo};
use proptest::prelude::*;
extern crate std;
use std::vec::Vec;

const CALLER: SocketAddr = v4([192, 0, 2, 9], 40_000);
const CALLEE: SocketAddr = v4([203, 0, 113, 5], 17_000);
const START: Instant = Instant::from_secs(1_000);
const PACKET: Duration = Duration::from_millis(20);

const fn v4([a, b, c, d]: [u8; 4], port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(core::net::Ipv4Addr::new(a, b, c, d)), port)
}

const fn peer(leg: Leg) -> SocketAddr {
    match leg {
        Leg::A => CALLER,
        Leg::B => CALLEE,
    }
}

const fn rtcp_of(mut address: SocketAddr) -> SocketAddr {
    address.set_port(address.port() + 1);
    address
}

/// A session with both peers known, and 20 ms G.711 from each of them.
struct Call {
    session: Session,
    now: Instant,
    next: [u16; 2],
}

impl Call {
    fn with(change: impl FnOnce(&mut SessionConfig)) -> Self {
        let mut config = SessionConfig::default();
        for leg in Leg::BOTH {
            config.legs[leg.index()].remote = Some(RemoteMedia::new(peer(leg)));
        }
        change(&mut config);
        Self {
            session: Session::new(START, config),
            now: START,
            next: [1, 1],
        }
    }

    fn new() -> Self {
        Self::with(|_| {})
    }

    fn rtp(leg: Leg, sequence_number: u16) -> Vec<u8> {
        let header = RtpHeader {
            payload_type: 8,
            sequence_number,
            timestamp: u32::from(sequence_number) * 160,
            ssrc: 0xa000 + leg.index() as u32,
            ..RtpHeader::default()
        };
        let mut packet = std::vec![0; 172];
        header.write(&[0xd5; 160], &mut packet).unwrap();
        packet
    }

    /// The next packet of the stream of `leg`, from its peer.
    fn talk(&mut self, leg: Leg) -> Verdict {
        let number = self.next[leg.index()];
        self.next[leg.index()] += 1;
        self.now += PACKET / 2;
        self.receive(leg, Component::Rtp, peer(leg), &Self::rtp(leg, number))
    }

    fn receive(
        &mut self,
        leg: Leg,
        component: Component,
        source: SocketAddr,
        packet: &[u8],
    ) -> Verdict {
        let mut packet = packet.to_vec();
        self.session
            .handle_packet(self.now, leg, component, source, &mut packet)
    }

    fn statistics(&self, leg: Leg) -> LegStatistics {
        *self.session.statistics(self.now).leg(leg)
    }

    fn events(&mut self) -> Vec<Event> {
        core::iter::from_fn(|| self.session.poll_event()).collect()
    }
}

fn to(leg: Leg) -> Verdict {
    Verdict::Forward {
        leg,
        component: Component::Rtp,
        destination: peer(leg),
        len: 172,
    }
}

#[test]
fn a_session_is_small() {
    let size = size_of::<Session>();
    assert!(size < 1024, "{size}");
}

/// F002-127, F002-136.
#[test]
fn packets_cross_unchanged_and_are_counted_on_both_legs() {
    let mut call = Call::new();
    for number in 1..=500 {
        for leg in Leg::BOTH {
            call.now += PACKET / 2;
            let mut packet = Call::rtp(leg, number);
            let verdict =
                call.session
                    .handle_packet(call.now, leg, Component::Rtp, peer(leg), &mut packet);
            assert_eq!(verdict, to(leg.other()));
            assert_eq!(packet, Call::rtp(leg, number));
        }
    }
    for leg in Leg::BOTH {
        let statistics = call.statistics(leg);
        assert_eq!(statistics.received.packets(), 500);
        assert_eq!(statistics.received.octets(), 500 * 160);
        assert_eq!(statistics.received.lost(), 0);
        assert_eq!(statistics.received.jitter(), Duration::ZERO);
        assert_eq!(
            statistics.sent,
            Traffic {
                packets: 500,
                octets: 80_000
            }
        );
        assert_eq!(statistics.dropped.total(), 0);
        assert_eq!(statistics.source, Some(peer(leg)));
    }
    assert_eq!(call.session.statistics(call.now).age, PACKET * 500);
    let latched = |leg| Event::Latched {
        leg,
        component: Component::Rtp,
        source: peer(leg),
    };
    assert_eq!(call.events(), [latched(Leg::A), latched(Leg::B)]);
}

#[test]
fn strangers_do_not_disturb_a_running_session() {
    let mut call = Call::new();
    let mut quiet = Call::new();
    let _ = call.talk(Leg::A);
    let _ = quiet.talk(Leg::A);
    call.events();
    quiet.events();
    let other_host = v4([198, 51, 100, 66], 40_000);
    let other_port = v4([192, 0, 2, 9], 40_002);
    for number in 2..=300 {
        assert_eq!(call.talk(Leg::A), quiet.talk(Leg::A));
        assert_eq!(call.talk(Leg::B), quiet.talk(Leg::B));
        // With the very SSRC and numbers of the caller, with its own, and with garbage.
        let spoofed = Call::rtp(Leg::A, number);
        let own = Call::rtp(Leg::B, number + 7000);
        for packet in [&spoofed[..], &own, b"\x00\x01", &[0xff; 1400], &[]] {
            for (source, reason) in [
                (other_host, DropReason::WrongAddress),
                (other_port, DropReason::WrongPort),
            ] {
                let verdict = call.receive(Leg::A, Component::Rtp, source, packet);
                assert_eq!(verdict, Verdict::Drop(reason));
            }
        }
    }
    let (seen, expected) = (call.statistics(Leg::A), quiet.statistics(Leg::A));
    assert_eq!(seen.received, expected.received);
    assert_eq!(seen.sent, expected.sent);
    assert_eq!(seen.dropped.get(DropReason::WrongAddress), 299 * 5);
    assert_eq!(seen.dropped.get(DropReason::WrongPort), 299 * 5);
    assert_eq!(seen.dropped.strangers(), 299 * 10);
    assert_eq!(call.statistics(Leg::B), quiet.statistics(Leg::B));
    // Told once, however many there are.
    let rejected = Event::SourceRejected {
        leg: Leg::A,
        component: Component::Rtp,
        source: other_host,
        reason: DropReason::WrongAddress,
    };
    let events = call.events();
    assert_eq!(events.iter().filter(|event| **event == rejected).count(), 1);
    assert_eq!(events.len(), 2, "and the callee latched: {events:?}");
}

#[test]
fn a_new_ssrc_of_the_right_source_is_forwarded() {
    let mut call = Call::new();
    for _ in 0..10 {
        let _ = call.talk(Leg::A);
    }
    for number in 900..910 {
        let mut packet = Call::rtp(Leg::A, number);
        packet[8] = 0x77;
        assert_eq!(
            call.receive(Leg::A, Component::Rtp, CALLER, &packet),
            to(Leg::B)
        );
    }
    let received = call.statistics(Leg::A).received;
    assert_eq!(
        (received.packets(), received.sources(), received.lost()),
        (20, 2, 0)
    );
}

#[test]
fn nothing_goes_where_nobody_is_known() {
    let mut call = Call::with(|config| config.legs[1].remote = None);
    assert_eq!(call.talk(Leg::A), Verdict::Drop(DropReason::NoDestination));
    assert_eq!(call.talk(Leg::B), Verdict::Drop(DropReason::NotSignalled));
    assert_eq!(call.statistics(Leg::A).received.packets(), 1);
    // The answer comes.
    assert!(
        call.session
            .set_remote(call.now, Leg::B, RemoteMedia::new(CALLEE))
    );
    assert_eq!(call.talk(Leg::A), to(Leg::B));
    assert_eq!(call.talk(Leg::B), to(Leg::A));
}

#[test]
fn a_re_invite_moves_the_media() {
    let mut call = Call::new();
    for _ in 0..5 {
        let _ = call.talk(Leg::A);
        let _ = call.talk(Leg::B);
    }
    call.events();
    let moved = v4([192, 0, 2, 10], 50_000);
    assert!(
        !call
            .session
            .set_remote(call.now, Leg::A, RemoteMedia::new(CALLER))
    );
    assert!(
        call.session
            .set_remote(call.now, Leg::A, RemoteMedia::new(moved))
    );
    assert_eq!(call.talk(Leg::A), Verdict::Drop(DropReason::WrongAddress));
    let packet = Call::rtp(Leg::A, 7);
    assert_eq!(
        call.receive(Leg::A, Component::Rtp, moved, &packet),
        to(Leg::B)
    );
    let expected = Verdict::Forward {
        leg: Leg::A,
        component: Component::Rtp,
        destination: moved,
        len: 172,
    };
    assert_eq!(call.talk(Leg::B), expected);
    assert_eq!(
        call.statistics(Leg::A).received.lost(),
        1,
        "the stream goes on"
    );
    assert!(matches!(
        call.events()[..],
        [Event::Latched { source, .. }] if source == moved
    ));
}

/// F002-144.
#[test]
fn payload_types_are_mapped_and_the_marker_stays() {
    let mut call = Call::with(|config| {
        let event = PayloadEntry {
            forward_as: 96,
            clock_rate: None,
            ..PayloadEntry::new(101)
        };
        config.legs[0].payloads.insert(event).unwrap();
    });
    for (sent, forwarded) in [(101, 96), (101 | 0x80, 96 | 0x80), (8, 8), (96, 96)] {
        let mut packet = Call::rtp(Leg::A, 1);
        packet[1] = sent;
        let mut expected = packet.clone();
        expected[1] = forwarded;
        let verdict =
            call.session
                .handle_packet(call.now, Leg::A, Component::Rtp, CALLER, &mut packet);
        assert_eq!(verdict, to(Leg::B));
        assert_eq!(packet, expected);
    }
    let mut back = PayloadMap::EMPTY;
    back.insert(PayloadEntry {
        forward_as: 101,
        ..PayloadEntry::new(96)
    })
    .unwrap();
    call.session.set_payloads(Leg::B, back);
    let mut packet = Call::rtp(Leg::B, 1);
    packet[1] = 96;
    let _ = call
        .session
        .handle_packet(call.now, Leg::B, Component::Rtp, CALLEE, &mut packet);
    assert_eq!(packet[1], 101);
}

/// F002-144: an event of RFC 4733 keeps its timestamp while it lasts, and its three last packets
/// their number of samples; only the payload type is the other leg's.
#[test]
fn an_event_keeps_its_timestamp_under_another_payload_type() {
    let mut call = Call::with(|config| {
        let event = PayloadEntry {
            forward_as: 96,
            clock_rate: None,
            ..PayloadEntry::new(101)
        };
        config.legs[0].payloads.insert(event).unwrap();
    });
    let talk = |call: &mut Call| {
        for _ in 0..50 {
            assert_eq!(call.talk(Leg::A), to(Leg::B));
            assert_eq!(call.talk(Leg::B), to(Leg::A));
        }
    };
    talk(&mut call);
    let first = call.next[0];
    let timestamp = u32::from(first) * 160;
    for number in 0..10_u16 {
        let header = RtpHeader {
            marker: number == 0,
            payload_type: 101,
            sequence_number: first + number,
            timestamp,
            ssrc: 0xa000,
        };
        let duration = (160 * (number.min(7) + 1)).to_be_bytes();
        let end = if number >= 7 { 0x80 } else { 0 };
        let event = [5, end | 10, duration[0], duration[1]];
        let mut packet = [0; 16];
        header.write(&event, &mut packet).unwrap();
        call.now += PACKET / 2;
        let verdict =
            call.session
                .handle_packet(call.now, Leg::A, Component::Rtp, CALLER, &mut packet);
        call.now += PACKET / 2;
        assert!(matches!(verdict, Verdict::Forward { leg: Leg::B, .. }));
        let forwarded = Rtp::parse(&packet).unwrap();
        assert_eq!(forwarded.payload_type(), 96);
        assert_eq!(
            (forwarded.marker(), forwarded.ssrc()),
            (number == 0, 0xa000)
        );
        assert_eq!(forwarded.sequence_number(), first + number);
        assert_eq!(forwarded.timestamp(), timestamp);
        assert_eq!(forwarded.payload(), event);
    }
    call.next[0] += 10;
    talk(&mut call);
    let received = call.statistics(Leg::A).received;
    assert_eq!((received.packets(), received.lost()), (110, 0));
    assert_eq!(received.worst_jitter(), Duration::ZERO);
    assert_eq!(received.longest_gap(), PACKET);
}

/// An answer in one step is the same as in three.
#[test]
fn an_update_does_what_its_parts_do() {
    let mut payloads = PayloadMap::EMPTY;
    payloads
        .insert(PayloadEntry {
            forward_as: 96,
            clock_rate: None,
            ..PayloadEntry::new(101)
        })
        .unwrap();
    let moved = RemoteMedia::new(v4([203, 0, 113, 9], 18_000));
    let answer = LegUpdate {
        remote: Some(moved),
        direction: Direction::SendOnly,
        payloads: PayloadMap::EMPTY,
    };
    let offer = LegUpdate {
        remote: None,
        direction: Direction::ReceiveOnly,
        payloads,
    };
    let (mut at_once, mut in_parts) = (Call::new(), Call::new());
    for call in [&mut at_once, &mut in_parts] {
        let _ = call.talk(Leg::A);
        let _ = call.talk(Leg::B);
    }
    let now = at_once.now;
    let result = at_once.session.configure(now, [Some(offer), Some(answer)]);
    assert_eq!(result, [false, true]);
    let session = &mut in_parts.session;
    session.set_payloads(Leg::A, payloads);
    session.set_direction(now, Leg::A, Direction::ReceiveOnly);
    session.set_direction(now, Leg::B, Direction::SendOnly);
    assert!(session.set_remote(now, Leg::B, moved));
    assert_eq!(at_once.session, in_parts.session);
    assert_eq!(at_once.talk(Leg::A), Verdict::Drop(DropReason::OnHold));

    // The same again changes nothing, and neither does nothing.
    let before = at_once.session;
    let again = at_once.session.configure(now, [Some(offer), Some(answer)]);
    assert_eq!(again, [false, false]);
    assert_eq!(at_once.session.configure(now, [None, None]), [false, false]);
    assert_eq!(at_once.session, before);
}

#[test]
fn what_is_no_rtp_is_dropped_under_its_reason() {
    let mut call = Call::new();
    let report = [0x80, 201, 0, 1, 0, 0, 0, 1];
    let rtp = Call::rtp(Leg::A, 1);
    let cases: [(Component, &[u8], DropReason); 8] = [
        (Component::Rtp, b"", DropReason::NotRtp),
        (
            Component::Rtp,
            b"\x00\x01\x00\x00\x21\x12\xa4\x42",
            DropReason::NotRtp,
        ),
        (Component::Rtp, b"\x16\xfe\xfd", DropReason::NotRtp),
        (Component::Rtp, &rtp[..11], DropReason::Malformed),
        (Component::Rtp, &report, DropReason::WrongComponent),
        (Component::Rtcp, &rtp, DropReason::WrongComponent),
        (Component::Rtcp, &report[..7], DropReason::Malformed),
        (Component::Rtcp, b"INVITE", DropReason::NotRtp),
    ];
    for (component, packet, reason) in cases {
        let source = if component == Component::Rtp {
            CALLER
        } else {
            rtcp_of(CALLER)
        };
        let before = call.statistics(Leg::A).dropped.get(reason);
        assert_eq!(
            call.receive(Leg::A, component, source, packet),
            Verdict::Drop(reason)
        );
        assert_eq!(call.statistics(Leg::A).dropped.get(reason), before + 1);
    }
    assert_eq!(call.statistics(Leg::A).received.packets(), 0);
    assert_eq!(call.events(), [], "none of it opens the latch");
    assert_eq!(call.talk(Leg::A), to(Leg::B));
}

#[test]
fn rtcp_crosses_and_its_reports_are_kept_apart() {
    let mut call = Call::new();
    for _ in 0..50 {
        let _ = call.talk(Leg::A);
        let _ = call.talk(Leg::B);
    }
    let mut buffer = [0; 200];
    let mut writer = RtcpWriter::new(&mut buffer);
    let sender = SenderInfo {
        ntp_timestamp: 0x1234_5678_9abc_def0,
        packet_count: 50,
        octet_count: 8000,
        ..SenderInfo::default()
    };
    writer.sender_report(0xa000, &sender, &[]).unwrap();
    writer
        .source_description(0xa000, b"caller@example")
        .unwrap();
    let len = writer.len();
    let verdict = call.receive(Leg::A, Component::Rtcp, rtcp_of(CALLER), &buffer[..len]);
    let expected = Verdict::Forward {
        leg: Leg::B,
        component: Component::Rtcp,
        destination: rtcp_of(CALLEE),
        len,
    };
    assert_eq!(verdict, expected);

    // 30 ms later the callee answers that report; it held it for 10 ms.
    call.now += Duration::from_millis(30);
    let block = ReportBlock {
        ssrc: 0xa000,
        fraction_lost: 26,
        cumulative_lost: 5,
        jitter: 17,
        last_sender_report: 0x5678_9abc,
        delay_since_last_sender_report: 655,
        ..ReportBlock::default()
    };
    let foreign = ReportBlock {
        ssrc: 0xbad,
        fraction_lost: 255,
        jitter: 999,
        ..block
    };
    let mut writer = RtcpWriter::new(&mut buffer);
    writer.receiver_report(0xa001, &[foreign, block]).unwrap();
    let len = writer.len();
    let _ = call.receive(Leg::B, Component::Rtcp, rtcp_of(CALLEE), &buffer[..len]);

    let (a, b) = (call.statistics(Leg::A), call.statistics(Leg::B));
    let sent = a.reported.sent.unwrap();
    assert_eq!((sent.packets, sent.octets), (50, 8000));
    assert_eq!((a.received_rtcp.packets, b.sent_rtcp.packets), (1, 1));
    assert_eq!((b.received_rtcp.packets, a.sent_rtcp.packets), (1, 1));
    assert_eq!(
        b.reported.reports, 1,
        "the block about somebody else is not counted"
    );
    assert_eq!(
        (b.reported.fraction_lost, b.reported.cumulative_lost),
        (26, 5)
    );
    assert_eq!(b.reported.jitter_in_ticks, 17);
    let round_trip = b.reported.round_trip().unwrap();
    assert_eq!(round_trip.as_millis(), 20);
    // Own measurement knows nothing of it.
    assert_eq!((a.received.lost(), a.received.jitter_in_ticks()), (0, 0));

    // No loss, and 70 ms from mouth to ear: half of the round trip, and what telephones add.
    let statistics = call.session.statistics(call.now);
    for leg in Leg::BOTH {
        let rating = EModel::G711.rate_session(&statistics, leg).unwrap();
        assert!((rating.r() - (93.2 - 70.0 * 0.024)).abs() < 0.01);
    }
}

#[test]
fn a_peer_that_multiplexes_has_one_port() {
    let mut call = Call::with(|config| {
        config.legs[0].remote = Some(RemoteMedia::multiplexed(CALLER));
    });
    let report = [0x80, 201, 0, 1, 0, 0, 0, 1];
    let verdict = call.receive(Leg::A, Component::Rtp, CALLER, &report);
    let to_b = Verdict::Forward {
        leg: Leg::B,
        component: Component::Rtcp,
        destination: rtcp_of(CALLEE),
        len: 8,
    };
    assert_eq!(verdict, to_b);
    let verdict = call.receive(Leg::B, Component::Rtcp, rtcp_of(CALLEE), &report);
    let to_a = Verdict::Forward {
        leg: Leg::A,
        component: Component::Rtp,
        destination: CALLER,
        len: 8,
    };
    assert_eq!(verdict, to_a);
    assert_eq!(call.talk(Leg::A), to(Leg::B));
}

#[test]
fn a_learned_source_gets_the_media() {
    let natted = v4([192, 0, 2, 9], 61_234);
    let mut call = Call::with(|config| {
        config.legs[0].latch = LatchMode::Learn(Learn {
            origin: Origin::SignalledAddress,
            ..Learn::default()
        });
    });
    for number in 1..=2 {
        let packet = Call::rtp(Leg::A, number);
        let verdict = call.receive(Leg::A, Component::Rtp, natted, &packet);
        assert_eq!(verdict, Verdict::Drop(DropReason::Probation));
    }
    assert_eq!(call.talk(Leg::B), to(Leg::A));
    let packet = Call::rtp(Leg::A, 3);
    assert_eq!(
        call.receive(Leg::A, Component::Rtp, natted, &packet),
        to(Leg::B)
    );
    let expected = Verdict::Forward {
        leg: Leg::A,
        component: Component::Rtp,
        destination: natted,
        len: 172,
    };
    assert_eq!(call.talk(Leg::B), expected);
    // Nobody moves it but signalling.
    call.now += Learn::default().window;
    for number in 4..50 {
        let packet = Call::rtp(Leg::A, number);
        let verdict = call.receive(Leg::A, Component::Rtp, CALLER, &packet);
        assert_eq!(verdict, Verdict::Drop(DropReason::WrongPort));
    }
    assert_eq!(call.talk(Leg::B), expected);
    call.session.relatch(call.now, Leg::A);
    assert_eq!(
        call.receive(Leg::A, Component::Rtp, CALLER, &packet),
        to(Leg::B)
    );
    assert_eq!(call.talk(Leg::B), to(Leg::A));
}

/// A caller who waits for the answer with its media.
#[test]
fn a_caller_is_learned_however_long_it_rings() {
    let natted = v4([192, 0, 2, 9], 61_234);
    let mut call = Call::with(|config| {
        config.legs[0].latch = LatchMode::Learn(Learn::default());
        config.legs[1].remote = None;
    });
    call.now += Duration::from_secs(40);
    call.session
        .set_remote(call.now, Leg::B, RemoteMedia::new(CALLEE));
    for number in 1..=3 {
        let packet = Call::rtp(Leg::A, number);
        let _ = call.receive(Leg::A, Component::Rtp, natted, &packet);
    }
    assert_eq!(
        call.session.latch(Leg::A).source(Component::Rtp),
        Some(natted)
    );
}

/// Or the one event that tells of strangers would be spent on a peer that has moved.
#[test]
fn packets_under_way_at_a_move_are_no_stranger() {
    let mut call = Call::new();
    let _ = call.talk(Leg::A);
    let moved = v4([192, 0, 2, 9], 50_000);
    call.session
        .set_remote(call.now, Leg::A, RemoteMedia::new(moved));
    assert_eq!(call.talk(Leg::A), Verdict::Drop(DropReason::WrongPort));
    assert_eq!(call.events(), []);
    let stranger = v4([198, 51, 100, 66], 40_000);
    let packet = Call::rtp(Leg::A, 1);
    let _ = call.receive(Leg::A, Component::Rtp, stranger, &packet);
    assert!(matches!(
        call.events()[..],
        [Event::SourceRejected { source, .. }] if source == stranger
    ));
}

#[test]
fn events_that_nobody_fetched_give_way_to_newer_ones() {
    let mut call = Call::with(|config| config.media_timeout = Some(Duration::from_secs(1)));
    let _ = call.talk(Leg::A);
    call.now += Duration::from_secs(10);
    call.session.handle_timeout(call.now);
    let _ = call.talk(Leg::A);
    assert!(call.session.has_event());
    let latched = Event::Latched {
        leg: Leg::A,
        component: Component::Rtp,
        source: CALLER,
    };
    let expected = [
        latched,
        Event::Resumed { leg: Leg::A },
        Event::TimedOut { leg: Leg::B },
    ];
    assert_eq!(call.events(), expected);
    assert!(!call.session.has_event());
}

#[test]
fn unsent_packets_are_counted() {
    let mut call = Call::new();
    let _ = call.talk(Leg::A);
    call.session.handle_unsent(Leg::B);
    assert_eq!(call.statistics(Leg::B).unsent, 1);
}

fn source() -> impl Strategy<Value = SocketAddr> {
    prop_oneof![
        Just(CALLER),
        Just(CALLEE),
        Just(rtcp_of(CALLER)),
        Just(rtcp_of(CALLEE)),
        Just(v4([198, 51, 100, 66], 1)),
        Just(v4([192, 0, 2, 9], 9)),
    ]
}

fn packet() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => (any::<u16>(), 0u8..3).prop_map(|(number, ssrc)| {
            let mut packet = Call::rtp(Leg::A, 0);
            packet[2..4].copy_from_slice(&number.to_be_bytes());
            packet[11] = ssrc;
            packet
        }),
        2 => (192u8..=223, proptest::collection::vec(any::<u8>(), 0..60)).prop_map(|(kind, mut body)| {
            body.truncate(body.len() / 4 * 4);
            let mut packet = std::vec![0x81, kind, 0, u8::try_from(body.len() / 4).unwrap()];
            packet.extend(body);
            packet
        }),
        1 => proptest::collection::vec(any::<u8>(), 0..80),
    ]
}

proptest! {
    /// Whatever comes, in whatever order: nothing panics, every packet is forwarded or counted,
    /// and a strict leg never sends anywhere but to the signalled peer.
    #[test]
    fn every_packet_is_forwarded_or_counted(
        steps in proptest::collection::vec((any::<[bool; 3]>(), 0u64..5000, source(), packet()), 0..200),
    ) {
        let mut call = Call::with(|config| config.media_timeout = Some(Duration::from_secs(2)));
        let mut forwarded = 0;
        let total = steps.len() as u64;
        for ([a, rtp, timer], millis, source, packet) in steps {
            let leg = if a { Leg::A } else { Leg::B };
            let component = if rtp { Component::Rtp } else { Component::Rtcp };
            call.now += Duration::from_millis(millis);
            if timer {
                call.session.handle_timeout(call.now);
                prop_assert!(call.session.poll_timeout().is_none_or(|next| next > call.now));
                while call.session.poll_event().is_some() {}
            }
            if let Verdict::Forward { leg: to, component, destination, len } =
                call.receive(leg, component, source, &packet)
            {
                forwarded += 1;
                prop_assert_eq!(len, packet.len());
                prop_assert_eq!(to, leg.other());
                let expected = RemoteMedia::new(peer(to)).component(component);
                prop_assert_eq!(destination, expected);
            }
        }
        let statistics = call.session.statistics(call.now);
        let dropped: u64 = statistics.legs.iter().map(|leg| leg.dropped.total()).sum();
        prop_assert_eq!(dropped + forwarded, total);
    }
}
