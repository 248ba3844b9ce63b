//! `rsipstack`: owned strings, typed on demand.

use core::hint::black_box;

use ::rsipstack::sip::headers::{ContentLength, MaxForwards, Route, ToTypedHeader};
use ::rsipstack::sip::{
    Error, HasHeaders, Header, Headers, HeadersExt, Request, Response, SipMessage, StatusCode,
    Version, typed,
};

use super::stated::{Hop, Party, Typed, fields, written};
use super::{CALLEE, PROXY_RECORD_ROUTE, PROXY_VIA, TO_TAG};
use crate::facts::{Facts, Refused, Said};
use crate::suite::Operation;

const NAME: &str = "rsipstack";

pub(super) fn index(operation: &mut Operation, message: &'static [u8]) {
    operation.peer(
        NAME,
        move || {
            let message = SipMessage::try_from(message).map_err(Refused::because)?;
            let facts = match &message {
                SipMessage::Request(request) => Facts::new()
                    .with("method", request.method())
                    .with("uri", request.uri())
                    .with("body", request.body.len()),
                SipMessage::Response(response) => Facts::new()
                    .with("status", response.status_code.code())
                    .with("body", response.body.len()),
            };
            let headers = message.headers().iter();
            Ok(fields(
                facts,
                headers.map(|header| (header.name(), header.value())),
            ))
        },
        move || SipMessage::try_from(black_box(message)),
    );
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
    let vias = message.headers().iter().filter_map(|header| match header {
        Header::Via(via) => Some(via.typed()),
        _ => None,
    });
    Ok(Values {
        vias: vias.collect::<Result<_, _>>()?,
        from: message.from_header()?.typed()?,
        to: message.to_header()?.typed()?,
        cseq: message.cseq_header()?.typed()?,
        call_id: message.call_id_header()?.value().to_string(),
        contacts: message.typed_contact_headers()?,
        routes: message.typed_route_headers()?,
        record_routes: message.typed_record_route_headers()?,
    })
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
        sent_by: via.sent_by().to_string(),
        branch: via.branch().map(ToString::to_string),
    });
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
        routes: values.routes.iter().map(|r| r.uri.to_string()).collect(),
        record_routes: values
            .record_routes
            .iter()
            .map(|r| r.uri.to_string())
            .collect(),
    }
    .facts())
}

fn request(message: &[u8]) -> Result<Request, Refused> {
    match SipMessage::try_from(message).map_err(Refused::because)? {
        SipMessage::Request(request) => Ok(request),
        SipMessage::Response(_) => Err(Refused::because("no request")),
    }
}

pub(super) fn patch(operation: &mut Operation, message: &'static [u8]) {
    let invite = request(message);
    operation.peer(
        NAME,
        move || Ok(written(&forward(&request(message)?))),
        move || {
            invite
                .as_ref()
                .map(|invite| forward(black_box(invite)).len())
                .ok()
        },
    );
}

fn forward(request: &Request) -> Vec<u8> {
    let mut request = request.clone();
    let headers = &mut request.headers.0;
    let record_route = headers
        .iter()
        .position(|header| matches!(header, Header::RecordRoute(_)));
    headers.insert(
        record_route.unwrap_or(0),
        Header::RecordRoute(PROXY_RECORD_ROUTE.into()),
    );
    for header in headers.iter_mut() {
        if let Header::MaxForwards(hops) = header {
            let left: u32 = hops.value().parse().expect("a number");
            *header = Header::MaxForwards(MaxForwards::new((left - 1).to_string()));
        }
    }
    let route = headers
        .iter()
        .position(|header| matches!(header, Header::Route(_)));
    if let Some(at) = route
        && let Header::Route(route) = &headers[at]
    {
        let mut routes = typed::Route::parse_header_list(route.value()).expect("a sound Route");
        routes.remove(0);
        if routes.is_empty() {
            headers.remove(at);
        } else {
            let routes: Vec<_> = routes.iter().map(ToString::to_string).collect();
            headers[at] = Header::Route(Route::new(routes.join(", ")));
        }
    }
    request.headers.push_front(Header::Via(PROXY_VIA.into()));
    request.to_bytes()
}

pub(super) fn response(operation: &mut Operation, message: &'static [u8]) {
    let invite = request(message);
    operation.peer(
        NAME,
        move || Ok(written(&ring(&request(message)?))),
        move || {
            invite
                .as_ref()
                .map(|invite| ring(black_box(invite)).len())
                .ok()
        },
    );
}

fn ring(request: &Request) -> Vec<u8> {
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
    headers.push(Header::Contact(CALLEE.into()));
    headers.push(Header::ContentLength(ContentLength::new("0")));
    let response = Response {
        status_code: StatusCode::Ringing,
        version: Version::V2,
        headers,
        ..Response::default()
    };
    response.to_bytes()
}
