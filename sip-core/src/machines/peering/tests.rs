use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::IpAddr;
use core::time::Duration;

use super::*;
use crate::TrunkGroup;
use trunkline_sans_io::Instant;

fn hops(texts: &[&str]) -> Vec<NextHop> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn peering(listen: &[&str], hosts: &[&str]) -> PeeringConfig {
    let mut config = PeeringConfig::new(hops(listen), hops(hosts));
    config.networks = ["198.51.100.0/24".parse().unwrap()].into();
    config
}

/// What is said of a provider's side: whether it is fatal, field and text.
fn said(config: &PeeringConfig) -> Vec<(bool, &'static str, String)> {
    let findings = config.findings(PeerRole::Provider, |_| None);
    let findings = findings.iter();
    findings
        .map(|finding| (finding.is_fatal(), finding.field(), finding.to_string()))
        .collect()
}

fn only(config: &PeeringConfig, fatal: bool, field: &str, text: &str) {
    let said = said(config);
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(
        (said[0].0, said[0].1, said[0].2.as_str()),
        (fatal, field, text)
    );
}

const HOSTS: [&str; 2] = ["tcp:link01.example", "tcp:link02.example:5062"];

/// P000-12, P000-25, P000-29: ports of listeners and of hosts are told apart, and where none is told TCP
/// listens at 5068 and hosts are reached at 5060.
#[test]
fn listeners_and_trunks() {
    let mut config = peering(
        &[
            "tcp:203.0.113.5",
            "udp:203.0.113.5",
            "tcp:[2001:db8::5]:5070",
        ],
        &HOSTS,
    );
    let listeners = |config: &PeeringConfig| -> Vec<String> {
        let listeners = config.listeners();
        listeners
            .map(|(transport, local)| alloc::format!("{transport} {local}"))
            .collect()
    };
    assert_eq!(
        listeners(&config),
        [
            "TCP 203.0.113.5:5068",
            "UDP 203.0.113.5:5060",
            "TCP [2001:db8::5]:5070"
        ]
    );
    let trunks: Vec<String> = config
        .trunks()
        .iter()
        .map(|trunk| {
            alloc::format!(
                "{} {} {} {}",
                trunk.transport,
                trunk.local,
                trunk.host,
                trunk.port
            )
        })
        .collect();
    assert_eq!(
        trunks,
        [
            "TCP 203.0.113.5:5068 link01.example 5060",
            "TCP [2001:db8::5]:5070 link01.example 5060",
            "TCP 203.0.113.5:5068 link02.example 5062",
            "TCP [2001:db8::5]:5070 link02.example 5062",
        ]
    );

    config.ports = "5068-5069".parse().ok();
    assert_eq!(config.listeners().count(), 5);
    // Of two ports at one address the first is used for trunks.
    assert_eq!(config.trunks().len(), 4);
}

#[test]
fn bound_addresses_take_the_place_of_configured_ones() {
    let mut config = peering(&["udp:127.0.0.1:0", "tcp:[::1]:0"], &["udp:192.0.2.9"]);
    let bound = [
        (Transport::Udp, "127.0.0.1:40001".parse().unwrap()),
        (Transport::Tcp, "[::1]:40002".parse().unwrap()),
    ];
    config.set_bound(bound);
    assert_eq!(config.listeners().collect::<Vec<_>>(), bound);
    assert_eq!(config.trunks()[0].local.port(), 40001);
}

#[test]
fn what_follows_for_the_layers() {
    let mut config = peering(
        &["tcp:10.0.0.5:5068"],
        &["tcp:192.0.2.9", "tcp:link.example"],
    );
    let local = "10.0.0.5:5068".parse().unwrap();
    assert_eq!(
        config.sources(),
        [AllowedSources::new(local, config.networks.clone())]
    );
    config.networks.clear();
    let host = Network::host("192.0.2.9".parse().unwrap());
    assert_eq!(config.sources(), [AllowedSources::new(local, [host])]);

    assert_eq!(config.sent_by(), []);
    config.public_address = "203.0.113.5".parse().ok();
    let [public] = &config.sent_by()[..] else {
        panic!("{:?}", config.sent_by())
    };
    assert_eq!(
        (public.local, &*public.sent_by),
        (local, "203.0.113.5:5068")
    );

    config.options_interval = None;
    config.watchdog = Some(Duration::from_secs(90));
    (config.down_after, config.up_after) = (3, 4);
    let group = config.trunk_group();
    assert_eq!(
        (group.options_interval, group.watchdog),
        (None, config.watchdog)
    );
    assert_eq!((group.down_after, group.up_after), (3, 4));
    assert!(TrunkGroup::new(Instant::ORIGIN, group).is_ok());
}

/// P000-3: at least one local address, at most two.
#[test]
fn p000_3_one_or_two_local_addresses() {
    let needed = said(&peering(&[], &[]));
    let fields: Vec<_> = needed
        .iter()
        .map(|(fatal, field, _)| (*fatal, *field))
        .collect();
    assert_eq!(fields, [(true, "listen"), (true, "hosts")]);
    let listen = "needed: one local address or two, such as udp:192.0.2.1:5060";
    only(&peering(&[], &HOSTS), true, "listen", listen);
    let hosts = "needed: one host or two, such as udp:link01.example.com:5060";
    only(&peering(&["tcp:203.0.113.5"], &[]), true, "hosts", hosts);
    let [one, two, three] = ["tcp:203.0.113.5", "tcp:203.0.113.6", "tcp:203.0.113.7"];
    assert_eq!(said(&peering(&[one], &HOSTS)), []);
    assert_eq!(said(&peering(&[one, two], &HOSTS)), []);
    let expected = "a trunk has at most two local addresses";
    only(
        &peering(&[one, two, three], &HOSTS),
        true,
        "listen",
        expected,
    );
    // Even where the third is of no use for the trunks.
    only(
        &peering(&[one, two, "udp:203.0.113.7"], &HOSTS),
        true,
        "listen",
        expected,
    );
}

#[test]
fn transports_that_there_are_not() {
    let over_tls = peering(&["tls:203.0.113.5:5061"], &["tls:link01.example:5061"]);
    let expected = [
        ("listen", "tls:203.0.113.5:5061: TLS is not supported yet"),
        ("hosts", "tls:link01.example:5061: TLS is not supported yet"),
    ];
    let expected = expected.map(|(field, text)| (true, field, text.to_string()));
    assert_eq!(said(&over_tls), expected);
    let expected = "ws:link01.example: WS is not supported yet";
    only(
        &peering(&["tcp:203.0.113.5"], &["ws:link01.example", HOSTS[0]]),
        true,
        "hosts",
        expected,
    );
}

#[test]
fn hosts_whose_calls_are_refused_and_no_room_for_calls() {
    let mut config = peering(&["tcp:203.0.113.5"], &["tcp:192.0.2.9", "tcp:198.51.100.3"]);
    let said = |config: &PeeringConfig| -> Vec<(&str, String)> {
        let findings = config.findings(PeerRole::Exchange, |_| None);
        assert!(findings.iter().all(|finding| !finding.is_fatal()));
        let findings = findings.iter();
        findings
            .map(|finding| (finding.field(), finding.to_string()))
            .collect()
    };
    let expected = "tcp:192.0.2.9 is in none of these: its calls get 403".to_string();
    assert_eq!(said(&config), [("networks", expected)]);
    config.networks.push("192.0.2.9".parse().unwrap());
    assert_eq!(said(&config), []);
    (config.channels, config.bandwidth) = (Some(1), Some(80));
    assert_eq!(said(&config), []);
    (config.channels, config.bandwidth) = (Some(0), Some(79));
    let fields: Vec<_> = said(&config).iter().map(|(field, _)| *field).collect();
    assert_eq!(fields, ["channels", "bandwidth"]);
}

/// P000-10: a way out of the wrong interface is told, to hosts and to single addresses, each of them once.
#[test]
fn p000_10_the_wrong_way_out() {
    let mut config = peering(&["tcp:203.0.113.5"], &["tcp:192.0.2.9"]);
    for single in ["192.0.2.9", "192.0.2.7"] {
        config.networks.push(single.parse().unwrap());
    }
    let lan: IpAddr = "10.0.0.5".parse().unwrap();
    let wan: IpAddr = "203.0.113.5".parse().unwrap();
    let told = |source: &dyn Fn(IpAddr) -> Option<IpAddr>| -> Vec<String> {
        let findings = config.findings(PeerRole::Exchange, source);
        assert!(
            findings
                .iter()
                .all(|finding| !finding.is_fatal() && finding.field() == "listen")
        );
        findings.iter().map(PeeringFinding::to_string).collect()
    };
    assert_eq!(told(&|_| Some(wan)), [""; 0]);
    assert_eq!(told(&|_| None), [""; 0]);
    assert_eq!(
        told(&|_| Some(lan)),
        [
            "the system reaches 192.0.2.9 from 10.0.0.5, which is none of these",
            "the system reaches 192.0.2.7 from 10.0.0.5, which is none of these"
        ]
    );
}

/// P000-20, P000-22: a provider cannot reach a private address, unless a public one stands for it.
#[test]
fn p000_20_private_addresses_need_a_public_one() {
    for private in ["10.255.1.7", "192.168.0.17", "172.16.3.4", "[fd00::5]"] {
        let mut config = peering(&[&alloc::format!("tcp:{private}:5068")], &HOSTS);
        let said = said(&config);
        assert_eq!(
            (said.len(), said[0].0, said[0].1),
            (1, true, "public_address"),
            "{said:?}"
        );
        assert!(
            said[0].2.contains(private.trim_matches(['[', ']'])),
            "{said:?}"
        );
        assert_eq!(config.findings(PeerRole::Exchange, |_| None), []);
        config.public_address = "203.0.113.5".parse().ok();
        assert_eq!(config.findings(PeerRole::Provider, |_| None), []);
    }
    assert_eq!(said(&peering(&["tcp:127.0.0.1"], &HOSTS)), []);
}

/// P000-27: a provider's hosts are named, and where they are the networks have to be told.
#[test]
fn p000_27_names_instead_of_addresses() {
    let mut config = peering(&["tcp:203.0.113.5"], &["tcp:198.51.100.9:5060"]);
    let expected = "tcp:198.51.100.9:5060: use the name, the provider may move";
    only(&config, false, "hosts", expected);
    assert_eq!(config.findings(PeerRole::Exchange, |_| None), []);

    config.hosts = hops(&HOSTS);
    config.networks.clear();
    let expected = "needed, since a host is a name: who may send requests?";
    only(&config, true, "networks", expected);
    config.networks = ["0.0.0.0/0".parse().unwrap()].into();
    only(
        &config,
        false,
        "networks",
        "0.0.0.0/0 is the whole internet",
    );
}

/// P000-29: a trunk is of one transport from end to end.
#[test]
fn p000_29_a_host_needs_a_listener_of_its_transport() {
    only(
        &peering(&["udp:203.0.113.5"], &["tcp:link01.example"]),
        true,
        "hosts",
        "tcp:link01.example: nothing listens over its transport",
    );
    only(
        &peering(
            &["tcp:203.0.113.5"],
            &["tcp:link01.example", "tcp:LINK01.example"],
        ),
        true,
        "hosts",
        "trunk 1 stands there twice",
    );
}

/// P000-46: two by two, and no part of it.
#[test]
fn p000_46_half_of_a_matrix() {
    let expected = "two local addresses need two hosts, and each is to reach both";
    for (listen, hosts) in [
        (["tcp:203.0.113.5", "tcp:203.0.113.6"], &HOSTS[..1]),
        (["tcp:203.0.113.5", "udp:203.0.113.6"], &HOSTS[..]),
        (
            ["tcp:203.0.113.5", "tcp:203.0.113.6"],
            &["tcp:a.example", "tcp:b.example", "tcp:c.example"][..],
        ),
        (
            ["tcp:203.0.113.5", "udp:203.0.113.6"],
            &["tcp:a.example", "udp:a.example"][..],
        ),
    ] {
        only(&peering(&listen, hosts), true, "hosts", expected);
    }
    assert_eq!(said(&peering(&["tcp:203.0.113.5"], &HOSTS)), []);
}

/// P000-50: Contact is numeric, so that the address that listens has to be.
#[test]
fn p000_50_local_addresses_are_numeric() {
    for local in ["tcp:sbc.example:5068", "tcp:0.0.0.0:5068", "tcp:[::]:5068"] {
        let config = peering(&[local], &HOSTS);
        let said = said(&config);
        let expected = alloc::format!(
            "{local}: must be a numeric address of this host: it stands in Via, Contact and SDP"
        );
        assert_eq!(said[0], (true, "listen", expected));
    }
}

#[cfg(feature = "serde")]
mod text {
    use super::*;

    const TEXT: &str = r#"
        mode = "static-ip"
        listen = ["tcp:203.0.113.5:5068", "udp:203.0.113.5"]
        ports = "5068-5070"
        hosts = ["tcp:link01.example"]
        networks = ["198.51.100.0/24", "192.0.2.7"]
        public_address = "203.0.113.6"
        options_interval = 0
        suspect_interval = 20
        down_after = 3
        up_after = 4
        watchdog = 120
        channels = 30
        bandwidth = 2400
        early_media = true
    "#;

    #[test]
    fn what_is_written_reads_the_same() {
        let config: PeeringConfig = toml::from_str(TEXT).unwrap();
        assert_eq!(config.options_interval, None);
        assert_eq!(config.suspect_interval, Duration::from_secs(20));
        assert_eq!(
            (config.channels, config.early_media),
            (Some(30), Some(true))
        );
        let written = toml::to_string(&config).unwrap();
        assert!(written.contains("options_interval = 0\n"), "{written}");
        assert_eq!(toml::from_str::<PeeringConfig>(&written).unwrap(), config);

        let default: PeeringConfig = toml::from_str("").unwrap();
        assert_eq!(default, PeeringConfig::default());
        let written = toml::to_string(&default).unwrap();
        assert_eq!(toml::from_str::<PeeringConfig>(&written).unwrap(), default);
    }

    /// P000-15: trunks that register are refused, and it is said why.
    #[test]
    fn what_is_wrong_is_said() {
        for (text, expected) in [
            (
                "mode = 'registered'",
                r#""registered": the only mode is static-ip; trunks that register are not supported"#,
            ),
            (
                "listen = ['203.0.113.5']",
                r#""203.0.113.5": must begin with udp:, tcp:, tls:, ws: or wss:"#,
            ),
            (
                "ports = '5070-5068'",
                r#""5070-5068": the range ends before it starts"#,
            ),
            (
                "networks = ['192.0.2.1/24']",
                r#""192.0.2.1/24": bits past the prefix length are set"#,
            ),
            ("watchdog = -1", "invalid value: integer `-1`, expected u64"),
        ] {
            let error = toml::from_str::<PeeringConfig>(text).unwrap_err();
            assert_eq!(error.message(), expected);
            let place = text.find(['\'', '-']).unwrap();
            assert_eq!(error.span().map(|span| span.start), Some(place), "{text}");
        }
        let error = toml::from_str::<PeeringConfig>("colour = 'red'").unwrap_err();
        assert!(
            error
                .message()
                .starts_with("unknown field `colour`, expected one of `mode`")
        );
    }
}
