//! From what is dialled to the trunk that takes it.

use core::hint::black_box;

use trunkline_e164::{
    CallerId, CompiledRules, DialString, NormalizationRule, Number, Pattern, Plan, Rules,
    VoicePolicy, VoiceRoute,
};

use crate::Operation;

/// The operations of `trunkline-e164`.
#[must_use]
pub fn e164() -> Vec<Operation> {
    let number = Number::parse("+498007722375").expect("a number");
    vec![
        Operation::new("e164.parse", || {
            Number::parse(black_box("+498007722375")).expect("a number")
        }),
        Operation::new("e164.parse_tolerant", || {
            Number::parse_tolerant(black_box("+49 (0)800/7722375")).expect("a number")
        }),
        Operation::new("e164.format", move || black_box(number).text()),
        Operation::new("e164.dialled", || {
            DialString::parse(black_box("(089) 12 34-567;ext=1")).expect("digits")
        }),
        plan("plan.german", "0891234567"),
        plan("plan.german.extension", "118"),
        plan("plan.german.emergency", "112"),
        rules("plan.list.100", 100, Vec::from_iter(owner_rules(100))),
        rules(
            "plan.simple.1000",
            1000,
            owner_rules(1000).collect::<CompiledRules>(),
        ),
        route(),
    ]
}

fn dialled(text: &str) -> DialString {
    DialString::parse(text).expect("digits")
}

fn plan(name: &'static str, text: &str) -> Operation {
    let main_number = Number::parse("+49891234").expect("a number");
    let plan = Plan::german("89")
        .and_then(|plan| plan.with_extensions(main_number, 3))
        .expect("a plan");
    let dialled = dialled(text);
    Operation::new(name, move || {
        plan.normalize(black_box(&dialled))
            .expect("the plan covers it")
    })
}

/// As many rules of an owner, from 1000 on, each for numbers that begin with it.
fn owner_rules(count: usize) -> impl Iterator<Item = NormalizationRule> {
    (1000..1000 + count).map(|prefix| {
        let pattern = format!(r"^{prefix}(\d{{4}})$");
        NormalizationRule::new(&pattern, "+4989123$1").expect("a rule")
    })
}

/// The last rule matches, whether the rules are a list or compiled.
fn rules(name: &'static str, count: usize, rules: impl Rules + 'static) -> Operation {
    let dialled = dialled(&format!("{}4711", 999 + count));
    Operation::new(name, move || {
        let translated = rules.translate(black_box(&dialled)).expect("a match");
        assert_eq!(translated.rule, count - 1);
        translated.output
    })
}

/// Ten routes, of which the last one takes the call.
fn route() -> Operation {
    let routes = Vec::from_iter((41..51).map(|country| VoiceRoute {
        pattern: Pattern::new(&format!(r"^\+{country}\d{{6,12}}$")).expect("a pattern"),
        usages: ["all"],
        trunks: ["link01"],
        caller_id: CallerId::default(),
    }));
    let dialled = dialled("+5089840798");
    Operation::new("route.outbound", move || {
        let policy = VoicePolicy { usages: &["all"] };
        let mut selection = policy.select_text(&routes, *black_box(&dialled));
        let route = selection.next().expect("a route");
        route.trunks
    })
}
