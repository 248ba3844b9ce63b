//! What a relay says no with.

/// Why the server refused, by the codes of RFC 8656 section 19 and RFC 8489 section 14.8.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// 400: the server takes the request for malformed; also a channel that is bound otherwise.
    #[error("400: bad request")]
    BadRequest,
    /// 401, and there is no credential to answer with.
    #[error("401: a credential is wanted")]
    Unauthenticated,
    /// 403: the server does not relay to this peer, or not for this user.
    #[error("403: forbidden")]
    Forbidden,
    /// 420: an attribute is not understood, for instance `DONT-FRAGMENT` or `EVEN-PORT`.
    #[error("420: an attribute is not understood")]
    UnknownAttribute,
    /// 437: the server knows no allocation from here, since it was restarted or it has expired;
    /// or, in answer to Allocate, it knows one already: try another port of this host.
    #[error("437: there is no such allocation, or there is one already")]
    AllocationMismatch,
    /// 440: no relayed address of this family.
    #[error("440: the address family is not supported")]
    AddressFamilyNotSupported,
    /// 441: the allocation was made with another credential.
    #[error("441: not the credential that the allocation was made with")]
    WrongCredentials,
    /// 442: the server does not relay UDP.
    #[error("442: the transport is not supported")]
    UnsupportedTransport,
    /// 443: the peer's address is not of the family of the relayed one.
    #[error("443: the peer is of another address family")]
    PeerAddressFamilyMismatch,
    /// 486: the user has as many allocations as may be.
    #[error("486: the quota of the user is reached")]
    AllocationQuotaReached,
    /// 508: the server has no port left, or not the one that was asked for. Later there may be one.
    #[error("508: the capacity of the server is insufficient")]
    InsufficientCapacity,
    /// Another code, 300 to 699.
    #[error("{0}")]
    Other(u16),
}

impl Refusal {
    /// What a code says.
    #[must_use]
    pub const fn of(code: u16) -> Self {
        match code {
            400 => Self::BadRequest,
            401 => Self::Unauthenticated,
            403 => Self::Forbidden,
            420 => Self::UnknownAttribute,
            437 => Self::AllocationMismatch,
            440 => Self::AddressFamilyNotSupported,
            441 => Self::WrongCredentials,
            442 => Self::UnsupportedTransport,
            443 => Self::PeerAddressFamilyMismatch,
            486 => Self::AllocationQuotaReached,
            508 => Self::InsufficientCapacity,
            other => Self::Other(other),
        }
    }

    /// The code.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::UnknownAttribute => 420,
            Self::AllocationMismatch => 437,
            Self::AddressFamilyNotSupported => 440,
            Self::WrongCredentials => 441,
            Self::UnsupportedTransport => 442,
            Self::PeerAddressFamilyMismatch => 443,
            Self::AllocationQuotaReached => 486,
            Self::InsufficientCapacity => 508,
            Self::Other(code) => code,
        }
    }
}
