//! What is said of a SIP message, in the same words for everybody.

use core::fmt::Display;
use std::collections::BTreeMap;

use trunkline_sip_core::{HeaderSpan, Message};

use crate::facts::Facts;

/// States header fields by name, in small letters, and place among those of the same name. Peers that keep
/// them sorted by name forget more than that.
pub(super) fn fields<V: Display>(
    mut facts: Facts,
    fields: impl IntoIterator<Item = (impl AsRef<str>, V)>,
) -> Facts {
    let mut counts = BTreeMap::<String, usize>::new();
    let mut all = 0;
    for (name, value) in fields {
        let name = name.as_ref().to_ascii_lowercase();
        let count = counts.entry(name.clone()).or_default();
        *count += 1;
        all += 1;
        facts = facts.with(format!("header.{name}.{count}"), value);
    }
    for (name, count) in counts {
        facts = facts.with(format!("header.{name}.count"), count);
    }
    facts.with("headers", all)
}

/// A written message as our parser sees it: where a peer puts a header field that it adds is left to it.
pub(super) fn written(bytes: &[u8]) -> Facts {
    let mut spans = [HeaderSpan::default(); 64];
    let message = Message::parse(bytes, &mut spans).expect("a sound message was written");
    let start = bytes.split(|byte| *byte == b'\r').next();
    let facts = Facts::new()
        .octets("start line", start.unwrap_or_default())
        .octets("body", message.body());
    fields(
        facts,
        message
            .headers()
            .map(|field| (field.raw_name(), text(field.value()))),
    )
}

/// A value as text.
pub(super) fn text(value: &[u8]) -> &str {
    core::str::from_utf8(value).expect("the messages are ASCII")
}

/// The values that every element on the way of a request looks at.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) vias: Vec<Hop>,
    pub(super) from: Party,
    pub(super) to: Party,
    pub(super) cseq: String,
    pub(super) call_id: String,
    pub(super) contacts: Vec<String>,
    pub(super) routes: Vec<String>,
    pub(super) record_routes: Vec<String>,
}

/// Of a Via.
pub(super) struct Hop {
    pub(super) transport: String,
    pub(super) sent_by: String,
    pub(super) branch: Option<String>,
}

/// Of a From or To.
#[derive(Default)]
pub(super) struct Party {
    pub(super) uri: String,
    pub(super) tag: Option<String>,
}

/// A URI without its transport, which peers write in capitals, or not at all where it is UDP.
fn comparable(uri: &str) -> String {
    let is_transport = |part: &&str| part.to_ascii_lowercase().starts_with("transport=");
    let parts: Vec<_> = uri.split(';').filter(|part| !is_transport(part)).collect();
    parts.join(";")
}

impl Typed {
    pub(super) fn facts(self) -> Facts {
        let uris = |uris: Vec<String>| uris.into_iter().map(|uri| comparable(&uri));
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "(none)".to_string());
        Facts::new()
            .each("via.transport", self.vias.iter().map(|via| &via.transport))
            .each("via.sent_by", self.vias.iter().map(|via| &via.sent_by))
            .each(
                "via.branch",
                self.vias.iter().map(|via| or_none(&via.branch)),
            )
            .with("from.uri", comparable(&self.from.uri))
            .with("from.tag", or_none(&self.from.tag))
            .with("to.uri", comparable(&self.to.uri))
            .with("to.tag", or_none(&self.to.tag))
            .with("cseq", self.cseq)
            .with("call_id", self.call_id)
            .each("contact", uris(self.contacts))
            .each("route", uris(self.routes))
            .each("record_route", uris(self.record_routes))
    }
}
