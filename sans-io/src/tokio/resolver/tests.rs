//! Against a name server of a few lines on the loopback interface.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::vec;

use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::*;

const NAME: &str = "link01.trunk.example";

/// What the server answers to a question.
#[derive(Clone)]
enum Answer {
    Records(Vec<(u32, IpAddr)>),
    Alias(&'static str, u32, Ipv4Addr),
    /// Type, time-to-live and data.
    Data(Vec<(u8, u32, Vec<u8>)>),
    Code(u8),
    Nothing,
    Garbage,
}

/// A server that gives these answers one after the other, then the last one again and again.
async fn server(answers: Vec<Answer>) -> (Resolver, SocketAddr, tokio::task::JoinHandle<()>) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let at = socket.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut buf = [0; 1500];
        let mut answers = answers.into_iter().peekable();
        while let Ok((len, from)) = socket.recv_from(&mut buf).await {
            let answer = answers.next().unwrap();
            if answers.peek().is_none() {
                answers = vec![answer.clone()].into_iter().peekable();
            }
            if let Some(bytes) = respond(&buf[..len], &answer) {
                socket.send_to(&bytes, from).await.unwrap();
            }
        }
    });
    (Resolver::with_servers(&[at]).unwrap(), at, task)
}

fn wire_name(name: &str) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        wire.push(u8::try_from(label.len()).unwrap());
        wire.extend(label.as_bytes());
    }
    wire.push(0);
    wire
}

/// RFC 1035 section 4, as far as it is needed.
fn respond(query: &[u8], answer: &Answer) -> Option<Vec<u8>> {
    let labels = query[12..].iter().position(|&octet| octet == 0).unwrap();
    let question = &query[12..12 + labels + 5];
    let mut records = Vec::new();
    let mut code = 0;
    let record = |name: &[u8], ttl: u32, address: IpAddr| {
        let mut record = Vec::from(name);
        match address {
            IpAddr::V4(address) => {
                record.extend([0, 1, 0, 1]);
                record.extend(ttl.to_be_bytes());
                record.extend([0, 4]);
                record.extend(address.octets());
            }
            IpAddr::V6(address) => {
                record.extend([0, 28, 0, 1]);
                record.extend(ttl.to_be_bytes());
                record.extend([0, 16]);
                record.extend(address.octets());
            }
        }
        record
    };
    const ASKED: [u8; 2] = [0xc0, 12];
    match answer {
        Answer::Records(all) => {
            for (ttl, address) in all {
                records.push(record(&ASKED, *ttl, *address));
            }
        }
        Answer::Alias(name, ttl, address) => {
            let target = wire_name(name);
            let mut alias = Vec::from(ASKED);
            alias.extend([0, 5, 0, 1]);
            alias.extend(ttl.to_be_bytes());
            alias.extend(u16::try_from(target.len()).unwrap().to_be_bytes());
            alias.extend(&target);
            records.push(alias);
            records.push(record(&target, 600, (*address).into()));
        }
        Answer::Data(all) => {
            for (kind, ttl, data) in all {
                let mut record = Vec::from(ASKED);
                record.extend([0, *kind, 0, 1]);
                record.extend(ttl.to_be_bytes());
                record.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
                record.extend(data);
                records.push(record);
            }
        }
        Answer::Code(wanted) => code = *wanted,
        Answer::Nothing => return None,
        Answer::Garbage => return Some(Vec::from(&query[..7])),
    }
    let mut bytes = Vec::from(&query[..2]);
    bytes.extend([0x81, 0x80 | code, 0, 1]);
    bytes.extend(u16::try_from(records.len()).unwrap().to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(question);
    bytes.extend(records.concat());
    Some(bytes)
}

fn v4(last: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, last).into()
}

/// Names of trunks are asked again when their time is over, and the new address counts.
#[tokio::test]
async fn the_new_address_is_seen_at_once() {
    let flip = vec![
        Answer::Records(vec![(1, v4(1))]),
        Answer::Records(vec![(1, v4(2)), (300, v4(3)), (300, v4(2))]),
    ];
    let (resolver, ..) = server(flip).await;
    let first = resolver.addresses(NAME, false).await.unwrap();
    assert_eq!(first.addresses, [v4(1)]);
    assert_eq!(first.ttl, Resolver::MIN_TTL);
    // Nothing stands between who asks and the server, not even for this second.
    let second = resolver.addresses(NAME, false).await.unwrap();
    assert_eq!(second.addresses, [v4(2), v4(3)]);
    assert_eq!(second.ttl, Resolver::MIN_TTL, "the shortest of all");
}

#[tokio::test]
async fn the_time_to_live_has_bounds() {
    let answers = [0, 300, u32::MAX >> 1].map(|ttl| Answer::Records(vec![(ttl, v4(1))]));
    let (resolver, ..) = server(answers.into()).await;
    let mut ttl = Vec::new();
    for _ in 0..3 {
        ttl.push(resolver.addresses(NAME, false).await.unwrap().ttl);
    }
    assert_eq!((ttl[0], ttl[2]), (Resolver::MIN_TTL, Resolver::MAX_TTL));
    let minutes = Duration::from_secs(200)..=Duration::from_secs(300);
    assert!(minutes.contains(&ttl[1]), "{ttl:?}");
}

#[tokio::test]
async fn aliases_are_followed_and_families_kept_apart() {
    let ipv6 = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let answers = vec![
        Answer::Alias("sbc.trunk.example", 60, Ipv4Addr::new(192, 0, 2, 9)),
        Answer::Records(vec![(60, ipv6)]),
        Answer::Records(Vec::new()),
    ];
    let (resolver, ..) = server(answers).await;
    let found = resolver.addresses(NAME, false).await.unwrap();
    assert_eq!(found.addresses, [v4(9)]);
    assert!(found.ttl <= Duration::from_secs(60), "that of the alias");
    assert_eq!(
        resolver.addresses(NAME, true).await.unwrap().addresses,
        [ipv6]
    );
    let none = resolver.addresses(NAME, true).await;
    assert_eq!(none, Err(ResolveError::NoAddress));
}

fn question(record_type: DnsRecordType) -> DnsQuestion {
    DnsQuestion::new(DnsName::parse(NAME).unwrap(), record_type)
}

/// Of an answer with records of several types and a name that is none, what was asked for.
#[tokio::test]
async fn hosts_and_rules_are_read() {
    let srv = |priority: u8, target| {
        let mut data = vec![0, priority, 0, 60, 0x13, 0xc4];
        data.extend(wire_name(target));
        (33, 300, data)
    };
    let mut rule = vec![
        0, 100, 0, 10, 1, b'u', 7, b'E', b'2', b'U', b'+', b's', b'i', b'p',
    ];
    rule.extend(b"\x17!^.*$!sip:info@example!");
    rule.push(0);
    let latin1 = vec![0, 100, 0, 10, 1, b'u', 0, 1, 0xe4, 0];
    let answers = vec![
        Answer::Data(vec![
            srv(1, "sbc.trunk.example"),
            (35, 60, rule.clone()),
            srv(2, "a b"),
            srv(3, "."),
        ]),
        Answer::Data(vec![(35, 60, latin1.clone()), (35, 60, rule)]),
        Answer::Data(vec![(35, 60, latin1)]),
        Answer::Code(3),
    ];
    let (resolver, ..) = server(answers).await;
    let answer = resolver
        .records(&question(DnsRecordType::Srv))
        .await
        .unwrap();
    let hosts: Vec<_> = answer
        .records()
        .map(|record| (record.ttl, record.data))
        .collect();
    let host = |priority, target| {
        let (weight, port) = (60, 5060);
        let target = DnsName::parse(target).unwrap();
        let data = DnsData::Srv(Srv {
            priority,
            weight,
            port,
            target,
        });
        (Duration::from_secs(300), data)
    };
    assert_eq!(hosts, [host(1, "sbc.trunk.example"), host(3, ".")]);

    let answer = resolver
        .records(&question(DnsRecordType::Naptr))
        .await
        .unwrap();
    let rules: Vec<_> = answer.records().map(|record| record.data).collect();
    let rule = DnsData::Naptr(Naptr {
        order: 100,
        preference: 10,
        flags: "u",
        services: "E2U+sip",
        regexp: "!^.*$!sip:info@example!",
        replacement: DnsName::ROOT,
    });
    assert_eq!(rules, [rule]);
    assert!(answer.ttl() <= Duration::from_secs(60));
    for failure in [DnsFailure::NoRecord, DnsFailure::NoSuchName] {
        let none = resolver.records(&question(DnsRecordType::Naptr)).await;
        assert_eq!(none.unwrap_err(), failure);
    }
}

#[tokio::test]
async fn many_addresses_are_cut_off() {
    let many = (0..60).map(|last| (60, v4(last))).collect();
    let (resolver, ..) = server(vec![Answer::Records(many)]).await;
    let found = resolver.addresses(NAME, false).await.unwrap();
    assert_eq!(found.addresses.len(), MAX_ADDRESSES);
}

#[tokio::test]
async fn failures_are_told_apart() {
    for (answer, error) in [
        (Answer::Code(3), ResolveError::NoSuchName),
        (Answer::Code(2), ResolveError::Refused),
        (Answer::Code(5), ResolveError::Refused),
    ] {
        let (resolver, ..) = server(vec![answer]).await;
        assert_eq!(resolver.addresses(NAME, false).await, Err(error));
    }
    assert_eq!(
        Resolver::with_servers(&[]).unwrap_err(),
        ResolveError::NoServer
    );
}

/// A failure is not kept either.
#[tokio::test]
async fn a_name_that_appears_is_found() {
    let answers = vec![Answer::Code(3), Answer::Records(vec![(60, v4(1))])];
    let (resolver, ..) = server(answers).await;
    assert_eq!(
        resolver.addresses(NAME, false).await,
        Err(ResolveError::NoSuchName)
    );
    assert!(resolver.addresses(NAME, false).await.is_ok());
}

#[tokio::test]
async fn a_server_that_says_nothing_of_use_is_given_up() {
    for answer in [Answer::Nothing, Answer::Garbage] {
        let (resolver, ..) = server(vec![answer]).await;
        let asked = timeout(Duration::from_secs(30), resolver.addresses(NAME, false));
        assert_eq!(asked.await.unwrap(), Err(ResolveError::NoAnswer));
    }
}

#[tokio::test]
async fn a_dead_server_does_not_matter() {
    let (_, dead, task) = server(vec![Answer::Nothing]).await;
    task.abort();
    let _ = task.await;
    let (_, alive, _task) = server(vec![Answer::Records(vec![(60, v4(1))])]).await;
    let resolver = Resolver::with_servers(&[dead, alive]).unwrap();
    let found = timeout(Duration::from_secs(30), resolver.addresses(NAME, false)).await;
    assert_eq!(found.unwrap().unwrap().addresses, [v4(1)]);
}

#[tokio::test]
async fn what_is_no_name_is_not_asked() {
    let (resolver, ..) = server(vec![Answer::Nothing]).await;
    let long = "a".repeat(64);
    let longer = ["abc"; 64].join(".");
    for name in [
        "", ".", "a..b", "a b", "a.b/", "\u{e9}", &long, &longer, "sip:a", "[::1",
    ] {
        let asked = resolver.addresses(name, false).await;
        assert_eq!(asked, Err(ResolveError::Malformed), "{name}");
    }
    for (text, address) in [
        ("192.0.2.7", v4(7)),
        ("[::1]", IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ] {
        let found = resolver.addresses(text, address.is_ipv6()).await.unwrap();
        assert_eq!(
            (found.addresses, found.ttl),
            (vec![address], Resolver::MAX_TTL)
        );
        let other = resolver.addresses(text, address.is_ipv4()).await;
        assert_eq!(other, Err(ResolveError::NoAddress));
    }
}
