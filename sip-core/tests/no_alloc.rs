//! What works without `alloc` allocates nothing, on every message among the vectors.
#![allow(
    elided_lifetimes_in_paths,
    reason = "a macro names types with and without a lifetime alike"
)]

use core::hint::black_box;
use std::fs;
use std::path::Path;

use trunkline_sans_io::{FiveTuple, Instant};
use trunkline_sip_core::header::{
    self, Authorization, CSeq, From, Header, MaxForwards, To, Via, WwwAuthenticate,
};
use trunkline_sip_core::uri::{SipUriBuilder, Uri, UriParams, unescape_into};
use trunkline_sip_core::{
    Account, ClientInvite, ClientNonInvite, Destination, Dialog, DigestServer, DigestServerConfig,
    Encode, Framer, Ha1, HashFunction, HeaderName, HeaderSpan, Host, HostPort, Message,
    MessageWriter, Method, NonceUse, Patch, Reaction, Rules, Secret, ServerInvite, ServerNonInvite,
    StatusCode, Timers, check_max_forwards, validate, write_ack_for, write_cancel_for,
    write_response_to,
};
use trunkline_testkit::{assert_no_allocation, count_allocations};

#[macro_use]
#[path = "headers/every.rs"]
mod every;

/// All messages among the vectors, with the names of their files.
fn vectors() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut vectors = Vec::new();
    for kind in ["messages", "rfc4475", "rfc5118"] {
        for entry in fs::read_dir(folder.join(kind)).expect("a folder of vectors") {
            let path = entry.expect("a file").path();
            if path
                .extension()
                .is_some_and(|kind| kind == "sip" || kind == "dat")
            {
                let name = path.display().to_string();
                vectors.push((name, fs::read(&path).expect("a vector")));
            }
        }
    }
    vectors.sort();
    assert_eq!(vectors.len(), 67);
    vectors
}

/// A vector by the name of its file.
fn vector(name: &str) -> Vec<u8> {
    let of_name = |(file, _): &(String, _)| file.ends_with(name);
    let found = vectors().into_iter().find(of_name);
    found.expect("a vector of that name").1
}

fn index() -> [HeaderSpan; 128] {
    [HeaderSpan::default(); 128]
}

/// Parses a message as far as it goes.
fn parse<'a>(bytes: &'a [u8], index: &'a mut [HeaderSpan]) -> Option<Message<'a>> {
    let complete = Message::parse(bytes, index).is_ok();
    if complete {
        Message::parse(bytes, index).ok()
    } else {
        Message::parse_head(bytes, index).ok()
    }
}

/// Runs `test` on every vector and fails if one allocates. Returns how often it said `true`.
fn without_allocation(test: impl Fn(&[u8]) -> bool) -> usize {
    let mut held = 0;
    for (name, bytes) in vectors() {
        let (result, allocations) = count_allocations(|| test(black_box(&bytes)));
        assert_eq!(allocations.count, 0, "{name}: {allocations:?}");
        held += usize::from(result);
    }
    held
}

#[test]
fn framing_and_parsing_allocate_nothing() {
    let parsed = without_allocation(|bytes| {
        let mut framer = Framer::new();
        for len in (0..bytes.len()).step_by(97) {
            let _ = black_box(framer.next(&bytes[..len]));
        }
        let _ = black_box(framer.next(bytes));
        let mut index = index();
        let Some(message) = parse(bytes, &mut index) else {
            return false;
        };
        for field in message.headers() {
            black_box((
                field.name(),
                field.raw_name(),
                field.value(),
                field.value_str(),
            ));
        }
        black_box((message.start_line(), message.body()));
        let _ = black_box(validate(&message, &Rules::DEFAULT));
        let _ = black_box(check_max_forwards(&message));
        true
    });
    assert!(parsed > 55, "{parsed}");
}

fn read_all<'a, H: Header<'a>>(message: &Message<'a>) -> usize {
    let mut sound = 0;
    for value in message.typed_all::<H>() {
        sound += usize::from(black_box(&value).is_ok());
    }
    let _ = black_box(message.typed::<H>().is_ok());
    sound
}

fn read_params(params: UriParams<'_>) {
    let mut text = [0; 256];
    for param in params {
        let _ = black_box(unescape_into(param.name, &mut text));
    }
}

fn read_uri(uri: &Uri<'_>) {
    match uri {
        Uri::Sip(uri) => {
            black_box((uri.user(), uri.password(), uri.host_port(), uri.transport()));
            black_box((uri.maddr(), uri.ttl(), uri.method(), uri.is_loose_router()));
            read_params(uri.params());
            read_params(uri.headers());
        }
        Uri::Tel(uri) => {
            black_box((uri.digits().count(), uri.phone_context(), uri.extension()));
            read_params(uri.params());
        }
        other => {
            black_box(other.scheme());
        }
    }
    assert!(uri.is_equivalent(uri) || uri.as_sip().is_none());
}

#[test]
fn typed_headers_and_uris_allocate_nothing() {
    let read = without_allocation(|bytes| {
        let mut index = index();
        let Some(message) = parse(bytes, &mut index) else {
            return false;
        };
        let mut sound = 0;
        macro_rules! read_each {
            ($($header:ident)*) => {
                $(sound += read_all::<header::$header>(&message);)*
            };
        }
        every_header!(read_each!());

        let from = message.typed::<From<'_>>().ok().flatten();
        if let Some(from) = from {
            read_uri(from.uri());
            let mut name = [0; 512];
            let display_name = from.address.display_name;
            black_box(display_name.map(|text| text.unescape_into(&mut name).is_ok()));
        }
        if let Some(uri) = message.request_uri().and_then(|uri| Uri::parse(uri).ok()) {
            read_uri(&uri);
        }
        sound > 4
    });
    assert!(read > 55, "{read}");
}

#[test]
fn answers_allocate_nothing() {
    let answered = without_allocation(|bytes| {
        let mut index = index();
        let Some(message) = parse(bytes, &mut index) else {
            return false;
        };
        let mut buffer = [0; 8192];
        let (status, reason) = (StatusCode::BUSY_HERE, "Busy Here");
        let response = write_response_to(&message, status, reason, Some("a6c85cf"), &mut buffer);
        let cancel = write_cancel_for(&message, &mut buffer);
        let ack = write_ack_for(&message, &message, &mut buffer);
        response.is_ok() && cancel.is_ok() && ack.is_ok()
    });
    assert!(answered > 25, "{answered}");
}

#[test]
fn patches_allocate_nothing() {
    let patched = without_allocation(|bytes| {
        let mut index = index();
        let Some(message) = parse(bytes, &mut index) else {
            return false;
        };
        let mut buffer = [0; 8192];
        let via = Via::new(
            trunkline_sip_core::Transport::Udp,
            HostPort::new(Host::Name("192.0.2.1"), Some(5060)),
            "z9hG4bK776asdhds",
        );
        let mut patch = Patch::new(message);
        patch
            .stamp_via(([192, 0, 2, 7], 40_000).into())
            .push_via(&via)
            .prepend(HeaderName::RecordRoute, &"<sip:192.0.2.1;lr>")
            .append("X-Added", &"yes")
            .set("X-Set", &4711_u32)
            .remove(HeaderName::UserAgent)
            .set_number(HeaderName::MaxForwards, 69)
            .set_body(b"changed");
        if message.is_request() {
            patch.set_request_uri("sip:bob@192.0.2.9");
        }
        if message.header(HeaderName::Route).is_some() {
            patch.pop(HeaderName::Route);
        }
        patch.write(&mut buffer).is_ok()
    });
    assert!(patched > 50, "{patched}");
}

#[test]
fn writing_allocates_nothing() {
    assert_no_allocation(|| {
        let host_port = HostPort::new(Host::Name("192.0.2.10"), Some(5060));
        let contact = SipUriBuilder {
            user: Some("a b"),
            params: &[("transport", Some("tcp")), ("lr", None)],
            ..SipUriBuilder::new(host_port)
        };
        let uri = Uri::parse("sip:alice@example.com").expect("a URI");
        let values: [&dyn Encode; 3] = [&"timer", &100_u32, &contact];
        let mut buffer = [0; 1024];
        let len = MessageWriter::request(&mut buffer, Method::Invite, "sip:bob@example.com")
            .typed(&Via::new(
                trunkline_sip_core::Transport::Tcp,
                host_port,
                "z9hG4bK1",
            ))
            .typed(&From::new(uri, Some("1")))
            .typed(&To::new(uri, None))
            .typed(&MaxForwards(70))
            .typed(&CSeq {
                number: 1,
                method: Method::Invite,
            })
            .header(
                HeaderName::Contact,
                format_args!("<{contact}>;expires={}", 60),
            )
            .list(HeaderName::Supported, values)
            .body(b"v=0\r\n");
        assert!(len.is_ok());
        // One that does not fit says so without help either.
        assert!(
            MessageWriter::request(&mut [0; 10], Method::Bye, "sip:b")
                .finish()
                .is_err()
        );
    });
}

/// Runs a machine until it is over, and sends what it wants sent.
macro_rules! run_down {
    ($machine:ident, $timers:expr, $now:ident) => {{
        let mut buf = [0; 2048];
        let mut sent = 0;
        for _ in 0..50 {
            while let Ok(Some(transmit)) = $machine.poll_transmit($now, &mut buf) {
                sent += usize::from(transmit.len > 0);
            }
            while let Some(event) = $machine.poll_event() {
                black_box(event);
            }
            let Some(next) = $machine.poll_timeout() else {
                break;
            };
            $now = next;
            $machine.handle_timeout($now, $timers);
        }
        assert!($machine.is_finished());
        sent
    }};
}

#[test]
fn transactions_allocate_nothing() {
    let invite = vector("invite.sip");
    let options = vector("options.sip");
    let ok = vector("ok200.sip");
    let timers = Timers::RFC;
    let path = FiveTuple::udp(([192, 0, 2, 1], 5060).into(), ([192, 0, 2, 9], 5060).into());
    let to = Destination::new(path);

    assert_no_allocation(|| {
        let mut now = Instant::ORIGIN;
        let mut client = ClientInvite::new(now, to, &invite[..], &timers);
        // Timer A: at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 seconds.
        assert_eq!(run_down!(client, &timers, now), 7);

        let mut busy = ClientInvite::new(now, to, &invite[..], &timers);
        let status = StatusCode::BUSY_HERE;
        let reaction = busy.handle_response(now, &timers, status, |_| Some(&options[..]));
        assert_eq!(reaction, Reaction::Deliver);
        assert_eq!(run_down!(busy, &timers, now), 1);

        let mut client = ClientNonInvite::new(now, to, &options[..], &timers);
        assert!(run_down!(client, &timers, now) > 8);

        let mut server = ServerInvite::new(now, to, Some(&ok[..]), &timers);
        let refused = server.respond(now, &timers, StatusCode::BUSY_HERE, &ok[..]);
        assert!(refused.is_ok());
        assert!(run_down!(server, &timers, now) > 8);

        let mut server = ServerNonInvite::new(now, to, &timers);
        server.handle_request();
        assert!(
            server
                .respond(now, &timers, StatusCode::OK, &ok[..])
                .is_ok()
        );
        assert_eq!(run_down!(server, &timers, now), 1);
    });
}

#[test]
fn a_dialog_in_an_array_allocates_nothing() {
    let bytes = vector("invite.sip");
    assert_no_allocation(|| {
        let mut index = index();
        let invite = Message::parse(&bytes, &mut index).expect("an INVITE");
        let mut dialog = Dialog::callee([0; 1000], &invite, "a6c85cf").expect("a dialog");
        dialog.confirm();
        let cseq = dialog.next_cseq().expect("a number");
        let mut buffer = [0; 2048];
        assert!(
            dialog
                .request(&mut buffer, Method::Bye, cseq)
                .finish()
                .is_ok()
        );
        black_box((dialog.routes().count(), dialog.next_hop().is_some()));
    });
}

#[test]
fn digests_are_checked_without_allocation() {
    let bytes = vector("register.sip");
    let users = [Account {
        username: "bob",
        secret: Secret::Password("zanzibar"),
    }];
    let path = FiveTuple::udp(
        "192.0.2.1:5060".parse().expect("an address"),
        "192.0.2.4:5060".parse().expect("an address"),
    );
    assert_no_allocation(|| {
        let mut index = index();
        let register = Message::parse(&bytes, &mut index).expect("a REGISTER");
        let header = register.require::<Authorization<'_>>().expect("sound");
        let credentials = header.0.as_digest().expect("Digest");
        let secret = Ha1::new(HashFunction::Sha256, "bob", "registrar.example.com", "x");
        assert!(!credentials.is_from(&secret, "REGISTER", b""));
        black_box(credentials.response_digest(&secret, b""));

        let config = DigestServerConfig::DEFAULT;
        let mut server = DigestServer::new(config, [7; 32], [NonceUse::EMPTY; 16]);
        let realm = "registrar.example.com";
        let verdict = server.check(Instant::ORIGIN, path, &register, realm, &users);
        let mut buffer = [0; 2048];
        let written = verdict.write_response(&register, "t", &mut buffer);
        let len = written.expect("room").expect("a challenge");
        let mut index = self::index();
        let response = Message::parse(&buffer[..len], &mut index).expect("a 401");
        assert_eq!(read_all::<WwwAuthenticate<'_>>(&response), 2);
    });
}
