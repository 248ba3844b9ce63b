//! The `b=` line (RFC 8866 section 5.8).

use core::fmt;

use super::{Fault, Fields, Mode, ParseError, fields};

/// What a bandwidth figure bounds, and its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BandwidthType<'a> {
    /// `CT`: all media of the session, in kbit/s (RFC 8866).
    ConferenceTotal,
    /// `AS`: one stream, in kbit/s with IP and UDP headers (RFC 8866).
    ApplicationSpecific,
    /// `TIAS`: one stream without transport headers, in bit/s (RFC 3890).
    TransportIndependent,
    /// `RS`: RTCP of senders, in bit/s (RFC 3556).
    RtcpSenders,
    /// `RR`: RTCP of receivers, in bit/s (RFC 3556).
    RtcpReceivers,
    /// Anything else; receivers ignore it.
    Other(&'a str),
}

/// A bound on the bandwidth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bandwidth<'a> {
    /// What is bounded.
    pub kind: BandwidthType<'a>,
    /// The bound, in the unit of `kind`.
    pub value: u64,
}

impl<'a> Bandwidth<'a> {
    /// Reads the value of a `b=` line.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`. An unknown type is no error.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        let text = fields.rest_text()?;
        let (kind, number) = text
            .split_once(':')
            .ok_or_else(|| Fault::MissingField.at(text.len()))?;
        if !fields::is_token(kind) {
            return Err(Fault::MalformedField.at(0));
        }
        let number = match mode {
            Mode::Strict => number,
            Mode::Tolerant => number.trim_ascii(),
        };
        Ok(Self {
            kind: match kind {
                "CT" => BandwidthType::ConferenceTotal,
                "AS" => BandwidthType::ApplicationSpecific,
                "TIAS" => BandwidthType::TransportIndependent,
                "RS" => BandwidthType::RtcpSenders,
                "RR" => BandwidthType::RtcpReceivers,
                _ => BandwidthType::Other(kind),
            },
            value: fields::number(number.as_bytes(), u64::MAX)
                .map_err(|fault| fault.at(kind.len() + 1))?,
        })
    }
}

impl fmt::Display for Bandwidth<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            BandwidthType::ConferenceTotal => "CT",
            BandwidthType::ApplicationSpecific => "AS",
            BandwidthType::TransportIndependent => "TIAS",
            BandwidthType::RtcpSenders => "RS",
            BandwidthType::RtcpReceivers => "RR",
            BandwidthType::Other(kind) => kind,
        };
        write!(f, "{kind}:{}", self.value)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn known_and_unknown_types() {
        for value in [
            "CT:99980",
            "AS:64",
            "TIAS:50780",
            "RS:800",
            "RR:2400",
            "X-YZ:128",
        ] {
            let parsed = Bandwidth::parse(value.as_bytes(), Mode::Strict).unwrap();
            assert_eq!(parsed.to_string(), value);
        }
        assert_eq!(
            Bandwidth::parse(b"AS", Mode::Tolerant),
            Err(Fault::MissingField.at(2))
        );
        assert_eq!(
            Bandwidth::parse(b"AS:x", Mode::Tolerant),
            Err(Fault::NotANumber.at(3))
        );
        assert!(Bandwidth::parse(b" AS: 64 ", Mode::Tolerant).is_ok_and(|b| b.value == 64));
        assert!(Bandwidth::parse(b"AS: 64", Mode::Strict).is_err());
    }
}
