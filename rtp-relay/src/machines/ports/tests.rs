use proptest::prelude::*;

use super::*;
extern crate std;
use std::collections::{HashMap, HashSet};
use std::vec::Vec;

const QUARANTINE: Duration = Duration::from_secs(10);

fn ports(range: PortRange, quarantine: Duration) -> Ports<Vec<u64>> {
    Ports::new(range, quarantine, std::vec![u64::MAX; range.words()]).unwrap()
}

#[test]
fn ranges_hold_whole_pairs_only() {
    let cases = [
        ((49152, 57500), Some((49152, 57499, 4174))),
        ((30000, 33000), Some((30000, 32999, 1500))),
        ((10001, 10004), Some((10002, 10003, 1))),
        ((10000, 10001), Some((10000, 10001, 1))),
        ((1, 65535), Some((2, 65535, 32767))),
        ((65534, 65535), Some((65534, 65535, 1))),
        ((10001, 10002), None),
        ((10000, 10000), None),
        ((10002, 10000), None),
        ((0, 100), None),
        ((65535, 65535), None),
    ];
    for ((first, last), expected) in cases {
        let range = PortRange::new(first, last).ok();
        let found = range.map(|range| (range.first(), range.last(), range.pairs()));
        assert_eq!(found, expected, "{first}-{last}");
    }
}

#[test]
fn shares_are_the_whole() {
    for parts in 1..9 {
        let mut next = PortRange::MEDIA.first();
        for part in 0..parts {
            let share = PortRange::MEDIA.share(part, parts).unwrap();
            assert_eq!(share.first(), next);
            next = share.last() + 1;
        }
        assert_eq!(next, PortRange::MEDIA.last() + 1);
        assert_eq!(PortRange::MEDIA.share(parts, parts), None);
    }
    let one = PortRange::new(10000, 10001).unwrap();
    assert_eq!(one.share(0, 1), Some(one));
    assert_eq!(one.share(0, 2), None);
    assert_eq!(one.share(0, 0), None);
}

/// P000-14.
#[test]
fn the_range_is_used_up_and_never_left() {
    let now = Instant::ORIGIN;
    let mut ports = ports(PortRange::MEDIA, QUARANTINE);
    let mut seen = HashSet::new();
    let mut random = 1u64;
    while let Ok(reservation) = ports.reserve(now, random) {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let pair = ports.commit(reservation);
        assert!((49152..=57500).contains(&pair.rtp()) && pair.rtp().is_multiple_of(2));
        assert!((49152..=57500).contains(&pair.rtcp()) && pair.rtcp() == pair.rtp() + 1);
        assert!(seen.insert(pair));
    }
    assert_eq!(seen.len(), 4174);
    assert_eq!(ports.reserve(now, 7), Err(PortsExhausted));
    assert_eq!(ports.available(now), 0);
}

#[test]
fn the_start_is_the_callers_number() {
    let mut ports = ports(PortRange::MEDIA, QUARANTINE);
    for (random, rtp) in [(0, 49152), (4173, 57498), (4174 + 100, 49352), (100, 49354)] {
        let reservation = ports.reserve(Instant::ORIGIN, random).unwrap();
        assert_eq!(reservation.pair().rtp(), rtp);
        let _ = ports.commit(reservation);
    }
}

#[test]
fn a_released_pair_rests() {
    let range = PortRange::new(10000, 10001).unwrap();
    let mut ports = ports(range, QUARANTINE);
    let start = Instant::from_secs(1_000);
    let reservation = ports.reserve(start, 0).unwrap();
    let pair = ports.commit(reservation);
    assert!(ports.release(start, pair));
    assert!(!ports.release(start, pair), "only once");
    assert!(
        ports
            .reserve(start + QUARANTINE - Duration::from_nanos(1), 0)
            .is_err()
    );
    assert!(ports.reserve(start + QUARANTINE * 2, 0).is_ok());
}

#[test]
fn a_failed_bind_rests_and_a_cancelled_one_does_not() {
    let range = PortRange::new(10000, 10003).unwrap();
    let mut ports = ports(range, QUARANTINE);
    let now = Instant::ORIGIN;
    let taken = ports.reserve(now, 0).unwrap();
    ports.reject(now, taken);
    let other = ports.reserve(now, 0).unwrap();
    assert_eq!(other.pair().rtp(), 10002);
    assert_eq!(ports.reserve(now, 0), Err(PortsExhausted));
    ports.cancel(other);
    assert_eq!(
        ports
            .reserve(now, 0)
            .map(|reservation| reservation.pair().rtp()),
        Ok(10002)
    );
}

#[test]
fn foreign_pairs_and_small_buffers_are_refused() {
    let range = PortRange::new(10000, 10003).unwrap();
    assert!(Ports::new(range, QUARANTINE, [0; 2]).is_none());
    let mut ports = ports(range, Duration::ZERO);
    for rtp in [9998, 10004, 0, 65534] {
        assert!(!ports.release(Instant::ORIGIN, PortPair { rtp }));
    }
    let reservation = ports.reserve(Instant::ORIGIN, 1).unwrap();
    let pair = ports.commit(reservation);
    assert!(ports.release(Instant::ORIGIN, pair));
    assert_eq!(
        ports.available(Instant::ORIGIN),
        2,
        "no quarantine was asked for"
    );
}

#[derive(Clone, Debug)]
enum Step {
    Reserve(u64),
    Commit,
    Cancel,
    Reject,
    Release(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<u64>().prop_map(Step::Reserve),
        3 => Just(Step::Commit),
        1 => Just(Step::Cancel),
        1 => Just(Step::Reject),
        3 => any::<usize>().prop_map(Step::Release),
        2 => (0u64..15_000).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Against a model that keeps the moment of each release.
    #[test]
    fn no_pair_is_handed_out_twice_or_too_early(
        pairs in 1u16..150,
        steps in proptest::collection::vec(step(), 0..400),
    ) {
        let range = PortRange::new(20_000, 20_000 + 2 * pairs - 1).unwrap();
        let mut ports = ports(range, QUARANTINE);
        let mut now = Instant::from_secs(5);
        let mut reserved = Vec::new();
        let mut used = Vec::new();
        let mut rested: HashMap<PortPair, Instant> = HashMap::new();
        for step in steps {
            match step {
                Step::Reserve(random) => match ports.reserve(now, random) {
                    Ok(reservation) => {
                        let pair = reservation.pair();
                        prop_assert!(pair.rtp() >= 20_000 && pair.rtcp() < 20_000 + 2 * pairs);
                        prop_assert!(!used.contains(&pair));
                        prop_assert!(reserved.iter().all(|other: &PortReservation| other.pair() != pair));
                        if let Some(since) = rested.remove(&pair) {
                            prop_assert!(now - since >= QUARANTINE);
                        }
                        reserved.push(reservation);
                    }
                    Err(PortsExhausted) => {
                        let resting = rested.values().filter(|&&since| now - since < QUARANTINE * 2).count();
                        prop_assert_eq!(resting + used.len() + reserved.len(), usize::from(pairs));
                    }
                },
                Step::Commit => if let Some(reservation) = reserved.pop() {
                    used.push(ports.commit(reservation));
                },
                Step::Cancel => if let Some(reservation) = reserved.pop() {
                    ports.cancel(reservation);
                },
                Step::Reject => if let Some(reservation) = reserved.pop() {
                    rested.insert(reservation.pair(), now);
                    ports.reject(now, reservation);
                },
                Step::Release(which) => if !used.is_empty() {
                    let pair = used.swap_remove(which % used.len());
                    prop_assert!(ports.release(now, pair));
                    prop_assert!(!ports.release(now, pair));
                    rested.insert(pair, now);
                },
                Step::Wait(millis) => now += Duration::from_millis(millis),
            }
        }
    }
}
