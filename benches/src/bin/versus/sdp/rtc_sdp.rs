//! `rtc-sdp`: owned strings, attributes as names and values.

use core::hint::black_box;
use std::io::Cursor;

use ::rtc_sdp::description::common::{Address, Attribute};
use ::rtc_sdp::description::session::SessionDescription;

use super::stated::{Section, attribute, count, sections};
use super::{RELAY_ADDRESS, RELAY_PORT, trunkline};
use crate::facts::{Refused, Said};
use crate::suite::Operation;

const NAME: &str = "rtc-sdp";

fn parse(description: &[u8]) -> Result<SessionDescription, Refused> {
    SessionDescription::unmarshal(&mut Cursor::new(description)).map_err(Refused::because)
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
            media: media.media_name.media.clone(),
            port: u16::try_from(media.media_name.port.value).unwrap_or_default(),
            protocol: media.media_name.protos.join("/"),
            formats: media.media_name.formats.join(" "),
            rtpmaps: count(&attributes, "rtpmap"),
            candidates: count(&attributes, "candidate"),
            attributes: Some(attributes),
        }
    });
    Ok(sections(media)
        .with("session.name", &session.session_name)
        .with("origin.session_id", session.origin.session_id)
        .with("origin.version", session.origin.session_version)
        .each("session.attributes", lines(&session.attributes)))
}

fn lines(attributes: &[Attribute]) -> impl Iterator<Item = String> {
    attributes
        .iter()
        .map(|line| attribute(&line.key, line.value.as_ref()))
}

pub(super) fn edit(operation: &mut Operation, description: &'static [u8]) {
    operation.peer(
        NAME,
        move || Ok(trunkline::facts(change(description)?.as_bytes())),
        move || change(black_box(description)),
    );
}

fn change(description: &[u8]) -> Result<String, Refused> {
    let mut session = parse(description)?;
    let media = session
        .media_descriptions
        .iter_mut()
        .map(|media| &mut media.connection_information);
    for connection in media.chain([&mut session.connection_information]).flatten() {
        connection.address = Some(Address {
            address: RELAY_ADDRESS.to_string(),
            ttl: None,
            range: None,
        });
    }
    for media in &mut session.media_descriptions {
        media
            .attributes
            .retain(|attribute| attribute.key != "candidate");
    }
    if let Some(media) = session.media_descriptions.first_mut() {
        media.media_name.port.value = isize::try_from(RELAY_PORT).unwrap_or_default();
        media
            .attributes
            .retain(|attribute| !super::DIRECTIONS.contains(&attribute.key.as_str()));
        media
            .attributes
            .push(Attribute::new("sendrecv".to_string(), None));
    }
    Ok(session.marshal())
}
