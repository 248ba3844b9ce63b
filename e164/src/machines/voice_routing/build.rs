//! From a configuration to what calls are routed with.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::either_rules::{EitherRules, Rule};
use super::{
    Broken, Country, DialPlan, EmergencyForm, Entry, Fault, Location, NetworkSite, Part, Route,
    RouteList, RuleList, Trunk, TrunkConfiguration, VoiceRouting,
};
use crate::config::{self, Scope, VoiceConfiguration};
use crate::machines::location_policy::PREFIXES;
use crate::{
    CallerId, CallerIdError, CountryCode, DialString, EmergencyNumber, NormalizationRule, Number,
    NumberFault, RuleError,
};

pub(super) fn compile(configuration: &VoiceConfiguration) -> (VoiceRouting, Vec<Broken<'_>>) {
    let mut builder = Builder {
        configuration,
        countries: Vec::new(),
        routes: Vec::new(),
        trunks: Vec::new(),
        broken: Vec::new(),
    };
    builder.national_plans();
    builder.country(configuration.country_code);
    let dial_plans = builder.each(&configuration.dial_plans, Part::of_plan, Builder::dial_plan);
    builder.routes();
    let every_route = builder.every_route();
    let voice_policies = builder.each(
        &configuration.voice_policies,
        Part::of_policy,
        |b, policy| Some((policy.identity.clone(), b.route_list(&policy.pstn_usages))),
    );
    let trunk_configurations = builder.each(
        &configuration.trunk_configurations,
        Part::of_trunk,
        Builder::trunk_configuration,
    );
    let location_policies = builder.each(
        &configuration.location_policies,
        Part::of_location,
        Builder::location_policy,
    );
    let network_sites = builder.each(&configuration.network_sites, Part::of_site, |b, site| {
        Some(b.network_site(site, &location_policies))
    });
    let gateways = builder.each(
        &configuration.pstn_gateways,
        |gateway| Part::PstnGateway(&gateway.identity),
        |_, gateway| Some(gateway.clone()),
    );
    let short_codes = builder.each(
        &configuration.short_codes,
        |code| Part::ShortCode(&code.code),
        |b, code| {
            let part = Part::ShortCode(&code.code);
            Some((b.dial_string(part, &code.code)?, code.clone()))
        },
    );
    let gateways: Box<[config::PstnGateway]> = gateways.into();
    let trunks = builder.trunks.iter();
    let trunks = trunks.map(|&name| Trunk {
        name: name.into(),
        configuration: configuration_of(name, &gateways, &trunk_configurations),
    });
    let routing = VoiceRouting {
        trunks: trunks.collect(),
        countries: builder.countries.into(),
        dial_plans: dial_plans.into(),
        voice_policies: voice_policies.into(),
        routes: builder.routes.into_iter().map(|of| of.route).collect(),
        every_route,
        trunk_configurations: trunk_configurations.into(),
        location_policies: location_policies.into(),
        network_sites: network_sites.into(),
        gateways,
        short_codes: short_codes.into(),
    };
    (routing, builder.broken)
}

/// Which trunk configuration applies to a gateway.
pub(super) fn configuration_of(
    gateway: &str,
    gateways: &[config::PstnGateway],
    configurations: &[TrunkConfiguration],
) -> Option<usize> {
    let site = site_of(gateway, gateways);
    let rank = |scope: &Scope| match scope {
        Scope::PstnGateway(name) => name.eq_ignore_ascii_case(gateway).then_some(0),
        Scope::Site(name) => site
            .is_some_and(|site| site.eq_ignore_ascii_case(name))
            .then_some(1),
        Scope::Global => Some(2),
        _ => None,
    };
    let ranked = configurations.iter().enumerate();
    let ranked = ranked.filter_map(|(index, of)| Some((rank(&of.identity)?, index)));
    ranked.min().map(|(_, index)| index)
}

/// The site of a gateway.
pub(super) fn site_of<'g>(gateway: &str, gateways: &'g [config::PstnGateway]) -> Option<&'g str> {
    let mut gateways = gateways.iter();
    let gateway = gateways.find(|of| of.identity.eq_ignore_ascii_case(gateway))?;
    gateway.site_id.as_deref()
}

struct Builder<'c> {
    configuration: &'c VoiceConfiguration,
    countries: Vec<Country>,
    /// By priority.
    routes: Vec<BuiltRoute>,
    trunks: Vec<&'c str>,
    broken: Vec<Broken<'c>>,
}

struct BuiltRoute {
    /// Where it stands in the configuration.
    index: usize,
    pattern: Rule,
    route: Route,
}

/// What has a name and a part of its own.
trait Named {
    fn is_same(&self, other: &Self) -> bool;
}

macro_rules! named {
    ($($type:ident . $field:ident)*) => {$(
        impl Named for config::$type {
            fn is_same(&self, other: &Self) -> bool {
                let (this, other) = (&self.$field, &other.$field);
                is_same_name(this, other)
            }
        }
    )*};
}

named! {
    DialPlan.identity VoicePolicy.identity VoiceRoute.identity TrunkConfiguration.identity LocationPolicy.identity
    NetworkSite.network_site_id PstnGateway.identity ShortCode.code
}

/// Names are the same in any case; what has no name is the same as nothing.
fn is_same_name<N: PartialEq + alloc::string::ToString>(this: &N, other: &N) -> bool {
    let (this, other) = (this.to_string(), other.to_string());
    !this.is_empty() && this.eq_ignore_ascii_case(&other)
}

impl<'c> Part<'c> {
    const fn of_plan(plan: &'c config::DialPlan) -> Self {
        Self::DialPlan(&plan.identity)
    }

    const fn of_policy(policy: &'c config::VoicePolicy) -> Self {
        Self::VoicePolicy(&policy.identity)
    }

    const fn of_trunk(trunk: &'c config::TrunkConfiguration) -> Self {
        Self::TrunkConfiguration(&trunk.identity)
    }

    const fn of_location(policy: &'c config::LocationPolicy) -> Self {
        Self::LocationPolicy(&policy.identity)
    }

    fn of_site(site: &'c config::NetworkSite) -> Self {
        Self::NetworkSite(&site.network_site_id)
    }
}

impl<'c> Builder<'c> {
    fn broken(&mut self, part: Part<'c>, fault: impl Into<Fault>) {
        let fault = fault.into();
        self.broken.push(Broken { part, fault });
    }

    /// Notes why something is left out.
    fn sound<T>(&mut self, part: Part<'c>, result: Result<T, impl Into<Fault>>) -> Option<T> {
        result.map_err(|fault| self.broken(part, fault)).ok()
    }

    fn dial_string(&mut self, part: Part<'c>, text: &str) -> Option<DialString> {
        let parsed = DialString::parse(text).map(|text| text.without_extension());
        self.sound(part, parsed)
    }

    /// Compiles each of a list; of several with the same name the first one counts.
    fn each<T: Named, C>(
        &mut self,
        list: &'c [T],
        part: impl Fn(&'c T) -> Part<'c>,
        mut compile: impl FnMut(&mut Self, &'c T) -> Option<C>,
    ) -> Vec<C> {
        let mut compiled = Vec::with_capacity(list.len());
        for (index, item) in list.iter().enumerate() {
            if list[..index].iter().any(|before| before.is_same(item)) {
                self.broken(part(item), Fault::Twice);
            } else {
                compiled.extend(compile(self, item));
            }
        }
        compiled
    }

    /// Tells of those whose service numbers would not be known. Their rules are those of dial plans, which are made from them.
    fn national_plans(&mut self) {
        let plans = &self.configuration.national_plans;
        for (index, plan) in plans.iter().enumerate() {
            let part = Part::NationalPlan(plan.country_code);
            let mut before = plans.iter().take(index);
            if before.any(|before| before.country_code == plan.country_code) {
                self.broken(part, Fault::Twice);
            } else {
                let (pattern, translation) = plan.service;
                let _ = self.sound(part, NormalizationRule::new(pattern, translation));
            }
        }
    }

    /// The place of a country, which is made if it is new.
    fn country(&mut self, code: CountryCode) -> usize {
        let known = self.countries.iter().position(|of| of.code == code);
        known.unwrap_or_else(|| {
            let national = self.configuration.national_plan(code);
            self.countries.push(Country {
                code,
                national,
                emergency: national.map_or(&[], |national| national.emergency_numbers),
                prefixes: national.map_or(PREFIXES, |national| national.emergency_prefixes),
                service: national.and_then(|national| national.service_rule().ok()),
            });
            self.countries.len() - 1
        })
    }

    fn dial_plan(&mut self, plan: &'c config::DialPlan) -> Option<DialPlan> {
        let identity = &plan.identity;
        let rules = &plan.normalization_rules;
        let part = |index: usize| Part::NormalizationRule {
            dial_plan: identity,
            index,
            name: &rules[index].name,
        };
        let mut sound = Vec::new();
        for index in by_priority(rules, |rule| rule.priority) {
            let rule = &rules[index];
            let compiled = Rule::new(&rule.pattern, &rule.translation);
            let compiled = self.sound(part(index), compiled);
            sound.extend(compiled.map(|compiled| (compiled, rule)));
        }
        let list = |is_asked: fn(&config::NormalizationRule) -> bool| {
            let asked = sound.iter().filter(|(_, rule)| is_asked(rule));
            rule_list(asked.map(|(compiled, rule)| (compiled, &*rule.name)))
        };
        let prefix = plan.external_access_prefix.as_deref();
        let access_prefix = prefix.filter(|prefix| !prefix.is_empty());
        let is_dialled = |byte: u8| matches!(byte, b'0'..=b'9' | b'#' | b'*');
        let is_prefix = |prefix: &&str| prefix.len() <= 4 && prefix.bytes().all(is_dialled);
        if access_prefix.is_some_and(|prefix| !is_prefix(&prefix)) {
            self.broken(Part::DialPlan(identity), Fault::AccessPrefix);
        }
        Some(DialPlan {
            identity: identity.clone(),
            country: self.country(plan.country_code.unwrap_or(self.configuration.country_code)),
            access_prefix: access_prefix.filter(is_prefix).map(Box::from),
            external: plan
                .optimize_device_dialing
                .then(|| list(|rule| !rule.is_internal_extension)),
            rules: list(|_| true),
        })
    }

    /// All routes, by priority.
    fn routes(&mut self) {
        let configuration = self.configuration;
        let routes = &configuration.voice_routes;
        for index in by_priority(routes, |route| route.priority) {
            let route = &routes[index];
            let part = Part::VoiceRoute {
                index,
                name: &route.identity,
            };
            if routes[..index].iter().any(|before| before.is_same(route)) {
                self.broken(part, Fault::Twice);
                continue;
            }
            let Some(number_pattern) = self.sound(part, pattern(&route.number_pattern)) else {
                continue;
            };
            let caller_id_pattern = route.caller_id_pattern.as_deref();
            let caller_id_pattern = caller_id_pattern.map(pattern).transpose();
            let of_caller_id = Part::CallerIdPattern {
                index,
                name: &route.identity,
            };
            let Some(caller_id_pattern) = self.sound(of_caller_id, caller_id_pattern) else {
                continue;
            };
            let alternate = route.alternate_caller_id.as_deref();
            // an alternate that is not used need not be one
            let is_used = route.suppress_caller_id || caller_id_pattern.is_some();
            let alternate = alternate.filter(|alternate| is_used && !alternate.is_empty());
            let shown = CallerId::new(true, alternate);
            let shown = match shown {
                Err(CallerIdError::NoAlternate) if !route.suppress_caller_id => None,
                shown => match self.sound(part, shown) {
                    Some(shown) => Some(shown),
                    None => continue,
                },
            };
            let trunks = route.pstn_gateway_list.iter().map(|name| self.trunk(name));
            let trunks = trunks.collect();
            self.routes.push(BuiltRoute {
                index,
                pattern: number_pattern,
                route: Route {
                    name: route.identity.as_str().into(),
                    caller_id: match shown {
                        Some(shown) if route.suppress_caller_id => shown,
                        _ => CallerId::USER_PROVIDED,
                    },
                    alternate: shown.and_then(|shown| shown.alternate().copied()),
                    caller_id_pattern,
                    trunks,
                },
            });
        }
    }

    fn trunk(&mut self, name: &'c str) -> u32 {
        let known = self
            .trunks
            .iter()
            .position(|of| of.eq_ignore_ascii_case(name));
        known.unwrap_or_else(|| {
            self.trunks.push(name);
            self.trunks.len() - 1
        }) as u32
    }

    fn every_route(&self) -> RouteList {
        let entries = (0..self.routes.len() as u32).map(|route| Entry { route, usage: 0 });
        self.list_of(Box::default(), entries.collect())
    }

    /// The routes of these usages: usage by usage, within a usage by priority; each one once.
    fn route_list(&self, usages: &[impl AsRef<str>]) -> RouteList {
        let mut entries: Vec<Entry> = Vec::new();
        let mut passed = alloc::vec![false; self.routes.len()];
        for (usage, name) in usages.iter().enumerate() {
            for (route, BuiltRoute { index, .. }) in self.routes.iter().enumerate() {
                let of = &self.configuration.voice_routes[*index].pstn_usages;
                let mut of = of.iter();
                if !passed[route] && of.any(|of| of.eq_ignore_ascii_case(name.as_ref())) {
                    passed[route] = true;
                    let (route, usage) = (route as u32, usage as u32);
                    entries.push(Entry { route, usage });
                }
            }
        }
        let usages = usages.iter().map(|usage| usage.as_ref().into()).collect();
        self.list_of(usages, entries)
    }

    fn list_of(&self, usages: Box<[Box<str>]>, entries: Vec<Entry>) -> RouteList {
        let patterns = entries
            .iter()
            .map(|entry| &self.routes[entry.route as usize].pattern);
        RouteList {
            usages,
            patterns: patterns.collect(),
            entries: entries.into(),
        }
    }

    fn trunk_configuration(
        &mut self,
        trunk: &'c config::TrunkConfiguration,
    ) -> Option<TrunkConfiguration> {
        let identity = &trunk.identity;
        let called = &trunk.outbound_translation_rules_list;
        let called = self.translations(called, |index, name| Part::OutboundTranslationRule {
            trunk: identity,
            index,
            name,
        });
        let calling = &trunk.outbound_calling_number_translation_rules_list;
        let calling = self.translations(calling, |index, name| {
            Part::OutboundCallingNumberTranslationRule {
                trunk: identity,
                index,
                name,
            }
        });
        let usages = &trunk.pstn_usages;
        Some(TrunkConfiguration {
            identity: identity.clone(),
            called,
            calling,
            remove_plus: trunk.remove_plus_from_uri,
            emergency_form: match &trunk.emergency_form {
                config::EmergencyForm::Plain => EmergencyForm::Plain,
                config::EmergencyForm::Plus => EmergencyForm::Plus,
                config::EmergencyForm::Configured(forms) => {
                    let part = Part::TrunkConfiguration(identity);
                    let forms = forms.iter().filter_map(|(number, form)| {
                        let number = self.dial_string(part, number)?;
                        Some((number, self.dial_string(part, form)?))
                    });
                    EmergencyForm::Configured(forms.collect())
                }
            },
            from_trunk: (!usages.is_empty()).then(|| self.route_list(usages)),
        })
    }

    fn translations(
        &mut self,
        rules: &'c [config::OutboundTranslationRule],
        part: impl Fn(usize, &'c str) -> Part<'c>,
    ) -> RuleList {
        let mut sound = Vec::new();
        for index in by_priority(rules, |rule| rule.priority) {
            let rule = &rules[index];
            let compiled = Rule::new(&rule.pattern, &rule.translation);
            let compiled = self.sound(part(index, &rule.name), compiled);
            sound.extend(compiled.map(|compiled| (compiled, &*rule.name)));
        }
        rule_list(sound.iter().map(|(compiled, name)| (compiled, *name)))
    }

    fn location_policy(&mut self, policy: &'c config::LocationPolicy) -> Option<Location> {
        let part = Part::LocationPolicy(&policy.identity);
        let first = policy.emergency_dial_string.as_deref();
        let first = first.map(|dial_string| (dial_string, policy.emergency_dial_mask.as_deref()));
        let others = policy.emergency_numbers.iter();
        let others = others.map(|number| (&*number.dial_string, number.dial_mask.as_deref()));
        let mut numbers = Vec::new();
        for (dial_string, masks) in first.into_iter().chain(others) {
            let number = EmergencyNumber::new(dial_string);
            let Some(number) = self.sound(part, number) else {
                continue;
            };
            numbers.push(number);
            let masks = masks.unwrap_or_default().split(';').map(str::trim);
            for mask in masks.filter(|mask| !mask.is_empty() && *mask != dial_string) {
                let number = EmergencyNumber::with_mask(mask, dial_string);
                numbers.extend(self.sound(part, number));
            }
        }
        let usage = policy.pstn_usage.as_ref();
        let usage = usage.filter(|usage| !usage.is_empty());
        Some(Location {
            identity: policy.identity.clone(),
            numbers: numbers.into(),
            routes: usage.map(|usage| self.route_list(&[usage])),
            pre_emption: policy.pre_emption,
        })
    }

    fn network_site(
        &mut self,
        site: &'c config::NetworkSite,
        policies: &[Location],
    ) -> NetworkSite {
        let part = Part::NetworkSite(&site.network_site_id);
        let location_policy = site.location_policy.as_deref().and_then(|name| {
            let granted = tagged(policies.iter().map(|policy| &policy.identity), name);
            self.sound(part, granted.ok_or(Fault::NoLocationPolicy))
        });
        let numbers = site.numbers.iter().filter_map(|begin| {
            let number = Number::parse(begin);
            match number {
                // a beginning may be that of a country
                Err(error) if error.fault == NumberFault::TooShort && begin.len() > 1 => {}
                number => drop(self.sound(part, number)?),
            }
            Some(begin.as_str().into())
        });
        let numbers = numbers.collect();
        let caller_id = site.emergency_caller_id.as_deref();
        NetworkSite {
            name: site.network_site_id.as_str().into(),
            location_policy,
            numbers,
            emergency_caller_id: caller_id.and_then(|text| self.dial_string(part, text)),
        }
    }
}

/// Where the policy stands that is granted by this name: a tag, or `Global`.
pub(super) fn tagged<'s>(mut scopes: impl Iterator<Item = &'s Scope>, name: &str) -> Option<usize> {
    let name = match name.split_at_checked(4) {
        Some((tag, name)) if tag.eq_ignore_ascii_case("tag:") => name,
        _ => name,
    };
    scopes.position(|scope| match scope {
        Scope::Tag(tag) => tag.eq_ignore_ascii_case(name),
        Scope::Global => name.eq_ignore_ascii_case("global"),
        _ => false,
    })
}

/// What only matches.
fn pattern(text: &str) -> Result<Rule, Fault> {
    Rule::new(text, "").map_err(|error| match error {
        RuleError::Pattern(error) => error.into(),
        error => error.into(),
    })
}

fn rule_list<'r>(rules: impl Iterator<Item = (&'r Rule, &'r str)> + Clone) -> RuleList {
    RuleList {
        rules: EitherRules::from_iter(rules.clone().map(|(rule, _)| rule)),
        names: rules.map(|(_, name)| name.into()).collect(),
    }
}

/// The places of a list in order of priority: those without one come last.
pub(super) fn by_priority<T>(list: &[T], priority: impl Fn(&T) -> Option<u32>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_by_key(|&index| {
        let priority = priority(&list[index]);
        (priority.is_none(), priority)
    });
    order
}
