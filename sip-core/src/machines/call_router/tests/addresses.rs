//! What the INVITE to a host says, and what cannot be made to stand there.

use super::*;
use crate::{Body, PublicAddress};

/// The INVITE that reaches the first host.
fn invite(world: &mut World, number: &str) -> OwnedMessage {
    world.dial_number(number);
    world.settle();
    let invites = world.hosts.iter().flat_map(|host| &host.invites);
    invites.last().expect("nobody was called").clone()
}

/// P000-27: the configured name stands in Request-URI and To; P000-50: Contact is numeric.
#[test]
fn hosts_are_named_and_we_are_numeric() {
    let mut world = World::new();
    world.wish.display_name = Some("Alice");
    let over_udp = invite(&mut world, "+4930");
    assert_eq!(
        start_line(&over_udp),
        "INVITE sip:+4930@link01.example.com:5060 SIP/2.0"
    );
    assert_eq!(header(&over_udp, "To"), "<sip:+4930@link01.example.com>");
    let from = header(&over_udp, "From");
    assert!(
        from.starts_with("\"Alice\" <sip:+4989123456@203.0.113.5>;tag="),
        "{from}"
    );
    assert_eq!(
        header(&over_udp, "Contact"),
        "<sip:+4989123456@203.0.113.5:5060>"
    );

    let mut world = World::with(&OUTSIDE[..1], Transport::Tcp, |_| {});
    let over_tcp = invite(&mut world, "+4930");
    let uri = "sip:+4930@link01.example.com:5060;transport=tcp";
    assert_eq!(start_line(&over_tcp), format!("INVITE {uri} SIP/2.0"));
    assert_eq!(
        header(&over_tcp, "Contact"),
        "<sip:+4989123456@203.0.113.5:5060;transport=tcp>"
    );
    assert!(header(&over_tcp, "From").starts_with("<sip:+4989123456@203.0.113.5>;tag="));
}

#[test]
fn a_public_address_takes_the_place_of_the_local_one() {
    let mut world = World::new();
    let mut config = UserAgentConfig::default();
    config.layer.sent_by.push(PublicAddress {
        local: address(OUTSIDE[0]),
        sent_by: "198.18.0.1:5061".into(),
    });
    world.agent = UserAgent::new(config, [97; 32]);
    let invite = invite(&mut world, "+4930");
    assert_eq!(
        header(&invite, "Contact"),
        "<sip:+4989123456@198.18.0.1:5061>"
    );
    assert!(header(&invite, "From").starts_with("<sip:+4989123456@198.18.0.1>;tag="));
}

/// What is escaped stays so, and what must not stand in a user part gets escaped.
#[test]
fn no_number_can_write_more_than_itself() {
    for (called, written) in [
        ("+4930", "+4930@"),
        ("12%0d%0aVia: x", "12%0d%0aVia%3A%20x@"),
        ("12\r\nVia: x", "12%0D%0AVia%3A%20x@"),
        ("12>;x=\"y\"<", "12%3E;x=%22y%22%3C@"),
        ("a@b:c", "a%40b%3Ac@"),
        ("100%", "100%25@"),
        ("100%4", "100%254@"),
        ("%41%zz", "%41%25zz@"),
        ("ä", "%C3%A4@"),
        ("12;phone-context=+49", "12;phone-context=+49@"),
        ("*31#0", "*31%230@"),
        ("", ""),
    ] {
        let routing = Routing {
            display_name: Some("a\"b\\c\r\nVia: d\u{85}>"),
            ..Routing::new(PROVIDER, called, called)
        };
        let mut world = World::new();
        world.dial_offered(&routing);
        let invite = &world.hosts[0].invites[0];
        let line = start_line(invite);
        assert_eq!(
            line,
            format!("INVITE sip:{written}link01.example.com:5060 SIP/2.0")
        );
        assert_eq!(
            header(invite, "To"),
            format!("<sip:{written}link01.example.com>")
        );
        assert_eq!(
            header(invite, "Contact"),
            format!("<sip:{written}203.0.113.5:5060>")
        );
        let from = header(invite, "From");
        let expected = format!("\"a\\\"b\\\\cVia: d>\" <sip:{written}203.0.113.5>;tag=");
        assert!(from.starts_with(&expected), "{from}");
        assert_eq!(invite.message().headers_named("Via").count(), 1);
        // And it is understood.
        let from = invite
            .message()
            .require::<crate::header::From<'_>>()
            .unwrap();
        assert!(from.uri().as_sip().is_some());
    }
}

#[test]
fn what_the_owner_adds_stands_beside_what_crosses() {
    // Names that no list can make cross cost nothing else.
    let mut world = World::with(&OUTSIDE[..1], Transport::Udp, |config| {
        let own = ["Content-Type", "Via"].into_iter().map(Into::into);
        config.crossing.splice(..0, own);
    });
    world.wish.headers = &[("X-Trunk", "1"), ("X-Trunk", "2")];
    let path = FiveTuple::udp(address(ALICE), address(INSIDE));
    let from = "<sip:alice@198.51.100.7>";
    let outgoing = Outgoing {
        headers: &[
            ("P-Asserted-Identity", "<sip:+4989@a>"),
            ("X-Own", "hidden"),
            ("Privacy", "id"),
        ],
        body: Some(Body {
            content_type: "application/sdp",
            bytes: b"offer",
        }),
        ..Outgoing::new(
            path.into(),
            "sip:1@198.51.100.5",
            from,
            "<sip:1@198.51.100.5>",
        )
    };
    world.alice.invite(world.now, &outgoing).unwrap();
    world.hosts[0].mood = Mood::Refuses;
    world.settle();
    // The second attempt is like the first.
    let invite = &world.hosts[1].invites[0];
    assert_eq!(header(invite, "P-Asserted-Identity"), "<sip:+4989@a>");
    assert_eq!(header(invite, "Privacy"), "id");
    assert_eq!(header(invite, "Content-Type"), "application/sdp");
    assert_eq!(header(invite, "Max-Forwards"), "69");
    assert_eq!(invite.message().headers_named("X-Trunk").count(), 2);
    assert_eq!(invite.message().headers_named("X-Own").count(), 0);
}
