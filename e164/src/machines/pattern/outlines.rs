//! Patterns that are but a few outlines: which octets come first, and then digits up to the end. Rules as people write
//! them mostly are. Whether such a one matches, and where its groups are, a glance at the text tells.

use super::bounds::{Bounds, FIRST, Glance, LANE, OTHER, classes};
use super::{ENDLESS, Instruction, Spans, TO_END, UNSET};

/// A pattern of more outlines is left to the matchers.
const MOST: usize = 4;

/// Begins and ends of group 0 and those after it, as many as an outline has room for.
const SLOTS: usize = 12;

/// All texts that one way through a pattern takes, all octets of which are digits, `+`, `*` and `#`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::machines) struct Outline {
    /// Classes of each of the first octets.
    lanes: [u64; 2],
    min: u8,
    /// 255 for any number.
    max: u8,
    /// Whether anything may follow; else there are but digits behind the first octets.
    is_open: bool,
    slots: [u8; SLOTS],
}

/// In the order of preference; none where the pattern is something else.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::machines) struct Outlines {
    list: [Outline; MOST],
    len: u8,
}

/// A way through the code up to some place.
#[derive(Clone, Copy)]
struct Way {
    pc: usize,
    outline: Outline,
    /// How many octets there are at least.
    at: usize,
    is_anchored: bool,
    /// Whether octets came of which there may be more or fewer: only the end may follow.
    has_run: bool,
    has_end: bool,
}

const ALL_DIGITS: u16 = 0x3ff;

impl Outline {
    const NONE: Self = Self {
        lanes: [0; 2],
        min: 0,
        max: 0,
        is_open: false,
        slots: [UNSET; SLOTS],
    };

    #[inline]
    const fn admits(&self, glance: &Glance) -> bool {
        let strange = glance.lanes[0] & !self.lanes[0] | glance.lanes[1] & !self.lanes[1];
        self.min <= glance.len
            && glance.len <= self.max
            && strange == 0
            && (self.is_open || glance.ends_in_digits)
    }

    const fn bounds(&self) -> Bounds {
        Bounds {
            min: self.min,
            max: self.max,
            lanes: self.lanes[0],
            shortest: self.lanes[0],
            anchored: true,
        }
    }

    /// Which octets may stand at a place; whether that can be said.
    const fn allow(&mut self, at: usize, classes: u16) -> bool {
        if at < FIRST {
            self.lanes[at / 4] |= (classes as u64) << (LANE * (at as u32 % 4));
            return true;
        }
        classes == ALL_DIGITS
    }
}

impl Outlines {
    pub(super) const NONE: Self = Self {
        list: [Outline::NONE; MOST],
        len: 0,
    };

    /// Those of a piece of code, if that is all that it is.
    pub(super) const fn of(code: &[Instruction]) -> Self {
        let mut outlines = Self::NONE;
        let begin = Way {
            pc: 0,
            outline: Outline::NONE,
            at: 0,
            is_anchored: false,
            has_run: false,
            has_end: false,
        };
        let mut pending = [begin; MOST];
        let mut count = 1;
        while count > 0 {
            count -= 1;
            let mut way = pending[count];
            loop {
                if let Instruction::Match = code[way.pc] {
                    let Some(outline) = way.finish() else {
                        return Self::NONE;
                    };
                    outlines.list[outlines.len as usize] = outline;
                    outlines.len += 1;
                    break;
                }
                let Some(other) = way.step(code) else {
                    return Self::NONE;
                };
                if other > 0 {
                    if count + 1 + outlines.len as usize >= MOST {
                        return Self::NONE;
                    }
                    // what is preferred goes first
                    pending[count] = way;
                    pending[count].pc = other;
                    count += 1;
                }
            }
        }
        outlines
    }

    /// Whether it is one of them; `None` where there are none.
    pub(super) const fn admit(&self, glance: &Glance) -> Option<bool> {
        let mut index = 0;
        while index < self.len as usize {
            if self.list[index].admits(glance) {
                return Some(true);
            }
            index += 1;
        }
        if self.len == 0 { None } else { Some(false) }
    }

    /// What can be said of all of them at once, if there are some.
    pub(super) const fn bounds(&self) -> Option<Bounds> {
        if self.len == 0 {
            return None;
        }
        let mut bounds = self.list[0].bounds();
        let mut index = 1;
        while index < self.len as usize {
            bounds = bounds.or(self.list[index].bounds());
            index += 1;
        }
        Some(bounds)
    }

    #[inline]
    pub(in crate::machines) fn list(&self) -> &[Outline] {
        self.list.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl Way {
    /// One instruction further; and where the second way begins, where there are two. `None` where it is no outline.
    #[inline]
    const fn step(&mut self, code: &[Instruction]) -> Option<usize> {
        let pc = self.pc;
        self.pc += 1;
        match code[pc] {
            Instruction::Byte(_) | Instruction::Digits(_) | Instruction::Class(_) => {
                let classes = classes(code, pc);
                if self.has_run || self.has_end || classes >> OTHER != 0 {
                    return None;
                }
                if !self.outline.allow(self.at, classes) {
                    return None;
                }
                self.at += 1;
                if let Instruction::Class(len) = code[pc] {
                    self.pc += len as usize;
                }
            }
            Instruction::Run { len, min, max } => {
                let classes = classes(code, pc + 1 + (min == 0) as usize);
                let end = if max == ENDLESS {
                    usize::MAX
                } else {
                    self.at + max as usize
                };
                if self.has_run || self.has_end || classes >> OTHER != 0 {
                    return None;
                }
                let mut at = self.at;
                while at < end {
                    if !self.outline.allow(at, classes) {
                        return None;
                    }
                    // one place behind the first ones stands for all
                    if at >= FIRST {
                        break;
                    }
                    at += 1;
                }
                self.at += min as usize;
                self.has_run = min != max;
                if self.has_run {
                    self.outline.max = if end < UNSET as usize {
                        end as u8
                    } else {
                        UNSET
                    };
                }
                self.pc += len as usize;
            }
            Instruction::Split {
                other,
                prefer_other,
            } => {
                // what leads back may do so again and again
                if other <= 0 || self.has_run || self.has_end {
                    return None;
                }
                let other = pc + other as usize;
                if prefer_other {
                    self.pc = other;
                    return Some(pc + 1);
                }
                return Some(other);
            }
            Instruction::Jump(offset) => {
                if offset <= 0 {
                    return None;
                }
                self.pc = pc + offset as usize;
            }
            Instruction::Save(slot) => {
                if slot as usize >= SLOTS || self.at >= TO_END as usize {
                    return None;
                }
                self.outline.slots[slot as usize] =
                    if self.has_run { TO_END } else { self.at as u8 };
            }
            Instruction::Begin => {
                if self.at > 0 || self.has_run {
                    return None;
                }
                self.is_anchored = true;
            }
            Instruction::End => self.has_end = true,
            Instruction::Look { .. } | Instruction::Range(..) | Instruction::Match => return None,
        }
        Some(0)
    }

    /// The outline at the end of the way.
    const fn finish(mut self) -> Option<Outline> {
        if !self.is_anchored || self.at >= UNSET as usize || (self.has_run && !self.has_end) {
            return None;
        }
        self.outline.min = self.at as u8;
        if !self.has_end {
            self.outline.max = UNSET;
            self.outline.is_open = true;
            let mut at = self.at;
            while at < FIRST {
                self.outline.allow(at, u16::MAX);
                at += 1;
            }
        } else if !self.has_run {
            self.outline.max = self.outline.min;
        }
        Some(self.outline)
    }
}

/// Where the groups are, of the first outline that this is.
#[inline]
pub(super) fn find<'o>(outlines: &'o [Outline], glance: &Glance) -> Option<Spans<'o>> {
    let outline = outlines.iter().find(|outline| outline.admits(glance))?;
    // what is longer is no text that groups are told of
    (glance.len < UNSET).then_some(Spans {
        slots: &outline.slots,
        end: glance.len,
        is_plain: true,
    })
}

#[inline]
pub(super) fn is_match(outlines: &[Outline], glance: &Glance) -> bool {
    outlines.iter().any(|outline| outline.admits(glance))
}
