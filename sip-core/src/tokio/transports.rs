//! All sockets of a program: what comes in on any of them, in one place.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::future::poll_fn;
use core::net::{IpAddr, SocketAddr};
use core::sync::atomic::{AtomicU64, Ordering};
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;

use bytes::{Buf, Bytes, BytesMut};
use socket2::SockRef;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use trunkline_sans_io::{ConnectionId, DscpRule, FiveTuple, Transmit, Transport};

use super::connection::{Event, Origin, QueueRefusal, SendQueue, new_connection};
use super::connection_table::{By, ConnectionTable, Entry};
use super::udp::{LARGEST_DATAGRAM, SendRefusal, UdpListener};
use super::{dscp, listener};

/// Inputs that tasks may hand over before the user of the transports takes them.
const INPUT_QUEUE: usize = 256;
/// Failed sends that are remembered until the user asks for input. Past that they are left to the
/// timers of the transactions.
const FAILED_SENDS: usize = 1024;

/// An address to listen on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Listener {
    /// [`Transport::Udp`] or [`Transport::Tcp`].
    pub transport: Transport,
    /// The address and port. An unspecified address stands for all addresses of its family, port
    /// 0 for one that the operating system chooses.
    pub address: SocketAddr,
}

impl Listener {
    /// Listen for UDP on `address`.
    #[must_use]
    pub const fn udp(address: SocketAddr) -> Self {
        Self {
            transport: Transport::Udp,
            address,
        }
    }

    /// Listen for TCP on `address`.
    #[must_use]
    pub const fn tcp(address: SocketAddr) -> Self {
        Self {
            transport: Transport::Tcp,
            address,
        }
    }
}

/// The limits of [`Transports`], and how their packets are marked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransportsConfig {
    /// Connections at the same time, accepted and opened ones together. Past that a message that
    /// needs a new one fails. An eighth is kept for those that we open, so that strangers cannot
    /// keep us from calling: an accepted one that would take it is closed at once. Default: 4,096.
    pub max_connections: usize,
    /// A connection on which no byte moves for so long is closed. Machines close idle connections
    /// themselves, by what they know; this is the limit for those that do not. Default: 1 hour.
    pub idle_limit: Duration,
    /// How long opening a connection may take before what was to go over it fails. A refusal fails it at
    /// once. Default: 3 s, which on most systems means a second attempt after the first second.
    pub connect_timeout: Duration,
    /// Bytes that may wait for a slow peer, on each connection. When they are exceeded, the
    /// connection is closed. One message is always taken. Default: 1 MiB.
    pub send_queue: usize,
    /// Bytes that may come in on a connection without being consumed. When they are exceeded, the
    /// connection is closed. It should be more than the longest message that the machine accepts.
    /// Default: 256 KiB.
    pub unconsumed: usize,
    /// Datagrams that may wait on each UDP socket while the operating system takes no more. Past
    /// that they are dropped and counted. Default: 1,024.
    pub datagram_queue: usize,
    /// Bytes of receive buffer to ask for on each UDP socket; the operating system may grant less.
    /// Default: 1 MiB.
    pub receive_buffer: usize,
    /// How packets are marked (RFC 2474); the first row that fits counts, and where none does the field is
    /// left alone. Default: no row.
    ///
    /// A UDP socket, a TCP listener and the connections it accepts go by the port of the listener. A
    /// connection that we open goes by the port of the listener on whose behalf it is, and where no row has
    /// that, by the port it leads to: it leaves itself from a port that the system chose, which no row could
    /// name.
    ///
    /// A listener that cannot be marked is not bound. A connection that cannot be marked is used
    /// nevertheless.
    pub dscp: Vec<DscpRule>,
}

impl Default for TransportsConfig {
    fn default() -> Self {
        Self {
            max_connections: 4096,
            idle_limit: Duration::from_secs(3600),
            connect_timeout: Duration::from_secs(3),
            send_queue: 1024 * 1024,
            unconsumed: 256 * 1024,
            datagram_queue: 1024,
            receive_buffer: 1024 * 1024,
            dscp: Vec::new(),
        }
    }
}

/// What [`Transports`] have counted since they were bound.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct TransportsStatistics {
    /// Connections that were accepted.
    pub accepted: u64,
    /// Connections that were opened by us.
    pub opened: u64,
    /// Connections that were closed at once, or not opened, because there were too many.
    pub refused: u64,
    /// Connections that were closed because the peer did not read what was sent.
    pub slow_readers: u64,
    /// Connections that were closed because too many bytes stayed unconsumed.
    pub unconsumed: u64,
    /// Datagrams that were not sent because too many waited.
    pub datagrams_dropped: u64,
    /// Sends of which [`Input::SendFailed`] tells, or would if fewer had failed at once.
    pub failed_sends: u64,
}

/// What [`Transports::recv`] returns.
///
/// Each `Connected` is followed by exactly one `Disconnected` of the same connection, and `Bytes`
/// come only between the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input<'a> {
    /// A datagram has come in.
    Datagram {
        /// Its two ends; `local` is the address that received it.
        path: FiveTuple,
        /// What it holds.
        data: &'a [u8],
    },
    /// A connection is open, whoever opened it.
    Connected {
        /// The number that names it from now on.
        connection: ConnectionId,
        /// Its two ends. `local` is where this host listens, for a connection that we opened too:
        /// the port that such a one really leaves from takes no further connection, so that
        /// neither Via nor Contact may name it.
        path: FiveTuple,
    },
    /// More bytes have come in on a connection.
    Bytes {
        /// Which one.
        connection: ConnectionId,
        /// All bytes that were not yet given to [`Transports::consume`], old ones first.
        data: &'a [u8],
    },
    /// A connection is gone: ended by the peer, broken, idle for too long, over a limit, or closed
    /// by [`Transports::close`].
    Disconnected {
        /// Which one.
        connection: ConnectionId,
        /// Its two ends, where requests may be lost with it: what was sent along this path and is not
        /// answered will not be. `None` when another connection to the same peer carries them by now.
        lost: Option<FiveTuple>,
    },
    /// Messages given to [`Transports::send`] were not sent, or not in full. One input may stand
    /// for several messages with the same path.
    SendFailed {
        /// The path that was asked for.
        path: FiveTuple,
        /// The connection that was to carry them, if it was ever open.
        connection: Option<ConnectionId>,
    },
}

/// An [`Input`] before the bytes are borrowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Arrival {
    Datagram(FiveTuple, usize),
    Connected(ConnectionId, FiveTuple),
    Bytes(ConnectionId),
    Disconnected(ConnectionId, Option<FiveTuple>),
    SendFailed(FiveTuple, Option<ConnectionId>),
}

/// UDP sockets, TCP listeners and TCP connections behind one pair of calls.
///
/// Dropping it closes all sockets and ends all tasks; what was not written is lost, unless
/// [`Self::shutdown`] has waited for it.
///
/// ```
/// use trunkline_sip_core::tokio::{Input, Listener, Transports};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let loopback = "127.0.0.1:0".parse().unwrap();
/// let mut transports = Transports::bind(&[Listener::udp(loopback)])?;
/// let address = transports.local_addresses()[0].address;
///
/// let peer = std::net::UdpSocket::bind(loopback)?;
/// peer.send_to(b"\r\n\r\n", address)?;
/// let Input::Datagram { path, data } = transports.recv().await? else { unreachable!() };
/// assert_eq!((path.remote, data), (peer.local_addr()?, &b"\r\n\r\n"[..]));
/// # Ok::<(), std::io::Error>(()) })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Transports {
    config: TransportsConfig,
    runtime: Handle,
    bound: Vec<Listener>,
    udp: Vec<UdpListener>,
    connections: ConnectionTable,
    /// Free places for connections.
    places: Arc<Semaphore>,
    /// Counted by the accepting tasks.
    refused: Arc<AtomicU64>,
    events: mpsc::Receiver<Event>,
    /// For new tasks. It also keeps the channel open.
    event_sender: mpsc::Sender<Event>,
    /// What is to be returned before anything else.
    pending: VecDeque<Arrival>,
    /// Where to look first, so that no busy socket hides the others.
    turn: usize,
    /// The last datagram.
    datagram: Box<[u8]>,
    statistics: TransportsStatistics,
    /// The accepting tasks. They are aborted when this is dropped.
    listeners: JoinSet<()>,
    /// The tasks of the connections; likewise.
    tasks: JoinSet<()>,
}

impl Transports {
    /// Opens the listeners with the default limits. Call it inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// Those of the operating system, with the listener named: the address is in use, or not of this host.
    /// [`io::ErrorKind::Unsupported`] for a transport other than UDP and TCP, and another error outside of a tokio
    /// runtime.
    pub fn bind(listeners: &[Listener]) -> io::Result<Self> {
        Self::bind_with(listeners, TransportsConfig::default())
    }

    /// Opens the listeners. Call it inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// As [`Self::bind`].
    pub fn bind_with(listeners: &[Listener], config: TransportsConfig) -> io::Result<Self> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let (event_sender, events) = mpsc::channel(INPUT_QUEUE);
        let places = config.max_connections.min(Semaphore::MAX_PERMITS);
        let mut transports = Self {
            config,
            runtime,
            bound: Vec::with_capacity(listeners.len()),
            udp: Vec::new(),
            connections: ConnectionTable::default(),
            places: Arc::new(Semaphore::new(places)),
            refused: Arc::new(AtomicU64::new(0)),
            events,
            event_sender,
            pending: VecDeque::new(),
            turn: 0,
            datagram: vec![0; LARGEST_DATAGRAM].into_boxed_slice(),
            statistics: TransportsStatistics::default(),
            listeners: JoinSet::new(),
            tasks: JoinSet::new(),
        };
        for listener in listeners {
            transports.listen(*listener).map_err(|error| {
                let Listener { transport, address } = listener;
                io::Error::new(error.kind(), std::format!("{transport} {address}: {error}"))
            })?;
        }
        Ok(transports)
    }

    fn listen(&mut self, listener: Listener) -> io::Result<()> {
        let codepoint =
            |bound: SocketAddr| DscpRule::find(&self.config.dscp, listener.transport, bound.port());
        let address = match listener.transport {
            Transport::Udp => {
                let socket = UdpListener::bind(listener.address, self.config.receive_buffer)?;
                if let Some(codepoint) = codepoint(socket.bound()) {
                    socket.mark(codepoint)?;
                }
                let address = socket.bound();
                self.udp.push(socket);
                address
            }
            Transport::Tcp => {
                let socket = listener::listen(listener.address)?;
                let address = socket.local_addr()?;
                let codepoint = codepoint(address);
                if let Some(codepoint) = codepoint {
                    dscp::mark(SockRef::from(&socket), address, codepoint)?;
                }
                let accept = listener::accept(
                    socket,
                    self.event_sender.clone(),
                    Arc::clone(&self.places),
                    self.config.max_connections / 8,
                    Arc::clone(&self.refused),
                    codepoint,
                );
                self.listeners.spawn_on(accept, &self.runtime);
                address
            }
            _ => return Err(io::ErrorKind::Unsupported.into()),
        };
        self.bound.push(Listener {
            address,
            ..listener
        });
        Ok(())
    }

    /// The listeners in the order in which they were given, with the ports that were chosen.
    #[must_use]
    pub fn local_addresses(&self) -> &[Listener] {
        &self.bound
    }

    /// The counters.
    #[must_use]
    pub fn statistics(&self) -> TransportsStatistics {
        TransportsStatistics {
            refused: self.statistics.refused + self.refused.load(Ordering::Relaxed),
            ..self.statistics
        }
    }

    /// Waits for the next input, and meanwhile sends what the sockets did not take at once.
    ///
    /// Cancel-safe: when the future is dropped before it is ready, no input is lost. It is meant
    /// for `select!` in a loop.
    ///
    /// # Errors
    ///
    /// A UDP socket has failed many times in a row, so that nothing more can be expected of it.
    /// The other sockets go on, and the call may be repeated.
    pub async fn recv(&mut self) -> io::Result<Input<'_>> {
        // Nothing is awaited after an input was taken: that is what makes it cancel-safe.
        let arrival = poll_fn(|cx| self.poll_arrival(cx)).await?;
        Ok(match arrival {
            Arrival::Datagram(path, len) => Input::Datagram {
                path,
                data: self.datagram.get(..len).unwrap_or_default(),
            },
            Arrival::Bytes(connection) => Input::Bytes {
                connection,
                data: self.unconsumed(connection),
            },
            Arrival::Connected(connection, path) => Input::Connected { connection, path },
            Arrival::Disconnected(connection, lost) => Input::Disconnected { connection, lost },
            Arrival::SendFailed(path, connection) => Input::SendFailed { path, connection },
        })
    }

    /// The two ends of a connection as [`Input::Connected`] told them, while it is open.
    #[must_use]
    pub fn path(&self, connection: ConnectionId) -> Option<FiveTuple> {
        let entry = self.connections.get(connection)?;
        entry.open.then_some(entry.path)
    }

    /// The bytes of a connection that are not consumed yet.
    #[must_use]
    pub fn unconsumed(&self, connection: ConnectionId) -> &[u8] {
        let entry = self.connections.get(connection);
        entry.map_or(&[], |entry| &entry.unconsumed)
    }

    /// Forgets the first `count` unconsumed bytes of a connection.
    pub fn consume(&mut self, connection: ConnectionId, count: usize) {
        if let Some(entry) = self.connections.get_mut(connection) {
            if count >= entry.unconsumed.len() {
                // Let the memory go: most connections have nothing unconsumed most of the time.
                entry.unconsumed = BytesMut::new();
            } else {
                entry.unconsumed.advance(count);
            }
        }
    }

    /// Sends `data`, the whole of it, where `transmit` says. Never blocks.
    ///
    /// A datagram goes out from the listener that suits `path.local`. Over TCP the message uses
    /// the connection that is named if it lives, else one that was opened or accepted with exactly
    /// the remote address of `path` (and the local IP address, if specified), else a new one from
    /// that local IP address. If it cannot be sent, [`Input::SendFailed`] tells so later.
    pub fn send(&mut self, transmit: Transmit, data: Bytes) {
        match transmit.path.transport {
            Transport::Udp => self.send_datagram(transmit.path, data),
            Transport::Tcp => self.send_message(transmit.path, transmit.connection, data),
            _ => self.fail(transmit.path, transmit.connection),
        }
    }

    /// Closes a connection after writing what is queued; [`Input::Disconnected`] follows at once.
    /// Bytes that come in meanwhile are thrown away.
    pub fn close(&mut self, connection: ConnectionId) {
        // Dropping its queue is what ends the task.
        self.forget(connection);
    }

    /// Takes a connection out of the table and, if the user knows of it, tells its end.
    fn forget(&mut self, connection: ConnectionId) -> Option<SendQueue> {
        let Entry {
            path, open, queue, ..
        } = self.connections.remove(connection)?;
        if open {
            // What found the connection dead has gone over a new one.
            let lost = self.connections.select(path, None).is_none();
            let ended = Arrival::Disconnected(connection, lost.then_some(path));
            self.pending.push_back(ended);
        }
        Some(queue)
    }

    /// Closes everything, but writes first what is queued on the connections. Peers that do not
    /// read are given 5 seconds.
    pub async fn shutdown(mut self) {
        self.listeners.shutdown().await;
        // Dropping their queues is what ends the tasks.
        self.connections = ConnectionTable::default();
        while !self.tasks.is_empty() {
            tokio::select! {
                _ = self.tasks.join_next() => {}
                // Nobody wants it any more, but a task must not wait for room.
                _ = self.events.recv() => {}
            }
        }
    }

    fn send_datagram(&mut self, path: FiveTuple, data: Bytes) {
        let suitable = self
            .udp
            .iter_mut()
            .filter_map(|udp| Some((udp.suitability(path.local, path.remote)?, udp)))
            // The first of equals.
            .rev()
            .max_by_key(|(suitability, _)| *suitability);
        let sent = match suitable {
            Some((_, udp)) => udp.send(path, data, self.config.datagram_queue),
            None => Err(SendRefusal::Failed),
        };
        match sent {
            Ok(()) => {}
            Err(SendRefusal::Failed) => self.fail(path, None),
            Err(SendRefusal::QueueFull) => self.statistics.datagrams_dropped += 1,
        }
    }

    fn send_message(&mut self, path: FiveTuple, named: Option<ConnectionId>, mut data: Bytes) {
        while let Some(id) = self.connections.select(path, named) {
            let Some(entry) = self.connections.get_mut(id) else {
                break;
            };
            match entry.queue.push(path, data, self.config.send_queue) {
                Ok(()) => return,
                Err(QueueRefusal::Ended(back)) => {
                    // Its last bytes and its end are still to be told.
                    entry.ended = true;
                    if entry.accepted && named == Some(id) && entry.path.remote == path.remote {
                        // The peer has left, and nobody listens where it came from. Whoever asks a
                        // question and runs away must not make us connect to anything.
                        self.fail(path, Some(id));
                        return;
                    }
                    data = back;
                }
                Err(QueueRefusal::Full) => {
                    self.statistics.slow_readers += 1;
                    let connection = entry.open.then_some(id);
                    self.fail(path, connection);
                    self.stop(id);
                    return;
                }
            }
        }
        self.open(path, data);
    }

    fn open(&mut self, path: FiveTuple, data: Bytes) {
        let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() else {
            self.statistics.refused += 1;
            self.fail(path, None);
            return;
        };
        let origin = Origin::Open {
            from: path.local,
            to: path.remote,
            codepoint: self.codepoint(path),
        };
        let (id, queue) = self.start(origin, permit);
        // It is empty and its task lives.
        let _ = queue.push(path, data, self.config.send_queue);
        self.connections.insert(id, path, By::Us, queue);
    }

    /// Starts the task of a new connection.
    fn start(&mut self, origin: Origin, permit: OwnedSemaphorePermit) -> (ConnectionId, SendQueue) {
        let id = self.connections.next_id();
        let events = self.event_sender.clone();
        let (queue, worker) = new_connection(id, &self.config, events, permit);
        self.tasks.spawn_on(worker.run(origin), &self.runtime);
        (id, queue)
    }

    /// Ends a connection at once.
    fn stop(&mut self, connection: ConnectionId) {
        if let Some(queue) = self.forget(connection) {
            queue.stop();
        }
    }

    fn fail(&mut self, path: FiveTuple, connection: Option<ConnectionId>) {
        self.statistics.failed_sends += 1;
        let failed = Arrival::SendFailed(path, connection);
        if self.pending.len() < FAILED_SENDS && self.pending.back() != Some(&failed) {
            self.pending.push_back(failed);
        }
    }

    fn poll_arrival(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Arrival>> {
        for udp in &mut self.udp {
            if let Poll::Ready(path) = udp.poll_flush(cx) {
                self.statistics.failed_sends += 1;
                return Poll::Ready(Ok(Arrival::SendFailed(path, None)));
            }
        }
        if let Some(arrival) = self.pending.pop_front() {
            return Poll::Ready(Ok(arrival));
        }
        // Each UDP socket, and all the tasks together, have their turn.
        let sources = self.udp.len() + 1;
        for step in 0..sources {
            let source = (self.turn + step) % sources;
            let arrival = match self.udp.get_mut(source) {
                Some(udp) => udp
                    .poll_receive(cx, &mut self.datagram)
                    .map_ok(|(path, len)| Arrival::Datagram(path, len)),
                None => self.poll_tasks(cx).map(Ok),
            };
            if arrival.is_ready() {
                self.turn = source + 1;
                return arrival;
            }
        }
        Poll::Pending
    }

    fn poll_tasks(&mut self, cx: &mut Context<'_>) -> Poll<Arrival> {
        loop {
            match ready!(self.events.poll_recv(cx)) {
                Some(event) => {
                    if let Some(arrival) = self.apply(event) {
                        return Poll::Ready(arrival);
                    }
                }
                // Never: we hold a sender ourselves.
                None => return Poll::Pending,
            }
        }
    }

    /// How a connection that we open is marked.
    fn codepoint(&self, path: FiveTuple) -> Option<u8> {
        let find = |port| DscpRule::find(&self.config.dscp, Transport::Tcp, port);
        let local = self.listening_address(path.local, path.local);
        find(local.port()).or_else(|| find(path.remote.port()))
    }

    /// Where peers reach us by TCP at the IP address of `local`, from which a connection was opened
    /// that was to leave from `asked`.
    fn listening_address(&self, mut local: SocketAddr, asked: SocketAddr) -> SocketAddr {
        let hears =
            |ip: IpAddr| ip == local.ip() || ip.is_unspecified() && ip.is_ipv4() == local.is_ipv4();
        let ports = self.bound.iter().filter_map(|listener| {
            let is_tcp = listener.transport == Transport::Tcp;
            (is_tcp && hears(listener.address.ip())).then_some(listener.address.port())
        });
        let port = ports
            .clone()
            .find(|&port| port == asked.port())
            .or_else(|| ports.min())
            .or_else(|| Some(asked.port()).filter(|&port| port != 0));
        if let Some(port) = port {
            local.set_port(port);
        }
        local
    }

    /// What an event of a task means to the user, if anything.
    fn apply(&mut self, event: Event) -> Option<Arrival> {
        match event {
            Event::Accepted {
                stream,
                path,
                permit,
            } => {
                let (id, queue) = self.start(Origin::Accepted(stream), permit);
                self.connections.insert(id, path, By::Peer, queue);
                self.statistics.accepted += 1;
                Some(Arrival::Connected(id, path))
            }
            Event::Opened { connection, local } => {
                let asked = self.connections.get(connection)?.path;
                let local = self.listening_address(local, asked.local);
                let path = FiveTuple { local, ..asked };
                let entry = self.connections.get_mut(connection)?;
                entry.path = path;
                entry.open = true;
                self.statistics.opened += 1;
                Some(Arrival::Connected(connection, path))
            }
            Event::Bytes { connection, data } => {
                let entry = self.connections.get_mut(connection)?;
                if entry.unconsumed.is_empty() {
                    entry.unconsumed = data;
                } else {
                    entry.unconsumed.extend_from_slice(&data);
                }
                if entry.unconsumed.len() <= self.config.unconsumed {
                    return Some(Arrival::Bytes(connection));
                }
                self.statistics.unconsumed += 1;
                self.stop(connection);
                self.pending.pop_front()
            }
            Event::Closed { connection, unsent } => {
                // Tasks that have ended are to be forgotten; this one may follow next time.
                while self.tasks.try_join_next().is_some() {}
                let open = self.connections.get(connection).map(|entry| entry.open);
                for path in unsent {
                    self.fail(path, (open != Some(false)).then_some(connection));
                }
                self.forget(connection);
                self.pending.pop_front()
            }
        }
    }
}

impl fmt::Debug for Transports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transports")
            .field("bound", &self.bound)
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
