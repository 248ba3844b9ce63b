//! Hosts fail at random: every call ends once and nothing stays behind.

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

const MOODS: [Mood; 9] = [
    Mood::Answers,
    Mood::Answers,
    Mood::Rings,
    Mood::Says(486),
    Mood::Busy(None),
    Mood::Busy(Some(7)),
    Mood::Silent,
    Mood::Refuses,
    Mood::Resets,
];

#[test]
fn every_call_ends_once_whatever_the_hosts_do() {
    let (mut answered, mut failed) = (0, 0);
    for seed in 1..=60 {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let locals = 1 + dice.roll(2);
        // Over TCP with two local addresses there would be two connections to each host.
        let transport = match locals {
            1 => dice.pick(&[Transport::Udp, Transport::Tcp]),
            _ => Transport::Udp,
        };
        let mut world = World::with(&OUTSIDE[..locals], transport, |config| config.max_calls = 8);
        let mut numbers: Vec<String> = Vec::new();
        for _ in 0..80 {
            match dice.roll(10) {
                0..=3 => numbers.push(world.dial()),
                4 => world.hosts[dice.roll(4)].mood = dice.pick(&MOODS),
                5 => {
                    world.wish.group = dice.pick(&[PROVIDER, PBX]);
                }
                6 => {
                    if let Some(number) = numbers.get(dice.roll(numbers.len().max(1))) {
                        let leg = world.legs[number];
                        let _ = world.alice.bye(world.now, leg, &[]);
                        let _ = world.alice.cancel(world.now, leg);
                    }
                }
                7 => {
                    let keys: Vec<CallKey> = world.router.back_to_back().keys().collect();
                    if !keys.is_empty() {
                        let call = dice.pick(&keys);
                        let reason = EndReason::MediaTimeout;
                        world.act(|router, now, agent| router.hang_up(now, call, reason, agent));
                    }
                }
                _ => world.advance(Duration::from_millis(dice.roll(6_000) as u64)),
            }
            // Sometimes several things happen at once.
            if dice.roll(3) > 0 {
                world.settle();
            }
        }
        for host in &mut world.hosts {
            host.mood = Mood::Answers;
        }
        world.settle();
        world.act(|router, now, agent| router.hang_up_all(now, EndReason::ShutDown, agent));
        world.settle();
        world.seconds(60);
        world.nothing_is_left();
        for (_, event) in &world.told {
            match event {
                CallRouterEvent::Answered { .. } => answered += 1,
                CallRouterEvent::Failed { .. } => failed += 1,
                _ => {}
            }
        }
    }
    assert!(
        answered > 100 && failed > 100,
        "{answered} answered, {failed} failed"
    );
}
