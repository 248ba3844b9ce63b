#![no_main]
//! Typed values and texts that nobody has checked, written as header fields.

use core::net::IpAddr;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use trunkline_sip_core::header::{
    CSeq, CallId, Contact, ContactAddress, ContentType, DisplayName, Event, Expires, From, Header,
    MaxForwards, MinExpires, MinSe, NameAddr, Q, RPort, RSeq, Reason, Refresher, Replaces, Require,
    RetryAfter, Route, SessionExpires, Subject, To, Via, Warning,
};
use trunkline_sip_core::uri::{SipUriBuilder, Uri, unescape};
use trunkline_sip_core::{
    Encode, HeaderName, HeaderSpan, Host, HostPort, Message, MessageWriter, Method, StatusCode,
    Transport, WriteError, write_ack_for, write_cancel_for, write_response_to,
};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    method: &'a str,
    uri: &'a str,
    name: &'a str,
    text: &'a str,
    other: &'a str,
    octets: &'a [u8],
    number: u32,
    small: u16,
    flag: bool,
    address: Option<[u8; 4]>,
}

fuzz_target!(|input: Input<'_>| {
    typed_values(&input);
    fields(&input);
    uris(&input);
    responses(&input);
});

/// Writes one value: what was written is one header field, and its size was known before.
fn written<'h, H: Header<'h> + Encode>(value: &H, buffer: &mut Vec<u8>) -> Option<usize> {
    let write = |buffer: &mut [u8]| {
        MessageWriter::request(buffer, Method::Info, "sip:h")
            .typed(value)
            .finish()
    };
    let needed = match write(&mut []) {
        Err(WriteError::TooSmall { needed }) => needed,
        Err(WriteError::HeaderValue { .. }) => return None,
        other => panic!("{other:?}"),
    };
    buffer.clear();
    buffer.resize(needed, 0xAA);
    assert_eq!(
        write(&mut buffer[..needed - 1]),
        Err(WriteError::TooSmall { needed })
    );
    assert_eq!(write(buffer), Ok(needed));
    Some(needed)
}

/// What was written reads as `$parts` of the same.
macro_rules! reads_back {
    ($header:ident, $value:expr, $read:ident => $parts:expr) => {{
        let value = $value;
        let mut buffer = Vec::new();
        if written(&value, &mut buffer).is_some() {
            let mut index = [HeaderSpan::default(); 4];
            let message = Message::parse(&buffer, &mut index)
                .unwrap_or_else(|error| panic!("{error}: {}", buffer.escape_ascii()));
            assert_eq!(message.as_bytes().len(), buffer.len());
            assert_eq!(message.headers().count(), 2, "{}", buffer.escape_ascii());
            assert_eq!(
                message.typed_all::<$header<'_>>().count(),
                1,
                "{}",
                buffer.escape_ascii()
            );
            let again = message.require::<$header<'_>>();
            let again = again.unwrap_or_else(|error| panic!("{error}: {}", buffer.escape_ascii()));
            let parts = |$read: $header<'_>| format!("{:?}", $parts);
            assert_eq!(parts(again), parts(value), "{}", buffer.escape_ascii());
        }
    }};
}

type Plain<T> = T;

fn typed_values(input: &Input<'_>) {
    let Input {
        text,
        other,
        number,
        small,
        ..
    } = *input;
    let method = Method::new(input.method);
    let host = HostPort::new(
        Host::parse(other).unwrap_or(Host::Name(other)),
        input.flag.then_some(small),
    );
    let mut via = Via::new(Transport::new(input.name), host, text);
    via.rport = input.flag.then_some(RPort::Port(small));
    via.received = input.address.map(IpAddr::from);
    via.ttl = u8::try_from(small).ok();
    reads_back!(Via, via, via => {
        (via.transport.as_str().to_ascii_uppercase(), via.sent_by, via.branch, via.rport, via.received, via.ttl)
    });

    if let Ok(uri) = Uri::parse(input.uri) {
        let mut address = NameAddr::new(uri);
        address.display_name = input.flag.then_some(DisplayName::new(text));
        let name = |name: Option<DisplayName<'_>>| {
            name.map(|name| {
                let mut meant = vec![0; 4 * text.len() + 64];
                let len = name.unescape_into(&mut meant).expect("room");
                meant.truncate(len);
                meant
            })
        };
        let tag = (small % 2 == 0).then_some(other);
        reads_back!(From, From { address, tag }, from => {
            (name(from.address.display_name), from.address.uri.as_str().to_owned(), from.tag)
        });
        reads_back!(To, To { address, tag }, to => {
            (name(to.address.display_name), to.address.uri.as_str().to_owned(), to.tag)
        });
        reads_back!(Route, Route { address }, route => {
            (name(route.address.display_name), route.address.uri.as_str().to_owned())
        });
        let contact = ContactAddress {
            address,
            q: Q::from_thousandths(small),
            expires: Some(number),
        };
        reads_back!(Contact, Contact::Address(contact), contact => {
            match contact {
                Contact::Star => panic!("a star"),
                Contact::Address(contact) => (
                    name(contact.address.display_name),
                    contact.address.uri.as_str().to_owned(),
                    contact.q,
                    contact.expires,
                ),
            }
        });
    }

    reads_back!(CSeq, CSeq { number, method }, cseq => (cseq.number, cseq.method));
    reads_back!(CallId, CallId(text), call_id => call_id.0);
    reads_back!(Require, Require(text), tag => tag.0);
    reads_back!(ContentType, ContentType::new(text, other), body => (body.media_type, body.subtype));
    let meant = |text: trunkline_sip_core::QuotedString<'_>| text.unescaped().collect::<Vec<u8>>();
    reads_back!(Reason, Reason::new(input.name, small, text), reason => {
        (reason.protocol, reason.cause, reason.text.map(meant))
    });
    if (100..1000).contains(&small) {
        reads_back!(Warning, Warning::new(small, other, text), warning => {
            (warning.code, warning.agent, meant(warning.text))
        });
    }
    let mut retry = RetryAfter::new(number);
    retry.duration = input.flag.then_some(small.into());
    reads_back!(RetryAfter, retry, retry => (retry.seconds, retry.duration));
    let refresher = [None, Some(Refresher::Uac), Some(Refresher::Uas)][usize::from(small % 3)];
    reads_back!(SessionExpires, SessionExpires::new(number, refresher), session => {
        (session.seconds, session.refresher)
    });
    let mut event = Event::new(text);
    event.id = input.flag.then_some(other);
    reads_back!(Event, event, event => (event.package, event.id));
    reads_back!(Replaces, Replaces::new(CallId(input.name), text, other), replaces => {
        (replaces.call_id, replaces.to_tag, replaces.from_tag)
    });
    numbers(number, small);
    let mut buffer = Vec::new();
    if written(&Subject(text), &mut buffer).is_some() {
        let mut index = [HeaderSpan::default(); 4];
        let message = Message::parse(&buffer, &mut index).expect("parses");
        assert_eq!(message.headers().count(), 2);
    }
}

fn numbers(number: u32, small: u16) {
    macro_rules! number {
        ($($type:ident($number:expr)),*) => {$({
            let mut buffer = Vec::new();
            written(&$type($number), &mut buffer).expect("a number");
            let mut index = [HeaderSpan::default(); 4];
            let message = Message::parse(&buffer, &mut index).expect("parses");
            assert_eq!(message.require::<Plain<$type>>(), Ok($type($number)));
        })*};
    }
    number!(
        Expires(number),
        MinExpires(number),
        RSeq(number),
        MaxForwards(small as u8)
    );
    reads_back!(MinSe, MinSe::new(number), min => min.seconds);
}

/// Texts as header fields of any name: there are as many fields as were written, or none.
fn fields(input: &Input<'_>) {
    let mut buffer = vec![0; 16 * 1024];
    let method = Method::new(input.method);
    let written = MessageWriter::request(&mut buffer, method, input.uri)
        .header(input.name, input.text)
        .header("X-1", input.octets)
        .header("X-2", format_args!("{}{}", input.other, input.number))
        .list("X-3", [input.text, input.other])
        .body(input.octets);
    match written {
        Ok(len) => {
            let mut index = [HeaderSpan::default(); 8];
            let message = Message::parse(&buffer[..len], &mut index)
                .unwrap_or_else(|error| panic!("{error}: {}", buffer[..len].escape_ascii()));
            assert_eq!(message.as_bytes().len(), len);
            assert_eq!(message.headers().count(), 5);
            assert_eq!(message.method(), Some(method));
            assert_eq!(message.request_uri(), Some(input.uri));
            assert_eq!(message.body(), input.octets);
            let is_space = |byte: &u8| b" \t\r\n".contains(byte);
            let mut text = input.octets;
            while let Some((first, rest)) = text.split_first().filter(|(first, _)| is_space(first))
            {
                let _ = first;
                text = rest;
            }
            while let Some((last, rest)) = text.split_last().filter(|(last, _)| is_space(last)) {
                let _ = last;
                text = rest;
            }
            let value = message.header("x-1").expect("written").value();
            assert_eq!(
                value.escape_ascii().to_string(),
                text.escape_ascii().to_string()
            );
        }
        Err(WriteError::TooSmall { needed }) => assert!(needed > buffer.len()),
        Err(
            WriteError::StartLine
            | WriteError::HeaderName
            | WriteError::HeaderValue { .. }
            | WriteError::ContentLength,
        ) => {}
        Err(error) => panic!("{error}"),
    }
}

/// A URI of any texts names what it was made of.
fn uris(input: &Input<'_>) {
    let Some(host) = Host::parse(input.other) else {
        return;
    };
    let port = input.flag.then_some(input.small);
    let text = SipUriBuilder {
        secure: input.flag,
        user: (!input.text.is_empty()).then_some(input.text),
        params: &[("x", Some(input.name)), ("lr", None)],
        ..SipUriBuilder::new(HostPort::new(host, port))
    }
    .to_string();
    let uri = Uri::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let uri = uri.as_sip().expect("sip");
    assert_eq!(
        (uri.host(), uri.port(), uri.is_loose_router()),
        (host, port, true),
        "{text}"
    );
    let user: Vec<u8> = uri
        .user()
        .map_or(Vec::new(), |user| unescape(user).collect());
    assert_eq!(user, input.text.as_bytes(), "{text}");
    let param: Vec<u8> = unescape(uri.params().value("x").unwrap_or_default()).collect();
    assert_eq!(param, input.name.as_bytes(), "{text}");
}

/// Reason phrases and tags of any text, in the answer to a request of any octets.
fn responses(input: &Input<'_>) {
    let request =
        b"INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nRoute: <sip:r;lr>\r\n\
        v: SIP/2.0/UDP b\r\nRecord-Route: <sip:r;lr>\r\nFrom: <sip:a@h>;tag=1\r\nTo:<sip:b@h>\r\n\
        i: x\r\nCSeq: 7 INVITE\r\nTimestamp: 54\r\nl: 0\r\n\r\n";
    let mut index = [HeaderSpan::default(); 16];
    let request = Message::parse(request, &mut index).expect("a request");
    let Some(status) = StatusCode::new(input.small) else {
        return;
    };
    let mut buffer = vec![0; 16 * 1024];
    let tag = input.flag.then_some(input.other);
    let Ok(len) = write_response_to(&request, status, input.text, tag, &mut buffer) else {
        return;
    };
    let mut index = [HeaderSpan::default(); 16];
    let response = Message::parse(&buffer[..len], &mut index)
        .unwrap_or_else(|error| panic!("{error}: {}", buffer[..len].escape_ascii()));
    assert_eq!(response.as_bytes().len(), len);
    assert_eq!(response.status(), Some(status));
    if !input.text.is_empty() {
        assert_eq!(response.reason(), Some(input.text.as_bytes()));
    }
    let dialog = status > StatusCode::TRYING && status.class() <= 2;
    let count = 7 + usize::from(dialog) + usize::from(status == StatusCode::TRYING);
    assert_eq!(response.headers().count(), count);
    assert_eq!(response.require::<To<'_>>().expect("to").tag, tag);
    let mut follow = vec![0; 16 * 1024];
    let len = write_ack_for(&request, &response, &mut follow).expect("an ACK");
    let mut index = [HeaderSpan::default(); 16];
    let ack = Message::parse(&follow[..len], &mut index).expect("parses");
    assert_eq!(
        ack.header(HeaderName::To).expect("to").value(),
        response.header("to").expect("to").value()
    );
    assert_eq!(ack.headers().count(), 8);
    assert!(write_cancel_for(&request, &mut follow).is_ok());
}
