//! Rules as people write them, and what is dialled: the same ones in every run, and the same for everyone.

use std::rc::Rc;

use crate::facts::Facts;

/// Rules in order, of which the first that matches decides.
#[derive(Clone)]
pub(super) struct Task {
    pub(super) rules: Rc<[Written]>,
    /// What is dialled. The median of the times that each takes counts.
    pub(super) dialled: Rc<[String]>,
}

pub(super) struct Written {
    pub(super) pattern: String,
    /// With `${1}` rather than `$1`, which means the same to everyone whatever follows.
    pub(super) translation: String,
}

impl Written {
    pub(super) fn new(pattern: impl Into<String>, translation: impl Into<String>) -> Self {
        Self {
            pattern: pattern.into(),
            translation: translation.into(),
        }
    }
}

impl Task {
    /// Which rule covers each, and what it writes.
    pub(super) fn facts(
        &self,
        mut translate: impl FnMut(&str) -> Option<(usize, String)>,
    ) -> Facts {
        let told = self.dialled.iter().map(|dialled| match translate(dialled) {
            Some((rule, output)) => format!("{dialled} becomes {output} by rule {rule}"),
            None => format!("{dialled} is covered by no rule"),
        });
        Facts::new().each("dialled", told)
    }

    /// Numbers for the first rule, for the last, and for none.
    fn generated(
        count: usize,
        rule: impl Fn(usize) -> Written,
        number: impl Fn(usize) -> String,
        none: &str,
    ) -> Self {
        Self {
            rules: (0..count).map(rule).collect(),
            dialled: [number(0), number(count - 1), none.to_string()].into(),
        }
    }

    /// What an administrator has of the simple form: these first digits, so many digits altogether, the `0`
    /// removed, `+49` put before the rest. All rules have other first digits, and their order is none.
    pub(super) fn simple(count: usize) -> Self {
        // Another one for each index below 70,000, which has no divisor in common with 30,011.
        let area = |index| 20_000 + index * 30_011 % 70_000;
        Self::generated(
            count,
            |index| Written::new(format!("^0({}[0-9]{{4,8}})$", area(index)), "+49${1}"),
            |index| format!("0{}123456", area(index)),
            // As the first rule has it, but too short.
            "020000123",
        )
    }

    /// Rules that need more than first digits and a length: alternatives, classes, two groups. Half of them,
    /// every second one, share their first four digits.
    pub(super) fn pattern(count: usize) -> Self {
        let area = |index: usize| 200 + index / 2;
        Self::generated(
            count,
            |index| {
                let digits = index / 2;
                match index % 2 {
                    0 => Written::new(
                        format!("^0891({digits:03}[0-4]|{digits:03}7[1-3])([0-9]{{3,6}})$"),
                        "+49891${1}${2}",
                    ),
                    _ => Written::new(
                        format!("^0{}([2-6]|8[0-9])([0-9]{{4,7}})$", area(index)),
                        format!("+49{}${{1}}${{2}}", area(index)),
                    ),
                }
            },
            |index| match index % 2 {
                0 => format!("0891{:03}212345", index / 2),
                _ => format!("0{}412345", area(index)),
            },
            // Shares the first four digits.
            "0891999912345",
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The digits that stand before the first class or group of alternatives, `^` and parentheses left out.
    fn literal(rule: &Written) -> String {
        let text = rule.pattern.replace(['^', '('], "");
        text.chars().take_while(char::is_ascii_digit).collect()
    }

    #[test]
    fn simple_rules_have_different_first_digits() {
        let task = Task::simple(10_000);
        let first: HashSet<_> = task.rules.iter().map(literal).collect();
        assert_eq!(first.len(), 10_000);
        assert!(first.iter().all(|digits| digits.len() == 6));
    }

    #[test]
    fn half_of_the_patterns_share_four_digits() {
        let task = Task::pattern(1_000);
        let shared = task
            .rules
            .iter()
            .filter(|rule| literal(rule).starts_with("0891"));
        assert_eq!(shared.count(), 500);
        let first: HashSet<_> = task.rules.iter().map(literal).collect();
        assert_eq!(first.len(), 1_000);
    }
}
