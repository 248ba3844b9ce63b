//! What is said of a session description, in the same words for everybody.

use core::fmt::Display;

use crate::facts::Facts;

/// A media section, of which not everybody tells all.
#[derive(Default)]
pub(super) struct Section {
    pub(super) media: String,
    pub(super) port: u16,
    pub(super) protocol: String,
    pub(super) formats: String,
    /// As lines without `a=`, where attributes are kept as such.
    pub(super) attributes: Option<Vec<String>>,
    /// How many of them are `rtpmap` and `candidate`, for those that sort them by type.
    pub(super) rtpmaps: usize,
    pub(super) candidates: usize,
}

pub(super) fn sections(sections: impl IntoIterator<Item = Section>) -> Facts {
    let mut facts = Facts::new();
    let mut count = 0;
    for section in sections {
        count += 1;
        let fact = |name| format!("media.{count}.{name}");
        facts = facts
            .with(fact("media"), section.media)
            .with(fact("port"), section.port)
            .with(fact("protocol"), section.protocol)
            .with(fact("formats"), section.formats)
            .with(fact("rtpmaps"), section.rtpmaps)
            .with(fact("candidates"), section.candidates);
        if let Some(attributes) = section.attributes {
            facts = facts.each(&fact("attributes"), attributes);
        }
    }
    facts.with("media.count", count)
}

/// An attribute as a line without `a=`, and without the spaces at its end, which some peers trim.
pub(super) fn attribute(name: impl Display, value: Option<impl Display>) -> String {
    match value {
        Some(value) => format!("{name}:{value}").trim_end().to_string(),
        None => name.to_string(),
    }
}

/// How many of the attributes have a name that needs a value.
pub(super) fn count(attributes: &[String], name: &str) -> usize {
    let is_named = |attribute: &&String| attribute.split(':').next() == Some(name);
    attributes.iter().filter(is_named).count()
}

/// The typed attributes of a section.
#[derive(Default)]
pub(super) struct Typed {
    /// `111 opus/48000/2`
    pub(super) rtpmaps: Vec<String>,
    /// The formats.
    pub(super) fmtps: Vec<String>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) ssrcs: Vec<u32>,
    pub(super) mid: String,
    pub(super) ice_ufrag: String,
    pub(super) ice_pwd: String,
    pub(super) setup: String,
    /// The octets.
    pub(super) fingerprint: Vec<u8>,
}

/// Of a candidate.
pub(super) struct Candidate {
    pub(super) foundation: String,
    pub(super) component: u32,
    pub(super) priority: u64,
    pub(super) host: String,
    pub(super) port: u32,
}

impl Typed {
    pub(super) fn facts(self, mut facts: Facts, section: usize) -> Facts {
        let fact = |name| format!("media.{section}.{name}");
        let candidates = self.candidates.iter().map(|candidate| {
            let Candidate {
                foundation,
                component,
                priority,
                host,
                port,
            } = candidate;
            format!("{foundation} {component} {priority} {host} {port}")
        });
        facts = facts
            .each(&fact("rtpmap"), self.rtpmaps)
            .each(&fact("fmtp"), self.fmtps)
            .each(&fact("candidate"), candidates)
            .each(&fact("ssrc"), self.ssrcs)
            .with(fact("mid"), self.mid)
            .with(fact("ice-ufrag"), self.ice_ufrag)
            .with(fact("ice-pwd"), self.ice_pwd)
            .with(fact("setup"), self.setup);
        facts.with(fact("fingerprint"), format!("{:02x?}", self.fingerprint))
    }
}
