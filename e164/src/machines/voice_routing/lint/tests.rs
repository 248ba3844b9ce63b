use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use crate::config::{
    DialPlan, EmergencyNumber, LocationPolicy, NormalizationRule, OutboundTranslationRule, Scope,
    TrunkConfiguration, VoiceConfiguration, VoicePolicy, VoiceRoute,
};

fn plan(rules: &[(&str, &str)]) -> DialPlan {
    let mut plan = DialPlan::new(Scope::Global);
    let rules = rules.iter().enumerate();
    plan.normalization_rules = rules
        .map(|(index, (pattern, translation))| {
            NormalizationRule::new(std::format!("{}", index + 1), *pattern, *translation)
        })
        .collect();
    plan
}

fn told(configuration: &VoiceConfiguration) -> Vec<String> {
    let findings = configuration.lint();
    findings.iter().map(ToString::to_string).collect()
}

fn told_of(rules: &[(&str, &str)]) -> Vec<String> {
    told(&VoiceConfiguration {
        dial_plans: vec![plan(rules)],
        ..VoiceConfiguration::default()
    })
}

/// F002-137: mistakes of the field are told with the rule, an example and advice; a sound plan has none.
#[test]
fn f002_137_mistakes_in_plans_are_told() {
    let sound = [
        (r"^(11\d+)$", "$1"),
        (r"^0([2-9]\d+)$", "+49$1"),
        (r"^00([1-9]\d+)$", "+$1"),
    ];
    assert_eq!(told_of(&sound), [""; 0]);
    let of = |rule: &str| std::format!("rule {rule} \"{rule}\" of the dial plan Global: ");
    for (rule, expected) in [
        (
            (r"^\+3190\d{5,8}|8[47]\d{7}$", "$0"),
            "the bar at offset 14 leaves an alternative without ^ or $: put all of them into parentheses",
        ),
        (
            (r"^0[1,2]\d$", "*$0"),
            "',' at offset 4 is a member of the class, whose members need nothing between them",
        ),
        (
            ("^(d{11})$", "+$1"),
            r"the letter d at offset 2: digits are \d",
        ),
        (
            (r"^0049$|^0(3\d+)$", "+49$1"),
            "rule 2 covers all its numbers, for instance 032: put it before, or remove it",
        ),
        (
            (r"^0(89\d{3,})$", "+4989840$1"),
            "rule 2 covers all its numbers, for instance 089222: put it before, or remove it",
        ),
        (
            (r"^1(\d{10})$", "+$1"),
            "makes +2145550100 of 12145550100, which is no E.164 number: see what the group leaves out",
        ),
        (
            (r"^#(\d)$", "$2"),
            "names $2, a group that the pattern has not: add parentheses, or mend the translation",
        ),
        (
            ("^(", "$0"),
            "group not closed at offset 1 of the pattern: it is left out",
        ),
    ] {
        let mut rules = Vec::from(sound);
        rules.push(rule);
        let found = told_of(&rules);
        let expected = of("4") + expected;
        if rule.0.contains("0049$") {
            // the rule covers `0049` as well, and is not shadowed
            assert!(!found.contains(&expected), "{found:?}");
        } else {
            assert!(found.contains(&expected), "{found:?}");
        }
    }
}

/// P000-36: a plan for +49 without a rule for numbers that begin with 11, and one that makes numbers of them.
#[test]
fn p000_36_a_plan_needs_a_rule_for_the_service_lane() {
    let found = told_of(&[(r"^0(\d+)$", "+49$1")]);
    for number in ["115", "116117", "11833"] {
        let expected = std::format!(
            "dial plan Global: no rule covers the service number {number}: add one that leaves it as it is"
        );
        assert!(found.contains(&expected), "{found:?}");
    }
    assert_eq!(found.len(), 3);
    let found = told_of(&[(r"^(\d+)$", "+49$1")]);
    let of = "rule 1 \"1\" of the dial plan Global: ";
    for expected in [
        "makes +49115 of the service number 115, which is refused: put a rule that leaves it as it is before",
        "would make +49110 of the emergency number 110, which is called instead: choose other numbers",
    ] {
        let expected = std::format!("{of}{expected}");
        assert!(found.contains(&expected), "{found:?}");
    }
    let mut swiss = plan(&[(r"^0(\d+)$", "+41$1")]);
    swiss.country_code = crate::CountryCode::new(41);
    let configuration = VoiceConfiguration {
        dial_plans: vec![swiss],
        ..VoiceConfiguration::default()
    };
    assert_eq!(told(&configuration), [""; 0]);
}

#[test]
fn usages_routes_and_emergency_numbers_that_lead_nowhere_are_told() {
    let mut policy = LocationPolicy::new(Scope::Global, "112", Some("911"));
    policy.emergency_numbers = vec![EmergencyNumber::default(), EmergencyNumber::default()];
    policy.emergency_numbers[0].dial_string = "110".into();
    policy.emergency_numbers[0].dial_mask = Some("911".into());
    policy.emergency_numbers[1].dial_string = "113".into();
    policy.pstn_usage = Some("emergency".into());
    let mut trunk = TrunkConfiguration::new(Scope::Global);
    let rules = &mut trunk.outbound_calling_number_translation_rules_list;
    rules.push(OutboundTranslationRule::new("from", r"^\+(\d+)$", "$1"));
    rules.push(OutboundTranslationRule::new("never", r"^\+49(\d+)$", "0$1"));
    rules[1].priority = Some(1);
    rules[0].priority = Some(0);
    let configuration = VoiceConfiguration {
        pstn_usages: vec!["national".into(), "unused".into()],
        voice_policies: vec![VoicePolicy::new(Scope::Global, ["national", "abroad"])],
        voice_routes: vec![
            VoiceRoute::new("National", r"^\+?[1-9]", "National", ["gw"]),
            VoiceRoute::new("Local", "^1[2-9,]", "unused", [""; 0]),
        ],
        location_policies: vec![policy],
        trunk_configurations: vec![trunk],
        ..VoiceConfiguration::default()
    };
    assert_eq!(
        told(&configuration),
        [
            "rule 2 \"never\" of the callers' numbers in the trunk configuration Global: rule 1 covers all its numbers, for instance +492: put it before, or remove it",
            "voice policy Global: no route is of the usage \"abroad\": name it in a route, or remove it",
            "voice policy Global: the usage \"abroad\" is not among the PSTN usages: add it, or mend the name",
            "location policy Global: no route is of the usage \"emergency\": name it in a route, or remove it",
            "location policy Global: the usage \"emergency\" is not among the PSTN usages: add it, or mend the name",
            "voice route \"Local\": ',' at offset 6 is a member of the class, whose members need nothing between them",
            "voice route \"Local\": no policy has a usage of the route: no call takes it",
            "voice route \"Local\": the route leads to no trunk",
            "location policy Global: 911 is dialled for 112 and for 110: the first one is called",
        ]
    );
    let mut configuration = configuration;
    configuration.voice_routes[0].number_pattern = r"^\+".into();
    configuration.location_policies.truncate(0);
    let found = told(&configuration);
    for number in ["110", "112"] {
        let expected = std::format!(
            "voice policy Global: no route takes the emergency number {number}, for which all trunks are tried: add one"
        );
        assert!(found.contains(&expected), "{found:?}");
    }
}
