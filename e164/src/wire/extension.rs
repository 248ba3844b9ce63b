//! Extensions behind numbers.

use core::fmt;
use core::num::NonZeroU64;
use core::str::FromStr;

use super::is_visual_separator;

/// An extension behind a number (RFC 3966 section 5.3): 1 to 15 digits, of which leading zeros count.
///
/// Eight octets, `Copy`; shorter ones are ordered before longer ones.
///
/// ```
/// use trunkline_e164::Extension;
///
/// let extension = Extension::parse("0118")?;
/// assert_eq!(extension.to_string(), "0118");
/// assert_ne!(Extension::parse("118")?, extension);
/// # Ok::<(), trunkline_e164::ExtensionError>(())
/// ```
// The digits behind a 1, so that leading zeros are kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Extension(NonZeroU64);

/// Why a text is no [`Extension`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionError {
    /// There is no digit.
    #[error("an extension has at least one digit")]
    Empty,
    /// There are more than [`Extension::MAX_DIGITS`].
    #[error("an extension has no more than {max} digits", max = Extension::MAX_DIGITS)]
    TooLong,
    /// Something that is neither a digit nor a visual separator.
    #[error("not a digit at offset {offset}")]
    NotADigit {
        /// Where, in octets from the beginning of the text.
        offset: usize,
    },
}

impl Extension {
    /// The most digits.
    pub const MAX_DIGITS: usize = 15;

    /// Reads digits; visual separators between them are left out.
    ///
    /// # Errors
    ///
    /// Any [`ExtensionError`].
    pub fn parse(text: &str) -> Result<Self, ExtensionError> {
        let (mut value, mut len) = (1, 0);
        for (offset, byte) in text.bytes().enumerate() {
            match byte {
                b'0'..=b'9' if len == Self::MAX_DIGITS => return Err(ExtensionError::TooLong),
                b'0'..=b'9' => {
                    value = value * 10 + u64::from(byte - b'0');
                    len += 1;
                }
                _ if is_visual_separator(byte) => {}
                _ => return Err(ExtensionError::NotADigit { offset }),
            }
        }
        let value = NonZeroU64::new(value).filter(|_| len > 0);
        value.map(Self).ok_or(ExtensionError::Empty)
    }

    /// How many digits it has.
    #[must_use]
    pub const fn digit_count(self) -> usize {
        self.0.ilog10() as usize
    }
}

impl FromStr for Extension {
    type Err = ExtensionError;

    fn from_str(text: &str) -> Result<Self, ExtensionError> {
        Self::parse(text)
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digit_count();
        let value = self.0.get() - 10_u64.pow(digits as u32);
        write!(f, "{value:0digits$}")
    }
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extension({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;

    #[test]
    fn leading_zeros_count() {
        for text in [
            "0",
            "00",
            "118",
            "0118",
            "999999999999999",
            "000000000000000",
        ] {
            let extension = Extension::parse(text).unwrap();
            assert_eq!(extension.to_string(), text);
            assert_eq!(extension.digit_count(), text.len());
        }
        assert!(Extension::parse("9").unwrap() < Extension::parse("00").unwrap());
        assert_eq!(Extension::parse("1-18"), Extension::parse("118"));
    }

    #[test]
    fn what_is_none_says_why() {
        for (text, error) in [
            ("", ExtensionError::Empty),
            ("-", ExtensionError::Empty),
            ("1234567890123456", ExtensionError::TooLong),
            ("11a", ExtensionError::NotADigit { offset: 2 }),
            ("1\u{ff11}", ExtensionError::NotADigit { offset: 1 }),
        ] {
            assert_eq!(Extension::parse(text), Err(error), "{text}");
        }
    }
}
