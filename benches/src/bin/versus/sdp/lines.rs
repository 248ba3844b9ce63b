//! The floor: a bare split at the ends of lines.

use core::hint::black_box;

use crate::facts::Facts;
use crate::suite::Operation;

pub(super) fn walk(operation: &mut Operation, description: &'static [u8]) {
    operation.floor(
        "lines",
        move || Ok(Facts::new().with("lines", lines(description))),
        move || lines(black_box(description)),
    );
}

fn lines(description: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', description).count()
}
