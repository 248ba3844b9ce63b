//! `a=setup` (RFC 4145 section 4).

use crate::wire::{Fault, Fields, Mode, ParseError};

/// Who opens the connection, or sends the DTLS ClientHello (RFC 8842 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setup {
    /// The sender of the SDP opens it.
    Active,
    /// The sender of the SDP waits.
    Passive,
    /// Either; in offers only.
    Actpass,
    /// Not now.
    Holdconn,
}

impl Setup {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`.
    pub fn parse(value: &[u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        let role = match fields.text()? {
            "active" => Self::Active,
            "passive" => Self::Passive,
            "actpass" => Self::Actpass,
            "holdconn" => Self::Holdconn,
            _ => return Err(Fault::MalformedField.at(0)),
        };
        fields.end()?;
        Ok(role)
    }

    /// The value as written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::Actpass => "actpass",
            Self::Holdconn => "holdconn",
        }
    }
}
