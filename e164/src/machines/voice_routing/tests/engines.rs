//! Patterns that other engines take, wherever a pattern stands.

use super::*;
use crate::PatternFault;

/// Patterns as they stand in rule sets of the field, beyond the grammar of [`Pattern`](crate::Pattern).
const NOT_EMERGENCY: &str = r"^0(?!.*(?<!\d)11[02]$)([1-9]\d{3,}(?<!110|112))$";
const NOT_PREMIUM: &str = r"^\+49(?!(?:900|137)\d*$)\d+$";
const NOT_ABROAD: &str = r"^\+(?<country>49|43)(?=\d{5,}$)(\d+)$";
const OWN_BLOCK: &str = r"^(?=\+49(?:89|30)\d*$)\+49\d+(?<!0{4})$";

fn with_other_engines() -> VoiceConfiguration {
    let mut configuration = VoiceConfiguration::default();
    let mut plan = config::DialPlan::new(Scope::Global);
    plan.normalization_rules = vec![
        NormalizationRule::new("Extension", r"^(\d{3})$", "+49891234$1"),
        NormalizationRule::new("National", NOT_EMERGENCY, "+49$1"),
        NormalizationRule::new("Zero", r"^0(\d+)$", "+490$1"),
        NormalizationRule::new("Twice", r"^(\d\d)\1$", "+4930$1"),
        NormalizationRule::new("Local", r"^(\d{4,})$", "+4989$1"),
    ];
    configuration.dial_plans = vec![plan];
    let mut cheap = VoiceRoute::new("Cheap", NOT_PREMIUM, "all", ["gw01"]);
    cheap.caller_id_pattern = Some(OWN_BLOCK.into());
    cheap.alternate_caller_id = Some("+49891234".into());
    configuration.voice_routes = vec![
        VoiceRoute::new("Berlin", r"^\+4930", "all", ["gw00"]),
        cheap,
        VoiceRoute::new("All", r"^\+", "all", ["gw02"]),
    ];
    configuration.voice_policies = vec![VoicePolicy::new(Scope::Global, ["all"])];
    let mut trunk = TrunkConfiguration::new(Scope::PstnGateway("gw01".into()));
    trunk.outbound_translation_rules_list = vec![
        OutboundTranslationRule::new("Munich", r"^\+4989(\d+)$", "$1"),
        // groups with names are counted behind all others
        OutboundTranslationRule::new("Near", NOT_ABROAD, "00$2 $1"),
    ];
    trunk.outbound_calling_number_translation_rules_list = vec![OutboundTranslationRule::new(
        "",
        r"^\+49(?<=49)(.*)$",
        "0$1",
    )];
    configuration.trunk_configurations = vec![trunk];
    configuration
}

#[test]
fn rules_routes_and_translations_take_other_engines() {
    let configuration = with_other_engines();
    let routing = VoiceRouting::new(&configuration).unwrap();
    let from = caller("+4989555");
    for (dialled, trunk, called) in [
        // whole look-behind and look-ahead, among rules of our own engine, in order
        ("030123456", "gw00", "+4930123456"),
        ("0401234", "gw01", "0049401234"),
        ("0892345", "gw01", "2345"),
        ("1212", "gw00", "+493012"),
        ("1213", "gw01", "1213"),
        ("118", "gw01", "1234118"),
        ("0900123456", "gw02", "+49900123456"),
        ("+43155555", "gw02", "+43155555"),
        ("+49137123", "gw02", "+49137123"),
        // what one rule leaves out is left to the next
        ("0555112", "gw01", "00490555112"),
    ] {
        let sent = sent(&routing, &from, dialled);
        assert_eq!((&*sent[0].0, &*sent[0].1), (trunk, called), "{dialled}");
    }
    // failover goes on behind a route of another engine, and the caller's number is judged by one
    for (from, shown) in [
        ("+4989555", "089555"),
        ("+49895550000", "0891234"),
        ("+4989", "089"),
        ("+4940555", "0891234"),
    ] {
        let expected = [
            row("gw01", "0049401234", shown),
            row("gw02", "+49401234", from),
        ];
        assert_eq!(sent(&routing, &caller(from), "0401234"), expected);
    }
    let told = routing.dry_run(&from, &dial("0401234")).to_string();
    for sentence in [
        "the rule \"National\" makes +49401234 of 0401234, where $1 = 401234",
        "the route \"Berlin\" of the usage \"all\" does not take the number",
        "the route \"Cheap\" of the usage \"all\" takes the number",
        "the rule \"Near\" makes 0049401234 of +49401234",
    ] {
        assert!(told.contains(sentence), "{told}");
    }
}

/// With other engines among the rules the first match is the same as by asking one rule after the other.
#[test]
fn the_first_rule_decides_whichever_engine_takes_it() {
    let patterns = [
        r"^1(?<=1)",
        r"^12",
        r"^1",
        r"(?<!3)3$",
        r"^2(?<=2)2",
        r"^2",
        "4",
        r"(\d)\1",
        "5",
        r"^\+",
    ];
    // every order by rotation, every number of two digits
    for first in 0..patterns.len() {
        let mut order = Vec::from(patterns);
        order.rotate_left(first);
        let routes = order.iter().enumerate().map(|(index, pattern)| {
            VoiceRoute::new(index.to_string(), *pattern, "all", [index.to_string()])
        });
        let mut configuration = VoiceConfiguration {
            voice_routes: routes.collect(),
            ..VoiceConfiguration::default()
        };
        let mut plan = config::DialPlan::new(Scope::Global);
        let rules = configuration.voice_routes.iter().map(|route| {
            let translation = std::format!("*{}", route.identity);
            NormalizationRule::new("", route.number_pattern.as_str(), translation)
        });
        plan.normalization_rules = rules.collect();
        configuration.dial_plans = vec![plan];
        configuration.voice_policies = vec![VoicePolicy::new(Scope::Global, ["all"])];
        let routing = VoiceRouting::new(&configuration).unwrap();
        let rules = order
            .iter()
            .map(|pattern| crate::AnyRule::new(pattern, "").unwrap());
        let rules: Vec<_> = rules.collect();
        for number in 20..100 {
            let number = dial(&number.to_string());
            let takes = |rule: &crate::AnyRule| rule.is_match(&number);
            let expected = rules.iter().position(takes);
            let mut output = DialString::EMPTY;
            let list = &routing.dial_plans[0].rules.rules;
            let written = list.write(&number, &mut output);
            assert_eq!(written.map(|(rule, _)| rule), expected);
            let list = &routing.every_route;
            for start in 0..patterns.len() {
                let expected = rules.iter().skip(start).position(takes);
                let found = list.find(start, &number);
                assert_eq!(found, expected.map(|place| start + place), "{number}");
            }
        }
    }
}

/// What no engine takes is told of, and leaves all others in force; or the whole set is refused.
#[test]
fn what_no_engine_takes_is_broken() {
    let mut configuration = with_other_engines();
    let rules = &mut configuration.dial_plans[0].normalization_rules;
    rules.insert(0, NormalizationRule::new("", r"^(?<=a+)\d$", "$0"));
    let error = VoiceRouting::new(&configuration).unwrap_err();
    let Fault::Rule(RuleError::Pattern(error)) = error.fault else {
        panic!("{error}")
    };
    assert_eq!((error.fault, error.offset), (PatternFault::Unsupported, 1));
    let (routing, broken) = VoiceRouting::without_broken(&configuration);
    assert_eq!(broken.len(), 1);
    assert_eq!(sent(&routing, &caller("+4989555"), "118")[0].1, "1234118");
}

/// The linter tells which rules it does not see through, and still asks them.
#[test]
fn the_linter_tells_of_patterns_of_other_engines() {
    let mut configuration = with_other_engines();
    let service = NormalizationRule::new("Service", r"^(11\d+)(?<!119)$", "$1");
    let rules = &mut configuration.dial_plans[0].normalization_rules;
    rules.insert(0, service);
    let told = |configuration: &VoiceConfiguration| {
        let findings = configuration.lint().into_iter().map(|of| of.to_string());
        findings.collect::<Vec<String>>()
    };
    let found = told(&configuration);
    for expected in [
        "rule 1 \"Service\" of the dial plan Global: unsupported construct at offset 8 of the pattern: another engine \
         matches it, and it is not compared with others",
        "voice route \"Cheap\": unsupported construct at offset 5 of the pattern: another engine matches it, and it is not \
         compared with others",
    ] {
        assert!(found.iter().any(|told| told == expected), "{found:#?}");
    }
    assert!(
        !found.iter().any(|told| told.contains("service number")),
        "{found:#?}"
    );
}
