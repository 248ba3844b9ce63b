//! Calls over a network that loses much, with hosts that crash: timers that spin fail the test.

use trunkline_sans_io::{BufferTooSmall, ConnectionId, Transmit};
use trunkline_testkit::{Host, Link as NetworkLink, Network, Random, Simulation};

use super::*;
use crate::{
    Account, DigestAccount, DigestServer, DigestServerConfig, DigestVerdict, NonceUse, Secret,
};

/// A user agent, and what stands on it.
struct Side {
    agent: UserAgent,
    random: Random,
    /// The machine under test, and where it sends calls; a peer has none.
    sbc: Option<(BackToBack<Marked>, Transport)>,
    /// Whether a peer asks who it is that calls, and what it asks with.
    asks: bool,
    server: DigestServer<[NonceUse; 16]>,
    challenged: usize,
    attempts: StdMap<CallKey, usize>,
    offered: usize,
    answered: usize,
    ended: usize,
}

impl Side {
    fn new(seed: u64, sbc: Option<(BackToBack<Marked>, Transport)>) -> Self {
        Self {
            agent: UserAgent::new(UserAgentConfig::default(), [seed as u8; 32]),
            random: Random::new(seed),
            sbc,
            asks: false,
            server: DigestServer::new(
                DigestServerConfig::DEFAULT,
                [seed as u8; 32],
                [NonceUse::EMPTY; 16],
            ),
            challenged: 0,
            attempts: StdMap::new(),
            offered: 0,
            answered: 0,
            ended: 0,
        }
    }

    fn settle(&mut self, now: Instant) {
        while let Some(event) = self.agent.poll_event() {
            match &mut self.sbc {
                Some((sbc, _)) => sbc.handle_event(now, event, &mut self.agent),
                None => self.react(now, event),
            }
            self.own(now);
        }
        self.own(now);
    }

    /// What a peer does: anything that it may, and often nothing.
    fn react(&mut self, now: Instant, event: UserAgentEvent) {
        if let UserAgentEvent::Invited { usage, message, .. }
        | UserAgentEvent::Reinvited { usage, message } = &event
            && self.asks
        {
            let anywhere = FiveTuple::udp(address(OUTSIDE), address(INSIDE));
            let request = message.message();
            let users = [Account {
                username: "trunk",
                secret: Secret::Password("secret"),
            }];
            let server = &mut self.server;
            match server.check(now, anywhere, &request, "provider.example", &users) {
                DigestVerdict::Accepted(_) => {}
                DigestVerdict::Challenge(challenge) => {
                    self.challenged += 1;
                    let headers = challenge.headers();
                    let headers: Vec<_> = headers
                        .iter()
                        .map(|(name, value)| (*name, value.as_str()))
                        .collect();
                    let status = challenge.status();
                    let _ = self.agent.reject(now, *usage, status, "", &headers);
                    return;
                }
                other => panic!("{other:?}"),
            }
        }
        let (agent, dice) = (&mut self.agent, self.random.index(12));
        let _ = match event {
            UserAgentEvent::Invited { usage, .. } => match dice {
                0..=4 => agent.accept(now, usage, &[], sdp("answer")),
                5..=7 => agent.provisional(now, usage, status(180), &[], None),
                8 | 9 => agent.reject(now, usage, status(503), "", &[]),
                10 => agent.reject(now, usage, status(486), "", &[]),
                _ => Ok(()),
            },
            UserAgentEvent::Accepted { usage, .. } => agent.ack(now, usage, None),
            UserAgentEvent::Acknowledged { usage, .. } => match dice {
                0..=4 => agent.bye(now, usage, &[]),
                5..=7 => agent.reinvite(now, usage, &[], sdp("hold")),
                _ => Ok(()),
            },
            UserAgentEvent::Reinvited { usage, .. } => agent.accept(now, usage, &[], sdp("answer")),
            UserAgentEvent::Progress { usage, .. } if dice < 3 => agent.cancel(now, usage),
            _ => Ok(()),
        };
    }

    /// What the owner does: Bob first, then Carol, then nobody.
    fn own(&mut self, now: Instant) {
        let Some((sbc, transport)) = &mut self.sbc else {
            return;
        };
        while let Some(event) = sbc.poll_event() {
            let call = match event {
                BackToBackEvent::Offered { call, .. } => {
                    self.offered += 1;
                    call
                }
                BackToBackEvent::RouteFailed { call, .. } => call,
                BackToBackEvent::Answered { .. } => {
                    self.answered += 1;
                    continue;
                }
                BackToBackEvent::Ended { .. } => {
                    self.ended += 1;
                    continue;
                }
                _ => continue,
            };
            let attempt = self.attempts.entry(call).or_default();
            *attempt += 1;
            let agent = &mut self.agent;
            let Some(host) = [BOB, CAROL].get(*attempt - 1) else {
                sbc.reject(now, call, StatusCode::SERVER_INTERNAL_ERROR, "", &[], agent);
                continue;
            };
            let path = FiveTuple::new(*transport, address(OUTSIDE), address(ADDRESSES[*host]));
            let outgoing = Outgoing::new(path.into(), "sip:b@h", "<sip:a@h>", "<sip:b@h>");
            // It may have ended in the meantime.
            let _ = sbc.connect(now, call, &outgoing, ConnectOptions::default(), agent);
        }
    }
}

impl Host for Side {
    fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]) {
        let _ = self.agent.handle_datagram(now, path, data);
        self.settle(now);
    }

    fn handle_connected(&mut self, now: Instant, connection: ConnectionId, path: FiveTuple) {
        self.agent.handle_connected(now, connection, path);
        self.settle(now);
    }

    fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize {
        let consumed = self.agent.handle_bytes(now, connection, data);
        self.settle(now);
        consumed
    }

    fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId) {
        self.agent.handle_disconnected(now, connection);
        self.settle(now);
    }

    fn handle_send_failed(
        &mut self,
        now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    ) {
        self.agent.handle_send_failed(now, path, connection);
        self.settle(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.agent.handle_timeout(now);
        if let Some((sbc, _)) = &mut self.sbc {
            sbc.handle_timeout(now, &mut self.agent);
        }
        self.settle(now);
    }

    fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        self.agent.poll_transmit(now, buf)
    }

    fn poll_close(&mut self) -> Option<ConnectionId> {
        self.agent.poll_close()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let sbc = self.sbc.as_ref().and_then(|(sbc, _)| sbc.poll_timeout());
        [self.agent.poll_timeout(), sbc].into_iter().flatten().min()
    }
}

#[test]
fn every_call_ends_over_a_bad_network_with_hosts_that_crash() {
    let (mut answered, mut moved) = (0, 0);
    for seed in 0..40_u64 {
        let mut random = Random::new(seed);
        let lossy = NetworkLink {
            loss: 0.15,
            duplication: 0.1,
            reordering: 0.1,
            held_back: Duration::from_millis(400),
            ..NetworkLink::with_delay(Duration::from_millis(20))
        };
        let transport = [Transport::Udp, Transport::Tcp][random.index(2)];
        let mut simulation = Simulation::new(Network::new(seed, lossy));
        let ip = |text| address(text).ip();
        let [alice, bob, carol] = ADDRESSES.map(ip);
        let alice = simulation.add(&[alice], Side::new(seed, None));
        let asks = random.chance(0.5);
        let hosts = [(bob, seed + 50), (carol, seed + 100)].map(|(peer, seed)| {
            let host = Side {
                asks,
                ..Side::new(seed, None)
            };
            simulation.add(&[peer], host)
        });
        let sbc = BackToBack::new(BackToBackConfig::default(), Marked::default());
        let mut sbc = Side::new(seed + 150, Some((sbc, transport)));
        let account = DigestAccount::with_password("trunk", "secret");
        sbc.agent.add_account(account.in_realm("provider.example"));
        let sbc = simulation.add(&[ip(INSIDE), ip(OUTSIDE)], sbc);
        for listener in ADDRESSES.into_iter().chain([INSIDE, OUTSIDE]) {
            simulation.listen(Transport::Tcp, address(listener));
        }
        for _ in 0..40 {
            let now = simulation.now();
            let path = FiveTuple::udp(address(ADDRESSES[ALICE]), address(INSIDE));
            let call = Outgoing {
                body: sdp("offer"),
                ..Outgoing::new(path.into(), "sip:b@h", "<sip:a@h>", "<sip:b@h>")
            };
            simulation.host_mut(alice).agent.invite(now, &call).unwrap();
            simulation.run_for(Duration::from_millis(random.index(3_000) as u64));
            if random.chance(0.4) {
                let now = simulation.now();
                let network = simulation.network_mut();
                let connection = network.connections().next();
                if let Some((connection, _)) = connection {
                    network.reset(now, connection);
                }
            }
        }
        let now = simulation.now();
        let side = simulation.host_mut(sbc);
        if let Some((sbc, _)) = &mut side.sbc {
            // An INVITE that was lost comes again.
            sbc.stop_offering();
            sbc.hang_up_all(now, EndReason::ShutDown, &mut side.agent);
        }
        side.settle(now);
        simulation.run_for(Duration::from_secs(400));
        let side = simulation.host(sbc);
        let (sbc, _) = side.sbc.as_ref().unwrap();
        assert_eq!((sbc.calls(), sbc.legs()), (0, 0), "seed {seed}");
        assert!(sbc.own_call_ids.is_empty() && sbc.passed.is_empty());
        assert_eq!(side.agent.usages().count(), 0, "seed {seed}");
        assert_eq!(side.offered, side.ended, "seed {seed}");
        let challenged = hosts
            .iter()
            .any(|host| simulation.host(*host).challenged > 0);
        assert_eq!(challenged, asks, "seed {seed}");
        answered += side.answered;
        moved += side.attempts.values().filter(|tries| **tries > 1).count();
    }
    assert!(
        answered > 100 && moved > 100,
        "{answered} answered, {moved} moved"
    );
}
