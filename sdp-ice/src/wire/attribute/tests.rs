//! Typed values, strict and tolerant.

extern crate std;
use core::net::IpAddr;
use core::time::Duration;
use std::format;
use std::string::ToString;
use std::vec::Vec;

use super::*;
use crate::wire::Host;

/// Faults of a value in strict and in tolerant mode.
fn faults<'a, T>(
    parse: impl Fn(&'a [u8], Mode) -> Result<T, ParseError>,
    value: &'a str,
) -> (Option<Fault>, Option<Fault>) {
    let fault = |mode| parse(value.as_bytes(), mode).err().map(|e| e.fault);
    (fault(Mode::Strict), fault(Mode::Tolerant))
}

const STRAY: (Option<Fault>, Option<Fault>) = (Some(Fault::StraySpace), None);

#[test]
fn names_are_classified() {
    for name in [
        "rtpmap",
        "ssrc",
        "sendrecv",
        "x-candidate-ipv6",
        "end-of-candidates",
    ] {
        assert_eq!(AttributeKind::of(name.as_bytes()).name(), Some(name));
    }
    for name in [
        "",
        "rtpmapx",
        "rtpma",
        "RTPMAP",
        "candidates",
        "rtpmap\0",
        "end-of-candidate",
    ] {
        assert_eq!(
            AttributeKind::of(name.as_bytes()),
            AttributeKind::Other,
            "{name}"
        );
    }
}

#[test]
fn names_end_where_they_end() {
    // in the middle of an SDP and at its very end, where names are read another way
    for tail in ["", "\r\na=padding-of-some-length:1\r\n"] {
        for (line, name, value) in [
            ("a=rtpmap:0 PCMU/8000", "rtpmap", Some("0 PCMU/8000")),
            ("a=rtcp-mux", "rtcp-mux", None),
            ("a=x:", "x", Some("")),
            (
                "a=a-name-longer-than-a-step:y",
                "a-name-longer-than-a-step",
                Some("y"),
            ),
            (
                "a=a-name-longer-than-a-step",
                "a-name-longer-than-a-step",
                None,
            ),
            ("a=sixteen-letters:", "sixteen-letters", Some("")),
            ("a=sixteen-letters-", "sixteen-letters-", None),
            ("a=", "", None),
        ] {
            let text = format!("{line}{tail}");
            let found = Lines::new(text.as_bytes(), 0)
                .next()
                .and_then(|l| l.attribute())
                .unwrap();
            assert_eq!(found.name(), name.as_bytes(), "{text}");
            assert_eq!(found.value(), value.map(str::as_bytes), "{text}");
            assert_eq!(found.kind(), AttributeKind::of(name.as_bytes()));
        }
    }
}

#[test]
fn rtpmap() {
    let opus = Rtpmap::parse(b"111 opus/48000/2", Mode::Strict).unwrap();
    assert_eq!((opus.payload_type, opus.encoding), (111, "opus"));
    assert_eq!((opus.clock_rate, opus.channels()), (48000, 2));
    assert_eq!(opus.to_string(), "111 opus/48000/2");
    assert_eq!(faults(Rtpmap::parse, "0 PCMU/8000 "), STRAY);
    for (bad, fault) in [
        ("128 x/8000", Fault::OutOfRange),
        ("0", Fault::MissingField),
        ("0 PCMU", Fault::MissingField),
        ("0 PCMU/x", Fault::NotANumber),
        ("0 /8000", Fault::MalformedField),
        ("* PCMU/8000", Fault::NotANumber),
    ] {
        assert_eq!(
            faults(Rtpmap::parse, bad),
            (Some(fault), Some(fault)),
            "{bad}"
        );
    }
}

#[test]
fn fmtp() {
    let fmtp = Fmtp::parse(b"104 useinbandfec=1; usedtx=0", Mode::Strict).unwrap();
    assert_eq!(fmtp.format, "104");
    assert!(
        fmtp.pairs()
            .eq([("useinbandfec", Some("1")), ("usedtx", Some("0"))])
    );
    let events = Fmtp::parse(b"101 0-15", Mode::Strict).unwrap();
    assert!(events.pairs().eq([("0-15", None)]));
    assert_eq!(
        faults(Fmtp::parse, "101"),
        (Some(Fault::MissingField), None)
    );
}

#[test]
fn ptime() {
    let time = |text: &str| PacketTime::parse(text.as_bytes(), Mode::Strict);
    assert_eq!(time("20"), Ok(PacketTime(Duration::from_millis(20))));
    assert_eq!(time("0.125"), Ok(PacketTime(Duration::from_micros(125))));
    for text in ["20", "12.5", "0.125", "4294967295"] {
        assert_eq!(time(text).unwrap().to_string(), text);
    }
    assert_eq!(faults(PacketTime::parse, " 20"), STRAY);
    for (bad, fault) in [
        ("0", Fault::OutOfRange),
        ("4294967296", Fault::OutOfRange),
        ("20ms", Fault::NotANumber),
        ("20.", Fault::NotANumber),
        ("", Fault::MissingField),
    ] {
        assert_eq!(time(bad).map_err(|e| e.fault), Err(fault), "{bad}");
    }
}

#[test]
fn a_name_is_a_token() {
    let start = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nt=0 0\r\n";
    for (line, fault, at) in [
        ("a=two words", Fault::MalformedField, 2),
        ("a=two words:1", Fault::MalformedField, 2),
        ("a=", Fault::MalformedField, 2),
        ("a=:1", Fault::MalformedField, 2),
        ("a=recvonly ", Fault::MalformedField, 2),
    ] {
        let sdp = format!("{start}{line}\r\n");
        let error = crate::wire::Sdp::parse(sdp.as_bytes(), Mode::Strict).unwrap_err();
        assert_eq!(
            (error.fault, error.offset),
            (fault, start.len() + at),
            "{line}"
        );
        assert!(crate::wire::Sdp::parse(sdp.as_bytes(), Mode::Tolerant).is_ok());
    }
}

#[test]
fn directions() {
    use Direction::*;
    assert_eq!(SendOnly.reversed(), RecvOnly);
    assert_eq!(SendRecv.reversed(), SendRecv);
    assert_eq!(SendOnly.intersect(RecvOnly), Inactive);
    assert_eq!(SendRecv.intersect(RecvOnly), RecvOnly);
    assert_eq!(Direction::default(), SendRecv);
}

#[test]
fn rtcp() {
    assert_eq!(Rtcp::parse(b"50013", Mode::Strict).unwrap().address, None);
    let full = Rtcp::parse(b"9 IN IP4 0.0.0.0", Mode::Strict).unwrap();
    assert_eq!(full.to_string(), "9 IN IP4 0.0.0.0");
    assert_eq!(faults(Rtcp::parse, "50013 "), STRAY);
    assert_eq!(faults(Rtcp::parse, "9 IN").1, Some(Fault::MissingField));
}

#[test]
fn mid_group_ssrc() {
    assert_eq!(Mid::parse(b"audio", Mode::Strict), Ok(Mid("audio")));
    let group = Group::parse(b"BUNDLE 0 1 2", Mode::Strict).unwrap();
    assert_eq!(group.semantics, "BUNDLE");
    assert!(group.tags().eq(["0", "1", "2"]));
    let ssrc = Ssrc::parse(b"2609791217 cname:ezb6RPbbIrdp9lIq", Mode::Strict).unwrap();
    assert_eq!(
        (ssrc.ssrc, ssrc.attribute, ssrc.value),
        (2_609_791_217, "cname", Some("ezb6RPbbIrdp9lIq"))
    );
    assert_eq!(faults(Ssrc::parse, "1"), (Some(Fault::MissingField), None));
    assert_eq!(
        faults(Ssrc::parse, "4294967296 x").1,
        Some(Fault::OutOfRange)
    );
}

#[test]
fn secrets_are_left_out_of_debug_output() {
    let sdp = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET|2^31|1:1\r\n\
        a=cryptoscale:1 client AES_CM_128_HMAC_SHA1_80 inline:SECRET|2^31\r\n\
        a=ice-pwd:SECRETSECRETSECRETSECRET\r\nk=clear:SECRET\r\n\
        a=CRYPTO:1 A inline:SECRET\r\n a=ice-pwd:SECRET\r\nA=crypto:SECRET\r\n\
        a=candidate:user 1 SECRET UDP 0.830 192.0.2.1 4000 \r\na=x:shown\r\n\
        m=audio 1 RTP/AVP 0\r\na=ice-pwd:SECRET\r\n";
    let sdp = crate::wire::Sdp::parse(sdp.as_bytes(), Mode::Tolerant).unwrap();
    let typed: Vec<_> = sdp.attributes().map(|a| a.typed()).collect();
    let sections: Vec<_> = sdp.media().collect();
    let (attributes, media) = (sdp.attributes(), sdp.media());
    let shown = format!("{sdp:?} {attributes:?} {typed:?} {media:?} {sections:?}");
    assert!(!shown.contains("SECRET"), "{shown}");
    assert!(
        shown.contains("shown") && shown.contains("AES_CM_128"),
        "{shown}"
    );
    let Ok(Typed::Crypto(scale)) = typed[1] else {
        panic!("{typed:?}");
    };
    assert_eq!(
        (scale.role, scale.key_params),
        (Some("client"), "inline:SECRET|2^31")
    );
}

#[test]
fn ice_credentials_and_options() {
    // the space after the colon stands in Microsoft's own example
    assert_eq!(faults(IceUfrag::parse, " 6nxO"), STRAY);
    assert_eq!(
        IceUfrag::parse(b" 6nxO", Mode::Tolerant),
        Ok(IceUfrag("6nxO"))
    );
    assert_eq!(
        faults(IceUfrag::parse, "abc"),
        (Some(Fault::OutOfRange), None)
    );
    assert_eq!(
        faults(IcePwd::parse, "abc"),
        (Some(Fault::OutOfRange), None)
    );
    assert_eq!(
        faults(IceUfrag::parse, "a=b:c"),
        (Some(Fault::MalformedField), None)
    );
    let options = IceOptions::parse(b"trickle ice2", Mode::Strict).unwrap();
    assert!(options.contains("ice2") && !options.contains("ice"));
    assert_eq!(
        faults(IceOptions::parse, ""),
        (Some(Fault::MissingField), Some(Fault::MissingField))
    );
}

#[test]
fn fingerprint_and_setup() {
    let print = Fingerprint::parse(b"sha-256 A5:0F:FF", Mode::Strict).unwrap();
    assert!(print.octets().eq([0xA5, 0x0F, 0xFF]));
    assert_eq!(
        faults(Fingerprint::parse, "sha-1 a5:0f"),
        (Some(Fault::MalformedField), None)
    );
    for bad in [
        "sha-1 A5:",
        "sha-1 A50F",
        "sha-1 A",
        "sha-1 A5:0",
        "sha-1 G5",
    ] {
        assert_eq!(
            faults(Fingerprint::parse, bad).1,
            Some(Fault::MalformedField),
            "{bad}"
        );
    }
    assert_eq!(
        Setup::parse(b"actpass", Mode::Strict).map(Setup::as_str),
        Ok("actpass")
    );
    assert_eq!(faults(Setup::parse, "any").1, Some(Fault::MalformedField));
}

/// The lines of five crates compared, and what each mode says to them.
#[test]
fn candidates_in_the_field() {
    const OK: (Option<Fault>, Option<Fault>) = (None, None);
    let host = "1 1 UDP 2130706431 192.0.2.1 50012 typ host";
    for (value, expected) in [
        (host, OK),
        ("1 1 UDP 2130706431 192.0.2.1 50012 typ host ", STRAY),
        ("1 1 UDP 2130706431 192.0.2.1 50012 typ  host", STRAY),
        (
            "1 1 TCP-ACT 174848511 198.51.100.77 56120 typ relay raddr 203.0.113.9 rport 50016",
            OK,
        ),
        ("1 1 TCP 2105458943 192.0.2.1 9 typ host tcptype active", OK),
        (
            "1 1 udp 2113937151 1b2c.local 50062 typ host generation 0 network-cost 999",
            OK,
        ),
        ("1 1 udp 2113937151 host.example 50062 typ host", OK),
        ("1 1 udp 2113937151 2001:db8::1 50062 typ host", OK),
        ("1 1 udp 1 192.0.2.1 1 typ quux", OK),
        (
            "1 1 udp 1 192.0.2.1 1 typ host generation",
            (Some(Fault::MissingField), None),
        ),
        (
            "1 1 udp 1 fe80::1%eth0 1 typ host",
            (Some(Fault::MalformedAddress), None),
        ),
        (
            "1 0 udp 1 192.0.2.1 1 typ host",
            (Some(Fault::OutOfRange), None),
        ),
        (
            "1 257 udp 1 192.0.2.1 1 typ host",
            (Some(Fault::OutOfRange), None),
        ),
        (
            "1 1 udp 0 192.0.2.1 1 typ host",
            (Some(Fault::OutOfRange), None),
        ),
        (
            "1 1 udp 2147483648 192.0.2.1 1 typ host",
            (Some(Fault::OutOfRange), None),
        ),
        (
            "123456789012345678901234567890123 1 udp 1 192.0.2.1 1 typ host",
            (Some(Fault::OutOfRange), None),
        ),
        (
            "a-b 1 udp 1 192.0.2.1 1 typ host",
            (Some(Fault::MalformedField), None),
        ),
        (
            "1 1 udp 1 192.0.2.1 1 TYP host",
            (Some(Fault::MalformedField), None),
        ),
        (
            "1 1 udp 1 192.0.2.1 1 typ srflx raddr 10.0.0.1",
            (Some(Fault::MissingField), None),
        ),
        (
            "KQ8QMcYzE1VoPNC2Pb7pDtbQVx 1 qeLBlMMGjZYpIT8qSXBxmA UDP 0.830 192.168.10.21 50028",
            (Some(Fault::DraftCandidate), Some(Fault::DraftCandidate)),
        ),
        (
            "1 1 udp 4294967296 192.0.2.1 1 typ host",
            (Some(Fault::OutOfRange), Some(Fault::OutOfRange)),
        ),
        (
            "1 1 udp 1 192.0.2.1 65536 typ host",
            (Some(Fault::OutOfRange), Some(Fault::OutOfRange)),
        ),
        (
            "1 1 udp 1 192.0.2.1 1",
            (Some(Fault::MissingField), Some(Fault::MissingField)),
        ),
    ] {
        assert_eq!(faults(Candidate::parse, value), expected, "{value}");
    }
}

/// C004-222, C004-223: server reflexive candidate with the address it was derived from.
#[test]
fn candidate_fields() {
    let value = b"12345678901234567890123456789012 1 udp 1686086655 203.0.113.7 65268 typ srflx \
        raddr 192.168.178.28 rport 65268 generation 0 x-new";
    let candidate = Candidate::parse(value, Mode::Tolerant).unwrap();
    assert_eq!(candidate.kind, CandidateType::ServerReflexive);
    assert_eq!(candidate.priority >> 24, 100);
    assert_eq!(candidate.ip(), Some(IpAddr::from([203, 0, 113, 7])));
    assert_eq!(
        candidate.related_address,
        Some(Host::Ip([192, 168, 178, 28].into()))
    );
    assert_eq!(candidate.related_port, Some(65268));
    assert_eq!(candidate.extensions.get("generation"), Some("0"));
    assert_eq!(candidate.extensions.iter().last(), Some(("x-new", None)));
}

#[test]
fn tcp_roles() {
    let role = |transport: &str, extension: &str| {
        let value = format!("1 1 {transport} 1 192.0.2.1 9 typ host{extension}");
        Candidate::parse(value.as_bytes(), Mode::Tolerant)
            .unwrap()
            .tcp_type()
    };
    assert_eq!(role("TCP-ACT", ""), Some(TcpType::Active));
    assert_eq!(role("tcp-pass", ""), Some(TcpType::Passive));
    assert_eq!(role("TCP", " tcptype so"), Some(TcpType::So));
    assert_eq!(role("TCP", ""), None);
    assert_eq!(role("UDP", " tcptype active"), None);
}
