use std::collections::BTreeSet;
use std::format;

use super::german_code_len;

const VECTORS: &str = include_str!("../../../tests/vectors/german_area_codes.tsv");

/// The table holds the codes of the list and those of services, and no others.
#[test]
fn the_area_codes_are_those_of_the_list() {
    let listed: BTreeSet<&str> = VECTORS.lines().skip(1).collect();
    assert_eq!(listed.len(), 5202);
    for code in &listed {
        assert_eq!(german_code_len(&format!("{code}000")), Some(code.len()));
    }
    // what begins with 1 is of no place
    for number in 20_000..100_000 {
        let digits = format!("{number}0");
        let of_service = [("32", 2), ("700", 3), ("800", 3), ("900", 3)];
        let of_service = of_service.iter().find(|(code, _)| digits.starts_with(code));
        let of_place = (2..=5).rev().find(|&len| listed.contains(&digits[..len]));
        let expected = of_place.or_else(|| of_service.map(|(_, len)| *len));
        assert_eq!(german_code_len(&digits), expected, "{digits}");
    }
}

#[test]
fn the_longer_of_two_codes_counts() {
    assert_eq!(german_code_len("212123456"), Some(3));
    assert_eq!(german_code_len("2129123456"), Some(4));
    assert_eq!(german_code_len("6215123456"), Some(3));
}

#[test]
fn codes_that_are_of_no_place() {
    for (national, len) in [
        ("15112345678", Some(3)),
        ("1601234567", Some(3)),
        ("1791234567", Some(3)),
        ("8007722375", Some(3)),
        ("9001123456", Some(3)),
        ("32221234567", Some(2)),
        // nothing that is dialled as it stands
        ("110", None),
        ("112", None),
        ("116117", None),
        ("11833", None),
        ("1", None),
        ("", None),
        ("\u{ff13}0", None),
    ] {
        assert_eq!(german_code_len(national), len, "{national}");
    }
}
