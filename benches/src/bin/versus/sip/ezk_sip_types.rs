//! `ezk-sip-types`: slices of shared bytes, typed on demand; the parser pulls lines, which the caller puts
//! into a map.

use core::hint::black_box;

use ::ezk_sip_types::header::typed::{CSeq, CallID, Contact, FromTo, Routing, Via};
use ::ezk_sip_types::msg::{Line, MessageLine, PullParser};
use ::ezk_sip_types::parse::Parse;
use ::ezk_sip_types::print::{AppendCtx, PrintCtx};
use ::ezk_sip_types::uri::SipUri;
use ::ezk_sip_types::{Headers, Name};
use bytes::Bytes;

use super::stated::{Hop, Party, Typed, fields};
use crate::facts::{Facts, Refused, Said};
use crate::suite::Operation;

const NAME: &str = "ezk-sip-types";

struct Message {
    line: MessageLine,
    headers: Headers,
    body: usize,
}

fn parse(bytes: &Bytes) -> Result<Message, Refused> {
    let mut parser = PullParser::new(bytes, 0);
    let first = parser.next().ok_or_else(|| Refused::because("empty"))?;
    let first = core::str::from_utf8(first.map_err(Refused::because)?).map_err(Refused::because)?;
    let (_, line) = MessageLine::parse(bytes)(first).map_err(Refused::because)?;
    let mut headers = Headers::new();
    for line in &mut parser {
        let line =
            core::str::from_utf8(line.map_err(Refused::because)?).map_err(Refused::because)?;
        let (_, line) = Line::parse(bytes, line).map_err(Refused::because)?;
        headers.extend([(line.name, line.value)]);
    }
    Ok(Message {
        line,
        headers,
        body: bytes.len() - parser.head_end(),
    })
}

pub(super) fn index(operation: &mut Operation, message: &'static [u8]) {
    let bytes = Bytes::from_static(message);
    operation.peer(
        NAME,
        move || {
            let message = parse(&Bytes::from_static(message))?;
            let facts = Facts::new().with("body", message.body);
            let facts = match &message.line {
                MessageLine::Request(line) => facts
                    .with("method", &line.method)
                    .with("uri", uri(&line.uri)),
                MessageLine::Response(line) => facts.with("status", line.code.into_u16()),
            };
            let headers = message.headers.iter();
            Ok(fields(
                facts,
                headers.map(|(name, value)| (name.as_print_str().to_string(), value.to_string())),
            ))
        },
        move || parse(black_box(&bytes)),
    );
}

fn uri(uri: &SipUri) -> String {
    uri.print_ctx(PrintCtx::default()).to_string()
}

/// The typed values, of the same header fields for everybody.
struct Values {
    vias: Vec<Via>,
    from: FromTo,
    to: FromTo,
    cseq: CSeq,
    call_id: CallID,
    contacts: Vec<Contact>,
    routes: Vec<Routing>,
    record_routes: Vec<Routing>,
}

fn read(bytes: &Bytes) -> Result<Values, Refused> {
    let headers = parse(bytes)?.headers;
    let routing = |name| match headers.try_get(name) {
        Some(routes) => routes.map_err(Refused::because),
        None => Ok(Vec::new()),
    };
    Ok(Values {
        vias: headers.get_named().map_err(Refused::because)?,
        from: headers.get(Name::FROM).map_err(Refused::because)?,
        to: headers.get(Name::TO).map_err(Refused::because)?,
        cseq: headers.get_named().map_err(Refused::because)?,
        call_id: headers.get_named().map_err(Refused::because)?,
        contacts: headers.get_named().map_err(Refused::because)?,
        routes: routing(Name::ROUTE)?,
        record_routes: routing(Name::RECORD_ROUTE)?,
    })
}

pub(super) fn typed(operation: &mut Operation, message: &'static [u8]) {
    let bytes = Bytes::from_static(message);
    operation.peer(
        NAME,
        move || typed_facts(&Bytes::from_static(message)),
        move || read(black_box(&bytes)),
    );
}

fn typed_facts(bytes: &Bytes) -> Said {
    let values = read(bytes)?;
    let vias = values.vias.iter().map(|via| Hop {
        transport: via.transport.to_string(),
        sent_by: via.sent_by.print_ctx(PrintCtx::default()).to_string(),
        branch: via.params.get_val("branch").map(ToString::to_string),
    });
    let party = |party: &FromTo| Party {
        uri: uri(&party.uri.uri),
        tag: party.tag.as_ref().map(ToString::to_string),
    };
    let routes = |routes: &[Routing]| routes.iter().map(|route| uri(&route.uri.uri)).collect();
    Ok(Typed {
        vias: vias.collect(),
        from: party(&values.from),
        to: party(&values.to),
        cseq: format!("{} {}", values.cseq.cseq, values.cseq.method),
        call_id: values.call_id.0.to_string(),
        contacts: values.contacts.iter().map(|c| uri(&c.uri.uri)).collect(),
        routes: routes(&values.routes),
        record_routes: routes(&values.record_routes),
    }
    .facts())
}
