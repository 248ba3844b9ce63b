//! What can be said of all texts that a pattern matches, so that most others need not be tried.

use super::Instruction;
use crate::DialString;

/// Classes of octets: the digits, `+`, `*`, `#`, and this one of all others.
pub(super) const OTHER: u8 = 13;

/// The class of each ASCII character.
const CLASS_OF: [u8; 128] = {
    let mut table = [OTHER; 128];
    let mut digit = 0;
    while digit < 10 {
        table[(b'0' + digit) as usize] = digit;
        digit += 1;
    }
    table[b'+' as usize] = 10;
    table[b'*' as usize] = 11;
    table[b'#' as usize] = 12;
    table
};

/// The class of an octet.
#[inline]
pub(in crate::machines) const fn class_of(byte: u8) -> u8 {
    match byte < 128 {
        true => CLASS_OF[byte as usize],
        false => OTHER,
    }
}

/// The class of each octet, as a set.
static SET_OF: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = 1 << class_of(byte as u8);
        byte += 1;
    }
    table
};

/// Necessary of a text that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::machines) struct Bounds {
    /// How many octets there are at least, saturating.
    pub(in crate::machines) min: u8,
    /// How many octets there are at most; 255 for any number.
    pub(in crate::machines) max: u8,
    /// Classes of each of the first octets, the first one in the lowest 16 bits.
    pub(in crate::machines) lanes: u64,
    /// The same of texts that are as short as can be.
    pub(super) shortest: u64,
    /// Whether a match can only begin at the beginning of the input.
    pub(in crate::machines) anchored: bool,
}

/// So many bits of `lanes` are those of one octet.
pub(super) const LANE: u32 = 16;

/// So many octets of a text are looked at one by one.
pub(super) const FIRST: usize = 8;

/// So many instructions most patterns have at most.
const SHORT: usize = 40;

/// Any number of octets.
const ANY: u8 = u8::MAX;

impl Bounds {
    /// The bounds of a piece of code. Nothing but repetitions leads back in it, and going round once more
    /// makes no text shorter: one pass from the end tells all that is needed.
    pub(super) const fn of(code: &[Instruction]) -> Self {
        // most are short, and to clear room for the longest would take as long as all the rest
        if code.len() < SHORT {
            Self::in_room::<SHORT>(code)
        } else {
            Self::in_room::<{ super::MAX_INSTRUCTIONS + 1 }>(code)
        }
    }

    /// There is room for one more than there are instructions.
    const fn in_room<const ROOM: usize>(code: &[Instruction]) -> Self {
        let nothing = Self {
            min: ANY,
            max: 0,
            lanes: 0,
            shortest: 0,
            anchored: true,
        };
        let mut of = [nothing; ROOM];
        let mut pc = code.len();
        while pc > 0 {
            pc -= 1;
            let next = of[pc + 1];
            of[pc] = match code[pc] {
                // what follows is not looked at
                Instruction::Match => Self {
                    min: 0,
                    max: ANY,
                    lanes: u64::MAX,
                    shortest: 0,
                    anchored: false,
                },
                Instruction::End => Self {
                    max: 0,
                    lanes: 0,
                    shortest: 0,
                    ..next
                },
                Instruction::Begin => Self {
                    anchored: true,
                    ..next
                },
                Instruction::Byte(_) | Instruction::Digits(_) => next.after(classes(code, pc)),
                Instruction::Class(len) => of[behind(code, pc, len)].after(classes(code, pc)),
                Instruction::Range(..) => nothing,
                // that something more is asked of the text only leaves fewer
                Instruction::Look { len, .. } => of[behind(code, pc, len)],
                Instruction::Run { .. } | Instruction::Save(_) => next,
                Instruction::Jump(offset @ 1..) => of[pc + offset.unsigned_abs() as usize],
                Instruction::Jump(_) => Self::BACK,
                Instruction::Split {
                    other: other @ 1.., ..
                } => next.or(of[pc + other.unsigned_abs() as usize]),
                Instruction::Split { .. } => next.or(Self::BACK),
            };
        }
        let mut bounds = of[0];
        if !bounds.anchored {
            bounds.max = ANY;
            bounds.lanes = u64::MAX;
            bounds.shortest = u64::MAX;
        }
        bounds
    }

    /// What leads back: no shorter way on, but longer than any other, and whatever there is.
    const BACK: Self = Self {
        min: ANY,
        max: ANY,
        lanes: u64::MAX,
        shortest: u64::MAX,
        anchored: true,
    };

    /// Behind an octet of these classes.
    const fn after(self, classes: u16) -> Self {
        Self {
            min: self.min.saturating_add(1),
            max: self.max.saturating_add(1),
            lanes: self.lanes << LANE | classes as u64,
            shortest: self.shortest << LANE | classes as u64,
            anchored: false,
        }
    }

    pub(super) const fn or(self, other: Self) -> Self {
        let (min, shortest) = if self.min < other.min {
            (self.min, self.shortest)
        } else if self.min > other.min {
            (other.min, other.shortest)
        } else {
            (self.min, self.shortest | other.shortest)
        };
        Self {
            min,
            max: if self.max > other.max {
                self.max
            } else {
                other.max
            },
            lanes: self.lanes | other.lanes,
            shortest,
            anchored: self.anchored && other.anchored,
        }
    }

    /// Whether there may be a text that both match.
    #[cfg(feature = "alloc")]
    pub(in crate::machines) fn meet(&self, other: &Self) -> bool {
        let lane = |lanes: u64, lane: u32| lanes >> (LANE * lane) & u64::from(u16::MAX);
        let common = self.lanes & other.lanes;
        let shortest = self.min.max(other.min);
        shortest <= self.max.min(other.max)
            && (0..4).all(|at| u32::from(shortest) <= at || lane(common, at) != 0)
    }

    /// Whether this text can match.
    #[inline]
    pub(in crate::machines) const fn admit(&self, glance: &Glance) -> bool {
        // no pattern is so long that the length of a text that is as short as can be is not told exactly
        let lanes = match glance.len == self.min {
            true => self.shortest,
            false => self.lanes,
        };
        self.min <= glance.len && glance.len <= self.max && glance.lanes[0] & !lanes == 0
    }
}

/// What a glance at a text tells.
#[derive(Clone, Copy, Debug)]
pub struct Glance {
    /// How many octets, or 255.
    pub(super) len: u8,
    /// Whether nothing but digits is behind the first octets.
    pub(super) ends_in_digits: bool,
    /// The class of each of the first octets, as sets; those of octets that are not there are empty.
    pub(super) lanes: [u64; 2],
}

/// The lanes of so many octets.
const LANES_OF: [[u64; 2]; FIRST + 1] = {
    let mut table = [[u64::MAX; 2]; FIRST + 1];
    let mut count = 0;
    while count < FIRST {
        table[count] = match count {
            0..4 => [(1 << (LANE * count as u32)) - 1, 0],
            _ => [u64::MAX, (1 << (LANE * (count as u32 - 4))) - 1],
        };
        count += 1;
    }
    table
};

impl Glance {
    /// As [`at`](Self::at), at what was dialled: the same for each, without a loop.
    #[inline]
    pub(in crate::machines) fn of(dialled: &DialString) -> Self {
        let (bytes, len) = (dialled.bytes(), dialled.as_bytes().len());
        let [first, second] = LANES_OF[len.min(FIRST)];
        let set = |at: usize| u64::from(SET_OF[usize::from(bytes[at])]);
        let lane = |at| {
            set(at) | set(at + 1) << LANE | set(at + 2) << (2 * LANE) | set(at + 3) << (3 * LANE)
        };
        Self {
            len: len as u8,
            ends_in_digits: len <= FIRST || are_digits(&dialled.as_bytes()[FIRST..]),
            lanes: [lane(0) & first, lane(4) & second],
        }
    }

    pub(in crate::machines) const fn at(text: &[u8]) -> Self {
        let mut glance = Self {
            len: if text.len() < ANY as usize {
                text.len() as u8
            } else {
                ANY
            },
            ends_in_digits: true,
            lanes: [0; 2],
        };
        let mut at = 0;
        while at < text.len() {
            if at < FIRST {
                let set = SET_OF[text[at] as usize] as u64;
                glance.lanes[at / 4] |= set << (LANE * (at as u32 % 4));
            } else if !text[at].is_ascii_digit() {
                glance.ends_in_digits = false;
                break;
            }
            at += 1;
        }
        glance
    }
}

#[inline]
fn are_digits(octets: &[u8]) -> bool {
    octets
        .iter()
        .fold(true, |are, octet| are & octet.is_ascii_digit())
}

/// The place behind so many instructions after this one.
const fn behind(code: &[Instruction], pc: usize, len: u8) -> usize {
    let behind = pc + 1 + len as usize;
    if behind < code.len() {
        behind
    } else {
        code.len()
    }
}

/// The classes of the octets that the instruction takes.
pub(super) const fn classes(code: &[Instruction], pc: usize) -> u16 {
    match code[pc] {
        Instruction::Byte(byte) => 1 << class_of(byte),
        Instruction::Digits(mask) => mask,
        Instruction::Class(len) => {
            let mut classes = 0;
            let mut at = 0;
            while at < len as usize {
                at += 1;
                if let Instruction::Range(from, to) = code[pc + at] {
                    classes |= classes_of(from, to);
                }
            }
            classes
        }
        _ => 0,
    }
}

/// The classes of the octets from the first to the last, both included.
const fn classes_of(from: u8, to: u8) -> u16 {
    const MARKS: [u8; 3] = [b'+', b'*', b'#'];
    let mut classes = 0;
    // how many octets are digits or one of these
    let mut known = 0;
    let first = if from > b'0' { from } else { b'0' };
    let last = if to < b'9' { to } else { b'9' };
    if first <= last {
        known = last - first + 1;
        classes = ((1_u16 << known) - 1) << (first - b'0');
    }
    let mut mark = 0;
    while mark < MARKS.len() {
        if from <= MARKS[mark] && MARKS[mark] <= to {
            classes |= 1 << class_of(MARKS[mark]);
            known += 1;
        }
        mark += 1;
    }
    if to - from >= known {
        classes |= 1 << OTHER;
    }
    classes
}
