//! Chance that repeats.

use core::time::Duration;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// Where chance begins. The same seed gives the same run.
///
/// ```
/// use trunkline_testkit::{Random, Seed};
///
/// let seed = Seed::from(7);
/// assert_eq!(Random::new(seed).next_u64(), Random::new(7).next_u64());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seed(pub [u8; 32]);

impl From<[u8; 32]> for Seed {
    fn from(seed: [u8; 32]) -> Self {
        Self(seed)
    }
}

impl From<u64> for Seed {
    fn from(number: u64) -> Self {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&number.to_le_bytes());
        Self(seed)
    }
}

/// A source of chance that gives the same numbers for the same [`Seed`] on every platform
/// (ChaCha with eight rounds).
#[derive(Debug)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The source that begins at this seed.
    #[must_use]
    pub fn new(seed: impl Into<Seed>) -> Self {
        Self(ChaCha8Rng::from_seed(seed.into().0))
    }

    /// Any number.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from zero to `bound`, without `bound`; zero when `bound` is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next_u64()) * u128::from(bound);
        // The high half of a 64 by 64 bit product is below either factor.
        (wide >> 64) as u64
    }

    /// An index into a table of that many entries; zero when it is empty.
    pub fn index(&mut self, len: usize) -> usize {
        // Both conversions keep the value: no slice is longer than `u64::MAX`.
        self.below(len as u64) as usize
    }

    /// `true` with this probability: 0 is never, 1 is always.
    pub fn chance(&mut self, probability: f64) -> bool {
        // 53 bits are what a double holds exactly.
        let fraction = (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        fraction < probability
    }

    /// A length of time from zero to `limit`, both included.
    pub fn duration_up_to(&mut self, limit: Duration) -> Duration {
        let nanos = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.below(nanos.saturating_add(1)))
    }

    /// Fills the whole slice.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    /// A seed for something else, for instance for a machine under test.
    pub fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.fill(&mut seed);
        seed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_the_ranges_are_kept() {
        let mut random = Random::new(1);
        assert_eq!(random.below(0), 0);
        assert_eq!(random.below(1), 0);
        assert_eq!(random.index(0), 0);
        assert_eq!(random.duration_up_to(Duration::ZERO), Duration::ZERO);
        let _ = random.duration_up_to(Duration::MAX);
        for _ in 0..1_000 {
            assert!(random.below(3) < 3);
            assert!(random.chance(1.0));
            assert!(!random.chance(0.0));
        }
    }

    #[test]
    fn every_value_of_a_range_comes_up() {
        let mut random = Random::new([9; 32]);
        let mut seen = [0_u32; 6];
        for _ in 0..6_000 {
            seen[random.index(6)] += 1;
        }
        assert!(seen.iter().all(|&count| (800..1_200).contains(&count)));
    }
}
