use alloc::format;
use alloc::string::String;

use proptest::prelude::*;

use trunkline_sans_io::Transport;

use super::*;
use crate::{Body, Start};

pub(crate) fn path(transport: Transport, remote: &str) -> FiveTuple {
    FiveTuple::new(
        transport,
        "10.0.0.2:5060".parse().unwrap(),
        remote.parse().unwrap(),
    )
}

/// A message from `from` to `to` that has this start and CSeq.
pub(crate) fn message(start: &str, cseq: &str, id: &str, from: &str, to: &str) -> String {
    format!(
        "{start}\r\nVia: SIP/2.0/TCP 10.0.0.2;branch=z9hG4bK{id}\r\nFrom: <sip:{from}@a>;tag=1\r\n\
         To: <sip:{to}@b>\r\nCall-ID: {id}\r\nCSeq: {cseq}\r\nContent-Length: 0\r\n\r\n"
    )
}

fn invite(id: &str) -> String {
    message("INVITE sip:200@b SIP/2.0", "1 INVITE", id, "100", "200")
}

const PBX: &str = "10.0.0.10:5060";

#[test]
fn memory_is_bounded_and_the_oldest_fall_out() {
    let mut capture = Capture::new(3);
    for number in 0..10 {
        let text = invite(&format!("{number}"));
        capture.sip(
            Instant::ORIGIN,
            path(Transport::Udp, PBX),
            Direction::In,
            text.as_bytes(),
        );
        capture.join(&["a", "b"]);
    }
    assert_eq!(capture.events().count(), 3);
    assert_eq!(capture.fallen_out(), 17);
    let mut none = Capture::new(0);
    none.join(&["a", "b"]);
    assert_eq!((none.events().count(), none.fallen_out()), (0, 1));
    // A Call-ID as long as a head may be is not kept at all.
    let huge = invite(&"x".repeat(5_000));
    assert_eq!(
        capture.sip(
            Instant::ORIGIN,
            path(Transport::Udp, PBX),
            Direction::In,
            huge.as_bytes()
        ),
        0
    );
    assert_eq!(capture.skipped(), 1);
}

#[test]
fn a_chunk_of_a_stream_may_hold_several_messages_and_keep_alives() {
    let mut capture = Capture::new(10);
    let chunk = format!("\r\n\r\n{}\r\n\r\n{}\r\n", invite("a"), invite("b"));
    let tcp = path(Transport::Tcp, PBX);
    assert_eq!(
        capture.sip(Instant::ORIGIN, tcp, Direction::In, chunk.as_bytes()),
        2
    );
    assert_eq!(
        capture.sip(Instant::ORIGIN, tcp, Direction::In, b"\r\n\r\n"),
        0
    );
    assert_eq!(capture.skipped(), 0);
    assert_eq!(
        capture.sip(Instant::ORIGIN, tcp, Direction::In, b"INVITE half"),
        0
    );
    let udp = path(Transport::Udp, PBX);
    assert_eq!(
        capture.sip(Instant::ORIGIN, udp, Direction::In, b"\x00\xff no message"),
        0
    );
    assert_eq!(capture.skipped(), 2);
}

#[test]
fn what_is_kept_is_what_a_ladder_needs() {
    let body = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
                m=audio 4000 RTP/AVP 8\r\na=sendonly\r\n";
    let text = invite("a").replace(
        "Content-Length: 0\r\n\r\n",
        &format!(
            "Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
    );
    let mut capture = Capture::new(10);
    capture.sip(
        Instant::from_millis(5),
        path(Transport::Tcp, PBX),
        Direction::Out,
        text.as_bytes(),
    );
    let event = capture.messages().next().unwrap();
    assert_eq!(
        event.start,
        Start::Request {
            method: "INVITE".into(),
            user: "200".into()
        }
    );
    assert_eq!(
        (&*event.from, &*event.to, &*event.call_id),
        ("100", "200", "a")
    );
    assert_eq!((event.cseq, &*event.branch), (1, "z9hG4bKa"));
    let Body::Sdp(streams) = &event.body else {
        panic!("no session")
    };
    assert_eq!(format!("{}", streams[0]), "audio 192.0.2.1:4000 sendonly");
    assert_eq!(event.label(), "INVITE +SDP");
}

#[test]
fn p000_54_a_scenario_is_started_stopped_and_searched() {
    let mut capture = Capture::new(10);
    let udp = path(Transport::Udp, PBX);
    let other = path(Transport::Udp, "198.51.100.1:5060");
    capture.stop();
    assert_eq!(
        capture.sip(Instant::ORIGIN, udp, Direction::In, invite("a").as_bytes()),
        0
    );
    assert!(!capture.is_running());
    capture.start(Filter {
        peers: [Network::host([10, 0, 0, 10].into())].into(),
        number: Some("100".into()),
    });
    assert_eq!(
        capture.sip(Instant::ORIGIN, udp, Direction::In, invite("b").as_bytes()),
        1
    );
    assert_eq!(
        capture.sip(
            Instant::ORIGIN,
            other,
            Direction::In,
            invite("c").as_bytes()
        ),
        0
    );
    let stranger = message("INVITE sip:200@b SIP/2.0", "1 INVITE", "d", "101", "200");
    assert_eq!(
        capture.sip(Instant::ORIGIN, udp, Direction::In, stranger.as_bytes()),
        0
    );
    capture.stop();
    assert_eq!(
        capture
            .messages()
            .map(|event| &*event.call_id)
            .collect::<Vec<_>>(),
        ["b"]
    );
}

#[test]
fn p000_56_entries_can_be_ordered_by_direction() {
    let mut capture = Capture::new(10);
    let udp = path(Transport::Udp, PBX);
    for (at, direction, id) in [
        (1, Direction::Out, "a"),
        (2, Direction::In, "b"),
        (3, Direction::Out, "c"),
        (4, Direction::In, "d"),
    ] {
        capture.sip(
            Instant::from_millis(at),
            udp,
            direction,
            invite(id).as_bytes(),
        );
    }
    let ids: Vec<&str> = capture
        .by_direction()
        .iter()
        .map(|event| &*event.call_id)
        .collect();
    assert_eq!(ids, ["b", "d", "a", "c"]);
}

#[test]
fn no_secret_gets_through_the_door() {
    let text = "INFO sip:u:SECRET@b SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1\r\n\
                From: <sip:a:SECRET@a>;tag=1\r\nTo: <sip:b:SECRET@b>\r\nCall-ID: i\r\nCSeq: 1 INFO\r\n\
                Authorization: Digest response=\"SECRET\"\r\nContent-Type: application/dtmf-relay\r\n\r\n\
                Signal=SECRET\r\n";
    for capture in [Capture::new(1), Capture::new(1).with_text(4_000)] {
        let mut capture = capture;
        assert_eq!(
            capture.sip(
                Instant::ORIGIN,
                path(Transport::Udp, PBX),
                Direction::In,
                text.as_bytes()
            ),
            1
        );
        let debug = format!("{capture:?}");
        assert!(
            debug.contains("\"INFO\"") && !debug.contains("SECRET"),
            "{debug}"
        );
    }
}

proptest! {
    #[test]
    fn any_octets_do_no_harm(octets in proptest::collection::vec(any::<u8>(), 0..40), at in 0..300_usize) {
        let mut text = invite("a").into_bytes();
        let at = at.min(text.len());
        text.splice(at..(at + octets.len()).min(text.len()), octets);
        let mut capture = Capture::new(4).with_text(100);
        for transport in [Transport::Udp, Transport::Tcp] {
            let kept = capture.sip(Instant::ORIGIN, path(transport, PBX), Direction::In, &text);
            prop_assert!(kept <= 2);
        }
        for event in capture.messages() {
            prop_assert!(!event.label().contains(char::is_control));
        }
    }
}
