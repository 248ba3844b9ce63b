//! The whole way of a call, from what was dialled to what is sent to which trunk.

mod build;
mod call;
mod decide;
mod dry_run;
mod either_rules;
mod lint;
mod part;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use core::fmt;

pub use call::{Attempt, Attempts, Call};
pub use dry_run::{DryRun, Shown, Step};
pub use lint::{PartFinding, PartLint};
pub use part::{Broken, Fault, Part, PartPlace};

use crate::config::{self, Scope, VoiceConfiguration};
use crate::{
    CallerId, CountryCode, DialString, EmergencyNumber, NationalPlan, NormalizationRule, Refusal,
};
use either_rules::{EitherRules, Rule};

/// A [`VoiceConfiguration`], compiled: it decides where a call goes.
///
/// In this order, and what comes first decides:
///
/// 1. Emergency numbers: those of the location policy of the caller's network site, or else of the caller, or else of
///    the global one, and those of the country. They are known in all forms in which people dial them, behind the
///    external access prefix as well. Neither rules nor translations change them.
/// 2. Short codes.
/// 3. The dial plan: that of the caller, of his pool, of his site, or the global one; for calls from a gateway that of the
///    gateway, of its site, or the global one. What is E.164 already, and covered by no rule, stays as it is.
/// 4. Users, whom the caller of [`route_with`](Self::route_with) looks up.
/// 5. The voice policy: that of the caller, of his site, or the global one; for calls from a gateway the usages of its trunk
///    configuration. Usages in order, within a usage routes by priority, within a route trunks in order.
///
/// Patterns are [`Pattern`](crate::Pattern)s. With the features `regex` and `fancy-regex` these engines take those that are
/// none, in every place where a pattern stands; without them such a rule does not compile.
///
/// Deciding allocates nothing, but for patterns of other engines. Each trunk is asked for only when it is tried: see [`Call::attempts`].
///
/// ```
/// use trunkline_e164::config::{DialPlan, NormalizationRule, Scope, VoiceConfiguration, VoicePolicy, VoiceRoute};
/// use trunkline_e164::{Caller, DialString, VoiceRouting};
///
/// let mut configuration = VoiceConfiguration::default();
/// let mut plan = DialPlan::new(Scope::Global);
/// plan.normalization_rules = vec![
///     NormalizationRule::new("Service numbers", r"^(11\d+)$", "$1"),
///     NormalizationRule::new("Germany", r"^0(\d+)$", "+49$1"),
/// ];
/// configuration.dial_plans = vec![plan];
/// configuration.voice_policies = vec![VoicePolicy::new(Scope::Global, ["all"])];
/// configuration.voice_routes = vec![VoiceRoute::new("Provider", ".*", "all", ["gw01", "gw02"])];
///
/// let routing = VoiceRouting::new(&configuration).map_err(|broken| broken.to_string())?;
/// let caller = Caller::new(DialString::parse("+49891234118")?);
/// let call = routing.route(&caller, &DialString::parse("089840798")?)?.call().unwrap();
/// let sent: Vec<_> = call.attempts().map(|attempt| (attempt.trunk, attempt.called.to_string())).collect();
/// assert_eq!(sent, [("gw01", "+4989840798".into()), ("gw02", "+4989840798".into())]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct VoiceRouting {
    /// That of the configuration comes first.
    countries: Box<[Country]>,
    dial_plans: Box<[DialPlan]>,
    voice_policies: Box<[(Scope, RouteList)]>,
    /// By priority.
    routes: Box<[Route]>,
    /// All of them.
    every_route: RouteList,
    trunks: Box<[Trunk]>,
    trunk_configurations: Box<[TrunkConfiguration]>,
    location_policies: Box<[Location]>,
    network_sites: Box<[NetworkSite]>,
    gateways: Box<[config::PstnGateway]>,
    short_codes: Box<[(DialString, config::ShortCode)]>,
}

/// A country in which people dial.
#[derive(Debug)]
struct Country {
    code: CountryCode,
    /// What is known of it.
    national: Option<&'static NationalPlan>,
    /// Numbers that are emergency numbers whatever a location policy says.
    emergency: &'static [EmergencyNumber],
    /// What may stand before emergency numbers.
    prefixes: &'static [&'static [u8]],
    /// Numbers that are to be left alone behind an access prefix as well.
    service: Option<NormalizationRule>,
}

#[derive(Debug)]
struct DialPlan {
    identity: Scope,
    country: usize,
    access_prefix: Option<Box<str>>,
    rules: RuleList,
    /// Those for external numbers, where what begins with the access prefix is asked of them alone.
    external: Option<RuleList>,
}

/// Rules in order, and their names.
#[derive(Debug)]
struct RuleList {
    rules: EitherRules,
    names: Box<[Box<str>]>,
}

/// Routes in the order in which they are tried.
#[derive(Debug, Default)]
struct RouteList {
    usages: Box<[Box<str>]>,
    /// Which route, and of which usage.
    entries: Box<[Entry]>,
    /// What matches their numbers.
    patterns: EitherRules,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    route: u32,
    usage: u32,
}

#[derive(Debug)]
struct Route {
    name: Box<str>,
    caller_id: CallerId,
    /// The alternate number of a route that does not suppress the caller's.
    alternate: Option<DialString>,
    caller_id_pattern: Option<Rule>,
    trunks: Box<[u32]>,
}

#[derive(Debug)]
struct Trunk {
    name: Box<str>,
    configuration: Option<usize>,
}

#[derive(Debug)]
struct TrunkConfiguration {
    identity: Scope,
    called: RuleList,
    calling: RuleList,
    remove_plus: bool,
    emergency_form: EmergencyForm,
    from_trunk: Option<RouteList>,
}

#[derive(Debug)]
enum EmergencyForm {
    Plain,
    Plus,
    Configured(Box<[(DialString, DialString)]>),
}

#[derive(Debug)]
struct Location {
    identity: Scope,
    numbers: Box<[EmergencyNumber]>,
    routes: Option<RouteList>,
    pre_emption: bool,
}

#[derive(Debug)]
struct NetworkSite {
    name: Box<str>,
    location_policy: Option<usize>,
    numbers: Box<[Box<str>]>,
    emergency_caller_id: Option<DialString>,
}

/// Who calls, and where from: the names of what is granted to him. A name that the configuration has not is passed
/// over, and the next wider scope applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller<'n> {
    /// His number, with its extension: what is shown to the callee, and tells his site.
    pub number: Option<DialString>,
    /// The dial plan that is granted to him.
    pub dial_plan: Option<&'n str>,
    /// The voice policy that is granted to him.
    pub voice_policy: Option<&'n str>,
    /// The location policy that is granted to him.
    pub location_policy: Option<&'n str>,
    /// His pool.
    pub registrar: Option<&'n str>,
    /// His site.
    pub site: Option<&'n str>,
    /// The network site where he is at the moment.
    pub network_site: Option<&'n str>,
    /// The gateway from which the call comes. With it nothing that is granted to users counts.
    pub pstn_gateway: Option<&'n str>,
}

impl Caller<'_> {
    /// Somebody with this number, to whom nothing is granted.
    #[must_use]
    pub fn new(number: DialString) -> Self {
        Self {
            number: Some(number),
            ..Self::default()
        }
    }
}

/// Where a call goes.
#[derive(Clone, Copy, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "most go to trunks, and deciding allocates nothing"
)]
#[non_exhaustive]
pub enum Destination<'r, U = core::convert::Infallible> {
    /// Nowhere: the code does what it stands for.
    ShortCode(&'r config::ShortCode),
    /// To a user, as he was looked up.
    User(U),
    /// To a trunk.
    Call(Call<'r>),
}

impl<'r, U> Destination<'r, U> {
    /// The call, if it goes to a trunk.
    pub fn call(self) -> Option<Call<'r>> {
        match self {
            Self::Call(call) => Some(call),
            _ => None,
        }
    }
}

/// Why a call goes nowhere. It is answered with 404, or with 403 where it is about a policy; this displays as the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unroutable {
    /// The dial plan has nothing to send.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No voice policy applies to the caller.
    #[error("no voice policy applies to the caller")]
    NoVoicePolicy,
    /// No route of the policy takes the number.
    #[error("no route of the voice policy takes the number")]
    NoRoute,
}

impl VoiceRouting {
    /// Compiles a configuration.
    ///
    /// # Errors
    ///
    /// [`Broken`] tells which part does not compile, and why: the first of them, where there are several.
    pub fn new(configuration: &VoiceConfiguration) -> Result<Self, Broken<'_>> {
        let (routing, broken) = build::compile(configuration);
        match broken.into_iter().next() {
            Some(broken) => Err(broken),
            None => Ok(routing),
        }
    }

    /// Compiles what can be compiled of a configuration, and tells what is left out: a rule that does not compile leaves all
    /// others in force.
    #[must_use]
    pub fn without_broken(
        configuration: &VoiceConfiguration,
    ) -> (Self, alloc::vec::Vec<Broken<'_>>) {
        build::compile(configuration)
    }

    /// Where a call goes, among trunks.
    ///
    /// # Errors
    ///
    /// [`Unroutable`] when it goes nowhere; it displays as the reason.
    pub fn route(
        &self,
        caller: &Caller<'_>,
        dialled: &DialString,
    ) -> Result<Destination<'_>, Unroutable> {
        self.route_with(caller, dialled, |_| None)
    }

    /// As [`route`](Self::route), and `look_up` tells which user has a number. It is asked for everything but emergency
    /// numbers and short codes, with the number as the dial plan makes it and its extension: `+49891234;ext=118`.
    ///
    /// # Errors
    ///
    /// [`Unroutable`] when it goes nowhere; it displays as the reason.
    pub fn route_with<U>(
        &self,
        caller: &Caller<'_>,
        dialled: &DialString,
        look_up: impl FnOnce(&DialString) -> Option<U>,
    ) -> Result<Destination<'_, U>, Unroutable> {
        self.decide(caller, dialled, look_up, &mut ())
    }

    /// What becomes of a call, step by step, to show whoever wrote the configuration why.
    ///
    /// ```
    /// # use trunkline_e164::config::VoiceConfiguration;
    /// use trunkline_e164::{Caller, DialString, VoiceRouting};
    ///
    /// let configuration = VoiceConfiguration::default();
    /// let routing = VoiceRouting::new(&configuration).map_err(|broken| broken.to_string())?;
    /// let told = routing.dry_run(&Caller::default(), &DialString::parse("0112")?).to_string();
    /// assert!(told.contains("0112 is the emergency number 112"), "{told}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dry_run<'r>(&'r self, caller: &Caller<'_>, dialled: &DialString) -> DryRun<'r> {
        self.dry_run_with(caller, dialled, |_| None)
    }

    /// As [`dry_run`](Self::dry_run) of [`route_with`](Self::route_with).
    pub fn dry_run_with<'r, U>(
        &'r self,
        caller: &Caller<'_>,
        dialled: &DialString,
        look_up: impl FnOnce(&DialString) -> Option<U>,
    ) -> DryRun<'r, U> {
        DryRun::of(self, caller, dialled, look_up)
    }

    fn configuration(&self, trunk: &Trunk) -> Option<&TrunkConfiguration> {
        self.trunk_configurations.get(trunk.configuration?)
    }
}

impl RuleList {
    fn name(&self, rule: usize) -> &str {
        self.names.get(rule).map_or("", |name| name)
    }
}

impl RouteList {
    /// The first entry that takes the number, of this one and those after it.
    fn find(&self, start: usize, called: &DialString) -> Option<usize> {
        self.patterns.position(start, called)
    }

    fn contains(&self, route: u32) -> bool {
        self.entries.iter().any(|entry| entry.route == route)
    }
}

impl fmt::Display for Caller<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.pstn_gateway, &self.number) {
            (Some(gateway), Some(number)) => write!(f, "{number} by way of {gateway}"),
            (Some(gateway), None) => f.write_str(gateway),
            (None, Some(number)) => number.fmt(f),
            (None, None) => f.write_str("somebody"),
        }
    }
}
