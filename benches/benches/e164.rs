//! From what is dialled to the trunk that takes it.

mod timed;

use criterion::{Criterion, criterion_group, criterion_main};

fn ours(criterion: &mut Criterion) {
    timed::timed(criterion, trunkline_counts::e164());
}

criterion_group!(benches, ours);
criterion_main!(benches);
