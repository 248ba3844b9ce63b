use super::*;
extern crate std;
use std::vec;
use std::vec::Vec;

const ID: TransactionId = TransactionId([0; 12]);

fn written<'a, T: Attribute<'a>>(attribute: &T) -> Vec<u8> {
    let mut value = vec![0xff; attribute.len()];
    attribute.write(&mut value, &ID);
    value
}

#[test]
fn error_codes() {
    assert_eq!(ErrorCode::new(299, ""), None);
    assert_eq!(ErrorCode::new(700, ""), None);
    let error = ErrorCode::new(438, "Stale Nonce").expect("a code");
    assert_eq!(written(&error)[..6], [0, 0, 4, 38, b'S', b't']);
    assert_eq!(ErrorCode::read(&written(&error), &ID), Some(error));
    // Reserved bits are not looked at, a phrase that is no UTF-8 does not hide the code.
    let read = ErrorCode::read(&[0xff, 0xff, 0xfc, 20, b'n', b'o', 0xff, b'!'], &ID);
    assert_eq!(
        read.map(|error| (error.code(), error.reason())),
        Some((420, "no"))
    );
    for wrong in [
        [0, 0, 4, 100].as_slice(),
        &[0, 0, 2, 0],
        &[0, 0, 7, 0],
        &[0, 0, 4],
    ] {
        assert_eq!(ErrorCode::read(wrong, &ID), None);
    }
}

#[test]
fn lists_of_unknown_attributes() {
    let types = [AttributeType(0x7fff), AttributeType::PRIORITY];
    let value = written(&UnknownAttributes::new(&types));
    assert_eq!(value, [0x7f, 0xff, 0, 0x24]);
    let read = UnknownAttributes::read(&value, &ID).expect("a list");
    assert!(read.iter().eq(types));
    assert_eq!(written(&read), value);
    assert!(UnknownAttributes::read(&value[..3], &ID).is_none());
}

#[test]
fn password_algorithms() {
    let odd = PasswordAlgorithm {
        number: 0x1234,
        parameters: &[1, 2, 3],
    };
    let list = [PasswordAlgorithm::SHA256, odd, PasswordAlgorithm::MD5];
    let value = written(&PasswordAlgorithms::new(&list));
    assert_eq!(
        value,
        [0, 2, 0, 0, 0x12, 0x34, 0, 3, 1, 2, 3, 0, 0, 1, 0, 0]
    );
    let read = PasswordAlgorithms::read(&value, &ID).expect("a list");
    assert!(read.iter().eq(list));
    assert_eq!(written(&read), value);
    assert!(PasswordAlgorithms::read(&value[..10], &ID).is_none());
    assert!(PasswordAlgorithms::read(&value[..6], &ID).is_none());
    assert_eq!(PasswordAlgorithm::read(&written(&odd), &ID), Some(odd));
    // Padding that is missing at the end is forgiven, more than one algorithm is not.
    assert_eq!(PasswordAlgorithm::read(&value[4..11], &ID), Some(odd));
    assert_eq!(PasswordAlgorithm::read(&value[..8], &ID), None);
}

#[test]
fn numbers_and_flags_have_one_length() {
    assert_eq!(Priority::read(&[0, 0, 0, 9], &ID), Some(Priority(9)));
    assert_eq!(Priority::read(&[0; 5], &ID), None);
    assert_eq!(IceControlling::read(&[0; 7], &ID), None);
    let controlling = IceControlling(0x0102_0304_0506_0708);
    assert_eq!(written(&controlling), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(UseCandidate::read(&[], &ID), Some(UseCandidate));
    assert_eq!(UseCandidate::read(&[0], &ID), None);
    assert_eq!(UserHash::read(&[0; 31], &ID), None);
    assert_eq!(UserHash::read(&[1; 32], &ID), Some(UserHash([1; 32])));
}

#[test]
fn text_for_people_never_fails() {
    assert_eq!(Software::read(b"", &ID), Some(Software("")));
    assert_eq!(Software::read(b"a\xffb", &ID), Some(Software("a")));
    assert_eq!(Software::read(b"\xff", &ID), Some(Software("")));
}

#[test]
fn names_and_the_half_that_must_be_understood() {
    assert!(AttributeType(0x7fff).is_comprehension_required());
    assert!(!AttributeType(0x8000).is_comprehension_required());
    assert_eq!(AttributeType::USERHASH.name(), Some("USERHASH"));
    assert_eq!(std::format!("{:?}", AttributeType(0x8055)), "0x8055");
}
