//! Rules in order, of whichever engine takes their patterns.

#[cfg(any(feature = "regex", feature = "fancy-regex"))]
pub(super) use self::either::EitherRules;
#[cfg(any(feature = "regex", feature = "fancy-regex"))]
pub(super) use crate::AnyRule as Rule;
#[cfg(not(any(feature = "regex", feature = "fancy-regex")))]
pub(super) use crate::{CompiledRules as EitherRules, NormalizationRule as Rule};

use crate::NormalizationRule;

/// The rule, where its pattern is a [`Pattern`](crate::Pattern).
pub(super) fn of_pattern(rule: &Rule) -> Option<&NormalizationRule> {
    #[cfg(any(feature = "regex", feature = "fancy-regex"))]
    return match rule {
        Rule::Pattern(rule) => Some(rule),
        Rule::Regex(_) => None,
    };
    #[cfg(not(any(feature = "regex", feature = "fancy-regex")))]
    Some(rule)
}

#[cfg(any(feature = "regex", feature = "fancy-regex"))]
mod either {
    use alloc::boxed::Box;
    use alloc::vec::Vec;

    use crate::{AnyRule, CompiledRules, DialString, DialStringError, Groups, RegexRule};

    /// What [`CompiledRules`] is, with rules among them that other engines match. Those are tried one by one, and only where
    /// no rule before them matches.
    #[derive(Debug, Default)]
    pub(in crate::machines::voice_routing) struct EitherRules {
        patterns: CompiledRules,
        /// Each with its place among all rules.
        regexes: Box<[(usize, RegexRule)]>,
    }

    impl EitherRules {
        /// The first rule that matches, and whether what it writes is written into `output`, which is empty.
        pub(in crate::machines::voice_routing) fn write(
            &self,
            dialled: &DialString,
            output: &mut DialString,
        ) -> Option<(usize, Result<(), DialStringError>)> {
            let Some((rule, regex)) = self.regex(0, dialled) else {
                let (pattern, written) = self.patterns.write(dialled, output)?;
                return Some((self.place(pattern), written));
            };
            let written = regex.translate(dialled).transpose()?;
            Some((rule, written.map(|written| *output = written)))
        }

        /// The first rule that matches, of this one and those after it.
        pub(in crate::machines::voice_routing) fn position(
            &self,
            start: usize,
            dialled: &DialString,
        ) -> Option<usize> {
            match self.regex(start, dialled) {
                Some((rule, _)) => Some(rule),
                None => self.pattern(start, dialled),
            }
        }

        /// What the groups of this rule hold, where it matches.
        pub(in crate::machines::voice_routing) fn groups(
            &self,
            rule: usize,
            dialled: &DialString,
        ) -> Option<Groups> {
            match self.regexes.binary_search_by_key(&rule, |(rule, _)| *rule) {
                Ok(regex) => self.regexes[regex].1.groups(dialled),
                Err(before) => self.patterns.groups(rule - before, dialled),
            }
        }

        /// The first rule of another engine that matches, of this one and those after it, where no other does before it.
        fn regex(&self, start: usize, dialled: &DialString) -> Option<(usize, &RegexRule)> {
            if self.regexes.is_empty() {
                return None;
            }
            let end = self.pattern(start, dialled).unwrap_or(usize::MAX);
            let mut regexes = self.regexes.iter();
            let found = regexes
                .find(|(rule, regex)| (start..end).contains(rule) && regex.is_match(dialled))?;
            Some((found.0, &found.1))
        }

        /// The first other rule that matches, of this one and those after it.
        fn pattern(&self, start: usize, dialled: &DialString) -> Option<usize> {
            let before = self.regexes.partition_point(|(rule, _)| *rule < start);
            let pattern = self.patterns.position(start - before, dialled)?;
            Some(self.place(pattern))
        }

        /// The place among all rules of one that is not of another engine.
        fn place(&self, pattern: usize) -> usize {
            let regexes = self.regexes.iter();
            regexes.fold(pattern, |place, (rule, _)| {
                place + usize::from(*rule <= place)
            })
        }
    }

    /// The first rule is asked first.
    impl<'r> FromIterator<&'r AnyRule> for EitherRules {
        fn from_iter<I: IntoIterator<Item = &'r AnyRule>>(rules: I) -> Self {
            let mut patterns = Vec::new();
            let mut regexes = Vec::new();
            for (place, rule) in rules.into_iter().enumerate() {
                match rule {
                    AnyRule::Pattern(rule) => patterns.push(rule),
                    AnyRule::Regex(rule) => regexes.push((place, rule.clone())),
                }
            }
            Self {
                patterns: patterns.into_iter().collect(),
                regexes: regexes.into(),
            }
        }
    }
}
