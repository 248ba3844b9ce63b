//! Extensions that a request insists on (RFC 3261 sections 8.2.2.3 and 16.3).

use super::{Fault, Rejection, broken};
use crate::wire::header::{ProxyRequire, Require};
use crate::wire::message::Message;
use crate::wire::method::Method;
use crate::wire::name::HeaderName;
use crate::wire::status::StatusCode;

/// Who looks at a request, and so whose extensions count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The user agent that the request is for: Require counts.
    UserAgent,
    /// A proxy that forwards it: Proxy-Require counts.
    Proxy,
}

impl Role {
    const fn header(self) -> HeaderName<'static> {
        match self {
            Self::UserAgent => HeaderName::Require,
            Self::Proxy => HeaderName::ProxyRequire,
        }
    }
}

/// The option tags that `request` insists on and `supported` lacks, as the Unsupported of the 420 lists
/// them; malformed ones are passed over.
///
/// ACK and CANCEL have none: nobody could answer them so (section 8.2.2.3).
pub fn unsupported<'a>(
    request: &Message<'a>,
    role: Role,
    supported: &[&str],
) -> impl Iterator<Item = &'a str> {
    let counts = !matches!(request.method(), None | Some(Method::Ack | Method::Cancel));
    let required = (counts && role == Role::UserAgent).then(|| {
        let tags = request.typed_all::<Require<'a>>();
        tags.filter_map(|tag| tag.ok().map(|Require(tag)| tag))
    });
    let of_proxies = (counts && role == Role::Proxy).then(|| {
        let tags = request.typed_all::<ProxyRequire<'a>>();
        tags.filter_map(|tag| tag.ok().map(|ProxyRequire(tag)| tag))
    });
    let tags = required.into_iter().flatten();
    tags.chain(of_proxies.into_iter().flatten())
        .filter(move |tag| {
            !supported
                .iter()
                .any(|known| known.eq_ignore_ascii_case(tag))
        })
}

/// Checks that all extensions that `request` insists on are in `supported`: 420 where one is not, to be
/// answered with an Unsupported of what [`unsupported`] finds.
///
/// ```
/// use trunkline_sip_core::{
///     HeaderName, HeaderSpan, Message, MessageWriter, Role, check_extensions, unsupported,
/// };
///
/// let bytes = b"INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\
///     Require: 100rel, nothingSupportsThis\r\n\r\n";
/// let mut index = [HeaderSpan::default(); 8];
/// let request = Message::parse(bytes, &mut index)?;
///
/// let supported = ["100rel"];
/// let rejection = check_extensions(&request, Role::UserAgent, &supported).unwrap_err();
/// let mut buffer = [0; 512];
/// let status = rejection.status().expect("an INVITE is answered");
/// let len = MessageWriter::response_to(&mut buffer, &request, status, rejection.reason(), Some("1"))
///     .list(HeaderName::Unsupported, unsupported(&request, Role::UserAgent, &supported))
///     .finish()?;
/// assert!(buffer.starts_with(b"SIP/2.0 420 Bad Extension\r\n"));
/// assert!(buffer[..len].ends_with(b"Unsupported: nothingSupportsThis\r\nContent-Length: 0\r\n\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// How to reject the request: 420, or 400 where the header field is malformed.
pub fn check_extensions(
    request: &Message<'_>,
    role: Role,
    supported: &[&str],
) -> Result<(), Rejection> {
    if matches!(request.method(), None | Some(Method::Ack | Method::Cancel)) {
        return Ok(());
    }
    let sound = match role {
        Role::UserAgent => request
            .typed_all::<Require<'_>>()
            .try_for_each(|tag| tag.map(drop)),
        Role::Proxy => request
            .typed_all::<ProxyRequire<'_>>()
            .try_for_each(|tag| tag.map(drop)),
    };
    sound.map_err(|error| Rejection::of(request, broken(error)))?;
    if unsupported(request, role, supported).next().is_none() {
        return Ok(());
    }
    let status = StatusCode::BAD_EXTENSION;
    let name = role.header();
    Err(Rejection::of(
        request,
        Fault {
            status,
            reason: status.default_reason(),
            header: Some(name),
            offset: request.header(name).map_or(0, |field| field.value_offset()),
        },
    ))
}
