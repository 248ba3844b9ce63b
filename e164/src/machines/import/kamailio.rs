//! Tables of Kamailio: `dialplan`, and `dr_rules` and `dr_gateways` of `drouting`.
//!
//! What columns mean: <https://www.kamailio.org/docs/modules/stable/modules/dialplan.html>,
//! <https://www.kamailio.org/docs/modules/stable/modules/drouting.html>.

mod dialplan;
mod drouting;

use alloc::borrow::Cow;
use alloc::vec::Vec;

pub(super) use dialplan::{read as read_dialplan, write as write_dialplan};
pub(super) use drouting::{read as read_drouting, write as write_drouting};

use super::delimited::{Delimiter, Rows};
use super::finding::{Finding, Reason};

/// A row of a table, by the names of its columns.
struct Record<'h, 't> {
    line: usize,
    columns: &'h [&'t str],
    cells: Vec<Cow<'t, str>>,
}

impl<'t> Record<'_, 't> {
    /// The cell of a column, without spaces around it; nothing where there is none.
    fn get(&self, column: &str) -> &str {
        let place = self
            .columns
            .iter()
            .position(|name| name.eq_ignore_ascii_case(column));
        let cell = place.and_then(|place| self.cells.get(place));
        cell.map_or("", |cell| cell.trim())
    }

    /// A number; 0 where nothing stands.
    fn number(&self, column: &str) -> Result<u32, Reason> {
        match self.get(column) {
            "" => Ok(0),
            text => text.parse().map_err(|_| Reason::NotNumber),
        }
    }

    /// Columns that say something and are none of these.
    fn others(&self, known: &[&str]) -> impl Iterator<Item = &'t str> {
        let cells = self.columns.iter().zip(&self.cells);
        let others = cells.filter(move |(name, cell)| {
            let is_known = known.iter().any(|known| known.eq_ignore_ascii_case(name));
            !is_known && !cell.trim().is_empty()
        });
        others.map(|(name, _)| *name)
    }
}

/// Hands out each row of all tables in a text, which begin with a header and end with a blank line. A table with none
/// of these columns is told of and passed over.
fn tables<'t>(
    text: &'t str,
    telling: &[&str],
    findings: &mut Vec<Finding<'t>>,
    mut take: impl FnMut(&Record<'_, 't>, &mut Vec<Finding<'t>>),
) {
    /// More columns than any of the tables has.
    const MAX_COLUMNS: usize = 64;
    let mut rows = Rows::new(text);
    let mut header: Option<(Vec<&'t str>, Delimiter)> = None;
    let mut is_known = true;
    let is_table = |names: &[&str]| {
        let mut names = names.iter();
        names.any(|name| {
            telling
                .iter()
                .any(|column| column.eq_ignore_ascii_case(name))
        })
    };
    while let Some((line, peeked)) = rows.peek() {
        let tell = |reason| Finding {
            line,
            field: "",
            reason,
        };
        if peeked.trim().is_empty() {
            header = None;
            rows.skip_line();
            continue;
        }
        let delimiter = header
            .as_ref()
            .map_or_else(|| Delimiter::of(peeked), |header| header.1);
        let Some(row) = rows.row(delimiter) else {
            return;
        };
        if row.is_unclosed {
            findings.push(tell(Reason::UnclosedQuote));
            continue;
        }
        let Some((columns, _)) = &header else {
            let name = |cell| match cell {
                Cow::Borrowed(name) => str::trim(name),
                Cow::Owned(_) => "",
            };
            let is_too_wide = row.cells.len() > MAX_COLUMNS;
            let names: Vec<&str> = row.cells.into_iter().map(name).take(MAX_COLUMNS).collect();
            is_known = !is_too_wide && is_table(&names);
            if !is_known {
                findings.push(tell(match is_too_wide {
                    true => Reason::TooManyCells,
                    false => Reason::UnknownObject,
                }));
            }
            header = Some((names, delimiter));
            continue;
        };
        if !is_known {
            continue;
        }
        if row.cells.len() > columns.len() {
            findings.push(tell(Reason::TooManyCells));
        }
        let record = Record {
            line,
            columns,
            cells: row.cells,
        };
        take(&record, findings);
    }
}
