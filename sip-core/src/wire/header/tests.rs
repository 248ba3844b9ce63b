mod forms;

use core::fmt::Debug;
use std::string::{String, ToString};
use std::vec::Vec;

use super::*;
use crate::wire::host::{Host, HostPort};
use crate::wire::message::Message;
use crate::wire::method::Method;
use crate::wire::scan::HeaderSpan;
use crate::wire::transport::Transport;
use crate::wire::uri::Uri;

fn parse<'a, H: Header<'a>>(value: &'a str) -> H {
    H::parse(value.as_bytes()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// What is written means the same as what was read.
fn written<'a, H: Header<'a> + ToString>(value: &'a str) -> String {
    parse::<H>(value).to_string()
}

fn refused<'a, H: Header<'a> + Debug>(values: &[&'a str]) {
    for value in values {
        let error = H::parse(value.as_bytes()).expect_err(value);
        assert_eq!(error.name(), H::NAME, "{value}");
        assert!(
            error.offset().is_some_and(|offset| offset <= value.len()),
            "{value}: {error}"
        );
    }
}

#[test]
fn via_is_read_and_written() {
    let via: Via<'_> = parse(
        "SIP/2.0/UDP 198.51.100.33:5060;branch=z9hG4bK74bf;rport=5061;received=192.0.2.1;ttl=16;\
         maddr=224.0.1.75;alias;x=\"y;z\"",
    );
    assert_eq!(via.transport, Transport::Udp);
    assert_eq!(via.sent_by.host, Host::parse("198.51.100.33").unwrap());
    assert_eq!((via.sent_by.port, via.port()), (Some(5060), 5060));
    assert_eq!(via.transaction_id(), Some("74bf"));
    assert_eq!(via.rport, Some(RPort::Port(5061)));
    assert_eq!(via.received, "192.0.2.1".parse().ok());
    assert_eq!(via.ttl, Some(16));
    assert_eq!(via.maddr, Host::parse("224.0.1.75"));
    assert!(via.params.contains("Alias"));
    assert_eq!(
        via.to_string(),
        "SIP/2.0/UDP 198.51.100.33:5060;branch=z9hG4bK74bf;received=192.0.2.1;rport=5061;maddr=224.0.1.75;\
         ttl=16;alias;x=\"y;z\""
    );
    let tls: Via<'_> = parse("SIP/2.0/tls [2001:db8::9:1];rport;branch=x");
    assert_eq!(
        (tls.transport, tls.port(), tls.rport),
        (Transport::Tls, 5061, Some(RPort::Requested))
    );
    assert_eq!(tls.transaction_id(), None);
    let built = Via::new(
        Transport::Tcp,
        "192.0.2.9:5070"
            .parse::<core::net::SocketAddr>()
            .unwrap()
            .into(),
        "z9hG4bKa",
    );
    assert_eq!(
        built.to_string(),
        "SIP/2.0/TCP 192.0.2.9:5070;branch=z9hG4bKa;rport"
    );

    refused::<Via<'_>>(&[
        "",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ",
        "SIP/2.0 h",
        "XIP/2.0/UDP h",
        "SIP/2.0/UDP h;;x",
        "SIP/2.0/UDP h;",
        "SIP/2.0/UDP h x",
        "SIP/2.0/UDP h:99999",
        "SIP/2.0/UDP h;rport=70000",
        "SIP/2.0/UDP h;received=h",
        "SIP/2.0/UDP h;ttl=256",
        "SIP/2.0/UDP h;maddr=",
        "SIP/2.0/UDP h,",
        "SIP/2.0/UDP <h>",
    ]);
}

/// E001-68: 5060, over TLS 5061; RFC 7118 section 5.5.
#[test]
fn a_via_without_port_has_that_of_its_transport() {
    let ports = ["UDP", "TCP", "TLS", "SCTP", "WS", "WSS"].map(|transport| {
        let value = std::format!("SIP/2.0/{transport} h.example.com;branch=z9hG4bK1");
        Via::parse(value.as_bytes()).unwrap().port()
    });
    assert_eq!(ports, [5060, 5060, 5061, 5060, 80, 443]);
    assert_eq!(parse::<Via<'_>>("SIP/2.0/TLS h:5080").port(), 5080);
}

#[test]
fn a_server_stamps_where_the_request_came_from() {
    let source = "192.0.2.7:40000".parse().unwrap();
    let stamp = |value| parse::<Via<'_>>(value).stamp(source);
    let address = "192.0.2.7".parse().ok();
    assert_eq!(stamp("SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1"), (None, None));
    assert_eq!(
        stamp("SIP/2.0/UDP 192.0.2.8;branch=z9hG4bK1"),
        (address, None)
    );
    assert_eq!(stamp("SIP/2.0/UDP a.example.com"), (address, None));
    assert_eq!(stamp("SIP/2.0/UDP 192.0.2.7;rport"), (address, Some(40000)));
    let mapped = "[::ffff:192.0.2.7]:40000".parse().unwrap();
    assert_eq!(
        parse::<Via<'_>>("SIP/2.0/UDP 192.0.2.7").stamp(mapped),
        (None, None)
    );
}

#[test]
fn from_and_to_have_a_tag_or_none() {
    let from: From<'_> =
        parse("\"Alice \\\"L\\\"\" <sip:+14155550100@example.com;user=phone>;tag=9fx;epid=2b");
    assert_eq!(
        (from.tag, from.address.params.value("epid")),
        (Some("9fx"), Some("2b"))
    );
    assert_eq!(
        from.uri().as_str(),
        "sip:+14155550100@example.com;user=phone"
    );
    let mut name = [0; 16];
    let len = from
        .address
        .display_name
        .unwrap()
        .unescape_into(&mut name)
        .unwrap();
    assert_eq!(&name[..len], b"Alice \"L\"");
    assert_eq!(
        from.to_string(),
        "\"Alice \\\"L\\\"\" <sip:+14155550100@example.com;user=phone>;tag=9fx;epid=2b"
    );

    let to: To<'_> = parse("sip:bob@example.com;tag=1;x");
    assert_eq!(
        (to.tag, to.uri().as_str()),
        (Some("1"), "sip:bob@example.com")
    );
    assert_eq!(to.to_string(), "<sip:bob@example.com>;tag=1;x");
    // No token, but it has to come back in every request of the dialog.
    let loose = "<sip:bob@example.com>;tag=a:b@c/d";
    assert_eq!(written::<To<'_>>(loose), loose);
    let loose = "SIP/2.0/UDP h;branch=z9hG4bKa:b@c";
    assert_eq!(written::<Via<'_>>(loose), loose);
    let words: To<'_> = parse("Mr. Watson<tel:+14255550123;ext=1>");
    assert_eq!(
        words.address.display_name.unwrap().as_str(),
        Some("Mr. Watson")
    );
    assert_eq!(words.tag, None);
    assert_eq!(parse::<To<'_>>("<sip:a@b>;tag=").tag, None);
    let mut changed = words;
    changed.tag = Some("new");
    assert_eq!(
        changed.to_string(),
        "Mr. Watson <tel:+14255550123;ext=1>;tag=new"
    );

    // Latin-1 and UTF-8 without quotes come from peers that do not know better.
    let latin = From::parse(b"\"M\xfcller\" <sip:m@example.com>;tag=1").unwrap();
    assert_eq!(
        (latin.tag, latin.uri().as_str()),
        (Some("1"), "sip:m@example.com")
    );
    assert_eq!(latin.address.display_name.unwrap().as_str(), None);
    assert!(From::parse("Müller <sip:m@example.com>".as_bytes()).is_ok());

    refused::<From<'_>>(&[
        "",
        "sip",
        "<sip:a@b",
        "<>",
        "sip:a@b>",
        "\"a\" sip:a@b",
        "\"a <sip:a@b>",
        "Bell, A <sip:a@b>",
        "< sip:a@b>",
        "<sip:a@b >",
        "<sip:a@b> x",
        "<sip:a@b>;",
        "<sip:a@b>;=x",
        "sip:a@b?x=y",
        "a <b",
        "<sip:a@b>,<sip:c@d>",
    ]);
}

#[test]
fn contact_has_preference_and_expiry() {
    let contact: Contact<'_> = parse("<sip:a@h>;q=0.7;expires=60;+sip.instance=\"<urn:x>\"");
    let address = contact.address().unwrap();
    assert_eq!(
        (address.q.map(Q::thousandths), address.expires),
        (Some(700), Some(60))
    );
    assert_eq!(
        contact.to_string(),
        "<sip:a@h>;q=0.7;expires=60;+sip.instance=\"<urn:x>\""
    );
    assert_eq!(parse::<Contact<'_>>("*"), Contact::Star);
    assert_eq!(Contact::Star.to_string(), "*");
    let forever: Contact<'_> = parse("<sip:a@h>;expires=280297596632815");
    assert_eq!(forever.address().unwrap().expires, Some(3600));
    let uri = Uri::parse("sip:a@192.0.2.1").unwrap();
    assert_eq!(Contact::new(uri).to_string(), "<sip:a@192.0.2.1>");
    for (q, thousandths) in [
        ("1", 1000),
        ("1.000", 1000),
        ("0", 0),
        ("0.05", 50),
        ("0.125", 125),
        (".5", 500),
    ] {
        let value = std::format!("<sip:a@h>;q={q}");
        let read = Contact::parse(value.as_bytes()).unwrap();
        assert_eq!(
            read.address().unwrap().q.map(Q::thousandths),
            Some(thousandths),
            "{q}"
        );
    }
    assert_eq!(Q::from_thousandths(50).unwrap().to_string(), "0.05");
    assert_eq!(Q::from_thousandths(125).unwrap().to_string(), "0.125");
    refused::<Contact<'_>>(&[
        "",
        "**",
        "* ;x",
        "<sip:a@h>;q=2",
        "<sip:a@h>;q=0.1234",
        "<sip:a@h>;q=x",
        "<sip:a@h>;q",
    ]);
}

#[test]
fn routes_need_brackets() {
    let route: Route<'_> = parse("\"Edge\" <sip:edge.example.com;transport=tcp;lr>;x=1");
    assert!(route.is_loose_router());
    assert_eq!(
        route.to_string(),
        "\"Edge\" <sip:edge.example.com;transport=tcp;lr>;x=1"
    );
    assert!(!parse::<RecordRoute<'_>>("<sip:a@h>").is_loose_router());
    refused::<Route<'_>>(&["sip:edge.example.com;lr", "", "<sip:a"]);
    assert_eq!(
        written::<PAssertedIdentity<'_>>("tel:+49301234"),
        "<tel:+49301234>"
    );
    assert_eq!(written::<Path<'_>>("<sip:p;lr>"), "<sip:p;lr>");
}

#[test]
fn numbers_stay_in_range() {
    let cseq: CSeq<'_> = parse("0009\r\n  INVITE");
    assert_eq!(
        (cseq.number, cseq.method, cseq.to_string().as_str()),
        (9, Method::Invite, "9 INVITE")
    );
    refused::<CSeq<'_>>(&[
        "",
        "1",
        "INVITE",
        "1INVITE",
        "4294967296 INVITE",
        "-1 INVITE",
        "1 INVITE x",
        "1 @",
    ]);
    assert_eq!(
        CSeq::parse(b"36893488147419103232 REGISTER"),
        Err(HeaderError::OutOfRange {
            name: HeaderName::CSeq,
            offset: 0
        })
    );
    assert_eq!(parse::<MaxForwards>("0068"), MaxForwards(68));
    refused::<MaxForwards>(&["256", "", "-1", "1 2", "a"]);
    assert_eq!(parse::<Expires>("4294967295").to_string(), "4294967295");
    refused::<Expires>(&["4294967296", "60s"]);
    assert_eq!(parse::<MinExpires>("60"), MinExpires(60));
    refused::<ContentLength>(&["-999", "13, 5", "+1", "0x10"]);
}

#[test]
fn tokens_and_the_rest() {
    assert_eq!(parse::<Allow<'_>>("PRACK"), Allow(Method::Prack));
    assert_eq!(parse::<Supported<'_>>("100REL"), Supported("100rel"));
    assert_eq!(written::<Unsupported<'_>>("x"), "x");
    refused::<Require<'_>>(&["", "a b", "a;b"]);
    assert_eq!(parse::<CallId<'_>>("a@b").to_string(), "a@b");
    refused::<CallId<'_>>(&["", "a b", "a\u{e9}"]);

    let sdp: ContentType<'_> = parse("Application/SDP ; charset=\"x\"");
    assert!(sdp.is("application", "sdp"));
    assert_eq!(sdp.params.value("charset"), Some("x"));
    assert_eq!(ContentType::SDP.to_string(), "application/sdp");
    refused::<ContentType<'_>>(&["", "application", "a/", "a/b c", "a/b;"]);

    let reason: Reason<'_> = parse("Q.850;cause=16;text=\"Normal call clearing\"");
    assert_eq!((reason.protocol, reason.cause), ("Q.850", Some(16)));
    assert_eq!(reason.text.unwrap().as_str(), Some("Normal call clearing"));
    assert_eq!(
        Reason::new("SIP", 200, "Call \"completed\"").to_string(),
        "SIP;cause=200;text=\"Call \\\"completed\\\"\""
    );
    refused::<Reason<'_>>(&["", "SIP;cause=x", "SIP;cause=99999", "SIP;text=\"x"]);

    let retry: RetryAfter<'_> = parse("18000 (at (a) \\) meeting);duration=3600");
    assert_eq!((retry.seconds, retry.duration), (18000, Some(3600)));
    assert_eq!(retry.to_string(), "18000;duration=3600");
    refused::<RetryAfter<'_>>(&[
        "",
        "5 (",
        "5 ((x)",
        "949302838503028349304023988",
        "5;duration=x",
    ]);
    assert_eq!(written::<Timestamp<'_>>("54.21 0.3"), "54.21 0.3");
}

#[test]
fn lists_are_split_outside_quotes_and_brackets() {
    let split = |value: &'static [u8]| Values::new(value).collect::<Vec<_>>();
    assert_eq!(split(b""), []);
    assert_eq!(split(b"a"), [(0, &b"a"[..])]);
    assert_eq!(
        split(b"a , b,\r\n c"),
        [(0, &b"a"[..]), (4, b"b"), (9, b"c")]
    );
    assert_eq!(split(b"\"a,\\\"\" <sip:b,c>, d").len(), 2);
    assert_eq!(split(b"<sip:\"x>,y\"").len(), 2);
    assert_eq!(split(b"\"a, b").len(), 1);
    assert_eq!(split(b",").len(), 2);
}

#[test]
fn values_come_from_commas_and_repeats_alike() {
    let bytes = b"OPTIONS sip:a@h SIP/2.0\r\n\
        Contact: \"a, b\" <sip:1@h>, <sip:2@h>\r\n\
        k: timer,100rel\r\n\
        m: <sip:3@h>\r\n\
        Supported:\r\n\
        Supported: path\r\n\
        m: <sip:4@h>, oops, <sip:5@h>\r\n\r\n";
    let mut index = [HeaderSpan::default(); 8];
    let message = Message::parse(bytes, &mut index).unwrap();
    let contacts: Vec<_> = message
        .typed_all::<Contact<'_>>()
        .map(|contact| contact.map(|contact| contact.uri().unwrap().to_string()))
        .collect();
    let bad = bytes
        .windows(4)
        .position(|window| window == b"oops")
        .unwrap()
        + 4;
    let error = Err(HeaderError::Syntax {
        name: HeaderName::Contact,
        offset: bad,
    });
    let uri = |user: u8| Ok(std::format!("sip:{user}@h"));
    assert_eq!(contacts, [uri(1), uri(2), uri(3), uri(4), error, uri(5)]);
    let tags: Vec<&str> = message
        .typed_all::<Supported<'_>>()
        .map(|tag| tag.unwrap().0)
        .collect();
    assert_eq!(tags, ["timer", "100rel", "path"]);
    assert_eq!(message.typed::<Route<'_>>(), Ok(None));
    assert_eq!(
        message.require::<Via<'_>>(),
        Err(HeaderError::Missing {
            name: HeaderName::Via
        })
    );
}

/// A value that a peer chose cannot leave its line when it is written again.
#[test]
fn injected_values_are_refused() {
    let mut buffer = [0; 64];
    let mut refused = |value: &dyn crate::Encode| {
        let mut out = crate::Encoder::new(&mut buffer);
        value.encode(&mut out);
        out.is_refused()
    };
    assert!(refused(&CallId("a\r\nb")));
    assert!(refused(&Supported("a, b")));
    assert!(refused(&CallId("")));
    assert!(refused(&Supported("")));
    let host = Host::Name("h;x=y\r\n");
    assert!(refused(&host));
    assert!(refused(&Via::new(
        Transport::Udp,
        HostPort::new(host, None),
        "z9hG4bK1"
    )));
    assert!(refused(&Via {
        maddr: Some(host),
        ..parse("SIP/2.0/UDP h")
    }));
    assert!(refused(&"x\r\nEvil: 1"));
    assert!(refused(&"x\0"));
    assert!(refused(&"x\n"));
    assert!(refused(&"x\r\n"));
    assert!(refused(&DisplayNameOnly(DisplayName::new("a\r\nb"))));
    assert!(!refused(&"x\r\n y"));
    assert!(!refused(&format_args!("{};refresher=uac", 1800)));
}

struct DisplayNameOnly<'a>(DisplayName<'a>);

impl crate::Encode for DisplayNameOnly<'_> {
    fn encode(&self, out: &mut crate::Encoder<'_>) {
        NameAddr {
            display_name: Some(self.0),
            ..NameAddr::new(Uri::parse("sip:a@h").unwrap())
        }
        .encode(out);
    }
}
