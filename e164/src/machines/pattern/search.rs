//! The matcher: all ways through the pattern at once, one step for each octet of the input, in the
//! order of preference (Pike's method). No way is followed twice at the same place, so that the
//! work is bounded by instructions times octets.

use super::backtrack::look;
use super::{Instruction, MAX_INSTRUCTIONS, Program, UNSET};

/// Ways that wait for the next octet, in the order of preference.
struct Ways<const SLOTS: usize> {
    waiting: [u8; MAX_INSTRUCTIONS],
    len: usize,
    /// Instructions already reached at this place.
    reached: [bool; MAX_INSTRUCTIONS],
    /// What each waiting way has noted.
    slots: [[u8; SLOTS]; MAX_INSTRUCTIONS],
}

/// What is still to do while the ways fork.
#[derive(Clone, Copy)]
enum Pending {
    Follow(u8),
    Restore { slot: u8, place: u8 },
}

type Stack = [Pending; MAX_INSTRUCTIONS];

impl<const SLOTS: usize> Ways<SLOTS> {
    const fn new() -> Self {
        Self {
            waiting: [0; MAX_INSTRUCTIONS],
            len: 0,
            reached: [false; MAX_INSTRUCTIONS],
            slots: [[UNSET; SLOTS]; MAX_INSTRUCTIONS],
        }
    }

    fn clear(&mut self) {
        self.len = 0;
        self.reached = [false; MAX_INSTRUCTIONS];
    }

    /// Adds all ways that lead on from `start` at the place `at` of the text.
    fn follow(
        &mut self,
        code: &[Instruction],
        start: usize,
        at: usize,
        text: &[u8],
        mut slots: [u8; SLOTS],
        stack: &mut Stack,
    ) {
        let mut depth = 0;
        let mut pc = start;
        loop {
            // Each instruction is passed once, and pushes one entry at most: the stack suffices.
            while let (Some(instruction), Some(reached @ false)) =
                (code.get(pc), self.reached.get_mut(pc))
            {
                *reached = true;
                count_step();
                match *instruction {
                    Instruction::Jump(offset) => pc = pc.wrapping_add_signed(offset.into()),
                    Instruction::Run { .. } => pc += 1,
                    Instruction::Split {
                        other,
                        prefer_other,
                    } => {
                        let other = pc.wrapping_add_signed(other.into());
                        let (first, second) = match prefer_other {
                            true => (other, pc + 1),
                            false => (pc + 1, other),
                        };
                        stack[depth] = Pending::Follow(second as u8);
                        depth += 1;
                        pc = first;
                    }
                    Instruction::Save(slot) => {
                        if let Some(place) = slots.get_mut(usize::from(slot)) {
                            stack[depth] = Pending::Restore {
                                slot,
                                place: *place,
                            };
                            depth += 1;
                            // with slots, inputs are shorter than `UNSET`
                            *place = at as u8;
                        }
                        pc += 1;
                    }
                    Instruction::Begin if at == 0 => pc += 1,
                    Instruction::End if at == text.len() => pc += 1,
                    Instruction::Look { len, negative } if look(code, pc, text, at) != negative => {
                        pc += 1 + usize::from(len);
                    }
                    Instruction::Begin | Instruction::End | Instruction::Look { .. } => break,
                    _ => {
                        self.waiting[self.len] = pc as u8;
                        self.len += 1;
                        self.slots[pc] = slots;
                        break;
                    }
                }
            }
            loop {
                if depth == 0 {
                    return;
                }
                depth -= 1;
                match stack[depth] {
                    Pending::Follow(next) => {
                        pc = next.into();
                        break;
                    }
                    Pending::Restore { slot, place } => slots[usize::from(slot)] = place,
                }
            }
        }
    }
}

#[cfg(test)]
std::thread_local! {
    /// How many instructions were looked at by this thread, and octets by those that take several.
    pub(in crate::machines) static STEPS: core::cell::Cell<usize> = const { core::cell::Cell::new(0) };
}

/// One more instruction is looked at, which tests count.
#[inline]
pub(super) fn count_step() {
    count_steps(1);
}

#[inline]
pub(super) fn count_steps(_count: usize) {
    #[cfg(test)]
    STEPS.with(|steps| steps.set(steps.get() + _count));
}

/// How many instructions to go on, when the one at `pc` takes the octet.
pub(super) fn takes(code: &[Instruction], pc: usize, byte: u8) -> Option<usize> {
    match code[pc] {
        Instruction::Byte(expected) => (byte == expected).then_some(1),
        Instruction::Digits(mask) => {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10 && mask >> digit & 1 == 1).then_some(1)
        }
        Instruction::Class(len) => {
            let ranges = code.get(pc + 1..=pc + usize::from(len))?;
            ranges
                .iter()
                .any(|range| matches!(*range, Instruction::Range(from, to) if (from..=to).contains(&byte)))
                .then_some(1 + usize::from(len))
        }
        _ => None,
    }
}

/// The places of the first match; with 0 slots only whether there is one.
pub(super) fn search<const SLOTS: usize>(
    program: &Program<'_>,
    text: &[u8],
) -> Option<[u8; SLOTS]> {
    if SLOTS > 0 && text.len() >= usize::from(UNSET) {
        return None;
    }
    let last = if program.bounds.anchored {
        0
    } else {
        text.len()
    };
    search_from(program.code, text, 0, last)
}

/// Whether the code matches from this place on.
pub(super) fn is_match_at(code: &[Instruction], text: &[u8], at: usize) -> bool {
    search_from::<0>(code, text, at, at).is_some()
}

/// The first match that begins between these places, both included.
fn search_from<const SLOTS: usize>(
    code: &[Instruction],
    text: &[u8],
    first: usize,
    last: usize,
) -> Option<[u8; SLOTS]> {
    let (mut now, mut next) = (Ways::<SLOTS>::new(), Ways::<SLOTS>::new());
    let mut stack = [Pending::Follow(0); MAX_INSTRUCTIONS];
    let mut found = None;
    for at in first..=text.len() {
        if found.is_none() && at <= last {
            // begins here, after those that began before
            now.follow(code, 0, at, text, [UNSET; SLOTS], &mut stack);
        } else if now.len == 0 {
            break;
        }
        for index in 0..now.len {
            let pc = usize::from(now.waiting[index]);
            if code[pc] == Instruction::Match {
                found = Some(now.slots[pc]);
                if SLOTS == 0 {
                    return found;
                }
                // whatever follows is less preferred
                break;
            }
            if let Some(&byte) = text.get(at)
                && let Some(len) = takes(code, pc, byte)
            {
                next.follow(code, pc + len, at + 1, text, now.slots[pc], &mut stack);
            }
        }
        core::mem::swap(&mut now, &mut next);
        next.clear();
    }
    found
}
