//! Times the operations whose instructions `trunkline-counts` counts.

use criterion::{Criterion, Throughput};
use trunkline_counts::Operation;

/// Each under its name, as `trunkline`.
pub(crate) fn timed(criterion: &mut Criterion, operations: Vec<Operation>) {
    for mut operation in operations {
        let mut group = criterion.benchmark_group(operation.name());
        if let Some(octets) = operation.octets() {
            group.throughput(Throughput::Bytes(octets));
        }
        group.bench_function("trunkline", |bencher| bencher.iter(|| operation.run()));
        group.finish();
    }
}
