//! A call of two legs, taken and drawn.

use core::hint::black_box;

use trunkline_sans_io::{FiveTuple, Instant, Network, PRIVATE_NETWORKS};
use trunkline_trace::{Capture, Correlator, Direction, Ladder, Names, internal, redact};

use crate::sip::INVITE;
use crate::{Operation, placed};

/// The operations of `trunkline-trace`.
#[must_use]
pub fn trace() -> Vec<Operation> {
    vec![capture(), redaction(), correlation(), drawing()]
}

/// The host between the exchange and a trunk: the path to either.
fn paths() -> [FiveTuple; 2] {
    let path = |local: [u8; 4], remote: [u8; 4]| {
        FiveTuple::udp((local, 5060).into(), (remote, 5060).into())
    };
    [
        path([10, 0, 0, 2], [10, 0, 0, 10]),
        path([203, 0, 113, 2], [198, 51, 100, 11]),
    ]
}

/// A message in a full capture: the oldest falls out.
fn capture() -> Operation {
    let [pbx, _] = paths();
    let invite = placed(INVITE);
    let mut capture = Capture::new(1000);
    for _ in 0..1000 {
        capture.sip(Instant::ORIGIN, pbx, Direction::In, invite);
    }
    Operation::new("trace.capture.invite", move || {
        capture.sip(Instant::ORIGIN, pbx, Direction::In, black_box(invite))
    })
    .over(INVITE)
}

fn redaction() -> Operation {
    let invite = placed(INVITE);
    Operation::new("trace.redact.invite", || redact(black_box(invite))).over(invite)
}

/// Calls from the exchange to the trunk, each of two legs with seven messages.
fn calls(count: usize) -> Capture {
    let [pbx, trunk] = paths();
    let mut capture = Capture::new(14 * count);
    let mut now = 0;
    for call in 0..count {
        let callee = 493_012_340_000 + call;
        for (cseq, method, status) in [
            (1, "INVITE", None),
            (1, "INVITE", Some("100 Trying")),
            (1, "INVITE", Some("180 Ringing")),
            (1, "INVITE", Some("200 OK")),
            (1, "ACK", None),
            (2, "BYE", None),
            (2, "BYE", Some("200 OK")),
        ] {
            let start = match status {
                Some(status) => format!("SIP/2.0 {status}"),
                None => format!("{method} sip:+{callee}@example.com SIP/2.0"),
            };
            let (first, second) = match status {
                Some(_) => (Direction::Out, Direction::In),
                None => (Direction::In, Direction::Out),
            };
            for (leg, path, direction) in [("pbx", pbx, first), ("trunk", trunk, second)] {
                let message = format!(
                    "{start}\r\nFrom: <sip:+498912345@example.com>;tag=1\r\n\
                     To: <sip:+{callee}@example.com>\r\nCall-ID: {call}@{leg}\r\n\
                     CSeq: {cseq} {method}\r\nContent-Length: 0\r\n\r\n"
                );
                now += 1;
                capture.sip(
                    Instant::from_millis(now),
                    path,
                    direction,
                    message.as_bytes(),
                );
            }
        }
    }
    assert_eq!(capture.skipped(), 0);
    capture
}

/// Which messages of a hundred calls belong together.
fn correlation() -> Operation {
    let capture = calls(100);
    Operation::new("trace.calls.100", move || {
        let networks: &[Network] = &PRIVATE_NETWORKS;
        let calls = Correlator::new(internal(networks)).calls(black_box(&capture));
        assert_eq!(calls.len(), 100);
    })
}

/// One of them as text.
fn drawing() -> Operation {
    let capture = calls(1);
    let [pbx, trunk] = paths();
    let names = Names::new("sbc")
        .peer(pbx.remote, "pbx")
        .peer(trunk.remote, "link01");
    Operation::new("trace.ladder", move || {
        let networks: &[Network] = &PRIVATE_NETWORKS;
        let calls = Correlator::new(internal(networks)).calls(black_box(&capture));
        Ladder::new(&calls[0], &names).to_string()
    })
}
