//! The reference plans of the crate: their tables, and what none of them may ever do.

use trunkline_e164::{
    CountryCode, DialString, EmergencyNumber, Finding, LocationPolicy, NationalPlan,
    NormalizationRule, Normalized, Number, Plan, PlanError, Refusal, SERVICE_NUMBERS,
};

/// Each plan, with area codes of it.
const PLANS: [(&NationalPlan, &[&str]); 2] = [
    (&NationalPlan::GERMANY, &["89", "030", "2103"]),
    (&NationalPlan::AUSTRIA, &["1", "01", "316", "4242"]),
];

fn dialled(text: &str) -> DialString {
    DialString::parse(text).expect(text)
}

/// `E <number>`, `S <code>`, `! <emergency>`, or `-`.
fn outcome(normalized: Result<Normalized, Refusal>) -> String {
    match normalized {
        Ok(Normalized::E164(number)) => format!("E {number}"),
        Ok(Normalized::ShortCode(code)) => format!("S {code}"),
        Ok(Normalized::Emergency(number)) => format!("! {number}"),
        _ => "-".into(),
    }
}

#[test]
fn the_austrian_plan() {
    let main_number = Number::parse("+4315551234").unwrap();
    let plan = Plan::national(&NationalPlan::AUSTRIA, "01").unwrap();
    let plan = plan.with_extensions(main_number, 2).unwrap();
    let table = include_str!("vectors/plans/austria.tsv");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    for (text, expected) in rows.map(|row| row.split_once('\t').expect(row)) {
        assert_eq!(outcome(plan.normalize(&dialled(text))), expected, "{text}");
    }
    assert_eq!(plan.lint().collect::<Vec<_>>(), []);
}

/// 110, 112, 115, 116117, 11833 and the numbers of the country, as they stand, behind access prefixes, and dressed up
/// as national and international numbers: in no plan do they get a country code.
#[test]
fn emergency_and_service_numbers_never_get_a_country_code() {
    for (national, areas) in PLANS {
        let code = national.country_code.get();
        let emergencies: Vec<&str> = national
            .emergency_numbers
            .iter()
            .map(|number| number.mask().as_str())
            .collect();
        let numbers = SERVICE_NUMBERS
            .iter()
            .chain(national.service_numbers)
            .chain(&emergencies);
        for number in numbers {
            for prefix in [
                "",
                "0",
                "+",
                "00",
                &format!("+{code}"),
                &format!("+{code}0"),
                &format!("00{code}"),
                &format!("00{code}0"),
            ] {
                for area in areas {
                    let plan = Plan::national(national, area).unwrap();
                    let text = [prefix, number].concat();
                    let normalized = plan.normalize(&dialled(&text));
                    let is_emergency = emergencies.contains(number);
                    match normalized {
                        Ok(normalized) => {
                            assert_eq!(normalized.to_string(), *number, "{text} in {area}");
                            assert_eq!(normalized.is_emergency(), is_emergency, "{text}");
                        }
                        // `+115` is no number at all
                        Err(refusal) => {
                            assert!(
                                !is_emergency && matches!(prefix, "+" | "00"),
                                "{text} in {area}: {refusal}"
                            );
                        }
                    }
                }
            }
        }
    }
}

/// Whatever rule the owner adds.
#[test]
fn no_rule_gives_them_a_country_code() {
    for (national, areas) in PLANS {
        let code = national.country_code;
        let rules = [
            NormalizationRule::new(r"^(\d+)$", &format!("+{code}$1")).unwrap(),
            NormalizationRule::new(r"^0(\d+)$", &format!("+{code}$1")).unwrap(),
        ];
        let bare = Plan::new(code).with_rules(rules);
        let own = Plan::national(national, areas[0])
            .unwrap()
            .with_rules(rules);
        for number in national.service_numbers {
            for text in [number.to_string(), format!("0{number}")] {
                let normalized = own.normalize(&dialled(&text)).unwrap();
                assert_eq!(normalized.to_string(), *number, "{text}");
            }
            let refusal = bare.normalize(&dialled(number)).unwrap_err();
            assert!(
                matches!(refusal, Refusal::ServiceNumber { .. }),
                "{number}: {refusal}"
            );
        }
        let missing = bare
            .lint()
            .filter(|finding| matches!(finding, Finding::NoEmergencyNumber { .. }));
        assert_eq!(missing.count(), national.emergency_numbers.len());
    }
}

#[test]
fn area_codes_are_those_of_the_country() {
    for area in ["", "0", "8", "12", "31", "80", "12345", "3a6"] {
        let plan = Plan::national(&NationalPlan::AUSTRIA, area);
        assert_eq!(plan.err(), Some(PlanError::AreaCode), "{area}");
    }
    assert!(NationalPlan::of(CountryCode::AUSTRIA).is_some());
    assert!(NationalPlan::of(CountryCode::new(41).unwrap()).is_none());
}

/// A country of one's own is data too, and its mistakes are told.
#[test]
fn plans_of_ones_own_are_held_to_the_same() {
    static SWISS: NationalPlan = NationalPlan {
        country_code: CountryCode::new(41).unwrap(),
        emergency_numbers: &[
            EmergencyNumber::of_digits(b"112"),
            EmergencyNumber::of_digits(b"117"),
        ],
        emergency_prefixes: &[b"0", b"+41"],
        service_numbers: &["112", "117", "1414", "1811"],
        no_numbers: &[("1", 5)],
        service: (r"^0?(11[27]|1414|18\d\d)$", "$1"),
        area_code: r"^[2-9]\d$",
        rules: &[(r"^0([2-9]\d{8})$", "+41$1")],
    };
    let plan = Plan::national(&SWISS, "044").unwrap();
    assert_eq!(
        outcome(plan.normalize(&dialled("044 123 45 67"))),
        "E +41441234567"
    );
    assert_eq!(outcome(plan.normalize(&dialled("0117"))), "! 117");
    assert_eq!(outcome(plan.normalize(&dialled("01811"))), "S 1811");
    assert_eq!(plan.lint().count(), 0);
    let wrong = NormalizationRule::new(r"^(1\d*)$", "+41$1").unwrap();
    let plan = plan.with_rules([wrong]);
    assert!(matches!(
        plan.normalize(&dialled("1600")),
        Err(Refusal::ServiceNumber { .. })
    ));
    let plan = plan.with_location_policy(LocationPolicy::new([]));
    assert_eq!(plan.lint().count(), 2);

    static BROKEN: NationalPlan = NationalPlan {
        rules: &[("^(", "$1")],
        ..SWISS_COPY
    };
    const SWISS_COPY: NationalPlan = NationalPlan::AUSTRIA;
    assert_eq!(
        Plan::national(&BROKEN, "1").err(),
        Some(PlanError::ReferenceRule)
    );
}

/// As rules of a voice configuration the plans decide as they do on their own; behind any external access prefix, too, emergency
/// and service numbers stay what they are.
#[cfg(feature = "alloc")]
#[test]
fn p000_36_bundled_plans_in_a_voice_configuration() {
    use trunkline_e164::config::{DialPlan, Scope, VoiceConfiguration, VoicePolicy, VoiceRoute};
    use trunkline_e164::{Caller, VoiceRouting};

    for (national, areas) in PLANS {
        for (area, prefix) in areas.iter().zip(["0", "9", "*1#", "7"]) {
            let own = Plan::national(national, area).unwrap();
            let mut plan = DialPlan::national(Scope::Global, national, area).unwrap();
            plan.external_access_prefix = Some(prefix.into());
            plan.optimize_device_dialing = prefix != "0";
            let mut configuration = VoiceConfiguration::default();
            configuration.dial_plans = vec![plan];
            configuration.voice_policies = vec![VoicePolicy::new(Scope::Global, ["all"])];
            configuration.voice_routes = vec![VoiceRoute::new("all", ".*", "all", ["gw"])];
            let routing = VoiceRouting::new(&configuration).unwrap();
            let called = |text: &str| {
                let destination = routing.route(&Caller::default(), &dialled(text));
                let call = destination.ok()?.call().unwrap();
                let attempt = call.attempts().next().unwrap();
                Some((attempt.called.to_string(), call.is_emergency()))
            };
            let services = national.service_numbers.iter().copied();
            let emergencies = national.emergency_numbers.iter();
            let emergencies: Vec<&str> = emergencies.map(|of| of.mask().as_str()).collect();
            for number in services.chain(emergencies.iter().copied()) {
                let expected = Some((number.to_string(), emergencies.contains(&number)));
                for before in ["", "0", prefix, &format!("{prefix}0")] {
                    let text = [before, number].concat();
                    assert_eq!(called(&text), expected, "{text} in {area}");
                }
            }
            let table = match national.country_code {
                CountryCode::GERMANY => include_str!("vectors/plans/germany.tsv"),
                _ => include_str!("vectors/plans/austria.tsv"),
            };
            for row in table.lines().filter(|line| !line.starts_with('#')) {
                let (text, _) = row.split_once('\t').expect(row);
                let text = dialled(text);
                if !text.as_str().starts_with(prefix) || prefix == "0" {
                    let expected = own.normalize(&text).ok();
                    let expected = expected.map(|of| (of.to_string(), of.is_emergency()));
                    // E.164 that no rule covers stays as it is there
                    if expected.is_none() && Number::parse(text.as_str()).is_ok() {
                        continue;
                    }
                    assert_eq!(called(text.as_str()), expected, "{text} in {area}");
                }
            }
        }
    }
}
