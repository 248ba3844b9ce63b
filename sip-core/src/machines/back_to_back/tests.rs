//! The machine between user agents on a virtual clock: Alice calls, Bob and Carol are the hosts of a trunk.

extern crate std;

mod calls;
mod changes;
mod failures;
mod limits;
mod network;
mod random;
mod requests;
mod routes;

use core::net::SocketAddr;
use core::time::Duration;

use std::collections::HashMap as StdMap;
use std::format;
use std::string::{String, ToString as _};
use std::vec;
use std::vec::Vec;

use bytes::Bytes;
use trunkline_sans_io::{FiveTuple, Transport};

use super::*;
use crate::{
    Body, Destination, Method, Outgoing, OwnedMessage, RejectCause, StatusCode, UsageState,
    UserAgentConfig,
};

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

const ADDRESSES: [&str; 3] = ["192.0.2.1:5060", "192.0.2.9:5060", "192.0.2.10:5060"];
/// Where Alice reaches us, and where the hosts do.
const INSIDE: &str = "192.0.2.5:5060";
const OUTSIDE: &str = "192.0.2.6:5060";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn sdp(text: &str) -> Option<Body<'_>> {
    Some(Body {
        content_type: "application/sdp",
        bytes: text.as_bytes(),
    })
}

fn status(code: u16) -> StatusCode {
    StatusCode::new(code).unwrap()
}

fn code(message: &OwnedMessage) -> u16 {
    message.message().status().unwrap().code()
}

fn header(message: &OwnedMessage, name: &str) -> String {
    let message = message.message();
    let field = message.header(name).and_then(|field| field.value_str());
    field.unwrap_or_default().to_string()
}

/// Bodies that say through whom they came.
#[derive(Debug, Default)]
struct Marked {
    agreed: usize,
    disagreed: usize,
    crossed: usize,
    any_type: bool,
}

impl SessionBodies for Marked {
    fn cross(
        &mut self,
        _: CallKey,
        from: Party,
        content_type: &str,
        body: &[u8],
    ) -> Result<Vec<u8>, Refusal> {
        if self.any_type {
            assert_eq!(content_type, "multipart/mixed");
        } else if content_type != "application/sdp" {
            return Err(Refusal {
                headers: &[("Accept", "application/sdp")],
                ..Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            });
        }
        if body == b"no audio" {
            return Err(Refusal {
                reason: "No Audio",
                ..Refusal::new(StatusCode::NOT_ACCEPTABLE_HERE)
            });
        }
        self.crossed += 1;
        let mut marked = format!("{from}:").into_bytes();
        marked.extend_from_slice(body);
        Ok(marked)
    }

    fn agreed(&mut self, _: CallKey) {
        self.agreed += 1;
    }

    fn disagreed(&mut self, _: CallKey) {
        self.disagreed += 1;
    }
}

/// What becomes of datagrams to a host.
#[derive(Clone, Copy, PartialEq)]
enum Link {
    Up,
    Silent,
    Refused,
}

struct World {
    now: Instant,
    agent: UserAgent,
    sbc: BackToBack<Marked>,
    peers: [UserAgent; 3],
    links: [Link; 3],
    heard: [Vec<UserAgentEvent>; 3],
    told: Vec<BackToBackEvent>,
    /// What went to which peer, by its start line.
    sent: Vec<(usize, String)>,
    /// The hosts that are tried one after the other.
    hosts: Vec<usize>,
    attempts: StdMap<CallKey, usize>,
    options: ConnectOptions,
    /// What leads to the hosts.
    over: Transport,
    /// What came in, where somebody means to send it again.
    overheard: Vec<(FiveTuple, Bytes)>,
}

impl World {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut BackToBackConfig)) -> Self {
        Self::of(change, |_| {})
    }

    fn of(
        change: impl FnOnce(&mut BackToBackConfig),
        agents: impl FnOnce(&mut UserAgentConfig),
    ) -> Self {
        let mut config = BackToBackConfig::default();
        change(&mut config);
        let mut agent_config = UserAgentConfig::default();
        agents(&mut agent_config);
        let peer = |seed| UserAgent::new(UserAgentConfig::default(), [seed; 32]);
        Self {
            now: Instant::from_secs(1),
            agent: UserAgent::new(agent_config, [9; 32]),
            sbc: BackToBack::new(config, Marked::default()),
            peers: [peer(1), peer(2), peer(3)],
            links: [Link::Up; 3],
            heard: Default::default(),
            told: Vec::new(),
            sent: Vec::new(),
            hosts: vec![BOB],
            attempts: StdMap::new(),
            options: ConnectOptions::default(),
            over: Transport::Udp,
            overheard: Vec::new(),
        }
    }

    fn act<R>(
        &mut self,
        act: impl FnOnce(&mut BackToBack<Marked>, Instant, &mut UserAgent) -> R,
    ) -> R {
        act(&mut self.sbc, self.now, &mut self.agent)
    }

    /// Carries everything to its end, without letting time pass.
    fn settle(&mut self) {
        loop {
            let mut sent: Vec<(FiveTuple, Bytes)> = Vec::new();
            for agent in self.peers.iter_mut().chain([&mut self.agent]) {
                while let Some((transmit, bytes)) = agent.poll_transmit_bytes(self.now) {
                    sent.push((transmit.path, bytes));
                }
            }
            let mut quiet = sent.is_empty();
            for (path, bytes) in sent {
                self.deliver(path, &bytes);
            }
            for (peer, heard) in self.peers.iter_mut().zip(&mut self.heard) {
                heard.extend(core::iter::from_fn(|| peer.poll_event()));
            }
            while let Some(event) = self.agent.poll_event() {
                quiet = false;
                self.act(|sbc, now, agent| sbc.handle_event(now, event, agent));
            }
            while let Some(event) = self.sbc.poll_event() {
                quiet = false;
                self.own(&event);
                self.told.push(event);
            }
            if quiet {
                return;
            }
        }
    }

    fn deliver(&mut self, path: FiveTuple, bytes: &Bytes) {
        if [INSIDE, OUTSIDE].map(address).contains(&path.remote) {
            self.overheard.push((path.reversed(), bytes.clone()));
            let _ = self.agent.handle_datagram(self.now, path.reversed(), bytes);
            return;
        }
        let to = ADDRESSES
            .iter()
            .position(|peer| address(peer) == path.remote);
        let to = to.expect("sent to nobody");
        let line = String::from_utf8_lossy(bytes);
        let line = line.lines().next().unwrap_or_default();
        self.sent.push((to, line.to_string()));
        match self.links[to] {
            Link::Up => {
                let _ = self.peers[to].handle_datagram(self.now, path.reversed(), bytes);
            }
            Link::Silent => {}
            Link::Refused => self.agent.handle_send_failed(self.now, path, None),
        }
    }

    /// What the owner does: takes the hosts in turn, and gives up after the last.
    fn own(&mut self, event: &BackToBackEvent) {
        let (call, refusal) = match event {
            BackToBackEvent::Offered { call, .. } => (*call, StatusCode::SERVICE_UNAVAILABLE),
            BackToBackEvent::RouteFailed { call, cause } => (*call, cause.status_across()),
            _ => return,
        };
        let attempt = self.attempts.entry(call).or_default();
        *attempt += 1;
        let host = self.hosts.get(*attempt - 1).copied();
        match host {
            // It may have ended in the meantime.
            Some(host) => match self.connect(call, host) {
                Ok(()) | Err(ConnectError::NotWaiting) => {}
                Err(error) => panic!("{error}"),
            },
            None => self.act(|sbc, now, agent| sbc.reject(now, call, refusal, "", &[], agent)),
        }
    }

    fn connect(&mut self, call: CallKey, host: usize) -> Result<(), ConnectError> {
        let options = self.options;
        let path = FiveTuple::new(self.over, address(OUTSIDE), address(ADDRESSES[host]));
        self.act(|sbc, now, agent| {
            let uri = format!("sip:callee@{}", path.remote);
            let outgoing = Outgoing {
                body: sdp("never sent"),
                ..Outgoing::new(path.into(), &uri, "<sip:alice@192.0.2.6>", "<sip:callee@h>")
            };
            sbc.connect(now, call, &outgoing, options, agent)
        })
    }

    /// Lets time pass, timer by timer.
    fn advance(&mut self, length: Duration) {
        let end = self.now + length;
        loop {
            self.settle();
            let agents = self.peers.iter().chain([&self.agent]);
            let next = agents
                .map(UserAgent::poll_timeout)
                .chain([self.sbc.poll_timeout()])
                .flatten()
                .min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return self.settle();
            };
            self.now = self.now.max(next);
            for agent in self.peers.iter_mut().chain([&mut self.agent]) {
                agent.handle_timeout(self.now);
            }
            self.act(|sbc, now, agent| sbc.handle_timeout(now, agent));
            let left = [self.sbc.poll_timeout(), self.agent.poll_timeout()];
            assert!(left.into_iter().flatten().all(|next| next > self.now));
        }
    }

    fn seconds(&mut self, seconds: u64) {
        self.advance(Duration::from_secs(seconds));
    }

    /// Alice calls with an offer.
    fn call(&mut self) -> UsageKey {
        self.call_with(70, sdp("offer"))
    }

    fn call_with(&mut self, max_forwards: u8, body: Option<Body<'_>>) -> UsageKey {
        self.call_as(ALICE, INSIDE, max_forwards, body)
    }

    fn call_as(
        &mut self,
        peer: usize,
        at: &str,
        max_forwards: u8,
        body: Option<Body<'_>>,
    ) -> UsageKey {
        let path = FiveTuple::udp(address(ADDRESSES[peer]), address(at));
        let uri = format!("sip:callee@{at}");
        let outgoing = Outgoing {
            max_forwards,
            body,
            ..Outgoing::new(path.into(), &uri, "<sip:caller@h>", "<sip:callee@h>")
        };
        let usage = self.peers[peer].invite(self.now, &outgoing).unwrap();
        self.settle();
        usage
    }

    /// The last INVITE that reached a host.
    fn invited(&self, host: usize) -> (UsageKey, OwnedMessage) {
        let invited = self.heard[host].iter().rev().find_map(|event| match event {
            UserAgentEvent::Invited { usage, message, .. } => Some((*usage, message.clone())),
            _ => None,
        });
        invited.expect("was not called")
    }

    fn progress(&mut self, host: usize, code: u16, body: Option<Body<'_>>) {
        let (usage, _) = self.invited(host);
        self.peers[host]
            .provisional(self.now, usage, status(code), &[], body)
            .unwrap();
        self.settle();
    }

    fn refuse(&mut self, host: usize, code: u16) {
        let (usage, _) = self.invited(host);
        self.peers[host]
            .reject(self.now, usage, status(code), "Some Reason", &[])
            .unwrap();
        self.settle();
    }

    fn answer(&mut self, host: usize) -> UsageKey {
        let (usage, _) = self.invited(host);
        self.peers[host]
            .accept(self.now, usage, &[], sdp("answer"))
            .unwrap();
        self.settle();
        usage
    }

    /// A call that stands, and nothing heard or told.
    fn established(&mut self) -> (UsageKey, UsageKey) {
        let alice = self.call();
        let host = self.hosts[0];
        let callee = self.answer(host);
        self.peers[ALICE].ack(self.now, alice, None).unwrap();
        self.settle();
        let state = self.peers[host].usage(callee).map(|usage| usage.state);
        assert_eq!(state, Some(UsageState::Established));
        self.forget();
        (alice, callee)
    }

    /// Forgets what was heard so far.
    fn forget(&mut self) {
        self.heard = Default::default();
        self.told.clear();
        self.sent.clear();
        *self.sbc.bodies_mut() = Marked::default();
    }

    /// The one call there is.
    fn the_call(&self) -> CallKey {
        let keys: Vec<CallKey> = self.sbc.keys().collect();
        assert_eq!(keys.len(), 1);
        keys[0]
    }

    fn last(&self, peer: usize) -> &UserAgentEvent {
        self.heard[peer].last().expect("nothing was heard")
    }

    /// How the first INVITE of Alice was refused.
    fn refusal(&self) -> Option<&OwnedMessage> {
        self.heard[ALICE].iter().find_map(|event| match event {
            UserAgentEvent::Rejected {
                initial: true,
                cause: RejectCause::Response(response),
                ..
            } => Some(response),
            _ => None,
        })
    }

    fn refused_with(&self) -> Option<u16> {
        self.refusal().map(code)
    }

    fn hung_up(&self, peer: usize) -> bool {
        let is_bye = |event: &UserAgentEvent| {
            let UserAgentEvent::Ended { cause, .. } = event else {
                return false;
            };
            matches!(cause, EndCause::Bye(_))
        };
        self.heard[peer].iter().any(is_bye)
    }

    fn cancelled(&self, peer: usize) -> bool {
        let is_cancel = |event: &UserAgentEvent| {
            matches!(event, UserAgentEvent::Cancelled { initial: true, .. })
        };
        self.heard[peer].iter().any(is_cancel)
    }

    /// How many requests of this method went to a peer.
    fn count(&self, peer: usize, method: &str) -> usize {
        let to = |(to, line): &&(usize, String)| *to == peer && line.starts_with(method);
        self.sent.iter().filter(to).count()
    }

    fn summaries(&self) -> Vec<CallSummary> {
        let ended = self.told.iter().filter_map(|event| match event {
            BackToBackEvent::Ended { summary, .. } => Some(summary.clone()),
            _ => None,
        });
        ended.collect()
    }

    /// The only call is over, for this reason.
    fn ended(&self) -> EndReason {
        let summaries = self.summaries();
        assert_eq!(
            (summaries.len(), self.sbc.calls()),
            (1, 0),
            "{:?}",
            self.told
        );
        summaries[0].reason
    }

    /// Five minutes later nobody remembers anything.
    fn nothing_is_left(&mut self) {
        self.seconds(300);
        assert_eq!((self.sbc.calls(), self.sbc.legs()), (0, 0));
        assert!(self.sbc.own_call_ids.is_empty() && self.sbc.passed.is_empty());
        assert_eq!(self.sbc.poll_timeout(), None);
        assert_eq!(self.agent.usages().count(), 0);
        // A peer that hears nothing does not know.
        for (peer, link) in self.peers.iter().zip(self.links) {
            assert!(link != Link::Up || peer.usages().count() == 0);
        }
    }
}
