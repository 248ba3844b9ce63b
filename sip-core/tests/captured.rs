//! What SIPp, baresip, Linphone, Kamailio, Asterisk, SIP.js and sipsak really send is understood whole.
#![allow(
    elided_lifetimes_in_paths,
    reason = "one macro serves headers with and without a lifetime"
)]

use std::fs;
use std::path::Path;

use trunkline_sip_core::header::{self, Header as _};
use trunkline_sip_core::uri::Uri;
use trunkline_sip_core::{
    Frame, FrameError, Framer, HeaderName, HeaderSpan, Message, MessageWriter, Method, Patch,
    Rules, StatusCode, validate, write_ack_for, write_cancel_for, write_response_to,
};

#[macro_use]
#[path = "headers/every.rs"]
mod every;

/// The messages with their file names.
fn captured() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/captured");
    let files = fs::read_dir(folder)
        .expect("vectors")
        .map(|file| file.expect("a file").path());
    let mut messages: Vec<(String, Vec<u8>)> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "sip"))
        .map(|path| {
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read(path).expect("a message"))
        })
        .collect();
    messages.sort();
    messages
}

/// Runs `test` with every message.
fn with_each(test: impl Fn(&str, &Message<'_>)) {
    let messages = captured();
    assert!(messages.len() > 50, "{}", messages.len());
    for (name, bytes) in messages {
        let mut index = [HeaderSpan::default(); 64];
        let message =
            Message::parse(&bytes, &mut index).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(message.as_bytes(), bytes, "{name}");
        test(&name, &message);
    }
}

#[test]
fn captured_messages_are_valid() {
    // Linphone leaves Content-Length out where there is no body, which a datagram permits.
    let mut datagrams = Rules::STRICT;
    datagrams.leniency.missing_content_length = true;
    with_each(|name, message| {
        let rules = match name.starts_with("linphone") {
            true => &datagrams,
            false => &Rules::STRICT,
        };
        assert_eq!(validate(message, rules), Ok(()), "{name}");
        assert_eq!(validate(message, &Rules::DEFAULT), Ok(()), "{name}");
        let uri = message.request_uri().map(Uri::parse);
        assert!(uri.is_none_or(|uri| uri.is_ok()), "{name}");
    });
}

/// Reads all values of the headers and counts the fields that they come from.
macro_rules! read {
    ($message:ident, $name:ident, $($header:ident)*) => {{
        let mut names: Vec<HeaderName<'_>> = Vec::new();
        $({
            for value in $message.typed_all::<header::$header>() {
                let value = value.unwrap_or_else(|error| panic!("{}: {error}", $name));
                // What was read, written, reads as the same.
                if header::$header::NAME != HeaderName::ContentLength {
                    let mut buffer = [0; 4096];
                    let len = MessageWriter::request(&mut buffer, Method::Info, "sip:h")
                        .typed(&value)
                        .finish()
                        .unwrap_or_else(|error| panic!("{}: {value:?}: {error}", $name));
                    let mut index = [HeaderSpan::default(); 4];
                    let written = Message::parse(&buffer[..len], &mut index).expect("parses");
                    let again = written.require::<header::$header>().expect("reads");
                    let mut second = [0; 4096];
                    let second_len = MessageWriter::request(&mut second, Method::Info, "sip:h")
                        .typed(&again)
                        .finish();
                    assert_eq!(second_len, Ok(len), "{}: {value:?}", $name);
                    assert_eq!(buffer, second, "{}: {value:?}", $name);
                }
            }
            names.push(header::$header::NAME);
        })*
        names
    }};
}

#[test]
fn every_header_of_captured_messages_is_read() {
    with_each(|name, message| {
        let typed = every_header!(read!(message, name,));
        for field in message.headers() {
            assert!(
                typed.contains(&field.name()),
                "{name}: {field:?} has no type"
            );
        }
    });
}

#[test]
fn captured_messages_are_framed() {
    let mut stream = Vec::new();
    let mut lengths = Vec::new();
    with_each(|name, message| {
        let framed = Framer::new().next(message.as_bytes());
        if message.header(HeaderName::ContentLength).is_some() {
            let len = message.as_bytes().len();
            assert_eq!(framed, Ok(Frame::Message { len }), "{name}");
        } else {
            assert_eq!(framed, Err(FrameError::NoContentLength), "{name}");
        }
    });
    for (_, message) in captured() {
        if Framer::new().next(&message).is_ok() {
            lengths.push(message.len());
            stream.extend_from_slice(&message);
        }
    }
    // In one stream, in pieces as small as can be.
    let mut framer = Framer::new();
    let (mut start, mut found) = (0, Vec::new());
    for end in 0..=stream.len() {
        if let Frame::Message { len } = framer.next(&stream[start..end]).expect("messages") {
            found.push(len);
            start += len;
        }
    }
    assert_eq!(found, lengths);
}

#[test]
fn captured_requests_are_answered_and_forwarded() {
    with_each(|name, message| {
        let (mut buffer, mut again) = ([0; 8192], [HeaderSpan::default(); 64]);
        let len = Patch::new(*message).write(&mut buffer).expect("a copy");
        assert_eq!(&buffer[..len], message.as_bytes(), "{name}");
        if message.is_response() {
            return;
        }
        let len = Patch::new(*message)
            .push_via(&"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
            .stamp_via("192.0.2.7:40000".parse().expect("an address"))
            .set_number(HeaderName::MaxForwards, 9)
            .write(&mut buffer)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let forwarded = Message::parse(&buffer[..len], &mut again).expect("parses");
        assert_eq!(validate(&forwarded, &Rules::DEFAULT), Ok(()), "{name}");
        assert_eq!(
            forwarded.headers().count(),
            message.headers().count() + 1,
            "{name}"
        );
        let len = write_response_to(message, StatusCode::OK, "", Some("t"), &mut buffer)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut again = [HeaderSpan::default(); 64];
        let answer = Message::parse(&buffer[..len], &mut again).expect("parses");
        assert_eq!(validate(&answer, &Rules::STRICT), Ok(()), "{name}");
        if message.method() == Some(Method::Invite) {
            for written in [
                write_ack_for(message, &answer, &mut [0; 8192]),
                write_cancel_for(message, &mut [0; 8192]),
            ] {
                assert!(written.is_ok(), "{name}: {written:?}");
            }
        }
    });
}
