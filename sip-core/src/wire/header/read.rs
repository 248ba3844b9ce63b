//! Reading a header value part by part, for headers of one's own.

use super::{Header, NameAddr, ValueError};
use crate::wire::error::HeaderError;
use crate::wire::grammar::{Cursor, Malformed};
use crate::wire::name::HeaderName;
use crate::wire::params::{Param, Params};
use crate::wire::quoted::QuotedString;

/// Reads a header value from its start to its end.
///
/// Each method takes what it is called after and the white space before it, or fails with the place where
/// that should stand. [`Header::parse`] is made of them; see [the guide](super#a-header-of-your-own).
#[derive(Clone, Debug)]
pub struct ValueReader<'a> {
    cursor: Cursor<'a>,
    name: HeaderName<'static>,
}

impl<'a> ValueReader<'a> {
    /// A reader of a value of `H`.
    pub fn of<H: Header<'a>>(value: &'a [u8]) -> Self {
        Self {
            cursor: Cursor::new(value),
            name: H::NAME,
        }
    }

    /// Where the next part starts, for errors of one's own.
    pub const fn offset(&self) -> usize {
        self.cursor.at()
    }

    /// The error that the value breaks its grammar here.
    pub const fn malformed(&self) -> HeaderError {
        self.error(Malformed {
            offset: self.cursor.at(),
        })
    }

    const fn error(&self, malformed: Malformed) -> HeaderError {
        ValueError::Syntax(malformed.offset).named(self.name)
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        self.cursor.rest()
    }

    /// A token (RFC 3261 section 25.1).
    ///
    /// # Errors
    ///
    /// [`HeaderError::Syntax`]
    pub fn token(&mut self) -> Result<&'a str, HeaderError> {
        self.cursor.skip_lws();
        self.cursor.token().map_err(|error| self.error(error))
    }

    /// Decimal digits.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Syntax`], or [`HeaderError::OutOfRange`] for 2^32 or more.
    pub fn number(&mut self) -> Result<u32, HeaderError> {
        self.cursor.skip_lws();
        let start = self.cursor.at();
        let number = self.cursor.digits().map_err(|error| self.error(error))?;
        number.ok_or_else(|| ValueError::OutOfRange(start).named(self.name))
    }

    /// A quoted string.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Syntax`], at its start where it does not end.
    pub fn quoted(&mut self) -> Result<QuotedString<'a>, HeaderError> {
        self.cursor.skip_lws();
        let inner = self.cursor.quoted().map_err(|error| self.error(error))?;
        Ok(QuotedString::from_message(inner))
    }

    /// `byte`, if it is next: whether it was.
    pub fn take(&mut self, byte: u8) -> bool {
        self.cursor.take_separator(byte)
    }

    /// All parameters that follow, none included.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Syntax`]
    pub fn params(&mut self) -> Result<Params<'a>, HeaderError> {
        self.params_with(|_| true)
    }

    /// All parameters that follow, each shown to `visit`, which says whether its value is sound.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Syntax`], at the parameter whose value is not sound.
    pub fn params_with(
        &mut self,
        mut visit: impl FnMut(&Param<'a>) -> bool,
    ) -> Result<Params<'a>, HeaderError> {
        let sound = |param: &Param<'a>| {
            let sound = visit(param);
            sound.then_some(()).ok_or(Malformed { offset: 0 })
        };
        Params::read(&mut self.cursor, sound).map_err(|error| self.error(error))
    }

    /// An address with its parameters, up to the end of the value. `bare` permits it to lack its angle
    /// brackets.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Syntax`]
    pub fn address(self, bare: bool) -> Result<NameAddr<'a>, HeaderError> {
        let start = self.cursor.at();
        NameAddr::read(self.cursor.rest(), bare, |_| Ok(()))
            .map_err(|error| error.shifted(start).named(self.name))
    }

    /// Demands that nothing is left.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Syntax`]
    pub fn finish(mut self) -> Result<(), HeaderError> {
        self.cursor.finish().map_err(|error| self.error(error))
    }
}
