//! Where [`Instant`]s come from outside of tests.

use core::time::Duration;
use std::time;

use crate::Instant;

/// Turns the monotonic clock of the operating system into [`Instant`]s and back.
///
/// A program makes one when it starts and hands out copies: instants of two clocks do not compare.
///
/// ```
/// let clock = trunkline_sans_io::Clock::new();
/// let now = clock.now();
/// assert!(clock.to_std(now) <= std::time::Instant::now());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: time::Instant,
}

impl Clock {
    /// A clock whose origin is this moment.
    #[must_use]
    pub fn new() -> Self {
        Self {
            origin: time::Instant::now(),
        }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::ORIGIN + self.origin.elapsed()
    }

    /// How long after the beginning of 1970 (UTC) [`Instant::ORIGIN`] of this clock was, as the system's
    /// calendar has it now; zero for a system that believes to be before 1970.
    ///
    /// Ask once when the program starts, and keep the answer: a calendar can be set, so that two answers
    /// may differ.
    ///
    /// ```
    /// let clock = trunkline_sans_io::Clock::new();
    /// assert!(clock.since_1970() <= std::time::UNIX_EPOCH.elapsed().unwrap_or_default());
    /// ```
    #[must_use]
    pub fn since_1970(&self) -> Duration {
        let now = time::UNIX_EPOCH.elapsed().unwrap_or_default();
        now.saturating_sub(self.origin.elapsed())
    }

    /// The instant as the standard library tells it, for arming a timer.
    ///
    /// An instant past the range of the operating system becomes one a day from now.
    #[must_use]
    pub fn to_std(&self, instant: Instant) -> time::Instant {
        let day = Duration::from_secs(24 * 60 * 60);
        self.origin
            .checked_add(instant - Instant::ORIGIN)
            .unwrap_or_else(|| time::Instant::now() + day)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}
