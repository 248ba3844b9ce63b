//! The view of a message.

use core::fmt;
use core::num::NonZeroUsize;

use super::attribute::{
    Attribute, AttributeType, ImplementationVersion, Malformed, Nonce, PasswordAlgorithms,
    RawAttribute, SecurityFeatures,
};
use super::generation::{Generation, ms_ice2_crc};
use super::header::{Class, HEADER_LEN, MAGIC_COOKIE, Method, split_message_type};
use super::integrity::{IntegrityAlgorithm, IntegrityError, Key, is_same};
use super::transaction_id::TransactionId;
use super::{octets_at, padded};

/// What `FINGERPRINT` is combined with (RFC 8489 section 14.7).
const FINGERPRINT_XOR: u32 = 0x5354_554e;

pub(super) fn fingerprint_of(message: &[u8]) -> u32 {
    crc32fast::hash(message) ^ FINGERPRINT_XOR
}

pub(super) fn ms_ice2_fingerprint_of(message: &[u8]) -> u32 {
    ms_ice2_crc(message) ^ FINGERPRINT_XOR
}

/// The type of the attribute that begins here, and how long its value is.
#[inline]
fn head_at(data: &[u8], at: usize) -> Option<(AttributeType, usize)> {
    let [a, b, high, low] = octets_at(data, at)?;
    let kind = AttributeType(u16::from_be_bytes([a, b]));
    Some((kind, usize::from(u16::from_be_bytes([high, low]))))
}

/// Bytes are no message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{kind} at octet {offset}")]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// Where, counted from the start of the message.
    pub offset: usize,
}

/// What is wrong with bytes that are no message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The first two bits are not zero, or there is no header: another protocol.
    #[error("not STUN")]
    NotStun,
    /// There is no magic cookie: another protocol, or a classic message
    /// (RFC 3489; see [`recognize`](crate::recognize)).
    #[error("no magic cookie")]
    NoCookie,
    /// The length is not a multiple of four, or not that of the datagram.
    #[error("wrong length")]
    Length,
    /// An attribute reaches past the end.
    #[error("an attribute is cut off")]
    AttributeCutOff,
    /// `MESSAGE-INTEGRITY`, `MESSAGE-INTEGRITY-SHA256` or `FINGERPRINT` cannot have this length.
    #[error("an attribute of impossible length")]
    AttributeLength,
    /// Something follows `FINGERPRINT` (RFC 8489 section 14.7).
    #[error("FINGERPRINT is not the last attribute")]
    AfterFingerprint,
    /// `FINGERPRINT` is not that of the message.
    #[error("wrong FINGERPRINT")]
    Fingerprint,
}

/// A received message: its structure is sound, its attributes are read when asked for.
///
/// ```
/// use trunkline_stun::{Class, Message, Method, XorMappedAddress};
///
/// let response = [
///     0x01, 0x01, 0x00, 0x0c, 0x21, 0x12, 0xa4, 0x42, // success, 12 octets, cookie
///     1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, // transaction id
///     0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0x32, 0x17, 0xe1, 0xba, 0xa5, 0x61,
/// ];
/// let message = Message::parse(&response)?;
/// assert_eq!((message.class(), message.method()), (Class::Success, Method::BINDING));
/// let XorMappedAddress(address) = message.get()?.expect("is there");
/// assert_eq!(address.to_string(), "192.168.1.35:4869");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Message<'a> {
    data: &'a [u8],
    generation: Generation,
    /// Where the attributes end that are neither integrity nor fingerprint.
    end: usize,
    integrity: Option<NonZeroUsize>,
    integrity_sha256: Option<NonZeroUsize>,
    /// There is a `FINGERPRINT`, in the last eight octets.
    fingerprint: bool,
}

impl<'a> Message<'a> {
    /// Reads a datagram, or a frame of a stream (see [`frame_len`](crate::frame_len)): header,
    /// the structure of the attributes, and `FINGERPRINT` if there is one.
    ///
    /// Unknown attributes and methods are no error here. Attributes behind
    /// `MESSAGE-INTEGRITY` other than `MESSAGE-INTEGRITY-SHA256` and `FINGERPRINT` are not
    /// protected and left out of the view (RFC 8489 section 14.5).
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the first thing that is wrong.
    pub fn parse(data: &'a [u8]) -> Result<Self, ParseError> {
        let message = Self::scan(data)?;
        match message.fingerprint() {
            Some((before, value)) if value != fingerprint_of(before) => Err(ParseError {
                kind: ParseErrorKind::Fingerprint,
                offset: before.len(),
            }),
            _ => Ok(message),
        }
    }

    /// Reads a message of any [`Generation`]. Without a cookie there is little to tell STUN from
    /// something else by: use it where nothing but STUN is expected.
    ///
    /// What begins with the cookie of RFC 5389 is of [\[MS-ICE2\]'s form](Generation::MsIce2) if
    /// it names a version up to 2 or has the fingerprint of that form.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the first thing that is wrong.
    pub fn parse_any_generation(data: &'a [u8]) -> Result<Self, ParseError> {
        match Self::scan(data) {
            Ok(mut message) => {
                let drafts = matches!(message.get(), Ok(Some(ImplementationVersion(0..=2))));
                if let Some((before, value)) = message.fingerprint()
                    && value != fingerprint_of(before)
                {
                    if value != ms_ice2_fingerprint_of(before) {
                        return Err(ParseError {
                            kind: ParseErrorKind::Fingerprint,
                            offset: before.len(),
                        });
                    }
                    message.generation = Generation::MsIce2;
                }
                if drafts {
                    message.generation = Generation::MsIce2;
                }
                Ok(message)
            }
            Err(ParseError {
                kind: ParseErrorKind::NoCookie,
                ..
            }) => Self::parse_classic(data),
            Err(error) => Err(error),
        }
    }

    /// Reads what has no cookie in its header.
    fn parse_classic(data: &'a [u8]) -> Result<Self, ParseError> {
        let fault = |kind, offset| Err(ParseError { kind, offset });
        let generation = Generation::of(data);
        let mask = generation.padding_mask();
        let len = usize::from(octets_at(data, 2).map_or(0, u16::from_be_bytes));
        if len & mask != 0 || HEADER_LEN + len != data.len() {
            return fault(ParseErrorKind::Length, 2);
        }
        let mut message = Self {
            data,
            generation,
            end: data.len(),
            integrity: None,
            integrity_sha256: None,
            fingerprint: false,
        };
        let mut at = generation.start();
        while at < data.len() {
            let Some((kind, len)) = head_at(data, at) else {
                return fault(ParseErrorKind::AttributeCutOff, at);
            };
            let next = (at + 4 + len + mask) & !mask;
            if next > data.len() {
                return fault(ParseErrorKind::AttributeCutOff, at);
            }
            if kind == AttributeType::MESSAGE_INTEGRITY && message.integrity.is_none() {
                if len != 20 {
                    return fault(ParseErrorKind::AttributeLength, at);
                }
                message.integrity = NonZeroUsize::new(at);
                message.end = at;
            }
            at = next;
        }
        Ok(message)
    }

    /// As [`parse`](Self::parse), without comparing the value of `FINGERPRINT`: for tools that
    /// show what was sent.
    ///
    /// # Errors
    ///
    /// As `parse`, but never [`ParseErrorKind::Fingerprint`].
    pub fn parse_any_fingerprint(data: &'a [u8]) -> Result<Self, ParseError> {
        Self::scan(data)
    }

    /// One pass over the attributes.
    #[inline(always)]
    fn scan(data: &'a [u8]) -> Result<Self, ParseError> {
        let fault = |kind, offset| Err(ParseError { kind, offset });
        let Some(header) = data.first_chunk::<HEADER_LEN>() else {
            return fault(ParseErrorKind::NotStun, data.len());
        };
        if header[0] >= 0x40 {
            return fault(ParseErrorKind::NotStun, 0);
        }
        if header[4..8] != MAGIC_COOKIE.to_be_bytes() {
            return fault(ParseErrorKind::NoCookie, 4);
        }
        let len = usize::from(u16::from_be_bytes([header[2], header[3]]));
        if !len.is_multiple_of(4) || HEADER_LEN + len != data.len() {
            return fault(ParseErrorKind::Length, 2);
        }
        let mut message = Self {
            data,
            generation: Generation::Cookie,
            end: data.len(),
            integrity: None,
            integrity_sha256: None,
            fingerprint: false,
        };
        let mut at = HEADER_LEN;
        // The length is a multiple of four, and so is every step.
        while let Some((kind, len)) = head_at(data, at) {
            let next = padded(at + 4 + len);
            if next > data.len() {
                return fault(ParseErrorKind::AttributeCutOff, at);
            }
            match kind {
                AttributeType::FINGERPRINT => {
                    if len != 4 {
                        return fault(ParseErrorKind::AttributeLength, at);
                    }
                    if next != data.len() {
                        return fault(ParseErrorKind::AfterFingerprint, next);
                    }
                    message.fingerprint = true;
                    message.end = message.end.min(at);
                }
                AttributeType::MESSAGE_INTEGRITY => {
                    if len != 20 {
                        return fault(ParseErrorKind::AttributeLength, at);
                    }
                    // One behind MESSAGE-INTEGRITY-SHA256 is not protected.
                    if message.integrity.is_none() && message.integrity_sha256.is_none() {
                        message.integrity = NonZeroUsize::new(at);
                        message.end = message.end.min(at);
                    }
                }
                AttributeType::MESSAGE_INTEGRITY_SHA256 => {
                    if !matches!(len, 16 | 20 | 24 | 28 | 32) {
                        return fault(ParseErrorKind::AttributeLength, at);
                    }
                    if message.integrity_sha256.is_none() {
                        message.integrity_sha256 = NonZeroUsize::new(at);
                        message.end = message.end.min(at);
                    }
                }
                _ => {}
            }
            at = next;
        }
        Ok(message)
    }

    /// The bytes of the whole message.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.data
    }

    /// Which rules it follows: always [`Generation::Cookie`] but after
    /// [`parse_any_generation`](Self::parse_any_generation).
    #[must_use]
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    fn class_and_method(&self) -> (Class, Method) {
        let (class, method) =
            split_message_type(octets_at(self.data, 0).map_or(0, u16::from_be_bytes));
        match (self.generation, class, method) {
            (Generation::MsTurn, Class::Error, Method::MS_DATA) => (Class::Indication, method),
            _ => (class, method),
        }
    }

    /// Request, indication or response.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class_and_method().0
    }

    /// What is asked for.
    #[must_use]
    pub fn method(&self) -> Method {
        self.class_and_method().1
    }

    /// The transaction it belongs to.
    #[must_use]
    #[inline]
    pub fn transaction_id(&self) -> TransactionId {
        TransactionId::classic(octets_at(self.data, 4).unwrap_or_default())
    }

    /// Its attributes in order, without `MESSAGE-INTEGRITY`, `MESSAGE-INTEGRITY-SHA256` and
    /// `FINGERPRINT`, and without what is not protected because it stands behind those. Of
    /// [`Generation::MsTurn`] also without the cookie; the types are the numbers that stand there.
    #[must_use]
    #[inline]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes {
            data: &self.data[..self.end],
            at: self.generation.start(),
            mask: self.generation.padding_mask(),
        }
    }

    /// The attribute of a type, the first if there are several (RFC 8489 section 14), or `None`
    /// if there is none.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if its value cannot be read.
    #[inline]
    pub fn get<T: Attribute<'a>>(&self) -> Result<Option<T>, Malformed> {
        let kind = self.generation.number_of(T::TYPE);
        let Some(raw) = self.attributes().find(|raw| raw.kind == kind) else {
            return Ok(None);
        };
        T::read(raw.value, &self.transaction_id())
            .map(Some)
            .ok_or(Malformed {
                attribute: raw.kind,
                offset: raw.offset,
            })
    }

    /// The attributes that must be understood but are not in `understood`, for a 420 response
    /// (RFC 8489 section 6.3.1).
    #[must_use]
    pub fn unknown_required<'k>(&self, understood: &'k [AttributeType]) -> UnknownRequired<'a, 'k> {
        UnknownRequired {
            attributes: self.attributes(),
            understood,
        }
    }

    /// Whether there is a `FINGERPRINT`. After [`parse`](Self::parse) it is the right one.
    #[must_use]
    pub const fn has_fingerprint(&self) -> bool {
        self.fingerprint
    }

    /// What `FINGERPRINT` covers, and its value. Where it stands does not depend on the scan, so that a
    /// processor computes one beside the other.
    fn fingerprint(&self) -> Option<(&'a [u8], u32)> {
        let (before, [_, _, _, _, value @ ..]) = self.data.split_last_chunk::<8>()?;
        self.fingerprint
            .then_some((before, u32::from_be_bytes(*value)))
    }

    /// Whether an attribute of this algorithm is there. It says nothing of its value.
    #[must_use]
    pub const fn has_integrity(&self, algorithm: IntegrityAlgorithm) -> bool {
        match algorithm {
            IntegrityAlgorithm::Sha1 => self.integrity.is_some(),
            IntegrityAlgorithm::Sha256 => self.integrity_sha256.is_some(),
        }
    }

    /// Checks that the message comes from somebody who has the key, by the stronger attribute
    /// that is there, and tells which that was. Takes the same time for every wrong value.
    ///
    /// Who insists on SHA-256 calls [`verify_with`](Self::verify_with), since an attacker can
    /// take one of two attributes away.
    ///
    /// # Errors
    ///
    /// [`IntegrityError`] if there is no such attribute or it is wrong.
    pub fn verify(&self, key: &Key) -> Result<IntegrityAlgorithm, IntegrityError> {
        let algorithm = match self.integrity_sha256 {
            Some(_) => IntegrityAlgorithm::Sha256,
            None => IntegrityAlgorithm::Sha1,
        };
        self.verify_with(key, algorithm).map(|()| algorithm)
    }

    /// Checks the attribute of one algorithm.
    ///
    /// # Errors
    ///
    /// [`IntegrityError`] if it is not there or wrong.
    pub fn verify_with(
        &self,
        key: &Key,
        algorithm: IntegrityAlgorithm,
    ) -> Result<(), IntegrityError> {
        let at = match algorithm {
            IntegrityAlgorithm::Sha1 => self.integrity,
            IntegrityAlgorithm::Sha256 => self.integrity_sha256,
        };
        let at = at.ok_or(IntegrityError::Missing)?.get();
        let (before, attribute) = self.data.split_at(at);
        let len = octets_at(attribute, 2).map_or(0, u16::from_be_bytes);
        let found = attribute.get(4..4 + usize::from(len)).unwrap_or_default();
        if self.generation.has_classic_integrity() {
            let len = octets_at(before, 2).map_or(0, u16::from_be_bytes);
            return match algorithm {
                IntegrityAlgorithm::Sha1 if is_same(&key.sha1_of_blocks(len, before), found) => {
                    Ok(())
                }
                _ => Err(IntegrityError::Wrong),
            };
        }
        // What the header's length was when the sender computed the value; it is shorter than
        // the datagram, so it fits.
        let as_if = u16::try_from(at + 4 + usize::from(len) - HEADER_LEN).unwrap_or(u16::MAX);
        let same = match algorithm {
            IntegrityAlgorithm::Sha1 => is_same(&key.sha1(as_if, before), found),
            // A shortened value is the beginning of the whole one.
            IntegrityAlgorithm::Sha256 => is_same(&key.sha256(as_if, before)[..found.len()], found),
        };
        if same {
            Ok(())
        } else {
            Err(IntegrityError::Wrong)
        }
    }
}

/// Somebody has taken the offer of password algorithms out of a message (RFC 8489 section 9.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the nonce tells of password algorithms, and there are none")]
pub struct BidDown;

impl<'a> Message<'a> {
    /// The password algorithms that a 401 or 438 offers, or `None` if the server knows only MD5 of
    /// RFC 5389. Its answer to a request must be the same, which is why the request repeats them
    /// (RFC 8489 section 9.2.3.2).
    ///
    /// # Errors
    ///
    /// [`BidDown`] if the nonce tells that the server offers some and there are none that can be
    /// read: the message is to be thrown away (RFC 8489 section 9.2.5).
    pub fn offered_password_algorithms(&self) -> Result<Option<PasswordAlgorithms<'a>>, BidDown> {
        let announced = match self.get::<Nonce<'_>>() {
            Ok(Some(nonce)) => nonce.security_features(),
            _ => None,
        };
        let offers = announced
            .is_some_and(|features| features.contains(SecurityFeatures::PASSWORD_ALGORITHMS));
        match self.get::<PasswordAlgorithms<'_>>() {
            Ok(Some(algorithms)) if offers && algorithms.iter().next().is_some() => {
                Ok(Some(algorithms))
            }
            _ if offers => Err(BidDown),
            _ => Ok(None),
        }
    }
}

impl fmt::Debug for Message<'_> {
    /// Class, method, id and the types of the attributes; no values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Types<'a>(Attributes<'a>);
        impl fmt::Debug for Types<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let types = self.0.clone().map(|attribute| attribute.kind);
                f.debug_list().entries(types).finish()
            }
        }
        f.debug_struct("Message")
            .field("generation", &self.generation)
            .field("class", &self.class())
            .field("method", &self.method())
            .field("transaction_id", &self.transaction_id())
            .field("attributes", &Types(self.attributes()))
            .field("integrity", &self.integrity.is_some())
            .field("integrity_sha256", &self.integrity_sha256.is_some())
            .field("fingerprint", &self.fingerprint)
            .finish()
    }
}

/// What [`Message::attributes`] returns.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    data: &'a [u8],
    at: usize,
    mask: usize,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = RawAttribute<'a>;

    #[inline]
    fn next(&mut self) -> Option<RawAttribute<'a>> {
        let (kind, len) = head_at(self.data, self.at)?;
        let offset = self.at;
        // An attribute begins at a multiple of what is padded to.
        self.at = (offset + 4 + len + self.mask) & !self.mask;
        Some(RawAttribute {
            kind,
            value: self.data.get(offset + 4..offset + 4 + len)?,
            offset,
        })
    }
}

/// What [`Message::unknown_required`] returns.
#[derive(Clone, Debug)]
pub struct UnknownRequired<'a, 'k> {
    attributes: Attributes<'a>,
    understood: &'k [AttributeType],
}

impl Iterator for UnknownRequired<'_, '_> {
    type Item = AttributeType;

    fn next(&mut self) -> Option<AttributeType> {
        let understood = self.understood;
        self.attributes
            .by_ref()
            .map(|attribute| attribute.kind)
            .find(|kind| kind.is_comprehension_required() && !understood.contains(kind))
    }
}

#[cfg(test)]
mod tests;
