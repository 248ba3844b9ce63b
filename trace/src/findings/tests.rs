use alloc::format;
use alloc::string::{String, ToString};

use trunkline_sip_core::HeaderSpan;

use super::*;

const SOURCE: IpAddr = IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 10));

fn invite(via: &str, contact: &str, media: &str, port: u16) -> String {
    format!(
        "INVITE sip:+4930@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/TCP {via};branch=z9hG4bK1\r\n\
         Contact: <sip:{contact}>\r\nContent-Type: application/sdp\r\n\r\n\
         v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 {media}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 8\r\nm=video 0 RTP/AVP 96\r\n"
    )
}

fn with<T>(text: &str, check: impl FnOnce(&Message<'_>) -> T) -> T {
    let mut index = [HeaderSpan::default(); 16];
    check(&Message::parse(text.as_bytes(), &mut index).unwrap())
}

fn path(text: &str) -> Vec<Finding> {
    with(text, |message| path_findings(message, SOURCE))
}

#[test]
fn p000_4_a_clean_message_yields_nothing() {
    assert_eq!(
        path(&invite(
            "192.0.2.10:5060",
            "a@192.0.2.10:5060",
            "192.0.2.10",
            20000
        )),
        []
    );
    // On hold, by a name, and as a dual-stack socket tells it.
    assert_eq!(
        path(&invite(
            "gw.example.com",
            "a@gw.example.com",
            "0.0.0.0",
            20000
        )),
        []
    );
    let mapped = "::ffff:192.0.2.10".parse().unwrap();
    let text = invite("192.0.2.10:5060", "a@192.0.2.10:5060", "192.0.2.10", 20000);
    assert_eq!(with(&text, |message| path_findings(message, mapped)), []);
}

#[test]
fn p000_4_p000_22_private_addresses_behind_a_nat_are_found() {
    // The data port of the router: 192.168.0.0 to .253 behind .254.
    let source = SOURCE;
    let inside: IpAddr = [192, 168, 0, 7].into();
    assert_eq!(
        path(&invite(
            "192.168.0.7:5060",
            "a@192.168.0.7",
            "192.168.0.7",
            20000
        )),
        [
            Finding::ViaIsNotSource {
                sent_by: inside,
                source
            },
            Finding::ContactIsNotSource {
                contact: inside,
                source
            },
            Finding::MediaIsNotSource {
                media: inside,
                source
            },
        ]
    );
    // An ALG that repaired the headers and forgot the body.
    assert_eq!(
        path(&invite("192.0.2.10", "a@192.0.2.10", "192.168.0.7", 20000)),
        [Finding::MediaIsNotSource {
            media: inside,
            source
        }]
    );
}

#[test]
fn p000_4_a_response_tells_what_the_peer_saw() {
    let text = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.168.0.7:5060;branch=z9hG4bK1;received=203.0.113.9\r\n\r\n";
    let findings = path(text);
    assert_eq!(
        findings.first().map(ToString::to_string).as_deref(),
        Some("a NAT is on the way: our Via said 192.168.0.7, the peer saw 203.0.113.9")
    );
    assert_eq!(path(&text.replace("203.0.113.9", "192.168.0.7")), []);
}

#[test]
fn p000_50_a_name_in_contact_is_a_finding() {
    let named = invite("192.0.2.10", "a@gw.example.com", "192.0.2.10", 20000);
    assert_eq!(
        with(&named, contact_findings),
        [Finding::ContactIsName {
            name: "gw.example.com".into()
        }]
    );
    let numeric = invite("192.0.2.10", "a@[2001:db8::1]:5060", "192.0.2.10", 20000);
    assert_eq!(with(&numeric, contact_findings), []);
}

#[test]
fn p000_13_a_media_port_outside_of_the_range_is_a_finding() {
    for (port, found) in [
        (19_999, true),
        (20_000, false),
        (59_999, false),
        (60_000, true),
    ] {
        let answer = invite("192.0.2.10", "a@192.0.2.10", "192.0.2.10", port)
            .replace("INVITE sip:+4930@198.51.100.1 SIP/2.0", "SIP/2.0 200 OK");
        let findings = with(&answer, |message| port_findings(message, 20_000..=59_999));
        let expected = Finding::PortOutOfRange {
            port,
            range: (20_000, 59_999),
        };
        assert_eq!(findings.contains(&expected), found, "{port}");
        assert_eq!(findings.len(), usize::from(found));
    }
}
