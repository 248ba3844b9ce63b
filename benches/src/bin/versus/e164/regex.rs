//! `regex`, in the two ways in which rules are kept: as a list that is searched from the beginning, and as a set
//! that tells which match, whose first is asked for its groups.

use core::cell::OnceCell;
use core::hint::black_box;
use std::rc::Rc;

use regex::{Regex, RegexSet, RegexSetBuilder};

use super::rules::Task;
use crate::suite::Operation;

const NAME: &str = "regex";
/// Sets of many rules go beyond what the crate allows unasked, and are slow with less.
const LIMIT: usize = 256 << 20;

/// Rules in either way.
trait Rules: Sized + 'static {
    const VARIANT: &str;

    fn compile(task: &Task) -> Self;

    /// Which rule matches first; its output is appended.
    fn translate(&self, dialled: &str, output: &mut String) -> Option<usize>;
}

struct List(Vec<(Regex, String)>);

impl Rules for List {
    const VARIANT: &str = "list";

    fn compile(task: &Task) -> Self {
        let rules = task.rules.iter().map(|rule| {
            let pattern = Regex::new(&rule.pattern).expect("a rule that compiles");
            (pattern, rule.translation.clone())
        });
        Self(rules.collect())
    }

    fn translate(&self, dialled: &str, output: &mut String) -> Option<usize> {
        // To ask for groups takes longer than to ask whether it matches.
        let mut rules = self.0.iter();
        let index = rules.position(|(pattern, _)| pattern.is_match(dialled))?;
        self.expand(index, dialled, output)
    }
}

impl List {
    fn expand(&self, index: usize, dialled: &str, output: &mut String) -> Option<usize> {
        let (pattern, translation) = &self.0[index];
        pattern.captures(dialled)?.expand(translation, output);
        Some(index)
    }
}

struct Set {
    set: RegexSet,
    list: List,
}

impl Rules for Set {
    const VARIANT: &str = "RegexSet";

    fn compile(task: &Task) -> Self {
        let patterns = task.rules.iter().map(|rule| &rule.pattern);
        let set = RegexSetBuilder::new(patterns)
            .size_limit(LIMIT)
            .dfa_size_limit(LIMIT)
            .build();
        Self {
            set: set.expect("rules that compile"),
            list: List::compile(task),
        }
    }

    fn translate(&self, dialled: &str, output: &mut String) -> Option<usize> {
        let index = self.set.matches(dialled).iter().next()?;
        self.list.expand(index, dialled, output)
    }
}

pub(super) fn rules(operation: &mut Operation, task: &Task) {
    add::<Set>(operation, task);
    add::<List>(operation, task);
}

fn add<R: Rules>(operation: &mut Operation, task: &Task) {
    // Compiled when facts are asked for, so that a filter spares the time.
    let rules = Rc::new(OnceCell::<R>::new());
    let (compiled, for_facts) = (Rc::clone(&rules), task.clone());
    let facts = move || {
        let rules = compiled.get_or_init(|| R::compile(&for_facts));
        Ok(for_facts.facts(|dialled| {
            let mut output = String::new();
            let rule = rules.translate(dialled, &mut output)?;
            Some((rule, output))
        }))
    };
    let mut runs = (0..task.dialled.len()).map(|index| {
        let rules = Rc::clone(&rules);
        let dialled = Rc::clone(&task.dialled);
        let mut output = String::with_capacity(64);
        move || {
            output.clear();
            let rules = rules.get().expect("facts came first");
            let rule = rules.translate(black_box(&dialled[index]), &mut output);
            (rule, output.len())
        }
    });
    operation.peer(NAME, facts, runs.next().expect("something is dialled"));
    for run in runs {
        operation.also(run);
    }
    operation.variant(R::VARIANT);
}
