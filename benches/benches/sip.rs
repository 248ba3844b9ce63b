//! SIP messages, and transactions over them.

mod timed;

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use trunkline_counts::MESSAGES;

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

criterion_group!(benches, ours, http);
criterion_main!(benches);
