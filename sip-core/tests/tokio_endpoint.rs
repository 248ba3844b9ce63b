//! Machines on real sockets: the transaction layer behind an [`Endpoint`].
//!
//! Nothing here waits for a fixed time: what is awaited is an event, and only a generous limit
//! turns its absence into a failure.
#![cfg(feature = "tokio")]

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::time::timeout;
use trunkline_sans_io::{FiveTuple, Transport};
use trunkline_sip_core::tokio::{Endpoint, Listener, Machine};
use trunkline_sip_core::{
    AllowedSources, Destination, FailureReason, LayerConfig, LayerEvent, ServerTransaction,
    StatusCode, Timers, TransactionLayer, write_response_to,
};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

const HOST: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// An endpoint with a transaction layer, on UDP and TCP of one port.
fn on_both(config: LayerConfig, seed: u8) -> (Endpoint<TransactionLayer>, SocketAddr) {
    // The port is chosen for TCP; it may be taken for UDP, then another one is tried.
    for _ in 0..100 {
        let free = std::net::TcpListener::bind((HOST, 0)).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let layer = TransactionLayer::new(config.clone(), [seed; 32]);
        let listeners = [Listener::udp(address), Listener::tcp(address)];
        if let Ok(endpoint) = Endpoint::bind(layer, &listeners) {
            return (endpoint, address);
        }
    }
    panic!("no port is free for both");
}

async fn next<M: Machine>(endpoint: &mut Endpoint<M>) -> M::Event {
    let event = timeout(PATIENCE, endpoint.event()).await;
    event.expect("no event in time").unwrap()
}

/// Lets `endpoint` run while `peer` does something, without expecting an event.
async fn alongside<M, T>(endpoint: &mut Endpoint<M>, peer: impl Future<Output = T>) -> T
where
    M: Machine<Event: core::fmt::Debug>,
{
    tokio::select! {
        event = endpoint.event() => panic!("{event:?}"),
        done = timeout(PATIENCE, peer) => done.expect("the peer waits in vain"),
    }
}

/// A request without Via, as the layer takes it.
fn request(call: u32, body: usize) -> Vec<u8> {
    format!(
        "OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@127.0.0.1>;tag=a1\r\n\
         To: <sip:bob@127.0.0.1>\r\n\
         Call-ID: {call}@127.0.0.1\r\n\
         CSeq: 1 OPTIONS\r\n\
         Content-Type: text/plain\r\n\
         Content-Length: {body}\r\n\r\n{:body$}",
        ""
    )
    .into_bytes()
}

/// The same as a stranger sends it.
fn whole_request(call: u32, transport: &str, from: SocketAddr) -> Vec<u8> {
    let request = String::from_utf8(request(call, 10)).unwrap();
    let via = format!("SIP/2.0\r\nVia: SIP/2.0/{transport} {from};branch=z9hG4bK{call};rport\r\n");
    request.replacen("SIP/2.0\r\n", &via, 1).into_bytes()
}

/// The next event, which has to be a request; it is answered with 200.
async fn answer(endpoint: &mut Endpoint<TransactionLayer>) -> (FiveTuple, usize) {
    match next(endpoint).await {
        LayerEvent::Request {
            transaction,
            message,
            path,
            ..
        } => {
            let request = message.message();
            accept(endpoint, transaction, &request);
            (path, request.body().len())
        }
        other => panic!("{other:?}"),
    }
}

fn accept(
    endpoint: &mut Endpoint<TransactionLayer>,
    transaction: ServerTransaction,
    request: &trunkline_sip_core::Message<'_>,
) {
    let mut buf = [0; 2_000];
    let len = write_response_to(request, StatusCode::OK, "OK", Some("b2"), &mut buf).unwrap();
    let response = Bytes::copy_from_slice(&buf[..len]);
    let now = endpoint.now();
    endpoint
        .machine_mut()
        .respond(now, transaction, response)
        .unwrap();
}

/// The status of the next event, which has to be a response.
async fn status(endpoint: &mut Endpoint<TransactionLayer>) -> u16 {
    match next(endpoint).await {
        LayerEvent::Response { message, .. } => message.message().status().unwrap().code(),
        other => panic!("{other:?}"),
    }
}

/// Runs both until `caller` has its answer, and gives what `callee` saw.
async fn exchange(
    caller: &mut Endpoint<TransactionLayer>,
    callee: &mut Endpoint<TransactionLayer>,
) -> (FiveTuple, usize) {
    let called = async {
        let seen = answer(callee).await;
        callee.flush();
        seen
    };
    let (seen, status) = tokio::join!(called, status(caller));
    assert_eq!(status, 200);
    seen
}

/// Whether what came from the wire begins with a 200 and has all of the answer to that call.
fn ok_to(response: &[u8], call: u32) -> bool {
    let text = String::from_utf8_lossy(response);
    // A line end before it is the answer to a keep-alive.
    text.trim_start().starts_with("SIP/2.0 200 ")
        && text.contains(&format!("\r\nCall-ID: {call}@127.0.0.1\r\n"))
}

#[tokio::test]
async fn a_small_request_goes_over_udp_and_a_large_one_over_tcp() {
    let (mut alice, from) = on_both(LayerConfig::default(), 1);
    let (mut bob, to) = on_both(LayerConfig::default(), 2);
    let destination = Destination::new(FiveTuple::udp(from, to));
    let mut connected = 0;
    // Names E001-71. The second large one uses the connection of the first.
    for (call, body, transport) in [
        (1, 100, Transport::Udp),
        (2, 2_000, Transport::Tcp),
        (3, 30_000, Transport::Tcp),
    ] {
        let now = alice.now();
        alice
            .machine_mut()
            .send_request(now, destination, &request(call, body))
            .unwrap();
        let (path, len) = exchange(&mut alice, &mut bob).await;
        assert_eq!((path.transport, len), (transport, body));
        assert_eq!(path.local, to);
        connected += u64::from(call == 2);
        assert_eq!(alice.transports().statistics().opened, connected);
    }
    assert_eq!(alice.machine().statistics().moved_to_tcp, 2);
}

#[tokio::test]
async fn a_large_request_falls_back_to_udp_where_nobody_accepts_tcp() {
    let (mut alice, from) = on_both(LayerConfig::default(), 1);
    let layer = TransactionLayer::new(LayerConfig::default(), [2; 32]);
    let mut bob = Endpoint::bind(layer, &[Listener::udp((HOST, 0).into())]).unwrap();
    let to = bob.local_addresses()[0].address;
    let now = alice.now();
    let destination = Destination::new(FiveTuple::udp(from, to));
    alice
        .machine_mut()
        .send_request(now, destination, &request(1, 5_000))
        .unwrap();
    let (path, len) = exchange(&mut alice, &mut bob).await;
    assert_eq!((path.transport, len), (Transport::Udp, 5_000));
    assert_eq!(alice.machine().statistics().moved_back, 1);
}

#[tokio::test]
async fn a_refused_connection_fails_the_request() {
    let (mut alice, from) = on_both(LayerConfig::default(), 1);
    let closed = TcpListener::bind((HOST, 0)).await.unwrap();
    let to = closed.local_addr().unwrap();
    drop(closed);
    let now = alice.now();
    let destination = Destination::new(FiveTuple::tcp(from, to));
    let sent = alice
        .machine_mut()
        .send_request(now, destination, &request(1, 10))
        .unwrap();
    match next(&mut alice).await {
        LayerEvent::Failed {
            transaction,
            reason,
        } => assert_eq!((transaction, reason), (sent, FailureReason::Transport)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_silent_peer_hears_the_request_again_until_it_times_out() {
    let mut config = LayerConfig::default();
    config.timers = Timers {
        t1: Duration::from_millis(5),
        t2: Duration::from_millis(20),
        timer_f: Duration::from_millis(320),
        ..Timers::RFC
    };
    let (mut alice, from) = on_both(config, 1);
    let silent = UdpSocket::bind((HOST, 0)).await.unwrap();
    let to = silent.local_addr().unwrap();
    let now = alice.now();
    let destination = Destination::new(FiveTuple::udp(from, to));
    alice
        .machine_mut()
        .send_request(now, destination, &request(1, 10))
        .unwrap();
    match next(&mut alice).await {
        LayerEvent::Failed { reason, .. } => assert_eq!(reason, FailureReason::Timeout),
        other => panic!("{other:?}"),
    }
    let (mut first, mut again) = ([0; 2_000], [0; 2_000]);
    let len = silent.recv(&mut first).await.unwrap();
    assert_eq!(silent.recv(&mut again).await.unwrap(), len);
    assert_eq!(first, again);
}

#[tokio::test]
async fn a_wildcard_endpoint_answers_from_the_address_that_was_asked() {
    let layer = TransactionLayer::new(LayerConfig::default(), [1; 32]);
    let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let mut endpoint = Endpoint::bind(layer, &[Listener::udp(any)]).unwrap();
    let port = endpoint.local_addresses()[0].address.port();
    let peer = UdpSocket::bind((HOST, 0)).await.unwrap();
    let asked = SocketAddr::from(([127, 0, 0, 2], port));
    // A connected socket hears nobody else.
    peer.connect(asked).await.unwrap();
    let from = peer.local_addr().unwrap();
    // The Via names a port at which nobody listens: rport leads back (RFC 3581).
    let wrong = SocketAddr::from((HOST, 9));
    peer.send(&whole_request(1, "UDP", wrong)).await.unwrap();
    let (path, _) = answer(&mut endpoint).await;
    assert_eq!(path, FiveTuple::udp(asked, from));
    endpoint.flush();
    let mut buf = [0; 2_000];
    let len = timeout(PATIENCE, peer.recv(&mut buf)).await.unwrap();
    assert!(ok_to(&buf[..len.unwrap()], 1));
}

#[tokio::test]
async fn requests_in_pieces_and_in_one_piece_are_answered_on_their_connection() {
    let (mut endpoint, at) = on_both(LayerConfig::default(), 1);
    let mut peer = TcpStream::connect(at).await.unwrap();
    peer.set_nodelay(true).unwrap();
    let from = peer.local_addr().unwrap();
    let mut both = whole_request(1, "TCP", from);
    both.extend_from_slice(b"\r\n\r\n");
    both.extend(whole_request(2, "TCP", from));
    both.extend(whole_request(3, "TCP", from));
    // A few bytes at a time at first, then all the rest.
    let (pieces, rest) = both.split_at(300);
    for piece in pieces.chunks(7) {
        alongside(&mut endpoint, peer.write_all(piece))
            .await
            .unwrap();
    }
    peer.write_all(rest).await.unwrap();
    for _ in 0..3 {
        let (path, _) = answer(&mut endpoint).await;
        assert_eq!(path, FiveTuple::tcp(at, from));
    }
    let reading = async {
        let mut answers = Vec::new();
        while !ok_to(&answers, 3) {
            assert!(peer.read_buf(&mut answers).await.unwrap() > 0);
        }
        answers
    };
    let answers = alongside(&mut endpoint, reading).await;
    assert!(ok_to(&answers, 1) && ok_to(&answers, 2) && ok_to(&answers, 3));
    assert_eq!(endpoint.transports().statistics().accepted, 1);
}

#[tokio::test]
async fn bad_input_closes_its_connection_and_disturbs_no_other() {
    let mut config = LayerConfig::default();
    (config.max_head, config.max_body) = (8_192, 8_192);
    let (mut endpoint, at) = on_both(config, 1);
    let mut steady = TcpStream::connect(at).await.unwrap();
    let steady_from = steady.local_addr().unwrap();
    let begun = whole_request(1, "TCP", steady_from);
    steady.write_all(&begun[..100]).await.unwrap();

    // A head that never ends, garbage, a Content-Length that lies, one that is no number.
    let mut endless = whole_request(2, "TCP", at);
    endless.truncate(100);
    endless.resize(100_000, b'x');
    let long = whole_request(3, "TCP", at);
    let lying = |length: &str| {
        let text = String::from_utf8_lossy(&long).replace("Content-Length: 10", length);
        text.into_bytes()
    };
    for bad in [
        endless,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
        lying("Content-Length: 4294967295"),
        lying("Content-Length: -1"),
    ] {
        let mut peer = TcpStream::connect(at).await.unwrap();
        let ended = async {
            // The endpoint may close before all is written; either way the stream must end.
            let _ = peer.write_all(&bad).await;
            let mut buf = Vec::new();
            let _ = peer.read_to_end(&mut buf).await;
        };
        alongside(&mut endpoint, ended).await;
    }
    let stranger = UdpSocket::bind((HOST, 0)).await.unwrap();
    stranger.send_to(&[0xff; 1_000], at).await.unwrap();

    steady.write_all(&begun[100..]).await.unwrap();
    let (path, _) = answer(&mut endpoint).await;
    assert_eq!(path.remote, steady_from);
    let mut buf = Vec::new();
    let reading = async {
        while !ok_to(&buf, 1) {
            assert!(steady.read_buf(&mut buf).await.unwrap() > 0);
        }
    };
    alongside(&mut endpoint, reading).await;
}

#[tokio::test]
async fn dropping_the_event_future_again_and_again_loses_nothing() {
    const CALLS: u32 = 100;
    let (mut endpoint, at) = on_both(LayerConfig::default(), 1);
    let calling = tokio::spawn(async move {
        let peer = UdpSocket::bind((HOST, 0)).await.unwrap();
        let from = peer.local_addr().unwrap();
        let mut stream = TcpStream::connect(at).await.unwrap();
        let stream_from = stream.local_addr().unwrap();
        for call in 0..CALLS {
            let request = whole_request(call, "UDP", from);
            peer.send_to(&request, at).await.unwrap();
            let request = whole_request(CALLS + call, "TCP", stream_from);
            stream.write_all(&request).await.unwrap();
            // Sometimes there is something to take, sometimes not.
            tokio::task::yield_now().await;
        }
        (peer, stream)
    });
    let (mut seen, mut dropped) = (Vec::new(), 0);
    let serving = async {
        while seen.len() < 2 * CALLS as usize {
            let event = tokio::select! {
                event = endpoint.event() => event.unwrap(),
                // Ready at its second poll, so that it often wins.
                () = tokio::task::yield_now() => {
                    dropped += 1;
                    continue;
                }
            };
            let LayerEvent::Request {
                transaction,
                message,
                ..
            } = event
            else {
                panic!("{event:?}");
            };
            let request = message.message();
            let call = request.header("Call-ID").unwrap().value_str().unwrap();
            seen.push(call.split('@').next().unwrap().parse::<u32>().unwrap());
            accept(&mut endpoint, transaction, &request);
        }
    };
    timeout(PATIENCE, serving).await.unwrap();
    assert!(dropped > 0, "the future was never dropped");
    // Each way in order, nothing twice.
    let (udp, tcp): (Vec<u32>, Vec<u32>) = seen.iter().partition(|call| **call < CALLS);
    assert_eq!(udp, (0..CALLS).collect::<Vec<_>>());
    assert_eq!(tcp, (CALLS..2 * CALLS).collect::<Vec<_>>());
    // And every answer arrives.
    endpoint.flush();
    let (peer, _stream) = calling.await.unwrap();
    let mut buf = [0; 2_000];
    for call in 0..CALLS {
        let len = timeout(PATIENCE, peer.recv(&mut buf)).await.unwrap();
        assert!(ok_to(&buf[..len.unwrap()], call));
    }
}

#[tokio::test]
async fn dropping_the_endpoint_leaves_no_task() {
    let metrics = tokio::runtime::Handle::current().metrics();
    let before = metrics.num_alive_tasks();
    let (mut endpoint, at) = on_both(LayerConfig::default(), 1);
    let mut peer = TcpStream::connect(at).await.unwrap();
    let from = peer.local_addr().unwrap();
    peer.write_all(&whole_request(1, "TCP", from))
        .await
        .unwrap();
    answer(&mut endpoint).await;
    assert!(metrics.num_alive_tasks() > before);
    drop(endpoint);
    let settled = async {
        while metrics.num_alive_tasks() > before {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, settled).await.expect("tasks are left");
    // The port is free again.
    TcpListener::bind(at).await.unwrap();
    UdpSocket::bind(at).await.unwrap();
}

/// The next connection of a server, and the request without body that comes over it.
async fn request_of(server: &TcpListener) -> (TcpStream, Vec<u8>) {
    let (mut stream, _) = server.accept().await.unwrap();
    let mut request = vec![0; 4_096];
    let mut len = 0;
    while !request[..len].ends_with(b"\r\n\r\n") {
        len += stream.read(&mut request[len..]).await.unwrap();
    }
    request.truncate(len);
    (stream, request)
}

/// An INVITE without body.
fn invite(call: u32) -> Vec<u8> {
    let options = String::from_utf8(request(call, 0)).unwrap();
    options.replace("OPTIONS", "INVITE").into_bytes()
}

/// Layers whose timers are of no help within the patience of a test.
fn patient() -> LayerConfig {
    let mut config = LayerConfig::default();
    config.timers = Timers {
        timer_b: Duration::from_secs(3600),
        timer_f: Duration::from_secs(3600),
        ..Timers::RFC
    };
    config
}

/// What is told of a request whose next hop goes away is the way to the next one: at once, not after 32 s.
#[tokio::test]
async fn requests_fail_with_the_connection_that_carries_them() {
    let server = TcpListener::bind((HOST, 0)).await.unwrap();
    let to = server.local_addr().unwrap();
    let (mut alice, from) = on_both(patient(), 1);
    let destination = Destination::new(FiveTuple::tcp(from, to));
    for (method, reset) in [("INVITE", true), ("INVITE", false), ("OPTIONS", true)] {
        let now = alice.now();
        let message = match method {
            "INVITE" => invite(1),
            _ => request(1, 0),
        };
        let sent = alice
            .machine_mut()
            .send_request(now, destination, &message)
            .unwrap();
        let (stream, got) = alongside(&mut alice, request_of(&server)).await;
        assert!(got.starts_with(method.as_bytes()));
        if reset {
            stream.set_zero_linger().unwrap();
        }
        drop(stream);
        match next(&mut alice).await {
            LayerEvent::Failed {
                transaction,
                reason,
            } => assert_eq!((transaction, reason), (sent, FailureReason::Transport)),
            other => panic!("{other:?}"),
        }
    }
}

/// An INVITE that is being worked on may be answered over another connection (RFC 3261 section 18.2.2).
#[tokio::test]
async fn an_invite_that_rings_outlives_its_connection() {
    let server = TcpListener::bind((HOST, 0)).await.unwrap();
    let to = server.local_addr().unwrap();
    let (mut alice, from) = on_both(patient(), 1);
    let destination = Destination::new(FiveTuple::tcp(from, to));
    let now = alice.now();
    let message = invite(1);
    alice
        .machine_mut()
        .send_request(now, destination, &message)
        .unwrap();
    let (mut stream, got) = alongside(&mut alice, request_of(&server)).await;
    let text = core::str::from_utf8(&got).unwrap();
    let (_, head) = text.split_once("\r\n").unwrap();
    let respond = |status: &str| format!("SIP/2.0 {status}\r\n{head}").into_bytes();
    stream.write_all(&respond("180 Ringing")).await.unwrap();
    assert_eq!(status(&mut alice).await, 180);
    drop(stream);
    let mut stream = TcpStream::connect(from).await.unwrap();
    stream.write_all(&respond("486 Busy Here")).await.unwrap();
    assert_eq!(status(&mut alice).await, 486);
}

/// The request that finds a connection dead goes over a new one, and is not lost with the old one.
#[tokio::test]
async fn a_request_is_not_lost_with_a_connection_that_died_before() {
    let server = TcpListener::bind((HOST, 0)).await.unwrap();
    let to = server.local_addr().unwrap();
    let (mut alice, from) = on_both(patient(), 1);
    let destination = Destination::new(FiveTuple::tcp(from, to));
    let tasks = tokio::runtime::Handle::current().metrics();
    let before = tasks.num_alive_tasks();
    for call in 1..=20 {
        let now = alice.now();
        let sent = alice
            .machine_mut()
            .send_request(now, destination, &request(call, 0))
            .unwrap();
        let (mut stream, got) = alongside(&mut alice, request_of(&server)).await;
        let text = core::str::from_utf8(&got).unwrap();
        let (_, head) = text.split_once("\r\n").unwrap();
        let ok = format!("SIP/2.0 200 OK\r\n{head}");
        stream.write_all(ok.as_bytes()).await.unwrap();
        match next(&mut alice).await {
            LayerEvent::Response { transaction, .. } => assert_eq!(transaction, sent),
            other => panic!("{other:?}"),
        }
        // The task of the connection has noticed, and nobody asked for the news.
        drop(stream);
        timeout(PATIENCE, async {
            while tasks.num_alive_tasks() > before {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
    }
}

/// P000-5 on real sockets: the 403 arrives before its connection ends.
#[tokio::test]
async fn p000_5_a_stranger_reads_its_403() {
    let mut config = LayerConfig::default();
    let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let provider = ["213.148.136.0/23".parse().unwrap()];
    config.sources = vec![AllowedSources::new(nowhere, provider)];
    let (mut bob, at) = on_both(config, 2);
    let mut stream = TcpStream::connect(at).await.unwrap();
    let message = whole_request(1, "TCP", stream.local_addr().unwrap());
    let answer = alongside(&mut bob, async {
        stream.write_all(&message).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    });
    let answer = answer.await;
    assert!(answer.starts_with("SIP/2.0 403 Forbidden\r\n"), "{answer}");
    let socket = UdpSocket::bind((HOST, 0)).await.unwrap();
    let message = whole_request(2, "UDP", socket.local_addr().unwrap());
    let answer = alongside(&mut bob, async {
        socket.send_to(&message, at).await.unwrap();
        let mut answer = [0; 2_000];
        let (len, from) = socket.recv_from(&mut answer).await.unwrap();
        assert_eq!(from, at);
        answer[..len].to_vec()
    });
    assert!(answer.await.starts_with(b"SIP/2.0 403 Forbidden\r\n"));
    assert_eq!(bob.machine().statistics().server_transactions, 0);
}
