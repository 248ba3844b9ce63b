//! Reason (RFC 3326).

use super::{Header, ValueError, display_as_encoded};
use crate::wire::error::HeaderError;
use crate::wire::grammar::{Cursor, Malformed};
use crate::wire::name::HeaderName;
use crate::wire::params::{ParamValue, Params};
use crate::wire::quoted::QuotedString;
use crate::wire::write::{Encode, Encoder};

/// Reason: why a request was sent, such as `Q.850;cause=16;text="Normal call clearing"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// The protocol that the cause belongs to, such as `SIP` or `Q.850`.
    pub protocol: &'a str,
    /// The cause.
    pub cause: Option<u16>,
    /// The text.
    pub text: Option<QuotedString<'a>>,
    /// All parameters, those above included.
    pub params: Params<'a>,
}

impl<'a> Reason<'a> {
    /// A reason with a cause and a text.
    pub const fn new(protocol: &'a str, cause: u16, text: &'a str) -> Self {
        Self {
            protocol,
            cause: Some(cause),
            text: Some(QuotedString::new(text)),
            params: Params::EMPTY,
        }
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let protocol = cursor.token()?;
        let (mut cause, mut text) = (None, None);
        let params = Params::read(&mut cursor, |param| {
            if cause.is_none() && param.is("cause") {
                let digits = param.token().ok_or(Malformed { offset: 0 })?;
                cause = Some(digits.parse().map_err(|_| Malformed { offset: 0 })?);
            } else if text.is_none() && param.is("text") {
                text = match param.value {
                    Some(ParamValue::Quoted(string)) => Some(string),
                    Some(ParamValue::Token(token)) => Some(QuotedString::new(token)),
                    None => None,
                };
            }
            Ok(())
        })?;
        cursor.finish()?;
        Ok(Self {
            protocol,
            cause,
            text,
            params,
        })
    }
}

impl<'a> Header<'a> for Reason<'a> {
    const NAME: HeaderName<'static> = HeaderName::Reason;
    const LIST: bool = true;

    fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        Self::read(value).map_err(|error| error.named(Self::NAME))
    }
}

impl Encode for Reason<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.token(self.protocol);
        if let Some(cause) = self.cause {
            format_args!(";cause={cause}").encode(out);
        }
        if let Some(text) = self.text {
            out.push(b";text=");
            text.encode(out);
        }
        self.params.encode_except(&["cause", "text"], out);
    }
}

display_as_encoded!(Reason<'_>);
