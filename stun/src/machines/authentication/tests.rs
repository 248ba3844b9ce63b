use super::*;
extern crate std;

use std::vec::Vec;

use crate::wire::{
    IntegrityError, Method, PasswordAlgorithms, Software, TransactionId, XorMappedAddress,
};

const ID: TransactionId = TransactionId::new([3; 12]);
const REALM: &[u8] = b"example.org";
/// Both algorithms and `USERHASH`.
const BOTH: &[u8] = b"obMatJos2wAAAxyz";
/// The algorithms.
const ALGORITHMS: &[u8] = b"obMatJos2gAAAxyz";
const OFFER: [PasswordAlgorithm<'static>; 2] = [PasswordAlgorithm::SHA256, PasswordAlgorithm::MD5];

type Client = LongTermAuthentication<&'static [u8]>;

fn client() -> Client {
    Client::new(b"alice", b"secret").expect("short")
}

fn written(write: impl FnOnce(MessageWriter<'_>) -> MessageWriter<'_>, class: Class) -> Vec<u8> {
    let mut buffer = [0; 2_048];
    let writer = MessageWriter::new(&mut buffer, class, Method::BINDING, ID);
    let len = write(writer).finish().expect("room");
    buffer[..len].to_vec()
}

fn challenge(code: u16, realm: &[u8], nonce: &[u8], offer: &[PasswordAlgorithm<'_>]) -> Vec<u8> {
    written(
        |writer| {
            let offered = PasswordAlgorithms::new(offer);
            writer
                .optional(ErrorCode::new(code, "").as_ref())
                .attribute(&Realm(realm))
                .attribute(&Nonce(nonce))
                .optional((!offer.is_empty()).then_some(&offered))
        },
        Class::Error,
    )
}

fn success(write: impl FnOnce(MessageWriter<'_>) -> MessageWriter<'_>) -> Vec<u8> {
    let address = XorMappedAddress(([192, 0, 2, 1], 80).into());
    written(|writer| write(writer.attribute(&address)), Class::Success)
}

fn request(client: &Client) -> Vec<u8> {
    written(|writer| client.protect(writer), Class::Request)
}

fn judge(client: &mut Client, message: &[u8]) -> Verdict {
    client.judge(&Message::parse(message).expect("sound"))
}

#[test]
fn the_first_request_is_bare_and_its_response_taken() {
    let mut client = client();
    assert_eq!(request(&client).len(), 20);
    assert!(!client.is_challenged());
    assert_eq!(
        judge(&mut client, &success(|writer| writer)),
        Verdict::Accept
    );
    let redirection = written(
        |writer| writer.optional(ErrorCode::new(300, "").as_ref()),
        Class::Error,
    );
    assert_eq!(judge(&mut client, &redirection), Verdict::Accept);
}

#[test]
fn a_server_of_rfc_5389_gets_md5_and_sha1() {
    let mut client = client();
    let challenged = challenge(401, REALM, b"nonce", &[]);
    assert_eq!(judge(&mut client, &challenged), Verdict::Retry);
    let bytes = request(&client);
    let message = Message::parse(&bytes).expect("sound");
    assert_eq!(message.get(), Ok(Some(Username(b"alice"))));
    assert_eq!(message.get(), Ok(Some(Nonce(b"nonce"))));
    assert_eq!(message.get::<PasswordAlgorithm<'_>>(), Ok(None));
    let key = Key::long_term_md5(b"alice", REALM, b"secret");
    assert_eq!(message.verify(&key), Ok(IntegrityAlgorithm::Sha1));

    let answered = success(|writer| writer.integrity(&key));
    assert_eq!(judge(&mut client, &answered), Verdict::Accept);
    let other = Key::long_term_md5(b"alice", REALM, b"other");
    let forged = success(|writer| writer.integrity(&other));
    assert_eq!(judge(&mut client, &forged), Verdict::Discard);
    assert_eq!(
        judge(&mut client, &success(|writer| writer)),
        Verdict::Discard
    );
    let bad_request = written(
        |writer| writer.optional(ErrorCode::new(400, "").as_ref()),
        Class::Error,
    );
    assert_eq!(judge(&mut client, &bad_request), Verdict::Discard);
}

#[test]
fn the_first_known_algorithm_is_taken_and_the_offer_repeated() {
    let unknown = PasswordAlgorithm {
        number: 9,
        parameters: b"salt!",
    };
    for (offer, key) in [
        (
            [unknown, OFFER[0], OFFER[1]],
            Key::long_term_sha256(b"alice", REALM, b"secret"),
        ),
        (
            [unknown, OFFER[1], OFFER[0]],
            Key::long_term_md5(b"alice", REALM, b"secret"),
        ),
    ] {
        let mut client = client();
        let challenged = challenge(401, REALM, BOTH, &offer);
        assert_eq!(judge(&mut client, &challenged), Verdict::Retry);
        let bytes = request(&client);
        let message = Message::parse(&bytes).expect("sound");
        assert_eq!(message.get::<Username<'_>>(), Ok(None));
        assert_eq!(message.get(), Ok(Some(UserHash::new(b"alice", REALM))));
        assert_eq!(message.get(), Ok(Some(offer[1])));
        let repeated: PasswordAlgorithms<'_> = message.get().expect("sound").expect("there");
        assert!(repeated.iter().eq(offer));
        assert_eq!(message.verify(&key), Ok(IntegrityAlgorithm::Sha256));
        assert_eq!(
            message.verify_with(&key, IntegrityAlgorithm::Sha1),
            Err(IntegrityError::Missing)
        );
        // The weaker attribute is not enough any more.
        let weak = success(|writer| writer.integrity(&key));
        assert_eq!(judge(&mut client, &weak), Verdict::Discard);
        let strong = success(|writer| writer.integrity_sha256(&key));
        assert_eq!(judge(&mut client, &strong), Verdict::Accept);
    }
}

#[test]
fn the_name_is_told_where_only_algorithms_are_offered() {
    let mut client = client();
    let challenged = challenge(401, REALM, ALGORITHMS, &OFFER);
    assert_eq!(judge(&mut client, &challenged), Verdict::Retry);
    let bytes = request(&client);
    let message = Message::parse(&bytes).expect("sound");
    assert_eq!(message.get(), Ok(Some(Username(b"alice"))));
    assert_eq!(message.get::<UserHash>(), Ok(None));
}

#[test]
fn an_offer_cannot_be_taken_away() {
    let mut client = client();
    // The nonce tells of algorithms that are not there.
    let stripped = challenge(401, REALM, BOTH, &[]);
    assert_eq!(judge(&mut client, &stripped), Verdict::Discard);
    assert!(!client.is_challenged());
    let offered = challenge(401, REALM, BOTH, &OFFER);
    assert_eq!(judge(&mut client, &offered), Verdict::Retry);
    let key = Key::long_term_sha256(b"alice", REALM, b"secret");
    let answered = success(|writer| writer.integrity_sha256(&key));
    assert_eq!(judge(&mut client, &answered), Verdict::Accept);
    // Now somebody says that the server is an old one.
    for code in [401, 438] {
        let weaker = challenge(code, REALM, b"nonce", &[]);
        assert_eq!(judge(&mut client, &weaker), Verdict::Discard);
    }
    // Another server may well be an old one.
    client.forget_server();
    let old = challenge(401, REALM, b"nonce", &[]);
    assert_eq!(judge(&mut client, &old), Verdict::Retry);
}

#[test]
fn a_stale_nonce_is_replaced_a_few_times() {
    let mut client = client();
    assert_eq!(
        judge(&mut client, &challenge(401, REALM, b"one", &[])),
        Verdict::Retry
    );
    let key = Key::long_term_md5(b"alice", REALM, b"secret");
    for _ in 0..10 {
        let stale = challenge(438, REALM, b"two", &[]);
        assert_eq!(judge(&mut client, &stale), Verdict::Retry);
        let bytes = request(&client);
        let message = Message::parse(&bytes).expect("sound");
        assert_eq!(message.get(), Ok(Some(Nonce(b"two"))));
        assert!(message.verify(&key).is_ok());
        let answered = success(|writer| writer.integrity(&key));
        assert_eq!(judge(&mut client, &answered), Verdict::Accept);
    }
    // Without a realm it is the one before.
    let bare = written(
        |writer| {
            let code = ErrorCode::new(438, "");
            writer.optional(code.as_ref()).attribute(&Nonce(b"three"))
        },
        Class::Error,
    );
    for _ in 0..3 {
        assert_eq!(judge(&mut client, &bare), Verdict::Retry);
    }
    assert_eq!(
        judge(&mut client, &bare),
        Verdict::Fail(AuthenticationError::AlwaysStale)
    );
}

#[test]
fn the_same_question_again_means_no() {
    let mut client = client();
    let _ = judge(&mut client, &challenge(401, REALM, b"one", &[]));
    assert_eq!(
        judge(&mut client, &challenge(401, REALM, b"two", &[])),
        Verdict::Fail(AuthenticationError::Rejected)
    );
    // Another realm is another question.
    assert_eq!(
        judge(&mut client, &challenge(401, b"example.com", b"two", &[])),
        Verdict::Retry
    );
    // But not one that goes on for ever.
    let verdicts = (0..10_u8).map(|realm| judge(&mut client, &challenge(401, &[realm], b"x", &[])));
    let failed = verdicts.filter(|verdict| matches!(verdict, Verdict::Fail(_)));
    assert!(failed.count() > 1);
}

#[test]
fn challenges_that_cannot_be_answered_are_told() {
    let long = [b'x'; 764];
    let alone = |write: fn(MessageWriter<'_>) -> MessageWriter<'_>| {
        written(
            |writer| write(writer.optional(ErrorCode::new(401, "").as_ref())),
            Class::Error,
        )
    };
    for unusable in [
        alone(|writer| writer),
        alone(|writer| writer.attribute(&Realm(REALM))),
        alone(|writer| writer.attribute(&Nonce(b"nonce"))),
        written(
            |writer| {
                writer
                    .optional(ErrorCode::new(401, "").as_ref())
                    .attribute(&Realm(REALM))
                    .raw(AttributeType::NONCE, &long)
            },
            Class::Error,
        ),
    ] {
        let error = AuthenticationError::UnusableChallenge;
        assert_eq!(judge(&mut client(), &unusable), Verdict::Fail(error));
    }
    let unknown = PasswordAlgorithm {
        number: 9,
        parameters: &[],
    };
    assert_eq!(
        judge(&mut client(), &challenge(401, REALM, BOTH, &[unknown])),
        Verdict::Fail(AuthenticationError::NoCommonAlgorithm)
    );
    let many = [unknown, OFFER[0]].repeat(10);
    assert_eq!(
        judge(&mut client(), &challenge(401, REALM, BOTH, &many)),
        Verdict::Fail(AuthenticationError::UnusableChallenge)
    );
}

#[test]
fn the_longest_texts_fit_and_longer_credentials_do_not() {
    let text = [b'x'; 763];
    let mut client = client();
    let challenged = challenge(401, &text, &text, &[]);
    assert_eq!(judge(&mut client, &challenged), Verdict::Retry);
    let bytes = request(&client);
    let message = Message::parse(&bytes).expect("sound");
    assert_eq!(message.get(), Ok(Some(Realm(&text))));
    assert!(LongTermAuthentication::new([b'x'; 508], &[b'x'; 256]).is_ok());
    assert!(LongTermAuthentication::new([b'x'; 509], b"").is_err());
    assert!(LongTermAuthentication::new(b"", &[b'x'; 257]).is_err());
}

#[test]
fn quotes_around_a_realm_are_no_part_of_the_key() {
    let mut client = client();
    let challenged = challenge(401, b"\"example.org\"\0", b"nonce", &[]);
    assert_eq!(judge(&mut client, &challenged), Verdict::Retry);
    let bytes = request(&client);
    let message = Message::parse(&bytes).expect("sound");
    assert_eq!(message.get(), Ok(Some(Realm(b"\"example.org\"\0"))));
    let key = Key::long_term_md5(b"alice", REALM, b"secret");
    assert!(message.verify(&key).is_ok());
}

#[test]
fn other_errors_and_texts_need_the_key() {
    let mut client = client();
    let _ = judge(&mut client, &challenge(401, REALM, b"nonce", &[]));
    let key = Key::long_term_md5(b"alice", REALM, b"secret");
    let error = |protected: bool| {
        written(
            |writer| {
                let writer = writer
                    .optional(ErrorCode::new(486, "").as_ref())
                    .attribute(&Software("x"));
                if protected {
                    writer.integrity(&key)
                } else {
                    writer
                }
            },
            Class::Error,
        )
    };
    assert_eq!(judge(&mut client, &error(false)), Verdict::Discard);
    assert_eq!(judge(&mut client, &error(true)), Verdict::Accept);
}

#[test]
fn nothing_of_the_credential_is_printed() {
    let mut client = client();
    let _ = judge(&mut client, &challenge(401, REALM, b"nonce", &[]));
    let text = std::format!("{client:?}");
    assert_eq!(text, "LongTermAuthentication { challenged: true, .. }");
}
