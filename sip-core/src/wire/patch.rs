//! Forwarding: a message with a few changes, everything else octet by octet as it came.

use core::fmt;
use core::net::{IpAddr, SocketAddr};

use super::grammar::{VISIBLE, all};
use super::header::{Header as _, Values, Via};
use super::message::{HeaderField, Message};
use super::name::{HeaderName, OTHER};
use super::start_line::StartLineSpan;
use super::write::{Encode, Encoder, WriteError};

/// The most changes a [`Patch`] takes.
pub const MAX_EDITS: usize = 16;

/// Changes to a message, to be written with [`Patch::write`]. What no change touches is copied as it is,
/// unknown header fields and odd spacing included.
///
/// All changes are about the original message. Removing, setting, popping and stamping exclude one
/// another for the same header; additions go with all of them. Errors are kept until the end.
///
/// ```
/// use trunkline_sip_core::{HeaderName, HeaderSpan, Message, Patch};
///
/// let bytes = b"BYE sip:b@example.com SIP/2.0\r\n\
///     Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1;rport\r\n\
///     Max-Forwards: 70\r\n\
///     Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>\r\n\r\n";
/// let mut index = [HeaderSpan::default(); 8];
/// let message = Message::parse(bytes, &mut index)?;
///
/// let mut buffer = [0; 512];
/// let len = Patch::new(message)
///     .stamp_via("192.0.2.7:40000".parse()?)
///     .push_via(&"SIP/2.0/UDP p1.example.com;branch=z9hG4bK2")
///     .pop(HeaderName::Route)
///     .set_number(HeaderName::MaxForwards, 69)
///     .write(&mut buffer)?;
/// assert_eq!(
///     core::str::from_utf8(&buffer[..len])?,
///     "BYE sip:b@example.com SIP/2.0\r\n\
///      Via: SIP/2.0/UDP p1.example.com;branch=z9hG4bK2\r\n\
///      Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1;rport=40000;received=192.0.2.7\r\n\
///      Max-Forwards: 69\r\n\
///      Route: <sip:p2.example.com;lr>\r\n\r\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Patch<'a> {
    message: Message<'a>,
    request_uri: Option<&'a str>,
    body: Option<&'a [u8]>,
    edits: [Option<Edit<'a>>; MAX_EDITS],
    /// How many of them there are; they come first.
    len: usize,
    error: Option<WriteError>,
}

#[derive(Clone, Copy)]
struct Edit<'a> {
    name: HeaderName<'a>,
    id: u8,
    change: Change<'a>,
}

#[derive(Clone, Copy)]
enum Change<'a> {
    Prepend(Value<'a>),
    Append(Value<'a>),
    Set(Value<'a>),
    Remove,
    /// The first values, as many as this.
    Pop(usize),
    Stamp {
        received: Option<IpAddr>,
        rport: Option<u16>,
    },
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Given(&'a dyn Encode),
    Number(u32),
}

impl Encode for Value<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        match self {
            Self::Given(value) => value.encode(out),
            Self::Number(number) => number.encode(out),
        }
    }
}

impl<'a> Edit<'a> {
    fn is_for(&self, field: &HeaderField<'_>) -> bool {
        self.id == field.id() && (self.id != OTHER || field.name() == self.name)
    }

    fn is_about(&self, id: u8, name: HeaderName<'_>) -> bool {
        self.id == id && (id != OTHER || self.name == name)
    }

    const fn is_addition(&self) -> bool {
        matches!(self.change, Change::Prepend(_) | Change::Append(_))
    }
}

impl<'a> Patch<'a> {
    /// No changes yet.
    pub const fn new(message: Message<'a>) -> Self {
        Self {
            message,
            request_uri: None,
            body: None,
            edits: [None; MAX_EDITS],
            len: 0,
            error: None,
        }
    }

    fn fail(&mut self, error: WriteError) {
        self.error.get_or_insert(error);
    }

    fn edits(&self) -> impl DoubleEndedIterator<Item = &Edit<'a>> {
        self.edits
            .get(..self.len)
            .unwrap_or_default()
            .iter()
            .flatten()
    }

    fn add(&mut self, name: HeaderName<'a>, change: Change<'a>) -> &mut Self {
        let edit = Edit {
            name,
            id: name.id(),
            change,
        };
        if edit.id == HeaderName::ContentLength.known_id() {
            self.fail(WriteError::ContentLength);
        } else if !name.is_valid() {
            self.fail(WriteError::HeaderName);
        } else if !edit.is_addition()
            && self
                .edits()
                .any(|other| !other.is_addition() && other.is_about(edit.id, name))
        {
            self.fail(WriteError::Conflict);
        } else {
            match self.edits.get_mut(self.len) {
                Some(slot) => {
                    *slot = Some(edit);
                    self.len += 1;
                }
                None => self.fail(WriteError::TooManyEdits),
            }
        }
        self
    }

    /// Replaces the Request-URI.
    pub fn set_request_uri(&mut self, uri: &'a str) -> &mut Self {
        if !self.message.is_request() || !all(uri.as_bytes(), VISIBLE) {
            self.fail(WriteError::StartLine);
        }
        self.request_uri = Some(uri);
        self
    }

    /// Puts a Via on top.
    pub fn push_via(&mut self, via: &'a dyn Encode) -> &mut Self {
        self.prepend(HeaderName::Via, via)
    }

    /// Adds a header field before all others of its name; the last one given comes first.
    pub fn prepend(&mut self, name: impl Into<HeaderName<'a>>, value: &'a dyn Encode) -> &mut Self {
        self.add(name.into(), Change::Prepend(Value::Given(value)))
    }

    /// Adds a header field at the end of the head.
    pub fn append(&mut self, name: impl Into<HeaderName<'a>>, value: &'a dyn Encode) -> &mut Self {
        self.add(name.into(), Change::Append(Value::Given(value)))
    }

    /// Replaces the first header field called `name`, removes further ones, and adds one where there is
    /// none.
    pub fn set(&mut self, name: impl Into<HeaderName<'a>>, value: &'a dyn Encode) -> &mut Self {
        self.add(name.into(), Change::Set(Value::Given(value)))
    }

    /// As [`Patch::set`] with a number, such as the next Max-Forwards.
    pub fn set_number(&mut self, name: impl Into<HeaderName<'a>>, number: u32) -> &mut Self {
        self.add(name.into(), Change::Set(Value::Number(number)))
    }

    /// Removes all header fields called `name`; there may be none.
    pub fn remove(&mut self, name: impl Into<HeaderName<'a>>) -> &mut Self {
        self.add(name.into(), Change::Remove)
    }

    /// Removes the top Via, as a proxy does with a response.
    pub fn pop_via(&mut self) -> &mut Self {
        self.pop(HeaderName::Via)
    }

    /// Removes the first value of a list, be it a header field or a part of one: a Via, a Route. Called
    /// again it removes one more.
    ///
    /// Writing fails with [`WriteError::NothingToPop`] where there are fewer.
    pub fn pop(&mut self, name: impl Into<HeaderName<'a>>) -> &mut Self {
        let name = name.into();
        let id = name.id();
        let popped = self
            .edits
            .iter_mut()
            .flatten()
            .find_map(|edit| match &mut edit.change {
                Change::Pop(count) if edit.id == id && edit.name == name => Some(count),
                _ => None,
            });
        match popped {
            Some(count) => {
                *count += 1;
                self
            }
            None => self.add(name, Change::Pop(1)),
        }
    }

    /// Marks in the top Via where the request came from: `received` where the sent-by is something else
    /// (RFC 3261 section 18.2.1), and both `received` and `rport` where the client asks for the port (RFC
    /// 3581 section 4).
    pub fn stamp_via(&mut self, source: SocketAddr) -> &mut Self {
        match self.message.require::<Via<'_>>() {
            Ok(via) => {
                let (received, rport) = via.stamp(source);
                self.set_via_source(received, rport)
            }
            Err(error) => {
                self.fail(WriteError::Source(error));
                self
            }
        }
    }

    /// Sets `received` and `rport` of the top Via; `None` leaves them alone.
    pub fn set_via_source(&mut self, received: Option<IpAddr>, rport: Option<u16>) -> &mut Self {
        if received.is_none() && rport.is_none() {
            return self;
        }
        self.add(HeaderName::Via, Change::Stamp { received, rport })
    }

    /// Replaces the body, and Content-Length with it. The type of the body is the caller's to set.
    ///
    /// With [`Message::body`] it only puts Content-Length right, which a stream needs and a datagram may
    /// lack.
    pub fn set_body(&mut self, body: &'a [u8]) -> &mut Self {
        self.body = Some(body);
        self
    }

    /// Writes the changed message and returns its size.
    ///
    /// # Errors
    ///
    /// The first error among the changes, or [`WriteError::TooSmall`].
    pub fn write(&self, buffer: &mut [u8]) -> Result<usize, WriteError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let room = buffer.len();
        let mut run = Run {
            bytes: self.message.as_bytes(),
            copied: 0,
            out: Encoder::new(buffer),
        };
        self.write_start_line(&mut run);
        self.write_fields(&mut run)?;
        // Up to the empty line.
        run.copy_to(self.message.body_offset().saturating_sub(2));
        for edit in self.edits() {
            match edit.change {
                Change::Append(value) => run.line(edit.name, &value)?,
                Change::Set(value) if !self.has(edit) => run.line(edit.name, &value)?,
                _ => {}
            }
        }
        let body = self.body.unwrap_or_else(|| self.message.body());
        if self.body.is_some() && self.message.header(HeaderName::ContentLength).is_none() {
            run.line(HeaderName::ContentLength, &body.len())?;
        }
        run.out.push_raw(b"\r\n");
        run.out.push_raw(body);
        let needed = run.out.len();
        if needed > room {
            Err(WriteError::TooSmall { needed })
        } else {
            Ok(needed)
        }
    }

    /// Whether the message has a header field that `edit` is about.
    fn has(&self, edit: &Edit<'_>) -> bool {
        self.message.header(edit.name).is_some()
    }

    fn write_start_line(&self, run: &mut Run<'_, '_>) {
        let start = self.message.start_span();
        if let (Some(new), StartLineSpan::Request { uri, uri_end, .. }) = (self.request_uri, start)
        {
            run.copy_to(uri.into());
            run.out.push_raw(new.as_bytes());
            run.skip_to(uri_end.into());
        }
        run.copy_to(usize::from(start.line_end()) + 2);
    }

    /// Writes all header fields of the message, with the changes to them.
    fn write_fields(&self, run: &mut Run<'_, '_>) -> Result<(), WriteError> {
        for edit in self.edits().rev() {
            if let Change::Prepend(value) = edit.change
                && !self.has(edit)
            {
                run.line(edit.name, &value)?;
            }
        }
        // Whether a field that the edit is about has passed, and how much is left to pop.
        let mut passed = [false; MAX_EDITS];
        let mut left = [0; MAX_EDITS];
        for (left, edit) in left.iter_mut().zip(self.edits()) {
            if let Change::Pop(count) = edit.change {
                *left = count;
            }
        }
        // Most header fields are not changed. Which may be is told without a look at every edit.
        let mut ids = Ids::default();
        for edit in self.edits() {
            ids.insert(edit.id);
        }
        if self.body.is_some() {
            ids.insert(LENGTH);
        }
        let mut length_passed = false;
        for field in self.message.headers() {
            if !ids.contains(field.id()) {
                continue;
            }
            if let Some(body) = self.body
                && field.is_id(LENGTH)
            {
                if length_passed {
                    run.remove(&field);
                } else {
                    run.replace_value(&field, &body.len())?;
                }
                length_passed = true;
            }
            let edits = self.edits.get(..self.len).unwrap_or_default();
            let done = passed.get(..self.len).unwrap_or_default();
            for (edit, passed) in edits.iter().zip(done).rev() {
                if let Some(edit) = edit
                    && let Change::Prepend(value) = &edit.change
                    && !passed
                    && edit.is_for(&field)
                {
                    run.copy_to(field.offset());
                    run.line(edit.name, value)?;
                }
            }
            for ((edit, passed), left) in self.edits().zip(&mut passed).zip(&mut left) {
                if !edit.is_for(&field) {
                    continue;
                }
                let first = !core::mem::replace(passed, true);
                match edit.change {
                    Change::Set(value) if first => run.replace_value(&field, &value)?,
                    Change::Set(_) | Change::Remove => run.remove(&field),
                    Change::Pop(_) => *left -= run.pop(&field, *left),
                    Change::Stamp { received, rport } if first => {
                        // In an empty field there is nothing to stamp.
                        *passed = run.stamp(&field, received, rport)?;
                    }
                    Change::Stamp { .. } | Change::Prepend(_) | Change::Append(_) => {}
                }
            }
        }
        if left.iter().any(|&left| left > 0) {
            Err(WriteError::NothingToPop)
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for Patch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patch")
            .field("message", &self.message)
            .field("edits", &self.edits().count())
            .field("error", &self.error)
            .finish()
    }
}

const LENGTH: u8 = HeaderName::ContentLength.known_id();

/// A set of one-byte ids.
#[derive(Default)]
struct Ids([u64; 4]);

impl Ids {
    fn insert(&mut self, id: u8) {
        self.0[usize::from(id / 64)] |= 1 << (id % 64);
    }

    fn contains(&self, id: u8) -> bool {
        self.0[usize::from(id / 64)] >> (id % 64) & 1 == 1
    }
}

/// Copies the message up to where a change is.
struct Run<'m, 'b> {
    bytes: &'m [u8],
    /// Octets of the message that were copied or left out.
    copied: usize,
    out: Encoder<'b>,
}

impl Run<'_, '_> {
    fn copy_to(&mut self, end: usize) {
        self.out
            .push_raw(self.bytes.get(self.copied..end).unwrap_or_default());
        self.skip_to(end);
    }

    fn skip_to(&mut self, end: usize) {
        self.copied = self.copied.max(end);
    }

    /// Writes a header field that the message does not have.
    fn line(&mut self, name: HeaderName<'_>, value: &dyn Encode) -> Result<(), WriteError> {
        self.out.push_raw(name.as_str().as_bytes());
        self.out.push_raw(b": ");
        self.value(name, value)?;
        self.out.push_raw(b"\r\n");
        Ok(())
    }

    fn value(&mut self, name: HeaderName<'_>, value: &dyn Encode) -> Result<(), WriteError> {
        value.encode(&mut self.out);
        if self.out.is_refused() {
            return Err(WriteError::HeaderValue {
                name: HeaderName::from_id(name.id()),
            });
        }
        Ok(())
    }

    fn replace_value(
        &mut self,
        field: &HeaderField<'_>,
        value: &dyn Encode,
    ) -> Result<(), WriteError> {
        self.copy_to(field.value_offset());
        self.skip_to(field.value_offset() + field.value().len());
        // A value that was empty may have no space in front of it.
        let before = field.value_offset().checked_sub(1);
        if field.value().is_empty()
            && !matches!(before.and_then(|at| self.bytes.get(at)), Some(b' ' | b'\t'))
        {
            self.out.push_raw(b" ");
        }
        self.value(field.name(), value)
    }

    fn remove(&mut self, field: &HeaderField<'_>) {
        self.copy_to(field.offset());
        self.skip_to(field.next_line());
    }

    /// Removes up to `count` values from the front and returns how many.
    fn pop(&mut self, field: &HeaderField<'_>, count: usize) -> usize {
        let values = Values::new(field.value());
        match values.clone().nth(count) {
            // Some stay.
            Some((start, _)) if count > 0 => {
                self.copy_to(field.value_offset());
                self.skip_to(field.value_offset() + start);
                count
            }
            Some(_) => 0,
            None => {
                let popped = values.count();
                if popped > 0 {
                    self.remove(field);
                }
                popped
            }
        }
    }

    /// Returns whether there was a value to stamp.
    fn stamp(
        &mut self,
        field: &HeaderField<'_>,
        mut received: Option<IpAddr>,
        mut rport: Option<u16>,
    ) -> Result<bool, WriteError> {
        let Some((start, value)) = Values::new(field.value()).next() else {
            return Ok(false);
        };
        let params = Via::parse(value)?.params;
        // Parameters are the end of the value.
        let base = field.value_offset() + start + value.len() - params.raw().len();
        let mut iter = params.iter();
        let mut before = 0;
        while let Some(param) = iter.next() {
            if param.is("received")
                && let Some(received) = received.take()
            {
                self.copy_to(base + before);
                format_args!(";received={received}").encode(&mut self.out);
                self.skip_to(base + iter.at());
            } else if param.is("rport")
                && let Some(rport) = rport.take()
            {
                self.copy_to(base + before);
                format_args!(";rport={rport}").encode(&mut self.out);
                self.skip_to(base + iter.at());
            }
            before = iter.at();
        }
        self.copy_to(base + params.raw().len());
        if let Some(rport) = rport {
            format_args!(";rport={rport}").encode(&mut self.out);
        }
        if let Some(received) = received {
            format_args!(";received={received}").encode(&mut self.out);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
