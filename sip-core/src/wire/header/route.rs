//! Route, Record-Route and their kin: lists of addresses (RFC 3261 sections 20.30 and 20.34, RFC 3325,
//! RFC 3327).

use super::{Header, NameAddr, display_as_encoded};
use crate::wire::error::HeaderError;
use crate::wire::name::HeaderName;
use crate::wire::uri::Uri;
use crate::wire::write::{Encode, Encoder};

macro_rules! addresses {
    ($($type:ident, $bare:literal, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $type<'a> {
                /// Display name, URI and parameters.
                pub address: NameAddr<'a>,
            }

            impl<'a> $type<'a> {
                /// The address `uri` without display name and parameters.
                pub const fn new(uri: Uri<'a>) -> Self {
                    Self { address: NameAddr::new(uri) }
                }

                /// The URI.
                pub const fn uri(&self) -> &Uri<'a> {
                    &self.address.uri
                }
            }

            impl<'a> Header<'a> for $type<'a> {
                const NAME: HeaderName<'static> = HeaderName::$type;
                const LIST: bool = true;

                fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
                    let address = NameAddr::read(value, $bare, |_| Ok(())).map_err(|error| error.named(Self::NAME))?;
                    Ok(Self { address })
                }
            }

            impl Encode for $type<'_> {
                fn encode(&self, out: &mut Encoder<'_>) {
                    self.address.encode(out);
                }
            }

            display_as_encoded!($type<'_>);
        )*
    };
}

addresses! {
    Route, false, "Route: a hop that the request has to visit.";
    RecordRoute, false,
        "Record-Route: a proxy that wants to see the requests of the dialog.";
    Path, false,
        "Path: a proxy between registrar and contact (RFC 3327).";
    ServiceRoute, false,
        "Service-Route: a proxy that the requests of a registered user agent are to visit (RFC 3608).";
    PAssociatedUri, true,
        "P-Associated-URI: another address of record of the registered user (RFC 7315 section 4.1); read without \
         angle brackets, too.";
    PPreferredIdentity, true,
        "P-Preferred-Identity: which of its identities a user agent wants asserted (RFC 3325).";
    PAssertedIdentity, true,
        "P-Asserted-Identity: who the caller is, by the network's word (RFC 3325); a sip and a tel URI may \
         stand together.";
}

macro_rules! routers {
    ($($type:ident)*) => {
        $(impl $type<'_> {
            /// Whether the `lr` parameter of the URI marks a loose router.
            pub fn is_loose_router(&self) -> bool {
                self.address.uri.as_sip().is_some_and(|uri| uri.is_loose_router())
            }
        })*
    };
}

routers! { Route RecordRoute Path ServiceRoute }
