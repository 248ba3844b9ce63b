//! Warning (RFC 3261 section 20.43).

use super::{ValueError, header_by_read};
use crate::wire::grammar::{Cursor, VALUE};
use crate::wire::quoted::QuotedString;
use crate::wire::write::{Encode, Encoder};

/// Warning: what else there is to say about a response, such as
/// `304 example.com "Media type not available"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning<'a> {
    /// The code, 100 to 999; RFC 3261 has 300 to 399.
    pub code: u16,
    /// Who warns: a host with or without port, or a pseudonym.
    pub agent: &'a str,
    /// The text.
    pub text: QuotedString<'a>,
}

impl<'a> Warning<'a> {
    /// A warning with a text that is not escaped.
    pub const fn new(code: u16, agent: &'a str, text: &'a str) -> Self {
        Self {
            code,
            agent,
            text: QuotedString::new(text),
        }
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let code = match (cursor.digits()?, cursor.at()) {
            (Some(code), 3) => code as u16,
            _ => return Err(ValueError::OutOfRange(0)),
        };
        if code < 100 {
            return Err(ValueError::OutOfRange(0));
        }
        cursor.skip_lws();
        let agent = cursor.take_text(VALUE);
        if agent.is_empty() {
            return Err(cursor.malformed().into());
        }
        cursor.skip_lws();
        let text = QuotedString::from_message(cursor.quoted()?);
        cursor.finish()?;
        Ok(Self { code, agent, text })
    }
}

impl Encode for Warning<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        if !(100..=999).contains(&self.code) {
            out.refuse();
        }
        self.code.encode(out);
        out.push(b" ");
        out.checked(self.agent, VALUE);
        out.push(b" ");
        self.text.encode(out);
    }
}

header_by_read!(Warning<'a>, list);
