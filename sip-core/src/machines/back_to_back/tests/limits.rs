//! Draining, and what there is room for.

use super::*;

/// P000-8: one call too many gets a defined answer, and the others stay.
#[test]
fn one_call_too_many_gets_503_and_the_others_stay() {
    let mut world = World::with(|config| config.max_calls = 1);
    let (alice, _) = world.established();
    let first = world.the_call();
    world.call();
    let refusal = world.refusal().unwrap();
    assert_eq!(
        (code(refusal), &*header(refusal, "Retry-After")),
        (503, "10")
    );
    assert_eq!(world.sbc.calls(), 1);
    assert!(matches!(
        world.told.as_slice(),
        [BackToBackEvent::TurnedAway {
            status: StatusCode::SERVICE_UNAVAILABLE,
            ..
        }]
    ));
    // A place that is taken again has another key.
    world.peers[ALICE].bye(world.now, alice, &[]).unwrap();
    world.settle();
    world.call();
    assert_ne!(world.the_call(), first);
    assert!(world.sbc.call(first).is_none());
    world.act(|sbc, now, agent| sbc.hang_up(now, first, EndReason::MediaTimeout, agent));
    assert_eq!(world.sbc.calls(), 1);
}

#[test]
fn without_room_for_a_leg_the_owner_is_told() {
    let mut world = World::of(|_| {}, |config| config.max_usages = 1);
    world.hosts.clear();
    let path = FiveTuple::udp(address(ADDRESSES[ALICE]), address(INSIDE));
    let outgoing = Outgoing::new(path.into(), "sip:a@h", "<sip:a@h>", "<sip:b@h>");
    world.peers[ALICE].invite(world.now, &outgoing).unwrap();
    while let Some((transmit, bytes)) = world.peers[ALICE].poll_transmit_bytes(world.now) {
        world.deliver(transmit.path, &bytes);
    }
    while let Some(event) = world.agent.poll_event() {
        world.act(|sbc, now, agent| sbc.handle_event(now, event, agent));
    }
    let Some(BackToBackEvent::Offered { call, .. }) = world.sbc.poll_event() else {
        panic!("not offered")
    };
    let failed = world.connect(call, BOB);
    assert_eq!(
        failed,
        Err(ConnectError::Send(crate::SendError::TooManyUsages))
    );
    // It waits as before.
    assert_eq!(world.sbc.call(call).unwrap().state, CallState::Waiting);
    let busy = StatusCode::SERVICE_UNAVAILABLE;
    let headers = [("Retry-After", "3")];
    world.act(|sbc, now, agent| sbc.reject(now, call, busy, "Full", &headers, agent));
    world.settle();
    let refusal = world.refusal().unwrap();
    assert_eq!(
        (code(refusal), &*header(refusal, "Retry-After")),
        (503, "3")
    );
    assert_eq!(refusal.message().reason(), Some(&b"Full"[..]));
    assert_eq!(world.ended(), EndReason::Rejected(busy));
    world.nothing_is_left();
}

#[test]
fn a_drain_takes_no_more_calls_and_lets_the_others_go_on() {
    let mut world = World::new();
    let (alice, bob) = world.established();
    world.sbc.stop_offering();
    world.call();
    let refusal = world.refusal().unwrap();
    assert_eq!(
        (code(refusal), &*header(refusal, "Retry-After")),
        (503, "10")
    );
    // The one there is can still be held, and ended.
    world.peers[BOB]
        .reinvite(world.now, bob, &[], sdp("sendonly"))
        .unwrap();
    world.settle();
    assert!(matches!(
        world.last(ALICE),
        UserAgentEvent::Reinvited { .. }
    ));
    world.peers[ALICE].bye(world.now, alice, &[]).unwrap();
    world.settle();
    assert_eq!(world.ended(), EndReason::HungUp(Party::Caller));
    assert_eq!(world.sbc.legs(), 0);
}

#[test]
fn all_calls_are_hung_up_in_the_end() {
    let mut world = World::new();
    world.established();
    world.call();
    // A CANCEL waits for the first provisional response, here 100.
    world.advance(Duration::from_millis(300));
    world.sbc.stop_offering();
    world.act(|sbc, now, agent| sbc.hang_up_all(now, EndReason::ShutDown, agent));
    assert_eq!(world.sbc.calls(), 0);
    assert!(world.sbc.legs() > 0, "not everybody knows yet");
    world.settle();
    let refusal = world.refusal().unwrap();
    assert_eq!(
        (code(refusal), &*header(refusal, "Retry-After")),
        (503, "10")
    );
    assert!(world.hung_up(ALICE) && world.hung_up(BOB) && world.cancelled(BOB));
    let reasons: Vec<EndReason> = world.summaries().iter().map(|call| call.reason).collect();
    assert_eq!(reasons, [EndReason::ShutDown; 2]);
    assert_eq!(world.sbc.legs(), 0);
    world.nothing_is_left();
}

#[test]
fn a_call_without_media_is_ended_on_both_sides() {
    let mut world = World::new();
    world.established();
    let call = world.the_call();
    world.act(|sbc, now, agent| sbc.hang_up(now, call, EndReason::MediaTimeout, agent));
    world.settle();
    assert!(world.hung_up(ALICE) && world.hung_up(BOB));
    assert_eq!(world.ended(), EndReason::MediaTimeout);
    // A party that is gone keeps neither the call nor its media.
    let mut world = World::new();
    let (alice, _) = world.established();
    world.links[BOB] = Link::Silent;
    world.peers[ALICE].bye(world.now, alice, &[]).unwrap();
    world.settle();
    assert_eq!(world.ended(), EndReason::HungUp(Party::Caller));
    assert_eq!(world.sbc.legs(), 1);
    world.nothing_is_left();
}

#[test]
fn end_reasons_read_well() {
    for (reason, text, code) in [
        (
            EndReason::HungUp(Party::Caller),
            "hung up by the caller",
            487,
        ),
        (EndReason::Refused(status(503)), "refused with 503", 500),
        (EndReason::Rejected(status(503)), "rejected with 503", 503),
        (EndReason::Lost(Party::Callee), "the callee was lost", 408),
        (EndReason::ShutDown, "shut down", 503),
    ] {
        assert_eq!(
            (reason.to_string().as_str(), reason.as_response().code()),
            (text, code)
        );
    }
}
