//! Messages from their parts, answers to messages, and messages with a few changes.

use core::hint::black_box;

use trunkline_sip_core::header::{CSeq, Contact, MaxForwards, RetryAfter, Route, Via};
use trunkline_sip_core::uri::{SipUriBuilder, Uri};
use trunkline_sip_core::{
    HeaderName, HeaderSpan, Host, HostPort, Message, MessageWriter, Method, Patch, StatusCode,
    Transport, WriteError, write_ack_for, write_cancel_for, write_response_to,
};

use super::{BUSY, INVITE};
use crate::check::{Failed, check, some};

pub fn run() -> Result<(), Failed> {
    from_parts()?;
    after_a_request()?;
    patch()
}

fn from_parts() -> Result<(), Failed> {
    let host_port = HostPort::new(Host::Name("192.0.2.10"), Some(5060));
    let contact = SipUriBuilder {
        user: Some("a b"),
        ..SipUriBuilder::new(host_port)
    };
    let mut buffer = [0; 512];
    let len = some!(
        MessageWriter::request(
            &mut buffer,
            Method::Options,
            black_box("sip:gw.example.com")
        )
        .typed(&Via::new(Transport::Udp, host_port, "z9hG4bK1"))
        .typed(&MaxForwards(black_box(70)))
        .typed(&Route::new(some!(Uri::parse("sip:p.example.com;lr"))))
        .header("Call-ID", "4711")
        .header(HeaderName::Contact, format_args!("<{contact}>"))
        .typed(&CSeq {
            number: 1,
            method: Method::Options
        })
        .body(b"hello")
    );
    let mut index = [HeaderSpan::default(); 16];
    let options = some!(Message::parse(some!(buffer.get(..len)), &mut index));
    check!(options.body() == b"hello" && options.headers().count() == 7);
    check!(some!(options.require::<Contact<'_>>()).uri().is_some());

    let mut small = [0; 20];
    let small = MessageWriter::request(&mut small, Method::Bye, "sip:a").finish();
    check!(matches!(small, Err(WriteError::TooSmall { .. })));
    Ok(())
}

fn after_a_request() -> Result<(), Failed> {
    let mut index = [HeaderSpan::default(); 32];
    let invite = some!(Message::parse(black_box(INVITE), &mut index));
    let mut index = [HeaderSpan::default(); 32];
    let busy = some!(Message::parse(black_box(BUSY), &mut index));

    let mut buffer = [0; 1024];
    let status = StatusCode::RINGING;
    let len = some!(write_response_to(
        &invite,
        status,
        "Ringing",
        Some("t1"),
        &mut buffer
    ));
    let mut index = [HeaderSpan::default(); 16];
    let ringing = some!(Message::parse(some!(buffer.get(..len)), &mut index));
    check!(ringing.typed_all::<Via<'_>>().flatten().count() == 3);

    let mut buffer = [0; 1024];
    let mut unavailable = MessageWriter::response_to(
        &mut buffer,
        &invite,
        StatusCode::SERVICE_UNAVAILABLE,
        "Busy",
        Some("t1"),
    );
    check!(unavailable.typed(&RetryAfter::new(30)).finish().is_ok());

    let mut buffer = [0; 1024];
    for written in [
        write_ack_for(&invite, &busy, &mut buffer),
        write_cancel_for(&invite, &mut buffer),
    ] {
        check!(some!(written) > 200);
    }
    let mut index = [HeaderSpan::default(); 16];
    let len = some!(write_cancel_for(&invite, &mut buffer));
    let cancel = some!(Message::parse(some!(buffer.get(..len)), &mut index));
    check!(cancel.method() == Some(Method::Cancel));
    check!(some!(cancel.require::<CSeq<'_>>()).number == 314_159);
    Ok(())
}

fn patch() -> Result<(), Failed> {
    let mut index = [HeaderSpan::default(); 32];
    let invite = some!(Message::parse(black_box(INVITE), &mut index));
    let mut buffer = [0; 2048];
    let len = some!(
        Patch::new(invite)
            .set_request_uri("sip:+4930123456@192.0.2.99")
            .stamp_via(([192, 0, 2, 7], 40_000).into())
            .push_via(&"SIP/2.0/UDP sbc.example.com;branch=z9hG4bK2")
            .prepend(HeaderName::RecordRoute, &"<sip:sbc.example.com;lr>")
            .append("X-Added", &"yes")
            .set(HeaderName::Expires, &"60")
            .pop(HeaderName::Route)
            .remove("x-nobody-knows")
            .set_number(HeaderName::MaxForwards, 69)
            .set_body(b"")
            .write(&mut buffer)
    );
    let mut index = [HeaderSpan::default(); 32];
    let patched = some!(Message::parse(some!(buffer.get(..len)), &mut index));
    check!(patched.typed_all::<Via<'_>>().flatten().count() == 4);
    check!(patched.header(HeaderName::Route).is_none() && patched.body().is_empty());
    check!(some!(patched.require::<MaxForwards>()).0 == 69);
    check!(patched.header("X-Added").is_some() && patched.header("X-Nobody-Knows").is_none());
    Ok(())
}
