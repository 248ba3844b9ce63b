#![no_main]
//! An allocation at a relay of Microsoft's under a sequence of operations: of its user, of a relay that is honest
//! or not, of peers, strangers and time.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use trunkline_fuzz::operations::{Driven, run};
use trunkline_sans_io::{FiveTuple, Instant, Key, Slot};
use trunkline_stun::{
    Class, Data, ErrorCode, Generation, IntegrityAlgorithm, Key as Secret, Lifetime,
    LongTermAuthentication, MS_TURN_HEADROOM, MappedAddress, Message, MessageWriter, Method,
    MsAlternateServer, MsDestinationAddress, MsRemoteAddress, MsSequenceNumber, MsTurnClient,
    MsTurnConfig, MsTurnEvent, MsXorMappedAddress, Nonce, PeerData, Realm, Received, SendError,
    TransactionId,
};

const PEERS: usize = 3;
const USER: &[u8] = b"AgAAJNk";
const REALM: &[u8] = b"rtcmedia";
const RELAYED: ([u8; 4], u16) = ([192, 0, 2, 1], 50_000);
const FORGED: ([u8; 4], u16) = ([203, 0, 113, 66], 666);

// The first octet chooses what the relay does.
fuzz_target!(|data: &[u8]| {
    if let [kind, data @ ..] = data {
        run(Bench::new(*kind), data);
    }
});

#[derive(Arbitrary)]
enum Operation<'a> {
    Add {
        peer: u8,
    },
    Remove {
        peer: u8,
    },
    SetActive {
        peer: u8,
    },
    Send {
        peer: u8,
        len: u8,
    },
    PeerSends {
        peer: u8,
        len: u8,
    },
    Close,
    /// The next requests reach the relay.
    ToServer {
        count: u8,
    },
    /// The next of what it sent arrives, or is lost, or arrives and is kept to come again.
    ToClient {
        lost: bool,
        again: bool,
    },
    /// It arrives with an octet changed.
    Damaged {
        at: u16,
        octet: u8,
    },
    /// A success that was made without the key.
    Forged {
        guessed: bool,
    },
    /// From the relay's address, or a stranger's.
    Raw {
        from_server: bool,
        data: &'a [u8],
    },
    Stale,
    Refuse {
        code: Option<u16>,
    },
    Alternate {
        server: u8,
    },
    SendFailed {
        stranger: bool,
    },
}

/// A relay as it is published, for one client.
struct Relay {
    allocated: bool,
    active: Option<SocketAddr>,
    nonce: u8,
    lifetime: u32,
    sequence: u32,
    counts: bool,
    refuse: Option<u16>,
    alternate: Option<SocketAddr>,
}

impl Relay {
    fn key() -> Secret {
        Secret::long_term_md5(USER, REALM, b"secret")
    }

    fn handle(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        let request = Message::parse_any_generation(data).ok()?;
        if request.generation() != Generation::MsTurn || request.method() == Method::MS_SEND {
            return None;
        }
        let of = (request.method(), request.transaction_id());
        let nonce = [b'n', self.nonce];
        let code = if let Some(server) = self.alternate.take() {
            return Some(written(Class::Error, of, |writer| {
                writer
                    .optional(ErrorCode::new(300, "").as_ref())
                    .attribute(&MsAlternateServer(server))
            }));
        } else if !request.has_integrity(IntegrityAlgorithm::Sha1) {
            401
        } else if request.get() != Ok(Some(Nonce(&nonce))) {
            438
        } else if request.verify(&Self::key()).is_err() {
            431
        } else {
            0
        };
        if code != 0 {
            return Some(written(Class::Error, of, |writer| {
                writer
                    .optional(ErrorCode::new(code, "").as_ref())
                    .attribute(&Realm(REALM))
                    .attribute(&Nonce(&nonce))
            }));
        }
        if let Some(code) = self.refuse.take() {
            return Some(written(Class::Error, of, |writer| {
                let code = ErrorCode::new(code, "");
                writer.optional(code.as_ref()).integrity(&Self::key())
            }));
        }
        if let Ok(Some(number)) = request.get::<MsSequenceNumber>() {
            self.sequence = self.sequence.max(number.sequence);
        }
        let lifetime = match request.get() {
            Ok(Some(Lifetime(0))) => Lifetime(0),
            _ => Lifetime(self.lifetime),
        };
        match request.get() {
            Ok(Some(MsDestinationAddress(address))) => self.active = Some(address),
            _ => self.allocated = lifetime.0 > 0,
        }
        let number = MsSequenceNumber {
            connection: [0x5a; 20],
            sequence: self.sequence,
        };
        let number = self.counts.then_some(number);
        Some(written(Class::Success, of, |writer| {
            writer
                .attribute(&MappedAddress(RELAYED.into()))
                .attribute(&MsXorMappedAddress(path().local))
                .attribute(&lifetime)
                .optional(number.as_ref())
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

fn path() -> FiveTuple {
    let local = (Ipv4Addr::new(192, 0, 2, 9), 5_000).into();
    FiveTuple::udp(local, (Ipv4Addr::new(192, 0, 2, 1), 3_478).into())
}

fn peer(number: u8) -> SocketAddr {
    // Some of them on one host.
    let [host, port] = [number % 5, number % 2];
    (Ipv4Addr::new(198, 51, 100, host), 6_000 + u16::from(port)).into()
}

type Client = MsTurnClient<&'static [u8], [Slot<SocketAddr>; PEERS]>;

struct Bench {
    client: Client,
    relay: Relay,
    to_server: VecDeque<Vec<u8>>,
    to_client: VecDeque<Vec<u8>>,
    requests: BTreeMap<TransactionId, (Vec<u8>, usize)>,
    last: Vec<u8>,
    /// Whom the user wants to hear.
    wanted: Vec<(Key, SocketAddr)>,
    servers: Vec<SocketAddr>,
    /// Nobody other than the relay has said anything without the key.
    honest: bool,
    closing: bool,
    ended: Option<MsTurnEvent>,
}

impl Bench {
    fn new(kind: u8) -> Self {
        let credential = LongTermAuthentication::new(USER, b"secret").expect("short");
        let mut config = MsTurnConfig::DEFAULT;
        if kind & 1 != 0 {
            config.lifetime = Some(Duration::from_secs(100));
        }
        let client = Client::new(path(), [7; 32], config, credential, [Slot::EMPTY; PEERS]);
        let relay = Relay {
            allocated: false,
            active: None,
            nonce: 0,
            lifetime: [600, 30, 1, u32::MAX][usize::from(kind >> 1 & 3)],
            sequence: 0,
            counts: kind & 8 == 0,
            refuse: None,
            alternate: None,
        };
        Self {
            client,
            relay,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            requests: BTreeMap::new(),
            last: Vec::new(),
            wanted: Vec::new(),
            servers: vec![path().remote],
            honest: true,
            closing: false,
            ended: None,
        }
    }

    fn key(&self, peer: SocketAddr) -> Option<Key> {
        let mut wanted = self.wanted.iter();
        wanted
            .find(|(_, known)| *known == peer)
            .map(|(key, _)| *key)
    }

    fn arrive(&mut self, now: Instant, bytes: &[u8]) {
        let path = self.client.path();
        if let Received::Data(data) = self.client.handle_datagram(now, path, bytes) {
            self.hear(data);
        }
    }

    fn hear(&self, data: PeerData<'_>) {
        let known = |(_, wanted): &(Key, SocketAddr)| wanted.ip() == data.address.ip();
        assert!(self.wanted.iter().any(known), "a stranger is heard");
        assert!(self.ended.is_none());
        if let Some(key) = data.peer {
            assert!(self.wanted.contains(&(key, data.address)));
        }
    }

    fn serve(&mut self, bytes: &[u8]) {
        if let Some(response) = self.relay.handle(bytes)
            && self.to_client.len() < 64
        {
            self.to_client.push_back(response);
        }
    }
}

impl Driven for Bench {
    type Operation<'a> = Operation<'a>;

    fn apply(&mut self, now: Instant, operation: Operation<'_>) {
        match operation {
            Operation::Add { peer: number } => {
                let address = peer(number);
                let known = self.key(address);
                match self.client.add_peer(address) {
                    Ok(key) => {
                        assert_eq!(known.unwrap_or(key), key);
                        if known.is_none() {
                            self.wanted.push((key, address));
                        }
                    }
                    Err(_) => assert!(known.is_none() || self.closing || self.ended.is_some()),
                }
            }
            Operation::Remove { peer: number } => {
                if let Some(key) = self.key(peer(number)) {
                    self.client.remove_peer(key);
                    assert_eq!(self.client.find_peer(peer(number)), None);
                    self.wanted.retain(|(known, _)| *known != key);
                }
            }
            Operation::SetActive { peer: number } => {
                if let Some(key) = self.key(peer(number)) {
                    self.client.set_active(key);
                }
            }
            Operation::Send { peer: number, len } => {
                let Some(key) = self.key(peer(number)) else {
                    return;
                };
                let payload = MS_TURN_HEADROOM..MS_TURN_HEADROOM + usize::from(len);
                let mut buffer = vec![0x55; payload.end];
                match self.client.wrap(key, &mut buffer, payload.clone()) {
                    Ok(wrapped) => {
                        assert_eq!((wrapped.path, self.ended), (self.client.path(), None));
                        assert!(buffer[payload.clone()].iter().all(|octet| *octet == 0x55));
                        assert_eq!(wrapped.range.end, payload.end);
                        if wrapped.range != payload {
                            let message = Message::parse_any_generation(&buffer[wrapped.range]);
                            let message = message.expect("sound");
                            let to = MsDestinationAddress(peer(number));
                            assert_eq!(message.get(), Ok(Some(to)));
                        }
                    }
                    Err(error) => {
                        assert!(!matches!(error, SendError::NoRoom | SendError::TooLong));
                        assert!(buffer.iter().all(|octet| *octet == 0x55));
                    }
                }
            }
            Operation::PeerSends { peer: number, len } => {
                let payload = vec![0xaa; usize::from(len)];
                let bytes = match self.relay.active == Some(peer(number)) {
                    true => payload,
                    false => {
                        let of = (Method::MS_DATA, TransactionId::classic([9; 16]));
                        written(Class::Indication, of, |writer| {
                            let from = MsRemoteAddress(peer(number));
                            writer.attribute(&from).attribute(&Data(&payload))
                        })
                    }
                };
                if self.to_client.len() < 64 {
                    self.to_client.push_back(bytes);
                }
            }
            Operation::Close => {
                let stood = !self.closing && self.client.allocated().is_some();
                self.client.close();
                self.closing = true;
                if stood {
                    self.wanted.clear();
                }
            }
            Operation::ToServer { count } => {
                for _ in 0..count % 4 {
                    if let Some(bytes) = self.to_server.pop_front() {
                        self.serve(&bytes);
                    }
                }
            }
            Operation::ToClient { lost, again } => {
                let Some(bytes) = self.to_client.pop_front() else {
                    return;
                };
                if again {
                    self.to_client.push_back(bytes.clone());
                }
                if !lost {
                    self.arrive(now, &bytes);
                }
            }
            Operation::Damaged { at, octet } => {
                let Some(mut bytes) = self.to_client.pop_front() else {
                    return;
                };
                let len = bytes.len().max(1);
                if let Some(place) = bytes.get_mut(usize::from(at) % len) {
                    *place = octet;
                }
                self.honest = false;
                self.arrive(now, &bytes);
            }
            Operation::Forged { guessed } => {
                let Ok(request) = Message::parse_any_generation(&self.last) else {
                    return;
                };
                // To a bare request nobody can prove anything.
                self.honest &= request.has_integrity(IntegrityAlgorithm::Sha1);
                let of = (request.method(), request.transaction_id());
                let forged = written(Class::Success, of, |writer| {
                    let writer = writer.attribute(&MappedAddress(FORGED.into()));
                    match guessed {
                        true => writer.integrity(&Secret::long_term_md5(USER, REALM, b"guess")),
                        false => writer,
                    }
                });
                self.arrive(now, &forged);
            }
            Operation::Raw { from_server, data } => {
                if from_server {
                    self.honest = false;
                    self.arrive(now, data);
                } else {
                    let mut path = self.client.path();
                    path.remote.set_port(666);
                    let received = self.client.handle_datagram(now, path, data);
                    assert_eq!(received, Received::NotMine);
                }
            }
            Operation::Stale => self.relay.nonce = self.relay.nonce.wrapping_add(1),
            Operation::Refuse { code } => {
                self.relay.refuse = code.map(|code| 300 + code % 400);
            }
            Operation::Alternate { server } => {
                let server = (Ipv4Addr::new(192, 0, 2, server % 8), 3_478).into();
                self.relay.alternate = Some(server);
                self.servers.push(server);
            }
            Operation::SendFailed { stranger } => {
                let mut path = self.client.path();
                if stranger {
                    path.remote.set_port(666);
                }
                self.client.handle_send_failed(now, path);
            }
        }
    }

    fn drain(&mut self, now: Instant) -> usize {
        let mut count = 0;
        let mut buffer = [0; 2_300];
        loop {
            // Too small a buffer changes nothing.
            let short = self.client.poll_transmit(now, &mut buffer[..19]);
            let taken = self.client.poll_transmit(now, &mut buffer).expect("room");
            assert_eq!(short.is_err(), taken.is_some());
            let Some(transmit) = taken else {
                break;
            };
            assert_eq!(transmit.path, self.client.path());
            assert!(self.servers.contains(&transmit.path.remote) || !self.honest);
            assert!(self.ended.is_none());
            let bytes = buffer[..transmit.len].to_vec();
            let message = Message::parse_any_generation(&bytes).expect("sound");
            assert_eq!(message.generation(), Generation::MsTurn);
            let id = message.transaction_id();
            let (first, times) = self.requests.entry(id).or_insert((bytes.clone(), 0));
            assert_eq!(*first, bytes, "another request under the same id");
            *times += 1;
            assert!(*times <= 7);
            if self.to_server.len() < 64 {
                self.to_server.push_back(bytes.clone());
            }
            self.last = bytes;
            count += 1;
            assert!(count <= 1, "more than one request at a time");
        }
        while let Some(event) = self.client.poll_event() {
            assert!(self.ended.is_none(), "an event after the last one");
            match event {
                MsTurnEvent::Allocated(allocated) => {
                    assert!(
                        allocated.relayed == RELAYED.into() || !self.honest,
                        "forged"
                    );
                }
                MsTurnEvent::Active { .. } | MsTurnEvent::NotActive { .. } => {}
                last => {
                    self.ended = Some(last);
                    self.wanted.clear();
                }
            }
            count += 1;
        }
        assert_eq!(self.client.is_done(), self.ended.is_some());
        count
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.client.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.client.poll_timeout()
    }

    fn check(&self) {
        for (key, address) in &self.wanted {
            assert_eq!(self.client.find_peer(*address), Some(*key));
        }
        // Until it has ended something is always armed.
        assert_eq!(self.client.poll_timeout().is_none(), self.ended.is_some());
    }

    fn abandon(&mut self, _: Instant) {
        self.to_client.clear();
        self.to_server.clear();
    }

    fn check_rest(&self) {
        assert!(self.client.is_done());
    }
}
