//! Two layers, a network between them that loses, delays, repeats and reorders, and hours in a moment.

use trunkline_testkit::{Host, HostId, Link, Network, Simulation, Strain};

use super::*;

/// What a peer does with an INVITE.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Conduct {
    /// 180, then 200, repeated until the ACK.
    Answer,
    /// 486.
    Refuse,
    /// 180, then nothing, and 487 once cancelled.
    Ring,
    /// Nothing at all.
    Ignore,
}

/// A transaction user in a few lines.
struct Peer {
    layer: TransactionLayer,
    conduct: Conduct,
    seen: Vec<String>,
    /// The 2xx that waits for its ACK.
    accepted: Option<Accepted>,
    invite: Option<(ServerTransaction, OwnedMessage)>,
    /// The ACK that was sent to a 2xx.
    ack: Option<(Destination, Bytes)>,
    cancel_on_ringing: bool,
}

struct Accepted {
    transaction: ServerTransaction,
    response: Bytes,
    due: Instant,
    interval: Duration,
}

impl Peer {
    fn new(conduct: Conduct, seed: u8) -> Self {
        Self {
            layer: TransactionLayer::new(LayerConfig::default(), [seed; 32]),
            conduct,
            seen: Vec::new(),
            accepted: None,
            invite: None,
            ack: None,
            cancel_on_ringing: false,
        }
    }

    fn see(&mut self, now: Instant) {
        while let Some(event) = self.layer.poll_event() {
            self.seen.push(name(&event));
            self.on_event(now, event);
        }
    }

    fn on_event(&mut self, now: Instant, event: LayerEvent) {
        match event {
            LayerEvent::Request {
                transaction,
                message,
                ..
            } => {
                if message.message().method() != Some(crate::Method::Invite) {
                    let ok = response(&message, 200);
                    self.layer.respond(now, transaction, ok).unwrap();
                    return;
                }
                match self.conduct {
                    Conduct::Answer => {
                        let (ringing, ok) = (response(&message, 180), response(&message, 200));
                        self.layer.respond(now, transaction, ringing).unwrap();
                        self.layer.respond(now, transaction, ok.clone()).unwrap();
                        let interval = Duration::from_millis(500);
                        self.accepted = Some(Accepted {
                            transaction,
                            response: ok,
                            due: now + interval,
                            interval,
                        });
                    }
                    Conduct::Refuse => {
                        let busy = response(&message, 486);
                        self.layer.respond(now, transaction, busy).unwrap();
                    }
                    Conduct::Ring => {
                        let ringing = response(&message, 180);
                        self.layer.respond(now, transaction, ringing).unwrap();
                        self.invite = Some((transaction, message));
                    }
                    Conduct::Ignore => {}
                }
            }
            LayerEvent::Ack { .. } => self.accepted = None,
            LayerEvent::Cancelled { .. } => {
                let (transaction, invite) = self.invite.take().unwrap();
                let terminated = response(&invite, 487);
                self.layer.respond(now, transaction, terminated).unwrap();
            }
            LayerEvent::Response {
                transaction,
                message,
            } => {
                let message = message.message();
                let status = message.status().unwrap();
                if status.is_provisional() && self.cancel_on_ringing {
                    self.cancel_on_ringing = false;
                    self.layer.cancel(now, transaction).unwrap();
                }
                let is_invite = header(message.as_bytes(), "CSeq")
                    .unwrap()
                    .ends_with("INVITE");
                if status.is_success() && is_invite {
                    match &self.ack {
                        Some((to, ack)) => self.layer.resend(now, *to, ack.clone()),
                        None => {
                            let to = to_bob(Transport::Udp);
                            let ack = request("ACK", "c1", "");
                            let ack = self.layer.send_ack(now, to, &ack).unwrap();
                            self.ack = Some((to, ack));
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

impl Host for Peer {
    fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]) {
        // A CANCEL may be repeated until after the INVITE is over.
        let handled = self.layer.handle_datagram(now, path, data);
        let text = data.escape_ascii();
        match handled {
            Handled::Consumed | Handled::Dropped(DropReason::UnmatchedCancel) => {}
            other => panic!("{other:?}: {text}"),
        }
        self.see(now);
    }

    fn handle_connected(&mut self, now: Instant, connection: ConnectionId, path: FiveTuple) {
        self.layer.handle_connected(now, connection, path);
    }

    fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize {
        let consumed = self.layer.handle_bytes(now, connection, data);
        self.see(now);
        consumed
    }

    fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId) {
        self.layer.handle_disconnected(now, connection);
    }

    fn handle_send_failed(
        &mut self,
        now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    ) {
        self.layer.handle_send_failed(now, path, connection);
        self.see(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.layer.handle_timeout(now);
        if let Some(accepted) = &mut self.accepted
            && accepted.due <= now
        {
            let _ = self
                .layer
                .respond(now, accepted.transaction, accepted.response.clone());
            accepted.interval = (accepted.interval * 2).min(Duration::from_secs(4));
            accepted.due = now + accepted.interval;
        }
        self.see(now);
    }

    fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        self.layer.poll_transmit(now, buf)
    }

    fn poll_close(&mut self) -> Option<ConnectionId> {
        self.layer.poll_close()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let repetition = self.accepted.as_ref().map(|accepted| accepted.due);
        self.layer
            .poll_timeout()
            .into_iter()
            .chain(repetition)
            .min()
    }
}

const LOSSY: Link = Link {
    delay: Duration::from_millis(30),
    jitter: Duration::from_millis(20),
    loss: 0.25,
    duplication: 0.1,
    reordering: 0.2,
    held_back: Duration::from_millis(300),
    max_datagram: 1_472,
};

fn simulate(seed: u64, link: Link, bob: Conduct) -> (Simulation<Peer>, HostId, HostId) {
    let mut simulation = Simulation::new(Network::new(seed, link));
    simulation.set_strain(Strain::HEAVY);
    simulation.listen(Transport::Tcp, address(BOB));
    let alice = Peer::new(Conduct::Ignore, 1);
    let alice = simulation.add(&[address(ALICE).ip()], alice);
    let bob = simulation.add(&[address(BOB).ip()], Peer::new(bob, 2));
    (simulation, alice, bob)
}

fn invite(simulation: &mut Simulation<Peer>, alice: HostId, transport: Transport) {
    let now = simulation.now();
    let layer = &mut simulation.host_mut(alice).layer;
    let invite = request("INVITE", "c1", "");
    layer.send_request(now, to_bob(transport), &invite).unwrap();
}

fn seen(simulation: &Simulation<Peer>, host: HostId, what: &str) -> usize {
    let seen = &simulation.host(host).seen;
    seen.iter().filter(|name| *name == what).count()
}

/// Both tables are empty once all timers have run down.
fn nothing_is_left(simulation: &mut Simulation<Peer>, hosts: [HostId; 2]) {
    simulation.run_for(Duration::from_secs(300));
    for host in hosts {
        let statistics = simulation.host(host).layer.statistics();
        assert_eq!(
            (
                statistics.client_transactions,
                statistics.server_transactions
            ),
            (0, 0)
        );
    }
}

#[test]
fn calls_are_set_up_over_a_bad_network() {
    for seed in 0..40 {
        let (mut simulation, alice, bob) = simulate(seed, LOSSY, Conduct::Answer);
        invite(&mut simulation, alice, Transport::Udp);
        nothing_is_left(&mut simulation, [alice, bob]);
        assert_eq!(seen(&simulation, bob, "INVITE"), 1, "seed {seed}");
        assert!(seen(&simulation, alice, "200") >= 1, "seed {seed}");
        assert!(seen(&simulation, bob, "ACK") >= 1, "seed {seed}");
        assert_eq!(seen(&simulation, alice, "Timeout"), 0, "seed {seed}");
    }
}

#[test]
fn refusals_are_acknowledged_over_a_bad_network() {
    for seed in 0..40 {
        let (mut simulation, alice, bob) = simulate(seed, LOSSY, Conduct::Refuse);
        invite(&mut simulation, alice, Transport::Udp);
        nothing_is_left(&mut simulation, [alice, bob]);
        assert_eq!(simulation.host(alice).seen, ["486"], "seed {seed}");
        assert_eq!(simulation.host(bob).seen, ["INVITE"], "seed {seed}");
    }
}

#[test]
fn calls_are_cancelled_over_a_bad_network() {
    for seed in 0..40 {
        let (mut simulation, alice, bob) = simulate(seed, LOSSY, Conduct::Ring);
        simulation.host_mut(alice).cancel_on_ringing = true;
        invite(&mut simulation, alice, Transport::Udp);
        nothing_is_left(&mut simulation, [alice, bob]);
        assert_eq!(seen(&simulation, alice, "487"), 1, "seed {seed}");
        assert_eq!(
            seen(&simulation, alice, "200"),
            0,
            "the CANCEL is not the user's"
        );
        assert_eq!(
            simulation.host(bob).seen,
            ["INVITE", "cancelled"],
            "seed {seed}"
        );
    }
}

#[test]
fn other_requests_are_answered_once_over_a_bad_network() {
    for seed in 0..40 {
        let (mut simulation, alice, bob) = simulate(seed, LOSSY, Conduct::Ignore);
        let layer = &mut simulation.host_mut(alice).layer;
        for number in 0..5 {
            let options = request("OPTIONS", &format!("c{number}"), "");
            let to = to_bob(Transport::Udp);
            layer.send_request(Instant::ORIGIN, to, &options).unwrap();
        }
        nothing_is_left(&mut simulation, [alice, bob]);
        assert_eq!(simulation.host(alice).seen, ["200"; 5], "seed {seed}");
        assert_eq!(simulation.host(bob).seen, ["OPTIONS"; 5], "seed {seed}");
    }
}

#[test]
fn nothing_is_repeated_over_tcp() {
    for conduct in [Conduct::Refuse, Conduct::Ring] {
        let link = Link {
            max_datagram: 40, // streams come in small pieces
            ..LOSSY
        };
        let (mut simulation, alice, bob) = simulate(1, link, conduct);
        simulation.host_mut(alice).cancel_on_ringing = true;
        invite(&mut simulation, alice, Transport::Tcp);
        nothing_is_left(&mut simulation, [alice, bob]);
        let last = simulation.host(alice).seen.last().cloned();
        let expected = if conduct == Conduct::Refuse {
            "486"
        } else {
            "487"
        };
        assert_eq!(last.as_deref(), Some(expected));
        for host in [alice, bob] {
            let statistics = simulation.host(host).layer.statistics();
            assert_eq!(statistics.repetitions_sent, 0);
            assert_eq!(statistics.failed, 0);
        }
    }
}

#[test]
fn an_unreachable_peer_is_a_timeout_after_timer_b() {
    let (mut simulation, alice, _) = simulate(1, Link::PERFECT, Conduct::Answer);
    simulation
        .network_mut()
        .decide_by(|_, _, _| trunkline_testkit::Fate::Lost);
    simulation.set_strain(Strain::default());
    invite(&mut simulation, alice, Transport::Udp);
    simulation.run_until(Instant::from_millis(31_999));
    assert!(simulation.host(alice).seen.is_empty());
    simulation.run_until(Instant::from_millis(32_000));
    assert_eq!(simulation.host(alice).seen, ["Timeout"]);
    assert_eq!(simulation.network().statistics().sent, 7);
}

#[test]
fn a_refused_connection_is_a_failure_at_once() {
    let (mut simulation, alice, _) = simulate(1, Link::PERFECT, Conduct::Answer);
    simulation
        .network_mut()
        .stop_listening(Transport::Tcp, address(BOB));
    invite(&mut simulation, alice, Transport::Tcp);
    simulation.run_for(Duration::from_secs(1));
    assert_eq!(simulation.host(alice).seen, ["Transport"]);
}

#[test]
fn large_requests_move_to_tcp_and_back_when_it_is_refused() {
    // E001-71
    for refused in [false, true] {
        let (mut simulation, alice, bob) = simulate(1, Link::PERFECT, Conduct::Ignore);
        if refused {
            simulation
                .network_mut()
                .stop_listening(Transport::Tcp, address(BOB));
        }
        let layer = &mut simulation.host_mut(alice).layer;
        for (call_id, size) in [("small", 900), ("large", 1_300)] {
            let body = "x".repeat(size);
            let message = request("MESSAGE", call_id, &body);
            let to = to_bob(Transport::Udp);
            layer.send_request(Instant::ORIGIN, to, &message).unwrap();
        }
        simulation.run_for(Duration::from_secs(60));
        assert_eq!(simulation.host(alice).seen, ["200", "200"]);
        let statistics = simulation.host(bob).layer.statistics();
        let alices = simulation.host(alice).layer.statistics();
        assert_eq!(alices.moved_to_tcp, 1);
        assert_eq!(alices.moved_back, u64::from(refused));
        assert_eq!(statistics.stream_messages, u64::from(!refused));
        assert_eq!(statistics.datagrams, if refused { 2 } else { 1 });
    }
}

#[test]
fn an_ack_that_never_comes_is_told_after_timer_h() {
    let (mut simulation, alice, bob) = simulate(1, Link::PERFECT, Conduct::Refuse);
    simulation.network_mut().decide_by(|_, _, data| {
        if data.starts_with(b"ACK") {
            trunkline_testkit::Fate::Lost
        } else {
            trunkline_testkit::Fate::ByLink
        }
    });
    invite(&mut simulation, alice, Transport::Udp);
    simulation.run_for(Duration::from_secs(40));
    assert_eq!(simulation.host(bob).seen, ["INVITE", "no ACK"]);
    assert_eq!(
        simulation.host(bob).layer.statistics().server_transactions,
        0
    );
}
