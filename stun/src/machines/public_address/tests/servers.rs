//! Where servers are, and which of them are asked.

use trunkline_sans_io::{DnsName, Srv};

use super::*;

/// C004-194, C004-200: an entry is a name or an address, and a port if it is not 3478.
#[test]
fn c004_200_servers_as_text() {
    let name = |text: &str| DnsName::parse(text).unwrap();
    for (text, wanted) in [
        ("192.0.2.1", StunServer::Address(address(ONE))),
        (
            "192.0.2.1:3479",
            StunServer::Address(address("192.0.2.1:3479")),
        ),
        (
            "2001:db8::1",
            StunServer::Address(address("[2001:db8::1]:3478")),
        ),
        (
            "[2001:db8::1]",
            StunServer::Address(address("[2001:db8::1]:3478")),
        ),
        (
            "stun:[2001:db8::1]:9",
            StunServer::Address(address("[2001:db8::1]:9")),
        ),
        ("example.org", StunServer::Domain(name("example.org"))),
        ("STUN:example.org", StunServer::Domain(name("example.org"))),
        (
            "stun:stun.example.org:3479",
            StunServer::Host(name("stun.example.org"), 3479),
        ),
    ] {
        assert_eq!(text.parse(), Ok(wanted), "{text}");
        assert_eq!(std::format!("{wanted}").parse(), Ok(wanted));
    }
    for text in [
        "",
        "stun:",
        "a b",
        "example.org:",
        "example.org:0",
        "example.org:65536",
        "stuns:example.org",
        ".",
        ":1",
        "[::1]:x",
    ] {
        assert!(text.parse::<StunServer>().is_err(), "{text}");
    }
    assert_eq!(
        "stuns:a".parse::<StunServer>(),
        Err(StunServerError::Secure)
    );
}

/// C004-200: a name with a port is a host.
#[test]
fn c004_200_a_host_is_asked_for_its_addresses() {
    let records = [[192, 0, 2, 9], [192, 0, 2, 2]].map(|ip| DnsData::A(ip.into()));
    let mut world = World::new(&["stun.example.org:3478"], PublicAddressConfig::DEFAULT)
        .with(TWO, Answers::Sees(PUBLIC))
        .with_records("stun.example.org A", Ok(records.into()));
    world.start();
    world.run(secs(8));
    // Its first address is dead.
    assert_eq!(world.asked.first(), Some(&address("192.0.2.9:3478")));
    assert_eq!(world.public.address(), Some(address(PUBLIC).ip()));
    assert_eq!(world.questions, ["stun.example.org A"]);
    assert!(world.failures().is_empty());
}

fn srv(priority: u16, port: u16, target: &str) -> DnsData<'static> {
    DnsData::Srv(Srv {
        priority,
        weight: 0,
        port,
        target: DnsName::parse(target).unwrap(),
    })
}

/// C004-200: the hosts of a service in the order of their priorities (RFC 8489 section 8).
#[test]
fn c004_200_a_domain_is_asked_for_its_service() {
    let hosts = [
        srv(20, 3478, "b.example.org"),
        srv(10, 3479, "a.example.org"),
    ];
    let mut world = World::new(&["example.org"], PublicAddressConfig::DEFAULT)
        .with(TWO, Answers::Sees(PUBLIC))
        .with("192.0.2.1:3479", Answers::Refused)
        .with_records("_stun._udp.example.org SRV", Ok(hosts.into()))
        .with_records(
            "a.example.org A",
            Ok([DnsData::A([192, 0, 2, 1].into())].into()),
        )
        .with_records(
            "b.example.org A",
            Ok([DnsData::A([192, 0, 2, 2].into())].into()),
        );
    world.start();
    let questions = [
        "_stun._udp.example.org SRV",
        "a.example.org A",
        "b.example.org A",
    ];
    assert_eq!(world.questions, questions);
    assert_eq!(world.asked, [address("192.0.2.1:3479"), address(TWO)]);
    assert_eq!(world.public.address(), Some(address(PUBLIC).ip()));
}

/// C004-200: a domain without the record is a host.
#[test]
fn c004_200_a_domain_without_a_service_is_a_host() {
    for failure in [DnsFailure::NoSuchName, DnsFailure::NoRecord] {
        let mut world = World::new(&["example.org"], PublicAddressConfig::DEFAULT)
            .with(ONE, Answers::Sees(PUBLIC))
            .with_records("_stun._udp.example.org SRV", Err(failure))
            .with_records(
                "example.org A",
                Ok([DnsData::A([192, 0, 2, 1].into())].into()),
            );
        world.start();
        assert_eq!(world.asked, [address(ONE)]);
        assert_eq!(world.public.address(), Some(address(PUBLIC).ip()));
    }
}

#[test]
fn what_dns_does_not_tell_is_told() {
    let root = srv(0, 0, ".");
    let aaaa = DnsData::Aaaa([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into());
    let mut world = World::new(
        &[
            "a.example",
            "b.example",
            "c.example:1",
            "d.example:1",
            "[2001:db8::1]",
            "e.example",
        ],
        PublicAddressConfig::DEFAULT,
    )
    .with_records("_stun._udp.a.example SRV", Ok([root].into()))
    .with_records("_stun._udp.b.example SRV", Err(DnsFailure::Refused))
    .with_records("c.example A", Err(DnsFailure::NoSuchName))
    .with_records("d.example A", Ok([aaaa].into()))
    .with_records("_stun._udp.e.example SRV", Err(DnsFailure::NoAnswer));
    world.start();
    world.run(secs(11));
    let failures = [
        (0, ServerFailure::NoService),
        (1, DnsFailure::Refused.into()),
        (2, DnsFailure::NoSuchName.into()),
        (3, ServerFailure::OtherFamily),
        (4, ServerFailure::OtherFamily),
        (5, DnsFailure::NoAnswer.into()),
    ];
    assert_eq!(world.failures(), failures);
    assert!(matches!(
        world.events.last(),
        Some(PublicAddressEvent::AllFailed {
            kept: None,
            retry_at: Some(_),
            ..
        })
    ));
    assert!(world.asked.is_empty());
}

/// RFC 8489 section 10.
#[test]
fn servers_that_send_to_each_other_are_left() {
    let mut world = World::new(&[ONE, "192.0.2.3"], PublicAddressConfig::DEFAULT)
        .with(ONE, Answers::Alternate(TWO))
        .with(TWO, Answers::Alternate(ONE))
        .with("192.0.2.3:3478", Answers::Alternate("192.0.2.4:3478"))
        .with("192.0.2.4:3478", Answers::Sees(PUBLIC));
    world.start();
    let asked = [ONE, TWO, "192.0.2.3:3478", "192.0.2.4:3478"];
    assert_eq!(world.asked, asked.map(address));
    assert_eq!(world.failures(), [(0, ServerFailure::AlternateLoop)]);
    assert_eq!(world.public.address(), Some(address(PUBLIC).ip()));
}
