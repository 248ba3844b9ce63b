//! The JSON of PASSporTs, without white space (RFC 8225 section 9).

use super::base64::Base64;
use crate::wire::grammar::is_token;
use crate::wire::write::Encoder;

/// JSON, as it is or in base64url.
pub(super) struct Json<'o, 'b> {
    out: &'o mut Encoder<'b>,
    base64: Option<Base64>,
}

impl<'o, 'b> Json<'o, 'b> {
    pub(super) fn plain(out: &'o mut Encoder<'b>) -> Self {
        Self { out, base64: None }
    }

    pub(super) fn base64(out: &'o mut Encoder<'b>) -> Self {
        Self {
            out,
            base64: Some(Base64::default()),
        }
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        match &mut self.base64 {
            None => self.out.push(bytes),
            Some(base64) => bytes.iter().for_each(|&byte| base64.push(byte, self.out)),
        }
    }

    pub(super) fn finish(self) {
        if let Some(base64) = self.base64 {
            base64.finish(self.out);
        }
    }

    pub(super) fn refuse(&mut self) {
        self.out.refuse();
    }

    /// A character of a URI within a string.
    pub(super) fn character(&mut self, byte: u8) {
        if byte == b'\\' {
            self.raw(b"\\");
        }
        self.raw(&[byte]);
    }

    /// A URI within a string: visible ASCII without quotes.
    pub(super) fn text(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.character(byte));
    }

    /// A token within a string.
    pub(super) fn word(&mut self, text: &str) {
        if !is_token(text.as_bytes()) {
            self.refuse();
        }
        self.raw(text.as_bytes());
    }
}

/// What is formatted, in lower case.
pub(super) struct Lowercase<'j, 'o, 'b>(pub(super) &'j mut Json<'o, 'b>);

impl core::fmt::Write for Lowercase<'_, '_, '_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            self.0.character(byte.to_ascii_lowercase());
        }
        Ok(())
    }
}
