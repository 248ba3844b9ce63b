//! A multipart body from its parts.

use core::fmt;

use memchr::memmem;

use super::is_boundary;
use crate::wire::header::Header;
use crate::wire::name::HeaderName;
use crate::wire::write::{Encode, Encoder, WriteError};

/// Writes a multipart body into the caller's buffer.
///
/// Errors are kept until the end, as in [`MessageWriter`](crate::MessageWriter). A boundary that stands in a part
/// is an error, so that no part can end before its time.
///
/// ```
/// use trunkline_sip_core::MultipartWriter;
///
/// let mut buffer = [0; 256];
/// let len = MultipartWriter::new(&mut buffer, "b7f1")
///     .part("application/sdp", b"v=0\r\n")
///     .header("Content-Disposition", "render;handling=optional")
///     .part("text/plain", b"hello")
///     .finish()?;
/// let body: &[u8] = b"--b7f1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n\
///     --b7f1\r\nContent-Disposition: render;handling=optional\r\nContent-Type: text/plain\r\n\r\nhello\r\n\
///     --b7f1--\r\n";
/// assert_eq!(&buffer[..len], body);
/// # Ok::<(), trunkline_sip_core::WriteError>(())
/// ```
pub struct MultipartWriter<'b> {
    out: Encoder<'b>,
    room: usize,
    boundary: &'b str,
    /// Whether a part was started by a header field.
    open: bool,
    error: Option<WriteError>,
}

impl<'b> MultipartWriter<'b> {
    /// Starts a body whose parts are delimited by `boundary`: 1 to 70 visible characters that no part has. It is
    /// the `boundary` parameter of the Content-Type.
    pub fn new(buffer: &'b mut [u8], boundary: &'b str) -> Self {
        Self {
            room: buffer.len(),
            out: Encoder::new(buffer),
            boundary,
            open: false,
            error: (!is_boundary(boundary)).then_some(WriteError::Boundary),
        }
    }

    /// Adds a header field to the next part, besides its Content-Type.
    pub fn header<'n>(&mut self, name: impl Into<HeaderName<'n>>, value: impl Encode) -> &mut Self {
        self.begin();
        self.line(name.into(), &value);
        self
    }

    /// Adds a typed header to the next part.
    pub fn typed<'h, H: Header<'h> + Encode>(&mut self, value: &H) -> &mut Self {
        self.header(H::NAME, value)
    }

    /// Ends a part by its Content-Type and its body.
    pub fn part(&mut self, content_type: impl Encode, body: &[u8]) -> &mut Self {
        self.begin();
        self.line(HeaderName::ContentType, &content_type);
        self.open = false;
        if holds_delimiter(body, self.boundary.as_bytes()) {
            self.fail(WriteError::Boundary);
        }
        self.out.push_raw(b"\r\n");
        self.out.push_raw(body);
        self.out.push_raw(b"\r\n");
        self
    }

    /// Ends the body and returns its size.
    ///
    /// # Errors
    ///
    /// The first error of the body: [`WriteError::Boundary`] also where there is no part, or one without a body;
    /// or [`WriteError::TooSmall`].
    pub fn finish(&mut self) -> Result<usize, WriteError> {
        if self.open || self.out.len() == 0 {
            self.fail(WriteError::Boundary);
        }
        self.delimiter(b"--\r\n");
        let needed = self.out.len();
        match self.error {
            Some(error) => Err(error),
            None if needed > self.room => Err(WriteError::TooSmall { needed }),
            None => Ok(needed),
        }
    }

    fn begin(&mut self) {
        if !self.open {
            self.delimiter(b"\r\n");
            self.open = true;
        }
    }

    fn delimiter(&mut self, end: &[u8]) {
        for part in [b"--", self.boundary.as_bytes(), end] {
            self.out.push_raw(part);
        }
    }

    fn line(&mut self, name: HeaderName<'_>, value: &dyn Encode) {
        if !name.is_valid() {
            self.fail(WriteError::HeaderName);
        }
        self.out.push_raw(name.as_str().as_bytes());
        self.out.push_raw(b": ");
        value.encode(&mut self.out);
        if self.out.is_refused() {
            let name = HeaderName::from_id(name.id());
            self.fail(WriteError::HeaderValue { name });
        }
        self.out.push_raw(b"\r\n");
    }

    fn fail(&mut self, error: WriteError) {
        self.error.get_or_insert(error);
    }
}

impl fmt::Debug for MultipartWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MultipartWriter")
            .field("len", &self.out.len())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// Whether a line of `body` starts as a delimiter does.
fn holds_delimiter(body: &[u8], boundary: &[u8]) -> bool {
    let mut rest = body;
    loop {
        let delimiter = rest.strip_prefix(b"--");
        if delimiter.is_some_and(|after| after.starts_with(boundary)) {
            return true;
        }
        match memmem::find(rest, b"\r\n") {
            Some(end) => rest = rest.get(end + 2..).unwrap_or_default(),
            None => return false,
        }
    }
}
