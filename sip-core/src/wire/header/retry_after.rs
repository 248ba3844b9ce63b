//! Retry-After (RFC 3261 section 20.33).

use super::{Header, ValueError, display_as_encoded};
use crate::wire::error::HeaderError;
use crate::wire::grammar::{Cursor, Malformed, number};
use crate::wire::name::HeaderName;
use crate::wire::params::Params;
use crate::wire::write::{Encode, Encoder};

/// Retry-After: when to try again. A comment in it is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter<'a> {
    /// In how many seconds.
    pub seconds: u32,
    /// For how many seconds the sender can be reached from then on.
    pub duration: Option<u32>,
    /// All parameters, the duration included.
    pub params: Params<'a>,
}

impl<'a> RetryAfter<'a> {
    /// In `seconds` from now.
    pub const fn new(seconds: u32) -> Self {
        Self {
            seconds,
            duration: None,
            params: Params::EMPTY,
        }
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let seconds = cursor.digits()?.ok_or(ValueError::OutOfRange(0))?;
        cursor.skip_lws();
        skip_comment(&mut cursor)?;
        let mut duration = None;
        let params = Params::read(&mut cursor, |param| {
            if duration.is_none() && param.is("duration") {
                let digits = param.token().and_then(|digits| number(digits.as_bytes()));
                duration = Some(digits.ok_or(Malformed { offset: 0 })?);
            }
            Ok(())
        })?;
        cursor.finish()?;
        Ok(Self {
            seconds,
            duration,
            params,
        })
    }
}

/// Skips a comment, which may hold comments.
fn skip_comment(cursor: &mut Cursor<'_>) -> Result<(), Malformed> {
    let open = cursor.malformed();
    if cursor.peek() != Some(b'(') {
        return Ok(());
    }
    let mut depth = 0usize;
    let mut escaped = false;
    for (index, &byte) in cursor.rest().iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    cursor.set(cursor.at() + index + 1);
                    return Ok(());
                }
            }
            _ => {}
        }
    }
    Err(open)
}

impl<'a> Header<'a> for RetryAfter<'a> {
    const NAME: HeaderName<'static> = HeaderName::RetryAfter;

    fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        Self::read(value).map_err(|error| error.named(Self::NAME))
    }
}

impl Encode for RetryAfter<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.seconds.encode(out);
        if let Some(duration) = self.duration {
            format_args!(";duration={duration}").encode(out);
        }
        self.params.encode_except(&["duration"], out);
    }
}

display_as_encoded!(RetryAfter<'_>);
