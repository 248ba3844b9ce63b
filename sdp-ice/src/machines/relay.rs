//! The SDP of one party, rewritten for the other by a media relay between them.

use core::net::IpAddr;

use super::stream::{Reason, Stream, rejected};
use super::{LocalOrigin, NegotiationError, StreamPolicy, Unusable};
use crate::wire::attribute::{Direction, Rtcp};
use crate::wire::{
    Attribute, AttributeKind, Connection, Line, LineKind, Media, Origin, Patch, Sdp, Time,
    belongs_elsewhere,
};

/// The side of a relay session that a party sends its media to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RelayAddress {
    /// Address.
    pub address: IpAddr,
    /// Port of RTP.
    pub rtp_port: u16,
    /// Port of RTCP.
    pub rtcp_port: u16,
}

/// Rewrites an offer or answer of one party for the other, whose media the relay takes at
/// `relays`, one for each `m=` line. Writes into `out`, and gives the length in bytes.
///
/// * A section that `policy` allows and that has a relay points at it: `c=`, `m=`, `a=rtcp`. Of
///   its formats those of other codecs go. A hold by the unspecified address becomes a direction.
/// * Any other section keeps its place, with port 0 and without its further lines.
/// * What the relay ends goes: ICE, keys and DTLS of both levels, `rtcp-mux`, groupings, source
///   filters.
/// * `o=` is ours; the version rises when the rest has changed. An `o=` below an `m=` line and an
///   `a=rtcp` above all of them name addresses where none belong, and go.
///
/// All other lines are copied as they are.
///
/// # Errors
///
/// [`NegotiationError::NoUsableStream`] when no section is left (answer 488), or
/// [`NegotiationError::Write`]; then `origin` is unchanged.
pub fn relay(
    sdp: &Sdp<'_>,
    policy: &StreamPolicy<'_>,
    relays: &[Option<RelayAddress>],
    origin: &mut LocalOrigin,
    out: &mut [u8],
) -> Result<usize, NegotiationError> {
    let mut reason = Reason::new();
    let first = sdp
        .media()
        .find_map(|media| match usable(&media, policy, relays) {
            Ok((_, relay)) => Some(relay),
            Err(unusable) => {
                reason.note(unusable);
                None
            }
        });
    let Some(first) = first else {
        return Err(reason.error());
    };
    origin.stamp(first.address, out, |origin, out| {
        let mut patch = Patch::new(sdp, out);
        write_session(sdp, origin, first.address, &mut patch);
        for media in sdp.media() {
            match usable(&media, policy, relays) {
                Ok((stream, relay)) => {
                    write_media(&media, &stream, relay, first.address, &mut patch);
                }
                Err(_) => {
                    let line = rejected(&media);
                    let formats = line.formats.iter();
                    patch
                        .sink()
                        .media(line.media, line.port, line.protocol, formats);
                }
            }
        }
        Ok(patch.finish()?)
    })
}

fn usable<'s, 'p>(
    media: &Media<'s>,
    policy: &StreamPolicy<'p>,
    relays: &[Option<RelayAddress>],
) -> Result<(Stream<'s, 'p>, RelayAddress), Unusable> {
    let stream = Stream::read(media, policy)?;
    match relays.get(media.index()) {
        Some(Some(relay)) => Ok((stream, *relay)),
        _ => Err(Unusable::NotWanted),
    }
}

/// Whether an attribute is about what the relay ends.
const fn ends_here(kind: AttributeKind) -> bool {
    kind.is_ice()
        || kind.is_secret()
        || matches!(
            kind,
            AttributeKind::RtcpMux
                | AttributeKind::RtcpMuxOnly
                | AttributeKind::Fingerprint
                | AttributeKind::Setup
                | AttributeKind::TlsId
                | AttributeKind::Group
                | AttributeKind::SourceFilter
        )
}

/// The lines every session has. A rejected section has no address of its own, so `c=` is one.
const MANDATORY: [LineKind; 5] = [
    LineKind::Version,
    LineKind::Origin,
    LineKind::SessionName,
    LineKind::Connection,
    LineKind::Time,
];

fn write_session<'s>(
    sdp: &Sdp<'s>,
    origin: &Origin<'_>,
    address: IpAddr,
    patch: &mut Patch<'s, '_>,
) {
    let write = |kind, patch: &mut Patch<'s, '_>| match kind {
        LineKind::Version => patch.sink().line(b'v', 0),
        LineKind::Origin => patch.sink().line(b'o', origin),
        LineKind::SessionName => patch.sink().line(b's', '-'),
        LineKind::Connection => patch.sink().line(b'c', Connection::new(address)),
        _ => patch.sink().line(b't', Time::default()),
    };
    let present = |kind| sdp.session_lines().any(|line| line.kind() == kind);
    let mut missing = MANDATORY
        .into_iter()
        .filter(|kind| !present(*kind))
        .peekable();
    let (mut origins, mut connections) = (0, 0);
    for line in sdp.session_lines() {
        let kind = line.kind();
        while let Some(kind) = missing.next_if(|missing| missing.rank() < kind.rank()) {
            write(kind, patch);
        }
        match kind {
            LineKind::Origin => {
                origins += 1;
                if origins == 1 {
                    write(kind, patch);
                }
            }
            LineKind::Connection => {
                connections += 1;
                if connections == 1 {
                    write(kind, patch);
                }
            }
            LineKind::Key => {}
            // `a=rtcp` has no place here, and names an address
            LineKind::Attribute
                if line
                    .attribute()
                    .is_some_and(|a| ends_here(a.kind()) || a.kind() == AttributeKind::Rtcp) => {}
            _ => patch.keep(&line),
        }
    }
    for kind in missing {
        write(kind, patch);
    }
}

fn write_media<'s>(
    media: &Media<'s>,
    stream: &Stream<'s, '_>,
    relay: RelayAddress,
    session_address: IpAddr,
    patch: &mut Patch<'s, '_>,
) {
    let keep = |format: &str| stream.codecs.codec(format).is_some();
    let direction = stream.description.direction;
    let has_connection = media
        .lines()
        .any(|line| line.kind() == LineKind::Connection);
    let mut writer = MediaWriter {
        relay,
        direction: (direction != stream.written_direction).then_some(direction),
        connection: false,
        rtcp: false,
    };
    for line in media.lines() {
        let kind = line.kind();
        if kind.rank() > LineKind::Connection.rank()
            && !has_connection
            && relay.address != session_address
        {
            writer.connection(patch);
        }
        match kind {
            LineKind::Media => {
                // an accepted format is there, so there is a line to write
                _ = patch.media(&stream.line, Some(relay.rtp_port), keep);
            }
            LineKind::Connection => writer.connection(patch),
            // `o=` has no place here, and names an address
            LineKind::Key | LineKind::Origin => {}
            LineKind::Attribute => match line.attribute() {
                Some(a) if ends_here(a.kind()) || belongs_elsewhere(&a, keep) => {}
                Some(attribute) => writer.attribute(&line, &attribute, patch),
                None => {}
            },
            _ => patch.keep(&line),
        }
    }
    if !has_connection && relay.address != session_address {
        writer.connection(patch);
    }
    writer.end(patch);
}

struct MediaWriter {
    relay: RelayAddress,
    /// To be written instead of what stands there.
    direction: Option<Direction>,
    connection: bool,
    rtcp: bool,
}

impl MediaWriter {
    fn connection(&mut self, patch: &mut Patch<'_, '_>) {
        if !self.connection {
            self.connection = true;
            patch.sink().line(b'c', Connection::new(self.relay.address));
        }
    }

    fn rtcp(&mut self, patch: &mut Patch<'_, '_>) {
        if !self.rtcp {
            self.rtcp = true;
            let rtcp = Rtcp {
                port: self.relay.rtcp_port,
                address: None,
            };
            patch.sink().attribute("rtcp", Some(&rtcp));
        }
    }

    fn attribute<'s>(
        &mut self,
        line: &Line<'s>,
        attribute: &Attribute<'s>,
        patch: &mut Patch<'s, '_>,
    ) {
        match attribute.kind() {
            AttributeKind::Rtcp => self.rtcp(patch),
            kind if Direction::of(kind).is_some() && self.direction.is_some() => {}
            _ => patch.keep(line),
        }
    }

    fn end(&mut self, patch: &mut Patch<'_, '_>) {
        if self.relay.rtp_port.checked_add(1) != Some(self.relay.rtcp_port) {
            self.rtcp(patch);
        }
        if let Some(direction) = self.direction {
            patch.sink().attribute(direction.as_str(), None);
        }
    }
}
