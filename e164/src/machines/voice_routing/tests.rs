mod dialled;
mod emergency;
#[cfg(feature = "fancy-regex")]
mod engines;

use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use super::*;
use crate::config::{
    EmergencyForm, LocationPolicy, NormalizationRule, OutboundTranslationRule, PstnGateway,
    ShortCode, TrunkConfiguration, VoicePolicy, VoiceRoute,
};
use crate::{Normalized, RuleError};

fn dial(text: &str) -> DialString {
    DialString::parse(text).unwrap()
}

/// A company with a site in Munich and one in Berlin, each with two gateways, and a site in Vienna without any.
fn configuration() -> VoiceConfiguration {
    let rule = |name: &str, pattern: &str, translation: &str| {
        NormalizationRule::new(name, pattern, translation)
    };
    let plan = |scope: Scope, area: &str, main: &str| {
        let mut plan = config::DialPlan::new(scope);
        plan.external_access_prefix = Some("9".into());
        plan.optimize_device_dialing = true;
        let mut extension = rule("Extension", r"^([1-9]\d{2})$", &std::format!("{main}$1"));
        extension.is_internal_extension = true;
        plan.normalization_rules = vec![
            rule("National", r"^0([1-9]\d+)$", "+49$1"),
            rule("Local", r"^([2-9]\d{3,})$", &std::format!("+49{area}$1")),
            rule("International", r"^00([1-9]\d+)$", "+$1"),
        ];
        plan.normalization_rules.push(extension);
        // the highest priority, though it stands last
        let mut service = rule("Service numbers", r"^(11[025]|116\d{3}|118\d\d)$", "$1");
        service.priority = Some(0);
        plan.normalization_rules.push(service);
        plan
    };
    let mut vienna = config::DialPlan::new(Scope::Site("Vienna".into()));
    vienna.country_code = CountryCode::new(43);
    vienna.normalization_rules = vec![rule("All", r"^0?(\d+)$", "+43$1")];
    let location = |name: &str, usage: &str| {
        let mut policy = LocationPolicy::new(Scope::Tag(name.into()), "112", Some("998; 999"));
        policy.pstn_usage = Some(usage.into());
        policy
    };
    let site = |name: &str, numbers: &str| {
        let mut site = config::NetworkSite::new(name);
        site.location_policy = Some(name.into());
        site.numbers.push(numbers.into());
        site.emergency_caller_id = Some(std::format!("{numbers}0"));
        site
    };
    let mut austrian = LocationPolicy::new(Scope::Tag("Vienna".into()), "133", None);
    austrian.pre_emption = false;
    let mut shown = VoiceRoute::new("Abroad", r"^\+(?!49)", "abroad", ["munich01", "berlin01"]);
    shown.suppress_caller_id = true;
    shown.alternate_caller_id = Some("+49891234".into());
    let mut valid = VoiceRoute::new("Germany", r"^\+49", "germany", ["munich01", "munich02"]);
    valid.caller_id_pattern = Some(r"^\+49(891234|305555)".into());
    valid.alternate_caller_id = Some("+49891234".into());
    let trunk = |name: &str| {
        let mut trunk = TrunkConfiguration::new(Scope::PstnGateway(name.into()));
        trunk.outbound_translation_rules_list = vec![OutboundTranslationRule::new(
            "national",
            r"^\+49(\d+)$",
            "0$1",
        )];
        trunk.outbound_calling_number_translation_rules_list =
            vec![OutboundTranslationRule::new("from", r"^\+49(\d+)$", "0$1")];
        trunk
    };
    let mut first = trunk("munich01");
    first.emergency_form = EmergencyForm::Plus;
    first.pstn_usages.push("germany".into());
    let mut of_site = trunk("");
    of_site.identity = Scope::Site("Berlin".into());
    of_site.outbound_translation_rules_list.clear();
    of_site.remove_plus_from_uri = true;
    let form = [("110".into(), "+4930110".into())];
    of_site.emergency_form = EmergencyForm::Configured(form.into());
    VoiceConfiguration {
        dial_plans: vec![
            plan(Scope::Global, "89", "+49891234"),
            plan(Scope::Site("Berlin".into()), "30", "+49305555"),
            vienna,
        ],
        voice_policies: vec![
            VoicePolicy::new(Scope::Global, ["service", "germany"]),
            VoicePolicy::new(Scope::Tag("Sales".into()), ["abroad", "germany", "service"]),
        ],
        voice_routes: vec![
            VoiceRoute::new("Service", "^1", "service", ["munich01"]),
            valid,
            shown,
            VoiceRoute::new(
                "Emergency in Berlin",
                "^11[02]$",
                "berlin",
                ["berlin01", "berlin02"],
            ),
        ],
        trunk_configurations: vec![first, of_site],
        location_policies: vec![
            location("Munich", "service"),
            location("Berlin", "berlin"),
            austrian,
        ],
        network_sites: vec![
            site("Munich", "+49891234"),
            site("Berlin", "+49305555"),
            site("Vienna", "+43155555"),
        ],
        pstn_gateways: vec![
            PstnGateway::new("berlin01", "Berlin"),
            PstnGateway::new("berlin02", "Berlin"),
        ],
        short_codes: vec![
            ShortCode::new("*21", "Busy"),
            ShortCode::new("*20", "Available"),
        ],
        ..VoiceConfiguration::default()
    }
}

fn routing() -> VoiceRouting {
    VoiceRouting::new(&configuration()).unwrap()
}

fn caller(number: &str) -> Caller<'static> {
    Caller::new(dial(number))
}

/// Trunk, called and calling number of each attempt.
fn sent(
    routing: &VoiceRouting,
    caller: &Caller<'_>,
    dialled: &str,
) -> Vec<(String, String, String)> {
    let destination = routing.route(caller, &dial(dialled));
    let call = destination.unwrap().call().expect("a call");
    let dry = routing.dry_run(caller, &dial(dialled));
    let attempts: Vec<_> = call.attempts().collect();
    assert!(dry.attempts().eq(&attempts), "{dry}");
    let texts = attempts.into_iter().map(|attempt| {
        let calling = attempt.calling.map(|calling| calling.to_string());
        let called = attempt.called.to_string();
        (
            attempt.trunk.to_string(),
            called,
            calling.unwrap_or_default(),
        )
    });
    texts.collect()
}

fn row(trunk: &str, called: &str, calling: &str) -> (String, String, String) {
    (trunk.into(), called.into(), calling.into())
}

/// P000-33: the order of usages decides, then that of routes, then that of trunks; the rest is what is tried when the
/// first one fails.
#[test]
fn p000_33_usages_routes_and_trunks_are_tried_in_order() {
    let routing = routing();
    assert_eq!(
        sent(&routing, &caller("+49891234118"), "0891234567"),
        [
            row("munich01", "0891234567", "0891234118"),
            row("munich02", "+49891234567", "+49891234118"),
        ]
    );
    // a policy of one's own comes before the global one
    let mut sales = caller("+49891234118");
    assert_eq!(
        routing.route(&sales, &dial("0043155555")).unwrap_err(),
        Unroutable::NoRoute
    );
    for name in ["sales", "Tag:Sales"] {
        sales.voice_policy = Some(name);
        assert_eq!(
            sent(&routing, &sales, "0043155555"),
            [
                row("munich01", "+43155555", "0891234"),
                row("berlin01", "43155555", "0891234"),
            ]
        );
    }
    // one that is not there leaves the next wider one in force
    sales.voice_policy = Some("Marketing");
    assert_eq!(sent(&routing, &sales, "0891234567").len(), 2);
}

/// P000-33: two usages hold the same routes in another order than their priorities, which decide within a usage only.
#[test]
fn p000_33_usages_decide_before_priorities() {
    let mut configuration = VoiceConfiguration::default();
    let route = |name: &str, usage: &str, priority| {
        let mut route = VoiceRoute::new(name, ".*", usage, [name]);
        route.priority = priority;
        route
    };
    configuration.voice_routes = vec![
        route("late", "first", None),
        route("later", "first", None),
        route("early", "first", Some(3)),
        route("best", "second", Some(0)),
    ];
    configuration.voice_routes[0]
        .pstn_usages
        .push("second".into());
    configuration.voice_policies = vec![VoicePolicy::new(Scope::Global, ["First", "second"])];
    let routing = VoiceRouting::new(&configuration).unwrap();
    let sent = sent(&routing, &caller("+49891234"), "+49891235");
    let trunks: Vec<_> = sent.iter().map(|(trunk, ..)| &**trunk).collect();
    assert_eq!(trunks, ["early", "late", "later", "best"]);
}

/// P000-34: a route of `.*` takes E.164, short codes and names.
#[test]
fn p000_34_a_route_takes_all_formats() {
    let mut configuration = VoiceConfiguration::default();
    let mut plan = config::DialPlan::new(Scope::Global);
    plan.normalization_rules = vec![NormalizationRule::new("", "^(.*)$", "$1")];
    configuration.dial_plans = vec![plan];
    configuration.voice_routes = vec![VoiceRoute::new("all", ".*", "all", ["gw"])];
    configuration.voice_policies = vec![VoicePolicy::new(Scope::Global, ["all"])];
    let routing = VoiceRouting::new(&configuration).unwrap();
    for text in ["+49891234", "115", "alice", "*99", "112"] {
        assert_eq!(
            sent(&routing, &Caller::default(), text),
            [row("gw", text, "")],
            "{text}"
        );
    }
}

/// P000-39, P000-44: a route shows its alternate number where it suppresses the caller's, and where the caller's is not valid on it: that
/// of somebody outside, whose call is passed on.
#[test]
fn p000_39_p000_44_routes_show_valid_numbers() {
    let mut configuration = configuration();
    let routing = VoiceRouting::new(&configuration).unwrap();
    let outside = caller("+43155555118");
    let shown = |routing: &VoiceRouting| sent(routing, &outside, "030123456").swap_remove(1).2;
    assert_eq!(shown(&routing), "+49891234");
    configuration.voice_routes[1].alternate_caller_id = None;
    let routing = VoiceRouting::new(&configuration).unwrap();
    assert_eq!(shown(&routing), "");
    configuration.voice_routes[1].caller_id_pattern = None;
    let routing = VoiceRouting::new(&configuration).unwrap();
    assert_eq!(shown(&routing), "+43155555118");

    // the alternate of a route that does not suppress is not even looked at
    configuration.voice_routes[1].alternate_caller_id = Some("none".into());
    let routing = VoiceRouting::new(&configuration).unwrap();
    assert_eq!(shown(&routing), "+43155555118");
    configuration.voice_routes[1].suppress_caller_id = true;
    let error = VoiceRouting::new(&configuration).unwrap_err();
    assert_eq!(
        error.to_string(),
        "voice route \"Germany\": the alternate number is malformed"
    );
}

/// A call from a gateway takes the usages of its trunk.
#[test]
fn calls_from_a_trunk_take_its_usages() {
    let routing = routing();
    let mut from = Caller {
        pstn_gateway: Some("munich01"),
        ..caller("+49891234118")
    };
    assert_eq!(sent(&routing, &from, "030123456").len(), 2);
    from.pstn_gateway = Some("berlin01");
    let reason = routing.route(&from, &dial("030123456")).unwrap_err();
    assert_eq!(reason, Unroutable::NoVoicePolicy);
    assert!(routing.route(&from, &dial("112")).unwrap().call().is_some());
}

/// F002-137: what is looked at and decided, in order, in sentences.
#[test]
fn f002_137_a_dry_run_tells_why() {
    let routing = routing();
    let told = routing.dry_run(&caller("+49891234118"), &dial("0301234567"));
    let expected = "\
the caller's number is one of the network site \"Munich\"
the location policy Tag:Munich applies
the dial plan Global applies
the rule \"National\" makes +49301234567 of 0301234567, where $1 = 301234567
+49301234567 is an E.164 number
the voice policy Global applies
the route \"Service\" of the usage \"service\" does not take the number
the route \"Germany\" of the usage \"germany\" takes the number
it leads to the trunk \"munich01\", to which the trunk configuration PstnGateway:munich01 applies
for the called number the rule \"national\" makes 0301234567 of +49301234567
for the calling number the rule \"from\" makes 0891234118 of +49891234118
the trunk \"munich01\" is sent a call to 0301234567 from 0891234118
it leads to the trunk \"munich02\", to which no trunk configuration applies
the trunk \"munich02\" is sent a call to +49301234567 from +49891234118";
    assert_eq!(told.to_string(), expected);
    let told = routing.dry_run(&Caller::default(), &dial("#1"));
    let expected = "\
no location policy applies
the dial plan Global applies
no rule covers #1
the call is refused: no rule of the dial plan covers the number";
    assert_eq!(told.to_string(), expected);
    let told = routing.dry_run(&caller("+49891234118"), &dial("0043155555"));
    assert!(
        told.to_string()
            .ends_with("the call goes nowhere: no route of the voice policy takes the number"),
        "{told}"
    );
    let told = routing
        .dry_run(&caller("+49305555118"), &dial("9110"))
        .to_string();
    for sentence in [
        "9110 is the emergency number 110",
        "the emergency number is sent as +4930110",
        "an emergency call takes other routes as well",
    ] {
        assert!(told.contains(sentence), "{told}");
    }
}

/// A broken part is told of, and leaves all others in force; or the whole set is refused.
#[test]
fn broken_parts_leave_the_others_in_force() {
    let mut broken = configuration();
    let rules = &mut broken.dial_plans[0].normalization_rules;
    rules.insert(0, NormalizationRule::new("broken", "^(", "$1"));
    rules.insert(1, NormalizationRule::new("", r"^(\d)$", "${a}"));
    broken
        .voice_routes
        .insert(0, VoiceRoute::new("x", "[", "germany", ["y"]));
    broken
        .voice_routes
        .push(VoiceRoute::new("germany", "", "germany", ["y"]));
    let trunk = &mut broken.trunk_configurations[0];
    let rule = OutboundTranslationRule::new("both", "{9}*", "");
    trunk
        .outbound_translation_rules_list
        .insert(0, rule.clone());
    trunk
        .outbound_calling_number_translation_rules_list
        .insert(0, rule);
    broken.location_policies[0].emergency_dial_mask = Some("\u{661};998;999".into());
    broken.network_sites[0].numbers.push("089".into());
    let mut site = config::NetworkSite::new("Hamburg");
    site.location_policy = Some("Hamburg".into());
    broken.network_sites.push(site);
    broken.short_codes.push(ShortCode::new("", "Away"));
    broken
        .dial_plans
        .push(config::DialPlan::new(Scope::Site("BERLIN".into())));
    broken.dial_plans[2].external_access_prefix = Some("12345".into());

    let (routing, told) = VoiceRouting::without_broken(&broken);
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    let expected = [
        "rule 1 \"broken\" of the dial plan Global: group not closed at offset 1 of the pattern",
        "rule 2 of the dial plan Global: unsupported substitution at offset 0 of the translation",
        "dial plan Site:Vienna: not an access prefix of one to four digits",
        "dial plan Site:BERLIN: there is another one of this name before it",
        "voice route \"x\": class not closed at offset 0 of the pattern",
        "voice route \"germany\": there is another one of this name before it",
        "rule 1 \"both\" of the called numbers in the trunk configuration PstnGateway:munich01: nothing to repeat at offset 0 of the pattern",
        "rule 1 \"both\" of the callers' numbers in the trunk configuration PstnGateway:munich01: nothing to repeat at offset 0 of the pattern",
        "location policy Tag:Munich: not a printable ASCII character at offset 0",
        "network site \"Munich\": not the beginning of an E.164 number: no plus sign at offset 0",
        "network site \"Hamburg\": its location policy is not there",
        "short code \"\": nothing was dialled at offset 0",
    ];
    assert_eq!(told, expected);
    let sound = self::routing();
    for number in ["112", "999", "0301234567", "118", "115", "9840798"] {
        for caller in [caller("+49891234118"), caller("+49305555118")] {
            assert_eq!(
                sent(&routing, &caller, number),
                sent(&sound, &caller, number)
            );
        }
    }
    let first = VoiceRouting::new(&broken).unwrap_err();
    assert!(matches!(first.fault, Fault::Rule(RuleError::Pattern(_))));
    assert_eq!(first.to_string(), told[0]);
}

/// Without other engines a pattern beyond our grammar is told of, and leaves the others in force.
#[cfg(not(any(feature = "regex", feature = "fancy-regex")))]
#[test]
fn patterns_of_other_engines_are_broken_without_them() {
    let mut broken = configuration();
    let rule = NormalizationRule::new("behind", r"^0(\d+)(?<!00)$", "+49$1");
    broken.dial_plans[0].normalization_rules.push(rule);
    let mut route = VoiceRoute::new("ahead", r"^\+(?=49.*5)", "germany", ["gw"]);
    broken.voice_routes.push(route.clone());
    route.identity = "caller".into();
    route.number_pattern = "5".into();
    route.caller_id_pattern = Some(r"^(\d)\1".into());
    broken.voice_routes.push(route);
    let (routing, told) = VoiceRouting::without_broken(&broken);
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    let expected = [
        "rule 6 \"behind\" of the dial plan Global: unsupported construct at offset 7 of the pattern",
        "voice route \"ahead\": unsupported construct at offset 3 of the pattern",
        "caller ID pattern of the voice route \"caller\": unsupported construct at offset 5 of the pattern",
    ];
    assert_eq!(told, expected);
    assert_eq!(
        sent(&routing, &caller("+49891234118"), "0301234567").len(),
        2
    );
    assert!(VoiceRouting::new(&broken).is_err());
}
