//! Lines: split at LF, classified by their type letter.

use core::fmt;

use super::scan::{BLOCK, STEP, colon, line_feeds, words};
use super::{Attribute, AttributeKind};

/// The type of a line (RFC 8866 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// `v=` protocol version.
    Version,
    /// `o=` originator and session identifier.
    Origin,
    /// `s=` session name.
    SessionName,
    /// `i=` session information or media title.
    Information,
    /// `u=` URI of a description.
    Uri,
    /// `e=` email address.
    Email,
    /// `p=` phone number.
    Phone,
    /// `c=` connection information.
    Connection,
    /// `b=` bandwidth.
    Bandwidth,
    /// `t=` time the session is active.
    Time,
    /// `r=` repeat times.
    Repeat,
    /// `z=` time zone adjustments.
    Zone,
    /// `k=` encryption key (obsolete; still a secret).
    Key,
    /// `a=` attribute.
    Attribute,
    /// `m=` media description: begins a media section.
    Media,
    /// `<letter>=` of a type that RFC 8866 does not define.
    Unknown,
    /// Anything else, the empty line included.
    Malformed,
}

/// The kind of every letter; a table, since a jump would be mispredicted on most lines.
static KINDS: [LineKind; 256] = {
    let mut kinds = [LineKind::Malformed; 256];
    let mut letter = 0;
    while letter < kinds.len() {
        if (letter as u8).is_ascii_alphabetic() {
            kinds[letter] = LineKind::Unknown;
        }
        letter += 1;
    }
    kinds[b'v' as usize] = LineKind::Version;
    kinds[b'o' as usize] = LineKind::Origin;
    kinds[b's' as usize] = LineKind::SessionName;
    kinds[b'i' as usize] = LineKind::Information;
    kinds[b'u' as usize] = LineKind::Uri;
    kinds[b'e' as usize] = LineKind::Email;
    kinds[b'p' as usize] = LineKind::Phone;
    kinds[b'c' as usize] = LineKind::Connection;
    kinds[b'b' as usize] = LineKind::Bandwidth;
    kinds[b't' as usize] = LineKind::Time;
    kinds[b'r' as usize] = LineKind::Repeat;
    kinds[b'z' as usize] = LineKind::Zone;
    kinds[b'k' as usize] = LineKind::Key;
    kinds[b'a' as usize] = LineKind::Attribute;
    kinds[b'm' as usize] = LineKind::Media;
    kinds
};

impl LineKind {
    /// Place in the order that RFC 8866 section 5 gives the lines of a section; `None` where it
    /// gives none.
    pub(crate) const fn rank(self) -> Option<u8> {
        Some(match self {
            Self::Version => 0,
            Self::Origin => 1,
            Self::SessionName => 2,
            Self::Media => 3,
            Self::Information => 4,
            Self::Uri => 5,
            Self::Email => 6,
            Self::Phone => 7,
            Self::Connection => 8,
            Self::Bandwidth => 9,
            // one time description is a group of these
            Self::Time | Self::Repeat | Self::Zone => 10,
            Self::Key => 11,
            Self::Attribute => 12,
            Self::Unknown | Self::Malformed => return None,
        })
    }
}

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineEnding {
    /// CR LF, the only one RFC 8866 knows.
    CrLf,
    /// LF alone.
    Lf,
    /// The body ends without a line end.
    None,
}

/// One line of an SDP.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    raw: &'a [u8],
    /// Length of the line end.
    ending: u8,
    kind: LineKind,
    /// Of an `a=` line.
    attribute: AttributeKind,
    name_length: usize,
    offset: usize,
}

impl<'a> Line<'a> {
    /// Type of the line.
    #[inline]
    #[must_use]
    pub const fn kind(&self) -> LineKind {
        self.kind
    }

    /// What follows `<letter>=`, without the line end; the whole content of a malformed line.
    #[inline]
    #[must_use]
    pub fn value(&self) -> &'a [u8] {
        let end = self.raw.len() - usize::from(self.ending);
        self.raw.get(self.prefix()..end).unwrap_or_default()
    }

    /// Length of `<letter>=`.
    #[inline]
    const fn prefix(&self) -> usize {
        match self.kind {
            LineKind::Malformed => 0,
            _ => 2,
        }
    }

    /// The line as received, with its line end.
    #[inline]
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.raw
    }

    /// Offset of the line in the SDP, in bytes.
    #[inline]
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Offset of [`value`](Self::value) in the SDP, in bytes.
    #[inline]
    pub(crate) const fn value_offset(&self) -> usize {
        self.offset + self.prefix()
    }

    /// Offset of the first byte behind the line, in bytes.
    pub(crate) const fn end(&self) -> usize {
        self.offset + self.raw.len()
    }

    /// How the line ends.
    #[must_use]
    pub const fn ending(&self) -> LineEnding {
        match self.ending {
            0 => LineEnding::None,
            1 => LineEnding::Lf,
            _ => LineEnding::CrLf,
        }
    }

    /// The attribute of an `a=` line, `None` for other lines.
    #[inline]
    #[must_use]
    pub fn attribute(&self) -> Option<Attribute<'a>> {
        match self.kind {
            LineKind::Attribute => Some(Attribute::new(
                self.value(),
                self.name_length,
                self.value_offset(),
                self.attribute,
            )),
            _ => None,
        }
    }
}

/// Leaves keys and passwords out, and lines in which one may hide.
impl fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = f.debug_struct("Line");
        line.field("kind", &self.kind).field("offset", &self.offset);
        match (self.kind, self.attribute()) {
            (_, Some(attribute)) => line.field("value", &attribute),
            (LineKind::Key | LineKind::Unknown | LineKind::Malformed, _) => {
                line.field("value", &Redacted)
            }
            _ => line.field("value", &Lossy(self.value())),
        };
        line.finish()
    }
}

/// What stands for a secret in `Debug` output.
pub(super) struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

/// Bytes shown as text, for `Debug`.
pub(super) struct Lossy<'a>(pub(super) &'a [u8]);

impl fmt::Debug for Lossy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// The lines of an SDP or of one of its sections, in order. Their bytes, put one behind the
/// other, are the bytes walked.
#[derive(Clone)]
pub struct Lines<'a> {
    bytes: &'a [u8],
    /// Of `bytes`, in the SDP.
    offset: usize,
    /// Where the next line begins.
    start: usize,
    /// The line feeds of the block from `block` on that are still ahead.
    feeds: u64,
    block: usize,
}

impl<'a> Lines<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self {
            bytes,
            offset,
            start: 0,
            feeds: line_feeds(bytes, 0),
            block: 0,
        }
    }

    /// Where the next line feed is.
    #[inline]
    fn next_feed(&mut self) -> Option<usize> {
        while self.feeds == 0 {
            self.block += BLOCK;
            if self.block >= self.bytes.len() {
                self.block = self.bytes.len();
                return None;
            }
            self.feeds = line_feeds(self.bytes, self.block);
        }
        let at = self.block + self.feeds.trailing_zeros() as usize;
        self.feeds &= self.feeds - 1;
        Some(at)
    }
}

impl fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    #[inline]
    fn next(&mut self) -> Option<Line<'a>> {
        let rest = self.bytes.get(self.start..).unwrap_or_default();
        let (raw, ending) = match self.next_feed() {
            None if rest.is_empty() => return None,
            None => (rest, 0),
            Some(feed) => {
                let raw = rest.get(..=feed - self.start)?;
                (raw, 1 + u8::from(raw.ends_with(b"\r\n")))
            }
        };
        let mut line = Line {
            raw,
            ending,
            kind: LineKind::Malformed,
            attribute: AttributeKind::Other,
            name_length: 0,
            offset: self.offset + self.start,
        };
        let (content, _) = raw.split_at(raw.len() - usize::from(ending));
        if let [letter, b'=', name @ ..] = content {
            line.kind = KINDS[usize::from(*letter)];
            if line.kind == LineKind::Attribute {
                let ahead = rest.get(2..).unwrap_or_default();
                (line.name_length, line.attribute) = classify(name, ahead);
            }
        }
        self.start += raw.len();
        Some(line)
    }
}

/// Length and kind of the name at the start of an attribute. `ahead` begins like `content` and
/// goes on behind it, so that most names are read in one step.
#[inline]
fn classify(content: &[u8], ahead: &[u8]) -> (usize, AttributeKind) {
    if let Some(chunk) = ahead.first_chunk::<STEP>() {
        let words = words(chunk);
        let length = colon(words).min(content.len());
        if length < STEP {
            let kind = match AttributeKind::of_words(words, length) {
                AttributeKind::Other => AttributeKind::of_odd(content.split_at(length).0),
                kind => kind,
            };
            return (length, kind);
        }
    }
    let colon = content.iter().position(|b| *b == b':');
    let (name, _) = content.split_at(colon.unwrap_or(content.len()));
    (name.len(), AttributeKind::of(name))
}

impl core::iter::FusedIterator for Lines<'_> {}
