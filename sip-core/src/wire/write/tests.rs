use std::string::String;

use super::*;
use crate::wire::header::{Allow, CSeq, Contact, From, To, Via};
use crate::wire::host::{Host, HostPort};
use crate::wire::message::Message;
use crate::wire::method::Method;
use crate::wire::scan::HeaderSpan;
use crate::wire::status::StatusCode;
use crate::wire::transport::Transport;
use crate::wire::uri::Uri;

const INVITE: &str = "INVITE sip:b@h SIP/2.0\r\n\
    v: SIP/2.0/UDP p.example.com;branch=z9hG4bK2 ,SIP/2.0/UDP a;branch=z9hG4bK1\r\n\
    Via: SIP/2.0/TCP c\r\n\
    Record-Route: <sip:p.example.com;lr>\r\n\
    Route: <sip:r1;lr>,<sip:r2;lr>\r\n\
    f: <sip:a@h>;tag=1\r\n\
    To: \"B\"\r\n <sip:b@h>\r\n\
    Call-ID: x@h\r\n\
    CSeq: 7 INVITE\r\n\
    Max-Forwards: 5\r\n\
    Timestamp: 54\r\n\
    Unknown: y\r\n\
    l: 0\r\n\r\n";

fn text(buffer: &[u8], len: usize) -> &str {
    core::str::from_utf8(&buffer[..len]).unwrap()
}

fn parsed<R>(bytes: &str, test: impl FnOnce(Message<'_>) -> R) -> R {
    let mut index = [HeaderSpan::default(); 32];
    test(Message::parse(bytes.as_bytes(), &mut index).unwrap())
}

#[test]
fn a_request_from_its_parts() {
    let mut buffer = [0; 1024];
    let uri = Uri::parse("sip:a@192.0.2.1").unwrap();
    let via = Via::new(
        Transport::Tcp,
        HostPort::new(Host::parse("192.0.2.1").unwrap(), Some(5060)),
        "z9hG4bK1",
    );
    let len = MessageWriter::request(&mut buffer, Method::Invite, "sip:b@example.com")
        .typed(&via)
        .typed(&From::new(uri, Some("f1")))
        .typed(&To::new(Uri::parse("sip:b@example.com").unwrap(), None))
        .typed(&CSeq {
            number: 1,
            method: Method::Invite,
        })
        .header("Call-ID", "x")
        .typed(&Contact::new(uri))
        .list(HeaderName::Allow, [Method::Invite, Method::Ack])
        .list(HeaderName::Supported, core::iter::empty::<&str>())
        .finish_with("application/sdp", b"v=0\r\n")
        .unwrap();
    assert_eq!(
        text(&buffer, len),
        "INVITE sip:b@example.com SIP/2.0\r\n\
         Via: SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\n\
         From: <sip:a@192.0.2.1>;tag=f1\r\n\
         To: <sip:b@example.com>\r\n\
         CSeq: 1 INVITE\r\n\
         Call-ID: x\r\n\
         Contact: <sip:a@192.0.2.1>\r\n\
         Allow: INVITE, ACK\r\n\
         Content-Type: application/sdp\r\n\
         Content-Length: 5\r\n\r\nv=0\r\n"
    );
    parsed(text(&buffer, len), |message| {
        assert_eq!(message.typed_all::<Allow<'_>>().count(), 2);
        assert_eq!(
            message.require::<Via<'_>>().unwrap().branch,
            Some("z9hG4bK1")
        );
    });
    for room in 0..len {
        let result = MessageWriter::request(&mut buffer[..room], Method::Bye, "sip:b@example.com")
            .header("X-1", "y")
            .finish();
        match result {
            Ok(written) => assert!(written <= room),
            Err(error) => assert_eq!(error, WriteError::TooSmall { needed: 60 }),
        }
    }
}

#[test]
fn nothing_can_add_a_line() {
    let mut buffer = [0; 512];
    let mut write = |method: Method<'_>, uri: &str, name: &str, value: &str| {
        MessageWriter::request(&mut buffer, method, uri)
            .header(name, value)
            .finish()
    };
    let bad_value = |name| Err(WriteError::HeaderValue { name });
    assert_eq!(
        write(Method::Bye, "sip:a\r\nX: y", "X-1", "y"),
        Err(WriteError::StartLine)
    );
    assert_eq!(
        write(Method::Bye, "sip:a b", "X-1", "y"),
        Err(WriteError::StartLine)
    );
    assert_eq!(
        write(Method::Bye, "", "X-1", "y"),
        Err(WriteError::StartLine)
    );
    assert_eq!(
        write(Method::new("B Y"), "sip:a", "X-1", "y"),
        Err(WriteError::StartLine)
    );
    assert_eq!(
        write(Method::Bye, "sip:a", "X: y\r\nZ", "y"),
        Err(WriteError::HeaderName)
    );
    assert_eq!(
        write(Method::Bye, "sip:a", "", "y"),
        Err(WriteError::HeaderName)
    );
    assert_eq!(
        write(Method::Bye, "sip:a", "X-1", "y\r\nZ: z"),
        bad_value(None)
    );
    assert_eq!(
        write(Method::Bye, "sip:a", "subject", "y\n z"),
        bad_value(Some(HeaderName::Subject))
    );
    assert_eq!(write(Method::Bye, "sip:a", "X-1", "y\0"), bad_value(None));
    assert_eq!(
        write(Method::Bye, "sip:a", "l", "5"),
        Err(WriteError::ContentLength)
    );
    assert!(
        write(Method::Bye, "sip:a", "X-1", "y\r\n z").is_ok(),
        "a fold stays in its value"
    );
    let reason = MessageWriter::response(&mut buffer, StatusCode::OK, "OK\r\nX: y").finish();
    assert_eq!(reason, Err(WriteError::StartLine));
    parsed(INVITE, |request| {
        let tag = write_response_to(&request, StatusCode::OK, "", Some("a\r\nb"), &mut [0; 999]);
        assert_eq!(tag, bad_value(Some(HeaderName::To)));
    });
}

#[test]
fn responses_copy_what_section_8_2_6_2_says() {
    let respond = |status, tag| {
        parsed(INVITE, |request| {
            let mut buffer = [0; 1024];
            let len = write_response_to(&request, status, "", tag, &mut buffer).unwrap();
            String::from(text(&buffer, len))
        })
    };
    assert_eq!(
        respond(StatusCode::RINGING, Some("t1")),
        "SIP/2.0 180 Ringing\r\n\
         v: SIP/2.0/UDP p.example.com;branch=z9hG4bK2 ,SIP/2.0/UDP a;branch=z9hG4bK1\r\n\
         Via: SIP/2.0/TCP c\r\n\
         Record-Route: <sip:p.example.com;lr>\r\n\
         f: <sip:a@h>;tag=1\r\n\
         To: \"B\"\r\n <sip:b@h>;tag=t1\r\n\
         Call-ID: x@h\r\n\
         CSeq: 7 INVITE\r\n\
         Content-Length: 0\r\n\r\n"
    );
    let trying = respond(StatusCode::TRYING, None);
    assert!(trying.contains("\r\nTimestamp: 54\r\n") && !trying.contains("Record-Route"));
    assert!(trying.contains("<sip:b@h>\r\n"));
    assert!(!respond(StatusCode::BUSY_HERE, Some("t1")).contains("Record-Route"));

    let tagged = INVITE.replace("<sip:b@h>\r\n", "<sip:b@h>;tag=old\r\n");
    parsed(&tagged, |request| {
        let mut buffer = [0; 1024];
        let len =
            write_response_to(&request, StatusCode::OK, "Fine", Some("new"), &mut buffer).unwrap();
        assert!(text(&buffer, len).starts_with("SIP/2.0 200 Fine\r\n"));
        assert!(text(&buffer, len).contains(";tag=old\r\n"));
    });
    // Broken requests are answered with what they have.
    parsed(
        "BYE sip:h SIP/2.0\r\nVia: x\r\nTo: \"b;TAG=2\r\n\r\n",
        |request| {
            let mut buffer = [0; 256];
            let len = write_response_to(
                &request,
                StatusCode::BAD_REQUEST,
                "",
                Some("1"),
                &mut buffer,
            )
            .unwrap();
            let expected =
                "SIP/2.0 400 Bad Request\r\nVia: x\r\nTo: \"b;TAG=2\r\nContent-Length: 0\r\n\r\n";
            assert_eq!(text(&buffer, len), expected);
        },
    );
}

#[test]
fn ack_and_cancel_belong_to_the_transaction_of_the_invite() {
    parsed(INVITE, |invite| {
        let mut buffer = [0; 1024];
        let len = write_cancel_for(&invite, &mut buffer).unwrap();
        assert_eq!(
            text(&buffer, len),
            "CANCEL sip:b@h SIP/2.0\r\n\
             v: SIP/2.0/UDP p.example.com;branch=z9hG4bK2\r\n\
             Max-Forwards: 70\r\n\
             Route: <sip:r1;lr>,<sip:r2;lr>\r\n\
             f: <sip:a@h>;tag=1\r\n\
             To: \"B\"\r\n <sip:b@h>\r\n\
             Call-ID: x@h\r\n\
             CSeq: 7 CANCEL\r\n\
             Content-Length: 0\r\n\r\n"
        );
        parsed(
            "SIP/2.0 486 Busy\r\nt: <sip:b@h>;tag=9\r\n\r\n",
            |response| {
                let len = write_ack_for(&invite, &response, &mut buffer).unwrap();
                let ack = text(&buffer, len);
                assert!(ack.starts_with(
                    "ACK sip:b@h SIP/2.0\r\nv: SIP/2.0/UDP p.example.com;branch=z9hG4bK2\r\n"
                ));
                assert!(
                    ack.contains("\r\nt: <sip:b@h>;tag=9\r\n")
                        && ack.contains("\r\nCSeq: 7 ACK\r\n")
                );
                let missing = HeaderError::Missing {
                    name: HeaderName::Via,
                };
                let failed = write_ack_for(&response, &invite, &mut buffer);
                assert_eq!(
                    failed,
                    Err(WriteError::StartLine),
                    "a response starts no transaction"
                );
                let broken =
                    "INVITE sip:h SIP/2.0\r\nVia: ,SIP/2.0/UDP a\r\nCSeq: 1 INVITE\r\n\r\n";
                parsed(broken, |broken| {
                    assert!(matches!(
                        write_cancel_for(&broken, &mut buffer),
                        Err(WriteError::Source(HeaderError::Syntax { .. }))
                    ));
                });
                parsed("INVITE sip:h SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n", |bare| {
                    assert_eq!(
                        write_cancel_for(&bare, &mut buffer),
                        Err(WriteError::Source(missing))
                    );
                });
            },
        );
    });
}

#[test]
fn numbers_are_written_as_the_formatter_has_them() {
    for number in [0, 1, 9, 10, 255, 256, 65_535, 4_294_967_295, u64::MAX] {
        let mut buffer = [0; 20];
        let mut out = Encoder::new(&mut buffer);
        number.encode(&mut out);
        let len = out.len();
        assert_eq!(&buffer[..len], std::format!("{number}").as_bytes());
    }
}
