//! What can be wrong with an SDP, and what can go wrong writing one.

use thiserror::Error;

/// How much departure from the grammar is accepted.
///
/// A single bad line never hides the others: in tolerant mode it is reported by
/// [`Sdp::findings`](super::Sdp::findings) and by the typed accessor of that line alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// RFC 8866 (and the RFC of each typed attribute) to the letter.
    Strict,
    /// What is found in the field: bare LF, stray spaces, missing or misplaced lines.
    #[default]
    Tolerant,
}

/// What is wrong with a line or a value. The fault is always the peer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Fault {
    /// No line has the form `<letter>=<value>`.
    #[error("not a session description")]
    NotSdp,
    /// A line ends with LF alone, or with nothing at the end of the body (RFC 8866 section 5).
    #[error("line does not end with CRLF")]
    LineEnding,
    /// NUL or CR inside a line (RFC 8866 section 9, `byte-string`).
    #[error("control byte in a line")]
    ControlByte,
    /// A line is empty or not of the form `<letter>=<value>`.
    #[error("not a type=value line")]
    MalformedLine,
    /// A line type that RFC 8866 does not define.
    #[error("unknown line type")]
    UnknownLineType,
    /// A line comes later than RFC 8866 section 5 allows.
    #[error("line out of order")]
    OutOfOrder,
    /// A second line of a type that may stand once.
    #[error("line may stand only once")]
    RepeatedLine,
    /// The `v=` line is missing.
    #[error("v= line missing")]
    MissingVersion,
    /// The `o=` line is missing.
    #[error("o= line missing")]
    MissingOrigin,
    /// The `s=` line is missing.
    #[error("s= line missing")]
    MissingSessionName,
    /// The `t=` line is missing.
    #[error("t= line missing")]
    MissingTime,
    /// A media section has no `c=` line, and neither has the session.
    #[error("c= line missing")]
    MissingConnection,
    /// A version other than 0.
    #[error("version is not 0")]
    UnsupportedVersion,
    /// A `b=` type that is not registered. RFC 8866 section 5.8 has receivers ignore it, so this
    /// is a finding that strict mode does not refuse.
    #[error("unknown bandwidth type")]
    UnknownBandwidth,
    /// A required field or value is missing.
    #[error("field missing")]
    MissingField,
    /// More fields than the grammar knows.
    #[error("unexpected field")]
    UnexpectedField,
    /// A space or tab where the grammar has none.
    #[error("stray space")]
    StraySpace,
    /// A field is not what the grammar allows there.
    #[error("malformed field")]
    MalformedField,
    /// Not a decimal number.
    #[error("not a number")]
    NotANumber,
    /// A number or length outside the range its RFC allows.
    #[error("out of range")]
    OutOfRange,
    /// Neither an IP address nor a host name, or of the wrong family.
    #[error("malformed address")]
    MalformedAddress,
    /// A network type other than `IN`, or an address type other than `IP4` and `IP6`.
    #[error("unsupported network or address type")]
    UnsupportedNetwork,
    /// A candidate in the form of draft-ietf-mmusic-ice-06, as Office Communications Server 2007
    /// sends it: recognised, and not usable with RFC 8839.
    #[error("candidate of an ICE draft")]
    DraftCandidate,
}

impl Fault {
    /// Whether strict mode refuses an SDP for this fault.
    #[must_use]
    pub const fn is_violation(self) -> bool {
        !matches!(self, Self::UnknownBandwidth)
    }

    pub(crate) const fn at(self, offset: usize) -> ParseError {
        ParseError {
            fault: self,
            offset,
        }
    }
}

/// A [`Fault`] and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[error("{fault} at byte {offset}")]
pub struct ParseError {
    /// What is wrong.
    pub fault: Fault,
    /// Byte offset: into the SDP for errors from [`Sdp`](super::Sdp), [`Media`](super::Media) and
    /// [`Attribute`](super::Attribute); into the value given for the `parse` function of a type.
    pub offset: usize,
}

impl ParseError {
    /// The same error with the offset counted from `base` bytes further left.
    pub(crate) const fn rebased(self, base: usize) -> Self {
        Self {
            fault: self.fault,
            offset: self.offset.saturating_add(base),
        }
    }
}

/// Why an SDP was not written. All but [`BufferTooSmall`](Self::BufferTooSmall) and
/// [`MalformedMedia`](Self::MalformedMedia) are mistakes of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The caller's slice is too small; its contents are unspecified now.
    #[error("buffer too small, {needed} bytes needed")]
    BufferTooSmall {
        /// Bytes needed for the whole SDP.
        needed: usize,
    },
    /// A value holds CR, LF or NUL, or a token holds a space: it would have become another line
    /// or another field.
    #[error("byte not allowed in a value")]
    ForbiddenByte,
    /// A [`Writer`](super::Writer) was asked for a line that must stand further up.
    #[error("line out of order")]
    OutOfOrder,
    /// A media section was named that the SDP does not have.
    #[error("no media section {index}")]
    NoSuchMedia {
        /// The index asked for, counted from 0.
        index: usize,
    },
    /// The `m=` line to change cannot be parsed (fault of the peer).
    #[error("malformed m= line in media section {index}")]
    MalformedMedia {
        /// The media section, counted from 0.
        index: usize,
    },
    /// An `m=` line would be left without a format.
    #[error("no format left in media section {index}")]
    NoFormatLeft {
        /// The media section, counted from 0.
        index: usize,
    },
    /// More than [`MAX_EDITS`](super::MAX_EDITS) edits in one call.
    #[error("too many edits in one call")]
    TooManyEdits,
}
