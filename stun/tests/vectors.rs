//! The messages of RFC 5769 and RFC 8489 appendix B, read and written octet by octet.

use trunkline_stun::{
    AttributeType, Class, IceControlled, IntegrityAlgorithm, IntegrityError, Key, Message,
    MessageWriter, Method, Nonce, PasswordAlgorithm, Priority, Realm, Software, TransactionId,
    UserHash, Username, XorMappedAddress,
};

const REQUEST: &[u8] = include_bytes!("vectors/rfc5769-2.1.bin");
const RESPONSE_IPV4: &[u8] = include_bytes!("vectors/rfc5769-2.2.bin");
const RESPONSE_IPV6: &[u8] = include_bytes!("vectors/rfc5769-2.3.bin");
const LONG_TERM: &[u8] = include_bytes!("vectors/rfc5769-2.4.bin");
const LONG_TERM_SHA256: &[u8] = include_bytes!("vectors/rfc8489-B.1.bin");

const ID: TransactionId = TransactionId::new([
    0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
]);
const USERNAME: &str = "\u{30de}\u{30c8}\u{30ea}\u{30c3}\u{30af}\u{30b9}";

fn short_term() -> Key {
    Key::short_term(b"VOkJxbRl1RmTxUk/WvJxBt")
}

#[test]
fn the_sample_request() {
    let message = Message::parse(REQUEST).expect("a message");
    assert_eq!(message.class(), Class::Request);
    assert_eq!(message.method(), Method::BINDING);
    assert_eq!(message.transaction_id(), ID);
    assert_eq!(message.get(), Ok(Some(Software("STUN test client"))));
    assert_eq!(message.get(), Ok(Some(Priority(0x6e00_01ff))));
    assert_eq!(
        message.get(),
        Ok(Some(IceControlled(0x932f_f9b1_5126_3b36)))
    );
    assert_eq!(message.get(), Ok(Some(Username(b"evtj:h6vY"))));
    assert_eq!(message.get::<XorMappedAddress>(), Ok(None));
    assert!(message.has_fingerprint());
    assert_eq!(message.verify(&short_term()), Ok(IntegrityAlgorithm::Sha1));
    assert_eq!(
        message.verify_with(&short_term(), IntegrityAlgorithm::Sha256),
        Err(IntegrityError::Missing)
    );
    assert_eq!(
        message.verify(&Key::short_term(b"VOkJxbRl1RmTxUk/WvJxBT")),
        Err(IntegrityError::Wrong)
    );
    let types = message.attributes().map(|attribute| attribute.kind.0);
    assert!(types.eq([0x8022, 0x0024, 0x8029, 0x0006]));

    let mut buffer = [0; 108];
    let len = MessageWriter::new(&mut buffer, Class::Request, Method::BINDING, ID)
        .padding(b' ')
        .attribute(&Software("STUN test client"))
        .attribute(&Priority(0x6e00_01ff))
        .attribute(&IceControlled(0x932f_f9b1_5126_3b36))
        .attribute(&Username(b"evtj:h6vY"))
        .integrity(&short_term())
        .fingerprint()
        .finish();
    assert_eq!(len, Ok(108));
    assert_eq!(buffer, REQUEST);
}

#[test]
fn the_sample_responses() {
    for (vector, address) in [
        (RESPONSE_IPV4, "192.0.2.1:32853"),
        (
            RESPONSE_IPV6,
            "[2001:db8:1234:5678:11:2233:4455:6677]:32853",
        ),
    ] {
        let address = XorMappedAddress(address.parse().expect("an address"));
        let message = Message::parse(vector).expect("a message");
        assert_eq!(message.class(), Class::Success);
        assert_eq!(message.get(), Ok(Some(Software("test vector"))));
        assert_eq!(message.get(), Ok(Some(address)));
        assert!(message.has_fingerprint());
        assert_eq!(message.verify(&short_term()), Ok(IntegrityAlgorithm::Sha1));

        let mut buffer = vec![0; vector.len()];
        let len = MessageWriter::new(&mut buffer, Class::Success, Method::BINDING, ID)
            .padding(b' ')
            .attribute(&Software("test vector"))
            .attribute(&address)
            .integrity(&short_term())
            .fingerprint()
            .finish();
        assert_eq!(len, Ok(vector.len()));
        assert_eq!(buffer, vector);
    }
}

#[test]
fn the_sample_request_with_a_long_term_credential() {
    let message = Message::parse(LONG_TERM).expect("a message");
    let Ok(Some(Username(username))) = message.get() else {
        panic!("no user name")
    };
    let Ok(Some(Realm(realm))) = message.get() else {
        panic!("no realm")
    };
    let Ok(Some(Nonce(nonce))) = message.get() else {
        panic!("no nonce")
    };
    assert_eq!(username, USERNAME.as_bytes());
    assert_eq!(realm, b"example.org");
    assert_eq!(nonce, b"f//499k954d6OL34oL9FSTvy64sA");
    assert!(!message.has_fingerprint());
    let key = Key::long_term_md5(username, realm, b"TheMatrIX");
    assert_eq!(message.verify(&key), Ok(IntegrityAlgorithm::Sha1));

    let mut buffer = [0; 116];
    let id = message.transaction_id();
    let len = MessageWriter::new(&mut buffer, Class::Request, Method::BINDING, id)
        .attribute(&Username(username))
        .attribute(&Nonce(nonce))
        .attribute(&Realm(realm))
        .integrity(&key)
        .finish();
    assert_eq!(len, Ok(116));
    assert_eq!(buffer, LONG_TERM);
}

#[test]
fn the_sample_request_of_rfc_8489() {
    let message = Message::parse(LONG_TERM_SHA256).expect("a message");
    let Ok(Some(Nonce(nonce))) = message.get() else {
        panic!("no nonce")
    };
    assert_eq!(nonce, b"obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA");
    let realm = Realm(b"example.org");
    let user = UserHash::new(USERNAME.as_bytes(), b"example.org");
    assert_eq!(message.get(), Ok(Some(user)));
    assert_eq!(message.get(), Ok(Some(realm)));
    assert_eq!(message.get(), Ok(Some(PasswordAlgorithm::SHA256)));
    let key = Key::long_term_sha256(USERNAME.as_bytes(), b"example.org", b"TheMatrIX");
    assert_eq!(message.verify(&key), Ok(IntegrityAlgorithm::Sha256));
    assert!(!message.has_integrity(IntegrityAlgorithm::Sha1));

    let mut buffer = [0; 164];
    let id = message.transaction_id();
    let len = MessageWriter::new(&mut buffer, Class::Request, Method::BINDING, id)
        .attribute(&user)
        .attribute(&Nonce(nonce))
        .attribute(&realm)
        .attribute(&PasswordAlgorithm::SHA256)
        .integrity_sha256(&key)
        .finish();
    assert_eq!(len, Ok(164));
    assert_eq!(buffer, LONG_TERM_SHA256);
}

/// Not one bit of a protected message can change without notice.
#[test]
fn every_flipped_bit_is_noticed() {
    let long_term = Key::long_term_md5(USERNAME.as_bytes(), b"example.org", b"TheMatrIX");
    let sha256 = Key::long_term_sha256(USERNAME.as_bytes(), b"example.org", b"TheMatrIX");
    for (vector, key) in [
        (REQUEST, short_term()),
        (RESPONSE_IPV4, short_term()),
        (RESPONSE_IPV6, short_term()),
        (LONG_TERM, long_term),
        (LONG_TERM_SHA256, sha256),
    ] {
        let wanted = Message::parse(vector).expect("a message").has_fingerprint();
        for bit in 0..vector.len() * 8 {
            let mut flipped = vector.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let noticed = Message::parse(&flipped).map_or(true, |message| {
                message.verify(&key).is_err() || message.has_fingerprint() != wanted
            });
            assert!(noticed, "bit {bit}");
            // The integrity alone covers everything before it, and itself.
            if bit / 8 < vector.len() - 8 {
                let noticed = Message::parse_any_fingerprint(&flipped)
                    .map_or(true, |message| message.verify(&key).is_err());
                assert!(noticed, "bit {bit} without the fingerprint");
            }
        }
    }
}

#[test]
fn no_truncation_is_a_message() {
    for vector in [
        REQUEST,
        RESPONSE_IPV4,
        RESPONSE_IPV6,
        LONG_TERM,
        LONG_TERM_SHA256,
    ] {
        for len in 0..vector.len() {
            assert!(Message::parse(&vector[..len]).is_err(), "{len}");
        }
    }
}

#[test]
fn what_a_server_does_not_know_is_listed() {
    let message = Message::parse(REQUEST).expect("a message");
    let unknown = message.unknown_required(&[AttributeType::USERNAME]);
    assert!(unknown.eq([AttributeType::PRIORITY]));
}

/// C004-230: a check names the peer's fragment first and its own behind a colon, and is protected
/// with the peer's password.
#[test]
fn a_check_names_both_fragments() {
    let key = short_term();
    let mut buffer = [0; 128];
    let len = MessageWriter::new(&mut buffer, Class::Request, Method::BINDING, ID)
        .attribute(&Username(b"8b708ebc:BUmkOSgeYbP7L5rF"))
        .integrity(&key)
        .fingerprint()
        .finish();
    let message = Message::parse(&buffer[..len.expect("room")]).expect("a message");
    let Ok(Some(Username(username))) = message.get() else {
        panic!("no user name")
    };
    let mut fragments = username.split(|octet| *octet == b':');
    let (own, peer) = (fragments.next(), fragments.next());
    assert_eq!(
        (own, peer),
        (Some(&b"8b708ebc"[..]), Some(&b"BUmkOSgeYbP7L5rF"[..]))
    );
    assert_eq!(message.verify(&key), Ok(IntegrityAlgorithm::Sha1));
}
