//! The one message that a transaction keeps, and the schedule of its repetitions.

use core::time::Duration;

use trunkline_sans_io::{BufferTooSmall, Instant, Transmit};

use super::{Destination, is_due};

/// The one message that a transaction keeps.
#[derive(Clone, Debug)]
pub(super) struct Held<B> {
    destination: Destination,
    message: Option<B>,
    /// To be sent now.
    due: bool,
    /// Not to be sent a second time.
    once: bool,
}

impl<B: AsRef<[u8]>> Held<B> {
    /// A message that waits until it is asked for.
    pub(super) const fn waiting(destination: Destination, message: Option<B>) -> Self {
        Self {
            destination,
            message,
            due: false,
            once: false,
        }
    }

    /// A message to be sent now.
    pub(super) const fn sending(destination: Destination, message: B) -> Self {
        Self {
            destination,
            message: Some(message),
            due: true,
            once: false,
        }
    }

    /// Replaces the message and sends it.
    pub(super) fn send(&mut self, message: B) {
        self.message = Some(message);
        self.due = true;
        self.once = false;
    }

    /// Replaces the message, sends it and forgets it.
    pub(super) fn send_once(&mut self, message: B) {
        self.send(message);
        self.once = true;
    }

    /// Sends the message that is kept, if there is one.
    pub(super) const fn repeat(&mut self) {
        self.due = self.message.is_some();
    }

    /// Forgets the message.
    pub(super) fn clear(&mut self) {
        self.message = None;
        self.due = false;
    }

    pub(super) const fn is_due(&self) -> bool {
        self.due
    }

    pub(super) fn message(&self) -> Option<&B> {
        self.message.as_ref()
    }

    pub(super) const fn destination(&self) -> Destination {
        self.destination
    }

    pub(super) const fn is_reliable(&self) -> bool {
        self.destination.path.transport.is_reliable()
    }

    pub(super) const fn transmit(&self, len: usize) -> Transmit {
        Transmit {
            path: self.destination.path,
            connection: self.destination.connection,
            len,
        }
    }

    /// Writes the message if it is due.
    pub(super) fn poll(&mut self, buf: &mut [u8]) -> Result<Option<Transmit>, BufferTooSmall> {
        let (true, Some(message)) = (self.due, &self.message) else {
            return Ok(None);
        };
        let message = message.as_ref();
        let needed = message.len();
        let room = buf.get_mut(..needed).ok_or(BufferTooSmall { needed })?;
        room.copy_from_slice(message);
        self.sent();
        Ok(Some(self.transmit(needed)))
    }

    /// Hands the message out if it is due.
    #[cfg(feature = "alloc")]
    pub(super) fn take(&mut self) -> Option<(Transmit, B)>
    where
        B: Clone,
    {
        let (true, Some(message)) = (self.due, &self.message) else {
            return None;
        };
        let message = message.clone();
        self.sent();
        Some((self.transmit(message.as_ref().len()), message))
    }

    fn sent(&mut self) {
        self.due = false;
        if self.once {
            self.message = None;
        }
    }
}

/// When to repeat a message: timers A, E and G.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repetition {
    interval: Duration,
    pub(super) at: Option<Instant>,
}

impl Repetition {
    /// No repetition.
    pub(super) const STOPPED: Self = Self {
        interval: Duration::ZERO,
        at: None,
    };

    /// The first repetition comes `interval` from now.
    pub(super) fn start(now: Instant, interval: Duration) -> Self {
        Self {
            interval,
            at: Some(now + interval),
        }
    }

    /// Whether to repeat now; if so the next repetition comes after the interval that `next` makes of the
    /// present one. Repetitions that a late caller missed are not made up for.
    pub(super) fn fire(&mut self, now: Instant, next: impl FnOnce(Duration) -> Duration) -> bool {
        let due = is_due(self.at, now);
        if due {
            *self = Self::start(now, next(self.interval));
        }
        due
    }
}
