//! How requests and responses of one party read to the other.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{CallKey, Party, Refusal, SessionBodies};
use crate::header::{ContentType, MaxForwards};
use crate::machines::user_agent::is_reserved;
use crate::{Body, Encoder, HeaderName, Message, RejectCause, StatusCode};

/// A session body on its way to the other party.
#[derive(Debug)]
pub(super) struct Crossed<'a> {
    content_type: Cow<'a, str>,
    bytes: Vec<u8>,
    /// What else tells how to read it.
    headers: Vec<(&'a str, &'a str)>,
}

impl<'a> Crossed<'a> {
    pub(super) fn body(&self) -> Body<'_> {
        Body {
            content_type: &self.content_type,
            bytes: &self.bytes,
        }
    }

    /// The header fields that a message with this body needs; none without a body.
    pub(super) fn headers(crossed: Option<&Self>) -> &[(&'a str, &'a str)] {
        crossed.map_or(&[], |crossed| &crossed.headers)
    }
}

/// Has the owner rewrite the session body of a message, if it has one. Its type is told as it came, parameters
/// included: the boundary of a multipart is one of them.
pub(super) fn cross<'a, B: SessionBodies>(
    bodies: &mut B,
    call: CallKey,
    from: Party,
    message: &Message<'a>,
) -> Result<Option<Crossed<'a>>, Refusal> {
    if message.body().is_empty() {
        return Ok(None);
    }
    let media_type = match message.typed::<ContentType<'_>>() {
        Ok(Some(kind)) => format!("{}/{}", kind.media_type, kind.subtype).to_ascii_lowercase(),
        _ => String::new(),
    };
    let bytes = bodies.cross(call, from, &media_type, message.body())?;
    let value = message
        .header("Content-Type")
        .and_then(|field| field.value_str())
        .filter(|value| is_writable(value));
    Ok((!bytes.is_empty()).then(|| Crossed {
        content_type: value.map_or(Cow::Owned(media_type), Cow::Borrowed),
        bytes,
        headers: body_headers(message),
    }))
}

/// A body that is none of a session, as it stands.
pub(super) fn plain_body<'a>(message: &Message<'a>) -> Option<Body<'a>> {
    let content_type = message
        .header("Content-Type")
        .and_then(|field| field.value_str())
        .unwrap_or("application/octet-stream");
    (!message.body().is_empty()).then_some(Body {
        content_type,
        bytes: message.body(),
    })
}

/// What tells how to read a body beside its type (RFC 3261 section 7.4.1).
const BODY_HEADERS: [&str; 4] = [
    "Content-Encoding",
    "Content-Disposition",
    "Content-Language",
    "MIME-Version",
];

/// What else tells how to read that body.
pub(super) fn body_headers<'a>(message: &Message<'a>) -> Vec<(&'a str, &'a str)> {
    if message.body().is_empty() {
        return Vec::new();
    }
    named(BODY_HEADERS, message)
}

/// Whether header fields of this name cross by no list: every message has its own, or they go with a body.
fn is_own(name: &str) -> bool {
    let name = HeaderName::new(name);
    is_reserved(name, true)
        || name == HeaderName::Route
        || BODY_HEADERS
            .into_iter()
            .any(|own| name == HeaderName::new(own))
}

/// The header fields of these names, in the order of the names.
pub(super) fn headers<'a>(names: &[Box<str>], message: &Message<'a>) -> Vec<(&'a str, &'a str)> {
    let names = names.iter().map(|name| &**name);
    named(names.filter(|name| !is_own(name)), message)
}

/// What cannot be written again is left out, and nothing else with it.
fn named<'a, 'n>(
    names: impl IntoIterator<Item = &'n str>,
    message: &Message<'a>,
) -> Vec<(&'a str, &'a str)> {
    let mut headers = Vec::new();
    for name in names {
        for field in message.headers_named(name) {
            let name = field.raw_name();
            let value = field.value_str().filter(|value| is_writable(value));
            let value = value.filter(|_| HeaderName::new(name).is_valid());
            headers.extend(value.map(|value| (name, value)));
        }
    }
    headers
}

/// Whether the value of a header field can be written as it stands.
fn is_writable(value: &str) -> bool {
    let mut out = Encoder::new(&mut []);
    out.push(value.as_bytes());
    !out.is_refused()
}

/// How many hops are left behind this one.
pub(super) fn hops_left(request: &Message<'_>) -> Result<u8, StatusCode> {
    match request.typed::<MaxForwards>() {
        Ok(hops) => hops
            .map_or(70, |hops| hops.0)
            .checked_sub(1)
            .ok_or(StatusCode::TOO_MANY_HOPS),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

/// How a failure of one party is told to the other. What only the sender of the request could act on becomes
/// a plain failure: redirections, challenges and the negotiation of extensions are between us and our peer,
/// and a 503 speaks of one server, not of the service (RFC 3261 section 16.7). Nor has the other party
/// cancelled anything.
pub(super) const fn status_across(status: StatusCode) -> StatusCode {
    match status.code() {
        300..=399 => StatusCode::TEMPORARILY_UNAVAILABLE,
        401 | 407 => StatusCode::FORBIDDEN,
        487 => StatusCode::TEMPORARILY_UNAVAILABLE,
        // They would be wrong without the header fields that belong to them.
        420 | 421 | 422 | 494 | 503 => StatusCode::SERVER_INTERNAL_ERROR,
        _ => status,
    }
}

/// The final response of one party with its phrase, as the other gets it.
pub(super) fn response_across(response: &Message<'_>) -> (StatusCode, String) {
    let status = response
        .status()
        .unwrap_or(StatusCode::SERVER_INTERNAL_ERROR);
    let across = status_across(status);
    let reason = if across == status {
        String::from_utf8_lossy(response.reason().unwrap_or_default()).into_owned()
    } else {
        String::new()
    };
    (across, reason)
}

impl RejectCause {
    /// The status code by which a B2BUA tells the caller of this failure of the callee: 480 for a redirection,
    /// 403 for a challenge, 480 for a 487, 500 for a 503 (RFC 3261 section 16.7) or where extensions are asked
    /// for (420, 421, 422, 494), any other response as it is; 408 where there was none in time, and 503 where
    /// the INVITE could not be sent.
    #[must_use]
    pub fn status_across(&self) -> StatusCode {
        match self {
            Self::Response(response) => response
                .message()
                .status()
                .map_or(StatusCode::SERVER_INTERNAL_ERROR, status_across),
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Transport => StatusCode::SERVICE_UNAVAILABLE,
            Self::Cancelled(_) => StatusCode::REQUEST_TERMINATED,
            Self::Unusable(_) => StatusCode::BAD_GATEWAY,
        }
    }

    /// Whether another server may do better: no answer, or one that speaks of this server alone.
    pub(super) fn calls_for_another_route(&self) -> bool {
        match self {
            Self::Timeout | Self::Transport => true,
            Self::Response(response) => {
                response.message().status() == Some(StatusCode::SERVICE_UNAVAILABLE)
            }
            Self::Cancelled(_) | Self::Unusable(_) => false,
        }
    }
}
