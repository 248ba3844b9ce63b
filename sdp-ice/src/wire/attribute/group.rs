//! `a=group` (RFC 5888 section 5).

use crate::wire::{Fault, Fields, Mode, ParseError, fields};

/// Media sections that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Group<'a> {
    /// What the grouping means, such as `BUNDLE` or `LS`.
    pub semantics: &'a str,
    tags: &'a str,
}

impl<'a> Group<'a> {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        let semantics = fields.text()?;
        let start = fields.offset();
        let tags = fields.rest_text()?;
        if mode == Mode::Strict {
            if !fields::is_token(semantics) {
                return Err(Fault::MalformedField.at(0));
            }
            let mut tags = Fields::new(tags.as_bytes(), mode);
            while tags.next().map_err(|e| e.rebased(start))?.is_some() {}
        }
        Ok(Self { semantics, tags })
    }

    /// The [`Mid`](super::Mid) tags of the group, in order.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.tags.split_ascii_whitespace()
    }
}
