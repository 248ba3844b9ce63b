//! Every typed header of a SIP message, read and written again.

use trunkline_sip_core::header::*;
use trunkline_sip_core::{HeaderName, HeaderSpan, Message, MessageWriter, Method, WriteError};

#[macro_use]
#[path = "../../sip-core/tests/headers/every.rs"]
mod every;

macro_rules! check_each {
    ($message:ident, $($header:ident)*) => {
        $(for value in $message.typed_all::<$header>() {
            let value = match value {
                Ok(value) => value,
                Err(error) => {
                    assert_eq!(error.name(), $header::NAME);
                    assert!(error.offset().is_some_and(|at| at <= $message.as_bytes().len()));
                    continue;
                }
            };
            let _ = (format!("{value:?}"), value.to_string());
            // Content-Length is the writer's own.
            if $header::NAME == HeaderName::ContentLength {
                continue;
            }
            let mut first = vec![0; 2 * $message.as_bytes().len() + 256];
            let mut second = first.clone();
            let write = |value: &$header, buffer: &mut [u8]| {
                MessageWriter::request(buffer, Method::Info, "sip:a").typed(value).finish()
            };
            let len = match write(&value, &mut first) {
                Ok(len) => len,
                // No writer puts a NUL into a value.
                Err(WriteError::HeaderValue { .. }) if $message.as_bytes().contains(&0) => continue,
                Err(error) => panic!("{value:?} is read but not written: {error}"),
            };
            let mut index = [HeaderSpan::default(); 8];
            let again = Message::parse(&first[..len], &mut index).unwrap();
            assert_eq!(again.headers().count(), 2);
            assert_eq!(again.typed_all::<$header>().count(), 1);
            // What the type has fields for comes first, so parameters may change their order once.
            let again = again.require::<$header>().unwrap();
            assert_eq!(write(&again, &mut second), Ok(len));
            assert_eq!(first[..len].escape_ascii().to_string(), second[..len].escape_ascii().to_string());
        })*
    };
}

/// Reads every value of every typed header. What can be read is written, reads back, and is then written
/// the same.
pub fn check(message: &Message<'_>) {
    every_header!(check_each!(message,));
}
