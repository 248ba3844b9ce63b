//! A message as a view: octets and the index of their header fields (RFC 3261 section 7).

use core::fmt;
use core::marker::PhantomData;

use super::error::{HeaderError, ParseError};
use super::grammar::text;
use super::header::{Header, Values};
use super::method::Method;
use super::name::{HeaderName, OTHER};
use super::scan::{HeaderSpan, SliceSink, scan};
use super::start_line::{StartLine, StartLineSpan};
use super::status::StatusCode;

/// A SIP message: its octets and the index of its header fields.
///
/// Nothing is copied and nothing is lost: [`Message::as_bytes`] are the octets that were parsed, header
/// fields that no one knows included. Header values are read when asked for, see [`Message::typed`]. That
/// the message parsed says only that it can be taken apart; [`validate`](crate::validate) says whether
/// it may be processed.
///
/// ```
/// use trunkline_sip_core::{HeaderSpan, Message, Method, header::{CSeq, Via}};
///
/// let bytes = b"OPTIONS sip:gw1.example.com SIP/2.0\r\n\
///     v: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport\r\n\
///     From: <sip:ping@example.com>;tag=8a7b6c5d\r\n\
///     To: <sip:gw1.example.com>\r\n\
///     Call-ID: 3f2a9c71b0e44@192.0.2.10\r\n\
///     CSeq: 4711 OPTIONS\r\n\
///     Content-Length: 0\r\n\r\n";
/// let mut index = [HeaderSpan::default(); 32];
/// let message = Message::parse(bytes, &mut index)?;
///
/// assert_eq!(message.method(), Some(Method::Options));
/// assert_eq!(message.require::<CSeq>()?.number, 4711);
/// assert_eq!(message.require::<Via>()?.branch, Some("z9hG4bK776asdhds"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Message<'a> {
    bytes: &'a [u8],
    index: &'a [HeaderSpan],
    start: StartLineSpan,
    body: usize,
}

impl<'a> Message<'a> {
    /// Parses a complete message, as a datagram delivers it or a [`Framer`](crate::Framer) found it.
    ///
    /// `headers` takes one entry per header field. The body ends as Content-Length says; octets after it
    /// are ignored (RFC 3261 section 18.3). Without Content-Length it ends with the input.
    ///
    /// # Errors
    ///
    /// Any [`ParseError`]. Where the head is sound and only the body is not, [`Message::parse_head`] still
    /// gives a view to answer.
    #[inline]
    pub fn parse(bytes: &'a [u8], headers: &'a mut [HeaderSpan]) -> Result<Self, ParseError> {
        let mut sink = SliceSink {
            spans: headers,
            len: 0,
        };
        let head = scan(bytes, &mut sink)?;
        let SliceSink { spans, len } = sink;
        let end = head.datagram_end(bytes.len())?;
        Ok(Self {
            bytes: bytes.get(..end).unwrap_or(bytes),
            index: spans.get(..len).unwrap_or_default(),
            start: head.start,
            body: head.body,
        })
    }

    /// Parses the head alone and ignores whatever follows it; [`Message::body`] is empty.
    ///
    /// For a 400 to a request whose body is not as long as announced, and for a look at a message of
    /// which the body has not arrived yet.
    ///
    /// # Errors
    ///
    /// Any [`ParseError`] but those about the body.
    pub fn parse_head(bytes: &'a [u8], headers: &'a mut [HeaderSpan]) -> Result<Self, ParseError> {
        let mut sink = SliceSink {
            spans: headers,
            len: 0,
        };
        let head = scan(bytes, &mut sink)?;
        let SliceSink { spans, len } = sink;
        Ok(Self {
            bytes: bytes.get(..head.body).unwrap_or(bytes),
            index: spans.get(..len).unwrap_or_default(),
            start: head.start,
            body: head.body,
        })
    }

    /// Puts a view together again from what a scan of the same octets gave.
    #[cfg(feature = "alloc")]
    pub(crate) const fn from_scan(
        bytes: &'a [u8],
        index: &'a [HeaderSpan],
        start: StartLineSpan,
        body: usize,
    ) -> Self {
        Self {
            bytes,
            index,
            start,
            body,
        }
    }

    /// The request line or status line.
    pub fn start_line(&self) -> StartLine<'a> {
        self.start.get(self.bytes)
    }

    /// The SIP version as the start line has it, `SIP/2.0` in any sound message.
    pub fn version(&self) -> &'a [u8] {
        self.start.version(self.bytes)
    }

    /// Whether this is a request.
    pub const fn is_request(&self) -> bool {
        matches!(self.start, StartLineSpan::Request { .. })
    }

    /// Whether this is a response.
    pub const fn is_response(&self) -> bool {
        !self.is_request()
    }

    /// The method of a request. That of a response is in its CSeq.
    #[inline]
    pub fn method(&self) -> Option<Method<'a>> {
        match self.start_line() {
            StartLine::Request { method, .. } => Some(method),
            StartLine::Response { .. } => None,
        }
    }

    /// The Request-URI of a request, not parsed.
    pub fn request_uri(&self) -> Option<&'a str> {
        match self.start_line() {
            StartLine::Request { uri, .. } => Some(uri),
            StartLine::Response { .. } => None,
        }
    }

    /// The status code of a response.
    pub const fn status(&self) -> Option<StatusCode> {
        match self.start {
            StartLineSpan::Request { .. } => None,
            StartLineSpan::Response { status, .. } => Some(status),
        }
    }

    /// The reason phrase of a response.
    pub fn reason(&self) -> Option<&'a [u8]> {
        match self.start_line() {
            StartLine::Request { .. } => None,
            StartLine::Response { reason, .. } => Some(reason),
        }
    }

    /// All header fields in their order.
    pub fn headers(&self) -> Headers<'a> {
        Headers {
            bytes: self.bytes,
            index: self.index,
        }
    }

    /// The header fields called `name`, in their order.
    pub fn headers_named<'n>(&self, name: impl Into<HeaderName<'n>>) -> HeadersNamed<'a, 'n> {
        let name = name.into();
        HeadersNamed {
            headers: self.headers(),
            id: name.id(),
            name: name.as_str(),
        }
    }

    /// The first header field called `name`: a [`HeaderName`] or its text, in any case, long or compact.
    pub fn header<'n>(&self, name: impl Into<HeaderName<'n>>) -> Option<HeaderField<'a>> {
        self.headers_named(name).next()
    }

    /// The first value of `H`; `None` where the message has no such header field.
    ///
    /// Of a header field that must not be repeated this is the value; that it was not repeated is for
    /// [`validate`](crate::validate) to say.
    ///
    /// # Errors
    ///
    /// The value does not follow its grammar.
    #[inline]
    pub fn typed<H: Header<'a>>(&self) -> Result<Option<H>, HeaderError> {
        self.typed_all().next().transpose()
    }

    /// Every value of `H`, over commas and repeated header fields alike (RFC 3261 section 7.3.1).
    #[inline]
    pub fn typed_all<H: Header<'a>>(&self) -> TypedAll<'a, H> {
        let id = match const { H::NAME.known_id() } {
            // A known name may have been put into `Other`.
            OTHER => H::NAME.id(),
            known => known,
        };
        TypedAll {
            fields: HeadersNamed {
                headers: self.headers(),
                id,
                name: const { H::NAME.as_str() },
            },
            values: Values::done(),
            offset: 0,
            header: PhantomData,
        }
    }

    /// The first value of `H`, which has to be there.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Missing`] without such a header field, else as [`Message::typed`].
    #[inline]
    pub fn require<H: Header<'a>>(&self) -> Result<H, HeaderError> {
        self.typed_all()
            .next()
            .unwrap_or(Err(HeaderError::Missing { name: H::NAME }))
    }

    /// The body.
    pub fn body(&self) -> &'a [u8] {
        self.bytes.get(self.body..).unwrap_or_default()
    }

    /// The octets of the message, from its start line to the end of its body.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where the body starts in [`Message::as_bytes`].
    pub const fn body_offset(&self) -> usize {
        self.body
    }

    pub(crate) const fn start_span(&self) -> StartLineSpan {
        self.start
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("start_line", &self.start_line())
            .field("headers", &self.index.len())
            .field("body", &self.body().len())
            .finish()
    }
}

/// One header field of a message.
#[derive(Clone, Copy)]
pub struct HeaderField<'a> {
    bytes: &'a [u8],
    span: HeaderSpan,
}

impl<'a> HeaderField<'a> {
    /// The name, classified.
    pub fn name(&self) -> HeaderName<'a> {
        HeaderName::from_id(self.span.id).unwrap_or_else(|| HeaderName::Other(self.raw_name()))
    }

    /// The name as the message spells it.
    pub fn raw_name(&self) -> &'a str {
        text(self.raw_name_bytes())
    }

    /// The whole line where it is written as usual, `Name: value` and CRLF, so that a copy of it is the
    /// same as one of its parts.
    #[inline]
    pub(crate) fn plain_line(&self) -> Option<&'a [u8]> {
        let HeaderSpan {
            name_len,
            name,
            value,
            value_end,
            ..
        } = self.span;
        let line = self
            .bytes
            .get(usize::from(name)..usize::from(value_end) + 2)?;
        let after_name = line.get(usize::from(name_len)..)?;
        let plain = usize::from(value) == usize::from(name) + usize::from(name_len) + 2
            && after_name.starts_with(b": ")
            && line.ends_with(b"\r\n");
        plain.then_some(line)
    }

    #[inline]
    pub(crate) fn raw_name_bytes(&self) -> &'a [u8] {
        let start = usize::from(self.span.name);
        self.bytes
            .get(start..start + usize::from(self.span.name_len))
            .unwrap_or_default()
    }

    /// The value without white space at its ends. Where it was folded over several lines, the line ends
    /// are still in it, each followed by a space or tab.
    #[inline]
    pub fn value(&self) -> &'a [u8] {
        self.bytes
            .get(usize::from(self.span.value)..usize::from(self.span.value_end))
            .unwrap_or_default()
    }

    /// The value as text, if it is UTF-8.
    pub fn value_str(&self) -> Option<&'a str> {
        core::str::from_utf8(self.value()).ok()
    }

    /// Where the header field starts in the message.
    pub const fn offset(&self) -> usize {
        self.span.name as usize
    }

    /// Where the value starts in the message.
    pub const fn value_offset(&self) -> usize {
        self.span.value as usize
    }

    /// The one-byte id of the name.
    pub(crate) const fn id(&self) -> u8 {
        self.span.id
    }

    /// Whether the name has this one-byte id.
    pub(crate) const fn is_id(&self, id: u8) -> bool {
        self.span.id == id
    }

    /// Where the line after this header field starts.
    pub(crate) fn next_line(&self) -> usize {
        let end = usize::from(self.span.value_end);
        if let Some([b'\r', b'\n', next, ..]) = self.bytes.get(end..)
            && !matches!(next, b' ' | b'\t')
        {
            return end + 2;
        }
        // Only white space and folds stand between the value and the CRLF that ends the field.
        let mut at = end;
        while let Some(found) = self
            .bytes
            .get(at..)
            .and_then(|rest| memchr::memchr(b'\n', rest))
        {
            at += found + 1;
            if !matches!(self.bytes.get(at), Some(b' ' | b'\t')) {
                return at;
            }
        }
        self.bytes.len()
    }
}

impl fmt::Debug for HeaderField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.raw_name(), self.value().escape_ascii())
    }
}

/// The header fields of a message, in their order.
#[derive(Clone, Debug)]
pub struct Headers<'a> {
    bytes: &'a [u8],
    index: &'a [HeaderSpan],
}

impl<'a> Iterator for Headers<'a> {
    type Item = HeaderField<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (&span, rest) = self.index.split_first()?;
        self.index = rest;
        Some(HeaderField {
            bytes: self.bytes,
            span,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.index.len(), Some(self.index.len()))
    }
}

impl ExactSizeIterator for Headers<'_> {}

/// The header fields of one name, in their order.
#[derive(Clone, Debug)]
pub struct HeadersNamed<'a, 'n> {
    headers: Headers<'a>,
    id: u8,
    name: &'n str,
}

impl HeadersNamed<'_, '_> {
    /// The next one whose name has no id and is spelled like this.
    fn find_other(&self) -> Option<usize> {
        let name = self.name.as_bytes();
        self.headers.clone().position(|field| {
            field.is_id(OTHER) && field.raw_name_bytes().eq_ignore_ascii_case(name)
        })
    }
}

impl<'a> Iterator for HeadersNamed<'a, '_> {
    type Item = HeaderField<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let id = self.id;
        let index = self.headers.index;
        let found = if id == OTHER {
            self.find_other()
        } else {
            index.iter().position(|span| span.id == id)
        };
        match found {
            Some(position) => self.headers.nth(position),
            None => {
                self.headers.index = &[];
                None
            }
        }
    }
}

/// The values of one header, see [`Message::typed_all`].
#[derive(Clone, Debug)]
pub struct TypedAll<'a, H> {
    fields: HeadersNamed<'a, 'static>,
    /// What is left of the current field.
    values: Values<'a>,
    offset: usize,
    header: PhantomData<fn() -> H>,
}

impl<'a, H> TypedAll<'a, H> {
    /// The next value of a list, and where it stands in the message.
    #[inline]
    fn next_of_list(&mut self) -> Option<(usize, &'a [u8])> {
        loop {
            if let Some((offset, value)) = self.values.next() {
                return Some((self.offset + offset, value));
            }
            let field = self.fields.next()?;
            self.values = Values::new(field.value());
            self.offset = field.value_offset();
        }
    }
}

impl<'a, H: Header<'a>> Iterator for TypedAll<'a, H> {
    type Item = Result<H, HeaderError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (offset, value) = if H::LIST {
            self.next_of_list()?
        } else {
            let field = self.fields.next()?;
            (field.value_offset(), field.value())
        };
        let mut parsed = H::parse(value);
        // Where it is: with `map_err` the value would be moved.
        if let Err(error) = &mut parsed {
            *error = error.shifted(offset);
        }
        Some(parsed)
    }
}

#[cfg(test)]
mod tests;
