//! Long lists of rules, compiled: they decide as the list does, and as regular expressions do.
#![cfg(feature = "alloc")]

use fancy_regex::Regex;
use proptest::prelude::*;
use trunkline_e164::{CompiledRules, DialString, NormalizationRule, RuleSet};

/// Parts of patterns as plans have them, so that many rules share their first digits.
fn pattern() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[0-3]{1,3}",
        2 => Just("[1-3]".to_string()),
        1 => Just("[^0-2]".to_string()),
        1 => Just("[+*#]".to_string()),
        1 => Just("[a-c.]".to_string()),
        2 => "[0-9]{1}\\?",
        2 => Just("[0-9]{2}".to_string()),
        1 => Just("[0-9]{1,3}".to_string()),
        1 => Just("[02]+".to_string()),
        1 => Just("(0|1[23])".to_string()),
        1 => Just("(?:1|12)?".to_string()),
        1 => Just("(0*|1)".to_string()),
        1 => Just("(?:[0-2]{0,2}3)*".to_string()),
        1 => Just(".*".to_string()),
        1 => Just("(1*)*".to_string()),
        1 => Just("(?!12|2{1,2}0)".to_string()),
        1 => Just("(?=0|[12]{2})".to_string()),
    ];
    let tail = prop_oneof![
        3 => Just(""),
        2 => Just("[0-9]{2,4}"),
        1 => Just("([0-9]*)"),
        1 => Just("[0-9]+?"),
        1 => Just("|1$"),
    ];
    let parts = proptest::collection::vec(part, 0..4);
    let begin = proptest::sample::select(&["^", "^", "^", "^", ""][..]);
    let end = proptest::sample::select(&["$", "$", "$", ""][..]);
    (begin, parts, tail, end)
        .prop_map(|(begin, parts, tail, end)| format!("{begin}({}){tail}{end}", parts.concat()))
}

proptest! {
    #[test]
    fn compiled_rules_decide_as_the_list_and_as_regular_expressions(
        patterns in proptest::collection::vec(pattern(), 1..40),
        dialled in proptest::collection::vec(r"[0-3]{1,9}|[0-9+*#]{1,6}|[a-c0-2.]{1,5}|0[0-3]{0,30}", 1..12),
    ) {
        let mut rules = Vec::new();
        let mut expressions = Vec::new();
        for pattern in &patterns {
            if let Ok(rule) = NormalizationRule::new(pattern, "<$0>$1") {
                rules.push(rule);
                expressions.push((Regex::new(pattern).expect(pattern), pattern));
            }
        }
        let compiled = CompiledRules::from_iter(&rules);
        let list = RuleSet::new(&rules);
        for text in dialled {
            let dialled = DialString::parse(&text).ok();
            let Some(dialled) = dialled.filter(|dialled| dialled.as_str() == text) else { continue };
            let found = compiled.translate(&dialled);
            prop_assert_eq!(found, list.translate(&dialled), "{:?} {}", patterns, text);
            let expected = expressions.iter().position(|(expression, _)| expression.is_match(&text).expect("a few steps"));
            prop_assert_eq!(found.map(|found| found.rule), expected, "{:?} {}", patterns, text);
            if let Some(found) = found {
                let (expression, pattern) = &expressions[found.rule];
                let captures = expression.captures(&text).expect("a few steps").expect("a match");
                // What a group holds after an empty round is told otherwise by everyone.
                if !pattern.contains("*)*") {
                    let group = captures.get(1).map_or("", |group| group.as_str());
                    let expected = DialString::parse(&format!("<{}>{}", captures.get(0).map_or("", |whole| whole.as_str()), group));
                    prop_assert_eq!(found.output, expected, "{} {}", pattern, text);
                }
            }
        }
    }
}
