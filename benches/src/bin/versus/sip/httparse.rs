//! The floor: `httparse` over an HTTP head with the same header fields.

use core::hint::black_box;

use super::stated::{fields, text};
use crate::facts::Facts;
use crate::suite::Operation;

pub(super) fn index(operation: &mut Operation, message: &'static [u8]) {
    let head = http_head(message);
    let mut headers = [::httparse::EMPTY_HEADER; 64];
    operation.floor(
        "httparse",
        move || {
            let mut headers = [::httparse::EMPTY_HEADER; 64];
            let count = parse(head, &mut headers);
            let headers = headers[..count].iter();
            Ok(fields(
                Facts::new(),
                headers.map(|header| (header.name, text(header.value))),
            ))
        },
        move || parse(black_box(head), &mut headers),
    );
}

/// The same head as HTTP has it. It lives as long as the program, because the index points into it.
fn http_head(message: &[u8]) -> &'static [u8] {
    let body = message.windows(4).position(|window| window == b"\r\n\r\n");
    let head = &message[..body.expect("an empty line") + 4];
    let head = core::str::from_utf8(head).expect("ASCII");
    head.replacen("SIP/2.0", "HTTP/1.1", 1).leak().as_bytes()
}

fn parse(head: &'static [u8], headers: &mut [::httparse::Header<'static>; 64]) -> usize {
    if head.starts_with(b"HTTP") {
        let mut response = ::httparse::Response::new(headers);
        let status = response.parse(head).expect("a sound head");
        assert!(status.is_complete());
        response.headers.len()
    } else {
        let mut request = ::httparse::Request::new(headers);
        let status = request.parse(head).expect("a sound head");
        assert!(status.is_complete());
        request.headers.len()
    }
}
