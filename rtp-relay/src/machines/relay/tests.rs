use super::*;
use crate::machines::{LegConfig, PortRange};
use crate::wire::RtpHeader;
use std::collections::HashSet;
extern crate std;

const PBX: InterfaceId = InterfaceId(0);
const TRUNK: InterfaceId = InterfaceId(1);
const NOW: Instant = Instant::from_secs(10);

fn relay(pairs: u16, max_sessions: usize) -> Relay {
    let ports = PortRange::new(30_000, 30_000 + 2 * pairs - 1).unwrap();
    let mut trunk = Interface::new([203, 0, 113, 1].into(), ports);
    trunk.allow = vec!["213.148.136.0/23".parse().unwrap()];
    let interfaces = vec![Interface::new([10, 0, 0, 1].into(), ports), trunk];
    Relay::new(RelayConfig::new(interfaces, max_sessions, [3; 32]))
}

fn peer(number: u16, leg: Leg) -> SocketAddr {
    match leg {
        Leg::A => ([10, 0, 9, 9], 40_000 + 4 * number).into(),
        Leg::B => ([213, 148, 136, 7], 20_000 + 4 * number).into(),
    }
}

fn call(relay: &mut Relay, number: u16) -> Key {
    let config = SessionConfig {
        legs: Leg::BOTH.map(|leg| LegConfig {
            remote: Some(RemoteMedia::new(peer(number, leg))),
            ..LegConfig::default()
        }),
        media_timeout: Some(Duration::from_secs(60)),
    };
    let legs = [
        relay.reserve(NOW, PBX).unwrap(),
        relay.reserve(NOW, TRUNK).unwrap(),
    ];
    relay.create(NOW, config, legs).unwrap()
}

fn packet() -> [u8; 172] {
    let mut packet = [0; 172];
    RtpHeader::default().write(&[0; 160], &mut packet).unwrap();
    packet
}

fn receive(relay: &mut Relay, session: Key, leg: Leg, source: SocketAddr) -> RelayVerdict {
    let port = PortId::new(session, leg, Component::Rtp);
    relay.handle_packet(NOW, port, source, &mut packet())
}

#[test]
fn packets_find_their_session() {
    let mut relay = relay(100, 100);
    let calls: Vec<_> = (0..100).map(|number| call(&mut relay, number)).collect();
    let mut ports = HashSet::new();
    for (number, &session) in (0..).zip(&calls) {
        for leg in Leg::BOTH {
            let addresses = relay.addresses(session, leg).unwrap();
            assert_eq!(addresses.rtp.port() % 2, 0);
            assert_eq!(addresses.rtcp.port(), addresses.rtp.port() + 1);
            assert!(ports.insert(addresses.rtp));
            let verdict = receive(&mut relay, session, leg, peer(number, leg));
            let forward = RelayVerdict::Forward {
                port: PortId::new(session, leg.other(), Component::Rtp),
                destination: peer(number, leg.other()),
                len: 172,
            };
            assert_eq!(verdict, forward);
        }
    }
    let totals = relay.totals();
    assert_eq!((totals.sessions, totals.created), (100, 100));
    assert_eq!(
        totals.forwarded,
        Traffic {
            packets: 200,
            octets: 200 * 172
        }
    );
    assert_eq!(relay.sessions().count(), 100);
}

#[test]
fn removing_returns_the_statistics_and_the_ports() {
    let mut relay = relay(1, 1);
    let session = call(&mut relay, 1);
    let _ = receive(&mut relay, session, Leg::A, peer(1, Leg::A));
    let later = NOW + Duration::from_secs(5);
    let statistics = relay.remove(later, session).unwrap();
    assert_eq!(statistics.leg(Leg::A).received.packets(), 1);
    assert_eq!(statistics.leg(Leg::B).sent.packets, 1);
    assert_eq!(statistics.age, Duration::from_secs(5));
    assert_eq!(relay.remove(later, session), Err(UnknownSession));
    assert_eq!(relay.statistics(later, session), Err(UnknownSession));
    assert_eq!(
        relay.set_direction(later, session, Leg::A, Direction::Inactive),
        Err(UnknownSession)
    );
    // Late packets reach nobody, and the ports rest.
    let verdict = receive(&mut relay, session, Leg::A, peer(1, Leg::A));
    assert_eq!(verdict, RelayVerdict::Drop(DropReason::UnknownSession));
    let exhausted = ReserveError::PortsExhausted(PortsExhausted);
    assert_eq!(relay.reserve(later, PBX).unwrap_err(), exhausted);
    let rested = later + Duration::from_secs(60);
    let reservation = relay.reserve(rested, PBX).unwrap();
    relay.cancel(reservation);
    assert_eq!(relay.poll_timeout(), None);
}

#[test]
fn limits_are_errors_and_running_calls_do_not_notice() {
    let mut relay = relay(3, 2);
    let first = call(&mut relay, 1);
    call(&mut relay, 2);
    for _ in 0..5 {
        let legs = [
            relay.reserve(NOW, PBX).unwrap(),
            relay.reserve(NOW, TRUNK).unwrap(),
        ];
        let refused = relay.create(NOW, SessionConfig::default(), legs);
        assert_eq!(
            refused,
            Err(CreateError::SessionsExhausted),
            "and the ports came back"
        );
    }
    let taken = relay.reserve(NOW, PBX).unwrap();
    relay.reject(NOW, taken);
    assert!(matches!(
        relay.reserve(NOW, PBX),
        Err(ReserveError::PortsExhausted(_))
    ));
    assert_eq!(
        relay.reserve(NOW, InterfaceId(2)).unwrap_err(),
        ReserveError::UnknownInterface
    );
    assert_eq!(relay.totals().refused, 6);
    let verdict = receive(&mut relay, first, Leg::A, peer(1, Leg::A));
    assert!(matches!(verdict, RelayVerdict::Forward { .. }));
}

/// P000-11.
#[test]
fn each_interface_has_its_access_list() {
    let mut relay = relay(10, 10);
    let session = call(&mut relay, 1);
    let outside = ([213, 148, 138, 1], 20_000).into();
    relay
        .set_remote(NOW, session, Leg::A, RemoteMedia::new(outside))
        .unwrap();
    relay
        .set_remote(NOW, session, Leg::B, RemoteMedia::new(outside))
        .unwrap();
    let on_pbx = receive(&mut relay, session, Leg::A, outside);
    assert!(matches!(on_pbx, RelayVerdict::Forward { .. }));
    let on_trunk = receive(&mut relay, session, Leg::B, outside);
    assert_eq!(on_trunk, RelayVerdict::Drop(DropReason::AccessDenied));
    assert_eq!(relay.totals().dropped.get(DropReason::AccessDenied), 1);
}

#[test]
fn events_and_time_outs_name_their_session() {
    let mut relay = relay(10, 10);
    let first = call(&mut relay, 1);
    let second = call(&mut relay, 2);
    assert_eq!(relay.poll_event(), None);
    let _ = receive(&mut relay, second, Leg::A, peer(2, Leg::A));
    assert!(relay.has_event());
    let latched = Event::Latched {
        leg: Leg::A,
        component: Component::Rtp,
        source: peer(2, Leg::A),
    };
    assert_eq!(relay.poll_event(), Some((second, latched)));
    assert_eq!(relay.poll_event(), None);
    assert!(!relay.has_event());

    let timeout = NOW + Duration::from_secs(60);
    assert_eq!(relay.poll_timeout(), Some(timeout));
    relay.handle_timeout(NOW);
    assert_eq!(relay.poll_event(), None);
    relay.handle_timeout(timeout);
    let events: Vec<_> = core::iter::from_fn(|| relay.poll_event()).collect();
    assert_eq!(events.len(), 4);
    assert_eq!(relay.poll_timeout(), None);
    // A peer that talks again is watched again.
    let port = PortId::new(first, Leg::A, Component::Rtp);
    let later = timeout + Duration::from_secs(7);
    let _ = relay.handle_packet(later, port, peer(1, Leg::A), &mut packet());
    assert_eq!(relay.poll_timeout(), Some(later + Duration::from_secs(60)));
    relay.handle_unsent(port);
    assert_eq!(relay.totals().unsent, 1);
}

#[test]
fn events_of_sessions_that_are_gone_do_not_pile_up() {
    let mut relay = relay(300, 1);
    for number in 0..200 {
        let session = call(&mut relay, number);
        let _ = receive(&mut relay, session, Leg::A, peer(number, Leg::A));
        relay.remove(NOW, session).unwrap();
    }
    assert_eq!(relay.with_events.len(), 1);
    assert_eq!(relay.poll_event(), None);
}

#[test]
fn ports_depend_on_the_seed() {
    let choose = |seed| {
        let interface = Interface::new([10, 0, 0, 1].into(), PortRange::MEDIA);
        let mut relay = Relay::new(RelayConfig::new(vec![interface], 10, [seed; 32]));
        let reservation = relay.reserve(NOW, PBX).unwrap();
        reservation.addresses().rtp.port()
    };
    assert_eq!(choose(1), choose(1));
    assert_ne!(choose(1), choose(2));
}
