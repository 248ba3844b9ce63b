//! Date and time of day.

use core::fmt;
use core::ops::Sub;
use core::time::Duration;

use trunkline_sans_io::Instant;

/// A point in time that people tell: milliseconds since the beginning of 1970 (UTC), to the end of 9999.
///
/// Machines know nothing but [`Instant`]; the owner of the clock says when its origin was.
///
/// `Display` writes RFC 3339, `2026-11-21T00:34:41.250Z`; `{:#}` writes it for people,
/// `2026-11-21 00:34:41.250 UTC`. Both follow the Gregorian calendar.
///
/// ```
/// use core::time::Duration;
/// use trunkline_sans_io::Instant;
/// use trunkline_trace::WallTime;
///
/// let origin = Duration::from_secs(951_782_400);
/// let at = WallTime::at(origin, Instant::from_millis(1_250));
/// assert_eq!(at.to_string(), "2000-02-29T00:00:01.250Z");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct WallTime(u64);

impl WallTime {
    /// The last millisecond that four digits of a year can tell.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// That many milliseconds after the beginning of 1970. What is after [`MAX`](Self::MAX) becomes it.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        if millis < Self::MAX.0 {
            Self(millis)
        } else {
            Self::MAX
        }
    }

    /// What a clock showed whose [`Instant::ORIGIN`] was `origin` after the beginning of 1970.
    #[must_use]
    pub fn at(origin: Duration, at: Instant) -> Self {
        let since = origin.saturating_add(at - Instant::ORIGIN);
        Self::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// Milliseconds since the beginning of 1970.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }
}

/// The time between; zero when the other is later.
impl Sub for WallTime {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, milli) = (self.0 / 1_000, self.0 % 1_000);
        let (days, second) = (seconds / 86_400, seconds % 86_400);
        // Counted from 1 March of the year 0, so that the day that comes and goes is the last of a year.
        let days = days + 719_468;
        let (era, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (month, next) = if month < 10 {
            (month + 3, 0)
        } else {
            (month - 9, 1)
        };
        let year = era * 400 + year + next;
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        let (between, zone) = if f.alternate() {
            (' ', " UTC")
        } else {
            ('T', "Z")
        };
        write!(
            f,
            "{year:04}-{month:02}-{day:02}{between}{hour:02}:{minute:02}:{second:02}.{milli:03}{zone}"
        )
    }
}
