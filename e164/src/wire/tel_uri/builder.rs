//! tel URIs to be written.

use core::fmt::Write;

use super::params::{
    MOST_PARAMS, check_context, check_extension, check_name, is_context, is_paramchar,
};
use super::{SCHEME, TelUri, TelUriFault, check_number};

/// A tel URI to be written, its parameters in the order that RFC 3966 section 3 wants: `ext` and `isub`, then
/// `phone-context`, then all others by their names.
///
/// ```
/// use trunkline_e164::{Number, TelUriBuilder};
///
/// let number = Number::parse("+4989840798")?.text();
/// let mut uri = String::new();
/// TelUriBuilder {
///     extension: Some("118"),
///     params: &[("trunk-context", Some("+49-89")), ("tgrp", Some("link 01")), ("npdi", None)],
///     ..TelUriBuilder::new(&number)
/// }
/// .write(&mut uri)?;
/// assert_eq!(uri, "tel:+4989840798;ext=118;npdi;tgrp=link%2001;trunk-context=+49-89");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TelUriBuilder<'a> {
    /// The number: digits and visual separators behind a plus sign, or a local number.
    pub number: &'a str,
    /// The extension behind the number.
    pub extension: Option<&'a str>,
    /// The ISDN subaddress behind the number, not escaped.
    pub subaddress: Option<&'a str>,
    /// Within what a local number has a meaning.
    pub phone_context: Option<&'a str>,
    /// The other parameters, in any order, values not escaped.
    pub params: &'a [(&'a str, Option<&'a str>)],
}

impl<'a> TelUriBuilder<'a> {
    /// `tel:number`, to be filled in with struct update syntax.
    #[must_use]
    pub const fn new(number: &'a str) -> Self {
        Self {
            number,
            extension: None,
            subaddress: None,
            phone_context: None,
            params: &[],
        }
    }

    /// Writes the URI, if it is one. Nothing is written otherwise.
    ///
    /// # Errors
    ///
    /// What is wrong with it: any [`TelUriFault`], [`TelUriFault::Context`] for a local number without context.
    pub fn write(&self, out: &mut impl Write) -> Result<(), TelUriFault> {
        self.check()?;
        let mut length = Length(0);
        let counted = self.put(&mut length);
        if counted.is_err() || length.0 > TelUri::MAX_LEN {
            return Err(TelUriFault::TooLong);
        }
        self.put(out).map_err(|_| TelUriFault::NoRoom)
    }

    fn check(&self) -> Result<(), TelUriFault> {
        check_number(self.number).map_err(|_| TelUriFault::Number)?;
        self.extension.map_or(Ok(()), check_extension)?;
        match self.phone_context {
            Some(context) => check_context(context)?,
            None if self.number.starts_with('+') => {}
            None => return Err(TelUriFault::Context),
        }
        if self.subaddress == Some("") {
            return Err(TelUriFault::Parameter);
        }
        let named = [self.extension, self.subaddress, self.phone_context];
        if self.params.len() + named.iter().flatten().count() > MOST_PARAMS {
            return Err(TelUriFault::TooManyParameters);
        }
        for (index, (name, value)) in self.params.iter().enumerate() {
            let is_same = |other: &str| name.eq_ignore_ascii_case(other);
            let mut before = self.params.iter().take(index).map(|(name, _)| *name);
            if ["ext", "isub", "phone-context"].into_iter().any(is_same) || before.any(is_same) {
                return Err(TelUriFault::Duplicate);
            }
            check_name(name)?;
            match value {
                Some("") => return Err(TelUriFault::Parameter),
                Some(value) if is_context(name) => check_context(value)?,
                None if is_context(name) || is_same("tgrp") => return Err(TelUriFault::Parameter),
                _ => {}
            }
        }
        Ok(())
    }

    fn put(&self, out: &mut impl Write) -> core::fmt::Result {
        write!(out, "{SCHEME}{}", self.number)?;
        let named = [
            ("ext", self.extension),
            ("isub", self.subaddress),
            ("phone-context", self.phone_context),
        ];
        for (name, value) in named {
            if value.is_some() {
                put_param(out, name, value)?;
            }
        }
        // By selection: they are few, and there is nothing to sort them in.
        let mut last = None;
        for _ in self.params {
            let others = self
                .params
                .iter()
                .filter(|(name, _)| last.is_none_or(|last| order(last, name).is_lt()));
            let Some((name, value)) = others.min_by(|one, other| order(one.0, other.0)) else {
                break;
            };
            put_param(out, name, *value)?;
            last = Some(*name);
        }
        Ok(())
    }
}

/// How long a text is that is written to it.
struct Length(usize);

impl Write for Length {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.0 = self.0.saturating_add(text.len());
        Ok(())
    }
}

/// By the letters of the names, in either case.
fn order(one: &str, other: &str) -> core::cmp::Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    one.bytes().map(lower).cmp(other.bytes().map(lower))
}

fn put_param(out: &mut impl Write, name: &str, value: Option<&str>) -> core::fmt::Result {
    write!(out, ";{name}")?;
    let Some(value) = value else {
        return Ok(());
    };
    out.write_char('=')?;
    for byte in value.bytes() {
        match is_paramchar(byte) {
            true => out.write_char(byte.into())?,
            false => write!(out, "%{byte:02X}")?,
        }
    }
    Ok(())
}
