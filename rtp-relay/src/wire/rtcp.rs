//! RTCP compound packets (RFC 3550 section 6).

mod application;
mod bye;
mod extended_report;
mod feedback;
mod report;
mod source_description;
mod write;

pub use application::Application;
pub use bye::{Bye, Sources};
pub use extended_report::ExtendedReport;
pub use feedback::Feedback;
pub use report::{ReceiverReport, ReportBlock, ReportBlocks, SenderInfo, SenderReport};
pub use source_description::{SdesChunk, SdesChunks, SdesItem, SdesItems, SourceDescription};
pub use write::{RtcpWriteError, RtcpWriter};

use super::u16_at;

/// Length of the header that all packets share.
const HEADER: usize = 4;

/// Packet types (RFC 3550 section 12.1, RFC 4585 section 6.1, RFC 3611 section 5).
mod packet_type {
    pub(super) const SENDER_REPORT: u8 = 200;
    pub(super) const RECEIVER_REPORT: u8 = 201;
    pub(super) const SOURCE_DESCRIPTION: u8 = 202;
    pub(super) const BYE: u8 = 203;
    pub(super) const APPLICATION: u8 = 204;
    pub(super) const TRANSPORT_FEEDBACK: u8 = 205;
    pub(super) const PAYLOAD_FEEDBACK: u8 = 206;
    pub(super) const EXTENDED_REPORT: u8 = 207;
}

/// Why bytes are no RTCP. All offsets count from the start of the compound packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RtcpError {
    /// The bytes end at `offset`, inside a packet header, or there are none at all.
    #[error("the bytes end inside a packet header, at byte {offset}")]
    Truncated {
        /// Where the bytes end.
        offset: usize,
    },
    /// The version of the packet at `offset` is not 2.
    #[error("RTCP version {version} instead of 2 at byte {offset}")]
    Version {
        /// Where the packet begins.
        offset: usize,
        /// The version found.
        version: u8,
    },
    /// The length of the packet at `offset` reaches past the end.
    #[error("the length of the packet at byte {offset} reaches past the end")]
    Length {
        /// Where the packet begins.
        offset: usize,
    },
    /// The packet at `offset` is padded without being the last, or by a count that is zero, no
    /// multiple of four or too large (RFC 3550 section 6.4.1).
    #[error("the padding of the packet at byte {offset} is wrong")]
    Padding {
        /// Where the packet begins.
        offset: usize,
    },
    /// The packet at `offset` is too short for what it says it holds. The packets after it can
    /// still be read.
    #[error("the contents of the packet at byte {offset} reach past its end")]
    Contents {
        /// Where the packet begins.
        offset: usize,
    },
}

impl RtcpError {
    /// The byte at which the fault lies, or the packet with the fault begins.
    #[must_use]
    pub const fn offset(self) -> usize {
        match self {
            Self::Truncated { offset }
            | Self::Version { offset, .. }
            | Self::Length { offset }
            | Self::Padding { offset }
            | Self::Contents { offset } => offset,
        }
    }
}

/// One packet of a compound packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RtcpPacket<'a> {
    /// SR (RFC 3550 section 6.4.1).
    SenderReport(SenderReport<'a>),
    /// RR (RFC 3550 section 6.4.2).
    ReceiverReport(ReceiverReport<'a>),
    /// SDES (RFC 3550 section 6.5).
    SourceDescription(SourceDescription<'a>),
    /// BYE (RFC 3550 section 6.6).
    Bye(Bye<'a>),
    /// APP (RFC 3550 section 6.7).
    Application(Application<'a>),
    /// RTPFB (RFC 4585 section 6.2), contents undecoded.
    TransportFeedback(Feedback<'a>),
    /// PSFB (RFC 4585 section 6.3), contents undecoded.
    PayloadFeedback(Feedback<'a>),
    /// XR (RFC 3611), blocks undecoded.
    ExtendedReport(ExtendedReport<'a>),
    /// Any other packet type.
    Other(OtherRtcp<'a>),
}

/// A packet of a type this crate does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OtherRtcp<'a> {
    /// The packet type.
    pub packet_type: u8,
    /// The five bits whose meaning depends on the type.
    pub count: u8,
    /// What follows the four bytes of the header, padding taken off.
    pub body: &'a [u8],
}

/// A compound packet whose framing was checked: versions, lengths and padding of all its packets.
///
/// What the packets hold is checked as they are walked. That the first is a report is not asked
/// for, since reduced-size RTCP need not begin with one (RFC 5506).
///
/// ```
/// use trunkline_rtp_relay::{Rtcp, RtcpPacket, RtcpWriter};
///
/// let mut buffer = [0; 64];
/// let mut writer = RtcpWriter::new(&mut buffer);
/// writer.receiver_report(1, &[])?;
/// writer.bye(&[1], b"hung up")?;
/// let len = writer.len();
///
/// let rtcp = Rtcp::parse(&buffer[..len]).unwrap();
/// let mut packets = rtcp.packets();
/// assert!(matches!(packets.next(), Some(Ok(RtcpPacket::ReceiverReport(report))) if report.ssrc == 1));
/// assert!(matches!(packets.next(), Some(Ok(RtcpPacket::Bye(bye))) if bye.reason == Some(b"hung up")));
/// assert!(packets.next().is_none());
/// # Ok::<(), trunkline_rtp_relay::RtcpWriteError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rtcp<'a> {
    data: &'a [u8],
}

impl<'a> Rtcp<'a> {
    /// Checks the framing of a compound packet.
    ///
    /// # Errors
    ///
    /// The first [`RtcpError`] of the framing; never [`RtcpError::Contents`].
    pub fn parse(data: &'a [u8]) -> Result<Self, RtcpError> {
        if data.is_empty() {
            return Err(RtcpError::Truncated { offset: 0 });
        }
        let mut offset = 0;
        while offset < data.len() {
            offset += frame(data, offset)?.len;
        }
        Ok(Self { data })
    }

    /// Its packets in their order. A packet with wrong contents gives an error in its place.
    #[must_use]
    pub const fn packets(&self) -> RtcpPackets<'a> {
        RtcpPackets {
            data: self.data,
            offset: 0,
        }
    }

    /// The whole compound packet.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.data
    }
}

/// The packets of a compound packet, from [`Rtcp::packets`] or of unchecked bytes.
#[derive(Clone, Debug)]
pub struct RtcpPackets<'a> {
    data: &'a [u8],
    offset: usize,
}

impl<'a> RtcpPackets<'a> {
    /// Walks bytes that were not checked before. Where the framing breaks, the error is given
    /// and the walk ends.
    #[must_use]
    pub const fn new(data: &'a [u8]) -> Self {
        Self { data, offset: 0 }
    }
}

impl<'a> Iterator for RtcpPackets<'a> {
    type Item = Result<RtcpPacket<'a>, RtcpError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.offset >= self.data.len() {
            return None;
        }
        let offset = self.offset;
        let frame = match frame(self.data, offset) {
            Ok(frame) => frame,
            Err(error) => {
                self.offset = self.data.len();
                return Some(Err(error));
            }
        };
        self.offset += frame.len;
        Some(frame.read().ok_or(RtcpError::Contents { offset }))
    }
}

/// One packet as its header describes it.
struct Frame<'a> {
    packet_type: u8,
    count: u8,
    /// Contents without padding.
    body: &'a [u8],
    /// Length with header and padding; at least 4, so that every walk ends.
    len: usize,
}

fn frame(data: &[u8], offset: usize) -> Result<Frame<'_>, RtcpError> {
    let rest = data.get(offset..).unwrap_or_default();
    let Some(&[first, packet_type, ..]) = rest.first_chunk::<HEADER>() else {
        return Err(RtcpError::Truncated { offset: data.len() });
    };
    if first >> 6 != 2 {
        return Err(RtcpError::Version {
            offset,
            version: first >> 6,
        });
    }
    let len = HEADER + 4 * usize::from(u16_at(rest, 2));
    let mut body = rest.get(HEADER..len).ok_or(RtcpError::Length { offset })?;
    if first & 0x20 != 0 {
        let count = body.last().map_or(0, |&count| usize::from(count));
        let is_last = len == rest.len();
        body = match body.len().checked_sub(count) {
            Some(kept) if is_last && count != 0 && count % 4 == 0 => &body[..kept],
            _ => return Err(RtcpError::Padding { offset }),
        };
    }
    Ok(Frame {
        packet_type,
        count: first & 0x1f,
        body,
        len,
    })
}

impl<'a> Frame<'a> {
    /// `None` when the contents do not fit.
    fn read(&self) -> Option<RtcpPacket<'a>> {
        let (count, body) = (self.count, self.body);
        Some(match self.packet_type {
            packet_type::SENDER_REPORT => {
                RtcpPacket::SenderReport(SenderReport::read(count, body)?)
            }
            packet_type::RECEIVER_REPORT => {
                RtcpPacket::ReceiverReport(ReceiverReport::read(count, body)?)
            }
            packet_type::SOURCE_DESCRIPTION => {
                RtcpPacket::SourceDescription(SourceDescription::read(count, body)?)
            }
            packet_type::BYE => RtcpPacket::Bye(Bye::read(count, body)?),
            packet_type::APPLICATION => RtcpPacket::Application(Application::read(count, body)?),
            packet_type::TRANSPORT_FEEDBACK => {
                RtcpPacket::TransportFeedback(Feedback::read(count, body)?)
            }
            packet_type::PAYLOAD_FEEDBACK => {
                RtcpPacket::PayloadFeedback(Feedback::read(count, body)?)
            }
            packet_type::EXTENDED_REPORT => RtcpPacket::ExtendedReport(ExtendedReport::read(body)?),
            packet_type => RtcpPacket::Other(OtherRtcp {
                packet_type,
                count,
                body,
            }),
        })
    }
}

#[cfg(test)]
mod tests;
