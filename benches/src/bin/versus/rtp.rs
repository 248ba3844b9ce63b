//! RTP: a packet of 20 ms G.711 read, and taken through the core of the relay.
//!
//! The operations `srtp.*` come with SRTP, which `trunkline-rtp-relay` does not have yet. Their peers
//! (`webrtc-srtp`, `libsrtp`, and `srtp`, which builds libsrtp2 in C) become dependencies then, each with a
//! module beside these; their floors are the bare ciphers.

mod fixed_header;
#[cfg(feature = "peers")]
mod rtc_rtp;
#[cfg(feature = "peers")]
mod rtp_rs;
#[cfg(feature = "peers")]
mod rtp_types;
mod trunkline;
#[cfg(feature = "peers")]
mod webrtc_rtp;

use core::fmt::Display;

use crate::facts::Facts;
use crate::suite::Suite;

/// 20 ms of G.711.
const PACKET: [u8; 172] = {
    let mut packet = [0xd5; 172];
    let header = [
        0x80, 0x88, 0x12, 0x34, 0, 0, 0x7d, 0, 0x5e, 0xed, 0x5e, 0xed,
    ];
    let mut at = 0;
    while at < header.len() {
        packet[at] = header[at];
        at += 1;
    }
    packet
};

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new();
    let parse = suite.operation("rtp.parse", PACKET.len());
    trunkline::parse(parse);
    #[cfg(feature = "peers")]
    {
        rtp_types::parse(parse);
        rtp_rs::parse(parse);
        webrtc_rtp::parse(parse);
        rtc_rtp::parse(parse);
    }
    fixed_header::parse(parse);

    let core = suite.operation("rtp.core", PACKET.len());
    trunkline::core(core);
    fixed_header::advance(core);
    suite
}

/// What is read of the packet.
struct Header<P> {
    marker: bool,
    payload_type: u8,
    sequence_number: u16,
    timestamp: u32,
    ssrc: u32,
    payload: P,
}

impl<P: AsRef<[u8]>> Header<P> {
    fn facts<C: Display>(&self, csrcs: impl IntoIterator<Item = C>) -> Facts {
        Facts::new()
            .with("marker", self.marker)
            .with("payload type", self.payload_type)
            .with("sequence number", self.sequence_number)
            .with("timestamp", self.timestamp)
            .with("SSRC", self.ssrc)
            .octets("payload", self.payload.as_ref())
            .each("CSRC", csrcs)
    }
}
