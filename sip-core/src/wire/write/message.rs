//! A message from its parts.

use super::{Encode, Encoder, WriteError};
use crate::wire::grammar::{TOKEN, VISIBLE, all};
use crate::wire::header::Header;
use crate::wire::message::{HeaderField, Message};
use crate::wire::method::Method;
use crate::wire::name::HeaderName;
use crate::wire::status::StatusCode;

/// Writes a message into the caller's buffer, in order: start line, header fields, body.
///
/// Errors are kept until the end, and so is the size: [`MessageWriter::finish`] reports both. No value
/// can add a header field of its own: CR, LF and NUL are refused, except in a fold.
///
/// ```
/// use trunkline_sip_core::{MessageWriter, Method, header::{CSeq, MaxForwards}};
///
/// let mut buffer = [0; 512];
/// let len = MessageWriter::request(&mut buffer, Method::Options, "sip:gw1.example.com")
///     .header("Via", "SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK776asdhds;rport")
///     .typed(&MaxForwards(70))
///     .typed(&CSeq { number: 4711, method: Method::Options })
///     .finish()?;
/// assert!(buffer[..len].ends_with(b"CSeq: 4711 OPTIONS\r\nContent-Length: 0\r\n\r\n"));
/// # Ok::<(), trunkline_sip_core::WriteError>(())
/// ```
#[derive(Debug)]
pub struct MessageWriter<'b> {
    out: Encoder<'b>,
    room: usize,
    error: Option<WriteError>,
}

impl<'b> MessageWriter<'b> {
    const fn new(buffer: &'b mut [u8]) -> Self {
        Self {
            room: buffer.len(),
            out: Encoder::new(buffer),
            error: None,
        }
    }

    /// Starts a request. `uri` is written as it is.
    pub fn request(buffer: &'b mut [u8], method: Method<'_>, uri: &str) -> Self {
        let mut writer = Self::new(buffer);
        if !all(method.as_str().as_bytes(), TOKEN) || !all(uri.as_bytes(), VISIBLE) {
            writer.fail(WriteError::StartLine);
        }
        for part in [method.as_str(), " ", uri, " SIP/2.0\r\n"] {
            writer.out.push_raw(part.as_bytes());
        }
        writer
    }

    /// Starts a response. [`StatusCode::default_reason`] gives a reason phrase.
    pub fn response(buffer: &'b mut [u8], status: StatusCode, reason: impl AsRef<[u8]>) -> Self {
        let mut writer = Self::new(buffer);
        let reason = reason.as_ref();
        if memchr::memchr3(b'\r', b'\n', 0, reason).is_some() {
            writer.fail(WriteError::StartLine);
        }
        writer.out.push_raw(b"SIP/2.0 ");
        status.encode(&mut writer.out);
        for part in [b" ", reason, b"\r\n"] {
            writer.out.push_raw(part);
        }
        writer
    }

    pub(super) fn fail(&mut self, error: WriteError) {
        self.error.get_or_insert(error);
    }

    /// Adds a header field. The value is text, a number, a typed header, or anything else that
    /// is [`Encode`].
    pub fn header<'n>(&mut self, name: impl Into<HeaderName<'n>>, value: impl Encode) -> &mut Self {
        self.line(name.into(), |out| value.encode(out))
    }

    /// Adds a typed header under its own name.
    pub fn typed<'h, H: Header<'h> + Encode>(&mut self, value: &H) -> &mut Self {
        self.line(H::NAME, |out| value.encode(out))
    }

    /// Adds one header field with all `values`, separated by commas; nothing where there are none.
    pub fn list<'n>(
        &mut self,
        name: impl Into<HeaderName<'n>>,
        values: impl IntoIterator<Item: Encode>,
    ) -> &mut Self {
        let mut values = values.into_iter();
        let Some(first) = values.next() else {
            return self;
        };
        self.line(name.into(), |out| {
            first.encode(out);
            for value in values {
                out.push_raw(b", ");
                value.encode(out);
            }
        })
    }

    /// Adds a header field of another message as it stands there, folds and all. Content-Length is left
    /// out: it belongs to the body.
    pub fn copy(&mut self, field: HeaderField<'_>) -> &mut Self {
        if field.is_id(const { HeaderName::ContentLength.known_id() }) {
            return self;
        }
        match field.plain_line() {
            Some(line) => self.out.push_raw(line),
            None => {
                self.copy_value(field, field.value());
                self.end_line();
            }
        }
        self
    }

    /// Adds all header fields of another message called `name` as they stand there.
    pub fn copy_all<'n>(
        &mut self,
        from: &Message<'_>,
        name: impl Into<HeaderName<'n>>,
    ) -> &mut Self {
        for field in from.headers_named(name) {
            self.copy(field);
        }
        self
    }

    /// Starts a header field with the name of `field` and a part of its value, which was scanned before
    /// and so holds no line end but folds.
    pub(super) fn copy_value(&mut self, field: HeaderField<'_>, value: &[u8]) {
        self.out.push_raw(field.raw_name_bytes());
        self.out.push_raw(b": ");
        self.out.push_raw(value);
    }

    pub(super) fn end_line(&mut self) {
        self.out.push_raw(b"\r\n");
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.out.push_raw(bytes);
    }

    fn line(&mut self, name: HeaderName<'_>, value: impl FnOnce(&mut Encoder<'b>)) -> &mut Self {
        if name.id() == HeaderName::ContentLength.known_id() {
            self.fail(WriteError::ContentLength);
        } else if !name.is_valid() {
            self.fail(WriteError::HeaderName);
        }
        self.out.push_raw(name.as_str().as_bytes());
        self.out.push_raw(b": ");
        value(&mut self.out);
        if self.out.is_refused() {
            self.fail(WriteError::HeaderValue {
                name: HeaderName::from_id(name.id()),
            });
        }
        self.out.push_raw(b"\r\n");
        self
    }

    /// Ends a message without body: adds `Content-Length: 0` and returns the size of the message.
    ///
    /// # Errors
    ///
    /// The first error of the message, or [`WriteError::TooSmall`].
    pub fn finish(&mut self) -> Result<usize, WriteError> {
        self.body(b"")
    }

    /// Adds Content-Type, Content-Length and the body, and returns the size of the message.
    ///
    /// # Errors
    ///
    /// As [`MessageWriter::finish`].
    pub fn finish_with(
        &mut self,
        content_type: impl Encode,
        body: &[u8],
    ) -> Result<usize, WriteError> {
        self.header(HeaderName::ContentType, content_type)
            .body(body)
    }

    /// Adds Content-Length and the body, and returns the size of the message.
    ///
    /// # Errors
    ///
    /// As [`MessageWriter::finish`].
    pub fn body(&mut self, body: &[u8]) -> Result<usize, WriteError> {
        self.out.push_raw(b"Content-Length: ");
        body.len().encode(&mut self.out);
        self.out.push_raw(b"\r\n\r\n");
        self.out.push_raw(body);
        let needed = self.out.len();
        match self.error {
            Some(error) => Err(error),
            None if needed > self.room => Err(WriteError::TooSmall { needed }),
            None => Ok(needed),
        }
    }
}
