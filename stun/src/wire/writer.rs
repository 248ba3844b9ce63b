//! Writing a message into the caller's buffer.

use trunkline_sans_io::BufferTooSmall;

use super::attribute::{Attribute, AttributeType};
use super::generation::{Generation, MS_TURN_COOKIE_ATTRIBUTE};
use super::header::{Class, HEADER_LEN, Method, message_type};
use super::integrity::{IntegrityAlgorithm, Key};
use super::message::{fingerprint_of, ms_ice2_fingerprint_of};
use super::transaction_id::TransactionId;

/// A message could not be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The buffer is too small; it tells how much is needed.
    #[error(transparent)]
    BufferTooSmall(#[from] BufferTooSmall),
    /// A value is longer than its attribute may be, or the message longer than 65,532 octets
    /// behind its header. No buffer would do.
    #[error("the value of {0:?} is too long")]
    TooLong(AttributeType),
    /// An attribute was given after one that it must stand before: nobody would look at it.
    #[error("{0:?} stands behind the integrity or the fingerprint")]
    Order(AttributeType),
}

/// How far a message has come. Attributes, then integrity, then fingerprint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Stage {
    Attributes,
    Integrity,
    IntegritySha256,
    Fingerprint,
}

/// Writes one message.
///
/// Errors are kept until [`finish`](Self::finish), which tells the length or the size needed.
///
/// ```
/// use trunkline_stun::{Class, Key, Message, MessageWriter, Method, Priority, TransactionId, Username};
///
/// let key = Key::short_term(b"VOkJxbRl1RmTxUk/WvJxBt");
/// let id = TransactionId::new([1; 12]); // random in life
/// let mut buffer = [0; 128];
/// let len = MessageWriter::new(&mut buffer, Class::Request, Method::BINDING, id)
///     .attribute(&Username(b"evtj:h6vY"))
///     .attribute(&Priority(0x6e00_01ff))
///     .integrity(&key)
///     .fingerprint()
///     .finish()?;
///
/// let message = Message::parse(&buffer[..len])?;
/// assert!(message.has_fingerprint() && message.verify(&key).is_ok());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the message is complete when it is finished"]
pub struct MessageWriter<'b> {
    buffer: &'b mut [u8],
    id: TransactionId,
    generation: Generation,
    /// What values are padded to, less one.
    mask: usize,
    /// How long the message is so far, also past the end of the buffer.
    len: usize,
    stage: Stage,
    padding: u8,
    error: Option<WriteError>,
}

impl<'b> MessageWriter<'b> {
    /// Begins a message at the start of the buffer: of RFC 8489, or of RFC 3489 if the id is a
    /// classic one.
    #[inline]
    pub fn new(buffer: &'b mut [u8], class: Class, method: Method, id: TransactionId) -> Self {
        let generation = match id.has_cookie() {
            true => Generation::Cookie,
            false => Generation::Classic,
        };
        Self::of_generation(generation, buffer, class, method, id)
    }

    /// Begins a message of a generation, with an id that fits it: a classic one for
    /// [`Generation::Classic`] and [`Generation::MsTurn`], else one with a cookie.
    ///
    /// `FINGERPRINT` and `MESSAGE-INTEGRITY-SHA256` are not for the first two, and nobody there
    /// would look at them.
    #[inline]
    pub fn of_generation(
        generation: Generation,
        buffer: &'b mut [u8],
        class: Class,
        method: Method,
        id: TransactionId,
    ) -> Self {
        if let Some(header) = buffer.first_chunk_mut::<HEADER_LEN>() {
            let class = match (generation, class, method) {
                (Generation::MsTurn, Class::Indication, Method::MS_DATA) => Class::Error,
                _ => class,
            };
            header[..2].copy_from_slice(&message_type(class, method).to_be_bytes());
            header[2..4].fill(0);
            header[4..].copy_from_slice(id.octets());
        }
        if generation == Generation::MsTurn
            && let Some(place) = buffer.get_mut(HEADER_LEN..generation.start())
        {
            place.copy_from_slice(&MS_TURN_COOKIE_ATTRIBUTE);
        }
        Self {
            buffer,
            id,
            generation,
            mask: generation.padding_mask(),
            len: generation.start(),
            stage: Stage::Attributes,
            padding: 0,
            error: None,
        }
    }

    /// Fills up values with this octet instead of zero: for tests of receivers, which must not
    /// look at it (RFC 8489 section 14 wants zero).
    pub const fn padding(mut self, octet: u8) -> Self {
        self.padding = octet;
        self
    }

    /// Appends an attribute.
    // Otherwise the writer is copied into each call and out of it, which costs more than the rest.
    #[inline(always)]
    pub fn attribute<'a, T: Attribute<'a>>(self, attribute: &T) -> Self {
        let id = self.id;
        let len = attribute.len();
        if len > T::MAX_LEN {
            return self.fail(WriteError::TooLong(T::TYPE));
        }
        let kind = self.generation.number_of(T::TYPE);
        self.append(Stage::Attributes, kind, len, |value, _| {
            attribute.write(value, &id);
        })
    }

    /// Appends an attribute if there is one.
    #[inline]
    pub fn optional<'a, T: Attribute<'a>>(self, attribute: Option<&T>) -> Self {
        match attribute {
            Some(attribute) => self.attribute(attribute),
            None => self,
        }
    }

    /// Appends an attribute of any type with any value. Its type is the number that will stand there.
    pub fn raw(self, kind: AttributeType, value: &[u8]) -> Self {
        self.append(Stage::Attributes, kind, value.len(), |to, _| {
            to.copy_from_slice(value);
        })
    }

    /// Appends `MESSAGE-INTEGRITY` (RFC 8489 section 14.5).
    ///
    /// In [`Generation::MsIce2`] it covers the length of the whole message: `FINGERPRINT` will
    /// follow, if need be by [`finish`](Self::finish).
    pub fn integrity(self, key: &Key) -> Self {
        if self.generation.has_classic_integrity() {
            let behind = match self.generation {
                Generation::MsIce2 => 24 + 8,
                _ => 24,
            };
            let len = length_field(self.len + behind);
            if let Some(field) = self.buffer.get_mut(2..4) {
                field.copy_from_slice(&len.to_be_bytes());
            }
            let kind = AttributeType::MESSAGE_INTEGRITY;
            return self.append(Stage::Integrity, kind, 20, |value, before| {
                value.copy_from_slice(&key.sha1_of_blocks(len, before));
            });
        }
        let kind = AttributeType::MESSAGE_INTEGRITY;
        self.append(Stage::Integrity, kind, 20, |value, before| {
            value.copy_from_slice(&key.sha1(length_field(before.len() + 24), before));
        })
    }

    /// Appends `MESSAGE-INTEGRITY-SHA256` in full length (RFC 8489 section 14.6).
    pub fn integrity_sha256(self, key: &Key) -> Self {
        self.integrity_sha256_truncated(key, 32)
    }

    /// Appends `MESSAGE-INTEGRITY-SHA256` cut to `len` octets: 16 to 32, a multiple of four; other
    /// lengths are rounded to one of these.
    pub fn integrity_sha256_truncated(self, key: &Key, len: usize) -> Self {
        let len = len.clamp(16, 32) & !3;
        let kind = AttributeType::MESSAGE_INTEGRITY_SHA256;
        self.append(Stage::IntegritySha256, kind, len, |value, before| {
            let tag = key.sha256(length_field(before.len() + 4 + len), before);
            value.copy_from_slice(&tag[..len]);
        })
    }

    /// Appends the integrity attribute of an algorithm.
    pub fn integrity_with(self, key: &Key, algorithm: IntegrityAlgorithm) -> Self {
        match algorithm {
            IntegrityAlgorithm::Sha1 => self.integrity(key),
            IntegrityAlgorithm::Sha256 => self.integrity_sha256(key),
        }
    }

    /// Appends `FINGERPRINT`, behind which nothing can stand (RFC 8489 section 14.7).
    pub fn fingerprint(self) -> Self {
        // Unlike the integrity, it covers the length as it stands in the end.
        let len = length_field(self.len + 8);
        if let Some(field) = self.buffer.get_mut(2..4) {
            field.copy_from_slice(&len.to_be_bytes());
        }
        let kind = AttributeType::FINGERPRINT;
        let drafts = self.generation == Generation::MsIce2;
        self.append(Stage::Fingerprint, kind, 4, |value, before| {
            let fingerprint = match drafts {
                true => ms_ice2_fingerprint_of(before),
                false => fingerprint_of(before),
            };
            value.copy_from_slice(&fingerprint.to_be_bytes());
        })
    }

    /// Ends the message and tells its length.
    ///
    /// # Errors
    ///
    /// The first [`WriteError`]; what the buffer holds then is no message.
    #[inline]
    pub fn finish(mut self) -> Result<usize, WriteError> {
        if self.generation == Generation::MsIce2 && self.stage == Stage::Integrity {
            self = self.fingerprint();
        }
        if let Some(error) = self.error {
            return Err(error);
        }
        let len = length_field(self.len);
        match self.buffer.get_mut(..self.len) {
            Some(message) => message[2..4].copy_from_slice(&len.to_be_bytes()),
            None => return Err(BufferTooSmall { needed: self.len }.into()),
        }
        Ok(self.len)
    }

    fn fail(mut self, error: WriteError) -> Self {
        self.error = self.error.or(Some(error));
        self
    }

    /// `write` gets the place of the value and the message before the attribute.
    #[inline(always)]
    fn append(
        mut self,
        stage: Stage,
        kind: AttributeType,
        len: usize,
        write: impl FnOnce(&mut [u8], &[u8]),
    ) -> Self {
        let again = stage == self.stage && stage != Stage::Attributes;
        if stage < self.stage || again {
            return self.fail(WriteError::Order(kind));
        }
        let at = self.len;
        let mask = self.mask;
        let end = at + 4 + ((len + mask) & !mask);
        if end > HEADER_LEN + 0xfffc {
            return self.fail(WriteError::TooLong(kind));
        }
        self.stage = stage;
        self.len = end;
        if let Some(message) = self.buffer.get_mut(..end) {
            let (before, attribute) = message.split_at_mut(at);
            let (head, value) = attribute.split_at_mut(4);
            head[..2].copy_from_slice(&kind.0.to_be_bytes());
            head[2..].copy_from_slice(&u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes());
            let (value, padding) = value.split_at_mut(len);
            padding.fill(self.padding);
            write(value, before);
        }
        self
    }
}

/// What the header says of a message of this length.
fn length_field(len: usize) -> u16 {
    u16::try_from(len - HEADER_LEN).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
