//! What a [`TrunkGroup`](super::TrunkGroup) tells its owner, and what it is told.

use alloc::boxed::Box;
use core::time::Duration;

use super::{HostId, TrunkHealth, TrunkId};
use crate::header::RetryAfter;
use crate::{Message, RejectCause, StatusCode};

/// What happened, or what is to be done. Where something changes twice before it is asked for, only the
/// difference is told.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TrunkGroupEvent {
    /// A name is to be resolved. Answer with
    /// [`TrunkGroup::handle_addresses`](super::TrunkGroup::handle_addresses) or
    /// [`TrunkGroup::handle_resolve_failed`](super::TrunkGroup::handle_resolve_failed): until then there is
    /// no further question for this host.
    Resolve {
        /// Whose name it is.
        host: HostId,
        /// The name. Never an address.
        name: Box<str>,
        /// Whether AAAA records are wanted beside A records.
        ipv6: bool,
    },
    /// The set of addresses of a host is another one: time to change the rules of who may send requests.
    AddressesChanged {
        /// Which host.
        host: HostId,
    },
    /// A trunk has failed and is passed over until it answers.
    Suspect {
        /// Which trunk.
        trunk: TrunkId,
    },
    /// A trunk failed time and again.
    Down {
        /// Which trunk.
        trunk: TrunkId,
    },
    /// A trunk answers again.
    Up {
        /// Which trunk.
        trunk: TrunkId,
        /// What was told of it last: suspect or down.
        before: TrunkHealth,
    },
    /// A host that should do so has sent no OPTIONS for the time of
    /// [`TrunkGroupConfig::watchdog`](super::TrunkGroupConfig::watchdog).
    NoOptions {
        /// Which host.
        host: HostId,
    },
    /// Its OPTIONS are back.
    OptionsAgain {
        /// Which host.
        host: HostId,
    },
}

/// What an attempt to use a trunk came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TrunkOutcome {
    /// A response above 100 other than 503: there is life. Refused calls count, too.
    Answered,
    /// Nothing came back in time.
    Silent,
    /// It could not be delivered.
    Unreachable,
    /// 503.
    Unavailable {
        /// Its Retry-After.
        retry_after: Option<Duration>,
    },
}

impl TrunkOutcome {
    /// What a response says.
    #[must_use]
    pub fn of_response(response: &Message<'_>) -> Self {
        if response.status() != Some(StatusCode::SERVICE_UNAVAILABLE) {
            return Self::Answered;
        }
        let header = response.typed::<RetryAfter<'_>>().ok().flatten();
        Self::Unavailable {
            retry_after: header.map(|header| Duration::from_secs(header.seconds.into())),
        }
    }

    /// What the end of an INVITE says.
    #[must_use]
    pub fn of_cause(cause: &RejectCause) -> Self {
        match cause {
            RejectCause::Response(message) => Self::of_response(&message.message()),
            RejectCause::Timeout => Self::Silent,
            RejectCause::Transport => Self::Unreachable,
            RejectCause::Cancelled(_) | RejectCause::Unusable(_) => Self::Answered,
        }
    }

    /// Whether the next host may be tried after this (RFC 3263 section 4.3).
    #[must_use]
    pub const fn is_failure(self) -> bool {
        !matches!(self, Self::Answered)
    }
}
