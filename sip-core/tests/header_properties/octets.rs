//! Arbitrary octets as values.

use core::fmt::Debug;

use proptest::prelude::*;
use trunkline_sip_core::header::*;
use trunkline_sip_core::{Encode, HeaderSpan, Message, MessageWriter, StatusCode};

/// Reads a value. Where it is refused, the offset lies in it; where it is read, it can be written, unless a NUL
/// is in it, and reads the same again.
fn check<'a, H: Header<'a> + Encode + Debug + ToString>(
    value: &'a [u8],
    again: impl Fn(&[u8]) -> Option<String>,
) {
    match H::parse(value) {
        Err(error) => {
            assert_eq!(error.name(), H::NAME);
            assert!(
                error.offset().is_some_and(|offset| offset <= value.len()),
                "{error}"
            );
        }
        // Content-Length is the writer's own.
        Ok(_) if H::NAME == ContentLength::NAME => {}
        Ok(read) => {
            let mut buffer = [0; 1024];
            let written = MessageWriter::response(&mut buffer, StatusCode::OK, "")
                .typed(&read)
                .finish();
            let sound = !value.iter().any(|&byte| matches!(byte, 0 | b'\r' | b'\n'));
            match written {
                Ok(len) => {
                    let mut index = [HeaderSpan::default(); 8];
                    let message =
                        Message::parse(&buffer[..len], &mut index).expect("what is written parses");
                    assert_eq!(message.headers().count(), 2, "{read:?}");
                    let field = message.header(H::NAME).expect("the field");
                    assert_eq!(again(field.value()), Some(read.to_string()), "{read:?}");
                }
                Err(error) => assert!(!sound, "{read:?} is read but not written: {error}"),
            }
        }
    }
}

macro_rules! each {
    ($value:ident: $($type:ident)*) => {
        $(check::<$type>($value, |value| $type::parse(value).ok().map(|again| again.to_string()));)*
    };
}

fn check_all(value: &[u8]) {
    every_header!(each!(value:));
}

/// Values of many headers, to be changed.
const SEEDS: [&str; 24] = [
    "\"A. B\" <sip:a@h;lr?x=y>;tag=1;reason=\"x, y\";index=1.2;cid=\"a@h\"",
    "sip:a@h;tag=1;q=0.5;expires=3600;+sip.instance=\"<urn:uuid:1>\"",
    "SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKx;rport;received=192.0.2.1;ttl=1;maddr=h",
    "a@h;to-tag=1;from-tag=2;early-only;remote-tag=3;local-tag=4",
    "*;audio;require;explicit;+sip.x=\"#1:2,!a\";video=\"<x>\"",
    "eyJ.eyJ.s-_;info=<https://c/p.cer>;alg=ES256;ppt=\"shaken\"",
    "ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2",
    "icid-value=\"1\";icid-generated-at=h;orig-ioi=a;term-ioi=b",
    "3GPP-GERAN;cgi-3gpp=1;network-provided;utran-cell-id-3gpp=\"2\"",
    "Sat, 13 Nov 2010 23:29:00 GMT",
    "4711 INVITE",
    "1 4711 INVITE",
    "application/sdp;level=1;q=0.5",
    "307 h:5060 \"a \\\"b\\\"\"",
    "120 (a (b) \\) c);duration=60",
    "Q.850;cause=16;text=\"x\"",
    "presence.winfo;id=7;x",
    "terminated;reason=timeout;retry-after=60;expires=1",
    "1800;refresher=uas",
    "wps.0",
    "Digest realm=\"r\", nonce=\"n\", qop=\"auth,auth-int\", algorithm=MD5, stale=false",
    "urn:urn-7:3gpp-service.x",
    "<cid:a@h>;x",
    "300;code=\"Dereference Failure\";purpose=x;encoding=hex",
];

fn octets() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(
        prop_oneof![
            4 => prop::sample::select(b"\t ,;:<>\"\\@?=/[]%*()0a.#!+\xc3\xbc".to_vec()),
            1 => any::<u8>().prop_filter("no line ends", |byte| !matches!(byte, b'\r' | b'\n')),
        ],
        0..6,
    )
}

/// As a message has it: without white space at its ends.
fn trimmed(value: &[u8]) -> &[u8] {
    value.trim_ascii()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_octets_are_refused_or_written_again(octets in prop::collection::vec(octets(), 0..8)) {
        check_all(trimmed(&octets.concat()));
    }

    #[test]
    fn changed_values_are_refused_or_written_again(
        seed in prop::sample::select(&SEEDS[..]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..4, octets()), 0..4),
    ) {
        let mut value = seed.as_bytes().to_vec();
        for (at, cut, put) in &edits {
            let at = at.index(value.len() + 1);
            let end = (at + cut).min(value.len());
            value.splice(at..end, put.iter().copied());
        }
        check_all(trimmed(&value));
    }
}
