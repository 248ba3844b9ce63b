//! What holds for every challenge, all credentials, and every pair of client and server.

use proptest::prelude::*;
use trunkline_sip_core::header::{
    Algorithm, AuthParams, AuthenticationInfo, Authorization, Challenge, Confirmation, Credentials,
    DigestChallenge, DigestCredentials, DigestInfo, ExtendedName, Header as _, NonceCount,
    ProxyAuthenticate, ProxyAuthenticationInfo, ProxyAuthorization, Qop, QopOptions, Username,
    WwwAuthenticate,
};
use trunkline_sip_core::sans_io::{FiveTuple, Instant};
use trunkline_sip_core::{
    Account, DigestServer, DigestServerConfig, DigestVerdict, HeaderSpan, Message, MessageWriter,
    Method, NonceUse, QuotedString, Secret,
};

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,20}", "[\\\\\" ,=a]{0,8}", "[^\\x00\\r\\n]{0,10}"]
}

fn token() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9.!%*_+`'~-]{1,12}"
}

fn algorithm() -> impl Strategy<Value = Option<String>> {
    const KNOWN: [&str; 6] = [
        "MD5",
        "MD5-sess",
        "SHA-256",
        "sha-256-SESS",
        "SHA-512-256",
        "SHA-512-256-sess",
    ];
    proptest::option::of(prop_oneof![
        proptest::sample::select(&KNOWN[..]).prop_map(String::from),
        token()
    ])
}

fn params() -> impl Strategy<Value = String> {
    let param = prop_oneof![
        token().prop_map(|value| value),
        text()
            .prop_map(|value| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))),
    ];
    proptest::collection::vec(param, 0..3).prop_map(|values| {
        let params = values
            .iter()
            .enumerate()
            .map(|(at, value)| format!("x-{at}={value}"));
        params.collect::<Vec<_>>().join(", ")
    })
}

/// Written into a message and read from it: the same, and nothing but it.
macro_rules! round_trip {
    ($header:ident, $value:expr) => {{
        let value = $header($value);
        let mut buffer = [0; 4096];
        let len = MessageWriter::request(&mut buffer, Method::Register, "sip:a")
            .typed(&value)
            .finish()
            .expect("room");
        let mut index = [HeaderSpan::default(); 8];
        let message = Message::parse(&buffer[..len], &mut index).expect("a message");
        prop_assert_eq!(message.headers().count(), 2);
        prop_assert_eq!(message.typed_all::<$header<'_>>().count(), 1);
        prop_assert_eq!(message.require::<$header<'_>>(), Ok(value));
    }};
}

proptest! {
    #[test]
    fn challenges_round_trip(
        (realm, nonce, domain, opaque) in (text(), text(), proptest::option::of(text()), proptest::option::of(text())),
        (algorithm, charset, params) in (algorithm(), proptest::option::of(token()), params()),
        qop in proptest::option::of(proptest::collection::vec(token(), 1..4)),
        (stale, userhash) in any::<(bool, bool)>(),
    ) {
        let qop = qop.map(|names| names.join(", "));
        let value = DigestChallenge {
            domain: domain.as_deref().map(QuotedString::new),
            opaque: opaque.as_deref().map(QuotedString::new),
            stale,
            algorithm: algorithm.as_deref().map(Algorithm::new),
            qop: qop.as_deref().map(|qop| QopOptions::parse(qop).expect("tokens")),
            charset: charset.as_deref(),
            userhash,
            params: AuthParams::parse(params.as_bytes()).expect("parameters"),
            ..DigestChallenge::new(&realm, &nonce, Algorithm::Md5)
        };
        round_trip!(WwwAuthenticate, Challenge::Digest(value));
        round_trip!(ProxyAuthenticate, Challenge::Digest(value));
    }

    #[test]
    fn credentials_round_trip(
        (name, how, realm, nonce) in (text(), 0..3, text(), text()),
        (uri, response, params) in (text(), text(), params()),
        (cnonce, opaque) in (proptest::option::of(text()), proptest::option::of(text())),
        (algorithm, qop, nc) in (algorithm(), proptest::option::of(token()), any::<Option<u32>>()),
    ) {
        let value = DigestCredentials {
            username: match how {
                0 => Username::Plain(QuotedString::new(&name)),
                1 => Username::Hashed(QuotedString::new(&name)),
                _ => Username::Extended(ExtendedName::new(&name)),
            },
            realm: QuotedString::new(&realm),
            nonce: QuotedString::new(&nonce),
            uri: QuotedString::new(&uri),
            response: QuotedString::new(&response),
            algorithm: algorithm.as_deref().map(Algorithm::new),
            cnonce: cnonce.as_deref().map(QuotedString::new),
            opaque: opaque.as_deref().map(QuotedString::new),
            qop: qop.as_deref().map(Qop::new),
            nc: nc.map(NonceCount::new),
            params: AuthParams::parse(params.as_bytes()).expect("parameters"),
        };
        round_trip!(Authorization, Credentials::Digest(value));
        round_trip!(ProxyAuthorization, Credentials::Digest(value));
    }

    #[test]
    fn infos_round_trip(
        (nextnonce, rspauth, cnonce) in (text(), proptest::option::of(text()), proptest::option::of(text())),
        (qop, nc, params) in (proptest::option::of(token()), any::<Option<u32>>(), params()),
    ) {
        let value = DigestInfo {
            nextnonce: Some(QuotedString::new(&nextnonce)),
            qop: qop.as_deref().map(Qop::new),
            rspauth: rspauth.as_deref().map(QuotedString::new),
            cnonce: cnonce.as_deref().map(QuotedString::new),
            nc: nc.map(NonceCount::new),
            params: AuthParams::parse(params.as_bytes()).expect("parameters"),
        };
        round_trip!(AuthenticationInfo, Confirmation::Digest(value));
        round_trip!(ProxyAuthenticationInfo, Confirmation::Digest(value));
    }

    /// Whatever stands there is read or refused, and what is read is written and read as the same.
    #[test]
    fn any_octets_are_read_or_refused(
        octets in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..60),
            "(Digest|NTLM) ([a-z*]{1,8}=(\"[^\"]{0,6}\"|[ -~]{0,8})[, ]{1,2}){0,6}".prop_map(String::into_bytes),
            "Digest username\\*=UTF-8''[%0-9A-Fa-z]{0,9}, realm=a, nonce=b, uri=c, response=d"
                .prop_map(String::into_bytes),
        ],
    ) {
        if let Ok(value) = Authorization::parse(&octets) {
            let again = value.to_string();
            if core::str::from_utf8(&octets).is_ok() && !again.contains('\0') {
                prop_assert_eq!(Authorization::parse(again.as_bytes()), Ok(value));
            }
        }
        if let Ok(value) = WwwAuthenticate::parse(&octets) {
            let again = value.to_string();
            if core::str::from_utf8(&octets).is_ok() {
                prop_assert_eq!(WwwAuthenticate::parse(again.as_bytes()), Ok(value));
            }
        }
        let _ = AuthenticationInfo::parse(&octets);
    }

    /// No credentials that are made up are accepted, and none end in anything but an answer.
    #[test]
    fn made_up_credentials_are_refused(
        (name, nonce, response) in (text(), text(), "[0-9a-f]{32}"),
        value in prop_oneof![Just(String::new()), params()],
        nc in "[0-9a-f]{8}",
    ) {
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let request = format!(
            "REGISTER sip:a SIP/2.0\r\nAuthorization: Digest username=\"{}\", realm=\"r\", nonce=\"{}\", \
             uri=\"sip:a\", response=\"{response}\", qop=auth, nc={nc}, cnonce=\"c\"{}{value}\r\n\r\n",
            quoted(&name), quoted(&nonce), if value.is_empty() { "" } else { ", " },
        );
        let mut index = [HeaderSpan::default(); 8];
        let request = Message::parse(request.as_bytes(), &mut index).expect("a message");
        let users = [Account { username: "bob", secret: Secret::Password("zanzibar") }];
        let mut server = DigestServer::new(DigestServerConfig::DEFAULT, [1; 32], [NonceUse::EMPTY; 2]);
        let path = FiveTuple::udp("192.0.2.1:5060".parse().unwrap(), "192.0.2.4:5060".parse().unwrap());
        let verdict = server.check(Instant::ORIGIN, path, &request, "r", &users);
        prop_assert!(!matches!(verdict, DigestVerdict::Accepted(_) | DigestVerdict::Exempt));
        let mut buffer = [0; 2000];
        let written = verdict.write_response(&request, "t", &mut buffer);
        prop_assert!(matches!(written, Ok(Some(_))));
    }
}
