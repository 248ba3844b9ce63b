use super::*;
use crate::wire::{Priority, TransactionId};
extern crate std;
use std::vec::Vec;

const ID: TransactionId = TransactionId::new([0x33; 12]);

fn path(remote: &str) -> FiveTuple {
    let local = ([203, 0, 113, 1], 3478).into();
    FiveTuple::udp(local, remote.parse().expect("an address"))
}

fn caller() -> FiveTuple {
    path("198.51.100.7:61234")
}

fn binding(class: Class, write: impl FnOnce(MessageWriter<'_>) -> MessageWriter<'_>) -> Vec<u8> {
    let mut buffer = [0; 256];
    let writer = MessageWriter::new(&mut buffer, class, Method::BINDING, ID);
    let len = write(writer).finish().expect("room");
    buffer[..len].to_vec()
}

fn request(write: impl FnOnce(MessageWriter<'_>) -> MessageWriter<'_>) -> Vec<u8> {
    binding(Class::Request, write)
}

fn sent(answer: Result<Answer, BufferTooSmall>, buffer: &[u8]) -> &[u8] {
    match answer.expect("room") {
        Answer::Send(transmit) => &buffer[..transmit.len],
        other => panic!("{other:?}"),
    }
}

fn ask(request: &[u8]) -> Vec<u8> {
    let mut buffer = [0; MAX_RESPONSE_LEN];
    let answer = BindingServer::new().answer(caller(), request, &mut buffer);
    sent(answer, &buffer).to_vec()
}

fn code(response: &[u8]) -> Option<u16> {
    let message = Message::parse(response).expect("a message");
    assert_eq!(message.transaction_id(), ID);
    let error: Option<ErrorCode<'_>> = message.get().expect("well-formed");
    assert_eq!(message.class() == Class::Error, error.is_some());
    error.map(|error| error.code())
}

#[test]
fn tells_the_address_that_it_sees() {
    for (remote, expected, len) in [
        ("198.51.100.7:61234", "198.51.100.7:61234", 32),
        ("[2001:db8::7]:61234", "[2001:db8::7]:61234", 44),
        // As a socket for both families shows an IPv4 peer.
        ("[::ffff:198.51.100.7]:61234", "198.51.100.7:61234", 32),
    ] {
        let mut buffer = [0; MAX_RESPONSE_LEN];
        let data = request(|writer| writer);
        let answer = BindingServer::new().answer(path(remote), &data, &mut buffer);
        assert!(matches!(answer, Ok(Answer::Send(transmit)) if transmit.path == path(remote)));
        let response = sent(answer, &buffer);
        assert_eq!(response.len(), len);
        let message = Message::parse(response).expect("a message");
        let address = XorMappedAddress(expected.parse().expect("an address"));
        assert_eq!(message.class(), Class::Success);
        assert_eq!(message.get(), Ok(Some(address)));
        assert_eq!(message.attributes().count(), 1);
        assert!(!message.has_fingerprint());
    }
}

#[test]
fn the_response_has_a_fingerprint_if_the_request_had() {
    let response = ask(&request(|writer| writer.fingerprint()));
    assert!(Message::parse(&response).is_ok_and(|message| message.has_fingerprint()));
}

#[test]
fn unknown_attributes_are_listed() {
    let data = request(|writer| {
        writer
            .attribute(&Username(b"not looked at"))
            .raw(AttributeType(0x7001), &[1])
            .attribute(&Priority(1))
            .raw(AttributeType(0xff01), &[])
    });
    let response = ask(&data);
    assert_eq!(code(&response), Some(420));
    let message = Message::parse(&response).expect("a message");
    let unknown: UnknownAttributes<'_> = message.get().expect("well-formed").expect("a list");
    assert!(
        unknown
            .iter()
            .eq([AttributeType(0x7001), AttributeType::PRIORITY])
    );

    let mut buffer = [0; MAX_RESPONSE_LEN];
    let understood = [AttributeType(0x7001), AttributeType::PRIORITY];
    let server = BindingServer::new().with_understood(&understood);
    let answer = server.answer(caller(), &data, &mut buffer);
    assert_eq!(code(sent(answer, &buffer)), None);
}

#[test]
fn no_response_is_longer_than_promised() {
    let key = Key::short_term(b"secret");
    let many = request(|mut writer| {
        for number in 0x7000..0x7010 {
            writer = writer.raw(AttributeType(number), &[]);
        }
        writer.fingerprint()
    });
    assert!(ask(&many).len() <= 76);
    let mut longest = 0;
    for remote in ["198.51.100.7:61234", "[2001:db8::7]:61234"] {
        for unknown in 0..16 {
            let data = request(|mut writer| {
                writer = writer.attribute(&Username(b"alice"));
                for number in 0..unknown {
                    writer = writer.raw(AttributeType(0x7000 + number), &[]);
                }
                writer.integrity(&key).integrity_sha256(&key).fingerprint()
            });
            let mut buffer = [0; MAX_RESPONSE_LEN];
            let answer =
                BindingServer::new()
                    .answer_authenticated(path(remote), &data, &mut buffer, |_| Some(&key));
            let response = sent(answer, &buffer);
            let message = Message::parse(response).expect("a message");
            assert_eq!(message.verify(&key), Ok(IntegrityAlgorithm::Sha256));
            longest = longest.max(response.len());
        }
    }
    assert_eq!(longest, MAX_RESPONSE_LEN);
}

#[test]
fn credentials_are_checked_if_wanted() {
    let key = Key::short_term(b"secret");
    let ask = |data: &[u8]| {
        let mut buffer = [0; MAX_RESPONSE_LEN];
        let server = BindingServer::new();
        let answer = server.answer_authenticated(caller(), data, &mut buffer, |username| {
            (username == b"alice").then_some(&key)
        });
        sent(answer, &buffer).to_vec()
    };
    assert_eq!(code(&ask(&request(|writer| writer))), Some(400));
    let unprotected = request(|writer| writer.attribute(&Username(b"alice")));
    assert_eq!(code(&ask(&unprotected)), Some(400));
    let nameless = request(|writer| writer.integrity(&key));
    assert_eq!(code(&ask(&nameless)), Some(400));
    let unknown = request(|writer| writer.attribute(&Username(b"bob")).integrity(&key));
    assert_eq!(code(&ask(&unknown)), Some(401));
    let other = Key::short_term(b"Secret");
    let wrong = request(|writer| writer.attribute(&Username(b"alice")).integrity(&other));
    let response = ask(&wrong);
    assert_eq!(code(&response), Some(401));
    let message = Message::parse(&response).expect("a message");
    assert!(!message.has_integrity(IntegrityAlgorithm::Sha1));

    for algorithm in [IntegrityAlgorithm::Sha1, IntegrityAlgorithm::Sha256] {
        let data = request(|writer| {
            writer
                .attribute(&Username(b"alice"))
                .integrity_with(&key, algorithm)
        });
        let response = ask(&data);
        assert_eq!(code(&response), None);
        let message = Message::parse(&response).expect("a message");
        assert_eq!(message.verify(&key), Ok(algorithm));
    }
}

#[test]
fn only_binding_requests_are_answered() {
    let answer = |data: &[u8]| BindingServer::new().answer(caller(), data, &mut []);
    let dropped = |reason| Ok(Answer::Dropped(reason));
    let indication = binding(Class::Indication, |writer| writer);
    assert_eq!(answer(&indication), dropped(ServerDrop::Indication));
    for class in [Class::Success, Class::Error] {
        assert_eq!(
            answer(&binding(class, |writer| writer)),
            Ok(Answer::NotMine)
        );
    }
    let mut allocate = request(|writer| writer);
    allocate[1] = 3;
    assert_eq!(answer(&allocate), Ok(Answer::NotMine));
    let mut classic = request(|writer| writer);
    classic[4] = 0;
    assert_eq!(answer(&classic), dropped(ServerDrop::Malformed));
    let mut damaged = request(|writer| writer.fingerprint());
    damaged[19] ^= 1;
    assert_eq!(answer(&damaged), dropped(ServerDrop::Malformed));
    assert_eq!(answer(&[0x80, 8]), Ok(Answer::NotMine));
    assert_eq!(answer(&[]), Ok(Answer::NotMine));
    let needed = 32;
    assert_eq!(
        answer(&request(|writer| writer)),
        Err(BufferTooSmall { needed })
    );
}

#[test]
fn software_is_told_only_on_wish() {
    let data = request(|writer| writer);
    let mut buffer = [0; 1024];
    let server = BindingServer::new().with_software("trunkline");
    let answer = server.answer(caller(), &data, &mut buffer);
    let message = Message::parse(sent(answer, &buffer)).expect("a message");
    assert_eq!(message.get(), Ok(Some(Software("trunkline"))));
    let long = "a".repeat(764);
    let server = BindingServer::new().with_software(&long);
    let answer = server.answer(caller(), &data, &mut buffer);
    assert_eq!(sent(answer, &buffer).len(), 32);
}
