//! `a=crypto` (RFC 4568) and `a=cryptoscale` (MS-SDPEXT).

use core::fmt;

use crate::wire::line::Redacted;
use crate::wire::{Fault, Fields, Mode, ParseError};

/// An offer of SRTP keys. The key parameters stay raw and out of `Debug` output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Crypto<'a> {
    /// Tag, which an answer repeats.
    pub tag: u32,
    /// `client` or `server`, in `a=cryptoscale` only.
    pub role: Option<&'a str>,
    /// Crypto suite, such as `AES_CM_128_HMAC_SHA1_80`.
    pub suite: &'a str,
    /// Key parameters as written, such as `inline:<key>|2^31|1:1`. A secret.
    pub key_params: &'a str,
    /// Session parameters as written; empty if there are none.
    pub session_params: &'a str,
}

impl<'a> Crypto<'a> {
    /// Reads the value of `a=crypto`.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`. Strict mode wants a tag of at most nine digits.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        Self::read(value, mode, false)
    }

    /// Reads the value of `a=cryptoscale`.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_scale(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        Self::read(value, mode, true)
    }

    fn read(value: &'a [u8], mode: Mode, scale: bool) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        let max = match mode {
            Mode::Strict => 999_999_999,
            Mode::Tolerant => u32::MAX,
        };
        // the bound makes the conversion exact
        let tag = fields.number(u64::from(max))? as u32;
        let role = match scale {
            true => Some(fields.text()?),
            false => None,
        };
        let suite = fields.text()?;
        let start = fields.offset();
        let key_params = fields.text()?;
        if !key_params.contains(':') {
            return Err(Fault::MalformedField.at(start));
        }
        Ok(Self {
            tag,
            role,
            suite,
            key_params,
            session_params: fields.rest_text()?,
        })
    }
}

impl fmt::Debug for Crypto<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crypto")
            .field("tag", &self.tag)
            .field("role", &self.role)
            .field("suite", &self.suite)
            .field("key_params", &Redacted)
            .field("session_params", &self.session_params)
            .finish()
    }
}
