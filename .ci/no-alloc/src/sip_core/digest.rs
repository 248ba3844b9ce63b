//! Digests: headers, hashes, and a server that challenges and checks.

use core::hint::black_box;

use trunkline_sans_io::{FiveTuple, Instant};
use trunkline_sip_core::header::{
    AuthenticationInfo, Authorization, Credentials, DigestCredentials, Username, WwwAuthenticate,
};
use trunkline_sip_core::{
    Account, DigestServer, DigestServerConfig, DigestVerdict, Ha1, HashFunction, HeaderSpan,
    Message, MessageWriter, Method, NonceUse, QuotedString, Secret, StatusCode,
};

use crate::check::{Failed, check, some};

/// RFC 7616 section 3.9.1.
const MUFASA: &[u8] = b"REGISTER sip:example.org SIP/2.0\r\n\
    Authorization: Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", \
    algorithm=SHA-256, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
    cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, \
    response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"\r\n\r\n";

pub fn run() -> Result<(), Failed> {
    vector()?;
    conversation()
}

fn vector() -> Result<(), Failed> {
    let mut index = [HeaderSpan::default(); 8];
    let message = some!(Message::parse(black_box(MUFASA), &mut index));
    let header = some!(message.require::<Authorization<'_>>());
    let read = some!(header.0.as_digest());
    for (function, right) in [
        (HashFunction::Sha256, true),
        (HashFunction::Md5, false),
        (HashFunction::Sha512Trunc256, false),
    ] {
        let secret = Ha1::new(
            function,
            "Mufasa",
            "http-auth@example.org",
            "Circle of Life",
        );
        check!(read.is_from(&secret, "GET", b"") == right);
    }
    Ok(())
}

fn conversation() -> Result<(), Failed> {
    let users = [Account {
        username: "bob",
        secret: Secret::Password("zanzibar"),
    }];
    let mut server = DigestServer::new(DigestServerConfig::DEFAULT, [7; 32], [NonceUse::EMPTY; 8]);
    let path = FiveTuple::udp(([192, 0, 2, 1], 5060).into(), ([192, 0, 2, 4], 5060).into());
    let (mut sent, mut received) = ([0; 1024], [0; 1024]);

    let mut writer = MessageWriter::request(&mut sent, Method::Register, "sip:biloxi.com");
    let len = some!(writer.finish());
    let mut index = [HeaderSpan::default(); 8];
    let request = some!(Message::parse(some!(sent.get(..len)), &mut index));
    let verdict = server.check(Instant::ORIGIN, path, &request, "biloxi.com", &users);
    let len = some!(some!(verdict.write_response(&request, "t", &mut received)));
    let mut index = [HeaderSpan::default(); 8];
    let response = some!(Message::parse(some!(received.get(..len)), &mut index));
    check!(response.status() == Some(StatusCode::UNAUTHORIZED));
    let header = some!(response.require::<WwwAuthenticate<'_>>());
    let challenge = some!(header.0.as_digest());

    let mut index = [HeaderSpan::default(); 8];
    let message = some!(Message::parse(MUFASA, &mut index));
    let header = some!(message.require::<Authorization<'_>>());
    let mut credentials: DigestCredentials<'_> = *some!(header.0.as_digest());
    credentials.username = Username::Plain(QuotedString::new("bob"));
    credentials.realm = QuotedString::new("biloxi.com");
    credentials.uri = QuotedString::new("sip:biloxi.com");
    credentials.nonce = challenge.nonce;
    let secret = Ha1::new(HashFunction::Sha256, "bob", "biloxi.com", "zanzibar");
    let digest = some!(credentials.digest(&secret, "REGISTER", b""));
    credentials.response = digest.as_quoted();
    let mut again = [0; 1024];
    let len = some!(
        MessageWriter::request(&mut again, Method::Register, "sip:biloxi.com")
            .typed(&Authorization(Credentials::Digest(credentials)))
            .finish()
    );
    let mut index = [HeaderSpan::default(); 8];
    let request = some!(Message::parse(some!(again.get(..len)), &mut index));
    let verdict = server.check(Instant::ORIGIN, path, &request, "biloxi.com", &users);
    let DigestVerdict::Accepted(user) = verdict else {
        return Err(Failed("the right credentials are refused"));
    };
    check!(user.username == "bob");
    let mut accepted = [0; 1024];
    let mut writer = MessageWriter::response(&mut accepted, StatusCode::OK, "OK");
    user.add_to(&mut writer, b"");
    let len = some!(writer.finish());
    let mut index = [HeaderSpan::default(); 8];
    let response = some!(Message::parse(some!(accepted.get(..len)), &mut index));
    let info = some!(response.require::<AuthenticationInfo<'_>>());
    let info = some!(info.0.digest());
    check!(credentials.is_answered_by(info, &secret, b""));
    let replayed = server.check(Instant::ORIGIN, path, &request, "biloxi.com", &users);
    check!(replayed.status() == Some(StatusCode::UNAUTHORIZED));
    Ok(())
}
