//! Ours.

use core::hint::black_box;

use trunkline_sdp_ice::attribute::{Direction, Typed as Value};
use trunkline_sdp_ice::{AttributeKind, Attributes, Edit, Mode, Sdp, Section as Place};

use super::stated::{Candidate, Section, Typed, attribute, count, sections};
use super::{RELAY_ADDRESS, RELAY_PORT};
use crate::facts::Facts;
use crate::suite::Operation;

fn parse(bytes: &[u8]) -> Sdp<'_> {
    Sdp::parse(bytes, Mode::Tolerant).expect("a session description")
}

pub(super) fn walk(operation: &mut Operation, description: &'static [u8]) {
    operation.ours(
        move || facts(description),
        move || {
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

/// Of a description, or of one that was written.
pub(super) fn facts(description: &[u8]) -> Facts {
    let sdp = parse(description);
    let origin = sdp.origin().expect("a sound origin").expect("an origin");
    let connection = sdp.connection().expect("a sound c= line");
    let media = sdp.media().map(|media| {
        let line = media.line().expect("a sound media line");
        let formats: Vec<_> = line.formats.iter().collect();
        let attributes: Vec<_> = lines(media.attributes()).collect();
        Section {
            media: line.media.to_string(),
            port: line.port,
            protocol: line.protocol.to_string(),
            formats: formats.join(" "),
            rtpmaps: count(&attributes, "rtpmap"),
            candidates: count(&attributes, "candidate"),
            attributes: Some(attributes),
        }
    });
    let mut facts = sections(media)
        .with("lines", sdp.lines().count())
        .octets("session.name", sdp.session_name().unwrap_or_default())
        .with("origin.session_id", origin.session_id)
        .with("origin.version", origin.session_version)
        .each("session.attributes", lines(sdp.attributes()));
    if let Some(connection) = connection {
        facts = facts.with("connection", connection.host);
    }
    facts
}

fn lines(attributes: Attributes<'_>) -> impl Iterator<Item = String> {
    attributes.map(|line| {
        let value = line.value().map(<[u8]>::escape_ascii);
        attribute(line.name().escape_ascii(), value)
    })
}

pub(super) fn typed(operation: &mut Operation, description: &'static [u8]) {
    operation.ours(
        move || typed_facts(description),
        move || {
            let sdp = parse(black_box(description));
            let mut sound = 0;
            let mut read = |attributes: Attributes<'_>| {
                for attribute in attributes {
                    sound += usize::from(black_box(attribute.typed()).is_ok());
                }
            };
            read(sdp.attributes());
            sdp.media().for_each(|media| read(media.attributes()));
            sound
        },
    );
}

fn typed_facts(description: &[u8]) -> Facts {
    let sdp = parse(description);
    let mut facts = Facts::new();
    for attribute in sdp.attributes() {
        if let Value::Group(group) = attribute.typed().expect("sound") {
            let tags: Vec<_> = group.tags().collect();
            facts = facts.with("group", tags.join(" "));
        }
    }
    for (at, media) in sdp.media().enumerate() {
        let mut typed = Typed::default();
        for attribute in media.attributes() {
            match attribute.typed().expect("a sound attribute") {
                Value::Rtpmap(rtpmap) => typed.rtpmaps.push(rtpmap.to_string()),
                Value::Fmtp(fmtp) => typed.fmtps.push(fmtp.format.to_string()),
                Value::Candidate(candidate) => typed.candidates.push(Candidate {
                    foundation: candidate.foundation.to_string(),
                    component: candidate.component.into(),
                    priority: candidate.priority.into(),
                    host: candidate.host.to_string(),
                    port: candidate.port.into(),
                }),
                Value::Ssrc(ssrc) => typed.ssrcs.push(ssrc.ssrc),
                Value::Mid(mid) => typed.mid = mid.0.to_string(),
                Value::IceUfrag(ufrag) => typed.ice_ufrag = ufrag.0.to_string(),
                Value::IcePwd(pwd) => typed.ice_pwd = pwd.0.to_string(),
                Value::Setup(setup) => typed.setup = setup.as_str().to_string(),
                Value::Fingerprint(print) => typed.fingerprint = print.octets().collect(),
                _ => {}
            }
        }
        facts = typed.facts(facts, at + 1);
    }
    facts
}

pub(super) fn edit(operation: &mut Operation, description: &'static [u8]) {
    let mut out = [0; 8192];
    operation.ours(
        move || {
            let mut out = [0; 8192];
            let length = change(description, &mut out);
            facts(&out[..length])
        },
        move || change(black_box(description), &mut out),
    );
}

fn change(description: &[u8], out: &mut [u8]) -> usize {
    let edits = [
        Edit::Connection(Place::Everywhere, RELAY_ADDRESS),
        Edit::Port(0, RELAY_PORT),
        Edit::Remove(Place::Everywhere, "candidate"),
        Edit::Direction(Place::Media(0), Direction::SendRecv),
    ];
    parse(description).edit(&edits, out).expect("room")
}
