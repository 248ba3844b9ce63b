//! Rules in the style of Skype for Business: a pattern, and what becomes of a number it matches.

#[cfg(test)]
mod tests;

use core::fmt;

use super::pattern::{Captures, Glance, Pattern, PatternError, Program};
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
    pub const fn new(pattern: &str, translation: &str) -> Result<Self, RuleError> {
        let pattern = match Pattern::new(pattern) {
            Ok(pattern) => pattern,
            Err(error) => return Err(RuleError::Pattern(error)),
        };
        let translation = match Translation::new(translation, &pattern) {
            Ok(translation) => translation,
            Err(error) => return Err(RuleError::Translation(error)),
        };
        Ok(Self {
            pattern,
            translation,
        })
    }

    /// As [`new`](Self::new), for tables that the compiler makes.
    ///
    /// ```
    /// use trunkline_e164::{DialString, NormalizationRule, RuleSet};
    ///
    /// static SITES: RuleSet<[NormalizationRule; 2]> = RuleSet::new([
    ///     NormalizationRule::fixed(r"^8(\d{3})$", "+49891234$1"),
    ///     NormalizationRule::fixed(r"^7([1-5]\d{2}|9\d{3})$", "+49305555$1"),
    /// ]);
    /// let translated = SITES.translate(&DialString::parse("79118")?).unwrap();
    /// assert_eq!((translated.rule, translated.output?.as_str()), (1, "+493055559118"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// One that is broken does not compile:
    ///
    /// ```compile_fail
    /// # use trunkline_e164::NormalizationRule;
    /// static BROKEN: NormalizationRule = NormalizationRule::fixed(r"^8(\d{3}$", "+49891234$1");
    /// # let _ = &BROKEN;
    /// ```
    ///
    /// # Panics
    ///
    /// When either of the two does not compile, which in a constant is an error of the compiler.
    #[must_use]
    pub const fn fixed(pattern: &str, translation: &str) -> Self {
        match Self::new(pattern, translation) {
            Ok(rule) => rule,
            Err(RuleError::Pattern(_)) => panic!("the pattern does not compile"),
            Err(RuleError::Translation(_)) => panic!("the translation does not compile"),
        }
    }

    /// A rule whose parts are compiled already, the translation for this pattern.
    #[cfg(feature = "serde")]
    pub(crate) const fn from_parts(pattern: Pattern, translation: Translation) -> Self {
        Self {
            pattern,
            translation,
        }
    }

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
        self.program()
            .matches(dialled.as_bytes(), &Glance::of(dialled))
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
        let mut output = DialString::EMPTY;
        let written = self.write(dialled, &Glance::of(dialled), &mut output);
        Ok(written.transpose()?.map(|()| output))
    }

    /// What the groups of the pattern hold, where it covers what was dialled.
    #[must_use]
    pub fn groups(&self, dialled: &DialString) -> Option<Groups> {
        Groups::of(self.program(), dialled)
    }

    /// As [`translate`](Self::translate), after a glance at what was dialled, into `output`, which is empty. Most rules
    /// of a plan cannot cover it, and say so at once.
    #[inline]
    pub(super) fn write(
        &self,
        dialled: &DialString,
        glance: &Glance,
        output: &mut DialString,
    ) -> Option<Result<(), DialStringError>> {
        match self.pattern.bounds().admit(glance) {
            true => self.admitted(dialled, glance, output),
            false => None,
        }
    }

    fn admitted(
        &self,
        dialled: &DialString,
        glance: &Glance,
        output: &mut DialString,
    ) -> Option<Result<(), DialStringError>> {
        let parts = self.translation.parts();
        self.program().find(dialled.as_bytes(), glance, |spans| {
            parts.write(spans, dialled, output)
        })
    }
}

impl AsRef<Self> for NormalizationRule {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// What the groups of a pattern hold: to show whoever wrote a rule what it sees. Displays as `$1 = 840, $2 = 798`.
///
/// ```
/// use trunkline_e164::{DialString, NormalizationRule};
///
/// let rule = NormalizationRule::new(r"^0(89)(\d+)$", "+49$1$2")?;
/// let dialled = DialString::parse("089840798")?;
/// let groups = rule.groups(&dialled).unwrap();
/// assert_eq!((groups.get(0), groups.get(2), groups.get(3)), (Some("089840798"), Some("840798"), None));
/// assert_eq!(groups.to_string(), "$1 = 89, $2 = 840798");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Groups {
    captures: Captures,
    text: DialString,
}

impl Groups {
    pub(super) fn of(program: Program<'_>, text: &DialString) -> Option<Self> {
        let captures = program.search(text.as_bytes())?;
        Some(Self {
            captures,
            text: *text,
        })
    }

    /// What something else found.
    pub(super) const fn from_parts(captures: Captures, text: DialString) -> Self {
        Self { captures, text }
    }

    /// What the group holds; group 0 is the whole match. `None` where there is no such group, or it took no part.
    /// Groups beyond 9 are not kept.
    #[must_use]
    pub fn get(&self, group: usize) -> Option<&str> {
        let octets = self.captures.get(group, self.text.as_bytes())?;
        str::from_utf8(octets).ok()
    }
}

impl fmt::Display for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = (1..=9).filter_map(|group| Some((group, self.get(group)?)));
        for (index, (group, text)) in held.enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}${group} = {text}")?;
        }
        Ok(())
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

    /// As [`translate`](Self::translate), after a glance at what was dialled, into `output`, which is empty: so a plan
    /// looks at it once.
    #[doc(hidden)]
    fn write_first(
        &self,
        dialled: &DialString,
        _glance: &Glance,
        output: &mut DialString,
    ) -> Option<Written> {
        let translated = self.translate(dialled)?;
        let written = translated.output.map(|written| *output = written);
        Some((translated.rule, written))
    }

    /// How many rules there are.
    fn rule_count(&self) -> usize;

    /// What the groups of this rule hold, where it matches.
    fn groups(&self, rule: usize, dialled: &DialString) -> Option<Groups>;

    /// A group that the translation of this rule names and that its pattern has not: see
    /// [`Translation::missing_group`](crate::Translation::missing_group).
    fn missing_group(&self, rule: usize) -> Option<u8>;
}

/// Which rule decided, and whether what it writes is written.
pub(super) type Written = (usize, Result<(), DialStringError>);

impl<R: AsRef<[NormalizationRule]>> Rules for R {
    fn translate(&self, dialled: &DialString) -> Option<Translated> {
        first_match(self.as_ref(), dialled)
    }

    #[inline]
    fn write_first(
        &self,
        dialled: &DialString,
        glance: &Glance,
        output: &mut DialString,
    ) -> Option<Written> {
        write_first(self.as_ref(), dialled, glance, output)
    }

    fn rule_count(&self) -> usize {
        self.as_ref().len()
    }

    fn groups(&self, rule: usize, dialled: &DialString) -> Option<Groups> {
        self.as_ref().get(rule)?.groups(dialled)
    }

    fn missing_group(&self, rule: usize) -> Option<u8> {
        self.as_ref().get(rule)?.missing_group()
    }
}

fn first_match(rules: &[NormalizationRule], dialled: &DialString) -> Option<Translated> {
    let mut output = DialString::EMPTY;
    let (rule, written) = write_first(rules, dialled, &Glance::of(dialled), &mut output)?;
    Some(Translated {
        rule,
        output: written.map(|()| output),
    })
}

#[inline]
fn write_first(
    rules: &[NormalizationRule],
    dialled: &DialString,
    glance: &Glance,
    output: &mut DialString,
) -> Option<Written> {
    rules.iter().enumerate().find_map(|(index, rule)| {
        let written = rule.write(dialled, glance, output)?;
        Some((index, written))
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
