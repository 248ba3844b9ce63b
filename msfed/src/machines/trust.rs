//! Which messages need no further authorisation.

use core::fmt;

/// Whether messages that arrive over a route are accepted as they are, and why. Displays as that reason.
///
/// Mutual TLS names the peer, so that such routes are always trusted. Over anything else it takes the word
/// of the administrator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Trust {
    /// Trusted: mutual TLS authenticates the peer.
    MutualTls,
    /// Trusted: the administrator says so.
    Configured,
    /// Not trusted.
    Untrusted,
}

/// What becomes of a request from the gateway of a route.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[must_use]
#[non_exhaustive]
pub enum Admission {
    /// It is accepted. The identity that it asserts (RFC 3325) is kept.
    Accept,
    /// It is accepted, since its sender has authorised himself. The identity that it asserts is removed
    /// (RFC 3325 section 5).
    AcceptWithoutIdentity,
    /// The registrar or proxy asks for credentials: 401 or 407 (RFC 3261 section 22).
    Challenge,
}

impl Trust {
    /// Whether messages are accepted without authorisation of their senders.
    #[must_use]
    pub const fn is_trusted(self) -> bool {
        !matches!(self, Self::Untrusted)
    }

    /// What becomes of a request, where `authorized` tells whether it has credentials (digest) that were
    /// found right.
    pub const fn admit(self, authorized: bool) -> Admission {
        match (self.is_trusted(), authorized) {
            (true, _) => Admission::Accept,
            (false, true) => Admission::AcceptWithoutIdentity,
            (false, false) => Admission::Challenge,
        }
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MutualTls => "trusted, since mutual TLS authenticates the peer",
            Self::Configured => "trusted, since the route says so",
            Self::Untrusted => "not trusted: senders have to authorise themselves",
        })
    }
}
