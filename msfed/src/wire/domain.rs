//! Domain names of organisations and of their servers.

#[cfg(test)]
mod tests;

use core::fmt;
use core::hash::{Hash, Hasher};

use thiserror::Error;

/// A domain name: that of an organisation, or of a host.
///
/// Letters, digits and hyphens in labels of 63 octets at most (RFC 1123 section 2.1, RFC 1035 section
/// 2.3.4); underscores as well, since names of hosts have them, but not at the beginning of a label. A name
/// in another script is written as its A-label, `xn--..` (RFC 5890 section 2.3.2.1). One dot at the end,
/// by which DNS marks a name as complete, is taken off. Names compare without regard to case (RFC 4343).
///
/// ```
/// use trunkline_msfed::{Domain, DomainError};
///
/// let domain = Domain::parse("Contoso.COM.")?;
/// assert_eq!(domain.as_str(), "Contoso.COM");
/// assert_eq!(domain, Domain::parse("contoso.com")?);
/// assert!(Domain::parse("sip.contoso.com")?.is_within(domain));
/// assert!(!Domain::parse("notcontoso.com")?.is_within(domain));
/// assert_eq!(Domain::parse("192.0.2.1"), Err(DomainError::Address));
/// # Ok::<(), DomainError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Domain<'a>(&'a str);

/// Why a text is no [`Domain`]. Offsets count bytes from its beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum DomainError {
    /// There is nothing, or nothing but a dot.
    #[error("the domain is missing")]
    Empty,
    /// It has more than [`Domain::MAX_LEN`] octets.
    #[error("a domain has no more than {max} characters", max = Domain::MAX_LEN)]
    TooLong,
    /// Two dots follow each other, or one stands in front.
    #[error("nothing stands before the dot at byte {offset}")]
    EmptyLabel {
        /// Where the dot is.
        offset: usize,
    },
    /// There are more than 63 octets between two dots.
    #[error("more than 63 characters without a dot from byte {offset}")]
    LabelTooLong {
        /// Where the label begins.
        offset: usize,
    },
    /// A label begins or ends with a hyphen.
    #[error("a hyphen at byte {offset}, at the beginning or end of a label")]
    Hyphen {
        /// Where the hyphen is.
        offset: usize,
    },
    /// A label begins with an underscore, as those of SRV records do: the domain is what follows them.
    #[error("the label at byte {offset} is of the name of an SRV record, not of a domain")]
    ServiceLabel {
        /// Where the label begins.
        offset: usize,
    },
    /// A character that is neither a letter, a digit, a hyphen nor an underscore.
    #[error("a character at byte {offset} that no domain has")]
    Character {
        /// Where it is.
        offset: usize,
    },
    /// A character that is not ASCII.
    #[error("a character at byte {offset} that is not ASCII: write the domain as in DNS, xn--..")]
    NotAscii {
        /// Where it is.
        offset: usize,
    },
    /// It is an IP address, or its last label is a number, which makes it look like one (RFC 3696 section 2).
    #[error("an address is no domain")]
    Address,
}

impl<'a> Domain<'a> {
    /// The most octets of a domain, as Microsoft's settings have it. Names in DNS have no more than 253.
    pub const MAX_LEN: usize = 256;
    /// The most octets of a label (RFC 1035 section 2.3.4).
    pub const MAX_LABEL_LEN: usize = 63;

    /// Reads a domain; it may have a dot at its end.
    ///
    /// # Errors
    ///
    /// Any [`DomainError`].
    pub fn parse(text: &'a str) -> Result<Self, DomainError> {
        let name = text.strip_suffix('.').unwrap_or(text);
        if name.is_empty() {
            return Err(DomainError::Empty);
        }
        if name.len() > Self::MAX_LEN {
            return Err(DomainError::TooLong);
        }
        if !Self::is_sound(name.as_bytes()) {
            Self::check(name.as_bytes())?;
        }
        Ok(Self(name))
    }

    /// Whether [`Domain::check`] has nothing to say, told in one pass without a branch for each octet.
    fn is_sound(name: &[u8]) -> bool {
        let mut previous = CLASSES[usize::from(b'.')];
        let mut faults = 0;
        for &byte in name {
            let class = CLASSES[usize::from(byte)];
            faults |= class & (previous >> 4);
            previous = class;
        }
        if faults != 0 || previous & (DOT | HYPHEN) != 0 {
            return false;
        }
        let mut labels = name.rsplit(|&byte| byte == b'.');
        let last = labels.next().unwrap_or_default();
        let is_short = |label: &[u8]| label.len() <= Self::MAX_LABEL_LEN;
        let are_short = name.len() <= Self::MAX_LABEL_LEN || is_short(last) && labels.all(is_short);
        are_short && !last.iter().all(u8::is_ascii_digit)
    }

    /// Tells what is wrong with a name.
    fn check(bytes: &[u8]) -> Result<(), DomainError> {
        if bytes.first() == Some(&b'[') {
            return Err(DomainError::Address);
        }
        let mut start = 0;
        let mut numeric = true;
        let mut previous = b'.';
        for (offset, &byte) in bytes.iter().enumerate() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' => numeric = false,
                b'0'..=b'9' => {}
                b'.' => {
                    end_of_label(previous, start, offset)?;
                    start = offset + 1;
                    numeric = true;
                }
                b'-' if previous == b'.' => return Err(DomainError::Hyphen { offset }),
                b'_' if previous == b'.' => return Err(DomainError::ServiceLabel { offset }),
                b'-' | b'_' => numeric = false,
                0x80.. => return Err(DomainError::NotAscii { offset }),
                _ => return Err(DomainError::Character { offset }),
            }
            previous = byte;
        }
        end_of_label(previous, start, bytes.len())?;
        if numeric {
            return Err(DomainError::Address);
        }
        Ok(())
    }

    /// The name as it was written, without a dot at its end.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }

    /// How many octets the name has, between 1 and [`Domain::MAX_LEN`].
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no domain is empty")]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// The labels, from the host to the top-level domain.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &'a str> + use<'a> {
        self.0.split('.')
    }

    /// The domain above: without the first label. `None` above the top-level domain.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, parent) = self.0.split_once('.')?;
        Some(Self(parent))
    }

    /// Whether this is `domain` or lies below it. Whole labels count: `notcontoso.com` is not within
    /// `contoso.com`.
    #[must_use]
    pub fn is_within(&self, domain: Domain<'_>) -> bool {
        let (name, above) = (self.0.as_bytes(), domain.0.as_bytes());
        let Some(start) = name.len().checked_sub(above.len()) else {
            return false;
        };
        let (below, suffix) = name.split_at(start);
        suffix.eq_ignore_ascii_case(above) && matches!(below.last(), None | Some(b'.'))
    }

    /// Whether this lies below `domain`, and is not the domain itself.
    #[must_use]
    pub fn is_below(&self, domain: Domain<'_>) -> bool {
        self.len() > domain.len() && self.is_within(domain)
    }

    /// A name that has been checked before.
    pub(crate) const fn checked(name: &'a str) -> Self {
        Self(name)
    }
}

const DOT: u8 = 1;
const HYPHEN: u8 = 2;
const UNDERSCORE: u8 = 4;
/// What no domain has.
const OTHER: u8 = 8;

/// What an octet is, 0 for letters and digits; in the upper half, what must not follow it.
const CLASSES: [u8; 256] = {
    let mut classes = [OTHER | OTHER << 4; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            classes[byte] = OTHER << 4;
        }
        byte += 1;
    }
    classes[b'.' as usize] = DOT | (DOT | HYPHEN | UNDERSCORE | OTHER) << 4;
    classes[b'-' as usize] = HYPHEN | (DOT | OTHER) << 4;
    classes[b'_' as usize] = UNDERSCORE | OTHER << 4;
    classes
};

fn end_of_label(last: u8, start: usize, end: usize) -> Result<(), DomainError> {
    match last {
        b'.' => Err(DomainError::EmptyLabel { offset: end }),
        b'-' => Err(DomainError::Hyphen { offset: end - 1 }),
        _ if end - start > Domain::MAX_LABEL_LEN => {
            Err(DomainError::LabelTooLong { offset: start })
        }
        _ => Ok(()),
    }
}

/// Without regard to case (RFC 4343).
impl PartialEq<Domain<'_>> for Domain<'_> {
    fn eq(&self, other: &Domain<'_>) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

impl Eq for Domain<'_> {}

impl Hash for Domain<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
        state.write_u8(0xff);
    }
}

impl<'a> TryFrom<&'a str> for Domain<'a> {
    type Error = DomainError;

    fn try_from(text: &'a str) -> Result<Self, DomainError> {
        Self::parse(text)
    }
}

impl fmt::Debug for Domain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

impl fmt::Display for Domain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}
