//! Patterns over numbers: a subset of .NET regular expressions over ASCII, matched in linear time.

mod backtrack;
mod bounds;
mod compile;
mod outlines;
#[cfg(feature = "alloc")]
mod places;
mod search;
#[cfg(test)]
mod tests;

use core::fmt;
use core::str::FromStr;

use backtrack::Verdict;
#[cfg(feature = "alloc")]
pub(super) use bounds::class_of;
pub(super) use bounds::{Bounds, Glance};
pub(super) use outlines::Outline;
use outlines::Outlines;
#[cfg(feature = "alloc")]
pub(super) use places::Places;
#[cfg(all(test, feature = "alloc"))]
pub(super) use search::STEPS;

/// How many instructions a pattern compiles to at most.
const MAX_INSTRUCTIONS: usize = 160;

/// The highest group that a translation can name.
const MAX_GROUP: usize = 9;

/// A compiled pattern, for instance `^0([1-9]\d{5,13})$`.
///
/// A subset of .NET regular expressions: literals, `.`, classes (`[2-9]`, `[^0]`, `\d`, `\w`, `\s`
/// and their opposites), groups (also `(?:..)`), alternation, `*`, `+`, `?`, `{m}`, `{m,}` and
/// `{m,n}`, all of them also lazy, and the anchors `^`, `$`, `\A`, `\Z` and `\z`. Letters match in
/// their own case. Everything is ASCII: `\d` is `[0-9]`. Look-ahead, `(?!..)` and `(?=..)`, is taken as far as
/// it is bounded: without `*`, `+` and `{m,}`, without look-ahead within, and a `(?=..)` without capturing
/// groups. Other look-around, back-references, named groups, inline options and class subtraction are refused.
///
/// `$` is the end of the text: nothing that is dialled has a line feed, before which it would match in .NET as well.
///
/// The first match in the order of the alternatives counts, as in .NET, and it may begin anywhere
/// unless `^` stands there. Where a repeated part can match nothing, as in `(|0)*`, .NET ends the repetition
/// with the first empty round, and here it goes on with a round that takes something. Matching takes time in proportion to the length of pattern times input,
/// whatever they are; nothing is allocated. A pattern is at most [`Pattern::MAX_LEN`] octets and
/// must fit into 160 instructions (a character or class is one, an alternative or a repetition one
/// to three; `x{3,5}` counts `x` five times).
///
/// ```
/// use trunkline_e164::{Pattern, PatternFault};
///
/// let route = Pattern::new(r"^\+49(89|30)\d+$")?;
/// assert!(route.is_match("+4989840798"));
/// assert!(!route.is_match("+4940840798"));
/// assert_eq!(Pattern::new(r"^(\d+$").unwrap_err().fault, PatternFault::UnclosedGroup);
/// # Ok::<(), trunkline_e164::PatternError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pattern {
    code: [Instruction; MAX_INSTRUCTIONS],
    /// How many instructions count; what follows is `Match`.
    len: u8,
    /// How many capturing groups there are.
    groups: u8,
    bounds: Bounds,
    outlines: Outlines,
}

/// Offsets are relative to the instruction itself, so that code can be moved and copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instruction {
    /// The end of the pattern.
    Match,
    /// This octet.
    Byte(u8),
    /// One of the digits in the mask.
    Digits(u16),
    /// One octet in the ranges that stand in the next so many instructions.
    Class(u8),
    /// From the first to the last, inclusive; part of a `Class`.
    Range(u8, u8),
    /// Go on there.
    Jump(i16),
    /// Go on at the next instruction and there; what comes first is preferred.
    Split { other: i16, prefer_other: bool },
    /// The next `len` instructions repeat a single character or class, as often as they can: a hint by
    /// which that is done at once. Without a limit, `max` is `ENDLESS`.
    Run { len: u8, min: u8, max: u8 },
    /// The next `len` instructions, which end with `Match`, must match from here, or must not; then go on
    /// behind them.
    Look { len: u8, negative: bool },
    /// Note the place.
    Save(u8),
    /// Only at the beginning of the input.
    Begin,
    /// Only at the end of the input.
    End,
}

impl Pattern {
    /// The longest pattern that is taken, in octets.
    pub const MAX_LEN: usize = 1024;

    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// [`PatternError`] tells what is wrong, too much, or not taken, and where.
    pub const fn new(pattern: &str) -> Result<Self, PatternError> {
        compile::compile(pattern)
    }

    /// Whether the pattern matches in `text`.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.program().is_match(text.as_bytes())
    }

    /// Whether it matches, where that takes no more than a glance.
    pub(super) const fn is_match_at_a_glance(&self, text: &str) -> Option<bool> {
        self.outlines.admit(&Glance::at(text.as_bytes()))
    }

    #[inline]
    pub(super) fn program(&self) -> Program<'_> {
        Program {
            code: &self.code[..usize::from(self.len)],
            bounds: self.bounds,
            outlines: self.outlines.list(),
        }
    }

    #[inline]
    pub(super) const fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// How many capturing groups it has.
    #[must_use]
    pub const fn group_count(&self) -> usize {
        self.groups as usize
    }
}

/// A compiled pattern wherever its code is kept.
#[derive(Clone, Copy)]
pub(super) struct Program<'c> {
    pub(super) code: &'c [Instruction],
    pub(super) bounds: Bounds,
    /// Where there are some, they are all that the pattern is.
    pub(super) outlines: &'c [Outline],
}

impl Program<'_> {
    /// Whether it looks ahead, of which nothing but a match itself tells the outcome.
    #[cfg(feature = "alloc")]
    pub(super) fn looks_ahead(&self) -> bool {
        let mut code = self.code.iter();
        code.any(|instruction| matches!(instruction, Instruction::Look { .. }))
    }

    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.matches(text, &Glance::at(text))
    }

    /// As [`is_match`](Self::is_match), after a glance at the text.
    #[inline]
    pub(super) fn matches(&self, text: &[u8], glance: &Glance) -> bool {
        self.bounds.admit(glance) && self.admitted(text, glance)
    }

    /// As [`matches`](Self::matches), of a text within the bounds.
    #[inline]
    pub(super) fn admitted(&self, text: &[u8], glance: &Glance) -> bool {
        match self.outlines {
            [] => self.follows(text),
            of => outlines::is_match(of, glance),
        }
    }

    fn follows(&self, text: &[u8]) -> bool {
        match backtrack::search(self, text, &mut []) {
            Verdict::TooMuch => search::search::<0>(self, text).is_some(),
            verdict => verdict == Verdict::Match,
        }
    }

    /// Where the groups matched: group 0 is the whole match. Texts longer than 254 octets match
    /// nothing.
    pub(super) fn search(&self, text: &[u8]) -> Option<Captures> {
        let glance = Glance::at(text);
        match self.bounds.admit(&glance) {
            true => self.find(text, &glance, |spans| spans.captures()),
            false => None,
        }
    }

    /// As [`search`](Self::search), of a text within the bounds, of which something is to be made.
    #[inline]
    pub(super) fn find<T>(
        &self,
        text: &[u8],
        glance: &Glance,
        make: impl FnOnce(Spans<'_>) -> T,
    ) -> Option<T> {
        match self.outlines {
            [] => {
                let mut captures = Captures::NONE;
                self.follow(text, &mut captures.slots)
                    .then(|| make(captures.spans()))
            }
            of => outlines::find(of, glance).map(make),
        }
    }

    /// By trying one way after the other, which is the quickest with patterns as they are; by following
    /// all ways at once where that would take too long.
    fn follow(&self, text: &[u8], slots: &mut Slots) -> bool {
        match backtrack::search(self, text, slots) {
            Verdict::Match => true,
            Verdict::NoMatch => false,
            Verdict::TooMuch => match search::search(self, text) {
                Some(found) => {
                    *slots = found;
                    true
                }
                None => false,
            },
        }
    }
}

/// Begin and end of each group, `TO_END`, or `UNSET`.
type Slots = [u8; 2 * (MAX_GROUP + 1)];

/// Where the groups are in a text, wherever that is noted.
#[derive(Clone, Copy)]
pub(super) struct Spans<'s> {
    slots: &'s [u8],
    /// The end of the text.
    end: u8,
    /// Whether they are known to hold nothing but digits, `+`, `*` and `#`.
    pub(super) is_plain: bool,
}

impl Spans<'_> {
    /// From where to where the group matched, if it took part.
    #[inline]
    pub(super) fn get(&self, group: usize) -> Option<(usize, usize)> {
        match self.slots.get(2 * group..2 * group + 2) {
            Some(&[begin, end]) if begin != UNSET && end != UNSET => {
                let place = |slot| if slot == TO_END { self.end } else { slot };
                Some((place(begin).into(), place(end).into()))
            }
            _ => None,
        }
    }

    fn captures(&self) -> Captures {
        let mut captures = Captures {
            end: self.end,
            ..Captures::NONE
        };
        captures.slots[..self.slots.len()].copy_from_slice(self.slots);
        captures
    }
}

/// Where the groups are in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Captures {
    slots: Slots,
    end: u8,
}

/// No place.
const UNSET: u8 = u8::MAX;

/// At the end of the text.
const TO_END: u8 = UNSET - 1;

/// No limit to a repetition.
const ENDLESS: u8 = u8::MAX;

impl Captures {
    /// No text is longer, so that `TO_END` is a place like any other.
    const NONE: Self = Self {
        slots: [UNSET; _],
        end: TO_END,
    };

    #[inline]
    pub(super) const fn spans(&self) -> Spans<'_> {
        Spans {
            slots: &self.slots,
            end: self.end,
            is_plain: false,
        }
    }

    /// Those that something else found, in the order of the groups.
    pub(super) fn of(groups: impl Iterator<Item = Option<core::ops::Range<usize>>>) -> Self {
        let mut captures = Self::NONE;
        for (places, group) in captures.slots.chunks_exact_mut(2).zip(groups) {
            // of texts that are shorter than `UNSET`
            if let Some(group) = group {
                places.copy_from_slice(&[group.start as u8, group.end as u8]);
            }
        }
        captures
    }

    /// What the group matched; nothing when it took no part.
    pub(super) fn group<'t>(&self, group: usize, text: &'t [u8]) -> &'t [u8] {
        self.get(group, text).unwrap_or_default()
    }

    /// What the group matched, if it took part.
    pub(super) fn get<'t>(&self, group: usize, text: &'t [u8]) -> Option<&'t [u8]> {
        let (begin, end) = self.spans().get(group)?;
        text.get(begin..end)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pattern")
            .field("instructions", &self.len)
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

/// As [`Pattern::new`].
impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(pattern: &str) -> Result<Self, PatternError> {
        Self::new(pattern)
    }
}

/// Why a pattern was refused, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} at offset {offset} of the pattern")]
#[non_exhaustive]
pub struct PatternError {
    /// What is wrong.
    pub fault: PatternFault,
    /// Where, in octets from the beginning of the pattern.
    pub offset: usize,
}

/// What is wrong with a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternFault {
    /// Longer than [`Pattern::MAX_LEN`], or too many instructions.
    #[error("pattern too large")]
    TooLarge,
    /// Groups within groups, more than 16 deep.
    #[error("groups nested too deep")]
    TooDeep,
    /// A character that is not ASCII.
    #[error("not ASCII")]
    NotAscii,
    /// Something of .NET that is not taken: look-behind and unbounded look-ahead, back-references, named
    /// groups, inline options, class subtraction, other escapes.
    #[error("unsupported construct")]
    Unsupported,
    /// A group without its closing parenthesis.
    #[error("group not closed")]
    UnclosedGroup,
    /// A closing parenthesis without a group.
    #[error("unmatched closing parenthesis")]
    UnopenedGroup,
    /// A class without its closing bracket.
    #[error("class not closed")]
    UnclosedClass,
    /// A range whose end is before its beginning, or is a class.
    #[error("bad range in a class")]
    BadRange,
    /// A quantifier with nothing before it, or after a quantifier.
    #[error("nothing to repeat")]
    NothingToRepeat,
    /// `{m,n}` with `m` greater than `n`, or a number greater than 255.
    #[error("bad repetition count")]
    BadCount,
    /// A backslash at the end.
    #[error("backslash at the end")]
    TrailingBackslash,
}
