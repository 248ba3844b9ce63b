//! Rules that are to be shown as they were written.

use alloc::boxed::Box;

use crate::{NormalizationRule, RuleError};

/// A [`NormalizationRule`] and the texts that it was compiled from, which the rule alone does not keep.
/// For lists of rules that people look after: configuration that is shown, edited, exported.
///
/// ```
/// use trunkline_e164::{DialString, WrittenRule};
///
/// let rule = WrittenRule::new(r"^8(\d{3})$", "+49891234$1")?;
/// assert_eq!(rule.pattern(), r"^8(\d{3})$");
/// assert!(rule.rule().is_match(&DialString::parse("8118")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenRule {
    pattern: Box<str>,
    translation: Box<str>,
    rule: NormalizationRule,
}

impl WrittenRule {
    /// Compiles a rule and keeps its texts.
    ///
    /// # Errors
    ///
    /// As [`NormalizationRule::new`].
    pub fn new(pattern: &str, translation: &str) -> Result<Self, RuleError> {
        Ok(Self {
            rule: NormalizationRule::new(pattern, translation)?,
            pattern: pattern.into(),
            translation: translation.into(),
        })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The translation as it was written.
    #[must_use]
    pub fn translation(&self) -> &str {
        &self.translation
    }

    /// The rule.
    #[must_use]
    pub const fn rule(&self) -> &NormalizationRule {
        &self.rule
    }
}

impl AsRef<NormalizationRule> for WrittenRule {
    fn as_ref(&self) -> &NormalizationRule {
        &self.rule
    }
}

#[cfg(feature = "serde")]
mod serde_impls {
    use alloc::boxed::Box;
    use core::str::FromStr;

    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::{Serialize, Serializer};

    use super::WrittenRule;
    use crate::serde_impls::Text;
    use crate::{NormalizationRule, Pattern, PatternError, Translation};

    /// A pattern and its text.
    struct WrittenPattern {
        text: Box<str>,
        pattern: Pattern,
    }

    impl FromStr for WrittenPattern {
        type Err = PatternError;

        fn from_str(text: &str) -> Result<Self, PatternError> {
            Ok(Self {
                pattern: Pattern::new(text)?,
                text: text.into(),
            })
        }
    }

    impl<'de> Deserialize<'de> for WrittenPattern {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_str(Text::NEW)
        }
    }

    #[derive(serde::Deserialize)]
    #[serde(rename = "NormalizationRule", deny_unknown_fields)]
    struct Read {
        pattern: WrittenPattern,
        translation: Box<str>,
    }

    /// A table of the texts: `{ pattern = '^8(\d{3})$', translation = '+49891234$1' }`.
    impl Serialize for WrittenRule {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            #[derive(serde::Serialize)]
            #[serde(rename = "NormalizationRule")]
            struct Written<'r> {
                pattern: &'r str,
                translation: &'r str,
            }

            let table = Written {
                pattern: &self.pattern,
                translation: &self.translation,
            };
            table.serialize(serializer)
        }
    }

    /// A table: `{ pattern = '^8(\d{3})$', translation = '+49891234$1' }`.
    impl<'de> Deserialize<'de> for WrittenRule {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let Read {
                pattern: WrittenPattern { text, pattern },
                translation,
            } = Read::deserialize(deserializer)?;
            let compiled = Translation::new(&translation, &pattern)
                .map_err(|error| D::Error::custom(format_args!("{translation:?}: {error}")))?;
            Ok(Self {
                pattern: text,
                translation,
                rule: NormalizationRule::from_parts(pattern, compiled),
            })
        }
    }
}
