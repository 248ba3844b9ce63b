use super::*;
extern crate std;
use std::vec;
use std::vec::Vec;

const ID: TransactionId = TransactionId::new([0; 12]);

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
    assert_eq!(std::format!("{:?}", AttributeType(0x80ff)), "0x80ff");
}

fn round<'a, T: Attribute<'a> + PartialEq + fmt::Debug + Copy>(value: &'a [u8], typed: T) {
    assert_eq!(T::read(value, &ID), Some(typed));
    assert_eq!(written(&typed), value);
}

#[test]
fn attributes_of_behavior_discovery() {
    let change = |address, port| ChangeRequest { address, port };
    round(&[0, 0, 0, 0], change(false, false));
    round(&[0, 0, 0, 2], change(false, true));
    round(&[0, 0, 0, 4], change(true, false));
    round(&[0, 0, 0, 6], change(true, true));
    assert_eq!(ChangeRequest::read(&[0, 6], &ID), None);
    round(&[0x1f, 0x40], ResponsePort(8_000));
    // The older form, with the padding in the length.
    assert_eq!(
        ResponsePort::read(&[0x1f, 0x40, 0, 0], &ID),
        Some(ResponsePort(8_000))
    );
    assert_eq!(ResponsePort::read(&[0x1f, 0x40, 0], &ID), None);
    round(&[0; 5], Padding(5));
    round(&[0, 0, 1, 0], CacheTimeout(256));
}

#[test]
fn attributes_of_relays() {
    let channel = ChannelNumber::new(0x4001).expect("in range");
    round(&[0x40, 1, 0, 0], channel);
    assert_eq!(ChannelNumber::new(0x3fff), None);
    assert_eq!(ChannelNumber::new(0x5000), None);
    assert_eq!(ChannelNumber::read(&[0x40, 1], &ID), None);
    round(&[0, 0, 2, 0x58], Lifetime(600));
    round(b"data", Data(b"data"));
    round(&[1, 0, 0, 0], RequestedAddressFamily(AddressFamily::V4));
    round(&[2, 0, 0, 0], AdditionalAddressFamily(AddressFamily::V6));
    assert_eq!(RequestedAddressFamily::read(&[3, 0, 0, 0], &ID), None);
    round(&[0x80], EvenPort { reserve_next: true });
    round(
        &[0],
        EvenPort {
            reserve_next: false,
        },
    );
    round(&[17, 0, 0, 0], RequestedTransport::UDP);
    round(&[], DontFragment);
    assert_eq!(DontFragment::read(&[0], &ID), None);
    round(
        &[1, 2, 3, 4, 5, 6, 7, 8],
        ReservationToken([1, 2, 3, 4, 5, 6, 7, 8]),
    );
    let error = ErrorCode::new(440, "").expect("a code");
    let family = AddressFamily::V6;
    round(&[2, 0, 4, 40], AddressErrorCode { family, error });
    let icmp = |kind, code, data| Icmp { kind, code, data };
    round(&[0, 0, 6, 4, 0, 0, 5, 0xdc], icmp(3, 4, 1_500));
    round(&[0, 0, 0xff, 0xff, 0, 0, 0, 0], icmp(127, 511, 0));
}

#[test]
fn attributes_of_microsoft() {
    round(&[0, 0, 0, 2], ImplementationVersion(2));
    round(&[0, 0, 0, 6], MsVersion(6));
    round(&[0, 0, 0, 64], MsBandwidth(64));
    let audio = MsServiceQuality {
        stream: 1,
        quality: 1,
    };
    round(&[0, 1, 0, 1], audio);
    assert_eq!(MsServiceQuality::read(&[0, 1], &ID), None);
    round(b"turn.example.org", AlternateDomain(b"turn.example.org"));
    round(b"1234", CandidateIdentifier(b"1234"));
    round(b"12345\0\0\0", CandidateIdentifier(b"12345"));
    assert_eq!(
        CandidateIdentifier::read(&[0; 4], &ID),
        Some(CandidateIdentifier(b""))
    );
    assert_eq!(MsSequenceNumber::read(&[0; 20], &ID), None);
    let session = [1, 2, 3, 4, 5, 6, 7, 8];
    round(&session, MsMultiplexedTurnSessionId(session));
    assert_eq!(MsMultiplexedTurnSessionId::read(&session[1..], &ID), None);
}

#[test]
fn bandwidth_of_microsoft() {
    round(&[0, 0, 0, 1], MsBandwidthAdmission::COMMIT);
    // What is reserved is not looked at.
    let update = MsBandwidthAdmission::read(&[7, 7, 0, 2], &ID);
    assert_eq!(update, Some(MsBandwidthAdmission::UPDATE));
    round(&[9; 16], MsBandwidthReservationId([9; 16]));
    let amount = MsBandwidthReservationAmount {
        min_send: 64,
        max_send: 128,
        min_receive: 32,
        max_receive: 0x0100_0000,
    };
    let value = [0, 0, 0, 64, 0, 0, 0, 128, 0, 0, 0, 32, 1, 0, 0, 0];
    round(&value, amount);
    for wrong in [&value[..15], &value[..12], &[0; 17], &[0; 20]] {
        assert_eq!(MsBandwidthReservationAmount::read(wrong, &ID), None);
    }
    round(b"dialog", MsSipDialogId(b"dialog"));
    round(b"call", MsSipCallId(b"call"));
    let profile = MsLocationProfile {
        peer: 1,
        own: 2,
        federation: 0,
    };
    round(&[1, 2, 0, 0], profile);
    assert_eq!(MsLocationProfile::read(&[1, 2, 0], &ID), None);

    let site = |is_valid, pstn_failover| MsSiteBandwidth {
        is_valid,
        pstn_failover,
        max_send: 1,
        max_receive: 2,
    };
    let value = |flags| [flags, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2];
    round(&value(0x80), MsRemoteSiteAddressResponse(site(true, false)));
    round(&value(0x40), MsLocalSiteAddressResponse(site(false, true)));
    // Of relays nothing is told of the PSTN.
    let read = MsRemoteRelaySiteAddressResponse::read(&value(0xff), &ID);
    assert_eq!(
        read,
        Some(MsRemoteRelaySiteAddressResponse(site(true, false)))
    );
    let relay = MsLocalRelaySiteAddressResponse(site(false, true));
    assert_eq!(written(&relay), value(0));
    assert_eq!(
        MsLocalRelaySiteAddressResponse::read(&value(0)[..8], &ID),
        None
    );
}
