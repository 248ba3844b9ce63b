//! SIP messages, and transactions over them.
#![allow(
    elided_lifetimes_in_paths,
    reason = "one macro serves headers with and without a lifetime"
)]

mod timed;

use core::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use trunkline_counts::MESSAGES;
use trunkline_sip_core::header::{self, Contact, ContentType, Header as _, Via};
use trunkline_sip_core::{Fragment, HeaderName, HeaderSpan, Message, Multipart};

#[macro_use]
#[path = "../../sip-core/tests/headers/every.rs"]
mod every;

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

macro_rules! read_each {
    ($message:ident, $($header:ident)*) => {
        0 $(+ $message.typed_all::<header::$header>().filter(Result::is_ok).count())*
    };
}

/// Reads every value of every typed header; how many could be read.
fn read_all(message: &Message<'_>) -> usize {
    every_header!(read_each!(message,))
}

/// Values of the worst shapes, 64 KB of them, read as every type there is: lists, parameters, quoted strings, and what
/// never ends. Linear as above.
fn hostile_values(criterion: &mut Criterion) {
    use HeaderName as Name;
    let shapes = [
        (Name::Via, "SIP/2.0/UDP h;branch=z9hG4bK1", ",SIP/2.0/UDP h"),
        (Name::Via, "SIP/2.0/UDP h", ";a=b"),
        (Name::Contact, "<sip:a@b>", ";+a=\"<x>\""),
        (Name::AcceptContact, "*", ";audio,*"),
        (Name::HistoryInfo, "<sip:a@b>;index=1", ".1"),
        (Name::Privacy, "id", ";id"),
        (Name::Allow, "INVITE", ",BYE"),
        (Name::Authorization, "Digest a=b", ",a=b"),
        (Name::WwwAuthenticate, "Digest a=b", ",Digest a=b"),
        (Name::Warning, "399 h \"x\"", ",399 h \"x\""),
        (Name::Subject, "\"", "\\\""),
        (Name::CallInfo, "<http://a?", "&a=b"),
        (Name::ResourcePriority, "a.b", ",a.b"),
        (Name::Accept, "a/b", ";a=b,a/b"),
    ];
    let mut spans = vec![HeaderSpan::default(); 65_536];
    let mut group = criterion.benchmark_group("sip.hostile.values");
    group.sample_size(10);
    for (name, front, piece) in shapes {
        for size in [16_384, 65_535] {
            let head = hostile_head(size, &format!("{name}: {front}"), piece);
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_function(
                BenchmarkId::new(format!("{name}{piece}"), size),
                |bencher| {
                    bencher.iter(|| {
                        Message::parse(black_box(&head), &mut spans)
                            .map(|message| read_all(&message))
                    });
                },
            );
        }
    }
    group.finish();
}

/// Bodies of many parts, of what nearly separates them, of header fields; likewise.
fn hostile_bodies(criterion: &mut Criterion) {
    let content_type = ContentType::parse(b"multipart/mixed;boundary=b").expect("a type");
    let mut group = criterion.benchmark_group("sip.hostile.bodies");
    group.sample_size(10);
    for (shape, piece) in [
        ("parts", "\r\n--b\r\n\r\n"),
        ("dashes", "\r\n--"),
        ("longer-boundaries", "\r\n--bb"),
        ("fields", "a: b\r\n"),
        ("folds", "a: b\r\n c\r\n"),
    ] {
        for size in [16_384, 65_536] {
            let body = format!(
                "--b\r\n{}\r\n\r\n\r\n--b--",
                piece.repeat(size / piece.len())
            );
            group.throughput(Throughput::Bytes(body.len() as u64));
            group.bench_function(BenchmarkId::new(shape, size), |bencher| {
                bencher.iter(|| {
                    let parts = Multipart::new(&content_type, black_box(body.as_bytes())).ok()?;
                    let fields = parts.flatten().map(|part| part.headers().iter().count());
                    let fragment = Fragment::parse(&body.as_bytes()[5..]).ok();
                    Some((
                        fields.sum::<usize>(),
                        fragment.map(|fragment| fragment.headers().iter().count()),
                    ))
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, ours, http, hostile, hostile_values, hostile_bodies);
criterion_main!(benches);
