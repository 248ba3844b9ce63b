#![no_main]
//! The value of a Content-Type, a line end, and a body; the body also as a fragment of a message.

use libfuzzer_sys::fuzz_target;
use trunkline_sip_core::header::{
    CSeq, ContentDisposition, ContentType, From, Header as _, To, Via,
};
use trunkline_sip_core::{Fragment, HeaderName, Multipart, MultipartWriter, Part, WriteError};

fuzz_target!(|data: &[u8]| {
    let line = data.iter().position(|&byte| byte == b'\n');
    let (first, body) = match line {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (&b"multipart/mixed;boundary=b"[..], data),
    };
    fragment(body);
    let first = first.strip_suffix(b"\r").unwrap_or(first);
    if let Ok(content_type) = ContentType::parse(first) {
        multipart(&content_type, body, 0);
    }
});

/// Parts within parts, as deep as they go, and within bounds.
fn multipart<'a>(content_type: &ContentType<'a>, body: &'a [u8], depth: usize) {
    let Ok(parts) = Multipart::new(content_type, body) else {
        return;
    };
    let mut sound = Vec::new();
    let mut count = 0;
    let mut failed = false;
    for part in parts {
        assert!(!failed, "nothing follows an error");
        count += 1;
        assert!(count <= body.len() / 4 + 1, "a part without a delimiter");
        match part {
            Ok(part) => {
                check_part(&part, body);
                sound.push(part);
            }
            Err(error) => {
                let _ = error.to_string();
                failed = true;
            }
        }
    }
    if !failed {
        write_again(content_type, &sound);
    }
    for part in sound {
        fragment(part.body());
        if let Ok(inner) = part.content_type()
            && depth < 8
        {
            multipart(&inner, part.body(), depth + 1);
        }
    }
}

fn check_part(part: &Part<'_>, body: &[u8]) {
    let _ = (
        part.is_required(),
        part.headers().typed::<ContentDisposition<'_>>(),
    );
    let within = |inner: &[u8]| {
        inner.is_empty()
            || body.as_ptr_range().contains(&inner.as_ptr()) && inner.len() <= body.len()
    };
    assert!(within(part.body()) && within(part.headers().as_bytes()));
    check_lines(part.headers().as_bytes());
    for (name, value) in part.headers().iter() {
        assert!(name.is_valid());
        assert!(within(value));
        assert!(part.headers().header(name).is_some());
    }
}

/// CR and LF stand nowhere but together.
fn check_lines(head: &[u8]) {
    for line in head.split_inclusive(|&byte| byte == b'\n') {
        let line = match line.strip_suffix(b"\n") {
            Some(line) => line.strip_suffix(b"\r").expect("a bare LF"),
            None => line,
        };
        assert!(!line.contains(&b'\r'), "a bare CR");
    }
}

/// The same parts, written, are the same parts.
fn write_again(content_type: &ContentType<'_>, parts: &[Part<'_>]) {
    let Some(boundary) = content_type.params.value("boundary") else {
        return;
    };
    let size: usize = parts
        .iter()
        .map(|part| part.body().len() + part.headers().as_bytes().len() + 256)
        .sum();
    let mut buffer = vec![0; size + 256];
    let mut writer = MultipartWriter::new(&mut buffer, boundary);
    for part in parts {
        for (name, value) in part.headers().iter() {
            if name != HeaderName::ContentType {
                writer.header(name, value);
            }
        }
        let given = part.headers().header(HeaderName::ContentType);
        writer.part(given.unwrap_or(b"text/plain"), part.body());
    }
    match writer.finish() {
        Ok(len) => {
            let again: Vec<Part<'_>> = Multipart::new(content_type, &buffer[..len])
                .expect("the same boundary")
                .map(|part| part.expect("what is written reads"))
                .collect();
            let bodies = |parts: &[Part<'_>]| {
                parts
                    .iter()
                    .map(|part| part.body().escape_ascii().to_string())
                    .collect::<Vec<_>>()
            };
            assert_eq!(bodies(&again), bodies(parts));
        }
        // A part may hold what no writer puts there: a NUL.
        Err(WriteError::HeaderValue { .. }) if parts.iter().any(holds_nul) => {}
        Err(WriteError::Boundary) => {}
        Err(error) => panic!("{error}"),
    }
}

fn holds_nul(part: &Part<'_>) -> bool {
    part.headers().as_bytes().contains(&0)
}

fn fragment(bytes: &[u8]) {
    let fragment = match Fragment::parse(bytes) {
        Ok(fragment) => fragment,
        Err(error) => {
            assert!(error.offset().is_none_or(|at| at <= bytes.len()), "{error}");
            return;
        }
    };
    let _ = format!("{fragment:?}");
    assert!(bytes.ends_with(fragment.body()));
    let _ = (
        fragment.typed::<Via<'_>>(),
        fragment.typed::<From<'_>>(),
        fragment.typed::<To<'_>>(),
        fragment.typed::<CSeq<'_>>(),
    );
    // Its header fields alone are a fragment with the same header fields.
    let headers = fragment.headers();
    check_lines(headers.as_bytes());
    if !headers.is_empty() {
        let alone = Fragment::parse(headers.as_bytes()).expect("header fields");
        assert!(alone.headers().iter().eq(headers.iter()));
    }
}
