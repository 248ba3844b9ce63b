//! What happens inside and outside of a call that stands.

use super::*;

#[test]
fn hold_and_resume_cross_in_both_directions() {
    let mut world = World::new();
    let (alice, bob) = world.established();
    for (asking, usage, answering, address) in [
        (ALICE, alice, BOB, ALICE_MEDIA),
        (BOB, bob, ALICE, BOB_MEDIA),
    ] {
        let sdp = String::from_utf8(offer(address.parse().unwrap()).unwrap()).unwrap();
        let sdp = sdp.replace("a=sendrecv", "a=sendonly");
        world.agents[asking]
            .reinvite(world.now, usage, &[], sdp_body(Some(sdp.as_bytes())))
            .unwrap();
        world.settle();
        let asked = if answering == BOB {
            &world.bob
        } else {
            &world.alice
        };
        let Some(UserAgentEvent::Reinvited {
            usage: across,
            message,
        }) = asked.last()
        else {
            panic!("{asked:?}")
        };
        let (across, body) = (*across, message.body_bytes());
        assert!(
            body.windows(10).any(|window| window == b"a=sendonly"),
            "{}",
            String::from_utf8_lossy(&body)
        );
        let (sdp, _) = answer(
            &body,
            if answering == BOB {
                BOB_MEDIA
            } else {
                ALICE_MEDIA
            }
            .parse()
            .unwrap(),
        )
        .unwrap();
        world.agents[answering]
            .accept(world.now, across, &[], sdp_body(Some(&sdp)))
            .unwrap();
        world.settle();
        let told = if asking == ALICE {
            &world.alice
        } else {
            &world.bob
        };
        let Some(UserAgentEvent::Accepted { message, .. }) = told.last() else {
            panic!("{told:?}")
        };
        assert!(
            message
                .body_bytes()
                .windows(10)
                .any(|window| window == b"a=recvonly")
        );
        world.agents[asking].ack(world.now, usage, None).unwrap();
        world.settle();
        let told = if answering == ALICE {
            &world.alice
        } else {
            &world.bob
        };
        assert!(matches!(
            told.last(),
            Some(UserAgentEvent::Acknowledged { .. })
        ));
    }
    assert_eq!(world.sbc.calls(), 1);
}

#[test]
fn a_refused_reinvite_leaves_the_call_alone() {
    let mut world = World::new();
    let (alice, _) = world.established();
    let sdp = offer(ALICE_MEDIA.parse().unwrap()).unwrap();
    world.agents[ALICE]
        .reinvite(world.now, alice, &[], sdp_body(Some(&sdp)))
        .unwrap();
    world.settle();
    let Some(UserAgentEvent::Reinvited { usage, .. }) = world.bob.last() else {
        panic!()
    };
    world.agents[BOB]
        .reject(
            world.now,
            *usage,
            StatusCode::NOT_ACCEPTABLE_HERE,
            "Not Acceptable Here",
            &[],
        )
        .unwrap();
    world.settle();
    assert!(
        matches!(
            world.alice.last(),
            Some(UserAgentEvent::Rejected { initial: false, .. })
        ),
        "{:?}",
        world.alice
    );
    assert_eq!(world.sbc.calls(), 1);
}

#[test]
fn requests_inside_the_call_cross() {
    let mut world = World::new();
    let (alice, _) = world.established();
    let body = Body {
        content_type: "application/dtmf-relay",
        bytes: b"Signal=5\r\n",
    };
    world.agents[ALICE]
        .request_in_dialog(world.now, alice, Method::Info, &[], Some(body))
        .unwrap();
    world.settle();
    let Some(UserAgentEvent::Request {
        transaction,
        message,
        ..
    }) = world.bob.last()
    else {
        panic!("{:?}", world.bob)
    };
    assert_eq!(
        (message.message().method(), message.message().body()),
        (Some(Method::Info), &b"Signal=5\r\n"[..])
    );
    world.agents[BOB]
        .respond(world.now, *transaction, StatusCode::OK, "OK", &[], None)
        .unwrap();
    world.settle();
    let Some(UserAgentEvent::Response { message, .. }) = world.alice.last() else {
        panic!("{:?}", world.alice)
    };
    assert_eq!(
        message.message().status().map(|status| status.code()),
        Some(200)
    );
}

#[test]
fn options_crosses_when_it_names_a_user() {
    for (uri, crosses) in [
        ("sip:200@127.0.0.1:5060", true),
        ("sip:127.0.0.1:5060", false),
    ] {
        let mut world = World::new();
        let mut agent = core::mem::replace(
            &mut world.agents[ALICE],
            UserAgent::new(UserAgentConfig::default(), [0; 32]),
        );
        let now = world.now;
        world
            .outgoing("200", 70, None, |outgoing| {
                agent.request(
                    now,
                    Method::Options,
                    &Outgoing {
                        request_uri: uri,
                        ..*outgoing
                    },
                )
            })
            .unwrap();
        world.agents[ALICE] = agent;
        world.settle();
        assert_eq!(world.bob.len(), usize::from(crosses), "{uri}");
        if let Some(UserAgentEvent::Request { transaction, .. }) = world.bob.last() {
            world.agents[BOB]
                .respond(
                    world.now,
                    *transaction,
                    StatusCode::OK,
                    "OK",
                    &[("Accept", "application/sdp")],
                    None,
                )
                .unwrap();
            world.settle();
        }
        let Some(UserAgentEvent::Response { message, .. }) = world.alice.last() else {
            panic!("{:?}", world.alice)
        };
        assert_eq!(
            message.message().status().map(|status| status.code()),
            Some(200)
        );
        assert!(message.message().header("Accept").is_some());
    }
}
