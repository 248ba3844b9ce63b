//! ENUM: what DNS says of a number (RFC 6116).

mod rule;
#[cfg(test)]
mod tests;

use core::fmt;

use rule::{Outcome, evaluate};
use trunkline_sans_io::{
    DnsData, DnsFailure, DnsName, DnsNameError, DnsQuestion, DnsRecord, DnsRecordType, Naptr,
};

use crate::LongNumber;

/// The zone of public ENUM, `e164.arpa` (RFC 6116 section 3.2).
pub const E164_ARPA: DnsName = match DnsName::parse("e164.arpa") {
    Ok(name) => name,
    Err(_) => DnsName::ROOT,
};

/// The name under which a number stands in an ENUM zone: its digits from the last to the first, a dot behind each,
/// and the zone (RFC 6116 section 3.2).
///
/// # Errors
///
/// [`DnsNameError::TooLong`] where the zone has so long a name that there is no room for the digits.
///
/// ```
/// use trunkline_e164::{E164_ARPA, Number, enum_name};
///
/// let number = Number::parse("+4989840798")?;
/// assert_eq!(enum_name(number, &E164_ARPA)?.as_str(), "8.9.7.0.4.8.9.8.9.4.e164.arpa");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn enum_name(number: impl Into<LongNumber>, zone: &DnsName) -> Result<DnsName, DnsNameError> {
    let number = number.into();
    let digits = number.digits().bytes().rev();
    let mut text = [b'.'; 2 * LongNumber::MAX_DIGITS];
    for (place, digit) in text.iter_mut().step_by(2).zip(digits) {
        *place = digit;
    }
    // without the dot behind the last one
    let len = 2 * number.digits().len() - 1;
    let prefix = text.get(..len).unwrap_or_default();
    zone.with_prefix(str::from_utf8(prefix).unwrap_or_default())
}

/// The look-up of a number in ENUM: which URIs there are for it (RFC 6116).
///
/// The machine says what is to be asked, and is given the answer. Rules count in the order of their `order` and then
/// of their `preference` (RFC 3403 section 4.1): the first one that applies decides which `order` counts. Where it
/// names a further domain, that one is asked, and all others are left alone; where it makes a URI, those that follow
/// with the same `order` are alternatives.
///
/// What answers say is bounded: at most [`EnumLookup::MAX_REFERRALS`] further domains, 32 rules of an answer, and
/// [`EnumUri::MAX_LEN`] octets of a URI. A rule that makes no sense is passed over. The expressions are
/// [`Pattern`](crate::Pattern)s as far as POSIX has the same form: no `[[:digit:]]`, and no look-ahead and
/// back-references, which POSIX does not have either. Of several ways to match the first one counts, where POSIX has
/// the longest. The text around the match is dropped.
///
/// ```
/// use std::time::Duration;
/// use trunkline_e164::{E164_ARPA, EnumLookup, EnumStep, Number};
/// use trunkline_e164::sans_io::{DnsData, DnsName, DnsRecord, Naptr};
///
/// let mut lookup = EnumLookup::new(Number::parse("+4989840798")?, &E164_ARPA, &["sip"])?;
/// let question = lookup.question().ok_or("nothing to ask")?;
/// assert_eq!(question.to_string(), "8.9.7.0.4.8.9.8.9.4.e164.arpa NAPTR");
///
/// // what a resolver answers
/// let answer = [DnsRecord {
///     ttl: Duration::from_secs(300),
///     data: DnsData::Naptr(Naptr {
///         order: 100,
///         preference: 10,
///         flags: "u",
///         services: "E2U+sip",
///         regexp: r"!^\+4989(.*)$!sip:\1@contoso.com!",
///         replacement: DnsName::ROOT,
///     }),
/// }];
/// let EnumStep::Found(mut uris) = lookup.handle_answer(Ok(&answer)) else {
///     return Err("nothing found".into());
/// };
/// assert_eq!(uris.next().as_deref(), Some("sip:840798@contoso.com"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct EnumLookup<'s> {
    number: LongNumber,
    services: &'s [&'s str],
    question: Option<DnsQuestion>,
    referrals: u8,
}

/// What an answer comes to.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum EnumStep<'a> {
    /// There is at least one URI. The look-up has ended.
    Found(EnumUris<'a>),
    /// A further domain is to be asked.
    Ask(DnsQuestion),
    /// There is nothing. The look-up has ended.
    Failed(EnumFailure),
}

/// Why there is no URI.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnumFailure {
    /// DNS has no rules for the number, or has not answered.
    #[error("ENUM: {0}")]
    Dns(#[from] DnsFailure),
    /// There are rules, but none that applies to the number and makes a URI for one of the services.
    #[error("ENUM: no rule applies")]
    NoRule,
    /// There are more than [`EnumLookup::MAX_REFERRALS`] further domains one after the other.
    #[error("ENUM: too many domains one after the other")]
    TooManyReferrals,
    /// The look-up had ended before.
    #[error("ENUM: nothing was asked")]
    NotAsked,
}

/// How many rules of an answer are looked at.
const MOST_RULES: usize = 32;

impl<'s> EnumLookup<'s> {
    /// How many further domains are asked, one after the other.
    pub const MAX_REFERRALS: u8 = 5;

    /// Looks a number up in a zone, for URIs of these services: their types, with or without subtypes, `sip` or
    /// `pstn:tel` (RFC 6117). Without any, those of all services are taken.
    ///
    /// # Errors
    ///
    /// As [`enum_name`].
    pub fn new(
        number: impl Into<LongNumber>,
        zone: &DnsName,
        services: &'s [&'s str],
    ) -> Result<Self, DnsNameError> {
        let number = number.into();
        let name = enum_name(number, zone)?;
        Ok(Self {
            number,
            services,
            question: Some(DnsQuestion::new(name, DnsRecordType::Naptr)),
            referrals: 0,
        })
    }

    /// What is to be asked; `None` once the look-up has ended.
    #[must_use]
    pub const fn question(&self) -> Option<DnsQuestion> {
        self.question
    }

    /// The answer to [`EnumLookup::question`].
    pub fn handle_answer<'a>(
        &mut self,
        answer: Result<&'a [DnsRecord<'a>], DnsFailure>,
    ) -> EnumStep<'a>
    where
        's: 'a,
    {
        if self.question.take().is_none() {
            return EnumStep::Failed(EnumFailure::NotAsked);
        }
        let records = match answer {
            Ok(records) => records,
            Err(failure) => return EnumStep::Failed(failure.into()),
        };
        let rules = EnumUris {
            records,
            number: self.number,
            services: self.services,
            last: None,
            order: None,
        };
        let mut others = rules;
        match others.next_outcome() {
            Some((naptr, Outcome::Uri(_))) => {
                let order = Some(naptr.order);
                EnumStep::Found(EnumUris { order, ..rules })
            }
            Some(_) if self.referrals == Self::MAX_REFERRALS => {
                EnumStep::Failed(EnumFailure::TooManyReferrals)
            }
            Some((_, Outcome::Domain(name))) => {
                self.referrals += 1;
                let question = DnsQuestion::new(name, DnsRecordType::Naptr);
                self.question = Some(question);
                EnumStep::Ask(question)
            }
            None => EnumStep::Failed(EnumFailure::NoRule),
        }
    }
}

/// The URIs of a number, the one that is to be tried first in front.
#[derive(Clone, Copy, Debug)]
pub struct EnumUris<'a> {
    records: &'a [DnsRecord<'a>],
    number: LongNumber,
    services: &'a [&'a str],
    /// The rule that was looked at last: order, preference, place.
    last: Option<(u16, u16, usize)>,
    /// The order that counts.
    order: Option<u16>,
}

impl<'a> EnumUris<'a> {
    /// The next rule that applies.
    fn next_outcome(&mut self) -> Option<(&'a Naptr<'a>, Outcome<'a>)> {
        loop {
            let rules = self.records.iter().filter_map(|record| match &record.data {
                DnsData::Naptr(naptr) => Some(naptr),
                _ => None,
            });
            let rules = rules.take(MOST_RULES).enumerate();
            let keyed = rules.map(|(place, naptr)| ((naptr.order, naptr.preference, place), naptr));
            // One after the other instead of sorting them, for which there is no room.
            let left = keyed.filter(|(key, _)| self.last.is_none_or(|last| last < *key));
            let (key, naptr) = left.min_by_key(|(key, _)| *key)?;
            if self.order.is_some_and(|order| order < naptr.order) {
                return None;
            }
            self.last = Some(key);
            if let Some(outcome) = evaluate(naptr, &self.number, self.services) {
                return Some((naptr, outcome));
            }
        }
    }
}

impl<'a> Iterator for EnumUris<'a> {
    type Item = EnumUri<'a>;

    fn next(&mut self) -> Option<EnumUri<'a>> {
        loop {
            if let (_, Outcome::Uri(uri)) = self.next_outcome()? {
                return Some(uri);
            }
        }
    }
}

/// A URI for a number; derefs to `str`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnumUri<'a> {
    service: &'a str,
    bytes: [u8; EnumUri::MAX_LEN],
    len: u16,
}

impl<'a> EnumUri<'a> {
    /// The longest URI that is made, in octets.
    pub const MAX_LEN: usize = 512;

    /// The service that it is for, with its subtypes as they were written: `sip`, `pstn:tel`.
    #[must_use]
    pub const fn service(&self) -> &'a str {
        self.service
    }

    /// The URI: a scheme, a colon and printable ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.len.into()).unwrap_or_default();
        str::from_utf8(bytes).unwrap_or_default()
    }
}

impl core::ops::Deref for EnumUri<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for EnumUri<'_> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for EnumUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for EnumUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnumUri({}: {self})", self.service)
    }
}
