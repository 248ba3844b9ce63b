//! `a=ssrc` (RFC 5576 section 4.1).

use crate::wire::{Fault, Fields, Mode, ParseError};

/// A property of one RTP source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ssrc<'a> {
    /// Synchronisation source.
    pub ssrc: u32,
    /// Name of the property, such as `cname`; empty if none is written, which only
    /// [`Mode::Tolerant`] takes.
    pub attribute: &'a str,
    /// Its value.
    pub value: Option<&'a str>,
}

impl<'a> Ssrc<'a> {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        // the bound makes the conversion exact
        let ssrc = fields.number(u64::from(u32::MAX))? as u32;
        let start = fields.offset();
        let text = fields.rest_text()?;
        let (attribute, value) = match text.split_once(':') {
            Some((attribute, value)) => (attribute, Some(value)),
            None => (text, None),
        };
        if attribute.is_empty() && mode == Mode::Strict {
            return Err(Fault::MissingField.at(start));
        }
        Ok(Self {
            ssrc,
            attribute,
            value,
        })
    }
}
