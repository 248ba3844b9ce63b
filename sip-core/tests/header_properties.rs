//! What holds for every typed header: sound values come back as they were written, and no octets do harm.
#![allow(
    elided_lifetimes_in_paths,
    reason = "macros name types with and without a lifetime alike"
)]

#[macro_use]
#[path = "headers/every.rs"]
mod every;

mod header_properties {
    mod extensions;
    mod octets;
    mod parts;
    mod rfc3261;
}

use trunkline_sip_core::{HeaderSpan, Message, MessageWriter, StatusCode};

/// Writes a value into a message, reads it back, and demands the same: by its text, and field by field. Where
/// fields are parameters, too, these are part of what is read: `with` tells how to give them to the value.
macro_rules! round_trip {
    ($type:ident, $value:expr) => {
        round_trip!($type, $value, |value, _again| value)
    };
    ($type:ident, $value:expr, params) => {
        round_trip!($type, $value, |value, again| $type {
            params: again.params,
            ..value
        })
    };
    ($type:ident, $value:expr, address) => {
        round_trip!($type, $value, |value, again| $type {
            address: NameAddr {
                params: again.address.params,
                ..value.address
            },
            ..value
        })
    };
    ($type:ident, $value:expr, |$given:ident, $again:ident| $with:expr) => {{
        let $given = $value;
        let text = $given.to_string();
        let bytes = crate::message_with($type::NAME, &$given);
        crate::with_message(&bytes, |message| {
            let mut values = message.typed_all::<$type>();
            let $again = match values.next() {
                Some(Ok(again)) => again,
                other => panic!("{text}: {other:?}"),
            };
            assert!(values.next().is_none(), "{text} is more than one value");
            assert_eq!($again.to_string(), text);
            assert_eq!($with, $again, "{text}");
        });
    }};
}
pub(crate) use round_trip;

/// A message with the header field, and others before and after it.
fn message_with<'h, H>(name: trunkline_sip_core::HeaderName<'_>, value: &H) -> Vec<u8>
where
    H: trunkline_sip_core::header::Header<'h> + trunkline_sip_core::Encode + core::fmt::Debug,
{
    let mut buffer = vec![0; 4096];
    let written = MessageWriter::response(&mut buffer, StatusCode::OK, "")
        .header("X-Before", "1")
        .typed(value)
        .header("X-After", "2")
        .finish();
    let len = written.unwrap_or_else(|error| panic!("{name} {value:?}: {error}"));
    buffer.truncate(len);
    buffer
}

/// The message has the three header fields and Content-Length.
fn with_message(bytes: &[u8], then: impl FnOnce(&Message<'_>)) {
    let mut index = [HeaderSpan::default(); 8];
    let message = Message::parse(bytes, &mut index)
        .unwrap_or_else(|error| panic!("{error}: {}", bytes.escape_ascii()));
    assert_eq!(message.headers().count(), 4, "{}", bytes.escape_ascii());
    then(&message);
}
