use super::*;

extern crate std;
use std::vec::Vec;

use proptest::prelude::*;

#[test]
fn a_small_table_refuses_indices_past_its_end() {
    let mut deadlines = Deadlines::new([Deadline::UNARMED; 2]);
    assert!(deadlines.set(1, Some(Instant::from_secs(1))));
    assert!(!deadlines.set(2, Some(Instant::from_secs(1))));
    assert_eq!(deadlines.get(1), Some(Instant::from_secs(1)));
    assert_eq!(deadlines.get(2), None);
}

#[test]
fn disarming_what_was_never_armed_costs_no_storage() {
    let mut deadlines = Deadlines::with_limit(1_000_000);
    assert!(deadlines.set(999_999, None));
    assert_eq!(deadlines.next(), None);
    assert_eq!(deadlines.storage.entries().len(), 0);
}

fn against_a_scan<S: Storage<Deadline>>(
    mut deadlines: Deadlines<S>,
    size: usize,
    operations: &[(usize, Option<u64>)],
) {
    let mut model: Vec<Option<Instant>> = std::vec![None; size];
    for (index, at) in operations {
        let (index, at) = (index % size, at.map(Instant::from_millis));
        deadlines.set(index, at);
        model[index] = at;
        assert_eq!(deadlines.next(), model.iter().flatten().min().copied());
    }
    let mut previous = Instant::ORIGIN;
    while let Some(index) = deadlines.pop_due(Instant::MAX) {
        let at = model[index].take().expect("an unarmed deadline came due");
        assert!(at >= previous, "out of order");
        previous = at;
    }
    assert!(
        model.iter().all(Option::is_none),
        "a deadline never came due"
    );
}

proptest! {
    #[test]
    fn scan_and_heap_agree_with_a_model(
        operations in proptest::collection::vec((0usize..100, proptest::option::of(0u64..50)), 0..300)
    ) {
        against_a_scan(Deadlines::new([Deadline::UNARMED; 8]), 8, &operations);
        against_a_scan(Deadlines::new([Deadline::UNARMED; 40]), 40, &operations);
        against_a_scan(Deadlines::with_limit(100), 100, &operations);
    }
}
