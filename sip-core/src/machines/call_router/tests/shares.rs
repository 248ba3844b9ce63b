//! Which host a call takes while all are well.

use super::*;

/// P000-26: of 1,000 calls each host gets 500, strictly in turn, and every callee rings once.
#[test]
fn a_thousand_calls_are_shared_evenly() {
    let mut world = World::new();
    for count in 1..=1_000 {
        let number = world.call();
        assert!(world.stands(&number));
        let [first, second, ..] = world.rang();
        assert_eq!((first, second), (usize::div_ceil(count, 2), count / 2));
        assert_eq!(world.rings(&number), 1);
        world.hang_up(&number);
    }
    assert_eq!(world.ended().len(), 1_000);
    world.nothing_is_left();
}

/// P000-46: two local addresses and two hosts are four trunks, and each takes a quarter.
#[test]
fn four_trunks_take_turns() {
    let mut world = World::with(&OUTSIDE, Transport::Udp, |_| {});
    for _ in 0..40 {
        let number = world.call();
        assert!(world.stands(&number));
        world.hang_up(&number);
    }
    let mut taken = [0; 4];
    for (_, trunk) in world.attempts() {
        taken[trunk.index()] += 1;
    }
    assert_eq!(taken, [10; 4]);
    world.nothing_is_left();
}

/// P000-46: with one of the hosts gone the other one gets all calls, over both local addresses.
#[test]
fn of_four_trunks_those_to_the_living_host_are_left() {
    let mut world = World::with(&OUTSIDE, Transport::Udp, |_| {});
    world.moods(Mood::Refuses, Mood::Answers);
    for _ in 0..20 {
        let number = world.call();
        assert!(world.stands(&number) && world.rings(&number) == 1);
        world.hang_up(&number);
        world.seconds(1);
    }
    assert_eq!(world.rang()[..2], [0, 20]);
    // Two of them had to learn it.
    assert_eq!(world.attempts().len(), 22);
    world.nothing_is_left();
}

/// P000-47: calls from the provider alternate over two Mediation Servers in the same way, 500 to 500.
#[test]
fn inbound_calls_alternate_over_the_exchange() {
    let mut world = World::new();
    world.wish.group = PBX;
    let path = FiveTuple::udp(world.hosts[0].address, address(OUTSIDE[0]));
    for count in 1..=1_000 {
        let from = "<sip:+4930@link01.example.com>";
        let outgoing = Outgoing::new(
            path.into(),
            "sip:+498912@203.0.113.5",
            from,
            "<sip:+498912@203.0.113.5>",
        );
        let now = world.now;
        let leg = world.hosts[0].agent.invite(now, &outgoing).unwrap();
        world.settle();
        assert_eq!(world.rang(), [0, 0, usize::div_ceil(count, 2), count / 2]);
        world.hosts[0].agent.bye(now, leg, &[]).unwrap();
        world.settle();
    }
    world.nothing_is_left();
}

/// P000-53: a call that the provider sends may go back to it.
#[test]
fn a_call_turns_around_in_one_group() {
    let mut world = World::new();
    let path = FiveTuple::udp(world.hosts[0].address, address(OUTSIDE[0]));
    let from = "<sip:+4930@link01.example.com>";
    let uri = "sip:+498001115550@203.0.113.5";
    let outgoing = Outgoing::new(path.into(), uri, from, "<sip:+498001115550@203.0.113.5>");
    let now = world.now;
    for _ in 0..4 {
        let leg = world.hosts[0].agent.invite(now, &outgoing).unwrap();
        world.settle();
        let state = world.hosts[0].agent.usage(leg).map(|usage| usage.state);
        assert_eq!(state, Some(UsageState::Established));
        world.hosts[0].agent.bye(now, leg, &[]).unwrap();
        world.settle();
    }
    assert_eq!(world.rings("+498001115550"), 4);
    assert_eq!(world.rang(), [2, 2, 0, 0]);
    // And when one of the hosts is gone, so do all.
    world.hosts[1].mood = Mood::Refuses;
    let leg = world.hosts[0].agent.invite(now, &outgoing).unwrap();
    world.settle();
    let leg = world.hosts[0].agent.usage(leg).map(|usage| usage.state);
    assert_eq!(leg, Some(UsageState::Established));
    assert_eq!(world.rang()[0], 3);
    world.act(|router, now, agent| router.hang_up_all(now, EndReason::ShutDown, agent));
    world.nothing_is_left();
}

/// OPTIONS of the hosts are for the owner to answer; those of the groups are nobody else's.
#[test]
fn the_owner_hears_the_options_of_hosts_and_no_probes() {
    let mut world = World::new();
    let path = FiveTuple::udp(world.hosts[0].address, address(OUTSIDE[0]));
    let outgoing = Outgoing::new(
        path.into(),
        "sip:203.0.113.5",
        "<sip:link01.example.com>",
        "<sip:203.0.113.5>",
    );
    let now = world.now;
    world.hosts[0]
        .agent
        .request(now, crate::Method::Options, &outgoing)
        .unwrap();
    world.seconds(1_000);
    let others: Vec<_> = world
        .told
        .iter()
        .filter_map(|(_, event)| match event {
            CallRouterEvent::Other(event) => Some(event),
            _ => None,
        })
        .collect();
    assert!(
        matches!(others[..], [UserAgentEvent::Request { .. }]),
        "{others:?}"
    );
}

/// New calls are turned away while those that run go on.
#[test]
fn nothing_new_is_offered_at_the_end() {
    let mut world = World::new();
    let running = world.call();
    world.router.stop_offering();
    let late = world.call();
    assert_eq!(world.refused_with(&late), Some(503));
    assert!(world.stands(&running));
    assert!(matches!(
        world.told.last(),
        Some((_, CallRouterEvent::TurnedAway { .. }))
    ));
    world.act(|router, now, agent| router.hang_up_all(now, EndReason::ShutDown, agent));
    world.settle();
    assert!(!world.stands(&running));
    world.nothing_is_left();
}
