use std::string::{String, ToString};
use std::vec::Vec;

use proptest::prelude::*;

use super::{Shape, Span, shapes};
use crate::{DialString, NormalizationRule, Pattern};

fn spans(shape: &Shape) -> Vec<Span> {
    shape.groups.iter().skip(1).flatten().copied().collect()
}

fn written(pattern: &str) -> Option<Vec<String>> {
    let shapes = shapes(pattern)?;
    Some(
        shapes
            .iter()
            .map(|shape| shape.pattern(&spans(shape)))
            .collect(),
    )
}

#[test]
fn patterns_are_taken_apart() {
    for (pattern, expected) in [
        (r"^9(\d{3})$", &[r"^9(\d{3})$"][..]),
        (
            r"^0([1-9]\d{2,4})$",
            &[r"^0([1-9]\d{4})$", r"^0([1-9]\d{3})$", r"^0([1-9]\d\d)$"],
        ),
        (r"^\+49(89|30)\d+$", &[r"^\+49(89)\d+$", r"^\+49(30)\d+$"]),
        (
            r"^(?:0|00)?(11[02])$",
            &["^0(11[02])$", "^00(11[02])$", "^(11[02])$"],
        ),
        (r"^00(\d*)$", &[r"^00(\d*)$"]),
        (r"^\+49", &[r"^\+49.*$"]),
        (r"^([02-5])([^0-8])x$", &["^([02-5])([ -/9-~])x$"]),
    ] {
        assert_eq!(written(pattern).unwrap(), expected, "{pattern}");
    }
    for pattern in [
        r"\d+",
        r"^\d+5$",
        r"^(\d+)5$",
        "^(?!0)1$",
        "^(",
        "^a)",
        "^[",
        "^a{2",
        "^(a+)+$",
        "^a**$",
        r"^\w$",
        "^((((((((((1))))))))))$",
        r"^\d{1,40}[12]{1,2}$",
        "^[9-0]$",
        "^é$",
        "^(1)(2)(3)(4)(5)(6)(7)(8)(9)(0)$",
    ] {
        assert_eq!(written(pattern), None, "{pattern}");
    }
}

#[test]
fn patterns_meet_where_a_number_fits_both() {
    for (one, two, expected) in [
        ("^1$", "^1$", true),
        ("^1$", "^2$", false),
        (r"^\d{3}$", "^1.+$", true),
        (r"^\d$", "^1.+$", false),
        (r"^\d$", "^1.*$", true),
        ("^12.*$", "^1.+$", true),
        ("^1.*$", "^2.*$", false),
        ("^12$", "^12.+$", false),
    ] {
        let meets = |one: &str, two: &str| shapes(one).unwrap()[0].meets(&shapes(two).unwrap()[0]);
        assert_eq!(meets(one, two), expected, "{one} {two}");
        assert_eq!(meets(two, one), expected, "{two} {one}");
    }
}

fn pattern() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(&["0", "1", "2", r"\d", "[0-1]", "[^1]", "."][..]);
    let count = prop::sample::select(&["", "", "?", "{2}", "{0,2}", "{1,3}"][..]);
    let counted = (atom, count).prop_map(|(atom, count)| [atom, count].concat());
    let group = prop::collection::vec(prop::collection::vec(counted.clone(), 1..3), 1..3).prop_map(
        |ways| {
            let ways: Vec<String> = ways.iter().map(|way| way.concat()).collect();
            ["(", &ways.join("|"), ")"].concat()
        },
    );
    let part = prop_oneof![counted, group];
    let tail = prop::sample::select(&["$", r"\d+$", ".*$", "([01]+)$", ""][..]);
    (prop::collection::vec(part, 0..3), tail)
        .prop_map(|(parts, tail)| ["^", &parts.concat(), tail].concat())
}

proptest! {
    /// The first row that fits, with its groups, is what the pattern matches; what was taken apart and written is
    /// the same again.
    #[test]
    fn rows_match_what_the_pattern_matches(pattern in pattern(), number in "[0-2]{1,6}") {
        let Some(rows) = shapes(&pattern) else { return Ok(()) };
        let dialled = DialString::parse(&number).unwrap();
        let row = rows.iter().find(|row| Pattern::new(&row.pattern(&[])).unwrap().is_match(&number));
        let is_match = Pattern::new(&pattern).unwrap().is_match(&number);
        prop_assert_eq!(row.is_some(), is_match);
        for row in &rows {
            let text = row.pattern(&spans(row));
            let again = shapes(&text).unwrap();
            prop_assert_eq!(again.len(), 1);
            prop_assert_eq!(&again[0].places, &row.places);
            prop_assert_eq!(again[0].tail, row.tail);
        }
        if let Some(row) = row {
            for (group, span) in row.groups.iter().enumerate() {
                let Some(span) = span else { continue };
                let rule = NormalizationRule::new(&pattern, &std::format!("+${group}"));
                let Ok(rule) = rule else { return Ok(()) };
                let output = rule.translate(&dialled).unwrap().unwrap();
                let end = span.end.unwrap_or(number.len());
                prop_assert_eq!(output.to_string(), std::format!("+{}", &number[span.begin..end]), "{}", group);
            }
        }
    }
}
