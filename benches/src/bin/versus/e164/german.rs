//! A German company with two other sites: the reference plan, extensions and two rules of its own, and ours that
//! goes by it. Regular expressions get the same ten rules as a list.

use core::hint::black_box;
use std::rc::Rc;

use trunkline_e164::{
    DecidedBy, DialString, EmergencyNumber, NormalizationRule, Number, Plan, RuleId,
};

use super::rules::{Task, Written};
use crate::suite::Operation;

const MAIN_NUMBER: &str = "+49891234";
const OWN: [(&str, &str); 2] = [
    ("^8([0-9]{4})$", "+4930555${1}"),
    ("^7([0-9]{3})$", "+4940444${1}"),
];

/// Emergency call, extension, national, in the own area, and nothing that a rule covers.
const DIALLED: [&str; 5] = ["0112", "118", "0891234567", "840798", "*99"];

type German = Plan<[NormalizationRule; 2], [EmergencyNumber; 2]>;

fn plan() -> German {
    let rule = |(pattern, translation)| {
        NormalizationRule::new(pattern, translation).expect("a rule that compiles")
    };
    let main_number = Number::parse(MAIN_NUMBER).expect("a number");
    let plan = Plan::german("89").expect("an area code");
    let plan = plan.with_extensions(main_number, 3);
    plan.expect("short").with_rules(OWN.map(rule))
}

/// The rules of that plan, written out.
pub(super) fn task() -> Task {
    let emergency = r"^(?:0|00|\+|\+49|\+490|0049|00490)?(110|112)#?$";
    let service = r"^(?:0|(?:\+|00)490?)?(11[025]|116[0-9]{3}|118[0-9]{2,3})$";
    let rules = [(emergency, "${1}"), (service, "${1}")]
        .into_iter()
        .chain(OWN)
        .chain([
            ("^([1-9][0-9]{2})$", "+49891234${1}"),
            (r"^(?:0|(?:\+|00)490?)?(11[0-9]*)$", "${1}"),
            (r"^(?:\+|00)490?([1-9][0-9]{2,12})$", "+49${1}"),
            (
                r"^(?:\+|00)([1-35-9][0-9]{6,14}|4[0-8][0-9]{5,13})$",
                "+${1}",
            ),
            ("^0([2-9][0-9]{2,12}|1[2-9][0-9]{3,11})$", "+49${1}"),
            ("^([2-9][0-9]{2,10}|1[02-9][0-9]{2,9})$", "+4989${1}"),
        ]);
    Task {
        rules: rules
            .map(|(pattern, translation)| Written::new(pattern, translation))
            .collect(),
        dialled: DIALLED.map(str::to_string).into(),
    }
}

/// Which of the list a rule of the plan is.
fn index(by: DecidedBy) -> usize {
    match by {
        DecidedBy::LocationPolicy => 0,
        DecidedBy::Rule(RuleId::Service) => 1,
        DecidedBy::Rule(RuleId::Own(index)) => 2 + index,
        DecidedBy::Rule(RuleId::Extension) => 2 + OWN.len(),
        DecidedBy::Rule(RuleId::Reference(index)) => 3 + OWN.len() + index,
        by => panic!("the list has no {by}"),
    }
}

pub(super) fn normalize(operation: &mut Operation) {
    let facts = || {
        let plan = plan();
        task().facts(|text| {
            let dialled = DialString::parse(text).expect("digits");
            let decision = plan.explain(&dialled).ok()?;
            Some((index(decision.by), decision.normalized.to_string()))
        })
    };
    let plan = Rc::new(plan());
    let mut runs = DIALLED.iter().map(|text| {
        let plan = Rc::clone(&plan);
        let dialled = DialString::parse(text).expect("digits");
        move || plan.normalize(black_box(&dialled))
    });
    operation.ours(facts, runs.next().expect("something is dialled"));
    for run in runs {
        operation.also(run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list is the plan: also for numbers that are not timed.
    #[test]
    fn the_list_decides_as_the_plan_does() {
        let (plan, task) = (plan(), task());
        assert_eq!(task.rules.len(), 10);
        let rules: Vec<_> = task
            .rules
            .iter()
            .map(|rule| NormalizationRule::new(&rule.pattern, &rule.translation).expect("a rule"))
            .collect();
        for text in [
            "110",
            "0110",
            "+49112",
            "00112#",
            "115",
            "0116117",
            "11833",
            "1199",
            "80100",
            "7123",
            "118",
            "999",
            "0049891234",
            "+4989123456",
            "+431234567",
            "0043123456",
            "0301234567",
            "0151123456",
            "840798",
            "10123",
            "01012345",
            "0",
            "*99",
            "1",
        ] {
            let dialled = DialString::parse(text).expect("digits");
            let by_list = rules.iter().enumerate().find_map(|(index, rule)| {
                let output = rule.translate(&dialled).expect("short")?;
                Some((index, output.to_string()))
            });
            let by_plan = plan.explain(&dialled).ok();
            let by_plan =
                by_plan.map(|decision| (index(decision.by), decision.normalized.to_string()));
            assert_eq!(by_list, by_plan, "{text}");
        }
    }
}
