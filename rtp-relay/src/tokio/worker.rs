//! One task with many sockets.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::boxed::Box;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::vec;
use std::vec::Vec;

use ::tokio::io::Interest;
use ::tokio::io::unix::AsyncFd;
use ::tokio::sync::mpsc;
use ::tokio::task::yield_now;
use ::tokio::time::sleep_until;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use trunkline_sans_io::{Clock, DscpRule, Instant, Key};

use super::handle::{Allocated, SessionEvent, SessionId};
use super::sockets::{LegSockets, bind_error};
use super::{DriverConfig, RelayError};
use crate::machines::{
    Component, InterfaceId, Leg, LegAddresses, PortId, Relay, RelayReservation, RelayVerdict,
    SessionConfig, SessionStatistics, UnknownSession,
};

/// Sockets that one look at epoll tells of. Each gives one packet before the next look, so that
/// none keeps the others waiting.
const EVENTS: usize = 64;
/// Looks at epoll before commands and timers get their turn.
const ROUNDS: usize = 16;
/// Packets of one socket that still go on when their session ends.
const LAST_PACKETS: usize = 64;
/// Pairs of ports that are tried before giving up; those in use by others rest afterwards.
const BIND_ATTEMPTS: usize = 64;
/// The longest datagram.
const BUFFER: usize = 65_535;

/// Something the handle wants done.
pub(super) type Command = Box<dyn FnOnce(&mut WorkerState) + Send>;

/// What a command may work on.
#[derive(Debug)]
pub(super) struct WorkerState {
    pub(super) relay: Relay,
    /// By the place of the session.
    sockets: Vec<Option<[LegSockets; 2]>>,
    epoll: Arc<AsyncFd<OwnedFd>>,
    buffer: Vec<u8>,
    clock: Clock,
    index: usize,
    connect_sockets: bool,
    dscp: Vec<DscpRule>,
    /// Sessions, for the handle to choose the worker with the fewest.
    load: Arc<AtomicUsize>,
}

#[derive(Debug)]
pub(super) struct Worker {
    state: WorkerState,
    epoll: Arc<AsyncFd<OwnedFd>>,
    commands: mpsc::Receiver<Command>,
    /// Sessions that were created for a caller who had gone by then.
    abandoned: mpsc::UnboundedReceiver<Key>,
    events: mpsc::Sender<SessionEvent>,
}

impl Worker {
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts are made by the handle, which keeps the other ends"
    )]
    pub(super) fn new(
        index: usize,
        config: &DriverConfig,
        relay: Relay,
        clock: Clock,
        load: Arc<AtomicUsize>,
        commands: mpsc::Receiver<Command>,
        abandoned: mpsc::UnboundedReceiver<Key>,
        events: mpsc::Sender<SessionEvent>,
    ) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        #[allow(
            deprecated,
            reason = "the successor is unsafe, for types that could change their descriptor; \
                      an `OwnedFd` cannot"
        )]
        let epoll = AsyncFd::with_interest(epoll, Interest::READABLE)?;
        let epoll = Arc::new(epoll);
        Ok(Self {
            state: WorkerState {
                relay,
                sockets: Vec::new(),
                epoll: Arc::clone(&epoll),
                buffer: vec![0; BUFFER],
                clock,
                index,
                connect_sockets: config.connect_sockets,
                dscp: config.dscp.clone(),
                load,
            },
            epoll,
            commands,
            abandoned,
            events,
        })
    }

    /// Runs until no handle is left. Every wait can be given up without losing anything.
    pub(super) async fn run(mut self) {
        loop {
            let deadline = self.state.relay.poll_timeout();
            let has_event = self.state.relay.has_event();
            ::tokio::select! {
                command = self.commands.recv() => match command {
                    Some(command) => command(&mut self.state),
                    None => return,
                },
                Some(session) = self.abandoned.recv() => {
                    // An unknown one cannot come, and would not matter.
                    let _ = self.state.remove(session);
                }
                ready = self.epoll.readable() => match ready {
                    Ok(mut ready) => {
                        // While packets are left the readiness stays, and its turn comes again
                        // after those of other tasks, such as signalling, on this thread.
                        if self.state.receive() {
                            drop(ready);
                            yield_now().await;
                        } else {
                            ready.clear_ready();
                        }
                    }
                    // The runtime is shutting down.
                    Err(_) => return,
                },
                () = sleep(self.state.clock, deadline) => {
                    let now = self.state.clock.now();
                    self.state.relay.handle_timeout(now);
                }
                permit = self.events.reserve(), if has_event => {
                    let event = self.state.poll_event();
                    if let (Ok(permit), Some(event)) = (permit, event) {
                        permit.send(event);
                    }
                }
            }
        }
    }
}

/// Waits for a deadline, for ever if there is none.
async fn sleep(clock: Clock, deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(clock.to_std(deadline).into()).await,
        None => core::future::pending().await,
    }
}

impl WorkerState {
    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Forwards what has arrived, up to a bound. Says whether there may be more.
    fn receive(&mut self) -> bool {
        let mut events = [const { MaybeUninit::uninit() }; EVENTS];
        for _ in 0..ROUNDS {
            let at_once = Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            let ready = match epoll::wait(self.epoll.get_ref(), &mut events[..], Some(&at_once)) {
                Ok((ready, _)) => ready,
                Err(Errno::INTR) => continue,
                Err(_) => return false,
            };
            if ready.is_empty() {
                return false;
            }
            for event in ready {
                let _ = self.receive_one(PortId::from_bits(event.data.u64()));
            }
        }
        true
    }

    /// Forwards the next packet of a socket. Says whether there was one.
    fn receive_one(&mut self, port: PortId) -> bool {
        let Some(Some(legs)) = self.sockets.get_mut(port.session().index()) else {
            return false;
        };
        let socket = legs[port.leg().index()].component_mut(port.component());
        // An error is of an earlier packet, and gone with this call.
        let Ok((len, source)) = socket.socket.recv_from(&mut self.buffer) else {
            return false;
        };
        let now = self.clock.now();
        let packet = self.buffer.get_mut(..len).unwrap_or_default();
        let verdict = self.relay.handle_packet(now, port, source, packet);
        if self.connect_sockets && !socket.is_connected() {
            let session = self.relay.session(port.session());
            let is_final = session.is_some_and(|session| {
                let (latch, component) = (session.latch(port.leg()), port.component());
                latch.source(component) == Some(source) && latch.is_settled(now, component)
            });
            if is_final {
                socket.connect(source);
            }
        }
        if let RelayVerdict::Forward {
            port,
            destination,
            len,
        } = verdict
        {
            let socket = legs[port.leg().index()].component(port.component());
            let packet = self.buffer.get(..len).unwrap_or_default();
            if !socket.send(packet, destination) {
                self.relay.handle_unsent(port);
            }
        }
        true
    }

    fn poll_event(&mut self) -> Option<SessionEvent> {
        let (key, event) = self.relay.poll_event()?;
        Some(SessionEvent {
            session: SessionId::new(self.index, key),
            event,
        })
    }

    pub(super) fn create(
        &mut self,
        [a, b]: [InterfaceId; 2],
        config: SessionConfig,
    ) -> Result<Allocated, RelayError> {
        let (reserved_a, sockets_a) = self.bind(a)?;
        let (reserved_b, sockets_b) = match self.bind(b) {
            Ok(bound) => bound,
            Err(error) => {
                self.relay.cancel(reserved_a);
                return Err(error);
            }
        };
        let legs = [reserved_a.addresses(), reserved_b.addresses()];
        let now = self.now();
        let key = self.relay.create(now, config, [reserved_a, reserved_b])?;
        let sockets = [sockets_a, sockets_b];
        if let Err(error) = self.watch(key, &sockets) {
            // The session is there, or it could not have been watched.
            let _ = self.relay.remove(now, key);
            return Err(bind_error(&error));
        }
        let place = key.index();
        if self.sockets.len() <= place {
            self.sockets.resize_with(place + 1, || None);
        }
        self.sockets[place] = Some(sockets);
        self.tell_load();
        Ok(Allocated {
            session: SessionId::new(self.index, key),
            legs,
        })
    }

    /// Reserves a pair of ports and binds it, moving on when somebody else has one of them.
    fn bind(
        &mut self,
        interface: InterfaceId,
    ) -> Result<(RelayReservation, LegSockets), RelayError> {
        for _ in 0..BIND_ATTEMPTS {
            let now = self.now();
            let reservation = self.relay.reserve(now, interface)?;
            let addresses: LegAddresses = reservation.addresses();
            match LegSockets::bind(addresses, &self.dscp) {
                Ok(sockets) => return Ok((reservation, sockets)),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    self.relay.reject(now, reservation);
                }
                Err(error) => {
                    self.relay.cancel(reservation);
                    return Err(bind_error(&error));
                }
            }
        }
        Err(RelayError::PortsExhausted)
    }

    fn watch(&self, key: Key, sockets: &[LegSockets; 2]) -> io::Result<()> {
        for leg in Leg::BOTH {
            for component in Component::BOTH {
                let data = PortId::new(key, leg, component).to_bits();
                epoll::add(
                    self.epoll.get_ref(),
                    &sockets[leg.index()].component(component).socket,
                    epoll::EventData::new_u64(data),
                    epoll::EventFlags::IN,
                )?;
            }
        }
        Ok(())
    }

    /// What has arrived before goes on first: BYE may overtake the last packets.
    pub(super) fn remove(&mut self, session: Key) -> Result<SessionStatistics, UnknownSession> {
        for leg in Leg::BOTH {
            for component in Component::BOTH {
                let port = PortId::new(session, leg, component);
                let mut left = LAST_PACKETS;
                // Another session may have the place of one that is gone.
                while left > 0 && self.relay.session(session).is_some() && self.receive_one(port) {
                    left -= 1;
                }
            }
        }
        let statistics = self.relay.remove(self.now(), session)?;
        if let Some(sockets) = self.sockets.get_mut(session.index()) {
            // Closing them also takes them out of epoll.
            *sockets = None;
        }
        self.tell_load();
        Ok(statistics)
    }

    /// Signalling has changed whom a leg hears: its sockets must not filter for the old peer.
    pub(super) fn disconnect(&mut self, session: Key, leg: Leg) {
        if let Some(Some(legs)) = self.sockets.get_mut(session.index()) {
            legs[leg.index()].disconnect();
        }
    }

    fn tell_load(&self) {
        let sessions = self.relay.totals().sessions;
        self.load.store(sessions, Ordering::Relaxed);
    }
}
