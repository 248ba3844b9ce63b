//! Nothing in this crate allocates but its tokio adapter.

use core::hint::black_box;

use trunkline_stun::sans_io::{FiveTuple, Handled, Instant, Slot};
use trunkline_stun::{
    AlternateAddresses, Answer, BindingClient, BindingEvent, BindingServer, Class, ClientConfig,
    ClientIntegrity, DiscoveryConfig, ErrorCode, Key, LongTermAccount, LongTermAuthentication,
    LongTermServer, MAX_RESPONSE_LEN, Message, MessageWriter, Method, NatDiscovery, NatType, Nonce,
    Priority, RateEntry, RateLimit, RateLimiter, Realm, Received, ShortTermCredential, Software,
    TURN_HEADROOM, TransactionIds, TurnClient, TurnConfig, UserHash, Username, Verdict,
    XorMappedAddress, XorRelayedAddress,
};
use trunkline_testkit::assert_no_allocation;

const REQUEST: &[u8] = include_bytes!("vectors/rfc5769-2.1.bin");

#[test]
fn a_message_is_read_verified_and_written() {
    assert_no_allocation(|| {
        let key = Key::short_term(black_box(b"VOkJxbRl1RmTxUk/WvJxBt"));
        let message = Message::parse(black_box(REQUEST)).expect("a message");
        assert!(message.verify(&key).is_ok());
        let username: Username<'_> = message.get().expect("well-formed").expect("there");
        assert_eq!(message.get(), Ok(Some(Priority(0x6e00_01ff))));
        assert_eq!(message.attributes().count(), 4);
        let mut buffer = [0; 256];
        let id = message.transaction_id();
        let len = MessageWriter::new(&mut buffer, message.class(), message.method(), id)
            .attribute(&username)
            .attribute(&Software("trunkline"))
            .attribute(&XorMappedAddress(([192, 0, 2, 1], 80).into()))
            .attribute(&UserHash::new(b"alice", b"example.org"))
            .attribute(&Realm(b"example.org"))
            .attribute(&Nonce(b"nonce"))
            .integrity(&key)
            .integrity_sha256(&Key::long_term_sha256(b"alice", b"example.org", b"secret"))
            .fingerprint()
            .finish();
        assert!(len.is_ok_and(|len| Message::parse(&buffer[..len]).is_ok()));
    });
}

#[test]
fn client_and_server_meet() {
    assert_no_allocation(|| {
        let path = FiveTuple::udp(([192, 0, 2, 9], 5060).into(), ([192, 0, 2, 1], 3478).into());
        let key = Key::short_term(b"secret");
        let config = ClientConfig {
            fingerprint: true,
            credential: Some(ShortTermCredential {
                username: b"alice".as_slice(),
                key: key.clone(),
                integrity: ClientIntegrity::Both,
            }),
            ..ClientConfig::DEFAULT
        };
        let id = TransactionIds::new([7; 32]).next_id();
        let mut client = BindingClient::new(path, id, config);
        let now = Instant::ORIGIN;
        let (mut request, mut response) = ([0; 256], [0; MAX_RESPONSE_LEN]);
        let transmit = client.poll_transmit(now, &mut request).expect("room");
        let request = &request[..transmit.expect("a request").len];
        let answer = BindingServer::new().answer_authenticated(
            path.reversed(),
            request,
            &mut response,
            |_| Some(&key),
        );
        let Ok(Answer::Send(transmit)) = answer else {
            panic!("{answer:?}")
        };
        let verdict = client.handle_datagram(now, path, &response[..transmit.len]);
        assert_eq!(verdict, Handled::Consumed);
        let event = client.poll_event();
        assert!(
            matches!(event, Some(BindingEvent::Mapped { address, .. }) if address == path.local)
        );
    });
}

#[test]
fn a_server_challenges_and_limits() {
    assert_no_allocation(|| {
        let path = FiveTuple::udp(([192, 0, 2, 1], 3478).into(), ([192, 0, 2, 9], 5060).into());
        let now = Instant::ORIGIN;
        let mut client =
            LongTermAuthentication::new(b"alice", black_box(b"secret")).expect("short");
        let user = LongTermAccount::new(b"alice", b"example.org", black_box(b"secret"));
        let long_term = LongTermServer::new(b"example.org", [7; 32]);
        let mut limiter = RateLimiter::new(RateLimit::DEFAULT, [7; 32], [RateEntry::EMPTY; 8]);
        for expected in [Verdict::Retry, Verdict::Accept] {
            assert!(limiter.admit(now, path.remote.ip()));
            let (mut request, mut response) = ([0; 256], [0; MAX_RESPONSE_LEN]);
            let id = TransactionIds::new([7; 32]).next_id();
            let writer = MessageWriter::new(&mut request, Class::Request, Method::BINDING, id);
            let len = client.protect(writer).finish().expect("room");
            let answer = BindingServer::new().answer_long_term(
                now,
                path,
                &request[..len],
                &mut response,
                &long_term,
                |asked, algorithm| user.is(asked).then(|| user.key(algorithm)).flatten(),
            );
            let Ok(Answer::Send(transmit)) = answer else {
                panic!("{answer:?}")
            };
            let response = Message::parse(&response[..transmit.len]).expect("a message");
            assert_eq!(client.judge(&response), expected);
        }
    });
}

#[test]
fn a_nat_is_looked_for() {
    assert_no_allocation(|| {
        let (one, other) = (([192, 0, 2, 1], 3478).into(), ([192, 0, 2, 2], 3479).into());
        let alternates = AlternateAddresses::new(one, other).expect("two");
        let server = BindingServer::new()
            .with_classic()
            .with_alternates(alternates)
            .with_change_requests();
        for classic in [false, true] {
            let config = DiscoveryConfig {
                classic,
                ..DiscoveryConfig::DEFAULT
            };
            let local = [5060, 5070].map(|port| ([192, 0, 2, 9], port).into());
            let mut discovery = NatDiscovery::new(local, one, [7; 32], black_box(config));
            let (mut request, mut response) = ([0; 64], [0; MAX_RESPONSE_LEN]);
            let now = Instant::ORIGIN;
            let report = loop {
                if let Some(report) = discovery.poll_event() {
                    break report;
                }
                let transmit = discovery.poll_transmit(now, &mut request).expect("room");
                let transmit = transmit.expect("a request");
                let path = transmit.path.reversed();
                let answer = server.answer(path, &request[..transmit.len], &mut response);
                let Ok(Answer::Send(transmit)) = answer else {
                    panic!("{answer:?}")
                };
                let response = &response[..transmit.len];
                let _ = discovery.handle_datagram(now, transmit.path.reversed(), response);
            };
            assert_eq!(report.nat_type, NatType::OpenInternet);
        }
    });
}

#[test]
fn a_challenge_is_answered() {
    assert_no_allocation(|| {
        let mut authentication =
            LongTermAuthentication::new(b"alice", black_box(b"secret")).expect("short");
        let mut buffer = [0; 256];
        let id = TransactionIds::new([7; 32]).next_id();
        let len = MessageWriter::new(&mut buffer, Class::Error, Method::BINDING, id)
            .optional(ErrorCode::new(401, "").as_ref())
            .attribute(&Realm(b"example.org"))
            .attribute(&Nonce(b"nonce"))
            .finish();
        let challenge = Message::parse(&buffer[..len.expect("room")]).expect("sound");
        assert_eq!(authentication.judge(&challenge), Verdict::Retry);
        let writer = MessageWriter::new(&mut buffer, Class::Request, Method::BINDING, id);
        let len = authentication.protect(writer).finish().expect("room");
        let request = Message::parse(&buffer[..len]).expect("sound");
        let key = Key::long_term_md5(b"alice", b"example.org", b"secret");
        assert!(request.verify(&key).is_ok());
    });
}

#[test]
fn data_is_relayed() {
    assert_no_allocation(|| {
        let path = FiveTuple::udp(([192, 0, 2, 9], 5060).into(), ([192, 0, 2, 1], 3478).into());
        let credential = LongTermAuthentication::new(b"alice", b"secret").ok();
        let peers = [Slot::EMPTY; 2];
        let mut client = TurnClient::new(path, [7; 32], TurnConfig::DEFAULT, credential, peers);
        let now = Instant::ORIGIN;
        let mut buffer = [0; 256];
        let address = ([198, 51, 100, 1], 6000).into();
        let mut peer = None;
        // Allocated, permitted, bound.
        for _ in 0..3 {
            let transmit = client.poll_transmit(now, &mut buffer).expect("room");
            let len = transmit.expect("a request").len;
            let request = Message::parse(&buffer[..len]).expect("sound");
            let (method, id) = (request.method(), request.transaction_id());
            let len = MessageWriter::new(&mut buffer, Class::Success, method, id)
                .attribute(&XorRelayedAddress(([192, 0, 2, 1], 50_000).into()))
                .finish()
                .expect("room");
            let received = client.handle_datagram(now, path, &buffer[..len]);
            assert_eq!(received, Received::Consumed);
            let key = peer.get_or_insert_with(|| client.add_peer(now, address).expect("a place"));
            let payload = TURN_HEADROOM..TURN_HEADROOM + 160;
            let _ = black_box(client.wrap(now, *key, &mut buffer, payload));
        }
        let key = peer.expect("there");
        let wrapped = client.wrap(now, key, &mut buffer, 4..164).expect("bound");
        let received = client.handle_datagram(now, path, black_box(&buffer[wrapped.range]));
        assert!(matches!(received, Received::Data(data) if data.peer == Some(key)));
    });
}

#[cfg(feature = "ms-turn")]
#[test]
fn data_is_relayed_by_a_relay_of_microsofts() {
    use trunkline_stun::{
        Generation, MS_TURN_HEADROOM, MappedAddress, MsTurnClient, MsTurnConfig, MsTurnEvent,
    };

    assert_no_allocation(|| {
        let path = FiveTuple::udp(([192, 0, 2, 9], 5060).into(), ([192, 0, 2, 1], 3478).into());
        let credential = LongTermAuthentication::new(b"alice", b"secret").expect("short");
        let peers = [Slot::EMPTY; 2];
        let mut client = MsTurnClient::new(path, [7; 32], MsTurnConfig::DEFAULT, credential, peers);
        let now = Instant::ORIGIN;
        let mut buffer = [0; 256];
        let mut peer = None;
        // Allocated, the peer made the active destination.
        for _ in 0..2 {
            let transmit = client.poll_transmit(now, &mut buffer).expect("room");
            let len = transmit.expect("a request").len;
            let request = Message::parse_any_generation(&buffer[..len]).expect("sound");
            let (method, id) = (request.method(), request.transaction_id());
            let generation = Generation::MsTurn;
            let len =
                MessageWriter::of_generation(generation, &mut buffer, Class::Success, method, id)
                    .attribute(&MappedAddress(([192, 0, 2, 1], 50_000).into()))
                    .finish()
                    .expect("room");
            let received = client.handle_datagram(now, path, &buffer[..len]);
            assert_eq!(received, Received::Consumed);
            let address = ([198, 51, 100, 1], 6000).into();
            let key = *peer.get_or_insert_with(|| client.add_peer(address).expect("a place"));
            let payload = MS_TURN_HEADROOM..MS_TURN_HEADROOM + 160;
            let _ = black_box(client.wrap(key, &mut buffer, payload));
            client.set_active(key);
        }
        assert!(matches!(
            client.poll_event(),
            Some(MsTurnEvent::Allocated(_))
        ));
        assert!(matches!(
            client.poll_event(),
            Some(MsTurnEvent::Active { .. })
        ));
        let received = client.handle_datagram(now, path, black_box(&[0x80; 160]));
        assert!(matches!(received, Received::Data(data) if data.peer == peer));
    });
}
