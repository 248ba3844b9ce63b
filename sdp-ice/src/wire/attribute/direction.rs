//! `a=sendrecv`, `a=sendonly`, `a=recvonly`, `a=inactive` (RFC 8866 section 6.7).

use core::fmt;

use super::AttributeKind;

/// Which way media flows, as the sender of the SDP sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Both ways; the default.
    #[default]
    SendRecv,
    /// The sender of the SDP only sends: the other side is on hold.
    SendOnly,
    /// The sender of the SDP only receives.
    RecvOnly,
    /// Neither way.
    Inactive,
}

impl Direction {
    /// The direction an attribute sets, `None` for other attributes.
    #[must_use]
    pub const fn of(kind: AttributeKind) -> Option<Self> {
        Some(match kind {
            AttributeKind::Sendrecv => Self::SendRecv,
            AttributeKind::Sendonly => Self::SendOnly,
            AttributeKind::Recvonly => Self::RecvOnly,
            AttributeKind::Inactive => Self::Inactive,
            _ => return None,
        })
    }

    /// The direction of one who sends and receives so.
    #[must_use]
    pub const fn new(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether the sender of the SDP sends media.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether the sender of the SDP receives media.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same flow as the other side sees it.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self::new(self.receives(), self.sends())
    }

    /// The flow that both allow.
    #[must_use]
    pub const fn intersect(self, other: Self) -> Self {
        Self::new(
            self.sends() && other.sends(),
            self.receives() && other.receives(),
        )
    }

    /// Name of the attribute.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
