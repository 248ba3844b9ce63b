use super::*;
extern crate std;

use core::net::Ipv4Addr;
use std::vec::Vec;

use crate::machines::AuthenticationError;
use crate::wire::{
    ErrorCode, IntegrityAlgorithm, Key as Secret, Lifetime, MappedAddress, MessageWriter,
    MsAlternateServer, MsSequenceNumber, MsXorMappedAddress, Nonce, Realm, TransactionId, Username,
};

type Client = MsTurnClient<&'static [u8], [Slot<SocketAddr>; 2]>;

const NOW: Instant = Instant::from_secs(1);
const REALM: &[u8] = b"rtcmedia";
const NONCE: &[u8] = b"\xde\xad\xbe\xef";
const CONNECTION: [u8; 20] = [0x5a; 20];
const RELAYED: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

fn path() -> FiveTuple {
    let local = (Ipv4Addr::new(192, 0, 2, 9), 5_000).into();
    FiveTuple::udp(local, (RELAYED, 3_478).into())
}

fn peer(host: u8) -> SocketAddr {
    (Ipv4Addr::new(198, 51, 100, host), 6_000).into()
}

fn client() -> Client {
    let credential = LongTermAuthentication::new(b"AgAAJNk".as_slice(), b"secret");
    let credential = credential.expect("short");
    let config = MsTurnConfig::DEFAULT;
    MsTurnClient::new(path(), [7; 32], config, credential, [Slot::EMPTY; 2])
}

/// A relay as it is published, for one client.
#[derive(Default)]
struct Server {
    allocated: bool,
    active: Option<SocketAddr>,
    /// Nonces before this one are stale.
    nonce: u8,
    sequence: u32,
    alternate: Option<SocketAddr>,
    /// What authenticated requests are answered by.
    refuse: Option<u16>,
    /// What was relayed to peers.
    relayed: Vec<(SocketAddr, Vec<u8>)>,
}

impl Server {
    fn key() -> Secret {
        Secret::long_term_md5(b"AgAAJNk", REALM, b"secret")
    }

    fn nonce(&self) -> Vec<u8> {
        [NONCE, &[self.nonce]].concat()
    }

    /// What it sends back.
    fn handle(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        let request = Message::parse_any_generation(data).ok();
        let request = request.filter(|request| request.generation() == Generation::MsTurn);
        let Some(request) = request else {
            self.relayed.push((self.active?, data.to_vec()));
            return None;
        };
        // First of all the cookie, and values without padding.
        assert_eq!(data[20..28], [0, 0x0f, 0, 4, 0x72, 0xc6, 0x4b, 0xc6]);
        if request.method() == Method::MS_SEND {
            let destination: MsDestinationAddress = request.get().ok()??;
            let data: Data<'_> = request.get().ok()??;
            self.relayed.push((destination.0, data.0.to_vec()));
            return None;
        }
        assert_eq!(request.get(), Ok(Some(MsVersion(2))));
        let of = (request.method(), request.transaction_id());
        if let Some(alternate) = self.alternate {
            return Some(written(Class::Error, of, |writer| {
                writer
                    .optional(ErrorCode::new(300, "").as_ref())
                    .attribute(&MsAlternateServer(alternate))
            }));
        }
        let code = if !request.has_integrity(IntegrityAlgorithm::Sha1) {
            401
        } else if request.get() != Ok(Some(Nonce(&self.nonce()))) {
            438
        } else if request.get() != Ok(Some(Username(b"AgAAJNk"))) {
            436
        } else if request.verify(&Self::key()).is_err() {
            431
        } else {
            0
        };
        if code != 0 {
            let nonce = self.nonce();
            return Some(written(Class::Error, of, |writer| {
                writer
                    .optional(ErrorCode::new(code, "").as_ref())
                    .attribute(&Realm(REALM))
                    .attribute(&Nonce(&nonce))
            }));
        }
        // Once it has told them, numbers have to grow.
        if let Ok(Some(number)) = request.get::<MsSequenceNumber>() {
            assert_eq!(number.connection, CONNECTION);
            assert!(number.sequence > self.sequence);
            self.sequence = number.sequence;
        } else {
            assert!(!self.allocated);
        }
        if let Some(code) = self.refuse {
            return Some(written(Class::Error, of, |writer| {
                let code = ErrorCode::new(code, "");
                writer.optional(code.as_ref()).integrity(&Self::key())
            }));
        }
        let number = MsSequenceNumber {
            connection: CONNECTION,
            sequence: self.sequence,
        };
        let lifetime = request.get::<Lifetime>().ok()?.unwrap_or(Lifetime(300));
        if let Ok(Some(MsDestinationAddress(destination))) = request.get() {
            self.active = Some(destination);
        } else {
            self.allocated = lifetime.0 > 0;
        }
        Some(written(Class::Success, of, |writer| {
            writer
                .attribute(&MappedAddress((RELAYED, 50_000).into()))
                .attribute(&MsXorMappedAddress(path().local))
                .attribute(&lifetime)
                .attribute(&number)
                .integrity(&Self::key())
        }))
    }
}

fn written(
    class: Class,
    (method, id): (Method, TransactionId),
    write: impl FnOnce(MessageWriter<'_>) -> MessageWriter<'_>,
) -> Vec<u8> {
    let mut buffer = [0; 2_048];
    let generation = Generation::MsTurn;
    let writer = MessageWriter::of_generation(generation, &mut buffer, class, method, id);
    let len = write(writer).finish().expect("room");
    buffer[..len].to_vec()
}

fn indication(from: SocketAddr) -> Vec<u8> {
    let of = (Method::MS_DATA, TransactionId::classic([9; 16]));
    written(Class::Indication, of, |writer| {
        writer
            .attribute(&MsRemoteAddress(from))
            .attribute(&Data(b"hello"))
    })
}

/// All requests are answered at once.
fn exchange(client: &mut Client, server: &mut Server, now: Instant) -> usize {
    let mut buffer = [0; 2_200];
    let mut count = 0;
    while let Some(transmit) = client.poll_transmit(now, &mut buffer).expect("room") {
        count += 1;
        if let Some(response) = server.handle(&buffer[..transmit.len]) {
            let path = client.path();
            let received = client.handle_datagram(now, path, &response);
            assert_eq!(received, Received::Consumed);
        }
    }
    count
}

fn standing() -> (Client, Server) {
    let (mut client, mut server) = (client(), Server::default());
    assert_eq!(exchange(&mut client, &mut server, NOW), 2);
    let Some(MsTurnEvent::Allocated(allocated)) = client.poll_event() else {
        panic!("no allocation")
    };
    assert_eq!(allocated.relayed, (RELAYED, 50_000).into());
    assert_eq!(allocated.mapped, Some(path().local));
    assert_eq!(allocated.lifetime, Duration::from_secs(300));
    (client, server)
}

fn send(client: &mut Client, server: &mut Server, peer: Key, payload: &[u8]) -> usize {
    let mut buffer = [0; 200];
    let range = MS_TURN_HEADROOM..MS_TURN_HEADROOM + payload.len();
    buffer[range.clone()].copy_from_slice(payload);
    let wrapped = client.wrap(peer, &mut buffer, range).expect("allocated");
    assert_eq!(server.handle(&buffer[wrapped.range.clone()]), None);
    wrapped.range.len() - payload.len()
}

#[test]
fn data_goes_by_requests_and_indications() {
    let (mut client, mut server) = standing();
    let key = client.add_peer(peer(1)).expect("a place");
    assert_eq!(client.add_peer(peer(1)), Ok(key));
    let overhead = send(&mut client, &mut server, key, b"hello");
    assert_eq!(overhead, 20 + 8 + 12 + 4);
    assert_eq!(server.relayed, [(peer(1), b"hello".to_vec())]);
    let found = indication(peer(1));
    assert_eq!(found[..2], [0x01, 0x15]);
    let Received::Data(data) = client.handle_datagram(NOW, path(), &found) else {
        panic!("no data")
    };
    assert_eq!((data.peer, data.address), (Some(key), peer(1)));
    assert_eq!(data.data, b"hello");
}

#[test]
fn data_of_the_active_destination_has_no_frame() {
    let (mut client, mut server) = standing();
    let [one, other] = [1, 2].map(|host| client.add_peer(peer(host)).expect("a place"));
    assert_eq!(
        client.handle_datagram(NOW, path(), b"raw"),
        Received::NotMine
    );
    client.set_active(one);
    assert_eq!(exchange(&mut client, &mut server, NOW), 1);
    let active = Some(MsTurnEvent::Active { peer: one });
    assert_eq!(client.poll_event(), active);
    assert_eq!(send(&mut client, &mut server, one, b"\x80raw"), 0);
    assert!(send(&mut client, &mut server, other, b"framed") > 0);
    assert_eq!(
        server.relayed,
        [
            (peer(1), b"\x80raw".to_vec()),
            (peer(2), b"framed".to_vec())
        ]
    );
    let received = client.handle_datagram(NOW, path(), b"\x80back");
    assert!(matches!(
        received,
        Received::Data(data) if data.peer == Some(one) && data.data == b"\x80back"
    ));
    // Another one takes its place, which may be refused.
    client.set_active(other);
    server.refuse = Some(500);
    exchange(&mut client, &mut server, NOW);
    let refusal = Refusal::Other(500);
    let refused = Some(MsTurnEvent::NotActive {
        peer: other,
        refusal,
    });
    assert_eq!(client.poll_event(), refused);
    assert_eq!(send(&mut client, &mut server, one, b"x"), 0);
    // Nobody listens to it any more.
    assert!(client.remove_peer(one));
    let unknown = Received::Dropped(TurnDrop::UnknownPeer);
    assert_eq!(client.handle_datagram(NOW, path(), b"\x80back"), unknown);
}

#[test]
fn it_is_refreshed_by_allocate_with_growing_numbers() {
    let (mut client, mut server) = standing();
    let mut now = NOW;
    for round in 0..50 {
        if round % 3 == 0 {
            server.nonce += 1;
        }
        let due = client.poll_timeout().expect("armed");
        assert_eq!(due - now, Duration::from_secs(240));
        now = due;
        client.handle_timeout(now);
        let requests = exchange(&mut client, &mut server, now);
        assert_eq!(requests, 1 + usize::from(round % 3 == 0));
        assert_eq!(client.poll_event(), None);
    }
    client.close();
    exchange(&mut client, &mut server, now);
    assert_eq!(client.poll_event(), Some(MsTurnEvent::Closed));
    assert!(!server.allocated && client.is_done() && client.poll_timeout().is_none());
}

#[test]
fn strangers_are_not_heard() {
    let (mut client, _) = standing();
    let key = client.add_peer(peer(1)).expect("a place");
    let unknown = Received::Dropped(TurnDrop::UnknownPeer);
    let of_stranger = indication(peer(2));
    assert_eq!(client.handle_datagram(NOW, path(), &of_stranger), unknown);
    let mut elsewhere = path();
    elsewhere.remote.set_port(1);
    let of_peer = indication(peer(1));
    let received = client.handle_datagram(NOW, elsewhere, &of_peer);
    assert_eq!(received, Received::NotMine);
    client.add_peer(peer(2)).expect("a place");
    assert_eq!(client.add_peer(peer(3)), Err(Full(peer(3))));
    assert!(client.remove_peer(key));
    assert_eq!(client.handle_datagram(NOW, path(), &of_peer), unknown);
}

#[test]
fn forged_responses_do_nothing() {
    let (mut client, mut server) = (client(), Server::default());
    let mut buffer = [0; 2_200];
    let sent = client.poll_transmit(NOW, &mut buffer).expect("room");
    let challenge = server.handle(&buffer[..sent.expect("a request").len]);
    let challenge = challenge.expect("a challenge");
    let _ = client.handle_datagram(NOW, path(), &challenge);
    let sent = client.poll_transmit(NOW, &mut buffer).expect("room");
    let request = &buffer[..sent.expect("a request").len];
    let id = Message::parse_any_generation(request)
        .expect("sound")
        .transaction_id();
    let forged = |id, key: Option<&Secret>| {
        written(Class::Success, (Method::ALLOCATE, id), |writer| {
            let address = MappedAddress((RELAYED, 666).into());
            let writer = writer.attribute(&address);
            match key {
                Some(key) => writer.integrity(key),
                None => writer,
            }
        })
    };
    let dropped = Received::Dropped(TurnDrop::Integrity);
    let guess = Secret::long_term_md5(b"AgAAJNk", REALM, b"guess");
    for key in [None, Some(&guess)] {
        let received = client.handle_datagram(NOW, path(), &forged(id, key)) == dropped;
        assert!(received);
    }
    let other = TransactionId::classic([1; 16]);
    let replayed = forged(other, Some(&Server::key()));
    let received = client.handle_datagram(NOW, path(), &replayed);
    assert_eq!(received, Received::NotMine);
    assert_eq!((client.poll_event(), client.allocated()), (None, None));
    let response = server.handle(request).expect("a response");
    let _ = client.handle_datagram(NOW, path(), &response);
    assert!(matches!(
        client.poll_event(),
        Some(MsTurnEvent::Allocated(_))
    ));
}

#[test]
fn failures_are_told() {
    let failed = |client: &mut Client| match client.poll_event() {
        Some(MsTurnEvent::Failed(failure)) => failure,
        other => panic!("{other:?}"),
    };
    // A wrong password is told by a code that cannot be proved.
    let credential = LongTermAuthentication::new(b"AgAAJNk".as_slice(), b"guess");
    let credential = credential.expect("short");
    let config = MsTurnConfig::DEFAULT;
    let mut client = MsTurnClient::new(path(), [7; 32], config, credential, [Slot::EMPTY; 2]);
    exchange(&mut client, &mut Server::default(), NOW);
    let integrity = TurnFailure::Refused(Refusal::Other(431));
    assert_eq!(failed(&mut client), integrity);

    let mut server = Server {
        refuse: Some(486),
        ..Server::default()
    };
    let mut client = self::client();
    exchange(&mut client, &mut server, NOW);
    let quota = TurnFailure::Refused(Refusal::AllocationQuotaReached);
    assert_eq!(failed(&mut client), quota);

    // One names the other, and that one the first again.
    let other = (Ipv4Addr::new(192, 0, 2, 2), 3_478).into();
    let mut client = self::client();
    let mut buffer = [0; 2_200];
    for (at, names) in [(path().remote, other), (other, path().remote)] {
        let sent = client.poll_transmit(NOW, &mut buffer).expect("room");
        let sent = sent.expect("a request");
        assert_eq!(sent.path.remote, at);
        let mut server = Server {
            alternate: Some(names),
            ..Server::default()
        };
        let response = server.handle(&buffer[..sent.len]).expect("a response");
        let _ = client.handle_datagram(NOW, client.path(), &response);
    }
    let again = TurnFailure::TryAlternate(path().remote);
    assert_eq!(failed(&mut client), again);

    let mut client = self::client();
    let mut now = NOW;
    loop {
        let _ = client.poll_transmit(now, &mut buffer).expect("room");
        let Some(due) = client.poll_timeout() else {
            break;
        };
        now = due;
        client.handle_timeout(now);
    }
    assert_eq!(failed(&mut client), TurnFailure::TimedOut);
    assert_eq!(now - NOW, Duration::from_millis(39_500));

    let mut client = self::client();
    let sent = client.poll_transmit(NOW, &mut buffer).expect("room");
    client.handle_send_failed(NOW, sent.expect("a request").path);
    assert_eq!(failed(&mut client), TurnFailure::Unreachable);

    // A challenge without a nonce leads nowhere.
    let mut client = self::client();
    let sent = client.poll_transmit(NOW, &mut buffer).expect("room");
    let request = &buffer[..sent.expect("a request").len];
    let id = Message::parse_any_generation(request)
        .expect("sound")
        .transaction_id();
    let bare = written(Class::Error, (Method::ALLOCATE, id), |writer| {
        writer.optional(ErrorCode::new(401, "").as_ref())
    });
    let _ = client.handle_datagram(NOW, path(), &bare);
    let unusable = AuthenticationError::UnusableChallenge;
    assert_eq!(failed(&mut client), TurnFailure::Authentication(unusable));
}

#[test]
fn it_is_closed_before_it_stands() {
    let mut client = client();
    client.close();
    assert_eq!(client.poll_event(), Some(MsTurnEvent::Closed));
    let (mut client, mut server) = (self::client(), Server::default());
    let mut buffer = [0; 2_200];
    let sent = client.poll_transmit(NOW, &mut buffer).expect("room");
    client.close();
    let response = server.handle(&buffer[..sent.expect("a request").len]);
    let _ = client.handle_datagram(NOW, path(), &response.expect("a challenge"));
    assert_eq!(client.poll_event(), Some(MsTurnEvent::Closed));
    assert!(!server.allocated);
}
