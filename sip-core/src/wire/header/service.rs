//! P-Asserted-Service, P-Preferred-Service (RFC 6050 section 4).

use super::{ValueError, header_by_read};
use crate::wire::grammar::{Malformed, URI, span};
use crate::wire::uri::{Uri, UrnUri};
use crate::wire::write::{Encode, Encoder};

macro_rules! services {
    ($($type:ident, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $type<'a>(
                /// The service, such as `urn:urn-7:3gpp-service.ims.icsi.mmtel`.
                pub UrnUri<'a>,
            );

            impl<'a> $type<'a> {
                fn read(value: &'a [u8]) -> Result<Self, ValueError> {
                    read_urn(value).map(Self)
                }
            }

            impl Encode for $type<'_> {
                fn encode(&self, out: &mut Encoder<'_>) {
                    // Services are listed with commas, and nothing shields one inside.
                    if self.0.as_str().contains(',') {
                        out.refuse();
                    }
                    Uri::Urn(self.0).encode(out);
                }
            }

            header_by_read!($type<'a>, list);
        )*
    };
}

fn read_urn(value: &[u8]) -> Result<UrnUri<'_>, ValueError> {
    let text = core::str::from_utf8(value).map_err(|_| Malformed {
        offset: span(value, URI),
    })?;
    match Uri::parse(text) {
        // A list that is given as one value.
        Ok(Uri::Urn(_)) if text.contains(',') => {
            Err(ValueError::Syntax(text.find(',').unwrap_or(0)))
        }
        Ok(Uri::Urn(urn)) => Ok(urn),
        Ok(_) => Err(ValueError::Syntax(0)),
        Err(error) => Err(ValueError::Syntax(error.offset())),
    }
}

services! {
    PAssertedService, "P-Asserted-Service: the service that a request uses, by the network's word.";
    PPreferredService, "P-Preferred-Service: the service that a user agent wants asserted.";
}
