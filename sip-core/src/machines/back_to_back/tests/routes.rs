//! Failover: from one next hop to the other, never with two of them ringing (P000-26).

use super::*;

fn two_hosts() -> World {
    let mut world = World::new();
    world.hosts = vec![BOB, CAROL];
    world
}

fn failures(world: &World) -> usize {
    let failed = |event: &&BackToBackEvent| matches!(event, BackToBackEvent::RouteFailed { .. });
    world.told.iter().filter(failed).count()
}

#[test]
fn a_host_that_cannot_be_reached_is_passed_over_at_once() {
    let mut world = two_hosts();
    world.links[BOB] = Link::Refused;
    let before = world.now;
    world.call();
    assert_eq!((failures(&world), world.now), (1, before));
    world.answer(CAROL);
    assert!(matches!(world.last(ALICE), UserAgentEvent::Accepted { .. }));
    assert!(matches!(
        world.told[1],
        BackToBackEvent::RouteFailed {
            cause: RejectCause::Transport,
            ..
        }
    ));
    let call = world.the_call();
    assert_eq!(world.sbc.call(call).unwrap().attempts, 2);
}

#[test]
fn a_host_that_says_503_is_passed_over_at_once() {
    let mut world = two_hosts();
    world.call();
    world.refuse(BOB, 503);
    world.answer(CAROL);
    assert!(matches!(world.last(ALICE), UserAgentEvent::Accepted { .. }));
    assert_eq!(failures(&world), 1);
    assert_eq!(
        world.heard[ALICE].len(),
        1,
        "the caller has heard nothing of it"
    );
}

#[test]
fn a_silent_host_is_given_up_and_the_caller_does_not_wait_for_the_timeout() {
    let mut world = two_hosts();
    world.links[BOB] = Link::Silent;
    let alice = world.call();
    world.seconds(3);
    assert_eq!(failures(&world), 0);
    world.seconds(1);
    assert_eq!(failures(&world), 1);
    world.progress(CAROL, 180, None);
    world.answer(CAROL);
    assert!(matches!(world.last(ALICE), UserAgentEvent::Accepted { .. }));
    world.peers[ALICE].ack(world.now, alice, None).unwrap();
    // Without a word from him Bob cannot be told (RFC 3261 section 9.1).
    assert_eq!(world.count(BOB, "CANCEL"), 0);
    world.seconds(40);
    assert_eq!(world.sbc.calls(), 1);
    assert_eq!(world.sbc.legs(), 2, "nothing of the attempt is left");
}

#[test]
fn a_host_that_wakes_is_cancelled_before_it_rings_for_long() {
    let mut world = two_hosts();
    world.links[BOB] = Link::Silent;
    let alice = world.call();
    world.seconds(4);
    world.answer(CAROL);
    world.peers[ALICE].ack(world.now, alice, None).unwrap();
    world.settle();
    world.links[BOB] = Link::Up;
    // The INVITE is repeated, and this time Bob hears it.
    world.seconds(8);
    assert!(world.cancelled(BOB));
    assert_eq!(world.count(BOB, "CANCEL"), 1);
    assert_eq!((world.sbc.calls(), world.sbc.legs()), (1, 2));
    assert!(!world.hung_up(ALICE) && !world.hung_up(CAROL));
    world.peers[ALICE].bye(world.now, alice, &[]).unwrap();
    world.settle();
    world.nothing_is_left();
}

#[test]
fn a_late_2xx_of_a_host_given_up_is_acknowledged_and_ended() {
    let mut world = two_hosts();
    world.links[BOB] = Link::Silent;
    let alice = world.call();
    world.seconds(4);
    world.answer(CAROL);
    world.peers[ALICE].ack(world.now, alice, None).unwrap();
    world.settle();
    world.links[BOB] = Link::Up;
    // Without waiting for the first retransmission to be answered by 100 Bob accepts.
    while world.heard[BOB].is_empty() {
        world.seconds(1);
    }
    if !world.cancelled(BOB) {
        world.answer(BOB);
        assert!(world.hung_up(BOB));
        assert_eq!((world.count(BOB, "ACK"), world.count(BOB, "BYE")), (1, 1));
    }
    assert_eq!((world.sbc.calls(), world.sbc.legs()), (1, 2));
    assert!(!world.hung_up(ALICE) && !world.hung_up(CAROL));
}

#[test]
fn a_2xx_at_the_very_moment_of_giving_up_is_no_second_call() {
    let mut world = two_hosts();
    world.call();
    // The 2xx has arrived and waits in the user agent when the time is over.
    let (bob, _) = world.invited(BOB);
    world.peers[BOB]
        .accept(world.now, bob, &[], sdp("answer"))
        .unwrap();
    while let Some((transmit, bytes)) = world.peers[BOB].poll_transmit_bytes(world.now) {
        world.deliver(transmit.path, &bytes);
    }
    world.now += Duration::from_secs(4);
    world.act(|sbc, now, agent| sbc.handle_timeout(now, agent));
    world.settle();
    assert_eq!(failures(&world), 0);
    assert!(world.heard[CAROL].is_empty());
    assert!(matches!(world.last(ALICE), UserAgentEvent::Accepted { .. }));
}

#[test]
fn a_host_that_says_only_100_has_more_time() {
    let mut world = two_hosts();
    world.call();
    // Bob's user agent says 100 by itself after 200 ms.
    world.seconds(19);
    assert_eq!(failures(&world), 0);
    world.seconds(1);
    assert_eq!(failures(&world), 1);
    assert!(world.cancelled(BOB));
    world.answer(CAROL);
    assert!(matches!(world.last(ALICE), UserAgentEvent::Accepted { .. }));
}

/// P000-26: a host that crashes takes its connection along.
#[test]
fn a_host_whose_connection_ends_after_100_is_given_up_soon() {
    for rings in [false, true] {
        let mut world = two_hosts();
        world.over = Transport::Tcp;
        world.call();
        world.seconds(1);
        if rings {
            world.progress(BOB, 180, None);
        }
        let path = FiveTuple::tcp(address(OUTSIDE), address(ADDRESSES[BOB]));
        let now = world.now;
        world.agent.handle_send_failed(now, path, None);
        world.settle();
        assert_eq!(failures(&world), 0);
        world.seconds(4);
        // One that rang may still answer over another connection.
        assert_eq!(failures(&world), usize::from(!rings));
        assert_eq!(world.cancelled(BOB), !rings, "Bob must not ring as well");
        let host = if rings { BOB } else { CAROL };
        world.answer(host);
        assert!(matches!(world.last(ALICE), UserAgentEvent::Accepted { .. }));
    }
}

#[test]
fn a_host_that_rings_keeps_the_call() {
    for (theirs, ours) in [(503, 500), (408, 408)] {
        let mut world = two_hosts();
        world.call();
        world.progress(BOB, 180, None);
        world.seconds(60);
        assert_eq!(failures(&world), 0);
        world.refuse(BOB, theirs);
        assert_eq!((failures(&world), world.refused_with()), (0, Some(ours)));
        assert_eq!(world.ended(), EndReason::Refused(status(theirs)));
        assert!(world.heard[CAROL].is_empty());
    }
    // Nor does any other refusal send the call elsewhere.
    for code in [404, 486, 500, 504, 603] {
        let mut world = two_hosts();
        world.call();
        world.refuse(BOB, code);
        assert_eq!(world.refused_with(), Some(code));
        assert!(world.heard[CAROL].is_empty());
    }
}

#[test]
fn after_the_last_host_the_owner_says_what_the_caller_gets() {
    for (fault, ours) in [(Link::Refused, 503), (Link::Silent, 408), (Link::Up, 500)] {
        let mut world = two_hosts();
        world.links[BOB] = Link::Refused;
        world.links[CAROL] = fault;
        world.call();
        match fault {
            Link::Up => world.refuse(CAROL, 503),
            _ => world.seconds(4),
        }
        assert_eq!((failures(&world), world.refused_with()), (2, Some(ours)));
        assert_eq!(world.ended(), EndReason::Rejected(status(ours)));
        world.nothing_is_left();
    }
}

#[test]
fn a_caller_that_gives_up_ends_all_attempts() {
    let mut world = two_hosts();
    world.links[BOB] = Link::Silent;
    let alice = world.call();
    world.seconds(5);
    world.progress(CAROL, 180, None);
    world.peers[ALICE].cancel(world.now, alice).unwrap();
    world.settle();
    assert!(world.cancelled(CAROL));
    assert_eq!(world.refused_with(), Some(487));
    assert_eq!(world.ended(), EndReason::Cancelled);
    // And Bob, should he wake.
    world.links[BOB] = Link::Up;
    world.seconds(8);
    assert!(world.heard[BOB].len() <= 1 || world.cancelled(BOB));
    world.nothing_is_left();
}

#[test]
fn a_caller_that_gives_up_between_attempts_leaves_nothing_to_connect() {
    let mut world = two_hosts();
    // The owner takes its time.
    world.hosts.clear();
    world.links[BOB] = Link::Refused;
    let path = FiveTuple::udp(address(ADDRESSES[ALICE]), address(INSIDE));
    let outgoing = Outgoing::new(path.into(), "sip:a@h", "<sip:a@h>", "<sip:b@h>");
    let alice = world.peers[ALICE].invite(world.now, &outgoing).unwrap();
    let step = |world: &mut World| {
        while let Some((transmit, bytes)) = world.peers[ALICE].poll_transmit_bytes(world.now) {
            world.deliver(transmit.path, &bytes);
        }
        while let Some((transmit, bytes)) = world.agent.poll_transmit_bytes(world.now) {
            world.deliver(transmit.path, &bytes);
        }
        while let Some(event) = world.agent.poll_event() {
            world.act(|sbc, now, agent| sbc.handle_event(now, event, agent));
        }
    };
    step(&mut world);
    let Some(BackToBackEvent::Offered { call, .. }) = world.sbc.poll_event() else {
        panic!("not offered")
    };
    world.connect(call, BOB).unwrap();
    assert_eq!(
        world.connect(call, CAROL),
        Err(ConnectError::NotWaiting),
        "one at a time"
    );
    step(&mut world);
    let Some(BackToBackEvent::RouteFailed { .. }) = world.sbc.poll_event() else {
        panic!("not failed")
    };
    // Alice hears 100 and cancels.
    world.now += Duration::from_millis(200);
    world.agent.handle_timeout(world.now);
    step(&mut world);
    world.peers[ALICE].cancel(world.now, alice).unwrap();
    step(&mut world);
    assert_eq!(world.connect(call, CAROL), Err(ConnectError::NotWaiting));
    assert!(matches!(
        world.sbc.poll_event(),
        Some(BackToBackEvent::Ended { summary, .. }) if summary.reason == EndReason::Cancelled
    ));
    world.settle();
    assert_eq!(world.refused_with(), Some(487));
    world.nothing_is_left();
}

#[test]
fn the_ring_limit_counts_all_attempts() {
    let mut world = World::with(|config| config.ring_limit = Duration::from_secs(6));
    world.hosts = vec![BOB, CAROL, BOB, CAROL];
    world.links[BOB] = Link::Silent;
    world.links[CAROL] = Link::Silent;
    world.call();
    world.seconds(7);
    assert_eq!(world.refused_with(), Some(408));
    assert_eq!(world.ended(), EndReason::NoAnswer);
    assert_eq!(world.summaries()[0].attempts, 2);
    world.nothing_is_left();
}
