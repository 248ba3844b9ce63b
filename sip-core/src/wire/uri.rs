//! URIs: sip and sips (RFC 3261 section 19.1), tel (RFC 3966), urn (RFC 8141), and any other scheme kept as it
//! is.

mod builder;
mod compare;
mod escape;
mod gruu;
mod params;
mod sip;
mod tel;
mod urn;

use core::fmt;

use thiserror::Error;

pub use builder::SipUriBuilder;
pub use escape::{Unescaped, unescape, unescape_into};
pub use params::{UriParam, UriParams};
pub use sip::SipUri;
pub use tel::{TelUri, TelUriBuilder};
pub use urn::UrnUri;

use super::grammar::{URI, span};
use super::write::{Encode, Encoder};

/// Why text is not a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UriError {
    /// There is no `scheme:` in front.
    #[error("no scheme")]
    Scheme,
    /// White space, a control character, `<`, `>`, `"`, or what is not ASCII.
    #[error("a character at byte {offset} that no URI has")]
    Character {
        /// Where it is.
        offset: usize,
    },
    /// The user part is empty.
    #[error("empty user part at byte {offset}")]
    User {
        /// Where it should be.
        offset: usize,
    },
    /// The host is neither a domain name nor an address.
    #[error("invalid host at byte {offset}")]
    Host {
        /// Where it starts.
        offset: usize,
    },
    /// The port is not a number below 65,536, or something else follows the host.
    #[error("invalid port at byte {offset}")]
    Port {
        /// Where it starts.
        offset: usize,
    },
    /// The number of a tel URI has no digits, or other characters than those of RFC 3966.
    #[error("invalid telephone number at byte {offset}")]
    Number {
        /// Where it starts.
        offset: usize,
    },
    /// A URN without a namespace, or with nothing behind it.
    #[error("invalid namespace at byte {offset}")]
    Namespace {
        /// Where it starts.
        offset: usize,
    },
    /// Longer than 65,535 octets.
    #[error("longer than 65,535 bytes")]
    TooLong,
}

impl UriError {
    /// Where the text is wrong.
    pub const fn offset(self) -> usize {
        match self {
            Self::Scheme | Self::TooLong => 0,
            Self::Character { offset }
            | Self::User { offset }
            | Self::Host { offset }
            | Self::Port { offset }
            | Self::Number { offset }
            | Self::Namespace { offset } => offset,
        }
    }
}

/// A URI.
///
/// Equality is that of the text; [`Uri::is_equivalent`] is that of RFC 3261 section 19.1.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Uri<'a> {
    /// `sip:` or `sips:`
    Sip(SipUri<'a>),
    /// `tel:`
    Tel(TelUri<'a>),
    /// `urn:`
    Urn(UrnUri<'a>),
    /// Any other scheme.
    Other(OtherUri<'a>),
}

impl<'a> Uri<'a> {
    /// Reads a URI; the scheme decides how closely.
    ///
    /// # Errors
    ///
    /// Any [`UriError`].
    #[inline]
    pub fn parse(uri: &'a str) -> Result<Self, UriError> {
        match Self::read(uri) {
            Ok(parsed) if parsed.as_str().len() == uri.len() => Ok(parsed),
            Ok(parsed) => Err(UriError::Character {
                offset: parsed.as_str().len(),
            }),
            Err(error) => {
                // A wrong character explains more than the part that ended there.
                let offset = span(uri.as_bytes(), URI);
                if offset < uri.len() {
                    Err(UriError::Character { offset })
                } else {
                    Err(error)
                }
            }
        }
    }

    /// Reads the URI that `text` starts with, up to the first character that no URI has.
    #[inline]
    pub(crate) fn read(text: &'a str) -> Result<Self, UriError> {
        let bytes = text.as_bytes();
        match bytes {
            [b's' | b'S', b'i' | b'I', b'p' | b'P', b':', ..] => {
                SipUri::read(text, 4).map(Self::Sip)
            }
            [b's' | b'S', b'i' | b'I', b'p' | b'P', b's' | b'S', b':', ..] => {
                SipUri::read(text, 5).map(Self::Sip)
            }
            _ => {
                let len = span(bytes, URI);
                let uri = text.get(..len).unwrap_or("");
                // Before lengths are kept in 16 bits.
                if len > usize::from(u16::MAX) {
                    return Err(UriError::TooLong);
                }
                let is_scheme = |scheme: &[u8]| {
                    bytes
                        .get(..scheme.len())
                        .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
                };
                if is_scheme(b"tel:") {
                    TelUri::read(uri).map(Self::Tel)
                } else if is_scheme(b"urn:") {
                    UrnUri::read(uri).map(Self::Urn)
                } else if len == 0 && !bytes.is_empty() {
                    Err(UriError::Character { offset: 0 })
                } else {
                    OtherUri::read(uri).map(Self::Other)
                }
            }
        }
    }

    /// The URI as it was written.
    pub const fn as_str(&self) -> &'a str {
        match self {
            Self::Sip(uri) => uri.as_str(),
            Self::Tel(uri) => uri.as_str(),
            Self::Urn(uri) => uri.as_str(),
            Self::Other(uri) => uri.as_str(),
        }
    }

    /// The scheme as it was written, without the colon.
    pub fn scheme(&self) -> &'a str {
        self.as_str().split(':').next().unwrap_or("")
    }

    /// The sip or sips URI, if it is one.
    pub const fn as_sip(&self) -> Option<&SipUri<'a>> {
        match self {
            Self::Sip(uri) => Some(uri),
            _ => None,
        }
    }

    /// The tel URI, if it is one.
    pub const fn as_tel(&self) -> Option<&TelUri<'a>> {
        match self {
            Self::Tel(uri) => Some(uri),
            _ => None,
        }
    }

    /// The URN, if it is one.
    pub const fn as_urn(&self) -> Option<&UrnUri<'a>> {
        match self {
            Self::Urn(uri) => Some(uri),
            _ => None,
        }
    }

    /// Whether both name the same resource: sip and sips by RFC 3261 section 19.1.4, tel by RFC 3966
    /// section 4, urn by RFC 8141 section 3.1, others by their text.
    ///
    /// Not transitive, as RFC 3261 says itself; hence not `==`.
    pub fn is_equivalent(&self, other: &Uri<'_>) -> bool {
        match (self, other) {
            (Self::Sip(left), Uri::Sip(right)) => left.is_equivalent(right),
            (Self::Tel(left), Uri::Tel(right)) => left.is_equivalent(right),
            (Self::Urn(left), Uri::Urn(right)) => left.is_equivalent(right),
            (Self::Other(left), Uri::Other(right)) => left.as_str() == right.as_str(),
            _ => false,
        }
    }
}

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Encode for Uri<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        // Parsing let no line end in.
        out.push_raw(self.as_str().as_bytes());
    }
}

/// A URI of a scheme that is neither sip, sips, tel nor urn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OtherUri<'a> {
    raw: &'a str,
}

impl<'a> OtherUri<'a> {
    fn read(raw: &'a str) -> Result<Self, UriError> {
        let (scheme, _) = raw.split_once(':').ok_or(UriError::Scheme)?;
        let mut bytes = scheme.bytes();
        let sound = bytes
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        if sound {
            Ok(Self { raw })
        } else {
            Err(UriError::Scheme)
        }
    }

    /// The URI as it was written.
    pub const fn as_str(&self) -> &'a str {
        self.raw
    }
}

#[cfg(test)]
mod tests;
