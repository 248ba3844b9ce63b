//! The OPTIONS of the provider.

use super::*;

fn missing(world: &mut World) -> Vec<TrunkGroupEvent> {
    let mut alarms = world.alarms();
    alarms.retain(|event| {
        matches!(
            event,
            TrunkGroupEvent::NoOptions { .. } | TrunkGroupEvent::OptionsAgain { .. }
        )
    });
    alarms
}

#[test]
fn p000_58_after_two_intervals_without_options_that_is_told_once() {
    let mut world = World::new(two_hosts());
    let host = HostId(1);
    for _ in 0..10 {
        world.seconds(300);
        // Not for us to answer, and not for us to take away.
        assert!(!world.options_from("ping@192.0.2.1", 1));
        assert!(!world.options_from("ping@192.0.2.2", 2));
    }
    assert_eq!(missing(&mut world), []);
    for _ in 0..10 {
        world.seconds(300);
        world.options_from("ping@192.0.2.1", 1);
    }
    assert_eq!(missing(&mut world), [TrunkGroupEvent::NoOptions { host }]);
    world.options_from("ping@192.0.2.2", 2);
    assert_eq!(
        missing(&mut world),
        [TrunkGroupEvent::OptionsAgain { host }]
    );
    world.seconds(599);
    assert_eq!(missing(&mut world), []);
    world.seconds(1);
    assert_eq!(missing(&mut world).len(), 2);
}

#[test]
fn p000_58_the_limit_is_exact_and_can_be_switched_off() {
    let mut world = World::new(two_hosts());
    world.run(Duration::from_millis(599_999));
    assert_eq!(missing(&mut world), []);
    world.run(Duration::from_millis(1));
    assert_eq!(missing(&mut world).len(), 2);

    let mut config = two_hosts();
    config.watchdog = None;
    let mut world = World::new(config);
    world.seconds(100_000);
    assert_eq!(missing(&mut world), []);
}

#[test]
fn options_of_strangers_do_not_keep_the_watchdog_quiet() {
    let mut world = World::new(two_hosts());
    world.seconds(590);
    assert!(!world.options_from(LINK01, 9));
    world.seconds(10);
    assert_eq!(missing(&mut world).len(), 2);
}

#[test]
fn answers_that_are_not_ours_are_left_alone() {
    let mut world = World::new(two_hosts());
    let path = FiveTuple::udp(address(LOCAL), address("192.0.2.9:5060"));
    let outgoing = crate::Outgoing::new(path.into(), "sip:x@y", "<sip:a@b>", "<sip:x@y>");
    let now = world.now;
    world
        .agent
        .request(now, Method::Options, &outgoing)
        .unwrap();
    world.agent.handle_send_failed(now, path, None);
    let event = world.agent.poll_event().unwrap();
    assert!(matches!(event, UserAgentEvent::Failed { .. }));
    assert!(!world.group.handle_event(now, &event));
}
