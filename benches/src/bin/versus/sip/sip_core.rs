//! `sip-core` of the sipr family: owned strings, untyped.

use core::hint::black_box;

use ::sip_core::header::HeaderName;
use ::sip_core::message::{ResponseBuilder, SipMessage, SipRequest, StatusCode};

use super::stated::{fields, written};
use super::{CALLEE, TO_TAG};
use crate::facts::{Facts, Refused};
use crate::suite::Operation;

const NAME: &str = "sip-core";

/// It reads text, so that looking for broken UTF-8 is part of the work.
fn parse(message: &[u8]) -> Result<SipMessage, Refused> {
    let text = core::str::from_utf8(message).map_err(Refused::because)?;
    SipMessage::parse(text).map_err(Refused::because)
}

pub(super) fn index(operation: &mut Operation, message: &'static [u8]) {
    operation.peer(
        NAME,
        move || {
            let message = parse(message)?;
            let facts = match &message {
                SipMessage::Request(request) => Facts::new()
                    .with("method", &request.method)
                    .with("uri", &request.uri),
                SipMessage::Response(response) => Facts::new().with("status", response.status.0),
            };
            let headers = message.headers().iter();
            Ok(fields(
                facts,
                headers.map(|header| (header.name.as_str(), header.value.as_str())),
            ))
        },
        move || parse(black_box(message)),
    );
}

fn request(message: &[u8]) -> Result<SipRequest, Refused> {
    match parse(message)? {
        SipMessage::Request(request) => Ok(request),
        SipMessage::Response(_) => Err(Refused::because("no request")),
    }
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

/// Its builder copies all but Record-Route and takes one of those.
fn ring(request: &SipRequest) -> Vec<u8> {
    let mut builder = ResponseBuilder::from_request(request, StatusCode(180));
    let record_route = HeaderName::from_str("Record-Route");
    if let Some(route) = request.headers.get(&record_route) {
        builder = builder.header(record_route, route.as_str());
    }
    if let Some(to) = request.headers.get(&HeaderName::To) {
        builder = builder.header(HeaderName::To, format!("{to};tag={TO_TAG}"));
    }
    let builder = builder.header(HeaderName::Contact, CALLEE);
    builder.build().to_bytes()
}
