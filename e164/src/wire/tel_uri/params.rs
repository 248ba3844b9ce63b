//! The parameters of tel URIs.

use super::{TelUriFault, check_number, is_separator, same_number};

/// How many parameters a tel URI may have.
pub(super) const MOST_PARAMS: usize = 16;

/// A parameter of a tel URI, as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TelParam<'a> {
    /// The name.
    pub name: &'a str,
    /// The value, with its percent-escapes; `None` where there is no `=`.
    pub value: Option<&'a str>,
}

impl TelParam<'_> {
    /// Whether a URI with this parameter must not be used by who does not know what it means: its name begins with
    /// `m-` (RFC 3966 section 5.4).
    #[must_use]
    pub fn is_mandatory(&self) -> bool {
        let prefix = self.name.get(..2);
        prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case("m-"))
    }
}

/// Within what a local number has a meaning.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum PhoneContext<'a> {
    /// The beginning of the global numbers of the place where the number can be dialled: `+49` or `+49-89`. It is not
    /// to be put in front of the number: `112` can be dialled within `+49`.
    Prefix(&'a str),
    /// The domain that gives the number its meaning.
    Domain(&'a str),
    /// A name without dots: that of a dial plan, as Lync and Skype for Business write it (`user-default`).
    Name(&'a str),
}

impl<'a> PhoneContext<'a> {
    pub(super) fn of(value: &'a str) -> Self {
        match value {
            prefix if prefix.starts_with('+') => Self::Prefix(prefix),
            domain if domain.contains('.') => Self::Domain(domain),
            name => Self::Name(name),
        }
    }
}

/// A trunk group (RFC 4904).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TrunkGroup<'a> {
    /// Its label (`tgrp`), percent-escapes as they are.
    pub label: &'a str,
    /// Within what the label has a meaning (`trunk-context`).
    pub context: PhoneContext<'a>,
}

/// The parameters in their order, each with the offset of its name. The text begins with a semicolon, or is empty.
#[derive(Clone)]
pub(super) struct Params<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Params<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }
}

impl<'a> Iterator for Params<'a> {
    type Item = (usize, TelParam<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at + 1;
        let rest = self.text.get(start..)?;
        let text = rest.split(';').next()?;
        self.at = start + text.len();
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        Some((start, TelParam { name, value }))
    }
}

/// Whether all parameters are sound; what is wrong otherwise, and where.
pub(super) fn check_params(text: &str) -> Result<(), (TelUriFault, usize)> {
    for (count, (offset, param)) in Params::new(text).enumerate() {
        if count == MOST_PARAMS {
            return Err((TelUriFault::TooManyParameters, offset));
        }
        let same =
            |(_, before): (usize, TelParam<'_>)| before.name.eq_ignore_ascii_case(param.name);
        if Params::new(text).take(count).any(same) {
            return Err((TelUriFault::Duplicate, offset));
        }
        check_param(&param).map_err(|fault| (fault, offset))?;
    }
    Ok(())
}

pub(super) fn check_name(name: &str) -> Result<(), TelUriFault> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match !name.is_empty() && name.bytes().all(is_letter) {
        true => Ok(()),
        false => Err(TelUriFault::Parameter),
    }
}

fn check_param(param: &TelParam<'_>) -> Result<(), TelUriFault> {
    check_name(param.name)?;
    let Some(value) = param.value else {
        let needs_value = ["ext", "isub", "phone-context", "tgrp", "trunk-context"];
        return match needs_value
            .iter()
            .any(|name| param.name.eq_ignore_ascii_case(name))
        {
            true => Err(TelUriFault::Parameter),
            false => Ok(()),
        };
    };
    if !is_value(value) {
        return Err(TelUriFault::Parameter);
    }
    if param.name.eq_ignore_ascii_case("ext") {
        check_extension(value)
    } else if is_context(param.name) {
        check_context(value)
    } else {
        Ok(())
    }
}

/// The parameters whose values are numbers with a plus sign, or names.
pub(super) fn is_context(name: &str) -> bool {
    ["phone-context", "trunk-context"]
        .iter()
        .any(|context| name.eq_ignore_ascii_case(context))
}

pub(super) fn check_extension(value: &str) -> Result<(), TelUriFault> {
    let sound = |byte: u8| byte.is_ascii_digit() || is_separator(byte);
    match value.bytes().all(sound) && value.bytes().any(|byte| byte.is_ascii_digit()) {
        true => Ok(()),
        false => Err(TelUriFault::Extension),
    }
}

/// A number with a plus sign, or the labels of a name; underscores and `~` as well, which names of dial plans have.
pub(super) fn check_context(value: &str) -> Result<(), TelUriFault> {
    let sound =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let is_sound = match value.starts_with('+') {
        true => check_number(value).is_ok(),
        false => !value.is_empty() && value.bytes().all(sound),
    };
    match is_sound {
        true => Ok(()),
        false => Err(TelUriFault::Context),
    }
}

/// What stands in a value without being escaped (RFC 3966 section 3, `paramchar`).
pub(super) const fn is_paramchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'[' | b']'
                | b'/'
                | b':'
                | b'&'
                | b'+'
                | b'$'
                | b'-'
                | b'_'
                | b'.'
                | b'!'
                | b'~'
                | b'*'
                | b'\''
                | b'('
                | b')'
        )
}

/// `1*paramchar`, and what else `uric` has for `isub`.
fn is_value(value: &str) -> bool {
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        let sound = match byte {
            b'%' => {
                let mut is_hex = || bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit());
                is_hex() && is_hex()
            }
            b'?' | b'@' | b'=' | b',' => true,
            _ => is_paramchar(byte),
        };
        if !sound {
            return false;
        }
    }
    !value.is_empty()
}

/// The octets that a value stands for.
fn unescape(value: &str) -> impl Iterator<Item = u8> + '_ {
    let mut bytes = value.bytes();
    core::iter::from_fn(move || match bytes.next()? {
        b'%' => {
            let mut digit = || char::from(bytes.next().unwrap_or_default()).to_digit(16);
            let (high, low) = (digit().unwrap_or_default(), digit().unwrap_or_default());
            Some((high * 16 + low) as u8)
        }
        byte => Some(byte),
    })
}

/// `ext` and contexts that are numbers compare as numbers, everything else without regard to case.
pub(super) fn same_value(param: &TelParam<'_>, other: &TelParam<'_>) -> bool {
    let (Some(value), Some(other)) = (param.value, other.value) else {
        return param.value == other.value;
    };
    let is_number = is_context(param.name) && value.starts_with('+');
    if is_number || param.name.eq_ignore_ascii_case("ext") {
        return same_number(value, other);
    }
    let lower = |byte: u8| byte.to_ascii_lowercase();
    unescape(value).map(lower).eq(unescape(other).map(lower))
}
