//! Numbers that are longer than E.164 permits.

#[cfg(test)]
mod tests;

use core::fmt;
use core::ops::Deref;
use core::str::FromStr;

use super::{
    Cleaned, CountryCode, DialString, FormattedNumber, Number, NumberError, NumberFault,
    NumberFormat, NumberParts,
};

/// A plus sign and the digits.
const CAPACITY: usize = LongNumber::MAX_DIGITS + 1;

/// An international number that may be longer than E.164 permits: up to 17 digits behind the country calling code.
///
/// In Germany there are numbers of more than 15 digits: long area codes with direct dialling behind the number of
/// a private exchange. libphonenumber takes 17 for that reason, and so does this type; a number that has no more
/// than 15 digits needs no country. Whoever accepts such numbers says so by this type: a [`Number`] never holds one,
/// and the way back is [`TryFrom`].
///
/// ```
/// use trunkline_e164::{LongNumber, Number};
///
/// let long = LongNumber::parse("+493320312345678901")?;
/// assert_eq!(long.national(), Some("3320312345678901"));
/// assert!(Number::parse(&long).is_err() && Number::try_from(long).is_err());
///
/// let number = Number::parse("+4989840798")?;
/// assert_eq!(Number::try_from(LongNumber::from(number)), Ok(number));
/// # Ok::<(), trunkline_e164::NumberError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LongNumber {
    /// Zero behind the text.
    bytes: [u8; CAPACITY],
    len: u8,
}

impl LongNumber {
    /// The most digits: three of a country calling code, and [`LongNumber::MAX_NATIONAL_DIGITS`].
    pub const MAX_DIGITS: usize = 20;
    /// The most digits behind the country calling code.
    pub const MAX_NATIONAL_DIGITS: usize = 17;

    /// Reads `+`, a digit from 1 to 9 and further digits, and nothing else.
    ///
    /// # Errors
    ///
    /// [`NumberError`] tells what is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        Self::read(text.bytes().enumerate(), text.len())
    }

    /// Reads a number as people write it, as [`Number::parse_tolerant`] does.
    ///
    /// # Errors
    ///
    /// [`NumberError`] tells what is wrong, and where.
    pub fn parse_tolerant(text: &str) -> Result<Self, NumberError> {
        Self::read(Cleaned::new(text.as_bytes()), text.len())
    }

    fn read(mut bytes: impl Iterator<Item = (usize, u8)>, end: usize) -> Result<Self, NumberError> {
        let error = |fault, offset| NumberError { fault, offset };
        match bytes.next() {
            Some((_, b'+')) => {}
            Some((offset, _)) => return Err(error(NumberFault::NoPlus, offset)),
            None => return Err(error(NumberFault::NoPlus, end)),
        }
        let mut text = [0; CAPACITY];
        text[0] = b'+';
        let mut len = 1;
        let mut last = end;
        for (offset, byte) in bytes {
            let fault = match byte {
                b'0' if len == 1 => NumberFault::LeadingZero,
                b'0'..=b'9' => match text.get_mut(len) {
                    Some(place) => {
                        *place = byte;
                        len += 1;
                        last = offset;
                        continue;
                    }
                    None => NumberFault::TooLong,
                },
                _ => NumberFault::NotADigit,
            };
            return Err(error(fault, offset));
        }
        if len < 3 {
            return Err(error(NumberFault::TooShort, end));
        }
        let number = Self {
            bytes: text,
            len: len as u8,
        };
        let national = number.national().map(str::len);
        if len > Number::MAX_DIGITS + 1
            && national.is_none_or(|len| len > Self::MAX_NATIONAL_DIGITS)
        {
            return Err(error(NumberFault::TooLong, last));
        }
        Ok(number)
    }

    /// The text, with `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // a plus sign and digits
        str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }

    /// The digits alone.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.as_str().get(1..).unwrap_or_default()
    }

    /// Its country calling code, or `None` when no code in use stands at its beginning.
    #[must_use]
    pub fn country_code(&self) -> Option<CountryCode> {
        CountryCode::of_digits(self.digits())
    }

    /// The national (significant) number: the digits after the country calling code.
    #[must_use]
    pub fn national(&self) -> Option<&str> {
        Some(self.parts()?.national)
    }

    /// Its parts, or `None` when no code in use stands at its beginning.
    #[must_use]
    pub fn parts(&self) -> Option<NumberParts<'_>> {
        NumberParts::of_digits(self.digits())
    }

    /// The number as it is written in this form, see [`NumberFormat`].
    #[must_use]
    pub const fn format(self, format: NumberFormat) -> FormattedNumber {
        FormattedNumber::new(self, format)
    }
}

impl From<Number> for LongNumber {
    fn from(number: Number) -> Self {
        let text = number.text();
        let mut bytes = [0; CAPACITY];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Self {
            bytes,
            len: text.len() as u8,
        }
    }
}

/// Refuses what has more than 15 digits.
impl TryFrom<LongNumber> for Number {
    type Error = NumberError;

    fn try_from(number: LongNumber) -> Result<Self, NumberError> {
        Self::parse(&number)
    }
}

impl From<LongNumber> for DialString {
    fn from(number: LongNumber) -> Self {
        Self::of_number(&number)
    }
}

impl FromStr for LongNumber {
    type Err = NumberError;

    /// As [`LongNumber::parse`].
    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}

impl Deref for LongNumber {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for LongNumber {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for LongNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for LongNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LongNumber({self})")
    }
}
