use std::format;
use std::string::ToString;
use std::vec::Vec;

use super::{NormalizationRule, RuleError, RuleSet};
use crate::{DialString, DialStringFault, Pattern, TranslationFault};

macro_rules! vectors {
    ($name:literal) => {
        include_str!(concat!("../../../tests/vectors/", $name))
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split('\t').collect::<Vec<&str>>())
    };
}

fn dialled(text: &str) -> DialString {
    DialString::parse(text).expect(text)
}

fn translate(pattern: &str, translation: &str, text: &str) -> Option<DialString> {
    let rule = NormalizationRule::new(pattern, translation).expect(pattern);
    rule.translate(&dialled(text)).expect("room")
}

/// P000-35: the rules of the documentation yield what the documentation says, mistake included.
#[test]
fn p000_35_rules_of_the_microsoft_documentation() {
    let mut count = 0;
    for columns in vectors!("microsoft_docs_outbound_voice_routing.tsv") {
        let [name, _, pattern, translation, input, expected, ..] = columns[..] else {
            panic!("{columns:?}");
        };
        let output = translate(pattern, translation, input);
        assert_eq!(output, Some(dialled(expected)), "{name}");
        assert_eq!(output.expect("a number").as_str(), expected, "{name}");
        count += 1;
    }
    assert_eq!(count, 13);
    // The mistake: what LDCallingUS is for needs the 1 within the group.
    let output = translate(r"^(1\d{10})$", "+$1", "12145550100");
    assert_eq!(output, Some(dialled("+12145550100")));
}

/// Patterns of examples, of which some are mistakes: each compiles.
#[test]
fn rules_of_cmdlet_examples() {
    let mut count = 0;
    for columns in vectors!("microsoft_docs_powershell.tsv") {
        let translation = columns.get(3).copied().unwrap_or_default();
        let rule = NormalizationRule::new(columns[2], translation);
        assert!(rule.is_ok(), "{columns:?} {rule:?}");
        count += 1;
    }
    assert_eq!(count, 20);
    // `(?!)` never matches, so that the rule blocks nobody
    let anonymous = Pattern::new("^(?!)Anonymous").expect("a pattern");
    assert!(!anonymous.is_match("Anonymous"));

    let output = |pattern, translation, text| {
        translate(pattern, translation, text).map(|output| output.to_string())
    };
    assert_eq!(
        output(r"^\+1206555(\d{4})$", "+1206555$1;ext=$1", "+12065550100").as_deref(),
        Some("+12065550100;ext=0100")
    );
    assert_eq!(
        output(r"^\+(\d{8})$", "9$1", "+12345678").as_deref(),
        Some("912345678")
    );
    // the mistakes: a missing backslash, an alternative in a class, an empty last repetition
    assert_eq!(output("^(d{11})$", "+1", "12065550100"), None);
    assert_eq!(
        output("^(d{11})$", "+1", "ddddddddddd").as_deref(),
        Some("+1")
    );
    assert_eq!(
        output(r"^\+?1312555888[2|3]$", "$0", "1312555888|").as_deref(),
        Some("1312555888|")
    );
    assert_eq!(
        output(r"^9(\d*){1,5}", "+1206$1", "95550100").as_deref(),
        Some("+1206")
    );
}

#[test]
fn rules_of_telesmart() {
    let rules: Vec<NormalizationRule> = vectors!("anz_telesmart.tsv")
        .map(|columns| {
            let [name, .., pattern, translation] = columns[..] else {
                panic!("{columns:?}");
            };
            NormalizationRule::new(pattern, translation).expect(name)
        })
        .collect();
    assert_eq!(rules.len(), 11);
    let rules = RuleSet::new(rules);
    let translated = |text| {
        let translated = rules.translate(&dialled(text))?;
        Some((
            translated.rule,
            translated.output.expect("room").to_string(),
        ))
    };
    assert_eq!(translated("111"), Some((0, "+64111".into())));
    assert_eq!(translated("5550100"), Some((1, "+6435550100".into()))); // the first of five
    assert_eq!(translated("112"), Some((6, "+61000".into())));
    assert_eq!(translated("25550100"), Some((7, "+61225550100".into())));
    assert_eq!(translated("15550100"), None);
}

#[test]
fn translations_are_read_as_dot_net_reads_them() {
    let output =
        |translation| translate(r"^(\d)(\d)?x(\d)$", translation, "1x3").map(|o| o.to_string());
    for (translation, expected) in [
        ("+49$1", "+491"),
        ("${1}0$3", "103"),
        ("$1a", "1a"),
        ("$10", "$10"),
        ("$4", "$4"),
        ("${4}", "${4}"),
        ("a$2b", "ab"),
        ("$0$&", "1x31x3"),
        ("$$1", "$1"),
        ("5$", "5$"),
        ("$x", "$x"),
        ("$01", "1"),
        ("+49 (89) $1", "+49891"),
    ] {
        assert_eq!(
            output(translation).as_deref(),
            Some(expected),
            "{translation}"
        );
    }
    let groups = "(1)".repeat(10);
    let fault = |pattern, translation| match NormalizationRule::new(pattern, translation) {
        Err(RuleError::Translation(error)) => (error.fault, error.offset),
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(&groups, "+$10"), (TranslationFault::Unsupported, 1));
    assert_eq!(fault("1", "${area}"), (TranslationFault::Unsupported, 0));
    assert_eq!(fault("1", "${1"), (TranslationFault::Unsupported, 0));
    assert_eq!(fault("1", "1$`"), (TranslationFault::Unsupported, 1));
    assert_eq!(
        fault("1", "+49\u{ff11}"),
        (TranslationFault::NotPrintable, 3)
    );
    assert_eq!(fault("1", &"1".repeat(49)), (TranslationFault::TooLong, 48));
    let rule = NormalizationRule::new(r"^(\d)$", "+49$1;ext=${1}").expect("a rule");
    assert!(format!("{rule:?}").ends_with("translation: Translation(+49${1};ext=${1}) }"));
}

#[test]
fn a_translation_that_yields_no_number_fails() {
    let rule = NormalizationRule::new(r"^(\d+)(x*)$", "$2").expect("a rule");
    let error = rule.translate(&dialled("1")).expect_err("nothing");
    assert_eq!(error.fault, DialStringFault::Empty);
    let rule = NormalizationRule::new(r"^(\d+)$", "$1$1$1").expect("a rule");
    let error = rule
        .translate(&dialled(&"1".repeat(30)))
        .expect_err("too much");
    assert_eq!(error.fault, DialStringFault::TooLong);
    assert_eq!(rule.translate(&dialled("x")), Ok(None));
    // the first rule that matches decides, even so
    let rules = RuleSet::new([rule, NormalizationRule::new(".*", "1").expect("a rule")]);
    let translated = rules.translate(&dialled(&"1".repeat(30))).expect("a match");
    assert_eq!(translated.rule, 0);
    assert!(translated.output.is_err());
}
