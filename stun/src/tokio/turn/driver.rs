//! The task behind a socket: it owns the machine and the way to the server.

use core::net::SocketAddr;
use core::ops::Range;
use core::time::Duration;
use std::io;
use std::vec;
use std::vec::Vec;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant as Moment, sleep_until, timeout};
use trunkline_sans_io::{ConnectionId, FiveTuple, Instant, Key, Owned, Slot};

use super::TurnSocketError;
use crate::machines::{
    Allocated, PeerData, Received, SendError, TURN_HEADROOM, TURN_TAILROOM, TurnClient, TurnEvent,
    TurnFailure, TurnPeer,
};
use crate::tokio::is_of_a_peer;
use crate::wire::MAX_TURN_FRAME_LEN;

type Reply<E> = oneshot::Sender<Result<(), E>>;

/// How much may wait to be written to a stream before commands wait.
const MAX_UNWRITTEN: usize = 64 * 1024;

/// How long a stream may take to be closed.
const LAST_WRITE: Duration = Duration::from_secs(1);

/// What a socket asks its task for.
pub(super) enum Command {
    Permit {
        peer: SocketAddr,
        reply: Reply<TurnSocketError>,
    },
    Forget {
        peer: SocketAddr,
    },
    /// The payload stands in the buffer with room around it.
    Send {
        peer: SocketAddr,
        buffer: Vec<u8>,
        reply: Reply<SendError>,
    },
}

/// How the task ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    Closed,
    Failed(TurnFailure),
}

/// Something framed, and who wants to know that it was sent.
struct Outgoing {
    buffer: Vec<u8>,
    range: Range<usize>,
    reply: Reply<SendError>,
}

pub(super) struct Driver {
    client: TurnClient<Vec<u8>, Owned<Slot<TurnPeer>>>,
    origin: Moment,
    commands: mpsc::Receiver<Command>,
    /// Nobody sends commands any more.
    closing: bool,
    data: mpsc::Sender<(Vec<u8>, SocketAddr)>,
    allocated: Option<oneshot::Sender<Allocated>>,
    /// Who waits for a permission.
    waiting: Vec<(Key, Reply<TurnSocketError>)>,
    outcome: watch::Sender<Option<Outcome>>,
}

impl Driver {
    pub(super) fn new(
        client: TurnClient<Vec<u8>, Owned<Slot<TurnPeer>>>,
        commands: mpsc::Receiver<Command>,
        data: mpsc::Sender<(Vec<u8>, SocketAddr)>,
        allocated: oneshot::Sender<Allocated>,
        outcome: watch::Sender<Option<Outcome>>,
    ) -> Self {
        Self {
            client,
            origin: Moment::now(),
            commands,
            closing: false,
            data,
            allocated: Some(allocated),
            waiting: Vec::new(),
            outcome,
        }
    }

    pub(super) async fn over_udp(mut self, socket: UdpSocket) {
        let mut buffer = vec![0; MAX_TURN_FRAME_LEN];
        loop {
            while let Ok(Some(transmit)) = self.client.poll_transmit(self.now(), &mut buffer) {
                let path = transmit.path;
                let sent = socket.send_to(&buffer[..transmit.len], path.remote).await;
                self.note_sent(path, sent);
            }
            if self.note_events() {
                return;
            }
            let deadline = self.deadline();
            tokio::select! {
                received = socket.recv_from(&mut buffer) => match received {
                    Ok((len, remote)) => self.receive(remote, &buffer[..len]),
                    Err(error) => self.note_sent(self.client.path(), Err(error)),
                },
                command = self.commands.recv(), if !self.closing => {
                    if let Some(outgoing) = self.take(command) {
                        let path = self.client.path();
                        let bytes = &outgoing.buffer[outgoing.range];
                        let sent = socket.send_to(bytes, path.remote).await;
                        self.note_sent(path, sent);
                        let _ = outgoing.reply.send(Ok(()));
                    }
                }
                () = sleep_until(deadline) => {}
            }
            // Also when something came: a flood of it must not hold the time up.
            self.client.handle_timeout(self.now());
        }
    }

    pub(super) async fn over_stream<T>(mut self, stream: T)
    where
        T: AsyncRead + AsyncWrite + Send + 'static,
    {
        let server = self.client.path().remote;
        let (mut reader, mut writer) = tokio::io::split(stream);
        let mut received = vec![0; 2 * MAX_TURN_FRAME_LEN];
        let mut pending = 0;
        let mut unwritten = Vec::new();
        let mut flushed = true;
        let mut request = vec![0; MAX_TURN_FRAME_LEN];
        let connection = ConnectionId(0);
        loop {
            while let Ok(Some(transmit)) = self.client.poll_transmit(self.now(), &mut request) {
                if transmit.path.remote == server {
                    unwritten.extend_from_slice(&request[..transmit.len]);
                }
            }
            if self.client.path().remote != server {
                // It names another one, and there is no way to it here.
                let other = self.client.path().remote;
                return self.end(Outcome::Failed(TurnFailure::TryAlternate(other)));
            }
            if self.note_events() {
                let _ = timeout(LAST_WRITE, writer.shutdown()).await;
                return;
            }
            let room = unwritten.len() < MAX_UNWRITTEN;
            let deadline = self.deadline();
            let write = async {
                match unwritten.as_slice() {
                    [] => writer.flush().await.map(|()| None),
                    bytes => writer.write(bytes).await.map(Some),
                }
            };
            tokio::select! {
                read = reader.read(&mut received[pending..]) => match read {
                    Ok(len) if len > 0 => {
                        pending += len;
                        let used = self.read(connection, &received[..pending]);
                        received.copy_within(used..pending, 0);
                        pending -= used;
                    }
                    _ => self.client.handle_disconnected(self.now(), connection),
                },
                written = write, if !unwritten.is_empty() || !flushed => match written {
                    Ok(None) => flushed = true,
                    Ok(Some(len)) if len > 0 => {
                        unwritten.drain(..len);
                        flushed = false;
                    }
                    _ => self.client.handle_disconnected(self.now(), connection),
                },
                command = self.commands.recv(), if !self.closing && room => {
                    if let Some(outgoing) = self.take(command) {
                        unwritten.extend_from_slice(&outgoing.buffer[outgoing.range]);
                        let _ = outgoing.reply.send(Ok(()));
                    }
                }
                () = sleep_until(deadline) => {}
            }
            self.client.handle_timeout(self.now());
        }
    }

    fn now(&self) -> Instant {
        let nanos = u64::try_from(self.origin.elapsed().as_nanos());
        Instant::from_nanos(nanos.unwrap_or(u64::MAX))
    }

    /// If nothing is armed, something else will come.
    fn deadline(&self) -> Moment {
        let due = self.client.poll_timeout();
        let due = due.unwrap_or_else(|| self.now() + Duration::from_secs(3_600));
        self.origin + (due - Instant::ORIGIN)
    }

    /// An error that is not about one datagram ends it.
    fn note_sent(&mut self, path: FiveTuple, sent: io::Result<usize>) {
        if let Err(error) = sent
            && !is_of_a_peer(&error)
        {
            self.client.handle_send_failed(self.now(), path, None);
        }
    }

    fn receive(&mut self, remote: SocketAddr, datagram: &[u8]) {
        let path = FiveTuple {
            remote,
            ..self.client.path()
        };
        let now = self.now();
        if let Received::Data(data) = self.client.handle_datagram(now, path, datagram) {
            deliver(&self.data, data);
        }
    }

    /// Reads what a stream brought, and tells how much was used.
    fn read(&mut self, connection: ConnectionId, bytes: &[u8]) -> usize {
        let mut used = 0;
        loop {
            let now = self.now();
            let (more, data) = self.client.handle_bytes(now, connection, &bytes[used..]);
            used += more;
            match data {
                Some(data) => deliver(&self.data, data),
                None if more == 0 => return used,
                None => {}
            }
        }
    }

    fn take(&mut self, command: Option<Command>) -> Option<Outgoing> {
        let now = self.now();
        let Some(command) = command else {
            self.closing = true;
            self.client.close();
            return None;
        };
        match command {
            Command::Permit { peer, reply } => match self.client.add_peer(now, peer) {
                Ok(key) if self.client.is_permitted(now, key) => {
                    let _ = reply.send(Ok(()));
                }
                Ok(key) => {
                    self.waiting.retain(|(_, reply)| !reply.is_closed());
                    self.waiting.push((key, reply));
                }
                Err(_) => {
                    let _ = reply.send(Err(TurnSocketError::TooManyPeers));
                }
            },
            Command::Forget { peer } => {
                if let Some(key) = self.client.find_peer(peer) {
                    self.client.remove_peer(key);
                    self.waiting.retain(|(waited_for, _)| *waited_for != key);
                }
            }
            Command::Send {
                peer,
                mut buffer,
                reply,
            } => {
                let payload = TURN_HEADROOM..buffer.len() - TURN_TAILROOM;
                let known = self.client.find_peer(peer).ok_or(SendError::UnknownPeer);
                let wrapped =
                    known.and_then(|key| self.client.wrap(now, key, &mut buffer, payload));
                match wrapped {
                    Ok(wrapped) => {
                        return Some(Outgoing {
                            buffer,
                            range: wrapped.range,
                            reply,
                        });
                    }
                    Err(error) => {
                        let _ = reply.send(Err(error));
                    }
                }
            }
        }
        None
    }

    /// Tells those who wait. Tells whether all is over.
    fn note_events(&mut self) -> bool {
        while let Some(event) = self.client.poll_event() {
            match event {
                TurnEvent::Allocated(allocated) => {
                    if let Some(ready) = self.allocated.take() {
                        let _ = ready.send(allocated);
                    }
                }
                TurnEvent::Permitted { peer, .. } => self.answer(peer, || Ok(())),
                TurnEvent::PeerRefused { peer, refusal, .. } => {
                    self.client.remove_peer(peer);
                    self.answer(peer, || Err(TurnSocketError::PeerRefused(refusal)));
                }
                TurnEvent::ChannelBound { .. } | TurnEvent::ChannelRefused { .. } => {}
                TurnEvent::Closed => self.end(Outcome::Closed),
                TurnEvent::Failed(failure) => self.end(Outcome::Failed(failure)),
            }
        }
        self.client.is_done()
    }

    fn answer(&mut self, peer: Key, answer: impl Fn() -> Result<(), TurnSocketError>) {
        for (_, reply) in self.waiting.extract_if(.., |(key, _)| *key == peer) {
            let _ = reply.send(answer());
        }
    }

    fn end(&mut self, outcome: Outcome) {
        self.outcome.send_replace(Some(outcome));
        self.allocated = None;
        self.waiting.clear();
    }
}

/// What nobody fetches in time is lost, as with any socket.
fn deliver(queue: &mpsc::Sender<(Vec<u8>, SocketAddr)>, data: PeerData<'_>) {
    let _ = queue.try_send((data.data.to_vec(), data.address));
}
