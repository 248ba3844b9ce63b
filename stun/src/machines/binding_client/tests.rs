use super::*;
use crate::wire::{
    AlternateServer, Class, ErrorCode, IntegrityAlgorithm, MappedAddress, Message, MessageWriter,
    Method, Priority, Realm, Username, XorMappedAddress,
};
use trunkline_sans_io::Transport;
extern crate std;
use std::vec::Vec;

const ID: TransactionId = TransactionId::new([0xa5; 12]);

fn udp() -> FiveTuple {
    FiveTuple::udp(([192, 168, 1, 2], 5060).into(), server())
}

fn server() -> SocketAddr {
    ([203, 0, 113, 1], 3478).into()
}

fn mapped() -> SocketAddr {
    ([198, 51, 100, 7], 61_234).into()
}

fn client(path: FiveTuple, config: ClientConfig) -> BindingClient {
    BindingClient::new(path, ID, config)
}

fn credential(integrity: ClientIntegrity) -> ClientConfig {
    ClientConfig {
        credential: Some(ShortTermCredential {
            username: b"alice",
            key: Key::short_term(b"secret"),
            integrity,
        }),
        ..ClientConfig::DEFAULT
    }
}

fn send(client: &mut BindingClient, now: Instant) -> Option<Vec<u8>> {
    let mut buffer = [0; 256];
    let transmit = client.poll_transmit(now, &mut buffer).expect("room")?;
    assert_eq!(transmit.path, client.request.path);
    Some(buffer[..transmit.len].to_vec())
}

fn response(class: Class, write: impl FnOnce(MessageWriter<'_>) -> MessageWriter<'_>) -> Vec<u8> {
    let mut buffer = [0; 256];
    let writer = MessageWriter::new(&mut buffer, class, Method::BINDING, ID);
    let len = write(writer).finish().expect("room");
    buffer[..len].to_vec()
}

fn success() -> Vec<u8> {
    response(Class::Success, |writer| {
        writer.attribute(&XorMappedAddress(mapped()))
    })
}

fn error(code: u16) -> Vec<u8> {
    response(Class::Error, |writer| {
        writer.optional(ErrorCode::new(code, "").as_ref())
    })
}

/// The event of a transaction that got this response to its first request.
fn event_after(config: ClientConfig, response: &[u8]) -> Option<BindingEvent> {
    let mut client = client(udp(), config);
    assert!(send(&mut client, Instant::ORIGIN).is_some());
    let _ = client.handle_datagram(Instant::from_millis(30), udp(), response);
    client.poll_event()
}

/// E001-63: the public address is found.
#[test]
fn the_address_is_told_once() {
    let mut client = client(udp(), ClientConfig::DEFAULT);
    let request = send(&mut client, Instant::ORIGIN).expect("a request");
    assert_eq!(request.len(), 20);
    assert_eq!(send(&mut client, Instant::ORIGIN), None);
    let now = Instant::from_millis(30);
    assert_eq!(
        client.handle_datagram(now, udp(), &success()),
        Handled::Consumed
    );
    let expected = BindingEvent::Mapped {
        address: mapped(),
        round_trip: Some(Duration::from_millis(30)),
    };
    assert_eq!(client.poll_timeout(), None);
    assert!(!client.is_done());
    assert_eq!(client.poll_event(), Some(expected));
    assert_eq!(client.poll_event(), None);
    assert!(client.is_done());
    let late = client.handle_datagram(now, udp(), &success());
    assert_eq!(late, Handled::Dropped(ClientDrop::Late));
}

/// RFC 8489 section 6.2.1 gives these times.
#[test]
fn requests_leave_on_schedule() {
    let mut client = client(udp(), ClientConfig::DEFAULT);
    let first = send(&mut client, Instant::ORIGIN).expect("a request");
    for due in [500, 1_500, 3_500, 7_500, 15_500, 31_500] {
        let due = Instant::from_millis(due);
        assert_eq!(client.poll_timeout(), Some(due));
        client.handle_timeout(due - Duration::from_nanos(1));
        assert_eq!(send(&mut client, due), None);
        client.handle_timeout(due);
        assert_eq!(send(&mut client, due).as_ref(), Some(&first));
    }
    let end = Instant::from_millis(39_500);
    assert_eq!(client.poll_timeout(), Some(end));
    client.handle_timeout(end);
    assert_eq!(send(&mut client, end), None);
    assert_eq!(
        client.poll_event(),
        Some(BindingEvent::Failed(Failure::TimedOut))
    );
    assert_eq!(client.poll_timeout(), None);
}

#[test]
fn a_late_caller_sends_once_for_each_call() {
    let mut client = client(udp(), ClientConfig::DEFAULT);
    assert!(send(&mut client, Instant::ORIGIN).is_some());
    let now = Instant::from_secs(20);
    client.handle_timeout(now);
    client.handle_timeout(now);
    assert!(send(&mut client, now).is_some());
    assert_eq!(send(&mut client, now), None);
    assert_eq!(client.poll_timeout(), Some(now + Duration::from_secs(1)));
}

#[test]
fn a_response_while_the_request_is_due_again_counts() {
    let mut client = client(udp(), ClientConfig::DEFAULT);
    assert!(send(&mut client, Instant::ORIGIN).is_some());
    let now = Instant::from_millis(600);
    client.handle_timeout(now);
    let _ = client.handle_datagram(now, udp(), &success());
    assert_eq!(send(&mut client, now), None);
    let expected = BindingEvent::Mapped {
        address: mapped(),
        round_trip: None,
    };
    assert_eq!(client.poll_event(), Some(expected));
}

#[test]
fn no_response_counts_before_the_request() {
    let mut client = client(udp(), ClientConfig::DEFAULT);
    let early = client.handle_datagram(Instant::ORIGIN, udp(), &success());
    assert_eq!(early, Handled::Dropped(ClientDrop::Late));
    assert!(send(&mut client, Instant::ORIGIN).is_some());
}

#[test]
fn a_buffer_that_is_too_small_changes_nothing() {
    let mut client = client(udp(), credential(ClientIntegrity::Both));
    let needed = 20 + 12 + 24 + 36;
    let refused = client.poll_transmit(Instant::ORIGIN, &mut [0; 91]);
    assert_eq!(refused, Err(BufferTooSmall { needed }));
    let request = send(&mut client, Instant::ORIGIN).expect("a request");
    assert_eq!(request.len(), needed);
}

#[test]
fn forged_responses_end_nothing() {
    let mut client = client(udp(), ClientConfig::DEFAULT);
    assert!(send(&mut client, Instant::ORIGIN).is_some());
    let mut offer = |path, data: &[u8]| client.handle_datagram(Instant::ORIGIN, path, data);
    for stranger in [([203, 0, 113, 2], 3478), ([203, 0, 113, 1], 3479)] {
        let path = FiveTuple {
            remote: stranger.into(),
            ..udp()
        };
        let verdict = offer(path, &success());
        assert_eq!(verdict, Handled::Dropped(ClientDrop::WrongSource));
    }
    let mut other = success();
    other[19] ^= 1;
    assert_eq!(offer(udp(), &other), Handled::NotMine);
    let request = response(Class::Request, |writer| writer);
    assert_eq!(offer(udp(), &request), Handled::NotMine);
    let indication = response(Class::Indication, |writer| writer);
    assert_eq!(offer(udp(), &indication), Handled::NotMine);
    assert_eq!(offer(udp(), b"\x80\x08 RTP"), Handled::NotMine);
    let without_code = response(Class::Error, |writer| writer);
    assert_eq!(
        offer(udp(), &without_code),
        Handled::Dropped(ClientDrop::Malformed)
    );
    let cut = response(Class::Success, |writer| {
        writer.raw(AttributeType::XOR_MAPPED_ADDRESS, &[0, 1, 0])
    });
    assert_eq!(offer(udp(), &cut), Handled::Dropped(ClientDrop::Malformed));
    assert_eq!(client.poll_event(), None);
    assert!(client.poll_timeout().is_some());
}

#[test]
fn every_kind_of_response_has_its_event() {
    let config = || ClientConfig::DEFAULT;
    for code in [400, 401, 420, 438, 500, 699] {
        let rejected = BindingEvent::Rejected { code };
        assert_eq!(event_after(config(), &error(code)), Some(rejected));
    }
    let other = ([203, 0, 113, 9], 3478).into();
    let alternate = response(Class::Error, |writer| {
        writer
            .optional(ErrorCode::new(300, "Try Alternate").as_ref())
            .attribute(&AlternateServer(other))
    });
    let expected = BindingEvent::TryAlternate { server: other };
    assert_eq!(event_after(config(), &alternate), Some(expected));
    // Without saying whom.
    let rejected = BindingEvent::Rejected { code: 300 };
    assert_eq!(event_after(config(), &error(300)), Some(rejected));

    let old = response(Class::Success, |writer| {
        writer.attribute(&MappedAddress(mapped()))
    });
    let event = event_after(config(), &old);
    assert!(matches!(event, Some(BindingEvent::Mapped { address, .. }) if address == mapped()));

    let failed = |failure| Some(BindingEvent::Failed(failure));
    let empty = response(Class::Success, |writer| writer);
    assert_eq!(event_after(config(), &empty), failed(Failure::NoAddress));
    let unknown = response(Class::Success, |writer| {
        writer
            .attribute(&Priority(1))
            .attribute(&XorMappedAddress(mapped()))
    });
    let failure = Failure::UnknownAttribute(AttributeType::PRIORITY);
    assert_eq!(event_after(config(), &unknown), failed(failure));
    // What a server of the long-term mechanism sends is no reason to fail differently.
    let unauthenticated = response(Class::Error, |writer| {
        writer
            .optional(ErrorCode::new(401, "").as_ref())
            .attribute(&Realm(b"example.org"))
    });
    let rejected = BindingEvent::Rejected { code: 401 };
    assert_eq!(event_after(config(), &unauthenticated), Some(rejected));
}

#[test]
fn a_credential_protects_both_ways() {
    let key = Key::short_term(b"secret");
    let with = |algorithm| {
        let key = &key;
        response(Class::Success, move |writer| {
            writer
                .attribute(&XorMappedAddress(mapped()))
                .integrity_with(key, algorithm)
        })
    };
    let sha1 = with(IntegrityAlgorithm::Sha1);
    let sha256 = with(IntegrityAlgorithm::Sha256);
    for (integrity, accepts_sha1, accepts_sha256) in [
        (ClientIntegrity::Sha1, true, false),
        (ClientIntegrity::Sha256, false, true),
        (ClientIntegrity::Both, true, true),
    ] {
        let mut client = client(udp(), credential(integrity));
        let request = send(&mut client, Instant::ORIGIN).expect("a request");
        let request = Message::parse(&request).expect("a message");
        assert_eq!(request.get(), Ok(Some(Username(b"alice"))));
        assert!(request.verify(&key).is_ok());
        let has = |algorithm| request.has_integrity(algorithm);
        assert_eq!(has(IntegrityAlgorithm::Sha1), accepts_sha1);
        assert_eq!(has(IntegrityAlgorithm::Sha256), accepts_sha256);
        for (response, accepted) in [(&sha1, accepts_sha1), (&sha256, accepts_sha256)] {
            let event = event_after(credential(integrity), response);
            assert_eq!(event.is_some(), accepted, "{integrity:?}");
        }
        assert_eq!(event_after(credential(integrity), &success()), None);
    }
}

#[test]
fn what_is_not_protected_is_never_received() {
    let mut client = client(udp(), credential(ClientIntegrity::Sha1));
    let mut now = Instant::ORIGIN;
    let mut sent = 0;
    while !client.is_done() {
        while send(&mut client, now).is_some() {
            sent += 1;
            let verdict = client.handle_datagram(now, udp(), &success());
            assert_eq!(verdict, Handled::Dropped(ClientDrop::Integrity));
        }
        if let Some(event) = client.poll_event() {
            assert_eq!(event, BindingEvent::Failed(Failure::IntegrityViolated));
        }
        if let Some(due) = client.poll_timeout() {
            now = due;
            client.handle_timeout(now);
        }
    }
    assert_eq!((sent, now), (7, Instant::from_millis(39_500)));
}

#[test]
fn over_a_connection_nothing_is_sent_again() {
    let connection = ConnectionId(4);
    let path = FiveTuple::tcp(udp().local, server());
    let start = || {
        let mut client = client(path, ClientConfig::DEFAULT).over_connection(connection);
        let mut buffer = [0; 64];
        let transmit = client.poll_transmit(Instant::ORIGIN, &mut buffer);
        assert_eq!(
            transmit
                .expect("room")
                .and_then(|transmit| transmit.connection),
            Some(connection)
        );
        client
    };
    let mut patient = start();
    let end = Instant::from_millis(39_500);
    assert_eq!(patient.poll_timeout(), Some(end));
    patient.handle_timeout(end);
    assert_eq!(send(&mut patient, end), None);
    assert_eq!(
        patient.poll_event(),
        Some(BindingEvent::Failed(Failure::TimedOut))
    );

    // A stream in pieces, with something else in front.
    let mut other = success();
    other[19] ^= 1;
    let stream = [other.as_slice(), &success(), &[1, 1]].concat();
    for cut in 0..stream.len() {
        let mut client = start();
        let now = Instant::from_millis(80);
        let used = client.handle_bytes(now, connection, &stream[..cut]);
        assert_eq!(used, cut / 32 * 32);
        let used = used + client.handle_bytes(now, connection, &stream[used..]);
        assert_eq!(used, 64);
        assert!(matches!(
            client.poll_event(),
            Some(BindingEvent::Mapped { .. })
        ));
    }

    let failed = |failure| Some(BindingEvent::Failed(failure));
    let mut client = start();
    assert_eq!(client.handle_bytes(end, ConnectionId(5), &stream), 0);
    assert_eq!(client.handle_bytes(end, connection, b"HTTP/1.1"), 8);
    assert_eq!(client.poll_event(), failed(Failure::NotStun));
    let mut client = start();
    client.handle_disconnected(end, ConnectionId(5));
    assert_eq!(client.poll_event(), None);
    client.handle_disconnected(end, connection);
    assert_eq!(client.poll_event(), failed(Failure::Unreachable));
    assert_eq!(path.transport, Transport::Tcp);
}

#[test]
fn over_a_connection_a_broken_integrity_ends_it_at_once() {
    let path = FiveTuple::tcp(udp().local, server());
    let mut client = client(path, credential(ClientIntegrity::Sha256));
    assert!(send(&mut client, Instant::ORIGIN).is_some());
    let _ = client.handle_bytes(Instant::ORIGIN, ConnectionId(1), &success());
    let failed = BindingEvent::Failed(Failure::IntegrityViolated);
    assert_eq!(client.poll_event(), Some(failed));
}

#[test]
fn a_hard_error_ends_it() {
    let mut client = client(udp(), ClientConfig::DEFAULT);
    assert!(send(&mut client, Instant::ORIGIN).is_some());
    let other = udp().reversed();
    client.handle_send_failed(Instant::ORIGIN, other, None);
    assert_eq!(client.poll_event(), None);
    client.handle_send_failed(Instant::ORIGIN, udp(), None);
    let failed = BindingEvent::Failed(Failure::Unreachable);
    assert_eq!(client.poll_event(), Some(failed));
    client.handle_send_failed(Instant::ORIGIN, udp(), None);
    assert_eq!(client.poll_event(), None);
}

#[test]
fn what_cannot_be_written_fails_at_once() {
    let config = ClientConfig {
        credential: Some(ShortTermCredential {
            username: Vec::from([b'a'; 509]),
            key: Key::short_term(b"secret"),
            integrity: ClientIntegrity::Sha1,
        }),
        ..ClientConfig::default()
    };
    let mut client = BindingClient::new(udp(), ID, config);
    let nothing = client.poll_transmit(Instant::ORIGIN, &mut [0; 1500]);
    assert_eq!(nothing, Ok(None));
    let failed = BindingEvent::Failed(Failure::TooLong);
    assert_eq!(client.poll_event(), Some(failed));
}

#[test]
fn odd_schedules_end_as_well() {
    for (rto, max_requests, last_wait) in [(0, 0, 0), (1, 255, u32::MAX), (u64::MAX, 3, 2)] {
        let schedule = Schedule {
            rto: Duration::from_nanos(rto),
            max_requests,
            last_wait,
            ..Schedule::DEFAULT
        };
        let mut client = client(
            udp(),
            ClientConfig {
                schedule,
                ..ClientConfig::DEFAULT
            },
        );
        let (mut now, mut sent) = (Instant::ORIGIN, 0);
        for _ in 0..300 {
            sent += usize::from(send(&mut client, now).is_some());
            if let Some(due) = client.poll_timeout() {
                assert!(due >= now);
                now = due;
                client.handle_timeout(now);
            }
        }
        assert_eq!(sent, usize::from(max_requests.max(1)));
        assert_eq!(
            client.poll_event(),
            Some(BindingEvent::Failed(Failure::TimedOut))
        );
    }
}
