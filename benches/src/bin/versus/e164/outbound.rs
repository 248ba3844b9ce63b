//! The whole way out, from what was dialled to what is sent to which trunk: emergency numbers, dial plan, voice policy,
//! route, trunk translation of the called and of the calling number, caller ID.

use core::hint::black_box;

use trunkline_e164::config::{
    DialPlan, NormalizationRule, OutboundTranslationRule, Scope, TrunkConfiguration,
    VoiceConfiguration, VoicePolicy, VoiceRoute,
};
use trunkline_e164::{Caller, DialString, VoiceRouting};

use super::german;
use crate::facts::Facts;
use crate::suite::Operation;

const DIALLED: &str = "0891234567";
const CALLER: &str = "+49891234118;ext=118";

/// The ten rules of the German plan, two trunks, three usages with a route each.
fn routing() -> VoiceRouting {
    let mut plan = DialPlan::new(Scope::Site("Munich".into()));
    for (index, rule) in german::task().rules.iter().enumerate() {
        let (pattern, translation) = (rule.pattern.as_str(), rule.translation.as_str());
        let rule = NormalizationRule::new(format!("rule {index}"), pattern, translation);
        plan.normalization_rules.push(rule);
    }
    let route = |name, pattern, trunks: [&str; 2], suppress| {
        let mut route = VoiceRoute::new(name, pattern, name, trunks);
        route.suppress_caller_id = suppress;
        route.alternate_caller_id = Some("+498912340".into());
        route
    };
    let trunk = |name: &str| {
        let mut trunk = TrunkConfiguration::new(Scope::PstnGateway(name.into()));
        let rule = OutboundTranslationRule::new("without plus", r"^\+(\d*)$", "$1");
        trunk.outbound_translation_rules_list.push(rule.clone());
        trunk
            .outbound_calling_number_translation_rules_list
            .push(rule);
        trunk
    };
    let usages = ["services", "national", "international"];
    let mut configuration = VoiceConfiguration::default();
    configuration.dial_plans = vec![DialPlan::new(Scope::Global), plan];
    configuration.voice_policies = vec![VoicePolicy::new(Scope::Global, usages)];
    configuration.voice_routes = vec![
        route("services", "^1", ["link01", "link02"], false),
        route("national", r"^\+49\d+$", ["link02", "link01"], true),
        route("international", r"^\+\d+$", ["link01", "link02"], true),
    ];
    configuration.trunk_configurations = vec![trunk("link01"), trunk("link02")];
    VoiceRouting::new(&configuration).expect("a configuration that compiles")
}

fn caller() -> Caller<'static> {
    let mut caller = Caller::new(DialString::parse(CALLER).expect("a number"));
    caller.site = Some("Munich");
    caller
}

/// What is sent on the first choice: to which trunk, to whom, as whom.
fn decide<'r>(
    routing: &'r VoiceRouting,
    caller: &Caller<'_>,
    dialled: &str,
) -> Option<(&'r str, DialString, DialString)> {
    let dialled = DialString::parse(dialled).ok()?;
    let call = routing.route(caller, &dialled).ok()?.call()?;
    let attempt = call.attempts().next()?;
    Some((attempt.trunk, attempt.called, attempt.calling?))
}

pub(super) fn route(operation: &mut Operation) {
    let (routing, from) = (routing(), caller());
    operation.ours(
        || {
            let routing = self::routing();
            let sent = decide(&routing, &caller(), DIALLED);
            let (trunk, called, calling) = sent.expect("there is a way");
            assert_eq!(
                (trunk, called.as_str(), calling.as_str()),
                ("link02", "49891234567", "498912340")
            );
            Facts::new()
                .with("trunk", trunk)
                .with("called", called)
                .with("calling", calling)
        },
        move || {
            let sent = decide(&routing, black_box(&from), black_box(DIALLED));
            sent.map(|(trunk, called, calling)| (trunk.len(), called, calling))
        },
    );
}
