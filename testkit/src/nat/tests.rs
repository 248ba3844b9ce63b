use super::*;
use crate::{Arrival, Link, Network};
use trunkline_sans_io::FiveTuple;

const HOST: &str = "192.168.1.2:5060";
const OTHER_HOST: &str = "192.168.1.3:5060";
const OUTSIDE: &str = "203.0.113.9";
const SERVERS: [&str; 3] = [
    "198.51.100.1:3478",
    "198.51.100.1:3479",
    "198.51.100.2:3478",
];

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

struct Bench {
    network: Network,
    nat: NatId,
    now: Instant,
}

impl Bench {
    fn new(change: impl FnOnce(&mut NatConfig)) -> Self {
        let mut config = NatConfig::new(ip(OUTSIDE));
        change(&mut config);
        let mut network = Network::new(1, Link::PERFECT);
        let inside = [address(HOST).ip(), address(OTHER_HOST).ip()];
        let nat = network.add_nat(&inside, config);
        let now = Instant::from_secs(1);
        Self { network, nat, now }
    }

    /// Where it arrives and from where it seems to come, if it does.
    fn send(&mut self, from: &str, to: SocketAddr) -> Option<(SocketAddr, SocketAddr)> {
        let path = FiveTuple::udp(address(from), to);
        self.network.send(self.now, path, b"datagram");
        let delivery = self.network.poll_delivery(self.now)?;
        Some((delivery.path.local, delivery.path.remote))
    }

    /// As whom a server sees the host.
    fn seen(&mut self, from: &str, server: &str) -> SocketAddr {
        let (to, source) = self.send(from, address(server)).expect("sent out");
        assert_eq!(to, address(server));
        assert_eq!(
            self.network.mapped(self.nat, address(from), to),
            Some(source)
        );
        source
    }
}

#[test]
fn every_mapping_and_every_filter() {
    for mapping in Dependence::ALL {
        for filtering in Dependence::ALL {
            let mut bench = Bench::new(|config| {
                config.mapping = mapping;
                config.filtering = filtering;
            });
            let [first, port, other] = SERVERS;
            let mapped = bench.seen(HOST, first);
            let comes_in = [first, port, other].map(|server| bench.send(server, mapped).is_some());
            let expected = match filtering {
                Dependence::EndpointIndependent => [true, true, true],
                Dependence::AddressDependent => [true, true, false],
                Dependence::AddressAndPortDependent => [true, false, false],
            };
            assert_eq!(comes_in, expected, "{mapping:?} {filtering:?}");
            let same = [first, port, other].map(|server| bench.seen(HOST, server) == mapped);
            let expected = match mapping {
                Dependence::EndpointIndependent => [true, true, true],
                Dependence::AddressDependent => [true, true, false],
                Dependence::AddressAndPortDependent => [true, false, false],
            };
            assert_eq!(same, expected, "{mapping:?} {filtering:?}");
            let back = bench.send(first, mapped);
            assert_eq!(back, Some((address(HOST), address(first))));
        }
    }
}

#[test]
fn ports_are_given_by_policy_and_never_twice() {
    let ports = |policy| {
        let mut bench = Bench::new(|config| {
            config.ports = policy;
            config.mapping = Dependence::AddressAndPortDependent;
        });
        let mut ports = Vec::new();
        for host in [HOST, OTHER_HOST] {
            for server in SERVERS {
                ports.push(bench.seen(host, server).port());
            }
        }
        ports
    };
    assert_eq!(
        ports(PortAllocation::Preserve),
        [5060, 5061, 5062, 5063, 5064, 5065]
    );
    assert_eq!(
        ports(PortAllocation::Sequential(65_534))[..3],
        [65_534, 65_535, 1_024]
    );
    let random = ports(PortAllocation::Random);
    assert_eq!(random, ports(PortAllocation::Random), "the same seed");
    assert_eq!(random.iter().collect::<BTreeSet<_>>().len(), 6);
    assert!(!random.contains(&5060));
}

#[test]
fn mappings_end() {
    for inbound in [false, true] {
        let mut bench = Bench::new(|config| {
            config.timeout = Duration::from_secs(30);
            config.refreshed_by_inbound = inbound;
            config.ports = PortAllocation::Sequential(40_000);
        });
        let mapped = bench.seen(HOST, SERVERS[0]);
        bench.now += Duration::from_secs(29);
        assert!(bench.send(SERVERS[0], mapped).is_some());
        bench.now += Duration::from_secs(29);
        assert_eq!(bench.send(SERVERS[0], mapped).is_some(), inbound);
        bench.now += Duration::from_secs(31);
        assert!(bench.send(SERVERS[0], mapped).is_none());
        assert_ne!(bench.seen(HOST, SERVERS[0]), mapped);
        let statistics = bench.network.nat_statistics(bench.nat);
        assert_eq!(statistics.mappings, 2);
        assert_eq!(statistics.filtered, 2 - u64::from(inbound));
    }
}

#[test]
fn a_restart_loses_all_mappings() {
    let mut bench = Bench::new(|config| config.ports = PortAllocation::Sequential(40_000));
    let mapped = bench.seen(HOST, SERVERS[0]);
    bench.network.restart_nat(bench.nat);
    assert!(bench.send(SERVERS[0], mapped).is_none());
    assert_ne!(bench.seen(HOST, SERVERS[0]), mapped);
}

#[test]
fn hairpins() {
    for hairpin in [
        Hairpin::Off,
        Hairpin::ExternalSource,
        Hairpin::InternalSource,
    ] {
        let mut bench = Bench::new(|config| {
            config.hairpin = hairpin;
            config.filtering = Dependence::EndpointIndependent;
        });
        let mapped = bench.seen(HOST, SERVERS[0]);
        let sender = bench.seen(OTHER_HOST, SERVERS[0]);
        let arrived = bench.send(OTHER_HOST, mapped);
        let expected = match hairpin {
            Hairpin::Off => None,
            Hairpin::ExternalSource => Some((address(HOST), sender)),
            Hairpin::InternalSource => Some((address(HOST), address(OTHER_HOST))),
        };
        assert_eq!(arrived, expected);
        // The direct way is not the NAT's business.
        let direct = bench.send(OTHER_HOST, address(HOST));
        assert_eq!(direct, Some((address(HOST), address(OTHER_HOST))));
    }
}

#[test]
fn inside_addresses_mean_nothing_outside() {
    let mut bench = Bench::new(|_| {});
    assert!(bench.send(SERVERS[0], address(HOST)).is_none());
    assert!(
        bench
            .send(SERVERS[0], SocketAddr::new(ip(OUTSIDE), 5060))
            .is_none()
    );
}

#[test]
fn a_firewall_translates_nothing() {
    let mut network = Network::new(1, Link::PERFECT);
    let config = NatConfig::firewall(Dependence::AddressAndPortDependent);
    let nat = network.add_nat(&[address(HOST).ip()], config);
    let (mut bench, host) = (
        Bench {
            network,
            nat,
            now: Instant::ORIGIN,
        },
        address(HOST),
    );
    assert!(bench.send(SERVERS[0], host).is_none());
    assert_eq!(
        bench.send(HOST, address(SERVERS[0])),
        Some((address(SERVERS[0]), host))
    );
    assert!(bench.send(SERVERS[0], host).is_some());
    assert!(bench.send(SERVERS[1], host).is_none());
}

#[test]
fn one_behind_another() {
    let mut bench = Bench::new(|_| {});
    let carrier = NatConfig::new(ip("198.18.0.1"));
    let carrier = bench.network.add_nat(&[ip(OUTSIDE)], carrier);
    let (_, seen) = bench.send(HOST, address(SERVERS[0])).expect("sent out");
    assert_eq!(seen, address("198.18.0.1:5060"));
    let home = SocketAddr::new(ip(OUTSIDE), 5060);
    let server = address(SERVERS[0]);
    assert_eq!(bench.network.mapped(carrier, home, server), Some(seen));
    assert_eq!(bench.send(SERVERS[0], seen), Some((address(HOST), server)));
}

#[test]
fn payloads_are_translated_on_wish() {
    let mut bench = Bench::new(|config| {
        config.rewrites_payload = true;
        config.ports = PortAllocation::Sequential(40_000);
    });
    let mut exchange = |from: &str, to: SocketAddr, text: &str| {
        let path = FiveTuple::udp(address(from), to);
        bench.network.send(bench.now, path, text.as_bytes());
        let delivery = bench.network.poll_delivery(bench.now).expect("delivered");
        match delivery.arrival {
            Arrival::Datagram(data) => String::from_utf8(data).expect("text"),
            other => panic!("{other:?}"),
        }
    };
    let out = exchange(HOST, address(SERVERS[0]), "Via: 192.168.1.2:5060");
    assert_eq!(out, "Via: 203.0.113.9:40000");
    let back = exchange(SERVERS[0], SocketAddr::new(ip(OUTSIDE), 40_000), &out);
    assert_eq!(back, "Via: 192.168.1.2:5060");
}

#[test]
fn what_was_refused_occupies_the_port_on_wish() {
    for occupies in [false, true] {
        let mut bench = Bench::new(|config| config.refused_occupy = occupies);
        let [first, _, other] = SERVERS;
        let mapped = bench.seen(HOST, first);
        assert!(bench.send(other, mapped).is_none());
        let (_, seen) = bench.send(HOST, address(other)).expect("sent out");
        assert_eq!(seen == mapped, !occupies);
        assert_eq!(bench.seen(HOST, first), mapped);
        assert_eq!(
            bench.send(HOST, address(other)).map(|(_, again)| again),
            Some(seen)
        );
    }
}
