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

/// A message as it came in once, with something about it changed.
fn forge(world: &World, dice: &mut Dice) -> Option<(FiveTuple, Vec<u8>)> {
    let recent = world.overheard.len().saturating_sub(40);
    let recent = &world.overheard[recent..];
    if recent.is_empty() {
        return None;
    }
    let (path, bytes) = recent[dice.roll(recent.len())].clone();
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    let other = String::from_utf8_lossy(&recent[dice.roll(recent.len())].1).into_owned();
    let line = |text: &str, name: &str| {
        let found = text.lines().find(|line| line.starts_with(name));
        found.unwrap_or_default().to_string()
    };
    for _ in 0..=dice.roll(3) {
        let start = text.lines().next().unwrap_or_default().to_string();
        match dice.roll(9) {
            // Another response.
            0 | 1 if start.starts_with("SIP/2.0 ") => {
                let codes = [
                    100, 180, 183, 199, 200, 202, 302, 408, 481, 487, 491, 500, 503, 600,
                ];
                text = text.replacen(&start, &format!("SIP/2.0 {} x", dice.pick(&codes)), 1);
            }
            // Another method.
            0 | 1 => {
                let methods = [
                    "INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "INFO", "PRACK", "REFER", "NOTIFY",
                    "OPTIONS", "FOO",
                ];
                let (old, _) = start.split_once(' ').unwrap_or_default();
                text = text.replace(old, dice.pick(&methods));
            }
            // A new transaction.
            2 | 3 => {
                text = text.replacen(
                    "branch=z9hG4bK",
                    &format!("branch=z9hG4bK{}", dice.roll(99)),
                    1,
                )
            }
            // Another place in the sequence.
            4 => {
                let old = line(&text, "CSeq: ");
                let (_, method) = old.rsplit_once(' ').unwrap_or_default();
                let next = format!("CSeq: {} {method}", dice.roll(1 << 31));
                text = text.replacen(&old, &next, 1);
            }
            // Something of another message.
            5 | 6 => {
                let name = dice.pick(&[
                    "Call-ID: ",
                    "To: ",
                    "From: ",
                    "CSeq: ",
                    "Via: ",
                    "Contact: ",
                ]);
                text = text.replacen(&line(&text, name), &line(&other, name), 1);
            }
            // Another fork, or none.
            7 => {
                let to = line(&text, "To: ");
                let bare = to.split(";tag=").next().unwrap_or_default();
                let forked = format!("{bare};tag={}", dice.roll(4));
                text = text.replacen(&to, dice.pick(&[bare, &forked]), 1);
            }
            _ => {
                let body = text.find("\r\n\r\n").map_or(text.len(), |end| end + 4);
                let length = line(&text, "Content-Length: ");
                text.truncate(body);
                text = text.replacen(&length, "Content-Length: 0", 1);
            }
        }
    }
    Some((path, text.into_bytes()))
}

#[test]
fn forged_messages_leave_nothing_behind_and_end_no_call_twice() {
    let mut answered = 0;
    for seed in 1..=100 {
        let mut dice = Dice(0xd1b5_4a32_d192_ed03_u64.wrapping_mul(seed));
        let mut world = World::with(|config| config.max_calls = 6);
        world.hosts = vec![BOB, CAROL];
        for _ in 0..80 {
            match dice.roll(8) {
                0 => {
                    let body = body(&mut dice);
                    world.call_with(70, body);
                }
                1 => world.advance(Duration::from_millis(dice.roll(5_000) as u64)),
                2..=4 => act_on_a_leg(&mut world, &mut dice),
                _ => {
                    if let Some((path, bytes)) = forge(&world, &mut dice) {
                        let _ = world.agent.handle_datagram(world.now, path, &bytes);
                    }
                }
            }
            if dice.roll(3) > 0 {
                world.settle();
                react(&mut world, &mut dice);
                world.settle();
            }
        }
        world.act(|sbc, now, agent| sbc.hang_up_all(now, EndReason::ShutDown, agent));
        world.seconds(400);
        assert_eq!((world.sbc.calls(), world.sbc.legs()), (0, 0), "seed {seed}");
        assert!(world.sbc.own_call_ids.is_empty() && world.sbc.passed.is_empty());
        assert_eq!(world.agent.usages().count(), 0, "seed {seed}");
        let count =
            |is: fn(&BackToBackEvent) -> bool| world.told.iter().filter(|event| is(event)).count();
        let offered = count(|event| matches!(event, BackToBackEvent::Offered { .. }));
        let ended = count(|event| matches!(event, BackToBackEvent::Ended { .. }));
        assert_eq!(offered, ended, "seed {seed}");
        answered += count(|event| matches!(event, BackToBackEvent::Answered { .. }));
    }
    assert!(answered > 50, "{answered}");
}
