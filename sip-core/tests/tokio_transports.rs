//! The sockets alone, against real peers on the loopback interface.
//!
//! Nothing here waits for a fixed time: what is awaited is an event, and only a generous limit
//! turns its absence into a failure.
#![cfg(feature = "tokio")]

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::time::timeout;
use trunkline_sans_io::{ConnectionId, FiveTuple, LocalRoute, Transmit, Transport};
use trunkline_sip_core::tokio::{
    Input, Listener, Transports, TransportsConfig, local_address_towards,
};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// An [`Input`] that owns its bytes, so that tests can keep it.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Got {
    Datagram(FiveTuple, Vec<u8>),
    Connected(ConnectionId, FiveTuple),
    Bytes(ConnectionId, Vec<u8>),
    Disconnected(ConnectionId),
    SendFailed(FiveTuple, Option<ConnectionId>),
}

fn own(input: Input<'_>) -> Got {
    match input {
        Input::Datagram { path, data } => Got::Datagram(path, data.to_vec()),
        Input::Connected { connection, path } => Got::Connected(connection, path),
        Input::Bytes { connection, data } => Got::Bytes(connection, data.to_vec()),
        Input::Disconnected { connection, .. } => Got::Disconnected(connection),
        Input::SendFailed { path, connection } => Got::SendFailed(path, connection),
    }
}

async fn next(transports: &mut Transports) -> Got {
    let input = timeout(PATIENCE, transports.recv()).await;
    own(input.expect("no input in time").unwrap())
}

/// The next input, which has to be bytes; they are consumed.
async fn next_bytes(transports: &mut Transports) -> (ConnectionId, Vec<u8>) {
    match next(transports).await {
        Got::Bytes(connection, data) => {
            transports.consume(connection, data.len());
            (connection, data)
        }
        other => panic!("{other:?} instead of bytes"),
    }
}

async fn next_connected(transports: &mut Transports) -> (ConnectionId, FiveTuple) {
    match next(transports).await {
        Got::Connected(connection, path) => (connection, path),
        other => panic!("{other:?} instead of a connection"),
    }
}

fn send(transports: &mut Transports, path: FiveTuple, on: Option<ConnectionId>, data: &[u8]) {
    let transmit = Transmit {
        path,
        connection: on,
        len: data.len(),
    };
    transports.send(transmit, Bytes::copy_from_slice(data));
}

fn bound(transports: &Transports, index: usize) -> SocketAddr {
    transports.local_addresses()[index].address
}

/// A listener at a free TCP port of 127.0.0.1, and where it is.
fn on_tcp(config: TransportsConfig) -> (Transports, SocketAddr) {
    let listeners = [Listener::tcp(address("127.0.0.1:0"))];
    let transports = Transports::bind_with(&listeners, config).unwrap();
    let at = bound(&transports, 0);
    (transports, at)
}

async fn read_exact(stream: &mut TcpStream, len: usize) -> Vec<u8> {
    let mut buf = vec![0; len];
    let read = timeout(PATIENCE, stream.read_exact(&mut buf)).await;
    read.expect("the peer waits in vain").unwrap();
    buf
}

async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut buf = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut buf)).await;
    read.expect("the connection stays open").unwrap();
    buf
}

#[tokio::test]
async fn an_answer_leaves_from_the_address_that_was_asked() {
    let mut transports = Transports::bind(&[Listener::udp(address("0.0.0.0:0"))]).unwrap();
    let port = bound(&transports, 0).port();
    for asked in ["127.0.0.1", "127.0.0.2", "127.8.8.8"] {
        let asked = SocketAddr::new(asked.parse().unwrap(), port);
        let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        // A connected socket hears nobody else.
        peer.connect(asked).await.unwrap();
        peer.send(b"ask").await.unwrap();
        let path = FiveTuple::udp(asked, peer.local_addr().unwrap());
        assert_eq!(
            next(&mut transports).await,
            Got::Datagram(path, b"ask".to_vec())
        );
        send(&mut transports, path, None, b"answer");
        let mut buf = [0; 16];
        let len = timeout(PATIENCE, peer.recv(&mut buf)).await.unwrap();
        assert_eq!(&buf[..len.unwrap()], b"answer");
    }
}

#[tokio::test]
async fn an_ipv6_answer_leaves_from_the_address_that_was_asked() {
    let Ok(peer) = UdpSocket::bind("[::1]:0").await else {
        return; // A host without IPv6.
    };
    let mut transports = Transports::bind(&[Listener::udp(address("[::]:0"))]).unwrap();
    let asked = SocketAddr::new("::1".parse().unwrap(), bound(&transports, 0).port());
    peer.connect(asked).await.unwrap();
    peer.send(b"ask").await.unwrap();
    let path = FiveTuple::udp(asked, peer.local_addr().unwrap());
    assert_eq!(
        next(&mut transports).await,
        Got::Datagram(path, b"ask".to_vec())
    );
    send(&mut transports, path, None, b"answer");
    let mut buf = [0; 16];
    let len = timeout(PATIENCE, peer.recv(&mut buf)).await.unwrap();
    assert_eq!(&buf[..len.unwrap()], b"answer");
}

#[tokio::test]
async fn a_datagram_leaves_from_the_listener_that_suits_its_path() {
    let listeners = [
        Listener::udp(address("127.0.0.1:0")),
        Listener::udp(address("127.0.0.2:0")),
        Listener::udp(address("0.0.0.0:0")),
    ];
    let mut transports = Transports::bind(&listeners).unwrap();
    let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let remote = peer.local_addr().unwrap();
    let (first, second) = (bound(&transports, 0), bound(&transports, 1));
    let third = SocketAddr::new("127.0.0.3".parse().unwrap(), bound(&transports, 2).port());
    for (local, from) in [
        (first, first),
        (second, second),
        (third, third),
        // Port 0: any port of that address.
        (address("127.0.0.2:0"), second),
    ] {
        send(
            &mut transports,
            FiveTuple::udp(local, remote),
            None,
            b"request",
        );
        let mut buf = [0; 16];
        let received = timeout(PATIENCE, peer.recv_from(&mut buf)).await.unwrap();
        assert_eq!(received.unwrap(), (7, from), "{local}");
    }
}

#[tokio::test]
async fn datagrams_that_cannot_leave_are_told() {
    let mut transports = Transports::bind(&[Listener::udp(address("127.0.0.1:0"))]).unwrap();
    let local = bound(&transports, 0);
    let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let remote = peer.local_addr().unwrap();
    // Not our address, not our family, not our transport.
    for path in [
        FiveTuple::udp(address("192.0.2.1:5060"), remote),
        FiveTuple::udp(local, address("[::1]:5060")),
        FiveTuple::new(Transport::Tls, local, remote),
    ] {
        send(&mut transports, path, None, b"request");
        assert_eq!(next(&mut transports).await, Got::SendFailed(path, None));
    }
    // E001-71: more than UDP can carry; the most that it can carry goes.
    let path = FiveTuple::udp(local, remote);
    send(&mut transports, path, None, &[0; 65_536]);
    assert_eq!(next(&mut transports).await, Got::SendFailed(path, None));
    assert_eq!(transports.statistics().failed_sends, 4);
    send(&mut transports, path, None, &[7; 65_507]);
    let mut buf = vec![0; 65_536];
    let len = timeout(PATIENCE, peer.recv(&mut buf)).await.unwrap();
    assert_eq!(len.unwrap(), 65_507);
}

#[tokio::test]
async fn listeners_that_cannot_be_opened_are_errors() {
    // Names E001-65 (an address twice) and E001-67 (not an address of this host).
    let taken = Transports::bind(&[
        Listener::udp(address("127.0.0.1:0")),
        Listener::tcp(address("127.0.0.1:0")),
    ])
    .unwrap();
    for listener in taken.local_addresses() {
        let error = Transports::bind(&[*listener]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse, "{listener:?}");
    }
    for listener in [
        Listener::udp(address("192.0.2.1:0")),
        Listener::tcp(address("192.0.2.1:0")),
    ] {
        let error = Transports::bind(&[listener]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrNotAvailable, "{listener:?}");
        assert!(error.to_string().contains("192.0.2.1:0"), "{error}");
    }
    let tls = Listener {
        transport: Transport::Tls,
        address: address("127.0.0.1:0"),
    };
    let error = Transports::bind(&[tls]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn binding_outside_of_a_runtime_is_an_error() {
    assert!(Transports::bind(&[Listener::udp(address("127.0.0.1:0"))]).is_err());
}

#[tokio::test]
async fn a_request_uses_the_connection_that_its_peer_opened() {
    let (mut transports, at) = on_tcp(TransportsConfig::default());
    let mut peer = TcpStream::connect(at).await.unwrap();
    let remote = peer.local_addr().unwrap();
    let (accepted, path) = next_connected(&mut transports).await;
    assert_eq!(path, FiveTuple::tcp(at, remote));

    // By address alone, and from any local address or the right one.
    send(&mut transports, path, None, b"one ");
    let anywhere = FiveTuple::tcp(address("0.0.0.0:0"), remote);
    send(&mut transports, anywhere, None, b"two ");
    // By number, though the path says otherwise.
    let elsewhere = FiveTuple::tcp(at, address("127.0.0.1:1"));
    send(&mut transports, elsewhere, Some(accepted), b"three");
    assert_eq!(read_exact(&mut peer, 13).await, b"one two three");

    // Another port of the same host is another peer; another local address needs another
    // connection: nobody listens there.
    send(&mut transports, elsewhere, None, b"four");
    assert_eq!(
        next(&mut transports).await,
        Got::SendFailed(elsewhere, None)
    );
    let from_elsewhere = FiveTuple::tcp(address("127.0.0.2:0"), remote);
    send(&mut transports, from_elsewhere, None, b"five");
    assert_eq!(
        next(&mut transports).await,
        Got::SendFailed(from_elsewhere, None)
    );
}

#[tokio::test]
async fn an_opened_connection_leaves_from_the_local_address_and_is_used_again() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let remote = server.local_addr().unwrap();
    let (mut transports, _) = on_tcp(TransportsConfig::default());
    let path = FiveTuple::tcp(address("127.0.0.2:5060"), remote);
    send(&mut transports, path, None, b"first ");
    send(&mut transports, path, None, b"second ");
    let (connection, open) = next_connected(&mut transports).await;
    assert_eq!(open, path);

    let (mut peer, from) = timeout(PATIENCE, server.accept()).await.unwrap().unwrap();
    assert_eq!(from.ip(), path.local.ip());
    send(&mut transports, path, None, b"third");
    assert_eq!(read_exact(&mut peer, 18).await, b"first second third");
    // And the way back.
    peer.write_all(b"answer").await.unwrap();
    assert_eq!(
        next_bytes(&mut transports).await,
        (connection, b"answer".to_vec())
    );
    assert_eq!(transports.statistics().opened, 1);

    // The peer leaves: the number is dead, the path finds a new connection with a new number.
    drop(peer);
    assert_eq!(next(&mut transports).await, Got::Disconnected(connection));
    send(&mut transports, path, Some(connection), b"fourth");
    let (renewed, _) = next_connected(&mut transports).await;
    assert_ne!(renewed, connection);
    let (mut peer, _) = timeout(PATIENCE, server.accept()).await.unwrap().unwrap();
    assert_eq!(read_exact(&mut peer, 6).await, b"fourth");
}

/// Via and Contact are made of the local address: nobody listens at the port that an opened connection
/// leaves from.
#[tokio::test]
async fn an_opened_connection_tells_the_address_that_listens() {
    let (mut transports, at) = on_tcp(TransportsConfig::default());
    let other_port = SocketAddr::new(at.ip(), at.port() ^ 1);
    let mut servers = Vec::new();
    for asked in [at, address("127.0.0.1:0"), other_port, address("0.0.0.0:0")] {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let remote = server.local_addr().unwrap();
        send(&mut transports, FiveTuple::tcp(asked, remote), None, b"x");
        let (connection, path) = next_connected(&mut transports).await;
        assert_eq!(path, FiveTuple::tcp(at, remote), "{asked}");
        assert_eq!(transports.path(connection), Some(path));
        servers.push(server);
    }
}

#[tokio::test]
async fn a_refused_connection_is_told_with_the_path_that_was_asked() {
    // A port that was free a moment ago.
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let remote = server.local_addr().unwrap();
    drop(server);
    let (mut transports, at) = on_tcp(TransportsConfig::default());
    let path = FiveTuple::tcp(at, remote);
    send(&mut transports, path, None, b"request");
    send(&mut transports, path, None, b"another");
    assert_eq!(next(&mut transports).await, Got::SendFailed(path, None));
    // The others do not notice.
    let mut peer = TcpStream::connect(at).await.unwrap();
    let (accepted, _) = next_connected(&mut transports).await;
    peer.write_all(b"hello").await.unwrap();
    assert_eq!(
        next_bytes(&mut transports).await,
        (accepted, b"hello".to_vec())
    );
}

/// Linux leaves a connection unanswered while the queue of its listener is full.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_peer_that_does_not_answer_at_all_is_given_up() {
    let server = TcpSocket::new_v4().unwrap();
    server.bind(address("127.0.0.1:0")).unwrap();
    let server = server.listen(1).unwrap();
    let remote = server.local_addr().unwrap();
    let mut config = TransportsConfig::default();
    config.connect_timeout = Duration::from_millis(50);
    let (mut transports, _) = on_tcp(config);
    // Nobody accepts, so that only the first ones are opened.
    for host in 1..=16 {
        let path = FiveTuple::tcp(SocketAddr::from(([127, 0, 0, host], 0)), remote);
        send(&mut transports, path, None, b"request");
        match next(&mut transports).await {
            Got::Connected(..) => {}
            failed => {
                assert_eq!(failed, Got::SendFailed(path, None));
                return;
            }
        }
    }
    panic!("the queue of the listener never filled");
}

#[tokio::test]
async fn unconsumed_bytes_stay_and_grow() {
    let (mut transports, at) = on_tcp(TransportsConfig::default());
    let mut peer = TcpStream::connect(at).await.unwrap();
    let (connection, _) = next_connected(&mut transports).await;
    peer.write_all(b"OPTIONS sip").await.unwrap();
    let mut seen = next(&mut transports).await;
    while seen != Got::Bytes(connection, b"OPTIONS sip".to_vec()) {
        seen = next(&mut transports).await;
    }
    transports.consume(connection, 8);
    assert_eq!(transports.unconsumed(connection), b"sip");
    peer.write_all(b":x").await.unwrap();
    loop {
        let Got::Bytes(_, data) = next(&mut transports).await else {
            panic!("only bytes can come");
        };
        if data == b"sip:x" {
            break;
        }
        assert!(data.starts_with(b"sip"), "{data:?}");
    }
    transports.consume(connection, 1_000);
    assert_eq!(transports.unconsumed(connection), b"");
}

#[tokio::test]
async fn a_peer_that_ends_amid_a_message_disturbs_nobody() {
    let (mut transports, at) = on_tcp(TransportsConfig::default());
    let mut steady = TcpStream::connect(at).await.unwrap();
    let (steady_id, _) = next_connected(&mut transports).await;
    let mut leaving = TcpStream::connect(at).await.unwrap();
    let (leaving_id, _) = next_connected(&mut transports).await;
    leaving
        .write_all(b"INVITE sip:x SIP/2.0\r\nVi")
        .await
        .unwrap();
    drop(leaving);
    let mut told = Vec::new();
    loop {
        match next(&mut transports).await {
            Got::Bytes(id, data) if id == leaving_id => told = data,
            Got::Disconnected(id) if id == leaving_id => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told, b"INVITE sip:x SIP/2.0\r\nVi");
    assert_eq!(transports.unconsumed(leaving_id), b"");

    // One that resets its connection does not disturb either.
    let resetting = TcpStream::connect(at).await.unwrap();
    let (resetting_id, _) = next_connected(&mut transports).await;
    socket2::SockRef::from(&resetting)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(resetting);
    assert_eq!(next(&mut transports).await, Got::Disconnected(resetting_id));

    steady.write_all(b"still here").await.unwrap();
    assert_eq!(
        next_bytes(&mut transports).await,
        (steady_id, b"still here".to_vec())
    );
}

#[tokio::test]
async fn a_peer_that_never_reads_loses_its_connection_and_others_go_on() {
    let mut config = TransportsConfig::default();
    config.send_queue = 64 * 1024;
    let (mut transports, at) = on_tcp(config);
    let deaf = TcpStream::connect(at).await.unwrap();
    let (deaf_id, deaf_path) = next_connected(&mut transports).await;
    let mut other = TcpStream::connect(at).await.unwrap();
    let (other_id, other_path) = next_connected(&mut transports).await;

    // The socket buffers take some megabytes, then the queue fills. The other peer is served
    // throughout.
    let message = vec![b'x'; 16 * 1024];
    let mut ended = None;
    for _ in 0..10_000 {
        send(&mut transports, deaf_path, Some(deaf_id), &message);
        send(&mut transports, other_path, Some(other_id), b"ping");
        assert_eq!(read_exact(&mut other, 4).await, b"ping");
        if transports.statistics().slow_readers > 0 {
            ended = Some(next(&mut transports).await);
            break;
        }
    }
    assert_eq!(ended, Some(Got::SendFailed(deaf_path, Some(deaf_id))));
    assert_eq!(next(&mut transports).await, Got::Disconnected(deaf_id));
    assert_eq!(transports.statistics().slow_readers, 1);
    // What waited in its queue is told, too.
    assert_eq!(
        next(&mut transports).await,
        Got::SendFailed(deaf_path, Some(deaf_id))
    );
    other.write_all(b"pong").await.unwrap();
    assert_eq!(
        next_bytes(&mut transports).await,
        (other_id, b"pong".to_vec())
    );
    drop(deaf);
}

#[tokio::test]
async fn a_peer_is_slowed_down_while_nobody_asks_for_input() {
    const TOTAL: usize = 64 * 1024 * 1024;
    let (mut transports, at) = on_tcp(TransportsConfig::default());
    let mut peer = TcpStream::connect(at).await.unwrap();
    let (connection, _) = next_connected(&mut transports).await;
    // Write until the socket stays full however often the tasks of the transports run.
    let chunk = vec![b'x'; 64 * 1024];
    let (mut written, mut full) = (0, 0);
    while full < 2_000 && written < TOTAL {
        match peer.try_write(&chunk) {
            Ok(len) => (written, full) = (written + len, 0),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                full += 1;
                tokio::task::yield_now().await;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(written < TOTAL, "nothing slowed the peer down");
    // Whatever was written arrives once somebody asks.
    peer.shutdown().await.unwrap();
    let mut arrived = 0;
    loop {
        match next(&mut transports).await {
            Got::Bytes(id, data) => {
                arrived += data.len();
                transports.consume(id, data.len());
            }
            Got::Disconnected(id) => {
                assert_eq!(id, connection);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(arrived, written);
}

#[tokio::test]
async fn a_hundred_connections_each_get_their_own_answer() {
    const PEERS: usize = 100;
    let (mut transports, at) = on_tcp(TransportsConfig::default());
    let peers: Vec<_> = (0..PEERS)
        .map(|number| {
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(at).await.unwrap();
                let text = format!("peer {number:3}");
                stream.write_all(text.as_bytes()).await.unwrap();
                assert_eq!(read_exact(&mut stream, 8).await, text.as_bytes());
            })
        })
        .collect();
    let mut paths = HashMap::new();
    let mut gone = HashSet::new();
    while gone.len() < PEERS {
        match next(&mut transports).await {
            Got::Connected(id, path) => assert_eq!(paths.insert(id, path), None),
            Got::Bytes(id, data) if data.len() >= 8 => {
                transports.consume(id, data.len());
                send(&mut transports, paths[&id], Some(id), &data);
            }
            Got::Bytes(..) => {}
            Got::Disconnected(id) => assert!(gone.insert(id)),
            other => panic!("{other:?}"),
        }
    }
    for peer in peers {
        peer.await.unwrap();
    }
    assert_eq!(transports.statistics().accepted, PEERS as u64);
}

#[tokio::test]
async fn connections_past_the_limit_are_closed_at_once() {
    let mut config = TransportsConfig::default();
    config.max_connections = 2;
    let (mut transports, at) = on_tcp(config);
    let mut first = TcpStream::connect(at).await.unwrap();
    let (first_id, first_path) = next_connected(&mut transports).await;
    let second = TcpStream::connect(at).await.unwrap();
    let (second_id, _) = next_connected(&mut transports).await;
    let mut third = TcpStream::connect(at).await.unwrap();
    assert_eq!(read_to_end(&mut third).await, b"");
    // Nor is one opened.
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let path = FiveTuple::tcp(at, server.local_addr().unwrap());
    send(&mut transports, path, None, b"request");
    assert_eq!(next(&mut transports).await, Got::SendFailed(path, None));
    assert_eq!(transports.statistics().refused, 2);
    // The first ones work, and a place that is given up is free again.
    send(&mut transports, first_path, Some(first_id), b"here");
    assert_eq!(read_exact(&mut first, 4).await, b"here");
    drop(second);
    assert_eq!(next(&mut transports).await, Got::Disconnected(second_id));
    let _fourth = TcpStream::connect(at).await.unwrap();
    let (fourth_id, _) = next_connected(&mut transports).await;
    assert!(fourth_id != first_id && fourth_id != second_id);
}

#[tokio::test]
async fn peers_that_connect_leave_room_for_connections_that_we_open() {
    let mut config = TransportsConfig::default();
    config.max_connections = 8;
    let (mut transports, at) = on_tcp(config);
    let mut peers = Vec::new();
    for _ in 0..7 {
        peers.push(TcpStream::connect(at).await.unwrap());
        next_connected(&mut transports).await;
    }
    let mut one_too_many = TcpStream::connect(at).await.unwrap();
    assert_eq!(read_to_end(&mut one_too_many).await, b"");
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let path = FiveTuple::tcp(at, server.local_addr().unwrap());
    send(&mut transports, path, None, b"request");
    assert_eq!(next_connected(&mut transports).await.1, path);
    let statistics = transports.statistics();
    assert_eq!(
        (statistics.accepted, statistics.opened, statistics.refused),
        (7, 1, 1)
    );
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let mut config = TransportsConfig::default();
    config.idle_limit = Duration::from_millis(20);
    let (mut transports, at) = on_tcp(config);
    let mut peer = TcpStream::connect(at).await.unwrap();
    let (connection, _) = next_connected(&mut transports).await;
    assert_eq!(next(&mut transports).await, Got::Disconnected(connection));
    assert_eq!(read_to_end(&mut peer).await, b"");
}

#[tokio::test]
async fn too_many_unconsumed_bytes_close_the_connection() {
    let mut config = TransportsConfig::default();
    config.unconsumed = 100;
    let (mut transports, at) = on_tcp(config);
    let mut peer = TcpStream::connect(at).await.unwrap();
    let (connection, _) = next_connected(&mut transports).await;
    peer.write_all(&[b'x'; 101]).await.unwrap();
    loop {
        match next(&mut transports).await {
            Got::Bytes(_, data) => assert!(data.len() <= 100),
            Got::Disconnected(id) => {
                assert_eq!(id, connection);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(transports.statistics().unconsumed, 1);
    // It ends with a reset or in order; either way it ends.
    let mut buf = Vec::new();
    let _ = timeout(PATIENCE, peer.read_to_end(&mut buf)).await.unwrap();
    assert_eq!(buf, b"");
}

#[tokio::test]
async fn closing_writes_what_is_queued_and_is_told_once() {
    let (mut transports, at) = on_tcp(TransportsConfig::default());
    let mut peer = TcpStream::connect(at).await.unwrap();
    let (connection, path) = next_connected(&mut transports).await;
    let message = vec![b'm'; 300_000];
    send(&mut transports, path, Some(connection), &message);
    transports.close(connection);
    transports.close(connection);
    assert_eq!(next(&mut transports).await, Got::Disconnected(connection));
    assert_eq!(read_to_end(&mut peer).await, message);
    // Nothing more of it: the next input is of another connection.
    let _other = TcpStream::connect(at).await.unwrap();
    let (other, _) = next_connected(&mut transports).await;
    assert_ne!(other, connection);
}

#[tokio::test]
async fn shutting_down_writes_what_is_queued() {
    let (mut transports, at) = on_tcp(TransportsConfig::default());
    let mut peer = TcpStream::connect(at).await.unwrap();
    let (connection, path) = next_connected(&mut transports).await;
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let opening = FiveTuple::tcp(at, server.local_addr().unwrap());
    let message = vec![b'm'; 300_000];
    send(&mut transports, path, Some(connection), &message);
    send(&mut transports, opening, None, b"request");
    let reading = async {
        let (mut opened, _) = server.accept().await.unwrap();
        (read_to_end(&mut peer).await, read_to_end(&mut opened).await)
    };
    let ((), read) = tokio::join!(transports.shutdown(), reading);
    assert_eq!(read, (message, b"request".to_vec()));
    assert!(TcpStream::connect(at).await.is_err());
}

#[tokio::test]
async fn dropping_the_future_again_and_again_loses_nothing() {
    const DATAGRAMS: u32 = 200;
    const WORDS: u32 = 50_000;
    let listeners = [
        Listener::udp(address("127.0.0.1:0")),
        Listener::tcp(address("127.0.0.1:0")),
    ];
    let mut transports = Transports::bind(&listeners).unwrap();
    let (udp, tcp) = (bound(&transports, 0), bound(&transports, 1));
    let sender = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for number in 0..DATAGRAMS {
        sender.send_to(&number.to_be_bytes(), udp).await.unwrap();
    }
    let writer = tokio::spawn(async move {
        let mut stream = TcpStream::connect(tcp).await.unwrap();
        for number in 0..WORDS {
            stream.write_all(&number.to_be_bytes()).await.unwrap();
        }
    });
    let (mut datagrams, mut words, mut connected, mut dropped) = (0, 0, 0, 0);
    let reading = async {
        loop {
            let got = tokio::select! {
                input = transports.recv() => own(input.unwrap()),
                // Ready at its second poll, so that it often wins.
                () = tokio::task::yield_now() => {
                    dropped += 1;
                    continue;
                }
            };
            match got {
                Got::Datagram(_, data) => {
                    assert_eq!(data, u32::to_be_bytes(datagrams));
                    datagrams += 1;
                }
                Got::Bytes(id, data) => {
                    let whole = data.chunks_exact(4);
                    transports.consume(id, data.len() - whole.remainder().len());
                    for word in whole {
                        assert_eq!(word, u32::to_be_bytes(words));
                        words += 1;
                    }
                }
                Got::Connected(..) => connected += 1,
                Got::Disconnected(_) => return,
                other => panic!("{other:?}"),
            }
        }
    };
    timeout(PATIENCE, reading).await.unwrap();
    writer.await.unwrap();
    assert_eq!((datagrams, words, connected), (DATAGRAMS, WORDS, 1));
    assert!(dropped > 0, "the future was never dropped");
}

#[tokio::test]
async fn dropping_the_transports_leaves_no_task_and_closes_all() {
    let before = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    let (mut transports, at) = on_tcp(TransportsConfig::default());
    let mut accepted = TcpStream::connect(at).await.unwrap();
    let (accepted_id, accepted_path) = next_connected(&mut transports).await;
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let opened_path = FiveTuple::tcp(at, server.local_addr().unwrap());
    send(&mut transports, opened_path, None, b"request");
    let (mut opened, _) = timeout(PATIENCE, server.accept()).await.unwrap().unwrap();
    assert_eq!(read_exact(&mut opened, 7).await, b"request");
    // One whose queue cannot be written, and one that is being opened.
    let endless = vec![b'x'; 64 * 1024 * 1024];
    send(&mut transports, accepted_path, Some(accepted_id), &endless);
    let opening = FiveTuple::tcp(address("127.0.0.2:0"), server.local_addr().unwrap());
    send(&mut transports, opening, None, b"request");

    drop(transports);
    let settled = async {
        let metrics = tokio::runtime::Handle::current().metrics();
        while metrics.num_alive_tasks() > before {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, settled).await.expect("tasks are left");
    assert!(read_to_end(&mut accepted).await.len() < endless.len());
    assert_eq!(read_to_end(&mut opened).await, b"");
    let again = TcpSocket::new_v4().unwrap();
    assert!(again.connect(at).await.is_err(), "somebody still listens");
}

#[test]
fn the_local_address_towards_a_peer_is_told() {
    for (remote, local) in [
        ("127.0.0.1:5060", "127.0.0.1"),
        ("127.0.0.1:0", "127.0.0.1"),
    ] {
        let towards = local_address_towards(address(remote)).unwrap();
        assert_eq!(towards.to_string(), local);
    }
}

/// P000-10: what the system would do against what the table says.
#[test]
fn p000_10_the_wrong_network_card_is_reported() {
    let remote = address("127.0.0.1:5060");
    let actual = local_address_towards(remote).unwrap();
    let loopback = "127.0.0.0/8".parse().unwrap();
    let check = |local: &str| {
        let table = [LocalRoute::new(loopback, local.parse().unwrap())];
        LocalRoute::check(&table, remote.ip(), actual)
    };
    assert_eq!(check("127.0.0.1"), Ok(()));
    let wrong = check("127.0.0.2").unwrap_err();
    assert_eq!((wrong.destination, wrong.actual), (remote.ip(), actual));
    assert_eq!(wrong.expected.to_string(), "127.0.0.2");
}
