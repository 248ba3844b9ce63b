//! Clients and servers over networks that lose, delay, repeat and reorder, in virtual time.

use core::time::Duration;
use std::collections::VecDeque;

use trunkline_stun::sans_io::{
    BufferTooSmall, ConnectionId, FiveTuple, Instant, Transmit, Transport,
};
use trunkline_stun::{
    Answer, BindingClient, BindingEvent, BindingServer, ClientConfig, ClientIntegrity, Failure,
    Key, MAX_RESPONSE_LEN, Message, ShortTermCredential, TransactionIds, UseCandidate, frame_len,
};
use trunkline_testkit::{
    Arrival, Dependence, Host, HostId, Link, NatConfig, Network, Simulation, Strain,
};

/// A server remembers nothing; its driver keeps what it could not send yet.
#[derive(Default)]
struct Server {
    key: Option<Key>,
    to_send: VecDeque<(FiveTuple, Option<ConnectionId>, Vec<u8>)>,
    requests: u32,
}

impl Server {
    fn answer(&mut self, path: FiveTuple, connection: Option<ConnectionId>, data: &[u8]) {
        let mut buffer = [0; MAX_RESPONSE_LEN];
        let server = BindingServer::new();
        let answer = match &self.key {
            Some(key) => {
                let key_of = |name: &[u8]| (name == b"alice").then_some(key);
                server.answer_authenticated(path, data, &mut buffer, key_of)
            }
            None => server.answer(path, data, &mut buffer),
        };
        self.requests += 1;
        if let Ok(Answer::Send(transmit)) = answer {
            let response = buffer[..transmit.len].to_vec();
            self.to_send.push_back((path, connection, response));
        }
    }
}

enum Peer {
    Client(Box<BindingClient>, Vec<(Instant, BindingEvent)>),
    Server(Box<Server>, Vec<(ConnectionId, FiveTuple)>),
}

impl Peer {
    fn drain(&mut self, now: Instant) {
        if let Self::Client(client, events) = self {
            while let Some(event) = client.poll_event() {
                events.push((now, event));
            }
        }
    }
}

impl Host for Peer {
    fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]) {
        match self {
            Self::Client(client, _) => {
                let _ = client.handle_datagram(now, path, data);
            }
            Self::Server(server, _) => server.answer(path, None, data),
        }
        self.drain(now);
    }

    fn handle_connected(&mut self, now: Instant, connection: ConnectionId, path: FiveTuple) {
        match self {
            Self::Client(client, _) => client.handle_connected(now, connection, path),
            Self::Server(_, paths) => paths.push((connection, path)),
        }
    }

    fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize {
        let used = match self {
            Self::Client(client, _) => client.handle_bytes(now, connection, data),
            Self::Server(server, paths) => {
                let path = paths.iter().find(|(known, _)| *known == connection);
                let path = path.expect("a known connection").1;
                match frame_len(data) {
                    Ok(Some(len)) if len <= data.len() => {
                        server.answer(path, Some(connection), &data[..len]);
                        len
                    }
                    _ => 0,
                }
            }
        };
        self.drain(now);
        used
    }

    fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId) {
        if let Self::Client(client, _) = self {
            client.handle_disconnected(now, connection);
        }
        self.drain(now);
    }

    fn handle_send_failed(
        &mut self,
        now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    ) {
        if let Self::Client(client, _) = self {
            client.handle_send_failed(now, path, connection);
        }
        self.drain(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        if let Self::Client(client, _) = self {
            client.handle_timeout(now);
        }
        self.drain(now);
    }

    fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        match self {
            Self::Client(client, _) => client.poll_transmit(now, buf),
            Self::Server(server, _) => {
                let Some((path, connection, response)) = server.to_send.front() else {
                    return Ok(None);
                };
                let len = response.len();
                let room = buf.get_mut(..len).ok_or(BufferTooSmall { needed: len })?;
                room.copy_from_slice(response);
                let transmit = Transmit {
                    path: *path,
                    connection: *connection,
                    len,
                };
                server.to_send.pop_front();
                Ok(Some(transmit))
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Client(client, _) => client.poll_timeout(),
            Self::Server(..) => None,
        }
    }
}

/// One transaction from start to end; when it ended and how, and how many requests arrived.
fn run(
    seed: u64,
    link: Link,
    transport: Transport,
    key: Option<&str>,
) -> (Instant, BindingEvent, u32) {
    let mut simulation = Simulation::new(Network::new(seed, link));
    simulation.set_strain(Strain::HEAVY);
    let path = FiveTuple::new(
        transport,
        ([192, 0, 2, 9], 5060).into(),
        ([192, 0, 2, 1], 3478).into(),
    );
    let credential = key.map(|password| ShortTermCredential {
        username: b"alice".as_slice(),
        key: Key::short_term(password.as_bytes()),
        integrity: ClientIntegrity::Both,
    });
    let config = ClientConfig {
        credential,
        fingerprint: true,
        ..ClientConfig::DEFAULT
    };
    let mut seed_of_ids = [0; 32];
    seed_of_ids[..8].copy_from_slice(&seed.to_be_bytes());
    let id = TransactionIds::new(seed_of_ids).next_id();
    let client = BindingClient::new(path, id, config);
    let client: HostId = simulation.add(
        &[path.local.ip()],
        Peer::Client(Box::new(client), Vec::new()),
    );
    let server = Server {
        key: key.map(|_| Key::short_term(b"secret")),
        ..Server::default()
    };
    let server = simulation.add(
        &[path.remote.ip()],
        Peer::Server(Box::new(server), Vec::new()),
    );
    if transport.is_reliable() {
        simulation.listen(transport, path.remote);
    }
    assert!(simulation.run_until_idle(Instant::from_secs(120)));
    let Peer::Client(machine, events) = simulation.host(client) else {
        panic!("the client")
    };
    assert!(machine.is_done());
    let [(ended, event)] = events[..] else {
        panic!("one event: {events:?}")
    };
    let Peer::Server(server, _) = simulation.host(server) else {
        panic!("the server")
    };
    if let BindingEvent::Mapped { address, .. } = event {
        assert_eq!(address.ip(), path.local.ip());
        assert!(transport.is_reliable() || address == path.local);
    }
    (ended, event, server.requests)
}

fn link(loss: f64) -> Link {
    Link {
        loss,
        ..Link::with_delay(Duration::from_millis(40))
    }
}

/// E001-63.
#[test]
fn a_good_network_needs_one_request() {
    for key in [None, Some("secret")] {
        let (ended, event, requests) = run(1, link(0.0), Transport::Udp, key);
        assert_eq!(requests, 1);
        let BindingEvent::Mapped { round_trip, .. } = event else {
            panic!("{event:?}")
        };
        assert!(round_trip.is_some_and(|time| time >= Duration::from_millis(80)));
        assert!(ended < Instant::from_millis(500));
    }
}

/// With half of the packets lost in each direction, a transaction fails once in seven and a half.
#[test]
fn a_bad_network_takes_longer() {
    let mut mapped = 0;
    for seed in 0..100 {
        let (ended, event, requests) = run(seed, link(0.5), Transport::Udp, Some("secret"));
        assert!(requests <= 7);
        match event {
            BindingEvent::Mapped { round_trip, .. } => {
                mapped += 1;
                let alone = ended < Instant::from_millis(500);
                assert_eq!(round_trip.is_some(), alone, "{ended:?}");
            }
            BindingEvent::Failed(Failure::TimedOut) => {
                assert!(ended >= Instant::from_millis(39_500));
            }
            other => panic!("{other:?}"),
        }
    }
    assert!((75..100).contains(&mapped), "{mapped}");
}

#[test]
fn repeated_and_reordered_responses_end_it_once() {
    for seed in 0..50 {
        let link = Link {
            duplication: 0.5,
            jitter: Duration::from_secs(3),
            ..link(0.1)
        };
        let (_, event, _) = run(seed, link, Transport::Udp, None);
        assert!(matches!(event, BindingEvent::Mapped { .. }), "{event:?}");
    }
}

#[test]
fn a_wrong_password_is_told_in_the_end() {
    let (ended, event, requests) = run(3, link(0.0), Transport::Udp, Some("Secret"));
    assert_eq!(event, BindingEvent::Failed(Failure::IntegrityViolated));
    assert!(ended >= Instant::from_millis(39_500));
    assert_eq!(requests, 7);
}

#[test]
fn over_tcp_one_request_is_enough() {
    for seed in 0..20 {
        let (_, event, requests) = run(seed, link(0.0), Transport::Tcp, Some("secret"));
        assert!(matches!(event, BindingEvent::Mapped { .. }), "{event:?}");
        assert_eq!(requests, 1);
        let (_, event, _) = run(seed, link(0.0), Transport::Tcp, Some("Secret"));
        assert_eq!(event, BindingEvent::Failed(Failure::IntegrityViolated));
    }
}

/// C004-225: a request of the server's opens the way to a client's candidate. That it is answered tells an address
/// and chooses nothing: there is no `USE-CANDIDATE` in it.
#[test]
fn a_request_opens_a_pinhole_and_nominates_nothing() {
    let inside = ([10, 0, 0, 1], 30_000).into();
    let candidate = ([198, 51, 100, 9], 40_000).into();
    let public = [203, 0, 113, 200].into();
    let path = FiveTuple::udp(inside, candidate);
    for is_answered in [false, true] {
        let mut network = Network::new(1, Link::with_delay(Duration::from_millis(20)));
        let nat = NatConfig {
            filtering: Dependence::AddressAndPortDependent,
            ..NatConfig::new(public)
        };
        network.add_nat(&[inside.ip()], nat);
        let mut now = Instant::ORIGIN;
        let mut deliver = |network: &mut Network, path, data: &[u8]| {
            network.send(now, path, data);
            now = network.next_delivery().unwrap_or(now);
            let delivery = network.poll_delivery(now)?;
            match delivery.arrival {
                Arrival::Datagram(data) => Some((delivery.path, data)),
                _ => None,
            }
        };
        let id = TransactionIds::new([7; 32]).next_id();
        let mut client = BindingClient::new(path, id, ClientConfig::DEFAULT);
        let mut request = [0; 64];
        let transmit = client.poll_transmit(Instant::ORIGIN, &mut request);
        let request = &request[..transmit.expect("room").expect("a request").len];
        let message = Message::parse(request).expect("sound");
        assert_eq!(message.get::<UseCandidate>(), Ok(None));
        let (seen, asked) = deliver(&mut network, path, request).expect("goes out");
        assert_eq!(seen.remote.ip(), public);
        if is_answered {
            let mut response = [0; MAX_RESPONSE_LEN];
            let answer = BindingServer::new().answer(seen, &asked, &mut response);
            let Ok(Answer::Send(transmit)) = answer else {
                panic!("{answer:?}")
            };
            let response = &response[..transmit.len];
            let (back, response) = deliver(&mut network, seen, response).expect("is let in");
            let _ = client.handle_datagram(Instant::ORIGIN, back, &response);
            let event = client.poll_event();
            assert!(
                matches!(event, Some(BindingEvent::Mapped { address, .. }) if address == seen.remote)
            );
            assert!(client.is_done());
        }
        // Media of the candidate come in, of nobody else.
        let media = deliver(&mut network, seen, b"media");
        assert_eq!(media.map(|(path, _)| path), Some(path));
        let elsewhere = FiveTuple::udp(([198, 51, 100, 9], 40_002).into(), seen.remote);
        assert_eq!(deliver(&mut network, elsewhere, b"media"), None);
    }
}
