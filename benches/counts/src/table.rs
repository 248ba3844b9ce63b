//! Instructions by operation, and which of them have changed.

use core::fmt;
use core::str::FromStr;

/// A change beyond this is told, in either direction: a gain that the table does not know of is room for
/// a loss that nobody sees.
const TOLERANCE: f64 = 0.02;

/// Instructions of one call, by the name of the operation and in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table(Vec<(String, f64)>);

/// What is not as it was.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change<'a> {
    operation: &'a str,
    before: Option<f64>,
    now: Option<f64>,
}

impl Table {
    pub(crate) fn push(&mut self, operation: &str, instructions: f64) {
        self.0.push((operation.to_owned(), instructions));
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, operation: &str) -> Option<f64> {
        let entry = self.0.iter().find(|(name, _)| name == operation);
        entry.map(|(_, instructions)| *instructions)
    }

    /// What differs from this table by more than the tolerance, or stands in only one of the two.
    pub(crate) fn changes<'a>(&'a self, now: &'a Self) -> impl Iterator<Item = Change<'a>> {
        let gone = self.0.iter().filter(|(name, _)| now.get(name).is_none());
        let all = now.0.iter().chain(gone).map(|(name, _)| Change {
            operation: name,
            before: self.get(name),
            now: now.get(name),
        });
        all.filter(|change| {
            change
                .factor()
                .is_none_or(|factor| factor.abs() > TOLERANCE)
        })
    }
}

impl Change<'_> {
    /// By which part of what it was it has grown.
    fn factor(&self) -> Option<f64> {
        Some(self.now? / self.before? - 1.0)
    }
}

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operation)?;
        match (self.before, self.now, self.factor()) {
            (Some(before), Some(now), Some(factor)) => {
                let percent = 100.0 * factor;
                let what = if factor > 0.0 { "slower" } else { "faster" };
                write!(f, ": {before:.1} -> {now:.1}, {percent:+.1} %, {what}")
            }
            (None, Some(now), _) => write!(f, ": {now:.1}, not in the table"),
            _ => f.write_str(": in the table, but there is no such operation"),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# operation\tinstructions")?;
        for (name, instructions) in &self.0 {
            writeln!(f, "{name}\t{instructions:.1}")?;
        }
        Ok(())
    }
}

impl FromStr for Table {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut table = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let entry = line.split_once('\t');
            let entry = entry.and_then(|(name, number)| Some((name, number.parse().ok()?)));
            let (name, instructions) =
                entry.ok_or_else(|| format!("not a line of a table: {line}"))?;
            table.push(name, instructions);
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(before: &str, now: &str) -> Vec<String> {
        let (before, now): (Table, Table) = (before.parse().unwrap(), now.parse().unwrap());
        before
            .changes(&now)
            .map(|change| change.to_string())
            .collect()
    }

    #[test]
    fn more_than_two_percent_in_either_direction_is_a_change() {
        let before = "# operation\tinstructions\na\t100.00\nb\t100.00\nc\t100.00\nd\t100.00\n";
        let now = "a\t101.9\nb\t98.1\nc\t102.1\nd\t97.9\n";
        assert_eq!(
            changes(before, now),
            [
                "c: 100.0 -> 102.1, +2.1 %, slower",
                "d: 100.0 -> 97.9, -2.1 %, faster",
            ]
        );
        assert!(changes(before, before).is_empty());
    }

    #[test]
    fn operations_that_come_or_go_are_changes() {
        assert_eq!(
            changes("a\t1\n", "b\t2\n"),
            [
                "b: 2.0, not in the table",
                "a: in the table, but there is no such operation",
            ]
        );
    }

    #[test]
    fn a_table_is_read_as_it_was_written() {
        let mut table = Table::default();
        table.push("sip.index.invite", 6522.1);
        assert_eq!(table.to_string().parse(), Ok(table));
        assert!("sip.index.invite".parse::<Table>().is_err());
    }
}
