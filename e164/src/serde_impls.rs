//! The forms in which values stand in configuration files.

use core::fmt::{self, Display};
use core::marker::PhantomData;
use core::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::{
    CallerId, CallerIdError, CountryCode, DialString, EmergencyNumber, LineUri, LongNumber,
    NormalizationRule, Number, Pattern, Translation,
};

/// Reads a value from its text, which is quoted where it is refused.
pub(crate) struct Text<T>(PhantomData<T>);

impl<T> Text<T> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<T: FromStr<Err: Display>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse()
            .map_err(|error| E::custom(format_args!("{text:?}: {error}")))
    }
}

macro_rules! read_as_text {
    ($($(#[$doc:meta])* $type:ty;)*) => {$(
        $(#[$doc])*
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text::NEW)
            }
        }
    )*};
}

read_as_text! {
    /// The text form, `+498007722375`.
    Number;
    /// The text form, `+493320312345678901`.
    LongNumber;
    /// The text form, `tel:+4989840798;ext=118`.
    LineUri;
    /// The text form.
    DialString;
    /// The text of the pattern. What it compiles to cannot be written again.
    Pattern;
    Alternate;
    TranslationText;
}

/// The text form, `+498007722375`.
impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

/// The text form.
impl Serialize for LongNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// The text form, `tel:+4989840798;ext=118`.
impl Serialize for LineUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The text form.
impl Serialize for DialString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A number: 49.
impl Serialize for CountryCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(self.get())
    }
}

/// A number that is a country calling code in use.
impl<'de> Deserialize<'de> for CountryCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = u64::deserialize(deserializer)?;
        let known = u16::try_from(code).ok().and_then(Self::new);
        known.ok_or_else(|| D::Error::custom(format_args!("{code}: no country calling code")))
    }
}

/// A rule as people write it.
#[derive(Deserialize)]
#[serde(rename = "NormalizationRule", deny_unknown_fields)]
struct RuleTable {
    pattern: Pattern,
    translation: TranslationText,
}

/// A translation whose pattern is not known yet.
struct TranslationText {
    bytes: [u8; Self::CAPACITY],
    len: usize,
}

impl TranslationText {
    /// The longest one that compiles has 48 groups of four octets, such as `${1}`.
    const CAPACITY: usize = 192;

    fn as_str(&self) -> &str {
        let text = self.bytes.get(..self.len).unwrap_or_default();
        str::from_utf8(text).unwrap_or_default()
    }
}

impl FromStr for TranslationText {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; Self::CAPACITY];
        let place = bytes.get_mut(..text.len()).ok_or("translation too long")?;
        place.copy_from_slice(text.as_bytes());
        let len = text.len();
        Ok(Self { bytes, len })
    }
}

/// A table: `{ pattern = '^8(\d{3})$', translation = '+49891234$1' }`. What it compiles to cannot be
/// written again: see `WrittenRule`.
impl<'de> Deserialize<'de> for NormalizationRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = RuleTable::deserialize(deserializer)?;
        let text = table.translation.as_str();
        let translation = Translation::new(text, &table.pattern)
            .map_err(|error| D::Error::custom(format_args!("{text:?}: {error}")))?;
        Ok(Self::from_parts(table.pattern, translation))
    }
}

/// An emergency number that has a mask.
#[derive(Serialize, Deserialize)]
#[serde(rename = "EmergencyNumber", deny_unknown_fields)]
struct EmergencyTable {
    dial_string: DialString,
    mask: DialString,
}

/// The text `112`, or a table where something else is dialled: `{ dial_string = "112", mask = "911" }`.
impl Serialize for EmergencyNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.mask() == self.dial_string() {
            return self.mask().serialize(serializer);
        }
        let table = EmergencyTable {
            dial_string: *self.dial_string(),
            mask: *self.mask(),
        };
        table.serialize(serializer)
    }
}

/// The text `112`, or a table where something else is dialled: `{ dial_string = "112", mask = "911" }`.
impl<'de> Deserialize<'de> for EmergencyNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrTable;

        impl<'de> Visitor<'de> for TextOrTable {
            type Value = EmergencyNumber;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a table of dial_string and mask")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<EmergencyNumber, E> {
                EmergencyNumber::new(text)
                    .map_err(|error| E::custom(format_args!("{text:?}: {error}")))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<EmergencyNumber, A::Error> {
                let table = EmergencyTable::deserialize(MapAccessDeserializer::new(map))?;
                EmergencyNumber::with_mask(table.mask.as_str(), table.dial_string.as_str())
                    .map_err(A::Error::custom)
            }
        }

        deserializer.deserialize_any(TextOrTable)
    }
}

/// An alternate number by itself.
struct Alternate(CallerId);

impl FromStr for Alternate {
    type Err = CallerIdError;

    fn from_str(text: &str) -> Result<Self, CallerIdError> {
        CallerId::new(true, Some(text)).map(Self)
    }
}

#[derive(Default, Deserialize)]
#[serde(rename = "CallerId", default, deny_unknown_fields)]
struct CallerIdTable {
    suppress: bool,
    alternate: Option<Alternate>,
}

/// A table: `{ suppress = true, alternate = "+4989123456" }`.
impl Serialize for CallerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename = "CallerId")]
        struct Table<'c> {
            suppress: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            alternate: Option<&'c DialString>,
        }

        let table = Table {
            suppress: self.alternate().is_some(),
            alternate: self.alternate(),
        };
        table.serialize(serializer)
    }
}

/// A table: `{ suppress = true, alternate = "+4989123456" }`. An alternate has to be a number even where it
/// is not used, because nothing is suppressed.
impl<'de> Deserialize<'de> for CallerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match CallerIdTable::deserialize(deserializer)? {
            CallerIdTable {
                suppress: false, ..
            } => Ok(Self::USER_PROVIDED),
            CallerIdTable {
                alternate: Some(Alternate(shown)),
                ..
            } => Ok(shown),
            _ => Err(D::Error::custom(CallerIdError::NoAlternate)),
        }
    }
}

#[cfg(test)]
mod tests;
