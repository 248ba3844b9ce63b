//! Whatever text stands in whatever field: what is written has the header fields that were asked for.

use trunkline_sip_core::header::{
    Allow, CSeq, CallId, Contact, ContactAddress, ContentType, DisplayName, Event, From, Header,
    NameAddr, Reason, Replaces, Require, Route, Server, Subject, Supported, To, UserAgent, Via,
    Warning,
};
use trunkline_sip_core::uri::{SipUriBuilder, TelUriBuilder, Uri};
use trunkline_sip_core::{
    Encode, HeaderSpan, Host, HostPort, Message, MessageWriter, Method, MultipartWriter, Patch,
    StatusCode, Transport, WriteError, write_response_to,
};

/// What an attacker gives for a name, a number, a tag.
const EVIL: [&str; 9] = [
    "x\r\nEvil: y",
    "x\nEvil: y",
    "x\rEvil: y",
    "x\r\n\r\nEvil",
    "x\0y",
    "x\r\n folded",
    "\r\n",
    "x\"\r\nEvil: y\r\nZ: \"",
    "x>\r\nEvil: <y",
];

/// Writes one header field; it is refused, or it is one.
fn one<'h, H: Header<'h> + Encode + core::fmt::Debug>(value: &H) {
    let mut buffer = [0; 1024];
    let written = MessageWriter::request(&mut buffer, Method::Info, "sip:h")
        .typed(value)
        .finish();
    check(written, &buffer, 2, value);
}

fn check(
    written: Result<usize, WriteError>,
    buffer: &[u8],
    fields: usize,
    value: &dyn core::fmt::Debug,
) {
    let Ok(len) = written else {
        return;
    };
    let mut index = [HeaderSpan::default(); 16];
    let message = Message::parse(&buffer[..len], &mut index)
        .unwrap_or_else(|error| panic!("{error}: {}", buffer[..len].escape_ascii()));
    assert_eq!(message.headers().count(), fields, "{value:?}");
    assert!(message.header("evil").is_none(), "{value:?}");
    assert_eq!(message.body(), b"", "{value:?}");
}

#[test]
fn typed_values_add_no_header_field() {
    let host = HostPort::new(Host::Name("h"), None);
    for evil in EVIL {
        let evil_host = HostPort::new(Host::Name(evil), None);
        one(&Via::new(Transport::Udp, host, evil));
        one(&Via::new(Transport::Udp, evil_host, "z9hG4bK1"));
        one(&Via::new(Transport::new(evil), host, "z9hG4bK1"));
        let mut via = Via::new(Transport::Udp, host, "z9hG4bK1");
        via.maddr = Some(Host::Name(evil));
        one(&via);
        via.maddr = None;
        via.version = evil;
        one(&via);

        let uri = Uri::parse("sip:h").expect("a URI");
        assert!(Uri::parse(&format!("sip:{evil}@h")).is_err(), "{evil:?}");
        assert!(Uri::parse(&format!("tel:{evil}")).is_err(), "{evil:?}");
        assert!(Uri::parse(&format!("urn:x:{evil}")).is_err(), "{evil:?}");
        assert!(Uri::parse(&format!("isbn:{evil}")).is_err(), "{evil:?}");
        one(&From::new(uri, Some(evil)));
        one(&To::new(uri, Some(evil)));
        for name in [DisplayName::new(evil), DisplayName::Words(evil.as_bytes())] {
            let mut address = NameAddr::new(uri);
            address.display_name = Some(name);
            one(&From { address, tag: None });
            one(&Route { address });
            let contact = ContactAddress {
                address,
                q: None,
                expires: None,
            };
            one(&Contact::Address(contact));
        }
        one(&CSeq {
            number: 1,
            method: Method::new(evil),
        });
        one(&CallId(evil));
        one(&ContentType::new(evil, "sdp"));
        one(&ContentType::new("application", evil));
        one(&Allow(Method::new(evil)));
        one(&Require(evil));
        one(&Supported(evil));
        one(&Subject(evil));
        one(&Server(evil));
        one(&UserAgent(evil));
        one(&Event::new(evil));
        let mut event = Event::new("dialog");
        event.id = Some(evil);
        one(&event);
        one(&Reason::new(evil, 16, "text"));
        one(&Reason::new("SIP", 200, evil));
        one(&Warning::new(399, evil, "text"));
        one(&Warning::new(399, "h", evil));
        one(&Replaces::new(CallId(evil), "a", "b"));
        one(&Replaces::new(CallId("x"), evil, "b"));
    }
}

#[test]
fn texts_add_no_header_field() {
    for evil in EVIL {
        let mut buffer = [0; 1024];
        let start = |method, uri| MessageWriter::request(&mut [0; 99], method, uri).finish();
        assert_eq!(
            start(Method::new(evil), "sip:h"),
            Err(WriteError::StartLine)
        );
        assert_eq!(start(Method::Info, evil), Err(WriteError::StartLine));
        let written = MessageWriter::response(&mut buffer, StatusCode::OK, evil).finish();
        assert_eq!(written, Err(WriteError::StartLine), "{evil:?}");
        let written = MessageWriter::request(&mut buffer, Method::Info, "sip:h")
            .header(evil, "x")
            .finish();
        assert_eq!(written, Err(WriteError::HeaderName), "{evil:?}");
        let written = MessageWriter::request(&mut buffer, Method::Info, "sip:h")
            .header("X-1", evil)
            .header("X-2", evil.as_bytes())
            .header("X-3", format_args!("{}{evil}", 1))
            .list("X-4", [evil, evil])
            .finish();
        check(written, &buffer, 5, &evil);
        let written =
            MessageWriter::request(&mut buffer, Method::Info, "sip:h").finish_with(evil, b"");
        check(written, &buffer, 2, &evil);
    }
}

#[test]
fn uris_of_any_text_add_nothing() {
    for evil in EVIL {
        let uri = SipUriBuilder {
            user: Some(evil),
            params: &[(evil, Some(evil))],
            ..SipUriBuilder::new(HostPort::new(Host::Name("h"), None))
        };
        let text = uri.to_string();
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
        assert!(Uri::parse(&text).is_ok(), "{text}");
        let mut buffer = [0; 1024];
        let written = MessageWriter::request(&mut buffer, Method::Info, "sip:h")
            .header("Contact", format_args!("<{uri}>"))
            .finish();
        check(written, &buffer, 2, &evil);
        assert!(written.is_ok());
        let written = MessageWriter::request(&mut buffer, Method::Info, "sip:h")
            .header("Contact", TelUriBuilder::new(evil))
            .finish();
        assert!(written.is_err(), "{evil:?}");
    }
}

#[test]
fn answers_patches_and_parts_add_no_header_field() {
    let request =
        b"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a>\r\nTo: <sip:b>\r\n\r\n";
    let mut index = [HeaderSpan::default(); 8];
    let request = Message::parse(request, &mut index).expect("a request");
    for evil in EVIL {
        let mut buffer = [0; 1024];
        let written = write_response_to(&request, StatusCode::OK, evil, None, &mut buffer);
        assert_eq!(written, Err(WriteError::StartLine));
        let written = write_response_to(&request, StatusCode::OK, "", Some(evil), &mut buffer);
        assert!(written.is_err(), "{evil:?}");

        let written = Patch::new(request).set_request_uri(evil).write(&mut buffer);
        assert_eq!(written, Err(WriteError::StartLine));
        let written = Patch::new(request).append(evil, &"x").write(&mut buffer);
        assert_eq!(written, Err(WriteError::HeaderName));
        type Change = for<'p, 'a> fn(&'p mut Patch<'a>, &'a &'a str) -> &'p mut Patch<'a>;
        let changes: [(Change, usize); 5] = [
            (|patch, value| patch.push_via(value), 4),
            (|patch, value| patch.append("X-1", value), 4),
            (|patch, value| patch.prepend("X-1", value), 4),
            (|patch, value| patch.set("To", value), 3),
            (|patch, value| patch.set("X-1", value), 4),
        ];
        for (change, fields) in changes {
            let mut patch = Patch::new(request);
            let written = change(&mut patch, &evil).write(&mut buffer);
            check(written, &buffer, fields, &evil);
        }

        let part = MultipartWriter::new(&mut buffer, "b")
            .header("X-1", evil)
            .part(evil, b"body")
            .finish();
        if let Ok(len) = part {
            let lines = buffer[..len].split(|&byte| byte == b'\n');
            let evil = lines.filter(|line| line.starts_with(b"Evil")).count();
            assert_eq!(evil, 0);
        }
        assert!(
            MultipartWriter::new(&mut buffer, evil)
                .part("text/plain", b"")
                .finish()
                .is_err()
        );
    }
}

/// Found by the fuzz target `sip_writer`: a name of the characters of a host that is none.
#[test]
fn what_is_no_host_is_not_written() {
    for name in ["02..2.", "", ".", "-", "a_b c", "[::1"] {
        let host = HostPort::new(Host::Name(name), None);
        let mut buffer = [0; 512];
        let written = MessageWriter::request(&mut buffer, Method::Info, "sip:h")
            .typed(&Via::new(Transport::Udp, host, "z9hG4bK1"))
            .finish();
        if let Ok(len) = written {
            let mut index = [HeaderSpan::default(); 4];
            let message = Message::parse(&buffer[..len], &mut index).expect("parses");
            assert!(message.require::<Via<'_>>().is_ok(), "{name:?}");
        }
        assert_eq!(written.is_ok(), Host::parse(name).is_some(), "{name:?}");
    }
}

/// The size that a buffer needs is told by one that is too small, whatever its size, which then holds no message.
#[test]
fn the_size_is_known_before() {
    let write = |buffer: &mut [u8]| {
        MessageWriter::request(buffer, Method::Invite, "sip:b@example.com")
            .typed(&Via::new(
                Transport::Udp,
                HostPort::new(Host::Name("h"), Some(5060)),
                "z9hG4bK1",
            ))
            .header("Subject", format_args!("{:>40}", "right"))
            .list("Supported", ["100rel", "timer"])
            .finish_with(ContentType::SDP, b"v=0\r\n")
    };
    let mut buffer = [0; 1024];
    let needed = write(&mut buffer).expect("room");
    for size in 0..needed {
        assert_eq!(
            write(&mut buffer[..size]),
            Err(WriteError::TooSmall { needed }),
            "{size}"
        );
    }
    assert_eq!(write(&mut buffer[..needed]), Ok(needed));
}
