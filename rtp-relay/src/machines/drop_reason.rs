//! Why a packet was not forwarded.

use core::fmt;

/// Why a packet was not forwarded. Every drop is counted under its reason.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum DropReason {
    /// Neither RTP nor RTCP by its first bytes: STUN, DTLS, garbage.
    NotRtp,
    /// RTP or RTCP with a wrong length, padding or version.
    Malformed,
    /// RTP on the RTCP port, or RTCP on the RTP port of a peer that does not multiplex.
    WrongComponent,
    /// Nothing is known yet of the peer that should send on this leg.
    NotSignalled,
    /// From an address other than the accepted one.
    WrongAddress,
    /// From the accepted address, but from another port.
    WrongPort,
    /// The source would be accepted, but the access list denies its address.
    AccessDenied,
    /// The source is being learned and has not yet sent enough packets in sequence.
    Probation,
    /// The direction of one of the peers forbids it.
    OnHold,
    /// The peer to forward to is not known yet, or cannot be sent to.
    NoDestination,
    /// The session is gone.
    UnknownSession,
}

impl DropReason {
    /// All reasons, in the order of their counts.
    pub const ALL: [Self; 11] = [
        Self::NotRtp,
        Self::Malformed,
        Self::WrongComponent,
        Self::NotSignalled,
        Self::WrongAddress,
        Self::WrongPort,
        Self::AccessDenied,
        Self::Probation,
        Self::OnHold,
        Self::NoDestination,
        Self::UnknownSession,
    ];

    /// Whether the packet came from somebody who may not send on this leg.
    #[must_use]
    pub const fn is_stranger(self) -> bool {
        matches!(
            self,
            Self::WrongAddress | Self::WrongPort | Self::AccessDenied
        )
    }

    /// The name in lower case with underscores, for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRtp => "not_rtp",
            Self::Malformed => "malformed",
            Self::WrongComponent => "wrong_component",
            Self::NotSignalled => "not_signalled",
            Self::WrongAddress => "wrong_address",
            Self::WrongPort => "wrong_port",
            Self::AccessDenied => "access_denied",
            Self::Probation => "probation",
            Self::OnHold => "on_hold",
            Self::NoDestination => "no_destination",
            Self::UnknownSession => "unknown_session",
        }
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many packets were dropped for each reason. The counts stop at `u32::MAX`.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct DropCounts([u32; DropReason::ALL.len()]);

impl DropCounts {
    pub(crate) const fn count(&mut self, reason: DropReason) {
        let count = &mut self.0[reason as usize];
        *count = count.saturating_add(1);
    }

    #[cfg(feature = "alloc")]
    pub(crate) fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
    }

    /// The count of one reason.
    #[must_use]
    pub const fn get(&self, reason: DropReason) -> u32 {
        self.0[reason as usize]
    }

    /// The reasons that happened, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u32)> + '_ {
        DropReason::ALL
            .into_iter()
            .zip(self.0)
            .filter(|&(_, count)| count != 0)
    }

    /// All reasons together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.into_iter().map(u64::from).sum()
    }

    /// The reasons that mean a stranger: see [`DropReason::is_stranger`].
    #[must_use]
    pub fn strangers(&self) -> u64 {
        self.iter()
            .filter(|(reason, _)| reason.is_stranger())
            .map(|(_, count)| u64::from(count))
            .sum()
    }
}

impl fmt::Debug for DropCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(reason, count)| (reason.as_str(), count)))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;

    #[test]
    fn counts_are_kept_by_reason() {
        let mut counts = DropCounts::default();
        for (place, reason) in DropReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place);
            counts.count(reason);
        }
        counts.count(DropReason::WrongPort);
        assert_eq!(counts.get(DropReason::WrongPort), 2);
        assert_eq!((counts.total(), counts.strangers()), (12, 4));
        let mut counts = DropCounts::default();
        counts.count(DropReason::OnHold);
        assert_eq!(std::format!("{counts:?}"), r#"{"on_hold": 1}"#);
    }
}
