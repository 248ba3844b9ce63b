use super::*;

const PEER: SocketAddr = v4([192, 0, 2, 9], 40_000);
const PEER_OTHER_PORT: SocketAddr = v4([192, 0, 2, 9], 41_000);
const STRANGER: SocketAddr = v4([198, 51, 100, 66], 40_000);
const NOW: Instant = Instant::from_secs(100);

const fn v4([a, b, c, d]: [u8; 4], port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(core::net::Ipv4Addr::new(a, b, c, d)), port)
}

fn latch(mode: LatchMode) -> Latch {
    let mut latch = Latch::new(mode);
    assert!(latch.set_remote(NOW, RemoteMedia::new(PEER)));
    latch
}

fn learn(origin: Origin) -> LatchMode {
    LatchMode::Learn(Learn {
        origin,
        ..Learn::default()
    })
}

fn rtp(latch: &mut Latch, source: SocketAddr, ssrc: u32, sequence: u16) -> Result<(), DropReason> {
    latch.consider_rtp(NOW, source, ssrc, sequence, |_| true)
}

#[test]
fn nobody_is_accepted_before_signalling() {
    let mut latch = Latch::new(learn(Origin::Anywhere));
    assert_eq!(rtp(&mut latch, PEER, 1, 1), Err(DropReason::NotSignalled));
    assert_eq!(latch.destination(Component::Rtp), None);
}

#[test]
fn strict_takes_the_signalled_source_only() {
    let mut latch = latch(LatchMode::Strict);
    assert_eq!(
        rtp(&mut latch, STRANGER, 1, 1),
        Err(DropReason::WrongAddress)
    );
    assert_eq!(
        rtp(&mut latch, PEER_OTHER_PORT, 1, 1),
        Err(DropReason::WrongPort)
    );
    assert_eq!(latch.source(Component::Rtp), None);
    assert_eq!(latch.destination(Component::Rtp), Some(PEER));
    assert_eq!(rtp(&mut latch, PEER, 1, 1), Ok(()));
    assert_eq!(latch.source(Component::Rtp), Some(PEER));
    assert_eq!(
        rtp(&mut latch, STRANGER, 1, 2),
        Err(DropReason::WrongAddress)
    );
    assert_eq!(latch.destination(Component::Rtp), Some(PEER));
}

#[test]
fn learning_takes_packets_in_sequence_of_one_source() {
    let mut latch = latch(learn(Origin::SignalledAddress));
    assert_eq!(
        rtp(&mut latch, STRANGER, 1, 1),
        Err(DropReason::WrongAddress)
    );
    assert_eq!(
        rtp(&mut latch, PEER_OTHER_PORT, 1, 65535),
        Err(DropReason::Probation)
    );
    assert_eq!(
        rtp(&mut latch, PEER_OTHER_PORT, 1, 0),
        Err(DropReason::Probation)
    );
    assert_eq!(
        latch.destination(Component::Rtp),
        Some(PEER),
        "not before it is learned"
    );
    assert_eq!(rtp(&mut latch, PEER_OTHER_PORT, 1, 1), Ok(()));
    assert_eq!(latch.destination(Component::Rtp), Some(PEER_OTHER_PORT));
    let third = v4([192, 0, 2, 9], 42_000);
    assert_eq!(
        rtp(&mut latch, third, 1, 2),
        Err(DropReason::WrongPort),
        "the first one has won"
    );
}

#[test]
fn who_sends_first_does_not_lock_the_signalled_source_out() {
    let late = NOW + Learn::default().window;
    for (now, expected) in [(NOW, Ok(())), (late, Err(DropReason::WrongAddress))] {
        let mut latch = latch(learn(Origin::Anywhere));
        for sequence in 1..=3 {
            let _ = rtp(&mut latch, STRANGER, 1, sequence);
        }
        let stranger_rtcp = RemoteMedia::new(STRANGER).rtcp;
        let consider = latch.consider_rtcp(NOW, Component::Rtcp, stranger_rtcp, |_| true);
        assert_eq!(consider, Ok(()));
        assert_eq!(latch.destination(Component::Rtp), Some(STRANGER));
        assert_eq!(latch.is_settled(now, Component::Rtp), now == late);
        assert_eq!(latch.consider_rtp(now, PEER, 7, 7, |_| true), expected);
        if expected.is_ok() {
            let peer = RemoteMedia::new(PEER);
            assert_eq!(latch.destination(Component::Rtp), Some(peer.rtp));
            assert_eq!(latch.destination(Component::Rtcp), Some(peer.rtcp));
            assert!(latch.is_settled(now, Component::Rtp));
        } else {
            assert_eq!(latch.destination(Component::Rtp), Some(STRANGER));
        }
        assert!(rtp(&mut latch, v4([192, 0, 2, 9], 1), 1, 4).is_err());
    }
}

#[test]
fn packets_under_way_do_not_undo_a_move() {
    let window = Learn::default().window;
    let moved = RemoteMedia::new(v4([192, 0, 2, 9], 50_000));
    let natted = v4([192, 0, 2, 9], 51_000);
    let mut latch = latch(learn(Origin::SignalledAddress));
    for sequence in 1..=3 {
        let _ = rtp(&mut latch, PEER_OTHER_PORT, 1, sequence);
    }
    assert!(latch.set_remote(NOW, moved));
    for sequence in 4..=9 {
        let result = rtp(&mut latch, PEER_OTHER_PORT, 1, sequence);
        assert_eq!(result, Err(DropReason::Probation));
    }
    assert_eq!(latch.destination(Component::Rtp), Some(moved.rtp));
    let mut unmoved = latch;
    for sequence in 1..=3 {
        let _ = rtp(&mut latch, natted, 2, sequence);
    }
    assert_eq!(latch.destination(Component::Rtp), Some(natted));
    // Behind its NAT the peer has not moved at all.
    for sequence in 50..=52 {
        let now = NOW + window / 2;
        let _ = unmoved.consider_rtp(now, PEER_OTHER_PORT, 1, sequence, |_| true);
    }
    assert_eq!(unmoved.destination(Component::Rtp), Some(PEER_OTHER_PORT));
}

#[test]
fn rtcp_is_learned_within_the_window_only() {
    let late = NOW + Learn::default().window;
    let mut latch = latch(learn(Origin::SignalledAddress));
    for sequence in 1..=3 {
        let _ = rtp(&mut latch, PEER_OTHER_PORT, 1, sequence);
    }
    let neighbour = v4([192, 0, 2, 9], 45_000);
    assert_eq!(
        latch.consider_rtcp(late, Component::Rtcp, neighbour, |_| true),
        Err(DropReason::WrongPort)
    );
    // Signalling opens it again, also when only RTCP moves.
    let mut moved = latch;
    assert!(moved.set_remote(late, RemoteMedia::with_rtcp(PEER, STRANGER)));
    let learned = moved.consider_rtcp(late, Component::Rtcp, neighbour, |_| true);
    assert_eq!(learned, Ok(()));
    assert_eq!(moved.source(Component::Rtp), Some(PEER_OTHER_PORT));
    let signalled = RemoteMedia::new(PEER).rtcp;
    assert_eq!(latch.destination(Component::Rtcp), Some(signalled));
    assert_eq!(
        latch.consider_rtcp(late, Component::Rtcp, signalled, |_| true),
        Ok(())
    );
}

#[test]
fn probation_starts_again_on_a_gap_another_ssrc_or_another_source() {
    let third = v4([192, 0, 2, 9], 42_000);
    for (source, ssrc, sequence) in [
        (PEER_OTHER_PORT, 1, 4),
        (PEER_OTHER_PORT, 2, 3),
        (third, 1, 3),
    ] {
        let mut latch = latch(learn(Origin::SignalledAddress));
        for sequence in [1, 2] {
            let _ = rtp(&mut latch, PEER_OTHER_PORT, 1, sequence);
        }
        assert_eq!(
            rtp(&mut latch, source, ssrc, sequence),
            Err(DropReason::Probation)
        );
        assert_eq!(
            rtp(&mut latch, source, ssrc, sequence + 1),
            Err(DropReason::Probation)
        );
        assert_eq!(rtp(&mut latch, source, ssrc, sequence + 2), Ok(()));
    }
}

#[test]
fn the_signalled_source_needs_no_probation() {
    let mut latch = latch(learn(Origin::Anywhere));
    let _ = rtp(&mut latch, STRANGER, 1, 1);
    assert_eq!(rtp(&mut latch, PEER, 7, 7), Ok(()));
}

#[test]
fn learning_ends_with_its_window() {
    let mut latch = latch(learn(Origin::Anywhere));
    let late = NOW + Learn::default().window;
    let allowed = |_| true;
    assert_eq!(
        latch.consider_rtp(late, STRANGER, 1, 1, allowed),
        Err(DropReason::WrongAddress)
    );
    assert_eq!(latch.consider_rtp(late, PEER, 1, 1, allowed), Ok(()));
    // Signalling opens it again.
    latch.relatch(late);
    assert_eq!(
        latch.consider_rtp(late, STRANGER, 1, 1, allowed),
        Err(DropReason::Probation)
    );
}

/// P000-11.
#[test]
fn the_access_list_has_the_last_word() {
    use trunkline_sans_io::{AccessList, Network};
    let provider: [Network; 1] = ["213.148.136.0/23".parse().unwrap()];
    let list = AccessList::new(&provider[..], &[]);
    let inside = v4([213, 148, 137, 255], 5000);
    let outside = v4([213, 148, 138, 1], 5000);
    for (source, expected) in [(inside, Ok(())), (outside, Err(DropReason::AccessDenied))] {
        for mode in [
            LatchMode::Strict,
            LatchMode::Learn(Learn {
                probation: 0,
                ..Learn::default()
            }),
        ] {
            let mut latch = Latch::new(mode);
            latch.set_remote(NOW, RemoteMedia::new(source));
            let allowed = |address| list.check(address).is_allowed();
            assert_eq!(latch.consider_rtp(NOW, source, 1, 1, allowed), expected);
            assert_eq!(
                latch.consider_rtcp(NOW, Component::Rtcp, RemoteMedia::new(source).rtcp, allowed),
                expected
            );
        }
    }
}

#[test]
fn rtcp_follows_the_learned_address() {
    let rtcp = v4([198, 51, 100, 66], 7001);
    let mut latch = latch(learn(Origin::Anywhere));
    let consider =
        |latch: &mut Latch, source| latch.consider_rtcp(NOW, Component::Rtcp, source, |_| true);
    assert_eq!(consider(&mut latch, rtcp), Err(DropReason::Probation));
    for sequence in 1..=3 {
        let _ = rtp(&mut latch, STRANGER, 1, sequence);
    }
    assert_eq!(
        consider(&mut latch, PEER_OTHER_PORT),
        Err(DropReason::WrongAddress)
    );
    assert_eq!(consider(&mut latch, rtcp), Ok(()));
    assert_eq!(latch.destination(Component::Rtcp), Some(rtcp));
    assert_eq!(
        consider(&mut latch, v4([198, 51, 100, 66], 7002)),
        Err(DropReason::WrongPort)
    );
}

#[test]
fn strict_rtcp_has_its_own_port() {
    let mut latch = latch(LatchMode::Strict);
    let port_above = RemoteMedia::new(PEER).rtcp;
    assert_eq!(port_above.port(), PEER.port() + 1);
    assert_eq!(
        latch.consider_rtcp(NOW, Component::Rtcp, PEER, |_| true),
        Err(DropReason::WrongPort)
    );
    assert_eq!(
        latch.consider_rtcp(NOW, Component::Rtcp, port_above, |_| true),
        Ok(())
    );
    assert_eq!(latch.source(Component::Rtp), None);
}

#[test]
fn a_refresh_keeps_and_a_new_address_relatches() {
    let mut latch = latch(LatchMode::Strict);
    let _ = rtp(&mut latch, PEER, 1, 1);
    assert!(!latch.set_remote(NOW, RemoteMedia::new(PEER)));
    assert_eq!(latch.source(Component::Rtp), Some(PEER));
    assert!(latch.set_remote(NOW, RemoteMedia::multiplexed(PEER)));
    assert_eq!(latch.source(Component::Rtp), Some(PEER), "only RTCP moved");
    assert!(latch.set_remote(NOW, RemoteMedia::new(STRANGER)));
    assert_eq!(latch.destination(Component::Rtp), Some(STRANGER));
    assert_eq!(rtp(&mut latch, PEER, 1, 2), Err(DropReason::WrongAddress));
}

#[test]
fn unspecified_addresses_and_port_zero_are_no_destination() {
    for remote in [v4([0, 0, 0, 0], 40_000), v4([192, 0, 2, 9], 0)] {
        let mut latch = Latch::new(LatchMode::Strict);
        latch.set_remote(NOW, RemoteMedia::multiplexed(remote));
        assert_eq!(latch.destination(Component::Rtp), None);
        assert_eq!(latch.destination(Component::Rtcp), None);
    }
}

#[test]
fn the_scope_of_an_ipv6_source_does_not_matter() {
    use core::net::{Ipv6Addr, SocketAddrV6};
    let address = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
    let signalled = SocketAddrV6::new(address, 4000, 0, 0);
    let seen = SocketAddr::V6(SocketAddrV6::new(address, 4000, 9, 3));
    let mut latch = Latch::new(LatchMode::Strict);
    latch.set_remote(NOW, RemoteMedia::new(signalled.into()));
    assert_eq!(rtp(&mut latch, seen, 1, 1), Ok(()));
    assert_eq!(
        latch.destination(Component::Rtp),
        Some(seen),
        "with the scope that works"
    );
}
