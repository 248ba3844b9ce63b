//! The caller's slice, written from left to right.

use core::fmt::{self, Display, Write};

use super::{WriteError, fields};

/// Counts on past the end of the slice, so that the size needed is known.
pub(crate) struct Sink<'b> {
    buffer: &'b mut [u8],
    length: usize,
    last: Option<u8>,
    forbidden: bool,
}

impl<'b> Sink<'b> {
    pub(crate) const fn new(buffer: &'b mut [u8]) -> Self {
        Self {
            buffer,
            length: 0,
            last: None,
            forbidden: false,
        }
    }

    /// Bytes that were received, or that need no check.
    pub(crate) fn copy(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len());
        if let Some(room) = self.buffer.get_mut(self.length..end) {
            room.copy_from_slice(bytes);
        }
        self.length = end;
        self.last = bytes.last().copied().or(self.last);
    }

    /// Begins a line.
    pub(crate) fn begin(&mut self, letter: u8) {
        // what was copied may have lacked its line end
        if !matches!(self.last, None | Some(b'\n')) {
            self.end();
        }
        self.copy(&[letter, b'=']);
    }

    /// Ends a line.
    pub(crate) fn end(&mut self) {
        self.copy(b"\r\n");
    }

    /// Part of a value. CR, LF and NUL fail the writing.
    pub(crate) fn value(&mut self, value: impl Display) {
        let mut checked = Checked {
            sink: self,
            space: true,
        };
        if write!(checked, "{value}").is_err() {
            self.forbidden = true;
        }
    }

    /// One field of a value: a space fails the writing, too, and so does an empty field.
    pub(crate) fn field(&mut self, field: impl Display) {
        let start = self.length;
        let mut checked = Checked {
            sink: self,
            space: false,
        };
        if write!(checked, "{field}").is_err() || self.length == start {
            self.forbidden = true;
        }
    }

    /// A whole line.
    pub(crate) fn line(&mut self, letter: u8, value: impl Display) {
        self.begin(letter);
        self.value(value);
        self.end();
    }

    /// A whole `a=` line. The name must be a token.
    pub(crate) fn attribute(&mut self, name: &str, value: Option<&dyn Display>) {
        self.begin(b'a');
        self.field(name);
        self.forbidden |= !fields::is_token(name);
        if let Some(value) = value {
            self.copy(b":");
            self.value(value);
        }
        self.end();
    }

    /// A whole `m=` line.
    pub(crate) fn media<F: Display>(
        &mut self,
        media: &str,
        ports: impl Display,
        protocol: &str,
        formats: impl IntoIterator<Item = F>,
    ) {
        self.begin(b'm');
        self.field(media);
        self.forbidden |= !fields::is_token(media);
        self.copy(b" ");
        self.field(ports);
        self.copy(b" ");
        self.field(protocol);
        for format in formats {
            self.copy(b" ");
            self.field(format);
        }
        self.end();
    }

    /// Length of what was written.
    pub(crate) const fn finish(&self) -> Result<usize, WriteError> {
        if self.forbidden {
            return Err(WriteError::ForbiddenByte);
        }
        match self.length <= self.buffer.len() {
            true => Ok(self.length),
            false => Err(WriteError::BufferTooSmall {
                needed: self.length,
            }),
        }
    }
}

struct Checked<'s, 'b> {
    sink: &'s mut Sink<'b>,
    space: bool,
}

impl Write for Checked<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let forbidden = |b| matches!(b, b'\r' | b'\n' | 0) || (b == b' ' && !self.space);
        if text.bytes().any(forbidden) {
            return Err(fmt::Error);
        }
        self.sink.copy(text.as_bytes());
        Ok(())
    }
}
