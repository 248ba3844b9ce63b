//! Whatever the parties do, every call ends once and nothing stays behind.

use super::*;

/// A small generator (xorshift): the same steps for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % sides
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

fn body(dice: &mut Dice) -> Option<Body<'static>> {
    dice.pick(&[sdp("offer"), sdp("offer"), sdp("no audio"), None])
}

/// One of the peers does something with one of its legs, possible or not.
fn act_on_a_leg(world: &mut World, dice: &mut Dice) {
    let peer = dice.roll(3);
    let now = world.now;
    let agent = &mut world.peers[peer];
    let usages: Vec<UsageKey> = agent.usages().collect();
    if usages.is_empty() {
        return;
    }
    let usage = dice.pick(&usages);
    let code = status(dice.pick(&[302, 401, 404, 408, 481, 486, 500, 503, 603]));
    let _ = match dice.roll(10) {
        0 => agent.provisional(now, usage, status(180), &[], None),
        1 => agent.provisional(now, usage, status(183), &[], body(dice)),
        2 | 3 => agent.accept(now, usage, &[], body(dice)),
        4 => agent.reject(now, usage, code, "", &[]),
        5 => agent.cancel(now, usage),
        6 => agent.bye(now, usage, &[]),
        7 => agent.reinvite(now, usage, &[], body(dice)),
        8 => agent
            .request_in_dialog(now, usage, Method::Update, &[], body(dice))
            .map(|_| ()),
        _ => agent
            .request_in_dialog(now, usage, Method::Info, &[], None)
            .map(|_| ()),
    };
}

/// Acknowledges most of what was accepted, and answers most of what was asked.
fn react(world: &mut World, dice: &mut Dice) {
    for peer in [ALICE, BOB, CAROL] {
        for event in core::mem::take(&mut world.heard[peer]) {
            let agent = &mut world.peers[peer];
            match event {
                UserAgentEvent::Accepted { usage, .. } if dice.roll(10) > 0 => {
                    let _ = agent.ack(world.now, usage, body(dice));
                }
                UserAgentEvent::Request { transaction, .. } if dice.roll(10) > 0 => {
                    let code = status(dice.pick(&[200, 200, 200, 481, 488, 503]));
                    let body = body(dice);
                    let _ = agent.respond(world.now, transaction, code, "", &[], body);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn every_call_ends_once_whatever_happens() {
    let (mut answered, mut moved) = (0, 0);
    for seed in 1..=150 {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let mut world = World::with(|config| config.max_calls = 6);
        world.hosts = vec![BOB, CAROL];
        for _ in 0..60 {
            match dice.roll(12) {
                0 | 1 => {
                    let body = body(&mut dice);
                    world.call_with(70, body);
                }
                2 => {
                    let peer = 1 + dice.roll(2);
                    world.links[peer] =
                        dice.pick(&[Link::Up, Link::Up, Link::Silent, Link::Refused]);
                }
                3 => {
                    let keys: Vec<CallKey> = world.sbc.keys().collect();
                    if !keys.is_empty() {
                        let call = dice.pick(&keys);
                        let reason = EndReason::MediaTimeout;
                        world.act(|sbc, now, agent| sbc.hang_up(now, call, reason, agent));
                    }
                }
                4 => world.advance(Duration::from_millis(dice.roll(8_000) as u64)),
                _ => act_on_a_leg(&mut world, &mut dice),
            }
            // Sometimes two things happen at once.
            if dice.roll(3) > 0 {
                world.settle();
                react(&mut world, &mut dice);
                world.settle();
            }
            let view = |key| world.sbc.call(key).expect("a key of a call there is");
            assert!(world.sbc.keys().all(|key| view(key).legs[0].is_some()));
        }
        world.links = [Link::Up; 3];
        world.act(|sbc, now, agent| sbc.hang_up_all(now, EndReason::ShutDown, agent));
        world.settle();
        for peer in &mut world.peers {
            let usages: Vec<UsageKey> = peer.usages().collect();
            for usage in usages {
                let _ = peer.bye(world.now, usage, &[]);
            }
        }
        world.nothing_is_left();
        let mut open: Vec<CallKey> = Vec::new();
        for event in &world.told {
            match event {
                BackToBackEvent::Offered { call, .. } => open.push(*call),
                BackToBackEvent::Ended { call, .. } => {
                    let place = open.iter().position(|other| other == call);
                    open.swap_remove(place.expect("ended twice"));
                }
                BackToBackEvent::Answered { .. } => answered += 1,
                BackToBackEvent::RouteFailed { .. } => moved += 1,
                _ => {}
            }
        }
        assert!(open.is_empty(), "seed {seed}");
    }
    assert!(
        answered > 50 && moved > 50,
        "{answered} answered, {moved} moved"
    );
}
