use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use super::base64::Base64;
use super::*;
use crate::header::Header as _;

const INFO: &str = "https://cert.example.org/passport.cer";

fn passport<'a>(from: &'a str, to: &'a str) -> Passport<'a> {
    let from = From::parse(from.as_bytes()).expect("a From");
    let to = To::parse(to.as_bytes()).expect("a To");
    let date = Date::from_unix(1_443_208_345).expect("a date");
    Passport::new(Uri::parse(INFO).expect("a URI"), &from, &to, date)
}

fn text(
    write: impl Fn(&mut [u8]) -> Result<usize, PassportError>,
) -> Result<String, PassportError> {
    let Err(PassportError::TooSmall { needed }) = write(&mut []) else {
        return write(&mut [0; 2048]).map(|_| String::new());
    };
    let mut buffer = vec![0; needed];
    assert_eq!(write(&mut buffer), Ok(needed));
    Ok(String::from_utf8(buffer).expect("text"))
}

/// The octets that RFC 8225 section 5 and 9 and RFC 8224 section 4.1.1 are made of.
#[test]
fn claims_are_written_in_order_and_without_white_space() {
    let example = passport(
        "<sip:+12155551212@example.com>;tag=1",
        "<sip:alice@example.com>",
    );
    assert_eq!(
        text(|to| example.write_header(to)).as_deref(),
        Ok(r#"{"alg":"ES256","typ":"passport","x5u":"https://cert.example.org/passport.cer"}"#)
    );
    assert_eq!(
        text(|to| example.write_payload(to)).as_deref(),
        Ok(
            r#"{"dest":{"uri":["sip:alice@example.com"]},"iat":1443208345,"orig":{"tn":"12155551212"}}"#
        )
    );
    assert_eq!(
        text(|to| example.write_input(to)).as_deref(),
        Ok(
            "eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9jZXJ0LmV4YW1wbGUub3JnL3Bh\
             c3Nwb3J0LmNlciJ9.eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI6MTQ0Mz\
             IwODM0NSwib3JpZyI6eyJ0biI6IjEyMTU1NTUxMjEyIn19"
        )
    );
    let shaken = Passport {
        extension: Some("shaken"),
        claims: &[("attest", "\"A\""), ("origid", "\"123e4567\"")],
        ..example
    };
    assert_eq!(
        text(|to| shaken.write_payload(to)).as_deref(),
        Ok(
            r#"{"attest":"A","dest":{"uri":["sip:alice@example.com"]},"iat":1443208345,"orig":{"tn":"12155551212"},"origid":"123e4567"}"#
        )
    );
    assert_eq!(
        text(|to| shaken.write_header(to)).as_deref(),
        Ok(
            r#"{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://cert.example.org/passport.cer"}"#
        )
    );
}

#[test]
fn numbers_and_uris_are_normalized() {
    for (uri, claim) in [
        ("tel:+1-201-555-0123", Ok(r#""tn":"12015550123""#)),
        ("tel:7042;phone-context=example.com", Ok(r#""tn":"7042""#)),
        ("sip:%2B49(30)1234@example.com", Ok(r#""tn":"49301234""#)),
        ("sip:*31%23@example.com;user=phone", Ok(r##""tn":"*31#""##)),
        (
            "sip:Anna@example.com;user=phone",
            Ok(r#""uri":"sip:anna@example.com""#),
        ),
        ("sip:+@example.com", Ok(r#""uri":"sip:+@example.com""#)),
        (
            "SIPS:J%c3%bC%2d%58Y:secret@EXAMPLE.com:5070;transport=tcp?Subject=x",
            Ok(r#""uri":"sips:j%C3%BC-xy@example.com""#),
        ),
        ("sip:[2001:DB8::9]", Ok(r#""uri":"sip:[2001:db8::9]""#)),
        ("im:a\\b@example.com", Ok(r#""uri":"im:a\\b@example.com""#)),
    ] {
        let from = std::format!("<{uri}>;tag=1");
        let passport = passport(&from, "<tel:+1>");
        let payload = text(|to| passport.write_payload(to));
        match (payload, claim) {
            (Ok(payload), Ok(claim)) => {
                let expected = std::format!(
                    r#"{{"dest":{{"tn":["1"]}},"iat":1443208345,"orig":{{{claim}}}}}"#
                );
                assert_eq!(payload, expected);
            }
            (payload, claim) => assert_eq!(payload.err(), claim.err(), "{uri}"),
        }
    }
    let sound = passport("<tel:+1>;tag=1", "<tel:+2>");
    for (number, claim) in [
        ("+49 (911) 1234 x5", Ok(r#""tn":"4991112345""#)),
        ("anna", Err(PassportError::Claims)),
    ] {
        let origin = PassportIdentity::Number(number);
        let payload = text(|to| Passport { origin, ..sound }.write_payload(to));
        let claimed = payload.map(|payload| payload.contains(claim.unwrap_or("?")));
        assert_eq!(claimed, claim.map(|_| true), "{number}");
    }
    for claims in [
        &[("b", "1"), ("a", "1")][..],
        &[("iat", "1")],
        &[("a b", "1")],
        &[("orig", "1")],
    ] {
        let bad = Passport { claims, ..sound };
        assert_eq!(
            text(|to| bad.write_payload(to)),
            Err(PassportError::Claims),
            "{claims:?}"
        );
    }
    let early = Passport {
        issued_at: -1,
        ..sound
    };
    assert_eq!(
        text(|to| early.write_payload(to)),
        Err(PassportError::Claims)
    );
}

/// Signs by adding octets up; enough to see what is signed.
struct Sum;

fn sum(input: &[u8]) -> [u8; 5] {
    let sum: u32 = input.iter().map(|&byte| u32::from(byte)).sum();
    let [a, b, c, d] = sum.to_be_bytes();
    [0xFB, a, b, c, d]
}

impl PassportSigner for Sum {
    fn sign(&mut self, algorithm: &str, input: &[u8], signature: &mut [u8]) -> Option<usize> {
        let sum = sum(input);
        signature.get_mut(..sum.len())?.copy_from_slice(&sum);
        (algorithm == "ES256").then_some(sum.len())
    }
}

impl PassportVerifier for Sum {
    fn verify(
        &mut self,
        info: &Uri<'_>,
        _: &str,
        origin: &PassportIdentity<'_>,
        input: &[u8],
        signature: &[u8],
    ) -> Result<(), PassportError> {
        if info.as_str() != INFO {
            return Err(PassportError::NoCertificate);
        }
        if *origin != PassportIdentity::Number("+12155551212") {
            return Err(PassportError::Credential);
        }
        let same = sum(input) == signature;
        same.then_some(()).ok_or(PassportError::Signature)
    }
}

#[test]
fn what_is_signed_verifies_and_nothing_else_does() {
    let (from, to) = (
        "<sip:+12155551212@example.com>;tag=1",
        "<sip:alice@example.com>",
    );
    for compact in [true, false] {
        let signed = passport(from, to);
        let token = text(|to| match signed.sign(&mut Sum, compact, to) {
            // It asks for the input first, then for the signature, too.
            Err(PassportError::TooSmall { .. }) if to.is_empty() => {
                Err(PassportError::TooSmall { needed: 1024 })
            }
            other => other.map(|len| {
                to[len..].fill(b' ');
                1024
            }),
        });
        let token = token.expect("signed");
        let identity = signed.identity(token.trim_end()).to_string();
        let identity = Identity::parse(identity.as_bytes()).expect("an Identity");
        assert_eq!(identity.is_compact(), compact);
        let mut scratch = [0; 1024];
        let date = Date::from_unix(1_443_208_345).expect("a date");
        let mut verify = |from: &str, to: &str, date: Date| {
            let from = From::parse(from.as_bytes()).expect("a From");
            let to = To::parse(to.as_bytes()).expect("a To");
            Passport::of_request(&identity, &from, &to, date)?.verify(
                &identity,
                &mut Sum,
                &mut scratch,
            )
        };
        assert_eq!(verify(from, to, date), Ok(()));
        let wrong = if compact {
            PassportError::Signature
        } else {
            PassportError::Mismatch
        };
        assert_eq!(verify(from, "<sip:mallory@example.com>", date), Err(wrong));
        // Where the PASSporT tells a time of its own, it is that which is signed.
        let later = Date::from_unix(1_443_208_346).expect("a date");
        let expected = if compact { Err(wrong) } else { Ok(()) };
        assert_eq!(verify(from, to, later), expected);
        let told = (!compact).then_some(1_443_208_345);
        assert_eq!(identity.issued_at(), told);
        let other = verify("<sip:+12155551213@example.com>;tag=1", to, date);
        let expected = if compact {
            PassportError::Credential
        } else {
            wrong
        };
        assert_eq!(other, Err(expected));
    }
    let signed = passport(from, to);
    let mut small = [0; 64];
    assert!(matches!(
        signed.sign(&mut Sum, true, &mut small),
        Err(PassportError::TooSmall { .. })
    ));
    let other = Passport {
        algorithm: "ES384",
        ..signed
    };
    assert_eq!(
        other.sign(&mut Sum, true, &mut [0; 1024]),
        Err(PassportError::NotSigned)
    );
}

#[test]
fn the_time_of_a_passport_is_read_without_trust() {
    // {"iat":12}, {"iat":""}, {"iat":"x"}, {"diat":1,"iat":2}, {"iat":99999999999999999999}
    for (payload, told) in [
        ("eyJpYXQiOjEyfQ", Some(12)),
        ("eyJpYXQiOiIifQ", None),
        ("eyJpYXQiOiJ4In0", None),
        ("eyJkaWF0IjoxLCJpYXQiOjJ9", Some(2)),
        ("eyJpYXQiOjk5OTk5OTk5OTk5OTk5OTk5OTk5fQ", None),
        ("eyJpYXQi=OjEyfQ", None),
        ("", None),
    ] {
        let value = std::format!("e30.{payload}.AA;info=<{INFO}>");
        let identity = Identity::parse(value.as_bytes()).expect("an Identity");
        assert_eq!(identity.issued_at(), told, "{payload}");
    }
}

#[test]
fn freshness_is_a_window_around_now() {
    let passport = passport("<tel:+1>;tag=1", "<tel:+2>");
    let at = |now| passport.check_freshness(now, Passport::FRESHNESS);
    assert_eq!(at(passport.issued_at + 60), Ok(()));
    assert_eq!(at(passport.issued_at - 60), Ok(()));
    assert_eq!(at(passport.issued_at + 61), Err(PassportError::Stale));
    assert_eq!(at(i64::MIN), Err(PassportError::Stale));
    assert_eq!(
        PassportError::Stale.status().map(StatusCode::code),
        Some(403)
    );
    assert_eq!(PassportError::Claims.status(), None);
}

#[test]
fn base64url_is_that_of_rfc_4648() {
    for (octets, encoded) in [
        ("", ""),
        ("f", "Zg"),
        ("fo", "Zm8"),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg"),
        ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ] {
        let mut buffer = [0; 16];
        let mut out = Encoder::new(&mut buffer);
        let mut base64 = Base64::default();
        octets
            .bytes()
            .for_each(|octet| base64.push(octet, &mut out));
        base64.finish(&mut out);
        let len = out.len();
        assert_eq!(&buffer[..len], encoded.as_bytes());
        let mut decoded = [0; 16];
        let len = decode(encoded, &mut decoded).expect(encoded);
        assert_eq!(&decoded[..len], octets.as_bytes());
    }
    let mut to = [0; 2];
    let decoded: Vec<_> = ["-_8", "+/8=", "Zg=", "Zh", "Z", "Zm9v", "Zm 8", "===="]
        .iter()
        .map(|text| decode(text, &mut to))
        .collect();
    assert_eq!(
        decoded,
        [Some(2), Some(2), Some(1), None, None, None, None, None]
    );
}
