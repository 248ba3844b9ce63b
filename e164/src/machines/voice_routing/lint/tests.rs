use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use super::PartFinding;
use crate::config::{
    DialPlan, EmergencyNumber, LocationPolicy, NormalizationRule, OutboundTranslationRule,
    PstnGateway, Scope, ShortCode, TrunkConfiguration, VoiceConfiguration, VoicePolicy, VoiceRoute,
};
use crate::{NationalPlan, Part};

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
            "the bar at offset 14 leaves an alternative without ^ or $: put all of them into parentheses (as it stands, it \
             takes 2842222222)",
        ),
        (
            (r"^0[1,2]\d$", "*$0"),
            "',' at offset 4 is a member of the class, whose members need nothing between them (as it stands, it takes 0,2)",
        ),
        (
            (r"^\+?1312555888[2|3]$", "$0"),
            "'|' at offset 16 is a member of the class, whose members need nothing between them (as it stands, it takes \
             1312555888|)",
        ),
        (
            ("^(d{11})$", "+$1"),
            r"the letter d at offset 2: digits are \d (as it stands, it takes ddddddddddd)",
        ),
        (
            (r"0(8\d+)$", "+49$1"),
            "takes 2082 as well, since nothing holds it to the beginning: put ^ before it",
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
        pstn_usages: vec!["national".into(), "unused".into(), "forgotten".into()],
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
            "PSTN usage \"forgotten\": no route is of the usage \"forgotten\": name it in a route, or remove it",
            "voice route \"Local\": ',' at offset 6 is a member of the class, whose members need nothing between them (as it stands, it takes 1,)",
            "voice route \"Local\": no policy has a usage of the route, which none but emergency calls take: name one, or remove it",
            "voice route \"Local\": the route leads to no trunk: name one, or remove it",
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

/// A configuration in which one usage has these routes: name, pattern, priority.
fn routes(routes: &[(&str, &str, Option<u32>)]) -> VoiceConfiguration {
    let routes = routes.iter().map(|&(name, pattern, priority)| {
        let mut route = VoiceRoute::new(name, pattern, "all", [name]);
        route.priority = priority;
        route
    });
    let mut voice_routes: Vec<_> = routes.collect();
    voice_routes.push(VoiceRoute::new("Emergency", "^11[02]$", "sos", ["gw"]));
    VoiceConfiguration {
        voice_routes,
        voice_policies: vec![VoicePolicy::new(Scope::Global, ["all", "sos"])],
        ..VoiceConfiguration::default()
    }
}

/// F002-137: routes of one usage that come between each other, each with a number that both take.
#[test]
fn f002_137_routes_that_come_before_others_are_told() {
    let shadowed = |route: &str, by: &str, example: &str| {
        std::format!(
            "voice route {route:?}: in the usage \"all\" voice route {by:?} comes first and takes all its numbers, for \
             instance {example}: it is tried only where that one's trunks fail; put it before, or add its trunks there"
        )
    };
    let overlaps = |route: &str, with: &str, example: &str| {
        std::format!(
            "voice route {route:?}: in the usage \"all\" voice route {with:?} comes first and takes {example} as well: see \
             that this is meant, or narrow one of the patterns"
        )
    };
    for (of_usage, expected) in [
        // the narrower one first: so it is meant
        (
            &[
                ("Munich", r"^\+4989", None),
                ("Germany", r"^\+49", None),
                ("World", r"^\+", None),
            ][..],
            vec![],
        ),
        (
            &[("World", r"^\+", None), ("Munich", r"^\+4989", None)],
            vec![shadowed("Munich", "World", "+4989")],
        ),
        // the order is that of the priorities
        (
            &[("World", r"^\+", Some(2)), ("Munich", r"^\+4989", Some(1))],
            vec![],
        ),
        (
            &[("World", r"^\+", Some(2)), ("Munich", r"^\+4989", Some(2))],
            vec![shadowed("Munich", "World", "+4989")],
        ),
        // the same numbers, written in two ways
        (
            &[
                ("One", r"^\+49[1-9]\d{3}$", None),
                ("Other", r"^\+49([1-5]|[6-9])\d\d\d$", None),
            ],
            vec![shadowed("Other", "One", "+492222")],
        ),
        (
            &[
                ("Short", r"^\+49\d{2,6}$", None),
                ("Berlin", r"^\+4930\d+$", None),
            ],
            vec![overlaps("Berlin", "Short", "+49302")],
        ),
        // what is not all within one route is not called so
        (
            &[
                ("A", r"^\+4[0-4]", None),
                ("B", r"^\+4[5-9]", None),
                ("C", r"^\+4\d{3,}", None),
            ],
            vec![overlaps("C", "A", "+4222")],
        ),
        (
            &[
                ("A", r"^\+491", None),
                ("B", r"^\+492", None),
                ("C", "^1", None),
            ],
            vec![],
        ),
        (
            &[
                ("All", ".*", None),
                ("Again", "", None),
                ("Numbers", r"^\+", None),
            ],
            vec![
                shadowed("Again", "All", "2"),
                shadowed("Numbers", "All", "+"),
            ],
        ),
        // a pattern that looks ahead takes what it takes
        (
            &[
                ("Abroad", r"^\+(?!49)", None),
                ("Germany", r"^\+49", None),
                ("Vienna", r"^\+431", None),
            ],
            vec![overlaps("Vienna", "Abroad", "+431")],
        ),
    ] {
        let found = told(&routes(of_usage));
        assert_eq!(found, expected, "{of_usage:?}");
    }
}

/// Routes that have no usage in common do not come between each other; those that have several are compared once.
#[test]
fn routes_are_compared_within_a_usage() {
    let mut configuration = routes(&[("A", r"^\+", None), ("B", r"^\+", None)]);
    assert_eq!(told(&configuration).len(), 1);
    let more = ["One", "Two"].map(Into::into);
    for route in &mut configuration.voice_routes[..2] {
        route.pstn_usages.extend(more.clone());
    }
    configuration.voice_policies[0].pstn_usages.extend(more);
    assert_eq!(told(&configuration).len(), 1);
    configuration.voice_routes[1].pstn_usages = vec!["sos".into()];
    assert_eq!(told(&configuration), [""; 0]);
    // in any case
    configuration.voice_routes[1].pstn_usages = vec!["ALL".into()];
    assert_eq!(told(&configuration).len(), 1);
}

/// What is told to be taken by two routes is taken by both.
#[test]
fn examples_of_routes_match_both() {
    let patterns = [
        r"^\+49(89|30)\d+$",
        r"^\+4989",
        r"^\+[1-9]",
        ".*",
        r"^\+49.{3}$",
        "^1",
        "^11[02]$",
        r"0\d$",
        r"^\+(?!49)\d",
        r"^\+49(?=30)\d+",
        "^$",
        "(",
        r"^\+4930\d{3,5}$",
        "5",
        r"^(\+|00)49",
    ];
    let names: Vec<String> = (0..patterns.len()).map(|index| index.to_string()).collect();
    let of_usage: Vec<_> = names
        .iter()
        .zip(patterns)
        .map(|(name, pattern)| (&**name, pattern, None))
        .collect();
    let configuration = routes(&of_usage);
    let mut count = 0;
    for found in configuration.lint() {
        let (other, example) = match found.finding {
            PartFinding::RouteShadowed { by, example, .. } => (by, example),
            PartFinding::RouteOverlaps { with, example, .. } => (with, example),
            _ => continue,
        };
        for part in [found.part, other] {
            let Part::VoiceRoute { index, .. } = part else {
                panic!("{part}")
            };
            let pattern = &configuration.voice_routes[index].number_pattern;
            let rule = crate::NormalizationRule::new(pattern, "").unwrap();
            assert!(rule.is_match(&example), "{pattern} {example}");
        }
        count += 1;
    }
    assert!(count >= 7, "{count}");
}

/// Numbers that a pattern takes in their middle; and gateways that are named in one place only.
#[test]
fn open_patterns_and_forgotten_gateways_are_told() {
    let mut configuration = routes(&[("Open", "112", None)]);
    let route = &mut configuration.voice_routes[0];
    route.caller_id_pattern = Some(r"89\d*$|^\+4930".into());
    route.alternate_caller_id = Some("+4989".into());
    configuration.pstn_gateways = vec![
        PstnGateway::new("open", "Munich"),
        PstnGateway::new("spare", "Munich"),
    ];
    let configurations = ["spare", "Old", "GW"].map(|name| {
        let identity = Scope::PstnGateway(name.into());
        TrunkConfiguration::new(identity)
    });
    configuration.trunk_configurations = configurations.into();
    assert_eq!(
        told(&configuration),
        [
            "voice route \"Open\": takes 2112 as well, since nothing holds it to the beginning: put ^ before it",
            "caller ID pattern of the voice route \"Open\": takes 289 as well, since nothing holds it to the beginning: put ^ before it",
            "voice route \"Emergency\": the gateway \"gw\" is not among the gateways: add it, or mend the name",
            "gateway \"spare\": no route leads to the trunk: name it in one, or remove it",
            "trunk configuration PstnGateway:Old: no route leads to the trunk: name it in one, or remove it",
        ]
    );
    configuration.voice_routes[0].caller_id_pattern = None;
    // of what stands between parentheses the pattern is held all the same
    for pattern in ["(^112$)", "^(1|2)", ".*", "", r"(\+49)?^1", r"\+49\d+"] {
        configuration.voice_routes[0].number_pattern = pattern.into();
        let found = told(&configuration);
        assert!(
            !found.iter().any(|told| told.contains("nothing holds it")),
            "{found:?}"
        );
    }
}

/// The emergency numbers of every country in which somebody dials.
#[test]
fn emergency_numbers_of_all_countries_have_routes() {
    let mut configuration = routes(&[("World", r"^\+", None)]);
    let mut austrian = DialPlan::new(Scope::Tag("Vienna".into()));
    austrian.country_code = Some(crate::CountryCode::AUSTRIA);
    configuration.dial_plans.push(austrian);
    let found = told(&configuration);
    for number in ["122", "133", "144"] {
        let expected = std::format!(
            "dial plan Tag:Vienna: no route takes the emergency number {number}, for which all trunks are tried: add one"
        );
        assert!(found.contains(&expected), "{found:?}");
    }
    assert!(
        !found.iter().any(|told| told.contains("number 112")),
        "{found:?}"
    );
}

/// Many routes with patterns that are costly to compare take bounded work, which is told where it ends.
#[test]
fn hostile_routes_take_bounded_work() {
    let mut all = Vec::new();
    for index in 0..100 {
        let pattern = std::format!(r"(1|2|3)*\d{{0,30}}{index}\d{{0,20}}$");
        let mut route = VoiceRoute::new(index.to_string(), pattern, "all", ["gw"]);
        route
            .pstn_usages
            .extend((0..50).map(|usage| usage.to_string()));
        all.push(route);
    }
    let mut all_slips = String::from("^[");
    all_slips.extend(core::iter::repeat_n("1,", 500));
    all_slips.push_str("]$");
    for pattern in [all_slips, std::format!("[{}", ",".repeat(1 << 20))] {
        all.push(VoiceRoute::new("slips", pattern, "slips", ["gw"]));
    }
    let configuration = VoiceConfiguration {
        voice_routes: all,
        ..VoiceConfiguration::default()
    };
    let findings = configuration.lint();
    // each of one pattern, and none of the one that is too long
    let slips = findings
        .iter()
        .filter(|found| matches!(found.finding, PartFinding::Slip { .. }));
    assert_eq!(slips.count(), 500);
    let unfinished = findings.iter().filter(|found| {
        matches!(
            found.finding,
            PartFinding::Rule(crate::RuleFinding::Unfinished)
        )
    });
    assert_eq!(unfinished.count(), 1);
}

/// F002-137: emergency numbers of a location that a rule or a short code has as well.
#[test]
fn f002_137_ambiguous_emergency_numbers_are_told() {
    let mut configuration = routes(&[("All", r"^\+", None)]);
    let rules = [(r"^(11\d+)$", "$1"), (r"^(\d{3})$", "+4989123$1")];
    configuration.dial_plans.push(plan(&rules));
    let policy = LocationPolicy::new(Scope::Tag("Fair".into()), "112", Some("911;0112"));
    configuration.location_policies = vec![policy];
    configuration.short_codes = vec![
        ShortCode::new("*21", "Busy"),
        ShortCode::new("911", "Away"),
        ShortCode::new("0110", "Away"),
    ];
    assert_eq!(
        told(&configuration),
        [
            "rule 2 \"2\" of the dial plan Global: rule 1 covers 112 as well and makes 112 of it instead of +4989123112: see \
             that this is meant, or narrow one of the patterns",
            "rule 2 \"2\" of the dial plan Global: would make +4989123911 of the emergency number 911, which is called \
             instead: choose other numbers",
            "short code \"911\": the emergency number 112 is called instead: choose another code",
            "short code \"0110\": the emergency number 110 is called instead: choose another code",
        ]
    );
}

/// The reference plans, and extensions before their own, are as they should be.
#[test]
fn reference_plans_have_no_findings() {
    for (national, area) in [
        (&NationalPlan::GERMANY, "89"),
        (&NationalPlan::AUSTRIA, "1"),
    ] {
        let mut reference = DialPlan::national(Scope::Global, national, area).unwrap();
        let extension = NormalizationRule::new("Extensions", r"^([2-8]\d{2})$", "+4989123$1");
        reference.normalization_rules.insert(1, extension);
        let configuration = VoiceConfiguration {
            dial_plans: vec![reference],
            country_code: national.country_code,
            ..VoiceConfiguration::default()
        };
        assert_eq!(told(&configuration), [""; 0]);
    }
}
