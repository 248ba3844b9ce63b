//! `webrtc-sdp`: types every attribute when it parses, and leaves out those that it does not know.

use core::hint::black_box;

use ::webrtc_sdp::attribute_type::{SdpAttribute, SdpAttributeType};
use ::webrtc_sdp::{SdpSession, parse_sdp};

use super::stated::{Candidate, Section, Typed, sections};
use crate::facts::{Facts, Refused, Said};
use crate::suite::Operation;

const NAME: &str = "webrtc-sdp";

/// It reads text, so that looking for broken UTF-8 is part of the work.
fn parse(description: &[u8]) -> Result<SdpSession, Refused> {
    let text = core::str::from_utf8(description).map_err(Refused::because)?;
    parse_sdp(text, false).map_err(|error| Refused::because(error.to_string()))
}

pub(super) fn walk(operation: &mut Operation, description: &'static [u8]) {
    operation.peer(
        NAME,
        move || facts(description),
        move || parse(black_box(description)),
    );
}

fn facts(description: &[u8]) -> Said {
    let session = parse(description)?;
    let media = session.media.iter().map(|media| Section {
        media: media.get_type().to_string(),
        port: u16::try_from(media.get_port()).unwrap_or_default(),
        protocol: media.get_proto().to_string(),
        formats: media.get_formats().to_string(),
        attributes: None,
        rtpmaps: media.get_attributes_of_type(SdpAttributeType::Rtpmap).len(),
        candidates: media
            .get_attributes_of_type(SdpAttributeType::Candidate)
            .len(),
    });
    Ok(sections(media)
        .with("session.name", session.get_session_text())
        .with("origin.session_id", session.origin.session_id)
        .with("origin.version", session.origin.session_version))
}

/// Parsing does it all.
pub(super) fn typed(operation: &mut Operation, description: &'static [u8]) {
    operation.peer(
        NAME,
        move || typed_facts(description),
        move || parse(black_box(description)),
    );
}

fn typed_facts(description: &[u8]) -> Said {
    let session = parse(description)?;
    let mut facts = Facts::new();
    for attribute in &session.attribute {
        if let SdpAttribute::Group(group) = attribute {
            facts = facts.with("group", group.tags.join(" "));
        }
    }
    for (at, media) in session.media.iter().enumerate() {
        let mut typed = Typed::default();
        for attribute in media.get_attributes() {
            match attribute {
                SdpAttribute::Rtpmap(rtpmap) => typed.rtpmaps.push(rtpmap.to_string()),
                SdpAttribute::Fmtp(fmtp) => typed.fmtps.push(fmtp.payload_type.to_string()),
                SdpAttribute::Candidate(candidate) => typed.candidates.push(Candidate {
                    foundation: candidate.foundation.clone(),
                    component: candidate.component,
                    priority: candidate.priority,
                    host: candidate.address.to_string(),
                    port: candidate.port,
                }),
                SdpAttribute::Ssrc(ssrc) => typed.ssrcs.push(ssrc.id),
                SdpAttribute::Mid(mid) => typed.mid.clone_from(mid),
                SdpAttribute::IceUfrag(ufrag) => typed.ice_ufrag.clone_from(ufrag),
                SdpAttribute::IcePwd(pwd) => typed.ice_pwd.clone_from(pwd),
                SdpAttribute::Setup(setup) => typed.setup = setup.to_string(),
                SdpAttribute::Fingerprint(fingerprint) => {
                    typed.fingerprint.clone_from(&fingerprint.fingerprint);
                }
                _ => {}
            }
        }
        facts = typed.facts(facts, at + 1);
    }
    Ok(facts)
}
