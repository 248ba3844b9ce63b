//! tel URIs (RFC 3966).

use super::compare::MOST_PARAMS;
use super::{UriError, UriParams};

/// A tel URI: a telephone number and its parameters. Equality is that of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TelUri<'a> {
    raw: &'a str,
    number_end: u16,
}

impl<'a> TelUri<'a> {
    /// `raw` starts with `tel:` in any case and has at most 65,535 octets.
    pub(super) fn read(raw: &'a str) -> Result<Self, UriError> {
        let end = raw.find(';').unwrap_or(raw.len());
        let number = raw.get(4..end).unwrap_or("");
        let bad = UriError::Number { offset: 4 };
        let (digits, global) = match number.strip_prefix('+') {
            Some(digits) => (digits, true),
            None => (number, false),
        };
        let sound = digits.bytes().all(|byte| match byte {
            b'0'..=b'9' | b'-' | b'.' | b'(' | b')' => true,
            b'a'..=b'f' | b'A'..=b'F' | b'*' | b'#' => !global,
            _ => false,
        });
        let some = digits
            .bytes()
            .any(|byte| !matches!(byte, b'-' | b'.' | b'(' | b')'));
        if sound && some {
            Ok(Self {
                raw,
                number_end: end as u16,
            })
        } else {
            Err(bad)
        }
    }

    /// The URI as it was written.
    pub const fn as_str(&self) -> &'a str {
        self.raw
    }

    /// The number as it was written, with its visual separators (`-`, `.`, `(`, `)`).
    pub fn number(&self) -> &'a str {
        self.raw.get(4..usize::from(self.number_end)).unwrap_or("")
    }

    /// The number without visual separators.
    pub fn digits(&self) -> impl Iterator<Item = char> + use<'a> {
        self.number()
            .chars()
            .filter(|letter| !matches!(letter, '-' | '.' | '(' | ')'))
    }

    /// Whether the number is global: starts with a plus sign.
    pub fn is_global(&self) -> bool {
        self.number().starts_with('+')
    }

    /// The parameters.
    pub fn params(&self) -> UriParams<'a> {
        UriParams::new(
            self.raw.get(usize::from(self.number_end)..).unwrap_or(""),
            b';',
        )
    }

    /// The `phone-context` parameter, which gives a local number its meaning.
    pub fn phone_context(&self) -> Option<&'a str> {
        self.params().value("phone-context")
    }

    /// The `ext` parameter, an extension behind the number.
    pub fn extension(&self) -> Option<&'a str> {
        self.params().value("ext")
    }

    /// Whether both are the same by RFC 3966 section 5: numbers without visual separators and in any
    /// case, and the same parameters in any order.
    pub fn is_equivalent(&self, other: &TelUri<'_>) -> bool {
        if self == other {
            return true;
        }
        if self.params().count() > MOST_PARAMS || other.params().count() > MOST_PARAMS {
            return false;
        }
        let lower = |letter: char| letter.to_ascii_lowercase();
        let covered = |of: UriParams<'_>, by: UriParams<'_>| {
            of.into_iter().all(|param| {
                by.get(param.name).is_some_and(|found| {
                    let (left, right) = (found.value.unwrap_or(""), param.value.unwrap_or(""));
                    left.eq_ignore_ascii_case(right)
                })
            })
        };
        self.digits().map(lower).eq(other.digits().map(lower))
            && covered(self.params(), other.params())
            && covered(other.params(), self.params())
    }
}
