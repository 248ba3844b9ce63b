use core::fmt::Debug;
use std::format;
use std::string::ToString;

use crate::header::*;
use crate::{HeaderSpan, Message, MessageWriter, Method, QuotedString};

fn parse<'a, H: Header<'a>>(value: &'a str) -> H {
    H::parse(value.as_bytes()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

fn refused<'a, H: Header<'a> + Debug>(value: &'a str) {
    let error = H::parse(value.as_bytes()).expect_err(value);
    assert_eq!(error.name(), H::NAME, "{value}");
    assert!(
        error.offset().is_some_and(|at| at <= value.len()),
        "{value}: {error}"
    );
}

#[test]
fn a_challenge_is_read_and_written() {
    let value = "Digest realm=\"atlanta.com\", domain=\"sip:ss1.carrier.com\", qop=\"auth,auth-int\", \
        nonce=\"f84f1cec41e6cbe5aea9c8e88d359\", opaque=\"\", stale=FALSE, algorithm=MD5, \
        charset=UTF-8, userhash=true, x-new=1, y=\"a, b\"";
    let WwwAuthenticate(Challenge::Digest(read)) = parse(value) else {
        panic!("not Digest");
    };
    assert_eq!(read.realm, QuotedString::new("atlanta.com"));
    assert_eq!(read.domain, Some(QuotedString::new("sip:ss1.carrier.com")));
    assert_eq!(
        read.nonce,
        QuotedString::new("f84f1cec41e6cbe5aea9c8e88d359")
    );
    assert_eq!(read.opaque, Some(QuotedString::new("")));
    assert!(!read.stale && read.userhash);
    assert_eq!(read.algorithm, Some(Algorithm::Md5));
    assert_eq!(read.qop, Some(QopOptions::AUTH_AND_AUTH_INT));
    assert_eq!(read.charset, Some("UTF-8"));
    assert_eq!(read.params.iter().count(), 2);
    assert_eq!(read.params.value("X-New"), Some("1"));
    assert_eq!(read.params.value("realm"), None);
    assert_eq!(
        read.to_string(),
        "Digest realm=\"atlanta.com\", domain=\"sip:ss1.carrier.com\", \
         nonce=\"f84f1cec41e6cbe5aea9c8e88d359\", opaque=\"\", algorithm=MD5, qop=\"auth,auth-int\", \
         charset=UTF-8, userhash=true, x-new=1, y=\"a, b\""
    );
    let written = read.to_string();
    assert_eq!(
        parse::<WwwAuthenticate<'_>>(&written).0,
        Challenge::Digest(read)
    );
}

#[test]
fn a_challenge_may_be_spelled_otherwise() {
    let read: ProxyAuthenticate<'_> = parse(
        "DIGEST  Realm=atlanta ,\r\n NONCE=\"a\\\"b\",algorithm=\"sha-256\",stale=\"True\",qop=auth",
    );
    let digest = *read.0.as_digest().expect("Digest");
    assert_eq!(digest.realm, QuotedString::new("atlanta"));
    assert_eq!(digest.nonce, QuotedString::new("a\"b"));
    assert_eq!(digest.algorithm(), Algorithm::Sha256);
    assert!(digest.stale);
    assert_eq!(digest.qop, Some(QopOptions::AUTH));
    let bare: ProxyAuthenticate<'_> = parse("Digest realm=\"a\", nonce=\"\", qop=\"\"");
    let bare = *bare.0.as_digest().expect("Digest");
    assert_eq!((bare.algorithm(), bare.qop), (Algorithm::Md5, None));
    assert_eq!(
        DigestChallenge::new("a", "b", Algorithm::Sha256).to_string(),
        "Digest realm=\"a\", nonce=\"b\", algorithm=SHA-256, qop=\"auth\""
    );
}

#[test]
fn a_broken_challenge_is_refused() {
    for value in [
        "",
        ",",
        "Digest",
        "Digest realm=\"a\"",
        "Digest nonce=\"a\"",
        "Digest realm=\"a\", nonce",
        "Digest realm=\"a\", nonce=",
        "Digest realm=\"a\", nonce=\"b\",",
        "Digest realm=\"a\", nonce=\"b\" x=y",
        "Digest realm=\"a\", nonce=\"b\", nonce=\"c\"",
        "Digest realm=\"a\", nonce=\"b\", stale=true, STALE=false",
        "Digest realm=\"a, nonce=b",
        "Digest realm=\"a\"; nonce=\"b\"",
        "Digest realm=\"a\", nonce=\"b\", qop=\"auth auth-int\"",
        "Digest realm=\"a\", nonce=\"b\", qop=\"auth,\"",
        "Digest realm=\"a\", nonce=\"b\", algorithm=\"M D 5\"",
        // Two challenges have to be two header fields.
        "Digest realm=\"a\", nonce=\"b\", Digest realm=\"c\", nonce=\"d\"",
        "Digest: realm=\"a\", nonce=\"b\"",
    ] {
        refused::<WwwAuthenticate<'_>>(value);
        refused::<ProxyAuthenticate<'_>>(value);
    }
}

#[test]
fn credentials_are_read_and_written() {
    let value = "Digest username=\"bob\", realm=\"biloxi.com\", nonce=\"dcd98b\", \
        uri=\"sip:bob@biloxi.com;x=\\\"y\\\"\", response=\"6629fae49393a05397450978507c4ef1\", \
        algorithm=MD5, cnonce=\"0a4f113b\", opaque=\"5ccc069c\", qop=auth-int, nc=000000fF, x=y";
    let Authorization(Credentials::Digest(read)) = parse(value) else {
        panic!("not Digest");
    };
    assert_eq!(read.username, Username::Plain(QuotedString::new("bob")));
    assert_eq!(read.uri, QuotedString::new("sip:bob@biloxi.com;x=\"y\""));
    assert_eq!(read.qop, Some(Qop::AuthInt));
    assert_eq!(read.nc.map(|nc| nc.value()), Some(255));
    assert_eq!(read.params.value("x"), Some("y"));
    assert_eq!(read.to_string(), value);
    assert_eq!(parse::<ProxyAuthorization<'_>>(value).to_string(), value);

    let hashed = "Digest username=\"488869\", realm=\"a\", nonce=\"\", uri=\"sip:a\", response=\"\", \
        userhash=true";
    let read = parse::<Authorization<'_>>(hashed);
    assert_eq!(read.to_string(), hashed);
    let digest = *read.0.as_digest().expect("Digest");
    assert_eq!(
        digest.username,
        Username::Hashed(QuotedString::new("488869"))
    );

    let extended = "Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, realm=\"a\", nonce=\"\", uri=\"sip:a\", \
        response=\"\"";
    let read = parse::<Authorization<'_>>(extended);
    assert_eq!(read.to_string(), extended);
    let digest = *read.0.as_digest().expect("Digest");
    let Username::Extended(name) = digest.username else {
        panic!("{:?}", digest.username);
    };
    assert!(name.bytes().eq("J\u{e4}s\u{f8}n Doe".bytes()));
    assert_eq!(name, ExtendedName::new("J\u{e4}s\u{f8}n Doe"));
}

#[test]
fn broken_credentials_are_refused() {
    let sound = "Digest username=\"b\", realm=\"r\", nonce=\"n\", uri=\"sip:a\", response=\"r\"";
    parse::<Authorization<'_>>(sound);
    for (from, to) in [
        ("username=\"b\", ", ""),
        ("realm=\"r\", ", ""),
        ("nonce=\"n\", ", ""),
        ("uri=\"sip:a\", ", ""),
        (", response=\"r\"", ""),
        ("username=\"b\"", "username=\"b\", username=\"c\""),
        ("username=\"b\"", "username=\"b\", username*=UTF-8''b"),
        ("username=\"b\"", "username*=UTF-8''b, userhash=true"),
        ("username=\"b\"", "username*=\"UTF-8''b\""),
        ("username=\"b\"", "username*=ISO-8859-1''b"),
        ("username=\"b\"", "username*=UTF-8''%C3"),
        ("username=\"b\"", "username*=UTF-8''%"),
        ("username=\"b\"", "username*=UTF-8''%4"),
        ("username=\"b\"", "username*=UTF-8''%GG"),
        ("username=\"b\"", "username*=UTF-8'"),
        ("username=\"b\"", "username*=b"),
        ("uri", "nc=1, uri"),
        ("uri", "nc=00000g01, uri"),
        ("uri", "nc=000000001, uri"),
        ("uri", "nc=+0000001, uri"),
        ("uri", "nc=00000001, nc=00000002, uri"),
        ("uri", "qop=\"auth,auth-int\", uri"),
        ("uri", "qop=auth, qop=auth, uri"),
    ] {
        refused::<Authorization<'_>>(&sound.replace(from, to));
    }
}

/// What is not Digest is kept octet for octet.
#[test]
fn other_schemes_stay_as_they_are() {
    for value in [
        "NTLM qop=\"auth\", realm=\"SIP Communications Service\", targetname=\"lync.example.com\", version=4",
        "Kerberos realm=\"SIP Communications Service\",  targetname=\"sip/lync.example.com\" , version=4",
        "TLS-DSK realm=\"SIP Communications Service\",gssapi-data=\"FgMBAC8=\", version=4",
        "Negotiate YIIZ+/==",
        "Negotiate",
        "NoOneKnowsThisScheme opaque-data=here",
        "Basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "Bearer a.b-c_d~e",
    ] {
        assert_eq!(parse::<WwwAuthenticate<'_>>(value).to_string(), value);
        assert_eq!(parse::<ProxyAuthorization<'_>>(value).to_string(), value);
        let Credentials::Other(other) = parse::<Authorization<'_>>(value).0 else {
            panic!("{value}");
        };
        assert_eq!(other.raw(), value.as_bytes());
        assert_eq!(OtherScheme::new(value.as_bytes()), Some(other));
        assert!(value.starts_with(other.scheme()));
        assert!(value.as_bytes().ends_with(other.data()));
    }
    let ntlm = OtherScheme::new(b"NTLM realm=\"a, b\", version=4").unwrap();
    assert_eq!(ntlm.params().unwrap().value("realm"), Some("a, b"));
    assert_eq!(ntlm.params().unwrap().value("version"), Some("4"));
    assert!(
        OtherScheme::new(b"Negotiate Zm9v")
            .unwrap()
            .params()
            .is_some()
    );
    assert!(
        OtherScheme::new(b"Negotiate YIIZ+/ =")
            .unwrap()
            .params()
            .is_none()
    );
    let spaced = OtherScheme::new(b"\t ~ x ").unwrap();
    assert_eq!(
        (spaced.scheme(), spaced.raw(), spaced.data()),
        ("~", &b"~ x"[..], &b"x"[..])
    );
    assert_eq!(
        parse::<Authorization<'_>>("\t ~ x ").0,
        Credentials::Other(spaced)
    );
    assert!(OtherScheme::new(b"digest x=y").is_none());
    assert!(OtherScheme::new(b"").is_none());
    let broken = OtherScheme::new(b"NTLM a=b\r\nEvil: c").unwrap();
    let written = MessageWriter::request(&mut [0; 200], Method::Bye, "sip:a")
        .typed(&Authorization(Credentials::Other(broken)))
        .finish();
    assert!(written.is_err());
}

/// RFC 3261 section 7.3.1: these are no lists, each header field is one value, whatever its commas.
#[test]
fn a_header_field_is_one_value() {
    let bytes = b"SIP/2.0 401 Unauthorized\r\n\
        WWW-Authenticate: Digest realm=\"a, b\", nonce=\"1\", algorithm=SHA-256, qop=\"auth,auth-int\"\r\n\
        WWW-Authenticate: NTLM realm=\"SIP Communications Service\", version=4\r\n\
        www-authenticate: Digest realm=\"a, b\",\r\n nonce=\"1\"\r\n\
        Proxy-Authenticate: Digest nonce=\"2\", realm=\"c\"\r\n\r\n";
    let mut index = [HeaderSpan::default(); 8];
    let message = Message::parse(bytes, &mut index).unwrap();
    let schemes = message
        .typed_all::<WwwAuthenticate<'_>>()
        .map(|value| match value.unwrap().0 {
            Challenge::Digest(digest) => digest.algorithm().as_str(),
            Challenge::Other(other) => other.scheme(),
        });
    assert!(schemes.eq(["SHA-256", "NTLM", "MD5"]));
    assert_eq!(message.typed_all::<ProxyAuthenticate<'_>>().count(), 1);
}

#[test]
fn what_a_server_tells_afterwards_is_read_and_written() {
    let value = "nextnonce=\"47364c23432d2e131a5fb210812c\", qop=auth, \
        rspauth=\"6629fae49393a05397450978507c4ef1\", cnonce=\"0a4f113b\", nc=00000001, x=\"y\"";
    let AuthenticationInfo(Confirmation::Digest(read)) = parse(value) else {
        panic!("{value}")
    };
    assert_eq!(
        read.nextnonce,
        Some(QuotedString::new("47364c23432d2e131a5fb210812c"))
    );
    assert_eq!(
        (read.qop, read.nc),
        (Some(Qop::Auth), Some(NonceCount::new(1)))
    );
    assert_eq!(read.to_string(), value);
    let by_proxy = parse::<ProxyAuthenticationInfo<'_>>(value).0;
    assert_eq!(by_proxy.digest(), Some(&read));
    // Microsoft's schemes name themselves.
    let value = "TLS-DSK qop=\"auth\", opaque=\"1\", srand=\"2\", snum=\"3\", rspauth=\"4\"";
    let Confirmation::Other(other) = parse::<ProxyAuthenticationInfo<'_>>(value).0 else {
        panic!("{value}")
    };
    assert_eq!(
        (other.scheme(), other.to_string().as_str()),
        ("TLS-DSK", value)
    );
    for value in [
        "",
        "Digest nextnonce=\"a\"",
        "nextnonce",
        "nc=1",
        "qop=auth, qop=auth",
    ] {
        refused::<AuthenticationInfo<'_>>(value);
    }
}

#[test]
fn nothing_in_a_value_ends_its_line() {
    let challenge = DigestChallenge::new("a\r\nEvil: b", "n", Algorithm::Md5);
    let written = |challenge| {
        let mut buffer = [0; 300];
        MessageWriter::request(&mut buffer, Method::Bye, "sip:a")
            .typed(&WwwAuthenticate(Challenge::Digest(challenge)))
            .finish()
            .is_ok()
    };
    assert!(!written(challenge));
    let sound = DigestChallenge::new("a", "n", Algorithm::Md5);
    assert!(written(sound));
    assert!(!written(DigestChallenge {
        algorithm: Some(Algorithm::Other("x, y")),
        ..sound
    }));
    assert!(!written(DigestChallenge {
        charset: Some("x\r\n"),
        ..sound
    }));
    assert!(!written(DigestChallenge {
        nonce: QuotedString::new("\0"),
        ..sound
    }));
}

#[test]
fn counts_are_eight_digits() {
    for (count, digits) in [
        (0, "00000000"),
        (1, "00000001"),
        (u32::MAX, "ffffffff"),
        (0xabc, "00000abc"),
    ] {
        assert_eq!(NonceCount::new(count).as_str(), digits);
        assert_eq!(NonceCount::new(count).value(), count);
    }
    assert_eq!(format!("{:?}", Algorithm::new("md5-SESS")), "Md5Sess");
    assert!(Algorithm::new("md5-SESS").is_session() && !Algorithm::Other("x").is_session());
    assert_eq!(Qop::new("AUTH"), Qop::Auth);
}
