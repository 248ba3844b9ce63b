//! What a capture keeps of the traffic: what a ladder needs, and no secret.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::net::IpAddr;
use core::time::Duration;

use trunkline_sans_io::{FiveTuple, Instant};
use trunkline_sdp_ice::{Mode, Sdp};
use trunkline_sip_core::{HeaderName, Message, header, uri};

use crate::plain::line;
use crate::redact::{push_uris, redact};

/// Characters that are kept of a name, a reason or a method.
const TEXT: usize = 120;
/// A Call-ID that is longer is not captured: cut ones would be mistaken for each other.
const CALL_ID: usize = 512;
/// Media lines that are kept of one description.
const STREAMS: usize = 4;

/// Which way a message went, as the host that captures sees it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Direction {
    /// It arrived.
    In,
    /// It was sent.
    Out,
}

/// The first line of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Start {
    /// A request.
    Request {
        /// The method.
        method: Box<str>,
        /// The user part or number of the Request-URI, empty where it has none.
        user: Box<str>,
    },
    /// A response.
    Response {
        /// The status code.
        status: u16,
        /// The reason phrase.
        reason: Box<str>,
    },
}

/// The body of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// There is none.
    None,
    /// A session description, by its media lines, at most four of them.
    Sdp(Box<[Stream]>),
    /// Something else, by its Content-Type. Its content is not kept.
    Other(Box<str>),
}

/// A media line of a session description.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stream {
    /// The media type, such as `audio`.
    pub media: Box<str>,
    /// The address of its `c=` line, if that is no name.
    pub address: Option<IpAddr>,
    /// The port; 0 when the stream is refused.
    pub port: u16,
    /// `sendrecv`, `sendonly`, `recvonly` or `inactive`.
    pub flow: &'static str,
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.media)?;
        match self.address {
            Some(IpAddr::V6(address)) => write!(f, "[{address}]")?,
            Some(IpAddr::V4(address)) => write!(f, "{address}")?,
            None => f.write_char('?')?,
        }
        write!(f, ":{} {}", self.port, self.flow)
    }
}

/// One message, as much of it as is kept. `Debug` shows no secret, since there is none in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SipEvent {
    /// When it was seen.
    pub at: Instant,
    /// Between which addresses.
    pub path: FiveTuple,
    /// Which way.
    pub direction: Direction,
    /// Its first line.
    pub start: Start,
    /// The Call-ID.
    pub call_id: Box<str>,
    /// The number of the CSeq.
    pub cseq: u32,
    /// The method of the CSeq: of a response the one that it answers.
    pub method: Box<str>,
    /// The user part or number of the From URI; its host where it has neither.
    pub from: Box<str>,
    /// The same of the To URI.
    pub to: Box<str>,
    /// The branch of the topmost Via.
    pub branch: Box<str>,
    /// The body.
    pub body: Body,
    /// The redacted text, where the capture keeps it.
    pub text: Option<Box<str>>,
    /// A hash by which a repeated message is known.
    pub(crate) digest: u64,
}

impl SipEvent {
    /// What is kept of a message; `None` when it has no Call-ID or CSeq that can be read.
    pub(crate) fn new(
        at: Instant,
        path: FiveTuple,
        direction: Direction,
        message: &Message<'_>,
        text: Option<usize>,
    ) -> Option<Self> {
        let call_id = message.typed::<header::CallId<'_>>().ok()??.0;
        let cseq = message.typed::<header::CSeq<'_>>().ok()??;
        if call_id.len() > CALL_ID {
            return None;
        }
        let start = match (message.method(), message.status()) {
            (Some(method), _) => Start::Request {
                method: kept(method.as_str()),
                user: message
                    .request_uri()
                    .and_then(|uri| uri::Uri::parse(uri).ok())
                    .and_then(|uri| number(&uri))
                    .unwrap_or_default(),
            },
            (None, Some(status)) => Start::Response {
                status: status.code(),
                reason: reason(message.reason().unwrap_or_default()),
            },
            (None, None) => return None,
        };
        let from = message.typed::<header::From<'_>>().ok().flatten();
        let to = message.typed::<header::To<'_>>().ok().flatten();
        let via = message.typed::<header::Via<'_>>().ok().flatten();
        Some(Self {
            at,
            path,
            direction,
            start,
            call_id: line(call_id.as_bytes(), CALL_ID).into(),
            cseq: cseq.number,
            method: kept(cseq.method.as_str()),
            from: from.map(|from| party(from.uri())).unwrap_or_default(),
            to: to.map(|to| party(to.uri())).unwrap_or_default(),
            branch: kept(via.and_then(|via| via.branch).unwrap_or_default()),
            body: body(message),
            text: text.map(|limit| cut(redact(message.as_bytes()), limit)),
            digest: digest(message, via.and_then(|via| via.branch).unwrap_or_default()),
        })
    }

    /// The method of a request.
    #[must_use]
    pub fn request(&self) -> Option<&str> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// The status code of a response.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self.start {
            Start::Request { .. } => None,
            Start::Response { status, .. } => Some(status),
        }
    }

    /// Orders by direction first, what arrived before what was sent, and by time within.
    #[must_use]
    pub const fn direction_key(&self) -> (Direction, Instant) {
        (self.direction, self.at)
    }

    /// `INVITE +SDP`, `200 OK (BYE)`.
    #[must_use]
    pub fn label(&self) -> String {
        let mut label = String::new();
        let _ = match &self.start {
            Start::Request { method, .. } => write!(label, "{method}"),
            Start::Response { status, reason } if reason.is_empty() => write!(label, "{status}"),
            Start::Response { status, reason } => write!(label, "{status} {reason}"),
        };
        if self.request().is_none() && &*self.method != "INVITE" {
            let _ = write!(label, " ({})", self.method);
        }
        match self.body {
            Body::None => {}
            Body::Sdp(_) => label.push_str(" +SDP"),
            Body::Other(_) => label.push_str(" +body"),
        }
        label
    }
}

/// What a relay counted on one leg.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct MediaCounts {
    /// Packets that came from the party.
    pub received: u64,
    /// Packets that went to the party.
    pub sent: u64,
    /// Packets of the party that never came.
    pub lost: u64,
    /// Interarrival jitter of what the party sent (RFC 3550 section 6.4.1).
    pub jitter: Option<Duration>,
    /// The mean opinion score of what the party sent, 1 to 4.5.
    pub mos: Option<f32>,
}

/// Begin or end of media on one leg.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum MediaPhase {
    /// Media may flow from here on.
    Begun,
    /// Nothing flows any more, and this was counted.
    Ended(MediaCounts),
}

/// Begin or end of media on the leg with this Call-ID.
#[derive(Clone, PartialEq, Debug)]
pub struct MediaEvent {
    /// When.
    pub at: Instant,
    /// On which leg.
    pub call_id: Box<str>,
    /// Which of both, and what was counted.
    pub phase: MediaPhase,
}

/// What a capture holds.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A message.
    Sip(SipEvent),
    /// Begin or end of media.
    Media(MediaEvent),
    /// The owner said that these Call-IDs are legs of one call.
    Joined(Box<[Box<str>]>),
}

/// A Call-ID as the capture spells it.
pub(crate) fn call_id(text: &str) -> Box<str> {
    line(text.as_bytes(), CALL_ID).into()
}

fn kept(text: &str) -> Box<str> {
    line(text.as_bytes(), TEXT).into()
}

/// People write anything there, URIs too.
fn reason(phrase: &[u8]) -> Box<str> {
    let mut shown = String::new();
    push_uris(&mut shown, phrase);
    kept(&shown)
}

fn cut(mut text: String, limit: usize) -> Box<str> {
    if text.len() > limit {
        let end = (0..=limit).rev().find(|&end| text.is_char_boundary(end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text.into()
}

/// The user part of a sip URI without its password, or the number of a tel URI.
fn number(uri: &uri::Uri<'_>) -> Option<Box<str>> {
    match uri {
        uri::Uri::Sip(uri) => uri.user().map(kept),
        uri::Uri::Tel(uri) => Some(kept(uri.number())),
        _ => None,
    }
}

fn party(uri: &uri::Uri<'_>) -> Box<str> {
    number(uri).unwrap_or_else(|| match uri {
        uri::Uri::Sip(uri) => {
            let mut host = String::new();
            let _ = write!(host, "{}", uri.host());
            kept(&host)
        }
        uri => kept(uri.scheme()),
    })
}

fn body(message: &Message<'_>) -> Body {
    if message.body().is_empty() {
        return Body::None;
    }
    let content_type = message.typed::<header::ContentType<'_>>().ok().flatten();
    let other = || {
        // Parameters are left out: nobody knows what they hold.
        let value = message
            .header(HeaderName::ContentType)
            .map_or(&b"?"[..], |field| field.value());
        let end = value.iter().position(|&byte| byte == b';');
        Body::Other(
            line(
                value.get(..end.unwrap_or(value.len())).unwrap_or_default(),
                60,
            )
            .into(),
        )
    };
    if !content_type.is_some_and(|content_type| content_type.is("application", "sdp")) {
        return other();
    }
    let Ok(sdp) = Sdp::parse(message.body(), Mode::Tolerant) else {
        return other();
    };
    let streams: Vec<Stream> = sdp
        .media()
        .filter_map(|media| {
            let line = media.line().ok()?;
            let connection = media.connection().ok().flatten();
            Some(Stream {
                media: kept(line.media),
                address: connection.and_then(|connection| connection.host.ip()),
                port: line.port,
                flow: media.direction().as_str(),
            })
        })
        .take(STREAMS)
        .collect();
    Body::Sdp(streams.into())
}

/// FNV-1a over what makes a message the one it is: its start line, transaction, To tag and body. What is
/// left out holds secrets, which a hash of few unknown octets would give away; a peer that makes two
/// messages collide gains a mark of repetition in a picture.
fn digest(message: &Message<'_>, branch: &str) -> u64 {
    let to = message.typed::<header::To<'_>>().ok().flatten();
    let cseq = message.header(HeaderName::CSeq);
    let status = message.status().map_or(0, |status| status.code());
    let body = message.body().len();
    [
        branch.as_bytes(),
        cseq.map_or(&b""[..], |cseq| cseq.value()),
        to.and_then(|to| to.tag).unwrap_or_default().as_bytes(),
        message
            .method()
            .map_or("", |method| method.as_str())
            .as_bytes(),
        &status.to_be_bytes(),
        &body.to_be_bytes(),
    ]
    .iter()
    .flat_map(|part| part.iter().chain(&[0]))
    .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
