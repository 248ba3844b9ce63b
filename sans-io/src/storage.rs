//! Where tables keep their entries.

/// Entries in a row: borrowed from the caller, inline in an array, or, with `alloc`, owned and
/// growing up to a hard limit.
///
/// [`Slots`](crate::Slots) and [`Deadlines`](crate::Deadlines) are written once over this trait.
pub trait Storage<T> {
    /// The entries there are now.
    fn entries(&self) -> &[T];
    /// The same, to change them.
    fn entries_mut(&mut self) -> &mut [T];
    /// Adds one entry at the end if the limit allows, and says whether it did.
    fn grow(&mut self, entry: T) -> bool;
    /// How many entries there can be at most.
    fn limit(&self) -> usize;
}

impl<T> Storage<T> for &mut [T] {
    fn entries(&self) -> &[T] {
        self
    }

    fn entries_mut(&mut self) -> &mut [T] {
        self
    }

    fn grow(&mut self, _entry: T) -> bool {
        false
    }

    fn limit(&self) -> usize {
        self.len()
    }
}

impl<T, const N: usize> Storage<T> for [T; N] {
    fn entries(&self) -> &[T] {
        self
    }

    fn entries_mut(&mut self) -> &mut [T] {
        self
    }

    fn grow(&mut self, _entry: T) -> bool {
        false
    }

    fn limit(&self) -> usize {
        N
    }
}

/// Owned entries that grow on demand, never past a limit fixed when they are made.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug)]
pub struct Owned<T> {
    entries: alloc::vec::Vec<T>,
    limit: usize,
}

#[cfg(feature = "alloc")]
impl<T> Owned<T> {
    /// No entries yet, and never more than `limit`.
    #[must_use]
    pub const fn with_limit(limit: usize) -> Self {
        Self {
            entries: alloc::vec::Vec::new(),
            limit,
        }
    }
}

#[cfg(feature = "alloc")]
impl<T> Storage<T> for Owned<T> {
    fn entries(&self) -> &[T] {
        &self.entries
    }

    fn entries_mut(&mut self) -> &mut [T] {
        &mut self.entries
    }

    fn grow(&mut self, entry: T) -> bool {
        let room = self.entries.len() < self.limit;
        if room {
            self.entries.push(entry);
        }
        room
    }

    fn limit(&self) -> usize {
        self.limit
    }
}
