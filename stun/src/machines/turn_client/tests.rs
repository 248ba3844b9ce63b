use super::*;
extern crate std;

use core::net::Ipv4Addr;
use std::string::ToString as _;
use std::vec::Vec;

use trunkline_sans_io::Transport;

use crate::wire::{
    AlternateDomain, AlternateServer, ChannelData, Class, Data, ErrorCode, Icmp, Key as Secret,
    Lifetime, Message, MessageWriter, Method, Nonce, Realm, TransactionId, Username,
    XorMappedAddress, XorPeerAddress, XorRelayedAddress,
};

type Client = TurnClient<&'static [u8], [Slot<TurnPeer>; 3]>;

const NOW: Instant = Instant::from_secs(1);
const REALM: &[u8] = b"example.org";

fn path(transport: Transport) -> FiveTuple {
    let local = (Ipv4Addr::new(192, 0, 2, 9), 5_000).into();
    FiveTuple::new(
        transport,
        local,
        (Ipv4Addr::new(192, 0, 2, 1), 3_478).into(),
    )
}

fn peer() -> SocketAddr {
    (Ipv4Addr::new(198, 51, 100, 1), 6_000).into()
}

fn client(transport: Transport) -> Client {
    let credential = LongTermAuthentication::new(b"alice".as_slice(), b"secret").ok();
    let config = TurnConfig::DEFAULT;
    let client = TurnClient::new(
        path(transport),
        [7; 32],
        config,
        credential,
        [Slot::EMPTY; 3],
    );
    client.over_connection(ConnectionId(1))
}

fn key() -> Secret {
    Secret::long_term_md5(b"alice", REALM, b"secret")
}

/// The next request: what it asks for, and its id.
fn request(client: &mut Client, now: Instant) -> Option<(Method, TransactionId)> {
    let mut buffer = [0; 2_600];
    let transmit = client.poll_transmit(now, &mut buffer).expect("room")?;
    let request = Message::parse(&buffer[..transmit.len]).expect("sound");
    Some((request.method(), request.transaction_id()))
}

fn written(
    class: Class,
    (method, id): (Method, TransactionId),
    write: impl FnOnce(MessageWriter<'_>) -> MessageWriter<'_>,
) -> Vec<u8> {
    let mut buffer = [0; 2_048];
    let writer = MessageWriter::new(&mut buffer, class, method, id);
    let len = write(writer).finish().expect("room");
    buffer[..len].to_vec()
}

fn challenge(of: (Method, TransactionId)) -> Vec<u8> {
    written(Class::Error, of, |writer| {
        writer
            .optional(ErrorCode::new(401, "").as_ref())
            .attribute(&Realm(REALM))
            .attribute(&Nonce(b"nonce"))
    })
}

fn allocation(of: (Method, TransactionId), key: Option<&Secret>, lifetime: u32) -> Vec<u8> {
    written(Class::Success, of, |writer| {
        let writer = writer
            .attribute(&XorRelayedAddress(
                (Ipv4Addr::new(192, 0, 2, 1), 50_000).into(),
            ))
            .attribute(&XorMappedAddress(path(Transport::Udp).local))
            .attribute(&Lifetime(lifetime));
        match key {
            Some(key) => writer.integrity(key),
            None => writer,
        }
    })
}

fn success(of: (Method, TransactionId)) -> Vec<u8> {
    written(Class::Success, of, |writer| writer.integrity(&key()))
}

fn offer<'a>(client: &mut Client, data: &'a [u8]) -> Received<'a> {
    let path = client.path();
    client.handle_datagram(NOW, path, data)
}

/// With an allocation.
fn standing(transport: Transport) -> Client {
    let mut client = client(transport);
    let first = request(&mut client, NOW).expect("a request");
    assert_eq!(offer(&mut client, &challenge(first)), Received::Consumed);
    let second = request(&mut client, NOW).expect("a request");
    assert_ne!(first.1, second.1);
    let response = allocation(second, Some(&key()), 600);
    assert_eq!(offer(&mut client, &response), Received::Consumed);
    assert!(matches!(client.poll_event(), Some(TurnEvent::Allocated(_))));
    client
}

/// With a peer and a channel to it.
fn bound(transport: Transport) -> (Client, Key) {
    let mut client = standing(transport);
    let key = client.add_peer(NOW, peer()).expect("a place");
    for expected in [Method::CREATE_PERMISSION, Method::CHANNEL_BIND] {
        let of = request(&mut client, NOW).expect("a request");
        assert_eq!(of.0, expected);
        assert_eq!(offer(&mut client, &success(of)), Received::Consumed);
    }
    let events = [client.poll_event(), client.poll_event()];
    assert!(matches!(events[0], Some(TurnEvent::Permitted { .. })));
    assert!(matches!(events[1], Some(TurnEvent::ChannelBound { .. })));
    assert_eq!(client.poll_event(), None);
    (client, key)
}

#[test]
fn forged_responses_do_nothing() {
    let mut client = client(Transport::Udp);
    let first = request(&mut client, NOW).expect("a request");
    let _ = offer(&mut client, &challenge(first));
    let asked = request(&mut client, NOW).expect("a request");
    let other = Secret::long_term_md5(b"alice", REALM, b"guess");
    let dropped = Received::Dropped(TurnDrop::Integrity);
    // Without the key, with another one, of another request, once more, from elsewhere.
    for forged in [
        allocation(asked, None, 600),
        allocation(asked, Some(&other), 600),
    ] {
        assert_eq!(offer(&mut client, &forged), dropped);
    }
    let right = allocation(asked, Some(&key()), 600);
    let refused = written(Class::Error, asked, |writer| {
        writer.optional(ErrorCode::new(486, "").as_ref())
    });
    assert_eq!(offer(&mut client, &refused), dropped);
    for of in [(asked.0, first.1), (Method::REFRESH, asked.1)] {
        let forged = allocation(of, Some(&key()), 600);
        assert_eq!(offer(&mut client, &forged), Received::NotMine);
    }
    assert_eq!(offer(&mut client, &challenge(first)), Received::NotMine);
    let mut elsewhere = client.path();
    elsewhere.remote.set_port(3_479);
    let received = client.handle_datagram(NOW, elsewhere, &right);
    assert_eq!(received, Received::NotMine);
    assert_eq!((client.poll_event(), client.allocated()), (None, None));

    assert_eq!(offer(&mut client, &right), Received::Consumed);
    assert!(matches!(client.poll_event(), Some(TurnEvent::Allocated(_))));
    // A replayed one is about nothing.
    assert_eq!(offer(&mut client, &right), Received::NotMine);
    assert_eq!(client.poll_event(), None);
}

#[test]
fn nothing_but_forged_responses_is_a_violation() {
    for (transport, expected) in [
        (Transport::Udp, None),
        (
            Transport::Tcp,
            Some(TurnEvent::Failed(TurnFailure::IntegrityViolated)),
        ),
    ] {
        let mut client = client(transport);
        let first = request(&mut client, NOW).expect("a request");
        let _ = offer(&mut client, &challenge(first));
        let asked = request(&mut client, NOW).expect("a request");
        let _ = offer(&mut client, &allocation(asked, None, 600));
        assert_eq!(client.poll_event(), expected);
        while let Some(due) = client.poll_timeout() {
            client.handle_timeout(due);
            let _ = request(&mut client, due);
        }
        let last = client.poll_event();
        let violated = TurnEvent::Failed(TurnFailure::IntegrityViolated);
        assert_eq!(last, expected.xor(Some(violated)));
    }
}

#[test]
fn data_is_framed_and_found_in_place() {
    let (mut client, key) = bound(Transport::Udp);
    let mut buffer = *b"....hello";
    let wrapped = client.wrap(NOW, key, &mut buffer, 4..9).expect("bound");
    assert_eq!((wrapped.range, wrapped.path), (0..9, client.path()));
    let message = ChannelData::parse(&buffer).expect("sound");
    assert_eq!(message.data, b"hello");
    let Received::Data(data) = offer(&mut client, &buffer) else {
        panic!("the same way back")
    };
    assert_eq!((data.peer, data.address), (Some(key), peer()));
    assert!(core::ptr::eq(data.data, &buffer[4..]));

    // Over a stream there is padding.
    let (mut client, key) = bound(Transport::Tcp);
    let mut buffer = *b"....hello!!!!";
    let wrapped = client.wrap(NOW, key, &mut buffer, 4..9).expect("bound");
    assert_eq!(wrapped.range, 0..12);
    assert_eq!(buffer[9..], *b"\0\0\0!");
    assert_eq!(
        client.wrap(NOW, key, &mut buffer[..11], 4..9),
        Err(SendError::NoRoom)
    );
    assert_eq!(
        client.wrap(NOW, key, &mut buffer, 3..9),
        Err(SendError::NoRoom)
    );
    #[expect(clippy::reversed_empty_ranges, reason = "a caller's error")]
    let reversed = client.wrap(NOW, key, &mut buffer, 9..4);
    assert_eq!(reversed, Err(SendError::NoRoom));
}

#[test]
fn a_channel_that_has_expired_is_not_used() {
    let (mut client, key) = bound(Transport::Udp);
    let mut buffer = [0; TURN_HEADROOM + 8];
    let payload = TURN_HEADROOM..TURN_HEADROOM + 5;
    let later = NOW + Duration::from_secs(600);
    let late = client.wrap(later, key, &mut buffer, payload.clone());
    assert_eq!(late, Err(SendError::NotPermitted));
    // Without a channel it is an indication.
    let mut client = standing(Transport::Udp);
    let key = client.add_peer(NOW, peer()).expect("a place");
    let early = client.wrap(NOW, key, &mut buffer, payload.clone());
    assert_eq!(early, Err(SendError::NotPermitted));
    let of = request(&mut client, NOW).expect("a request");
    let _ = offer(&mut client, &success(of));
    buffer[payload.clone()].copy_from_slice(b"hello");
    let wrapped = client
        .wrap(NOW, key, &mut buffer, payload)
        .expect("permitted");
    let indication = Message::parse(&buffer[wrapped.range]).expect("sound");
    assert_eq!(indication.method(), Method::SEND);
    assert_eq!(indication.class(), Class::Indication);
    assert_eq!(indication.get(), Ok(Some(XorPeerAddress(peer()))));
    assert_eq!(indication.get(), Ok(Some(Data(b"hello"))));
}

#[test]
fn what_was_not_asked_for_is_not_delivered() {
    let (mut client, key) = bound(Transport::Udp);
    let of = (Method::DATA, TransactionId::new([9; 12]));
    let indication = |from: SocketAddr| {
        written(Class::Indication, of, |writer| {
            writer
                .attribute(&XorPeerAddress(from))
                .attribute(&Data(b"hi"))
        })
    };
    let unknown = Received::Dropped(TurnDrop::UnknownPeer);
    let stranger = (Ipv4Addr::new(198, 51, 100, 2), 6_000).into();
    assert_eq!(offer(&mut client, &indication(stranger)), unknown);
    assert_eq!(offer(&mut client, b"\x40\x01\0\x02hi"), unknown);
    assert_eq!(offer(&mut client, b"\x4f\xff\0\x02hi"), unknown);
    let malformed = Received::Dropped(TurnDrop::Malformed);
    assert_eq!(offer(&mut client, b"\x40\0\0\x03hi"), malformed);
    assert_eq!(offer(&mut client, b"\x40"), malformed);
    assert!(matches!(
        offer(&mut client, &indication(peer())),
        Received::Data(data) if data.peer == Some(key)
    ));
    let mut elsewhere = peer();
    elsewhere.set_port(6_001);
    assert!(matches!(
        offer(&mut client, &indication(elsewhere)),
        Received::Data(data) if data.peer.is_none() && data.address == elsewhere
    ));
    for (with_data, with_icmp) in [(true, true), (false, false)] {
        let odd = written(Class::Indication, of, |writer| {
            writer
                .attribute(&XorPeerAddress(peer()))
                .optional(with_data.then_some(&Data(b"hi")))
                .optional(with_icmp.then_some(&Icmp {
                    kind: 3,
                    code: 1,
                    data: 0,
                }))
        });
        assert_eq!(offer(&mut client, &odd), malformed);
    }
    let icmp = Icmp {
        kind: 3,
        code: 3,
        data: 0,
    };
    let unreachable = written(Class::Indication, of, |writer| {
        writer.attribute(&XorPeerAddress(peer())).attribute(&icmp)
    });
    let address = peer();
    let received = offer(&mut client, &unreachable);
    assert_eq!(received, Received::Icmp { address, icmp });

    // Nor is what comes when nobody listens any more.
    assert!(client.remove_peer(key));
    assert_eq!(offer(&mut client, &indication(peer())), unknown);
    assert_eq!(offer(&mut client, b"\x40\0\0\x02hi"), unknown);
}

#[test]
fn a_stream_is_read_however_it_is_cut() {
    let (mut client, key) = bound(Transport::Tcp);
    let of = (Method::DATA, TransactionId::new([9; 12]));
    let mut stream = b"\x40\0\0\x05hello\0\0\0\x40\0\0\0".to_vec();
    stream.extend(written(Class::Indication, of, |writer| {
        writer
            .attribute(&XorPeerAddress(peer()))
            .attribute(&Data(b"world"))
    }));
    for cut in 0..stream.len() {
        let mut heard = Vec::new();
        let mut pending = Vec::new();
        for piece in [&stream[..cut], &stream[cut..]] {
            pending.extend(piece);
            loop {
                let (used, data) = client.handle_bytes(NOW, ConnectionId(1), &pending);
                if let Some(data) = data {
                    assert_eq!(data.peer, Some(key));
                    heard.push(data.data.to_vec());
                }
                pending.drain(..used);
                if used == 0 {
                    break;
                }
            }
        }
        assert!(pending.is_empty());
        assert_eq!(heard, [b"hello".to_vec(), b"".to_vec(), b"world".to_vec()]);
    }
    // Of another connection nothing is used.
    let (used, data) = client.handle_bytes(NOW, ConnectionId(2), &stream);
    assert_eq!((used, data), (0, None));
    let (used, _) = client.handle_bytes(NOW, ConnectionId(1), b"SIP/2.0 400\n");
    assert_eq!(used, 12);
    let failed = TurnEvent::Failed(TurnFailure::NotTurn);
    assert_eq!(client.poll_event(), Some(failed));
    assert_eq!(client.poll_close(), Some(ConnectionId(1)));
    assert_eq!((client.poll_close(), client.poll_timeout()), (None, None));
}

#[test]
fn short_lifetimes_do_not_make_a_flood() {
    for lifetime in [0, 1, 30, 119, 600, 3_600, u32::MAX] {
        let mut client = client(Transport::Tcp);
        let first = request(&mut client, NOW).expect("a request");
        let _ = offer(&mut client, &challenge(first));
        let second = request(&mut client, NOW).expect("a request");
        let _ = offer(&mut client, &allocation(second, Some(&key()), lifetime));
        assert!(client.poll_event().is_some());
        let due = client.poll_timeout().expect("a refresh");
        assert!(due - NOW >= Duration::from_secs(10), "{lifetime}");
        assert!(lifetime < 20 || due - NOW < Duration::from_secs(lifetime.into()));
        client.handle_timeout(due);
        let (method, _) = request(&mut client, due).expect("a request");
        assert_eq!(method, Method::REFRESH);
    }
}

#[test]
fn incomplete_responses_end_it() {
    let unknown = AttributeType(0x7777);
    for (extra, failure) in [
        (None, TurnFailure::Incomplete),
        (Some(unknown), TurnFailure::UnknownAttribute(unknown)),
    ] {
        let mut client = client(Transport::Udp);
        let first = request(&mut client, NOW).expect("a request");
        let response = written(Class::Success, first, |writer| match extra {
            Some(extra) => writer.raw(extra, &[]),
            None => writer,
        });
        assert_eq!(offer(&mut client, &response), Received::Consumed);
        assert_eq!(client.poll_event(), Some(TurnEvent::Failed(failure)));
        assert!(client.is_done() && client.poll_timeout().is_none());
    }
}

#[test]
fn no_server_is_asked_that_cannot_be_one() {
    for alternate in [
        "192.0.2.1:3478",
        "0.0.0.0:3478",
        "224.0.0.1:3478",
        "192.0.2.2:0",
        "[2001:db8::1]:3478",
    ] {
        let alternate: SocketAddr = alternate.parse().expect("an address");
        let mut client = client(Transport::Udp);
        let first = request(&mut client, NOW).expect("a request");
        let response = written(Class::Error, first, |writer| {
            writer
                .optional(ErrorCode::new(300, "").as_ref())
                .attribute(&AlternateServer(alternate))
        });
        let _ = offer(&mut client, &response);
        let failed = TurnEvent::Failed(TurnFailure::TryAlternate(alternate));
        assert_eq!(client.poll_event(), Some(failed));
    }
}

/// RFC 8489 section 10: over TLS whoever connects has to know what the other server proves.
#[test]
fn over_tls_another_server_is_told_with_its_name() {
    let named: &[(&[u8], _)] = &[
        (b"relay2.example", Some("relay2.example")),
        (b"no name", None),
    ];
    for &(domain, expected) in named {
        let mut client = client(Transport::Tls);
        let first = request(&mut client, NOW).expect("a request");
        let server = "192.0.2.2:5349".parse().expect("an address");
        let response = written(Class::Error, first, |writer| {
            writer
                .optional(ErrorCode::new(300, "").as_ref())
                .attribute(&AlternateServer(server))
                .attribute(&AlternateDomain(domain))
        });
        let _ = offer(&mut client, &response);
        let failed = TurnEvent::Failed(TurnFailure::TryAlternate(server));
        assert_eq!(client.poll_event(), Some(failed));
        assert_eq!(client.alternate_domain().map(DnsName::as_str), expected);
    }
}

#[test]
fn a_request_that_is_sent_again_is_the_same() {
    let mut client = standing(Transport::Udp);
    let now = NOW;
    let peers = [1, 2, 3].map(|host| {
        let address = (Ipv4Addr::new(203, 0, 113, host), 1_000).into();
        client.add_peer(now, address).expect("a place")
    });
    let mut first = [0; 2_600];
    assert!(client.poll_transmit(now, &mut first[..40]).is_err());
    let len = client.poll_transmit(now, &mut first).expect("room");
    let len = len.expect("a request").len;
    // Three permissions at once.
    let message = Message::parse(&first[..len]).expect("sound");
    let of_peers = message
        .attributes()
        .filter(|raw| raw.kind == AttributeType::XOR_PEER_ADDRESS);
    assert_eq!(of_peers.count(), 3);
    assert!(client.remove_peer(peers[1]));
    let due = client.poll_timeout().expect("armed");
    client.handle_timeout(due);
    let mut again = [0; 2_600];
    assert!(
        client
            .poll_transmit(due, &mut again)
            .expect("room")
            .is_some()
    );
    assert_eq!(first, again);
}

#[test]
fn peers_beyond_the_table_are_refused() {
    let mut client = standing(Transport::Udp);
    let address = |host| (Ipv4Addr::new(203, 0, 113, host), 1_000).into();
    for host in 0..3 {
        let key = client.add_peer(NOW, address(host)).expect("a place");
        assert_eq!(client.add_peer(NOW, address(host)), Ok(key));
        assert_eq!(client.find_peer(address(host)), Some(key));
        assert_eq!(client.peer_address(key), Some(address(host)));
    }
    assert_eq!(client.add_peer(NOW, address(3)), Err(Full(address(3))));
    let first = client.find_peer(address(0)).expect("there");
    assert!(client.remove_peer(first));
    assert_eq!(client.find_peer(address(0)), None);
    assert!(client.add_peer(NOW, address(3)).is_ok());
    assert_eq!(client.peer_address(first), None);
    assert_eq!(client.peer_count(), 3);
}

fn redirect(of: (Method, TransactionId), to: &str) -> Vec<u8> {
    let to = to.parse().expect("an address");
    written(Class::Error, of, |writer| {
        writer
            .optional(ErrorCode::new(300, "").as_ref())
            .attribute(&AlternateServer(to))
            .integrity(&key())
    })
}

/// Whoever can name a server gets no proof for a realm of their own.
#[test]
fn the_credential_is_shown_in_one_realm_only() {
    for (realm, is_answered) in [(REALM, true), (b"evil.example", false)] {
        let mut client = client(Transport::Udp);
        let first = request(&mut client, NOW).expect("a request");
        let _ = offer(&mut client, &challenge(first));
        let asked = request(&mut client, NOW).expect("a request");
        let _ = offer(&mut client, &redirect(asked, "192.0.2.2:3478"));
        assert_eq!(client.path().remote.to_string(), "192.0.2.2:3478");
        // The first request there is bare.
        let mut buffer = [0; 512];
        let transmit = client.poll_transmit(NOW, &mut buffer).expect("room");
        let bare = Message::parse(&buffer[..transmit.expect("a request").len]).expect("sound");
        assert_eq!(bare.get::<Username<'_>>(), Ok(None));
        let of = (bare.method(), bare.transaction_id());
        let challenge = written(Class::Error, of, |writer| {
            writer
                .optional(ErrorCode::new(401, "").as_ref())
                .attribute(&Realm(realm))
                .attribute(&Nonce(b"other"))
        });
        assert_eq!(offer(&mut client, &challenge), Received::Consumed);
        assert_eq!(request(&mut client, NOW).is_some(), is_answered);
        let failed = TurnEvent::Failed(TurnFailure::OtherRealm);
        assert_eq!(client.poll_event(), (!is_answered).then_some(failed));
    }
}

#[test]
fn requests_are_sent_again_by_measured_round_trips() {
    let millis = Duration::from_millis;
    let mut client = client(Transport::Udp);
    let mut now = NOW;
    let wait = |client: &Client, now| client.poll_timeout().expect("armed") - now;
    let first = request(&mut client, now).expect("a request");
    assert_eq!(wait(&client, now), millis(500));
    now += millis(80);
    let path = client.path();
    let _ = client.handle_datagram(now, path, &challenge(first));
    // SRTT 80 ms, RTTVAR 40 ms.
    let second = request(&mut client, now).expect("a request");
    assert_eq!(wait(&client, now), millis(240));
    // That it is sent again does not count, as nobody knows which one is answered.
    now += millis(240);
    client.handle_timeout(now);
    assert_eq!(request(&mut client, now), Some(second));
    assert_eq!(wait(&client, now), millis(480));
    now += millis(3);
    let response = allocation(second, Some(&key()), 600);
    let _ = client.handle_datagram(now, path, &response);
    client.add_peer(now, peer()).expect("a place");
    let third = request(&mut client, now).expect("a request");
    assert_eq!(wait(&client, now), millis(240));
    now += millis(80);
    let _ = client.handle_datagram(now, path, &success(third));
    // RTTVAR 30 ms.
    let fourth = request(&mut client, now).expect("a request");
    assert_eq!(fourth.0, Method::CHANNEL_BIND);
    assert_eq!(wait(&client, now), millis(200));
}

#[test]
fn another_server_is_measured_anew() {
    let mut client = client(Transport::Udp);
    let first = request(&mut client, NOW).expect("a request");
    let path = client.path();
    let then = NOW + Duration::from_millis(30);
    let _ = client.handle_datagram(then, path, &redirect(first, "192.0.2.2:3478"));
    assert!(request(&mut client, then).is_some());
    let due = client.poll_timeout().expect("armed");
    assert_eq!(due - then, Duration::from_millis(500));
}

/// What begins as if it were a channel's data waits for nothing that its length may promise.
#[test]
fn a_stream_of_something_else_ends_it_at_once() {
    let (http, tls) = (
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\x15\x03\x03\0\x02\x02\x28",
    );
    let failed = Some(TurnEvent::Failed(TurnFailure::NotTurn));
    for stream in [http.as_slice(), &http[..2], b"\x40\0\0\0", tls, b"\x80"] {
        let mut client = client(Transport::Tcp);
        let _ = request(&mut client, NOW).expect("a request");
        let (used, data) = client.handle_bytes(NOW, ConnectionId(1), stream);
        assert_eq!((used, data), (stream.len(), None));
        assert_eq!(client.poll_event(), failed);
        assert_eq!(client.poll_close(), Some(ConnectionId(1)));
        assert!(client.is_done() && client.poll_timeout().is_none());
    }
    // A channel that was asked for is none of these, even if nobody listens any more.
    let (mut client, key) = bound(Transport::Tcp);
    let message = b"\x40\0\0\x04data";
    assert!(client.remove_peer(key));
    let (used, data) = client.handle_bytes(NOW, ConnectionId(1), message);
    assert_eq!((used, data), (message.len(), None));
    assert_eq!(client.poll_event(), None);
    client.close();
    let (used, _) = client.handle_bytes(NOW, ConnectionId(1), message);
    assert_eq!((used, client.poll_event()), (message.len(), None));
    let (used, _) = client.handle_bytes(NOW, ConnectionId(1), b"\x40\x01\0\x04data");
    assert_eq!((used, client.poll_close()), (8, Some(ConnectionId(1))));
    // It was to be closed anyway.
    assert_eq!(client.poll_event(), Some(TurnEvent::Closed));
}

/// Data by a channel is taken from the server over the path of the allocation, of both families.
#[test]
fn data_from_elsewhere_is_not_delivered() {
    let paths = [
        path(Transport::Udp),
        FiveTuple::udp(
            "[2001:db8::9]:5000".parse().expect("an address"),
            "[2001:db8::1]:3478".parse().expect("an address"),
        ),
    ];
    for path in paths {
        let peers = [Slot::EMPTY; 1];
        let mut client: TurnClient<&[u8], _> =
            TurnClient::new(path, [7; 32], TurnConfig::DEFAULT, None, peers);
        client.add_peer(NOW, peer()).expect("a place");
        let mut buffer = [0; 512];
        while let Some(transmit) = client.poll_transmit(NOW, &mut buffer).expect("room") {
            let request = Message::parse(&buffer[..transmit.len]).expect("sound");
            let response = allocation((request.method(), request.transaction_id()), None, 600);
            let received = client.handle_datagram(NOW, path, &response);
            assert_eq!(received, Received::Consumed);
        }
        let message = b"\x40\0\0\x04data";
        let received = client.handle_datagram(NOW, path, message);
        assert!(matches!(received, Received::Data(data) if data.data == b"data"));
        let mut elsewhere = [path; 6];
        elsewhere[0].remote.set_port(3_479);
        elsewhere[1].local.set_port(5_001);
        elsewhere[2].remote.set_ip([192, 0, 2, 2].into());
        elsewhere[3].local.set_ip([192, 0, 2, 8].into());
        elsewhere[4].transport = Transport::Tcp;
        elsewhere[5] = path.reversed();
        for elsewhere in elsewhere {
            let received = client.handle_datagram(NOW, elsewhere, message);
            assert_eq!(received, Received::NotMine, "{elsewhere:?}");
        }
    }
}
