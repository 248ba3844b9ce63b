//! How long an allocation lasts, and when it is refreshed.

use core::time::Duration;

use trunkline_sans_io::Instant;

use crate::wire::{Lifetime, Message};

/// That of a server that does not tell (RFC 8656 section 3.2).
const DEFAULT: Lifetime = Lifetime(600);
/// The shortest that is taken for one, so that refreshes have some distance.
const SHORTEST: Lifetime = Lifetime(20);
/// How long before its end an allocation is refreshed (RFC 8656 section 8).
const REFRESH_BEFORE: Duration = Duration::from_secs(60);

/// What a response grants.
#[derive(Clone, Copy)]
pub(super) struct AllocationLifetime(pub(super) Duration);

impl AllocationLifetime {
    /// `None` if the attribute is malformed.
    pub(super) fn of(response: &Message<'_>) -> Option<Self> {
        let Lifetime(seconds) = response.get().ok()?.unwrap_or(DEFAULT).max(SHORTEST);
        Some(Self(Duration::from_secs(seconds.into())))
    }

    /// When to refresh, if it was asked for at this time: a minute before the end, and never before half of it.
    pub(super) fn refresh_at(self, began: Instant) -> Instant {
        began + self.0.saturating_sub(REFRESH_BEFORE).max(self.0 / 2)
    }
}
