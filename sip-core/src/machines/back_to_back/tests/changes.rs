//! Hold, resume and other changes of the session.

use super::*;

/// Both parties, the one that asks first.
const BOTH_WAYS: [(usize, usize, &str); 2] = [(ALICE, BOB, "caller"), (BOB, ALICE, "callee")];

#[test]
fn hold_and_resume_by_reinvite_cross_in_both_directions() {
    let mut world = World::new();
    let (alice, bob) = world.established();
    for (asking, answering, name) in BOTH_WAYS {
        let usage = if asking == ALICE { alice } else { bob };
        for offer in ["sendonly", "sendrecv"] {
            world.forget();
            let identity = [("P-Asserted-Identity", "<tel:+4989>")];
            world.peers[asking]
                .reinvite(world.now, usage, &identity, sdp(offer))
                .unwrap();
            world.settle();
            let UserAgentEvent::Reinvited {
                usage: across,
                message,
            } = world.last(answering)
            else {
                panic!("{:?}", world.heard)
            };
            let expected = format!("{name}:{offer}");
            assert_eq!(message.message().body(), expected.as_bytes());
            assert_eq!(header(message, "P-Asserted-Identity"), "<tel:+4989>");
            assert_eq!(world.sbc.bodies().agreed, 0);
            let across = *across;
            world.peers[answering]
                .accept(world.now, across, &[], sdp("agreed"))
                .unwrap();
            world.settle();
            let UserAgentEvent::Accepted { message, .. } = world.last(asking) else {
                panic!("{:?}", world.heard)
            };
            assert!(message.message().body().ends_with(b":agreed"));
            assert_eq!(
                (world.sbc.bodies().agreed, world.sbc.bodies().disagreed),
                (1, 0)
            );
            world.peers[asking].ack(world.now, usage, None).unwrap();
            world.settle();
            assert!(matches!(
                world.last(answering),
                UserAgentEvent::Acknowledged { .. }
            ));
        }
    }
    assert_eq!(world.sbc.calls(), 1);
}

#[test]
fn hold_by_update_crosses_in_both_directions() {
    let mut world = World::new();
    let (alice, bob) = world.established();
    for (asking, answering, name) in BOTH_WAYS {
        let usage = if asking == ALICE { alice } else { bob };
        for (code, agreed, disagreed) in [(200, 1, 0), (488, 0, 1)] {
            world.forget();
            world.peers[asking]
                .request_in_dialog(world.now, usage, Method::Update, &[], sdp("sendonly"))
                .unwrap();
            world.settle();
            let UserAgentEvent::Request {
                transaction,
                message,
                ..
            } = world.last(answering)
            else {
                panic!("{:?}", world.heard)
            };
            let expected = format!("{name}:sendonly");
            assert_eq!(message.message().body(), expected.as_bytes());
            let transaction = *transaction;
            let body = sdp("recvonly").filter(|_| code == 200);
            world.peers[answering]
                .respond(world.now, transaction, status(code), "", &[], body)
                .unwrap();
            world.settle();
            let UserAgentEvent::Response { message, .. } = world.last(asking) else {
                panic!("{:?}", world.heard)
            };
            assert_eq!(super::code(message), code);
            assert_eq!(
                message.message().body().ends_with(b":recvonly"),
                code == 200
            );
            let bodies = world.sbc.bodies();
            assert_eq!((bodies.agreed, bodies.disagreed), (agreed, disagreed));
        }
    }
    assert_eq!(world.sbc.calls(), 1);
}

#[test]
fn an_update_without_offer_changes_nothing() {
    let mut world = World::new();
    let (alice, _) = world.established();
    world.peers[ALICE]
        .request_in_dialog(world.now, alice, Method::Update, &[], None)
        .unwrap();
    world.settle();
    let UserAgentEvent::Request { transaction, .. } = world.last(BOB) else {
        panic!("{:?}", world.heard)
    };
    let transaction = *transaction;
    world.peers[BOB]
        .respond(world.now, transaction, StatusCode::OK, "", &[], None)
        .unwrap();
    world.settle();
    assert!(
        matches!(world.last(ALICE), UserAgentEvent::Response { message, .. } if code(message) == 200)
    );
    let bodies = world.sbc.bodies();
    assert_eq!((bodies.agreed, bodies.disagreed, bodies.crossed), (0, 0, 0));
}

#[test]
fn a_late_offer_in_a_reinvite_is_answered_in_its_ack() {
    let mut world = World::new();
    let (alice, _) = world.established();
    world.peers[ALICE]
        .reinvite(world.now, alice, &[], None)
        .unwrap();
    world.settle();
    let UserAgentEvent::Reinvited { usage, .. } = world.last(BOB) else {
        panic!("{:?}", world.heard)
    };
    let usage = *usage;
    world.peers[BOB]
        .accept(world.now, usage, &[], sdp("late offer"))
        .unwrap();
    world.settle();
    assert_eq!(world.sbc.bodies().agreed, 0);
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
fn a_refused_change_leaves_the_call_alone() {
    let mut world = World::new();
    let (alice, _) = world.established();
    world.peers[ALICE]
        .reinvite(world.now, alice, &[], sdp("sendonly"))
        .unwrap();
    world.settle();
    let UserAgentEvent::Reinvited { usage, .. } = world.last(BOB) else {
        panic!("{:?}", world.heard)
    };
    let usage = *usage;
    world.peers[BOB]
        .reject(world.now, usage, status(488), "Not Now", &[])
        .unwrap();
    world.settle();
    let UserAgentEvent::Rejected {
        initial: false,
        cause: RejectCause::Response(message),
        ..
    } = world.last(ALICE)
    else {
        panic!("{:?}", world.heard)
    };
    assert_eq!(message.message().reason(), Some(&b"Not Now"[..]));
    assert_eq!((world.sbc.calls(), world.sbc.bodies().disagreed), (1, 1));
    // One that the owner refuses does not reach Bob at all.
    world.forget();
    world.peers[ALICE]
        .reinvite(world.now, alice, &[], sdp("no audio"))
        .unwrap();
    world.settle();
    assert!(matches!(
        world.last(ALICE),
        UserAgentEvent::Rejected { initial: false, cause: RejectCause::Response(message), .. }
            if code(message) == 488
    ));
    assert_eq!((world.count(BOB, ""), world.sbc.calls()), (0, 1));
}

#[test]
fn a_cancelled_change_is_cancelled_across() {
    let mut world = World::new();
    let (alice, _) = world.established();
    world.peers[ALICE]
        .reinvite(world.now, alice, &[], sdp("sendonly"))
        .unwrap();
    // A CANCEL waits for the first provisional response, here 100.
    world.advance(Duration::from_millis(300));
    world.peers[ALICE].cancel(world.now, alice).unwrap();
    world.settle();
    assert!(matches!(
        world.last(BOB),
        UserAgentEvent::Cancelled { initial: false, .. }
    ));
    assert_eq!((world.sbc.calls(), world.sbc.bodies().disagreed), (1, 1));
}

#[test]
fn a_late_offer_that_meets_the_cancel_of_its_reinvite_blocks_nothing() {
    let mut world = World::new();
    let (alice, _) = world.established();
    world.peers[ALICE]
        .reinvite(world.now, alice, &[], None)
        .unwrap();
    world.advance(Duration::from_millis(300));
    let UserAgentEvent::Reinvited { usage, .. } = world.last(BOB) else {
        panic!("{:?}", world.heard)
    };
    let usage = *usage;
    // Both at once.
    world.peers[ALICE].cancel(world.now, alice).unwrap();
    world.peers[BOB]
        .accept(world.now, usage, &[], sdp("late offer"))
        .unwrap();
    world.settle();
    assert_eq!(world.count(BOB, "ACK"), 1);
    let bodies = world.sbc.bodies();
    assert_eq!((bodies.agreed, bodies.disagreed), (0, 1));
    world.peers[ALICE]
        .reinvite(world.now, alice, &[], sdp("sendonly"))
        .unwrap();
    world.settle();
    assert!(matches!(world.last(BOB), UserAgentEvent::Reinvited { .. }));
}

/// RFC 3311 section 5.2.
#[test]
fn a_second_offer_of_the_same_party_is_too_soon() {
    let mut world = World::new();
    let (alice, _) = world.established();
    for _ in 0..2 {
        world.peers[ALICE]
            .request_in_dialog(world.now, alice, Method::Update, &[], sdp("sendonly"))
            .unwrap();
        world.settle();
    }
    let UserAgentEvent::Response { message, .. } = world.last(ALICE) else {
        panic!("{:?}", world.heard)
    };
    assert_eq!(code(message), 500);
    assert_eq!(header(message, "Retry-After"), "5");
    assert_eq!(world.sbc.bodies().disagreed, 0, "the first stands");
}

#[test]
fn a_change_is_in_force_with_its_2xx_and_no_earlier() {
    let mut world = World::new();
    let (alice, bob) = world.established();
    world.peers[ALICE]
        .reinvite(world.now, alice, &[], sdp("sendonly"))
        .unwrap();
    world.settle();
    world.peers[BOB]
        .provisional(world.now, bob, status(183), &[], sdp("recvonly"))
        .unwrap();
    world.settle();
    let UserAgentEvent::Progress { message, .. } = world.last(ALICE) else {
        panic!("{:?}", world.heard)
    };
    assert_eq!((code(message), message.message().body()), (183, &b""[..]));
    world.peers[BOB]
        .reject(world.now, bob, status(488), "", &[])
        .unwrap();
    world.settle();
    let bodies = world.sbc.bodies();
    assert_eq!((bodies.agreed, bodies.disagreed), (0, 1));
}

#[test]
fn offers_that_meet_get_491() {
    let update = Method::Update;
    // Alice has asked, and Bob asks before he answers: by UPDATE, and by re-INVITE.
    let mut world = World::new();
    let (alice, bob) = world.established();
    world.peers[ALICE]
        .reinvite(world.now, alice, &[], sdp("sendonly"))
        .unwrap();
    world.settle();
    world.peers[BOB]
        .request_in_dialog(world.now, bob, update, &[], sdp("sendonly"))
        .unwrap();
    world.settle();
    assert!(
        matches!(world.last(BOB), UserAgentEvent::Response { message, .. } if code(message) == 491)
    );
    assert_eq!(
        world.sbc.bodies().disagreed,
        0,
        "the first offer still stands"
    );

    let mut world = World::new();
    let (alice, bob) = world.established();
    world.peers[ALICE]
        .request_in_dialog(world.now, alice, update, &[], sdp("sendonly"))
        .unwrap();
    world.settle();
    world.peers[BOB]
        .reinvite(world.now, bob, &[], sdp("sendonly"))
        .unwrap();
    world.settle();
    assert!(matches!(
        world.last(BOB),
        UserAgentEvent::Rejected { cause: RejectCause::Response(message), .. } if code(message) == 491
    ));

    // Both re-INVITEs under way at once: one of them has to wait.
    let mut world = World::new();
    let (alice, bob) = world.established();
    for (peer, usage) in [(ALICE, alice), (BOB, bob)] {
        world.peers[peer]
            .reinvite(world.now, usage, &[], sdp("sendonly"))
            .unwrap();
    }
    world.settle();
    let [
        UserAgentEvent::Rejected {
            initial: false,
            cause: RejectCause::Response(message),
            ..
        },
        UserAgentEvent::Reinvited { usage, .. },
    ] = world.heard[ALICE].as_slice()
    else {
        panic!("{:?}", world.heard)
    };
    assert_eq!(code(message), 491);
    let usage = *usage;
    world.peers[ALICE]
        .accept(world.now, usage, &[], sdp("recvonly"))
        .unwrap();
    world.settle();
    assert!(matches!(world.last(BOB), UserAgentEvent::Accepted { .. }));
    assert_eq!((world.sbc.calls(), world.sbc.bodies().agreed), (1, 1));
}
