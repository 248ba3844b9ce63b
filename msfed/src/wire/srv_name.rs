//! The name under which an organisation publishes its federation server.

use core::fmt::{self, Write as _};
use core::ops::Deref;

use thiserror::Error;

use super::Domain;

/// Service and protocol in front of the domain (RFC 2782).
const PREFIX: &str = "_sipfederationtls._tcp.";

/// The most characters of a name in DNS, without the dot at its end: 255 octets as they are sent (RFC 1035
/// section 2.3.4).
const MAX_NAME_LEN: usize = 253;

/// The name of an SRV record, without a dot at its end. Nothing is to be appended to it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SrvName {
    bytes: [u8; MAX_NAME_LEN],
    len: u8,
}

/// The name of the SRV record would be longer than DNS permits, so that the domain cannot have one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("DNS has no room for the SRV record of a domain of more than {max} characters", max = SrvName::MAX_DOMAIN_LEN)]
pub struct SrvNameTooLong;

/// The name to ask for the SRV records of a domain's federation servers:
/// `_sipfederationtls._tcp.contoso.com`.
///
/// In lower case, so that one domain has one name, in caches as well.
///
/// # Errors
///
/// [`SrvNameTooLong`] for domains of more than [`SrvName::MAX_DOMAIN_LEN`] octets.
///
/// ```
/// use trunkline_msfed::{Domain, federation_srv_name};
///
/// let name = federation_srv_name(Domain::parse("Contoso.com.")?)?;
/// assert_eq!(&*name, "_sipfederationtls._tcp.contoso.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn federation_srv_name(domain: Domain<'_>) -> Result<SrvName, SrvNameTooLong> {
    let mut name = SrvName {
        bytes: [0; MAX_NAME_LEN],
        len: 0,
    };
    name.write_str(PREFIX).map_err(|_| SrvNameTooLong)?;
    let start = PREFIX.len();
    name.write_str(domain.as_str())
        .map_err(|_| SrvNameTooLong)?;
    name.bytes[start..].make_ascii_lowercase();
    Ok(name)
}

impl SrvName {
    /// The most octets of a domain whose record has a name in DNS.
    pub const MAX_DOMAIN_LEN: usize = MAX_NAME_LEN - PREFIX.len();

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let name = self.bytes.get(..self.len.into()).unwrap_or_default();
        str::from_utf8(name).unwrap_or_default()
    }
}

impl fmt::Write for SrvName {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let start = usize::from(self.len);
        let end = start + text.len();
        let room = self.bytes.get_mut(start..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = u8::try_from(end).map_err(|_| fmt::Error)?;
        Ok(())
    }
}

impl Deref for SrvName {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for SrvName {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for SrvName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for SrvName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString as _;

    use super::*;

    /// E001-115: the record is `_sipfederationtls` under `_tcp`.
    #[test]
    fn e001_115_the_name_of_the_federation_record() {
        for (domain, name) in [
            ("contoso.com", "_sipfederationtls._tcp.contoso.com"),
            ("Domain.DE.", "_sipfederationtls._tcp.domain.de"),
            (
                "xn--bcher-kva.example",
                "_sipfederationtls._tcp.xn--bcher-kva.example",
            ),
        ] {
            let found = federation_srv_name(Domain::parse(domain).unwrap()).unwrap();
            assert_eq!(found.as_str(), name);
            assert_eq!(found.to_string(), name);
        }
    }

    #[test]
    fn dns_has_no_longer_names() {
        let label = "a".repeat(57);
        let longest = format!("{label}.{label}.{label}.{}", "b".repeat(56));
        let name = federation_srv_name(Domain::parse(&longest).unwrap()).unwrap();
        assert_eq!((longest.len(), name.len()), (SrvName::MAX_DOMAIN_LEN, 253));
        let longer = format!("{longest}b");
        assert_eq!(
            federation_srv_name(Domain::parse(&longer).unwrap()),
            Err(SrvNameTooLong)
        );
        assert_eq!(
            SrvNameTooLong.to_string(),
            "DNS has no room for the SRV record of a domain of more than 230 characters"
        );
    }
}
