use std::format;
use std::string::String;
use std::vec::Vec;

use super::CompiledRules;
use crate::machines::pattern::STEPS;
use crate::{
    CountryCode, DialString, Finding, LocationPolicy, NormalizationRule, Plan, RuleId, RuleSet,
};

fn rules(written: &[(&str, &str)]) -> Vec<NormalizationRule> {
    let rule = |(pattern, translation): &(&str, &str)| {
        NormalizationRule::new(pattern, translation).expect(pattern)
    };
    written.iter().map(rule).collect()
}

/// The same of the list and of what is compiled of it.
fn decided(rules: &[NormalizationRule], dialled: &str) -> Option<(usize, String)> {
    let compiled: CompiledRules = rules.iter().collect();
    assert_eq!(compiled.len(), rules.len());
    let dialled = DialString::parse(dialled).expect("printable");
    let by_list = RuleSet::new(rules).translate(&dialled);
    assert_eq!(compiled.translate(&dialled), by_list, "{dialled}");
    by_list.map(|translated| {
        (
            translated.rule,
            format!("{}", translated.output.expect("room")),
        )
    })
}

#[test]
fn the_first_rule_wins_wherever_the_tree_keeps_it() {
    let rules = rules(&[
        ("^0(8912[0-9]{4})$", "+49$1"),
        ("^(.*)9$", "9$1"),
        ("123", "$0"),
        ("^0(89[0-9]{5,})", "+49$1"),
        ("^0(8|4)([0-9]+)$", "+4$1"),
        ("^alice$", "1"),
        ("^[a-c]+x?$", "2"),
        ("^[*#]21$", "3"),
        (r"^\d{6}\d+$", "$0"),
        (r"^(\+|00)[1-9]\d*$", "4$0"),
        ("^$", "5"),
        (r"^\d{3}$", "6"),
    ]);
    for (dialled, rule) in [
        ("089120000", Some(0)),
        ("089120009", Some(0)),
        ("089130009", Some(1)),
        ("0123", Some(2)),
        ("08913000", Some(3)),
        ("08913000x", Some(3)),
        ("0890", Some(4)),
        ("04", None),
        ("041", Some(4)),
        ("alice", Some(5)),
        ("abx", Some(6)),
        ("abxx", None),
        ("*21", Some(7)),
        ("#21", Some(7)),
        ("21", None),
        ("7654321", Some(8)),
        ("004", Some(9)),
        ("+4", Some(9)),
        ("000", Some(11)),
        ("0", None),
    ] {
        assert_eq!(
            decided(&rules, dialled).map(|(rule, _)| rule),
            rule,
            "{dialled}"
        );
    }
    assert_eq!(decided(&[], "1"), None);
    assert!(CompiledRules::from_iter(&rules[..0]).is_empty());
}

/// More rules with the same first digits than the tree is deep, and rules that go into every branch.
#[test]
fn lists_that_no_digit_tells_apart_are_in_order() {
    let mut written: Vec<NormalizationRule> = Vec::new();
    for digits in (4..24).rev() {
        written.extend(rules(&[
            (
                &format!("^0123456789012345678[0-9]{{{}}}$", digits - 3),
                "1",
            ),
            (&format!("^[0-46-9]{{{digits}}}$"), "2"),
            (&format!("^[0-4]{{{digits}}}5*$"), "3"),
        ]));
    }
    for len in 1..30 {
        for dialled in [
            "01234567890123456789012345678901",
            "444444444444444444455555555555",
            "999999999999999999999999999999999",
        ] {
            decided(&written, &dialled[..len]);
        }
    }
    let found = decided(&written, "444455");
    assert_eq!(found.map(|(_, output)| output).as_deref(), Some("3"));
}

#[test]
fn a_plan_asks_compiled_rules_as_it_asks_a_list() {
    let rules = rules(&[(r"^8(\d{3})$", "+49891234$1"), (r"^7(\d)$", "$2")]);
    let plan = Plan::german("89").expect("Munich");
    let compiled = plan.with_rules(CompiledRules::from_iter(&rules));
    for text in ["8118", "0112", "840798", "116117", "77", "*99"] {
        let dialled = DialString::parse(text).expect(text);
        assert_eq!(
            compiled.explain(&dialled),
            plan.with_rules(&rules[..]).explain(&dialled)
        );
    }
    let missing = Finding::GroupNotInPattern {
        rule: RuleId::Own(1),
        group: 2,
    };
    assert!(compiled.lint().eq([missing]));
    let bare = Plan::new(CountryCode::GERMANY)
        .with_location_policy(LocationPolicy::german(
            *plan
                .location_policy()
                .numbers()
                .first_chunk::<2>()
                .expect("two"),
        ))
        .with_rules(CompiledRules::from_iter(&rules));
    assert_eq!(bare.lint().count(), 6);
    assert_eq!(format!("{:?}", bare.own), "CompiledRules { len: 2, .. }");
}

/// What the tree takes is in proportion to how many rules there are, whatever their patterns: counted, not timed.
#[test]
fn the_tree_of_hostile_patterns_is_bounded() {
    let patterns: [&dyn Fn(usize) -> String; 9] = [
        &|_| "^[0-4]{40}".into(),
        &|rule| format!("^[{}-{}]{{30}}5", rule % 5, rule % 5 + 4),
        &|rule| format!("^{}(0|1|2|3|4)*(1|2)*(3|4)*x", rule % 10),
        &|rule| format!("^(?:0?1?2?3?4?){{{}}}$", 1 + rule % 14),
        &|rule| format!("^(?:[0-2]|[1-3]|[2-4]|[3-5]){{{}}}$", 1 + rule % 10),
        &|rule| format!("^(?:[{}-4]?){{60}}5$", rule % 2 + 1),
        &|rule| {
            let digits = format!("{:03}", rule / 4);
            format!("^{}1{{13}}$", digits.chars().rev().collect::<String>())
        },
        &|rule| format!("(?:1*2*3*)*{rule}"),
        &|_| "^(((((1*)*2*)*3*)*4*)*5*)*".into(),
    ];
    let mut most = [0; 3];
    for pattern in patterns {
        let taken = |count: usize| {
            let rules: Vec<NormalizationRule> = (0..count)
                .map(|rule| NormalizationRule::new(&pattern(rule), "1").expect("a pattern"))
                .collect();
            STEPS.set(0);
            let compiled: CompiledRules = rules.iter().collect();
            [
                STEPS.get() / count,
                compiled.nodes.len(),
                compiled.candidates.len() / count,
            ]
        };
        let [steps, nodes, candidates] = taken(400);
        // a step for each place, of each branch and depth
        assert!(steps <= 2 * 160 * 16 * 9, "{steps}: {}", pattern(0));
        assert!(
            nodes <= 400 * 36 && candidates <= 9,
            "{nodes} {candidates}: {}",
            pattern(0)
        );
        let [again, ..] = taken(1_600);
        assert!(
            again <= 2 * steps + 100,
            "{again} after {steps}: {}",
            pattern(0)
        );
        most = [
            most[0].max(steps),
            most[1].max(nodes),
            most[2].max(candidates),
        ];
    }
    // there is something to bound
    assert!(most[0] > 1_000 && most[1] > 400 && most[2] > 4, "{most:?}");
}
