//! `ezk-sdp-types`: slices of shared bytes, types every attribute when it parses.

use core::hint::black_box;

use ::ezk_sdp_types::SessionDescription;
use bytes::Bytes;
use bytesstr::BytesStr;

use super::stated::{Candidate, Section, Typed, sections};
use crate::facts::{Facts, Refused, Said};
use crate::suite::Operation;

const NAME: &str = "ezk-sdp-types";

/// It reads text, so that looking for broken UTF-8 is part of the work.
fn parse(bytes: &Bytes) -> Result<SessionDescription, Refused> {
    let text = BytesStr::from_utf8_bytes(bytes.clone()).map_err(Refused::because)?;
    SessionDescription::parse(&text).map_err(Refused::because)
}

pub(super) fn walk(operation: &mut Operation, description: &'static [u8]) {
    let bytes = Bytes::from_static(description);
    operation.peer(
        NAME,
        move || facts(description),
        move || parse(black_box(&bytes)),
    );
    if description == super::CHROMIUM {
        let reason = "it keeps formats that are numbers and loses others";
        operation.differs("media.3.formats", reason);
    }
}

fn facts(description: &'static [u8]) -> Said {
    let session = parse(&Bytes::from_static(description))?;
    let media = session.media_descriptions.iter().map(|media| {
        let formats: Vec<_> = media.media.fmts.iter().map(ToString::to_string).collect();
        Section {
            media: media.media.media_type.to_string(),
            port: media.media.port,
            protocol: media.media.proto.to_string(),
            formats: formats.join(" "),
            attributes: None,
            rtpmaps: media.rtpmap.len(),
            candidates: media.ice_candidates.len(),
        }
    });
    Ok(sections(media)
        .with("session.name", &session.name)
        .with("origin.session_id", &session.origin.session_id)
        .with("origin.version", &session.origin.session_version))
}

/// Parsing does it all.
pub(super) fn typed(operation: &mut Operation, description: &'static [u8]) {
    let bytes = Bytes::from_static(description);
    operation.peer(
        NAME,
        move || typed_facts(description),
        move || parse(black_box(&bytes)),
    );
}

fn typed_facts(description: &'static [u8]) -> Said {
    let session = parse(&Bytes::from_static(description))?;
    let mut facts = Facts::new();
    for group in &session.group {
        let tags: Vec<_> = group.mids.iter().map(ToString::to_string).collect();
        facts = facts.with("group", tags.join(" "));
    }
    for (at, media) in session.media_descriptions.iter().enumerate() {
        let candidates = media.ice_candidates.iter().map(|candidate| Candidate {
            foundation: candidate.foundation.to_string(),
            component: candidate.component,
            priority: candidate.priority,
            host: candidate.address.to_string(),
            port: candidate.port.into(),
        });
        let first = media.fingerprint.first();
        let typed = Typed {
            rtpmaps: media.rtpmap.iter().map(ToString::to_string).collect(),
            fmtps: media
                .fmtp
                .iter()
                .map(|fmtp| fmtp.format.to_string())
                .collect(),
            candidates: candidates.collect(),
            ssrcs: media.ssrc.iter().map(|ssrc| ssrc.ssrc).collect(),
            mid: media
                .mid
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            ice_ufrag: media
                .ice_ufrag
                .as_ref()
                .map(|ufrag| ufrag.ufrag.to_string())
                .unwrap_or_default(),
            ice_pwd: media
                .ice_pwd
                .as_ref()
                .map(|pwd| pwd.pwd.to_string())
                .unwrap_or_default(),
            setup: media
                .setup
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            fingerprint: first
                .map(|first| first.fingerprint.clone())
                .unwrap_or_default(),
        };
        facts = typed.facts(facts, at + 1);
    }
    Ok(facts)
}
