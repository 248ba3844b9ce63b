//! From and To (RFC 3261 sections 20.20 and 20.39).

use super::{Header, NameAddr, display_as_encoded};
use crate::wire::error::HeaderError;
use crate::wire::grammar::VALUE;
use crate::wire::name::HeaderName;
use crate::wire::uri::Uri;
use crate::wire::write::{Encode, Encoder};

macro_rules! from_or_to {
    ($type:ident, $name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $type<'a> {
            /// Display name, URI, and all parameters, the tag included.
            pub address: NameAddr<'a>,
            /// The tag. An empty one counts as none.
            pub tag: Option<&'a str>,
        }

        impl<'a> $type<'a> {
            /// The address `uri` without display name and parameters.
            pub const fn new(uri: Uri<'a>, tag: Option<&'a str>) -> Self {
                Self {
                    address: NameAddr::new(uri),
                    tag,
                }
            }

            /// The URI.
            pub const fn uri(&self) -> &Uri<'a> {
                &self.address.uri
            }
        }

        impl<'a> Header<'a> for $type<'a> {
            const NAME: HeaderName<'static> = HeaderName::$name;

            #[inline]
            fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
                let mut tag = None;
                let address = NameAddr::read(value, true, |param| {
                    if tag.is_none() && param.is("tag") {
                        tag = param.token().filter(|tag| !tag.is_empty());
                    }
                    Ok(())
                })
                .map_err(|error| error.named(Self::NAME))?;
                Ok(Self { address, tag })
            }
        }

        impl Encode for $type<'_> {
            fn encode(&self, out: &mut Encoder<'_>) {
                self.address.encode_address(out);
                if let Some(tag) = self.tag {
                    out.push(b";tag=");
                    out.checked(tag, VALUE);
                }
                self.address.params.encode_except(&["tag"], out);
            }
        }

        display_as_encoded!($type<'_>);
    };
}

from_or_to!(From, From, "From: who sends the request.");
from_or_to!(To, To, "To: whom the request is for.");
