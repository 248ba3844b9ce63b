//! A table whose keys notice when their entry is gone.

use crate::Storage;

/// Names an entry of a [`Slots`] table until that entry is removed.
///
/// The index is reused afterwards, the generation is not: an old key finds nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    index: u32,
    generation: u32,
}

impl Key {
    /// The place in the table, below its limit. Good as an index into a table kept alongside.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index as usize
    }

    /// The key as one number, for logs and for protocols that carry a number.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        ((self.generation as u64) << 32) | self.index as u64
    }

    /// The key that [`Key::to_bits`] made this number of. Any number gives a key; one that the
    /// table did not hand out finds nothing.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "both halves are meant to be cut out"
    )]
    pub const fn from_bits(bits: u64) -> Self {
        Self {
            index: bits as u32,
            generation: (bits >> 32) as u32,
        }
    }
}

/// One place of a [`Slots`] table. Make an array of [`Slot::EMPTY`] for borrowed or inline storage.
#[derive(Clone, Copy, Debug)]
pub struct Slot<T> {
    generation: u32,
    state: State<T>,
}

#[derive(Clone, Copy, Debug)]
enum State<T> {
    Occupied(T),
    /// The next vacant place, one past the last if there is none.
    Vacant(u32),
}

impl<T> Slot<T> {
    /// A place that never held anything.
    pub const EMPTY: Self = Self {
        generation: 0,
        state: State::Vacant(u32::MAX),
    };
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// The table has no vacant place. The value is handed back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the table is full")]
pub struct Full<T>(pub T);

/// A table of bounded size with keys that notice when their entry is gone.
///
/// Inserting, finding and removing cost the same however full the table is.
///
/// ```
/// use trunkline_sans_io::{Slot, Slots};
///
/// let mut calls = Slots::new([Slot::EMPTY; 2]);
/// let first = calls.insert("first")?;
/// calls.insert("second")?;
/// assert!(calls.insert("one too many").is_err());
/// assert_eq!(calls.remove(first), Some("first"));
/// let third = calls.insert("third")?;
/// assert_eq!(calls.get(first), None); // the place is taken again, the old key is not fooled
/// assert_eq!(calls.get(third), Some(&"third"));
/// # Ok::<(), trunkline_sans_io::Full<&str>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Slots<T, S> {
    storage: S,
    first_vacant: u32,
    len: usize,
    entry: core::marker::PhantomData<T>,
}

#[cfg(feature = "alloc")]
impl<T> Slots<T, crate::Owned<Slot<T>>> {
    /// An empty table that owns its storage and holds `limit` entries at most.
    #[must_use]
    pub const fn with_limit(limit: usize) -> Self {
        Self {
            storage: crate::Owned::with_limit(limit),
            first_vacant: u32::MAX,
            len: 0,
            entry: core::marker::PhantomData,
        }
    }
}

impl<T, S: Storage<Slot<T>>> Slots<T, S> {
    /// An empty table over `storage`; whatever the storage holds is dropped.
    pub fn new(mut storage: S) -> Self {
        let mut next = u32::MAX;
        for (index, slot) in (0..u32::MAX).zip(storage.entries_mut()).rev() {
            slot.state = State::Vacant(next);
            next = index;
        }
        Self {
            storage,
            first_vacant: next,
            len: 0,
            entry: core::marker::PhantomData,
        }
    }

    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many entries there can be.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.storage.limit()
    }

    /// Puts `value` into a vacant place.
    ///
    /// # Errors
    ///
    /// [`Full`] with the value when every place is taken.
    pub fn insert(&mut self, value: T) -> Result<Key, Full<T>> {
        match self.vacant() {
            Some(key) => {
                self.fill(key, value);
                Ok(key)
            }
            None => Err(Full(value)),
        }
    }

    /// Puts the value that `make` returns into a vacant place; `make` learns the key.
    ///
    /// # Errors
    ///
    /// [`Full`] with `make`, uncalled, when every place is taken.
    pub fn insert_with<F: FnOnce(Key) -> T>(&mut self, make: F) -> Result<Key, Full<F>> {
        match self.vacant() {
            Some(key) => {
                self.fill(key, make(key));
                Ok(key)
            }
            None => Err(Full(make)),
        }
    }

    /// The key that the next entry will have. Nothing is taken yet.
    fn vacant(&mut self) -> Option<Key> {
        let count = self.storage.entries().len();
        if self.first_vacant as usize >= count {
            let index = u32::try_from(count).ok()?;
            if !self.storage.grow(Slot::EMPTY) {
                return None;
            }
            self.first_vacant = index;
        }
        let index = self.first_vacant;
        let slot = self.storage.entries().get(index as usize)?;
        Some(Key {
            index,
            generation: slot.generation,
        })
    }

    fn fill(&mut self, key: Key, value: T) {
        if let Some(slot) = self.storage.entries_mut().get_mut(key.index()) {
            if let State::Vacant(next) = core::mem::replace(&mut slot.state, State::Occupied(value))
            {
                self.first_vacant = next;
            }
            self.len += 1;
        }
    }

    /// The entry of `key`, unless it was removed.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&T> {
        match self.storage.entries().get(key.index()) {
            Some(Slot {
                generation,
                state: State::Occupied(value),
            }) if *generation == key.generation => Some(value),
            _ => None,
        }
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        match self.storage.entries_mut().get_mut(key.index()) {
            Some(Slot {
                generation,
                state: State::Occupied(value),
            }) if *generation == key.generation => Some(value),
            _ => None,
        }
    }

    /// The key of the entry in the place with this index, if there is one.
    #[must_use]
    pub fn key_at(&self, index: usize) -> Option<Key> {
        self.entry_at(index).map(|(key, _)| key)
    }

    /// The entry in the place with this index, if there is one, and its key. For tables whose
    /// indices mean something, such as numbers that stand in a protocol.
    #[inline]
    #[must_use]
    pub fn entry_at(&self, index: usize) -> Option<(Key, &T)> {
        match self.storage.entries().get(index) {
            Some(Slot {
                generation,
                state: State::Occupied(value),
            }) => {
                let key = Key {
                    index: u32::try_from(index).ok()?,
                    generation: *generation,
                };
                Some((key, value))
            }
            _ => None,
        }
    }

    /// Takes the entry of `key` out. The key never finds anything again.
    pub fn remove(&mut self, key: Key) -> Option<T> {
        let slot = self.storage.entries_mut().get_mut(key.index())?;
        if slot.generation != key.generation || matches!(slot.state, State::Vacant(_)) {
            return None;
        }
        let State::Occupied(value) =
            core::mem::replace(&mut slot.state, State::Vacant(self.first_vacant))
        else {
            return None;
        };
        slot.generation = slot.generation.wrapping_add(1);
        self.first_vacant = key.index;
        self.len -= 1;
        Some(value)
    }

    /// All entries with their keys, in the order of their places.
    pub fn iter<'a>(&'a self) -> impl Iterator<Item = (Key, &'a T)>
    where
        T: 'a,
    {
        (0..u32::MAX)
            .zip(self.storage.entries())
            .filter_map(|(index, slot)| match &slot.state {
                State::Occupied(value) => Some((
                    Key {
                        index,
                        generation: slot.generation,
                    },
                    value,
                )),
                State::Vacant(_) => None,
            })
    }

    /// The same, to change them.
    pub fn iter_mut<'a>(&'a mut self) -> impl Iterator<Item = (Key, &'a mut T)>
    where
        T: 'a,
    {
        (0..u32::MAX)
            .zip(self.storage.entries_mut())
            .filter_map(|(index, slot)| match &mut slot.state {
                State::Occupied(value) => Some((
                    Key {
                        index,
                        generation: slot.generation,
                    },
                    value,
                )),
                State::Vacant(_) => None,
            })
    }
}

#[cfg(test)]
mod tests;
