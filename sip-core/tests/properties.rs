//! What holds for every input.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use trunkline_sip_core::header::{
    Allow, CSeq, CallId, Contact, ContentLength, ContentType, Expires, From, Header, MaxForwards,
    PAssertedIdentity, Path as PathHeader, Reason, RecordRoute, Require, RetryAfter, Route,
    Supported, Timestamp, To, Via,
};
use trunkline_sip_core::uri::{SipUriBuilder, Uri, unescape};
use trunkline_sip_core::{
    Encode, Frame, Framer, HeaderName, HeaderSpan, Host, HostPort, Message, MessageWriter, Method,
    Patch, Rules, StatusCode, Transport, WriteError, validate, write_ack_for, write_cancel_for,
    write_response_to,
};

fn vectors() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut files = Vec::new();
    for folder in ["rfc4475", "rfc5118", "messages"] {
        for entry in fs::read_dir(root.join(folder)).expect("vectors") {
            let path = entry.expect("entry").path();
            if path
                .extension()
                .is_some_and(|extension| extension == "dat" || extension == "sip")
            {
                files.push(fs::read(path).expect("vector"));
            }
        }
    }
    files
}

/// Reads all values of `H` and writes those that are sound.
fn read_all<'a, H: Header<'a> + Encode + ToString>(message: &Message<'a>) {
    for value in message.typed_all::<H>().take(100) {
        match value {
            Ok(value) => _ = value.to_string(),
            Err(error) => assert_eq!(error.name(), H::NAME),
        }
    }
}

/// Everything one can do with octets that claim to be a message.
fn exercise(bytes: &[u8]) {
    let mut index = [HeaderSpan::default(); 64];
    let framed = Framer::new().next(bytes);
    let Ok(message) = Message::parse(bytes, &mut index) else {
        // The parser refuses; a framer may have found a body that the input does not hold, or nothing.
        assert!(
            !matches!(framed, Ok(Frame::Message { len }) if len == bytes.len()),
            "framer and parser disagree"
        );
        return;
    };
    if let Ok(Frame::Message { len }) = framed {
        assert_eq!(message.as_bytes().len(), len, "framer and parser disagree");
    }
    for field in message.headers() {
        assert!(field.name().is_valid());
        assert_eq!(
            message
                .header(field.name())
                .map(|first| first.offset() <= field.offset()),
            Some(true)
        );
        let start = field.value_offset();
        assert_eq!(&bytes[start..start + field.value().len()], field.value());
    }
    read_all::<Via<'_>>(&message);
    read_all::<From<'_>>(&message);
    read_all::<To<'_>>(&message);
    read_all::<Contact<'_>>(&message);
    read_all::<Route<'_>>(&message);
    read_all::<RecordRoute<'_>>(&message);
    read_all::<PathHeader<'_>>(&message);
    read_all::<PAssertedIdentity<'_>>(&message);
    read_all::<CSeq<'_>>(&message);
    read_all::<CallId<'_>>(&message);
    read_all::<MaxForwards>(&message);
    read_all::<ContentType<'_>>(&message);
    read_all::<ContentLength>(&message);
    read_all::<Expires>(&message);
    read_all::<Allow<'_>>(&message);
    read_all::<Supported<'_>>(&message);
    read_all::<Require<'_>>(&message);
    read_all::<Reason<'_>>(&message);
    read_all::<RetryAfter<'_>>(&message);
    read_all::<Timestamp<'_>>(&message);
    if let Some(Ok(uri)) = message.request_uri().map(Uri::parse) {
        assert!(uri.is_equivalent(&uri));
        assert_eq!(Some(uri.as_str()), message.request_uri());
    }
    let _ = validate(&message, &Rules::DEFAULT);

    let mut buffer = vec![0; bytes.len() + 1024];
    let same = Patch::new(message).write(&mut buffer).expect("room");
    assert_eq!(
        &buffer[..same],
        message.as_bytes(),
        "nothing changes on its own"
    );
    let source = "192.0.2.1:5060".parse().expect("address");
    type Write<'a> = &'a dyn Fn(&mut [u8]) -> Result<usize, WriteError>;
    let writes: [Write<'_>; 6] = [
        &|buffer| {
            Patch::new(message)
                .stamp_via(source)
                .push_via(&"SIP/2.0/UDP x")
                .write(buffer)
        },
        &|buffer| {
            Patch::new(message)
                .pop_via()
                .pop(HeaderName::Route)
                .remove("Contact")
                .write(buffer)
        },
        &|buffer| {
            Patch::new(message)
                .set(HeaderName::To, &"<sip:x>")
                .set_body(b"x")
                .write(buffer)
        },
        &|buffer| write_response_to(&message, StatusCode::RINGING, "", Some("tag"), buffer),
        &|buffer| write_ack_for(&message, &message, buffer),
        &|buffer| write_cancel_for(&message, buffer),
    ];
    for write in writes {
        let Ok(len) = write(&mut buffer) else {
            continue;
        };
        assert_eq!(write(&mut []), Err(WriteError::TooSmall { needed: len }));
        let mut index = [HeaderSpan::default(); 80];
        let written = Message::parse(&buffer[..len], &mut index).expect("what is written parses");
        assert_eq!(written.as_bytes().len(), len);
    }
}

proptest! {
    /// Vectors with octets changed, cut out, doubled or put in.
    #[test]
    fn no_mutated_message_does_harm(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..24, prop::collection::vec(
            prop_oneof![
                prop::sample::select(b"\r\n\t ,;:<>\"\\@?=/[]%*()0\x00\xff".to_vec()),
                any::<u8>(),
            ], 0..6)), 1..6),
    ) {
        let mut bytes = which.get(&vectors()).clone();
        for (at, cut, put) in &edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, put.iter().copied());
        }
        exercise(&bytes);
    }

    #[test]
    fn no_garbage_does_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        exercise(&bytes);
        let _ = Via::parse(&bytes);
        let _ = Contact::parse(&bytes);
        let _ = From::parse(&bytes);
        let _ = RetryAfter::parse(&bytes);
    }

    #[test]
    fn uris_survive_or_are_refused(text in "(sip|sips|tel|x):[ -~]{0,40}") {
        if let Ok(uri) = Uri::parse(&text) {
            prop_assert_eq!(uri.to_string(), text.as_str());
            if let Uri::Sip(sip) = uri {
                // The parts put together are the URI.
                let mut whole = text[..if sip.is_secure() { 5 } else { 4 }].to_string();
                if let Some(user) = sip.user() {
                    whole += user;
                    if let Some(password) = sip.password() {
                        whole = whole + ":" + password;
                    }
                    whole += "@";
                }
                prop_assert!(text.starts_with(&whole));
                prop_assert!(sip.params().count() + sip.headers().count() < text.len());
            }
        }
    }

    /// Build, parse, equal.
    #[test]
    fn what_is_built_is_read_back(
        user in "[ -~]{1,20}",
        domain in "[a-z][a-z0-9-]{0,9}(\\.[a-z]{2,4})?",
        port in proptest::option::of(any::<u16>()),
        display in proptest::option::of("[ -~\u{e4}\u{20ac}]{0,16}"),
        tag in proptest::option::of("[a-z0-9.~-]{1,12}"),
        number in 0u32..=u32::MAX,
        method in prop_oneof![Just("INVITE"), Just("BYE"), Just("FOO%"), Just("invite")],
        call_id in "[!-~]{1,20}",
        body in prop::collection::vec(any::<u8>(), 0..60),
        subject in "[ -~]{0,20}",
    ) {
        let host = Host::parse(&domain).expect("host");
        let builder = SipUriBuilder {
            user: Some(&user),
            params: &[("transport", Some("tcp")), ("lr", None)],
            ..SipUriBuilder::new(HostPort::new(host, port))
        };
        let uri_text = builder.to_string();
        let uri = Uri::parse(&uri_text).expect("uri");
        let sip = uri.as_sip().expect("sip");
        prop_assert!(unescape(sip.user().expect("user")).eq(user.bytes()));
        prop_assert_eq!((sip.host(), sip.port()), (host, port));

        let method = Method::new(method);
        let mut from = From::new(uri, tag.as_deref());
        from.address.display_name = display.as_deref().map(trunkline_sip_core::header::DisplayName::new);
        let via = Via::new(Transport::Udp, HostPort::new(host, port), "z9hG4bKx");
        let cseq = CSeq { number, method };
        let mut buffer = [0; 2048];
        let len = MessageWriter::request(&mut buffer, method, &uri_text)
            .typed(&via)
            .typed(&from)
            .typed(&cseq)
            .typed(&CallId(&call_id))
            .header("Subject", subject.as_str())
            .finish_with(ContentType::SDP, &body)
            .expect("written");
        let mut index = [HeaderSpan::default(); 16];
        let message = Message::parse(&buffer[..len], &mut index).expect("parsed");
        prop_assert_eq!(message.method(), Some(method));
        prop_assert_eq!(message.request_uri(), Some(uri_text.as_str()));
        prop_assert_eq!(message.body(), &body[..]);
        prop_assert_eq!(message.require::<CSeq<'_>>(), Ok(cseq));
        prop_assert_eq!(message.require::<CallId<'_>>(), Ok(CallId(&call_id)));
        let read = message.require::<From<'_>>().expect("from");
        prop_assert_eq!(read.tag, tag.as_deref());
        prop_assert_eq!(read.address.uri, uri);
        prop_assert_eq!(read.address.display_name, from.address.display_name);
        let read = message.require::<Via<'_>>().expect("via");
        prop_assert_eq!((read.sent_by, read.branch, read.rport), (via.sent_by, via.branch, via.rport));
        prop_assert_eq!(message.header("subject").map(|field| field.value().to_vec()), Some(subject.trim().as_bytes().to_vec()));
    }
}

#[test]
fn all_vectors_are_exercised() {
    for bytes in vectors() {
        exercise(&bytes);
    }
}

#[test]
fn more_header_fields_than_there_is_room_for() {
    let mut bytes = b"BYE sip:h SIP/2.0\r\n".to_vec();
    bytes.extend(b"X: y\r\n".repeat(65));
    bytes.extend_from_slice(b"\r\n");
    let mut index = [HeaderSpan::default(); 64];
    let error = trunkline_sip_core::ParseError::TooManyHeaders { capacity: 64 };
    assert_eq!(Message::parse(&bytes, &mut index).map(|_| ()), Err(error));
    let mut index = [HeaderSpan::default(); 65];
    assert!(Message::parse(&bytes, &mut index).is_ok());
}

#[test]
fn a_header_of_100_kilobytes_is_refused() {
    let mut bytes = b"BYE sip:h SIP/2.0\r\nX: ".to_vec();
    bytes.resize(100 * 1024, b'a');
    bytes.extend_from_slice(b"\r\n\r\n");
    let mut index = [HeaderSpan::default(); 64];
    let error = trunkline_sip_core::ParseError::HeadTooLong {
        limit: trunkline_sip_core::MAX_HEAD,
    };
    assert_eq!(Message::parse(&bytes, &mut index).map(|_| ()), Err(error));
}
