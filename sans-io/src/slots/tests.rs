use super::*;

extern crate std;
use std::collections::HashMap;
use std::vec::Vec;

use proptest::prelude::*;

#[test]
fn borrowed_storage_is_full_at_its_length() {
    let mut storage = [Slot::EMPTY; 3];
    let mut slots = Slots::new(&mut storage[..]);
    let keys: Vec<Key> = (0..3).map(|n| slots.insert(n).unwrap()).collect();
    assert_eq!(slots.insert(9), Err(Full(9)));
    assert_eq!(slots.len(), 3);
    assert_eq!(slots.remove(keys[1]), Some(1));
    assert_eq!(slots.remove(keys[1]), None);
    let again = slots.insert(7).unwrap();
    assert_eq!(again.index(), keys[1].index());
    assert_ne!(again, keys[1]);
    assert_eq!(slots.get(keys[1]), None);
    assert_eq!(
        slots.iter().map(|(_, value)| *value).collect::<Vec<_>>(),
        [0, 7, 2]
    );
}

#[test]
fn new_empties_storage_that_was_used_before() {
    let mut storage = [Slot::EMPTY; 2];
    let old = Slots::new(&mut storage[..]).insert("old").unwrap();
    let mut slots = Slots::new(&mut storage[..]);
    assert!(slots.is_empty());
    assert_eq!(slots.get(old), None);
    assert!(slots.insert("a").is_ok() && slots.insert("b").is_ok() && slots.insert("c").is_err());
}

#[test]
#[cfg(feature = "alloc")]
fn owned_storage_grows_to_its_limit_and_no_further() {
    let mut slots = Slots::with_limit(1000);
    let keys: Vec<Key> = (0..1000).map(|n| slots.insert(n).unwrap()).collect();
    assert!(slots.insert(1000).is_err());
    assert!(slots.remove(keys[500]).is_some());
    assert!(slots.insert(1001).is_ok());
    assert!(slots.insert(1002).is_err());
}

#[test]
fn a_key_survives_the_trip_through_a_number() {
    let mut slots = Slots::new([Slot::EMPTY; 2]);
    slots.insert(1).unwrap();
    let key = slots.insert_with(|key| key.index()).ok().unwrap();
    assert_eq!(Key::from_bits(key.to_bits()), key);
    assert_eq!(slots.get(key), Some(&1));
    assert_eq!(slots.get(Key::from_bits(u64::MAX)), None);
    assert_eq!(slots.key_at(1), Some(key));
    assert_eq!(slots.key_at(2), None);
    assert_eq!(slots.entry_at(1), Some((key, &1)));
    slots.remove(key);
    assert_eq!(slots.entry_at(1), None);
}

proptest! {
    /// Against a map: whatever is inserted and removed in whatever order, both tell the same.
    #[test]
    #[cfg(feature = "alloc")]
    fn behaves_like_a_map(operations in proptest::collection::vec((any::<bool>(), 0usize..40), 0..200)) {
        let mut slots = Slots::with_limit(16);
        let mut model: HashMap<Key, usize> = HashMap::new();
        let mut seen: Vec<Key> = Vec::new();
        for (insert, number) in operations {
            if insert {
                match slots.insert(number) {
                    Ok(key) => {
                        prop_assert!(!seen.contains(&key), "a key was handed out twice");
                        seen.push(key);
                        model.insert(key, number);
                    }
                    Err(Full(value)) => prop_assert!(value == number && model.len() == 16),
                }
            } else if let Some(key) = seen.get(number) {
                prop_assert_eq!(slots.remove(*key), model.remove(key));
            }
            prop_assert_eq!(slots.len(), model.len());
        }
        for key in &seen {
            prop_assert_eq!(slots.get(*key), model.get(key));
        }
    }
}
