//! Allocations as sockets, on the loopback interface. Waiting is done in paused time.

#[path = "turn_server/on_loopback.rs"]
mod on_loopback;
mod turn_server;

use core::future::ready;
use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;

use tokio::net::{TcpListener, UdpSocket};
use tokio::time::timeout;
use trunkline_stun::tokio::{Allocate, TurnSocket, TurnSocketError};
use trunkline_stun::{AuthenticationError, LongTermAuthentication, Refusal, TurnFailure};

use on_loopback::{Running, run};
use turn_server::TurnServer;

const LOOPBACK: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);
const PATIENCE: Duration = Duration::from_secs(20);

fn request(password: &[u8]) -> Allocate {
    let credential = LongTermAuthentication::new(b"alice".to_vec(), password).expect("short");
    Allocate::new([7; 32]).with_credential(credential)
}

async fn socket() -> UdpSocket {
    UdpSocket::bind(LOOPBACK).await.expect("a socket")
}

fn address(socket: &UdpSocket) -> SocketAddr {
    socket.local_addr().expect("bound")
}

async fn server(configure: impl FnOnce(&mut TurnServer)) -> Running {
    run(configure).await.expect("sockets")
}

/// Over UDP and over TCP.
async fn sockets(server: &Running, request: Allocate) -> [TurnSocket; 2] {
    let over_udp = request.clone().over_udp(socket().await, server.udp).await;
    let over_tcp = request.over_tcp(server.tcp).await;
    [over_udp.expect("allocated"), over_tcp.expect("allocated")]
}

#[tokio::test]
async fn datagrams_go_there_and_back() {
    let server = server(|server| server.offers = true).await;
    for mut relay in sockets(&server, request(b"secret")).await {
        let peer = socket().await;
        let mut buffer = [0; 2_000];
        for payload in [b"hello".as_slice(), b"", &[7; 1_900]] {
            // The first one asks for the permission.
            relay.send_to(payload, address(&peer)).await.expect("sent");
            let (len, from) = peer.recv_from(&mut buffer).await.expect("received");
            assert_eq!((&buffer[..len], from), (payload, relay.relayed_addr()));
            peer.send_to(&buffer[..len], from).await.expect("sent");
            let (len, from) = relay.recv_from(&mut buffer).await.expect("received");
            assert_eq!((&buffer[..len], from), (payload, address(&peer)));
        }
        relay.close().await;
    }
}

#[tokio::test]
async fn strangers_are_not_heard_and_the_rest_is_cut_off() {
    let server = server(|_| {}).await;
    for mut relay in sockets(&server, request(b"secret")).await {
        let stranger = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).await;
        let stranger = stranger.expect("a socket");
        let peer = socket().await;
        relay.permit(address(&peer)).await.expect("permitted");
        let to = relay.relayed_addr();
        stranger.send_to(b"psst", to).await.expect("sent");
        peer.send_to(b"hello", to).await.expect("sent");
        let mut buffer = [0; 4];
        let (len, from) = relay.recv_from(&mut buffer).await.expect("received");
        assert_eq!((len, &buffer, from), (4, b"hell", address(&peer)));
        // Whom nobody wants to hear any more is a stranger again.
        relay.forget(address(&peer)).await;
        peer.send_to(b"hello", to).await.expect("sent");
        let other = socket().await;
        relay.permit(address(&other)).await.expect("permitted");
        other.send_to(b"last", to).await.expect("sent");
        let (_, from) = relay.recv_from(&mut buffer).await.expect("received");
        assert_eq!(from, address(&other));
    }
}

#[tokio::test]
async fn peers_and_datagrams_are_bounded() {
    let refused = SocketAddr::from(([127, 0, 0, 3], 1));
    let server = server(|server| server.forbidden_peers.push(refused.ip())).await;
    let request = request(b"secret").with_max_peers(1).with_queue(2);
    for relay in sockets(&server, request).await {
        let error = relay.send_to(b"x", refused).await;
        assert!(matches!(
            error,
            Err(TurnSocketError::PeerRefused(Refusal::Forbidden))
        ));
        // It leaves its place to others.
        let peer = socket().await;
        relay.permit(address(&peer)).await.expect("permitted");
        relay.permit(address(&peer)).await.expect("permitted still");
        let error = relay.permit(address(&socket().await)).await;
        assert!(matches!(error, Err(TurnSocketError::TooManyPeers)));
        let error = relay.send_to(&[0; 65_508], address(&peer)).await;
        assert!(matches!(error, Err(TurnSocketError::TooLong)));

        for number in 0..10_u8 {
            let to = relay.relayed_addr();
            peer.send_to(&[number], to).await.expect("sent");
        }
        let (sender, mut receiver) = relay.into_split();
        let first = receiver.recv_from(&mut [0; 10]).await;
        assert!(first.is_ok());
        // The others pass the relay while nobody fetches them.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        drop(sender);
        let mut fetched = 1;
        while receiver.recv_from(&mut [0; 10]).await.is_ok() {
            fetched += 1;
        }
        assert!(fetched < 10, "{fetched}");
    }
}

#[tokio::test]
async fn dropped_futures_harm_nothing() {
    let server = server(|_| {}).await;
    for mut relay in sockets(&server, request(b"secret")).await {
        let peer = socket().await;
        let mut buffer = [0; 10];
        for _ in 0..3 {
            tokio::select! {
                biased;
                _ = relay.recv_from(&mut buffer) => panic!("nothing was sent"),
                () = ready(()) => {}
            }
            tokio::select! {
                biased;
                _ = relay.permit(address(&peer)) => {}
                () = ready(()) => {}
            }
            tokio::select! {
                biased;
                _ = relay.send_to(b"x", address(&peer)) => {}
                () = ready(()) => {}
            }
        }
        relay.permit(address(&peer)).await.expect("permitted");
        peer.send_to(b"hello", relay.relayed_addr())
            .await
            .expect("sent");
        let received = timeout(PATIENCE, relay.recv_from(&mut buffer)).await;
        let (len, _) = received.expect("in time").expect("received");
        assert_eq!(&buffer[..len], b"hello");
    }
    // Nor one before there is an allocation.
    tokio::select! {
        biased;
        _ = request(b"secret").over_udp(socket().await, server.udp) => panic!("at once"),
        () = ready(()) => {}
    }
}

#[tokio::test]
async fn halves_work_on_their_own() {
    let server = server(|_| {}).await;
    let peer = socket().await;
    for relay in sockets(&server, request(b"secret")).await {
        let (sender, mut receiver) = relay.into_split();
        sender.permit(address(&peer)).await.expect("permitted");
        let relayed = sender.allocated().relayed;
        peer.send_to(b"hello", relayed).await.expect("sent");
        let mut buffer = [0; 10];
        let received = receiver.recv_from(&mut buffer).await.expect("received");
        assert_eq!(received, (5, address(&peer)));
        let waiting = tokio::spawn(async move { receiver.recv_from(&mut [0; 10]).await });
        let second = sender.clone();
        drop(sender);
        second.send_to(b"x", address(&peer)).await.expect("sent");
        // Without anybody who sends, it is over.
        drop(second);
        let error = waiting.await.expect("no panic");
        assert!(matches!(error, Err(TurnSocketError::Closed)));
    }
}

#[tokio::test]
async fn refusals_and_redirections_are_told_or_followed() {
    let (good, other) = (server(|_| {}).await, server(|_| {}).await);
    let wrong = request(b"guess").over_udp(socket().await, good.udp).await;
    let rejected = TurnFailure::Authentication(AuthenticationError::Rejected);
    assert!(matches!(wrong, Err(TurnSocketError::Failed(why)) if why == rejected));

    let redirecting = server(|server| server.alternate = Some(other.tcp)).await;
    let relay = request(b"secret").over_tcp(redirecting.tcp).await;
    assert!(relay.is_ok());
    let chain = server(|server| server.alternate = Some(redirecting.tcp)).await;
    let relay = request(b"secret").over_tcp(chain.tcp).await;
    assert!(relay.is_ok());
    let redirecting = server(|server| server.alternate = Some(other.udp)).await;
    let relay = request(b"secret").over_udp(socket().await, redirecting.udp);
    assert!(relay.await.is_ok());

    // Nobody listens there.
    let closed = TcpListener::bind(LOOPBACK).await.expect("a socket");
    let nobody = closed.local_addr().expect("bound");
    drop(closed);
    let error = request(b"secret").over_tcp(nobody).await;
    assert!(matches!(error, Err(TurnSocketError::Io(_))));
}

#[tokio::test]
async fn a_lost_connection_is_told() {
    let listener = TcpListener::bind(LOOPBACK).await.expect("a socket");
    let address = listener.local_addr().expect("bound");
    let hang_up = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        drop(stream);
    });
    let error = request(b"secret").over_tcp(address).await;
    hang_up.await.expect("no panic");
    let lost = TurnFailure::Unreachable;
    assert!(matches!(error, Err(TurnSocketError::Failed(why)) if why == lost));
}

#[tokio::test(start_paused = true)]
async fn silence_is_a_time_out() {
    let silent = socket().await;
    let begin = tokio::time::Instant::now();
    let error = request(b"secret")
        .over_udp(socket().await, address(&silent))
        .await;
    let timed_out = TurnFailure::TimedOut;
    assert!(matches!(error, Err(TurnSocketError::Failed(why)) if why == timed_out));
    assert!(begin.elapsed() >= Duration::from_millis(39_500));
}
