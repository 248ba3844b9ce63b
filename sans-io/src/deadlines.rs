//! Many deadlines, the next of them at hand.

use crate::{Instant, Storage};

/// Tables up to this many entries are scanned: below it a heap costs more than it saves.
const SCAN: usize = 16;

/// One entry of a [`Deadlines`] table. Make an array of [`Deadline::UNARMED`] for borrowed or
/// inline storage.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// When the entry with this index is due.
    at: Option<Instant>,
    /// Where in the heap the entry with this index stands.
    position: u32,
    /// Which entry stands at this place of the heap. Unrelated to the two fields above.
    occupant: u32,
}

impl Deadline {
    /// An entry without a deadline.
    pub const UNARMED: Self = Self {
        at: None,
        position: 0,
        occupant: 0,
    };
}

/// At most one deadline for each of a range of small indices, for instance the places of a
/// [`Slots`](crate::Slots) table.
///
/// Arming, re-arming and disarming cost O(log n), asking for the next deadline O(1); a table of
/// at most 16 entries is scanned instead. Deadlines that are due come out in the order of their
/// time; of equal ones the order is not told.
///
/// ```
/// use trunkline_sans_io::{Deadline, Deadlines, Instant};
///
/// let mut deadlines = Deadlines::new([Deadline::UNARMED; 4]);
/// deadlines.set(2, Some(Instant::from_millis(500)));
/// deadlines.set(0, Some(Instant::from_millis(32_000)));
/// assert_eq!(deadlines.next(), Some(Instant::from_millis(500)));
/// assert_eq!(deadlines.pop_due(Instant::from_millis(499)), None);
/// assert_eq!(deadlines.pop_due(Instant::from_millis(500)), Some(2));
/// assert_eq!(deadlines.next(), Some(Instant::from_millis(32_000)));
/// ```
#[derive(Clone, Debug)]
pub struct Deadlines<S> {
    storage: S,
    /// How many places of the heap are in use. Unused while the table is scanned.
    armed: usize,
}

#[cfg(feature = "alloc")]
impl Deadlines<crate::Owned<Deadline>> {
    /// A table that owns its storage and takes the indices below `limit`.
    #[must_use]
    pub const fn with_limit(limit: usize) -> Self {
        Self {
            storage: crate::Owned::with_limit(limit),
            armed: 0,
        }
    }
}

impl<S: Storage<Deadline>> Deadlines<S> {
    /// A table over `storage` in which nothing is armed.
    pub fn new(mut storage: S) -> Self {
        storage.entries_mut().fill(Deadline::UNARMED);
        Self { storage, armed: 0 }
    }

    /// Scanning is decided by the limit, not by the present size, so that it never changes.
    fn scans(&self) -> bool {
        self.storage.limit() <= SCAN
    }

    /// Arms, re-arms or, with `None`, disarms the deadline of `index`.
    ///
    /// An index at or past the limit of the storage is ignored and gives `false`.
    pub fn set(&mut self, index: usize, at: Option<Instant>) -> bool {
        if index >= self.storage.limit() {
            return false;
        }
        if index >= self.storage.entries().len() {
            if at.is_none() {
                return true;
            }
            while self.storage.entries().len() <= index {
                if !self.storage.grow(Deadline::UNARMED) {
                    return false;
                }
            }
        }
        if self.scans() {
            self.storage.entries_mut()[index].at = at;
            return true;
        }
        let Ok(occupant) = u32::try_from(index) else {
            return false;
        };
        let before = core::mem::replace(&mut self.storage.entries_mut()[index].at, at);
        match (before, at) {
            (None, None) => {}
            (None, Some(_)) => {
                let place = self.armed;
                self.armed += 1;
                self.put(place, occupant);
                self.sift_up(place);
            }
            (Some(_), Some(_)) => {
                let place = self.storage.entries()[index].position as usize;
                let place = self.sift_up(place);
                self.sift_down(place);
            }
            (Some(_), None) => {
                let place = self.storage.entries()[index].position as usize;
                self.armed -= 1;
                let last = self.storage.entries()[self.armed].occupant;
                if place != self.armed {
                    self.put(place, last);
                    let place = self.sift_up(place);
                    self.sift_down(place);
                }
            }
        }
        true
    }

    /// The deadline of `index`, if it is armed.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Instant> {
        self.storage.entries().get(index).and_then(|entry| entry.at)
    }

    /// The earliest deadline of all.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.earliest().map(|(at, _)| at)
    }

    /// Disarms the earliest deadline that is not later than `now`, and tells whose it was.
    pub fn pop_due(&mut self, now: Instant) -> Option<usize> {
        let (at, index) = self.earliest()?;
        if at > now {
            return None;
        }
        self.set(index, None);
        Some(index)
    }

    fn earliest(&self) -> Option<(Instant, usize)> {
        let entries = self.storage.entries();
        if self.scans() {
            return entries
                .iter()
                .enumerate()
                .filter_map(|(index, entry)| entry.at.map(|at| (at, index)))
                .min();
        }
        if self.armed == 0 {
            return None;
        }
        let index = entries[0].occupant as usize;
        entries[index].at.map(|at| (at, index))
    }

    /// The time of the entry at a place of the heap. Places below `armed` always have one.
    fn at(&self, place: usize) -> Instant {
        let entries = self.storage.entries();
        entries[entries[place].occupant as usize]
            .at
            .unwrap_or(Instant::MAX)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "places are below the number of u32 indices"
    )]
    fn put(&mut self, place: usize, occupant: u32) {
        let entries = self.storage.entries_mut();
        entries[place].occupant = occupant;
        entries[occupant as usize].position = place as u32;
    }

    fn swap(&mut self, a: usize, b: usize) {
        let (first, second) = (
            self.storage.entries()[a].occupant,
            self.storage.entries()[b].occupant,
        );
        self.put(a, second);
        self.put(b, first);
    }

    fn sift_up(&mut self, mut place: usize) -> usize {
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.at(parent) <= self.at(place) {
                break;
            }
            self.swap(parent, place);
            place = parent;
        }
        place
    }

    fn sift_down(&mut self, mut place: usize) {
        loop {
            let left = 2 * place + 1;
            if left >= self.armed {
                return;
            }
            let right = left + 1;
            let child = if right < self.armed && self.at(right) < self.at(left) {
                right
            } else {
                left
            };
            if self.at(place) <= self.at(child) {
                return;
            }
            self.swap(place, child);
            place = child;
        }
    }
}

#[cfg(test)]
mod tests;
