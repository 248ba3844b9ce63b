//! Whether the host of an SRV record may stand for a domain.

use core::fmt;

use crate::{Domain, MsDiagnostic};

/// By which rule the host of an SRV record stands for a domain, or that it does not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SrvMatch {
    /// The host is in the domain of the record: the domain itself, or a name below it.
    Strict,
    /// The host is in another domain, but is a server that the administrator has named: that of a hosting
    /// provider, or of a partner.
    KnownProvider,
    /// The host is in another domain. Whoever controls DNS on the way could have put it there.
    Conflict,
}

/// What [`match_srv`] says. Displays as a sentence that tells why.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SrvVerdict<'a> {
    /// The domain of the SRV record.
    pub domain: Domain<'a>,
    /// The host that the record names.
    pub host: Domain<'a>,
    /// The rule that counts.
    pub rule: SrvMatch,
}

/// Whether `host`, the target of an SRV record of `domain`, may stand for that domain.
///
/// The rule of Microsoft's servers is strict: the host has to be in the same domain as the record, whole
/// labels compared. Only hosts that the administrator knows, such as `sipfed.online.lync.com`, may stand for
/// other domains: those of `known_proxies`, as they stand there, not hosts below them.
///
/// The cost grows with the number of known hosts. Entries that are no domains match nothing.
///
/// ```
/// use trunkline_msfed::{Domain, SrvMatch, match_srv};
///
/// let domain = Domain::parse("contoso.com")?;
/// let known = ["sipfed.online.lync.com"];
/// let rule = |host| Ok(match_srv(domain, Domain::parse(host)?, &known).rule);
/// assert_eq!(rule("sip.contoso.com.")?, SrvMatch::Strict);
/// assert_eq!(rule("sipfed.online.lync.com")?, SrvMatch::KnownProvider);
/// assert_eq!(rule("sip.fabrikam.com")?, SrvMatch::Conflict);
/// assert_eq!(rule("sip.notcontoso.com")?, SrvMatch::Conflict);
/// # Ok::<(), trunkline_msfed::DomainError>(())
/// ```
pub fn match_srv<'a, P: AsRef<str>>(
    domain: Domain<'a>,
    host: Domain<'a>,
    known_proxies: &[P],
) -> SrvVerdict<'a> {
    let is_known = |known: &P| Domain::parse(known.as_ref()).is_ok_and(|known| known == host);
    let rule = if host.is_within(domain) {
        SrvMatch::Strict
    } else if known_proxies.iter().any(is_known) {
        SrvMatch::KnownProvider
    } else {
        SrvMatch::Conflict
    };
    SrvVerdict { domain, host, rule }
}

impl SrvVerdict<'_> {
    /// Whether the host may stand for the domain.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        !matches!(self.rule, SrvMatch::Conflict)
    }

    /// The reason for the response to send where it may not: 1009.
    #[must_use]
    pub const fn diagnostic(&self) -> Option<MsDiagnostic> {
        match self.rule {
            SrvMatch::Conflict => Some(MsDiagnostic::ConflictingSrv),
            _ => None,
        }
    }
}

impl fmt::Display for SrvVerdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { domain, host, rule } = self;
        match rule {
            SrvMatch::Strict => write!(f, "{host} is in the domain {domain} itself"),
            SrvMatch::KnownProvider => write!(
                f,
                "{host} is not in the domain {domain}, but among the known servers"
            ),
            SrvMatch::Conflict => write!(
                f,
                "{host} is neither in the domain {domain} nor among the known servers"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;

    fn judge<'a>(domain: &'a str, host: &'a str, known: &[&str]) -> SrvVerdict<'a> {
        match_srv(
            Domain::parse(domain).unwrap(),
            Domain::parse(host).unwrap(),
            known,
        )
    }

    /// E001-119: the target is in the SIP domain.
    #[test]
    fn e001_119_the_host_is_in_the_domain_of_the_record() {
        for (domain, host, rule) in [
            ("contoso.com", "sip.contoso.com", SrvMatch::Strict),
            ("contoso.com", "SIP.Contoso.COM.", SrvMatch::Strict),
            ("Contoso.com.", "contoso.com", SrvMatch::Strict),
            ("contoso.com", "edge.eu.contoso.com", SrvMatch::Strict),
            ("contoso.com", "sip.fabrikam.com", SrvMatch::Conflict),
            ("contoso.com", "sipcontoso.com", SrvMatch::Conflict),
            ("contoso.com", "contoso.com.example", SrvMatch::Conflict),
            ("eu.contoso.com", "sip.contoso.com", SrvMatch::Conflict),
            ("contoso.com", "com", SrvMatch::Conflict),
            (
                "xn--bcher-kva.example",
                "sip.XN--BCHER-KVA.example",
                SrvMatch::Strict,
            ),
            (
                "xn--bcher-kva.example",
                "sip.bcher-kva.example",
                SrvMatch::Conflict,
            ),
        ] {
            let verdict = judge(domain, host, &[]);
            assert_eq!(verdict.rule, rule, "{verdict}");
            assert_eq!(verdict.is_accepted(), rule == SrvMatch::Strict);
        }
    }

    #[test]
    fn known_servers_stand_for_any_domain_but_only_by_their_own_name() {
        let known = ["not a host", "sipfed.online.lync.com."];
        for (host, rule) in [
            ("SipFed.online.lync.com", SrvMatch::KnownProvider),
            ("a.sipfed.online.lync.com", SrvMatch::Conflict),
            ("online.lync.com", SrvMatch::Conflict),
        ] {
            assert_eq!(judge("contoso.com", host, &known).rule, rule, "{host}");
        }
        // the stricter rule is told where both hold
        let both = judge("contoso.com", "sip.contoso.com", &["sip.contoso.com"]);
        assert_eq!(both.rule, SrvMatch::Strict);
    }

    #[test]
    fn a_conflict_says_what_to_answer() {
        let verdict = judge("contoso.com", "sip.fabrikam.com", &[]);
        let diagnostic = verdict.diagnostic().unwrap();
        assert_eq!((diagnostic.id(), diagnostic.status()), (1009, 504));
        assert_eq!(
            verdict.to_string(),
            "sip.fabrikam.com is neither in the domain contoso.com nor among the known servers"
        );
    }
}
