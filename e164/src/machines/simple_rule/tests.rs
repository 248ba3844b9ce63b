use std::format;
use std::string::ToString;
use std::vec::Vec;

use super::{Length, SimpleRule, SimpleRuleError};
use crate::DialString;

use Length::{Any, AtLeast, Exactly};

#[test]
fn rules_are_written_as_the_forms_write_them() {
    for (start, length, remove, add, pattern, translation, dialled, expected) in [
        // the two rows of the documentation that name the form
        (
            "+1",
            Exactly(12),
            1,
            "",
            r"^\+(1\d{10})$",
            "$1",
            "+14255551010",
            "14255551010",
        ),
        (
            "+",
            AtLeast(11),
            1,
            "011",
            r"^\+(\d{9}\d+)$",
            "011$1",
            "+441235551010",
            "011441235551010",
        ),
        (
            "0",
            AtLeast(8),
            1,
            "+49",
            r"^0(\d{6}\d+)$",
            "+49$1",
            "08912345",
            "+498912345",
        ),
        (
            "",
            Exactly(3),
            0,
            "+49891234",
            r"^(\d{3})$",
            "+49891234$1",
            "118",
            "+49891234118",
        ),
        (
            "00",
            Any,
            2,
            "+",
            r"^00(\d*)$",
            "+$1",
            "00431234",
            "+431234",
        ),
        ("0", AtLeast(1), 0, "", r"^(0\d*)$", "$1", "0", "0"),
        ("0", AtLeast(2), 0, "", r"^(0\d+)$", "$1", "01", "01"),
        (
            "9",
            AtLeast(5),
            3,
            "*",
            r"^9\d{2}(\d{1}\d+)$",
            "*$1",
            "912345",
            "*345",
        ),
        (
            "9",
            AtLeast(3),
            3,
            "*",
            r"^9\d{2}(\d*)$",
            "*$1",
            "91234",
            "*34",
        ),
        (
            "0",
            Exactly(1),
            1,
            "+14255550100",
            "^0$",
            "+14255550100",
            "0",
            "+14255550100",
        ),
        (
            "*1#",
            Exactly(5),
            4,
            "",
            r"^\*1#\d{1}(\d{1})$",
            "$1",
            "*1#23",
            "3",
        ),
        ("", Exactly(2), 2, "7", r"^\d{2}$", "7", "12", "7"),
    ] {
        let simple = SimpleRule::new(start, length, remove, add).expect(pattern);
        assert_eq!(simple.pattern().to_string(), pattern);
        assert_eq!(simple.translation().to_string(), translation);
        let dialled = DialString::parse(dialled).expect(dialled);
        let rule = simple.rule().expect(pattern);
        let output = rule.translate(&dialled).expect("room").expect(pattern);
        assert_eq!(output.as_str(), expected, "{pattern}");
        let found = SimpleRule::of(pattern, translation).expect(pattern);
        assert_eq!(found.pattern().to_string(), pattern);
        assert_eq!(
            (found.starting_digits(), found.remove(), found.add()),
            (start, remove, add)
        );
        // `\d*` behind the first digits alone is any length
        assert!(
            found.length() == length || found.length() == Any,
            "{pattern}"
        );
    }
}

#[test]
fn other_rules_are_no_simple_ones() {
    for (pattern, translation) in [
        (r"^0([1-9]\d+)$", "+49$1"),
        (r"^0(\d{3}|1)$", "+49$1"),
        (r"^(\d{3})(\d)$", "$1"),
        (r"0(\d{3})$", "+49$1"),
        (r"^0(\d{3})", "+49$1"),
        (r"^0(\d{3})$", "+49$1;ext=1"),
        (r"^0(\d{3})$", "$1$1"),
        (r"^0(\d{3})$", "+49"),
        (r"^0\d{3}$", "+49$1"),
        (r"^0(\d{3,4})$", "$1"),
        (r"^0(\d{999})$", "$1"),
        (r"^0(\d+\d{2})$", "$1"),
        (r"^\d{3", "$1"),
        ("", ""),
        ("^$", "1"),
    ] {
        assert_eq!(SimpleRule::of(pattern, translation), None, "{pattern}");
    }
}

#[test]
fn what_is_filled_in_wrongly_is_told() {
    let new = SimpleRule::new;
    assert_eq!(new("a", Any, 0, ""), Err(SimpleRuleError::StartingDigits));
    assert_eq!(
        new(&"1".repeat(25), Any, 0, ""),
        Err(SimpleRuleError::StartingDigits)
    );
    assert_eq!(new("1", Any, 0, "$1"), Err(SimpleRuleError::Add));
    assert_eq!(new("12", Exactly(1), 0, ""), Err(SimpleRuleError::Length));
    assert_eq!(new("", Exactly(0), 0, "1"), Err(SimpleRuleError::Length));
    assert_eq!(new("", AtLeast(65), 0, ""), Err(SimpleRuleError::Length));
    assert_eq!(new("1", Any, 2, ""), Err(SimpleRuleError::Remove));
    assert_eq!(new("1", Exactly(2), 2, ""), Err(SimpleRuleError::Remove));
    assert_eq!(new("1", Exactly(2), 3, "1"), Err(SimpleRuleError::Remove));
    // the longest there is
    let long = "*".repeat(24);
    for (length, remove) in [(AtLeast(64), 63), (Exactly(64), 24), (Exactly(64), 1)] {
        let simple = new(&long, length, remove, &long).expect("a rule");
        assert!(simple.rule().is_ok(), "{}", simple.pattern());
        assert_eq!(
            SimpleRule::of(
                &simple.pattern().to_string(),
                &simple.translation().to_string()
            ),
            Some(simple)
        );
    }
    assert!(format!("{:?}", new("+1", Any, 1, "0")).contains("starting_digits: \"+1\""));
}

/// P000-34: which of the rules of the documentation are of the simple form.
#[test]
fn p000_34_rules_of_the_documentation() {
    let rows = include_str!("../../../tests/vectors/microsoft_docs_outbound_voice_routing.tsv");
    let mut simple = Vec::new();
    for row in rows.lines().filter(|row| !row.starts_with('#')) {
        let columns: Vec<&str> = row.split('\t').collect();
        let found = SimpleRule::of(columns[2], columns[3]).expect(columns[0]);
        let dialled = DialString::parse(columns[4]).expect(columns[4]);
        let output = found.rule().expect("a rule").translate(&dialled);
        assert_eq!(output.expect("room").expect("a match").as_str(), columns[5]);
        simple.push((
            found.starting_digits().to_string(),
            found.length(),
            found.remove(),
        ));
    }
    assert_eq!(simple.len(), 13);
    assert_eq!(simple[11], ("+1".to_string(), Exactly(12), 1));
    assert_eq!(simple[12], ("+".to_string(), AtLeast(11), 1));
}
