use super::*;
use crate::wire::{IntegrityError, Message, Priority, Software, UseCandidate, Username};
extern crate std;
use std::string::String;
use std::vec;

const ID: TransactionId = TransactionId::new([9; 12]);

fn request(buffer: &mut [u8]) -> MessageWriter<'_> {
    MessageWriter::new(buffer, Class::Request, Method::BINDING, ID)
}

#[test]
fn tells_the_size_needed() {
    let key = Key::short_term(b"secret");
    let write = |buffer: &mut [u8]| {
        request(buffer)
            .attribute(&Username(b"alice"))
            .integrity(&key)
            .integrity_sha256(&key)
            .fingerprint()
            .finish()
    };
    let needed = 20 + 12 + 24 + 36 + 8;
    for len in 0..needed {
        let error = write(&mut vec![0; len]).expect_err("too small");
        assert_eq!(error, BufferTooSmall { needed }.into());
    }
    let mut buffer = vec![0xff; needed + 1];
    assert_eq!(write(&mut buffer), Ok(needed));
    assert_eq!(buffer[needed], 0xff);
    let message = Message::parse(&buffer[..needed]).expect("a message");
    for algorithm in [IntegrityAlgorithm::Sha1, IntegrityAlgorithm::Sha256] {
        assert_eq!(message.verify_with(&key, algorithm), Ok(()));
    }
}

#[test]
fn padding_is_zero() {
    let mut buffer = [0xff; 32];
    let len = request(&mut buffer).attribute(&Username(b"bob")).finish();
    assert_eq!(len, Ok(28));
    assert_eq!(buffer[20..28], [0, 6, 0, 3, b'b', b'o', b'b', 0]);
}

#[test]
fn shortened_integrity_is_verified() {
    let key = Key::short_term(b"secret");
    for (asked, len) in [
        (16, 16),
        (20, 20),
        (24, 24),
        (28, 28),
        (32, 32),
        (0, 16),
        (19, 16),
        (99, 32),
    ] {
        let mut buffer = [0; 64];
        let written = request(&mut buffer)
            .integrity_sha256_truncated(&key, asked)
            .finish();
        assert_eq!(written, Ok(24 + len));
        let message = Message::parse(&buffer[..24 + len]).expect("a message");
        assert_eq!(message.verify(&key), Ok(IntegrityAlgorithm::Sha256));
        buffer[23 + len] ^= 1;
        let message = Message::parse(&buffer[..24 + len]).expect("a message");
        assert_eq!(message.verify(&key), Err(IntegrityError::Wrong));
    }
}

#[test]
fn the_order_is_kept() {
    let key = Key::short_term(b"secret");
    let mut buffer = [0; 256];
    let behind = request(&mut buffer)
        .integrity(&key)
        .attribute(&UseCandidate)
        .finish();
    assert_eq!(behind, Err(WriteError::Order(AttributeType::USE_CANDIDATE)));
    let behind = request(&mut buffer).fingerprint().integrity(&key).finish();
    assert_eq!(
        behind,
        Err(WriteError::Order(AttributeType::MESSAGE_INTEGRITY))
    );
    let twice = request(&mut buffer).fingerprint().fingerprint().finish();
    assert_eq!(twice, Err(WriteError::Order(AttributeType::FINGERPRINT)));
    let behind = request(&mut buffer)
        .integrity_sha256(&key)
        .integrity(&key)
        .finish();
    assert_eq!(
        behind,
        Err(WriteError::Order(AttributeType::MESSAGE_INTEGRITY))
    );
}

#[test]
fn nothing_grows_past_its_limit() {
    let mut buffer = vec![0; 70_000];
    let long = [b'a'; 509];
    let refused = request(&mut buffer).attribute(&Username(&long)).finish();
    assert_eq!(refused, Err(WriteError::TooLong(AttributeType::USERNAME)));
    assert!(
        request(&mut buffer)
            .attribute(&Username(&long[1..]))
            .finish()
            .is_ok()
    );
    let text = String::from_utf8(vec![b'a'; 764]).expect("ASCII");
    let refused = request(&mut buffer).attribute(&Software(&text)).finish();
    assert_eq!(refused, Err(WriteError::TooLong(AttributeType::SOFTWARE)));

    let kind = AttributeType(0xc000);
    let largest = request(&mut buffer).raw(kind, &vec![1; 0xfff8]).finish();
    assert_eq!(largest, Ok(20 + 0xfffc));
    let message = Message::parse(&buffer[..20 + 0xfffc]).expect("a message");
    assert_eq!(
        message
            .attributes()
            .map(|raw| raw.value.len())
            .sum::<usize>(),
        0xfff8
    );
    for len in [0xfff9, 0xffff, 0x1_0000] {
        let refused = request(&mut buffer).raw(kind, &vec![1; len]).finish();
        assert_eq!(refused, Err(WriteError::TooLong(kind)));
    }
    let key = Key::short_term(b"secret");
    let refused = request(&mut buffer)
        .raw(kind, &vec![1; 0xfff8])
        .integrity(&key)
        .fingerprint();
    assert_eq!(
        refused.finish(),
        Err(WriteError::TooLong(AttributeType::MESSAGE_INTEGRITY))
    );
}

#[test]
fn the_first_error_stays() {
    let mut buffer = [0; 20];
    let key = Key::short_term(b"secret");
    let error = request(&mut buffer)
        .integrity(&key)
        .attribute(&Priority(1))
        .attribute(&Username(&[0; 600]))
        .finish();
    assert_eq!(error, Err(WriteError::Order(AttributeType::PRIORITY)));
}
