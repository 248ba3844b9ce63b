//! Session descriptions, and what the relay is told of them.

use core::net::SocketAddr;

use trunkline_sans_io::Key;
use trunkline_sdp_ice::attribute::Direction;
use trunkline_sdp_ice::{
    LocalOrigin, Mode, NegotiationError, RelayAddress, Sdp, StreamPolicy, WriteError,
};
use trunkline_sip_core::{Message, StatusCode, header::ContentType};

use super::config::Side;
use super::record::MediaRecord;
use super::route::Refusal;

/// The media type of a session description.
pub(super) const SDP: &str = "application/sdp";

/// What may cross: G.711, telephone-event, comfort noise.
const POLICY: StreamPolicy<'static> = StreamPolicy::G711_WITH_COMFORT_NOISE;

const NOT_ACCEPTABLE: Refusal = Refusal {
    status: StatusCode::NOT_ACCEPTABLE_HERE,
    reason: "Not Acceptable Here",
};

/// What the relay set aside for a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MediaPorts {
    /// Where each side sends its RTP, by [`Side::index`].
    pub rtp: [SocketAddr; 2],
    /// Where each side sends its RTCP.
    pub rtcp: [SocketAddr; 2],
}

/// Where a party takes media, and whether it does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Remote {
    /// RTP; `None` while the party has named no address.
    pub rtp: Option<SocketAddr>,
    /// RTCP, where the party told it.
    pub rtcp: Option<SocketAddr>,
    /// The payload type under which it takes telephone events (RFC 4733).
    pub telephone_event: Option<u8>,
    /// As the party sees it.
    pub direction: Direction,
}

/// What a call wants of the relay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MediaCommand {
    /// A session with a pair of ports on each side. Answered by [`MediaAnswer::Allocated`].
    Allocate {
        /// The call.
        call: Key,
    },
    /// A party has told where it takes media.
    SetRemote {
        /// The call.
        call: Key,
        /// The side of the party.
        side: Side,
        /// Where.
        remote: Remote,
    },
    /// The call is answered: from now on silence is reported, by [`MediaAnswer::TimedOut`].
    Watch {
        /// The call.
        call: Key,
    },
    /// The call is over. Answered by [`MediaAnswer::Released`].
    Release {
        /// The call.
        call: Key,
    },
}

/// What the relay has to say of a call.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum MediaAnswer {
    /// The ports; `None` when there is no room.
    Allocated {
        /// The call.
        call: Key,
        /// Where each side is to send.
        ports: Option<MediaPorts>,
    },
    /// A party has been silent for too long.
    TimedOut {
        /// The call.
        call: Key,
    },
    /// The ports are free again.
    Released {
        /// The call.
        call: Key,
        /// What was counted, if the relay knew the call.
        media: Option<MediaRecord>,
    },
}

/// Refuses a body that is no session description with an audio stream that can be relayed.
pub(super) fn check_offer(request: &Message<'_>) -> Result<(), Refusal> {
    const UNSUPPORTED: Refusal = Refusal {
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        reason: "Unsupported Media Type",
    };
    let content_type: ContentType<'_> = request.require().map_err(|_| UNSUPPORTED)?;
    if !content_type.is("application", "sdp") {
        return Err(UNSUPPORTED);
    }
    let sdp = Sdp::parse(request.body(), Mode::Tolerant).map_err(|_| NOT_ACCEPTABLE)?;
    trunkline_sdp_ice::first_usable(&sdp, &POLICY).map_err(|_| NOT_ACCEPTABLE)?;
    Ok(())
}

/// The media of one call.
#[derive(Debug)]
pub(super) struct Media {
    ports: Option<MediaPorts>,
    /// What `o=` says towards each side.
    origins: [LocalOrigin; 2],
}

impl Media {
    pub(super) fn new(call: u64) -> Self {
        Self {
            ports: None,
            origins: [LocalOrigin::new(call * 2), LocalOrigin::new(call * 2 + 1)],
        }
    }

    pub(super) const fn allocated(&mut self, ports: MediaPorts) {
        self.ports = Some(ports);
    }

    pub(super) const fn is_allocated(&self) -> bool {
        self.ports.is_some()
    }

    /// Rewrites a description that came from `from` for the other side, and says what the relay is to
    /// be told of that party once both sides have agreed.
    pub(super) fn translate(
        &mut self,
        from: Side,
        body: &[u8],
    ) -> Result<(Vec<u8>, Remote), Refusal> {
        let ports = self.ports.ok_or(NOT_ACCEPTABLE)?;
        let to = from.other();
        let sdp = Sdp::parse(body, Mode::Tolerant).map_err(|_| NOT_ACCEPTABLE)?;
        let stream = trunkline_sdp_ice::first_usable(&sdp, &POLICY).map_err(|_| NOT_ACCEPTABLE)?;
        let mut relays = vec![None; stream.index + 1];
        relays[stream.index] = Some(RelayAddress {
            address: ports.rtp[to.index()].ip(),
            rtp_port: ports.rtp[to.index()].port(),
            rtcp_port: ports.rtcp[to.index()].port(),
        });
        let origin = &mut self.origins[to.index()];
        let mut out = vec![0; body.len() + 256];
        let len = match trunkline_sdp_ice::relay(&sdp, &POLICY, &relays, origin, &mut out) {
            Err(NegotiationError::Write(WriteError::BufferTooSmall { needed })) => {
                out.resize(needed, 0);
                trunkline_sdp_ice::relay(&sdp, &POLICY, &relays, origin, &mut out)
            }
            result => result,
        };
        out.truncate(len.map_err(|_| NOT_ACCEPTABLE)?);
        let remote = Remote {
            rtp: stream.rtp,
            rtcp: stream.rtcp,
            telephone_event: stream.telephone_event,
            direction: stream.direction,
        };
        Ok((out, remote))
    }
}
