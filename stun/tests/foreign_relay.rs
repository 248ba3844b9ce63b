//! The client of relays at a relay that nobody here wrote, `turn-server-proto`, in virtual time: coturn does not know the
//! number that RFC 8656 gives to `ADDITIONAL-ADDRESS-FAMILY`.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;

use trunkline_stun::sans_io::{FiveTuple, Instant, Slot};
use trunkline_stun::{
    AddressFamily, Allocated, AuthenticationError, LongTermAuthentication, PortRequest, Received,
    RelayRequest, TURN_HEADROOM, TURN_TAILROOM, TurnClient, TurnConfig, TurnEvent, TurnFailure,
    TurnPeer,
};
use turn_server_proto::api::{Transmit, TurnServerApi as _, TurnServerPollRet};
use turn_server_proto::server::TurnServer;
use turn_server_proto::types;
use turn_server_proto::types::TransportType;

const CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9)), 5_000);
const SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 3_478);
const PEERS: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1)), 6_000),
    SocketAddr::new(
        IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 9)),
        6_000,
    ),
];

/// A client, the relay, and peers who send back what they get.
struct World {
    client: TurnClient<Vec<u8>, [Slot<TurnPeer>; 4]>,
    server: TurnServer,
    now: Instant,
    next_port: u16,
    events: Vec<TurnEvent>,
    /// What came back, and from whom.
    returned: Vec<(SocketAddr, Vec<u8>)>,
}

impl World {
    fn new(relay: RelayRequest, password: &[u8]) -> Self {
        let mut server = TurnServer::new(TransportType::Udp, SERVER, "example.org".into());
        server.add_user("alice".into(), "secret".into());
        // Its 438 leaves out the offer that its nonce announces, so that no client may retry (RFC 8489 section 9.2.5).
        server.set_nonce_expiry_duration(Duration::from_secs(4 * 3_600));
        let credential = LongTermAuthentication::new(b"alice".to_vec(), password).expect("short");
        let mut config = TurnConfig::DEFAULT;
        config.relay = relay;
        let path = FiveTuple::udp(CLIENT, SERVER);
        let peers = [Slot::EMPTY; 4];
        Self {
            client: TurnClient::new(path, [7; 32], config, Some(credential), peers),
            server,
            now: Instant::ORIGIN,
            next_port: 50_000,
            events: Vec::new(),
            returned: Vec::new(),
        }
    }

    fn theirs(&self) -> types::Instant {
        let since = self.now - Instant::ORIGIN;
        types::Instant::from_nanos(i64::try_from(since.as_nanos()).expect("not so long"))
    }

    /// Lets everything happen that happens within so many seconds.
    fn run(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        loop {
            self.settle();
            let due = self.client.poll_timeout().unwrap_or(end).min(end);
            self.now = due.max(self.now);
            self.client.handle_timeout(self.now);
            if self.now == end {
                self.settle();
                return;
            }
        }
    }

    fn settle(&mut self) {
        let mut buffer = [0; 1_500];
        loop {
            let sent = self.client.poll_transmit(self.now, &mut buffer);
            if let Some(transmit) = sent.expect("there is room") {
                self.deliver(CLIENT, SERVER, &buffer[..transmit.len]);
                continue;
            }
            while let Some(event) = self.client.poll_event() {
                self.events.push(event);
            }
            let now = self.theirs();
            match self.server.poll(now) {
                TurnServerPollRet::AllocateSocket {
                    transport,
                    listen_addr,
                    client_addr,
                    allocation_transport,
                    family,
                } => {
                    let ip: IpAddr = match family {
                        types::AddressFamily::IPV4 => [198, 51, 100, 1].into(),
                        types::AddressFamily::IPV6 => [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into(),
                    };
                    self.next_port += 2;
                    self.server.allocated_socket(
                        transport,
                        listen_addr,
                        client_addr,
                        allocation_transport,
                        family,
                        Ok(SocketAddr::new(ip, self.next_port)),
                        now,
                    );
                    continue;
                }
                TurnServerPollRet::SocketClose { .. } => continue,
                _ => {}
            }
            match self.server.poll_transmit(now) {
                Some(transmit) => self.deliver(transmit.from, transmit.to, &transmit.data),
                None => return,
            }
        }
    }

    fn deliver(&mut self, from: SocketAddr, to: SocketAddr, data: &[u8]) {
        if to == CLIENT {
            let path = FiveTuple::udp(to, from);
            if let Received::Data(data) = self.client.handle_datagram(self.now, path, data) {
                self.returned.push((data.address, data.data.to_vec()));
            }
        } else if PEERS.contains(&to) {
            self.deliver(to, from, data);
        } else {
            let transmit = Transmit::new(data.to_vec(), TransportType::Udp, from, to);
            let now = self.theirs();
            if let Some(answer) = self.server.recv(transmit, now) {
                let answer = answer.build();
                self.deliver(answer.from, answer.to, &answer.data);
            }
        }
    }

    fn allocated(&self) -> Allocated {
        match self.events.first() {
            Some(TurnEvent::Allocated(allocated)) => *allocated,
            other => panic!("{other:?}"),
        }
    }

    /// To a peer and back again.
    fn there_and_back(&mut self, peer: SocketAddr, payload: &[u8]) {
        let key = self.client.find_peer(peer).expect("added");
        let mut buffer = [&[0; TURN_HEADROOM], payload, &[0; TURN_TAILROOM]].concat();
        let range = TURN_HEADROOM..TURN_HEADROOM + payload.len();
        let wrapped = self.client.wrap(self.now, key, &mut buffer, range);
        let range = wrapped.expect("permitted").range;
        self.returned.clear();
        self.deliver(CLIENT, SERVER, &buffer[range]);
        assert_eq!(self.returned, [(peer, payload.to_vec())]);
    }
}

/// Two families in one allocation, and both are refreshed for hours. The server offers SHA-256 and USERHASH, and repeats
/// nonce and algorithm in its responses.
#[test]
fn both_families_in_one_allocation() {
    let mut world = World::new(RelayRequest::Both, b"secret");
    world.run(1);
    let allocated = world.allocated();
    let other = allocated.additional.expect("both");
    assert_ne!(allocated.relayed.is_ipv4(), other.is_ipv4());
    assert_eq!(allocated.mapped, Some(CLIENT));
    for peer in PEERS {
        world.client.add_peer(world.now, peer).expect("a place");
    }
    world.run(1);
    for peer in PEERS {
        world.there_and_back(peer, b"hello");
    }
    world.run(3 * 3_600);
    for peer in PEERS {
        world.there_and_back(peer, b"still there");
    }
    let failed = |event: &TurnEvent| {
        matches!(
            event,
            TurnEvent::Failed(_) | TurnEvent::PeerRefused { .. } | TurnEvent::ChannelRefused { .. }
        )
    };
    assert!(!world.events.iter().any(failed), "{:?}", world.events);
    world.client.close();
    world.run(1);
    assert_eq!(world.events.last(), Some(&TurnEvent::Closed));
}

#[test]
fn one_family_and_a_wrong_password() {
    let (family, port) = (AddressFamily::V6, PortRequest::Any);
    let mut world = World::new(RelayRequest::One { family, port }, b"secret");
    world.run(1);
    assert!(world.allocated().relayed.is_ipv6());
    let mut world = World::new(RelayRequest::Both, b"guess");
    world.run(1);
    let rejected = TurnFailure::Authentication(AuthenticationError::Rejected);
    assert_eq!(world.events, [TurnEvent::Failed(rejected)]);
}
