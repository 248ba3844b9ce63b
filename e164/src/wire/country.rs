//! Country calling codes.

mod table;
#[cfg(test)]
mod tests;

use core::fmt;

/// A country calling code of ITU-T E.164 that is in use, for instance 49.
///
/// Geographic areas, global services and networks alike. The table is derived from libphonenumber
/// (see the front page for its licence).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CountryCode(u8);

/// A row of the table.
struct Entry {
    code: u16,
    regions: &'static str,
    national_prefix: &'static str,
}

/// What stands in `INDEX` for numbers that are no code.
const NO_CODE: u8 = u8::MAX;

/// The row of each code.
static INDEX: [u8; 1000] = {
    let mut index = [NO_CODE; 1000];
    let mut row = 0;
    while row < table::CODES.len() {
        // there are fewer rows than 255
        index[table::CODES[row].code as usize] = row as u8;
        row += 1;
    }
    index
};

impl CountryCode {
    /// Germany.
    pub const GERMANY: Self = Self::known(49);

    /// Austria, 43.
    pub const AUSTRIA: Self = Self::known(43);

    /// The code with this value, or `None` when no country, service or network has it.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        if code as usize >= INDEX.len() {
            return None;
        }
        match INDEX[code as usize] {
            NO_CODE => None,
            index => Some(Self(index)),
        }
    }

    /// A code that stands in the table; anything else fails to compile.
    const fn known(code: u16) -> Self {
        let mut index = 0;
        while table::CODES[index as usize].code != code {
            index += 1;
        }
        Self(index)
    }

    /// All codes, in ascending order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).take(table::CODES.len()).map(Self)
    }

    /// The code at the beginning of `digits` (without `+`), for instance 49 of `4989840798`.
    #[must_use]
    pub fn of_digits(digits: &str) -> Option<Self> {
        Self::of_octets(digits.as_bytes())
    }

    /// As [`of_digits`](Self::of_digits).
    pub(crate) fn of_octets(digits: &[u8]) -> Option<Self> {
        let mut code = 0;
        for &byte in digits.iter().take(3) {
            if !byte.is_ascii_digit() || (code, byte) == (0, b'0') {
                return None;
            }
            code = code * 10 + u16::from(byte - b'0');
            // no code is the beginning of another one
            if let Some(found) = Self::new(code) {
                return Some(found);
            }
        }
        None
    }

    fn entry(self) -> &'static Entry {
        // made by `new` and `known` alone, so within the table
        &table::CODES[usize::from(self.0)]
    }

    /// The value, 1 to 999.
    #[must_use]
    pub fn get(self) -> u16 {
        self.entry().code
    }

    /// How many digits it has, 1 to 3.
    #[must_use]
    pub fn len(self) -> usize {
        match self.get() {
            0..10 => 1,
            10..100 => 2,
            _ => 3,
        }
    }

    /// Never: a code has at least one digit.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        false
    }

    /// The regions that use it (ISO 3166-1 alpha-2), the main one first; `001` is the whole world.
    pub fn regions(self) -> impl Iterator<Item = &'static str> {
        self.entry().regions.split(' ')
    }

    /// What is dialled before a national number within the (main) region, mostly `0`.
    #[must_use]
    pub fn national_prefix(self) -> Option<&'static str> {
        Some(self.entry().national_prefix).filter(|prefix| !prefix.is_empty())
    }
}

/// The digits, without `+`.
impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CountryCode({})", self.get())
    }
}
