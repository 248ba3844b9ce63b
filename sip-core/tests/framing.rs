//! Framer and parser agree about every message of the corpora, however it is split and mutated.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use trunkline_sip_core::{Frame, FrameError, Framer, HeaderSpan, Message, ParseError};

/// The messages of all corpora.
fn corpora() -> Vec<Vec<u8>> {
    fn collect(folder: &Path, to: &mut Vec<Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("a folder of vectors") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, to);
            } else if matches!(path.extension(), Some(kind) if kind == "sip" || kind == "dat") {
                to.push(fs::read(path).expect("a vector"));
            }
        }
    }
    let mut messages = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors"),
        &mut messages,
    );
    assert!(messages.len() > 60, "{} vectors", messages.len());
    messages
}

/// What a framer finds first when `stream` arrives in two pieces.
fn first_frame(stream: &[u8], split: usize) -> Result<Frame, FrameError> {
    let mut framer = Framer::new();
    match framer.next(&stream[..split]) {
        Ok(Frame::Incomplete) => framer.next(stream),
        // The second half of a keep-alive counts from the first.
        Ok(Frame::Pong { .. }) => Framer::new().next(stream),
        found => found,
    }
}

/// How long the message is that `bytes` start with, by the parser.
fn parsed(bytes: &[u8]) -> Result<usize, ParseError> {
    let mut index = vec![HeaderSpan::default(); 4096];
    Message::parse(bytes, &mut index).map(|message| message.as_bytes().len())
}

fn assert_agreement(bytes: &[u8], frame: Result<Frame, FrameError>) {
    let parsed = parsed(bytes);
    let shown = bytes.escape_ascii();
    match frame {
        Ok(Frame::Message { len }) => assert_eq!(parsed, Ok(len), "{shown}"),
        // The parser may see already what is wrong with a head that has no end yet.
        Ok(Frame::Incomplete | Frame::Ping { .. } | Frame::Pong { .. }) => {
            assert!(parsed.is_err(), "{parsed:?} {shown}");
        }
        Err(FrameError::Head(error)) => assert_eq!(parsed, Err(error), "{shown}"),
        // In a datagram the body is what follows.
        Err(FrameError::NoContentLength) => assert_eq!(parsed, Ok(bytes.len()), "{shown}"),
        Err(FrameError::BodyTooLong { declared, .. }) => assert!(
            matches!(parsed, Err(ParseError::BodyTooShort { declared: said, .. }) if said == declared),
            "{parsed:?} {shown}"
        ),
        Err(other) => panic!("{other:?} {shown}"),
    }
}

#[test]
fn framer_and_parser_agree_on_every_split_of_the_corpora() {
    for message in corpora() {
        let whole = Framer::new().next(&message);
        assert_agreement(&message, whole);
        for split in 0..=message.len() {
            assert_eq!(first_frame(&message, split), whole, "{split}");
        }
    }
}

/// What an attacker puts where a reader may disagree with another.
fn inserted() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "\r\n",
        "\r",
        "\n",
        "\0",
        ":",
        " ",
        "\t",
        "\r\n ",
        "\r\n\t\r\n",
        "\r\n\r\n",
        "\n\n",
        "\r\r\n",
        "l: 0\r\n",
        "\r\nl: 5\r\n",
        "\r\nContent-Length : 7\r\n",
        "\r\nCONTENT-LENGTH:\r\n 3\r\n",
        "\r\nl: -1\r\n",
        "\r\nl: 4294967296\r\n",
        "\r\nContent\rLength: 1\r\n",
        "\u{e4}",
        "SIP/2.0",
    ];
    prop_oneof![
        3 => prop::sample::select(pieces.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..4),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn framer_and_parser_agree_on_every_mutation_of_the_corpora(
        message in prop::sample::select(corpora()),
        mutations in prop::collection::vec((any::<prop::sample::Index>(), 0usize..30, inserted()), 1..4),
        split in any::<prop::sample::Index>(),
    ) {
        let mut bytes = message;
        for (at, removed, inserted) in mutations {
            let at = at.index(bytes.len() + 1);
            let end = (at + removed).min(bytes.len());
            bytes.splice(at..end, inserted);
        }
        let whole = Framer::new().next(&bytes);
        assert_agreement(&bytes, whole);
        let split = split.index(bytes.len() + 1);
        // A run of keep-alives is one frame for each piece that arrives.
        if !matches!(whole, Ok(Frame::Ping { .. } | Frame::Pong { .. })) {
            prop_assert_eq!(first_frame(&bytes, split), whole);
        }
    }
}

/// The table of `Framer`, row by row: what a stream of it is, and what a datagram of it is.
#[test]
fn whatever_arrives_has_one_outcome() {
    use FrameError::{BodyTooLong, Head, NoContentLength};
    use ParseError::{BareLineEnd, BodyTooShort, ContentLength, HeaderName, StartLine, Truncated};

    const BYE: &str = "BYE sip:a@h SIP/2.0\r\n";
    let message = |len| (Ok(Frame::Message { len }), Ok(len));
    // The same fault for both.
    let fault = |error| (Err(Head(error)), Err(error));
    let bad_length = fault(ContentLength { offset: 24 });
    let bad_name = fault(HeaderName { offset: 21 });
    let too_long = |declared| {
        let limit = Framer::DEFAULT_MAX_BODY;
        let short = BodyTooShort {
            declared,
            available: 0,
        };
        (Err(BodyTooLong { declared, limit }), Err(short))
    };
    let heads = [
        // Bare line ends.
        ("l: 0\nX: y\r\n\r\n", fault(BareLineEnd { offset: 25 })),
        ("X: a\rb\r\nl: 0\r\n\r\n", fault(BareLineEnd { offset: 25 })),
        (
            "l: 0\r\n\n",
            (Ok(Frame::Incomplete), Err(BareLineEnd { offset: 27 })),
        ),
        (
            "l: 0\n\n",
            (Ok(Frame::Incomplete), Err(BareLineEnd { offset: 25 })),
        ),
        // NUL.
        ("X: a\0b\r\nl: 0\r\n\r\n", message(37)),
        ("X\0: a\r\nl: 0\r\n\r\n", bad_name),
        ("l: 0\0\r\n\r\n", bad_length),
        // Lines that are no header fields.
        ("no colon\r\nl: 0\r\n\r\n", bad_name),
        (": x\r\nl: 0\r\n\r\n", bad_name),
        (" X: y\r\nl: 0\r\n\r\n", bad_name),
        // Content-Length.
        ("l: -1\r\n\r\n", bad_length),
        ("l: +1\r\n\r\n", bad_length),
        ("l: 0x1\r\n\r\n", bad_length),
        ("l: 1 1\r\n\r\n", bad_length),
        ("l: 1, 1\r\n\r\n", bad_length),
        ("l:\r\n\r\n", fault(ContentLength { offset: 23 })),
        ("l: 4294967296\r\n\r\n", bad_length),
        ("l: 99999999999999999999\r\n\r\n", bad_length),
        ("l: 4294967295\r\n\r\n", too_long(4_294_967_295)),
        ("l: 262145\r\n\r\n", too_long(262_145)),
        ("l: 0\r\nl: 1\r\n\r\nx", fault(ContentLength { offset: 30 })),
        ("l: 0\r\nContent-Length: 0\r\n\r\n", message(48)),
        ("l:\r\n 1\r\n\r\nx", message(32)),
        ("l: 0001\r\n\r\nx", message(33)),
        ("Content-Length : 1\r\n\r\nx", message(44)),
        ("l: 1\r\n\r\nabc", message(30)),
        (
            "l: 5\r\n\r\nabc",
            (
                Ok(Frame::Incomplete),
                Err(BodyTooShort {
                    declared: 5,
                    available: 3,
                }),
            ),
        ),
        // Without it a datagram is the message.
        ("X: y\r\n\r\nbody", (Err(NoContentLength), Ok(33))),
    ];
    for (head, (framed, read)) in heads {
        let bytes = [BYE.as_bytes(), head.as_bytes()].concat();
        assert_eq!(Framer::new().next(&bytes), framed, "{head:?}");
        assert_eq!(parsed(&bytes), read, "{head:?}");
    }
    // Before a message.
    let starts = [
        (
            "\r\n\r\n",
            (Ok(Frame::Ping { len: 4 }), Err(StartLine { offset: 0 })),
        ),
        (
            "\r\n",
            (Ok(Frame::Pong { len: 2 }), Err(StartLine { offset: 0 })),
        ),
        (
            "\r\n\nBYE",
            (Ok(Frame::Pong { len: 2 }), Err(StartLine { offset: 0 })),
        ),
        ("\r\r\n", fault(BareLineEnd { offset: 0 })),
        ("\r", (Ok(Frame::Incomplete), Err(Truncated { offset: 1 }))),
        (
            "\n",
            (Ok(Frame::Incomplete), Err(BareLineEnd { offset: 0 })),
        ),
        ("\0", (Ok(Frame::Incomplete), Err(Truncated { offset: 1 }))),
        (" BYE sip:a SIP/2.0\r\n\r\n", fault(StartLine { offset: 0 })),
    ];
    for (start, (framed, read)) in starts {
        assert_eq!(Framer::new().next(start.as_bytes()), framed, "{start:?}");
        assert_eq!(parsed(start.as_bytes()), read, "{start:?}");
    }
}

/// What goes on without end: line ends, header fields, one header field.
#[test]
fn what_never_ends_is_ended() {
    let flood = b"\r\n".repeat(100_000);
    assert_eq!(
        Framer::new().next(&flood),
        Ok(Frame::Ping { len: flood.len() })
    );
    // In pieces it is answered once for each of them at most, and nothing is kept.
    let mut framer = Framer::new();
    for piece in flood.chunks(1000) {
        assert_eq!(framer.next(piece), Ok(Frame::Ping { len: piece.len() }));
    }

    let limit = trunkline_sip_core::MAX_HEAD;
    let too_long = Err(FrameError::Head(ParseError::HeadTooLong { limit }));
    let many = [
        b"BYE sip:h SIP/2.0\r\n".to_vec(),
        b"X: y\r\n".repeat(20_000),
    ]
    .concat();
    let long = [b"BYE sip:h SIP/2.0\r\nX: ".to_vec(), b"y".repeat(100_000)].concat();
    let folded = [
        b"BYE sip:h SIP/2.0\r\nX: ".to_vec(),
        b"\r\n y".repeat(30_000),
    ]
    .concat();
    for endless in [many, long, folded] {
        let mut framer = Framer::new();
        assert_eq!(framer.next(&endless[..limit - 1]), Ok(Frame::Incomplete));
        assert_eq!(framer.next(&endless), too_long);
        let complete = [&endless[..], b"\r\nl: 0\r\n\r\n"].concat();
        assert_eq!(Framer::new().next(&complete), too_long);
        let error = Message::parse(&complete, &mut vec![HeaderSpan::default(); limit]).err();
        assert_eq!(error, Some(ParseError::HeadTooLong { limit }));
    }

    // As many header fields as there is room for are a message; its reader has a limit of its own.
    let many = [
        b"BYE sip:h SIP/2.0\r\nl: 0\r\n".to_vec(),
        b"X: y\r\n".repeat(5000),
        b"\r\n".to_vec(),
    ];
    let many = many.concat();
    assert_eq!(
        Framer::new().next(&many),
        Ok(Frame::Message { len: many.len() })
    );
    let error = ParseError::TooManyHeaders { capacity: 4096 };
    assert_eq!(parsed(&many), Err(error));
}
