//! Whose packets a leg accepts, and where its own go.

use core::net::{IpAddr, SocketAddr};
use core::num::NonZeroU32;
use core::time::Duration;

use trunkline_sans_io::Instant;

use super::{Component, DropReason};

/// Where a peer wants its media, as its SDP says it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RemoteMedia {
    /// Where RTP goes: the connection address and the port of the media line.
    pub rtp: SocketAddr,
    /// Where RTCP goes. The same as `rtp` when the peer multiplexes (RFC 5761).
    pub rtcp: SocketAddr,
}

impl RemoteMedia {
    /// RTCP on the port above (RFC 3550 section 11).
    #[must_use]
    pub const fn new(rtp: SocketAddr) -> Self {
        let mut rtcp = rtp;
        rtcp.set_port(rtp.port().wrapping_add(1));
        Self { rtp, rtcp }
    }

    /// RTCP elsewhere, as `a=rtcp` says (RFC 3605).
    #[must_use]
    pub const fn with_rtcp(rtp: SocketAddr, rtcp: SocketAddr) -> Self {
        Self { rtp, rtcp }
    }

    /// RTCP on the port of RTP, as `a=rtcp-mux` says (RFC 5761).
    #[must_use]
    pub const fn multiplexed(rtp: SocketAddr) -> Self {
        Self { rtp, rtcp: rtp }
    }

    /// Whether both go to one port.
    #[must_use]
    pub fn is_multiplexed(&self) -> bool {
        same(self.rtp, self.rtcp)
    }

    /// Where a component goes.
    #[must_use]
    pub const fn component(&self, component: Component) -> SocketAddr {
        match component {
            Component::Rtp => self.rtp,
            Component::Rtcp => self.rtcp,
        }
    }
}

/// Which sources may be learned.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Origin {
    /// Only the signalled address, on whatever port: the peer's NAT changes ports, not addresses.
    #[default]
    SignalledAddress,
    /// Any address that the access list allows: the peer signals an address inside its NAT. Who
    /// sends first wins, so leave this to networks that are trusted or well listed.
    Anywhere,
}

/// How a source is learned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Learn {
    /// How long after signalling. Later what was accepted stays, and else the leg is as strict as
    /// [`LatchMode::Strict`].
    pub window: Duration,
    /// How many packets from one source, of one SSRC and in sequence, it takes. 0 counts as 1.
    /// Those before the last are dropped.
    pub probation: u8,
    /// Which sources may be learned.
    pub origin: Origin,
}

impl Default for Learn {
    /// Ten seconds, three packets, the signalled address.
    fn default() -> Self {
        Self {
            window: Duration::from_secs(10),
            probation: 3,
            origin: Origin::SignalledAddress,
        }
    }
}

/// How a leg decides whose packets it accepts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LatchMode {
    /// Only the signalled address and port.
    #[default]
    Strict,
    /// The signalled address and port at once, or another source that is learned.
    Learn(Learn),
}

/// What the source of a packet alone says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum SourceCheck {
    /// The source is the accepted one.
    Accepted,
    /// Nothing is accepted yet: [`Latch::consider_rtp`] or [`Latch::consider_rtcp`] decides.
    Undecided,
    /// The packet must be dropped.
    Refused(DropReason),
}

/// State of the RTCP source. An address would double what is known already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rtcp {
    Closed,
    /// The signalled address and port.
    Signalled,
    /// This port of the accepted RTP address.
    Learned(u16),
}

/// State of the RTP source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rtp {
    Closed,
    /// A source being learned: its next packet in sequence, and how many it still takes.
    Candidate {
        source: SocketAddr,
        ssrc: u32,
        next: u16,
        left: u8,
    },
    Open(SocketAddr),
}

/// Accepts one source for each component of a leg and keeps to it until signalling says
/// otherwise. What strangers send never changes where packets go.
///
/// Strict by default. In the mode [`LatchMode::Learn`] a source that was not signalled is taken
/// when it sends in sequence for a while, within the window; RTCP may then come from any port of
/// the learned RTP address. Until the window closes the signalled source takes the place of a
/// learned one, so that nobody who sends first locks it out; and when signalling has moved the
/// peer, the source it had before is not learned again in the first half of the window, so that
/// packets still under way do not undo the move. Packets to the peer go to the accepted source
/// (symmetric RTP, RFC 4961), before there is one to the signalled address.
///
/// ```
/// use trunkline_rtp_relay::{Component, DropReason, Latch, LatchMode, RemoteMedia, SourceCheck};
/// use trunkline_sans_io::Instant;
///
/// let now = Instant::ORIGIN;
/// let peer = ([192, 0, 2, 9], 40_000).into();
/// let mut latch = Latch::new(LatchMode::Strict);
/// latch.set_remote(now, RemoteMedia::new(peer));
/// assert_eq!(latch.check(Component::Rtp, peer), SourceCheck::Undecided);
/// assert_eq!(latch.consider_rtp(now, peer, 0xcafe, 1, |_| true), Ok(()));
/// assert_eq!(latch.check(Component::Rtp, peer), SourceCheck::Accepted);
/// let stranger = ([192, 0, 2, 66], 40_000).into();
/// let refused = SourceCheck::Refused(DropReason::WrongAddress);
/// assert_eq!(latch.check(Component::Rtp, stranger), refused);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Latch {
    mode: LatchMode,
    remote: Option<RemoteMedia>,
    rtp: Rtp,
    rtcp: Rtcp,
    /// When the window closes.
    learn_until: Instant,
    /// The RTP source that was accepted before signalling moved the peer, as [`mark`] has it.
    moved_from: Option<NonZeroU32>,
}

impl Latch {
    /// A latch that knows no peer and refuses everybody.
    #[must_use]
    pub const fn new(mode: LatchMode) -> Self {
        Self {
            mode,
            remote: None,
            rtp: Rtp::Closed,
            rtcp: Rtcp::Closed,
            learn_until: Instant::ORIGIN,
            moved_from: None,
        }
    }

    /// The peer signalled its address. What was accepted before stays accepted if the address is
    /// the one signalled before, so that a session refresh does not interrupt media. Says whether
    /// anything changed.
    pub fn set_remote(&mut self, now: Instant, remote: RemoteMedia) -> bool {
        let before = self.remote.replace(remote);
        if before == Some(remote) {
            return false;
        }
        if before.is_some_and(|before| same(before.rtp, remote.rtp)) {
            self.rtcp = Rtcp::Closed;
            self.open_window(now);
        } else {
            let source = self.source(Component::Rtp);
            self.relatch(now);
            self.moved_from = source.map(mark);
        }
        true
    }

    /// Forgets what was accepted and opens the window again. Only signalling may cause this.
    pub fn relatch(&mut self, now: Instant) {
        self.rtp = Rtp::Closed;
        self.rtcp = Rtcp::Closed;
        self.moved_from = None;
        self.open_window(now);
    }

    /// Opens the window again while no RTP is accepted: the other peer signalled, and only now may
    /// this one have reason to send.
    pub fn reopen_window(&mut self, now: Instant) {
        if self.source(Component::Rtp).is_none() {
            self.open_window(now);
        }
    }

    /// Whether RTP was accepted from this source before signalling last moved the peer: what still
    /// comes from there was under way.
    #[must_use]
    pub fn has_moved_from(&self, source: SocketAddr) -> bool {
        self.moved_from == Some(mark(source))
    }

    fn open_window(&mut self, now: Instant) {
        if let LatchMode::Learn(learn) = self.mode {
            self.learn_until = now + learn.window;
        }
    }

    /// Whether the accepted source of a component can change by signalling only. `false` before
    /// there is one, and for a learned one until the window has closed.
    #[must_use]
    pub fn is_settled(&self, now: Instant, component: Component) -> bool {
        let (Some(source), Some(remote)) = (self.source(component), self.remote) else {
            return false;
        };
        same(source, remote.component(component)) || now >= self.learn_until
    }

    /// What the peer signalled.
    #[must_use]
    pub const fn remote(&self) -> Option<RemoteMedia> {
        self.remote
    }

    /// How it decides.
    #[must_use]
    pub const fn mode(&self) -> LatchMode {
        self.mode
    }

    /// The accepted source.
    #[must_use]
    #[inline]
    pub fn source(&self, component: Component) -> Option<SocketAddr> {
        let rtp = match self.rtp {
            Rtp::Open(source) => Some(source),
            Rtp::Closed | Rtp::Candidate { .. } => None,
        };
        match component {
            Component::Rtp => rtp,
            Component::Rtcp => self.rtcp_source(rtp),
        }
    }

    fn rtcp_source(&self, rtp: Option<SocketAddr>) -> Option<SocketAddr> {
        let with_port = |port| {
            let mut source = rtp?;
            source.set_port(port);
            Some(source)
        };
        match self.rtcp {
            Rtcp::Closed => None,
            Rtcp::Learned(port) => with_port(port),
            Rtcp::Signalled => {
                let signalled = self.remote?.rtcp;
                // The RTP source also knows the scope of an IPv6 address.
                with_port(signalled.port())
                    .filter(|source| same(*source, signalled))
                    .or(Some(signalled))
            }
        }
    }

    /// Where packets to the peer go: the accepted source, or before there is one the signalled
    /// address. `None` when that is unspecified (the hold of RFC 2543) or its port is 0.
    #[must_use]
    #[inline]
    pub fn destination(&self, component: Component) -> Option<SocketAddr> {
        if let Some(source) = self.source(component) {
            return Some(source);
        }
        let remote = self.remote?.component(component);
        (remote.port() != 0 && !remote.ip().is_unspecified()).then_some(remote)
    }

    /// What the source of a packet alone says. For RTCP of a peer that multiplexes ask for
    /// [`Component::Rtp`].
    #[inline]
    pub fn check(&self, component: Component, source: SocketAddr) -> SourceCheck {
        match self.source(component) {
            Some(accepted) if same(accepted, source) => SourceCheck::Accepted,
            Some(accepted) => self.check_other(component, source, accepted),
            None => self.check_closed(component, source),
        }
    }

    /// In place of a learned source the signalled one may be taken.
    #[cold]
    fn check_other(
        &self,
        component: Component,
        source: SocketAddr,
        accepted: SocketAddr,
    ) -> SourceCheck {
        let learns = matches!(self.mode, LatchMode::Learn(_));
        let signalled = self.remote.map(|remote| remote.component(component));
        if learns && signalled.is_some_and(|signalled| same(signalled, source)) {
            SourceCheck::Undecided
        } else {
            SourceCheck::Refused(mismatch(accepted, source))
        }
    }

    #[cold]
    fn check_closed(&self, component: Component, source: SocketAddr) -> SourceCheck {
        let Some(remote) = self.remote else {
            return SourceCheck::Refused(DropReason::NotSignalled);
        };
        let signalled = remote.component(component);
        let learns = matches!(self.mode, LatchMode::Learn(_));
        if learns || same(signalled, source) {
            SourceCheck::Undecided
        } else {
            SourceCheck::Refused(mismatch(signalled, source))
        }
    }

    /// Decides on an RTP packet from a source that [`Latch::check`] left undecided. `Ok` means
    /// that the source is accepted from now on. `allowed` is the access list's word on an address.
    ///
    /// # Errors
    ///
    /// Why the packet must be dropped.
    pub fn consider_rtp(
        &mut self,
        now: Instant,
        source: SocketAddr,
        ssrc: u32,
        sequence_number: u16,
        allowed: impl FnOnce(IpAddr) -> bool,
    ) -> Result<(), DropReason> {
        let Some(remote) = self.undecided(now, Component::Rtp, source)? else {
            return Ok(());
        };
        let signalled = remote.rtp;
        let learn = match self.mode {
            _ if same(signalled, source) => None,
            LatchMode::Learn(learn) if now < self.learn_until => Some(learn),
            _ => return Err(mismatch(signalled, source)),
        };
        if learn.is_some_and(|learn| learn.origin == Origin::SignalledAddress)
            && signalled.ip() != source.ip()
        {
            return Err(DropReason::WrongAddress);
        }
        if !allowed(source.ip()) {
            return Err(DropReason::AccessDenied);
        }
        if let Some(learn) = learn {
            // Packets of the time before the move: see `moved_from`.
            if self.has_moved_from(source) && now + learn.window / 2 < self.learn_until {
                return Err(DropReason::Probation);
            }
            let left = match self.rtp {
                Rtp::Candidate {
                    source: candidate,
                    ssrc: candidate_ssrc,
                    next,
                    left,
                } if same(candidate, source)
                    && candidate_ssrc == ssrc
                    && next == sequence_number =>
                {
                    left
                }
                _ => learn.probation.max(1),
            } - 1;
            if left > 0 {
                self.rtp = Rtp::Candidate {
                    source,
                    ssrc,
                    next: sequence_number.wrapping_add(1),
                    left,
                };
                return Err(DropReason::Probation);
            }
        }
        self.open(source);
        Ok(())
    }

    /// The peer, if this source is still to be decided on; `None` if it is accepted already.
    fn undecided(
        &self,
        now: Instant,
        component: Component,
        source: SocketAddr,
    ) -> Result<Option<RemoteMedia>, DropReason> {
        match self.check(component, source) {
            SourceCheck::Accepted => return Ok(None),
            SourceCheck::Refused(reason) => return Err(reason),
            SourceCheck::Undecided => {}
        }
        match self.source(component) {
            Some(accepted) if now >= self.learn_until => Err(mismatch(accepted, source)),
            _ => self.remote.map(Some).ok_or(DropReason::NotSignalled),
        }
    }

    fn open(&mut self, source: SocketAddr) {
        self.rtp = Rtp::Open(source);
        // A learned port was one of the RTP source before.
        if matches!(self.rtcp, Rtcp::Learned(_)) {
            self.rtcp = Rtcp::Closed;
        }
    }

    /// Decides on an RTCP packet from a source that [`Latch::check`] left undecided, like
    /// [`Latch::consider_rtp`]. It is accepted from the signalled address and port, or within the
    /// window from the address that RTP was accepted from, since RTCP itself has no sequence that
    /// could be put on probation. `component` is the socket that it arrived at.
    ///
    /// # Errors
    ///
    /// Why the packet must be dropped.
    pub fn consider_rtcp(
        &mut self,
        now: Instant,
        component: Component,
        source: SocketAddr,
        allowed: impl FnOnce(IpAddr) -> bool,
    ) -> Result<(), DropReason> {
        let Some(remote) = self.undecided(now, component, source)? else {
            return Ok(());
        };
        let signalled = remote.component(component);
        if !same(signalled, source) {
            let learned = match (self.mode, self.rtp) {
                (LatchMode::Learn(_), _) if now >= self.learn_until => {
                    return Err(mismatch(signalled, source));
                }
                (LatchMode::Learn(_), Rtp::Open(rtp)) => rtp,
                (LatchMode::Learn(_), _) => return Err(DropReason::Probation),
                (LatchMode::Strict, _) => return Err(mismatch(signalled, source)),
            };
            if learned.ip() != source.ip() {
                return Err(DropReason::WrongAddress);
            }
        }
        if !allowed(source.ip()) {
            return Err(DropReason::AccessDenied);
        }
        match component {
            Component::Rtp => self.open(source),
            Component::Rtcp if same(signalled, source) => self.rtcp = Rtcp::Signalled,
            Component::Rtcp => self.rtcp = Rtcp::Learned(source.port()),
        }
        Ok(())
    }
}

/// Address and port alone: the flow label and scope of an IPv6 source are not signalled.
#[inline]
fn same(a: SocketAddr, b: SocketAddr) -> bool {
    a.port() == b.port() && a.ip() == b.ip()
}

/// What is kept of a source that need not be sent to: enough to know it again.
fn mark(source: SocketAddr) -> NonZeroU32 {
    let address = match source.ip() {
        IpAddr::V4(address) => address.to_bits(),
        IpAddr::V6(address) => {
            const PRIME: u128 = 0xffff_fffb;
            u32::try_from(address.to_bits() % PRIME).unwrap_or(0)
        }
    };
    let mark = address.wrapping_mul(0x9e37_79b1) ^ u32::from(source.port());
    NonZeroU32::new(mark).unwrap_or(NonZeroU32::MAX)
}

fn mismatch(accepted: SocketAddr, source: SocketAddr) -> DropReason {
    if accepted.ip() == source.ip() {
        DropReason::WrongPort
    } else {
        DropReason::WrongAddress
    }
}

#[cfg(test)]
mod tests;
