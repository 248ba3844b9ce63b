//! The text forms of values in configuration files.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use trunkline_sans_io::serde_text;

use crate::{NextHop, PeeringMode, PortRange};

macro_rules! text_form {
    ($($type:ty, $form:literal;)*) => {$(
        #[doc = concat!("The text form: `", $form, "`.")]
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde_text::serialize(self, serializer)
            }
        }

        #[doc = concat!("The text form: `", $form, "`.")]
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde_text::deserialize(deserializer)
            }
        }
    )*};
}

text_form! {
    NextHop, "tcp:link01.example.com:5060";
    PortRange, "49152-57500";
    PeeringMode, "static-ip";
}
