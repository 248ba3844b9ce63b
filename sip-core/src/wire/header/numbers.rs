//! Headers that are one number, and Timestamp (RFC 3261 sections 20.14, 20.19, 20.22, 20.23, 20.38).

use super::{Header, display_as_encoded};
use crate::wire::error::HeaderError;
use crate::wire::grammar::number;
use crate::wire::name::HeaderName;
use crate::wire::write::{Encode, Encoder};

macro_rules! numbers {
    ($($type:ident($number:ty), $doc:literal, $unit:literal;)*) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $type(
                #[doc = $unit]
                pub $number,
            );

            impl<'a> Header<'a> for $type {
                const NAME: HeaderName<'static> = HeaderName::$type;

                fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
                    let name = Self::NAME;
                    if let Some(offset) = value.iter().position(|byte| !byte.is_ascii_digit()) {
                        return Err(HeaderError::Syntax { name, offset });
                    }
                    if value.is_empty() {
                        return Err(HeaderError::Syntax { name, offset: 0 });
                    }
                    number(value)
                        .and_then(|number| <$number>::try_from(number).ok())
                        .map(Self)
                        .ok_or(HeaderError::OutOfRange { name, offset: 0 })
                }
            }

            impl Encode for $type {
                fn encode(&self, out: &mut Encoder<'_>) {
                    self.0.encode(out);
                }
            }

            display_as_encoded!($type);
        )*
    };
}

numbers! {
    ContentLength(u32), "Content-Length: the size of the body.", "Octets.";
    Expires(u32), "Expires: how long the message or what it asks for stays valid.", "Seconds.";
    MaxForwards(u8), "Max-Forwards: how many more hops the request may take.", "Hops.";
    MinExpires(u32), "Min-Expires: the shortest time that a registrar accepts.", "Seconds.";
    FlowTimer(u32), "Flow-Timer: how often the registrar wants to hear from the flow at least (RFC 5626).", "Seconds.";
    MaxBreadth(u32), "Max-Breadth: how many branches the request may be forked into (RFC 5393).", "Branches.";
    RSeq(u32), "RSeq: the number of a reliable provisional response (RFC 3262).", "At least 1.";
}

/// Timestamp: when the client sent the request, by its own clock, to be returned in the 100 response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp<'a>(
    /// The value as it stands there.
    pub &'a [u8],
);

impl<'a> Header<'a> for Timestamp<'a> {
    const NAME: HeaderName<'static> = HeaderName::Timestamp;

    fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        Ok(Self(value))
    }
}

impl Encode for Timestamp<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(self.0);
    }
}

display_as_encoded!(Timestamp<'_>);
