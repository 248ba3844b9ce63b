//! Patterns, taken apart into rows of sets.

use alloc::vec::Vec;

use super::{GROUPS, MAX_PLACES, Set, Shape, Span, Tail};

/// How many rows one pattern is taken apart into.
const MAX_SHAPES: usize = 64;
/// How deep groups nest, and how many steps taking apart may cost.
const MAX_DEPTH: usize = 8;
const MAX_STEPS: usize = 4096;

/// Takes a pattern apart into rows of sets, one for each way of its alternatives and counts, in their order. `None`
/// for what has no such form: look-ahead, a repetition in the middle, too many ways, no `^`.
pub(in super::super) fn shapes(pattern: &str) -> Option<Vec<Shape>> {
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
