//! Why a message does not fit a dialog.

use thiserror::Error;

use crate::{HeaderError, HeaderName};

/// Why a dialog cannot be made of a message, or a message does not fit a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DialogError {
    /// A header field that the dialog is made of is missing or malformed (peer). A request is answered
    /// with 400.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The Contact is not a single sip or sips URI (peer). A request is answered with 400.
    #[error("the Contact is not a single sip or sips URI")]
    Contact,
    /// The message is of another dialog, or makes none (peer). A request is answered with 481.
    #[error("the message is of another dialog, or of none")]
    OtherDialog,
    /// The CSeq of the request is not higher than that of the one before it (peer). It is answered with 500
    /// (RFC 3261 section 12.2.2).
    #[error("the CSeq is out of order")]
    OutOfOrder,
    /// All sequence numbers below 2^31 are used up (RFC 3261 section 8.1.1.5).
    #[error("the sequence numbers are used up")]
    CSeqExhausted,
    /// The texts of the dialog are longer than its storage (capacity).
    #[error("the storage is too small for the texts of the dialog")]
    NoRoom,
}

impl DialogError {
    /// This header is missing.
    pub(super) const fn missing(name: HeaderName<'static>) -> Self {
        Self::Header(HeaderError::Missing { name })
    }
}

impl From<super::text::NoRoom> for DialogError {
    fn from(_: super::text::NoRoom) -> Self {
        Self::NoRoom
    }
}
