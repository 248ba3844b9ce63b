#![no_main]
//! What comes over the wire, and what is shown of it. The first octet chooses where a secret is planted,
//! the second how the message arrives; the others stand around the secret, and come as a message of
//! their own.

use core::net::SocketAddr;
use core::time::Duration;
use std::str;

use libfuzzer_sys::fuzz_target;
use trunkline_sans_io::{FiveTuple, Instant, Transport};
use trunkline_trace::{
    Capture, Correlator, Direction, Golden, Ladder, Leg, MediaCounts, MediaPhase, Names, Page,
    Query, redact, same_number,
};

const SECRET: &str = "pl4ntedS3cret";

/// Head and body. `{n}` is noise, `{u}` noise that may stand in a user part, `{s}` the secret.
const PLACES: [(&str, &str); 18] = [
    ("Authorization: {n} {s} {n}", ""),
    ("authorization \t:\r\n {n}\r\n\t{s}", ""),
    ("Proxy-Authorization\r\n : {n} {s}", ""),
    ("Proxy-Authorization: {n}\r{s}", ""),
    ("Authentication-Info: nextnonce=\"{s}\", {n}", ""),
    ("WWW-Authenticate: Digest {n}, nonce=\"{s}\", {n}", ""),
    ("Proxy-Authenticate: NTLM {s}==", ""),
    ("Route: {n} <sip:{u}:{s}@192.0.2.1{n}>", ""),
    ("Call-Info: <https://{u}:{s}@example.com/{n}>", ""),
    ("Refer-To: <sip:a@example.com?Authorization={s}&{n}>", ""),
    ("Contact: <sip:{u}@example.com;pn-prid={s};{n}>", ""),
    (
        "c: application/sdp",
        "v=0\r\nk=clear:{s}\r\nm=audio 4000 RTP/SAVP 0\r\na={n}\r\na=crypto:{n} {s}\r\na=ice-pwd:{s}\r\na=acap:1 crypto:1 {s}\r\n",
    ),
    (
        "Content-Type: application/dtmf-relay",
        "{n}\r\nSignal={s}\r\n",
    ),
    ("Content-Type: application/sdp\r\ne: {n}", "{s}"),
    (
        "Content-Type: application/kpml-response+xml",
        "{n} <kpml digits=\"{s}\"/>",
    ),
    ("X: {n}", "{n} {s}"),
    (
        "Content-Type: multipart/mixed;boundary=pl4nt",
        "{n} {s}\r\n--pl4nt\r\nContent-Type: application/dtmf\r\n\r\n{n}\r\n{s}\r\n--pl4nt\r\n\r\n{s} {n}\r\n--pl4nt--\r\n{s}",
    ),
    (
        "Content-Type: message/sipfrag",
        "INVITE sip:b SIP/2.0\r\nX: {n}\r\nAuthorization: {n} {s}\r\n\r\n{s}",
    ),
];

fuzz_target!(|data: &[u8]| {
    let [place, way, noise @ ..] = data else {
        return;
    };
    // Longer noise says nothing new.
    let noise = noise.get(..2_000).unwrap_or(noise);
    // The fuzzer learns the secret from comparisons; in the noise it is none.
    let letters = noise.iter().copied().filter(u8::is_ascii_alphanumeric);
    let letters: Vec<u8> = letters.collect();
    if letters
        .windows(SECRET.len())
        .any(|part| part == SECRET.as_bytes())
    {
        return;
    }
    let (head, body) = PLACES[usize::from(*place) % PLACES.len()];
    let head = fill(head, noise);
    let body = fill(body, noise);

    let mut capture = Capture::new(64).with_text(4_000);
    let transport = [Transport::Udp, Transport::Tcp][usize::from(way & 1)];
    let direction = [Direction::In, Direction::Out][usize::from(way >> 1 & 1)];
    let pbx = path(transport, "10.0.0.10:5060");
    let trunk = path(transport, "198.51.100.11:5060");
    let mut at = Instant::ORIGIN;
    for (id, path, direction, start) in [
        ("a", pbx, Direction::In, "INVITE sip:+493012345@b SIP/2.0"),
        ("b", trunk, Direction::Out, "INVITE sip:{u}@b SIP/2.0"),
        ("b", trunk, direction, "SIP/2.0 404 {n} sip:a:{s}@b"),
        ("a", pbx, Direction::Out, "SIP/2.0 200 {n}"),
        ("a", pbx, direction, "BYE sip:a@b SIP/2.0"),
    ] {
        let cseq = if start.starts_with('B') {
            "2 BYE"
        } else {
            "1 INVITE"
        };
        let mut message = fill(start, noise);
        message.extend(fill(
            "\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK{u}\r\nFrom: \"{n}\" <sip:{u}:{s}@a>;tag=1\r\nTo: <sip:+493012345@b>\r\n",
            noise,
        ));
        message.extend(format!("Call-ID: {id}\r\nCSeq: {cseq}\r\n").as_bytes());
        message.extend(&head);
        message.extend(format!("\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes());
        message.extend(&body);
        check_text(&redact(&message));
        at += Duration::from_millis(300);
        capture.sip(at, path, direction, &message);
    }
    // Two places are in no sound message.
    if noise.is_empty() && !matches!(usize::from(*place) % PLACES.len(), 2 | 3) {
        assert_eq!(capture.messages().count(), 5);
    }
    check_text_of_noise(noise);
    let text = String::from_utf8_lossy(noise);
    capture.sip(at, pbx, direction, noise);
    capture.media(at, "a", MediaPhase::Begun);
    capture.media(at, &text, MediaPhase::Ended(MediaCounts::default()));
    if way & 4 != 0 {
        capture.join(&["a", "b"]);
        capture.join(&["a", &text]);
    }
    assert!(capture.events().count() <= 64);
    assert!(!format!("{capture:?}").contains(SECRET));

    let correlator = Correlator::new(|path: &FiveTuple| match path.remote == pbx.remote {
        true => Leg::Internal,
        false => Leg::External,
    });
    let names = Names::new("sbc").peer(trunk.remote, &text);
    let mut page = Page::new(&text).with_origin(Duration::from_secs(u64::from(*way) << 24));
    let calls = correlator.calls(&capture);
    let query = Query {
        from: Some(&text),
        ..Query::default()
    };
    assert!(correlator.search(&capture, &query).len() <= calls.len());
    for call in &calls {
        let ladder = Ladder::new(call, &names);
        check_text(&ladder.to_string());
        assert_eq!(ladder.diff(&Golden::from(&ladder)), None);
        page.push(ladder);
    }
    let page = page.to_string();
    check_text(&page);
    check_markup(&page);

    assert!(same_number(&text, &text));
    let other = text.get(..text.len() / 2).unwrap_or_default();
    assert_eq!(same_number(&text, other), same_number(other, &text));
    if let Ok(golden) = Golden::parse(&text) {
        assert_eq!(Golden::parse(&golden.to_string()).as_ref(), Ok(&golden));
    }
});

fn path(transport: Transport, remote: &str) -> FiveTuple {
    let local: SocketAddr = "10.0.0.2:5060".parse().unwrap();
    FiveTuple::new(transport, local, remote.parse().unwrap())
}

/// The template with its words in braces replaced. Noise ends no line and holds no secret.
fn fill(template: &str, noise: &[u8]) -> Vec<u8> {
    let line = |byte: &u8| {
        if matches!(byte, b'\r' | b'\n') {
            b' '
        } else {
            *byte
        }
    };
    let mut plain: Vec<u8> = noise.iter().map(line).collect();
    if contains(&plain, SECRET) {
        plain.clear();
    }
    let of_user = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$;?/:%".contains(byte);
    let user: Vec<u8> = plain.iter().filter(of_user).take(60).copied().collect();
    let mut out = Vec::new();
    for piece in template.split('{') {
        match piece.split_once('}') {
            None => out.extend(piece.as_bytes()),
            Some((word, rest)) => {
                out.extend(match word {
                    "n" => plain.as_slice(),
                    "u" => user.as_slice(),
                    _ => SECRET.as_bytes(),
                });
                out.extend(rest.as_bytes());
            }
        }
    }
    out
}

fn contains(text: &[u8], needle: &str) -> bool {
    text.windows(needle.len())
        .any(|window| window == needle.as_bytes())
}

fn check_text(text: &str) {
    assert!(!text.contains(SECRET), "{text}");
    let strange = |letter: char| letter != '\n' && letter.is_control();
    assert!(!text.contains(strange), "{text:?}");
}

fn check_text_of_noise(noise: &[u8]) {
    let text = redact(noise);
    assert!(!text.contains(|letter: char| letter != '\n' && letter.is_control()));
    // Each octet gives one letter of three octets at most, each line one word more.
    assert!(text.len() <= noise.len() * 16 + 16);
}

/// Every `<` begins one of our own elements, and each element ends; there are no references but those
/// of escaping.
fn check_markup(page: &str) {
    const OWN: &str = " html head meta title style body header h1 h2 h3 main p ul li a b i em svg path g rect text \
        tspan line circle table thead tbody tr th td div section span code pre details summary ";
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    let mut open: Vec<&str> = Vec::new();
    for piece in [before, after] {
        for (index, part) in piece.split('<').enumerate() {
            if index == 0 {
                continue;
            }
            let (tag, text) = part.split_once('>').unwrap();
            check_references(text);
            assert!(!text.contains('>'), "{part}");
            if tag == "!DOCTYPE html" {
                continue;
            }
            let name = tag
                .trim_start_matches('/')
                .split([' ', '/'])
                .next()
                .unwrap();
            assert!(OWN.contains(&format!(" {name} ")), "{part}");
            assert!(tag.is_ascii() || tag.contains("aria-label"), "{part}");
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name), "{part}");
            } else if !tag.ends_with('/') && name != "meta" {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

fn check_references(text: &str) {
    for part in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        assert!(known.iter().any(|known| part.starts_with(known)), "{part}");
    }
}
