//! One TCP connection: a task that owns the stream, and the handle of its owner.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::pending;
use core::net::SocketAddr;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use core::time::Duration;
use std::io;

use bytes::{Bytes, BytesMut};
use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use trunkline_sans_io::{ConnectionId, FiveTuple};

use super::{TransportsConfig, dscp};

/// How many bytes are read at once.
const READ_CHUNK: usize = 8 * 1024;
/// Messages that wait together are written together, up to about this many bytes.
const WRITE_CHUNK: usize = 16 * 1024;
/// What an entry of the send queue costs beside its bytes.
const ENTRY_COST: usize = 64;
/// How long a connection that its owner has closed may take to write what was queued before.
const LINGER: Duration = Duration::from_secs(5);

/// How long sent bytes may stay unacknowledged by the TCP of the peer: Timer F (RFC 3261 section
/// 17.1.2.2). A path that has silently died would otherwise swallow all that is sent for as long as
/// the system tries, on Linux about a quarter of an hour.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(32);

/// What the tasks tell the owner of the transports.
#[derive(Debug)]
pub(super) enum Event {
    /// A listener has accepted a connection.
    Accepted {
        stream: TcpStream,
        path: FiveTuple,
        permit: OwnedSemaphorePermit,
    },
    /// A connection that we began is open, from this address of ours.
    Opened {
        connection: ConnectionId,
        local: SocketAddr,
    },
    /// Bytes have come in.
    Bytes {
        connection: ConnectionId,
        data: BytesMut,
    },
    /// The connection is gone, or could not be opened. Of each message that was queued and not
    /// written in full the path is told once.
    Closed {
        connection: ConnectionId,
        unsent: Vec<FiveTuple>,
    },
}

/// Where the stream of a new connection comes from.
#[derive(Debug)]
pub(super) enum Origin {
    /// A listener accepted it.
    Accepted(TcpStream),
    /// It has to be opened from an address of this host to one of the peer.
    Open {
        from: SocketAddr,
        to: SocketAddr,
        /// What its packets are marked with.
        codepoint: Option<u8>,
    },
}

/// The queue of a connection, seen from the side that sends.
#[derive(Debug)]
pub(super) struct SendQueue {
    entries: mpsc::UnboundedSender<(FiveTuple, Bytes)>,
    /// Bytes that are queued, so that the queue has a limit in what matters.
    queued: Arc<AtomicUsize>,
    /// Told something: end at once. Dropped: end when the queue is written.
    stop: oneshot::Sender<()>,
}

/// Why a message was not queued.
#[derive(Debug)]
pub(super) enum QueueRefusal {
    /// The peer reads more slowly than we write, and the limit is reached.
    Full,
    /// The connection has ended. The message comes back.
    Ended(Bytes),
}

impl SendQueue {
    /// Appends a message. A message longer than the limit fits into an empty queue.
    pub(super) fn push(
        &self,
        path: FiveTuple,
        data: Bytes,
        limit: usize,
    ) -> Result<(), QueueRefusal> {
        let cost = data.len().saturating_add(ENTRY_COST);
        let queued = self.queued.load(Ordering::Relaxed);
        if queued > 0 && queued.saturating_add(cost) > limit {
            return Err(QueueRefusal::Full);
        }
        self.queued.fetch_add(cost, Ordering::Relaxed);
        self.entries
            .send((path, data))
            .map_err(|refused| QueueRefusal::Ended(refused.0.1))
    }

    /// Ends the connection at once; what is queued counts as unsent.
    pub(super) fn stop(self) {
        // It may have ended by itself in this moment.
        let _ = self.stop.send(());
    }
}

/// The other side of a [`SendQueue`], run by [`Worker::run`] as a task of its own.
#[derive(Debug)]
pub(super) struct Worker {
    connection: ConnectionId,
    outbox: Outbox,
    stop: oneshot::Receiver<()>,
    events: mpsc::Sender<Event>,
    idle_limit: Duration,
    connect_timeout: Duration,
    /// Held as long as the connection counts towards the limit.
    permit: OwnedSemaphorePermit,
}

/// The two sides of a new connection.
pub(super) fn new_connection(
    connection: ConnectionId,
    config: &TransportsConfig,
    events: mpsc::Sender<Event>,
    permit: OwnedSemaphorePermit,
) -> (SendQueue, Worker) {
    let (sender, entries) = mpsc::unbounded_channel();
    let (stop_sender, stop) = oneshot::channel();
    let queued = Arc::new(AtomicUsize::new(0));
    let queue = SendQueue {
        entries: sender,
        queued: Arc::clone(&queued),
        stop: stop_sender,
    };
    let worker = Worker {
        connection,
        outbox: Outbox {
            entries,
            queued,
            writing: Vec::new(),
        },
        stop,
        events,
        idle_limit: config.idle_limit,
        connect_timeout: config.connect_timeout,
        permit,
    };
    (queue, worker)
}

impl Worker {
    /// Opens the stream if it must, moves bytes both ways until either side ends, and reports.
    pub(super) async fn run(mut self, origin: Origin) {
        let stop = &mut self.stop;
        let stopped = async {
            // Dropped, not told: the owner has closed the connection, what is queued goes out.
            if stop.await.is_err() {
                sleep(LINGER).await;
            }
        };
        let served = async {
            let stream = match origin {
                Origin::Accepted(stream) => stream,
                Origin::Open {
                    from,
                    to,
                    codepoint,
                } => {
                    let opening = open(from, to, codepoint);
                    let stream = timeout(self.connect_timeout, opening).await??;
                    let opened = Event::Opened {
                        connection: self.connection,
                        local: stream.local_addr()?,
                    };
                    // Fails when the owner is gone, who ends this task anyway.
                    let _ = self.events.send(opened).await;
                    stream
                }
            };
            self.outbox
                .serve(stream, self.connection, &self.events, self.idle_limit)
                .await
        };
        // Whatever ended it, the connection is gone: the owner is told the same.
        tokio::select! {
            () = stopped => {}
            _ = served => {}
        }
        drop(self.permit);
        let closed = Event::Closed {
            connection: self.connection,
            unsent: self.outbox.into_unsent(),
        };
        let _ = self.events.send(closed).await;
    }
}

/// Sets what every connection needs, whoever opened it. Fails when the peer is gone again.
pub(super) fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    SockRef::from(stream).set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
    Ok(())
}

/// Opens a connection, from the given address of this host unless that is unspecified.
pub(super) async fn open(
    from: SocketAddr,
    to: SocketAddr,
    codepoint: Option<u8>,
) -> io::Result<TcpStream> {
    let socket = if to.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if let Some(codepoint) = codepoint {
        // A call without the mark is better than none.
        let _ = dscp::mark(SockRef::from(&socket), to, codepoint);
    }
    if !from.ip().is_unspecified() {
        let mut from = from;
        from.set_port(0);
        socket.bind(from)?;
    }
    let stream = socket.connect(to).await?;
    prepare(&stream)?;
    Ok(stream)
}

/// The queued messages, on the side that writes them.
#[derive(Debug)]
struct Outbox {
    entries: mpsc::UnboundedReceiver<(FiveTuple, Bytes)>,
    queued: Arc<AtomicUsize>,
    /// The paths of the messages that are being written.
    writing: Vec<FiveTuple>,
}

impl Outbox {
    async fn serve(
        &mut self,
        mut stream: TcpStream,
        connection: ConnectionId,
        events: &mpsc::Sender<Event>,
        idle_limit: Duration,
    ) -> io::Result<()> {
        let activity = Activity::new();
        let (reader, writer) = stream.split();
        tokio::select! {
            ended = read(reader, connection, events, &activity) => ended,
            ended = self.write(writer, &activity) => ended,
            () = activity.idle_for(idle_limit) => Ok(()),
        }
    }

    /// Writes messages until the owner closes the queue.
    async fn write(&mut self, mut stream: WriteHalf<'_>, activity: &Activity) -> io::Result<()> {
        while let Some((path, first)) = self.entries.recv().await {
            note(&mut self.writing, path);
            let mut cost = first.len().saturating_add(ENTRY_COST);
            let mut together = BytesMut::new();
            while cost < WRITE_CHUNK {
                let Ok((path, next)) = self.entries.try_recv() else {
                    break;
                };
                note(&mut self.writing, path);
                if together.is_empty() {
                    together.extend_from_slice(&first);
                }
                together.extend_from_slice(&next);
                cost = cost.saturating_add(next.len()).saturating_add(ENTRY_COST);
            }
            if together.is_empty() {
                stream.write_all(&first).await?;
            } else {
                stream.write_all(&together).await?;
            }
            self.queued.fetch_sub(cost, Ordering::Relaxed);
            self.writing.clear();
            activity.note();
        }
        stream.shutdown().await
    }

    /// The path of every message that was perhaps not written in full, each once.
    fn into_unsent(mut self) -> Vec<FiveTuple> {
        self.entries.close();
        while let Ok((path, _)) = self.entries.try_recv() {
            note(&mut self.writing, path);
        }
        self.writing
    }
}

/// Adds a path to a list in which each stands once.
fn note(paths: &mut Vec<FiveTuple>, path: FiveTuple) {
    if !paths.contains(&path) {
        paths.push(path);
    }
}

/// Hands on what comes in, until the peer ends the stream.
///
/// Nothing is read before there is room in the channel, so that a peer is slowed down by TCP
/// itself when the owner is. Room is asked for only once there is something to read: an idle
/// connection takes none.
async fn read(
    stream: ReadHalf<'_>,
    connection: ConnectionId,
    events: &mpsc::Sender<Event>,
    activity: &Activity,
) -> io::Result<()> {
    loop {
        stream.readable().await?;
        let Ok(room) = events.reserve().await else {
            return Ok(());
        };
        let mut data = BytesMut::with_capacity(READ_CHUNK);
        match stream.try_read_buf(&mut data) {
            Ok(0) => return Ok(()),
            Ok(_) => {
                activity.note();
                room.send(Event::Bytes { connection, data });
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// When bytes last moved on a connection, in either direction.
#[derive(Debug)]
struct Activity {
    begin: Instant,
    /// Milliseconds from `begin` to the last movement.
    last: AtomicU64,
}

impl Activity {
    fn new() -> Self {
        Self {
            begin: Instant::now(),
            last: AtomicU64::new(0),
        }
    }

    fn note(&self) {
        let millis = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(millis, Ordering::Relaxed);
    }

    /// Resolves when nothing has moved for `limit`.
    async fn idle_for(&self, limit: Duration) {
        loop {
            let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
            let Some(deadline) = last
                .checked_add(limit)
                .and_then(|idle| self.begin.checked_add(idle))
            else {
                return pending().await;
            };
            if deadline <= Instant::now() {
                return;
            }
            sleep_until(deadline).await;
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_path_that_has_died_is_noticed() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let from = SocketAddr::from(([127, 0, 0, 1], 0));
        let stream = open(from, server.local_addr().unwrap(), None)
            .await
            .unwrap();
        let patience = SockRef::from(&stream).tcp_user_timeout().unwrap();
        assert_eq!(patience, Some(UNACKNOWLEDGED));
        assert!(stream.nodelay().unwrap());
    }
}
