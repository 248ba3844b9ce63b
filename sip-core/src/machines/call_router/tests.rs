//! The router over groups of hosts that can be broken, on a virtual clock.

extern crate std;

mod addresses;
mod credentials;
mod failover;
mod random;
mod shares;

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use std::collections::HashMap as StdMap;
use std::format;
use std::string::{String, ToString as _};
use std::vec;
use std::vec::Vec;

use bytes::Bytes;
use trunkline_sans_io::{ConnectionId, FiveTuple, Transport};

use super::*;
use crate::{
    Account, BackToBackConfig, DigestServer, DigestServerConfig, DigestVerdict, NonceUse, Secret,
    TrunkGroupConfig, TrunkGroupEvent, TrunkHealth, TrunkId, UnchangedBodies, UsageKey, UsageState,
    UserAgentConfig, uri::Uri,
};

/// Where Alice is, and where she reaches us.
const ALICE: &str = "198.51.100.7:5060";
const INSIDE: &str = "198.51.100.5:5060";
/// Where the hosts reach us.
const OUTSIDE: [&str; 2] = ["203.0.113.5:5060", "203.0.113.6:5060"];
const LINKS: [&str; 2] = ["link01.example.com", "link02.example.com"];
/// Two further hosts, without names.
const EXCHANGE: [&str; 2] = ["192.0.2.3", "192.0.2.4"];

const PROVIDER: GroupId = GroupId::new(0);
const PBX: GroupId = GroupId::new(1);

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Where hosts that ask are, and who they know.
const REALM: &str = "provider.example";
const USERS: [Account<'static>; 1] = [Account {
    username: "trunk",
    secret: Secret::Password("secret"),
}];

/// What a host does with requests.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Mood {
    /// Rings and answers.
    Answers,
    /// Asks who calls, then answers.
    Asks,
    /// Rings.
    Rings,
    /// Refuses calls with this status code.
    Says(u16),
    /// 503, with this Retry-After.
    Busy(Option<u32>),
    /// Nothing comes back.
    Silent,
    /// Nothing can be sent there.
    Refuses,
    /// The connection breaks 50 ms after something was sent.
    Resets,
}

struct Host {
    address: SocketAddr,
    server: DigestServer<[NonceUse; 16]>,
    mood: Mood,
    agent: UserAgent,
    /// The INVITEs that rang, by the number that was called.
    rang: Vec<String>,
    invites: Vec<OwnedMessage>,
    heard: Vec<UserAgentEvent>,
}

/// Where the owner sends calls.
#[derive(Clone, Copy)]
struct Wish {
    group: GroupId,
    caller: &'static str,
    display_name: Option<&'static str>,
    headers: &'static [(&'static str, &'static str)],
}

struct World {
    now: Instant,
    agent: UserAgent,
    router: CallRouter<UnchangedBodies>,
    alice: UserAgent,
    /// The legs of Alice by the number she called.
    legs: StdMap<String, UsageKey>,
    alice_heard: Vec<UserAgentEvent>,
    /// 192.0.2.1 to 192.0.2.4.
    hosts: Vec<Host>,
    connections: Vec<Option<ConnectionId>>,
    resets: Vec<(Instant, usize, FiveTuple)>,
    zone: StdMap<&'static str, (IpAddr, u64)>,
    wish: Wish,
    told: Vec<(Instant, CallRouterEvent)>,
    numbered: u32,
}

impl World {
    /// Two hosts over UDP, both well.
    fn new() -> Self {
        Self::with(&OUTSIDE[..1], Transport::Udp, |_| {})
    }

    fn with(
        locals: &[&str],
        transport: Transport,
        change: impl FnOnce(&mut BackToBackConfig),
    ) -> Self {
        let now = Instant::from_secs(1_000);
        let locals: Vec<SocketAddr> = locals.iter().map(|local| address(local)).collect();
        let group = |names: [&str; 2]| {
            let hosts = names.map(|name| (name, 5060, transport));
            let mut config = TrunkGroupConfig::every_pair(&locals, &hosts);
            config.watchdog = None;
            TrunkGroup::new(now, config).unwrap()
        };
        let mut config = BackToBackConfig::default();
        change(&mut config);
        let calls = BackToBack::new(config, UnchangedBodies);
        let agent = |seed| UserAgent::new(UserAgentConfig::default(), [seed; 32]);
        let host = |last: u8| Host {
            address: ([192, 0, 2, last], 5060).into(),
            server: DigestServer::new(
                DigestServerConfig::DEFAULT,
                [last; 32],
                [NonceUse::EMPTY; 16],
            ),
            mood: Mood::Answers,
            agent: agent(last),
            rang: Vec::new(),
            invites: Vec::new(),
            heard: Vec::new(),
        };
        let mut world = Self {
            now,
            agent: agent(99),
            router: CallRouter::new(calls, vec![group(LINKS), group(EXCHANGE)]),
            alice: agent(98),
            legs: StdMap::new(),
            alice_heard: Vec::new(),
            hosts: (1..=4).map(host).collect(),
            connections: vec![None; 4],
            resets: Vec::new(),
            zone: [
                (LINKS[0], (ip("192.0.2.1"), 3_600)),
                (LINKS[1], (ip("192.0.2.2"), 3_600)),
            ]
            .into(),
            wish: Wish {
                group: PROVIDER,
                caller: "+4989123456",
                display_name: None,
                headers: &[],
            },
            told: Vec::new(),
            numbered: 0,
        };
        world.act(|router, now, agent| router.handle_timeout(now, agent));
        world.settle();
        world.act(|router, now, agent| router.handle_timeout(now, agent));
        world.settle();
        world.told.clear();
        world
    }

    fn act<R>(
        &mut self,
        act: impl FnOnce(&mut CallRouter<UnchangedBodies>, Instant, &mut UserAgent) -> R,
    ) -> R {
        act(&mut self.router, self.now, &mut self.agent)
    }

    /// Carries everything to its end, without letting time pass.
    fn settle(&mut self) {
        for _ in 0..100_000 {
            let mut quiet = true;
            while let Some((transmit, bytes)) = self.agent.poll_transmit_bytes(self.now) {
                quiet = false;
                self.deliver(transmit.path, &bytes);
            }
            while let Some((transmit, bytes)) = self.alice.poll_transmit_bytes(self.now) {
                quiet = false;
                let path = transmit.path.reversed();
                let _ = self.agent.handle_datagram(self.now, path, &bytes);
            }
            for index in 0..self.hosts.len() {
                quiet &= !self.host_speaks(index);
            }
            while let Some(event) = self.alice.poll_event() {
                if let UserAgentEvent::Accepted { usage, .. } = &event {
                    self.alice.ack(self.now, *usage, None).ok();
                }
                self.alice_heard.push(event);
            }
            while let Some(event) = self.agent.poll_event() {
                quiet = false;
                self.act(|router, now, agent| router.handle_event(now, event, agent));
            }
            while let Some(event) = self.router.poll_event() {
                quiet = false;
                self.own(&event);
                self.told.push((self.now, event));
            }
            if quiet {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// What the owner does: sends every call to the group it has in mind, under its number, and resolves.
    fn own(&mut self, event: &CallRouterEvent) {
        match event {
            CallRouterEvent::Offered { call, message, .. } => {
                let message = message.message();
                let uri = Uri::parse(message.request_uri().unwrap()).unwrap();
                let called = uri.as_sip().and_then(|sip| sip.user()).unwrap_or_default();
                let routing = Routing {
                    display_name: self.wish.display_name,
                    headers: self.wish.headers,
                    ..Routing::new(self.wish.group, called, self.wish.caller)
                };
                let (now, agent) = (self.now, &mut self.agent);
                match self.router.route(now, *call, &routing, agent) {
                    Ok(()) => {}
                    // It may be over by now.
                    Err(RouteError::NotWaiting) => {
                        assert!(self.router.back_to_back().call(*call).is_none())
                    }
                    // The test routes it.
                    Err(RouteError::UnknownGroup) => assert_eq!(self.wish.group.index(), 9),
                }
            }
            CallRouterEvent::Group {
                group,
                event: TrunkGroupEvent::Resolve { host, name, .. },
            } => {
                let (found, ttl) = self.zone[&**name];
                let (now, ttl) = (self.now, Duration::from_secs(ttl));
                let group = self.router.group_mut(*group).unwrap();
                group.handle_addresses(now, *host, &[found], ttl);
                // Where addresses have changed there is something to ask.
                self.act(|router, now, agent| router.handle_timeout(now, agent));
            }
            _ => {}
        }
    }

    fn deliver(&mut self, path: FiveTuple, bytes: &Bytes) {
        let now = self.now;
        if path.remote == address(ALICE) {
            let _ = self.alice.handle_datagram(now, path.reversed(), bytes);
            return;
        }
        let to = self
            .hosts
            .iter()
            .position(|host| host.address == path.remote);
        let to = to.expect("sent to nobody");
        match self.hosts[to].mood {
            Mood::Silent => {}
            Mood::Refuses => self.agent.handle_send_failed(now, path, None),
            Mood::Resets => self
                .resets
                .push((now + Duration::from_millis(50), to, path)),
            _ if path.transport == Transport::Udp => {
                let agent = &mut self.hosts[to].agent;
                let _ = agent.handle_datagram(now, path.reversed(), bytes);
            }
            _ => {
                let id = self.connected(to, path);
                let rest = self.hosts[to].agent.handle_bytes(now, id, bytes);
                assert_eq!(rest, bytes.len());
            }
        }
    }

    /// The connection to a host.
    fn connected(&mut self, to: usize, path: FiveTuple) -> ConnectionId {
        let id = ConnectionId(1 + to as u64);
        if self.connections[to].is_none() {
            self.connections[to] = Some(id);
            self.agent.handle_connected(self.now, id, path);
            let host = &mut self.hosts[to].agent;
            host.handle_connected(self.now, id, path.reversed());
        }
        id
    }

    /// What was sent to a host may be lost.
    fn reset(&mut self, to: usize, path: FiveTuple) {
        let id = self.connections[to].take();
        self.agent.handle_send_failed(self.now, path, id);
        if let Some(id) = id {
            self.agent.handle_disconnected(self.now, id);
            self.hosts[to].agent.handle_disconnected(self.now, id);
        }
    }

    /// A host does what it is in the mood for. Gives whether it did something.
    fn host_speaks(&mut self, index: usize) -> bool {
        let (now, host) = (self.now, &mut self.hosts[index]);
        let mut spoke = false;
        while let Some(event) = host.agent.poll_event() {
            spoke = true;
            match &event {
                UserAgentEvent::Invited {
                    usage,
                    message,
                    path,
                    ..
                } => {
                    let usage = *usage;
                    host.invites.push(message.clone());
                    if host.mood == Mood::Asks {
                        let request = message.message();
                        let checked = host.server.check(now, *path, &request, REALM, &USERS);
                        if let DigestVerdict::Challenge(challenge) = checked {
                            let headers = challenge.headers();
                            let headers = headers.iter();
                            let headers: Vec<_> =
                                headers.map(|(name, value)| (*name, &**value)).collect();
                            let status = challenge.status();
                            host.agent.reject(now, usage, status, "", &headers).unwrap();
                            continue;
                        }
                    }
                    if matches!(host.mood, Mood::Answers | Mood::Asks | Mood::Rings) {
                        let ringing = StatusCode::RINGING;
                        host.agent
                            .provisional(now, usage, ringing, &[], None)
                            .unwrap();
                        let line = message.message();
                        host.rang.push(line.request_uri().unwrap().to_string());
                    }
                    match host.mood {
                        Mood::Answers | Mood::Asks => {
                            host.agent.accept(now, usage, &[], None).unwrap();
                        }
                        Mood::Says(code) => {
                            let status = StatusCode::new(code).unwrap();
                            host.agent.reject(now, usage, status, "", &[]).unwrap();
                        }
                        Mood::Busy(seconds) => {
                            let seconds = seconds.map(|seconds| seconds.to_string());
                            let header = seconds.iter().map(|seconds| ("Retry-After", &**seconds));
                            let headers: Vec<_> = header.collect();
                            let status = StatusCode::SERVICE_UNAVAILABLE;
                            host.agent.reject(now, usage, status, "", &headers).unwrap();
                        }
                        _ => {}
                    }
                }
                UserAgentEvent::Request {
                    transaction,
                    message,
                    path,
                    ..
                } => {
                    let request = message.message();
                    let checked = host.server.check(now, *path, &request, REALM, &USERS);
                    if let (Mood::Asks, DigestVerdict::Challenge(challenge)) = (host.mood, checked)
                    {
                        let headers = challenge.headers();
                        let headers = headers.iter();
                        let headers: Vec<_> =
                            headers.map(|(name, value)| (*name, &**value)).collect();
                        let status = challenge.status();
                        host.agent
                            .respond(now, *transaction, status, "", &headers, None)
                            .unwrap();
                        host.heard.push(event);
                        continue;
                    }
                    let status = match host.mood {
                        Mood::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
                        _ => StatusCode::OK,
                    };
                    host.agent
                        .respond(now, *transaction, status, "", &[], None)
                        .ok();
                }
                // It called us.
                UserAgentEvent::Accepted { usage, .. } => {
                    host.agent.ack(now, *usage, None).unwrap()
                }
                _ => {}
            }
            host.heard.push(event);
        }
        while let Some((transmit, bytes)) = host.agent.poll_transmit_bytes(now) {
            spoke = true;
            if matches!(host.mood, Mood::Silent | Mood::Refuses | Mood::Resets) {
                continue;
            }
            match transmit.connection.or(self.connections[index]) {
                Some(id) => {
                    self.agent.handle_bytes(now, id, &bytes);
                }
                None => {
                    let path = transmit.path.reversed();
                    let _ = self.agent.handle_datagram(now, path, &bytes);
                }
            }
        }
        spoke
    }

    /// Lets time pass, timer by timer.
    fn advance(&mut self, length: Duration) {
        let end = self.now + length;
        loop {
            self.settle();
            let agents = self.hosts.iter().map(|host| &host.agent);
            let next = agents
                .chain([&self.agent, &self.alice])
                .map(UserAgent::poll_timeout)
                .chain([self.router.poll_timeout()])
                .chain(self.resets.iter().map(|(at, ..)| Some(*at)))
                .flatten()
                .min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return self.settle();
            };
            self.now = self.now.max(next);
            let due: Vec<_> = self.resets.extract_if(.., |(at, ..)| *at <= next).collect();
            for (_, to, path) in due {
                self.reset(to, path);
            }
            for host in &mut self.hosts {
                host.agent.handle_timeout(self.now);
            }
            self.alice.handle_timeout(self.now);
            self.agent.handle_timeout(self.now);
            self.act(|router, now, agent| router.handle_timeout(now, agent));
        }
    }

    fn millis(&mut self, millis: u64) {
        self.advance(Duration::from_millis(millis));
    }

    fn seconds(&mut self, seconds: u64) {
        self.advance(Duration::from_secs(seconds));
    }

    fn moods(&mut self, first: Mood, second: Mood) {
        self.hosts[0].mood = first;
        self.hosts[1].mood = second;
    }

    /// Alice calls a number that nobody has called before. Nothing has moved yet.
    fn dial(&mut self) -> String {
        self.numbered += 1;
        let number = format!("+4930{:05}", self.numbered);
        self.dial_number(&number);
        number
    }

    fn dial_number(&mut self, number: &str) {
        let path = FiveTuple::udp(address(ALICE), address(INSIDE));
        let uri = format!("sip:{number}@198.51.100.5");
        let to = format!("<{uri}>");
        let outgoing = Outgoing::new(path.into(), &uri, "<sip:alice@198.51.100.7>", &to);
        let leg = self.alice.invite(self.now, &outgoing).unwrap();
        self.legs.insert(number.to_string(), leg);
    }

    /// Alice calls, and the owner routes the call like this.
    fn dial_offered(&mut self, routing: &Routing<'_>) {
        self.wish.group = GroupId::new(9);
        self.dial();
        self.settle();
        let call = self.router.back_to_back().keys().next().unwrap();
        self.act(|router, now, agent| router.route(now, call, routing, agent))
            .unwrap();
        self.settle();
    }

    fn call(&mut self) -> String {
        let number = self.dial();
        self.settle();
        number
    }

    fn hang_up(&mut self, number: &str) {
        self.alice.bye(self.now, self.legs[number], &[]).unwrap();
        self.settle();
    }

    /// Whether the call of Alice to this number stands.
    fn stands(&self, number: &str) -> bool {
        let usage = self.alice.usage(self.legs[number]);
        usage.is_some_and(|usage| usage.state == UsageState::Established)
    }

    /// What Alice's call to this number was refused with.
    fn refusal(&self, number: &str) -> Option<&OwnedMessage> {
        self.alice_heard.iter().find_map(|event| match event {
            UserAgentEvent::Rejected {
                usage,
                cause: RejectCause::Response(response),
                ..
            } if *usage == self.legs[number] => Some(response),
            _ => None,
        })
    }

    fn refused_with(&self, number: &str) -> Option<u16> {
        let response = self.refusal(number)?;
        response.message().status().map(StatusCode::code)
    }

    /// How often each host was called so far, by address.
    fn rang(&self) -> [usize; 4] {
        [0, 1, 2, 3].map(|index: usize| self.hosts[index].rang.len())
    }

    /// How often a number rang, wherever it did.
    fn rings(&self, number: &str) -> usize {
        let uris = self.hosts.iter().flat_map(|host| &host.rang);
        uris.filter(|uri| uri.contains(&format!("sip:{number}@")))
            .count()
    }

    /// The attempts of all calls: when, and over which trunk.
    fn attempts(&self) -> Vec<(Instant, TrunkId)> {
        let calling = self.told.iter().filter_map(|(at, event)| match event {
            CallRouterEvent::Calling { trunk, .. } => Some((*at, trunk.trunk)),
            _ => None,
        });
        calling.collect()
    }

    fn ended(&self) -> Vec<(Option<GroupTrunk>, CallSummary)> {
        let ended = self.told.iter().filter_map(|(_, event)| match event {
            CallRouterEvent::Ended { trunk, summary, .. } => Some((*trunk, summary.clone())),
            _ => None,
        });
        ended.collect()
    }

    fn health(&self, trunk: usize) -> TrunkHealth {
        let group = self.router.group(PROVIDER).unwrap();
        let trunk = group.trunk_ids().nth(trunk).unwrap();
        let group = PROVIDER;
        let status = self.router.trunk(GroupTrunk { group, trunk });
        status.unwrap().health
    }

    /// Five minutes later nobody remembers anything, and every call that was offered has ended once.
    fn nothing_is_left(&mut self) {
        self.seconds(300);
        let calls = self.router.back_to_back();
        assert_eq!((calls.calls(), calls.legs()), (0, 0));
        assert!(self.router.routed.is_empty());
        assert_eq!(self.agent.usages().count(), 0);
        let mut open: Vec<CallKey> = Vec::new();
        for (_, event) in &self.told {
            match event {
                CallRouterEvent::Offered { call, .. } => open.push(*call),
                CallRouterEvent::Ended { call, .. } => {
                    let place = open.iter().position(|other| other == call);
                    open.swap_remove(place.expect("ended twice"));
                }
                CallRouterEvent::Other(
                    UserAgentEvent::Response { .. } | UserAgentEvent::Failed { .. },
                ) => {
                    panic!("a probe of a group is nobody else's")
                }
                _ => {}
            }
        }
        assert!(open.is_empty());
    }
}

fn header(message: &OwnedMessage, name: &str) -> String {
    let message = message.message();
    let field = message.header(name).and_then(|field| field.value_str());
    field.unwrap_or_default().to_string()
}

fn start_line(message: &OwnedMessage) -> String {
    let text = String::from_utf8_lossy(message.bytes()).into_owned();
    text.lines().next().unwrap_or_default().to_string()
}
