//! Rules with patterns beyond the grammar of [`Pattern`], matched by engines of others.

#[cfg(test)]
mod tests;

#[cfg(feature = "fancy-regex")]
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::pattern::Captures;
use super::translation::Translation;
use crate::{
    DialString, DialStringError, Groups, NormalizationRule, Pattern, PatternError, PatternFault,
    RuleError, Rules, Translated,
};

/// A rule whose pattern [`Pattern`] does not take, such as one with look-behind or back-references, matched by the crate
/// `regex` (feature `regex`), and what that does not take by the crate `fancy-regex` (feature `fancy-regex`).
///
/// The translation is read as everywhere here. Other than [`NormalizationRule`] such a rule allocates when it matches. What
/// `fancy-regex` does not decide within 10,000 steps is no match.
///
/// ```
/// use trunkline_e164::{DialString, RegexRule};
///
/// # #[cfg(feature = "fancy-regex")] {
/// let twice = RegexRule::new(r"^(\d{3})\1$", "+49891234$1")?;
/// assert_eq!(twice.translate(&DialString::parse("118118")?)?, Some(DialString::parse("+49891234118")?));
/// assert_eq!(twice.translate(&DialString::parse("118119")?)?, None);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RegexRule {
    engine: Engine,
    translation: Translation,
}

#[derive(Clone, Debug)]
enum Engine {
    #[cfg(feature = "regex")]
    Regex(regex::bytes::Regex),
    #[cfg(feature = "fancy-regex")]
    Fancy(Box<fancy_regex::Regex>),
}

/// How much memory a compiled pattern takes at most.
#[cfg(feature = "regex")]
const SIZE: usize = 1 << 20;

/// How many steps back are made before a text is no match.
#[cfg(feature = "fancy-regex")]
const STEPS: usize = 10_000;

impl Engine {
    fn new(pattern: &str) -> Option<Self> {
        if pattern.len() > Pattern::MAX_LEN {
            return None;
        }
        #[cfg(feature = "regex")]
        {
            let mut builder = regex::bytes::RegexBuilder::new(pattern);
            builder.unicode(false).size_limit(SIZE);
            if let Ok(regex) = builder.build() {
                return Some(Self::Regex(regex));
            }
        }
        #[cfg(feature = "fancy-regex")]
        {
            let mut builder = fancy_regex::RegexBuilder::new(pattern);
            if let Ok(fancy) = builder.backtrack_limit(STEPS).build() {
                return Some(Self::Fancy(Box::new(fancy)));
            }
        }
        None
    }

    fn group_count(&self) -> usize {
        match self {
            #[cfg(feature = "regex")]
            Self::Regex(regex) => regex.captures_len() - 1,
            #[cfg(feature = "fancy-regex")]
            Self::Fancy(fancy) => fancy.captures_len() - 1,
        }
    }

    fn captures(&self, text: &DialString) -> Option<Captures> {
        match self {
            #[cfg(feature = "regex")]
            Self::Regex(regex) => {
                let found = regex.captures(text.as_bytes())?;
                let groups = found.iter();
                Some(Captures::of(groups.map(|group| Some(group?.range()))))
            }
            #[cfg(feature = "fancy-regex")]
            Self::Fancy(fancy) => {
                let found = fancy.captures(text.as_str()).ok()??;
                let groups = found.iter();
                Some(Captures::of(groups.map(|group| Some(group?.range()))))
            }
        }
    }
}

impl RegexRule {
    /// Compiles a rule.
    ///
    /// # Errors
    ///
    /// [`RuleError`] about the translation; or, where no engine takes the pattern, what [`Pattern`] has to say of it.
    pub fn new(pattern: &str, translation: &str) -> Result<Self, RuleError> {
        let Some(engine) = Engine::new(pattern) else {
            let unsupported = PatternError {
                fault: PatternFault::Unsupported,
                offset: 0,
            };
            let error = Pattern::new(pattern).err();
            return Err(RuleError::Pattern(error.unwrap_or(unsupported)));
        };
        Ok(Self {
            translation: Translation::of_groups(translation, engine.group_count())?,
            engine,
        })
    }

    /// What becomes of a dialled string; `None` when the rule does not cover it.
    ///
    /// # Errors
    ///
    /// When the translation yields nothing or more than a [`DialString`] holds.
    pub fn translate(&self, dialled: &DialString) -> Result<Option<DialString>, DialStringError> {
        let Some(captures) = self.engine.captures(dialled) else {
            return Ok(None);
        };
        let parts = self.translation.parts();
        Translation::expand(parts, &captures, dialled.as_bytes()).map(Some)
    }

    /// What the groups of the pattern hold, where it covers what was dialled.
    #[must_use]
    pub fn groups(&self, dialled: &DialString) -> Option<Groups> {
        let captures = self.engine.captures(dialled)?;
        Some(Groups::from_parts(captures, *dialled))
    }
}

/// A rule of either kind.
#[derive(Clone, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "most rules are of the larger kind"
)]
#[non_exhaustive]
pub enum AnyRule {
    /// One whose pattern is a [`Pattern`].
    Pattern(NormalizationRule),
    /// One whose pattern is not.
    Regex(RegexRule),
}

impl AnyRule {
    /// Compiles a rule: by the engine of this crate where that takes the pattern, by another one where it does not.
    ///
    /// # Errors
    ///
    /// [`RuleError`], whichever of the two does not compile, and where.
    pub fn new(pattern: &str, translation: &str) -> Result<Self, RuleError> {
        match NormalizationRule::new(pattern, translation) {
            Ok(rule) => Ok(Self::Pattern(rule)),
            Err(RuleError::Pattern(_)) => RegexRule::new(pattern, translation).map(Self::Regex),
            Err(error) => Err(error),
        }
    }

    /// As [`NormalizationRule::translate`].
    ///
    /// # Errors
    ///
    /// As [`NormalizationRule::translate`].
    pub fn translate(&self, dialled: &DialString) -> Result<Option<DialString>, DialStringError> {
        match self {
            Self::Pattern(rule) => rule.translate(dialled),
            Self::Regex(rule) => rule.translate(dialled),
        }
    }
}

/// Rules of either kind in order, of which the first that matches decides; for the rules of an owner in a [`Plan`](crate::Plan).
///
/// ```
/// use trunkline_e164::{AnyRule, DialString, MixedRules, Plan};
///
/// # #[cfg(feature = "fancy-regex")] {
/// let own = [(r"^8(\d{3})$", "+49891234$1"), (r"^7(\d{3})(?<!00)$", "+49305555$1")];
/// let own: Result<MixedRules, _> = own.iter().map(|(pattern, to)| AnyRule::new(pattern, to)).collect();
/// let plan = Plan::german("89")?.with_rules(own?);
/// assert_eq!(plan.normalize(&DialString::parse("7118")?)?.to_string(), "+49305555118");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MixedRules(Vec<AnyRule>);

impl MixedRules {
    /// The rules, in order.
    #[must_use]
    pub fn rules(&self) -> &[AnyRule] {
        &self.0
    }
}

/// The first rule is asked first.
impl FromIterator<AnyRule> for MixedRules {
    fn from_iter<I: IntoIterator<Item = AnyRule>>(rules: I) -> Self {
        Self(rules.into_iter().collect())
    }
}

impl Rules for MixedRules {
    fn translate(&self, dialled: &DialString) -> Option<Translated> {
        self.0.iter().enumerate().find_map(|(rule, of)| {
            let output = of.translate(dialled).transpose()?;
            Some(Translated { rule, output })
        })
    }

    fn rule_count(&self) -> usize {
        self.0.len()
    }

    fn groups(&self, rule: usize, dialled: &DialString) -> Option<Groups> {
        match self.0.get(rule)? {
            AnyRule::Pattern(rule) => rule.groups(dialled),
            AnyRule::Regex(rule) => rule.groups(dialled),
        }
    }

    fn missing_group(&self, rule: usize) -> Option<u8> {
        match self.0.get(rule)? {
            AnyRule::Pattern(rule) => rule.missing_group(),
            AnyRule::Regex(rule) => rule.translation.missing_group(),
        }
    }
}
