//! Four user agents and the controller's bookkeeping on a virtual clock: alice, the two sides, bob.

mod calls;
mod changes;
mod failures;

use core::net::SocketAddr;

use bytes::Bytes;
use trunkline_sans_io::FiveTuple;
use trunkline_sip_core::{Destination, LayerConfig, Outgoing, UsageState, UserAgentConfig};

use super::*;
use crate::demo::{answer, offer, remote};
use trunkline_sip_core::Method;

const ALICE: usize = 0;
const PBX: usize = 1;
const TRUNK: usize = 2;
const BOB: usize = 3;

struct World {
    now: Instant,
    agents: [UserAgent; 4],
    addresses: [SocketAddr; 4],
    sbc: BackToBack,
    alice: Vec<UserAgentEvent>,
    bob: Vec<UserAgentEvent>,
    records: Vec<CallRecord>,
    commands: Vec<MediaCommand>,
    ports_left: usize,
    /// The link to bob is cut.
    bob_is_gone: bool,
}

impl World {
    fn new() -> Self {
        Self::with_config(|_| {})
    }

    fn with_config(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        change(&mut config);
        let addresses = [
            config.pbx.peer.address,
            config.pbx.listen,
            config.trunk.listen,
            config.trunk.peer.address,
        ];
        let agent =
            |seed: u8| UserAgent::new(UserAgentConfig::new(LayerConfig::default()), [seed; 32]);
        Self {
            now: Instant::from_secs(1),
            agents: [agent(1), agent(2), agent(3), agent(4)],
            addresses,
            sbc: BackToBack::new(config),
            alice: Vec::new(),
            bob: Vec::new(),
            records: Vec::new(),
            commands: Vec::new(),
            ports_left: 100,
            bob_is_gone: false,
        }
    }

    /// Carries everything to its end, without letting time pass.
    fn settle(&mut self) {
        loop {
            let mut sent: Vec<(FiveTuple, Bytes)> = Vec::new();
            for agent in &mut self.agents {
                while let Some((transmit, bytes)) = agent.poll_transmit_bytes(self.now) {
                    sent.push((transmit.path, bytes));
                }
            }
            let mut quiet = sent.is_empty();
            for (path, bytes) in sent {
                let Some(to) = self
                    .addresses
                    .iter()
                    .position(|address| *address == path.remote)
                else {
                    continue;
                };
                if to != BOB || !self.bob_is_gone {
                    let _ = self.agents[to].handle_datagram(self.now, path.reversed(), &bytes);
                }
            }
            while let Some(event) = self.agents[ALICE].poll_event() {
                self.alice.push(event);
            }
            while let Some(event) = self.agents[BOB].poll_event() {
                self.bob.push(event);
            }
            for (side, at) in [(Side::Pbx, PBX), (Side::Trunk, TRUNK)] {
                while let Some(event) = self.agents[at].poll_event() {
                    quiet = false;
                    self.with_agents(|sbc, now, agents| sbc.handle_event(now, side, event, agents));
                }
            }
            while let Some(command) = self.sbc.poll_media() {
                quiet = false;
                self.media(command);
            }
            while let Some(record) = self.sbc.poll_record() {
                self.records.push(record);
            }
            if quiet {
                return;
            }
        }
    }

    fn media(&mut self, command: MediaCommand) {
        let answer = match command {
            MediaCommand::Allocate { call } => {
                let ports = (self.ports_left > 0).then(|| {
                    self.ports_left -= 1;
                    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
                    MediaPorts {
                        rtp: [at(50_000), at(50_002)],
                        rtcp: [at(50_001), at(50_003)],
                    }
                });
                Some(MediaAnswer::Allocated { call, ports })
            }
            MediaCommand::Release { call } => Some(MediaAnswer::Released { call, media: None }),
            MediaCommand::SetRemote { .. } | MediaCommand::Watch { .. } => None,
        };
        if let Some(answer) = answer {
            self.with_agents(|sbc, now, agents| sbc.handle_media(now, answer, agents));
        }
        self.commands.push(command);
    }

    fn with_agents(&mut self, act: impl FnOnce(&mut BackToBack, Instant, &mut Agents<'_>)) {
        let [_, pbx, trunk, _] = &mut self.agents;
        act(&mut self.sbc, self.now, &mut Agents { pbx, trunk });
    }

    /// Lets time pass, timer by timer.
    fn advance(&mut self, length: Duration) {
        let end = self.now + length;
        loop {
            self.settle();
            let next = self
                .agents
                .iter()
                .map(UserAgent::poll_timeout)
                .chain([self.sbc.poll_timeout()])
                .flatten()
                .min();
            match next.filter(|next| *next <= end) {
                Some(next) => {
                    self.now = self.now.max(next);
                    for agent in &mut self.agents {
                        agent.handle_timeout(self.now);
                    }
                    self.with_agents(|sbc, now, agents| sbc.handle_timeout(now, agents));
                }
                None => {
                    self.now = end;
                    return self.settle();
                }
            }
        }
    }

    fn outgoing<R>(
        &self,
        number: &str,
        max_forwards: u8,
        body: Option<&[u8]>,
        act: impl FnOnce(&Outgoing<'_>) -> R,
    ) -> R {
        act(&Outgoing {
            destination: Destination {
                path: FiveTuple::udp(self.addresses[ALICE], self.addresses[PBX]),
                connection: None,
            },
            request_uri: &format!("sip:{number}@{}", self.addresses[PBX]),
            from: &format!("\"Alice\" <sip:+498912@{}>", self.addresses[ALICE]),
            to: &format!("<sip:{number}@{}>", self.addresses[PBX]),
            contact: None,
            call_id: None,
            max_forwards,
            headers: &[
                ("P-Asserted-Identity", "<sip:+498900@example.com>"),
                ("P-Asserted-Identity", "<tel:+498900>"),
                ("X-Hop", "ours alone"),
            ],
            body: sdp_body(body),
        })
    }

    fn call(&mut self, number: &str) -> UsageKey {
        let offer = offer(ALICE_MEDIA.parse().unwrap()).unwrap();
        self.call_with(number, 70, Some(&offer))
    }

    fn call_with(&mut self, number: &str, max_forwards: u8, body: Option<&[u8]>) -> UsageKey {
        let now = self.now;
        let mut agent = core::mem::replace(
            &mut self.agents[ALICE],
            UserAgent::new(UserAgentConfig::default(), [0; 32]),
        );
        let usage = self
            .outgoing(number, max_forwards, body, |outgoing| {
                agent.invite(now, outgoing)
            })
            .unwrap();
        self.agents[ALICE] = agent;
        self.settle();
        usage
    }

    /// The INVITE that reached bob.
    fn invited(&self) -> (UsageKey, OwnedMessage) {
        let invited = self.bob.iter().find_map(|event| match event {
            UserAgentEvent::Invited { usage, message, .. } => Some((*usage, message.clone())),
            _ => None,
        });
        invited.expect("bob was not called")
    }

    fn bob_answers(&mut self) -> UsageKey {
        let (usage, invite) = self.invited();
        let (sdp, _) = answer(invite.message().body(), BOB_MEDIA.parse().unwrap()).unwrap();
        self.agents[BOB]
            .accept(self.now, usage, &[], sdp_body(Some(&sdp)))
            .unwrap();
        self.settle();
        usage
    }

    /// A call that stands.
    fn established(&mut self) -> (UsageKey, UsageKey) {
        let alice = self.call("200");
        let bob = self.bob_answers();
        assert!(
            matches!(self.alice.last(), Some(UserAgentEvent::Accepted { .. })),
            "{:?}",
            self.alice
        );
        self.agents[ALICE].ack(self.now, alice, None).unwrap();
        self.settle();
        assert_eq!(
            self.agents[BOB].usage(bob).map(|usage| usage.state),
            Some(UsageState::Established)
        );
        self.alice.clear();
        self.bob.clear();
        (alice, bob)
    }

    fn refused_with(&self) -> Option<u16> {
        self.alice.iter().find_map(|event| match event {
            UserAgentEvent::Rejected {
                initial: true,
                cause: RejectCause::Response(response),
                ..
            } => response.message().status().map(|status| status.code()),
            _ => None,
        })
    }

    fn one_record(&self) -> &CallRecord {
        assert_eq!(
            (self.records.len(), self.sbc.calls()),
            (1, 0),
            "{:?}",
            self.records
        );
        &self.records[0]
    }
}

const ALICE_MEDIA: &str = "127.0.0.1:40000";
const BOB_MEDIA: &str = "127.0.0.1:40100";
