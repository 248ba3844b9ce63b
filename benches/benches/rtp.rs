//! The packet path of the relay, and its ports.

mod timed;

use criterion::{Criterion, criterion_group, criterion_main};
use trunkline_counts::Stream;

fn ours(criterion: &mut Criterion) {
    timed::timed(criterion, trunkline_counts::rtp());
}

/// What `rtp.statistics` and `rtp.core` do to get a new packet each time.
fn advance(criterion: &mut Criterion) {
    let mut stream = Stream::new();
    criterion.bench_function("rtp.advance/floor", |bencher| {
        bencher.iter(|| stream.advance().0);
    });
}

criterion_group!(benches, ours, advance);
criterion_main!(benches);
