#![no_main]
//! The value of a header of authentication, read as each of the six, and put before a server and a client.

use libfuzzer_sys::fuzz_target;
use trunkline_sip_core::header::{
    AuthenticationInfo, Authorization, Credentials, DigestCredentials, Header as _,
    ProxyAuthenticate, ProxyAuthenticationInfo, ProxyAuthorization, WwwAuthenticate,
};
use trunkline_sip_core::sans_io::{FiveTuple, Instant};
use trunkline_sip_core::{
    Account, DigestAccount, DigestClient, DigestClientConfig, DigestServer, DigestServerConfig,
    DigestSession, DigestVerdict, Ha1, HashFunction, HeaderSpan, Message, MessageWriter, Method,
    NonceUse, Secret, WriteError,
};

const USERS: [Account<'static>; 1] = [Account {
    username: "bob",
    secret: Secret::Password("zanzibar"),
}];

fuzz_target!(|data: &[u8]| {
    round_trips(data);
    digests(data);
    server_and_client(data);
});

macro_rules! round_trip {
    ($($header:ident)*) => {
        /// What is read is written, and reads as the same.
        fn round_trips(value: &[u8]) {
            $(if let Ok(read) = $header::parse(value) {
                let _ = (format!("{read:?}"), read.to_string());
                let mut buffer = vec![0; 4 * value.len() + 256];
                let written = MessageWriter::request(&mut buffer, Method::Bye, "sip:a")
                    .typed(&read)
                    .finish();
                match written {
                    Ok(len) => {
                        let mut index = [HeaderSpan::default(); 4];
                        let message = Message::parse(&buffer[..len], &mut index).unwrap();
                        assert_eq!(message.headers().count(), 2);
                        assert_eq!(message.require::<$header<'_>>(), Ok(read));
                    }
                    // No writer puts a NUL into a value, nor a line end that is no fold.
                    Err(WriteError::HeaderValue { .. }) => {
                        assert!(value.iter().any(|octet| matches!(octet, 0 | b'\r' | b'\n')));
                    }
                    Err(error) => panic!("{read:?} is read but not written: {error}"),
                }
            })*
        }
    };
}

round_trip!(
    WwwAuthenticate ProxyAuthenticate Authorization ProxyAuthorization AuthenticationInfo
    ProxyAuthenticationInfo
);

/// Digests are computed or not, and a digest that was computed is right.
fn digests(value: &[u8]) {
    let Ok(Authorization(Credentials::Digest(read))) = Authorization::parse(value) else {
        return;
    };
    for function in [
        HashFunction::Md5,
        HashFunction::Sha256,
        HashFunction::Sha512Trunc256,
    ] {
        let secret = Ha1::new(function, "bob", "biloxi.com", "zanzibar");
        let _ = read.response_digest(&secret, value);
        if let Some(digest) = read.digest(&secret, "INVITE", value) {
            let mut right: DigestCredentials<'_> = read;
            right.response = digest.as_quoted();
            assert!(right.is_from(&secret, "INVITE", value));
            assert!(!right.is_from(&secret, "REGISTER", value));
        }
    }
}

fn server_and_client(value: &[u8]) {
    let head = |start: &[u8], names: [&str; 2]| {
        let mut message = start.to_vec();
        for name in names {
            message.extend_from_slice(name.as_bytes());
            message.extend_from_slice(b": ");
            message.extend_from_slice(value);
            message.extend_from_slice(b"\r\n");
        }
        message.extend_from_slice(b"\r\n");
        message
    };
    let request = head(
        b"INVITE sip:biloxi.com SIP/2.0\r\n",
        ["Authorization", "Proxy-Authorization"],
    );
    let response = head(
        b"SIP/2.0 401 Unauthorized\r\n",
        ["WWW-Authenticate", "Proxy-Authenticate"],
    );
    let (mut index, mut other) = ([HeaderSpan::default(); 64], [HeaderSpan::default(); 64]);
    let Ok(request) = Message::parse(&request, &mut index) else {
        return;
    };
    let mut config = DigestServerConfig::DEFAULT;
    config.same_uri = value.len() % 2 == 0;
    config.userhash = true;
    let mut server = DigestServer::new(config, [1; 32], [NonceUse::EMPTY; 2]);
    let path = FiveTuple::udp(
        "192.0.2.1:5060".parse().unwrap(),
        "192.0.2.4:5060".parse().unwrap(),
    );
    let verdict = server.check(Instant::ORIGIN, path, &request, "biloxi.com", &USERS);
    // Nobody guesses a nonce and a digest.
    assert!(!matches!(
        verdict,
        DigestVerdict::Accepted(_) | DigestVerdict::Exempt
    ));
    // Every Via of the request comes back, and there are two of each.
    let mut buffer = vec![0; 2048 + 2 * value.len()];
    let written = verdict.write_response(&request, "t", &mut buffer);
    assert!(written.is_ok(), "{written:?}");

    let Ok(response) = Message::parse(&response, &mut other) else {
        return;
    };
    let mut client = DigestClient::new(DigestClientConfig::default(), [2; 32]);
    client.add(DigestAccount::with_password("bob", "zanzibar"));
    let mut session = DigestSession::new();
    if let Ok(headers) = client.answer(&mut session, &response, &request) {
        for header in &headers {
            let credentials = Authorization::parse(header.value()).unwrap();
            assert!(credentials.0.as_digest().is_some());
        }
    }
    let _ = session.accept(&response, &request);
    let _ = client.authorize(&mut session, "BYE", "sip:a", value);
}
