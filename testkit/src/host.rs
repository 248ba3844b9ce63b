//! What a simulation asks of a machine.

use core::cell::RefCell;
use std::rc::Rc;

use trunkline_sans_io::{BufferTooSmall, ConnectionId, FiveTuple, Instant, Transmit};

/// The verbs of a machine, as a [`Simulation`](crate::Simulation) calls them.
///
/// A test implements it for its wrapper around a machine, and keeps there what the machine
/// reported. The verbs of streams do nothing unless they are written out.
///
/// `Box<H>` and `Rc<RefCell<H>>` are hosts when `H` is, so that machines of different types meet
/// in a `Simulation<Box<dyn Host>>`, and a test keeps a handle of its own to each.
pub trait Host {
    /// A datagram has arrived.
    fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]);

    /// A connection stands, whoever opened it.
    fn handle_connected(&mut self, now: Instant, connection: ConnectionId, path: FiveTuple) {
        let _ = (now, connection, path);
    }

    /// `data` is everything of a stream that the host has not consumed yet. Returns how many
    /// bytes it has consumed now.
    fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize {
        let _ = (now, connection);
        data.len()
    }

    /// A connection is gone without this host having closed it.
    fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId) {
        let _ = (now, connection);
    }

    /// Something could not be sent: no connection could be opened (`path` and `connection` are those
    /// of the [`Transmit`]), or the one it went over has ended, so that nobody knows whether it arrived.
    /// [`Self::handle_disconnected`] follows then.
    fn handle_send_failed(
        &mut self,
        now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    ) {
        let _ = (now, path, connection);
    }

    /// Time has passed.
    fn handle_timeout(&mut self, now: Instant);

    /// The next message to send, written into `buf`.
    ///
    /// # Errors
    ///
    /// When it does not fit; the state is unchanged then.
    fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall>;

    /// The next connection to close.
    fn poll_close(&mut self) -> Option<ConnectionId> {
        None
    }

    /// When [`handle_timeout`](Self::handle_timeout) has to be called.
    fn poll_timeout(&self) -> Option<Instant>;
}

impl<H: Host + ?Sized> Host for Box<H> {
    fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]) {
        (**self).handle_datagram(now, path, data);
    }

    fn handle_connected(&mut self, now: Instant, connection: ConnectionId, path: FiveTuple) {
        (**self).handle_connected(now, connection, path);
    }

    fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize {
        (**self).handle_bytes(now, connection, data)
    }

    fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId) {
        (**self).handle_disconnected(now, connection);
    }

    fn handle_send_failed(
        &mut self,
        now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    ) {
        (**self).handle_send_failed(now, path, connection);
    }

    fn handle_timeout(&mut self, now: Instant) {
        (**self).handle_timeout(now);
    }

    fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        (**self).poll_transmit(now, buf)
    }

    fn poll_close(&mut self) -> Option<ConnectionId> {
        (**self).poll_close()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        (**self).poll_timeout()
    }
}

/// Panics when the test holds a borrow of the host while the simulation runs.
impl<H: Host + ?Sized> Host for Rc<RefCell<H>> {
    fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]) {
        self.borrow_mut().handle_datagram(now, path, data);
    }

    fn handle_connected(&mut self, now: Instant, connection: ConnectionId, path: FiveTuple) {
        self.borrow_mut().handle_connected(now, connection, path);
    }

    fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize {
        self.borrow_mut().handle_bytes(now, connection, data)
    }

    fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId) {
        self.borrow_mut().handle_disconnected(now, connection);
    }

    fn handle_send_failed(
        &mut self,
        now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    ) {
        self.borrow_mut().handle_send_failed(now, path, connection);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.borrow_mut().handle_timeout(now);
    }

    fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        self.borrow_mut().poll_transmit(now, buf)
    }

    fn poll_close(&mut self) -> Option<ConnectionId> {
        self.borrow_mut().poll_close()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.borrow().poll_timeout()
    }
}
