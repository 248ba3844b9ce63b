//! The adapter on loopback sockets. Waiting is done in paused time.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use trunkline_stun::sans_io::{Clock, FiveTuple, Transport};
use trunkline_stun::tokio::{
    Client, DiscoverySockets, MappedAddressError, Responder, StreamLimits, discover,
    mapped_address_over, serve, serve_stream, serve_tcp,
};
use trunkline_stun::{
    AlternateAddresses, Answer, AttributeType, AuthenticationError, BindingExchange, BindingServer,
    Class, ClientConfig, Dependence, DiscoveryConfig, ErrorCode, Failure, LongTermAccount,
    LongTermAuthentication, LongTermServer, Message, MessageWriter, Method, NatType, RateEntry,
    RateLimit, RateLimiter, Schedule, ServerDrop, Software, TransactionId, TransactionIds,
    XorMappedAddress,
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

/// A listener with a server behind it.
async fn tcp_server(
    limits: StreamLimits,
    responder: impl Responder + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind(LOOPBACK).await.expect("a listener");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { serve_tcp(&listener, limits, Arc::new(responder)).await });
    address
}

fn binding_request(id: u8) -> Vec<u8> {
    let mut buffer = [0; 64];
    let id = TransactionId::new([id; 12]);
    let len = MessageWriter::new(&mut buffer, Class::Request, Method::BINDING, id)
        .attribute(&Software("a client"))
        .finish()
        .expect("room");
    buffer[..len].to_vec()
}

async fn response(stream: &mut TcpStream) -> TransactionId {
    let mut buffer = [0; 32];
    let read = stream.read_exact(&mut buffer).await;
    assert_eq!(read.expect("a response"), 32);
    let message = Message::parse(&buffer).expect("a message");
    let local = stream.local_addr().expect("connected");
    assert_eq!(message.get(), Ok(Some(XorMappedAddress(local))));
    message.transaction_id()
}

#[tokio::test]
async fn a_stream_carries_requests_however_they_are_cut() {
    let server = tcp_server(StreamLimits::DEFAULT, BindingServer::new()).await;
    let mut stream = TcpStream::connect(server).await.expect("connected");
    stream.set_nodelay(true).expect("set");
    // Two and the beginning of a third, then its rest.
    let requests = [binding_request(1), binding_request(2), binding_request(3)].concat();
    let (first, rest) = requests.split_at(requests.len() - 7);
    stream.write_all(first).await.expect("sent");
    for id in [1, 2] {
        assert_eq!(response(&mut stream).await, TransactionId::new([id; 12]));
    }
    stream.write_all(rest).await.expect("sent");
    assert_eq!(response(&mut stream).await, TransactionId::new([3; 12]));
    // What is no STUN ends it.
    stream.write_all(b"GET / HTTP/1.1").await.expect("sent");
    assert_eq!(stream.read(&mut [0; 1]).await.expect("closed"), 0);
}

#[tokio::test]
async fn connections_are_bounded() {
    let limits = StreamLimits {
        per_source: 2,
        ..StreamLimits::DEFAULT
    };
    let server = tcp_server(limits, BindingServer::new()).await;
    let mut streams = Vec::new();
    for id in [1, 2] {
        let mut stream = TcpStream::connect(server).await.expect("connected");
        stream.write_all(&binding_request(id)).await.expect("sent");
        assert_eq!(response(&mut stream).await, TransactionId::new([id; 12]));
        streams.push(stream);
    }
    let mut third = TcpStream::connect(server).await.expect("connected");
    assert!(!matches!(third.read(&mut [0; 1]).await, Ok(1..)));
    // A place that is free again is taken.
    drop(streams.pop());
    let mut next = TcpStream::connect(server).await.expect("connected");
    while next.write_all(&binding_request(4)).await.is_err()
        || next.read_exact(&mut [0; 32]).await.is_err()
    {
        next = TcpStream::connect(server).await.expect("connected");
    }
}

/// Through a pair of pipes, as TLS would be, in paused time.
#[tokio::test(start_paused = true)]
async fn a_silent_stream_is_closed() {
    let (mut near, mut far) = tokio::io::duplex(256);
    let path = FiveTuple {
        transport: Transport::Tls,
        local: ([192, 0, 2, 1], 5349).into(),
        remote: ([198, 51, 100, 7], 61_234).into(),
    };
    let idle = Duration::from_secs(30);
    let begin = tokio::time::Instant::now();
    let server =
        tokio::spawn(
            async move { serve_stream(&mut far, path, idle, &BindingServer::new()).await },
        );
    near.write_all(&binding_request(1)).await.expect("sent");
    let mut buffer = [0; 32];
    near.read_exact(&mut buffer).await.expect("a response");
    let message = Message::parse(&buffer).expect("a message");
    assert_eq!(message.get(), Ok(Some(XorMappedAddress(path.remote))));
    // An octet from time to time is not enough.
    for octet in binding_request(2).iter().take(7) {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let _ = near.write_all(&[*octet]).await;
    }
    assert!(server.await.expect("no panic").is_ok());
    assert!(begin.elapsed() < Duration::from_secs(36));
}

/// More than are answered one by one, from several clients, of which one gets no response.
#[tokio::test]
async fn requests_that_come_together_are_all_answered() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(socket) = UdpSocket::bind(address).await else {
            continue; // there is no IPv6 here
        };
        let server = socket.local_addr().expect("bound");
        let gone = UdpSocket::bind(address).await.expect("a socket");
        gone.send_to(&binding_request(0), server)
            .await
            .expect("sent");
        drop(gone);
        let mut clients = Vec::new();
        for _ in 0..3 {
            let client = UdpSocket::bind(address).await.expect("a socket");
            client.connect(server).await.expect("connected");
            clients.push(client);
        }
        for id in 1..=20 {
            for client in &clients {
                client.send(b"no request").await.expect("sent");
                client.send(&binding_request(id)).await.expect("sent");
            }
        }
        let serving = tokio::spawn(async move { serve(&socket, &BindingServer::new()).await });
        for client in &clients {
            let local = client.local_addr().expect("bound");
            for id in 1..=20 {
                let mut buffer = [0; 64];
                let len = client.recv(&mut buffer).await.expect("a response");
                let message = Message::parse(&buffer[..len]).expect("a message");
                assert_eq!(message.transaction_id(), TransactionId::new([id; 12]));
                assert_eq!(message.get(), Ok(Some(XorMappedAddress(local))));
            }
        }
        assert!(!serving.is_finished());
    }
}

#[tokio::test]
async fn a_function_may_stand_in_front() {
    let limit = RateLimit {
        per_second: 1,
        burst: 2,
    };
    let limiter = RateLimiter::new(limit, [7; 32], vec![RateEntry::EMPTY; 8]);
    let (limiter, clock) = (Mutex::new(limiter), Clock::new());
    let responder = move |path: FiveTuple, request: &[u8], response: &mut [u8]| {
        let mut limiter = limiter.lock().expect("no panic");
        match limiter.admit(clock.now(), path.remote.ip()) {
            true => BindingServer::new().answer(path, request, response),
            false => Ok(Answer::Dropped(ServerDrop::RateLimited)),
        }
    };
    let socket = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    let server = socket.local_addr().expect("bound");
    tokio::spawn(async move { serve(&socket, &responder).await });
    let client = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    client.connect(server).await.expect("connected");
    let mut ids = Vec::new();
    for id in 0..10 {
        client.send(&binding_request(id)).await.expect("sent");
    }
    let mut buffer = [0; 64];
    while ids.len() < 2 {
        let len = client.recv(&mut buffer).await.expect("a response");
        let message = Message::parse(&buffer[..len]).expect("a message");
        ids.push(message.transaction_id());
    }
    assert_eq!(
        ids,
        [TransactionId::new([0; 12]), TransactionId::new([1; 12])]
    );
}

/// A server for the users of a realm.
fn long_term_responder() -> impl Responder + Send + Sync + 'static {
    let user = LongTermAccount::new(b"alice", b"example.org", b"secret");
    let long_term = LongTermServer::new(b"example.org", [9; 32]);
    let clock = Clock::new();
    move |path: FiveTuple, request: &[u8], response: &mut [u8]| {
        BindingServer::new().answer_long_term(
            clock.now(),
            path,
            request,
            response,
            &long_term,
            |asked, algorithm| user.is(asked).then(|| user.key(algorithm)).flatten(),
        )
    }
}

fn long_term(password: &[u8]) -> LongTermAuthentication<Vec<u8>> {
    LongTermAuthentication::new(b"alice".to_vec(), password).expect("short")
}

#[tokio::test]
async fn users_prove_who_they_are() {
    let socket = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    let server = socket.local_addr().expect("bound");
    let responder = long_term_responder();
    tokio::spawn(async move { serve(&socket, &responder).await });
    let error = client().await.mapped_address(server).await;
    assert!(matches!(
        error,
        Err(MappedAddressError::Rejected { code: 401 })
    ));
    let mut known = client().await.with_long_term(long_term(b"secret"));
    for _ in 0..3 {
        let mapped = known.mapped_address(server).await.expect("an address");
        assert_eq!(mapped, known.local_addr().expect("bound"));
    }
    let mut wrong = client().await.with_long_term(long_term(b"wrong"));
    let error = wrong.mapped_address(server).await;
    let rejected = Failure::Authentication(AuthenticationError::Rejected);
    assert!(matches!(error, Err(MappedAddressError::Failed(failure)) if failure == rejected));
}

#[tokio::test]
async fn an_address_is_asked_for_over_a_stream() {
    let server = tcp_server(StreamLimits::DEFAULT, long_term_responder()).await;
    let mut stream = TcpStream::connect(server).await.expect("connected");
    let local = stream.local_addr().expect("connected");
    let path = FiveTuple::tcp(local, server);
    let ids = TransactionIds::new([7; 32]);
    let mut exchange = BindingExchange::new(path, ids, ClientConfig::default())
        .with_long_term(long_term(b"secret"));
    let mapped = mapped_address_over(&mut stream, &mut exchange).await;
    assert_eq!(mapped.expect("an address"), local);

    // A server that hangs up.
    let listener = TcpListener::bind(LOOPBACK).await.expect("a listener");
    let address = listener.local_addr().expect("bound");
    let mut stream = TcpStream::connect(address).await.expect("connected");
    drop(listener.accept().await.expect("accepted"));
    let path = FiveTuple::tcp(stream.local_addr().expect("connected"), address);
    let ids = TransactionIds::new([7; 32]);
    let config: ClientConfig = ClientConfig::DEFAULT;
    let mut exchange = BindingExchange::new(path, ids, config);
    assert!(
        mapped_address_over(&mut stream, &mut exchange)
            .await
            .is_err()
    );
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
