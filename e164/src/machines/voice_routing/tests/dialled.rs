//! From what is dialled to what is called: dial plans, access prefixes, short codes, users.

use super::*;

/// The plan of the user comes before that of the pool, of the site, and the global one; calls from a gateway have
/// their own.
#[test]
fn the_narrowest_dial_plan_is_asked() {
    let mut configuration = VoiceConfiguration::default();
    let scopes = ["Global", "Site:a", "Registrar:p", "PstnGateway:g", "Tag:t"];
    configuration.dial_plans = scopes
        .iter()
        .enumerate()
        .map(|(index, scope)| {
            let mut plan = config::DialPlan::new(scope.parse().unwrap());
            let translation = std::format!("*{index}");
            plan.normalization_rules = vec![NormalizationRule::new("all", ".*", translation)];
            plan
        })
        .collect();
    configuration.pstn_gateways = vec![PstnGateway::new("h", "A")];
    let routing = VoiceRouting::new(&configuration).unwrap();
    let asked = |caller: Caller<'_>| {
        let told = routing.dry_run(&caller, &dial("5"));
        let scope = told.steps.iter().find_map(|step| match step {
            Step::DialPlan(scope) => Some(*scope),
            _ => None,
        });
        let written = told.steps.iter().find_map(|step| match step {
            Step::Rule { output, .. } => Some(output.unwrap()),
            _ => None,
        });
        let scope = scope.flatten().unwrap().to_string();
        let index = scopes.iter().position(|of| *of == scope).unwrap();
        assert_eq!(written, Some(dial(&std::format!("*{index}"))));
        scope
    };
    let all = Caller {
        dial_plan: Some("T"),
        registrar: Some("P"),
        site: Some("A"),
        ..Caller::default()
    };
    assert_eq!(asked(all), "Tag:t");
    let dial_plan = Some("unknown");
    assert_eq!(asked(Caller { dial_plan, ..all }), "Registrar:p");
    let registrar = None;
    assert_eq!(
        asked(Caller {
            dial_plan,
            registrar,
            ..all
        }),
        "Site:a"
    );
    assert_eq!(asked(Caller::default()), "Global");
    for (gateway, scope) in [("G", "PstnGateway:g"), ("h", "Site:a"), ("i", "Global")] {
        let pstn_gateway = Some(gateway);
        assert_eq!(
            asked(Caller {
                pstn_gateway,
                ..Caller::default()
            }),
            scope
        );
        // what is granted to users is nothing to gateways
        let site = None;
        assert_eq!(
            asked(Caller {
                pstn_gateway,
                site,
                ..all
            }),
            scope
        );
    }
}

/// Behind the external access prefix rules for extensions are not asked, and the rules need not accommodate it.
#[test]
fn the_access_prefix_leads_out() {
    let mut configuration = configuration();
    let called = |configuration: &VoiceConfiguration, dialled: &str| {
        let routing = VoiceRouting::new(configuration).unwrap();
        let caller = caller("+49891234118");
        let found = routing.route_with(&caller, &dial(dialled), |number| Some(*number));
        found.ok().map(|found| match found {
            Destination::User(number) => number.to_string(),
            other => panic!("{other:?}"),
        })
    };
    for (dialled, expected) in [
        ("118", "+49891234118"),
        ("90301234567", "+49301234567"),
        ("900431234567", "+431234567"),
        ("9840798", "+4989840798"),
        ("0301234567", "+49301234567"),
    ] {
        assert_eq!(called(&configuration, dialled).as_deref(), Some(expected));
    }
    // an extension that begins with it cannot be dialled
    assert_eq!(called(&configuration, "918"), None);
    let mut out = NormalizationRule::new("Out", r"^9(18)$", "+498900$1");
    out.priority = Some(0);
    configuration.dial_plans[0].normalization_rules.push(out);
    assert_eq!(called(&configuration, "918").as_deref(), Some("+49890018"));

    configuration.dial_plans[0].optimize_device_dialing = false;
    configuration.dial_plans[0].normalization_rules.pop();
    assert_eq!(
        called(&configuration, "918").as_deref(),
        Some("+49891234918")
    );
    assert_eq!(
        called(&configuration, "9840798").as_deref(),
        Some("+49899840798")
    );
}

/// F002-132: codes do something else than call; what is none is dialled.
#[test]
fn f002_132_short_codes_set_the_presence() {
    let routing = routing();
    let code = |text: &str| match routing.route(&caller("+49891234118"), &dial(text)) {
        Ok(Destination::ShortCode(code)) => Some((code.presence.as_str(), code.answer)),
        _ => None,
    };
    assert_eq!(code("*21"), Some(("Busy", config::ShortCodeAnswer::Accept)));
    assert_eq!(code("*20").map(|(presence, _)| presence), Some("Available"));
    assert_eq!(code("*22"), None);
    assert_eq!(code("21"), None);

    // the table is the owner's, and so is the answer; what stands not in it goes the way of all numbers
    let mut own = configuration();
    own.short_codes[0].code = "77".into();
    own.short_codes[0].answer = config::ShortCodeAnswer::Busy;
    let star = NormalizationRule::new("Star", r"^\*(\d{2})$", "+498912345$1");
    own.dial_plans[0].normalization_rules.push(star);
    let own = VoiceRouting::new(&own).unwrap();
    let from = caller("+49891234118");
    match own.route(&from, &dial("77")) {
        Ok(Destination::ShortCode(code)) => {
            assert_eq!(code.presence, "Busy");
            assert_eq!(code.answer, config::ShortCodeAnswer::Busy);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        sent(&own, &from, "*21")[0],
        row("munich01", "0891234521", "0891234118")
    );
    let reason = routing
        .route(&caller("+49891234118"), &dial("*22"))
        .unwrap_err();
    assert_eq!(reason, Unroutable::Refused(Refusal::NoRule));
}

/// Users are looked up by what the plan makes of a number, with the extension; emergency numbers never are.
#[test]
fn users_are_looked_up_before_routes() {
    let mut configuration = configuration();
    let line = NormalizationRule::new("Line", r"^7(\d{2})$", "+49891234;ext=$1");
    configuration.dial_plans[0]
        .normalization_rules
        .insert(0, line);
    let routing = VoiceRouting::new(&configuration).unwrap();
    let users = [dial("+49891234118"), dial("+49891234;ext=18"), dial("112")];
    let look_up = |number: &DialString| users.iter().position(|user| user == number);
    let found = |dialled: &str| {
        let found = routing.route_with(&caller("+49891234119"), &dial(dialled), look_up);
        match found.unwrap() {
            Destination::User(user) => Some(user),
            _ => None,
        }
    };
    assert_eq!(found("118"), Some(0));
    assert_eq!(found("718"), Some(1));
    assert_eq!(found("117"), None);
    assert_eq!(found("112"), None);
}
