//! Session timers: Session-Expires, Min-SE (RFC 4028 sections 4 and 5).

use super::{ValueError, header_by_read};
use crate::wire::grammar::{Cursor, Malformed};
use crate::wire::params::Params;
use crate::wire::write::{Encode, Encoder};

/// Who refreshes a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refresher {
    /// The client of the transaction.
    Uac,
    /// The server of the transaction.
    Uas,
}

impl Refresher {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uac => "uac",
            Self::Uas => "uas",
        }
    }
}

/// Session-Expires: after how long a session ends that nobody refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires<'a> {
    /// In how many seconds.
    pub seconds: u32,
    /// Who refreshes it.
    pub refresher: Option<Refresher>,
    /// All parameters, the refresher included.
    pub params: Params<'a>,
}

impl<'a> SessionExpires<'a> {
    /// A length, and who refreshes.
    pub const fn new(seconds: u32, refresher: Option<Refresher>) -> Self {
        Self {
            seconds,
            refresher,
            params: Params::EMPTY,
        }
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let seconds = cursor.digits()?.ok_or(ValueError::OutOfRange(0))?;
        let mut refresher = None;
        let params = Params::read(&mut cursor, |param| {
            if refresher.is_none() && param.is("refresher") {
                refresher = match param.token() {
                    Some(role) if role.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
                    Some(role) if role.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
                    _ => return Err(Malformed { offset: 0 }),
                };
            }
            Ok(())
        })?;
        cursor.finish()?;
        Ok(Self {
            seconds,
            refresher,
            params,
        })
    }
}

impl Encode for SessionExpires<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.seconds.encode(out);
        if let Some(refresher) = self.refresher {
            out.push(b";refresher=");
            out.push(refresher.as_str().as_bytes());
        }
        self.params.encode_except(&["refresher"], out);
    }
}

header_by_read!(SessionExpires<'a>);

/// Min-SE: the shortest session interval that elements on the way accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinSe<'a> {
    /// Seconds; where the header field is missing, 90 hold.
    pub seconds: u32,
    /// The parameters; none are defined.
    pub params: Params<'a>,
}

impl<'a> MinSe<'a> {
    /// An interval of seconds.
    pub const fn new(seconds: u32) -> Self {
        Self {
            seconds,
            params: Params::EMPTY,
        }
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let seconds = cursor.digits()?.ok_or(ValueError::OutOfRange(0))?;
        let params = Params::read(&mut cursor, |_| Ok(()))?;
        cursor.finish()?;
        Ok(Self { seconds, params })
    }
}

impl Encode for MinSe<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.seconds.encode(out);
        self.params.encode(out);
    }
}

header_by_read!(MinSe<'a>);
