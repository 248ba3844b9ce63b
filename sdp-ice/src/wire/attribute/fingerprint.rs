//! `a=fingerprint` (RFC 8122 section 5).

use crate::wire::{Fault, Fields, Mode, ParseError, fields};

/// Hash of the certificate a DTLS or TLS peer will present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint<'a> {
    /// Hash function, such as `sha-256`; compare without regard to case.
    pub hash: &'a str,
    /// Octets as written: two hex digits each, separated by colons.
    pub digest: &'a str,
}

impl<'a> Fingerprint<'a> {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`. Strict mode wants upper-case digits.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        let hash = fields.text()?;
        if !fields::is_token(hash) {
            return Err(Fault::MalformedField.at(0));
        }
        let start = fields.offset();
        let digest = fields.text()?;
        fields.end()?;
        let digit = |b: u8| match mode {
            Mode::Strict => b.is_ascii_digit() || (b'A'..=b'F').contains(&b),
            Mode::Tolerant => b.is_ascii_hexdigit(),
        };
        let mut groups = digest.as_bytes().chunks(3);
        // the last group has no colon
        let last = groups.next_back().unwrap_or_default();
        let well_formed = groups.all(|group| match group {
            [high, low, b':'] => digit(*high) && digit(*low),
            _ => false,
        });
        match well_formed && last.len() == 2 && last.iter().all(|b| digit(*b)) {
            true => Ok(Self { hash, digest }),
            false => Err(Fault::MalformedField.at(start)),
        }
    }

    /// The octets of the digest.
    pub fn octets(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.digest
            .split(':')
            .filter_map(|pair| u8::from_str_radix(pair, 16).ok())
    }
}
