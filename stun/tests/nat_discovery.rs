//! Discovery behind every NAT of the testkit, in virtual time, over networks good and bad.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::VecDeque;

use trunkline_stun::sans_io::{BufferTooSmall, FiveTuple, Instant, Transmit};
use trunkline_stun::{
    AlternateAddresses, Answer, AttributeType, BindingLifetime, BindingServer, Class, Dependence,
    DiscoveryConfig, LifetimeSearch, MAX_RESPONSE_LEN, Message, NatDiscovery, NatReport, NatType,
};
use trunkline_testkit::{
    Dependence as Kind, Hairpin, Host, HostId, Link, NatConfig, Network, PortAllocation,
    Simulation, Strain,
};

const LOCAL: &str = "192.168.1.2:5060";
const SECOND: &str = "192.168.1.2:5070";
const OUTSIDE: &str = "198.51.100.9";
const SERVER: &str = "203.0.113.1:3478";
const OTHER: &str = "203.0.113.2:3479";

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn alternates() -> AlternateAddresses {
    AlternateAddresses::new(address(SERVER), address(OTHER)).expect("two")
}

/// A server that does all that discovery asks for.
fn capable() -> Server {
    let machine = BindingServer::new()
        .with_classic()
        .with_alternates(alternates())
        .with_change_requests()
        .with_response_ports();
    Server::new(machine)
}

/// Gets the path and the octets of a request, and those of its response.
type Mend = fn(FiveTuple, &[u8], FiveTuple, Vec<u8>) -> Option<(FiveTuple, Vec<u8>)>;

struct Server {
    machine: BindingServer<'static>,
    to_send: VecDeque<(FiveTuple, Vec<u8>)>,
    /// What becomes of request and answer before it is sent.
    mend: Mend,
    longest: usize,
}

impl Server {
    fn new(machine: BindingServer<'static>) -> Self {
        Self {
            machine,
            to_send: VecDeque::new(),
            mend: |_, _, path, response| Some((path, response)),
            longest: 0,
        }
    }
}

enum Peer {
    Discovery(Box<NatDiscovery>, Option<(Instant, NatReport)>),
    Server(Box<Server>),
}

impl Peer {
    fn drain(&mut self, now: Instant) {
        if let Self::Discovery(discovery, report) = self
            && let Some(found) = discovery.poll_event()
        {
            assert!(report.replace((now, found)).is_none(), "reported twice");
        }
    }
}

impl Host for Peer {
    fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]) {
        match self {
            Self::Discovery(discovery, _) => {
                let _ = discovery.handle_datagram(now, path, data);
            }
            Self::Server(server) => {
                if !alternates().all().contains(&path.local) {
                    return;
                }
                let mut buffer = [0; MAX_RESPONSE_LEN];
                let answer = server.machine.answer(path, data, &mut buffer);
                if let Ok(Answer::Send(transmit)) = answer {
                    let response = buffer[..transmit.len].to_vec();
                    server.longest = server.longest.max(response.len());
                    let mended = (server.mend)(path, data, transmit.path, response);
                    server.to_send.extend(mended);
                }
            }
        }
        self.drain(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        if let Self::Discovery(discovery, _) = self {
            discovery.handle_timeout(now);
        }
        self.drain(now);
    }

    fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        match self {
            Self::Discovery(discovery, _) => discovery.poll_transmit(now, buf),
            Self::Server(server) => {
                let Some((path, response)) = server.to_send.front() else {
                    return Ok(None);
                };
                let (path, len) = (*path, response.len());
                let place = buf.get_mut(..len).ok_or(BufferTooSmall { needed: len })?;
                place.copy_from_slice(response);
                server.to_send.pop_front();
                Ok(Some(Transmit {
                    path,
                    connection: None,
                    len,
                }))
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Discovery(discovery, _) => discovery.poll_timeout(),
            Self::Server(_) => None,
        }
    }
}

fn good() -> Link {
    Link::with_delay(Duration::from_millis(20))
}

/// Loses every tenth, repeats some, and lets others overtake.
fn bad() -> Link {
    Link {
        jitter: Duration::from_millis(30),
        loss: 0.1,
        duplication: 0.1,
        reordering: 0.2,
        held_back: Duration::from_millis(400),
        ..good()
    }
}

fn nat(change: impl FnOnce(&mut NatConfig)) -> NatConfig {
    let mut config = NatConfig::new(address("198.51.100.9:0").ip());
    change(&mut config);
    config
}

struct Run {
    seed: u64,
    link: Link,
    nat: Option<NatConfig>,
    server: Server,
    config: DiscoveryConfig,
}

impl Run {
    fn new(nat: Option<NatConfig>) -> Self {
        Self {
            seed: 1,
            link: good(),
            nat,
            server: capable(),
            config: DiscoveryConfig::DEFAULT,
        }
    }

    /// When it was found out, and what.
    fn report(self) -> (Instant, NatReport) {
        let mut network = Network::new(self.seed, self.link);
        if let Some(nat) = self.nat {
            network.add_nat(&[address(LOCAL).ip()], nat);
        }
        let mut simulation = Simulation::new(network);
        simulation.set_strain(Strain::HEAVY);
        let (local, server) = (address(LOCAL), address(SERVER));
        let both = [local, address(SECOND)];
        let discovery = NatDiscovery::new(both, server, [9; 32], self.config);
        let client: HostId =
            simulation.add(&[local.ip()], Peer::Discovery(Box::new(discovery), None));
        let addresses: [IpAddr; 2] = [server.ip(), address(OTHER).ip()];
        let server = simulation.add(&addresses, Peer::Server(Box::new(self.server)));
        assert!(simulation.run_until_idle(Instant::from_secs(20_000)));
        if let Peer::Server(server) = simulation.host(server) {
            assert!(server.longest <= 100, "no amplifier");
        }
        match simulation.host(client) {
            Peer::Discovery(_, Some(report)) => *report,
            _ => panic!("no report"),
        }
    }

    fn nat_type(self) -> NatType {
        self.report().1.nat_type
    }
}

fn known(kind: Kind) -> Dependence {
    match kind {
        Kind::EndpointIndependent => Dependence::EndpointIndependent,
        Kind::AddressDependent => Dependence::AddressDependent,
        Kind::AddressAndPortDependent => Dependence::AddressAndPortDependent,
    }
}

fn expected_type(mapping: Kind, filtering: Kind) -> NatType {
    match (mapping, filtering) {
        (Kind::EndpointIndependent, Kind::EndpointIndependent) => NatType::FullCone,
        (Kind::EndpointIndependent, Kind::AddressDependent) => NatType::RestrictedCone,
        (Kind::EndpointIndependent, Kind::AddressAndPortDependent) => NatType::RestrictedPortCone,
        _ => NatType::Symmetric,
    }
}

/// Mapping, filtering, hairpinning, ports, and whether payloads are rewritten: all 162.
fn combinations() -> impl Iterator<Item = NatConfig> {
    let hairpins = [
        Hairpin::Off,
        Hairpin::ExternalSource,
        Hairpin::InternalSource,
    ];
    let ports = [
        PortAllocation::Preserve,
        PortAllocation::Sequential(40_000),
        PortAllocation::Random,
    ];
    (0..162).map(move |number: usize| {
        nat(|config| {
            config.mapping = Kind::ALL[number % 3];
            config.filtering = Kind::ALL[number / 3 % 3];
            config.hairpin = hairpins[number / 9 % 3];
            config.ports = ports[number / 27 % 3];
            config.rewrites_payload = number / 81 == 1;
        })
    })
}

fn every_combination(link: Link, classic: bool, seeds: core::ops::Range<u64>) {
    for seed in seeds {
        for nat in combinations() {
            // A classic response holds nothing by which it could be noticed.
            if nat.rewrites_payload && classic {
                continue;
            }
            let (mapping, filtering) = (nat.mapping, nat.filtering);
            let mut run = Run::new(Some(nat));
            (run.seed, run.link, run.config.classic) = (seed, link, classic);
            let (_, report) = run.report();
            let expected = expected_type(mapping, filtering);
            assert_eq!(report.nat_type, expected, "{seed} {nat:?}");
            assert_eq!(report.mapping, Some(known(mapping)), "{seed} {nat:?}");
            assert_eq!(report.filtering, Some(known(filtering)), "{seed} {nat:?}");
            let preserved = nat.ports == PortAllocation::Preserve;
            assert_eq!(report.port_preserved, Some(preserved), "{seed} {nat:?}");
            let rewritten = (!classic).then_some(nat.rewrites_payload);
            assert_eq!(report.payload_rewritten, rewritten, "{seed} {nat:?}");
            // Where the mapping is another one for each remote, no filter but an open one lets the
            // other side in.
            let way =
                mapping == Kind::EndpointIndependent || filtering == Kind::EndpointIndependent;
            let hairpins = nat.hairpin != Hairpin::Off && way;
            assert_eq!(report.hairpinning, Some(hairpins), "{seed} {nat:?}");
            let mapped = report.mapped.map(|mapped| mapped.ip());
            assert_eq!(mapped, OUTSIDE.parse().ok());
        }
    }
}

/// E001-81, E001-82, E001-83, E001-84, E001-85, C004-240: types, mapping, filtering, hairpinning,
/// whether the port is kept and whether payloads are rewritten.
#[test]
fn every_nat_is_classified() {
    every_combination(good(), false, 0..1);
}

/// E001-82 to E001-89: the types as a person sees them.
#[test]
fn types_have_the_names_of_rfc_3489() {
    for (kind, name) in [
        (NatType::FullCone, "full cone"),
        (NatType::RestrictedCone, "restricted cone"),
        (NatType::RestrictedPortCone, "restricted port cone"),
        (NatType::Symmetric, "symmetric"),
        (NatType::OpenInternet, "open internet"),
        (NatType::UdpBlocked, "UDP blocked"),
        (NatType::SymmetricUdpFirewall, "symmetric UDP firewall"),
        (NatType::Unknown, "unknown"),
    ] {
        assert_eq!(kind.to_string(), name);
    }
}

#[test]
fn every_nat_is_classified_by_a_classic_server() {
    every_combination(good(), true, 0..1);
}

#[test]
fn every_nat_is_classified_with_loss_and_reordering() {
    every_combination(bad(), false, 0..8);
    every_combination(bad(), true, 8..12);
}

/// E001-86.
#[test]
fn without_a_nat_it_is_the_open_internet() {
    let (at, report) = Run::new(None).report();
    assert_eq!(report.nat_type, NatType::OpenInternet);
    assert_eq!(report.mapped, Some(address(LOCAL)));
    assert_eq!(
        (report.port_preserved, report.hairpinning),
        (Some(true), None)
    );
    assert_eq!(report.round_trip, Some(Duration::from_millis(40)));
    // Three exchanges.
    assert_eq!(at, Instant::from_millis(120));
}

/// E001-87.
#[test]
fn without_an_answer_udp_is_blocked() {
    let mut run = Run::new(None);
    run.link.loss = 1.0;
    assert_eq!(run.nat_type(), NatType::UdpBlocked);
}

/// E001-88.
#[test]
fn a_firewall_that_translates_nothing_is_symmetric() {
    for (filtering, expected) in [
        (Kind::EndpointIndependent, NatType::OpenInternet),
        (Kind::AddressDependent, NatType::SymmetricUdpFirewall),
        (Kind::AddressAndPortDependent, NatType::SymmetricUdpFirewall),
    ] {
        let (_, report) = Run::new(Some(NatConfig::firewall(filtering))).report();
        // The first datagram has opened it for all.
        assert_eq!(report.nat_type, expected);
        assert_eq!(report.filtering, Some(known(filtering)));
        assert_eq!(report.mapping, Some(Dependence::EndpointIndependent));
    }
}

fn all_nats() -> impl Iterator<Item = (Kind, Kind, NatConfig)> {
    Kind::ALL.into_iter().flat_map(|mapping| {
        Kind::ALL.into_iter().map(move |filtering| {
            let config = nat(|config| {
                config.mapping = mapping;
                config.filtering = filtering;
            });
            (mapping, filtering, config)
        })
    })
}

/// E001-89: a server that cannot do RFC 5780 gives "cannot tell", never a wrong type.
#[test]
fn a_plain_server_tells_the_address_and_no_type() {
    for (_, _, nat) in all_nats() {
        let mut run = Run::new(Some(nat));
        run.server = Server::new(BindingServer::new());
        let (_, report) = run.report();
        assert_eq!(report.nat_type, NatType::Unknown);
        assert_eq!((report.mapping, report.filtering), (None, None));
        assert_eq!(report.is_translated(), Some(true));
        assert_eq!(report.mapped.map(|mapped| mapped.port()), Some(5060));
    }
}

#[test]
fn a_server_that_refuses_change_requests_tells_the_mapping() {
    for (mapping, _, nat) in all_nats() {
        let mut run = Run::new(Some(nat));
        run.server = Server::new(BindingServer::new().with_alternates(alternates()));
        let (_, report) = run.report();
        assert_eq!(
            (report.mapping, report.filtering),
            (Some(known(mapping)), None)
        );
        let expected = match mapping {
            Kind::EndpointIndependent => NatType::Unknown,
            _ => NatType::Symmetric,
        };
        assert_eq!(report.nat_type, expected);
    }
}

fn wants_change(request: &[u8]) -> bool {
    let message = Message::parse(request).expect("a request");
    let mut attributes = message.attributes();
    attributes.any(|raw| raw.kind == AttributeType::CHANGE_REQUEST)
}

#[test]
fn servers_that_pretend_give_no_wrong_type() {
    // It answers from where it was asked; it does not answer at all.
    let ignores: Mend = |path, _, _, response| Some((path, response));
    let silent: Mend =
        |_, request, path, response| (!wants_change(request)).then_some((path, response));
    for mend in [ignores, silent] {
        for (mapping, _, nat) in all_nats() {
            let mut run = Run::new(Some(nat));
            run.server.mend = mend;
            let (_, report) = run.report();
            match mapping {
                Kind::EndpointIndependent => {
                    assert_eq!(report.nat_type, NatType::Unknown, "{nat:?}");
                    assert_eq!(report.filtering, None);
                }
                _ => assert_eq!(report.nat_type, NatType::Symmetric),
            }
        }
        let mut run = Run::new(None);
        run.server.mend = mend;
        assert_eq!(run.nat_type(), NatType::Unknown);
    }
}

#[test]
fn a_dead_other_address_gives_no_wrong_type() {
    for (_, _, nat) in all_nats() {
        let mut run = Run::new(Some(nat));
        run.server.mend = |path, _, response_path, response| {
            let alive = address(SERVER).ip();
            let dead = path.local.ip() != alive || response_path.local.ip() != alive;
            (!dead).then_some((response_path, response))
        };
        let (_, report) = run.report();
        assert_eq!(report.nat_type, NatType::Unknown, "{nat:?}");
        assert_eq!((report.mapping, report.filtering), (None, None));
    }
}

/// E001-89.
#[test]
fn nonsense_and_errors_are_unknown() {
    let nonsense: [Mend; 3] = [
        // No address.
        |_, _, path, mut response| {
            response.truncate(20);
            response[2..4].fill(0);
            Some((path, response))
        },
        // An error without a code.
        |_, _, path, mut response| {
            response.truncate(20);
            response[..4].copy_from_slice(&[1, 0x11, 0, 0]);
            Some((path, response))
        },
        // Something that must be understood.
        |_, _, path, mut response| {
            response.extend([0x7f, 0xff, 0, 0]);
            response[3] += 4;
            Some((path, response))
        },
    ];
    for mend in nonsense {
        let mut run = Run::new(None);
        run.server.mend = mend;
        let (_, report) = run.report();
        assert_eq!(report.nat_type, NatType::Unknown);
        assert_eq!(report.mapped, None);
    }
    // What is no STUN is as if nothing had come.
    let mut run = Run::new(None);
    run.server.mend = |_, _, path, _| Some((path, b"hello".to_vec()));
    assert_eq!(run.nat_type(), NatType::UdpBlocked);
}

/// The lifetime of the mappings of every NAT, over a good network and over a bad one.
#[test]
fn the_lifetime_of_mappings_is_found() {
    let search = LifetimeSearch {
        longest: Duration::from_secs(300),
        precision: Duration::from_secs(2),
    };
    for (number, mut nat) in combinations().enumerate() {
        for (link, lag) in [(good(), 1), (bad(), 2)] {
            nat.timeout = Duration::from_secs([30, 45, 120, 250][number % 4]);
            nat.refreshed_by_inbound = number % 2 == 0;
            let mut run = Run::new(Some(nat));
            (run.seed, run.link) = (number as u64, link);
            run.config.lifetime = Some(search);
            let (_, report) = run.report();
            assert_eq!(report.nat_type, expected_type(nat.mapping, nat.filtering));
            let Some(BindingLifetime { at_least, below }) = report.lifetime else {
                panic!("no lifetime behind {nat:?}")
            };
            let below = below.expect("shorter than looked for");
            assert!(
                at_least <= nat.timeout && nat.timeout <= below + Duration::from_secs(lag),
                "{at_least:?} {below:?} {number} {nat:?}"
            );
            assert!(below - at_least <= search.precision);
        }
    }
    let search = Some(search);
    // One that lasts long enough, and a server that does not redirect.
    let nat = nat(|config| config.timeout = Duration::from_secs(3_600));
    let mut run = Run::new(Some(nat));
    run.config.lifetime = search;
    let lifetime = BindingLifetime {
        at_least: Duration::from_secs(300),
        below: None,
    };
    assert_eq!(run.report().1.lifetime, Some(lifetime));
    let mut run = Run::new(Some(nat));
    run.config.lifetime = search;
    let server = BindingServer::new().with_alternates(alternates());
    run.server = Server::new(server.with_change_requests());
    assert_eq!(run.report().1.lifetime, None);
}

/// The NAT of Linux gives another port towards who was not let in before. Behind a filter that
/// would look like a mapping that depends on the remote.
#[test]
fn what_was_refused_does_not_change_the_mapping() {
    let every = (0..8).flat_map(|seed| all_nats().map(move |nat| (seed, nat)));
    for (seed, (mapping, filtering, mut nat)) in every {
        nat.refused_occupy = true;
        let mut run = Run::new(Some(nat));
        if seed > 0 {
            (run.seed, run.link) = (seed, bad());
        }
        let (_, report) = run.report();
        assert_eq!(
            report.nat_type,
            expected_type(mapping, filtering),
            "{nat:?}"
        );
        assert_eq!(report.mapping, Some(known(mapping)), "{nat:?}");
        assert_eq!(report.filtering, Some(known(filtering)), "{nat:?}");
    }
}

/// Two NATs behave like the stricter of each.
#[test]
fn a_nat_behind_a_nat() {
    let mut network = Network::new(1, good());
    let home = nat(|config| config.filtering = Kind::EndpointIndependent);
    network.add_nat(&[address(LOCAL).ip()], home);
    let mut carrier = NatConfig::new(address("198.18.0.1:0").ip());
    carrier.mapping = Kind::AddressAndPortDependent;
    network.add_nat(&[address("198.51.100.9:0").ip()], carrier);
    let mut simulation = Simulation::new(network);
    let config = DiscoveryConfig::DEFAULT;
    let discovery = NatDiscovery::new(
        [address(LOCAL), address(SECOND)],
        address(SERVER),
        [9; 32],
        config,
    );
    let client = Peer::Discovery(Box::new(discovery), None);
    let client = simulation.add(&[address(LOCAL).ip()], client);
    let addresses = [address(SERVER).ip(), address(OTHER).ip()];
    simulation.add(&addresses, Peer::Server(Box::new(capable())));
    assert!(simulation.run_until_idle(Instant::from_secs(600)));
    let Peer::Discovery(_, Some((_, report))) = simulation.host(client) else {
        panic!("no report")
    };
    assert_eq!(report.nat_type, NatType::Symmetric);
    assert_eq!(report.mapping, Some(Dependence::AddressAndPortDependent));
}

/// Answers of strangers end nothing.
#[test]
fn forged_answers_are_thrown_away() {
    use trunkline_stun::sans_io::Handled;
    use trunkline_stun::{DiscoveryDrop, MessageWriter, Method, TransactionId, XorMappedAddress};

    let (local, server, now) = (address(LOCAL), address(SERVER), Instant::ORIGIN);
    let mut discovery = NatDiscovery::new(
        [local, address(SECOND)],
        server,
        [9; 32],
        DiscoveryConfig::DEFAULT,
    );
    let mut request = [0; 64];
    let transmit = discovery.poll_transmit(now, &mut request).expect("room");
    let request = &request[..transmit.expect("a request").len];
    let id = Message::parse(request).expect("a request").transaction_id();
    let mut forge = |remote: SocketAddr, id: TransactionId| {
        let mut buffer = [0; 64];
        let address = XorMappedAddress(address("192.0.2.66:6666"));
        let len = MessageWriter::new(&mut buffer, Class::Success, Method::BINDING, id)
            .attribute(&address)
            .finish()
            .expect("room");
        let path = FiveTuple::udp(local, remote);
        let handled = discovery.handle_datagram(now, path, &buffer[..len]);
        assert_eq!(discovery.report().mapped, None);
        handled
    };
    let unexpected = Handled::Dropped(DiscoveryDrop::Unexpected);
    assert_eq!(forge(address(OTHER), id), unexpected);
    assert_eq!(forge(server, TransactionId::new([0; 12])), Handled::NotMine);
    let path = FiveTuple::udp(local, server);
    let echo = discovery.handle_datagram(now, path, request);
    assert_eq!(echo, unexpected);
}
