//! One rule of an answer.

use trunkline_sans_io::{DnsName, Naptr};

use super::EnumUri;
use crate::{LongNumber, Pattern};

/// What a rule makes of a number.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, on the stack, where nothing is allocated"
)]
pub(super) enum Outcome<'a> {
    Uri(EnumUri<'a>),
    /// The rules are to be asked of this domain.
    Domain(DnsName),
}

/// `None` where the rule is for something else, does not apply or makes no sense.
pub(super) fn evaluate<'a>(
    naptr: &Naptr<'a>,
    number: &LongNumber,
    wanted: &[&str],
) -> Option<Outcome<'a>> {
    let is_terminal = match naptr.flags {
        "" => false,
        flag if flag.eq_ignore_ascii_case("u") => true,
        _ => return None,
    };
    // Either of the two, never both (RFC 3403 section 4.1).
    if naptr.regexp.is_empty() == naptr.replacement.is_root() {
        return None;
    }
    if !is_terminal {
        // A further domain is for all services, unless it says for which.
        if !naptr.services.is_empty() {
            service(naptr.services, wanted)?;
        }
        if naptr.regexp.is_empty() {
            return Some(Outcome::Domain(naptr.replacement));
        }
        let text = substitute(naptr.regexp, number)?;
        let name = DnsName::parse(text.as_str()).ok()?;
        return (!name.is_root()).then_some(Outcome::Domain(name));
    }
    let service = service(naptr.services, wanted)?;
    let Text { bytes, len } = substitute(naptr.regexp, number)?;
    let uri = EnumUri {
        service,
        bytes,
        len: len as u16,
    };
    is_uri(&uri).then_some(Outcome::Uri(uri))
}

/// The first service that is wanted: `E2U+` and services with plus signs between them, each a type with subtypes
/// behind colons (RFC 6116 section 3.4.3).
fn service<'a>(services: &'a str, wanted: &[&str]) -> Option<&'a str> {
    let mut parts = services.split('+');
    if !parts.next()?.eq_ignore_ascii_case("E2U") {
        return None;
    }
    let is_label = |label: &str| {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=32).contains(&label.len()) && label.bytes().all(letter)
    };
    let is_wanted = |service: &str| {
        let with_subtypes = |wanted: &&str| match service.split_at_checked(wanted.len()) {
            Some((begin, rest)) => {
                begin.eq_ignore_ascii_case(wanted) && (rest.is_empty() || rest.starts_with(':'))
            }
            None => false,
        };
        wanted.is_empty() || wanted.iter().any(with_subtypes)
    };
    parts.find(|service| service.split(':').all(is_label) && is_wanted(service))
}

/// A text that is made, within bounds.
struct Text {
    bytes: [u8; EnumUri::MAX_LEN],
    len: usize,
}

impl Text {
    fn push(&mut self, part: &[u8]) -> Option<()> {
        let end = self.len + part.len();
        self.bytes.get_mut(self.len..end)?.copy_from_slice(part);
        self.len = end;
        Some(())
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

/// Applies `!expression!replacement!`, with any delimiter (RFC 3402 section 3.2).
fn substitute(regexp: &str, number: &LongNumber) -> Option<Text> {
    let (expression, replacement) = split(regexp)?;
    if !is_posix(expression) {
        return None;
    }
    let pattern = Pattern::new(expression).ok()?;
    let number = number.as_bytes();
    let captures = pattern.program().search(number)?;
    let mut text = Text {
        bytes: [0; EnumUri::MAX_LEN],
        len: 0,
    };
    let mut bytes = replacement.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.next()? {
                // A group that the expression has not makes no sense.
                digit @ b'1'..=b'9' => {
                    let group = usize::from(digit - b'0');
                    if group > pattern.group_count() {
                        return None;
                    }
                    text.push(captures.group(group, number))?;
                }
                b'0' => return None,
                other => text.push(&[other])?,
            },
            _ => text.push(&[byte])?,
        }
    }
    Some(text)
}

/// Expression and replacement. The flag `i` makes no difference: a number has no letters.
fn split(regexp: &str) -> Option<(&str, &str)> {
    let delimiter = regexp.chars().next()?;
    if !delimiter.is_ascii() || delimiter.is_ascii_digit() || matches!(delimiter, 'i' | '\\') {
        return None;
    }
    let rest = regexp.get(1..)?;
    let (expression, rest) = part(rest, delimiter)?;
    let (replacement, flags) = part(rest, delimiter)?;
    matches!(flags, "" | "i").then_some((expression, replacement))
}

/// What stands before the delimiter, and what behind. With a backslash before it, it is none.
fn part(text: &str, delimiter: char) -> Option<(&str, &str)> {
    let mut escaped = false;
    let end = text.find(|letter| {
        let ends = letter == delimiter && !escaped;
        escaped = letter == '\\' && !escaped;
        ends
    })?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// Whether an extended regular expression of POSIX means the same as a [`Pattern`].
fn is_posix(expression: &str) -> bool {
    let mut bytes = expression.bytes().peekable();
    let mut in_class = false;
    while let Some(byte) = bytes.next() {
        let next = bytes.peek().copied();
        let differs = match byte {
            // A class of characters by name, or a backslash that stands for itself.
            b'[' if in_class => matches!(next, Some(b':' | b'.' | b'=')),
            b'\\' if in_class => true,
            b'[' => {
                in_class = true;
                if next == Some(b'^') {
                    bytes.next();
                }
                // In front it is no end, which not all agree on.
                bytes.peek() == Some(&b']')
            }
            b']' if in_class => {
                in_class = false;
                false
            }
            // What has a special meaning loses it; letters and digits would gain one.
            b'\\' => {
                let escaped = bytes.next();
                escaped.is_none_or(|byte| byte.is_ascii_alphanumeric())
            }
            b'(' => !in_class && next == Some(b'?'),
            _ => false,
        };
        if differs {
            return false;
        }
    }
    true
}

/// A scheme, a colon and something behind it, without what no URI has (RFC 3986 section 2).
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let in_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let in_uri = |byte: u8| {
        let delimits = matches!(
            byte,
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
        );
        byte.is_ascii_graphic() && !delimits
    };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(in_scheme)
        && !rest.is_empty()
        && rest.bytes().all(in_uri)
}
