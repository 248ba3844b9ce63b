//! How long the way to a server is, remembered from one transaction to the next
//! (RFC 8489 section 6.2.1, RFC 6298).

use core::net::IpAddr;
use core::time::Duration;

use trunkline_sans_io::Instant;

use super::Schedule;

/// What is not used for so long is worth nothing.
const STALE: Duration = Duration::from_secs(600);
/// The least RTO: a host that is busy for a moment is not to be asked again.
const LEAST: Duration = Duration::from_millis(100);
const MOST: Duration = Duration::from_secs(60);
/// After how many transactions in a row that could not be measured nothing is known any more.
const DOUBTFUL: u32 = 3;

/// What a [`RtoCache`] remembers of one server.
#[derive(Clone, Copy, Debug, Default)]
pub struct RtoEntry(Option<Measured>);

impl RtoEntry {
    /// An entry that was never used.
    pub const EMPTY: Self = Self(None);
}

#[derive(Clone, Copy, Debug)]
struct Measured {
    server: IpAddr,
    round_trip: Option<RoundTrip>,
    /// How many transactions could not be measured since the last that could.
    unmeasured: u32,
    used: Instant,
}

/// SRTT and RTTVAR of RFC 6298.
#[derive(Clone, Copy, Debug)]
struct RoundTrip {
    smoothed: Duration,
    variation: Duration,
}

impl RoundTrip {
    fn first(took: Duration) -> Self {
        Self {
            smoothed: took,
            variation: took / 2,
        }
    }

    fn then(self, took: Duration) -> Self {
        Self {
            variation: (self.variation * 3 + self.smoothed.abs_diff(took)) / 4,
            smoothed: (self.smoothed * 7 + took) / 8,
        }
    }

    fn rto(&self) -> Duration {
        let rto = self.smoothed + self.variation.saturating_mul(4);
        rto.clamp(LEAST, MOST)
    }
}

impl Measured {
    /// The RTO, where `wanted` is that of servers nothing is known of.
    fn rto(&self, wanted: Duration) -> Duration {
        match self.round_trip {
            Some(known) => known.rto(),
            // The way may be that long.
            None if self.unmeasured >= DOUBTFUL => wanted.saturating_mul(2),
            None => wanted,
        }
    }
}

/// Learns from the round trips of transactions when to send the next request to the same server again.
///
/// Only those transactions are measured whose request was sent once (Karn's algorithm), which is what
/// [`BindingEvent::Mapped`](crate::BindingEvent) tells. The RTO is SRTT + 4 RTTVAR (RFC 6298 section 2),
/// within 100 ms and 60 s, and forgotten when a server was not asked for ten minutes. Three transactions in a
/// row whose request was sent more often show that it is wrong (section 5): then it begins anew, with twice
/// the RTO of the schedule, as otherwise a way that has become longer would never be measured again. A new
/// server takes the place of the one that was not asked for the longest time.
///
/// `S` is the storage, such as `[RtoEntry; 4]`.
///
/// ```
/// use core::time::Duration;
/// use trunkline_stun::sans_io::Instant;
/// use trunkline_stun::{RtoCache, RtoEntry, Schedule};
///
/// let mut cache = RtoCache::new([RtoEntry::EMPTY; 4]);
/// let server = "192.0.2.1".parse()?;
/// let at = |seconds| Instant::from_secs(seconds);
/// assert_eq!(cache.schedule(at(0), server, Schedule::DEFAULT).rto, Duration::from_millis(500));
///
/// cache.note(at(0), server, Some(Duration::from_millis(80)));
/// // RTTVAR begins as half of the round trip.
/// assert_eq!(cache.schedule(at(1), server, Schedule::DEFAULT).rto, Duration::from_millis(240));
/// assert_eq!(cache.schedule(at(601), server, Schedule::DEFAULT).rto, Duration::from_millis(500));
/// # Ok::<(), core::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RtoCache<S> {
    entries: S,
}

impl<S: AsRef<[RtoEntry]> + AsMut<[RtoEntry]>> RtoCache<S> {
    /// A cache that knows nobody.
    pub const fn new(entries: S) -> Self {
        Self { entries }
    }

    /// `schedule` with the RTO for a server, if it is known.
    #[must_use]
    pub fn schedule(&self, now: Instant, server: IpAddr, schedule: Schedule) -> Schedule {
        let known = self.entries.as_ref().iter().find_map(|entry| {
            let known = entry.0.filter(|known| known.server == server)?;
            is_fresh(&known, now).then_some(known)
        });
        Schedule {
            rto: known.map_or(schedule.rto, |known| known.rto(schedule.rto)),
            ..schedule
        }
    }

    /// Notes that a transaction with a server has ended by a response, and how long the round trip was if that
    /// is known for certain.
    pub fn note(&mut self, now: Instant, server: IpAddr, round_trip: Option<Duration>) {
        let entries = self.entries.as_mut();
        let of_server = |entry: &RtoEntry| entry.0.is_some_and(|known| known.server == server);
        let index = entries.iter().position(of_server).or_else(|| {
            let places = entries.iter().enumerate();
            // An empty place is older than any.
            let oldest = places.min_by_key(|(_, entry)| entry.0.map(|known| known.used));
            oldest.map(|(index, _)| index)
        });
        let Some(entry) = index.and_then(|index| entries.get_mut(index)) else {
            return;
        };
        let known = entry
            .0
            .filter(|known| known.server == server && is_fresh(known, now));
        let earlier = known.and_then(|known| known.round_trip);
        entry.0 = Some(match round_trip.map(|took| took.min(MOST)) {
            Some(took) => Measured {
                server,
                round_trip: Some(
                    earlier.map_or_else(|| RoundTrip::first(took), |of| of.then(took)),
                ),
                unmeasured: 0,
                used: now,
            },
            None => {
                let unmeasured = known.map_or(0, |known| known.unmeasured).saturating_add(1);
                Measured {
                    server,
                    round_trip: earlier.filter(|_| unmeasured < DOUBTFUL),
                    unmeasured,
                    used: now,
                }
            }
        });
    }
}

fn is_fresh(known: &Measured, now: Instant) -> bool {
    now.saturating_duration_since(known.used) < STALE
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn server(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    fn rto<const N: usize>(cache: &RtoCache<[RtoEntry; N]>, seconds: u64, last: u8) -> Duration {
        let now = Instant::from_secs(seconds);
        cache.schedule(now, server(last), Schedule::DEFAULT).rto
    }

    #[test]
    fn it_follows_rfc_6298() {
        let mut cache = RtoCache::new([RtoEntry::EMPTY; 2]);
        let mut note = |seconds, round_trip| {
            cache.note(
                Instant::from_secs(seconds),
                server(1),
                Some(millis(round_trip)),
            );
            rto(&cache, seconds, 1)
        };
        assert_eq!(note(0, 200), millis(600));
        // RTTVAR 3/4 x 100 + 1/4 x 0, SRTT the same.
        assert_eq!(note(1, 200), millis(500));
        // RTTVAR 3/4 x 75 + 1/4 x 400 = 156.25, SRTT 7/8 x 200 + 1/8 x 600 = 250.
        assert_eq!(note(2, 600), millis(875));
    }

    #[test]
    fn it_stays_within_its_limits() {
        let mut cache = RtoCache::new([RtoEntry::EMPTY; 2]);
        cache.note(Instant::ORIGIN, server(1), Some(Duration::ZERO));
        assert_eq!(rto(&cache, 0, 1), LEAST);
        for _ in 0..100 {
            cache.note(Instant::ORIGIN, server(2), Some(Duration::MAX / 2));
        }
        assert_eq!(rto(&cache, 0, 2), MOST);
        // Of the rest of the schedule nothing is changed.
        let schedule = cache.schedule(Instant::ORIGIN, server(1), Schedule::DISCOVERY);
        let expected = Schedule {
            rto: LEAST,
            ..Schedule::DISCOVERY
        };
        assert_eq!(schedule, expected);
    }

    #[test]
    fn ten_minutes_without_a_transaction_make_it_stale() {
        let mut cache = RtoCache::new([RtoEntry::EMPTY; 2]);
        cache.note(Instant::from_secs(1), server(1), Some(millis(100)));
        assert_eq!(rto(&cache, 600, 1), millis(300));
        // One without a measurement counts, too.
        cache.note(Instant::from_secs(600), server(1), None);
        assert_eq!(rto(&cache, 1_199, 1), millis(300));
        assert_eq!(rto(&cache, 1_200, 1), millis(500));
        // It begins anew then.
        cache.note(Instant::from_secs(1_200), server(1), Some(millis(200)));
        assert_eq!(rto(&cache, 1_200, 1), millis(600));
    }

    #[test]
    fn a_way_that_has_become_longer_is_measured_again() {
        let mut cache = RtoCache::new([RtoEntry::EMPTY; 2]);
        let mut note = |last, round_trip| {
            cache.note(Instant::ORIGIN, server(last), round_trip);
            rto(&cache, 0, last)
        };
        assert_eq!(note(1, Some(millis(100))), millis(300));
        let unmeasured = [(); 4].map(|()| note(1, None));
        assert_eq!(unmeasured, [300, 300, 1_000, 1_000].map(millis));
        assert_eq!(note(1, Some(millis(800))), millis(2_400));
        assert_eq!(note(1, None), millis(2_400));
        // Nor does one that was always that long stay unknown.
        let unmeasured = [(); 3].map(|()| note(2, None));
        assert_eq!(unmeasured, [500, 500, 1_000].map(millis));
        assert_eq!(note(2, Some(millis(800))), millis(2_400));
    }

    #[test]
    fn the_server_that_waits_the_longest_makes_room() {
        let mut cache = RtoCache::new([RtoEntry::EMPTY; 2]);
        for (seconds, last) in [(0, 1), (1, 2), (2, 1), (3, 3)] {
            cache.note(Instant::from_secs(seconds), server(last), Some(millis(80)));
        }
        assert_ne!(rto(&cache, 3, 1), millis(500));
        assert_eq!(rto(&cache, 3, 2), millis(500));
        assert_ne!(rto(&cache, 3, 3), millis(500));
        let mut none = RtoCache::new([RtoEntry::EMPTY; 0]);
        none.note(Instant::ORIGIN, server(1), Some(millis(80)));
        assert_eq!(rto(&none, 0, 1), millis(500));
    }
}
