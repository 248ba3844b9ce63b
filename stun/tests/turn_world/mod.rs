//! A client, two relays and hosts beyond them in virtual time, over a network that loses, repeats and reorders.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::collections::VecDeque;

use trunkline_stun::sans_io::{
    BufferTooSmall, ConnectionId, FiveTuple, Instant, Key, Slot, Transmit, Transport,
};
use trunkline_stun::{
    Allocated, LongTermAuthentication, Received, SendError, TURN_HEADROOM, TURN_TAILROOM,
    TurnClient, TurnConfig, TurnEvent, TurnPeer,
};
use trunkline_testkit::{Host, HostId, Link, Network, Simulation};

use crate::turn_server::TurnServer;

pub(crate) const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 9);
pub(crate) const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(crate) const OTHER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
pub(crate) const PEER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

pub(crate) type Machine = TurnClient<&'static [u8], [Slot<TurnPeer>; 4]>;

pub(crate) struct Client {
    pub(crate) machine: Machine,
    pub(crate) events: Vec<TurnEvent>,
    pub(crate) received: Vec<(SocketAddr, Vec<u8>)>,
    pub(crate) data: VecDeque<(FiveTuple, Option<ConnectionId>, Vec<u8>)>,
    pub(crate) dropped: usize,
}

impl Client {
    pub(crate) fn new(transport: Transport, config: TurnConfig, password: &[u8]) -> Self {
        let path = FiveTuple::new(transport, (CLIENT, 5_000).into(), (SERVER, 3_478).into());
        let credential = LongTermAuthentication::new(b"alice".as_slice(), password);
        let credential = Some(credential.expect("short"));
        Self {
            machine: TurnClient::new(path, [7; 32], config, credential, [Slot::EMPTY; 4]),
            events: Vec::new(),
            received: Vec::new(),
            data: VecDeque::new(),
            dropped: 0,
        }
    }

    pub(crate) fn note(&mut self) {
        while let Some(event) = self.machine.poll_event() {
            self.events.push(event);
        }
    }

    pub(crate) fn send(
        &mut self,
        now: Instant,
        peer: Key,
        payload: &[u8],
    ) -> Result<(), SendError> {
        let mut buffer = [0; 1_500];
        let range = TURN_HEADROOM..TURN_HEADROOM + payload.len();
        buffer[range.clone()].copy_from_slice(payload);
        let room = &mut buffer[..range.end + TURN_TAILROOM];
        let wrapped = self.machine.wrap(now, peer, room, range)?;
        let bytes = buffer[wrapped.range].to_vec();
        self.data
            .push_back((wrapped.path, wrapped.connection, bytes));
        Ok(())
    }

    pub(crate) fn allocated(&self) -> Option<Allocated> {
        self.machine.allocated()
    }

    pub(crate) fn last(&self) -> Option<TurnEvent> {
        self.events.last().copied()
    }
}

/// A host that sends back what it gets, and keeps it.
pub(crate) struct Peer {
    pub(crate) received: Vec<(SocketAddr, Vec<u8>)>,
    pub(crate) data: VecDeque<(FiveTuple, Vec<u8>)>,
}

pub(crate) enum Node {
    Client(Box<Client>),
    Server(Box<TurnServer>, Vec<(ConnectionId, FiveTuple)>),
    Peer(Peer),
}

impl Host for Node {
    fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]) {
        match self {
            Self::Client(client) => {
                match client.machine.handle_datagram(now, path, data) {
                    Received::Data(found) => {
                        client.received.push((found.address, found.data.to_vec()));
                    }
                    Received::Consumed => {}
                    _ => client.dropped += 1,
                }
                client.note();
            }
            Self::Server(server, _) => server.handle_datagram(now, path, data),
            Self::Peer(peer) => {
                peer.received.push((path.remote, data.to_vec()));
                peer.data.push_back((path, data.to_vec()));
            }
        }
    }

    fn handle_connected(&mut self, now: Instant, connection: ConnectionId, path: FiveTuple) {
        match self {
            Self::Client(client) => client.machine.handle_connected(now, connection, path),
            Self::Server(_, connections) => connections.push((connection, path)),
            Self::Peer(_) => {}
        }
    }

    fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize {
        match self {
            Self::Client(client) => {
                let mut used = 0;
                loop {
                    let rest = &data[used..];
                    let (more, found) = client.machine.handle_bytes(now, connection, rest);
                    used += more;
                    match found {
                        Some(found) => {
                            client.received.push((found.address, found.data.to_vec()));
                        }
                        None if more == 0 => break,
                        None => {}
                    }
                }
                client.note();
                used
            }
            Self::Server(server, connections) => {
                let mut known = connections.iter();
                let path = known.find(|(known, _)| *known == connection);
                let (_, path) = path.expect("accepted");
                server.handle_bytes(now, *path, connection, data)
            }
            Self::Peer(_) => data.len(),
        }
    }

    fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId) {
        match self {
            Self::Client(client) => {
                client.machine.handle_disconnected(now, connection);
                client.note();
            }
            Self::Server(server, _) => server.handle_disconnected(connection),
            Self::Peer(_) => {}
        }
    }

    fn handle_send_failed(
        &mut self,
        now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    ) {
        if let Self::Client(client) = self {
            client.machine.handle_send_failed(now, path, connection);
            client.note();
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if let Self::Client(client) = self {
            client.machine.handle_timeout(now);
            client.note();
        }
    }

    fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        let (path, connection, bytes) = match self {
            Self::Client(client) => {
                let Some(next) = client.data.pop_front() else {
                    let sent = client.machine.poll_transmit(now, buf);
                    client.note();
                    return sent;
                };
                if buf.len() < next.2.len() {
                    let needed = next.2.len();
                    client.data.push_front(next);
                    return Err(BufferTooSmall { needed });
                }
                next
            }
            Self::Server(server, _) => return server.poll_transmit(buf),
            Self::Peer(peer) => {
                let Some((path, bytes)) = peer.data.pop_front() else {
                    return Ok(None);
                };
                if buf.len() < bytes.len() {
                    let needed = bytes.len();
                    peer.data.push_front((path, bytes));
                    return Err(BufferTooSmall { needed });
                }
                (path, None, bytes)
            }
        };
        buf[..bytes.len()].copy_from_slice(&bytes);
        let len = bytes.len();
        Ok(Some(Transmit {
            path,
            connection,
            len,
        }))
    }

    fn poll_close(&mut self) -> Option<ConnectionId> {
        match self {
            Self::Client(client) => client.machine.poll_close(),
            _ => None,
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Client(client) => client.machine.poll_timeout(),
            _ => None,
        }
    }
}

pub(crate) struct World {
    pub(crate) simulation: Simulation<Node>,
    pub(crate) client: HostId,
    pub(crate) server: HostId,
    pub(crate) other: HostId,
    pub(crate) peer: HostId,
}

impl World {
    pub(crate) fn new(seed: u64, link: Link, client: Client) -> Self {
        let mut simulation = Simulation::new(Network::new(seed, link));
        let server = |ip| Node::Server(Box::new(TurnServer::new(ip)), Vec::new());
        let peer = Node::Peer(Peer {
            received: Vec::new(),
            data: VecDeque::new(),
        });
        for ip in [SERVER, OTHER] {
            simulation.listen(Transport::Tcp, (ip, 3_478).into());
            simulation.listen(Transport::Tls, (ip, 3_478).into());
        }
        Self {
            client: simulation.add(&[CLIENT.into()], Node::Client(Box::new(client))),
            server: simulation.add(&[SERVER.into()], server(SERVER)),
            other: simulation.add(&[OTHER.into()], server(OTHER)),
            peer: simulation.add(&[PEER.into(), stranger().ip()], peer),
            simulation,
        }
    }

    pub(crate) fn client(&mut self) -> &mut Client {
        match self.simulation.host_mut(self.client) {
            Node::Client(client) => client,
            _ => unreachable!("the client"),
        }
    }

    pub(crate) fn server_of(&mut self, host: HostId) -> &mut TurnServer {
        match self.simulation.host_mut(host) {
            Node::Server(server, _) => server,
            _ => unreachable!("a server"),
        }
    }

    pub(crate) fn server(&mut self) -> &mut TurnServer {
        self.server_of(self.server)
    }

    pub(crate) fn peer(&mut self) -> &mut Peer {
        match self.simulation.host_mut(self.peer) {
            Node::Peer(peer) => peer,
            _ => unreachable!("the peer"),
        }
    }

    pub(crate) fn run(&mut self, seconds: u64) {
        self.simulation.run_for(Duration::from_secs(seconds));
    }

    /// Until something was told of the allocation.
    pub(crate) fn start(&mut self) -> TurnEvent {
        self.run(45);
        *self.client().events.first().expect("an event")
    }

    pub(crate) fn add(&mut self, peer: SocketAddr) -> Key {
        let now = self.simulation.now();
        let key = self.client().machine.add_peer(now, peer).expect("a place");
        self.run(45);
        key
    }

    pub(crate) fn send(&mut self, peer: Key, payload: &[u8]) -> Result<(), SendError> {
        let now = self.simulation.now();
        self.client().send(now, peer, payload)
    }
}

pub(crate) fn peer() -> SocketAddr {
    (PEER, 6_000).into()
}

pub(crate) fn stranger() -> SocketAddr {
    ([198, 51, 100, 2], 6_000).into()
}

pub(crate) fn good() -> Link {
    Link::with_delay(Duration::from_millis(20))
}

/// Loses, repeats and reorders.
pub(crate) fn bad() -> Link {
    Link {
        loss: 0.2,
        duplication: 0.2,
        reordering: 0.2,
        held_back: Duration::from_millis(700),
        ..good()
    }
}

pub(crate) fn udp(config: TurnConfig) -> Client {
    Client::new(Transport::Udp, config, b"secret")
}
