//! The `o=` line (RFC 8866 section 5.2).

use core::fmt;

use super::{AddressFamily, Fault, Fields, Host, Mode, ParseError};

/// Who made the session description, and which version of it this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin<'a> {
    /// User name, `-` if there is none.
    pub username: &'a str,
    /// Session id: decimal digits, of any length.
    pub session_id: &'a str,
    /// Version of the description: decimal digits, of any length.
    pub session_version: &'a str,
    /// Address type.
    pub family: AddressFamily,
    /// Address of the originating machine. Not where media goes.
    pub host: Host<'a>,
}

impl<'a> Origin<'a> {
    /// Reads the value of an `o=` line.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`. Tolerant mode takes spaces in the user name, as some
    /// gateways write them.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value, mode);
        let username = match mode {
            Mode::Strict => fields.text()?,
            Mode::Tolerant => {
                let mut all = Fields::new(value, mode);
                let mut count = 0usize;
                while all.next()?.is_some() {
                    count += 1;
                }
                let start = fields.offset();
                // five fields follow the name
                for _ in 5..count.max(6) {
                    fields.text()?;
                }
                let name = value.get(start..fields.offset()).unwrap_or_default();
                Fields::new(name, mode).rest_text()?
            }
        };
        let session_id = digits(&mut fields)?;
        let session_version = digits(&mut fields)?;
        let family = AddressFamily::parse(&mut fields)?;
        let start = fields.offset();
        let host = Host::parse(fields.text()?).map_err(|fault| fault.at(start))?;
        family.check(&host, mode).map_err(|fault| fault.at(start))?;
        fields.end()?;
        Ok(Self {
            username,
            session_id,
            session_version,
            family,
            host,
        })
    }
}

fn digits<'a>(fields: &mut Fields<'a>) -> Result<&'a str, ParseError> {
    let start = fields.offset();
    let text = fields.text()?;
    match text.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok(text),
        false => Err(Fault::NotANumber.at(start)),
    }
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            username,
            session_id,
            session_version,
            family,
            host,
        } = self;
        write!(
            f,
            "{username} {session_id} {session_version} {family} {host}"
        )
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn reads_and_writes() {
        let value = "jdoe 3724394400 3724394405 IN IP4 198.51.100.1";
        let origin = Origin::parse(value.as_bytes(), Mode::Strict).unwrap();
        assert_eq!(
            (origin.username, origin.session_version),
            ("jdoe", "3724394405")
        );
        assert_eq!(origin.to_string(), value);
        let long = b"- 99999999999999999999999999 1 IN IP6 ::1";
        assert!(Origin::parse(long, Mode::Strict).is_ok());
    }

    #[test]
    fn a_user_name_with_spaces_is_tolerated() {
        let value = b" Front Desk  1 2 IN IP4 gw.example ";
        let origin = Origin::parse(value, Mode::Tolerant).unwrap();
        assert_eq!((origin.username, origin.session_id), ("Front Desk", "1"));
        let error = Origin::parse(b"Front Desk 1 2 IN IP4 gw.example", Mode::Strict);
        assert_eq!(error, Err(Fault::NotANumber.at(6)));
        assert_eq!(
            Origin::parse(b"- 1 2 IN IP4", Mode::Tolerant).map(|_| ()),
            Err(Fault::MissingField.at(12))
        );
    }
}
