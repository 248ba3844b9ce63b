//! A host at the far end: its names, its addresses, and what it sends on its own.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::IpAddr;
use core::time::Duration;

use trunkline_sans_io::{Instant, Transport};

use crate::Host;

/// The most addresses of a host that are used.
const MAX_ADDRESSES: usize = 8;

/// Names are never resolved more often than this, whatever their TTL says.
const LEAST_TTL: Duration = Duration::from_secs(1);
/// Nor less often than this.
const MOST_TTL: Duration = Duration::from_secs(86_400);

/// How long after a failed resolution the next one follows: at first, and at most.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(60);

/// Reads a name or an address. IPv6 needs no brackets, and a name may end in the dot of the root.
pub(super) fn parse_host(text: &str) -> Option<Host<'_>> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.into());
    }
    Host::parse(text.strip_suffix('.').unwrap_or(text))
}

/// An address and whether it failed last.
#[derive(Clone, Copy, Debug)]
struct Address {
    ip: IpAddr,
    failed: bool,
}

/// Where the resolution of the name stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Resolution {
    /// It is an address.
    Literal,
    /// The owner is to be asked.
    Wanted,
    /// The owner has been asked.
    Asked,
    /// The owner is asked again at that time.
    Due(Instant),
}

#[derive(Debug)]
pub(super) struct Peer {
    /// The names, the first of them used. Never empty.
    names: Vec<Box<str>>,
    pub(super) port: u16,
    pub(super) transport: Transport,
    addresses: Vec<Address>,
    resolution: Resolution,
    /// How long to wait after the next failure.
    retry: Duration,
    /// Whether the owner is to hear of other addresses.
    pub(super) changed: bool,
    /// When the watchdog barks.
    watchdog: Option<Instant>,
    pub(super) silent: bool,
    pub(super) told_silent: bool,
}

impl Peer {
    /// `name` is known to be one.
    pub(super) fn new(
        name: &str,
        port: u16,
        transport: Transport,
        watchdog: Option<Instant>,
    ) -> Self {
        let mut peer = Self {
            names: Vec::new(),
            port,
            transport,
            addresses: Vec::new(),
            resolution: Resolution::Wanted,
            retry: FIRST_RETRY,
            changed: false,
            watchdog,
            silent: false,
            told_silent: false,
        };
        peer.add_name(name);
        peer.name_changed();
        peer
    }

    /// The name it is addressed by, as a URI spells it.
    pub(super) fn name(&self) -> &str {
        self.names.first().map_or("", |name| &**name)
    }

    pub(super) fn is_named(&self, host: Host<'_>) -> bool {
        self.names.iter().any(|name| parse_host(name) == Some(host))
    }

    /// Gives `false` where it is no name.
    pub(super) fn add_name(&mut self, name: &str) -> bool {
        let Some(host) = parse_host(name) else {
            return false;
        };
        if !self.is_named(host) {
            self.names.push(host.to_string().into());
        }
        true
    }

    /// Takes a name away, unless it is the last one. Gives whether it did.
    pub(super) fn remove_name(&mut self, host: Host<'_>) -> bool {
        let place = self
            .names
            .iter()
            .position(|name| parse_host(name) == Some(host));
        let Some(place) = place.filter(|_| self.names.len() > 1) else {
            return false;
        };
        self.names.remove(place);
        if place == 0 {
            self.name_changed();
        }
        true
    }

    /// A literal has its address at once, a name keeps what there is until the owner answers.
    fn name_changed(&mut self) {
        match parse_host(self.name()).and_then(|host| host.ip()) {
            Some(ip) => {
                self.replace_addresses(&[ip]);
                self.resolution = Resolution::Literal;
            }
            None => self.resolution = Resolution::Wanted,
        }
    }

    /// The name to resolve now. The next call has none until the answer is there.
    pub(super) fn take_question(&mut self) -> Option<Box<str>> {
        if self.resolution != Resolution::Wanted {
            return None;
        }
        self.resolution = Resolution::Asked;
        Some(self.name().into())
    }

    /// The name was resolved. Gives whether the set of addresses is another one now; without a usable
    /// address in the answer the resolution has failed, and it is `None`.
    pub(super) fn resolved(
        &mut self,
        now: Instant,
        addresses: &[IpAddr],
        ttl: Duration,
    ) -> Option<bool> {
        if self.resolution == Resolution::Literal {
            // It answers a question about a name that was taken away since.
            return Some(false);
        }
        if addresses.is_empty() {
            self.resolution_failed(now);
            return None;
        }
        self.resolution = Resolution::Due(now + ttl.clamp(LEAST_TTL, MOST_TTL));
        self.retry = FIRST_RETRY;
        Some(self.replace_addresses(addresses))
    }

    pub(super) fn resolution_failed(&mut self, now: Instant) {
        if self.resolution != Resolution::Literal {
            self.resolution = Resolution::Due(now + self.retry);
            self.retry = self.retry.saturating_mul(2).min(LAST_RETRY);
        }
    }

    fn replace_addresses(&mut self, addresses: &[IpAddr]) -> bool {
        let mut fresh: Vec<Address> = Vec::new();
        for &ip in addresses {
            if fresh.len() < MAX_ADDRESSES && !fresh.iter().any(|known| known.ip == ip) {
                let failed = self
                    .addresses
                    .iter()
                    .any(|known| known.ip == ip && known.failed);
                fresh.push(Address { ip, failed });
            }
        }
        let other = fresh.len() != self.addresses.len()
            || fresh.iter().any(|address| !self.has(address.ip));
        self.addresses = fresh;
        self.changed |= other;
        other
    }

    pub(super) fn has(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.addresses
            .iter()
            .any(|address| address.ip.to_canonical() == ip)
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.addresses.iter().map(|address| address.ip)
    }

    /// The addresses that a socket of ours reaches, each with its place.
    fn reachable(&self, from: IpAddr) -> impl Iterator<Item = (usize, Address)> + '_ {
        let same = move |address: &Address| address.ip.is_ipv4() == from.is_ipv4();
        let addresses = self.addresses.iter().copied().filter(same);
        addresses.enumerate()
    }

    /// The place of the address to use next: the first that did not fail last.
    pub(super) fn current(&self, from: IpAddr) -> Option<usize> {
        let mut reachable = self.reachable(from);
        let first = reachable.next()?;
        let usable = core::iter::once(first)
            .chain(reachable)
            .find(|(_, address)| !address.failed);
        Some(usable.map_or(0, |(place, _)| place))
    }

    /// The address `round` places after `start`, all of them once.
    pub(super) fn address(&self, from: IpAddr, start: usize, round: usize) -> Option<IpAddr> {
        let count = self.reachable(from).count();
        if round >= count {
            return None;
        }
        let (_, address) = self.reachable(from).nth((start + round) % count)?;
        Some(address.ip)
    }

    /// The address to use next.
    pub(super) fn current_address(&self, from: IpAddr) -> Option<IpAddr> {
        self.address(from, self.current(from)?, 0)
    }

    /// An address of another time changes nothing.
    pub(super) fn address_failed(&mut self, ip: IpAddr) {
        if !self.has(ip) {
            return;
        }
        self.mark(ip, true);
        let family = |address: &Address| address.ip.is_ipv4() == ip.is_ipv4();
        let mut same = self.addresses.iter().filter(|address| family(address));
        if same.all(|address| address.failed) {
            // None is better than another: begin anew, with this one last.
            for address in self.addresses.iter_mut().filter(|address| family(address)) {
                address.failed = address.ip == ip;
            }
        }
    }

    pub(super) fn address_answered(&mut self, ip: IpAddr) {
        self.mark(ip, false);
    }

    fn mark(&mut self, ip: IpAddr, failed: bool) {
        for address in &mut self.addresses {
            if address.ip == ip {
                address.failed = failed;
            }
        }
    }

    /// The host has sent an OPTIONS.
    pub(super) fn heard(&mut self, watchdog: Option<Instant>) {
        self.watchdog = watchdog;
        self.silent = false;
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let due = match self.resolution {
            Resolution::Due(at) => Some(at),
            _ => None,
        };
        due.into_iter().chain(self.watchdog).min()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if matches!(self.resolution, Resolution::Due(at) if at <= now) {
            self.resolution = Resolution::Wanted;
        }
        if self.watchdog.is_some_and(|at| at <= now) {
            self.watchdog = None;
            self.silent = true;
        }
    }

    /// The URI that leads here.
    pub(super) fn uri(&self) -> String {
        let param = transport_param(self.transport);
        format!("sip:{}:{}{param}", self.name(), self.port)
    }
}

/// The URI parameter of a transport.
pub(in crate::machines) const fn transport_param(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp => ";transport=tcp",
        Transport::Tls => ";transport=tls",
        Transport::Ws => ";transport=ws",
        Transport::Wss => ";transport=wss",
        _ => "",
    }
}
