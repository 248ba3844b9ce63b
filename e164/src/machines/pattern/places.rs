//! All places that a pattern can have come to after some octets, of which the classes are known.

use super::bounds::classes;
use super::search::count_step;
use super::{Instruction, MAX_INSTRUCTIONS};

const WORDS: usize = MAX_INSTRUCTIONS.div_ceil(64);

/// Instructions that wait for an octet, or for nothing more. More may be among them than a text leads to, never
/// less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::machines) struct Places([u64; WORDS]);

impl Places {
    /// Before the first octet.
    pub(in crate::machines) fn first(code: &[Instruction]) -> Self {
        let mut places = Self([0; WORDS]);
        places.follow(code, 0, true, &mut [0; WORDS]);
        places
    }

    /// Before an octet that is not the first one.
    pub(in crate::machines) fn later(code: &[Instruction]) -> Self {
        let mut places = Self([0; WORDS]);
        places.follow(code, 0, false, &mut [0; WORDS]);
        places
    }

    /// What either has come to.
    pub(in crate::machines) fn or(self, other: Self) -> Self {
        Self(core::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    /// Whether no text that goes on from here matches.
    pub(in crate::machines) fn is_empty(self) -> bool {
        self.0 == [0; WORDS]
    }

    /// Whether one has come to the end of the pattern, so that whatever comes next does not count.
    pub(in crate::machines) fn matches(self, code: &[Instruction]) -> bool {
        self.iter().any(|pc| code[pc] == Instruction::Match)
    }

    /// After one more octet of this class.
    pub(in crate::machines) fn step(self, code: &[Instruction], class: u8) -> Self {
        let mut next = Self([0; WORDS]);
        let mut passed = [0; WORDS];
        for pc in self.iter() {
            count_step();
            if classes(code, pc) >> class & 1 == 1 {
                let len = match code[pc] {
                    Instruction::Class(len) => 1 + usize::from(len),
                    _ => 1,
                };
                next.follow(code, pc + len, false, &mut passed);
            }
        }
        next
    }

    /// The classes of octets that may come next, and whether nothing need come, or nothing that counts.
    pub(in crate::machines) fn next(self, code: &[Instruction]) -> (u16, bool) {
        let mut next = (0, false);
        for pc in self.iter() {
            match code[pc] {
                Instruction::Match | Instruction::End => next.1 = true,
                _ => next.0 |= classes(code, pc),
            }
        }
        next
    }

    fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(word, bits)| {
            let bits = core::iter::successors(Some(bits), |bits| Some(bits & bits.wrapping_sub(1)));
            bits.take_while(|bits| *bits != 0)
                .map(move |bits| 64 * word + bits.trailing_zeros() as usize)
        })
    }

    /// Where one can go on to from there. What was passed before, from other places, leads nowhere new.
    fn follow(
        &mut self,
        code: &[Instruction],
        start: usize,
        is_begin: bool,
        passed: &mut [u64; WORDS],
    ) {
        let mut pending = [0_u8; MAX_INSTRUCTIONS];
        let mut count = 0;
        let mut pc = start;
        loop {
            let (word, bit) = (pc / 64, 1 << (pc % 64));
            let is_new = passed.get(word).is_some_and(|passed| passed & bit == 0);
            if let Some(instruction) = code.get(pc).filter(|_| is_new) {
                passed[word] |= bit;
                count_step();
                match *instruction {
                    Instruction::Jump(offset) => {
                        pc = pc.wrapping_add_signed(offset.into());
                        continue;
                    }
                    Instruction::Split { other, .. } => {
                        // each instruction is passed once: there is room
                        pending[count] = pc.wrapping_add_signed(other.into()) as u8;
                        count += 1;
                        pc += 1;
                        continue;
                    }
                    Instruction::Run { .. } | Instruction::Save(_) => {
                        pc += 1;
                        continue;
                    }
                    Instruction::Look { len, .. } => {
                        pc += 1 + usize::from(len);
                        continue;
                    }
                    Instruction::Begin if is_begin => {
                        pc += 1;
                        continue;
                    }
                    Instruction::Begin => {}
                    _ => self.0[word] |= bit,
                }
            }
            let Some(last) = count.checked_sub(1) else {
                return;
            };
            count = last;
            pc = pending[last].into();
        }
    }
}
