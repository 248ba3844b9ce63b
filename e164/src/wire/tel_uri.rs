//! tel URIs (RFC 3966): numbers with what belongs to them.

mod builder;
mod params;
#[cfg(test)]
mod tests;

use core::fmt;

pub use builder::TelUriBuilder;
pub use params::{PhoneContext, TelParam, TrunkGroup};
use params::{check_params, same_value};

use super::{DialString, DialStringError, LongNumber, Number};

/// A tel URI, or the user part of a SIP URI that is one without its scheme, as a view of the text.
///
/// ```
/// use trunkline_e164::{PhoneContext, TelUri};
///
/// let uri = TelUri::parse("tel:+49-89-840798;ext=118;npdi")?;
/// assert_eq!(uri.e164().map(|number| number.to_string()).as_deref(), Some("+4989840798"));
/// assert_eq!((uri.extension(), uri.has("npdi")), (Some("118"), true));
///
/// // A local number is for the plan of its context. It is no global number without its beginning: `+49110` is nobody.
/// let uri = TelUri::parse("tel:110;phone-context=+49")?;
/// assert_eq!((uri.e164(), uri.dial_string()?.as_str()), (None, "110"));
/// assert_eq!(uri.phone_context(), Some(PhoneContext::Prefix("+49")));
///
/// // sip:840798;phone-context=user-default@contoso.com;user=phone
/// let user = TelUri::parse_subscriber("840798;phone-context=user-default")?;
/// assert_eq!(user.phone_context(), Some(PhoneContext::Name("user-default")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TelUri<'a> {
    number: &'a str,
    /// From the first semicolon on.
    params: &'a str,
}

/// Why a text is no tel URI, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} at offset {offset}")]
#[non_exhaustive]
pub struct TelUriError {
    /// What is wrong.
    pub fault: TelUriFault,
    /// Where, in octets from the beginning of the text.
    pub offset: usize,
}

/// What is wrong with a tel URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TelUriFault {
    /// It does not begin with `tel:`.
    #[error("not the scheme tel")]
    Scheme,
    /// No digit, or something that no number has.
    #[error("not a number")]
    Number,
    /// A parameter whose name or value has no or other characters.
    #[error("not a parameter")]
    Parameter,
    /// An `ext` that is not of digits.
    #[error("not an extension")]
    Extension,
    /// A `phone-context` that is neither a number with a plus sign nor a name.
    #[error("not a context")]
    Context,
    /// The same parameter again (RFC 3966 section 3).
    #[error("a parameter that was there before")]
    Duplicate,
    /// More than 16 parameters.
    #[error("too many parameters")]
    TooManyParameters,
    /// More than [`TelUri::MAX_LEN`] octets.
    #[error("too long")]
    TooLong,
    /// What it is to be written to takes no more.
    #[error("no room to write it to")]
    NoRoom,
}

const SCHEME: &str = "tel:";

impl<'a> TelUri<'a> {
    /// The longest tel URI that is read, in octets.
    pub const MAX_LEN: usize = 1024;

    /// Reads a tel URI: `tel:`, in either case, a global or local number and parameters.
    ///
    /// A local number without `phone-context`, which RFC 3966 section 5.1.5 does not permit, is taken: directories
    /// have such lines.
    ///
    /// # Errors
    ///
    /// [`TelUriError`] tells what is wrong, and where.
    pub fn parse(text: &'a str) -> Result<Self, TelUriError> {
        let scheme = text.get(..SCHEME.len());
        if !scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME)) {
            let fault = TelUriFault::Scheme;
            return Err(TelUriError { fault, offset: 0 });
        }
        Self::read(text, SCHEME.len())
    }

    /// Reads what follows the scheme: the user part of a SIP URI with `user=phone` (RFC 3261 section 19.1.6), after
    /// its percent-escapes have been resolved.
    ///
    /// # Errors
    ///
    /// [`TelUriError`] tells what is wrong, and where.
    pub fn parse_subscriber(text: &'a str) -> Result<Self, TelUriError> {
        Self::read(text, 0)
    }

    fn read(text: &'a str, start: usize) -> Result<Self, TelUriError> {
        let error = |fault, offset| TelUriError { fault, offset };
        if text.len() > Self::MAX_LEN {
            return Err(error(TelUriFault::TooLong, Self::MAX_LEN));
        }
        let subscriber = text.get(start..).unwrap_or_default();
        let end = subscriber.find(';').unwrap_or(subscriber.len());
        let (number, params) = subscriber.split_at(end);
        check_number(number).map_err(|offset| error(TelUriFault::Number, start + offset))?;
        check_params(params).map_err(|(fault, offset)| error(fault, start + end + offset))?;
        Ok(Self { number, params })
    }

    /// The number as it was written, with visual separators.
    #[must_use]
    pub const fn number(&self) -> &'a str {
        self.number
    }

    /// Whether the number is global: begins with a plus sign.
    #[must_use]
    pub fn is_global(&self) -> bool {
        self.number.starts_with('+')
    }

    /// The E.164 number. `None` where the number is local, or is global and no E.164 number.
    #[must_use]
    pub fn e164(&self) -> Option<Number> {
        Number::parse_tolerant(self.number).ok()
    }

    /// As [`TelUri::e164`], where numbers may be longer.
    #[must_use]
    pub fn long_number(&self) -> Option<LongNumber> {
        LongNumber::parse_tolerant(self.number).ok()
    }

    /// Number and extension for a dial plan. Which plan, that is for [`TelUri::phone_context`] to tell where the
    /// number is local.
    ///
    /// # Errors
    ///
    /// [`DialStringError`] where they are too long for a dial string.
    pub fn dial_string(&self) -> Result<DialString, DialStringError> {
        DialString::of_subscriber(self.number, self.extension())
    }

    /// The parameters in the order in which they were written.
    pub fn params(&self) -> impl Iterator<Item = TelParam<'a>> + use<'a> {
        params::Params::new(self.params).map(|(_, param)| param)
    }

    /// The parameter of this name, in either case.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<TelParam<'a>> {
        self.params()
            .find(|param| param.name.eq_ignore_ascii_case(name))
    }

    /// Whether there is a parameter of this name: `npdi` (number portability was looked up, RFC 4694), `enumdi`
    /// (ENUM was asked, RFC 4759).
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.param(name).is_some()
    }

    /// The value of the parameter of this name, percent-escapes as they are: `isub` and `isub-encoding` (RFC 4715),
    /// `rn`, `rn-context`, `cic` and `cic-context` (RFC 4694), `verstat` and `premium-rate` (3GPP TS 24.229).
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.param(name)?.value
    }

    /// The extension behind the number, as it was written (`ext`, RFC 3966 section 5.3).
    #[must_use]
    pub fn extension(&self) -> Option<&'a str> {
        self.value("ext")
    }

    /// The context within which a local number has a meaning (`phone-context`, RFC 3966 section 5.1.5).
    #[must_use]
    pub fn phone_context(&self) -> Option<PhoneContext<'a>> {
        self.value("phone-context").map(PhoneContext::of)
    }

    /// The trunk group (RFC 4904): `tgrp` with its `trunk-context`. `None` where one of the two is missing, since
    /// neither means anything alone.
    #[must_use]
    pub fn trunk_group(&self) -> Option<TrunkGroup<'a>> {
        Some(TrunkGroup {
            label: self.value("tgrp")?,
            context: PhoneContext::of(self.value("trunk-context")?),
        })
    }

    /// Whether both are the same by RFC 3966 section 4: numbers without visual separators, the same parameters in
    /// any order, everything without regard to case.
    #[must_use]
    pub fn is_equivalent(&self, other: &TelUri<'_>) -> bool {
        let covers = |param: TelParam<'_>| {
            let found = other.param(param.name);
            found.is_some_and(|found| same_value(&param, &found))
        };
        same_number(self.number, other.number)
            && self.params().count() == other.params().count()
            && self.params().all(covers)
    }
}

/// The text, with `tel:` in front.
impl fmt::Display for TelUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}{}", self.number, self.params)
    }
}

impl fmt::Debug for TelUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TelUri({self})")
    }
}

/// `global-number-digits` or `local-number-digits` (RFC 3966 section 3), or else the offset of what is wrong.
fn check_number(text: &str) -> Result<(), usize> {
    let global = text.starts_with('+');
    let is_digit = |byte: u8| match byte {
        b'0'..=b'9' => true,
        b'a'..=b'f' | b'A'..=b'F' | b'*' | b'#' => !global,
        _ => false,
    };
    let mut digits = text.bytes().enumerate().skip(usize::from(global));
    let strange = digits.find(|&(_, byte)| !is_digit(byte) && !is_separator(byte));
    match strange {
        Some((offset, _)) => Err(offset),
        None if text.bytes().any(is_digit) => Ok(()),
        None => Err(text.len()),
    }
}

/// The visual separators of RFC 3966 section 3; those of people are a few more.
const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | b'(' | b')')
}

/// Without visual separators, in either case.
fn same_number(left: &str, right: &str) -> bool {
    let mut left = left.bytes().filter(|&byte| !is_separator(byte));
    let mut right = right.bytes().filter(|&byte| !is_separator(byte));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one.eq_ignore_ascii_case(&other) => {}
            _ => return false,
        }
    }
}
