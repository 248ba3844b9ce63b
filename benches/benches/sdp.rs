//! Session descriptions: walking, typed attributes, and what a relay and an end point do with them.

mod timed;

use criterion::{Criterion, criterion_group, criterion_main};

fn ours(criterion: &mut Criterion) {
    timed::timed(criterion, trunkline_counts::sdp());
}

criterion_group!(benches, ours);
criterion_main!(benches);
