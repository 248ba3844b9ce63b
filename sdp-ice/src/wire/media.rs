//! Media sections and the `m=` line (RFC 8866 section 5.14).

use core::fmt;

use memchr::memmem;

use super::attribute::Direction;
use super::sdp::typed;
use super::{
    Attribute, AttributeKind, Attributes, Bandwidth, Connection, Fault, Fields, Line, LineKind,
    Lines, Mode, ParseError, Sdp, fields,
};

/// The value of an `m=` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MediaLine<'a> {
    /// Media type as written.
    pub media: &'a str,
    /// Transport port; 0 means rejected or disabled (RFC 3264 section 6).
    pub port: u16,
    /// Number of ports, 1 if not written.
    pub port_count: u16,
    /// Transport protocol, such as `RTP/AVP`.
    pub protocol: &'a str,
    /// Formats.
    pub formats: Formats<'a>,
}

impl<'a> MediaLine<'a> {
    /// Reads the value of an `m=` line.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`. Tolerant mode takes a line without formats, which is
    /// how some peers reject a stream.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        // a field may be written again, where these could not be
        if let Some(at) = value.iter().position(|b| matches!(b, 0 | b'\r')) {
            return Err(Fault::ControlByte.at(at));
        }
        let mut fields = Fields::new(value, mode);
        let media = fields.text()?;
        if !fields::is_token(media) {
            return Err(Fault::MalformedField.at(0));
        }
        let start = fields.offset();
        let ports = fields.text()?;
        let (port, count) = match ports.split_once('/') {
            Some((port, count)) => (port, Some(count)),
            None => (ports, None),
        };
        let number = |text: &str| {
            fields::number(text.as_bytes(), u64::from(u16::MAX))
                // the bound makes the conversion exact
                .map(|n| n as u16)
                .map_err(|fault| fault.at(start))
        };
        let port = number(port)?;
        let port_count = count.map_or(Ok(1), number)?;
        if port_count == 0 {
            return Err(Fault::OutOfRange.at(start));
        }
        let protocol = fields.text()?;
        let formats_start = fields.offset();
        let formats = fields.rest_text()?;
        if mode == Mode::Strict {
            let mut formats = Fields::new(formats.as_bytes(), mode);
            let mut any = false;
            while formats
                .next()
                .map_err(|e| e.rebased(formats_start))?
                .is_some()
            {
                any = true;
            }
            if !any {
                return Err(Fault::MissingField.at(formats_start));
            }
        }
        Ok(Self {
            media,
            port,
            port_count,
            protocol,
            formats: Formats { text: formats },
        })
    }

    /// Whether the media type is this one; media types compare without regard to case.
    #[must_use]
    pub fn is(&self, media: &str) -> bool {
        self.media.eq_ignore_ascii_case(media)
    }

    /// The line that rejects this one: port 0 (RFC 3264 section 6). It has a format even if this
    /// one has none.
    pub(crate) fn rejected(self) -> Self {
        let formats = match self.formats.iter().next() {
            Some(_) => self.formats,
            None => Formats { text: "0" },
        };
        Self {
            port: 0,
            port_count: 1,
            formats,
            ..self
        }
    }

    /// What stands for an `m=` line that cannot be read, to reject it with.
    pub(crate) const UNREADABLE: MediaLine<'static> = MediaLine {
        media: "audio",
        port: 0,
        port_count: 1,
        protocol: "RTP/AVP",
        formats: Formats { text: "0" },
    };
}

/// The formats of an `m=` line: payload types for RTP, any token for other protocols.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Formats<'a> {
    text: &'a str,
}

impl<'a> Formats<'a> {
    /// The formats, most preferred first.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.text.split_ascii_whitespace()
    }

    /// Whether a format is among them.
    #[must_use]
    pub fn contains(&self, format: &str) -> bool {
        self.iter().any(|f| f == format)
    }
}

impl fmt::Debug for Formats<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// What a media section takes from the session. Looked up once: a peer may send many sections
/// below a long session part.
#[derive(Clone, Copy)]
struct Inherited<'a> {
    session: Sdp<'a>,
    connection: Option<Line<'a>>,
    direction: Option<Direction>,
}

/// A media section: an `m=` line and what follows, up to the next one.
#[derive(Clone, Copy)]
pub struct Media<'a> {
    inherited: Inherited<'a>,
    bytes: &'a [u8],
    offset: usize,
    index: usize,
}

impl<'a> Media<'a> {
    /// Position among the media sections, from 0.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// The section as received.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The session description this is a section of.
    #[must_use]
    pub const fn session(&self) -> Sdp<'a> {
        self.inherited.session
    }

    /// The lines of the section, the `m=` line first.
    #[inline]
    #[must_use]
    pub fn lines(&self) -> Lines<'a> {
        Lines::new(self.bytes, self.offset)
    }

    /// The `m=` line.
    ///
    /// # Errors
    ///
    /// The line is malformed. The other lines of the section stay readable.
    pub fn line(&self) -> Result<MediaLine<'a>, ParseError> {
        typed(self.lines().next(), MediaLine::parse)?
            .ok_or_else(|| Fault::MissingField.at(self.offset))
    }

    /// Where the media is to be sent: the first `c=` line of the section, else the one of the
    /// session; `None` if there is neither.
    ///
    /// # Errors
    ///
    /// The line is malformed.
    pub fn connection(&self) -> Result<Option<Connection<'a>>, ParseError> {
        let own = self
            .lines()
            .find(|line| line.kind() == LineKind::Connection);
        typed(own.or(self.inherited.connection), Connection::parse)
    }

    /// The bandwidth lines of the section.
    pub fn bandwidths(&self) -> impl Iterator<Item = Result<Bandwidth<'a>, ParseError>> + use<'a> {
        self.lines()
            .filter(|line| line.kind() == LineKind::Bandwidth)
            .filter_map(|line| typed(Some(line), Bandwidth::parse).transpose())
    }

    /// The attributes of the section. Those of the session are not among them.
    #[inline]
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.lines())
    }

    /// The first attribute of a kind in this section.
    #[must_use]
    pub fn attribute(&self, kind: AttributeKind) -> Option<Attribute<'a>> {
        self.attributes().find(|a| a.kind() == kind)
    }

    /// The direction as the sender of the SDP sees it: of the section, else of the session, else
    /// `sendrecv` (RFC 8866 section 6.7).
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.attributes()
            .find_map(|a| Direction::of(a.kind()))
            .or(self.inherited.direction)
            .unwrap_or_default()
    }
}

impl fmt::Debug for Media<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media")
            .field("index", &self.index)
            .field("lines", &self.lines())
            .finish()
    }
}

/// The media sections of an SDP, see [`Sdp::media`].
#[derive(Clone)]
pub struct MediaIter<'a> {
    inherited: Inherited<'a>,
    rest: &'a [u8],
    offset: usize,
    index: usize,
}

impl<'a> MediaIter<'a> {
    pub(super) fn new(session: Sdp<'a>) -> Self {
        let mut inherited = Inherited {
            session,
            connection: None,
            direction: None,
        };
        let mut offset = session.as_bytes().len();
        for line in session.lines() {
            match line.kind() {
                LineKind::Media => {
                    offset = line.offset();
                    break;
                }
                LineKind::Connection => inherited.connection = inherited.connection.or(Some(line)),
                LineKind::Attribute if inherited.direction.is_none() => {
                    inherited.direction = line.attribute().and_then(|a| Direction::of(a.kind()));
                }
                _ => {}
            }
        }
        Self {
            inherited,
            rest: session.as_bytes().get(offset..).unwrap_or_default(),
            offset,
            index: 0,
        }
    }
}

impl fmt::Debug for MediaIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a> Iterator for MediaIter<'a> {
    type Item = Media<'a>;

    fn next(&mut self) -> Option<Media<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let length = memmem::find(self.rest, b"\nm=").map_or(self.rest.len(), |at| at + 1);
        let (bytes, rest) = self.rest.split_at(length);
        let media = Media {
            inherited: self.inherited,
            bytes,
            offset: self.offset,
            index: self.index,
        };
        self.rest = rest;
        self.offset += length;
        self.index += 1;
        Some(media)
    }
}

impl core::iter::FusedIterator for MediaIter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_m_line_is_typed() {
        let line = MediaLine::parse(b"video 49170/2 RTP/AVP 31 h264", Mode::Strict).unwrap();
        assert_eq!(
            (line.is("VIDEO"), line.port, line.port_count),
            (true, 49170, 2)
        );
        assert_eq!(line.protocol, "RTP/AVP");
        assert!(line.formats.iter().eq(["31", "h264"]));
        let dtls = b"application 9 UDP/DTLS/SCTP webrtc-datachannel";
        assert!(MediaLine::parse(dtls, Mode::Strict).is_ok());
    }

    #[test]
    fn strict_and_tolerant_m_lines() {
        for (value, fault) in [
            (&b"audio 1 RTP/AVP"[..], Fault::MissingField),
            (b"audio 1 RTP/AVP 0 ", Fault::StraySpace),
            (b"audio 1 RTP/AVP 0  8", Fault::StraySpace),
        ] {
            let strict = MediaLine::parse(value, Mode::Strict);
            assert_eq!(strict.map_err(|e| e.fault), Err(fault), "{value:?}");
            assert!(MediaLine::parse(value, Mode::Tolerant).is_ok(), "{value:?}");
        }
        for value in [
            &b""[..],
            b"audio",
            b"audio 65536 RTP/AVP 0",
            b"audio 1/0 RTP/AVP 0",
            b"audio x RTP/AVP 0",
        ] {
            assert!(
                MediaLine::parse(value, Mode::Tolerant).is_err(),
                "{value:?}"
            );
        }
    }
}
