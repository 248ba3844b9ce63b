use core::time::Duration;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use trunkline_sans_io::{FiveTuple, Instant};

use super::*;
use crate::header::{Algorithm, Username};
use crate::{
    Account, AlgorithmList, BodyIntegrity, DigestServer, DigestServerConfig, DigestVerdict, Ha1,
    HeaderSpan, MessageWriter, NonceUse, QuotedString, Secret,
};

fn client() -> DigestClient {
    client_with(DigestClientConfig::default())
}

fn client_with(config: DigestClientConfig) -> DigestClient {
    let mut client = DigestClient::new(config, [9; 32]);
    client.add(DigestAccount::with_password("bob", "zanzibar"));
    client
}

fn request(headers: &[AuthorizationHeader]) -> String {
    let mut text = "INVITE sip:alice@biloxi.com SIP/2.0\r\n\
        Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK1\r\nFrom: <sip:bob@biloxi.com>;tag=1\r\n\
        To: <sip:alice@biloxi.com>\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n"
        .to_string();
    for header in headers {
        text += &format!("{header}\r\n");
    }
    text + "Content-Length: 5\r\n\r\nv=0\r\n"
}

fn response(status: &str, headers: &[&str]) -> String {
    let mut text = format!("SIP/2.0 {status}\r\nCSeq: 1 INVITE\r\n");
    for header in headers {
        text += &format!("{header}\r\n");
    }
    text + "\r\n"
}

fn with<R>(message: &str, then: impl FnOnce(&Message<'_>) -> R) -> R {
    let mut index = [HeaderSpan::default(); 40];
    then(&Message::parse(message.as_bytes(), &mut index).unwrap())
}

fn answer(
    client: &mut DigestClient,
    session: &mut DigestSession,
    response: &str,
    request: &str,
) -> Result<Vec<AuthorizationHeader>, AnswerError> {
    with(response, |response| {
        with(request, |request| client.answer(session, response, request))
    })
}

/// Answers one response to a request without credentials.
fn first(
    client: &mut DigestClient,
    headers: &[&str],
) -> Result<Vec<AuthorizationHeader>, AnswerError> {
    let response = response("401 Unauthorized", headers);
    answer(client, &mut DigestSession::new(), &response, &request(&[]))
}

fn read(header: &AuthorizationHeader) -> DigestCredentials<'_> {
    match Credentials::read(header.value()).unwrap() {
        Credentials::Digest(digest) => digest,
        other => panic!("{other:?}"),
    }
}

const MD5: &str =
    "WWW-Authenticate: Digest realm=\"biloxi.com\", nonce=\"n\", algorithm=MD5, qop=\"auth\"";
const SHA: &str = "WWW-Authenticate: Digest realm=\"biloxi.com\", nonce=\"n\", algorithm=SHA-256, qop=\"auth,auth-int\"";

#[test]
fn the_topmost_allowed_challenge_is_answered() {
    let algorithm = |client: &mut DigestClient, headers: &[&str]| {
        first(client, headers).map(|headers| {
            assert_eq!(headers.len(), 1);
            read(&headers[0]).algorithm().as_str().to_string()
        })
    };
    let aka = "WWW-Authenticate: Digest realm=\"biloxi.com\", nonce=\"n\", algorithm=AKAv1-MD5, qop=\"auth\"";
    let broken = "WWW-Authenticate: Digest realm=\"biloxi.com\"";
    let ntlm = "WWW-Authenticate: NTLM realm=\"biloxi.com\", version=4";
    // RFC 8760 section 2.4.
    let mut default = client();
    assert_eq!(algorithm(&mut default, &[MD5, SHA]).as_deref(), Ok("MD5"));
    assert_eq!(
        algorithm(&mut default, &[SHA, MD5]).as_deref(),
        Ok("SHA-256")
    );
    assert_eq!(
        algorithm(&mut default, &[aka, broken, ntlm, MD5]).as_deref(),
        Ok("MD5")
    );
    assert_eq!(
        algorithm(&mut default, &[aka, ntlm]),
        Err(AnswerError::Unsupported)
    );
    assert_eq!(
        algorithm(&mut default, &[]),
        Err(AnswerError::NotChallenged)
    );

    let mut config = DigestClientConfig {
        preference: ChallengePreference::Strongest,
        ..DigestClientConfig::default()
    };
    let mut strongest = client_with(config);
    assert_eq!(
        algorithm(&mut strongest, &[MD5, SHA]).as_deref(),
        Ok("SHA-256")
    );

    // A downgrade is not possible where MD5 is not allowed.
    config.algorithms = AlgorithmList::new(&[Algorithm::Sha256]);
    let mut strict = client_with(config);
    assert_eq!(
        algorithm(&mut strict, &[MD5, SHA]).as_deref(),
        Ok("SHA-256")
    );
    assert_eq!(
        algorithm(&mut strict, &[MD5]),
        Err(AnswerError::Unsupported)
    );

    // Who has hashes only answers what they are good for.
    let mut hashed = DigestClient::new(DigestClientConfig::default(), [9; 32]);
    let hash = Ha1::new(HashFunction::Sha256, "bob", "biloxi.com", "zanzibar");
    hashed.add(DigestAccount::with_hashes("bob", "biloxi.com", [hash]));
    assert_eq!(
        algorithm(&mut hashed, &[MD5, SHA]).as_deref(),
        Ok("SHA-256")
    );
    assert_eq!(
        algorithm(&mut hashed, &[MD5]),
        Err(AnswerError::Unsupported)
    );
}

#[test]
fn what_is_answered_is_what_was_asked() {
    let headers = first(
        &mut client(),
        &["WWW-Authenticate: Digest realm=\"a \\\"b\\\" \\c\", nonce=\"x\\\"y\", opaque=\"\\\\o\", \
           algorithm=sha-256, qop=\"auth-int, auth\", userhash=false, stale=true"],
    )
    .unwrap();
    let credentials = read(&headers[0]);
    assert_eq!(credentials.realm, QuotedString::new("a \"b\" c"));
    assert_eq!(credentials.nonce, QuotedString::new("x\"y"));
    assert_eq!(credentials.opaque, Some(QuotedString::new("\\o")));
    assert_eq!(credentials.qop, Some(Qop::Auth));
    assert_eq!(credentials.nc.map(|nc| nc.value()), Some(1));
    assert_eq!(
        credentials.username,
        Username::Plain(QuotedString::new("bob"))
    );
    assert_eq!(credentials.uri, QuotedString::new("sip:alice@biloxi.com"));
    let secret = Ha1::new(HashFunction::Sha256, "bob", "a \"b\" c", "zanzibar");
    assert!(credentials.is_from(&secret, "INVITE", b""));
    let text = headers[0].to_string();
    assert!(
        text.starts_with(
            "Authorization: Digest username=\"bob\", realm=\"a \\\"b\\\" \\c\", nonce="
        )
    );

    // RFC 2069, and no algorithm: what was not asked is not said.
    let headers = first(
        &mut client(),
        &["WWW-Authenticate: Digest realm=\"a\", nonce=\"n\""],
    )
    .unwrap();
    let credentials = read(&headers[0]);
    assert_eq!(
        (
            credentials.algorithm,
            credentials.qop,
            credentials.nc,
            credentials.cnonce,
            credentials.opaque
        ),
        (None, None, None, None, None)
    );
    let secret = Ha1::new(HashFunction::Md5, "bob", "a", "zanzibar");
    assert!(credentials.is_from(&secret, "INVITE", b""));

    let only_int = SHA.replace("auth,auth-int", "auth-int");
    let headers = first(&mut client(), &[&only_int]).unwrap();
    assert_eq!(read(&headers[0]).qop, Some(Qop::AuthInt));
    let secret = Ha1::new(HashFunction::Sha256, "bob", "biloxi.com", "zanzibar");
    assert!(read(&headers[0]).is_from(&secret, "INVITE", b"v=0\r\n"));
    assert!(!read(&headers[0]).is_from(&secret, "INVITE", b""));
    let config = DigestClientConfig {
        prefer_integrity: true,
        ..DigestClientConfig::default()
    };
    let headers = first(&mut client_with(config), &[SHA]).unwrap();
    assert_eq!(read(&headers[0]).qop, Some(Qop::AuthInt));
    let unknown = SHA.replace("auth,auth-int", "auth-conf");
    assert_eq!(
        first(&mut client(), &[&unknown]),
        Err(AnswerError::Unsupported)
    );

    let hash = HashFunction::Sha256.user_hash("bob", "biloxi.com");
    let headers = first(&mut client(), &[&format!("{SHA}, userhash=true")]).unwrap();
    assert_eq!(
        read(&headers[0]).username,
        Username::Hashed(hash.as_quoted())
    );
}

/// The same nonce again, or a new one for a fresh answer, without being stale: the password is wrong.
#[test]
fn rejected_credentials_are_not_sent_again() {
    let challenge = |nonce: &str, stale: bool| {
        let header = MD5.replace("\"n\"", &format!("\"{nonce}\", stale={stale}"));
        response("401 Unauthorized", &[&header])
    };
    for (nonce, stale, expected) in [
        ("1", false, Err(AnswerError::Rejected)),
        ("1", true, Err(AnswerError::Rejected)),
        ("2", false, Err(AnswerError::Rejected)),
        ("2", true, Ok(1)),
    ] {
        let (mut client, mut session) = (client(), DigestSession::new());
        let headers = answer(
            &mut client,
            &mut session,
            &challenge("1", false),
            &request(&[]),
        )
        .unwrap();
        let again = answer(
            &mut client,
            &mut session,
            &challenge(nonce, stale),
            &request(&headers),
        );
        assert_eq!(
            again.map(|headers| headers.len()),
            expected,
            "{nonce} {stale}"
        );
    }
    // A nonce that was good before may have become stale, whether the server says so or not.
    let (mut client, mut session) = (client(), DigestSession::new());
    answer(
        &mut client,
        &mut session,
        &challenge("1", false),
        &request(&[]),
    )
    .unwrap();
    let second = client.authorize(&mut session, "BYE", "sip:a", b"");
    assert_eq!(read(&second[0]).nc.map(|nc| nc.value()), Some(2));
    let third = answer(
        &mut client,
        &mut session,
        &challenge("2", false),
        &request(&second),
    )
    .unwrap();
    assert_eq!(read(&third[0]).nc.map(|nc| nc.value()), Some(1));
    let fourth = answer(
        &mut client,
        &mut session,
        &challenge("3", false),
        &request(&third),
    );
    assert_eq!(fourth, Err(AnswerError::Rejected));
    // Without a memory of it, too.
    let forgotten = answer(
        &mut client,
        &mut DigestSession::new(),
        &challenge("3", false),
        &request(&third),
    );
    assert_eq!(forgotten, Err(AnswerError::Rejected));
}

#[test]
fn a_server_that_is_never_content_is_left() {
    let (mut client, mut session) = (client(), DigestSession::new());
    let mut headers = Vec::new();
    for nonce in 0..5 {
        let header = MD5.replace("\"n\"", &format!("\"{nonce}\", stale=true"));
        let response = response("401 Unauthorized", &[&header]);
        headers = answer(&mut client, &mut session, &response, &request(&headers)).unwrap();
    }
    let header = MD5.replace("\"n\"", "\"5\", stale=true");
    let again = response("401 Unauthorized", &[&header]);
    let refused = answer(&mut client, &mut session, &again, &request(&headers));
    assert_eq!(refused, Err(AnswerError::TooManyChallenges));
    // A success, or any other final response, begins anew.
    let proof = with(&response("486 Busy Here", &[]), |response| {
        with(&request(&headers), |request| {
            session.accept(response, request)
        })
    });
    assert_eq!(proof, ServerProof::None);
    assert!(answer(&mut client, &mut session, &again, &request(&headers)).is_ok());
}

#[test]
fn several_realms_and_proxies_are_answered_together() {
    let proxy = "Proxy-Authenticate: Digest realm=\"proxy\", nonce=\"p\", qop=\"auth\"";
    let other = "Proxy-Authenticate: Digest realm=\"other\", nonce=\"o\", qop=\"auth\"";
    let (mut client, mut session) = (client(), DigestSession::new());
    let response_407 = response("407 Proxy Authentication Required", &[proxy, other]);
    let headers = answer(&mut client, &mut session, &response_407, &request(&[])).unwrap();
    let names = |headers: &[AuthorizationHeader]| {
        let names = headers.iter().map(|header| {
            let read = read(header);
            format!(
                "{} {} {}",
                header.name(),
                read.realm.as_str().unwrap(),
                read.nc.unwrap().value()
            )
        });
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        names(&headers),
        ["Proxy-Authorization proxy 1", "Proxy-Authorization other 1"]
    );
    // The server behind them asks next; the proxies have to be content with it as well.
    let response_401 = response("401 Unauthorized", &[MD5]);
    let headers = answer(&mut client, &mut session, &response_401, &request(&headers)).unwrap();
    assert_eq!(
        names(&headers),
        [
            "Proxy-Authorization proxy 2",
            "Proxy-Authorization other 2",
            "Authorization biloxi.com 1"
        ]
    );
    // A 401 of a forked request carries the challenges of proxies, too (RFC 3261 section 16.7).
    let both = response("401 Unauthorized", &[MD5, proxy]);
    let headers = first_of(&mut client, &both).unwrap();
    assert_eq!(
        names(&headers),
        ["Authorization biloxi.com 1", "Proxy-Authorization proxy 1"]
    );

    let mut one = DigestClient::new(DigestClientConfig::default(), [1; 32]);
    assert_eq!(first_of(&mut one, &both), Err(AnswerError::NoAccount));
    one.add(DigestAccount::with_password("bob", "x").in_realm("proxy"));
    assert_eq!(
        names(&first_of(&mut one, &both).unwrap()),
        ["Proxy-Authorization proxy 1"]
    );

    let many = (0..9).map(|realm| proxy.replace("\"proxy\"", &format!("\"{realm}\"")));
    let many = many.collect::<Vec<_>>();
    let many = many.iter().map(String::as_str).collect::<Vec<_>>();
    let flood = response("407 Proxy Authentication Required", &many);
    assert_eq!(
        first_of(&mut client, &flood),
        Err(AnswerError::TooManyRealms)
    );
}

fn first_of(
    client: &mut DigestClient,
    response: &str,
) -> Result<Vec<AuthorizationHeader>, AnswerError> {
    answer(client, &mut DigestSession::new(), response, &request(&[]))
}

#[test]
fn what_is_no_challenge_is_not_answered() {
    let mut client = client();
    for status in [
        "200 OK",
        "403 Forbidden",
        "183 Session Progress",
        "400 Bad Request",
    ] {
        let response = response(status, &[MD5]);
        assert_eq!(
            first_of(&mut client, &response),
            Err(AnswerError::NotChallenged)
        );
    }
    let challenge = response("401 Unauthorized", &[MD5]);
    for method in ["ACK", "CANCEL"] {
        let request = request(&[]).replace("INVITE", method);
        let answer = answer(&mut client, &mut DigestSession::new(), &challenge, &request);
        assert_eq!(answer, Err(AnswerError::Request));
    }
    let swapped = answer(
        &mut client,
        &mut DigestSession::new(),
        &challenge,
        &challenge,
    );
    assert_eq!(swapped, Err(AnswerError::Request));
}

#[test]
fn nothing_secret_is_shown() {
    let mut client = client();
    client.add(DigestAccount::with_password("carol", "hunter2").in_realm("x"));
    let mut session = DigestSession::new();
    answer(
        &mut client,
        &mut session,
        &response("401 Unauthorized", &[MD5]),
        &request(&[]),
    )
    .unwrap();
    let shown = format!("{client:?}{session:?}");
    assert!(
        !shown.contains("zanzibar") && !shown.contains("hunter2"),
        "{shown}"
    );
    assert!(shown.contains("carol"));
}

/// A client and a server, by every algorithm and quality of protection.
#[test]
fn client_and_server_understand_each_other() {
    let path = FiveTuple::udp(
        "192.0.2.1:5060".parse().unwrap(),
        "192.0.2.4:5060".parse().unwrap(),
    );
    for algorithm in AlgorithmList::ALL.iter() {
        for integrity in [BodyIntegrity::None, BodyIntegrity::Required] {
            for role in [DigestRole::UserAgent, DigestRole::Proxy] {
                let mut config = DigestServerConfig::DEFAULT;
                config.role = role;
                config.algorithms = AlgorithmList::new(&[algorithm]);
                config.integrity = integrity;
                config.userhash = integrity == BodyIntegrity::None;
                let server = DigestServer::new(config, [3; 32], [NonceUse::EMPTY; 8]);
                converse(server, path, algorithm.is_session());
            }
        }
    }
}

fn converse(mut server: DigestServer<[NonceUse; 8]>, path: FiveTuple, is_session: bool) {
    let users = [Account {
        username: "bob",
        secret: Secret::Password("zanzibar"),
    }];
    let (mut client, mut session) = (client(), DigestSession::new());
    let mut now = Instant::from_secs(5);
    let mut headers = Vec::new();
    let (mut challenges, mut accepted) = (0, 0);
    // Every 50 s for 20 minutes.
    while accepted < 24 {
        let text = request(&headers);
        let mut buffer = [0; 1500];
        let verdict = with(&text, |request| {
            let verdict = server.check(now, path, request, "biloxi.com", &users);
            let len = match &verdict {
                DigestVerdict::Accepted(user) => {
                    let mut writer = MessageWriter::response(&mut buffer, StatusCode::OK, "OK");
                    user.add_to(&mut writer, b"body");
                    writer.body(b"body").unwrap()
                }
                refused => refused
                    .write_response(request, "t", &mut buffer)
                    .unwrap()
                    .unwrap(),
            };
            (matches!(verdict, DigestVerdict::Accepted(_)), len)
        });
        let response = core::str::from_utf8(&buffer[..verdict.1]).unwrap();
        if verdict.0 {
            accepted += 1;
            let proof = with(response, |response| {
                with(&text, |request| session.accept(response, request))
            });
            assert_eq!(proof, ServerProof::Right);
            let changed = response.replace("body", "BODY");
            let proof = with(&changed, |changed| {
                with(&text, |request| session.accept(changed, request))
            });
            let noticed = text.contains("qop=auth-int");
            assert_eq!(proof == ServerProof::Wrong, noticed);
            now += Duration::from_secs(50);
            headers = client.authorize(&mut session, "INVITE", "sip:alice@biloxi.com", b"v=0\r\n");
        } else {
            challenges += 1;
            headers = answer(&mut client, &mut session, response, &text).unwrap();
        }
        assert!(challenges < 10);
    }
    // By the next nonce there is but the first challenge; sessions have none and are asked again.
    assert_eq!(challenges == 1, !is_session, "{challenges}");
}
