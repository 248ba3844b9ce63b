//! SIP messages, and transactions over them.

mod timed;

use core::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use trunkline_counts::MESSAGES;
use trunkline_sip_core::header::{Contact, Via};
use trunkline_sip_core::{HeaderSpan, Message};

fn ours(criterion: &mut Criterion) {
    timed::timed(criterion, trunkline_counts::sip());
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

/// The floor for an index of all headers.
fn http(criterion: &mut Criterion) {
    for (name, message) in MESSAGES {
        let head = http_head(message);
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let is_request = !head.starts_with(b"HTTP");
        criterion.bench_function(&format!("{name}/httparse"), |bencher| {
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
}

/// A head of `size` octets that repeats `piece` after `front`.
fn hostile_head(size: usize, front: &str, piece: &str) -> Vec<u8> {
    const START: &str = "BYE sip:a@example.com SIP/2.0\r\n";
    const END: &str = "\r\n\r\n";
    let room = size - START.len() - front.len() - END.len();
    let pieces = piece.repeat(room / piece.len());
    [START, front, &pieces, END].concat().into_bytes()
}

/// The worst shapes of header fields. The time is linear in the input where the octets per second are the
/// same for both sizes. The last shapes are also read as Via, Contact and parameters.
fn hostile(criterion: &mut Criterion) {
    let shapes = [
        ("fields", "", "a:\r\n"),
        ("folds", "a: b", "\r\n "),
        ("tabs", "a: b", "\t"),
        ("spaces-after-name", "a", " "),
        ("name-without-colon", "", "a"),
        ("one-value", "a: ", "b"),
        ("nuls", "a: ", "\0"),
        ("commas", "v: a", ","),
        ("values", "m: <sip:a@b>", ",<sip:a@b>"),
        ("quoted-commas", "m: \"", ",\\\""),
        ("brackets", "m: ", "<,"),
        ("parameters", "m: <sip:a@b>", ";a"),
        ("uri-parameters", "m: <sip:a@b", ";a"),
        ("at-signs", "m: <sip:", "a@"),
        ("colons", "m: <sip:", ":"),
    ];
    let mut spans = vec![HeaderSpan::default(); 65_536];
    let mut group = criterion.benchmark_group("sip.hostile");
    group.sample_size(10);
    for (shape, front, piece) in shapes {
        for size in [16_384, 65_535] {
            let head = hostile_head(size, front, piece);
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_function(BenchmarkId::new(shape, size), |bencher| {
                bencher.iter(|| {
                    let message = Message::parse(black_box(&head), &mut spans).ok()?;
                    let vias = message.typed_all::<Via<'_>>().filter(Result::is_ok);
                    let contacts = message.typed_all::<Contact<'_>>().filter(Result::is_ok);
                    Some((vias.count(), contacts.count()))
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, ours, http, hostile);
criterion_main!(benches);
