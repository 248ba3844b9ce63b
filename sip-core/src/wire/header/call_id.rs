//! Call-ID (RFC 3261 section 20.8).

use super::{Header, display_as_encoded};
use crate::wire::error::HeaderError;
use crate::wire::grammar::{VISIBLE, is, is_visible, text};
use crate::wire::name::HeaderName;
use crate::wire::write::{Encode, Encoder};

/// Call-ID: what all messages of a call share. Case-sensitive, compared octet by octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallId<'a>(
    /// The identifier: visible ASCII.
    pub &'a str,
);

impl<'a> Header<'a> for CallId<'a> {
    const NAME: HeaderName<'static> = HeaderName::CallId;

    fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        if is_visible(value) {
            return Ok(Self(text(value)));
        }
        let offset = value
            .iter()
            .position(|&byte| !is(byte, VISIBLE))
            .unwrap_or(0);
        Err(HeaderError::Syntax {
            name: Self::NAME,
            offset,
        })
    }
}

impl Encode for CallId<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.checked(self.0, VISIBLE);
    }
}

display_as_encoded!(CallId<'_>);
