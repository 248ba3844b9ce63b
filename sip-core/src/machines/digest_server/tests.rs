use core::time::Duration;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use trunkline_sans_io::{FiveTuple, Instant};

use super::*;
use crate::header::{
    Algorithm, AuthenticationInfo, DigestChallenge, DigestInfo, NonceCount, Username,
    WwwAuthenticate,
};
use crate::{HeaderSpan, HexDigest, MessageWriter, StatusCode};

const BOB: Account<'static> = Account {
    username: "bob",
    secret: Secret::Password("zanzibar"),
};

type Server = DigestServer<[NonceUse; 4]>;

fn server(config: DigestServerConfig) -> Server {
    DigestServer::new(config, [7; 32], [NonceUse::EMPTY; 4])
}

fn path() -> FiveTuple {
    FiveTuple::udp(
        "192.0.2.1:5060".parse().unwrap(),
        "192.0.2.4:5060".parse().unwrap(),
    )
}

fn request(method: &str, headers: &str, body: &str) -> String {
    format!(
        "{method} sip:biloxi.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK1\r\n\
         From: <sip:bob@biloxi.com>;tag=1\r\nTo: <sip:bob@biloxi.com>\r\nCall-ID: a\r\n\
         CSeq: 1 {method}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What a client sends.
#[derive(Clone)]
struct Answer {
    algorithm: Option<Algorithm<'static>>,
    qop: Option<Qop<'static>>,
    username: String,
    password: &'static str,
    nonce: String,
    count: Option<u32>,
    uri: &'static str,
    method: &'static str,
    body: &'static str,
    header: &'static str,
}

impl Answer {
    fn to(nonce: &str) -> Self {
        Self {
            algorithm: Some(Algorithm::Sha256),
            qop: Some(Qop::Auth),
            username: "username=\"bob\"".to_string(),
            password: "zanzibar",
            nonce: nonce.to_string(),
            count: Some(1),
            uri: "sip:biloxi.com",
            method: "REGISTER",
            body: "",
            header: "Authorization",
        }
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut other = self.clone();
        change(&mut other);
        other
    }

    fn header(&self) -> String {
        let algorithm = self.algorithm.unwrap_or(Algorithm::Md5);
        let mut credentials = DigestCredentials {
            username: Username::Plain(QuotedString::new("bob")),
            realm: QuotedString::new("biloxi.com"),
            nonce: QuotedString::new(&self.nonce),
            uri: QuotedString::new(self.uri),
            response: QuotedString::new(""),
            algorithm: self.algorithm,
            cnonce: self.qop.map(|_| QuotedString::new("0a4f113b")),
            opaque: None,
            qop: self.qop,
            nc: self
                .count
                .filter(|_| self.qop.is_some())
                .map(NonceCount::new),
            params: Default::default(),
        };
        let function = algorithm.hash().unwrap_or(HashFunction::Md5);
        let secret = Ha1::new(function, "bob", "biloxi.com", self.password);
        let digest = credentials.digest(&secret, self.method, self.body.as_bytes());
        let digest = digest.as_ref().map_or("00", HexDigest::as_str);
        credentials.response = QuotedString::new(digest);
        let value = credentials.to_string();
        let value = value.replace("username=\"bob\"", &self.username);
        format!("{}: {value}\r\n", self.header)
    }

    fn request(&self) -> String {
        request(self.method, &self.header(), self.body)
    }
}

fn check<R>(
    server: &mut Server,
    now: Instant,
    message: &str,
    then: impl FnOnce(DigestVerdict<'_, '_>) -> R,
) -> R {
    check_from(server, now, path(), message, then)
}

fn check_from<R>(
    server: &mut Server,
    now: Instant,
    path: FiveTuple,
    message: &str,
    then: impl FnOnce(DigestVerdict<'_, '_>) -> R,
) -> R {
    let mut index = [HeaderSpan::default(); 16];
    let message = Message::parse(message.as_bytes(), &mut index).unwrap();
    then(server.check(now, path, &message, "biloxi.com", &[BOB]))
}

/// The outcome in a word.
fn outcome(verdict: DigestVerdict<'_, '_>) -> String {
    match verdict {
        DigestVerdict::Accepted(user) => user.username.to_string(),
        DigestVerdict::Challenge(challenge) => format!("{:?}", challenge.reason()),
        DigestVerdict::BadRequest(bad) => bad.reason().to_string(),
        other => format!("{other:?}"),
    }
}

fn nonce(server: &mut Server, now: Instant) -> String {
    let challenge = server.challenge(now, path(), "biloxi.com");
    let first = challenge.challenges().next().unwrap();
    first.nonce.as_str().unwrap().to_string()
}

fn at(seconds: u64) -> Instant {
    Instant::from_secs(1_000 + seconds)
}

#[test]
fn a_request_without_credentials_is_challenged_by_every_algorithm() {
    let mut server = server(DigestServerConfig::DEFAULT);
    let register = request("REGISTER", "", "");
    let mut index = [HeaderSpan::default(); 16];
    let message = Message::parse(register.as_bytes(), &mut index).unwrap();
    let verdict = server.check(at(0), path(), &message, "biloxi.com", &[BOB]);
    assert_eq!(verdict.status(), Some(StatusCode::UNAUTHORIZED));
    let mut buffer = [0; 1000];
    let len = verdict
        .write_response(&message, "t", &mut buffer)
        .unwrap()
        .unwrap();
    let mut index = [HeaderSpan::default(); 16];
    let response = Message::parse(&buffer[..len], &mut index).unwrap();
    assert_eq!(response.status(), Some(StatusCode::UNAUTHORIZED));
    let challenges = response
        .typed_all::<WwwAuthenticate<'_>>()
        .collect::<Vec<_>>();
    let digests = challenges.iter().map(|header| {
        let digest = header.as_ref().unwrap().0;
        *digest.as_digest().unwrap()
    });
    let digests = digests.collect::<Vec<_>>();
    // RFC 8760 section 2.3: the preferred one on top.
    assert!(
        digests
            .iter()
            .map(DigestChallenge::algorithm)
            .eq([Algorithm::Sha256, Algorithm::Md5])
    );
    assert!(
        digests
            .iter()
            .all(|digest| !digest.stale && !digest.userhash)
    );
    assert_eq!(digests[0].nonce, digests[1].nonce);
}

#[test]
fn the_right_credentials_are_accepted_by_every_algorithm() {
    let mut config = DigestServerConfig::DEFAULT;
    config.algorithms = AlgorithmList::ALL;
    config.integrity = BodyIntegrity::Offered;
    let mut server = server(config);
    for algorithm in AlgorithmList::ALL.iter() {
        for qop in [Some(Qop::Auth), Some(Qop::AuthInt), None] {
            if qop.is_none() && algorithm.is_session() {
                continue;
            }
            let nonce = nonce(&mut server, at(0));
            let answer = Answer::to(&nonce).with(|answer| {
                answer.algorithm = Some(algorithm);
                answer.qop = qop;
                answer.body = "v=0\r\n";
            });
            assert_eq!(check(&mut server, at(1), &answer.request(), outcome), "bob");
        }
    }
    // No algorithm means MD5.
    let nonce = nonce(&mut server, at(0));
    let answer = Answer::to(&nonce).with(|answer| answer.algorithm = None);
    assert_eq!(check(&mut server, at(1), &answer.request(), outcome), "bob");
}

#[test]
fn wrong_credentials_are_challenged_again_or_forbidden() {
    let mut server_ = server(DigestServerConfig::DEFAULT);
    let mut config = DigestServerConfig::DEFAULT;
    config.forbid_wrong_credentials = true;
    let mut strict = server(config);
    for (server, expected) in [
        (&mut server_, "WrongCredentials"),
        (&mut strict, "Forbidden"),
    ] {
        let nonce = nonce(server, at(0));
        let right = Answer::to(&nonce);
        for wrong in [
            right.with(|answer| answer.password = "Zanzibar"),
            right.with(|answer| answer.username = "username=\"alice\"".to_string()),
            right.with(|answer| answer.username = "username=\"\"".to_string()),
            right.with(|answer| answer.username = format!("username=\"{}\"", "b".repeat(1000))),
        ] {
            assert_eq!(check(server, at(1), &wrong.request(), outcome), expected);
        }
        // A wrong try does not use the nonce up.
        assert_eq!(check(server, at(1), &right.request(), outcome), "bob");
        let foreign = right.with(|answer| {
            answer.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093".to_string();
            answer.password = "x";
        });
        assert_eq!(
            check(server, at(1), &foreign.request(), outcome),
            "WrongCredentials"
        );
    }
    let request = Answer::to("x").with(|answer| answer.body = "v=0").request();
    let other = request.replace("REGISTER", "INVITE");
    assert_eq!(
        check(&mut server_, at(1), &other, outcome),
        "WrongCredentials"
    );
}

/// Stale is said to those alone who know the secret.
#[test]
fn old_foreign_and_future_nonces_are_stale() {
    let mut server = server(DigestServerConfig::DEFAULT);
    let nonce = nonce(&mut server, at(0));
    let right = Answer::to(&nonce);
    let wrong = right.with(|answer| answer.password = "x");
    assert_eq!(
        check(&mut server, at(299), &right.request(), outcome),
        "bob"
    );
    let next = right.with(|answer| answer.count = Some(2));
    assert_eq!(
        check(&mut server, at(300), &next.request(), outcome),
        "Stale"
    );
    assert_eq!(
        check(&mut server, at(300), &wrong.request(), outcome),
        "WrongCredentials"
    );
    assert_eq!(
        check(&mut server, Instant::ORIGIN, &next.request(), outcome),
        "Stale"
    );
    let foreign = Answer::to("dcd98b7102dd2f0e8b11d0f600bfb0c093");
    assert_eq!(
        check(&mut server, at(1), &foreign.request(), outcome),
        "Stale"
    );
    let said = check(&mut server, at(300), &next.request(), |verdict| {
        let DigestVerdict::Challenge(challenge) = verdict else {
            panic!("{verdict:?}");
        };
        challenge.challenges().all(|challenge| challenge.stale)
    });
    assert!(said);
}

#[test]
fn a_recorded_request_is_of_no_use() {
    let mut server = server(DigestServerConfig::DEFAULT);
    let nonce = nonce(&mut server, at(0));
    let count = |count| {
        Answer::to(&nonce)
            .with(|answer| answer.count = Some(count))
            .request()
    };
    for (number, expected) in [
        (1, "bob"),
        (1, "Replayed"),
        (3, "bob"),
        (2, "bob"),
        (2, "Replayed"),
        (200, "bob"),
        (4, "Replayed"),
    ] {
        assert_eq!(
            check(&mut server, at(1), &count(number), outcome),
            expected,
            "{number}"
        );
    }
}

#[test]
fn without_qop_a_nonce_is_good_for_one_request() {
    let mut server_ = server(DigestServerConfig::DEFAULT);
    let nonce = nonce(&mut server_, at(0));
    let old = Answer::to(&nonce).with(|answer| answer.qop = None);
    let next = check(&mut server_, at(1), &old.request(), |verdict| {
        let DigestVerdict::Accepted(user) = verdict else {
            panic!("{verdict:?}");
        };
        let mut buffer = [0; 300];
        let mut response = MessageWriter::response(&mut buffer, StatusCode::OK, "OK");
        user.add_to(&mut response, b"");
        let len = response.finish().unwrap();
        let text = core::str::from_utf8(&buffer[..len]).unwrap();
        // RFC 2069 knows no proof of the server.
        assert!(text.contains("Authentication-Info: nextnonce=") && !text.contains("rspauth"));
        user.next_nonce().unwrap().as_str().unwrap().to_string()
    });
    assert_eq!(
        check(&mut server_, at(1), &old.request(), outcome),
        "Replayed"
    );
    let again = old.with(|answer| answer.nonce = next);
    assert_eq!(check(&mut server_, at(1), &again.request(), outcome), "bob");

    let mut config = DigestServerConfig::DEFAULT;
    config.accept_without_qop = false;
    let mut strict = server(config);
    let refused = check(&mut strict, at(1), &old.request(), outcome);
    assert_eq!(refused, "Unsupported Quality of Protection");
}

#[test]
fn a_nonce_is_bound_to_its_source_and_realm() {
    let elsewhere = FiveTuple::udp(
        "192.0.2.1:5060".parse().unwrap(),
        "192.0.2.5:5060".parse().unwrap(),
    );
    let mut server = server(DigestServerConfig::DEFAULT);
    let nonce = nonce(&mut server, at(0));
    let right = Answer::to(&nonce).request();
    let verdict = check_from(&mut server, at(1), elsewhere, &right, outcome);
    assert_eq!(verdict, "Stale");
    assert_eq!(check(&mut server, at(1), &right, outcome), "bob");
    let mut index = [HeaderSpan::default(); 16];
    let message = Message::parse(right.as_bytes(), &mut index).unwrap();
    let verdict = server.check(at(1), path(), &message, "atlanta.com", &[BOB]);
    assert_eq!(outcome(verdict), "NoCredentials");
}

#[test]
fn what_is_of_no_use_whatever_the_secret_is_a_bad_request() {
    let mut config = DigestServerConfig::DEFAULT;
    config.same_uri = true;
    let mut server_ = server(config);
    let nonce = nonce(&mut server_, at(0));
    let right = Answer::to(&nonce);
    let header = right.header();
    for (headers, expected) in [
        (header.replace("nc=00000001", "x=y"), "Missing Nonce Count or Cnonce"),
        (header.replace("nc=00000001", "nc=00000000"), "Missing Nonce Count or Cnonce"),
        (header.replace("cnonce", "x"), "Missing Nonce Count or Cnonce"),
        (header.replace("nc=00000001", "nc=1"), "Malformed Credentials"),
        (header.replace("qop=auth", "qop=auth-int"), "Unsupported Quality of Protection"),
        (header.replace("qop=auth", "qop=auth-conf"), "Unsupported Quality of Protection"),
        (header.replace("sip:biloxi.com", "sip:atlanta.com"), "Digest URI Is Not Request-URI"),
        (header.replace("SHA-256", "SHA-256, realm=\"x\""), "Malformed Credentials"),
        (header.replace("SHA-256", "AKAv1-MD5"), "Algorithm"),
        (header.replace("SHA-256", "SHA-512-256"), "Algorithm"),
        (header.replace("realm=\"biloxi.com\"", "realm=\"x\""), "NoCredentials"),
        ("Authorization: NoOneKnowsThisScheme opaque-data=here\r\n".to_string(), "NoCredentials"),
        ("Authorization: \r\n".to_string(), "Malformed Credentials"),
        // What is for a proxy is not for us.
        (header.replace("Authorization", "Proxy-Authorization"), "NoCredentials"),
        // A telephone tells its name.
        ("Authorization: Digest username=\"bob\", realm=\"biloxi.com\", nonce=\"\", uri=\"sip:biloxi.com\", \
          algorithm=SHA-256, response=\"\"\r\n".to_string(), "NoCredentials"),
    ] {
        let message = request("REGISTER", &headers, "");
        assert_eq!(check(&mut server_, at(1), &message, outcome), expected, "{headers}");
    }
    // Others than those of the realm do not matter if these are there.
    let several = format!("Authorization: Digest broken\r\nAuthorization: NTLM a=b\r\n{header}");
    let message = request("REGISTER", &several, "");
    assert_eq!(check(&mut server_, at(1), &message, outcome), "bob");
    // Equivalent is enough.
    let nonce = self::nonce(&mut server_, at(0));
    let upper = Answer::to(&nonce).with(|answer| answer.uri = "SIP:BILOXI.com");
    assert_eq!(check(&mut server_, at(1), &upper.request(), outcome), "bob");
}

#[test]
fn a_body_that_was_changed_is_noticed_where_it_is_protected() {
    let mut config = DigestServerConfig::DEFAULT;
    config.integrity = BodyIntegrity::Required;
    let mut server = server(config);
    let nonce = nonce(&mut server, at(0));
    let answer = Answer::to(&nonce).with(|answer| {
        answer.qop = Some(Qop::AuthInt);
        answer.method = "INVITE";
        answer.body = "v=0\r\n";
    });
    let changed = answer.request().replace("v=0", "v=1");
    assert_eq!(
        check(&mut server, at(1), &changed, outcome),
        "WrongCredentials"
    );
    assert_eq!(check(&mut server, at(1), &answer.request(), outcome), "bob");
    let plain = answer.with(|answer| answer.qop = Some(Qop::Auth));
    let refused = check(&mut server, at(1), &plain.request(), outcome);
    assert_eq!(refused, "Unsupported Quality of Protection");
}

/// RFC 3261 sections 22.1 and 9.2.
#[test]
fn ack_and_cancel_are_not_challenged() {
    let mut server = server(DigestServerConfig::DEFAULT);
    for method in ["ACK", "CANCEL"] {
        let verdict = check(&mut server, at(0), &request(method, "", ""), outcome);
        assert_eq!(verdict, "Exempt");
    }
}

#[test]
fn a_proxy_asks_by_headers_of_its_own() {
    let mut config = DigestServerConfig::DEFAULT;
    config.role = DigestRole::Proxy;
    let mut server = server(config);
    let nonce = nonce(&mut server, at(0));
    let right = Answer::to(&nonce).with(|answer| answer.header = "Proxy-Authorization");
    check(&mut server, at(1), &right.request(), |verdict| {
        let DigestVerdict::Accepted(user) = verdict else {
            panic!("{verdict:?}");
        };
        let mut buffer = [0; 400];
        let mut response = MessageWriter::response(&mut buffer, StatusCode::OK, "OK");
        user.add_to(&mut response, b"");
        let len = response.finish().unwrap();
        let text = core::str::from_utf8(&buffer[..len]).unwrap();
        assert!(text.contains("\r\nProxy-Authentication-Info: qop=auth, rspauth=\""));
    });
    let invite = request("INVITE", "", "");
    let mut index = [HeaderSpan::default(); 16];
    let message = Message::parse(invite.as_bytes(), &mut index).unwrap();
    let verdict = server.check(at(0), path(), &message, "biloxi.com", &[BOB]);
    let mut buffer = [0; 900];
    let len = verdict
        .write_response(&message, "t", &mut buffer)
        .unwrap()
        .unwrap();
    let text = core::str::from_utf8(&buffer[..len]).unwrap();
    assert!(text.starts_with("SIP/2.0 407 Proxy Authentication Required\r\n"));
    assert_eq!(text.matches("\r\nProxy-Authenticate: Digest").count(), 2);
}

#[test]
fn the_server_proves_itself_and_tells_the_next_nonce_in_time() {
    let mut server = server(DigestServerConfig::DEFAULT);
    let nonce = nonce(&mut server, at(0));
    for (seconds, count, told) in [(1, 1, false), (239, 2, false), (240, 3, true)] {
        let answer = Answer::to(&nonce)
            .with(|answer| answer.count = Some(count))
            .request();
        check(&mut server, at(seconds), &answer, |verdict| {
            let DigestVerdict::Accepted(user) = verdict else {
                panic!("{verdict:?}");
            };
            let mut buffer = [0; 500];
            let mut response = MessageWriter::response(&mut buffer, StatusCode::OK, "OK");
            user.add_to(&mut response, b"");
            let len = response.finish().unwrap();
            let mut index = [HeaderSpan::default(); 4];
            let response = Message::parse(&buffer[..len], &mut index).unwrap();
            let info = response.require::<AuthenticationInfo<'_>>().unwrap().0;
            let info: DigestInfo<'_> = *info.digest().unwrap();
            assert_eq!(info.nextnonce.is_some(), told);
            let secret = Ha1::new(HashFunction::Sha256, "bob", "biloxi.com", "zanzibar");
            assert!(user.credentials().is_answered_by(&info, &secret, b""));
            let wrong = Ha1::new(HashFunction::Sha256, "bob", "biloxi.com", "x");
            assert!(!user.credentials().is_answered_by(&info, &wrong, b""));
        });
    }
}

#[test]
fn names_may_be_escaped_encoded_or_hashed() {
    let mut config = DigestServerConfig::DEFAULT;
    config.userhash = true;
    let mut server = server(config);
    let hash = HashFunction::Sha256.user_hash("bob", "biloxi.com");
    let upper = hash.as_str().to_uppercase();
    for (name, expected) in [
        ("username=\"b\\ob\"".to_string(), "bob"),
        ("username*=UTF-8''b%6Fb".to_string(), "bob"),
        ("username*=utf-8'en'bo%62".to_string(), "bob"),
        (format!("username=\"{hash}\", userhash=true"), "bob"),
        (format!("username=\"{upper}\", userhash=true"), "bob"),
        (format!("username=\"{hash}\""), "WrongCredentials"),
        (
            "username=\"bob\", userhash=true".to_string(),
            "WrongCredentials",
        ),
        (
            format!("username*=UTF-8''{}", "b".repeat(2000)),
            "WrongCredentials",
        ),
    ] {
        let nonce = nonce(&mut server, at(0));
        let answer = Answer::to(&nonce).with(|answer| answer.username = name.clone());
        assert_eq!(
            check(&mut server, at(1), &answer.request(), outcome),
            expected,
            "{name}"
        );
    }
}

#[test]
fn hashes_serve_instead_of_passwords() {
    let hashes = [Ha1::new(
        HashFunction::Sha256,
        "bob",
        "biloxi.com",
        "zanzibar",
    )];
    let users = [Account {
        username: "bob",
        secret: Secret::Ha1(&hashes),
    }];
    let mut server = server(DigestServerConfig::DEFAULT);
    let nonce = nonce(&mut server, at(0));
    for (algorithm, expected) in [
        (Algorithm::Sha256, "bob"),
        (Algorithm::Md5, "WrongCredentials"),
    ] {
        let answer = Answer::to(&nonce).with(|answer| answer.algorithm = Some(algorithm));
        let text = answer.request();
        let mut index = [HeaderSpan::default(); 16];
        let message = Message::parse(text.as_bytes(), &mut index).unwrap();
        let verdict = server.check(at(1), path(), &message, "biloxi.com", &users[..]);
        assert_eq!(outcome(verdict), expected);
    }
    assert_eq!(format!("{:?}", users[0].secret), "Ha1(..)");
    assert!(!format!("{BOB:?}{server:?}").contains("zanzibar"));
}

/// Nonces that crowd each other out become stale, and nothing is ever accepted twice.
#[test]
fn a_small_table_forgets_towards_the_safe_side() {
    let mut server = server(DigestServerConfig::DEFAULT);
    let nonces = (0..9)
        .map(|_| nonce(&mut server, at(0)))
        .collect::<Vec<_>>();
    for nonce in &nonces {
        let answer = Answer::to(nonce).request();
        assert_eq!(check(&mut server, at(1), &answer, outcome), "bob");
    }
    for nonce in &nonces {
        let answer = Answer::to(nonce).request();
        assert_eq!(check(&mut server, at(1), &answer, outcome), "Replayed");
    }
    assert!(Duration::from_secs(1) < server.config().lifetime);
}

#[test]
fn a_response_is_not_a_request() {
    let mut server = server(DigestServerConfig::DEFAULT);
    let message = "SIP/2.0 200 OK\r\nCSeq: 1 BYE\r\n\r\n";
    assert_eq!(check(&mut server, at(0), message, outcome), "Bad Request");
}

#[test]
fn lists_of_algorithms_have_each_once() {
    let list = AlgorithmList::new(&[
        Algorithm::Md5,
        Algorithm::Other("AKAv1-MD5"),
        Algorithm::Sha256Sess,
        Algorithm::Md5,
    ]);
    assert!(list.iter().eq([Algorithm::Md5, Algorithm::Sha256Sess]));
    assert!(!list.contains(Algorithm::Sha256));
    let all = AlgorithmList::ALL.iter().collect::<Vec<_>>();
    assert!(AlgorithmList::new(&all) == AlgorithmList::ALL && all.len() == 6);
    assert_eq!(AlgorithmList::new(&[]).iter().count(), 0);
}
