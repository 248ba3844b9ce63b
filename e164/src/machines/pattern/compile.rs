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

pub(super) fn compile(pattern: &str) -> Result<Pattern, PatternError> {
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
    compiler.push(Instruction::Save(0))?;
    compiler.alternatives(0)?;
    if compiler.at < pattern.len() {
        return Err(compiler.error(PatternFault::UnopenedGroup));
    }
    compiler.push(Instruction::Save(1))?;
    compiler.push(Instruction::Match)?;
    let code = &compiler.code[..compiler.len];
    let outlines = Outlines::of(code);
    Ok(Pattern {
        bounds: outlines.bounds().unwrap_or_else(|| Bounds::of(code)),
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
    fn error(&self, fault: PatternFault) -> PatternError {
        self.error_at(fault, self.at)
    }

    fn error_at(&self, fault: PatternFault, offset: usize) -> PatternError {
        PatternError { fault, offset }
    }

    fn peek(&self) -> Option<u8> {
        self.pattern.get(self.at).copied()
    }

    fn take(&mut self, expected: u8) -> bool {
        let taken = self.peek() == Some(expected);
        self.at += usize::from(taken);
        taken
    }

    fn push(&mut self, instruction: Instruction) -> Result<(), PatternError> {
        let Some(place) = self.code.get_mut(self.len) else {
            return Err(self.error(PatternFault::TooLarge));
        };
        *place = instruction;
        self.len += 1;
        Ok(())
    }

    /// Puts an instruction before the code that begins at `start`.
    fn insert(&mut self, start: usize, instruction: Instruction) -> Result<(), PatternError> {
        self.push(Instruction::Match)?;
        self.code.copy_within(start..self.len - 1, start + 1);
        self.code[start] = instruction;
        Ok(())
    }

    /// `a|b|c`, up to the end or a closing parenthesis.
    fn alternatives(&mut self, depth: u8) -> Result<(), PatternError> {
        // Jumps to the end are not known yet: each holds the distance to the one before it.
        let mut last_jump: Option<usize> = None;
        loop {
            let start = self.len;
            self.sequence(depth)?;
            if !self.take(b'|') {
                break;
            }
            let other = offset(start, self.len + 2);
            let prefer_other = false;
            self.insert(
                start,
                Instruction::Split {
                    other,
                    prefer_other,
                },
            )?;
            let jump = self.len;
            self.push(Instruction::Jump(
                last_jump.map_or(0, |last| offset(last, jump)),
            ))?;
            last_jump = Some(jump);
        }
        while let Some(jump) = last_jump {
            let Instruction::Jump(distance) = self.code[jump] else {
                break;
            };
            self.code[jump] = Instruction::Jump(offset(jump, self.len));
            last_jump = jump.checked_sub(distance.unsigned_abs().into());
            last_jump = last_jump.filter(|_| distance != 0);
        }
        Ok(())
    }

    fn sequence(&mut self, depth: u8) -> Result<(), PatternError> {
        while let Some(byte) = self.peek() {
            if matches!(byte, b'|' | b')') {
                break;
            }
            let begin = self.at;
            let start = self.len;
            self.atom(byte, depth)?;
            if let Some(quantifier) = self.quantifier()? {
                self.repeat(start, &quantifier, begin)?;
                let at = self.at;
                if self.quantifier()?.is_some() {
                    return Err(self.error_at(PatternFault::NothingToRepeat, at));
                }
            }
        }
        Ok(())
    }

    fn atom(&mut self, byte: u8, depth: u8) -> Result<(), PatternError> {
        let begin = self.at;
        if self.quantifier()?.is_some() {
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
                    let set = self.escape()?;
                    self.set(set)
                }
            },
            _ if byte.is_ascii() => self.push(Instruction::Byte(byte)),
            _ => Err(self.error_at(PatternFault::NotAscii, begin)),
        }
    }

    fn group(&mut self, begin: usize, depth: u8) -> Result<(), PatternError> {
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
            slot = Some(2 * self.groups).filter(|_| usize::from(self.groups) <= MAX_GROUP);
        }
        if let Some(slot) = slot {
            self.push(Instruction::Save(slot))?;
        }
        self.alternatives(depth + 1)?;
        if !self.take(b')') {
            return Err(self.error_at(PatternFault::UnclosedGroup, begin));
        }
        if let Some(slot) = slot {
            self.push(Instruction::Save(slot + 1))?;
        }
        Ok(())
    }

    /// `(?!..)` and `(?=..)`, of which the mark comes next. What is bounded, and does not look ahead itself, is
    /// decided within a fixed number of steps.
    fn look_ahead(&mut self, begin: usize, depth: u8) -> Result<(), PatternError> {
        let unsupported = self.error_at(PatternFault::Unsupported, begin);
        let negative = self.take(b'!');
        self.at += usize::from(!negative);
        let (look, groups) = (self.len, self.groups);
        // how long it becomes is written below
        self.push(Instruction::Begin)?;
        self.alternatives(depth + 1)?;
        if !self.take(b')') {
            return Err(self.error_at(PatternFault::UnclosedGroup, begin));
        }
        self.push(Instruction::Match)?;
        let is_unbounded = self.code[look..self.len].iter().any(|instruction| {
            matches!(
                instruction,
                Instruction::Jump(..0)
                    | Instruction::Split { other: ..0, .. }
                    | Instruction::Look { .. }
            )
        });
        if is_unbounded || (!negative && self.groups > groups) {
            return Err(unsupported);
        }
        self.code[look] = Instruction::Look {
            len: (self.len - look - 1) as u8,
            negative,
        };
        Ok(())
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Result<u128, PatternError> {
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
    fn class(&mut self, begin: usize) -> Result<(), PatternError> {
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
            let rest = self.pattern.get(at..).unwrap_or_default();
            if rest.starts_with(b"-[") && !first {
                return Err(self.error(PatternFault::Unsupported));
            }
            first = false;
            let from = self.class_item()?;
            let rest = self.pattern.get(self.at..).unwrap_or_default();
            match *rest {
                [b'-', to, ..] if !matches!(to, b']' | b'[') => {
                    self.at += 1;
                    let to = self.class_item()?;
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

    fn class_item(&mut self) -> Result<u128, PatternError> {
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
    fn set(&mut self, set: u128) -> Result<(), PatternError> {
        if set.count_ones() == 1 {
            return self.push(Instruction::Byte(set.trailing_zeros() as u8));
        }
        if set & !DIGITS == 0 {
            return self.push(Instruction::Digits((set >> b'0') as u16));
        }
        let class = self.len;
        self.push(Instruction::Class(0))?;
        let mut from = 0;
        while from < u128::BITS {
            from += (set >> from).trailing_zeros().min(u128::BITS - from);
            if from < u128::BITS {
                let len = (set >> from).trailing_ones();
                self.push(Instruction::Range(from as u8, (from + len - 1) as u8))?;
                from += len;
            }
        }
        self.code[class] = Instruction::Class((self.len - class - 1) as u8);
        Ok(())
    }

    /// The quantifier that stands here, if one does. A brace that begins none is a literal.
    fn quantifier(&mut self) -> Result<Option<Quantifier>, PatternError> {
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
                if min > MAX_COUNT || max.is_some_and(|max| max > MAX_COUNT || max < min) {
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
    fn count(&mut self) -> Option<usize> {
        let begin = self.at;
        let mut count = 0_usize;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            count = count
                .saturating_mul(10)
                .saturating_add(usize::from(byte - b'0'));
            self.at += 1;
        }
        (self.at > begin).then_some(count)
    }

    /// Repeats the code that begins at `start`; the part of the pattern begins at `begin`.
    fn repeat(
        &mut self,
        start: usize,
        quantifier: &Quantifier,
        begin: usize,
    ) -> Result<(), PatternError> {
        let mut part = [Instruction::Match; MAX_INSTRUCTIONS];
        let part = &mut part[start..self.len];
        part.copy_from_slice(&self.code[start..self.len]);
        let part = &*part;
        self.len = start;
        if part.is_empty() {
            return Ok(());
        }
        let too_large = |error: PatternError| PatternError {
            offset: begin,
            ..error
        };
        let copies = quantifier.max.unwrap_or(quantifier.min);
        if copies * part.len() > MAX_INSTRUCTIONS {
            return Err(self.error_at(PatternFault::TooLarge, begin));
        }
        let len = part.len();
        let split = |from, to| Instruction::Split {
            other: offset(from, to),
            prefer_other: quantifier.lazy,
        };
        let run = self.len;
        let is_run =
            is_one_octet(part) && !quantifier.lazy && quantifier.max.is_none_or(|max| max > 2);
        if is_run {
            // how long it becomes is written below
            self.push(Instruction::Begin).map_err(too_large)?;
        }
        for _ in 0..quantifier.min {
            self.extend(part).map_err(too_large)?;
        }
        match quantifier.max {
            // x{m,}: the last one again and again
            None if quantifier.min > 0 => {
                let other = offset(self.len, self.len - len);
                self.push(Instruction::Split {
                    other,
                    prefer_other: !quantifier.lazy,
                })
                .map_err(too_large)?;
            }
            None => {
                let at = self.len;
                self.push(split(at, at + len + 2)).map_err(too_large)?;
                self.extend(part).map_err(too_large)?;
                self.push(Instruction::Jump(offset(at + len + 1, at)))
                    .map_err(too_large)?;
            }
            // each one that may come can be the last
            Some(max) => {
                let optional = max - quantifier.min;
                let end = self.len + optional * (len + 1);
                for _ in 0..optional {
                    self.push(split(self.len, end)).map_err(too_large)?;
                    self.extend(part).map_err(too_large)?;
                }
            }
        }
        if is_run {
            self.code[run] = Instruction::Run {
                len: (self.len - run - 1) as u8,
                min: quantifier.min as u8,
                max: quantifier.max.map_or(ENDLESS, |max| max as u8),
            };
        }
        Ok(())
    }

    fn extend(&mut self, part: &[Instruction]) -> Result<(), PatternError> {
        part.iter()
            .try_for_each(|instruction| self.push(*instruction))
    }
}

/// Whether this is a character or a class, and nothing else.
fn is_one_octet(part: &[Instruction]) -> bool {
    match part {
        [Instruction::Byte(_) | Instruction::Digits(_)] => true,
        [Instruction::Class(len), ..] => part.len() == usize::from(*len) + 1,
        _ => false,
    }
}

/// From one place of the code to another; both are within some hundreds.
fn offset(from: usize, to: usize) -> i16 {
    (to as isize - from as isize) as i16
}
