#![no_main]
//! A stream, framed as a whole, octet by octet, and in pieces that the last octets of the input choose.

use libfuzzer_sys::fuzz_target;
use trunkline_sip_core::{
    Frame, FrameError, Framer, HeaderName, HeaderSpan, Message, ParseError, is_keep_alive,
};

/// What a framer made of a stream.
#[derive(Debug, PartialEq)]
struct Framed {
    /// Where each message starts and ends.
    messages: Vec<(usize, usize)>,
    /// Octets of keep-alives. Where one ends and the next begins depends on the pieces.
    keep_alives: usize,
    /// Where the stream was lost, and why.
    lost: Option<(usize, FrameError)>,
    /// Octets left over.
    left: usize,
}

fuzz_target!(|data: &[u8]| {
    let seed = data.iter().rev().take(8).fold(1, |seed: u64, &byte| {
        seed.wrapping_mul(0x100).wrapping_add(byte.into()) | 1
    });
    let limits = [
        (65_535, 256 * 1024),
        (16 + seed as usize % 1024, seed as usize % 512),
    ];
    for (max_head, max_body) in limits {
        let framer = Framer::with_limits(max_head, max_body);
        let whole = frame(framer.clone(), data, |left| left);
        let single = frame(framer.clone(), data, |_| 1);
        let mut state = seed;
        let pieces = frame(framer, data, |_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            1 + (state >> 33) as usize % 97
        });
        assert_eq!(whole, single);
        assert_eq!(whole, pieces);
        check_against_parser(data, &whole, max_head);
    }
});

/// Feeds `data` in pieces of the lengths that `piece` gives and consumes what is found.
fn frame(mut framer: Framer, data: &[u8], mut piece: impl FnMut(usize) -> usize) -> Framed {
    let mut framed = Framed {
        messages: Vec::new(),
        keep_alives: 0,
        lost: None,
        left: 0,
    };
    let (mut start, mut end) = (0, 0);
    while end < data.len() {
        end = (end + piece(data.len() - end)).min(data.len());
        loop {
            let unconsumed = &data[start..end];
            let frame = match framer.next(unconsumed) {
                Ok(frame) => frame,
                Err(error) => {
                    framed.lost = Some((start, error));
                    return framed;
                }
            };
            assert!(frame.len() <= unconsumed.len());
            assert_eq!(frame.is_empty(), frame == Frame::Incomplete);
            match frame {
                Frame::Incomplete => {
                    assert!(unconsumed.len() < framer.max_message().max(2));
                    break;
                }
                Frame::Message { len } => framed.messages.push((start, start + len)),
                Frame::Ping { len } | Frame::Pong { len } => {
                    assert!(is_keep_alive(&unconsumed[..len]));
                    framed.keep_alives += len;
                }
            }
            start += frame.len();
        }
    }
    framed.left = data.len() - start;
    framed
}

fn check_against_parser(data: &[u8], framed: &Framed, max_head: usize) {
    let mut index = [HeaderSpan::default(); 512];
    for &(start, end) in &framed.messages {
        // With and without what comes after it.
        for piece in [&data[start..end], &data[start..]] {
            match Message::parse(piece, &mut index) {
                Ok(message) => {
                    assert_eq!(message.as_bytes(), &data[start..end]);
                    assert!(message.body_offset() <= max_head);
                }
                Err(ParseError::TooManyHeaders { capacity: 512 }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    let Some((start, error)) = framed.lost else {
        return;
    };
    let rest = &data[start..];
    match (error, Message::parse(rest, &mut index)) {
        (_, Err(ParseError::TooManyHeaders { capacity: 512 })) => {}
        (FrameError::Head(ParseError::HeadTooLong { limit }), parsed) => {
            assert!(limit <= max_head);
            assert!(parsed.map_or(true, |message| message.body_offset() > limit));
        }
        (FrameError::Head(error), parsed) => assert_eq!(parsed.map(|_| ()), Err(error)),
        (FrameError::NoContentLength, parsed) => {
            let message = parsed.unwrap();
            assert!(message.header(HeaderName::ContentLength).is_none());
        }
        (FrameError::BodyTooLong { declared, limit }, parsed) => {
            assert!(declared > limit);
            match parsed {
                Ok(message) => assert_eq!(message.body().len(), declared),
                Err(error) => assert!(matches!(
                    error,
                    ParseError::BodyTooShort { declared: announced, .. } if announced == declared
                )),
            }
        }
        _ => {}
    }
}
