//! How often one source is answered.

use core::fmt;
use core::hash::Hasher as _;
use core::net::IpAddr;
use core::time::Duration;

use trunkline_sans_io::Instant;

use super::keyed_hash::KeyedHash;

/// How many entries a source may have its place in.
const WAYS: usize = 8;

/// How much one source may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateLimit {
    /// How many in a second, for long. Zero counts as one.
    pub per_second: u32,
    /// How many at once, after a time without any. Zero counts as one.
    pub burst: u32,
}

impl RateLimit {
    /// 50 in a second, 100 at once: more than a client of Binding needs, also behind an address that
    /// many share, and too little to make a flood of.
    pub const DEFAULT: Self = Self {
        per_second: 50,
        burst: 100,
    };
}

impl Default for RateLimit {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What a [`RateLimiter`] remembers of one source: 16 octets.
#[derive(Clone, Copy, Debug)]
pub struct RateEntry {
    /// The hash of the source.
    source: u64,
    /// When it will have its whole burst again. In an entry that was never used, or as good as that,
    /// it lies in the past.
    whole_at: Instant,
}

impl RateEntry {
    /// An entry that was never used.
    pub const EMPTY: Self = Self {
        source: 0,
        whole_at: Instant::ORIGIN,
    };
}

impl Default for RateEntry {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// Bounds how often each source is answered, with a table of a fixed size: a server that answers
/// everybody cannot be made to flood somebody whose address is forged.
///
/// A source is an IPv4 address, or the first 64 bits of an IPv6 address, since whoever has one of
/// these has all. Each has a bucket that holds a burst and fills at a constant rate.
///
/// A flood from addresses that are forged at random cannot fill the table up: a new source always
/// gets a place and is served, and takes it from the one of eight that has used the least of its
/// burst. So whoever was active lately is remembered the longest, and who cannot be remembered
/// is served. The eight are found by a hash whose key the peers do not know. Who forges one address again and
/// again takes the service from that address, and from no other.
///
/// `S` is the storage, such as `[RateEntry; 1024]`, a slice or a `Vec`, whose length should be a
/// multiple of eight: entries beyond are not used. With less than eight nobody is limited. There should
/// be more entries than sources that ask within the time that an empty bucket takes to fill.
///
/// ```
/// use trunkline_stun::sans_io::Instant;
/// use trunkline_stun::{RateEntry, RateLimit, RateLimiter};
///
/// let limit = RateLimit { per_second: 2, burst: 3 };
/// let mut limiter = RateLimiter::new(limit, [7; 32], [RateEntry::EMPTY; 64]); // the seed from the system's random source
///
/// let (one, other) = ("192.0.2.1".parse()?, "192.0.2.2".parse()?);
/// let at = |millis| Instant::from_millis(millis);
/// assert!((0..3).all(|_| limiter.admit(at(0), one)));
/// assert!(!limiter.admit(at(0), one));
/// assert!(limiter.admit(at(0), other));
/// assert!(limiter.admit(at(500), one));
/// assert!(!limiter.admit(at(500), one));
/// # Ok::<(), core::net::AddrParseError>(())
/// ```
#[derive(Clone)]
pub struct RateLimiter<S> {
    /// Between two, at the constant rate.
    interval: Duration,
    /// By how much the bucket may be emptied.
    depth: Duration,
    key: KeyedHash,
    entries: S,
}

impl<S: AsRef<[RateEntry]> + AsMut<[RateEntry]>> RateLimiter<S> {
    /// A limiter that has seen nobody. The seed is to be random and secret.
    #[must_use]
    pub fn new(limit: RateLimit, seed: [u8; 32], entries: S) -> Self {
        let interval = Duration::from_secs(1) / limit.per_second.max(1);
        Self {
            interval,
            depth: interval.saturating_mul(limit.burst.max(1) - 1),
            key: KeyedHash::new(&seed),
            entries,
        }
    }

    /// Whether `source` may have one more; it is counted if so.
    pub fn admit(&mut self, now: Instant, source: IpAddr) -> bool {
        let hash = self.hash(source);
        let (sets, _) = self.entries.as_mut().as_chunks_mut::<WAYS>();
        let Ok(count) = u64::try_from(sets.len()) else {
            return true;
        };
        let place = hash
            .checked_rem(count)
            .and_then(|place| usize::try_from(place).ok());
        let Some(set) = place.and_then(|place| sets.get_mut(place)) else {
            return true;
        };
        let known = set.iter().position(|entry| entry.source == hash);
        let index = known.unwrap_or_else(|| least_used(set));
        let Some(entry) = set.get_mut(index) else {
            return true;
        };
        if known.is_none() {
            *entry = RateEntry {
                source: hash,
                whole_at: now,
            };
        }
        let whole_at = entry.whole_at.max(now);
        if whole_at.saturating_duration_since(now) > self.depth {
            return false;
        }
        entry.whole_at = whole_at + self.interval;
        true
    }

    fn hash(&self, source: IpAddr) -> u64 {
        let mut hasher = self.key.hasher();
        match source.to_canonical() {
            IpAddr::V4(address) => hasher.write(&address.octets()),
            IpAddr::V6(address) => {
                let [network @ .., _, _, _, _, _, _, _, _] = address.octets();
                hasher.write(&network);
            }
        }
        hasher.finish()
    }
}

fn least_used(set: &[RateEntry; WAYS]) -> usize {
    let mut entries = set.iter().enumerate();
    let least = entries.by_ref().min_by_key(|(_, entry)| entry.whole_at);
    least.map_or(0, |(index, _)| index)
}

impl<S> fmt::Debug for RateLimiter<S> {
    /// Without the key of the hash and the entries.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter")
            .field("interval", &self.interval)
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
