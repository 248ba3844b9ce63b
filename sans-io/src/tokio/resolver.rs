//! Questions to DNS.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use core::{fmt, str};
use std::time::Instant;

use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
    ServerOrderingStrategy,
};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use hickory_resolver::{ResolverBuilder, TokioResolver};
use thiserror::Error;

use crate::{DnsData, DnsFailure, DnsName, DnsQuestion, DnsRecord, DnsRecordType, Naptr, Srv};

/// The most addresses of a name that are kept.
const MAX_ADDRESSES: usize = 32;
/// The most servers that are asked at the same time.
const AT_ONCE: usize = 3;
/// How long a question may take before it is put once more.
const QUESTION: Duration = Duration::from_secs(2);

/// The addresses of a host, by DNS, and other records.
///
/// One question per call: answers are not kept from one call to the next. Who asks keeps them for
/// [`Addresses::ttl`] and then asks again; an address that has changed is therefore seen as soon as its
/// records permit. Names are fully qualified: nothing is appended to them.
///
/// A question goes to the first three servers at the same time, so that a dead one costs no time, and the
/// first answer counts. Servers past the third are asked only once those have failed. After 2 s without an
/// answer the question is put once more, after 4 s it is given up. Addresses are 32 at most;
/// further ones are left out.
///
/// ```no_run
/// use trunkline_sans_io::tokio::Resolver;
///
/// # async fn ask() -> Result<(), Box<dyn std::error::Error>> {
/// let resolver = Resolver::system()?;
/// let found = resolver.addresses("link01.trunk.example", false).await?;
/// for address in &found.addresses {
///     println!("{address}, for {:?}", found.ttl);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Resolver {
    inner: TokioResolver,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

/// What a name stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Addresses {
    /// The addresses in the order of the answer, at least one.
    pub addresses: Vec<IpAddr>,
    /// How long they may be used: what is left of the shortest time-to-live among the records, but no less
    /// than [`Resolver::MIN_TTL`] and no more than [`Resolver::MAX_TTL`].
    pub ttl: Duration,
}

/// Why there are no addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// This is not the name of a host (caller).
    #[error("not a host name")]
    Malformed,
    /// The name does not exist (NXDOMAIN, RFC 1035 section 4.1.1).
    #[error("the name does not exist")]
    NoSuchName,
    /// The name exists, but has no address of the family that was asked for.
    #[error("the name has no address of this family")]
    NoAddress,
    /// A server has answered that it cannot or will not answer (SERVFAIL, REFUSED).
    #[error("the server refuses to answer")]
    Refused,
    /// No server has answered in time, or in a way that makes sense.
    #[error("no answer")]
    NoAnswer,
    /// The configuration of the operating system tells no server, or cannot be read.
    #[error("no name server is configured")]
    NoServer,
}

impl Resolver {
    /// The shortest time for which addresses are told to be valid: 1 s. A time-to-live of 0 would mean a
    /// question for each call.
    pub const MIN_TTL: Duration = Duration::from_secs(1);
    /// The longest: 1 hour.
    pub const MAX_TTL: Duration = Duration::from_secs(3600);

    /// Asks the name servers of the operating system, and its file of hosts before them. Both
    /// are read once, here. Its search domains are not used.
    ///
    /// # Errors
    ///
    /// [`ResolveError::NoServer`].
    pub fn system() -> Result<Self, ResolveError> {
        let (config, mut options) = hickory_resolver::system_conf::read_system_conf()
            .map_err(|_| ResolveError::NoServer)?;
        options.use_hosts_file = ResolveHosts::Always;
        Self::new(config.name_servers().to_vec(), options)
    }

    /// Asks these name servers, over UDP, and over TCP where an answer is too long for that.
    ///
    /// # Errors
    ///
    /// [`ResolveError::NoServer`] when there is none.
    pub fn with_servers(servers: &[SocketAddr]) -> Result<Self, ResolveError> {
        let servers = servers.iter().map(|server| {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut way| {
                way.port = server.port();
                way
            });
            NameServerConfig::new(server.ip(), true, connections.into())
        });
        let mut options = ResolverOpts::default();
        options.use_hosts_file = ResolveHosts::Never;
        options.server_ordering_strategy = ServerOrderingStrategy::UserProvidedOrder;
        Self::new(servers.collect(), options)
    }

    fn new(
        servers: Vec<NameServerConfig>,
        mut options: ResolverOpts,
    ) -> Result<Self, ResolveError> {
        if servers.is_empty() {
            return Err(ResolveError::NoServer);
        }
        options.ndots = 0;
        options.timeout = QUESTION;
        options.attempts = 1;
        options.num_concurrent_reqs = servers.len().min(AT_ONCE);
        // What is kept is kept by who asks, for as long as is told.
        options.cache_size = 0;
        let config = ResolverConfig::from_name_servers(servers);
        let builder: ResolverBuilder<_> =
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let inner = builder.with_options(options).build();
        Ok(Self {
            inner: inner.map_err(|_| ResolveError::NoServer)?,
        })
    }

    /// The IPv4 addresses of a host or, with `ipv6`, its IPv6 addresses. Aliases (CNAME) are followed. An
    /// address as text stands for itself, with [`Self::MAX_TTL`], and asks nobody.
    ///
    /// Cancel-safe: dropping the future gives the question up, nothing else. Call it inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// See [`ResolveError`]. None of them lasts: the next question may be answered.
    pub async fn addresses(&self, name: &str, ipv6: bool) -> Result<Addresses, ResolveError> {
        if let Some(address) = literal(name) {
            if address.is_ipv6() != ipv6 {
                return Err(ResolveError::NoAddress);
            }
            return Ok(Addresses {
                addresses: [address].into(),
                ttl: Self::MAX_TTL,
            });
        }
        let record_type = if ipv6 {
            DnsRecordType::Aaaa
        } else {
            DnsRecordType::A
        };
        let name = DnsName::parse(name).ok().filter(|name| !name.is_root());
        let name = name.ok_or(ResolveError::Malformed)?;
        let answer = self.records(&DnsQuestion::new(name, record_type)).await?;
        let mut addresses = Vec::new();
        for address in answer.records().filter_map(|record| record.data.ip()) {
            if addresses.len() < MAX_ADDRESSES && !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Ok(Addresses {
            addresses,
            ttl: answer.ttl().clamp(Self::MIN_TTL, Self::MAX_TTL),
        })
    }

    /// The records that a name has, as [`DnsRecord`] tells them. Aliases (CNAME) are followed.
    ///
    /// Cancel-safe, as [`Self::addresses`] is.
    ///
    /// # Errors
    ///
    /// See [`DnsFailure`]. None of them lasts: the next question may be answered.
    pub async fn records(&self, question: &DnsQuestion) -> Result<DnsAnswer, DnsFailure> {
        let record_type = match question.record_type {
            DnsRecordType::A => RecordType::A,
            DnsRecordType::Aaaa => RecordType::AAAA,
            DnsRecordType::Srv => RecordType::SRV,
            DnsRecordType::Naptr => RecordType::NAPTR,
        };
        let name = Name::from_ascii(question.name).map(|mut name| {
            name.set_fqdn(true);
            name
        });
        let name = name.map_err(|_| DnsFailure::NoSuchName)?;
        let asked = self.inner.lookup(name, record_type).await;
        let lookup = asked.map_err(|error| failure(&error))?;
        let record_type = question.record_type;
        let answer = DnsAnswer {
            lookup,
            record_type,
        };
        let is_empty = answer.records().next().is_none();
        if is_empty {
            return Err(DnsFailure::NoRecord);
        }
        Ok(answer)
    }
}

/// The records that answer a question, at least one.
#[derive(Clone, Debug)]
pub struct DnsAnswer {
    lookup: Lookup,
    record_type: DnsRecordType,
}

impl DnsAnswer {
    /// The records of the type that was asked for, in the order of the answer. A record with a name that
    /// [`DnsName`] refuses, or a rule that is not UTF-8, is left out.
    pub fn records(&self) -> impl Iterator<Item = DnsRecord<'_>> {
        let records = self.lookup.answers().iter().filter_map(read);
        records.filter(|record| record.data.record_type() == self.record_type)
    }

    /// How long the answer may be used: what is left of the shortest time-to-live among its records.
    #[must_use]
    pub fn ttl(&self) -> Duration {
        let until = self.lookup.valid_until();
        until.saturating_duration_since(Instant::now())
    }
}

fn read(record: &Record) -> Option<DnsRecord<'_>> {
    let data = match &record.data {
        RData::A(address) => DnsData::A(address.0),
        RData::AAAA(address) => DnsData::Aaaa(address.0),
        RData::SRV(srv) => DnsData::Srv(Srv {
            priority: srv.priority,
            weight: srv.weight,
            port: srv.port,
            target: DnsName::from_display(&srv.target).ok()?,
        }),
        RData::NAPTR(naptr) => DnsData::Naptr(Naptr {
            order: naptr.order,
            preference: naptr.preference,
            flags: str::from_utf8(&naptr.flags).ok()?,
            services: str::from_utf8(&naptr.services).ok()?,
            regexp: str::from_utf8(&naptr.regexp).ok()?,
            replacement: DnsName::from_display(&naptr.replacement).ok()?,
        }),
        _ => return None,
    };
    let ttl = Duration::from_secs(record.ttl.into());
    Some(DnsRecord { ttl, data })
}

/// An address as text, an IPv6 one with or without the brackets of RFC 3261.
fn literal(name: &str) -> Option<IpAddr> {
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    bare.unwrap_or(name).parse().ok()
}

impl From<DnsFailure> for ResolveError {
    fn from(failure: DnsFailure) -> Self {
        match failure {
            DnsFailure::NoSuchName => Self::NoSuchName,
            DnsFailure::NoRecord => Self::NoAddress,
            DnsFailure::Refused => Self::Refused,
            _ => Self::NoAnswer,
        }
    }
}

fn failure(error: &NetError) -> DnsFailure {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => DnsFailure::NoSuchName,
            ResponseCode::NoError => DnsFailure::NoRecord,
            _ => DnsFailure::Refused,
        },
        NetError::Dns(_) => DnsFailure::Refused,
        _ => DnsFailure::NoAnswer,
    }
}

#[cfg(test)]
mod tests;
