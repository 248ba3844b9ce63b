//! The RTP packet (RFC 3550 section 5.1).

use trunkline_sans_io::BufferTooSmall;

use super::{u16_at, u32_at};

/// Length of the fixed header.
const FIXED: usize = 12;

/// Why bytes are no RTP packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RtpError {
    /// The bytes end at `offset`, inside the fixed header, the CSRC list or the extension.
    #[error("the packet ends inside its header, at byte {offset}")]
    Truncated {
        /// Where the bytes end.
        offset: usize,
    },
    /// The version is not 2.
    #[error("RTP version {version} instead of 2")]
    Version {
        /// The version found.
        version: u8,
    },
    /// The padding count, at `offset`, is zero or reaches into the header.
    #[error("the padding count at byte {offset} does not fit the packet")]
    Padding {
        /// Where the count stands.
        offset: usize,
    },
}

impl RtpError {
    /// The byte at which the fault lies.
    #[must_use]
    pub const fn offset(self) -> usize {
        match self {
            Self::Truncated { offset } | Self::Padding { offset } => offset,
            Self::Version { .. } => 0,
        }
    }
}

/// A header extension (RFC 3550 section 5.3.1), undecoded. RFC 8285 elements have the profile
/// `0xbede` (one-byte headers) or `0x1000` to `0x100f` (two-byte headers).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RtpExtension<'a> {
    /// What the first 16 bits say of the rest.
    pub profile: u16,
    /// What follows the extension's own header; a multiple of four bytes.
    pub data: &'a [u8],
}

/// A checked view of an RTP packet.
///
/// ```
/// use trunkline_rtp_relay::Rtp;
///
/// let mut packet = *b"\x80\x08\x00\x01\x00\x00\x00\xa0\xde\xad\xbe\xefaudio";
/// let rtp = Rtp::parse(&packet)?;
/// assert_eq!((rtp.payload_type(), rtp.sequence_number()), (8, 1));
/// assert_eq!(rtp.payload(), b"audio");
/// # Ok::<(), trunkline_rtp_relay::RtpError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rtp<'a> {
    data: &'a [u8],
    fixed: &'a [u8; FIXED],
    /// Where the payload begins and how long it is.
    payload_at: usize,
    payload_len: usize,
}

impl<'a> Rtp<'a> {
    /// Checks that `data` is one RTP packet, all lengths and the padding included.
    ///
    /// # Errors
    ///
    /// [`RtpError`] when it is not.
    #[inline]
    pub fn parse(data: &'a [u8]) -> Result<Self, RtpError> {
        let truncated = RtpError::Truncated { offset: data.len() };
        let fixed: &[u8; FIXED] = data.first_chunk().ok_or(truncated)?;
        let first = fixed[0];
        if first >> 6 != 2 {
            return Err(RtpError::Version {
                version: first >> 6,
            });
        }
        let mut payload_at = FIXED + 4 * usize::from(first & 0x0f);
        if first & 0x10 != 0 {
            let extension_at = payload_at;
            payload_at += 4;
            if data.len() < payload_at {
                return Err(truncated);
            }
            payload_at += 4 * usize::from(u16_at(data, extension_at + 2));
        }
        let Some(rest) = data.len().checked_sub(payload_at) else {
            return Err(truncated);
        };
        let mut payload_len = rest;
        if first & 0x20 != 0 {
            let offset = data.len() - 1;
            let count = usize::from(data[offset]);
            payload_len = match rest.checked_sub(count) {
                Some(len) if count != 0 => len,
                _ => return Err(RtpError::Padding { offset }),
            };
        }
        Ok(Self {
            data,
            fixed,
            payload_at,
            payload_len,
        })
    }

    /// The marker bit. Its meaning is the profile's; for audio the start of a talk spurt
    /// (RFC 3551 section 4.1).
    #[must_use]
    pub const fn marker(&self) -> bool {
        self.fixed[1] & 0x80 != 0
    }

    /// The payload type, 0 to 127.
    #[must_use]
    pub const fn payload_type(&self) -> u8 {
        self.fixed[1] & 0x7f
    }

    /// The sequence number.
    #[must_use]
    pub const fn sequence_number(&self) -> u16 {
        u16::from_be_bytes([self.fixed[2], self.fixed[3]])
    }

    /// The timestamp, in units of the payload's clock.
    #[must_use]
    pub const fn timestamp(&self) -> u32 {
        let [_, _, _, _, a, b, c, d, ..] = *self.fixed;
        u32::from_be_bytes([a, b, c, d])
    }

    /// The synchronisation source.
    #[must_use]
    pub const fn ssrc(&self) -> u32 {
        let [.., a, b, c, d] = *self.fixed;
        u32::from_be_bytes([a, b, c, d])
    }

    /// The contributing sources, 15 at most.
    pub fn csrcs(&self) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        let len = 4 * usize::from(self.fixed[0] & 0x0f);
        let list = self.data.get(FIXED..FIXED + len).unwrap_or_default();
        list.chunks_exact(4).map(|csrc| u32_at(csrc, 0))
    }

    /// The header extension, if there is one.
    #[must_use]
    pub fn extension(&self) -> Option<RtpExtension<'a>> {
        if self.fixed[0] & 0x10 == 0 {
            return None;
        }
        let at = FIXED + 4 * usize::from(self.fixed[0] & 0x0f);
        Some(RtpExtension {
            profile: u16_at(self.data, at),
            data: self.data.get(at + 4..self.payload_at)?,
        })
    }

    /// The payload without the padding.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.data
            .get(self.payload_at..self.payload_at + self.payload_len)
            .unwrap_or_default()
    }

    /// How many bytes the payload has, padding not counted.
    #[must_use]
    pub const fn payload_len(&self) -> usize {
        self.payload_len
    }

    /// How many bytes stand before the payload.
    #[must_use]
    pub const fn header_len(&self) -> usize {
        self.payload_at
    }

    /// How many bytes of padding follow the payload, the count included; 0 without padding.
    #[must_use]
    pub const fn padding_len(&self) -> usize {
        self.data.len() - self.payload_at - self.payload_len
    }

    /// The whole packet.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.data
    }
}

/// A checked RTP packet whose fixed header can be changed in place.
///
/// ```
/// use trunkline_rtp_relay::RtpMut;
///
/// let mut packet = *b"\x80\x88\x00\x01\x00\x00\x00\xa0\xde\xad\xbe\xefaudio";
/// let mut rtp = RtpMut::parse(&mut packet)?;
/// rtp.set_payload_type(0);
/// assert!(rtp.view().marker()); // untouched
/// assert_eq!(rtp.view().payload_type(), 0);
/// # Ok::<(), trunkline_rtp_relay::RtpError>(())
/// ```
#[derive(Debug)]
pub struct RtpMut<'a> {
    data: &'a mut [u8],
    payload_at: usize,
    payload_len: usize,
}

impl<'a> RtpMut<'a> {
    /// Checks `data` like [`Rtp::parse`].
    ///
    /// # Errors
    ///
    /// [`RtpError`] when it is no RTP packet.
    pub fn parse(data: &'a mut [u8]) -> Result<Self, RtpError> {
        let Rtp {
            payload_at,
            payload_len,
            ..
        } = Rtp::parse(data)?;
        Ok(Self {
            data,
            payload_at,
            payload_len,
        })
    }

    /// The packet as it is now.
    #[must_use]
    pub fn view(&self) -> Rtp<'_> {
        Rtp {
            data: self.data,
            // `parse` saw the fixed header; the other arm cannot be reached.
            fixed: self.data.first_chunk().unwrap_or(&[0; FIXED]),
            payload_at: self.payload_at,
            payload_len: self.payload_len,
        }
    }

    /// Sets the marker bit.
    pub fn set_marker(&mut self, marker: bool) {
        self.data[1] = self.data[1] & 0x7f | u8::from(marker) << 7;
    }

    /// Sets the payload type; the lower seven bits count.
    pub fn set_payload_type(&mut self, payload_type: u8) {
        self.data[1] = self.data[1] & 0x80 | payload_type & 0x7f;
    }

    /// Sets the sequence number.
    pub fn set_sequence_number(&mut self, sequence_number: u16) {
        self.data[2..4].copy_from_slice(&sequence_number.to_be_bytes());
    }

    /// Sets the timestamp.
    pub fn set_timestamp(&mut self, timestamp: u32) {
        self.data[4..8].copy_from_slice(&timestamp.to_be_bytes());
    }

    /// Sets the synchronisation source.
    pub fn set_ssrc(&mut self, ssrc: u32) {
        self.data[8..12].copy_from_slice(&ssrc.to_be_bytes());
    }
}

/// What a plain RTP header says: no padding, no extension, no contributing sources.
///
/// ```
/// use trunkline_rtp_relay::{Rtp, RtpHeader};
///
/// let header = RtpHeader { payload_type: 8, sequence_number: 7, ..RtpHeader::default() };
/// let mut buffer = [0; 172];
/// let len = header.write(&[0xd5; 160], &mut buffer)?;
/// assert_eq!(Rtp::parse(&buffer[..len]).map(|rtp| rtp.payload_len()), Ok(160));
/// # Ok::<(), trunkline_sans_io::BufferTooSmall>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RtpHeader {
    /// The marker bit.
    pub marker: bool,
    /// The payload type; the lower seven bits count.
    pub payload_type: u8,
    /// The sequence number.
    pub sequence_number: u16,
    /// The timestamp, in units of the payload's clock.
    pub timestamp: u32,
    /// The synchronisation source.
    pub ssrc: u32,
}

impl RtpHeader {
    /// Writes the header and `payload`, and returns their length.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] with nothing written.
    pub fn write(&self, payload: &[u8], buffer: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let needed = FIXED + payload.len();
        let packet = buffer.get_mut(..needed).ok_or(BufferTooSmall { needed })?;
        packet[0] = 0x80;
        packet[1] = u8::from(self.marker) << 7 | self.payload_type & 0x7f;
        packet[2..4].copy_from_slice(&self.sequence_number.to_be_bytes());
        packet[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        packet[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        packet[12..].copy_from_slice(payload);
        Ok(needed)
    }
}

#[cfg(test)]
mod tests;
