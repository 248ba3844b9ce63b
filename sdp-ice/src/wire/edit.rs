//! Edits: a few lines change, everything else is copied byte for byte.

use core::net::IpAddr;
use core::ops::Range;

use super::attribute::{Direction, Rtcp};
use super::sink::Sink;
use super::{
    Attribute, AttributeKind, Connection, Line, LineKind, Lines, MediaLine, Mode, Origin, Sdp,
    WriteError,
};

#[cfg(test)]
mod tests;

/// Most edits in one call of [`Sdp::edit`].
pub const MAX_EDITS: usize = 64;

/// Where an edit applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// The lines above the first `m=` line.
    Session,
    /// A media section, counted from 0.
    Media(usize),
    /// The session and every media section, each by itself.
    Everywhere,
}

impl Section {
    fn holds(self, place: Self) -> bool {
        self == place || self == Self::Everywhere
    }
}

/// One change to an SDP, see [`Sdp::edit`]. Values with CR, LF or NUL are refused, so that an
/// edit never adds a line of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit<'e> {
    /// Replaces the `o=` line, or adds it.
    Origin(Origin<'e>),
    /// Replaces the `c=` lines of a section by one unicast address, or adds it. With
    /// [`Section::Everywhere`] every `c=` line there is gets the address, and none is added.
    Connection(Section, IpAddr),
    /// Sets the port of a media section; the number of ports goes.
    Port(usize, u16),
    /// Rejects a media section: port 0 (RFC 3264 section 6). Its other lines stay.
    Reject(usize),
    /// Keeps the named formats of a media section, in the order they stand; `rtpmap`, `fmtp` and
    /// `rtcp-fb` of the others go.
    KeepFormats(usize, &'e [&'e str]),
    /// Replaces `a=rtcp` of a media section, or adds it.
    Rtcp(usize, Rtcp<'e>),
    /// Replaces the direction of a section, or adds it.
    Direction(Section, Direction),
    /// Removes all attributes of a name.
    Remove(Section, &'e str),
    /// Replaces all attributes of a name by one at the place of the first, or adds it at the end
    /// of the section.
    Replace(Section, &'e str, Option<&'e str>),
    /// Adds an attribute at the end of the section.
    Insert(Section, &'e str, Option<&'e str>),
}

impl Edit<'_> {
    const fn media_index(&self) -> Option<usize> {
        match *self {
            Self::Port(index, _)
            | Self::Reject(index)
            | Self::KeepFormats(index, _)
            | Self::Rtcp(index, _)
            | Self::Connection(Section::Media(index), _)
            | Self::Direction(Section::Media(index), _)
            | Self::Remove(Section::Media(index), _)
            | Self::Replace(Section::Media(index), ..)
            | Self::Insert(Section::Media(index), ..) => Some(index),
            _ => None,
        }
    }

    /// Whether the edit is about this attribute, in the section it stands in.
    fn concerns(&self, attribute: &Attribute<'_>, place: Section) -> bool {
        let kind = attribute.kind();
        match *self {
            Self::Rtcp(index, _) => place == Section::Media(index) && kind == AttributeKind::Rtcp,
            Self::Direction(section, _) => section.holds(place) && Direction::of(kind).is_some(),
            Self::Remove(section, name) | Self::Replace(section, name, _) => {
                section.holds(place) && attribute.name() == name.as_bytes()
            }
            Self::KeepFormats(index, keep) => {
                place == Section::Media(index)
                    && belongs_elsewhere(attribute, |f| keep.contains(&f))
            }
            _ => false,
        }
    }

    /// Whether the edit adds an attribute to this section.
    fn adds_attribute(&self, place: Section) -> bool {
        match *self {
            Self::Rtcp(index, _) => place == Section::Media(index),
            Self::Direction(section, _)
            | Self::Replace(section, ..)
            | Self::Insert(section, ..) => section.holds(place),
            _ => false,
        }
    }

    fn write_attribute(&self, sink: &mut Sink<'_>) {
        match self {
            Self::Rtcp(_, rtcp) => sink.attribute("rtcp", Some(rtcp)),
            Self::Direction(_, direction) => sink.attribute(direction.as_str(), None),
            Self::Replace(_, name, Some(value)) | Self::Insert(_, name, Some(value)) => {
                sink.attribute(name, Some(value));
            }
            Self::Replace(_, name, None) | Self::Insert(_, name, None) => {
                sink.attribute(name, None);
            }
            _ => {}
        }
    }

    /// The line the edit adds to a section above the attributes, and its letter.
    fn header(&self, place: Section) -> Option<LineKind> {
        match *self {
            Self::Origin(_) if place == Section::Session => Some(LineKind::Origin),
            Self::Connection(section, _) if section == place => Some(LineKind::Connection),
            _ => None,
        }
    }

    fn write_header(&self, sink: &mut Sink<'_>) {
        match self {
            Self::Origin(origin) => sink.line(b'o', origin),
            Self::Connection(_, address) => sink.line(b'c', Connection::new(*address)),
            _ => {}
        }
    }
}

/// Whether an attribute is about a format that is not kept.
pub(crate) fn belongs_elsewhere(attribute: &Attribute<'_>, keep: impl Fn(&str) -> bool) -> bool {
    attribute.kind().is_of_format()
        && attribute
            .value()
            .and_then(|value| core::str::from_utf8(value).ok())
            .and_then(|value| value.split_ascii_whitespace().next())
            // `rtcp-fb:*` is about all formats
            .is_some_and(|format| format != "*" && !keep(format))
}

impl Sdp<'_> {
    /// Copies the SDP into `out` with the edits made, and gives its length in bytes. Lines that
    /// no edit is about are copied as they are. Where two edits are about the same line, the
    /// first one counts.
    ///
    /// ```
    /// use trunkline_sdp_ice::{Edit, Mode, Sdp, Section};
    ///
    /// let sdp = b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n\
    ///     m=audio 4000 RTP/AVP 8 9\r\na=rtpmap:9 G722/8000\r\na=x-any\r\n";
    /// let sdp = Sdp::parse(sdp, Mode::Tolerant)?;
    /// let mut out = [0; 256];
    /// let length = sdp.edit(
    ///     &[
    ///         Edit::Connection(Section::Session, [192, 0, 2, 1].into()),
    ///         Edit::Port(0, 30000),
    ///         Edit::KeepFormats(0, &["8"]),
    ///     ],
    ///     &mut out,
    /// )?;
    /// assert_eq!(
    ///     &out[..length],
    ///     b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
    ///     m=audio 30000 RTP/AVP 8\r\na=x-any\r\n"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`WriteError`]; the contents of `out` are unspecified then.
    pub fn edit(&self, edits: &[Edit<'_>], out: &mut [u8]) -> Result<usize, WriteError> {
        if edits.len() > MAX_EDITS {
            return Err(WriteError::TooManyEdits);
        }
        if let Some(last) = edits.iter().filter_map(Edit::media_index).max()
            && self.media().nth(last).is_none()
        {
            return Err(WriteError::NoSuchMedia { index: last });
        }
        let mut editor = Editor {
            edits,
            done: 0,
            patch: Patch::new(self, out),
        };
        editor.section(Section::Session, self.session_lines())?;
        for media in self.media() {
            editor.section(Section::Media(media.index()), media.lines())?;
        }
        editor.patch.finish()
    }
}

struct Editor<'e, 's, 'o> {
    edits: &'e [Edit<'e>],
    /// Edits that have written their line in this section, a bit each.
    done: u64,
    patch: Patch<'s, 'o>,
}

impl<'s> Editor<'_, 's, '_> {
    fn section(&mut self, place: Section, lines: Lines<'s>) -> Result<(), WriteError> {
        self.done = 0;
        for line in lines {
            if let Some(rank) = line.kind().rank() {
                self.add_headers(place, rank);
            }
            match line.kind() {
                LineKind::Origin => {
                    self.replace(&line, |edit| edit.header(place) == Some(LineKind::Origin))
                }
                LineKind::Connection => self.connection(&line, place),
                LineKind::Media => self.media(&line, place)?,
                LineKind::Attribute => self.attribute(&line, place),
                _ => self.patch.keep(&line),
            }
        }
        self.add_headers(place, u8::MAX);
        for (at, edit) in self.edits.iter().enumerate() {
            if self.done & (1 << at) == 0 && edit.adds_attribute(place) {
                edit.write_attribute(self.patch.sink());
            }
        }
        Ok(())
    }

    /// Adds the lines that must stand above a line of this rank and were not there to replace.
    fn add_headers(&mut self, place: Section, rank: u8) {
        for (at, edit) in self.edits.iter().enumerate() {
            let Some(kind) = edit.header(place) else {
                continue;
            };
            let first = !self.edits[..at]
                .iter()
                .any(|e| e.header(place) == Some(kind));
            if first && self.done & (1 << at) == 0 && kind.rank() < Some(rank) {
                self.done |= 1 << at;
                edit.write_header(self.patch.sink());
            }
        }
    }

    /// Replaces a line by the header of the first edit that fits; a second such line goes.
    fn replace(&mut self, line: &Line<'s>, fits: impl Fn(&Edit<'_>) -> bool) {
        match self.edits.iter().position(fits) {
            None => self.patch.keep(line),
            Some(at) if self.done & (1 << at) != 0 => {}
            Some(at) => {
                self.done |= 1 << at;
                self.edits[at].write_header(self.patch.sink());
            }
        }
    }

    fn connection(&mut self, line: &Line<'s>, place: Section) {
        let concerns =
            |edit: &Edit<'_>| matches!(*edit, Edit::Connection(section, _) if section.holds(place));
        match self.edits.iter().find(|edit| concerns(edit)) {
            // no once: every line there is gets the address
            Some(edit @ Edit::Connection(Section::Everywhere, _)) => {
                edit.write_header(self.patch.sink());
            }
            _ => self.replace(line, concerns),
        }
    }

    fn media(&mut self, line: &Line<'s>, place: Section) -> Result<(), WriteError> {
        let Section::Media(index) = place else {
            return Ok(());
        };
        let mut port = None;
        let mut keep = None;
        for edit in self.edits {
            match *edit {
                Edit::Port(at, new) if at == index => port = port.or(Some(new)),
                Edit::Reject(at) if at == index => port = port.or(Some(0)),
                Edit::KeepFormats(at, formats) if at == index => keep = keep.or(Some(formats)),
                _ => {}
            }
        }
        if port.is_none() && keep.is_none() {
            self.patch.keep(line);
            return Ok(());
        }
        let media = MediaLine::parse(line.value(), Mode::Tolerant)
            .map_err(|_| WriteError::MalformedMedia { index })?;
        let kept = |format: &str| keep.is_none_or(|keep| keep.contains(&format));
        self.patch
            .media(&media, port, kept)
            .map_err(|()| WriteError::NoFormatLeft { index })
    }

    fn attribute(&mut self, line: &Line<'s>, place: Section) {
        let Some(attribute) = line.attribute() else {
            return;
        };
        let concerns = |edit: &Edit<'_>| edit.concerns(&attribute, place);
        match self.edits.iter().position(concerns) {
            None => self.patch.keep(line),
            Some(at) => {
                if self.done & (1 << at) == 0 {
                    self.done |= 1 << at;
                    self.edits[at].write_attribute(self.patch.sink());
                }
            }
        }
    }
}

/// Copies runs of kept lines and writes new ones between them.
pub(crate) struct Patch<'s, 'o> {
    source: &'s [u8],
    kept: Range<usize>,
    sink: Sink<'o>,
}

impl<'s, 'o> Patch<'s, 'o> {
    pub(crate) const fn new(source: &Sdp<'s>, out: &'o mut [u8]) -> Self {
        Self {
            source: source.as_bytes(),
            kept: 0..0,
            sink: Sink::new(out),
        }
    }

    /// Keeps a line as it is.
    pub(crate) fn keep(&mut self, line: &Line<'s>) {
        if self.kept.end != line.offset() {
            self.flush();
            self.kept.start = line.offset();
        }
        self.kept.end = line.end();
    }

    fn flush(&mut self) {
        let run = self.source.get(self.kept.clone()).unwrap_or_default();
        self.sink.copy(run);
        self.kept.start = self.kept.end;
    }

    /// Where to write new lines.
    pub(crate) fn sink(&mut self) -> &mut Sink<'o> {
        self.flush();
        &mut self.sink
    }

    /// Writes an `m=` line with another port, and with those of its formats that are kept.
    /// `Err` when there were formats and none is kept.
    pub(crate) fn media(
        &mut self,
        media: &MediaLine<'_>,
        port: Option<u16>,
        keep: impl Fn(&str) -> bool,
    ) -> Result<(), ()> {
        let mut formats = media
            .formats
            .iter()
            .filter(|format| keep(format))
            .peekable();
        if formats.peek().is_none() && media.formats.iter().next().is_some() {
            return Err(());
        }
        let sink = self.sink();
        match (port, media.port_count) {
            (Some(port), _) => sink.media(media.media, port, media.protocol, formats),
            (None, 1) => sink.media(media.media, media.port, media.protocol, formats),
            (None, count) => {
                let ports = format_args!("{}/{count}", media.port);
                sink.media(media.media, ports, media.protocol, formats);
            }
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<usize, WriteError> {
        self.flush();
        self.sink.finish()
    }
}
