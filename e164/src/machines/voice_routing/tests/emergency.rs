//! Emergency and service numbers.

use super::*;

/// P000-24, P000-42, P000-45: emergency numbers come before the dial plan. The site decides on the trunk, and on the number
/// that is shown; who is somewhere else than his number says is shown as the site.
#[test]
fn p000_45_emergency_calls_leave_from_the_site_of_the_caller() {
    let routing = routing();
    let munich = caller("+49891234118");
    let call = routing
        .route(&munich, &dial("112"))
        .unwrap()
        .call()
        .unwrap();
    assert!(call.is_emergency() && call.may_pre_empt());
    assert_eq!(call.network_site(), Some("Munich"));
    assert_eq!(
        sent(&routing, &munich, "112"),
        [
            row("munich01", "+112", "0891234118"),
            row("berlin01", "112", "0891234118"),
            row("berlin02", "112", "0891234118"),
        ]
    );
    let berlin = [
        row("berlin01", "+4930110", "0305555118"),
        row("berlin02", "+4930110", "0305555118"),
        row("munich01", "+110", "0305555118"),
    ];
    assert_eq!(sent(&routing, &caller("+49305555118"), "9110"), berlin);
    // somebody from Munich in Berlin
    let mut guest = munich;
    guest.network_site = Some("berlin");
    guest.location_policy = Some("Munich");
    let sent = sent(&routing, &guest, "0110");
    assert_eq!(sent[0], row("berlin01", "+4930110", "03055550"));
    // a site that is not known
    guest.network_site = Some("Hamburg");
    let call = routing.route(&guest, &dial("999")).unwrap().call().unwrap();
    assert_eq!(call.network_site(), Some("Munich"));
    assert_eq!(call.number(), Normalized::Emergency(dial("112")));
}

/// P000-24: the location policy of the network site comes before that of the user.
#[test]
fn p000_24_the_site_comes_before_the_user() {
    let routing = routing();
    let mut somebody = caller("+43155555118");
    let number = |caller: &Caller<'_>, dialled: &str| {
        let call = routing.route(caller, &dial(dialled)).ok()?.call()?;
        call.is_emergency()
            .then(|| (call.number().to_string(), call.may_pre_empt()))
    };
    somebody.site = Some("Vienna");
    somebody.location_policy = Some("Berlin");
    for dialled in ["133", "133#", "+133", "0133", "+43133"] {
        assert_eq!(
            number(&somebody, dialled),
            Some(("133".into(), false)),
            "{dialled}"
        );
    }
    assert_eq!(number(&somebody, "999"), None);
    // of no site
    somebody.number = None;
    assert_eq!(number(&somebody, "999"), Some(("112".into(), true)));
    // all of Austria has it
    assert_eq!(number(&somebody, "133"), Some(("133".into(), true)));
}

/// P000-36: 110, 112, 115, 116117, 11833, in all forms, with and without access prefix, whatever rules and translations say.
#[test]
fn p000_36_service_numbers_never_become_numbers_of_the_country() {
    let mut configuration = configuration();
    for prefix in ["0", "9", "7", "*1#"] {
        let plan = &mut configuration.dial_plans[0];
        plan.external_access_prefix = Some(prefix.into());
        for (optimize, rules) in [
            (true, vec![("^(.*)$", "+49$1")]),
            (false, vec![(r"^\d*?(11\d+)$", "+49$1")]),
            (true, vec![("^0?(11.*)$", "$1"), (r"^\+(.*)$", "+$1")]),
        ] {
            let plan = &mut configuration.dial_plans[0];
            plan.optimize_device_dialing = optimize;
            let rules = rules
                .iter()
                .map(|(pattern, to)| NormalizationRule::new("", *pattern, *to));
            plan.normalization_rules = rules.collect();
            let translation = OutboundTranslationRule::new("", r"^\+?(\d+)$", "+49$1");
            let mut trunk = TrunkConfiguration::new(Scope::Global);
            trunk.outbound_translation_rules_list = vec![translation];
            configuration.trunk_configurations = vec![trunk];
            configuration.location_policies.clear();
            configuration.network_sites.clear();
            let routing = VoiceRouting::new(&configuration).unwrap();
            for number in ["110", "112", "115", "116117", "11833"] {
                for before in ["", "0", "+49", "0049", "00490"] {
                    for access in ["", prefix] {
                        let dialled = dial(&std::format!("{access}{before}{number}"));
                        let found = routing.route(&caller("+49891234118"), &dialled);
                        let is_emergency = ["110", "112"].contains(&number);
                        let Ok(destination) = found else {
                            assert!(!is_emergency, "{dialled}");
                            continue;
                        };
                        let call = destination.call().unwrap();
                        assert_eq!(call.is_emergency(), is_emergency, "{dialled}");
                        for attempt in call.attempts() {
                            let called = attempt.called.as_str();
                            assert!(
                                !called.trim_start_matches('+').starts_with("4911"),
                                "{dialled}"
                            );
                            assert!(!is_emergency || called == number, "{dialled}");
                        }
                    }
                }
            }
        }
    }
}

/// P000-36: service numbers are called behind the access prefix, too, even where no rule takes them.
#[test]
fn p000_36_service_numbers_are_called_with_and_without_access_prefix() {
    let routing = routing();
    for number in ["115", "116117", "11833"] {
        for prefix in ["", "9", "90"] {
            let dialled = std::format!("{prefix}{number}");
            let expected = [row("munich01", number, "0891234118")];
            assert_eq!(sent(&routing, &caller("+49891234118"), &dialled), expected);
        }
    }
}

/// An emergency call that no route takes is tried wherever there is a trunk.
#[test]
fn an_emergency_call_goes_out_where_there_is_a_trunk() {
    let configuration = VoiceConfiguration {
        voice_routes: vec![
            VoiceRoute::new("Germany", r"^\+49", "all", ["gw01"]),
            VoiceRoute::new("World", r"^\+", "nobody", ["gw02"]),
        ],
        ..VoiceConfiguration::default()
    };
    let routing = VoiceRouting::new(&configuration).unwrap();
    let expected = [row("gw01", "110", ""), row("gw02", "110", "")];
    assert_eq!(sent(&routing, &Caller::default(), "0110"), expected);
    let told = routing.dry_run(&Caller::default(), &dial("110"));
    assert!(told.to_string().contains("all routes are tried"), "{told}");
    let empty = VoiceConfiguration::default();
    let routing = VoiceRouting::new(&empty).unwrap();
    let nowhere = routing.route(&Caller::default(), &dial("110")).unwrap_err();
    assert_eq!(nowhere, Unroutable::NoRoute);
    let nowhere = routing
        .route(&Caller::default(), &dial("+43110"))
        .unwrap_err();
    assert_eq!(nowhere, Unroutable::NoVoicePolicy);
}
