//! What a datagram on a media port is, told by its first two bytes.

/// What a datagram is, as far as its first bytes tell.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum DatagramKind {
    /// STUN (RFC 8489): first byte 0 to 3.
    Stun,
    /// ZRTP (RFC 6189): first byte 16 to 19.
    Zrtp,
    /// DTLS (RFC 9147): first byte 20 to 63.
    Dtls,
    /// TURN channel data (RFC 8656): first byte 64 to 79.
    TurnChannel,
    /// RTP (RFC 3550): first byte 128 to 191, second byte not of RTCP.
    Rtp,
    /// RTCP (RFC 3550): first byte 128 to 191, second byte 192 to 223.
    Rtcp,
    /// Nothing that shares a port with RTP; also an empty datagram.
    Unknown,
}

/// Tells what a datagram is by its first byte (RFC 7983 section 7), and RTP from RTCP by its
/// second (RFC 5761 section 4: RTP keeps away from the payload types 64 to 95, which with the
/// marker bit are the RTCP packet types 192 to 223).
///
/// This says where the datagram belongs, not that it is well-formed.
///
/// ```
/// use trunkline_rtp_relay::{DatagramKind, classify};
///
/// assert_eq!(classify(&[0x80, 0x08]), DatagramKind::Rtp); // payload type 8
/// assert_eq!(classify(&[0x80, 200]), DatagramKind::Rtcp); // sender report
/// assert_eq!(classify(&[0x00, 0x01]), DatagramKind::Stun); // binding request
/// ```
#[must_use]
pub const fn classify(datagram: &[u8]) -> DatagramKind {
    match datagram {
        [0..=3, ..] => DatagramKind::Stun,
        [16..=19, ..] => DatagramKind::Zrtp,
        [20..=63, ..] => DatagramKind::Dtls,
        [64..=79, ..] => DatagramKind::TurnChannel,
        [128..=191, 192..=223, ..] => DatagramKind::Rtcp,
        [128..=191, ..] => DatagramKind::Rtp,
        _ => DatagramKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C004-227.
    #[test]
    fn every_first_byte_has_its_kind() {
        for first in 0..=255 {
            let expected = match first {
                0..=3 => DatagramKind::Stun,
                16..=19 => DatagramKind::Zrtp,
                20..=63 => DatagramKind::Dtls,
                64..=79 => DatagramKind::TurnChannel,
                128..=191 => DatagramKind::Rtp,
                _ => DatagramKind::Unknown,
            };
            assert_eq!(classify(&[first, 0]), expected, "{first}");
        }
        assert_eq!(classify(&[]), DatagramKind::Unknown);
    }

    #[test]
    fn rtcp_is_told_by_the_packet_type() {
        for second in 0..=255 {
            let expected = if (192..=223).contains(&second) {
                DatagramKind::Rtcp
            } else {
                DatagramKind::Rtp
            };
            assert_eq!(classify(&[0x80, second]), expected, "{second}");
        }
    }
}
