//! A session and its parts, and ports out of a range.

use core::hint::black_box;
use core::time::Duration;

use trunkline_rtp_relay::{
    Component, Direction, DropReason, Event, Latch, LatchMode, Learn, Leg, LegConfig, Origin,
    PayloadEntry, PayloadMap, PortRange, Ports, ReceptionStatistics, RemoteMedia, RtcpWriter, Rtp,
    RtpHeader, SenderInfo, Session, SessionConfig, SourceCheck, Verdict,
};
use trunkline_sans_io::Instant;

use crate::check::{Failed, check, some};

const CALLER: core::net::SocketAddr = core::net::SocketAddr::new(
    core::net::IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 9)),
    40_000,
);
const CALLEE: core::net::SocketAddr = core::net::SocketAddr::new(
    core::net::IpAddr::V4(core::net::Ipv4Addr::new(203, 0, 113, 5)),
    17_000,
);

pub fn run() -> Result<(), Failed> {
    ports()?;
    latch()?;
    reception()?;
    session()
}

fn ports() -> Result<(), Failed> {
    let range = some!(PortRange::new(black_box(30_000), 30_039));
    let mut now = Instant::ORIGIN;
    let rest = Duration::from_secs(30);
    let mut ports = some!(Ports::new(range, rest, [0_u64; 3]));
    let all = ports.available(now);
    let first = some!(ports.reserve(now, 0x5eed));
    let pair = ports.commit(first);
    let second = some!(ports.reserve(now, 1));
    ports.cancel(second);
    let third = some!(ports.reserve(now, 2));
    ports.reject(now, third);
    while let Ok(reservation) = ports.reserve(now, 3) {
        let _ = ports.commit(reservation);
    }
    check!(all == 20 && ports.available(now) == 0);
    check!(ports.release(now, pair) && !ports.release(now, pair));
    now += rest + rest;
    check!(ports.available(now) > 0);
    Ok(())
}

fn latch() -> Result<(), Failed> {
    let now = black_box(Instant::ORIGIN);
    let mode = LatchMode::Learn(Learn {
        probation: 2,
        origin: Origin::Anywhere,
        ..Learn::default()
    });
    let mut latch = Latch::new(mode);
    check!(latch.set_remote(now, RemoteMedia::new(CALLER)));
    check!(latch.check(Component::Rtp, CALLEE) == SourceCheck::Undecided);
    let first = latch.consider_rtp(now, CALLEE, 1, 1, |_| true);
    check!(first == Err(DropReason::Probation));
    check!(latch.consider_rtp(now, CALLEE, 1, 2, |_| true).is_ok());
    check!(latch.check(Component::Rtp, CALLEE) == SourceCheck::Accepted);
    check!(latch.destination(Component::Rtp) == Some(CALLEE));
    let mut stranger = CALLEE;
    stranger.set_port(7);
    check!(matches!(
        latch.check(Component::Rtp, stranger),
        SourceCheck::Refused(_)
    ));
    let mut rtcp = CALLEE;
    rtcp.set_port(9);
    check!(
        latch
            .consider_rtcp(now, Component::Rtcp, rtcp, |_| true)
            .is_ok()
    );
    latch.relatch(now);
    check!(latch.source(Component::Rtp).is_none());
    Ok(())
}

fn reception() -> Result<(), Failed> {
    let mut statistics = ReceptionStatistics::default();
    let clock = core::num::NonZeroU32::new(8_000);
    let mut buffer = [0; 172];
    for number in (0..100_u16).filter(|number| number % 10 != 3) {
        let header = RtpHeader {
            sequence_number: number.wrapping_sub(50),
            timestamp: u32::from(number) * 160,
            ..RtpHeader::default()
        };
        let len = some!(header.write(&[0xd5; 160], &mut buffer));
        let rtp = some!(Rtp::parse(some!(buffer.get(..len))));
        let at = Instant::from_millis(u64::from(number) * 20 + u64::from(number % 3));
        let _ = statistics.handle_packet(at, &rtp, clock);
    }
    check!(statistics.lost() == 10 && statistics.packets() == 90);
    check!(statistics.jitter() > Duration::ZERO && statistics.sources() == 1);
    check!(some!(statistics.report_block()).cumulative_lost == 10);
    Ok(())
}

fn session() -> Result<(), Failed> {
    let now = black_box(Instant::ORIGIN);
    let mut payloads = PayloadMap::EMPTY;
    let event = PayloadEntry {
        forward_as: 96,
        ..PayloadEntry::new(101)
    };
    check!(payloads.insert(event).is_ok());
    let leg_a = LegConfig {
        remote: Some(RemoteMedia::new(CALLER)),
        payloads,
        ..LegConfig::default()
    };
    let mut session = Session::new(
        now,
        SessionConfig {
            legs: [leg_a, LegConfig::default()],
            media_timeout: Some(Duration::from_secs(20)),
        },
    );
    check!(session.set_remote(now, Leg::B, RemoteMedia::new(CALLEE)));

    let mut packet = [0; 172];
    let header = RtpHeader {
        payload_type: 101,
        ..RtpHeader::default()
    };
    some!(header.write(&[0; 160], &mut packet));
    let verdict = session.handle_packet(now, Leg::A, Component::Rtp, CALLER, &mut packet);
    check!(matches!(
        verdict,
        Verdict::Forward {
            leg: Leg::B,
            destination: CALLEE,
            ..
        }
    ));
    check!(some!(Rtp::parse(&packet)).payload_type() == 96);

    let mut rtcp = [0; 128];
    let mut writer = RtcpWriter::new(&mut rtcp);
    let sender = SenderInfo {
        ntp_timestamp: 1,
        rtp_timestamp: 1,
        packet_count: 1,
        octet_count: 160,
    };
    check!(writer.sender_report(1, &sender, &[]).is_ok());
    let len = writer.len();
    let mut from = CALLER;
    from.set_port(CALLER.port() + 1);
    let report = some!(rtcp.get_mut(..len));
    let verdict = session.handle_packet(now, Leg::A, Component::Rtcp, from, report);
    check!(matches!(
        verdict,
        Verdict::Forward {
            component: Component::Rtcp,
            ..
        }
    ));

    let verdict =
        session.handle_packet_if(now, Leg::B, Component::Rtp, CALLER, &mut packet, |_| false);
    check!(matches!(verdict, Verdict::Drop(_)));
    check!(session.has_event());
    let mut rejected = false;
    while let Some(event) = session.poll_event() {
        rejected |= matches!(event, Event::SourceRejected { leg: Leg::B, .. });
    }
    check!(rejected);
    session.handle_unsent(Leg::B);
    session.handle_timeout(some!(session.poll_timeout()));
    check!(session.has_event());
    session.set_direction(now, Leg::A, Direction::Inactive);
    check!(session.poll_timeout().is_none());
    session.relatch(now, Leg::A);
    let statistics = session.statistics(now);
    check!(statistics.leg(Leg::A).received.packets() == 1);
    check!(statistics.leg(Leg::B).dropped.total() == 1);
    Ok(())
}
