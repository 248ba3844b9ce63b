use std::collections::BTreeMap;

use super::*;
use crate::Link;

fn path() -> FiveTuple {
    FiveTuple::tcp(([192, 0, 2, 1], 0).into(), ([198, 51, 100, 2], 5060).into())
}

fn listening(seed: u64, link: Link) -> Network {
    let mut network = Network::new(seed, link);
    network.listen(Transport::Tcp, path().remote);
    network
}

fn arrivals(network: &mut Network) -> Vec<(Instant, Arrival)> {
    let mut arrivals = Vec::new();
    while let Some(at) = network.next_delivery() {
        // Nothing when it was for an end that is gone.
        if let Some(delivery) = network.poll_delivery(at) {
            arrivals.push((delivery.at, delivery.arrival));
        }
    }
    arrivals
}

#[test]
fn bytes_arrive_in_order_however_they_are_cut() {
    let link = Link {
        jitter: Duration::from_millis(30),
        loss: 0.2,
        duplication: 0.5,
        reordering: 0.5,
        held_back: Duration::from_millis(100),
        max_datagram: 1_460,
        ..Link::with_delay(Duration::from_millis(20))
    };
    for seed in 0..50 {
        let mut network = listening(seed, link);
        let opener = network.connect(Instant::ORIGIN, path());
        let mut written = Vec::new();
        for round in 0_u64..20 {
            let mut bytes = vec![0; network.random_mut().index(4_000)];
            network.random_mut().fill(&mut bytes);
            assert!(network.write(Instant::from_millis(round * 10), opener, &bytes));
            written.extend_from_slice(&bytes);
        }
        network.close(Instant::from_millis(500), opener);

        let mut read: BTreeMap<ConnectionId, Vec<u8>> = BTreeMap::new();
        let arrivals = arrivals(&mut network);
        assert!(arrivals.is_sorted_by_key(|(at, _)| *at));
        for (_, arrival) in &arrivals {
            if let Arrival::Bytes(connection, bytes) = arrival {
                assert!(!bytes.is_empty());
                read.entry(*connection).or_default().extend(bytes);
            }
        }
        assert_eq!(read.len(), 1, "only one end reads");
        assert!(read.into_values().all(|read| read == written));
        let last = arrivals.last().map(|(_, arrival)| arrival);
        assert!(matches!(last, Some(Arrival::Disconnected(id)) if *id != opener));
    }
}

#[test]
fn a_reader_finds_several_writes_at_once_and_parts_of_one() {
    let (mut joined, mut parted) = (false, false);
    for seed in 0..50 {
        let mut network = listening(seed, Link::PERFECT);
        let opener = network.connect(Instant::ORIGIN, path());
        network.write(Instant::ORIGIN, opener, b"first");
        network.write(Instant::ORIGIN, opener, b"second");
        for (_, arrival) in arrivals(&mut network) {
            if let Arrival::Bytes(_, bytes) = arrival {
                joined |= bytes.len() > 6;
                parted |= bytes.len() < 5;
            }
        }
    }
    assert!(joined && parted);
}

#[test]
fn both_ends_are_told_of_a_connection_and_it_carries_both_ways() {
    let mut network = listening(1, Link::with_delay(Duration::from_millis(20)));
    let opener = network.connect(Instant::ORIGIN, path());
    let accepted = network
        .poll_delivery(Instant::from_millis(20))
        .expect("it is due");
    let Arrival::Connected(acceptor) = accepted.arrival else {
        panic!("{accepted:?}");
    };
    assert_ne!(acceptor, opener);
    assert_eq!(accepted.path.local, path().remote);
    assert_ne!(accepted.path.remote.port(), 0);

    let opened = network
        .poll_delivery(Instant::from_millis(40))
        .expect("it is due");
    assert_eq!(opened.arrival, Arrival::Connected(opener));
    assert_eq!(opened.path, accepted.path.reversed());
    assert_eq!(network.connection(opener), Some(opened.path));
    assert_eq!(network.connections().count(), 2);

    network.set_default_link(Link::PERFECT);
    network.write(Instant::from_millis(40), acceptor, b"x");
    let answer = network.poll_delivery(Instant::from_millis(40));
    let answer = answer.map(|delivery| (delivery.path, delivery.arrival));
    let expected = Arrival::Bytes(opener, b"x".to_vec());
    assert_eq!(answer, Some((opened.path, expected)));
}

#[test]
fn nobody_listening_refuses_after_a_round_trip() {
    let mut network = Network::new(1, Link::with_delay(Duration::from_millis(20)));
    let opener = network.connect(Instant::ORIGIN, path());
    assert!(network.write(Instant::ORIGIN, opener, b"INVITE"));
    assert_eq!(
        arrivals(&mut network),
        [(Instant::from_millis(40), Arrival::Refused(opener))]
    );
    assert!(!network.write(Instant::from_millis(40), opener, b"INVITE"));

    let mut network = listening(1, Link::PERFECT);
    network.stop_listening(Transport::Tcp, path().remote);
    let opener = network.connect(Instant::ORIGIN, path());
    assert_eq!(
        arrivals(&mut network),
        [(Instant::ORIGIN, Arrival::Refused(opener))]
    );
}

#[test]
fn closing_delivers_what_was_written_and_resetting_does_not() {
    for reset in [false, true] {
        let mut network = listening(1, Link::with_delay(Duration::from_millis(20)));
        let opener = network.connect(Instant::ORIGIN, path());
        let mut told = arrivals(&mut network);
        assert_eq!(told.len(), 2);
        let now = Instant::from_secs(1);
        network.write(now, opener, b"BYE");
        if reset {
            network.reset(now, opener);
        } else {
            network.close(now, opener);
            network.close(now, opener);
        }
        assert!(!network.write(now, opener, b"lost"));
        assert_eq!(network.connection(opener), None);
        told = arrivals(&mut network);
        let read = told
            .iter()
            .any(|(_, arrival)| matches!(arrival, Arrival::Bytes(..)));
        assert_eq!(read, !reset);
        let gone: Vec<Instant> = told
            .iter()
            .filter(|(_, arrival)| matches!(arrival, Arrival::Disconnected(_)))
            .map(|(at, _)| *at)
            .collect();
        if reset {
            assert_eq!(gone, [now, now]);
        } else {
            assert_eq!(gone, [now + Duration::from_millis(20)]);
        }
        assert_eq!(network.connections().count(), 0);
    }
}
