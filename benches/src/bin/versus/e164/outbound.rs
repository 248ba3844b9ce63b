//! The whole way out, from what was dialled to what is sent to which trunk: dial plan, voice policy, route, trunk
//! translation of the called and of the calling number, caller ID.

use core::hint::black_box;

use trunkline_e164::{
    CallerId, DialString, NormalizationRule, Pattern, RuleSet, VoicePolicy, VoiceRoute,
};

use super::german::{self, German};
use crate::facts::Facts;
use crate::suite::Operation;

const DIALLED: &str = "0891234567";
const CALLER: &str = "+49891234118;ext=118";

type Names = &'static [&'static str];

struct Trunk {
    name: &'static str,
    called: RuleSet<[NormalizationRule; 1]>,
    calling: RuleSet<[NormalizationRule; 1]>,
}

struct Way {
    plan: German,
    usages: [&'static str; 3],
    routes: [VoiceRoute<Names>; 3],
    trunks: [Trunk; 2],
}

/// What is sent: to which trunk, to whom, as whom.
type Sent<'w> = (&'w str, DialString, DialString);

impl Way {
    fn new() -> Self {
        let route = |pattern, usages: Names, trunks: Names, suppress| VoiceRoute {
            pattern: Pattern::new(pattern).expect("a pattern that compiles"),
            usages,
            trunks,
            caller_id: CallerId::new(suppress, Some("+498912340")).expect("a number"),
        };
        let trunk = |name| {
            let rule = NormalizationRule::new(r"^\+(\d*)$", "$1").expect("a rule that compiles");
            Trunk {
                name,
                called: RuleSet::new([rule]),
                calling: RuleSet::new([rule]),
            }
        };
        Self {
            plan: german::plan(),
            usages: ["services", "national", "international"],
            routes: [
                route("^1", &["services"], &["link01"], false),
                route(r"^\+49\d+$", &["national"], &["link02", "link01"], true),
                route(r"^\+\d+$", &["international"], &["link01", "link02"], true),
            ],
            trunks: [trunk("link01"), trunk("link02")],
        }
    }

    /// The first choice for a call.
    fn decide(&self, dialled: &str, caller: &DialString) -> Option<Sent<'_>> {
        let dialled = DialString::parse(dialled).ok()?;
        let normalized = self.plan.normalize(&dialled).ok()?;
        let policy = VoicePolicy {
            usages: &self.usages,
        };
        let route = policy.select(&self.routes, &normalized).next()?;
        let name = route.trunks.first()?;
        let trunk = self.trunks.iter().find(|trunk| trunk.name == *name)?;
        let called = trunk.called.translate(&normalized.dial_string())?;
        let calling = trunk.calling.translate(route.caller_id.present(caller))?;
        Some((trunk.name, called.output.ok()?, calling.output.ok()?))
    }
}

pub(super) fn route(operation: &mut Operation) {
    let way = Way::new();
    let caller = DialString::parse(CALLER).expect("a number");
    operation.ours(
        || {
            let way = Way::new();
            let caller = DialString::parse(CALLER).expect("a number");
            let (trunk, called, calling) = way.decide(DIALLED, &caller).expect("there is a way");
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
            let sent = way.decide(black_box(DIALLED), black_box(&caller));
            sent.map(|(trunk, called, calling)| (trunk.len(), called, calling))
        },
    );
}
