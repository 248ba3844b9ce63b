//! Every typed header of a SIP message, read and written again.

use core::fmt::{self, Debug, Display, Write as _};

use trunkline_sip_core::header::*;
use trunkline_sip_core::{
    Encode, HeaderError, HeaderName, HeaderSpan, Message, MessageWriter, Method, WriteError,
};

#[macro_use]
#[path = "../../sip-core/tests/headers/every.rs"]
mod every;

/// Takes what is formatted, and keeps none of it.
pub struct Nowhere;

impl fmt::Write for Nowhere {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        Ok(())
    }
}

/// Formats for the sake of formatting.
pub fn format(arguments: fmt::Arguments<'_>) {
    Nowhere.write_fmt(arguments).unwrap();
}

/// What all values can do. Checks are made on this, so that there is one copy of them to look at, not one for
/// each header.
trait Value: Debug + Display + Encode {}

impl<T: Debug + Display + Encode> Value for T {}

macro_rules! check_each {
    ($checks:ident, $($header:ident)*) => {
        $(for value in $checks.message.typed_all::<$header>() {
            match value {
                Ok(value) => $checks.accepted($header::NAME, &value, &|again, to| {
                    assert_eq!(again.typed_all::<$header>().count(), 1);
                    write($header::NAME, &again.require::<$header>().unwrap(), to)
                }),
                Err(error) => $checks.refused($header::NAME, error),
            }
        })*
    };
}

struct Checks<'m, 'a> {
    message: &'m Message<'a>,
    holds_nul: bool,
    /// What a value is written to, and what is read from there.
    first: Vec<u8>,
    second: Vec<u8>,
}

fn write(name: HeaderName<'_>, value: &dyn Value, to: &mut [u8]) -> Result<usize, WriteError> {
    let mut writer = MessageWriter::request(to, Method::Info, "sip:a");
    writer.header(name, value).finish()
}

impl Checks<'_, '_> {
    fn refused(&self, name: HeaderName<'_>, error: HeaderError) {
        assert_eq!(error.name(), name);
        let end = self.message.as_bytes().len();
        assert!(error.offset().is_some_and(|at| at <= end));
    }

    fn accepted(
        &mut self,
        name: HeaderName<'_>,
        value: &dyn Value,
        again: &dyn Fn(&Message<'_>, &mut [u8]) -> Result<usize, WriteError>,
    ) {
        format(format_args!("{value:?}{value}"));
        // Content-Length is the writer's own.
        if name == HeaderName::ContentLength {
            return;
        }
        let len = match write(name, value, &mut self.first) {
            Ok(len) => len,
            // No writer puts a NUL into a value.
            Err(WriteError::HeaderValue { .. }) if self.holds_nul => return,
            Err(error) => panic!("{value:?} is read but not written: {error}"),
        };
        let mut index = [HeaderSpan::default(); 4];
        let written = &self.first[..len];
        let message = Message::parse(written, &mut index).unwrap();
        assert_eq!(message.headers().count(), 2);
        // What the type has fields for comes first, so parameters may change their order once.
        assert_eq!(again(&message, &mut self.second), Ok(len));
        let same = written == &self.second[..len];
        assert!(
            same,
            "{} and then {}",
            written.escape_ascii(),
            self.second[..len].escape_ascii()
        );
    }
}

/// Reads every value of every typed header. What can be read is written, reads back, and is then written
/// the same.
pub fn check(message: &Message<'_>) {
    let size = 2 * message.as_bytes().len() + 256;
    let mut checks = Checks {
        message,
        holds_nul: message.as_bytes().contains(&0),
        first: vec![0; size],
        second: vec![0; size],
    };
    every_header!(check_each!(checks,));
}
