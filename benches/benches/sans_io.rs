//! The tables under all others.

mod timed;

use criterion::{Criterion, criterion_group, criterion_main};

fn ours(criterion: &mut Criterion) {
    timed::timed(criterion, trunkline_counts::sans_io());
}

criterion_group!(benches, ours);
criterion_main!(benches);
