//! Hostile text made fit to be shown.

use alloc::string::String;
use core::fmt::{self, Write as _};

/// What stands for a secret.
pub const REDACTED: &str = "<redacted>";

/// Whether a character may change how the text around it is shown, or hide in it: controls, the marks that
/// turn the direction of writing, what Unicode has as line ends, and what has no shape.
fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Text of one line from octets that may be anything, at most `limit` characters of it.
pub(crate) fn line(bytes: &[u8], limit: usize) -> String {
    let mut out = String::new();
    push_line(&mut out, bytes, limit);
    out
}

/// Appends what [`line`] gives.
pub(crate) fn push_line(out: &mut String, bytes: &[u8], limit: usize) {
    let mut left = limit;
    for chunk in bytes.utf8_chunks() {
        let broken = (!chunk.invalid().is_empty()).then_some(char::REPLACEMENT_CHARACTER);
        for letter in chunk.valid().chars().chain(broken) {
            if left == 0 {
                return;
            }
            left -= 1;
            out.push(match letter {
                '\t' => ' ',
                letter if is_unsafe(letter) => char::REPLACEMENT_CHARACTER,
                letter => letter,
            });
        }
    }
}

/// The text in at most `limit` characters: `a long rea…`.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return String::from(text);
    }
    let mut out: String = text.chars().take(limit.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// Shows its text as HTML text or inside a double-quoted attribute.
pub(crate) struct Html<T>(pub(crate) T);

impl<T: fmt::Display> fmt::Display for Html<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            match letter {
                '&' => self.0.write_str("&amp;")?,
                '<' => self.0.write_str("&lt;")?,
                '>' => self.0.write_str("&gt;")?,
                '"' => self.0.write_str("&quot;")?,
                '\'' => self.0.write_str("&#39;")?,
                '\n' => self.0.write_char('\n')?,
                letter if is_unsafe(letter) => self.0.write_char(char::REPLACEMENT_CHARACTER)?,
                letter => self.0.write_char(letter)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn markup_and_controls_lose_their_meaning() {
        let hostile = "<script>\"'&\u{1b}[31m\u{202e}";
        assert_eq!(
            format!("{}", Html(hostile)),
            "&lt;script&gt;&quot;&#39;&amp;\u{fffd}[31m\u{fffd}"
        );
        assert_eq!(line(b"a\tb\xff\x00c", 9), "a b\u{fffd}\u{fffd}c");
        assert_eq!(line(b"abcdef", 3), "abc");
    }

    #[test]
    fn long_text_ends_in_an_ellipsis() {
        assert_eq!(shorten("INVITE", 6), "INVITE");
        assert_eq!(shorten("INVITES", 6), "INVIT…");
        assert_eq!(shorten("ab", 0), "…");
    }
}
