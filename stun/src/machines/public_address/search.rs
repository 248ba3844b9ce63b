//! What is still to be tried of a server.

use core::net::SocketAddr;

use trunkline_sans_io::{
    DnsData, DnsFailure, DnsName, DnsQuestion, DnsRecord, DnsRecordType, FiveTuple, Srv,
};

use super::super::alternates::Alternates;
use super::{STUN_PORT, ServerFailure, StunServer};
use crate::wire::TransactionIds;

/// How many hosts of a service, and how many addresses of a host, are tried at most.
const MAX_TARGETS: usize = 4;
/// How many SRV records of an answer are looked at.
const MAX_RECORDS: usize = 16;

/// The way to an answer of one server: its service, its hosts, their addresses, and those whom they name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    /// Its place in the list.
    pub(super) server: usize,
    /// A domain whose service was not asked for yet.
    domain: Option<DnsName>,
    /// Hosts and ports.
    hosts: List<(DnsName, u16)>,
    /// The port of the host that was asked for last.
    port: u16,
    addresses: List<SocketAddr>,
    /// To the one that is being asked.
    pub(super) path: FiveTuple,
    alternates: Alternates,
    /// Why all that was tried failed.
    pub(super) failure: ServerFailure,
}

/// What is to be tried next.
pub(super) enum Step {
    Bind(FiveTuple),
    Ask(DnsQuestion),
}

impl Search {
    pub(super) fn new(local: SocketAddr) -> Self {
        Self {
            server: 0,
            domain: None,
            hosts: List::EMPTY,
            port: 0,
            addresses: List::EMPTY,
            path: FiveTuple::udp(local, local),
            alternates: Alternates::default(),
            failure: ServerFailure::Dns(DnsFailure::NoRecord),
        }
    }

    pub(super) fn of(index: usize, server: StunServer, local: SocketAddr) -> Self {
        let mut search = Self::new(local);
        search.server = index;
        match server {
            StunServer::Address(address) => search.addresses.push(address),
            StunServer::Host(name, port) => search.hosts.push((name, port)),
            StunServer::Domain(name) => search.domain = Some(name),
        }
        search
    }

    /// `None`: there is nothing left.
    pub(super) fn next_step(&mut self) -> Option<Step> {
        while let Some(address) = self.addresses.pop() {
            if address.is_ipv4() == self.path.local.is_ipv4() {
                self.path.remote = address;
                return Some(Step::Bind(self.path));
            }
            self.failure = ServerFailure::OtherFamily;
        }
        if let Some((host, port)) = self.hosts.pop() {
            self.port = port;
            let family = match self.path.local {
                SocketAddr::V4(_) => DnsRecordType::A,
                SocketAddr::V6(_) => DnsRecordType::Aaaa,
            };
            return Some(Step::Ask(DnsQuestion::new(host, family)));
        }
        let domain = self.domain.take()?;
        match domain.with_prefix(StunServer::SERVICE) {
            Ok(service) => {
                // In case that it has none.
                self.hosts.push((domain, STUN_PORT));
                let question = DnsQuestion::new(service, DnsRecordType::Srv);
                Some(Step::Ask(question))
            }
            Err(_) => {
                self.failure = DnsFailure::NoSuchName.into();
                None
            }
        }
    }

    /// The path to another server that the one being asked names, if it may be asked.
    pub(super) fn follow(&mut self, server: SocketAddr) -> Option<FiveTuple> {
        let follows = self.alternates.follow(&mut self.path, server);
        follows.then_some(self.path)
    }

    /// Takes what DNS has answered to the last question.
    pub(super) fn take_answer(
        &mut self,
        question: &DnsQuestion,
        answer: Result<&[DnsRecord<'_>], DnsFailure>,
        random: &mut TransactionIds,
    ) {
        match question.record_type {
            DnsRecordType::Srv => self.take_service(answer, random),
            _ => self.take_host(answer),
        }
    }

    fn take_service(
        &mut self,
        answer: Result<&[DnsRecord<'_>], DnsFailure>,
        random: &mut TransactionIds,
    ) {
        let records = match answer {
            Ok(records) => records,
            // The name is that of a host.
            Err(failure) if failure.is_answer() => return,
            Err(failure) => {
                self.hosts = List::EMPTY;
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
            |most| random.next_number(most),
        );
        let hosts = order.iter().filter_map(|(_, _, index)| found().nth(*index));
        let hosts = hosts.filter(|host| !host.target.is_root() && host.port != 0);
        self.hosts = List::of(hosts.map(|host| (host.target, host.port)));
        self.failure = ServerFailure::NoService;
    }

    fn take_host(&mut self, answer: Result<&[DnsRecord<'_>], DnsFailure>) {
        match answer {
            Ok(records) => {
                let ips = records.iter().filter_map(|record| record.data.ip());
                let port = self.port;
                let addresses = ips.map(|ip| SocketAddr::new(ip, port));
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
}
