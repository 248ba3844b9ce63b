use super::*;

const PATH: fn() -> FiveTuple = || {
    FiveTuple::udp(
        ([192, 0, 2, 1], 5060).into(),
        ([198, 51, 100, 2], 5060).into(),
    )
};

/// Sends `count` numbered datagrams a millisecond apart and returns the numbers as they arrive.
fn send_numbered(network: &mut Network, count: u32) -> Vec<(Instant, u32)> {
    for number in 0..count {
        let now = Instant::from_millis(u64::from(number));
        network.send(now, PATH(), &number.to_be_bytes());
    }
    let mut arrived = Vec::new();
    while let Some(delivery) = network.poll_delivery(Instant::MAX) {
        assert_eq!(delivery.path, PATH().reversed());
        let Arrival::Datagram(data) = delivery.arrival else {
            panic!("not a datagram");
        };
        let number = u32::from_be_bytes(data.try_into().expect("four bytes"));
        arrived.push((delivery.at, number));
    }
    assert!(arrived.is_sorted_by_key(|&(at, _)| at));
    arrived
}

fn rough() -> Link {
    Link {
        jitter: Duration::from_millis(7),
        loss: 0.1,
        duplication: 0.05,
        reordering: 0.02,
        held_back: Duration::from_millis(30),
        ..Link::with_delay(Duration::from_millis(20))
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed: u64| send_numbered(&mut Network::new(seed, rough()), 1_000);
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn loses_as_many_as_asked_for() {
    let link = Link {
        loss: 0.1,
        ..Link::PERFECT
    };
    let mut network = Network::new(3, link);
    let arrived = send_numbered(&mut network, 10_000).len();
    assert!((8_900..=9_100).contains(&arrived), "{arrived} arrived");
    let statistics = network.statistics();
    assert_eq!(statistics.sent, 10_000);
    assert_eq!(statistics.lost + statistics.delivered, 10_000);
}

#[test]
fn duplicates_as_many_as_asked_for() {
    let link = Link {
        duplication: 0.2,
        ..Link::PERFECT
    };
    let mut network = Network::new(3, link);
    let arrived = send_numbered(&mut network, 10_000).len();
    assert!((11_850..=12_150).contains(&arrived), "{arrived} arrived");
    assert_eq!(network.statistics().duplicated, arrived as u64 - 10_000);
}

#[test]
fn jitter_keeps_the_order_and_the_bounds() {
    let link = Link {
        jitter: Duration::from_millis(40),
        ..Link::with_delay(Duration::from_millis(20))
    };
    let arrived = send_numbered(&mut Network::new(5, link), 1_000);
    assert_eq!(arrived.len(), 1_000);
    assert!(arrived.is_sorted_by_key(|&(_, number)| number));
    let mut longest = Duration::ZERO;
    for (at, number) in arrived {
        let took = at - Instant::from_millis(u64::from(number));
        assert!((20..=60).contains(&took.as_millis()), "{took:?}");
        longest = longest.max(took);
    }
    assert!(longest > Duration::from_millis(50), "{longest:?}");
}

#[test]
fn reordering_lets_later_packets_overtake() {
    let link = Link {
        reordering: 0.1,
        held_back: Duration::from_millis(50),
        ..Link::with_delay(Duration::from_millis(20))
    };
    let mut network = Network::new(5, link);
    let arrived = send_numbered(&mut network, 1_000);
    assert_eq!(arrived.len(), 1_000);
    let overtaken = arrived
        .windows(2)
        .filter(|pair| pair[0].1 > pair[1].1)
        .count();
    assert!((50..=150).contains(&overtaken), "{overtaken} overtaken");
    assert!((70..=130).contains(&network.statistics().held_back));
}

#[test]
fn each_direction_has_its_own_link() {
    let mut network = Network::new(1, Link::PERFECT);
    let (here, there) = (PATH().local.ip(), PATH().remote.ip());
    network.set_link(here, there, Link::with_delay(Duration::from_secs(2)));
    network.send(Instant::ORIGIN, PATH(), b"slow");
    network.send(Instant::ORIGIN, PATH().reversed(), b"fast");
    let delivery = network.poll_delivery(Instant::ORIGIN).expect("it is due");
    assert_eq!(delivery.arrival, Arrival::Datagram(b"fast".to_vec()));
    assert_eq!(network.poll_delivery(Instant::from_millis(1_999)), None);
    assert_eq!(network.next_delivery(), Some(Instant::from_secs(2)));
    assert!(network.poll_delivery(Instant::from_secs(2)).is_some());
}

#[test]
fn the_test_decides_over_single_packets() {
    let mut network = Network::new(1, Link::PERFECT);
    network.decide_by(|_, _, data| match data[3] {
        0 => Fate::Lost,
        1 => Fate::HeldBack(Duration::from_millis(10)),
        2 => Fate::Repeated(3),
        _ => Fate::ByLink,
    });
    let numbers: Vec<u32> = send_numbered(&mut network, 4)
        .into_iter()
        .map(|(_, number)| number)
        .collect();
    assert_eq!(numbers, [2, 2, 2, 3, 1]);

    network.decide_by_links();
    network.set_default_link(Link {
        loss: 1.0,
        ..Link::PERFECT
    });
    assert_eq!(send_numbered(&mut network, 4), []);
    network.decide_by(|_, _, _| Fate::Spared);
    assert_eq!(send_numbered(&mut network, 4).len(), 4);
}

#[test]
fn what_is_larger_than_the_link_is_lost() {
    let link = Link {
        max_datagram: 1_472,
        ..Link::PERFECT
    };
    let mut network = Network::new(1, link);
    network.send(Instant::ORIGIN, PATH(), &[0; 1_473]);
    network.send(Instant::ORIGIN, PATH(), &[0; 1_472]);
    assert!(network.poll_delivery(Instant::ORIGIN).is_some());
    assert!(network.poll_delivery(Instant::ORIGIN).is_none());
    assert_eq!(network.statistics().too_large, 1);
}
