//! Parameters separated by commas: `realm="x", nonce="y", qop="auth"`.

use core::fmt;

use crate::wire::grammar::{Cursor, Malformed};
use crate::wire::params::Param;

/// The parameters of a header of authentication that have no field of their own, in their order.
#[derive(Clone, Copy, Default)]
pub struct AuthParams<'a> {
    raw: &'a [u8],
    /// Those that the header has fields for.
    fields: &'static [&'static str],
}

/// Those that have no field of their own.
impl fmt::Debug for AuthParams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> AuthParams<'a> {
    /// No parameters.
    pub const EMPTY: Self = Self {
        raw: b"",
        fields: &[],
    };

    /// Parameters written as in a header value: `version=4, targetname="x"`.
    ///
    /// `None` if they break the grammar.
    pub fn parse(raw: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(raw);
        cursor.skip_lws();
        if cursor.peek().is_none() {
            return Some(Self::EMPTY);
        }
        Self::read(&mut cursor, &[], |_| Ok(())).ok()
    }

    /// Reads one or more parameters to the end of the value, and shows each to `visit`.
    pub(in crate::wire::header) fn read(
        cursor: &mut Cursor<'a>,
        fields: &'static [&'static str],
        mut visit: impl FnMut(&Param<'a>) -> Result<(), Malformed>,
    ) -> Result<Self, Malformed> {
        cursor.skip_lws();
        let start = cursor.at();
        loop {
            let at = cursor.at();
            let param = Param::read(cursor)?;
            visit(&param).map_err(|_| Malformed { offset: at })?;
            if !cursor.take_separator(b',') {
                break;
            }
        }
        let raw = cursor.since(start);
        cursor.finish()?;
        Ok(Self { raw, fields })
    }

    /// All of them in their order.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        let (mut cursor, mut more) = (Cursor::new(self.raw), !self.raw.is_empty());
        let fields = self.fields;
        core::iter::from_fn(move || {
            if !more {
                return None;
            }
            let param = Param::read(&mut cursor).ok()?;
            more = cursor.take_separator(b',');
            Some(param)
        })
        .filter(move |param| !fields.iter().any(|field| param.is(field)))
    }

    /// The first parameter called `name`, in any case.
    pub fn get(&self, name: &str) -> Option<Param<'a>> {
        self.iter().find(|param| param.is(name))
    }

    /// The value of the first parameter called `name` as text; see
    /// [`ParamValue::as_str`](crate::ParamValue::as_str).
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.get(name)?.value?.as_str()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl PartialEq for AuthParams<'_> {
    fn eq(&self, other: &AuthParams<'_>) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for AuthParams<'_> {}
