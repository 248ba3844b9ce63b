//! Hold, and the media time-out.

use super::*;

#[test]
fn hold_blocks_the_right_way() {
    use Direction::{Inactive, ReceiveOnly, SendOnly, SendReceive};
    // What the two peers say, and which of A to B and B to A passes.
    let cases = [
        (SendReceive, SendReceive, true, true),
        (SendOnly, ReceiveOnly, true, false),
        (SendOnly, SendReceive, true, false),
        (ReceiveOnly, SendOnly, false, true),
        (SendReceive, SendOnly, false, true),
        (Inactive, SendReceive, false, false),
        (Inactive, Inactive, false, false),
    ];
    for (a, b, a_to_b, b_to_a) in cases {
        let mut call = Call::new();
        call.session.set_direction(call.now, Leg::A, a);
        call.session.set_direction(call.now, Leg::B, b);
        for (leg, passes) in [(Leg::A, a_to_b), (Leg::B, b_to_a)] {
            let expected = if passes {
                to(leg.other())
            } else {
                Verdict::Drop(DropReason::OnHold)
            };
            assert_eq!(call.talk(leg), expected, "{a:?} {b:?} {leg:?}");
            // RTCP goes on.
            let verdict = call.receive(
                leg,
                Component::Rtcp,
                rtcp_of(peer(leg)),
                &[0x80, 201, 0, 1, 0, 0, 0, 1],
            );
            assert!(matches!(verdict, Verdict::Forward { .. }));
        }
    }
}

#[test]
fn hold_makes_no_jitter() {
    let mut call = Call::new();
    for _ in 0..50 {
        let _ = call.talk(Leg::A);
        let _ = call.talk(Leg::B);
    }
    let before = call.statistics(Leg::B).received;
    for direction in [Direction::SendOnly, Direction::SendReceive] {
        call.now += Duration::from_secs(30);
        call.session.set_direction(call.now, Leg::A, direction);
        assert_eq!(call.statistics(Leg::B).received.jitter(), before.jitter());
    }
    for _ in 0..50 {
        let _ = call.talk(Leg::A);
        let _ = call.talk(Leg::B);
    }
    for leg in Leg::BOTH {
        let received = call.statistics(leg).received;
        assert!(
            received.worst_jitter() < PACKET,
            "{:?}",
            received.worst_jitter()
        );
        assert_eq!((received.packets(), received.lost()), (100, 0));
    }
}

#[test]
fn hold_makes_no_loss() {
    let mut call = Call::new();
    for step in 0..30 {
        match step {
            10 => call
                .session
                .set_direction(call.now, Leg::B, Direction::Inactive),
            20 => call
                .session
                .set_direction(call.now, Leg::B, Direction::SendReceive),
            _ => {}
        }
        let _ = call.talk(Leg::A);
    }
    let statistics = call.statistics(Leg::A);
    assert_eq!(statistics.received.lost(), 0);
    assert_eq!(statistics.dropped.get(DropReason::OnHold), 10);
    assert_eq!(call.statistics(Leg::B).sent.packets, 20);
}

#[test]
fn silence_times_out_once_and_media_resumes() {
    let timeout = Duration::from_secs(60);
    let mut call = Call::with(|config| config.media_timeout = Some(timeout));
    let _ = call.talk(Leg::A);
    let _ = call.talk(Leg::B);
    call.events();
    let last_of_a = call.now - PACKET / 2;
    assert_eq!(call.session.poll_timeout(), Some(last_of_a + timeout));
    // Early calls do nothing.
    call.session
        .handle_timeout(last_of_a + timeout - Duration::from_nanos(1));
    assert_eq!(call.events(), []);
    call.now = last_of_a + timeout;
    call.session.handle_timeout(call.now);
    assert_eq!(call.events(), [Event::TimedOut { leg: Leg::A }]);
    call.session.handle_timeout(call.now);
    assert_eq!(call.events(), [], "only once");
    assert_eq!(
        call.session.poll_timeout(),
        Some(last_of_a + PACKET / 2 + timeout),
        "B is watched"
    );
    let _ = call.talk(Leg::A);
    assert_eq!(call.events(), [Event::Resumed { leg: Leg::A }]);
    // Late calls are correct.
    call.now += timeout * 5;
    call.session.handle_timeout(call.now);
    assert_eq!(
        call.events(),
        [
            Event::TimedOut { leg: Leg::A },
            Event::TimedOut { leg: Leg::B }
        ]
    );
    assert_eq!(call.session.poll_timeout(), None);
}

#[test]
fn no_time_out_on_hold_before_the_answer_or_without_being_asked_for() {
    let timeout = Some(Duration::from_secs(60));
    let unasked = Call::new();
    assert_eq!(unasked.session.poll_timeout(), None);

    let mut ringing = Call::with(|config| {
        config.media_timeout = timeout;
        config.legs[1].remote = None;
    });
    assert_eq!(ringing.session.poll_timeout(), None);
    let answered = START + Duration::from_secs(300);
    ringing
        .session
        .set_remote(answered, Leg::B, RemoteMedia::new(CALLEE));
    assert_eq!(
        ringing.session.poll_timeout(),
        Some(answered + Duration::from_secs(60))
    );

    for direction in [
        Direction::SendOnly,
        Direction::ReceiveOnly,
        Direction::Inactive,
    ] {
        let mut held = Call::with(|config| config.media_timeout = timeout);
        held.session.set_direction(START, Leg::B, direction);
        assert_eq!(held.session.poll_timeout(), None);
        held.session
            .handle_timeout(START + Duration::from_secs(3600));
        assert_eq!(held.events(), []);
        // Back to talking: the time of the hold does not count.
        let back = START + Duration::from_secs(3600);
        held.session
            .set_direction(back, Leg::B, Direction::SendReceive);
        assert_eq!(
            held.session.poll_timeout(),
            Some(back + Duration::from_secs(60))
        );
        held.session.set_media_timeout(back, None);
        assert_eq!(held.session.poll_timeout(), None);
    }
}

#[test]
fn a_stranger_does_not_keep_a_dead_call_alive() {
    let timeout = Duration::from_secs(60);
    let mut call = Call::with(|config| config.media_timeout = Some(timeout));
    let _ = call.talk(Leg::A);
    let _ = call.talk(Leg::B);
    let deadline = call.session.poll_timeout();
    call.now += Duration::from_secs(30);
    let packet = Call::rtp(Leg::A, 2);
    let _ = call.receive(Leg::A, Component::Rtp, v4([198, 51, 100, 66], 1), &packet);
    let _ = call.receive(Leg::A, Component::Rtp, CALLER, b"\x80");
    assert_eq!(call.session.poll_timeout(), deadline);
}

#[test]
fn a_session_refresh_does_not_hide_silence() {
    let timeout = Duration::from_secs(60);
    let mut call = Call::with(|config| config.media_timeout = Some(timeout));
    let deadline = call.session.poll_timeout();
    call.now += timeout / 2;
    for leg in Leg::BOTH {
        let same = call.session.direction(leg);
        call.session.set_direction(call.now, leg, same);
    }
    assert_eq!(call.session.poll_timeout(), deadline);
}

#[test]
fn a_time_out_that_nobody_fetched_ends_with_a_change() {
    let timeout = Duration::from_secs(60);
    let mut call = Call::with(|config| config.media_timeout = Some(timeout));
    call.now += timeout;
    call.session.handle_timeout(call.now);
    assert!(call.session.has_event());
    call.session
        .set_direction(call.now, Leg::A, Direction::SendOnly);
    assert_eq!(call.events(), []);
}
