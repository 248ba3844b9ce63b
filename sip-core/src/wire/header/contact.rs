//! Contact (RFC 3261 section 20.10).

use core::fmt;

use super::{Header, NameAddr, ValueError, display_as_encoded};
use crate::wire::error::HeaderError;
use crate::wire::grammar::{Malformed, number};
use crate::wire::name::HeaderName;
use crate::wire::uri::Uri;
use crate::wire::write::{Encode, Encoder};

/// Contact: where the sender is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact<'a> {
    /// `*`: all bindings, in a REGISTER that removes them (RFC 3261 section 10.2.2).
    Star,
    /// An address.
    Address(ContactAddress<'a>),
}

/// An address in a Contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactAddress<'a> {
    /// Display name, URI, and all parameters, those below included.
    pub address: NameAddr<'a>,
    /// The preference among several.
    pub q: Option<Q>,
    /// For how many seconds the address is bound. What is not a number below 2^32 reads as 3600, as RFC
    /// 3261 section 20.10 has it.
    pub expires: Option<u32>,
}

/// A preference from 0 to 1, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Q(u16);

impl Q {
    /// 1, the highest, which holds where none is given.
    pub const MAX: Self = Self(1000);

    /// `thousandths`, at most 1000.
    pub const fn from_thousandths(thousandths: u16) -> Option<Self> {
        if thousandths <= 1000 {
            Some(Self(thousandths))
        } else {
            None
        }
    }

    /// The preference in thousandths.
    pub const fn thousandths(self) -> u16 {
        self.0
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if fraction.len() > 3
            || !matches!(whole, "0" | "1" | "")
            || (whole.is_empty() && fraction.is_empty())
        {
            return None;
        }
        let mut thousandths = if whole == "1" { 1000 } else { 0 };
        let mut scale = 100;
        for digit in fraction.bytes() {
            if !digit.is_ascii_digit() {
                return None;
            }
            thousandths += u16::from(digit - b'0') * scale;
            scale /= 10;
        }
        Self::from_thousandths(thousandths)
    }
}

impl fmt::Display for Q {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1000 => f.write_str("1"),
            0 => f.write_str("0"),
            thousandths => {
                // Without trailing zeros.
                if thousandths % 100 == 0 {
                    write!(f, "0.{}", thousandths / 100)
                } else if thousandths % 10 == 0 {
                    write!(f, "0.{:02}", thousandths / 10)
                } else {
                    write!(f, "0.{thousandths:03}")
                }
            }
        }
    }
}

impl<'a> Contact<'a> {
    /// The address `uri` without display name and parameters.
    pub const fn new(uri: Uri<'a>) -> Self {
        Self::Address(ContactAddress {
            address: NameAddr::new(uri),
            q: None,
            expires: None,
        })
    }

    /// The URI; `None` for `*`.
    pub const fn uri(&self) -> Option<&Uri<'a>> {
        match self {
            Self::Star => None,
            Self::Address(contact) => Some(&contact.address.uri),
        }
    }

    /// The address; `None` for `*`.
    pub const fn address(&self) -> Option<&ContactAddress<'a>> {
        match self {
            Self::Star => None,
            Self::Address(contact) => Some(contact),
        }
    }
}

impl<'a> Header<'a> for Contact<'a> {
    const NAME: HeaderName<'static> = HeaderName::Contact;
    const LIST: bool = true;

    #[inline]
    fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        if value == b"*" {
            return Ok(Self::Star);
        }
        let (mut q, mut expires) = (None, None);
        let address = NameAddr::read(value, true, |param| {
            if q.is_none() && param.is("q") {
                q = Some(
                    param
                        .token()
                        .and_then(Q::parse)
                        .ok_or(Malformed { offset: 0 })?,
                );
            } else if expires.is_none() && param.is("expires") {
                let seconds = param.value.and_then(|value| value.as_str());
                expires = Some(
                    seconds
                        .and_then(|digits| number(digits.as_bytes()))
                        .unwrap_or(3600),
                );
            }
            Ok(())
        })
        .map_err(|error: ValueError| error.named(Self::NAME))?;
        Ok(Self::Address(ContactAddress {
            address,
            q,
            expires,
        }))
    }
}

impl Encode for Contact<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        let Self::Address(contact) = self else {
            return out.push(b"*");
        };
        contact.address.encode_address(out);
        if let Some(q) = contact.q {
            format_args!(";q={q}").encode(out);
        }
        if let Some(expires) = contact.expires {
            format_args!(";expires={expires}").encode(out);
        }
        contact.address.params.encode_except(&["q", "expires"], out);
    }
}

display_as_encoded!(Contact<'_>);
