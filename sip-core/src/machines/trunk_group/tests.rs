//! A trunk group with a user agent, against hosts that are user agents and can be broken.

extern crate std;

mod balance;
mod config;
mod names;
mod outages;
mod random;
mod watch;

use alloc::boxed::Box;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::string::{String, ToString as _};
use std::vec::Vec;

use trunkline_sans_io::{FiveTuple, Instant, Transport};

use super::*;
use crate::{OwnedMessage, StatusCode, UserAgentConfig, write_response_to};

const LOCAL: &str = "203.0.113.5:5068";
const LINK01: &str = "link01.example.com";
const LINK02: &str = "link02.example.com";

pub(super) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(super) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// What a host does with requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mood {
    /// Answers so.
    Answers(u16),
    /// Answers 503 with this Retry-After.
    Busy(Option<u32>),
    /// Port silent.
    Silent,
    /// Process gone.
    Refuses,
}

/// An address at the far end.
pub(super) struct Far {
    pub(super) address: SocketAddr,
    pub(super) mood: Mood,
    agent: UserAgent,
    /// The OPTIONS that arrived: when, and what.
    pub(super) asked: Vec<(Instant, OwnedMessage)>,
}

/// Names, and what they stand for: `None` where the resolution fails.
pub(super) type Zone = Vec<(&'static str, Option<(Vec<IpAddr>, u64)>)>;

pub(super) struct World {
    pub(super) now: Instant,
    pub(super) group: TrunkGroup,
    pub(super) agent: UserAgent,
    pub(super) far: Vec<Far>,
    pub(super) zone: Zone,
    /// The questions so far.
    pub(super) questions: Vec<(Instant, String)>,
    /// All else that was told.
    pub(super) told: Vec<(Instant, TrunkGroupEvent)>,
}

/// Both hosts over UDP from one local address.
pub(super) fn two_hosts() -> TrunkGroupConfig {
    TrunkGroupConfig::every_pair(
        &[address(LOCAL)],
        &[
            (LINK01, 5060, Transport::Udp),
            (LINK02, 5060, Transport::Udp),
        ],
    )
}

pub(super) fn two_by_two() -> TrunkGroupConfig {
    TrunkGroupConfig::every_pair(
        &[address(LOCAL), address("203.0.113.6:5068")],
        &[
            (LINK01, 5060, Transport::Udp),
            (LINK02, 5060, Transport::Udp),
        ],
    )
}

impl World {
    /// `link01` is 192.0.2.1 and `link02` 192.0.2.2, and both are well.
    pub(super) fn new(config: TrunkGroupConfig) -> Self {
        let zone = std::vec![
            (LINK01, Some((std::vec![ip("192.0.2.1")], 3_600))),
            (LINK02, Some((std::vec![ip("192.0.2.2")], 3_600))),
        ];
        Self::with_zone(config, zone)
    }

    pub(super) fn with_zone(config: TrunkGroupConfig, zone: Zone) -> Self {
        let now = Instant::from_secs(1_000);
        let far = |last: u8| Far {
            address: ([192, 0, 2, last], 5060).into(),
            mood: Mood::Answers(200),
            agent: UserAgent::new(UserAgentConfig::default(), [last; 32]),
            asked: Vec::new(),
        };
        let mut world = Self {
            now,
            group: TrunkGroup::new(now, config).unwrap(),
            agent: UserAgent::new(UserAgentConfig::default(), [99; 32]),
            far: (1..=4).map(far).collect(),
            zone,
            questions: Vec::new(),
            told: Vec::new(),
        };
        world.settle();
        world
    }

    pub(super) fn far(&mut self, last: usize) -> &mut Far {
        &mut self.far[last - 1]
    }

    /// What a name stands for from now on.
    pub(super) fn set_name(&mut self, name: &str, addresses: Option<(&[&str], u64)>) {
        let entry = self.zone.iter_mut().find(|(known, _)| *known == name);
        entry.unwrap().1 = addresses.map(|(addresses, ttl)| {
            let addresses = addresses.iter().map(|text| ip(text));
            (addresses.collect(), ttl)
        });
    }

    /// Everything that happens at this moment.
    pub(super) fn settle(&mut self) {
        for _ in 0..1_000 {
            let mut quiet = true;
            self.group.handle_timeout(self.now, &mut self.agent);
            self.agent.handle_timeout(self.now);
            while let Some(event) = self.group.poll_event() {
                quiet = false;
                self.on_group_event(event);
            }
            while let Some((transmit, bytes)) = self.agent.poll_transmit_bytes(self.now) {
                quiet = false;
                self.deliver(transmit.path, &bytes);
            }
            while let Some(event) = self.agent.poll_event() {
                quiet = false;
                self.group.handle_event(self.now, &event);
            }
            let due = self.group.poll_timeout().is_some_and(|at| at <= self.now);
            if quiet {
                assert!(!due, "nothing is done about what is due");
                return;
            }
        }
        panic!("it never comes to rest");
    }

    fn on_group_event(&mut self, event: TrunkGroupEvent) {
        let TrunkGroupEvent::Resolve { host, name, .. } = event else {
            self.told.push((self.now, event));
            return;
        };
        self.questions.push((self.now, name.to_string()));
        let entry = self.zone.iter().find(|(known, _)| **known == *name);
        match entry.and_then(|(_, answer)| answer.clone()) {
            Some((addresses, ttl)) => {
                let ttl = Duration::from_secs(ttl);
                self.group.handle_addresses(self.now, host, &addresses, ttl);
            }
            None => self.group.handle_resolve_failed(self.now, host),
        }
    }

    fn deliver(&mut self, path: FiveTuple, bytes: &[u8]) {
        let now = self.now;
        let Some(far) = self.far.iter_mut().find(|far| far.address == path.remote) else {
            return;
        };
        match far.mood {
            Mood::Silent => return,
            Mood::Refuses => return self.agent.handle_send_failed(now, path, None),
            _ => {}
        }
        let _ = far.agent.handle_datagram(now, path.reversed(), bytes);
        while let Some(event) = far.agent.poll_event() {
            let UserAgentEvent::Request {
                transaction,
                message,
                ..
            } = event
            else {
                continue;
            };
            let (status, seconds) = match far.mood {
                Mood::Busy(seconds) => (503, seconds),
                Mood::Answers(status) => (status, None),
                _ => unreachable!(),
            };
            far.asked.push((now, message));
            let seconds = seconds.map(|seconds| seconds.to_string());
            let header = seconds.iter().map(|seconds| ("Retry-After", &**seconds));
            let headers: Vec<_> = header.collect();
            let status = StatusCode::new(status).unwrap();
            if status == StatusCode::REQUEST_TIMEOUT {
                // No server of ours sends it (RFC 4320 section 4.2), but others do.
                let (_, asked) = far.asked.last().unwrap();
                let mut buf = [0; 2_000];
                let len =
                    write_response_to(&asked.message(), status, "", Some("1"), &mut buf).unwrap();
                let _ = self.agent.handle_datagram(now, path, &buf[..len]);
                continue;
            }
            far.agent
                .respond(now, transaction, status, "", &headers, None)
                .unwrap();
        }
        while let Some((transmit, bytes)) = far.agent.poll_transmit_bytes(now) {
            let _ = self
                .agent
                .handle_datagram(now, transmit.path.reversed(), &bytes);
        }
    }

    /// Lets time pass, from deadline to deadline.
    pub(super) fn run(&mut self, length: Duration) {
        let end = self.now + length;
        loop {
            let next = [self.group.poll_timeout(), self.agent.poll_timeout()];
            match next.into_iter().flatten().min() {
                Some(at) if at <= end => {
                    self.now = self.now.max(at);
                    self.settle();
                }
                _ => break,
            }
        }
        self.now = end;
        self.settle();
    }

    pub(super) fn seconds(&mut self, seconds: u64) {
        self.run(Duration::from_secs(seconds));
    }

    /// Tries to place a call, as the owner does it. Gives the names and addresses that were tried, the last
    /// of which took it unless none did.
    pub(super) fn call(&mut self) -> Vec<(String, SocketAddr)> {
        let mut tried = Vec::new();
        let mut attempts = self.group.attempts(self.now);
        while let Some(route) = self.group.next(&mut attempts) {
            let (trunk, remote) = (route.trunk, route.destination.path.remote);
            tried.push((route.host.to_string(), remote));
            let outcome = match self.far.iter().find(|far| far.address == remote) {
                Some(far) => match far.mood {
                    Mood::Answers(_) => TrunkOutcome::Answered,
                    Mood::Busy(seconds) => TrunkOutcome::Unavailable {
                        retry_after: seconds.map(|seconds| Duration::from_secs(seconds.into())),
                    },
                    Mood::Silent => TrunkOutcome::Silent,
                    Mood::Refuses => TrunkOutcome::Unreachable,
                },
                None => TrunkOutcome::Silent,
            };
            self.group.report_at(self.now, trunk, remote, outcome);
            if !outcome.is_failure() {
                break;
            }
        }
        tried
    }

    /// A call to the first address of the first host came to this.
    pub(super) fn report(&mut self, outcome: TrunkOutcome) {
        let remote = address("192.0.2.1:5060");
        self.group.report_at(self.now, TrunkId(0), remote, outcome);
    }

    /// The host that took a call, and how many tries that cost.
    pub(super) fn placed(&mut self) -> (String, usize) {
        let tried = self.call();
        (tried.last().unwrap().0.clone(), tried.len())
    }

    pub(super) fn health(&self, trunk: u8) -> TrunkHealth {
        self.group.status(TrunkId(trunk)).unwrap().health
    }

    /// What was told since the last time, changed addresses left out.
    pub(super) fn alarms(&mut self) -> Vec<TrunkGroupEvent> {
        let told = self.told.drain(..).map(|(_, event)| event);
        told.filter(|event| !matches!(event, TrunkGroupEvent::AddressesChanged { .. }))
            .collect()
    }

    /// The host at `last` sends an OPTIONS to us. Gives whether the group wanted it for itself.
    pub(super) fn options_from(&mut self, from: &str, last: u8) -> bool {
        let text = std::format!(
            "OPTIONS sip:203.0.113.5:5068 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.{last}:5060;branch=z9hG4bK{}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{from}>;tag=1\r\nTo: <sip:203.0.113.5>\r\n\
             Call-ID: {}-{last}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
            self.now.as_nanos(),
            self.now.as_nanos(),
        );
        let remote = SocketAddr::from(([192, 0, 2, last], 5060));
        let path = FiveTuple::udp(address(LOCAL), remote);
        let _ = self.agent.handle_datagram(self.now, path, text.as_bytes());
        let event = self.agent.poll_event().unwrap();
        let taken = self.group.handle_event(self.now, &event);
        self.settle();
        taken
    }
}

/// The first line of a message.
pub(super) fn start_line(message: &OwnedMessage) -> String {
    let text = String::from_utf8_lossy(message.bytes()).into_owned();
    text.lines().next().unwrap_or_default().to_string()
}

pub(super) fn header(message: &OwnedMessage, name: &str) -> String {
    let message = message.message();
    let field = message.header(name);
    let value = field.and_then(|field| field.value_str());
    value.unwrap_or_default().to_string()
}

pub(super) fn trunk(host: &str, port: u16, local: &str) -> Trunk {
    Trunk {
        host: Box::from(host),
        port,
        transport: Transport::Udp,
        local: address(local),
    }
}
