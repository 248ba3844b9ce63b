//! Rules and what is built of them: plain data of fixed size, without allocation.

mod austrian;
mod caller_id;
#[cfg(feature = "alloc")]
mod compiled_rules;
#[cfg(feature = "alloc")]
pub mod config;
#[cfg(feature = "alloc")]
mod directory;
mod enum_lookup;
mod german;
#[cfg(feature = "alloc")]
pub mod import;
mod lint;
mod location_policy;
mod national_plan;
mod normalization_rule;
mod pattern;
mod plan;
#[cfg(feature = "alloc")]
mod plan_config;
#[cfg(any(feature = "regex", feature = "fancy-regex"))]
mod regex_rule;
#[cfg(feature = "alloc")]
mod rule_lint;
mod simple_rule;
mod simple_rules;
mod slips;
mod translation;
mod voice_route;
#[cfg(feature = "alloc")]
mod voice_routing;
#[cfg(feature = "alloc")]
mod written_rule;

pub use caller_id::{CallerId, CallerIdError};
#[cfg(feature = "alloc")]
pub use compiled_rules::CompiledRules;
#[cfg(feature = "alloc")]
pub use directory::{Directory, LineTaken};
pub use enum_lookup::{E164_ARPA, EnumFailure, EnumLookup, EnumStep, EnumUri, EnumUris, enum_name};
pub use german::SERVICE_NUMBERS;
pub use lint::Finding;
pub use location_policy::{EmergencyNumber, LocationPolicy};
pub use national_plan::NationalPlan;
pub use normalization_rule::{Groups, NormalizationRule, RuleError, RuleSet, Rules, Translated};
pub use pattern::{Pattern, PatternError, PatternFault};
pub use plan::{DecidedBy, Decision, Normalized, Plan, PlanError, Refusal, RuleId};
#[cfg(feature = "alloc")]
pub use plan_config::PlanConfig;
#[cfg(any(feature = "regex", feature = "fancy-regex"))]
pub use regex_rule::{AnyRule, MixedRules, RegexRule};
#[cfg(feature = "alloc")]
pub use rule_lint::RuleFinding;
pub use simple_rule::{Length, SimpleRule, SimpleRuleError};
pub use simple_rules::SimpleRules;
pub use slips::Slip;
pub use translation::{Translation, TranslationError, TranslationFault};
pub use voice_route::{Selection, VoicePolicy, VoiceRoute};
#[cfg(feature = "alloc")]
pub use voice_routing::{
    Attempt, Attempts, Broken, Call, Caller, Destination, DryRun, Fault, Part, PartFinding,
    PartLint, PartPlace, Shown, Step, Unroutable, VoiceRouting,
};
#[cfg(feature = "alloc")]
pub use written_rule::WrittenRule;
