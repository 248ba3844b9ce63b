use super::*;
use core::net::{Ipv4Addr, Ipv6Addr};
extern crate std;
use std::vec;
use std::vec::Vec;

const LIMIT: RateLimit = RateLimit {
    per_second: 10,
    burst: 5,
};

fn limiter(entries: usize) -> RateLimiter<Vec<RateEntry>> {
    RateLimiter::new(LIMIT, [7; 32], vec![RateEntry::EMPTY; entries])
}

fn at(millis: u64) -> Instant {
    Instant::from_secs(10) + Duration::from_millis(millis)
}

fn v4(number: u32) -> IpAddr {
    Ipv4Addr::from_bits(number).into()
}

/// How many of `count` are admitted, one in each millisecond.
fn admitted(limiter: &mut RateLimiter<Vec<RateEntry>>, source: IpAddr, count: u64) -> usize {
    (0..count)
        .filter(|millis| limiter.admit(at(*millis), source))
        .count()
}

#[test]
fn a_source_has_its_burst_and_then_its_rate() {
    let mut limiter = limiter(64);
    assert_eq!(admitted(&mut limiter, v4(1), 1_000), 5 + 9);
    // What others do is no matter to it.
    assert_eq!(admitted(&mut limiter, v4(2), 1_000), 5 + 9);
    // After a rest it has the burst again, and no more than that.
    let later = at(1_000_000);
    assert_eq!((0..20).filter(|_| limiter.admit(later, v4(1))).count(), 5);
}

#[test]
fn it_begins_at_the_origin_of_time() {
    let mut limiter = limiter(8);
    let begin = Instant::ORIGIN;
    assert_eq!((0..20).filter(|_| limiter.admit(begin, v4(1))).count(), 5);
}

#[test]
fn zero_counts_as_one() {
    let limit = RateLimit {
        per_second: 0,
        burst: 0,
    };
    let mut limiter = RateLimiter::new(limit, [7; 32], [RateEntry::EMPTY; 8]);
    let admitted = |millis: &u64| limiter.admit(at(*millis), v4(1));
    assert_eq!((0..3_000).filter(admitted).count(), 3);
}

#[test]
fn who_has_a_network_of_ipv6_is_one_source() {
    let mut limiter = limiter(64);
    let own = |host: u128| IpAddr::from(Ipv6Addr::from_bits(0x2001_0db8 << 96 | host));
    let admitted = |host: &u128| limiter.admit(at(0), own(*host));
    assert_eq!((0..100).filter(admitted).count(), 5);
    assert!(limiter.admit(at(0), own(1 << 64)));
    let mapped: IpAddr = "::ffff:192.0.2.1".parse().expect("an address");
    let plain: IpAddr = "192.0.2.1".parse().expect("an address");
    assert!((0..5).all(|_| limiter.admit(at(0), mapped)));
    assert!(!limiter.admit(at(0), plain));
}

/// 100,000 forged addresses in a second, in front of a table of 1,024 entries.
#[test]
fn a_flood_of_forged_addresses_hurts_nobody() {
    let mut limiter = limiter(1_024);
    let (client, busy) = (v4(0xc000_0201), v4(0xc000_0202));
    let (mut served, mut held) = (0, 0);
    for number in 0..100_000_u32 {
        let now = at(u64::from(number / 100));
        // Everybody who is new is served.
        assert!(limiter.admit(now, v4(0x0a00_0000 + number)));
        // A client with one request in 250 ms always is.
        if number % 25_000 == 0 {
            assert!(limiter.admit(now, client));
            served += 1;
        }
        // A single victim of the flood still gets no more than its part, or not much.
        if number % 10 == 0 && limiter.admit(now, busy) {
            held += 1;
        }
    }
    assert_eq!(served, 4);
    assert!((14..=20).contains(&held), "{held}");
}

#[test]
fn who_has_used_the_most_is_forgotten_last() {
    let mut limiter = limiter(WAYS);
    for number in 0..8 {
        for _ in 0..=number {
            let _ = limiter.admit(at(0), v4(number));
        }
    }
    // A new one has the place of the one that had used the least.
    assert!(limiter.admit(at(0), v4(100)));
    assert!((4..8).all(|number| !limiter.admit(at(0), v4(number))));
    assert_eq!((0..9).filter(|_| limiter.admit(at(0), v4(0))).count(), 5);
}

#[test]
fn without_a_table_nobody_is_limited() {
    for entries in [0, 7] {
        let mut limiter = limiter(entries);
        assert!((0..100).all(|_| limiter.admit(at(0), v4(1))));
    }
}

#[test]
fn nothing_secret_is_printed() {
    let printed = std::format!("{:?}", limiter(8));
    assert_eq!(printed, "RateLimiter { interval: 100ms, depth: 400ms, .. }");
}
