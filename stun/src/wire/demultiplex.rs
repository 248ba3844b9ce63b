//! What a datagram is, and where a message on a stream ends.

use super::generation::Generation;
use super::header::{HEADER_LEN, MAGIC_COOKIE};
use super::message::{ParseError, ParseErrorKind};
use super::octets_at;

/// What a datagram on a shared port is, as far as its first octet tells.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum DatagramKind {
    /// STUN: first octet 0 to 3.
    Stun,
    /// ZRTP (RFC 6189): first octet 16 to 19.
    Zrtp,
    /// DTLS (RFC 9147): first octet 20 to 63.
    Dtls,
    /// TURN channel data (RFC 8656): first octet 64 to 79.
    TurnChannel,
    /// RTP or RTCP (RFC 3550): first octet 128 to 191.
    Rtp,
    /// Multiplexed TURN of \[MS-TURN\]: first two octets 0xff and 0x10, which RFC 7983 leaves free.
    MsMultiplexedTurn,
    /// None of these; also an empty datagram.
    Unknown,
}

/// Tells what a datagram is by its first octet (RFC 7983 section 7), or two in the case of \[MS-TURN\].
///
/// This says where the datagram belongs, not that it is well-formed.
///
/// ```
/// use trunkline_stun::{DatagramKind, classify};
///
/// assert_eq!(classify(&[0x00, 0x01]), DatagramKind::Stun);
/// assert_eq!(classify(&[0x80, 0x08]), DatagramKind::Rtp);
/// ```
#[must_use]
pub const fn classify(datagram: &[u8]) -> DatagramKind {
    match datagram {
        [0..=3, ..] => DatagramKind::Stun,
        [16..=19, ..] => DatagramKind::Zrtp,
        [20..=63, ..] => DatagramKind::Dtls,
        [64..=79, ..] => DatagramKind::TurnChannel,
        [128..=191, ..] => DatagramKind::Rtp,
        [0xff, 0x10, ..] => DatagramKind::MsMultiplexedTurn,
        _ => DatagramKind::Unknown,
    }
}

/// Whether a datagram is a STUN message as far as its beginning tells: two zero bits in front, a
/// length that is the datagram's, and a multiple of four but in \[MS-TURN\].
///
/// Without a cookie that is weak evidence: use it only where nothing but STUN is expected.
/// [`Generation::MsIce2`] is told apart by [`Message::parse_any_generation`] only.
///
/// [`Message::parse_any_generation`]: crate::Message::parse_any_generation
#[must_use]
pub fn recognize(datagram: &[u8]) -> Option<Generation> {
    let [first, _, high, low] = octets_at::<4>(datagram, 0)?;
    let len = HEADER_LEN + usize::from(u16::from_be_bytes([high, low]));
    let generation = Generation::of(datagram);
    if first >= 0x40 || len & generation.padding_mask() != 0 || len != datagram.len() {
        return None;
    }
    Some(generation)
}

/// How long the message at the start of a stream is, header and all, or `None` as long as its
/// first four octets are not all there (RFC 8489 section 6.2.2).
///
/// # Errors
///
/// What stands there is not the start of a message: [`ParseErrorKind::NotStun`],
/// [`ParseErrorKind::Length`] or [`ParseErrorKind::NoCookie`]. The stream cannot be read further.
pub fn frame_len(stream: &[u8]) -> Result<Option<usize>, ParseError> {
    let fault = |kind, offset| Err(ParseError { kind, offset });
    if stream.first().is_some_and(|first| *first >= 0x40) {
        return fault(ParseErrorKind::NotStun, 0);
    }
    let Some([_, _, high, low]) = octets_at(stream, 0) else {
        return Ok(None);
    };
    if !low.is_multiple_of(4) {
        return fault(ParseErrorKind::Length, 2);
    }
    // As much of it as is there.
    let cookie = stream.get(4..stream.len().min(8)).unwrap_or_default();
    if !MAGIC_COOKIE.to_be_bytes().starts_with(cookie) {
        return fault(ParseErrorKind::NoCookie, 4);
    }
    let len = HEADER_LEN + usize::from(u16::from_be_bytes([high, low]));
    Ok(Some(len))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: [u8; 20] = [
        0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ];

    /// C004-227.
    #[test]
    fn every_first_octet_has_its_kind() {
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
        assert_eq!(classify(&[0xff, 0x10]), DatagramKind::MsMultiplexedTurn);
        assert_eq!(classify(&[0xff]), DatagramKind::Unknown);
    }

    #[test]
    fn both_generations_are_recognised() {
        assert_eq!(recognize(&EMPTY), Some(Generation::Cookie));
        let mut classic = EMPTY;
        classic[4] = 0;
        assert_eq!(recognize(&classic), Some(Generation::Classic));
        assert_eq!(recognize(&EMPTY[..19]), None);
        for (at, value) in [(0, 0x80), (3, 4), (3, 1)] {
            let mut other = EMPTY;
            other[at] = value;
            assert_eq!(recognize(&other), None);
        }
    }

    #[test]
    fn a_stream_tells_the_length_early() {
        assert_eq!(frame_len(&EMPTY[..3]), Ok(None));
        assert_eq!(frame_len(&EMPTY[..4]), Ok(Some(20)));
        assert_eq!(
            frame_len(&[1, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42]),
            Ok(Some(28))
        );
        let kind = |stream: &[u8]| frame_len(stream).map_err(|error| error.kind);
        assert_eq!(kind(b"HTTP"), Err(ParseErrorKind::NotStun));
        assert_eq!(kind(&[0, 1, 0, 2]), Err(ParseErrorKind::Length));
        assert_eq!(
            kind(&[0, 1, 0, 0, 0, 0, 0, 0]),
            Err(ParseErrorKind::NoCookie)
        );
        assert_eq!(kind(&[0, 1, 0, 0, 0x21]), Ok(Some(20)));
        assert_eq!(kind(&[0, 1, 0, 0, 0x22]), Err(ParseErrorKind::NoCookie));
    }
}
