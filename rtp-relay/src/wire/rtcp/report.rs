//! Sender and receiver reports (RFC 3550 section 6.4).

use crate::wire::u32_at;

/// Length of a report block.
pub(super) const BLOCK: usize = 24;
/// Length of the sender's part of a sender report.
pub(super) const SENDER: usize = 20;

/// What a sender says of itself (RFC 3550 section 6.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SenderInfo {
    /// Wall-clock time of the report: seconds since 1900 in the upper 32 bits, their fraction
    /// in the lower.
    pub ntp_timestamp: u64,
    /// The same moment in the units of the RTP timestamps.
    pub rtp_timestamp: u32,
    /// RTP packets sent, modulo 2^32.
    pub packet_count: u32,
    /// Payload bytes sent, headers and padding left out, modulo 2^32.
    pub octet_count: u32,
}

impl SenderInfo {
    /// The middle 32 bits of the NTP timestamp: what a report block answers in
    /// [`ReportBlock::last_sender_report`].
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the middle is meant to be cut out"
    )]
    pub const fn ntp_middle(&self) -> u32 {
        (self.ntp_timestamp >> 16) as u32
    }

    fn read(data: &[u8]) -> Self {
        Self {
            ntp_timestamp: u64::from(u32_at(data, 0)) << 32 | u64::from(u32_at(data, 4)),
            rtp_timestamp: u32_at(data, 8),
            packet_count: u32_at(data, 12),
            octet_count: u32_at(data, 16),
        }
    }

    pub(super) fn to_bytes(self) -> [u8; SENDER] {
        let mut out = [0; SENDER];
        out[..8].copy_from_slice(&self.ntp_timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&self.rtp_timestamp.to_be_bytes());
        out[12..16].copy_from_slice(&self.packet_count.to_be_bytes());
        out[16..].copy_from_slice(&self.octet_count.to_be_bytes());
        out
    }
}

/// How one source is received (RFC 3550 section 6.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ReportBlock {
    /// The source reported on.
    pub ssrc: u32,
    /// Lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// Lost since the beginning; 24 bits with sign, negative when duplicates outnumber losses.
    pub cumulative_lost: i32,
    /// Highest sequence number received, with the count of its cycles in the upper 16 bits.
    pub extended_highest_sequence_number: u32,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
    /// Middle 32 bits of the NTP timestamp of the last sender report, 0 if there was none.
    pub last_sender_report: u32,
    /// Time since then in units of 1/65536 s.
    pub delay_since_last_sender_report: u32,
}

impl ReportBlock {
    /// The lowest and highest loss that 24 bits with sign can tell.
    pub(crate) const LOSS_RANGE: (i32, i32) = (-0x80_0000, 0x7f_ffff);

    fn read(data: &[u8]) -> Self {
        let loss = u32_at(data, 4);
        Self {
            ssrc: u32_at(data, 0),
            fraction_lost: loss.to_be_bytes()[0],
            // The shifts carry the sign of the 24 bits into all 32.
            cumulative_lost: (loss << 8).cast_signed() >> 8,
            extended_highest_sequence_number: u32_at(data, 8),
            jitter: u32_at(data, 12),
            last_sender_report: u32_at(data, 16),
            delay_since_last_sender_report: u32_at(data, 20),
        }
    }

    pub(super) fn to_bytes(self) -> [u8; BLOCK] {
        let (low, high) = Self::LOSS_RANGE;
        let mut out = [0; BLOCK];
        out[..4].copy_from_slice(&self.ssrc.to_be_bytes());
        out[4..8].copy_from_slice(&self.cumulative_lost.clamp(low, high).to_be_bytes());
        out[4] = self.fraction_lost;
        out[8..12].copy_from_slice(&self.extended_highest_sequence_number.to_be_bytes());
        out[12..16].copy_from_slice(&self.jitter.to_be_bytes());
        out[16..20].copy_from_slice(&self.last_sender_report.to_be_bytes());
        out[20..].copy_from_slice(&self.delay_since_last_sender_report.to_be_bytes());
        out
    }
}

/// The blocks of a report, 31 at most.
#[derive(Clone, Debug)]
pub struct ReportBlocks<'a>(core::slice::ChunksExact<'a, u8>);

impl Iterator for ReportBlocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        self.0.next().map(ReportBlock::read)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for ReportBlocks<'_> {}

/// Splits the blocks from the profile-specific extension behind them.
fn split(count: u8, data: &[u8]) -> Option<(&[u8], &[u8])> {
    data.split_at_checked(BLOCK * usize::from(count))
}

/// SR: what the sender sent and how it receives others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SenderReport<'a> {
    /// Who reports.
    pub ssrc: u32,
    /// What it sent.
    pub sender: SenderInfo,
    blocks: &'a [u8],
    /// The profile-specific extension behind the blocks, usually empty.
    pub extension: &'a [u8],
}

impl<'a> SenderReport<'a> {
    pub(super) fn read(count: u8, body: &'a [u8]) -> Option<Self> {
        let (head, rest) = body.split_at_checked(4 + SENDER)?;
        let (blocks, extension) = split(count, rest)?;
        Some(Self {
            ssrc: u32_at(head, 0),
            sender: SenderInfo::read(&head[4..]),
            blocks,
            extension,
        })
    }

    /// How it receives others.
    #[must_use]
    pub fn blocks(&self) -> ReportBlocks<'a> {
        ReportBlocks(self.blocks.chunks_exact(BLOCK))
    }
}

/// RR: how somebody who sends nothing receives others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReceiverReport<'a> {
    /// Who reports.
    pub ssrc: u32,
    blocks: &'a [u8],
    /// The profile-specific extension behind the blocks, usually empty.
    pub extension: &'a [u8],
}

impl<'a> ReceiverReport<'a> {
    pub(super) fn read(count: u8, body: &'a [u8]) -> Option<Self> {
        let (head, rest) = body.split_at_checked(4)?;
        let (blocks, extension) = split(count, rest)?;
        Some(Self {
            ssrc: u32_at(head, 0),
            blocks,
            extension,
        })
    }

    /// How it receives others.
    #[must_use]
    pub fn blocks(&self) -> ReportBlocks<'a> {
        ReportBlocks(self.blocks.chunks_exact(BLOCK))
    }
}
