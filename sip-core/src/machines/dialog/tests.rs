use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use trunkline_sans_io::Owned;

use super::*;
use crate::HeaderSpan;

fn with<R>(text: &str, read: impl FnOnce(&Message<'_>) -> R) -> R {
    let mut index = [HeaderSpan::default(); 32];
    read(&Message::parse(text.as_bytes(), &mut index).unwrap())
}

fn invite(extra: &str) -> String {
    format!(
        "INVITE sip:bob@biloxi.example.com SIP/2.0\r\n\
         From: \"A, \\\"L\" <sip:alice@atlanta.example.com>;x=y;tag=a-tag\r\n\
         To: sip:bob@biloxi.example.com\r\n\
         Call-ID: call@atlanta\r\n\
         CSeq: 7 INVITE\r\n{extra}\r\n"
    )
}

fn response(status: u16, tag: &str, extra: &str) -> String {
    let tag = if tag.is_empty() {
        String::new()
    } else {
        format!(";tag={tag}")
    };
    format!(
        "SIP/2.0 {status} Whatever\r\n\
         From: \"A, \\\"L\" <sip:alice@atlanta.example.com>;x=y;tag=a-tag\r\n\
         To: sip:bob@biloxi.example.com{tag}\r\n\
         Call-ID: call@atlanta\r\n\
         CSeq: 7 INVITE\r\n{extra}\r\n"
    )
}

fn request(method: &str, from: &str, to: &str, cseq: u32, extra: &str) -> String {
    format!(
        "{method} sip:whoever@example.com SIP/2.0\r\n\
         From: <sip:x@example.com>;tag={from}\r\n\
         To: <sip:y@example.com>;tag={to}\r\n\
         Call-ID: call@atlanta\r\n\
         CSeq: {cseq} {method}\r\n{extra}\r\n"
    )
}

fn calling() -> Dialog<Owned<u8>> {
    with(&invite("Contact: <sip:alice@client>\r\n"), |invite| {
        Dialog::caller(Owned::with_limit(1024), invite).unwrap()
    })
}

fn answered(dialog: &mut Dialog<Owned<u8>>, response: &str) -> Result<(), DialogError> {
    with(response, |response| dialog.answered(response))
}

fn written<S: Storage<u8>>(dialog: &Dialog<S>, method: Method<'_>, cseq: u32) -> String {
    let mut buffer = [0; 2048];
    let len = dialog.request(&mut buffer, method, cseq).finish().unwrap();
    String::from_utf8(buffer[..len].to_vec()).unwrap()
}

const TWO_ROUTES: &str = "Record-Route: <sip:p3.example.com;lr>, \"Two, 2\" <sip:p2.example.com;lr>\r\n\
     Record-Route: <sip:p1.example.com;lr>;x=\"a,b\"\r\n\
     Contact: <sip:bob@192.0.2.4>\r\n";

#[test]
fn a_callers_route_set_is_the_record_route_reversed() {
    let mut dialog = calling();
    answered(&mut dialog, &response(200, "b-tag", TWO_ROUTES)).unwrap();
    assert_eq!(dialog.state(), DialogState::Confirmed);
    assert_eq!(dialog.remote_tag(), Some("b-tag"));
    let routes: Vec<_> = dialog.routes().map(|route| route.to_string()).collect();
    assert_eq!(
        routes,
        [
            "<sip:p1.example.com;lr>;x=\"a,b\"",
            "\"Two, 2\" <sip:p2.example.com;lr>",
            "<sip:p3.example.com;lr>"
        ]
    );
    assert_eq!(dialog.next_hop().unwrap().as_str(), "sip:p1.example.com;lr");
    let bye = written(&dialog, Method::Bye, 8);
    assert!(
        bye.starts_with("BYE sip:bob@192.0.2.4 SIP/2.0\r\nRoute: <sip:p1.example.com;lr>"),
        "{bye}"
    );
    assert!(
        bye.contains("From: \"A, \\\"L\" <sip:alice@atlanta.example.com>;tag=a-tag\r\n"),
        "{bye}"
    );
    assert!(
        bye.contains("To: <sip:bob@biloxi.example.com>;tag=b-tag\r\n"),
        "{bye}"
    );
    assert!(
        bye.contains("Call-ID: call@atlanta\r\nCSeq: 8 BYE\r\n"),
        "{bye}"
    );
}

#[test]
fn a_callees_route_set_is_the_record_route_in_order() {
    let dialog = with(&invite(TWO_ROUTES), |invite| {
        Dialog::callee([0; 400], invite, "b-tag").unwrap()
    });
    assert_eq!(dialog.next_hop().unwrap().as_str(), "sip:p3.example.com;lr");
    assert_eq!(dialog.routes().count(), 3);
    let bye = written(&dialog, Method::Bye, 1);
    assert!(
        bye.contains("From: <sip:bob@biloxi.example.com>;tag=b-tag\r\n"),
        "{bye}"
    );
    assert!(
        bye.contains("To: \"A, \\\"L\" <sip:alice@atlanta.example.com>;tag=a-tag\r\n"),
        "{bye}"
    );
}

#[test]
fn a_strict_router_gets_its_own_uri_and_the_target_as_last_route() {
    let mut dialog = calling();
    let strict = "Record-Route: <sip:p2.example.com;lr>\r\n\
         Record-Route: <sip:p1.example.com?x=y>\r\n\
         Contact: <sip:bob@192.0.2.4?Subject=gone>\r\n";
    answered(&mut dialog, &response(200, "b", strict)).unwrap();
    let ack = written(&dialog, Method::Ack, 7);
    assert!(
        ack.starts_with(
            "ACK sip:p1.example.com SIP/2.0\r\n\
             Route: <sip:p2.example.com;lr>, <sip:bob@192.0.2.4>\r\n"
        ),
        "{ack}"
    );
}

#[test]
fn the_2xx_sets_route_set_and_target_anew() {
    let mut dialog = calling();
    let early = response(
        180,
        "b",
        "Record-Route: <sip:p9.example.com;lr>\r\nContact: <sip:b@early>\r\n",
    );
    answered(&mut dialog, &early).unwrap();
    assert_eq!(
        (dialog.state(), dialog.remote_target()),
        (DialogState::Early, "sip:b@early")
    );
    answered(
        &mut dialog,
        &response(200, "b", "Contact: <sip:b@late>\r\n"),
    )
    .unwrap();
    assert_eq!(
        (dialog.routes().count(), dialog.remote_target()),
        (0, "sip:b@late")
    );
    assert_eq!(
        answered(
            &mut dialog,
            &response(200, "c", "Contact: <sip:c@fork>\r\n")
        ),
        Err(DialogError::OtherDialog)
    );
    assert_eq!(
        answered(&mut calling(), &response(100, "b", "")),
        Err(DialogError::OtherDialog)
    );
    assert_eq!(
        answered(&mut calling(), &response(486, "b", "")),
        Err(DialogError::OtherDialog)
    );
}

#[test]
fn without_contact_a_response_leaves_the_request_uri_as_target() {
    let mut dialog = calling();
    answered(&mut dialog, &response(180, "b", "")).unwrap();
    assert_eq!(dialog.remote_target(), "sip:bob@biloxi.example.com");
}

#[test]
fn a_peer_without_tag_is_a_peer_of_rfc_2543() {
    let mut dialog = calling();
    answered(&mut dialog, &response(200, "", "Contact: <sip:b@old>\r\n")).unwrap();
    assert_eq!(dialog.remote_tag(), None);
    assert!(written(&dialog, Method::Bye, 8).contains("To: <sip:bob@biloxi.example.com>\r\n"));
}

#[test]
fn contacts_that_are_no_single_sip_uri_are_refused() {
    for contact in [
        "*",
        "<tel:+4930>",
        "<sip:a@b>, <sip:c@d>",
        "<sip:>",
        "garbage",
        "<sip:a@b",
    ] {
        let text = response(200, "b", &format!("Contact: {contact}\r\n"));
        assert!(answered(&mut calling(), &text).is_err(), "{contact}");
        let text = invite(&format!("Contact: {contact}\r\n"));
        assert!(
            with(&text, |invite| Dialog::callee([0; 400], invite, "b")
                .is_err()),
            "{contact}"
        );
    }
    assert!(with(&invite(""), |invite| Dialog::callee(
        [0; 400], invite, "b"
    )
    .is_err()));
}

#[test]
fn requests_are_checked_for_tags_and_order() {
    let mut dialog = with(&invite("Contact: <sip:alice@client>\r\n"), |invite| {
        Dialog::callee([0; 400], invite, "b-tag").unwrap()
    });
    let mut check = |text: &str| with(text, |request| dialog.check_request(request));
    assert_eq!(
        check(&request("BYE", "a-tag", "c-tag", 8, "")),
        Err(DialogError::OtherDialog)
    );
    assert_eq!(
        check(&request("BYE", "x-tag", "b-tag", 8, "")),
        Err(DialogError::OtherDialog)
    );
    assert_eq!(
        check(&request("INFO", "a-tag", "b-tag", 7, "")),
        Err(DialogError::OutOfOrder)
    );
    assert_eq!(
        check(&request("INFO", "a-tag", "b-tag", 6, "")),
        Err(DialogError::OutOfOrder)
    );
    assert_eq!(
        check(&request("INFO", "a-tag", "b-tag", 4_000_000_000, "")),
        Ok(())
    );
    assert_eq!(
        check(&request("INFO", "a-tag", "b-tag", 4_000_000_000, "")),
        Err(DialogError::OutOfOrder)
    );
}

#[test]
fn only_accepted_target_refresh_requests_move_the_target() {
    let mut dialog = with(&invite("Contact: <sip:alice@client>\r\n"), |invite| {
        Dialog::callee([0; 400], invite, "b").unwrap()
    });
    let moved = "Contact: <sip:alice@elsewhere;transport=tcp>\r\n";
    with(&request("INFO", "a-tag", "b", 8, moved), |request| {
        dialog.check_request(request).unwrap();
        dialog.refresh_target(request).unwrap();
    });
    assert_eq!(dialog.remote_target(), "sip:alice@client");
    with(&request("UPDATE", "a-tag", "b", 9, moved), |request| {
        dialog.check_request(request).unwrap();
        assert_eq!(dialog.remote_target(), "sip:alice@client");
        dialog.refresh_target(request).unwrap();
    });
    assert_eq!(dialog.remote_target(), "sip:alice@elsewhere;transport=tcp");
    let garbage = request("INVITE", "a-tag", "b", 10, "Contact: *\r\n");
    assert_eq!(
        with(&garbage, |request| dialog.check_request(request)),
        Err(DialogError::Contact)
    );
    assert_eq!(dialog.remote_cseq(), Some(9));
}

#[test]
fn sequence_numbers_end_before_they_wrap() {
    let mut dialog = calling();
    assert_eq!((dialog.local_cseq(), dialog.next_cseq()), (7, Ok(8)));
    dialog.local_cseq = MAX_CSEQ - 1;
    assert_eq!(dialog.next_cseq(), Ok(MAX_CSEQ));
    assert_eq!(dialog.next_cseq(), Err(DialogError::CSeqExhausted));
}

#[test]
fn a_sips_request_uri_makes_the_dialog_secure() {
    let text = invite("Contact: <sips:alice@client>\r\n").replace("INVITE sip:", "INVITE sips:");
    assert!(with(&text, |invite| Dialog::callee([0; 400], invite, "b")
        .unwrap()
        .is_secure()));
    assert!(!calling().is_secure());
}

#[test]
fn a_dialog_that_does_not_fit_is_refused() {
    let text = invite(TWO_ROUTES);
    assert_eq!(
        with(&text, |invite| Dialog::callee([0; 100], invite, "b").err()),
        Some(DialogError::NoRoom)
    );
}

#[test]
fn a_dialog_is_small() {
    assert!(
        size_of::<Dialog<Owned<u8>>>() <= 80,
        "{}",
        size_of::<Dialog<Owned<u8>>>()
    );
    assert!(size_of::<Dialog<[u8; 500]>>() <= 540);
}
