//! What in a message shows that the path to a trunk is not as it has to be.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use core::ops::RangeInclusive;

use trunkline_sdp_ice::{Media, Mode, Sdp};
use trunkline_sip_core::{HeaderName, Host, Message, header};

use crate::plain::line;

#[cfg(test)]
mod tests;

/// One thing that is not as it has to be. `Display` says it in a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Finding {
    /// A request came from elsewhere than its topmost Via says: a NAT is on the way.
    ViaIsNotSource {
        /// The sent-by of the Via.
        sent_by: IpAddr,
        /// Where the message came from.
        source: IpAddr,
    },
    /// A response says that our request came to the peer from elsewhere than we sent it from.
    SeenElsewhere {
        /// The sent-by that we wrote.
        sent_by: IpAddr,
        /// The `received` that the peer added.
        received: IpAddr,
    },
    /// The Contact names another address than the message came from: a NAT that changed the packet and
    /// not the message, or an ALG that changed one header field and not the other.
    ContactIsNotSource {
        /// The host of the Contact.
        contact: IpAddr,
        /// Where the message came from.
        source: IpAddr,
    },
    /// The session description asks for media at another address than the message came from.
    MediaIsNotSource {
        /// The address of the `c=` line.
        media: IpAddr,
        /// Where the message came from.
        source: IpAddr,
    },
    /// The Contact is a name, where a trunk wants an address.
    ContactIsName {
        /// The name.
        name: Box<str>,
    },
    /// Media is asked for at a port outside of the agreed range.
    PortOutOfRange {
        /// The port.
        port: u16,
        /// The first and the last port of the range.
        range: (u16, u16),
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ViaIsNotSource { sent_by, source } => write!(
                f,
                "a NAT is on the way: Via says {sent_by}, the message came from {source}"
            ),
            Self::SeenElsewhere { sent_by, received } => write!(
                f,
                "a NAT is on the way: our Via said {sent_by}, the peer saw {received}"
            ),
            Self::ContactIsNotSource { contact, source } => write!(
                f,
                "NAT or ALG: Contact says {contact}, the message came from {source}"
            ),
            Self::MediaIsNotSource { media, source } => write!(
                f,
                "NAT or ALG: the c= line says {media}, the message came from {source}"
            ),
            Self::ContactIsName { name } => {
                write!(f, "the Contact is the name {name}; it has to be an address")
            }
            Self::PortOutOfRange {
                port,
                range: (first, last),
            } => write!(f, "media port {port} is outside of {first}-{last}"),
        }
    }
}

/// Looks for NAT and ALGs on a path that has to be free of them: the addresses in a message have to be
/// the one that it came from.
///
/// Compared are the topmost Via of a request, `received` in that of a response, every Contact that is
/// an address, and every `c=` line of a stream that is neither refused nor on hold. Names are not
/// compared; see [`contact_findings`]. A peer whose media leaves from another host than its signalling
/// is reported too: whether that is meant, its owner knows.
#[must_use]
pub fn path_findings(message: &Message<'_>, source: IpAddr) -> Vec<Finding> {
    let source = source.to_canonical();
    let mut findings = Vec::new();
    if let Ok(Some(via)) = message.typed::<header::Via<'_>>()
        && let Some(sent_by) = via.sent_by.host.ip().map(|ip| ip.to_canonical())
    {
        if message.is_request() {
            if sent_by != source {
                findings.push(Finding::ViaIsNotSource { sent_by, source });
            }
        } else if let Some(received) = via.received.map(|ip| ip.to_canonical())
            && received != sent_by
        {
            findings.push(Finding::SeenElsewhere { sent_by, received });
        }
    }
    for host in contacts(message) {
        let contact = host.ip().map(|ip| ip.to_canonical());
        if let Some(contact) = contact.filter(|contact| *contact != source) {
            findings.push(Finding::ContactIsNotSource { contact, source });
        }
    }
    for media in sdp(message).iter().flat_map(Sdp::media) {
        let connection = media.connection().ok().flatten();
        let media_address = connection.and_then(|connection| connection.host.ip());
        if port(&media).is_some()
            && let Some(media) = media_address.map(|ip| ip.to_canonical())
            && !media.is_unspecified()
            && media != source
        {
            let finding = Finding::MediaIsNotSource { media, source };
            // Streams mostly share one address.
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    findings
}

/// A trunk wants addresses in Contact, since nobody looks a name up when a host has to be replaced
/// at once: every name is a finding.
#[must_use]
pub fn contact_findings(message: &Message<'_>) -> Vec<Finding> {
    contacts(message)
        .filter_map(|host| host.name())
        .map(|name| Finding::ContactIsName {
            name: line(name.as_bytes(), 120).into(),
        })
        .collect()
}

/// Every stream that is not refused has to have its port in the range: 20000 to 59999 for the provider
/// of the first trunk profile.
#[must_use]
pub fn port_findings(message: &Message<'_>, range: RangeInclusive<u16>) -> Vec<Finding> {
    sdp(message)
        .iter()
        .flat_map(Sdp::media)
        .filter_map(|media| port(&media))
        .filter(|port| !range.contains(port))
        .map(|port| Finding::PortOutOfRange {
            port,
            range: (*range.start(), *range.end()),
        })
        .collect()
}

fn contacts<'a>(message: &Message<'a>) -> impl Iterator<Item = Host<'a>> + use<'a> {
    message
        .typed_all::<header::Contact<'a>>()
        .filter_map(Result::ok)
        .filter_map(|contact| {
            contact
                .uri()
                .and_then(|uri| uri.as_sip().map(|uri| uri.host()))
        })
}

/// The session description of a message, if its body is one.
fn sdp<'a>(message: &Message<'a>) -> Option<Sdp<'a>> {
    let content_type = message.typed::<header::ContentType<'_>>().ok()??;
    let is_sdp = content_type.is("application", "sdp")
        && message.header(HeaderName::ContentEncoding).is_none();
    Sdp::parse(message.body(), Mode::Tolerant)
        .ok()
        .filter(|_| is_sdp)
}

/// The port of a stream that is not refused.
fn port(media: &Media<'_>) -> Option<u16> {
    media
        .line()
        .ok()
        .map(|line| line.port)
        .filter(|port| *port != 0)
}
