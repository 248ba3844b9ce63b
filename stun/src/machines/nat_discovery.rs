//! How the NAT in front of this host behaves (RFC 5780 section 4, RFC 3489 section 10).

mod probe;
mod report;

use core::net::SocketAddr;
use core::time::Duration;

use trunkline_sans_io::{BufferTooSmall, FiveTuple, Handled, Instant, Transmit};

use self::probe::{Outcome, Probe, Seen};
pub use self::report::{BindingLifetime, Dependence, NatReport, NatType};
use super::Schedule;
use crate::wire::{
    ChangeRequest, Generation, Message, Method, TransactionId, TransactionIds, WriteError,
};

/// How to look for the lifetime of mappings. It takes a few times as long as it turns out to be. A time after
/// which nothing comes is tried twice, since packets get lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LifetimeSearch {
    /// One that lasts so long is good enough.
    pub longest: Duration,
    /// How exactly to tell it.
    pub precision: Duration,
}

/// What a [`NatDiscovery`] looks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DiscoveryConfig {
    /// When requests are sent, and when silence is certain.
    pub schedule: Schedule,
    /// Speaks RFC 3489 to a classic server. Its responses tell the address in the clear alone, so that a
    /// gateway that rewrites payloads is not noticed and its address is believed.
    pub classic: bool,
    /// Looks for the lifetime of mappings, too; it takes a server that knows `RESPONSE-PORT`.
    pub lifetime: Option<LifetimeSearch>,
}

impl DiscoveryConfig {
    /// All but the lifetime, at a server of RFC 5780.
    pub const DEFAULT: Self = Self {
        schedule: Schedule::DISCOVERY,
        classic: false,
        lifetime: None,
    };
}

impl Default for DiscoveryConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Why a datagram was thrown away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoveryDrop {
    /// From where no answer was expected, or late.
    #[error("not expected from there, or late")]
    Unexpected,
}

/// The tests, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// The server is asked, from both local addresses.
    Basic,
    /// By the second local address responses from elsewhere are asked for. Nothing has been sent
    /// there, which would let them in: this has to be before the next.
    Filtering,
    /// By the first local address the other ones of the server are asked. Its port has seen
    /// nothing come from there: the NAT of Linux keeps in mind what it did not let in, and then
    /// gives another port.
    Mapping,
    /// What did not come to the second local address has to come to the first, which has asked
    /// there. If it does not, the server does not do it, and its silence meant nothing.
    Control,
    /// Each local address sends to the public one of the other.
    Hairpinning,
    /// Nothing is sent, to let the mapping end.
    Quiet {
        until: Instant,
    },
    /// The mapping is made, or made new.
    Refresh,
    /// The server is asked by the second address to respond to the first one.
    Redirected,
    Ended,
    Done,
}

/// Where the search for the lifetime stands.
#[derive(Clone, Copy, Debug)]
struct Search {
    config: LifetimeSearch,
    at_least: Option<Duration>,
    below: Option<Duration>,
    /// The time that is tried.
    length: Duration,
    /// After that time nothing came, once.
    silent: bool,
}

const BOTH: ChangeRequest = ChangeRequest {
    address: true,
    port: true,
};
const PORT: ChangeRequest = ChangeRequest {
    address: false,
    port: true,
};

/// Finds out how the NAT in front of this host behaves, by asking a server with two addresses.
///
/// It has two addresses of this host, which may differ in the port only. Each has to be one that a
/// packet can come from, not an unspecified one, and its port one that nothing else was sent from
/// before: else the NAT may let in what it otherwise would not.
///
/// RFC 3489 asks for the mapping after the filter is found open; here both are always looked for,
/// and a mapping that depends on the remote makes the NAT symmetric whatever it filters.
///
/// ```
/// use trunkline_stun::sans_io::Instant;
/// use trunkline_stun::{
///     AlternateAddresses, Answer, BindingServer, Dependence, DiscoveryConfig, MAX_RESPONSE_LEN,
///     NatDiscovery, NatType,
/// };
///
/// let (one, other) = ("192.0.2.1:3478".parse()?, "192.0.2.2:3479".parse()?);
/// let alternates = AlternateAddresses::new(one, other).expect("different ones");
/// let server = BindingServer::new().with_alternates(alternates).with_change_requests();
///
/// let seed = [7; 32]; // from the system's random source
/// let local = ["198.51.100.9:5060".parse()?, "198.51.100.9:5070".parse()?];
/// let mut discovery = NatDiscovery::new(local, one, seed, DiscoveryConfig::DEFAULT);
/// let now = Instant::ORIGIN;
/// let (mut request, mut response) = ([0; 64], [0; MAX_RESPONSE_LEN]);
/// let report = loop {
///     if let Some(report) = discovery.poll_event() {
///         break report;
///     }
///     // There is no NAT between the two: what one sends the other gets.
///     let transmit = discovery.poll_transmit(now, &mut request)?.expect("a request");
///     let path = transmit.path.reversed();
///     let answer = server.answer(path, &request[..transmit.len], &mut response)?;
///     let Answer::Send(transmit) = answer else { panic!("{answer:?}") };
///     let path = transmit.path.reversed();
///     let _ = discovery.handle_datagram(now, path, &response[..transmit.len]);
/// };
/// assert_eq!(report.nat_type, NatType::OpenInternet);
/// assert_eq!(report.filtering, Some(Dependence::EndpointIndependent));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct NatDiscovery {
    local: SocketAddr,
    second: SocketAddr,
    server: SocketAddr,
    ids: TransactionIds,
    config: DiscoveryConfig,
    stage: Stage,
    probes: [Option<Probe>; 2],
    report: NatReport,
    /// The public address of the second local one.
    second_mapped: Option<SocketAddr>,
    /// The mapping is not the same for all, whatever it depends on.
    dependent: bool,
    search: Option<Search>,
}

impl NatDiscovery {
    /// Begins with a server. The report is about the first local address. The seed must come from a random source and be used once.
    #[must_use]
    pub fn new(
        [local, second]: [SocketAddr; 2],
        server: SocketAddr,
        seed: [u8; 32],
        config: DiscoveryConfig,
    ) -> Self {
        let mut discovery = Self {
            local,
            second,
            server,
            ids: TransactionIds::new(seed),
            config,
            stage: Stage::Basic,
            probes: [None; 2],
            report: NatReport::new(local),
            second_mapped: None,
            dependent: false,
            search: None,
        };
        let first = discovery.probe(local, server);
        let second = discovery.probe(second, server);
        discovery.probes = [Some(first), Some(second)];
        discovery
    }

    /// Whether it has ended and the event was taken.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    /// What is known so far.
    #[must_use]
    pub const fn report(&self) -> &NatReport {
        &self.report
    }

    /// Offers a datagram. `path.local` must be one of the local addresses.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        data: &[u8],
    ) -> Handled<DiscoveryDrop> {
        let parsed = match self.config.classic {
            true => Message::parse_any_generation(data),
            false => Message::parse(data),
        };
        let Ok(message) = parsed else {
            return Handled::NotMine;
        };
        let id = message.transaction_id();
        let mut probes = self.probes.iter_mut().flatten();
        let probe = match message.method() {
            Method::BINDING => probes.find(|probe| probe.is_about(id)),
            _ => None,
        };
        // What MS-TURN says is of no use here.
        let Some(probe) = probe.filter(|_| message.generation() != Generation::MsTurn) else {
            return Handled::NotMine;
        };
        if !probe.handle(now, path, &message) {
            return Handled::Dropped(DiscoveryDrop::Unexpected);
        }
        self.advance(now);
        Handled::Consumed
    }

    /// Tells that a request could not be sent, or that the network answered with a hard error.
    /// `path` is that of the [`Transmit`].
    pub fn handle_send_failed(&mut self, now: Instant, path: FiveTuple) {
        // Of what is under way only the first question matters: elsewhere silence says as much.
        if self.stage == Stage::Basic && path.remote == self.server {
            for probe in self.probes.iter_mut().flatten() {
                probe.handle_send_failed();
            }
            self.advance(now);
        }
    }

    /// Tells that time has passed. Late is fine, early does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        for probe in self.probes.iter_mut().flatten() {
            probe.handle_timeout(now, &self.config.schedule);
        }
        self.advance(now);
    }

    /// Writes the next request that is to be sent now; `path.local` of the [`Transmit`] tells from
    /// which of the local addresses.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] with the size needed, at most 36 octets; nothing has changed.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        let mut probes = self.probes.iter_mut().flatten();
        let Some(probe) = probes.find(|probe| probe.is_to_be_sent()) else {
            return Ok(None);
        };
        let len = match probe.write(buf) {
            Ok(len) => len,
            Err(WriteError::BufferTooSmall(error)) => return Err(error),
            // Nothing that is written here is too long, or in a wrong order.
            Err(_) => return Ok(None),
        };
        Ok(Some(Transmit {
            path: probe.sent(now),
            connection: None,
            len,
        }))
    }

    /// What was found out, once.
    pub fn poll_event(&mut self) -> Option<NatReport> {
        if self.stage != Stage::Ended {
            return None;
        }
        self.stage = Stage::Done;
        Some(self.report)
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if let Stage::Quiet { until } = self.stage {
            return Some(until);
        }
        let probes = self.probes.iter().flatten();
        probes
            .filter_map(|probe| probe.deadline(&self.config.schedule))
            .min()
    }

    fn next_id(&mut self) -> TransactionId {
        match self.config.classic {
            true => self.ids.next_classic(),
            false => self.ids.next_id(),
        }
    }

    fn probe(&mut self, from: SocketAddr, to: SocketAddr) -> Probe {
        Probe::new(self.next_id(), from, to)
    }

    /// Goes on as soon as all that was asked has ended.
    fn advance(&mut self, now: Instant) {
        if matches!(self.stage, Stage::Ended | Stage::Done) {
            return;
        }
        if let Stage::Quiet { until } = self.stage {
            if now >= until {
                self.ask_for_redirection();
            }
            return;
        }
        let asked = self.probes;
        let outcomes = asked.map(|probe| probe.and_then(|probe| probe.outcome()));
        let all = asked.iter().zip(&outcomes);
        let waiting = { all }.any(|(probe, outcome)| probe.is_some() && outcome.is_none());
        // The rest would tell nothing more.
        let enough = match self.stage {
            Stage::Filtering => matches!(outcomes[0], Some(Outcome::Seen(_))),
            Stage::Hairpinning => outcomes.contains(&Some(Outcome::Arrived)),
            _ => false,
        };
        if waiting && !enough {
            return;
        }
        self.probes = [None; 2];
        match self.stage {
            Stage::Basic => self.after_basic(outcomes),
            Stage::Filtering => self.after_filtering(outcomes),
            Stage::Mapping => self.after_mapping(outcomes),
            Stage::Control => self.after_control(outcomes),
            Stage::Hairpinning => self.after_hairpinning(outcomes),
            Stage::Refresh => self.after_refresh(now, outcomes),
            Stage::Redirected => self.after_redirection(outcomes),
            Stage::Quiet { .. } | Stage::Ended | Stage::Done => {}
        }
    }

    fn after_basic(&mut self, outcomes: [Option<Outcome>; 2]) {
        let Some(Outcome::Seen(seen)) = outcomes[0] else {
            if outcomes[0] == Some(Outcome::Silence) {
                self.report.nat_type = NatType::UdpBlocked;
            }
            self.stage = Stage::Ended;
            return;
        };
        self.report.mapped = Some(seen.mapped);
        self.report.round_trip = seen.round_trip;
        self.report.port_preserved = Some(seen.mapped.port() == self.local.port());
        self.report.payload_rewritten = seen.plain.map(|plain| plain != seen.mapped);
        if let Some(Outcome::Seen(seen)) = outcomes[1] {
            self.second_mapped = Some(seen.mapped);
        }
        self.report.other = seen.other.filter(|other| self.is_usable(*other));
        let Some(other) = self.report.other else {
            self.begin_hairpinning();
            return;
        };
        if self.second_mapped.is_none() {
            self.begin_mapping();
            return;
        }
        self.stage = Stage::Filtering;
        let port = SocketAddr::new(self.server.ip(), other.port());
        let both = self.probe(self.second, self.server).changed(BOTH, other);
        let only_port = self.probe(self.second, self.server).changed(PORT, port);
        self.probes = [Some(both), Some(only_port)];
    }

    /// Whether a server can have this address besides the one that was asked.
    fn is_usable(&self, other: SocketAddr) -> bool {
        let (ip, server) = (other.ip(), self.server.ip());
        ip != server
            && other.port() != self.server.port()
            && other.port() != 0
            && ip.is_ipv4() == server.is_ipv4()
            && !ip.is_unspecified()
            && !ip.is_multicast()
            // Nobody makes a host talk to itself.
            && (!ip.is_loopback() || server.is_loopback())
    }

    fn after_filtering(&mut self, outcomes: [Option<Outcome>; 2]) {
        self.report.filtering = match outcomes {
            [Some(Outcome::Seen(_)), _] => Some(Dependence::EndpointIndependent),
            // To be controlled.
            [Some(Outcome::Silence), Some(Outcome::Seen(_))] => Some(Dependence::AddressDependent),
            [Some(Outcome::Silence), Some(Outcome::Silence)] => {
                Some(Dependence::AddressAndPortDependent)
            }
            _ => None,
        };
        self.begin_mapping();
    }

    fn begin_mapping(&mut self) {
        let Some(other) = self.report.other else {
            self.begin_hairpinning();
            return;
        };
        self.stage = Stage::Mapping;
        let address = SocketAddr::new(other.ip(), self.server.port());
        let address = self.probe(self.local, address);
        let both = self.probe(self.local, other);
        self.probes = [Some(address), Some(both)];
    }

    fn after_mapping(&mut self, outcomes: [Option<Outcome>; 2]) {
        let [address, both] = outcomes.map(|outcome| match outcome {
            Some(Outcome::Seen(Seen { mapped, .. })) => Some(mapped),
            _ => None,
        });
        let first = self.report.mapped;
        let answers = [address, both].into_iter().flatten();
        self.dependent = { answers }.any(|mapped| Some(mapped) != first);
        self.report.mapping = match (address, both) {
            (Some(_), Some(_)) if !self.dependent => Some(Dependence::EndpointIndependent),
            (Some(one), Some(other)) if one == other => Some(Dependence::AddressDependent),
            (Some(_), Some(_)) => Some(Dependence::AddressAndPortDependent),
            _ => None,
        };
        let silent = self.report.filtering != Some(Dependence::EndpointIndependent);
        match (self.report.other, self.report.mapping) {
            // An address that does not speak at all was silent for no reason of the filter.
            (_, None) if silent => self.report.filtering = None,
            (Some(other), Some(Dependence::EndpointIndependent))
                if silent && self.report.filtering.is_some() =>
            {
                self.stage = Stage::Control;
                let both = self.probe(self.local, self.server).changed(BOTH, other);
                self.probes = [Some(both), None];
                return;
            }
            // Where the mapping depends on the remote, nothing can be let in from elsewhere.
            _ => {}
        }
        self.begin_hairpinning();
    }

    fn after_control(&mut self, outcomes: [Option<Outcome>; 2]) {
        if !matches!(outcomes[0], Some(Outcome::Seen(_))) {
            self.report.filtering = None;
        }
        self.begin_hairpinning();
    }

    fn begin_hairpinning(&mut self) {
        self.report.nat_type = self.nat_type();
        let (Some(first), Some(second), Some(true)) = (
            self.report.mapped,
            self.second_mapped,
            self.report.is_translated(),
        ) else {
            self.begin_search();
            return;
        };
        self.stage = Stage::Hairpinning;
        // Each lets the other one in.
        let there = self.probe(self.local, second).comes_back();
        let back = self.probe(self.second, first).comes_back();
        self.probes = [Some(there), Some(back)];
    }

    fn after_hairpinning(&mut self, outcomes: [Option<Outcome>; 2]) {
        let arrived = outcomes.contains(&Some(Outcome::Arrived));
        self.report.hairpinning = Some(arrived);
        self.begin_search();
    }

    fn begin_search(&mut self) {
        let (Some(config), Some(true)) = (self.config.lifetime, self.report.is_translated()) else {
            self.stage = Stage::Ended;
            return;
        };
        self.search = Some(Search {
            config,
            at_least: None,
            below: None,
            // Whether the server does what it is asked for shows at once.
            length: Duration::ZERO,
            silent: false,
        });
        self.begin_refresh();
    }

    fn begin_refresh(&mut self) {
        self.stage = Stage::Refresh;
        let probe = self.probe(self.local, self.server);
        self.probes = [Some(probe), None];
    }

    fn after_refresh(&mut self, now: Instant, outcomes: [Option<Outcome>; 2]) {
        match (outcomes[0], self.search) {
            (Some(Outcome::Seen(seen)), Some(search)) => {
                self.report.mapped = Some(seen.mapped);
                self.stage = Stage::Quiet {
                    until: now + search.length,
                };
                if search.length.is_zero() {
                    self.ask_for_redirection();
                }
            }
            _ => self.stage = Stage::Ended,
        }
    }

    fn ask_for_redirection(&mut self) {
        let Some(mapped) = self.report.mapped else {
            self.stage = Stage::Ended;
            return;
        };
        self.stage = Stage::Redirected;
        let probe = self.probe(self.second, self.server);
        self.probes = [Some(probe.redirected(mapped.port(), self.local)), None];
    }

    fn after_redirection(&mut self, outcomes: [Option<Outcome>; 2]) {
        let Some(mut search) = self.search else {
            self.stage = Stage::Ended;
            return;
        };
        match outcomes[0] {
            Some(Outcome::Seen(_)) => search.at_least = Some(search.length),
            Some(Outcome::Silence) if search.at_least.is_some() && !search.silent => {
                search.silent = true;
                self.search = Some(search);
                self.begin_refresh();
                return;
            }
            Some(Outcome::Silence) if search.silent => search.below = Some(search.length),
            _ => {
                self.stage = Stage::Ended;
                return;
            }
        }
        let at_least = search.at_least.unwrap_or_default();
        self.report.lifetime = Some(BindingLifetime {
            at_least,
            below: search.below,
        });
        let precision = search.config.precision.max(Duration::from_millis(1));
        search.length = match search.below {
            None if at_least < search.config.longest => search.config.longest,
            Some(below) if below.saturating_sub(at_least) > precision => (at_least + below) / 2,
            _ => {
                self.stage = Stage::Ended;
                return;
            }
        };
        search.silent = false;
        self.search = Some(search);
        self.begin_refresh();
    }

    fn nat_type(&self) -> NatType {
        use Dependence::{AddressAndPortDependent, AddressDependent, EndpointIndependent};
        let filtering = self.report.filtering;
        match (self.report.is_translated(), self.report.mapping) {
            (Some(_), _) if self.dependent => NatType::Symmetric,
            (Some(false), _) => match filtering {
                Some(EndpointIndependent) => NatType::OpenInternet,
                Some(_) => NatType::SymmetricUdpFirewall,
                None => NatType::Unknown,
            },
            (Some(true), Some(EndpointIndependent)) => match filtering {
                Some(EndpointIndependent) => NatType::FullCone,
                Some(AddressDependent) => NatType::RestrictedCone,
                Some(AddressAndPortDependent) => NatType::RestrictedPortCone,
                None => NatType::Unknown,
            },
            _ => NatType::Unknown,
        }
    }
}
