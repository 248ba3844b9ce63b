//! Reading and writing the request of RFC 5769 section 2.1, with the hashes that are not counted.

mod timed;

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use trunkline_counts::REQUEST;
use trunkline_stun::{
    Class, IceControlled, Key, Message, MessageWriter, Method, Priority, Software, Username,
};

fn ours(criterion: &mut Criterion) {
    timed::timed(criterion, trunkline_counts::stun());
}

fn key() -> Key {
    Key::short_term(b"VOkJxbRl1RmTxUk/WvJxBt")
}

fn hashes(criterion: &mut Criterion) {
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

criterion_group!(benches, ours, hashes);
criterion_main!(benches);
