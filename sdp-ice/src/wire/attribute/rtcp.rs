//! `a=rtcp` (RFC 3605).

use core::fmt;

use crate::wire::{AddressFamily, Fields, Host, Mode, ParseError};

/// Where RTCP is to be sent, if not to the port above the one of RTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rtcp<'a> {
    /// Port.
    pub port: u16,
    /// Address, the one of the `c=` line if not written.
    pub address: Option<(AddressFamily, Host<'a>)>,
}

impl<'a> Rtcp<'a> {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        let port = fields.port()?;
        let address = match fields.end() {
            Ok(()) => None,
            Err(_) => {
                let family = AddressFamily::parse(&mut fields)?;
                let start = fields.offset();
                let host = Host::parse(fields.text()?).map_err(|fault| fault.at(start))?;
                family.check(&host, mode).map_err(|fault| fault.at(start))?;
                Some((family, host))
            }
        };
        fields.end()?;
        Ok(Self { port, address })
    }
}

impl fmt::Display for Rtcp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.port)?;
        match self.address {
            Some((family, host)) => write!(f, " {family} {host}"),
            None => Ok(()),
        }
    }
}
