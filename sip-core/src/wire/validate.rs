//! May the message be processed? (RFC 3261 sections 8.1.1, 8.2 and 16.3.)

use super::error::HeaderError;
use super::header::{CSeq, CallId, Contact, ContentLength, From, Header, MaxForwards, To, Via};
use super::message::Message;
use super::method::Method;
use super::name::HeaderName;
use super::start_line::StartLine;
use super::status::StatusCode;
use super::uri::{Uri, UriError};

/// Why a message is not processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The request is to be answered, see [`write_response_to`](crate::write_response_to). Where its top
    /// Via is what is broken, the answer can only go where the request came from.
    Answer {
        /// The status code of the answer.
        status: StatusCode,
        /// The reason phrase of the answer.
        reason: &'static str,
        /// The header field that is at fault; `None` for the start line.
        header: Option<HeaderName<'static>>,
        /// Where it is at fault, from the start of the message.
        offset: usize,
    },
    /// A response, an ACK, or a request without a Via to answer to: it is to be dropped.
    Drop {
        /// What is wrong.
        reason: &'static str,
        /// The header field that is at fault; `None` for the start line.
        header: Option<HeaderName<'static>>,
        /// Where it is at fault, from the start of the message.
        offset: usize,
    },
}

impl Rejection {
    /// The status code to answer with; `None` where there is to be no answer.
    pub const fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Answer { status, .. } => Some(*status),
            Self::Drop { .. } => None,
        }
    }

    /// What is wrong, as a reason phrase.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Answer { reason, .. } | Self::Drop { reason, .. } => reason,
        }
    }
}

/// What [`validate`] holds requests to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether a tel URI may be the Request-URI. sip and sips always may; any other scheme is a 416.
    pub accept_tel: bool,
    /// The most octets a body may have; a longer one is a 413.
    pub max_body: usize,
}

impl Rules {
    /// tel is accepted, and bodies of any size.
    pub const DEFAULT: Self = Self {
        accept_tel: true,
        max_body: usize::MAX,
    };
}

impl Default for Rules {
    fn default() -> Self {
        Self::DEFAULT
    }
}

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
/// Max-Forwards and a branch may be missing, as in messages of RFC 2543 (RFC 4475 section 3.4.1). A date,
/// an expiry and what else only some elements read is theirs to check; for Max-Forwards there is
/// [`check_max_forwards`].
///
/// # Errors
///
/// How to reject the message.
pub fn validate(message: &Message<'_>, rules: &Rules) -> Result<(), Rejection> {
    check(message, rules).map_err(|fault| reject(message, fault))
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
        .map_err(|error| reject(message, broken(error)))?
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
        return Err(reject(message, fault));
    }
    Ok(hops)
}

fn reject(message: &Message<'_>, fault: Fault) -> Rejection {
    let Fault {
        status,
        reason,
        header,
        offset,
    } = fault;
    let answerable = message.is_request()
        && message.method() != Some(Method::Ack)
        && message.header(HeaderName::Via).is_some();
    if answerable {
        Rejection::Answer {
            status,
            reason,
            header,
            offset,
        }
    } else {
        Rejection::Drop {
            reason,
            header,
            offset,
        }
    }
}

fn check(message: &Message<'_>, rules: &Rules) -> Result<(), Fault> {
    check_start_line(message, rules)?;
    check_single(message)?;

    required::<Via<'_>>(message)?;
    required::<From<'_>>(message)?;
    required::<To<'_>>(message)?;
    required::<CallId<'_>>(message)?;
    let cseq = required::<CSeq<'_>>(message)?;
    optional::<ContentLength>(message)?;

    if let Some(method) = message.method() {
        if cseq.method != method {
            let offset = message
                .header(HeaderName::CSeq)
                .map_or(0, |field| field.value_offset());
            return Err(Fault {
                status: StatusCode::BAD_REQUEST,
                reason: "CSeq Method Mismatch",
                header: Some(HeaderName::CSeq),
                offset,
            });
        }
        optional::<MaxForwards>(message)?;
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
    if usize::from(message.start_span().line_end()) != exact {
        return Err(bad("Malformed Request-Line", uri_offset));
    }
    let unsupported = || {
        let status = StatusCode::UNSUPPORTED_URI_SCHEME;
        Fault::start_line(status, status.default_reason(), uri_offset)
    };
    match Uri::parse(uri) {
        Ok(Uri::Sip(uri)) if uri.has_headers() => Err(bad("Headers in Request-URI", uri_offset)),
        Ok(Uri::Sip(_)) => Ok(()),
        Ok(Uri::Tel(_)) if rules.accept_tel => Ok(()),
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

/// A 400 that names the header field.
fn broken(error: HeaderError) -> Fault {
    let reason = match (error, error.name()) {
        (HeaderError::Missing { .. }, HeaderName::Via) => "Missing Via",
        (HeaderError::Missing { .. }, HeaderName::From) => "Missing From",
        (HeaderError::Missing { .. }, HeaderName::To) => "Missing To",
        (HeaderError::Missing { .. }, HeaderName::CallId) => "Missing Call-ID",
        (HeaderError::Missing { .. }, HeaderName::CSeq) => "Missing CSeq",
        (_, HeaderName::Via) => "Malformed Via",
        (_, HeaderName::From) => "Malformed From",
        (_, HeaderName::To) => "Malformed To",
        (_, HeaderName::CallId) => "Malformed Call-ID",
        (_, HeaderName::CSeq) => "Malformed CSeq",
        (_, HeaderName::MaxForwards) => "Malformed Max-Forwards",
        (_, HeaderName::ContentLength) => "Malformed Content-Length",
        (_, HeaderName::Contact) => "Malformed Contact",
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
