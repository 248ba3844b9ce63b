//! What a relay or an end point needs to know of one `m=` line.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;

use thiserror::Error;

use super::codec::CodecTable;
use super::{Codec, StreamPolicy};
use crate::wire::attribute::{Direction, Typed};
use crate::wire::{AttributeKind, Connection, Media, MediaLine, Sdp, WriteError};

/// Why a media section cannot be used; it is answered with port 0 (RFC 3264 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Unusable {
    /// There is no `m=` line at all.
    #[error("no media section")]
    NoMedia,
    /// The `m=` line cannot be parsed.
    #[error("malformed m= line")]
    Malformed,
    /// Port 0: the sender of the SDP rejects or disables it.
    #[error("port 0")]
    Disabled,
    /// Another media type.
    #[error("other media type")]
    MediaType,
    /// A protocol other than `RTP/AVP`.
    #[error("protocol is not RTP/AVP")]
    Protocol,
    /// More than one port.
    #[error("several ports")]
    SeveralPorts,
    /// The `c=` line is missing, malformed, or of a multicast group.
    #[error("no unicast address")]
    Address,
    /// No format is of an allowed codec, or only telephone events and comfort noise are.
    #[error("no common codec")]
    NoCommonCodec,
    /// No local stream or relay is left for it.
    #[error("no local stream for it")]
    NotWanted,
}

/// Why no SDP was written, or none is of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum NegotiationError {
    /// Not one media section is usable (fault of the peer): answer 488 Not Acceptable Here
    /// (RFC 3261 section 21.4.26).
    #[error("no usable stream: {reason}")]
    NoUsableStream {
        /// Why the first media section is not; that of the first section of the right media type,
        /// if there is one.
        reason: Unusable,
    },
    /// The SDP could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Keeps the reason most worth telling.
pub(super) struct Reason(Unusable);

impl Reason {
    pub(super) const fn new() -> Self {
        Self(Unusable::NoMedia)
    }

    pub(super) fn note(&mut self, reason: Unusable) {
        if matches!(self.0, Unusable::NoMedia | Unusable::MediaType) && reason != Unusable::NoMedia
        {
            self.0 = reason;
        }
    }

    pub(super) const fn error(&self) -> NegotiationError {
        NegotiationError::NoUsableStream { reason: self.0 }
    }
}

/// RTP payload types, most preferred first, each once.
#[derive(Clone, Copy)]
pub struct PayloadTypes {
    list: [u8; 128],
    length: u8,
    /// A bit for each in the list.
    set: u128,
}

impl PayloadTypes {
    const EMPTY: Self = Self {
        list: [0; 128],
        length: 0,
        set: 0,
    };

    fn push(&mut self, payload_type: u8) {
        if payload_type > 127 || self.contains(payload_type) {
            return;
        }
        if let Some(slot) = self.list.get_mut(usize::from(self.length)) {
            *slot = payload_type;
            self.length += 1;
            self.set |= 1 << payload_type;
        }
    }

    /// The payload types.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.list
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }

    /// Whether a payload type is among them.
    #[must_use]
    pub const fn contains(&self, payload_type: u8) -> bool {
        payload_type < 128 && self.set & (1 << payload_type) != 0
    }
}

impl PartialEq for PayloadTypes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for PayloadTypes {}

impl fmt::Debug for PayloadTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

/// A usable media section, as plain data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaDescription {
    /// Position of the `m=` line, from 0.
    pub index: usize,
    /// Where the sender of the SDP wants RTP. `None` when it named a host instead of an address,
    /// or the unspecified address: wait for its packets, or for the next SDP.
    pub rtp: Option<SocketAddr>,
    /// Where it wants RTCP: by `a=rtcp` (RFC 3605), else one port up.
    pub rtcp: Option<SocketAddr>,
    /// Direction as its sender sees it. The unspecified address in `c=` counts as not receiving
    /// (RFC 3264 section 8.4).
    pub direction: Direction,
    /// Length of the packets it wants, `a=ptime`.
    pub ptime: Option<Duration>,
    /// The formats of allowed codecs.
    pub payload_types: PayloadTypes,
    /// The first of them that is no telephone event or comfort noise: what to send.
    pub payload_type: u8,
    /// The first of them that is `telephone-event`.
    pub telephone_event: Option<u8>,
}

impl MediaDescription {
    /// Whether the sender of the SDP put the other side on hold: it does not want to receive.
    #[must_use]
    pub const fn is_hold(&self) -> bool {
        !self.direction.receives()
    }
}

/// Reads what is needed of a media section.
///
/// # Errors
///
/// Why the section is to be rejected.
pub fn describe(
    media: &Media<'_>,
    policy: &StreamPolicy<'_>,
) -> Result<MediaDescription, Unusable> {
    Stream::read(media, policy).map(|stream| stream.description)
}

/// The first media section that is usable.
///
/// # Errors
///
/// [`NegotiationError::NoUsableStream`].
pub fn first_usable(
    sdp: &Sdp<'_>,
    policy: &StreamPolicy<'_>,
) -> Result<MediaDescription, NegotiationError> {
    let mut reason = Reason::new();
    for media in sdp.media() {
        match describe(&media, policy) {
            Ok(description) => return Ok(description),
            Err(unusable) => reason.note(unusable),
        }
    }
    Err(reason.error())
}

/// A usable media section with what it takes to write about it.
pub(super) struct Stream<'s, 'p> {
    pub(super) line: MediaLine<'s>,
    pub(super) codecs: CodecTable<'p>,
    pub(super) description: MediaDescription,
    /// The direction the lines say, which hold by the unspecified address may not.
    pub(super) written_direction: Direction,
}

impl<'s, 'p> Stream<'s, 'p> {
    pub(super) fn read(media: &Media<'s>, policy: &StreamPolicy<'p>) -> Result<Self, Unusable> {
        let line = media.line().map_err(|_| Unusable::Malformed)?;
        if !line.is(policy.media) {
            return Err(Unusable::MediaType);
        }
        if line.port == 0 {
            return Err(Unusable::Disabled);
        }
        if !line.protocol.eq_ignore_ascii_case("RTP/AVP") {
            return Err(Unusable::Protocol);
        }
        if line.port_count != 1 {
            return Err(Unusable::SeveralPorts);
        }
        let Ok(Some(connection)) = media.connection() else {
            return Err(Unusable::Address);
        };
        if connection.host.ip().is_some_and(|ip| ip.is_multicast()) {
            return Err(Unusable::Address);
        }
        let codecs = CodecTable::new(media, policy);
        let mut payload_types = PayloadTypes::EMPTY;
        let mut payload_type = None;
        let mut telephone_event = None;
        for (number, codec) in line.formats.iter().filter_map(|f| codecs.codec(f)) {
            payload_types.push(number);
            if codec.is_telephone_event() {
                telephone_event = telephone_event.or(Some(number));
            } else if !codec.is_auxiliary() {
                payload_type = payload_type.or(Some(number));
            }
        }
        let payload_type = payload_type.ok_or(Unusable::NoCommonCodec)?;
        let written_direction = media.direction();
        let (rtp, rtcp) = addresses(media, &line, &connection);
        Ok(Self {
            line,
            codecs,
            description: MediaDescription {
                index: media.index(),
                rtp,
                rtcp,
                direction: match connection.is_unspecified() {
                    true => written_direction.intersect(Direction::SendOnly),
                    false => written_direction,
                },
                ptime: ptime(media),
                payload_types,
                payload_type,
                telephone_event,
            },
            written_direction,
        })
    }

    /// The accepted formats in the order of the `m=` line, each once, with their codecs.
    pub(super) fn accepted(&self) -> impl Iterator<Item = (u8, &'p Codec<'p>)> + Clone {
        let Self {
            codecs,
            description,
            ..
        } = self;
        description
            .payload_types
            .as_slice()
            .iter()
            .filter_map(|&number| codecs.of(number))
    }
}

/// The `m=` line that rejects a section in its place.
pub(super) fn rejected<'s>(media: &Media<'s>) -> MediaLine<'s> {
    media.line().unwrap_or(MediaLine::UNREADABLE).rejected()
}

fn addresses(
    media: &Media<'_>,
    line: &MediaLine<'_>,
    connection: &Connection<'_>,
) -> (Option<SocketAddr>, Option<SocketAddr>) {
    let usable = |ip: &core::net::IpAddr| !ip.is_unspecified();
    let address = connection.host.ip().filter(usable);
    let rtp = address.map(|ip| SocketAddr::new(ip, line.port));
    let rtcp = match media.attribute(AttributeKind::Rtcp).map(|a| a.typed()) {
        Some(Ok(Typed::Rtcp(rtcp))) => {
            let own = rtcp.address.map(|(_, host)| host.ip().filter(usable));
            (
                own.unwrap_or(address),
                Some(rtcp.port).filter(|port| *port != 0),
            )
        }
        // missing, or not to be read
        _ => (address, line.port.checked_add(1)),
    };
    let rtcp = rtcp
        .0
        .zip(rtcp.1)
        .map(|(ip, port)| SocketAddr::new(ip, port));
    (rtp, rtcp)
}

fn ptime(media: &Media<'_>) -> Option<Duration> {
    match media.attribute(AttributeKind::Ptime)?.typed() {
        Ok(Typed::Ptime(ptime)) => Some(ptime.0),
        _ => None,
    }
}
