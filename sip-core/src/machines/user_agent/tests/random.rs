//! Owners who do anything at any time, over a network that loses much of it.

use std::collections::BTreeMap;

use trunkline_testkit::Random;

use super::*;
use crate::{DigestAccount, Method, ServerTransaction};

/// What one owner knows.
#[derive(Default)]
struct Owner {
    /// How often each call has ended.
    calls: BTreeMap<UsageKey, u32>,
    asked: Vec<ServerTransaction>,
}

impl Owner {
    fn see(&mut self, event: &UserAgentEvent, seed: u64) {
        let (usage, ends) = match event {
            UserAgentEvent::Invited { usage, .. } => {
                assert_eq!(self.calls.insert(*usage, 0), None, "seed {seed}");
                return;
            }
            UserAgentEvent::Request { transaction, .. } => {
                self.asked.push(*transaction);
                return;
            }
            UserAgentEvent::Cancelled { usage, initial }
            | UserAgentEvent::Rejected { usage, initial, .. } => (usage, *initial),
            UserAgentEvent::Ended { usage, .. } => (usage, true),
            UserAgentEvent::Acknowledged { usage, .. }
            | UserAgentEvent::Progress { usage, .. }
            | UserAgentEvent::Accepted { usage, .. }
            | UserAgentEvent::Reinvited { usage, .. } => (usage, false),
            UserAgentEvent::Response { .. }
            | UserAgentEvent::Failed { .. }
            | UserAgentEvent::WrongProof { .. } => return,
        };
        let ended = self.calls.get_mut(usage).unwrap();
        assert_eq!(*ended, 0, "seed {seed}: {event:?} after the end");
        *ended += u32::from(ends);
    }

    fn act(&mut self, now: Instant, agent: &mut UserAgent, random: &mut Random) {
        let keys: Vec<_> = self.calls.keys().copied().collect();
        let Some(&key) = keys.get(random.index(keys.len().max(1))) else {
            return;
        };
        // Whatever makes no sense now is refused, and nothing comes of it.
        let _ = match random.index(10) {
            0 => agent.provisional(now, key, StatusCode::RINGING, &[], None),
            1 | 2 => agent.accept(now, key, &[], SDP),
            3 => {
                let asks = challenge(random);
                let (status, headers) = match random.chance(0.5) {
                    true => (
                        StatusCode::UNAUTHORIZED,
                        &[("WWW-Authenticate", &*asks)][..],
                    ),
                    false => (StatusCode::DECLINE, &[][..]),
                };
                let rejected = agent.reject(now, key, status, "", headers);
                if rejected.is_ok() && agent.usage(key).is_none() {
                    *self.calls.get_mut(&key).unwrap() += 1;
                }
                rejected
            }
            4 => agent.cancel(now, key),
            5 | 6 => agent.ack(now, key, None),
            7 => agent.reinvite(now, key, &[], SDP),
            8 if random.chance(0.3) => agent.bye(now, key, &[]),
            _ => match self.asked.pop() {
                Some(asked) if random.chance(0.3) => {
                    let headers = [("Proxy-Authenticate", &*challenge(random))];
                    let status = StatusCode::PROXY_AUTHENTICATION_REQUIRED;
                    agent.respond(now, asked, status, "", &headers, None)
                }
                Some(asked) => agent.respond(now, asked, StatusCode::OK, "", &[], None),
                None => agent
                    .request_in_dialog(now, key, Method::Update, &[], None)
                    .map(|_| ()),
            },
        };
    }
}

/// Whether it is the right question, the user agent that is asked has to find out.
fn challenge(random: &mut Random) -> String {
    let (nonce, stale) = (random.index(4), random.chance(0.7));
    format!("Digest realm=\"example.com\", nonce=\"{nonce}\", stale={stale}")
}

#[test]
fn every_call_ends_once_and_leaves_nothing_whatever_its_owners_do() {
    for seed in 0..60 {
        let link = Link {
            loss: 0.15,
            duplication: 0.1,
            reordering: 0.1,
            held_back: Duration::from_millis(400),
            ..Link::with_delay(Duration::from_millis(20))
        };
        let mut world = World::new();
        *world.simulation.network_mut() = Network::new(seed, link);
        let mut random = Random::new(seed);
        for host in [A, B] {
            let account = DigestAccount::with_password("somebody", "secret");
            world.agent(host).add_account(account);
        }
        let mut owners = [Owner::default(), Owner::default()];
        for step in 0..400 {
            let now = world.now();
            if step % 25 == 0 && step < 300 {
                let (host, from, to) = if random.chance(0.5) {
                    (A, ALICE, BOB)
                } else {
                    (B, BOB, ALICE)
                };
                let path = FiveTuple::udp(address(from), address(to));
                let usage = world.agent(host).invite(now, &call(path.into())).unwrap();
                owners[host.0].calls.insert(usage, 0);
            }
            for host in [A, B] {
                owners[host.0].act(now, world.agent(host), &mut random);
            }
            world.run(random.index(400) as u64);
            for host in [A, B] {
                for event in world.events(host) {
                    owners[host.0].see(&event, seed);
                }
            }
        }
        // Everybody hangs up.
        for host in [A, B] {
            let now = world.now();
            let keys: Vec<_> = world.agent(host).usages().collect();
            for key in keys {
                world.agent(host).bye(now, key, &[]).unwrap();
            }
        }
        for _ in 0..40 {
            world.run(10_000);
            for host in [A, B] {
                for event in world.events(host) {
                    owners[host.0].see(&event, seed);
                }
                let now = world.now();
                // Calls that began at the last moment.
                let keys: Vec<_> = world.agent(host).usages().collect();
                for key in keys {
                    let _ = world.agent(host).bye(now, key, &[]);
                }
            }
        }
        for host in [A, B] {
            let calls = &owners[host.0].calls;
            assert!(
                calls.len() > 5 && calls.values().all(|&ended| ended == 1),
                "seed {seed}"
            );
        }
        world.nothing_is_left();
    }
}
