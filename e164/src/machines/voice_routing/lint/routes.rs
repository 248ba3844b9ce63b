//! Usages, routes and trunks that lead nowhere, routes that come between each other, emergency numbers.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::{Linter, PartFinding};
use crate::config::{Scope, VoiceRoute};
use crate::machines::rule_lint::{self, Budget, COMPARED, Relation};
use crate::machines::voice_routing::Part;
use crate::machines::voice_routing::build::by_priority;
use crate::{DialString, Pattern, RuleFinding};

impl<'c> Linter<'c, '_> {
    /// Usages that lead nowhere, and those that are no usages.
    pub(super) fn usages(&mut self, part: Part<'c>, usages: impl IntoIterator<Item = &'c String>) {
        let known = &self.configuration.pstn_usages;
        for usage in usages {
            let is = |other: &String| other.eq_ignore_ascii_case(usage);
            let mut routes = self.configuration.voice_routes.iter();
            if !routes.any(|route| route.pstn_usages.iter().any(is)) {
                self.found(part, PartFinding::UsageWithoutRoutes { usage });
            }
            if !known.is_empty() && !known.iter().any(is) {
                self.found(part, PartFinding::UnknownUsage { usage });
            }
        }
    }

    pub(super) fn routes(&mut self) {
        let configuration = self.configuration;
        for policy in &configuration.voice_policies {
            self.usages(Part::VoicePolicy(&policy.identity), &policy.pstn_usages);
        }
        for policy in &configuration.location_policies {
            self.usages(Part::LocationPolicy(&policy.identity), &policy.pstn_usage);
        }
        let policies = configuration.voice_policies.iter();
        let used = policies.flat_map(|policy| &policy.pstn_usages);
        let trunks = configuration.trunk_configurations.iter();
        let used = used.chain(trunks.flat_map(|trunk| &trunk.pstn_usages));
        let locations = configuration.location_policies.iter();
        let used = used.chain(locations.filter_map(|policy| policy.pstn_usage.as_ref()));
        let used: BTreeSet<String> = used.map(|usage| usage.to_ascii_lowercase()).collect();
        let of_routes = configuration.voice_routes.iter();
        let of_routes = of_routes.flat_map(|route| &route.pstn_usages);
        let of_routes: BTreeSet<String> =
            of_routes.map(|usage| usage.to_ascii_lowercase()).collect();
        for usage in &configuration.pstn_usages {
            let name = usage.to_ascii_lowercase();
            // of those that somebody uses it is told where
            if !used.contains(&name) && !of_routes.contains(&name) {
                let part = Part::PstnUsage(usage);
                self.found(part, PartFinding::UsageWithoutRoutes { usage });
            }
        }
        let gateways = configuration.pstn_gateways.iter();
        let gateways: BTreeSet<String> = gateways
            .map(|gateway| gateway.identity.to_ascii_lowercase())
            .collect();
        for (index, route) in configuration.voice_routes.iter().enumerate() {
            let part = part(index, route);
            self.pattern(part, &route.number_pattern);
            if let Some(pattern) = &route.caller_id_pattern {
                let name = &route.identity;
                self.pattern(Part::CallerIdPattern { index, name }, pattern);
            }
            let is_used = |usage: &String| used.contains(&usage.to_ascii_lowercase());
            if !route.pstn_usages.iter().any(is_used) {
                self.found(part, PartFinding::UnusedRoute);
            }
            if route.pstn_gateway_list.is_empty() {
                self.found(part, PartFinding::RouteWithoutTrunk);
            }
            for gateway in &route.pstn_gateway_list {
                if !gateways.is_empty() && !gateways.contains(&gateway.to_ascii_lowercase()) {
                    self.found(part, PartFinding::UnknownGateway { gateway });
                }
            }
        }
        self.compare_routes();
        self.trunks_without_routes(&gateways);
    }

    /// Routes of the same usage that take the same numbers.
    fn compare_routes(&mut self) {
        let routes = &self.configuration.voice_routes;
        let mut budget = Budget::default();
        budget.grow(routes.len());
        let patterns: Vec<Option<Pattern>> = routes
            .iter()
            .map(|route| Pattern::new(&route.number_pattern).ok())
            .collect();
        let mut usages: BTreeMap<String, Vec<(usize, &'c str)>> = BTreeMap::new();
        for index in by_priority(routes, |route| route.priority) {
            if patterns[index].is_some() {
                for usage in &routes[index].pstn_usages {
                    let of_usage = usages.entry(usage.to_ascii_lowercase()).or_default();
                    of_usage.push((index, usage));
                }
            }
        }
        // of two in several usages it is told once
        let mut compared = BTreeSet::new();
        let mut findings = Vec::new();
        'all: for of_usage in usages.values() {
            for (place, &(index, usage)) in of_usage.iter().enumerate() {
                let Some(pattern) = &patterns[index] else {
                    continue;
                };
                let before = of_usage[..place].iter().map(|(before, _)| *before);
                let before = before.filter(|before| compared.insert((index, *before)));
                let before: Vec<usize> = before.take(COMPARED).collect();
                let related = before.into_iter().filter_map(|with| {
                    let of = patterns[with].as_ref()?.program();
                    let (relation, example) =
                        rule_lint::relation(&of, &pattern.program(), &mut budget)?;
                    Some((with, relation, example))
                });
                // that all numbers go elsewhere is more than that some do
                let told = related
                    .filter(|(_, relation, _)| *relation != Relation::Around)
                    .min_by_key(|(_, relation, _)| *relation == Relation::Partly);
                if let Some((with, relation, example)) = told {
                    let with = part(with, &routes[with]);
                    let finding = match relation {
                        Relation::Partly => PartFinding::RouteOverlaps {
                            usage,
                            with,
                            example,
                        },
                        _ => PartFinding::RouteShadowed {
                            usage,
                            by: with,
                            example,
                        },
                    };
                    findings.push((index, finding));
                }
                if budget.is_spent() {
                    findings.push((index, PartFinding::Rule(RuleFinding::Unfinished)));
                    break 'all;
                }
            }
        }
        findings.sort_by_key(|(index, _)| *index);
        for (index, finding) in findings {
            self.found(part(index, &routes[index]), finding);
        }
    }

    /// Gateways that are told of, and that no route leads to.
    fn trunks_without_routes(&mut self, gateways: &BTreeSet<String>) {
        let configuration = self.configuration;
        let routed = configuration.voice_routes.iter();
        let routed = routed.flat_map(|route| &route.pstn_gateway_list);
        let routed: BTreeSet<String> = routed.map(|name| name.to_ascii_lowercase()).collect();
        for gateway in &configuration.pstn_gateways {
            if !routed.contains(&gateway.identity.to_ascii_lowercase()) {
                let part = Part::PstnGateway(&gateway.identity);
                self.found(part, PartFinding::TrunkWithoutRoute);
            }
        }
        for trunk in &configuration.trunk_configurations {
            if let Scope::PstnGateway(name) = &trunk.identity {
                let name = name.to_ascii_lowercase();
                if !routed.contains(&name) && !gateways.contains(&name) {
                    let part = Part::TrunkConfiguration(&trunk.identity);
                    self.found(part, PartFinding::TrunkWithoutRoute);
                }
            }
        }
    }

    /// Emergency numbers that mean two things, and those that no route takes.
    pub(super) fn emergency_numbers(&mut self) {
        let routing = self.routing;
        let is_routed = |number: &DialString| routing.every_route.find(0, number).is_some();
        let policies = &self.configuration.location_policies;
        for location in &routing.location_policies {
            let same = policies
                .iter()
                .find(|policy| policy.identity == location.identity);
            let Some(part) = same.map(|policy| Part::LocationPolicy(&policy.identity)) else {
                continue;
            };
            for (index, number) in location.numbers.iter().enumerate() {
                let mut before = location.numbers[..index].iter();
                let first = before.find(|before| before.mask() == number.mask());
                let (mask, second) = (*number.mask(), *number.dial_string());
                match first.map(|first| *first.dial_string()) {
                    Some(first) if first != second => self.found(
                        part,
                        PartFinding::EmergencyNumberTwice {
                            mask,
                            first,
                            second,
                        },
                    ),
                    Some(_) => {}
                    None if mask == second && !is_routed(&second) => self.found(
                        part,
                        PartFinding::EmergencyNumberNotRouted { number: second },
                    ),
                    None => {}
                }
            }
        }
        // numbers of a country are called wherever a policy gives leave to call at all
        let configuration = self.configuration;
        let policy = configuration.voice_policies.first();
        let parts = policy.map(|policy| {
            let code = configuration.country_code;
            (code, Part::VoicePolicy(&policy.identity))
        });
        let plans = configuration.dial_plans.iter();
        let parts = parts.into_iter().chain(plans.filter_map(|plan| {
            let code = plan.country_code?;
            (policy.is_some() && code != configuration.country_code)
                .then_some((code, Part::DialPlan(&plan.identity)))
        }));
        let mut told = BTreeSet::new();
        for (code, part) in parts {
            let national = configuration
                .national_plan(code)
                .filter(|_| told.insert(code));
            let numbers = national.map_or(&[][..], |national| national.emergency_numbers);
            for number in numbers.iter().map(|number| *number.dial_string()) {
                if !is_routed(&number) {
                    self.found(part, PartFinding::EmergencyNumberNotRouted { number });
                }
            }
        }
    }
}

const fn part(index: usize, route: &VoiceRoute) -> Part<'_> {
    let name = route.identity.as_str();
    Part::VoiceRoute { index, name }
}
