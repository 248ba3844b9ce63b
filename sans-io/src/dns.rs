//! What is asked of DNS and what it answers, as plain values.
//!
//! A machine hands out a [`DnsQuestion`]; whoever drives it asks a resolver and gives back
//! `Result<&[DnsRecord], DnsFailure>`. The resolver follows aliases (CNAME), so that all records belong to the name
//! of the question.

#[cfg(test)]
mod tests;

use core::fmt::{self, Write as _};
use core::hash::{Hash, Hasher};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::ops::Deref;
use core::str::FromStr;
use core::time::Duration;

/// A fully qualified name in DNS, inline.
///
/// Letters, digits, hyphens and underscores in labels of 63 octets at most: names of hosts (RFC 1123 section 2.1) and
/// of services (RFC 2782). Other octets, which DNS permits, are refused. A name in another script is written as its
/// A-label, `xn--..` (RFC 5890 section 2.3.2.1). The dot at the end is not kept. Names compare without regard to case
/// (RFC 4343) and are kept as they were written.
///
/// ```
/// use trunkline_sans_io::DnsName;
///
/// let domain: DnsName = "Example.com.".parse()?;
/// assert_eq!(domain.as_str(), "Example.com");
/// assert_eq!(domain, DnsName::parse("example.COM")?);
/// assert_eq!(domain.with_prefix("_stun._udp")?.as_str(), "_stun._udp.Example.com");
/// # Ok::<(), trunkline_sans_io::DnsNameError>(())
/// ```
#[derive(Clone, Copy)]
pub struct DnsName {
    bytes: [u8; Self::MAX_LEN],
    len: u8,
}

/// Why a text is no [`DnsName`]. Offsets count bytes from its beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DnsNameError {
    /// There is nothing.
    #[error("the name is missing")]
    Empty,
    /// It has more than [`DnsName::MAX_LEN`] octets.
    #[error("a name in DNS has no more than {max} characters", max = DnsName::MAX_LEN)]
    TooLong,
    /// A label has no octets, or more than [`DnsName::MAX_LABEL_LEN`].
    #[error("the label at byte {offset} does not have 1 to {max} characters", max = DnsName::MAX_LABEL_LEN)]
    Label {
        /// Where the label begins.
        offset: usize,
    },
    /// An octet that is neither a letter, a digit, a hyphen nor an underscore.
    #[error("a character at byte {offset} that no name has")]
    Character {
        /// Where it is.
        offset: usize,
    },
}

impl DnsName {
    /// The most octets of a name without the dot at its end: 255 as they are sent (RFC 1035 section 2.3.4).
    pub const MAX_LEN: usize = 253;
    /// The most octets of a label (RFC 1035 section 2.3.4).
    pub const MAX_LABEL_LEN: usize = 63;

    /// The root domain, `.`: by it records say that there is nothing (RFC 2782 "Target", RFC 3403 section 4.1).
    pub const ROOT: Self = {
        let mut bytes = [0; Self::MAX_LEN];
        bytes[0] = b'.';
        Self { bytes, len: 1 }
    };

    /// Reads a name; it may have a dot at its end. A dot alone is [`DnsName::ROOT`].
    ///
    /// # Errors
    ///
    /// Any [`DnsNameError`].
    pub const fn parse(text: &str) -> Result<Self, DnsNameError> {
        let text = text.as_bytes();
        let len = match text {
            [] => return Err(DnsNameError::Empty),
            [b'.'] => return Ok(Self::ROOT),
            [name @ .., b'.'] => name.len(),
            name => name.len(),
        };
        if len > Self::MAX_LEN {
            return Err(DnsNameError::TooLong);
        }
        let mut bytes = [0; Self::MAX_LEN];
        let mut start = 0;
        let mut offset = 0;
        // one step past the end, which ends the last label
        while offset <= len {
            let byte = if offset < len { text[offset] } else { b'.' };
            match byte {
                b'.' if offset == start || offset - start > Self::MAX_LABEL_LEN => {
                    return Err(DnsNameError::Label { offset: start });
                }
                b'.' => start = offset + 1,
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => {}
                _ => return Err(DnsNameError::Character { offset }),
            }
            if offset < len {
                bytes[offset] = byte;
            }
            offset += 1;
        }
        let len = len as u8;
        Ok(Self { bytes, len })
    }

    /// The name below this one: the labels of `prefix`, a dot, and this name. Service and protocol of an SRV record
    /// (RFC 2782), the digits of a number in ENUM (RFC 6116 section 3.2).
    ///
    /// # Errors
    ///
    /// Any [`DnsNameError`]; offsets count from the beginning of `prefix`.
    pub fn with_prefix(&self, prefix: &str) -> Result<Self, DnsNameError> {
        let suffix = if self.is_root() { "" } else { self.as_str() };
        let mut text = Text::default();
        let whole = write!(text, "{prefix}.{suffix}");
        whole.map_err(|_| DnsNameError::TooLong)?;
        text.name()
    }

    /// The name as it was written, without a dot at its end; the root domain is `.`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let name = self.bytes.get(..self.len.into()).unwrap_or_default();
        str::from_utf8(name).unwrap_or_default()
    }

    /// The same name in lower case, for caches that compare octets.
    #[must_use]
    pub const fn to_lowercase(mut self) -> Self {
        self.bytes.make_ascii_lowercase();
        self
    }

    /// Whether this is [`DnsName::ROOT`].
    #[must_use]
    pub const fn is_root(&self) -> bool {
        self.bytes[0] == b'.'
    }

    /// The name that `name` displays as, for types of other crates: those of resolvers.
    ///
    /// # Errors
    ///
    /// Any [`DnsNameError`].
    pub fn from_display(name: impl fmt::Display) -> Result<Self, DnsNameError> {
        let mut text = Text::default();
        write!(text, "{name}").map_err(|_| DnsNameError::TooLong)?;
        text.name()
    }
}

/// Room for the longest name and the dot at its end.
struct Text {
    bytes: [u8; DnsName::MAX_LEN + 1],
    len: usize,
}

impl Default for Text {
    fn default() -> Self {
        let bytes = [0; DnsName::MAX_LEN + 1];
        Self { bytes, len: 0 }
    }
}

impl Text {
    fn name(&self) -> Result<DnsName, DnsNameError> {
        let text = self.bytes.get(..self.len).unwrap_or_default();
        DnsName::parse(str::from_utf8(text).unwrap_or_default())
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let room = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

impl FromStr for DnsName {
    type Err = DnsNameError;

    fn from_str(text: &str) -> Result<Self, DnsNameError> {
        Self::parse(text)
    }
}

/// Without regard to case (RFC 4343).
impl PartialEq for DnsName {
    fn eq(&self, other: &Self) -> bool {
        self.as_str().eq_ignore_ascii_case(other.as_str())
    }
}

impl Eq for DnsName {}

impl Hash for DnsName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.as_str().bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
        state.write_u8(0xff);
    }
}

impl Deref for DnsName {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for DnsName {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which records are asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum DnsRecordType {
    /// IPv4 addresses (RFC 1035 section 3.4.1).
    A,
    /// IPv6 addresses (RFC 3596).
    Aaaa,
    /// Hosts of a service (RFC 2782).
    Srv,
    /// Rewriting rules (RFC 3403).
    Naptr,
}

impl DnsRecordType {
    /// The name as it stands in zone files: `A`, `AAAA`, `SRV`, `NAPTR`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Srv => "SRV",
            Self::Naptr => "NAPTR",
        }
    }
}

impl fmt::Display for DnsRecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A question to DNS. Displays as `example.com SRV`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DnsQuestion {
    /// The name, fully qualified: nothing is to be appended to it.
    pub name: DnsName,
    /// Which of its records.
    pub record_type: DnsRecordType,
}

impl DnsQuestion {
    /// The question for the records of a type that a name has.
    #[must_use]
    pub const fn new(name: DnsName, record_type: DnsRecordType) -> Self {
        Self { name, record_type }
    }
}

impl fmt::Display for DnsQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.record_type)
    }
}

/// One record of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DnsRecord<'a> {
    /// For how long it may be used, from when the answer arrived.
    pub ttl: Duration,
    /// What it says.
    pub data: DnsData<'a>,
}

/// What a record says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum DnsData<'a> {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// A host of a service.
    Srv(Srv),
    /// A rewriting rule.
    Naptr(Naptr<'a>),
}

impl DnsData<'_> {
    /// The type of the record.
    #[must_use]
    pub const fn record_type(&self) -> DnsRecordType {
        match self {
            Self::A(_) => DnsRecordType::A,
            Self::Aaaa(_) => DnsRecordType::Aaaa,
            Self::Srv(_) => DnsRecordType::Srv,
            Self::Naptr(_) => DnsRecordType::Naptr,
        }
    }

    /// The address, where it is one.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        match *self {
            Self::A(address) => Some(IpAddr::V4(address)),
            Self::Aaaa(address) => Some(IpAddr::V6(address)),
            _ => None,
        }
    }
}

/// A host of a service (RFC 2782).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Srv {
    /// The record with the smallest number is to be used first.
    pub priority: u16,
    /// How often a record is to be used, among those of the same priority.
    pub weight: u16,
    /// The port of the service.
    pub port: u16,
    /// The host. [`DnsName::ROOT`] says that the domain does not have the service.
    pub target: DnsName,
}

impl Srv {
    /// Puts SRV records into the order in which they are to be tried: by priority, and by chance among equal ones,
    /// as often as their weights say (RFC 2782 "Weight").
    ///
    /// `key` tells priority and weight of a record. `random` yields a number between 0 and its argument, both
    /// included, each as likely as the others. The cost grows with the square of the number of records: give it
    /// those of one answer, which the size of DNS messages limits.
    ///
    /// ```
    /// use trunkline_sans_io::{DnsName, Srv};
    ///
    /// let target = DnsName::parse("a.example")?;
    /// let record = |priority, weight| Srv { priority, weight, port: 3478, target };
    /// let mut records = [record(20, 0), record(10, 60), record(10, 40)];
    /// Srv::sort(&mut records, |srv| (srv.priority, srv.weight), |most| most / 2);
    /// assert_eq!(records.map(|srv| srv.weight), [60, 40, 0]);
    /// # Ok::<(), trunkline_sans_io::DnsNameError>(())
    /// ```
    pub fn sort<T>(
        records: &mut [T],
        key: impl Fn(&T) -> (u16, u16),
        mut random: impl FnMut(u32) -> u32,
    ) {
        // Those with weight 0 first, so that they have a chance at all.
        records.sort_unstable_by_key(&key);
        let mut rest = records;
        while let Some((priority, _)) = rest.first().map(&key) {
            let keys = rest.iter().map(&key);
            let weights = keys
                .take_while(|(equal, _)| *equal == priority)
                .map(|(_, weight)| u32::from(weight));
            let total = weights.clone().fold(0, u32::saturating_add);
            let mark = random(total).min(total);
            let mut sum = 0_u32;
            let chosen = weights.take_while(|weight| {
                sum = sum.saturating_add(*weight);
                sum < mark
            });
            let chosen = chosen.count();
            // The others stay in order.
            if let Some(upto) = rest.get_mut(..=chosen) {
                upto.rotate_right(1);
            }
            rest = rest.get_mut(1..).unwrap_or_default();
        }
    }
}

/// A rewriting rule (RFC 3403 section 4.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Naptr<'a> {
    /// The order in which the records have to be used, the smallest first.
    pub order: u16,
    /// Which of those with the same order is liked better, the smallest first.
    pub preference: u16,
    /// What follows: `u` a URI, `s` an SRV record, `a` an address, nothing another NAPTR record.
    pub flags: &'a str,
    /// What the rule is for.
    pub services: &'a str,
    /// The substitution, by a delimiter of its own choice in three parts; empty where there is a replacement.
    pub regexp: &'a str,
    /// The next name to ask for; [`DnsName::ROOT`] where there is a substitution.
    pub replacement: DnsName,
}

/// Why there are no records.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DnsFailure {
    /// The name does not exist (NXDOMAIN, RFC 1035 section 4.1.1).
    #[error("the name does not exist")]
    NoSuchName,
    /// The name exists, but has no record of the type that was asked for (RFC 2308 section 2.2).
    #[error("the name has no such record")]
    NoRecord,
    /// A server has answered that it cannot or will not answer (SERVFAIL, REFUSED).
    #[error("the server refuses to answer")]
    Refused,
    /// No server has answered in time, or in a way that makes sense.
    #[error("no answer")]
    NoAnswer,
}

impl DnsFailure {
    /// Whether DNS has answered, with nothing: to ask again at once would be of no use. Otherwise it is unknown
    /// whether there are records.
    #[must_use]
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::NoSuchName | Self::NoRecord)
    }
}
