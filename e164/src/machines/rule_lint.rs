//! What is odd about rules in order: rules that can never decide, rules that cover the same numbers, rules that write
//! what is no number.

#[cfg(test)]
mod tests;

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::pattern::{Places, Program};
use crate::{DialString, NormalizationRule, Number, NumberFault, RuleSet};

/// What is odd about a rule of a list. Displays as a sentence with advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleFinding {
    /// No number matches the pattern.
    MatchesNothing,
    /// Rules before it cover all numbers that it covers, so that it never decides.
    Shadowed {
        /// The one that does so alone; `None` where it takes several.
        by: Option<usize>,
        /// A number that it covers.
        example: DialString,
    },
    /// A rule before it covers some of the numbers that it covers, and others, and makes something else of them. A rule that
    /// covers less than those behind it is no such rule: it is what they leave room for.
    Overlaps {
        /// The rule before it.
        with: usize,
        /// A number that both cover.
        example: DialString,
        /// What the rule before it makes of that.
        first: DialString,
        /// What this one would make of it.
        second: DialString,
    },
    /// It writes `+` and something that is no E.164 number.
    NotE164 {
        /// A number that it covers.
        example: DialString,
        /// What it writes.
        output: DialString,
    },
    /// It writes something that cannot be dialled at all.
    NoOutput {
        /// A number that it covers.
        example: DialString,
    },
    /// The translation names a group that the pattern has not: it stands as text in what is dialled.
    GroupNotInPattern {
        /// The group.
        group: u8,
    },
    /// There is more to look at than is looked at: rules from this one on are not compared with those before them.
    Unfinished,
}

impl RuleFinding {
    /// The same with the places that rules have elsewhere.
    pub(super) fn at(self, place: impl Fn(usize) -> usize) -> Self {
        match self {
            Self::Shadowed { by, example } => Self::Shadowed {
                by: by.map(place),
                example,
            },
            Self::Overlaps {
                with,
                example,
                first,
                second,
            } => Self::Overlaps {
                with: place(with),
                example,
                first,
                second,
            },
            finding => finding,
        }
    }
}

impl fmt::Display for RuleFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MatchesNothing => {
                f.write_str("no number matches the pattern: remove it, or mend it")
            }
            Self::Shadowed { by, example } => {
                match by {
                    Some(rule) => write!(f, "rule {} covers", rule + 1),
                    None => f.write_str("rules before it cover"),
                }?;
                write!(
                    f,
                    " all its numbers, for instance {example}: put it before, or remove it"
                )
            }
            Self::Overlaps {
                with,
                example,
                first,
                second,
            } => write!(
                f,
                "rule {} covers {example} as well and makes {first} of it instead of {second}: see that this is meant, or \
                 narrow one of the patterns",
                with + 1
            ),
            Self::NotE164 { example, output } => write!(
                f,
                "makes {output} of {example}, which is no E.164 number: see what the group leaves out"
            ),
            Self::NoOutput { example } => {
                write!(
                    f,
                    "makes nothing of {example} that can be dialled: mend the translation"
                )
            }
            Self::GroupNotInPattern { group } => {
                write!(
                    f,
                    "names ${group}, a group that the pattern has not: add parentheses, or mend the translation"
                )
            }
            Self::Unfinished => {
                f.write_str("from here on the list is too long to be compared in full")
            }
        }
    }
}

impl<R: AsRef<[NormalizationRule]>> RuleSet<R> {
    /// What is odd about the rules, each with the place of the rule. Work and memory are bounded, whatever the rules are.
    ///
    /// ```
    /// use trunkline_e164::{NormalizationRule, RuleSet};
    ///
    /// let rules = RuleSet::new([
    ///     NormalizationRule::new(r"^(\d{4,5})$", "+49891$1")?,
    ///     NormalizationRule::new(r"^8(\d{3})$", "+49305$1")?,
    /// ]);
    /// let (rule, finding) = rules.lint()[0];
    /// assert_eq!((rule, finding.to_string().as_str()), (
    ///     1, "rule 1 covers all its numbers, for instance 8222: put it before, or remove it",
    /// ));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lint(&self) -> Vec<(usize, RuleFinding)> {
        lint(self.rules(), &mut Budget::default(), &|_| false)
    }
}

/// How many steps of patterns are looked at: so many at first, so many more for each rule, and at most so many for
/// one question.
pub(super) struct Budget {
    left: usize,
}

const AT_FIRST: usize = 8_000;
const FOR_EACH: usize = 30;
const FOR_ONE: usize = 3_000;

/// How many rules before it a rule is compared with.
pub(super) const COMPARED: usize = 24;

/// Longer numbers are not tried.
const DEPTH: usize = 40;

impl Default for Budget {
    fn default() -> Self {
        Self { left: AT_FIRST }
    }
}

impl Budget {
    /// So many more rules are looked at.
    pub(super) fn grow(&mut self, rules: usize) {
        self.left += FOR_EACH * rules;
    }

    pub(super) fn is_spent(&self) -> bool {
        self.left <= COMPARED
    }
}

/// The octets that are dialled with their classes, those first that make an example look like a number.
const DIALLED: [(u8, u8); 13] = [
    (b'2', 2),
    (b'3', 3),
    (b'4', 4),
    (b'5', 5),
    (b'6', 6),
    (b'7', 7),
    (b'8', 8),
    (b'9', 9),
    (b'1', 1),
    (b'0', 0),
    (b'+', 10),
    (b'*', 11),
    (b'#', 12),
];

/// The class of everything else.
const OTHER: u8 = 13;

/// The answer to a search for a number.
pub(super) enum Found {
    Number(DialString),
    /// There is none.
    None,
    /// None was found, which says nothing.
    Unknown,
}

/// How far a pattern has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    places: Places,
    matched: bool,
}

impl State {
    fn first(program: &Program<'_>) -> Self {
        Self::of(program, Places::first(program.code))
    }

    fn of(program: &Program<'_>, places: Places) -> Self {
        Self {
            places,
            matched: places.matches(program.code),
        }
    }

    fn step(self, program: &Program<'_>, class: u8) -> Self {
        if self.matched {
            return self;
        }
        let places = self.places.step(program.code, class);
        Self::of(
            program,
            match program.bounds.anchored {
                true => places,
                false => places.or(Places::later(program.code)),
            },
        )
    }

    fn is_dead(self) -> bool {
        !self.matched && self.places.is_empty()
    }
}

/// A shortest number that is accepted, of those that lead to different places in the patterns; the first pattern has to match it.
pub(super) fn search(
    programs: &[Program<'_>],
    budget: &mut Budget,
    accept: impl FnMut(&DialString) -> bool,
) -> Found {
    search_with(None, programs, budget, accept)
}

/// As [`search`], where this octet may be dialled as well.
pub(super) fn search_with(
    other: Option<u8>,
    programs: &[Program<'_>],
    budget: &mut Budget,
    mut accept: impl FnMut(&DialString) -> bool,
) -> Found {
    let first: Vec<State> = programs.iter().map(State::first).collect();
    // nothing is dialled by no octets: the first step counts even where it leads no further
    let mut seen = BTreeSet::new();
    let mut pending = VecDeque::from([(first, Vec::new())]);
    let is_exact = !programs.iter().any(Program::looks_ahead);
    let mut none = if is_exact {
        Found::None
    } else {
        Found::Unknown
    };
    let mut left = FOR_ONE;
    while let Some((states, text)) = pending.pop_front() {
        if let Some(number) = DialString::plain(&text).or_else(|| name(&text))
            && programs[0].is_match(&text)
            && accept(&number)
        {
            return Found::Number(number);
        }
        let cost = programs.len();
        if text.len() == DEPTH || left < cost || budget.left < cost {
            none = Found::Unknown;
            continue;
        }
        left -= cost;
        budget.left -= cost;
        let other = other.map(|octet| (octet, OTHER));
        for (octet, class) in DIALLED.into_iter().chain(other) {
            let steps = states.iter().zip(programs);
            let next: Vec<State> = steps
                .map(|(state, program)| state.step(program, class))
                .collect();
            if !next[0].is_dead() && !seen.contains(&next) {
                seen.insert(next.clone());
                let mut text = text.clone();
                text.push(octet);
                pending.push_back((next, text));
            }
        }
    }
    none
}

/// What is no number, if it can be dialled as it stands.
fn name(text: &[u8]) -> Option<DialString> {
    let name = DialString::parse(str::from_utf8(text).ok()?).ok()?;
    (name.as_bytes() == text).then_some(name)
}

/// What is odd about rules in order. That a rule before another one takes what this would make such an output of is no
/// oddity where the output is `refused`.
pub(super) fn lint(
    rules: &[NormalizationRule],
    budget: &mut Budget,
    refused: &dyn Fn(&DialString) -> bool,
) -> Vec<(usize, RuleFinding)> {
    let mut findings = Vec::new();
    let mut is_unfinished = false;
    budget.grow(rules.len());
    for (index, rule) in rules.iter().enumerate() {
        let mut found = |finding| findings.push((index, finding));
        if let Some(group) = rule.missing_group() {
            found(RuleFinding::GroupNotInPattern { group });
        }
        let program = rule.program();
        let example = match search(&[program], budget, |_| true) {
            Found::Number(example) => example,
            Found::None if accepts_names(&program) => continue,
            Found::None => {
                found(RuleFinding::MatchesNothing);
                continue;
            }
            Found::Unknown => continue,
        };
        findings.extend(output(rule, &example).map(|finding| (index, finding)));
        if is_unfinished {
            continue;
        }
        let before: Vec<usize> = (0..index)
            .filter(|&before| rules[before].program().bounds.meet(&program.bounds))
            .collect();
        let compared = &before[..before.len().min(COMPARED)];
        findings.extend(
            compare(rules, index, compared, budget, refused).map(|finding| (index, finding)),
        );
        if budget.is_spent() {
            is_unfinished = true;
            findings.push((index, RuleFinding::Unfinished));
        }
    }
    findings
}

/// Whether letters and the like lead on from the beginning, which a search among numbers says nothing of.
fn accepts_names(program: &Program<'_>) -> bool {
    program.looks_ahead() || !State::first(program).step(program, OTHER).is_dead()
}

/// What is odd about what a rule writes.
fn output(rule: &NormalizationRule, example: &DialString) -> Option<RuleFinding> {
    let example = *example;
    let Ok(output) = rule.translate(&example).transpose()? else {
        return Some(RuleFinding::NoOutput { example });
    };
    let not_e164 = |example, output| Some(RuleFinding::NotE164 { example, output });
    let digits = output.as_bytes().strip_prefix(b"+")?;
    let fault = Number::parse(output.as_str())
        .err()
        .map(|error| error.fault);
    match fault {
        // one digit of any number of them is as short as it gets
        Some(NumberFault::TooShort) if !digits.is_empty() => None,
        Some(NumberFault::LeadingZero) | None => country_left_out(rule, &example),
        Some(_) => not_e164(example, output),
    }
}

/// A number with which the rule writes no country calling code: it takes digits off that are no international prefix, and
/// writes `+` before the rest.
fn country_left_out(rule: &NormalizationRule, example: &DialString) -> Option<RuleFinding> {
    /// No country has this code.
    const AREA: &[u8] = b"2145550100";
    let groups = rule.groups(example)?;
    let (whole, group) = (groups.get(0)?, groups.get(1)?);
    let at = whole.len().checked_sub(group.len())?;
    let (before, behind) = whole.split_at_checked(at)?;
    let is_international = ["+", "00", "01"]
        .iter()
        .any(|prefix| before.starts_with(prefix));
    if before.is_empty() || is_international || behind != group {
        return None;
    }
    let mut text = Vec::from(before);
    text.extend(AREA.iter().cycle().take(group.len()));
    let example = DialString::plain(&text)?;
    let output = rule.translate(&example).ok()??;
    let is_area = output
        .as_bytes()
        .strip_prefix(b"+")?
        .starts_with(&AREA[..3]);
    let is_left_out = is_area && Number::parse(output.as_str()).is_ok();
    is_left_out.then_some(RuleFinding::NotE164 { example, output })
}

/// Compares a rule with some before it.
fn compare(
    rules: &[NormalizationRule],
    index: usize,
    before: &[usize],
    budget: &mut Budget,
    refused: &dyn Fn(&DialString) -> bool,
) -> Option<RuleFinding> {
    let rule = &rules[index];
    let mut meet = Vec::new();
    let mut overlap = None;
    for &with in before {
        let both = [rule.program(), rules[with].program()];
        let Found::Number(example) = search(&both, budget, |number| rules[with].is_match(number))
        else {
            continue;
        };
        meet.push(with);
        let alone = search(&both, budget, |number| !rules[with].is_match(number));
        if matches!(alone, Found::None) {
            let by = Some(with);
            return Some(RuleFinding::Shadowed { by, example });
        }
        if overlap.is_some() {
            continue;
        }
        let outputs = |number: &DialString| {
            let first = rules[with].translate(number).ok()??;
            let second = rule.translate(number).ok()??;
            (first != second && !refused(&second)).then_some((first, second))
        };
        let Found::Number(example) = search(&both, budget, |number| outputs(number).is_some())
        else {
            continue;
        };
        let wider = [both[1], both[0]];
        let is_narrower = search(&wider, budget, |number| !rule.is_match(number));
        if !matches!(is_narrower, Found::None)
            && let Some((first, second)) = outputs(&example)
        {
            overlap = Some(RuleFinding::Overlaps {
                with,
                example,
                first,
                second,
            });
        }
    }
    if meet.len() > 1 {
        let mut programs = vec![rule.program()];
        programs.extend(meet.iter().map(|&with| rules[with].program()));
        let is_left = |number: &DialString| !meet.iter().any(|&with| rules[with].is_match(number));
        if matches!(search(&programs, budget, is_left), Found::None)
            && let Found::Number(example) = search(&programs[..1], budget, |_| true)
        {
            return Some(RuleFinding::Shadowed { by: None, example });
        }
    }
    overlap
}

/// What the numbers that a pattern covers are to those of one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Same,
    /// All of them, and not the other way round.
    Within,
    Around,
    Partly,
}

/// Compares a pattern with one before it: what their numbers are to each other, and one that both cover, if one is found.
pub(super) fn relation(
    before: &Program<'_>,
    program: &Program<'_>,
    budget: &mut Budget,
) -> Option<(Relation, DialString)> {
    if !before.bounds.meet(&program.bounds) {
        return None;
    }
    let Found::Number(example) = search(&[*program, *before], budget, |number| {
        before.is_match(number.as_bytes())
    }) else {
        return None;
    };
    let mut is_within = |inner: &Program<'_>, outer: &Program<'_>| {
        let alone = search(&[*inner, *outer], budget, |number| {
            !outer.is_match(number.as_bytes())
        });
        matches!(alone, Found::None)
    };
    let relation = match (is_within(program, before), is_within(before, program)) {
        (true, true) => Relation::Same,
        (true, false) => Relation::Within,
        (false, true) => Relation::Around,
        (false, false) => Relation::Partly,
    };
    Some((relation, example))
}
