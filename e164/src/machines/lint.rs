//! What a dial plan lacks.

use core::fmt;

use super::plan::{Plan, RuleId};
use crate::{DialString, EmergencyNumber, Rules};

/// A mistake in a dial plan. Displays as a sentence for whoever wrote the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// No rule covers this emergency or service number: `^11` needs a rule of its own.
    ServiceNumberUncovered {
        /// The number.
        number: &'static str,
    },
    /// A rule turns this emergency or service number into something that begins with `+`.
    ServiceNumberRewritten {
        /// The number.
        number: &'static str,
        /// The rule.
        rule: RuleId,
    },
    /// The translation of a rule names a group that its pattern has not: `$2` with one group. It stands
    /// as text in what is dialled.
    GroupNotInPattern {
        /// The rule.
        rule: RuleId,
        /// The group.
        group: u8,
    },
    /// This number is no emergency number of the location, so that it is subject to the rules.
    NoEmergencyNumber {
        /// The number.
        number: &'static str,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ServiceNumberUncovered { number } => {
                write!(f, "no rule covers the service number {number}")
            }
            Self::ServiceNumberRewritten { number, rule } => {
                write!(f, "{rule} turns the service number {number} into E.164")
            }
            Self::GroupNotInPattern { rule, group } => {
                write!(f, "{rule} names ${group}, a group that its pattern has not")
            }
            Self::NoEmergencyNumber { number } => {
                write!(f, "{number} is not among the emergency numbers")
            }
        }
    }
}

impl<R: Rules, E: AsRef<[EmergencyNumber]>> Plan<R, E> {
    /// Mistakes of the plan: rules of the owner with groups that are not there, and in plans of countries whose
    /// [`NationalPlan`](crate::NationalPlan) is known those with emergency and service numbers.
    ///
    /// What the rules say counts, even where an emergency number would never get to them.
    pub fn lint(&self) -> impl Iterator<Item = Finding> {
        let national = self.national.into_iter();
        let services = national
            .clone()
            .flat_map(|national| national.service_numbers);
        let services = services.filter_map(|number| self.lint_service_number(number));
        let emergencies = national.flat_map(|national| national.emergency_numbers);
        let emergencies = emergencies.filter_map(|number| {
            let found = self.location_policy().find(number.mask()).is_some();
            let number = number.mask().as_str();
            (!found).then_some(Finding::NoEmergencyNumber { number })
        });
        let groups = (0..self.own.rule_count()).filter_map(|index| {
            let (rule, group) = (RuleId::Own(index), self.own.missing_group(index)?);
            Some(Finding::GroupNotInPattern { rule, group })
        });
        services.chain(emergencies).chain(groups)
    }

    fn lint_service_number(&self, number: &'static str) -> Option<Finding> {
        let dialled = DialString::parse(number).ok()?;
        match self.matching_rule(&dialled) {
            None => Some(Finding::ServiceNumberUncovered { number }),
            Some((rule, Ok(output))) if output.as_str().starts_with('+') => {
                Some(Finding::ServiceNumberRewritten { number, rule })
            }
            Some(_) => None,
        }
    }
}
