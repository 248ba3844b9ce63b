//! What was dialled.

#[cfg(test)]
mod tests;

use core::fmt;
use core::str::FromStr;

use super::{Cleaned, Number};

/// How many octets a dial string may have, its extension included.
const CAPACITY: usize = 64;

/// What somebody dialled, ready for a dial plan: the user part of a SIP URI, the number of a tel
/// URI, or typed digits.
///
/// Visual separators are gone and parameters are taken off; the one that is kept is the extension
/// (`;ext=`, RFC 3966 section 5.3). Percent-escapes are the caller's to resolve. A text with
/// letters in it is a name, not a number, and keeps its dots and dashes.
///
/// ```
/// use trunkline_e164::DialString;
///
/// let dialled = DialString::parse("(089) 12 34-567")?;
/// assert_eq!(dialled.as_str(), "0891234567");
/// let line = DialString::parse("+4989840798;ext=118;npdi")?;
/// assert_eq!((line.as_str(), line.extension()), ("+4989840798", Some("118")));
/// # Ok::<(), trunkline_e164::DialStringError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DialString {
    /// The number, then the extension; what follows is 0.
    bytes: [u8; CAPACITY],
    number: u8,
    extension: u8,
}

impl DialString {
    /// How many octets a dial string may have, its extension included.
    pub const CAPACITY: usize = CAPACITY;

    /// Reads a user part, the number of a tel URI (without `tel:`) or typed digits.
    ///
    /// Parameters other than `ext` are passed over.
    ///
    /// # Errors
    ///
    /// [`DialStringError`] tells what is wrong, and where: nothing dialled, too much, something that is not
    /// printable ASCII, or an extension that is none.
    pub fn parse(text: &str) -> Result<Self, DialStringError> {
        match Self::plain(text.as_bytes()) {
            Some(dialled) => Ok(dialled),
            None => Self::parse_written(text),
        }
    }

    /// What needs no cleaning: digits, `+`, `*` and `#`, as telephones send it and rules write it.
    pub(crate) fn plain(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; CAPACITY];
        let place = bytes.get_mut(..text.len()).filter(|_| !text.is_empty())?;
        for (place, &byte) in place.iter_mut().zip(text) {
            if !is_plain(byte) {
                return None;
            }
            *place = byte;
        }
        Some(Self::of_plain(bytes, text.len()))
    }

    /// So many plain octets, at least one; 0 after them.
    #[inline]
    pub(crate) const fn of_plain(bytes: [u8; CAPACITY], len: usize) -> Self {
        Self {
            bytes,
            number: len as u8,
            extension: 0,
        }
    }

    /// A plus sign and digits, fewer than the capacity.
    pub(super) fn of_number(text: &str) -> Self {
        let mut bytes = [0; CAPACITY];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Self::of_plain(bytes, text.len())
    }

    /// The number and the extension of a tel URI, which have been checked; offsets count within either.
    pub(super) fn of_subscriber(
        number: &str,
        extension: Option<&str>,
    ) -> Result<Self, DialStringError> {
        let mut dialled = Self {
            bytes: [0; CAPACITY],
            number: 0,
            extension: 0,
        };
        for (offset, byte) in Cleaned::new(number.as_bytes()) {
            dialled.push(byte, offset)?;
        }
        let len = dialled.number;
        for (offset, byte) in Cleaned::new(extension.unwrap_or_default().as_bytes()) {
            dialled.push(byte, offset)?;
        }
        dialled.extension = dialled.number - len;
        dialled.number = len;
        Ok(dialled)
    }

    /// A place to write plain octets into: nothing so far, which no dial string is.
    pub(crate) const EMPTY: Self = Self::of_plain([0; CAPACITY], 0);

    /// All octets: the number, the extension, and 0.
    #[inline]
    pub(crate) const fn bytes(&self) -> &[u8; CAPACITY] {
        &self.bytes
    }

    /// All octets, of which those behind the written ones are 0.
    #[inline]
    pub(crate) const fn bytes_mut(&mut self) -> &mut [u8; CAPACITY] {
        &mut self.bytes
    }

    /// So many plain octets were written.
    #[inline]
    pub(crate) const fn set_len(&mut self, len: usize) {
        self.number = len as u8;
    }

    /// As [`parse`](Self::parse), for any text.
    fn parse_written(text: &str) -> Result<Self, DialStringError> {
        let error = |fault, offset| DialStringError { fault, offset };
        let strange = |byte: &u8| !matches!(byte, b' '..=b'~');
        if let Some(offset) = text.as_bytes().iter().position(strange) {
            return Err(error(DialStringFault::NotPrintable, offset));
        }
        let mut dialled = Self {
            bytes: [0; CAPACITY],
            number: 0,
            extension: 0,
        };
        let mut parameters = text.split(';');
        let number = parameters.next().unwrap_or_default();
        if number.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            for (offset, byte) in number.bytes().enumerate() {
                dialled.push(byte, offset)?;
            }
        } else {
            for (offset, byte) in Cleaned::new(number.as_bytes()) {
                dialled.push(byte, offset)?;
            }
        }
        if dialled.number == 0 {
            return Err(error(DialStringFault::Empty, number.len()));
        }

        let mut begin = number.len() + 1;
        for parameter in parameters {
            if let Some((name, extension)) = parameter.as_bytes().split_at_checked(4)
                && name.eq_ignore_ascii_case(b"ext=")
            {
                let begin = begin + 4;
                let len = dialled.number;
                for (offset, byte) in Cleaned::new(extension) {
                    if !byte.is_ascii_digit() {
                        return Err(error(DialStringFault::Extension, begin + offset));
                    }
                    dialled.push(byte, begin + offset)?;
                }
                dialled.extension = dialled.number - len;
                dialled.number = len;
                if dialled.extension == 0 {
                    return Err(error(DialStringFault::Extension, begin));
                }
                break;
            }
            begin += parameter.len() + 1;
        }
        Ok(dialled)
    }

    /// Appends an octet to the number.
    fn push(&mut self, byte: u8, offset: usize) -> Result<(), DialStringError> {
        let fault = DialStringFault::TooLong;
        let place = self.bytes.get_mut(usize::from(self.number));
        *place.ok_or(DialStringError { fault, offset })? = byte;
        self.number += 1;
        Ok(())
    }

    /// The number, or the name, without parameters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // printable ASCII
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The number as octets.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.number)]
    }

    /// The digits of the extension.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        let begin = usize::from(self.number);
        let digits = &self.bytes[begin..begin + usize::from(self.extension)];
        str::from_utf8(digits)
            .ok()
            .filter(|digits| !digits.is_empty())
    }

    /// The same without its extension.
    #[must_use]
    pub fn without_extension(mut self) -> Self {
        if self.extension == 0 {
            return self;
        }
        let number = usize::from(self.number);
        self.bytes[number..].fill(0);
        self.extension = 0;
        self
    }
}

/// Whether an octet stands for itself wherever it stands.
#[inline]
pub(crate) const fn is_plain(byte: u8) -> bool {
    PLAIN[byte as usize]
}

static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b'0';
    while byte <= b'9' {
        plain[byte as usize] = true;
        byte += 1;
    }
    plain[b'+' as usize] = true;
    plain[b'*' as usize] = true;
    plain[b'#' as usize] = true;
    plain
};

/// The number as [`Number`] displays it.
impl From<Number> for DialString {
    fn from(number: Number) -> Self {
        Self::of_number(&number.text())
    }
}

/// The number, and its extension as `;ext=118`.
impl fmt::Display for DialString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self.extension() {
            Some(extension) => write!(f, ";ext={extension}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for DialString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DialString({self})")
    }
}

/// As [`DialString::parse`].
impl FromStr for DialString {
    type Err = DialStringError;

    fn from_str(text: &str) -> Result<Self, DialStringError> {
        Self::parse(text)
    }
}

/// Why a text is no dial string, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} at offset {offset}")]
#[non_exhaustive]
pub struct DialStringError {
    /// What is wrong.
    pub fault: DialStringFault,
    /// Where, in octets from the beginning of the text.
    pub offset: usize,
}

/// What is wrong with a dial string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DialStringFault {
    /// Nothing stands before the parameters but separators.
    #[error("nothing was dialled")]
    Empty,
    /// Not a printable ASCII character.
    #[error("not a printable ASCII character")]
    NotPrintable,
    /// More than [`DialString::CAPACITY`] octets.
    #[error("too long")]
    TooLong,
    /// The extension is empty or not of digits.
    #[error("not an extension")]
    Extension,
}
