//! `a=rtpmap` (RFC 8866 section 6.6).

use core::fmt;

use crate::wire::{Fault, Fields, Mode, ParseError, fields};

/// What a payload type number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rtpmap<'a> {
    /// RTP payload type, 0 to 127.
    pub payload_type: u8,
    /// Encoding name, such as `PCMA`; compare without regard to case.
    pub encoding: &'a str,
    /// RTP clock rate in Hz.
    pub clock_rate: u32,
    /// Encoding parameters: for audio the number of channels.
    pub parameters: Option<&'a str>,
}

impl<'a> Rtpmap<'a> {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        // the bound makes the conversion exact
        let payload_type = fields.number(127)? as u8;
        let start = fields.offset();
        let text = fields.text()?;
        fields.end()?;
        let (encoding, rest) = fields::split(text, b'/');
        if !fields::is_token(encoding) {
            return Err(Fault::MalformedField.at(start));
        }
        let rest = rest.ok_or_else(|| Fault::MissingField.at(start + text.len()))?;
        let (rate, parameters) = fields::split(rest, b'/');
        let rate_start = start + encoding.len() + 1;
        // the bound makes the conversion exact
        let clock_rate = fields::number(rate.as_bytes(), u64::from(u32::MAX))
            .map_err(|fault| fault.at(rate_start))? as u32;
        if parameters == Some("") && mode == Mode::Strict {
            return Err(Fault::MissingField.at(start + text.len()));
        }
        Ok(Self {
            payload_type,
            encoding,
            clock_rate,
            parameters: parameters.filter(|p| !p.is_empty()),
        })
    }

    /// Number of audio channels, 1 if not written.
    #[must_use]
    pub fn channels(&self) -> u8 {
        self.parameters.and_then(|p| p.parse().ok()).unwrap_or(1)
    }
}

impl fmt::Display for Rtpmap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}/{}",
            self.payload_type, self.encoding, self.clock_rate
        )?;
        match self.parameters {
            Some(parameters) => write!(f, "/{parameters}"),
            None => Ok(()),
        }
    }
}
