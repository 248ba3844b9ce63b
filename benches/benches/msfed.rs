//! Where requests to other domains go.

mod timed;

use criterion::{Criterion, criterion_group, criterion_main};

fn ours(criterion: &mut Criterion) {
    timed::timed(criterion, trunkline_counts::msfed());
}

criterion_group!(benches, ours);
criterion_main!(benches);
