//! The service of the public address on loopback sockets.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use trunkline_stun::sans_io::{DnsData, DnsFailure, DnsQuestion, DnsRecord, DnsRecordType, Srv};
use trunkline_stun::tokio::{PublicAddressService, no_names, serve};
use trunkline_stun::{
    AskWhen, BindingServer, PublicAddress, PublicAddressConfig, PublicAddressEvent, StunServer,
    TooManyServers,
};

const LOOPBACK: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

async fn server() -> SocketAddr {
    let socket = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    let address = socket.local_addr().expect("bound");
    tokio::spawn(async move { serve(&socket, &BindingServer::new()).await });
    address
}

async fn service(servers: &[StunServer], config: PublicAddressConfig) -> PublicAddressService {
    let service = PublicAddressService::bind(LOOPBACK, servers, [7; 32], config).await;
    service.expect("a socket")
}

/// C004-196: many calls at the same time, one request; one more when it starts anew.
#[tokio::test]
async fn c004_196_all_calls_share_one_request() {
    let servers = [StunServer::Address(server().await)];
    let service = service(&servers, PublicAddressConfig::DEFAULT).await;
    let mut public = service.handle();
    tokio::spawn(service.run(no_names, |_| {}));
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let mut public = public.clone();
        calls.spawn(async move {
            public.begin_call().await;
            assert!(public.changed().await.is_loopback());
            assert_eq!(public.address(), Some(Ipv4Addr::LOCALHOST.into()));
        });
    }
    for ended in calls.join_all().await {
        ended
    }
    assert!(public.changed().await.is_loopback());
    assert_eq!(public.requests(), 1);
    assert_eq!(public.port_rewritten(), Some(false));
    public.restart().await;
    while public.requests() < 2 {
        tokio::task::yield_now().await;
    }
}

/// C004-197, C004-201: another configuration while it runs; a client asks for each call then.
#[tokio::test]
async fn c004_201_it_is_configured_while_it_runs() {
    let servers = [StunServer::Address(server().await)];
    let service = service(&[], PublicAddressConfig::DEFAULT).await;
    let mut public = service.handle();
    tokio::spawn(service.run(no_names, |_| {}));
    public.begin_call().await;
    let config = PublicAddressConfig {
        ask: AskWhen::CallBegins,
        ..PublicAddressConfig::DEFAULT
    };
    let many = [servers[0]; PublicAddress::MAX_SERVERS + 1];
    assert_eq!(public.configure(&many, config).await, Err(TooManyServers));
    public.configure(&servers, config).await.expect("few");
    assert_eq!((public.address(), public.requests()), (None, 0));
    public.begin_call().await;
    public.changed().await;
    assert_eq!(public.requests(), 1);
}

/// C004-200, C004-245: a name by SRV and A; the first server is dead, which is told.
#[tokio::test(start_paused = true)]
async fn c004_200_a_domain_stands_in_for_a_dead_server() {
    let dead = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    let alive = server().await;
    let resolve = move |question: DnsQuestion| async move {
        let data = match (question.name.as_str(), question.record_type) {
            ("_stun._udp.example.org", DnsRecordType::Srv) => DnsData::Srv(Srv {
                priority: 0,
                weight: 0,
                port: alive.port(),
                target: "host.example.org".parse().expect("a name"),
            }),
            ("host.example.org", DnsRecordType::A) => DnsData::A(Ipv4Addr::LOCALHOST),
            _ => return Err(DnsFailure::NoSuchName),
        };
        let ttl = Duration::from_secs(60);
        Ok(vec![DnsRecord { ttl, data }])
    };
    let servers = [
        StunServer::Address(dead.local_addr().expect("bound")),
        "example.org".parse().expect("a domain"),
    ];
    let service = service(&servers, PublicAddressConfig::DEFAULT).await;
    let mut public = service.handle();
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    tokio::spawn(service.run(resolve, move |event| {
        told.lock().expect("whole").push(event);
    }));
    assert!(public.changed().await.is_loopback());
    let events = events.lock().expect("whole");
    assert!(
        matches!(
            events[..],
            [
                PublicAddressEvent::ServerFailed { server: 0, .. },
                PublicAddressEvent::Learned { server: 1, .. }
            ]
        ),
        "{events:?}"
    );
}
