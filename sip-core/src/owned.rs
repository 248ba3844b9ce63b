//! A message that owns its octets.

use alloc::string::String;
use core::fmt;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::wire::{Encode, Encoder, HeaderSpan, Message, ParseError, Sink, StartLineSpan, scan};

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

impl Encode for String {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.as_str().encode(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{HeaderName, Method};

    #[test]
    fn an_owned_message_is_the_message_and_shares_its_body() {
        let stream = Bytes::from_static(b"BYE sip:h SIP/2.0\r\nX-1: y\r\nl: 4\r\n\r\nbodyNEXT");
        let owned = OwnedMessage::parse(stream.clone()).unwrap();
        let copy = owned.clone();
        drop(owned);
        assert_eq!(copy.message().method(), Some(Method::Bye));
        assert_eq!(
            copy.message().header("x-1").map(|field| field.value()),
            Some(&b"y"[..])
        );
        assert_eq!(
            copy.message()
                .header(HeaderName::ContentLength)
                .map(|field| field.offset()),
            Some(27)
        );
        assert_eq!(copy.bytes(), &stream.slice(..stream.len() - 4));
        let body = copy.body_bytes();
        assert_eq!(&body[..], b"body");
        assert_eq!(
            body.as_ptr(),
            copy.message().body().as_ptr(),
            "nothing was copied"
        );
    }

    #[test]
    fn header_fields_are_limited() {
        let with = |count| {
            let mut bytes = b"BYE sip:h SIP/2.0\r\n".to_vec();
            bytes.extend(b"X-1: y\r\n".repeat(count));
            bytes.extend_from_slice(b"\r\n");
            OwnedMessage::parse(bytes.into()).map(|owned| owned.message().headers().len())
        };
        assert_eq!(with(MAX_HEADERS), Ok(MAX_HEADERS));
        assert_eq!(
            with(MAX_HEADERS + 1),
            Err(ParseError::TooManyHeaders {
                capacity: MAX_HEADERS
            })
        );
    }
}
