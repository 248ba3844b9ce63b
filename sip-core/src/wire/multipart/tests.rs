use std::vec::Vec;

use super::*;
use crate::WriteError;
use crate::header::{ContentLength, Header as _};

fn bodies(
    boundary: &'static str,
    body: &'static [u8],
) -> Result<Vec<&'static [u8]>, MultipartError> {
    let parts = Multipart::with_boundary(boundary, body)?;
    parts.map(|part| part.map(|part| part.body())).collect()
}

#[test]
fn parts_are_found_between_delimiters() {
    let cases: [(&[u8], &[&[u8]]); 9] = [
        (b"--b--", &[]),
        (b"--b\r\n\r\nx\r\n--b--\r\n", &[b"x"]),
        (
            b"preamble\r\n--b\r\n\r\nx\r\n--b--epilogue\r\n--b\r\n",
            &[b"x"],
        ),
        (b"--b\r\n\r\nx\ny\rz\r\n--b--", &[b"x\ny\rz"]),
        (b"\r\n--b \t\r\nA: b\r\n\r\nx\r\n\r\n--b--", &[b"x\r\n"]),
        (b"--b\r\n\r\n\r\n--b\r\n\r\n--b--", &[b"", b""]),
        // Without anything, and with header fields alone.
        (b"--b\r\n--b\r\nA: b\r\n--b--", &[b"", b""]),
        // Delimiters of a part's parts, and what only looks like one.
        (
            b"--b\r\n\r\n--bb\r\nx\r\n--bb--\r\n--b--",
            &[b"--bb\r\nx\r\n--bb--"],
        ),
        (b"--b\r\n\r\nx--b\r\n-- b\r\n--b--", &[b"x--b\r\n-- b"]),
    ];
    for (body, parts) in cases {
        let found = bodies("b", body);
        assert_eq!(found.as_deref(), Ok(parts), "{}", body.escape_ascii());
    }
}

#[test]
fn broken_bodies_end_with_an_error() {
    for (body, error) in [
        (&b""[..], MultipartError::Unterminated),
        (b"--c\r\n\r\nx\r\n--c--", MultipartError::Unterminated),
        (b"--b\r\n\r\nx", MultipartError::Unterminated),
        (b"--b\r\n\r\nx\r\n--b", MultipartError::Unterminated),
        (
            b"--b\r\nA: b\r\nx\r\n\r\n--b--",
            MultipartError::HeaderField { offset: 11 },
        ),
        // Line ends that others may not take for such. After the head they are part of the body.
        (
            b"--b\r\nA: b\nC: d\r\n\r\nx\r\n--b--",
            MultipartError::BareLineEnd { offset: 9 },
        ),
        (
            b"--b\r\nA: b\r\n\n\r\nx\r\n--b--",
            MultipartError::BareLineEnd { offset: 11 },
        ),
        (
            b"--b\r\nA: b\rC: d\r\n\r\nx\r\n--b--",
            MultipartError::BareLineEnd { offset: 9 },
        ),
        (
            b"--b\r\nA: b\r\r\n--b--",
            MultipartError::BareLineEnd { offset: 9 },
        ),
    ] {
        let mut parts = Multipart::with_boundary("b", body).expect("a boundary");
        let last = parts.by_ref().last();
        assert_eq!(last, Some(Err(error)), "{}", body.escape_ascii());
        assert_eq!(parts.next(), None);
    }
    let long = "b".repeat(71);
    for boundary in ["", "a ", "a\u{fc}", &long] {
        let error = Multipart::with_boundary(boundary, b"").map(|_| ());
        assert_eq!(error, Err(MultipartError::ContentType), "{boundary}");
    }
}

#[test]
fn the_content_type_names_the_boundary() {
    let parts = |content_type: &'static str| {
        let content_type = ContentType::parse(content_type.as_bytes()).expect("a type");
        Multipart::new(&content_type, b"--a b\r\n\r\nx\r\n--a b--").map(Iterator::count)
    };
    assert_eq!(parts("multipart/mixed;boundary=\"a b\""), Ok(1));
    assert_eq!(parts("MULTIPART/x;BOUNDARY=\"a b\""), Ok(1));
    for other in [
        "application/sdp;boundary=\"a b\"",
        "multipart/mixed",
        "multipart/mixed;boundary",
    ] {
        assert_eq!(parts(other), Err(MultipartError::ContentType), "{other}");
    }
}

#[test]
fn a_part_says_what_it_is() {
    let body = b"--b\r\nContent-Type : application/sdp\r\nc: x/y\r\nContent-Length: 1\r\n\
        Content-Disposition: session;\r\n handling=optional\r\n\r\nx\r\n--b\r\nContent-Type: x\r\n\r\n\r\n--b--";
    let mut parts = Multipart::with_boundary("b", body).expect("a boundary");
    let first = parts.next().expect("a part").expect("sound");
    assert!(
        first
            .content_type()
            .expect("a type")
            .is("application", "sdp")
    );
    assert_eq!(first.is_required(), Ok(false));
    assert_eq!(first.headers().typed(), Ok(Some(ContentLength(1))));
    assert_eq!(first.headers().iter().count(), 4);
    let second = parts.next().expect("a part").expect("sound");
    assert!(second.content_type().is_err() && second.is_required() == Ok(true));
}

#[test]
fn what_is_written_is_read() {
    let mut buffer = [0; 512];
    let len = MultipartWriter::new(&mut buffer, "b")
        .part("text/plain", b"")
        .typed(&ContentDisposition::new("render"))
        .header("Content-ID", "<1@h>")
        .part(ContentType::SDP, b"v=0\r\n--c\r\nx --b")
        .finish()
        .expect("it fits");
    let parts = Multipart::with_boundary("b", &buffer[..len]).expect("a boundary");
    let parts: Vec<Part<'_>> = parts.map(|part| part.expect("sound")).collect();
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[1].body(), b"v=0\r\n--c\r\nx --b");
    assert_eq!(parts[1].headers().header("content-id"), Some(&b"<1@h>"[..]));
    let needed = MultipartWriter::new(&mut [], "b")
        .part("text/plain", b"x")
        .finish();
    assert_eq!(needed, Err(WriteError::TooSmall { needed: 43 }));
}

#[test]
fn no_part_ends_before_its_time() {
    let write = |boundary: &'static str, body: &[u8]| {
        MultipartWriter::new(&mut [0; 256], boundary)
            .part("a/b", body)
            .finish()
            .map(|_| ())
    };
    assert_eq!(write("b", b"x"), Ok(()));
    for body in [&b"--b"[..], b"--bc", b"x\r\n--b--\r\n", b"\r\n--b"] {
        assert_eq!(
            write("b", body),
            Err(WriteError::Boundary),
            "{}",
            body.escape_ascii()
        );
    }
    assert_eq!(write("", b"x"), Err(WriteError::Boundary));
    assert_eq!(write("b\r\nX: y", b"x"), Err(WriteError::Boundary));
    let mut buffer = [0; 256];
    assert_eq!(
        MultipartWriter::new(&mut buffer, "b").finish(),
        Err(WriteError::Boundary)
    );
    let open = MultipartWriter::new(&mut buffer, "b")
        .header("A", "b")
        .finish();
    assert_eq!(open, Err(WriteError::Boundary));
    let injected = MultipartWriter::new(&mut buffer, "b")
        .part("a/b\r\nX: y", b"")
        .finish();
    assert!(matches!(injected, Err(WriteError::HeaderValue { .. })));
}
