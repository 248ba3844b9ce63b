//! The `t=` line (RFC 8866 section 5.9).

use core::fmt;

use super::{Fields, Mode, ParseError};

/// When the session is active. SIP uses `t=0 0`: no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Time {
    /// Start, in seconds since 1900 (NTP); 0 if there is none.
    pub start: u64,
    /// End, in seconds since 1900 (NTP); 0 if there is none.
    pub stop: u64,
}

impl Time {
    /// Reads the value of a `t=` line.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`.
    pub fn parse(value: &[u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        let start = fields.number(u64::MAX)?;
        let stop = fields.number(u64::MAX)?;
        fields.end()?;
        Ok(Self { start, stop })
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.start, self.stop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Fault;

    #[test]
    fn reads_times() {
        let time = Time::parse(b"3724394400 3724398000", Mode::Strict).unwrap();
        assert_eq!((time.start, time.stop), (3_724_394_400, 3_724_398_000));
        assert_eq!(
            Time::parse(b"0", Mode::Strict),
            Err(Fault::MissingField.at(1))
        );
        assert_eq!(
            Time::parse(b"0 x", Mode::Tolerant),
            Err(Fault::NotANumber.at(2))
        );
    }
}
