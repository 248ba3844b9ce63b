//! The name under which an organisation publishes its federation server.

use thiserror::Error;
use trunkline_sans_io::DnsName;

use super::Domain;

/// Service and protocol in front of the domain (RFC 2782).
const PREFIX: &str = "_sipfederationtls._tcp";

/// The name of the SRV record would be longer than DNS permits, so that the domain cannot have one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("DNS has no room for the SRV record of a domain of more than {max} characters", max = Self::MAX_DOMAIN_LEN)]
pub struct SrvNameTooLong;

impl SrvNameTooLong {
    /// The most octets of a domain whose record has a name in DNS.
    pub const MAX_DOMAIN_LEN: usize = DnsName::MAX_LEN - PREFIX.len() - 1;
}

/// The name to ask for the SRV records of a domain's federation servers:
/// `_sipfederationtls._tcp.contoso.com`.
///
/// In lower case, so that one domain has one name, in caches as well.
///
/// # Errors
///
/// [`SrvNameTooLong`] for domains of more than [`SrvNameTooLong::MAX_DOMAIN_LEN`] octets.
///
/// ```
/// use trunkline_msfed::{Domain, federation_srv_name};
///
/// let name = federation_srv_name(Domain::parse("Contoso.com.")?)?;
/// assert_eq!(&*name, "_sipfederationtls._tcp.contoso.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn federation_srv_name(domain: Domain<'_>) -> Result<DnsName, SrvNameTooLong> {
    let domain = DnsName::parse(domain.as_str()).map_err(|_| SrvNameTooLong)?;
    let name = domain.with_prefix(PREFIX).map_err(|_| SrvNameTooLong)?;
    Ok(name.to_lowercase())
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
        assert_eq!(
            (longest.len(), name.len()),
            (SrvNameTooLong::MAX_DOMAIN_LEN, 253)
        );
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
