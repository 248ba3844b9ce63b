#![no_main]
//! An allocation at a relay under a sequence of operations: of its user, of a relay that is honest or not, of
//! peers, strangers and time.

use core::net::{Ipv4Addr, SocketAddr};
use std::collections::{BTreeMap, VecDeque};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use trunkline_fuzz::operations::{Driven, run};
use trunkline_sans_io::{ConnectionId, FiveTuple, Instant, Key, Slot, Transport};
use trunkline_stun::{
    LongTermAuthentication, Message, PeerData, Received, SendError, TURN_HEADROOM, TURN_TAILROOM,
    TransactionId, TurnClient, TurnConfig, TurnEvent, TurnPeer,
};

#[path = "../../stun/tests/turn_server/mod.rs"]
mod turn_server;

use turn_server::TurnServer;

const PEERS: usize = 3;
const CONNECTION: ConnectionId = ConnectionId(1);

// The first octet chooses the transport and what the relay can do.
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
    /// From the relay's address, or a stranger's.
    Raw {
        from_server: bool,
        data: &'a [u8],
    },
    Restart,
    SendFailed,
}

type Client = TurnClient<&'static [u8], [Slot<TurnPeer>; PEERS]>;

struct Bench {
    client: Client,
    server: TurnServer,
    path: FiveTuple,
    to_server: VecDeque<Vec<u8>>,
    to_client: VecDeque<Vec<u8>>,
    /// What a stream has brought and was not used.
    unread: Vec<u8>,
    requests: BTreeMap<TransactionId, Vec<u8>>,
    /// Whom the user wants to hear.
    wanted: Vec<(Key, SocketAddr)>,
    /// Somebody other than the relay has said something.
    honest: bool,
    closing: bool,
    ended: Option<TurnEvent>,
}

fn peer(number: u8) -> SocketAddr {
    // Some of them on one host.
    let [host, port] = [number % 5, number % 2];
    (Ipv4Addr::new(198, 51, 100, host), 6_000 + u16::from(port)).into()
}

impl Bench {
    fn new(kind: u8) -> Self {
        let transport = match kind & 1 {
            0 => Transport::Udp,
            _ => Transport::Tcp,
        };
        let local = (Ipv4Addr::new(192, 0, 2, 9), 5_000).into();
        let path = FiveTuple::new(
            transport,
            local,
            (Ipv4Addr::new(192, 0, 2, 1), 3_478).into(),
        );
        let mut server = TurnServer::new(Ipv4Addr::new(192, 0, 2, 1));
        server.offers = kind & 2 != 0;
        server.binds_channels = kind & 4 == 0;
        if kind & 8 != 0 {
            server.nonce_lifetime = core::time::Duration::from_secs(20);
        }
        if kind & 16 != 0 {
            server.forbidden_peers.push(peer(1).ip());
        }
        if kind & 32 != 0 {
            server.lifetime = core::time::Duration::from_secs(30);
        }
        let credential = LongTermAuthentication::new(b"alice".as_slice(), b"secret").ok();
        let config = TurnConfig::DEFAULT;
        let mut client = Client::new(path, [7; 32], config, credential, [Slot::EMPTY; PEERS]);
        if transport == Transport::Tcp {
            client = client.over_connection(CONNECTION);
        }
        Self {
            client,
            server,
            path,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            unread: Vec::new(),
            requests: BTreeMap::new(),
            wanted: Vec::new(),
            honest: true,
            closing: false,
            ended: None,
        }
    }

    fn over_stream(&self) -> bool {
        self.path.transport.is_reliable()
    }

    fn key(&self, peer: SocketAddr) -> Option<Key> {
        let mut wanted = self.wanted.iter();
        wanted
            .find(|(_, known)| *known == peer)
            .map(|(key, _)| *key)
    }

    fn hear(&self, data: PeerData<'_>) {
        let known = |(_, wanted): &(Key, SocketAddr)| wanted.ip() == data.address.ip();
        assert!(self.wanted.iter().any(known), "a stranger is heard");
        assert!(self.ended.is_none());
        if let Some(key) = data.peer {
            assert!(self.wanted.contains(&(key, data.address)));
        }
    }

    /// Something arrives from the relay's address.
    fn arrive(&mut self, now: Instant, bytes: &[u8]) {
        if !self.over_stream() {
            if let Received::Data(data) = self.client.handle_datagram(now, self.path, bytes) {
                self.hear(data);
            }
            return;
        }
        self.unread.extend_from_slice(bytes);
        let unread = core::mem::take(&mut self.unread);
        let mut rest = unread.as_slice();
        loop {
            let (used, data) = self.client.handle_bytes(now, CONNECTION, rest);
            if let Some(data) = data {
                self.hear(data);
            }
            rest = &rest[used..];
            if used == 0 {
                break;
            }
        }
        self.unread = rest.to_vec();
    }

    fn serve(&mut self, now: Instant, bytes: &[u8]) {
        let path = self.path.reversed();
        if self.over_stream() {
            let used = self.server.handle_bytes(now, path, CONNECTION, bytes);
            assert_eq!(used, bytes.len());
        } else {
            self.server.handle_datagram(now, path, bytes);
        }
        self.collect();
    }

    /// What the relay sends; what is for peers is not looked at.
    fn collect(&mut self) {
        while let Some((path, _, bytes)) = self.server.poll_send() {
            if path == self.path.reversed() && self.to_client.len() < 64 {
                self.to_client.push_back(bytes);
            }
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
                match self.client.add_peer(now, address) {
                    Ok(key) => {
                        assert_eq!(known.unwrap_or(key), key);
                        if known.is_none() {
                            self.wanted.push((key, address));
                        }
                    }
                    Err(_) => assert!(known.is_none() || self.closing),
                }
            }
            Operation::Remove { peer: number } => {
                if let Some(key) = self.key(peer(number)) {
                    self.client.remove_peer(key);
                    assert_eq!(self.client.peer_address(key), None);
                    self.wanted.retain(|(known, _)| *known != key);
                }
            }
            Operation::Send { peer: number, len } => {
                let Some(key) = self.key(peer(number)) else {
                    return;
                };
                let payload = TURN_HEADROOM..TURN_HEADROOM + usize::from(len);
                let mut buffer = vec![0x55; payload.end + TURN_TAILROOM];
                match self.client.wrap(now, key, &mut buffer, payload.clone()) {
                    Ok(wrapped) => {
                        assert_eq!((wrapped.path, self.ended), (self.path, None));
                        assert!(buffer[payload].iter().all(|octet| *octet == 0x55));
                        let bytes = buffer[wrapped.range].to_vec();
                        self.serve(now, &bytes);
                    }
                    Err(error) => {
                        assert!(!matches!(error, SendError::NoRoom | SendError::TooLong));
                        assert!(buffer.iter().all(|octet| *octet == 0x55));
                    }
                }
            }
            Operation::PeerSends { peer: number, len } => {
                if let Some(allocated) = self.client.allocated() {
                    let path = FiveTuple::udp(allocated.relayed, peer(number));
                    let payload = vec![0xaa; usize::from(len)];
                    self.server.handle_datagram(now, path, &payload);
                    self.collect();
                }
            }
            Operation::Close => {
                self.client.close();
                self.closing = true;
                if self.client.allocated().is_some() {
                    self.wanted.clear();
                }
            }
            Operation::ToServer { count } => {
                for _ in 0..count % 4 {
                    if let Some(bytes) = self.to_server.pop_front() {
                        self.serve(now, &bytes);
                    }
                }
            }
            Operation::ToClient { lost, again } => {
                let Some(bytes) = self.to_client.pop_front() else {
                    return;
                };
                if again && !self.over_stream() {
                    self.to_client.push_back(bytes.clone());
                }
                if !lost || self.over_stream() {
                    self.arrive(now, &bytes);
                }
            }
            Operation::Damaged { at, octet } => {
                let Some(mut bytes) = self.to_client.pop_front() else {
                    return;
                };
                let len = bytes.len();
                bytes[usize::from(at) % len] = octet;
                self.honest = false;
                self.arrive(now, &bytes);
            }
            Operation::Raw { from_server, data } => {
                if from_server {
                    self.honest = false;
                    self.arrive(now, data);
                } else {
                    let mut path = self.path;
                    path.remote.set_port(666);
                    let received = self.client.handle_datagram(now, path, data);
                    assert_eq!(received, Received::NotMine);
                }
            }
            Operation::Restart => self.server.restart(),
            Operation::SendFailed => {
                let connection = self.over_stream().then_some(CONNECTION);
                self.client.handle_send_failed(now, self.path, connection);
            }
        }
    }

    fn drain(&mut self, now: Instant) -> usize {
        let mut count = 0;
        let mut buffer = [0; 2_600];
        loop {
            // Too small a buffer changes nothing.
            let short = self.client.poll_transmit(now, &mut buffer[..19]);
            let taken = self.client.poll_transmit(now, &mut buffer).expect("room");
            assert_eq!(short.is_err(), taken.is_some());
            let Some(transmit) = taken else {
                break;
            };
            assert!(transmit.path == self.path || !self.honest);
            assert!(self.ended.is_none());
            let bytes = buffer[..transmit.len].to_vec();
            let id = Message::parse(&bytes).expect("sound").transaction_id();
            let first = self.requests.entry(id).or_insert_with(|| bytes.clone());
            assert_eq!(*first, bytes, "another request under the same id");
            if self.to_server.len() < 64 {
                self.to_server.push_back(bytes);
            }
            count += 1;
        }
        while let Some(event) = self.client.poll_event() {
            assert!(self.ended.is_none(), "an event after the last one");
            match event {
                TurnEvent::Allocated(allocated) => {
                    let ours = SocketAddr::from((self.server.relay_v4, allocated.relayed.port()));
                    assert!(allocated.relayed == ours || !self.honest);
                }
                TurnEvent::Permitted { peer, address }
                | TurnEvent::ChannelBound { peer, address }
                | TurnEvent::PeerRefused { peer, address, .. }
                | TurnEvent::ChannelRefused { peer, address, .. } => {
                    assert!(self.wanted.contains(&(peer, address)));
                }
                last => {
                    self.ended = Some(last);
                    self.wanted.clear();
                }
            }
            count += 1;
        }
        assert_eq!(self.client.is_done(), self.ended.is_some());
        while self.client.poll_close().is_some() {
            assert!(self.ended.is_some() || !self.honest);
            count += 1;
        }
        count
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.client.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.client.poll_timeout()
    }

    fn check(&self) {
        assert!(self.client.peer_count() <= PEERS);
        assert_eq!(self.server.violations, 0);
        for (key, address) in &self.wanted {
            assert_eq!(self.client.peer_address(*key), Some(*address));
            assert_eq!(self.client.find_peer(*address), Some(*key));
        }
    }

    fn abandon(&mut self, _: Instant) {
        self.to_client.clear();
        self.to_server.clear();
    }

    fn check_rest(&self) {
        assert!(self.client.is_done());
    }
}
