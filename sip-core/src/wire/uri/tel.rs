//! tel URIs (RFC 3966).

use core::fmt;

use super::compare::MOST_PARAMS;
use super::escape::{escape, same_ignoring_case, unescape};
use super::{UriError, UriParam, UriParams};
use crate::wire::write::{Encode, Encoder, display};

/// A tel URI: a telephone number and its parameters. Equality is that of the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TelUri<'a> {
    raw: &'a str,
    number_end: u16,
}

/// The parts.
impl fmt::Debug for TelUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tel")
            .field("number", &self.number())
            .field("params", &self.params())
            .finish()
    }
}

impl<'a> TelUri<'a> {
    /// `raw` starts with `tel:` in any case and has at most 65,535 octets.
    pub(super) fn read(raw: &'a str) -> Result<Self, UriError> {
        let end = raw.find(';').unwrap_or(raw.len());
        let number = raw.get(4..end).unwrap_or("");
        if is_number(number) {
            Ok(Self {
                raw,
                number_end: end as u16,
            })
        } else {
            Err(UriError::Number { offset: 4 })
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

    /// The `isub` parameter, an ISDN subaddress behind the number.
    pub fn subaddress(&self) -> Option<&'a str> {
        self.params().value("isub")
    }

    /// Whether both are the same by RFC 3966 section 4: numbers without visual separators and in any
    /// case, and the same parameters in any order.
    pub fn is_equivalent(&self, other: &TelUri<'_>) -> bool {
        if self == other {
            return true;
        }
        if self.params().count() > MOST_PARAMS || other.params().count() > MOST_PARAMS {
            return false;
        }
        let covered = |of: UriParams<'_>, by: UriParams<'_>| {
            of.into_iter().all(|param| {
                by.get(param.name)
                    .is_some_and(|found| same_value(&param, found.value.unwrap_or("")))
            })
        };
        same_number(self.number(), other.number())
            && covered(self.params(), other.params())
            && covered(other.params(), self.params())
    }
}

/// Whether `text` is a global or a local number (RFC 3966 section 3).
fn is_number(text: &str) -> bool {
    let (digits, global) = match text.strip_prefix('+') {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => true,
        b'a'..=b'f' | b'A'..=b'F' | b'*' | b'#' => !global,
        _ => false,
    };
    digits
        .bytes()
        .all(|byte| digit(byte) || is_visual_separator(byte))
        && digits.bytes().any(digit)
}

const fn is_visual_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | b'(' | b')')
}

/// Without regard to visual separators and case; escapes equal what they stand for.
fn same_number(left: &str, right: &str) -> bool {
    let significant = |text| {
        unescape(text)
            .filter(|&byte| !is_visual_separator(byte))
            .map(|byte| byte.to_ascii_lowercase())
    };
    significant(left).eq(significant(right))
}

/// `ext` and a `phone-context` that is a number are numbers themselves (RFC 3966 sections 5.1.5 and 5.3).
fn same_value(param: &UriParam<'_>, other: &str) -> bool {
    let value = param.value.unwrap_or("");
    if param.is("ext") || (param.is("phone-context") && value.starts_with('+')) {
        same_number(value, other)
    } else {
        same_ignoring_case(unescape(value), unescape(other))
    }
}

/// A tel URI to be written: parameters are escaped where they need it.
///
/// RFC 3966 section 3 wants `ext` or `isub` first, then `phone-context`, then all others by their names; the
/// order here is the caller's.
///
/// ```
/// use trunkline_sip_core::uri::TelUriBuilder;
///
/// let uri = TelUriBuilder {
///     params: &[("ext", Some("118"))],
///     ..TelUriBuilder::new("+49-89-840798")
/// };
/// assert_eq!(uri.to_string(), "tel:+49-89-840798;ext=118");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TelUriBuilder<'a> {
    /// The number as [`TelUri::number`] has it: digits and visual separators behind a plus sign, or a local
    /// number, which needs a `phone-context`. Anything else is refused when it is written.
    pub number: &'a str,
    /// Parameters, names and values not escaped.
    pub params: &'a [(&'a str, Option<&'a str>)],
}

impl<'a> TelUriBuilder<'a> {
    /// `tel:number`, to be filled in with struct update syntax.
    pub const fn new(number: &'a str) -> Self {
        Self {
            number,
            params: &[],
        }
    }
}

impl Encode for TelUriBuilder<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        if !is_number(self.number) {
            out.refuse();
        }
        out.push(b"tel:");
        out.push(self.number.as_bytes());
        for (name, value) in self.params {
            out.push(b";");
            escape(name, b"", out);
            if let Some(value) = value {
                out.push(b"=");
                escape(value, b"[]/:&+$", out);
            }
        }
    }
}

impl fmt::Display for TelUriBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(self, f)
    }
}
