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

fn alternates(family: &str) -> AlternateAddresses {
    let (one, other) = match family {
        "IPv4" => ("203.0.113.1:3478", "203.0.113.2:3479"),
        _ => ("[2001:db8::1]:3478", "[2001:db8::2]:3479"),
    };
    let parse = |text: &str| text.parse().expect("an address");
    AlternateAddresses::new(parse(one), parse(other)).expect("two")
}

#[test]
fn alternate_addresses_are_different_ones() {
    let parse = |text: &str| text.parse().expect("an address");
    for (one, other) in [
        ("203.0.113.1:3478", "203.0.113.1:3479"),
        ("203.0.113.1:3478", "203.0.113.2:3478"),
        ("203.0.113.1:3478", "[2001:db8::2]:3479"),
        ("0.0.0.0:3478", "203.0.113.2:3479"),
    ] {
        assert_eq!(AlternateAddresses::new(parse(one), parse(other)), None);
    }
}

/// RFC 5780 section 6.1: the address to send from, for each request at each address.
#[test]
fn responses_leave_from_where_they_are_wanted() {
    let (alternates, key) = (alternates("IPv4"), Key::short_term(b"secret"));
    let server = BindingServer::new()
        .with_alternates(alternates)
        .with_change_requests()
        .with_response_ports();
    for (at, local) in alternates.all().into_iter().enumerate() {
        for (flags, address, port) in [
            (0, false, false),
            (1, false, true),
            (2, true, false),
            (3, true, true),
        ] {
            let change = ChangeRequest { address, port };
            let data = request(|writer| writer.attribute(&change).attribute(&ResponsePort(4_000)));
            let path = FiveTuple::udp(local, caller().remote);
            let mut buffer = [0; MAX_RESPONSE_LEN];
            let answer = server.answer(path, &data, &mut buffer);
            let Ok(Answer::Send(transmit)) = answer else {
                panic!("{answer:?}")
            };
            assert_eq!(transmit.path.local, alternates.all()[at ^ flags]);
            assert_eq!(transmit.path.remote.port(), 4_000);
            let message = Message::parse(&buffer[..transmit.len]).expect("a message");
            assert_eq!(message.get(), Ok(Some(ResponseOrigin(transmit.path.local))));
            assert_eq!(
                message.get(),
                Ok(Some(OtherAddress(alternates.all()[at ^ 3])))
            );
            assert_eq!(message.get(), Ok(Some(XorMappedAddress(caller().remote))));
            assert_eq!(message.get(), Ok(Some(MappedAddress(caller().remote))));
            // Behind a credential there is no discovery.
            let data = request(|writer| {
                let name = Username(b"alice");
                writer.attribute(&name).attribute(&change).integrity(&key)
            });
            let answer = server.answer_authenticated(path, &data, &mut buffer, |_| Some(&key));
            assert!(matches!(answer, Ok(Answer::Send(transmit)) if transmit.path == path));
        }
    }
}

#[test]
fn what_could_harm_others_is_refused_unless_wanted() {
    let change = ChangeRequest {
        address: true,
        port: true,
    };
    let change = request(|writer| writer.attribute(&change));
    let port = request(|writer| writer.attribute(&ResponsePort(4_000)));
    let elsewhere = request(|writer| writer.raw(AttributeType::RESPONSE_ADDRESS, &[0; 8]));
    let padding = request(|writer| writer.raw(AttributeType::PADDING, &[0; 64]));
    let alternates = alternates("IPv4");
    let path = FiveTuple::udp(alternates.all()[0], caller().remote);
    let codes = |server: BindingServer<'_>| {
        [&change, &port, &elsewhere, &padding].map(|data| {
            let mut buffer = [0; MAX_RESPONSE_LEN];
            code(sent(server.answer(path, data, &mut buffer), &buffer))
        })
    };
    let refused = Some(420);
    let server = BindingServer::new().with_alternates(alternates);
    assert_eq!(codes(BindingServer::new()), [refused; 4]);
    assert_eq!(
        codes(BindingServer::new().with_change_requests()),
        [refused; 4]
    );
    assert_eq!(codes(server), [refused; 4]);
    assert_eq!(
        codes(server.with_change_requests()),
        [None, refused, refused, refused]
    );
    assert_eq!(
        codes(server.with_response_ports()),
        [refused, None, refused, refused]
    );
    let malformed = request(|writer| writer.raw(AttributeType::CHANGE_REQUEST, &[6]));
    let mut buffer = [0; MAX_RESPONSE_LEN];
    let answer = server
        .with_change_requests()
        .answer(path, &malformed, &mut buffer);
    assert_eq!(code(sent(answer, &buffer)), Some(400));
}

#[test]
fn no_response_of_discovery_is_longer_than_promised() {
    for family in ["IPv4", "IPv6"] {
        let alternates = alternates(family);
        let local = alternates.all()[0];
        let server = BindingServer::new()
            .with_classic()
            .with_alternates(alternates);
        for id in [ID, TransactionId::classic([1; 16])] {
            let mut data = [0; 64];
            let len = MessageWriter::new(&mut data, Class::Request, Method::BINDING, id);
            let len = len.fingerprint().finish().expect("room");
            let mut buffer = [0; MAX_RESPONSE_LEN];
            let path = FiveTuple::udp(local, SocketAddr::new(local.ip(), 9));
            let answer = server.answer(path, &data[..len], &mut buffer);
            assert!(matches!(answer, Ok(Answer::Send(_))), "{answer:?}");
        }
    }
}

/// RFC 3489 section 8.1: the octets of a classic response.
#[test]
fn classic_requests_are_answered_on_wish() {
    let id = TransactionId::classic([1; 16]);
    let mut data = [0; 28];
    let change = ChangeRequest::default();
    let writer = MessageWriter::new(&mut data, Class::Request, Method::BINDING, id);
    assert_eq!(writer.attribute(&change).finish(), Ok(28));
    let mut buffer = [0; MAX_RESPONSE_LEN];
    let alternates = alternates("IPv4");
    let path = FiveTuple::udp(alternates.all()[0], caller().remote);
    let server = BindingServer::new().with_classic();
    let refused = sent(server.answer(path, &data, &mut buffer), &buffer).to_vec();
    let expected = [
        &[1, 0x11, 0, 16],
        id.octets().as_slice(),
        &[0, 9, 0, 4, 0, 0, 4, 20],
    ];
    // The one attribute that is not understood is told twice, to fill the word.
    assert_eq!(
        refused,
        [&expected.concat(), &[0, 10, 0, 4, 0, 3, 0, 3][..]].concat()
    );
    let server = server.with_alternates(alternates).with_change_requests();
    let response = sent(server.answer(path, &data, &mut buffer), &buffer);
    let expected = [
        &[1, 1, 0, 36],
        id.octets().as_slice(),
        &[0, 1, 0, 8, 0, 1, 0xef, 0x32, 198, 51, 100, 7],
        &[0, 4, 0, 8, 0, 1, 0x0d, 0x96, 203, 0, 113, 1],
        &[0, 5, 0, 8, 0, 1, 0x0d, 0x97, 203, 0, 113, 2],
    ];
    assert_eq!(response, expected.concat());
    // Relays of Microsoft are another matter.
    let mut relay = [0; 64];
    let len = MessageWriter::of_generation(
        Generation::MsTurn,
        &mut relay,
        Class::Request,
        Method::BINDING,
        id,
    );
    let len = len.finish().expect("room");
    let answer = server.answer(path, &relay[..len], &mut buffer);
    assert_eq!(answer, Ok(Answer::Dropped(ServerDrop::Malformed)));
}
