//! Allocations in virtual time, over a network that loses, repeats and reorders.

mod turn_server;
mod turn_world;

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::VecDeque;

use trunkline_stun::sans_io::{FiveTuple, Slot, Transport};
use trunkline_stun::{
    AddressFamily, AuthenticationError, LongTermAuthentication, Method, PortRequest, Refusal,
    RelayRequest, SendError, TurnClient, TurnConfig, TurnEvent, TurnFailure,
};
use trunkline_testkit::{Dependence, Link, NatConfig, Strain};

use turn_world::{CLIENT, Client, OTHER, PEER, SERVER, World, bad, good, peer, stranger, udp};

#[test]
fn data_goes_there_and_back() {
    for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
        for channels in [true, false] {
            for offers in [true, false] {
                let config = TurnConfig {
                    channels,
                    ..TurnConfig::DEFAULT
                };
                let mut world = World::new(1, good(), Client::new(transport, config, b"secret"));
                world.server().offers = offers;
                assert!(matches!(world.start(), TurnEvent::Allocated(_)));
                let key = world.add(peer());
                for payload in [b"one".as_slice(), b"", b"three!"] {
                    world.send(key, payload).expect("permitted");
                }
                world.run(1);
                let relayed = world.client().allocated().expect("stands").relayed;
                let seen = |payloads: &[(SocketAddr, Vec<u8>)], from| {
                    let expected = [b"one".as_slice(), b"", b"three!"];
                    let expected = expected.map(|payload: &[u8]| (from, payload.to_vec()));
                    assert_eq!(payloads, expected, "{transport} {channels}");
                };
                seen(&world.peer().received, relayed);
                seen(&world.client().received, peer());
                let (by_channel, by_indication) =
                    (world.server().by_channel, world.server().by_indication);
                assert_eq!((by_channel == 3, by_indication == 3), (channels, !channels));
            }
        }
    }
}

#[test]
fn it_lasts_for_hours() {
    for seed in 0..8 {
        let config = TurnConfig {
            channels: seed % 2 == 0,
            ..TurnConfig::DEFAULT
        };
        let mut world = World::new(seed, bad(), udp(config));
        world.server().offers = seed % 3 == 0;
        // Each nonce is stale before it is used a second time.
        world.server().nonce_lifetime = Duration::from_secs(100);
        world.simulation.set_strain(Strain::HEAVY);
        assert!(matches!(world.start(), TurnEvent::Allocated(_)), "{seed}");
        let key = world.add(peer());
        for hour in 1..=4_u8 {
            world.run(3_600);
            world.client().received.clear();
            for _ in 0..20 {
                world.send(key, &[hour]).expect("permitted");
            }
            world.run(5);
            let came = world.client().received.len();
            assert!((5..40).contains(&came), "{seed}: {came} of 20 came back");
            assert!(matches!(
                world.client().last(),
                Some(TurnEvent::Permitted { .. } | TurnEvent::ChannelBound { .. })
            ));
        }
        let (refreshes, permissions, channels) = (
            world.server().count(Method::REFRESH),
            world.server().count(Method::CREATE_PERMISSION),
            world.server().count(Method::CHANNEL_BIND),
        );
        // Every 9 minutes, 4 minutes and 9 minutes, and again where the nonce is stale or a message is lost or
        // late.
        assert!((26..=80).contains(&refreshes), "{seed}: {refreshes}");
        assert!((50..=200).contains(&permissions), "{seed}: {permissions}");
        assert_eq!(channels > 0, config.channels);
        assert_eq!(world.server().violations, 0);
    }
}

#[test]
fn refreshes_follow_the_peers_in_use() {
    let mut world = World::new(1, good(), udp(TurnConfig::DEFAULT));
    world.start();
    let key = world.add(peer());
    world.run(3_600);
    let permissions = world.server().count(Method::CREATE_PERMISSION);
    let channels = world.server().count(Method::CHANNEL_BIND);
    assert!(permissions >= 7 && channels >= 6);
    assert!(world.client().machine.remove_peer(key));
    assert!(!world.client().machine.remove_peer(key));
    assert_eq!(world.send(key, b"hello"), Err(SendError::UnknownPeer));
    world.run(3_600);
    assert_eq!(world.server().count(Method::CREATE_PERMISSION), permissions);
    assert_eq!(world.server().count(Method::CHANNEL_BIND), channels);
    let now = world.simulation.now();
    assert_eq!(world.server().allocations(now), 1);
}

#[test]
fn a_server_that_was_restarted_knows_nothing() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let client = Client::new(transport, TurnConfig::DEFAULT, b"secret");
        let mut world = World::new(1, bad(), client);
        world.start();
        let key = world.add(peer());
        world.server().restart();
        world.run(700);
        let failure = TurnFailure::Refused(Refusal::AllocationMismatch);
        assert_eq!(world.client().last(), Some(TurnEvent::Failed(failure)));
        assert!(world.client().machine.is_done());
        assert_eq!(world.send(key, b"x"), Err(SendError::NotAllocated));
        assert_eq!(world.client().machine.poll_timeout(), None);
    }
}

#[test]
fn a_wrong_password_is_told() {
    for offers in [true, false] {
        let client = Client::new(Transport::Udp, TurnConfig::DEFAULT, b"guess");
        let mut world = World::new(1, good(), client);
        world.server().offers = offers;
        let failure = TurnFailure::Authentication(AuthenticationError::Rejected);
        assert_eq!(world.start(), TurnEvent::Failed(failure));
        assert_eq!(world.server().count(Method::ALLOCATE), 2);
    }
}

#[test]
fn refusals_are_told() {
    for (code, refusal) in [
        (403, Refusal::Forbidden),
        (442, Refusal::UnsupportedTransport),
        (486, Refusal::AllocationQuotaReached),
        (508, Refusal::InsufficientCapacity),
        (500, Refusal::Other(500)),
    ] {
        let mut world = World::new(1, good(), udp(TurnConfig::DEFAULT));
        world.server().refuse = Some(code);
        let failure = TurnFailure::Refused(refusal);
        assert_eq!(world.start(), TurnEvent::Failed(failure));
        assert_eq!(refusal.code(), code);
    }
    let config = TurnConfig {
        dont_fragment: true,
        ..TurnConfig::DEFAULT
    };
    let failure = TurnFailure::Refused(Refusal::UnknownAttribute);
    let event = World::new(1, good(), udp(config)).start();
    assert_eq!(event, TurnEvent::Failed(failure));
}

#[test]
fn one_forbidden_peer_does_not_harm_the_others() {
    let mut world = World::new(1, bad(), udp(TurnConfig::DEFAULT));
    world.server().forbidden_peers.push([203, 0, 113, 2].into());
    world.start();
    let now = world.simulation.now();
    let peers: [SocketAddr; 4] = [
        ([203, 0, 113, 1], 1).into(),
        ([203, 0, 113, 2], 2).into(),
        ([203, 0, 113, 3], 3).into(),
        "[2001:db8::1]:4".parse().expect("an address"),
    ];
    for peer in peers {
        assert!(world.client().machine.add_peer(now, peer).is_ok());
    }
    world.run(120);
    let told = |event: fn(&TurnEvent) -> Option<SocketAddr>, client: &Client| {
        let mut told: Vec<_> = client.events.iter().filter_map(event).collect();
        told.sort();
        told
    };
    let permitted = |event: &TurnEvent| match event {
        TurnEvent::Permitted { address, .. } => Some(*address),
        _ => None,
    };
    let bound = |event: &TurnEvent| match event {
        TurnEvent::ChannelBound { address, .. } => Some(*address),
        _ => None,
    };
    let forbidden = |event: &TurnEvent| match event {
        TurnEvent::PeerRefused {
            address,
            refusal: Refusal::Forbidden | Refusal::PeerAddressFamilyMismatch,
            ..
        } => Some(*address),
        _ => None,
    };
    let client = world.client();
    assert_eq!(told(permitted, client), [peers[0], peers[2]]);
    assert_eq!(told(bound, client), [peers[0], peers[2]]);
    assert_eq!(told(forbidden, client), [peers[1], peers[3]]);
}

#[test]
fn without_channels_data_goes_by_indications() {
    let mut world = World::new(1, good(), udp(TurnConfig::DEFAULT));
    world.server().binds_channels = false;
    world.start();
    let key = world.add(peer());
    assert!(matches!(
        world.client().last(),
        Some(TurnEvent::ChannelRefused {
            refusal: Refusal::InsufficientCapacity,
            ..
        })
    ));
    world.send(key, b"hello").expect("permitted");
    world.run(1);
    assert_eq!(world.client().received, [(peer(), b"hello".to_vec())]);
    assert_eq!(world.server().by_indication, 1);
}

#[test]
fn addresses_of_both_families_and_pairs_of_ports_are_given() {
    let v6 = "2001:db8::1".parse().expect("an address");
    let asked = |relay, server_v6| {
        let config = TurnConfig {
            relay,
            ..TurnConfig::DEFAULT
        };
        let mut world = World::new(1, good(), udp(config));
        world.server().relay_v6 = server_v6;
        let event = world.start();
        (event, world)
    };
    let one = |family, port| RelayRequest::One { family, port };
    let v6_only = one(AddressFamily::V6, PortRequest::Any);
    let (event, _) = asked(v6_only, Some(v6));
    assert!(matches!(event, TurnEvent::Allocated(given) if given.relayed.is_ipv6()));
    let (event, _) = asked(v6_only, None);
    let failure = TurnFailure::Refused(Refusal::AddressFamilyNotSupported);
    assert_eq!(event, TurnEvent::Failed(failure));

    let (event, _) = asked(RelayRequest::Both, Some(v6));
    let TurnEvent::Allocated(given) = event else {
        panic!("{event:?}")
    };
    assert!(given.relayed.is_ipv4() && given.additional.is_some_and(|other| other.is_ipv6()));
    assert_eq!(given.mapped, Some((CLIENT, 5_000).into()));
    let (event, _) = asked(RelayRequest::Both, None);
    let TurnEvent::Allocated(given) = event else {
        panic!("{event:?}")
    };
    assert_eq!(given.additional, None);
    assert_eq!(
        given.additional_refused,
        Some(Refusal::AddressFamilyNotSupported)
    );

    let (event, mut world) = asked(one(AddressFamily::V4, PortRequest::EvenAndNext), None);
    let TurnEvent::Allocated(given) = event else {
        panic!("{event:?}")
    };
    assert_eq!(given.relayed.port() % 2, 0);
    // Another allocation gets the port that was kept.
    let token = given.reservation.expect("a token");
    let config = TurnConfig {
        relay: RelayRequest::Reserved(token),
        ..TurnConfig::DEFAULT
    };
    let path = FiveTuple::udp((CLIENT, 5_001).into(), (SERVER, 3_478).into());
    let credential = LongTermAuthentication::new(b"alice".as_slice(), b"secret").ok();
    world.client().events.clear();
    world.client().machine = TurnClient::new(path, [8; 32], config, credential, [Slot::EMPTY; 4]);
    let TurnEvent::Allocated(second) = world.start() else {
        panic!("no second allocation")
    };
    assert_eq!(second.relayed.port(), given.relayed.port() + 1);
}

#[test]
fn another_server_is_asked_and_none_twice() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let client = Client::new(transport, TurnConfig::DEFAULT, b"secret");
        let mut world = World::new(1, bad(), client);
        world.server().alternate = Some((OTHER, 3_478).into());
        let event = world.start();
        assert!(
            matches!(event, TurnEvent::Allocated(given) if given.relayed.ip() == IpAddr::V4(OTHER)),
            "{event:?}"
        );
        let key = world.add(peer());
        world.send(key, b"hello").expect("permitted");

        let client = Client::new(transport, TurnConfig::DEFAULT, b"secret");
        let mut world = World::new(1, bad(), client);
        world.server().alternate = Some((OTHER, 3_478).into());
        let other = world.other;
        world.server_of(other).alternate = Some((SERVER, 3_478).into());
        let failure = TurnFailure::TryAlternate((SERVER, 3_478).into());
        assert_eq!(world.start(), TurnEvent::Failed(failure));
    }
    // Whom to expect there is not known.
    let client = Client::new(Transport::Tls, TurnConfig::DEFAULT, b"secret");
    let mut world = World::new(1, good(), client);
    world.server().alternate = Some((OTHER, 3_478).into());
    let failure = TurnFailure::TryAlternate((OTHER, 3_478).into());
    assert_eq!(world.start(), TurnEvent::Failed(failure));
}

#[test]
fn an_allocation_is_deleted() {
    for transport in [Transport::Udp, Transport::Tcp] {
        for after in [0, 1, 30, 60, 100, 300, 50_000] {
            let client = Client::new(transport, TurnConfig::DEFAULT, b"secret");
            let mut world = World::new(1, good(), client);
            world.simulation.run_for(Duration::from_millis(after));
            world.client().machine.close();
            world.client().note();
            world.run(100);
            assert_eq!(world.client().last(), Some(TurnEvent::Closed), "{after} ms");
            let now = world.simulation.now();
            assert_eq!(world.server().allocations(now), 0, "{after} ms");
            assert!(world.client().machine.add_peer(now, peer()).is_err());
        }
    }
}

#[test]
fn silence_and_broken_connections_are_told() {
    let silent = Link {
        loss: 1.0,
        ..good()
    };
    let event = World::new(1, silent, udp(TurnConfig::DEFAULT)).start();
    assert_eq!(event, TurnEvent::Failed(TurnFailure::TimedOut));

    let unreachable = TurnEvent::Failed(TurnFailure::Unreachable);
    let mut client = Client::new(Transport::Tcp, TurnConfig::DEFAULT, b"secret");
    let path = FiveTuple::tcp((CLIENT, 5_000).into(), (SERVER, 1).into());
    let credential = LongTermAuthentication::new(b"alice".as_slice(), b"secret").ok();
    client.machine = TurnClient::new(
        path,
        [7; 32],
        TurnConfig::DEFAULT,
        credential,
        [Slot::EMPTY; 4],
    );
    assert_eq!(World::new(1, good(), client).start(), unreachable);

    // The way is lost while the allocation stands.
    let mut world = World::new(1, good(), udp(TurnConfig::DEFAULT));
    world.start();
    world.simulation.network_mut().set_default_link(silent);
    world.run(600);
    let timed_out = TurnEvent::Failed(TurnFailure::TimedOut);
    assert_eq!(world.client().last(), Some(timed_out));
}

#[test]
fn the_way_is_kept_open() {
    let mut world = World::new(1, good(), udp(TurnConfig::DEFAULT));
    world.start();
    let key = world.add(peer());
    world.run(600);
    let idle = world.server().keepalives;
    assert!((30..=45).contains(&idle), "{idle}");
    // Not while data is sent.
    for _ in 0..60 {
        world.run(10);
        world.send(key, b"x").expect("permitted");
    }
    assert!(world.server().keepalives <= idle + 1);
    let config = TurnConfig {
        keepalive: None,
        ..TurnConfig::DEFAULT
    };
    for client in [
        udp(config),
        Client::new(Transport::Tcp, TurnConfig::DEFAULT, b"secret"),
    ] {
        let mut world = World::new(1, good(), client);
        world.start();
        world.run(600);
        assert_eq!(world.server().keepalives, 0);
    }
}

#[test]
fn strangers_are_not_heard() {
    let mut world = World::new(1, good(), udp(TurnConfig::DEFAULT));
    world.start();
    world.add(peer());
    let relayed = world.client().allocated().expect("stands").relayed;
    let now = world.simulation.now();
    let network = world.simulation.network_mut();
    network.send(now, FiveTuple::udp(stranger(), relayed), b"hello");
    // One at a permitted host, who talks from another port.
    let other_port = (PEER, 6_001).into();
    network.send(now, FiveTuple::udp(other_port, relayed), b"known");
    world.run(1);
    assert_eq!(world.client().received, [(other_port, b"known".to_vec())]);
    assert_eq!(world.server().thrown_away, 1);
}

/// The table is full again and again, within minutes and within hours.
#[test]
fn channel_numbers_are_not_used_otherwise_too_early() {
    for seed in 0..3_u64 {
        let mut world = World::new(seed, good(), udp(TurnConfig::DEFAULT));
        world.start();
        let mut keys = VecDeque::new();
        let mut found_full = false;
        for round in 0..150_u64 {
            let host = u8::try_from((round * (seed + 3)) % 11).expect("small");
            let address = ([203, 0, 113, host], 1_000).into();
            let now = world.simulation.now();
            match world.client().machine.add_peer(now, address) {
                Ok(key) if !keys.contains(&key) => keys.push_back(key),
                Ok(_) => {}
                Err(_) => {
                    found_full = true;
                    let oldest = keys.pop_front().expect("full");
                    assert!(world.client().machine.remove_peer(oldest));
                }
            }
            assert!(world.client().machine.peer_count() <= 4);
            world.run(1 + round % 3 * (20 + seed * 200));
        }
        assert!(found_full);
        assert_eq!(world.server().violations, 0, "{seed}");
        assert!(world.server().count(Method::CHANNEL_BIND) > 4, "{seed}");
        assert!(!matches!(world.client().last(), Some(TurnEvent::Failed(_))));
    }
}

/// Whatever the NAT, what peers send arrives after an hour in which nobody said anything.
#[test]
fn an_idle_allocation_stays_within_reach_behind_a_nat() {
    for keepalive in [Some(Duration::from_secs(15)), None] {
        for mapping in Dependence::ALL {
            for filtering in Dependence::ALL {
                let config = TurnConfig {
                    keepalive,
                    ..TurnConfig::DEFAULT
                };
                let mut world = World::new(1, good(), udp(config));
                let nat = NatConfig {
                    mapping,
                    filtering,
                    timeout: Duration::from_secs(30),
                    ..NatConfig::new([203, 0, 113, 200].into())
                };
                let network = world.simulation.network_mut();
                network.add_nat(&[CLIENT.into()], nat);
                world.start();
                let allocated = world.client().allocated().expect("stands");
                let seen = allocated.mapped.expect("told");
                assert_eq!(seen.ip(), IpAddr::from([203, 0, 113, 200]));
                world.add(peer());
                world.run(3_600);
                // Not right behind a refresh, which opens the way as well.
                world.run(200);
                let now = world.simulation.now();
                let path = FiveTuple::udp(peer(), allocated.relayed);
                world.simulation.network_mut().send(now, path, b"hello");
                world.run(1);
                let heard = world.client().received.len();
                assert_eq!(heard == 1, keepalive.is_some(), "{mapping:?} {filtering:?}");
            }
        }
    }
}
