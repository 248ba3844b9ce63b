#![no_main]
//! One message, as a datagram delivers it.

use std::net::SocketAddr;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use trunkline_fuzz::sip_headers::{self, format};
use trunkline_sip_core::header::{CSeq, CallId, From, MaxForwards, RPort, Route, To, Via};
use trunkline_sip_core::{
    HeaderField, HeaderName, HeaderSpan, MAX_HEADERS, Message, MessageWriter, Method, OwnedMessage,
    ParseError, Patch, Rejection, Rules, StartLine, StatusCode, WriteError, check_max_forwards,
    validate, write_ack_for, write_cancel_for, write_response_to,
};

type Index = [HeaderSpan; MAX_HEADERS];

fuzz_target!(|data: &[u8]| {
    let mut index: Index = [HeaderSpan::default(); MAX_HEADERS];
    let parsed = Message::parse(data, &mut index);
    let owned = OwnedMessage::parse(Bytes::copy_from_slice(data));
    assert_eq!(parsed.as_ref().err(), owned.as_ref().err());
    match parsed {
        Ok(message) => {
            let owned = owned.unwrap();
            assert_eq!(owned.bytes(), message.as_bytes());
            assert_eq!(owned.body_bytes(), message.body());
            assert!(headers(&owned.message()).eq(headers(&message)));
            assert!(data.starts_with(message.as_bytes()));
            let (mut buffer, mut second) = (room(&message), room(&message));
            check_view(&message);
            check_writers(&message, &mut buffer, &mut second);
            check_patch(&message, &mut buffer);
        }
        Err(error) => {
            assert!(error.offset().is_none_or(|at| at <= data.len()), "{error}");
            // A broken body does not hide the head.
            let head = Message::parse_head(data, &mut index);
            let body_only = matches!(
                error,
                ParseError::ContentLength { .. } | ParseError::BodyTooShort { .. }
            );
            assert_eq!(head.is_ok(), body_only);
            if let Ok(message) = head {
                assert_eq!(message.body(), b"");
                check_view(&message);
                check_writers(&message, &mut room(&message), &mut room(&message));
            }
        }
    }
});

/// Names as written and values, in their order.
fn texts<'a>(
    fields: impl Iterator<Item = HeaderField<'a>>,
) -> impl Iterator<Item = (&'a str, &'a [u8])> {
    fields.map(|field| (field.raw_name(), field.value()))
}

fn headers<'a>(message: &Message<'a>) -> impl Iterator<Item = (&'a str, &'a [u8])> {
    texts(message.headers())
}

fn reparse<'a>(bytes: &'a [u8], index: &'a mut Index) -> Message<'a> {
    match Message::parse(bytes, index) {
        Ok(message) => message,
        Err(error) => panic!("{error} in what was written: {}", bytes.escape_ascii()),
    }
}

/// A buffer for whatever follows from `message`.
fn room(message: &Message<'_>) -> Vec<u8> {
    vec![0; 2 * message.as_bytes().len() + 1024]
}

fn check_view(message: &Message<'_>) {
    let bytes = message.as_bytes();
    format(format_args!("{message:?}"));
    assert_eq!(message.is_request(), message.method().is_some());
    assert_eq!(message.is_request(), message.request_uri().is_some());
    assert_eq!(message.is_response(), message.status().is_some());
    assert_eq!(message.is_response(), message.reason().is_some());
    assert_eq!(message.body(), &bytes[message.body_offset()..]);

    // To look for each name among all fields takes as many steps as there are fields, squared.
    let step = message.headers().count() / 32 + 1;
    let mut last = 0;
    for (number, field) in message.headers().enumerate() {
        assert!(field.offset() > last);
        assert!(field.value_offset() > field.offset());
        last = field.value_offset() + field.value().len();
        assert!(last < message.body_offset());
        assert!(bytes[field.offset()..].starts_with(field.raw_name().as_bytes()));
        let _ = field.value_str();
        format(format_args!("{field:?}"));
        assert!(field.name().is_valid());
        if number % step != 0 {
            continue;
        }
        // It is found by its name, however that is written.
        for name in [field.name(), HeaderName::new(field.raw_name())] {
            assert!(
                message
                    .headers_named(name)
                    .any(|found| found.offset() == field.offset())
            );
        }
    }

    sip_headers::check(message);

    match validate(message, &Rules::DEFAULT) {
        // A sound message has what every element relies on.
        Ok(()) => {
            message.require::<Via>().unwrap();
            message.require::<From>().unwrap();
            message.require::<To>().unwrap();
            message.require::<CallId>().unwrap();
            message.require::<CSeq>().unwrap();
        }
        Err(rejection) => check_rejection(message, &rejection),
    }
    match check_max_forwards(message) {
        Ok(hops) => assert_eq!(Ok(hops.map(MaxForwards)), message.typed::<MaxForwards>()),
        Err(rejection) => check_rejection(message, &rejection),
    }
}

fn check_rejection(message: &Message<'_>, rejection: &Rejection) {
    assert!(!rejection.reason().is_empty());
    let offset = match *rejection {
        Rejection::Answer { status, offset, .. } => {
            assert!(status.code() >= 400 && message.is_request());
            assert_ne!(message.method(), Some(Method::Ack));
            offset
        }
        Rejection::Drop { offset, .. } => offset,
        _ => 0,
    };
    assert!(offset <= message.as_bytes().len());
}

fn check_writers(message: &Message<'_>, buffer: &mut [u8], second: &mut [u8]) {
    let mut index: Index = [HeaderSpan::default(); MAX_HEADERS];

    // All header fields carried over.
    let mut writer = match message.start_line() {
        StartLine::Request { method, uri } => MessageWriter::request(buffer, method, uri),
        StartLine::Response { status, reason } => MessageWriter::response(buffer, status, reason),
    };
    for field in message.headers() {
        writer.copy(field);
    }
    match writer.body(message.body()) {
        Ok(len) if message.headers().count() < MAX_HEADERS => {
            let again = reparse(&buffer[..len], &mut index);
            assert_eq!(again.start_line(), message.start_line());
            assert_eq!(again.body(), message.body());
            assert!(others(&again).eq(others(message)));
        }
        Ok(_) => {}
        // White space within the Request-URI, NUL in the reason phrase.
        Err(error) => assert_eq!(error, WriteError::StartLine),
    }

    if !message.is_request() {
        return;
    }
    for (status, tag) in [
        (100, None),
        (180, Some("t1")),
        (200, Some("t1")),
        (503, Some("t1")),
    ] {
        let status = StatusCode::new(status).unwrap();
        let len = write_response_to(message, status, "", tag, buffer).unwrap();
        let small = write_response_to(message, status, "", tag, &mut buffer[..len - 1]);
        assert_eq!(small, Err(WriteError::TooSmall { needed: len }));
        let answer = reparse(&buffer[..len], &mut index);
        assert_eq!(answer.status(), Some(status));
        for name in [
            HeaderName::Via,
            HeaderName::From,
            HeaderName::CallId,
            HeaderName::CSeq,
        ] {
            let single = name != HeaderName::Via;
            let count = if single { 1 } else { usize::MAX };
            let asked = message
                .headers_named(name)
                .take(count)
                .map(|field| field.value());
            assert!(
                answer
                    .headers_named(name)
                    .map(|field| field.value())
                    .eq(asked)
            );
        }
    }

    for (method, written, buffer) in [
        (Method::Ack, write_ack_for(message, message, buffer), buffer),
        (Method::Cancel, write_cancel_for(message, second), second),
    ] {
        let Ok(len) = written else {
            continue;
        };
        let follow = reparse(&buffer[..len], &mut index);
        assert_eq!(follow.method(), Some(method));
        assert_eq!(follow.request_uri(), message.request_uri());
        let number = |message: &Message<'_>| message.require::<CSeq>().unwrap().number;
        assert_eq!(number(&follow), number(message));
        assert_eq!(follow.typed_all::<Via>().count(), 1);
        assert_eq!(follow.typed::<Via>().ok(), message.typed::<Via>().ok());
    }
}

/// Those that a writer carries over.
fn others<'a>(message: &Message<'a>) -> impl Iterator<Item = (&'a str, &'a [u8])> {
    headers(message).filter(|(name, _)| HeaderName::new(name) != HeaderName::ContentLength)
}

fn check_patch(message: &Message<'_>, buffer: &mut [u8]) {
    let len = Patch::new(*message).write(buffer).unwrap();
    assert_eq!(&buffer[..len], message.as_bytes());
    if message.headers().count() + 4 > MAX_HEADERS {
        return;
    }
    let mut index: Index = [HeaderSpan::default(); MAX_HEADERS];

    // What a proxy does with a request.
    let source = SocketAddr::from(([192, 0, 2, 7], 40_000));
    let via = "SIP/2.0/UDP p.example.com;branch=z9hG4bKp";
    let mut patch = Patch::new(*message);
    patch
        .push_via(&via)
        .set_number(HeaderName::MaxForwards, 69)
        .append(HeaderName::Other("X-Fuzz"), &"1")
        .remove(HeaderName::Other("X-Gone"))
        .set_body(b"new");
    let len = patch.write(buffer).unwrap();
    let small = patch.write(&mut buffer[..len - 1]);
    assert_eq!(small, Err(WriteError::TooSmall { needed: len }));
    let forwarded = reparse(&buffer[..len], &mut index);
    assert_eq!(forwarded.start_line(), message.start_line());
    assert_eq!(forwarded.body(), b"new");
    assert_eq!(forwarded.require::<MaxForwards>(), Ok(MaxForwards(69)));
    assert_eq!(forwarded.headers_named(HeaderName::MaxForwards).count(), 1);
    assert_eq!(forwarded.headers_named("x-gone").count(), 0);
    let last = forwarded.headers_named("x-fuzz").last().unwrap();
    assert_eq!(last.value(), b"1");
    let mut vias = forwarded.headers_named(HeaderName::Via);
    assert_eq!(vias.next().map(|field| field.value()), Some(via.as_bytes()));
    let before = message.headers_named(HeaderName::Via);
    assert!(
        vias.map(|field| field.value())
            .eq(before.map(|field| field.value()))
    );
    let touched = |field: &HeaderField<'_>| {
        matches!(
            field.name(),
            HeaderName::Via | HeaderName::MaxForwards | HeaderName::ContentLength
        ) || ["x-fuzz", "x-gone"]
            .iter()
            .any(|name| field.raw_name().eq_ignore_ascii_case(name))
    };
    let after = forwarded.headers().filter(|field| !touched(field));
    let before = message.headers().filter(|field| !touched(field));
    assert!(texts(after).eq(texts(before)));

    check_stamp(message, source, buffer);
    check_pop(message, buffer);
}

/// Stamping sets `received` and `rport` of the top Via, and nothing else.
fn check_stamp(message: &Message<'_>, source: SocketAddr, buffer: &mut [u8]) {
    let mut index: Index = [HeaderSpan::default(); MAX_HEADERS];
    let stamped = Patch::new(*message).stamp_via(source).write(buffer);
    let Ok(before) = message.require::<Via>() else {
        assert!(stamped.is_err());
        return;
    };
    let stamped = reparse(&buffer[..stamped.unwrap()], &mut index);
    let after = stamped.require::<Via>().unwrap();
    let (received, rport) = before.stamp(source);
    assert_eq!(after.received, received.or(before.received));
    if let Some(port) = rport {
        assert_eq!(after.rport, Some(RPort::Port(port)));
    }
    assert_eq!(
        (after.branch, after.sent_by),
        (before.branch, before.sent_by)
    );
    assert_eq!((after.maddr, after.ttl), (before.maddr, before.ttl));
    let ok = |message: &Message<'_>| {
        message
            .typed_all::<Via>()
            .skip(1)
            .map(|via| via.is_ok())
            .collect::<Vec<_>>()
    };
    assert_eq!(ok(&stamped), ok(message));
    assert_eq!(stamped.headers().count(), message.headers().count());
}

/// Popping a Route leaves the others.
fn check_pop(message: &Message<'_>, buffer: &mut [u8]) {
    let mut index: Index = [HeaderSpan::default(); MAX_HEADERS];
    let before: Vec<Option<Route<'_>>> = message.typed_all::<Route>().map(Result::ok).collect();
    let popped = Patch::new(*message).pop(HeaderName::Route).write(buffer);
    if before.is_empty() {
        assert_eq!(popped, Err(WriteError::NothingToPop));
        return;
    }
    let popped = reparse(&buffer[..popped.unwrap()], &mut index);
    let after: Vec<Option<Route<'_>>> = popped.typed_all::<Route>().map(Result::ok).collect();
    // Of broken values, what is left may be none at all, such as the nothing after a last comma.
    if before.iter().all(Option::is_some) {
        assert_eq!(after, before[1..]);
    }
    assert_eq!(popped.body(), message.body());
}
