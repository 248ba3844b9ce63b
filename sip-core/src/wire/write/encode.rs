//! Header values into octets.

use core::fmt;

use crate::wire::grammar::{TOKEN, all};
use crate::wire::host::{Host, HostPort};
use crate::wire::params::{Param, ParamValue};

/// What can be written as the value of a header field.
///
/// Implemented by every typed header, by text, octets, numbers, and by [`fmt::Arguments`], so that
/// `format_args!("{seconds};refresher=uac")` is a value too.
pub trait Encode {
    /// Writes the value, without name and line end.
    fn encode(&self, out: &mut Encoder<'_>);
}

enum Target<'b> {
    Slice(&'b mut [u8]),
    Text(&'b mut dyn fmt::Write),
}

/// Takes the octets of a header value.
///
/// It goes on counting when its buffer is full, so that the size needed is known, and remembers when it
/// was given what would end the line (CR, LF, NUL). Neither is the caller's concern: the writer of the
/// message reports both.
pub struct Encoder<'b> {
    target: Target<'b>,
    len: usize,
    refused: bool,
}

impl<'b> Encoder<'b> {
    pub(crate) const fn new(buffer: &'b mut [u8]) -> Self {
        Self {
            target: Target::Slice(buffer),
            len: 0,
            refused: false,
        }
    }

    /// Appends octets. A line end is refused, unless white space after it makes it a fold.
    pub fn push(&mut self, bytes: &[u8]) {
        self.refused |= breaks_line(bytes);
        self.push_raw(bytes);
    }

    /// Appends octets that are known to be sound.
    pub(crate) fn push_raw(&mut self, bytes: &[u8]) {
        match &mut self.target {
            Target::Slice(buffer) => {
                if let Some(room) = buffer
                    .get_mut(self.len..)
                    .and_then(|rest| rest.get_mut(..bytes.len()))
                {
                    room.copy_from_slice(bytes);
                }
            }
            Target::Text(to) => {
                for chunk in bytes.utf8_chunks() {
                    let written = to.write_str(chunk.valid());
                    let lost = if chunk.invalid().is_empty() {
                        Ok(())
                    } else {
                        to.write_char('\u{FFFD}')
                    };
                    self.refused |= written.and(lost).is_err();
                }
            }
        }
        self.len = self.len.saturating_add(bytes.len());
    }

    /// Appends text that has to be a token (RFC 3261 section 25.1); other text is refused.
    pub fn token(&mut self, text: &str) {
        self.checked(text, TOKEN);
    }

    /// Appends a parameter, semicolon first. A name that is no token is refused, and so are values with
    /// characters that the grammar does not let stand there.
    pub fn param(&mut self, name: &str, value: Option<ParamValue<'_>>) {
        Param { name, value }.encode(self);
    }

    /// Appends text that has to be one or more characters of `class`.
    pub(crate) fn checked(&mut self, text: &str, class: u8) {
        self.refused |= !all(text.as_bytes(), class);
        self.push_raw(text.as_bytes());
    }

    /// Refuses the value: it cannot be written.
    pub fn refuse(&mut self) {
        self.refused = true;
    }

    /// Shows `value` as text, as it would be written: for implementations of [`fmt::Display`].
    ///
    /// # Errors
    ///
    /// As `f` has it.
    pub fn display(value: &dyn Encode, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(value, f)
    }

    /// Octets so far, counting those that found no room.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Whether something was refused.
    pub(crate) const fn is_refused(&self) -> bool {
        self.refused
    }
}

/// Whether `bytes` hold a NUL or a line end that is not a fold.
fn breaks_line(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(found) = memchr::memchr3(b'\r', b'\n', 0, rest) {
        match rest.get(found..) {
            Some([b'\r', b'\n', b' ' | b'\t', after @ ..]) => rest = after,
            _ => return true,
        }
    }
    false
}

impl fmt::Write for Encoder<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

impl fmt::Debug for Encoder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder")
            .field("len", &self.len)
            .field("refused", &self.refused)
            .finish()
    }
}

/// Shows a value as text, octets that are not UTF-8 as replacement characters.
pub(crate) fn display(value: &dyn Encode, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut out = Encoder {
        target: Target::Text(f),
        len: 0,
        refused: false,
    };
    value.encode(&mut out);
    Ok(())
}

impl<T: Encode + ?Sized> Encode for &T {
    fn encode(&self, out: &mut Encoder<'_>) {
        (**self).encode(out);
    }
}

impl Encode for str {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(self.as_bytes());
    }
}

impl Encode for [u8] {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(self);
    }
}

impl<const N: usize> Encode for [u8; N] {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(self);
    }
}

impl Encode for fmt::Arguments<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        if fmt::Write::write_fmt(out, *self).is_err() {
            out.refuse();
        }
    }
}

impl Encode for Host<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        match self {
            Self::Name(name) => {
                // Dots may not stand side by side, for instance.
                if Host::parse(name).is_none() {
                    out.refuse();
                }
                out.push_raw(name.as_bytes());
            }
            address => format_args!("{address}").encode(out),
        }
    }
}

impl Encode for HostPort<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.host.encode(out);
        if let Some(port) = self.port {
            out.push_raw(b":");
            port.encode(out);
        }
    }
}

macro_rules! encode_by_display {
    ($($type:ty),*) => {
        $(impl Encode for $type {
            fn encode(&self, out: &mut Encoder<'_>) {
                format_args!("{self}").encode(out);
            }
        })*
    };
}

impl Encode for u64 {
    fn encode(&self, out: &mut Encoder<'_>) {
        // The formatter of the standard library takes several times as long.
        let mut digits = [0; Self::MAX.ilog10() as usize + 1];
        let mut rest = *self;
        let mut len = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
            len += 1;
            if rest == 0 {
                break;
            }
        }
        out.push_raw(digits.get(digits.len() - len..).unwrap_or_default());
    }
}

impl Encode for usize {
    fn encode(&self, out: &mut Encoder<'_>) {
        (*self as u64).encode(out);
    }
}

macro_rules! encode_as_u64 {
    ($($type:ty),*) => {
        $(impl Encode for $type {
            fn encode(&self, out: &mut Encoder<'_>) {
                u64::from(*self).encode(out);
            }
        })*
    };
}

encode_as_u64!(u8, u16, u32);

impl Encode for crate::wire::status::StatusCode {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.code().encode(out);
    }
}

encode_by_display!(
    crate::wire::method::Method<'_>,
    crate::wire::transport::Transport<'_>
);
