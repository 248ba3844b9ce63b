use std::string::ToString;
use std::vec::Vec;

use super::*;

fn findings(rules: &[(&str, &str)]) -> Vec<(usize, RuleFinding)> {
    let rules: Vec<_> = rules
        .iter()
        .map(|(pattern, translation)| NormalizationRule::new(pattern, translation).unwrap())
        .collect();
    RuleSet::new(rules).lint()
}

fn dial(text: &str) -> DialString {
    DialString::parse(text).unwrap()
}

#[test]
fn rules_that_never_decide_are_found() {
    let shadowed = |by, example| RuleFinding::Shadowed {
        by,
        example: dial(example),
    };
    for (rules, expected) in [
        (
            &[(r"^(\d{3,5})$", "+49891$1"), (r"^8(\d{3})$", "+49891$1")][..],
            Some(shadowed(Some(0), "8222")),
        ),
        (
            &[
                (r"^(\d{3})$", "$1"),
                (r"^(\d{4})$", "$1"),
                (r"^(\d{3,4})$", "+4989$1"),
            ],
            Some(shadowed(None, "222")),
        ),
        (
            &[("^(1|2)", "$0"), (r"^[12]\d*$", "$0")],
            Some(shadowed(Some(0), "2")),
        ),
        (
            &[("5", "$0"), (r"^\d{2}5\d*$", "$0")],
            Some(shadowed(Some(0), "225")),
        ),
        // not the whole of it
        (&[(r"^(\d{3})$", "$1"), (r"^(\d{3,4})$", "$1")], None),
        (&[("^1[0-8]$", "$0"), (r"^1\d$", "$0")], None),
        // a look-ahead is not seen through, but does no harm
        (&[(r"^(?!112)\d{3}$", "$0"), (r"^11\d$", "$0")], None),
        (&[("^(?!12)1$", "$0")], None),
        // names are no numbers
        (&[("^alice$", "$0"), ("^[a-c]+$", "$0")], None),
        (&[("^1$2", "$0")], Some(RuleFinding::MatchesNothing)),
        (&[(r"^(?:1[^\d])\d$", "$0")], None),
    ] {
        let found = findings(rules);
        let odd = found.iter().map(|(_, finding)| *finding);
        let odd = odd.filter(|finding| !matches!(finding, RuleFinding::Overlaps { .. }));
        assert!(odd.eq(expected), "{rules:?}: {found:?}");
    }
}

#[test]
fn overlaps_are_told_with_an_example() {
    let found = findings(&[(r"^8(\d{3,4})$", "+4930$1"), (r"^(\d{4})$", "+4989$1")]);
    let (first, second) = (dial("+4930222"), dial("+49898222"));
    let (with, example) = (0, dial("8222"));
    let expected = RuleFinding::Overlaps {
        with,
        example,
        first,
        second,
    };
    assert_eq!(found, [(1, expected)]);
    assert_eq!(
        expected.to_string(),
        "rule 1 covers 8222 as well and makes +4930222 of it instead of +49898222: see that this is meant, or narrow one of the patterns"
    );
    // the narrower one comes first: so it is meant
    assert_eq!(
        findings(&[(r"^8(\d{3})$", "+4930$1"), (r"^(\d{4})$", "+4989$1")]),
        []
    );
    // the same comes of both
    assert_eq!(
        findings(&[(r"^8(\d{3,4})$", "+49898$1"), (r"^(\d{4})$", "+4989$1")]),
        []
    );
    assert_eq!(
        findings(&[(r"^8(\d{3})$", "+4930$1"), (r"^7(\d{3})$", "+4989$1")]),
        []
    );
}

/// Among them the sample of Microsoft's documentation, which leaves the country code out.
#[test]
fn outputs_that_are_no_numbers_are_found() {
    let not_e164 = |example, output| RuleFinding::NotE164 {
        example: dial(example),
        output: dial(output),
    };
    for (pattern, translation, expected) in [
        (
            r"^1(\d{10})$",
            "+$1",
            Some(not_e164("12145550100", "+2145550100")),
        ),
        (r"^(1\d{10})$", "+$1", None),
        (r"^011(\d*)$", "+$1", Some(not_e164("011", "+"))),
        (r"^00([1-9]\d+)$", "+$1", None),
        (r"^(\d{3})$", "+49a$1", Some(not_e164("222", "+49a222"))),
        (
            r"^(\d{16})$",
            "+$1",
            Some(not_e164("2222222222222222", "+2222222222222222")),
        ),
        (r"^0(\d+)$", "+49$1", None),
        (r"^(\d+)$", "+49$1", None),
        (r"^\d+$", "+49891234", None),
        (r"^(\d{3})$", "$1", None),
        (
            r"^\d(\d*)$",
            "$1",
            Some(RuleFinding::NoOutput { example: dial("2") }),
        ),
        (
            r"^(\d{3})$",
            "+49$1$2",
            Some(RuleFinding::GroupNotInPattern { group: 2 }),
        ),
    ] {
        let found = findings(&[(pattern, translation)]);
        assert_eq!(
            found.first().map(|(_, finding)| *finding),
            expected,
            "{pattern}"
        );
    }
}

/// Whatever the rules are, the work is bounded; where it ends, that is told.
#[test]
fn hostile_rules_take_bounded_work() {
    let mut rules = Vec::new();
    for index in 0..60 {
        let pattern = std::format!("[0-{}]{{1,8}}[13579](.?){{12}}.*{index}?", index % 10);
        rules.push(NormalizationRule::new(&pattern, "$0").unwrap());
    }
    let mut budget = Budget::default();
    let found = lint(&rules, &mut budget, &|_| false);
    let unfinished = found
        .iter()
        .filter(|(_, finding)| *finding == RuleFinding::Unfinished);
    assert_eq!(unfinished.count(), 1);
    assert!(budget.left <= COMPARED);
}
