//! Requests inside and outside of calls.

use super::*;

fn text(content_type: &'static str) -> Option<Body<'static>> {
    Some(Body {
        content_type,
        bytes: b"Signal=5\r\n",
    })
}

#[test]
fn info_and_message_cross_in_both_directions() {
    let mut world = World::new();
    let (alice, bob) = world.established();
    for (asking, answering, usage) in [(ALICE, BOB, alice), (BOB, ALICE, bob)] {
        for (method, kind) in [
            (Method::Info, "application/dtmf-relay"),
            (Method::Message, "text/plain;charset=UTF-8"),
        ] {
            let headers = [
                ("Info-Package", "x"),
                ("X-Hop", "y"),
                ("Content-Encoding", "identity"),
            ];
            world.peers[asking]
                .request_in_dialog(world.now, usage, method, &headers, text(kind))
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
            let view = message.message();
            assert_eq!(
                (view.method(), view.body()),
                (Some(method), &b"Signal=5\r\n"[..])
            );
            assert_eq!(header(message, "Content-Type"), kind);
            assert_eq!(header(message, "Info-Package"), "x");
            assert_eq!(header(message, "Content-Encoding"), "identity");
            assert!(view.header("X-Hop").is_none());
            let transaction = *transaction;
            world.peers[answering]
                .respond(world.now, transaction, status(202), "Taken", &[], None)
                .unwrap();
            world.settle();
            let UserAgentEvent::Response { message, .. } = world.last(asking) else {
                panic!("{:?}", world.heard)
            };
            assert_eq!(message.message().reason(), Some(&b"Taken"[..]));
            assert_eq!(code(message), 202);
        }
    }
    assert_eq!(world.sbc.bodies().crossed, 0, "they are no session bodies");
}

const MULTIPART: &str = "Multipart/Mixed;boundary=\"AbC\"";

/// How a body is to be read crosses with it: in the INVITE, in its answer, in the ACK, and in an UPDATE.
#[test]
fn the_type_of_a_session_body_crosses_with_its_parameters() {
    let told = [
        ("Content-Disposition", "session;handling=required"),
        ("MIME-Version", "1.0"),
        ("X-Hop", "y"),
    ];
    let crossed = |message: &OwnedMessage| {
        assert_eq!(header(message, "Content-Type"), MULTIPART);
        assert_eq!(header(message, "Content-Disposition"), told[0].1);
        assert_eq!(header(message, "MIME-Version"), "1.0");
        assert!(message.message().header("X-Hop").is_none());
    };
    let body = Some(Body {
        content_type: MULTIPART,
        bytes: b"--AbC--",
    });
    let mut world = World::new();
    world.sbc.bodies_mut().any_type = true;
    let path = FiveTuple::udp(address(ADDRESSES[ALICE]), address(INSIDE));
    let outgoing = Outgoing {
        headers: &told,
        body,
        ..Outgoing::new(path.into(), "sip:c@h", "<sip:a@h>", "<sip:c@h>")
    };
    let alice = world.peers[ALICE].invite(world.now, &outgoing).unwrap();
    world.settle();
    let (bob, invite) = world.invited(BOB);
    crossed(&invite);
    world.peers[BOB]
        .accept(world.now, bob, &told, body)
        .unwrap();
    world.settle();
    let UserAgentEvent::Accepted { message, .. } = world.last(ALICE) else {
        panic!("{:?}", world.heard)
    };
    crossed(message);
    world.peers[ALICE].ack(world.now, alice, None).unwrap();
    world.settle();

    world.peers[ALICE]
        .request_in_dialog(world.now, alice, Method::Update, &told, body)
        .unwrap();
    world.settle();
    let UserAgentEvent::Request {
        transaction,
        message,
        ..
    } = world.last(BOB)
    else {
        panic!("{:?}", world.heard)
    };
    crossed(message);
    let transaction = *transaction;
    world.peers[BOB]
        .respond(world.now, transaction, status(200), "", &told, body)
        .unwrap();
    world.settle();
    let UserAgentEvent::Response { message, .. } = world.last(ALICE) else {
        panic!("{:?}", world.heard)
    };
    crossed(message);

    // With a late offer the answer is in the ACK.
    world.peers[ALICE]
        .reinvite(world.now, alice, &[], None)
        .unwrap();
    world.settle();
    world.peers[BOB]
        .accept(world.now, bob, &told, body)
        .unwrap();
    world.settle();
    world.peers[ALICE]
        .ack_with(world.now, alice, &told, body)
        .unwrap();
    world.settle();
    let UserAgentEvent::Acknowledged { message, .. } = world.last(BOB) else {
        panic!("{:?}", world.heard)
    };
    crossed(message);
}

/// A name that no list can make cross costs that name alone.
#[test]
fn what_every_message_has_of_its_own_crosses_by_no_list() {
    let mut world = World::with(|config| {
        let own = [
            "Content-Type",
            "Via",
            "v",
            "f",
            "Contact",
            "Content-Length",
            "Content-Disposition",
        ];
        let all = own.into_iter().map(Box::from);
        config.crossing = all.chain(config.crossing.clone()).collect();
    });
    let (alice, _) = world.established();
    let headers = [
        ("P-Asserted-Identity", "<sip:+4930@h>"),
        ("Privacy", "id"),
        ("Content-Disposition", "render"),
    ];
    world.peers[ALICE]
        .request_in_dialog(world.now, alice, Method::Info, &headers, text("text/plain"))
        .unwrap();
    world.settle();
    let UserAgentEvent::Request { message, .. } = world.last(BOB) else {
        panic!("{:?}", world.heard)
    };
    for (name, value) in headers {
        assert_eq!(header(message, name), value);
        assert_eq!(message.message().headers_named(name).count(), 1);
    }
    assert_eq!(header(message, "Content-Type"), "text/plain");
}

#[test]
fn a_transfer_is_not_allowed() {
    let mut world = World::new();
    let (alice, _) = world.established();
    let refer = [("Refer-To", "<sip:carol@h>")];
    world.peers[ALICE]
        .request_in_dialog(world.now, alice, Method::Refer, &refer, None)
        .unwrap();
    world.settle();
    let UserAgentEvent::Response { message, .. } = world.last(ALICE) else {
        panic!("{:?}", world.heard)
    };
    assert_eq!(code(message), 405);
    assert_eq!(header(message, "Allow"), &*world.sbc.config().allow);
    assert_eq!((world.count(BOB, ""), world.sbc.calls()), (0, 1));
}

#[test]
fn a_party_that_does_not_know_the_call_ends_it() {
    for (theirs, ours, ends) in [(481, 481, true), (408, 504, true), (500, 500, false)] {
        let mut world = World::new();
        let (alice, _) = world.established();
        world.peers[ALICE]
            .request_in_dialog(world.now, alice, Method::Info, &[], None)
            .unwrap();
        world.settle();
        let request = world.heard[BOB].iter().find_map(|event| match event {
            UserAgentEvent::Request { message, .. } => Some(message.clone()),
            _ => None,
        });
        // By hand: a user agent of ours sends no 408 to INFO.
        let mut buffer = [0; 2_048];
        let request = request.unwrap();
        let view = request.message();
        let len = crate::write_response_to(&view, status(theirs), "", None, &mut buffer).unwrap();
        let path = FiveTuple::udp(address(OUTSIDE), address(ADDRESSES[BOB]));
        let _ = world.agent.handle_datagram(world.now, path, &buffer[..len]);
        world.settle();
        let answered = world.heard[ALICE].iter().any(|event| {
            matches!(event, UserAgentEvent::Response { message, .. } if code(message) == ours)
        });
        assert!(answered, "{theirs}: {:?}", world.heard);
        assert_eq!(world.hung_up(ALICE), ends);
        if ends {
            assert_eq!(world.ended(), EndReason::Lost(Party::Callee));
        }
    }
}

#[test]
fn a_party_that_answers_nothing_ends_the_call() {
    let mut world = World::new();
    let (alice, _) = world.established();
    world.links[BOB] = Link::Silent;
    world.peers[ALICE]
        .request_in_dialog(world.now, alice, Method::Update, &[], sdp("sendonly"))
        .unwrap();
    world.seconds(33);
    assert!(world.hung_up(ALICE));
    assert_eq!(world.ended(), EndReason::Lost(Party::Callee));
    assert_eq!(world.sbc.bodies().disagreed, 1);
    world.nothing_is_left();
}

#[test]
fn requests_outside_of_calls_are_the_owners_and_can_be_passed() {
    for (hops, theirs, ours) in [(70, 200, 200), (70, 503, 500), (0, 0, 483)] {
        let mut world = World::new();
        let path = FiveTuple::udp(address(ADDRESSES[ALICE]), address(INSIDE));
        let outgoing = Outgoing {
            max_forwards: hops,
            ..Outgoing::new(path.into(), "sip:bob@h", "<sip:a@h>", "<sip:b@h>")
        };
        world.peers[ALICE]
            .request(world.now, Method::Options, &outgoing)
            .unwrap();
        world.settle();
        let Some(BackToBackEvent::Other(UserAgentEvent::Request {
            transaction,
            message,
            ..
        })) = world.told.pop()
        else {
            panic!("{:?}", world.told)
        };
        let path = FiveTuple::udp(address(OUTSIDE), address(ADDRESSES[BOB]));
        let outgoing = Outgoing::new(
            Destination::new(path),
            "sip:bob@h",
            "<sip:a@h>",
            "<sip:b@h>",
        );
        world
            .act(|sbc, now, agent| sbc.pass(now, transaction, &message.message(), &outgoing, agent))
            .unwrap();
        world.settle();
        if theirs != 0 {
            let UserAgentEvent::Request {
                transaction,
                message,
                ..
            } = world.last(BOB)
            else {
                panic!("{:?}", world.heard)
            };
            assert_eq!(header(message, "Max-Forwards"), "69");
            let transaction = *transaction;
            let accept = [("Accept", "application/sdp"), ("Allow", "INVITE")];
            world.peers[BOB]
                .respond(
                    world.now,
                    transaction,
                    status(theirs),
                    "",
                    &accept,
                    sdp("mine"),
                )
                .unwrap();
            world.settle();
        }
        let UserAgentEvent::Response { message, .. } = world.last(ALICE) else {
            panic!("{:?}", world.heard)
        };
        assert_eq!(code(message), ours);
        assert!(
            message.message().body().is_empty(),
            "Bob's address is not for Alice"
        );
        if theirs == 200 {
            assert_eq!(header(message, "Accept"), "application/sdp");
        }
        world.nothing_is_left();
    }
}

#[test]
fn what_belongs_to_no_call_comes_out_again() {
    let mut world = World::new();
    // The owner's own OPTIONS, a probe for instance.
    let path = FiveTuple::udp(address(OUTSIDE), address(ADDRESSES[BOB]));
    let outgoing = Outgoing::new(path.into(), "sip:bob@h", "<sip:a@h>", "<sip:b@h>");
    let sent = world.agent.request(world.now, Method::Options, &outgoing);
    world.settle();
    let UserAgentEvent::Request { transaction, .. } = world.last(BOB) else {
        panic!("{:?}", world.heard)
    };
    let transaction = *transaction;
    world.peers[BOB]
        .respond(world.now, transaction, StatusCode::OK, "", &[], None)
        .unwrap();
    world.settle();
    assert!(matches!(
        world.told.as_slice(),
        [BackToBackEvent::Other(UserAgentEvent::Response { transaction, .. })]
            if Ok(*transaction) == sent
    ));
}

#[test]
fn a_branch_that_does_not_know_the_call_ends_no_call_before_the_answer() {
    let mut world = World::new();
    let alice = world.call();
    world.progress(BOB, 180, None);
    world.peers[ALICE]
        .request_in_dialog(world.now, alice, Method::Info, &[], None)
        .unwrap();
    world.settle();
    let UserAgentEvent::Request { transaction, .. } = world.last(BOB) else {
        panic!("{:?}", world.heard)
    };
    let transaction = *transaction;
    world.peers[BOB]
        .respond(world.now, transaction, status(481), "", &[], None)
        .unwrap();
    world.settle();
    let UserAgentEvent::Response { message, .. } = world.last(ALICE) else {
        panic!("{:?}", world.heard)
    };
    assert_eq!(code(message), 481);
    world.answer(BOB);
    assert!(matches!(world.last(ALICE), UserAgentEvent::Accepted { .. }));
}

#[test]
fn a_refusal_brings_the_fields_that_belong_to_it() {
    let mut world = World::new();
    let (alice, _) = world.established();
    for (refusal, name, value) in [(405, "Allow", "INVITE, BYE"), (415, "Accept", "text/plain")] {
        world.peers[ALICE]
            .request_in_dialog(world.now, alice, Method::Info, &[], text("text/html"))
            .unwrap();
        world.settle();
        let UserAgentEvent::Request { transaction, .. } = world.last(BOB) else {
            panic!("{:?}", world.heard)
        };
        let transaction = *transaction;
        let headers = [("Allow", "INVITE, BYE"), ("Accept", "text/plain")];
        world.peers[BOB]
            .respond(world.now, transaction, status(refusal), "", &headers, None)
            .unwrap();
        world.settle();
        let UserAgentEvent::Response { message, .. } = world.last(ALICE) else {
            panic!("{:?}", world.heard)
        };
        assert_eq!(code(message), refusal);
        assert_eq!(header(message, name), value);
    }
}
