//! SIP messages, and transactions over them.

use core::hint::black_box;
use core::time::Duration;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use trunkline_sans_io::{FiveTuple, Instant};
use trunkline_sip_core::header::{
    CSeq, CallId, Contact, From, Header, RecordRoute, Route, To, Via,
};
use trunkline_sip_core::{
    ClientTransaction, Frame, Framer, HeaderName, HeaderSpan, LayerConfig, LayerEvent, Message,
    MessageWriter, OwnedMessage, Patch, Rules, StatusCode, TransactionLayer, validate,
    write_ack_for, write_response_to,
};

const INVITE: &[u8] = include_bytes!("../../sip-core/tests/vectors/messages/invite.sip");
const LYNC: &[u8] = include_bytes!("../../sip-core/tests/vectors/messages/lync.sip");
const OK200: &[u8] = include_bytes!("../../sip-core/tests/vectors/messages/ok200.sip");

const MESSAGES: [(&str, &[u8]); 6] = [
    (
        "options",
        include_bytes!("../../sip-core/tests/vectors/messages/options.sip"),
    ),
    (
        "register",
        include_bytes!("../../sip-core/tests/vectors/messages/register.sip"),
    ),
    ("invite", INVITE),
    ("ok200", OK200),
    ("lync", LYNC),
    (
        "ack",
        include_bytes!("../../sip-core/tests/vectors/messages/ack.sip"),
    ),
];

fn index() -> [HeaderSpan; 64] {
    [HeaderSpan::default(); 64]
}

/// The same head as HTTP has it.
fn http_head(message: &[u8]) -> Vec<u8> {
    let body = message
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("an empty line");
    let head = core::str::from_utf8(&message[..body + 4]).expect("ASCII");
    head.replacen("SIP/2.0", "HTTP/1.1", 1).into_bytes()
}

fn index_all(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sip.index");
    for (name, message) in MESSAGES {
        group.throughput(Throughput::Bytes(message.len() as u64));
        let mut spans = index();
        group.bench_function(BenchmarkId::new(name, "trunkline"), |bencher| {
            bencher.iter(|| {
                let message = Message::parse(black_box(message), &mut spans);
                message.expect("a sound message").headers().len()
            });
        });

        let head = http_head(message);
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let is_request = !head.starts_with(b"HTTP");
        group.bench_function(BenchmarkId::new(name, "httparse"), |bencher| {
            bencher.iter(|| {
                if is_request {
                    let mut request = httparse::Request::new(&mut headers);
                    let status = request.parse(black_box(&head));
                    assert!(status.expect("a sound head").is_complete());
                    request.headers.len()
                } else {
                    let mut response = httparse::Response::new(&mut headers);
                    let status = response.parse(black_box(&head));
                    assert!(status.expect("a sound head").is_complete());
                    response.headers.len()
                }
            });
        });
    }
    group.finish();
}

fn all<'a, H: Header<'a>>(message: &Message<'a>) {
    for value in message.typed_all::<H>() {
        black_box(value.is_ok());
        black_box(value.ok());
    }
}

/// Index and typed values of what every element looks at.
fn typed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sip.typed");
    for (name, message) in [("invite", INVITE), ("lync", LYNC)] {
        let mut spans = index();
        group.bench_function(BenchmarkId::new(name, "trunkline"), |bencher| {
            bencher.iter(|| {
                let message = Message::parse(black_box(message), &mut spans);
                let message = message.expect("a sound message");
                all::<Via<'_>>(&message);
                all::<From<'_>>(&message);
                all::<To<'_>>(&message);
                all::<CSeq<'_>>(&message);
                all::<CallId<'_>>(&message);
                all::<Contact<'_>>(&message);
                all::<Route<'_>>(&message);
                all::<RecordRoute<'_>>(&message);
            });
        });
    }
    group.finish();
}

fn process(criterion: &mut Criterion) {
    let mut spans = index();
    let invite = Message::parse(INVITE, &mut spans).expect("a sound message");
    let mut buffer = [0; 4096];

    criterion.bench_function("sip.validate/invite/trunkline", |bencher| {
        bencher.iter(|| validate(black_box(&invite), &Rules::DEFAULT).is_ok());
    });

    // What a proxy does with a request inside a dialog.
    criterion.bench_function("sip.patch/invite/trunkline", |bencher| {
        bencher.iter(|| {
            let via = "SIP/2.0/UDP p1.example.net;branch=z9hG4bK87asdks7;rport";
            let len = Patch::new(*black_box(&invite))
                .push_via(&via)
                .pop(HeaderName::Route)
                .set_number(HeaderName::MaxForwards, 68)
                .write(&mut buffer);
            len.expect("room")
        });
    });

    criterion.bench_function("sip.response/180/trunkline", |bencher| {
        bencher.iter(|| {
            let request = black_box(&invite);
            let ringing = StatusCode::RINGING;
            MessageWriter::response_to(&mut buffer, request, ringing, "", Some("a6c85cf"))
                .header(HeaderName::Contact, "<sip:bob@192.0.2.4>")
                .finish()
                .expect("room")
        });
    });
}

/// A stream of four messages, as one piece and in pieces of 200 octets.
fn frame(criterion: &mut Criterion) {
    let stream = [INVITE, OK200, LYNC, INVITE].concat();
    let mut group = criterion.benchmark_group("sip.frame");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    for (name, piece) in [("whole", stream.len()), ("pieces", 200)] {
        group.bench_function(BenchmarkId::new(name, "trunkline"), |bencher| {
            bencher.iter(|| {
                let mut framer = Framer::new();
                let (mut start, mut end, mut messages) = (0, 0, 0);
                while end < stream.len() {
                    end = stream.len().min(end + piece);
                    while let Ok(Frame::Message { len }) =
                        framer.next(black_box(&stream[start..end]))
                    {
                        start += len;
                        messages += 1;
                    }
                }
                assert_eq!(messages, 4);
            });
        });
    }
    group.finish();
}

/// Two layers, and a caller and a callee over them.
struct Pair {
    client: TransactionLayer,
    server: TransactionLayer,
    path: FiveTuple,
    now: Instant,
}

const CALL: &[u8] = b"INVITE sip:bob@192.0.2.2 SIP/2.0\r\n\
    Max-Forwards: 70\r\n\
    From: \"Alice\" <sip:alice@192.0.2.1>;tag=9fxced76sl\r\n\
    To: <sip:bob@192.0.2.2>\r\n\
    Call-ID: 3848276298220188511@192.0.2.1\r\n\
    CSeq: 314159 INVITE\r\n\
    Contact: <sip:alice@192.0.2.1>\r\n\
    Content-Type: application/sdp\r\n\
    Content-Length: 126\r\n\r\n\
    v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";

impl Pair {
    fn new() -> Self {
        let (alice, bob) = ([192, 0, 2, 1], [192, 0, 2, 2]);
        Self {
            client: TransactionLayer::new(LayerConfig::default(), [1; 32]),
            server: TransactionLayer::new(LayerConfig::default(), [2; 32]),
            path: FiveTuple::udp((alice, 5060).into(), (bob, 5060).into()),
            now: Instant::ORIGIN,
        }
    }

    fn pass_to_server(&mut self) -> Option<Bytes> {
        let (_, message) = self.client.poll_transmit_bytes(self.now)?;
        let _ = self
            .server
            .handle_datagram(self.now, self.path.reversed(), &message);
        Some(message)
    }

    fn pass_to_client(&mut self) {
        while let Some((_, message)) = self.server.poll_transmit_bytes(self.now) {
            let _ = self.client.handle_datagram(self.now, self.path, &message);
        }
    }

    fn response(&mut self) -> (ClientTransaction, OwnedMessage) {
        match self.client.poll_event() {
            Some(LayerEvent::Response {
                transaction,
                message,
            }) => (transaction, message),
            other => panic!("{other:?}"),
        }
    }

    /// INVITE, 180, the final response and its ACK, and then the time until all is forgotten.
    fn call(&mut self, last: StatusCode) {
        let mut buffer = [0; 2048];
        let sent = self.client.send_request(self.now, self.path.into(), CALL);
        sent.expect("room for a transaction");
        let invite = self.pass_to_server().expect("the INVITE");
        let Some(LayerEvent::Request {
            transaction,
            message,
            ..
        }) = self.server.poll_event()
        else {
            panic!("no request");
        };
        for status in [StatusCode::RINGING, last] {
            let request = message.message();
            let len = write_response_to(&request, status, "", Some("a6c85cf"), &mut buffer);
            let response = Bytes::copy_from_slice(&buffer[..len.expect("room")]);
            let answered = self.server.respond(self.now, transaction, response);
            answered.expect("the transaction waits");
            self.pass_to_client();
            let (_, message) = self.response();
            assert_eq!(message.message().status(), Some(status));
            if status.is_success() {
                let mut spans = index();
                let invite = Message::parse(&invite, &mut spans).expect("our own INVITE");
                let len = write_ack_for(&invite, &message.message(), &mut buffer);
                let ack = &buffer[..len.expect("room")];
                self.client
                    .send_ack(self.now, self.path.into(), ack)
                    .expect("an ACK");
            }
        }
        self.pass_to_server().expect("the ACK");
        while self.server.poll_event().is_some() {}
        self.now += Duration::from_secs(64);
        self.client.handle_timeout(self.now);
        self.server.handle_timeout(self.now);
        while self.server.poll_event().is_some() {}
        assert_eq!(self.client.statistics().client_transactions, 0);
        assert_eq!(self.server.statistics().server_transactions, 0);
    }
}

/// Both sides of an INVITE over UDP, message writing and parsing included.
fn transactions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sip.transaction");
    for (name, last) in [
        ("invite-200", StatusCode::OK),
        ("invite-486", StatusCode::BUSY_HERE),
    ] {
        let mut pair = Pair::new();
        group.bench_function(BenchmarkId::new(name, "trunkline"), |bencher| {
            bencher.iter(|| pair.call(last));
        });
    }
    group.bench_function(BenchmarkId::new("options-flood", "trunkline"), |bencher| {
        // A table that is full answers 503 without a transaction.
        let mut config = LayerConfig::default();
        config.max_transactions = 0;
        let mut layer = TransactionLayer::new(config, [3; 32]);
        let path = FiveTuple::udp(([192, 0, 2, 2], 5060).into(), ([192, 0, 2, 1], 5060).into());
        let options = MESSAGES[0].1;
        bencher.iter(|| {
            let _ = layer.handle_datagram(Instant::ORIGIN, path, black_box(options));
            layer.poll_transmit_bytes(Instant::ORIGIN).expect("the 503")
        });
    });
    group.finish();
}

criterion_group!(benches, index_all, typed, process, frame, transactions);
criterion_main!(benches);
