//! The packet path of the relay, and its ports.

use core::hint::black_box;
use core::net::SocketAddr;
use core::num::NonZeroU32;
use core::time::Duration;

use trunkline_rtp_relay::{
    Component, Leg, LegConfig, PortRange, Ports, ReceptionStatistics, RemoteMedia, ReportBlock,
    Rtcp, RtcpWriter, Rtp, RtpHeader, RtpMut, SenderInfo, Session, SessionConfig, Verdict,
};
use trunkline_sans_io::Instant;

use crate::Operation;
use crate::sans_io::uneven;

const FRAME: Duration = Duration::from_millis(20);

/// A stream of G.711, 20 ms a packet.
#[derive(Debug)]
pub struct Stream {
    packet: [u8; 172],
    sequence_number: u16,
    timestamp: u32,
    now: Instant,
}

impl Stream {
    /// A stream at its beginning.
    #[must_use]
    pub fn new() -> Self {
        let mut packet = [0; 172];
        let header = RtpHeader {
            payload_type: 8,
            ssrc: 0x5eed_5eed,
            ..RtpHeader::default()
        };
        header.write(&[0xd5; 160], &mut packet).expect("room");
        Self {
            packet,
            sequence_number: 0,
            timestamp: 0,
            now: Instant::ORIGIN,
        }
    }

    /// The next packet and when it comes.
    pub fn advance(&mut self) -> (Instant, &mut [u8]) {
        self.sequence_number = self.sequence_number.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(160);
        self.now += FRAME;
        let mut rtp = RtpMut::parse(&mut self.packet).expect("RTP");
        rtp.set_sequence_number(self.sequence_number);
        rtp.set_timestamp(self.timestamp);
        (self.now, black_box(&mut self.packet))
    }
}

impl Default for Stream {
    fn default() -> Self {
        Self::new()
    }
}

/// The operations of `trunkline-rtp-relay`.
#[must_use]
pub fn rtp() -> Vec<Operation> {
    let nearly_all = PortRange::MEDIA.pairs() - 64;
    vec![
        parse(),
        parse_report(),
        statistics(),
        core_path(),
        ports("rtp.ports.empty", 0),
        ports("rtp.ports.full", nearly_all),
    ]
}

fn parse() -> Operation {
    let Stream { packet, .. } = Stream::new();
    Operation::new("rtp.parse", move || {
        let rtp = Rtp::parse(black_box(&packet)).expect("RTP");
        (
            rtp.payload_type(),
            rtp.sequence_number(),
            rtp.ssrc(),
            rtp.payload().len(),
        )
    })
}

fn parse_report() -> Operation {
    let mut report = [0; 128];
    let mut writer = RtcpWriter::new(&mut report);
    let blocks = [ReportBlock::default()];
    writer
        .sender_report(1, &SenderInfo::default(), &blocks)
        .expect("room");
    writer
        .source_description(1, b"alice@192.0.2.1")
        .expect("room");
    let len = writer.len();
    Operation::new("rtcp.parse", move || {
        let rtcp = Rtcp::parse(black_box(&report[..len])).expect("RTCP");
        rtcp.packets().filter(Result::is_ok).count()
    })
}

fn statistics() -> Operation {
    let mut stream = Stream::new();
    let mut statistics = ReceptionStatistics::default();
    let clock = NonZeroU32::new(8000);
    Operation::new("rtp.statistics", move || {
        let (now, packet) = stream.advance();
        let rtp = Rtp::parse(packet).expect("RTP");
        statistics.handle_packet(now, &rtp, clock)
    })
}

/// Everything but the socket: source check, classification, statistics, destination.
fn core_path() -> Operation {
    let caller: SocketAddr = ([192, 0, 2, 9], 40_000).into();
    let callee: SocketAddr = ([203, 0, 113, 5], 17_000).into();
    let leg = |remote| LegConfig {
        remote: Some(RemoteMedia::new(remote)),
        ..LegConfig::default()
    };
    let config = SessionConfig {
        legs: [leg(caller), leg(callee)],
        media_timeout: Some(Duration::from_secs(60)),
    };
    let mut session = Session::new(Instant::ORIGIN, config);
    let mut stream = Stream::new();
    Operation::new("rtp.core", move || {
        let (now, packet) = stream.advance();
        let verdict = session.handle_packet(now, Leg::A, Component::Rtp, caller, packet);
        assert!(matches!(verdict, Verdict::Forward { .. }));
        verdict
    })
}

/// A pair of ports taken and given back, in a range of which so many are taken.
fn ports(name: &'static str, taken: usize) -> Operation {
    let words = [0; PortRange::MEDIA.words()];
    let mut ports = Ports::new(PortRange::MEDIA, Duration::ZERO, words).expect("enough words");
    let (mut now, mut draw) = (Instant::ORIGIN, uneven());
    for _ in 0..taken {
        let reservation = ports.reserve(now, draw()).expect("a free pair");
        ports.commit(reservation);
    }
    Operation::new(name, move || {
        now += FRAME;
        let reservation = ports.reserve(now, draw()).expect("a free pair");
        let pair = ports.commit(reservation);
        assert!(ports.release(now, pair));
    })
}
