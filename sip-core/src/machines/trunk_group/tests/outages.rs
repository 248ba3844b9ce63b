//! Hosts that fail, and come back.

use super::*;

#[test]
fn p000_26_when_one_dies_new_calls_go_to_the_other() {
    for mood in [
        Mood::Silent,
        Mood::Refuses,
        Mood::Busy(None),
        Mood::Busy(Some(30)),
    ] {
        let mut world = World::new(two_hosts());
        world.far(1).mood = mood;
        // The first call that meets it pays for it, and no other.
        assert_eq!(world.placed(), (LINK02.into(), 2), "{mood:?}");
        for _ in 0..100 {
            assert_eq!(world.placed(), (LINK02.into(), 1), "{mood:?}");
        }
        for _ in 0..60 {
            world.seconds(1);
            assert_eq!(world.placed(), (LINK02.into(), 1), "{mood:?}");
        }
        assert_eq!(world.health(0), TrunkHealth::Down, "{mood:?}");
        // It comes back, and has its part again.
        world.far(1).mood = Mood::Answers(200);
        world.seconds(60);
        let calls: Vec<_> = (0..4).map(|_| world.placed()).collect();
        let turns = [LINK01, LINK02, LINK01, LINK02].map(|host| (host.into(), 1));
        assert_eq!(calls, turns, "{mood:?}");
    }
}

#[test]
fn p000_26_an_options_notices_it_within_an_interval() {
    let mut world = World::new(two_hosts());
    world.seconds(100);
    world.far(2).mood = Mood::Silent;
    world.seconds(305 - 100 + 1);
    assert_eq!(world.health(1), TrunkHealth::Suspect);
    assert_eq!(world.placed(), (LINK01.into(), 1));
    assert_eq!(world.placed(), (LINK01.into(), 1));
}

#[test]
fn options_go_out_every_five_minutes_and_faster_in_doubt() {
    let mut world = World::new(two_hosts());
    world.seconds(900);
    assert_eq!(world.far(1).asked.len(), 4);
    world.far(1).asked.clear();
    world.far(1).mood = Mood::Answers(503);
    world.seconds(330);
    let at: Vec<_> = world.far(1).asked.iter().map(|(at, _)| *at).collect();
    let gaps = at.windows(2).map(|two| (two[1] - two[0]).as_secs());
    assert_eq!(gaps.collect::<Vec<_>>(), [10, 10, 10]);
}

#[test]
fn p000_51_so_many_failures_make_it_down_and_so_many_answers_up() {
    let mut config = two_hosts();
    (config.down_after, config.up_after) = (3, 4);
    let mut world = World::new(config);
    let trunk = TrunkId(0);
    // Ten calls at once are one failure, and the OPTIONS that follows at once is another.
    world.far(1).mood = Mood::Refuses;
    for _ in 0..10 {
        let mut attempts = world.group.attempts(world.now);
        let _ = world.group.next(&mut attempts);
        world.report(TrunkOutcome::Unreachable);
    }
    world.settle();
    assert_eq!(world.health(0), TrunkHealth::Suspect);
    assert_eq!(world.alarms(), [TrunkGroupEvent::Suspect { trunk }]);
    world.seconds(10);
    assert_eq!(world.alarms(), [TrunkGroupEvent::Down { trunk }]);
    // However long it lasts, it is told once.
    world.seconds(3_600);
    let alarms: Vec<_> = world.alarms();
    assert!(
        alarms
            .iter()
            .all(|event| matches!(event, TrunkGroupEvent::NoOptions { .. }))
    );

    // Three answers and a failure are not four answers.
    world.far(1).mood = Mood::Answers(200);
    world.seconds(30);
    world.far(1).mood = Mood::Refuses;
    world.seconds(10);
    world.far(1).mood = Mood::Answers(200);
    world.seconds(30);
    assert_eq!(
        (world.health(0), world.alarms()),
        (TrunkHealth::Down, Vec::new())
    );
    world.seconds(10);
    let before = TrunkHealth::Down;
    assert_eq!(world.alarms(), [TrunkGroupEvent::Up { trunk, before }]);
}

#[test]
fn p000_51_one_lost_options_is_no_outage() {
    let mut world = World::new(two_hosts());
    world.seconds(299);
    world.far(1).mood = Mood::Silent;
    world.seconds(10);
    world.far(1).mood = Mood::Answers(200);
    world.seconds(10);
    let (trunk, before) = (TrunkId(0), TrunkHealth::Suspect);
    let told = [
        TrunkGroupEvent::Suspect { trunk },
        TrunkGroupEvent::Up { trunk, before },
    ];
    assert_eq!(world.alarms(), told);
}

#[test]
fn p000_51_maintenance_keeps_alarms_back() {
    let mut world = World::new(two_hosts());
    world.group.set_maintenance(true);
    for last in 1..=2 {
        world.far(last).mood = Mood::Refuses;
    }
    world.seconds(400);
    assert_eq!(world.health(0), TrunkHealth::Down);
    assert!(!world.group.any_up());
    world.far(1).mood = Mood::Answers(200);
    world.seconds(400);
    assert_eq!(world.alarms(), []);
    // What is still wrong at the end is told.
    world.group.set_maintenance(false);
    world.settle();
    let alarms = world.alarms();
    assert_eq!(alarms[0], TrunkGroupEvent::Down { trunk: TrunkId(1) });
    assert!(
        alarms[1..]
            .iter()
            .all(|event| matches!(event, TrunkGroupEvent::NoOptions { .. }))
    );
    assert!(world.group.any_up());
}

#[test]
fn whoever_answers_lives_unless_by_408_or_503() {
    for status in [200, 302, 401, 403, 404, 405, 481, 486, 500, 501, 504, 600] {
        let mut world = World::new(two_hosts());
        world.far(1).mood = Mood::Answers(status);
        world.seconds(700);
        assert_eq!(world.health(0), TrunkHealth::Up, "{status}");
    }
    for status in [408, 503] {
        let mut world = World::new(two_hosts());
        world.far(1).mood = Mood::Answers(status);
        world.seconds(700);
        assert_eq!(world.health(0), TrunkHealth::Down, "{status}");
    }
}

#[test]
fn retry_after_is_honoured_within_bounds() {
    for (seconds, bound) in [(25, 25), (1_000_000, 60)] {
        let mut world = World::new(two_hosts());
        world.far(1).mood = Mood::Busy(Some(seconds));
        assert_eq!(world.placed(), (LINK02.into(), 2));
        world.settle();
        world.far(1).asked.clear();
        world.far(1).mood = Mood::Answers(200);
        // An answer to a call from before changes nothing.
        world.report(TrunkOutcome::Answered);
        world.seconds(bound - 1);
        assert_eq!(world.far(1).asked.len(), 0);
        assert_eq!(world.health(0), TrunkHealth::Suspect);
        world.seconds(1);
        assert_eq!(world.far(1).asked.len(), 1);
        assert_eq!(world.health(0), TrunkHealth::Up);
    }
}

#[test]
fn an_answer_makes_a_suspect_healthy() {
    let mut world = World::new(two_hosts());
    world.report(TrunkOutcome::Silent);
    assert_eq!(world.health(0), TrunkHealth::Suspect);
    world.report(TrunkOutcome::Answered);
    assert_eq!(world.health(0), TrunkHealth::Up);
    // It was never seen in between.
    world.settle();
    assert_eq!(world.alarms(), []);
}

#[test]
fn with_everything_down_attempts_are_a_last_resort() {
    let mut world = World::new(two_hosts());
    for last in 1..=2 {
        world.far(last).mood = Mood::Silent;
    }
    world.seconds(400);
    assert!(!world.group.any_up());
    assert_eq!(world.call().len(), 2);
}

#[test]
fn the_late_answer_to_an_options_counts() {
    let mut world = World::new(two_hosts());
    world.seconds(299);
    // Lost at first; UDP repeats it until it gets through, which is after the time for an answer.
    world.far(1).mood = Mood::Silent;
    world.seconds(7);
    assert_eq!(world.health(0), TrunkHealth::Suspect);
    world.far(1).mood = Mood::Answers(200);
    world.seconds(3);
    assert_eq!(world.health(0), TrunkHealth::Up);
}

#[test]
fn without_options_a_call_tries_what_failed_now_and_then() {
    let mut config = two_hosts();
    config.options_interval = None;
    let mut world = World::new(config);
    world.far(1).mood = Mood::Silent;
    let mut wasted = 0;
    for _ in 0..600 {
        wasted += world.call().len() - 1;
        world.run(Duration::from_millis(100));
    }
    assert_eq!(world.far(1).asked.len() + world.far(2).asked.len(), 0);
    assert_eq!(wasted, 6);
    assert_eq!(world.health(0), TrunkHealth::Down);
    world.far(1).mood = Mood::Answers(200);
    for _ in 0..200 {
        world.call();
        world.run(Duration::from_millis(100));
    }
    assert_eq!(world.health(0), TrunkHealth::Up);
}

#[test]
fn a_full_user_agent_is_not_the_fault_of_the_host() {
    let mut world = World::new(two_hosts());
    let mut config = UserAgentConfig::default();
    config.layer.max_transactions = 0;
    world.agent = UserAgent::new(config, [1; 32]);
    world.seconds(700);
    assert_eq!(world.health(0), TrunkHealth::Up);
}

#[test]
fn calls_in_flight_when_an_address_failed_do_no_further_harm() {
    let addresses = std::vec![ip("192.0.2.1"), ip("192.0.2.3")];
    let zone = std::vec![(LINK01, Some((addresses, 3_600)))];
    let config = TrunkGroupConfig::every_pair(&[address(LOCAL)], &[(LINK01, 5060, Transport::Udp)]);
    let mut world = World::with_zone(config, zone);
    world.far(1).mood = Mood::Silent;
    for _ in 0..200 {
        // The first one moves the trunk to its other address, which answers; the others come too late.
        world.report(TrunkOutcome::Silent);
        world.run(Duration::from_millis(20));
        assert_eq!(world.health(0), TrunkHealth::Up);
        assert_eq!(world.call()[0].1, address("192.0.2.3:5060"));
    }
    assert_eq!(world.alarms().len(), 2);
}

#[test]
fn without_an_address_a_burst_of_failures_costs_one_address() {
    let addresses = std::vec![ip("192.0.2.1"), ip("192.0.2.3")];
    let zone = std::vec![(LINK01, Some((addresses, 3_600)))];
    let config = TrunkGroupConfig::every_pair(&[address(LOCAL)], &[(LINK01, 5060, Transport::Udp)]);
    let mut world = World::with_zone(config, zone);
    for _ in 0..5 {
        world
            .group
            .report(world.now, TrunkId(0), TrunkOutcome::Silent);
        assert_eq!(world.health(0), TrunkHealth::Suspect);
    }
    assert_eq!(world.call()[0].1, address("192.0.2.3:5060"));
    world
        .group
        .report(world.now, TrunkId(0), TrunkOutcome::Answered);
    assert_eq!(world.health(0), TrunkHealth::Up);
}
