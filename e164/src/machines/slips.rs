//! Slips of the pen in patterns: what compiles, and hardly means what it says.

#[cfg(feature = "alloc")]
use alloc::string::String;
use core::fmt;

use crate::Pattern;

/// A slip in the text of a pattern. Displays as advice for whoever wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Slip {
    /// `^a|b$`: an alternative without the anchor that the first or the last one has, so that it matches
    /// anywhere in a number. The offset is that of the bar.
    UnanchoredAlternative {
        /// In octets from the beginning of the pattern.
        offset: usize,
    },
    /// `[4,5]` or `[4|5]`: what is meant to stand between the members is a member.
    SeparatorInClass {
        /// In octets from the beginning of the pattern.
        offset: usize,
        /// `,` or `|`.
        separator: char,
    },
    /// `d{11}`: the letter, where `\d` is meant.
    LetterForDigit {
        /// In octets from the beginning of the pattern.
        offset: usize,
    },
}

impl fmt::Display for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnanchoredAlternative { offset } => write!(
                f,
                "the bar at offset {offset} leaves an alternative without ^ or $: put all of them into parentheses"
            ),
            Self::SeparatorInClass { offset, separator } => write!(
                f,
                "{separator:?} at offset {offset} is a member of the class, whose members need nothing between them"
            ),
            Self::LetterForDigit { offset } => {
                write!(f, r"the letter d at offset {offset}: digits are \d")
            }
        }
    }
}

impl Pattern {
    /// What looks like a slip in the text of a pattern, whether it compiles or not.
    ///
    /// ```
    /// use trunkline_e164::{Pattern, Slip};
    ///
    /// let slips: Vec<Slip> = Pattern::slips(r"^\+3190\d{5,8}|8[47]\d{7}$").collect();
    /// assert_eq!(slips, [Slip::UnanchoredAlternative { offset: 14 }]);
    /// assert_eq!(Pattern::slips(r"^\+49(89|30)\d+$").count(), 0);
    /// ```
    pub fn slips(pattern: &str) -> impl Iterator<Item = Slip> {
        let bytes = pattern.as_bytes();
        let begins = bytes.first() == Some(&b'^');
        // a dollar sign that a backslash makes a character ends nothing
        let backslashes = bytes.iter().rev().skip(1);
        let backslashes = backslashes.take_while(|&&byte| byte == b'\\').count();
        let ends = bytes.last() == Some(&b'$') && backslashes % 2 == 0;
        let mut class = None;
        let mut depth = 0_usize;
        let (mut is_escape, mut after_end) = (false, false);
        bytes.iter().enumerate().filter_map(move |(offset, &byte)| {
            if is_escape {
                (is_escape, after_end) = (false, false);
                return None;
            }
            is_escape = byte == b'\\';
            let after_end = core::mem::replace(&mut after_end, byte == b'$');
            if let Some(begin) = class {
                // a bracket right at the beginning is a member
                let first = begin + 1 + usize::from(bytes.get(begin + 1) == Some(&b'^'));
                if byte == b']' && offset > first {
                    class = None;
                }
                let is_separator = matches!(byte, b',' | b'|') && offset > first;
                return is_separator.then(|| Slip::SeparatorInClass {
                    offset,
                    separator: char::from(byte),
                });
            }
            match byte {
                b'[' => class = Some(offset),
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b'|' if depth == 0 => {
                    let next = bytes.get(offset + 1);
                    let is_open = (begins && next != Some(&b'^')) || (ends && !after_end);
                    return is_open.then_some(Slip::UnanchoredAlternative { offset });
                }
                b'd' if matches!(bytes.get(offset + 1), Some(b'{' | b'+' | b'*')) => {
                    return Some(Slip::LetterForDigit { offset });
                }
                _ => {}
            }
            None
        })
    }
}

#[cfg(feature = "alloc")]
impl Slip {
    /// The pattern as it is meant.
    pub(super) fn mended(self, pattern: &str) -> Option<String> {
        let mut mended = String::from(pattern);
        match self {
            Self::UnanchoredAlternative { .. } => {
                let inner = pattern.strip_prefix('^');
                let begin = if inner.is_some() { "^(?:" } else { "(?:" };
                let inner = inner.unwrap_or(pattern);
                let is_end = inner.ends_with('$') && !inner.ends_with(r"\$");
                let (inner, end) = match inner.strip_suffix('$').filter(|_| is_end) {
                    Some(inner) => (inner, ")$"),
                    None => (inner, ")"),
                };
                mended = [begin, inner, end].concat();
            }
            Self::SeparatorInClass { offset, .. } => {
                let is_inside = pattern.is_char_boundary(offset) && offset < pattern.len();
                is_inside.then(|| mended.remove(offset))?;
            }
            Self::LetterForDigit { offset } => {
                pattern
                    .is_char_boundary(offset)
                    .then(|| mended.insert(offset, '\\'))?;
            }
        }
        Some(mended)
    }

    /// What hardly anybody dials, and the pattern takes.
    pub(super) const fn octet(self) -> Option<u8> {
        match self {
            Self::UnanchoredAlternative { .. } => None,
            Self::SeparatorInClass { separator, .. } => Some(separator as u8),
            Self::LetterForDigit { .. } => Some(b'd'),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use super::Slip;
    use crate::Pattern;

    /// Mistakes that stand in rules of the field, and what only looks like them.
    #[test]
    fn slips_that_were_seen_are_found() {
        let bar = |offset| Slip::UnanchoredAlternative { offset };
        let member = |offset, separator| Slip::SeparatorInClass { offset, separator };
        let letter = |offset| Slip::LetterForDigit { offset };
        for (pattern, expected) in [
            (r"^\+3190\d{5,8}|8[47]\d{7}$", &[bar(14)][..]),
            ("^1|^2$", &[bar(2)]),
            ("^1$|2$", &[bar(3)]),
            ("^1$|^2$", &[]),
            ("1|2", &[]),
            (r"^1\$|^2$", &[bar(4)]),
            (r"1|2\$", &[]),
            (r"^(1|2|3[4-9])\|$", &[]),
            (r"^0[4,5,7]\d+$", &[member(4, ','), member(6, ',')]),
            (r"^\+?1312555888[2|3]$", &[member(16, '|')]),
            ("^[|]$", &[]),
            ("^[^,]$", &[]),
            (r"^\d{1,3},[]|]$", &[member(11, '|')]),
            ("^(d{11})$", &[letter(2)]),
            (r"^\\d+\d*[d]+d$", &[letter(3)]),
            ("", &[]),
            ("[", &[]),
            (r"\", &[]),
            ("|", &[]),
        ] {
            let slips: Vec<Slip> = Pattern::slips(pattern).collect();
            assert_eq!(slips, expected, "{pattern}");
        }
        assert_eq!(
            letter(2).to_string(),
            r"the letter d at offset 2: digits are \d"
        );
        assert!(bar(1).to_string().contains("parentheses"));
        assert!(member(4, ',').to_string().starts_with("',' at offset 4"));
    }
}
