//! What is a trunk group and what is none.

use super::*;

fn check(config: TrunkGroupConfig) -> Result<(), TrunkGroupError> {
    TrunkGroup::new(Instant::ORIGIN, config).map(|_| ())
}

fn every_pair(locals: &[&str], hosts: &[&str]) -> Result<(), TrunkGroupError> {
    let locals: Vec<_> = locals.iter().map(|text| address(text)).collect();
    let hosts: Vec<_> = hosts
        .iter()
        .map(|host| (*host, 5060, Transport::Tcp))
        .collect();
    check(TrunkGroupConfig::every_pair(&locals, &hosts))
}

#[test]
fn p000_3_one_or_two_local_addresses() {
    let locals = ["203.0.113.5:5068", "203.0.113.6:5068", "203.0.113.7:5068"];
    assert_eq!(every_pair(&[], &[LINK01]), Err(TrunkGroupError::NoTrunk));
    assert_eq!(every_pair(&locals[..1], &[LINK01, LINK02]), Ok(()));
    assert_eq!(every_pair(&locals[..2], &[LINK01, LINK02]), Ok(()));
    assert_eq!(
        every_pair(&locals, &[LINK01]),
        Err(TrunkGroupError::TooManyLocals)
    );
    assert_eq!(every_pair(&locals[..1], &[]), Err(TrunkGroupError::NoTrunk));
    // Three ports of one address are one address.
    let ports = ["203.0.113.5:5068", "203.0.113.5:5069", "203.0.113.5:5070"];
    assert_eq!(every_pair(&ports, &[LINK01]), Ok(()));
}

#[test]
fn p000_46_two_by_two_are_four_and_nothing_less() {
    let config = two_by_two();
    assert_eq!(config.trunks.len(), 4);
    assert_eq!(check(config.clone()), Ok(()));
    for missing in 0..4 {
        let mut config = config.clone();
        config.trunks.remove(missing);
        assert!(matches!(
            check(config),
            Err(TrunkGroupError::IncompleteMatrix { .. })
        ));
    }
    let mut config = config;
    config.trunks.truncate(2);
    assert_eq!(check(config), Ok(()));
}

#[test]
fn p000_29_the_five_are_the_identity() {
    // The same gateway at two ports, and from two ports of ours.
    let config = TrunkGroupConfig::new(std::vec![
        trunk(LINK01, 5060, LOCAL),
        trunk(LINK01, 5062, LOCAL),
        trunk(LINK01, 5060, "203.0.113.5:5069"),
        Trunk {
            transport: Transport::Tcp,
            ..trunk(LINK01, 5060, LOCAL)
        },
    ]);
    let group = TrunkGroup::new(Instant::ORIGIN, config.clone()).unwrap();
    assert_eq!(group.trunk_ids().count(), 4);
    assert_eq!(group.host_ids().count(), 3);

    let mut twice = config;
    twice.trunks.push(trunk("LINK01.example.com.", 5062, LOCAL));
    assert_eq!(check(twice), Err(TrunkGroupError::Duplicate { index: 4 }));
}

#[test]
fn what_leads_nowhere_is_refused() {
    let one = |host: &str, port| check(TrunkGroupConfig::new(std::vec![trunk(host, port, LOCAL)]));
    assert_eq!(one("", 5060), Err(TrunkGroupError::Host { index: 0 }));
    assert_eq!(one("a b", 5060), Err(TrunkGroupError::Host { index: 0 }));
    assert_eq!(one("x\r\ny", 5060), Err(TrunkGroupError::Host { index: 0 }));
    assert_eq!(one(LINK01, 0), Err(TrunkGroupError::Port { index: 0 }));
    assert_eq!(one("2001:db8::1", 5060), Ok(()));

    let many = (5060..5077).map(|port| trunk(LINK01, port, LOCAL));
    assert_eq!(
        check(TrunkGroupConfig::new(many.collect())),
        Err(TrunkGroupError::TooManyTrunks)
    );
    let mut config = two_hosts();
    config.aliases.push(TrunkAlias {
        host: "link03.example.com".into(),
        alias: "x".into(),
    });
    assert_eq!(check(config), Err(TrunkGroupError::Alias { index: 0 }));
}

#[test]
fn zeros_make_no_loop() {
    let mut config = two_hosts();
    config.options_interval = Some(Duration::ZERO);
    config.suspect_interval = Duration::ZERO;
    config.probe_timeout = Duration::ZERO;
    config.watchdog = Some(Duration::ZERO);
    config.down_after = 0;
    config.up_after = 0;
    let mut world = World::new(config);
    world.set_name(LINK01, Some((&["192.0.2.1"], 0)));
    world.far(2).mood = Mood::Silent;
    world.seconds(60);
    assert!(world.far(1).asked.len() <= 602);
    assert_eq!(world.health(0), TrunkHealth::Up);
    assert_eq!(world.health(1), TrunkHealth::Down);
}
