//! The four transactions over inline buffers, and a dialog over an inline row of octets.

use core::hint::black_box;
use core::time::Duration;

use trunkline_sans_io::{FiveTuple, Instant};
use trunkline_sip_core::{
    ClientInvite, ClientInviteState, ClientNonInvite, Destination, Dialog, DialogState, HeaderSpan,
    Message, Method, Reaction, RequestReaction, ServerInvite, ServerNonInvite, StatusCode, Timers,
    TransactionEvent, write_ack_for,
};

use super::{BUSY, INVITE};
use crate::check::{Failed, check, some};

const TIMERS: Timers = Timers::RFC;

pub fn run() -> Result<(), Failed> {
    client_invite()?;
    client_non_invite()?;
    server_invite()?;
    server_non_invite()?;
    dialog()
}

fn destination() -> Destination {
    Destination::new(FiveTuple::udp(
        ([192, 0, 2, 1], 5060).into(),
        ([192, 0, 2, 9], 5060).into(),
    ))
}

/// A message in a buffer of fixed size, as a machine at core level keeps it.
#[derive(Clone)]
struct Kept {
    bytes: [u8; 2048],
    len: usize,
}

impl Kept {
    fn new(message: &[u8]) -> Option<Self> {
        let mut bytes = [0; 2048];
        bytes.get_mut(..message.len())?.copy_from_slice(message);
        Some(Self {
            bytes,
            len: message.len(),
        })
    }
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

fn client_invite() -> Result<(), Failed> {
    let mut now = black_box(Instant::ORIGIN);
    let mut buf = [0; 2048];
    let kept = some!(Kept::new(INVITE));
    let mut call = ClientInvite::new(now, destination(), kept, &TIMERS);
    check!(call.poll_transmit(now, &mut buf[..100]).is_err());
    check!(some!(some!(call.poll_transmit(now, &mut buf))).len == INVITE.len());
    now += TIMERS.t1;
    check!(call.poll_timeout() == Some(now));
    call.handle_timeout(now, &TIMERS);
    check!(some!(call.poll_transmit(now, &mut buf)).is_some());
    let busy = StatusCode::BUSY_HERE;
    let reaction = call.handle_response(now, &TIMERS, busy, |invite| {
        let (mut index, mut other) = ([HeaderSpan::default(); 32], [HeaderSpan::default(); 32]);
        let invite = Message::parse(invite, &mut index).ok()?;
        let busy = Message::parse(BUSY, &mut other).ok()?;
        let mut ack = [0; 1024];
        let len = write_ack_for(&invite, &busy, &mut ack).ok()?;
        Kept::new(ack.get(..len)?)
    });
    check!(reaction == Reaction::Deliver && call.state() == ClientInviteState::Completed);
    let ack = some!(some!(call.poll_transmit(now, &mut buf)));
    check!(some!(buf.get(..ack.len)).starts_with(b"ACK "));
    call.handle_timeout(now + TIMERS.timer_d, &TIMERS);
    check!(call.is_finished());

    let mut dead = ClientInvite::new(now, destination(), INVITE, &TIMERS);
    check!(dead.cancel(now, &TIMERS));
    dead.handle_timeout(now + TIMERS.timer_b, &TIMERS);
    check!(matches!(
        dead.poll_event(),
        Some(TransactionEvent::Failed(_))
    ));
    Ok(())
}

fn client_non_invite() -> Result<(), Failed> {
    let now = black_box(Instant::ORIGIN);
    let mut buf = [0; 64];
    let request: &[u8] = b"OPTIONS sip:a SIP/2.0\r\n\r\n";
    let mut options = ClientNonInvite::new(now, destination(), request, &TIMERS);
    check!(some!(options.poll_transmit(now, &mut buf)).is_some());
    options.handle_timeout(now + TIMERS.t1, &TIMERS);
    check!(some!(options.poll_transmit(now, &mut buf)).is_some());
    let reaction = options.handle_response(now + TIMERS.t1, &TIMERS, StatusCode::OK);
    check!(reaction == Reaction::Deliver);
    options.handle_timeout(now + TIMERS.t1 + TIMERS.t4, &TIMERS);
    check!(options.is_finished());

    let mut failed = ClientNonInvite::new(now, destination(), request, &TIMERS);
    failed.handle_send_failed();
    check!(matches!(
        failed.poll_event(),
        Some(TransactionEvent::Failed(_))
    ));
    Ok(())
}

fn server_invite() -> Result<(), Failed> {
    let now = black_box(Instant::ORIGIN);
    let mut buf = [0; 1024];
    let trying: &[u8] = b"SIP/2.0 100 Trying\r\n\r\n";
    let mut call = ServerInvite::new(now, destination(), Some(trying), &TIMERS);
    call.handle_timeout(now + TIMERS.trying, &TIMERS);
    check!(some!(some!(call.poll_transmit(now, &mut buf))).len == trying.len());
    check!(
        call.respond(now, &TIMERS, StatusCode::BUSY_HERE, BUSY)
            .is_ok()
    );
    check!(call.respond(now, &TIMERS, StatusCode::OK, BUSY).is_err());
    check!(some!(some!(call.poll_transmit(now, &mut buf))).len == BUSY.len());
    call.handle_invite();
    check!(some!(call.poll_transmit(now, &mut buf)).is_some());
    check!(call.handle_ack(now, &TIMERS) == RequestReaction::Absorb);
    call.handle_timeout(now + TIMERS.t4, &TIMERS);
    check!(call.is_finished());
    Ok(())
}

fn server_non_invite() -> Result<(), Failed> {
    let now = black_box(Instant::ORIGIN);
    let mut buf = [0; 64];
    let ok: &[u8] = b"SIP/2.0 200 OK\r\n\r\n";
    let mut options = ServerNonInvite::new(now, destination(), &TIMERS);
    options.handle_request();
    check!(some!(options.poll_transmit(now, &mut buf)).is_none());
    check!(options.respond(now, &TIMERS, StatusCode::OK, ok).is_ok());
    check!(some!(options.poll_transmit(now, &mut buf)).is_some());
    options.handle_request();
    check!(some!(options.poll_transmit(now, &mut buf)).is_some());
    options.handle_timeout(now + Duration::from_secs(32), &TIMERS);
    check!(options.is_finished());
    Ok(())
}

fn dialog() -> Result<(), Failed> {
    let mut index = [HeaderSpan::default(); 32];
    let invite = some!(Message::parse(black_box(INVITE), &mut index));
    let mut callee = some!(Dialog::callee([0; 500], &invite, "a6c85cf"));
    check!(callee.routes().count() == 2 && callee.next_hop().is_some());
    callee.confirm();
    check!(callee.state() == DialogState::Confirmed);
    let cseq = some!(callee.next_cseq());
    let mut buffer = [0; 1024];
    let len = some!(callee.request(&mut buffer, Method::Bye, cseq).finish());
    let mut index = [HeaderSpan::default(); 32];
    let bye = some!(Message::parse(some!(buffer.get(..len)), &mut index));

    let ok = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds\r\n\
        Record-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr;transport=tcp>\r\n\
        From: <sip:alice@atlanta.example.com>;tag=1928301774\r\n\
        To: <sip:+4930123456@sbc.example.com;user=phone>;tag=a6c85cf\r\n\
        Call-ID: a84b4c76e66710@192.0.2.10\r\nCSeq: 314159 INVITE\r\n\
        Contact: <sip:192.0.2.99>\r\n\r\n";
    let mut index = [HeaderSpan::default(); 32];
    let ok = some!(Message::parse(black_box(ok), &mut index));
    let mut caller = some!(Dialog::caller([0; 500], &invite));
    check!(caller.answered(&ok).is_ok() && caller.remote_target() == "sip:192.0.2.99");
    check!(caller.matches_request(&bye) && caller.check_request(&bye).is_ok());
    check!(Dialog::callee([0; 50], &invite, "a6c85cf").is_err());
    Ok(())
}
