//! Messages that do not arrive.

use super::*;

#[test]
fn a_lost_2xx_is_repeated_until_it_arrives() {
    let mut world = World::new();
    let (alice, bob) = world.call();
    world.lose(B, "SIP/2.0 200", 3);
    let now = world.now();
    world.agent(B).accept(now, bob, &[], None).unwrap();
    // After T1, 2 T1 and 4 T1: 0.5 s, 1.5 s, 3.5 s.
    world.run(3_400);
    assert_eq!(world.names(A), [""; 0]);
    assert_eq!(world.names(A), ["accepted"]);
    let now = world.now();
    world.agent(A).ack(now, alice, None).unwrap();
    assert_eq!(world.names(B), ["acknowledged"]);
    world.run(30_000);
    assert_eq!(world.count(B, "SIP/2.0 200"), 4, "none after the ACK");
}

#[test]
fn a_lost_ack_is_repeated_with_every_repeated_2xx() {
    let mut world = World::new();
    let (alice, bob) = world.call();
    let now = world.now();
    world.agent(B).accept(now, bob, &[], None).unwrap();
    world.run(50);
    world.lose(A, "ACK", 2);
    let now = world.now();
    world.agent(A).ack(now, alice, SDP).unwrap();
    assert_eq!(world.names(B), [""; 0]);
    world.run(1_600);
    assert_eq!(world.names(B), ["acknowledged"]);
    assert_eq!(world.names(A), ["accepted"], "told once");
    assert_eq!(world.count(A, "ACK"), 3);
    let sent = &world.peer(A).sent;
    let mut acks = sent
        .iter()
        .filter(|(_, _, message)| message.starts_with(b"ACK"));
    let first = acks.next().unwrap().2.clone();
    assert!(
        acks.all(|(_, _, ack)| *ack == first),
        "the same ACK, answer and all"
    );
}

#[test]
fn a_2xx_without_any_ack_ends_in_bye() {
    let mut world = World::new();
    let (alice, bob) = world.call();
    world.lose(A, "ACK", usize::MAX);
    let now = world.now();
    world.agent(B).accept(now, bob, &[], None).unwrap();
    world.run(50);
    let now = world.now();
    world.agent(A).ack(now, alice, None).unwrap();
    world.run(31_800);
    assert_eq!(world.names(B), [""; 0]);
    assert_eq!(world.names(B), ["ended: no ACK"]);
    assert_eq!(world.names(A), ["accepted", "ended: bye"]);
    // 0.5, 1.5, 3.5, 7.5, and then every T2 up to 31.5 s.
    assert_eq!(world.count(B, "SIP/2.0 200"), 11);
    world.nothing_is_left();
}

#[test]
fn an_owner_who_never_acknowledges_gets_a_bye() {
    let mut world = World::new();
    let (alice, bob) = world.call();
    let now = world.now();
    world.agent(B).accept(now, bob, &[], None).unwrap();
    world.run(33_000);
    assert_eq!(world.names(B), ["ended: no ACK"]);
    assert_eq!(world.names(A), ["accepted", "ended: bye"]);
    let now = world.now();
    assert_eq!(world.agent(A).ack(now, alice, None), Err(UsageError::Gone));
    world.nothing_is_left();
}

#[test]
fn a_hang_up_without_ack_is_a_bye_after_all() {
    let mut world = World::new();
    let (_, bob) = world.call();
    let now = world.now();
    world.agent(B).accept(now, bob, &[], None).unwrap();
    world.agent(B).bye(now, bob, &[]).unwrap();
    world.run(33_000);
    assert_eq!(world.names(B), ["ended: bye sent"]);
    assert_eq!(world.names(A), ["accepted", "ended: bye"]);
    world.nothing_is_left();
}

#[test]
fn a_lost_bye_is_repeated_and_its_lost_answer_too() {
    let mut world = World::new();
    let (alice, _) = world.connect();
    world.lose(A, "BYE", 2);
    world.lose(B, "SIP/2.0 200", 2);
    let now = world.now();
    world.agent(A).bye(now, alice, &[]).unwrap();
    world.run(10_000);
    assert_eq!(world.names(A), ["ended: bye sent"]);
    assert_eq!(world.names(B), ["ended: bye"], "told once");
    assert_eq!(world.count(A, "BYE"), 5);
    world.nothing_is_left();
}

#[test]
fn a_bye_that_nobody_answers_ends_the_call_all_the_same() {
    let mut world = World::new();
    let (alice, bob) = world.connect();
    world.lose(A, "BYE", usize::MAX);
    let now = world.now();
    world.agent(A).bye(now, alice, &[]).unwrap();
    assert_eq!(world.names(A), [""; 0]);
    assert_eq!(
        world.agent(A).usage(alice).unwrap().state,
        UsageState::Ending
    );
    world.run(32_000);
    assert_eq!(world.names(A), ["ended: bye sent"]);
    // Bob has heard nothing. His next request tells him.
    let now = world.now();
    world.agent(B).reinvite(now, bob, &[], None).unwrap();
    assert_eq!(world.names(B), ["re-rejected: 481", "ended: peer lost"]);
    world.nothing_is_left();
}

#[test]
fn a_cancel_waits_for_a_provisional_response() {
    let mut world = World::new();
    world.lose(B, "SIP/2.0 100", 1);
    let (alice, _) = world.call();
    let now = world.now();
    world.agent(A).cancel(now, alice).unwrap();
    world.run(50);
    assert_eq!(world.count(A, "CANCEL"), 0);
    world.run(1_000);
    assert_eq!(
        world.count(A, "CANCEL"),
        1,
        "after the 100 to the repeated INVITE"
    );
    assert_eq!(world.names(A), ["rejected: 487"]);
    assert_eq!(world.names(B), ["cancelled"]);
    world.nothing_is_left();
}

#[test]
fn a_cancelled_call_whose_end_is_never_told_times_out() {
    let mut world = World::new();
    let (alice, bob) = world.call();
    let now = world.now();
    world
        .agent(B)
        .provisional(now, bob, StatusCode::RINGING, &[], None)
        .unwrap();
    world.run(50);
    world.lose(B, "SIP/2.0 487", usize::MAX);
    let now = world.now();
    world.agent(A).cancel(now, alice).unwrap();
    world.run(32_000);
    assert_eq!(world.names(A), ["180", "rejected: timeout"]);
    world.nothing_is_left();
}

#[test]
fn a_2xx_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let mut world = World::new();
    let (alice, bob) = world.call();
    let now = world.now();
    world
        .agent(B)
        .provisional(now, bob, StatusCode::RINGING, &[], None)
        .unwrap();
    world.run(50);
    let now = world.now();
    world.agent(A).cancel(now, alice).unwrap();
    world.agent(B).accept(now, bob, &[], SDP).unwrap();
    assert_eq!(world.names(A), ["180", "rejected: cancelled"]);
    assert_eq!(world.names(B), ["acknowledged", "ended: bye"]);
    world.nothing_is_left();
}

#[test]
fn calls_survive_a_bad_network() {
    for seed in 0..40 {
        let link = Link {
            loss: 0.25,
            duplication: 0.2,
            reordering: 0.2,
            held_back: Duration::from_millis(700),
            jitter: Duration::from_millis(30),
            ..Link::with_delay(Duration::from_millis(20))
        };
        let mut world = World::new();
        *world.simulation.network_mut() = Network::new(seed, link);
        let now = world.now();
        let alice = world.agent(A).invite(now, &call(to_bob_udp())).unwrap();
        let mut bob = None;
        let (mut ended, mut hung_up) = ([0, 0], false);
        for _ in 0..2_000 {
            world.run(100);
            for host in [A, B] {
                for event in world.events(host) {
                    let now = world.now();
                    let agent = world.agent(host);
                    match event {
                        UserAgentEvent::Invited { usage, .. } => {
                            assert_eq!(bob, None, "seed {seed}: a ghost call");
                            bob = Some(usage);
                            agent
                                .provisional(now, usage, StatusCode::RINGING, &[], None)
                                .unwrap();
                            agent.accept(now, usage, &[], SDP).unwrap();
                        }
                        UserAgentEvent::Accepted { usage, .. } => {
                            agent.ack(now, usage, None).unwrap()
                        }
                        UserAgentEvent::Ended { .. } | UserAgentEvent::Rejected { .. } => {
                            ended[host.0] += 1;
                        }
                        UserAgentEvent::Acknowledged { .. } | UserAgentEvent::Progress { .. } => {}
                        other => panic!("seed {seed}: {other:?}"),
                    }
                }
            }
            let established = world
                .agent(A)
                .usage(alice)
                .is_some_and(|view| view.state == UsageState::Established);
            if established && !hung_up && world.now() > Instant::from_secs(40) {
                hung_up = true;
                let now = world.now();
                let _ = world.agent(A).bye(now, alice, &[]);
            }
        }
        assert_eq!(ended, [1, 1], "seed {seed}");
        world.nothing_is_left();
    }
}
