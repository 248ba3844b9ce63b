//! The space-separated fields of one value.

use core::str;

use super::{Fault, Mode, ParseError};

/// Walks the fields of a value. In strict mode one SP separates two fields and none stands at
/// either end; in tolerant mode any run of SP and TAB does, anywhere.
pub(crate) struct Fields<'a> {
    value: &'a [u8],
    at: usize,
    mode: Mode,
}

const fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

impl<'a> Fields<'a> {
    pub(crate) const fn new(value: &'a [u8], mode: Mode) -> Self {
        Self { value, at: 0, mode }
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.mode == Mode::Strict
    }

    /// Offset of the next field in the value.
    pub(crate) fn offset(&mut self) -> usize {
        self.skip_blanks();
        self.at
    }

    fn remaining(&self) -> &'a [u8] {
        self.value.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        if self.mode == Mode::Tolerant {
            let blanks = self.remaining().iter().take_while(|b| is_blank(**b));
            self.at += blanks.count();
        }
    }

    /// The next field, `None` at the end of the value.
    pub(crate) fn next(&mut self) -> Result<Option<&'a [u8]>, ParseError> {
        self.skip_blanks();
        let rest = self.remaining();
        let length = rest.iter().position(|b| is_blank(*b)).unwrap_or(rest.len());
        let (field, rest) = rest.split_at(length);
        if field.is_empty() {
            return match rest.is_empty() {
                true => Ok(None),
                false => Err(Fault::StraySpace.at(self.at)),
            };
        }
        self.at += length;
        if self.is_strict() && !rest.is_empty() {
            if rest.len() == 1 || rest.first() != Some(&b' ') {
                return Err(Fault::StraySpace.at(self.at));
            }
            self.at += 1;
        }
        Ok(Some(field))
    }

    /// The next field as text, `None` at the end.
    pub(crate) fn next_text(&mut self) -> Result<Option<&'a str>, ParseError> {
        let start = self.offset();
        match self.next()? {
            None => Ok(None),
            Some(field) => text(field).map(Some).map_err(|e| e.rebased(start)),
        }
    }

    /// The next field, which must be there.
    pub(crate) fn text(&mut self) -> Result<&'a str, ParseError> {
        let start = self.offset();
        self.next_text()?
            .ok_or_else(|| Fault::MissingField.at(start))
    }

    /// The next field, which must be a decimal number of at most `max`.
    pub(crate) fn number(&mut self, max: u64) -> Result<u64, ParseError> {
        let start = self.offset();
        let field = self.next()?.ok_or_else(|| Fault::MissingField.at(start))?;
        number(field, max).map_err(|fault| fault.at(start))
    }

    /// The next field, which must be a port.
    pub(crate) fn port(&mut self) -> Result<u16, ParseError> {
        // the bound makes the conversion exact
        self.number(u64::from(u16::MAX)).map(|port| port as u16)
    }

    /// All that is left, without blanks at the ends in tolerant mode.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        self.skip_blanks();
        let rest = self.remaining();
        self.at = self.value.len();
        match self.mode {
            Mode::Strict => rest,
            Mode::Tolerant => trim_end(rest),
        }
    }

    /// All that is left, as text.
    pub(crate) fn rest_text(&mut self) -> Result<&'a str, ParseError> {
        let start = self.offset();
        text(self.rest()).map_err(|e| e.rebased(start))
    }

    /// Checks that nothing is left.
    pub(crate) fn end(&mut self) -> Result<(), ParseError> {
        self.skip_blanks();
        match self.remaining().is_empty() {
            true => Ok(()),
            false => Err(Fault::UnexpectedField.at(self.at)),
        }
    }
}

pub(crate) fn trim_end(bytes: &[u8]) -> &[u8] {
    let blanks = bytes.iter().rev().take_while(|b| is_blank(**b)).count();
    bytes.get(..bytes.len() - blanks).unwrap_or_default()
}

fn text(field: &[u8]) -> Result<&str, ParseError> {
    str::from_utf8(field).map_err(|e| Fault::MalformedField.at(e.valid_up_to()))
}

/// A decimal number of digits only, at most `max`.
pub(crate) fn number(field: &[u8], max: u64) -> Result<u64, Fault> {
    if field.is_empty() {
        return Err(Fault::NotANumber);
    }
    let mut number: u64 = 0;
    for &byte in field {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err(Fault::NotANumber);
        }
        number = match number
            .checked_mul(10)
            .and_then(|n| n.checked_add(u64::from(digit)))
        {
            Some(n) if n <= max => n,
            // go on looking for a byte that is no digit: that is the graver fault
            _ if field.iter().all(u8::is_ascii_digit) => return Err(Fault::OutOfRange),
            _ => return Err(Fault::NotANumber),
        };
    }
    Ok(number)
}

/// What stands before and behind the first `byte`, which is ASCII; `None` if it is not there.
pub(crate) fn split(text: &str, byte: u8) -> (&str, Option<&str>) {
    // names and numbers are too short for the searcher behind `str::split_once` to pay
    match text.bytes().position(|b| b == byte) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

static TOKEN_BYTES: [bool; 256] = {
    let mut token = [false; 256];
    let mut byte = 0;
    while byte < token.len() {
        token[byte] = matches!(
            byte as u8,
            b'0'..=b'9' | b'A'..=b'Z' | b'^'..=b'~' | b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.'
        );
        byte += 1;
    }
    token
};

/// Whether the text is a `token` of RFC 8866 section 9.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| TOKEN_BYTES[usize::from(b)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_fields_are_separated_by_one_space() {
        let mut fields = Fields::new(b"a b", Mode::Strict);
        assert_eq!(fields.text(), Ok("a"));
        assert_eq!(fields.text(), Ok("b"));
        assert_eq!(fields.text(), Err(Fault::MissingField.at(3)));
        for (value, offset) in [(&b" a"[..], 0), (b"a ", 1), (b"a  b", 2), (b"a\tb", 1)] {
            let mut fields = Fields::new(value, Mode::Strict);
            let error = fields.next().and_then(|_| fields.next());
            assert_eq!(error, Err(Fault::StraySpace.at(offset)), "{value:?}");
        }
    }

    #[test]
    fn tolerant_fields_are_separated_by_any_blanks() {
        let mut fields = Fields::new(b"  a \t b  ", Mode::Tolerant);
        assert_eq!(fields.text(), Ok("a"));
        assert_eq!(fields.text(), Ok("b"));
        assert_eq!(fields.next(), Ok(None));
        assert_eq!(fields.end(), Ok(()));
    }

    #[test]
    fn numbers_are_bounded() {
        assert_eq!(number(b"65535", 65535), Ok(65535));
        assert_eq!(number(b"65536", 65535), Err(Fault::OutOfRange));
        assert_eq!(
            number(b"99999999999999999999999", u64::MAX),
            Err(Fault::OutOfRange)
        );
        assert_eq!(
            number(b"99999999999999999999999x", 9),
            Err(Fault::NotANumber)
        );
        assert_eq!(number(b"-1", 9), Err(Fault::NotANumber));
        assert_eq!(number(b"", 9), Err(Fault::NotANumber));
    }

    #[test]
    fn tokens() {
        assert!(is_token("telephone-event") && is_token("!#$%&'*+-.^_`{|}~aZ09"));
        assert!(!is_token("a b") && !is_token("a:b") && !is_token("") && !is_token("a/b"));
    }
}
