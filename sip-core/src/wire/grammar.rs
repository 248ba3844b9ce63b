//! The characters and small productions that the header grammars share (RFC 3261 section 25.1).

/// Class bits, one of which [`is`] and [`span`] take.
pub(crate) const TOKEN: u8 = 1;
/// White space inside a value. Line ends are part of it: the scanner leaves them in folded values only.
pub(crate) const LWS: u8 = 2;
/// What may stand in an unquoted parameter value: a token or host, and what peers write beyond that.
pub(crate) const VALUE: u8 = 4;
/// Visible ASCII.
pub(crate) const VISIBLE: u8 = 8;
/// What may stand in a URI: visible ASCII without `<`, `>`, `"`.
pub(crate) const URI: u8 = 16;
/// A domain name: letters, digits, `-`, `.`, and the underscore that is common in private names.
pub(crate) const HOST: u8 = 32;
/// URI characters up to the first one that separates parts: `@`, `:`, `;` or `?`.
pub(crate) const URI_PLAIN: u8 = 64;
/// URI characters up to the headers: all but `?`.
pub(crate) const URI_PARAM: u8 = 128;

const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        let mut class = 0;
        if byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~'
            )
        {
            class |= TOKEN;
        }
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            class |= LWS;
        }
        if byte.is_ascii_graphic() {
            class |= VISIBLE;
            if !matches!(byte, b'<' | b'>' | b'"') {
                class |= URI;
                if byte != b'?' {
                    class |= URI_PARAM;
                }
                if !matches!(byte, b'@' | b':' | b';' | b'?') {
                    class |= URI_PLAIN;
                }
                if !matches!(byte, b',' | b';') {
                    class |= VALUE;
                }
            }
        }
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            class |= HOST;
        }
        table[index] = class;
        index += 1;
    }
    table
};

/// Whether `byte` is of `class`.
#[inline]
pub(crate) const fn is(byte: u8, class: u8) -> bool {
    CLASSES[byte as usize] & class != 0
}

/// How many octets of `class` `bytes` start with. Four at a time: most of the time of reading headers is
/// spent here.
#[inline]
pub(crate) fn span(bytes: &[u8], class: u8) -> usize {
    let class_of = |byte: u8| CLASSES[usize::from(byte)];
    let mut len = 0;
    for &[a, b, c, d] in bytes.as_chunks().0 {
        if class_of(a) & class_of(b) & class_of(c) & class_of(d) & class == 0 {
            break;
        }
        len += 4;
    }
    while let Some(&byte) = bytes.get(len)
        && is(byte, class)
    {
        len += 1;
    }
    len
}

/// Whether `bytes` are one or more characters of `class`.
#[inline]
pub(crate) fn all(bytes: &[u8], class: u8) -> bool {
    !bytes.is_empty() && span(bytes, class) == bytes.len()
}

/// Whether `bytes` are a token.
#[inline]
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    all(bytes, TOKEN)
}

/// Whether `bytes` are one or more visible characters.
#[inline]
pub(crate) fn is_visible(bytes: &[u8]) -> bool {
    !bytes.is_empty() && !any(bytes, |byte| !byte.is_ascii_graphic())
}

/// Whether `byte` is among `bytes`. For header values, which are short: to call memchr takes longer.
#[inline]
pub(crate) fn holds(bytes: &[u8], byte: u8) -> bool {
    any(bytes, |other| other == byte)
}

/// Whether `test` is true of any of `bytes`.
#[inline]
fn any(bytes: &[u8], test: impl Fn(u8) -> bool) -> bool {
    const STEP: usize = 16;
    // No early exit, so that it runs in vectors.
    let any_of = |chunk: &[u8; STEP]| chunk.iter().fold(false, |any, &byte| any | test(byte));
    let (chunks, rest) = bytes.as_chunks();
    match bytes.last_chunk() {
        // The last chunk overlaps the one before.
        Some(last) => chunks.iter().any(any_of) || any_of(last),
        None => rest.iter().any(|&byte| test(byte)),
    }
}

/// ASCII bytes as text; the callers have checked them against a class, all of which are ASCII.
#[inline]
pub(crate) fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or("")
}

/// Decimal digits as a number; `None` for anything else and for more than `u32` holds.
pub(crate) fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u32, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value.checked_mul(10)?.checked_add(u32::from(digit))
    })
}

/// The number that `bytes` start with and how many digits it has; `None` for more than `u32` holds.
#[inline]
pub(crate) fn leading_number(bytes: &[u8]) -> (Option<u32>, usize) {
    let mut value = 0u64;
    let mut len = 0;
    while let Some(digit @ b'0'..=b'9') = bytes.get(len) {
        // Stays too large once it is.
        value = (value * 10 + u64::from(digit - b'0')).min(1 << 32);
        len += 1;
    }
    (u32::try_from(value).ok(), len)
}

/// `bytes` without white space at either end, and how much was cut in front.
#[inline]
pub(crate) fn trim(bytes: &[u8]) -> (&[u8], usize) {
    match bytes {
        // Nearly always there is none.
        [first, .., last] if !is(*first, LWS) && !is(*last, LWS) => (bytes, 0),
        _ => trim_ends(bytes),
    }
}

fn trim_ends(bytes: &[u8]) -> (&[u8], usize) {
    let start = bytes
        .iter()
        .position(|&byte| !is(byte, LWS))
        .unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(|&byte| !is(byte, LWS))
        .map_or(start, |last| last + 1);
    (bytes.get(start..end).unwrap_or_default(), start)
}

/// The value breaks the grammar at `offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) offset: usize,
}

/// A reading position in a header value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    /// The same as text, where all of it is: checked once, not for every token.
    text: Option<&'a str>,
    at: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            text: core::str::from_utf8(bytes).ok(),
            at: 0,
        }
    }

    #[inline]
    pub(crate) const fn of_str(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            text: Some(text),
            at: 0,
        }
    }

    /// The text between two places, which the callers have checked to be ASCII.
    #[inline]
    pub(crate) fn text_between(&self, start: usize, end: usize) -> &'a str {
        match self.text {
            Some(all) => all.get(start..end).unwrap_or(""),
            None => text(self.bytes.get(start..end).unwrap_or_default()),
        }
    }

    /// Takes all characters of `class`, which have to be ASCII, up to the first other one.
    #[inline]
    pub(crate) fn take_text(&mut self, class: u8) -> &'a str {
        let start = self.at;
        self.at += span(self.rest(), class);
        self.text_between(start, self.at)
    }

    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn set(&mut self, at: usize) {
        self.at = at.min(self.bytes.len());
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// What is left as text, where the whole value is text.
    #[inline]
    pub(crate) fn rest_text(&self) -> Option<&'a str> {
        self.text?.get(self.at..)
    }

    /// What is left.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The bytes from `start` to here.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    pub(crate) const fn malformed(&self) -> Malformed {
        Malformed { offset: self.at }
    }

    #[inline]
    pub(crate) fn skip_lws(&mut self) {
        while self.peek().is_some_and(|byte| is(byte, LWS)) {
            self.at += 1;
        }
    }

    /// Takes `byte` if it is next.
    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Takes `byte` with white space around it, or nothing.
    #[inline]
    pub(crate) fn take_separator(&mut self, byte: u8) -> bool {
        let start = self.at;
        match self.peek() {
            None => return false,
            Some(next) if next == byte => {}
            Some(next) if is(next, LWS) => {
                self.skip_lws();
                if self.peek() != Some(byte) {
                    self.at = start;
                    return false;
                }
            }
            Some(_) => return false,
        }
        self.at += 1;
        self.skip_lws();
        true
    }

    #[inline]
    pub(crate) fn token(&mut self) -> Result<&'a str, Malformed> {
        match self.take_text(TOKEN) {
            "" => Err(self.malformed()),
            token => Ok(token),
        }
    }

    /// Takes digits as a number; the error tells too large (`None`) from no digits.
    pub(crate) fn digits(&mut self) -> Result<Option<u32>, Malformed> {
        let (number, len) = leading_number(self.rest());
        if len == 0 {
            return Err(self.malformed());
        }
        self.at += len;
        Ok(number)
    }

    /// Takes a quoted string and returns what stands between the quotes, escapes and all.
    #[inline]
    pub(crate) fn quoted(&mut self) -> Result<&'a [u8], Malformed> {
        let start = self.at;
        if !self.take(b'"') {
            return Err(self.malformed());
        }
        let inner = self.at;
        loop {
            let Some(found) = memchr::memchr2(b'"', b'\\', self.rest()) else {
                return Err(Malformed { offset: start });
            };
            self.at += found;
            if self.peek() == Some(b'"') {
                let string = self.since(inner);
                self.at += 1;
                return Ok(string);
            }
            self.at = (self.at + 2).min(self.bytes.len());
        }
    }

    /// Demands that nothing but white space is left.
    pub(crate) fn finish(&mut self) -> Result<(), Malformed> {
        self.skip_lws();
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(self.malformed())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_strings_end_at_the_first_quote_that_is_not_escaped() {
        let mut cursor = Cursor::new(br#""a \"b\\" c"#);
        assert_eq!(cursor.quoted(), Ok(br#"a \"b\\"#.as_slice()));
        assert_eq!(cursor.rest(), b" c");
        for open in [r#"""#, r#""a"#, r#""a\"#, r#""a\""#, "a"] {
            assert!(Cursor::new(open.as_bytes()).quoted().is_err(), "{open}");
        }
    }

    #[test]
    fn visible_is_what_is_neither_control_nor_space_nor_beyond_ascii() {
        for len in 0..50 {
            let mut bytes = std::vec![b'!'; len];
            assert_eq!(is_visible(&bytes), len > 0);
            for at in 0..len {
                for byte in 0..=255 {
                    bytes[at] = byte;
                    assert_eq!(is_visible(&bytes), (0x21..0x7F).contains(&byte));
                }
                bytes[at] = b'~';
            }
        }
    }

    #[test]
    fn numbers_do_not_wrap() {
        assert_eq!(number(b"4294967295"), Some(u32::MAX));
        assert_eq!(number(b"0068"), Some(68));
        for bad in ["4294967296", "", "-1", "+1", "1 "] {
            assert_eq!(number(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn trimming_reports_what_was_cut_in_front() {
        assert_eq!(trim(b"\r\n a b\t "), (b"a b".as_slice(), 3));
        assert_eq!(trim(b"  "), (b"".as_slice(), 2));
    }
}
