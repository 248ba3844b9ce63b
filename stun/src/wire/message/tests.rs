use super::*;
use crate::wire::{MessageWriter, PasswordAlgorithm, Priority, Username};
extern crate std;
use std::vec::Vec;

/// A Binding request with these attributes behind its header.
fn message(attributes: &[u8]) -> Vec<u8> {
    let mut message = Vec::from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
    message.extend([7; 12]);
    message[3] = u8::try_from(attributes.len()).expect("a short one");
    message.extend(attributes);
    message
}

fn fault(data: &[u8]) -> (ParseErrorKind, usize) {
    let error = Message::parse(data).expect_err("a fault");
    (error.kind, error.offset)
}

#[test]
fn every_fault_has_its_place() {
    let header = message(&[]);
    assert!(Message::parse(&header).is_ok());
    assert_eq!(fault(&header[..19]), (ParseErrorKind::NotStun, 19));
    let with = |at: usize, value| {
        let mut other = header.clone();
        other[at] = value;
        fault(&other)
    };
    assert_eq!(with(0, 0x40), (ParseErrorKind::NotStun, 0));
    assert_eq!(with(5, 0), (ParseErrorKind::NoCookie, 4));
    assert_eq!(with(3, 4), (ParseErrorKind::Length, 2));
    assert_eq!(with(3, 3), (ParseErrorKind::Length, 2));
    let odd = [header.as_slice(), &[0]].concat();
    assert_eq!(fault(&odd), (ParseErrorKind::Length, 2));
    let cut = message(&[0, 6, 0, 5, 1, 2, 3, 4]);
    assert_eq!(fault(&cut), (ParseErrorKind::AttributeCutOff, 20));
    let cut = message(&[0, 6, 0, 1, 1, 0, 0, 0, 0, 6, 0xff, 0xff]);
    assert_eq!(fault(&cut), (ParseErrorKind::AttributeCutOff, 28));
}

#[test]
fn protection_has_its_lengths() {
    for (high, low, len) in [
        (0, 8, 16),
        (0, 8, 24),
        (0, 0x1c, 12),
        (0, 0x1c, 36),
        (0, 0x1c, 18),
        (0x80, 0x28, 8),
    ] {
        let mut attribute = [0; 40];
        attribute[..4].copy_from_slice(&[high, low, 0, len]);
        let data = message(&attribute[..4 + padded(len.into())]);
        assert_eq!(fault(&data), (ParseErrorKind::AttributeLength, 20));
    }
}

#[test]
fn nothing_stands_behind_the_fingerprint() {
    let data = message(&[0x80, 0x28, 0, 4, 0, 0, 0, 0, 0, 0x25, 0, 0]);
    assert_eq!(fault(&data), (ParseErrorKind::AfterFingerprint, 28));
    let wrong = message(&[0x80, 0x28, 0, 4, 0, 0, 0, 0]);
    assert_eq!(fault(&wrong), (ParseErrorKind::Fingerprint, 20));
    let view = Message::parse_any_fingerprint(&wrong).expect("sound otherwise");
    assert!(view.has_fingerprint());
}

#[test]
fn what_is_not_protected_is_not_seen() {
    // RFC 8489 section 14.5: MESSAGE-INTEGRITY, a user name, MESSAGE-INTEGRITY-SHA256, a priority.
    let mut attributes = Vec::from([0, 8, 0, 20]);
    attributes.extend([0; 20]);
    attributes.extend([0, 6, 0, 1, b'a', 0, 0, 0]);
    attributes.extend([0, 0x1c, 0, 16]);
    attributes.extend([0; 16]);
    attributes.extend([0, 0x24, 0, 4, 0, 0, 0, 1]);
    let data = message(&attributes);
    let view = Message::parse(&data).expect("a message");
    assert!(view.has_integrity(IntegrityAlgorithm::Sha1));
    assert!(view.has_integrity(IntegrityAlgorithm::Sha256));
    assert_eq!(view.get::<Username<'_>>(), Ok(None));
    assert_eq!(view.get::<Priority>(), Ok(None));
    assert_eq!(view.attributes().count(), 0);
    assert_eq!(view.unknown_required(&[]).count(), 0);
}

#[test]
fn an_integrity_behind_the_stronger_one_does_not_count() {
    let mut attributes = Vec::from([0, 0x1c, 0, 16]);
    attributes.extend([0; 16]);
    attributes.extend([0, 8, 0, 20]);
    attributes.extend([0; 20]);
    let data = message(&attributes);
    let view = Message::parse(&data).expect("a message");
    assert!(view.has_integrity(IntegrityAlgorithm::Sha256));
    assert!(!view.has_integrity(IntegrityAlgorithm::Sha1));
}

#[test]
fn the_first_of_several_counts() {
    let data = message(&[0, 0x24, 0, 4, 0, 0, 0, 1, 0, 0x24, 0, 4, 0, 0, 0, 2]);
    let view = Message::parse(&data).expect("a message");
    assert_eq!(view.get(), Ok(Some(Priority(1))));
    assert_eq!(view.attributes().count(), 2);
}

#[test]
fn a_malformed_value_is_told_with_its_place() {
    let data = message(&[0x80, 0x22, 0, 0, 0, 0x24, 0, 3, 1, 2, 3, 0]);
    let view = Message::parse(&data).expect("a message");
    let error = view.get::<Priority>().expect_err("three octets");
    assert_eq!(
        (error.attribute, error.offset),
        (AttributeType::PRIORITY, 24)
    );
    assert_eq!(std::format!("{error}"), "malformed PRIORITY at octet 24");
}

#[test]
fn prints_types_and_no_values() {
    let data = message(&[0, 6, 0, 1, b'a', 0, 0, 0, 0x12, 0x34, 0, 0]);
    let view = Message::parse(&data).expect("a message");
    let text = std::format!("{view:?}");
    assert!(text.contains("attributes: [USERNAME, 0x1234]"), "{text}");
}

/// RFC 8489 section 9.2: who takes the offer away is noticed by what the nonce tells.
#[test]
fn an_offer_that_was_taken_away_is_noticed() {
    let cookie = SecurityFeatures::PASSWORD_ALGORITHMS.nonce_cookie();
    let offer = [PasswordAlgorithm::SHA256, PasswordAlgorithm::MD5];
    let offered = |nonce: &[u8], offer: &[PasswordAlgorithm<'_>]| {
        let mut buffer = [0; 256];
        let id = TransactionId::new([7; 12]);
        let algorithms = PasswordAlgorithms::new(offer);
        let len = MessageWriter::new(&mut buffer, Class::Error, Method::BINDING, id)
            .attribute(&Nonce(nonce))
            .optional((!offer.is_empty()).then_some(&algorithms))
            .finish()
            .expect("room");
        let message = Message::parse(&buffer[..len]).expect("a message");
        let algorithms = message.offered_password_algorithms();
        algorithms.map(|found| found.map(|list| list.iter().next().map(|first| first.number)))
    };
    assert_eq!(offered(&cookie, &offer), Ok(Some(Some(2))));
    assert_eq!(offered(&cookie, &[]), Err(BidDown));
    // A server that does not tell offers nothing, whoever put the list there.
    assert_eq!(offered(b"nonce", &offer), Ok(None));
    assert_eq!(offered(b"nonce", &[]), Ok(None));
    let anonymity = SecurityFeatures::USERNAME_ANONYMITY.nonce_cookie();
    assert_eq!(offered(&anonymity, &[]), Ok(None));
}
