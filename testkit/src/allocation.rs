//! What a piece of code asks of the allocator.

/// What one thread asked of the allocator while a closure ran.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Allocations {
    /// How often memory was allocated. Growing a block in place of another one counts as well.
    pub count: u64,
    /// How many bytes were allocated in all.
    pub bytes: u64,
    /// The most bytes that were held at one time.
    pub peak_bytes: u64,
    /// Bytes allocated and not freed, less bytes freed that were allocated before: what the
    /// closure has added to the memory in use.
    pub kept_bytes: i64,
}

/// Runs the closure and counts what the present thread allocates meanwhile.
///
/// ```
/// let (text, allocations) = trunkline_testkit::count_allocations(|| "SIP/2.0".to_string());
/// assert_eq!(text, "SIP/2.0");
/// assert_eq!(allocations.count, 1);
/// assert_eq!(allocations.kept_bytes, 7);
/// ```
pub fn count_allocations<R>(run: impl FnOnce() -> R) -> (R, Allocations) {
    let mut result = None;
    let info = allocation_counter::measure(|| result = Some(run()));
    let allocations = Allocations {
        count: info.count_total,
        bytes: info.bytes_total,
        peak_bytes: info.bytes_max,
        kept_bytes: info.bytes_current,
    };
    match result {
        Some(result) => (result, allocations),
        None => unreachable!("the closure has run"),
    }
}

/// Runs the closure and panics if it allocated.
///
/// ```
/// let sum: u32 = trunkline_testkit::assert_no_allocation(|| [1, 2, 3].iter().sum());
/// assert_eq!(sum, 6);
/// ```
///
/// # Panics
///
/// When the closure allocates, with the counts.
#[track_caller]
pub fn assert_no_allocation<R>(run: impl FnOnce() -> R) -> R {
    let (result, allocations) = count_allocations(run);
    assert_eq!(
        allocations.count, 0,
        "allocates {} times, {} bytes in all",
        allocations.count, allocations.bytes
    );
    result
}

/// Allocations of one operation, where the first ones of a series cost more than the later ones:
/// runs `operation` a few times to warm it up, then `times` times, and gives the mean count of
/// those.
///
/// ```
/// let mut log = Vec::with_capacity(4);
/// let per_operation = trunkline_testkit::allocations_per_operation(100, || {
///     log.clear();
///     log.push("INVITE".to_string());
/// });
/// assert_eq!(per_operation, 1.0);
/// ```
pub fn allocations_per_operation(times: u32, mut operation: impl FnMut()) -> f64 {
    const WARM_UP: u32 = 3;
    for _ in 0..WARM_UP {
        operation();
    }
    let times = times.max(1);
    let ((), allocations) = count_allocations(|| {
        for _ in 0..times {
            operation();
        }
    });
    allocations.count as f64 / f64::from(times)
}

#[cfg(test)]
mod tests {
    use core::hint::black_box;

    use super::*;

    #[test]
    fn counts_what_is_kept_and_what_is_not() {
        let (kept, allocations) = count_allocations(|| {
            drop(black_box(vec![0_u8; 1_000]));
            black_box(vec![0_u8; 100])
        });
        assert_eq!(kept.len(), 100);
        let expected = Allocations {
            count: 2,
            bytes: 1_100,
            peak_bytes: 1_000,
            kept_bytes: 100,
        };
        assert_eq!(allocations, expected);
    }

    #[test]
    fn other_threads_do_not_count() {
        let other = std::thread::spawn(|| {
            for _ in 0..1_000 {
                drop(black_box(vec![0_u8; 10]));
            }
        });
        assert_no_allocation(|| black_box([0_u8; 100]));
        assert!(other.join().is_ok());
    }

    #[test]
    #[should_panic(expected = "allocates 1 times, 4 bytes in all")]
    fn an_allocation_fails_the_test() {
        assert_no_allocation(|| drop(black_box(Box::new(1_u32))));
    }
}
