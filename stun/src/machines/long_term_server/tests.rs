use super::*;
use crate::machines::{
    Answer, AuthenticationError, BindingServer, LongTermAuthentication, MAX_RESPONSE_LEN, Verdict,
};
use crate::wire::{AttributeType, Class, ErrorCode, Method, TransactionId, XorMappedAddress};
use trunkline_sans_io::FiveTuple;
extern crate std;
use std::vec::Vec;

const ID: TransactionId = TransactionId::new([0x33; 12]);
const REALM: &[u8] = b"example.org";
const NOW: Instant = Instant::from_secs(1_000);
const BOTH: [PasswordAlgorithm<'static>; 2] = [PasswordAlgorithm::SHA256, PasswordAlgorithm::MD5];

fn alice() -> LongTermAccount {
    LongTermAccount::new(b"alice", REALM, b"secret")
}

fn server() -> LongTermServer<'static> {
    LongTermServer::new(REALM, [7; 32])
}

fn path(remote: &str) -> FiveTuple {
    let local = ([203, 0, 113, 1], 3478).into();
    FiveTuple::udp(local, remote.parse().expect("an address"))
}

fn request(write: impl FnOnce(MessageWriter<'_>) -> MessageWriter<'_>) -> Vec<u8> {
    let mut buffer = [0; 512];
    let writer = MessageWriter::new(&mut buffer, Class::Request, Method::BINDING, ID);
    let len = write(writer).finish().expect("room");
    buffer[..len].to_vec()
}

fn ask_from(remote: &str, server: &LongTermServer<'_>, now: Instant, request: &[u8]) -> Vec<u8> {
    let users = [alice()];
    let mut buffer = [0; MAX_RESPONSE_LEN];
    let answer = BindingServer::new().answer_long_term(
        now,
        path(remote),
        request,
        &mut buffer,
        server,
        |user, algorithm| users.iter().find(|known| known.is(user))?.key(algorithm),
    );
    let Ok(Answer::Send(transmit)) = answer else {
        panic!("{answer:?}")
    };
    buffer[..transmit.len].to_vec()
}

fn ask(server: &LongTermServer<'_>, now: Instant, request: &[u8]) -> Vec<u8> {
    ask_from("198.51.100.7:61234", server, now, request)
}

fn code(response: &[u8]) -> Option<u16> {
    let message = Message::parse(response).expect("a message");
    let error: Option<ErrorCode<'_>> = message.get().expect("well-formed");
    assert_eq!(message.class() == Class::Error, error.is_some());
    // Nothing of these is ever told (RFC 8489 section 9.2.4).
    let told = |kind| message.attributes().any(|raw| raw.kind == kind);
    assert!(!told(AttributeType::USERNAME) && !told(AttributeType::USERHASH));
    error.map(|error| error.code())
}

/// The nonce of a challenge, which has all that it must have.
fn nonce(server: &LongTermServer<'_>, response: &[u8]) -> Vec<u8> {
    let message = Message::parse(response).expect("a message");
    assert_eq!(message.get(), Ok(Some(Realm(REALM))));
    let offered = message.offered_password_algorithms().expect("no bid-down");
    assert_eq!(offered.is_some(), !server.offer.is_empty());
    if let Some(offered) = offered {
        assert!(offered.iter().eq(server.offer.iter().copied()));
    }
    let Nonce(nonce) = message.get().expect("well-formed").expect("a nonce");
    nonce.to_vec()
}

fn challenged(server: &LongTermServer<'_>) -> Vec<u8> {
    let response = ask(server, NOW, &request(|writer| writer));
    assert_eq!(code(&response), Some(401));
    nonce(server, &response)
}

fn named<'b>(writer: MessageWriter<'b>, nonce: &[u8]) -> MessageWriter<'b> {
    writer
        .attribute(&Username(b"alice"))
        .attribute(&Realm(REALM))
        .attribute(&Nonce(nonce))
}

/// As a client of RFC 8489 asks.
fn authentic(nonce: &[u8], chosen: PasswordAlgorithm<'_>) -> Vec<u8> {
    let alice = alice();
    request(|writer| {
        named(writer, nonce)
            .attribute(&PasswordAlgorithms::new(&BOTH))
            .attribute(&chosen)
            .integrity_sha256(alice.key(chosen).expect("known"))
    })
}

fn is_protected(response: &[u8], algorithm: PasswordAlgorithm<'_>) -> bool {
    let alice = alice();
    let key = alice.key(algorithm).expect("known");
    Message::parse(response).is_ok_and(|message| message.verify(key).is_ok())
}

#[test]
fn a_user_is_challenged_and_let_in() {
    let server = server();
    let nonce = challenged(&server);
    for algorithm in BOTH {
        let response = ask(&server, NOW, &authentic(&nonce, algorithm));
        assert_eq!(code(&response), None);
        let message = Message::parse(&response).expect("a message");
        assert!(message.has_integrity(IntegrityAlgorithm::Sha256));
        assert!(!message.has_integrity(IntegrityAlgorithm::Sha1));
        assert!(is_protected(&response, algorithm));
        let address = XorMappedAddress("198.51.100.7:61234".parse().expect("an address"));
        assert_eq!(message.get(), Ok(Some(address)));
        assert_eq!(message.attributes().count(), 1);
    }
}

#[test]
fn a_client_of_rfc_5389_is_let_in_by_md5() {
    let alice = alice();
    let md5 = alice.key(PasswordAlgorithm::MD5).expect("known");
    let old = |nonce: &[u8]| request(|writer| named(writer, nonce).integrity(md5));
    let server = server();
    let response = ask(&server, NOW, &old(&challenged(&server)));
    assert_eq!(code(&response), None);
    let message = Message::parse(&response).expect("a message");
    assert!(message.verify_with(md5, IntegrityAlgorithm::Sha1).is_ok());

    // Not where MD5 is not wanted.
    let strict = server.clone().with_algorithms(&[PasswordAlgorithm::SHA256]);
    let response = ask(&strict, NOW, &old(&challenged(&strict)));
    assert_eq!(code(&response), Some(401));

    // A server of RFC 5389 tells nothing of algorithms, in the nonce or elsewhere.
    let plain = server.with_algorithms(&[]);
    let nonce = challenged(&plain);
    assert_eq!(Nonce(&nonce).security_features(), None);
    assert_eq!(code(&ask(&plain, NOW, &old(&nonce))), None);
}

#[test]
fn what_is_missing_is_a_bad_request() {
    let server = server();
    let (nonce, alice) = (challenged(&server), alice());
    let sha256 = alice.key(PasswordAlgorithm::SHA256).expect("known");
    let parts = |without: usize| {
        request(|mut writer| {
            if without != 0 {
                writer = writer.attribute(&Username(b"alice"));
            }
            if without != 1 {
                writer = writer.attribute(&Realm(REALM));
            }
            if without != 2 {
                writer = writer.attribute(&Nonce(&nonce));
            }
            if without != 3 {
                writer = writer.attribute(&PasswordAlgorithms::new(&BOTH));
            }
            if without != 4 {
                writer = writer.attribute(&PasswordAlgorithm::SHA256);
            }
            writer.integrity_sha256(sha256)
        })
    };
    assert_eq!(code(&ask(&server, NOW, &parts(9))), None);
    for without in 0..5 {
        let response = ask(&server, NOW, &parts(without));
        assert_eq!(code(&response), Some(400), "{without}");
        let message = Message::parse(&response).expect("a message");
        assert_eq!(message.get::<Nonce<'_>>(), Ok(None));
        assert_eq!(message.get::<Realm<'_>>(), Ok(None));
    }
}

#[test]
fn an_offer_that_was_changed_on_the_way_is_found_out() {
    let server = server();
    let (nonce, alice) = (challenged(&server), alice());
    let key = |algorithm| alice.key(algorithm).expect("known");
    let strange = PasswordAlgorithm {
        number: 9,
        parameters: &[],
    };
    for (offer, chosen) in [
        // The client was made to believe that there is MD5 only, or another order.
        ([PasswordAlgorithm::MD5].as_slice(), PasswordAlgorithm::MD5),
        (
            &[PasswordAlgorithm::MD5, PasswordAlgorithm::SHA256],
            PasswordAlgorithm::MD5,
        ),
        (
            &[PasswordAlgorithm::SHA256, strange],
            PasswordAlgorithm::SHA256,
        ),
        // What was not offered.
        (&BOTH, strange),
    ] {
        let data = request(|writer| {
            named(writer, &nonce)
                .attribute(&PasswordAlgorithms::new(offer))
                .attribute(&chosen)
                .integrity_sha256(match chosen.number {
                    9 => key(PasswordAlgorithm::SHA256),
                    _ => key(chosen),
                })
        });
        assert_eq!(code(&ask(&server, NOW, &data)), Some(400));
    }
    // A nonce without its cookie is none of ours: to be had by MD5, it would have to be fresh.
    let bare = &nonce[NONCE_COOKIE_LEN..];
    let data = request(|writer| named(writer, bare).integrity(key(PasswordAlgorithm::MD5)));
    assert_eq!(code(&ask(&server, NOW, &data)), Some(438));
}

#[test]
fn a_stale_nonce_is_told_only_to_those_who_know_the_password() {
    let server = server();
    let first = challenged(&server);
    let good = |nonce: &[u8]| authentic(nonce, PasswordAlgorithm::SHA256);
    let minutes = |count: u64| NOW + Duration::from_secs(60 * count);
    assert_eq!(code(&ask(&server, minutes(9), &good(&first))), None);
    let response = ask(&server, minutes(10), &good(&first));
    assert_eq!(code(&response), Some(438));
    let second = nonce(&server, &response);
    assert_ne!(second, first);
    assert_eq!(code(&ask(&server, minutes(10), &good(&second))), None);
    // Of the future, as after a clock that went back.
    assert_eq!(code(&ask(&server, NOW, &good(&second))), Some(438));

    let mut wrong = good(&first);
    *wrong.last_mut().expect("not empty") ^= 1;
    assert_eq!(code(&ask(&server, minutes(10), &wrong)), Some(401));
    let short = server.with_nonce_lifetime(Duration::from_secs(1));
    let later = NOW + Duration::from_secs(1);
    assert_eq!(code(&ask(&short, later, &good(&first))), Some(438));
}

#[test]
fn a_nonce_is_good_for_one_address_and_one_server() {
    let server = server();
    let data = authentic(&challenged(&server), PasswordAlgorithm::SHA256);
    for (remote, expected) in [
        ("198.51.100.7:61234", None),
        ("198.51.100.7:5060", None),
        ("[::ffff:198.51.100.7]:5060", None),
        ("198.51.100.8:61234", Some(438)),
        ("[2001:db8::7]:61234", Some(438)),
    ] {
        assert_eq!(code(&ask_from(remote, &server, NOW, &data)), expected);
    }
    let restarted = LongTermServer::new(REALM, [8; 32]);
    assert_eq!(code(&ask(&restarted, NOW, &data)), Some(438));
}

#[test]
fn nobody_gets_in_with_another_name_realm_or_password() {
    let server = server();
    let nonce = challenged(&server);
    let attempt = |name: &'static [u8], realm: &'static [u8], password: &[u8]| {
        let account = LongTermAccount::new(name, realm, password);
        request(|writer| {
            writer
                .attribute(&Username(name))
                .attribute(&Realm(realm))
                .attribute(&Nonce(&nonce))
                .attribute(&PasswordAlgorithms::new(&BOTH))
                .attribute(&PasswordAlgorithm::SHA256)
                .integrity_sha256(account.key(PasswordAlgorithm::SHA256).expect("known"))
        })
    };
    assert_eq!(
        code(&ask(&server, NOW, &attempt(b"alice", REALM, b"secret"))),
        None
    );
    for data in [
        attempt(b"bob", REALM, b"secret"),
        attempt(b"alice", b"example.com", b"secret"),
        attempt(b"alice", REALM, b"Secret"),
    ] {
        let response = ask(&server, NOW, &data);
        assert_eq!(code(&response), Some(401));
        assert!(!is_protected(&response, PasswordAlgorithm::SHA256));
    }
    // An algorithm of the other attribute is not enough.
    let alice = alice();
    let key = alice.key(PasswordAlgorithm::MD5).expect("known");
    let data = request(|writer| {
        named(writer, &nonce)
            .attribute(&PasswordAlgorithms::new(&BOTH))
            .attribute(&PasswordAlgorithm::SHA256)
            .integrity_sha256(key)
    });
    assert_eq!(code(&ask(&server, NOW, &data)), Some(401));
}

#[test]
fn a_user_need_not_be_named() {
    let server = server().with_user_hashes();
    let nonce = challenged(&server);
    let features = Nonce(&nonce).security_features().expect("told");
    assert!(features.contains(SecurityFeatures::USERNAME_ANONYMITY));
    let alice = alice();
    let data = request(|writer| {
        writer
            .attribute(&UserHash::new(b"alice", REALM))
            .attribute(&Realm(REALM))
            .attribute(&Nonce(&nonce))
            .attribute(&PasswordAlgorithms::new(&BOTH))
            .attribute(&PasswordAlgorithm::SHA256)
            .integrity_sha256(alice.key(PasswordAlgorithm::SHA256).expect("known"))
    });
    let response = ask(&server, NOW, &data);
    assert_eq!(code(&response), None);
    assert!(is_protected(&response, PasswordAlgorithm::SHA256));
}

#[test]
fn who_is_known_is_told_what_is_not_understood() {
    let server = server();
    let (nonce, alice) = (challenged(&server), alice());
    let data = request(|writer| {
        named(writer, &nonce)
            .attribute(&PasswordAlgorithms::new(&BOTH))
            .attribute(&PasswordAlgorithm::SHA256)
            .raw(AttributeType(0x7001), &[])
            .integrity_sha256(alice.key(PasswordAlgorithm::SHA256).expect("known"))
    });
    let response = ask(&server, NOW, &data);
    assert_eq!(code(&response), Some(420));
    assert!(is_protected(&response, PasswordAlgorithm::SHA256));
    // Nobody else is told what the server understands.
    let data = request(|writer| writer.raw(AttributeType(0x7001), &[]));
    assert_eq!(code(&ask(&server, NOW, &data)), Some(401));
}

/// The client of this crate against the server of this crate, over time.
#[test]
fn both_sides_get_on() {
    let both = BOTH;
    let offers: [&[PasswordAlgorithm<'_>]; 4] = [&both, &both[..1], &both[1..], &[]];
    for (offer, hashed) in offers
        .into_iter()
        .flat_map(|offer| [(offer, false), (offer, true)])
    {
        let mut server = server().with_algorithms(offer);
        if hashed {
            server = server.with_user_hashes();
        }
        let mut client = LongTermAuthentication::new(b"alice", b"secret").expect("short");
        for (minute, verdicts) in [
            (0, [Verdict::Retry, Verdict::Accept].as_slice()),
            (9, &[Verdict::Accept]),
            (10, &[Verdict::Retry, Verdict::Accept]),
        ] {
            for verdict in verdicts {
                let data = request(|writer| client.protect(writer));
                let response = ask(&server, NOW + Duration::from_secs(60 * minute), &data);
                let message = Message::parse(&response).expect("a message");
                assert_eq!(
                    client.judge(&message),
                    *verdict,
                    "{offer:?} {hashed} {minute}"
                );
                assert_eq!(
                    message.class() == Class::Success,
                    *verdict == Verdict::Accept
                );
                let request = Message::parse(&data).expect("a message");
                let named = request.get::<Username<'_>>() != Ok(None);
                assert_eq!(named, request.get::<Realm<'_>>() != Ok(None) && !hashed);
            }
        }
        let mut client = LongTermAuthentication::new(b"alice", b"wrong").expect("short");
        for verdict in [Verdict::Retry, Verdict::Fail(AuthenticationError::Rejected)] {
            let data = request(|writer| client.protect(writer));
            let response = ask(&server, NOW, &data);
            let message = Message::parse(&response).expect("a message");
            assert_eq!(client.judge(&message), verdict);
        }
    }
}

#[test]
fn challenges_are_as_long_as_promised() {
    for (realm, fingerprint, len) in [
        (b"example.org".as_slice(), false, 92),
        (b"example.org", true, 100),
        (b"", false, 80),
        (b"sixteen octets :", true, 104),
    ] {
        let server = LongTermServer::new(realm, [7; 32]);
        let data = request(|writer| match fingerprint {
            true => writer.fingerprint(),
            false => writer,
        });
        let answer = |buffer: &mut [u8]| {
            let key = |_: &UserIdentity<'_>, _: PasswordAlgorithm<'_>| None::<Key>;
            BindingServer::new().answer_long_term(
                NOW,
                path("198.51.100.7:61234"),
                &data,
                buffer,
                &server,
                key,
            )
        };
        let mut buffer = [0; 128];
        assert!(matches!(answer(&mut buffer), Ok(Answer::Send(transmit)) if transmit.len == len));
        assert!(answer(&mut buffer[..len - 1]).is_err_and(|error| error.needed == len));
    }
}

#[test]
fn classic_requests_get_no_answer() {
    let mut buffer = [0; 64];
    let id = TransactionId::classic([1; 16]);
    let len = MessageWriter::new(&mut buffer, Class::Request, Method::BINDING, id)
        .finish()
        .expect("room");
    let mut response = [0; MAX_RESPONSE_LEN];
    let key = |_: &UserIdentity<'_>, _: PasswordAlgorithm<'_>| None::<Key>;
    let answer = BindingServer::new().with_classic().answer_long_term(
        NOW,
        path("198.51.100.7:61234"),
        &buffer[..len],
        &mut response,
        &server(),
        key,
    );
    assert!(matches!(answer, Ok(Answer::Dropped(_))));
}

#[test]
fn nothing_secret_is_printed() {
    let printed = std::format!("{:?} {:?}", server(), alice());
    assert!(printed.contains("LongTermServer") && !printed.contains("secret"));
    assert!(!printed.contains("nonces") && !printed.contains("115, 101, 99"));
}
