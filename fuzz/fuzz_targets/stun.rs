#![no_main]
//! One datagram on a STUN port, at the view, the server and the client.

use libfuzzer_sys::fuzz_target;
use trunkline_sans_io::{FiveTuple, Handled, Instant};
use trunkline_stun::{
    AddressErrorCode, AlternateServer, Answer, BindingClient, BindingEvent, BindingServer,
    CandidateIdentifier, ChangeRequest, ChangedAddress, ChannelNumber, Class, ClientConfig,
    ErrorCode, EvenPort, Generation, IceControlled, IceControlling, Icmp, ImplementationVersion,
    IntegrityAlgorithm, Key, MAX_RESPONSE_LEN, MappedAddress, Message, MessageWriter,
    MsSequenceNumber, MsXorMappedAddress, Nonce, OtherAddress, ParseErrorKind, PasswordAlgorithm,
    PasswordAlgorithms, Priority, Realm, RequestedAddressFamily, ResponsePort, Software,
    TransactionId, UnknownAttributes, UseCandidate, UserHash, Username, XorMappedAddress,
    XorPeerAddress, XorRelayedAddress, frame_len, recognize,
};

fuzz_target!(|data: &[u8]| {
    let parsed = Message::parse(data);
    match Message::parse_any_fingerprint(data) {
        Ok(message) => {
            assert_eq!(recognize(data), Some(Generation::Cookie));
            assert_eq!(frame_len(data), Ok(Some(data.len())));
            match parsed {
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind, ParseErrorKind::Fingerprint);
                    assert_eq!(error.offset, data.len() - 8);
                }
            }
            check_values(&message);
            check_written(data, &message);
            check_truncated(data);
            check_protected(data, &message);
        }
        Err(error) => {
            assert!(error.offset <= data.len(), "{error}");
            assert_eq!(parsed.err(), Some(error));
        }
    }
    check_generations(data);
    check_server(data);
    check_client(data);
});

/// What is read in any generation is within its bounds and, written in that, reads as the same.
fn check_generations(data: &[u8]) {
    let message = match Message::parse_any_generation(data) {
        Ok(message) => message,
        Err(error) => {
            assert!(error.offset <= data.len(), "{error}");
            assert!(Message::parse(data).is_err());
            return;
        }
    };
    let generation = message.generation();
    match (recognize(data), generation) {
        (Some(Generation::Cookie), Generation::Cookie | Generation::MsIce2) => {}
        (recognized, generation) => assert_eq!(recognized, Some(generation)),
    }
    check_values(&message);
    let _ = message.offered_password_algorithms();
    macro_rules! typed {
        ($($kind:ty),*) => {$(
            if let Ok(Some(value)) = message.get::<$kind>() {
                let (class, method, id) = (message.class(), message.method(), message.transaction_id());
                let mut buffer = vec![0; data.len() + 16];
                let writer = MessageWriter::of_generation(generation, &mut buffer, class, method, id);
                let len = writer.attribute(&value).finish().unwrap();
                let again = Message::parse_any_generation(&buffer[..len]).unwrap();
                assert_eq!(again.get::<$kind>(), Ok(Some(value)));
            }
        )*};
    }
    typed!(
        ChangeRequest,
        ResponsePort,
        OtherAddress,
        ChangedAddress,
        XorPeerAddress,
        XorRelayedAddress,
        MsXorMappedAddress,
        ChannelNumber,
        RequestedAddressFamily,
        EvenPort,
        AddressErrorCode<'_>,
        Icmp,
        CandidateIdentifier<'_>,
        ImplementationVersion,
        MsSequenceNumber
    );

    let key = Key::short_term(b"VOkJxbRl1RmTxUk/WvJxBt");
    let mut buffer = vec![0; data.len() + 40];
    let (class, method, id) = (message.class(), message.method(), message.transaction_id());
    let mut writer = MessageWriter::of_generation(generation, &mut buffer, class, method, id);
    for raw in message.attributes() {
        writer = writer.raw(raw.kind, raw.value);
    }
    let Ok(len) = writer.integrity(&key).finish() else {
        assert!(data.len() > 0xff00);
        return;
    };
    let again = Message::parse_any_generation(&buffer[..len]).unwrap();
    let kinds = again.attributes().map(|raw| (raw.kind, raw.value));
    assert!(kinds.eq(message.attributes().map(|raw| (raw.kind, raw.value))));
    assert_eq!((again.class(), again.method()), (class, method));
    // The older form of checks shows only by its version or its fingerprint.
    if again.generation() == generation {
        assert_eq!(again.verify(&key), Ok(IntegrityAlgorithm::Sha1));
    }
    assert!(matches!(generation, Generation::MsIce2) || again.generation() == generation);
}

/// Typed values do not panic, and stay within the message.
fn check_values(message: &Message<'_>) {
    let len = message.as_bytes().len();
    let raw: usize = message.attributes().map(|raw| raw.value.len()).sum();
    assert!(raw + message.attributes().count() * 4 + 20 <= len);
    assert!(message.unknown_required(&[]).count() <= message.attributes().count());
    if let Ok(Some(error)) = message.get::<ErrorCode<'_>>() {
        assert!((300..700).contains(&error.code()));
    }
    if let Ok(Some(list)) = message.get::<UnknownAttributes<'_>>() {
        assert!(list.iter().count() * 2 <= raw);
    }
    if let Ok(Some(list)) = message.get::<PasswordAlgorithms<'_>>() {
        assert!(list.iter().count() * 4 <= raw);
    }
    let key = Key::short_term(b"VOkJxbRl1RmTxUk/WvJxBt");
    for algorithm in [IntegrityAlgorithm::Sha1, IntegrityAlgorithm::Sha256] {
        let verified = message.verify_with(&key, algorithm).is_ok();
        assert!(!verified || message.has_integrity(algorithm));
    }
    let _ = format!("{message:?}");
}

/// What was read, written, reads as the same.
fn check_written(data: &[u8], message: &Message<'_>) {
    let mut buffer = vec![0; data.len()];
    let (class, method, id) = (message.class(), message.method(), message.transaction_id());
    let mut writer = MessageWriter::new(&mut buffer, class, method, id);
    for raw in message.attributes() {
        writer = writer.raw(raw.kind, raw.value);
    }
    let len = writer.finish().unwrap();
    let again = Message::parse(&buffer[..len]).unwrap();
    let kinds = again.attributes().map(|raw| (raw.kind, raw.value));
    assert!(kinds.eq(message.attributes().map(|raw| (raw.kind, raw.value))));

    macro_rules! typed {
        ($($kind:ty),*) => {$(
            if let Ok(Some(value)) = message.get::<$kind>() {
                let mut buffer = vec![0; data.len() + 8];
                let writer = MessageWriter::new(&mut buffer, class, method, id);
                // Names longer than may be sent are read nevertheless.
                if let Ok(len) = writer.attribute(&value).finish() {
                    let again = Message::parse(&buffer[..len]).unwrap();
                    assert_eq!(again.get::<$kind>(), Ok(Some(value)));
                }
            }
        )*};
    }
    typed!(
        Username<'_>,
        Realm<'_>,
        Nonce<'_>,
        Software<'_>,
        UserHash,
        ErrorCode<'_>,
        PasswordAlgorithm<'_>,
        XorMappedAddress,
        MappedAddress,
        AlternateServer,
        Priority,
        UseCandidate,
        IceControlled,
        IceControlling
    );
}

/// The same attributes under a key are verified, and a server that knows the key takes them.
fn check_protected(data: &[u8], message: &Message<'_>) {
    let key = Key::short_term(b"VOkJxbRl1RmTxUk/WvJxBt");
    let mut buffer = vec![0; data.len() + 68];
    let (class, method, id) = (message.class(), message.method(), message.transaction_id());
    let mut writer = MessageWriter::new(&mut buffer, class, method, id);
    for raw in message.attributes() {
        writer = writer.raw(raw.kind, raw.value);
    }
    let writer = writer.integrity(&key).integrity_sha256(&key).fingerprint();
    let Ok(len) = writer.finish() else {
        assert!(data.len() > 0xff00);
        return;
    };
    let protected = Message::parse(&buffer[..len]).unwrap();
    for algorithm in [IntegrityAlgorithm::Sha1, IntegrityAlgorithm::Sha256] {
        assert_eq!(protected.verify_with(&key, algorithm), Ok(()));
    }
    let named = matches!(protected.get::<Username<'_>>(), Ok(Some(_)));
    let mut response = [0; MAX_RESPONSE_LEN];
    let answer = BindingServer::new()
        .answer_authenticated(path(), &buffer[..len], &mut response, |_| Some(&key))
        .unwrap();
    if let Answer::Send(transmit) = answer {
        let response = Message::parse(&response[..transmit.len]).unwrap();
        assert_eq!(response.verify(&key).is_ok(), named);
        let error = response.get::<ErrorCode<'_>>().unwrap();
        let code = error.map(|error| error.code());
        assert!(matches!(
            (named, code),
            (true, None | Some(420)) | (false, Some(400))
        ));
    }
    check_server(&buffer[..len]);
    check_client(&buffer[..len]);
}

fn check_truncated(data: &[u8]) {
    let cut = data.len() - 1;
    assert!(Message::parse_any_fingerprint(&data[..cut]).is_err());
}

fn path() -> FiveTuple {
    FiveTuple::udp(
        ([192, 0, 2, 1], 3478).into(),
        ([198, 51, 100, 7], 61_234).into(),
    )
}

/// Every answer is a response to the request, and short.
fn check_server(data: &[u8]) {
    let key = Key::short_term(b"VOkJxbRl1RmTxUk/WvJxBt");
    let server = BindingServer::new();
    let (mut open, mut closed) = ([0; MAX_RESPONSE_LEN], [0; MAX_RESPONSE_LEN]);
    let answers = [
        (server.answer(path(), data, &mut open).unwrap(), &open),
        (
            server
                .answer_authenticated(path(), data, &mut closed, |_| Some(&key))
                .unwrap(),
            &closed,
        ),
    ];
    for (answer, buffer) in answers {
        if let Answer::Send(transmit) = answer {
            let request = Message::parse(data).unwrap();
            let response = Message::parse(&buffer[..transmit.len]).unwrap();
            assert_eq!(request.class(), Class::Request);
            assert!(response.class().is_response());
            assert_eq!(response.transaction_id(), request.transaction_id());
            assert_eq!(response.has_fingerprint(), request.has_fingerprint());
            let address = response.get().unwrap();
            match response.class() {
                Class::Success => assert_eq!(address, Some(XorMappedAddress(path().remote))),
                _ => assert_eq!(address, None),
            }
        }
    }
}

/// Only a response that was read with the right id ends the transaction, and it ends once.
fn check_client(data: &[u8]) {
    let id = Message::parse_any_fingerprint(data).map_or(TransactionId::new([0; 12]), |message| {
        message.transaction_id()
    });
    let mut client: BindingClient = BindingClient::new(path(), id, ClientConfig::DEFAULT);
    let now = Instant::ORIGIN;
    assert!(matches!(
        client.poll_transmit(now, &mut [0; 20]),
        Ok(Some(_))
    ));
    let verdict = client.handle_datagram(now, path(), data);
    let event = client.poll_event();
    assert_eq!(verdict == Handled::Consumed, event.is_some());
    assert_eq!(event.is_some(), client.poll_timeout().is_none());
    if let Some(BindingEvent::Failed(failure)) = event {
        assert!(Message::parse(data).is_ok(), "{failure}");
    }
    assert_eq!(client.poll_event(), None);
}
