//! From rules in order to the tree in which their first digits are looked up.

use alloc::vec::Vec;

use super::{CLASSES, Candidate, Compiled, CompiledRules, IS_LAST, Link, MAX_DEPTH, Node};
use crate::NormalizationRule;
use crate::machines::pattern::{Instruction, Outline, Places, Program};
use crate::machines::translation::Parts;

/// So many rules are not worth a tree.
const FEW: usize = 12;

/// A list of so many rules is not worth a node.
const SHORT: usize = 3;

/// A rule goes down into so many branches; one that goes on with more is tried whatever comes.
const MAX_BRANCHES: u32 = 5;

/// Entries in lists for each rule on average, beyond which rules no longer go down into several branches.
const MAX_COPIES: usize = 8;

/// Whatever comes next.
const ANYTHING: u16 = !IS_LAST;

/// A rule on its way down.
#[derive(Clone, Copy)]
struct Walker {
    rule: u32,
    places: Places,
}

pub(super) fn compile<R: AsRef<NormalizationRule>>(
    rules: impl IntoIterator<Item = R>,
) -> CompiledRules {
    let mut builder = Builder::default();
    let rules = rules.into_iter();
    let (expected, _) = rules.size_hint();
    builder.rules.reserve(expected);
    for rule in rules {
        let rule = rule.as_ref();
        if builder.code.is_empty() {
            // rules of a long list are much alike
            builder.code.reserve(expected * rule.program().code.len());
            builder
                .parts
                .reserve(expected * usize::from(rule.translation().parts().len));
        }
        builder.push(rule);
    }
    if builder.rules.len() > FEW {
        let root = (0..builder.rules.len())
            .map(|rule| Walker {
                rule: rule as u32,
                places: Places::first(builder.program(rule).code),
            })
            .collect();
        builder.copies_left = MAX_COPIES * builder.rules.len();
        builder.node(root, 0);
    }
    let code = builder.code_that_counts();
    builder.parts.extend([0; Parts::BEHIND]);
    CompiledRules {
        rules: builder.rules.into(),
        code: code.into(),
        parts: builder.parts.into(),
        outlines: builder.outlines.into(),
        nodes: builder.nodes.into(),
        candidates: builder.candidates.into(),
    }
}

#[derive(Default)]
struct Builder {
    rules: Vec<Compiled>,
    /// Of all rules, as long as the tree is made.
    code: Vec<Instruction>,
    outlines: Vec<Outline>,
    parts: Vec<u8>,
    nodes: Vec<Node>,
    candidates: Vec<Candidate>,
    copies_left: usize,
}

impl Builder {
    fn push(&mut self, rule: &NormalizationRule) {
        let (program, translation) = (rule.program(), rule.translation());
        let parts = translation.parts();
        self.rules.push(Compiled {
            begin: self.code.len() as u32,
            parts: self.parts.len() as u32,
            outline_count: program.outlines.len() as u8,
            // at most 160 and 48
            code_len: program.code.len() as u8,
            parts_len: parts.len,
            literal: parts.literal,
            is_plain: parts.is_plain,
            missing_group: translation.missing_group().unwrap_or(0),
            bounds: program.bounds,
        });
        self.code.extend_from_slice(program.code);
        self.outlines.extend_from_slice(program.outlines);
        self.parts.extend_from_slice(parts.octets());
    }

    /// The code of rules that are more than outlines; what the others are is found by their outlines from now on.
    fn code_that_counts(&mut self) -> Vec<Instruction> {
        let mut code = Vec::new();
        let mut outlines = 0;
        for rule in &mut self.rules {
            if rule.outline_count > 0 {
                rule.begin = outlines;
                outlines += u32::from(rule.outline_count);
            } else {
                let begin = rule.begin as usize;
                rule.begin = code.len() as u32;
                code.extend_from_slice(&self.code[begin..begin + usize::from(rule.code_len)]);
            }
        }
        code
    }

    fn program(&self, rule: usize) -> Program<'_> {
        let rule = self.rules[rule];
        let begin = rule.begin as usize;
        Program {
            code: &self.code[begin..begin + usize::from(rule.code_len)],
            bounds: rule.bounds,
            outlines: &[],
        }
    }

    /// Makes a node of these rules, all of which may match what leads to it.
    fn node(&mut self, walkers: Vec<Walker>, depth: usize) -> Link {
        let index = self.nodes.len();
        self.nodes.push(Node {
            own: Link::NONE,
            children: [Link::NONE; CLASSES],
        });
        let mut own = Vec::new();
        let mut branches: [Vec<Walker>; CLASSES] = core::array::from_fn(|_| Vec::new());
        for walker in walkers {
            let program = self.program(walker.rule as usize);
            let (classes, may_end) = walker.places.next(program.code);
            let count = classes.count_ones();
            let copies = count.saturating_sub(1) as usize;
            if may_end
                || !program.bounds.anchored
                || count > MAX_BRANCHES
                || copies > self.copies_left
            {
                own.push(walker);
                continue;
            }
            self.copies_left -= copies;
            for (class, branch) in branches.iter_mut().enumerate() {
                if classes >> class & 1 == 1 {
                    let places = walker
                        .places
                        .step(self.program(walker.rule as usize).code, class as u8);
                    branch.push(Walker { places, ..walker });
                }
            }
        }
        let own = self.list(&own);
        self.nodes[index].own = own;
        for (class, branch) in branches.into_iter().enumerate() {
            let link = if branch.len() <= SHORT || depth + 1 >= MAX_DEPTH {
                self.list(&branch)
            } else {
                self.node(branch, depth + 1)
            };
            self.nodes[index].children[class] = link;
        }
        Link(index as u32)
    }

    /// The list of these rules, which are in order.
    fn list(&mut self, walkers: &[Walker]) -> Link {
        let Some(last) = walkers.len().checked_sub(1) else {
            return Link::NONE;
        };
        let begin = self.candidates.len() as u32;
        for (index, walker) in walkers.iter().enumerate() {
            let program = self.program(walker.rule as usize);
            let (classes, may_end) = walker.places.next(program.code);
            let mut next = classes;
            if may_end {
                next |= ANYTHING;
            }
            if !program.bounds.anchored {
                next = ANYTHING;
            }
            if index == last {
                next |= IS_LAST;
            }
            let candidate = Candidate {
                rule: walker.rule,
                next,
                min: program.bounds.min,
                max: program.bounds.max,
            };
            self.candidates.push(candidate);
        }
        Link(begin | Link::LIST)
    }
}
