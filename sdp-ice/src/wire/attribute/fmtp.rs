//! `a=fmtp` (RFC 8866 section 6.15).

use core::fmt;

use crate::wire::{Fault, Fields, Mode, ParseError};

/// Parameters of one format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fmtp<'a> {
    /// The format as the `m=` line names it; a payload type for RTP.
    pub format: &'a str,
    /// The parameters, whose form is the format's own.
    pub parameters: &'a str,
}

impl<'a> Fmtp<'a> {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`. Strict mode wants parameters.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        let format = fields.text()?;
        let start = fields.offset();
        let parameters = fields.rest_text()?;
        if parameters.is_empty() && mode == Mode::Strict {
            return Err(Fault::MissingField.at(start));
        }
        Ok(Self { format, parameters })
    }

    /// The parameters split at `;` into names and values, which is the form most formats use.
    pub fn pairs(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        self.parameters
            .split(';')
            .map(str::trim)
            .filter(|pair| !pair.is_empty())
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) => (name.trim_end(), Some(value.trim_start())),
                None => (pair, None),
            })
    }
}

impl fmt::Display for Fmtp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.format, self.parameters)
    }
}
