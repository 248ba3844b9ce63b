//! Writing compound packets.

use trunkline_sans_io::BufferTooSmall;

use super::report::BLOCK;
use super::{HEADER, ReportBlock, SdesItem, SenderInfo, packet_type};

/// The five bits of the count allow no more.
const MAX_COUNT: usize = 31;

/// Why a packet was not written. The compound packet is as it was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RtcpWriteError {
    /// The buffer cannot hold the compound packet with this packet added.
    #[error(transparent)]
    BufferTooSmall(#[from] BufferTooSmall),
    /// More than 31 report blocks or sources.
    #[error("more than 31 report blocks or sources")]
    TooMany,
    /// A text of more than 255 bytes.
    #[error("a text of more than 255 bytes")]
    TextTooLong,
}

/// Writes packets one after the other into the caller's buffer. Together they are one compound
/// packet, which RFC 3550 section 6.1 wants to begin with a report and to hold a CNAME.
#[derive(Debug)]
pub struct RtcpWriter<'a> {
    buffer: &'a mut [u8],
    len: usize,
}

impl<'a> RtcpWriter<'a> {
    /// An empty compound packet at the start of `buffer`.
    #[must_use]
    pub const fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    /// How many bytes of the buffer are written.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was written yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an SR (RFC 3550 section 6.4.1). A loss that 24 bits cannot tell is written as the
    /// nearest that they can.
    ///
    /// # Errors
    ///
    /// Too many blocks, or no room.
    pub fn sender_report(
        &mut self,
        ssrc: u32,
        sender: &SenderInfo,
        blocks: &[ReportBlock],
    ) -> Result<(), RtcpWriteError> {
        let sender = sender.to_bytes();
        self.report(packet_type::SENDER_REPORT, ssrc, &sender, blocks)
    }

    /// Adds an RR (RFC 3550 section 6.4.2), which may be empty.
    ///
    /// # Errors
    ///
    /// Too many blocks, or no room.
    pub fn receiver_report(
        &mut self,
        ssrc: u32,
        blocks: &[ReportBlock],
    ) -> Result<(), RtcpWriteError> {
        self.report(packet_type::RECEIVER_REPORT, ssrc, &[], blocks)
    }

    fn report(
        &mut self,
        packet_type: u8,
        ssrc: u32,
        sender: &[u8],
        blocks: &[ReportBlock],
    ) -> Result<(), RtcpWriteError> {
        let blocks_at = 4 + sender.len();
        let len = blocks_at + BLOCK * blocks.len();
        let body = self.packet(packet_type, blocks.len(), len)?;
        body[..4].copy_from_slice(&ssrc.to_be_bytes());
        body[4..blocks_at].copy_from_slice(sender);
        for (out, block) in body[blocks_at..].chunks_exact_mut(BLOCK).zip(blocks) {
            out.copy_from_slice(&block.to_bytes());
        }
        Ok(())
    }

    /// Adds an SDES that gives one source its canonical name (RFC 3550 section 6.5.1).
    ///
    /// # Errors
    ///
    /// A name of more than 255 bytes, or no room.
    pub fn source_description(&mut self, ssrc: u32, cname: &[u8]) -> Result<(), RtcpWriteError> {
        let name_len = u8::try_from(cname.len()).map_err(|_| RtcpWriteError::TextTooLong)?;
        // At least one null ends the list of items.
        let len = (4 + 2 + cname.len() + 1).next_multiple_of(4);
        let body = self.packet(packet_type::SOURCE_DESCRIPTION, 1, len)?;
        body[..4].copy_from_slice(&ssrc.to_be_bytes());
        body[4..6].copy_from_slice(&[SdesItem::CNAME, name_len]);
        body[6..6 + cname.len()].copy_from_slice(cname);
        Ok(())
    }

    /// Adds a BYE (RFC 3550 section 6.6); an empty reason is left out.
    ///
    /// # Errors
    ///
    /// Too many sources, a reason of more than 255 bytes, or no room.
    pub fn bye(&mut self, sources: &[u32], reason: &[u8]) -> Result<(), RtcpWriteError> {
        let reason_len = u8::try_from(reason.len()).map_err(|_| RtcpWriteError::TextTooLong)?;
        let reason_at = 4 * sources.len();
        let mut len = reason_at;
        if reason_len != 0 {
            len += (1 + reason.len()).next_multiple_of(4);
        }
        let body = self.packet(packet_type::BYE, sources.len(), len)?;
        for (out, source) in body.chunks_exact_mut(4).zip(sources) {
            out.copy_from_slice(&source.to_be_bytes());
        }
        if reason_len != 0 {
            body[reason_at] = reason_len;
            body[reason_at + 1..][..reason.len()].copy_from_slice(reason);
        }
        Ok(())
    }

    /// Writes the header of a packet and returns its contents, all zero. Nothing can fail after.
    fn packet(
        &mut self,
        packet_type: u8,
        count: usize,
        body_len: usize,
    ) -> Result<&mut [u8], RtcpWriteError> {
        let words = u16::try_from(body_len / 4).map_err(|_| RtcpWriteError::TooMany)?;
        let count = u8::try_from(count).map_err(|_| RtcpWriteError::TooMany)?;
        if usize::from(count) > MAX_COUNT {
            return Err(RtcpWriteError::TooMany);
        }
        let needed = self.len + HEADER + body_len;
        let packet = self
            .buffer
            .get_mut(self.len..needed)
            .ok_or(BufferTooSmall { needed })?;
        self.len = needed;
        let [length_high, length_low] = words.to_be_bytes();
        packet[..HEADER].copy_from_slice(&[0x80 | count, packet_type, length_high, length_low]);
        let body = &mut packet[HEADER..];
        body.fill(0);
        Ok(body)
    }
}
