//! `rvoip-sip-core`: reads every value when it parses.

use core::hint::black_box;

use ::rvoip_sip_core::prelude::{HeaderName, Message, TypedHeader, Uri};
use ::rvoip_sip_core::{Error, parse_message};

use super::stated::{Hop, Party, Typed};
use crate::facts::{Facts, Refused, Said};
use crate::suite::Operation;

const NAME: &str = "rvoip-sip-core";

pub(super) fn index(operation: &mut Operation, message: &'static [u8]) {
    operation.peer(
        NAME,
        move || {
            let message = parse_message(message).map_err(Refused::because)?;
            let facts = match &message {
                Message::Request(request) => Facts::new()
                    .with("method", request.method())
                    .with("uri", plain(request.uri()))
                    .with("body", request.body().len()),
                Message::Response(response) => Facts::new()
                    .with("status", response.status().as_u16())
                    .with("body", response.body().len()),
            };
            Ok(facts.with("headers", headers(&message).len()))
        },
        move || parse_message(black_box(message)),
    );
}

/// It escapes the plus sign in what it writes, which is allowed and equal.
fn plain(uri: &Uri) -> String {
    uri.to_string().replace("%2B", "+")
}

fn headers(message: &Message) -> &[TypedHeader] {
    match message {
        Message::Request(request) => &request.headers,
        Message::Response(response) => &response.headers,
    }
}

/// All is typed once it is parsed; what remains is to look at it.
pub(super) fn typed(operation: &mut Operation, message: &'static [u8]) {
    operation.peer(
        NAME,
        move || typed_facts(message),
        move || read(black_box(message)),
    );
}

fn read(message: &[u8]) -> Result<(Message, usize), Error> {
    let message = parse_message(message)?;
    let core = headers(&message).iter().filter(|header| {
        matches!(
            header,
            TypedHeader::Via(_)
                | TypedHeader::From(_)
                | TypedHeader::To(_)
                | TypedHeader::CSeq(_)
                | TypedHeader::CallId(_)
                | TypedHeader::Contact(_)
                | TypedHeader::Route(_)
                | TypedHeader::RecordRoute(_)
        )
    });
    let count = core.count();
    Ok((message, count))
}

fn typed_facts(message: &[u8]) -> Said {
    let (message, _) = read(message).map_err(Refused::because)?;
    let mut typed = Typed::default();
    for header in headers(&message) {
        match header {
            TypedHeader::Via(via) => typed.vias.extend(via.headers().iter().map(|via| Hop {
                transport: via.transport().to_string(),
                sent_by: match via.port() {
                    Some(port) => format!("{}:{port}", via.host()),
                    None => via.host().to_string(),
                },
                branch: via.branch().map(str::to_string),
            })),
            TypedHeader::From(from) => {
                typed.from = Party {
                    uri: plain(&from.address().uri),
                    tag: from.tag().map(str::to_string),
                }
            }
            TypedHeader::To(to) => {
                typed.to = Party {
                    uri: plain(&to.address().uri),
                    tag: to.tag().map(str::to_string),
                }
            }
            TypedHeader::CSeq(cseq) => {
                typed.cseq = format!("{} {}", cseq.sequence(), cseq.method());
            }
            TypedHeader::CallId(id) => typed.call_id = id.as_str().to_string(),
            TypedHeader::Contact(contact) => {
                let uris = contact.addresses().map(|address| plain(&address.uri));
                typed.contacts.extend(uris);
            }
            TypedHeader::Route(route) => {
                typed.routes.extend(route.iter().map(|r| plain(&r.0.uri)));
            }
            TypedHeader::RecordRoute(route) => {
                typed
                    .record_routes
                    .extend(route.iter().map(|r| plain(r.uri())));
            }
            TypedHeader::Other(name @ (HeaderName::Contact | HeaderName::Via), _) => {
                return Err(Refused(format!("leaves a {name} unread")));
            }
            _ => {}
        }
    }
    Ok(typed.facts())
}
