use std::string::{String, ToString};
use std::vec::Vec;

use crate::{
    CountryCode, DialString, EmergencyNumber, Finding, LocationPolicy, NationalPlan,
    NormalizationRule, Normalized, Number, Plan, PlanError, Refusal, RuleId, SERVICE_NUMBERS,
};

type Munich = Plan<[NormalizationRule; 0], [EmergencyNumber; 2]>;

fn munich() -> Munich {
    let main_number = Number::parse("+49891234").expect("a main number");
    let plan = Plan::german("89").expect("Munich");
    plan.with_extensions(main_number, 3).expect("extensions")
}

fn rule(pattern: &str, translation: &str) -> NormalizationRule {
    NormalizationRule::new(pattern, translation).expect(pattern)
}

fn dialled(text: &str) -> DialString {
    DialString::parse(text).expect(text)
}

/// `E <number>`, `S <code>`, `! <emergency>` or the reason.
fn outcome<R, E>(plan: &Plan<R, E>, text: &str) -> String
where
    R: AsRef<[NormalizationRule]>,
    E: AsRef<[EmergencyNumber]>,
{
    let normalized = plan.normalize(&dialled(text));
    let kind = match normalized {
        Ok(Normalized::E164(_)) => "E ",
        Ok(Normalized::ShortCode(_)) => "S ",
        Ok(Normalized::Emergency(_)) => "! ",
        Err(reason) => return reason.to_string(),
    };
    kind.to_string() + &normalized.expect("a number").to_string()
}

const MAIN: Number = match Number::parse("+49891234") {
    Ok(number) => number,
    Err(_) => panic!(),
};

static OWN: [NormalizationRule; 2] = [
    NormalizationRule::fixed(r"^8(\d{4})$", "+4930555$1"),
    NormalizationRule::fixed(r"^(?!7[89])7([1-5]|9\d)(\d+?)$", "+49404$1$2"),
];

/// Made by the compiler.
static FIXED: Plan<&[NormalizationRule], &[EmergencyNumber]> =
    Plan::fixed(&NationalPlan::GERMANY, "089", Some((MAIN, 3)), &OWN);

#[test]
fn a_plan_that_the_compiler_makes_is_the_same() {
    let rules = [
        rule(r"^8(\d{4})$", "+4930555$1"),
        rule(r"^(?!7[89])7([1-5]|9\d)(\d+?)$", "+49404$1$2"),
    ];
    assert_eq!(OWN, rules);
    let plan = munich().with_rules(&rules[..]);
    let table = include_str!("../../../tests/vectors/plans/germany.tsv");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    let texts = rows.filter_map(|row| Some(row.split_once('\t')?.0));
    for text in texts.chain(["80100", "7123", "7912", "7812", "118", "999", "115"]) {
        let dialled = dialled(text);
        assert_eq!(FIXED.explain(&dialled), plan.explain(&dialled), "{text}");
    }
    assert_eq!(FIXED.lint().count(), 0);
    let other = Plan::fixed(&NationalPlan::AUSTRIA, "1", None, &[]);
    assert_eq!(outcome(&other, "4000"), "E +4314000");
}

#[test]
#[should_panic = "no area code of the country"]
fn a_plan_for_no_area_is_not_made() {
    _ = Plan::fixed(&NationalPlan::GERMANY, "1", None, &[]);
}

#[test]
#[should_panic = "extensions of a length that the main number has no room for"]
fn a_plan_with_extensions_that_are_too_long_is_not_made() {
    _ = Plan::fixed(&NationalPlan::GERMANY, "89", Some((MAIN, 8)), &[]);
}

const NO_RULE: &str = "no rule of the dial plan covers the number";

/// P000-35: common dialling habits, P000-36: the service lane, P000-42: emergency calls.
#[test]
fn p000_35_p000_36_p000_42_the_german_plan() {
    let table = include_str!("../../../tests/vectors/plans/germany.tsv");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    for (text, expected) in rows.map(|row| row.split_once('\t').expect(row)) {
        let outcome = outcome(&munich(), text);
        if expected == "-" {
            assert!(
                outcome.contains(' ') && !outcome.starts_with(['E', 'S', '!']),
                "{text}: {outcome}"
            );
        } else {
            assert_eq!(outcome, expected, "{text}");
        }
    }
    for (text, expected) in [
        ("01013089123456", NO_RULE),
        ("*21#", NO_RULE),
        (
            "+491234567890123456",
            "more than 15 digits behind the plus sign are no E.164 number",
        ),
    ] {
        assert_eq!(outcome(&munich(), text), expected, "{text}");
    }
}

/// P000-35: without a main number three digits are no extension; the area code is a parameter.
#[test]
fn p000_35_area_codes_and_extensions() {
    let plan = Plan::german("02103").expect("Hilden");
    assert_eq!(outcome(&plan, "840798"), "E +492103840798");
    assert_eq!(outcome(&plan, "118"), "S 118");
    assert_eq!(outcome(&plan, "899"), "E +492103899");
    for area in [
        "", "0", "8", "1", "08", "11", "012", "189", "234567", "8a", "+49", "00289",
    ] {
        assert_eq!(
            Plan::german(area).err(),
            Some(PlanError::AreaCode),
            "{area}"
        );
    }
    let main = Number::parse("+498912345").expect("a main number");
    for digits in [0, 7, 9, usize::MAX] {
        let error = plan.with_extensions(main, digits).err();
        assert_eq!(error, Some(PlanError::ExtensionLength), "{digits}");
    }
    for (digits, extension) in [(1, "7"), (2, "71"), (4, "7118"), (5, "71182")] {
        let plan = plan.with_extensions(main, digits).expect("extensions");
        let expected = std::format!("E +498912345{extension}");
        assert_eq!(outcome(&plan, extension), expected);
    }
}

/// P000-36: no rule of the owner gets hold of a service number, and none makes one E.164.
#[test]
fn p000_36_service_numbers_are_safe_from_rules() {
    let greedy = [rule(r"^0?(\d+)$", "+49$1")];
    let plan = munich().with_rules(greedy);
    for number in SERVICE_NUMBERS {
        for prefix in ["", "0", "+49", "0049"] {
            let text = std::format!("{prefix}{number}");
            assert!(
                outcome(&plan, &text).ends_with(&std::format!(" {number}")),
                "{text}"
            );
        }
    }
    assert_eq!(
        outcome(&plan, "1191"),
        "own rule 1 turns a service number into +491191"
    );
    assert_eq!(outcome(&plan, "0891234"), "E +49891234");
    assert_eq!(
        plan.normalize(&dialled("+498912")).map(|n| n.to_string()),
        Ok("+498912".into())
    );

    // the same rule in a plan that knows nothing but the country
    let bare = Plan::new(CountryCode::GERMANY).with_rules(greedy);
    for number in SERVICE_NUMBERS {
        let refused = Refusal::ServiceNumber {
            rule: RuleId::Own(0),
            number: Number::parse(&std::format!("+49{number}")).expect("a number"),
        };
        assert_eq!(bare.normalize(&dialled(number)), Err(refused), "{number}");
    }
}

/// P000-36, P000-42: an emergency call is known in every dress, whatever the rules of the owner do.
#[test]
fn p000_42_emergency_calls_are_never_missed() {
    let careless = [rule(r"^9(\d+)$", "+49$1"), rule(r"^(.*)$", "+49891")];
    for plan in [
        munich().with_rules([careless[1], careless[0]]),
        munich().with_rules(careless),
    ] {
        for number in ["110", "112"] {
            for prefix in [
                "", "0", "00", "+", "+49", "+49 (0)", "+490", "0049", "00490",
            ] {
                for suffix in ["", "#", ";ext=1", ";phone-context=+49"] {
                    let text = std::format!("{prefix}{number}{suffix}");
                    assert_eq!(outcome(&plan, &text), std::format!("! {number}"), "{text}");
                }
            }
        }
    }
    // The access prefix of the exchange, taken off by a rule that puts the country before the rest.
    let plan = munich().with_rules(careless);
    assert_eq!(outcome(&plan, "9112"), "! 112");
    assert_eq!(
        outcome(&plan, "9115"),
        "own rule 1 turns a service number into +49115"
    );
}

/// P000-24: the location policy comes before the plan, with strings and masks.
#[test]
fn p000_24_the_location_policy_comes_first() {
    let numbers = [
        EmergencyNumber::new("999").expect("a number"),
        EmergencyNumber::with_mask("911", "999").expect("a mask"),
    ];
    let britain = CountryCode::new(44).expect("a code");
    let plan = Plan::new(britain)
        .with_rules(Vec::from([rule(r"^0?(\d+)$", "+44$1")]))
        .with_location_policy(LocationPolicy::new(Vec::from(numbers)));
    assert_eq!(outcome(&plan, "999"), "! 999");
    assert_eq!(outcome(&plan, "911"), "! 999");
    // Nobody has +44999: whoever gets there by a rule means the emergency number.
    assert_eq!(outcome(&plan, "0999"), "! 999");
    assert_eq!(outcome(&plan, "0911"), "! 999");
    assert_eq!(outcome(&plan, "02012345678"), "E +442012345678");
    assert_eq!(outcome(&plan, "0112345678"), "E +44112345678"); // Britain has no lane at 11
    assert!(
        plan.normalize(&dialled("911"))
            .is_ok_and(|called| called.is_emergency())
    );
    assert!(
        plan.normalize(&dialled("0201234"))
            .is_ok_and(|called| !called.is_emergency())
    );
    let [_, masked] = plan.location_policy().numbers() else {
        panic!("two numbers");
    };
    assert_eq!(
        (masked.mask().as_str(), masked.dial_string().as_str()),
        ("911", "999")
    );
    assert!(plan.lint().next().is_none());

    // a German plan whose owner names other emergency numbers
    let other = [EmergencyNumber::new("19222").expect("a number")];
    let plan = munich().with_location_policy(LocationPolicy::german(other));
    assert_eq!(outcome(&plan, "019222"), "! 19222");
    assert_eq!(outcome(&plan, "110"), "S 110"); // never +49110
    let missing: Vec<Finding> = plan.lint().collect();
    let none = |number| Finding::NoEmergencyNumber { number };
    assert_eq!(missing, [none("110"), none("112")]);
}

/// Whoever wrote a plan is told what decides, and what a rule yields that is no number.
#[test]
fn decisions_and_refusals_name_the_rule() {
    let rules = [
        rule(r"^8(\d{3})$", "+49891234$1"),
        rule(r"^7(\d+)$", "+0$1"),
        rule(r"^6(\d)$", "$2"),
    ];
    let plan = munich().with_rules(rules);
    let told = |text: &str| match plan.explain(&dialled(text)) {
        Ok(decision) => decision.to_string(),
        Err(refusal) => refusal.to_string(),
    };
    for (text, expected) in [
        ("0112", "the emergency numbers of the location make it 112"),
        ("8118", "own rule 1 makes it +49891234118"),
        ("115", "the rule for service numbers makes it 115"),
        ("0891234", "reference rule 4 makes it +49891234"),
        (
            "700",
            "own rule 2 yields no E.164 number but +000: 0 as the first digit at offset 1",
        ),
        (
            "+4989123456789012",
            "more than 15 digits behind the plus sign are no E.164 number",
        ),
        ("*99", NO_RULE),
    ] {
        assert_eq!(told(text), expected);
    }
    let decision = plan.explain(&dialled("8118")).expect("a number");
    assert_eq!(decision.by, crate::DecidedBy::Rule(RuleId::Own(0)));
    assert_eq!(plan.normalize(&dialled("8118")), Ok(decision.normalized));
}

/// A group that is not there stands as text in what is dialled, in plans for any country.
#[test]
fn the_linter_knows_the_groups_of_a_pattern() {
    let rules = [
        rule(r"^6(\d)$", "+43$1"),
        rule(r"^7(\d)$", "+43$1${12}"),
        rule(r"^8(\d)$", "$$2$1$0$&"),
        rule(r"^9\d$", "$1"),
    ];
    let switzerland = CountryCode::new(41).expect("a code");
    let plan = Plan::new(switzerland).with_rules(rules);
    let group = |rule, group| Finding::GroupNotInPattern {
        rule: RuleId::Own(rule),
        group,
    };
    let found: Vec<Finding> = plan.lint().collect();
    assert_eq!(found, [group(1, 12), group(3, 1)]);
    assert_eq!(
        found[1].to_string(),
        "own rule 4 names $1, a group that its pattern has not"
    );
}

/// P000-36: a plan for +49 without a rule for numbers that begin with 11 is found out.
#[test]
fn p000_36_the_linter_misses_the_service_lane() {
    assert_eq!(munich().lint().next(), None);
    let normal = rule(r"^0(\d+)$", "+49$1");
    let bare = || Plan::new(CountryCode::GERMANY).with_location_policy(*munich().location_policy());
    let uncovered = bare().with_rules([normal]);
    let numbers = SERVICE_NUMBERS.map(|number| Finding::ServiceNumberUncovered { number });
    assert!(uncovered.lint().eq(numbers));
    assert_eq!(
        numbers[2].to_string(),
        "no rule covers the service number 115"
    );

    let covered = bare().with_rules([rule(r"^(11\d*)$", "$1"), normal]);
    assert_eq!(covered.lint().next(), None);
    assert_eq!(outcome(&covered, "115"), "S 115");

    let rewritten = bare().with_rules([
        normal,
        rule(r"^(\d{5,})$", "+4989$1"),
        rule(r"^(11\d)$", "$1"),
    ]);
    let number = |number| Finding::ServiceNumberRewritten {
        number,
        rule: RuleId::Own(1),
    };
    assert!(rewritten.lint().eq([number("116117"), number("11833")]));
    assert_eq!(
        number("11833").to_string(),
        "own rule 2 turns the service number 11833 into E.164"
    );
}

#[test]
fn rules_of_the_owner_come_before_the_reference() {
    let own = [
        rule(r"^8(\d{3})$", "+49891234$1"),
        rule(r"^\*(\d+)$", "*$1"),
        rule("^7000$", "+0"),
        rule("^7001$", "+49"),
        rule("^7002$", "+49(x)"),
        rule("^7003(x?)$", "$1"),
        rule("^7004$", "7777"),
        rule(r"^9(\d+)$", "$1"), // an access prefix
    ];
    let plan = munich().with_rules(own);
    assert_eq!(outcome(&plan, "8118"), "E +49891234118");
    assert_eq!(outcome(&plan, "*21"), "S *21");
    assert_eq!(outcome(&plan, "7004"), "S 7777");
    assert_eq!(outcome(&plan, "9112"), "! 112");
    assert_eq!(outcome(&plan, "90110"), "! 110");
    assert_eq!(outcome(&plan, "9115"), "S 115");
    assert_eq!(
        outcome(&plan, "7000"),
        "own rule 3 yields no E.164 number but +0: 0 as the first digit at offset 1"
    );
    assert_eq!(
        outcome(&plan, "7001"),
        "own rule 4 yields no E.164 number but +49: too few digits at offset 3"
    );
    assert_eq!(
        outcome(&plan, "7002"),
        "own rule 5 yields no E.164 number but +49(x): not a digit at offset 3"
    );
    assert_eq!(
        outcome(&plan, "7003"),
        "own rule 6 yields no number: nothing was dialled at offset 0"
    );
    let rule_of = |text| plan.matching_rule(&dialled(text)).map(|(rule, _)| rule);
    assert_eq!(rule_of("115"), Some(RuleId::Service));
    assert_eq!(rule_of("8118"), Some(RuleId::Own(0)));
    assert_eq!(rule_of("118"), Some(RuleId::Extension));
    assert_eq!(rule_of("1191"), Some(RuleId::Reference(0)));
    assert_eq!(rule_of("0891234"), Some(RuleId::Reference(3)));
    assert_eq!(rule_of("#"), None);
}
