//! `sdp-types`: owned strings; attributes are typed on demand.

use core::hint::black_box;
use core::str::FromStr;

use ::sdp_types::{
    Attribute, Candidate, CandidateAddress, Connection, Fingerprint, Fmtp, Group, IceOptions,
    IcePwd, IceUfrag, Mid, Rtcp, RtpMap, Session, Setup, Ssrc,
};

use super::stated::{self, Section, Typed, attribute, count, sections};
use super::{RELAY_ADDRESS, RELAY_PORT, trunkline};
use crate::facts::{Facts, Refused, Said};
use crate::suite::Operation;

const NAME: &str = "sdp-types";

pub(super) fn walk(operation: &mut Operation, description: &'static [u8]) {
    operation.peer(
        NAME,
        move || facts(description),
        move || Session::parse(black_box(description)),
    );
}

fn facts(description: &[u8]) -> Said {
    let session = Session::parse(description).map_err(Refused::because)?;
    let media = session.medias.iter().map(|media| {
        let attributes: Vec<_> = lines(&media.attributes).collect();
        Section {
            media: media.media.clone(),
            port: media.port,
            protocol: media.proto.clone(),
            formats: media.fmt.clone(),
            rtpmaps: count(&attributes, "rtpmap"),
            candidates: count(&attributes, "candidate"),
            attributes: Some(attributes),
        }
    });
    Ok(sections(media)
        .with("session.name", &session.session_name)
        .with("origin.session_id", &session.origin.sess_id)
        .with("origin.version", session.origin.sess_version)
        .each("session.attributes", lines(&session.attributes)))
}

fn lines(attributes: &[Attribute]) -> impl Iterator<Item = String> {
    attributes
        .iter()
        .map(|line| attribute(&line.attribute, line.value.as_ref()))
}

pub(super) fn typed(operation: &mut Operation, description: &'static [u8]) {
    operation.peer(
        NAME,
        move || typed_facts(description),
        move || read(black_box(description)),
    );
}

/// Every attribute that we have a type for as well.
fn read(description: &[u8]) -> Option<usize> {
    let session = Session::parse(description).ok()?;
    let mut sound = 0;
    let media = session.medias.iter().flat_map(|media| &media.attributes);
    for attribute in session.attributes.iter().chain(media) {
        let value = attribute.value.as_deref().unwrap_or_default();
        let is_sound = match attribute.attribute.as_str() {
            "rtpmap" => black_box(RtpMap::from_str(value)).is_ok(),
            "fmtp" => black_box(Fmtp::from_str(value)).is_ok(),
            "rtcp" => black_box(Rtcp::from_str(value)).is_ok(),
            "candidate" => black_box(Candidate::from_str(value)).is_ok(),
            "ssrc" => black_box(Ssrc::from_str(value)).is_ok(),
            "mid" => black_box(Mid::from_str(value)).is_ok(),
            "group" => black_box(Group::from_str(value)).is_ok(),
            "setup" => black_box(Setup::from_str(value)).is_ok(),
            "fingerprint" => black_box(Fingerprint::from_str(value)).is_ok(),
            "ice-ufrag" => black_box(IceUfrag::from_str(value)).is_ok(),
            "ice-pwd" => black_box(IcePwd::from_str(value)).is_ok(),
            "ice-options" => black_box(IceOptions::from_str(value)).is_ok(),
            _ => true,
        };
        sound += usize::from(is_sound);
    }
    Some(sound)
}

fn typed_facts(description: &[u8]) -> Said {
    let session = Session::parse(description).map_err(Refused::because)?;
    let mut facts = Facts::new();
    for attribute in &session.attributes {
        if attribute.attribute == "group" {
            facts = facts.with("group", value::<Group>(attribute)?.mid_tags.join(" "));
        }
    }
    for (at, media) in session.medias.iter().enumerate() {
        let mut typed = Typed::default();
        for attribute in &media.attributes {
            match attribute.attribute.as_str() {
                "rtpmap" => typed.rtpmaps.push(value::<RtpMap>(attribute)?.to_string()),
                "fmtp" => typed.fmtps.push(value::<Fmtp>(attribute)?.fmt.to_string()),
                "candidate" => {
                    let candidate: Candidate = value(attribute)?;
                    typed.candidates.push(stated::Candidate {
                        foundation: candidate.foundation,
                        component: candidate.component_id,
                        priority: candidate.priority,
                        host: match candidate.address {
                            CandidateAddress::IpAddr(address) => address.to_string(),
                            CandidateAddress::FQDN(name) => name,
                        },
                        port: candidate.port.into(),
                    });
                }
                "ssrc" => typed.ssrcs.push(value::<Ssrc>(attribute)?.ssrc_id),
                "mid" => typed.mid = value::<Mid>(attribute)?.0,
                "ice-ufrag" => typed.ice_ufrag = value::<IceUfrag>(attribute)?.0,
                "ice-pwd" => typed.ice_pwd = value::<IcePwd>(attribute)?.0,
                "setup" => typed.setup = value::<Setup>(attribute)?.to_string(),
                "fingerprint" => typed.fingerprint = value::<Fingerprint>(attribute)?.fingerprint,
                _ => {}
            }
        }
        facts = typed.facts(facts, at + 1);
    }
    Ok(facts)
}

fn value<T: FromStr<Err: core::fmt::Debug>>(attribute: &Attribute) -> Result<T, Refused> {
    let value = attribute.value.as_deref().unwrap_or_default();
    T::from_str(value).map_err(Refused::because)
}

pub(super) fn edit(operation: &mut Operation, description: &'static [u8]) {
    operation.peer(
        NAME,
        move || Ok(trunkline::facts(&change(description)?)),
        move || change(black_box(description)),
    );
}

fn change(description: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut session = Session::parse(description).map_err(Refused::because)?;
    let address = Connection::from_ip_addr(RELAY_ADDRESS);
    if session.connection.is_some() {
        session.connection = Some(address.clone());
    }
    for media in &mut session.medias {
        media.connections.fill(address.clone());
        media
            .attributes
            .retain(|attribute| attribute.attribute != "candidate");
    }
    if let Some(media) = session.medias.first_mut() {
        media.port = RELAY_PORT;
        media
            .attributes
            .retain(|attribute| !super::DIRECTIONS.contains(&attribute.attribute.as_str()));
        media.add_attribute_from_str("sendrecv");
    }
    let mut out = Vec::new();
    session.write(&mut out).map_err(Refused::because)?;
    Ok(out)
}
