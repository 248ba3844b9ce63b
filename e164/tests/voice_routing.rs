//! Whatever a configuration says: emergency and service numbers never become numbers of the country, an emergency call goes
//! out where there is a trunk, and a dry run tells the truth.
#![cfg(feature = "alloc")]

use proptest::prelude::*;
use trunkline_e164::config::{
    DialPlan, NormalizationRule, OutboundTranslationRule, Scope, TrunkConfiguration,
    VoiceConfiguration, VoicePolicy, VoiceRoute,
};
use trunkline_e164::{Caller, Destination, DialString, Pattern, VoiceRouting};

fn pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => r"\^(0|9|\\+|00)?\((11)?(\\d|\[1-9\]){1,3}(\\d\{1,9\}|\\d\*|\\d\+)?\)\$?",
        1 => Just(r"^(.*)$".to_string()),
        1 => Just(r"^\+?(\d+)$".to_string()),
        1 => Just(r"^\+49".to_string()),
        1 => r"[\^$()|*+?{},\[\]\\\-:.d0-9]{0,12}",
    ]
}

fn translation() -> impl Strategy<Value = String> {
    const USUAL: [&str; 8] = [
        "$1", "+49$1", "+$1", "$0", "0$1", "0049$1", "+4911$1", "+49110",
    ];
    proptest::sample::select(&USUAL[..]).prop_map(str::to_string)
}

fn dialled() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => r"(9|0|7#)?(0|00|\+49|0049|00490)?(110|112|115|116117|11833)#?",
        1 => r"(\+|00|0)?[0-9]{1,14}",
        1 => "[0-9+*#]{1,6}",
    ]
}

fn rules() -> impl Strategy<Value = Vec<(String, String)>> {
    proptest::collection::vec((pattern(), translation()), 0..6)
}

prop_compose! {
    fn configuration()(
        normalization in rules(),
        internal in any::<[bool; 6]>(),
        optimize in any::<bool>(),
        prefix in proptest::option::of("9|0|7#"),
        called in rules(),
        calling in rules(),
        remove_plus in any::<bool>(),
        routes in proptest::collection::vec((pattern(), 0..3_usize, any::<bool>()), 0..5),
    ) -> VoiceConfiguration {
        let mut plan = DialPlan::new(Scope::Global);
        plan.external_access_prefix = prefix;
        plan.optimize_device_dialing = optimize;
        for (index, (pattern, translation)) in normalization.into_iter().enumerate() {
            let mut rule = NormalizationRule::new("", pattern, translation);
            rule.is_internal_extension = internal[index];
            plan.normalization_rules.push(rule);
        }
        let list = |rules: Vec<(String, String)>| {
            let rules = rules.into_iter();
            rules.map(|(pattern, to)| OutboundTranslationRule::new("", pattern, to)).collect()
        };
        let mut trunk = TrunkConfiguration::new(Scope::Global);
        trunk.outbound_translation_rules_list = list(called);
        trunk.outbound_calling_number_translation_rules_list = list(calling);
        trunk.remove_plus_from_uri = remove_plus;
        let mut configuration = VoiceConfiguration::default();
        for (index, (pattern, usage, valid)) in routes.into_iter().enumerate() {
            let usage = ["first", "second", "nobody"][usage];
            let mut route = VoiceRoute::new(index.to_string(), pattern, usage, ["gw01", "gw02"]);
            route.caller_id_pattern = valid.then(|| r"^\+49".into());
            configuration.voice_routes.push(route);
        }
        configuration.dial_plans = vec![plan];
        configuration.voice_policies = vec![VoicePolicy::new(Scope::Global, ["second", "first"])];
        configuration.trunk_configurations = vec![trunk];
        configuration
    }
}

proptest! {
    /// P000-24, P000-36, P000-42.
    #[test]
    fn p000_36_nothing_makes_a_number_of_an_emergency_call(
        configuration in configuration(),
        dialled in proptest::collection::vec(dialled(), 1..10),
    ) {
        let (routing, broken) = VoiceRouting::without_broken(&configuration);
        prop_assert_eq!(broken.is_empty(), VoiceRouting::new(&configuration).is_ok());
        let caller = Caller::new(DialString::parse("+49891234118").expect("a number"));
        let prefix = configuration.dial_plans[0].external_access_prefix.as_deref();
        let is_routed = configuration.voice_routes.iter().any(|route| Pattern::new(&route.number_pattern).is_ok());
        for text in dialled {
            let dialled = DialString::parse(&text).expect("digits");
            let found = routing.route(&caller, &dialled);
            let dry = routing.dry_run(&caller, &dialled);
            prop_assert!(!dry.to_string().is_empty());
            // in whatever form it is dialled
            let bare = prefix.and_then(|prefix| text.strip_prefix(prefix)).filter(|bare| !bare.is_empty());
            let is_emergency = [Some(&*text), bare].into_iter().flatten().any(|text| {
                let text = text.strip_suffix('#').unwrap_or(text);
                ["", "0", "00", "+", "+49", "0049", "+490", "00490"].iter().any(|before| {
                    let number = text.strip_prefix(before);
                    number.is_some_and(|number| ["110", "112"].contains(&number))
                })
            });
            let attempts: Vec<_> = match found {
                Ok(Destination::Call(call)) => {
                    prop_assert!(call.is_emergency() || !is_emergency, "{}", dry);
                    prop_assert!(call.is_emergency() == call.may_pre_empt());
                    call.attempts().collect()
                }
                Ok(other) => return Err(TestCaseError::fail(format!("{other:?}"))),
                Err(reason) => {
                    prop_assert!(!is_emergency || !is_routed, "{}", dry);
                    prop_assert_eq!(dry.destination.as_ref().err(), Some(&reason));
                    Vec::new()
                }
            };
            prop_assert!(dry.attempts().eq(&attempts), "{}", dry);
            for attempt in attempts {
                let called = attempt.called.as_str();
                prop_assert!(!is_emergency || ["110", "112"].contains(&called), "{}", dry);
                let was_written = called.strip_prefix("+49").is_some_and(|national| national.starts_with("11"));
                prop_assert!(!was_written, "{}", dry);
            }
        }
    }
}
