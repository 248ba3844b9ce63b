//! Lists of tokens: Allow, Supported, Require, Proxy-Require, Unsupported (RFC 3261 sections 20.5, 20.29,
//! 20.32, 20.37, 20.40).

use super::{Header, display_as_encoded};
use crate::wire::error::HeaderError;
use crate::wire::grammar::{TOKEN, is, is_token, text};
use crate::wire::method::Method;
use crate::wire::name::HeaderName;
use crate::wire::write::{Encode, Encoder};

fn token<'a>(name: HeaderName<'static>, value: &'a [u8]) -> Result<&'a str, HeaderError> {
    if is_token(value) {
        return Ok(text(value));
    }
    let offset = value.iter().position(|&byte| !is(byte, TOKEN)).unwrap_or(0);
    Err(HeaderError::Syntax { name, offset })
}

/// Allow: a method that the sender supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allow<'a>(
    /// The method.
    pub Method<'a>,
);

impl<'a> Header<'a> for Allow<'a> {
    const NAME: HeaderName<'static> = HeaderName::Allow;
    const LIST: bool = true;

    fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        token(Self::NAME, value).map(|name| Self(Method::new(name)))
    }
}

impl Encode for Allow<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.token(self.0.as_str());
    }
}

display_as_encoded!(Allow<'_>);

macro_rules! option_tags {
    ($($type:ident, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            ///
            /// Option tags compare without regard to case.
            #[derive(Clone, Copy, Debug)]
            pub struct $type<'a>(
                /// The option tag.
                pub &'a str,
            );

            impl PartialEq for $type<'_> {
                fn eq(&self, other: &$type<'_>) -> bool {
                    self.0.eq_ignore_ascii_case(other.0)
                }
            }

            impl Eq for $type<'_> {}

            impl<'a> Header<'a> for $type<'a> {
                const NAME: HeaderName<'static> = HeaderName::$type;
                const LIST: bool = true;

                fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
                    token(Self::NAME, value).map(Self)
                }
            }

            impl Encode for $type<'_> {
                fn encode(&self, out: &mut Encoder<'_>) {
                    out.token(self.0);
                }
            }

            display_as_encoded!($type<'_>);
        )*
    };
}

option_tags! {
    Supported, "Supported: an extension that the sender supports.";
    Require, "Require: an extension that the receiver has to support.";
    ProxyRequire, "Proxy-Require: an extension that proxies have to support.";
    Unsupported, "Unsupported: a required extension that the sender of a 420 does not support.";
}
