extern crate std;

use core::time::Duration;
use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use super::*;

fn srv(priority: u16, port: u16, target: &str) -> DnsData<'static> {
    DnsData::Srv(Srv {
        priority,
        weight: 0,
        port,
        target: target.parse().expect("a name"),
    })
}

fn ip(text: &str) -> DnsData<'static> {
    match text.parse().expect("an address") {
        core::net::IpAddr::V4(address) => DnsData::A(address),
        core::net::IpAddr::V6(address) => DnsData::Aaaa(address),
    }
}

fn lookup(uri: &str) -> ServerLookup {
    ServerLookup::new(uri.parse().expect("a URI"), [7; 32])
}

/// All steps, each as a word: questions are answered from the zone, which is empty where it does not know a name.
fn steps(mut lookup: ServerLookup, zone: &[(&str, DnsData<'_>)]) -> Vec<String> {
    let ttl = Duration::from_secs(60);
    let mut steps = Vec::new();
    loop {
        match lookup.next_step() {
            LookupStep::Ask(question) => {
                steps.push(question.to_string());
                let of = |(name, data): &&(&str, DnsData<'_>)| {
                    *name == question.name.as_str() && data.record_type() == question.record_type
                };
                let data = zone.iter().filter(of).map(|(_, data)| *data);
                let records: Vec<_> = data.map(|data| DnsRecord { ttl, data }).collect();
                let answer = match records.as_slice() {
                    [] => Err(DnsFailure::NoRecord),
                    records => Ok(records),
                };
                lookup.handle_answer(answer);
            }
            LookupStep::Try { transport, address } => {
                steps.push(format!("{} {address}", transport.as_str()));
            }
            LookupStep::Failed(failure) => {
                steps.push(failure.to_string());
                // It stays so.
                assert_eq!(lookup.next_step(), LookupStep::Failed(failure));
                return steps;
            }
        }
    }
}

/// RFC 5928 section 3, RFC 8489 section 8: hosts of the service by priority, of each IPv6 before IPv4; the next
/// transport once all of the first one did not do.
#[test]
fn a_relay_is_found_over_udp_and_then_over_tcp() {
    let zone = [
        ("_turn._udp.a.example", srv(20, 3478, "second.example")),
        ("_turn._udp.a.example", srv(10, 3479, "first.example")),
        ("_turn._tcp.a.example", srv(0, 443, "first.example")),
        ("first.example", ip("192.0.2.1")),
        ("first.example", ip("2001:db8::1")),
        ("second.example", ip("192.0.2.2")),
        ("a.example", ip("192.0.2.9")),
    ];
    assert_eq!(
        steps(lookup("turn:a.example"), &zone),
        [
            "_turn._udp.a.example SRV",
            "first.example AAAA",
            "UDP [2001:db8::1]:3479",
            "first.example A",
            "UDP 192.0.2.1:3479",
            "second.example AAAA",
            "second.example A",
            "UDP 192.0.2.2:3478",
            "_turn._tcp.a.example SRV",
            "first.example AAAA",
            "TCP [2001:db8::1]:443",
            "first.example A",
            "TCP 192.0.2.1:443",
            "there is no further address",
        ]
    );
}

/// The name of a domain without records is that of a host; of one that says so the service is not there.
#[test]
fn without_records_a_domain_is_a_host() {
    let zone = [("a.example", ip("192.0.2.9"))];
    let found = steps(
        lookup("turns:a.example").with_family(AddressFamily::V4),
        &zone,
    );
    let asked = [
        "_turns._tcp.a.example SRV",
        "a.example A",
        "TLS 192.0.2.9:5349",
    ];
    assert_eq!(found[..3], asked);
    let found = steps(
        lookup("turn:a.example").with_family(AddressFamily::V4),
        &zone,
    );
    let asked = [
        "_turn._udp.a.example SRV",
        "_turn._tcp.a.example SRV",
        "a.example A",
        "UDP 192.0.2.9:3478",
        "there is no further address",
    ];
    assert_eq!(found, asked);
    let zone = [
        ("_stuns._tcp.a.example", srv(0, 0, ".")),
        ("a.example", ip("192.0.2.9")),
    ];
    let found = steps(lookup("stuns:a.example"), &zone);
    let asked = [
        "_stuns._tcp.a.example SRV",
        "the domain does not have the service",
    ];
    assert_eq!(found, asked);
}

#[test]
fn addresses_and_hosts_are_not_asked_for_services() {
    let found = steps(lookup("turn:192.0.2.1"), &[]);
    assert_eq!(found, ["UDP 192.0.2.1:3478", "there is no further address"]);
    let found = steps(lookup("turn:192.0.2.1").with_family(AddressFamily::V6), &[]);
    assert_eq!(found, ["the server has another address family"]);
    let zone = [("a.example", ip("2001:db8::9"))];
    let found = steps(lookup("turn:a.example:99?transport=tcp"), &zone);
    let asked = [
        "a.example AAAA",
        "TCP [2001:db8::9]:99",
        "a.example A",
        "DNS: the name has no such record",
    ];
    assert_eq!(found, asked);
}

/// Nobody knows whether there are records: the host is not asked for, the other transport is.
#[test]
fn a_server_of_names_that_fails_is_told() {
    let mut lookup = lookup("turn:a.example");
    for service in ["_turn._udp.a.example SRV", "_turn._tcp.a.example SRV"] {
        let LookupStep::Ask(question) = lookup.next_step() else {
            panic!("{service} is not asked for");
        };
        assert_eq!(question.to_string(), service);
        lookup.handle_answer(Err(DnsFailure::Refused));
    }
    let failed = LookupStep::Failed(DnsFailure::Refused.into());
    assert_eq!(lookup.next_step(), failed);
    // Nobody has asked.
    lookup.handle_answer(Err(DnsFailure::NoRecord));
    assert_eq!(lookup.next_step(), failed);
}

/// What a domain says is bounded, and names that lead nowhere end.
#[test]
fn a_zone_full_of_records_is_not_tried_to_its_end() {
    let mut zone = Vec::new();
    for number in 0..100 {
        zone.push((
            "_turns._tcp.a.example",
            srv(number, 1 + number, "b.example"),
        ));
        zone.push(("b.example", ip("192.0.2.1")));
        zone.push(("b.example", ip("2001:db8::1")));
    }
    let found = steps(lookup("turns:a.example"), &zone);
    let tried = found.iter().filter(|step| step.starts_with("TLS ")).count();
    assert_eq!((tried, found.len()), (32, 42));
}
