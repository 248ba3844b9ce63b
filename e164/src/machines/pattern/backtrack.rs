//! The quick matcher: one way through the pattern after the other, in the order of preference, and back to the
//! last fork where one ends. Rules as they are hardly fork; where they do so beyond measure, it gives up.

use super::search::takes;
use super::{ENDLESS, Instruction, Program, UNSET};

/// How many instructions are followed before giving up.
const STEPS: usize = 600;

/// How many forks can be open.
const FORKS: usize = 40;

/// Not to be decided in this way.
pub(super) struct TooMuch;

/// Where to go on when a way ends.
#[derive(Clone, Copy)]
enum Fork {
    /// At this instruction, from the later place back to the earlier one.
    Retry { pc: u8, from: u8, to: u8 },
    /// This slot was something else before.
    Restore { slot: u8, place: u8 },
}

/// As `search::search`.
pub(super) fn search<const SLOTS: usize>(
    program: &Program<'_>,
    text: &[u8],
) -> Result<Option<[u8; SLOTS]>, TooMuch> {
    if text.len() >= usize::from(UNSET) {
        return Err(TooMuch);
    }
    let mut steps = STEPS;
    let last = if program.bounds.anchored {
        0
    } else {
        text.len()
    };
    for begin in 0..=last {
        if let Some(found) = follow(program.code, text, begin, &mut steps)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn follow<const SLOTS: usize>(
    code: &[Instruction],
    text: &[u8],
    begin: usize,
    steps: &mut usize,
) -> Result<Option<[u8; SLOTS]>, TooMuch> {
    let mut slots = [UNSET; SLOTS];
    let mut forks = [Fork::Restore { slot: 0, place: 0 }; FORKS];
    let mut depth = 0;
    let (mut pc, mut at) = (0, begin);
    loop {
        // On, as long as there is a way.
        while let Some(instruction) = code.get(pc) {
            *steps = steps.checked_sub(1).ok_or(TooMuch)?;
            let mut fork = None;
            match *instruction {
                Instruction::Byte(expected) => {
                    if text.get(at) != Some(&expected) {
                        break;
                    }
                    at += 1;
                    pc += 1;
                }
                Instruction::Run { len, min, max } => {
                    let part = pc + 1 + usize::from(min == 0);
                    let room = text.get(at..).unwrap_or_default();
                    let room = match max {
                        ENDLESS => room,
                        max => &room[..room.len().min(max.into())],
                    };
                    let count = count(code, part, room);
                    let min = usize::from(min);
                    if count < min {
                        break;
                    }
                    pc += 1 + usize::from(len);
                    if count > min {
                        // texts are shorter than 255
                        fork = Some(Fork::Retry {
                            pc: pc as u8,
                            from: (at + count - 1) as u8,
                            to: (at + min) as u8,
                        });
                    }
                    at += count;
                }
                Instruction::Match => return Ok(Some(slots)),
                Instruction::Save(slot) => {
                    if let Some(place) = slots.get_mut(usize::from(slot)) {
                        fork = (depth > 0).then_some(Fork::Restore {
                            slot,
                            place: *place,
                        });
                        *place = at as u8;
                    }
                    pc += 1;
                }
                Instruction::Begin if at == 0 => pc += 1,
                Instruction::End if at == text.len() => pc += 1,
                Instruction::Begin | Instruction::End => break,
                Instruction::Jump(offset) => pc = pc.wrapping_add_signed(offset.into()),
                Instruction::Split {
                    other,
                    prefer_other,
                } => {
                    let other = pc.wrapping_add_signed(other.into());
                    let (first, second) = match prefer_other {
                        true => (other, pc + 1),
                        false => (pc + 1, other),
                    };
                    fork = Some(Fork::Retry {
                        pc: second as u8,
                        from: at as u8,
                        to: at as u8,
                    });
                    pc = first;
                }
                Instruction::Digits(_) | Instruction::Class(_) | Instruction::Range(..) => {
                    let taken = text.get(at).and_then(|&byte| takes(code, pc, byte));
                    let Some(len) = taken else { break };
                    at += 1;
                    pc += len;
                }
            }
            if let Some(fork) = fork {
                *forks.get_mut(depth).ok_or(TooMuch)? = fork;
                depth += 1;
            }
        }
        // Back to the last fork.
        loop {
            let Some(last) = depth.checked_sub(1) else {
                return Ok(None);
            };
            match forks[last] {
                Fork::Restore { slot, place } => {
                    slots[usize::from(slot)] = place;
                    depth = last;
                }
                Fork::Retry { pc: on, from, to } => {
                    pc = on.into();
                    at = from.into();
                    if from > to {
                        forks[last] = Fork::Retry {
                            pc: on,
                            from: from - 1,
                            to,
                        };
                    } else {
                        depth = last;
                    }
                    break;
                }
            }
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
    end.unwrap_or(text.len())
}
