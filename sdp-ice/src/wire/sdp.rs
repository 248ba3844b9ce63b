//! The whole session description.

use core::fmt;

use super::{
    Attribute, AttributeKind, Attributes, Connection, Fault, Findings, Line, LineKind, Lines,
    MediaIter, Mode, Origin, ParseError, Time,
};
use crate::wire::attribute::Direction;

/// A borrowed session description. Every byte received stays reachable; lines are split when
/// walked and typed when asked for, and the accessors take what [`Mode::Tolerant`] takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sdp<'a> {
    bytes: &'a [u8],
}

impl<'a> Sdp<'a> {
    /// Takes a session description.
    ///
    /// # Errors
    ///
    /// * [`Mode::Strict`]: the first of the [`findings`](Self::findings) that is a violation.
    /// * [`Mode::Tolerant`]: [`Fault::NotSdp`] when no line has the form `<letter>=`, and nothing
    ///   else.
    pub fn parse(bytes: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        let sdp = Self { bytes };
        if sdp.lines().all(|line| line.kind() == LineKind::Malformed) {
            return Err(Fault::NotSdp.at(0));
        }
        if mode == Mode::Strict
            && let Some(error) = sdp.findings().find(|f| f.fault.is_violation())
        {
            return Err(error);
        }
        Ok(sdp)
    }

    /// The bytes as received.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// All lines, session and media sections alike.
    #[inline]
    #[must_use]
    pub fn lines(&self) -> Lines<'a> {
        Lines::new(self.bytes, 0)
    }

    /// The lines above the first `m=` line.
    #[must_use]
    pub fn session_lines(&self) -> Lines<'a> {
        let session = self.bytes.get(..self.session_end());
        Lines::new(session.unwrap_or_default(), 0)
    }

    /// Where the first `m=` line begins, or the length.
    fn session_end(&self) -> usize {
        self.lines()
            .find(|line| line.kind() == LineKind::Media)
            .map_or(self.bytes.len(), |line| line.offset())
    }

    /// The media sections, in order. A section whose `m=` line is malformed is one of them.
    #[must_use]
    pub fn media(&self) -> MediaIter<'a> {
        MediaIter::new(*self)
    }

    /// All departures from the grammar of RFC 8866 and of the typed attributes, by offset.
    #[must_use]
    pub fn findings(&self) -> Findings<'a> {
        Findings::new(self)
    }

    pub(super) fn session_line(&self, kind: LineKind) -> Option<Line<'a>> {
        self.session_lines().find(|line| line.kind() == kind)
    }

    /// The `o=` line, `None` if there is none.
    ///
    /// # Errors
    ///
    /// The line is malformed.
    pub fn origin(&self) -> Result<Option<Origin<'a>>, ParseError> {
        typed(self.session_line(LineKind::Origin), Origin::parse)
    }

    /// The value of the `s=` line, `None` if there is none.
    #[must_use]
    pub fn session_name(&self) -> Option<&'a [u8]> {
        self.session_line(LineKind::SessionName)
            .map(|line| line.value())
    }

    /// The session-level `c=` line, `None` if there is none.
    ///
    /// # Errors
    ///
    /// The line is malformed.
    pub fn connection(&self) -> Result<Option<Connection<'a>>, ParseError> {
        typed(self.session_line(LineKind::Connection), Connection::parse)
    }

    /// The first `t=` line, `None` if there is none.
    ///
    /// # Errors
    ///
    /// The line is malformed.
    pub fn time(&self) -> Result<Option<Time>, ParseError> {
        typed(self.session_line(LineKind::Time), Time::parse)
    }

    /// The session-level attributes.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.session_lines())
    }

    /// The first session-level attribute of a kind.
    #[must_use]
    pub fn attribute(&self, kind: AttributeKind) -> Option<Attribute<'a>> {
        self.attributes().find(|a| a.kind() == kind)
    }

    /// The session-level direction, which is the default of the media sections (RFC 8866 section
    /// 6.7); `None` if none is written.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        self.attributes().find_map(|a| Direction::of(a.kind()))
    }
}

impl fmt::Debug for Sdp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `Lines` leaves keys and passwords out
        f.debug_struct("Sdp").field("lines", &self.lines()).finish()
    }
}

/// Types the value of a line, with offsets counted from the start of the SDP.
pub(super) fn typed<'a, T>(
    line: Option<Line<'a>>,
    parse: impl Fn(&'a [u8], Mode) -> Result<T, ParseError>,
) -> Result<Option<T>, ParseError> {
    line.map(|line| parse(line.value(), Mode::Tolerant).map_err(|e| e.rebased(line.value_offset())))
        .transpose()
}
