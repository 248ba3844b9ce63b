//! User agents from outside: two of them over a network, and one against whatever a stranger sends.

extern crate std;

mod calls;
mod challenges;
mod changes;
mod forks;
mod hostile;
mod losses;
mod messages;
mod random;
mod streams;

use core::cell::RefCell;
use core::net::SocketAddr;
use core::time::Duration;

use std::format;
use std::rc::Rc;
use std::string::{String, ToString as _};
use std::vec::Vec;

use bytes::Bytes;
use trunkline_testkit::{Fate, Host, HostId, Link, Network, Simulation, Strain};

use super::*;
use crate::{FailureReason, MessageWriter, OwnedMessage, StatusCode};

const ALICE: &str = "192.0.2.1:5060";
const BOB: &str = "192.0.2.2:5060";
const SDP: Option<Body<'static>> = Some(Body {
    content_type: "application/sdp",
    bytes: b"v=0\r\n",
});

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn to_bob(transport: trunkline_sans_io::Transport) -> Destination {
    FiveTuple::new(transport, address(ALICE), address(BOB)).into()
}

fn to_bob_udp() -> Destination {
    to_bob(trunkline_sans_io::Transport::Udp)
}

/// A call from Alice to Bob.
fn call(destination: Destination) -> Outgoing<'static> {
    Outgoing {
        body: SDP,
        ..Outgoing::new(
            destination,
            "sip:bob@192.0.2.2",
            "\"Alice\" <sip:alice@example.com>",
            "<sip:bob@example.com>",
        )
    }
}

fn agent(seed: u8) -> UserAgent {
    UserAgent::new(UserAgentConfig::default(), [seed; 32])
}

fn agent_with(seed: u8, change: impl FnOnce(&mut UserAgentConfig)) -> UserAgent {
    let mut config = UserAgentConfig::default();
    change(&mut config);
    UserAgent::new(config, [seed; 32])
}

fn start_line(message: &[u8]) -> String {
    let end = message
        .windows(2)
        .position(|two| two == b"\r\n")
        .unwrap_or(message.len());
    String::from_utf8_lossy(&message[..end]).into_owned()
}

fn parse(message: &[u8]) -> OwnedMessage {
    OwnedMessage::parse(Bytes::copy_from_slice(message)).unwrap()
}

fn header(message: &OwnedMessage, name: &str) -> String {
    let message = message.message();
    message
        .header(name)
        .and_then(|field| field.value_str())
        .unwrap_or_default()
        .to_string()
}

/// A short name for an event.
fn name(event: &UserAgentEvent) -> String {
    let status = |message: &OwnedMessage| message.message().status().unwrap().code().to_string();
    let initial = |initial: &bool| if *initial { "" } else { "re-" };
    match event {
        UserAgentEvent::Invited { .. } => "invited".into(),
        UserAgentEvent::Cancelled { initial: first, .. } => format!("{}cancelled", initial(first)),
        UserAgentEvent::Acknowledged { .. } => "acknowledged".into(),
        UserAgentEvent::Progress { message, .. } => status(message),
        UserAgentEvent::Accepted { .. } => "accepted".into(),
        UserAgentEvent::Rejected {
            initial: first,
            cause,
            ..
        } => {
            let cause = match cause {
                RejectCause::Response(message) => status(message),
                RejectCause::Timeout => "timeout".into(),
                RejectCause::Transport => "transport".into(),
                RejectCause::Cancelled(_) => "cancelled".into(),
                RejectCause::Unusable(_) => "unusable".into(),
            };
            format!("{}rejected: {cause}", initial(first))
        }
        UserAgentEvent::Reinvited { .. } => "re-invited".into(),
        UserAgentEvent::Request { message, .. } => {
            message.message().method().unwrap().as_str().to_string()
        }
        UserAgentEvent::Response { message, .. } => format!("response {}", status(message)),
        UserAgentEvent::Failed { reason, .. } => match reason {
            FailureReason::Timeout => "failed: timeout".into(),
            FailureReason::Transport => "failed: transport".into(),
        },
        UserAgentEvent::WrongProof { .. } => "wrong proof".into(),
        UserAgentEvent::Ended { cause, .. } => match cause {
            EndCause::Bye(_) => "ended: bye".into(),
            EndCause::ByeSent => "ended: bye sent".into(),
            EndCause::AckMissing => "ended: no ACK".into(),
            EndCause::PeerLost => "ended: peer lost".into(),
        },
    }
}

/// A user agent in a simulation, with what it reported and what it sent.
struct Peer {
    agent: UserAgent,
    events: Vec<UserAgentEvent>,
    sent: Vec<(Instant, Transmit, Bytes)>,
}

impl Peer {
    fn collect(&mut self) {
        while let Some(event) = self.agent.poll_event() {
            self.events.push(event);
        }
    }
}

impl Host for Peer {
    fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]) {
        let _ = self.agent.handle_datagram(now, path, data);
        self.collect();
    }

    fn handle_connected(&mut self, now: Instant, connection: ConnectionId, path: FiveTuple) {
        self.agent.handle_connected(now, connection, path);
        self.collect();
    }

    fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize {
        let consumed = self.agent.handle_bytes(now, connection, data);
        self.collect();
        consumed
    }

    fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId) {
        self.agent.handle_disconnected(now, connection);
        self.collect();
    }

    fn handle_send_failed(
        &mut self,
        now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    ) {
        self.agent.handle_send_failed(now, path, connection);
        self.collect();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.agent.handle_timeout(now);
        self.collect();
    }

    fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        let transmit = self.agent.poll_transmit(now, buf)?;
        if let Some(transmit) = transmit {
            self.sent
                .push((now, transmit, Bytes::copy_from_slice(&buf[..transmit.len])));
        }
        Ok(transmit)
    }

    fn poll_close(&mut self) -> Option<ConnectionId> {
        self.agent.poll_close()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.agent.poll_timeout()
    }
}

/// What of the datagrams is lost: from this host, with this start, so many times.
type Losses = Rc<RefCell<Vec<(SocketAddr, &'static str, usize)>>>;

/// Alice and Bob, 10 ms apart.
struct World {
    simulation: Simulation<Peer>,
    losses: Losses,
}

const A: HostId = HostId(0);
const B: HostId = HostId(1);

impl World {
    fn new() -> Self {
        Self::of(agent(1), agent(2))
    }

    fn of(alice: UserAgent, bob: UserAgent) -> Self {
        let mut network = Network::new(1, Link::with_delay(Duration::from_millis(10)));
        let losses = Losses::default();
        let lost = losses.clone();
        network.decide_by(move |_, path, data| {
            let line = start_line(data);
            for (from, start, count) in lost.borrow_mut().iter_mut() {
                if *from == path.local && line.starts_with(*start) && *count > 0 {
                    *count -= 1;
                    return Fate::Lost;
                }
            }
            Fate::ByLink
        });
        let mut simulation = Simulation::new(network);
        simulation.set_strain(Strain {
            lateness: Duration::ZERO,
            ..Strain::HEAVY
        });
        for (agent, address) in [(alice, ALICE), (bob, BOB)] {
            let address: SocketAddr = address.parse().unwrap();
            let peer = Peer {
                agent,
                events: Vec::new(),
                sent: Vec::new(),
            };
            simulation.add(&[address.ip()], peer);
            simulation.listen(trunkline_sans_io::Transport::Tcp, address);
        }
        Self { simulation, losses }
    }

    /// Loses the next `count` datagrams of this host that start so.
    fn lose(&self, host: HostId, start: &'static str, count: usize) {
        let from = address(if host == A { ALICE } else { BOB });
        self.losses.borrow_mut().push((from, start, count));
    }

    fn now(&self) -> Instant {
        self.simulation.now()
    }

    fn peer(&mut self, host: HostId) -> &mut Peer {
        self.simulation.host_mut(host)
    }

    fn agent(&mut self, host: HostId) -> &mut UserAgent {
        &mut self.simulation.host_mut(host).agent
    }

    fn run(&mut self, millis: u64) {
        self.simulation.run_for(Duration::from_millis(millis));
        for host in [A, B] {
            self.peer(host).collect();
        }
    }

    /// The events of a host since the last look.
    fn events(&mut self, host: HostId) -> Vec<UserAgentEvent> {
        self.peer(host).collect();
        core::mem::take(&mut self.peer(host).events)
    }

    /// The events of a host after so many milliseconds.
    fn after(&mut self, millis: u64, host: HostId) -> Vec<UserAgentEvent> {
        self.run(millis);
        self.events(host)
    }

    /// Runs for 100 ms and names the events since the last look.
    fn names(&mut self, host: HostId) -> Vec<String> {
        self.run(100);
        self.events(host).iter().map(name).collect()
    }

    /// The start lines of everything a host has sent since the last look.
    fn lines(&mut self, host: HostId) -> Vec<String> {
        let sent = core::mem::take(&mut self.peer(host).sent);
        sent.iter()
            .map(|(_, _, message)| start_line(message))
            .collect()
    }

    /// How often a host has sent a message that starts so.
    fn count(&mut self, host: HostId, start: &str) -> usize {
        let sent = &self.peer(host).sent;
        sent.iter()
            .filter(|(_, _, message)| message.starts_with(start.as_bytes()))
            .count()
    }

    /// The last message of a host that starts so.
    fn last(&mut self, host: HostId, start: &str) -> OwnedMessage {
        let sent = &self.peer(host).sent;
        let found = sent
            .iter()
            .rev()
            .find(|(_, _, message)| message.starts_with(start.as_bytes()));
        parse(&found.unwrap().2)
    }

    /// Alice calls Bob; the usage at either side.
    fn call(&mut self) -> (UsageKey, UsageKey) {
        let now = self.now();
        let leg = self.agent(A).invite(now, &call(to_bob_udp())).unwrap();
        self.run(50);
        (leg, self.invited())
    }

    fn invited(&mut self) -> UsageKey {
        match self.events(B).as_slice() {
            [UserAgentEvent::Invited { usage, .. }] => *usage,
            other => panic!("{other:?}"),
        }
    }

    /// Alice calls Bob, Bob answers, Alice acknowledges.
    fn connect(&mut self) -> (UsageKey, UsageKey) {
        let (alice, bob) = self.call();
        let now = self.now();
        self.agent(B).accept(now, bob, &[], SDP).unwrap();
        assert_eq!(self.names(A), ["accepted"]);
        let now = self.now();
        self.agent(A).ack(now, alice, None).unwrap();
        assert_eq!(self.names(B), ["acknowledged"]);
        (alice, bob)
    }

    /// Five minutes later nobody remembers anything.
    fn nothing_is_left(&mut self) {
        self.run(300_000);
        for host in [A, B] {
            nothing_is_left(self.agent(host));
        }
    }
}

/// Neither calls nor anything that led to one.
fn nothing_is_left(agent: &UserAgent) {
    assert_eq!(agent.usages.len(), 0, "usages");
    assert_eq!(agent.sent.len(), 0, "INVITEs sent");
    assert!(agent.by_tag.is_empty() && agent.clients.is_empty() && agent.invites.is_empty());
    let idle = agent.digest.as_deref().is_none_or(Authenticator::is_idle);
    assert!(idle, "requests that may be challenged");
    let statistics = agent.statistics();
    assert_eq!(
        (
            statistics.client_transactions,
            statistics.server_transactions
        ),
        (0, 0)
    );
    assert_eq!(agent.poll_timeout(), None);
}

/// One user agent, and a test that plays its peer.
struct Alone {
    agent: UserAgent,
    now: Instant,
}

impl Alone {
    fn new() -> Self {
        Self::of(agent(1))
    }

    const fn of(agent: UserAgent) -> Self {
        Self {
            agent,
            now: Instant::ORIGIN,
        }
    }

    /// Gives the agent, which is Alice, a datagram from Bob.
    fn hear(&mut self, message: &[u8]) {
        let path = FiveTuple::udp(address(ALICE), address(BOB));
        let _ = self.agent.handle_datagram(self.now, path, message);
    }

    /// Everything the agent wants sent.
    fn sent(&mut self) -> Vec<OwnedMessage> {
        core::iter::from_fn(|| self.agent.poll_transmit_bytes(self.now))
            .map(|(_, message)| parse(&message))
            .collect()
    }

    fn lines(&mut self) -> Vec<String> {
        self.sent()
            .iter()
            .map(|message| start_line(message.bytes()))
            .collect()
    }

    /// The one message that it wants sent.
    fn the_message(&mut self) -> OwnedMessage {
        let mut sent = self.sent();
        assert_eq!(sent.len(), 1, "{sent:?}");
        sent.remove(0)
    }

    fn events(&mut self) -> Vec<UserAgentEvent> {
        core::iter::from_fn(|| self.agent.poll_event()).collect()
    }

    fn names(&mut self) -> Vec<String> {
        self.events().iter().map(name).collect()
    }

    /// Lets time pass, timer by timer.
    fn pass(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some(at) = self.agent.poll_timeout().filter(|&at| at <= end) {
            self.now = self.now.max(at);
            self.agent.handle_timeout(self.now);
        }
        self.now = end;
    }

    /// The agent calls; the usage and the INVITE.
    fn call(&mut self) -> (UsageKey, OwnedMessage) {
        let usage = self.agent.invite(self.now, &call(to_bob_udp())).unwrap();
        (usage, self.the_message())
    }

    /// Bob answers a request of the agent.
    fn answer(&mut self, request: &OwnedMessage, code: u16, tag: &str, contact: &str) {
        let message = respond(request, code, tag, contact);
        self.hear(&message);
    }

    /// Bob calls, and the agent accepts: the usage, the INVITE's 200 and the way to send more.
    fn accepted(&mut self) -> (UsageKey, OwnedMessage) {
        self.hear(&request("INVITE", "", 1, "z9hG4bK-invite", BOB_CONTACT));
        let usage = match self.events().as_slice() {
            [UserAgentEvent::Invited { usage, .. }] => *usage,
            other => panic!("{other:?}"),
        };
        self.agent.accept(self.now, usage, &[], None).unwrap();
        (usage, self.the_message())
    }
}

const BOB_CONTACT: &str = "Contact: <sip:bob@192.0.2.2:5060>\r\n";

/// A response of Bob.
fn respond(request: &OwnedMessage, code: u16, tag: &str, contact: &str) -> Vec<u8> {
    let mut buffer = [0; 4096];
    let status = StatusCode::new(code).unwrap();
    let message = request.message();
    let mut writer = MessageWriter::response_to(&mut buffer, &message, status, "", Some(tag));
    if !contact.is_empty() {
        writer.header("Contact", contact);
    }
    let len = writer.finish().unwrap();
    buffer[..len].to_vec()
}

/// A request of Bob to Alice, with this tag of hers.
fn request(method: &str, alice_tag: &str, cseq: u32, branch: &str, more: &str) -> Vec<u8> {
    let to = if alice_tag.is_empty() {
        String::new()
    } else {
        format!(";tag={alice_tag}")
    };
    format!(
        "{method} sip:alice@192.0.2.1 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.2:5060;branch={branch}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:bob@example.com>;tag=bobs-tag\r\n\
         To: <sip:alice@example.com>{to}\r\n\
         Call-ID: call-of-bob\r\n\
         CSeq: {cseq} {method}\r\n\
         {more}Content-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

/// The To tag of a message.
fn to_tag(message: &OwnedMessage) -> String {
    header(message, "To")
        .split_once(";tag=")
        .unwrap()
        .1
        .to_string()
}

/// Whether what was sent has a Contact with this text in it.
fn assert_contains(message: &OwnedMessage, text: &str) {
    let whole = String::from_utf8_lossy(message.bytes());
    assert!(whole.contains(text), "no {text:?} in\n{whole}");
}

#[test]
fn an_established_call_is_small() {
    let mut world = World::new();
    let (alice, bob) = world.connect();
    world.run(40_000);
    for (host, key) in [(A, alice), (B, bob)] {
        let agent = world.agent(host);
        assert_eq!(agent.sent.len(), 0);
        let usage = agent.usages.get(key.0).unwrap();
        assert!(usage.received.is_none() && usage.bye.is_none());
        let texts = usage.dialog.capacity();
        let whole = size_of::<Slot<Usage>>() + texts + usage.contact.len()
            // by_tag at its worst load, and a deadline
            + 2 * (size_of::<(u64, Key)>() + 1) + size_of::<Deadline>();
        assert!(whole <= 1024, "{whole} octets, {texts} of them text");
    }
}
