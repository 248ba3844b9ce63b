//! What can be said of all texts that a pattern matches, so that most others need not be tried.

use super::Instruction;

/// Classes of octets: the digits, `+`, `*`, `#`, and this one of all others.
const OTHER: u8 = 13;

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
pub(in crate::machines) fn class_of(byte: u8) -> u8 {
    CLASS_OF.get(usize::from(byte)).copied().unwrap_or(OTHER)
}

/// Necessary of a text that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::machines) struct Bounds {
    /// How many octets there are at least, saturating.
    pub(in crate::machines) min: u8,
    /// How many octets there are at most; 255 for any number.
    pub(in crate::machines) max: u8,
    /// Classes of each of the first octets, the first one in the lowest 16 bits.
    pub(in crate::machines) lanes: u64,
    /// Whether a match can only begin at the beginning of the input.
    pub(in crate::machines) anchored: bool,
}

/// So many bits of `lanes` are those of one octet.
const LANE: u32 = 16;

/// So many instructions most patterns have at most.
const SHORT: usize = 40;

/// Any number of octets.
const ANY: u8 = u8::MAX;

impl Bounds {
    /// The bounds of a piece of code. Nothing but repetitions leads back in it, and going round once more
    /// makes no text shorter: one pass from the end tells all that is needed.
    pub(super) fn of(code: &[Instruction]) -> Self {
        // most are short, and to clear room for the longest would take as long as all the rest
        match code.len() {
            ..SHORT => Self::in_room::<SHORT>(code),
            _ => Self::in_room::<{ super::MAX_INSTRUCTIONS + 1 }>(code),
        }
    }

    /// There is room for one more than there are instructions.
    fn in_room<const ROOM: usize>(code: &[Instruction]) -> Self {
        let nothing = Self {
            min: ANY,
            max: 0,
            lanes: 0,
            anchored: true,
        };
        let mut of = [nothing; ROOM];
        for (pc, instruction) in code.iter().enumerate().rev() {
            let next = of[pc + 1];
            // What leads back: no shorter way on, but longer than any other, and whatever there is.
            let target = |offset: i16| match offset {
                1.. => of[pc + usize::from(offset.unsigned_abs())],
                _ => Self {
                    max: ANY,
                    lanes: u64::MAX,
                    ..nothing
                },
            };
            of[pc] = match *instruction {
                // what follows is not looked at
                Instruction::Match => Self {
                    min: 0,
                    max: ANY,
                    lanes: u64::MAX,
                    anchored: false,
                },
                Instruction::End => Self {
                    max: 0,
                    lanes: 0,
                    ..next
                },
                Instruction::Begin => Self {
                    anchored: true,
                    ..next
                },
                Instruction::Byte(_) | Instruction::Digits(_) => next.after(classes(code, pc)),
                Instruction::Class(len) => {
                    let next = of[(pc + 1 + usize::from(len)).min(code.len())];
                    next.after(classes(code, pc))
                }
                Instruction::Range(..) => nothing,
                // that something more is asked of the text only leaves fewer
                Instruction::Look { len, .. } => of[(pc + 1 + usize::from(len)).min(code.len())],
                Instruction::Run { .. } | Instruction::Save(_) => next,
                Instruction::Jump(offset) => target(offset),
                Instruction::Split { other, .. } => next.or(target(other)),
            };
        }
        let mut bounds = of[0];
        if !bounds.anchored {
            bounds.max = ANY;
            bounds.lanes = u64::MAX;
        }
        bounds
    }

    /// Behind an octet of these classes.
    fn after(self, classes: u16) -> Self {
        Self {
            min: self.min.saturating_add(1),
            max: self.max.saturating_add(1),
            lanes: self.lanes << LANE | u64::from(classes),
            anchored: false,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            lanes: self.lanes | other.lanes,
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
    pub(in crate::machines) const fn admit(&self, glance: Glance) -> bool {
        self.min <= glance.len && glance.len <= self.max && glance.lanes & !self.lanes == 0
    }
}

/// What a glance at a text tells.
#[derive(Clone, Copy, Debug)]
pub(in crate::machines) struct Glance {
    /// How many octets, or 255.
    len: u8,
    /// The class of each of the first octets, as sets; those of octets that are not there are empty.
    lanes: u64,
}

impl Glance {
    #[inline]
    pub(in crate::machines) fn at(text: &[u8]) -> Self {
        Self {
            len: text.len().min(ANY.into()) as u8,
            lanes: text
                .iter()
                .take(4)
                .rev()
                .fold(0, |lanes, &byte| lanes << LANE | 1 << class_of(byte)),
        }
    }
}

/// The classes of the octets that the instruction takes.
pub(super) fn classes(code: &[Instruction], pc: usize) -> u16 {
    match code[pc] {
        Instruction::Byte(byte) => 1 << class_of(byte),
        Instruction::Digits(mask) => mask,
        Instruction::Class(len) => {
            let ranges = code.get(pc + 1..=pc + usize::from(len));
            let mut classes = 0;
            for range in ranges.unwrap_or_default() {
                if let Instruction::Range(from, to) = *range {
                    for byte in from..=to {
                        classes |= 1 << class_of(byte);
                    }
                }
            }
            classes
        }
        _ => 0,
    }
}
