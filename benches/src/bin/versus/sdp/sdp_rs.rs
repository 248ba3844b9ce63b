//! `sdp-rs`: owned strings, some attributes typed.

use core::hint::black_box;

use ::sdp_rs::SessionDescription;
use ::sdp_rs::lines::Attribute;

use super::stated::{Section, count, sections};
use super::{RELAY_ADDRESS, RELAY_PORT, trunkline};
use crate::facts::{Refused, Said};
use crate::suite::Operation;

const NAME: &str = "sdp-rs";

/// It reads text, so that looking for broken UTF-8 is part of the work.
fn parse(description: &[u8]) -> Result<SessionDescription, Refused> {
    let text = core::str::from_utf8(description).map_err(Refused::because)?;
    SessionDescription::try_from(text).map_err(Refused::because)
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
    let media = session.media_descriptions.iter().map(|media| {
        let attributes: Vec<_> = lines(&media.attributes).collect();
        Section {
            media: media.media.media.to_string(),
            port: media.media.port,
            protocol: media.media.proto.to_string(),
            formats: media.media.fmt.clone(),
            rtpmaps: count(&attributes, "rtpmap"),
            candidates: count(&attributes, "candidate"),
            attributes: Some(attributes),
        }
    });
    Ok(sections(media)
        .with("origin.session_id", &session.origin.sess_id)
        .with("origin.version", &session.origin.sess_version)
        .each("session.attributes", lines(&session.attributes)))
}

fn lines(attributes: &[Attribute]) -> impl Iterator<Item = String> {
    attributes.iter().map(|attribute| {
        if let Attribute::Rtpmap(rtpmap) = attribute
            && let Some(parameters) = rtpmap.encoding_params
        {
            // It reads these well and writes them with a space in front instead of a slash.
            let (format, encoding) = (rtpmap.payload_type, &rtpmap.encoding_name);
            return format!(
                "rtpmap:{format} {encoding}/{}/{parameters}",
                rtpmap.clock_rate
            );
        }
        attribute
            .to_string()
            .trim_start_matches("a=")
            .trim_end()
            .to_string()
    })
}

pub(super) fn edit(operation: &mut Operation, description: &'static [u8]) {
    operation.peer(
        NAME,
        move || Ok(trunkline::facts(change(description)?.as_bytes())),
        move || change(black_box(description)),
    );
    let reason = "it writes the parameter of an encoding with a space in front instead of a slash";
    operation.differs("media.1.attributes.17", reason);
}

fn change(description: &[u8]) -> Result<String, Refused> {
    let mut session = parse(description)?;
    let media = session
        .media_descriptions
        .iter_mut()
        .flat_map(|media| &mut media.connections);
    for connection in media.chain(&mut session.connection) {
        connection.connection_address = RELAY_ADDRESS.into();
    }
    for media in &mut session.media_descriptions {
        media.attributes.retain(
            |attribute| !matches!(attribute, Attribute::Other(name, _) if name == "candidate"),
        );
    }
    if let Some(media) = session.media_descriptions.first_mut() {
        media.media.port = RELAY_PORT;
        media.attributes.retain(|attribute| {
            !matches!(
                attribute,
                Attribute::Sendrecv
                    | Attribute::Sendonly
                    | Attribute::Recvonly
                    | Attribute::Inactive
            )
        });
        media.attributes.push(Attribute::Sendrecv);
    }
    Ok(session.to_string())
}
