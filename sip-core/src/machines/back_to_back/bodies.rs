//! The parties of a call, and what the owner does with the bodies that go from one to the other.

use alloc::vec::Vec;
use core::fmt;

use super::CallKey;
use crate::StatusCode;

/// Who a leg of a call leads to. Both may be reached by the same way: the legs of a call are told apart by
/// this alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Party {
    /// Who sent the INVITE.
    Caller,
    /// Who gets it.
    Callee,
}

impl Party {
    /// The party at the other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Caller => Self::Callee,
            Self::Callee => Self::Caller,
        }
    }

    /// 0 for the caller, 1 for the callee.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Caller => 0,
            Self::Callee => 1,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Caller => "caller",
            Self::Callee => "callee",
        })
    }
}

/// Why a request is refused here instead of going across.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The status code, 400 to 699.
    pub status: StatusCode,
    /// The reason phrase; empty for the usual one.
    pub reason: &'static str,
    /// Header fields that go with it, Warning or Accept for instance.
    pub headers: &'static [(&'static str, &'static str)],
}

impl Refusal {
    /// A refusal with the usual phrase and no header fields.
    #[must_use]
    pub const fn new(status: StatusCode) -> Self {
        Self {
            status,
            reason: "",
            headers: &[],
        }
    }
}

/// What the owner does with session bodies: those of INVITE, UPDATE and ACK, and of the responses to them.
///
/// A body is a media type and octets; that an offer wants an answer (RFC 3264) is all that a
/// [`BackToBack`](super::BackToBack) knows of it. What was said last in either direction becomes valid with
/// [`agreed`](Self::agreed), and void with [`disagreed`](Self::disagreed).
pub trait SessionBodies {
    /// Rewrites a body that came from `from` for the other party. `content_type` is its media type in lower
    /// case and without parameters; empty if the message told none. What comes back goes on under the
    /// Content-Type that the message had, parameters included, and with its Content-Encoding,
    /// Content-Disposition, Content-Language and MIME-Version: so it has to be of the same type, and where there
    /// is a boundary or an encoding, it has to keep to that.
    ///
    /// # Errors
    ///
    /// The request that it stands in, or that it answers, is refused with this. A body in a provisional
    /// response is left out instead.
    fn cross(
        &mut self,
        call: CallKey,
        from: Party,
        content_type: &str,
        body: &[u8],
    ) -> Result<Vec<u8>, Refusal>;

    /// An offer was answered, if only by early media: what has crossed last in either direction is in force.
    /// The party that hears of it is told afterwards.
    fn agreed(&mut self, call: CallKey);

    /// The last offer was refused or has come to nothing: what was in force before stays so.
    fn disagreed(&mut self, call: CallKey);
}

/// Bodies cross as they are: a B2BUA that leaves the media alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UnchangedBodies;

impl SessionBodies for UnchangedBodies {
    fn cross(&mut self, _: CallKey, _: Party, _: &str, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        Ok(body.to_vec())
    }

    fn agreed(&mut self, _: CallKey) {}

    fn disagreed(&mut self, _: CallKey) {}
}
