//! Trunks: next hops with health.

mod attempts;
mod config;
mod event;
mod health;
mod naming;
pub(in crate::machines) mod peer;
mod ports;
mod probe;

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use trunkline_sans_io::{FiveTuple, Instant};

use self::config::is_same_host;
use self::health::Condition;
use self::peer::Peer;
use self::probe::Probe;
use crate::{
    ClientTransaction, FailureReason, Message, Method, StatusCode, UserAgent, UserAgentEvent,
};

pub use attempts::{TrunkAttempts, TrunkRoute};
pub use config::{Trunk, TrunkAlias, TrunkGroupConfig, TrunkGroupError};
pub use event::{TrunkGroupEvent, TrunkOutcome};
pub use health::TrunkHealth;
pub use ports::{ListenerPorts, PortRange, PortRangeError};

/// The most trunks of a group.
const MAX_TRUNKS: usize = 16;

/// Names a trunk of a [`TrunkGroup`]: its place in [`TrunkGroupConfig::trunks`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TrunkId(u8);

/// Names a host of a [`TrunkGroup`]: a name, port and transport that one or more trunks lead to. Hosts are
/// numbered as they first appear among the trunks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HostId(u8);

macro_rules! place {
    ($id:ident) => {
        impl $id {
            /// The number, from 0.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// All numbers there can be.
            fn all() -> impl Iterator<Item = Self> {
                (0..=u8::MAX).map(Self)
            }
        }
    };
}

place!(TrunkId);
place!(HostId);

/// A trunk and how it is.
#[derive(Debug)]
struct Line {
    trunk: Trunk,
    host: HostId,
    condition: Condition,
    /// What the owner knows of its health.
    told: TrunkHealth,
    /// The OPTIONS on its way, and when it is given up.
    waiting: Option<(ClientTransaction, Instant)>,
}

/// A host and the trunks that lead there.
#[derive(Debug)]
struct HostPlace {
    peer: Peer,
    trunks: Vec<TrunkId>,
    /// Whose turn it is among the trunks.
    turn: usize,
}

/// What [`TrunkGroup::status`] shows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TrunkStatus<'a> {
    /// The trunk.
    pub trunk: &'a Trunk,
    /// Its host.
    pub host: HostId,
    /// How it is.
    pub health: TrunkHealth,
    /// Where the next call over it goes; `None` until the name is resolved.
    pub remote: Option<SocketAddr>,
}

/// Trunks to one peer, usually a provider: which of them a call takes, and which of them live.
///
/// A trunk is a host at the far end (name, port, transport) and a local address it is used from. With two
/// hosts and two local addresses there are four. The group
///
/// * lets calls alternate strictly over healthy hosts ([`attempts`](Self::attempts), [`next`](Self::next)),
/// * sends OPTIONS to every host by its configured name, over every trunk, and takes note of the answers,
/// * has names resolved by its owner, again when their TTL is over, and uses the addresses in the order given,
/// * notices when a host stops sending OPTIONS of its own,
/// * tells which trunk a request came over ([`trunk_of_request`](Self::trunk_of_request)).
///
/// It sends through the [`UserAgent`] that its owner passes with the verbs, and has no transport of its own.
///
/// # Health
///
/// | is | becomes | when |
/// |---|---|---|
/// | up, as at the start | suspect | a call or an OPTIONS fails |
/// | suspect | up | an OPTIONS or a call is answered |
/// | suspect | down | it has failed [`down_after`](TrunkGroupConfig::down_after) times in a row |
/// | down | up | it has answered [`up_after`](TrunkGroupConfig::up_after) times in a row |
///
/// A failure is silence, a transport error, 408 to an OPTIONS, or 503. Any other response shows that there is
/// somebody who understands SIP, 404, 405 and 500 included: failover has no other reasons, either (RFC 3263
/// section 4.3). A suspect gets an OPTIONS at once, and like one that is down every
/// [`suspect_interval`](TrunkGroupConfig::suspect_interval) after that. Calls that fail over a suspect do
/// not count, so that a burst of them is one failure. After a 503 nothing is asked for the time of its
/// Retry-After, bounded by [`max_retry_after`](TrunkGroupConfig::max_retry_after); without one the first
/// OPTIONS follows after the interval.
///
/// A host that answers no OPTIONS is down after [`down_after`](TrunkGroupConfig::down_after) of them, even if it
/// takes calls: for such a host set [`options_interval`](TrunkGroupConfig::options_interval) to `None`, and only
/// calls tell how it is.
///
/// A name without any address yet counts a failure for each resolution that failed. With addresses, the old
/// ones stay until there are new ones; the question is asked again after 1 s, doubling to 60 s.
///
/// # Use
///
/// After every verb drain [`poll_event`](Self::poll_event) and the user agent, and call
/// [`handle_timeout`](Self::handle_timeout) when [`poll_timeout`](Self::poll_timeout) says. Every event of the
/// user agent is shown to [`handle_event`](Self::handle_event) first.
///
/// ```
/// use core::time::Duration;
/// use trunkline_sans_io::{Instant, Transport};
/// use trunkline_sip_core::{
///     TrunkGroup, TrunkGroupConfig, TrunkGroupEvent, TrunkOutcome, UserAgent, UserAgentConfig,
/// };
///
/// let mut agent = UserAgent::new(UserAgentConfig::default(), [1; 32]);
/// let now = Instant::ORIGIN;
/// let local = "203.0.113.5:5068".parse()?;
/// let hosts = [("link01.example.com", 5060, Transport::Tcp), ("link02.example.com", 5060, Transport::Tcp)];
/// let mut group = TrunkGroup::new(now, TrunkGroupConfig::every_pair(&[local], &hosts))?;
///
/// // The owner resolves; a later answer replaces the addresses.
/// while let Some(event) = group.poll_event() {
///     if let TrunkGroupEvent::Resolve { host, name, ipv6: false } = event {
///         let address = if &*name == "link01.example.com" { [192, 0, 2, 1] } else { [192, 0, 2, 2] };
///         group.handle_addresses(now, host, &[address.into()], Duration::from_secs(300));
///     }
/// }
///
/// // OPTIONS go out, and the next ones are due later.
/// group.handle_timeout(now, &mut agent);
/// let (transmit, bytes) = agent.poll_transmit_bytes(now).expect("OPTIONS");
/// assert_eq!(transmit.path.remote, "192.0.2.1:5060".parse()?);
/// assert!(bytes.starts_with(b"OPTIONS sip:link01.example.com:5060;transport=tcp SIP/2.0\r\n"));
///
/// // Calls alternate. One that gets nowhere tries the other host, and the next ones go there at once.
/// let mut call = group.attempts(now);
/// let first = group.next(&mut call).expect("a route");
/// assert_eq!(first.host, "link01.example.com");
/// let (trunk, remote) = (first.trunk, first.destination.path.remote);
/// group.report_at(now, trunk, remote, TrunkOutcome::Unreachable);
/// assert_eq!(group.next(&mut call).expect("another").host, "link02.example.com");
///
/// let mut call = group.attempts(now);
/// assert_eq!(group.next(&mut call).expect("a route").host, "link02.example.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TrunkGroup {
    config: TrunkGroupConfig,
    trunks: Vec<Line>,
    hosts: Vec<HostPlace>,
    /// Whose turn it is among the hosts.
    turn: usize,
    probes: Vec<Probe>,
    maintenance: bool,
}

impl TrunkGroup {
    /// A group whose trunks are up as far as is known. Their OPTIONS are due at once.
    ///
    /// # Errors
    ///
    /// Any [`TrunkGroupError`], see [`TrunkGroupConfig::check`].
    pub fn new(now: Instant, config: TrunkGroupConfig) -> Result<Self, TrunkGroupError> {
        config.check()?;
        let watchdog = config.watchdog.map(|length| now + length);
        let mut hosts: Vec<HostPlace> = Vec::new();
        let mut trunks: Vec<Line> = Vec::new();
        for (trunk, id) in config.trunks.iter().zip(TrunkId::all()) {
            let known = trunks
                .iter()
                .find(|line| is_same_host(&line.trunk, trunk))
                .map(|line| line.host);
            let host = known.unwrap_or_else(|| {
                hosts.push(HostPlace {
                    peer: Peer::new(&trunk.host, trunk.port, trunk.transport, watchdog),
                    trunks: Vec::new(),
                    turn: 0,
                });
                let last = HostId::all().zip(&hosts).last();
                last.map_or(HostId(0), |(id, _)| id)
            });
            if let Some(place) = hosts.get_mut(host.index()) {
                place.trunks.push(id);
            }
            trunks.push(Line {
                trunk: trunk.clone(),
                host,
                condition: Condition::new(now),
                told: TrunkHealth::Up,
                waiting: None,
            });
        }
        let mut group = Self {
            config,
            trunks,
            hosts,
            turn: 0,
            probes: Vec::new(),
            maintenance: false,
        };
        let aliases = group.config.aliases.clone();
        for alias in &aliases {
            group.add_alias(&alias.host, &alias.alias);
        }
        Ok(group)
    }

    /// Time has passed: OPTIONS that are due are sent, those without an answer are given up.
    pub fn handle_timeout(&mut self, now: Instant, agent: &mut UserAgent) {
        for host in &mut self.hosts {
            host.peer.handle_timeout(now);
        }
        for index in 0..self.trunks.len() {
            let Some(line) = self.trunks.get(index) else {
                break;
            };
            if line.waiting.is_some_and(|(_, until)| until <= now) {
                self.probe_expired(now, index);
            }
            if self.probe_due(index).is_some_and(|due| due <= now) {
                self.probe(now, index, agent);
            }
        }
    }

    /// When a trunk wants its next OPTIONS.
    fn probe_due(&self, index: usize) -> Option<Instant> {
        let line = self.trunks.get(index)?;
        if self.config.options_interval.is_none() || line.waiting.is_some() {
            return None;
        }
        line.condition.next
    }

    /// Looks at what the user agent tells. `true`: it was about an OPTIONS of ours, and is of no interest to
    /// anybody else. An OPTIONS from a host of ours is taken note of and gives `false`: it is for the owner
    /// to answer.
    pub fn handle_event(&mut self, now: Instant, event: &UserAgentEvent) -> bool {
        match event {
            UserAgentEvent::Response {
                usage: None,
                transaction,
                message,
            } => {
                let response = message.message();
                match response.status() {
                    Some(status) if status.is_final() => {
                        let outcome = if status == StatusCode::REQUEST_TIMEOUT {
                            TrunkOutcome::Silent
                        } else {
                            TrunkOutcome::of_response(&response)
                        };
                        self.probe_ended(now, *transaction, outcome)
                    }
                    _ => self
                        .probes
                        .iter()
                        .any(|probe| probe.transaction == *transaction),
                }
            }
            UserAgentEvent::Failed {
                usage: None,
                transaction,
                reason,
            } => {
                let outcome = match reason {
                    FailureReason::Timeout => TrunkOutcome::Silent,
                    FailureReason::Transport => TrunkOutcome::Unreachable,
                };
                self.probe_ended(now, *transaction, outcome)
            }
            UserAgentEvent::Request {
                usage: None,
                message,
                path,
                ..
            } => {
                let request = message.message();
                if request.method() == Some(Method::Options) {
                    self.heard(now, &request, *path);
                }
                false
            }
            _ => false,
        }
    }

    /// An OPTIONS came in.
    fn heard(&mut self, now: Instant, request: &Message<'_>, path: FiveTuple) {
        let trunk = self.trunk_of_request(request, path);
        let Some(line) = trunk.and_then(|id| self.trunks.get(id.index())) else {
            return;
        };
        let watchdog = self.config.watchdog.map(|length| now + length);
        if let Some(host) = self.hosts.get_mut(line.host.index()) {
            host.peer.heard(watchdog);
        }
    }

    /// What there is to tell the owner. Nothing is queued: what is told follows from what has changed.
    pub fn poll_event(&mut self) -> Option<TrunkGroupEvent> {
        for (place, host) in self.hosts.iter_mut().zip(HostId::all()) {
            if let Some(name) = place.peer.take_question() {
                let ipv6 = self.config.ipv6;
                return Some(TrunkGroupEvent::Resolve { host, name, ipv6 });
            }
            if core::mem::take(&mut place.peer.changed) {
                return Some(TrunkGroupEvent::AddressesChanged { host });
            }
        }
        if self.maintenance {
            return None;
        }
        for (line, trunk) in self.trunks.iter_mut().zip(TrunkId::all()) {
            let health = line.condition.health;
            let before = core::mem::replace(&mut line.told, health);
            if before != health {
                return Some(match health {
                    TrunkHealth::Up => TrunkGroupEvent::Up { trunk, before },
                    TrunkHealth::Suspect => TrunkGroupEvent::Suspect { trunk },
                    TrunkHealth::Down => TrunkGroupEvent::Down { trunk },
                });
            }
        }
        for (place, host) in self.hosts.iter_mut().zip(HostId::all()) {
            let silent = place.peer.silent;
            if core::mem::replace(&mut place.peer.told_silent, silent) != silent {
                return Some(if silent {
                    TrunkGroupEvent::NoOptions { host }
                } else {
                    TrunkGroupEvent::OptionsAgain { host }
                });
            }
        }
        None
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let hosts = self
            .hosts
            .iter()
            .filter_map(|host| host.peer.poll_timeout());
        let trunks = (0..self.trunks.len()).filter_map(|index| self.probe_due(index));
        let waiting = self.trunks.iter().filter_map(|line| line.waiting);
        hosts
            .chain(trunks)
            .chain(waiting.map(|(_, until)| until))
            .min()
    }

    /// The answer to [`TrunkGroupEvent::Resolve`]. The first address is used, further ones after it failed.
    /// IPv6 addresses are left out unless [`TrunkGroupConfig::ipv6`] is set, and so are those that are no one
    /// host's (unspecified, multicast, broadcast) and all after the eighth. Without an address it is a failure.
    ///
    /// The next request goes to the new address; where addresses came or went, an OPTIONS goes there at once.
    /// The name is resolved again after `ttl`, but not within 1 s, and within a day.
    pub fn handle_addresses(
        &mut self,
        now: Instant,
        host: HostId,
        addresses: &[IpAddr],
        ttl: Duration,
    ) {
        let ipv6 = self.config.ipv6;
        let addresses = addresses.iter().map(IpAddr::to_canonical);
        let usable: Vec<IpAddr> = addresses
            .filter(|ip| (ipv6 || ip.is_ipv4()) && is_unicast(*ip))
            .collect();
        let Some(place) = self.hosts.get_mut(host.index()) else {
            return;
        };
        match place.peer.resolved(now, &usable, ttl) {
            Some(true) => self.addresses_replaced(now, host),
            Some(false) => {}
            None => self.unresolved(now, host),
        }
    }

    /// The answer to [`TrunkGroupEvent::Resolve`] when there is none: the addresses stay as they are, and the
    /// name is asked for again, later and later.
    pub fn handle_resolve_failed(&mut self, now: Instant, host: HostId) {
        if let Some(place) = self.hosts.get_mut(host.index()) {
            place.peer.resolution_failed(now);
            self.unresolved(now, host);
        }
    }

    /// A host without any address is as good as one that does not answer.
    fn unresolved(&mut self, now: Instant, host: HostId) {
        let place = self.hosts.get(host.index());
        if place.is_none_or(|place| place.peer.addresses().next().is_some()) {
            return;
        }
        for line in self.trunks.iter_mut().filter(|line| line.host == host) {
            let outcome = TrunkOutcome::Unreachable;
            line.condition.probed(now, outcome, &self.config);
        }
    }

    /// Nothing is known of the new addresses: look.
    fn addresses_replaced(&mut self, now: Instant, host: HostId) {
        let Some(place) = self.hosts.get(host.index()) else {
            return;
        };
        for line in self.trunks.iter_mut().filter(|line| line.host == host) {
            let gone = line.waiting.is_some_and(|(transaction, _)| {
                let mut probes = self.probes.iter();
                let probe = probes.find(|probe| probe.transaction == transaction);
                probe.is_none_or(|probe| !place.peer.has(probe.address))
            });
            if gone {
                line.waiting = None;
            }
            line.condition.moved(now);
        }
    }

    /// A call over this trunk failed, or got its first response above 100. `remote` is where it went:
    /// `route.destination.path.remote`. What an address that is not in use any more did says nothing about
    /// the trunk.
    pub fn report_at(
        &mut self,
        now: Instant,
        trunk: TrunkId,
        remote: SocketAddr,
        outcome: TrunkOutcome,
    ) {
        self.attempted(now, trunk.index(), remote.ip(), outcome);
    }

    /// The same where hosts have one address each: it is put down to the address in use, and failures over a
    /// trunk that is in doubt already to none.
    pub fn report(&mut self, now: Instant, trunk: TrunkId, outcome: TrunkOutcome) {
        let Some(status) = self.status(trunk) else {
            return;
        };
        let (health, remote) = (status.health, status.remote);
        if health == TrunkHealth::Up || !outcome.is_failure() {
            if let Some(remote) = remote {
                self.report_at(now, trunk, remote, outcome);
            }
        } else if let Some(line) = self.trunks.get_mut(trunk.index()) {
            line.condition.attempted(now, outcome, &self.config);
        }
    }

    /// While maintenance is announced no alarm is told: neither of health nor of missing OPTIONS. What is
    /// different from before when it ends is told then.
    pub const fn set_maintenance(&mut self, maintenance: bool) {
        self.maintenance = maintenance;
    }

    /// Whether maintenance is announced.
    #[must_use]
    pub const fn maintenance(&self) -> bool {
        self.maintenance
    }

    /// Whether any trunk is up and has an address. If not, attempts are a last resort.
    #[must_use]
    pub fn any_up(&self) -> bool {
        self.trunk_ids().any(|id| {
            self.status(id)
                .is_some_and(|status| status.health == TrunkHealth::Up && status.remote.is_some())
        })
    }

    /// All trunks, in the order of the configuration.
    pub fn trunk_ids(&self) -> impl Iterator<Item = TrunkId> + use<> {
        TrunkId::all().take(self.trunks.len())
    }

    /// All hosts.
    pub fn host_ids(&self) -> impl Iterator<Item = HostId> + use<> {
        HostId::all().take(self.hosts.len())
    }

    /// A look at a trunk; `None` where it is of another group.
    #[must_use]
    pub fn status(&self, trunk: TrunkId) -> Option<TrunkStatus<'_>> {
        let line = self.trunks.get(trunk.index())?;
        let peer = &self.hosts.get(line.host.index())?.peer;
        let address = peer.current_address(line.trunk.local.ip());
        Some(TrunkStatus {
            trunk: &line.trunk,
            host: line.host,
            health: line.condition.health,
            remote: address.map(|address| (address, peer.port).into()),
        })
    }

    /// The name of a host as OPTIONS have it; empty where it is of another group.
    #[must_use]
    pub fn host_name(&self, host: HostId) -> &str {
        self.hosts
            .get(host.index())
            .map_or("", |host| host.peer.name())
    }

    /// The configuration.
    #[must_use]
    pub const fn config(&self) -> &TrunkGroupConfig {
        &self.config
    }
}

/// Whether it is the address of one host.
const fn is_unicast(ip: IpAddr) -> bool {
    let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    !(ip.is_unspecified() || ip.is_multicast() || broadcast)
}

#[cfg(test)]
mod tests;
