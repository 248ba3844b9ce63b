//! A machine on its sockets.

use alloc::boxed::Box;
use core::fmt;
use core::pin::Pin;
use std::io;

use bytes::Bytes;
use tokio::time::{Sleep, sleep_until};
use trunkline_sans_io::{Clock, ConnectionId, FiveTuple, Instant, Transmit};

use super::{Input, Listener, Transports, TransportsConfig};
use crate::{LayerEvent, TransactionLayer, UserAgent, UserAgentEvent};

/// A machine that an [`Endpoint`] runs: [`TransactionLayer`] or [`UserAgent`].
///
/// The methods are the verbs of those types, told there. The trait is sealed: it exists so that
/// the endpoint is written once, and may gain methods.
pub trait Machine: sealed::Sealed {
    /// What the machine tells its user.
    type Event;

    /// Takes a datagram. What is not for the machine is thrown away.
    fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]);
    /// Learns of a connection, whoever opened it.
    fn handle_connected(&mut self, now: Instant, connection: ConnectionId, path: FiveTuple);
    /// Takes the unconsumed bytes of a connection and returns how many it has consumed.
    fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize;
    /// Learns that a connection is gone.
    fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId);
    /// Learns that something was not sent.
    fn handle_send_failed(
        &mut self,
        now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    );
    /// Does what is due.
    fn handle_timeout(&mut self, now: Instant);
    /// The next message to send.
    fn poll_transmit_bytes(&mut self, now: Instant) -> Option<(Transmit, Bytes)>;
    /// The next thing to tell.
    fn poll_event(&mut self) -> Option<Self::Event>;
    /// When [`Self::handle_timeout`] is due.
    fn poll_timeout(&self) -> Option<Instant>;
    /// The next connection to close.
    fn poll_close(&mut self) -> Option<ConnectionId>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! machine {
    ($machine:ty, $event:ty) => {
        impl sealed::Sealed for $machine {}

        impl Machine for $machine {
            type Event = $event;

            fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]) {
                // There is nobody else to offer it to.
                let _ = Self::handle_datagram(self, now, path, data);
            }

            fn handle_connected(
                &mut self,
                now: Instant,
                connection: ConnectionId,
                path: FiveTuple,
            ) {
                Self::handle_connected(self, now, connection, path);
            }

            fn handle_bytes(
                &mut self,
                now: Instant,
                connection: ConnectionId,
                data: &[u8],
            ) -> usize {
                Self::handle_bytes(self, now, connection, data)
            }

            fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId) {
                Self::handle_disconnected(self, now, connection);
            }

            fn handle_send_failed(
                &mut self,
                now: Instant,
                path: FiveTuple,
                connection: Option<ConnectionId>,
            ) {
                Self::handle_send_failed(self, now, path, connection);
            }

            fn handle_timeout(&mut self, now: Instant) {
                Self::handle_timeout(self, now);
            }

            fn poll_transmit_bytes(&mut self, now: Instant) -> Option<(Transmit, Bytes)> {
                Self::poll_transmit_bytes(self, now)
            }

            fn poll_event(&mut self) -> Option<Self::Event> {
                Self::poll_event(self)
            }

            fn poll_timeout(&self) -> Option<Instant> {
                Self::poll_timeout(self)
            }

            fn poll_close(&mut self) -> Option<ConnectionId> {
                Self::poll_close(self)
            }
        }
    };
}

machine!(TransactionLayer, LayerEvent);
machine!(UserAgent, UserAgentEvent);

/// What goes over the sockets of an [`Endpoint`], for ladders and captures.
#[derive(Clone, Copy, Debug)]
pub enum Traffic<'a> {
    /// A datagram that arrived, or bytes of a stream that the machine has consumed: one message,
    /// or several, or a keep-alive.
    Received {
        /// Its two ends.
        path: FiveTuple,
        /// The datagram or the bytes.
        data: &'a [u8],
    },
    /// A message that the machine wants sent.
    Sent {
        /// Its two ends, as the machine wants them: over a stream another local port may be used.
        path: FiveTuple,
        /// The message.
        data: &'a [u8],
    },
}

/// Sees the traffic of an endpoint.
type Observer = Box<dyn FnMut(Instant, Traffic<'_>) + Send>;

/// A machine, the sockets it speaks over, and the clock it lives by. The machine is a [`UserAgent`] for programs
/// that take or make calls, and a [`TransactionLayer`] for those that deal in single requests.
///
/// What works over the user agent without being one, [`CallRouter`](crate::CallRouter),
/// [`BackToBack`](crate::BackToBack) and [`TrunkGroup`](crate::TrunkGroup), stays with the program: each event
/// goes on into it, and its timer stands beside [`Self::event`], which is cancel-safe:
///
/// ```no_run
/// # use core::time::Duration;
/// # use trunkline_sip_core::{CallRouter, UnchangedBodies, UserAgent};
/// # async fn run(
/// #     endpoint: &mut trunkline_sip_core::tokio::Endpoint<UserAgent>,
/// #     router: &mut CallRouter<UnchangedBodies>,
/// # ) -> std::io::Result<()> {
/// let clock = endpoint.clock();
/// let due = router.poll_timeout().unwrap_or(clock.now() + Duration::from_secs(3_600));
/// tokio::select! {
///     event = endpoint.event() => {
///         router.handle_event(clock.now(), event?, endpoint.machine_mut());
///     }
///     () = tokio::time::sleep_until(clock.to_std(due).into()) => {
///         router.handle_timeout(clock.now(), endpoint.machine_mut());
///     }
/// }
/// // And now `router.poll_event()`, until there is none.
/// # Ok(())
/// # }
/// ```
///
/// The example `b2bua` is such a program. The program owns it, calls [`Self::event`] in a loop, and acts on the machine in between
/// through [`Self::machine_mut`]. What the machine wants sent goes out with the next call of
/// [`Self::event`] or [`Self::flush`].
///
/// Dropping it closes all sockets and ends all tasks; [`Self::shutdown`] first lets queued messages
/// go out.
///
/// ```no_run
/// use trunkline_sip_core::tokio::{Endpoint, Listener};
/// use trunkline_sip_core::{StatusCode, UserAgent, UserAgentConfig, UserAgentEvent};
///
/// # async fn always_busy(seed: [u8; 32]) -> Result<(), Box<dyn std::error::Error>> {
/// let here = "192.0.2.1:5060".parse()?;
/// let agent = UserAgent::new(UserAgentConfig::default(), seed);
/// let mut endpoint = Endpoint::bind(agent, &[Listener::udp(here), Listener::tcp(here)])?;
/// loop {
///     let event = endpoint.event().await?;
///     let now = endpoint.now();
///     let agent = endpoint.machine_mut();
///     let done = match event {
///         UserAgentEvent::Invited { usage, .. } => {
///             agent.reject(now, usage, StatusCode::BUSY_HERE, "", &[])
///         }
///         UserAgentEvent::Request { transaction, .. } => {
///             agent.respond(now, transaction, StatusCode::OK, "", &[], None)
///         }
///         _ => Ok(()),
///     };
///     // What one call cannot have is no reason to end the others.
///     if let Err(error) = done {
///         eprintln!("{error}");
///     }
/// }
/// # }
/// ```
pub struct Endpoint<M> {
    machine: M,
    transports: Transports,
    clock: Clock,
    observer: Option<Observer>,
    /// The timer and the instant for which it is armed.
    timer: Pin<Box<Sleep>>,
    armed: Option<Instant>,
}

impl<M: fmt::Debug> fmt::Debug for Endpoint<M> {
    /// Without the observer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("machine", &self.machine)
            .field("transports", &self.transports)
            .finish_non_exhaustive()
    }
}

impl<M: Machine> Endpoint<M> {
    /// Puts `machine` on the sockets of `listeners`, with default limits. Call it inside a tokio
    /// runtime.
    ///
    /// # Errors
    ///
    /// Those of [`Transports::bind`].
    pub fn bind(machine: M, listeners: &[Listener]) -> io::Result<Self> {
        Self::bind_with(machine, listeners, TransportsConfig::default())
    }

    /// As [`Self::bind`], with limits.
    ///
    /// # Errors
    ///
    /// Those of [`Transports::bind`].
    pub fn bind_with(
        machine: M,
        listeners: &[Listener],
        config: TransportsConfig,
    ) -> io::Result<Self> {
        let transports = Transports::bind_with(listeners, config)?;
        let clock = Clock::new();
        Ok(Self {
            machine,
            transports,
            timer: Box::pin(sleep_until(clock.to_std(Instant::ORIGIN).into())),
            armed: None,
            clock,
            observer: None,
        })
    }

    /// Lives by `clock` instead of one of its own, so that instants compare with those of other
    /// endpoints. Call it before anything else: instants that the machine was already given do
    /// not change.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self.armed = None;
        self
    }

    /// Shows all traffic to `observer` from now on. The observer must not block.
    pub fn observe(&mut self, observer: impl FnMut(Instant, Traffic<'_>) + Send + 'static) {
        self.observer = Some(Box::new(observer));
    }

    /// The present moment, for the verbs of the machine.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The clock it lives by, a copy of which goes where the endpoint is borrowed: into the other branches of a
    /// `select!` for instance.
    #[must_use]
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// The machine.
    #[must_use]
    pub const fn machine(&self) -> &M {
        &self.machine
    }

    /// The machine, to act on. What it then wants sent goes out with the next [`Self::event`] or
    /// [`Self::flush`].
    #[must_use]
    pub const fn machine_mut(&mut self) -> &mut M {
        &mut self.machine
    }

    /// The sockets.
    #[must_use]
    pub const fn transports(&self) -> &Transports {
        &self.transports
    }

    /// The listeners in the order in which they were given, with the ports that were chosen.
    #[must_use]
    pub fn local_addresses(&self) -> &[Listener] {
        self.transports.local_addresses()
    }

    /// Hands everything that the machine wants sent to the sockets, and closes the connections
    /// that it wants closed. Never blocks.
    pub fn flush(&mut self) {
        let now = self.now();
        while let Some((transmit, data)) = self.machine.poll_transmit_bytes(now) {
            if let Some(observer) = &mut self.observer {
                let path = transmit.path;
                observer(now, Traffic::Sent { path, data: &data });
            }
            self.transports.send(transmit, data);
        }
        while let Some(connection) = self.machine.poll_close() {
            self.transports.close(connection);
        }
    }

    /// Sends what there is to send, and closes everything once it is written. Nothing is answered
    /// or repeated any more: end calls first, and wait for their end.
    pub async fn shutdown(mut self) {
        self.flush();
        self.transports.shutdown().await;
    }

    /// Runs the machine until it has something to tell.
    ///
    /// Cancel-safe: when the future is dropped before it is ready, neither input nor an event is
    /// lost, so it may stand in a `select!` in a loop. The machine only lives while this is
    /// awaited: call it again soon.
    ///
    /// # Errors
    ///
    /// Those of [`Transports::recv`]. The endpoint goes on working, and the call may be repeated.
    pub async fn event(&mut self) -> io::Result<M::Event> {
        loop {
            self.flush();
            if let Some(event) = self.machine.poll_event() {
                return Ok(event);
            }
            self.arm();
            // Nothing is awaited after an input was taken, see `Transports::recv`.
            tokio::select! {
                input = self.transports.recv() => {
                    let now = self.clock.now();
                    match input? {
                        Input::Datagram { path, data } => {
                            if let Some(observer) = &mut self.observer {
                                observer(now, Traffic::Received { path, data });
                            }
                            self.machine.handle_datagram(now, path, data);
                        }
                        Input::Connected { connection, path } => {
                            self.machine.handle_connected(now, connection, path);
                        }
                        Input::Bytes { connection, .. } => self.offer(now, connection),
                        Input::Disconnected { connection, lost } => {
                            if let Some(path) = lost {
                                self.machine.handle_send_failed(now, path, Some(connection));
                            }
                            self.machine.handle_disconnected(now, connection);
                        }
                        Input::SendFailed { path, connection } => {
                            self.machine.handle_send_failed(now, path, connection);
                        }
                    }
                }
                () = self.timer.as_mut(), if self.armed.is_some() => {
                    self.armed = None;
                    self.machine.handle_timeout(self.clock.now());
                }
            }
        }
    }

    /// Offers the unconsumed bytes of a connection until the machine takes no more.
    fn offer(&mut self, now: Instant, connection: ConnectionId) {
        loop {
            let data = self.transports.unconsumed(connection);
            if data.is_empty() {
                return;
            }
            let consumed = self.machine.handle_bytes(now, connection, data);
            if consumed == 0 {
                return;
            }
            let path = self.transports.path(connection);
            if let (Some(observer), Some(path)) = (&mut self.observer, path) {
                let data = data.get(..consumed).unwrap_or(data);
                observer(now, Traffic::Received { path, data });
            }
            self.transports.consume(connection, consumed);
        }
    }

    /// Sets the timer to the next deadline of the machine.
    fn arm(&mut self) {
        let due = self.machine.poll_timeout();
        if let Some(due) = due.filter(|_| due != self.armed) {
            self.timer.as_mut().reset(self.clock.to_std(due).into());
        }
        self.armed = due;
    }
}
