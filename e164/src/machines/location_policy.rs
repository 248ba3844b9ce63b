//! Emergency numbers, which come before every dial plan.

use crate::{DialString, DialStringError, NationalPlan};

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

    /// As [`new`](Self::new), for tables: digits, at most [`DialString::CAPACITY`] of them.
    ///
    /// # Panics
    ///
    /// When it is something else, which in a constant fails to compile.
    #[must_use]
    pub const fn of_digits(dial_string: &[u8]) -> Self {
        assert!(!dial_string.is_empty() && dial_string.len() <= DialString::CAPACITY);
        let mut bytes = [0; DialString::CAPACITY];
        let mut at = 0;
        while at < dial_string.len() {
            assert!(dial_string[at].is_ascii_digit());
            bytes[at] = dial_string[at];
            at += 1;
        }
        let dial_string = DialString::of_plain(bytes, dial_string.len());
        Self {
            mask: dial_string,
            dial_string,
        }
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

/// What telephones put there in any country.
#[cfg(feature = "alloc")]
pub(super) const PREFIXES: &[&[u8]] = &[b"+"];

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
            prefixes: NationalPlan::GERMANY.emergency_prefixes,
        }
    }

    /// These numbers, dialled so or with what stands before them in a country, and with a `#` at the end.
    pub const fn national(national: &NationalPlan, numbers: E) -> Self {
        Self {
            numbers,
            prefixes: national.emergency_prefixes,
        }
    }

    /// The numbers and their masks.
    pub fn numbers(&self) -> &[EmergencyNumber] {
        self.numbers.as_ref()
    }

    /// The emergency number that was dialled, if it is one.
    pub fn find(&self, dialled: &DialString) -> Option<&EmergencyNumber> {
        self.of_dialled(dialled.as_bytes())
    }
}

/// What knows emergency numbers.
pub(super) trait EmergencyNumbers {
    /// The one that was dialled, in any form.
    fn of_dialled(&self, dialled: &[u8]) -> Option<&EmergencyNumber>;

    /// The one that a rule has dressed up as a number of the country: nobody has that, so nothing else can be
    /// meant.
    fn of_national(&self, national: &[u8]) -> Option<&EmergencyNumber>;
}

impl<E: AsRef<[EmergencyNumber]>> EmergencyNumbers for LocationPolicy<E> {
    fn of_dialled(&self, dialled: &[u8]) -> Option<&EmergencyNumber> {
        find_dialled(self.numbers(), self.prefixes, dialled)
    }

    fn of_national(&self, national: &[u8]) -> Option<&EmergencyNumber> {
        find_national(self.numbers(), national)
    }
}

/// See [`EmergencyNumbers::of_dialled`].
pub(super) fn find_dialled<'n>(
    numbers: &'n [EmergencyNumber],
    prefixes: &[&[u8]],
    dialled: &[u8],
) -> Option<&'n EmergencyNumber> {
    let complete = dialled.strip_suffix(b"#").unwrap_or(dialled);
    let last = dialled.last().copied()?;
    let last_of_complete = complete.last().copied().unwrap_or(last);
    numbers.iter().find(|number| {
        let mask = number.mask.as_bytes();
        // most are told apart by the last octet
        let Some(&end) = mask.last() else {
            return false;
        };
        if end != last && end != last_of_complete {
            return false;
        }
        dialled == mask
            || (complete == mask && !prefixes.is_empty())
            || complete
                .strip_suffix(mask)
                .is_some_and(|prefix| prefixes.contains(&prefix))
    })
}

/// See [`EmergencyNumbers::of_national`].
pub(super) fn find_national<'n>(
    numbers: &'n [EmergencyNumber],
    national: &[u8],
) -> Option<&'n EmergencyNumber> {
    numbers.iter().find(|number| {
        national == number.mask.as_bytes() || national == number.dial_string.as_bytes()
    })
}
