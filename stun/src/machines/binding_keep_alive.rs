//! Binding indications, which keep the mapping of a NAT (RFC 8489 section 5, RFC 8445 section 11).

use core::time::Duration;

use trunkline_sans_io::{BufferTooSmall, FiveTuple, Instant, Transmit};

use crate::wire::{Class, MessageWriter, Method, TransactionIds, WriteError};

/// Sends a Binding indication whenever nothing else was sent for a time, so that the NAT on the way
/// keeps its mapping. Nobody answers these: whether the mapping is the same still, only a
/// request tells.
///
/// ```
/// use core::time::Duration;
/// use trunkline_stun::sans_io::{FiveTuple, Instant};
/// use trunkline_stun::{BindingKeepAlive, TransactionIds};
///
/// let path = FiveTuple::udp("192.0.2.9:5060".parse()?, "192.0.2.1:3478".parse()?);
/// let ids = TransactionIds::new([7; 32]); // the seed from the system's random source
/// let (interval, begin) = (BindingKeepAlive::INTERVAL, Instant::ORIGIN);
/// let mut keep_alive = BindingKeepAlive::new(path, ids, interval, begin);
///
/// let mut buffer = [0; 28];
/// assert!(keep_alive.poll_transmit(begin, &mut buffer)?.is_none());
/// let due = keep_alive.poll_timeout().expect("always armed");
/// assert_eq!(due, begin + Duration::from_secs(15));
/// let transmit = keep_alive.poll_transmit(due, &mut buffer)?;
/// assert!(transmit.is_some_and(|transmit| transmit.len == 28));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BindingKeepAlive {
    path: FiveTuple,
    ids: TransactionIds,
    interval: Duration,
    due: Instant,
}

impl BindingKeepAlive {
    /// Tr of RFC 8445 section 11: most NATs keep a mapping for longer.
    pub const INTERVAL: Duration = Duration::from_secs(15);

    /// One whose first indication is due an interval after `now`. An interval is a second at least.
    #[must_use]
    pub fn new(path: FiveTuple, ids: TransactionIds, interval: Duration, now: Instant) -> Self {
        let interval = interval.max(Duration::from_secs(1));
        Self {
            path,
            ids,
            interval,
            due: now + interval,
        }
    }

    /// Tells that something else was sent over the path, which serves as well.
    pub fn handle_sent(&mut self, now: Instant) {
        self.due = self.due.max(now + self.interval);
    }

    /// Writes the indication if it is due: 28 octets, with `FINGERPRINT`, since there is other
    /// traffic on the path.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] with the size needed; nothing has changed.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        if now < self.due {
            return Ok(None);
        }
        let mut ids = self.ids.clone();
        let written = MessageWriter::new(buf, Class::Indication, Method::BINDING, ids.next_id())
            .fingerprint()
            .finish();
        let len = match written {
            Ok(len) => len,
            Err(WriteError::BufferTooSmall(error)) => return Err(error),
            Err(_) => return Ok(None),
        };
        self.ids = ids;
        self.due = now + self.interval;
        Ok(Some(Transmit {
            path: self.path,
            connection: None,
            len,
        }))
    }

    /// When the next indication is due.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Instant> {
        Some(self.due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machines::{Answer, BindingServer, MAX_RESPONSE_LEN, ServerDrop};
    use crate::wire::Message;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn indications_fill_the_gaps_and_get_no_answer() {
        let path = FiveTuple::udp(([192, 0, 2, 9], 5060).into(), ([192, 0, 2, 1], 3478).into());
        let begin = Instant::from_secs(100);
        let ids = TransactionIds::new([7; 32]);
        let mut keep_alive = BindingKeepAlive::new(path, ids, 15 * SECOND, begin);
        keep_alive.handle_sent(begin + 10 * SECOND);
        assert_eq!(keep_alive.poll_timeout(), Some(begin + 25 * SECOND));
        let mut buffer = [0; 64];
        let early = keep_alive.poll_transmit(begin + 24 * SECOND, &mut buffer);
        assert_eq!(early, Ok(None));

        let mut last = None;
        for due in [25, 40, 55] {
            let due = begin + due * SECOND;
            assert_eq!(keep_alive.poll_timeout(), Some(due));
            let small = keep_alive.poll_transmit(due, &mut buffer[..27]);
            assert!(small.is_err_and(|error| error.needed == 28));
            let transmit = keep_alive.poll_transmit(due, &mut buffer).expect("room");
            let transmit = transmit.expect("due");
            assert_eq!((transmit.path, transmit.len), (path, 28));
            let data = &buffer[..transmit.len];
            let message = Message::parse(data).expect("a message");
            assert_eq!(
                (message.class(), message.method()),
                (Class::Indication, Method::BINDING)
            );
            let id = message.transaction_id();
            assert_ne!(last.replace(id), Some(id));
            let mut response = [0; MAX_RESPONSE_LEN];
            let answer = BindingServer::new().answer(path.reversed(), data, &mut response);
            assert_eq!(answer, Ok(Answer::Dropped(ServerDrop::Indication)));
        }
    }
}
