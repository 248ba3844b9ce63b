//! Where a server is: SRV records and addresses, one after the other.

use core::net::SocketAddr;

use trunkline_sans_io::{
    DnsData, DnsFailure, DnsName, DnsQuestion, DnsRecord, DnsRecordType, Srv, Transport,
};

use super::public_address::StunServer;
use super::server_uri::ServerUri;
use crate::wire::{AddressFamily, TransactionIds};

/// How many hosts of a service, and how many addresses of a host, are tried at most.
const MAX_TARGETS: usize = 4;
/// How many SRV records of an answer are looked at.
const MAX_RECORDS: usize = 16;

/// What is to be done next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "a question is a value, and looked at once"
)]
pub enum LookupStep {
    /// DNS is to be asked. The answer goes to [`ServerLookup::handle_answer`].
    Ask(DnsQuestion),
    /// The server is to be tried here.
    Try {
        /// Over this: UDP, TCP, or TLS.
        transport: Transport,
        /// There.
        address: SocketAddr,
    },
    /// There is no further address.
    Failed(LookupFailure),
}

/// Why there is no address of a server, or no further one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LookupFailure {
    /// DNS does not tell where it is.
    #[error("DNS: {0}")]
    Dns(#[from] DnsFailure),
    /// Its domain says that it has no such service (RFC 2782 "Target").
    #[error("the domain does not have the service")]
    NoService,
    /// Its address is of another family than the one that is wanted.
    #[error("the server has another address family")]
    OtherFamily,
    /// All that there are were tried.
    #[error("there is no further address")]
    NoMore,
}

/// Finds the addresses of a server, one after the other: the next one when the last one did not do.
///
/// An address is what it is, and a name with a port is a host. A name without a port is a domain: DNS is asked for
/// the SRV records of its service over each of the [transports](ServerUri::transports), and if there are none it is a
/// host with the default port (RFC 8489 section 8, RFC 5928 section 3 without NAPTR records). At most 4 hosts of a
/// service and 4 addresses of a host are tried. Of a host the IPv6 addresses come first.
///
/// ```
/// use std::time::Duration;
/// use trunkline_stun::{LookupStep, ServerLookup};
/// use trunkline_stun::sans_io::{DnsData, DnsName, DnsRecord, Srv};
///
/// let seed = [7; 32]; // random in life: by it the weights of SRV records are obeyed
/// let mut lookup = ServerLookup::new("turns:example.org".parse()?, seed);
/// let LookupStep::Ask(question) = lookup.next_step() else { panic!() };
/// assert_eq!(question.to_string(), "_turns._tcp.example.org SRV");
///
/// let target = DnsName::parse("relay.example.org")?;
/// let srv = Srv { priority: 0, weight: 0, port: 443, target };
/// let ttl = Duration::from_secs(60);
/// lookup.handle_answer(Ok(&[DnsRecord { ttl, data: DnsData::Srv(srv) }]));
/// let LookupStep::Ask(question) = lookup.next_step() else { panic!() };
/// assert_eq!(question.to_string(), "relay.example.org AAAA");
///
/// let address = "2001:db8::1".parse()?;
/// lookup.handle_answer(Ok(&[DnsRecord { ttl, data: DnsData::Aaaa(address) }]));
/// let LookupStep::Try { address, .. } = lookup.next_step() else { panic!() };
/// assert_eq!(address, "[2001:db8::1]:443".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ServerLookup {
    uri: ServerUri,
    family: Option<AddressFamily>,
    ids: TransactionIds,
    asked: Option<DnsQuestion>,
    /// Over which the service was not asked for yet.
    services: List<Transport>,
    /// Of the service that was asked for last, and over what it is reached.
    transport: Transport,
    hosts: List<Host>,
    /// Of the host that was asked for last.
    port: u16,
    addresses: List<(Transport, SocketAddr)>,
    /// A domain that may turn out to be a host.
    fallback: Option<DnsName>,
    failure: LookupFailure,
}

#[derive(Clone, Copy, Debug)]
struct Host {
    name: DnsName,
    port: u16,
    family: AddressFamily,
}

impl ServerLookup {
    /// Begins to look for a server. The seed must come from a random source and be used for nothing else.
    #[must_use]
    pub fn new(uri: ServerUri, seed: [u8; 32]) -> Self {
        Self::with_ids(uri, TransactionIds::new(seed))
    }

    pub(super) fn with_ids(uri: ServerUri, ids: TransactionIds) -> Self {
        let first = *uri.transports().first().unwrap_or(&Transport::Udp);
        let mut lookup = Self {
            uri,
            family: None,
            ids,
            asked: None,
            services: List::EMPTY,
            transport: first,
            hosts: List::EMPTY,
            port: 0,
            addresses: List::EMPTY,
            fallback: None,
            failure: LookupFailure::NoMore,
        };
        match uri.server() {
            StunServer::Address(address) => lookup.addresses.push((first, address)),
            StunServer::Host(name, port) => lookup.push_host(name, port),
            StunServer::Domain(name) => {
                lookup.fallback = Some(name);
                lookup.services = List::of(uri.transports().iter().copied());
            }
        }
        lookup
    }

    /// Looks for addresses of one family only, the one that the caller's socket has.
    #[must_use]
    pub fn with_family(mut self, family: AddressFamily) -> Self {
        self.family = Some(family);
        if let Some(host) = self.hosts.last_mut() {
            host.family = family;
        }
        self
    }

    /// What is to be done next. A question is told until it is answered, an address once.
    pub fn next_step(&mut self) -> LookupStep {
        loop {
            if let Some(question) = self.asked {
                return LookupStep::Ask(question);
            }
            if let Some((transport, address)) = self.addresses.pop() {
                if self
                    .family
                    .is_none_or(|family| address.is_ipv4() == (family == AddressFamily::V4))
                {
                    self.failure = LookupFailure::NoMore;
                    return LookupStep::Try { transport, address };
                }
                self.failure = LookupFailure::OtherFamily;
            } else if let Some(host) = self.hosts.pop() {
                self.ask_host(host);
            } else if let Some(transport) = self.services.pop() {
                self.transport = transport;
                let service = self.uri.service(transport);
                let name = self.uri.name().map(|domain| domain.with_prefix(service));
                // So long a name that there is no room may still be that of a host.
                if let Some(Ok(name)) = name {
                    self.asked = Some(DnsQuestion::new(name, DnsRecordType::Srv));
                }
            } else if let Some(domain) = self.fallback.take() {
                self.transport = *self.uri.transports().first().unwrap_or(&Transport::Udp);
                self.push_host(domain, self.uri.scheme().default_port());
            } else {
                return LookupStep::Failed(self.failure);
            }
        }
    }

    /// What DNS has answered to the last [question](LookupStep::Ask).
    pub fn handle_answer(&mut self, answer: Result<&[DnsRecord<'_>], DnsFailure>) {
        match self.asked.take().map(|question| question.record_type) {
            Some(DnsRecordType::Srv) => self.take_service(answer),
            Some(_) => self.take_host(answer),
            None => {}
        }
    }

    fn push_host(&mut self, name: DnsName, port: u16) {
        let family = self.family.unwrap_or(AddressFamily::V6);
        self.hosts.push(Host { name, port, family });
    }

    fn ask_host(&mut self, host: Host) {
        let record_type = match host.family {
            AddressFamily::V6 => DnsRecordType::Aaaa,
            AddressFamily::V4 => DnsRecordType::A,
        };
        if self.family.is_none() && record_type == DnsRecordType::Aaaa {
            let family = AddressFamily::V4;
            self.hosts.push(Host { family, ..host });
        }
        self.port = host.port;
        self.asked = Some(DnsQuestion::new(host.name, record_type));
    }

    fn take_service(&mut self, answer: Result<&[DnsRecord<'_>], DnsFailure>) {
        let records = match answer {
            Ok(records) => records,
            // The name may be that of a host.
            Err(failure) if failure.is_answer() => return,
            Err(failure) => {
                self.fallback = None;
                self.failure = failure.into();
                return;
            }
        };
        let found = || records.iter().filter_map(service_host);
        let mut order = [(0, 0, 0); MAX_RECORDS];
        let mut count = 0;
        for ((index, host), place) in found().enumerate().zip(&mut order) {
            *place = (host.priority, host.weight, index);
            count += 1;
        }
        if count == 0 {
            return;
        }
        let order = order.get_mut(..count).unwrap_or_default();
        Srv::sort(
            order,
            |(priority, weight, _)| (*priority, *weight),
            |most| self.ids.next_number(most),
        );
        let family = self.family.unwrap_or(AddressFamily::V6);
        let hosts = order.iter().filter_map(|(_, _, index)| found().nth(*index));
        let hosts = hosts.filter(|host| !host.target.is_root() && host.port != 0);
        self.hosts = List::of(hosts.map(|host| Host {
            name: host.target,
            port: host.port,
            family,
        }));
        self.fallback = None;
        self.failure = LookupFailure::NoService;
    }

    fn take_host(&mut self, answer: Result<&[DnsRecord<'_>], DnsFailure>) {
        match answer {
            Ok(records) => {
                let ips = records.iter().filter_map(|record| record.data.ip());
                let (transport, port) = (self.transport, self.port);
                let addresses = ips.map(|ip| (transport, SocketAddr::new(ip, port)));
                self.addresses = List::of(addresses);
                self.failure = DnsFailure::NoRecord.into();
            }
            Err(failure) => self.failure = failure.into(),
        }
    }
}

fn service_host(record: &DnsRecord<'_>) -> Option<Srv> {
    match record.data {
        DnsData::Srv(host) => Some(host),
        _ => None,
    }
}

/// A short list, taken from its end; what has no room is left out.
#[derive(Clone, Copy, Debug)]
struct List<T> {
    items: [Option<T>; MAX_TARGETS],
    len: usize,
}

impl<T: Copy> List<T> {
    const EMPTY: Self = Self {
        items: [None; MAX_TARGETS],
        len: 0,
    };

    /// The first items, which are taken in their order.
    fn of(items: impl Iterator<Item = T>) -> Self {
        let mut list = Self::EMPTY;
        items.take(MAX_TARGETS).for_each(|item| list.push(item));
        if let Some(filled) = list.items.get_mut(..list.len) {
            filled.reverse();
        }
        list
    }

    /// To be taken next.
    fn push(&mut self, item: T) {
        if let Some(place) = self.items.get_mut(self.len) {
            *place = Some(item);
            self.len += 1;
        }
    }

    fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        self.items.get(self.len).copied().flatten()
    }

    fn last_mut(&mut self) -> Option<&mut T> {
        let last = self.len.checked_sub(1)?;
        self.items.get_mut(last)?.as_mut()
    }
}

#[cfg(test)]
mod tests;
