//! Rules with patterns beyond the grammar of [`Pattern`], matched by engines of others.

mod dialect;
#[cfg(test)]
mod tests;

#[cfg(feature = "fancy-regex")]
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::pattern::Captures;
use super::translation::Translation;
use crate::{
    DialString, DialStringError, Groups, NormalizationRule, Pattern, PatternError, PatternFault,
    RuleError, Rules, Translated,
};

/// A rule whose pattern [`Pattern`] does not take, such as one with look-behind or back-references, matched by the crate
/// `regex` (feature `regex`), and what that does not take by the crate `fancy-regex` (feature `fancy-regex`).
///
/// The translation is read as everywhere here, and names groups by number: as in .NET those with a name are counted behind all
/// others. Other than [`NormalizationRule`] such a rule allocates when it matches. What
/// `fancy-regex` does not decide within 10,000 steps is no match. Classes mean what they mean in .NET, subtraction
/// (`[0-9-[5]]`) included; back-references by number count groups from the left, named or not.
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

/// How much memory a compiled pattern takes at most, and each part of one that `fancy-regex` leaves to another engine.
const SIZE: usize = 1 << 20;

/// How many steps back are made before a text is no match.
#[cfg(feature = "fancy-regex")]
const STEPS: usize = 10_000;

impl Engine {
    fn new(pattern: &str) -> Option<Self> {
        if pattern.len() > Pattern::MAX_LEN {
            return None;
        }
        let pattern = &dialect::of_dotnet(pattern)?;
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
            if let Ok(fancy) = builder
                .backtrack_limit(STEPS)
                .delegate_size_limit(SIZE)
                .build()
            {
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

    fn is_match(&self, text: &DialString) -> bool {
        match self {
            #[cfg(feature = "regex")]
            Self::Regex(regex) => regex.is_match(text.as_bytes()),
            #[cfg(feature = "fancy-regex")]
            Self::Fancy(fancy) => fancy.is_match(text.as_str()).unwrap_or(false),
        }
    }

    /// The groups, in the order in which .NET counts them: those with a name come behind all others.
    fn captures(&self, text: &DialString) -> Option<Captures> {
        fn ordered<'n>(
            names: impl Iterator<Item = Option<&'n str>> + Clone,
            range: impl Fn(usize) -> Option<Range<usize>>,
        ) -> Captures {
            let named = |is_named: bool| {
                let groups = names.clone().enumerate();
                let groups = groups.filter(move |(_, name)| name.is_some() == is_named);
                groups.map(|(group, _)| range(group))
            };
            Captures::of(named(false).chain(named(true)))
        }
        match self {
            #[cfg(feature = "regex")]
            Self::Regex(regex) => {
                let found = regex.captures(text.as_bytes())?;
                let range = |group| Some(found.get(group)?.range());
                Some(ordered(regex.capture_names(), range))
            }
            #[cfg(feature = "fancy-regex")]
            Self::Fancy(fancy) => {
                let found = fancy.captures(text.as_str()).ok()??;
                let range = |group| Some(found.get(group)?.range());
                // they are known by name only
                let names: Vec<_> = fancy.capture_names().collect();
                Some(ordered(names.into_iter(), range))
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

    /// Whether the rule covers what was dialled.
    #[must_use]
    pub fn is_match(&self, dialled: &DialString) -> bool {
        self.engine.is_match(dialled)
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
        let mut output = DialString::EMPTY;
        let parts = self.translation.parts();
        parts.write(captures.spans(), dialled, &mut output)?;
        Ok(Some(output))
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
            Err(RuleError::Pattern(error)) if is_beyond(error) => {
                RegexRule::new(pattern, translation).map(Self::Regex)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the rule covers what was dialled.
    #[must_use]
    pub fn is_match(&self, dialled: &DialString) -> bool {
        match self {
            Self::Pattern(rule) => rule.is_match(dialled),
            Self::Regex(rule) => rule.is_match(dialled),
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

/// Whether a pattern is more than [`Pattern`] takes, and no mistake.
const fn is_beyond(error: PatternError) -> bool {
    use PatternFault::{BadCount, NotAscii, TooDeep, TooLarge, Unsupported};
    matches!(
        error.fault,
        Unsupported | TooLarge | TooDeep | BadCount | NotAscii
    )
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
