//! Whose turn it is.

use std::collections::BTreeMap;

use super::*;

#[test]
fn p000_47_a_thousand_calls_alternate_strictly() {
    let mut world = World::new(two_hosts());
    let calls: Vec<_> = (0..1_000).map(|_| world.placed()).collect();
    for pair in calls.chunks(2) {
        assert_eq!(pair, [(LINK01.into(), 1), (LINK02.into(), 1)]);
    }
}

#[test]
fn p000_47_two_mediation_servers_share_what_comes_in() {
    // The exchange side: addresses, no names; both on one host here, told apart by their ports.
    let mut world = World::new(TrunkGroupConfig::every_pair(
        &[address(LOCAL)],
        &[
            ("192.0.2.1", 5060, Transport::Udp),
            ("192.0.2.1", 5062, Transport::Udp),
        ],
    ));
    assert_eq!(world.questions, []);
    let mut counts = BTreeMap::new();
    let mut last = None;
    for _ in 0..1_000 {
        let mut attempts = world.group.attempts(world.now);
        let route = world.group.next(&mut attempts).unwrap();
        let port = route.destination.path.remote.port();
        assert_ne!(last.replace(port), Some(port));
        *counts.entry(port).or_insert(0) += 1;
    }
    assert_eq!(counts, BTreeMap::from([(5060, 500), (5062, 500)]));
}

#[test]
fn p000_46_each_pair_of_two_by_two_gets_a_quarter() {
    let mut world = World::new(two_by_two());
    let mut counts = BTreeMap::new();
    let mut last = None;
    for _ in 0..1_000 {
        let upcoming = world.group.upcoming(world.now).unwrap().trunk;
        let mut attempts = world.group.attempts(world.now);
        let route = world.group.next(&mut attempts).unwrap();
        assert_eq!(route.trunk, upcoming);
        assert_ne!(last.replace(route.host_id), Some(route.host_id));
        *counts.entry(route.destination.path).or_insert(0) += 1;
        // The next attempt of the call is at the other host.
        let (first, next) = (route.host_id, world.group.next(&mut attempts).unwrap());
        assert_ne!(next.host_id, first);
    }
    assert_eq!(counts.into_values().collect::<Vec<_>>(), [250; 4]);
}

#[test]
fn a_call_tries_every_trunk_once_and_hosts_in_turn() {
    let mut world = World::new(two_by_two());
    let mut attempts = world.group.attempts(world.now);
    let mut tried = Vec::new();
    while let Some(route) = world.group.next(&mut attempts) {
        tried.push((route.host_id.index(), route.trunk.index()));
    }
    assert_eq!(tried, [(0, 0), (1, 1), (0, 2), (1, 3)]);
    assert_eq!(world.group.next(&mut attempts), None);
}

#[test]
fn the_part_of_one_that_is_down_goes_to_all_others() {
    let hosts = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|host| (host, 5060, Transport::Udp));
    let mut world = World::new(TrunkGroupConfig::every_pair(&[address(LOCAL)], &hosts));
    world.far(2).mood = Mood::Silent;
    world.call();
    world.call();
    let mut counts = BTreeMap::new();
    for _ in 0..1_000 {
        let (host, tries) = world.placed();
        assert_eq!(tries, 1);
        *counts.entry(host).or_insert(0) += 1;
    }
    let even = [("192.0.2.1".into(), 500), ("192.0.2.3".into(), 500)];
    assert_eq!(counts, BTreeMap::from(even));
}

#[test]
fn further_addresses_of_a_host_come_after_the_other_hosts() {
    let zone = std::vec![
        (
            LINK01,
            Some((std::vec![ip("192.0.2.1"), ip("192.0.2.3")], 60))
        ),
        (LINK02, Some((std::vec![ip("192.0.2.2")], 60))),
    ];
    let mut world = World::with_zone(two_hosts(), zone);
    // Two addresses are one place in the alternation.
    let hosts: Vec<_> = (0..4).map(|_| world.call()[0].1.ip()).collect();
    let turns = ["192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2"];
    assert_eq!(hosts, turns.map(ip));
    for last in 1..=3 {
        world.far(last).mood = Mood::Refuses;
    }
    let tried: Vec<_> = world.call().iter().map(|(_, remote)| remote.ip()).collect();
    assert_eq!(tried, ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(ip));
}

#[test]
fn the_first_address_is_used_until_it_fails_and_then_the_next() {
    let zone = std::vec![
        (
            LINK01,
            Some((
                std::vec![ip("192.0.2.1"), ip("192.0.2.3"), ip("192.0.2.4")],
                5
            ))
        ),
        (LINK02, None),
    ];
    let config = TrunkGroupConfig::every_pair(&[address(LOCAL)], &[(LINK01, 5060, Transport::Udp)]);
    let mut world = World::with_zone(config, zone);
    world.far(1).mood = Mood::Refuses;
    world.far(3).mood = Mood::Refuses;
    assert_eq!(world.call().len(), 3);
    world.settle();
    // The same answer again does not bring back the addresses that failed.
    world.seconds(60);
    assert_eq!(world.health(0), TrunkHealth::Up);
    let tried = world.call();
    assert_eq!(tried, [(LINK01.into(), address("192.0.2.4:5060"))]);
    // They get another chance when there is nothing better.
    world.far(4).mood = Mood::Refuses;
    world.far(1).mood = Mood::Answers(200);
    world.call();
    world.seconds(30);
    let tried = world.call();
    assert_eq!(tried, [(LINK01.into(), address("192.0.2.1:5060"))]);
}
