//! How requests and responses of one party read to the other.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{CallKey, Party, Refusal, SessionBodies};
use crate::header::{ContentType, MaxForwards};
use crate::{Body, Message, RejectCause, StatusCode};

/// A body on its way to the other party.
#[derive(Debug)]
pub(super) struct Crossed {
    content_type: String,
    bytes: Vec<u8>,
}

impl Crossed {
    pub(super) fn body(&self) -> Body<'_> {
        Body {
            content_type: &self.content_type,
            bytes: &self.bytes,
        }
    }
}

/// Has the owner rewrite the session body of a message, if it has one.
pub(super) fn cross<B: SessionBodies>(
    bodies: &mut B,
    call: CallKey,
    from: Party,
    message: &Message<'_>,
) -> Result<Option<Crossed>, Refusal> {
    if message.body().is_empty() {
        return Ok(None);
    }
    let content_type = match message.typed::<ContentType<'_>>() {
        Ok(Some(kind)) => format!("{}/{}", kind.media_type, kind.subtype).to_ascii_lowercase(),
        _ => String::new(),
    };
    let bytes = bodies.cross(call, from, &content_type, message.body())?;
    Ok((!bytes.is_empty()).then_some(Crossed {
        content_type,
        bytes,
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

/// What else tells how to read that body (RFC 3261 section 7.4.1).
pub(super) fn body_headers<'a>(message: &Message<'a>) -> Vec<(&'a str, &'a str)> {
    const NAMES: [&str; 4] = [
        "Content-Encoding",
        "Content-Disposition",
        "Content-Language",
        "MIME-Version",
    ];
    if message.body().is_empty() {
        return Vec::new();
    }
    named(NAMES, message)
}

/// The header fields of these names, in the order of the names.
pub(super) fn headers<'a>(names: &[Box<str>], message: &Message<'a>) -> Vec<(&'a str, &'a str)> {
    named(names.iter().map(|name| &**name), message)
}

fn named<'a, 'n>(
    names: impl IntoIterator<Item = &'n str>,
    message: &Message<'a>,
) -> Vec<(&'a str, &'a str)> {
    let mut headers = Vec::new();
    for name in names {
        for field in message.headers_named(name) {
            headers.extend(field.value_str().map(|value| (field.raw_name(), value)));
        }
    }
    headers
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
