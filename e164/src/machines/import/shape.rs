//! Patterns as rows of sets, which is all that Asterisk knows.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt::Write as _;

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
/// How many rows one pattern is taken apart into.
const MAX_SHAPES: usize = 64;
/// How deep groups nest, and how many steps taking apart may cost.
const MAX_DEPTH: usize = 8;
const MAX_STEPS: usize = 4096;

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

/// Takes a pattern apart into rows of sets, one for each way of its alternatives and counts, in their order. `None`
/// for what has no such form: look-ahead, a repetition in the middle, too many ways, no `^`.
pub(super) fn shapes(pattern: &str) -> Option<Vec<Shape>> {
    let start = Shape {
        places: Vec::new(),
        tail: Tail::End,
        groups: [None; GROUPS],
        begun: false,
        ended: false,
    };
    let mut reader = Reader {
        text: pattern.as_bytes(),
        at: 0,
        group: 0,
        depth: 0,
        steps: 0,
    };
    let mut shapes = reader.alternatives([start].into())?;
    if reader.at != pattern.len() {
        return None;
    }
    for shape in &mut shapes {
        if !shape.begun {
            return None;
        }
        // what follows is left out of the match
        if !shape.ended {
            if shape.tail != Tail::End {
                return None;
            }
            let end = shape.places.len();
            shape.groups.iter_mut().flatten().for_each(|group| {
                group.end.get_or_insert(end);
            });
            shape.tail = Tail::Any(Set::ANY);
            shape.groups[0] = Some(Span {
                begin: 0,
                end: Some(end),
            });
        } else {
            shape.groups[0] = Some(Span {
                begin: 0,
                end: None,
            });
        }
    }
    Some(shapes)
}

/// What one part of a pattern is.
enum Part {
    Set(Set),
    /// From its first octet behind the parenthesis; the number of the group, if it captures.
    Group(usize, Option<usize>),
    Begin,
    End,
}

struct Reader<'p> {
    text: &'p [u8],
    at: usize,
    /// How many capturing groups have begun.
    group: usize,
    depth: usize,
    steps: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Up to a closing parenthesis or the end.
    fn alternatives(&mut self, before: Vec<Shape>) -> Option<Vec<Shape>> {
        let mut all = self.sequence(before.clone())?;
        while self.peek() == Some(b'|') {
            self.at += 1;
            all.extend(self.sequence(before.clone())?);
            if all.len() > MAX_SHAPES {
                return None;
            }
        }
        Some(all)
    }

    fn sequence(&mut self, mut shapes: Vec<Shape>) -> Option<Vec<Shape>> {
        while !matches!(self.peek(), None | Some(b'|' | b')')) {
            let part = self.part()?;
            let after_part = self.at;
            if let Part::Group(..) = part {
                // what is in it is read once to find its end
                self.group_contents(&part, shapes.clone())?;
            }
            let (min, max) = self.count()?;
            let end = self.at;
            let groups = self.group;
            if max.is_none() {
                let Part::Set(set) = part else { return None };
                for _ in 0..min {
                    self.apply(&part, after_part, &mut shapes)?;
                }
                // `x+` at the end is one place less and a tail of at least one
                for shape in &mut shapes {
                    if shape.tail != Tail::End || shape.ended {
                        return None;
                    }
                    let takes_last = min > 0 && shape.places.pop().is_some();
                    shape.tail = match takes_last {
                        true => Tail::Some(set),
                        false => Tail::Any(set),
                    };
                }
            } else {
                let mut ways = Vec::new();
                let counts = (min, max.unwrap_or(min));
                for shape in shapes {
                    self.repeat(&part, after_part, counts, shape, &mut ways)?;
                }
                shapes = ways;
            }
            (self.at, self.group) = (end, groups);
        }
        Some(shapes)
    }

    /// Appends a part so often, in the order of the ways a match takes: as often as it can comes first.
    fn repeat(
        &mut self,
        part: &Part,
        after: usize,
        (min, max): (usize, usize),
        shape: Shape,
        ways: &mut Vec<Shape>,
    ) -> Option<()> {
        if max > 0 {
            let mut once = [shape.clone()].into();
            self.apply(part, after, &mut once)?;
            for longer in once {
                // a round that takes nothing ends the repetition
                if longer.places.len() > shape.places.len() || min > 0 {
                    let left = (min.saturating_sub(1), max - 1);
                    self.repeat(part, after, left, longer, ways)?;
                }
            }
        }
        if min == 0 {
            ways.push(shape);
        }
        (ways.len() <= MAX_SHAPES).then_some(())
    }

    /// Appends a part once.
    fn apply(&mut self, part: &Part, after: usize, shapes: &mut Vec<Shape>) -> Option<()> {
        self.steps += 1 + shapes.len();
        if self.steps > MAX_STEPS {
            return None;
        }
        match part {
            Part::Group(begin, _) => {
                self.at = *begin;
                *shapes = self.group_contents(part, core::mem::take(shapes))?;
            }
            Part::Set(set) => {
                self.at = after;
                for shape in shapes {
                    if shape.ended || !shape.begun || shape.tail != Tail::End {
                        return None;
                    }
                    shape.places.push(*set);
                    if shape.places.len() > MAX_PLACES {
                        return None;
                    }
                }
            }
            Part::Begin => {
                for shape in shapes {
                    if shape.begun && !shape.places.is_empty() {
                        return None;
                    }
                    shape.begun = true;
                }
            }
            Part::End => shapes.iter_mut().for_each(|shape| shape.ended = true),
        }
        Some(())
    }

    /// What is in a group, and what it captures; goes on behind its parenthesis.
    fn group_contents(&mut self, part: &Part, before: Vec<Shape>) -> Option<Vec<Shape>> {
        let Part::Group(begin, number) = *part else {
            return None;
        };
        self.at = begin;
        self.depth += 1;
        self.steps += 1 + before.len();
        if self.depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return None;
        }
        if let Some(number) = number {
            self.group = number;
        }
        let mut all = Vec::new();
        let (at, group) = (self.at, self.group);
        let (mut end, mut groups) = (at, group);
        // row by row, so that each knows where the group began
        for shape in before {
            (self.at, self.group) = (at, group);
            let begin = shape.places.len();
            let is_tail = shape.tail != Tail::End;
            let mut inner = self.alternatives([shape].into())?;
            (end, groups) = (self.at, self.group);
            if let Some(place) = number {
                for shape in &mut inner {
                    let end = match shape.tail {
                        Tail::End => Some(shape.places.len()),
                        _ => None,
                    };
                    *shape.groups.get_mut(place)? = Some(Span { begin, end });
                }
            }
            if is_tail {
                return None;
            }
            all.extend(inner);
            if all.len() > MAX_SHAPES {
                return None;
            }
        }
        (self.at, self.group) = (end, groups);
        self.depth -= 1;
        (self.take()? == b')').then_some(all)
    }

    fn part(&mut self) -> Option<Part> {
        Some(match self.take()? {
            b'^' => Part::Begin,
            b'$' => Part::End,
            b'(' => {
                let number = match self.text.get(self.at..) {
                    Some([b'?', b':', ..]) => {
                        self.at += 2;
                        None
                    }
                    Some([b'?', ..]) => return None,
                    _ => {
                        self.group += 1;
                        Some(self.group)
                    }
                };
                Part::Group(self.at, number)
            }
            b'[' => Part::Set(self.class()?),
            b'.' => Part::Set(Set::ANY),
            b'\\' => Part::Set(self.escape()?),
            b'*' | b'+' | b'?' | b'{' | b')' | b'|' => return None,
            byte @ b' '..=b'~' => Part::Set(Set::one(byte)),
            _ => return None,
        })
    }

    fn escape(&mut self) -> Option<Set> {
        match self.take()? {
            b'd' => Some(Set::DIGITS),
            b'D' => Some(Set::ANY.without(Set::DIGITS)),
            byte if byte.is_ascii_punctuation() => Some(Set::one(byte)),
            _ => None,
        }
    }

    fn class(&mut self) -> Option<Set> {
        let is_negated = self.peek() == Some(b'^');
        self.at += usize::from(is_negated);
        let mut set = Set::NONE;
        let begin = self.at;
        loop {
            let first = match self.take()? {
                b']' if self.at > begin + 1 => break,
                b'\\' => {
                    let escaped = self.escape()?;
                    set = set.with(escaped);
                    match escaped.single() {
                        Some(first) => first,
                        None => continue,
                    }
                }
                byte @ b' '..=b'~' => byte,
                _ => return None,
            };
            match self.text.get(self.at..) {
                Some([b'-', last, ..]) if *last != b']' => {
                    let mut last = *last;
                    self.at += 2;
                    if last == b'\\' {
                        last = self.escape()?.single()?;
                    }
                    if last < first {
                        return None;
                    }
                    set = set.with(Set::range(first, last));
                }
                _ => set = set.with(Set::one(first)),
            }
        }
        match is_negated {
            true => Some(Set::ANY.without(set)),
            false => Some(set),
        }
        .filter(|set| set.len() > 0)
    }

    /// How often, from and to.
    fn count(&mut self) -> Option<(usize, Option<usize>)> {
        let counts = match self.peek() {
            Some(b'*') => (0, None),
            Some(b'+') => (1, None),
            Some(b'?') => (0, Some(1)),
            Some(b'{') => {
                let text = self.text.get(self.at + 1..)?;
                let len = text.iter().position(|&byte| byte == b'}')?;
                let text = str::from_utf8(text.get(..len)?).ok()?;
                self.at += len + 1;
                let number = |text: &str| text.parse::<u8>().ok().map(usize::from);
                match text.split_once(',') {
                    None => {
                        let count = number(text)?;
                        (count, Some(count))
                    }
                    Some((min, "")) => (number(min)?, None),
                    Some((min, max)) => (number(min)?, Some(number(max)?)),
                }
            }
            _ => return Some((1, Some(1))),
        };
        self.at += 1;
        // lazy, possessive or doubled: not here
        let is_plain = !matches!(self.peek(), Some(b'?' | b'+' | b'*' | b'{'));
        let (min, max) = counts;
        (is_plain && min <= MAX_PLACES && max.is_none_or(|max| (min..=MAX_PLACES).contains(&max)))
            .then_some(counts)
    }
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::{Shape, Span, shapes};
    use crate::{DialString, NormalizationRule, Pattern};

    fn spans(shape: &Shape) -> Vec<Span> {
        shape.groups.iter().skip(1).flatten().copied().collect()
    }

    fn written(pattern: &str) -> Option<Vec<String>> {
        let shapes = shapes(pattern)?;
        Some(
            shapes
                .iter()
                .map(|shape| shape.pattern(&spans(shape)))
                .collect(),
        )
    }

    #[test]
    fn patterns_are_taken_apart() {
        for (pattern, expected) in [
            (r"^9(\d{3})$", &[r"^9(\d{3})$"][..]),
            (
                r"^0([1-9]\d{2,4})$",
                &[r"^0([1-9]\d{4})$", r"^0([1-9]\d{3})$", r"^0([1-9]\d\d)$"],
            ),
            (r"^\+49(89|30)\d+$", &[r"^\+49(89)\d+$", r"^\+49(30)\d+$"]),
            (
                r"^(?:0|00)?(11[02])$",
                &["^0(11[02])$", "^00(11[02])$", "^(11[02])$"],
            ),
            (r"^00(\d*)$", &[r"^00(\d*)$"]),
            (r"^\+49", &[r"^\+49.*$"]),
            (r"^([02-5])([^0-8])x$", &["^([02-5])([ -/9-~])x$"]),
        ] {
            assert_eq!(written(pattern).unwrap(), expected, "{pattern}");
        }
        for pattern in [
            r"\d+",
            r"^\d+5$",
            r"^(\d+)5$",
            "^(?!0)1$",
            "^(",
            "^a)",
            "^[",
            "^a{2",
            "^(a+)+$",
            "^a**$",
            r"^\w$",
            "^((((((((((1))))))))))$",
            r"^\d{1,40}[12]{1,2}$",
            "^[9-0]$",
            "^é$",
            "^(1)(2)(3)(4)(5)(6)(7)(8)(9)(0)$",
        ] {
            assert_eq!(written(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn patterns_meet_where_a_number_fits_both() {
        for (one, two, expected) in [
            ("^1$", "^1$", true),
            ("^1$", "^2$", false),
            (r"^\d{3}$", "^1.+$", true),
            (r"^\d$", "^1.+$", false),
            (r"^\d$", "^1.*$", true),
            ("^12.*$", "^1.+$", true),
            ("^1.*$", "^2.*$", false),
            ("^12$", "^12.+$", false),
        ] {
            let meets =
                |one: &str, two: &str| shapes(one).unwrap()[0].meets(&shapes(two).unwrap()[0]);
            assert_eq!(meets(one, two), expected, "{one} {two}");
            assert_eq!(meets(two, one), expected, "{two} {one}");
        }
    }

    fn pattern() -> impl Strategy<Value = String> {
        let atom = prop::sample::select(&["0", "1", "2", r"\d", "[0-1]", "[^1]", "."][..]);
        let count = prop::sample::select(&["", "", "?", "{2}", "{0,2}", "{1,3}"][..]);
        let counted = (atom, count).prop_map(|(atom, count)| [atom, count].concat());
        let group = prop::collection::vec(prop::collection::vec(counted.clone(), 1..3), 1..3)
            .prop_map(|ways| {
                let ways: Vec<String> = ways.iter().map(|way| way.concat()).collect();
                ["(", &ways.join("|"), ")"].concat()
            });
        let part = prop_oneof![counted, group];
        let tail = prop::sample::select(&["$", r"\d+$", ".*$", "([01]+)$", ""][..]);
        (prop::collection::vec(part, 0..3), tail)
            .prop_map(|(parts, tail)| ["^", &parts.concat(), tail].concat())
    }

    proptest! {
        /// The first row that fits, with its groups, is what the pattern matches; what was taken apart and written is
        /// the same again.
        #[test]
        fn rows_match_what_the_pattern_matches(pattern in pattern(), number in "[0-2]{1,6}") {
            let Some(rows) = shapes(&pattern) else { return Ok(()) };
            let dialled = DialString::parse(&number).unwrap();
            let row = rows.iter().find(|row| Pattern::new(&row.pattern(&[])).unwrap().is_match(&number));
            let is_match = Pattern::new(&pattern).unwrap().is_match(&number);
            prop_assert_eq!(row.is_some(), is_match);
            for row in &rows {
                let text = row.pattern(&spans(row));
                let again = shapes(&text).unwrap();
                prop_assert_eq!(again.len(), 1);
                prop_assert_eq!(&again[0].places, &row.places);
                prop_assert_eq!(again[0].tail, row.tail);
            }
            if let Some(row) = row {
                for (group, span) in row.groups.iter().enumerate() {
                    let Some(span) = span else { continue };
                    let rule = NormalizationRule::new(&pattern, &std::format!("+${group}"));
                    let Ok(rule) = rule else { return Ok(()) };
                    let output = rule.translate(&dialled).unwrap().unwrap();
                    let end = span.end.unwrap_or(number.len());
                    prop_assert_eq!(output.to_string(), std::format!("+{}", &number[span.begin..end]), "{}", group);
                }
            }
        }
    }
}
