//! From the text of a pattern to instructions, in one pass and without a tree: since jumps are
//! relative, the code of a part can be moved to make room before it, and copied to repeat it.

use super::{
    Bounds, ENDLESS, Instruction, MAX_GROUP, MAX_INSTRUCTIONS, Outlines, Pattern, PatternError,
    PatternFault,
};

/// How deep groups may stand within groups.
const MAX_DEPTH: u8 = 16;

/// The highest count in `{m,n}`.
const MAX_COUNT: usize = 255;

/// Sets of ASCII characters, a bit for each.
const DIGITS: u128 = 0x3ff << b'0';
const SPACE: u128 = 1 << b' ' | 0x1f << b'\t';
const LETTERS: u128 = 0x3ff_ffff << b'A' | 0x3ff_ffff << b'a';
const WORD: u128 = DIGITS | LETTERS | 1 << b'_';
const NO_LINE_FEED: u128 = !(1 << b'\n');

/// As `?`, which the compiler's own evaluation has not.
macro_rules! attempt {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return Err(error),
        }
    };
}

pub(super) const fn compile(pattern: &str) -> Result<Pattern, PatternError> {
    if pattern.len() > Pattern::MAX_LEN {
        return Err(PatternError {
            fault: PatternFault::TooLarge,
            offset: Pattern::MAX_LEN,
        });
    }
    let mut compiler = Compiler {
        pattern: pattern.as_bytes(),
        at: 0,
        code: [Instruction::Match; MAX_INSTRUCTIONS],
        len: 0,
        groups: 0,
    };
    attempt!(compiler.push(Instruction::Save(0)));
    attempt!(compiler.alternatives(0));
    if compiler.at < pattern.len() {
        return Err(compiler.error(PatternFault::UnopenedGroup));
    }
    attempt!(compiler.push(Instruction::Save(1)));
    attempt!(compiler.push(Instruction::Match));
    let (code, _) = compiler.code.split_at(compiler.len);
    let outlines = Outlines::of(code);
    Ok(Pattern {
        bounds: match outlines.bounds() {
            Some(bounds) => bounds,
            None => Bounds::of(code),
        },
        outlines,
        code: compiler.code,
        len: compiler.len as u8,
        groups: compiler.groups,
    })
}

struct Compiler<'p> {
    pattern: &'p [u8],
    at: usize,
    code: [Instruction; MAX_INSTRUCTIONS],
    len: usize,
    groups: u8,
}

/// How often, and whether rather seldom.
struct Quantifier {
    min: usize,
    max: Option<usize>,
    lazy: bool,
}

impl Compiler<'_> {
    const fn error(&self, fault: PatternFault) -> PatternError {
        self.error_at(fault, self.at)
    }

    const fn error_at(&self, fault: PatternFault, offset: usize) -> PatternError {
        PatternError { fault, offset }
    }

    const fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    /// What stands so many octets further on.
    const fn peek_at(&self, distance: usize) -> Option<u8> {
        match self.at + distance < self.pattern.len() {
            true => Some(self.pattern[self.at + distance]),
            false => None,
        }
    }

    const fn take(&mut self, expected: u8) -> bool {
        match self.peek() {
            Some(byte) if byte == expected => {
                self.at += 1;
                true
            }
            _ => false,
        }
    }

    const fn push(&mut self, instruction: Instruction) -> Result<(), PatternError> {
        if self.len >= MAX_INSTRUCTIONS {
            return Err(self.error(PatternFault::TooLarge));
        }
        self.code[self.len] = instruction;
        self.len += 1;
        Ok(())
    }

    /// Puts an instruction before the code that begins at `start`.
    const fn insert(&mut self, start: usize, instruction: Instruction) -> Result<(), PatternError> {
        attempt!(self.push(Instruction::Match));
        let mut at = self.len - 1;
        while at > start {
            self.code[at] = self.code[at - 1];
            at -= 1;
        }
        self.code[start] = instruction;
        Ok(())
    }

    /// `a|b|c`, up to the end or a closing parenthesis.
    const fn alternatives(&mut self, depth: u8) -> Result<(), PatternError> {
        // Jumps to the end are not known yet: each holds the distance to the one before it.
        let mut last_jump: Option<usize> = None;
        loop {
            let start = self.len;
            attempt!(self.sequence(depth));
            if !self.take(b'|') {
                break;
            }
            let split = Instruction::Split {
                other: offset(start, self.len + 2),
                prefer_other: false,
            };
            attempt!(self.insert(start, split));
            let jump = self.len;
            let distance = match last_jump {
                Some(last) => offset(last, jump),
                None => 0,
            };
            attempt!(self.push(Instruction::Jump(distance)));
            last_jump = Some(jump);
        }
        while let Some(jump) = last_jump {
            let Instruction::Jump(distance) = self.code[jump] else {
                break;
            };
            self.code[jump] = Instruction::Jump(offset(jump, self.len));
            last_jump = match distance {
                0 => None,
                _ => jump.checked_sub(distance.unsigned_abs() as usize),
            };
        }
        Ok(())
    }

    const fn sequence(&mut self, depth: u8) -> Result<(), PatternError> {
        while let Some(byte) = self.peek() {
            if matches!(byte, b'|' | b')') {
                break;
            }
            let begin = self.at;
            let start = self.len;
            attempt!(self.atom(byte, depth));
            if let Some(quantifier) = attempt!(self.quantifier()) {
                attempt!(self.repeat(start, &quantifier, begin));
                let at = self.at;
                if attempt!(self.quantifier()).is_some() {
                    return Err(self.error_at(PatternFault::NothingToRepeat, at));
                }
            }
        }
        Ok(())
    }

    const fn atom(&mut self, byte: u8, depth: u8) -> Result<(), PatternError> {
        let begin = self.at;
        if attempt!(self.quantifier()).is_some() {
            return Err(self.error_at(PatternFault::NothingToRepeat, begin));
        }
        self.at += 1;
        match byte {
            b'(' => self.group(begin, depth),
            b'[' => self.class(begin),
            b'.' => self.set(NO_LINE_FEED),
            b'^' => self.push(Instruction::Begin),
            b'$' => self.push(Instruction::End),
            b'\\' => match self.peek() {
                Some(b'A') => {
                    self.at += 1;
                    self.push(Instruction::Begin)
                }
                Some(b'z' | b'Z') => {
                    self.at += 1;
                    self.push(Instruction::End)
                }
                _ => {
                    let set = attempt!(self.escape());
                    self.set(set)
                }
            },
            _ if byte.is_ascii() => self.push(Instruction::Byte(byte)),
            _ => Err(self.error_at(PatternFault::NotAscii, begin)),
        }
    }

    const fn group(&mut self, begin: usize, depth: u8) -> Result<(), PatternError> {
        if depth >= MAX_DEPTH {
            return Err(self.error_at(PatternFault::TooDeep, begin));
        }
        let mut slot = None;
        if self.take(b'?') {
            match self.peek() {
                Some(b':') => self.at += 1,
                Some(b'!' | b'=') => return self.look_ahead(begin, depth),
                _ => return Err(self.error_at(PatternFault::Unsupported, begin)),
            }
        } else {
            self.groups = self.groups.saturating_add(1);
            // what no translation can name needs not be noted
            if self.groups as usize <= MAX_GROUP {
                slot = Some(2 * self.groups);
            }
        }
        if let Some(slot) = slot {
            attempt!(self.push(Instruction::Save(slot)));
        }
        attempt!(self.alternatives(depth + 1));
        if !self.take(b')') {
            return Err(self.error_at(PatternFault::UnclosedGroup, begin));
        }
        if let Some(slot) = slot {
            attempt!(self.push(Instruction::Save(slot + 1)));
        }
        Ok(())
    }

    /// `(?!..)` and `(?=..)`, of which the mark comes next. What is bounded, and does not look ahead itself, is
    /// decided within a fixed number of steps.
    const fn look_ahead(&mut self, begin: usize, depth: u8) -> Result<(), PatternError> {
        let unsupported = self.error_at(PatternFault::Unsupported, begin);
        let negative = self.take(b'!');
        if !negative {
            self.at += 1;
        }
        let (look, groups) = (self.len, self.groups);
        // how long it becomes is written below
        attempt!(self.push(Instruction::Begin));
        attempt!(self.alternatives(depth + 1));
        if !self.take(b')') {
            return Err(self.error_at(PatternFault::UnclosedGroup, begin));
        }
        attempt!(self.push(Instruction::Match));
        let mut at = look;
        while at < self.len {
            if let Instruction::Jump(..0)
            | Instruction::Split { other: ..0, .. }
            | Instruction::Look { .. } = self.code[at]
            {
                return Err(unsupported);
            }
            at += 1;
        }
        if !negative && self.groups > groups {
            return Err(unsupported);
        }
        self.code[look] = Instruction::Look {
            len: (self.len - look - 1) as u8,
            negative,
        };
        Ok(())
    }

    /// What stands behind a backslash.
    const fn escape(&mut self) -> Result<u128, PatternError> {
        let Some(byte) = self.peek() else {
            return Err(self.error_at(PatternFault::TrailingBackslash, self.at - 1));
        };
        let set = match byte {
            b'd' => DIGITS,
            b'D' => !DIGITS,
            b'w' => WORD,
            b'W' => !WORD,
            b's' => SPACE,
            b'S' => !SPACE,
            _ if byte.is_ascii_punctuation() || byte == b' ' => 1 << byte,
            _ if byte.is_ascii() => {
                return Err(self.error_at(PatternFault::Unsupported, self.at - 1));
            }
            _ => return Err(self.error(PatternFault::NotAscii)),
        };
        self.at += 1;
        Ok(set)
    }

    /// The rest of a class whose bracket stands at `begin`.
    const fn class(&mut self, begin: usize) -> Result<(), PatternError> {
        let negated = self.take(b'^');
        let mut set = 0;
        let mut first = true;
        loop {
            let at = self.at;
            let Some(byte) = self.peek() else {
                return Err(self.error_at(PatternFault::UnclosedClass, begin));
            };
            if byte == b']' && !first {
                self.at += 1;
                break;
            }
            if let (b'-', Some(b'['), false) = (byte, self.peek_at(1), first) {
                return Err(self.error(PatternFault::Unsupported));
            }
            first = false;
            let from = attempt!(self.class_item());
            match (self.peek(), self.peek_at(1)) {
                (Some(b'-'), Some(to)) if !matches!(to, b']' | b'[') => {
                    self.at += 1;
                    let to = attempt!(self.class_item());
                    if from.count_ones() != 1 || to.count_ones() != 1 || to < from {
                        return Err(self.error_at(PatternFault::BadRange, at));
                    }
                    // all bits from the lower to the higher one
                    set |= to | (to - from);
                }
                _ => set |= from,
            }
        }
        self.set(if negated { !set } else { set })
    }

    const fn class_item(&mut self) -> Result<u128, PatternError> {
        let Some(byte) = self.peek() else {
            return Err(self.error(PatternFault::UnclosedClass));
        };
        if !byte.is_ascii() {
            return Err(self.error(PatternFault::NotAscii));
        }
        self.at += 1;
        match byte {
            b'\\' => self.escape(),
            _ => Ok(1 << byte),
        }
    }

    /// The shortest instructions for one character of a set.
    const fn set(&mut self, set: u128) -> Result<(), PatternError> {
        if set.count_ones() == 1 {
            return self.push(Instruction::Byte(set.trailing_zeros() as u8));
        }
        if set & !DIGITS == 0 {
            return self.push(Instruction::Digits((set >> b'0') as u16));
        }
        let class = self.len;
        attempt!(self.push(Instruction::Class(0)));
        let mut from = 0;
        while set >> from != 0 {
            from += (set >> from).trailing_zeros();
            let len = (set >> from).trailing_ones();
            attempt!(self.push(Instruction::Range(from as u8, (from + len - 1) as u8)));
            from += len;
            if from == u128::BITS {
                break;
            }
        }
        self.code[class] = Instruction::Class((self.len - class - 1) as u8);
        Ok(())
    }

    /// The quantifier that stands here, if one does. A brace that begins none is a literal.
    const fn quantifier(&mut self) -> Result<Option<Quantifier>, PatternError> {
        let begin = self.at;
        let (min, max) = match self.peek() {
            Some(b'*') => (0, None),
            Some(b'+') => (1, None),
            Some(b'?') => (0, Some(1)),
            Some(b'{') => {
                self.at += 1;
                let min = self.count();
                let max = match self.take(b',') {
                    false => min,
                    true => self.count(),
                };
                let (Some(min), true) = (min, self.take(b'}')) else {
                    self.at = begin;
                    return Ok(None);
                };
                self.at -= 1;
                let is_bad = match max {
                    Some(max) => max > MAX_COUNT || max < min,
                    None => false,
                };
                if min > MAX_COUNT || is_bad {
                    return Err(self.error_at(PatternFault::BadCount, begin));
                }
                (min, max)
            }
            _ => return Ok(None),
        };
        self.at += 1;
        let lazy = self.take(b'?');
        Ok(Some(Quantifier { min, max, lazy }))
    }

    /// Digits, if there are some; more than needed for any count are just a large one.
    const fn count(&mut self) -> Option<usize> {
        let begin = self.at;
        let mut count = 0_usize;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            count = count
                .saturating_mul(10)
                .saturating_add((byte - b'0') as usize);
            self.at += 1;
        }
        if self.at > begin { Some(count) } else { None }
    }

    /// Repeats the code that begins at `start`; the part of the pattern begins at `begin`.
    const fn repeat(
        &mut self,
        start: usize,
        quantifier: &Quantifier,
        begin: usize,
    ) -> Result<(), PatternError> {
        match self.repeat_part(start, quantifier) {
            Err(PatternError { fault, .. }) => Err(self.error_at(fault, begin)),
            done => done,
        }
    }

    const fn repeat_part(
        &mut self,
        start: usize,
        quantifier: &Quantifier,
    ) -> Result<(), PatternError> {
        let (_, part) = self.code.split_at(start);
        let (part, _) = part.split_at(self.len - start);
        let mut room = [Instruction::Match; MAX_INSTRUCTIONS];
        let (copy, _) = room.split_at_mut(part.len());
        copy.copy_from_slice(part);
        let part: &[Instruction] = copy;
        self.len = start;
        let len = part.len();
        if len == 0 {
            return Ok(());
        }
        let copies = match quantifier.max {
            Some(max) => max,
            None => quantifier.min,
        };
        if copies * len > MAX_INSTRUCTIONS {
            return Err(self.error(PatternFault::TooLarge));
        }
        let run = self.len;
        let may_be_long = match quantifier.max {
            Some(max) => max > 2,
            None => true,
        };
        let is_run = is_one_octet(part) && !quantifier.lazy && may_be_long;
        if is_run {
            // how long it becomes is written below
            attempt!(self.push(Instruction::Begin));
        }
        let mut count = 0;
        while count < quantifier.min {
            attempt!(self.extend(part));
            count += 1;
        }
        match quantifier.max {
            // x{m,}: the last one again and again
            None if quantifier.min > 0 => {
                let again = Instruction::Split {
                    other: offset(self.len, self.len - len),
                    prefer_other: !quantifier.lazy,
                };
                attempt!(self.push(again));
            }
            None => {
                let at = self.len;
                attempt!(self.push(quantifier.split(at, at + len + 2)));
                attempt!(self.extend(part));
                attempt!(self.push(Instruction::Jump(offset(at + len + 1, at))));
            }
            // each one that may come can be the last
            Some(max) => {
                let end = self.len + (max - quantifier.min) * (len + 1);
                while count < max {
                    attempt!(self.push(quantifier.split(self.len, end)));
                    attempt!(self.extend(part));
                    count += 1;
                }
            }
        }
        if is_run {
            self.code[run] = Instruction::Run {
                len: (self.len - run - 1) as u8,
                min: quantifier.min as u8,
                max: match quantifier.max {
                    Some(max) => max as u8,
                    None => ENDLESS,
                },
            };
        }
        Ok(())
    }

    const fn extend(&mut self, part: &[Instruction]) -> Result<(), PatternError> {
        let mut at = 0;
        while at < part.len() {
            attempt!(self.push(part[at]));
            at += 1;
        }
        Ok(())
    }
}

impl Quantifier {
    /// From here on, or from there, where it is enough.
    const fn split(&self, from: usize, to: usize) -> Instruction {
        Instruction::Split {
            other: offset(from, to),
            prefer_other: self.lazy,
        }
    }
}

/// Whether this is a character or a class, and nothing else.
const fn is_one_octet(part: &[Instruction]) -> bool {
    match part {
        [Instruction::Byte(_) | Instruction::Digits(_)] => true,
        [Instruction::Class(len), ..] => part.len() == *len as usize + 1,
        _ => false,
    }
}

/// From one place of the code to another; both are within some hundreds.
const fn offset(from: usize, to: usize) -> i16 {
    (to as isize - from as isize) as i16
}
