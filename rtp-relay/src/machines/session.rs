//! A relay session: two legs, and what passes between them.

mod leg;

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use trunkline_sans_io::Instant;

use super::{
    Component, Direction, DropCounts, DropReason, Latch, LatchMode, Leg, PayloadMap, PeerReports,
    ReceptionStatistics, RemoteMedia, SourceCheck,
};
use crate::wire::{DatagramKind, Rtcp, RtcpPacket, Rtp, classify};
use leg::LegState;

/// How a leg of a new session begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LegConfig {
    /// Where the peer wants its media, if it is known yet.
    pub remote: Option<RemoteMedia>,
    /// Whose packets are accepted.
    pub latch: LatchMode,
    /// What the peer does with media.
    pub direction: Direction,
    /// The payload types that arrive at this leg.
    pub payloads: PayloadMap,
}

/// What signalling says of a leg in the middle of a session: see [`Session::configure`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LegUpdate {
    /// Where the peer wants its media; `None` leaves what was known.
    pub remote: Option<RemoteMedia>,
    /// What the peer does with media.
    pub direction: Direction,
    /// The payload types that arrive at this leg, in place of those before. What the peer of the
    /// *other* leg takes decides what they become.
    pub payloads: PayloadMap,
}

/// How a new session begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SessionConfig {
    /// Leg A and leg B.
    pub legs: [LegConfig; 2],
    /// How long a peer may be silent before [`Event::TimedOut`]; `None` for ever. It runs while
    /// both peers are known and both send and receive, so never on hold.
    pub media_timeout: Option<Duration>,
}

/// What is to be done with a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Verdict {
    /// Send the buffer, which may have been changed, from the socket of `leg` and `component`.
    Forward {
        /// The leg to send from.
        leg: Leg,
        /// The socket of that leg to send from.
        component: Component,
        /// Where to.
        destination: SocketAddr,
        /// How many bytes of the buffer.
        len: usize,
    },
    /// Do nothing. It has been counted.
    Drop(DropReason),
}

/// What happened in a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A source was accepted: the first since the peer's address was signalled, or the signalled
    /// one in place of a learned one.
    Latched {
        /// On this leg.
        leg: Leg,
        /// For this component.
        component: Component,
        /// The source.
        source: SocketAddr,
    },
    /// Packets come from a source that may not send, and did not before signalling moved the peer.
    /// Told once, and again after signalling has changed an address; the counts tell how many.
    SourceRejected {
        /// On this leg.
        leg: Leg,
        /// At this component.
        component: Component,
        /// The first such source.
        source: SocketAddr,
        /// Why it was rejected.
        reason: DropReason,
    },
    /// The peer of a leg has sent nothing for the media time-out.
    TimedOut {
        /// The silent leg.
        leg: Leg,
    },
    /// The peer of a leg that had timed out sends again.
    Resumed {
        /// The leg.
        leg: Leg,
    },
}

/// Packets and bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Traffic {
    /// Packets.
    pub packets: u64,
    /// Bytes: of RTP the payload, of RTCP the whole packet.
    pub octets: u64,
}

impl Traffic {
    #[inline]
    pub(crate) const fn count(&mut self, octets: usize) {
        self.packets += 1;
        self.octets += octets as u64;
    }
}

/// What one leg has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct LegStatistics {
    /// RTP that the peer sent and that was accepted, with its loss and jitter.
    pub received: ReceptionStatistics,
    /// RTCP that the peer sent and that was accepted. The counts of RTCP stop at `u32::MAX`.
    pub received_rtcp: Traffic,
    /// RTP forwarded to the peer.
    pub sent: Traffic,
    /// RTCP forwarded to the peer.
    pub sent_rtcp: Traffic,
    /// Of those, RTP and RTCP that the socket did not take: see [`Session::handle_unsent`].
    pub unsent: u32,
    /// What the peer reports by RTCP.
    pub reported: PeerReports,
    /// Packets that arrived at this leg and were dropped.
    pub dropped: DropCounts,
    /// Where the accepted RTP comes from.
    pub source: Option<SocketAddr>,
}

/// What a session has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SessionStatistics {
    /// Leg A and leg B.
    pub legs: [LegStatistics; 2],
    /// How long the session has lived.
    pub age: Duration,
}

impl SessionStatistics {
    /// What one leg has seen.
    #[must_use]
    pub const fn leg(&self, leg: Leg) -> &LegStatistics {
        &self.legs[leg.index()]
    }
}

/// Whether a stranger was seen, and told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stranger {
    None,
    Seen {
        leg: Leg,
        component: Component,
        source: SocketAddr,
        reason: DropReason,
    },
    Told,
}

/// Two legs with an RTP and an RTCP socket each. What is accepted on one leg goes out on the
/// other.
///
/// A session is plain data of fixed size below 1 KiB. It owns no sockets: the caller says at which
/// leg and component a packet arrived, and gets told from which it leaves.
///
/// ```
/// use trunkline_rtp_relay::{Component, Leg, LegConfig, RemoteMedia, Session, SessionConfig, Verdict};
/// use trunkline_rtp_relay::RtpHeader;
/// use trunkline_sans_io::Instant;
///
/// let caller = ([192, 0, 2, 9], 40_000).into();
/// let callee = ([203, 0, 113, 5], 17_000).into();
/// let now = Instant::ORIGIN;
///
/// // The offer names the caller's address, the answer later the callee's.
/// let leg_a = LegConfig { remote: Some(RemoteMedia::new(caller)), ..LegConfig::default() };
/// let config = SessionConfig { legs: [leg_a, LegConfig::default()], ..SessionConfig::default() };
/// let mut session = Session::new(now, config);
/// session.set_remote(now, Leg::B, RemoteMedia::new(callee));
///
/// let mut packet = [0; 172];
/// RtpHeader::default().write(&[0xd5; 160], &mut packet)?;
/// let verdict = session.handle_packet(now, Leg::A, Component::Rtp, caller, &mut packet);
/// let forward = Verdict::Forward {
///     leg: Leg::B,
///     component: Component::Rtp,
///     destination: callee,
///     len: 172,
/// };
/// assert_eq!(verdict, forward);
/// # Ok::<(), trunkline_sans_io::BufferTooSmall>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Session {
    legs: [LegState; 2],
    media_timeout: Option<Duration>,
    created: Instant,
    /// The first stranger since signalling changed an address.
    stranger: Stranger,
    /// When signalling last changed what is to be expected; no time-out counts from before.
    expected_since: Instant,
}

impl Session {
    /// A session that begins at `now`.
    #[must_use]
    pub fn new(now: Instant, config: SessionConfig) -> Self {
        Self {
            legs: config.legs.map(|leg| LegState::new(now, leg)),
            media_timeout: config.media_timeout,
            created: now,
            stranger: Stranger::None,
            expected_since: now,
        }
    }

    /// The peer of `leg` signalled where it wants its media: an offer, an answer, a re-INVITE.
    /// An address that was signalled before changes nothing. Says whether anything changed.
    ///
    /// A change also opens the learning window of the other leg again if nothing was accepted
    /// there yet: a caller may have waited for this answer with its media.
    pub fn set_remote(&mut self, now: Instant, leg: Leg, remote: RemoteMedia) -> bool {
        let state = &mut self.legs[leg.index()];
        let changed = state.latch.set_remote(now, remote);
        if changed {
            state.unlatched();
            self.legs[leg.other().index()].latch.reopen_window(now);
            self.stranger = Stranger::None;
            self.restart_silence(now);
        }
        changed
    }

    /// Forgets the accepted sources of `leg` and learns them anew, as signalling asks for it.
    pub fn relatch(&mut self, now: Instant, leg: Leg) {
        let state = &mut self.legs[leg.index()];
        state.latch.relatch(now);
        state.unlatched();
        self.stranger = Stranger::None;
        self.restart_silence(now);
    }

    /// What the peer of `leg` does with media from now on. The direction that it has changes
    /// nothing.
    pub fn set_direction(&mut self, now: Instant, leg: Leg, direction: Direction) {
        let before = core::mem::replace(&mut self.legs[leg.index()].direction, direction);
        if before != direction {
            for leg in &mut self.legs {
                leg.received.handle_interruption();
            }
            self.restart_silence(now);
        }
    }

    /// Which payload types arrive at `leg`.
    pub const fn set_payloads(&mut self, leg: Leg, payloads: PayloadMap) {
        self.legs[leg.index()].payloads = payloads;
    }

    /// Everything that an offer or an answer says, for one leg or both and between two packets: what
    /// [`Session::set_remote`], [`Session::set_direction`] and [`Session::set_payloads`] do, one
    /// after the other. `None` leaves a leg as it is. Says for each leg whether its peer has moved.
    pub fn configure(&mut self, now: Instant, updates: [Option<LegUpdate>; 2]) -> [bool; 2] {
        let mut moved = [false; 2];
        for (leg, update) in Leg::BOTH.into_iter().zip(updates) {
            let Some(update) = update else {
                continue;
            };
            self.set_payloads(leg, update.payloads);
            self.set_direction(now, leg, update.direction);
            moved[leg.index()] = update
                .remote
                .is_some_and(|remote| self.set_remote(now, leg, remote));
        }
        moved
    }

    /// Sets or lifts the media time-out; it counts from now on.
    pub fn set_media_timeout(&mut self, now: Instant, timeout: Option<Duration>) {
        self.media_timeout = timeout;
        self.restart_silence(now);
    }

    fn restart_silence(&mut self, now: Instant) {
        self.expected_since = now;
        for leg in &mut self.legs {
            leg.expected();
        }
    }

    /// Takes a packet that arrived at `component` of `leg` and says what to do with it. It is
    /// rewritten in place if the payload map asks for it.
    #[inline]
    pub fn handle_packet(
        &mut self,
        now: Instant,
        leg: Leg,
        component: Component,
        source: SocketAddr,
        packet: &mut [u8],
    ) -> Verdict {
        self.handle_packet_if(now, leg, component, source, packet, |_| true)
    }

    /// The same, with the word of an access list on addresses. It is asked only before a source
    /// is accepted.
    #[inline]
    pub fn handle_packet_if(
        &mut self,
        now: Instant,
        leg: Leg,
        component: Component,
        source: SocketAddr,
        packet: &mut [u8],
        allowed: impl FnOnce(IpAddr) -> bool,
    ) -> Verdict {
        let [a, b] = &mut self.legs;
        let (from, to) = match leg {
            Leg::A => (a, b),
            Leg::B => (b, a),
        };
        let check = from.latch.check(component, source);
        let allowed = (check == SourceCheck::Undecided).then_some(allowed);
        let result = match check {
            SourceCheck::Refused(reason) => Err(reason),
            SourceCheck::Accepted | SourceCheck::Undecided => match (classify(packet), component) {
                (DatagramKind::Rtp, Component::Rtp) => {
                    relay_rtp(now, from, to, source, packet, allowed)
                }
                (DatagramKind::Rtcp, Component::Rtcp) => {
                    relay_rtcp(now, from, to, component, source, packet, allowed)
                }
                (DatagramKind::Rtcp, Component::Rtp) if from.is_multiplexed() => {
                    relay_rtcp(now, from, to, component, source, packet, allowed)
                }
                (DatagramKind::Rtp | DatagramKind::Rtcp, _) => Err(DropReason::WrongComponent),
                _ => Err(DropReason::NotRtp),
            },
        };
        match result {
            Ok((component, destination)) => Verdict::Forward {
                leg: leg.other(),
                component,
                destination,
                len: packet.len(),
            },
            Err(reason) => {
                from.count_drop(reason);
                if reason.is_stranger()
                    && self.stranger == Stranger::None
                    && !from.latch.has_moved_from(source)
                {
                    self.stranger = Stranger::Seen {
                        leg,
                        component,
                        source,
                        reason,
                    };
                }
                Verdict::Drop(reason)
            }
        }
    }

    /// A packet that was to be sent from `leg` could not be: its socket's buffer is full, or the
    /// network refused it.
    pub const fn handle_unsent(&mut self, leg: Leg) {
        let unsent = &mut self.legs[leg.index()].unsent;
        *unsent = unsent.saturating_add(1);
    }

    /// Notices peers that have been silent for too long.
    pub fn handle_timeout(&mut self, now: Instant) {
        for leg in Leg::BOTH {
            if self.deadline(leg).is_some_and(|deadline| deadline <= now) {
                self.legs[leg.index()].time_out();
            }
        }
    }

    /// When [`Session::handle_timeout`] has something to do, unless packets come before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        Leg::BOTH
            .into_iter()
            .filter_map(|leg| self.deadline(leg))
            .min()
    }

    fn deadline(&self, leg: Leg) -> Option<Instant> {
        let timeout = self.media_timeout?;
        let talking = self
            .legs
            .iter()
            .all(|leg| leg.direction == Direction::SendReceive && leg.latch.remote().is_some());
        let state = &self.legs[leg.index()];
        let last = state.last_packet.max(self.expected_since);
        (talking && !state.timed_out).then(|| last + timeout)
    }

    /// What happened, one event at a time. There is at most one event of each kind, leg and
    /// component: what was not fetched in time gives way to what is newer.
    pub fn poll_event(&mut self) -> Option<Event> {
        if let Stranger::Seen {
            leg,
            component,
            source,
            reason,
        } = self.stranger
        {
            self.stranger = Stranger::Told;
            return Some(Event::SourceRejected {
                leg,
                component,
                source,
                reason,
            });
        }
        let [a, b] = &mut self.legs;
        a.poll_event(Leg::A).or_else(|| b.poll_event(Leg::B))
    }

    /// Whether [`Session::poll_event`] has something to tell.
    #[must_use]
    #[inline]
    pub const fn has_event(&self) -> bool {
        self.legs[0].pending | self.legs[1].pending != 0
            || matches!(self.stranger, Stranger::Seen { .. })
    }

    /// Whose packets a leg accepts, and where its own go.
    #[must_use]
    pub const fn latch(&self, leg: Leg) -> &Latch {
        &self.legs[leg.index()].latch
    }

    /// What the peer of a leg does with media.
    #[must_use]
    pub const fn direction(&self, leg: Leg) -> Direction {
        self.legs[leg.index()].direction
    }

    /// What the session has seen until `now`.
    #[must_use]
    pub fn statistics(&self, now: Instant) -> SessionStatistics {
        SessionStatistics {
            legs: [self.legs[0].statistics(), self.legs[1].statistics()],
            age: now - self.created,
        }
    }
}

/// Where a packet leaves: the component and the destination.
type Way = Result<(Component, SocketAddr), DropReason>;

// `allowed` is there when the source is yet to be decided on.

#[inline]
fn relay_rtp(
    now: Instant,
    from: &mut LegState,
    to: &mut LegState,
    source: SocketAddr,
    packet: &mut [u8],
    allowed: Option<impl FnOnce(IpAddr) -> bool>,
) -> Way {
    let rtp = Rtp::parse(packet).map_err(|_| DropReason::Malformed)?;
    if let Some(allowed) = allowed {
        let (ssrc, sequence_number) = (rtp.ssrc(), rtp.sequence_number());
        from.latch
            .consider_rtp(now, source, ssrc, sequence_number, allowed)?;
        from.latched(Component::Rtp);
    }
    let payload_type = rtp.payload_type();
    let payload = from.payloads.get(payload_type);
    // Also on hold, or what is blocked would look like loss afterwards.
    from.received.handle_packet(now, &rtp, payload.clock_rate);
    from.alive(now);
    if !(from.direction.sends() && to.direction.receives()) {
        return Err(DropReason::OnHold);
    }
    let destination = to
        .latch
        .destination(Component::Rtp)
        .ok_or(DropReason::NoDestination)?;
    to.sent.count(rtp.payload_len());
    if payload.forward_as != payload_type
        && let Some(octet) = packet.get_mut(1)
    {
        *octet = *octet & 0x80 | payload.forward_as;
    }
    Ok((Component::Rtp, destination))
}

fn relay_rtcp(
    now: Instant,
    from: &mut LegState,
    to: &mut LegState,
    component: Component,
    source: SocketAddr,
    packet: &[u8],
    allowed: Option<impl FnOnce(IpAddr) -> bool>,
) -> Way {
    let rtcp = Rtcp::parse(packet).map_err(|_| DropReason::Malformed)?;
    if let Some(allowed) = allowed {
        from.latch.consider_rtcp(now, component, source, allowed)?;
        from.latched(component);
    }
    from.received_rtcp.count(packet.len());
    from.alive(now);
    let component = if to.is_multiplexed() {
        Component::Rtp
    } else {
        Component::Rtcp
    };
    let destination = to.latch.destination(component);
    inspect(now, from, to, rtcp, destination.is_some());
    let destination = destination.ok_or(DropReason::NoDestination)?;
    to.sent_rtcp.count(packet.len());
    Ok((component, destination))
}

/// Notes what the peer of `from` reports. Packets with wrong contents are passed over: they are
/// the other peer's to judge.
fn inspect(now: Instant, from: &mut LegState, to: &mut LegState, rtcp: Rtcp<'_>, passes: bool) {
    for packet in rtcp.packets() {
        let blocks = match packet {
            Ok(RtcpPacket::SenderReport(report)) => {
                from.reported.handle_sender(&report.sender);
                if passes {
                    to.pass_report(now, &report.sender);
                }
                report.blocks()
            }
            Ok(RtcpPacket::ReceiverReport(report)) => report.blocks(),
            _ => continue,
        };
        // What went to the peer came from the other leg, with its SSRC.
        let Some(ssrc) = to.received.ssrc() else {
            continue;
        };
        for block in blocks.filter(|block| block.ssrc == ssrc) {
            from.reported.handle_block(now, &block, from.passed_report);
        }
    }
}

#[cfg(test)]
mod tests;
