//! Datagrams and bytes of streams into messages.

use bytes::Bytes;
use trunkline_sans_io::{ConnectionId, FiveTuple, Handled, Instant, Transmit};

use super::TransactionLayer;
use super::compose::index;
use super::event::DropReason;
use super::sources;
use crate::{Frame, Message, OwnedMessage, Rejection, is_keep_alive};

/// Where a message came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) path: FiveTuple,
    pub(super) connection: Option<ConnectionId>,
}

/// A message to keep.
pub(super) fn keep(message: &Message<'_>) -> Option<OwnedMessage> {
    OwnedMessage::parse(Bytes::copy_from_slice(message.as_bytes())).ok()
}

/// Whether a datagram is for a STUN agent at the same port (RFC 8489 section 5).
fn is_stun(data: &[u8]) -> bool {
    const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
    data.first().is_some_and(|&first| first < 4) && data.get(4..8) == Some(&MAGIC_COOKIE)
}

impl TransactionLayer {
    /// A datagram has come from `path.remote` to `path.local`.
    ///
    /// Keep-alives are consumed, STUN is [`Handled::NotMine`]. What is no message, or no message that the
    /// RFC permits to process ([`validate`](crate::validate()) by
    /// [`Rules::DEFAULT`](crate::Rules::DEFAULT)), is dropped and counted; a request among that is answered
    /// nevertheless. What a request requires is for the transaction user to check:
    /// [`check_extensions`](crate::check_extensions).
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        data: &[u8],
    ) -> Handled<DropReason> {
        if is_stun(data) {
            return Handled::NotMine;
        }
        self.statistics.datagrams += 1;
        if is_keep_alive(data) {
            self.statistics.keep_alives += 1;
            return Handled::Consumed;
        }
        // Line ends before the start line are passed over (RFC 3261 section 7.5).
        let start = data.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
        let data = data.get(start.unwrap_or(0)..).unwrap_or_default();
        let origin = Origin {
            path,
            connection: None,
        };
        match self.handle_message(now, origin, data) {
            Ok(()) => Handled::Consumed,
            Err(reason) => Handled::Dropped(reason),
        }
    }

    /// The driver has a new connection: one it accepted, or one it opened for a message of ours.
    ///
    /// `path.local` is the address at which this host listens, also where the connection was opened by us
    /// and leaves from another port: it is the local address of all that comes over the connection, and what
    /// Via and Contact are made of.
    ///
    /// One too many is closed at once: [`poll_close`](Self::poll_close). So is one too many of strangers
    /// ([`LayerConfig::sources`](crate::LayerConfig::sources)).
    pub fn handle_connected(&mut self, now: Instant, connection: ConnectionId, path: FiveTuple) {
        // Strangers cannot have guessed where we are about to connect to.
        let stranger = sources::stranger(&self.config.sources, path).is_some()
            && self.paths.along(&self.clients, path).next().is_none();
        if !self.connections.open(now, connection, path, stranger) {
            self.statistics.connections_closed += 1;
        }
    }

    /// Bytes have come over a connection. `data` is everything of it that was not consumed yet; the number
    /// of bytes consumed now comes back. More than [`LayerConfig::max_head`](crate::LayerConfig) and
    /// `max_body` together never stay unconsumed.
    ///
    /// A stream that cannot be taken apart any more is closed: [`poll_close`](Self::poll_close).
    pub fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize {
        let mut consumed = 0;
        let mut complete = false;
        loop {
            let rest = data.get(consumed..).unwrap_or_default();
            let Some((path, framer)) = self.connections.framer(connection) else {
                // Closed, by what came before if not earlier.
                return data.len();
            };
            if rest.is_empty() {
                break;
            }
            let Ok(frame) = framer.next(rest) else {
                self.statistics.count_dropped(DropReason::Malformed);
                self.statistics.connections_closed += 1;
                self.connections.close(connection);
                return data.len();
            };
            match frame {
                Frame::Incomplete => break,
                Frame::Pong { .. } => self.statistics.keep_alives += 1,
                Frame::Ping { .. } => {
                    self.statistics.keep_alives += 1;
                    let pong = Bytes::from_static(b"\r\n");
                    let transmit = Transmit {
                        path,
                        connection: Some(connection),
                        len: pong.len(),
                    };
                    self.transmit(now, transmit, pong);
                }
                Frame::Message { len } => {
                    self.statistics.stream_messages += 1;
                    let origin = Origin {
                        path,
                        connection: Some(connection),
                    };
                    let message = rest.get(..len).unwrap_or_default();
                    // Counted; the stream itself is sound.
                    let _ = self.handle_message(now, origin, message);
                }
            }
            complete = true;
            consumed += frame.len();
        }
        self.connections
            .heard(now, connection, complete, consumed < data.len());
        consumed
    }

    /// A connection is gone. Responses that were to go over it go along their path from now on.
    ///
    /// Requests that went over it may be lost. Whether they did, or over another connection to the same peer,
    /// is what the driver knows: it tells so by [`handle_send_failed`](Self::handle_send_failed), and they fail
    /// at once instead of after Timer B or F.
    pub fn handle_disconnected(&mut self, _now: Instant, connection: ConnectionId) {
        self.connections.forget(connection);
    }

    fn handle_message(
        &mut self,
        now: Instant,
        origin: Origin,
        data: &[u8],
    ) -> Result<(), DropReason> {
        let result = self.dispatch(now, origin, data);
        if let Err(reason) = result {
            self.statistics.count_dropped(reason);
        }
        result
    }

    fn dispatch(&mut self, now: Instant, origin: Origin, data: &[u8]) -> Result<(), DropReason> {
        let mut spans = index();
        let stranger = sources::stranger(&self.config.sources, origin.path);
        let error = match Message::parse(data, &mut spans) {
            Ok(message) if message.is_request() => {
                return match stranger {
                    None => self.on_request(now, origin, &message),
                    Some(stranger) => Err(self.turn_away(now, origin, &message, stranger)),
                };
            }
            Ok(message) => return self.on_response(now, origin, &message),
            Err(error) => error,
        };
        // The head is sound: a request gets its 400 (RFC 3261 section 18.3).
        let mut spans = index();
        let head = Message::parse_head(data, &mut spans).map_err(|_| DropReason::Malformed)?;
        if head.is_response() {
            return Err(DropReason::InvalidResponse);
        }
        if let Some(stranger) = stranger {
            return Err(self.turn_away(now, origin, &head, stranger));
        }
        let rejection = Rejection::of_unparsed(&head, error);
        if let Some(status) = rejection.status() {
            self.reject(now, origin, &head, status, rejection.reason())?;
        }
        Err(DropReason::InvalidRequest)
    }
}
