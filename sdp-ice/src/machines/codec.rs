//! Codecs, and which of them a stream may use.

use core::fmt;

use crate::wire::attribute::{Rtpmap, Typed};
use crate::wire::{Media, number};

/// One encoding and the payload type number it has in our own offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Codec<'a> {
    /// Encoding name (RFC 8866 section 6.6); compares without regard to case.
    pub encoding: &'a str,
    /// RTP clock rate in Hz.
    pub clock_rate: u32,
    /// Audio channels.
    pub channels: u8,
    /// Payload type in our offers. Below 96 it is the static number of RFC 3551, which a peer may
    /// use without `a=rtpmap`. Answers use the number of the offer.
    pub payload_type: u8,
    /// Format parameters we write with it.
    pub parameters: Option<&'a str>,
}

impl Codec<'static> {
    /// G.711 mu-law (RFC 3551 section 4.5.14).
    pub const PCMU: Self = Self::audio("PCMU", 0, None);
    /// G.711 A-law (RFC 3551 section 4.5.14).
    pub const PCMA: Self = Self::audio("PCMA", 8, None);
    /// Comfort noise (RFC 3389).
    pub const COMFORT_NOISE: Self = Self::audio("CN", 13, None);
    /// The DTMF events 0 to 15 (RFC 4733).
    pub const TELEPHONE_EVENT: Self = Self::audio("telephone-event", 101, Some("0-15"));
}

impl<'a> Codec<'a> {
    const fn audio(encoding: &'a str, payload_type: u8, parameters: Option<&'a str>) -> Self {
        Self {
            encoding,
            clock_rate: 8000,
            channels: 1,
            payload_type,
            parameters,
        }
    }

    /// Whether this only accompanies a codec and makes no stream of its own: telephone events and
    /// comfort noise.
    #[must_use]
    pub fn is_auxiliary(&self) -> bool {
        self.is_telephone_event() || self.encoding.eq_ignore_ascii_case("CN")
    }

    /// Whether this is `telephone-event` (RFC 4733).
    #[must_use]
    pub fn is_telephone_event(&self) -> bool {
        self.encoding.eq_ignore_ascii_case("telephone-event")
    }

    fn is(&self, map: &Rtpmap<'_>) -> bool {
        self.clock_rate == map.clock_rate
            && self.channels == map.channels()
            && self.encoding.eq_ignore_ascii_case(map.encoding)
    }

    /// The `a=rtpmap` of this codec.
    pub(super) const fn rtpmap(&self, payload_type: u8) -> Mapped<'_> {
        Mapped {
            codec: self,
            payload_type,
        }
    }
}

/// `a=rtpmap` of a codec. An [`Rtpmap`] has its channels as text, which only a parser has.
pub(super) struct Mapped<'a> {
    codec: &'a Codec<'a>,
    payload_type: u8,
}

impl fmt::Display for Mapped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Codec {
            encoding,
            clock_rate,
            channels,
            ..
        } = self.codec;
        write!(f, "{} {encoding}/{clock_rate}", self.payload_type)?;
        match channels {
            // one need not be written
            0 | 1 => Ok(()),
            _ => write!(f, "/{channels}"),
        }
    }
}

/// What makes a stream usable: its media type, and a codec of a list. The protocol is `RTP/AVP`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamPolicy<'a> {
    /// Media type, such as `audio`.
    pub media: &'a str,
    /// Codecs that may pass. At most 255 are looked at.
    pub codecs: &'a [Codec<'a>],
}

impl StreamPolicy<'static> {
    /// Audio with G.711, both laws, and telephone events.
    pub const G711: Self = Self {
        media: "audio",
        codecs: &[Codec::PCMU, Codec::PCMA, Codec::TELEPHONE_EVENT],
    };
    /// The same with comfort noise.
    pub const G711_WITH_COMFORT_NOISE: Self = Self {
        media: "audio",
        codecs: &[
            Codec::PCMU,
            Codec::PCMA,
            Codec::COMFORT_NOISE,
            Codec::TELEPHONE_EVENT,
        ],
    };
}

const NONE: u8 = u8::MAX;

/// Which codec of a policy each RTP payload type of a media section stands for.
pub(super) struct CodecTable<'a> {
    codecs: &'a [Codec<'a>],
    by_payload_type: [u8; 128],
}

impl<'a> CodecTable<'a> {
    /// Reads the `a=rtpmap` lines, each once. A line that cannot be read leaves its payload type
    /// with the static meaning.
    pub(super) fn new(media: &Media<'_>, policy: &StreamPolicy<'a>) -> Self {
        let codecs = policy
            .codecs
            .get(..usize::from(NONE))
            .unwrap_or(policy.codecs);
        let mut by_payload_type = [NONE; 128];
        for (codec, at) in codecs.iter().zip(0..) {
            if let (0..96, Some(slot)) = (
                codec.payload_type,
                by_payload_type.get_mut(usize::from(codec.payload_type)),
            ) {
                *slot = at;
            }
        }
        for attribute in media.attributes() {
            let Ok(Typed::Rtpmap(map)) = attribute.typed() else {
                continue;
            };
            let codec = codecs.iter().zip(0..).find(|(codec, _)| codec.is(&map));
            if let Some(slot) = by_payload_type.get_mut(usize::from(map.payload_type)) {
                *slot = codec.map_or(NONE, |(_, at)| at);
            }
        }
        Self {
            codecs,
            by_payload_type,
        }
    }

    /// The payload type and the codec of a format, `None` if it may not pass.
    pub(super) fn codec(&self, format: &str) -> Option<(u8, &'a Codec<'a>)> {
        // the bound makes the conversion exact
        self.of(number(format.as_bytes(), 127).ok()? as u8)
    }

    /// The codec of a payload type, `None` if it may not pass.
    pub(super) fn of(&self, payload_type: u8) -> Option<(u8, &'a Codec<'a>)> {
        let at = *self.by_payload_type.get(usize::from(payload_type))?;
        let codec = self.codecs.get(usize::from(at))?;
        Some((payload_type, codec))
    }
}
