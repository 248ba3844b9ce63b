//! What callers hold of the driver.

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::boxed::Box;
use std::sync::Arc;
use std::vec::Vec;

use ::tokio::runtime;
use ::tokio::sync::{mpsc, oneshot};
use trunkline_sans_io::{Clock, Key};

use super::worker::{Command, Worker, WorkerState};
use super::{DriverConfig, RelayError, SpawnError};
use crate::machines::{
    Direction, Event, InterfaceId, Leg, LegAddresses, LegUpdate, PayloadMap, Relay, RelayConfig,
    RelayStatistics, RemoteMedia, SessionConfig, SessionStatistics, UnknownSession,
};

/// Commands that may wait for a worker.
const COMMANDS: usize = 256;
/// Events that may wait for the program.
const EVENTS: usize = 1024;

/// Names a session of the driver, for as long as the driver lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SessionId {
    worker: usize,
    key: Key,
}

impl SessionId {
    pub(super) const fn new(worker: usize, key: Key) -> Self {
        Self { worker, key }
    }
}

impl fmt::Display for SessionId {
    /// Worker and key, for logs: `0-1a`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:x}", self.worker, self.key.to_bits())
    }
}

/// A new session and its local addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allocated {
    /// The session.
    pub session: SessionId,
    /// Where leg A and leg B receive media: what to put into the SDP for their peers.
    pub legs: [LegAddresses; 2],
}

impl Allocated {
    /// The local addresses of a leg.
    #[must_use]
    pub const fn leg(&self, leg: Leg) -> LegAddresses {
        self.legs[leg.index()]
    }
}

/// What happened, and in which session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SessionEvent {
    /// The session; it may be gone by now.
    pub session: SessionId,
    /// What happened.
    pub event: Event,
}

#[derive(Clone, Debug)]
struct WorkerHandle {
    commands: mpsc::Sender<Command>,
    abandoned: mpsc::UnboundedSender<Key>,
    load: Arc<AtomicUsize>,
}

/// A session on its way to the caller who asked for it. When that caller has gone, it is removed.
struct Unclaimed {
    allocated: Option<Allocated>,
    abandoned: mpsc::UnboundedSender<Key>,
}

impl Unclaimed {
    const fn claim(&mut self) -> Option<Allocated> {
        self.allocated.take()
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if let Some(allocated) = self.allocated {
            // Without a worker there is no session either.
            let _ = self.abandoned.send(allocated.session.key);
        }
    }
}

/// Controls the driver. Clones control the same one; when the last is dropped, the workers end
/// and all sessions with them.
///
/// Every method waits for the worker's answer. One that is given up before may have had its
/// effect or not, with one exception: a session that [`RelayHandle::create`] could not hand over
/// any more is removed.
#[derive(Clone, Debug)]
pub struct RelayHandle {
    workers: Arc<[WorkerHandle]>,
}

impl RelayHandle {
    /// Starts the workers on the current runtime. The receiver gets the events of all sessions;
    /// who does not want them drops it.
    ///
    /// # Errors
    ///
    /// There is no runtime, a range is too small for the workers, or the system refuses.
    ///
    /// # Panics
    ///
    /// In a runtime that was built without its IO or time drivers, as all of tokio does.
    pub fn spawn(config: DriverConfig) -> Result<(Self, mpsc::Receiver<SessionEvent>), SpawnError> {
        let runtime = runtime::Handle::try_current().map_err(|_| SpawnError::NoRuntime)?;
        let clock = Clock::new();
        let count = config.workers.get();
        let (events, receiver) = mpsc::channel(EVENTS);
        let mut handles = Vec::with_capacity(count);
        let mut workers = Vec::with_capacity(count);
        for index in 0..count {
            let relay = share(&config.relay, index, count).ok_or(SpawnError::TooManyWorkers)?;
            let (commands, command_receiver) = mpsc::channel(COMMANDS);
            let (abandoned, abandoned_receiver) = mpsc::unbounded_channel();
            let load = Arc::new(AtomicUsize::new(0));
            let worker = Worker::new(
                index,
                &config,
                Relay::new(relay),
                clock,
                Arc::clone(&load),
                command_receiver,
                abandoned_receiver,
                events.clone(),
            );
            workers.push(worker.map_err(|error| SpawnError::Poll(error.kind()))?);
            handles.push(WorkerHandle {
                commands,
                abandoned,
                load,
            });
        }
        for worker in workers {
            runtime.spawn(worker.run());
        }
        let handle = Self {
            workers: handles.into(),
        };
        Ok((handle, receiver))
    }

    /// Allocates ports on two interfaces, the first for leg A, binds them and begins a session.
    /// A pair of ports that somebody else has is passed over.
    ///
    /// # Errors
    ///
    /// No ports, places or file descriptors are left ([`RelayError::is_capacity`]), an interface
    /// is unknown or its address cannot be bound, or the driver was shut down.
    pub async fn create(
        &self,
        interfaces: [InterfaceId; 2],
        config: SessionConfig,
    ) -> Result<Allocated, RelayError> {
        let mut order: Vec<usize> = (0..self.workers.len()).collect();
        order.sort_by_key(|&worker| self.load(worker));
        let mut result = Err(RelayError::Closed);
        for worker in order {
            result = self.create_on(worker, interfaces, config).await;
            // Another worker may have room, ports or places of its own.
            if !matches!(
                result,
                Err(RelayError::PortsExhausted | RelayError::SessionsExhausted)
            ) {
                break;
            }
        }
        result
    }

    fn load(&self, worker: usize) -> usize {
        self.workers
            .get(worker)
            .map_or(usize::MAX, |worker| worker.load.load(Ordering::Relaxed))
    }

    async fn create_on(
        &self,
        worker: usize,
        interfaces: [InterfaceId; 2],
        config: SessionConfig,
    ) -> Result<Allocated, RelayError> {
        let handle = self.workers.get(worker).ok_or(RelayError::Closed)?;
        let abandoned = handle.abandoned.clone();
        let mut unclaimed = self
            .call(worker, move |state| {
                let allocated = state.create(interfaces, config)?;
                Ok::<_, RelayError>(Unclaimed {
                    allocated: Some(allocated),
                    abandoned,
                })
            })
            .await??;
        unclaimed.claim().ok_or(RelayError::Closed)
    }

    /// The peer of a leg signalled where it wants its media: at the answer, at a re-INVITE. The
    /// address that was signalled before changes nothing. Says whether anything changed.
    ///
    /// # Errors
    ///
    /// The session or the driver is gone.
    pub async fn set_remote(
        &self,
        session: SessionId,
        leg: Leg,
        remote: RemoteMedia,
    ) -> Result<bool, RelayError> {
        self.change(session, move |state, key| {
            let changed = state.relay.set_remote(state.now(), key, leg, remote)?;
            if changed {
                state.disconnect(key, leg);
            }
            Ok(changed)
        })
        .await
    }

    /// Everything that an offer or an answer says, for one leg or both, in one command: no packet
    /// is forwarded between its parts. `None` leaves a leg as it is. Says for each leg whether its
    /// peer has moved, as [`RelayHandle::set_remote`] does.
    ///
    /// # Errors
    ///
    /// The session or the driver is gone.
    pub async fn configure(
        &self,
        session: SessionId,
        updates: [Option<LegUpdate>; 2],
    ) -> Result<[bool; 2], RelayError> {
        self.change(session, move |state, key| {
            let moved = state.relay.configure(state.now(), key, updates)?;
            for leg in Leg::BOTH {
                if moved[leg.index()] {
                    state.disconnect(key, leg);
                }
            }
            Ok(moved)
        })
        .await
    }

    /// Forgets the accepted sources of a leg and learns them anew.
    ///
    /// # Errors
    ///
    /// The session or the driver is gone.
    pub async fn relatch(&self, session: SessionId, leg: Leg) -> Result<(), RelayError> {
        self.change(session, move |state, key| {
            state.relay.relatch(state.now(), key, leg)?;
            state.disconnect(key, leg);
            Ok(())
        })
        .await
    }

    /// What the peer of a leg does with media from now on: the direction in its SDP.
    ///
    /// # Errors
    ///
    /// The session or the driver is gone.
    pub async fn set_direction(
        &self,
        session: SessionId,
        leg: Leg,
        direction: Direction,
    ) -> Result<(), RelayError> {
        self.change(session, move |state, key| {
            state.relay.set_direction(state.now(), key, leg, direction)
        })
        .await
    }

    /// Which payload types arrive at a leg.
    ///
    /// # Errors
    ///
    /// The session or the driver is gone.
    pub async fn set_payloads(
        &self,
        session: SessionId,
        leg: Leg,
        payloads: PayloadMap,
    ) -> Result<(), RelayError> {
        self.change(session, move |state, key| {
            state.relay.set_payloads(key, leg, payloads)
        })
        .await
    }

    /// Sets or lifts the media time-out. To set it once the call is answered keeps a callee who
    /// sends early media, but not all the time, from timing out while it rings.
    ///
    /// # Errors
    ///
    /// The session or the driver is gone.
    pub async fn set_media_timeout(
        &self,
        session: SessionId,
        timeout: Option<Duration>,
    ) -> Result<(), RelayError> {
        self.change(session, move |state, key| {
            state.relay.set_media_timeout(state.now(), key, timeout)
        })
        .await
    }

    /// What a session has seen so far.
    ///
    /// # Errors
    ///
    /// The session or the driver is gone.
    pub async fn statistics(&self, session: SessionId) -> Result<SessionStatistics, RelayError> {
        self.change(session, |state, key| {
            state.relay.statistics(state.now(), key)
        })
        .await
    }

    /// Ends a session, closes its sockets and tells what it has seen.
    ///
    /// # Errors
    ///
    /// The session or the driver is gone.
    pub async fn remove(&self, session: SessionId) -> Result<SessionStatistics, RelayError> {
        self.change(session, WorkerState::remove).await
    }

    /// What all sessions on all workers have seen, those that are gone included.
    ///
    /// # Errors
    ///
    /// The driver is gone.
    pub async fn totals(&self) -> Result<RelayStatistics, RelayError> {
        let mut totals = RelayStatistics::default();
        for worker in 0..self.workers.len() {
            let share = self.call(worker, |state| state.relay.totals()).await?;
            totals.add(&share);
        }
        Ok(totals)
    }

    async fn change<T: Send + 'static>(
        &self,
        session: SessionId,
        change: impl FnOnce(&mut WorkerState, Key) -> Result<T, UnknownSession> + Send + 'static,
    ) -> Result<T, RelayError> {
        let result = self
            .call(session.worker, move |state| change(state, session.key))
            .await?;
        Ok(result?)
    }

    async fn call<T: Send + 'static>(
        &self,
        worker: usize,
        command: impl FnOnce(&mut WorkerState) -> T + Send + 'static,
    ) -> Result<T, RelayError> {
        let worker = self.workers.get(worker).ok_or(RelayError::UnknownSession)?;
        let (reply, answer) = oneshot::channel();
        let command = Box::new(move |state: &mut WorkerState| {
            // Nobody waits for an answer any more: fine.
            let _ = reply.send(command(state));
        });
        let sent = worker.commands.send(command).await;
        sent.map_err(|_| RelayError::Closed)?;
        answer.await.map_err(|_| RelayError::Closed)
    }
}

/// The part of ports and sessions that falls to one worker.
fn share(config: &RelayConfig, index: usize, count: usize) -> Option<RelayConfig> {
    let mut share = config.clone();
    for interface in &mut share.interfaces {
        interface.ports = interface.ports.share(index, count)?;
    }
    let until = |index| config.max_sessions.min(1 << 30) * index / count;
    share.max_sessions = until(index + 1) - until(index);
    // Workers must not choose alike.
    for (seed, octet) in share.seed.iter_mut().zip(index.to_le_bytes()) {
        *seed ^= octet;
    }
    Some(share)
}
