use super::*;
use crate::wire::{
    CandidateIdentifier, ChangeRequest, ChangedAddress, Class, ImplementationVersion,
    IntegrityAlgorithm, IntegrityError, Key, MappedAddress, Message, MessageWriter, Method,
    MsSequenceNumber, MsVersion, MsXorMappedAddress, Nonce, ParseErrorKind, Realm, SourceAddress,
    TransactionId, Username, XorMappedAddress, recognize,
};
extern crate std;
use std::vec::Vec;

const COOKIE: TransactionId = TransactionId::new([7; 12]);
const CLASSIC: TransactionId = TransactionId::classic([7; 16]);

fn written(
    generation: Generation,
    class: Class,
    method: Method,
    write: impl FnOnce(MessageWriter<'_>) -> MessageWriter<'_>,
) -> Vec<u8> {
    let id = match generation {
        Generation::Cookie | Generation::MsIce2 => COOKIE,
        _ => CLASSIC,
    };
    let mut buffer = [0xff; 512];
    let writer = MessageWriter::of_generation(generation, &mut buffer, class, method, id);
    let len = write(writer).finish().expect("room");
    buffer[..len].to_vec()
}

fn kind(data: &[u8]) -> ParseErrorKind {
    Message::parse_any_generation(data)
        .expect_err("a fault")
        .kind
}

#[test]
fn one_entry_of_the_table_is_wrong() {
    let mut different = 0;
    for octet in 0..=255 {
        different += u32::from(ms_ice2_crc(&[octet]) != crc32fast::hash(&[octet]));
    }
    assert_eq!(different, 1);
}

/// A response of a server of RFC 3489, octet by octet.
#[test]
fn a_classic_response_is_read() {
    let mut data = Vec::from([1, 1, 0, 36]);
    data.extend(CLASSIC.octets());
    data.extend([0, 1, 0, 8, 0, 1, 0x80, 0x55, 198, 51, 100, 7]);
    data.extend([0, 4, 0, 8, 0, 1, 0x0d, 0x96, 203, 0, 113, 1]);
    data.extend([0, 5, 0, 8, 0, 1, 0x0d, 0x97, 203, 0, 113, 2]);
    assert_eq!(recognize(&data), Some(Generation::Classic));
    assert!(Message::parse(&data).is_err());
    let message = Message::parse_any_generation(&data).expect("a message");
    assert_eq!(message.generation(), Generation::Classic);
    assert_eq!(message.transaction_id(), CLASSIC);
    assert_eq!(
        (message.class(), message.method()),
        (Class::Success, Method::BINDING)
    );
    let mapped = MappedAddress(([198, 51, 100, 7], 32_853).into());
    let source = SourceAddress(([203, 0, 113, 1], 3_478).into());
    let changed = ChangedAddress(([203, 0, 113, 2], 3_479).into());
    assert_eq!(message.get(), Ok(Some(mapped)));
    assert_eq!(message.get(), Ok(Some(source)));
    assert_eq!(message.get(), Ok(Some(changed)));
    let again = written(
        Generation::Classic,
        Class::Success,
        Method::BINDING,
        |writer| {
            writer
                .attribute(&mapped)
                .attribute(&source)
                .attribute(&changed)
        },
    );
    assert_eq!(again, data);
}

#[test]
fn a_classic_integrity_covers_whole_blocks() {
    let key = Key::short_term(b"secret");
    let data = written(
        Generation::Classic,
        Class::Request,
        Method::BINDING,
        |writer| {
            let change = ChangeRequest {
                address: true,
                port: true,
            };
            writer
                .attribute(&change)
                .attribute(&Username(b"user"))
                .integrity(&key)
        },
    );
    let message = Message::parse_any_generation(&data).expect("a message");
    assert_eq!(message.verify(&key), Ok(IntegrityAlgorithm::Sha1));
    assert_eq!(
        message.verify(&Key::short_term(b"Secret")),
        Err(IntegrityError::Wrong)
    );
    // By hand, with the general HMAC.
    use hmac::{Hmac, KeyInit, Mac};
    let mut text = data[..data.len() - 24].to_vec();
    text.resize(text.len().next_multiple_of(64), 0);
    let tag = Hmac::<sha1::Sha1>::new_from_slice(b"secret").expect("any length");
    let tag = tag.chain_update(&text).finalize().into_bytes();
    assert_eq!(data[data.len() - 20..], tag[..]);
    for bit in 0..(data.len() - 24) * 8 {
        let mut flipped = data.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let noticed = Message::parse_any_generation(&flipped)
            .map_or(true, |message| message.verify(&key).is_err());
        assert!(noticed, "bit {bit}");
    }
}

#[test]
fn what_stands_behind_a_classic_integrity_is_not_seen() {
    let key = Key::short_term(b"secret");
    let mut data = written(
        Generation::Classic,
        Class::Request,
        Method::BINDING,
        |writer| writer.integrity(&key),
    );
    data.extend([0, 6, 0, 4, b'u', b's', b'e', b'r']);
    data[3] += 8;
    let message = Message::parse_any_generation(&data).expect("a message");
    assert_eq!(message.get::<Username<'_>>(), Ok(None));
    assert_eq!(message.verify(&key), Err(IntegrityError::Wrong));
}

#[test]
fn ms_turn_has_its_cookie_first_and_no_padding() {
    let key = Key::long_term_md5(b"user", b"realm", b"secret");
    let sequence = MsSequenceNumber {
        connection: [9; 20],
        sequence: 1,
    };
    let data = written(
        Generation::MsTurn,
        Class::Request,
        Method::ALLOCATE,
        |writer| {
            writer
                .attribute(&MsVersion(1))
                .attribute(&Username(b"a name"))
                .attribute(&Realm(b"realm"))
                .attribute(&Nonce(b"nonce"))
                .attribute(&sequence)
                .integrity(&key)
        },
    );
    assert_eq!(data[..4], [0, 3, 0, 8 + 8 + 10 + 9 + 9 + 28 + 24]);
    assert_eq!(data[20..28], [0, 0x0f, 0, 4, 0x72, 0xc6, 0x4b, 0xc6]);
    // The realm has the number of the nonce.
    assert_eq!(data[46..55], *b"\0\x15\0\x05realm");
    assert_eq!(data[55..64], *b"\0\x14\0\x05nonce");
    assert_eq!(recognize(&data), Some(Generation::MsTurn));
    let message = Message::parse_any_generation(&data).expect("a message");
    assert_eq!(message.generation(), Generation::MsTurn);
    assert_eq!(
        (message.class(), message.method()),
        (Class::Request, Method::ALLOCATE)
    );
    assert_eq!(message.get(), Ok(Some(Username(b"a name".as_slice()))));
    assert_eq!(message.get(), Ok(Some(Realm(b"realm"))));
    assert_eq!(message.get(), Ok(Some(Nonce(b"nonce"))));
    assert_eq!(message.get(), Ok(Some(sequence)));
    assert_eq!(message.verify(&key), Ok(IntegrityAlgorithm::Sha1));
    let known = [
        AttributeType::USERNAME,
        AttributeType::REALM,
        AttributeType::NONCE,
    ];
    assert_eq!(message.unknown_required(&known).count(), 0);

    let mut cut = data.clone();
    cut.truncate(51);
    cut[3] = 31;
    assert_eq!(kind(&cut), ParseErrorKind::AttributeCutOff);
    let mut late = data;
    // A cookie that is not first is none: then lengths are multiples of four.
    late[22] = 1;
    assert_eq!(kind(&late[..late.len() - 3]), ParseErrorKind::Length);
}

#[test]
fn data_of_ms_turn_is_an_indication() {
    let data = written(
        Generation::MsTurn,
        Class::Indication,
        Method::MS_DATA,
        |writer| writer,
    );
    assert_eq!(data[..2], [1, 0x15]);
    let message = Message::parse_any_generation(&data).expect("a message");
    assert_eq!(
        (message.class(), message.method()),
        (Class::Indication, Method::MS_DATA)
    );
}

#[test]
fn checks_of_ms_ice2_have_their_own_fingerprint_and_integrity() {
    let key = Key::short_term(b"secret");
    for version in [2, 3] {
        let mut odd = 0;
        for id in 0..=255 {
            let mut buffer = [0; 128];
            let len = MessageWriter::of_generation(
                Generation::MsIce2,
                &mut buffer,
                Class::Request,
                Method::BINDING,
                TransactionId::new([id; 12]),
            )
            .attribute(&Username(b"b:a"))
            .attribute(&CandidateIdentifier(b"1"))
            .attribute(&ImplementationVersion(version))
            .integrity(&key)
            .finish()
            .expect("room");
            let data = &buffer[..len];
            odd += u32::from(Message::parse(data).is_err());
            let message = Message::parse_any_generation(data).expect("a message");
            assert!(message.has_fingerprint());
            assert_eq!(
                message.get(),
                Ok(Some(CandidateIdentifier(b"1".as_slice())))
            );
            if version == 2 || Message::parse(data).is_err() {
                assert_eq!(message.generation(), Generation::MsIce2);
                assert_eq!(message.verify(&key), Ok(IntegrityAlgorithm::Sha1));
                assert!(
                    Message::parse_any_fingerprint(data).is_ok_and(|m| m.verify(&key).is_err())
                );
            }
            let mut damaged = data.to_vec();
            damaged[len - 1] ^= 1;
            assert_eq!(kind(&damaged), ParseErrorKind::Fingerprint);
        }
        // The wrong entry is met now and then.
        assert!((20..150).contains(&odd), "{odd}");
    }
    let rfc = written(
        Generation::Cookie,
        Class::Request,
        Method::BINDING,
        |writer| {
            writer
                .attribute(&ImplementationVersion(3))
                .integrity(&key)
                .fingerprint()
        },
    );
    let message = Message::parse_any_generation(&rfc).expect("a message");
    assert_eq!(message.generation(), Generation::Cookie);
    assert_eq!(message.verify(&key), Ok(IntegrityAlgorithm::Sha1));
}

/// What hides an address is what stands behind the length, whether that is a cookie or not.
#[test]
fn addresses_are_hidden_by_the_id() {
    let address = ([192, 0, 2, 1], 0x1234).into();
    let data = written(
        Generation::Classic,
        Class::Success,
        Method::BINDING,
        |writer| writer.attribute(&MsXorMappedAddress(address)),
    );
    assert_eq!(data[24..], [0, 1, 0x15, 0x33, 199, 7, 5, 6]);
    let message = Message::parse_any_generation(&data).expect("a message");
    assert_eq!(message.get(), Ok(Some(MsXorMappedAddress(address))));
    let data = written(
        Generation::MsIce2,
        Class::Success,
        Method::BINDING,
        |writer| writer.attribute(&XorMappedAddress(address)),
    );
    assert_eq!(
        data[24..],
        [
            0,
            1,
            0x12 ^ 0x21,
            0x34 ^ 0x12,
            192 ^ 0x21,
            0x12,
            2 ^ 0xa4,
            1 ^ 0x42
        ]
    );
}

#[test]
fn what_is_no_message_of_any_generation() {
    assert_eq!(kind(&[]), ParseErrorKind::NotStun);
    assert_eq!(kind(&[0x80; 20]), ParseErrorKind::NotStun);
    assert_eq!(kind(&[0; 24]), ParseErrorKind::Length);
    let mut cut = [0; 24];
    cut[3] = 4;
    cut[23] = 4;
    assert_eq!(kind(&cut), ParseErrorKind::AttributeCutOff);
    let mut short = [0; 28];
    short[3] = 8;
    short[21] = 8;
    short[23] = 4;
    assert_eq!(kind(&short), ParseErrorKind::AttributeLength);
}
