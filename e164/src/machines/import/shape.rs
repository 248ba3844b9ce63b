//! Patterns as rows of sets, which is all that Asterisk knows.

mod apart;
#[cfg(test)]
mod tests;

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt::Write as _;

pub(super) use apart::shapes;

/// Characters that may stand in one place: bits of ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Set(u128);

impl Set {
    /// What numbers can be made of.
    pub(super) const ANY: Self = Self::range(b' ', b'~');
    pub(super) const DIGITS: Self = Self::range(b'0', b'9');
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn range(first: u8, last: u8) -> Self {
        let mut set = 0;
        let mut octet = first;
        while octet <= last && octet < 128 {
            set |= 1 << octet;
            octet += 1;
        }
        Self(set)
    }

    pub(super) const fn one(octet: u8) -> Self {
        Self::range(octet, octet)
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn len(self) -> u32 {
        self.0.count_ones()
    }

    const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn octets(self) -> impl Iterator<Item = u8> {
        (0..128).filter(move |octet| self.0 >> octet & 1 == 1)
    }

    /// The only member.
    pub(super) fn single(self) -> Option<u8> {
        self.octets().next().filter(|_| self.len() == 1)
    }

    /// First and last of each run of members.
    pub(super) fn runs(self) -> Vec<(u8, u8)> {
        let mut runs: Vec<(u8, u8)> = Vec::new();
        for octet in self.octets() {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == octet => *last = octet,
                _ => runs.push((octet, octet)),
            }
        }
        runs
    }

    /// As a pattern.
    fn write(self, out: &mut String) {
        match self {
            Self::DIGITS => out.push_str(r"\d"),
            Self::ANY => out.push('.'),
            _ => match self.single() {
                Some(octet) => push_escaped(out, octet),
                None => {
                    out.push('[');
                    for (first, last) in self.runs() {
                        push_member(out, first);
                        if last > first + 1 {
                            out.push('-');
                        }
                        if last > first {
                            push_member(out, last);
                        }
                    }
                    out.push(']');
                }
            },
        }
    }
}

/// One character, which stands for itself.
pub(super) fn push_escaped(out: &mut String, octet: u8) {
    if br"\^$.|?*+()[]{}".contains(&octet) {
        out.push('\\');
    }
    out.push(char::from(octet));
}

fn push_member(out: &mut String, octet: u8) {
    if matches!(octet, b'\\' | b']' | b'[' | b'^' | b'-') {
        out.push('\\');
    }
    out.push(char::from(octet));
}

/// What follows the places, to the end of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// Nothing.
    End,
    /// At least one of these.
    Some(Set),
    /// Any number of these, or none.
    Any(Set),
}

/// Where a group begins, counted in places, and where it ends; `None`: at the end of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) begin: usize,
    pub(super) end: Option<usize>,
}

/// How many groups a translation can name, the whole match among them.
pub(super) const GROUPS: usize = 10;

/// A row of sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) places: Vec<Set>,
    pub(super) tail: Tail,
    pub(super) groups: [Option<Span>; GROUPS],
    begun: bool,
    ended: bool,
}

/// How many places a number may have.
pub(super) const MAX_PLACES: usize = 40;
impl Shape {
    pub(super) fn new(places: Vec<Set>, tail: Tail) -> Self {
        Self {
            places,
            tail,
            groups: [None; GROUPS],
            begun: true,
            ended: true,
        }
    }

    /// As a pattern with these groups, which are in order and apart from each other.
    pub(super) fn pattern(&self, groups: &[Span]) -> String {
        let mut out = String::from("^");
        let mut at = 0;
        let is_empty = |group: &Span| group.end == Some(group.begin);
        let begins = |at| {
            let mut groups = groups.iter();
            groups.any(|group| group.begin == at && !is_empty(group))
        };
        let ends = |at| {
            let mut groups = groups.iter();
            groups.any(|group| group.end == Some(at) && !is_empty(group))
        };
        let empties = |at| {
            let groups = groups.iter();
            groups
                .filter(move |group| group.begin == at && is_empty(group))
                .count()
        };
        while let Some(set) = self.places.get(at) {
            (0..empties(at)).for_each(|_| out.push_str("()"));
            if begins(at) {
                out.push('(');
            }
            let rest = self.places.get(at..).unwrap_or_default();
            let same = rest.iter().take_while(|other| *other == set).count();
            let cut = (1..same).find(|more| {
                groups
                    .iter()
                    .any(|group| group.begin == at + more || group.end == Some(at + more))
            });
            let count = cut.unwrap_or(same);
            set.write(&mut out);
            // a literal is as short written twice
            match (count, set.single()) {
                (1, _) => {}
                (_, Some(_)) => (1..count).for_each(|_| set.write(&mut out)),
                (2, None) if *set == Set::DIGITS => set.write(&mut out),
                (_, None) => {
                    let _ = write!(out, "{{{count}}}");
                }
            }
            at += count;
            if ends(at) {
                out.push(')');
            }
        }
        (0..empties(at)).for_each(|_| out.push_str("()"));
        if begins(at) {
            out.push('(');
        }
        match self.tail {
            Tail::End => {}
            Tail::Some(set) => {
                set.write(&mut out);
                out.push('+');
            }
            Tail::Any(set) => {
                set.write(&mut out);
                out.push('*');
            }
        }
        if groups.iter().any(|group| group.end.is_none()) {
            out.push(')');
        }
        out.push('$');
        out
    }

    /// The same with a text behind it.
    pub(super) fn with_text(mut self, text: &str) -> Option<Self> {
        self.places.extend(text.bytes().map(Set::one));
        (self.tail == Tail::End && self.places.len() <= MAX_PLACES).then_some(self)
    }

    /// The same with part of another one behind it.
    pub(super) fn with_part(mut self, other: &Self, span: Span) -> Option<Self> {
        if self.tail != Tail::End {
            return None;
        }
        let end = span.end.unwrap_or(other.places.len());
        self.places.extend(other.places.get(span.begin..end)?);
        if span.end.is_none() {
            self.tail = other.tail;
        }
        (self.places.len() <= MAX_PLACES).then_some(self)
    }

    /// Whether some number fits both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let longest = self.places.len().max(other.places.len()) + 1;
        (0..longest).all(|at| match (self.at(at), other.at(at)) {
            (Some(one), Some(two)) => one.meets(two) || (self.may_end(at) && other.may_end(at)),
            (None, None) => true,
            (Some(_), None) => self.may_end(at),
            (None, Some(_)) => other.may_end(at),
        })
    }

    fn at(&self, at: usize) -> Option<Set> {
        match self.tail {
            Tail::Some(set) | Tail::Any(set) => Some(self.places.get(at).copied().unwrap_or(set)),
            Tail::End => self.places.get(at).copied(),
        }
    }

    fn may_end(&self, at: usize) -> bool {
        match self.tail {
            Tail::End => at == self.places.len(),
            Tail::Some(_) => at > self.places.len(),
            Tail::Any(_) => at >= self.places.len(),
        }
    }

    /// As Asterisk sorts patterns: the smaller set first, place by place, then the set whose characters come first;
    /// wildcards behind sets.
    pub(super) fn specificity(&self, other: &Self) -> Ordering {
        let key = |shape: &Self, at: usize| match shape.places.get(at) {
            Some(set) => (set.len(), set.0.reverse_bits()),
            None => match shape.tail {
                // what ends sorts before what goes on
                Tail::End => (0, 0),
                Tail::Some(_) => (1000, 0),
                Tail::Any(_) => (1001, 0),
            },
        };
        let longest = self.places.len().max(other.places.len());
        (0..=longest)
            .map(|at| {
                let ((size, members), (other_size, others)) = (key(self, at), key(other, at));
                // the first character is the highest bit, and the more of them the earlier
                size.cmp(&other_size).then(others.cmp(&members))
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}
