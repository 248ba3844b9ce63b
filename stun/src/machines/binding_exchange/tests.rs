use super::*;
use crate::machines::{
    Answer, AuthenticationError, BindingServer, ClientIntegrity, LongTermAccount, LongTermServer,
    MAX_RESPONSE_LEN,
};
use crate::wire::{
    AlternateDomain, AlternateServer, Class, ErrorCode, Key, Method, Nonce, Realm, TransactionId,
    Username, XorMappedAddress,
};
use core::time::Duration;
extern crate std;
use std::vec::Vec;
use trunkline_sans_io::Transport;

const REALM: &[u8] = b"example.org";
const NOW: Instant = Instant::from_secs(1_000);

fn server(last: u8) -> SocketAddr {
    ([203, 0, 113, last], 3478).into()
}

fn path() -> FiveTuple {
    FiveTuple::udp(([192, 168, 1, 2], 5060).into(), server(1))
}

fn exchange() -> BindingExchange {
    BindingExchange::new(path(), TransactionIds::new([7; 32]), ClientConfig::DEFAULT)
}

fn authenticated(password: &[u8]) -> BindingExchange {
    let credential = LongTermAuthentication::new(b"alice".as_slice(), password);
    exchange().with_long_term(credential.expect("short"))
}

/// The next request, and where it goes.
fn sent(exchange: &mut BindingExchange, now: Instant) -> Option<(FiveTuple, Vec<u8>)> {
    let mut buffer = [0; 512];
    let transmit = exchange.poll_transmit(now, &mut buffer).expect("room")?;
    Some((transmit.path, buffer[..transmit.len].to_vec()))
}

/// What a server with users makes of a request.
fn answered(realm: &[u8], path: FiveTuple, request: &[u8], now: Instant) -> Vec<u8> {
    let user = LongTermAccount::new(b"alice", realm, b"secret");
    let long_term = LongTermServer::new(realm, [9; 32]);
    let mut response = [0; MAX_RESPONSE_LEN];
    let answer = BindingServer::new().answer_long_term(
        now,
        path.reversed(),
        request,
        &mut response,
        &long_term,
        |asked, algorithm| user.is(asked).then(|| user.key(algorithm)).flatten(),
    );
    let Ok(Answer::Send(transmit)) = answer else {
        panic!("{answer:?}")
    };
    response[..transmit.len].to_vec()
}

fn id_of(request: &[u8]) -> TransactionId {
    Message::parse(request).expect("a request").transaction_id()
}

fn error(
    code: u16,
    id: TransactionId,
    write: impl FnOnce(MessageWriter<'_>) -> MessageWriter<'_>,
) -> Vec<u8> {
    let mut buffer = [0; 256];
    let writer = MessageWriter::new(&mut buffer, Class::Error, Method::BINDING, id)
        .optional(ErrorCode::new(code, "").as_ref());
    let len = write(writer).finish().expect("room");
    buffer[..len].to_vec()
}

fn alternate(id: TransactionId, server: SocketAddr) -> Vec<u8> {
    error(300, id, |writer| writer.attribute(&AlternateServer(server)))
}

/// As far as the server goes along.
fn run(exchange: &mut BindingExchange, now: Instant) -> (usize, Option<BindingEvent>) {
    let mut count = 0;
    while let Some((path, request)) = sent(exchange, now) {
        count += 1;
        let response = answered(REALM, path, &request, now);
        let handled = exchange.handle_datagram(now, path, &response);
        assert_eq!(handled, Handled::Consumed);
    }
    (count, exchange.poll_event())
}

#[test]
fn a_challenge_is_answered_by_a_new_transaction() {
    let mut first = authenticated(b"secret");
    let (count, event) = run(&mut first, NOW);
    assert_eq!(count, 2);
    assert!(matches!(event, Some(BindingEvent::Mapped { address, .. }) if address == path().local));
    assert!(first.is_done() && first.poll_timeout().is_none());

    // What was learnt saves the challenge, until the nonce is stale.
    let mut known = first.into_long_term().expect("there");
    for (minutes, expected) in [(1, 1), (11, 2), (12, 1)] {
        let mut next = exchange().with_long_term(known);
        let (count, event) = run(&mut next, NOW + Duration::from_secs(60 * minutes));
        assert_eq!(count, expected);
        assert!(matches!(event, Some(BindingEvent::Mapped { .. })));
        known = next.into_long_term().expect("there");
    }
}

#[test]
fn a_wrong_password_ends_it() {
    let mut wrong = authenticated(b"wrong");
    let failure = Failure::Authentication(AuthenticationError::Rejected);
    assert_eq!(
        run(&mut wrong, NOW),
        (2, Some(BindingEvent::Failed(failure)))
    );
    // Without a credential the challenge is told.
    let rejected = BindingEvent::Rejected { code: 401 };
    assert_eq!(run(&mut exchange(), NOW), (1, Some(rejected)));
}

#[test]
fn ids_are_new_and_old_ones_count_no_more() {
    let mut exchange = authenticated(b"secret");
    let (path, first) = sent(&mut exchange, NOW).expect("a request");
    let challenge = answered(REALM, path, &first, NOW);
    let _ = exchange.handle_datagram(NOW, path, &challenge);
    let again = exchange.handle_datagram(NOW, path, &challenge);
    assert_eq!(again, Handled::NotMine);
    let (path, second) = sent(&mut exchange, NOW).expect("a request");
    assert_ne!(id_of(&first), id_of(&second));
    // It has times of its own.
    assert_eq!(
        exchange.poll_timeout(),
        Some(NOW + Duration::from_millis(500))
    );
    exchange.handle_timeout(NOW + Duration::from_millis(500));
    let repeated = sent(&mut exchange, NOW + Duration::from_millis(500));
    assert_eq!(repeated, Some((path, second)));
}

/// Wrong source, wrong id, wrong integrity, no integrity, and what a stranger could make of them.
#[test]
fn forged_responses_end_nothing() {
    let mut exchange = authenticated(b"secret");
    let (path, bare) = sent(&mut exchange, NOW).expect("a request");
    let challenge = answered(REALM, path, &bare, NOW);
    let _ = exchange.handle_datagram(NOW, path, &challenge);
    let (path, request) = sent(&mut exchange, NOW).expect("a request");
    let id = id_of(&request);
    let good = answered(REALM, path, &request, NOW);

    let forged = |key: Option<&Key>, id: TransactionId, class: Class| {
        let mut buffer = [0; 256];
        let mut writer = MessageWriter::new(&mut buffer, class, Method::BINDING, id)
            .attribute(&XorMappedAddress(server(66)));
        if class == Class::Error {
            writer = writer.optional(ErrorCode::new(400, "").as_ref());
        }
        if let Some(key) = key {
            writer = writer.integrity_sha256(key);
        }
        let len = writer.finish().expect("room");
        buffer[..len].to_vec()
    };
    let account = LongTermAccount::new(b"alice", REALM, b"secret");
    let right = account
        .key(crate::wire::PasswordAlgorithm::SHA256)
        .expect("known");
    let wrong = Key::long_term_sha256(b"alice", REALM, b"wrong");
    let other_id = TransactionId::new([0; 12]);
    let elsewhere = FiveTuple {
        remote: server(66),
        ..path
    };
    let other_port = FiveTuple {
        local: ([192, 168, 1, 2], 5070).into(),
        ..path
    };
    for class in [Class::Success, Class::Error] {
        for (path, data) in [
            (elsewhere, good.clone()),
            (other_port, good.clone()),
            (path, forged(Some(right), other_id, class)),
            (path, forged(Some(&wrong), id, class)),
            (path, forged(None, id, class)),
            // An offer that was taken away, to have the weaker algorithm.
            (
                path,
                error(401, id, |writer| {
                    writer.attribute(&Realm(REALM)).attribute(&Nonce(b"weaker"))
                }),
            ),
            (path, alternate(id, server(66))),
        ] {
            let handled = exchange.handle_datagram(NOW, path, &data);
            assert_ne!(handled, Handled::Consumed, "{data:02x?}");
            assert_eq!(exchange.poll_event(), None);
        }
    }
    let mut damaged = good.clone();
    for at in 0..damaged.len() {
        damaged[at] ^= 1;
        let _ = exchange.handle_datagram(NOW, path, &damaged);
        assert_eq!(exchange.poll_event(), None, "{at}");
        damaged[at] ^= 1;
    }
    assert_eq!(
        exchange.handle_datagram(NOW, path, &good),
        Handled::Consumed
    );
    assert!(matches!(
        exchange.poll_event(),
        Some(BindingEvent::Mapped { .. })
    ));
}

#[test]
fn another_server_is_asked() {
    let mut exchange = authenticated(b"secret");
    // The first has had the credential.
    let (first, request) = sent(&mut exchange, NOW).expect("a request");
    let challenge = answered(REALM, first, &request, NOW);
    let _ = exchange.handle_datagram(NOW, first, &challenge);
    let (_, request) = sent(&mut exchange, NOW).expect("a request");
    let account = LongTermAccount::new(b"alice", REALM, b"secret");
    let key = account
        .key(crate::wire::PasswordAlgorithm::SHA256)
        .expect("known");
    let protected = error(300, id_of(&request), |writer| {
        writer
            .attribute(&AlternateServer(server(2)))
            .integrity_sha256(key)
    });
    let handled = exchange.handle_datagram(NOW, first, &protected);
    assert_eq!((handled, exchange.poll_event()), (Handled::Consumed, None));
    let (second, request) = sent(&mut exchange, NOW).expect("a request");
    assert_eq!((second.remote, second.local), (server(2), first.local));
    // It is not shown the credential before it asks.
    let bare = Message::parse(&request).expect("a request");
    assert_eq!(bare.get::<Username<'_>>(), Ok(None));
    let challenge = answered(REALM, second, &request, NOW);
    // What comes from the first one now is too late.
    let late = exchange.handle_datagram(NOW, first, &challenge);
    assert_eq!(late, Handled::Dropped(ClientDrop::WrongSource));
    let _ = exchange.handle_datagram(NOW, second, &challenge);
    let (count, event) = run(&mut exchange, NOW);
    assert_eq!(count, 1);
    assert!(matches!(event, Some(BindingEvent::Mapped { .. })));
    assert_eq!(exchange.path(), second);
}

#[test]
fn another_realm_does_not_get_the_credential() {
    let mut exchange = authenticated(b"secret");
    let (first, request) = sent(&mut exchange, NOW).expect("a request");
    let challenge = answered(REALM, first, &request, NOW);
    let _ = exchange.handle_datagram(NOW, first, &challenge);
    let (_, request) = sent(&mut exchange, NOW).expect("a request");
    let account = LongTermAccount::new(b"alice", REALM, b"secret");
    let key = account
        .key(crate::wire::PasswordAlgorithm::SHA256)
        .expect("known");
    let protected = error(300, id_of(&request), |writer| {
        writer
            .attribute(&AlternateServer(server(2)))
            .integrity_sha256(key)
    });
    let _ = exchange.handle_datagram(NOW, first, &protected);
    let (second, request) = sent(&mut exchange, NOW).expect("a request");
    let challenge = answered(b"example.com", second, &request, NOW);
    let _ = exchange.handle_datagram(NOW, second, &challenge);
    assert_eq!(sent(&mut exchange, NOW), None);
    let failure = BindingEvent::Failed(Failure::OtherRealm);
    assert_eq!(exchange.poll_event(), Some(failure));
}

#[test]
fn servers_do_not_send_it_round_in_circles() {
    let loops = Some(BindingEvent::Failed(Failure::AlternateLoop));
    // To one that was asked, to itself, to another family, and to ever new ones.
    for (route, event_after) in [([2, 1, 0, 0].as_slice(), 2), (&[1], 1), (&[2, 3, 4, 5], 4)] {
        let mut exchange = exchange();
        for (index, next) in route.iter().take(event_after).enumerate() {
            assert_eq!(exchange.poll_event(), None);
            let (path, request) = sent(&mut exchange, NOW).expect("a request");
            let response = alternate(id_of(&request), server(*next));
            let handled = exchange.handle_datagram(NOW, path, &response);
            assert_eq!(handled, Handled::Consumed, "{index}");
        }
        assert_eq!(exchange.poll_event(), loops);
        assert_eq!(sent(&mut exchange, NOW), None);
        assert!(exchange.is_done());
    }
    let mut exchange = exchange();
    let (path, request) = sent(&mut exchange, NOW).expect("a request");
    let v6 = "[2001:db8::1]:3478".parse().expect("an address");
    let _ = exchange.handle_datagram(NOW, path, &alternate(id_of(&request), v6));
    assert_eq!(exchange.poll_event(), loops);
}

#[test]
fn over_tcp_another_connection_is_opened_and_over_tls_the_caller_decides() {
    let connection = ConnectionId(1);
    for transport in [Transport::Tcp, Transport::Tls] {
        let path = FiveTuple {
            transport,
            ..path()
        };
        let ids = TransactionIds::new([7; 32]);
        let config: ClientConfig = ClientConfig::DEFAULT;
        let mut exchange = BindingExchange::new(path, ids, config).over_connection(connection);
        let mut buffer = [0; 64];
        let transmit = exchange.poll_transmit(NOW, &mut buffer).expect("room");
        let transmit = transmit.expect("a request");
        assert_eq!(transmit.connection, Some(connection));
        let response = alternate(id_of(&buffer[..transmit.len]), server(2));
        let used = exchange.handle_bytes(NOW, connection, &response);
        assert_eq!(used, response.len());
        if transport == Transport::Tls {
            let expected = BindingEvent::TryAlternate { server: server(2) };
            assert_eq!(exchange.poll_event(), Some(expected));
            continue;
        }
        let transmit = exchange.poll_transmit(NOW, &mut buffer).expect("room");
        let transmit = transmit.expect("a request");
        assert_eq!(
            (transmit.connection, transmit.path.remote),
            (None, server(2))
        );
        exchange.handle_connected(NOW, ConnectionId(2), transmit.path);
        // The first server hangs up.
        exchange.handle_disconnected(NOW, connection);
        assert_eq!(exchange.poll_event(), None);
        let end = exchange.poll_timeout().expect("armed");
        assert_eq!(end, NOW + Duration::from_millis(39_500));
        exchange.handle_timeout(end);
        let failure = Some(BindingEvent::Failed(Failure::TimedOut));
        assert_eq!(exchange.poll_event(), failure);
    }
}

/// RFC 8489 section 14.16: over TLS the caller learns what name the other server has to prove.
#[test]
fn the_name_that_the_other_server_proves_is_told() {
    for (domain, known) in [
        (
            Some(b"other.example.org".as_slice()),
            Some("other.example.org"),
        ),
        (None, None),
        (Some(b"no name"), None),
        (Some(b"\xff"), None),
    ] {
        let path = FiveTuple {
            transport: Transport::Tls,
            ..path()
        };
        let config = ClientConfig {
            credential: Some(ShortTermCredential {
                username: &b"alice"[..],
                key: Key::short_term(b"secret"),
                integrity: ClientIntegrity::Sha1,
            }),
            ..ClientConfig::DEFAULT
        };
        let connection = ConnectionId(1);
        let ids = TransactionIds::new([7; 32]);
        let mut exchange = BindingExchange::new(path, ids, config).over_connection(connection);
        let mut buffer = [0; 128];
        let transmit = exchange.poll_transmit(NOW, &mut buffer).expect("room");
        let id = id_of(&buffer[..transmit.expect("a request").len]);
        let domain = domain.map(AlternateDomain);
        let response = error(300, id, |writer| {
            writer
                .attribute(&AlternateServer(server(2)))
                .optional(domain.as_ref())
                .integrity(&Key::short_term(b"secret"))
        });
        exchange.handle_bytes(NOW, connection, &response);
        let expected = BindingEvent::TryAlternate { server: server(2) };
        assert_eq!(exchange.poll_event(), Some(expected));
        assert_eq!(exchange.alternate_domain().map(DnsName::as_str), known);
    }
}
