//! A message that owns its octets.

use core::fmt;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::wire::{HeaderSpan, Message, ParseError, Sink, StartLineSpan, scan};

/// The most header fields an [`OwnedMessage`] takes.
pub const MAX_HEADERS: usize = 256;

/// A message in shared storage, with its index. Cloning copies the index and no octets.
///
/// Up to 32 header fields are indexed without an allocation; more than [`MAX_HEADERS`] are refused.
#[derive(Clone)]
pub struct OwnedMessage {
    /// From the start line to the end of the body.
    bytes: Bytes,
    index: SmallVec<[HeaderSpan; 32]>,
    start: StartLineSpan,
    body: usize,
}

struct IndexSink<'s>(&'s mut SmallVec<[HeaderSpan; 32]>);

impl Sink for IndexSink<'_> {
    #[inline]
    fn push(&mut self, span: HeaderSpan) -> bool {
        let room = self.0.len() < MAX_HEADERS;
        if room {
            self.0.push(span);
        }
        room
    }

    fn capacity(&self) -> usize {
        MAX_HEADERS
    }
}

impl OwnedMessage {
    /// Parses a complete message, see [`Message::parse`]. Octets after its body are not kept.
    ///
    /// # Errors
    ///
    /// Any [`ParseError`].
    pub fn parse(mut bytes: Bytes) -> Result<Self, ParseError> {
        let mut index = SmallVec::new();
        let head = scan(&bytes, &mut IndexSink(&mut index))?;
        bytes.truncate(head.datagram_end(bytes.len())?);
        Ok(Self {
            bytes,
            index,
            start: head.start,
            body: head.body,
        })
    }

    /// The view to read it by.
    #[inline]
    pub fn message(&self) -> Message<'_> {
        Message::from_scan(&self.bytes, &self.index, self.start, self.body)
    }

    /// The octets of the message.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The body, sharing the storage of the message.
    pub fn body_bytes(&self) -> Bytes {
        self.bytes.slice(self.body..)
    }
}

impl fmt::Debug for OwnedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.message(), f)
    }
}

impl PartialEq for OwnedMessage {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for OwnedMessage {}
