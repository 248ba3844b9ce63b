//! Content-Disposition (RFC 3261 section 20.11).

use super::{ValueError, header_by_read};
use crate::wire::grammar::{Cursor, VALUE};
use crate::wire::params::Params;
use crate::wire::write::{Encode, Encoder};

/// Content-Disposition: what the body is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentDisposition<'a> {
    /// `session`, `render`, `icon`, `alert`, or an extension; compares without regard to case.
    pub disposition: &'a str,
    /// The `handling` parameter: `optional`, `required`, or an extension.
    pub handling: Option<&'a str>,
    /// All parameters, the handling included.
    pub params: Params<'a>,
}

impl<'a> ContentDisposition<'a> {
    /// A disposition without parameters.
    pub const fn new(disposition: &'a str) -> Self {
        Self {
            disposition,
            handling: None,
            params: Params::EMPTY,
        }
    }

    /// Whether a receiver that cannot process the body has to refuse the message, by 415. It is so where
    /// nothing is said.
    pub fn is_required(&self) -> bool {
        !self
            .handling
            .is_some_and(|handling| handling.eq_ignore_ascii_case("optional"))
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let disposition = cursor.token()?;
        let mut handling = None;
        let params = Params::read(&mut cursor, |param| {
            if handling.is_none() && param.is("handling") {
                handling = param.token().filter(|handling| !handling.is_empty());
            }
            Ok(())
        })?;
        cursor.finish()?;
        Ok(Self {
            disposition,
            handling,
            params,
        })
    }
}

impl Encode for ContentDisposition<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.token(self.disposition);
        if let Some(handling) = self.handling {
            out.push(b";handling=");
            out.checked(handling, VALUE);
        }
        self.params.encode_except(&["handling"], out);
    }
}

header_by_read!(ContentDisposition<'a>);
