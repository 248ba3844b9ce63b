//! The forms in which values stand in configuration files.

use serde::de::{Deserializer, Error};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use trunkline_sans_io::serde_text;

use crate::{DomainPattern, Gateway, RouteTransport};

/// A name in lower case: `mtls`.
impl Serialize for RouteTransport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_text::serialize(self, serializer)
    }
}

/// A name in either case: `mtls`.
impl<'de> Deserialize<'de> for RouteTransport {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_text::deserialize(deserializer)
    }
}

macro_rules! text_form {
    ($($type:ident, $form:literal;)*) => {$(
        #[doc = concat!("The text form: `", $form, "`.")]
        impl<T: AsRef<str>> Serialize for $type<T> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde_text::serialize(self, serializer)
            }
        }

        #[doc = concat!("The text form: `", $form, "`.")]
        impl<'de, T: AsRef<str> + Deserialize<'de>> Deserialize<'de> for $type<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = T::deserialize(deserializer)?;
                // What is refused is quoted, so that it is read by reference first.
                let written = text.as_ref();
                $type::new(written)
                    .map_err(|error| D::Error::custom(format_args!("{written:?}: {error}")))?;
                Self::new(text).map_err(D::Error::custom)
            }
        }
    )*};
}

text_form! {
    DomainPattern, "*.contoso.com";
    Gateway, "sip.contoso.com";
}

#[cfg(test)]
mod tests;
