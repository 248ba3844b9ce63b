//! Rows of cells: CSV as RFC 4180 has it and PowerShell writes it, and tables as `mysql --batch` prints them.
//!
//! By hand and not by the crate `csv`, since cells are borrowed from the text, each row tells its line, several tables
//! stand in one file, and nothing of the standard library is needed. The tests compare it with that crate.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// What stands between cells, and what that means for the rest of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// Cells that begin with a quotation mark end with one, and double those within.
    Comma,
    /// As `Comma`: what Export-Csv writes with `-UseCulture` in German, among others.
    Semicolon,
    /// As `Comma`: what Export-Csv writes with `-Delimiter "`t"`.
    QuotedTab,
    /// Backslashes escape tabs, line feeds and themselves; `NULL` is no text.
    Tab,
}

impl Delimiter {
    /// That of a table with this first line.
    pub(super) fn of(header: &str) -> Self {
        let count = |delimiter| header.bytes().filter(|&byte| byte == delimiter).count();
        if count(b'\t') > 0 && header.starts_with('"') {
            Self::QuotedTab
        } else if count(b'\t') > 0 {
            Self::Tab
        } else if count(b';') > count(b',') {
            Self::Semicolon
        } else {
            Self::Comma
        }
    }

    const fn octet(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::QuotedTab | Self::Tab => b'\t',
        }
    }
}

/// One row, and the line it begins in, counted from 1.
#[derive(Debug)]
pub(super) struct Row<'t> {
    pub(super) line: usize,
    pub(super) cells: Vec<Cow<'t, str>>,
    /// The closing quotation mark is missing: the last cell goes to the end of the text.
    pub(super) is_unclosed: bool,
}

/// The lines of a text, and rows of it, from wherever the one before ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Rows<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self {
            rest: text,
            line: 1,
        }
    }

    /// The next line as it stands, which is not taken yet, and its number.
    pub(super) fn peek(&self) -> Option<(usize, &'t str)> {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let line = self.rest.get(..end)?;
        (!self.rest.is_empty()).then(|| (self.line, line.strip_suffix('\r').unwrap_or(line)))
    }

    /// Passes over the next line.
    pub(super) fn skip_line(&mut self) {
        let end = self.rest.find('\n').map_or(self.rest.len(), |end| end + 1);
        self.rest = self.rest.get(end..).unwrap_or_default();
        self.line += 1;
    }

    /// The next row.
    pub(super) fn row(&mut self, delimiter: Delimiter) -> Option<Row<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut row = Row {
            line: self.line,
            cells: Vec::new(),
            is_unclosed: false,
        };
        loop {
            let quoted = match delimiter {
                Delimiter::Tab => None,
                _ => self.rest.strip_prefix('"'),
            };
            let cell = match quoted {
                Some(rest) => match quoted_cell(rest) {
                    Some((cell, rest, lines)) => {
                        self.rest = rest;
                        self.line += lines;
                        // what stands between the quotation mark and the delimiter belongs to the cell
                        let (tail, ends) = self.plain_cell(delimiter);
                        row.cells
                            .push(if tail.is_empty() { cell } else { cell + tail });
                        if ends {
                            return Some(row);
                        }
                        continue;
                    }
                    None => {
                        row.is_unclosed = true;
                        row.cells.push(Cow::Borrowed(rest));
                        self.rest = "";
                        return Some(row);
                    }
                },
                None => self.plain_cell(delimiter),
            };
            row.cells.push(match delimiter {
                Delimiter::Tab => batch_cell(cell.0),
                _ => Cow::Borrowed(cell.0),
            });
            if cell.1 {
                return Some(row);
            }
        }
    }

    /// Up to the next delimiter or line end, and whether it was a line end.
    fn plain_cell(&mut self, delimiter: Delimiter) -> (&'t str, bool) {
        let end = |byte: u8| byte == delimiter.octet() || byte == b'\n';
        let end = self.rest.bytes().position(end);
        let (cell, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let ends = !rest.starts_with(char::from(delimiter.octet()));
        self.rest = rest.get(1..).unwrap_or_default();
        self.line += usize::from(ends);
        let cell = match ends {
            true => cell.strip_suffix('\r').unwrap_or(cell),
            false => cell,
        };
        (cell, ends)
    }
}

/// What stands between quotation marks, what follows, and how many lines end within. The text is that behind the
/// first mark.
fn quoted_cell(text: &str) -> Option<(Cow<'_, str>, &str, usize)> {
    let mut end = 0;
    let mut is_doubled = false;
    loop {
        end += text.get(end..)?.find('"')?;
        if !text[end + 1..].starts_with('"') {
            break;
        }
        is_doubled = true;
        end += 2;
    }
    let cell = &text[..end];
    let lines = cell.bytes().filter(|&byte| byte == b'\n').count();
    let cell = match is_doubled {
        true => Cow::Owned(cell.replace("\"\"", "\"")),
        false => Cow::Borrowed(cell),
    };
    Some((cell, &text[end + 1..], lines))
}

/// A cell as `mysql --batch` escapes it.
fn batch_cell(cell: &str) -> Cow<'_, str> {
    if cell == "NULL" {
        return Cow::Borrowed("");
    }
    if !cell.contains('\\') {
        return Cow::Borrowed(cell);
    }
    let mut out = String::with_capacity(cell.len());
    let mut letters = cell.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('0') => out.push('\0'),
                Some('\\') | None => out.push('\\'),
                Some(other) => out.extend(['\\', other]),
            },
            letter => out.push(letter),
        }
    }
    Cow::Owned(out)
}

/// Appends a row of CSV, all cells in quotation marks, as Export-Csv writes them.
pub(super) fn write_row<'c>(out: &mut String, cells: impl IntoIterator<Item = &'c str>) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push('"');
        for part in cell.split_inclusive('"') {
            out.push_str(part);
            if part.ends_with('"') {
                out.push('"');
            }
        }
        out.push('"');
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::{Delimiter, Rows, write_row};

    fn rows(text: &str, delimiter: Delimiter) -> Vec<(usize, Vec<String>)> {
        let mut rows = Rows::new(text);
        let rows = core::iter::from_fn(|| rows.row(delimiter));
        rows.map(|row| {
            assert!(!row.is_unclosed);
            let cells = row.cells.iter().map(ToString::to_string);
            (row.line, cells.collect())
        })
        .collect()
    }

    #[test]
    fn rows_know_the_line_they_begin_in() {
        let text = "\"a\",\"b\r\nc\"\r\n\"say \"\"x\"\"\",2\n\n,\"\"\nlast";
        let row = |line, cells: &[&str]| {
            let cells: Vec<String> = cells.iter().map(ToString::to_string).collect();
            (line, cells)
        };
        assert_eq!(
            rows(text, Delimiter::Comma),
            [
                row(1, &["a", "b\r\nc"]),
                row(3, &["say \"x\"", "2"]),
                row(4, &[""]),
                row(5, &["", ""]),
                row(6, &["last"]),
            ]
        );
        assert_eq!(
            rows("1\t^\\\\+49\tNULL\ta\\tb\\", Delimiter::Tab),
            [row(1, &["1", "^\\+49", "", "a\tb\\"])]
        );
        assert_eq!(
            rows("\"a\"b;c", Delimiter::Semicolon),
            [row(1, &["ab", "c"])]
        );
    }

    #[test]
    fn an_open_quotation_mark_is_told() {
        let mut rows = Rows::new("a,\"b\nc");
        let row = rows.row(Delimiter::Comma).unwrap();
        assert!(row.is_unclosed);
        assert_eq!(row.cells[1], "b\nc");
        assert!(rows.row(Delimiter::Comma).is_none());
    }

    #[test]
    fn the_first_line_tells_the_delimiter() {
        for (line, delimiter) in [
            ("\"Identity\",\"Pattern\"", Delimiter::Comma),
            ("\"Identity\";\"Pattern\"", Delimiter::Semicolon),
            ("dpid\tpr", Delimiter::Tab),
            ("\"Identity\"\t\"Pattern\"", Delimiter::QuotedTab),
            ("Identity", Delimiter::Comma),
        ] {
            assert_eq!(Delimiter::of(line), delimiter, "{line}");
        }
    }

    proptest! {
        /// What is written reads the same, here and by the crate `csv`.
        #[test]
        fn csv_is_what_others_read(
            table in prop::collection::vec(prop::collection::vec("[a-c\",;\r\n ]{0,6}", 2..4), 1..5),
        ) {
            let mut text = String::new();
            for row in &table {
                write_row(&mut text, row.iter().map(String::as_str));
            }
            let ours: Vec<_> = rows(&text, Delimiter::Comma).into_iter().map(|row| row.1).collect();
            prop_assert_eq!(&ours, &table);
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(ToString::to_string).collect())
                .collect();
            prop_assert_eq!(theirs, table);
        }

        /// Whatever stands there, reading comes to an end and takes all lines.
        #[test]
        fn every_text_has_rows(text in "[a\",\r\n\\\\\t]{0,40}") {
            for delimiter in [Delimiter::Comma, Delimiter::Tab] {
                let mut rows = Rows::new(&text);
                let mut last = 0;
                while let Some(row) = rows.row(delimiter) {
                    prop_assert!(row.line > last && !row.cells.is_empty());
                    last = row.line;
                }
                prop_assert!(rows.peek().is_none());
            }
        }
    }
}
