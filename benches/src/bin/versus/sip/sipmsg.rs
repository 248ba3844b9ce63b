//! `sipmsg`: reads every value when it parses, into maps by name.

use core::hint::black_box;

use ::sipmsg::{
    NomParser, SipHeaders, SipMessageType, SipRFCHeader, SipRequest, SipResponse,
    get_sip_message_type,
};

use crate::facts::{Facts, Refused, Said};
use crate::suite::Operation;

const NAME: &str = "sipmsg";

enum Message<'a> {
    Request(SipRequest<'a>),
    Response(SipResponse<'a>),
}

fn parse(message: &[u8]) -> Result<Message<'_>, Refused> {
    let parsed = if get_sip_message_type(message) == SipMessageType::Response {
        SipResponse::parse(message).map(|(_, response)| Message::Response(response))
    } else {
        SipRequest::parse(message).map(|(_, request)| Message::Request(request))
    };
    parsed.map_err(Refused::because)
}

pub(super) fn index(operation: &mut Operation, message: &'static [u8]) {
    operation.peer(
        NAME,
        move || facts(message),
        move || parse(black_box(message)),
    );
}

/// It splits values at commas and cuts parameters off, hence only header fields without these compare.
fn facts(message: &[u8]) -> Said {
    let message = parse(message)?;
    let (facts, headers, body) = match &message {
        Message::Request(request) => {
            let facts = Facts::new().with("method", format!("{:?}", request.rl.method));
            (facts, &request.headers, request.body)
        }
        Message::Response(response) => {
            let facts = Facts::new().with("status", response.sl.status_code as u16);
            (facts, &response.headers, response.body)
        }
    };
    let mut facts = facts.with("body", body.map_or(0, <[u8]>::len));
    for (name, header) in [
        ("call-id", SipRFCHeader::CallID),
        ("cseq", SipRFCHeader::CSeq),
        ("content-length", SipRFCHeader::ContentLength),
        ("max-forwards", SipRFCHeader::MaxForwards),
        ("user-agent", SipRFCHeader::UserAgent),
    ] {
        facts = single(facts, name, headers, header);
    }
    let vias = headers.get_rfc(SipRFCHeader::Via);
    Ok(facts.with("header.via.count", vias.map_or(0, |vias| vias.len())))
}

fn single(facts: Facts, name: &str, headers: &SipHeaders<'_>, header: SipRFCHeader) -> Facts {
    match headers.get_rfc_s(header) {
        Some(header) => facts.with(format!("header.{name}.1"), header.value.vstr),
        None => facts,
    }
}
