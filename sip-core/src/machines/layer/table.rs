//! Entries that are found by a digest, by a key, and by their deadline.

use hashbrown::HashTable;
use trunkline_sans_io::{Deadline, Deadlines, Instant, Key, Owned, Slot, Slots};

/// A table of bounded size. Digests come from a keyed hash, or from numbers that no peer chooses.
#[derive(Debug)]
pub(super) struct Table<T> {
    slots: Slots<Entry<T>, Owned<Slot<Entry<T>>>>,
    by_digest: HashTable<Key>,
    deadlines: Deadlines<Owned<Deadline>>,
}

#[derive(Debug)]
struct Entry<T> {
    digest: u128,
    value: T,
}

/// Spreads digests that are small numbers; does no harm to the others.
#[expect(clippy::cast_possible_truncation, reason = "half of the digest does")]
const fn hash(digest: u128) -> u64 {
    (digest as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl<T> Table<T> {
    /// An empty table that holds `limit` entries at most.
    pub(super) const fn with_limit(limit: usize) -> Self {
        Self {
            slots: Slots::with_limit(limit),
            by_digest: HashTable::new(),
            deadlines: Deadlines::with_limit(limit),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.slots.len()
    }

    /// Puts `value` in. Gives `None` when the table is full or has an entry with this digest.
    pub(super) fn insert(&mut self, digest: u128, value: T) -> Option<Key> {
        if self.find(digest).is_some() {
            return None;
        }
        let key = self.slots.insert(Entry { digest, value }).ok()?;
        let Self {
            slots, by_digest, ..
        } = self;
        by_digest.insert_unique(hash(digest), key, |&key| {
            slots.get(key).map_or(0, |entry| hash(entry.digest))
        });
        Some(key)
    }

    pub(super) fn find(&self, digest: u128) -> Option<Key> {
        let same = |&key: &Key| {
            self.slots
                .get(key)
                .is_some_and(|entry| entry.digest == digest)
        };
        self.by_digest.find(hash(digest), same).copied()
    }

    pub(super) fn get(&self, key: Key) -> Option<&T> {
        self.slots.get(key).map(|entry| &entry.value)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.slots.get_mut(key).map(|entry| &mut entry.value)
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<T> {
        let Entry { digest, value } = self.slots.remove(key)?;
        if let Ok(found) = self
            .by_digest
            .find_entry(hash(digest), |&other| other == key)
        {
            found.remove();
        }
        self.deadlines.set(key.index(), None);
        Some(value)
    }

    /// Arms, re-arms or disarms the deadline of an entry.
    pub(super) fn set_deadline(&mut self, key: Key, at: Option<Instant>) {
        if self.deadlines.get(key.index()) != at {
            self.deadlines.set(key.index(), at);
        }
    }

    /// The earliest deadline of all.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// Disarms the earliest deadline if it has come, and tells whose it was.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Key> {
        let index = self.deadlines.pop_due(now)?;
        self.slots.key_at(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_until_they_are_removed() {
        let mut table = Table::with_limit(2);
        let a = table.insert(7, 'a').unwrap();
        assert_eq!(table.insert(7, 'x'), None, "the digest is taken");
        let b = table.insert(7 << 64 | 7, 'b').unwrap();
        assert_eq!(table.insert(9, 'c'), None, "the table is full");
        assert_eq!((table.find(7), table.find(7 << 64 | 7)), (Some(a), Some(b)));
        table.set_deadline(a, Some(Instant::from_secs(1)));
        assert_eq!(table.remove(a), Some('a'));
        assert_eq!((table.find(7), table.next_deadline()), (None, None));
        let c = table.insert(9, 'c').unwrap();
        assert_eq!((table.get(a), table.get(c)), (None, Some(&'c')));
    }
}
