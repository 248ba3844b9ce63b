//! Parameters of header values: `;name`, `;name=value`, `;name="value"` (RFC 3261 section 7.3.1).

use core::fmt;

use super::grammar::{Cursor, Malformed, VALUE};
use super::quoted::QuotedString;
use super::write::{Encode, Encoder};

/// The value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamValue<'a> {
    /// Without quotes: a token, a host, or whatever visible characters a peer put there.
    Token(&'a str),
    /// In quotes.
    Quoted(QuotedString<'a>),
}

impl<'a> ParamValue<'a> {
    /// The text, where it was not quoted or needs no unescaping.
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::Token(token) => Some(token),
            Self::Quoted(string) => string.as_str(),
        }
    }
}

/// A parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// The name; compares without regard to case.
    pub name: &'a str,
    /// The value, if there is an equals sign.
    pub value: Option<ParamValue<'a>>,
}

impl<'a> Param<'a> {
    #[inline]
    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        let name = cursor.token()?;
        let value = if !cursor.take_separator(b'=') {
            None
        } else if cursor.peek() == Some(b'"') {
            Some(ParamValue::Quoted(QuotedString::from_message(
                cursor.quoted()?,
            )))
        } else {
            Some(ParamValue::Token(cursor.take_text(VALUE)))
        };
        Ok(Self { name, value })
    }

    /// The value where it is not quoted.
    pub(crate) const fn token(&self) -> Option<&'a str> {
        match self.value {
            Some(ParamValue::Token(token)) => Some(token),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl Encode for Param<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(b";");
        out.token(self.name);
        match self.value {
            None => {}
            Some(ParamValue::Token(token)) => {
                out.push(b"=");
                if !token.is_empty() {
                    out.checked(token, VALUE);
                }
            }
            Some(ParamValue::Quoted(string)) => {
                out.push(b"=");
                string.encode(out);
            }
        }
    }
}

/// The parameters of a header value, in their order, read when asked for.
#[derive(Clone, Copy, Default)]
pub struct Params<'a> {
    /// From the first semicolon on; checked when the header was parsed.
    raw: &'a [u8],
}

/// As they stand in the message; what is not ASCII is escaped.
impl fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.raw.escape_ascii(), f)
    }
}

impl<'a> Params<'a> {
    /// No parameters.
    pub const EMPTY: Self = Self { raw: b"" };

    /// Reads parameters up to whatever is none, and shows each to `visit`.
    #[inline]
    pub(crate) fn read(
        cursor: &mut Cursor<'a>,
        mut visit: impl FnMut(&Param<'a>) -> Result<(), Malformed>,
    ) -> Result<Self, Malformed> {
        cursor.skip_lws();
        let start = cursor.at();
        while cursor.take_separator(b';') {
            let at = cursor.at();
            let param = Param::read(cursor)?;
            visit(&param).map_err(|_| Malformed { offset: at })?;
        }
        Ok(Self {
            raw: cursor.since(start),
        })
    }

    /// Parameters written as in a header value, semicolon first: `;lr;x="y"`.
    ///
    /// `None` if they break the grammar.
    pub fn parse(raw: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(raw);
        let params = Self::read(&mut cursor, |_| Ok(())).ok()?;
        cursor.finish().ok()?;
        Some(params)
    }

    /// All of them in their order.
    pub fn iter(&self) -> ParamIter<'a> {
        ParamIter {
            cursor: Cursor::new(self.raw),
        }
    }

    /// The first parameter called `name`, in any case.
    pub fn get(&self, name: &str) -> Option<Param<'a>> {
        self.iter().find(|param| param.is(name))
    }

    /// Whether there is a parameter called `name`, with or without a value.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The value of the first parameter called `name` as text, see [`ParamValue::as_str`].
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.get(name)?.value?.as_str()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// As they stand in the message, from the first semicolon on.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Writes those that are not called by one of `names`, in any case, which fields of the header stand for.
    pub fn encode_except(&self, names: &[&str], out: &mut Encoder<'_>) {
        for param in self.iter() {
            if !names.iter().any(|name| param.is(name)) {
                param.encode(out);
            }
        }
    }
}

impl Encode for Params<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.encode_except(&[], out);
    }
}

impl<'a> IntoIterator for Params<'a> {
    type Item = Param<'a>;
    type IntoIter = ParamIter<'a>;

    fn into_iter(self) -> ParamIter<'a> {
        self.iter()
    }
}

impl PartialEq for Params<'_> {
    fn eq(&self, other: &Params<'_>) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Params<'_> {}

/// The parameters of a header value, one after the other.
#[derive(Clone, Debug)]
pub struct ParamIter<'a> {
    cursor: Cursor<'a>,
}

impl ParamIter<'_> {
    /// Where the parameters that were read end, in [`Params::raw`].
    pub(crate) const fn at(&self) -> usize {
        self.cursor.at()
    }
}

impl<'a> Iterator for ParamIter<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        if !self.cursor.take_separator(b';') {
            return None;
        }
        Param::read(&mut self.cursor).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_tokens_and_quoted_values_are_found_in_any_case() {
        let params = Params::parse(b";lr ; Q = 0.5;+sip.instance=\"<urn:x;y>\";x").unwrap();
        assert!(params.contains("LR"));
        assert_eq!(params.value("q"), Some("0.5"));
        assert_eq!(params.value("+SIP.instance"), Some("<urn:x;y>"));
        assert_eq!(
            params.get("x"),
            Some(Param {
                name: "x",
                value: None
            })
        );
        assert_eq!(params.get("y"), None);
        assert_eq!(params.iter().count(), 4);
        assert!(!params.is_empty());
    }

    #[test]
    fn empty_names_and_open_quotes_are_malformed() {
        for bad in [&b";;"[..], b";", b";=x", b";a=\"", b";a b", b"a"] {
            assert!(Params::parse(bad).is_none(), "{}", bad.escape_ascii());
        }
        assert!(Params::parse(b"").is_some_and(|params| params.is_empty()));
    }
}
