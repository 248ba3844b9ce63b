//! The tables under all others, with as many entries as a busy transaction layer has.

use core::hint::black_box;
use core::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use trunkline_sans_io::{Deadlines, Instant, Owned, Slots};

const ENTRIES: usize = 10_000;

fn slots(criterion: &mut Criterion) {
    let mut slots: Slots<[u64; 4], Owned<_>> = Slots::with_limit(ENTRIES + 1);
    let keys: Vec<_> = (0..ENTRIES)
        .map(|_| slots.insert([0; 4]).expect("room"))
        .collect();
    let mut at = 0;
    criterion.bench_function("slots.get/10000", |bencher| {
        bencher.iter(|| {
            at = (at + 7919) % ENTRIES;
            slots.get(black_box(keys[at])).is_some()
        });
    });
    criterion.bench_function("slots.insert-remove/10000", |bencher| {
        bencher.iter(|| {
            let key = slots.insert(black_box([1; 4])).expect("room");
            slots.remove(key).is_some()
        });
    });
}

fn deadlines(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("deadlines");
    // Few are scanned, many are kept as a heap.
    for entries in [16, ENTRIES] {
        let mut deadlines: Deadlines<Owned<_>> = Deadlines::with_limit(entries);
        let mut now = Instant::ORIGIN;
        let mut random: u64 = 1;
        let mut draw = move || {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            Duration::from_nanos(random >> 32)
        };
        for index in 0..entries {
            deadlines.set(index, Some(now + draw()));
        }
        let mut index = 0;
        group.bench_function(format!("rearm/{entries}"), |bencher| {
            bencher.iter(|| {
                index = (index + 7919) % entries;
                deadlines.set(index, Some(now + draw()))
            });
        });
        // The earliest comes due and is armed again, as a retransmission is.
        group.bench_function(format!("pop-rearm/{entries}"), |bencher| {
            bencher.iter(|| {
                now = now.max(deadlines.next().expect("armed"));
                let index = deadlines.pop_due(now).expect("due");
                deadlines.set(index, Some(now + draw()))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, slots, deadlines);
criterion_main!(benches);
