//! Ours.

use core::hint::black_box;

use trunkline_sdp_ice::{AttributeKind, Attributes, Mode, Sdp};

use crate::facts::Facts;
use crate::suite::Operation;

fn parse(bytes: &[u8]) -> Sdp<'_> {
    Sdp::parse(bytes, Mode::Tolerant).expect("a session description")
}

pub(super) fn walk(operation: &mut Operation, description: &'static [u8]) {
    operation.ours(
        || facts(description),
        || {
            let mut known = 0;
            for line in parse(black_box(description)).lines() {
                if let Some(attribute) = line.attribute() {
                    known += usize::from(attribute.kind() != AttributeKind::Other);
                }
                black_box((line.kind(), line.value()));
            }
            known
        },
    );
}

/// What every peer can say of a description: its media lines, and its attributes by section.
fn facts(description: &[u8]) -> Facts {
    let sdp = parse(description);
    let mut facts = Facts::new()
        .with("lines.count", sdp.lines().count())
        .with("media.count", sdp.media().count())
        .octets("session_name", sdp.session_name().unwrap_or_default())
        .each("session.attributes", attributes(sdp.attributes()));
    let origin = sdp.origin().expect("a sound origin").expect("an origin");
    facts = facts
        .with("origin.session_id", origin.session_id)
        .with("origin.version", origin.session_version);
    for (at, media) in sdp.media().enumerate() {
        let line = media.line().expect("a sound media line");
        let at = at + 1;
        facts = facts
            .with(format!("media.{at}.media"), line.media)
            .with(format!("media.{at}.port"), line.port)
            .with(format!("media.{at}.protocol"), line.protocol)
            .each(&format!("media.{at}.formats"), line.formats.iter())
            .each(
                &format!("media.{at}.attributes"),
                attributes(media.attributes()),
            );
    }
    facts
}

fn attributes(attributes: Attributes<'_>) -> impl Iterator<Item = String> {
    attributes.map(|attribute| {
        let name = attribute.name().escape_ascii();
        match attribute.value() {
            Some(value) => format!("{name}:{}", value.escape_ascii()),
            None => name.to_string(),
        }
    })
}
