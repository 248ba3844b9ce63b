//! Calls that do not come about, or end badly.

use super::*;

#[test]
fn failures_map() {
    for (theirs, ours) in [
        (404, 404),
        (486, 486),
        (603, 603),
        (302, 480),
        (401, 403),
        (407, 403),
        (503, 500),
    ] {
        let mut world = World::new();
        world.call("200");
        let (bob, _) = world.invited();
        world.agents[BOB]
            .reject(
                world.now,
                bob,
                StatusCode::new(theirs).unwrap(),
                "Some Reason",
                &[],
            )
            .unwrap();
        world.settle();
        assert_eq!(world.refused_with(), Some(ours), "{theirs}");
        world.one_record();
    }
}

#[test]
fn a_reason_phrase_from_hell_does_not_keep_the_refusal_back() {
    let mut world = World::new();
    world.call("200");
    let (_, invite) = world.invited();
    // By hand: a user agent of ours would not write it.
    let invite = invite.message();
    let lines: Vec<String> = ["Via", "From", "To", "Call-ID", "CSeq"]
        .into_iter()
        .flat_map(|name| invite.headers_named(name).map(move |field| (name, field)))
        .map(|(name, field)| format!("{name}: {}\r\n", field.value_str().unwrap()))
        .collect();
    let mut response = b"SIP/2.0 486 B\xfcsy \x01\x7f\r\n".to_vec();
    response.extend_from_slice(lines.concat().as_bytes());
    response.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    let path = FiveTuple::udp(world.addresses[TRUNK], world.addresses[BOB]);
    let _ = world.agents[TRUNK].handle_datagram(world.now, path, &response);
    world.settle();
    assert_eq!(world.refused_with(), Some(486));
    world.one_record();
}

#[test]
fn a_callee_that_never_answers_gives_408() {
    let mut world = World::new();
    world.bob_is_gone = true;
    world.call("200");
    world.advance(Duration::from_secs(33));
    assert_eq!(world.refused_with(), Some(408));
    world.one_record();
}

#[test]
fn ringing_has_an_end() {
    let mut world = World::new();
    world.call("200");
    let (bob, _) = world.invited();
    world.agents[BOB]
        .provisional(world.now, bob, StatusCode::RINGING, &[], None)
        .unwrap();
    world.advance(RING_LIMIT + Duration::from_secs(1));
    assert_eq!(world.refused_with(), Some(408));
    assert!(
        world
            .bob
            .iter()
            .any(|event| matches!(event, UserAgentEvent::Cancelled { .. }))
    );
    assert_eq!(world.one_record().reason, EndReason::NoAnswer);
}

#[test]
fn max_forwards_ends_and_loops_are_seen() {
    let mut world = World::new();
    world.call_with("200", 0, None);
    assert_eq!(world.refused_with(), Some(483));
    // The provider's side sends everything back to the exchange's side.
    let mut world = World::with_config(|config| config.trunk.peer.address = config.pbx.listen);
    world.call("200");
    assert_eq!(world.refused_with(), Some(482));
}

#[test]
fn a_description_without_usable_audio_is_not_acceptable() {
    let mut world = World::new();
    let sdp = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 4000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n";
    world.call_with("200", 70, Some(sdp));
    assert_eq!(world.refused_with(), Some(488));
    world.alice.clear();
    world.call_with("200", 70, Some(b"not a description"));
    assert_eq!(world.refused_with(), Some(488));
    assert!(world.bob.is_empty());
}

#[test]
fn without_media_ports_the_call_gets_503() {
    let mut world = World::new();
    world.ports_left = 0;
    world.call("200");
    assert_eq!(world.refused_with(), Some(503));
    assert_eq!(world.one_record().reason, EndReason::NoMediaPort);
}

#[test]
fn one_call_too_many_gets_503_and_the_others_stay() {
    let mut world = World::with_config(|config| config.max_calls = 1);
    world.established();
    world.call("201");
    assert_eq!(world.refused_with(), Some(503));
    assert_eq!(world.sbc.calls(), 1);
}

#[test]
fn a_call_without_media_is_ended_on_both_sides() {
    let mut world = World::new();
    world.established();
    let watched = world.commands.iter().find_map(|command| match command {
        MediaCommand::Watch { call } => Some(*call),
        _ => None,
    });
    let answer = MediaAnswer::TimedOut {
        call: watched.expect("nobody watches the answered call"),
    };
    world.with_agents(|sbc, now, agents| sbc.handle_media(now, answer, agents));
    world.settle();
    for events in [&world.alice, &world.bob] {
        assert!(
            matches!(
                events.last(),
                Some(UserAgentEvent::Ended {
                    cause: EndCause::Bye(_),
                    ..
                })
            ),
            "{events:?}"
        );
    }
    assert_eq!(world.one_record().reason, EndReason::MediaTimeout);
}

#[test]
fn a_callee_that_is_lost_ends_the_caller() {
    let mut world = World::new();
    let (alice, _) = world.established();
    world.bob_is_gone = true;
    let sdp = offer(ALICE_MEDIA.parse().unwrap()).unwrap();
    world.agents[ALICE]
        .reinvite(world.now, alice, &[], sdp_body(Some(&sdp)))
        .unwrap();
    world.advance(Duration::from_secs(70));
    assert!(
        world
            .alice
            .iter()
            .any(|event| matches!(event, UserAgentEvent::Ended { .. })),
        "{:?}",
        world.alice
    );
    assert_eq!(world.one_record().reason, EndReason::Lost(Side::Trunk));
}
