//! Calls that do not come about, or end badly.

use super::*;

#[test]
fn failures_map() {
    for (theirs, ours) in [
        (404, 404),
        (408, 408),
        (486, 486),
        (603, 603),
        (302, 480),
        (401, 403),
        (407, 403),
        (420, 500),
        (421, 500),
        (422, 500),
        (487, 480),
        (494, 500),
    ] {
        let mut world = World::new();
        world.call();
        world.refuse(BOB, theirs);
        let refusal = world.refusal().unwrap();
        assert_eq!(code(refusal), ours, "{theirs}");
        assert_eq!(
            refusal.message().reason() == Some(b"Some Reason"),
            theirs == ours
        );
        assert_eq!(world.ended(), EndReason::Refused(status(theirs)));
        world.nothing_is_left();
    }
}

#[test]
fn a_reason_phrase_from_hell_does_not_keep_the_refusal_back() {
    let mut world = World::new();
    world.call();
    let (_, invite) = world.invited(BOB);
    // By hand: a user agent of ours would not write it.
    let lines: Vec<String> = ["Via", "From", "To", "Call-ID", "CSeq"]
        .into_iter()
        .map(|name| format!("{name}: {}\r\n", header(&invite, name)))
        .collect();
    let mut response = b"SIP/2.0 486 B\xfcsy \x01\x7f\r\n".to_vec();
    response.extend_from_slice(lines.concat().as_bytes());
    response.extend_from_slice(b"Reason: \xff\xfe\r\nContent-Length: 0\r\n\r\n");
    let path = FiveTuple::udp(address(OUTSIDE), address(ADDRESSES[BOB]));
    let _ = world.agent.handle_datagram(world.now, path, &response);
    world.settle();
    assert_eq!(world.refused_with(), Some(486));
    world.ended();
}

#[test]
fn ringing_has_an_end() {
    let mut world = World::new();
    world.call();
    world.progress(BOB, 180, None);
    world.seconds(182);
    assert_eq!(world.refused_with(), Some(408));
    assert!(world.cancelled(BOB));
    assert_eq!(world.ended(), EndReason::NoAnswer);
    world.nothing_is_left();
}

#[test]
fn an_offer_that_nobody_takes_has_an_end() {
    let mut world = World::with(|config| config.ring_limit = Duration::from_secs(5));
    let path = FiveTuple::udp(address(ADDRESSES[ALICE]), address(INSIDE));
    let outgoing = Outgoing::new(path.into(), "sip:a@h", "<sip:a@h>", "<sip:b@h>");
    world.peers[ALICE].invite(world.now, &outgoing).unwrap();
    // An owner that does nothing.
    world.attempts.clear();
    while let Some((transmit, bytes)) = world.peers[ALICE].poll_transmit_bytes(world.now) {
        world.deliver(transmit.path, &bytes);
    }
    while let Some(event) = world.agent.poll_event() {
        world.act(|sbc, now, agent| sbc.handle_event(now, event, agent));
    }
    assert!(matches!(
        world.sbc.poll_event(),
        Some(BackToBackEvent::Offered { .. })
    ));
    world.seconds(6);
    assert_eq!(world.refused_with(), Some(408));
    assert_eq!(world.ended(), EndReason::NoAnswer);
}

#[test]
fn hops_end_and_loops_are_seen() {
    let mut world = World::new();
    world.call_with(0, sdp("offer"));
    assert_eq!(world.refused_with(), Some(483));
    assert!(matches!(
        world.told.as_slice(),
        [BackToBackEvent::TurnedAway {
            status: StatusCode::TOO_MANY_HOPS,
            ..
        }]
    ));
    assert_eq!(world.count(BOB, ""), 0);

    // Bob sends what he got back to us, as another request.
    let mut world = World::new();
    world.call();
    let (_, invite) = world.invited(BOB);
    let call_id = header(&invite, "Call-ID");
    let path = FiveTuple::udp(address(ADDRESSES[BOB]), address(OUTSIDE));
    let outgoing = Outgoing {
        call_id: Some(&call_id),
        ..Outgoing::new(path.into(), "sip:a@h", "<sip:a@h>", "<sip:b@h>")
    };
    world.peers[BOB].invite(world.now, &outgoing).unwrap();
    world.settle();
    assert!(matches!(
        world.last(BOB),
        UserAgentEvent::Rejected { cause: RejectCause::Response(message), .. } if code(message) == 482
    ));
    assert_eq!(world.sbc.calls(), 1);
}

#[test]
fn a_body_that_is_refused_ends_the_call() {
    let mut world = World::new();
    world.call_with(70, sdp("no audio"));
    let refusal = world.refusal().unwrap();
    assert_eq!(
        (code(refusal), refusal.message().reason()),
        (488, Some(&b"No Audio"[..]))
    );
    assert_eq!(world.ended(), EndReason::NotAcceptable);
    assert_eq!(world.count(BOB, ""), 0);

    let mut world = World::new();
    let text = Body {
        content_type: "text/plain",
        bytes: b"hello",
    };
    world.call_with(70, Some(text));
    let refusal = world.refusal().unwrap();
    assert_eq!(
        (code(refusal), &*header(refusal, "Accept")),
        (415, "application/sdp")
    );
}

#[test]
fn an_answer_that_cannot_be_used_ends_the_call() {
    let mut world = World::new();
    world.call();
    let (bob, _) = world.invited(BOB);
    world.peers[BOB]
        .accept(world.now, bob, &[], sdp("no audio"))
        .unwrap();
    world.settle();
    assert_eq!(world.count(BOB, "ACK"), 1);
    assert!(world.hung_up(BOB));
    assert_eq!(world.refused_with(), Some(488));
    assert_eq!(world.ended(), EndReason::NotAcceptable);
    world.nothing_is_left();
}

#[test]
fn a_party_that_is_lost_ends_the_call() {
    let mut world = World::new();
    let (alice, _) = world.established();
    world.links[BOB] = Link::Silent;
    world.peers[ALICE]
        .reinvite(world.now, alice, &[], sdp("sendonly"))
        .unwrap();
    world.seconds(70);
    assert!(matches!(world.last(ALICE), UserAgentEvent::Ended { .. }));
    assert_eq!(world.ended(), EndReason::Lost(Party::Callee));
    world.nothing_is_left();
}

#[test]
fn a_caller_that_acknowledges_nothing_is_hung_up() {
    let mut world = World::new();
    world.call();
    world.answer(BOB);
    // Alice never sends the ACK.
    world.seconds(40);
    assert!(world.hung_up(BOB));
    assert_eq!(world.ended(), EndReason::Lost(Party::Caller));
    world.nothing_is_left();
}

/// P000-9: with a limit of two a third early dialog goes by, or ends the INVITE.
#[test]
fn a_third_early_dialog_is_one_too_many() {
    use crate::EarlyDialogPolicy;
    for (policy, ends) in [
        (EarlyDialogPolicy::Ignore, false),
        (EarlyDialogPolicy::Cancel, true),
    ] {
        let mut world = World::of(
            |_| {},
            |config| {
                config.max_early_dialogs = 2;
                config.early_dialog_policy = policy;
            },
        );
        world.call();
        let (_, invite) = world.invited(BOB);
        for tag in ["one", "two", "three"] {
            let mut buffer = [0; 2_048];
            let request = invite.message();
            let mut writer = crate::MessageWriter::response_to(
                &mut buffer,
                &request,
                status(180),
                "",
                Some(tag),
            );
            writer.header("Contact", "<sip:bob@192.0.2.9>");
            let len = writer.finish().unwrap();
            let path = FiveTuple::udp(address(OUTSIDE), address(ADDRESSES[BOB]));
            let _ = world.agent.handle_datagram(world.now, path, &buffer[..len]);
        }
        world.settle();
        let progress = |event: &&BackToBackEvent| matches!(event, BackToBackEvent::Progress { .. });
        assert_eq!(world.told.iter().filter(progress).count(), 2);
        assert_eq!((world.cancelled(BOB), world.sbc.calls() == 0), (ends, ends));
    }
}
