#![no_main]
//! A configuration of rules and routes, and what is dialled in it: lines of fields with a tab between them.

use std::str;

use libfuzzer_sys::fuzz_target;
use trunkline_e164::config::{
    DialPlan, LocationPolicy, NetworkSite, NormalizationRule, OutboundTranslationRule, Scope,
    ShortCode, TrunkConfiguration, VoiceConfiguration, VoicePolicy, VoiceRoute,
};
use trunkline_e164::{Caller, Destination, DialString, VoiceRouting};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let (configuration, dialled) = read(text);
    let (routing, broken) = VoiceRouting::without_broken(&configuration);
    for broken in &broken {
        assert!(!broken.to_string().is_empty());
    }
    assert_eq!(broken.is_empty(), VoiceRouting::new(&configuration).is_ok());
    // it is bounded, but the many would take long
    if text.len() < 200 {
        for finding in configuration.lint() {
            assert!(!finding.to_string().is_empty());
        }
    }
    let mut caller = Caller::new(DialString::parse("+49891234118").unwrap());
    for dialled in dialled {
        for site in [None, Some("site")] {
            caller.network_site = site;
            let dry = routing.dry_run(&caller, &dialled);
            assert!(!dry.to_string().is_empty());
            let attempts: Vec<_> = match routing.route(&caller, &dialled) {
                Ok(Destination::Call(call)) => {
                    let is_emergency = ["110", "112"].contains(&dialled.as_str());
                    assert!(call.is_emergency() || !is_emergency, "{dry}");
                    call.attempts().collect()
                }
                Ok(_) => continue,
                Err(reason) => {
                    assert!(!reason.to_string().is_empty());
                    Vec::new()
                }
            };
            assert!(dry.attempts().eq(&attempts));
            for attempt in attempts {
                assert!(!attempt.called.as_str().starts_with("+4911"), "{dry}");
            }
        }
    }
});

/// What the lines say: the first field of each tells what the others are.
fn read(text: &str) -> (VoiceConfiguration, Vec<DialString>) {
    let mut plan = DialPlan::new(Scope::Global);
    let mut trunk = TrunkConfiguration::new(Scope::Global);
    let mut configuration = VoiceConfiguration::default();
    let mut dialled = Vec::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap_or_default();
        match field() {
            "rule" => {
                let mut rule = NormalizationRule::new("", field(), field());
                rule.priority = field().parse().ok();
                rule.is_internal_extension = !field().is_empty();
                plan.normalization_rules.push(rule);
            }
            "prefix" => {
                plan.external_access_prefix = Some(field().into());
                plan.optimize_device_dialing = !field().is_empty();
            }
            "called" => {
                let rule = OutboundTranslationRule::new("", field(), field());
                trunk.outbound_translation_rules_list.push(rule);
            }
            "calling" => {
                let rule = OutboundTranslationRule::new("", field(), field());
                trunk
                    .outbound_calling_number_translation_rules_list
                    .push(rule);
            }
            "plus" => trunk.remove_plus_from_uri = true,
            "route" => {
                let mut route = VoiceRoute::new(field(), field(), field(), [field()]);
                route.suppress_caller_id = !field().is_empty();
                route.alternate_caller_id = Some(field().into());
                route.caller_id_pattern = Some(field().into());
                configuration.voice_routes.push(route);
            }
            "policy" => {
                let usages = line.split('\t').skip(1);
                let policy = VoicePolicy::new(Scope::Global, usages);
                configuration.voice_policies.push(policy);
            }
            "location" => {
                let policy = LocationPolicy::new(Scope::Tag("site".into()), field(), Some(field()));
                configuration.location_policies.push(policy);
            }
            "site" => {
                let mut site = NetworkSite::new("site");
                site.location_policy = Some("site".into());
                site.numbers.push(field().into());
                site.emergency_caller_id = Some(field().into());
                configuration.network_sites.push(site);
            }
            "code" => configuration
                .short_codes
                .push(ShortCode::new(field(), field())),
            number => dialled.extend(DialString::parse(number)),
        }
    }
    configuration.dial_plans.push(plan);
    configuration.trunk_configurations.push(trunk);
    (configuration, dialled)
}
