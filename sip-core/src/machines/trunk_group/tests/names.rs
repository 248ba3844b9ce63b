//! Names, what they resolve to, and whose they are.

use super::*;

#[test]
fn p000_27_the_next_transaction_uses_the_new_address() {
    let mut world = World::new(two_hosts());
    world.set_name(LINK01, Some((&["192.0.2.1"], 60)));
    world.seconds(3_600);
    assert_eq!(world.questions.len(), 2 + 2);
    // The record is another one, but the old one may be used until its time is over.
    world.set_name(LINK01, Some((&["192.0.2.3"], 60)));
    world.told.clear();
    world.seconds(59);
    assert_eq!(world.call()[0].1, address("192.0.2.1:5060"));
    world.call();
    world.seconds(1);
    assert_eq!(world.call(), [(LINK01.into(), address("192.0.2.3:5060"))]);
    // The OPTIONS, too, went to the new address at once, by the name.
    let (at, options) = &world.far(3).asked[0];
    let (at, line) = (*at, start_line(options));
    assert_eq!(at, world.now);
    // P000-28: the name that is configured, not an address.
    assert_eq!(line, "OPTIONS sip:link01.example.com:5060 SIP/2.0");
    let host = HostId(0);
    assert_eq!(world.told.len(), 1);
    assert_eq!(world.told[0].1, TrunkGroupEvent::AddressesChanged { host });
    assert!(world.group.contains(ip("192.0.2.3")) && !world.group.contains(ip("192.0.2.1")));
}

#[test]
fn p000_27_a_failed_resolution_keeps_what_there_is() {
    let mut world = World::new(two_hosts());
    world.set_name(LINK01, None);
    world.set_name(LINK02, Some((&[], 60)));
    world.seconds(3_600 + 1_000);
    for (name, last) in [(LINK01, 1), (LINK02, 2)] {
        let of_name = world.questions.iter().filter(|(_, asked)| asked == name);
        let at: Vec<_> = of_name.map(|(at, _)| *at).collect();
        let gaps = at.windows(2).map(|two| (two[1] - two[0]).as_secs());
        let gaps: Vec<_> = gaps.collect();
        assert_eq!(gaps[..9], [3_600, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert!(world.group.contains(([192, 0, 2, last]).into()));
    }
    assert_eq!(world.placed(), (LINK01.into(), 1));
    assert_eq!(world.health(0), TrunkHealth::Up);
    // A success begins anew.
    world.set_name(LINK01, Some((&["192.0.2.3"], 60)));
    world.seconds(60);
    assert!(world.group.contains(ip("192.0.2.3")));
}

#[test]
fn a_name_without_any_address_is_an_outage() {
    let zone = std::vec![
        (LINK01, None),
        (LINK02, Some((std::vec![ip("192.0.2.2")], 60)))
    ];
    let mut world = World::with_zone(two_hosts(), zone);
    assert_eq!(world.placed(), (LINK02.into(), 1));
    world.seconds(10);
    assert_eq!(world.health(0), TrunkHealth::Down);
    assert_eq!(world.group.status(TrunkId(0)).unwrap().remote, None);
    world.set_name(LINK01, Some((&["192.0.2.1"], 60)));
    world.seconds(60);
    assert_eq!(world.health(0), TrunkHealth::Up);
    assert_eq!(world.far(2).asked.len(), 1);
}

#[test]
fn an_outstanding_options_to_an_address_that_is_gone_does_not_count() {
    let mut world = World::new(two_hosts());
    world.set_name(LINK01, Some((&["192.0.2.1"], 302)));
    world.seconds(3_600);
    world.set_name(LINK01, Some((&["192.0.2.3"], 300)));
    world.alarms();
    // Asked at 3,600 s and every 300 s; the host moves while it is being asked.
    world.seconds(298);
    world.far(1).mood = Mood::Silent;
    world.seconds(40);
    assert!(world.group.contains(ip("192.0.2.3")));
    let trunk = TrunkId(0);
    assert!(!world.alarms().contains(&TrunkGroupEvent::Suspect { trunk }));
}

#[test]
fn p000_28_and_12_options_bear_the_name_and_our_port() {
    let config = TrunkGroupConfig::every_pair(&[address(LOCAL)], &[(LINK01, 5060, Transport::Tcp)]);
    let mut world = World::new(config);
    let now = world.now;
    world.agent = UserAgent::new(UserAgentConfig::default(), [5; 32]);
    world.group = TrunkGroup::new(now, world.group.config().clone()).unwrap();
    let Some(TrunkGroupEvent::Resolve { host, .. }) = world.group.poll_event() else {
        panic!()
    };
    world
        .group
        .handle_addresses(now, host, &[ip("192.0.2.1")], Duration::from_secs(60));
    world.group.handle_timeout(now, &mut world.agent);
    let (transmit, bytes) = world.agent.poll_transmit_bytes(now).unwrap();
    let path = FiveTuple::tcp(address(LOCAL), address("192.0.2.1:5060"));
    assert_eq!(transmit.path, path);
    let options = OwnedMessage::parse(bytes).unwrap();
    assert_eq!(
        start_line(&options),
        "OPTIONS sip:link01.example.com:5060;transport=tcp SIP/2.0"
    );
    assert_eq!(header(&options, "To"), "<sip:link01.example.com>");
    assert!(header(&options, "From").starts_with("<sip:203.0.113.5>;tag="));
    assert!(header(&options, "Via").starts_with("SIP/2.0/TCP 203.0.113.5:5068;"));
    assert_eq!(
        header(&options, "Contact"),
        "<sip:203.0.113.5:5068;transport=tcp>"
    );
}

#[test]
fn options_say_where_we_are_as_others_know_it() {
    let mut world = World::new(two_hosts());
    for (sent_by, from, contact) in [
        (
            "198.51.100.7:5070",
            "<sip:198.51.100.7>",
            "<sip:198.51.100.7:5070>",
        ),
        ("198.51.100.7", "<sip:198.51.100.7>", "<sip:198.51.100.7>"),
        (
            "[2001:db8::7]",
            "<sip:[2001:db8::7]>",
            "<sip:[2001:db8::7]>",
        ),
        (
            "[2001:db8::7]:5070",
            "<sip:[2001:db8::7]>",
            "<sip:[2001:db8::7]:5070>",
        ),
    ] {
        let mut config = UserAgentConfig::default();
        config.layer.sent_by.push(crate::PublicAddress {
            local: address(LOCAL),
            sent_by: sent_by.into(),
        });
        world.agent = UserAgent::new(config, [6; 32]);
        world.far(1).asked.clear();
        world.seconds(300);
        let options = world.far(1).asked[0].1.clone();
        assert!(header(&options, "From").starts_with(from));
        assert_eq!(header(&options, "Contact"), contact);
    }
}

#[test]
fn p000_30_ipv4_alone_unless_ipv6_is_wanted() {
    for ipv6 in [false, true] {
        let mut config = TrunkGroupConfig::every_pair(
            &[address("[2001:db8::5]:5068")],
            &[(LINK01, 5060, Transport::Udp)],
        );
        config.ipv6 = ipv6;
        let now = Instant::ORIGIN;
        let mut group = TrunkGroup::new(now, config).unwrap();
        let host = HostId(0);
        let event = group.poll_event();
        let name = LINK01.into();
        assert_eq!(event, Some(TrunkGroupEvent::Resolve { host, name, ipv6 }));
        let both = [ip("192.0.2.1"), ip("2001:db8::1")];
        group.handle_addresses(now, host, &both, Duration::from_secs(60));
        assert_eq!(group.addresses().count(), if ipv6 { 2 } else { 1 });
        // Only an address of the family of our own is of use.
        let remote = ipv6.then(|| address("[2001:db8::1]:5060"));
        assert_eq!(group.status(TrunkId(0)).unwrap().remote, remote);
        assert_eq!(group.any_up(), ipv6);
    }
}

#[test]
fn addresses_are_never_asked_for() {
    let config = TrunkGroupConfig::every_pair(
        &[address("[2001:db8::5]:5068")],
        &[
            ("2001:db8::1", 5060, Transport::Udp),
            ("[2001:db8::2]", 5060, Transport::Udp),
        ],
    );
    let mut world = World::with_zone(config, Vec::new());
    world.seconds(10_000);
    assert_eq!(world.questions, []);
    let tried = world.call();
    assert_eq!(
        tried[0],
        ("[2001:db8::1]".into(), address("[2001:db8::1]:5060"))
    );
}

#[test]
fn p000_1_two_names_are_one_trunk() {
    let mut config = two_hosts();
    config.aliases.push(TrunkAlias {
        host: LINK01.into(),
        alias: "link01.other.example".into(),
    });
    let mut world = World::new(config);
    let local = address(LOCAL);
    let trunk = Some(TrunkId(0));
    let names = [LINK01, "LINK01.Other.Example", "link01.other.example."];
    for name in names {
        assert_eq!(world.group.trunk_named(name, local), trunk);
    }
    assert_eq!(world.group.trunk_named(LINK02, local), Some(TrunkId(1)));
    assert_eq!(world.group.trunk_named("link03.example.com", local), None);

    // An INVITE or OPTIONS from either: the address must be that of a host, the name decides among hosts
    // with one address.
    world.set_name(LINK02, Some((&["192.0.2.1"], 60)));
    world.seconds(3_600);
    let request = |method: &str, from: &str, to: &str| {
        let text = std::format!(
            "{method} sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:{from}>;tag=1\r\n\
             To: <sip:{to}>\r\nCall-ID: 1\r\nCSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n"
        );
        OwnedMessage::parse(text.into_bytes().into()).unwrap()
    };
    let path = FiveTuple::udp(local, address("192.0.2.1:40000"));
    let find = |world: &World, message: &OwnedMessage| {
        world.group.trunk_of_request(&message.message(), path)
    };
    for method in ["INVITE", "OPTIONS"] {
        for name in names {
            assert_eq!(find(&world, &request(method, name, "203.0.113.5")), trunk);
            let from = std::format!("+4989@{name}");
            assert_eq!(find(&world, &request(method, &from, "203.0.113.5")), trunk);
            assert_eq!(find(&world, &request(method, "x.example", name)), trunk);
        }
        let other = request(method, LINK02, "203.0.113.5");
        assert_eq!(find(&world, &other), Some(TrunkId(1)));
    }
    let stranger = FiveTuple::udp(local, address("198.51.100.1:5060"));
    let message = request("INVITE", LINK01, "203.0.113.5");
    assert_eq!(
        world.group.trunk_of_request(&message.message(), stranger),
        None
    );

    // The name in use is withdrawn: the other takes over, the trunk stays what it was, and so do its calls.
    let mut call = world.group.attempts(world.now);
    world.zone.push((
        "link01.other.example",
        Some((std::vec![ip("192.0.2.1")], 60)),
    ));
    assert!(world.group.remove_name(world.now, LINK01));
    let route = world.group.next(&mut call).unwrap();
    assert_eq!(
        (route.trunk, route.host),
        (TrunkId(0), "link01.other.example")
    );
    world.settle();
    assert_eq!(world.questions.last().unwrap().1, "link01.other.example");
    assert_eq!(world.group.trunk_named(LINK01, local), None);
    assert_eq!(world.group.trunk_named(names[1], local), trunk);
    assert_eq!(world.health(0), TrunkHealth::Up);
    // The last name stays.
    assert!(!world.group.remove_name(world.now, names[1]));
    assert!(world.group.add_alias(names[1], LINK01));
    assert_eq!(world.group.trunk_named(LINK01, local), trunk);
}

#[test]
fn p000_5_membership_is_by_source_address() {
    let world = World::new(two_by_two());
    let path = |local: &str, remote: &str| FiveTuple::udp(address(local), address(remote));
    let of = |local, remote| {
        world
            .group
            .trunk_of(path(local, remote))
            .map(TrunkId::index)
    };
    assert!(world.group.contains(ip("192.0.2.1")));
    assert!(world.group.contains(ip("::ffff:192.0.2.1")));
    assert!(!world.group.contains(ip("192.0.2.9")));
    assert_eq!(of("203.0.113.5:5068", "192.0.2.1:5060"), Some(0));
    assert_eq!(of("203.0.113.6:5068", "192.0.2.2:5060"), Some(3));
    assert_eq!(of("203.0.113.6:5068", "192.0.2.2:33333"), Some(3));
    assert_eq!(of("203.0.113.5:5068", "192.0.2.9:5060"), None);
    let sources: Vec<_> = world.group.addresses().collect();
    assert_eq!(sources, [ip("192.0.2.1"), ip("192.0.2.2")]);
}

#[test]
fn addresses_that_are_no_hosts_are_left_out() {
    let mut group = TrunkGroup::new(
        Instant::ORIGIN,
        TrunkGroupConfig::every_pair(&[address(LOCAL)], &[(LINK01, 5060, Transport::Udp)]),
    )
    .unwrap();
    let now = Instant::ORIGIN;
    let (host, day) = (HostId(0), Duration::from_secs(86_400));
    assert!(group.poll_event().is_some());
    let nobodies = [
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::ffff:0.0.0.0",
    ];
    let mut answer: Vec<IpAddr> = nobodies.into_iter().map(ip).collect();
    group.handle_addresses(now, host, &answer, Duration::MAX);
    assert_eq!(group.addresses().count(), 0);
    answer.push(ip("::ffff:192.0.2.1"));
    group.handle_addresses(now, host, &answer, Duration::MAX);
    assert_eq!(group.addresses().collect::<Vec<_>>(), [ip("192.0.2.1")]);
    // However long its TTL, the name is asked for again.
    while group.poll_event().is_some() {}
    let mut agent = UserAgent::new(UserAgentConfig::default(), [7; 32]);
    group.handle_timeout(now + day, &mut agent);
    assert!(matches!(
        group.poll_event(),
        Some(TrunkGroupEvent::Resolve { .. })
    ));
}

#[test]
fn an_answer_about_a_name_that_is_gone_moves_no_address() {
    let mut config =
        TrunkGroupConfig::every_pair(&[address(LOCAL)], &[(LINK01, 5060, Transport::Udp)]);
    config.aliases.push(TrunkAlias {
        host: LINK01.into(),
        alias: "192.0.2.8".into(),
    });
    let now = Instant::ORIGIN;
    let mut group = TrunkGroup::new(now, config).unwrap();
    assert!(matches!(
        group.poll_event(),
        Some(TrunkGroupEvent::Resolve { .. })
    ));
    assert!(group.remove_name(now, LINK01));
    group.handle_addresses(now, HostId(0), &[ip("192.0.2.1")], Duration::from_secs(60));
    assert_eq!(group.addresses().collect::<Vec<_>>(), [ip("192.0.2.8")]);
}
