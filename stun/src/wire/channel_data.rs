//! ChannelData messages (RFC 8656 section 12.4): data for or from a peer behind four octets.

use super::attribute::ChannelNumber;
use super::demultiplex::frame_len;
use super::header::HEADER_LEN;
use super::message::ParseError;
use super::padded;

/// Data for or from the peer that a channel is bound to.
///
/// ```
/// use trunkline_stun::ChannelData;
///
/// let message = ChannelData::parse(&[0x40, 0x01, 0x00, 0x02, b'h', b'i', 0, 0]).expect("sound");
/// assert_eq!((message.channel.number(), message.data), (0x4001, b"hi".as_slice()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ChannelData<'a> {
    /// Stands for the peer.
    pub channel: ChannelNumber,
    /// What is relayed.
    pub data: &'a [u8],
}

impl<'a> ChannelData<'a> {
    /// Reads a datagram, or a frame of a stream (see [`turn_frame_len`]), or tells by `None` that
    /// it is no ChannelData: its channel is out of range or it is cut off. Octets behind the data
    /// are padding and not looked at.
    #[inline]
    #[must_use]
    pub fn parse(message: &'a [u8]) -> Option<Self> {
        let (&[a, b, high, low], rest) = message.split_first_chunk()?;
        Some(Self {
            channel: ChannelNumber::new(u16::from_be_bytes([a, b]))?,
            data: rest.get(..usize::from(u16::from_be_bytes([high, low])))?,
        })
    }

    /// What stands in front of `len` octets of data, or `None` if that is more than 65,535.
    ///
    /// Over a stream zeros behind the data follow, up to a multiple of four octets, which the
    /// length does not count; over UDP they are not needed (RFC 8656 section 12.5).
    #[inline]
    #[must_use]
    pub const fn header(channel: ChannelNumber, len: usize) -> Option<[u8; 4]> {
        if len > 0xffff {
            return None;
        }
        let [a, b] = channel.number().to_be_bytes();
        let [.., high, low] = len.to_be_bytes();
        Some([a, b, high, low])
    }
}

/// How long the message at the start of a stream from a relay is, padding included, STUN as well
/// as ChannelData, or `None` as long as its first four octets are not all there (RFC 8656 section 12.5).
///
/// # Errors
///
/// As [`frame_len`]: neither of both stands there.
pub fn turn_frame_len(stream: &[u8]) -> Result<Option<usize>, ParseError> {
    match stream {
        [0x40..=0x4f, _, high, low, ..] => {
            let len = usize::from(u16::from_be_bytes([*high, *low]));
            Ok(Some(4 + padded(len)))
        }
        [0x40..=0x4f, ..] => Ok(None),
        _ => frame_len(stream),
    }
}

/// The longest message that [`turn_frame_len`] tells of, in octets: what a stream needs room for.
pub const MAX_TURN_FRAME_LEN: usize = HEADER_LEN + 0xfffc;

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;

    use crate::wire::ParseErrorKind;

    #[test]
    fn what_is_written_is_read() {
        for (number, len) in [(0x4000, 0), (0x4abc, 1), (0x4fff, 1_200), (0x4001, 0xffff)] {
            let channel = ChannelNumber::new(number).expect("in range");
            let mut message = std::vec![7; 4 + len];
            message[..4].copy_from_slice(&ChannelData::header(channel, len).expect("short"));
            let read = ChannelData::parse(&message).expect("sound");
            assert_eq!((read.channel, read.data.len()), (channel, len));
            assert_eq!(turn_frame_len(&message), Ok(Some(4 + padded(len))));
            // Padding, or whatever stands there.
            let longer = [&message, [1, 2, 3].as_slice()].concat();
            assert_eq!(ChannelData::parse(&longer), Some(read));
        }
        assert_eq!(ChannelData::header(ChannelNumber::MIN, 0x1_0000), None);
    }

    #[test]
    fn other_things_are_not_read() {
        for other in [
            [].as_slice(),
            &[0x40, 0, 0],
            &[0x40, 0, 0, 1],
            &[0x3f, 0xff, 0, 0],
            // Numbers above are reserved since RFC 8656.
            &[0x50, 0, 0, 0],
            &[0x7f, 0xfe, 0, 0],
            &[0x80, 0, 0, 0],
        ] {
            assert_eq!(ChannelData::parse(other), None);
        }
    }

    #[test]
    fn a_stream_of_both_is_split() {
        assert_eq!(turn_frame_len(&[]), Ok(None));
        assert_eq!(turn_frame_len(&[0x40, 0, 0]), Ok(None));
        assert_eq!(turn_frame_len(&[0x40, 0, 0, 5]), Ok(Some(12)));
        assert_eq!(turn_frame_len(&[0x4f, 0, 0xff, 0xff]), Ok(Some(65_540)));
        assert_eq!(
            turn_frame_len(&[1, 1, 0xff, 0xfc]),
            Ok(Some(MAX_TURN_FRAME_LEN))
        );
        assert_eq!(turn_frame_len(&[1, 1, 0, 8]), Ok(Some(28)));
        for other in [0x50, 0x80, 0xff] {
            let error = turn_frame_len(&[other, 0, 0, 0]).map_err(|error| error.kind);
            assert_eq!(error, Err(ParseErrorKind::NotStun));
        }
    }
}
