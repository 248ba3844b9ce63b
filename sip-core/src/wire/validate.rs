//! May the message be processed? (RFC 3261 sections 8.1.1, 8.2 and 16.3.)

mod extensions;
mod merged;
mod rejection;
mod rules;

pub use extensions::{Role, check_extensions, unsupported};
pub use merged::MergedIdentity;
pub use rejection::Rejection;
pub use rules::{Leniency, Rules};

use super::error::HeaderError;
use super::header::{
    CSeq, CallId, Contact, ContentLength, Date, From, Header, MaxForwards, To, Via,
};
use super::message::Message;
use super::method::Method;
use super::name::HeaderName;
use super::start_line::StartLine;
use super::status::StatusCode;
use super::uri::{Uri, UriError};

/// A finding before it is known whether it can be answered.
struct Fault {
    status: StatusCode,
    reason: &'static str,
    header: Option<HeaderName<'static>>,
    offset: usize,
}

impl Fault {
    const fn start_line(status: StatusCode, reason: &'static str, offset: usize) -> Self {
        Self {
            status,
            reason,
            header: None,
            offset,
        }
    }

    /// A 400 for the first header field called `name`.
    fn in_header(message: &Message<'_>, name: HeaderName<'static>, reason: &'static str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            reason,
            header: Some(name),
            offset: message.header(name).map_or(0, |field| field.value_offset()),
        }
    }
}

/// The header fields that a message has once at most (RFC 3261 section 7.3.1), with the reason phrase
/// for having more.
const SINGLE: [(HeaderName<'static>, &str); 8] = [
    (HeaderName::From, "Multiple From"),
    (HeaderName::To, "Multiple To"),
    (HeaderName::CallId, "Multiple Call-ID"),
    (HeaderName::CSeq, "Multiple CSeq"),
    (HeaderName::MaxForwards, "Multiple Max-Forwards"),
    (HeaderName::ContentLength, "Multiple Content-Length"),
    (HeaderName::ContentType, "Multiple Content-Type"),
    (HeaderName::Expires, "Multiple Expires"),
];

/// Checks what every element has to rely on before it processes a message: version, Request-URI, the
/// mandatory header fields and their grammar, that single ones are single, and that CSeq fits the method.
///
/// [`Rules::leniency`] names what is passed over. An expiry and what else only some elements read is theirs
/// to check; there is [`check_max_forwards`] for who forwards requests and [`check_extensions`] for who has to
/// understand them.
///
/// # Errors
///
/// How to reject the message.
pub fn validate(message: &Message<'_>, rules: &Rules) -> Result<(), Rejection> {
    check(message, rules).map_err(|fault| Rejection::of(message, fault))
}

/// Checks that the request may be forwarded (RFC 3261 section 16.3): 483 where Max-Forwards is 0. Returns
/// its value, `None` where it is missing.
///
/// # Errors
///
/// How to reject the request.
pub fn check_max_forwards(message: &Message<'_>) -> Result<Option<u8>, Rejection> {
    let hops = message
        .typed::<MaxForwards>()
        .map_err(|error| Rejection::of(message, broken(error)))?
        .map(|MaxForwards(hops)| hops);
    if hops == Some(0) {
        let offset = message
            .header(HeaderName::MaxForwards)
            .map_or(0, |field| field.offset());
        let status = StatusCode::TOO_MANY_HOPS;
        let fault = Fault {
            status,
            reason: status.default_reason(),
            header: Some(HeaderName::MaxForwards),
            offset,
        };
        return Err(Rejection::of(message, fault));
    }
    Ok(hops)
}

fn check(message: &Message<'_>, rules: &Rules) -> Result<(), Fault> {
    check_start_line(message, rules)?;
    check_single(message)?;

    let leniency = &rules.leniency;
    let via = required::<Via<'_>>(message)?;
    let from = required::<From<'_>>(message)?;
    required::<To<'_>>(message)?;
    required::<CallId<'_>>(message)?;
    let cseq = required::<CSeq<'_>>(message)?;
    if optional::<ContentLength>(message)?.is_none() && !leniency.missing_content_length {
        return Err(missing(HeaderName::ContentLength));
    }
    if via.transaction_id().is_none() && !leniency.missing_branch {
        return Err(Fault::in_header(message, HeaderName::Via, "Missing Branch"));
    }
    if from.tag.is_none() && !leniency.missing_from_tag {
        return Err(Fault::in_header(
            message,
            HeaderName::From,
            "Missing From Tag",
        ));
    }
    if !leniency.broken_date {
        optional::<Date>(message)?;
    }

    if let Some(method) = message.method() {
        if cseq.method != method {
            return Err(Fault::in_header(
                message,
                HeaderName::CSeq,
                "CSeq Method Mismatch",
            ));
        }
        if optional::<MaxForwards>(message)?.is_none() && !leniency.missing_max_forwards {
            return Err(missing(HeaderName::MaxForwards));
        }
        if message.as_bytes().len() > rules.max_message {
            let status = StatusCode::MESSAGE_TOO_LARGE;
            let reason = status.default_reason();
            return Err(Fault::start_line(status, reason, rules.max_message));
        }
        if message.body().len() > rules.max_body {
            let status = StatusCode::REQUEST_ENTITY_TOO_LARGE;
            let reason = status.default_reason();
            return Err(Fault::start_line(status, reason, message.body_offset()));
        }
    }
    if !contact_matters(message) {
        return Ok(());
    }
    message
        .typed_all::<Contact<'_>>()
        .try_for_each(|contact| contact.map(|_| ()))
        .map_err(broken)
}

/// Whether anything is ever sent where Contact says: later requests of a dialog, a registrar's clients.
/// A message that only ends something must not fail for the sake of it.
fn contact_matters(message: &Message<'_>) -> bool {
    match message.start_line() {
        StartLine::Request { method, .. } => {
            !matches!(method, Method::Bye | Method::Cancel | Method::Ack)
        }
        StartLine::Response { status, .. } => !status.is_failure(),
    }
}

fn check_start_line(message: &Message<'_>, rules: &Rules) -> Result<(), Fault> {
    let version = message.version();
    if !version.eq_ignore_ascii_case(b"SIP/2.0") {
        let status = StatusCode::VERSION_NOT_SUPPORTED;
        return Err(Fault::start_line(status, status.default_reason(), 0));
    }
    let StartLine::Request { method, uri } = message.start_line() else {
        return Ok(());
    };
    let bad = |reason, offset| Fault::start_line(StatusCode::BAD_REQUEST, reason, offset);
    let uri_offset = method.as_str().len() + 1;
    // Single spaces between the three parts, and none after the last.
    let exact = uri_offset + uri.len() + 1 + version.len();
    let has_surplus = usize::from(message.start_span().line_end()) != exact;
    if has_surplus && !rules.leniency.start_line_spaces {
        return Err(bad("Malformed Request-Line", uri_offset));
    }
    let unsupported = || {
        let status = StatusCode::UNSUPPORTED_URI_SCHEME;
        Fault::start_line(status, status.default_reason(), uri_offset)
    };
    match Uri::parse(uri) {
        Ok(Uri::Sip(uri)) if uri.has_headers() && !rules.leniency.request_uri_headers => {
            Err(bad("Headers in Request-URI", uri_offset))
        }
        Ok(Uri::Sip(_)) => Ok(()),
        Ok(Uri::Tel(_)) if rules.accept_tel => Ok(()),
        Ok(Uri::Urn(_)) if rules.accept_urn => Ok(()),
        Ok(_) => Err(unsupported()),
        Err(UriError::TooLong) => {
            let status = StatusCode::REQUEST_URI_TOO_LONG;
            Err(Fault::start_line(
                status,
                status.default_reason(),
                uri_offset,
            ))
        }
        Err(error) => Err(bad("Malformed Request-URI", uri_offset + error.offset())),
    }
}

fn check_single(message: &Message<'_>) -> Result<(), Fault> {
    let mut seen = [false; SINGLE.len()];
    for field in message.headers() {
        let single = SINGLE
            .iter()
            .zip(&mut seen)
            .find(|((name, _), _)| field.is_id(name.known_id()));
        if let Some((&(name, reason), seen)) = single
            && core::mem::replace(seen, true)
        {
            let offset = field.offset();
            return Err(Fault {
                status: StatusCode::BAD_REQUEST,
                reason,
                header: Some(name),
                offset,
            });
        }
    }
    Ok(())
}

fn required<'a, H: Header<'a>>(message: &Message<'a>) -> Result<H, Fault> {
    message.require::<H>().map_err(broken)
}

fn optional<'a, H: Header<'a>>(message: &Message<'a>) -> Result<Option<H>, Fault> {
    message.typed::<H>().map_err(broken)
}

fn missing(name: HeaderName<'static>) -> Fault {
    broken(HeaderError::Missing { name })
}

/// A 400 that names the header field.
fn broken(error: HeaderError) -> Fault {
    let reason = match (error, error.name()) {
        (HeaderError::Missing { .. }, HeaderName::Via) => "Missing Via",
        (HeaderError::Missing { .. }, HeaderName::From) => "Missing From",
        (HeaderError::Missing { .. }, HeaderName::To) => "Missing To",
        (HeaderError::Missing { .. }, HeaderName::CallId) => "Missing Call-ID",
        (HeaderError::Missing { .. }, HeaderName::CSeq) => "Missing CSeq",
        (HeaderError::Missing { .. }, HeaderName::MaxForwards) => "Missing Max-Forwards",
        (HeaderError::Missing { .. }, HeaderName::ContentLength) => "Missing Content-Length",
        (_, HeaderName::Via) => "Malformed Via",
        (_, HeaderName::From) => "Malformed From",
        (_, HeaderName::To) => "Malformed To",
        (_, HeaderName::CallId) => "Malformed Call-ID",
        (_, HeaderName::CSeq) => "Malformed CSeq",
        (_, HeaderName::MaxForwards) => "Malformed Max-Forwards",
        (_, HeaderName::ContentLength) => "Malformed Content-Length",
        (_, HeaderName::Contact) => "Malformed Contact",
        (_, HeaderName::Date) => "Malformed Date",
        (_, HeaderName::Require) => "Malformed Require",
        (_, HeaderName::ProxyRequire) => "Malformed Proxy-Require",
        _ => "Bad Request",
    };
    Fault {
        status: StatusCode::BAD_REQUEST,
        reason,
        header: Some(error.name()),
        offset: error.offset().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests;
