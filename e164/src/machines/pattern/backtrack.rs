//! The quick matcher: one way through the pattern after the other, in the order of preference, and back to the
//! last fork where one ends. Rules as they are hardly fork; where they do so beyond measure, it gives up.

use super::search::{self, takes};
use super::{ENDLESS, Instruction, Program, UNSET};

/// How many forks are passed before giving up.
const STEPS: usize = 300;

/// How many forks can be open.
const FORKS: usize = 40;

/// Whether there is a match.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Match,
    NoMatch,
    /// Not to be decided in this way.
    TooMuch,
}

/// Where to go on when a way ends: at this instruction, from the later place back to the earlier one. Or, where
/// `pc` is `RESTORE`, that the slot `to` was `from` before. All of one form, so that a table of them is made at once.
#[derive(Clone, Copy)]
struct Fork {
    pc: u8,
    from: u8,
    to: u8,
}

/// No instruction stands there.
const RESTORE: u8 = u8::MAX;

/// Notes the places of the first match in the slots, which are unset. Without slots there is nothing to note.
pub(super) fn search(program: &Program<'_>, text: &[u8], slots: &mut [u8]) -> Verdict {
    if text.len() >= usize::from(UNSET) {
        return Verdict::TooMuch;
    }
    let mut steps = STEPS;
    let last = if program.bounds.anchored {
        0
    } else {
        text.len()
    };
    for begin in 0..=last {
        match follow(program.code, text, begin, &mut steps, slots) {
            Verdict::NoMatch => {}
            verdict => return verdict,
        }
    }
    Verdict::NoMatch
}

fn follow(
    code: &[Instruction],
    text: &[u8],
    begin: usize,
    steps_left: &mut usize,
    slots: &mut [u8],
) -> Verdict {
    let mut steps = *steps_left;
    let mut forks = [Fork {
        pc: 0,
        from: 0,
        to: 0,
    }; FORKS];
    let mut depth = 0;
    let (mut pc, mut at) = (0, begin);
    // What nearly all patterns begin with: `Save(0)` and `Begin`.
    if let [Instruction::Save(0), Instruction::Begin, ..] = code
        && begin == 0
    {
        if let Some(noted) = slots.first_mut() {
            *noted = 0;
        }
        pc = 2;
    }
    loop {
        // On, as long as there is a way.
        while let Some(instruction) = code.get(pc) {
            search::count_step();
            let fork = match *instruction {
                Instruction::Byte(expected) => {
                    if text.get(at) != Some(&expected) {
                        break;
                    }
                    at += 1;
                    pc += 1;
                    continue;
                }
                Instruction::Digits(_) | Instruction::Class(_) | Instruction::Range(..) => {
                    let taken = text.get(at).and_then(|&byte| takes(code, pc, byte));
                    let Some(len) = taken else { break };
                    at += 1;
                    pc += len;
                    continue;
                }
                Instruction::Run { len, min, max } => {
                    let part = pc + 1 + usize::from(min == 0);
                    let rest = text.get(at..).unwrap_or_default();
                    let room = match max {
                        ENDLESS => rest,
                        max => rest.get(..max.into()).unwrap_or(rest),
                    };
                    let count = count(code, part, room);
                    let min = usize::from(min);
                    if count < min {
                        break;
                    }
                    pc += 1 + usize::from(len);
                    if count == min || ends(code, pc) {
                        at += count;
                        continue;
                    }
                    // texts are shorter than 255
                    let (from, to) = ((at + count - 1) as u8, (at + min) as u8);
                    at += count;
                    let pc = pc as u8;
                    Fork { pc, from, to }
                }
                Instruction::Save(slot) => {
                    pc += 1;
                    let Some(noted) = slots.get_mut(usize::from(slot)) else {
                        continue;
                    };
                    let place = *noted;
                    *noted = at as u8;
                    if depth == 0 {
                        continue;
                    }
                    Fork {
                        pc: RESTORE,
                        from: place,
                        to: slot,
                    }
                }
                Instruction::Split {
                    other,
                    prefer_other,
                } => {
                    let other = pc.wrapping_add_signed(other.into());
                    let (first, second) = match prefer_other {
                        true => (other, pc + 1),
                        false => (pc + 1, other),
                    };
                    // What leads back to itself without an octet passes here.
                    if steps == 0 {
                        return Verdict::TooMuch;
                    }
                    steps -= 1;
                    let next = text.get(at);
                    if is_closed(code, first, next) {
                        pc = second;
                        continue;
                    }
                    pc = first;
                    if is_closed(code, second, next) {
                        continue;
                    }
                    let (pc, at) = (second as u8, at as u8);
                    Fork {
                        pc,
                        from: at,
                        to: at,
                    }
                }
                Instruction::Jump(offset) => {
                    pc = pc.wrapping_add_signed(offset.into());
                    continue;
                }
                Instruction::Look { len, negative } => {
                    if look(code, pc, text, at) == negative {
                        break;
                    }
                    pc += 1 + usize::from(len);
                    continue;
                }
                Instruction::Begin if at == 0 => {
                    pc += 1;
                    continue;
                }
                Instruction::End if at == text.len() => {
                    pc += 1;
                    continue;
                }
                Instruction::Begin | Instruction::End => break,
                Instruction::Match => return Verdict::Match,
            };
            let Some(place) = forks.get_mut(depth) else {
                return Verdict::TooMuch;
            };
            *place = fork;
            depth += 1;
        }
        // Back to the last fork.
        loop {
            let Some(last) = depth.checked_sub(1) else {
                *steps_left = steps;
                return Verdict::NoMatch;
            };
            let fork = forks[last];
            if fork.pc == RESTORE {
                if let Some(noted) = slots.get_mut(usize::from(fork.to)) {
                    *noted = fork.from;
                }
                depth = last;
                continue;
            }
            if steps == 0 {
                return Verdict::TooMuch;
            }
            steps -= 1;
            pc = fork.pc.into();
            at = fork.from.into();
            if fork.from > fork.to {
                forks[last].from -= 1;
            } else {
                depth = last;
            }
            break;
        }
    }
}

/// Whether what is looked ahead for stands here. It is bounded, and looks no further ahead itself.
pub(super) fn look(code: &[Instruction], pc: usize, text: &[u8], at: usize) -> bool {
    let Some(&Instruction::Look { len, .. }) = code.get(pc) else {
        return false;
    };
    let code = code.get(pc + 1..=pc + usize::from(len));
    let code = code.unwrap_or_default();
    let mut steps = STEPS;
    let verdict = match text.len() < usize::from(UNSET) {
        true => follow(code, text, at, &mut steps, &mut []),
        false => Verdict::TooMuch,
    };
    match verdict {
        Verdict::TooMuch => search::is_match_at(code, text, at),
        verdict => verdict == Verdict::Match,
    }
}

/// Whether a way ends at once with this octet, or without one. Most forks are none at a second look.
fn is_closed(code: &[Instruction], pc: usize, next: Option<&u8>) -> bool {
    match code.get(pc) {
        Some(Instruction::Byte(expected)) => next != Some(expected),
        Some(Instruction::Digits(mask)) => next.is_none_or(|byte| {
            let digit = byte.wrapping_sub(b'0');
            digit >= 10 || mask >> digit & 1 == 0
        }),
        _ => false,
    }
}

/// Whether nothing but the end may follow, so that fewer octets would not do.
fn ends(code: &[Instruction], mut pc: usize) -> bool {
    loop {
        match code.get(pc) {
            Some(Instruction::Save(_)) => pc += 1,
            Some(&Instruction::Jump(offset @ 1..)) => pc += usize::from(offset.unsigned_abs()),
            instruction => return instruction == Some(&Instruction::End),
        }
    }
}

/// How many octets from the beginning the instruction takes.
fn count(code: &[Instruction], pc: usize, text: &[u8]) -> usize {
    let end = match code.get(pc) {
        Some(Instruction::Digits(mask)) => text.iter().position(|byte| {
            let digit = byte.wrapping_sub(b'0');
            digit >= 10 || mask >> digit & 1 == 0
        }),
        _ => text
            .iter()
            .position(|&byte| takes(code, pc, byte).is_none()),
    };
    let count = end.unwrap_or(text.len());
    search::count_steps(count);
    count
}
