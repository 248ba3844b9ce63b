//! What the SRV records of a domain come to.

use core::fmt;

use super::srv_match::{SrvMatch, SrvVerdict, match_srv};
use crate::{Domain, MsDiagnostic, SrvRecord};

/// What the SRV records of a domain come to. Displays as a sentence that tells why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Discovery<'a> {
    /// The domain.
    pub domain: Domain<'a>,
    /// What is to be done.
    pub outcome: DiscoveryOutcome<'a>,
    /// How many records came before the one that counts, and were passed over since their hosts are in other
    /// domains.
    pub conflicts: usize,
}

/// What is to be done with a domain whose SRV records are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum DiscoveryOutcome<'a> {
    /// Connect to this host over mutual TLS.
    Connect {
        /// The host. Its certificate has to be for this name.
        host: Domain<'a>,
        /// The port, usually 5061.
        port: u16,
        /// By which rule the host stands for the domain.
        rule: SrvMatch,
    },
    /// There is no record. There is no other way to find the server of a domain: in particular no address of
    /// the domain itself is used.
    NoRecord,
    /// The domain says that it does not federate (RFC 2782, a target that is the root domain).
    NotOffered,
    /// All hosts are in other domains; this is the first of them.
    Conflict {
        /// The host.
        host: Domain<'a>,
    },
}

/// Takes the first record whose host may stand for the domain, by [`match_srv`].
///
/// The records are in the order in which they are to be tried: see [`SrvOrder`](super::SrvOrder).
/// Where the host that this names does not answer, give the records behind it.
///
/// ```
/// use trunkline_msfed::{Domain, SrvRecord, discover};
///
/// let domain = Domain::parse("domain.de")?;
/// let records = [SrvRecord::parse("1 0 5061 ucserver.domain.de.")?];
/// let discovery = discover(domain, &records, &[""; 0]);
/// assert_eq!(
///     discovery.to_string(),
///     "domain.de: connect to ucserver.domain.de:5061, since it is in the domain itself"
/// );
/// // no record: the response to the request says why
/// let diagnostic = discover(domain, &[], &[""; 0]).diagnostic();
/// assert_eq!(diagnostic.map(|diagnostic| diagnostic.id()), Some(1008));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn discover<'a, P: AsRef<str>>(
    domain: Domain<'a>,
    records: &[SrvRecord<'a>],
    known_proxies: &[P],
) -> Discovery<'a> {
    let mut conflicts = 0;
    let mut first = None;
    let mut refuses = false;
    for record in records {
        let Some(host) = record.target else {
            refuses = true;
            continue;
        };
        let SrvVerdict { rule, .. } = match_srv(domain, host, known_proxies);
        if rule == SrvMatch::Conflict {
            first = first.or(Some(host));
            conflicts += 1;
            continue;
        }
        let port = record.port;
        let outcome = DiscoveryOutcome::Connect { host, port, rule };
        return Discovery {
            domain,
            outcome,
            conflicts,
        };
    }
    let outcome = match first {
        Some(host) => DiscoveryOutcome::Conflict { host },
        None if refuses => DiscoveryOutcome::NotOffered,
        None => DiscoveryOutcome::NoRecord,
    };
    Discovery {
        domain,
        outcome,
        conflicts,
    }
}

impl Discovery<'_> {
    /// The reason for the response to send where there is no connection to make: 1008 or 1009.
    #[must_use]
    pub const fn diagnostic(&self) -> Option<MsDiagnostic> {
        match self.outcome {
            DiscoveryOutcome::Connect { .. } => None,
            DiscoveryOutcome::NoRecord | DiscoveryOutcome::NotOffered => {
                Some(MsDiagnostic::NoSrvRecord)
            }
            DiscoveryOutcome::Conflict { .. } => Some(MsDiagnostic::ConflictingSrv),
        }
    }
}

impl fmt::Display for Discovery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.domain)?;
        match self.outcome {
            DiscoveryOutcome::Connect { host, port, rule } => {
                write!(f, "connect to {host}:{port}, since it is ")?;
                f.write_str(match rule {
                    SrvMatch::Strict => "in the domain itself",
                    _ => "among the known servers",
                })?;
                match self.conflicts {
                    0 => Ok(()),
                    passed => write!(f, "; passed over: {passed} in other domains"),
                }
            }
            DiscoveryOutcome::NoRecord => f.write_str("there is no SRV record for federation"),
            DiscoveryOutcome::NotOffered => {
                f.write_str("its SRV record says that it does not federate")
            }
            DiscoveryOutcome::Conflict { host } => write!(
                f,
                "{host}, of its SRV record, is in another domain and not among the known servers"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;
    use std::vec::Vec;

    use super::*;

    fn judge<'a>(records: &[&'a str], known: &[&str]) -> Discovery<'a> {
        let parse = |text: &&'a str| SrvRecord::parse(text).unwrap();
        let records: Vec<SrvRecord<'a>> = records.iter().map(parse).collect();
        discover(Domain::parse("partner.example").unwrap(), &records, known)
    }

    /// E001-77: an SRV record and nothing else yields where to connect to.
    #[test]
    fn e001_77_a_record_is_all_it_takes() {
        let found = judge(&["0 0 5061 sip.partner.example."], &[]);
        let host = Domain::parse("sip.partner.example").unwrap();
        assert_eq!(
            found.outcome,
            DiscoveryOutcome::Connect {
                host,
                port: 5061,
                rule: SrvMatch::Strict
            }
        );
        assert_eq!(found.diagnostic(), None);
    }

    #[test]
    fn every_outcome_says_why() {
        let known = ["sipfed.online.lync.com"];
        for (records, id, why) in [
            (
                [].as_slice(),
                Some(1008),
                "partner.example: there is no SRV record for federation",
            ),
            (
                &["0 0 0 ."],
                Some(1008),
                "partner.example: its SRV record says that it does not federate",
            ),
            (
                &["0 0 5061 sip.other.example", "0 0 5061 sip.third.example"],
                Some(1009),
                "partner.example: sip.other.example, of its SRV record, is in another domain and not among \
                 the known servers",
            ),
            (
                &["0 0 5061 sipfed.online.lync.com"],
                None,
                "partner.example: connect to sipfed.online.lync.com:5061, since it is among the known servers",
            ),
            (
                &["0 0 5061 sip.other.example", "1 0 5063 sip.partner.example"],
                None,
                "partner.example: connect to sip.partner.example:5063, since it is in the domain itself; \
                 passed over: 1 in other domains",
            ),
        ] {
            let found = judge(records, &known);
            assert_eq!(found.to_string(), why);
            assert_eq!(found.diagnostic().map(MsDiagnostic::id), id);
        }
    }
}
