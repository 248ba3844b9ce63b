//! The driver on real sockets. Every test has a loopback address of its own, so that they do not
//! take each other's ports.
#![cfg(target_os = "linux")]

use core::future::Future;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::num::NonZeroUsize;
use core::time::Duration;
use std::collections::HashSet;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use trunkline_rtp_relay::tokio::{
    Allocated, DriverConfig, RelayError, RelayHandle, SessionEvent, SpawnError,
};
use trunkline_rtp_relay::{
    Direction, DropReason, Event, Interface, InterfaceId, LatchMode, Learn, Leg, LegConfig,
    LegUpdate, PortRange, RelayConfig, RemoteMedia, SessionConfig, SessionStatistics,
};
use trunkline_rtp_relay::{Rtcp, RtcpPacket, RtcpWriter, Rtp, RtpHeader, SenderInfo};

const BOTH: [InterfaceId; 2] = [InterfaceId(0), InterfaceId(1)];

/// Far longer than anything takes; only a failing test waits that long.
async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .expect("it should not take that long")
}

/// A local address for the PBX side; the trunk side is the one above.
fn address(test: u8) -> IpAddr {
    Ipv4Addr::new(127, 83, test, 1).into()
}

fn config(test: u8, pairs: u16) -> DriverConfig {
    let ports = PortRange::new(30_000, 30_000 + 2 * pairs - 1).unwrap();
    let trunk = Ipv4Addr::new(127, 83, test, 2).into();
    let mut interfaces = vec![
        Interface::new(address(test), ports),
        Interface::new(trunk, ports),
    ];
    for interface in &mut interfaces {
        interface.quarantine = Duration::ZERO;
    }
    DriverConfig::new(RelayConfig::new(interfaces, 100, [test; 32]))
}

/// A telephone without a conscience: it sends what it is told and counts what it hears.
struct Phone {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    next: u16,
    ssrc: u32,
}

impl Phone {
    async fn new(ssrc: u32) -> Self {
        Self::at(IpAddr::V4(Ipv4Addr::LOCALHOST), ssrc).await
    }

    async fn at(ip: IpAddr, ssrc: u32) -> Self {
        Self {
            rtp: UdpSocket::bind((ip, 0)).await.unwrap(),
            rtcp: UdpSocket::bind((ip, 0)).await.unwrap(),
            next: 1,
            ssrc,
        }
    }

    fn media(&self) -> RemoteMedia {
        let rtp = self.rtp.local_addr().unwrap();
        RemoteMedia::with_rtcp(rtp, self.rtcp.local_addr().unwrap())
    }

    async fn say(&mut self, to: SocketAddr) {
        let header = RtpHeader {
            payload_type: 8,
            sequence_number: self.next,
            timestamp: u32::from(self.next) * 160,
            ssrc: self.ssrc,
            ..RtpHeader::default()
        };
        self.next += 1;
        let mut packet = [0; 172];
        let payload = [self.next.to_le_bytes()[0]; 160];
        let len = header.write(&payload, &mut packet).unwrap();
        self.rtp.send_to(&packet[..len], to).await.unwrap();
    }

    /// The next packet heard: where from, of whom and which.
    async fn hear(&self) -> (SocketAddr, u32, u16) {
        let mut buffer = [0; 2048];
        let (len, source) = soon(self.rtp.recv_from(&mut buffer)).await.unwrap();
        let rtp = Rtp::parse(&buffer[..len]).unwrap();
        assert_eq!(rtp.payload_len(), 160);
        (source, rtp.ssrc(), rtp.sequence_number())
    }

    /// One packet to the other phone, which must be the next that it hears.
    async fn reaches(&mut self, through: SocketAddr, other: &Self, from: SocketAddr) {
        let expected = (from, self.ssrc, self.next);
        self.say(through).await;
        assert_eq!(other.hear().await, expected);
    }
}

/// A call whose two phones are known, as after the answer.
async fn call(relay: &RelayHandle, a: &Phone, b: &Phone) -> Allocated {
    let mut config = SessionConfig::default();
    config.legs[0].remote = Some(a.media());
    let call = relay.create(BOTH, config).await.unwrap();
    assert!(
        relay
            .set_remote(call.session, Leg::B, b.media())
            .await
            .unwrap()
    );
    call
}

/// Asks for the statistics until they are as expected.
async fn until(
    relay: &RelayHandle,
    call: &Allocated,
    expected: impl Fn(&SessionStatistics) -> bool,
) {
    let asking = async { while !expected(&relay.statistics(call.session).await.unwrap()) {} };
    soon(asking).await;
}

async fn next_event(events: &mut mpsc::Receiver<SessionEvent>) -> SessionEvent {
    soon(events.recv()).await.expect("the driver runs")
}

/// F002-127.
#[tokio::test]
async fn two_phones_talk_and_every_packet_arrives() {
    let (relay, _events) = RelayHandle::spawn(config(1, 4)).unwrap();
    let (mut a, mut b) = (Phone::new(0xa).await, Phone::new(0xb).await);
    let call = call(&relay, &a, &b).await;
    let (leg_a, leg_b) = (call.leg(Leg::A), call.leg(Leg::B));
    assert_eq!(leg_a.rtp.ip(), address(1));
    assert_ne!(leg_b.rtp.ip(), address(1));
    // No more at once than a socket's buffer holds.
    for _ in 0..10 {
        for _ in 0..50 {
            a.say(leg_a.rtp).await;
            b.say(leg_b.rtp).await;
        }
        for number in a.next - 50..a.next {
            assert_eq!(b.hear().await, (leg_b.rtp, 0xa, number));
            assert_eq!(a.hear().await, (leg_a.rtp, 0xb, number));
        }
    }
    let statistics = relay.remove(call.session).await.unwrap();
    for leg in Leg::BOTH {
        let leg = statistics.leg(leg);
        assert_eq!((leg.received.packets(), leg.sent.packets), (500, 500));
        assert_eq!((leg.received.expected(), leg.received.lost()), (500, 0));
        assert_eq!((leg.dropped.total(), leg.unsent), (0, 0));
    }
    assert_eq!(
        relay.remove(call.session).await,
        Err(RelayError::UnknownSession)
    );
    let totals = relay.totals().await.unwrap();
    assert_eq!(
        (totals.sessions, totals.created, totals.forwarded.packets),
        (0, 1, 1000)
    );
}

#[tokio::test]
async fn rtcp_crosses_on_the_odd_ports() {
    let (relay, _events) = RelayHandle::spawn(config(2, 4)).unwrap();
    let (a, b) = (Phone::new(0xa).await, Phone::new(0xb).await);
    let call = call(&relay, &a, &b).await;
    let mut buffer = [0; 200];
    let mut writer = RtcpWriter::new(&mut buffer);
    let sender = SenderInfo {
        packet_count: 7,
        ..SenderInfo::default()
    };
    writer.sender_report(0xa, &sender, &[]).unwrap();
    writer.source_description(0xa, b"a@example").unwrap();
    let len = writer.len();
    a.rtcp
        .send_to(&buffer[..len], call.leg(Leg::A).rtcp)
        .await
        .unwrap();
    let mut heard = [0; 200];
    let (heard_len, source) = soon(b.rtcp.recv_from(&mut heard)).await.unwrap();
    assert_eq!(source, call.leg(Leg::B).rtcp);
    assert_eq!(heard[..heard_len], buffer[..len]);
    let rtcp = Rtcp::parse(&heard[..heard_len]).unwrap();
    assert!(matches!(
        rtcp.packets().next(),
        Some(Ok(RtcpPacket::SenderReport(_)))
    ));
    let statistics = relay.statistics(call.session).await.unwrap();
    assert_eq!(statistics.leg(Leg::A).reported.sent.unwrap().packets, 7);
    assert_eq!(statistics.leg(Leg::B).sent_rtcp.packets, 1);
}

#[tokio::test]
async fn strangers_are_dropped_counted_and_told() {
    let (relay, mut events) = RelayHandle::spawn(config(3, 4)).unwrap();
    let (mut a, b) = (Phone::new(0xa).await, Phone::new(0xb).await);
    let call = call(&relay, &a, &b).await;
    let (leg_a, leg_b) = (call.leg(Leg::A), call.leg(Leg::B));
    a.reaches(leg_a.rtp, &b, leg_b.rtp).await;
    // One on the host of the phone, one on another; both know the SSRC.
    let mut same_host = Phone::new(0xa).await;
    let mut other_host = Phone::at(Ipv4Addr::new(127, 83, 3, 66).into(), 0xa).await;
    for _ in 0..20 {
        same_host.say(leg_a.rtp).await;
        other_host.say(leg_a.rtp).await;
        other_host.rtp.send_to(b"garbage", leg_a.rtp).await.unwrap();
        other_host.rtp.send_to(b"", leg_a.rtp).await.unwrap();
    }
    // They came before this one, and it is the next that arrives.
    a.reaches(leg_a.rtp, &b, leg_b.rtp).await;
    let statistics = relay.statistics(call.session).await.unwrap();
    let seen = statistics.leg(Leg::A);
    assert_eq!(seen.dropped.get(DropReason::WrongPort), 20);
    assert_eq!(seen.dropped.get(DropReason::WrongAddress), 60);
    assert_eq!((seen.received.packets(), seen.received.lost()), (2, 0));
    let latched = next_event(&mut events).await;
    assert_eq!(latched.session, call.session);
    assert!(
        matches!(latched.event, Event::Latched { leg: Leg::A, source, .. } if source == a.media().rtp)
    );
    let rejected = next_event(&mut events).await;
    assert!(matches!(
        rejected.event,
        Event::SourceRejected { leg: Leg::A, source, .. } if source == same_host.media().rtp
    ));
}

#[tokio::test]
async fn an_exhausted_range_is_an_error_and_calls_go_on() {
    let (relay, _events) = RelayHandle::spawn(config(4, 2)).unwrap();
    let (mut a, mut b) = (Phone::new(0xa).await, Phone::new(0xb).await);
    let first = call(&relay, &a, &b).await;
    let second = relay.create(BOTH, SessionConfig::default()).await.unwrap();
    let refused = relay
        .create(BOTH, SessionConfig::default())
        .await
        .unwrap_err();
    assert_eq!(refused, RelayError::PortsExhausted);
    assert!(refused.is_capacity());
    a.reaches(first.leg(Leg::A).rtp, &b, first.leg(Leg::B).rtp)
        .await;
    b.reaches(first.leg(Leg::B).rtp, &a, first.leg(Leg::A).rtp)
        .await;
    relay.remove(second.session).await.unwrap();
    let again = relay.create(BOTH, SessionConfig::default()).await.unwrap();
    assert_eq!(again.legs, second.legs);
    assert_ne!(again.session, second.session);
    assert_eq!(
        relay.statistics(second.session).await,
        Err(RelayError::UnknownSession)
    );
}

#[tokio::test]
async fn sessions_have_a_limit_of_their_own() {
    let mut config = config(5, 10);
    config.relay.max_sessions = 1;
    let (relay, _events) = RelayHandle::spawn(config).unwrap();
    relay.create(BOTH, SessionConfig::default()).await.unwrap();
    let refused = relay.create(BOTH, SessionConfig::default()).await;
    assert_eq!(refused, Err(RelayError::SessionsExhausted));
}

#[tokio::test]
async fn ports_of_others_are_passed_over() {
    let (relay, _events) = RelayHandle::spawn(config(6, 4)).unwrap();
    // One has an RTP port of the four pairs, one an RTCP port of another.
    let _rtp = UdpSocket::bind((address(6), 30_002)).await.unwrap();
    let _rtcp = UdpSocket::bind((address(6), 30_005)).await.unwrap();
    let mut ports = HashSet::new();
    for _ in 0..2 {
        let call = relay.create(BOTH, SessionConfig::default()).await.unwrap();
        ports.insert(call.leg(Leg::A).rtp.port());
    }
    assert_eq!(ports, HashSet::from([30_000, 30_006]));
    let refused = relay.create(BOTH, SessionConfig::default()).await;
    assert_eq!(refused, Err(RelayError::PortsExhausted));
}

#[tokio::test]
async fn an_address_of_another_host_is_told_as_such() {
    let mut config = config(7, 4);
    config.relay.interfaces[1].address = [192, 0, 2, 1].into();
    let (relay, _events) = RelayHandle::spawn(config).unwrap();
    let refused = relay
        .create(BOTH, SessionConfig::default())
        .await
        .unwrap_err();
    assert_eq!(
        refused,
        RelayError::Bind(std::io::ErrorKind::AddrNotAvailable)
    );
    assert!(!refused.is_capacity());
    let both_pbx = [InterfaceId(0), InterfaceId(0)];
    for _ in 0..2 {
        relay
            .create(both_pbx, SessionConfig::default())
            .await
            .unwrap();
    }
    let unknown = relay
        .create([InterfaceId(0), InterfaceId(9)], SessionConfig::default())
        .await;
    assert_eq!(
        unknown,
        Err(RelayError::PortsExhausted),
        "leg A comes first"
    );
    let unknown = relay
        .create([InterfaceId(9); 2], SessionConfig::default())
        .await;
    assert_eq!(unknown, Err(RelayError::UnknownInterface));
}

#[tokio::test]
async fn hold_and_silence_on_real_sockets() {
    let (relay, mut events) = RelayHandle::spawn(config(8, 4)).unwrap();
    let (mut a, b) = (Phone::new(0xa).await, Phone::new(0xb).await);
    let call = call(&relay, &a, &b).await;
    let (leg_a, leg_b) = (call.leg(Leg::A), call.leg(Leg::B));
    a.reaches(leg_a.rtp, &b, leg_b.rtp).await;
    assert!(matches!(
        next_event(&mut events).await.event,
        Event::Latched { .. }
    ));

    relay
        .set_direction(call.session, Leg::B, Direction::SendOnly)
        .await
        .unwrap();
    a.say(leg_a.rtp).await;
    let timeout = Some(Duration::from_millis(50));
    relay
        .set_media_timeout(call.session, timeout)
        .await
        .unwrap();
    // While one holds, nobody times out. The packet said on hold must be counted first.
    until(&relay, &call, |statistics| {
        statistics.leg(Leg::A).dropped.get(DropReason::OnHold) == 1
    })
    .await;
    assert!(events.try_recv().is_err());

    relay
        .set_direction(call.session, Leg::B, Direction::SendReceive)
        .await
        .unwrap();
    let mut silent = HashSet::new();
    while silent.len() < 2 {
        match next_event(&mut events).await.event {
            Event::TimedOut { leg } => assert!(silent.insert(leg.index())),
            other => panic!("{other:?}"),
        }
    }
    a.reaches(leg_a.rtp, &b, leg_b.rtp).await;
    let event = next_event(&mut events).await;
    assert_eq!(event.event, Event::Resumed { leg: Leg::A });
}

/// Offer and answer in one command each, and the callee's move between two packets.
#[tokio::test]
async fn one_command_configures_both_legs() {
    let mut config = config(17, 4);
    config.connect_sockets = true;
    // P000-21: marking is off.
    config.dscp.clear();
    let (relay, _events) = RelayHandle::spawn(config).unwrap();
    let (mut a, mut b) = (Phone::new(0xa).await, Phone::new(0xb).await);
    let call = relay.create(BOTH, SessionConfig::default()).await.unwrap();
    let (leg_a, leg_b) = (call.leg(Leg::A), call.leg(Leg::B));
    let at = |phone: &Phone| {
        Some(LegUpdate {
            remote: Some(phone.media()),
            ..LegUpdate::default()
        })
    };
    let moved = relay.configure(call.session, [at(&a), at(&b)]).await;
    assert_eq!(moved, Ok([true, true]));
    for _ in 0..5 {
        a.reaches(leg_a.rtp, &b, leg_b.rtp).await;
        b.reaches(leg_b.rtp, &a, leg_a.rtp).await;
    }
    let mut other = Phone::new(0xc).await;
    let moved = relay.configure(call.session, [at(&a), at(&other)]).await;
    assert_eq!(moved, Ok([false, true]));
    for _ in 0..5 {
        a.reaches(leg_a.rtp, &other, leg_b.rtp).await;
        other.reaches(leg_b.rtp, &a, leg_a.rtp).await;
    }
    relay.remove(call.session).await.unwrap();
    assert_eq!(
        relay.configure(call.session, [None, None]).await,
        Err(RelayError::UnknownSession)
    );
}

#[tokio::test]
async fn connected_sockets_follow_signalling() {
    let mut config = config(9, 4);
    config.connect_sockets = true;
    let (relay, _events) = RelayHandle::spawn(config).unwrap();
    let (mut a, mut b) = (Phone::new(0xa).await, Phone::new(0xb).await);
    let call = call(&relay, &a, &b).await;
    let (leg_a, leg_b) = (call.leg(Leg::A), call.leg(Leg::B));
    for _ in 0..20 {
        a.reaches(leg_a.rtp, &b, leg_b.rtp).await;
        b.reaches(leg_b.rtp, &a, leg_a.rtp).await;
    }
    // The callee moves to another phone.
    let mut moved = Phone::new(0xc).await;
    assert!(
        relay
            .set_remote(call.session, Leg::B, moved.media())
            .await
            .unwrap()
    );
    for _ in 0..20 {
        a.reaches(leg_a.rtp, &moved, leg_b.rtp).await;
        moved.reaches(leg_b.rtp, &a, leg_a.rtp).await;
    }
    // A phone that is gone does no harm to the other direction.
    drop(moved);
    for _ in 0..20 {
        a.say(leg_a.rtp).await;
    }
    until(&relay, &call, |statistics| {
        statistics.leg(Leg::A).received.packets() == 60
    })
    .await;
    assert!(
        relay
            .set_remote(call.session, Leg::B, b.media())
            .await
            .unwrap()
    );
    a.reaches(leg_a.rtp, &b, leg_b.rtp).await;
    b.reaches(leg_b.rtp, &a, leg_a.rtp).await;
}

/// On a runtime of one thread the signalling has its turn while a flood is forwarded.
#[tokio::test]
async fn a_flood_leaves_other_tasks_their_turn() {
    const FLOOD: u32 = 200;
    let (relay, _events) = RelayHandle::spawn(config(30, 4)).unwrap();
    let (mut a, b) = (Phone::new(0xa).await, Phone::new(0xb).await);
    let call = call(&relay, &a, &b).await;
    for _ in 0..FLOOD {
        a.say(call.leg(Leg::A).rtp).await;
    }
    let mut buffer = [0; 2048];
    let (mut heard, mut turns) = (0, 0);
    let listening = async {
        while heard < FLOOD {
            let before = heard;
            while b.rtp.try_recv_from(&mut buffer).is_ok() {
                heard += 1;
            }
            turns += u32::from(heard != before);
            tokio::task::yield_now().await;
        }
    };
    soon(listening).await;
    assert!(turns > 5, "{turns}");
}

#[tokio::test]
async fn a_phone_behind_nat_is_learned() {
    let (relay, _events) = RelayHandle::spawn(config(10, 4)).unwrap();
    let (mut a, mut b) = (Phone::new(0xa).await, Phone::new(0xb).await);
    let mut session = SessionConfig::default();
    // It signals a port that its NAT does not use.
    let mut signalled = a.media();
    signalled.rtp.set_port(9);
    session.legs[0] = LegConfig {
        remote: Some(signalled),
        latch: LatchMode::Learn(Learn {
            probation: 3,
            ..Learn::default()
        }),
        ..LegConfig::default()
    };
    session.legs[1].remote = Some(b.media());
    let call = relay.create(BOTH, session).await.unwrap();
    for _ in 0..2 {
        a.say(call.leg(Leg::A).rtp).await;
    }
    a.reaches(call.leg(Leg::A).rtp, &b, call.leg(Leg::B).rtp)
        .await;
    b.reaches(call.leg(Leg::B).rtp, &a, call.leg(Leg::A).rtp)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_share_ports_and_calls() {
    let mut config = config(11, 8);
    config.workers = NonZeroUsize::new(4).unwrap();
    let (relay, _events) = RelayHandle::spawn(config).unwrap();
    let mut calls = Vec::new();
    for number in 0..8 {
        let (a, b) = (Phone::new(number).await, Phone::new(100 + number).await);
        let call = call(&relay, &a, &b).await;
        calls.push((a, b, call));
    }
    let refused = relay.create(BOTH, SessionConfig::default()).await;
    assert_eq!(refused, Err(RelayError::PortsExhausted));
    for _ in 0..10 {
        for (a, b, call) in &mut calls {
            a.reaches(call.leg(Leg::A).rtp, b, call.leg(Leg::B).rtp)
                .await;
            b.reaches(call.leg(Leg::B).rtp, a, call.leg(Leg::A).rtp)
                .await;
        }
    }
    let totals = relay.totals().await.unwrap();
    assert_eq!((totals.sessions, totals.forwarded.packets), (8, 160));
    for (_, _, call) in calls {
        let statistics = relay.remove(call.session).await.unwrap();
        assert_eq!(statistics.leg(Leg::B).sent.packets, 10);
    }
}

#[tokio::test]
async fn a_call_given_up_while_it_is_made_leaves_nothing() {
    let (relay, _events) = RelayHandle::spawn(config(12, 1)).unwrap();
    tokio::select! {
        biased;
        call = relay.create(BOTH, SessionConfig::default()) => panic!("{call:?}"),
        () = core::future::ready(()) => {}
    }
    let gone = async {
        loop {
            let totals = relay.totals().await.unwrap();
            if (totals.created, totals.sessions) == (1, 0) {
                break;
            }
        }
    };
    soon(gone).await;
    relay.create(BOTH, SessionConfig::default()).await.unwrap();
}

#[tokio::test]
async fn the_last_handle_ends_the_driver() {
    let (relay, mut events) = RelayHandle::spawn(config(13, 1)).unwrap();
    let call = relay.create(BOTH, SessionConfig::default()).await.unwrap();
    drop(relay);
    assert!(soon(events.recv()).await.is_none());
    // Its sockets are closed.
    UdpSocket::bind(call.leg(Leg::A).rtp).await.unwrap();
}

#[tokio::test]
async fn what_arrived_before_the_end_still_goes_on() {
    let (relay, _events) = RelayHandle::spawn(config(97, 4)).unwrap();
    for _ in 0..20 {
        let (mut a, b) = (Phone::new(0xa).await, Phone::new(0xb).await);
        let call = call(&relay, &a, &b).await;
        for _ in 0..30 {
            a.say(call.leg(Leg::A).rtp).await;
        }
        // Signalling is quicker than media.
        let statistics = relay.remove(call.session).await.unwrap();
        assert_eq!(statistics.leg(Leg::B).sent.packets, 30);
        for sequence_number in 1..=30 {
            assert_eq!(b.hear().await.2, sequence_number);
        }
    }
}

#[tokio::test]
async fn events_that_nobody_wants_do_no_harm() {
    let (relay, events) = RelayHandle::spawn(config(14, 4)).unwrap();
    drop(events);
    let (mut a, mut b) = (Phone::new(0xa).await, Phone::new(0xb).await);
    let call = call(&relay, &a, &b).await;
    a.reaches(call.leg(Leg::A).rtp, &b, call.leg(Leg::B).rtp)
        .await;
    b.reaches(call.leg(Leg::B).rtp, &a, call.leg(Leg::A).rtp)
        .await;
}

#[tokio::test]
async fn a_leg_may_be_ipv6() {
    let mut config = config(15, 4);
    config.relay.interfaces[1].address = Ipv6Addr::LOCALHOST.into();
    let (relay, _events) = RelayHandle::spawn(config).unwrap();
    let mut a = Phone::new(0xa).await;
    let Ok(_) = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).await else {
        // A host without IPv6 has nothing to show here.
        return;
    };
    let mut b = Phone::at(Ipv6Addr::LOCALHOST.into(), 0xb).await;
    let call = call(&relay, &a, &b).await;
    a.reaches(call.leg(Leg::A).rtp, &b, call.leg(Leg::B).rtp)
        .await;
    b.reaches(call.leg(Leg::B).rtp, &a, call.leg(Leg::A).rtp)
        .await;
}

#[test]
fn what_cannot_start_says_why() {
    assert_eq!(
        RelayHandle::spawn(config(16, 4)).unwrap_err(),
        SpawnError::NoRuntime
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut config = config(16, 4);
        config.workers = NonZeroUsize::new(5).unwrap();
        assert_eq!(
            RelayHandle::spawn(config).unwrap_err(),
            SpawnError::TooManyWorkers
        );
    });
}
