//! Numbers and what people dial: plain values, without allocation.

mod area_code;
mod country;
mod dial_string;
mod extension;
mod line_uri;
mod long_number;
mod number;
mod number_format;
mod tel_uri;

pub use country::CountryCode;
pub(crate) use dial_string::is_plain;
pub use dial_string::{DialString, DialStringError, DialStringFault};
pub use extension::{Extension, ExtensionError};
pub use line_uri::{LineUri, LineUriError};
pub use long_number::LongNumber;
pub use number::{Number, NumberError, NumberFault, NumberText};
pub use number_format::{FormattedNumber, NumberFormat, NumberParts};
pub use tel_uri::{
    PhoneContext, TelParam, TelUri, TelUriBuilder, TelUriError, TelUriFault, TrunkGroup,
};

/// The visual separators of RFC 3966 section 3, and the blank and the slash that people write.
const fn is_visual_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')')
}

/// Walks over a written number without its visual separators, and without the national prefix in
/// parentheses that no one dials from abroad: `+49 (0)89`. Yields each byte with its offset.
#[derive(Clone, Debug)]
struct Cleaned<'t> {
    text: &'t [u8],
    at: usize,
    /// What followed the plus sign so far, as long as it can be a country code.
    code: Option<u16>,
}

impl<'t> Cleaned<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            at: 0,
            code: None,
        }
    }

    /// Whether a `(0)` stands for the national prefix here: where the country has none, as in
    /// Italy, the digit belongs to the number.
    fn omits_national_prefix(&self) -> bool {
        self.code
            .and_then(CountryCode::new)
            .is_some_and(|code| code.national_prefix() == Some("0"))
    }
}

impl Iterator for Cleaned<'_> {
    type Item = (usize, u8);

    fn next(&mut self) -> Option<(usize, u8)> {
        loop {
            let offset = self.at;
            let rest = self.text.get(offset..)?;
            let byte = *rest.first()?;
            if rest.starts_with(b"(0)") && self.omits_national_prefix() {
                self.at += 3;
                self.code = None;
                continue;
            }
            self.at += 1;
            if is_visual_separator(byte) {
                continue;
            }
            self.code = match (self.code, byte) {
                (None, b'+') => Some(0),
                (Some(code @ 0..100), b'0'..=b'9') => Some(code * 10 + u16::from(byte - b'0')),
                _ => None,
            };
            return Some((offset, byte));
        }
    }
}
