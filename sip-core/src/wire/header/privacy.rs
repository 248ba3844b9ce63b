//! Privacy (RFC 3323 section 4.2).

use super::{ValueError, header_by_read};
use crate::wire::grammar::{Cursor, LWS, is};
use crate::wire::write::{Encode, Encoder};

/// Privacy: what the network is to hide, one or more kinds separated by semicolons.
///
/// Two of them are equal when they list the same kinds in the same order, without regard to case.
#[derive(Clone, Copy, Debug)]
pub struct Privacy<'a> {
    list: &'a str,
}

impl<'a> Privacy<'a> {
    /// `none`: hide nothing, whatever is configured.
    pub const NONE: Privacy<'static> = Privacy { list: "none" };
    /// `id`: keep what is asserted of the identity inside the network (RFC 3325 section 9.3).
    pub const ID: Privacy<'static> = Privacy { list: "id" };

    /// Kinds separated by semicolons, such as `id;critical`. `None` if that is not what it is.
    pub fn new(list: &'a str) -> Option<Self> {
        Self::read(list.as_bytes()).ok()
    }

    /// The kinds: `header`, `session`, `user`, `none`, `critical` (RFC 3323), `id` (RFC 3325), `history`
    /// (RFC 7044), or others.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let space = |character: char| u8::try_from(character).is_ok_and(|byte| is(byte, LWS));
        self.list
            .split(';')
            .map(move |kind| kind.trim_matches(space))
    }

    /// Whether `kind` is asked for.
    pub fn contains(&self, kind: &str) -> bool {
        self.iter().any(|asked| asked.eq_ignore_ascii_case(kind))
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        loop {
            cursor.token()?;
            if !cursor.take_separator(b';') {
                break;
            }
        }
        cursor.finish()?;
        // Tokens, semicolons and white space: it is text.
        let list =
            core::str::from_utf8(value).map_err(|error| ValueError::Syntax(error.valid_up_to()))?;
        Ok(Self { list })
    }
}

impl PartialEq for Privacy<'_> {
    fn eq(&self, other: &Privacy<'_>) -> bool {
        let same = |(left, right): (&str, &str)| left.eq_ignore_ascii_case(right);
        self.iter().count() == other.iter().count() && self.iter().zip(other.iter()).all(same)
    }
}

impl Eq for Privacy<'_> {}

impl Encode for Privacy<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        for (index, kind) in self.iter().enumerate() {
            if index > 0 {
                out.push(b";");
            }
            out.token(kind);
        }
    }
}

header_by_read!(Privacy<'a>);
