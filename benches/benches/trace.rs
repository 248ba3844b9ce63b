//! A call of two legs, taken and drawn.

mod timed;

use criterion::{Criterion, criterion_group, criterion_main};

fn ours(criterion: &mut Criterion) {
    timed::timed(criterion, trunkline_counts::trace());
}

criterion_group!(benches, ours);
criterion_main!(benches);
