use std::vec::Vec;

use super::*;
use crate::wire::scan::MAX_HEAD;

fn parse<R>(bytes: &[u8], test: impl FnOnce(Result<Message<'_>, ParseError>) -> R) -> R {
    let mut index = [HeaderSpan::default(); 16];
    test(Message::parse(bytes, &mut index))
}

fn error(bytes: impl AsRef<[u8]>) -> ParseError {
    parse(bytes.as_ref(), |result| result.map(|_| ()).unwrap_err())
}

#[test]
fn header_fields_are_found_by_any_spelling_of_their_name() {
    let bytes = b"REGISTER sip:h SIP/2.0\r\n\
        V : SIP/2.0/UDP a\r\n\
        x-Own:one\r\n\
        via: SIP/2.0/UDP b \t\r\n\
        X-OWN:\ttwo\r\n \t three \r\n\
        Empty:\r\n\
        Folded-Empty:  \r\n  \r\n\
        \r\nbody";
    parse(bytes, |message| {
        let message = message.unwrap();
        let values = |name: &'static str| -> Vec<&[u8]> {
            message
                .headers_named(name)
                .map(|field| field.value())
                .collect()
        };
        assert_eq!(values("v"), [b"SIP/2.0/UDP a", b"SIP/2.0/UDP b"]);
        assert_eq!(values("X-own"), [&b"one"[..], b"two\r\n \t three"]);
        assert_eq!(values("empty"), [b""]);
        assert_eq!(values("FOLDED-EMPTY"), [b""]);
        assert_eq!(values("x-owner").len(), 0);
        let first = message.header(HeaderName::Via).unwrap();
        assert_eq!(
            (first.name(), first.raw_name(), first.offset()),
            (HeaderName::Via, "V", 24)
        );
        assert_eq!(first.value_str(), Some("SIP/2.0/UDP a"));
        assert_eq!(message.headers().len(), 6);
        assert_eq!(message.body(), b"body");
        assert_eq!(message.as_bytes(), bytes);
        assert!(std::format!("{message:?} {first:?}").contains("Via") || first.raw_name() == "V");
    });
}

#[test]
fn start_lines_are_split() {
    parse(b"SIP/2.0 486 Busy \xfc Here\r\n\r\n", |message| {
        let message = message.unwrap();
        assert!(
            message.is_response() && message.method().is_none() && message.request_uri().is_none()
        );
        assert_eq!(
            (message.status(), message.reason()),
            (Some(StatusCode::BUSY_HERE), Some(&b"Busy \xfc Here"[..]))
        );
        assert_eq!(message.version(), b"SIP/2.0");
    });
    for (line, reason) in [
        ("SIP/2.0 100 ", ""),
        ("SIP/2.0 100", ""),
        ("sip/2.0 100  x ", " x "),
    ] {
        let bytes = std::format!("{line}\r\n\r\n");
        parse(bytes.as_bytes(), |message| {
            assert_eq!(message.unwrap().reason(), Some(reason.as_bytes()), "{line}")
        });
    }
    parse(b"BYE  sip:a ;x  sip/3.1 \r\n\r\n", |message| {
        let message = message.unwrap();
        assert_eq!(
            (message.method(), message.request_uri()),
            (Some(Method::Bye), Some("sip:a ;x"))
        );
        assert_eq!(message.version(), b"sip/3.1");
    });
    let start = |offset| ParseError::StartLine { offset };
    for (line, expected) in [
        ("BYE", start(3)),
        ("BYE sip:a", start(9)),
        ("BYE sip:a HTTP/1.1", start(10)),
        ("BYE  SIP/2.0", start(12)),
        ("B(E sip:a SIP/2.0", start(0)),
        (" sip:a SIP/2.0", start(0)),
        ("BYE sip:\u{e4} SIP/2.0", start(4)),
        ("BYE sip:a\0 SIP/2.0", start(4)),
        ("SIP/2.0 99 x", ParseError::StatusCode { offset: 8 }),
        ("SIP/2.0 700 x", ParseError::StatusCode { offset: 8 }),
        ("SIP/2.0 2000", ParseError::StatusCode { offset: 8 }),
        ("SIP/2.0 -20 x", ParseError::StatusCode { offset: 8 }),
        ("SIP/2.0  200 x", ParseError::StatusCode { offset: 8 }),
    ] {
        assert_eq!(error(std::format!("{line}\r\n\r\n")), expected, "{line}");
    }
}

#[test]
fn line_ends_are_crlf_and_nothing_else() {
    let bare = |offset| ParseError::BareLineEnd { offset };
    assert_eq!(error("BYE sip:a SIP/2.0\nX-1: y\r\n\r\n"), bare(17));
    assert_eq!(error("BYE sip:a SIP/2.0\rX-1: y\r\n\r\n"), bare(17));
    assert_eq!(error("BYE sip:a SIP/2.0\r\nX-1: y\n\r\n"), bare(25));
    assert_eq!(error("BYE sip:a SIP/2.0\r\nX-1: y\rZ: z\r\n\r\n"), bare(25));
    assert_eq!(error("BYE sip:a SIP/2.0\r\nX-1: y\r\n\n"), bare(27));
    assert_eq!(error("BYE sip:a SIP/2.0\r\n\rX\n"), bare(19));
    assert_eq!(
        error("\r\nBYE sip:a SIP/2.0\r\n\r\n"),
        ParseError::StartLine { offset: 0 }
    );
}

#[test]
fn a_head_without_end_is_truncated() {
    assert_eq!(error(""), ParseError::Empty);
    let whole = b"BYE sip:a SIP/2.0\r\nX-1: y\r\n z\r\n\r\n";
    for end in 1..whole.len() {
        assert_eq!(
            error(&whole[..end]),
            ParseError::Truncated { offset: end },
            "{end}"
        );
        assert_eq!(error(&whole[..end]).offset(), Some(end));
    }
    parse(whole, |message| assert!(message.is_ok()));
}

#[test]
fn broken_names_are_refused() {
    for line in [
        ": y",
        "X 1: y",
        "no colon",
        "X-\u{e4}: y",
        "X-\0: y",
        "\u{1}: y",
        "X\"1: y",
        " folded: y",
    ] {
        let bytes = std::format!("BYE sip:a SIP/2.0\r\n{line}\r\nZ-1: z\r\n\r\n");
        assert_eq!(
            error(bytes),
            ParseError::HeaderName { offset: 19 },
            "{line}"
        );
    }
    let long = |len| std::format!("BYE sip:a SIP/2.0\r\n{}: y\r\n\r\n", "n".repeat(len));
    parse(long(255).as_bytes(), |message| {
        assert_eq!(
            message
                .unwrap()
                .headers()
                .next()
                .map(|field| field.raw_name().len()),
            Some(255)
        );
    });
    assert_eq!(error(long(256)), ParseError::HeaderName { offset: 19 });
}

#[test]
fn heads_have_at_most_65535_octets() {
    let with = |len: usize| {
        let mut bytes = b"BYE sip:a SIP/2.0\r\nX-1: ".to_vec();
        bytes.resize(len - 4, b'a');
        bytes.extend_from_slice(b"\r\n\r\nbody");
        bytes
    };
    parse(&with(MAX_HEAD), |message| {
        let message = message.unwrap();
        assert_eq!(
            (message.body(), message.body_offset()),
            (&b"body"[..], MAX_HEAD)
        );
    });
    assert_eq!(
        error(with(MAX_HEAD + 1)),
        ParseError::HeadTooLong { limit: MAX_HEAD }
    );
}

#[test]
fn bodies_end_where_content_length_says() {
    let head = b"BYE sip:a SIP/2.0\r\nl: 4\r\nContent-Length:\r\n 04\r\n\r\n";
    let bytes = [&head[..], b"bodyrest"].concat();
    parse(&bytes, |message| {
        let message = message.unwrap();
        assert_eq!(
            (message.body(), message.as_bytes().len()),
            (&b"body"[..], head.len() + 4)
        );
    });
    let short = &bytes[..head.len() + 3];
    assert_eq!(
        error(short),
        ParseError::BodyTooShort {
            declared: 4,
            available: 3
        }
    );
    let mut index = [HeaderSpan::default(); 4];
    let head_only = Message::parse_head(short, &mut index).unwrap();
    assert_eq!(
        (head_only.method(), head_only.body()),
        (Some(Method::Bye), &b""[..])
    );
    assert_eq!(head_only.as_bytes(), head);
    let conflict = error("BYE sip:a SIP/2.0\r\nl: 4\r\nl: x\r\nl: 4\r\n\r\nbody");
    assert_eq!(conflict, ParseError::ContentLength { offset: 28 });
    assert_eq!(conflict.reason(), "Bad Content-Length");
}

/// Whoever prints a message reads text, whatever octets the peer sent.
#[test]
fn the_debug_form_is_text() {
    let mut index = [HeaderSpan::default(); 8];
    let response = b"SIP/2.0 486 Busy \xe9 Here\r\nVia: SIP/2.0/UDP h\r\n\r\n";
    let response = Message::parse(response, &mut index).unwrap();
    let shown = std::format!("{response:?}");
    assert!(shown.contains(r#"reason: "Busy \xe9 Here""#), "{shown}");
}
