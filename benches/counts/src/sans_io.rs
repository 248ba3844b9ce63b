//! The tables under all others, with as many entries as a busy transaction layer has.

use core::hint::black_box;
use core::time::Duration;

use trunkline_sans_io::{Deadlines, Instant, Owned, Slots};

use crate::Operation;

const ENTRIES: usize = 10_000;

/// The operations of `trunkline-sans-io`.
#[must_use]
pub fn sans_io() -> Vec<Operation> {
    // Few deadlines are scanned, many are kept as a heap.
    let few = deadlines("deadlines.rearm.16", "deadlines.pop.16", 16);
    let many = deadlines("deadlines.rearm.10000", "deadlines.pop.10000", ENTRIES);
    let mut operations = slots();
    operations.extend(few);
    operations.extend(many);
    operations
}

fn slots() -> Vec<Operation> {
    let table = || {
        let mut slots: Slots<[u64; 4], Owned<_>> = Slots::with_limit(ENTRIES + 1);
        let keys: Vec<_> = (0..ENTRIES)
            .map(|_| slots.insert([0; 4]).expect("room"))
            .collect();
        (slots, keys)
    };
    let (slots, keys) = table();
    let mut at = 0;
    let get = move || {
        at = (at + 7919) % ENTRIES;
        slots.get(black_box(keys[at])).is_some()
    };
    let (mut slots, _) = table();
    let insert_remove = move || {
        let key = slots.insert(black_box([1; 4])).expect("room");
        slots.remove(key).is_some()
    };
    vec![
        Operation::new("slots.get.10000", get),
        Operation::new("slots.insert_remove.10000", insert_remove),
    ]
}

/// The same numbers in every run, as uneven as times are.
pub(crate) fn uneven() -> impl FnMut() -> u64 {
    let mut state: u64 = 1;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state >> 16
    }
}

fn deadlines(rearm: &'static str, pop: &'static str, entries: usize) -> [Operation; 2] {
    let table = move || {
        let mut draw = uneven();
        let mut delay = move || Duration::from_nanos(draw() >> 16);
        let mut deadlines: Deadlines<Owned<_>> = Deadlines::with_limit(entries);
        for index in 0..entries {
            deadlines.set(index, Some(Instant::ORIGIN + delay()));
        }
        (deadlines, delay)
    };
    let (mut deadlines, mut delay) = table();
    let mut index = 0;
    let rearm = Operation::new(rearm, move || {
        index = (index + 7919) % entries;
        deadlines.set(index, Some(Instant::ORIGIN + delay()))
    });
    // The earliest comes due and is armed again, as a retransmission is.
    let (mut deadlines, mut delay) = table();
    let mut now = Instant::ORIGIN;
    let pop = Operation::new(pop, move || {
        now = now.max(deadlines.next().expect("armed"));
        let index = deadlines.pop_due(now).expect("due");
        deadlines.set(index, Some(now + delay()))
    });
    [rearm, pop]
}
