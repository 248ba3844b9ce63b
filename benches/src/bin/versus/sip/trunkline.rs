//! Ours.

use core::hint::black_box;

use trunkline_sip_core::{HeaderSpan, Message};

use crate::facts::Facts;
use crate::suite::Operation;

fn spans() -> [HeaderSpan; 64] {
    [HeaderSpan::default(); 64]
}

pub(super) fn index(operation: &mut Operation, bytes: &'static [u8]) {
    let mut spans = spans();
    operation.ours(
        || facts(bytes),
        move || {
            let message = Message::parse(black_box(bytes), &mut spans);
            message.expect("a sound message").headers().len()
        },
    );
}

/// The start line, and all header fields in their order as they stand: the names as written, without the
/// white space around the values.
fn facts(bytes: &[u8]) -> Facts {
    let mut spans = spans();
    let message = Message::parse(bytes, &mut spans).expect("a sound message");
    let mut facts = Facts::new()
        .with("headers.count", message.headers().len())
        .with("body.octets", message.body().len());
    if let Some(method) = message.method() {
        facts = facts.with("method", method);
    }
    if let Some(uri) = message.request_uri() {
        facts = facts.with("uri", uri);
    }
    if let Some(status) = message.status() {
        facts = facts.with("status", status.code());
    }
    for (at, field) in message.headers().enumerate() {
        let at = at + 1;
        facts = facts
            .octets(format!("headers.{at}.name"), field.raw_name().as_bytes())
            .octets(format!("headers.{at}.value"), field.value());
    }
    facts
}
