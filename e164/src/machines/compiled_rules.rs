//! Long lists of rules, compiled for look-up by digit.

mod build;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use core::fmt;

use super::normalization_rule::Written;
use super::pattern::{Bounds, Glance, Instruction, Outline, Program, class_of};
use super::translation::Parts;
use crate::{DialString, Groups, NormalizationRule, Rules, Translated};

/// How many octets of what was dialled are looked at before rules are tried.
const MAX_DEPTH: usize = 16;

/// Rules in order, of which the first that matches decides, compiled for look-up: the first digits lead to the
/// few rules that may match, and these alone are tried. The outcome is that of a [`RuleSet`](crate::RuleSet) of
/// the same rules; what it takes depends little on how many there are, and nothing is allocated for it.
///
/// A rule of the simple kind takes some 80 octets in it; 10,000 of them are compiled within some milliseconds.
///
/// ```
/// use trunkline_e164::{CompiledRules, DialString, NormalizationRule};
///
/// let mut areas = Vec::new();
/// for area in 20_000..30_000 {
///     areas.push(NormalizationRule::new(&format!(r"^0({area}\d{{4,8}})$"), "+49$1")?);
/// }
/// let rules: CompiledRules = areas.into_iter().collect();
/// let translated = rules.translate(&DialString::parse("029999123456")?).unwrap();
/// assert_eq!(translated.rule, 9_999);
/// assert_eq!(translated.output?.as_str(), "+4929999123456");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct CompiledRules {
    rules: Box<[Compiled]>,
    /// Of rules that are more than outlines.
    code: Box<[Instruction]>,
    /// Of all others.
    outlines: Box<[Outline]>,
    /// Of all translations.
    parts: Box<[u8]>,
    /// The first one is the root; none where the rules are asked one after the other.
    nodes: Box<[Node]>,
    /// Lists of rules, each in order.
    candidates: Box<[Candidate]>,
}

/// A rule.
#[derive(Clone, Copy)]
struct Compiled {
    /// Where its outlines begin, or its code.
    begin: u32,
    parts: u32,
    outline_count: u8,
    code_len: u8,
    parts_len: u8,
    literal: u8,
    is_plain: bool,
    missing_group: u8,
    bounds: Bounds,
}

/// A rule that may match what leads here.
#[derive(Clone, Copy)]
struct Candidate {
    rule: u32,
    /// The classes of the octet that comes next, and `MAY_END` and `IS_LAST`.
    next: u16,
    min: u8,
    max: u8,
}

/// Nothing may come next.
const MAY_END: u16 = 1 << 14;

/// The last one of its list.
const IS_LAST: u16 = 1 << 15;

/// Where an octet leads. The octets before it are known.
#[derive(Clone, Copy)]
struct Node {
    /// Rules that match whatever of several octets comes next, or nothing.
    own: Link,
    /// By the class of the next octet; all classes beyond `#` share the last one.
    children: [Link; CLASSES],
}

const CLASSES: usize = 14;

/// Nowhere, a node, or a list of candidates.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Link(u32);

impl Link {
    const NONE: Self = Self(u32::MAX);
    const LIST: u32 = 1 << 31;
}

/// Lists that have to be merged.
#[derive(Clone, Copy)]
struct List {
    at: u32,
    depth: u8,
}

impl CompiledRules {
    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The first rule that matches, and what it writes.
    #[must_use]
    pub fn translate(&self, dialled: &DialString) -> Option<Translated> {
        let mut output = DialString::EMPTY;
        let (rule, written) = self.write(dialled, &mut output)?;
        Some(Translated {
            rule,
            output: written.map(|()| output),
        })
    }

    /// As [`translate`](Self::translate), into `output`, which is empty.
    pub(super) fn write(&self, dialled: &DialString, output: &mut DialString) -> Option<Written> {
        self.write_first(dialled, &Glance::of(dialled), output)
    }

    fn parts(&self, rule: usize) -> Parts<'_> {
        let rule = &self.rules[rule];
        Parts {
            octets: &self.parts[rule.parts as usize..],
            len: rule.parts_len,
            literal: rule.literal,
            is_plain: rule.is_plain,
        }
    }

    /// The first rule that matches, of this one and those after it.
    pub(super) fn position(&self, start: usize, dialled: &DialString) -> Option<usize> {
        let (text, glance) = (dialled.as_bytes(), Glance::of(dialled));
        self.find(start, dialled, &glance, |index, program| {
            program.admitted(text, &glance).then_some(index)
        })
    }

    /// What the groups of this rule hold, where it matches.
    #[must_use]
    pub fn groups(&self, rule: usize, dialled: &DialString) -> Option<Groups> {
        let rule = self.rules.get(rule)?;
        Groups::of(self.program(rule), dialled)
    }

    fn program(&self, rule: &Compiled) -> Program<'_> {
        let begin = rule.begin as usize;
        let outline_count = usize::from(rule.outline_count);
        if outline_count > 0 {
            return Program {
                code: &[],
                bounds: rule.bounds,
                outlines: &self.outlines[begin..begin + outline_count],
            };
        }
        Program {
            code: &self.code[begin..begin + usize::from(rule.code_len)],
            bounds: rule.bounds,
            outlines: &[],
        }
    }

    /// The first outcome of rules that may match, of this one and those after it, in order.
    #[inline]
    fn find<T>(
        &self,
        start: usize,
        dialled: &DialString,
        glance: &Glance,
        mut attempt: impl FnMut(usize, Program<'_>) -> Option<T>,
    ) -> Option<T> {
        if self.nodes.is_empty() {
            let mut rules = self.rules.iter().enumerate().skip(start);
            return rules.find_map(|(index, rule)| match rule.bounds.admit(glance) {
                true => attempt(index, self.program(rule)),
                false => None,
            });
        }
        self.find_in_tree(start, dialled, |index| {
            let rule = &self.rules[index];
            match rule.bounds.admit(glance) {
                true => attempt(index, self.program(rule)),
                false => None,
            }
        })
    }

    fn find_in_tree<T>(
        &self,
        start: usize,
        dialled: &DialString,
        mut attempt: impl FnMut(usize) -> Option<T>,
    ) -> Option<T> {
        let text = dialled.as_bytes();
        let mut lists = [List { at: 0, depth: 0 }; MAX_DEPTH + 2];
        let mut count = 0;
        let mut node = self.nodes.first();
        let mut depth = 0;
        while let Some(here) = node {
            let mut add = |link: Link, depth: usize| {
                if let Some(list) = lists.get_mut(count) {
                    *list = List {
                        at: link.0 & !Link::LIST,
                        depth: depth as u8,
                    };
                    count += 1;
                }
            };
            if here.own != Link::NONE {
                add(here.own, depth);
            }
            let Some(&byte) = text.get(depth) else { break };
            let link = here.children[usize::from(class_of(byte))];
            depth += 1;
            if link.0 & Link::LIST == 0 {
                node = self.nodes.get(link.0 as usize);
            } else {
                if link != Link::NONE {
                    add(link, depth);
                }
                break;
            }
        }
        let mut lists = &mut lists[..count];
        while let Some(first) = self.first_of(lists) {
            let List { at, depth } = lists[first];
            let candidate = self.candidates[at as usize];
            if candidate.next & IS_LAST == 0 {
                lists[first].at += 1;
            } else {
                let last = lists.len() - 1;
                lists.swap(first, last);
                lists = &mut lists[..last];
            }
            let next = text
                .get(usize::from(depth))
                .map_or(MAY_END, |&byte| 1 << class_of(byte));
            let index = candidate.rule as usize;
            if candidate.next & next == 0
                || usize::from(candidate.min) > text.len()
                || text.len() > usize::from(candidate.max)
                || index < start
            {
                continue;
            }
            if let Some(found) = attempt(index) {
                return Some(found);
            }
        }
        None
    }

    /// The list whose next rule comes before those of the others.
    fn first_of(&self, lists: &[List]) -> Option<usize> {
        let rule = |list: &List| self.candidates[list.at as usize].rule;
        match lists {
            [] => None,
            [_] => Some(0),
            _ => (0..lists.len()).min_by_key(|&list| rule(&lists[list])),
        }
    }
}

impl Rules for CompiledRules {
    fn translate(&self, dialled: &DialString) -> Option<Translated> {
        self.translate(dialled)
    }

    fn write_first(
        &self,
        dialled: &DialString,
        glance: &Glance,
        output: &mut DialString,
    ) -> Option<Written> {
        self.find(0, dialled, glance, |index, program| {
            program.find(dialled.as_bytes(), glance, |spans| {
                (index, self.parts(index).write(spans, dialled, output))
            })
        })
    }

    fn rule_count(&self) -> usize {
        self.len()
    }

    fn groups(&self, rule: usize, dialled: &DialString) -> Option<Groups> {
        self.groups(rule, dialled)
    }

    fn missing_group(&self, rule: usize) -> Option<u8> {
        let missing = self.rules.get(rule)?.missing_group;
        (missing != 0).then_some(missing)
    }
}

/// The first rule is asked first.
impl<R: AsRef<NormalizationRule>> FromIterator<R> for CompiledRules {
    fn from_iter<I: IntoIterator<Item = R>>(rules: I) -> Self {
        build::compile(rules)
    }
}

impl fmt::Debug for CompiledRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompiledRules")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
