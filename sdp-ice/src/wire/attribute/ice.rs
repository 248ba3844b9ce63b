//! `a=ice-ufrag`, `a=ice-pwd`, `a=ice-options` (RFC 8839 sections 5.4 and 5.6).

use core::fmt;

use crate::wire::line::Redacted;
use crate::wire::{Fault, Fields, Mode, ParseError};

/// Whether all bytes are an `ice-char` (RFC 8839 section 5.1).
pub(super) fn is_ice_chars(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

fn credential(value: &[u8], mode: Mode, least: usize) -> Result<&str, ParseError> {
    let mut fields = Fields::new(value, mode);
    let text = fields.text()?;
    fields.end()?;
    if mode == Mode::Strict {
        if !is_ice_chars(text) {
            return Err(Fault::MalformedField.at(0));
        }
        if !(least..=256).contains(&text.len()) {
            return Err(Fault::OutOfRange.at(0));
        }
    }
    Ok(text)
}

/// The user name fragment of an ICE agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IceUfrag<'a>(pub &'a str);

impl<'a> IceUfrag<'a> {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`. Strict mode wants 4 to 256 `ice-char`.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        credential(value, mode, 4).map(Self)
    }
}

/// The password of an ICE agent; left out of `Debug` output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IcePwd<'a>(pub &'a str);

impl<'a> IcePwd<'a> {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`. Strict mode wants 22 to 256 `ice-char`.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        credential(value, mode, 22).map(Self)
    }
}

impl fmt::Debug for IcePwd<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IcePwd").field(&Redacted).finish()
    }
}

/// Options of an ICE agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IceOptions<'a> {
    tags: &'a str,
}

impl<'a> IceOptions<'a> {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`. Strict mode wants `ice-char` tags.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        fields.text()?;
        if mode == Mode::Strict {
            let mut fields = Fields::new(value, mode);
            loop {
                let start = fields.offset();
                match fields.next_text()? {
                    None => break,
                    Some(tag) if is_ice_chars(tag) => {}
                    Some(_) => return Err(Fault::MalformedField.at(start)),
                }
            }
        }
        let tags = Fields::new(value, Mode::Tolerant).rest_text()?;
        Ok(Self { tags })
    }

    /// The option tags, in order.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.tags.split_ascii_whitespace()
    }

    /// Whether an option is set.
    #[must_use]
    pub fn contains(&self, tag: &str) -> bool {
        self.tags().any(|t| t == tag)
    }
}
