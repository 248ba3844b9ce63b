//! `a=mid` (RFC 5888 section 4).

use crate::wire::{Fault, Fields, Mode, ParseError, fields};

/// Identification tag of a media section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mid<'a>(pub &'a str);

impl<'a> Mid<'a> {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`. Strict mode wants a token.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        let tag = fields.text()?;
        fields.end()?;
        match mode == Mode::Tolerant || fields::is_token(tag) {
            true => Ok(Self(tag)),
            false => Err(Fault::MalformedField.at(0)),
        }
    }
}
