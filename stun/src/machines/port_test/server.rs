//! The side whose ports are tested.

use trunkline_sans_io::{BufferTooSmall, FiveTuple, Instant, Transmit};

use super::super::keyed_hash::KeyedHash;
use super::super::nonce::NonceKey;
use super::super::{Answer, ServerDrop};
use crate::wire::{
    ChangeRequest, Class, ErrorCode, Message, MessageWriter, Method, Nonce, WriteError,
    XorMappedAddress,
};

/// How long a token is good for, in seconds.
const TOKEN_LIFETIME: u64 = 600;
/// What tokens are made for.
const PURPOSE: &[u8] = b"port test";

/// Answers a [`PortTest`](super::PortTest): a function from request to response that remembers nothing.
///
/// The caller receives on the control port and on all that are to be tested, and sends each answer from
/// the port that its path says: the one that was asked, or the control port if the request wants that, by
/// which a client learns that it got there. The control port gives a token to who asks for one; the others
/// answer only to who has one, which is good for ten minutes and for one source address. There is one answer
/// for each request and it is no longer than that, and all go to where the request came from: nobody is
/// reached through this who did not ask.
///
/// The messages are Binding requests (RFC 8489) with a token as their `NONCE` and `CHANGE-REQUEST` (RFC 5780
/// section 7.2). This is no protocol of an RFC: both ends have to be of this crate.
#[derive(Clone)]
pub struct PortTestServer {
    key: NonceKey,
    control: u16,
}

impl core::fmt::Debug for PortTestServer {
    /// Without the seed.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PortTestServer")
            .field("control", &self.control)
            .finish_non_exhaustive()
    }
}

impl PortTestServer {
    /// A server with this control port. The seed must come from a random source and be used for nothing else.
    #[must_use]
    pub fn new(control: u16, seed: [u8; 32]) -> Self {
        Self {
            key: NonceKey(KeyedHash::new(&seed)),
            control,
        }
    }

    /// What to do about a datagram that came by this path.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] with the size needed; as much as the request has is enough.
    pub fn answer(
        &self,
        now: Instant,
        path: FiveTuple,
        data: &[u8],
        buf: &mut [u8],
    ) -> Result<Answer, BufferTooSmall> {
        let Ok(request) = Message::parse(data) else {
            return Ok(Answer::NotMine);
        };
        if (request.method(), request.class()) != (Method::BINDING, Class::Request) {
            return Ok(Answer::NotMine);
        }
        let Ok(Some(Nonce(token))) = request.get() else {
            return Ok(Answer::NotMine);
        };
        let seconds = (now - Instant::ORIGIN).as_secs();
        // They come around once in a hundred and thirty years.
        let time = u32::try_from(seconds & u64::from(u32::MAX)).unwrap_or_default();
        let source = path.remote.ip();
        let fresh = self
            .key
            .open(token, source, PURPOSE)
            .is_some_and(|made| u64::from(time.wrapping_sub(made)) < TOKEN_LIFETIME);
        let id = request.transaction_id();
        let mut from = path;
        if let Ok(Some(ChangeRequest { port: true, .. })) = request.get() {
            from.local.set_port(self.control);
        }
        let written = if fresh {
            MessageWriter::new(buf, Class::Success, Method::BINDING, id)
                .attribute(&XorMappedAddress(path.remote))
                .finish()
        } else if path.local.port() == self.control {
            MessageWriter::new(buf, Class::Error, Method::BINDING, id)
                .optional(ErrorCode::new(438, "").as_ref())
                .attribute(&Nonce(&self.key.seal(time, source, PURPOSE)))
                .finish()
        } else {
            return Ok(Answer::Dropped(ServerDrop::Malformed));
        };
        match written {
            Ok(len) if len <= data.len() => Ok(Answer::Send(Transmit {
                path: from,
                connection: None,
                len,
            })),
            Err(WriteError::BufferTooSmall(error)) => Err(error),
            _ => Ok(Answer::Dropped(ServerDrop::Malformed)),
        }
    }
}
