//! Taking streams and messages apart, and saying whether a message may be processed.

use core::hint::black_box;

use trunkline_sip_core::{
    Frame, Framer, HeaderName, HeaderSpan, Message, Method, Rules, StartLine, StatusCode,
    check_max_forwards, is_keep_alive, validate,
};

use super::{BUSY, INVITE};
use crate::check::{Failed, check, some};

pub fn run() -> Result<(), Failed> {
    stream()?;
    views()?;
    verdicts()
}

/// A keep-alive and a message, octet by octet.
fn stream() -> Result<(), Failed> {
    check!(is_keep_alive(black_box(b"\r\n\r\n")));
    let mut framer = Framer::with_limits(4096, 1024);
    check!(framer.next(black_box(b"\r\n\r\n")) == Ok(Frame::Ping { len: 4 }));
    for len in 0..INVITE.len() {
        check!(framer.next(some!(INVITE.get(..len))) == Ok(Frame::Incomplete));
    }
    check!(framer.next(black_box(INVITE)) == Ok(Frame::Message { len: INVITE.len() }));
    check!(
        Framer::new()
            .next(b"INVITE a SIP/2.0\r\nl: 1000000\r\n\r\n")
            .is_err()
    );
    Ok(())
}

fn views() -> Result<(), Failed> {
    let mut index = [HeaderSpan::default(); 32];
    let invite = some!(Message::parse(black_box(INVITE), &mut index));
    check!(invite.is_request() && invite.method() == Some(Method::Invite));
    check!(matches!(invite.start_line(), StartLine::Request { .. }));
    check!(invite.headers().count() == 20 && invite.body() == b"v=0\n");
    check!(invite.headers_named(HeaderName::Via).count() == 2);
    let unknown = some!(invite.header("x-nobody-knows"));
    check!(unknown.value().ends_with(b"a fold") && unknown.raw_name() == "X-Nobody-Knows");

    let mut index = [HeaderSpan::default(); 32];
    let busy = some!(Message::parse(black_box(BUSY), &mut index));
    check!(busy.status() == Some(StatusCode::BUSY_HERE) && busy.reason() == Some(b"Busy Here"));

    check!(Message::parse(black_box(INVITE), &mut [HeaderSpan::default(); 4]).is_err());
    let mut index = [HeaderSpan::default(); 32];
    let cut = some!(INVITE.get(..INVITE.len() - 1));
    check!(Message::parse(black_box(cut), &mut index).is_err());
    check!(Message::parse_head(black_box(cut), &mut index).is_ok());
    Ok(())
}

fn verdicts() -> Result<(), Failed> {
    let mut index = [HeaderSpan::default(); 32];
    let invite = some!(Message::parse(black_box(INVITE), &mut index));
    check!(validate(&invite, &Rules::DEFAULT).is_ok());
    check!(check_max_forwards(&invite) == Ok(Some(70)));

    let looped = b"BYE sip:a@example.com SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\
        Max-Forwards: 0\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: 1\r\n\
        CSeq: 1 INVITE\r\n\r\n";
    let mut index = [HeaderSpan::default(); 32];
    let looped = some!(Message::parse(black_box(looped), &mut index));
    let verdict = validate(&looped, &Rules::DEFAULT).map_err(|rejection| rejection.status());
    check!(verdict == Err(Some(StatusCode::BAD_REQUEST)));
    let verdict = check_max_forwards(&looped).map_err(|rejection| rejection.status());
    check!(verdict == Err(Some(StatusCode::TOO_MANY_HOPS)));
    Ok(())
}
