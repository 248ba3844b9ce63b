//! Free text: Organization, Server, Subject, User-Agent (RFC 3261 sections 20.25, 20.35, 20.36, 20.41).

use super::{ValueError, header_by_read};
use crate::wire::write::{Encode, Encoder};

macro_rules! texts {
    ($($type:ident, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $type<'a>(
                /// The text, with the folds it may have.
                pub &'a str,
            );

            impl<'a> $type<'a> {
                fn read(value: &'a [u8]) -> Result<Self, ValueError> {
                    match core::str::from_utf8(value) {
                        Ok(text) => Ok(Self(text)),
                        Err(error) => Err(ValueError::Syntax(error.valid_up_to())),
                    }
                }
            }

            impl Encode for $type<'_> {
                fn encode(&self, out: &mut Encoder<'_>) {
                    self.0.encode(out);
                }
            }

            header_by_read!($type<'a>);
        )*
    };
}

texts! {
    Organization, "Organization: to which organization the sender belongs.";
    Server, "Server: the software of the server that answers. It helps attackers, too.";
    Subject, "Subject: what the call is about.";
    UserAgent, "User-Agent: the software of the client. It helps attackers, too.";
}
