//! Ours.

use core::hint::black_box;

use trunkline_sip_core::header::{
    CSeq, CallId, Contact, From, Header, MaxForwards, RecordRoute, Route, To, Via,
};
use trunkline_sip_core::{HeaderName, HeaderSpan, Message, MessageWriter, Patch, StatusCode};

use super::stated::{Hop, Party, Typed, fields, text, written};
use super::{CALLEE, PROXY_RECORD_ROUTE, PROXY_VIA, TO_TAG};
use crate::facts::Facts;
use crate::suite::Operation;

fn spans() -> [HeaderSpan; 64] {
    [HeaderSpan::default(); 64]
}

fn parse<'a>(bytes: &'a [u8], spans: &'a mut [HeaderSpan; 64]) -> Message<'a> {
    Message::parse(bytes, spans).expect("a sound message")
}

pub(super) fn index(operation: &mut Operation, bytes: &'static [u8]) {
    let mut spans = spans();
    operation.ours(
        || index_facts(bytes),
        move || parse(black_box(bytes), &mut spans).headers().len(),
    );
}

fn index_facts(bytes: &[u8]) -> Facts {
    let mut spans = spans();
    let message = parse(bytes, &mut spans);
    let mut facts = Facts::new().with("body", message.body().len());
    if let Some(method) = message.method() {
        facts = facts.with("method", method);
    }
    if let Some(uri) = message.request_uri() {
        facts = facts.with("uri", uri);
    }
    if let Some(status) = message.status() {
        facts = facts.with("status", status.code());
    }
    fields(
        facts,
        message
            .headers()
            .map(|field| (field.raw_name(), text(field.value()))),
    )
}

pub(super) fn typed(operation: &mut Operation, bytes: &'static [u8]) {
    let mut spans = spans();
    operation.ours(
        move || typed_facts(bytes),
        move || {
            let message = parse(black_box(bytes), &mut spans);
            all::<Via<'_>>(&message);
            all::<From<'_>>(&message);
            all::<To<'_>>(&message);
            all::<CSeq<'_>>(&message);
            all::<CallId<'_>>(&message);
            all::<Contact<'_>>(&message);
            all::<Route<'_>>(&message);
            all::<RecordRoute<'_>>(&message);
        },
    );
}

fn all<'a, H: Header<'a>>(message: &Message<'a>) {
    for value in message.typed_all::<H>() {
        let _ = black_box(value);
    }
}

fn typed_facts(bytes: &[u8]) -> Facts {
    let mut spans = spans();
    let message = parse(bytes, &mut spans);
    let from: From<'_> = message.require().expect("a sound From");
    let to: To<'_> = message.require().expect("a sound To");
    let cseq: CSeq<'_> = message.require().expect("a sound CSeq");
    let call_id: CallId<'_> = message.require().expect("a sound Call-ID");
    let vias = sound::<Via<'_>>(&message).map(|via| Hop {
        transport: via.transport.to_string(),
        sent_by: via.sent_by.to_string(),
        branch: via.branch.map(str::to_string),
    });
    let contacts =
        sound::<Contact<'_>>(&message).filter_map(|contact| contact.uri().map(ToString::to_string));
    Typed {
        vias: vias.collect(),
        from: Party {
            uri: from.uri().to_string(),
            tag: from.tag.map(str::to_string),
        },
        to: Party {
            uri: to.uri().to_string(),
            tag: to.tag.map(str::to_string),
        },
        cseq: format!("{} {}", cseq.number, cseq.method),
        call_id: call_id.0.to_string(),
        contacts: contacts.collect(),
        routes: sound::<Route<'_>>(&message)
            .map(|route| route.uri().to_string())
            .collect(),
        record_routes: sound::<RecordRoute<'_>>(&message)
            .map(|route| route.uri().to_string())
            .collect(),
    }
    .facts()
}

fn sound<'a, H: Header<'a>>(message: &Message<'a>) -> impl Iterator<Item = H> {
    message
        .typed_all::<H>()
        .map(|value| value.expect("a sound value"))
}

pub(super) fn patch(operation: &mut Operation, bytes: &'static [u8]) {
    let invite = parse(bytes, Box::leak(Box::new(spans())));
    let mut buffer = [0; 4096];
    operation.ours(
        move || {
            let mut buffer = [0; 4096];
            let length = forward(&invite, &mut buffer);
            written(&buffer[..length])
        },
        move || forward(black_box(&invite), &mut buffer),
    );
}

fn forward(request: &Message<'_>, buffer: &mut [u8]) -> usize {
    let hops: MaxForwards = request.require().expect("a sound Max-Forwards");
    Patch::new(*request)
        .push_via(&PROXY_VIA)
        .prepend(HeaderName::RecordRoute, &PROXY_RECORD_ROUTE)
        .set_number(HeaderName::MaxForwards, u32::from(hops.0) - 1)
        .pop(HeaderName::Route)
        .write(buffer)
        .expect("room")
}

pub(super) fn response(operation: &mut Operation, bytes: &'static [u8]) {
    let invite = parse(bytes, Box::leak(Box::new(spans())));
    let mut buffer = [0; 4096];
    operation.ours(
        move || {
            let mut buffer = [0; 4096];
            let length = ring(&invite, &mut buffer);
            written(&buffer[..length])
        },
        move || ring(black_box(&invite), &mut buffer),
    );
}

fn ring(request: &Message<'_>, buffer: &mut [u8]) -> usize {
    MessageWriter::response_to(buffer, request, StatusCode::RINGING, "", Some(TO_TAG))
        .header(HeaderName::Contact, CALLEE)
        .finish()
        .expect("room")
}
