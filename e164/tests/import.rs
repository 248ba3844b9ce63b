//! Configurations through the forms of other systems and back, whatever is in them.

#![cfg(feature = "alloc")]

use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use trunkline_e164::config::{
    DialPlan, EmergencyNumber, LocationPolicy, NetworkSite, NormalizationRule,
    OutboundTranslationRule, Scope, TrunkConfiguration, VoiceConfiguration, VoicePolicy,
    VoiceRoute,
};
use trunkline_e164::import::{Format, Loss, LossReason};

/// Names and descriptions as administrators give them.
fn name() -> impl Strategy<Value = String> {
    "[A-Za-z0-9][A-Za-z0-9äß ._()+'-]{0,10}[A-Za-z0-9)]"
}

fn pattern() -> impl Strategy<Value = String> {
    let part = select(
        &[
            r"^\+49", r"(\d{3})", "[2-9]", r"\d+", "(?!0)", "(89|30)", "\"", ",", "$",
        ][..],
    );
    prop::collection::vec(part, 1..5).prop_map(|parts| parts.concat())
}

fn translation() -> impl Strategy<Value = String> {
    select(&["$1", "+49$1", "0$2", "+1206${1}0", "112", "+49$1;ext=$2"][..]).prop_map(Into::into)
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        Just(Scope::Global),
        name().prop_map(Scope::Site),
        "[a-z0-9][a-z0-9.-]{0,10}[a-z0-9]".prop_map(Scope::Registrar),
        "[a-z0-9][a-z0-9.-]{0,10}[a-z0-9]".prop_map(Scope::PstnGateway),
        "x[a-z0-9. ]{0,8}x".prop_map(Scope::Tag),
    ]
}

/// The first of each name.
fn unique<T, K: Ord>(items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut seen = std::collections::BTreeSet::new();
    items
        .into_iter()
        .filter(|item| seen.insert(key(item)))
        .collect()
}

fn rules() -> impl Strategy<Value = Vec<NormalizationRule>> {
    let rule = (
        name(),
        of(name()),
        of(0..99_u32),
        pattern(),
        translation(),
        any::<bool>(),
    )
        .prop_map(
            |(name, description, priority, pattern, translation, is_internal)| {
                let mut rule = NormalizationRule::new(name, pattern, translation);
                rule.description = description;
                rule.priority = priority;
                rule.is_internal_extension = is_internal;
                rule
            },
        );
    prop::collection::vec(rule, 0..4).prop_map(|rules| unique(rules, |rule| rule.name.clone()))
}

fn translation_rules() -> impl Strategy<Value = Vec<OutboundTranslationRule>> {
    rules().prop_map(|rules| {
        let rules = rules.into_iter().map(|rule| {
            let mut other = OutboundTranslationRule::new(rule.name, rule.pattern, rule.translation);
            other.description = rule.description;
            other.priority = rule.priority;
            other
        });
        rules.collect()
    })
}

fn names() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(name(), 0..4).prop_map(|names| unique(names, String::clone))
}

prop_compose! {
    fn dial_plan()(
        identity in scope(), description in of(name()), simple_name in of(name()), prefix in of("[0-9]{1,4}"),
        optimize in any::<bool>(), rules in rules(),
    ) -> DialPlan {
        let mut plan = DialPlan::new(identity);
        plan.description = description;
        plan.simple_name = simple_name;
        plan.external_access_prefix = prefix;
        plan.optimize_device_dialing = optimize;
        plan.normalization_rules = rules;
        plan
    }
}

prop_compose! {
    fn route()(
        identity in name(), description in of(name()), pattern in pattern(), priority in of(0..99_u32), usages in names(),
        gateways in prop::collection::vec("[a-z0-9][a-z0-9.-]{0,10}[a-z0-9]", 0..3), suppress in any::<bool>(), alternate in of("\\+[1-9][0-9]{3}"),
    ) -> VoiceRoute {
        let mut route = VoiceRoute::default();
        route.identity = identity;
        route.description = description;
        route.number_pattern = pattern;
        route.priority = priority;
        route.pstn_usages = usages;
        route.pstn_gateway_list = gateways;
        route.suppress_caller_id = suppress;
        route.alternate_caller_id = alternate;
        route
    }
}

prop_compose! {
    fn trunk()(
        identity in scope(), description in of(name()), called in translation_rules(), calling in translation_rules(), remove in any::<bool>(), usages in names(),
    ) -> TrunkConfiguration {
        let mut trunk = TrunkConfiguration::new(identity);
        trunk.description = description;
        trunk.outbound_translation_rules_list = called;
        trunk.outbound_calling_number_translation_rules_list = calling;
        trunk.remove_plus_from_uri = remove;
        trunk.pstn_usages = usages;
        trunk
    }
}

prop_compose! {
    fn location()(
        identity in scope(), description in of(name()), dial_string in of("[0-9]{1,4}"), mask in of("[0-9]{3}(;[0-9]{3})?"), usage in of(name()),
        numbers in prop::collection::vec(("[0-9]{3}", of("[0-9]{3}(;[0-9]{3})?")), 0..3),
    ) -> LocationPolicy {
        let mut policy = LocationPolicy::default();
        policy.identity = identity;
        policy.description = description;
        policy.emergency_dial_string = dial_string;
        policy.emergency_dial_mask = mask;
        policy.pstn_usage = usage;
        policy.emergency_numbers = numbers
            .into_iter()
            .map(|(dial_string, dial_mask)| {
                let mut number = EmergencyNumber::default();
                number.dial_string = dial_string;
                number.dial_mask = dial_mask;
                number
            })
            .collect();
        policy
    }
}

prop_compose! {
    fn configuration()(
        plans in prop::collection::vec(dial_plan(), 0..3),
        policies in prop::collection::vec((scope(), of(name()), names()), 0..3),
        usages in names(),
        routes in prop::collection::vec(route(), 0..3),
        trunks in prop::collection::vec(trunk(), 0..3),
        locations in prop::collection::vec(location(), 0..3),
        sites in prop::collection::vec((name(), of(name()), of("x[a-z0-9]{0,8}")), 0..3),
    ) -> VoiceConfiguration {
        let mut configuration = VoiceConfiguration::default();
        configuration.dial_plans = unique(plans, |plan| plan.identity.clone());
        let policies = policies.into_iter().map(|(identity, description, usages)| {
            let mut policy = VoicePolicy::new(identity, usages);
            policy.description = description;
            policy
        });
        configuration.voice_policies = unique(policies.collect(), |policy| policy.identity.clone());
        configuration.pstn_usages = usages;
        configuration.voice_routes = unique(routes, |route| route.identity.clone());
        configuration.trunk_configurations = unique(trunks, |trunk| trunk.identity.clone());
        configuration.location_policies = unique(locations, |policy| policy.identity.clone());
        let sites = sites.into_iter().map(|(id, description, policy)| {
            let mut site = NetworkSite::new(id);
            site.description = description;
            site.location_policy = policy;
            site
        });
        configuration.network_sites = unique(sites.collect(), |site| site.network_site_id.clone());
        configuration
    }
}

/// `extensions.conf` with dial plans and usages, as it is written.
fn extensions() -> impl Strategy<Value = String> {
    let place = select(&["X", "Z", "N", "0", "4", "[13-5]", "+"][..]);
    let extension = (
        prop::collection::vec(place, 2..6),
        select(&["", "", ".", "!"][..]),
    )
        .prop_map(|(places, tail)| ["_", &places.concat(), tail].concat());
    let number = select(
        &[
            "+49${EXTEN:1}",
            "${EXTEN}",
            "112",
            "+1206${EXTEN:0:1}5${EXTEN:1}",
            "${EXTEN:2}",
        ][..],
    );
    let rule = (extension.clone(), number).prop_map(|(extension, number)| {
        format!("exten => {extension},1,Goto(routes,{number},1)\n")
    });
    let route =
        (extension, prop::collection::vec("gw[0-9]", 1..3)).prop_map(|(extension, gateways)| {
            let mut out = String::new();
            for (index, gateway) in gateways.iter().enumerate() {
                let begin = if index == 0 {
                    format!("exten => {extension},1")
                } else {
                    " same => n".into()
                };
                out.push_str(&format!("{begin},Dial(PJSIP/${{EXTEN}}@{gateway})\n"));
            }
            out
        });
    let plans = prop::collection::vec(prop::collection::vec(rule, 1..4), 0..3);
    let usages = prop::collection::vec(prop::collection::vec(route, 1..4), 0..3);
    (plans, usages).prop_map(|(plans, usages)| {
        let mut out = String::new();
        for (index, rules) in plans.iter().enumerate() {
            out.push_str(&format!("[plan{index}]\n{}\n", rules.concat()));
        }
        for (index, routes) in usages.iter().enumerate() {
            out.push_str(&format!("[usage{index}]\n{}\n", routes.concat()));
        }
        out
    })
}

fn dialplan_rows() -> impl Strategy<Value = String> {
    let row = (
        1..4_u8,
        0..9_u8,
        select(&[r"^0(\d+)$", r"^00(\d{3,})", "^(112)$"][..]),
        select(&[r"+49\1", "112", r"\10"][..]),
        name(),
    );
    prop::collection::vec(row, 0..6).prop_map(|rows| {
        let mut out =
            String::from("dpid,pr,match_op,match_exp,match_len,subst_exp,repl_exp,attrs\n");
        for (dpid, priority, expression, replacement, name) in rows {
            out.push_str(&format!(
                "{dpid},{priority},1,\"{expression}\",0,\"{expression}\",{replacement},\"{name}\"\n"
            ));
        }
        out
    })
}

fn drouting_rows() -> impl Strategy<Value = String> {
    let gateway = (0..6_u8, select(&["", "0", "+49"][..]), of(name()));
    let gateways = prop::collection::vec(gateway, 1..4);
    let rule = (
        "[0-9+]{0,4}",
        0..4_u8,
        prop::collection::vec(1..6_u8, 1..3),
        select(&["1", "2"][..]),
    );
    (gateways, prop::collection::vec(rule, 0..6)).prop_map(|(gateways, rules)| {
        let mut out = String::from("gwid,type,address,strip,pri_prefix,attrs,description\n");
        let count = gateways.len();
        for (index, (strip, prefix, description)) in gateways.iter().enumerate() {
            let description = description.as_deref().unwrap_or_default();
            out.push_str(&format!(
                "{0},0,10.0.0.{0},{strip},{prefix},,\"{description}\"\n",
                index + 1
            ));
        }
        out.push_str("\nruleid,groupid,prefix,timerec,priority,routeid,gwlist,description\n");
        for (index, (prefix, priority, list, group)) in rules.iter().enumerate() {
            let list: Vec<String> = list
                .iter()
                .map(|id| (usize::from(*id) % count + 1).to_string())
                .collect();
            out.push_str(&format!(
                "{},{group},{prefix},,{priority},0,\"{}\",\n",
                index + 1,
                list.join(",")
            ));
        }
        out
    })
}

fn read(format: Format, text: &str) -> VoiceConfiguration {
    let mut configuration = VoiceConfiguration::default();
    format.read(text, &mut configuration).unwrap();
    configuration
}

/// Written without a loss, but for what the other system does otherwise, and read as the same without a finding.
fn goes_through(format: Format, configuration: &VoiceConfiguration) -> Result<(), TestCaseError> {
    let mut text = String::new();
    let losses = format.write(configuration, &mut text);
    let is_otherwise =
        |loss: &Loss<'_>| matches!(loss.reason, LossReason::Failover | LossReason::Emergency);
    prop_assert!(losses.iter().all(is_otherwise), "{losses:#?}\n{text}");
    let mut again = VoiceConfiguration::default();
    let findings = format.read(&text, &mut again).unwrap();
    let is_include = |finding: &&trunkline_e164::import::Finding<'_>| finding.field != "include";
    prop_assert_eq!(
        findings.iter().filter(is_include).count(),
        0,
        "{:?}\n{}",
        &findings,
        &text
    );
    prop_assert_eq!(&again, configuration);
    Ok(())
}

proptest! {
    #[test]
    fn what_the_cmdlets_print_goes_through(configuration in configuration()) {
        goes_through(Format::PowerShellCsv, &configuration)?;
        goes_through(Format::PowerShellList, &configuration)?;
    }

    #[cfg(feature = "serde")]
    #[test]
    fn toml_and_json_go_through(configuration in configuration()) {
        let text = toml::to_string(&configuration).unwrap();
        prop_assert_eq!(toml::from_str::<VoiceConfiguration>(&text), Ok(configuration.clone()));
        let text = serde_json::to_string(&configuration).unwrap();
        prop_assert_eq!(serde_json::from_str::<VoiceConfiguration>(&text).unwrap(), configuration);
    }

    /// Read, written, read again: the same.
    #[test]
    fn the_forms_of_others_go_through(extensions in extensions(), dialplan in dialplan_rows(), drouting in drouting_rows()) {
        for (format, text) in [
            (Format::Asterisk, extensions),
            (Format::KamailioDialplan, dialplan),
            (Format::KamailioDrouting, drouting),
        ] {
            goes_through(format, &read(format, &text))?;
        }
    }

    /// A writer that tells of no loss wrote everything, whatever there was.
    #[test]
    fn what_is_not_told_of_is_written(configuration in configuration()) {
        for format in Format::ALL {
            let mut text = String::new();
            if format.write(&configuration, &mut text).is_empty() {
                prop_assert_eq!(&read(format, &text), &configuration, "{}", format);
            }
        }
    }

    /// No text is too strange.
    #[test]
    fn every_text_is_read(text in "(\\[a\\]|exten=>|_X.|,|1|Dial\\(|/|\\$\\{EXTEN:|\\}|@|\n| : |Identity|\\{|\\.\\.\\.|Pattern=|;|\"|\t|gwid|#TYPE Route|é){0,30}") {
        for format in Format::ALL {
            let mut configuration = VoiceConfiguration::default();
            let findings = format.read(&text, &mut configuration).unwrap();
            let lines = text.lines().count();
            prop_assert!(findings.iter().all(|finding| (1..=lines.max(1)).contains(&finding.line)), "{findings:?}");
        }
    }
}
