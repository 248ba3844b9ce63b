//! Quoted strings (RFC 3261 section 25.1).

use core::fmt;

use super::write::{Encode, Encoder};

/// A quoted string: what stands between the quotes of a header value, or text to be quoted.
///
/// RFC 3261 wants UTF-8 in it; peers also send Latin-1, so the content is octets. Two of them are equal
/// when they mean the same octets, however these were escaped.
#[derive(Clone, Copy)]
pub struct QuotedString<'a> {
    bytes: &'a [u8],
    /// Whether `bytes` come from a message, with their backslashes.
    escaped: bool,
}

impl<'a> QuotedString<'a> {
    /// Text that has not been escaped: writing it adds the quotes and backslashes.
    pub const fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            escaped: false,
        }
    }

    /// What stands between the quotes in a message.
    pub(crate) const fn from_message(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            escaped: true,
        }
    }

    /// The octets as they were given: those of a message still have their backslashes.
    pub const fn raw(&self) -> &'a [u8] {
        self.bytes
    }

    /// The text, where it is UTF-8 and holds no backslash, which is nearly always.
    pub fn as_str(&self) -> Option<&'a str> {
        if self.escaped && memchr::memchr2(b'\\', b'\r', self.bytes).is_some() {
            return None;
        }
        core::str::from_utf8(self.bytes).ok()
    }

    /// The octets that are meant: escapes resolved, line folds gone.
    pub const fn unescaped(&self) -> Unescaped<'a> {
        Unescaped {
            bytes: self.bytes,
            escaped: self.escaped,
        }
    }

    /// Writes the octets that are meant to `to` and returns their number.
    ///
    /// # Errors
    ///
    /// The number that there would be, if `to` is smaller.
    pub fn unescape_into(&self, to: &mut [u8]) -> Result<usize, usize> {
        let mut slots = to.iter_mut();
        let mut len = 0;
        let mut full = false;
        for byte in self.unescaped() {
            match slots.next() {
                Some(slot) => *slot = byte,
                None => full = true,
            }
            len += 1;
        }
        if full { Err(len) } else { Ok(len) }
    }
}

impl PartialEq for QuotedString<'_> {
    fn eq(&self, other: &QuotedString<'_>) -> bool {
        self.unescaped().eq(other.unescaped())
    }
}

impl Eq for QuotedString<'_> {}

impl fmt::Debug for QuotedString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.bytes.escape_ascii())
    }
}

impl Encode for QuotedString<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(b"\"");
        if self.escaped {
            out.push(self.bytes);
        } else {
            // A fold would read as a space.
            if memchr::memchr2(b'\r', b'\n', self.bytes).is_some() {
                out.refuse();
            }
            let mut rest = self.bytes;
            while let Some(found) = memchr::memchr2(b'"', b'\\', rest) {
                let (plain, special) = rest.split_at(found);
                let (special, after) = special.split_at(1);
                out.push(plain);
                out.push(b"\\");
                out.push(special);
                rest = after;
            }
            out.push(rest);
        }
        out.push(b"\"");
    }
}

/// The octets a [`QuotedString`] means.
#[derive(Clone, Debug)]
pub struct Unescaped<'a> {
    bytes: &'a [u8],
    escaped: bool,
}

impl Iterator for Unescaped<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        loop {
            let (&byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            match byte {
                b'\\' if self.escaped => {
                    let (&escaped, rest) = self.bytes.split_first()?;
                    self.bytes = rest;
                    return Some(escaped);
                }
                // The line end of a fold; the white space after it stands for it.
                b'\r' | b'\n' if self.escaped => {}
                byte => return Some(byte),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_and_sizes_told() {
        let string = QuotedString::from_message(br#"J \"X\" \\ \0"#);
        let mut buffer = [0; 16];
        assert_eq!(string.unescape_into(&mut buffer), Ok(9));
        assert_eq!(&buffer[..9], br#"J "X" \ 0"#);
        assert_eq!(string.unescape_into(&mut buffer[..3]), Err(9));
        assert_eq!(string.as_str(), None);
        assert_eq!(QuotedString::from_message(b"plain").as_str(), Some("plain"));
        assert_eq!(
            QuotedString::from_message(b"a\r\n b").unescaped().count(),
            3
        );
    }

    #[test]
    fn equality_is_about_what_is_meant() {
        assert_eq!(
            QuotedString::from_message(br#"\a\"b"#),
            QuotedString::new("a\"b")
        );
        assert_ne!(QuotedString::from_message(b"a"), QuotedString::new("A"));
    }
}
