//! Four user agents and the controller's bookkeeping on a virtual clock: alice, the two sides, bob.

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

#[test]
fn a_call_crosses_as_two_dialogs_of_its_own() {
    let mut world = World::new();
    let alice = world.call("+498912345");
    let (bob, invite) = world.invited();
    let message = invite.message();
    assert_eq!(message.request_uri(), Some("sip:+498912345@127.0.0.1:5090"));
    let theirs = world.agents[ALICE]
        .usage(alice)
        .unwrap()
        .dialog
        .call_id()
        .to_owned();
    let ours: trunkline_sip_core::header::CallId<'_> = message.require().unwrap();
    assert_ne!(ours.0, theirs);
    let hops: trunkline_sip_core::header::MaxForwards = message.require().unwrap();
    assert_eq!(hops.0, 69);
    let from: trunkline_sip_core::header::From<'_> = message.require().unwrap();
    assert_eq!(
        from.address.display_name.and_then(|name| name.as_str()),
        Some("Alice")
    );
    assert_eq!(from.uri().as_str(), "sip:+498912@127.0.0.1:5080");
    assert_eq!(
        message.header("P-Asserted-Identity").unwrap().value(),
        b"<sip:+498900@example.com>"
    );
    assert!(
        message.header("X-Hop").is_none(),
        "what speaks of the hop stays on its side"
    );
    // Audio is to go through the relay, not to alice.
    assert_ne!(
        remote(message.body()).unwrap(),
        ALICE_MEDIA.parse().unwrap()
    );

    world.agents[BOB]
        .provisional(world.now, bob, StatusCode::RINGING, &[], None)
        .unwrap();
    world.settle();
    assert!(matches!(
        world.alice.last(),
        Some(UserAgentEvent::Progress { .. })
    ));
    world.bob_answers();
    let Some(UserAgentEvent::Accepted { message, .. }) = world.alice.last() else {
        panic!("{:?}", world.alice)
    };
    assert_ne!(
        remote(message.message().body()).unwrap(),
        BOB_MEDIA.parse().unwrap()
    );
    world.agents[ALICE].ack(world.now, alice, None).unwrap();
    world.settle();
    assert!(matches!(
        world.bob.last(),
        Some(UserAgentEvent::Acknowledged { .. })
    ));

    world.agents[ALICE].bye(world.now, alice, &[]).unwrap();
    world.settle();
    assert!(matches!(
        world.bob.last(),
        Some(UserAgentEvent::Ended {
            cause: EndCause::Bye(_),
            ..
        })
    ));
    let record = world.one_record();
    assert_eq!(
        (record.reason, record.from.as_str(), record.to.as_str()),
        (EndReason::HungUp(Side::Pbx), "+498912", "+498912345")
    );
}

#[test]
fn the_callee_may_hang_up_too() {
    let mut world = World::new();
    let (_, bob) = world.established();
    world.agents[BOB].bye(world.now, bob, &[]).unwrap();
    world.settle();
    assert!(matches!(
        world.alice.last(),
        Some(UserAgentEvent::Ended {
            cause: EndCause::Bye(_),
            ..
        })
    ));
    assert_eq!(world.one_record().reason, EndReason::HungUp(Side::Trunk));
}

#[test]
fn a_caller_that_gives_up_cancels_the_callee() {
    let mut world = World::new();
    let alice = world.call("200");
    let (bob, _) = world.invited();
    world.agents[BOB]
        .provisional(world.now, bob, StatusCode::RINGING, &[], None)
        .unwrap();
    world.settle();
    world.agents[ALICE].cancel(world.now, alice).unwrap();
    world.settle();
    assert!(matches!(
        world.bob.last(),
        Some(UserAgentEvent::Cancelled { initial: true, .. })
    ));
    assert_eq!(world.refused_with(), Some(487));
    assert_eq!(world.one_record().reason, EndReason::Cancelled);
}

#[test]
fn failures_map() {
    for (theirs, ours) in [
        (404, 404),
        (486, 486),
        (603, 603),
        (302, 480),
        (401, 403),
        (407, 403),
        (503, 500),
    ] {
        let mut world = World::new();
        world.call("200");
        let (bob, _) = world.invited();
        world.agents[BOB]
            .reject(
                world.now,
                bob,
                StatusCode::new(theirs).unwrap(),
                "Some Reason",
                &[],
            )
            .unwrap();
        world.settle();
        assert_eq!(world.refused_with(), Some(ours), "{theirs}");
        world.one_record();
    }
}

#[test]
fn a_callee_that_never_answers_gives_408() {
    let mut world = World::new();
    world.bob_is_gone = true;
    world.call("200");
    world.advance(Duration::from_secs(33));
    assert_eq!(world.refused_with(), Some(408));
    world.one_record();
}

#[test]
fn ringing_has_an_end() {
    let mut world = World::new();
    world.call("200");
    let (bob, _) = world.invited();
    world.agents[BOB]
        .provisional(world.now, bob, StatusCode::RINGING, &[], None)
        .unwrap();
    world.advance(RING_LIMIT + Duration::from_secs(1));
    assert_eq!(world.refused_with(), Some(408));
    assert!(
        world
            .bob
            .iter()
            .any(|event| matches!(event, UserAgentEvent::Cancelled { .. }))
    );
    assert_eq!(world.one_record().reason, EndReason::NoAnswer);
}

#[test]
fn max_forwards_ends_and_loops_are_seen() {
    let mut world = World::new();
    world.call_with("200", 0, None);
    assert_eq!(world.refused_with(), Some(483));
    // The provider's side sends everything back to the exchange's side.
    let mut world = World::with_config(|config| config.trunk.peer.address = config.pbx.listen);
    world.call("200");
    assert_eq!(world.refused_with(), Some(482));
}

#[test]
fn a_description_without_usable_audio_is_not_acceptable() {
    let mut world = World::new();
    let sdp = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 4000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n";
    world.call_with("200", 70, Some(sdp));
    assert_eq!(world.refused_with(), Some(488));
    world.alice.clear();
    world.call_with("200", 70, Some(b"not a description"));
    assert_eq!(world.refused_with(), Some(488));
    assert!(world.bob.is_empty());
}

#[test]
fn without_media_ports_the_call_gets_503() {
    let mut world = World::new();
    world.ports_left = 0;
    world.call("200");
    assert_eq!(world.refused_with(), Some(503));
    assert_eq!(world.one_record().reason, EndReason::NoMediaPort);
}

#[test]
fn one_call_too_many_gets_503_and_the_others_stay() {
    let mut world = World::with_config(|config| config.max_calls = 1);
    world.established();
    world.call("201");
    assert_eq!(world.refused_with(), Some(503));
    assert_eq!(world.sbc.calls(), 1);
}

#[test]
fn hold_and_resume_cross_in_both_directions() {
    let mut world = World::new();
    let (alice, bob) = world.established();
    for (asking, usage, answering, address) in [
        (ALICE, alice, BOB, ALICE_MEDIA),
        (BOB, bob, ALICE, BOB_MEDIA),
    ] {
        let sdp = String::from_utf8(offer(address.parse().unwrap()).unwrap()).unwrap();
        let sdp = sdp.replace("a=sendrecv", "a=sendonly");
        world.agents[asking]
            .reinvite(world.now, usage, &[], sdp_body(Some(sdp.as_bytes())))
            .unwrap();
        world.settle();
        let asked = if answering == BOB {
            &world.bob
        } else {
            &world.alice
        };
        let Some(UserAgentEvent::Reinvited {
            usage: across,
            message,
        }) = asked.last()
        else {
            panic!("{asked:?}")
        };
        let (across, body) = (*across, message.body_bytes());
        assert!(
            body.windows(10).any(|window| window == b"a=sendonly"),
            "{}",
            String::from_utf8_lossy(&body)
        );
        let (sdp, _) = answer(
            &body,
            if answering == BOB {
                BOB_MEDIA
            } else {
                ALICE_MEDIA
            }
            .parse()
            .unwrap(),
        )
        .unwrap();
        world.agents[answering]
            .accept(world.now, across, &[], sdp_body(Some(&sdp)))
            .unwrap();
        world.settle();
        let told = if asking == ALICE {
            &world.alice
        } else {
            &world.bob
        };
        let Some(UserAgentEvent::Accepted { message, .. }) = told.last() else {
            panic!("{told:?}")
        };
        assert!(
            message
                .body_bytes()
                .windows(10)
                .any(|window| window == b"a=recvonly")
        );
        world.agents[asking].ack(world.now, usage, None).unwrap();
        world.settle();
        let told = if answering == ALICE {
            &world.alice
        } else {
            &world.bob
        };
        assert!(matches!(
            told.last(),
            Some(UserAgentEvent::Acknowledged { .. })
        ));
    }
    assert_eq!(world.sbc.calls(), 1);
}

#[test]
fn a_refused_reinvite_leaves_the_call_alone() {
    let mut world = World::new();
    let (alice, _) = world.established();
    let sdp = offer(ALICE_MEDIA.parse().unwrap()).unwrap();
    world.agents[ALICE]
        .reinvite(world.now, alice, &[], sdp_body(Some(&sdp)))
        .unwrap();
    world.settle();
    let Some(UserAgentEvent::Reinvited { usage, .. }) = world.bob.last() else {
        panic!()
    };
    world.agents[BOB]
        .reject(
            world.now,
            *usage,
            StatusCode::NOT_ACCEPTABLE_HERE,
            "Not Acceptable Here",
            &[],
        )
        .unwrap();
    world.settle();
    assert!(
        matches!(
            world.alice.last(),
            Some(UserAgentEvent::Rejected { initial: false, .. })
        ),
        "{:?}",
        world.alice
    );
    assert_eq!(world.sbc.calls(), 1);
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let mut world = World::new();
    let alice = world.call_with("200", 70, None);
    let (bob, invite) = world.invited();
    assert!(invite.message().body().is_empty());
    let sdp = offer(BOB_MEDIA.parse().unwrap()).unwrap();
    world.agents[BOB]
        .accept(world.now, bob, &[], sdp_body(Some(&sdp)))
        .unwrap();
    world.settle();
    let Some(UserAgentEvent::Accepted { message, .. }) = world.alice.last() else {
        panic!("{:?}", world.alice)
    };
    let (sdp, relay) = answer(message.message().body(), ALICE_MEDIA.parse().unwrap()).unwrap();
    assert_ne!(relay, BOB_MEDIA.parse().unwrap());
    assert!(
        !world
            .bob
            .iter()
            .any(|event| matches!(event, UserAgentEvent::Acknowledged { .. })),
        "too early"
    );
    world.agents[ALICE]
        .ack(world.now, alice, sdp_body(Some(&sdp)))
        .unwrap();
    world.settle();
    let Some(UserAgentEvent::Acknowledged { message, .. }) = world.bob.last() else {
        panic!("{:?}", world.bob)
    };
    assert_ne!(
        remote(message.message().body()).unwrap(),
        ALICE_MEDIA.parse().unwrap()
    );
}

#[test]
fn requests_inside_the_call_cross() {
    let mut world = World::new();
    let (alice, _) = world.established();
    let body = Body {
        content_type: "application/dtmf-relay",
        bytes: b"Signal=5\r\n",
    };
    world.agents[ALICE]
        .request_in_dialog(world.now, alice, Method::Info, &[], Some(body))
        .unwrap();
    world.settle();
    let Some(UserAgentEvent::Request {
        transaction,
        message,
        ..
    }) = world.bob.last()
    else {
        panic!("{:?}", world.bob)
    };
    assert_eq!(
        (message.message().method(), message.message().body()),
        (Some(Method::Info), &b"Signal=5\r\n"[..])
    );
    world.agents[BOB]
        .respond(world.now, *transaction, StatusCode::OK, "OK", &[], None)
        .unwrap();
    world.settle();
    let Some(UserAgentEvent::Response { message, .. }) = world.alice.last() else {
        panic!("{:?}", world.alice)
    };
    assert_eq!(
        message.message().status().map(|status| status.code()),
        Some(200)
    );
}

#[test]
fn options_crosses_when_it_names_a_user() {
    for (uri, crosses) in [
        ("sip:200@127.0.0.1:5060", true),
        ("sip:127.0.0.1:5060", false),
    ] {
        let mut world = World::new();
        let mut agent = core::mem::replace(
            &mut world.agents[ALICE],
            UserAgent::new(UserAgentConfig::default(), [0; 32]),
        );
        let now = world.now;
        world
            .outgoing("200", 70, None, |outgoing| {
                agent.request(
                    now,
                    Method::Options,
                    &Outgoing {
                        request_uri: uri,
                        ..*outgoing
                    },
                )
            })
            .unwrap();
        world.agents[ALICE] = agent;
        world.settle();
        assert_eq!(world.bob.len(), usize::from(crosses), "{uri}");
        if let Some(UserAgentEvent::Request { transaction, .. }) = world.bob.last() {
            world.agents[BOB]
                .respond(
                    world.now,
                    *transaction,
                    StatusCode::OK,
                    "OK",
                    &[("Accept", "application/sdp")],
                    None,
                )
                .unwrap();
            world.settle();
        }
        let Some(UserAgentEvent::Response { message, .. }) = world.alice.last() else {
            panic!("{:?}", world.alice)
        };
        assert_eq!(
            message.message().status().map(|status| status.code()),
            Some(200)
        );
        assert!(message.message().header("Accept").is_some());
    }
}

#[test]
fn a_call_without_media_is_ended_on_both_sides() {
    let mut world = World::new();
    world.established();
    let watched = world.commands.iter().find_map(|command| match command {
        MediaCommand::Watch { call } => Some(*call),
        _ => None,
    });
    let answer = MediaAnswer::TimedOut {
        call: watched.expect("nobody watches the answered call"),
    };
    world.with_agents(|sbc, now, agents| sbc.handle_media(now, answer, agents));
    world.settle();
    for events in [&world.alice, &world.bob] {
        assert!(
            matches!(
                events.last(),
                Some(UserAgentEvent::Ended {
                    cause: EndCause::Bye(_),
                    ..
                })
            ),
            "{events:?}"
        );
    }
    assert_eq!(world.one_record().reason, EndReason::MediaTimeout);
}

#[test]
fn a_callee_that_is_lost_ends_the_caller() {
    let mut world = World::new();
    let (alice, _) = world.established();
    world.bob_is_gone = true;
    let sdp = offer(ALICE_MEDIA.parse().unwrap()).unwrap();
    world.agents[ALICE]
        .reinvite(world.now, alice, &[], sdp_body(Some(&sdp)))
        .unwrap();
    world.advance(Duration::from_secs(70));
    assert!(
        world
            .alice
            .iter()
            .any(|event| matches!(event, UserAgentEvent::Ended { .. })),
        "{:?}",
        world.alice
    );
    assert_eq!(world.one_record().reason, EndReason::Lost(Side::Trunk));
}

#[test]
fn shutting_down_hangs_up_and_takes_no_more() {
    let mut world = World::new();
    world.established();
    world.call("201");
    // A CANCEL waits for the first provisional response (RFC 3261 section 9.1), here 100.
    world.advance(Duration::from_millis(300));
    world.with_agents(|sbc, now, agents| sbc.shut_down(now, agents));
    world.settle();
    assert_eq!(
        world.refused_with(),
        Some(503),
        "the call that was still ringing"
    );
    assert!(world.bob.iter().any(|event| matches!(
        event,
        UserAgentEvent::Ended {
            cause: EndCause::Bye(_),
            ..
        }
    )));
    assert!(
        world
            .bob
            .iter()
            .any(|event| matches!(event, UserAgentEvent::Cancelled { .. }))
    );
    world.alice.clear();
    world.call("202");
    assert_eq!(world.refused_with(), Some(503));
    assert_eq!(world.sbc.calls(), 0);
}
