//! Reading, verifying and writing the request of RFC 5769 section 2.1, and answering one.

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use trunkline_sans_io::FiveTuple;
use trunkline_stun::{
    BindingServer, Class, IceControlled, Key, MAX_RESPONSE_LEN, Message, MessageWriter, Method,
    Priority, Software, Username,
};

const REQUEST: &[u8] = include_bytes!("../../stun/tests/vectors/rfc5769-2.1.bin");

fn key() -> Key {
    Key::short_term(b"VOkJxbRl1RmTxUk/WvJxBt")
}

fn read(criterion: &mut Criterion) {
    // Structure, fingerprint and the attributes of a check.
    criterion.bench_function("stun.parse/trunkline", |bencher| {
        bencher.iter(|| {
            let message = Message::parse(black_box(REQUEST)).expect("a message");
            let username: Option<Username<'_>> = message.get().expect("well-formed");
            let priority: Option<Priority> = message.get().expect("well-formed");
            (message.transaction_id(), username, priority)
        });
    });
    criterion.bench_function("stun.parse.structure/trunkline", |bencher| {
        bencher.iter(|| Message::parse_any_fingerprint(black_box(REQUEST)).expect("a message"));
    });
    let key = key();
    criterion.bench_function("stun.verify/trunkline", |bencher| {
        bencher.iter(|| {
            let message = Message::parse(black_box(REQUEST)).expect("a message");
            message.verify(&key).expect("made with the key")
        });
    });
    criterion.bench_function("stun.key/trunkline", |bencher| {
        bencher.iter(|| Key::short_term(black_box(b"VOkJxbRl1RmTxUk/WvJxBt")));
    });
}

fn write(criterion: &mut Criterion) {
    let key = key();
    let id = Message::parse(REQUEST).expect("a message").transaction_id();
    criterion.bench_function("stun.build/trunkline", |bencher| {
        let mut buffer = [0; 128];
        bencher.iter(|| {
            let buffer = black_box(&mut buffer);
            MessageWriter::new(buffer, Class::Request, Method::BINDING, id)
                .attribute(&Software("STUN test client"))
                .attribute(&Priority(0x6e00_01ff))
                .attribute(&IceControlled(0x932f_f9b1_5126_3b36))
                .attribute(&Username(b"evtj:h6vY"))
                .integrity(&key)
                .fingerprint()
                .finish()
        });
    });
}

fn server(criterion: &mut Criterion) {
    let path = FiveTuple::udp(([192, 0, 2, 1], 3478).into(), ([192, 0, 2, 9], 5060).into());
    let mut request = [0; 20];
    let id = Message::parse(REQUEST).expect("a message").transaction_id();
    let written = MessageWriter::new(&mut request, Class::Request, Method::BINDING, id).finish();
    assert_eq!(written, Ok(20));
    let server = BindingServer::new();
    criterion.bench_function("stun.answer/trunkline", |bencher| {
        let mut response = [0; MAX_RESPONSE_LEN];
        bencher.iter(|| server.answer(path, black_box(&request), &mut response));
    });
}

criterion_group!(benches, read, write, server);
criterion_main!(benches);
