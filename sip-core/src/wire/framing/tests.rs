use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::wire::message::Message;
use crate::wire::scan::HeaderSpan;

const INVITE: &[u8] =
    b"INVITE sip:a@h SIP/2.0\r\nVia: SIP/2.0/TCP h\r\nContent-Length: 4\r\n\r\nv=0\r";
const ACK: &[u8] = b"ACK sip:a@h SIP/2.0\r\nl:\r\n 0\r\n\r\n";

/// Feeds `stream` in pieces of `sizes` and returns the frames that are not keep-alives.
fn frames(
    stream: &[u8],
    sizes: impl IntoIterator<Item = usize>,
) -> Result<Vec<Vec<u8>>, FrameError> {
    let mut framer = Framer::new();
    let mut buffer = Vec::new();
    let mut messages = Vec::new();
    let mut rest = stream;
    let mut sizes = sizes.into_iter();
    while !rest.is_empty() {
        let size = sizes.next().unwrap_or(rest.len()).clamp(1, rest.len());
        let (piece, after) = rest.split_at(size);
        buffer.extend_from_slice(piece);
        rest = after;
        loop {
            let frame = framer.next(&buffer)?;
            if let Frame::Message { len } = frame {
                messages.push(buffer[..len].to_vec());
            }
            if frame.is_empty() {
                break;
            }
            buffer.drain(..frame.len());
        }
    }
    Ok(messages)
}

#[test]
fn a_stream_split_at_any_octet_gives_the_same_messages() {
    let stream = [b"\r\n\r\n", INVITE, b"\r\n", ACK, INVITE].concat();
    let expected = [INVITE, ACK, INVITE].map(<[u8]>::to_vec);
    for first in 1..stream.len() {
        assert_eq!(
            frames(&stream, [first]).as_deref(),
            Ok(&expected[..]),
            "{first}"
        );
    }
    assert_eq!(
        frames(&stream, core::iter::repeat(1)).as_deref(),
        Ok(&expected[..])
    );
}

#[test]
fn keep_alives_are_told_from_messages() {
    let mut framer = Framer::new();
    assert_eq!(framer.next(b""), Ok(Frame::Incomplete));
    assert_eq!(framer.next(b"\r"), Ok(Frame::Incomplete));
    assert_eq!(framer.next(b"\r\n\r\n"), Ok(Frame::Ping { len: 4 }));
    assert_eq!(framer.next(b"\r\nACK"), Ok(Frame::Pong { len: 2 }));
    // The other half of a ping that was split.
    assert_eq!(framer.next(b"\r\n"), Ok(Frame::Ping { len: 2 }));
    assert_eq!(framer.next(b"\r\n"), Ok(Frame::Pong { len: 2 }));
    assert_eq!(framer.next(ACK), Ok(Frame::Message { len: ACK.len() }));
    assert_eq!(framer.next(b"\r\n"), Ok(Frame::Pong { len: 2 }));
    let flood = b"\r\n".repeat(50_000);
    assert_eq!(
        framer.next(&flood),
        Ok(Frame::Ping { len: flood.len() }),
        "one answer for all"
    );
    assert_eq!(
        framer.next(b"\rA"),
        Err(FrameError::Head(ParseError::BareLineEnd { offset: 0 }))
    );
    assert!(is_keep_alive(b"\r\n\r\n") && is_keep_alive(b"") && is_keep_alive(b"\0\0"));
    assert!(!is_keep_alive(ACK));
}

#[test]
fn a_head_that_never_ends_is_refused_at_the_limit() {
    let endless = b"INVITE sip:a@h SIP/2.0\r\nX: "
        .iter()
        .copied()
        .chain(core::iter::repeat(b'a'));
    let endless: Vec<u8> = endless.take(100 * 1024).collect();
    let mut framer = Framer::with_limits(4096, 100);
    assert_eq!(framer.next(&endless[..4095]), Ok(Frame::Incomplete));
    let too_long = |limit| Err(FrameError::Head(ParseError::HeadTooLong { limit }));
    assert_eq!(framer.next(&endless[..4096]), too_long(4096));
    assert_eq!(Framer::new().next(&endless), too_long(MAX_HEAD));
    // Complete, but longer than permitted.
    let mut complete = endless[..5000].to_vec();
    complete.extend_from_slice(b"\r\nl: 0\r\n\r\n");
    assert_eq!(
        Framer::with_limits(4096, 100).next(&complete),
        too_long(4096)
    );
    assert_eq!(
        Framer::with_limits(6000, 100).next(&complete),
        Ok(Frame::Message {
            len: complete.len()
        })
    );
}

#[test]
fn lying_content_lengths_are_refused() {
    let head = |lines: &str| std::format!("BYE sip:a@h SIP/2.0\r\n{lines}\r\n").into_bytes();
    let next = |lines: &str| Framer::with_limits(4096, 100).next(&head(lines));
    let bad = |offset| Err(FrameError::Head(ParseError::ContentLength { offset }));
    assert_eq!(next("Content-Length: -1\r\n"), bad(37));
    assert_eq!(next("l: 1 1\r\n"), bad(24));
    assert_eq!(next("l: 4294967296\r\n"), bad(24));
    assert_eq!(next("l: 0\r\nl: 1\r\n"), bad(30));
    assert_eq!(
        next("l: 0\r\nContent-Length: 0\r\n").map(|frame| frame.is_empty()),
        Ok(false)
    );
    assert_eq!(
        next("v: SIP/2.0/TCP h\r\n"),
        Err(FrameError::NoContentLength)
    );
    assert_eq!(
        next("l: 2147483648\r\n"),
        Err(FrameError::BodyTooLong {
            declared: 2_147_483_648,
            limit: 100
        })
    );
    assert_eq!(next("l: 100\r\n"), Ok(Frame::Incomplete));
    assert_eq!(
        next("l: 0\nX: y\r\n"),
        Err(FrameError::Head(ParseError::BareLineEnd { offset: 25 }))
    );
}

#[test]
fn a_head_that_comes_octet_by_octet_is_searched_once() {
    let mut framer = Framer::new();
    let mut stream = b"INVITE sip:a@h SIP/2.0\r\nX: ".to_vec();
    stream.resize(60_000, b'a');
    for end in 0..stream.len() {
        assert_eq!(framer.next(&stream[..end]), Ok(Frame::Incomplete));
        assert!(
            framer.searched + 4 > end,
            "octets before that are not looked at again"
        );
    }
}

proptest! {
    /// Whatever arrives and however it is cut: the framer finds messages exactly where the parser does.
    #[test]
    fn framer_and_parser_agree(
        pieces in prop::collection::vec(prop_oneof![
            Just(INVITE.to_vec()), Just(ACK.to_vec()), Just(b"\r\n".to_vec()),
            Just(b"BYE sip:a@h SIP/2.0\r\nl: 1\r\n\r\n".to_vec()),
            Just(b"BYE sip:a@h SIP/2.0\n\r\n".to_vec()),
            Just(b"l: 3\r\n\r\n".to_vec()),
            prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b':'), any::<u8>()], 0..12),
        ], 1..6),
        sizes in prop::collection::vec(1usize..40, 0..20),
    ) {
        let stream = pieces.concat();
        let whole = frames(&stream, []);
        let cut = frames(&stream, sizes);
        prop_assert_eq!(&whole, &cut);
        for bytes in whole.iter().flatten() {
            let mut index = [HeaderSpan::default(); 32];
            let message = Message::parse(bytes, &mut index);
            prop_assert_eq!(message.map(|message| message.as_bytes().len()), Ok(bytes.len()));
        }
    }
}
