//! How a request and its responses look on the other side.

use trunkline_sans_io::Transport;
use trunkline_sip_core::{
    Body, Destination, Message, Method, Outgoing, RejectCause, StatusCode,
    header::{self, ContentType, NameAddr},
    uri::Uri,
};

use super::config::{Config, Side, SideConfig};
use super::media::SDP;

/// What the controller understands.
pub(super) const ALLOW: (&str, &str) = (
    "Allow",
    "INVITE, ACK, CANCEL, BYE, UPDATE, INFO, OPTIONS, MESSAGE",
);

/// Why a request is answered here instead of being passed across.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) reason: &'static str,
}

impl Refusal {
    /// Headers that belong to the status code.
    pub(super) const fn headers(&self) -> &'static [(&'static str, &'static str)] {
        match self.status.code() {
            405 => &[ALLOW],
            415 => &[("Accept", SDP)],
            // RFC 3261 section 20.43: 304, media type not available.
            488 => &[("Warning", "304 sbc \"No usable audio stream\"")],
            503 => &[("Retry-After", "10")],
            _ => &[],
        }
    }
}

/// What a request says that matters on the other side.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) call_id: String,
    pub(super) from_user: String,
    pub(super) to_user: String,
    from: String,
    to: String,
    request_uri: String,
    contact: String,
    max_forwards: u8,
    headers: Vec<(&'static str, String)>,
}

/// Headers that cross unchanged: they speak of the parties, not of the hop.
const CROSSING: [&str; 5] = [
    "P-Asserted-Identity",
    "Privacy",
    "Diversion",
    "History-Info",
    "Subject",
];

/// How `request` looks towards `target`.
pub(super) fn across(request: &Message<'_>, target: &SideConfig) -> Result<Route, Refusal> {
    const MALFORMED: Refusal = Refusal {
        status: StatusCode::BAD_REQUEST,
        reason: "Bad Request",
    };
    let hops = request
        .typed::<header::MaxForwards>()
        .map_err(|_| MALFORMED)?
        .map_or(70, |hops| hops.0);
    let Some(max_forwards) = hops.checked_sub(1) else {
        return Err(Refusal {
            status: StatusCode::TOO_MANY_HOPS,
            reason: "Too Many Hops",
        });
    };
    let to_user = user(request.request_uri().unwrap_or_default());
    let Some(to_user) = to_user.filter(|user| !user.is_empty()) else {
        return Err(Refusal {
            status: StatusCode::NOT_FOUND,
            reason: "Not Found",
        });
    };
    let from: header::From<'_> = request.require().map_err(|_| MALFORMED)?;
    let call_id: header::CallId<'_> = request.require().map_err(|_| MALFORMED)?;
    let from_user = user(from.uri().as_str()).unwrap_or_else(|| "anonymous".to_owned());
    let from_uri = format!("sip:{from_user}@{}", target.listen);
    let from = header::From {
        address: NameAddr {
            display_name: from.address.display_name,
            ..NameAddr::new(Uri::parse(&from_uri).map_err(|_| MALFORMED)?)
        },
        tag: None,
    };
    let headers = CROSSING
        .iter()
        .flat_map(|name| {
            request
                .headers_named(*name)
                .map(move |field| (*name, field))
        })
        .filter_map(|(name, field)| Some((name, field.value_str()?.to_owned())))
        .collect();
    let transport = match target.peer.transport {
        Transport::Tcp => ";transport=tcp",
        _ => "",
    };
    Ok(Route {
        call_id: call_id.0.to_owned(),
        from: from.to_string(),
        to: format!("<sip:{to_user}@{}>", target.peer.address),
        request_uri: format!("sip:{to_user}@{}{transport}", target.peer.address),
        contact: format!("<sip:{from_user}@{}{transport}>", target.listen),
        from_user,
        to_user,
        max_forwards,
        headers,
    })
}

impl Route {
    /// Hands the request to the user agent of the side it goes to.
    pub(super) fn send<R>(
        &self,
        config: &Config,
        to: Side,
        sdp: Option<&[u8]>,
        send: impl FnOnce(&Outgoing<'_>) -> R,
    ) -> R {
        let target = config.side(to);
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        send(&Outgoing {
            destination: Destination {
                path: trunkline_sans_io::FiveTuple::new(
                    target.peer.transport,
                    target.listen,
                    target.peer.address,
                ),
                connection: None,
            },
            request_uri: &self.request_uri,
            from: &self.from,
            to: &self.to,
            contact: Some(&self.contact),
            call_id: None,
            max_forwards: self.max_forwards,
            headers: &headers,
            body: sdp.map(|bytes| Body {
                content_type: SDP,
                bytes,
            }),
        })
    }
}

/// The user part of a sip or sips URI, or the number of a tel URI.
fn user(uri: &str) -> Option<String> {
    match Uri::parse(uri).ok()? {
        Uri::Sip(sip) => sip.user().map(str::to_owned),
        Uri::Tel(tel) => Some(tel.number().to_owned()),
        _ => None,
    }
}

/// Whether an OPTIONS names no user, so that it asks the controller itself.
pub(super) fn is_for_the_controller(request: &Message<'_>) -> bool {
    user(request.request_uri().unwrap_or_default()).is_none_or(|user| user.is_empty())
}

/// The media type of the body, in lower case and without parameters.
pub(super) fn content_type(message: &Message<'_>) -> Option<String> {
    let content_type = message.typed::<ContentType<'_>>().ok()??;
    Some(format!("{}/{}", content_type.media_type, content_type.subtype).to_ascii_lowercase())
}

/// How a final response from one side reads on the other.
///
/// What only the sender of the request could act on becomes a plain failure: redirections and
/// challenges are between the controller and its peer.
pub(super) fn response_across(response: &Message<'_>) -> (StatusCode, String) {
    let status = response
        .status()
        .unwrap_or(StatusCode::SERVER_INTERNAL_ERROR);
    let across = match status.code() {
        300..=399 => StatusCode::TEMPORARILY_UNAVAILABLE,
        401 | 407 => StatusCode::FORBIDDEN,
        // RFC 3261 section 16.7: a 503 speaks of one server, not of the service.
        503 => StatusCode::SERVER_INTERNAL_ERROR,
        _ => {
            let reason = String::from_utf8_lossy(response.reason().unwrap_or_default());
            return (status, reason.into_owned());
        }
    };
    (across, across.default_reason().to_owned())
}

/// The same for every way in which an INVITE fails.
pub(super) fn failure_across(cause: &RejectCause) -> (StatusCode, String) {
    let status = match cause {
        RejectCause::Response(response) => return response_across(&response.message()),
        RejectCause::Timeout => StatusCode::REQUEST_TIMEOUT,
        RejectCause::Cancelled(_) => StatusCode::REQUEST_TERMINATED,
        RejectCause::Unusable(_) => StatusCode::BAD_GATEWAY,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, status.default_reason().to_owned())
}

/// Headers of a response to OPTIONS that tell what the far side can do.
pub(super) fn capability_headers(response: &Message<'_>) -> Vec<(&'static str, String)> {
    if response
        .typed::<header::CSeq<'_>>()
        .ok()
        .flatten()
        .is_none_or(|cseq| cseq.method != Method::Options)
    {
        return Vec::new();
    }
    ["Allow", "Accept"]
        .into_iter()
        .filter_map(|name| {
            let value = response.header(name)?.value_str()?;
            Some((name, value.to_owned()))
        })
        .collect()
}
