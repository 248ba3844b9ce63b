//! Views over received RTP and RTCP bytes, and small writers. No allocation, ever.
//!
//! Every view is checked once when it is made; its accessors then cannot fail. Lengths, counts
//! and padding are all held against the bytes that are really there.

mod demultiplex;
mod rtcp;
mod rtp;

pub use demultiplex::{DatagramKind, classify};
pub use rtcp::{
    Application, Bye, ExtendedReport, Feedback, OtherRtcp, ReceiverReport, ReportBlock,
    ReportBlocks, Rtcp, RtcpError, RtcpPacket, RtcpPackets, RtcpWriteError, RtcpWriter, SdesChunk,
    SdesChunks, SdesItem, SdesItems, SenderInfo, SenderReport, SourceDescription, Sources,
};
pub use rtp::{Rtp, RtpError, RtpExtension, RtpHeader, RtpMut};

/// Reads a big-endian 16-bit number, zero past the end. Callers have checked the length.
fn u16_at(data: &[u8], at: usize) -> u16 {
    match data.get(at..).and_then(<[u8]>::first_chunk) {
        Some(octets) => u16::from_be_bytes(*octets),
        None => 0,
    }
}

/// Reads a big-endian 32-bit number, zero past the end. Callers have checked the length.
fn u32_at(data: &[u8], at: usize) -> u32 {
    match data.get(at..).and_then(<[u8]>::first_chunk) {
        Some(octets) => u32::from_be_bytes(*octets),
        None => 0,
    }
}
