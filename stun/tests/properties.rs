//! What holds for messages of every kind, and for bytes that are none.

use core::net::SocketAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use trunkline_stun::sans_io::{BufferTooSmall, FiveTuple, Instant};
use trunkline_stun::*;

#[derive(Clone, Debug)]
struct Built {
    class: Class,
    method: u16,
    id: [u8; 12],
    address: Option<SocketAddr>,
    others: Vec<(u16, Vec<u8>)>,
    password: Vec<u8>,
    sha1: bool,
    sha256: Option<usize>,
    fingerprint: bool,
}

impl Built {
    fn key(&self) -> Key {
        Key::short_term(&self.password)
    }

    fn write(&self, buffer: &mut [u8]) -> Result<usize, WriteError> {
        let id = TransactionId::new(self.id);
        let method = Method::new(self.method);
        let address = self.address.map(XorMappedAddress);
        let mut writer =
            MessageWriter::new(buffer, self.class, method, id).optional(address.as_ref());
        for (kind, value) in &self.others {
            writer = writer.raw(AttributeType(*kind), value);
        }
        if self.sha1 {
            writer = writer.integrity(&self.key());
        }
        if let Some(len) = self.sha256 {
            writer = writer.integrity_sha256_truncated(&self.key(), len);
        }
        if self.fingerprint {
            writer = writer.fingerprint();
        }
        writer.finish()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut buffer = vec![0; 2_000];
        let len = self.write(&mut buffer).expect("room");
        buffer.truncate(len);
        buffer
    }
}

fn class() -> impl Strategy<Value = Class> {
    prop_oneof![
        Just(Class::Request),
        Just(Class::Indication),
        Just(Class::Success),
        Just(Class::Error)
    ]
}

/// Types that no other part of a built message has.
fn other_type() -> impl Strategy<Value = u16> {
    any::<u16>().prop_filter("protection or address", |kind| {
        ![0x0008, 0x001c, 0x0020, 0x8028].contains(kind)
    })
}

prop_compose! {
    fn built()(
        class in class(),
        method in 0_u16..0x1000,
        id in any::<[u8; 12]>(),
        address in any::<Option<SocketAddr>>(),
        others in vec((other_type(), vec(any::<u8>(), 0..40)), 0..6),
        password in vec(any::<u8>(), 0..90),
        sha1 in any::<bool>(),
        sha256 in prop::option::of((4_usize..=8).prop_map(|words| words * 4)),
        fingerprint in any::<bool>(),
    ) -> Built {
        // The flow label and the scope are not in the message.
        let address = address.map(|address| SocketAddr::new(address.ip(), address.port()));
        Built { class, method, id, address, others, password, sha1, sha256, fingerprint }
    }
}

proptest! {
    #[test]
    fn what_was_written_is_read(built in built()) {
        let bytes = built.bytes();
        let message = Message::parse(&bytes).expect("a message");
        prop_assert_eq!(message.class(), built.class);
        prop_assert_eq!(message.method().number(), built.method);
        prop_assert_eq!(message.transaction_id(), TransactionId::new(built.id));
        prop_assert_eq!(message.get(), Ok(built.address.map(XorMappedAddress)));
        let others: Vec<_> = message
            .attributes()
            .skip(usize::from(built.address.is_some()))
            .map(|raw| (raw.kind.0, raw.value.to_vec()))
            .collect();
        prop_assert_eq!(&others, &built.others);
        prop_assert_eq!(message.has_fingerprint(), built.fingerprint);
        for (algorithm, there) in [
            (IntegrityAlgorithm::Sha1, built.sha1),
            (IntegrityAlgorithm::Sha256, built.sha256.is_some()),
        ] {
            prop_assert_eq!(message.has_integrity(algorithm), there);
            prop_assert_eq!(message.verify_with(&built.key(), algorithm).is_ok(), there);
        }
        prop_assert_eq!(frame_len(&bytes), Ok(Some(bytes.len())));
        prop_assert!(recognize(&bytes).is_some());
    }

    #[test]
    fn no_truncation_is_a_message(built in built()) {
        let bytes = built.bytes();
        for len in 0..bytes.len() {
            prop_assert!(Message::parse(&bytes[..len]).is_err());
        }
    }

    #[test]
    fn too_small_a_buffer_tells_the_size(built in built(), missing in 1_usize..2_000) {
        let needed = built.bytes().len();
        let mut buffer = vec![0; needed.saturating_sub(missing)];
        prop_assert_eq!(built.write(&mut buffer), Err(BufferTooSmall { needed }.into()));
    }

    #[test]
    fn a_flipped_bit_is_noticed(mut built in built(), bit in any::<prop::sample::Index>()) {
        built.sha1 |= built.sha256.is_none();
        let mut bytes = built.bytes();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        // Who expects both algorithms and a fingerprint misses those that have turned into something else.
        let unnoticed = Message::parse(&bytes).is_ok_and(|message| {
            let key = built.key();
            message.has_fingerprint() == built.fingerprint
                && (!built.sha1 || message.verify_with(&key, IntegrityAlgorithm::Sha1).is_ok())
                && (built.sha256.is_none()
                    || message.verify_with(&key, IntegrityAlgorithm::Sha256).is_ok())
        });
        prop_assert!(!unnoticed);
    }

    #[test]
    fn nothing_panics_on_bytes(
        mut bytes in vec(any::<u8>(), 0..200),
        header in any::<bool>(),
        key in vec(any::<u8>(), 0..4),
    ) {
        if header && bytes.len() >= 20 {
            bytes.truncate(bytes.len() / 4 * 4);
            let len = u16::try_from(bytes.len() - 20).expect("short");
            bytes[0] &= 0x3f;
            bytes[2..4].copy_from_slice(&len.to_be_bytes());
            bytes[4..8].copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
        }
        let _ = frame_len(&bytes);
        if let Ok(message) = Message::parse_any_fingerprint(&bytes) {
            prop_assert_eq!(message.as_bytes(), &bytes);
            let _ = message.verify(&Key::short_term(&key));
            let _ = message.get::<XorMappedAddress>();
            let _ = message.get::<ErrorCode<'_>>();
            if let Ok(Some(list)) = message.get::<UnknownAttributes<'_>>() {
                prop_assert!(list.iter().count() < bytes.len());
            }
            if let Ok(Some(list)) = message.get::<PasswordAlgorithms<'_>>() {
                prop_assert!(list.iter().count() < bytes.len());
            }
        }
        let local = ([192, 0, 2, 1], 3478).into();
        let path = FiveTuple::udp(local, ([192, 0, 2, 9], 5060).into());
        let answer = BindingServer::new().answer(path, &bytes, &mut [0; MAX_RESPONSE_LEN]);
        prop_assert!(answer.is_ok());
        let id = TransactionId::new([0; 12]);
        let mut client = BindingClient::new(path, id, ClientConfig::DEFAULT);
        let _ = client.poll_transmit(Instant::ORIGIN, &mut [0; 64]);
        let _ = client.handle_datagram(Instant::ORIGIN, path, &bytes);
    }
}

/// What can be read of each type is written as something that reads as the same, and in the length that
/// was told.
macro_rules! written_as_read {
    ($value:expr, $id:expr, $($kind:ty),* $(,)?) => {$(
        if let Some(read) = <$kind as Attribute<'_>>::read($value, $id) {
            let mut written = vec![0xff; Attribute::len(&read)];
            read.write(&mut written, $id);
            let again = <$kind as Attribute<'_>>::read(&written, $id);
            let again = again.unwrap_or_else(|| panic!("{}: {read:?} as {written:02x?}", stringify!($kind)));
            prop_assert_eq!(format!("{:?}", read), format!("{:?}", again));
            let mut twice = vec![0; Attribute::len(&again)];
            again.write(&mut twice, $id);
            prop_assert_eq!(&written, &twice);
        }
    )*};
}

/// Octets of the lengths that values have, with small numbers more often than others.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let octet = prop_oneof![Just(0), Just(1), Just(2), Just(4), any::<u8>()];
    let len = prop_oneof![
        Just(0),
        Just(1),
        Just(2),
        Just(4),
        Just(8),
        Just(20),
        Just(24),
        Just(32),
        0..64_usize
    ];
    len.prop_flat_map(move |len| vec(octet.clone(), len))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn each_attribute_is_written_as_it_is_read(value in value(), id: [u8; 12], classic: Option<[u8; 16]>) {
        let id = classic.map_or_else(|| TransactionId::new(id), TransactionId::classic);
        written_as_read!(
            &value, &id, AdditionalAddressFamily, AddressErrorCode<'_>, AlternateDomain<'_>,
            AlternateServer, CacheTimeout, CandidateIdentifier<'_>, ChangeRequest, ChangedAddress,
            ChannelNumber, Data<'_>, DontFragment, ErrorCode<'_>, EvenPort, IceControlled,
            IceControlling, Icmp, ImplementationVersion, Lifetime, MappedAddress, MsAlternateServer,
            MsBandwidth, MsDestinationAddress, MsRemoteAddress, MsSequenceNumber, MsServiceQuality,
            MsVersion, MsXorMappedAddress, MsAlternateMappedAddress, MsBandwidthAdmission, MsBandwidthReservationAmount, MsBandwidthReservationId, MsLocalRelaySiteAddress, MsLocalRelaySiteAddressResponse, MsLocalSiteAddress, MsLocalSiteAddressResponse, MsLocationProfile, MsMultiplexedTurnSessionId, MsRemoteRelaySiteAddress, MsRemoteRelaySiteAddressResponse, MsRemoteSiteAddress, MsRemoteSiteAddressResponse, MsSipCallId<'_>, MsSipDialogId<'_>, Nonce<'_>, OtherAddress, Padding, PasswordAlgorithm<'_>,
            Priority, Realm<'_>, ReflectedFrom, RequestedAddressFamily, RequestedTransport,
            ReservationToken, ResponseAddress, ResponseOrigin, ResponsePort, Software<'_>,
            SourceAddress, UseCandidate, UserHash, Username<'_>, XorMappedAddress, XorPeerAddress,
            XorRelayedAddress,
        );
        // These show where their octets come from.
        if let Some(list) = PasswordAlgorithms::read(&value, &id) {
            let mut written = vec![0xff; list.len()];
            list.write(&mut written, &id);
            let again = PasswordAlgorithms::read(&written, &id).expect("a list");
            prop_assert!(again.iter().eq(list.iter()));
        }
        if let Some(list) = UnknownAttributes::read(&value, &id) {
            let mut written = vec![0xff; list.len()];
            list.write(&mut written, &id);
            prop_assert_eq!(&written, &value);
        }
    }
}
