//! `rsip`: owned strings, typed on demand.

use core::hint::black_box;

use ::rsip::headers::{RecordRoute, Route, ToTypedHeader, UntypedHeader, typed};
use ::rsip::message::{HasHeaders, HeadersExt};
use ::rsip::{Error, Header, Headers, Request, Response, SipMessage, StatusCode};

use super::stated::{Hop, Party, Typed, fields, written};
use super::{CALLEE, PROXY_RECORD_ROUTE, PROXY_VIA, TO_TAG};
use crate::facts::{Facts, Refused, Said};
use crate::suite::Operation;

const NAME: &str = "rsip";

pub(super) fn index(operation: &mut Operation, message: &'static [u8]) {
    operation.peer(
        NAME,
        move || {
            let message = SipMessage::try_from(message).map_err(Refused::because)?;
            let facts = Facts::new().with("body", message.body().len());
            let facts = match &message {
                SipMessage::Request(request) => facts
                    .with("method", request.method())
                    .with("uri", request.uri()),
                SipMessage::Response(response) => {
                    facts.with("status", response.status_code().code())
                }
            };
            let headers = message.headers().iter().map(ToString::to_string);
            Ok(fields(facts, headers.map(split)))
        },
        move || SipMessage::try_from(black_box(message)),
    );
}

fn split(header: String) -> (String, String) {
    let (name, value) = header.split_once(": ").expect("a header field");
    (name.to_string(), value.to_string())
}

/// The typed values, of the same header fields for everybody.
struct Values {
    vias: Vec<typed::Via>,
    from: typed::From,
    to: typed::To,
    cseq: typed::CSeq,
    call_id: String,
    contacts: Vec<typed::Contact>,
    routes: Vec<typed::Route>,
    record_routes: Vec<typed::RecordRoute>,
}

fn read(message: &[u8]) -> Result<Values, Error> {
    let message = SipMessage::try_from(message)?;
    let mut values = Values {
        vias: Vec::new(),
        from: message.from_header()?.typed()?,
        to: message.to_header()?.typed()?,
        cseq: message.cseq_header()?.typed()?,
        call_id: message.call_id_header()?.value().to_string(),
        contacts: Vec::new(),
        routes: Vec::new(),
        record_routes: Vec::new(),
    };
    for header in message.headers().iter() {
        match header {
            Header::Via(via) => values.vias.push(via.typed()?),
            Header::Contact(contact) => values.contacts.push(contact.typed()?),
            Header::Route(route) => values.routes.push(route.typed()?),
            Header::RecordRoute(route) => values.record_routes.push(route.typed()?),
            _ => {}
        }
    }
    Ok(values)
}

pub(super) fn typed(operation: &mut Operation, message: &'static [u8]) {
    operation.peer(
        NAME,
        move || typed_facts(message),
        move || read(black_box(message)),
    );
}

fn typed_facts(message: &[u8]) -> Said {
    let values = read(message).map_err(Refused::because)?;
    let vias = values.vias.iter().map(|via| Hop {
        transport: via.transport.to_string(),
        sent_by: via.uri.host_with_port.to_string(),
        branch: via.branch().map(ToString::to_string),
    });
    let routes = values.routes.iter().flat_map(typed::Route::uris);
    let record_routes = values
        .record_routes
        .iter()
        .flat_map(typed::RecordRoute::uris);
    Ok(Typed {
        vias: vias.collect(),
        from: Party {
            uri: values.from.uri.to_string(),
            tag: values.from.tag().map(ToString::to_string),
        },
        to: Party {
            uri: values.to.uri.to_string(),
            tag: values.to.tag().map(ToString::to_string),
        },
        cseq: values.cseq.to_string(),
        call_id: values.call_id,
        contacts: values.contacts.iter().map(|c| c.uri.to_string()).collect(),
        routes: routes.map(|route| route.uri.to_string()).collect(),
        record_routes: record_routes.map(|route| route.uri.to_string()).collect(),
    }
    .facts())
}

fn request(message: &[u8]) -> Result<Request, Refused> {
    Request::try_from(message).map_err(Refused::because)
}

pub(super) fn patch(operation: &mut Operation, message: &'static [u8]) {
    let invite = request(message);
    operation.peer(
        NAME,
        move || Ok(written(forward(&request(message)?).as_bytes())),
        move || {
            invite
                .as_ref()
                .map(|invite| forward(black_box(invite)).len())
                .ok()
        },
    );
}

fn forward(request: &Request) -> String {
    let mut request = request.clone();
    let mut headers = Vec::from(core::mem::take(&mut request.headers));
    let top_via = headers
        .iter()
        .position(|header| matches!(header, Header::Via(_)));
    headers.insert(
        top_via.unwrap_or(0),
        ::rsip::headers::Via::new(PROXY_VIA).into(),
    );
    let record_route = headers
        .iter()
        .position(|header| matches!(header, Header::RecordRoute(_)));
    headers.insert(
        record_route.unwrap_or(0),
        RecordRoute::new(PROXY_RECORD_ROUTE).into(),
    );
    for header in &mut headers {
        if let Header::MaxForwards(hops) = header {
            let left = hops.num().expect("a number") - 1;
            *header = ::rsip::headers::MaxForwards::from(left).into();
        }
    }
    let route = headers
        .iter()
        .position(|header| matches!(header, Header::Route(_)));
    if let Some(at) = route
        && let Header::Route(route) = &headers[at]
    {
        let route: typed::Route = route.typed().expect("a sound Route");
        let mut uris = route.0;
        uris.0.remove(0);
        if uris.0.is_empty() {
            headers.remove(at);
        } else {
            headers[at] = Route::new(uris.to_string()).into();
        }
    }
    request.headers = Headers::from(headers);
    request.to_string()
}

pub(super) fn response(operation: &mut Operation, message: &'static [u8]) {
    let invite = request(message);
    operation.peer(
        NAME,
        move || Ok(written(ring(&request(message)?).as_bytes())),
        move || {
            invite
                .as_ref()
                .map(|invite| ring(black_box(invite)).len())
                .ok()
        },
    );
}

fn ring(request: &Request) -> String {
    let mut headers = Headers::default();
    for header in request.headers.iter() {
        match header {
            Header::Via(_)
            | Header::RecordRoute(_)
            | Header::From(_)
            | Header::CallId(_)
            | Header::CSeq(_) => headers.push(header.clone()),
            Header::To(to) => {
                let to = to.typed().expect("a sound To");
                headers.push(to.with_tag(TO_TAG.into()).into());
            }
            _ => {}
        }
    }
    headers.push(::rsip::headers::Contact::new(CALLEE).into());
    headers.push(::rsip::headers::ContentLength::from(0).into());
    let response = Response {
        status_code: StatusCode::Ringing,
        headers,
        ..Response::default()
    };
    response.to_string()
}
