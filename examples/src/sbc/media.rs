//! Session descriptions, rewritten for the relay, and what the relay is told of them.

use core::net::IpAddr;
use std::collections::HashMap;

use trunkline_rtp_relay::tokio::{Allocated, SessionId};
use trunkline_rtp_relay::{Direction, Leg, LegUpdate, PayloadMap, RemoteMedia};
use trunkline_sdp_ice::attribute::Direction as Described;
use trunkline_sdp_ice::{
    LocalOrigin, MediaDescription, Mode, RelayAddress, Sdp, StreamPolicy, first_usable, relay,
};
use trunkline_sip_core::{
    CallKey, Message, Party, Refusal, SessionBodies, StatusCode, header::ContentType,
};

/// The media type of a session description.
pub(super) const SDP: &str = "application/sdp";

/// What may cross: G.711, telephone-event, comfort noise.
const POLICY: StreamPolicy<'static> = StreamPolicy::G711_WITH_COMFORT_NOISE;

const NOT_ACCEPTABLE: Refusal = Refusal {
    status: StatusCode::NOT_ACCEPTABLE_HERE,
    reason: "Not Acceptable Here",
    // RFC 3261 section 20.43: 304, media type not available.
    headers: &[("Warning", "304 sbc \"No usable audio stream\"")],
};

const UNSUPPORTED: Refusal = Refusal {
    status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
    reason: "Unsupported Media Type",
    headers: &[("Accept", SDP)],
};

/// The leg of the relay that a party is on.
pub(super) const fn leg(party: Party) -> Leg {
    match party {
        Party::Caller => Leg::A,
        Party::Callee => Leg::B,
    }
}

/// Refuses an INVITE with a body that is no session description with an audio stream that can be relayed.
pub(super) fn check_offer(invite: &Message<'_>) -> Result<(), Refusal> {
    let content_type = invite.typed::<ContentType<'_>>().ok().flatten();
    match content_type {
        _ if invite.body().is_empty() => Ok(()),
        Some(sdp) if sdp.is("application", "sdp") => read(invite.body()).map(drop),
        _ => Err(UNSUPPORTED),
    }
}

/// A description and the stream in it that is relayed.
fn read(body: &[u8]) -> Result<(Sdp<'_>, MediaDescription), Refusal> {
    let sdp = Sdp::parse(body, Mode::Tolerant).map_err(|_| NOT_ACCEPTABLE)?;
    let stream = first_usable(&sdp, &POLICY).map_err(|_| NOT_ACCEPTABLE)?;
    Ok((sdp, stream))
}

/// The media of one call.
#[derive(Debug)]
struct Session {
    id: SessionId,
    /// Where each party is to send, by [`Party::index`].
    relays: [RelayAddress; 2],
    /// What `o=` says towards each party.
    origins: [LocalOrigin; 2],
    /// What each party said last, and what it said when both agreed last.
    said: [Option<MediaDescription>; 2],
    agreed: [Option<MediaDescription>; 2],
}

/// The media of all calls.
#[derive(Debug, Default)]
pub(super) struct Media {
    sessions: HashMap<CallKey, Session>,
    updates: Vec<(SessionId, [Option<LegUpdate>; 2])>,
}

impl Media {
    /// A call has its ports. `public` replaces the addresses towards each party, where peers know others.
    pub(super) fn begin(
        &mut self,
        call: CallKey,
        number: u64,
        allocated: &Allocated,
        public: [Option<IpAddr>; 2],
    ) {
        let relays = [Party::Caller, Party::Callee].map(|party| {
            let addresses = allocated.leg(leg(party));
            RelayAddress {
                address: public[party.index()].unwrap_or_else(|| addresses.rtp.ip()),
                rtp_port: addresses.rtp.port(),
                rtcp_port: addresses.rtcp.port(),
            }
        });
        let session = Session {
            id: allocated.session,
            relays,
            origins: [
                LocalOrigin::new(number * 2),
                LocalOrigin::new(number * 2 + 1),
            ],
            said: [None, None],
            agreed: [None, None],
        };
        self.sessions.insert(call, session);
    }

    pub(super) fn session(&self, call: CallKey) -> Option<SessionId> {
        self.sessions.get(&call).map(|session| session.id)
    }

    pub(super) fn end(&mut self, call: CallKey) -> Option<SessionId> {
        self.sessions.remove(&call).map(|session| session.id)
    }

    /// The call of a session.
    pub(super) fn call(&self, id: SessionId) -> Option<CallKey> {
        self.sessions
            .iter()
            .find_map(|(call, session)| (session.id == id).then_some(*call))
    }

    /// What the relay is to be told.
    pub(super) fn take_updates(&mut self) -> Vec<(SessionId, [Option<LegUpdate>; 2])> {
        core::mem::take(&mut self.updates)
    }
}

impl SessionBodies for Media {
    fn cross(
        &mut self,
        call: CallKey,
        from: Party,
        content_type: &str,
        body: &[u8],
    ) -> Result<Vec<u8>, Refusal> {
        if content_type != SDP {
            return Err(UNSUPPORTED);
        }
        let session = self.sessions.get_mut(&call).ok_or(NOT_ACCEPTABLE)?;
        let (sdp, stream) = read(body)?;
        let (relay_address, origin) = match from {
            Party::Caller => (session.relays[1], &mut session.origins[1]),
            Party::Callee => (session.relays[0], &mut session.origins[0]),
        };
        let mut relays = vec![None; stream.index + 1];
        relays[stream.index] = Some(relay_address);
        // Room for our addresses and origin in place of theirs.
        let mut out = vec![0; body.len() + 512];
        let len = relay(&sdp, &POLICY, &relays, origin, &mut out).map_err(|_| NOT_ACCEPTABLE)?;
        out.truncate(len);
        session.said[from.index()] = Some(stream);
        Ok(out)
    }

    fn agreed(&mut self, call: CallKey) {
        let Some(session) = self.sessions.get_mut(&call) else {
            return;
        };
        let [caller, callee] = [0, 1].map(|party| {
            session.agreed[party] = session.said[party].take().or(session.agreed[party]);
            session.agreed[party]
        });
        let updates = [update(caller, callee), update(callee, caller)];
        self.updates.push((session.id, updates));
    }

    fn disagreed(&mut self, call: CallKey) {
        if let Some(session) = self.sessions.get_mut(&call) {
            session.said = [None, None];
        }
    }
}

/// What the relay is to be told of a party, given what the other one takes.
fn update(own: Option<MediaDescription>, other: Option<MediaDescription>) -> Option<LegUpdate> {
    let own = own?;
    let events = other.and_then(|other| other.telephone_event);
    Some(LegUpdate {
        remote: own.rtp.map(|rtp| match own.rtcp {
            Some(rtcp) => RemoteMedia::with_rtcp(rtp, rtcp),
            None => RemoteMedia::new(rtp),
        }),
        direction: match own.direction {
            Described::SendRecv => Direction::SendReceive,
            Described::SendOnly => Direction::SendOnly,
            Described::RecvOnly => Direction::ReceiveOnly,
            Described::Inactive => Direction::Inactive,
        },
        payloads: events.map_or(PayloadMap::EMPTY, |taken| {
            PayloadMap::telephone_events(own.telephone_event, taken)
        }),
    })
}
