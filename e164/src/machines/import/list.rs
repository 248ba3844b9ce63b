//! Objects as PowerShell's `Format-List` prints them: `Name : value`, one below the other, a blank line between
//! objects.

use alloc::borrow::Cow;
use alloc::vec::Vec;

/// One object.
#[derive(Debug)]
pub(super) struct Listed<'t> {
    /// Where it begins, counted from 1.
    pub(super) line: usize,
    /// The cmdlet on the prompt before it: `Get-CsVoiceRoute`.
    pub(super) command: Option<&'t str>,
    pub(super) fields: Vec<Field<'t>>,
}

/// One field.
#[derive(Debug)]
pub(super) struct Field<'t> {
    pub(super) line: usize,
    pub(super) name: &'t str,
    pub(super) value: Cow<'t, str>,
    /// The value goes over lines. What stood between them is lost: nothing, or a space.
    pub(super) is_wrapped: bool,
}

/// What stands in such a text, in order.
#[derive(Debug)]
pub(super) enum Item<'t> {
    Object(Listed<'t>),
    /// A line that belongs to nothing.
    Stray(usize),
}

/// Reads all of it.
pub(super) fn read(text: &str) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let mut object: Option<Open<'_>> = None;
    let mut command = None;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.trim().is_empty() {
            items.extend(object.take().map(Open::close));
            continue;
        }
        if let Some(named) = command_of(line) {
            items.extend(object.take().map(Open::close));
            command = Some(named);
            continue;
        }
        let is_taken = match &mut object {
            Some(open) => open.take_line(number, line),
            None => {
                object = Open::begin(number, line, command);
                object.is_some()
            }
        };
        if !is_taken {
            items.push(Item::Stray(number));
        }
    }
    items.extend(object.map(Open::close));
    items
}

/// The cmdlet of a prompt: `PS C:\Users\Administrator> Get-CsDialPlan | Format-List`.
fn command_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let (_, command) = line.strip_prefix("PS")?.split_once('>')?;
    command
        .split([' ', '|', '(', ')'])
        .find(|word| word.starts_with("Get-") || word.starts_with("New-"))
}

/// An object whose end is not seen yet.
struct Open<'t> {
    listed: Listed<'t>,
    /// How far the names are from the left, and where the colon is.
    indent: usize,
    colon: usize,
}

impl<'t> Open<'t> {
    fn begin(line: usize, text: &'t str, command: Option<&'t str>) -> Option<Self> {
        let indent = text.len() - text.trim_start().len();
        let colon = text.find(" :")? + 1;
        let field = field(line, text, indent, colon)?;
        Some(Self {
            listed: Listed {
                line,
                command,
                fields: [field].into(),
            },
            indent,
            colon,
        })
    }

    /// Whether the line is of this object: one more field, or more of the last one.
    fn take_line(&mut self, line: usize, text: &'t str) -> bool {
        if let Some(field) = field(line, text, self.indent, self.colon) {
            self.listed.fields.push(field);
            return true;
        }
        let (Some(before), Some(rest)) = (text.get(..self.colon + 1), text.get(self.colon + 1..))
        else {
            return false;
        };
        let Some(last) = self.listed.fields.last_mut() else {
            return false;
        };
        if !before.trim().is_empty() {
            return false;
        }
        last.value
            .to_mut()
            .push_str(rest.strip_prefix(' ').unwrap_or(rest));
        last.is_wrapped = true;
        true
    }

    fn close(self) -> Item<'t> {
        let mut listed = self.listed;
        for field in &mut listed.fields {
            let end = field.value.trim_end().len();
            match &mut field.value {
                Cow::Borrowed(text) => *text = &text[..end],
                Cow::Owned(text) => text.truncate(end),
            }
        }
        Item::Object(listed)
    }
}

/// A field whose colon stands in this column.
fn field(line: usize, text: &str, indent: usize, colon: usize) -> Option<Field<'_>> {
    let name = text.get(..colon)?;
    let value = text.get(colon..)?.strip_prefix(':')?;
    if !name.get(..indent)?.trim().is_empty() {
        return None;
    }
    let name = name.get(indent..)?.trim_end();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (!name.is_empty() && name.bytes().all(is_name)).then(|| Field {
        line,
        name,
        value: Cow::Borrowed(value.strip_prefix(' ').unwrap_or(value)),
        is_wrapped: false,
    })
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::{Item, read};

    /// As Microsoft's documentation shows the output of Get-CsDialPlan.
    const DOCUMENTED: &str = r"
PS C:\Users\Administrator> Get-CsDialPlan

    Identity                 : Global
    Description              :
    NormalizationRules       : {Description=;
                               Pattern=^(\d+)$;Translation=$1;Name=
                               KeepAll;IsInternalExtension=False}
    SimpleName               : DefaultProfile
    OptimizeDeviceDialing    : False

what is this
Identity : a : b
";

    #[test]
    fn values_that_go_over_lines_are_put_together() {
        let items = read(DOCUMENTED);
        let [Item::Object(first), Item::Stray(12), Item::Object(second)] = &items[..] else {
            panic!("{items:?}");
        };
        assert_eq!((first.line, first.command), (4, Some("Get-CsDialPlan")));
        let fields: Vec<_> = first
            .fields
            .iter()
            .map(|field| (field.line, field.name, &*field.value, field.is_wrapped))
            .collect();
        assert_eq!(
            fields,
            [
                (4, "Identity", "Global", false),
                (5, "Description", "", false),
                (
                    6,
                    "NormalizationRules",
                    r"{Description=;Pattern=^(\d+)$;Translation=$1;Name=KeepAll;IsInternalExtension=False}",
                    true
                ),
                (9, "SimpleName", "DefaultProfile", false),
                (10, "OptimizeDeviceDialing", "False", false),
            ]
        );
        assert_eq!(second.fields[0].value, "a : b");
    }

    #[test]
    fn spaces_at_the_end_of_a_line_are_kept_where_it_goes_on() {
        let text = "Name : two \n       words\nDescription : not the same column\n";
        let items = read(text);
        let [Item::Stray(3), Item::Object(object)] = &items[..] else {
            panic!("{items:?}");
        };
        assert_eq!(object.fields[0].value, "two words");
    }
}
