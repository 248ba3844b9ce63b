//! Takes messages apart: start line, every header field with the parts of its type, body; errors with their place; the
//! verdict of validation. A file may hold one message or many, one after the other as a stream has them; or be a capture
//! of tcpdump, of which datagrams and streams that hold SIP are shown.
//!
//! ```text
//! cargo run -p trunkline-sip-core --example inspect                  # a message of its own
//! cargo run -p trunkline-sip-core --example inspect -- FILE..
//! cargo run -p trunkline-sip-core --example inspect -- - < FILE
//! ```
#![allow(
    elided_lifetimes_in_paths,
    reason = "one macro serves headers with and without a lifetime"
)]

use core::fmt::Debug;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::ExitCode;

use trunkline_sip_core::header::{self, ContentType, Header};
use trunkline_sip_core::uri::Uri;
use trunkline_sip_core::{
    Fragment, Frame, FrameError, Framer, HeaderError, HeaderField, HeaderSpan, Message, Multipart,
    Rejection, Rules, StartLine, validate,
};

#[macro_use]
#[path = "../tests/headers/every.rs"]
mod every;

const OWN: &[u8] = b"INVITE sip:+4989123456@gw1.example.com;user=phone SIP/2.0\r\n\
    v: SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport, SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK56sdasks\r\n\
    Max-Forwards: 70\r\n\
    Route: <sip:edge.example.com;transport=tcp;lr>\r\n\
    From: \"Alice \\\"A.\\\" Liddell\" <sip:alice@example.com>;tag=1928301774\r\n\
    To: <sip:+4989123456@gw1.example.com;user=phone>\r\n\
    Call-ID: a84b4c76e66710@192.0.2.10\r\n\
    CSeq: 314159 INVITE\r\n\
    Contact: <sip:alice@192.0.2.10;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>;+sip.instance=\"<urn:uuid:f81d4fae>\"\r\n\
    Session-Expires: 1800;refresher=uac\r\n\
    Retry-After: soon\r\n\
    X-Custom: as it stands\r\n\
    Content-Type: multipart/mixed; boundary=b7f1\r\n\
    Content-Length: 169\r\n\r\n\
    --b7f1\r\n\
    Content-Type: application/sdp\r\n\r\n\
    v=0\r\n\r\n\
    --b7f1\r\n\
    Content-Type: message/sipfrag\r\n\
    Content-Disposition: render;handling=optional\r\n\r\n\
    SIP/2.0 180 Ringing\r\n\r\n\
    --b7f1--\r\n";

/// The most header fields of a message.
const CAPACITY: usize = 512;

fn main() -> ExitCode {
    let mut sound = true;
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        stream(OWN);
    }
    for file in files {
        let mut bytes = Vec::new();
        let read = match file.as_str() {
            "-" => std::io::stdin().read_to_end(&mut bytes).map(drop),
            path => std::fs::read(path).map(|read| bytes = read),
        };
        match read {
            Ok(()) => match capture(&bytes) {
                Some(pieces) => {
                    for piece in pieces {
                        sound &= stream(&piece);
                    }
                }
                None => sound &= stream(&bytes),
            },
            Err(error) => {
                eprintln!("{file}: {error}");
                sound = false;
            }
        }
    }
    ExitCode::from(u8::from(!sound))
}

/// The datagrams and streams with SIP in a capture in the format of libpcap; `None` if it is none. Of streams, what
/// comes in order: what was lost to the capture is not looked for.
fn capture(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let big = match bytes.first_chunk()? {
        [0xD4, 0xC3, 0xB2, 0xA1] | [0x4D, 0x3C, 0xB2, 0xA1] => false,
        [0xA1, 0xB2, 0xC3, 0xD4] | [0xA1, 0xB2, 0x3C, 0x4D] => true,
        _ => return None,
    };
    let number = |at: usize| {
        let octets = *bytes.get(at..)?.first_chunk()?;
        let value = if big {
            u32::from_be_bytes(octets)
        } else {
            u32::from_le_bytes(octets)
        };
        usize::try_from(value).ok()
    };
    let link_header = match number(20)? & 0xFFFF {
        101 => 0,
        1 => 14,
        113 => 16,
        276 => 20,
        _ => return Some(Vec::new()),
    };
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    // By the addresses and ports of one direction: which piece, and the sequence number of what follows.
    let mut flows: BTreeMap<&[u8], (usize, u32)> = BTreeMap::new();
    let mut at = 24;
    while let Some(frame) = number(at + 8).and_then(|len| bytes.get(at + 16..at + 16 + len)) {
        at += 16 + frame.len();
        let packet = frame.get(link_header..).unwrap_or_default();
        let Some((protocol, flow, segment)) = transport(packet) else {
            continue;
        };
        match protocol {
            17 => pieces.push(segment.get(8..).unwrap_or_default().to_vec()),
            _ => {
                let Some(sequence) = segment.get(4..).and_then(|rest| rest.first_chunk()) else {
                    continue;
                };
                let sequence = u32::from_be_bytes(*sequence);
                let offset = usize::from(segment.get(12).unwrap_or(&0) >> 4) * 4;
                let payload = segment.get(offset..).unwrap_or_default();
                let is_first = segment.get(13).is_some_and(|flags| flags & 2 != 0);
                if is_first || (!payload.is_empty() && !flows.contains_key(flow)) {
                    flows.insert(
                        flow,
                        (pieces.len(), sequence.wrapping_add(u32::from(is_first))),
                    );
                    pieces.push(Vec::new());
                }
                if let Some((piece, next)) = flows.get_mut(flow)
                    && *next == sequence
                {
                    pieces[*piece].extend_from_slice(payload);
                    *next = next.wrapping_add(payload.len() as u32);
                }
            }
        }
    }
    let is_sip = |piece: &Vec<u8>| piece.windows(7).any(|text| text == b"SIP/2.0");
    pieces.retain(is_sip);
    Some(pieces)
}

/// Protocol, addresses with ports, and segment of an IP packet, if it is UDP or TCP.
fn transport(packet: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (protocol, addresses, header, end) = match packet.first()? >> 4 {
        4 => {
            let header = usize::from(packet[0] & 15) * 4;
            let total = u16::from_be_bytes(*packet.get(2..)?.first_chunk()?);
            (*packet.get(9)?, 12, header, usize::from(total))
        }
        6 => {
            let len = u16::from_be_bytes(*packet.get(4..)?.first_chunk()?);
            (*packet.get(6)?, 8, 40, 40 + usize::from(len))
        }
        _ => return None,
    };
    let segment = packet.get(header..end)?;
    // Options of IPv4 between addresses and ports come with every packet of a flow, or with none.
    let flow = packet.get(addresses..header + 4)?;
    matches!(protocol, 6 | 17).then_some((protocol, flow, segment))
}

/// Shows what a stream holds, or a datagram. Returns whether all of it are valid messages.
fn stream(bytes: &[u8]) -> bool {
    let mut framer = Framer::with_limits(usize::MAX, usize::MAX);
    let (mut at, mut number, mut sound) = (0, 0, true);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let frame = framer.next(rest);
        match frame {
            Ok(Frame::Message { len }) => {
                number += 1;
                sound &= message(number, at, &rest[..len]);
            }
            Ok(Frame::Ping { len } | Frame::Pong { len }) => {
                println!("{len} octets of keep-alive at {at}\n");
            }
            // What follows is no message of a stream; it may be one of a datagram.
            Ok(Frame::Incomplete) | Err(_) => {
                if let Err(error @ FrameError::NoContentLength) = frame {
                    println!("only a datagram: {error}");
                }
                return sound & message(number + 1, at, rest);
            }
        }
        at += frame.map_or(0, Frame::len);
    }
    sound
}

/// Shows a message. Returns whether it is valid.
fn message(number: usize, at: usize, bytes: &[u8]) -> bool {
    println!("message {number}: {} octets at {at}", bytes.len());
    let mut index = [HeaderSpan::default(); CAPACITY];
    let error = Message::parse(bytes, &mut [HeaderSpan::default(); CAPACITY]).err();
    if let Some(error) = error {
        println!("  ERROR {error}");
        marker(bytes, error.offset());
        if let Ok(head) = Message::parse_head(bytes, &mut index) {
            show_head(&head);
            verdict("as it is", Err(Rejection::of_unparsed(&head, error)), bytes);
        }
        println!();
        return false;
    }
    let Ok(message) = Message::parse(bytes, &mut index) else {
        return false;
    };
    show_head(&message);
    show_body(&message);
    let surplus = bytes.len() - message.as_bytes().len();
    if surplus > 0 {
        println!("  {surplus} octets after the body, which no one reads");
    }
    for (name, rules) in [
        ("STRICT", &Rules::STRICT),
        ("DEFAULT", &Rules::DEFAULT),
        ("TOLERANT", &Rules::TOLERANT),
    ] {
        verdict(name, validate(&message, rules), bytes);
    }
    println!();
    validate(&message, &Rules::DEFAULT).is_ok()
}

fn verdict(rules: &str, verdict: Result<(), Rejection>, bytes: &[u8]) {
    match verdict {
        Ok(()) => println!("  {rules}: valid"),
        Err(rejection) => {
            let way = match rejection.status() {
                Some(status) => format!("answer {}", status.code()),
                None => "drop".to_owned(),
            };
            println!("  {rules}: {way}, {}", rejection.reason());
            marker(bytes, Some(rejection.offset()));
        }
    }
}

fn show_head(message: &Message<'_>) {
    match message.start_line() {
        StartLine::Request { method, uri } => {
            println!("  request {} {uri}", method.as_str());
            match Uri::parse(uri) {
                Ok(uri) => branches(4, &uri),
                Err(error) => {
                    println!("    ERROR {error}");
                    marker(
                        message.as_bytes(),
                        Some(method.as_str().len() + 1 + error.offset()),
                    );
                }
            }
        }
        StartLine::Response { status, reason } => {
            println!("  response {} {}", status.code(), reason.escape_ascii());
        }
    }
    for field in message.headers() {
        println!("  {field:?}");
        if let Err(error) = show_field(&field) {
            println!("    ERROR {error}");
            marker(
                message.as_bytes(),
                error.offset().map(|at| field.value_offset() + at),
            );
        }
    }
}

/// Shows the values of a header field, each with the parts of its type. Offsets count from the start of the value.
fn show_field(field: &HeaderField<'_>) -> Result<(), HeaderError> {
    let start = b"INFO sip:h SIP/2.0\r\n";
    let alone = [
        start,
        field.raw_name().as_bytes(),
        b":",
        field.value(),
        b"\r\n\r\n",
    ]
    .concat();
    let mut index = [HeaderSpan::default(); 1];
    let Ok(message) = Message::parse_head(&alone, &mut index) else {
        return Ok(());
    };
    let before = start.len() + field.raw_name().len() + 1;
    macro_rules! show {
        ($($header:ident)*) => {
            $(if field.name() == header::$header::NAME {
                return show_values::<header::$header>(&message).map_err(|error| moved(error, before));
            })*
        };
    }
    every_header!(show!());
    println!("    (no type)");
    Ok(())
}

/// The error with an offset that counts from octet `before` of the original.
fn moved(mut error: HeaderError, before: usize) -> HeaderError {
    if let HeaderError::Syntax { offset, .. } | HeaderError::OutOfRange { offset, .. } = &mut error
    {
        *offset = offset.saturating_sub(before);
    }
    error
}

/// Reads the values as those of a message with this header field alone, which splits lists.
fn show_values<'a, H: Header<'a> + Debug>(message: &'a Message<'a>) -> Result<(), HeaderError> {
    for value in message.typed_all::<H>() {
        branches(4, &value?);
    }
    Ok(())
}

fn show_body(message: &Message<'_>) {
    if message.body().is_empty() {
        return;
    }
    println!("  body: {} octets", message.body().len());
    match message.typed::<ContentType>() {
        Ok(Some(content_type)) => show_content(4, &content_type, message.body(), 0),
        _ => show_text(4, message.body()),
    }
}

/// Shows a body by its type: parts, a fragment of a message, or lines.
fn show_content(indent: usize, content_type: &ContentType<'_>, body: &[u8], depth: usize) {
    let deeper = indent + 2;
    if let (true, Ok(parts)) = (depth < 8, Multipart::new(content_type, body)) {
        for (number, part) in parts.enumerate() {
            match part {
                Err(error) => println!("{:indent$}ERROR part {}: {error}", "", number + 1),
                Ok(part) => {
                    let required = if part.is_required().unwrap_or(true) {
                        ""
                    } else {
                        ", optional"
                    };
                    println!(
                        "{:indent$}part {}: {} octets{required}",
                        "",
                        number + 1,
                        part.body().len()
                    );
                    for (name, value) in part.headers().iter() {
                        println!("{:deeper$}{name}: {}", "", value.escape_ascii());
                    }
                    match part.content_type() {
                        Ok(inner) => show_content(deeper, &inner, part.body(), depth + 1),
                        Err(error) => println!("{:deeper$}ERROR {error}", ""),
                    }
                }
            }
        }
    } else if content_type.is("message", "sipfrag") {
        match Fragment::parse(body) {
            Err(error) => println!("{:indent$}ERROR {error}", ""),
            Ok(fragment) => {
                if let Some(start) = fragment.start_line() {
                    println!("{:indent$}{start:?}", "");
                }
                for (name, value) in fragment.headers().iter() {
                    println!("{:indent$}{name}: {}", "", value.escape_ascii());
                }
                show_text(indent, fragment.body());
            }
        }
    } else {
        show_text(indent, body);
    }
}

fn show_text(indent: usize, text: &[u8]) {
    for line in text
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        println!("{:indent$}{}", "", line.escape_ascii());
    }
}

/// Shows the line around an offset, and a marker below the octet.
fn marker(bytes: &[u8], offset: Option<usize>) {
    const AROUND: usize = 40;
    let Some(at) = offset.filter(|&at| at <= bytes.len()) else {
        return;
    };
    let is_line_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let (before, after) = bytes.split_at(at);
    let before = before.rsplit(is_line_end).next().unwrap_or_default();
    let before = before
        .get(before.len().saturating_sub(AROUND)..)
        .unwrap_or_default();
    let after = after.split(is_line_end).next().unwrap_or_default();
    let after = after.get(..after.len().min(AROUND)).unwrap_or_default();
    let before = before.escape_ascii().to_string();
    println!("      {before}{}", after.escape_ascii());
    println!("      {:>1$} octet {at}", "^", before.len() + 1);
}

/// The parts of a value, one in each line: its debug form without what only Rust needs.
fn branches(indent: usize, value: &dyn Debug) {
    let text = format!("{value:#?}");
    // How far the wrappers go in whose lines there is nothing to show.
    let mut wrappers: Vec<usize> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let text = line.trim_end_matches(['{', '(', '[', ',', ' ']);
        let bare = text.trim_start();
        let depth = line.len() - line.trim_start().len();
        while wrappers.last().is_some_and(|&wrapper| depth <= wrapper) {
            wrappers.pop();
        }
        if matches!(bare, "" | "}" | ")" | "]") || bare.ends_with(": None") || bare.ends_with(':') {
            continue;
        }
        let margin = (depth - 4 * wrappers.len()) / 2 + indent;
        // `name: Some(`, `Sip(`: what is in it stands in the next line.
        let Some(wrapper) = line.strip_suffix('(') else {
            println!("{:margin$}{bare}", "");
            continue;
        };
        wrappers.push(depth);
        let (name, wrapper) = match wrapper.trim_start().split_once(": ") {
            Some((name, wrapper)) => (format!("{name}: "), wrapper),
            None => (String::new(), wrapper.trim_start()),
        };
        let within = lines.next().unwrap_or_default();
        let opens = within.ends_with(['{', '(', '[']);
        let within = within.trim().trim_end_matches(['{', '(', '[', ',', ' ']);
        match wrapper {
            _ if opens => println!("{:margin$}{name}{within}", ""),
            "Some" => println!("{:margin$}{name}{within}", ""),
            _ => println!("{:margin$}{name}{wrapper} {within}", ""),
        }
    }
}
