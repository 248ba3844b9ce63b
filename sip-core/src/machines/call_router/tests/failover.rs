//! A host fails while calls run.

use super::*;

/// P000-26: whatever becomes of one host, no call that stands ends, each new call rings once and soon, and
/// once it is known nobody waits for it any more.
#[test]
fn calls_survive_the_failure_of_a_host() {
    let soon = Duration::from_millis(200);
    let faults = [
        (Mood::Refuses, Duration::ZERO),
        (Mood::Resets, soon),
        (Mood::Busy(None), Duration::ZERO),
        (Mood::Busy(Some(30)), Duration::ZERO),
        (Mood::Silent, Duration::from_secs(4)),
    ];
    for transport in [Transport::Udp, Transport::Tcp] {
        for (fault, within) in faults {
            let mut world = World::with(&OUTSIDE[..1], transport, |_| {});
            let standing: Vec<String> = (0..10).map(|_| world.call()).collect();
            assert_eq!(world.rang()[..2], [5, 5]);
            let before = world.attempts().len();
            world.hosts[0].mood = fault;
            let mut numbers = Vec::new();
            for _ in 0..10 {
                numbers.push(world.call());
                world.seconds(5);
            }
            for number in standing.iter().chain(&numbers) {
                assert!(world.stands(number), "{transport} {fault:?} {number}");
                assert_eq!(world.rings(number), 1);
            }
            assert!(world.ended().is_empty());
            // The first call learned it, and the others went to the other host.
            let attempts = &world.attempts()[before..];
            assert_eq!(attempts.len(), 11, "{transport} {fault:?}");
            assert!(
                attempts[1].0 - attempts[0].0 <= within,
                "{transport} {fault:?}"
            );
            assert_eq!(world.rang()[..2], [5, 15]);
            assert_ne!(world.health(0), TrunkHealth::Up);
            // It comes back and gets its part again.
            world.hosts[0].mood = Mood::Answers;
            world.seconds(60);
            assert_eq!(world.health(0), TrunkHealth::Up);
            let before = world.rang()[0];
            for _ in 0..10 {
                numbers.push(world.call());
            }
            assert_eq!(world.rang()[0], before + 5);
            for number in standing.iter().chain(&numbers) {
                assert!(world.stands(number));
                world.hang_up(number);
            }
            world.nothing_is_left();
        }
    }
}

/// P000-26: calls that are set up while the host fails go to the other one, each of them, and ring once.
#[test]
fn a_burst_meets_a_host_that_has_just_failed() {
    for fault in [
        Mood::Refuses,
        Mood::Resets,
        Mood::Busy(Some(5)),
        Mood::Silent,
    ] {
        let mut world = World::new();
        world.hosts[0].mood = fault;
        let numbers: Vec<String> = (0..100).map(|_| world.dial()).collect();
        world.settle();
        world.seconds(10);
        for number in &numbers {
            assert!(
                world.stands(number) && world.rings(number) == 1,
                "{fault:?}"
            );
            world.hang_up(number);
        }
        assert_eq!(world.rang()[..2], [0, 100]);
        world.nothing_is_left();
    }
}

/// Retry-After of a host is kept to by its group, and says nothing to the caller.
#[test]
fn a_busy_host_is_left_alone_for_as_long_as_it_asks() {
    let mut world = World::new();
    world.hosts[0].mood = Mood::Busy(Some(30));
    world.call();
    world.hosts[0].mood = Mood::Answers;
    for _ in 0..5 {
        world.seconds(5);
        world.call();
    }
    assert_eq!(world.rang()[..2], [0, 6]);
    world.seconds(10);
    world.call();
    world.call();
    assert_eq!(world.rang()[..2], [1, 7]);
}

#[test]
fn the_caller_gets_what_the_last_host_came_to() {
    let none = StatusCode::SERVICE_UNAVAILABLE.code();
    let refused = |code| EndReason::Refused(StatusCode::new(code).unwrap());
    // The owner has rejected none of them.
    for (first, second, refusal, reason) in [
        (Mood::Refuses, Mood::Refuses, none, EndReason::Unreachable),
        (Mood::Silent, Mood::Silent, 408, EndReason::NoAnswer),
        (Mood::Silent, Mood::Busy(Some(9)), 500, refused(503)),
        (
            Mood::Busy(None),
            Mood::Refuses,
            none,
            EndReason::Unreachable,
        ),
        // The word of a host that decides is final.
        (Mood::Refuses, Mood::Says(486), 486, refused(486)),
        (Mood::Says(404), Mood::Answers, 404, refused(404)),
    ] {
        let mut world = World::new();
        world.moods(first, second);
        let number = world.call();
        world.seconds(9);
        assert_eq!(
            world.refused_with(&number),
            Some(refusal),
            "{first:?} {second:?}"
        );
        let refused = world.refusal(&number).unwrap();
        assert_eq!(header(refused, "Retry-After"), "");
        let (trunk, summary) = world.ended().remove(0);
        assert_eq!(summary.reason, reason, "{first:?} {second:?}");
        let GroupTrunk { group, trunk } = trunk.unwrap();
        let last = summary.attempts as usize - 1;
        assert_eq!((group, trunk.index()), (PROVIDER, last));
        assert_eq!(world.attempts().len(), summary.attempts as usize);
        assert_eq!(world.rings(&number), 0);
        world.nothing_is_left();
    }
}

/// With both hosts down there is nothing left but to try them, and they are tried: an emergency call is not
/// refused because of what was the case ten seconds ago.
#[test]
fn hosts_that_are_down_are_the_last_resort() {
    let mut world = World::new();
    world.moods(Mood::Refuses, Mood::Refuses);
    world.call();
    world.seconds(60);
    assert_eq!(
        (world.health(0), world.health(1)),
        (TrunkHealth::Down, TrunkHealth::Down)
    );
    world.moods(Mood::Refuses, Mood::Answers);
    let number = world.call();
    assert!(world.stands(&number) && world.rings(&number) == 1);
    world.hang_up(&number);
    world.nothing_is_left();
}

#[test]
fn without_any_address_the_caller_may_try_again_later() {
    let mut world = World::new();
    let unresolved = TrunkGroupConfig::every_pair(
        &[address(OUTSIDE[0])],
        &[("nowhere.example.com", 5060, Transport::Udp)],
    );
    world.router.groups[0] = TrunkGroup::new(world.now, unresolved).unwrap();
    world
        .zone
        .insert("nowhere.example.com", (ip("2001:db8::1"), 60));
    let number = world.call();
    assert_eq!(world.refused_with(&number), Some(503));
    assert_eq!(header(world.refusal(&number).unwrap(), "Retry-After"), "10");
    let (trunk, summary) = world.ended().remove(0);
    assert_eq!((trunk, summary.attempts), (None, 0));
    assert_eq!(summary.reason, EndReason::Unreachable);
    world.nothing_is_left();
}

/// A host that refuses calls is none that failed: it is healthy, even if it was in doubt.
#[test]
fn a_refusal_is_a_sign_of_life() {
    let mut world = World::new();
    world.moods(Mood::Busy(None), Mood::Busy(None));
    world.call();
    assert_eq!(world.health(0), TrunkHealth::Suspect);
    world.moods(Mood::Says(486), Mood::Busy(None));
    let number = world.call();
    assert_eq!(world.refused_with(&number), Some(486));
    assert_eq!(world.health(0), TrunkHealth::Up);
    assert_eq!(world.health(1), TrunkHealth::Suspect);
}

/// A host that rings has the call, whatever it says after that.
#[test]
fn a_call_that_rang_is_never_tried_elsewhere() {
    let mut world = World::new();
    world.moods(Mood::Rings, Mood::Rings);
    let number = world.call();
    world.hosts[0].mood = Mood::Refuses;
    world.seconds(200);
    assert_eq!(world.refused_with(&number), Some(408));
    assert_eq!((world.attempts().len(), world.rings(&number)), (1, 1));
    world.hosts[0].mood = Mood::Answers;
    world.nothing_is_left();
}

#[test]
fn a_caller_that_gives_up_ends_the_search() {
    let mut world = World::new();
    world.moods(Mood::Silent, Mood::Rings);
    let number = world.call();
    world.seconds(2);
    world.alice.cancel(world.now, world.legs[&number]).unwrap();
    world.seconds(20);
    assert_eq!(world.refused_with(&number), Some(487));
    assert_eq!((world.attempts().len(), world.rings(&number)), (1, 0));
    assert_eq!(world.ended()[0].1.reason, EndReason::Cancelled);
    world.nothing_is_left();
}

/// The CANCEL arrives at the very moment at which the first host is given up.
#[test]
fn a_caller_that_gives_up_between_attempts_leaves_nobody_ringing() {
    let mut world = World::new();
    world.moods(Mood::Silent, Mood::Rings);
    let number = world.call();
    world.millis(3_999);
    world.alice.cancel(world.now, world.legs[&number]).unwrap();
    while let Some((transmit, bytes)) = world.alice.poll_transmit_bytes(world.now) {
        let _ = world
            .agent
            .handle_datagram(world.now, transmit.path.reversed(), &bytes);
    }
    world.now += Duration::from_millis(1);
    world.act(|router, now, agent| router.handle_timeout(now, agent));
    world.settle();
    world.seconds(1);
    assert_eq!(world.refused_with(&number), Some(487));
    assert_eq!(world.ended()[0].1.reason, EndReason::Cancelled);
    let cancelled = world.hosts[1]
        .heard
        .iter()
        .filter(|event| matches!(event, UserAgentEvent::Cancelled { .. }));
    assert_eq!(cancelled.count(), world.rings(&number));
    world.nothing_is_left();
}

/// P000-27: the name resolves to another address, and the next call goes there; the one that stands goes on.
#[test]
fn a_host_that_moves_takes_new_calls_at_its_new_address() {
    let mut world = World::new();
    for link in LINKS {
        world.zone.insert(link, (world.zone[link].0, 60));
    }
    world.seconds(3_600);
    let standing = world.call();
    world.zone.insert(LINKS[0], (ip("192.0.2.3"), 60));
    world.zone.insert(LINKS[1], (ip("192.0.2.4"), 60));
    world.seconds(61);
    let (first, second) = (world.call(), world.call());
    assert_eq!(world.rang(), [1, 0, 1, 1]);
    // The names are what is called, as ever.
    assert!(start_line(&world.hosts[3].invites[0]).contains("@link02.example.com:5060 "));
    for number in [standing, first, second] {
        assert!(world.stands(&number));
        world.hang_up(&number);
    }
    world.nothing_is_left();
}

/// An owner that routes twice, late, or into the blue is told so, and the call goes its way.
#[test]
fn a_call_is_routed_once() {
    let mut world = World::new();
    let number = world.call();
    let call = world.router.back_to_back().keys().next().unwrap();
    let route = |world: &mut World, group| {
        let routing = Routing::new(group, "1", "2");
        world.act(|router, now, agent| router.route(now, call, &routing, agent))
    };
    assert_eq!(route(&mut world, PROVIDER), Err(RouteError::NotWaiting));
    world.hang_up(&number);
    assert_eq!(route(&mut world, PROVIDER), Err(RouteError::NotWaiting));
    world.nothing_is_left();
}
