//! Rules in the style of Skype for Business: a pattern, and what becomes of a number it matches.

#[cfg(test)]
mod tests;

#[cfg(feature = "alloc")]
use super::pattern::Program;
use super::pattern::{Glance, Pattern, PatternError};
use super::translation::{Translation, TranslationError};
use crate::{DialString, DialStringError};

/// A normalization rule (`New-CsVoiceNormalizationRule`) or a trunk translation rule
/// (`New-CsOutboundTranslationRule`): a pattern and a translation.
///
/// The pattern sees the number without its extension. What the translation yields is the whole
/// result: text that the pattern leaves unmatched is dropped, so anchor it by `^` and `$`.
///
/// ```
/// use trunkline_e164::{DialString, NormalizationRule};
///
/// let rule = NormalizationRule::new(r"^8(\d{3})$", "+49891234$1")?;
/// let dialled = DialString::parse("8118")?;
/// assert_eq!(rule.translate(&dialled)?, Some(DialString::parse("+49891234118")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NormalizationRule {
    pattern: Pattern,
    translation: Translation,
}

impl NormalizationRule {
    /// Compiles a rule.
    ///
    /// # Errors
    ///
    /// [`RuleError`], whichever of the two does not compile, and where.
    pub fn new(pattern: &str, translation: &str) -> Result<Self, RuleError> {
        let pattern = Pattern::new(pattern)?;
        let translation = Translation::new(translation, &pattern)?;
        Ok(Self {
            pattern,
            translation,
        })
    }

    /// A rule whose parts are compiled already, the translation for this pattern.
    #[cfg(feature = "serde")]
    pub(crate) const fn from_parts(pattern: Pattern, translation: Translation) -> Self {
        Self {
            pattern,
            translation,
        }
    }

    #[cfg(feature = "alloc")]
    pub(super) fn program(&self) -> Program<'_> {
        self.pattern.program()
    }

    #[cfg(feature = "alloc")]
    pub(super) const fn translation(&self) -> &Translation {
        &self.translation
    }

    /// Whether the rule covers what was dialled.
    #[must_use]
    pub fn is_match(&self, dialled: &DialString) -> bool {
        self.pattern.program().is_match(dialled.as_bytes())
    }

    /// A group that the translation names and that the pattern has not: see
    /// [`Translation::missing_group`].
    #[must_use]
    pub const fn missing_group(&self) -> Option<u8> {
        self.translation.missing_group()
    }

    /// What becomes of a dialled string; `None` when the rule does not cover it.
    ///
    /// # Errors
    ///
    /// When the translation yields nothing or more than a [`DialString`] holds.
    pub fn translate(&self, dialled: &DialString) -> Result<Option<DialString>, DialStringError> {
        let glance = Glance::at(dialled.as_bytes());
        self.output(dialled, glance).transpose()
    }

    /// As [`translate`](Self::translate), the other way round. Most rules of a plan cannot cover what was dialled,
    /// and say so at once.
    #[inline]
    pub(super) fn output(
        &self,
        dialled: &DialString,
        glance: Glance,
    ) -> Option<Result<DialString, DialStringError>> {
        match self.admits(glance) {
            true => self.matched(dialled),
            false => None,
        }
    }

    #[inline]
    pub(super) const fn admits(&self, glance: Glance) -> bool {
        self.pattern.bounds().admit(glance)
    }

    /// What a rule writes that may cover it.
    pub(super) fn matched(
        &self,
        dialled: &DialString,
    ) -> Option<Result<DialString, DialStringError>> {
        let text = dialled.as_bytes();
        self.pattern
            .program()
            .captures(text)
            .map(|captures| Translation::expand(self.translation.parts(), &captures, text))
    }
}

impl AsRef<Self> for NormalizationRule {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Why a rule was refused. It has to be mended by whoever wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The pattern does not compile.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The translation does not compile.
    #[error(transparent)]
    Translation(#[from] TranslationError),
}

/// Rules in order, of which the first that matches decides: what a [`Plan`](crate::Plan) asks of those of its
/// owner. Arrays, slices and a `Vec` of [`NormalizationRule`] are such, and `CompiledRules`.
pub trait Rules {
    /// The first rule that matches, and what it writes.
    fn translate(&self, dialled: &DialString) -> Option<Translated>;

    /// How many rules there are.
    fn rule_count(&self) -> usize;

    /// A group that the translation of this rule names and that its pattern has not: see
    /// [`Translation::missing_group`](crate::Translation::missing_group).
    fn missing_group(&self, rule: usize) -> Option<u8>;
}

impl<R: AsRef<[NormalizationRule]>> Rules for R {
    fn translate(&self, dialled: &DialString) -> Option<Translated> {
        first_match(self.as_ref(), dialled)
    }

    fn rule_count(&self) -> usize {
        self.as_ref().len()
    }

    fn missing_group(&self, rule: usize) -> Option<u8> {
        self.as_ref().get(rule)?.missing_group()
    }
}

fn first_match(rules: &[NormalizationRule], dialled: &DialString) -> Option<Translated> {
    let glance = Glance::at(dialled.as_bytes());
    rules.iter().enumerate().find_map(|(index, rule)| {
        let output = rule.output(dialled, glance)?;
        Some(Translated {
            rule: index,
            output,
        })
    })
}

/// Rules in order, of which the first that matches decides.
///
/// The rules are kept as the caller likes: an array, a slice, a `Vec`. They are asked one after the other; for
/// long lists there is `CompiledRules`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleSet<R> {
    rules: R,
}

/// The result of a [`RuleSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Translated {
    /// Which rule decided: its place in the set.
    pub rule: usize,
    /// What it wrote. The extension is that of the translation, not what was dialled.
    pub output: Result<DialString, DialStringError>,
}

impl<R: AsRef<[NormalizationRule]>> RuleSet<R> {
    /// Makes a set of rules.
    pub const fn new(rules: R) -> Self {
        Self { rules }
    }

    /// The rules, in order.
    pub fn rules(&self) -> &[NormalizationRule] {
        self.rules.as_ref()
    }

    /// The first rule that matches, and what it writes.
    pub fn translate(&self, dialled: &DialString) -> Option<Translated> {
        first_match(self.rules(), dialled)
    }
}
