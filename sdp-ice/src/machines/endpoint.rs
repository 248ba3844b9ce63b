//! Offers and answers of an end point (RFC 3264 sections 5 and 6).

use core::fmt::Display;
use core::net::IpAddr;

use super::stream::{Reason, Stream, rejected};
use super::{Codec, LocalOrigin, NegotiationError, StreamPolicy, Unusable};
use crate::wire::attribute::{Direction, PacketTime};
use crate::wire::{Connection, Media, Origin, Sdp, Writer};

/// One stream of an end point, for offers and answers alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalStream<'a> {
    /// Media type and codecs, most preferred first.
    pub policy: StreamPolicy<'a>,
    /// Port of RTP; RTCP is one up.
    pub port: u16,
    /// Length of the packets we want; `None` to write no `a=ptime`.
    pub ptime: Option<PacketTime>,
    /// Direction as we see it.
    pub direction: Direction,
}

impl<'a> LocalStream<'a> {
    /// A stream both ways with packets of 20 ms.
    #[must_use]
    pub const fn new(policy: StreamPolicy<'a>, port: u16) -> Self {
        Self {
            policy,
            port,
            ptime: Some(PacketTime(core::time::Duration::from_millis(20))),
            direction: Direction::SendRecv,
        }
    }

    fn describe<'c>(
        &self,
        writer: &mut Writer<'_>,
        formats: impl Iterator<Item = (u8, &'c Codec<'c>)>,
        direction: Direction,
    ) {
        for (payload_type, codec) in formats {
            writer.attribute("rtpmap", codec.rtpmap(payload_type));
            if let Some(parameters) = codec.parameters {
                writer.attribute("fmtp", Numbered(payload_type, parameters));
            }
        }
        if let Some(ptime) = self.ptime {
            writer.attribute("ptime", ptime);
        }
        writer.flag(direction.as_str());
    }
}

/// `a=fmtp` of a payload type.
struct Numbered<'a>(u8, &'a str);

impl Display for Numbered<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

/// Writes an offer of the streams into `out`, and gives its length in bytes.
///
/// # Errors
///
/// [`NegotiationError::Write`]; then `origin` is unchanged.
pub fn offer(
    streams: &[LocalStream<'_>],
    address: IpAddr,
    origin: &mut LocalOrigin,
    out: &mut [u8],
) -> Result<usize, NegotiationError> {
    origin.stamp(address, out, |origin, out| {
        let mut writer = Writer::new(out, origin, "-");
        writer.connection(&Connection::new(address));
        for stream in streams {
            let codecs = stream.policy.codecs.iter();
            let formats = codecs.clone().map(|codec| codec.payload_type);
            writer.media(stream.policy.media, stream.port, "RTP/AVP", formats);
            let formats = codecs.map(|codec| (codec.payload_type, codec));
            stream.describe(&mut writer, formats, stream.direction);
        }
        Ok(writer.finish()?)
    })
}

/// Writes the answer to an offer into `out`, and gives its length in bytes.
///
/// Each `m=` line of the offer is answered in its place: by the first local stream of its media
/// type that has a codec in common and answers no line yet, or with port 0. The answer names the
/// common formats in the order and with the numbers of the offer; the direction is what the offer
/// allows and the stream wants. Only the first 64 local streams are looked at.
///
/// # Errors
///
/// [`NegotiationError::NoUsableStream`] when all would be rejected (answer 488), or
/// [`NegotiationError::Write`]; then `origin` is unchanged.
pub fn answer(
    offer: &Sdp<'_>,
    streams: &[LocalStream<'_>],
    address: IpAddr,
    origin: &mut LocalOrigin,
    out: &mut [u8],
) -> Result<usize, NegotiationError> {
    origin.stamp(address, out, |origin, out| {
        write_answer(offer, streams, address, origin, out)
    })
}

fn write_answer(
    offer: &Sdp<'_>,
    streams: &[LocalStream<'_>],
    address: IpAddr,
    origin: &Origin<'_>,
    out: &mut [u8],
) -> Result<usize, NegotiationError> {
    let mut writer = Writer::new(out, origin, "-");
    // RFC 3264 section 6: the time of the offer
    writer
        .connection(&Connection::new(address))
        .time(&offer.time().ok().flatten().unwrap_or_default());
    let mut used: u64 = 0;
    let mut reason = Reason::new();
    for media in offer.media() {
        match choose(&media, streams, &mut used) {
            Err(unusable) => {
                reason.note(unusable);
                let line = rejected(&media);
                writer.media(line.media, line.port, line.protocol, line.formats.iter());
            }
            Ok((local, remote)) => {
                let formats = remote.accepted();
                let direction = remote.description.direction.reversed();
                writer.media(
                    remote.line.media,
                    local.port,
                    remote.line.protocol,
                    formats.clone().map(|(payload_type, _)| payload_type),
                );
                local.describe(&mut writer, formats, direction.intersect(local.direction));
            }
        }
    }
    match used {
        0 => Err(reason.error()),
        _ => Ok(writer.finish()?),
    }
}

/// Finds a local stream for a media section and marks it as used.
fn choose<'l, 's, 'p>(
    media: &Media<'s>,
    streams: &'l [LocalStream<'p>],
    used: &mut u64,
) -> Result<(&'l LocalStream<'p>, Stream<'s, 'p>), Unusable> {
    let mut reason = Unusable::NotWanted;
    for (at, local) in streams.iter().enumerate().take(64) {
        let mark = 1 << at;
        if *used & mark != 0 {
            continue;
        }
        match Stream::read(media, &local.policy) {
            Ok(remote) => {
                *used |= mark;
                return Ok((local, remote));
            }
            // the other reasons say more
            Err(Unusable::MediaType) if reason != Unusable::NotWanted => {}
            Err(unusable) => reason = unusable,
        }
    }
    Err(reason)
}
