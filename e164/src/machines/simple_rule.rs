//! Rules by first digits and length, as administrators fill them into a form.

#[cfg(test)]
mod tests;

use core::fmt::{self, Write};

use crate::{DialString, NormalizationRule, RuleError};

/// How many octets the first digits, and what is added, have at most.
const CAPACITY: usize = 24;

/// A rule as the forms of Skype for Business take it: first digits, length, how many digits to remove, what to
/// put before the rest. What is no digit counts as one: `+1` are two.
///
/// [`rule`](Self::rule) compiles it to the pattern and translation that those forms generate, and
/// [`of`](Self::of) finds it in such a pattern and translation again.
///
/// ```
/// use trunkline_e164::{Length, SimpleRule};
///
/// let abroad = SimpleRule::new("+", Length::AtLeast(11), 1, "011")?;
/// assert_eq!(abroad.pattern().to_string(), r"^\+(\d{9}\d+)$");
/// assert_eq!(abroad.translation().to_string(), "011$1");
/// assert_eq!(SimpleRule::of(r"^\+(\d{9}\d+)$", "011$1"), Some(abroad));
/// # Ok::<(), trunkline_e164::SimpleRuleError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SimpleRule {
    starting_digits: Digits,
    length: Length,
    remove: u8,
    add: Digits,
}

/// How long a number is that a [`SimpleRule`] covers, its first digits included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Length {
    /// So many digits, or more.
    AtLeast(usize),
    /// So many digits.
    Exactly(usize),
    /// As long as the first digits, or longer.
    Any,
}

/// Digits, `+`, `*` and `#`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Digits {
    bytes: [u8; CAPACITY],
    len: u8,
}

impl Digits {
    const NONE: Self = Self {
        bytes: [0; CAPACITY],
        len: 0,
    };

    const fn new(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        let mut digits = Self::NONE;
        let mut at = 0;
        while at < text.len() {
            if !digits.push(text[at]) {
                return None;
            }
            at += 1;
        }
        Some(digits)
    }

    /// Whether there is room, and it is one.
    const fn push(&mut self, byte: u8) -> bool {
        let len = self.len as usize;
        let is_dialled = matches!(byte, b'0'..=b'9' | b'+' | b'*' | b'#');
        if is_dialled && len < CAPACITY {
            self.bytes[len] = byte;
            self.len += 1;
        }
        is_dialled && len < CAPACITY
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl SimpleRule {
    /// A rule for numbers that begin with these digits (there may be none) and have this length: so many digits
    /// are removed from their beginning, and these are put there. For tables that the compiler makes: see [`SimpleRules`](crate::SimpleRules).
    ///
    /// # Errors
    ///
    /// [`SimpleRuleError`] tells which of the four is wrong.
    pub const fn new(
        starting_digits: &str,
        length: Length,
        remove: usize,
        add: &str,
    ) -> Result<Self, SimpleRuleError> {
        let Some(starting_digits) = Digits::new(starting_digits) else {
            return Err(SimpleRuleError::StartingDigits);
        };
        let Some(add) = Digits::new(add) else {
            return Err(SimpleRuleError::Add);
        };
        let start = starting_digits.len as usize;
        let (shortest, is_all) = match length {
            Length::AtLeast(least) => (least, false),
            Length::Exactly(exact) => (exact, true),
            Length::Any => (start, false),
        };
        if shortest < start || shortest > DialString::CAPACITY || (is_all && shortest == 0) {
            return Err(SimpleRuleError::Length);
        }
        if remove > shortest || (is_all && remove == shortest && add.len == 0) {
            return Err(SimpleRuleError::Remove);
        }
        Ok(Self {
            starting_digits,
            length,
            remove: remove as u8,
            add,
        })
    }

    /// The rule that compiles to this pattern and translation, if one does.
    #[must_use]
    pub fn of(pattern: &str, translation: &str) -> Option<Self> {
        let (add, group) = match translation.strip_suffix("$1") {
            Some(add) => (add, true),
            None => (translation, false),
        };
        let mut rest = pattern.strip_prefix('^')?.strip_suffix('$')?.as_bytes();
        let mut starting_digits = Digits::NONE;
        let (mut length, mut is_any, mut is_open) = (0, false, false);
        let mut removed = None;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match (byte, after) {
                (b'(', _) => removed = Some(length),
                (b')', _) => {}
                (b'\\', [b'd', after @ ..]) => {
                    let (count, after) = match after {
                        [b'*', after @ ..] => {
                            is_any = true;
                            (0, after)
                        }
                        [b'+', after @ ..] => {
                            is_open = true;
                            (1, after)
                        }
                        [b'{', after @ ..] => {
                            let end = after.iter().position(|&byte| byte == b'}')?;
                            let count = str::from_utf8(&after[..end]).ok()?;
                            (count.parse::<u8>().ok()?.into(), &after[end + 1..])
                        }
                        _ => return None,
                    };
                    length += count;
                    rest = after;
                }
                (b'\\', [byte @ (b'+' | b'*'), after @ ..]) => {
                    starting_digits.push(*byte).then_some(())?;
                    length += 1;
                    rest = after;
                }
                _ => {
                    starting_digits.push(byte).then_some(())?;
                    length += 1;
                }
            }
        }
        let (exact, least) = (Length::Exactly(length), Length::AtLeast(length));
        let length = match () {
            () if is_open => least,
            () if !is_any => exact,
            () if length == usize::from(starting_digits.len) => Length::Any,
            () => least,
        };
        let remove = match removed {
            Some(removed) if group => removed,
            None if !group => match length {
                Length::Exactly(length) => length,
                _ => return None,
            },
            _ => return None,
        };
        let rule = Self::new(starting_digits.as_str(), length, remove, add).ok()?;
        // whatever else stands there is told apart by what the rule says itself
        let is_same =
            matches(&rule.pattern(), pattern) && matches(&rule.translation(), translation);
        is_same.then_some(rule)
    }

    /// What numbers begin with.
    #[must_use]
    pub fn starting_digits(&self) -> &str {
        self.starting_digits.as_str()
    }

    /// How long they are.
    #[must_use]
    pub const fn length(&self) -> Length {
        self.length
    }

    /// How many digits are removed from their beginning.
    #[must_use]
    pub fn remove(&self) -> usize {
        self.remove.into()
    }

    /// What is put there.
    #[must_use]
    pub fn add(&self) -> &str {
        self.add.as_str()
    }

    /// The pattern, as text.
    pub fn pattern(&self) -> impl fmt::Display {
        Written(*self, Self::write_pattern)
    }

    /// The translation, as text.
    pub fn translation(&self) -> impl fmt::Display {
        Written(*self, Self::write_translation)
    }

    /// The rule, compiled.
    ///
    /// # Errors
    ///
    /// None so far: what [`new`](Self::new) takes compiles.
    pub fn rule(&self) -> Result<NormalizationRule, RuleError> {
        let (mut pattern, mut translation) = (Text::NONE, Text::NONE);
        // there is room for the longest
        let _ = self.write_pattern(&mut pattern);
        let _ = self.write_translation(&mut translation);
        NormalizationRule::new(pattern.as_str(), translation.as_str())
    }

    /// Whether nothing is left of the number, so that nothing of it is captured.
    pub(super) fn replaces_all(&self) -> bool {
        self.length == Length::Exactly(self.remove.into())
    }

    /// What is left of a number that the rule covers.
    pub(super) fn rest<'d>(&self, dialled: &'d [u8]) -> Option<&'d [u8]> {
        let behind = dialled.strip_prefix(self.starting_digits.as_bytes())?;
        let fits = match self.length {
            Length::AtLeast(least) => dialled.len() >= least,
            Length::Exactly(exact) => dialled.len() == exact,
            Length::Any => true,
        };
        if !fits || !behind.iter().all(u8::is_ascii_digit) {
            return None;
        }
        dialled.get(usize::from(self.remove)..)
    }

    fn write_pattern(&self, out: &mut dyn Write) -> fmt::Result {
        let start = usize::from(self.starting_digits.len);
        let remove = usize::from(self.remove);
        let replaces_all = self.replaces_all();
        out.write_char('^')?;
        for (index, digit) in self.starting_digits().chars().enumerate() {
            if index == remove {
                out.write_char('(')?;
            }
            if matches!(digit, '+' | '*') {
                out.write_char('\\')?;
            }
            out.write_char(digit)?;
        }
        // what is removed beyond the first digits stands before the group
        let beyond = remove.saturating_sub(start);
        if beyond > 0 {
            write!(out, r"\d{{{beyond}}}")?;
        }
        if remove >= start && !replaces_all {
            out.write_char('(')?;
        }
        let taken = start + beyond;
        match self.length {
            Length::Exactly(length) if length > taken => write!(out, r"\d{{{}}}", length - taken)?,
            Length::Exactly(_) => {}
            Length::AtLeast(length) => match length.saturating_sub(taken) {
                0 => out.write_str(r"\d*")?,
                1 => out.write_str(r"\d+")?,
                more => write!(out, r"\d{{{}}}\d+", more - 1)?,
            },
            Length::Any => out.write_str(r"\d*")?,
        }
        out.write_str(if replaces_all { "$" } else { ")$" })
    }

    fn write_translation(&self, out: &mut dyn Write) -> fmt::Result {
        out.write_str(self.add())?;
        out.write_str(if self.replaces_all() { "" } else { "$1" })
    }
}

/// Text of a rule.
struct Written(SimpleRule, fn(&SimpleRule, &mut dyn Write) -> fmt::Result);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1(&self.0, f)
    }
}

/// Room for the longest pattern: first digits that are escaped, two counts, and what stands around them.
struct Text {
    bytes: [u8; 2 * CAPACITY + 24],
    len: usize,
}

impl Text {
    const NONE: Self = Self {
        bytes: [0; 2 * CAPACITY + 24],
        len: 0,
    };

    fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let place = self.bytes.get_mut(self.len..self.len + text.len());
        place.ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

/// Whether this is how it is written.
fn matches(written: &impl fmt::Display, text: &str) -> bool {
    let mut out = Text::NONE;
    write!(out, "{written}").is_ok() && out.as_str() == text
}

/// Which part of a [`SimpleRule`] is wrong. It has to be mended by whoever filled it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SimpleRuleError {
    /// The first digits are more than 24, or something else than digits, `+`, `*` and `#`.
    #[error("not starting digits")]
    StartingDigits,
    /// The length is less than that of the first digits, or none, or more than 64.
    #[error("a length that no number has")]
    Length,
    /// More digits are removed than there are, or all of them, and nothing is added.
    #[error("too many digits to remove")]
    Remove,
    /// What is added is more than 24 digits, or something else than digits, `+`, `*` and `#`.
    #[error("not digits to add")]
    Add,
}
