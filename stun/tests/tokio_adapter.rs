//! The adapter on loopback sockets. Waiting is done in paused time.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;

use tokio::net::UdpSocket;
use trunkline_stun::tokio::{Client, DiscoverySockets, MappedAddressError, discover, serve};
use trunkline_stun::{
    AlternateAddresses, AttributeType, BindingServer, Class, ClientConfig, Dependence,
    DiscoveryConfig, ErrorCode, Failure, Message, MessageWriter, Method, NatType, Schedule,
    TransactionIds,
};

const LOOPBACK: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

async fn server(answers: BindingServer<'static>) -> SocketAddr {
    let socket = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    let address = socket.local_addr().expect("bound");
    tokio::spawn(async move { serve(&socket, &answers).await });
    address
}

async fn client() -> Client {
    Client::bind(LOOPBACK, [7; 32]).await.expect("a socket")
}

/// E001-63: the public address is asked for, here without a NAT.
#[tokio::test]
async fn a_server_tells_the_address() {
    let mut client = client().await;
    let software = BindingServer::new().with_software(
        "a name longer than the response buffer is: trunkline, trunkline, trunkline, trunkline",
    );
    for answers in [BindingServer::new(), software] {
        let server = server(answers).await;
        let mapped = client.mapped_address(server).await.expect("an address");
        assert_eq!(mapped, client.local_addr().expect("bound"));
    }
    let local = client.local_addr().expect("bound");
    assert_eq!(client.into_socket().local_addr().expect("bound"), local);
}

#[tokio::test]
async fn other_datagrams_do_not_disturb() {
    let mut client = client().await;
    let local = client.local_addr().expect("bound");
    let stranger = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    stranger.send_to(b"hello", local).await.expect("sent");
    stranger.send_to(&[0; 1_600], local).await.expect("sent");
    let server = server(BindingServer::new()).await;
    stranger.send_to(b"hello", server).await.expect("sent");
    stranger.send_to(&[], server).await.expect("sent");
    let mapped = client.mapped_address(server).await.expect("an address");
    assert_eq!(mapped, local);
}

#[tokio::test(start_paused = true)]
async fn silence_is_a_time_out() {
    let silent = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    let server = silent.local_addr().expect("bound");
    let begin = tokio::time::Instant::now();
    let error = client().await.mapped_address(server).await;
    assert!(matches!(
        error,
        Err(MappedAddressError::Failed(Failure::TimedOut))
    ));
    assert!(begin.elapsed() >= Duration::from_millis(39_500));
    let mut buffer = [0; 64];
    for _ in 0..7 {
        let len = silent.try_recv(&mut buffer).expect("a request");
        assert!(Message::parse(&buffer[..len]).is_ok());
    }
    assert!(silent.try_recv(&mut buffer).is_err());
}

#[tokio::test]
async fn a_refusal_is_told() {
    let socket = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    let server = socket.local_addr().expect("bound");
    tokio::spawn(async move {
        let (mut request, mut response) = ([0; 64], [0; 64]);
        let (len, remote) = socket.recv_from(&mut request).await.expect("a request");
        let id = Message::parse(&request[..len])
            .expect("STUN")
            .transaction_id();
        let len = MessageWriter::new(&mut response, Class::Error, Method::BINDING, id)
            .optional(ErrorCode::new(500, "Server Error").as_ref())
            .finish()
            .expect("room");
        socket
            .send_to(&response[..len], remote)
            .await
            .expect("sent");
    });
    let error = client().await.mapped_address(server).await;
    assert!(matches!(
        error,
        Err(MappedAddressError::Rejected { code: 500 })
    ));
}

/// What clients of RFC 5780 send to see whether fragments get through. A server that padded its
/// response would amplify; one that said nothing would be waited for.
#[tokio::test]
async fn a_padded_request_is_refused() {
    let server = server(BindingServer::new()).await;
    let id = TransactionIds::new([7; 32]).next_id();
    let mut request = [0; 1_524];
    let len = MessageWriter::new(&mut request, Class::Request, Method::BINDING, id)
        .raw(AttributeType::PADDING, &[0; 1_500])
        .finish()
        .expect("room");
    let socket = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    socket.send_to(&request[..len], server).await.expect("sent");
    let mut response = [0; 100];
    let (len, _) = socket.recv_from(&mut response).await.expect("a response");
    let response = Message::parse(&response[..len]).expect("STUN");
    let error = response.get::<ErrorCode<'_>>().expect("sound");
    assert_eq!(error.map(|error| error.code()), Some(420));
}

#[tokio::test]
async fn a_dropped_future_harms_nothing() {
    let silent = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    let schedule = Schedule {
        rto: Duration::from_millis(1),
        ..Schedule::DEFAULT
    };
    let config = ClientConfig {
        schedule,
        ..ClientConfig::default()
    };
    let mut client = client().await.with_config(config);
    let nobody = silent.local_addr().expect("bound");
    tokio::select! {
        biased;
        _ = client.mapped_address(nobody) => panic!("nobody answers"),
        () = core::future::ready(()) => {}
    }
    let server = server(BindingServer::new()).await;
    assert!(client.mapped_address(server).await.is_ok());
}

/// Two loopback addresses, with a free port each.
async fn discovery_server(machine: BindingServer<'static>) -> SocketAddr {
    let free = |ip: [u8; 4]| async move {
        let socket = UdpSocket::bind((Ipv4Addr::from(ip), 0)).await;
        socket.expect("a socket").local_addr().expect("bound")
    };
    let (one, other) = (free([127, 0, 0, 1]).await, free([127, 0, 0, 2]).await);
    let alternates = AlternateAddresses::new(one, other).expect("two");
    let sockets = DiscoverySockets::bind(alternates).await.expect("sockets");
    let machine = machine.with_alternates(alternates);
    tokio::spawn(async move { sockets.serve(&machine).await });
    one
}

/// E001-81, E001-86.
#[tokio::test]
async fn no_nat_is_found_on_the_loopback_interface() {
    let machine = BindingServer::new().with_classic().with_change_requests();
    let server = discovery_server(machine).await;
    for classic in [false, true] {
        let config = DiscoveryConfig {
            classic,
            ..DiscoveryConfig::DEFAULT
        };
        for local in ["127.0.0.1:0", "0.0.0.0:0"] {
            let local = local.parse().expect("an address");
            let report = discover(local, server, [7; 32], config)
                .await
                .expect("sockets");
            assert_eq!(report.nat_type, NatType::OpenInternet);
            assert_eq!(report.mapping, Some(Dependence::EndpointIndependent));
            assert_eq!(report.mapped, Some(report.local));
            assert!(report.round_trip.is_some());
        }
    }
}

/// E001-87, C004-245: a server that does not answer.
#[tokio::test(start_paused = true)]
async fn silence_is_blocked_udp() {
    let silent = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    let server = silent.local_addr().expect("bound");
    let local = "127.0.0.1:0".parse().expect("an address");
    let report = discover(local, server, [7; 32], DiscoveryConfig::DEFAULT).await;
    let report = report.expect("sockets");
    assert_eq!(
        (report.nat_type, report.mapped),
        (NatType::UdpBlocked, None)
    );
}
