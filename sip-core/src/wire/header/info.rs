//! Pointers to more: Alert-Info, Call-Info, Error-Info (RFC 3261 sections 20.4, 20.9, 20.18).

use super::{NameAddr, ValueError, header_by_read};
use crate::wire::params::Params;
use crate::wire::uri::Uri;
use crate::wire::write::{Encode, Encoder};

macro_rules! pointers {
    ($($type:ident, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $type<'a> {
                /// Where it is.
                pub uri: Uri<'a>,
                /// The parameters.
                pub params: Params<'a>,
            }

            impl<'a> $type<'a> {
                /// A pointer without parameters.
                pub const fn new(uri: Uri<'a>) -> Self {
                    Self { uri, params: Params::EMPTY }
                }

                fn read(value: &'a [u8]) -> Result<Self, ValueError> {
                    // Brackets and parameters as in an address, but no display name.
                    if value.first() != Some(&b'<') {
                        return Err(ValueError::Syntax(0));
                    }
                    let NameAddr { uri, params, .. } = NameAddr::read(value, false, |_| Ok(()))?;
                    Ok(Self { uri, params })
                }
            }

            impl Encode for $type<'_> {
                fn encode(&self, out: &mut Encoder<'_>) {
                    out.push(b"<");
                    self.uri.encode(out);
                    out.push(b">");
                    self.params.encode(out);
                }
            }

            header_by_read!($type<'a>, list);
        )*
    };
}

pointers! {
    AlertInfo, "Alert-Info: another ring tone, or a URN that describes one (RFC 7462).";
    CallInfo, "Call-Info: more about the caller or the called, such as a picture.";
    ErrorInfo, "Error-Info: more about an error, such as an announcement.";
}

impl<'a> CallInfo<'a> {
    /// The `purpose` parameter: `icon`, `info`, `card` or others.
    pub fn purpose(&self) -> Option<&'a str> {
        self.params.value("purpose")
    }
}
