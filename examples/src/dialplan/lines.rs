//! In which line of a file a part of a configuration stands.

use std::borrow::Cow;
use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};
use trunkline_e164::config::VoiceConfiguration;
use trunkline_e164::{Part, PartPlace};

use super::Format;

/// The lines of the parts of a configuration.
#[derive(Debug)]
pub struct Lines<'c> {
    configuration: &'c VoiceConfiguration,
    text: &'c str,
    root: Option<Places<'c>>,
}

/// Where values begin: in octets from the beginning of the file, or by line as they were read.
#[derive(Debug)]
enum Places<'c> {
    Toml(DeTable<'c>),
    Json(&'c str),
    Read(BTreeMap<PartPlace, usize>),
}

/// One step to a value within another one.
#[derive(Clone, Copy)]
enum Step<'s> {
    Field(&'s str),
    Item(usize),
}

impl<'c> Lines<'c> {
    /// Of the configuration that was read from this text.
    #[must_use]
    pub fn of(format: Format, text: &'c str, configuration: &'c VoiceConfiguration) -> Self {
        let root = match format {
            Format::Toml => DeTable::parse(text)
                .ok()
                .map(|table| Places::Toml(table.into_inner())),
            Format::Json => Some(Places::Json(text)),
            Format::Other(format) => {
                let read = format.read_with_lines(text, &mut VoiceConfiguration::default());
                read.ok().map(|(_, lines)| Places::Read(lines))
            }
        };
        Self {
            configuration,
            text,
            root,
        }
    }

    /// The line of a part, counted from 1; that of the whole list where the part itself is not found.
    #[must_use]
    pub fn of_part(&self, part: &Part<'_>) -> Option<usize> {
        let place = part.place(self.configuration)?;
        let mut path = vec![Step::Field(place.list), Step::Item(place.index)];
        if let Some((list, index)) = place.rule {
            path.extend([Step::Field(list), Step::Item(index)]);
        }
        let at = match self.root.as_ref()? {
            Places::Read(lines) => return lines.get(&place).copied(),
            Places::Toml(table) => in_toml(table, &path),
            Places::Json(text) => in_json(text, &path),
        }?;
        let before = self.text.as_bytes().get(..at)?;
        Some(1 + before.iter().filter(|byte| **byte == b'\n').count())
    }
}

/// Where the last value of a way begins that is found.
fn in_toml(table: &DeTable<'_>, path: &[Step<'_>]) -> Option<usize> {
    let (Step::Field(first), rest) = path.split_first().map(|(first, rest)| (*first, rest))? else {
        return None;
    };
    let mut value = table.get(first)?;
    for step in rest {
        let next = match (step, value.get_ref()) {
            (Step::Field(name), DeValue::Table(table)) => table.get(*name),
            (Step::Item(index), DeValue::Array(items)) => items.get(*index),
            _ => None,
        };
        let Some(next) = next else { break };
        value = next;
    }
    Some(value.span().start)
}

/// As [`in_toml`], in JSON that has been read already.
fn in_json(text: &str, path: &[Step<'_>]) -> Option<usize> {
    let mut reader = Json { text, at: 0 };
    let mut found = None;
    for step in path {
        let entered = match step {
            Step::Field(name) => reader.enter_field(name),
            Step::Item(index) => reader.enter_item(*index),
        };
        if entered.is_none() {
            break;
        }
        found = Some(reader.at);
    }
    found
}

/// A place in JSON, before a value.
struct Json<'t> {
    text: &'t str,
    at: usize,
}

impl Json<'_> {
    /// The next octet that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.get(self.at..)?;
        self.at += rest.len() - rest.trim_ascii_start().len();
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, octet: u8) -> Option<()> {
        (self.peek()? == octet).then(|| self.at += 1)
    }

    fn string(&mut self) -> Option<Cow<'_, str>> {
        self.take(b'"')?;
        let begin = self.at;
        loop {
            match self.text.as_bytes().get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        let quoted = self.text.get(begin - 1..self.at)?;
        serde_json::from_str(quoted).ok()
    }

    /// Passes over a value: as many brackets are closed as are opened.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => drop(self.string()?),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    let rest = self.text.get(self.at..)?;
                    let is_end = |letter: char| {
                        letter.is_ascii_whitespace() || matches!(letter, ',' | ']' | '}' | ':')
                    };
                    self.at += rest.find(is_end).unwrap_or(rest.len());
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn enter_field(&mut self, name: &str) -> Option<()> {
        self.take(b'{')?;
        loop {
            let is_it = self.string()? == name;
            self.take(b':')?;
            if is_it {
                return self.peek().map(drop);
            }
            self.skip()?;
            self.take(b',')?;
        }
    }

    fn enter_item(&mut self, index: usize) -> Option<()> {
        self.take(b'[')?;
        for _ in 0..index {
            self.skip()?;
            self.take(b',')?;
        }
        self.peek().filter(|octet| *octet != b']').map(drop)
    }
}
