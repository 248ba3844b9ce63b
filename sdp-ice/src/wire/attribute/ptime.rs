//! `a=ptime` and `a=maxptime` (RFC 8866 sections 6.4 and 6.5).

use core::fmt;
use core::time::Duration;

use crate::wire::{Fault, Fields, Mode, ParseError, fields};

/// Length of media in one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketTime(pub Duration);

impl PacketTime {
    /// Reads the value: milliseconds, with a fraction if need be (`12.5`). Digits past the
    /// nanosecond are dropped.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`. Zero is out of range, and so is more than `u32::MAX`.
    pub fn parse(value: &[u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        let start = fields.offset();
        let text = fields.text()?;
        fields.end()?;
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        let millis = fields::number(whole.as_bytes(), u64::from(u32::MAX))
            .map_err(|fault| fault.at(start))?;
        let mut nanos = 0;
        if let Some(fraction) = fraction {
            if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
                return Err(Fault::NotANumber.at(start + whole.len() + 1));
            }
            let digits = fraction.bytes().chain(core::iter::repeat(b'0')).take(6);
            nanos = digits.fold(0, |n, digit| n * 10 + u64::from(digit - b'0'));
        }
        match Duration::from_millis(millis) + Duration::from_nanos(nanos) {
            Duration::ZERO => Err(Fault::OutOfRange.at(start)),
            time => Ok(Self(time)),
        }
    }
}

impl fmt::Display for PacketTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.subsec_nanos() % 1_000_000;
        write!(f, "{}", self.0.as_millis())?;
        if nanos == 0 {
            return Ok(());
        }
        let (mut fraction, mut width) = (nanos, 6);
        while fraction % 10 == 0 {
            fraction /= 10;
            width -= 1;
        }
        write!(f, ".{fraction:0width$}")
    }
}
