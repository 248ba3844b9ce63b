//! 120,000 damaged messages of all generations: nothing panics, nothing allocates behind our back, and
//! what the views say of one message agrees.
//!
//! The same number of mutations of the same kind made another implementation panic 599 times.

use core::fmt::Debug;

use trunkline_stun::sans_io::{FiveTuple, Handled, Instant};
use trunkline_stun::*;

const MUTATIONS: usize = 120_000;
const PASSWORD: &[u8] = b"VOkJxbRl1RmTxUk/WvJxBt";
const ID: [u8; 12] = [
    0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
];

/// A generator with a seed (xorshift64*), so that a failure can be had again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next()).expect("48 bits") % limit.max(1)
    }

    fn octet(&mut self) -> u8 {
        // Those that are lengths and limits more often than others.
        match self.below(4) {
            0 => [0, 1, 3, 4, 8, 0x14, 0x20, 0x40, 0x7f, 0x80, 0xff][self.below(11)],
            _ => self.next().to_le_bytes()[0],
        }
    }
}

/// Each typed attribute, with what to do for it.
macro_rules! for_each_attribute {
    ($do:ident) => {
        $do!(
            AdditionalAddressFamily,
            AddressErrorCode<'_>,
            AlternateDomain<'_>,
            AlternateServer,
            CacheTimeout,
            CandidateIdentifier<'_>,
            ChangeRequest,
            ChangedAddress,
            ChannelNumber,
            Data<'_>,
            DontFragment,
            ErrorCode<'_>,
            EvenPort,
            IceControlled,
            IceControlling,
            Icmp,
            ImplementationVersion,
            Lifetime,
            MappedAddress,
            MsAlternateServer,
            MsBandwidth,
            MsDestinationAddress,
            MsRemoteAddress,
            MsSequenceNumber,
            MsServiceQuality,
            MsVersion,
            MsXorMappedAddress,
            MsAlternateMappedAddress,
            MsBandwidthAdmission,
            MsBandwidthReservationAmount,
            MsBandwidthReservationId,
            MsLocalRelaySiteAddress,
            MsLocalRelaySiteAddressResponse,
            MsLocalSiteAddress,
            MsLocalSiteAddressResponse,
            MsLocationProfile,
            MsMultiplexedTurnSessionId,
            MsRemoteRelaySiteAddress,
            MsRemoteRelaySiteAddressResponse,
            MsRemoteSiteAddress,
            MsRemoteSiteAddressResponse,
            MsSipCallId<'_>,
            MsSipDialogId<'_>,
            Nonce<'_>,
            OtherAddress,
            Padding,
            PasswordAlgorithm<'_>,
            PasswordAlgorithms<'_>,
            Priority,
            Realm<'_>,
            ReflectedFrom,
            RequestedAddressFamily,
            RequestedTransport,
            ReservationToken,
            ResponseAddress,
            ResponseOrigin,
            ResponsePort,
            Software<'_>,
            SourceAddress,
            UnknownAttributes<'_>,
            UseCandidate,
            UserHash,
            Username<'_>,
            XorMappedAddress,
            XorPeerAddress,
            XorRelayedAddress
        )
    };
}

/// What is read fits into the message that it was read from, and is written as it is read.
fn walk<'a, T: Attribute<'a> + Debug>(message: &Message<'a>) -> usize {
    match message.get::<T>() {
        Ok(Some(value)) => {
            // What was too long to be written is read nevertheless, and some is written with its padding.
            let len = message.as_bytes().len();
            assert!(value.len() <= len + 3, "{value:?}");
            let mut written = vec![0; value.len()];
            value.write(&mut written, &message.transaction_id());
            1
        }
        Ok(None) => 0,
        Err(Malformed { offset, .. }) => {
            assert!(offset < message.as_bytes().len());
            1
        }
    }
}

fn walk_all(message: &Message<'_>) {
    let mut typed = 0;
    macro_rules! walk_each {
        ($($kind:ty),*) => { $(typed += walk::<$kind>(message);)* };
    }
    for_each_attribute!(walk_each);
    // Two types may have the same number.
    let attributes = message.attributes().count();
    assert!(typed <= 2 * attributes);
    let mut end = 20;
    for raw in message.attributes() {
        assert!(raw.offset >= end);
        end = raw.offset + 4 + raw.value.len();
        assert!(end <= message.as_bytes().len());
    }
    assert!(message.unknown_required(&[]).count() <= attributes);
    let _ = (message.class(), message.method(), message.has_fingerprint());
    let _ = message.offered_password_algorithms();
    if let Ok(Some(nonce)) = message.get::<Nonce<'_>>() {
        let _ = nonce.security_features();
    }
}

/// The messages that are damaged: the vectors, and one of each form with each attribute.
fn originals() -> Vec<Vec<u8>> {
    let mut originals = vec![
        include_bytes!("vectors/rfc5769-2.1.bin").to_vec(),
        include_bytes!("vectors/rfc5769-2.2.bin").to_vec(),
        include_bytes!("vectors/rfc5769-2.3.bin").to_vec(),
        include_bytes!("vectors/rfc5769-2.4.bin").to_vec(),
        include_bytes!("vectors/rfc8489-B.1.bin").to_vec(),
    ];
    let v4 = ([192, 0, 2, 1], 32_853).into();
    let v6 = ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 5_060).into();
    let error = ErrorCode::new(438, "Stale Nonce").expect("a code");
    let unknown = [AttributeType(0x7001), AttributeType::PRIORITY];
    let algorithms = [PasswordAlgorithm::SHA256, PasswordAlgorithm::MD5];
    let key = Key::short_term(PASSWORD);
    for generation in [
        Generation::Cookie,
        Generation::Classic,
        Generation::MsTurn,
        Generation::MsIce2,
    ] {
        let id = match generation {
            Generation::Cookie | Generation::MsIce2 => TransactionId::new(ID),
            _ => TransactionId::classic([0x5a; 16]),
        };
        type Write<'w> = &'w dyn for<'b> Fn(MessageWriter<'b>) -> MessageWriter<'b>;
        let groups: [Write<'_>; 6] = [
            &|writer| {
                writer
                    .attribute(&XorMappedAddress(v4))
                    .attribute(&MappedAddress(v6))
                    .attribute(&AlternateServer(v4))
                    .attribute(&ResponseOrigin(v6))
                    .attribute(&OtherAddress(v4))
                    .attribute(&MsXorMappedAddress(v6))
                    .attribute(&MsAlternateServer(v4))
            },
            &|writer| {
                writer
                    .attribute(&Username(b"alice"))
                    .attribute(&UserHash::new(b"alice", b"example.org"))
                    .attribute(&Realm(b"example.org"))
                    .attribute(&Nonce(b"obMatJos2AAAB"))
                    .attribute(&PasswordAlgorithms::new(&algorithms))
                    .attribute(&PasswordAlgorithm::SHA256)
                    .attribute(&Software("trunkline"))
            },
            &|writer| {
                writer
                    .attribute(&error)
                    .attribute(&UnknownAttributes::new(&unknown))
                    .attribute(&ChangeRequest {
                        address: true,
                        port: true,
                    })
                    .attribute(&ResponsePort(8_000))
                    .attribute(&Padding(7))
                    .attribute(&CacheTimeout(60))
                    .attribute(&SourceAddress(v4))
                    .attribute(&ChangedAddress(v6))
                    .attribute(&ReflectedFrom(v4))
                    .attribute(&ResponseAddress(v6))
            },
            &|writer| {
                writer
                    .attribute(&ChannelNumber::MIN)
                    .attribute(&Lifetime(600))
                    .attribute(&XorPeerAddress(v4))
                    .attribute(&Data(b"data"))
                    .attribute(&XorRelayedAddress(v6))
                    .attribute(&RequestedAddressFamily(AddressFamily::V6))
                    .attribute(&AdditionalAddressFamily(AddressFamily::V6))
                    .attribute(&EvenPort { reserve_next: true })
                    .attribute(&RequestedTransport::UDP)
                    .attribute(&DontFragment)
            },
            &|writer| {
                let family = AddressFamily::V4;
                writer
                    .attribute(&ReservationToken([1; 8]))
                    .attribute(&AddressErrorCode { family, error })
                    .attribute(&Icmp {
                        kind: 3,
                        code: 4,
                        data: 1_500,
                    })
                    .attribute(&Priority(0x6e00_01ff))
                    .attribute(&UseCandidate)
                    .attribute(&IceControlled(1))
                    .attribute(&IceControlling(2))
            },
            &|writer| {
                writer
                    .attribute(&ImplementationVersion(2))
                    .attribute(&MsVersion(2))
                    .attribute(&CandidateIdentifier(b"12345"))
                    .attribute(&MsSequenceNumber {
                        connection: [3; 20],
                        sequence: 9,
                    })
                    .attribute(&MsRemoteAddress(v4))
                    .attribute(&MsDestinationAddress(v4))
            },
        ];
        for (index, group) in groups.into_iter().enumerate() {
            let class = [
                Class::Request,
                Class::Indication,
                Class::Success,
                Class::Error,
            ][index % 4];
            let mut buffer = vec![0; 1_000];
            let mut writer = group(MessageWriter::of_generation(
                generation,
                &mut buffer,
                class,
                Method::BINDING,
                id,
            ));
            writer = writer.integrity(&key);
            if generation == Generation::Cookie {
                writer = writer
                    .integrity_sha256_truncated(&key, 16 + 4 * (index % 5))
                    .fingerprint();
            }
            let len = writer.finish().expect("room");
            buffer.truncate(len);
            let read = Message::parse_any_generation(&buffer).expect("sound");
            // The older form of checks does not always show.
            if read.generation() == generation {
                assert!(read.verify(&key).is_ok(), "{generation:?} {index}");
            }
            originals.push(buffer);
        }
    }
    originals
}

/// Damages a message in one to four places.
fn mutate(random: &mut Random, data: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..=random.below(4) {
        let at = random.below(data.len());
        match random.below(10) {
            0..=2 => {
                if let Some(octet) = data.get_mut(at) {
                    *octet ^= 1 << random.below(8);
                }
            }
            3..=4 => {
                if let Some(octet) = data.get_mut(at) {
                    *octet = random.octet();
                }
            }
            // A length of an attribute, or what is taken for one.
            5 => {
                let at = at & !3;
                if let Some([high, low]) = data.get_mut(at + 2..at + 4) {
                    (*high, *low) = (0, random.octet());
                }
            }
            6 => data.truncate(at),
            7 => {
                for _ in 0..random.below(9) {
                    data.insert(at.min(data.len()), random.octet());
                }
            }
            8 => {
                let end = (at + 1 + random.below(12)).min(data.len());
                data.drain(at.min(end)..end);
            }
            _ => {
                let from = random.below(other.len());
                let end = (from + random.below(40)).min(other.len());
                data.extend_from_slice(&other[from..end]);
            }
        }
    }
    // Half of them tell their length, so that more than the header is looked at.
    if random.below(2) == 0
        && let Ok(len) = u16::try_from(data.len().saturating_sub(20))
        && let Some(field) = data.get_mut(2..4)
    {
        field.copy_from_slice(&len.to_be_bytes());
    }
}

/// What was made with the key, up to the integrity and without the length, is what the originals hold.
fn is_known(originals: &[Vec<u8>], data: &[u8], covered: usize) -> bool {
    originals.iter().any(|original| {
        original.get(..2) == data.get(..2) && original.get(4..covered) == data.get(4..covered)
    })
}

fn covered(message: &Message<'_>) -> usize {
    let last = message.attributes().last();
    // Where the padding ends does not matter for what is compared.
    last.map_or(20, |raw| raw.offset + 4 + raw.value.len())
}

#[test]
fn nothing_that_is_damaged_does_harm() {
    let originals = originals();
    let key = Key::short_term(PASSWORD);
    let mut random = Random(0x7472_756e_6b6c_696e);
    let path = FiveTuple::udp(
        ([203, 0, 113, 1], 3478).into(),
        ([198, 51, 100, 7], 61_234).into(),
    );
    let long_term = LongTermServer::new(b"example.org", [7; 32]);
    let user = LongTermAccount::new(b"alice", b"example.org", PASSWORD);
    let (mut read, mut of_others, mut verified, mut answered) = (0, 0, 0, 0);
    for round in 0..MUTATIONS {
        let mut data = originals[random.below(originals.len())].clone();
        let other = random.below(originals.len());
        mutate(&mut random, &mut data, &originals[other]);

        let strict = Message::parse(&data);
        let lenient = Message::parse_any_fingerprint(&data);
        let any = Message::parse_any_generation(&data);
        let _ = (classify(&data), frame_len(&data), turn_frame_len(&data));
        match (&strict, &lenient) {
            (Ok(_), Ok(_)) | (Err(_), Err(_)) => {}
            (Err(error), Ok(_)) => assert_eq!(error.kind, ParseErrorKind::Fingerprint),
            (Ok(_), Err(error)) => panic!("{error}"),
        }
        if let Ok(message) = &lenient {
            assert_eq!(recognize(&data), Some(Generation::Cookie));
            assert_eq!(frame_len(&data), Ok(Some(data.len())));
            walk_all(message);
            read += 1;
        }
        if let Err(error) = &any {
            assert!(error.offset <= data.len());
            assert!(strict.is_err());
        }
        if let Ok(message) = &any {
            if message.generation() != Generation::Cookie {
                walk_all(message);
                of_others += 1;
            }
            if message.verify(&key).is_ok() {
                assert!(is_known(&originals, &data, covered(message)), "{data:02x?}");
                verified += 1;
            }
        }

        // A server and a client have no trouble with it either.
        let mut response = [0; MAX_RESPONSE_LEN];
        let server = BindingServer::new().with_classic();
        let answer = match round % 2 {
            0 => server.answer(path, &data, &mut response),
            _ => server.answer_long_term(
                Instant::ORIGIN,
                path,
                &data,
                &mut response,
                &long_term,
                |asked, algorithm| user.is(asked).then(|| user.key(algorithm)).flatten(),
            ),
        };
        if let Answer::Send(transmit) = answer.expect("100 octets are enough") {
            let response = Message::parse_any_generation(&response[..transmit.len]);
            let request = any.as_ref().expect("a request");
            assert_eq!(
                response.map(|response| response.transaction_id()),
                Ok(request.transaction_id())
            );
            answered += 1;
        }
        let credential = ShortTermCredential {
            username: b"evtj:h6vY".as_slice(),
            key: key.clone(),
            integrity: ClientIntegrity::Sha1,
        };
        let config = ClientConfig {
            credential: Some(credential),
            ..ClientConfig::DEFAULT
        };
        let mut client = BindingClient::new(path, TransactionId::new(ID), config);
        let sent = client.poll_transmit(Instant::ORIGIN, &mut [0; 128]);
        assert!(sent.is_ok_and(|sent| sent.is_some()));
        if client.handle_datagram(Instant::ORIGIN, path, &data) == Handled::Consumed {
            let message = strict.as_ref().expect("a response");
            assert!(message.verify_with(&key, IntegrityAlgorithm::Sha1).is_ok());
        }
    }
    // Enough of them got past the header to be worth the while.
    assert!(read > MUTATIONS / 10, "{read} read");
    assert!(
        of_others > MUTATIONS / 10,
        "{of_others} of other generations"
    );
    assert!(verified > MUTATIONS / 1_000, "{verified} verified");
    assert!(answered > MUTATIONS / 100, "{answered} answered");
}
