//! Ours.

use core::hint::black_box;
use core::net::SocketAddr;
use core::time::Duration;

use trunkline_rtp_relay::{
    Component, Leg, LegConfig, RemoteMedia, Rtp, Session, SessionConfig, Verdict,
};
use trunkline_sans_io::Instant;

use super::fixed_header::Stream;
use super::{Header, PACKET};
use crate::facts::Facts;
use crate::suite::Operation;

fn read(bytes: &[u8]) -> Header<&[u8]> {
    let rtp = Rtp::parse(bytes).expect("RTP");
    Header {
        marker: rtp.marker(),
        payload_type: rtp.payload_type(),
        sequence_number: rtp.sequence_number(),
        timestamp: rtp.timestamp(),
        ssrc: rtp.ssrc(),
        payload: rtp.payload(),
    }
}

pub(super) fn parse(operation: &mut Operation) {
    operation.ours(
        || {
            let rtp = Rtp::parse(&PACKET).expect("RTP");
            read(&PACKET).facts(rtp.csrcs())
        },
        || read(black_box(&PACKET)),
    );
}

/// Everything but the socket: source check, classification, statistics, destination.
pub(super) fn core(operation: &mut Operation) {
    let mut relayed = Relayed::new();
    operation.ours(
        || {
            let mut relayed = Relayed::new();
            let verdicts = (0..100).map(|_| relayed.next());
            let forwarded = verdicts
                .filter(|verdict| matches!(verdict, Verdict::Forward { .. }))
                .count();
            Facts::new().with("forwarded of 100", forwarded)
        },
        move || relayed.next(),
    );
}

/// A stream that is relayed.
struct Relayed {
    session: Session,
    caller: SocketAddr,
    stream: Stream,
    now: Instant,
}

impl Relayed {
    fn new() -> Self {
        let caller = ([192, 0, 2, 9], 40_000).into();
        let callee = ([203, 0, 113, 5], 17_000).into();
        let leg = |remote| LegConfig {
            remote: Some(RemoteMedia::new(remote)),
            ..LegConfig::default()
        };
        let config = SessionConfig {
            legs: [leg(caller), leg(callee)],
            media_timeout: Some(Duration::from_secs(60)),
        };
        Self {
            session: Session::new(Instant::ORIGIN, config),
            caller,
            stream: Stream::new(),
            now: Instant::ORIGIN,
        }
    }

    fn next(&mut self) -> Verdict {
        self.now += Duration::from_millis(20);
        let packet = black_box(self.stream.advance());
        self.session
            .handle_packet(self.now, Leg::A, Component::Rtp, self.caller, packet)
    }
}
