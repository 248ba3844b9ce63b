//! The parts of a session, and which way its media flow.

/// One of the two sides of a session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Leg {
    /// The first leg; for a call usually the caller's.
    A,
    /// The second leg.
    B,
}

impl Leg {
    /// Both legs.
    pub const BOTH: [Self; 2] = [Self::A, Self::B];

    /// The leg that packets of this one go to.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// 0 for A, 1 for B: the place in the pairs of this crate.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }
}

/// One of the two sockets of a leg.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Component {
    /// Media. With a peer that multiplexes (RFC 5761) its RTCP too.
    Rtp,
    /// Control, on the odd port.
    Rtcp,
}

impl Component {
    /// Both components.
    pub const BOTH: [Self; 2] = [Self::Rtp, Self::Rtcp];

    /// 0 for RTP, 1 for RTCP: the place in the pairs of this crate.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Rtp => 0,
            Self::Rtcp => 1,
        }
    }
}

/// What the peer of a leg does with media, in the peer's own words: the direction attribute of
/// the SDP that came from it (RFC 3264 section 5.1).
///
/// A packet crosses when the peer it comes from sends and the peer it goes to receives. RTCP
/// always crosses (RFC 3264 section 5.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Direction {
    /// `a=sendrecv`, or no attribute.
    #[default]
    SendReceive,
    /// `a=sendonly`: it put the call on hold and may play music.
    SendOnly,
    /// `a=recvonly`.
    ReceiveOnly,
    /// `a=inactive`.
    Inactive,
}

impl Direction {
    /// Whether this peer sends media.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendReceive | Self::SendOnly)
    }

    /// Whether this peer wants media.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendReceive | Self::ReceiveOnly)
    }
}
