//! How often nonces were used.

use super::nonce::Stamp;

/// An entry of the table in which a [`DigestServer`](crate::DigestServer) counts the uses of a nonce.
#[derive(Clone, Copy, Debug)]
pub struct NonceUse {
    /// Which nonce; `None` in an entry that was never used.
    stamp: Option<Stamp>,
    /// The highest count that was seen.
    highest: u32,
    /// Which counts below it were seen: bit 0 is the highest itself.
    seen: u64,
}

impl NonceUse {
    /// An entry that was never used.
    pub const EMPTY: Self = Self {
        stamp: None,
        highest: 0,
        seen: 0,
    };
}

impl Default for NonceUse {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// The table. A nonce has one place in it, by its serial number; there the newest nonce that was used
/// displaces older ones. Who does not know a secret cannot displace anything.
pub(super) struct Uses<S> {
    entries: S,
}

impl<S: AsRef<[NonceUse]> + AsMut<[NonceUse]>> Uses<S> {
    pub(super) const fn new(entries: S) -> Self {
        Self { entries }
    }

    /// Notes that a nonce was used for the `count`th time, or for the only time. `false` if that may have
    /// happened before.
    pub(super) fn note(&mut self, stamp: Stamp, count: Option<u32>) -> bool {
        let entries = self.entries.as_mut();
        let places = entries.len();
        if places == 0 {
            return true;
        }
        let place = usize::try_from(stamp.serial).unwrap_or(0) % places;
        let Some(entry) = entries.get_mut(place) else {
            return false;
        };
        if entry.stamp > Some(stamp) {
            return false;
        }
        if entry.stamp < Some(stamp) {
            *entry = NonceUse {
                stamp: Some(stamp),
                ..NonceUse::EMPTY
            };
        }
        let Some(count) = count else {
            let unused = entry.highest == 0;
            entry.highest = u32::MAX;
            entry.seen = u64::MAX;
            return unused;
        };
        if count > entry.highest {
            let by = count - entry.highest;
            entry.seen = entry.seen.checked_shl(by).unwrap_or(0) | 1;
            entry.highest = count;
            return true;
        }
        // What is too far behind may have been seen.
        let bit = 1u64.checked_shl(entry.highest - count).unwrap_or(0);
        let unseen = bit != 0 && entry.seen & bit == 0 && count > 0;
        entry.seen |= bit;
        unseen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trunkline_sans_io::Instant;

    fn stamp(millis: u64, serial: u32) -> Stamp {
        Stamp {
            time: Instant::from_millis(millis),
            serial,
        }
    }

    #[test]
    fn every_count_is_good_once_within_the_window() {
        let mut uses = Uses::new([NonceUse::EMPTY; 4]);
        let nonce = stamp(1, 0);
        for (count, good) in [
            (0, false),
            (1, true),
            (1, false),
            (3, true),
            (2, true),
            (2, false),
            (0, false),
            (66, true),
            (3, false),
            (4, true),
            (2, false),
            (65, true),
            (u32::MAX, true),
            (u32::MAX, false),
            (u32::MAX - 63, true),
            (u32::MAX - 64, false),
        ] {
            assert_eq!(uses.note(nonce, Some(count)), good, "{count}");
        }
    }

    #[test]
    fn a_nonce_without_counts_is_good_once() {
        let mut uses = Uses::new([NonceUse::EMPTY; 4]);
        assert!(uses.note(stamp(1, 0), None));
        assert!(!uses.note(stamp(1, 0), None));
        assert!(!uses.note(stamp(1, 0), Some(1)));
        assert!(uses.note(stamp(1, 1), Some(1)));
        assert!(!uses.note(stamp(1, 1), None));
    }

    #[test]
    fn the_newest_nonce_has_the_place_and_older_ones_are_refused() {
        let mut uses = Uses::new([NonceUse::EMPTY; 4]);
        assert!(uses.note(stamp(1, 0), Some(1)));
        assert!(uses.note(stamp(1, 1), Some(1)));
        assert!(uses.note(stamp(2, 4), Some(1)));
        assert!(!uses.note(stamp(1, 0), Some(2)));
        assert!(uses.note(stamp(2, 4), Some(2)));
        assert!(uses.note(stamp(1, 1), Some(2)));
        // The serial number has begun anew.
        assert!(uses.note(stamp(3, 0), Some(1)));
        assert!(!uses.note(stamp(2, 4), Some(3)));
    }

    #[test]
    fn without_room_nothing_is_counted() {
        let mut uses = Uses::new([]);
        assert!(uses.note(stamp(1, 0), Some(1)));
        assert!(uses.note(stamp(1, 0), Some(1)));
    }
}
