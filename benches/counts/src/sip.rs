//! SIP messages, and transactions over them.

mod pair;

use core::hint::black_box;

use trunkline_sans_io::{FiveTuple, Instant};
use trunkline_sip_core::header::{
    CSeq, CallId, Contact, From, Header, RecordRoute, Route, To, Via,
};
use trunkline_sip_core::{
    Frame, Framer, HeaderName, HeaderSpan, LayerConfig, Message, MessageWriter, Patch, Rules,
    StatusCode, TransactionLayer, validate,
};

use self::pair::Pair;
use crate::{Operation, placed};

const OPTIONS: &[u8] = include_bytes!("../../../sip-core/tests/vectors/messages/options.sip");
const REGISTER: &[u8] = include_bytes!("../../../sip-core/tests/vectors/messages/register.sip");
pub(crate) const INVITE: &[u8] =
    include_bytes!("../../../sip-core/tests/vectors/messages/invite.sip");
const OK200: &[u8] = include_bytes!("../../../sip-core/tests/vectors/messages/ok200.sip");
const LYNC: &[u8] = include_bytes!("../../../sip-core/tests/vectors/messages/lync.sip");
const ACK: &[u8] = include_bytes!("../../../sip-core/tests/vectors/messages/ack.sip");

/// The messages that are indexed, by the name of the operation.
pub const MESSAGES: [(&str, &[u8]); 6] = [
    ("sip.index.options", OPTIONS),
    ("sip.index.register", REGISTER),
    ("sip.index.invite", INVITE),
    ("sip.index.ok200", OK200),
    ("sip.index.lync", LYNC),
    ("sip.index.ack", ACK),
];

fn no_spans() -> [HeaderSpan; 64] {
    [HeaderSpan::default(); 64]
}

/// The operations of `trunkline-sip-core`.
#[must_use]
pub fn sip() -> Vec<Operation> {
    let mut operations: Vec<_> = MESSAGES.map(|(name, message)| index(name, message)).into();
    operations.extend([
        typed("sip.typed.invite", INVITE),
        typed("sip.typed.lync", LYNC),
        validation(),
        patch(),
        response(),
        frame("sip.frame.whole", usize::MAX),
        frame("sip.frame.pieces", 200),
        call("sip.transaction.200", StatusCode::OK),
        call("sip.transaction.486", StatusCode::BUSY_HERE),
        overload(),
    ]);
    operations
}

fn index(name: &'static str, message: &[u8]) -> Operation {
    let message = placed(message);
    let mut spans = no_spans();
    let index = move || {
        let message = Message::parse(black_box(message), &mut spans);
        message.expect("a sound message").headers().len()
    };
    Operation::new(name, index).over(message)
}

fn each<'a, H: Header<'a>>(message: &Message<'a>) {
    for value in message.typed_all::<H>() {
        black_box(value.is_ok());
        black_box(value.ok());
    }
}

/// Index and typed values of what every element looks at.
fn typed(name: &'static str, message: &[u8]) -> Operation {
    let message = placed(message);
    let mut spans = no_spans();
    let typed = move || {
        let message = Message::parse(black_box(message), &mut spans);
        let message = message.expect("a sound message");
        each::<Via<'_>>(&message);
        each::<From<'_>>(&message);
        each::<To<'_>>(&message);
        each::<CSeq<'_>>(&message);
        each::<CallId<'_>>(&message);
        each::<Contact<'_>>(&message);
        each::<Route<'_>>(&message);
        each::<RecordRoute<'_>>(&message);
    };
    Operation::new(name, typed).over(message)
}

/// The INVITE, indexed for as long as the program runs.
fn invite() -> Message<'static> {
    let spans = Box::leak(Box::new(no_spans()));
    Message::parse(placed(INVITE), spans).expect("a sound message")
}

fn validation() -> Operation {
    let invite = invite();
    Operation::new("sip.validate.invite", move || {
        validate(black_box(&invite), &Rules::DEFAULT).is_ok()
    })
}

/// What a proxy does with a request inside a dialog.
fn patch() -> Operation {
    let (invite, mut out) = (invite(), [0; 4096]);
    Operation::new("sip.patch.invite", move || {
        let via = "SIP/2.0/UDP p1.example.net;branch=z9hG4bK87asdks7;rport";
        let len = Patch::new(*black_box(&invite))
            .push_via(&via)
            .pop(HeaderName::Route)
            .set_number(HeaderName::MaxForwards, 68)
            .write(&mut out);
        len.expect("room")
    })
}

fn response() -> Operation {
    let (invite, mut out) = (invite(), [0; 4096]);
    Operation::new("sip.response.180", move || {
        let request = black_box(&invite);
        MessageWriter::response_to(&mut out, request, StatusCode::RINGING, "", Some("a6c85cf"))
            .header(HeaderName::Contact, "<sip:bob@192.0.2.4>")
            .finish()
            .expect("room")
    })
}

/// A stream of four messages, in pieces of at most so many octets.
fn frame(name: &'static str, piece: usize) -> Operation {
    let stream = placed(&[INVITE, OK200, LYNC, INVITE].concat());
    let frame = move || {
        let mut framer = Framer::new();
        let (mut start, mut end, mut messages) = (0, 0, 0);
        while end < stream.len() {
            end = stream.len().min(end.saturating_add(piece));
            while let Ok(Frame::Message { len }) = framer.next(black_box(&stream[start..end])) {
                start += len;
                messages += 1;
            }
        }
        assert_eq!(messages, 4);
    };
    Operation::new(name, frame).over(stream)
}

/// Both sides of an INVITE over UDP, message writing and parsing included.
fn call(name: &'static str, last: StatusCode) -> Operation {
    let mut pair = Pair::new();
    Operation::new(name, move || pair.call(last))
}

/// A table that is full answers 503 without a transaction.
fn overload() -> Operation {
    let mut config = LayerConfig::default();
    config.max_transactions = 0;
    let mut layer = TransactionLayer::new(config, [3; 32]);
    let path = FiveTuple::udp(([192, 0, 2, 2], 5060).into(), ([192, 0, 2, 1], 5060).into());
    let options = placed(OPTIONS);
    Operation::new("sip.transaction.503", move || {
        let _ = layer.handle_datagram(Instant::ORIGIN, path, black_box(options));
        layer.poll_transmit_bytes(Instant::ORIGIN).expect("the 503")
    })
}
