//! Emergency numbers, which come before every dial plan.

use crate::{DialString, DialStringError};

/// An emergency number and how it is dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmergencyNumber {
    mask: DialString,
    dial_string: DialString,
}

impl EmergencyNumber {
    /// A number that is dialled as it is sent, for instance 112.
    ///
    /// # Errors
    ///
    /// As [`DialString::parse`].
    pub fn new(dial_string: &str) -> Result<Self, DialStringError> {
        Self::with_mask(dial_string, dial_string)
    }

    /// A number that stands for another one: `with_mask("911", "112")` sends 112 for 911.
    ///
    /// # Errors
    ///
    /// As [`DialString::parse`], for either.
    pub fn with_mask(mask: &str, dial_string: &str) -> Result<Self, DialStringError> {
        Ok(Self {
            mask: DialString::parse(mask)?.without_extension(),
            dial_string: DialString::parse(dial_string)?.without_extension(),
        })
    }

    /// What is sent.
    #[must_use]
    pub fn dial_string(&self) -> &DialString {
        &self.dial_string
    }

    /// What is dialled.
    #[must_use]
    pub fn mask(&self) -> &DialString {
        &self.mask
    }
}

/// What stands before 110 and 112 when a telephone, a contact list or a habit puts it there: access
/// prefix, plus sign, country code. After `00` no country has a number of three digits.
const GERMAN_PREFIXES: &[&[u8]] = &[b"0", b"00", b"+", b"+49", b"+490", b"0049", b"00490"];

/// The emergency numbers of a location (`New-CsLocationPolicy`): strings and masks that are asked
/// before the dial plan, so that no rule can take them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocationPolicy<E> {
    numbers: E,
    prefixes: &'static [&'static [u8]],
}

impl<E: AsRef<[EmergencyNumber]>> LocationPolicy<E> {
    /// These numbers, dialled exactly so.
    pub const fn new(numbers: E) -> Self {
        Self {
            numbers,
            prefixes: &[],
        }
    }

    /// These numbers, dialled so or with `0`, `00`, `+`, `+49` or `0049` before them, and with a `#` at the
    /// end, by which some telephones say that the number is complete. No number that a subscriber can
    /// have is among these forms of 110 and 112.
    pub const fn german(numbers: E) -> Self {
        Self {
            numbers,
            prefixes: GERMAN_PREFIXES,
        }
    }

    /// The numbers and their masks.
    pub fn numbers(&self) -> &[EmergencyNumber] {
        self.numbers.as_ref()
    }

    /// The emergency number that was dialled, if it is one.
    pub fn find(&self, dialled: &DialString) -> Option<&EmergencyNumber> {
        let dialled = dialled.as_bytes();
        let complete = dialled.strip_suffix(b"#").unwrap_or(dialled);
        self.numbers().iter().find(|number| {
            let mask = number.mask.as_bytes();
            // most are told apart by the last octet
            if mask.last() != dialled.last() && mask.last() != complete.last() {
                return false;
            }
            dialled == mask
                || (complete == mask && !self.prefixes.is_empty())
                || complete
                    .strip_suffix(mask)
                    .is_some_and(|prefix| self.prefixes.contains(&prefix))
        })
    }
}
