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
