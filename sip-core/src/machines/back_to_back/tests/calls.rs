//! Calls from INVITE to BYE.

use super::*;

#[test]
fn a_call_crosses_as_two_dialogs_of_its_own() {
    let mut world = World::new();
    let alice = world.call();
    let (bob, invite) = world.invited(BOB);
    let message = invite.message();
    assert_eq!(message.request_uri(), Some("sip:callee@192.0.2.9:5060"));
    assert_eq!(message.body(), b"caller:offer", "the owner rewrote it");
    let theirs = world.peers[ALICE].usage(alice).unwrap();
    let theirs = theirs.dialog.call_id().to_string();
    assert_ne!(header(&invite, "Call-ID"), theirs);
    assert_eq!(header(&invite, "Max-Forwards"), "69");

    world.progress(BOB, 180, None);
    let UserAgentEvent::Progress { message, .. } = world.last(ALICE) else {
        panic!("{:?}", world.heard)
    };
    assert_eq!(code(message), 180);
    world.answer(BOB);
    let UserAgentEvent::Accepted { message, .. } = world.last(ALICE) else {
        panic!("{:?}", world.heard)
    };
    assert_eq!(message.message().body(), b"callee:answer");
    assert_eq!(header(message, "Allow"), &*world.sbc.config().allow);
    world.peers[ALICE].ack(world.now, alice, None).unwrap();
    world.settle();
    assert!(matches!(
        world.last(BOB),
        UserAgentEvent::Acknowledged { .. }
    ));
    let call = world.the_call();
    let view = world.sbc.call(call).unwrap();
    assert_eq!(
        (view.state, view.call_ids[0]),
        (CallState::Established, &*theirs)
    );
    assert_eq!(world.sbc.bodies().agreed, 1);

    let answered = world.now;
    world.seconds(60);
    let reason = [("Reason", "Q.850;cause=16")];
    world.peers[ALICE].bye(world.now, alice, &reason).unwrap();
    world.settle();
    let UserAgentEvent::Ended {
        usage,
        cause: EndCause::Bye(bye),
    } = world.last(BOB)
    else {
        panic!("{:?}", world.heard)
    };
    assert_eq!(*usage, bob);
    assert_eq!(header(bye, "Reason"), "Q.850;cause=16");
    assert_eq!(world.ended(), EndReason::HungUp(Party::Caller));
    let summary = &world.summaries()[0];
    assert_eq!(&*summary.call_ids[0], theirs);
    assert_eq!(&*summary.call_ids[1], header(&invite, "Call-ID"));
    assert_eq!(
        (summary.answered, summary.ended),
        (Some(answered), world.now)
    );
    assert_eq!(summary.attempts, 1);
    assert!(world.sbc.call(call).is_none());
    world.nothing_is_left();
}

#[test]
fn the_callee_may_hang_up_too() {
    let mut world = World::new();
    let (_, bob) = world.established();
    world.peers[BOB].bye(world.now, bob, &[]).unwrap();
    world.settle();
    assert!(world.hung_up(ALICE));
    assert_eq!(world.ended(), EndReason::HungUp(Party::Callee));
    world.nothing_is_left();
}

/// Whoever wants to challenge a BYE has done so before it goes in here.
#[test]
fn a_bye_that_the_owner_let_pass_ends_the_call() {
    let mut world = World::of(|_| {}, |agent| agent.hand_over_bye = true);
    let (alice, _) = world.established();
    world.peers[ALICE].bye(world.now, alice, &[]).unwrap();
    world.settle();
    assert!(world.hung_up(BOB));
    assert_eq!(world.ended(), EndReason::HungUp(Party::Caller));
    world.nothing_is_left();
}

#[test]
fn a_caller_that_gives_up_cancels_the_callee() {
    let mut world = World::new();
    let alice = world.call();
    world.progress(BOB, 180, None);
    world.peers[ALICE].cancel(world.now, alice).unwrap();
    world.settle();
    assert!(world.cancelled(BOB));
    assert_eq!(world.refused_with(), Some(487));
    assert_eq!(world.ended(), EndReason::Cancelled);
    world.nothing_is_left();
}

#[test]
fn a_2xx_that_meets_the_cancel_of_the_caller_is_ended() {
    let mut world = World::new();
    let alice = world.call();
    world.progress(BOB, 180, None);
    // Both at once.
    world.peers[ALICE].cancel(world.now, alice).unwrap();
    let (bob, _) = world.invited(BOB);
    world.peers[BOB]
        .accept(world.now, bob, &[], sdp("answer"))
        .unwrap();
    world.settle();
    assert!(world.hung_up(BOB));
    assert_eq!(world.refused_with(), Some(487));
    assert_eq!(world.ended(), EndReason::Cancelled);
    assert_eq!(world.summaries()[0].answered, None);
    world.nothing_is_left();
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let mut world = World::new();
    let alice = world.call_with(70, None);
    let (bob, invite) = world.invited(BOB);
    assert!(invite.message().body().is_empty());
    world.peers[BOB]
        .accept(world.now, bob, &[], sdp("late offer"))
        .unwrap();
    world.settle();
    let UserAgentEvent::Accepted { message, .. } = world.last(ALICE) else {
        panic!("{:?}", world.heard)
    };
    assert_eq!(message.message().body(), b"callee:late offer");
    assert_eq!(
        (world.count(BOB, "ACK"), world.sbc.bodies().agreed),
        (0, 0),
        "too early"
    );
    world.peers[ALICE]
        .ack(world.now, alice, sdp("late answer"))
        .unwrap();
    world.settle();
    let UserAgentEvent::Acknowledged { message, .. } = world.last(BOB) else {
        panic!("{:?}", world.heard)
    };
    assert_eq!(message.message().body(), b"caller:late answer");
    assert_eq!(world.sbc.bodies().agreed, 1);
}

#[test]
fn a_late_offer_without_an_answer_ends_the_call() {
    for answer in [None, sdp("no audio")] {
        let mut world = World::new();
        let alice = world.call_with(70, None);
        world.answer(BOB);
        world.peers[ALICE].ack(world.now, alice, answer).unwrap();
        world.settle();
        assert!(world.hung_up(ALICE) && world.hung_up(BOB));
        assert_eq!(world.ended(), EndReason::NotAcceptable);
        world.nothing_is_left();
    }
}

/// P000-43: no body of a provisional response goes to a side that wants no early media.
#[test]
fn early_media_crosses_only_where_it_is_wanted() {
    for (wanted, theirs, ours, bodies) in [
        (true, 183, 183, 1),
        (true, 180, 180, 1),
        (false, 183, 180, 0),
        (false, 180, 180, 0),
    ] {
        let mut world = World::new();
        world.options = ConnectOptions::with_early_media(wanted);
        world.call();
        world.progress(BOB, theirs, sdp("early"));
        let UserAgentEvent::Progress { message, .. } = world.last(ALICE) else {
            panic!("{:?}", world.heard)
        };
        assert_eq!(code(message), ours);
        let expected: &[u8] = if wanted { b"callee:early" } else { b"" };
        assert_eq!(message.message().body(), expected);
        assert_eq!(world.sbc.bodies().agreed, bodies);
        // Without a body it is nothing but a status code.
        world.progress(BOB, 183, None);
        let UserAgentEvent::Progress { message, .. } = world.last(ALICE) else {
            panic!("{:?}", world.heard)
        };
        assert_eq!(code(message), 183);
        // The answer itself is no early media.
        world.answer(BOB);
        let UserAgentEvent::Accepted { message, .. } = world.last(ALICE) else {
            panic!("{:?}", world.heard)
        };
        assert_eq!(message.message().body(), b"callee:answer");
    }
}

#[test]
fn unusable_early_media_costs_no_call() {
    let mut world = World::new();
    world.call();
    world.progress(BOB, 183, sdp("no audio"));
    let UserAgentEvent::Progress { message, .. } = world.last(ALICE) else {
        panic!("{:?}", world.heard)
    };
    assert_eq!((code(message), message.message().body()), (183, &b""[..]));
    world.answer(BOB);
    assert!(matches!(world.last(ALICE), UserAgentEvent::Accepted { .. }));
}

/// P000-48, P000-49: a number that is busy with one call is offered the next all the same.
#[test]
fn a_second_call_to_the_same_number_is_a_call_of_its_own() {
    let mut world = World::new();
    let (alice, _) = world.established();
    world.call();
    let (second, _) = world.invited(BOB);
    assert_eq!(world.sbc.calls(), 2);
    world.answer(BOB);
    assert!(matches!(world.last(ALICE), UserAgentEvent::Accepted { .. }));
    // The end of the first does not touch the second.
    world.peers[ALICE].bye(world.now, alice, &[]).unwrap();
    world.settle();
    assert_eq!(world.sbc.calls(), 1);
    assert!(world.peers[BOB].usage(second).is_some());
}

/// P000-53: a call that comes in from a host and goes out to the same host again.
#[test]
fn a_call_may_go_back_to_where_it_came_from() {
    let mut world = World::new();
    let caller = world.call_as(BOB, OUTSIDE, 70, sdp("offer"));
    let callee = world.answer(BOB);
    assert_ne!(caller, callee);
    let UserAgentEvent::Accepted { usage, message } = world.last(BOB) else {
        panic!("{:?}", world.heard)
    };
    assert_eq!(
        (*usage, message.message().body()),
        (caller, &b"callee:answer"[..])
    );
    world.peers[BOB].ack(world.now, caller, None).unwrap();
    world.settle();
    let call = world.the_call();
    let legs = world.sbc.call(call).unwrap().legs;
    assert_eq!(
        world.sbc.call_of(legs[1].unwrap()),
        Some((call, Party::Callee))
    );
    world.peers[BOB].bye(world.now, callee, &[]).unwrap();
    world.settle();
    assert_eq!(world.ended(), EndReason::HungUp(Party::Callee));
    world.nothing_is_left();
}

/// P000-44: nothing of a forwarding is needed. P000-38: what there is of identities crosses by the list.
#[test]
fn identities_cross_by_the_list() {
    let asserted = [
        ("P-Asserted-Identity", "<sip:+4989@example.com>"),
        ("X-Hop", "ours alone"),
    ];
    let mut world = World::new();
    world.call();
    let (bob, _) = world.invited(BOB);
    world.peers[BOB]
        .provisional(world.now, bob, StatusCode::RINGING, &asserted, None)
        .unwrap();
    world.peers[BOB]
        .accept(world.now, bob, &asserted, sdp("answer"))
        .unwrap();
    world.settle();
    let mut responses = 0;
    for event in &world.heard[ALICE] {
        if let UserAgentEvent::Progress { message, .. } | UserAgentEvent::Accepted { message, .. } =
            event
        {
            assert_eq!(header(message, "P-Asserted-Identity"), asserted[0].1);
            assert!(message.message().header("X-Hop").is_none());
            responses += 1;
        }
    }
    assert_eq!(responses, 2);
    // And in what the owner composes.
    let text = b"INVITE sip:a@h SIP/2.0\r\nDiversion: <sip:b@h>\r\nSubject: x\r\nX-Hop: y\r\n\r\n";
    let message = OwnedMessage::parse(Bytes::from_static(text)).unwrap();
    let headers = world.sbc.crossing_headers(&message.message());
    assert_eq!(headers, [("Diversion", "<sip:b@h>"), ("Subject", "x")]);
}
