//! Ours: numbers, and rules on their own.

use core::cell::OnceCell;
use core::hint::black_box;
use std::rc::Rc;

use trunkline_e164::{CompiledRules, DialString, NormalizationRule, Number};

use super::rules::Task;
use super::{NUMBER, number_facts};
use crate::facts::Facts;
use crate::suite::Operation;

fn number() -> Number {
    Number::parse(NUMBER).expect("a number")
}

pub(super) fn parse(operation: &mut Operation) {
    operation.ours(
        || {
            let text = number().text();
            let code = number().country_code().expect("Germany");
            number_facts(code.get(), text.national().expect("a code in use"))
        },
        || Number::parse(black_box(NUMBER)),
    );
}

pub(super) fn format(operation: &mut Operation) {
    let parsed = number();
    operation.ours(
        || Facts::new().with("E.164", number().text()),
        move || black_box(parsed).text(),
    );
}

fn compile(task: &Task) -> CompiledRules {
    let rules = task.rules.iter().map(|rule| {
        let rule = NormalizationRule::new(&rule.pattern, &rule.translation);
        rule.expect("a rule that compiles")
    });
    rules.collect()
}

/// From the texts of the rules to what is asked.
pub(super) fn build(operation: &mut Operation, task: &Task) {
    let (task, of) = (task.clone(), task.rules.len());
    operation.ours(
        move || Facts::new().with("rules", of),
        move || compile(black_box(&task)).len(),
    );
}

/// The first rule that matches, and what it writes.
pub(super) fn rules(operation: &mut Operation, task: &Task) {
    // Compiled when facts are asked for, so that a filter spares the time.
    let rules = Rc::new(OnceCell::new());
    let (compiled, for_facts) = (Rc::clone(&rules), task.clone());
    let facts = move || {
        let rules = compiled.get_or_init(|| compile(&for_facts));
        for_facts.facts(|text| {
            let dialled = DialString::parse(text).expect("digits");
            let translated = rules.translate(&dialled)?;
            let output = translated.output.expect("a number");
            Some((translated.rule, output.to_string()))
        })
    };
    let mut runs = task.dialled.iter().map(|dialled| {
        let rules = Rc::clone(&rules);
        let dialled = DialString::parse(dialled).expect("digits");
        move || {
            let rules: &CompiledRules = rules.get().expect("facts came first");
            rules.translate(black_box(&dialled))
        }
    });
    operation.ours(facts, runs.next().expect("something is dialled"));
    for run in runs {
        operation.also(run);
    }
}
