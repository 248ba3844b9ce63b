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

/// One that is not in the crate: that of the guide.
static SWITZERLAND: NationalPlan = NationalPlan {
    country_code: CountryCode::new(41).unwrap(),
    emergency_numbers: &[
        EmergencyNumber::of_digits(b"112"),
        EmergencyNumber::of_digits(b"117"),
        EmergencyNumber::of_digits(b"118"),
        EmergencyNumber::of_digits(b"144"),
    ],
    emergency_prefixes: &[b"0", b"00", b"+", b"+41", b"+410", b"0041", b"00410"],
    service_numbers: &["112", "117", "118", "144", "143", "147", "1414", "1811"],
    no_numbers: &[("0", 64), ("1", 64)],
    service: (
        r"^(?:0|(?:\+|00)410?)?(1(?:12|17|18|4[0-9]|414|8\d\d))$",
        "$1",
    ),
    area_code: r"^[2-9]\d$",
    rules: &[
        (r"^(?:\+|00)410?([2-9]\d{8})$", "+41$1"),
        (r"^(?:\+|00)([1-35-9]\d{6,14}|4[02-9]\d{5,13})$", "+$1"),
        (r"^0([2-9]\d{8})$", "+41$1"),
        (r"^([2-9]\d{6})$", "+41<area>$1"),
    ],
};

/// Those of the crate, and that one.
#[cfg(feature = "alloc")]
fn plans_and_one_of_ones_own()
-> impl Iterator<Item = (&'static NationalPlan, &'static [&'static str])> {
    let own: (_, &[_]) = (&SWITZERLAND, &["44", "022", "91", "31"]);
    PLANS.into_iter().chain([own])
}

/// A configuration for somebody in the country, with a way out for all numbers.
#[cfg(feature = "alloc")]
fn voice_configuration(
    national: &'static NationalPlan,
    plan: trunkline_e164::config::DialPlan,
) -> trunkline_e164::config::VoiceConfiguration {
    use trunkline_e164::config::{Scope, VoiceConfiguration, VoicePolicy, VoiceRoute};

    let mut configuration = VoiceConfiguration::default();
    if NationalPlan::of(national.country_code).is_none() {
        configuration.national_plans = vec![national];
    }
    configuration.country_code = national.country_code;
    configuration.dial_plans = vec![plan];
    configuration.voice_policies = vec![VoicePolicy::new(Scope::Global, ["all"])];
    configuration.voice_routes = vec![VoiceRoute::new("all", ".*", "all", ["gw", "gw2"])];
    configuration
}

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

/// The rows of a table, without what begins with `#`.
fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = table.lines().filter(|row| !row.starts_with('#'));
    rows.map(|row| row.split('\t').collect())
}

fn of_region(region: &str) -> &'static NationalPlan {
    match region {
        "AT" => &NationalPlan::AUSTRIA,
        "DE" => &NationalPlan::GERMANY,
        _ => panic!("{region}"),
    }
}

/// libphonenumber's short numbers that begin with 1: none is missing, and its emergency numbers are such.
#[test]
fn short_numbers_are_those_of_libphonenumber() {
    let mut emergencies = 0;
    for row in rows(include_str!("vectors/plans/short_numbers.tsv")) {
        let (national, number) = (of_region(row[0]), row[1]);
        let code = national.country_code.get();
        let area = if code == 43 { "1" } else { "89" };
        let plan = Plan::national(national, area).unwrap();
        let is_emergency = row[2] == "emergency" || (code, number) == (43, "140");
        emergencies += u32::from(is_emergency);
        for prefix in ["", "0", &format!("+{code}"), &format!("00{code}0")] {
            let text = format!("{prefix}{number}");
            let kind = if is_emergency { '!' } else { 'S' };
            let expected = format!("{kind} {number}");
            assert_eq!(outcome(plan.normalize(&dialled(&text))), expected, "{text}");
        }
    }
    let known = [&NationalPlan::AUSTRIA, &NationalPlan::GERMANY];
    let known: usize = known.map(|plan| plan.emergency_numbers.len()).iter().sum();
    assert_eq!(emergencies as usize, known);
}

/// Each number that a plan knows by itself is in that table, but for directory enquiries in Austria, which it has not.
#[test]
fn no_other_short_numbers_are_known() {
    let table = include_str!("vectors/plans/short_numbers.tsv");
    for region in ["AT", "DE"] {
        let national = of_region(region);
        let emergencies = national.emergency_numbers.iter();
        let emergencies: Vec<_> = emergencies.map(|number| number.mask()).collect();
        let emergencies = emergencies.iter().map(|number| number.as_str());
        for number in emergencies.chain(national.service_numbers.iter().copied()) {
            let is_there = rows(table).any(|row| row[0] == region && row[1] == number);
            let is_enquiry = region == "AT" && number.starts_with("118");
            assert!(is_there != is_enquiry, "{region} {number}");
        }
    }
}

/// libphonenumber's example numbers of all kinds, as they are dialled at home and from abroad.
#[test]
fn example_numbers_are_dialled() {
    for row in rows(include_str!("vectors/example_numbers.tsv")) {
        let (region @ ("AT" | "DE"), code, number) = (row[0], row[1], row[3]) else {
            continue;
        };
        let area = if code == "43" { "1" } else { "89" };
        let plan = Plan::national(of_region(region), area).unwrap();
        for text in [
            format!("0{number}"),
            format!("+{code}{number}"),
            format!("00{code}{number}"),
            format!("+{code}0{number}"),
        ] {
            let expected = format!("E +{code}{number}");
            assert_eq!(outcome(plan.normalize(&dialled(&text))), expected, "{text}");
        }
    }
}

/// All area codes of Austria are area codes to the plan, and numbers within are dialled with and without.
#[test]
fn the_area_codes_of_austria() {
    let mut count = 0;
    for row in rows(include_str!("vectors/plans/austrian_area_codes.tsv")) {
        let area = row[0];
        let plan = Plan::national(&NationalPlan::AUSTRIA, area).expect(area);
        let expected = format!("E +43{area}23456");
        for text in [
            "23456",
            &format!("0{area}23456"),
            &format!("0043{area}23456"),
        ] {
            assert_eq!(outcome(plan.normalize(&dialled(text))), expected, "{text}");
        }
        count += 1;
    }
    assert_eq!(count, 1022);
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
    let plan = Plan::national(&SWITZERLAND, "044").unwrap();
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
    assert_eq!(plan.lint().count(), 4);

    static BROKEN: NationalPlan = NationalPlan {
        rules: &[("^(", "$1")],
        ..NationalPlan::AUSTRIA
    };
    assert_eq!(
        Plan::national(&BROKEN, "1").err(),
        Some(PlanError::ReferenceRule)
    );
}

/// As rules of a voice configuration the plans decide as they do on their own; behind any external access prefix, too, emergency
/// and service numbers stay what they are.
#[cfg(feature = "alloc")]
#[test]
fn p000_36_plans_in_a_voice_configuration() {
    use trunkline_e164::config::{DialPlan, Scope};
    use trunkline_e164::{Caller, VoiceRouting};

    for (national, areas) in plans_and_one_of_ones_own() {
        for (area, prefix) in areas.iter().zip(["0", "9", "*1#", "7"]) {
            let own = Plan::national(national, area).unwrap();
            let mut plan = DialPlan::national(Scope::Global, national, area).unwrap();
            plan.external_access_prefix = Some(prefix.into());
            plan.optimize_device_dialing = prefix != "0";
            let mut configuration = voice_configuration(national, plan);
            // that of the dial plan is enough
            configuration.country_code = CountryCode::GERMANY;
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
                CountryCode::AUSTRIA => include_str!("vectors/plans/austria.tsv"),
                _ => {
                    "044 2345678\t\n2345678\t\n+41 44 2345678\t\n0041117\t\n004989840798\t\n1600\t"
                }
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

/// P000-36: the whole way out. Whatever the trunk translates, behind whatever access prefix and in whatever form it is dialled:
/// in no plan, bundled or of one's own, is any of these sent with a country code. Emergency numbers are sent as the trunk wants them.
#[cfg(feature = "alloc")]
#[test]
fn p000_36_no_trunk_is_sent_a_service_number_with_a_country_code() {
    use trunkline_e164::config::{
        DialPlan, EmergencyForm, OutboundTranslationRule, Scope, TrunkConfiguration,
    };
    use trunkline_e164::{Caller, VoiceRouting};

    let mut sent = 0;
    for (national, areas) in plans_and_one_of_ones_own() {
        let code = national.country_code.get();
        let translations = [
            (r"^\+?(\d+)$", format!("+{code}$1")),
            (r"^(\d+)$", format!("+{code}0$1")),
            (r"^(.*)$", format!("00{code}$1")),
            (r"^(\d+)$", format!("{code}$1")),
            (
                r"^(\d{3,6})$",
                format!("+{code}{}$1", areas[0].trim_start_matches('0')),
            ),
            (r"^(\d+)$", "+41$1".into()),
            (r"^(\d+)$", "0$1".into()),
            ("^nothing$", "$0".into()),
        ];
        for (pattern, translation) in &translations {
            for (prefix, form) in ["0", "9", "*1#", "7"].into_iter().zip([
                EmergencyForm::Plain,
                EmergencyForm::Plus,
                EmergencyForm::Configured([("110".into(), "9110".into())].into()),
                EmergencyForm::Plain,
            ]) {
                let mut plan = DialPlan::national(Scope::Global, national, areas[0]).unwrap();
                plan.external_access_prefix = Some(prefix.into());
                plan.optimize_device_dialing = prefix != "9";
                let mut trunk = TrunkConfiguration::new(Scope::Global);
                let rule = OutboundTranslationRule::new("", *pattern, translation.as_str());
                trunk.outbound_translation_rules_list = vec![rule];
                trunk.remove_plus_from_uri = prefix == "7";
                trunk.emergency_form = form.clone();
                let mut configuration = voice_configuration(national, plan);
                configuration.trunk_configurations = vec![trunk];
                let routing = VoiceRouting::new(&configuration).unwrap();
                let emergencies = national.emergency_numbers.iter();
                let emergencies: Vec<&str> = emergencies.map(|of| of.mask().as_str()).collect();
                let numbers = ["110", "112", "115", "116117", "11833"].into_iter();
                for number in numbers.chain(national.service_numbers.iter().copied()) {
                    let dressed = [
                        String::new(),
                        "0".into(),
                        "+".into(),
                        format!("+{code}"),
                        format!("+{code}0"),
                        format!("00{code}"),
                        format!("00{code}0"),
                    ];
                    for before in &dressed {
                        for access in ["", prefix] {
                            let text = [access, before, number].concat();
                            let found = routing.route(&Caller::default(), &dialled(&text));
                            let is_emergency = emergencies.contains(&number);
                            let Ok(found) = found else {
                                assert!(!is_emergency, "{text} behind {prefix}");
                                continue;
                            };
                            let call = found.call().expect("no user");
                            assert!(call.is_emergency() || !is_emergency, "{text}");
                            for attempt in call.attempts() {
                                sent += 1;
                                let called = attempt.called.as_str();
                                let begin = format!("{text} by {translation}: {called}");
                                if is_emergency {
                                    let plus = format!("+{number}");
                                    let forms = [number, &plus, "9110"];
                                    assert!(forms.contains(&called), "{begin}");
                                    continue;
                                }
                                for country in [code, 41] {
                                    for dress in ["+", "00", ""] {
                                        for zero in ["", "0"] {
                                            let wrong = format!("{dress}{country}{zero}{number}");
                                            assert_ne!(called, wrong, "{begin}");
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(sent > 10_000, "{sent}");
}

/// A plan of one's own is linted with as well, and told where it is broken or there twice.
#[cfg(feature = "alloc")]
#[test]
fn the_linter_knows_plans_of_ones_own() {
    use trunkline_e164::config::{DialPlan, NormalizationRule, Scope, ShortCode};
    use trunkline_e164::{Caller, VoiceRouting};

    let plan = DialPlan::national(Scope::Global, &SWITZERLAND, "44").unwrap();
    let mut configuration = voice_configuration(&SWITZERLAND, plan);
    assert_eq!(configuration.lint(), []);

    let rules = [
        NormalizationRule::new("Own", r"^(1\d{2,3})$", "+41$1"),
        NormalizationRule::new("Germany", r"^00(49\d{4,11})$", "+$1"),
    ];
    configuration.dial_plans[0].normalization_rules = rules.into();
    configuration.voice_routes[0].number_pattern = r"^\+".into();
    configuration.short_codes = vec![ShortCode::new("*0144", "presence")];
    configuration
        .short_codes
        .push(ShortCode::new("00144", "presence"));
    let told: Vec<_> = configuration
        .lint()
        .iter()
        .map(ToString::to_string)
        .collect();
    for expected in [
        r#"rule 1 "Own" of the dial plan Global: would make +41144 of the emergency number 144, which is called instead"#,
        r#"rule 1 "Own" of the dial plan Global: makes +411811 of the service number 1811, which is refused"#,
        "no route takes the emergency number 117",
        r#"short code "00144": the emergency number 144 is called instead"#,
    ] {
        let told_of_it = told.iter().filter(|told| told.contains(expected));
        assert_eq!(told_of_it.count(), 1, "{expected}: {told:#?}");
    }
    assert!(!told.iter().any(|told| told.contains("*0144")), "{told:#?}");

    // in the place of a plan of the crate
    static GERMANY: NationalPlan = NationalPlan {
        emergency_numbers: &[EmergencyNumber::of_digits(b"113")],
        ..NationalPlan::GERMANY
    };
    static BROKEN: NationalPlan = NationalPlan {
        service: ("^(", "$1"),
        ..NationalPlan::AUSTRIA
    };
    configuration.national_plans = vec![&GERMANY, &BROKEN, &GERMANY];
    configuration.country_code = CountryCode::GERMANY;
    configuration.dial_plans.clear();
    let (routing, broken) = VoiceRouting::without_broken(&configuration);
    let broken: Vec<_> = broken.iter().map(ToString::to_string).collect();
    assert_eq!(
        broken,
        [
            "national plan of +43: group not closed at offset 1 of the pattern",
            "national plan of +49: there is another one of this name before it"
        ]
    );
    let found = routing
        .route(&Caller::default(), &dialled("0049113"))
        .unwrap();
    assert!(found.call().unwrap().is_emergency());
}
