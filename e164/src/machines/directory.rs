//! Who has which line.

#[cfg(test)]
mod tests;

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;

use thiserror::Error;

use crate::{LineUri, Number};

/// Lines and who has them: the reverse look-up from a number to a URI, or to whatever else the caller keeps of a line.
///
/// A line belongs to one only. Its extension counts: several may have the same number with different extensions. A
/// number without an extension is a line of its own, and does not stand for those that have one; see
/// [`Directory::with_number`] for all that have a number.
///
/// Look-ups compare as often as the number of lines has binary digits, whatever the lines are.
///
/// ```
/// use trunkline_e164::{Directory, LineUri};
///
/// let mut directory = Directory::new();
/// directory.insert(LineUri::parse("tel:+4989840798;ext=118")?, "sip:alice@contoso.com")?;
/// directory.insert(LineUri::parse("tel:+4989840798;ext=119")?, "sip:bob@contoso.com")?;
///
/// let dialled = LineUri::parse("tel:+49-89-840798;ext=118")?;
/// assert_eq!(directory.get(dialled), Some(&"sip:alice@contoso.com"));
/// assert_eq!(directory.get(dialled.number), None);
/// assert_eq!(directory.with_number(dialled.number).count(), 2);
/// assert!(directory.insert(dialled, "sip:carol@contoso.com").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Directory<T> {
    lines: BTreeMap<LineUri, T>,
}

/// The line belongs to somebody else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("the line {0} is taken")]
pub struct LineTaken(
    /// The line.
    pub LineUri,
);

impl<T> Default for Directory<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Directory<T> {
    /// Without lines.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            lines: BTreeMap::new(),
        }
    }

    /// Gives a line to somebody.
    ///
    /// # Errors
    ///
    /// [`LineTaken`] where it belongs to anybody already; nothing is changed then. See [`Directory::replace`].
    pub fn insert(&mut self, line: impl Into<LineUri>, owner: T) -> Result<(), LineTaken> {
        let line = line.into();
        match self.lines.entry(line) {
            Entry::Vacant(place) => {
                place.insert(owner);
                Ok(())
            }
            Entry::Occupied(_) => Err(LineTaken(line)),
        }
    }

    /// Gives a line to somebody, whoever has it: corrections by hand of what was imported. Returns who had it before.
    pub fn replace(&mut self, line: impl Into<LineUri>, owner: T) -> Option<T> {
        self.lines.insert(line.into(), owner)
    }

    /// Takes a line away. Returns who had it.
    pub fn remove(&mut self, line: impl Into<LineUri>) -> Option<T> {
        self.lines.remove(&line.into())
    }

    /// Who has exactly this line.
    #[must_use]
    pub fn get(&self, line: impl Into<LineUri>) -> Option<&T> {
        self.lines.get(&line.into())
    }

    /// All lines with this number, the one without an extension first.
    pub fn with_number(&self, number: Number) -> impl Iterator<Item = (LineUri, &T)> {
        let lines = self.lines.range(LineUri::new(number)..);
        let lines = lines.map(|(line, owner)| (*line, owner));
        lines.take_while(move |(line, _)| line.number == number)
    }

    /// All lines, by number and extension.
    pub fn iter(&self) -> impl Iterator<Item = (LineUri, &T)> {
        self.lines.iter().map(|(line, owner)| (*line, owner))
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}
