//! Hosts, names and calls at random: whatever happened, it ends well.

use super::*;

/// The pseudo-random numbers of Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[test]
fn after_any_disorder_all_trunks_are_up_and_take_turns() {
    for seed in 1..=8 {
        let mut random = Random(seed * 0x9e37_79b9_7f4a);
        let mut config = two_by_two();
        if seed % 2 == 0 {
            config.options_interval = None;
        }
        let mut world = World::new(config);
        for _ in 0..400 {
            let last = 1 + random.below(4) as usize;
            world.far(last).mood = match random.below(8) {
                0 => Mood::Silent,
                1 => Mood::Refuses,
                2 => Mood::Busy(None),
                3 => Mood::Busy(Some(random.below(100) as u32)),
                4 => Mood::Answers(408),
                5 => Mood::Answers(404),
                _ => Mood::Answers(200),
            };
            let all = [
                "192.0.2.1",
                "192.0.2.2",
                "192.0.2.3",
                "192.0.2.4",
                "2001:db8::1",
            ];
            let (from, count) = (random.below(5) as usize, random.below(4) as usize);
            let answer = all.iter().cycle().skip(from).take(count);
            let answer: Vec<_> = answer.copied().collect();
            let name = [LINK01, LINK02][random.below(2) as usize];
            let ttl = random.below(100);
            world.set_name(name, (ttl != 0).then_some((&answer[..], ttl)));
            world.group.set_maintenance(random.below(4) == 0);
            for _ in 0..random.below(4) {
                let tried = world.call();
                assert!(tried.len() <= 4 * 4);
            }
            world.options_from(name, 1 + random.below(9) as u8);
            world.run(Duration::from_millis(random.below(20_000)));
        }

        for last in 1..=4 {
            world.far(last).mood = Mood::Answers(200);
        }
        world.set_name(LINK01, Some((&["192.0.2.1"], 60)));
        world.set_name(LINK02, Some((&["192.0.2.2"], 60)));
        world.group.set_maintenance(false);
        for _ in 0..200 {
            world.seconds(1);
            world.call();
        }
        assert!((0..4).all(|trunk| world.health(trunk) == TrunkHealth::Up));
        let first = world.call().remove(0).0;
        for call in 1..100 {
            let (host, tries) = world.placed();
            assert_eq!((host == first, tries), (call % 2 == 0, 1));
        }
    }
}
