//! E.164 numbers.

#[cfg(test)]
mod tests;

use core::fmt;
use core::num::NonZeroU64;
use core::ops::Deref;
use core::str::FromStr;

use super::{
    Cleaned, CountryCode, DialString, FormattedNumber, LongNumber, NumberFormat, NumberParts,
};

const MAX_DIGITS: usize = Number::MAX_DIGITS;

/// An international number of ITU-T E.164: 2 to 15 digits, the first of them not 0.
///
/// Eight octets, `Copy`, ordered by value. Its text form is that of the global number of RFC 3966
/// without separators: `+498007722375`.
///
/// ```
/// use trunkline_e164::Number;
///
/// let number = Number::parse("+498007722375")?;
/// assert_eq!(number.to_string(), "+498007722375");
/// assert_eq!(number.country_code().map(|code| code.get()), Some(49));
/// assert_eq!(Number::parse_tolerant("+49 (0) 800/77 22-375"), Ok(number));
/// # Ok::<(), trunkline_e164::NumberError>(())
/// ```
// No E.164 number begins with 0, so that the value alone tells the digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Number(NonZeroU64);

impl Number {
    /// The longest E.164 number (ITU-T E.164 section 6.1).
    pub const MAX_DIGITS: usize = 15;

    /// Reads `+`, a digit from 1 to 9 and 1 to 14 further digits, and nothing else.
    ///
    /// # Errors
    ///
    /// [`NumberError`] tells what is wrong, and where.
    pub const fn parse(text: &str) -> Result<Self, NumberError> {
        Self::read_plain(text.as_bytes())
    }

    /// As [`parse`](Self::parse).
    pub(crate) const fn read_plain(text: &[u8]) -> Result<Self, NumberError> {
        // without a look at what is wrong where something is
        let (mut value, mut at) = (0, 1);
        while at < text.len() && at <= MAX_DIGITS && text[at].is_ascii_digit() {
            value = value * 10 + (text[at] - b'0') as u64;
            at += 1;
        }
        if at == text.len()
            && let [b'+', b'1'..=b'9', _, ..] = text
            && let Some(value) = NonZeroU64::new(value)
        {
            return Ok(Self(value));
        }
        let mut reader = Reader::NEW;
        let mut offset = 0;
        while offset < text.len() {
            if let Err(error) = reader.push(text[offset], offset) {
                return Err(error);
            }
            offset += 1;
        }
        reader.finish(offset)
    }

    /// As [`parse`](Self::parse), of what the dial plan wrote: the quick way.
    #[inline]
    pub(crate) fn of_dialled(text: &DialString) -> Result<Self, NumberError> {
        let octets = text.as_bytes();
        let first = text.bytes().first_chunk();
        let value = first.and_then(|first| read_at_once(first, octets.len()));
        match value.and_then(NonZeroU64::new) {
            Some(value) => Ok(Self(value)),
            None => Self::read_plain(octets),
        }
    }

    /// Reads a number as people write it: blanks, `-`, `.`, `/` and parentheses may stand anywhere,
    /// and a national prefix in parentheses is dropped where the country has it: `+49 (0)89 840-0`.
    ///
    /// Numbers without `+` are the dial plan's: see [`DialString`](crate::DialString).
    ///
    /// # Errors
    ///
    /// [`NumberError`] tells what is wrong, and where.
    pub fn parse_tolerant(text: &str) -> Result<Self, NumberError> {
        let mut reader = Reader::NEW;
        for (offset, byte) in Cleaned::new(text.as_bytes()) {
            reader.push(byte, offset)?;
        }
        reader.finish(text.len())
    }

    /// How many digits it has, 2 to 15.
    #[must_use]
    pub const fn digit_count(self) -> usize {
        self.0.ilog10() as usize + 1
    }

    /// Its country calling code, or `None` when no code in use stands at its beginning.
    #[must_use]
    pub fn country_code(self) -> Option<CountryCode> {
        let digits = self.digit_count();
        (1..=digits.min(3)).find_map(|len| {
            let divisor = 10_u64.pow((digits - len) as u32);
            u16::try_from(self.0.get() / divisor)
                .ok()
                .and_then(CountryCode::new)
        })
    }

    /// The number as it is written in this form, see [`NumberFormat`].
    #[must_use]
    pub fn format(self, format: NumberFormat) -> FormattedNumber {
        LongNumber::from(self).format(format)
    }

    /// Its text form, as a value that lives on the stack.
    #[must_use]
    pub const fn text(self) -> NumberText {
        let len = self.digit_count() + 1;
        let mut bytes = [0; MAX_DIGITS + 1];
        let mut rest = self.0.get();
        let mut at = len;
        while at > 1 {
            at -= 1;
            bytes[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        bytes[0] = b'+';
        NumberText { bytes, len }
    }
}

/// Reads a number octet by octet.
struct Reader {
    value: u64,
    /// How many octets were read, the plus sign included.
    len: usize,
}

impl Reader {
    const NEW: Self = Self { value: 0, len: 0 };

    #[inline]
    const fn push(&mut self, byte: u8, offset: usize) -> Result<(), NumberError> {
        let is_leading_zero = self.len == 1 && byte == b'0';
        if byte.is_ascii_digit() && 0 < self.len && self.len <= MAX_DIGITS && !is_leading_zero {
            self.value = self.value * 10 + (byte - b'0') as u64;
            self.len += 1;
            return Ok(());
        }
        let fault = match (self.len, byte) {
            (0, b'+') => {
                self.len = 1;
                return Ok(());
            }
            (0, _) => NumberFault::NoPlus,
            (1, b'0') => NumberFault::LeadingZero,
            (_, b'0'..=b'9') => NumberFault::TooLong,
            _ => NumberFault::NotADigit,
        };
        Err(NumberError { fault, offset })
    }

    /// The number, where the text ends there.
    const fn finish(self, offset: usize) -> Result<Number, NumberError> {
        let fault = match (self.len, NonZeroU64::new(self.value)) {
            (0, _) => NumberFault::NoPlus,
            (3.., Some(value)) => return Ok(Number(value)),
            _ => NumberFault::TooShort,
        };
        Err(NumberError { fault, offset })
    }
}

/// The value of a plus sign and digits, at most 15, eight of them at once. `None` for everything else, and for what begins
/// with 0.
fn read_at_once(text: &[u8; 16], len: usize) -> Option<u64> {
    let count = len
        .checked_sub(1)
        .filter(|count| (2..=MAX_DIGITS).contains(count))?;
    if text[0] != b'+' || text[1] == b'0' {
        return None;
    }
    // as if there were 16 digits, of which the first are 0
    let digits =
        (u128::from_le_bytes(*text) >> 8 ^ u128::from_le_bytes([b'0'; 16])) << (8 * (16 - count));
    let (first, last) = (digits as u64, (digits >> 64) as u64);
    if not_digits(first) | not_digits(last) != 0 {
        return None;
    }
    Some(eight_digits(first) * 100_000_000 + eight_digits(last))
}

/// Not 0, unless all eight octets are 0 to 9: also with 6 more these are below 16.
const fn not_digits(octets: u64) -> u64 {
    const SIXES: u64 = u64::from_le_bytes([6; 8]);
    const HIGH: u64 = u64::from_le_bytes([0xf0; 8]);
    (octets | octets.wrapping_add(SIXES)) & HIGH
}

/// The value of eight digits, the first one in the lowest octet: of pairs, then of fours, then of all.
const fn eight_digits(digits: u64) -> u64 {
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    fours as u32 as u64 * 10_000 + (fours >> 32)
}

/// Writes `+498007722375`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

/// As [`Number::parse`].
impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}

/// The text form of a [`Number`], `+498007722375`; derefs to `str`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NumberText {
    bytes: [u8; MAX_DIGITS + 1],
    len: usize,
}

impl NumberText {
    /// The text, with `+`.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.len);
        match str::from_utf8(text) {
            Ok(text) => text,
            // it is a plus sign and digits
            Err(_) => "",
        }
    }

    /// The digits alone.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.as_str().get(1..).unwrap_or_default()
    }

    /// The national (significant) number: the digits after the country calling code.
    #[must_use]
    pub fn national(&self) -> Option<&str> {
        let code = CountryCode::of_digits(self.digits())?;
        self.digits().get(code.len()..)
    }

    /// Country calling code, area code and the rest, or `None` when no code in use stands at its beginning.
    #[must_use]
    pub fn parts(&self) -> Option<NumberParts<'_>> {
        NumberParts::of_digits(self.digits())
    }
}

impl Deref for NumberText {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for NumberText {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for NumberText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for NumberText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Why a text is no E.164 number, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} at offset {offset}")]
#[non_exhaustive]
pub struct NumberError {
    /// What is wrong.
    pub fault: NumberFault,
    /// Where, in octets from the beginning of the text; its length when something is missing.
    pub offset: usize,
}

/// What is wrong with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberFault {
    /// It does not begin with `+`.
    #[error("no plus sign")]
    NoPlus,
    /// The first digit is 0; no country calling code begins so.
    #[error("0 as the first digit")]
    LeadingZero,
    /// Something that is no ASCII digit.
    #[error("not a digit")]
    NotADigit,
    /// Less than 2 digits.
    #[error("too few digits")]
    TooShort,
    /// More than 15 digits, or more than a [`LongNumber`] has.
    #[error("too many digits")]
    TooLong,
}
