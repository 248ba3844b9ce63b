//! Calls from INVITE to BYE.

use super::*;

#[test]
fn a_call_crosses_as_two_dialogs_of_its_own() {
    let mut world = World::new();
    let alice = world.call("+498912345");
    let (bob, invite) = world.invited();
    let message = invite.message();
    assert_eq!(message.request_uri(), Some("sip:+498912345@127.0.0.1:5090"));
    let theirs = world.agents[ALICE]
        .usage(alice)
        .unwrap()
        .dialog
        .call_id()
        .to_owned();
    let ours: trunkline_sip_core::header::CallId<'_> = message.require().unwrap();
    assert_ne!(ours.0, theirs);
    let hops: trunkline_sip_core::header::MaxForwards = message.require().unwrap();
    assert_eq!(hops.0, 69);
    let from: trunkline_sip_core::header::From<'_> = message.require().unwrap();
    assert_eq!(
        from.address.display_name.and_then(|name| name.as_str()),
        Some("Alice")
    );
    assert_eq!(from.uri().as_str(), "sip:+498912@127.0.0.1:5080");
    assert_eq!(
        message.header("P-Asserted-Identity").unwrap().value(),
        b"<sip:+498900@example.com>"
    );
    assert!(
        message.header("X-Hop").is_none(),
        "what speaks of the hop stays on its side"
    );
    // Audio is to go through the relay, not to alice.
    assert_ne!(
        remote(message.body()).unwrap(),
        ALICE_MEDIA.parse().unwrap()
    );

    world.agents[BOB]
        .provisional(world.now, bob, StatusCode::RINGING, &[], None)
        .unwrap();
    world.settle();
    assert!(matches!(
        world.alice.last(),
        Some(UserAgentEvent::Progress { .. })
    ));
    world.bob_answers();
    let Some(UserAgentEvent::Accepted { message, .. }) = world.alice.last() else {
        panic!("{:?}", world.alice)
    };
    assert_ne!(
        remote(message.message().body()).unwrap(),
        BOB_MEDIA.parse().unwrap()
    );
    world.agents[ALICE].ack(world.now, alice, None).unwrap();
    world.settle();
    assert!(matches!(
        world.bob.last(),
        Some(UserAgentEvent::Acknowledged { .. })
    ));

    world.agents[ALICE].bye(world.now, alice, &[]).unwrap();
    world.settle();
    assert!(matches!(
        world.bob.last(),
        Some(UserAgentEvent::Ended {
            cause: EndCause::Bye(_),
            ..
        })
    ));
    let record = world.one_record();
    assert_eq!(
        (record.reason, record.from.as_str(), record.to.as_str()),
        (EndReason::HungUp(Side::Pbx), "+498912", "+498912345")
    );
}

#[test]
fn the_callee_may_hang_up_too() {
    let mut world = World::new();
    let (_, bob) = world.established();
    world.agents[BOB].bye(world.now, bob, &[]).unwrap();
    world.settle();
    assert!(matches!(
        world.alice.last(),
        Some(UserAgentEvent::Ended {
            cause: EndCause::Bye(_),
            ..
        })
    ));
    assert_eq!(world.one_record().reason, EndReason::HungUp(Side::Trunk));
}

#[test]
fn a_caller_that_gives_up_cancels_the_callee() {
    let mut world = World::new();
    let alice = world.call("200");
    let (bob, _) = world.invited();
    world.agents[BOB]
        .provisional(world.now, bob, StatusCode::RINGING, &[], None)
        .unwrap();
    world.settle();
    world.agents[ALICE].cancel(world.now, alice).unwrap();
    world.settle();
    assert!(matches!(
        world.bob.last(),
        Some(UserAgentEvent::Cancelled { initial: true, .. })
    ));
    assert_eq!(world.refused_with(), Some(487));
    assert_eq!(world.one_record().reason, EndReason::Cancelled);
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let mut world = World::new();
    let alice = world.call_with("200", 70, None);
    let (bob, invite) = world.invited();
    assert!(invite.message().body().is_empty());
    let sdp = offer(BOB_MEDIA.parse().unwrap()).unwrap();
    world.agents[BOB]
        .accept(world.now, bob, &[], sdp_body(Some(&sdp)))
        .unwrap();
    world.settle();
    let Some(UserAgentEvent::Accepted { message, .. }) = world.alice.last() else {
        panic!("{:?}", world.alice)
    };
    let (sdp, relay) = answer(message.message().body(), ALICE_MEDIA.parse().unwrap()).unwrap();
    assert_ne!(relay, BOB_MEDIA.parse().unwrap());
    assert!(
        !world
            .bob
            .iter()
            .any(|event| matches!(event, UserAgentEvent::Acknowledged { .. })),
        "too early"
    );
    world.agents[ALICE]
        .ack(world.now, alice, sdp_body(Some(&sdp)))
        .unwrap();
    world.settle();
    let Some(UserAgentEvent::Acknowledged { message, .. }) = world.bob.last() else {
        panic!("{:?}", world.bob)
    };
    assert_ne!(
        remote(message.message().body()).unwrap(),
        ALICE_MEDIA.parse().unwrap()
    );
}

#[test]
fn shutting_down_hangs_up_and_takes_no_more() {
    let mut world = World::new();
    world.established();
    world.call("201");
    // A CANCEL waits for the first provisional response (RFC 3261 section 9.1), here 100.
    world.advance(Duration::from_millis(300));
    world.with_agents(|sbc, now, agents| sbc.shut_down(now, agents));
    world.settle();
    assert_eq!(
        world.refused_with(),
        Some(503),
        "the call that was still ringing"
    );
    assert!(world.bob.iter().any(|event| matches!(
        event,
        UserAgentEvent::Ended {
            cause: EndCause::Bye(_),
            ..
        }
    )));
    assert!(
        world
            .bob
            .iter()
            .any(|event| matches!(event, UserAgentEvent::Cancelled { .. }))
    );
    world.alice.clear();
    world.call("202");
    assert_eq!(world.refused_with(), Some(503));
    assert_eq!(world.sbc.calls(), 0);
}
