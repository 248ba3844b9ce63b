#![no_main]
//! A pattern, a translation and what is dialled, with a line feed after each of the first two.

use std::str;

use libfuzzer_sys::fuzz_target;
use trunkline_e164::config::Scope;
use trunkline_e164::{
    CallerId, CompiledRules, CountryCode, DialString, NormalizationRule, Normalized, Number,
    Pattern, Plan, Refusal, RuleError, RuleId, RuleSet, SERVICE_NUMBERS, SimpleRule, Translation,
    WrittenRule,
};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let (pattern, rest) = text.split_once('\n').unwrap_or((text, ""));
    let (translation, dialled) = rest.split_once('\n').unwrap_or((rest, ""));
    check_number(dialled);
    check_caller_id(dialled);
    check_scope(dialled);
    let Some(rule) = check_rule(pattern, translation) else {
        return;
    };
    for number in SERVICE_NUMBERS {
        let dialled = DialString::parse(number).unwrap();
        let normalized = german().with_rules([rule]).normalize(&dialled).unwrap();
        assert_eq!(normalized.dial_string(), dialled);
        assert_eq!(normalized.is_emergency(), ["110", "112"].contains(&number));
    }
    check_simple(pattern, translation, rule);
    let compiled = Pattern::new(pattern).unwrap();
    let _ = compiled.is_match(text);
    if let Some(dialled) = check_dial_string(dialled) {
        assert_eq!(compiled.is_match(dialled.as_str()), rule.is_match(&dialled));
        check_plan(rule, &dialled);
    }
});

fn german() -> Plan<[NormalizationRule; 0], [trunkline_e164::EmergencyNumber; 2]> {
    let main_number = Number::parse("+49891234").unwrap();
    let plan = Plan::german("89").unwrap();
    plan.with_extensions(main_number, 3).unwrap()
}

fn check_rule(pattern: &str, translation: &str) -> Option<NormalizationRule> {
    let written = WrittenRule::new(pattern, translation);
    match NormalizationRule::new(pattern, translation) {
        Ok(rule) => {
            let written = written.unwrap();
            assert_eq!(*written.rule(), rule);
            assert_eq!(
                (written.pattern(), written.translation()),
                (pattern, translation)
            );
            let translation = Translation::new(translation, &Pattern::new(pattern).unwrap());
            assert_eq!(translation.unwrap().missing_group(), rule.missing_group());
            Some(rule)
        }
        Err(RuleError::Pattern(error)) => {
            assert!(error.offset <= pattern.len(), "{error}");
            assert_eq!(Pattern::new(pattern), Err(error));
            None
        }
        Err(RuleError::Translation(error)) => {
            assert!(error.offset <= translation.len(), "{error}");
            assert!(Pattern::new(pattern).is_ok());
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn check_number(text: &str) {
    let strict = Number::parse(text);
    let tolerant = Number::parse_tolerant(text);
    for number in [strict, tolerant] {
        match number {
            Ok(number) => {
                let written = number.to_string();
                assert_eq!(Number::parse(&written), Ok(number));
                assert_eq!(DialString::from(number).as_str(), written);
                assert_eq!(number.country_code(), CountryCode::of_digits(&written[1..]));
            }
            Err(error) => assert!(error.offset <= text.len(), "{error}"),
        }
    }
    if let Ok(number) = strict {
        assert_eq!(number.to_string(), text);
        assert_eq!(tolerant, strict);
    }
}

fn check_caller_id(text: &str) {
    if let Ok(caller_id) = CallerId::new(true, Some(text)) {
        assert_eq!(caller_id.alternate().unwrap().to_string(), text);
    }
}

fn check_scope(text: &str) {
    if let Ok(scope) = text.parse::<Scope>() {
        assert!(text.contains(scope.name()));
        assert_eq!(scope.to_string().parse(), Ok(scope));
    }
}

fn check_dial_string(text: &str) -> Option<DialString> {
    match DialString::parse(text) {
        Ok(dialled) => {
            assert_eq!(DialString::parse(&dialled.to_string()), Ok(dialled));
            Some(dialled)
        }
        Err(error) => {
            assert!(error.offset <= text.len(), "{error}");
            None
        }
    }
}

/// What is of the simple form says the same in it.
fn check_simple(pattern: &str, translation: &str, rule: NormalizationRule) {
    if let Some(simple) = SimpleRule::of(pattern, translation) {
        assert_eq!(simple.pattern().to_string(), pattern);
        assert_eq!(simple.translation().to_string(), translation);
        assert_eq!(simple.rule(), Ok(rule));
    }
}

fn check_plan(rule: NormalizationRule, dialled: &DialString) {
    let translated = RuleSet::new([rule]).translate(dialled);
    assert_eq!(translated.is_some(), rule.is_match(dialled));
    // Among others, so that the tree has branches; and twice, of which the first decides.
    let others = ["^0[1-4][0-9]*$", "^1(1|2)", r"^\+\d{6,}$", "[a-f]$"];
    let others = others.map(|pattern| NormalizationRule::new(pattern, "$0").unwrap());
    let rules = [others[0], others[1], rule, others[2], others[3], rule];
    let compiled = CompiledRules::from_iter(&rules);
    assert_eq!(
        compiled.translate(dialled),
        RuleSet::new(rules).translate(dialled)
    );
    let german = german().with_rules([rule]);
    let bare = Plan::new(CountryCode::GERMANY).with_rules([rule]);
    let emergency = german.location_policy().find(dialled).is_some();
    for normalized in [german.normalize(dialled), bare.normalize(dialled)] {
        match normalized {
            Ok(Normalized::E164(number)) => {
                let text = number.text();
                assert!(!text.starts_with("+4911"), "{text}");
                assert_eq!(Number::parse(&text), Ok(number));
            }
            Ok(Normalized::ShortCode(code)) => assert!(!code.as_str().starts_with('+')),
            Ok(Normalized::Emergency(code)) => {
                assert!(emergency || translated.is_some());
                assert!(["110", "112"].contains(&code.as_str()));
            }
            Ok(other) => panic!("{other}"),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                let owner = |rule| matches!(rule, RuleId::Own(0));
                match error {
                    Refusal::NoRule => assert!(translated.is_none()),
                    Refusal::ServiceNumber { rule, .. } | Refusal::Output { rule, .. } => {
                        assert!(owner(rule), "{error}");
                    }
                    // a number may be too long for the reference rules
                    _ => {}
                }
            }
        }
    }
}
