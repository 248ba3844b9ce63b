//! How a simulation calls its hosts, and what it watches while it does.

use core::time::Duration;
use std::collections::BTreeMap;

use trunkline_sans_io::{ConnectionId, FiveTuple, Instant, Transmit, Transport};

use super::{HostId, Simulation, Step};
use crate::{Arrival, Delivery, Host, Network, Random};

/// A timer that is still due after so many calls at the same moment spins.
const MOST_TIMEOUTS: u32 = 10_000;
/// So many messages at the same moment have no end.
const MOST_TRANSMITS: u32 = 100_000;
/// The buffer a host is first offered.
const BUFFER: usize = 2_048;

/// A host and what the driver knows of it.
#[derive(Debug)]
pub(super) struct Seat<H> {
    pub(super) host: H,
    /// The timer of the host and when, with its lateness, it goes off.
    armed: Option<(Instant, Instant)>,
    /// How often a timer was still due after a call, at one moment.
    still_due: u32,
    /// How many messages it sent, at one moment.
    sent: u32,
    /// The moment of the counts above.
    counted_at: Instant,
    /// What arrived on streams and is not consumed.
    unread: BTreeMap<ConnectionId, Vec<u8>>,
    /// What was sent on connections that do not stand yet.
    opening: BTreeMap<ConnectionId, Vec<Transmit>>,
}

impl<H: Host> Seat<H> {
    pub(super) const fn new(host: H) -> Self {
        Self {
            host,
            armed: None,
            still_due: 0,
            sent: 0,
            counted_at: Instant::ORIGIN,
            unread: BTreeMap::new(),
            opening: BTreeMap::new(),
        }
    }

    /// When the timer of this host goes off. Every timer is late by its own length.
    pub(super) fn due(&mut self, random: &mut Random, lateness: Duration) -> Option<Instant> {
        let deadline = self.host.poll_timeout();
        if self.armed.map(|(deadline, _)| deadline) != deadline {
            self.armed = deadline.map(|at| {
                let late = if lateness.is_zero() {
                    lateness
                } else {
                    random.duration_up_to(lateness)
                };
                (at, at + late)
            });
        }
        self.armed.map(|(_, goes_off)| goes_off)
    }

    fn count_from(&mut self, now: Instant) {
        if self.counted_at != now {
            self.counted_at = now;
            self.still_due = 0;
            self.sent = 0;
        }
    }

    pub(super) fn time_out(&mut self, now: Instant, id: HostId) {
        self.count_from(now);
        self.armed = None;
        self.host.handle_timeout(now);
        if self.host.poll_timeout().is_some_and(|at| at <= now) {
            self.still_due += 1;
            assert!(
                self.still_due < MOST_TIMEOUTS,
                "{id:?} spins: its timer is still due after {MOST_TIMEOUTS} timeouts at {now:?}"
            );
        }
    }
}

impl<H: Host> Simulation<H> {
    /// Takes out what all hosts want sent: the test may have called any of them.
    pub(super) fn flush(&mut self) {
        for index in 0..self.seats.len() {
            self.flush_host(HostId(index));
        }
    }

    pub(super) fn flush_host(&mut self, id: HostId) {
        let (now, small_buffers) = (self.now, self.strain.small_buffers);
        let Self {
            network,
            seats,
            buffer,
            ..
        } = self;
        let seat = &mut seats[id.0];
        seat.count_from(now);
        while let Some(transmit) = poll(&mut seat.host, now, buffer, network, small_buffers, id) {
            seat.sent += 1;
            assert!(
                seat.sent < MOST_TRANSMITS,
                "{id:?} sends without end: {MOST_TRANSMITS} messages at {now:?}"
            );
            let data = &buffer[..transmit.len];
            if transmit.path.transport == Transport::Udp {
                network.send(now, transmit.path, data);
            } else {
                send_on_stream(seat, network, now, transmit, data);
            }
        }
        while let Some(connection) = seat.host.poll_close() {
            seat.unread.remove(&connection);
            seat.opening.remove(&connection);
            network.close(now, connection);
        }
    }

    /// Calls one host before its time, which must change nothing.
    pub(super) fn strain_before(&mut self, next: Instant) {
        let early = self.strain.early_timeouts;
        if early == 0.0 || self.seats.is_empty() || !self.network.random_mut().chance(early) {
            return;
        }
        let random = self.network.random_mut();
        let index = random.index(self.seats.len());
        let now = self.now + random.duration_up_to(next - self.now);
        let host = &mut self.seats[index].host;
        let before = host.poll_timeout();
        if before.is_some_and(|at| at <= now) {
            return;
        }
        host.handle_timeout(now);
        assert_eq!(
            host.poll_timeout(),
            before,
            "{:?} changes its timer at an early timeout at {now:?}",
            HostId(index)
        );
        let mut buffer = vec![0; BUFFER];
        assert_eq!(
            host.poll_transmit(now, &mut buffer),
            Ok(None),
            "{:?} sends because of an early timeout at {now:?}",
            HostId(index)
        );
        self.now = now;
    }

    /// Hands what arrives now to the host it is for.
    pub(super) fn arrive(&mut self) -> Option<Step> {
        let delivery = self.network.poll_delivery(self.now)?;
        let Some(&id) = self.addresses.get(&delivery.path.local.ip()) else {
            self.unroutable += 1;
            return None;
        };
        let arrived = Some((delivery.path, delivery.arrival.clone()));
        self.seats[id.0].handle(self.now, delivery, id);
        Some(Step {
            at: self.now,
            host: id,
            arrived,
        })
    }
}

impl<H: Host> Seat<H> {
    fn handle(&mut self, now: Instant, delivery: Delivery, id: HostId) {
        let path = delivery.path;
        match delivery.arrival {
            Arrival::Datagram(data) => self.host.handle_datagram(now, path, &data),
            Arrival::Connected(connection) => {
                self.opening.remove(&connection);
                self.host.handle_connected(now, connection, path);
            }
            Arrival::Refused(connection) => {
                for transmit in self.opening.remove(&connection).unwrap_or_default() {
                    let Transmit {
                        path, connection, ..
                    } = transmit;
                    self.host.handle_send_failed(now, path, connection);
                }
            }
            Arrival::Bytes(connection, bytes) => {
                let unread = self.unread.entry(connection).or_default();
                unread.extend_from_slice(&bytes);
                let consumed = self.host.handle_bytes(now, connection, unread);
                assert!(
                    consumed <= unread.len(),
                    "{id:?} consumed {consumed} of {} bytes at {now:?}",
                    unread.len()
                );
                unread.drain(..consumed);
            }
            Arrival::Disconnected(connection) => {
                self.unread.remove(&connection);
                self.opening.remove(&connection);
                // Whether what was written arrived, nobody knows: the host decides what that means.
                self.host.handle_send_failed(now, path, Some(connection));
                self.host.handle_disconnected(now, connection);
            }
        }
    }
}

/// The next message of a host, with as much buffer as it asks for.
fn poll<H: Host>(
    host: &mut H,
    now: Instant,
    buffer: &mut Vec<u8>,
    network: &mut Network,
    small_buffers: f64,
    id: HostId,
) -> Option<Transmit> {
    buffer.resize(buffer.len().max(BUFFER), 0);
    let mut room = buffer.len();
    if small_buffers > 0.0 && network.random_mut().chance(small_buffers) {
        room = network.random_mut().index(room);
    }
    let transmit = match host.poll_transmit(now, &mut buffer[..room]) {
        Ok(transmit) => transmit,
        Err(error) => {
            assert!(
                error.needed > room,
                "{id:?} refuses {room} bytes but needs {} at {now:?}",
                error.needed
            );
            room = error.needed;
            buffer.resize(buffer.len().max(room), 0);
            // Exactly what was asked for has to do.
            let transmit = host.poll_transmit(now, &mut buffer[..room]);
            assert!(
                matches!(transmit, Ok(Some(_))),
                "{id:?} asked for {room} bytes, and then gave {transmit:?} at {now:?}"
            );
            transmit.ok().flatten()
        }
    };
    if let Some(transmit) = transmit {
        assert!(
            transmit.len <= room,
            "{id:?} wrote {} bytes into {room} at {now:?}",
            transmit.len
        );
    }
    transmit
}

/// On the connection that was named, else on one to the same remote, else on a new one.
fn send_on_stream<H>(
    seat: &mut Seat<H>,
    network: &mut Network,
    now: Instant,
    transmit: Transmit,
    data: &[u8],
) {
    let FiveTuple {
        local,
        remote,
        transport,
    } = transmit.path;
    if let Some(connection) = transmit.connection
        && network.write(now, connection, data)
    {
        return;
    }
    let standing = network
        .connections()
        .find(|(_, path)| {
            path.transport == transport && path.remote == remote && path.local.ip() == local.ip()
        })
        .map(|(connection, _)| connection);
    let connection = standing.unwrap_or_else(|| {
        let connection = network.connect(now, transmit.path);
        seat.opening.insert(connection, Vec::new());
        connection
    });
    if let Some(sent) = seat.opening.get_mut(&connection) {
        sent.push(transmit);
    }
    network.write(now, connection, data);
}
