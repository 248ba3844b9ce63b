use std::borrow::ToOwned;
use std::string::String;
use std::vec::Vec;

use super::*;
use crate::wire::scan::HeaderSpan;

const SOUND: &str = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: x\r\n";

fn judge(start: &str, headers: &str, body: &str, rules: &Rules) -> Result<(), Rejection> {
    let bytes = std::format!("{start}\r\n{headers}\r\n{body}");
    let mut index = [HeaderSpan::default(); 32];
    let message = Message::parse(bytes.as_bytes(), &mut index).unwrap();
    validate(&message, rules)
}

fn options(uri: &str, headers: &str) -> Result<(), Rejection> {
    let headers = std::format!("{SOUND}CSeq: 1 OPTIONS\r\n{headers}");
    judge(
        &std::format!("OPTIONS {uri} SIP/2.0"),
        &headers,
        "",
        &Rules::DEFAULT,
    )
}

fn status(result: Result<(), Rejection>) -> Option<(u16, &'static str)> {
    result.err().map(|rejection| {
        (
            rejection.status().map_or(0, StatusCode::code),
            rejection.reason(),
        )
    })
}

#[test]
fn sound_requests_pass() {
    assert_eq!(
        options("sip:b@h", "Max-Forwards: 70\r\nContact: <sip:a@h>\r\n"),
        Ok(())
    );
    assert_eq!(options("sips:h;transport=tcp", ""), Ok(()));
    assert_eq!(options("tel:+49301234", ""), Ok(()));
    let rules = Rules {
        accept_tel: false,
        ..Rules::DEFAULT
    };
    let tel = judge("ACK tel:+49301234 SIP/2.0", SOUND, "", &rules);
    assert_eq!(
        status(tel),
        Some((0, "Unsupported URI Scheme")),
        "no ACK is answered"
    );
}

#[test]
fn each_fault_has_its_status() {
    let cases = [
        (options("http://h/", ""), 416, "Unsupported URI Scheme"),
        (options("sip:h?Route=x", ""), 400, "Headers in Request-URI"),
        (options("<sip:h>", ""), 400, "Malformed Request-URI"),
        (options(" sip:h", ""), 400, "Malformed Request-Line"),
        (
            options("sip:b@h", "Max-Forwards: 256\r\n"),
            400,
            "Malformed Max-Forwards",
        ),
        (
            options("sip:b@h", "Contact: <sip:a@h>, x\r\n"),
            400,
            "Malformed Contact",
        ),
        (options("sip:b@h", "t: <sip:c@h>\r\n"), 400, "Multiple To"),
        (
            options("sip:b@h", "l: 0\r\nContent-Length: 0\r\n"),
            400,
            "Multiple Content-Length",
        ),
    ];
    for (result, code, reason) in cases {
        assert_eq!(status(result), Some((code, reason)));
    }
    let judge = |start: &str, headers: &str| {
        status(judge(
            start,
            headers,
            "body",
            &Rules {
                max_body: 3,
                ..Rules::DEFAULT
            },
        ))
    };
    let with = |more: &str| std::format!("{SOUND}{more}");
    assert_eq!(
        judge("BYE sip:h SIP/2.0", &with("CSeq: 1 BYE\r\n")),
        Some((413, "Request Entity Too Large"))
    );
    assert_eq!(
        judge("BYE sip:h SIP/2.0", &with("CSeq: 1 INVITE\r\n")),
        Some((400, "CSeq Method Mismatch"))
    );
    assert_eq!(
        judge("BYE sip:h SIP/2.0", &with("")),
        Some((400, "Missing CSeq"))
    );
    assert_eq!(
        judge("BYE sip:h SIP/3.0", &with("CSeq: 1 BYE\r\n")),
        Some((505, "Version Not Supported"))
    );
}

#[test]
fn what_cannot_be_answered_is_dropped() {
    let response = judge(
        "SIP/2.0 200 OK",
        &std::format!("{SOUND}CSeq: x\r\n"),
        "",
        &Rules::DEFAULT,
    );
    assert_eq!(status(response), Some((0, "Malformed CSeq")));
    let no_via = judge("BYE sip:h SIP/2.0", "CSeq: 1 BYE\r\n", "", &Rules::DEFAULT);
    assert_eq!(status(no_via), Some((0, "Missing Via")));
    assert_eq!(
        status(judge("SIP/3.0 200 OK", SOUND, "", &Rules::DEFAULT)),
        Some((0, "Version Not Supported"))
    );
}

#[test]
fn a_request_out_of_hops_is_answered_483() {
    let check = |hops: &str| {
        let bytes = std::format!("BYE sip:h SIP/2.0\r\n{SOUND}{hops}\r\n");
        let mut index = [HeaderSpan::default(); 32];
        check_max_forwards(&Message::parse(bytes.as_bytes(), &mut index).unwrap())
    };
    assert_eq!(check("Max-Forwards: 1\r\n"), Ok(Some(1)));
    assert_eq!(check(""), Ok(None));
    assert_eq!(
        check("Max-Forwards: 0\r\n").unwrap_err().status(),
        Some(StatusCode::TOO_MANY_HOPS)
    );
    assert_eq!(
        check("Max-Forwards: x\r\n").unwrap_err().status(),
        Some(StatusCode::BAD_REQUEST)
    );
}

#[test]
fn a_contact_that_nobody_needs_keeps_nothing_from_ending() {
    let contact = "Contact: <sip:a@h\r\n";
    for (start, method, sound) in [
        ("BYE sip:b@h SIP/2.0", "BYE", true),
        ("SIP/2.0 486 Busy Here", "INVITE", true),
        ("INVITE sip:b@h SIP/2.0", "INVITE", false),
        ("UPDATE sip:b@h SIP/2.0", "UPDATE", false),
        ("SIP/2.0 200 OK", "INVITE", false),
        ("SIP/2.0 302 Moved Temporarily", "INVITE", false),
    ] {
        let headers = std::format!("{SOUND}CSeq: 1 {method}\r\n{contact}");
        let result = judge(start, &headers, "", &Rules::DEFAULT);
        assert_eq!(result.is_ok(), sound, "{start}: {result:?}");
    }
}

/// A request that is right in every respect.
const EXACT: &str = "OPTIONS sip:b@h SIP/2.0\r\n\
    Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: x\r\n\
    CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\n\
    Content-Length: 0\r\n\r\n";

#[test]
fn each_leniency_passes_over_one_fault() {
    type Grant = fn(&mut Leniency);
    let cases: [(&str, &str, &str, Grant); 8] = [
        ("Max-Forwards: 70\r\n", "", "Missing Max-Forwards", |with| {
            with.missing_max_forwards = true;
        }),
        (";branch=z9hG4bK1", "", "Missing Branch", |with| {
            with.missing_branch = true;
        }),
        (";branch=z9hG4bK1", ";branch=1", "Missing Branch", |with| {
            with.missing_branch = true;
        }),
        (";tag=1", "", "Missing From Tag", |with| {
            with.missing_from_tag = true;
        }),
        (
            "Content-Length: 0\r\n",
            "",
            "Missing Content-Length",
            |with| with.missing_content_length = true,
        ),
        ("GMT", "EST", "Malformed Date", |with| {
            with.broken_date = true;
        }),
        (
            " SIP/2.0\r\nVia",
            "  SIP/2.0 \r\nVia",
            "Malformed Request-Line",
            |with| {
                with.start_line_spaces = true;
            },
        ),
        (
            "sip:b@h SIP",
            "sip:b@h?Route=%3Csip:x%3E SIP",
            "Headers in Request-URI",
            |with| {
                with.request_uri_headers = true;
            },
        ),
    ];
    let judge = |text: &str, rules: &Rules| {
        let mut index = [HeaderSpan::default(); 16];
        let message = Message::parse(text.as_bytes(), &mut index).unwrap();
        status(validate(&message, rules))
    };
    assert_eq!(judge(EXACT, &Rules::STRICT), None);
    for (sound, broken, reason, grant) in cases {
        let text = EXACT.replacen(sound, broken, 1);
        assert_eq!(judge(&text, &Rules::STRICT), Some((400, reason)), "{text}");
        let mut rules = Rules::STRICT;
        grant(&mut rules.leniency);
        assert_eq!(judge(&text, &rules), None, "{text}");
        assert_eq!(judge(&text, &Rules::TOLERANT), None, "{text}");
        // All others together do not help.
        let all = Rules::TOLERANT.leniency;
        let others = Leniency {
            missing_max_forwards: all.missing_max_forwards && !rules.leniency.missing_max_forwards,
            missing_branch: all.missing_branch && !rules.leniency.missing_branch,
            missing_from_tag: all.missing_from_tag && !rules.leniency.missing_from_tag,
            missing_content_length: all.missing_content_length
                && !rules.leniency.missing_content_length,
            broken_date: all.broken_date && !rules.leniency.broken_date,
            start_line_spaces: all.start_line_spaces && !rules.leniency.start_line_spaces,
            request_uri_headers: all.request_uri_headers && !rules.leniency.request_uri_headers,
        };
        let rules = Rules {
            leniency: others,
            ..Rules::DEFAULT
        };
        assert_eq!(judge(&text, &rules), Some((400, reason)), "{text}");
    }
}

#[test]
fn a_request_too_large_is_answered_513() {
    let rules = Rules {
        max_message: EXACT.len() - 1,
        ..Rules::DEFAULT
    };
    let mut index = [HeaderSpan::default(); 16];
    let message = Message::parse(EXACT.as_bytes(), &mut index).unwrap();
    let rejection = validate(&message, &rules).unwrap_err();
    assert_eq!(rejection.status(), Some(StatusCode::MESSAGE_TOO_LARGE));
    assert_eq!(rejection.header(), None);
}

#[test]
fn emergency_urns_pass_where_they_are_wanted() {
    let text = EXACT.replacen("sip:b@h", "urn:service:sos", 1);
    let mut index = [HeaderSpan::default(); 16];
    let message = Message::parse(text.as_bytes(), &mut index).unwrap();
    let refused = validate(&message, &Rules::DEFAULT);
    assert_eq!(status(refused), Some((416, "Unsupported URI Scheme")));
    let rules = Rules {
        accept_urn: true,
        ..Rules::DEFAULT
    };
    assert_eq!(validate(&message, &rules), Ok(()));
}

#[test]
fn a_rejection_says_where_the_fault_is() {
    let text = EXACT.replacen("CSeq: 1 OPTIONS", "CSeq: 1 INVITE", 1);
    let mut index = [HeaderSpan::default(); 16];
    let message = Message::parse(text.as_bytes(), &mut index).unwrap();
    let rejection = validate(&message, &Rules::DEFAULT).unwrap_err();
    assert_eq!(rejection.header(), Some(HeaderName::CSeq));
    assert!(text[rejection.offset()..].starts_with("1 INVITE"));
}

#[test]
fn a_body_that_is_not_as_announced_is_answered_400() {
    for (length, header, at) in [
        ("9", None, ""),
        ("x", Some(HeaderName::ContentLength), "x\r\n"),
        ("-1", Some(HeaderName::ContentLength), "-1\r\n"),
        ("0\r\nl: 1", Some(HeaderName::ContentLength), "1\r\n"),
    ] {
        let text = EXACT.replacen(
            "Content-Length: 0",
            &std::format!("Content-Length: {length}"),
            1,
        );
        let mut index = [HeaderSpan::default(); 16];
        let error = Message::parse(text.as_bytes(), &mut index).unwrap_err();
        let head = Message::parse_head(text.as_bytes(), &mut index).unwrap();
        let rejection = Rejection::of_unparsed(&head, error);
        assert_eq!(
            rejection.status(),
            Some(StatusCode::BAD_REQUEST),
            "{length}"
        );
        assert_eq!(rejection.header(), header, "{length}");
        assert!(text[rejection.offset()..].starts_with(at), "{length}");
    }
}

#[test]
fn who_lacks_an_extension_says_which() {
    let parse = |method: &str, more: &str| {
        std::format!(
            "{}{more}\r\n",
            EXACT.trim_end_matches("\r\n").to_owned() + "\r\n"
        )
        .replace("OPTIONS", method)
    };
    let check = |text: &str, role, supported: &[&str]| {
        let mut index = [HeaderSpan::default(); 16];
        let message = Message::parse(text.as_bytes(), &mut index).unwrap();
        let lacking: Vec<String> = unsupported(&message, role, supported)
            .map(ToOwned::to_owned)
            .collect();
        (status(check_extensions(&message, role, supported)), lacking)
    };
    let both = parse("INVITE", "Require: 100rel, x\r\nProxy-Require: privacy\r\n");
    let bad = Some((420, "Bad Extension"));
    assert_eq!(
        check(&both, Role::UserAgent, &["100REL"]),
        (bad, std::vec!["x".to_owned()])
    );
    assert_eq!(
        check(&both, Role::UserAgent, &["100rel", "x"]),
        (None, Vec::new())
    );
    assert_eq!(
        check(&both, Role::Proxy, &["100rel", "x"]),
        (bad, std::vec!["privacy".to_owned()])
    );
    let ack = parse("ACK", "Require: x\r\n");
    assert_eq!(check(&ack, Role::UserAgent, &[]), (None, Vec::new()));
    let broken = parse("INVITE", "Require: a b\r\n");
    assert_eq!(
        check(&broken, Role::UserAgent, &[]).0,
        Some((400, "Malformed Require"))
    );
}

#[test]
fn merged_requests_are_known_by_what_a_fork_leaves_alone() {
    let identity = |text: &str| {
        let mut index = [HeaderSpan::default(); 16];
        let message = Message::parse(text.as_bytes(), &mut index).unwrap();
        MergedIdentity::of(&message).map(|identity| std::format!("{identity:?}"))
    };
    let first = identity(EXACT);
    assert!(first.is_some());
    assert_eq!(first, identity(&EXACT.replace("z9hG4bK1", "z9hG4bK2")));
    assert_ne!(first, identity(&EXACT.replace("1 OPTIONS", "2 OPTIONS")));
    assert_ne!(first, identity(&EXACT.replace("tag=1", "tag=2")));
    assert_eq!(identity(&EXACT.replace(";tag=1", "")), None);
    assert_eq!(
        identity(&EXACT.replace("To: <sip:b@h>", "To: <sip:b@h>;tag=2")),
        None
    );
}
