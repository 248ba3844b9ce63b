#![no_main]
//! A relay session under a sequence of operations: of signalling, of its peers, of strangers.

use core::net::SocketAddr;
use core::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use trunkline_fuzz::operations::{Driven, run};
use trunkline_rtp_relay::{
    Component, Direction, DropReason, Event, Latch, LatchMode, Learn, Leg, LegConfig, Origin,
    RemoteMedia, RtpHeader, Session, SessionConfig, Verdict,
};
use trunkline_sans_io::Instant;

// The first octet chooses how sources are learned.
fuzz_target!(|data: &[u8]| {
    if let [kind, data @ ..] = data {
        run(Bench::new(*kind), data);
    }
});

/// Two peers behind a NAT each, and a stranger.
const ADDRESSES: [&str; 6] = [
    "192.0.2.9:40000",
    "192.0.2.9:40002",
    "203.0.113.5:17000",
    "203.0.113.5:17001",
    "198.51.100.66:40000",
    "[2001:db8::1]:40000",
];

fn address(index: u8) -> SocketAddr {
    ADDRESSES[usize::from(index) % ADDRESSES.len()]
        .parse()
        .expect("an address")
}

#[derive(Arbitrary)]
enum Content<'a> {
    Rtp {
        ssrc: u8,
        sequence_number: u8,
        timestamp: u16,
        payload_type: u8,
    },
    /// A compound packet of RTCP that begins with this type.
    Rtcp {
        kind: u8,
        rest: [u8; 24],
    },
    Raw(&'a [u8]),
}

#[derive(Arbitrary)]
enum Operation<'a> {
    Packet {
        b: bool,
        rtcp: bool,
        source: u8,
        denied: bool,
        content: Content<'a>,
    },
    Remote {
        b: bool,
        address: u8,
        multiplexed: bool,
    },
    Relatch {
        b: bool,
    },
    Direction {
        b: bool,
        direction: u8,
    },
    MediaTimeout {
        seconds: Option<u8>,
    },
    Unsent {
        b: bool,
    },
}

struct Bench {
    session: Session,
    /// Packets that came in, and those that were forwarded, by the leg they arrived at.
    handled: [u64; 2],
    forwarded: [u64; 2],
    started: Option<Instant>,
    timed_out: [bool; 2],
}

const fn leg(b: bool) -> Leg {
    if b { Leg::B } else { Leg::A }
}

impl Bench {
    fn new(kind: u8) -> Self {
        let learn = |origin| {
            LatchMode::Learn(Learn {
                probation: kind >> 4 & 3,
                origin,
                ..Learn::default()
            })
        };
        let latch = match kind & 3 {
            0 | 1 => LatchMode::Strict,
            2 => learn(Origin::SignalledAddress),
            _ => learn(Origin::Anywhere),
        };
        let leg = |remote: Option<u8>| LegConfig {
            remote: remote.map(|index| RemoteMedia::new(address(index))),
            latch,
            ..LegConfig::default()
        };
        let config = SessionConfig {
            legs: [leg(Some(0)), leg((kind & 4 != 0).then_some(2))],
            media_timeout: (kind & 8 != 0).then_some(Duration::from_secs(5)),
        };
        Self {
            session: Session::new(Instant::from_secs(1), config),
            handled: [0; 2],
            forwarded: [0; 2],
            started: None,
            timed_out: [false; 2],
        }
    }

    fn packet(
        &mut self,
        now: Instant,
        leg: Leg,
        component: Component,
        source: SocketAddr,
        mut packet: Vec<u8>,
        denied: bool,
    ) {
        let before = packet.clone();
        let dropped = self.dropped(now, leg);
        let asked = core::cell::Cell::new(false);
        let verdict =
            self.session
                .handle_packet_if(now, leg, component, source, &mut packet, |ip| {
                    assert_eq!(ip, source.ip());
                    assert!(!asked.replace(true), "asked twice");
                    !denied
                });
        self.handled[leg.index()] += 1;
        let accepted = |latch: &Latch| latch.source(component);
        match verdict {
            Verdict::Forward {
                leg: to,
                component: out,
                destination,
                len,
            } => {
                self.forwarded[leg.index()] += 1;
                assert_eq!((to, len), (leg.other(), packet.len()));
                assert!(!(asked.get() && denied), "accepted against the access list");
                assert_eq!(accepted(self.session.latch(leg)), Some(source));
                assert_eq!(self.session.latch(to).destination(out), Some(destination));
                assert_eq!(self.dropped(now, leg), dropped);
                // The payload type alone may have become another.
                let same = |packet: &[u8]| {
                    let mut packet = packet.to_vec();
                    packet[1] = 0;
                    packet
                };
                assert_eq!(same(&packet), same(&before));
            }
            Verdict::Drop(reason) => {
                assert_eq!(packet, before);
                assert_eq!(self.dropped(now, leg), dropped + 1);
                assert!(reason != DropReason::UnknownSession);
                let on_hold = matches!(reason, DropReason::OnHold | DropReason::NoDestination);
                assert!(!(denied && asked.get() && on_hold));
            }
        }
    }

    fn dropped(&self, now: Instant, leg: Leg) -> u64 {
        self.session.statistics(now).leg(leg).dropped.total()
    }
}

impl Driven for Bench {
    type Operation<'a> = Operation<'a>;

    fn apply(&mut self, now: Instant, operation: Operation<'_>) {
        self.started.get_or_insert(now);
        match operation {
            Operation::Packet {
                b,
                rtcp,
                source,
                denied,
                content,
            } => {
                let packet = match content {
                    Content::Rtp {
                        ssrc,
                        sequence_number,
                        timestamp,
                        payload_type,
                    } => {
                        let header = RtpHeader {
                            payload_type: payload_type & 0x7f,
                            sequence_number: 65_500_u16.wrapping_add(sequence_number.into()),
                            timestamp: timestamp.into(),
                            ssrc: ssrc.into(),
                            ..RtpHeader::default()
                        };
                        let mut packet = vec![0; 52];
                        header.write(&[0xd5; 40], &mut packet).expect("room");
                        packet
                    }
                    Content::Rtcp { kind, rest } => {
                        let mut packet = vec![0x80 | (rest[0] & 1), 200 + kind % 6, 0, 6];
                        packet.extend(rest);
                        packet
                    }
                    Content::Raw(raw) => raw.to_vec(),
                };
                let component = if rtcp {
                    Component::Rtcp
                } else {
                    Component::Rtp
                };
                self.packet(now, leg(b), component, address(source), packet, denied);
            }
            Operation::Remote {
                b,
                address: index,
                multiplexed,
            } => {
                let remote = match multiplexed {
                    true => RemoteMedia::multiplexed(address(index)),
                    false => RemoteMedia::new(address(index)),
                };
                self.session.set_remote(now, leg(b), remote);
                // The same once more changes nothing.
                let (before, session) = (self.session, &mut self.session);
                assert!(!session.set_remote(now, leg(b), remote));
                assert!(before == *session);
            }
            Operation::Relatch { b } => {
                self.session.relatch(now, leg(b));
                let latch = self.session.latch(leg(b));
                assert_eq!(latch.source(Component::Rtp), None);
            }
            Operation::Direction { b, direction } => {
                let direction = match direction % 4 {
                    0 => Direction::SendReceive,
                    1 => Direction::SendOnly,
                    2 => Direction::ReceiveOnly,
                    _ => Direction::Inactive,
                };
                self.session.set_direction(now, leg(b), direction);
                assert_eq!(self.session.direction(leg(b)), direction);
            }
            Operation::MediaTimeout { seconds } => {
                let timeout = seconds.map(|seconds| Duration::from_secs(1 + u64::from(seconds)));
                self.session.set_media_timeout(now, timeout);
            }
            Operation::Unsent { b } => self.session.handle_unsent(leg(b)),
        }
    }

    fn drain(&mut self, _now: Instant) -> usize {
        let mut count = 0;
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::TimedOut { leg } => self.timed_out[leg.index()] = true,
                Event::Resumed { leg } => self.timed_out[leg.index()] = false,
                _ => {}
            }
            count += 1;
            assert!(count <= 16, "more events than kinds, legs and components");
        }
        assert!(!self.session.has_event());
        count
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.session.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.session.poll_timeout()
    }

    fn check(&self) {
        let now = self.started.unwrap_or(Instant::ORIGIN);
        let statistics = self.session.statistics(now);
        for leg in Leg::BOTH {
            let seen = statistics.leg(leg);
            let sent = seen.sent.packets + seen.sent_rtcp.packets;
            // What goes out at one leg came in at the other.
            assert_eq!(sent, self.forwarded[leg.other().index()]);
            let [handled, forwarded] = [self.handled, self.forwarded].map(|n| n[leg.index()]);
            assert_eq!(handled, forwarded + seen.dropped.total());
            let _ = (
                seen.received.lost(),
                seen.received.jitter(),
                seen.received.expected(),
            );
        }
    }

    fn abandon(&mut self, _now: Instant) {}

    fn check_rest(&self) {
        self.check();
    }
}
