//! Streams whose far end does not read, hangs up in the middle, or sends something else. Pipes in paused time, as TLS
//! would be.

mod turn_server;

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::watch;
use tokio::time::timeout;
use trunkline_stun::sans_io::{Clock, ConnectionId, FiveTuple, Transport};
use trunkline_stun::tokio::{
    Allocate, MappedAddressError, TurnSocket, TurnSocketError, mapped_address_over, serve_stream,
};
use trunkline_stun::{
    BindingExchange, BindingServer, Class, ClientConfig, Failure, LongTermAuthentication,
    MessageWriter, Method, TransactionId, TransactionIds, TurnFailure,
};

use turn_server::TurnServer;

/// What a pipe holds, each way.
const PIPE: usize = 4_096;
const WAIT: Duration = Duration::from_secs(1);

fn path() -> FiveTuple {
    FiveTuple {
        transport: Transport::Tls,
        local: ([198, 51, 100, 7], 61_234).into(),
        remote: ([192, 0, 2, 1], 5349).into(),
    }
}

fn peer() -> SocketAddr {
    ([203, 0, 113, 9], 6_000).into()
}

/// A relay at the other end of a pipe.
struct Relay {
    /// Whether it reads; without it, it hangs up.
    reads: watch::Sender<bool>,
    /// What it has sent to peers.
    relayed: Arc<Mutex<Vec<Vec<u8>>>>,
}

async fn relay() -> (Relay, TurnSocket) {
    let (near, far) = duplex(PIPE);
    let (reads, control) = watch::channel(true);
    let relayed = Arc::new(Mutex::new(Vec::new()));
    tokio::spawn(serve(far, control, Arc::clone(&relayed)));
    let credential = LongTermAuthentication::new(b"alice".to_vec(), b"secret").expect("short");
    let request = Allocate::new([7; 32]).with_credential(credential);
    let socket = request.over_stream(near, path()).await;
    (Relay { reads, relayed }, socket.expect("allocated"))
}

async fn serve(
    mut stream: DuplexStream,
    mut reads: watch::Receiver<bool>,
    relayed: Arc<Mutex<Vec<Vec<u8>>>>,
) {
    let clock = Clock::new();
    let mut server = TurnServer::new(Ipv4Addr::LOCALHOST);
    let mut unread = Vec::new();
    let mut buffer = [0; 1_000];
    loop {
        if reads.wait_for(|reads| *reads).await.is_err() {
            // It hangs up in the middle of a frame.
            let _ = stream.write_all(&[0x40, 0, 0, 200, 1, 2, 3]).await;
            return;
        }
        tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(len @ 1..) => unread.extend_from_slice(&buffer[..len]),
                _ => return,
            },
            _ = reads.changed() => continue,
        }
        let used = server.handle_bytes(clock.now(), path().reversed(), ConnectionId(0), &unread);
        unread.drain(..used);
        while let Some((_, connection, bytes)) = server.poll_send() {
            if connection.is_none() {
                relayed.lock().expect("whole").push(bytes);
            } else if stream.write_all(&bytes).await.is_err() {
                return;
            }
        }
    }
}

/// What does not go out waits, in a bounded place, and whoever gives up waiting tears no frame.
#[tokio::test(start_paused = true)]
async fn a_relay_that_does_not_read_holds_senders_up() {
    let (relay, socket) = relay().await;
    socket.permit(peer()).await.expect("permitted");
    relay.reads.send_replace(false);
    let (mut sent, mut given_up) = (0_u16, 0);
    while given_up < 40 {
        let payload = sent.to_be_bytes().repeat(500);
        match timeout(WAIT, socket.send_to(&payload, peer())).await {
            Ok(result) => {
                result.expect("sent");
                sent += 1;
            }
            Err(_) => given_up += 1,
        }
        assert!(sent < 100, "it goes somewhere");
    }
    // As much as waits at most, and at least what the pipe has room for.
    assert!(sent > 60, "{sent}");

    relay.reads.send_replace(true);
    socket.send_to(b"last", peer()).await.expect("sent");
    let arrived = async {
        loop {
            if relay
                .relayed
                .lock()
                .expect("whole")
                .last()
                .map(Vec::as_slice)
                == Some(b"last")
            {
                return;
            }
            tokio::time::sleep(WAIT).await;
        }
    };
    timeout(10 * WAIT, arrived).await.expect("everything");
    let relayed = relay.relayed.lock().expect("whole");
    let (_, data) = relayed.split_last().expect("the last one");
    for (number, payload) in (0_u16..).zip(data.iter().take(sent.into())) {
        assert_eq!(payload, &number.to_be_bytes().repeat(500));
    }
    // Those that were given up may have been sent nevertheless, but whole.
    for payload in data.iter().skip(sent.into()) {
        assert_eq!(payload, &sent.to_be_bytes().repeat(500));
    }
}

/// Everybody who waits is told, at once.
#[tokio::test(start_paused = true)]
async fn a_relay_that_hangs_up_in_the_middle_of_a_frame_is_told() {
    let (relay, socket) = relay().await;
    socket.permit(peer()).await.expect("permitted");
    relay.reads.send_replace(false);
    let (sender, mut receiver) = socket.into_split();
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let sender = sender.clone();
        waiting.push(tokio::spawn(async move {
            sender.permit(([203, 0, 113, 10], 1).into()).await
        }));
    }
    tokio::time::sleep(WAIT).await;
    let begin = tokio::time::Instant::now();
    drop(relay);
    let lost = |result| {
        matches!(
            result,
            Err(TurnSocketError::Failed(TurnFailure::Unreachable))
        )
    };
    assert!(lost(receiver.recv_from(&mut [0; 100]).await.map(|_| ())));
    for waiting in waiting {
        assert!(lost(waiting.await.expect("no panic")));
    }
    assert!(lost(sender.send_to(b"x", peer()).await));
    assert!(lost(sender.permit(peer()).await));
    assert!(begin.elapsed() < WAIT);
}

#[tokio::test(start_paused = true)]
async fn something_else_than_turn_is_told() {
    for bytes in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], &[0xff; 64]] {
        let (near, mut far) = duplex(PIPE);
        far.write_all(bytes).await.expect("there is room");
        let error = Allocate::new([7; 32]).over_stream(near, path()).await;
        let other = TurnFailure::NotTurn;
        assert!(
            matches!(error, Err(TurnSocketError::Failed(why)) if why == other),
            "{error:?}"
        );
    }
}

/// The time of the schedule holds while the request waits, too.
#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_read_is_given_up() {
    let (mut near, _far) = duplex(8);
    let begin = tokio::time::Instant::now();
    let error = ask(&mut near).await.expect_err("no response");
    assert!(
        matches!(error, MappedAddressError::Failed(Failure::TimedOut)),
        "{error:?}"
    );
    assert_eq!(begin.elapsed().as_secs(), 39);
}

#[tokio::test(start_paused = true)]
async fn half_a_response_is_none() {
    // A header that promises more than comes, one that promises more than a server sends, and no header.
    for bytes in [
        &[1, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42, 7, 7][..],
        &[1, 1, 0xff, 0xfc, 0x21, 0x12, 0xa4, 0x42, 7, 7],
        b"SSH-2.0-OpenSSH_9.2",
    ] {
        let (mut near, mut far) = duplex(PIPE);
        far.write_all(bytes).await.expect("there is room");
        far.shutdown().await.expect("closed");
        let begin = tokio::time::Instant::now();
        assert!(ask(&mut near).await.is_err());
        assert!(begin.elapsed() < WAIT);
    }
}

async fn ask(stream: &mut DuplexStream) -> Result<SocketAddr, MappedAddressError> {
    let config: ClientConfig = ClientConfig::DEFAULT;
    let mut exchange = BindingExchange::new(path(), TransactionIds::new([7; 32]), config);
    mapped_address_over(stream, &mut exchange).await
}

/// Requests without end, and nobody who takes the responses.
#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_closed() {
    let (near, mut far) = duplex(64);
    let idle = Duration::from_secs(30);
    let serving = tokio::spawn(async move {
        serve_stream(&mut far, path().reversed(), idle, &BindingServer::new()).await
    });
    let (_unread, mut writer) = tokio::io::split(near);
    let mut request = [0; 20];
    let mut sent = 0;
    loop {
        let id = TransactionId::new([7; 12]);
        let written = MessageWriter::new(&mut request, Class::Request, Method::BINDING, id)
            .finish()
            .expect("there is room");
        if writer.write_all(&request[..written]).await.is_err() {
            break;
        }
        sent += 1;
        assert!(sent < 20, "it takes them");
    }
    assert!(serving.await.expect("no panic").is_ok());
}
