//! Draws three made-up calls: `cargo run -p trunkline-trace --example ladder -- ladder.html`.
//!
//! The first finds its first trunk host silent and its second one working, the second is given up by
//! its caller, the third is refused.

use core::net::SocketAddr;
use core::time::Duration;

use trunkline_sans_io::{FiveTuple, Instant, Transport};
use trunkline_trace::{
    Capture, Correlator, Direction, Ladder, Leg, MediaCounts, MediaPhase, Names, Page,
};

const SBC: [&str; 2] = ["10.0.0.2:5068", "203.0.113.2:5080"];
const PBX: &str = "10.0.0.10:5062";
const LINKS: [&str; 2] = ["198.51.100.11:5060", "198.51.100.12:5060"];

struct Story {
    capture: Capture,
    from: &'static str,
    to: &'static str,
}

impl Story {
    /// One message: at a millisecond, between the controller and a peer.
    fn message(
        &mut self,
        at: u64,
        direction: Direction,
        (peer, id): (&str, &str),
        start: &str,
        cseq: &str,
        port: u16,
    ) {
        let local = SBC[usize::from(peer != PBX)];
        let address = |text: &str| -> SocketAddr { text.parse().expect("an address") };
        let path = FiveTuple::new(Transport::Tcp, address(local), address(peer));
        let speaker = if direction == Direction::In {
            peer
        } else {
            local
        };
        let ip = address(speaker).ip();
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n"
        );
        let (kind, body) = match port {
            0 => ("", ""),
            _ => ("Content-Type: application/sdp\r\n", sdp.as_str()),
        };
        let start = match start.split_once(' ') {
            None => format!("{start} sip:{}@{peer} SIP/2.0", self.to),
            Some(_) => format!("SIP/2.0 {start}"),
        };
        let text = format!(
            "{start}\r\nVia: SIP/2.0/TCP {speaker};branch=z9hG4bK{id}{}\r\nFrom: <sip:{}@example.com>;tag=1\r\n\
             To: <sip:{}@example.com>\r\nCall-ID: {id}\r\nCSeq: {cseq}\r\nMax-Forwards: 70\r\n\
             Proxy-Authorization: Digest username=\"trunk\", response=\"6629fae49393a05397450978507c4ef1\"\r\n\
             {kind}Content-Length: {}\r\n\r\n{body}",
            &cseq[..1],
            self.from,
            self.to,
            body.len(),
        );
        self.capture
            .sip(Instant::from_millis(at), path, direction, text.as_bytes());
    }

    fn media(&mut self, at: u64, id: &str, counts: Option<(u64, u64, u64, u64, f32)>) {
        let phase = counts.map_or(MediaPhase::Begun, |(received, sent, lost, jitter, mos)| {
            MediaPhase::Ended(MediaCounts {
                received,
                sent,
                lost,
                jitter: Some(Duration::from_micros(jitter)),
                mos: Some(mos),
            })
        });
        self.capture.media(Instant::from_millis(at), id, phase);
    }
}

fn main() -> std::io::Result<()> {
    use Direction::{In, Out};
    let [one, two] = LINKS;
    let mut story = Story {
        capture: Capture::new(1000).with_text(4000),
        from: "+4989123456",
        to: "+493012345678",
    };
    let a = "7f3a1c@10.0.0.10";
    story.message(5_000, In, (PBX, a), "INVITE", "1 INVITE", 5004);
    story.message(5_001, Out, (PBX, a), "100 Trying", "1 INVITE", 0);
    story.message(
        5_002,
        Out,
        (one, "b1e0@203.0.113.2"),
        "INVITE",
        "1 INVITE",
        49152,
    );
    story.message(
        9_003,
        Out,
        (two, "b1e1@203.0.113.2"),
        "INVITE",
        "1 INVITE",
        49152,
    );
    story.message(
        9_015,
        In,
        (two, "b1e1@203.0.113.2"),
        "100 Trying",
        "1 INVITE",
        0,
    );
    story.message(
        9_260,
        In,
        (two, "b1e1@203.0.113.2"),
        "183 Session Progress",
        "1 INVITE",
        20_480,
    );
    story.message(
        9_261,
        Out,
        (PBX, a),
        "183 Session Progress",
        "1 INVITE",
        49154,
    );
    story.message(
        12_700,
        In,
        (one, "b1e0@203.0.113.2"),
        "503 Service Unavailable",
        "1 INVITE",
        0,
    );
    story.message(12_701, Out, (one, "b1e0@203.0.113.2"), "ACK", "1 ACK", 0);
    story.message(
        13_000,
        In,
        (two, "b1e1@203.0.113.2"),
        "200 OK",
        "1 INVITE",
        20_480,
    );
    story.message(13_001, Out, (PBX, a), "200 OK", "1 INVITE", 49154);
    story.message(13_501, Out, (PBX, a), "200 OK", "1 INVITE", 49154);
    story.message(13_520, In, (PBX, a), "ACK", "1 ACK", 0);
    story.message(13_521, Out, (two, "b1e1@203.0.113.2"), "ACK", "1 ACK", 0);
    story.media(13_530, a, None);
    story.media(13_531, "b1e1@203.0.113.2", None);
    story.message(24_000, In, (PBX, a), "UPDATE", "2 UPDATE", 5004);
    story.message(
        24_001,
        Out,
        (PBX, a),
        "488 Not Acceptable Here, and a reason that is too long",
        "2 UPDATE",
        0,
    );
    story.message(41_900, In, (two, "b1e1@203.0.113.2"), "BYE", "1 BYE", 0);
    story.message(41_901, Out, (two, "b1e1@203.0.113.2"), "200 OK", "1 BYE", 0);
    story.message(41_902, Out, (PBX, a), "BYE", "1 BYE", 0);
    story.message(41_910, In, (PBX, a), "200 OK", "1 BYE", 0);
    story.media(41_912, a, Some((1_418, 1_411, 2, 1_240, 4.31)));
    story.media(
        41_912,
        "b1e1@203.0.113.2",
        Some((1_411, 1_416, 7, 3_800, 4.12)),
    );
    story
        .capture
        .join(&[a, "b1e0@203.0.113.2", "b1e1@203.0.113.2"]);

    story.from = "+4930555000";
    story.to = "+4989123499";
    let (a, b) = ("c0ffee@198.51.100.11", "d1@10.0.0.2");
    story.message(60_000, In, (one, a), "INVITE", "1 INVITE", 21_000);
    story.message(60_001, Out, (one, a), "100 Trying", "1 INVITE", 0);
    story.message(60_002, Out, (PBX, b), "INVITE", "1 INVITE", 49156);
    story.message(60_060, In, (PBX, b), "180 Ringing", "1 INVITE", 0);
    story.message(60_061, Out, (one, a), "180 Ringing", "1 INVITE", 0);
    story.message(66_400, In, (one, a), "CANCEL", "1 CANCEL", 0);
    story.message(66_401, Out, (one, a), "200 OK", "1 CANCEL", 0);
    story.message(
        66_401,
        Out,
        (one, a),
        "487 Request Terminated",
        "1 INVITE",
        0,
    );
    story.message(66_402, Out, (PBX, b), "CANCEL", "1 CANCEL", 0);
    story.message(66_410, In, (one, a), "ACK", "1 ACK", 0);
    story.message(66_411, In, (PBX, b), "200 OK", "1 CANCEL", 0);
    story.message(
        66_412,
        In,
        (PBX, b),
        "487 Request Terminated",
        "1 INVITE",
        0,
    );
    story.message(66_413, Out, (PBX, b), "ACK", "1 ACK", 0);

    story.from = "+4989123456";
    story.to = "0190123";
    let refused = "a9@10.0.0.10";
    story.message(80_000, In, (PBX, refused), "INVITE", "1 INVITE", 5006);
    story.message(80_001, Out, (PBX, refused), "404 Not Found", "1 INVITE", 0);
    story.message(80_010, In, (PBX, refused), "ACK", "1 ACK", 0);

    let address = |text: &str| -> SocketAddr { text.parse().expect("an address") };
    let names = Names::new("sbc")
        .peer(address(PBX), "pbx")
        .peer(address(one), "link01")
        .peer(address(two), "link02");
    let correlator = Correlator::new(|path: &FiveTuple| match path.remote == address(PBX) {
        true => Leg::Internal,
        false => Leg::External,
    });
    let mut page =
        Page::new("Calls of the controller").with_origin(Duration::from_secs(1_795_000_000));
    for call in correlator.calls(&story.capture) {
        let ladder = Ladder::new(&call, &names);
        println!("{ladder}");
        page.push(ladder);
    }
    match std::env::args().nth(1) {
        Some(file) => std::fs::write(file, page.to_string()),
        None => Ok(()),
    }
}
