//! SRV records (RFC 2782).

use core::fmt;

use thiserror::Error;
use trunkline_sans_io::Srv;

use super::{Domain, DomainError};

/// What an SRV record says: which host offers a service, and at which port.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SrvRecord<'a> {
    /// The record with the smallest number is to be used first.
    pub priority: u16,
    /// How often a record is to be used, among those of the same priority.
    pub weight: u16,
    /// The port of the service.
    pub port: u16,
    /// The host. `None` says that the domain does not have the service: the root domain (RFC 2782, "Target").
    pub target: Option<Domain<'a>>,
}

/// Why a text is no [`SrvRecord`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum SrvRecordError {
    /// There are not four parts.
    #[error("an SRV record has priority, weight, port and target")]
    Parts,
    /// Priority, weight or port is no number from 0 to 65535.
    #[error("priority, weight and port are numbers from 0 to 65535")]
    Number,
    /// The target is no name of a host.
    #[error("the target: {0}")]
    Target(#[from] DomainError),
}

impl<'a> SrvRecord<'a> {
    /// A record.
    #[must_use]
    pub const fn new(priority: u16, weight: u16, port: u16, target: Option<Domain<'a>>) -> Self {
        Self {
            priority,
            weight,
            port,
            target,
        }
    }

    /// The record as a resolver delivers it.
    ///
    /// # Errors
    ///
    /// Any [`DomainError`], where the target is no name of a host.
    pub fn from_dns(srv: &'a Srv) -> Result<Self, DomainError> {
        let target = Self::read_target(&srv.target)?;
        Ok(Self::new(srv.priority, srv.weight, srv.port, target))
    }

    /// Reads the target as a resolver delivers it: a name with or without the dot at its end, or nothing but
    /// that dot.
    ///
    /// # Errors
    ///
    /// Any [`DomainError`].
    pub fn read_target(target: &'a str) -> Result<Option<Domain<'a>>, DomainError> {
        match target {
            "." => Ok(None),
            name => Domain::parse(name).map(Some),
        }
    }

    /// Reads the text form of RFC 2782, `1 0 5061 sip.contoso.com.`, and that of Windows' DNS console,
    /// `[1][0][5061] sip.contoso.com.`
    ///
    /// # Errors
    ///
    /// Any [`SrvRecordError`].
    pub fn parse(text: &'a str) -> Result<Self, SrvRecordError> {
        let is_between = |c: char| c.is_ascii_whitespace() || c == '[' || c == ']';
        let mut parts = text.split(is_between).filter(|part| !part.is_empty());
        let mut part = || parts.next().ok_or(SrvRecordError::Parts);
        let (priority, weight, port, target) = (part()?, part()?, part()?, part()?);
        if parts.next().is_some() {
            return Err(SrvRecordError::Parts);
        }
        Ok(Self {
            priority: number(priority)?,
            weight: number(weight)?,
            port: number(port)?,
            target: Self::read_target(target)?,
        })
    }
}

fn number(text: &str) -> Result<u16, SrvRecordError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.ok_or(SrvRecordError::Number)
}

/// The text form of RFC 2782, with the dot at the end.
impl fmt::Display for SrvRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} ", self.priority, self.weight, self.port)?;
        match self.target {
            Some(target) => write!(f, "{target}."),
            None => f.write_str("."),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use trunkline_sans_io::DnsName;

    use super::*;

    /// E001-116: `[1][0][5061] ucserver.domain.de.`
    #[test]
    fn e001_116_the_record_of_the_manual() {
        for text in [
            "[1][0][5061] ucserver.domain.de.",
            "1 0 5061 ucserver.domain.de",
            " 1\t0  5061 ucserver.domain.de. ",
        ] {
            let record = SrvRecord::parse(text).unwrap();
            assert_eq!((record.priority, record.weight, record.port), (1, 0, 5061));
            assert_eq!(
                record.target.map(|target| target.as_str()),
                Some("ucserver.domain.de")
            );
            assert_eq!(record.to_string(), "1 0 5061 ucserver.domain.de.");
        }
    }

    #[test]
    fn a_record_may_say_that_there_is_no_service() {
        let record = SrvRecord::parse("0 0 0 .").unwrap();
        assert_eq!(record, SrvRecord::new(0, 0, 0, None));
        assert_eq!(record.to_string(), "0 0 0 .");
    }

    #[test]
    fn a_record_of_dns() {
        let mut srv = Srv {
            priority: 1,
            weight: 0,
            port: 5061,
            target: DnsName::parse("ucserver.domain.de.").unwrap(),
        };
        let record = SrvRecord::from_dns(&srv);
        assert_eq!(
            record,
            SrvRecord::parse("1 0 5061 ucserver.domain.de").map_err(|_| DomainError::Empty)
        );
        srv.target = DnsName::ROOT;
        assert_eq!(SrvRecord::from_dns(&srv).unwrap().target, None);
        srv.target = DnsName::parse("192.0.2.1").unwrap();
        assert_eq!(SrvRecord::from_dns(&srv), Err(DomainError::Address));
    }

    #[test]
    fn what_is_no_record_says_why() {
        for (text, error) in [
            ("", SrvRecordError::Parts),
            ("1 0 5061", SrvRecordError::Parts),
            ("1 0 5061 a.example b.example", SrvRecordError::Parts),
            ("1 0 65536 a.example", SrvRecordError::Number),
            ("+1 0 5061 a.example", SrvRecordError::Number),
            (
                "1 0 5061 192.0.2.1",
                SrvRecordError::Target(DomainError::Address),
            ),
        ] {
            assert_eq!(SrvRecord::parse(text), Err(error), "{text}");
        }
    }
}
