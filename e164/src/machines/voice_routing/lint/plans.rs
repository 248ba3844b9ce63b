//! Rules of dial plans and trunks, emergency and service numbers that they take, short codes.

use alloc::collections::BTreeSet;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::{Linter, PartFinding};
use crate::machines::location_policy::find_dialled;
use crate::machines::rule_lint;
use crate::machines::voice_routing::Part;
use crate::machines::voice_routing::build::by_priority;
use crate::machines::voice_routing::either_rules::{Rule, of_pattern};
use crate::{DialString, NationalPlan, NormalizationRule, Number, Pattern};

/// How many emergency numbers of location policies are tried with each dial plan and short code.
const MASKS: usize = 64;

/// Whether a rule made a number of the country that it has not.
fn is_no_number(national: &NationalPlan, output: &DialString) -> bool {
    Number::read_plain(output.as_bytes()).is_ok_and(|number| {
        let text = number.text();
        let own = text
            .national()
            .filter(|_| number.country_code() == Some(national.country_code));
        own.is_some_and(|own| national.is_no_number(own.as_bytes()))
    })
}

/// What is said of a rule: pattern, translation, priority.
type Said<'c> = (&'c str, &'c str, Option<u32>);

impl<'c> Linter<'c, '_> {
    pub(super) fn rules(
        &mut self,
        said: &[Said<'c>],
        part: impl Fn(usize) -> Part<'c>,
        refused: &dyn Fn(&DialString) -> bool,
    ) -> Vec<(usize, Rule)> {
        for (index, (pattern, ..)) in said.iter().enumerate() {
            self.pattern(part(index), pattern);
        }
        let order = by_priority(said, |(_, _, priority)| *priority).into_iter();
        let compiled: Vec<_> = order
            .filter_map(|index| {
                let (pattern, translation, _) = said[index];
                Some((index, Rule::new(pattern, translation).ok()?))
            })
            .collect();
        let compared = compiled
            .iter()
            .filter_map(|(index, rule)| Some((*index, *of_pattern(rule)?)));
        let (places, rules): (Vec<usize>, Vec<NormalizationRule>) = compared.unzip();
        let place = |rule: usize| places[rule];
        for (rule, finding) in rule_lint::lint(&rules, &mut self.budget, refused) {
            let finding = PartFinding::Rule(finding.at(place));
            self.found(part(place(rule)), finding);
        }
        compiled
    }

    pub(super) fn dial_plans(&mut self) {
        for plan in &self.configuration.dial_plans {
            let rules = plan.normalization_rules.iter();
            let said: Vec<Said<'c>> = rules
                .map(|rule| (&*rule.pattern, &*rule.translation, rule.priority))
                .collect();
            let dial_plan = &plan.identity;
            let part = |index: usize| Part::NormalizationRule {
                dial_plan,
                index,
                name: &plan.normalization_rules[index].name,
            };
            let country = plan.country_code.unwrap_or(self.configuration.country_code);
            let national = self.configuration.national_plan(country);
            // service numbers come first, and rightly so
            let compiled = self.rules(&said, part, &|output| {
                national.is_some_and(|national| is_no_number(national, output))
            });
            let first = |number: &DialString| {
                compiled.iter().find_map(|(index, rule)| {
                    let output = rule.translate(number).ok()??;
                    Some((*index, output))
                })
            };
            let of_country = national.map_or(&[][..], |national| national.emergency_numbers);
            let emergency = of_country.iter();
            let locations = self.routing.location_policies.iter();
            let of_locations = locations.flat_map(|location| &location.numbers);
            // a mask that a rule for numbers of many lengths takes as well is nobody's
            let is_extension = |index: usize| {
                let rule = &plan.normalization_rules[index];
                let bounds = Pattern::new(&rule.pattern).map(|pattern| pattern.program().bounds);
                rule.is_internal_extension || bounds.is_ok_and(|bounds| bounds.min == bounds.max)
            };
            let mut masks = BTreeSet::new();
            for number in emergency.clone().chain(of_locations.take(MASKS)) {
                let mask = *number.mask();
                let is_of_country = masks.len() < of_country.len();
                if masks.insert(mask.as_str().to_string())
                    && let Some((index, output)) = first(&mask)
                    && output != mask
                    && output != *number.dial_string()
                    && (is_of_country || is_extension(index))
                {
                    let number = mask;
                    self.found(
                        part(index),
                        PartFinding::EmergencyNumberCovered { number, output },
                    );
                }
            }
            let Some(national) = national else {
                continue;
            };
            if compiled.is_empty() {
                continue;
            }
            let is_emergency = |number: &&&str| {
                let mut emergency = emergency.clone();
                emergency.any(|emergency| emergency.mask().as_str() == **number)
            };
            let services = national.service_numbers.iter();
            for number in services.filter(|number| !is_emergency(number)) {
                let Ok(dialled) = DialString::parse(number) else {
                    continue;
                };
                match first(&dialled) {
                    None => self.found(
                        Part::DialPlan(dial_plan),
                        PartFinding::ServiceNumberUncovered { number },
                    ),
                    Some((index, output)) if is_no_number(national, &output) => self.found(
                        part(index),
                        PartFinding::ServiceNumberRewritten { number, output },
                    ),
                    Some(_) => {}
                }
            }
        }
    }

    /// Codes that are emergency numbers somewhere.
    pub(super) fn short_codes(&mut self) {
        let countries = self.routing.countries.iter();
        let of_countries = countries.map(|country| (country.emergency, country.prefixes));
        let prefixes = self.routing.countries[0].prefixes;
        let locations = self.routing.location_policies.iter();
        let of_locations = locations.map(|location| (&*location.numbers, prefixes));
        let numbers: Vec<_> = of_countries.chain(of_locations).take(MASKS).collect();
        for code in &self.configuration.short_codes {
            let Ok(dialled) = DialString::parse(&code.code) else {
                continue;
            };
            let mut found = numbers.iter().filter_map(|(numbers, prefixes)| {
                find_dialled(numbers, prefixes, dialled.as_bytes())
            });
            if let Some(number) = found.next().map(|number| *number.dial_string()) {
                let part = Part::ShortCode(&code.code);
                self.found(part, PartFinding::ShortCodeCovered { number });
            }
        }
    }

    pub(super) fn trunks(&mut self) {
        for configuration in &self.configuration.trunk_configurations {
            let trunk = &configuration.identity;
            let called = &configuration.outbound_translation_rules_list;
            let calling = &configuration.outbound_calling_number_translation_rules_list;
            for (list, is_called) in [(called, true), (calling, false)] {
                let said = list.iter();
                let said: Vec<Said<'c>> = said
                    .map(|rule| (&*rule.pattern, &*rule.translation, rule.priority))
                    .collect();
                self.rules(
                    &said,
                    |index| {
                        let name = &list[index].name;
                        match is_called {
                            true => Part::OutboundTranslationRule { trunk, index, name },
                            false => {
                                Part::OutboundCallingNumberTranslationRule { trunk, index, name }
                            }
                        }
                    },
                    &|_| false,
                );
            }
            self.usages(Part::TrunkConfiguration(trunk), &configuration.pstn_usages);
        }
    }
}
