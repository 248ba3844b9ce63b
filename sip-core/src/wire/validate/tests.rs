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
